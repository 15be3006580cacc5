"""The sandbox: a process confines itself, for good, before it runs a student's code.

`confine` stacks layers that need no privilege, no system package and no library:

- namespaces: a root directory with nothing but what is allowed, no network, own ipc objects;
- a pid namespace: no other process in sight, and all end together;
- Landlock: the same list of files again, no TCP, no signal to the outside;
- seccomp: no sockets but unix ones, no debugging, mounts, keys, io_uring and the like;
- resource limits, no capabilities, no_new_privs, a short environment, no open files.

Not every machine has every layer. What must hold is the floor (`missing_guarantees`): files
confined, network denied, other processes out of reach, time and memory bounded. If the floor
cannot be made, or a layer that the machine has cannot be set up, `confine` raises.

Where only Landlock and seccomp are to be had, the floor costs convenience: nothing can
connect to a unix socket, /dev/shm and /tmp are closed (so multiprocessing's locks, pools and
queues fail), chmod and utime do nothing, and a file's existence, size and times stay visible.
With a Landlock older than version 6, a process cannot even signal its own children.

Memory, processes and disk are watched from outside: see `memory_guard.py`.
"""

import contextlib
import os
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import convwork
from convwork.coursedir import GRADING_VARIABLE
from convwork.errors import ConvworkError
from convwork.grading import landlock, linux, namespaces, seccomp

NAMESPACES = "namespaces"
PROCESS_IDS = "pid namespace"
LANDLOCK = "landlock"
LANDLOCK_SCOPE = "landlock scope"
SECCOMP = "seccomp"
LAYERS = (NAMESPACES, PROCESS_IDS, LANDLOCK, LANDLOCK_SCOPE, SECCOMP)

# Folders of a scratch directory, and the environment variables that lead there.
WORK, HOME, TEMPORARY = "work", "home", "tmp"
LOG = "kernel.log"

# fmt: off
_SYSTEM = (
    "/bin", "/lib", "/lib64",
    "/usr/bin", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/libexec", "/usr/share",
    "/usr/local/bin", "/usr/local/lib", "/usr/local/share",
    "/etc/alternatives", "/etc/fonts", "/etc/group", "/etc/inputrc", "/etc/ld.so.cache",
    "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime", "/etc/magic", "/etc/mime.types",
    "/etc/nsswitch.conf", "/etc/passwd", "/etc/pki/tls/certs", "/etc/ssl/certs",
    "/etc/ssl/openssl.cnf", "/etc/timezone",
    "/sys/devices/system/cpu", "/sys/devices/system/node",
)
_OF_PYTHON = ("bin", "lib", "lib64", "share", "etc", "pyvenv.cfg")
# Where the outer /proc is in sight: itself, and facts about the machine.
_OF_PROC = (
    "self", "cpuinfo", "meminfo", "stat", "uptime", "loadavg", "version", "filesystems",
    "sys/kernel", "sys/vm", "sys/fs",
)
_KEPT_VARIABLES = frozenset((
    "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH",
    "PYTHONHASHSEED", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONWARNINGS",
    "MPLBACKEND", "KERAS_BACKEND", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "TF_ENABLE_ONEDNN_OPTS",
    "TF_DETERMINISTIC_OPS", "XLA_FLAGS",
    GRADING_VARIABLE,
))
# fmt: on
_SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin"


class ConfinementError(ConvworkError):
    """No student's code may run: the sandbox lacks something, and the message says what."""


@dataclass(frozen=True)
class Limits:
    """What one process, or one file, may use (man 2 getrlimit).

    file_bytes: the size of a file.
    memory_files: bytes in /tmp, and bytes in /dev/shm.
    data_bytes: private memory of one process; an array beyond it is a MemoryError.
    open_files, tasks: descriptors of a process; processes and threads of the sandbox.
    cpu_seconds: a last resort, for a process that the grader has lost.
    """

    file_bytes: int = 256 << 20
    memory_files: int = 128 << 20
    data_bytes: int = 8 << 30
    open_files: int = 512
    tasks: int = 2048
    cpu_seconds: int = 3600


