"""What the grader decides: plain records, from a case to a notebook."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self


class Kind(StrEnum):
    """What was found in a case: that it passed, or how it failed."""

    PASSED = "passed"
    MISSING = "missing"
    NOT_A_FUNCTION = "not a function"
    STILL_TO_DO = "still to do"
    RAISED = "raised"
    RAISED_NOTHING = "raised nothing"  # where an error was wanted
    RAISED_ANOTHER = "raised another error"
    LOST = "lost"  # no answer came: it took too long, or the kernel died
    NOT_ASKED = "not asked"
    UNREADABLE = "unreadable"
    WRONG_TYPE = "wrong type"
    WRONG_SHAPE = "wrong shape"
    WRONG_VALUES = "wrong values"
    NOT_FINITE = "not finite"
    WRONG_PROPERTY = "wrong property"
    NOT_CHECKED = "not checked"  # the property could not be computed
    MODIFIED_INPUTS = "modified its inputs"
    NOT_THE_SAME_TWICE = "not the same twice"
    ERRORS_ONLY = "errors only"  # it raised as it should, and does nothing else right


@dataclass(frozen=True)
class CaseVerdict:
    """One case: passed, or what was wanted and what came.

    problem: empty where the case passed; never holds an expected value or a hidden input.
    misconception: the sentence of the misconception that answers just so, or empty.
    error: the name of the error that was raised, or empty.
    """

    name: str
    kind: Kind
    share: float
    problem: str = ""
    misconception: str = ""
    error: str = ""

    @property
    def passed(self) -> bool:
        """Whether the case gives its share of the points."""
        return self.kind == Kind.PASSED

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain values."""
        return {
            "name": self.name,
            "passed": self.passed,
            "kind": str(self.kind),
            "share": self.share,
            "problem": self.problem,
            "misconception": self.misconception,
            "error": self.error,
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The verdict whose `to_json` these values are. Raises KeyError or ValueError if none."""
        texts = (values[name] for name in ("problem", "misconception", "error"))
        return cls(values["name"], Kind(values["kind"]), values["share"], *texts)


@dataclass(frozen=True)
class ExerciseVerdict:
    """One exercise: its score, its cases, and remarks such as "mend zero_pad first"."""

    name: str
    points: float
    cases: tuple[CaseVerdict, ...]
    remarks: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """Points earned: each passed case gives its share; all of them give exactly `points`."""
        total = sum(case.share for case in self.cases)
        earned = sum(case.share for case in self.cases if case.passed)
        if earned == total:
            return self.points
        return round(self.points * earned / total, 2)

    @property
    def passed(self) -> bool:
        """Whether every case passed."""
        return all(case.passed for case in self.cases)

    @property
    def still_to_do(self) -> bool:
        """Whether nothing was written yet."""
        return all(case.kind == Kind.STILL_TO_DO for case in self.cases)

    @property
    def common_problem(self) -> str:
        """What was found in every case alike, such as "still to do"; else empty."""
        found = {(case.problem, case.misconception) for case in self.cases}
        problem, misconception = found.pop()
        return "" if found or misconception else problem


@dataclass(frozen=True)
class NotebookVerdict:
    """One notebook: its exercises, remarks about the file and the run, and what grading took.

    seconds: from start to end; processor_seconds: of the student's kernels and what they started.
    """

    notebook: str
    exercises: tuple[ExerciseVerdict, ...]
    remarks: tuple[str, ...] = field(default=())
    seconds: float = field(default=0.0, compare=False)
    processor_seconds: float = field(default=0.0, compare=False)

    @property
    def score(self) -> float:
        """The sum of the exercises' scores."""
        return round(sum(exercise.score for exercise in self.exercises), 2)

    @property
    def points(self) -> float:
        """What all exercises together are worth."""
        return sum(exercise.points for exercise in self.exercises)

    @property
    def passed(self) -> bool:
        """Whether every case of every exercise passed."""
        return all(exercise.passed for exercise in self.exercises)

    def to_json(self) -> dict[str, Any]:
        """The verdict as plain values, scores included."""
        return {
            "notebook": self.notebook,
            "score": self.score,
            "points": self.points,
            "passed": self.passed,
            "remarks": list(self.remarks),
            "seconds": round(self.seconds, 3),
            "processor_seconds": round(self.processor_seconds, 3),
            "exercises": [
                {"name": exercise.name, "score": exercise.score, "points": exercise.points}
                | {"passed": exercise.passed, "remarks": list(exercise.remarks)}
                | {"cases": [case.to_json() for case in exercise.cases]}
                for exercise in self.exercises
            ],
        }

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The verdict whose `to_json` these values are.

        Raises KeyError, TypeError or ValueError if they are none's.
        """
        exercises = (
            ExerciseVerdict(
                exercise["name"],
                exercise["points"],
                tuple(map(CaseVerdict.from_json, exercise["cases"])),
                tuple(exercise["remarks"]),
            )
            for exercise in values["exercises"]
        )
        return cls(
            values["notebook"],
            tuple(exercises),
            tuple(values["remarks"]),
            values["seconds"],
            values["processor_seconds"],
        )
