"""`convwork check` on a learner's files, and `hidden_tests` in an instructor's notebook."""

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from click.testing import CliRunner
from conftest import ROOT, change, one_line_failure
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from convwork import coursedir
from convwork.authoring.build import build
from convwork.authoring.classroom import misconceived, solved, untouched
from convwork.cli import main
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.grading.selfcheck import check_exercise

UNFINISHED = "def quadruple(x, times=1):\n    raise NotImplementedError()"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder outside of any course, and the one that commands run in."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def half_done(tiny: Notebook) -> NotebookNode:
    """The first exercise has a typical mistake, the second is still to do."""
    changes = {"double": misconceived(tiny, "double", "square"), "quadruple": UNFINISHED}
    return solved(tiny, changes)


def test_a_solved_notebook_passes_whatever_its_name(tiny: Notebook, elsewhere: Path) -> None:
    nbformat.write(solved(tiny), "my own name (1).ipynb")
    result = CliRunner().invoke(main, ["check", "my own name (1).ipynb"])
    assert result.exit_code == 0, result.output
    assert "week1/tiny" in result.stdout
    assert "100 / 100" in result.stdout
    assert list(elsewhere.iterdir()) == [elsewhere / "my own name (1).ipynb"]


def test_several_notebooks_are_reported_as_json(tiny: Notebook, elsewhere: Path) -> None:
    works = {"done": solved(tiny), "half": half_done(tiny), "untouched": untouched(tiny)}
    for name, nb in works.items():
        nbformat.write(nb, f"{name}.ipynb")
    result = CliRunner().invoke(main, ["check", "--json", *(f"{name}.ipynb" for name in works)])
    assert result.exit_code == 1
    done, half, nothing = json.loads(result.stdout)
    assert [work["score"] for work in (done, half, nothing)] == [100, 0, 0]
    assert [work["passed"] for work in (done, half, nothing)] == [True, False, False]
    assert {work["notebook"] for work in (done, half, nothing)} == {"week1/tiny"}
    assert_documented(done)
    double, quadruple = half["exercises"]
    assert {case["misconception"] for case in double["cases"]} == {"Twice is not the square."}
    assert {case["kind"] for case in double["cases"]} == {"wrong values"}
    assert {case["kind"] for case in quadruple["cases"]} == {"still to do"}
    assert {case["problem"] for e in nothing["exercises"] for case in e["cases"]} == {"still to do"}


def assert_documented(verdict: dict[str, Any]) -> None:
    of_all = {"notebook", "score", "points", "passed", "remarks", "exercises"}
    assert verdict.keys() == of_all | {"seconds", "processor_seconds"}
    assert [e["name"] for e in verdict["exercises"]] == ["double", "quadruple"]
    for exercise in verdict["exercises"]:
        assert exercise.keys() == {"name", "score", "points", "passed", "remarks", "cases"}
        for case in exercise["cases"]:
            of_each = {"name", "passed", "kind", "share", "problem", "misconception", "error"}
            assert case.keys() == of_each
            assert case["passed"] == (case["kind"] == "passed")
    assert sum(exercise["points"] for exercise in verdict["exercises"]) == verdict["points"]


def test_the_table_tells_what_is_wrong(tiny: Notebook, elsewhere: Path) -> None:
    nb = solved(tiny, {"double": misconceived(tiny, "double", "half")})
    nbformat.write(nb, "mine.ipynb")
    result = CliRunner().invoke(main, ["check", "mine.ipynb"])
    assert result.exit_code == 1
    for text in ("Twice is not a half.", "0 of 3 cases pass", "Mend double first", "one number"):
        assert text in " ".join(result.stdout.split())


def test_what_was_put_back_is_told(tiny: Notebook, elsewhere: Path) -> None:
    """One exercise is right, and the other one keeps the notebook from being so."""
    nb = solved(tiny, {"quadruple": UNFINISHED})
    nb.cells = [cell for cell in nb.cells if "double(np.array([1, 2]))" not in cell.source]
    nbformat.write(nb, "mine.ipynb")
    result = CliRunner().invoke(main, ["check", "--json", "mine.ipynb"])
    assert result.exit_code == 1
    (verdict,) = json.loads(result.stdout)
    assert verdict["remarks"] == ["The cell `test_double` is missing."]
    assert (verdict["score"], verdict["passed"]) == (60, False)


