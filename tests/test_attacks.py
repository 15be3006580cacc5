"""Every attack in `tests/attacks`, graded in one class: it gains nothing and harms nobody."""

import ast
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import psutil
import pytest
from attacks import ALL
from attacks.attack import ALL_POINTS, Attack, fill
from conftest import ROOT
from nbgrader_runs import autograde, grades, make_course, succeed

from convwork import coursedir
from convwork.authoring.classroom import solved, submit
from convwork.coursedir import Notebook
from convwork.grading.submission import SECRET

pytestmark = pytest.mark.xdist_group("attacks")  # so that the class is graded once

LIMITS = "\nc.GradeNotebook.cell_limit = 3\nc.GradeNotebook.notebook_limit = 60\n"
WORKERS = 4  # most of the time goes by in waiting for what hangs
GOT = "GOTCHA"  # what an attack prints that has reached something


class Ears:
    """Sockets that listen for what attacks send."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[str] = []
        self.tcp, self.udp = socket.socket(), socket.socket(type=socket.SOCK_DGRAM)
        self.unix, self.abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        self.path, self.name = str(folder / "ear"), f"convwork-{secrets.token_hex(4)}"
        for ear in (self.tcp, self.udp):
            ear.bind(("127.0.0.1", 0))
        self.unix.bind(self.path)
        self.abstract.bind(f"\0{self.name}")
        for kind, ear in (("tcp", self.tcp), ("unix", self.unix), ("abstract", self.abstract)):
            ear.listen()
            threading.Thread(target=self._accept, args=(kind, ear), daemon=True).start()
        threading.Thread(target=self._receive, daemon=True).start()

    def _accept(self, kind: str, ear: socket.socket) -> None:
        while True:
            ear.accept()[0].close()
            self.heard.append(kind)

    def _receive(self) -> None:
        while True:
            self.udp.recv(99)
            self.heard.append("udp")


@dataclass(frozen=True)
class Class:
    """A graded class of attackers, and what they were after."""

    root: Path
    tiny: Notebook
    places: dict[str, str]
    token: str
    ears: Ears
    bystander: subprocess.Popen[bytes]
    scratch: Path
    summary: str
    megabytes: dict[str, int]

    def outputs(self, student: str) -> list[dict]:
        path = self.root / "autograded" / student / "week1" / "tiny.ipynb"
        nb = nbformat.read(path, as_version=4)
        return [output for cell in nb.cells for output in cell.get("outputs", [])]


# The most that a grader may take for what would fill its memory; without bounds it was 2 to 4 GB.
MEGABYTES = {
    "directory_without_an_archive": 900,
    "flood_of_large_outputs": 900,
    "a_million_cells": 900,
    "a_notebook_of_empty_objects": 900,
    "a_reply_of_empty_objects": 900,
    "a_message_of_many_parts": 1500,  # it is seen by what it has taken
}


def greatest_size(root: Path, name: str) -> int:
    """The most megabytes that a process of its own takes while it grades an attack."""
    code = f"""
import threading, time, psutil
from pathlib import Path
from convwork.coursedir import Notebook
from convwork.grading.submission import SECRET
from convwork.grading.handout import read_handout
from convwork.grading.nbgrader_plugins import read_and_restore
from convwork.grading.runner import Limits, grade_notebook
me, most = psutil.Process(), [0]
def watch():
    while True:
        most[0] = max(most[0], me.memory_info().rss)
        time.sleep(0.02)
