"""Locks on a course, between processes; one that ends, in whatever way, lets go of them."""

import fcntl
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from convwork.errors import ConvworkError


@contextmanager
def week_lock(root: Path, week: str) -> Iterator[None]:
    """One grading of a week at a time: another would take its half for what a stopped run left.

    Raises ConvworkError, which says who holds it.
    """
    path = root / f".convwork_{week}.lock"
    try:
        with path.open("a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            file.truncate(0)
            file.write(f"process {os.getpid()} on {socket.gethostname()} since {time.ctime()}")
            file.flush()
            yield
    except BlockingIOError as error:
        raise ConvworkError(
            f"{week} is being graded already, by {path.read_text() or 'another process'}; "
            "wait for its end, or stop it"
        ) from error


@contextmanager
def gradebook_lock(root: Path) -> Iterator[None]:
    """Wait until nobody else enters a week: in a new gradebook, only one may make the tables."""
    with (root / ".convwork_gradebook.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
