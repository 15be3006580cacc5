"""Right solutions in other people's styles: each module here must get full marks.

`right_solutions/<week>/<notebook>/<style>.py` defines every function of a notebook. Each run of
the first tier asks one variant of each case, which the day's date chooses; the second tier asks
all of them.
"""

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

from convwork.authoring import texts
from convwork.authoring.references import run_cell
from convwork.coursedir import Notebook
from convwork.grading.cases import load_exercises
from convwork.grading.handout import grade_id
from convwork.grading.here import answer_here
from convwork.grading.judge import fault
from convwork.grading.questions import Question
from convwork.grading.references import open_references

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

STYLES = sorted((Path(__file__).parent / "right_solutions").glob("*/*/*.py"))
LEAST = 3
DAY = datetime.now(UTC).toordinal()


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
            run_cell(cell.source, namespace, str(notebook))
    return namespace


def problems(style: Path, chosen: Callable[[int], Iterator[int]]) -> list[str]:
    """What is found wrong with a module; `chosen` picks among a number of variants."""
    notebook = notebook_of(style)
    namespace = dict(given(notebook))
    exec(compile(style.read_text(), str(style), "exec"), namespace)
    found = []
    with open_references(notebook.references) as references:
        for exercise in load_exercises(notebook.tests).values():
            for case in exercise.cases:
                for variant in chosen(references.variants(exercise.name, case.name)):
                    question = Question(exercise, case, variant, references)
                    got = answer_here(namespace, question.request)
                    if wrong := fault(exercise, case, question.inputs, question.want, got):
                        found.append(f"{exercise.name}/{case.name}/{variant}: {wrong.problem}")
    return found


def test_every_notebook_is_solved_in_several_styles() -> None:
    for notebook in {notebook_of(style) for style in STYLES}:
        assert sum(notebook_of(style) == notebook for style in STYLES) >= LEAST, notebook


@pytest.mark.parametrize("style", STYLES, ids=name_of)
def test_passes_todays_variant_of_every_case(style: Path) -> None:
    assert problems(style, lambda count: iter([DAY % count])) == []


@pytest.mark.verify(depends=("datasets/*",))
@pytest.mark.parametrize("style", STYLES, ids=name_of)
def test_passes_every_variant_of_every_case(style: Path) -> None:
    assert problems(style, lambda count: iter(range(count))) == []
