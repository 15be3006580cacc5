"""The drawings of boxes, overlaps, landmarks and windows draw what they are asked for."""

from collections.abc import Iterator

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.patches import Rectangle

from convwork.course import (
    Step,
    load_labelled_face,
    moved_faces,
    show_dense_as_filter,
    show_heat,
    show_landmarks,
    show_located,
    show_overlaps,
    show_targets,
    show_window_flow,
)

PICTURES = np.zeros((3, 20, 30, 3), dtype=np.uint8)


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    (number,) = plt.get_fignums()
    width, height = plt.figure(number).get_size_inches()
    assert width <= 10 and height <= 5
    plt.close("all")


def rectangles() -> list[Rectangle]:
    return [p for axis in plt.gcf().axes for p in axis.patches if isinstance(p, Rectangle)]


def written() -> str:
    axes = plt.gcf().axes
    return "\n".join(text.get_text() for axis in axes for text in [*axis.texts, axis.title])


def test_located_draws_boxes_and_guesses() -> None:
    boxes = [None, (0.1, 0.2, 0.5, 0.8), [(0, 0, 1, 1), (0.2, 0.2, 0.4, 0.3)]]
    show_located(PICTURES, boxes, [None, (0, 0, 0.5, 0.5), None], titles=["a", "b", "c"])
    widths = sorted(frame.get_width() for frame in rectangles())
    assert widths == pytest.approx([0.2, 0.4, 0.5, 1])
    assert "b" in written()


def test_targets_say_the_vector_and_hide_what_means_nothing() -> None:
    something = [1, 0.5, 0.7, 0.3, 0.4, 0, 1]
    show_targets(PICTURES[:2], [something, [0] * 7], ["cat", "dog"])
    assert "0.7" in written() and "dog" in written()
    assert written().count("?") == 6


def test_overlaps_hatch_what_is_shared() -> None:
    show_overlaps([((2, 1, 4, 3), (1, 2, 3, 4)), ((0, 0, 1, 1), (1, 1, 2, 2))])
    (shared,) = [frame for frame in rectangles() if frame.get_hatch()]
    assert shared.get_bbox().bounds == (2, 2, 1, 1)


def test_the_face_has_64_landmarks_and_the_parts_name_each_once() -> None:
    face = load_labelled_face()
    show_landmarks([face.image], [face.landmarks], face.parts)
    assert face.landmarks.shape == (64, 2)
    numbers = [i for part in face.parts.values() for i in range(64)[part]]
    assert numbers == list(range(64))
    assert (face.landmarks > 0).all() and (face.landmarks < 1).all()


def test_landmarks_move_with_the_face() -> None:
    """The dark of the eyes is between the eyes' landmarks, wherever the face has gone."""
    face = load_labelled_face()
    images, landmarks = moved_faces(face, 20)
    show_landmarks(images[:5], landmarks[:5], face.parts)
    for image, points in zip(images, landmarks, strict=True):
        for eye in ("left eye", "right eye"):
            x, y = 64 * points[face.parts[eye]].mean(axis=0) - 0.5
            assert image[round(y), round(x)].mean() < 90
        x, y = 64 * points[face.parts["nose"]][0] - 0.5
        assert image[round(y), round(x)].mean() > 120


def test_flow_says_each_size() -> None:
    show_window_flow([14, 28], [Step("conv", 5), Step("pool", 2, 2), Step("dense", 5)])
    for size in (14, 10, 5, 1, 28, 24, 12, 8):
        assert f"{size}×{size}" in written()


def test_heat_lies_on_the_middles_of_the_windows() -> None:
    show_heat(np.zeros((30, 40, 3), np.uint8), [np.ones((3, 4))], 10, 8, ["scene", "heat"])
    heat = plt.gcf().axes[1].get_images()[-1]
    left, right, bottom, top = heat.get_extent()
    # Windows start at 0, 8, 16, 24, so that their middles are 5, 13, 21, 29, in cells of 8.
    assert (left, right) == (1, 33)
    assert (top, bottom) == (1, 25)


def test_dense_and_filter_have_the_same_result() -> None:
    show_dense_as_filter(np.arange(1, 13).reshape(2, 3, 2), np.ones(12))
    assert written().count("→ 78") == 2
