"""Right solutions in other people's styles: each module here must get full marks.

`right_solutions/<week>/<notebook>/<style>.py` defines every function of a notebook.
"""

import contextlib
import os
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

from convwork.answers import evaluate
from convwork.authoring import texts
from convwork.authoring.classroom import untouched
from convwork.coursedir import Notebook
from convwork.grading.cases import load_exercises
from convwork.grading.handout import grade_id, read_handout
from convwork.grading.judge import judge, request_for
from convwork.grading.payload import as_answer, read_tree
from convwork.grading.references import open_references
from convwork.grading.runner import grade_notebook
from convwork.grading.submission import restore
from convwork.trees import pack

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

STYLES = sorted((Path(__file__).parent / "right_solutions").glob("*/*/*.py"))
# Of each notebook, its last style: STYLES is sorted, so later ones replace earlier ones.
SUBMITTED = list({style.parent: style for style in STYLES}.values())
LEAST = 3
pytestmark = pytest.mark.filterwarnings("ignore:The structure of `inputs`:UserWarning")


def name_of(style: Path) -> str:
    return f"{style.parent.name}-{style.stem}"


def notebook_of(style: Path) -> Notebook:
    return Notebook(ROOT, style.parent.parent.name, style.parent.name)


@cache
def given(notebook: Notebook) -> dict[str, Any]:
    """What the notebook defines besides the exercises."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for cell in texts.read_text(notebook).cells:
        if cell.cell_type == "code" and not texts.is_show(cell) and grade_id(cell) is None:
            exec(cell.source, namespace)
    return namespace


def test_every_notebook_is_solved_in_several_styles() -> None:
    for notebook in {notebook_of(style) for style in STYLES}:
        assert sum(notebook_of(style) == notebook for style in STYLES) >= LEAST, notebook


@pytest.mark.parametrize("style", STYLES, ids=name_of)
def test_passes_every_variant_of_every_case(style: Path) -> None:
    notebook = notebook_of(style)
    namespace = dict(given(notebook))
    exec(compile(style.read_text(), str(style), "exec"), namespace)
    problems = []
    with open_references(notebook.references) as references, np.errstate(all="ignore"):
        for exercise in load_exercises(notebook.tests).values():
            for case in exercise.cases:
                for variant in range(references.variants(exercise.name, case.name)):
                    inputs = references.inputs(exercise.name, case.name, variant)
                    want = as_answer(references.answer(exercise.name, case.name, variant))
                    with contextlib.redirect_stdout(None):
                        got = evaluate(namespace, request_for(exercise, case, inputs))
                    problem = judge(exercise, case, inputs, want, as_answer(read_tree(pack(got))))
                    if problem:
                        problems.append(f"{exercise.name}/{case.name}/{variant}: {problem}")
    assert not problems


@pytest.mark.parametrize("style", SUBMITTED, ids=name_of)
def test_gets_full_marks_as_a_submission(style: Path) -> None:
    """The module's text stands in the first solution cell, and the others are empty."""
    handout = read_handout(notebook_of(style))
    nb = untouched(handout.notebook)
    cells = [cell for cell in nb.cells if cell.metadata.get("nbgrader", {}).get("solution")]
    for cell in cells:
        cell.source = "# see above"
    cells[0].source = style.read_text()
    assert restore(nb, handout) == []
    verdict = grade_notebook(nb, handout, handout.notebook.source.parent)
    assert verdict.passed, verdict
