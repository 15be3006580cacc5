"""Commands run by other Unix users, for the tests; only root can do that."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

needs_root = pytest.mark.skipif(
    sys.platform != "linux" or os.getuid() != 0, reason="only root can become another user"
)


def as_user(uid: int, folder: Path, home: str = ".") -> list[str]:
    """What to put before a command: the user who runs it, and a home within `folder`.

    The folder is mounted where nobody can close the folders above it; a file `passwd` in it
    takes the place of the machine's. Python may lie in /root.
    """
    python = sys.base_prefix
    prepare = f"""
        mount --bind {folder} /mnt
        test ! -f /mnt/passwd || mount --bind /mnt/passwd /etc/passwd
        case {python} in /root/*)
            mount --bind {python} /media
            mount -t tmpfs -o mode=755 none /root && mkdir -p {python}
            mount --move /media {python}
        esac
        cd /mnt/{home}
        export HOME="$PWD"
        exec setpriv --reuid {uid} --regid {uid} --clear-groups "$@"
    """
    return ["unshare", "--mount", "sh", "-ec", prepare, "sh"]


# nbgrader takes seconds to import: once for each user, then a fork for each command.
NBGRADER = """
import json, os, sys
from nbgrader.apps.nbgraderapp import main
for line in sys.stdin:
    sys.argv = ["nbgrader", *json.loads(line)]
    reader, writer = os.pipe()
    if not (child := os.fork()):
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        os.close(writer)
        sys.exit(main())
    os.close(writer)
    with open(reader, errors="replace") as pipe:
        said = pipe.read()
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([code, said]), flush=True)
"""


class Prompt:
    """Where a user types nbgrader's commands."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def nbgrader(self, *arguments: str) -> tuple[int, str]:
        """The exit code, and what was said."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None and stdout is not None
        stdin.write(json.dumps(arguments) + "\n")
        stdin.flush()
        code, said = json.loads(stdout.readline())
        return code, said


@contextmanager
def prompt(user: list[str], **variables: str) -> Iterator[Prompt]:
    """A prompt of somebody as whom `as_user` runs commands."""
    with subprocess.Popen(
        [*user, sys.executable, "-c", NBGRADER],
        env=os.environ | variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield Prompt(process)
