"""The drawings of `convwork.course.volumes`: they draw what they are asked for."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Rectangle

from convwork.course import (
    Volume,
    show_times,
    show_volumes,
    show_windows,
    window_counts,
)


@pytest.fixture(autouse=True)
def figures() -> Iterator[None]:
    plt.switch_backend("agg")
    yield
    plt.close("all")


def texts() -> list[str]:
    (axes,) = plt.gcf().axes
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize(
    ("pad", "stride", "corner", "middle"), [(0, 1, 1, 9), (1, 1, 4, 9), (0, 3, 1, 1)]
)
def test_window_counts(pad: int, stride: int, corner: int, middle: int) -> None:
    counts = window_counts((6, 6), f=3, pad=pad, stride=stride)
    assert counts[0, 0] == corner
    assert counts[3, 3] == middle


def test_window_counts_are_rows_by_columns_and_leave_out_what_no_window_reaches() -> None:
    counts = window_counts((2, 5), f=2, stride=2)
    np.testing.assert_array_equal(counts, [[1, 1, 1, 1, 0], [1, 1, 1, 1, 0]])


def test_volumes_say_their_shapes_titles_names_and_signs() -> None:
    filters = [Volume((3, 3, 3)), Volume((3, 3, 3), "second")]
    show_volumes(Volume((6, 6, 3), "picture", names="RGB", window=(0, 0, 3)), "∗", filters)
    assert {"6 × 6 × 3", "picture", "R", "G", "B", "∗", "3 × 3 × 3", "second"} <= set(texts())


def test_windows_are_outlined_where_they_stand() -> None:
    show_windows(np.arange(25).reshape(5, 5), 3, 2, np.zeros((3, 3)), pad=1, outputs=[(0, 1)])
    (axes,) = plt.gcf().axes
    squares = [p for p in axes.patches if isinstance(p, Rectangle) and not p.get_fill()]
    (window,) = squares
    assert window.get_x() == pytest.approx(2, abs=0.1)
    assert window.get_y() == pytest.approx(4, abs=0.1)  # the upper three of seven rows
    assert window.get_width() == pytest.approx(3, abs=0.2)


def test_at_most_four_windows_are_shown_and_padding_is_written_as_zeros() -> None:
    show_windows(np.ones((4, 4)), 2, 2, np.full((3, 3), 7.5), pad=1)
    (axes,) = plt.gcf().axes
    assert sum(1 for patch in axes.patches if not patch.get_fill()) == 4
    assert texts().count("0") == 6 * 6 - 4 * 4
    assert texts().count("7.5") == 9


def test_times_are_compared_with_the_shortest() -> None:
    show_times({"slow": 2.0, "fast": 0.004, "faster": 0.002}, "a race")
    written = " ".join(texts())
    assert "2.0 s, 1,000 × the shortest" in written
    assert "4 ms, 2.0 × the shortest" in written
    assert written.endswith("2 ms")


def test_figures_fit_a_page() -> None:
    show_volumes(*[Volume((40, 40, 10))] * 3)
    width, height = plt.gcf().get_size_inches()
    assert width <= 10.01
    assert height <= 5.01
