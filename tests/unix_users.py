"""Commands run by other Unix users, for the tests; only root can do that."""

import os
import sys
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
            mkdir /mnt/python && mount --bind {python} /mnt/python
            mount -t tmpfs -o mode=755 none /root && mkdir -p {python}
            mount --move /mnt/python {python} && rmdir /mnt/python
        esac
        cd /mnt/{home}
        export HOME="$PWD"
        exec setpriv --reuid {uid} --regid {uid} --clear-groups "$@"
    """
    return ["unshare", "--mount", "sh", "-ec", prepare, "sh"]