def runtime_paths() -> list[Path]:
    """What a kernel has to read: the system's libraries, Python, convwork and its data.

    Of Python's prefix only the folders that belong to Python: it may be a course directory.
    """
    package = Path(convwork.__file__).resolve().parent
    prefixes = (sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix)
    paths = [Path(name) for name in _SYSTEM]
    paths += [Path(prefix, name) for prefix in prefixes for name in _OF_PYTHON]
    paths += [Path(p) for p in sys.path if Path(p).name in ("site-packages", "dist-packages")]
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    paths += [Path(folder) for folder in libraries if folder.startswith("/")]
    if package.parent.name == "src":  # an editable install, whose data lie in the repository
        paths += [package.parent, package.parent.parent / "datasets"]
    return [path for path in dict.fromkeys(paths) if path.exists()]


def clean_environment(scratch: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The environment of a kernel: nothing is taken over but a short list of settings."""
    home = scratch / HOME
    kept = {name: value for name, value in environment.items() if name in _KEPT_VARIABLES}
    return kept | {
        "PATH": f"{Path(sys.executable).parent}:{_SEARCH_PATH}",
        "HOME": str(home),
        "TMPDIR": str(scratch / TEMPORARY),
        "IPYTHONDIR": str(home / ".ipython"),
        "JUPYTER_CONFIG_DIR": str(home / ".jupyter"),
        "JUPYTER_RUNTIME_DIR": str(scratch / TEMPORARY),
        "MPLCONFIGDIR": str(home / ".config/matplotlib"),
        "XDG_CACHE_HOME": str(home / ".cache"),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "KERAS_HOME": str(home / ".keras"),
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "CUDA_VISIBLE_DEVICES": "-1",  # no graphics card: the same grade on every machine
        # A lock on a data set, which all kernels may read, would stop the others.
        "HDF5_USE_FILE_LOCKING": "FALSE",
    }


def probe_layers() -> dict[str, str | None]:
    """For each layer: None if this machine gives it, otherwise why not.

    Namespaces are tried in a child, since a process cannot leave them again.
    """
    if sys.platform != "linux":
        return dict.fromkeys(LAYERS, "needs Linux")
    found: dict[str, str | None] = dict.fromkeys(LAYERS, "refused")
    found.update(_probe_landlock())
    found[SECCOMP] = None if seccomp.available() else "the kernel has no seccomp filters"
    found.update(_probe_namespaces())
    return found


def _probe_landlock() -> dict[str, str | None]:
    try:
        version = landlock.abi()
    except OSError as error:
        return dict.fromkeys((LANDLOCK, LANDLOCK_SCOPE), str(error))
    old = None if version >= landlock.ABI_SCOPE else f"Landlock's version is {version}, not 6"
    return {LANDLOCK: None, LANDLOCK_SCOPE: old}


def _probe_namespaces() -> dict[str, str | None]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            for layer, attempt in ((NAMESPACES, _try_mounts), (PROCESS_IDS, _try_proc)):
                os.write(writer, f"{layer}\t{_attempt(attempt)}\n".encode())
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        lines = [line.rstrip("\n").split("\t") for line in pipe]
    os.waitpid(child, 0)
    return {layer: problem or None for layer, problem in lines}


def _attempt(action: Callable[[], None]) -> str:
    try:
        action()
    except OSError as error:
        return str(error).replace("\t", " ").replace("\n", " ")
    return ""


def _try_mounts() -> None:
    namespaces.enter()
    namespaces.mount_tmpfs(Path("/tmp"), 1 << 20)
    namespaces.protect(Path("/tmp"))


def _try_proc() -> None:
    namespaces.new_process_ids()
    child = os.fork()
    if child == 0:
        os._exit(1 if _attempt(lambda: namespaces.mount_proc(Path("/proc"))) else 0)
    if os.waitpid(child, 0)[1] != 0:
        raise OSError("a fresh /proc is refused, as in most containers")


def missing_guarantees(layers: Iterable[str]) -> list[str]:
    """What these layers leave open, each with what would close it; empty for a whole floor."""
    has = set(layers)
    missing = []
    if NAMESPACES not in has and not {LANDLOCK, SECCOMP} <= has:
        missing.append(
            "files are not confined (Linux 5.13 or later with Landlock and seccomp does it, "
            "or user namespaces for ordinary users)"
        )
    if not has & {NAMESPACES, SECCOMP}:
        missing.append("the network is not denied (seccomp does it, or user namespaces)")
    if not has & {PROCESS_IDS, SECCOMP}:
        missing.append("other processes are in reach (seccomp does it, or a pid namespace)")
    return missing


def confine(
    scratch: Path,
    readable: Sequence[Path],
    limits: Limits | None = None,
    *,
    hidden: Sequence[Path] = (),
    keep_open: Collection[int] = (),
    without: Iterable[str] = (),
    machine: Mapping[str, str | None] | None = None,
) -> list[str]:
    """Confines this process and all that it will start; returns the layers that hold.

    scratch: the one directory that stays writable, at the same path; made if need be.
    readable: trees and files that stay readable.
    hidden: what must not be in sight; it is tried at the end, whatever the layers promise.
    keep_open: inherited file descriptors, above 2, that stay open.
    without: layers to leave out, for tests.
    machine: what `probe_layers` said, if the caller has asked already.

    The caller must have one thread and must have been started with `clean_environment`.
    It continues in a child; the process that called stays as a stub which leads the process
    group, passes on the exit status, and takes all with it when it or its parent ends. To end
    a kernel for sure, send SIGKILL to the stub's process group.
    Raises ConfinementError when the floor cannot be made: then nothing of a student may run.
    """
    limits = limits or Limits()
    try:
        _refuse_threads()
        _refuse_environment(scratch)
        layers = _choose_layers(machine or probe_layers(), set(without))
        _make_folders(scratch)
        _close_files(keep_open)
        _apply(layers, scratch, [path for path in readable if path.exists()], limits)
        _try_to_escape(hidden)
        _redirect_output(scratch / LOG)
    except OSError as error:
        raise ConfinementError(f"the sandbox cannot be made: {error}") from error
    return layers


def _refuse_threads() -> None:
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        raise ConfinementError("a process with threads cannot be confined: import less before")


def _refuse_environment(scratch: Path) -> None:
    """The variables that a process began with stay in its memory: they must be clean, too."""
    began = Path("/proc/self/environ").read_bytes().split(b"\0")
    names = {os.fsdecode(entry.partition(b"=")[0]) for entry in began if entry}
    foreign = sorted(names - clean_environment(scratch, {}).keys() - _KEPT_VARIABLES)
    if foreign:
        raise ConfinementError(
            f"the process began with the variable {foreign[0]}: start it with clean_environment()"
        )
    wanted = clean_environment(scratch, os.environ)
    os.environ.clear()
    os.environ.update(wanted)


def _choose_layers(machine: Mapping[str, str | None], without: set[str]) -> list[str]:
    layers = [name for name in LAYERS if machine[name] is None and name not in without]
    if NAMESPACES not in layers and PROCESS_IDS in layers:
        layers.remove(PROCESS_IDS)
    if LANDLOCK not in layers and LANDLOCK_SCOPE in layers:
        layers.remove(LANDLOCK_SCOPE)
    missing = missing_guarantees(layers)
    if missing:
        raise ConfinementError("no sandbox on this machine: " + "; ".join(missing))
    return layers


def _make_folders(scratch: Path) -> None:
    for name in (WORK, HOME, TEMPORARY):
        (scratch / name).mkdir(parents=True, exist_ok=True, mode=0o700)


def _close_files(keep_open: Collection[int]) -> None:
    """Closes what was inherited; stdin is nobody's keyboard, the outputs go at the end."""
    for descriptor in [int(path.name) for path in Path("/proc/self/fd").iterdir()]:
        if descriptor > 2 and descriptor not in keep_open:
            with contextlib.suppress(OSError):  # the one that listed the folder is closed
                os.close(descriptor)
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)


