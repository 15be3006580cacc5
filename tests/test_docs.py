"""The documentation: its commands run as they stand there, in order, and its site builds."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from convwork.authoring.texts import UNTOLD_PICTURE

# The pages whose `sh` blocks are one script; blocks called `console` need a fresh machine.
PAGES = ("instructors.md", "self-learners.md", "worked-example.md")
PAGES_OF_THE_SITE = sorted((ROOT / "docs").glob("*.md"))
COURSE = ("notebooks", "source", "release", "grader_tests")
BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course directory of week 1, with its environment where the pages say that it is."""
    root = tmp_path / "course"
    for folder in COURSE:
        shutil.copytree(ROOT / folder / "week1", root / folder / "week1")
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / ".venv").symlink_to(sys.prefix)
    return root


@pytest.mark.verify(
    depends=("docs/*.md", "datasets/*", *(f"{folder}/week1/*" for folder in COURSE)),
    uses=("convwork",),
)
@pytest.mark.parametrize("page", PAGES)
def test_the_commands_do_what_the_page_says(course: Path, page: str) -> None:
    said = ""
    for kind, title, text in BLOCK.findall((ROOT / "docs" / page).read_text()):
        if title.startswith("/"):
            continue  # of a machine, and not of the course
        if title:
            (course / title).parent.mkdir(parents=True, exist_ok=True)
            (course / title).write_text(text)
        elif kind == "sh":
            said = run(course, text)
        elif kind == "text":
            assert_said(said, text)


def run(course: Path, script: str) -> str:
    variables = {k: v for k, v in os.environ.items() if not k.startswith("CONVWORK")}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=course,
        env=variables | {"COLUMNS": "200"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout[-3000:]}"
    return done.stdout


def assert_said(said: str, text: str) -> None:
    plain = " ".join(said.split())
    for line in filter(None, text.splitlines()):
        assert " ".join(line.split()) in plain, said[-3000:]


def test_every_page_is_checked_or_has_no_commands() -> None:
    """Pages about machines that a test can't have say so by `console`, or are listed here."""
    about_clusters = {"grading.md", "sizing.md"}
    for path in PAGES_OF_THE_SITE:
        kinds = [kind for kind, _, _ in BLOCK.findall(path.read_text())]
        assert "sh" not in kinds or path.name in {*PAGES, *about_clusters}, path.name


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{p.name}" for p in PAGES_OF_THE_SITE)])
def test_pictures_have_words(page: str) -> None:
    assert not UNTOLD_PICTURE.search((ROOT / page).read_text())


def test_the_site_builds_without_warnings(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    page = (tmp_path / "site/notebooks/week1/edge_detection.html").read_text()
    assert "raise" in page
    assert "NotImplementedError" in page
