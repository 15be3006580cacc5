"""One student's kernel: started in a sandbox, given cells to run, asked questions.

Everything that it sends is untrusted: replies are matched to the request that they answer,
messages are bounded, and no message of it is ever taken for a score.
"""

import asyncio
import base64
import contextlib
import os
import queue
import shutil
import sys
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import psutil
import zmq
import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync

from convwork.coursedir import GRADING_VARIABLE
from convwork.errors import ConvworkError
from convwork.grading.bounded_json import read_json
from convwork.grading.memory_guard import MemoryGuard
from convwork.grading.outputs import MAX_OUTPUT
from convwork.grading.payload import (
    MAX_ENCODED,
    NoAnswer,
    Reply,
    UnreadableAnswerError,
    read_answer,
)
from convwork.grading.scratch import scratch_folder
from convwork.grading.verdicts import Kind
from convwork.trees import REPLY_TYPE

Message = dict[str, Any]
OnOutput = Callable[[Message], None]
T = TypeVar("T")

READY_LIMIT = 60.0
READY_POLL = 1.0
OUTPUT_POLL = 0.03
INTERRUPT_GRACE = 3.0
OUTPUT_GRACE = 2.0
POLL = 0.25
RECONNECT = 10  # milliseconds
MAX_COPIED = 50 << 20
REPLIES_WAITING, OUTPUTS_WAITING = 2, 32  # messages that may wait to be read

# One expression, evaluated with the request that it answers.
QUESTION = '__import__("convwork.answers").answers.answer("{}")'
OUTPUTS = ("stream", "display_data", "execute_result", "error")


class LostAnswerError(Exception):
    """No answer came back (a time-out, a dead kernel); the message is for the student."""


class TimedOutError(LostAnswerError):
    """The time limit passed; the kernel was interrupted, or ended where that did not help."""


class KernelDiedError(LostAnswerError):
    """The kernel is gone."""


class KernelKilledError(KernelDiedError):
    """The kernel is gone, and what ran may not be why: somebody outside, or an earlier cell."""


