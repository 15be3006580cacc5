"""A student in JupyterLab: runs a release notebook, fills a stub, presses Validate."""

import shutil
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from playwright.sync_api import Page, expect

from browser.lab import (
    Lab,
    cell,
    keep_picture,
    open_notebook,
    output,
    picture,
    run,
    run_above,
    validate,
    write,
)
from convwork.authoring.classroom import solved
from convwork.authoring.texts import is_show
from convwork.coursedir import Notebook

pytestmark = pytest.mark.verify(
    depends=("datasets/*", "*/week1/edge_detection.*"),
    uses=("convwork",),
)

EDGES = Notebook(ROOT, "week1", "edge_detection")
STUB, CHECKS, DRAWING = "def output_size(", "assert output_size(6, 3)", "sizes = [64]"
PADDED_ONCE = "def output_size(n, f, pad=0, stride=1):\n    return (n + pad - f) // stride + 1"
RIGHT = """def output_size(n, f, pad=0, stride=1):
    if f > n + 2 * pad:
        raise ValueError("the window is wider than the padded image")
    return (n + 2 * pad - f) // stride + 1"""
WHAT_IS_WRONG = "padding 1 on both sides makes up for a window of three"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A notebook as it was handed out, and one that lacks a single exercise, and all drawings."""
    desk = tmp_path_factory.mktemp("desk")
    shutil.copy(EDGES.release, desk)
    nearly_done = solved(EDGES, {"output_size": "def output_size(n, f, pad=0, stride=1): ..."})
    # To validate runs a notebook from the start, and the drawings take the time.
    nearly_done.cells = [cell for cell in nearly_done.cells if not is_show(cell)]
    nbformat.write(nearly_done, desk / "nearly_done.ipynb")
    return desk


def test_pictures_and_checks_follow_the_code(page: Page, lab: Lab) -> None:
    open_notebook(page, lab, "edge_detection.ipynb")
    stub, checks, drawing = (cell(page, text) for text in (STUB, CHECKS, DRAWING))
    run_above(page, stub)
    expect(picture(cell(page, "show_images([photo,"))).to_be_visible()

    run(page, stub)
    run(page, checks)
    expect(output(checks)).to_contain_text("NotImplementedError")
    write(page, stub, PADDED_ONCE)
    run(page, stub)
    run(page, checks)
    expect(output(checks)).to_contain_text(f"AssertionError: {WHAT_IS_WRONG}")
    write(page, stub, RIGHT)
    run(page, stub)
    run(page, checks)
    expect(output(checks)).to_have_text("The visible checks pass.")

    run(page, drawing)
    expect(picture(drawing)).to_be_visible()
    keep_picture(page, "lab", middle=picture(drawing))


def test_validate_says_what_is_wrong_and_what_is_right(page: Page, lab: Lab) -> None:
    open_notebook(page, lab, "nearly_done.ipynb")
    write(page, cell(page, STUB), PADDED_ONCE)
    said = validate(page)
    assert f"AssertionError: {WHAT_IS_WRONG}" in said
    assert said.count("The following cell failed") == 1
    keep_picture(page, "validate")
    page.get_by_role("dialog").get_by_role("button", name="Ok").click()

    write(page, cell(page, STUB), RIGHT)
    assert "Success! Your notebook passes all the tests." in validate(page)
