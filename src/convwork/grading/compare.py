"""Two answers side by side: is one the other, and if not, where do they part?

Everything that is said here may be read by a student, so no wanted value is ever printed,
only types, shapes, places, and the student's own numbers.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from convwork.grading.plain import writable
from convwork.grading.verdicts import Kind
from convwork.trees import Foreign

Tolerances = tuple[float, float]
MAX_FLOAT = 2**1023
MAX_KEY = 40  # characters of a dict's key that are shown


@dataclass(frozen=True)
class Difference:
    """Where two answers part, and how.

    path: positions and keys that lead to the place; how: what is said of it, after its name.
    """

    kind: Kind
    how: str
    path: tuple[int | str, ...] = ()

    def told(self, outputs: tuple[str, ...] = ()) -> str:
        """The difference in words, with returned values called by their names."""
        return _place(self.path, outputs) + self.how

    def within(self, step: int | str) -> "Difference":
        """The same, seen from one step further out."""
        return replace(self, path=(step, *self.path))


def _place(path: tuple[int | str, ...], outputs: tuple[str, ...]) -> str:
    name, rest = "answer", path
    if len(outputs) == 1:
        name = outputs[0]
    elif path and isinstance(path[0], int) and path[0] < len(outputs):
        name, rest = outputs[path[0]], path[1:]
    return name + "".join(f"[{step!r}]" for step in rest)


def difference(
    want: Any, got: Any, tolerances: Tolerances, values: bool = True
) -> Difference | None:
    """How `got` differs from `want`, or None where it does not.

    Types are compared as a reader of the docstring would: tuples and lists are alike, and so are
    Python numbers, NumPy scalars and arrays of no dimension; an integer is wanted where the
    reference is one, a boolean likewise. With values=False only the form is compared, and
    whether the numbers are finite: a property that compares with nan may hold or not by chance.
    """
    if isinstance(want, tuple | list):
        return _sequences(want, got, tolerances, values)
    if isinstance(want, dict):
        return _dicts(want, got, tolerances, values)
    if isinstance(want, np.ndarray) and want.ndim:
        return _arrays(want, got, tolerances, values)
    if is_number(want):
        return _numbers(want, got, tolerances, values)
    if type(want) is type(got) and (want == got or not values):
        return None
    if isinstance(want, str) and isinstance(got, str):
        return Difference(Kind.WRONG_VALUES, ": another string was wanted")
    return _form(want, got)


def describe(value: Any) -> str:
    """A value's type and shape in words, without its contents."""
    if isinstance(value, Foreign):
        return f"an object of type {writable(value)}"
    if value is None:
        return "None"
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of shape {value.shape} ({value.dtype})"
    if is_number(value):
        return {"b": "a boolean", "i": "an integer", "u": "an integer", "f": "a float"}[
            _kind(value)
        ]
    if isinstance(value, str):
        return "a string"
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)}"
    keys = ", ".join(repr(key)[:MAX_KEY] for key in list(value)[:8])
    return "a dict with " + (keys or "no keys")


def is_number(value: Any) -> bool:
    """Whether a value is a single number: Python's, NumPy's, or an array of no dimension."""
    if isinstance(value, np.ndarray):
        return value.ndim == 0
    return isinstance(value, bool | int | float | np.generic)


def _kind(value: Any) -> str:
    return "i" if type(value) is int else np.asarray(value).dtype.kind


def _form(want: Any, got: Any) -> Difference:
    alike = any(
        isinstance(want, kind) and isinstance(got, kind)
        for kind in (tuple | list, dict, np.ndarray)
    )
    kind = Kind.WRONG_TYPE
    if alike and not (is_number(want) or is_number(got)) and not _only_dtypes_differ(want, got):
        kind = Kind.WRONG_SHAPE
    return Difference(kind, f": want {describe(want)}, got {describe(got)}")


def _only_dtypes_differ(want: Any, got: Any) -> bool:
    return isinstance(want, np.ndarray) and bool(want.shape == got.shape)


