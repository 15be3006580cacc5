"""Locks and temporary folders: what holds while a process lives, and goes when it ends."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from class_runs import wait_until

from convwork.errors import ConvworkError
from convwork.grading.locks import gradebook_lock, week_lock
from convwork.grading.scratch import scratch_folder


def test_a_week_is_graded_by_one_at_a_time(tmp_path: Path) -> None:
    with week_lock(tmp_path, "week1"):
        with (
            pytest.raises(ConvworkError, match=r"week1 is being graded already, by process \d+ on"),
            week_lock(tmp_path, "week1"),
        ):
            pass
        with week_lock(tmp_path, "week2"):
            pass
    with week_lock(tmp_path, "week1"):
        pass


def test_a_gradebook_is_entered_by_one_at_a_time(tmp_path: Path) -> None:
    """All others wait, which is tried here without waiting."""
    with gradebook_lock(tmp_path):
        (lock,) = tmp_path.iterdir()
        with lock.open() as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with gradebook_lock(tmp_path), gradebook_lock(tmp_path / ".."):
        pass


def test_a_temporary_folder_is_removed(tmp_path: Path) -> None:
    """With all that is in it, and nothing of what a link in it leads to."""
    (tmp_path / "kept").write_text("kept")
    with scratch_folder() as folder:
        (Path(folder) / "link").symlink_to(tmp_path)
        closed = Path(folder) / "closed"
        closed.mkdir()
        (closed / "file").write_text("x")
        closed.chmod(0)
    assert not Path(folder).exists()
    assert (tmp_path / "kept").read_text() == "kept"


def test_a_temporary_folder_goes_with_a_process_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, signal\nfrom convwork.grading.scratch import scratch_folder\n"
        "with scratch_folder() as folder:\n"
        "    print(folder, flush=True)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert ended.stdout.startswith(str(tmp_path)), ended.stderr
    wait_until(lambda: not [*tmp_path.iterdir()], "the folder is cleared", 30)
