"""Plain nbgrader on small courses, for the tests."""

import logging
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from conftest import FILES, ROOT
from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from convwork import coursedir
from convwork.authoring.build import build
from convwork.authoring.references import build_references

SECONDS = re.compile(rb'"(processor_)?seconds": [\d.e-]+')


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


def configuration(root: Path) -> Config:
    """What nbgrader reads in a course directory; it also puts alembic on the path."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(root)).load_config()
    config.CourseDirectory.root = str(root)
    return config


def autograde(
    root: Path, student: str = "*", *, week: str = "week1", force: bool = False, **settings: Any
) -> str:
    """`nbgrader autograde` in this process, which is quicker; returns what it logged."""
    config = configuration(root)
    config.merge(Config(settings))
    place = CourseDirectory(config=config, assignment_id=week, student_id=student)
    converter = Autograde(coursedir=place, config=config, force=force)
    records: list[str] = []
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())  # type: ignore[method-assign]
    converter.log.addHandler(handler)
    converter.log.setLevel(logging.INFO)
    try:
        converter.start()
    finally:
        converter.log.removeHandler(handler)
    return "\n".join(records)


def grades(root: Path, week: str = "week1", db_url: str = "") -> dict[tuple[str, str, str], float]:
    """What the gradebook has, by (student, notebook, exercise)."""
    with Gradebook(db_url or f"sqlite:///{root / 'gradebook.db'}", "convwork") as gradebook:
        return {
            (submission.student.id, notebook.name, grade.name.removeprefix("test_")): grade.score
            for submission in gradebook.assignment_submissions(week)
            for notebook in submission.notebooks
            for grade in notebook.grades
        }


def pages(root: Path) -> dict[str, bytes]:
    """Every file in `autograded/`, but for how long grading took."""
    folder = root / "autograded"
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): SECONDS.sub(b"", path.read_bytes()) for path in files}
