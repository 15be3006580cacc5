"""Grading a notebook, by a kernel in this process: what is run, asked, tried again and told."""

from collections.abc import Callable

import pytest
from local_kernel import LocalKernel
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from convwork.authoring.classroom import solved
from convwork.coursedir import Notebook
from convwork.grading.handout import read_handout
from convwork.grading.runner import grade_in
from convwork.grading.session import Limits, Session
from convwork.grading.submission import restore
from convwork.grading.verdicts import NotebookVerdict

Grade = Callable[..., NotebookVerdict]


@pytest.fixture
def graded(tiny: Notebook) -> Grade:
    """The verdict on a notebook; without one, on the right one with cells before or after."""

    def grade(nb: NotebookNode | None = None, before: str = "", after: str = "") -> NotebookVerdict:
        handout = read_handout(tiny)
        nb = nb or solved(tiny)
        for place, source in ((0, before), (len(nb.cells), after)):
            nb.cells.insert(place, new_code_cell(source))
        restore(nb, handout)
        return grade_in(Session(LocalKernel(), Limits()), nb, handout)

    return grade


def without(nb: NotebookNode, text: str) -> NotebookNode:
    """The notebook without the cell that holds a text."""
    nb.cells = [cell for cell in nb.cells if text not in cell.source]
    return nb


SPOILT_BY_ITS_EXAMPLES = """
def double(x):
    if np.array_equal(x, [1, 2]) or np.array_equal(x, np.ones((2, 2))):
        spoilt.append(x)
    return 3 * x if spoilt else 2 * x
"""


def test_cells_that_only_show_and_test_cells_are_not_run(tiny: Notebook, graded: Grade) -> None:
    def passes(before: str) -> bool:
        nb = solved(tiny, {"double": SPOILT_BY_ITS_EXAMPLES})
        return graded(nb, before=before).passed

    assert passes("spoilt = []")
    assert not passes("spoilt = [1]")


def test_each_exercise_has_its_own_points(graded: Grade) -> None:
    points = [(exercise.name, exercise.points) for exercise in graded().exercises]
    assert points == [("double", 60), ("quadruple", 40)]


def test_the_order_of_cells_is_the_students(tiny: Notebook, graded: Grade) -> None:
    nb = solved(tiny)
    nb.cells.reverse()
    assert graded(nb).passed


def test_what_is_there_only_later_is_asked_again(tiny: Notebook, graded: Grade) -> None:
    later = solved(tiny, {"double": ""})
    verdict = graded(later, after="def double(x):\n    return 2 * x")
    assert verdict.passed


@pytest.mark.parametrize(
    "stops",
    [
        "import no_such_module\nprint(picture)\n",
        "%matplotlib widget\n",
        "print(picture)  # of a cell that grading skips\n",
    ],
)
def test_a_cell_that_grading_lacks_something_for_is_tried_without(
    tiny: Notebook, graded: Grade, stops: str
) -> None:
    nb = solved(tiny)
    for cell in nb.cells:
        if "def double" in cell.source:
            cell.source = stops + cell.source
    verdict = graded(nb)
    assert verdict.passed
    missing = ("A cell imports a module that is not there in grading: `import no_such_module`",)
    assert verdict.remarks == (missing if "import" in stops else ())


def test_a_cell_that_stops_by_its_own_fault_is_not(tiny: Notebook, graded: Grade) -> None:
    nb = solved(tiny)
    for cell in nb.cells:
        if "def double" in cell.source:
            cell.source = "1 / 0\n" + cell.source
    double, quadruple = graded(nb).exercises
    assert (double.score, quadruple.score) == (0, 20)  # what calls no `double` is right
    assert double.remarks == ("Its cell stopped with ZeroDivisionError: division by zero",)
    assert quadruple.remarks == ("Mend double first: quadruple calls it.",)