threading.Thread(target=watch, daemon=True).start()
handout = read_handout(Notebook(Path({str(root)!r}), "week1", "tiny"))
path = Path({str(root)!r}, "submitted", {name!r}, "week1", "tiny.ipynb")
grade_notebook(read_and_restore(path, handout), handout, path.parent, limits=Limits(4, 40))
print(most[0] >> 20)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return int(run.stdout)


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("outside")


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory, outside: Path) -> Iterator[Class]:
    root = make_course(tmp_path_factory.mktemp("attacked") / "course")
    with (root / "nbgrader_config.py").open("a") as config:
        config.write(LIMITS)
    token = f"secret-{secrets.token_hex(8)}"
    for folder in (root, outside):
        (folder / "canary.txt").write_text(token)
    tiny = Notebook(root, "week1", "tiny")
    ears = Ears(outside.parent)
    bystander = subprocess.Popen(["sleep", "3600"], start_new_session=True)
    places = {
        "COURSE": str(root),
        "OUTSIDE": str(outside),
        "TCP_PORT": str(ears.tcp.getsockname()[1]),
        "UDP_PORT": str(ears.udp.getsockname()[1]),
        "UNIX_SOCKET": ears.path,
        "ABSTRACT_SOCKET": ears.name,
        "BYSTANDER": str(bystander.pid),
    }
    honest = solved(tiny)
    honest.cells[0].source += f"\n\n{token}"
    submit(root, "zoe", tiny, honest)
    for attack in ALL:
        path = submit(root, attack.name, tiny, attack.notebook(tiny, places))
        if attack.spoil:
            attack.spoil(path)
    scratch = tmp_path_factory.mktemp("t")
    with ThreadPoolExecutor(2) as pool:  # beside the class: it would wait as long once more
        megabytes = pool.map(partial(greatest_size, root), MEGABYTES)
        run = subprocess.run(
            [sys.executable, "-m", "convwork.cli", "autograde", "week1", f"--workers={WORKERS}"],
            cwd=root,
            env=os.environ | {coursedir.ROOT_VARIABLE: str(root), "TMPDIR": str(scratch)},
            capture_output=True,
            text=True,
            check=False,
        )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
    sizes = dict(zip(MEGABYTES, megabytes, strict=True))
    yield Class(root, tiny, places, token, ears, bystander, scratch, run.stdout, sizes)
    bystander.kill()
    bystander.wait()


@pytest.fixture(scope="module")
def points(attacked: Class) -> dict[tuple[str, str, str], float]:
    return grades(attacked.root)


@pytest.mark.parametrize("attack", ALL, ids=lambda attack: attack.name)
def test_gains_nothing(
    attack: Attack, attacked: Class, points: dict[tuple[str, str, str], float]
) -> None:
    earned = {name: points[attack.name, "tiny", name] for name in ALL_POINTS}
    assert earned == dict(attack.earns)
    printed = [output for output in attacked.outputs(attack.name) if output.output_type != "error"]
    assert attacked.token not in json.dumps(printed)
    assert GOT not in json.dumps(printed)


def test_others_are_unharmed(
    attacked: Class, points: dict[tuple[str, str, str], float], outside: Path
) -> None:
    assert {name: points["zoe", "tiny", name] for name in ALL_POINTS} == ALL_POINTS
    assert [path.name for path in outside.iterdir()] == ["canary.txt"]
    assert (attacked.root / "canary.txt").read_text() == attacked.token
    assert attacked.ears.heard == []
    assert attacked.bystander.poll() is None


def test_nothing_stays(attacked: Class) -> None:
    assert [path for path in attacked.scratch.iterdir() if path.name != "dask-scratch-space"] == []
    left = []
    for process in psutil.process_iter():
        try:
            if str(attacked.scratch) in json.dumps(process.environ()):
                left.append(process.cmdline())
        except psutil.Error:
            continue
    assert left == []


