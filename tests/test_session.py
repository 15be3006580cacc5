"""Patience with kernels: deaths, hangs, restarts and second chances, by a kernel that is made up.

No process is started and nobody sleeps: the kernel says what becomes of each cell and question,
and its clock goes on only by what they are said to take.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import nbformat
import pytest

from convwork.authoring.classroom import solved
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.grading.cases import Case, Exercise, load_exercises
from convwork.grading.handout import read_handout
from convwork.grading.kernel import (
    KernelDiedError,
    KernelKilledError,
    LostAnswerError,
    OnOutput,
    TimedOutError,
)
from convwork.grading.payload import Answer, NoAnswer, RaisedError, Reply
from convwork.grading.questions import Question, questions
from convwork.grading.references import open_references
from convwork.grading.runner import grade_in
from convwork.grading.session import MAX_AT_ONCE, MAX_STARTS, Limits, Session
from convwork.grading.submission import restore
from convwork.grading.verdicts import Kind, NotebookVerdict

FINE = Answer((1.0,), False, None)
MISSING = Answer((), False, RaisedError(("missing",), "", ""))
UNREADABLE = NoAnswer(Kind.UNREADABLE, "the answer could not be read")
LOST = "no answer within 10 seconds"


@dataclass(frozen=True)
class Hang:
    """A cell or question that ends only by the limit; the kernel may be gone with it."""

    deadly: bool = False


@dataclass(frozen=True)
class Death:
    """The kernel is gone: by what ran (`own`), or nobody knows by what."""

    own: bool = False


Event = Reply | Hang | Death | str  # a string is the name of the error that stops a cell


@dataclass
class FakeKernel:
    """Does with each cell and question what its script says, in turn; else all is fine."""

    script: dict[str, list[Event]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    alive: bool = False
    now: float = 0.0
    log: list[str] = field(default_factory=list)
    limits: dict[str, float] = field(default_factory=dict)
    unstartable: bool = False

    def start(self) -> None:
        if self.unstartable:
            raise ConvworkError("no kernel could be started: it does not answer")
        self.alive = True
        self.log.append("start")

    def run(self, code: str, limit: float, on_output: OnOutput) -> str:
        assert self.alive
        self.log.append(code)
        event = self._next(code, limit)
        return event if isinstance(event, str) else ""

    def ask(self, requests: Sequence[bytes], limit: float) -> list[Reply]:
        assert self.alive
        names = [request.decode() for request in requests]
        self.log.append(" ".join(names))
        replies = []
        for name in names:
            event = self._next(name, limit)
            replies.append(event if isinstance(event, Answer | NoAnswer) else FINE)
        return replies

    def _next(self, name: str, limit: float) -> Event | None:
        self.limits.setdefault(name, limit)
        waiting = self.script.get(name)
        event = waiting.pop(0) if waiting else None
        if isinstance(event, Death):
            self.alive = False
            raise KernelDiedError("it ended") if event.own else KernelKilledError("it died")
        if isinstance(event, Hang):
            self.now += limit
            self.alive = not event.deadly
            raise TimedOutError(LOST)
        self.now += self.seconds.get(name, 0.1)
        return event


class FakeQuestion(Question):
    """A question whose request is its case's name."""

    @property
    def request(self) -> bytes:  # type: ignore[override]
        return self.case.name.encode()


def made_up(*names: str, **about: float) -> list[Question]:
    exercise = Exercise("f", tuple(Case(name, lambda rng: (), **about) for name in names))  # type: ignore[arg-type]
    return [FakeQuestion(exercise, case, 0, None) for case in exercise.cases]  # type: ignore[arg-type]


def session_with(kernel: FakeKernel, **limits: float) -> Session:
    session = Session(kernel, replace(Limits(), **limits), clock=lambda: kernel.now)
    session.start()
    kernel.log.clear()
    return session


def ignore(message: object) -> None:
    """What a cell puts out is of no interest here."""


def kinds(replies: Sequence[Reply]) -> list[Kind | str]:
    return [reply.kind if isinstance(reply, NoAnswer) else "answer" for reply in replies]


# --- questions -----------------------------------------------------------------------------------


def test_first_alone_and_then_all_at_once() -> None:
    kernel = FakeKernel()
    replies = session_with(kernel).ask(made_up("a", "b", "c", time_limit=7))
    assert replies == [FINE, FINE, FINE]
    assert kernel.log == ["a", "b c"]
    assert (kernel.limits["a"], kernel.limits["b"]) == (7, 14)


def test_one_question_is_one_request() -> None:
    kernel = FakeKernel()
    assert session_with(kernel).ask(made_up("a")) == [FINE]
    assert kernel.log == ["a"]


