"""Plain nbgrader on small courses, for the tests."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import FILES, ROOT
from nbgrader.api import Gradebook

from convwork import coursedir
from convwork.authoring.build import build
from convwork.authoring.references import build_references


def make_course(root: Path) -> Path:
    """The tiny course, ready to be graded, with a gradebook still to be made."""
    shutil.copytree(FILES / "course", root)
    build(root)
    for notebook in coursedir.notebooks(root):
        build_references(notebook)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    return root


def nbgrader(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run nbgrader as a teacher does, in the course directory, with nothing set."""
    variables = {key: value for key, value in os.environ.items() if key != coursedir.ROOT_VARIABLE}
    return subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=root,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )


def succeed(root: Path, *arguments: str) -> str:
    """The same; what it said, and it must have succeeded."""
    run = nbgrader(root, *arguments)
    assert run.returncode == 0, run.stderr[-3000:]
    return run.stderr


def grades(root: Path) -> dict[tuple[str, str, str], float]:
    """What the gradebook has, by (student, notebook, exercise)."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "convwork") as gradebook:
        return {
            (submission.student.id, notebook.name, grade.name.removeprefix("test_")): grade.score
            for submission in gradebook.assignment_submissions("week1")
            for notebook in submission.notebooks
            for grade in notebook.grades
        }
