"""Faults: whatever happens, no submission is lost, none gets another grade, and nothing stays.

Each test lets a grading run into a trouble, by plain nbgrader or by `convwork autograde`. Where
the run ended by it, it is started again. Afterwards the gradebook and the pages are those of a
run that nothing disturbed, to the last byte.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
from class_runs import Cluster, cluster, temporary_folder, wait_until
from fault_runs import (
    Fault,
    add_student_elsewhere,
    copy,
    die,
    die_with_half_a_page,
    fill_disk,
    give_back,
    grade,
    jump,
    kill_kernel,
    kill_parent,
    kill_process,
    kill_worker,
    lock_gradebook,
    lose_patience,
    no_temporary_files,
    take_away,
)
from nbgrader.api import Gradebook
from nbgrader_runs import configuration, make_course, pages
from test_confine import skip_unless_possible

from convwork.authoring.classroom import misconceived, solved, submit
from convwork.coursedir import Notebook
from convwork.grading.submission import course_secret

VERIFY = pytest.mark.verify(depends=("tests/files/course/**/*",), uses=("convwork.grading",))
RIGHT = {"test_double": 60, "test_quadruple": 40}
HALF = {"test_double": 60, "test_quadruple": 20}


@pytest.fixture(autouse=True, scope="module")
def possible() -> None:
    skip_unless_possible(())


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with an empty gradebook, in which ada is right and ben has a misconception."""
    root = make_course(tmp_path_factory.mktemp("template") / "course")
    tiny = Notebook(root, "week1", "tiny")
    submit(root, "ada", tiny, solved(tiny))
    wrong = misconceived(tiny, "quadruple", "twice only")
    submit(root, "ben", tiny, solved(tiny, {"quadruple": wrong}))
    (root / "submitted/ada/week1/notes.txt").write_text("a file beside the notebook")
    course_secret(root)  # the same hidden variants for all copies
    open_gradebook(root)
    return root


def one_now(faults: Sequence[Fault], number: int) -> list[Any]:
    """Faults as parameters; all but the one of this number are for the second tier."""
    return [
        pytest.param(fault, marks=() if place == number else VERIFY)
        for place, fault in enumerate(faults)
    ]


def open_gradebook(root: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.environ["PATH"])
        configuration(root)  # nbgrader looks for alembic on the path
        Gradebook(f"sqlite:///{root / 'gradebook.db'}", "convwork").close()


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Where processes put temporary files; at the end nothing is left there, nor any process."""
    with temporary_folder() as folder:
        yield folder
    wait_until(lambda: not left_behind(str(folder)), "all processes have ended")


def left_behind(folder: str) -> list[psutil.Process]:
    """The processes that a grader started, by the environment that they got from it."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("TMPDIR", "").startswith(folder):
                found.append(process)
    return found


@pytest.fixture
def root(template: Path, tmp_path: Path) -> Path:
    return copy(template, tmp_path / "course")


