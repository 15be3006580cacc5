"""Every declared misconception, judged from what the references keep of it: no student is asked.

It must lose points, be named, and no other sentence may be said in its place, whichever variants
a submission draws.
"""

from collections.abc import Iterator

import pytest
from conftest import ROOT

from convwork.coursedir import Notebook, notebooks
from convwork.grading.cases import Exercise, load_exercises
from convwork.grading.judge import verdict
from convwork.grading.questions import Question, pick_variant
from convwork.grading.references import References, open_references

KEYS = [bytes([number]) for number in range(3)]


def draws(exercise: Exercise, references: References) -> Iterator[list[Question]]:
    """What submissions are asked: the first variant of each case, the second …, and mixed ones."""
    known = {
        case.name: [
            Question(exercise, case, variant, references)
            for variant in range(references.variants(exercise.name, case.name))
        ]
        for case in exercise.cases
    }
    for number in range(max(map(len, known.values()))):
        yield [variants[number % len(variants)] for variants in known.values()]
    for key in KEYS:
        yield [
            known[case.name][pick_variant(key, exercise, case, references)]
            for case in exercise.cases
        ]


def faults(exercise: Exercise, references: References) -> set[str]:
    """What is wrong about how the exercise's misconceptions are judged."""
    found = set()
    for asked in draws(exercise, references):
        for wrong in exercise.misconceptions:
            answers = [question.misconceived.get(wrong.name, question.want) for question in asked]
            judged = verdict(exercise, asked, answers)
            said = {case.misconception for case in judged.cases if not case.passed} - {""}
            if judged.score == judged.points:
                found.add(f"{wrong.name!r} loses no points")
            elif wrong.says not in said:
                found.add(f"{wrong.name!r} is not named")
            found |= {f"of {wrong.name!r} it is said: {other}" for other in said - {wrong.says}}
    return found


@pytest.mark.parametrize("notebook", notebooks(ROOT), ids=str)
def test_misconceptions_lose_points_and_are_named_rightly(notebook: Notebook) -> None:
    exercises = load_exercises(notebook.tests)
    with open_references(notebook.references) as references:
        found = {name: faults(exercise, references) for name, exercise in exercises.items()}
    assert {name: sorted(faults) for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("notebook", notebooks(ROOT), ids=str)
def test_every_exercise_has_misconceptions(notebook: Notebook) -> None:
    for exercise in load_exercises(notebook.tests).values():
        assert len(exercise.misconceptions) >= 2, exercise.name
