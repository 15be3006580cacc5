"""What answers are worth, and what the student is told: exercises with made-up questions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convwork.answers import evaluate
from convwork.errors import ConvworkError
from convwork.grading.cases import Case, Exercise, Misconception, load_exercises
from convwork.grading.judge import LostAnswerError, examine, pick_variant, request_for
from convwork.grading.payload import Answer, UnreadableAnswerError, as_answer, read_tree
from convwork.grading.references import References, open_references, write_references
from convwork.grading.verdicts import CaseVerdict, ExerciseVerdict
from convwork.trees import pack

Function = Callable[..., Any]
SECRET = 4.321987


def answered(function: Function, request: bytes) -> Any:
    return read_tree(pack(evaluate({"f": function}, request)))


class Asked:
    """Asks a function in this process, and remembers what was asked."""

    def __init__(self, function: Any) -> None:
        self._function = function
        self.requests: list[bytes] = []

    def __call__(self, request: bytes, limit: float) -> Answer:
        self.requests.append(request)
        return as_answer(answered(self._function, request))


@contextmanager
def references_for(
    folder: Path, exercise: Exercise, solution: Function, wrong: dict[str, Function]
) -> Iterator[References]:
    """References as the solution and the misconceptions answer; the inputs are the variants."""
    trees: dict[str, Any] = {}
    for case in exercise.cases:
        for variant in range(case.variants):
            place = f"{case.name}/{variant}"
            inputs = case.inputs(np.random.default_rng(variant))
            request = request_for(exercise, case, inputs)
            trees[f"{place}/inputs"] = inputs
            trees[f"{place}/answer"] = answered(solution, request)
            for name, function in wrong.items():
                trees[f"{place}/misconceptions/{name}"] = answered(function, request)
    write_references(folder / "f.h5", 0, {"f": trees})
    with open_references(folder / "f.h5") as references:
        yield references


def secret_input(rng: np.random.Generator) -> tuple[Any, ...]:
    return (rng.normal(size=3) + SECRET,)


ARRAY = Case("an array", secret_input)
NUMBER = Case("a number", lambda rng: (float(rng.uniform(1, 2)),))
NEGATIVE = Case("a negative number", lambda rng: (-1.0,), raises=ValueError)


def exercise_of(*cases: Case, **fields: Any) -> Exercise:
    return Exercise("f", cases, **fields)


def double(x: Any) -> Any:
    """The solution that these tests agree on."""
    if np.ndim(x) == 0 and x < 0:
        raise ValueError("x must not be negative")
    return 2 * x


@pytest.fixture
def judged(tmp_path: Path) -> Callable[..., ExerciseVerdict]:
    """The verdict, out of ten points, on a function that should be like `solution`."""

    def verdict(
        function: Any,
        exercise: Exercise,
        solution: Function = double,
        wrong: dict[str, Function] | None = None,
        ask: Any = None,
    ) -> ExerciseVerdict:
        with references_for(tmp_path, exercise, solution, wrong or {}) as references:
            return examine(exercise, 10, references, b"key", ask or Asked(function))

    return verdict


Judged = Callable[..., ExerciseVerdict]


def only(verdict: ExerciseVerdict) -> CaseVerdict:
    (case,) = verdict.cases
    return case


def test_the_solution_gets_all_points_exactly(judged: Judged) -> None:
    cases = [replace(NUMBER, name=str(i), share=0.1) for i in range(7)]
    verdict = judged(double, exercise_of(*cases, ARRAY, NEGATIVE))
    assert verdict.passed
    assert verdict.score == 10
    assert not any(case.problem or case.misconception for case in verdict.cases)


@pytest.mark.parametrize(("shares", "score"), [((1, 1), 5), ((3, 1), 7.5), ((1, 2), 3.33)])
def test_each_case_gives_its_share(
    judged: Judged, shares: tuple[float, float], score: float
) -> None:
    cases = (replace(NUMBER, share=shares[0]), replace(ARRAY, share=shares[1]))
    verdict = judged(lambda x: 2 * x if np.ndim(x) == 0 else x, exercise_of(*cases))
    assert [case.passed for case in verdict.cases] == [True, False]
    assert verdict.score == score


def refuses_all(x: Any) -> Any:
    raise ValueError


def test_errors_alone_earn_nothing(judged: Judged) -> None:
    verdict = judged(refuses_all, exercise_of(NEGATIVE, NUMBER))
    assert verdict.score == 0
    assert verdict.cases[0].problem == "counts once another case passes"


def test_errors_count_where_nothing_else_is_asked(judged: Judged) -> None:
    assert judged(refuses_all, exercise_of(NEGATIVE)).score == 10


def test_an_error_counts_beside_a_right_answer(judged: Judged) -> None:
    verdict = judged(double, exercise_of(NEGATIVE, NUMBER, ARRAY))
    assert verdict.score == 10


class OwnError(ValueError):
    """A student's own kind of ValueError."""


