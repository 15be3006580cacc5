"""Grading one notebook: run the student's cells, ask each exercise's questions, keep count."""

import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from nbformat import NotebookNode

from convwork.grading.cases import Exercise, load_exercises
from convwork.grading.handout import Handout, grade_id, imports_of_week
from convwork.grading.judge import MISSING, STILL_TO_DO, LostAnswerError, examine
from convwork.grading.kernel import KernelKilledError, StudentKernel, TimedOutError
from convwork.grading.outputs import OutputKeeper
from convwork.grading.payload import Answer, UnreadableAnswerError
from convwork.grading.plain import one_line
from convwork.grading.references import References, open_references
from convwork.grading.second_try import MISSING_MODULE, second_try
from convwork.grading.submission import variant_key
from convwork.grading.verdicts import ExerciseVerdict, NotebookVerdict

MAX_STARTS = 15
MAX_CHANCES = 3  # deaths of a kernel that may not be the fault of what ran
MAX_AHEAD = 8 << 20  # bytes of questions asked at once
AHEAD_LIMIT = 2  # times the limit of a single one
LEAST_PATIENCE = 5.0  # seconds that a cell may always take
HIDDEN = (
    "grader_tests",
    "source",
    "notebooks",
    "submitted",
    "autograded",
    "gradebook.db",
    ".convwork_secret",
)


@dataclass(frozen=True)
class Limits:
    """Seconds that a cell and a whole notebook may take."""

    cell: float = 60.0
    notebook: float = 900.0


def grade_notebook(
    nb: NotebookNode,
    handout: Handout,
    folder: Path,
    sandboxed: bool = True,
    limits: Limits = Limits(),
) -> NotebookVerdict:
    """Run a restored submission and judge it; its cells get the outputs of this run.

    folder: what lies beside the notebook; in a sandbox the kernel works in a copy of it.
    Raises ConvworkError if no kernel can be had or the references are damaged.
    """
    exercises = load_exercises(handout.notebook.tests)
    key = variant_key(handout.notebook.root, nb)
    root, week = handout.notebook.root, handout.notebook.week
    kernel = StudentKernel(
        folder,
        sandboxed,
        hidden=[root / name for name in HIDDEN],
        preload=imports_of_week(root, week),
    )
    began = time.monotonic()
    with open_references(handout.notebook.references) as references:
        run = _Run(nb, handout, exercises, references, key, kernel, limits)
        try:
            verdict = run.grade()
        finally:
            kernel.stop()
    took = time.monotonic() - began
    return replace(verdict, seconds=took, processor_seconds=kernel.processor_seconds)


