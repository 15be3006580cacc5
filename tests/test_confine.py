"""The sandbox, by attacks: a confined kernel is started, and tries what it must not be able to."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil
import pytest
from jupyter_client import KernelManager
from jupyter_client.kernelspec import KernelSpec

from convwork.grading.confine import LAYERS, missing_guarantees, probe_layers
from convwork.grading.confined_kernel import EX_CONFIG, kernel_command
from convwork.grading.linux import syscall_number
from convwork.grading.memory_guard import MemoryGuard

MACHINE = probe_layers()
# What stands for machines that refuse user namespaces, an older Landlock, or have none.
MODES = {
    "all layers": (),
    "no namespaces": ("namespaces",),
    "no namespaces, old Landlock": ("namespaces", "landlock scope"),
    "masked proc": ("pid namespace",),
    "namespaces only": ("landlock", "seccomp"),
}
# Machines unlike most, and processes that Python's imports do not tell of.
VERIFY = pytest.mark.verify(depends=("datasets/photos.h5",), uses=("convwork.course",))
SECRET = "a-secret-of-the-grader"
NOBODY = 65534


def modes(*names: str) -> list[Any]:
    """Modes as parameters; all but the most usual one are for the second tier."""
    return [pytest.param(name, marks=() if name == "all layers" else VERIFY) for name in names]


# What a student's notebook may define: each attempt prints what came of it.
PRELUDE = """
import ctypes, json, os, signal, socket, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
results = {}
def attempt(name, action):
    try:
        results[name] = f"did it: {action()!r}"[:100]
    except OSError as error:
        results[name] = f"refused: {type(error).__name__}"
def syscall(*arguments):
    if libc.syscall(*arguments) < 0:
        raise OSError(ctypes.get_errno(), "syscall")
def read(path):
    with open(path, "rb") as file:
        return file.read(20)
"""


class Kernel:
    """A confined kernel, and what its cells print."""

    def __init__(
        self, scratch: Path, without: Sequence[str] = (), wrapper: Sequence[str] = ()
    ) -> None:
        command = [*wrapper, *kernel_command(scratch, without=without)]
        self.scratch = scratch
        self.manager = KernelManager(
            transport="ipc", ip=str(scratch / "s"), connection_file=str(scratch / "kernel.json")
        )
        self.manager._kernel_spec = KernelSpec(
            argv=command, display_name="", language="python", interrupt_mode="message"
        )
        (scratch / "work").mkdir(parents=True, exist_ok=True)
        environment = dict(os.environ) | {"SECRET": SECRET}
        self.log = scratch / "start.log"
        with self.log.open("wb") as log:
            self.manager.start_kernel(
                cwd=str(scratch / "work"), env=environment, stdout=log, stderr=log
            )
        self.client = self.manager.client()
        self.client.start_channels()
        try:
            self.client.wait_for_ready(timeout=30)
        except RuntimeError:
            self.close()
            pytest.fail(self.log.read_text())
        self.run(PRELUDE)

    @property
    def pid(self) -> int:
        return int(self.manager.provisioner.pid)

    def run(self, code: str, timeout: float = 60) -> str:
        printed: list[str] = []

        def collect(message: dict[str, Any]) -> None:
            content = message["content"]
            printed.append(content.get("text", ""))
            printed.extend(content.get("data", {}))
            printed.extend(content.get("traceback", ()))

        self.client.execute_interactive(
            textwrap.dedent(code), timeout=timeout, output_hook=collect, allow_stdin=False
        )
        return "".join(printed)

    def attempts(self, code: str) -> dict[str, str]:
        """Runs attempts; what came of each, by name."""
        printed = self.run(
            "results.clear()\n" + textwrap.dedent(code) + "\nprint(json.dumps(results))"
        )
        try:
            return dict(json.loads(printed))
        except ValueError:
            return pytest.fail(printed)

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


def skip_unless_possible(without: Sequence[str]) -> None:
    layers = [name for name, problem in MACHINE.items() if not problem and name not in without]
    if missing_guarantees(layers):
        pytest.skip(f"this machine has only {layers}")


@pytest.fixture(scope="module")
def place() -> Iterator[Path]:
    """A course directory, a scratch directory of another student, listening sockets."""
    place = Path(f"/var/tmp/convwork-test-{os.getpid()}")
    for name in ("course/source", "course/submitted/ann", "other/work"):
        (place / name).mkdir(parents=True)
    for name in ("source/n.ipynb", "submitted/ann/n.ipynb", "gradebook.db", ".convwork_secret"):
        (place / "course" / name).write_text(SECRET)
    (place / "other/work/answer.txt").write_text(SECRET)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def other() -> Iterator[subprocess.Popen[bytes]]:
    """A process of the same user, such as another student's kernel."""
    environment = dict(os.environ) | {"SECRET": SECRET}
    with subprocess.Popen(["sleep", "600"], env=environment, start_new_session=True) as process:
        yield process
        process.kill()


