"""A Jupyter kernel that confines itself before it starts: `kernel_command` says how.

    python -P -m convwork.grading.confined_kernel --scratch DIR -f DIR/kernel.json

A warm parent (`warm_parent.py`) calls `become_kernel` in a fork of itself with the same arguments.
The connection file must lie in the scratch directory and name an ipc address there. The kernel
works in the current directory if that lies in scratch, otherwise in scratch's folder `work`.
-P keeps that directory, which holds a student's files, out of Python's path until the process
is confined. If the sandbox cannot be made, one line on stderr says why, and the exit code is 78.
"""

import argparse
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from convwork.grading.confine import (
    LAYERS,
    WORK,
    ConfinementError,
    clean_environment,
    confine,
    runtime_paths,
)

EX_CONFIG = 78  # as in <sysexits.h>
_LONGEST_SOCKET = 107  # man 7 unix: sun_path, less its final zero


def kernel_command(
    scratch: Path, *, hidden: Sequence[Path] = (), without: Sequence[str] = ()
) -> list[str]:
    """The command line of a kernel spec; its interrupt_mode must be "message"."""
    command = [sys.executable, "-P", "-m", "convwork.grading.confined_kernel"]
    command += ["--scratch", str(scratch)]
    for path in hidden:
        command += ["--hidden", str(path)]
    for layer in without:
        command += ["--without", layer]
    return [*command, "-f", "{connection_file}"]


def main() -> None:
    """Becomes a kernel, from a process that has done nothing yet."""
    arguments = sys.argv[1:]
    _restart_with_clean_environment(_parse(arguments).scratch.resolve())
    become_kernel(arguments)


def become_kernel(
    arguments: Sequence[str], machine: Mapping[str, str | None] | None = None
) -> None:
    """Confines this process and runs a kernel in it, to its end.

    arguments: those of the command line; machine: what `probe_layers` said, if known.
    """
    parsed = _parse(arguments)
    try:
        if not sys.flags.safe_path:
            raise ConfinementError("start it with python -P, as kernel_command() does")
        scratch = parsed.scratch.resolve()
        connection = parsed.connection_file.resolve()
        _check_connection(connection, scratch)
        here = Path.cwd()
        confine(
            scratch,
            [*runtime_paths(), *parsed.readable],
            hidden=parsed.hidden,
            without=parsed.without,
            machine=machine,
        )
    except ConfinementError as error:
        print(f"convwork: {error}", file=sys.stderr)
        sys.exit(EX_CONFIG)
    os.chdir(here if here.is_relative_to(scratch) else scratch / WORK)
    _start_kernel(connection)


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="confined_kernel", description=__doc__)
    parser.add_argument("--scratch", type=Path, required=True)
    parser.add_argument("--readable", type=Path, action="append", default=[])
    parser.add_argument("--hidden", type=Path, action="append", default=[])
    parser.add_argument("--without", choices=LAYERS, action="append", default=[])
    parser.add_argument("-f", dest="connection_file", type=Path, required=True)
    return parser.parse_args(arguments)


def _restart_with_clean_environment(scratch: Path) -> None:
    """The variables that a process begins with stay in its memory, so it begins anew."""
    wanted = clean_environment(scratch, os.environ)
    if dict(os.environ) != wanted:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], wanted)


def _check_connection(path: Path, scratch: Path) -> None:
    """The client, outside, and the kernel, inside, must mean the same sockets."""
    connection = json.loads(path.read_text())
    sockets = Path(connection["ip"])
    if connection["transport"] != "ipc" or not sockets.parent.resolve().is_relative_to(scratch):
        raise ConfinementError(f"{path}: the kernel's sockets must be of kind ipc, in {scratch}")
    if not path.is_relative_to(scratch):
        raise ConfinementError(f"{path}: the connection file must lie in {scratch}")
    if len(os.fsencode(f"{sockets}-65535")) > _LONGEST_SOCKET:
        raise ConfinementError(f"{scratch}: the path is too long for a unix socket")


def _start_kernel(connection: Path) -> None:
    sys.path.append("")  # the work folder, from now on; its numpy.py, if any, hides no library
    from ipykernel.kernelapp import IPKernelApp

    IPKernelApp.launch_instance(["-f", str(connection)])


if __name__ == "__main__":
    main()
