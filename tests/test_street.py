"""The street scenes, the detector trained for them, and the measure of detectors."""

import numpy as np
import pytest
from PIL import Image

from convwork.authoring.datasets import street
from convwork.authoring.datasets.facades import PIXELS_PER_METRE, TALLEST, Facade
from convwork.authoring.datasets.street_ground import Textures
from convwork.authoring.datasets.street_plan import Camera
from convwork.authoring.datasets.street_things import KINDS, Props, Sprite
from convwork.authoring.datasets.street_view import SKIES, SUNNY, Materials, Sky
from convwork.course import (
    Detections,
    StreetDetector,
    StreetScenes,
    Truth,
    average_precision,
    load_street_detector,
    load_street_scenes,
    mean_average_precision,
    precision_recall,
)
from convwork.course.data import datasets_folder
from convwork.errors import ConvworkError

SIZES = {"train": 900, "validation": 102, "test": 201, "new_artist": 201}


@pytest.fixture(scope="module", params=SIZES)
def part(request: pytest.FixtureRequest) -> tuple[str, StreetScenes]:
    return request.param, load_street_scenes(request.param)


@pytest.fixture(scope="module")
def detector() -> StreetDetector:
    return load_street_detector()


# The scenes


def test_a_part_has_the_shapes_that_its_description_says(part: tuple[str, StreetScenes]) -> None:
    name, scenes = part
    count = SIZES[name]
    assert scenes.images.shape == (count, 192, 256, 3)
    assert scenes.masks.shape == (count, 192, 256)
    assert scenes.images.dtype == scenes.masks.dtype == np.uint8
    assert len(scenes.boxes) == len(scenes.labels) == len(scenes.artists) == count
    assert scenes.class_names == ("pedestrian", "car", "motorcycle")
    for boxes, labels in zip(scenes.boxes, scenes.labels, strict=True):
        assert boxes.shape == (len(labels), 4)
        assert 1 <= len(labels) <= 7
        assert boxes.dtype == np.float32
        assert labels.dtype == np.int64


def test_boxes_lie_in_the_picture_and_are_large_enough_to_see(
    part: tuple[str, StreetScenes],
) -> None:
    boxes = np.concatenate(part[1].boxes)
    assert boxes.min() >= 0
    assert boxes.max() <= 1
    sides = (boxes[:, 2:] - boxes[:, :2]) * (256, 192)
    assert sides.min() >= 5
    assert sides.max() <= 200


def test_masks_and_boxes_tell_the_same(part: tuple[str, StreetScenes]) -> None:
    scenes = part[1]
    for mask, boxes, labels in zip(scenes.masks, scenes.boxes, scenes.labels, strict=True):
        inside = np.zeros((4, *mask.shape), dtype=bool)
        inside[0] = True
        for box, label in zip(boxes, labels, strict=True):
            x1, y1, x2, y2 = np.rint(box * (256, 192, 256, 192)).astype(int)
            inside[label + 1, max(y1 - 1, 0) : y2 + 1, max(x1 - 1, 0) : x2 + 1] = True
            shown = (mask[y1:y2, x1:x2] == label + 1).mean()
            assert shown > 0.15, "most of every object can be seen"
        assert np.take_along_axis(inside, mask[np.newaxis].astype(int), axis=0).all()


def test_every_class_is_frequent(part: tuple[str, StreetScenes]) -> None:
    counts = np.bincount(np.concatenate(part[1].labels), minlength=3)
    assert counts.min() > 0.2 * counts.sum()


def test_only_one_part_shows_the_new_artist(part: tuple[str, StreetScenes]) -> None:
    name, scenes = part
    artists = {scenes.artist_names[number] for number in scenes.artists}
    if name == "new_artist":
        assert artists == {"twemoji"}
    else:
        assert artists == set(scenes.artist_names) - {"twemoji"}


def test_no_picture_occurs_twice() -> None:
    pictures = [image.tobytes() for name in SIZES for image in load_street_scenes(name).images]
    assert len(set(pictures)) == sum(SIZES.values())


def test_half_the_size_is_the_average_of_four_pixels() -> None:
    scenes, half = load_street_scenes("test"), load_street_scenes("test", half=True)
    assert half.images.shape == (201, 96, 128, 3)
    assert half.masks.shape == (201, 96, 128)
    means = scenes.images[0].reshape(96, 2, 128, 2, 3).mean(axis=(1, 3))
    assert np.abs(half.images[0] - means).max() <= 0.5
    assert np.array_equal(half.boxes[0], scenes.boxes[0])


def test_an_unknown_part_is_named_with_those_that_exist() -> None:
    with pytest.raises(ConvworkError, match=r"no part 'dev'.*new_artist, test, train, validation"):
        load_street_scenes("dev")


# Drawing. Real drawings and skies come from packages, so here are plain ones of the same shapes.


