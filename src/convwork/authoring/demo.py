"""`convwork demo`: a small class is taught, submits, is graded and gets its feedback."""

import os
import shutil
import subprocess
import sys
from collections import defaultdict
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
from convwork.grading.locks import week_lock
from convwork.report.page import write_report

# One of NumPy, one of Keras and one of object detection, none of them slow.
SMALL = ("week1/edge_detection", "week2/residual_networks", "week3/yolo")
COPIED = ("notebooks", "grader_tests")
GRADES = "grades.csv"
REPORTS = "reports"
LOG = "demo.log"  # made first and removed last: a folder that has it is a demonstration's
READ_FIRST = "ben"  # whose page has most to tell
PATIENCE = """
# A demonstration does not wait long for a cell that never ends.
c.GradeNotebook.cell_limit = 10
"""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Demo:
    """Where the demonstration is, and how the class did: score by (student, week, notebook)."""

    folder: Path
    scores: dict[tuple[str, str, str], float]
    points: dict[tuple[str, str], float]


def run_demo(root: Path, folder: Path, chosen: list[Notebook], begin: Say, done: Say) -> Demo:
    """Make a course of the chosen notebooks in `folder`, with a class that submits, and grade it.

    `begin` is told of each step before it, `done` after it. Raises ConvworkError if one fails.
    """
    with week_lock(root, "demo"):
        begin("making the course")
        _make_course(root, folder, chosen)
        done(f"made a course of {len(chosen)} notebooks in {folder}")
        done(f"{len(CLASS)} students handed in {_hand_in(folder)} notebooks")
        for week in coursedir.weeks(folder):
            _grade(folder, week, begin, done)
        begin("exporting the grades")
        _run(folder, "nbgrader", "export", "--to", GRADES)
        done(f"exported the grades to {GRADES}")
        return Demo(folder, _scores(folder), _points(folder))


def choose(root: Path, everything: bool) -> list[Notebook]:
    """The notebooks of the small class; all of a course that has none of them, or if asked for."""
    found = coursedir.notebooks(root)
    small = [notebook for notebook in found if str(notebook) in SMALL]
    return found if everything else small or found


def _make_course(root: Path, folder: Path, chosen: list[Notebook]) -> None:
    """A course directory of the chosen notebooks, built from their texts."""
    try:
        _make_room(folder)
        _copy(root, folder, chosen)
    except OSError as error:
        raise ConvworkError(f"the demonstration cannot be made: {error}") from error
    build(folder)


def _make_room(folder: Path) -> None:
    """Remove an earlier demonstration, and nothing else."""
    log = folder / LOG
    if os.path.lexists(folder) and not log.is_file():
        raise ConvworkError(f"{folder} is no demonstration, and one is to be there; move it away")
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path != log:
            path.unlink()
    log.write_text("")


def _copy(root: Path, folder: Path, chosen: list[Notebook]) -> None:
    """The chosen texts, their hidden tests, and a configuration that is less patient."""
    other_weeks = set(coursedir.weeks(root)) - {notebook.week for notebook in chosen}
    left_out = {(n.week, n.name) for n in coursedir.notebooks(root) if n not in chosen}

    def not_chosen(place: str, names: list[str]) -> list[str]:
        week = Path(place).name
        return [n for n in names if n in other_weeks or (week, Path(n).stem) in left_out]

    for name in COPIED:
        shutil.copytree(root / name, folder / name, ignore=not_chosen)
    configuration = (root / "nbgrader_config.py").read_text()
    (folder / "nbgrader_config.py").write_text(configuration + PATIENCE)


def _hand_in(folder: Path) -> int:
    """Let the class work on every notebook; how many were handed in."""
    works = [
        (student, notebook, work(notebook))
        for student, work in CLASS.items()
        for notebook in coursedir.notebooks(folder)
    ]
    handed_in = [submit(folder, who, notebook, nb) for who, notebook, nb in works if nb]
    return len(handed_in)


def _grade(folder: Path, week: str, begin: Say, done: Say) -> None:
    """From a week's submissions to its feedback pages and its report."""
    begin(f"{week}: grading")
    _run(folder, "convwork.cli", "autograde", week)
    done(f"{week}: graded {_totals(folder, week)}")
    begin(f"{week}: writing feedback")
    _run(folder, "nbgrader", "generate_feedback", week)
    first = coursedir.notebooks(folder, week)[0].name
    done(f"{week}: wrote feedback, such as {folder}/feedback/{READ_FIRST}/{week}/{first}.html")
    begin(f"{week}: writing the report")
    write_report(folder, week, folder / REPORTS / f"{week}.html", lambda read, of: None)
    done(f"{week}: wrote the report")


def _run(folder: Path, module: str, *arguments: str) -> None:
    """Run a command as a teacher does, in the demonstration's course directory."""
    log = folder / LOG
    with log.open("a") as file:
        result = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=folder,
            env=dict(os.environ) | {coursedir.ROOT_VARIABLE: str(folder)},
            stdout=file,
            stderr=file,
            check=False,
        )
    if result.returncode:
        command = " ".join((module.removesuffix(".cli"), *arguments))
        raise ConvworkError(f"`{command}` failed; {log} says why")


def _totals(folder: Path, week: str) -> str:
    """What each student got in a week."""
    totals: defaultdict[str, float] = defaultdict(float)
    for (student, of_week, _), score in _scores(folder).items():
        if of_week == week:
            totals[student] += score
    return ", ".join(f"{student} {totals[student]:g}" for student in sorted(totals))


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
    """Only the first notebook came in, and half of it is done."""
    if notebook != coursedir.notebooks(notebook.root)[0]:
        return None
    names = list(load_exercises(notebook.tests))
    stubs = {
        name: f"def {name}(*args, **options):\n    raise NotImplementedError" for name in names
    }
    half = names[: len(names) // 2]
    return solved(notebook, {name: stub for name, stub in stubs.items() if name not in half})


def _dan(notebook: Notebook) -> NotebookNode:
    """The last function kills the kernel, the cell before never ends; the rest is right."""
    *_, endless, deadly = load_exercises(notebook.tests)
    return solved(
        notebook,
        {
            endless: "while True:\n    pass",
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
            f"answers = glob.glob({str(notebook.references.with_name('*'))!r})\n"
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
