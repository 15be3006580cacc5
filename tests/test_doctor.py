"""`convwork doctor`, and grading on machines that give less: the same grade, or none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from nbgrader_runs import grades, make_course
from unix_users import as_user, needs_root

from convwork import coursedir
from convwork.authoring.classroom import solved, submit
from convwork.coursedir import Notebook
from convwork.grading.confine import NAMESPACES, probe_layers

NOBODY = 65534
RIGHT = {("ada", "tiny", "double"): 60, ("ada", "tiny", "quadruple"): 40}
REFUSED = ["unshare", "--user", "--map-root-user", "sh", "-ec"]
REFUSED += ['echo 0 > /proc/sys/user/max_user_namespaces; exec "$@"', "sh"]

needs_namespaces = pytest.mark.skipif(
    probe_layers()[NAMESPACES] is not None, reason="this machine refuses user namespaces anyway"
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A course directory with one right submission."""
    root = make_course(tmp_path / "course")
    notebook = Notebook(root, "week1", "tiny")
    submit(root, "ada", notebook, solved(notebook))
    return root


def convwork(root: Path, wrapper: list[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    variables = {key: value for key, value in os.environ.items() if key != coursedir.ROOT_VARIABLE}
    return subprocess.run(
        [*wrapper, sys.executable, "-m", "convwork.cli", *arguments],
        cwd=root,
        env=variables | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def ordinary_user(root: Path) -> list[str]:
    """Runs a command as nobody, who owns the course."""
    subprocess.run(["chown", "-R", f"{NOBODY}:{NOBODY}", root], check=True)
    return as_user(NOBODY, root)


def test_says_which_layers_there_are(root: Path) -> None:
    run = convwork(root, [], "doctor")
    assert run.returncode == 0, run.stderr
    for layer, problem in probe_layers().items():
        (line,) = [line for line in run.stdout.splitlines() if f" {layer}  " in line]
        assert line.split()[0] == ("no" if problem else "yes")
    assert "ABI" in run.stdout
    assert "here in" in run.stdout
    assert run.stdout.rstrip().endswith("Students' code can be graded here.")


@needs_namespaces
def test_grades_where_user_namespaces_are_refused(root: Path) -> None:
    run = convwork(root, REFUSED, "doctor")
    assert run.returncode == 0, run.stderr
    (line,) = [line for line in run.stdout.splitlines() if f" {NAMESPACES}  " in line]
    assert line.split()[0] == "no"
    assert "apparmor_restrict_unprivileged_userns" in run.stdout
    graded = convwork(root, REFUSED, "autograde", "week1")
    assert graded.returncode == 0, graded.stdout + graded.stderr
    assert grades(root) == RIGHT


@needs_root
@needs_namespaces
def test_grades_as_an_ordinary_user(root: Path) -> None:
    graded = convwork(root, ordinary_user(root), "autograde", "week1")
    assert graded.returncode == 0, graded.stdout + graded.stderr
    assert (root / "gradebook.db").stat().st_uid == NOBODY
    assert grades(root) == RIGHT


def test_nothing_is_graded_without_a_floor(root: Path) -> None:
    driver = (
        "from convwork.grading import confine, preparation, doctor\n"
        "lost = dict.fromkeys(confine.LAYERS, 'refused')\n"
        "confine.probe_layers = preparation.probe_layers = lambda: lost\n"
        "from convwork.cli import main; main()"
    )
    for arguments, said in (
        (["doctor"], "nothing can be graded here: files are not confined"),
        (["autograde", "week1"], "nothing is graded, for there is no sandbox on this machine"),
    ):
        run = subprocess.run(
            [sys.executable, "-c", driver, *arguments],
            cwd=root,
            env=os.environ | {coursedir.ROOT_VARIABLE: str(root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.returncode == 1
        assert said in run.stderr
        assert "Traceback" not in run.stderr
    assert not (root / "autograded").exists() or not list((root / "autograded").glob("*/*"))


def test_without_a_sandbox_only_when_asked_loudly(root: Path) -> None:
    run = convwork(root, [], "autograde", "week1", "--no-sandbox")
    assert run.returncode == 0
    assert "Graded without a sandbox" in run.stdout
    assert "Graded without a sandbox" in next(root.glob("autograded/ada/*/*.ipynb")).read_text()
    shutil.rmtree(root / "autograded")
