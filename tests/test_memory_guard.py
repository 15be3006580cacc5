"""The memory guard on plain processes: what takes too much is ended, with all that it started."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from convwork.grading.memory_guard import MemoryGuard

MEGABYTE = 1 << 20
WAIT = "\nimport time\ntime.sleep(60)"


def reason(scratch: Path, code: str, **limits: Any) -> str:
    """Why the guard ends a program, which it must; it watches all but the first process."""
    command = ["sh", "-c", '"$0" -c "$1"; true', sys.executable, code + WAIT]
    with subprocess.Popen(command, cwd=scratch, start_new_session=True) as process:
        usual = {"memory": 200 * MEGABYTE, "disk": 100 * MEGABYTE, "processes": 6}
        with MemoryGuard(process.pid, scratch, **(usual | limits), interval=0.02) as guard:
            try:
                assert process.wait(10) == -9
            finally:
                process.kill()
        return str(guard.reason)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("hog = b'x' * (300 << 20)", "it used more than 200 MB of memory"),
        (
            "import subprocess\nten = [subprocess.Popen(['sleep', '5']) for _ in range(10)]",
            "it started more than 6 processes",
        ),
        ("open('large', 'wb').write(bytes(150 << 20))", "it wrote more than 100 MB of files"),
        (
            "import os\nfile = open('gone', 'wb')\nos.remove('gone')\nfile.write(bytes(150 << 20))",
            "it wrote more than 100 MB of files",
        ),
        (
            "import os\nfor n in range(30000): os.link('one', str(n)) if n else open('one', 'w')",
            "it wrote more than 100 MB of files",
        ),
    ],
    ids=["memory", "processes", "a file", "a deleted file", "many names"],
)
def test_what_takes_too_much_is_ended(tmp_path: Path, code: str, why: str) -> None:
    assert reason(tmp_path, code) == why


def test_what_sends_the_grader_too_much_is_ended(tmp_path: Path) -> None:
    """As seen by the grader, whose memory this is."""
    assert "sent the grader more than it can hold" in reason(tmp_path, "", own=-(1 << 40))


def test_what_cannot_be_watched_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def blind(folder: Path) -> int:
        raise ValueError("the disk is on fire")

    monkeypatch.setattr("convwork.grading.memory_guard._files", blind)
    assert reason(tmp_path, "") == "it could not be watched (the disk is on fire)"
