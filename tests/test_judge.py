"""What answers are worth, and what the student is told: exercises with made-up questions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convwork.errors import ConvworkError
from convwork.grading.cases import Case, Exercise, Misconception, load_exercises
from convwork.grading.here import answer_here, tree_here
from convwork.grading.judge import fault, verdict
from convwork.grading.payload import Answer, NoAnswer, Reply, as_answer
from convwork.grading.questions import pick_variant, questions, request_for
from convwork.grading.references import References, open_references, write_references
from convwork.grading.verdicts import CaseVerdict, ExerciseVerdict, Kind

Function = Callable[..., Any]
SECRET = 4.321987


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
            trees[f"{place}/answer"] = tree_here({"f": solution}, request)
            want = as_answer(trees[f"{place}/answer"])
            for name, function in wrong.items():
                tree = tree_here({"f": function}, request)
                if fault(exercise, case, inputs, want, as_answer(tree)):
                    trees[f"{place}/misconceptions/{name}"] = tree
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
    """The verdict, out of ten points, on a function that should be like `solution`.

    replies: what comes back in the place of some answers, by the number of the question.
    """

    def judge(
        function: Any,
        exercise: Exercise,
        solution: Function = double,
        wrong: dict[str, Function] | None = None,
        replies: dict[int, Reply] | None = None,
    ) -> ExerciseVerdict:
        with references_for(tmp_path, exercise, solution, wrong or {}) as references:
            asked = questions(exercise, b"key", references)
            got = [answer_here({"f": function}, question.request) for question in asked]
            came = [(replies or {}).get(number, reply) for number, reply in enumerate(got)]
            return verdict(exercise, asked, came, 10)

    return judge


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
    ("function", "kind", "problem", "error"),
    [
        (raises(OwnError("mine")), Kind.PASSED, "", ""),
        (
            double,
            Kind.RAISED_ANOTHER,
            "want TypeError to be raised, it raised ValueError: x must not be negative",
            "ValueError",
        ),
        (lambda x: 2 * x, Kind.RAISED_NOTHING, "want TypeError to be raised, got a float", ""),
        (raises(NotImplementedError), Kind.STILL_TO_DO, "still to do", ""),
    ],
)
def test_an_error_of_the_wanted_kind_is_wanted(
    judged: Judged, function: Function, kind: Kind, problem: str, error: str
) -> None:
    want = ValueError if not problem else TypeError
    case = only(judged(function, exercise_of(replace(NEGATIVE, raises=want))))
    assert (case.kind, case.problem, case.error) == (kind, problem, error)


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
    ("function", "kind", "problem"),
    [
        (
            drifting(),
            Kind.NOT_THE_SAME_TWICE,
            "right at first, and wrong when called again with the same inputs: ",
        ),
        (spoils, Kind.MODIFIED_INPUTS, "the call changed its inputs; work on a copy"),
        (raises(NotImplementedError), Kind.STILL_TO_DO, "still to do"),
        (raises(NotImplementedError("later")), Kind.STILL_TO_DO, "still to do"),
        (None, Kind.MISSING, "there is no function of this name"),
        (3, Kind.NOT_A_FUNCTION, "the name stands for something that is not a function"),
        (raises(KeyboardInterrupt), Kind.RAISED, "it raised KeyboardInterrupt"),
        (raises(SystemExit), Kind.RAISED, "it raised SystemExit"),
        (raises(KeyError("key")), Kind.RAISED, "it raised KeyError: 'key'"),
        (lambda: 1, Kind.RAISED, "it raised TypeError: "),
        (
            lambda x: None,
            Kind.WRONG_TYPE,
            "answer: want an array of shape (3,) (float64), got None",
        ),
        (
            lambda x: (2 * x, 1),
            Kind.WRONG_TYPE,
            "answer: want an array of shape (3,) (float64), got a tuple of 2",
        ),
        (
            lambda x: iter(2 * x),
            Kind.WRONG_TYPE,
            "answer: want an array of shape (3,) (float64), got an object of",
        ),
        (
            lambda x: 2 * x[:2],
            Kind.WRONG_SHAPE,
            "answer: want an array of shape (3,) (float64), got an array of shape (2,)",
        ),
        (lambda x: 2 * x / 0, Kind.NOT_FINITE, "answer: the first value that differs, at [0], is"),
        (lambda x: 3 * x, Kind.WRONG_VALUES, "answer: the first value that differs, at [0], is"),
    ],
)
def test_what_is_wrong_is_told(judged: Judged, function: Any, kind: Kind, problem: str) -> None:
    verdict = judged(function, exercise_of(ARRAY))
    assert verdict.score == 0
    case = only(verdict)
    assert case.kind == kind
    assert case.problem.startswith(problem)


@pytest.mark.parametrize("error", [KeyError("key"), NameError("name 'x' is not defined")])
def test_a_raised_error_is_named(judged: Judged, error: Exception) -> None:
    assert only(judged(raises(error), exercise_of(ARRAY))).error == type(error).__name__


def test_an_input_of_another_type_is_a_changed_input(judged: Judged) -> None:
    case = Case("a list", lambda rng: ([3.0],))
    verdict = judged(retypes, exercise_of(case), solution=lambda x: 2 * x[0])
    assert only(verdict).problem == "the call changed its inputs; work on a copy"


def test_one_call_may_be_enough(judged: Judged) -> None:
    assert judged(drifting(), exercise_of(replace(ARRAY, calls=1))).score == 10


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
        (lambda x: x + 2 if np.ndim(x) else 2 * x, ["", ""]),
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


@pytest.mark.parametrize("order", [1, -1])
def test_what_a_passed_case_speaks_against_is_never_named(judged: Judged, order: int) -> None:
    """At 2, squaring answers as the solution does, so a right answer there says nothing of it."""
    cases = (replace(NUMBER, name="two", inputs=lambda rng: (2.0,)), NUMBER, ARRAY)
    exercise = exercise_of(*cases, misconceptions=DECLARED[::order])
    squares = judged(MISCONCEPTIONS["square"], exercise, wrong=MISCONCEPTIONS)
    assert [case.misconception for case in squares.cases] == ["", SQUARE, SQUARE]
    half = judged(lambda x: x * x if np.ndim(x) else 2 * x, exercise, wrong=MISCONCEPTIONS)
    assert [case.misconception for case in half.cases] == ["", "", ""]


# --- questions without an answer -----------------------------------------------------------------


def test_a_lost_answer_costs_its_case_only(judged: Judged) -> None:
    lost = NoAnswer(Kind.LOST, "no answer within 10 seconds")
    verdict = judged(double, exercise_of(NUMBER, ARRAY, NEGATIVE), replies={1: lost})
    assert verdict.score == 6.67
    assert [case.kind for case in verdict.cases] == [Kind.PASSED, Kind.LOST, Kind.PASSED]
    assert verdict.cases[1].problem == "no answer within 10 seconds"


def test_an_answer_that_never_came_is_taken_for_no_misconception(judged: Judged) -> None:
    lost = NoAnswer(Kind.LOST, "the kernel died")
    exercise = exercise_of(ARRAY, NUMBER, misconceptions=DECLARED)
    verdict = judged(MISCONCEPTIONS["square"], exercise, wrong=MISCONCEPTIONS, replies={0: lost})
    assert [case.misconception for case in verdict.cases] == ["", SQUARE]


@pytest.mark.parametrize("values", [(), (2.0,), (2.0, 2.0, 2.0)])
def test_a_wrong_number_of_answers_is_no_answer(judged: Judged, values: tuple[Any, ...]) -> None:
    exercise = exercise_of(replace(NUMBER, inputs=lambda rng: (1.0,)))
    verdict = judged(double, exercise, replies={0: Answer(values, False, None)})
    assert verdict.score == 0
    assert only(verdict).kind == Kind.UNREADABLE
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
    assert only(verdict).kind == Kind.NOT_CHECKED
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

        def asked(key: bytes) -> tuple[bytes, ...]:
            return tuple(question.request for question in questions(exercise, key, references))

        assert asked(b"a") == asked(b"a")
        assert len({asked(bytes([i])) for i in range(30)}) > 10


def test_a_request_holds_nothing_of_the_answer(tmp_path: Path) -> None:
    exercise = exercise_of(ARRAY, misconceptions=DECLARED)
    with references_for(tmp_path, exercise, double, MISCONCEPTIONS) as references:
        (question,) = questions(exercise, b"key", references)
        request = question.request
        for answer in (
            question.want,
            *question.misconceived.values(),
        ):
            assert all(value.tobytes() not in request for value in answer.values)
        assert question.inputs[0].tobytes() in request


def test_an_exercise_without_cases_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tests.py"
    path.write_text(
        "from convwork.grading.cases import Exercise\nexercises = [Exercise('f', cases=())]\n"
    )
    with pytest.raises(ConvworkError, match="'f' declares no case"):
        load_exercises(path)


@pytest.mark.parametrize("kind", ["case", "misconception"])
def test_a_name_is_declared_once(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "tests.py"
    twice = {"case": ("Case('a', None), " * 2, ""), "misconception": ("Case('a', None),", "M, M")}
    cases, misconceptions = twice[kind]
    path.write_text(
        "from convwork.grading.cases import Case, Exercise, Misconception\n"
        "M = Misconception('a', 'says', {})\n"
        f"exercises = [Exercise('f', cases=({cases}), misconceptions=({misconceptions}))]\n"
    )
    with pytest.raises(ConvworkError, match=f"f: {kind} 'a' is declared twice"):
        load_exercises(path)
