"""Writing submissions, for the demonstration and for tests: right ones, wrong ones, odd ones."""

import re
from copy import deepcopy
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.grading.cases import load_exercises
from convwork.grading.handout import grade_id, read_handout

MARKERS = re.compile(r"^ *### (BEGIN|END) SOLUTION\n?", re.MULTILINE)


def solved(notebook: Notebook, changes: dict[str, str] | None = None) -> NotebookNode:
    """The students' notebook with the solutions written in.

    changes: other texts for the solution cells of some exercises.
    """
    nb = untouched(notebook)
    solutions = read_handout(notebook).graded_cells
    for cell in nb.cells:
        name = grade_id(cell)
        if name is not None and cell.metadata.nbgrader["solution"]:
            text = (changes or {}).get(name, solutions[name].source)
            cell.source = MARKERS.sub("", text)
    return nb


def untouched(notebook: Notebook) -> NotebookNode:
    """The students' notebook as it was handed out."""
    if not notebook.release.is_file():
        raise ConvworkError(f"{notebook.release}: no such file; make it with `convwork build`")
    return deepcopy(nbformat.read(notebook.release, as_version=4))


def misconceived(notebook: Notebook, exercise: str, misconception: str) -> str:
    """The text of a solution cell with one of its declared misconceptions."""
    declared = load_exercises(notebook.tests)[exercise].misconceptions
    solution = read_handout(notebook).graded_cells[exercise].source
    return next(m for m in declared if m.name == misconception).apply(solution)


def submit(root: Path, student: str, notebook: Notebook, nb: NotebookNode) -> Path:
    """Put a notebook where nbgrader looks for a student's submission."""
    path = root / "submitted" / student / notebook.week / f"{notebook.name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nb, path)
    return path