class StudentKernel:
    """A kernel that works in `folder`, or, in a sandbox, in a copy of the files there.

    hidden: what a sandbox must not show; preload: modules that kernels need at once.
    Each start gets a new scratch folder: what a kernel left behind may be a trap.
    """

    def __init__(
        self,
        folder: Path,
        sandboxed: bool,
        *,
        hidden: Iterable[Path] = (),
        preload: Iterable[str] = (),
    ) -> None:
        self._folder = folder
        self._sandboxed = sandboxed
        self._hidden = [*hidden]
        self._preload = sorted(preload)
        self._leftovers = contextlib.ExitStack()  # what is to be cleared away at the end
        self._guard: MemoryGuard | None = None
        self._running = False
        self.alive = False
        self.processor_seconds = 0.0  # of all its starts so far, but for those that died

    @property
    def pid(self) -> int:
        """The first of the kernel's processes, which leads the group of all."""
        return int(self._manager.provisioner.pid)

    def start(self) -> None:
        """Start the kernel and wait for it. Raises ConvworkError if there can be none."""
        try:
            _wait(self._start())
        except ConvworkError:  # it may have been killed by chance
            _wait(self._start())

    def run(self, code: str, limit: float, on_output: OnOutput) -> str:
        """Run a cell; the name of the error that stopped it, which is empty if none did.

        Raises TimedOutError or KernelDiedError.
        """
        reply = _wait(self._execute(code, {}, limit, on_output))
        if _asks_to_exit(reply):  # it would end a moment later, in a cell that has no fault
            self.stop()
            raise KernelDiedError("it ended the kernel")
        name = _content(reply).get("ename")
        return name if isinstance(name, str) else ""

    def ask(self, requests: Sequence[bytes], limit: float) -> list[Reply]:
        """Ask packed questions, one after the other, within a limit for all.

        Raises TimedOutError or KernelDiedError; then none counts as answered.
        """
        questions = {
            str(number): QUESTION.format(base64.b64encode(request).decode())
            for number, request in enumerate(requests)
        }
        reply = _wait(self._execute("", questions, limit, lambda message: None))
        return [_answer(reply, name) for name in questions]

    def stop(self) -> None:
        """End the kernel and all its processes."""
        _wait(self._stop())

    async def _start(self) -> None:
        self._scratch = Path(self._leftovers.enter_context(scratch_folder())).resolve()
        work = self._folder
        if self._sandboxed:
            work = self._scratch / "work"
            copy_files(self._folder, work)
        context = zmq.asyncio.Context()
        _bound_sockets(context, REPLIES_WAITING, MAX_ENCODED)
        context.setsockopt(zmq.RECONNECT_IVL, RECONNECT)
        self._manager = AsyncKernelManager(
            context=context,
            kernel_name="student",
            kernel_spec_manager=_OneKernel(self._spec()),
            transport="ipc",
            ip=str(self._scratch / "k"),
            connection_file=str(self._scratch / "kernel.json"),
        )
        log = self._scratch / "kernel.log"
        with log.open("wb") as file:
            await self._manager.start_kernel(
                cwd=str(work), env=_environment(), stdout=file, stderr=file
            )
        self._client = self._manager.client(context=context)
        self._client.session.unpack = read_json
        self._client.start_channels(iopub=False, stdin=False, hb=False, control=False)
        _bound_sockets(context, OUTPUTS_WAITING, MAX_OUTPUT)
        self._client.start_channels(shell=False, stdin=False, hb=False, control=False)
        self._running = True
        if not await self._is_ready():
            reason = log.read_text(errors="replace").strip().splitlines()[-1:]
            await self._stop()
            raise ConvworkError(
                f"no kernel could be started: {' '.join(reason) or 'it does not answer'}"
            )
        if self._sandboxed:
            self._guard = self._leftovers.enter_context(MemoryGuard(self.pid, self._scratch))
        self.alive = True

    def _spec(self) -> KernelSpec:
        if not self._sandboxed:
            command = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
            return _kernel_spec(command)
        # Here, not above: the sandbox is Linux's, and self-learners may have another system.
        from convwork.grading.confined_kernel import kernel_command
        from convwork.grading.provisioner import WARM

        provisioner = {"provisioner_name": WARM, "config": {"preload": self._preload}}
        return _kernel_spec(
            kernel_command(self._scratch, hidden=self._hidden),
            {"kernel_provisioner": provisioner},
        )

    async def _is_ready(self) -> bool:
        """Whether the kernel answers on both channels. (`wait_for_ready` takes 0.2 s longer.)"""
        deadline = time.monotonic() + READY_LIMIT
        while time.monotonic() < deadline and await self._manager.is_alive():
            request = self._client.kernel_info()
            idle = asyncio.ensure_future(self._outputs(request, lambda message: None))
            replied = await self._reply_within(request, READY_POLL)
            await asyncio.wait([idle], timeout=OUTPUT_POLL)
            if replied and idle.done():
                return True
            idle.cancel()
        return False

    async def _execute(
        self, code: str, expressions: dict[str, str], limit: float, on_output: OnOutput
    ) -> Message:
        """Send one request; outputs go to `on_output`, the reply to it comes back."""
        if not self.alive:
            raise KernelDiedError("the kernel is not running")
        request = self._client.execute(
            code,
            silent=not code,
            store_history=bool(code),
            user_expressions=expressions,
            allow_stdin=False,
            stop_on_error=False,
        )
        outputs = asyncio.ensure_future(self._outputs(request, on_output))
        try:
            reply = await self._reply(request, limit)
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.shield(outputs), OUTPUT_GRACE)
        finally:
            outputs.cancel()
        return reply

    async def _reply(self, request: str, limit: float) -> Message:
        deadline = time.monotonic() + limit
        while True:
            if message := await self._reply_within(request, POLL):
                return message
            if not await self._manager.is_alive():
                await self._stop()
                raise KernelKilledError((self._guard and self._guard.reason) or "the kernel died")
            if time.monotonic() > deadline:
                await self._interrupt(request)
                raise TimedOutError(f"no answer within {limit:g} seconds")

    async def _reply_within(self, request: str, seconds: float) -> Message | None:
        """The reply to `request`, if it comes in time; replies to others are dropped."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                message: Message = await self._client.get_shell_msg(timeout=left)
            except queue.Empty:
                break
            except Exception as error:  # whatever a kernel can send that is not a message
                await self._stop()
                raise KernelDiedError("the kernel sent something that is not a message") from error
            if _answers(message, request):
                return message
        return None

    async def _outputs(self, request: str, on_output: OnOutput) -> None:
        """Hand on what the kernel publishes for `request`, until it says that it is idle."""
        while True:
            try:
                message = await self._client.get_iopub_msg(timeout=None)
            except Exception:  # not a message; what else is put out for this request is lost
                return
            if not _answers(message, request):
                continue
            if message.get("msg_type") == "status":
                if _content(message).get("execution_state") == "idle":
                    return
            elif message.get("msg_type") in OUTPUTS:
                on_output(message)

    async def _interrupt(self, request: str) -> None:
        """Interrupt the kernel; end it if the interrupted request still gets no reply."""
        await self._manager.interrupt_kernel()
        if not await self._reply_within(request, INTERRUPT_GRACE):
            await self._stop()

    async def _stop(self) -> None:
        self.alive = False
        if not self._running:
            return
        self._running = False
        self.processor_seconds += _processor_seconds(self.pid)
        self._client.stop_channels()
        with contextlib.suppress(Exception):  # it may be dead, or be dying
            await self._manager.provisioner.kill()
            await self._manager.provisioner.wait()  # which the next line does every 0.1 seconds
            await self._manager.shutdown_kernel(now=True)
        self._manager.context.destroy(linger=0)
        self._leftovers.close()


class _OneKernel(KernelSpecManager):  # type: ignore[misc]
    """Knows one kernel, whatever name a notebook asks for."""

    def __init__(self, spec: KernelSpec) -> None:
        super().__init__()
        self._spec = spec

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return self._spec


def _kernel_spec(command: list[str], metadata: dict[str, Any] | None = None) -> KernelSpec:
    return KernelSpec(
        argv=command,
        display_name="convwork",
        language="python",
        interrupt_mode="message",
        metadata=metadata or {},
    )


def _bound_sockets(context: zmq.asyncio.Context, waiting: int, size: int) -> None:
    """For the sockets made from now on: what waits to be read lies in the grader's own memory."""
    context.setsockopt(zmq.RCVHWM, waiting)
    context.setsockopt(zmq.MAXMSGSIZE, size)


