"""The real course: what its notebooks are worth, and what its graded pages give away."""

import html
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT
from nbgrader_runs import grades, succeed

from convwork import coursedir
from convwork.answers import evaluate, pack
from convwork.authoring import texts
from convwork.authoring.classroom import misconceived, solved, submit, untouched
from convwork.authoring.references import run_cell, solved_namespace
from convwork.coursedir import Notebook
from convwork.grading.cases import Exercise, load_exercises
from convwork.grading.handout import read_handout
from convwork.grading.judge import examine
from convwork.grading.payload import Answer, as_answer, read_tree
from convwork.grading.references import References, open_references
from convwork.grading.runner import grade_notebook
from convwork.grading.submission import restore
from convwork.grading.verdicts import ExerciseVerdict

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

NOTEBOOKS = coursedir.notebooks(ROOT, "week1")
EXERCISES = [
    pytest.param(notebook, exercise, id=exercise.name)
    for notebook in NOTEBOOKS
    for exercise in load_exercises(notebook.tests).values()
]
pytestmark = pytest.mark.filterwarnings("ignore")  # a misconception may well divide by zero
by_notebook = pytest.mark.parametrize("notebook", NOTEBOOKS, ids=str)


def test_the_week_is_worth_a_hundred_points() -> None:
    assert sum(sum(read_handout(notebook).points.values()) for notebook in NOTEBOOKS) == 100


@by_notebook
def test_every_exercise_has_misconceptions(notebook: Notebook) -> None:
    for exercise in load_exercises(notebook.tests).values():
        assert len(exercise.misconceptions) >= 2, exercise.name


# --- misconceptions ------------------------------------------------------------------------------


@cache
def solutions(notebook: Notebook) -> dict[str, Any]:
    return solved_namespace(notebook)


@pytest.mark.parametrize(("notebook", "exercise"), EXERCISES)
def test_misconceptions_lose_points_and_are_named(notebook: Notebook, exercise: Exercise) -> None:
    unpunished, unnamed = [], []
    solution = read_handout(notebook).graded_cells[exercise.name].source
    with open_references(notebook.references) as references:
        for wrong in exercise.misconceptions:
            verdict = verdict_on(notebook, exercise, wrong.apply(solution), references)
            if verdict.score == verdict.points:
                unpunished.append(wrong.name)
            if wrong.says not in {case.misconception for case in verdict.cases if not case.passed}:
                unnamed.append(wrong.name)
    assert (unpunished, unnamed) == ([], [])


def verdict_on(
    notebook: Notebook, exercise: Exercise, source: str, references: References
) -> ExerciseVerdict:
    """The verdict on one solution cell, the rest of the notebook being right."""
    namespace = dict(solutions(notebook))
    run_cell(source, namespace, exercise.name)

    def ask(request: bytes, _limit: float) -> Answer:
        with np.errstate(all="ignore"):
            return as_answer(read_tree(pack(evaluate(namespace, request))))

    return examine(exercise, 1.0, references, b"a student's key", ask)


# --- submissions ---------------------------------------------------------------------------------


@by_notebook
def test_no_graded_cell_needs_a_cell_that_only_shows(notebook: Notebook) -> None:
    nb = solved(notebook)
    nb.cells = [cell for cell in nb.cells if "show" not in cell.metadata.get("tags", ())]
    handout = read_handout(notebook)
    assert restore(nb, handout) == []
    verdict = grade_notebook(nb, handout, notebook.source.parent)
    assert verdict.passed, verdict


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The course's week, handed in by two students and graded by plain nbgrader."""
    root = tmp_path_factory.mktemp("week1") / "course"
    for name in ("notebooks", "source", "release", "grader_tests"):
        shutil.copytree(ROOT / name, root / name)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for notebook in coursedir.notebooks(root, "week1"):
        exercises = load_exercises(notebook.tests).values()
        wrong = {
            e.name: misconceived(notebook, e.name, e.misconceptions[0].name) for e in exercises
        }
        submit(root, "wrong", notebook, solved(notebook, wrong))
        submit(root, "untouched", notebook, untouched(notebook))
    for command in ("autograde", "generate_feedback"):
        succeed(root, command, "week1")
    return root