@pytest.fixture(scope="module")
def painter() -> street.Painter:
    height, width = round(TALLEST * PIXELS_PER_METRE), 8 * PIXELS_PER_METRE
    house = np.full((height, width, 5), (200, 180, 160, 255, 0), dtype=np.uint8)
    facade = Facade(tuple(house[:: 2**size, :: 2**size] for size in range(4)))
    sky = Sky(np.full((20, 80, 3), 0.5, dtype=np.float32), ((0.0, 0.5),), 0.9, SUNNY)
    plain = np.ones((8, 8), dtype=np.float32)
    tree = Image.new("RGBA", (4, 50), (0, 120, 0, 255))
    things = tuple(Sprite(kind, Image.new("RGBA", (40, 50), "white")) for kind in KINDS)
    return street.Painter(
        materials=Materials((sky,) * len(SKIES), (facade,) * 12, Textures(plain, plain)),
        sprites={"somebody": things},
        props=Props((tree,), tree),
    )


def test_the_same_seed_draws_the_same_scenes(painter: street.Painter) -> None:
    scenes, again, other = (
        list(street.draw_scenes(painter, [seed], ("somebody",), 2)) for seed in (1, 1, 2)
    )
    assert len(scenes) == 2
    for one, same, different in zip(scenes, again, other, strict=True):
        assert np.array_equal(one.image, same.image)
        assert np.array_equal(one.boxes, same.boxes)
        assert not np.array_equal(one.image, different.image)


def test_a_drawing_is_where_its_box_and_mask_say(painter: street.Painter) -> None:
    for scene in street.draw_scenes(painter, [3], ("somebody",), 3):
        inside = np.zeros(scene.mask.shape, dtype=bool)
        for box in scene.boxes:
            x1, y1, x2, y2 = np.rint(box * (256, 192, 256, 192)).astype(int)
            inside[y1:y2, x1:x2] = True
        # Drawings are squares here: what they cover is their boxes, but for trees before them.
        assert (scene.mask > 0).sum() > 0.6 * inside.sum()
        assert ((scene.mask > 0) & ~inside).sum() < 0.05 * inside.sum()
        assert set(np.unique(scene.mask)) == {0, *(scene.labels + 1)}
        assert np.median(scene.image[scene.mask > 0]) > 130


def test_of_the_streets_pixels_the_nearer_are_lower() -> None:
    camera = Camera(eye=2, focal=500, u0=256, v0=170)
    assert camera.pixel(0, 2, 10) == (256, 170)  # as high as the eye: on the horizon
    assert camera.pixel(1, 0, 10) == (306, 270)
    assert camera.pixel(1, 0, 20) == (281, 220)


# The detector


def test_the_detector_says_what_yolo_says(detector: StreetDetector) -> None:
    scenes = load_street_scenes("validation")
    xy, wh, confidence, probabilities = detector.look(scenes.images[:3])
    assert xy.shape == wh.shape == (3, 16, 16, 4, 2)
    assert confidence.shape == (3, 16, 16, 4, 1)
    assert probabilities.shape == (3, 16, 16, 4, 3)
    assert {part.dtype for part in (xy, wh, confidence, probabilities)} == {np.dtype("f4")}
    row, column = np.mgrid[:16, :16]
    assert np.array_equal(
        np.floor(xy[..., 0] * 16), np.broadcast_to(column[..., None], (3, 16, 16, 4))
    )
    assert np.array_equal(
        np.floor(xy[..., 1] * 16), np.broadcast_to(row[..., None], (3, 16, 16, 4))
    )
    assert wh.min() > 0
    assert wh[confidence[..., 0] > 0.5].max() < 1
    assert 0 < confidence.min() < 0.05 < 0.6 < confidence.max() < 1
    assert np.allclose(probabilities.sum(axis=-1), 1, atol=1e-5)
    alone = detector.look(scenes.images[0])
    assert alone[0].shape == (16, 16, 4, 2)
    assert np.allclose(alone[2], confidence[0], atol=1e-4)


def test_the_detector_is_small() -> None:
    assert (datasets_folder() / "street_detector.h5").stat().st_size < 5e6


def test_another_size_of_picture_is_stretched(detector: StreetDetector) -> None:
    scenes = load_street_scenes("validation")
    small = detector.look(scenes.images[0][::2, ::2])
    assert np.unravel_index(small[2].argmax(), small[2].shape)[:2] == pytest.approx(
        np.unravel_index((whole := detector.look(scenes.images[0])[2]).argmax(), whole.shape)[:2],
        abs=1,
    )


# Training


def test_anchors_are_the_shapes_around_which_boxes_gather() -> None:
    from convwork.authoring.datasets import train_detector

    rng = np.random.default_rng(0)
    centres = np.array([[0.05, 0.2], [0.3, 0.3]])
    shapes = np.concatenate([centre * rng.uniform(0.9, 1.1, (50, 2)) for centre in centres])
    anchors = train_detector.cluster_shapes(shapes, 2, rng)
    assert anchors == pytest.approx(centres, rel=0.05)


