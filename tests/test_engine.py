"""`convwork autograde`: a class on many processors gets the grades that plain nbgrader gives."""

import asyncio
import gc
import os
import re
import shutil
import signal
import socket
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from class_runs import Cluster, cluster, command, convwork, temporary_folder, wait_until
from conftest import one_line_failure
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from nbgrader_runs import configuration, grades, make_course, nbgrader, pages, succeed

from convwork import coursedir
from convwork.authoring.classroom import misconceived, solved, submit
from convwork.coursedir import Notebook
from convwork.grading import engine
from convwork.grading.submission import course_secret
from convwork.grading.verdicts import CaseVerdict

FULL = {"double": 60, "quadruple": 40}
HALF = {"double": 60, "quadruple": 20}
NOTHING = {"double": 0, "quadruple": 0}
# What the class gets; of the week's two notebooks, only ada handed in both.
POINTS = {
    "ada": FULL | {"other": 100},
    "ben": HALF,
    "cleo": FULL,
    "dan": NOTHING,
    "eve": FULL,
    "fay": FULL,
    "gus": NOTHING,
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where all courses of these tests are; the workers cannot write there."""
    return tmp_path_factory.mktemp("courses")


@pytest.fixture(scope="module")
def template(base: Path) -> Path:
    """A course with an empty gradebook, a due date, and a class of all sorts."""
    root = make_course(base / "template")
    tiny = Notebook(root, "week1", "tiny")
    for folder in ("notebooks", "source", "release", "grader_tests"):
        for path in (root / folder / "week1").glob("tiny.*"):
            shutil.copy(path, path.with_stem("other"))
    (root / "source/week1/given.py").write_text("FACTOR = 2\n")
    course_secret(root)  # the same hidden variants for all copies
    set_due_date(root)
    config = root / "nbgrader_config.py"
    config.write_text(config.read_text() + '\nc.LateSubmissionPlugin.penalty_method = "zero"\n')
    right, file = solved(tiny), "submitted/{}/week1/tiny.ipynb"
    submit(root, "ada", tiny, right)
    submit(root, "ada", Notebook(root, "week1", "other"), right)
    wrong = misconceived(tiny, "quadruple", "twice only")
    submit(root, "ben", tiny, solved(tiny, {"quadruple": wrong}))
    submit(root, "cleo", tiny, with_a_cell(tiny, "import os; os._exit(3)"))
    submit(root, "dan", tiny, right).write_text("{ no notebook")
    helped = "from helper import double, given\nassert given.FACTOR == 2\n"
    submit(root, "eve", tiny, solved(tiny, {"double": helped}))
    (root / file.format("eve")).with_name("given.py").write_text("FACTOR = 3\n")
    (root / file.format("eve")).with_name("helper.py").write_text(
        "import given\ndef double(x):\n    return 2 * x\n"
    )
    submit(root, "fay", tiny, right).with_name("timestamp.txt").write_text("2026-03-02 12:00 UTC")
    (root / file.format("gus")).parent.mkdir(parents=True)
    (root / file.format("gus")).symlink_to("/etc/passwd")
    return root


def with_a_cell(notebook: Notebook, source: str) -> NotebookNode:
    """The solution, and a cell of the student's own."""
    nb = solved(notebook)
    nb.cells.insert(2, new_code_cell(source, id="own"))
    return nb


def set_due_date(root: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", os.environ["PATH"])
        configuration(root)  # nbgrader looks for alembic on the path
        with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "convwork") as gradebook:
            gradebook.update_or_create_assignment("week1", duedate="2026-03-01 12:00:00 UTC")


@pytest.fixture(scope="module")
def workers(base: Path) -> Iterator[Cluster]:
    """A scheduler and two workers, which cannot write to any course."""
    with cluster(base, 2) as made:
        yield made


@pytest.fixture
def root(template: Path, base: Path, request: pytest.FixtureRequest) -> Path:
    """A course of the test's own, with ada and ben, in which nothing was graded yet."""
    root = Path(shutil.copytree(template, base / request.node.name, symlinks=True))
    for folder in (root / "submitted").iterdir():
        if folder.name not in ("ada", "ben"):
            shutil.rmtree(folder)
    return root


@pytest.fixture(scope="module")
def said(template: Path, base: Path, workers: Cluster) -> str:
    """What `convwork autograde` says of the whole class, graded in `base / "engine"`."""
    root = Path(shutil.copytree(template, base / "engine", symlinks=True))
    run = convwork(root, "autograde", "week1", "--scheduler", workers.address)
    assert run.exit_code == 0, run.output
    return run.output


def points(root: Path, student: str) -> dict[str, float]:
    """A student's points by exercise, and for the second notebook, if there are any."""
    mine = {key[1:]: value for key, value in grades(root).items() if key[0] == student}
    found = {exercise: value for (name, exercise), value in mine.items() if name == "tiny"}
    other = sum(value for (name, _), value in mine.items() if name == "other")
    return found | ({"other": other} if other else {})


def records(root: Path) -> dict[str, tuple[float, float]]:
    """Scores and penalties in the gradebook."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "convwork") as gradebook:
        return {
            f"{submission.student.id}/{notebook.name}": (
                notebook.score,
                notebook.late_submission_penalty,
            )
            for submission in gradebook.assignment_submissions("week1")
            for notebook in submission.notebooks
        }


def resubmit(root: Path, student: str, when: str) -> None:
    """Hand in the right solution, with a time."""
    tiny = Notebook(root, "week1", "tiny")
    submit(root, student, tiny, solved(tiny)).with_name("timestamp.txt").write_text(when)


def slow_down(root: Path, student: str, seconds: float) -> None:
    """Let a student's notebook take its time."""
    tiny = Notebook(root, "week1", "tiny")
    submit(root, student, tiny, with_a_cell(tiny, f"import time; time.sleep({seconds})"))


# --- the same grades everywhere ------------------------------------------------------------------


def formgrader(root: Path) -> None:
    """The formgrader calls nbgrader's API while tornado's loop runs in the same thread."""
    config = configuration(root)

    async def grade() -> None:
        api = NbGraderAPI(CourseDirectory(config=config), config=config)
        for student in POINTS:
            result = api.autograde("week1", student)
            assert result["success"], result

    asyncio.run(grade())


def plain(root: Path) -> None:
    succeed(root, "autograde", "week1")


@pytest.mark.parametrize("other_way", [plain, formgrader])
def test_grades_are_those_of(
    other_way: object, said: str, template: Path, base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the last byte of what teachers and students see."""
    monkeypatch.setenv("PATH", os.environ["PATH"])
    root = Path(shutil.copytree(template, base / other_way.__name__, symlinks=True))
    other_way(root)
    ours = base / "engine"
    assert {student: points(root, student) for student in POINTS} == POINTS
    assert grades(ours) == grades(root)
    assert records(ours) == records(root)
    assert records(ours)["fay/tiny"] == (100, 100), "late: everything is taken away"
    assert pages(ours) == pages(root)


def test_workers_never_write(said: str, workers: Cluster) -> None:
    """The course is read-only to them, and still they did all the work."""
    assert "worker failed" not in said


def test_the_summary_says_who_needs_a_look(said: str) -> None:
    assert "7 submissions graded, 82.9 points on average" in said
    _, look = said.split("Needs a look")
    for student, why in {
        "cleo": "tiny: A cell was stopped (the kernel died): `import os; os._exit(3)`",
        "dan": "tiny: The submitted file could not be graded",
        "gus": "tiny: The submitted file could not be graded. tiny.ipynb: not a file",
        "ben": "No submitted file",
    }.items():
        assert re.search(rf"{student} .*{re.escape(why)}|{re.escape(why)}", look), (student, look)
    assert not re.search(r"^ *ada ", look, re.MULTILINE)


def test_a_resubmission_is_graded_again(root: Path, workers: Cluster) -> None:
    scheduler = ("--scheduler", workers.address)
    (root / "submitted/ben/week1/timestamp.txt").write_text("2026-02-01 12:00:00 UTC")
    assert convwork(root, "autograde", "week1", *scheduler).exit_code == 0
    assert points(root, "ben") == HALF
    resubmit(root, "ben", "2026-02-02 12:00:00 UTC")
    run = convwork(root, "autograde", "week1", *scheduler)
    assert "1 submission graded, 100.0 points on average" in run.output
    assert "1 graded before" in run.output
    assert points(root, "ben") == FULL


# --- options -------------------------------------------------------------------------------------


def test_the_command_by_itself(root: Path) -> None:
    """With its own workers; it leaves no process and no temporary folder."""
    with temporary_folder() as folder:
        run = command(root, "autograde", "week1", "--workers", "2", TMPDIR=str(folder))
        output, errors = run.communicate()
        assert run.returncode == 0, errors
    assert "2 submissions graded, 140.0 points on average" in output
    assert errors == ""
    assert (points(root, "ada"), points(root, "ben")) == (POINTS["ada"], HALF)


def test_nobody_else_on_the_machine_reaches_the_workers() -> None:
    """Whoever reaches a Dask scheduler could run code as the teacher, or see how grading goes."""
    with engine.connect(engine.Order("week1")) as client:
        page = urllib.parse.urlparse(client.dashboard_link).netloc
        for path in ("/", "/json/identity.json", "/info/main/workers.html"):
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(f"http://{page}{path}", timeout=5)
        address = urllib.parse.urlparse(client.scheduler.address)
        assert address.hostname and address.port
        with socket.create_connection((address.hostname, address.port)) as plain:
            plain.settimeout(1)
            with pytest.raises(TimeoutError):  # without TLS, Dask would speak first
                plain.recv(1)
        stranger = ssl.create_default_context()
        stranger.check_hostname, stranger.verify_mode = False, ssl.CERT_NONE
        with (
            socket.create_connection((address.hostname, address.port)) as line,
            stranger.wrap_socket(line) as encrypted,
            pytest.raises(ssl.SSLError, match="CERTIFICATE_REQUIRED"),
        ):
            encrypted.recv(1)


def test_named_students_only(root: Path, workers: Cluster) -> None:
    run = convwork(root, "autograde", "week1", "--student", "ben", "--scheduler", workers.address)
    assert "1 submission graded" in run.output
    assert {student for student, _, _ in grades(root)} == {"ben"}


def test_what_was_graded_is_skipped(root: Path, workers: Cluster) -> None:
    scheduler = ("--scheduler", workers.address)
    convwork(root, "autograde", "week1", "--student", "ada", *scheduler)
    first = (root / "autograded/ada/week1/tiny.ipynb").stat().st_mtime_ns
    run = convwork(root, "autograde", "week1", *scheduler)
    assert "1 submission graded, 80.0" in run.output
    assert "1 graded before (again with --force)" in run.output
    assert (root / "autograded/ada/week1/tiny.ipynb").stat().st_mtime_ns == first
    run = convwork(root, "autograde", "week1", *scheduler)
    assert "0 submissions graded; 2 graded before" in run.output
    before = pages(root)
    run = convwork(root, "autograde", "week1", "--force", *scheduler)
    assert "2 submissions graded" in run.output
    assert "graded before" not in run.output
    assert "Removing" not in run.output
    assert pages(root) == before
    assert (root / "autograded/ada/week1/tiny.ipynb").stat().st_mtime_ns != first


def test_without_a_sandbox_it_is_said(root: Path, workers: Cluster) -> None:
    run = convwork(
        root,
        "autograde",
        "week1",
        "--no-sandbox",
        "--student",
        "ada",
        "--scheduler",
        workers.address,
    )
    assert "Graded without a sandbox: the code could read and change" in run.output
    assert points(root, "ada") == POINTS["ada"]
    for name in ("tiny", "other"):
        page = root / f"autograded/ada/week1/{name}.ipynb"
        assert "Graded without a sandbox" in page.read_text()


@pytest.mark.parametrize(("failed", "code"), [("", 0), ("the disk is full", 1)])
def test_the_exit_code_tells_whether_all_have_a_grade(
    root: Path, monkeypatch: pytest.MonkeyPatch, failed: str, code: int
) -> None:
    def autograde(
        root: Path, order: engine.Order, start: engine.OnStart, take: engine.OnResult
    ) -> None:
        start(2, 0, [])
        take(engine.Result("ada", 100))
        take(engine.Result("ben", 50, failed=failed))

    monkeypatch.setattr(engine, "autograde", autograde)
    run = convwork(root, "autograde", "week1")
    assert run.exit_code == code
    assert ("1 without a grade" in run.output) == bool(failed)
    assert (f"failed: {failed}" in run.output) == bool(failed)


# --- refusals ------------------------------------------------------------------------------------


def test_an_unknown_student(root: Path) -> None:
    run = convwork(root, "autograde", "week1", "--student", "zoe", "--student", "ada")
    assert one_line_failure(run) == "no submission of zoe for week1; there are ada, ben"


def test_an_unknown_week(root: Path) -> None:
    said = one_line_failure(convwork(root, "autograde", "week7"))
    assert said == "unknown week 'week7'; there is week1"


def test_no_submissions(root: Path) -> None:
    shutil.rmtree(root / "submitted")
    said = one_line_failure(convwork(root, "autograde", "week1"))
    assert said.startswith("No notebooks were matched by ")
    assert "submitted/*/week1" in said


def test_an_unreachable_scheduler(
    root: Path, workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is graded, and nothing that was graded is lost, with --force neither."""
    convwork(root, "autograde", "week1", "--student", "ben", "--scheduler", workers.address)
    before = pages(root)
    monkeypatch.setattr(engine, "CONNECT_LIMIT", 0.5)
    for address in ("tcp://127.0.0.1:9", "nonsense://", "localhost"):
        run = convwork(root, "autograde", "week1", "--force", "--scheduler", address)
        assert one_line_failure(run).startswith(f"{address}: no Dask scheduler answers there")
    assert pages(root) == before


def test_a_second_grading_is_refused(root: Path, workers: Cluster) -> None:
    """By either program: it would take a half-graded submission for a stopped run's."""
    slow_down(root, "ada", 4)
    first = command(root, "autograde", "week1", "--scheduler", workers.address)
    wait_until(lambda: list(root.glob(".convwork_*.lock")), "the first one has begun")
    first.send_signal(signal.SIGSTOP)  # lest it end before the others come
    second = convwork(root, "autograde", "week1", "--scheduler", workers.address)
    third = nbgrader(root, "autograde", "week1")
    first.send_signal(signal.SIGCONT)
    assert first.wait() == 0
    holder = rf"week1 is being graded already, by process {first.pid} on \S+ since .*; wait for"
    assert re.match(holder, one_line_failure(second))
    assert re.search(holder, third.stderr)
    assert points(root, "ada") == POINTS["ada"]
    again = convwork(root, "autograde", "week1", "--scheduler", workers.address)
    assert "0 submissions graded; 2 graded before" in again.output


# --- what happens meanwhile ----------------------------------------------------------------------


def autograde(
    root: Path, workers: Cluster, monkeypatch: pytest.MonkeyPatch, on_result: engine.OnResult
) -> None:
    monkeypatch.setenv(coursedir.ROOT_VARIABLE, str(root))
    monkeypatch.setenv("PATH", os.environ["PATH"])
    order = engine.Order("week1", scheduler=workers.address)
    engine.autograde(root, order, lambda due, already, notices: None, on_result)


def test_a_submission_that_changes_meanwhile(
    root: Path, workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a worker found about another text does not count: ben is graded while ada waits."""
    slow_down(root, "ada", 3)
    results = {}

    def on_result(result: engine.Result) -> None:
        results[result.student] = result.score
        if result.student == "ada":
            resubmit(root, "ben", "2026-02-02 12:00:00 UTC")

    autograde(root, workers, monkeypatch, on_result)
    assert points(root, "ben") == FULL
    assert results["ben"] == 100


def test_a_large_class_fits_in_memory(
    root: Path, workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of a notebook or of its cases is kept once it is graded, only the result."""
    for student in ("ben", "cal", "deb"):
        shutil.copytree(root / "submitted/ada", root / "submitted" / student, dirs_exist_ok=True)
    results, held = [], []

    def on_result(result: engine.Result) -> None:
        results.append(result)
        gc.collect()
        held.append(sum(type(o) in (NotebookNode, CaseVerdict) for o in gc.get_objects()))

    autograde(root, workers, monkeypatch, on_result)
    assert [result.score for result in results] == [200] * 4
    assert held[-1] <= held[0], held


def test_a_lost_worker(root: Path, workers: Cluster) -> None:
    """It is killed while it grades; another one takes over, and nothing is lost."""
    slow_down(root, "ada", 3)
    extra = workers.add_worker()
    for student in ("cal", "deb", "eli"):
        shutil.copytree(root / "submitted/ada", root / "submitted" / student)
    run = command(root, "autograde", "week1", "--scheduler", workers.address)
    wait_until(lambda: len(extra.children(recursive=True)) > 2, "a kernel of the new worker")
    time.sleep(0.5)
    below = extra.children(recursive=True)
    extra.kill()
    output, errors = run.communicate()
    assert run.returncode == 0, errors
    assert "5 submissions graded" in output
    for student in ("ada", "cal", "deb", "eli"):
        assert points(root, student) == POINTS["ada"]
    wait_until(lambda: not any(process.is_running() for process in below), "its kernels end")
