"""The drawings of faces and doors draw what they are asked for; distances are distances."""

from collections.abc import Iterator

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Circle

from convwork.course import (
    Faces,
    face_pairs,
    pairwise_distances,
    show_distances,
    show_doors,
    show_margins,
    show_triplets,
)
from convwork.course.pictures import GREEN

PICTURES = np.stack([np.full((8, 8, 3), 20 * i, np.uint8) for i in range(8)])


@pytest.fixture(autouse=True)
def close_figures() -> Iterator[None]:
    yield
    for number in plt.get_fignums():
        width, height = plt.figure(number).get_size_inches()
        assert width <= 10 and height <= 5
    plt.close("all")


def written() -> list[str]:
    return [text.get_text() for axis in plt.gcf().axes for text in [*axis.texts, axis.title]]


def shown() -> list[int]:
    """Which of the pictures are drawn, in the order of the axes."""
    return [
        int(image.get_array()[0, 0, 0]) // 20
        for axis in plt.gcf().axes
        for image in axis.images
        if image.get_array().ndim == 3
    ]


def test_distances_are_euclidean() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(4, 3)), rng.normal(size=(2, 3))
    wanted = [[np.sqrt(sum((a - b) ** 2)) for b in other] for a in one]
    np.testing.assert_allclose(pairwise_distances(one, other), wanted)
    own = pairwise_distances(one)
    assert own.shape == (4, 4) and (np.diag(own) == 0).all()
    np.testing.assert_array_equal(own, own.T)


def test_pairs_of_faces() -> None:
    """All pairs of the same person, each once, and as many of two people by one artist."""
    people = np.repeat(np.arange(6), 3)
    artists = people % 2
    faces = Faces(np.zeros((18, 2, 2, 3), np.uint8), people, artists)
    same, different = face_pairs(faces)
    assert len(same) == len(different) == 6 * 3
    for pairs in (same, different):
        assert len({frozenset(pair) for pair in pairs.tolist()}) == 18
        assert (artists[pairs[:, 0]] == artists[pairs[:, 1]]).all()
    assert (people[same[:, 0]] == people[same[:, 1]]).all()
    assert (people[different[:, 0]] != people[different[:, 1]]).all()


@pytest.mark.parametrize("count", [1, 4, 7])
@pytest.mark.parametrize("with_database", [True, False])
def test_doors_say_who_comes_how_far_they_are_and_who_gets_in(
    count: int, with_database: bool
) -> None:
    names = [f"visitor {i}" for i in range(count)]
    distances = [0.3 + 0.25 * i for i in range(count)]
    opened = [distance < 0.5 for distance in distances]
    compared = PICTURES[::-1][:count] if with_database else None
    show_doors(PICTURES[:count], names, distances, opened, 0.5, compared=compared)
    texts = written()
    assert set(names) <= set(texts)
    assert {f"{distance:.2f}" for distance in distances} <= set(texts)
    assert texts.count("open") == sum(opened) and texts.count("shut") == count - sum(opened)
    database = list(range(7, 7 - count, -1)) if with_database else []
    assert shown() == [*range(count), *database]
    assert ("in the database:" in texts) == with_database


def test_doors_mark_the_threshold_and_the_distances_on_one_scale() -> None:
    show_doors(PICTURES[:2], ["a", "b"], [0.3, 1.7], [True, False], 0.8)
    scales = [axis for axis in plt.gcf().axes if axis.lines and "." in axis.texts[0].get_text()]
    assert len(scales) == 2
    assert scales[0].get_xlim() == scales[1].get_xlim()
    for axis, distance in zip(scales, (0.3, 1.7), strict=True):
        below = next(line for line in axis.lines if to_hex(line.get_color()) == GREEN.lower())
        assert list(below.get_xdata()) == [0, 0.8]
        (point,) = (line for line in axis.lines if line.get_marker() == "o")
        assert list(point.get_xdata()) == [distance]
        assert axis.get_xlim()[0] < 0 and axis.get_xlim()[1] > 1.7


def test_tables_of_distances_stand_beside_each_other() -> None:
    tables = [pairwise_distances([[0.0], [3.0], [40.0]]), np.zeros((3, 3))]
    show_distances(PICTURES[:3], tables, ["pixels", "encodings"])
    left, right = plt.gcf().axes
    assert [axis.get_title() for axis in (left, right)] == ["pixels", "encodings"]
    texts = [text.get_text() for text in left.texts]
    assert texts == ["0", "3.0", "40", "3.0", "0", "37", "40", "37", "0"]
    assert sorted(shown()) == sorted([0, 1, 2] * 4)


def test_triplets_are_columns() -> None:
    show_triplets(PICTURES, np.array([[0, 1, 5], [7, 6, 2]]), ["one", "two"])
    assert shown() == [0, 7, 1, 6, 5, 2]
    names = [axis.get_ylabel() for axis in plt.gcf().axes]
    assert [name for name in names if name] == ["anchor", "positive", "negative"]
    assert {"one", "two"} <= set(written())


def test_margins_are_rings_as_wide_as_the_squares_say() -> None:
    triplet = ((0.1, 0.0), (0.4, 0.4), (-0.5, 0.0))
    show_margins([triplet, triplet], 0.2, ["first", "second"])
    assert len(plt.gcf().axes) == 2
    circles = [p for p in plt.gcf().axes[0].patches if isinstance(p, Circle)]
    assert sorted(circle.radius for circle in circles) == pytest.approx([0.5, 0.45**0.5])
    assert {"d = 0.25", "d = 0.36", "first", "A", "P", "N"} <= set(written())
