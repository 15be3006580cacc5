"""Submissions as they come in: read whatever is a notebook, and put back what must be there."""

import json
import os
from collections.abc import Callable
from copy import deepcopy
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode

from convwork.authoring.build import build
from convwork.authoring.classroom import solved
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.grading.bounded_json import MAX_VALUES
from convwork.grading.handout import Handout, grade_id, identify, read_handout
from convwork.grading.nbgrader_plugins import read_and_restore
from convwork.grading.submission import (
    MAX_CELLS,
    MAX_OLD,
    MAX_PROSE,
    MAX_TEXT,
    REMARKS,
    SECRET,
    course_secret,
    defuse,
    parse_submission,
    read_submission,
    restore,
    shorten,
    variant_key,
)

Json = dict[str, Any]
Edit = Callable[[NotebookNode], None]


@pytest.fixture
def handout(course: Path) -> Handout:
    """The tiny notebook as it was handed out."""
    build(course)
    return read_handout(Notebook(course, "week1", "tiny"))


@pytest.fixture
def submitted(handout: Handout) -> NotebookNode:
    """The tiny notebook with right solutions."""
    return solved(handout.notebook)


def code_cells(nb: NotebookNode) -> list[str]:
    return [cell.source for cell in nb.cells if cell.cell_type == "code"]


def cell_of(nb: NotebookNode, name: str) -> NotebookNode:
    (cell,) = (cell for cell in nb.cells if grade_id(cell) == name)
    return cell


# --- reading -------------------------------------------------------------------------------------


def without_ids(nb: Json) -> bytes:
    nb["nbformat_minor"] = 0
    for cell in nb["cells"]:
        del cell["id"]
    return json.dumps(nb).encode()


def version_3(nb: Json) -> bytes:
    old = nbformat.convert(nbformat.from_dict(nb), 3)
    return nbformat.writes(old, version=3).encode()


def with_byte_order_mark(nb: Json) -> bytes:
    return b"\xef\xbb\xbf" + json.dumps(nb).encode()


def with_windows_line_ends(nb: Json) -> bytes:
    return json.dumps(nb, indent=1).replace("\n", "\r\n").encode()


def without_kernelspec(nb: Json) -> bytes:
    nb["metadata"] = {}
    return json.dumps(nb).encode()


def with_foreign_kernel(nb: Json) -> bytes:
    nb["metadata"] = {"kernelspec": {"name": "ir", "language": "R", "display_name": "R"}}
    return json.dumps(nb).encode()


def with_equal_ids(nb: Json) -> bytes:
    for cell in nb["cells"]:
        cell["id"] = "same"
    return json.dumps(nb).encode()


def with_bad_ids(nb: Json) -> bytes:
    for cell, ident in zip(nb["cells"], (None, 7, "", "a b/c", ["x"], {}, "ü"), strict=True):
        cell["id"] = ident
    return json.dumps(nb).encode()


def with_missing_fields(nb: Json) -> bytes:
    for cell in nb["cells"]:
        cell.pop("outputs", None)
        cell.pop("execution_count", None)
        if not cell["metadata"]:
            del cell["metadata"]
    nb["cells"] += [{"cell_type": "code"}, {"source": "lost"}, {"cell_type": "markdown"}]
    return json.dumps(nb).encode()


def with_lists_of_lines(nb: Json) -> bytes:
    for cell in nb["cells"]:
        cell["source"] = cell["source"].splitlines(keepends=True)
    return json.dumps(nb).encode()


def with_outputs(nb: Json) -> bytes:
    for cell in nb["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = [{"output_type": "unheard of"}, {"output_type": "stream", "text": 3}]
            cell["execution_count"] = "many"
    return json.dumps(nb).encode()


def with_more_metadata(nb: Json) -> bytes:
    nb["metadata"]["widgets"] = {"state": 3}
    for cell in nb["cells"]:
        cell["attachments"] = 3
        cell["metadata"] |= {"collapsed": "no", "tags": cell["metadata"].get("tags", "show")}
    return json.dumps(nb).encode()


FORMS = [
    without_ids,
    version_3,
    with_byte_order_mark,
    with_windows_line_ends,
    without_kernelspec,
    with_foreign_kernel,
    with_equal_ids,
    with_bad_ids,
    with_missing_fields,
    with_lists_of_lines,
    with_outputs,
    with_more_metadata,
]


@pytest.mark.parametrize("form", FORMS)
def test_a_notebook_is_read_in_whatever_form(
    submitted: NotebookNode, handout: Handout, tmp_path: Path, form: Callable[[Json], bytes]
) -> None:
    wanted = code_cells(submitted)
    path = tmp_path / "mine.ipynb"
    path.write_bytes(form(json.loads(json.dumps(submitted))))
    nb = read_submission(path)
    nbformat.validate(nb)
    assert [source for source in code_cells(nb) if source] == wanted
    assert nb.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in nb.cells}) == len(nb.cells)
    assert not any(cell.get("outputs") for cell in nb.cells)
    assert identify(nb, [handout]) == handout
    assert restore(nb, handout) == []