@pytest.fixture(scope="module", params=modes(*MODES))
def kernel(request: pytest.FixtureRequest, place: Path) -> Iterator[Kernel]:
    without = MODES[request.param]
    skip_unless_possible(without)
    with contextlib.closing(Kernel(place / request.param.replace(" ", "-"), without)) as kernel:
        yield kernel
    assert kernel.pid not in psutil.pids()


def has(kernel: Kernel, layer: str) -> bool:
    return f"--without {layer}" not in " ".join(psutil.Process(kernel.pid).cmdline())


def assert_refused(results: dict[str, str]) -> None:
    assert results
    assert {name: result for name, result in results.items() if "refused" not in result} == {}


def test_reads_nothing_of_others(kernel: Kernel, place: Path) -> None:
    paths = [str(path) for path in place.rglob("*") if kernel.scratch not in [path, *path.parents]]
    paths += [str(Path.cwd() / name) for name in ("tests", "notebooks", "grader_tests", ".git")]
    paths += ["/etc/shadow", "/var/log", "/home", "/mnt", str(Path.home() / ".ssh"), __file__]
    assert len([path for path in paths if path.endswith("n.ipynb")]) == 2
    results = kernel.attempts(f"""
        for path in {paths}:
            attempt("open " + path, lambda: read(path))
            attempt("list " + path, lambda: os.listdir(path))
            os.path.lexists("link") and os.remove("link")
            os.symlink(path, "link")
            attempt("through a link " + path, lambda: os.listdir("link") or read("link"))
            attempt("hard link " + path, lambda: os.link(path, "hard"))
        attempt("list home", lambda: os.listdir({str(Path.home())!r} + "/.."))
        """)
    results.pop("list home")  # a namespace may list what is empty but for Python's folders
    assert_refused(results)


def test_writes_only_in_scratch(kernel: Kernel, place: Path) -> None:
    book = place / "course/gradebook.db"
    before = book.stat()
    results = kernel.attempts(f"""
        book = {str(book)!r}
        attempt("overwrite", lambda: open(book, "w"))
        attempt("create", lambda: open(book + ".new", "w"))
        attempt("remove", lambda: os.remove(book))
        attempt("rename", lambda: os.rename(book, book + "2"))
        attempt("replace", lambda: os.replace("own", book))
        attempt("truncate", lambda: os.truncate(book, 0))
        attempt("packages", lambda: open(ctypes.__file__, "a"))
        attempt("settings", lambda: open("/proc/sys/kernel/core_pattern", "w"))
        attempt("etc", lambda: open("/etc/passwd", "a"))
        attempt("usr", lambda: open("/usr/bin/evil", "w"))
        attempt("device", lambda: os.mknod("device", 0o60666, os.makedev(254, 0)))
        attempt("large file", lambda: os.posix_fallocate(os.open("f", 66), 0, 300 << 20))
        """)
    assert_refused(results)
    for call in ("chmod(book, 0)", "utime(book, (0, 0))", "chown(book, 1, 1)"):
        kernel.attempts(f"attempt('', lambda: os.{call})")
    after = book.stat()
    assert (before.st_mode, before.st_mtime, before.st_uid) == (
        after.st_mode,
        after.st_mtime,
        after.st_uid,
    )
    assert book.read_text() == SECRET
    fine = kernel.attempts("""
        import shutil, tempfile
        os.makedirs("deep/er")
        attempt("write", lambda: open("deep/er/file", "w").write("x"))
        attempt("copy", lambda: shutil.copy2("deep/er/file", "copy"))
        attempt("move", lambda: os.rename("copy", "deep/copy"))
        attempt("temporary", lambda: tempfile.TemporaryFile())
        attempt("home", lambda: open(os.path.expanduser("~/file"), "w"))
        attempt("nothing", lambda: open("/dev/null", "w").write("x"))
        """)
    assert len(fine) == 6
    assert all("did it" in result for result in fine.values()), fine


