"""Each layer of the sandbox by itself: behind the others, nobody would notice that one is missing.

A process without Jupyter confines itself, tries what it must not be able to, and writes what came
of it into its scratch directory.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import psutil
import pytest
from test_confine import skip_unless_possible

import convwork
from convwork.grading.confine import Limits, clean_environment

ALONE = {
    "namespaces": 'confine(scratch, readable, without=("landlock", "seccomp"))',
    "landlock": "no_new_privileges()\nlandlock.restrict(readable, [scratch], scope=True)",
    "seccomp": (
        "no_new_privileges()\n"
        "seen = dict(files_hidden=False, processes_hidden=False, signals_scoped=False)\n"
        "seccomp.install(seccomp.assemble(seccomp.rules(**seen, process=os.getpid())))"
    ),
    "all but namespaces": 'confine(scratch, readable, without=("namespaces",))',
    "all": "confine(scratch, readable)",
}
FILES = {"read", "list", "write", "overwrite"}
SOCKETS = {"connect to a path", "connect to a name"}
OTHERS = {"signal", "debug", "debug it by its number"}
# What each refuses. What it does not, another layer must: that is what `missing_guarantees` says.
REFUSES = {
    "namespaces": FILES | SOCKETS | OTHERS | {"connect by TCP", "use an open file"},
    "landlock": FILES | {"connect by TCP", "connect to a name", "signal"},
    "seccomp": OTHERS
    | SOCKETS
    | {"connect by TCP", "connect by UDP", "enter a namespace", "speak to the internet"},
    "all but namespaces": (
        FILES
        | SOCKETS
        | OTHERS
        | {"connect by TCP", "connect by UDP", "enter a namespace", "speak to the internet"}
    ),
}
PROGRAM = """
import ctypes, json, os, resource, signal, socket, sys
from pathlib import Path
from convwork.grading import landlock, linux, seccomp
from convwork.grading.confine import confine, runtime_paths

about = json.loads(sys.argv[1])
scratch, readable = Path(about["scratch"]), runtime_paths()
libc = ctypes.CDLL(None, use_errno=True)
results = {}

def no_new_privileges():
    linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)

def attempt(name, action):
    try:
        results[name] = f"did it: {action()!r}"
    except OSError as error:
        results[name] = f"refused: {error}"

