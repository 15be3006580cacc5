"""Grading one notebook: run the student's cells, ask each exercise's questions, keep count."""

import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from nbformat import NotebookNode

from convwork.grading.cases import Exercise, load_exercises
from convwork.grading.handout import Handout, grade_id, imports_of_week
from convwork.grading.judge import verdict
from convwork.grading.kernel import LostAnswerError, StudentKernel
from convwork.grading.outputs import OutputKeeper
from convwork.grading.plain import one_line
from convwork.grading.questions import questions
from convwork.grading.references import References, open_references
from convwork.grading.second_try import MISSING_MODULE, second_try
from convwork.grading.session import USUAL_LIMITS, Limits, Session
from convwork.grading.submission import variant_key
from convwork.grading.verdicts import ExerciseVerdict, Kind, NotebookVerdict

HIDDEN = (
    "grader_tests",
    "source",
    "notebooks",
    "submitted",
    "autograded",
    "gradebook.db",
    ".convwork_secret",
)


def grade_notebook(
    nb: NotebookNode,
    handout: Handout,
    folder: Path,
    sandboxed: bool = True,
    limits: Limits = USUAL_LIMITS,
    only: Collection[str] = (),
) -> NotebookVerdict:
    """Run a restored submission and judge it; its cells get the outputs of this run.

    folder: what lies beside the notebook; in a sandbox the kernel works in a copy of it.
    only: names of the exercises that are asked; without any, all are.
    Raises ConvworkError if no kernel can be had or the references are damaged.
    """
    root, week = handout.notebook.root, handout.notebook.week
    kernel = StudentKernel(
        folder,
        sandboxed,
        hidden=[root / name for name in HIDDEN],
        preload=imports_of_week(root, week),
    )
    began = time.monotonic()
    try:
        judged = grade_in(Session(kernel, limits), nb, handout, only)
    finally:
        kernel.stop()
    took = time.monotonic() - began
    return replace(judged, seconds=took, processor_seconds=kernel.processor_seconds)


def grade_in(
    session: Session, nb: NotebookNode, handout: Handout, only: Collection[str] = ()
) -> NotebookVerdict:
    """Run a restored submission in a session that was not started yet, and judge it.

    Raises ConvworkError if no kernel can be had or the references are damaged.
    """
    declared = load_exercises(handout.notebook.tests)
    exercises = {
        name: exercise for name, exercise in declared.items() if name in (only or declared)
    }
    key = variant_key(handout.notebook.root, nb)
    with open_references(handout.notebook.references) as references:
        return _Run(nb, handout, exercises, references, key, session).grade()


class _Run:
    """One pass over a notebook; cells and questions that hang or kill the kernel don't end it."""

    def __init__(
        self,
        nb: NotebookNode,
        handout: Handout,
        exercises: dict[str, Exercise],
        references: References,
        key: bytes,
        session: Session,
    ) -> None:
        self._nb = nb
        self._handout = handout
        self._exercises = exercises
        self._references = references
        self._key = key
        self._session = session
        self._outputs = OutputKeeper()
        self._verdicts: dict[str, ExerciseVerdict] = {}
        self._cell_errors: dict[str, str] = {}
        self._remarks: list[str] = []

    def grade(self) -> NotebookVerdict:
        """Run and ask in the notebook's order; what was not yet there is asked for at the end."""
        self._session.start()
        due = self._due()
        for index, cell in enumerate(self._nb.cells):
            if self._is_run(cell):
                self._run_cell(cell)
            for name in due.get(index, ()):
                self._verdicts[name] = self._verdict(name)
        for name, before in list(self._verdicts.items()):
            if _lacked_something(before):
                again = self._verdict(name)
                self._verdicts[name] = max(again, before, key=lambda v: v.score)
        verdicts = (self._verdicts[name] for name in self._exercises)
        return NotebookVerdict(
            str(self._handout.notebook),
            tuple(map(self._with_remarks, verdicts)),
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
        try:
            return self._session.run(source, self._outputs.take)
        except LostAnswerError as error:
            if self._session.may_be_chance(error, source):
                return self._run_source(cell, source)
            self._outputs.add_error("Stopped", f"{error}; this cell is left out from here on")
            self._remarks.append(f"A cell was stopped ({error}): {_first_line(cell)}")
            return ""

    def _verdict(self, name: str) -> ExerciseVerdict:
        exercise = self._exercises[name]
        asked = questions(exercise, self._key, self._references)
        return verdict(exercise, asked, self._session.ask(asked), self._handout.points[name])

    def _with_remarks(self, judged: ExerciseVerdict) -> ExerciseVerdict:
        """Say what went wrong with the exercise's cell, and which exercise to mend first."""
        if judged.passed or judged.still_to_do:
            return judged
        remarks = []
        if error := self._cell_errors.get(judged.name):
            remarks.append(f"Its cell stopped with {error}")
        broken = [
            name
            for name in self._exercises[judged.name].uses
            if name in self._verdicts and not self._verdicts[name].passed
        ]
        if broken:
            remarks.append(f"Mend {' and '.join(broken)} first: {judged.name} calls it.")
        return replace(judged, remarks=tuple(remarks))


def _lacked_something(judged: ExerciseVerdict) -> bool:
    """Whether the function, or one that it calls, may stand in a later cell."""
    return any(
        case.kind in (Kind.MISSING, Kind.STILL_TO_DO) or case.error == "NameError"
        for case in judged.cases
    )


def _first_line(cell: NotebookNode) -> str:
    lines = cell.source.strip().splitlines()
    line = one_line(lines[0][:80]).replace("`", "'")  # lest it end the quotation
    return f"`{line}`"
