"""Drawings for the notebook on style transfer, and the squares that it cuts out of photos."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Rectangle

from convwork.course import (
    load_photo,
    photo_squares,
    show_patches,
    show_receptive_fields,
    show_unrolling,
)


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def test_squares_are_cut_from_every_photo() -> None:
    squares = photo_squares(200, stride=100)
    assert squares.dtype == np.uint8
    assert squares.shape[1:] == (200, 200, 3)
    photo = load_photo("astronaut")  # the first by name: 512 × 512, so four squares a row
    assert np.array_equal(squares[5], photo[100:300, 100:300])
    assert len(squares) > 8 * 2 * 3


def test_patches_stay_within_the_picture() -> None:
    image = np.random.default_rng(0).integers(0, 256, size=(40, 60, 3)).astype(np.uint8)
    show_receptive_fields(image, (4, 6), [(0, 0), (1, 2), (3, 5)], 15)
    axes = plt.gca()
    frames = [p for p in axes.patches if isinstance(p, Rectangle) and p.get_width() == 15]
    assert [frame.get_xy() for frame in frames] == [(0, 0), (18, 8), (45, 25)]
    pictures = [np.asarray(picture.get_array()) for picture in axes.images[1:]]
    assert np.array_equal(pictures[1], image[8:23, 18:33])


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_each_unit_is_a_mosaic_of_its_patches(kind: type) -> None:
    patches = np.zeros((9, 15, 15, 3), dtype=kind)
    patches[4] = 1  # the middle one
    show_patches({"fire2": [patches, patches], "conv1": [patches[:, :3, :3]]})
    assert len(plt.gcf().axes) == 4
    mosaic = np.asarray(plt.gcf().axes[0].images[0].get_array())
    middle = mosaic.shape[0] // 2
    assert mosaic[middle, middle, 0] == 1
    assert mosaic[3, 3, 0] == 0
    width, height = plt.gcf().get_size_inches()
    assert width <= 10
    assert height <= 5


def test_memory_has_every_number_of_the_volume() -> None:
    show_unrolling(np.arange(12).reshape(1, 6, 2))
    written = [text.get_text() for text in plt.gca().texts]
    assert sorted(int(text) for text in written if text.isdigit()) == sorted([*range(12)] * 2)
    assert "channel 1" in written
    assert "place 5" in written
