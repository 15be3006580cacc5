"""Helpers of `convwork.course.dimensions`: they find, measure and draw what they are asked for."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import numpy as np
import pytest

from convwork.course import (
    motion_strength,
    moving_dot,
    peaks,
    show_dimensions,
    show_motion,
    show_signal,
    show_slices,
    show_space_time,
)


@pytest.fixture(autouse=True)
def figures() -> Iterator[None]:
    plt.switch_backend("agg")
    yield
    plt.close("all")


def texts() -> list[str]:
    return [text.get_text() for axes in plt.gcf().axes for text in (*axes.texts, axes.title)]


def test_peaks_are_high_far_apart_and_in_order() -> None:
    values = [0, 3, 0, 0, 5, 4, 0, 0, 0, 1, 0, 9]
    assert peaks(values, least=2, apart=2).tolist() == [1, 4, 11]
    assert peaks(values, least=2, apart=3).tolist() == [4, 11]
    assert peaks(values, least=10, apart=1).tolist() == []


def test_peaks_stand_where_the_signal_is_highest_and_not_beside() -> None:
    wave = np.cos(np.linspace(0, 6 * np.pi, 301))
    assert peaks(wave, least=0.5, apart=20).tolist() == [0, 100, 200, 300]


@pytest.mark.parametrize(
    ("direction", "step"),
    [("right", (0, 1)), ("left", (0, -1)), ("up", (-1, 0)), ("down", (1, 0)), (None, (0, 0))],
)
def test_a_dot_moves_by_one_pixel_a_frame(direction: str | None, step: tuple[int, int]) -> None:
    film = moving_dot(direction)
    places = [np.argwhere(film[:, :, t]) for t in range(film.shape[2])]
    assert all(len(place) == 1 for place in places)
    moves = np.diff(np.concatenate(places), axis=0)
    np.testing.assert_array_equal(moves, np.tile(step, (len(moves), 1)))


def test_strength_is_the_sum_of_the_squared_answers() -> None:
    filter_ = np.arange(8.0).reshape(2, 2, 2)
    film = np.zeros((3, 4, 2))
    film[1, 2, 0] = 2  # far from the borders: it meets all four weights of the first frame
    assert motion_strength(filter_, film) == pytest.approx(4 * (0 + 4 + 16 + 36))


def test_dimensions_are_counted() -> None:
    show_dimensions(n=6, f=3)
    said = "\n".join(texts())
    assert "27 weights, 64 places" in said
    assert "6×6 ∗ 3×3 → 4×4" in said


def test_a_signal_is_marked_where_it_was_said() -> None:
    show_signal(
        np.arange(40.0), 10, start=2, marks={"here": [5, 30]}, answers={"filter": np.ones(40)}
    )
    upper, lower = plt.gcf().axes
    np.testing.assert_allclose(upper.lines[1].get_xdata(), [2.5, 5.0])
    assert lower.get_legend_handles_labels()[1] == ["filter"]


def test_slices_stand_upright_on_a_common_scale() -> None:
    slice_ = np.zeros((30, 20))
    slice_[5:25, 5] = 1  # a line to the right, low in the picture
    show_slices({"row": [slice_, 3 * slice_]}, ["one", "other"])
    first, second = (axes.images[0] for axes in plt.gcf().axes)
    picture = np.asarray(first.get_array())
    assert picture.shape[1] > picture.shape[0]
    assert first.origin == "lower"
    assert first.get_clim() == second.get_clim() == (0, 3)


def test_space_and_time_have_a_picture_for_each_row() -> None:
    film = np.zeros((5, 8, 9, 3), np.uint8)
    film[2, 3] = 200
    show_space_time(film, rows=[3, 6], frame=2)
    _, first, second = plt.gcf().axes
    assert np.asarray(first.images[0].get_array())[2].min() == 200
    assert np.asarray(second.images[0].get_array()).max() == 0


def test_movement_gets_one_arrow_and_faint_movement_none() -> None:
    strengths = np.zeros((12, 18, 2, 2))
    strengths[2, 3, 0, 0] = 1
    strengths[2, 4, 0, 1] = 0.9  # of another direction, and beside a stronger one
    strengths[9, 15, 0, 1] = 0.5
    strengths[9, 3, 1, 0] = 0.01
    show_motion(np.zeros((2, 48, 72, 3), np.uint8), strengths, [0, 1], ["right", "up"])
    first, second = plt.gcf().axes
    assert [text.get_text() for text in first.texts] == ["→", "↑"]
    assert len(second.texts) == 0
