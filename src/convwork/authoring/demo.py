"""`convwork demo`: a small class is taught, submits, is graded and gets its feedback."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook

from convwork import coursedir
from convwork.authoring.build import build
from convwork.authoring.classroom import misconceived, solved, submit, untouched
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.grading.cases import load_exercises
from convwork.grading.handout import read_handout
from convwork.report.page import write_report

COPIED = ("notebooks", "source", "release", "grader_tests")
GRADES = "grades.csv"
REPORTS = "reports"


@dataclass(frozen=True)
class Demo:
    """Where the demonstration is, and how the class did: score by (student, week, notebook)."""

    folder: Path
    scores: dict[tuple[str, str, str], float]
    points: dict[tuple[str, str], float]


def run_demo(root: Path, folder: Path, report: Callable[[str], None]) -> Demo:
    """Make a course directory in `folder`, with a class that submits, and grade it.

    Raises ConvworkError if a step fails; `report` is told of each.
    """
    report("building the course")
    build(root)
    _copy_course(root, folder)
    weeks = coursedir.weeks(folder)
    report("the class works on its notebooks")
    for student, work in CLASS.items():
        for notebook in coursedir.notebooks(folder):
            nb = work(notebook)
            if nb is not None:
                submit(folder, student, notebook, nb)
    for week in weeks:
        report(f"{week}: nbgrader generate_assignment, autograde, generate_feedback; report")
        for command in ("generate_assignment", "autograde", "generate_feedback"):
            _nbgrader(folder, command, week, "--force")
        write_report(folder, week, folder / REPORTS / f"{week}.html", lambda done, of: None)
    _nbgrader(folder, "export", "--to", GRADES)
    return Demo(folder, _scores(folder), _points(folder))


def _copy_course(root: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name in COPIED:
        shutil.copytree(root / name, folder / name)
    shutil.copy(root / "nbgrader_config.py", folder)


def _nbgrader(folder: Path, *arguments: str) -> None:
    """Run plain nbgrader in the demonstration's course directory."""
    environment = dict(os.environ) | {coursedir.ROOT_VARIABLE: str(folder)}
    log = folder / "demo.log"
    with log.open("a") as file:
        result = subprocess.run(
            [sys.executable, "-m", "nbgrader", *arguments],
            cwd=folder,
            env=environment,
            stdout=file,
            stderr=file,
            check=False,
        )
    if result.returncode:
        raise ConvworkError(f"`nbgrader {' '.join(arguments)}` failed; {log} says why")


def _scores(folder: Path) -> dict[tuple[str, str, str], float]:
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}", "convwork") as gradebook:
        return {
            (submission.student.id, submission.assignment.name, notebook.name): notebook.score
            for assignment in gradebook.assignments
            for submission in gradebook.assignment_submissions(assignment.name)
            for notebook in submission.notebooks
        }


def _points(folder: Path) -> dict[tuple[str, str], float]:
    return {
        (notebook.week, notebook.name): sum(read_handout(notebook).points.values())
        for notebook in coursedir.notebooks(folder)
    }


# The class. Each student is a function from a notebook to what is submitted, or None.


def _ada(notebook: Notebook) -> NotebookNode:
    """Everything is right."""
    return solved(notebook)


def _ben(notebook: Notebook) -> NotebookNode:
    """Every exercise has one of the typical mistakes."""
    exercises = load_exercises(notebook.tests).values()
    return solved(
        notebook,
        {e.name: misconceived(notebook, e.name, e.misconceptions[0].name) for e in exercises},
    )


def _cleo(notebook: Notebook) -> NotebookNode | None:
    """Only the week's first notebook came in, and half of it is done."""
    first = coursedir.notebooks(notebook.root, notebook.week)[0]
    if notebook != first:
        return None
    names = list(load_exercises(notebook.tests))
    stubs = {
        name: f"def {name}(*args, **options):\n    raise NotImplementedError" for name in names
    }
    half = names[: len(names) // 2]
    return solved(notebook, {name: stub for name, stub in stubs.items() if name not in half})


def _dan(notebook: Notebook) -> NotebookNode:
    """The last function kills the kernel, the one before never returns; the rest is right."""
    *_, endless, deadly = load_exercises(notebook.tests)
    return solved(
        notebook,
        {
            endless: f"def {endless}(*args, **options):\n    while True:\n        pass",
            deadly: f"import os\n\ndef {deadly}(*args, **options):\n    os._exit(1)",
        },
    )


def _eve(notebook: Notebook) -> NotebookNode:
    """Nothing is solved; instead the notebook looks for the answers and forges its score."""
    nb = untouched(notebook)
    points = sum(read_handout(notebook).points.values())
    nb.cells.append(
        new_code_cell(
            "import glob\n"
            "from IPython.display import display\n"
            "answers = glob.glob('/**/grader_tests/**/*.h5', recursive=True)\n"
            "print('answers found:', answers)\n"
            f"display({points})\n"
            f"{points}"
        )
    )
    return nb


CLASS: dict[str, Callable[[Notebook], NotebookNode | None]] = {
    "ada": _ada,
    "ben": _ben,
    "cleo": _cleo,
    "dan": _dan,
    "eve": _eve,
}
