"""What answers are worth: from questions and answers to a verdict, without asking anybody."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from convwork.grading.cases import Case, Exercise, Misconception
from convwork.grading.compare import describe, difference
from convwork.grading.payload import Answer, NoAnswer, RaisedError, Reply
from convwork.grading.questions import Question
from convwork.grading.verdicts import CaseVerdict, ExerciseVerdict, Kind

COMPARED = 150  # characters of the message of an error
UNREADABLE = "the answer could not be read: it does not have the form of one"


@dataclass(frozen=True)
class Fault:
    """What is wrong with an answer, in words for the student; error: the name of what it raised."""

    kind: Kind
    problem: str
    error: str = ""


def verdict(
    exercise: Exercise,
    questions: Sequence[Question],
    replies: Sequence[Reply],
    points: float = 1.0,
) -> ExerciseVerdict:
    """Judge what came back to an exercise's questions; the same replies get the same verdict."""
    found = [_case_verdict(*asked) for asked in zip(questions, replies, strict=True)]
    told = [_told(*asked) for asked in zip(questions, replies, found, strict=True)]
    named = _named(exercise, found, told)
    return ExerciseVerdict(
        exercise.name, points, tuple(_errors_alone_earn_nothing(exercise.cases, named))
    )


def fault(exercise: Exercise, case: Case, inputs: Any, want: Answer, got: Reply) -> Fault | None:
    """What is wrong with an answer; None if nothing is."""
    if isinstance(got, NoAnswer):
        return Fault(got.kind, got.why)
    if got.error is not None and (unfinished := _unfinished(got.error)):
        return unfinished
    if case.raises is not None:
        return _other_than_raising(case.raises.__name__, got)
    if got.error is not None:
        return Fault(Kind.RAISED, _raised(got.error), _name(got.error))
    if len(got.values) != case.calls:
        return Fault(Kind.UNREADABLE, UNREADABLE)
    for call, value in enumerate(got.values):
        if found := _wrong_value(exercise, case, inputs, want.values[call], value):
            return _only_when_called_again(found) if call else found
    if got.modified:
        return Fault(Kind.MODIFIED_INPUTS, "the call changed its inputs; work on a copy")
    return None


def passes(question: Question, reply: Reply) -> bool:
    """Whether an answer is right."""
    return _case_verdict(question, reply).passed


def _case_verdict(question: Question, reply: Reply) -> CaseVerdict:
    case = question.case
    found = fault(question.exercise, case, question.inputs, question.want, reply)
    if found is None:
        return CaseVerdict(case.name, Kind.PASSED, case.share)
    return CaseVerdict(case.name, found.kind, case.share, found.problem, error=found.error)


def _wrong_value(
    exercise: Exercise, case: Case, inputs: Any, want: Any, value: Any
) -> Fault | None:
    tolerances = (case.rtol, case.atol)
    if found := difference(want, value, tolerances, values=case.check is None):
        return Fault(found.kind, found.told(exercise.outputs))
    if case.check is None:
        return None
    try:
        problem = case.check(inputs, value)
    except Exception as error:
        name = type(error).__name__
        return Fault(Kind.NOT_CHECKED, f"the answer could not be checked ({name})")
    return Fault(Kind.WRONG_PROPERTY, problem) if problem else None


def _only_when_called_again(found: Fault) -> Fault:
    problem = "right at first, and wrong when called again with the same inputs: "
    return Fault(Kind.NOT_THE_SAME_TWICE, problem + found.problem)


def _other_than_raising(wanted: str, got: Answer) -> Fault | None:
    if got.error is None:
        value = describe(got.values[0]) if got.values else "nothing"
        return Fault(Kind.RAISED_NOTHING, f"want {wanted} to be raised, got {value}")
    if wanted in got.error.types:
        return None
    problem = f"want {wanted} to be raised, {_raised(got.error)}"
    return Fault(Kind.RAISED_ANOTHER, problem, _name(got.error))


