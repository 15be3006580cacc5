"""`convwork autograde` on small courses, and the workers of a cluster, for the tests."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from convwork import cli, coursedir

BIN = Path(sys.executable).parent
PATIENCE = 120


def wait_until(true: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Wait for something that must come true."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            pytest.fail(f"after {seconds:g} seconds still not: {what}")
        time.sleep(0.02)


def convwork(root: Path, *arguments: str) -> Result:
    """Run `convwork` in this process, which is quicker than to start it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(coursedir.ROOT_VARIABLE, str(root))
        patch.setenv("PATH", os.environ["PATH"])  # nbgrader's configuration adds to it
        patch.setattr(cli, "console", Console(width=300))
        return CliRunner().invoke(cli.main, arguments)


def command(root: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """Start `convwork` in a course directory, as a teacher does."""
    return subprocess.Popen(
        [BIN / "convwork", *arguments],
        cwd=root,
        env=environment(root) | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def environment(root: Path) -> dict[str, str]:
    return dict(os.environ) | {coursedir.ROOT_VARIABLE: str(root), "COLUMNS": "300"}


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for TMPDIR, with a path short enough for sockets; in the end it must be empty."""
    with tempfile.TemporaryDirectory(prefix="cw", dir="/tmp", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        yield folder
        wait_until(lambda: not list(folder.glob("convwork-*")), f"{folder} is cleared")


class Cluster:
    """A Dask scheduler and its workers, each a process of its own.

    To the workers, everything below `read_only` is read-only, where the machine lets a test
    arrange that.
    """

    def __init__(self, folder: Path, read_only: Path, nthreads: int) -> None:
        self._folder, self._read_only, self._nthreads = folder, read_only, nthreads
        self._processes: list[subprocess.Popen[bytes]] = []
        self._file = folder / "scheduler.json"
        self._start("scheduler", "--port", "0", "--no-dashboard")
        wait_until(self._file.exists, "the scheduler is up")
        self.address = str(json.loads(self._file.read_text())["address"])

    def add_worker(self, *options: str) -> psutil.Process:
        options += ("--nthreads", str(self._nthreads), "--no-dashboard", "--no-nanny")
        worker = self._start("worker", *options, "--local-directory", str(self._folder))
        return psutil.Process(worker.pid)

    @property
    def scheduler(self) -> int:
        """The process id of the scheduler."""
        return self._processes[0].pid

    def close(self) -> None:
        for process in reversed(self._processes):
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:  # a Dask worker may wait for ever for its tasks
                process.kill()
                process.wait()

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        dask = [str(BIN / "dask"), *arguments, "--scheduler-file", str(self._file)]
        prefix = _read_only_prefix(self._read_only) if arguments[0] == "worker" else []
        with (self._folder / f"{arguments[0]}{len(self._processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [*prefix, *dask],
                env=dict(os.environ) | {"TMPDIR": str(self._folder)},
                stdout=log,
                stderr=log,
            )
        self._processes.append(process)
        return process


def _read_only_prefix(folder: Path) -> list[str]:
    """What makes a folder read-only to a command; nothing where user namespaces are refused."""
    unshare = ["unshare", "--user", "--map-root-user", "--mount"]
    mount = f'mount --bind "{folder}" "{folder}" && mount -o remount,bind,ro "{folder}"'
    try:
        tried = subprocess.run([*unshare, "sh", "-c", mount], capture_output=True, check=False)
    except FileNotFoundError:
        return []
    if tried.returncode:
        return []
    return [*unshare, "sh", "-c", f'{mount} && exec "$@"', "sh"]


@contextmanager
def cluster(read_only: Path, workers: int, nthreads: int = 1) -> Iterator[Cluster]:
    """A cluster whose processes end with the context, and leave nothing behind."""
    with ExitStack() as stack:
        folder = stack.enter_context(temporary_folder())
        made = Cluster(folder, read_only, nthreads)
        stack.callback(made.close)
        for _ in range(workers):
            made.add_worker()
        yield made
