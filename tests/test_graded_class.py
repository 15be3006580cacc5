"""A class on the real notebooks, graded once by plain nbgrader: its points, its pages, its report.

In it are a right solution without the cells that only show something, one in another style, one
with a misconception in each exercise, and an untouched notebook. Every run grades it on one
notebook, the second tier on the others.
"""

import csv
import html
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import ROOT
from nbformat import NotebookNode
from nbgrader_runs import grades, succeed
from test_right_solutions import STYLES, notebook_of

from convwork import coursedir
from convwork.authoring import texts
from convwork.authoring.classroom import misconceived, solved, submit, untouched
from convwork.cli import main
from convwork.coursedir import Notebook
from convwork.grading.cases import load_exercises
from convwork.grading.handout import read_handout
from convwork.grading.nbgrader_plugins import VERDICT
from convwork.grading.references import open_references
from convwork.grading.verdicts import NotebookVerdict

ALWAYS = "edge_detection"
VERIFY = pytest.mark.verify(depends=("datasets/*",), uses=("convwork.grading",))


def of_each_tier() -> Iterator[Any]:
    """Every notebook; one of them in the first tier."""
    for notebook in coursedir.notebooks(ROOT):
        marks = [] if notebook.name == ALWAYS else [VERIFY]
        yield pytest.param(notebook, id=str(notebook), marks=marks)


def without_shows(notebook: Notebook) -> NotebookNode:
    nb = solved(notebook)
    nb.cells = [cell for cell in nb.cells if "show" not in cell.metadata.get("tags", ())]
    return nb


def in_another_style(notebook: Notebook) -> NotebookNode:
    """All of a module's text stands in the first solution cell, and the others are empty."""
    style = [style for style in STYLES if notebook_of(style).name == notebook.name][-1]
    nb = untouched(notebook)
    cells = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    for cell in cells:
        cell.source = "# see above"
    cells[0].source = style.read_text()
    return nb


def misled(notebook: Notebook) -> NotebookNode:
    """Each exercise has the first of its misconceptions."""
    exercises = load_exercises(notebook.tests).values()
    changes = {e.name: misconceived(notebook, e.name, e.misconceptions[0].name) for e in exercises}
    return solved(notebook, changes)


CLASS = {
    "right": without_shows,
    "other": in_another_style,
    "wrong": misled,
    "untouched": untouched,
}


@pytest.fixture(scope="module", params=[*of_each_tier()])
def graded(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Notebook]:
    """A course directory with one of the notebooks, graded, with feedback pages and a CSV."""
    notebook: Notebook = request.param
    root = tmp_path_factory.mktemp(notebook.name) / "course"
    for name in ("notebooks", "source", "release", "grader_tests"):
        for path in (ROOT / name / notebook.week).glob(f"{notebook.name}.*"):
            (root / name / notebook.week).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, root / name / notebook.week)
    shutil.copy(ROOT / "nbgrader_config.py", root)
    for student, work in CLASS.items():
        submit(root, student, notebook, work(notebook))
    for command in ("autograde", "generate_feedback"):
        succeed(root, command, notebook.week)
    succeed(root, "export", "--to", "grades.csv")
    return root, Notebook(root, notebook.week, notebook.name)


Graded = tuple[Path, Notebook]


def test_who_is_right_has_all_points(graded: Graded) -> None:
    """With and without the cells that only show, on which no graded one may depend."""
    root, notebook = graded
    points = read_handout(notebook).points
    for student in ("right", "other"):
        assert scores(root, student, notebook) == points
        assert "grader-remarks" not in autograded(root, student, notebook)


def test_who_is_wrong_has_not(graded: Graded) -> None:
    root, notebook = graded
    points = read_handout(notebook).points
    wrong = scores(root, "wrong", notebook)
    assert sum(wrong.values()) > 0
    assert all(wrong[name] < points[name] for name in points)
    assert set(scores(root, "untouched", notebook).values()) == {0}


