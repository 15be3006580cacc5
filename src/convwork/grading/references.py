"""The reference outputs of a notebook's cases: `grader_tests/weekN/<notebook>.h5`.

A group for each exercise holds `trees`, JSON as bytes, which maps a place, such as
`<case>/<variant>/inputs`, `…/answer` or `…/misconceptions/<name>`, to the nodes of a tree as in
`convwork.trees`. Its arrays lie end to end in one dataset for each dtype, equal ones once;
the node of an array is [dtype, offset, shape].
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from convwork.errors import ConvworkError
from convwork.trees import build_tree, to_nodes

Trees = dict[str, Any]


class References:
    """A notebook's references, open for reading; made by `open_references`."""

    def __init__(self, file: h5py.File) -> None:
        self._file = file
        self._read: dict[str, Trees] = {}
        self._misconceptions: dict[str, dict[str, list[str]]] = {}  # names, by exercise and place
        self._flat: dict[tuple[str, str], np.ndarray] = {}

    @property
    def seed(self) -> int:
        """What the hidden inputs were drawn with."""
        with self._reading():
            return int(self._file.attrs.get("seed", 0))

    def inputs(self, exercise: str, case: str, variant: int) -> Any:
        """The positional arguments of a case."""
        return self._tree(exercise, f"{case}/{variant}/inputs")

    def answer(self, exercise: str, case: str, variant: int) -> Any:
        """What the solution answers, as a tree of the form that `evaluate` returns."""
        return self._tree(exercise, f"{case}/{variant}/answer")

    def misconceptions(self, exercise: str, case: str, variant: int) -> list[str]:
        """The names of the misconceptions whose answer differs from the solution's."""
        self._trees(exercise)
        return self._misconceptions[exercise].get(f"{case}/{variant}/misconceptions", [])

    def misconception(self, exercise: str, case: str, variant: int, name: str) -> Any:
        """What a misconception answers, as a tree of the form that `evaluate` returns."""
        return self._tree(exercise, f"{case}/{variant}/misconceptions/{name}")

    def variants(self, exercise: str, case: str) -> int:
        """How many variants of a case there are. Raises ConvworkError if there are none."""
        trees = self._trees(exercise)
        count = 0
        while f"{case}/{count}/inputs" in trees:
            count += 1
        if not count:
            raise self._outdated(f"{exercise}/{case}")
        return count

    def all_trees(self, exercise: str) -> Trees:
        """Every tree of an exercise, by place; empty if the file has none."""
        return {place: self._tree(exercise, place) for place in self._trees(exercise)}

    def _tree(self, exercise: str, place: str) -> Any:
        nodes = self._trees(exercise).get(place)
        if nodes is None:
            raise self._outdated(f"{exercise}/{place}")
        with self._reading():
            return build_tree(nodes, lambda where: self._array(exercise, *where))

    def _trees(self, exercise: str) -> Trees:
        """The nodes of an exercise's trees, by place; none if the file does not know it."""
        if exercise not in self._read:
            with self._reading():
                known = exercise in self._file
                text = self._file[exercise]["trees"][()].tobytes() if known else b"{}"
                self._read[exercise] = dict(json.loads(text))
            found: dict[str, list[str]] = {}
            self._misconceptions[exercise] = found
            for place in self._read[exercise]:
                before, _, name = place.rpartition("/")
                if before.endswith("/misconceptions"):
                    found.setdefault(before, []).append(name)
        return self._read[exercise]

    def _array(self, exercise: str, dtype: str, offset: int, shape: list[int]) -> np.ndarray:
        if (exercise, dtype) not in self._flat:  # whole: to read parts takes far longer
            self._flat[exercise, dtype] = self._file[exercise][dtype][()]
        size = int(np.prod(shape, dtype=int))
        return self._flat[exercise, dtype][offset : offset + size].reshape(shape).copy()

    def _outdated(self, place: str) -> ConvworkError:
        return ConvworkError(
            f"{self._file.filename}: nothing about {place!r}; rebuild it with `convwork references`"
        )

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """A damaged file makes HDF5, JSON and NumPy fail in many ways; all mean the same."""
        try:
            yield
        except Exception as error:
            raise ConvworkError(
                f"{self._file.filename}: damaged; rebuild it with `convwork references`"
            ) from error


@contextmanager
def open_references(path: Path) -> Iterator[References]:
    """A references file, open. Raises ConvworkError if it is missing or damaged.

    What was read stays in memory for the next notebook of a class.
    """
    try:
        about = path.stat()
    except OSError as error:
        raise ConvworkError(f"{path}: no such file; make it with `convwork references`") from error
    yield _opened(path, about.st_ino, about.st_mtime_ns)


@lru_cache(maxsize=8)
def _opened(path: Path, *_version: int) -> References:
    try:
        return References(h5py.File(path, "r"))
    except OSError as error:
        raise ConvworkError(
            f"{path}: not a readable HDF5 file; rebuild it with `convwork references`"
        ) from error


def write_references(path: Path, seed: int, exercises: dict[str, Trees]) -> None:
    """Write a references file, beside `path` and then renamed, from trees by place."""
    beside = path.with_name(path.name + ".new")
    try:
        with h5py.File(beside, "w") as file:
            file.attrs["seed"] = seed
            for exercise, trees in exercises.items():
                _write_exercise(file.create_group(exercise), trees)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _write_exercise(group: h5py.Group, trees: Trees) -> None:
    pool = _Pool()
    nodes = {place: pool.nodes(tree) for place, tree in trees.items()}
    data = {dtype: np.concatenate(arrays) for dtype, arrays in pool.arrays.items()}
    data["trees"] = np.frombuffer(json.dumps(nodes).encode(), np.uint8)
    for name, array in data.items():
        group.create_dataset(name, data=array, compression="gzip", shuffle=True, track_times=False)


class _Pool:
    """Arrays end to end, by dtype; an array that is there already is not stored again."""

    def __init__(self) -> None:
        self.arrays: dict[str, list[np.ndarray]] = {}
        self._ends: dict[str, int] = {}
        self._known: dict[tuple[str, bytes], int] = {}

    def nodes(self, tree: Any) -> Any:
        arrays: list[np.ndarray] = []
        nodes = to_nodes(tree, arrays)
        return self._placed(nodes, [self._place(array) for array in arrays])

    def _placed(self, node: Any, places: list[list[Any]]) -> Any:
        """The nodes, with the positions of arrays replaced by where they lie in the file."""
        match node:
            case ["array", int(index)]:
                return ["array", places[index]]
            case ["tuple" | "list" as kind, items]:
                return [kind, [self._placed(item, places) for item in items]]
            case ["dict", pairs]:
                return ["dict", [[key, self._placed(item, places)] for key, item in pairs]]
        return node

    def _place(self, array: np.ndarray) -> list[Any]:
        dtype, content = array.dtype.str, array.tobytes()
        if (dtype, content) not in self._known:
            end = self._ends.get(dtype, 0)
            self._known[dtype, content] = end
            self._ends[dtype] = end + array.size
            self.arrays.setdefault(dtype, []).append(array.ravel())
        return [dtype, self._known[dtype, content], list(array.shape)]