def raises(error: Exception | type[BaseException]) -> Function:
    def function(x: Any) -> Any:
        raise error

    return function


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (raises(OwnError("mine")), ""),
        (double, "want TypeError to be raised, it raised ValueError: x must not be negative"),
        (lambda x: 2 * x, "want TypeError to be raised, got a float"),
        (raises(NotImplementedError), "still to do"),
    ],
)
def test_an_error_of_the_wanted_kind_is_wanted(
    judged: Judged, function: Function, problem: str
) -> None:
    want = ValueError if not problem else TypeError
    verdict = judged(function, exercise_of(replace(NEGATIVE, raises=want)))
    assert only(verdict).problem == problem


def drifting() -> Function:
    calls: list[int] = []

    def function(x: Any) -> Any:
        calls.append(1)
        return 2 * x + len(calls) - 1

    return function


def spoils(x: Any) -> Any:
    answer = 2 * x
    x += 1
    return answer


def retypes(x: list[float]) -> Any:
    answer = 2 * x[0]
    x[0] = int(x[0])
    return answer


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (drifting(), "right at first, and wrong when called again with the same inputs: "),
        (spoils, "the call changed its inputs; work on a copy"),
        (raises(NotImplementedError), "still to do"),
        (raises(NotImplementedError("later")), "still to do"),
        (None, "there is no function of this name"),
        (3, "the name stands for something that is not a function"),
        (raises(KeyboardInterrupt), "it raised KeyboardInterrupt"),
        (raises(SystemExit), "it raised SystemExit"),
        (raises(KeyError("key")), "it raised KeyError: 'key'"),
        (lambda: 1, "it raised TypeError: "),
        (lambda x: None, "answer: want an array of shape (3,) (float64), got None"),
        (lambda x: (2 * x, 1), "answer: want an array of shape (3,) (float64), got a tuple of 2"),
        (lambda x: iter(2 * x), "answer: want an array of shape (3,) (float64), got an object of"),
    ],
)
def test_what_is_wrong_is_told(judged: Judged, function: Any, problem: str) -> None:
    verdict = judged(function, exercise_of(ARRAY))
    assert verdict.score == 0
    assert only(verdict).problem.startswith(problem)


def test_an_input_of_another_type_is_a_changed_input(judged: Judged) -> None:
    case = Case("a list", lambda rng: ([3.0],))
    verdict = judged(retypes, exercise_of(case), solution=lambda x: 2 * x[0])
    assert only(verdict).problem == "the call changed its inputs; work on a copy"


def test_one_call_may_be_enough(judged: Judged) -> None:
    asked = Asked(drifting())
    assert judged(None, exercise_of(replace(ARRAY, calls=1)), ask=asked).score == 10


@pytest.mark.parametrize(
    ("outputs", "function", "starts"),
    [
        (("y",), lambda x: 3 * x, "y: the first value that differs"),
        (("y", "n"), lambda x: (3 * x, 1), "y: the first value that differs"),
        (("y", "n"), lambda x: (2 * x, 2), "n is 2, too large"),
        (("y", "n"), lambda x: 2 * x, "answer: want a tuple of 2, got an array"),
        (("y", "n", "cache"), lambda x: (2 * x, 1.5), "n: want an integer, got a float"),
        ((), lambda x: (2 * x, 2), "answer[1] is 2"),
    ],
)
def test_a_returned_value_is_called_by_its_name(
    judged: Judged, outputs: tuple[str, ...], function: Function, starts: str
) -> None:
    def solution(x: Any) -> Any:
        return 2 * x if len(outputs) == 1 else (2 * x, 1)

    verdict = judged(function, exercise_of(ARRAY, outputs=outputs), solution=solution)
    assert only(verdict).problem.startswith(starts)


def test_more_values_than_names_are_called_by_position(judged: Judged) -> None:
    exercise = exercise_of(NUMBER, outputs=("y", "n"))
    verdict = judged(lambda x: (1, 2, 4), exercise, solution=lambda x: (1, 2, 3))
    assert only(verdict).problem == "answer[2] is 4, too large"


LEAKS: list[Callable[[Any], str]] = [
    lambda x: str(x),
    lambda x: repr(x),
    lambda x: str(x.tolist()),
    lambda x: f"x is {x[0]:.3f}",
    lambda x: f"x is {x[0]:e}",
    lambda x: f"x is {x.astype(int)}",
    lambda x: f"x is {float(x[1])}",
    lambda x: "the input " + " ".join(str(value) for value in x),
]


