"""The pictures of `convwork.course` draw what they promise and refuse what they cannot draw."""

from collections.abc import Callable, Iterator

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest

from convwork.course import (
    show_convolution,
    show_filters,
    show_images,
    show_numbers,
    show_sliding_window,
    show_window_places,
)

IMAGE = np.arange(30).reshape(5, 6)
KERNEL = np.array([[1, 0, -1], [2, 0, -2]])
OUTPUT = np.full((4, 4), -7)


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def written() -> list[str]:
    """All text in the one figure that was drawn."""
    (number,) = plt.get_fignums()
    axes = plt.figure(number).axes
    return [text.get_text() for axis in axes for text in [*axis.texts, axis.title]]


@pytest.mark.parametrize(
    "pictures",
    [
        [IMAGE],
        [IMAGE, IMAGE / 30, IMAGE > 4],
        [np.zeros((4, 5, 3), np.uint8), np.ones((5, 4, 3)), np.zeros((4, 4, 1))],
        np.random.default_rng(0).random((7, 6, 5, 3)),
        [[[0, 1], [1, 0]]],
    ],
    ids=["grey", "kinds of grey", "colour and one channel", "a batch", "a list"],
)
@pytest.mark.parametrize("options", [{}, {"signed": True}, {"shared_scale": True}, {"height": 2}])
def test_images_of_every_kind_are_drawn(pictures: object, options: dict[str, object]) -> None:
    show_images(pictures, [f"picture {i}" for i in range(len(pictures))], **options)
    assert "picture 0" in written()
    (image,) = plt.gcf().axes[0].images
    assert image.get_array().shape[:2] == np.shape(pictures[0])[:2]


def test_bytes_keep_their_scale_and_floats_use_their_own() -> None:
    dark = np.full((3, 3), 40, np.uint8)
    show_images([dark, dark / 255 + np.eye(3)])
    bytes_, floats = (axis.images[0].get_clim() for axis in plt.gcf().axes)
    assert bytes_ == (0, 255)
    assert floats == pytest.approx((40 / 255, 1 + 40 / 255))


def test_signed_images_are_white_at_zero() -> None:
    show_images([np.array([[-1, 0]]), np.array([[0, 3]])], signed=True)
    assert [axis.images[0].get_clim() for axis in plt.gcf().axes] == [(-3, 3), (-3, 3)]


def test_figures_fit_the_page() -> None:
    show_images([np.zeros((200, 300))] * 9)
    assert plt.gcf().get_figwidth() <= 10
    plt.close("all")
    show_convolution(np.zeros((12, 12)), np.zeros((7, 7)), np.zeros((6, 6)))
    assert plt.gcf().get_figwidth() <= 10.01


def test_filters_show_their_weights_and_titles() -> None:
    show_filters([KERNEL, KERNEL / 3], ["first", "second"])
    assert {"first", "second", "−2", "−0.67", "0.33"} <= set(written())


def test_wide_filters_are_drawn_without_numbers() -> None:
    show_filters([np.ones((20, 20))], ["wide"])
    assert written() == ["wide", ""]


def test_tables_stand_beside_each_other_with_signs() -> None:
    show_numbers([IMAGE, KERNEL], between=["→"])
    assert "→" in written()
    plt.close("all")
    show_convolution(IMAGE, KERNEL, OUTPUT)
    assert {"image", "filter", "output", "∗", "=", "−7"} <= set(written())


def test_a_window_shows_its_products_and_the_cells_filled_so_far() -> None:
    show_sliding_window(IMAGE, KERNEL, OUTPUT, (1, 2))
    assert written().count("−7") == 7
    window = IMAGE[1:3, 2:5]
    assert f"they sum to {np.sum(window * KERNEL)}".replace("-", "−") in written()


def test_a_window_moves_by_the_stride_over_the_padding() -> None:
    image = 10 + np.zeros((3, 3))
    show_sliding_window(image, np.ones((2, 2)), OUTPUT[:2, :2], (0, 1), stride=3, pad=1)
    assert "they sum to 10" in written()
    assert written().count("0") == 16 + 3


def test_window_places_are_counted_along_the_row() -> None:
    show_window_places([(7, 3, 1, 1), (8, 3, 0, 2)], ["padded", "strided"])
    texts = written()
    assert texts.count("0") == 2
    assert texts.count("×") == 1
    blue = [patch for patch in plt.gcf().axes[0].patches if patch.get_height() < 1]
    assert len(blue) == 7 + 3


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: show_images([]), "no pictures to show"),
        (lambda: show_images([IMAGE], ["a", "b"]), "1 pictures need 1 titles; there are 2"),
        (lambda: show_images([np.zeros((2, 3, 4))]), r"has shape \(2, 3, 4\)"),
        (lambda: show_images([np.zeros((0, 3))]), r"has shape \(0, 3\)"),
        (lambda: show_images([np.full((2, 2, 3), 200.0)]), "from 200 to 200"),
        (lambda: show_images([np.full((2, 2, 3), -1)]), "from -1 to -1"),
        (lambda: show_filters([np.zeros(3)]), r"a filter must be \(height, width\)"),
        (lambda: show_numbers([np.zeros((2, 2, 2))]), r"a table must be \(height, width\)"),
        (lambda: show_convolution(IMAGE, np.zeros(2), OUTPUT), r"kernel must be"),
        (lambda: show_sliding_window(IMAGE, KERNEL, OUTPUT, (4, 0)), "outside the output"),
        (lambda: show_sliding_window(IMAGE, KERNEL, OUTPUT, (0, -1)), "outside the output"),
        (lambda: show_sliding_window(IMAGE, KERNEL, OUTPUT, (3, 3), stride=2), "beyond"),
        (lambda: show_window_places([(3, 5, 0, 1)]), "no window of 5 pixels"),
        (lambda: show_window_places([(3, 2, 0, 0)]), "moves by 0"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_one_sentence(
    draw: Callable[[], None], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        draw()