def checked(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")

def connect(family, kind, address):
    with socket.socket(family, kind) as line:
        line.connect(address)

CONFINE_ITSELF

secret, other = about["secret"], about["other"]
attempt("read", lambda: open(secret).read())
attempt("list", lambda: os.listdir(os.path.dirname(secret)))
attempt("write", lambda: open(os.path.join(os.path.dirname(secret), "new"), "w"))
attempt("overwrite", lambda: open(about["package"], "a"))
attempt("use an open file", lambda: os.fstat(about["open"]))
unix, internet = socket.AF_UNIX, socket.AF_INET
attempt("speak to the internet", lambda: socket.socket(internet).close())
attempt("connect by TCP", lambda: connect(internet, socket.SOCK_STREAM, tuple(about["tcp"])))
attempt("connect by UDP", lambda: connect(internet, socket.SOCK_DGRAM, tuple(about["tcp"])))
attempt("connect to a path", lambda: connect(unix, socket.SOCK_STREAM, about["path"]))
attempt("connect to a name", lambda: connect(unix, socket.SOCK_STREAM, chr(0) + about["path"]))
attempt("signal", lambda: os.kill(other, signal.SIGCONT))
attempt("debug", lambda: checked(libc.ptrace(16, other, None, None)))
attempt("debug it by its number", lambda: linux.call("ptrace", 0x4206, other, 0, 0))
attempt("slow down", lambda: os.setpriority(os.PRIO_PROCESS, other, 5))
attempt("change permissions", lambda: os.chmod(secret, 0o777))
attempt("enter a namespace", lambda: checked(libc.unshare(0x10000000)))

def state():
    kinds = ("CORE", "FSIZE", "DATA", "NOFILE", "CPU", "NPROC")
    return {
        "status": [line.split(":\\t") for line in open("/proc/self/status").read().splitlines()],
        "limits": {kind: resource.getrlimit(getattr(resource, "RLIMIT_" + kind)) for kind in kinds},
        "namespaces": {kind: os.readlink(f"/proc/self/ns/{kind}") for kind in about["namespaces"]},
        "mounts": [line.split(" ")[4:6] for line in open("/proc/self/mountinfo")],
    }

found = {"tried": results} | (state() if about["way"] == "all" else {})
(scratch / "found.json").write_text(json.dumps(found))
"""
NAMESPACES = ("user", "mnt", "net", "ipc", "pid")


@pytest.fixture(scope="module")
def outside() -> Iterator[dict[str, Any]]:
    """A secret and open sockets, which a sandbox must not reach."""
    place = Path(f"/var/tmp/convwork-layers-{os.getpid()}")
    (place / "others").mkdir(parents=True)
    secret = place / "others/secret.txt"
    secret.write_text("a secret")
    path = str(place / "others/service")
    with (
        secret.open() as inherited,
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as by_path,
        socket.socket(socket.AF_UNIX) as by_name,
    ):
        for line, address in ((by_path, path), (by_name, f"\0{path}")):
            line.bind(address)
            line.listen()
        yield {
            "secret": str(secret),
            "open": inherited.fileno(),
            "tcp": tcp.getsockname(),
            "path": path,
            "package": convwork.__file__,
            "namespaces": NAMESPACES,
        }
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def found(outside: dict[str, Any]) -> Callable[[str], dict[str, Any]]:
    """What a process found that confined itself in one of these ways."""
    known: dict[str, dict[str, Any]] = {}

    def find(way: str) -> dict[str, Any]:
        if way not in known:
            known[way] = confined(way, outside)
        return known[way]

    return find


Found = Callable[[str], dict[str, Any]]


def confined(way: str, outside: dict[str, Any]) -> dict[str, Any]:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as other:
        try:
            found = tried(way, outside | {"other": other.pid})
            return found | {"nice": psutil.Process(other.pid).nice()}
        finally:
            other.kill()


def tried(way: str, outside: dict[str, Any]) -> dict[str, Any]:
    scratch = Path(outside["secret"]).parents[1] / way.replace(" ", "-")
    scratch.mkdir()
    Path(outside["secret"]).chmod(0o640)
    about = json.dumps(outside | {"scratch": str(scratch), "way": way})
    program = PROGRAM.replace("CONFINE_ITSELF", ALONE[way])
    ended = subprocess.run(
        [sys.executable, "-P", "-c", program, about],
        env=clean_environment(scratch, os.environ),
        pass_fds=[outside["open"]],
        capture_output=True,
        text=True,
        check=False,
    )
    log = scratch / "kernel.log"
    assert ended.returncode == 0, ended.stderr + (log.read_text() if log.exists() else "")
    mode = Path(outside["secret"]).stat().st_mode & 0o777
    return json.loads((scratch / "found.json").read_text()) | {"mode": mode}


@pytest.mark.parametrize("way", REFUSES)
def test_what_a_layer_refuses(way: str, found: Found) -> None:
    skip_unless_possible(())
    tried = found(way)["tried"]
    assert {name for name, result in tried.items() if "refused" in result} >= REFUSES[way], tried


@pytest.mark.parametrize("way", ["seccomp", "all but namespaces"])
def test_what_seems_to_be_done_is_not(way: str, found: Found) -> None:
    """Where an error would end an honest program."""
    skip_unless_possible(())
    seen = found(way)
    assert {"did it"} == {
        seen["tried"][name].split(":")[0] for name in ("slow down", "change permissions")
    }
    assert (seen["nice"], seen["mode"]) == (0, 0o640)


def test_it_is_in_namespaces_of_its_own(found: Found) -> None:
    skip_unless_possible(())
    outer = {kind: str(Path(f"/proc/self/ns/{kind}").readlink()) for kind in NAMESPACES}
    inner = found("all")["namespaces"]
    assert [kind for kind in NAMESPACES if inner[kind] == outer[kind]] == []


def test_it_can_write_only_where_it_should(found: Found) -> None:
    skip_unless_possible(())
    mounts = dict(found("all")["mounts"])
    writable = {place for place, options in mounts.items() if "rw" in options.split(",")}
    (scratch,) = (place for place in writable if place.startswith("/var/tmp/"))
    devices = {f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")}
    assert writable == devices | {scratch, "/tmp", "/dev/shm"}


def test_its_resources_are_limited(found: Found) -> None:
    skip_unless_possible(())
    limits = asdict(Limits())
    wanted = {
        "CORE": 0,
        "FSIZE": limits["file_bytes"],
        "DATA": limits["data_bytes"],
        "NOFILE": limits["open_files"],
        "CPU": limits["cpu_seconds"],
        "NPROC": limits["tasks"],
    }
    for kind, (soft, hard) in found("all")["limits"].items():
        assert soft == hard
        assert 0 <= hard <= wanted[kind], kind


def test_it_has_no_privilege_and_gets_none(found: Found) -> None:
    skip_unless_possible(())
    status = dict(found("all")["status"])
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb"):
        assert int(status[name], 16) == 0, name
