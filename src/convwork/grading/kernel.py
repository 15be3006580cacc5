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
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import zmq
import zmq.asyncio
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync

from convwork.coursedir import GRADING_VARIABLE, find_root
from convwork.errors import ConvworkError
from convwork.grading.judge import LostAnswerError
from convwork.grading.memory_guard import MemoryGuard
from convwork.grading.payload import MAX_ENCODED, Answer, UnreadableAnswerError, read_answer

Message = dict[str, Any]
OnOutput = Callable[[Message], None]
T = TypeVar("T")

READY_LIMIT = 60.0
INTERRUPT_GRACE = 3.0
OUTPUT_GRACE = 2.0
POLL = 0.25
MAX_COPIED = 50 << 20

# One expression, evaluated with the request that it answers; `answers` returns base64 text.
QUESTION = '__import__("convwork.answers").answers.answer("{}")'
HIDDEN = (
    "grader_tests",
    "source",
    "notebooks",
    "submitted",
    "autograded",
    "gradebook.db",
    ".convwork_secret",
)
OUTPUTS = ("stream", "display_data", "execute_result", "error")


class TimedOutError(LostAnswerError):
    """The time limit passed; the kernel was interrupted, or ended where that did not help."""


class KernelDiedError(LostAnswerError):
    """The kernel is gone."""