def test_reaches_no_network(kernel: Kernel, place: Path) -> None:
    path = str(kernel.scratch.parent / "service")
    Path(path).unlink(missing_ok=True)
    with (
        socket.create_server(("127.0.0.1", 0)) as tcp,
        socket.socket(socket.AF_UNIX) as abstract,
        socket.socket(socket.AF_UNIX) as by_path,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams,
    ):
        abstract.bind("\0" + path)
        by_path.bind(path)
        Path(path + "2").unlink(missing_ok=True)
        datagrams.bind(path + "2")
        abstract.listen()
        by_path.listen()
        results = kernel.attempts(f"""
            unix, internet, datagram = socket.AF_UNIX, socket.AF_INET, socket.SOCK_DGRAM
            message = b"x", {path + "2"!r}
            attempt("tcp", lambda: socket.socket(internet).connect({tcp.getsockname()}))
            attempt("udp", lambda: socket.socket(internet, datagram).sendto(b"x", ("1.1.1.1", 53)))
            attempt("raw", lambda: socket.socket(internet, socket.SOCK_RAW, 1).connect(("::1", 0)))
            attempt("names", lambda: socket.getaddrinfo("example.org", 80))
            attempt("abstract", lambda: socket.socket(unix).connect("\\0" + {path!r}))
            attempt("path", lambda: socket.socket(unix).connect({path!r}))
            attempt("datagram", lambda: socket.socket(unix, datagram).sendto(*message))
            attempt("pair", lambda: socket.socketpair(unix, datagram)[0].sendto(*message))
            """)
        assert_refused(results)
        for listener in (tcp, abstract, by_path):
            listener.settimeout(0)
            with pytest.raises(BlockingIOError):
                listener.accept()


def test_reaches_no_other_process(kernel: Kernel, other: subprocess.Popen[bytes]) -> None:
    parents = [kernel.pid, os.getpid()]
    results = kernel.attempts(f"""
        ptrace, PTRACE_ATTACH = {syscall_number("ptrace")}, 16
        for pid in {[other.pid, *parents]}:
            attempt(f"signal {{pid}}", lambda: os.kill(pid, signal.SIGUSR1))
            attempt(f"pidfd {{pid}}", lambda: signal.pidfd_send_signal(os.pidfd_open(pid), 10))
            attempt(f"trace {{pid}}", lambda: syscall(ptrace, PTRACE_ATTACH, pid, None, None))
            for name in ("environ", "mem", "maps", "root/etc/passwd", "cwd/x", "fd", "fd/1"):
                def look():
                    path = f"/proc/{{pid}}/{{name}}"
                    return os.listdir(path) if name == "fd" else read(path)
                attempt(f"{{pid}} {{name}}", look)
        for group in {[other.pid, os.getpgrp()]}:
            attempt(f"group {{group}}", lambda: os.killpg(group, signal.SIGUSR1))
        """)
    assert_refused(results)
    kernel.run(f"""
        import resource
        for pid in {[other.pid, *parents]}:
            try:
                resource.prlimit(pid, resource.RLIMIT_CPU, (1, 1))
            except OSError:
                pass
        """)
    for pid in [other.pid, *parents]:
        assert psutil.Process(pid).rlimit(psutil.RLIMIT_CPU)[1] != 1
    assert other.poll() is None


