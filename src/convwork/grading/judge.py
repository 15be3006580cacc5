"""From an exercise's cases to its verdict: what to ask, and what the answers are worth."""

import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

from convwork.grading.cases import Case, Exercise
from convwork.grading.compare import describe, difference
from convwork.grading.payload import Answer, RaisedError, UnreadableAnswerError, as_answer
from convwork.grading.references import References
from convwork.grading.verdicts import CaseVerdict, ExerciseVerdict
from convwork.trees import pack

MAX_LOST = 2
MISSING = "there is no function of this name"
STILL_TO_DO = "still to do"
COMPARED = 150  # characters of the message of an error


class LostAnswerError(Exception):
    """No answer came back (a time-out, a dead kernel); the message is for the student."""


Ask = Callable[[bytes, float], Answer]
"""Asks one packed request with a time limit in seconds; raises LostAnswerError."""


AskAhead = Callable[[list[bytes], float], None]
"""Told of requests that will be asked next, with the limit of one; may ask them all at once."""


def examine(
    exercise: Exercise,
    points: float,
    references: References,
    key: bytes,
    ask: Ask,
    ask_ahead: AskAhead | None = None,
) -> ExerciseVerdict:
    """Ask every case of an exercise and judge the answers.

    key: picks each case's variant, the same one for the same submission.
    """
    verdicts: list[CaseVerdict] = []
    evidence: list[set[str]] = []
    lost = 0
    questions = [_Question.of(exercise, case, references, key) for case in exercise.cases]
    for question in questions:
        told: set[str] = set()
        silent = False
        if verdicts and verdicts[0].problem == MISSING:
            problem = MISSING
        elif lost == MAX_LOST:
            problem = "not asked: the questions before it were not answered"
        else:
            if len(verdicts) == 1 and not lost and ask_ahead:
                limit = max(question.case.time_limit for question in questions)
                ask_ahead([question.request for question in questions[1:]], limit)
            try:
                problem, told = _put(question, references, ask)
            except LostAnswerError as error:
                problem, silent = str(error), True
                lost += 1
        case = question.case
        verdicts.append(CaseVerdict(case.name, not problem, case.share, problem, lost=silent))
        evidence.append(told)
    named = _name_misconceptions(exercise, verdicts, evidence)
    return ExerciseVerdict(
        exercise.name, points, tuple(_errors_alone_earn_nothing(exercise.cases, named))
    )


def loses_points(exercise: Exercise, references: References, key: bytes, ask: Ask) -> bool:
    """Whether some case of an exercise fails; stops at the first."""
    for case in exercise.cases:
        try:
            problem, _ = _put(_Question.of(exercise, case, references, key), references, ask)
        except LostAnswerError:
            return True
        if problem:
            return True
    return False


