"""A student's kernel, as a session has it: real, in its sandbox, and with little patience."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_confine import skip_unless_possible

from convwork.grading import kernel as kernels
from convwork.grading.kernel import (
    KernelDiedError,
    KernelKilledError,
    StudentKernel,
    TimedOutError,
    copy_files,
)
from convwork.grading.scratch import scratch_folder

LIMIT = 20.0


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[StudentKernel]:
    """A kernel that works in a copy of a folder with one file."""
    skip_unless_possible(())
    folder = tmp_path / "handed in"
    folder.mkdir()
    (folder / "data.txt").write_text("1 2 3")
    made = StudentKernel(folder, sandboxed=True)
    made.start()
    yield made
    made.stop()


def run(kernel: StudentKernel, code: str, limit: float = LIMIT) -> tuple[str, list[dict[str, Any]]]:
    """What stopped a cell, and the messages that it put out."""
    seen: list[dict[str, Any]] = []
    return kernel.run(code, limit, seen.append), seen


def printed(kernel: StudentKernel, code: str) -> str:
    return "".join(message["content"].get("text", "") for message in run(kernel, code)[1])


def test_a_cell_has_a_limit(kernel: StudentKernel) -> None:
    """It is interrupted, and the kernel goes on."""
    with pytest.raises(TimedOutError, match=r"no answer within 0\.5 seconds"):
        run(kernel, "import time\nx = 6\ntime.sleep(10)\nx = 7", 0.5)
    assert printed(kernel, "print(x)") == "6\n"


def test_what_swallows_interrupts_loses_its_kernel(
    kernel: StudentKernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "INTERRUPT_GRACE", 0.3)
    with pytest.raises(TimedOutError):
        run(kernel, "import signal\nsignal.signal(2, signal.SIG_IGN)\nwhile True: pass", 0.3)
    assert not kernel.alive
    with pytest.raises(KernelDiedError):
        run(kernel, "1")


@pytest.mark.parametrize(
    ("code", "error", "why"),
    [
        ("exit()", KernelDiedError, "it ended the kernel"),
        ("import os\nos._exit(3)", KernelKilledError, "the kernel died"),
        (
            "import subprocess, time\n"
            "many = [subprocess.Popen(['sleep', '30']) for _ in range(70)]\ntime.sleep(10)",
            KernelKilledError,
            "it started more than 64 processes",
        ),
    ],
)
def test_a_kernel_that_ends_says_why(
    kernel: StudentKernel, code: str, error: type[Exception], why: str
) -> None:
    with pytest.raises(error, match=why) as raised:
        run(kernel, code)
    assert raised.type is error
    assert not kernel.alive


def test_a_reply_to_another_request_is_no_reply(kernel: StudentKernel) -> None:
    stopped_by, _ = run(
        kernel,
        "kernel = get_ipython().kernel\n"
        "send = kernel.session.send\n"
        "def twice(stream, kind, content=None, parent=None, **rest):\n"
        "    if kind == 'execute_reply':\n"
        "        lie = {'status': 'error', 'ename': 'Forged'}\n"
        "        send(stream, kind, lie, parent={'header': {'msg_id': 'x'}}, **rest)\n"
        "    return send(stream, kind, content, parent=parent, **rest)\n"
        "kernel.session.send = twice\n"
        "1 / 0",
    )
    assert stopped_by == "ZeroDivisionError"


def test_an_output_of_before_is_not_changed(kernel: StudentKernel) -> None:
    _, seen = run(
        kernel,
        "from IPython.display import display\n"
        "handle = display(1, display_id='mine')\nhandle.update(2)\nprint('end')",
    )
    assert [message["msg_type"] for message in seen] == ["display_data", "stream"]


def test_what_belongs_to_no_cell_is_dropped(kernel: StudentKernel) -> None:
    """A message that answers nothing, or a request of before."""
    _, seen = run(
        kernel,
        "kernel = get_ipython().kernel\n"
        "for parent in ({}, {'header': {'msg_id': 'x'}}):\n"
        "    content = {'name': 'stdout', 'text': 'forged'}\n"
        "    kernel.session.send(kernel.iopub_socket, 'stream', content, parent=parent)\n"
        "print('mine')",
    )
    assert [message["content"]["text"] for message in seen] == ["mine\n"]


def test_it_works_in_a_copy_of_what_was_handed_in(kernel: StudentKernel, tmp_path: Path) -> None:
    assert printed(kernel, "print(open('data.txt').read())") == "1 2 3\n"
    run(kernel, "open('data.txt', 'w').write('mine')")
    assert (tmp_path / "handed in/data.txt").read_text() == "1 2 3"


def test_nothing_of_it_stays(kernel: StudentKernel) -> None:
    """No process, and none of the files in its scratch folder."""
    with scratch_folder() as beside:
        before = {path.name for path in Path(beside).parent.iterdir()}
        run(kernel, "open('large', 'w').write('x' * 1000)")
        pid = kernel.pid
        kernel.stop()
        after = {path.name for path in Path(beside).parent.iterdir()}
    assert len(before - after) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_only_regular_files_are_copied(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "sub").mkdir(parents=True)
    (tmp_path / "secret").write_text("a secret")
    (source / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(source / "pipe")
    (source / "other.ipynb").write_text("{}")
    (source / "sub/fine").write_text("fine")
    copy_files(source, tmp_path / "copy")
    found = [path for path in (tmp_path / "copy").rglob("*") if not path.is_dir()]
    assert found == [tmp_path / "copy/sub/fine"]


def test_no_more_is_copied_than_there_is_room_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "MAX_COPIED", 1000)
    source = tmp_path / "source"
    source.mkdir()
    for name in ("a", "b", "c"):
        (source / name).write_bytes(bytes(400))
    copy_files(source, tmp_path / "copy")
    assert len([*(tmp_path / "copy").iterdir()]) == 2