def test_the_csv_says_the_same(graded: Graded) -> None:
    root, notebook = graded
    with (root / "grades.csv").open() as file:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(file)}
    assert exported == {
        student: pytest.approx(sum(scores(root, student, notebook).values())) for student in CLASS
    }


def test_the_report_names_the_misconceptions(
    graded: Graded, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, notebook = graded
    monkeypatch.setenv(coursedir.ROOT_VARIABLE, str(root))
    result = CliRunner().invoke(main, ["report", notebook.week])
    assert result.exit_code == 0, result.output
    text = " ".join(plain((root / "reports" / f"{notebook.week}.html").read_text()).split())
    said = set(sentences(root, "wrong", notebook))
    assert said
    assert [sentence for sentence in said if sentence not in text] == []


def test_pages_hold_no_solution(graded: Graded) -> None:
    root, notebook = graded
    released = "\n".join(cell.source for cell in untouched(notebook).cells)
    secret = [
        line
        for source in texts.solutions(texts.read_text(notebook)).values()
        for line in map(str.strip, source.splitlines())
        if len(line) > 20 and line not in released
    ]
    assert len(secret) > 10
    pages = page(root, "untouched", notebook), autograded(root, "untouched", notebook)
    for text in map(plain, pages):
        assert [line for line in secret if line in text] == []


def test_pages_hold_no_hidden_numbers(graded: Graded) -> None:
    """Nowhere do four numbers follow each other as they do in a hidden input or answer."""
    root, notebook = graded
    hidden = runs(hidden_arrays(notebook))
    assert len(hidden) > 50
    for student in ("wrong", "untouched"):
        for text in page(root, student, notebook), autograded(root, student, notebook):
            body = re.sub(r"<style.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL)
            shown = [float(found.replace("−", "-")) for found in NUMBER.findall(body)]
            assert not np.isin(runs([np.array(shown)]), hidden).any()


@pytest.mark.parametrize("week", coursedir.weeks(ROOT))
def test_a_week_is_worth_a_hundred_points_at_most(week: str) -> None:
    handouts = map(read_handout, coursedir.notebooks(ROOT, week))
    assert sum(sum(handout.points.values()) for handout in handouts) <= 100


def test_hidden_numbers_would_be_found_on_a_page() -> None:
    hidden = runs([np.array([[0.1234, 2.5678, 5.4321], [-0.9871, 3.1415, 1.0101]])])
    assert np.isin(runs([np.array([7.0, 2.568, 5.432, -0.987, 3.1415, 8.0])]), hidden).any()
    assert not np.isin(runs([np.array([2.568, 5.432, 3.142, -0.987])]), hidden).any()


# --- what the tests ask -------------------------------------------------------------------------


@cache
def all_scores(root: Path, week: str) -> dict[tuple[str, str, str], float]:
    return grades(root, week)


def scores(root: Path, student: str, notebook: Notebook) -> dict[str, float]:
    """A student's score in each exercise, as nbgrader has it."""
    return {
        exercise: points
        for (who, _, exercise), points in all_scores(root, notebook.week).items()
        if who == student
    }


def sentences(root: Path, student: str, notebook: Notebook) -> Iterator[str]:
    """The misconceptions that a student was told of."""
    graded = json.loads(autograded(root, student, notebook))
    verdict = NotebookVerdict.from_json(graded["metadata"][VERDICT])
    for exercise in verdict.exercises:
        yield from (case.misconception for case in exercise.cases if case.misconception)


def page(root: Path, student: str, notebook: Notebook) -> str:
    return (root / "feedback" / student / notebook.week / f"{notebook.name}.html").read_text()


def autograded(root: Path, student: str, notebook: Notebook) -> str:
    return (root / "autograded" / student / notebook.week / f"{notebook.name}.ipynb").read_text()


def plain(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", text)).replace('\\"', '"')


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
