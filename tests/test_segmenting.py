"""The drawings of masks and of the U draw what they are asked for."""

from collections.abc import Iterator

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgb

from convwork.course import show_masks, show_unet
from convwork.course.segmenting import CLASS_COLOURS

NAMES = ("street", "pedestrian", "car", "motorcycle")


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    (number,) = plt.get_fignums()
    width, height = plt.figure(number).get_size_inches()
    assert width <= 10 and height <= 5
    plt.close("all")


def test_each_class_has_its_colour_in_every_mask() -> None:
    pictures = np.zeros((3, 12, 16, 3), dtype=np.uint8)
    masks = np.zeros((3, 12, 16), dtype=np.uint8)
    masks[1, 2:5] = 2
    show_masks(pictures, [masks, masks], ["picture", "one", "other"], NAMES)
    axes = np.reshape(plt.gcf().axes, (3, 3))
    assert [axis.get_ylabel() for axis in axes[:, 0]] == ["picture", "one", "other"]
    drawn = axes[2, 1].images[0]
    assert drawn.to_rgba(drawn.get_array())[3, 4, :3] == pytest.approx(to_rgb(CLASS_COLOURS[2]))
    (legend,) = plt.gcf().legends
    assert [text.get_text() for text in legend.get_texts()] == list(NAMES)


@pytest.mark.parametrize("skips", [True, False])
def test_the_u_has_every_volume_twice_but_for_the_bottom(skips: bool) -> None:
    show_unet([(32, 48, 8), (16, 24, 16), (8, 12, 32)], 4, skips=skips)
    written = [text.get_text() for text in plt.gcf().axes[0].texts]
    assert [written.count(size) for size in ("32×48", "16×24", "8×12")] == [3, 2, 1]
    assert "4 channels" in written
    assert ("skip connection" in written) == skips