def test_gets_no_secret(kernel: Kernel) -> None:
    shown = kernel.run("print(dict(os.environ), read('/proc/self/environ'), os.listdir('..'))")
    assert "HOME" in shown
    assert SECRET not in shown
    everything = kernel.run(f"""
        secret, found = {SECRET[::-1]!r}[::-1].encode(), 0
        with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
            for line in maps:
                start, end = [int(number, 16) for number in line.split()[0].split("-")]
                if "rw-p" in line and end - start < 1 << 26:
                    memory.seek(start)
                    part, at = memory.read(end - start), 0
                    while (at := part.find(secret, at + 1)) > 0:
                        found += part[at - 7 : at] == b"SECRET="
        print(found)
        """)
    assert everything.strip() == "0"
    fds = kernel.attempts("""
        for fd in os.listdir("/proc/self/fd"):
            attempt(fd, lambda: os.readlink(f"/proc/self/fd/{fd}"))
        """)
    files = [result for result in fds.values() if "'/" in result]
    assert all("/dev/null" in name or str(kernel.scratch) in name for name in files), files


@pytest.mark.parametrize(
    "kernel", modes(*(mode for mode in MODES if "seccomp" not in MODES[mode])), indirect=True
)
def test_cannot_use_dangerous_calls(kernel: Kernel) -> None:
    if not has(kernel, "seccomp"):
        pytest.skip("a matter of seccomp")
    calls = {
        "unshare": "0x10000000",
        "clone": "0x10000000 | 17, None, None, None, None",
        "clone3": "None, 0",
        "mount": "b'x', b'/tmp', b'tmpfs', 0, None",
        "io_uring_setup": "1, None",
        "bpf": "0, None, 0",
        "keyctl": "0, -3, 0",
        "memfd_create": "b'x', 0",
        "ioctl": "0, 0x5412, b'x'",  # TIOCSTI: types into the terminal
        "prctl": "1, 0",  # PR_SET_PDEATHSIG: outlives the stub
    }
    code = [f"attempt('{n}', lambda: syscall({syscall_number(n)}, {a}))" for n, a in calls.items()]
    code.append("attempt('newer', lambda: syscall(463, 0))")
    code.append("attempt('x32', lambda: syscall(0x40000000 + 39))")
    assert_refused(kernel.attempts("\n".join(code)))


def test_does_its_work(kernel: Kernel) -> None:
    assert "image/png" in kernel.run("""
        %matplotlib inline
        import numpy as np, h5py, matplotlib.pyplot as plt
        plt.plot(np.linalg.svd(np.random.rand(90, 90))[1])
        plt.show()
        """)
    assert "(300, 451, 3)" in kernel.run("""
        import convwork.course
        print(convwork.course.load_photo("chelsea").shape)
        """)
    assert kernel.run("print(subprocess.check_output('echo hi', shell=True))") == "b'hi\\n'\n"
    if has(kernel, "namespaces"):
        assert "[1, 2]" in kernel.run("""
            import multiprocessing
            with multiprocessing.Pool(2) as pool:
                print(pool.map(abs, [-1, -2]))
            """)


def test_is_interrupted(kernel: Kernel) -> None:
    client, cell = kernel.client, "print('begun', flush=True)\nwhile True: pass"
    request = client.execute(cell, stop_on_error=False)
    while client.get_iopub_msg(timeout=60)["content"].get("text") != "begun\n":
        pass
    kernel.manager.interrupt_kernel()
    while (reply := client.get_shell_msg(timeout=60))["parent_header"]["msg_id"] != request:
        pass
    assert reply["content"]["ename"] == "KeyboardInterrupt"
    assert kernel.run("print('alive')") == "alive\n"