@pytest.mark.parametrize("says", LEAKS)
def test_an_error_that_holds_hidden_numbers_is_not_repeated(
    judged: Judged, says: Callable[[Any], str]
) -> None:
    def function(x: Any) -> Any:
        raise ValueError(says(x))

    verdict = judged(function, exercise_of(ARRAY))
    assert only(verdict).problem == "it raised ValueError"


def test_a_usual_error_is_repeated(judged: Judged) -> None:
    verdict = judged(lambda x: x @ np.ones(4), exercise_of(ARRAY))
    assert "it raised ValueError: matmul: Input operand 1 has a mismatch" in only(verdict).problem


# --- misconceptions ------------------------------------------------------------------------------

SQUARE, ADD, CROSS = "Twice is no square.", "Twice is no sum.", "Do not refuse."
MISCONCEPTIONS = {
    "add": lambda x: x + 2,
    "square": lambda x: x * x,
    "cross": raises(TypeError("conv2d_3 is cross")),
}
DECLARED = (
    Misconception("add", ADD, {}),
    Misconception("square", SQUARE, {}),
    Misconception("cross", CROSS, {}),
)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (MISCONCEPTIONS["add"], [ADD, ADD]),
        (lambda x: np.square(x), [SQUARE, SQUARE]),
        (lambda x: np.float32(x) ** 2 if np.ndim(x) == 0 else x**2, [SQUARE, SQUARE]),
        (lambda x: x + 2 if np.ndim(x) else 2 * x, [ADD, ""]),
        (lambda x: x + 3, ["", ""]),
        (raises(TypeError("conv2d_3 is cross")), [CROSS, CROSS]),
        (raises(TypeError("conv2d_12 is cross")), [CROSS, CROSS]),
        (raises(TypeError("conv3d_3 is cross")), ["", ""]),
        (raises(TypeError("other")), ["", ""]),
        (double, ["", ""]),
    ],
)
def test_a_misconception_is_named(judged: Judged, function: Function, says: list[str]) -> None:
    case = replace(NUMBER, rtol=1e-4)
    exercise = exercise_of(ARRAY, case, misconceptions=DECLARED)
    verdict = judged(function, exercise, wrong=MISCONCEPTIONS)
    assert [case.misconception for case in verdict.cases] == says


@pytest.mark.parametrize("order", [1, -1])
def test_the_misconception_that_explains_most_cases_is_named(judged: Judged, order: int) -> None:
    """At 2, adding 2 and 3 × x - 2 answer the same; the other cases tell them apart."""
    wrong: dict[str, Function] = {"add": lambda x: x + 3, "triple": lambda x: 3 * x - 1}
    declared = (Misconception("add", "adds", {}), Misconception("triple", "triples", {}))
    cases = (replace(NUMBER, name="two", inputs=lambda rng: (2.0,)), NUMBER, ARRAY)
    exercise = exercise_of(*cases, misconceptions=declared[::order])
    for name, says in (("add", "adds"), ("triple", "triples")):
        verdict = judged(wrong[name], exercise, wrong=wrong)
        assert [case.misconception for case in verdict.cases] == [says] * 3


# --- questions without an answer -----------------------------------------------------------------


class Losing:
    """Loses the answers to the questions of these numbers; answers the others rightly."""

    def __init__(self, error: Exception, *lost: int) -> None:
        self._lost = lost
        self._error = error
        self.count = 0

    def __call__(self, request: bytes, limit: float) -> Answer:
        self.count += 1
        if self.count in self._lost:
            raise self._error
        return as_answer(answered(double, request))


@pytest.mark.parametrize(
    ("lost", "asked", "score"),
    [((1,), 4, 7.5), ((2, 3), 3, 2.5), ((1, 4), 4, 5), ((1, 2, 3, 4), 2, 0)],
)
def test_after_two_lost_answers_nothing_more_is_asked(
    judged: Judged, lost: tuple[int, ...], asked: int, score: float
) -> None:
    cases = [replace(NUMBER, name=str(i)) for i in range(4)]
    ask = Losing(LostAnswerError("no answer within 10 seconds"), *lost)
    verdict = judged(None, exercise_of(*cases), ask=ask)
    assert ask.count == asked
    assert verdict.score == score
    assert verdict.cases[lost[0] - 1].problem == "no answer within 10 seconds"
    told = [case.problem for case in verdict.cases[asked:]]
    assert told == ["not asked: the questions before it were not answered"] * (4 - asked)


def test_an_unreadable_answer_costs_its_case_only(judged: Judged) -> None:
    ask = Losing(UnreadableAnswerError("the answer is compressed"), 1)
    verdict = judged(None, exercise_of(NUMBER, ARRAY), ask=ask)
    assert verdict.score == 5
    assert verdict.cases[0].problem == "the answer could not be read: the answer is compressed"


