"""What a file in `grader_tests/` declares: exercises, their hidden cases and misconceptions."""

import importlib.util
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from convwork.errors import ConvworkError

Inputs = tuple[Any, ...]
Property = Callable[[Inputs, Any], str | None]


@dataclass(frozen=True)
class Case:
    """One hidden question to a student's function.

    name: what the student may read, such as "stride 2, padding 1".
    inputs: builds the positional arguments from a seeded generator.
    options: keyword arguments, the same in every variant.
    raises: the exception that the call must raise, in place of an answer.
    check: a property of (inputs, answer) for questions with many right answers; it
        returns a sentence that says what is wrong, or None. The reference is not compared.
    probe: how the kernel turns the answer into arrays; see `convwork.probes`.
    probe_options: keyword arguments of the probe, JSON values only.
    rtol, atol: tolerances of the comparison, as in `numpy.allclose`; between integers only
        atol counts.
    share: the case's part of the exercise's points, relative to the other cases.
    time_limit: seconds that one call may take.
    calls: how often the function is called with the same inputs; all answers must be right.
    """

    name: str
    inputs: Callable[[np.random.Generator], Inputs]
    options: dict[str, Any] = field(default_factory=dict)
    raises: type[Exception] | None = None
    check: Property | None = None
    probe: str | None = None
    probe_options: dict[str, Any] = field(default_factory=dict)
    rtol: float = 1e-5
    atol: float = 1e-7
    share: float = 1.0
    time_limit: float = 10.0
    calls: int = 2
    variants: int = 5


@dataclass(frozen=True)
class Misconception:
    """A wrong solution that the feedback recognises by what it answers.

    name: for instructors and tests.
    says: the sentence for the student; it names the fault and not the repair.
    edits: text of the solution cell, each found exactly once, and what stands there instead.
    """

    name: str
    says: str
    edits: dict[str, str]

    def apply(self, solution: str) -> str:
        """The solution's text with this misconception in it."""
        for old, new in self.edits.items():
            if solution.count(old) != 1:
                raise ConvworkError(
                    f"misconception {self.name!r}: {old!r} occurs {solution.count(old)} times "
                    "in the solution; an edit needs text that occurs once"
                )
            solution = solution.replace(old, new)
        return solution


@dataclass(frozen=True)
class Exercise:
    """A function that students write, with the questions that decide its points.

    name: the function's name, and the `grade_id` of its solution cell.
    outputs: names of the returned values, for messages such as "cache[0]".
    uses: exercises that this one calls, to be mended first.
    """

    name: str
    cases: tuple[Case, ...]
    misconceptions: tuple[Misconception, ...] = ()
    outputs: tuple[str, ...] = ()
    uses: tuple[str, ...] = ()

    @property
    def test_cell(self) -> str:
        """The `grade_id` of the exercise's test cell."""
        return f"test_{self.name}"


def load_exercises(path: Path) -> dict[str, Exercise]:
    """The exercises that a `grader_tests` file declares, by name, in order.

    Raises ConvworkError if the file is missing, does not run, or declares something twice.
    """
    if not path.is_file():
        raise ConvworkError(f"{path}: no such file; every notebook needs its grader tests")
    spec = importlib.util.spec_from_file_location(
        "grader_tests_" + re.sub(r"\W", "_", str(path.with_suffix(""))), path
    )
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise ConvworkError(f"{path}: {type(error).__name__}: {error}") from error
    exercises: dict[str, Exercise] = {}
    for exercise in getattr(module, "exercises", ()):
        if exercise.name in exercises:
            raise ConvworkError(f"{path}: exercise {exercise.name!r} is declared twice")
        if not exercise.cases:
            raise ConvworkError(f"{path}: exercise {exercise.name!r} declares no case")
        _refuse_duplicates(path, exercise)
        exercises[exercise.name] = exercise
    if not exercises:
        raise ConvworkError(f"{path}: no `exercises = [...]` is declared")
    return exercises


def _refuse_duplicates(path: Path, exercise: Exercise) -> None:
    for kind, items in (("case", exercise.cases), ("misconception", exercise.misconceptions)):
        names = [item.name for item in items]
        for name in names:
            if names.count(name) > 1:
                raise ConvworkError(f"{path}: {exercise.name}: {kind} {name!r} is declared twice")
            if "/" in name:
                raise ConvworkError(f"{path}: {exercise.name}: {kind} {name!r} holds a slash")
