"""`convwork demo`: a small class, from hand-in to feedback, and what a person sees of it."""

import csv
import fcntl
import os
import re
import shutil
import signal
import subprocess
import sys
from itertools import product
from pathlib import Path

import psutil
import pytest
from class_runs import PATIENCE, convwork, environment, temporary_folder, wait_until
from conftest import ROOT, one_line_failure
from rich.console import Console

from convwork.authoring.demo import CLASS, Demo, choose
from convwork.authoring.demo_report import what_came_of_it
from convwork.coursedir import notebooks

SMALL = ("week1/edge_detection", "week2/residual_networks", "week3/yolo")
WIDTH = 80
STEP = re.compile(r"\d+:\d\d  ")
ENOUGH = 180  # processor seconds: half of what two cores have in three minutes
PAGE = re.compile(r"wrote feedback, such as (.*)")
TINY = pytest.mark.verify(depends=("tests/files/course/**/*",), uses=("convwork.cli",))


def test_three_notebooks_are_chosen_and_all_if_asked() -> None:
    assert [str(notebook) for notebook in choose(ROOT, everything=False)] == [*SMALL]
    assert choose(ROOT, everything=True) == notebooks(ROOT)


def test_a_course_without_those_three_shows_what_it_has(course: Path) -> None:
    assert choose(course, everything=False) == notebooks(course)


def test_nothing_but_a_demonstration_is_replaced(course: Path) -> None:
    diary = course / "demo" / "diary.txt"
    diary.parent.mkdir()
    diary.write_text("mine")
    assert "demo is no demonstration" in one_line_failure(convwork(course, "demo"))
    assert diary.read_text() == "mine"


def test_a_course_that_cannot_be_copied_is_told_in_one_line(course: Path) -> None:
    said = one_line_failure(convwork(course, "demo"))
    assert "nbgrader_config.py" in said


def test_a_demonstration_at_a_time(course: Path) -> None:
    with (course / ".convwork_demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert "already" in one_line_failure(convwork(course, "demo"))
    assert not (course / "demo").exists()


def test_eighty_columns_do_not_break_the_table() -> None:
    """Not even with all notebooks, and with points that need all their digits."""
    found = notebooks(ROOT)
    points = {(notebook.week, notebook.name): 33.33 for notebook in found}
    scores = {(student, *place): 100 / 3 for student in CLASS for place in points}
    console = Console(width=WIDTH)
    with console.capture() as said:
        console.print(what_came_of_it(Demo(Path(), scores, points)))
    lines = said.get().splitlines()
    for notebook in found:
        row = f"{notebook.week} {notebook.name} 33.3" + " 33.3" * len(CLASS)
        assert row in [" ".join(line.split()) for line in lines]
    assert max(map(len, lines)) <= WIDTH


@pytest.mark.verify(
    depends=("notebooks/**/*", "grader_tests/**/*", "datasets/*"), uses=("convwork.cli",)
)
def test_a_small_class_from_hand_in_to_feedback(tmp_path: Path) -> None:
    """Each step says that it is done, and each student gets what is told of them."""
    course = tmp_path / "course"
    for name in ("notebooks", "grader_tests"):
        shutil.copytree(ROOT / name, course / name)
    shutil.copy(ROOT / "nbgrader_config.py", course)
    lines = []
    before = sum(os.times()[:4])
    with start(course) as demo:
        for line in demo.stdout or ():
            lines.append(line.rstrip())
            if page := PAGE.search(line):
                assert Path(page[1]).is_file()  # as soon as it is named
    assert demo.returncode == 0, lines
    assert sum(os.times()[:4]) - before < ENOUGH
    steps = [line for line in lines if STEP.match(line)]
    assert len(steps) == 3 + 3 * len(SMALL)
    assert max(len(line) for line in lines if str(course) not in line) <= WIDTH

    for name in SMALL:
        points, ada, ben, cleo, dan, eve = row(lines, name)
        assert ada == points
        assert 0 < ben < points
        assert 0 < dan < points
        assert eve == 0
        assert (0 < cleo < points) if name == SMALL[0] else (cleo is None)
    for student, work in CLASS.items():
        assert f"{student} {work.__doc__}" in " ".join(" ".join(lines).split())

    pages = course / "demo/feedback"
    told = {who: (pages / who / f"{SMALL[0]}.html").read_text() for who in CLASS}
    assert "no answer within 10 seconds" in told["dan"]
    assert "the kernel died" in told["dan"]
    assert "answers found: []" in told["eve"]
    weeks = [name.partition("/")[0] for name in SMALL]
    for week in weeks:
        assert "ben" in (course / f"demo/reports/{week}.html").read_text()
    with (course / "demo/grades.csv").open() as file:
        found = [(row["assignment"], row["student_id"]) for row in csv.DictReader(file)]
    assert sorted(found) == sorted(product(weeks, CLASS))


@TINY
def test_a_step_that_fails_names_the_log(built_course: Path) -> None:
    config = built_course / "nbgrader_config.py"
    fault = "if 'generate_feedback' in sys.argv:\n    sys.exit('the disk is full')\n"
    config.write_text(config.read_text() + fault)
    said = one_line_failure(convwork(built_course, "demo"))
    log = built_course / "demo" / "demo.log"
    assert said == f"`nbgrader generate_feedback week1` failed; {log} says why"
    assert "the disk is full" in log.read_text()


@TINY
def test_ctrl_c_ends_all_processes_and_the_next_run_begins_anew(built_course: Path) -> None:
    with temporary_folder() as folder:
        demo = start(built_course, TMPDIR=str(folder))
        below = psutil.Process(demo.pid)
        wait_until(lambda: any(folder.glob("convwork-*/*/work/")), "a kernel has a folder")
        processes = below.children(recursive=True)
        os.killpg(demo.pid, signal.SIGINT)  # as a terminal does
        said, errors = demo.communicate(timeout=PATIENCE)
        assert demo.returncode == 1
        assert errors.strip() == "Aborted!"
        assert "graded" not in said
        _, alive = psutil.wait_procs(processes, PATIENCE)
        assert not alive
    left = built_course / "demo/source/left.txt"
    left.touch()
    assert convwork(built_course, "demo").exit_code == 0
    assert not left.exists()


def start(course: Path, **variables: str) -> subprocess.Popen[str]:
    """Start the demonstration in a session of its own, as in a terminal of 80 columns."""
    return subprocess.Popen(
        [sys.executable, "-m", "convwork.cli", "demo"],
        cwd=course,
        env=environment(course) | {"COLUMNS": str(WIDTH)} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def row(lines: list[str], notebook: str) -> list[float | None]:
    """The numbers of a notebook's row: its points, and each student's; None who has none."""
    start = notebook.replace("/", " ")
    (found,) = [line.split() for line in lines if line.strip().startswith(start)]
    return [None if number == "–" else float(number) for number in found[2:]]
