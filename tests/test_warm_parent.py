"""Kernels from the warm parent: as good as cold ones, and none outlives its grader.

They are had as any program has them: by jupyter_client, through the provisioner's entry point.
"""

import gc
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from class_runs import BIN, PATIENCE, environment, temporary_folder, wait_until
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec
from nbgrader_runs import make_course
from test_confine import skip_unless_possible

from convwork.authoring.classroom import solved, submit
from convwork.coursedir import Notebook
from convwork.grading.confine import clean_environment
from convwork.grading.confined_kernel import kernel_command

SECRET = "a-secret-of-the-" + "grader"
PRELOAD = ("matplotlib.pyplot", "numpy")


@pytest.fixture(autouse=True, scope="module")
def possible() -> None:
    skip_unless_possible(())


class WarmKernel:
    """A kernel, and what comes of its cells."""

    def __init__(self, preload: Sequence[str] = PRELOAD, **variables: str) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="cw", dir="/tmp")
        scratch = Path(self._folder.name)
        (scratch / "work").mkdir()
        self.manager = KernelManager(
            transport="ipc", ip=str(scratch / "s"), connection_file=str(scratch / "kernel.json")
        )
        self.manager._kernel_spec = KernelSpec(
            argv=kernel_command(scratch),
            display_name="",
            language="python",
            interrupt_mode="message",
            metadata={
                "kernel_provisioner": {
                    "provisioner_name": "convwork-warm",
                    "config": {"preload": [*preload]},
                }
            },
        )
        inline = "module://matplotlib_inline.backend_inline"
        self.manager.start_kernel(
            cwd=str(scratch / "work"),
            env=dict(os.environ) | {"MPLBACKEND": inline, "OPENBLAS_NUM_THREADS": "1"} | variables,
        )
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)

    @property
    def parent(self) -> psutil.Process:
        return psutil.Process(self.manager.provisioner.pid).parent()

    @property
    def processes(self) -> list[psutil.Process]:
        """The kernel itself is the last one; the ones before it watch over it."""
        first = psutil.Process(self.manager.provisioner.pid)
        return [first, *first.children(recursive=True)]

    def run(self, code: str, on_status: Callable[[], object] = lambda: None) -> str:
        """What a cell prints and shows: text, types of displays, errors."""
        seen: list[str] = []

        def collect(message: dict[str, Any]) -> None:
            content = message["content"]
            if content.get("execution_state") == "busy":
                on_status()
            seen.append(content.get("text", ""))
            seen.extend(content.get("data", {}))
            seen.extend([content["ename"]] if "ename" in content else [])

        self.client.execute_interactive(
            code, timeout=PATIENCE, output_hook=collect, allow_stdin=False
        )
        return "".join(seen)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)
        self._folder.cleanup()


Start = Callable[..., WarmKernel]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts kernels; at the end they are closed."""
    with ExitStack() as stack:

        def start(*arguments: Any, **variables: str) -> WarmKernel:
            kernel = WarmKernel(*arguments, **variables)
            stack.callback(kernel.close)
            return kernel

        yield start


# --- as good as cold ones ------------------------------------------------------------------------


def test_figures_are_shown_inline(start: Start) -> None:
    drawn = "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"
    assert "image/png" in start().run(drawn)


def test_each_draws_its_own_random_numbers(start: Start) -> None:
    """As cold kernels do; and the same seed gives the same numbers as everywhere."""
    draw = (
        "import random, numpy as np, uuid\n"
        "print(random.random(), np.random.rand(), np.random.default_rng().random(), uuid.uuid4())"
    )
    first, second = start(), start()
    numbers = [first.run(draw).split(), second.run(draw).split(), first.run(draw).split()]
    assert len({text for line in numbers for text in line}) == 12
    seeded = "import numpy as np\nnp.random.seed(1)\nprint(np.random.rand())"
    assert first.run(seeded) == second.run(seeded) == "0.417022004702574\n"


def test_one_does_not_see_another(start: Start) -> None:
    first, second = start(), start()
    first.run("import numpy as np\nnp.pi = 3\nx = 1")
    assert second.run("import numpy as np\nprint(np.pi > 3, 'x' in globals())") == "True False\n"


def test_interrupts(start: Start) -> None:
    kernel = start()
    stopped = kernel.run("while True: pass", on_status=kernel.manager.interrupt_kernel)
    assert stopped == "KeyboardInterrupt"
    assert kernel.run("print(6 * 7)") == "42\n"


def test_restarts(start: Start) -> None:
    kernel = start()
    kernel.run("x = 1")
    before = kernel.processes
    kernel.manager.restart_kernel(now=True)
    kernel.client.wait_for_ready(timeout=PATIENCE)
    assert kernel.run("print('x' in globals())") == "False\n"
    wait_until(lambda: not any(process.is_running() for process in before), "the old one ended")


def test_a_kernel_that_ends_itself_is_noticed(start: Start) -> None:
    kernel = start()
    kernel.client.execute("import os; os._exit(7)")
    wait_until(lambda: not kernel.manager.is_alive(), "it has ended")


# --- what is imported ----------------------------------------------------------------------------


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder for modules that the sandbox lets kernels read."""
    with tempfile.TemporaryDirectory(prefix="convwork-test-", dir=Path(sys.prefix, "lib")) as name:
        yield Path(name)


