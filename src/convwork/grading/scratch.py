"""Temporary folders that are cleared away even if this process is killed.

All of them lie in one folder. A shell holds the other end of a pipe, so it learns of this
process's end, whatever the way, and removes that folder.
"""

import atexit
import subprocess
import tempfile
import threading
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


def scratch_folder() -> tempfile.TemporaryDirectory[str]:
    """A temporary folder, to be used as a context or to be cleaned up by hand.

    Raises ConvworkError if there can be none.
    """
    try:
        with _lock:
            if not _homes:
                _homes.append(_make_home())
        return tempfile.TemporaryDirectory(dir=_homes[0], ignore_cleanup_errors=True)
    except OSError as error:
        raise ConvworkError(
            f"{tempfile.gettempdir()}: no temporary folder can be made there ({error.strerror}); "
            "name another place in the variable TMPDIR"
        ) from error


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
