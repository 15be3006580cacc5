"""The sliders of week 3 move, and the picture follows them."""

from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from playwright.sync_api import Page, expect

from browser.lab import Lab, cell, keep_picture, open_notebook, picture, run, run_above
from convwork.authoring.classroom import solved
from convwork.coursedir import Notebook

pytestmark = pytest.mark.verify(
    depends=("datasets/*", "notebooks/week3/yolo.py"), uses=("convwork",)
)

SLIDERS = "@interact"
# Besides the exercises, what the cell with the sliders needs; the rest would take a minute.
NEEDED = (
    "import tensorflow",
    "detector = load_street_detector()",
    "two_anchors = np.array(",
    "def encode_all(",
    "outputs = detector.look(",
    "def detect(",
    SLIDERS,
)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The solved notebook on YOLO, without what is not needed here."""
    desk = tmp_path_factory.mktemp("desk")
    nb = solved(Notebook(ROOT, "week3", "yolo"))
    nb.cells = [
        cell
        for cell in nb.cells
        if cell.cell_type == "markdown"
        or cell.metadata.get("nbgrader", {}).get("solution")
        or any(text in cell.source for text in NEEDED)
    ]
    nbformat.write(nb, desk / "yolo.ipynb")
    return desk


def test_each_slider_changes_the_picture(page: Page, lab: Lab) -> None:
    open_notebook(page, lab, "yolo.ipynb")
    place = cell(page, SLIDERS)
    run_above(page, place)
    run(page, place)
    # With many boxes on the picture, it makes a difference whether any are suppressed.
    keys = {"scene": "PageUp", "score_threshold": "Home", "iou_threshold": "End"}
    for name, key in keys.items():
        slider = place.locator(".widget-slider").filter(has_text=name)
        value, shown = slider.locator(".widget-readout").inner_text(), picture(place)
        before = shown.get_attribute("src") or ""
        slider.get_by_role("slider").press(key)
        expect(slider.locator(".widget-readout")).not_to_have_text(value)
        expect(shown).not_to_have_attribute("src", before)
        if name == "scene":
            keep_picture(page, "sliders", middle=shown)
