"""What must hold in each week of the real course; `test_week1.py` and the others inherit it.

What its notebooks are worth, and what its graded pages give away.
"""

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
from convwork.answers import evaluate
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
from convwork.trees import pack

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


class CourseWeek:
    """The tests of one week; a subclass says which."""

    week: str

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Each notebook of the week, or each of its exercises."""
        notebooks = coursedir.notebooks(ROOT, metafunc.cls.week)
        if "exercise" in metafunc.fixturenames:
            exercises = [
                pytest.param(notebook, exercise, id=exercise.name)
                for notebook in notebooks
                for exercise in load_exercises(notebook.tests).values()
            ]
            metafunc.parametrize(("notebook", "exercise"), exercises)
        elif "notebook" in metafunc.fixturenames:
            metafunc.parametrize("notebook", notebooks, ids=[n.name for n in notebooks])

    def test_the_week_is_worth_a_hundred_points(self) -> None:
        handouts = map(read_handout, coursedir.notebooks(ROOT, self.week))
        assert sum(sum(handout.points.values()) for handout in handouts) <= 100

    def test_every_exercise_has_misconceptions(self, notebook: Notebook) -> None:
        for exercise in load_exercises(notebook.tests).values():
            assert len(exercise.misconceptions) >= 2, exercise.name

    def test_misconceptions_lose_points_and_are_named(
        self, notebook: Notebook, exercise: Exercise
    ) -> None:
        unpunished, unnamed = [], []
        solution = read_handout(notebook).graded_cells[exercise.name].source
        with open_references(notebook.references) as references:
            for wrong in exercise.misconceptions:
                verdict = verdict_on(notebook, exercise, wrong.apply(solution), references)
                if verdict.score == verdict.points:
                    unpunished.append(wrong.name)
                if wrong.says not in {c.misconception for c in verdict.cases if not c.passed}:
                    unnamed.append(wrong.name)
        assert (unpunished, unnamed) == ([], [])

    def test_no_graded_cell_needs_a_cell_that_only_shows(self, notebook: Notebook) -> None:
        nb = solved(notebook)
        nb.cells = [cell for cell in nb.cells if "show" not in cell.metadata.get("tags", ())]
        handout = read_handout(notebook)
        assert restore(nb, handout) == []
        verdict = grade_notebook(nb, handout, notebook.source.parent)
        assert verdict.passed, verdict

    @pytest.fixture(scope="class")
    def graded(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        """The week, handed in by two students and graded by plain nbgrader."""
        root = tmp_path_factory.mktemp(self.week) / "course"
        for name in ("notebooks", "source", "release", "grader_tests"):
            shutil.copytree(ROOT / name, root / name)
        shutil.copy(ROOT / "nbgrader_config.py", root)
        for notebook in coursedir.notebooks(root, self.week):
            exercises = load_exercises(notebook.tests).values()
            wrong = {
                e.name: misconceived(notebook, e.name, e.misconceptions[0].name) for e in exercises
            }
            submit(root, "wrong", notebook, solved(notebook, wrong))
            submit(root, "untouched", notebook, untouched(notebook))
        for command in ("autograde", "generate_feedback"):
            succeed(root, command, self.week)
        return root

    def test_points(self, graded: Path, notebook: Notebook) -> None:
        points = sum(read_handout(notebook).points.values())
        assert score(graded, "untouched", notebook) == 0
        assert 0 < score(graded, "wrong", notebook) < points

    def test_pages_hold_no_solution(self, graded: Path, notebook: Notebook) -> None:
        released = "\n".join(cell.source for cell in untouched(notebook).cells)
        secret = [
            line
            for source in texts.solutions(texts.read_text(notebook)).values()
            for line in map(str.strip, source.splitlines())
            if len(line) > 20 and line not in released
        ]
        assert len(secret) > 10
        autograded = graded / "autograded/untouched" / notebook.week / f"{notebook.name}.ipynb"
        for text in (page(graded, "untouched", notebook), autograded.read_text()):
            plain = html.unescape(re.sub(r"<[^>]+>", "", text)).replace('\\"', '"')
            assert [line for line in secret if line in plain] == []

    def test_pages_hold_no_hidden_numbers(self, graded: Path, notebook: Notebook) -> None:
        """Nowhere do four numbers follow each other as they do in a hidden input or answer."""
        hidden = runs(hidden_arrays(notebook))
        assert len(hidden) > 50
        for student in ("wrong", "untouched"):
            autograded = graded / "autograded" / student / notebook.week / f"{notebook.name}.ipynb"
            for text in (page(graded, student, notebook), autograded.read_text()):
                body = re.sub(r"<style.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL)
                shown = [float(found.replace("−", "-")) for found in NUMBER.findall(body)]
                assert not np.isin(runs([np.array(shown)]), hidden).any()


# --- what the tests ask -------------------------------------------------------------------------


@cache
def solutions(notebook: Notebook) -> dict[str, Any]:
    return solved_namespace(notebook)


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


def score(root: Path, student: str, notebook: Notebook) -> float:
    """A student's score in a notebook, as nbgrader has it."""
    return sum(
        points
        for (who, name, _), points in grades(root, notebook.week).items()
        if (who, name) == (student, notebook.name)
    )


def page(root: Path, student: str, notebook: Notebook) -> str:
    return (root / "feedback" / student / notebook.week / f"{notebook.name}.html").read_text()


NUMBER = re.compile(r"[-−]?\d+\.\d*(?:e[+-]?\d+)?")
DIGITS = 3
RUN = 4


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
    """A code for each run of four values, rounded, that are not round and all different.

    Runs of three do meet by chance, since hidden inputs are pictures.
    """
    weights = np.random.default_rng(0).integers(2**62, size=RUN)
    codes = [np.zeros(0, np.int64)]
    for array in found:
        flat = np.ravel(array).astype(float)
        flat = flat[np.isfinite(flat) & (abs(flat) < 1e6)]
        whole = (flat * 10**DIGITS).round().astype(np.int64)
        whole = whole[whole % 100 != 0]
        if len(whole) < RUN:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(whole, RUN)
        telling = (np.diff(np.sort(windows)) > 0).all(axis=1)
        codes.append(windows[telling] @ weights)
    return np.concatenate(codes)
