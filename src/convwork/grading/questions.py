"""What a submission is asked: each case of an exercise, in one of its variants."""

import hashlib
import hmac
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from convwork.grading.cases import Case, Exercise
from convwork.grading.payload import Answer, as_answer
from convwork.grading.references import References
from convwork.trees import pack


@dataclass(frozen=True, eq=False)
class Question:
    """A case in the variant that a submission gets, with what the references know of it."""

    exercise: Exercise
    case: Case
    variant: int
    references: References

    @cached_property
    def request(self) -> bytes:
        """What the kernel is sent; it holds nothing of the answer."""
        return request_for(self.exercise, self.case, self.inputs)

    @cached_property
    def inputs(self) -> Any:
        """The positional arguments."""
        return self.references.inputs(*self._place)

    @cached_property
    def want(self) -> Answer:
        """What the solution answers."""
        return as_answer(self.references.answer(*self._place))

    @property
    def telling(self) -> list[str]:
        """The names of the misconceptions that answer something else than the solution."""
        return self.references.misconceptions(*self._place)

    @cached_property
    def misconceived(self) -> dict[str, Answer]:
        """What each of these answers."""
        return {
            name: as_answer(self.references.misconception(*self._place, name))
            for name in self.telling
        }

    @property
    def _place(self) -> tuple[str, str, int]:
        return self.exercise.name, self.case.name, self.variant


def questions(exercise: Exercise, key: bytes, references: References) -> list[Question]:
    """The questions of an exercise, one for each case.

    key: picks each case's variant, the same one for the same submission.
    """
    return [
        Question(exercise, case, pick_variant(key, exercise, case, references), references)
        for case in exercise.cases
    ]


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