def test_trains_a_network(place: Path) -> None:
    skip_unless_possible(())
    with contextlib.closing(Kernel(place / "keras")) as kernel:
        printed = kernel.run("""
            import numpy as np, keras
            from keras import layers
            model = keras.Sequential([layers.Input((8, 8, 1)), layers.Conv2D(2, 3)])
            model.compile("adam", "mse")
            model.fit(np.zeros((8, 8, 8, 1)), np.zeros((8, 6, 6, 2)), verbose=0)
            model.save("model.keras")
            print(keras.models.load_model("model.keras").count_params())
            """)
    assert printed.endswith("20\n")


def processes_named(mark: str) -> list[int]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if mark in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process.pid)
    return found


def wait_until(condition: Any, seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(condition())


@pytest.mark.parametrize("mode", modes("all layers", "no namespaces, old Landlock"))
def test_leaves_no_process_when_killed(mode: str, place: Path) -> None:
    skip_unless_possible(MODES[mode])
    mark = f"/{600 + os.getpid()}.25"
    with contextlib.closing(Kernel(place / "killed", MODES[mode])) as kernel:
        kernel.run(f"""
            command = ["sh", "-c", "trap '' TERM HUP; sleep {mark[1:]}; true # {mark}"]
            subprocess.Popen(command, preexec_fn=lambda: libc.setsid())
            subprocess.Popen(["sh", "-c", "(setsid sleep {mark[1:]} &)  # {mark}"])
            libc.prctl(1, 0)
            """)
        assert wait_until(lambda: processes_named(mark[1:]))
    assert wait_until(lambda: not processes_named(mark[1:]))


def test_ends_with_its_parent(place: Path) -> None:
    skip_unless_possible(())
    scratch = place / "orphan"
    (scratch / "work").mkdir(parents=True)
    connection = {
        "transport": "ipc",
        "ip": str(scratch / "s"),
        "key": "",
        "signature_scheme": "hmac-sha256",
    }
    connection |= {
        f"{name}_port": n for n, name in enumerate(("shell", "iopub", "stdin", "control", "hb"), 1)
    }
    (scratch / "kernel.json").write_text(json.dumps(connection))
    command = [
        part.format(connection_file=scratch / "kernel.json") for part in kernel_command(scratch)
    ]
    code = f"import subprocess, time; subprocess.Popen({command}); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", code]) as parent:
        assert wait_until(lambda: (scratch / "s-1").exists(), 20)
        parent.kill()
    assert wait_until(lambda: not processes_named(f"--scratch {scratch} "))


@pytest.mark.parametrize(
    ("mode", "attack", "reason"),
    [
        ("all layers", "hog = [bytearray(1 << 26) for _ in range(60)]", "300 MB of memory"),
        ("all layers", "while True: os.fork()", "20 processes"),
        pytest.param("no namespaces", "while True: os.fork()", "20 processes", marks=VERIFY),
        (
            "all layers",
            "for n in range(9): open(str(n), 'wb').write(bytes(1 << 26))",
            "200 MB of files",
        ),
        (
            "all layers",
            "while True:\n f = os.open('f', 66); os.remove('f'); os.write(f, bytes(1 << 26))",
            "200 MB of files",
        ),
    ],
)
def test_guard_ends_what_takes_too_much(mode: str, attack: str, reason: str, place: Path) -> None:
    skip_unless_possible(MODES[mode])
    scratch = place / "guarded"
    shutil.rmtree(scratch, ignore_errors=True)
    with (
        contextlib.closing(Kernel(scratch, MODES[mode])) as kernel,
        MemoryGuard(kernel.pid, scratch, memory=300 << 20, disk=200 << 20, processes=20) as guard,
    ):
        kernel.client.execute(f"{attack}\nimport time; time.sleep(600)")
        assert wait_until(lambda: not kernel.manager.is_alive(), 60)
        assert reason in str(guard.reason)
    assert wait_until(lambda: not processes_named(f"--scratch {scratch} "), 60)


