"""What the benchmarks share: courses to grade, and the cost of a command."""

import ctypes
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil

from convwork.coursedir import ROOT_VARIABLE
from convwork.grading.nbgrader_plugins import VERDICT

ROOT = Path(__file__).resolve().parents[1]
_PARTS = ("notebooks", "source", "release", "grader_tests")
_PR_SET_CHILD_SUBREAPER = 36

# nbgrader as it comes: its own preprocessors, a kernel started for each notebook. No limit of time.
STOCK = """
import os, sys
from pathlib import Path
c = get_config()
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
c.CourseDirectory.root = str(Path(__file__).parent)
c.CourseDirectory.course_id = "convwork"
c.ExecutePreprocessor.timeout = 600
"""


@dataclass(frozen=True)
class Cost:
    """Of a command and all that it started.

    seconds: wall clock; cpu_seconds: of all its processes; peak_memory: bytes of its first
    process alone, at its largest.
    """

    seconds: float
    cpu_seconds: float
    peak_memory: int


def make_course(folder: Path, *, stock: bool = False, origin: Path = ROOT) -> Path:
    """A copy of a course, to be graded by convwork or by stock nbgrader."""
    for part in _PARTS:
        shutil.copytree(origin / part, folder / part)
    config = STOCK if stock else (ROOT / "nbgrader_config.py").read_text()
    (folder / "nbgrader_config.py").write_text(config)
    return folder


def run(root: Path, *arguments: str) -> Cost:
    """Run `python -m ARGUMENTS` in a course directory, to its end, with all its processes."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    environment = os.environ | {ROOT_VARIABLE: str(root)}
    before, began = _cpu_seconds(), time.perf_counter()
    with (root / "log.txt").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", *arguments],
            cwd=root, env=environment, stdout=log, stderr=log,
        )  # fmt: skip
    peak = _PeakMemory(process.pid)
    status = process.wait()
    seconds = time.perf_counter() - began
    peak.stop()
    with suppress(ChildProcessError):  # a parent of kernels may outlive its grader by a moment
        while True:
            os.wait()
    if status:
        raise SystemExit(f"{' '.join(arguments)} failed:\n{(root / 'log.txt').read_text()[-3000:]}")
    return Cost(seconds, _cpu_seconds() - before + _kernels_cpu_seconds(root), peak.bytes)


def _cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _kernels_cpu_seconds(root: Path) -> float:
    """Of confined kernels: they end with their namespace, and Linux then counts them to nobody."""
    graded = (nbformat.read(path, 4) for path in root.glob("autograded/*/*/*.ipynb"))
    return sum(nb.metadata.get(VERDICT, {}).get("processor_seconds", 0.0) for nb in graded)


class _PeakMemory:
    """Looks at a process's memory twice a second."""

    def __init__(self, pid: int) -> None:
        self.bytes = 0
        self._process = psutil.Process(pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(0.5):
            with suppress(psutil.Error):
                self.bytes = max(self.bytes, self._process.memory_info().rss)
