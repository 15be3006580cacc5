"""`convwork doctor`: which layers of the sandbox this machine gives, and what gives the rest."""

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from convwork.errors import ConvworkError
from convwork.grading import confine, landlock
from convwork.grading.kernel import StudentKernel

# What each layer does, and what gives it where it is missing.
_LAYERS = {
    confine.NAMESPACES: (
        "a root directory with nothing but what is allowed, no network",
        "user namespaces: kernel.unprivileged_userns_clone=1 (Debian), "
        "kernel.apparmor_restrict_unprivileged_userns=0 (Ubuntu), user.max_user_namespaces>0; "
        "in Docker --security-opt seccomp=unconfined --security-opt apparmor=unconfined",
    ),
    confine.PROCESS_IDS: (
        "no other process in sight, and all end together",
        "user namespaces and an unmasked /proc: in Docker --security-opt systempaths=unconfined",
    ),
    confine.LANDLOCK: (
        "the same list of files, enforced again",
        "Linux 5.13 or later with landlock in the boot option lsm=",
    ),
    confine.LANDLOCK_SCOPE: ("no signal to the outside", "Linux 6.12 or later"),
    confine.SECCOMP: (
        "no sockets but unix ones, no debugging, mounts, keys and the like",
        "a Linux with CONFIG_SECCOMP_FILTER, on x86_64 or aarch64",
    ),
}


@dataclass(frozen=True)
class Finding:
    """One layer: what it does; why it is missing, and what would give it, if it is."""

    layer: str
    does: str
    problem: str = ""
    remedy: str = ""


def examine() -> list[Finding]:
    """Every layer on this machine."""
    machine = confine.probe_layers()
    found = []
    for layer, (does, remedy) in _LAYERS.items():
        problem = machine[layer]
        if layer == confine.LANDLOCK and not problem:
            does += f" (ABI {landlock.abi()})"
        found.append(Finding(layer, does, problem, remedy) if problem else Finding(layer, does))
    return [*found, *_try_out(machine)]


def missing(findings: list[Finding]) -> list[str]:
    """What the floor lacks; empty if students' code may run here."""
    found = confine.missing_guarantees([f.layer for f in findings if not f.problem])
    return found or [f"{f.layer}: {f.problem}" for f in findings if f.layer == _KERNEL if f.problem]


_GUARD = "memory guard"
_KERNEL = "kernels from a warm parent"


def _try_out(machine: dict[str, str | None]) -> Iterator[Finding]:
    """The guard's view of processes; and a kernel, started as for a student."""
    does = "memory, processes and disk of a kernel stay bounded"
    readable = Path("/proc/self/smaps_rollup").exists()
    yield Finding(_GUARD, does, "" if readable else "no /proc/self/smaps_rollup", "a mounted /proc")
    does = "a confined kernel in a moment, forked in place of started"
    if confine.missing_guarantees([layer for layer, problem in machine.items() if not problem]):
        yield Finding(_KERNEL, does, "not tried: there is no sandbox", "the layers above")
        return
    try:
        seconds = _seconds_to_a_kernel()
    except ConvworkError as error:
        yield Finding(_KERNEL, does, str(error), "the cause that is named")
        return
    yield Finding(_KERNEL, f"{does}; here in {1000 * seconds:.0f} ms")


def _seconds_to_a_kernel() -> float:
    with tempfile.TemporaryDirectory() as folder:
        kernel = StudentKernel(Path(folder), sandboxed=True, preload=["numpy"])
        for _ in range(2):  # the first one waits for the parent
            began = time.perf_counter()
            kernel.start()
            seconds = time.perf_counter() - began
            kernel.stop()
    return seconds
