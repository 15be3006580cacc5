"""Namespaces: a root directory of its own, and no view of other processes or the network.

man 7 user_namespaces, mount_namespaces, pid_namespaces, network_namespaces; man 2 pivot_root,
mount_setattr. Constants as in <linux/sched.h> and <linux/mount.h>. Needs Linux 5.12 and
user namespaces for ordinary users, which some systems and most containers refuse.
"""

import os
import struct
from collections.abc import Iterable
from pathlib import Path

from convwork.grading import linux

CLONE_NEWNS = 0x00020000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NOSUID = 2
MS_NODEV = 4
MS_NOEXEC = 8
MS_RDONLY = 1
MS_BIND = 4096
MS_REC = 16384
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

AT_FDCWD = -100
AT_RECURSIVE = 0x8000
MOUNT_ATTR_RDONLY = 0x1
MOUNT_ATTR_NOSUID = 0x2
MOUNT_ATTR_NODEV = 0x4
_READ_ONLY = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV

DEVICES = ("null", "zero", "full", "random", "urandom")


def enter() -> None:
    """Puts this process into new user, mount, network and ipc namespaces.

    It stays the same user; the capabilities that it gets count inside only.
    """
    user, group = os.getuid(), os.getgid()
    linux.call("unshare", CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    mount(None, Path("/"), flags=MS_REC | MS_PRIVATE)


def new_process_ids() -> None:
    """The next child is process 1 of a new pid namespace; when it ends, so do all in it."""
    linux.call("unshare", CLONE_NEWPID)


def mount(
    source: Path | None,
    target: Path,
    kind: str | None = None,
    flags: int = 0,
    options: str | None = None,
) -> None:
    """man 2 mount."""
    linux.call(
        "mount",
        os.fsencode(source) if source else None,
        os.fsencode(target),
        kind.encode() if kind else None,
        flags,
        options.encode() if options else None,
    )


def mount_tmpfs(target: Path, size: int, mode: str = "0700") -> None:
    """An empty file system in memory that holds at most `size` bytes."""
    mount(None, target, "tmpfs", MS_NOSUID | MS_NODEV, f"size={size},nr_inodes=16384,mode={mode}")


def mount_proc(target: Path) -> None:
    """The processes of this pid namespace.

    Read-only, since user 0 may write kernel settings below /proc/sys without a capability.
    """
    mount(None, target, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY)


def protect(target: Path, attributes: int = _READ_ONLY, flags: int = AT_RECURSIVE) -> None:
    """Sets attributes of a mount and, unless flags is 0, of the mounts below it."""
    structure = struct.pack("=QQQQ", attributes, 0, 0, 0)  # struct mount_attr
    linux.call("mount_setattr", AT_FDCWD, os.fsencode(target), flags, structure, len(structure))


def change_root(
    scratch: Path, readable: Iterable[Path], *, memory_files: int, own_processes: bool
) -> None:
    """Replaces the root directory by one that holds nothing but what is allowed.

    The new root is a tmpfs. `readable` paths are bound in it read-only and `scratch`
    writable, each at its own place; the old root is detached. /tmp and /dev/shm are
    private and hold `memory_files` bytes each.
    """
    links, places = _layout([*readable, scratch])
    scratch = scratch.resolve()
    places.discard(scratch)
    mount_tmpfs(scratch, 1 << 20, mode="0755")  # as good a mount point as any
    old = Path("/.old")
    (scratch / ".old").mkdir()
    linux.call("pivot_root", os.fsencode(scratch), os.fsencode(scratch / ".old"))
    os.chdir("/")
    _make_devices(old, memory_files)
    _make_proc(old, own_processes)
    Path("/tmp").mkdir()
    mount_tmpfs(Path("/tmp"), memory_files)
    for place in sorted(places):
        if not place.exists():  # else it lies in a tree that is bound already
            _bind(old, place, _READ_ONLY)
    _bind(old, scratch, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV)
    for link, goal in links.items():
        if not os.path.lexists(link):
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(goal)
    linux.call("umount2", os.fsencode(old), MNT_DETACH)
    old.rmdir()
    protect(Path("/"), flags=0)


def _layout(paths: Iterable[Path]) -> tuple[dict[Path, Path], set[Path]]:
    """The symbolic links that lie on the way to the paths, and where the paths end."""
    links: dict[Path, Path] = {}
    places: set[Path] = set()
    todo = list(paths)
    while todo:
        path = todo.pop()
        for step in [*reversed(path.parents), path]:
            if step.is_symlink():
                links[step] = step.readlink()
                todo.append(step.parent / links[step] / path.relative_to(step))
                break
        else:
            if path.exists():
                places.add(path.resolve())
    return links, places


def _bind(old: Path, place: Path, attributes: int) -> None:
    source = old / place.relative_to("/")
    if source.is_dir():
        place.mkdir(parents=True, exist_ok=True)
    else:
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    mount(source, place, flags=MS_BIND | MS_REC)
    protect(place, attributes)


def _make_devices(old: Path, memory_files: int) -> None:
    shared_memory = Path("/dev/shm")
    shared_memory.mkdir(parents=True)
    mount_tmpfs(shared_memory, memory_files)
    for name in DEVICES:
        _bind(old, Path("/dev") / name, MOUNT_ATTR_NOSUID)
    Path("/dev/fd").symlink_to("/proc/self/fd")
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        Path("/dev", name).symlink_to(f"/proc/self/fd/{number}")


def _make_proc(old: Path, own_processes: bool) -> None:
    target = Path("/proc")
    if own_processes:
        target.mkdir()
        mount_proc(target)
    else:
        # The outer /proc shows that other processes exist; their memory, files and
        # environment stay closed, because they belong to another user namespace.
        _bind(old, target, _READ_ONLY)
