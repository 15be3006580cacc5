"""A gradebook on a PostgreSQL server gets the grades that one in a file gets."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from class_runs import command, convwork, wait_until
from conftest import one_line_failure
from nbgrader.api import Gradebook
from nbgrader_runs import autograde, grades, make_course, pages

from convwork.authoring.classroom import misconceived, solved, submit
from convwork.coursedir import Notebook
from convwork.grading.submission import course_secret

PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin"), default=Path("/usr/bin"), key=str)
MANY = 20  # students, so that two runs come to one of them at the same time
VERIFY = pytest.mark.verify(depends=("tests/files/course/**/*",), uses=("convwork.grading",))
USER = "postgres"  # of the operating system, where the tests run as root: the server refuses root

pytestmark = pytest.mark.skipif(
    not (PROGRAMS / "initdb").exists(),
    reason="no PostgreSQL server here: apt-get install postgresql",
)


@pytest.fixture(scope="module")
def server() -> Iterator[Path]:
    """A server of the tests' own; the folder of its socket."""
    user = USER if os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="cw", dir="/tmp") as name:
        folder, log = Path(name), Path(name, "log")
        if user:
            shutil.chown(folder, user)
        data = str(folder / "data")
        initdb = [PROGRAMS / "initdb", "-D", data, "-U", "teacher", "-A", "trust", "--no-sync"]
        subprocess.run(initdb, user=user, cwd=folder, check=True, capture_output=True)
        with log.open("wb") as file:
            process = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", data, "-k", folder, "-h", "", "-F"],
                user=user,
                cwd=folder,
                stdout=file,
                stderr=file,
            )
        try:
            wait_until(lambda: b"ready to accept" in log.read_bytes(), "the server is up")
            yield folder
        finally:
            process.send_signal(2)  # do not wait for those who are connected
            process.wait()


@pytest.fixture
def database(server: Path, request: pytest.FixtureRequest) -> str:
    """The address of a new database."""
    name = request.node.name
    subprocess.run(
        [PROGRAMS / "createdb", "-h", server, "-U", "teacher", name], cwd=server, check=True
    )
    return f"postgresql+psycopg://teacher@/{name}?host={server}"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two weeks, of which ada has all right; ben has a misconception, cleo sent no notebook."""
    root = make_course(tmp_path_factory.mktemp("template") / "course")
    for folder in ("notebooks", "source", "release", "grader_tests"):
        shutil.copytree(root / folder / "week1", root / folder / "week2")
    for week in ("week1", "week2"):
        tiny = Notebook(root, week, "tiny")
        submit(root, "ada", tiny, solved(tiny))
        wrong = misconceived(tiny, "quadruple", "twice only")
        submit(root, "ben", tiny, solved(tiny, {"quadruple": wrong}))
        submit(root, "cleo", tiny, solved(tiny)).write_text("no notebook")
    course_secret(root)  # the same hidden variants for all copies
    return root


@pytest.fixture
def root(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", os.environ["PATH"])
    return Path(shutil.copytree(template, tmp_path / "course"))


def use(root: Path, database: str) -> None:
    """Name a database in nbgrader's configuration, as a teacher does."""
    with (root / "nbgrader_config.py").open("a") as file:
        file.write(f"\nc.CourseDirectory.db_url = {database!r}\n")


@VERIFY
def test_the_same_grades(root: Path, template: Path, tmp_path: Path, database: str) -> None:
    """From plain nbgrader with a file, and from `convwork autograde` with a server."""
    autograde(root)
    other = Path(shutil.copytree(template, tmp_path / "other"))
    use(other, database)
    run = convwork(other, "autograde", "week1", "--workers", "1")
    assert run.exit_code == 0, run.output
    assert grades(other, db_url=database) == grades(root)
    assert len(grades(root)) == 6
    assert sum(grades(root).values()) == 180
    assert pages(other) == pages(root)
    assert not (other / "gradebook.db").exists()
    again = convwork(other, "autograde", "week1", "--workers", "1")
    assert "0 submissions graded; 3 graded before" in again.output


@VERIFY
def test_two_weeks_at_once_in_a_new_gradebook(root: Path, database: str) -> None:
    """Both find neither tables nor students there, and only one of them may make them."""
    use(root, database)
    for week in ("week1", "week2"):
        for number in range(MANY):
            cleo = root / "submitted/cleo" / week
            shutil.copytree(cleo, root / f"submitted/like_cleo_{number}" / week)
    runs = [command(root, "autograde", week, "--workers", "1") for week in ("week1", "week2")]
    for run in runs:
        output, errors = run.communicate()
        assert run.returncode == 0, output + errors
        assert f"{3 + MANY} submissions graded" in output
    with Gradebook(database, "convwork") as gradebook:
        found = [gradebook.assignment_submissions(week) for week in ("week1", "week2")]
        assert [sorted(s.score for s in week) for week in found] == [[0] * MANY + [0, 80, 100]] * 2


def test_a_server_that_is_out_of_reach(root: Path, tmp_path: Path) -> None:
    use(root, f"postgresql+psycopg://teacher:pass-word@/gradebook?host={tmp_path}")
    run = convwork(root, "autograde", "week1")
    said = one_line_failure(run)
    assert said.startswith("the gradebook cannot be used (")
    assert "pass-word" not in said
    assert not (root / "autograded").exists()