def score(root: Path, student: str, notebook: Notebook) -> float:
    """A student's score in a notebook, as nbgrader has it."""
    return sum(
        points
        for (who, name, _), points in grades(root).items()
        if (who, name) == (student, notebook.name)
    )


def page(root: Path, student: str, notebook: Notebook) -> str:
    return (root / "feedback" / student / "week1" / f"{notebook.name}.html").read_text()


@by_notebook
def test_points(graded: Path, notebook: Notebook) -> None:
    points = sum(read_handout(notebook).points.values())
    assert score(graded, "untouched", notebook) == 0
    assert 0 < score(graded, "wrong", notebook) < points


@by_notebook
def test_pages_hold_no_solution(graded: Path, notebook: Notebook) -> None:
    released = "\n".join(cell.source for cell in untouched(notebook).cells)
    secret = [
        line
        for source in texts.solutions(texts.read_text(notebook)).values()
        for line in map(str.strip, source.splitlines())
        if len(line) > 20 and line not in released
    ]
    assert len(secret) > 10
    autograded = graded / "autograded" / "untouched" / "week1" / f"{notebook.name}.ipynb"
    for text in (page(graded, "untouched", notebook), autograded.read_text()):
        plain = html.unescape(re.sub(r"<[^>]+>", "", text)).replace('\\"', '"')
        assert [line for line in secret if line in plain] == []


NUMBER = re.compile(r"[-−]?\d+\.\d*(?:e[+-]?\d+)?")
DIGITS = 3


@by_notebook
def test_pages_hold_no_hidden_numbers(graded: Path, notebook: Notebook) -> None:
    """Nowhere do three numbers follow each other as they do in a hidden input or answer."""
    hidden = runs(hidden_arrays(notebook))
    assert len(hidden) > 100
    for student in ("wrong", "untouched"):
        autograded = graded / "autograded" / student / "week1" / f"{notebook.name}.ipynb"
        for text in (page(graded, student, notebook), autograded.read_text()):
            body = re.sub(r"<style.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL)
            shown = [float(found.replace("−", "-")) for found in NUMBER.findall(body)]
            assert not np.isin(runs([np.array(shown)]), hidden).any()


def test_hidden_numbers_would_be_found() -> None:
    hidden = runs([np.array([[0.1234, 2.5678], [-0.9871, 3.1415]])])
    assert np.isin(runs([np.array([7.0, 2.568, -0.987, 3.1415, 8.0])]), hidden).any()
    assert not np.isin(runs([np.array([2.568, 3.142, -0.987])]), hidden).any()


def hidden_arrays(notebook: Notebook) -> Iterator[np.ndarray]:
    """The inputs and answers in the notebook's references."""
    with open_references(notebook.references) as references:
        for name in load_exercises(notebook.tests):
            for place, tree in references.all_trees(name).items():
                if "/misconceptions/" not in place:
                    yield from arrays(tree)


def arrays(tree: Any) -> Iterator[np.ndarray]:
    """The arrays in a tree."""
    if isinstance(tree, np.ndarray):
        yield tree
    elif isinstance(tree, dict):
        yield from arrays(list(tree.values()))
    elif isinstance(tree, list | tuple):
        for item in tree:
            yield from arrays(item)


def runs(found: Iterable[np.ndarray]) -> np.ndarray:
    """A number for every three values in a row, rounded, that are not round and not equal."""
    codes = [np.zeros(0, np.int64)]
    for array in found:
        flat = np.ravel(array).astype(float)
        flat = flat[np.isfinite(flat) & (abs(flat) < 1e6)]
        whole = (flat * 10**DIGITS).round().astype(np.int64)
        whole = whole[whole % 100 != 0]
        one, two, three = whole[:-2], whole[1:-1], whole[2:]
        telling = (one != two) & (two != three) & (one != three)
        codes.append((one * 1_000_003 + two * 998_244_353 + three * 2_147_483_647)[telling])
    return np.concatenate(codes)
