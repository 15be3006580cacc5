"""A notebook's canonical text: reading it, and refusing one that breaks the conventions."""

import ast
import builtins
import re
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import jupytext
from nbformat import NotebookNode

from convwork.coursedir import Notebook
from convwork.errors import ConvworkError

BEGIN_SOLUTION, END_SOLUTION = "### BEGIN SOLUTION", "### END SOLUTION"
HIDDEN = re.compile(
    r'### BEGIN HIDDEN TESTS\nhidden_tests\("(?P<exercise>\w+)"\)\n### END HIDDEN TESTS\s*$'
)

SKIPPED = "the grader skips it, and students may use that name: import it in a cell that is run"
# A picture in prose without words for those who do not see it: `![](…)`, or <img> without alt="…".
UNTOLD_PICTURE = re.compile(r'!\[\s*\]|<img\b(?![^>]*\balt\s*=\s*["\'][^"\']*\w)', re.IGNORECASE)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a cell of a text."""

    notebook: Notebook
    cell: str
    reason: str

    def __str__(self) -> str:
        return f"{self.notebook}: {self.cell}: {self.reason}"


def read_text(notebook: Notebook) -> NotebookNode:
    """The text as a notebook, with stable cell ids and without outputs.

    Raises ConvworkError if the file is missing or jupytext can't read it.
    """
    if not notebook.text.is_file():
        raise ConvworkError(f"{notebook.text}: no such file")
    try:
        nb = jupytext.read(notebook.text, fmt="py:percent")
    except Exception as error:
        raise ConvworkError(f"{notebook.text}: jupytext can't read it: {error}") from error
    nb.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    nb.nbformat, nb.nbformat_minor = 4, 5
    for index, cell in enumerate(nb.cells):
        cell.id = grade_id(cell) or f"cell-{index:02}"
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's own
    return nb


def grade_id(cell: NotebookNode) -> str:
    """The cell's `grade_id`, or an empty string."""
    return str(_about(cell).get("grade_id", ""))


def is_solution(cell: NotebookNode) -> bool:
    """Whether students write in this cell."""
    return bool(_about(cell).get("solution"))


def is_test(cell: NotebookNode) -> bool:
    """Whether this cell carries points."""
    return bool(_about(cell).get("grade"))


def _about(cell: NotebookNode) -> dict[str, Any]:
    """What nbgrader knows about a cell."""
    about = cell.metadata.get("nbgrader")
    return about if isinstance(about, dict) else {}


def is_show(cell: NotebookNode) -> bool:
    """Whether this cell only shows something, so that grading skips it."""
    return "show" in cell.metadata.get("tags", [])


def points(nb: NotebookNode) -> dict[str, float]:
    """Points by exercise, in the notebook's order."""
    return {
        grade_id(cell).removeprefix("test_"): _points(cell) for cell in nb.cells if is_test(cell)
    }


def _points(cell: NotebookNode) -> float:
    points = _about(cell).get("points")
    return float(points) if isinstance(points, int | float) else 0.0


def solutions(nb: NotebookNode) -> dict[str, str]:
    """The text of each exercise's solution cell."""
    return {grade_id(cell): cell.source for cell in nb.cells if is_solution(cell)}


def problems(notebook: Notebook, nb: NotebookNode, exercises: set[str]) -> list[Problem]:
    """Everything in a text that breaks the conventions of `docs/writing-a-notebook.md`.

    exercises: the names that the notebook's grader tests declare.
    """
    found = [
        Problem(notebook, _where(index, cell), reason)
        for index, cell in enumerate(nb.cells)
        for reason in _cell_problems(cell)
    ]
    found += [Problem(notebook, *problem) for problem in _pairing_problems(nb, exercises)]
    return found + [Problem(notebook, *problem) for problem in _show_problems(nb)]


def _where(index: int, cell: NotebookNode) -> str:
    return f"cell {grade_id(cell)!r}" if grade_id(cell) else f"cell {index}"


