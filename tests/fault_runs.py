"""Grading in a process of its own, with a trouble at a chosen step.

The processes are forked from one that has imported all that they need, so each is there at once.
What happens at a step is arranged here, from outside; the programs know nothing of it.
"""

import multiprocessing
import os
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from nbconvert.writers import FilesWriter
from nbgrader.api import Gradebook
from nbgrader.apps.nbgraderapp import NbGraderApp
from nbgrader.converters import Autograde
from nbgrader.converters import base as nbgrader_base
from nbgrader.preprocessors import AssignLatePenalties, SaveAutoGrades

from convwork import coursedir
from convwork.cli import main as convwork_main
from convwork.grading import engine, provisioner, warm_parent
from convwork.grading.kernel import StudentKernel
from convwork.grading.nbgrader_plugins import GradeNotebook

PATIENCE = 120
STEPS: dict[str, tuple[Any, str]] = {
    "the gradebook is opened": (Gradebook, "__init__"),
    "the week is entered": (Gradebook, "add_assignment"),
    "a notebook is entered": (Gradebook, "add_notebook"),
    "a grade cell is entered": (Gradebook, "update_or_create_grade_cell"),
    "a source cell is entered": (Gradebook, "update_or_create_source_cell"),
    "a student is added": (Gradebook, "add_student"),
    "a student is entered": (Gradebook, "update_or_create_student"),
    "a submission is entered": (Gradebook, "update_or_create_submission"),
    "what was graded is removed": (nbgrader_base, "rmtree"),
    "files are copied": (Autograde, "init_assignment"),
    "a page is written": (FilesWriter, "write"),
    "a kernel is started": (StudentKernel, "start"),
    "a kernel answers": (StudentKernel, "_is_ready"),
    "a cell is run": (StudentKernel, "run"),
    "questions are asked": (StudentKernel, "ask"),
    "a notebook is graded": (GradeNotebook, "preprocess"),
    "a score is saved": (SaveAutoGrades, "_add_score"),
    "scores are saved": (SaveAutoGrades, "preprocess"),
    "penalties are saved": (AssignLatePenalties, "preprocess"),
    "permissions are set": (Autograde, "set_permissions"),
    "a verdict is awaited": (engine.ClassGrader, "taken"),
}
Trouble = Callable[..., Any]  # called with what the step was called with


@dataclass(frozen=True)
class Fault:
    """A trouble before or after the `number`-th time that a process comes to a step."""

    step: str
    number: int
    trouble: Trouble
    after: bool = False

    def arrange(self) -> None:
        place, name = STEPS[self.step]
        original = getattr(place, name)
        times = 0

        def step(*args: Any, **kwargs: Any) -> Any:
            nonlocal times
            times += 1
            if times == self.number and not self.after:
                self.trouble(*args, **kwargs)
            result = original(*args, **kwargs)
            if times == self.number and self.after:
                self.trouble(*args, **kwargs)
            return result

        setattr(place, name, step)

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} {self.step}, {self.number}"


# --- troubles ------------------------------------------------------------------------------------


def die(*args: Any, **kwargs: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_with_half_a_page(writer: Any, output: str, resources: Any, **kwargs: Any) -> None:
    """As when the process is killed, or the machine stops, while a file is written."""
    path = Path(writer.build_directory, f"{kwargs['notebook_name']}.ipynb")
    path.write_text(output[: len(output) // 2])
    die()


def kill_kernel(kernel: StudentKernel, *args: Any, **kwargs: Any) -> None:
    warm_parent._kill(kernel.pid)


def kill_parent(*args: Any, **kwargs: Any) -> None:
    os.kill(provisioner._parents[0]._process.pid, signal.SIGKILL)


def kill_process(pid: int, *args: Any, **kwargs: Any) -> None:
    os.kill(pid, signal.SIGKILL)


def kill_worker(*args: Any, **kwargs: Any) -> None:
    """The worker process that this one has started, while it is at work."""
    for process in psutil.Process().children():
        if "spawn_main" in " ".join(process.cmdline()):
            process.kill()
            return
    raise RuntimeError("there is no worker")


def take_away(path: Path, *args: Any, **kwargs: Any) -> None:
    path.rename(f"{path}.gone")


def give_back(path: Path) -> None:
    Path(f"{path}.gone").rename(path)


def lock_gradebook(path: Path, seconds: float, *args: Any, **kwargs: Any) -> None:
    """Hold an SQLite gradebook for a while, as another program may do."""
    connection = sqlite3.connect(path, check_same_thread=False)
    connection.execute("begin exclusive")
    release = threading.Timer(seconds, connection.close)
    release.daemon = True
    release.start()


def add_student_elsewhere(gradebook: Gradebook, student: str) -> None:
    """Another run, of another week, comes to the same new student at the same moment."""
    with Gradebook(str(gradebook.engine.url), "convwork") as other:
        other.update_or_create_student(student)


def fill_disk(limit: int, *args: Any, **kwargs: Any) -> None:
    """From now on no file gets longer than this; the process is told as when a disk is full."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))


def jump(seconds: float, *args: Any, **kwargs: Any) -> None:
    """The clock on the wall is set; the one that only goes on is not."""
    right = time.time
    time.time = lambda: right() + seconds


def lose_patience() -> None:
    """Do not wait long for a scheduler."""
    engine.CONNECT_LIMIT = 2


def no_temporary_files() -> None:
    tempfile.tempdir = "/proc"  # where not even root can make a folder


# --- processes -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """How a process ended (a negative number: by that signal), and what it said."""

    code: int
    said: str


def grade(
    root: Path,
    temporary: Path,
    program: str,
    *arguments: str,
    faults: tuple[Fault, ...] = (),
    before: Callable[[], object] | None = None,
) -> Run:
    """Run `nbgrader autograde` or `convwork autograde` for week 1, to its end."""
    log = root.with_name(f"{root.name}.log")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(
        target=_grade, args=(root, temporary, program, arguments, faults, before, log)
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))  # for what is to be preloaded
        process.start()
    process.join(PATIENCE)
    if process.is_alive():
        process.kill()
    assert process.exitcode is not None, f"{log.read_text()}\nit hangs"
    return Run(process.exitcode, log.read_text())


def _grade(
    root: Path,
    temporary: Path,
    program: str,
    arguments: tuple[str, ...],
    faults: tuple[Fault, ...],
    before: Callable[[], object] | None,
    log: Path,
) -> None:
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.stdout = sys.stderr = os.fdopen(1, "w", buffering=1)
    os.environ.pop("PYTHONPATH")
    os.environ |= {"TMPDIR": str(temporary), coursedir.ROOT_VARIABLE: str(root), "COLUMNS": "300"}
    os.chdir(root)
    for fault in faults:
        fault.arrange()
    if before:
        before()
    sys.exit(run_program(program, arguments))


def run_program(program: str, arguments: tuple[str, ...] = ()) -> int:
    """The program's exit code."""
    try:
        if program == "nbgrader":
            NbGraderApp.clear_instance()
            sys.argv = ["nbgrader", "autograde", "week1", *arguments]
            NbGraderApp.launch_instance()
        else:
            convwork_main(["autograde", "week1", *arguments], prog_name="convwork")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else bool(end.code)
    except BaseException:
        traceback.print_exc()
        return 70
    return 0


def copy(origin: Path, target: Path) -> Path:
    return Path(shutil.copytree(origin, target, symlinks=True))
