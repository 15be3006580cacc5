"""Crops and windows of the street scenes: sizes, labels, and boxes that go around objects."""

from dataclasses import replace

import numpy as np
import pytest

from convwork.course import Crops, load_crops, load_street_scenes, load_windows, street_crops


@pytest.fixture(scope="module")
def crops() -> Crops:
    return load_crops("validation", size=32)


def test_crops_have_a_box_and_a_label_or_neither(crops: Crops) -> None:
    assert crops.images.shape == (len(crops.boxes), 32, 32, 3)
    assert crops.images.dtype == np.uint8
    assert [box is None for box in crops.boxes] == [label is None for label in crops.labels]
    assert {None, 0, 1, 2} == set(crops.labels)


def test_boxes_lie_within_their_crops(crops: Crops) -> None:
    boxes = np.array([box for box in crops.boxes if box is not None])
    assert (boxes >= -1e-6).all() and (boxes <= 1 + 1e-6).all()
    longer = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    assert longer.min() > 0.3 and longer.max() <= 1


def test_the_box_is_where_the_object_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The masks are cut in place of the pictures: nothing but the object, and it in its box."""
    scenes = load_street_scenes("validation")
    masks = np.repeat(scenes.masks[..., np.newaxis], 3, axis=-1)
    monkeypatch.setattr(street_crops, "load_street_scenes", lambda _: replace(scenes, images=masks))
    crops = load_crops("validation", size=64)
    for image, box, label in zip(crops.images, crops.boxes, crops.labels, strict=True):
        inside = np.zeros((64, 64), dtype=bool)
        if box is not None:
            x1, y1, x2, y2 = np.rint(64 * box).astype(int)
            # The smallest squares have 13 pixels; where they are enlarged, each is 5 wide.
            inside[max(y1 - 5, 0) : y2 + 5, max(x1 - 5, 0) : x2 + 5] = True
            assert (image[inside] == 1 + label).any()
        assert not image[~inside].any()


def test_the_same_seed_gives_the_same_crops(crops: Crops) -> None:
    again, other = load_crops("validation", size=32), load_crops("validation", size=32, seed=1)
    assert np.array_equal(crops.images, again.images)
    assert not np.array_equal(crops.images[:20], other.images[:20])


def test_windows_are_objects_and_background() -> None:
    windows = load_windows("validation", size=28)
    assert windows.images.shape == (len(windows.labels), 28, 28, 3)
    assert windows.class_names[-1] == "background"
    counts = np.bincount(windows.labels, minlength=4)
    assert (counts[:3] > 20).all()
    assert counts[3] > counts[:3].sum()
