"""Golden submissions of the real notebooks: what was handed in, beside the verdict it must get.

`golden/<week>/<notebook>/<name>.toml` holds the solution cells that differ from the right ones
(`[solutions]`), the points of those exercises (`[points]`), and phrases that the feedback must
hold (`says`) or must not hold (`never`). Only these exercises, and those that call them, are
asked; all but those with `[points]` must have full points. What hangs or kills its kernel has
`sandbox = true`, and `question_limit` in seconds if it hangs.
"""

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from local_kernel import LocalKernel

from convwork.authoring.classroom import solved
from convwork.coursedir import Notebook
from convwork.grading import runner
from convwork.grading.cases import load_exercises
from convwork.grading.handout import read_handout
from convwork.grading.runner import grade_in, grade_notebook
from convwork.grading.session import Limits, Session
from convwork.grading.submission import restore
from convwork.grading.verdicts import NotebookVerdict

GOLDEN = Path(__file__).parent / "golden"
VERIFY = pytest.mark.verify(depends=("datasets/*",))
# Of real hangs and real deaths, one each in every run.
ALWAYS = ("localization-hangs", "localization-crashes")


@pytest.fixture(autouse=True)
def same_variants(monkeypatch: pytest.MonkeyPatch) -> None:
    """A course's secret picks the hidden variants; what is half right may have luck with some."""
    monkeypatch.setattr(runner, "variant_key", lambda root, nb: b"golden")


def submissions() -> Iterable[Any]:
    """Each golden file; those in a sandbox are of the second tier, but for two."""
    for path in sorted(GOLDEN.glob("*/*/*.toml")):
        name = f"{path.parent.name}-{path.stem}"
        second = tomllib.loads(path.read_text()).get("sandbox") and name not in ALWAYS
        yield pytest.param(path, id=name, marks=[VERIFY] if second else [])


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
    asked = touched(notebook, wanted["solutions"].keys() | wanted["points"].keys())
    if not wanted.get("sandbox"):
        return grade_in(Session(LocalKernel(), Limits()), nb, handout, asked)
    limits = Limits(question=wanted.get("question_limit", 10))
    return grade_notebook(nb, handout, notebook.source.parent, limits=limits, only=asked)


def touched(notebook: Notebook, changed: Iterable[str]) -> set[str]:
    """The changed exercises, and those that call them."""
    found = set(changed)
    for exercise in load_exercises(notebook.tests).values():  # each stands after those it calls
        if found & set(exercise.uses):
            found.add(exercise.name)
    return found


@pytest.mark.parametrize("path", [*submissions()])
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