def copy_files(source: Path, target: Path) -> None:
    """Copy regular files only: a link may point anywhere, a pipe may block for ever."""
    target.mkdir()
    room = MAX_COPIED
    for folder, _, names in os.walk(source):
        for name in names:
            path = Path(folder) / name
            if path.is_symlink() or not path.is_file() or path.suffix == ".ipynb":
                continue
            room -= path.stat().st_size
            if room < 0:
                return
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _wait(coroutine: Awaitable[T]) -> T:
    """Run a coroutine to its end, also where a loop already runs (the formgrader's)."""

    async def run() -> T:
        return await coroutine

    result: T = run_sync(run)()
    return result


def _processor_seconds(pid: int) -> float:
    """What a process, and those that it started, have used so far; 0 if it is gone."""
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(pid)
        processes = (first, *first.children(recursive=True))
        return sum(sum(process.cpu_times()[:4]) for process in processes)  # with ended children
    return 0.0


def _environment() -> dict[str, str]:
    """The kernel's environment; the sandbox takes out all that a kernel does not need."""
    return dict(os.environ) | {
        GRADING_VARIABLE: "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "OPENBLAS_NUM_THREADS": "1",  # its threads would not survive the warm parent's fork
    }


def _answers(message: Any, request: str) -> bool:
    parent = message.get("parent_header")
    return isinstance(parent, dict) and parent.get("msg_id") == request


def _content(message: Message) -> dict[str, Any]:
    content = message.get("content")
    return content if isinstance(content, dict) else {}


def _asks_to_exit(reply: Message) -> bool:
    """Whether the cell called `exit()`, which a kernel obeys once it has replied."""
    payload = _content(reply).get("payload")
    return isinstance(payload, list) and any(
        isinstance(item, dict) and item.get("source") == "ask_exit" for item in payload
    )


def _answer(reply: Message, name: str) -> Reply:
    """What the expression of this name gave."""
    try:
        text = reply["content"]["user_expressions"][name]["data"][REPLY_TYPE]
        if not isinstance(text, str):
            raise TypeError
        return read_answer(text)
    except (KeyError, TypeError):
        return _unreadable("the kernel's reply holds none")
    except UnreadableAnswerError as error:
        return _unreadable(str(error))


def _unreadable(why: str) -> NoAnswer:
    return NoAnswer(Kind.UNREADABLE, f"the answer could not be read: {why}")
