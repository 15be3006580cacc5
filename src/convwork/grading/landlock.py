"""Landlock: the kernel refuses files, signals and ports that no rule allows.

https://docs.kernel.org/userspace-api/landlock.html; constants as in <linux/landlock.h>.
Works without privileges and inside containers, from Linux 5.13 (ABI 1).

What it does not see, up to ABI 7: stat, chdir, chmod, chown, utime, xattr, flock, inotify, and
connecting to a unix socket by its path. `seccomp.py` closes the dangerous ones of these
where no mount namespace hides the files themselves.
"""

import os
import struct
from collections.abc import Iterable
from pathlib import Path

from convwork.grading import linux

LANDLOCK_CREATE_RULESET_VERSION = 1
LANDLOCK_RULE_PATH_BENEATH = 1

LANDLOCK_ACCESS_FS_EXECUTE = 1 << 0
LANDLOCK_ACCESS_FS_WRITE_FILE = 1 << 1
LANDLOCK_ACCESS_FS_READ_FILE = 1 << 2
LANDLOCK_ACCESS_FS_READ_DIR = 1 << 3
LANDLOCK_ACCESS_FS_MAKE_CHAR = 1 << 6
LANDLOCK_ACCESS_FS_MAKE_BLOCK = 1 << 11
LANDLOCK_ACCESS_FS_TRUNCATE = 1 << 14
LANDLOCK_ACCESS_FS_IOCTL_DEV = 1 << 15

LANDLOCK_ACCESS_NET_BIND_TCP = 1 << 0
LANDLOCK_ACCESS_NET_CONNECT_TCP = 1 << 1

LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 1 << 0
LANDLOCK_SCOPE_SIGNAL = 1 << 1

ABI_TRUNCATE = 3
ABI_NETWORK = 4
ABI_IOCTL = 5
ABI_SCOPE = 6

_READ = LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR
_ONLY_FOR_FILES = (
    LANDLOCK_ACCESS_FS_EXECUTE
    | LANDLOCK_ACCESS_FS_WRITE_FILE
    | LANDLOCK_ACCESS_FS_READ_FILE
    | LANDLOCK_ACCESS_FS_TRUNCATE
    | LANDLOCK_ACCESS_FS_IOCTL_DEV
)
_NEVER = LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_BLOCK | LANDLOCK_ACCESS_FS_IOCTL_DEV


def abi() -> int:
    """The version of Landlock that the running kernel offers; raises OSError for none."""
    return linux.call("landlock_create_ruleset", None, 0, LANDLOCK_CREATE_RULESET_VERSION)


def _handled(version: int) -> int:
    """Every right on files that this version knows: what is handled is denied by default."""
    newest = {1: 12, 2: 13, 3: 14, 4: 14}.get(version, 15)
    return (1 << newest + 1) - 1


def restrict(readable: Iterable[Path], writable: Iterable[Path], *, scope: bool) -> None:
    """Confines this thread and all that it starts: the paths below, no TCP, nobody else.

    readable, writable: trees or files; those that do not exist are passed over.
    scope: no signal and no abstract unix socket may leave the sandbox (ABI 6).
    Needs no_new_privs, and a process with one thread.
    """
    version = abi()
    handled = _handled(version)
    attributes = struct.pack(
        "=QQQ",
        handled,
        LANDLOCK_ACCESS_NET_BIND_TCP | LANDLOCK_ACCESS_NET_CONNECT_TCP,
        LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | LANDLOCK_SCOPE_SIGNAL if scope else 0,
    )
    size = 24 if version >= ABI_SCOPE else 16 if version >= ABI_NETWORK else 8
    ruleset = linux.call("landlock_create_ruleset", attributes[:size], size, 0)
    try:
        for paths, rights in ((readable, _READ), (writable, handled & ~_NEVER)):
            for path in paths:
                _allow(ruleset, path, rights)
        linux.call("landlock_restrict_self", ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not path.is_dir():
            rights &= _ONLY_FOR_FILES
        rule = struct.pack("=Qi", rights, descriptor)  # struct landlock_path_beneath_attr
        linux.call("landlock_add_rule", ruleset, LANDLOCK_RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