NOT_NOTEBOOKS: dict[str, tuple[bytes | None, str]] = {
    "a missing file": (None, "No such file or directory; name a notebook file (.ipynb)"),
    "an empty file": (b"", "the file is empty; save the notebook and submit it again"),
    "white space": (b" \n\n", "the file is empty"),
    "truncated JSON": (b'{"cells": [{"cell_type": "co', "not a notebook, or a damaged one"),
    "a list": (b"[1, 2]", "not a notebook, or a damaged one"),
    "an object": (b'{"a": 1}', "not a notebook, or a damaged one"),
    "a number": (b"1", "not a notebook, or a damaged one"),
    "cells that are none": (b'{"nbformat": 4, "nbformat_minor": 5, "cells": 3}', "not a notebook"),
    "nesting without end": (b"[" * 100_000, "not a notebook, or a damaged one"),
    "a binary file": (b"\x89PNG\r\n\x1a\n\xff\xfe", "not a text file, so not a notebook"),
    "another course's notebook": (
        nbformat.writes(nbformat.v4.new_notebook()).encode(),
        "none of this course's notebooks (tiny); its graded cells are not there",
    ),
}


@pytest.mark.parametrize(("content", "says"), NOT_NOTEBOOKS.values(), ids=NOT_NOTEBOOKS.keys())
def test_what_is_no_notebook_of_the_course_is_told(
    tiny: Notebook, elsewhere: Path, content: bytes | None, says: str
) -> None:
    if content is not None:
        Path("mine.ipynb").write_bytes(content)
    said = one_line_failure(CliRunner().invoke(main, ["check", "mine.ipynb"]))
    assert said.startswith("mine.ipynb: ")
    assert says in said


def test_a_folder_is_no_notebook(tiny: Notebook, elsewhere: Path) -> None:
    said = one_line_failure(CliRunner().invoke(main, ["check", "."]))
    assert said == ".: Is a directory; name a notebook file (.ipynb)"


def test_a_course_that_was_not_built_says_so(course: Path, elsewhere: Path) -> None:
    nbformat.write(nbformat.v4.new_notebook(), "mine.ipynb")
    said = one_line_failure(CliRunner().invoke(main, ["check", "mine.ipynb"]))
    assert said.endswith("tiny.ipynb: no such file; make it with `convwork build`")


def test_an_editable_install_finds_its_own_course(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CONVWORK_COURSE", raising=False)
    assert coursedir.find_root() == ROOT
    nbformat.write(nbformat.v4.new_notebook(), "mine.ipynb")
    said = one_line_failure(CliRunner().invoke(main, ["check", "mine.ipynb"]))
    names = ", ".join(notebook.name for notebook in coursedir.notebooks(ROOT))
    assert f"none of this course's notebooks ({names})" in said


# --- hidden_tests in a source notebook -----------------------------------------------------------


def reports(nb: NotebookNode) -> dict[str, str]:
    """The HTML that each test cell displays, by its `grade_id`."""
    return {
        cell.metadata.nbgrader["grade_id"]: output.data["text/html"]
        for cell in nb.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
        for output in cell.outputs
        if output.output_type == "display_data"
    }


def test_a_source_notebook_shows_reports_and_fails_where_it_is_wrong(tiny: Notebook) -> None:
    change(tiny.text, "x = double(double(x))", "x = double(x) + double(x) if x.size < 4 else x")
    build(tiny.root)
    nb = nbformat.read(tiny.source, as_version=4)
    with pytest.raises(CellExecutionError, match="quadruple: 3 of 4 hidden cases pass"):
        NotebookClient(nb, timeout=60).execute()
    shown = reports(nb)
    assert set(shown) == {"test_double", "test_quadruple"}
    for text in ("3 of 3 cases", "60 of 60 points"):
        assert text in shown["test_double"]
    for text in ("3 of 4 cases", "30 of 40 points", "once"):
        assert text in shown["test_quadruple"]
    assert "failed" not in shown["test_double"]
    assert shown["test_quadruple"].count("failed") == 1


def test_an_unknown_exercise_is_told_with_those_that_exist(tiny: Notebook) -> None:
    with pytest.raises(ConvworkError, match="unknown exercise 'triple'; there are double, quadrup"):
        check_exercise("triple", {})