def test_guard_lets_a_modest_kernel_live(place: Path) -> None:
    skip_unless_possible(())
    with (
        contextlib.closing(Kernel(place / "modest")) as kernel,
        MemoryGuard(kernel.pid, kernel.scratch, memory=300 << 20, interval=0.02) as guard,
    ):
        assert kernel.run("print(len(bytearray(1 << 26)))") == f"{1 << 26}\n"
        time.sleep(0.2)
        assert guard.reason is None
        assert kernel.manager.is_alive()


def refusal(scratch: Path, *options: str) -> str:
    """Starts a kernel that must not start; what it says."""
    scratch.mkdir(exist_ok=True)
    connection = scratch / "kernel.json"
    connection.write_text(json.dumps({"transport": "ipc", "ip": str(scratch / "s")}))
    command = [*kernel_command(scratch)[:-1], str(connection), *options]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=20)
    assert ended.returncode == EX_CONFIG, ended
    assert len(ended.stderr.strip().splitlines()) == 1
    return ended.stderr


def test_refuses_without_a_floor(place: Path) -> None:
    said = refusal(place / "refused", "--without", "namespaces", "--without", "landlock")
    assert "files are not confined (Linux 5.13 or later with Landlock" in said
    said = refusal(place / "refused", "--without", "namespaces", "--without", "seccomp")
    assert "network is not denied" in said


def test_refuses_when_something_hidden_is_readable(place: Path) -> None:
    skip_unless_possible(())
    course = str(place / "course")
    said = refusal(place / "refused", "--readable", str(place), "--hidden", course)
    assert "course is still in sight" in said


def test_names_what_each_machine_lacks() -> None:
    assert set(MACHINE) == set(LAYERS)
    assert missing_guarantees(LAYERS) == []
    assert missing_guarantees(["landlock", "seccomp"]) == []
    assert missing_guarantees(["namespaces", "pid namespace"]) == []
    assert len(missing_guarantees(["namespaces"])) == 1
    assert len(missing_guarantees(["landlock"])) == 3
    assert len(missing_guarantees([])) == 3


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become an ordinary user")
@pytest.mark.parametrize("mode", modes("all layers", "no namespaces"))
def test_confines_an_ordinary_user(mode: str, place: Path) -> None:
    skip_unless_possible(MODES[mode])
    scratch = place / "ordinary"
    shutil.rmtree(scratch, ignore_errors=True)
    (scratch / "work").mkdir(parents=True)
    # Python may lie in /root: in a mount namespace, that becomes a folder that all may pass.
    prepare = f"""
        chown -R {NOBODY}:{NOBODY} {scratch}
        case {sys.base_prefix} in /root/*)
            mkdir {scratch}/python && mount --bind {sys.base_prefix} {scratch}/python
            mount -t tmpfs -o mode=755 none /root && mkdir -p {sys.base_prefix}
            mount --move {scratch}/python {sys.base_prefix}
        esac
        exec setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups "$@"
    """
    wrapper = ["unshare", "--mount", "sh", "-ec", prepare, "sh"]
    with contextlib.closing(Kernel(scratch, MODES[mode], wrapper)) as kernel:
        assert kernel.run("print(os.getuid(), os.getgroups())").split()[0] == str(NOBODY)
        results = kernel.attempts(f"""
            attempt("read", lambda: read({str(place / "course/gradebook.db")!r}))
            attempt("list", lambda: os.listdir({str(place)!r}))
            attempt("signal", lambda: os.kill({kernel.pid}, signal.SIGKILL))
            attempt("network", lambda: socket.socket())
            """)
        assert_refused(results)
        assert "image/png" in kernel.run("import matplotlib.pyplot as p; p.plot([1]); p.show()")