def test_a_huge_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convwork.grading.submission.MAX_BYTES", 1000)
    (tmp_path / "mine.ipynb").write_bytes(b" " * 1001)
    with pytest.raises(ConvworkError, match="clear its outputs"):
        read_submission(tmp_path / "mine.ipynb")


@pytest.mark.parametrize("text", ['{"nbformat": 4}', '{"nbformat": 99, "cells": []}', "null", "x"])
def test_what_is_no_notebook_is_named(text: str) -> None:
    with pytest.raises(ConvworkError, match=r"^ada: not a notebook, or a damaged one"):
        parse_submission(text, "ada")


def of_cells(*sources: str, kind: str = "code") -> Json:
    cells = [{"cell_type": kind, "metadata": {}, "source": source} for source in sources]
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}


HUGE: dict[str, tuple[Json, str]] = {
    "cells": (of_cells(*[""] * (MAX_CELLS + 1)), "more than 2000 cells"),
    "text": (of_cells("x" * (MAX_TEXT // 2), "y" * (MAX_TEXT // 2), "z"), "2 MB of text"),
    "values": (of_cells() | {"metadata": [[]] * (MAX_VALUES + 1)}, "a damaged one"),
    "an old format": (
        {"nbformat": 3, "metadata": {"x": "y" * MAX_OLD}, "worksheets": []},
        "too large for its old format",
    ),
}


@pytest.mark.parametrize(("nb", "says"), HUGE.values(), ids=HUGE.keys())
def test_what_would_take_gigabytes_is_refused(nb: Json, says: str) -> None:
    with pytest.raises(ConvworkError, match=says):
        parse_submission(json.dumps(nb), "ada")


def test_a_long_prose_is_cut() -> None:
    """A picture may lie in it, as text; code is never cut."""
    nb = parse_submission(json.dumps(of_cells("x" * (2 * MAX_PROSE), kind="markdown")), "ada")
    assert nb.cells[0].source == "x" * MAX_PROSE + "\n\n[the rest was left out]"
    nb = parse_submission(json.dumps(of_cells("x" * (2 * MAX_PROSE))), "ada")
    assert len(nb.cells[0].source) == 2 * MAX_PROSE


def test_what_is_no_file_counts_as_an_empty_notebook(handout: Handout, tmp_path: Path) -> None:
    """A link may lead anywhere, and a pipe never ends."""
    (tmp_path / "link").symlink_to(handout.notebook.source)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    for name in ("link", "pipe", "folder", "nothing"):
        nb = read_and_restore(tmp_path / name, handout)
        assert [grade_id(cell) for cell in nb.cells] == ["test_double", "test_quadruple"]
        remark = nb.metadata[REMARKS][0]
        assert remark.startswith(f"The submitted file could not be graded. {name}: ")
        assert str(tmp_path) not in remark


# --- for an instructor's browser -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("2 < 3, **bold**, $x$", "2 < 3, **bold**, $x$"),
        ("[a page](https://example.org), [below](#end)", None),
        ("<script>alert(1)</script>", "&lt;script>alert(1)&lt;/script>"),
        ("<!-- --><img src=x onerror=y>", "&lt;!-- -->&lt;img src=x onerror=y>"),
        ("[a](javascript:alert(1))", "[a&#93;(javascript:alert(1))"),
        ("[a]: javascript:alert(1)", "[a&#93;: javascript:alert(1)"),
        ("\\(" * 300, "&#92;(" * 300),
    ],
)
def test_prose_is_harmless(handout: Handout, source: str, shown: str | None) -> None:
    cells = [nbformat.v4.new_markdown_cell(source), nbformat.v4.new_raw_cell(source)]
    nb = nbformat.v4.new_notebook(cells=[*cells, nbformat.v4.new_code_cell(source)])
    defuse(nb, handout)
    assert [cell.source for cell in nb.cells] == [shown or source, shown or source, source]


def test_what_was_handed_out_stays_as_it_is(handout: Handout) -> None:
    given = nbformat.v4.new_markdown_cell("<b>given</b>")
    handout.nb.cells.append(given)
    nb = nbformat.v4.new_notebook(cells=[deepcopy(given)])
    defuse(nb, handout)
    assert nb.cells[0].source == "<b>given</b>"


def test_many_blank_lines_are_taken_out() -> None:
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("a" + " \n\n" * 10_000 + "b")])
    shorten(nb)
    assert len(nb.cells[0].source) < 20


