"""A class of odd submissions, each beside the verdict that it must get.

`scenarios/<name>.toml` has what a student handed in for the tiny course of `files/course`, which
`scenario` reads, and the verdict: the points of each exercise, what the feedback page must say,
and what must never be in it. All of them are graded as one class, once, by plain nbgrader.
"""

import csv
import html
import re
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
import pytest
from nbgrader_runs import grades, make_course, succeed
from scenario import NAMES, hand_in, read

from convwork import coursedir
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.grading.checking import check_file

pytestmark = pytest.mark.xdist_group("scenarios")  # so that the class is graded once

EXERCISES = ("double", "quadruple")
# What no page may hold: the words of the solution, and the grader's own troubles.
NEVER_SAID = ("BEGIN SOLUTION", "convwork/grading", "could not be checked", "/grader_tests")
PAGE = 2_000_000
CELL_LIMIT = 6  # seconds: more than the least that a cell may take after one that hung


# --- the class -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Graded:
    """What nbgrader left: folders by student, grades as `nbgrader_runs` has them, its words."""

    roots: dict[str, Path]
    grades: dict[tuple[str, str, str], float]
    said: str

    def page(self, name: str) -> str:
        return (self.roots[name] / "feedback" / name / "week1" / "tiny.html").read_text()


def grade(root: Path, names: Sequence[str]) -> Graded:
    """Grade some of the class, from a course directory without a gradebook to a CSV file."""
    for name in names:
        hand_in(name, Notebook(root, "week1", "tiny"), root / "submitted" / name / "week1")
    said = succeed(root, "autograde", "week1", f"--GradeNotebook.cell_limit={CELL_LIMIT}")
    said += succeed(root, "generate_feedback", "week1")
    said += succeed(root, "export", "--to", "grades.csv")
    return Graded(dict.fromkeys(names, root), grades(root), said)


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    """The whole class, in two rooms at once: while one waits for a hang, the other goes on."""
    roots = [tmp_path_factory.mktemp("room") / "course" for _ in range(2)]
    make_course(roots[0])
    shutil.copytree(roots[0], roots[1])
    names = sorted(NAMES, key=lambda name: read(name).get("check", True))  # what hangs in turn
    with ThreadPoolExecutor() as pool:
        one, other = pool.map(grade, roots, (names[::2], names[1::2]))
    return Graded(one.roots | other.roots, one.grades | other.grades, one.said + other.said)


def visible(page: str) -> str:
    """What a reader sees of a page."""
    body = page[page.index("<body") :]
    text = html.unescape(re.sub(r"<[^>]+>", "", body))
    return re.sub(r"[ \t]+", " ", text)


# --- what came of it -----------------------------------------------------------------------------


GRADED = [name for name in NAMES if "double" in read(name)]


@pytest.mark.parametrize("name", GRADED)
def test_points(graded: Graded, name: str) -> None:
    want = read(name)
    got = {exercise: graded.grades.get((name, "tiny", exercise)) for exercise in EXERCISES}
    assert got == {exercise: want[exercise] for exercise in EXERCISES}


@pytest.mark.parametrize("name", GRADED)
def test_feedback(graded: Graded, name: str) -> None:
    want = read(name)
    page = graded.page(name)
    seen = visible(page)
    for words in want.get("says", ()):
        assert words in seen, seen
    for words in (*want.get("never", ()), *NEVER_SAID):
        assert words not in seen, seen
    for markup in want.get("never_html", ()):
        assert markup not in page
    assert len(page) < PAGE
    assert str(graded.roots[name].parent) not in page


@pytest.mark.parametrize("name", GRADED)
def test_autograded_notebook(graded: Graded, name: str) -> None:
    """It is valid, bounded, and holds each test cell once, with its verdict for an output."""
    path = graded.roots[name] / "autograded" / name / "week1" / "tiny.ipynb"
    assert path.is_file() and not path.is_symlink()
    assert path.stat().st_size < PAGE
    nb = nbformat.read(path, as_version=4)
    nbformat.validate(nb)
    tests = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("grade")]
    assert sorted(cell.metadata.nbgrader.grade_id for cell in tests) == [
        f"test_{exercise}" for exercise in EXERCISES
    ]
    for cell in tests:
        exercise = cell.metadata.nbgrader.grade_id.removeprefix("test_")
        (output,) = cell.outputs
        assert float(output.data["text/plain"]) == read(name)[exercise]


def test_who_has_no_notebook_is_named(graded: Graded) -> None:
    for name in set(NAMES) - set(GRADED):
        assert not any(student == name for student, *_ in graded.grades)
        assert not (graded.roots[name] / "feedback" / name).exists()
    assert re.search(r"No notebooks were matched by '.*/notebook_missing/week1/", graded.said)
    assert re.search(
        r"/other_name/week1: not graded, for it holds tiny \(1\)\.ipynb and none of tiny\.ipynb",
        graded.said,
    )


def test_odd_files_are_named_and_left_out(graded: Graded) -> None:
    for name in ("grades", "nowhere", "pipe", "answers"):
        assert re.search(rf"/odd_files/week1/(sub/)?{name}: not a file, so left out", graded.said)
    left = graded.roots["odd_files"] / "autograded" / "odd_files" / "week1"
    assert {path.name for path in left.rglob("*")} == {"tiny.ipynb", "sub", "fine.txt"}


def test_no_submission_failed(graded: Graded) -> None:
    assert "Traceback" not in graded.said
    assert not re.search(r"\| (ERROR|CRITICAL)\]", graded.said)


def test_the_export_has_everybody(graded: Graded) -> None:
    scores = {}
    for root in set(graded.roots.values()):
        with (root / "grades.csv").open() as file:
            scores |= {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    for name in GRADED:
        assert scores[name] == sum(read(name)[exercise] for exercise in EXERCISES)


def test_no_process_is_left(graded: Graded) -> None:
    for root in set(graded.roots.values()):
        for process in psutil.process_iter(["cmdline", "environ"]):
            assert str(root) not in str(process.info)


# --- the same by convwork check ------------------------------------------------------------------

# A learner's own notebook runs without a sandbox; these do what only a sandbox should see.
CHECKED = [name for name in GRADED if read(name).get("check", True)]
A_FEW = CHECKED[::8]


@pytest.fixture(scope="module")
def checked_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of its own for `convwork check`."""
    root = tmp_path_factory.mktemp("check") / "course"
    make_course(root)
    return root


@pytest.mark.parametrize("name", A_FEW)
def test_check_gives_the_same(
    checked_course: Path, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(coursedir.ROOT_VARIABLE, str(checked_course))
    hand_in(name, Notebook(checked_course, "week1", "tiny"), tmp_path / "mine")
    path = (tmp_path / "mine" / "tiny.ipynb").rename(tmp_path / "mine.ipynb")
    want = read(name)
    try:
        verdict = check_file(path)
    except ConvworkError:  # it is no notebook, or none of this course
        assert want["double"] == want["quadruple"] == 0
    else:
        got = {exercise.name: exercise.score for exercise in verdict.exercises}
        assert got == {exercise: want[exercise] for exercise in EXERCISES}