def test_an_answer_keeps_its_place() -> None:
    other = Answer((2.0,), False, None)
    kernel = FakeKernel({"b": [UNREADABLE], "c": [other]})
    assert session_with(kernel).ask(made_up("a", "b", "c")) == [FINE, UNREADABLE, other]


def test_too_much_for_one_message_is_asked_one_by_one() -> None:
    kernel = FakeKernel()
    long = "b" * MAX_AT_ONCE
    session_with(kernel).ask(made_up("a", long, "c"))
    assert kernel.log == ["a", long, "c"]


def test_a_missing_function_is_asked_once() -> None:
    kernel = FakeKernel({"a": [MISSING]})
    assert session_with(kernel).ask(made_up("a", "b", "c")) == [MISSING] * 3
    assert kernel.log == ["a"]


def test_an_unreadable_answer_is_no_lost_one() -> None:
    kernel = FakeKernel({"a": [UNREADABLE]})
    assert kinds(session_with(kernel).ask(made_up("a", "b"))) == [Kind.UNREADABLE, "answer"]


@pytest.mark.parametrize(
    ("lost", "asked", "came"),
    [
        ("a", "a b c d", [Kind.LOST, "answer", "answer", "answer"]),
        ("bc", "a b c", ["answer", Kind.LOST, Kind.LOST, Kind.NOT_ASKED]),
        ("ad", "a b c d", [Kind.LOST, "answer", "answer", Kind.LOST]),
        ("abcd", "a b", [Kind.LOST, Kind.LOST, Kind.NOT_ASKED, Kind.NOT_ASKED]),
    ],
)
@pytest.mark.parametrize("event", [Hang(), Hang(deadly=True), Death(own=True)])
def test_after_two_lost_answers_nothing_more_is_asked(
    lost: str, asked: str, came: list[Kind | str], event: Event
) -> None:
    kernel = FakeKernel({name: [event] * 2 for name in lost})
    replies = session_with(kernel).ask(made_up("a", "b", "c", "d"))
    assert kinds(replies) == came
    alone = [line for line in kernel.log if len(line) == 1]
    assert alone == asked.split()


def test_a_lost_answer_says_why() -> None:
    kernel = FakeKernel({"a": [Hang()], "b": [Death(own=True)]})
    replies = session_with(kernel).ask(made_up("a", "b", "c"))
    assert [reply.why for reply in replies if isinstance(reply, NoAnswer)] == [
        LOST,
        "it ended",
        "not asked: the questions before it were not answered",
    ]


def test_if_all_at_once_fails_each_is_asked_alone() -> None:
    kernel = FakeKernel({"c": [Hang(), Hang()]})
    replies = session_with(kernel).ask(made_up("a", "b", "c", "d"))
    assert kinds(replies) == ["answer", "answer", Kind.LOST, "answer"]
    assert kernel.log == ["a", "b c d", "b", "c", "d"]


def test_a_question_may_have_a_shorter_limit() -> None:
    kernel = FakeKernel()
    session_with(kernel, question=2).ask(made_up("a", "b", time_limit=7))
    assert (kernel.limits["a"], kernel.limits["b"]) == (2, 4)


def test_the_notebooks_time_bounds_all() -> None:
    kernel = FakeKernel({"a": [Hang()], "b": [Hang()]})
    session = session_with(kernel, notebook=12)
    replies = session.ask(made_up("a", "b", "c"))
    assert kernel.limits == {"a": 10, "b": 2}
    assert kinds(replies) == [Kind.LOST, Kind.LOST, Kind.NOT_ASKED]
    (last,) = session.ask(made_up("d"))
    assert last == NoAnswer(Kind.LOST, "not asked: the notebook's time was used up")


# --- kernels that die ----------------------------------------------------------------------------


def test_a_new_kernel_runs_all_cells_first() -> None:
    kernel = FakeKernel({"a": [Death(own=True)]})
    session = session_with(kernel)
    session.run("one", ignore)
    session.run("two", ignore)
    session.ask(made_up("a", "b"))
    assert kernel.log == ["one", "two", "a", "start", "one", "two", "b"]


def test_a_cell_that_stops_with_an_error_has_run() -> None:
    kernel = FakeKernel({"one": ["NameError"], "a": [Death(own=True)]})
    session = session_with(kernel)
    assert session.run("one", ignore) == "NameError"
    session.ask(made_up("a", "b"))
    assert kernel.log == ["one", "a", "start", "one", "b"]