# --- restoring -----------------------------------------------------------------------------------


def deleted(name: str) -> Edit:
    def edit(nb: NotebookNode) -> None:
        nb.cells.remove(cell_of(nb, name))

    return edit


def doubled(name: str) -> Edit:
    def edit(nb: NotebookNode) -> None:
        nb.cells.append(deepcopy(cell_of(nb, name)))

    return edit


def renamed(name: str, new: Any) -> Edit:
    def edit(nb: NotebookNode) -> None:
        cell_of(nb, name).metadata.nbgrader["grade_id"] = new

    return edit


def without_metadata(name: str) -> Edit:
    def edit(nb: NotebookNode) -> None:
        cell_of(nb, name).metadata = NotebookNode()

    return edit


def with_nbgrader(name: str, about: Any) -> Edit:
    def edit(nb: NotebookNode) -> None:
        cell_of(nb, name).metadata["nbgrader"] = about

    return edit


def rewritten(name: str, source: str) -> Edit:
    def edit(nb: NotebookNode) -> None:
        cell_of(nb, name).source = source

    return edit


def turned_into(name: str, kind: str) -> Edit:
    def edit(nb: NotebookNode) -> None:
        cell = cell_of(nb, name)
        cell.cell_type = kind
        del cell["outputs"], cell["execution_count"]

    return edit


def forged(name: str, **about: Any) -> Edit:
    def edit(nb: NotebookNode) -> None:
        cell_of(nb, name).metadata.nbgrader |= about

    return edit


def reordered(nb: NotebookNode) -> None:
    nb.cells.reverse()


def claimed_by_others(nb: NotebookNode) -> None:
    for cell in nb.cells:
        if "nbgrader" not in cell.metadata:
            cell.metadata["nbgrader"] = {"grade_id": "bonus", "grade": True, "points": 100}


NO_TEST, NO_STUB = "The cell `test_double` is missing.", "The cell `double` is missing."
CHANGED = "The test cell `test_double` was changed; the original was used."
EDITS: dict[str, tuple[Edit, list[str]]] = {
    "nothing": (lambda nb: None, []),
    "reordered": (reordered, []),
    "a deleted test cell": (deleted("test_double"), [NO_TEST]),
    "a deleted solution": (deleted("double"), [NO_STUB]),
    "a renamed test cell": (renamed("test_double", "test_mine"), [NO_TEST]),
    "a renamed solution": (renamed("double", "mine"), [NO_STUB]),
    "a list for a name": (renamed("double", ["double"]), [NO_STUB]),
    "a number for a name": (renamed("double", 3), [NO_STUB]),
    "no name": (renamed("double", None), [NO_STUB]),
    "a test cell without metadata": (without_metadata("test_double"), [NO_TEST]),
    "a string for metadata": (with_nbgrader("double", "solution"), [NO_STUB]),
    "a list for metadata": (with_nbgrader("test_double", ["grade"]), [NO_TEST]),
    "a test cell twice": (
        doubled("test_double"),
        ["`test_double` is there more than once; the last one counts."],
    ),
    "a solution twice": (
        doubled("double"),
        ["`double` is there more than once; the last one counts."],
    ),
    "an easier test": (rewritten("test_double", "assert True"), [CHANGED]),
    "an empty test": (rewritten("test_double", ""), [CHANGED]),
    "white space in a test": (
        lambda nb: rewritten("test_double", f"\n{cell_of(nb, 'test_double').source}\n\n")(nb),
        [],
    ),
    "a test turned into text": (turned_into("test_double", "markdown"), []),
    "a solution turned into text": (turned_into("double", "markdown"), []),
    "a solution turned raw": (turned_into("double", "raw"), []),
    "more points": (forged("test_double", points=1000), []),
    "points for a solution": (forged("double", grade=True, points=1000), []),
    "a test that is a solution": (forged("test_double", solution=True, grade=False), []),
    "a task": (forged("test_double", task=True, cell_type="markdown"), []),
    "cells of its own with points": (claimed_by_others, []),
}