def test_a_missing_function_is_asked_once(judged: Judged) -> None:
    asked = Asked(None)
    verdict = judged(None, exercise_of(NUMBER, ARRAY, NEGATIVE), ask=asked)
    assert len(asked.requests) == 1
    assert verdict.common_problem == "there is no function of this name"


@pytest.mark.parametrize("values", [(), (2.0,), (2.0, 2.0, 2.0)])
def test_a_wrong_number_of_answers_is_no_answer(judged: Judged, values: tuple[Any, ...]) -> None:
    def ask(request: bytes, limit: float) -> Answer:
        return Answer(values, False, None)

    verdict = judged(None, exercise_of(replace(NUMBER, inputs=lambda rng: (1.0,))), ask=ask)
    assert verdict.score == 0
    assert "could not be read" in only(verdict).problem


# --- properties ----------------------------------------------------------------------------------


def even(inputs: Any, answer: Any) -> str | None:
    (n,) = inputs
    if answer % 2:
        return "want an even number"
    return None if answer > n else "want a number above n"


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (lambda n: 2 * n, ""),
        (lambda n: 4 * n, ""),
        (lambda n: 2 * n + 1, "want an even number"),
        (lambda n: 0, "want a number above n"),
        (lambda n: 2.0 * n, "y: want an integer, got a float"),
        (lambda n: [2 * n], "y: want an integer, got a list of 1"),
    ],
)
def test_a_property_takes_every_right_answer(
    judged: Judged, function: Function, problem: str
) -> None:
    case = Case("any even number", lambda rng: (int(rng.integers(3, 9)),), check=even)
    verdict = judged(function, exercise_of(case, outputs=("y",)), solution=lambda n: 2 * n)
    assert only(verdict).problem == problem


def test_a_property_that_fails_on_an_odd_answer_is_no_crash(judged: Judged) -> None:
    case = replace(NUMBER, check=lambda inputs, answer: f"{1 // int(answer)}"[9:])
    exercise = exercise_of(case)
    assert judged(lambda x: 2 * x, exercise).score == 10
    verdict = judged(lambda x: 0.0, exercise)
    assert only(verdict).problem == "the answer could not be checked (ZeroDivisionError)"


# --- variants ------------------------------------------------------------------------------------


def test_a_key_picks_one_variant_and_keys_reach_them_all(tmp_path: Path) -> None:
    exercise = exercise_of(*(replace(NUMBER, name=str(i)) for i in range(5)))
    keys = [bytes([i]) for i in range(60)]
    with references_for(tmp_path, exercise, double, {}) as references:

        def picks(key: bytes) -> list[int]:
            return [pick_variant(key, exercise, case, references) for case in exercise.cases]

        assert all(picks(key) == picks(key) for key in keys)
        for place in range(5):
            assert {picks(key)[place] for key in keys} == set(range(5))
        assert any(len(set(picks(key))) > 2 for key in keys)  # cases are drawn one by one


def test_the_same_key_asks_the_same_questions(tmp_path: Path) -> None:
    exercise = exercise_of(ARRAY, NUMBER)
    with references_for(tmp_path, exercise, double, {}) as references:

        def questions(key: bytes) -> list[bytes]:
            asked = Asked(double)
            assert examine(exercise, 10, references, key, asked).score == 10
            return asked.requests

        assert questions(b"a") == questions(b"a")
        assert len({tuple(questions(bytes([i]))) for i in range(30)}) > 10


def test_an_exercise_without_cases_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tests.py"
    path.write_text(
        "from convwork.grading.cases import Exercise\nexercises = [Exercise('f', cases=())]\n"
    )
    with pytest.raises(ConvworkError, match="'f' declares no case"):
        load_exercises(path)


def test_what_is_asked_next_is_told_once_the_first_answer_came(tmp_path: Path) -> None:
    exercise = exercise_of(ARRAY, NUMBER, replace(NEGATIVE, time_limit=30))
    asked, told = Asked(double), []

    def ask_ahead(requests: list[bytes], limit: float) -> None:
        told.append((len(asked.requests), requests, limit))

    with references_for(tmp_path, exercise, double, {}) as references:
        assert examine(exercise, 10, references, b"key", asked, ask_ahead).passed
    assert told == [(1, asked.requests[1:], 30)]


def test_nothing_is_asked_ahead_of_what_does_not_answer(tmp_path: Path) -> None:
    def lost(request: bytes, limit: float) -> Answer:
        raise LostAnswerError("no answer")

    told: list[Any] = []
    exercise = exercise_of(ARRAY, NUMBER)
    with references_for(tmp_path, exercise, double, {}) as references:
        verdict = examine(exercise, 10, references, b"key", lost, lambda *args: told.append(args))
    assert verdict.score == 0
    assert not told
