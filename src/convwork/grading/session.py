"""A student's kernel that has run all cells so far, whatever hung or killed the one before it.

The rules of patience are here: what is tried again, when a kernel is started anew, and after how
many lost answers an exercise is asked nothing more.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from convwork.grading.kernel import KernelKilledError, LostAnswerError, OnOutput, TimedOutError
from convwork.grading.payload import Answer, NoAnswer, Reply
from convwork.grading.questions import Question
from convwork.grading.verdicts import Kind

MAX_STARTS = 15
MAX_CHANCES = 3  # deaths of a kernel that may not be the fault of what ran
MAX_LOST = 2  # answers of an exercise
MAX_AT_ONCE = 8 << 20  # bytes of questions asked at once
AT_ONCE_LIMIT = 2  # times the limit of a single one
LEAST_PATIENCE = 5.0  # seconds that a cell may always take
TIME_IS_UP = "not asked: the notebook's time was used up"


@dataclass(frozen=True)
class Limits:
    """Seconds that a cell, a whole notebook and a question may take; a case may have less."""

    cell: float = 60.0
    notebook: float = 900.0
    question: float = math.inf


USUAL_LIMITS = Limits()


class Kernel(Protocol):
    """What a session needs of `StudentKernel`, where each method is described."""

    @property
    def alive(self) -> bool: ...

    def start(self) -> None: ...

    def run(self, code: str, limit: float, on_output: OnOutput) -> str: ...

    def ask(self, requests: Sequence[bytes], limit: float) -> list[Reply]: ...


class Session:
    """Runs a notebook's cells and asks questions, over as many kernels as that takes.

    clock: seconds that never go back.
    """

    def __init__(
        self, kernel: Kernel, limits: Limits, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._kernel = kernel
        self._limits = limits
        self._clock = clock
        self._deadline = clock() + limits.notebook
        self._ran: list[str] = []
        self._starts = 0
        self._timed_out = 0  # cells
        self._deadly: set[str | bytes] = set()

    def start(self) -> None:
        """Start a kernel. Raises LostAnswerError where it has died too often."""
        self._starts += 1
        if self._starts > MAX_STARTS:
            raise LostAnswerError("not asked: the kernel had died too often")
        self._kernel.start()

    def run(self, source: str, on_output: OnOutput) -> str:
        """Run a cell; the name of the error that stopped it, which is empty if none did.

        A cell for which no time is left is not run. Raises LostAnswerError if it hangs or kills
        the kernel; then it is left out from here on.
        """
        limit = min(self._patience(), self._left())
        if limit <= 0:
            return ""
        try:
            stopped_by = self._ready().run(source, limit, on_output)
        except TimedOutError:
            self._timed_out += 1
            raise
        self._ran.append(source)
        return stopped_by

    def ask(self, questions: Sequence[Question]) -> list[Reply]:
        """The answers to an exercise's questions, each in its place, lost ones too.

        The first is asked alone. If there is an answer, the rest are asked at once, which saves
        most of the time; if that fails, one by one, until too many answers are lost.
        """
        first, *rest = questions
        reply = self._alone(first)
        if _is_missing(reply):
            return [reply] * len(questions)
        lost = _is_lost(reply)
        replies = None if lost else self._at_once(rest)
        return [reply, *(self._one_by_one(rest, lost) if replies is None else replies)]

    def may_be_chance(self, error: LostAnswerError, during: str | bytes) -> bool:
        """Whether to try again: the kernel was killed, for the first time during this."""
        if not isinstance(error, KernelKilledError):
            return False
        if during in self._deadly or len(self._deadly) == MAX_CHANCES:
            return False
        self._deadly.add(during)
        return True

    def _patience(self) -> float:
        """Seconds for the next cell: half after each that took too long, lest all of them do."""
        least = min(LEAST_PATIENCE, self._limits.cell)
        return max(self._limits.cell * 0.5**self._timed_out, least)

    def _left(self) -> float:
        return self._deadline - self._clock()

    def _one_by_one(self, questions: Sequence[Question], lost: int) -> list[Reply]:
        replies: list[Reply] = []
        for question in questions:
            if lost == MAX_LOST:
                why = "not asked: the questions before it were not answered"
                replies.append(NoAnswer(Kind.NOT_ASKED, why))
                continue
            replies.append(self._alone(question))
            lost += _is_lost(replies[-1])
        return replies

    def _alone(self, question: Question) -> Reply:
        limit = self._limit(question)
        try:
            try:
                (reply,) = self._send([question.request], limit)
            except LostAnswerError as error:
                if not self.may_be_chance(error, question.request):
                    raise
                (reply,) = self._send([question.request], limit)
        except LostAnswerError as error:
            return NoAnswer(Kind.LOST, str(error))
        return reply

    def _at_once(self, questions: Sequence[Question]) -> list[Reply] | None:
        """The answers to all; None if one was lost, or they are too much for one message."""
        requests = [question.request for question in questions]
        if sum(map(len, requests)) >= MAX_AT_ONCE:
            return None
        limit = AT_ONCE_LIMIT * max(map(self._limit, questions), default=0)
        try:
            return self._send(requests, limit) if requests else []
        except LostAnswerError:
            return None

    def _limit(self, question: Question) -> float:
        return min(question.case.time_limit, self._limits.question)

    def _send(self, requests: Sequence[bytes], limit: float) -> list[Reply]:
        limit = min(limit, self._left())
        if limit <= 0:
            raise LostAnswerError(TIME_IS_UP)
        return self._ready().ask(requests, limit)

    def _ready(self) -> Kernel:
        """A kernel that has run all cells so far, but for those that hung or killed one."""
        while not self._kernel.alive:
            self.start()
            for source in list(self._ran):
                limit = min(self._limits.cell, self._left())
                if limit <= 0:
                    raise LostAnswerError(TIME_IS_UP)
                try:
                    self._kernel.run(source, limit, lambda message: None)
                except LostAnswerError as error:
                    if not self.may_be_chance(error, source):
                        self._ran.remove(source)
                    if not self._kernel.alive:
                        break
        return self._kernel


def _is_lost(reply: Reply) -> bool:
    return isinstance(reply, NoAnswer) and reply.kind == Kind.LOST


def _is_missing(reply: Reply) -> bool:
    """Whether there is no function to be asked."""
    return isinstance(reply, Answer) and reply.error is not None and reply.error.is_missing