def test_the_package_is_as_it_was(attacked: Class) -> None:
    run = subprocess.run(
        [sys.executable, "-c", "import convwork.cli, numpy, json, sitecustomize"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0 or "No module named 'sitecustomize'" in run.stderr, run.stderr
    for path in (ROOT / "src").rglob("*.py"):
        assert path.read_text().strip() != "raise SystemExit"


def test_what_was_stopped_is_told_to_the_instructor(attacked: Class) -> None:
    text = re.sub(r"\s+", " ", attacked.summary)
    assert "Needs a look" in text
    for name in ("burner", "fork_bomb", "memory_hog"):
        assert name in text


# The attacks are real: without the sandbox they succeed.


@pytest.mark.parametrize(
    ("name", "evidence"),
    [
        ("tcp", "tcp"),
        ("udp", "udp"),
        ("unix_socket", "unix"),
        ("abstract_socket", "abstract"),
        ("by_another_program", "tcp"),
        ("reads_outside", "token"),
        ("reads_by_a_shell", "token"),
        ("reads_another_submission", "token"),
        ("walks_up", "token"),
        ("reads_the_references", GOT),
        ("imports_the_references", GOT),
        ("reads_the_gradebook", GOT),
        ("reads_the_secret", GOT),
        ("writes_outside", "file"),
        ("signals_a_bystander", "death"),
        ("opens_a_bystander", "death"),
    ],
)
def test_without_a_sandbox_it_works(
    name: str, evidence: str, attacked: Class, tmp_path: Path
) -> None:
    attack = next(attack for attack in ALL if attack.name == name)
    ears = Ears(tmp_path)
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as victim:
        places = attacked.places | {
            "OUTSIDE": str(shutil.copytree(attacked.places["OUTSIDE"], tmp_path / "outside")),
            "TCP_PORT": str(ears.tcp.getsockname()[1]),
            "UDP_PORT": str(ears.udp.getsockname()[1]),
            "UNIX_SOCKET": ears.path,
            "ABSTRACT_SOCKET": ears.name,
            "BYSTANDER": str(victim.pid),
        }
        code = "import time\n" + fill(attack.first, places) + "\ntime.sleep(0.3)"
        run = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
        found = [*ears.heard, run.stdout.replace(attacked.token, "token")]
        if (tmp_path / "outside" / "written").exists():
            found.append("file")
        if victim.poll() is not None:
            found.append("death")
        victim.kill()
    assert any(evidence in text for text in found), run.stdout + run.stderr


# What the listener's memory takes


@pytest.mark.parametrize("name", MEGABYTES)
def test_the_grader_stays_small(name: str, attacked: Class) -> None:
    assert attacked.megabytes[name] < MEGABYTES[name]


# What the instructor's browser gets


class Active(HTMLParser):
    """Finds code of an attacker that a browser would run."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._in_script = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        self.found += [f"{tag} {name}" for name, value in attrs if "steal" in (value or "")]

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script and "steal" in data:
            self.found.append("script")


def active(page: str) -> list[str]:
    parser = Active()
    parser.feed(page)
    return parser.found


def test_a_browser_would_run_the_code_as_it_was_written() -> None:
    assert active("<script>steal()</script>") == ["script"]
    assert active("<img src=x onerror=steal()>") == ["img onerror"]
    assert active("&lt;script>steal()&lt;/script>") == []


BROWSER = [attack.name for attack in ALL if attack.name.startswith("browser_")]


@pytest.fixture(scope="module")
def pages(attacked: Class) -> Path:
    succeed(attacked.root, "generate_feedback", "week1", "--student", "browser_*")
    return attacked.root / "feedback"


@pytest.mark.parametrize("name", BROWSER)
def test_no_script_reaches_a_browser(name: str, attacked: Class, pages: Path) -> None:
    page = (pages / name / "week1" / "tiny.html").read_text()
    assert "steal" in page or name.endswith("output")
    assert active(page) == []
    for output in attacked.outputs(name):
        data = output.get("data", {})
        assert not {"application/javascript", "application/vnd.jupyter.widget-view+json"} & set(
            data
        )
        assert active(str(data.get("text/html", ""))) == []
        assert active(str(data.get("image/svg+xml", ""))) == []


# Inputs that leaked


def test_a_replay_of_leaked_inputs_earns_no_full_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada stores what she is asked, prints it, and hands in a table of right answers to it."""
    root = make_course(tmp_path / "course")
    monkeypatch.setenv(coursedir.ROOT_VARIABLE, str(root))
    (root / SECRET).write_bytes(sha256(b"a secret that is always the same").digest())
    tiny = Notebook(root, "week1", "tiny")
    spy = "import numpy as np\nasked = []\ndef double(x):\n    asked.append(np.array(x).tolist())\n"
    nb = solved(tiny, {"double": spy})
    nb.cells.append(nbformat.v4.new_code_cell("print(asked)"))
    submit(root, "ada", tiny, nb)
    autograde(root)
    path = root / "autograded/ada/week1/tiny.ipynb"
    printed = nbformat.read(path, as_version=4).cells[-1].outputs[0].text
    leaked = [x for x in ast.literal_eval(printed) if x is not None]
    assert len(leaked) >= 3
    table = (
        f"import numpy as np\nknown = {leaked}\ndef double(x):\n"
        "    for one in known:\n        if np.shape(one) == np.shape(x) and np.allclose(one, x):\n"
        "            return 2 * np.asarray(one) if np.ndim(one) else 2 * one\n"
    )
    submit(root, "ada", tiny, solved(tiny, {"double": table}))
    autograde(root, force=True)
    assert grades(root)["ada", "tiny", "double"] < 60


def test_the_documentation_lists_them_all() -> None:
    page = (ROOT / "docs/attacks.md").read_text()
    assert f"holds {len(ALL)} submissions" in page
    assert {attack.name for attack in ALL} == set(re.findall(r"^\| `(\w+)` \|", page, re.M))