def _apply(layers: Sequence[str], scratch: Path, readable: list[Path], limits: Limits) -> None:
    """Makes the layers, in the only order in which each still can be made."""
    own_processes = PROCESS_IDS in layers
    if os.getpgrp() != os.getpid():
        os.setsid()
    if os.geteuid() == 0:
        with contextlib.suppress(PermissionError):  # root in a container may lack CAP_SETGID
            os.setgroups([])
    if NAMESPACES in layers:
        namespaces.enter()
    if own_processes:
        namespaces.new_process_ids()
    _continue_in_child()
    if own_processes:
        # That was process 1, which reaps orphans, and which no signal from inside can end.
        os.setsid()
        _continue_in_child()
    Path("/proc/self/oom_score_adj").write_text("1000")  # rather this process than the grader
    if NAMESPACES in layers:
        namespaces.change_root(
            scratch, readable, memory_files=limits.memory_files, own_processes=own_processes
        )
    _set_limits(limits, count_tasks=NAMESPACES in layers)
    linux.drop_capabilities()
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
    if LANDLOCK in layers:
        _restrict_files(layers, scratch, readable)
    if SECCOMP in layers:
        found = seccomp.rules(
            files_hidden=NAMESPACES in layers,
            processes_hidden=own_processes,
            signals_scoped=LANDLOCK_SCOPE in layers,
            process=os.getpid(),
        )
        seccomp.install(seccomp.assemble(found))


