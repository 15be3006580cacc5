"""Plain nbgrader with the repository's configuration: commands, refusals, the formgrader's API."""

import asyncio
import errno
import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader_runs import autograde, configuration, grades, make_course, pages, succeed

from convwork.authoring.classroom import misconceived, solved, submit, untouched
from convwork.coursedir import Notebook

RIGHT = {"double": 60, "quadruple": 40}
HALF = {"double": 60, "quadruple": 20}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course directory to be copied: ada is right, ben has a misconception."""
    root = make_course(tmp_path_factory.mktemp("template") / "course")
    notebook = Notebook(root, "week1", "tiny")
    submit(root, "ada", notebook, solved(notebook))
    wrong = misconceived(notebook, "quadruple", "twice only")
    submit(root, "ben", notebook, solved(notebook, {"quadruple": wrong}))
    return root


@pytest.fixture(autouse=True)
def same_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """nbgrader's configuration adds to the path, and tests go on afterwards."""
    monkeypatch.setenv("PATH", os.environ["PATH"])


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    """A course directory of the test's own, in which nothing was graded yet."""
    return Path(shutil.copytree(template, tmp_path / "course"))


@pytest.fixture(scope="module")
def graded(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course directory in which week 1 was graded; for tests that only look."""
    root = Path(shutil.copytree(template, tmp_path_factory.mktemp("graded") / "course"))
    succeed(root, "autograde", "week1")
    return root


@pytest.fixture
def again(graded: Path, tmp_path: Path) -> Path:
    """A course directory of the test's own, in which week 1 was graded."""
    return Path(shutil.copytree(graded, tmp_path / "course"))


def of(root: Path, student: str, notebook: str = "tiny") -> dict[str, float]:
    """A student's points by exercise."""
    return {
        exercise: points
        for (who, where, exercise), points in grades(root).items()
        if (who, where) == (student, notebook)
    }


# --- commands ------------------------------------------------------------------------------------


def test_autograde_needs_nothing_before_it(graded: Path) -> None:
    assert of(graded, "ada") == RIGHT
    assert of(graded, "ben") == HALF


def test_generate_assignment_makes_the_same_gradebook(graded: Path, root: Path) -> None:
    """With the environment's `nbgrader`, while the environment itself is not on the path."""
    release = (root / "release/week1/tiny.ipynb").read_bytes()
    command = [Path(sys.executable).parent / "nbgrader", "generate_assignment", "week1", "--force"]
    variables = {"PATH": "/usr/bin:/bin", "HOME": os.environ["HOME"]}
    subprocess.run(command, cwd=root, env=variables, check=True, capture_output=True)
    assert (root / "release/week1/tiny.ipynb").read_bytes() == release
    assert known_cells(root) == known_cells(graded)


def known_cells(root: Path) -> list[tuple[Any, ...]]:
    """What the gradebook knows of the notebook's cells."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "convwork") as gradebook:
        notebook = gradebook.find_notebook("tiny", "week1")
        return [
            *(
                (cell.name, cell.source, cell.checksum, cell.locked)
                for cell in notebook.source_cells
            ),
            *((cell.name, cell.max_score, cell.cell_type) for cell in notebook.grade_cells),
            *(cell.name for cell in notebook.solution_cells),
        ]


def test_grading_again(root: Path) -> None:
    succeed(root, "autograde", "week1")
    first, secret = grades(root), (root / ".convwork_secret").read_bytes()
    before = pages(root)
    assert "Skipping existing assignment" in autograde(root)
    autograde(root, force=True)
    assert grades(root) == first
    assert pages(root) == before
    assert (root / ".convwork_secret").read_bytes() == secret


def test_a_missing_notebook_earns_nothing(root: Path) -> None:
    """The week has two notebooks, and ada handed in one of them."""
    for folder in ("notebooks", "source", "release", "grader_tests"):
        for path in (root / folder / "week1").glob("tiny.*"):
            shutil.copy(path, path.with_stem("other"))
    autograde(root, "ada")
    assert of(root, "ada", "tiny") == RIGHT
    assert of(root, "ada", "other") == {"double": 0, "quadruple": 0}


def test_late_penalties_are_nbgraders(root: Path) -> None:
    autograde(root, "ada")
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "convwork") as gradebook:
        gradebook.update_or_create_assignment("week1", duedate="2026-03-01 12:00:00 UTC")
    (root / "submitted/ada/week1/timestamp.txt").write_text("2026-03-02 12:00:00 UTC\n")
    autograde(root, "ada", force=True, LateSubmissionPlugin={"penalty_method": "zero"})
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "convwork") as gradebook:
        (notebook,) = gradebook.find_submission("week1", "ada").notebooks
        assert (notebook.score, notebook.late_submission_penalty) == (100, 100)


def test_without_a_sandbox_it_is_said(root: Path) -> None:
    said = autograde(root, "ada", GradeNotebook={"sandbox": False})
    assert of(root, "ada") == RIGHT
    nb = nbformat.read(root / "autograded/ada/week1/tiny.ipynb", as_version=4)
    for text in (said, nb.cells[0].source):
        assert "Graded without a sandbox" in text


def test_what_is_odd_beside_a_notebook_is_left_out(again: Path) -> None:
    """And a time of submission that is none makes nobody late."""
    folder = again / "submitted/ada/week1"
    (folder / "grades").symlink_to(again / "gradebook.db")
    os.mkfifo(folder / "pipe")
    (folder / "timestamp.txt").write_text("yesterday evening")
    said = autograde(again, "ada", force=True)
    assert of(again, "ada") == RIGHT
    for words in ("grades: not a file", "pipe: not a file", "timestamp.txt: no date and time"):
        assert words in said
    graded = {path.name for path in (again / "autograded/ada/week1").iterdir()}
    assert graded == {"tiny.ipynb", "timestamp.txt"}


def test_limits_are_those_of_the_configuration(again: Path) -> None:
    nb = solved(Notebook(again, "week1", "tiny"))
    nb.cells.insert(0, new_code_cell("while True: pass", id="own"))
    submit(again, "ada", Notebook(again, "week1", "tiny"), nb)
    autograde(again, "ada", force=True, GradeNotebook={"cell_limit": 0.5})
    assert of(again, "ada") == RIGHT
    page = nbformat.read(again / "autograded/ada/week1/tiny.ipynb", as_version=4)
    assert "A cell was stopped (no answer within 0.5 seconds)" in page.cells[0].source


def test_what_a_stopped_run_left_is_graded_again(again: Path) -> None:
    """nbgrader writes each notebook twice; what it wrote first holds no grade."""
    before, page = pages(again), again / "autograded/ada/week1/tiny.ipynb"
    page.write_bytes(page.read_bytes()[:-200])
    assert "ada: left half graded by a stopped run; graded again" in autograde(again, "ada")
    assert pages(again) == before


def test_one_run_at_a_time_enters_a_week_and_its_students(
    again: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two would make the tables, or a student, twice."""
    enter = Gradebook.update_or_create_assignment
    entered = []

    def enter_while_locked(gradebook: Gradebook, week: str, **about: Any) -> Any:
        known = {student.id for student in gradebook.students}
        lock = (again / ".convwork_gradebook.lock").open()
        with lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        entered.append(known)
        return enter(gradebook, week, **about)

    monkeypatch.setattr(Gradebook, "update_or_create_assignment", enter_while_locked)
    shutil.copytree(again / "submitted/ada", again / "submitted/cleo")
    autograde(again, "cleo")
    assert entered[0] == {"ada", "ben", "cleo"}


# --- the formgrader ------------------------------------------------------------------------------


def test_the_formgrader_gives_the_same(root: Path) -> None:
    """It calls nbgrader's API while tornado's event loop runs in the same thread."""
    config = configuration(root)

    async def grade() -> list[dict[str, Any]]:
        api = NbGraderAPI(CourseDirectory(config=config), config=config)
        return [api.autograde("week1", student) for student in ("ada", "ben")]

    for result in asyncio.run(grade()):
        assert result["success"], result
    assert of(root, "ada") == RIGHT
    assert of(root, "ben") == HALF


# --- refusals ------------------------------------------------------------------------------------

# A machine that refuses user namespaces, as Docker and Ubuntu do, and whose kernel is too old
# for Landlock: a filter that answers so, from here on, to this process and all that it starts.
POOR_MACHINE = f"""
import sys
from convwork.grading import linux, seccomp
linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
refused = [seccomp.Rule("unshare", {errno.EPERM}),
           seccomp.Rule("landlock_create_ruleset", {errno.EOPNOTSUPP})]
seccomp.install(seccomp.assemble(refused))
from nbgrader.apps.nbgraderapp import main
sys.exit(main())
"""


def assert_untouched(root: Path) -> None:
    """Nothing was graded, and nothing half-written."""
    assert not (root / "autograded").exists()
    assert not (root / "gradebook.db").exists() or grades(root) == {}


def refusal(root: Path, week: str = "week1") -> str:
    """Why a batch is refused."""
    with pytest.raises(NbGraderException) as refused:
        autograde(root, week=week)
    assert_untouched(root)
    return str(refused.value)


@pytest.mark.skipif(sys.platform != "linux", reason="the sandbox is Linux's")
def test_refuses_without_a_sandbox(root: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", POOR_MACHINE, "autograde", "week1"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 1
    assert_untouched(root)
    (said,) = run.stderr.splitlines()
    assert "nothing is graded, for there is no sandbox on this machine" in said
    assert "files are not confined" in said
    assert "--GradeNotebook.sandbox=False" in said


def remove(path: Path) -> None:
    path.unlink()


def overwrite(path: Path) -> None:
    path.write_bytes(b"not HDF5")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-2000])


@pytest.mark.parametrize("harm", [remove, overwrite, cut])
def test_refuses_without_good_references(root: Path, harm: Any) -> None:
    harm(root / "grader_tests/week1/tiny.h5")
    said = refusal(root)
    assert str(root / "grader_tests/week1/tiny.h5") in said
    assert "`convwork references`" in said


def test_refuses_references_of_other_cases(root: Path) -> None:
    tests = root / "grader_tests/week1/tiny.py"
    tests.write_text(tests.read_text().replace('Case("never"', 'Case("not once"'))
    said = refusal(root)
    assert "nothing about 'quadruple/not once'" in said


def test_refuses_an_unbuilt_course(root: Path) -> None:
    (root / "source/week1/tiny.ipynb").unlink()
    assert "make it with `convwork build`" in refusal(root)


def test_refuses_an_unknown_week(root: Path) -> None:
    notebook = Notebook(root, "week1", "tiny")
    submit(root, "ada", Notebook(root, "week9", "tiny"), untouched(notebook))
    said = refusal(root, "week9")
    assert "unknown week 'week9'; there is week1" in said