@pytest.mark.parametrize(
    ("module", "error"),
    [("no_such_module", "ModuleNotFoundError"), ("broken", "RuntimeError"), ("threaded", "")],
)
def test_a_module_that_cannot_be_preloaded(
    module: str, error: str, start: Start, place: Path
) -> None:
    """The cell that asks for it gets what it would get in a cold kernel."""
    (place / "broken.py").write_text("raise RuntimeError('broken')")
    (place / "threaded.py").write_text(
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(99,), daemon=True).start()"
    )
    kernel = start((module, *PRELOAD), PYTHONPATH=str(place))
    loaded = "import sys; print([m in sys.modules for m in ('numpy', 'matplotlib.pyplot')])"
    assert kernel.run(loaded) == "[True, True]\n"
    assert kernel.run(f"import {module}") == error


def test_a_parent_that_lacks_a_module_is_replaced(start: Start) -> None:
    """Kernels of the former one live on; it ends with the last of them."""
    first = start()
    former = first.parent
    second = start(("wave",))
    assert second.parent != former
    assert second.run("import sys; print({'wave', 'numpy'} <= {*sys.modules})") == "True\n"
    assert first.run("print(6 * 7)") == "42\n"
    assert start().parent == second.parent
    first.close()
    gc.collect()
    wait_until(lambda: not former.is_running(), "the former parent ended")


# --- secrets -------------------------------------------------------------------------------------


def memory_holds(process: psutil.Process, text: bytes) -> bool:
    """Whether a text is anywhere in a process's memory."""
    with Path(f"/proc/{process.pid}/mem").open("rb", 0) as memory:
        for line in Path(f"/proc/{process.pid}/maps").read_text().splitlines():
            area = re.match(r"([0-9a-f]+)-([0-9a-f]+) r[w-]", line)
            if area is None or "[v" in line:  # the kernel's own pages
                continue
            begin, end = (int(number, 16) for number in area.groups())
            memory.seek(begin)
            try:
                if text in memory.read(end - begin):
                    return True
            except OSError:
                continue
    return False