def pick_variant(key: bytes, exercise: Exercise, case: Case, references: References) -> int:
    """Which variant of a case a submission gets: a keyed hash, so the grade is always the same."""
    digest = hmac.new(key, f"{exercise.name}/{case.name}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8]) % references.variants(exercise.name, case.name)


def request_for(exercise: Exercise, case: Case, inputs: Any) -> bytes:
    """The packed request that asks one case."""
    return pack(
        {
            "function": exercise.name,
            "args": inputs,
            "options": case.options,
            "calls": case.calls,
            "probe": case.probe,
            "probe_options": case.probe_options,
        }
    )


@dataclass(frozen=True)
class _Question:
    """A case in the variant that a submission gets, ready to be asked."""

    exercise: Exercise
    case: Case
    variant: int
    inputs: Any
    request: bytes

    @classmethod
    def of(cls, exercise: Exercise, case: Case, references: References, key: bytes) -> Self:
        variant = pick_variant(key, exercise, case, references)
        inputs = references.inputs(exercise.name, case.name, variant)
        return cls(exercise, case, variant, inputs, request_for(exercise, case, inputs))


def _put(question: _Question, references: References, ask: Ask) -> tuple[str, set[str]]:
    """Ask one case: the problem (empty if right), and what it tells of misconceptions.

    Of a wrong answer, the names of those that answer the same; of a right one, the names of
    those that it speaks against, since they answer something else.
    """
    exercise, case = question.exercise, question.case
    place = (exercise.name, case.name, question.variant)
    want = as_answer(references.answer(*place))
    try:
        got = ask(question.request, case.time_limit)
    except UnreadableAnswerError as error:
        return f"the answer could not be read: {error}", set()
    problem = judge(exercise, case, question.inputs, want, got)
    names = references.misconceptions(*place)
    if not problem:
        return "", set(names)
    answers = {name: as_answer(references.misconception(*place, name)) for name in names}
    return problem, {name for name, answer in answers.items() if _alike(answer, got, case)}


def judge(exercise: Exercise, case: Case, inputs: Any, want: Answer, got: Answer) -> str:
    """What is wrong with an answer, in words for the student; empty if nothing is."""
    if got.error is not None and _unfinished(got.error):
        return _unfinished(got.error)
    if case.raises is not None:
        return _judge_raise(exercise, case.raises.__name__, got)
    if got.error is not None:
        return _raised(got.error)
    if len(got.values) != case.calls:
        return "the answer could not be read: it does not have the form of one"
    for call, value in enumerate(got.values):
        problem = _judge_value(exercise, case, inputs, want.values[call], value)
        if problem:
            again = "right at first, and wrong when called again with the same inputs: "
            return (again if call else "") + problem
    return "the call changed its inputs; work on a copy" if got.modified else ""


def _judge_value(exercise: Exercise, case: Case, inputs: Any, want: Any, value: Any) -> str:
    tolerances = (case.rtol, case.atol)
    if case.check is None:
        return _named(difference(want, value, tolerances, "answer"), exercise)
    if problem := difference(want, value, tolerances, "answer", values=False):
        return _named(problem, exercise)
    try:
        return case.check(inputs, value) or ""
    except Exception as error:
        return f"the answer could not be checked ({type(error).__name__})"


def _named(problem: str | None, exercise: Exercise) -> str:
    """The problem, with the name of the returned value in the place of its position."""

    def name(match: re.Match[str]) -> str:
        position = int(match[1])
        return exercise.outputs[position] if position < len(exercise.outputs) else match[0]

    if not problem or not exercise.outputs:
        return problem or ""
    if len(exercise.outputs) == 1:
        return re.sub(r"^answer", exercise.outputs[0], problem)
    return re.sub(r"^answer\[(\d)\]", name, problem)


def _judge_raise(exercise: Exercise, wanted: str, got: Answer) -> str:
    if got.error is None:
        value = describe(got.values[0]) if got.values else "nothing"
        return f"want {wanted} to be raised, got {value}"
    if wanted in got.error.types:
        return ""
    return f"want {wanted} to be raised, {_raised(got.error)}"


def _unfinished(error: RaisedError) -> str:
    match error.types[:1]:
        case ("missing",):
            return MISSING
        case ("not callable",):
            return "the name stands for something that is not a function"
        case ("NotImplementedError",):
            return STILL_TO_DO
    return ""


def _raised(error: RaisedError) -> str:
    kind = error.types[0] if error.types else "an error"
    message = f": {error.message}" if error.message and not _tells_inputs(error) else ""
    place = f", at `{error.place}`" if error.place else ""
    return f"it raised {kind}{message}{place}"


def _tells_inputs(error: RaisedError) -> bool:
    """Whether an error's message may hold a hidden input.

    Libraries speak of shapes and indices, which help; what the student's own line raises is
    known to the student, so its numbers are left out.
    """
    own = error.place.startswith(("raise ", "assert "))
    numbers = r"\d" if own else r"\d\.\d|\[\s*-?\d|array\(|e[+-]\d\d"
    return bool(re.search(numbers, error.message)) or len(error.message) > 200


def _alike(wrong: Answer, got: Answer, case: Case) -> bool:
    """Whether an answer is the one that a misconception gives."""
    if wrong.error is not None or got.error is not None:
        return (
            wrong.error is not None
            and got.error is not None
            and wrong.error.types == got.error.types
            and unnumbered(wrong.error.message) == unnumbered(got.error.message)
        )
    if wrong.modified != got.modified or len(wrong.values) != len(got.values):
        return False
    tolerances = (case.rtol, case.atol)
    return all(
        difference(one, other, tolerances, "") is None
        for one, other in zip(wrong.values, got.values, strict=True)
    )


def unnumbered(message: str) -> str:
    """A message without the numbers that Keras gives to layers: `conv2d_7` is one of many.

    A long message comes cut, at a place that depends on them, so only its beginning counts.
    """
    return re.sub(r"(?<=[a-z\d])_\d+\b", "", message)[:COMPARED]


def _errors_alone_earn_nothing(
    cases: Iterable[Case], verdicts: list[CaseVerdict]
) -> list[CaseVerdict]:
    """A function that always raises must not earn the points of the cases that want an error."""
    cases = list(cases)
    if any(v.passed and c.raises is None for c, v in zip(cases, verdicts, strict=True)):
        return verdicts
    if all(c.raises is not None for c in cases):
        return verdicts
    problem = "counts once another case passes"
    return [replace(v, passed=False, problem=problem) if v.passed else v for v in verdicts]


def _name_misconceptions(
    exercise: Exercise, verdicts: list[CaseVerdict], evidence: list[set[str]]
) -> list[CaseVerdict]:
    """Give each failed case the misconception that explains it and fits the other cases best."""
    counts: Counter[str] = Counter()
    for verdict, names in zip(verdicts, evidence, strict=True):
        for name in names:
            counts[name] += -1 if verdict.passed else 1
    order = {m.name: (-counts[m.name], i) for i, m in enumerate(exercise.misconceptions)}
    says = {m.name: m.says for m in exercise.misconceptions}
    named = []
    for verdict, names in zip(verdicts, evidence, strict=True):
        known = sorted(names & order.keys(), key=lambda name: order[name])
        told = says[known[0]] if known and not verdict.passed else ""
        named.append(replace(verdict, misconception=told))
    return named