def _restrict_files(layers: Sequence[str], scratch: Path, readable: list[Path]) -> None:
    proc = Path("/proc")
    own = [proc] if PROCESS_IDS in layers else [proc / name for name in _OF_PROC]
    private = [Path("/tmp"), Path("/dev/shm")] if NAMESPACES in layers else []
    devices = [Path("/dev", name) for name in namespaces.DEVICES]
    landlock.restrict(
        [*readable, *own], [scratch, *devices, *private], scope=LANDLOCK_SCOPE in layers
    )


def _set_limits(limits: Limits, *, count_tasks: bool) -> None:
    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: limits.file_bytes,
        resource.RLIMIT_DATA: limits.data_bytes,
        resource.RLIMIT_NOFILE: limits.open_files,
        resource.RLIMIT_CPU: limits.cpu_seconds,
    }
    if count_tasks:  # elsewhere it counts everything that the user runs
        wanted[resource.RLIMIT_NPROC] = limits.tasks
    for kind, value in wanted.items():
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def _continue_in_child() -> None:
    """Forks: the child returns from here, the parent becomes its stub."""
    parent = os.getppid()
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(reader)
        _watch(child, parent)
    os.close(writer)
    linux.prctl(linux.PR_SET_PDEATHSIG, signal.SIGKILL)
    if select.select([reader], [], [], 0)[0]:  # end of file: the stub died before that
        os._exit(1)
    os.close(reader)


def _watch(child: int, parent: int) -> NoReturn:
    """The stub's life. Not PR_SET_PDEATHSIG: it would fire when the parent's *thread* ends."""
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    linux.prctl(linux.PR_SET_DUMPABLE, 0)  # so that the child cannot debug it
    linux.drop_capabilities()
    status = None
    while status is None:
        if os.getppid() != parent:
            os.killpg(0, signal.SIGKILL)
        signal.sigtimedwait({signal.SIGCHLD}, 1.0)
        status = _reap(child)
    code = os.waitstatus_to_exitcode(status)
    if _has_children():  # orphans, where no pid namespace took them along
        os.killpg(0, signal.SIGKILL)
    os._exit(code if code >= 0 else 128 - code)


def _reap(child: int) -> int | None:
    """Waits for all that has ended; the status of `child` if it was among them."""
    with contextlib.suppress(ChildProcessError):
        while True:
            ended, status = os.waitpid(-1, os.WNOHANG)
            if ended == child:
                return status
            if ended == 0:
                break
    return None


def _has_children() -> bool:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
        return True
    return False


def _redirect_output(log: Path) -> None:
    """No descriptor of the caller, such as a terminal, remains; the log lies in scratch."""
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)


def _try_to_escape(hidden: Sequence[Path]) -> None:
    """The proof: what must not work is tried."""
    for path in hidden:
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_RDONLY))
            raise ConfinementError(f"{path} is still in sight: is it among the readable paths?")
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # needs a route, sends nothing
        raise ConfinementError("the network is still in reach")