@pytest.mark.parametrize("event", [Hang(), Hang(deadly=True), Death(own=True)])
def test_a_cell_that_hangs_or_kills_is_left_out_from_then_on(event: Event) -> None:
    kernel = FakeKernel({"two": [event], "a": [Death(own=True)]})
    session = session_with(kernel)
    session.run("one", ignore)
    with pytest.raises(LostAnswerError):
        session.run("two", ignore)
    session.run("three", ignore)
    session.ask(made_up("a", "b"))
    assert kernel.log[-4:] == ["start", "one", "three", "b"]


def test_a_cell_that_kills_only_the_second_kernel_is_left_out_of_the_third() -> None:
    kernel = FakeKernel({"one": ["", Death(own=True)], "a": [Death(own=True)]})
    session = session_with(kernel)
    session.run("one", ignore)
    session.run("two", ignore)
    assert kinds(session.ask(made_up("a", "b"))) == [Kind.LOST, "answer"]
    assert kernel.log == ["one", "two", "a", "start", "one", "start", "two", "b"]


def test_a_killed_kernel_gets_one_more_chance_with_the_same_question() -> None:
    kernel = FakeKernel({"a": [Death()]})
    assert kinds(session_with(kernel).ask(made_up("a", "b"))) == ["answer", "answer"]
    kernel = FakeKernel({"a": [Death(), Death()]})
    assert kinds(session_with(kernel).ask(made_up("a", "b"))) == [Kind.LOST, "answer"]


def test_chances_are_few() -> None:
    kernel = FakeKernel({name: [Death()] for name in "abcdefgh"})
    session = session_with(kernel)
    came = [kinds(session.ask(made_up(name))) for name in "abcd"]
    assert came == [["answer"], ["answer"], ["answer"], [Kind.LOST]]


@pytest.mark.parametrize(
    ("error", "chances"),
    [
        (KernelKilledError("it died"), [True, False]),
        (KernelDiedError("it ended the kernel"), [False, False]),
        (TimedOutError(LOST), [False, False]),
    ],
)
def test_only_a_killed_kernel_may_be_chance(error: LostAnswerError, chances: list[bool]) -> None:
    session = session_with(FakeKernel())
    assert [session.may_be_chance(error, "cell") for _ in chances] == chances


def test_a_cell_by_whose_time_a_kernel_was_killed_stays() -> None:
    """While the cells of before are run again, somebody kills the kernel once."""
    kernel = FakeKernel({"one": ["", Death()], "a": [Hang(deadly=True)]})
    session = session_with(kernel)
    session.run("one", ignore)
    assert kinds(session.ask(made_up("a", "b"))) == [Kind.LOST, "answer"]
    assert kernel.log == ["one", "a", "start", "one", "start", "one", "b"]


def test_a_kernel_is_started_a_number_of_times_and_no_more() -> None:
    kernel = FakeKernel({name: [Death(own=True)] * 2 for name in "abcdefghijklmnop"})
    session = session_with(kernel)
    replies = [reply for name in "abcdefghijklmnop" for reply in session.ask(made_up(name))]
    assert kernel.log.count("start") == MAX_STARTS - 1  # and the one before the first question
    assert replies[-1] == NoAnswer(Kind.LOST, "not asked: the kernel had died too often")


def test_no_kernel_at_all_is_nobodys_fault_who_submitted() -> None:
    with pytest.raises(ConvworkError, match="no kernel could be started"):
        session_with(FakeKernel(unstartable=True))


# --- patience with cells -------------------------------------------------------------------------


def test_patience_halves_with_each_cell_that_hangs_down_to_a_least() -> None:
    cells = ["a", "b", "c", "d", "e"]
    kernel = FakeKernel({cell: [Hang()] for cell in cells})
    session = session_with(kernel, cell=30)
    for cell in cells:
        with pytest.raises(TimedOutError):
            session.run(cell, ignore)
    assert [kernel.limits[cell] for cell in cells] == [30, 15, 7.5, 5, 5]


def test_patience_is_never_more_than_it_was() -> None:
    kernel = FakeKernel({"a": [Hang()]})
    session = session_with(kernel, cell=3)
    with pytest.raises(TimedOutError):
        session.run("a", ignore)
    session.run("b", ignore)
    assert kernel.limits == {"a": 3, "b": 3}


def test_a_cell_for_which_no_time_is_left_is_not_run() -> None:
    kernel = FakeKernel(seconds={"a": 50})
    session = session_with(kernel, notebook=40)
    session.run("a", ignore)
    assert session.run("b", ignore) == ""
    assert kernel.log == ["a"]


# --- a whole notebook ----------------------------------------------------------------------------


