"""Golden submissions of the real notebooks: what was handed in, beside the verdict it must get.

`golden/<week>/<notebook>/<name>.toml` holds the solution cells that differ from the right ones
(`[solutions]`), the points of those exercises (`[points]`), and phrases that the feedback must
hold (`says`) or must not hold (`never`). All other exercises must have full points.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from convwork.authoring.classroom import solved
from convwork.coursedir import Notebook
from convwork.grading import runner
from convwork.grading.handout import read_handout
from convwork.grading.runner import Limits, grade_notebook
from convwork.grading.submission import restore
from convwork.grading.verdicts import NotebookVerdict

GOLDEN = Path(__file__).parent / "golden"
SUBMISSIONS = sorted(GOLDEN.glob("*/*/*.toml"))


@pytest.fixture(autouse=True)
def same_variants(monkeypatch: pytest.MonkeyPatch) -> None:
    """A course's secret picks the hidden variants; what is half right may have luck with some."""
    monkeypatch.setattr(runner, "variant_key", lambda root, nb: b"golden")


def name_of(path: Path) -> str:
    return f"{path.parent.name}-{path.stem}"


def feedback(verdict: NotebookVerdict) -> str:
    """All that the student is told, case by case."""
    lines = list(verdict.remarks)
    for exercise in verdict.exercises:
        lines += exercise.remarks
        for case in exercise.cases:
            lines.append(f"{exercise.name}: {case.name}: {case.problem} {case.misconception}")
    return "\n".join(lines)


def verdict_on(path: Path, wanted: dict[str, Any]) -> NotebookVerdict:
    notebook = Notebook(ROOT, path.parent.parent.name, path.parent.name)
    handout = read_handout(notebook)
    nb = solved(notebook, wanted["solutions"])
    restore(nb, handout)
    limits = Limits(cell=wanted.get("cell_limit", 60))
    return grade_notebook(nb, handout, notebook.source.parent, limits=limits)


@pytest.mark.parametrize("path", SUBMISSIONS, ids=name_of)
def test_golden(path: Path) -> None:
    wanted = tomllib.loads(path.read_text())
    verdict = verdict_on(path, wanted)
    said = feedback(verdict)
    points = {
        exercise.name: wanted["points"].get(exercise.name, exercise.points)
        for exercise in verdict.exercises
    }
    assert {exercise.name: exercise.score for exercise in verdict.exercises} == points, said
    for words in wanted.get("says", ()):
        assert words in said, said
    for words in wanted.get("never", ()):
        assert words not in said, said
