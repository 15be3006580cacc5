"""A small course of one notebook, for tests that change, break or grade one."""

import shutil
import sys
from pathlib import Path

import pytest
from absl import logging as absl_logging
from click.testing import Result

from convwork.authoring.build import build
from convwork.authoring.references import build_references
from convwork.coursedir import Notebook, notebooks

pytest_plugins = ["proofs"]
pytest.register_assert_rewrite("course_week")
# TensorFlow's log closes, when another log is set up, the stream that it found: pytest's capture.
absl_logging.get_absl_handler().python_handler.stream = sys.__stderr__

FILES = Path(__file__).parent / "files"
ROOT = Path(__file__).parents[1]


def change(path: Path, old: str, new: str) -> None:
    """Put `new` in the place of `old`, which must stand in the file."""
    text = path.read_text()
    assert old in text, f"{path.name} does not hold {old!r}"
    path.write_text(text.replace(old, new))


def one_line_failure(result: Result) -> str:
    """What a command that failed by a user's mistake said: one line, exit code 1, no traceback."""
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    (line,) = result.stderr.splitlines()
    assert line.startswith("convwork: ")
    return line.removeprefix("convwork: ")


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course directory with one unbuilt notebook, `week1/tiny`."""
    root = tmp_path / "course"
    shutil.copytree(FILES / "course", root)
    monkeypatch.setenv("CONVWORK_COURSE", str(root))
    return root


@pytest.fixture
def built_course(course: Path) -> Path:
    """The small course, built, with its references and nbgrader's configuration."""
    build(course)
    for notebook in notebooks(course):
        build_references(notebook)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    return course


@pytest.fixture
def tiny(built_course: Path) -> Notebook:
    """The small course's notebook."""
    return Notebook(built_course, "week1", "tiny")