def _sequences(want: Any, got: Any, tolerances: Tolerances, values: bool) -> Difference | None:
    items = list(got) if isinstance(got, np.ndarray) and got.ndim else got
    if not isinstance(items, tuple | list) or len(items) != len(want):
        return _form(want, got)
    for index, (one, other) in enumerate(zip(want, items, strict=True)):
        if found := difference(one, other, tolerances, values):
            return found.within(index)
    return None


def _dicts(want: Any, got: Any, tolerances: Tolerances, values: bool) -> Difference | None:
    if not isinstance(got, dict) or got.keys() != want.keys():
        return _form(want, got)
    for key, value in want.items():
        if found := difference(value, got[key], tolerances, values):
            return found.within(key)
    return None


def _numbers(want: Any, got: Any, tolerances: Tolerances, values: bool) -> Difference | None:
    if not is_number(got) or not _kinds_agree(_kind(want), _kind(got), scalar=True):
        return _form(want, got)
    want, got = _as_array(want), _as_array(got)
    return _values(want, got, tolerances) if values else _not_finite(want, got)


def _arrays(want: np.ndarray, got: Any, tolerances: Tolerances, values: bool) -> Difference | None:
    if not isinstance(got, np.ndarray) or got.shape != want.shape:
        return _form(want, got)
    if not _kinds_agree(_kind(want), _kind(got), scalar=False):
        return _form(want, got)
    return _values(want, got, tolerances) if values else _not_finite(want, got)


def _kinds_agree(want: str, got: str, scalar: bool) -> bool:
    """Booleans for booleans; for a single integer an integer; else any number will do."""
    if want == "b" or got == "b":
        return want == got
    return not (scalar and want in "iu" and got == "f")


def _as_array(number: Any) -> np.ndarray:
    """A single number as an array; a Python integer beyond 64 bits as a float like it."""
    if type(number) is int and number.bit_length() > 63:
        return np.asarray(float(max(-MAX_FLOAT, min(number, MAX_FLOAT))))
    return np.asarray(number)


def _values(want: np.ndarray, got: np.ndarray, tolerances: Tolerances) -> Difference | None:
    if found := _not_finite(want, got):
        return found
    if want.dtype.kind == "b":
        wrong = want != got
    else:
        relative, absolute = tolerances
        if want.dtype.kind in "iu" and got.dtype.kind in "iu":
            relative = 0  # counts are exact, however large
        wanted, given = want.astype(np.float64), got.astype(np.float64)
        with np.errstate(all="ignore"):
            wrong = ~np.isclose(given, wanted, relative, absolute, equal_nan=True)
    if not wrong.any():
        return None
    first = tuple(int(axis[0]) for axis in np.nonzero(wrong)) if wrong.ndim else ()
    how = _coarse(want[first], got[first])
    count = f"; {int(wrong.sum())} of {wrong.size} values differ" if wrong.ndim else ""
    return Difference(Kind.WRONG_VALUES, f"{_first(wrong)} is {how}{count}")


def _not_finite(want: np.ndarray, got: np.ndarray) -> Difference | None:
    if np.isfinite(got).all() or not np.isfinite(want).all():
        return None
    where = _first(~np.isfinite(got))
    return Difference(Kind.NOT_FINITE, f"{where} is not a finite number (nan or infinity)")


def _first(wrong: np.ndarray) -> str:
    if not wrong.ndim:
        return ""
    first = ", ".join(str(int(axis[0])) for axis in np.nonzero(wrong))
    return f": the first value that differs, at [{first}],"


def _coarse(want: Any, got: Any) -> str:
    """How a value is wrong, too coarsely to tell the right one."""
    if isinstance(want, np.bool_):
        return f"{bool(got)}, wrongly"
    if np.sign(float(want)) * np.sign(float(got)) < 0:
        return f"{float(got):.4g}, of the wrong sign"
    return f"{float(got):.4g}, too {'large' if got > want else 'small'}"