@pytest.fixture(scope="module")
def undisturbed(template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The pages of a run that nothing disturbed."""
    root = copy(template, tmp_path_factory.mktemp("undisturbed") / "course")
    with temporary_folder() as folder:
        run = grade(root, folder, "nbgrader")
    assert run.code == 0, run.said
    assert records(root) == [("ada", RIGHT), ("ben", HALF)]
    return pages(root)


def records(root: Path) -> list[tuple[str, dict[str, float]]]:
    """What the gradebook has: students and their scores."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "convwork") as gradebook:
        return sorted(
            (submission.student.id, {grade.name: grade.score for grade in notebook.grades})
            for submission in gradebook.assignment_submissions("week1")
            for notebook in submission.notebooks
        )


def assert_all_graded(root: Path, undisturbed: dict[str, bytes]) -> None:
    """Each submission once, as if nothing had happened."""
    assert records(root) == [("ada", RIGHT), ("ben", HALF)]
    assert pages(root) == undisturbed


# --- the grading process is killed and started again ---------------------------------------------

KILLED = [
    Fault("the gradebook is opened", 1, die, after=True),
    Fault("the week is entered", 1, die, after=True),
    Fault("a notebook is entered", 1, die, after=True),
    Fault("a grade cell is entered", 1, die, after=True),
    Fault("a source cell is entered", 1, die, after=True),
    Fault("a student is entered", 1, die, after=True),
    Fault("a submission is entered", 1, die, after=True),
    Fault("files are copied", 1, die, after=True),
    Fault("a page is written", 1, die_with_half_a_page),
    Fault("a page is written", 1, die, after=True),
    Fault("a kernel is started", 1, die, after=True),
    Fault("a cell is run", 2, die),
    Fault("questions are asked", 2, die),
    Fault("a notebook is graded", 1, die, after=True),
    Fault("a score is saved", 1, die, after=True),
    Fault("scores are saved", 1, die, after=True),
    Fault("penalties are saved", 1, die, after=True),
    Fault("a page is written", 2, die_with_half_a_page),
    Fault("a page is written", 2, die, after=True),
    Fault("permissions are set", 1, die, after=True),
    Fault("a submission is entered", 2, die, after=True),
    Fault("a page is written", 4, die),
]


@pytest.mark.parametrize("fault", one_now(KILLED, 8), ids=str)
def test_nbgrader_is_killed(
    fault: Fault, root: Path, temporary: Path, undisturbed: dict[str, bytes]
) -> None:
    if fault.step == "the gradebook is opened":  # for the first time, which takes long
        (root / "gradebook.db").unlink()
    assert grade(root, temporary, "nbgrader", faults=(fault,)).code == -9
    again = grade(root, temporary, "nbgrader")
    assert again.code == 0, again.said
    assert_all_graded(root, undisturbed)


# --- kernels and their parent are killed ---------------------------------------------------------

MURDERS = [
    *(Fault("a cell is run", number, kill_kernel) for number in (1, 2, 3)),
    *(Fault("questions are asked", number, kill_kernel) for number in (1, 2, 3)),
    Fault("a kernel answers", 1, kill_kernel),
    Fault("a kernel answers", 1, kill_parent),
    Fault("a kernel is started", 2, kill_parent),
    *(Fault("a cell is run", number, kill_parent) for number in (1, 3)),
    Fault("questions are asked", 2, kill_parent),
]


@pytest.mark.parametrize(
    "fault", one_now(MURDERS, 4), ids=lambda fault: f"{fault.trouble.__name__} {fault}"
)
def test_a_murder(fault: Fault, root: Path, temporary: Path, undisturbed: dict[str, bytes]) -> None:
    """The student's code has no part in it, so it costs no points, and needs no second run."""
    run = grade(root, temporary, "nbgrader", faults=(fault,))
    assert run.code == 0, run.said
    assert_all_graded(root, undisturbed)


# --- what grading needs is missing, full or held by others ---------------------------------------


@VERIFY
@pytest.mark.parametrize("program", ["nbgrader", "convwork"])
@pytest.mark.parametrize(
    "name", ["grader_tests/week1/tiny.h5", "grader_tests/week1/tiny.py", "source/week1/tiny.ipynb"]
)
def test_a_file_is_missing(
    name: str, program: str, root: Path, temporary: Path, undisturbed: dict[str, bytes]
) -> None:
    """Nothing is graded, a sentence names the file, and with it all is graded."""
    take_away(root / name)
    run = grade(root, temporary, program)
    assert run.code == 1
    assert str(root / name) in run.said.splitlines()[-1]
    assert "Traceback" not in run.said
    assert not (root / "autograded").exists()
    give_back(root / name)
    if program == "nbgrader":
        assert grade(root, temporary, program).code == 0
        assert_all_graded(root, undisturbed)


@VERIFY
@pytest.mark.parametrize("name", ["grader_tests/week1/tiny.h5", "source/week1/tiny.ipynb"])
def test_a_file_goes_missing_meanwhile(
    name: str, root: Path, temporary: Path, undisturbed: dict[str, bytes]
) -> None:
    lost = Fault("files are copied", 2, partial(take_away, root / name))
    grade(root, temporary, "nbgrader", faults=(lost,))
    give_back(root / name)
    assert grade(root, temporary, "nbgrader").code == 0
    assert_all_graded(root, undisturbed)


@VERIFY
def test_the_secret_cannot_be_read(
    root: Path, temporary: Path, undisturbed: dict[str, bytes]
) -> None:
    secret = root / ".convwork_secret"
    take_away(secret)
    secret.mkdir()
    run = grade(root, temporary, "nbgrader")
    assert run.code == 1
    assert f"{secret}: Is a directory" in run.said.splitlines()[-1]
    assert not (root / "autograded").exists()
    secret.rmdir()
    give_back(secret)
    assert grade(root, temporary, "nbgrader").code == 0
    assert_all_graded(root, undisturbed)


@pytest.mark.parametrize("program", [pytest.param("nbgrader", marks=VERIFY), "convwork"])
def test_there_is_no_room_for_temporary_files(program: str, root: Path, temporary: Path) -> None:
    run = grade(root, temporary, program, before=no_temporary_files)
    assert run.code == 1
    assert "/proc: no temporary folder can be made there" in run.said.splitlines()[-1]
    assert not (root / "autograded").exists()


@pytest.mark.parametrize(
    "fault",
    one_now(
        [
            Fault("a page is written", 1, partial(fill_disk, 0)),
            Fault("a page is written", 2, partial(fill_disk, 1000)),
            Fault("scores are saved", 1, partial(fill_disk, 1000)),
            Fault("a submission is entered", 2, partial(fill_disk, 1000)),
            Fault("the week is entered", 1, partial(fill_disk, 1000)),
            Fault("a kernel is started", 1, partial(fill_disk, 0)),
        ],
        1,
    ),
    ids=str,
)
def test_the_disk_is_full(
    fault: Fault, root: Path, temporary: Path, undisturbed: dict[str, bytes]
) -> None:
    assert grade(root, temporary, "nbgrader", faults=(fault,)).code != 0
    again = grade(root, temporary, "nbgrader")
    assert again.code == 0, again.said
    assert_all_graded(root, undisturbed)


@VERIFY
@pytest.mark.parametrize("step", ["a score is saved", "a submission is entered"])
def test_the_gradebook_is_held_for_a_while(
    step: str, root: Path, temporary: Path, undisturbed: dict[str, bytes]
) -> None:
    held = Fault(step, 1, partial(lock_gradebook, root / "gradebook.db", 1.5))
    run = grade(root, temporary, "nbgrader", faults=(held,))
    assert run.code == 0, run.said
    assert_all_graded(root, undisturbed)


@VERIFY
def test_another_run_comes_to_the_same_new_student(
    root: Path, temporary: Path, undisturbed: dict[str, bytes]
) -> None:
    """As when two weeks are graded at once for the first time."""
    fault = Fault("a student is added", 1, add_student_elsewhere)
    run = grade(root, temporary, "nbgrader", faults=(fault,))
    assert run.code == 0, run.said
    assert_all_graded(root, undisturbed)


@VERIFY
@pytest.mark.parametrize("seconds", [86400, -86400])
def test_the_clock_jumps(
    seconds: float, root: Path, temporary: Path, undisturbed: dict[str, bytes]
) -> None:
    """While a cell runs, and while questions are asked."""
    jumps = tuple(
        Fault(step, 1, partial(jump, seconds)) for step in ("a cell is run", "questions are asked")
    )
    run = grade(root, temporary, "nbgrader", faults=jumps)
    assert run.code == 0, run.said
    assert_all_graded(root, undisturbed)


# --- `convwork autograde`, with workers of its own and with a cluster ----------------------------


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A scheduler and a worker, which outlive the graders that are killed."""
    with cluster(tmp_path_factory.getbasetemp(), 1) as made:
        yield made


KILLED_WITH_WORKERS = [
    Fault("a source cell is entered", 1, die),
    Fault("files are copied", 1, die),
    Fault("a verdict is awaited", 1, die),
    Fault("a verdict is awaited", 1, die, after=True),
    Fault("a score is saved", 2, die, after=True),
    Fault("a page is written", 2, die_with_half_a_page),
    Fault("permissions are set", 1, die),
    Fault("a submission is entered", 2, die, after=True),
]


@VERIFY
@pytest.mark.parametrize("fault", KILLED_WITH_WORKERS, ids=str)
def test_convwork_is_killed(
    fault: Fault, root: Path, temporary: Path, workers: Cluster, undisturbed: dict[str, bytes]
) -> None:
    """What it had ordered, the workers do in vain; nobody else is troubled by that."""
    scheduler = ("--scheduler", workers.address)
    assert grade(root, temporary, "convwork", *scheduler, faults=(fault,)).code == -9
    again = grade(root, temporary, "convwork", *scheduler)
    assert again.code == 0, again.said
    assert_all_graded(root, undisturbed)


@VERIFY
def test_convwork_is_killed_while_it_grades_again(
    root: Path, temporary: Path, workers: Cluster, undisturbed: dict[str, bytes]
) -> None:
    """With --force: what it had not come to is still there."""
    scheduler = ("--scheduler", workers.address)
    assert grade(root, temporary, "convwork", *scheduler).code == 0
    fault = Fault("what was graded is removed", 1, die, after=True)
    assert grade(root, temporary, "convwork", "--force", *scheduler, faults=(fault,)).code == -9
    assert (root / "autograded/ben/week1/tiny.ipynb").exists()
    assert grade(root, temporary, "convwork", *scheduler).code == 0
    assert_all_graded(root, undisturbed)


@VERIFY
@pytest.mark.parametrize("step", ["the gradebook is opened", "a score is saved"])
def test_the_gradebook_is_held_for_ever(
    step: str, root: Path, temporary: Path, workers: Cluster, undisturbed: dict[str, bytes]
) -> None:
    """A sentence says so; once it is free, all that was not graded is."""
    held = Fault(step, 1, partial(lock_gradebook, root / "gradebook.db", 60))
    scheduler = ("--scheduler", workers.address)
    run = grade(root, temporary, "convwork", *scheduler, faults=(held,))
    assert run.code == 1
    said = run.said.splitlines()[-1]
    assert said.startswith("convwork: the gradebook cannot be used (database is locked); see to it")
    assert grade(root, temporary, "convwork", *scheduler).code == 0
    assert_all_graded(root, undisturbed)


@VERIFY
def test_the_scheduler_is_lost(
    root: Path, temporary: Path, tmp_path: Path, undisturbed: dict[str, bytes]
) -> None:
    """Then the grading process does the workers' part itself."""
    with cluster(tmp_path, 1) as lost:
        kill = Fault("files are copied", 2, partial(kill_process, lost.scheduler))
        run = grade(
            root,
            temporary,
            "convwork",
            "--scheduler",
            lost.address,
            faults=(kill,),
            before=lose_patience,
        )
    assert run.code == 0, run.said
    assert_all_graded(root, undisturbed)


@pytest.mark.parametrize(
    "step", [pytest.param("files are copied", marks=VERIFY), "a verdict is awaited"]
)
def test_its_own_worker_is_lost(
    step: str, root: Path, temporary: Path, undisturbed: dict[str, bytes]
) -> None:
    run = grade(
        root, temporary, "convwork", "--workers", "1", faults=(Fault(step, 1, kill_worker),)
    )
    assert run.code == 0, run.said
    assert_all_graded(root, undisturbed)