def _cell_problems(cell: NotebookNode) -> Iterator[str]:
    if cell.cell_type != "code":
        if UNTOLD_PICTURE.search(cell.source):
            yield "a picture without a text for those who do not see it: `![what it shows](…)`"
        return
    if (is_solution(cell) or is_test(cell)) and not grade_id(cell):
        yield "a graded cell needs a grade_id"
    if is_solution(cell):
        yield from _solution_problems(cell)
    elif BEGIN_SOLUTION in cell.source:
        yield "it holds a solution, and is not marked as a solution cell"
    if is_test(cell):
        yield from _test_problems(cell)
    elif "BEGIN HIDDEN TESTS" in cell.source:
        yield "it holds hidden tests, and is not marked as a test cell"
    try:
        ast.parse(_plain(cell.source))
    except SyntaxError as error:
        yield f"it is not Python: {error}"


def _solution_problems(cell: NotebookNode) -> Iterator[str]:
    name = re.escape(grade_id(cell))
    body = re.search(rf"{BEGIN_SOLUTION}\n(.*?){END_SOLUTION}", cell.source, re.DOTALL)
    if body is None:
        yield f"a stub without a solution: no `{BEGIN_SOLUTION}` … `{END_SOLUTION}`"
    elif not body[1].strip():
        yield "a stub without a solution: nothing stands between its markers"
    if not re.search(rf"^def {name}\(", cell.source, re.MULTILINE):
        yield f"it does not define the function {grade_id(cell)!r} that its grade_id names"


def _test_problems(cell: NotebookNode) -> Iterator[str]:
    hidden = HIDDEN.search(cell.source)
    if hidden is None:
        yield 'a test cell without hidden tests: it must end in `hidden_tests("…")` and its markers'
    elif grade_id(cell) != f"test_{hidden['exercise']}":
        yield f"its hidden tests are those of {hidden['exercise']!r}"
    if not _points(cell) > 0:
        yield "a test cell needs points"


def _pairing_problems(nb: NotebookNode, exercises: set[str]) -> Iterator[tuple[str, str]]:
    ids = [grade_id(cell) for cell in nb.cells if grade_id(cell)]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"cell {name!r}", "its grade_id is used more than once"
    stubs = {grade_id(cell) for cell in nb.cells if is_solution(cell)}
    tested = {grade_id(cell).removeprefix("test_") for cell in nb.cells if is_test(cell)}
    for name in sorted(stubs - tested):
        yield f"cell {name!r}", f"a solution without its test cell 'test_{name}'"
    for name in sorted(tested - stubs):
        yield f"cell 'test_{name}'", f"a test cell without its solution cell {name!r}"
    for name in sorted(stubs - exercises):
        yield f"cell {name!r}", "its grader tests declare no such exercise"
    for name in sorted(exercises - stubs):
        yield f"exercise {name!r}", "the grader tests declare it, and the text has no such stub"


def _show_problems(nb: NotebookNode) -> Iterator[tuple[str, str]]:
    """A cell that runs in grading must not need a name that only skipped cells define."""
    defined: set[str] = set(dir(builtins)) | {"get_ipython", "display"}
    shown: set[str] = set()
    for index, cell in enumerate(nb.cells):
        if cell.cell_type != "code":
            continue
        try:
            names, needed = _global_names(_plain(cell.source))
        except SyntaxError:
            continue
        if is_show(cell) or is_test(cell):
            shown |= names
            for name in _imported_names(_plain(cell.source)):
                yield _where(index, cell), f"it imports {name!r}; {SKIPPED}"
            continue
        defined |= names
        for name in sorted((needed & shown) - defined):
            yield _where(index, cell), f"it needs {name!r}, which only a skipped cell defines"


def _imported_names(source: str) -> list[str]:
    """What a cell imports for all that follow."""
    nodes = [n for n in ast.parse(source).body if isinstance(n, ast.Import | ast.ImportFrom)]
    return [alias.asname or alias.name for node in nodes for alias in node.names]


def _plain(source: str) -> str:
    """The cell without magics, which are not Python."""
    return re.sub(r"^(\s*)[%!].*$", r"\1pass", source, flags=re.MULTILINE)


def _global_names(source: str) -> tuple[set[str], set[str]]:
    """The global names that a cell binds, and those that it needs, also within functions."""
    bound: set[str] = set()
    needed: set[str] = set()
    tables = [symtable.symtable(source, "cell", "exec")]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        symbols = [s for s in table.get_symbols() if s.is_global()]
        bound |= {s.get_name() for s in symbols if s.is_assigned() or s.is_imported()}
        needed |= {s.get_name() for s in symbols if s.is_referenced()}
    return bound, needed
