"""The warm parent: a process that has imported what notebooks import, and forks kernels.

    python -P -m convwork.grading.warm_parent REQUESTS MODULE...

It is started by `provisioner.py`, with a kernel's clean environment. REQUESTS is the descriptor
of a socket that no kernel can reach. Each message on it asks for one kernel: the arguments of
`confined_kernel` and the working directory as JSON, and one end of a socket pair, the kernel's
line. On it go back the kernel's process id and, at the end, its exit status; when the other end
closes, the kernel is killed. When REQUESTS closes, all are.

What is imported here is shared by all kernels, so nothing here may be a secret, and no
TensorFlow operation may run: its threads would not survive a fork.
"""

import contextlib
import fcntl
import gc
import importlib
import json
import os
import random
import select
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from convwork.grading.confine import LOG, probe_layers
from convwork.grading.confined_kernel import become_kernel

_OF_EVERY_KERNEL = (
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "convwork.answers",
)
_LONGEST_REQUEST = 1 << 16
_WITH_RANDOM_STATE = ("numpy",)


def main() -> None:
    """Imports, then serves until the grader is gone."""
    requests = socket.socket(fileno=int(sys.argv[1]))
    environment = dict(os.environ)  # before a module adds to it
    with _ended_with_the_grader(requests):
        for module in (*_OF_EVERY_KERNEL, *sys.argv[2:]):
            with contextlib.suppress(Exception):  # then a kernel will say so, in the cell that asks
                importlib.import_module(module)
            if len([*Path("/proc/self/task").iterdir()]) > 1:
                _restart_without(module, environment)
    machine = probe_layers()
    gc.collect()
    gc.freeze()  # a collection in a child would copy every page that is shared now
    _Parent(requests, machine).serve()


@contextlib.contextmanager
def _ended_with_the_grader(requests: socket.socket) -> Iterator[None]:
    """End at once if the grader does: an import may write to what was cleared after its end."""
    poll = select.poll()
    poll.register(requests, 0)  # a hang-up is always told

    def look(*_: object) -> None:
        if poll.poll(0):
            os._exit(1)

    signal.signal(signal.SIGIO, look)
    flags = fcntl.fcntl(requests, fcntl.F_GETFL)
    fcntl.fcntl(requests, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(requests, fcntl.F_SETFL, flags | os.O_ASYNC)
    look()
    yield
    fcntl.fcntl(requests, fcntl.F_SETFL, flags)
    signal.signal(signal.SIGIO, signal.SIG_DFL)


def _restart_without(module: str, environment: Mapping[str, str]) -> NoReturn:
    """Leave to the kernels a module that starts threads: no fork can have them."""
    signal.signal(signal.SIGIO, signal.SIG_IGN)  # until the new one looks
    arguments = [argument for argument in sys.orig_argv[1:] if argument != module]
    os.execve(sys.executable, [sys.executable, *arguments], environment)


class _Parent:
    """The loop over requests, lines that close, and kernels that end."""

    def __init__(self, requests: socket.socket, machine: Mapping[str, str | None]) -> None:
        self._requests = requests
        self._machine = machine
        self._selector = selectors.DefaultSelector()
        self._living: set[int] = set()

    def serve(self) -> None:
        self._selector.register(self._requests, selectors.EVENT_READ, self._take_request)
        while self._selector.get_map().get(self._requests):
            for key, _ in self._selector.select():
                key.data()
        for pid in self._living:
            _kill(pid)

    def _take_request(self) -> None:
        data, descriptors, _, _ = socket.recv_fds(self._requests, _LONGEST_REQUEST, 1)
        if not data:
            self._selector.unregister(self._requests)
            return
        line = socket.socket(fileno=descriptors[0])
        request = json.loads(data)
        pid = os.fork()
        if pid == 0:
            _become_kernel(request["arguments"], request["directory"], self._machine)
        self._living.add(pid)
        ended = os.pidfd_open(pid)
        self._selector.register(ended, selectors.EVENT_READ, lambda: self._bury(pid, ended, line))
        self._selector.register(line, selectors.EVENT_READ, lambda: self._hang_up(pid, line))
        _tell(line, {"pid": pid})

    def _hang_up(self, pid: int, line: socket.socket) -> None:
        self._selector.unregister(line)
        _kill(pid)

    def _bury(self, pid: int, ended: int, line: socket.socket) -> None:
        self._living.remove(pid)
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self._selector.unregister(ended)
        os.close(ended)
        if line in self._selector.get_map():
            self._selector.unregister(line)
        _tell(line, {"status": status})
        line.close()


def _become_kernel(
    arguments: Sequence[str], directory: str, machine: Mapping[str, str | None]
) -> NoReturn:
    """The child's whole life. Whatever it has to say goes to the log in its scratch directory."""
    status = 1
    try:
        os.chdir(directory)
        scratch = Path(arguments[arguments.index("--scratch") + 1])
        log = os.open(scratch / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(log, 1)
        os.dup2(log, 2)
        _draw_anew()
        become_kernel(arguments, machine)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _draw_anew() -> None:
    """Otherwise all kernels would draw the same random numbers."""
    random.seed()
    for module in _WITH_RANDOM_STATE:
        if module in sys.modules:
            sys.modules[module].random.seed()


def _kill(pid: int) -> None:
    """A kernel's first process leads the group of all; before it does, it is alone."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError):
            kill(pid, signal.SIGKILL)


def _tell(line: socket.socket, message: dict[str, Any]) -> None:
    with contextlib.suppress(OSError):  # nobody listens any more
        line.send(json.dumps(message).encode())


if __name__ == "__main__":
    main()
