"""jupyter_client's way to kernels from a warm parent: forked in a moment, not started.

A kernel spec names it by `{"kernel_provisioner": {"provisioner_name": "convwork-warm"}}`, with
`confined_kernel.kernel_command` as its command.
"""

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner
from traitlets import List, Unicode

from convwork.errors import ConvworkError
from convwork.grading.confine import clean_environment
from convwork.grading.scratch import scratch_folder

WARM = "convwork-warm"
MODULE = "convwork.grading.confined_kernel"
_LONGEST_MESSAGE = 1 << 12
_POLL = 0.005


class WarmParentError(ConvworkError):
    """There is no warm parent, and the message says why."""


class WarmProvisioner(LocalProvisioner):  # type: ignore[misc]
    """Has a warm parent fork what the kernel's command would start."""

    process: "ForkedKernel | None"
    preload = List(Unicode(), help="What the parent is to import before it forks").tag(config=True)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel; `cmd` is that of `kernel_command`."""
        arguments = cmd[cmd.index(MODULE) + 1 :]
        directory = Path(kwargs["cwd"])
        try:
            parent = warm_parent(self.preload, kwargs["env"])
            self.process = ForkedKernel(parent, arguments, directory)
        except WarmParentError:  # it was killed just now; if not by chance, a new one says so
            parent = warm_parent(self.preload, kwargs["env"], instead_of=parent)
            self.process = ForkedKernel(parent, arguments, directory)
        self.pid = self.process.pid
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """End the kernel, whatever the signal: interrupts go by message."""
        if self.process and signum in (signal.SIGKILL, signal.SIGTERM):
            self.process.kill()

    async def wait(self) -> int | None:
        """Wait for the end, more often than every 0.1 seconds as the inherited one does."""
        while self.process and self.process.poll() is None:
            await asyncio.sleep(_POLL)
        status = self.process.poll() if self.process else 0
        self.process = None
        return status


class ForkedKernel:
    """A kernel that a warm parent forked: of Popen, what a provisioner needs."""

    stdin = stdout = stderr = None

    def __init__(self, parent: "WarmParent", arguments: Sequence[str], directory: Path) -> None:
        self._parent = parent  # which ends when nobody needs it any more
        self.returncode: int | None = None
        self._line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            parent.send({"arguments": [*arguments], "directory": str(directory)}, theirs)
        self.pid = int(self._receive().get("pid", 0))
        if not self.pid:
            self._line.close()
            raise WarmParentError(parent.reason())

    def poll(self) -> int | None:
        """The exit status; None while the kernel lives. A lost parent counts as its end."""
        if self.returncode is None:
            self._line.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                self.returncode = self._receive().get("status", -signal.SIGKILL)
                self._line.close()
        return self.returncode

    def kill(self) -> None:
        """End the kernel and all its processes."""
        if self.returncode is None:
            self._line.shutdown(socket.SHUT_WR)

    def _receive(self) -> dict[str, Any]:
        try:
            data = self._line.recv(_LONGEST_MESSAGE)
        except ConnectionError:
            data = b""
        return dict(json.loads(data)) if data else {}


class WarmParent:
    """The process of `warm_parent.py`; it and its kernels end with this one, whatever happens."""

    def __init__(self, preloaded: Iterable[str], environment: Mapping[str, str]) -> None:
        self.preloaded = frozenset(preloaded)
        self._requests, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._leftovers = contextlib.ExitStack()
        home = Path(self._leftovers.enter_context(scratch_folder()))
        self._log = home / "log"
        command = [sys.executable, "-P", "-m", "convwork.grading.warm_parent"]
        with theirs, self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [*command, str(theirs.fileno()), *sorted(self.preloaded)],
                pass_fds=[theirs.fileno()],
                env=clean_environment(home, environment),
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # an interrupt at the terminal is for the grader
            )

    def __del__(self) -> None:
        self._requests.close()
        self._process.wait()
        self._leftovers.close()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def send(self, request: dict[str, Any], line: socket.socket) -> None:
        """Ask for a kernel. Raises WarmParentError if the parent is gone."""
        try:
            socket.send_fds(self._requests, [json.dumps(request).encode()], [line.fileno()])
        except ConnectionError as error:
            raise WarmParentError(self.reason()) from error

    def reason(self) -> str:
        """Why there is no kernel, in one line."""
        said = self._log.read_text(errors="replace").strip().splitlines()[-1:]
        return f"the warm parent of the kernels ended: {' '.join(said) or 'it was killed'}"


_lock = threading.Lock()
_parents: list[WarmParent] = []


def warm_parent(
    preload: Iterable[str], environment: Mapping[str, str], instead_of: WarmParent | None = None
) -> WarmParent:
    """A parent that has imported `preload`.

    One serves all kernels of this process; it is replaced if it is gone or lacks a module, or
    if it is the one that is not to be had.
    """
    wanted = frozenset(preload)
    with _lock:
        last = _parents[0] if _parents else None
        if last and last is not instead_of and last.alive and wanted <= last.preloaded:
            return last
        known = last.preloaded if last else frozenset()
        _parents[:] = [WarmParent(wanted | known, environment)]
        return _parents[0]