def test_targets_stand_in_the_cell_of_the_midpoint_at_the_most_similar_free_anchor() -> None:
    from convwork.authoring.datasets import train_detector

    anchors = np.array([[0.1, 0.1], [0.1, 0.3]], dtype=np.float32)
    boxes = np.array([[0.4, 0.5, 0.5, 0.8], [0.4, 0.5, 0.5, 0.8]], dtype=np.float32)
    wanted = train_detector.targets(boxes, np.array([0, 2], dtype=np.uint8), anchors)
    assert wanted.shape == (16, 16, 2, 8)
    row, column = int(0.65 * 16), int(0.45 * 16)
    assert wanted[row, column, 1] == pytest.approx([1, 0.45, 0.65, 0.1, 0.3, 1, 0, 0])
    assert wanted[row, column, 0] == pytest.approx([1, 0.45, 0.65, 0.1, 0.3, 0, 0, 1])
    assert wanted.sum() == pytest.approx(2 * (1 + 0.45 + 0.65 + 0.1 + 0.3 + 1))


# The measure. Expected values are worked out by hand.

SQUARE = [0.0, 0.0, 2.0, 2.0]
RIGHT = [10.0, 0.0, 12.0, 2.0]
AWAY = [50.0, 50.0, 52.0, 52.0]


def _found(*boxes: tuple[list[float], float, int]) -> Detections:
    corners, scores, classes = zip(*boxes, strict=True) if boxes else ((), (), ())
    return Detections(np.reshape(corners, (-1, 4)), np.array(scores), np.array(classes, dtype=int))


def _true(*boxes: tuple[list[float], int]) -> Truth:
    corners, classes = zip(*boxes, strict=True) if boxes else ((), ())
    return Truth(np.reshape(corners, (-1, 4)), np.array(classes, dtype=int))


def test_what_is_found_exactly_scores_one() -> None:
    truth = [_true((SQUARE, 0), (RIGHT, 1)), _true((SQUARE, 1))]
    found = [_found((SQUARE, 0.9, 0), (RIGHT, 0.4, 1)), _found((SQUARE, 0.8, 1))]
    assert mean_average_precision(found, truth) == 1


def test_a_mistake_counts_less_the_less_sure_it_is() -> None:
    truth = [_true((SQUARE, 0), (RIGHT, 0))]
    # Right, wrong, right: precision 1 up to recall 1/2, then 2/3.
    found = [_found((SQUARE, 0.9, 0), (AWAY, 0.8, 0), (RIGHT, 0.7, 0))]
    assert average_precision(found, truth, 0) == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    # Wrong, right, right: 1/2, then 2/3, and the better one counts for both.
    found = [_found((SQUARE, 0.8, 0), (AWAY, 0.9, 0), (RIGHT, 0.7, 0))]
    assert average_precision(found, truth, 0) == pytest.approx(2 / 3)
    # Right, right, wrong: nothing lost.
    found = [_found((SQUARE, 0.8, 0), (AWAY, 0.1, 0), (RIGHT, 0.7, 0))]
    assert average_precision(found, truth, 0) == 1


def test_precision_and_recall_are_those_of_the_surest() -> None:
    truth = [_true((SQUARE, 0), (RIGHT, 0))]
    found = [_found((RIGHT, 0.7, 0), (SQUARE, 0.9, 0), (AWAY, 0.8, 0), (SQUARE, 0.9, 1))]
    precision, recall = precision_recall(found, truth, 0)
    assert precision == pytest.approx([1, 1 / 2, 2 / 3])
    assert recall == pytest.approx([1 / 2, 1 / 2, 1])


def test_the_order_goes_across_pictures() -> None:
    truth = [_true((SQUARE, 0)), _true((SQUARE, 0))]
    found = [_found((AWAY, 0.9, 0)), _found((SQUARE, 0.5, 0))]
    assert average_precision(found, truth, 0) == pytest.approx(0.5 * 0.5)


def test_finding_an_object_twice_is_a_mistake() -> None:
    truth = [_true((SQUARE, 0), (RIGHT, 0))]
    found = [_found((SQUARE, 0.9, 0), (SQUARE, 0.8, 0), (RIGHT, 0.7, 0))]
    assert average_precision(found, truth, 0) == pytest.approx(0.5 + 0.5 * 2 / 3)


def test_an_overlap_at_the_threshold_counts() -> None:
    truth = [_true(([0, 0, 3, 1], 0))]
    found = [_found(([0, 0, 1.5, 1], 0.9, 0))]  # IoU 1/2
    assert average_precision(found, truth, 0, iou_threshold=0.5) == 1
    assert average_precision(found, truth, 0, iou_threshold=0.51) == 0


def test_another_class_does_not_find_it_and_absent_classes_do_not_count() -> None:
    truth = [_true((SQUARE, 0))]
    assert mean_average_precision([_found((SQUARE, 0.9, 1))], truth) == 0
    found = [_found((SQUARE, 0.9, 0), (RIGHT, 0.9, 1))]
    assert mean_average_precision(found, truth) == 1
    with pytest.raises(ValueError, match="class 1"):
        average_precision(found, truth, 1)


def test_nothing_found_scores_zero_and_pictures_may_be_empty() -> None:
    assert mean_average_precision([_found(), _found()], [_true((SQUARE, 0)), _true()]) == 0