class StudentKernel:
    """A kernel that works in `folder`, or, in a sandbox, in a copy of the files there.

    Each start gets a new scratch folder: what a kernel left behind may be a trap.
    """

    def __init__(self, folder: Path, sandboxed: bool) -> None:
        self._folder = folder
        self._sandboxed = sandboxed
        self._leftovers = contextlib.ExitStack()  # what is to be cleared away at the end
        self._guard: MemoryGuard | None = None
        self._running = False
        self.alive = False

    def start(self) -> None:
        """Start the kernel and wait for it. Raises ConvworkError if there can be none."""
        _wait(self._start())

    def run(self, code: str, limit: float, on_output: OnOutput) -> None:
        """Run a cell. Raises TimedOutError or KernelDiedError."""
        reply = _wait(self._execute(code, {}, limit, on_output))
        if _asks_to_exit(reply):  # it would end a moment later, in a cell that has no fault
            self.stop()
            raise KernelDiedError("it ended the kernel")

    def ask(self, request: bytes, limit: float) -> Answer:
        """Ask a packed question. Raises TimedOutError, KernelDiedError, UnreadableAnswerError."""
        question = QUESTION.format(base64.b64encode(request).decode())
        reply = _wait(self._execute("", {"answer": question}, limit, lambda message: None))
        return read_answer(_expression(reply))

    def stop(self) -> None:
        """End the kernel and all its processes."""
        _wait(self._stop())

    async def _start(self) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="convwork-", ignore_cleanup_errors=True)
        self._scratch = Path(self._leftovers.enter_context(scratch)).resolve()
        work = self._folder
        if self._sandboxed:
            work = self._scratch / "work"
            copy_files(self._folder, work)
        context = zmq.asyncio.Context()
        context.setsockopt(zmq.MAXMSGSIZE, MAX_ENCODED)
        self._manager = AsyncKernelManager(
            context=context,
            kernel_name="student",
            kernel_spec_manager=_OneKernel(argv=self._command()),
            transport="ipc",
            ip=str(self._scratch / "k"),
            connection_file=str(self._scratch / "kernel.json"),
        )
        log = self._scratch / "kernel.log"
        with log.open("wb") as file:
            await self._manager.start_kernel(
                cwd=str(work), env=_environment(), stdout=file, stderr=file
            )
        self._client = self._manager.client()
        self._client.start_channels(stdin=False, hb=False)
        self._running = True
        try:
            await self._client.wait_for_ready(timeout=READY_LIMIT)
        except RuntimeError as error:
            reason = log.read_text(errors="replace").strip().splitlines()[-1:]
            await self._stop()
            raise ConvworkError(
                f"no kernel could be started: {' '.join(reason) or error}"
            ) from error
        if self._sandboxed:
            pid = self._manager.provisioner.pid
            self._guard = self._leftovers.enter_context(MemoryGuard(pid, self._scratch))
        self.alive = True

    def _command(self) -> list[str]:
        if not self._sandboxed:
            return [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        # Here, not above: the sandbox is Linux's, and self-learners may have another system.
        from convwork.grading.confined_kernel import kernel_command

        root = find_root()
        return kernel_command(self._scratch, hidden=[root / name for name in HIDDEN])

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
            if message := await self._shell_message(request):
                return message
            if not await self._manager.is_alive():
                reason = self._guard.reason if self._guard else None
                await self._stop()
                raise KernelDiedError(reason or "the kernel died")
            if time.monotonic() > deadline:
                await self._interrupt(request)
                raise TimedOutError(f"no answer within {limit:g} seconds")

    async def _shell_message(self, request: str) -> Message | None:
        """The reply to `request`, if it comes within POLL seconds."""
        try:
            message = await self._client.get_shell_msg(timeout=POLL)
        except queue.Empty:
            return None
        except Exception as error:  # whatever a kernel can send that is not a message
            await self._stop()
            raise KernelDiedError("the kernel sent something that is not a message") from error
        return message if _answers(message, request) else None

    async def _outputs(self, request: str, on_output: OnOutput) -> None:
        """Hand on what the kernel publishes for `request`, until it says that it is idle."""
        while True:
            message = await self._client.get_iopub_msg(timeout=None)
            if not _answers(message, request):
                continue
            if message.get("msg_type") == "status":
                if message.get("content", {}).get("execution_state") == "idle":
                    return
            elif message.get("msg_type") in OUTPUTS:
                on_output(message)

    async def _interrupt(self, request: str) -> None:
        """Interrupt the kernel; end it if the interrupted request still gets no reply."""
        await self._manager.interrupt_kernel()
        deadline = time.monotonic() + INTERRUPT_GRACE
        while time.monotonic() < deadline:
            if await self._shell_message(request):
                return
        await self._stop()

    async def _stop(self) -> None:
        self.alive = False
        if not self._running:
            return
        self._running = False
        self._client.stop_channels()
        with contextlib.suppress(Exception):  # it may be dead, or be dying
            await self._manager.shutdown_kernel(now=True)
        self._manager.context.destroy(linger=0)
        self._leftovers.close()


class _OneKernel(KernelSpecManager):  # type: ignore[misc]
    """Knows one kernel, whatever name a notebook asks for."""

    def __init__(self, argv: list[str]) -> None:
        super().__init__()
        self._argv = argv

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        return KernelSpec(
            argv=self._argv,
            display_name="convwork",
            language="python",
            interrupt_mode="message",
        )


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


def _environment() -> dict[str, str]:
    """The kernel's environment; the sandbox takes out all that a kernel does not need."""
    return dict(os.environ) | {
        GRADING_VARIABLE: "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "PYTHONHASHSEED": "0",
    }


def _answers(message: Any, request: str) -> bool:
    parent = message.get("parent_header")
    return isinstance(parent, dict) and parent.get("msg_id") == request


def _asks_to_exit(reply: Message) -> bool:
    """Whether the cell called `exit()`, which a kernel obeys once it has replied."""
    payload = reply.get("content", {}).get("payload")
    return isinstance(payload, list) and any(
        isinstance(item, dict) and item.get("source") == "ask_exit" for item in payload
    )


def _expression(reply: Message) -> str:
    """The text of the expression `answer` in a reply."""
    try:
        text = reply["content"]["user_expressions"]["answer"]["data"]["text/plain"]
        if not isinstance(text, str):
            raise TypeError
    except (KeyError, TypeError) as error:
        raise UnreadableAnswerError("the kernel's reply holds none") from error
    return text.strip("'\"")