class SolvedKernel(FakeKernel):
    """Answers the tiny course's questions as its solution does, but for what the script says.

    A question is known by the case that it belongs to.
    """

    def __init__(self, tiny: Notebook, script: dict[str, list[Event]] | None = None) -> None:
        super().__init__(script or {})
        self._tiny = tiny
        self._right: dict[bytes, tuple[str, Answer]] = {}
        with open_references(tiny.references) as references:
            for exercise in load_exercises(tiny.tests).values():
                for number in range(50):
                    for question in questions(exercise, bytes([number]), references):
                        name = f"{exercise.name}: {question.case.name}"
                        self._right[question.request] = (name, question.want)

    def ask(self, requests: Sequence[bytes], limit: float) -> list[Reply]:
        known = [self._right[request] for request in requests]
        replies = super().ask([name.encode() for name, _ in known], limit)
        return [
            answer if reply is FINE else reply
            for reply, (_, answer) in zip(replies, known, strict=True)
        ]


@pytest.fixture
def graded(tiny: Notebook) -> Callable[..., NotebookVerdict]:
    """The verdict on the solved notebook, with changed solution cells, by a made-up kernel."""

    def grade(
        script: dict[str, list[Event]] | None = None,
        changes: dict[str, str] | None = None,
        last: str = "",
    ) -> NotebookVerdict:
        handout = read_handout(tiny)
        nb = solved(tiny, changes)
        if last:
            nb.cells.append(nbformat.v4.new_code_cell(last))
        restore(nb, handout)
        kernel = SolvedKernel(tiny, script)
        return grade_in(Session(kernel, Limits(), clock=lambda: kernel.now), nb, handout)

    return grade


Graded = Callable[..., NotebookVerdict]


def scores(verdict: NotebookVerdict) -> dict[str, float]:
    return {exercise.name: exercise.score for exercise in verdict.exercises}


def test_a_solved_notebook_has_all_points(graded: Graded) -> None:
    verdict = graded()
    assert verdict.passed
    assert verdict.remarks == ()


def test_a_hang_costs_its_case_and_its_cell_is_told(graded: Graded) -> None:
    full = scores(graded())
    verdict = graded({"double: floats": [Hang(), Hang()]})
    (lost,) = (c for e in verdict.exercises for c in e.cases if not c.passed)
    assert (lost.name, lost.kind, lost.problem) == ("floats", Kind.LOST, LOST)
    assert scores(verdict)["quadruple"] == full["quadruple"]


def test_a_cell_that_hangs_is_remarked_on(graded: Graded) -> None:
    cell = "while True:\n    pass"
    verdict = graded({cell: [Hang()]}, last=cell)
    assert verdict.passed
    assert verdict.remarks == (f"A cell was stopped ({LOST}): `while True:`",)


def test_a_killed_kernel_costs_nothing_the_first_time(graded: Graded) -> None:
    cell = "print()"
    verdict = graded({cell: [Death()], "double: floats": [Death()]}, last=cell)
    assert verdict.passed
    assert verdict.remarks == ()


@pytest.mark.parametrize("later", [MISSING, Answer((), False, RaisedError(("NameError",), "", ""))])
def test_what_was_not_there_yet_is_asked_again_at_the_end(graded: Graded, later: Answer) -> None:
    verdict = graded({"double: floats": [later]})
    assert verdict.passed


def test_a_second_try_that_is_worse_does_not_count(graded: Graded) -> None:
    """The first time one case raised NameError; the second time all questions hang."""
    name_error = Answer((), False, RaisedError(("NameError",), "", ""))
    script = {"double: integers": [name_error], "double: floats": [FINE, Hang(), Hang()]}
    script["double: one number"] = [FINE, Hang(), Hang()]
    verdict = graded({name: list(events) for name, events in script.items()})
    double = verdict.exercises[0]
    assert 0 < double.score < double.points
    assert {case.kind for case in double.cases} == {Kind.PASSED, Kind.RAISED}


def test_which_exercise_to_mend_first(graded: Graded) -> None:
    wrong = Answer((-1.0, -1.0), False, None)
    names = ("floats", "integers", "one number")
    script: dict[str, list[Event]] = {f"double: {name}": [wrong] for name in names}
    with_quadruple = {f"quadruple: {case}": [wrong] for case in _cases_of_quadruple()}
    verdict = graded(script | with_quadruple)
    assert verdict.exercises[1].remarks == ("Mend double first: quadruple calls it.",)


def _cases_of_quadruple() -> list[str]:
    tests = Path(__file__).parent / "files/course/grader_tests/week1/tiny.py"
    return [case.name for case in load_exercises(tests)["quadruple"].cases]