class _Run:
    """One pass over a notebook; it survives cells and questions that hang or kill the kernel."""

    def __init__(
        self,
        nb: NotebookNode,
        handout: Handout,
        exercises: dict[str, Exercise],
        references: References,
        key: bytes,
        kernel: StudentKernel,
        limits: Limits,
    ) -> None:
        self._nb = nb
        self._handout = handout
        self._exercises = exercises
        self._references = references
        self._key = key
        self._kernel = kernel
        self._limits = limits
        self._deadline = time.monotonic() + limits.notebook
        self._outputs = OutputKeeper()
        self._ran: list[str] = []
        self._starts = 0
        self._timed_out = 0  # cells
        self._deadly: set[str | bytes] = set()
        self._answers: dict[bytes, Answer | UnreadableAnswerError] = {}
        self._verdicts: dict[str, ExerciseVerdict] = {}
        self._cell_errors: dict[str, str] = {}
        self._remarks: list[str] = []

    def grade(self) -> NotebookVerdict:
        """Run and ask in the notebook's order; what was not yet there is asked for at the end."""
        self._start()
        due = self._due()
        for index, cell in enumerate(self._nb.cells):
            if self._is_run(cell):
                self._run_cell(cell)
            for name in due.get(index, ()):
                self._examine(name)
        for name, verdict in list(self._verdicts.items()):
            if _lacked_something(verdict):
                self._examine(name)
                self._verdicts[name] = max(self._verdicts[name], verdict, key=lambda v: v.score)
        verdicts = (self._verdicts[name] for name in self._exercises)
        return NotebookVerdict(
            str(self._handout.notebook),
            tuple(self._with_remarks(verdict) for verdict in verdicts),
            tuple(self._remarks),
        )

    def _due(self) -> dict[int, list[str]]:
        """After which cell each exercise is asked: its test cell or its solution, the later one."""
        last: dict[str, int] = {}
        for index, cell in enumerate(self._nb.cells):
            name = (grade_id(cell) or "").removeprefix("test_")
            if name in self._exercises:
                last[name] = index
        due: dict[int, list[str]] = {}
        for name, index in last.items():
            due.setdefault(index, []).append(name)
        return due

    def _is_run(self, cell: NotebookNode) -> bool:
        """Test cells are not run: what decides is asked from outside. Nor is what only shows."""
        if cell.cell_type != "code" or not cell.source.strip():
            return False
        if cell.metadata.get("nbgrader", {}).get("grade"):
            return False
        return cell.source.strip() not in self._handout.shown

    def _run_cell(self, cell: NotebookNode) -> None:
        stopped_by = self._run_source(cell, cell.source)
        if stopped_by == MISSING_MODULE:
            self._remarks.append(
                f"A cell imports a module that is not there in grading: {_first_line(cell)}"
            )
        if stopped_by and (changed := second_try(cell.source, stopped_by)):
            self._run_source(cell, changed)
        if self._outputs.error:
            self._cell_errors[grade_id(cell) or ""] = self._outputs.error

    def _run_source(self, cell: NotebookNode, source: str) -> str:
        """Run a cell's text; the name of the error that stopped it, if it is one of its own."""
        self._outputs.begin(cell)
        limit = min(self._patience(), self._deadline - time.monotonic())
        if limit <= 0:
            return ""
        try:
            stopped_by = self._ready().run(source, limit, self._outputs.take)
        except LostAnswerError as error:
            if self._may_be_chance(error, source):
                return self._run_source(cell, source)
            self._timed_out += isinstance(error, TimedOutError)
            self._outputs.add_error("Stopped", f"{error}; this cell is left out from here on")
            self._remarks.append(f"A cell was stopped ({error}): {_first_line(cell)}")
            return ""
        self._ran.append(source)
        return stopped_by

    def _patience(self) -> float:
        """Seconds for the next cell: half after each that took too long, lest all of them do."""
        least = min(LEAST_PATIENCE, self._limits.cell)
        return max(self._limits.cell * 0.5**self._timed_out, least)

    def _examine(self, name: str) -> None:
        self._verdicts[name] = examine(
            self._exercises[name],
            self._handout.points[name],
            self._references,
            self._key,
            self._ask,
            self._ask_ahead,
        )
        self._answers.clear()

    def _ask(self, request: bytes, limit: float) -> Answer:
        if request not in self._answers:
            try:
                self._ask_all([request], limit)
            except LostAnswerError as error:
                if not self._may_be_chance(error, request):
                    raise
                self._ask_all([request], limit)
        answer = self._answers[request]
        if isinstance(answer, UnreadableAnswerError):
            raise answer
        return answer

    def _ask_ahead(self, requests: list[bytes], limit: float) -> None:
        """Ask all at once, which saves most of the time; if one is lost, each is asked alone."""
        if sum(len(request) for request in requests) < MAX_AHEAD:
            with suppress(LostAnswerError):
                self._ask_all(requests, AHEAD_LIMIT * limit)

    def _ask_all(self, requests: list[bytes], limit: float) -> None:
        limit = min(limit, self._deadline - time.monotonic())
        if limit <= 0:
            raise LostAnswerError("not asked: the notebook's time was used up")
        answers = self._ready().ask(requests, limit)
        self._answers = dict(zip(requests, answers, strict=True))

    def _ready(self) -> StudentKernel:
        """A kernel that has run all cells so far, but for those that hung or killed one."""
        while not self._kernel.alive:
            self._start()
            for source in list(self._ran):
                limit = min(self._limits.cell, self._deadline - time.monotonic())
                if limit <= 0:
                    raise LostAnswerError("not asked: the notebook's time was used up")
                try:
                    self._kernel.run(source, limit, lambda message: None)
                except LostAnswerError as error:
                    if not self._may_be_chance(error, source):
                        self._ran.remove(source)
                    if not self._kernel.alive:
                        break
        return self._kernel

    def _may_be_chance(self, error: LostAnswerError, during: str | bytes) -> bool:
        """Whether to try again: the kernel was killed, for the first time during this."""
        if not isinstance(error, KernelKilledError):
            return False
        if during in self._deadly or len(self._deadly) == MAX_CHANCES:
            return False
        self._deadly.add(during)
        return True

    def _start(self) -> None:
        self._starts += 1
        if self._starts > MAX_STARTS:
            raise LostAnswerError("not asked: the kernel had died too often")
        self._kernel.start()

    def _with_remarks(self, verdict: ExerciseVerdict) -> ExerciseVerdict:
        """Say what went wrong with the exercise's cell, and which exercise to mend first."""
        if verdict.passed or verdict.common_problem == STILL_TO_DO:
            return verdict
        remarks = []
        if error := self._cell_errors.get(verdict.name):
            remarks.append(f"Its cell stopped with {error}")
        broken = [
            name
            for name in self._exercises[verdict.name].uses
            if name in self._verdicts and not self._verdicts[name].passed
        ]
        if broken:
            remarks.append(f"Mend {' and '.join(broken)} first: {verdict.name} calls it.")
        return replace(verdict, remarks=tuple(remarks))


def _lacked_something(verdict: ExerciseVerdict) -> bool:
    """Whether the function, or one that it calls, may stand in a later cell."""
    return any(
        case.problem in (MISSING, STILL_TO_DO) or "it raised NameError" in case.problem
        for case in verdict.cases
    )


def _first_line(cell: NotebookNode) -> str:
    lines = cell.source.strip().splitlines()
    line = one_line(lines[0][:80]).replace("`", "'")  # lest it end the quotation
    return f"`{line}`"
