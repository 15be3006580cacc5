"""Hidden tests in the process that asks for them: an instructor's, in a source notebook."""

from typing import Any

from convwork import coursedir
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.grading.cases import Exercise, load_exercises
from convwork.grading.handout import read_handout
from convwork.grading.here import answer_here
from convwork.grading.judge import verdict
from convwork.grading.questions import questions
from convwork.grading.references import open_references
from convwork.grading.verdicts import ExerciseVerdict


def check_exercise(name: str, namespace: dict[str, Any]) -> ExerciseVerdict:
    """Ask an exercise's hidden cases of the function in `namespace`.

    Raises ConvworkError if no notebook declares the exercise.
    """
    notebook, exercise = find_exercise(name)
    points = read_handout(notebook).points[name]
    with open_references(notebook.references) as references:
        asked = questions(exercise, b"", references)
        answers = [answer_here(namespace, question.request) for question in asked]
        return verdict(exercise, asked, answers, points)


def find_exercise(name: str) -> tuple[Notebook, Exercise]:
    """The notebook and the declaration of an exercise."""
    known: list[str] = []
    for notebook in coursedir.notebooks(coursedir.find_root()):
        exercises = load_exercises(notebook.tests)
        if name in exercises:
            return notebook, exercises[name]
        known += exercises
    raise ConvworkError(f"unknown exercise {name!r}; there are {', '.join(known)}")