def _unfinished(error: RaisedError) -> Fault | None:
    if error.is_missing:
        return Fault(Kind.MISSING, "there is no function of this name")
    match error.types[:1]:
        case ("not callable",):
            problem = "the name stands for something that is not a function"
            return Fault(Kind.NOT_A_FUNCTION, problem)
        case ("NotImplementedError",):
            return Fault(Kind.STILL_TO_DO, "still to do")
    return None


def _name(error: RaisedError) -> str:
    return error.types[0] if error.types else "an error"


def _raised(error: RaisedError) -> str:
    message = f": {error.message}" if error.message and not _tells_inputs(error) else ""
    place = f", at `{error.place}`" if error.place else ""
    return f"it raised {_name(error)}{message}{place}"


def _tells_inputs(error: RaisedError) -> bool:
    """Whether an error's message may hold a hidden input.

    Libraries speak of shapes and indices, which help; what the student's own line raises is
    known to the student, so its numbers are left out.
    """
    own = error.place.startswith(("raise ", "assert "))
    numbers = r"\d" if own else r"\d\.\d|\[\s*-?\d|array\(|e[+-]\d\d"
    return bool(re.search(numbers, error.message)) or len(error.message) > 200


def _errors_alone_earn_nothing(
    cases: Sequence[Case], found: list[CaseVerdict]
) -> list[CaseVerdict]:
    """A function that always raises must not earn the points of the cases that want an error."""
    if any(v.passed and c.raises is None for c, v in zip(cases, found, strict=True)):
        return found
    if all(c.raises is not None for c in cases):
        return found
    problem = "counts once another case passes"
    return [replace(v, kind=Kind.ERRORS_ONLY, problem=problem) if v.passed else v for v in found]


# --- misconceptions ------------------------------------------------------------------------------


def _told(question: Question, reply: Reply, found: CaseVerdict) -> set[str]:
    """What a reply tells of misconceptions, by name.

    A wrong answer speaks for those that answer the same, a right one against all that answer
    something else.
    """
    if found.passed:
        return set(question.telling)
    if isinstance(reply, NoAnswer):
        return set()
    answers = question.misconceived.items()
    return {name for name, answer in answers if _alike(answer, reply, question.case)}


def _named(exercise: Exercise, found: list[CaseVerdict], told: list[set[str]]) -> list[CaseVerdict]:
    """Give each failed case the misconception that explains it and most others.

    One that a passed case speaks against is never named; of those that explain as many cases,
    the one declared first is.
    """
    explained: Counter[str] = Counter()
    contradicted: set[str] = set()
    for case, names in zip(found, told, strict=True):
        if case.passed:
            contradicted |= names
        else:
            explained.update(names)
    likely = [m for m in exercise.misconceptions if m.name not in contradicted]
    likely.sort(key=lambda misconception: -explained[misconception.name])
    return [
        case if case.passed else replace(case, misconception=_says(likely, names))
        for case, names in zip(found, told, strict=True)
    ]


def _says(likely: list[Misconception], names: set[str]) -> str:
    return next((misconception.says for misconception in likely if misconception.name in names), "")


def _alike(wrong: Answer, got: Answer, case: Case) -> bool:
    """Whether an answer is the one that a misconception gives."""
    if wrong.error is not None or got.error is not None:
        return (
            wrong.error is not None
            and got.error is not None
            and wrong.error.types == got.error.types
            and lasting(wrong.error.message) == lasting(got.error.message)
        )
    if wrong.modified != got.modified or len(wrong.values) != len(got.values):
        return False
    tolerances = (case.rtol, case.atol)
    return all(
        difference(one, other, tolerances) is None
        for one, other in zip(wrong.values, got.values, strict=True)
    )


def lasting(message: str) -> str:
    """A message without what differs between runs, or between processors.

    That is the numbers that Keras gives to layers, `conv2d_7` being one of many, and the mark of
    operations that TensorFlow has for newer processors only: `__MklMatMul`. A long message comes
    cut, at a place that depends on them, so only its beginning counts.
    """
    return re.sub(r"(?<=[a-z\d])_\d+\b|(?<=__wrapped__)__Mkl(Native)?", "", message)[:COMPARED]