@pytest.mark.parametrize(("edit", "remarks"), EDITS.values(), ids=EDITS.keys())
def test_what_grading_needs_is_put_back(
    submitted: NotebookNode, handout: Handout, edit: Edit, remarks: list[str]
) -> None:
    solution = cell_of(submitted, "double").source
    edit(submitted)
    nb = parse_submission(json.dumps(submitted), "ada")
    assert restore(nb, handout) == remarks
    nbformat.validate(nb)
    graded = {name: cell for cell in nb.cells if (name := grade_id(cell)) is not None}
    assert sum("nbgrader" in cell.metadata for cell in nb.cells) == len(graded)
    missing = {"double"} if NO_STUB in remarks else set()
    assert graded.keys() == handout.graded_cells.keys() - missing
    for name, cell in graded.items():
        original = handout.graded_cells[name]
        assert cell.metadata.nbgrader == original.metadata.nbgrader
        assert cell.cell_type == "code"
        if name.startswith("test_"):
            assert cell.source == original.source
        if name == "double":
            assert cell.source == solution


def test_of_two_solutions_the_last_one_counts(submitted: NotebookNode, handout: Handout) -> None:
    doubled("double")(submitted)
    submitted.cells[-1].source = "def double(x): return x + x"
    restore(submitted, handout)
    assert cell_of(submitted, "double").source == "def double(x): return x + x"


def test_all_cells_may_be_gone(handout: Handout) -> None:
    nb = nbformat.v4.new_notebook()
    remarks = restore(nb, handout)
    assert remarks == [f"The cell `{name}` is missing." for name in handout.graded_cells]
    assert [grade_id(cell) for cell in nb.cells] == ["test_double", "test_quadruple"]


@pytest.mark.parametrize("edit", [deleted("double"), deleted("test_double"), reordered])
def test_what_is_put_back_needs_no_more(
    submitted: NotebookNode, handout: Handout, edit: Edit
) -> None:
    edit(submitted)
    restore(submitted, handout)
    once = deepcopy(submitted)
    restore(submitted, handout)
    assert submitted == once


# --- the key of the hidden variants --------------------------------------------------------------


def test_the_key_is_the_same_before_and_after_a_run(
    submitted: NotebookNode, handout: Handout, course: Path
) -> None:
    key = variant_key(course, submitted)
    restore(submitted, handout)
    assert variant_key(course, submitted) == key
    for cell in submitted.cells:
        if cell.cell_type == "code":
            cell.outputs = [nbformat.v4.new_output("stream", text="seen")]
            cell.execution_count = 3
            cell.metadata["execution"] = {"time": 1}
    assert variant_key(course, submitted) == key


def test_the_key_depends_on_the_code_and_on_the_course(
    submitted: NotebookNode, course: Path
) -> None:
    key = variant_key(course, submitted)
    (course / SECRET).unlink()
    other = variant_key(course, submitted)
    rewritten("double", "def double(x): return x + x")(submitted)
    assert len({key, other, variant_key(course, submitted)}) == 3


@pytest.mark.parametrize("edit", [rewritten("test_double", "print(1)"), deleted("test_double")])
def test_the_key_does_not_depend_on_test_cells(
    submitted: NotebookNode, handout: Handout, course: Path, edit: Edit
) -> None:
    key = variant_key(course, submitted)
    edit(submitted)
    restore(submitted, handout)
    assert variant_key(course, submitted) == key


def test_odd_characters_have_a_key(course: Path) -> None:
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("'\ud800 \0 é'")])
    assert variant_key(course, nb) == variant_key(course, nb)


def test_the_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    secret = course_secret(tmp_path)
    assert len(secret) == 32
    assert course_secret(tmp_path) == secret
    assert (tmp_path / SECRET).stat().st_mode & 0o777 == 0o600
    (tmp_path / "other").mkdir()
    assert course_secret(tmp_path / "other") != secret


def test_processes_that_begin_together_have_one_secret(tmp_path: Path) -> None:
    roots = [tmp_path / str(i) for i in range(20)]
    for root in roots:
        root.mkdir()
    with get_context("fork").Pool(4) as pool:
        for root in roots:
            assert len(set(pool.map(course_secret, [root] * 8, chunksize=1))) == 1
            assert list(root.iterdir()) == [root / SECRET]
            assert (root / SECRET).stat().st_mode & 0o777 == 0o600


def test_a_course_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(ConvworkError, match="the course directory must be writable"):
        course_secret(tmp_path / "missing")
