"""What an attack is, and the notebook that it makes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from convwork.authoring.classroom import solved
from convwork.coursedir import Notebook

NOTHING = {"double": 0.0, "quadruple": 0.0}
ALL_POINTS = {"double": 60.0, "quadruple": 40.0}

WRONG_DOUBLE = "def double(x):\n    return None"
WRONG_QUADRUPLE = "def quadruple(x, times=1):\n    return None"


@dataclass(frozen=True)
class Attack:
    """Solutions that are wrong unless given, and code beside them.

    tries: what it is after. first, last: code cells before the exercises and after them.
    double, quadruple: texts of the solution cells; None leaves the right one. earns: the points
    of what is honest in it. spoil: changes the written file. dangerous: it would harm a machine
    on which nothing holds it, so stock nbgrader is not tried on it.
    """

    name: str
    tries: str
    first: str = "pass"
    last: str = "pass"
    double: str | None = WRONG_DOUBLE
    quadruple: str | None = WRONG_QUADRUPLE
    earns: Mapping[str, float] = field(default_factory=lambda: NOTHING)
    spoil: Callable[[Path], None] | None = None
    dangerous: bool = False

    def notebook(self, tiny: Notebook, places: Mapping[str, str]) -> NotebookNode:
        """The submission; `places` says what stands for COURSE and the like."""
        changes = {
            name: fill(text, places)
            for name, text in (("double", self.double), ("quadruple", self.quadruple))
            if text is not None
        }
        nb = solved(tiny, changes)
        nb.cells.insert(2, new_code_cell(fill(self.first, places)))
        nb.cells.append(new_code_cell(fill(self.last, places)))
        return nb


def harm(name: str, tries: str, code: str, **fields: object) -> Attack:
    """An attack whose solutions are right, and which does harm in its first cell."""
    return Attack(
        name,
        tries,
        code,
        double=None,
        quadruple=None,
        earns=ALL_POINTS,
        **fields,  # type: ignore[arg-type]
    )


def fill(text: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        text = text.replace(name, value)
    return text
