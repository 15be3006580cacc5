"""Watches a kernel from the trusted process, and kills it when it takes too much."""

import contextlib
import os
import signal
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

_BLOCK = 4096
_SCRATCH_EVERY = 5  # looks at the processes between two looks at the disk


class _HiddenError(Exception):
    """Something of the kernel's cannot be looked at; the message says what."""


class MemoryGuard:
    """A context in which a kernel's processes together stay within limits.

    pid: the kernel's first process, the stub of `confine`, which leads its process group.
    scratch: its scratch directory.
    memory, disk: bytes in all processes together, and bytes in scratch, with files that are
        deleted but still open. processes: their greatest number.
    own: bytes by which this process may grow meanwhile: what a kernel sends waits here.
    reason: why the kernel was killed, for the student; None if it was not.
    """

    def __init__(
        self,
        pid: int,
        scratch: Path,
        *,
        memory: int = 2500 << 20,
        own: int = 600 << 20,
        disk: int = 1 << 30,
        processes: int = 64,
        interval: float = 0.2,
    ) -> None:
        self.reason: str | None = None
        self._pid = pid
        self._scratch = scratch
        self._memory, self._disk, self._processes = memory, disk, processes
        self._greatest_own = psutil.Process().memory_info().rss + own
        self._interval = interval
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="memory guard", daemon=True)

    def start(self) -> None:
        """Begin to watch, in a thread of its own."""
        self._thread.start()

    def stop(self) -> None:
        """End the watch; `reason` stays."""
        self._stop.set()
        self._thread.join()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    def _watch(self) -> None:
        try:
            root = psutil.Process(self._pid)
        except psutil.NoSuchProcess:
            return
        looks = 0
        while not self._stop.wait(self._interval):
            try:
                self.reason = self._excess(root, look_at_disk=looks % _SCRATCH_EVERY == 0)
            except psutil.NoSuchProcess:
                return
            except Exception as error:  # what cannot be watched does not run
                self.reason = f"it could not be watched ({error})"
            if self.reason:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._pid, signal.SIGKILL)
                return
            looks += 1

    def _excess(self, root: psutil.Process, *, look_at_disk: bool) -> str | None:
        if psutil.Process().memory_info().rss > self._greatest_own:
            return "it, or another at the same time, sent the grader more than it can hold"
        found = [process.pid for process in (root, *root.children(recursive=True))]
        if len(found) > self._processes:
            return f"it started more than {self._processes} processes"
        tree = [pid for pid in found if not _is_stub(pid, root.pid)]
        try:
            if _sum(_resident, tree) > self._memory and _sum(_proportional, tree) > self._memory:
                return f"it used more than {_in_words(self._memory)} of memory"
            if look_at_disk and _files(self._scratch) + _sum(_deleted_files, tree) > self._disk:
                return f"it wrote more than {_in_words(self._disk)} of files"
        except _HiddenError as hidden:
            return f"it hid {hidden} from the grader"
        return None


def _in_words(size: int) -> str:
    return f"{size / (1 << 30):.2g} GB" if size >= 1 << 30 else f"{size >> 20} MB"


def _sum(measure: Callable[[int], int], pids: list[int]) -> int:
    total = 0
    for pid in pids:
        try:
            total += measure(pid)
        except PermissionError as error:
            if _has_memory(pid):
                raise _HiddenError("a process") from error
        except OSError:  # it has ended
            continue
    return total


def _is_stub(pid: int, root: int) -> bool:
    """Whether a process is one of `confine`'s own: the first, or process 1 inside.

    They are closed to ordinary users, and hold nothing but what they share with the others.
    """
    if pid == root:
        return True
    facts = _status(pid)
    inside = facts.get("NSpid", "").split()[1:]
    return facts.get("PPid") == str(root) and inside[-1:] == ["1"]


def _has_memory(pid: int) -> bool:
    """Whether a process still runs: one that has ended is closed to ordinary users, too."""
    return "VmSize" in _status(pid)


def _status(pid: int) -> dict[str, str]:
    """What /proc tells everybody of a process; nothing if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(errors="replace").splitlines()
    except OSError:
        return {}
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _resident(pid: int) -> int:
    """Bytes that are not read from files: cheap, but memory shared after a fork counts twice."""
    return _kilobytes(f"/proc/{pid}/status", ("RssAnon:", "RssShmem:", "VmSwap:"))


def _proportional(pid: int) -> int:
    """The same, with shared pages divided among those who share them: exact, but slow."""
    return _kilobytes(f"/proc/{pid}/smaps_rollup", ("Pss_Anon:", "Pss_Shmem:", "SwapPss:"))


def _kilobytes(path: str, names: tuple[str, ...]) -> int:
    with Path(path).open() as lines:
        return sum(int(line.split()[1]) << 10 for line in lines if line.startswith(names))


def _files(folder: Path) -> int:
    """Bytes on the disk below a folder, a block for each name; links are not followed."""
    total = 0
    todo = [os.fspath(folder)]
    while todo:
        try:
            with os.scandir(todo.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        todo.append(entry.path)
                    with contextlib.suppress(FileNotFoundError):
                        total += _BLOCK + entry.stat(follow_symlinks=False).st_blocks * 512
        except (FileNotFoundError, NotADirectoryError):  # it was removed meanwhile
            continue
        except OSError as error:  # closed, or deeper than a path may be long
            raise _HiddenError("files") from error
    return total


def _deleted_files(pid: int) -> int:
    """Bytes of regular files that a process holds open after their names are gone."""
    total = 0
    for descriptor in os.scandir(f"/proc/{pid}/fd"):
        with contextlib.suppress(OSError):
            found = descriptor.stat()
            if stat.S_ISREG(found.st_mode) and found.st_nlink == 0:
                total += found.st_blocks * 512
    return total
