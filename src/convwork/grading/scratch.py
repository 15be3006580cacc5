"""Temporary folders that are cleared away even if this process is killed.

All of them lie in one folder. A shell holds the other end of a pipe, so it learns of this
process's end, whatever the way, and removes that folder.
"""

import atexit
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convwork.errors import ConvworkError

# What a kernel leaves may be closed even to its owner, and a kernel may be a moment from its end.
_CLEAR = """
cat
for turn in $(seq 100); do
    chmod -R u+rwX "$1"
    rm -rf "$1"
    [ -e "$1" ] || break
    sleep 0.2
done
"""

_lock = threading.Lock()
_homes: list[Path] = []


@contextmanager
def scratch_folder() -> Iterator[str]:
    """A temporary folder. Raises ConvworkError if there can be none."""
    try:
        with _lock:
            if not _homes:
                _homes.append(_make_home())
        folder = tempfile.mkdtemp(dir=_homes[0])
    except OSError as error:
        raise ConvworkError(
            f"{tempfile.gettempdir()}: no temporary folder can be made there ({error.strerror}); "
            "name another place in the variable TMPDIR"
        ) from error
    try:
        yield folder
    finally:
        _remove(folder)


def _remove(folder: str) -> None:
    """Unlike tempfile's own, it never opens what a link leads to (Python 3.11.7 does)."""
    shutil.rmtree(folder, ignore_errors=True)
    if os.path.lexists(folder):  # something in it is closed
        subprocess.run(["chmod", "-R", "u+rwX", folder], check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def _make_home() -> Path:
    home = Path(tempfile.mkdtemp(prefix="convwork-"))
    janitor = subprocess.Popen(
        ["/bin/sh", "-c", _CLEAR, "convwork-janitor", str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # an interrupt at the terminal is for the grader
    )
    atexit.register(janitor.communicate)
    return home