def test_a_parent_knows_no_secret(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither in its environment nor anywhere in its memory, of which kernels have a copy."""
    monkeypatch.setenv("GRADERS_PASSWORD", SECRET)
    kernel = start(("cmd",))  # a module that makes a new parent
    here = psutil.Process()
    assert memory_holds(here, SECRET.encode()), "the search finds it where it is"
    for process in (kernel.parent, *kernel.processes):
        try:
            assert not memory_holds(process, SECRET.encode()), process
        except PermissionError:  # a watcher lets nobody look, but root
            continue
        assert SECRET not in str(process.environ())
    assert kernel.run("import os; print('GRADERS_PASSWORD' in os.environ)") == "False\n"


def test_a_parent_has_nothing_open_but_its_work(start: Start) -> None:
    parent = start().parent
    folder = Path(f"/proc/{parent.pid}/fd")
    links = {str(path.readlink()) for path in folder.iterdir()}
    known = r"/dev/null|/tmp/convwork-.*/log|socket:.*|anon_inode:\[(eventpoll|pidfd)\]|pipe:.*"
    assert not [link for link in links if not re.fullmatch(known, link)]


# --- ends ----------------------------------------------------------------------------------------


def test_kernels_end_with_their_parent(start: Start) -> None:
    """And the next one that is asked for comes from a new parent."""
    kernel = start()
    parent, processes = kernel.parent, kernel.processes
    parent.send_signal(signal.SIGKILL)
    psutil.wait_procs(processes, PATIENCE)
    assert not any(process.is_running() for process in processes)
    assert not kernel.manager.is_alive()
    successor = start()
    assert successor.parent.pid != parent.pid
    assert successor.run("print(6 * 7)") == "42\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course with a submission that takes its time."""
    root = make_course(tmp_path_factory.mktemp("warm") / "course")
    tiny = Notebook(root, "week1", "tiny")
    nb = solved(tiny)
    nb.cells[1].source += "\nimport time\ntime.sleep(60)"
    submit(root, "ada", tiny, nb)
    return root


@pytest.fixture
def interruptible() -> Iterator[None]:
    """What a shell runs in its background ignores interrupts, and its children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("program", ["nbgrader", "convwork"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_nothing_outlives_the_grader(course: Path, program: str, how: signal.Signals) -> None:
    """No process and no temporary folder, whether it is killed or told to stop."""
    with temporary_folder() as folder:
        grader = subprocess.Popen(
            [BIN / program, "autograde", "week1"],
            cwd=course,
            env=environment(course) | {"TMPDIR": str(folder)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        below = psutil.Process(grader.pid)
        sleeping = "convwork-*/*/work/"
        wait_until(lambda: any(folder.glob(sleeping)), "a kernel has a folder")
        wait_until(lambda: len(kernels(below)) >= 3, "a kernel runs")
        processes = below.children(recursive=True)
        grader.send_signal(how)
        assert grader.wait(PATIENCE) != 0
        psutil.wait_procs(processes, PATIENCE)
        assert not [process for process in processes if process.is_running()]


def kernels(grader: psutil.Process) -> list[psutil.Process]:
    """The processes below a grader's warm parent."""
    found = []
    for process in grader.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if "convwork.grading.warm_parent" in process.cmdline():
                found += process.children(recursive=True)
    return found


def test_a_parent_that_still_imports_ends_with_its_grader(tmp_path: Path) -> None:
    """It would write to folders that were cleared when the grader ended."""
    (tmp_path / "slow.py").write_text(
        "import pathlib, time\npathlib.Path('begun').touch()\n"
        "for _ in range(500):\n    time.sleep(0.1)\n"
    )
    requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    parent = subprocess.Popen(
        [sys.executable, "-m", "convwork.grading.warm_parent", str(theirs.fileno()), "slow"],
        pass_fds=[theirs.fileno()],
        env=clean_environment(tmp_path, {"OPENBLAS_NUM_THREADS": "1"})
        | {"PYTHONPATH": str(tmp_path)},
        cwd=tmp_path,
    )
    theirs.close()
    wait_until((tmp_path / "begun").exists, "the import has begun")
    requests.send(b"a request, which is no reason to end")
    time.sleep(0.3)
    assert parent.poll() is None
    requests.close()
    assert parent.wait(60) == 1


# --- memory: at the end, for from here on every parent has TensorFlow in it ----------------------


def test_an_idle_kernel_needs_little_memory(start: Start) -> None:
    """Of its own; the rest it shares with its parent. TensorFlow is in it."""
    kernel = start(("tensorflow", *PRELOAD))
    assert kernel.run("import sys; print('tensorflow' in sys.modules)") == "True\n"
    own = kernel.processes[-1].memory_full_info().uss
    assert own < 60 << 20, f"{own >> 20} MB"
