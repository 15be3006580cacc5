"""What was handed out: the source notebook as the grader needs it."""

import ast
import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from convwork import coursedir
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError

HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS\n?", re.DOTALL)


def grade_id(cell: NotebookNode) -> str | None:
    """The cell's `grade_id`; None for anything that is not a well-formed one."""
    about = cell.get("metadata", {}).get("nbgrader", {})
    name = about.get("grade_id") if isinstance(about, dict) else None
    return name if isinstance(name, str) else None


@dataclass(frozen=True)
class Handout:
    """A source notebook's cells by role."""

    notebook: Notebook
    nb: NotebookNode

    @cached_property
    def graded_cells(self) -> dict[str, NotebookNode]:
        """Solution and test cells by `grade_id`, in order."""
        return {name: cell for cell in self.nb.cells if (name := grade_id(cell)) is not None}

    @cached_property
    def points(self) -> dict[str, float]:
        """Points by exercise, in order."""
        return {
            name.removeprefix("test_"): float(cell.metadata.nbgrader["points"])
            for name, cell in self.graded_cells.items()
            if cell.metadata.nbgrader.get("grade")
        }

    @cached_property
    def shown(self) -> set[str]:
        """The texts of cells that only show something."""
        return {
            cell.source.strip()
            for cell in self.nb.cells
            if cell.cell_type == "code" and "show" in cell.metadata.get("tags", [])
        }

    @cached_property
    def visible_tests(self) -> dict[str, str]:
        """What students see of each test cell, by `grade_id`."""
        return {
            name: HIDDEN.sub("", cell.source).strip()
            for name, cell in self.graded_cells.items()
            if cell.metadata.nbgrader.get("grade")
        }


@cache
def imports_of_week(root: Path, week: str) -> frozenset[str]:
    """The modules that a week's notebooks import: one set, so that one warm parent serves all."""
    cells = [c for n in coursedir.notebooks(root, week) for c in read_handout(n).nb.cells]
    found = [_imported(cell.source) for cell in cells if cell.cell_type == "code"]
    return frozenset().union(*found)


def _imported(source: str) -> set[str]:
    try:
        nodes = list(ast.walk(ast.parse(source)))
    except SyntaxError:  # a line of IPython's
        return set()
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {
        node.module for node in nodes if isinstance(node, ast.ImportFrom) if node.module
    }


def read_handout(notebook: Notebook) -> Handout:
    """Raises ConvworkError if the notebook was not built, or its file is damaged."""
    path = notebook.source
    if not path.is_file():
        raise ConvworkError(f"{path}: no such file; make it with `convwork build`")
    try:
        return Handout(notebook, nbformat.read(path, as_version=4))
    except Exception as error:
        raise ConvworkError(f"{path}: unreadable; make it anew with `convwork build`") from error


def identify(nb: NotebookNode, handouts: list[Handout]) -> Handout | None:
    """Which notebook of the course a file is, by its graded cells, whatever its name."""
    names = {grade_id(cell) for cell in nb.cells}
    best = max(handouts, key=lambda handout: len(names & handout.graded_cells.keys()))
    return best if names & best.graded_cells.keys() else None


def handouts(notebooks: list[Notebook] | None = None) -> list[Handout]:
    """Every notebook of the course that was built."""
    found = notebooks or coursedir.notebooks(coursedir.find_root())
    return [read_handout(notebook) for notebook in found]
