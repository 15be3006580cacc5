"""The pretrained networks: they load quickly, know known photos, and can be cut and trained."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from convwork.course import (
    FaceNetwork,
    ImageClassifier,
    ObjectDetector,
    data,
    load_avatar_encoder,
    load_coco_detector,
    load_face,
    load_face_network,
    load_imagenet_classifier,
    load_photo,
    load_squeezenet,
    load_street_detector,
)
from convwork.course.networks import corners
from convwork.errors import ConvworkError

FOLDER = Path(__file__).parents[1] / "datasets"
LOADERS = [
    load_imagenet_classifier,
    load_squeezenet,
    load_face_network,
    load_coco_detector,
    load_avatar_encoder,
    load_street_detector,
]
CATS = {"Egyptian cat", "tabby", "tiger cat"}

# What storing kernels as float16 may change a probability by.
FLOAT16_TOLERANCE = 0.005


@pytest.fixture(scope="module")
def lite0() -> ImageClassifier:
    return load_imagenet_classifier()


@pytest.fixture(scope="module")
def squeezenet() -> ImageClassifier:
    return load_squeezenet()


@pytest.fixture(scope="module")
def faces() -> FaceNetwork:
    return load_face_network()


@pytest.fixture(scope="module")
def detector() -> ObjectDetector:
    return load_coco_detector()


@pytest.fixture(params=["lite0", "squeezenet"])
def classifier(request: pytest.FixtureRequest) -> ImageClassifier:
    network: ImageClassifier = request.getfixturevalue(request.param)
    return network


# All


@pytest.mark.parametrize("load", LOADERS)
def test_a_network_loads_within_two_seconds(load: Callable[[], Any]) -> None:
    import keras

    keras.Sequential([keras.layers.Dense(1)]).build((1, 1))  # TensorFlow's own start
    start = time.process_time()
    load()
    assert time.process_time() - start < 2


@pytest.mark.parametrize("load", LOADERS)
def test_a_missing_network_says_what_to_do(
    load: Callable[[], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "datasets_folder", lambda: tmp_path)
    with pytest.raises(ConvworkError, match=r"\.h5: no such file; .*datasets build \w+"):
        load()


# ImageNet


def test_the_cat_is_a_cat(classifier: ImageClassifier) -> None:
    chelsea, coffee = classifier.guesses([load_photo("chelsea"), load_photo("coffee")], 3)
    assert {name for name, _ in chelsea} == CATS
    assert sum(probability for _, probability in chelsea) > 0.8
    assert coffee[0][0] == "espresso"
    assert coffee[0][1] > 0.9


def test_the_motorcycle_has_two_wheels(classifier: ImageClassifier) -> None:
    (guesses,) = classifier.guesses(load_photo("motorcycle"), 2)
    assert {name for name, _ in guesses} == {"moped", "motor scooter"}


def test_float16_says_what_float32_said(classifier: ImageClassifier) -> None:
    with h5py.File(FOLDER / f"{classifier.name}.h5") as file:
        photos = [load_photo(name.decode()) for name in file["reference/photos"]]
        wanted = file["reference/probabilities"][()]
    probabilities = classifier.model.predict(classifier.prepare(photos), verbose=0)
    assert abs(probabilities - wanted).max() < FLOAT16_TOLERANCE
    assert (probabilities.argmax(axis=1) == wanted.argmax(axis=1)).all()


def test_classes_are_a_thousand_names(classifier: ImageClassifier) -> None:
    assert len(classifier.classes) == 1000
    assert classifier.classes[285] == "Egyptian cat"
    assert all(classifier.classes)


def test_pictures_of_any_size_are_made_to_fit(lite0: ImageClassifier) -> None:
    photos = [load_photo("chelsea"), load_photo("china")]
    together = lite0.prepare(photos)
    assert together.shape == (2, 224, 224, 3)
    assert together.dtype == np.float32
    assert 0 <= together.min() < 30
    assert 220 < together.max() <= 255
    assert np.array_equal(lite0.prepare(photos[0]), together[:1])
    assert np.array_equal(lite0.prepare(together), together)
    assert np.array_equal(lite0.prepare(photos[1][np.newaxis]), together[1:])


def test_preparing_cuts_out_the_middle(lite0: ImageClassifier) -> None:
    wide = np.zeros((100, 300, 3), np.uint8)
    wide[:, 100:200] = 200
    assert np.allclose(lite0.prepare(wide)[0, :, 5:-5], 200)


@pytest.mark.parametrize("shape", [(10, 10), (10, 10, 1), (10, 10, 4), (1, 2, 10, 10, 3)])
def test_what_is_no_colour_picture_is_refused(
    lite0: ImageClassifier, shape: tuple[int, ...]
) -> None:
    with pytest.raises(ConvworkError, match=r"\(height, width, 3\).*not \(10|1, 2"):
        lite0.prepare(np.zeros(shape))


def test_another_picture_size() -> None:
    network = load_squeezenet((96, 160))
    assert network.prepare(load_photo("chelsea")).shape == (1, 96, 160, 3)
    assert len(network.guesses(load_photo("chelsea"))[0]) == 5
    with pytest.raises(ConvworkError, match=r"image_size is 16; .* at least 32"):
        load_imagenet_classifier(16)


def test_squeezenet_gives_its_activations(squeezenet: ImageClassifier) -> None:
    names = ["conv1", *(f"fire{number}" for number in range(2, 10))]
    outputs = squeezenet.activations(*names)(squeezenet.prepare(load_photo("china")))
    assert [output.shape[-1] for output in outputs] == [
        *(64, 128, 128, 256, 256, 384, 384, 512, 512)
    ]
    assert all(np.asarray(output).any() for output in outputs)


def test_lite0_gives_features_that_do_not_depend_on_its_head(lite0: ImageClassifier) -> None:
    features = lite0.activations("top_activation")
    assert features.output_shape == (None, 7, 7, 1280)
    mean = features.predict(lite0.prepare(load_photo("chelsea")), verbose=0).mean(axis=(1, 2))
    kernel, bias = lite0.model.get_layer("predictions").get_weights()
    assert lite0.classes[(mean @ kernel + bias).argmax()] in CATS


def test_a_picture_can_be_changed_by_gradients(squeezenet: ImageClassifier) -> None:
    import tensorflow as tf

    picture = tf.Variable(squeezenet.prepare(load_photo("china")))
    with tf.GradientTape() as tape:
        loss = tf.reduce_mean(squeezenet.activations("fire4")(picture) ** 2)
    gradient = tape.gradient(loss, picture)
    assert gradient.shape == picture.shape
    assert np.asarray(gradient).any()


def test_last_layers_can_be_trained_while_normalisation_stays_frozen() -> None:
    import keras

    network = load_imagenet_classifier(64)
    base = network.activations("avg_pool")
    for layer in base.layers:
        layer.trainable = layer.name in ("top_conv", "top_bn") and not isinstance(
            layer, keras.layers.BatchNormalization
        )
    model = keras.Sequential([base, keras.layers.Dense(2, "softmax")])
    model.compile("sgd", "sparse_categorical_crossentropy")
    layers = {name: base.get_layer(name) for name in ("stem_conv", "top_conv", "top_bn")}
    before = {name: layer.get_weights() for name, layer in layers.items()}
    pictures = network.prepare([load_photo("chelsea"), load_photo("china")])
    model.fit(pictures, np.array([0, 1]), verbose=0)
    moved = {
        name: not all(map(np.array_equal, before[name], layer.get_weights()))
        for name, layer in layers.items()
    }
    assert moved == {"stem_conv": False, "top_conv": True, "top_bn": False}


# Faces


def test_the_same_face_is_near_and_another_far(faces: FaceNetwork) -> None:
    astronaut, hopper = load_face("astronaut"), load_face("hopper")
    changed = [astronaut[:, ::-1], astronaut // 2, astronaut[8:, 8:], astronaut[::2, ::2]]
    encodings = faces.encode([astronaut, hopper, *changed])
    assert encodings.shape == (6, 128)
    distances = np.linalg.norm(encodings[1:] - encodings[0], axis=1)
    assert distances[0] > 0.6
    assert distances[1:].max() < 0.4


def test_faces_alone_or_together_have_the_same_encoding(faces: FaceNetwork) -> None:
    pair = [load_face("astronaut"), load_face("hopper")]
    alone = np.concatenate([faces.encode(face) for face in pair])
    assert np.allclose(faces.encode(pair), alone, atol=1e-5)


# Objects


def _peaks(heat: np.ndarray, count: int) -> tuple[np.ndarray, ...]:
    """Row, column and class of the highest values that no neighbour exceeds, highest first."""
    padded = np.pad(heat, ((1, 1), (1, 1), (0, 0)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))
    peaks = np.where(heat == windows.max(axis=(-2, -1)), heat, 0)
    return np.unravel_index(np.argsort(-peaks, axis=None, kind="stable")[:count], heat.shape)


def test_the_detector_equals_the_graph_it_came_from(detector: ObjectDetector) -> None:
    with h5py.File(FOLDER / "coco_detector.h5") as file:
        photos = [load_photo(name.decode()) for name in file["reference/photos"]]
        references = file["reference/detections"][()]
    for photo, reference in zip(photos, references, strict=True):
        heat, boxes = detector.look(photo)
        rows, columns, classes = _peaks(heat, 20)
        assert np.allclose(heat[rows, columns, classes], reference[:20, 4], atol=1e-4)
        assert np.array_equal(classes[:5], reference[:5, 5])
        scale = np.tile(photo.shape[:2], 2) / 512
        wanted = reference[:5, [1, 0, 3, 2]] * scale
        assert np.allclose(boxes[rows[:5], columns[:5]], wanted, atol=0.1)


def test_the_motorcycle_is_found_twice(detector: ObjectDetector) -> None:
    photo = load_photo("motorcycle")
    heat, boxes = detector.look(photo)
    rows, columns, classes = _peaks(heat, 3)
    scores = heat[rows, columns, classes]
    assert [detector.classes[index] for index in classes[:2]] == ["motorcycle"] * 2
    assert scores[1] > 0.35 > scores[2]
    first, second = boxes[rows[:2], columns[:2]]
    assert abs(first - second).max() < 12
    height, width = photo.shape[:2]
    assert np.allclose(first, [0.13 * height, 0.16 * width, 0.9 * height, 0.91 * width], atol=10)


@pytest.mark.parametrize("name", ["astronaut", "hopper"])
def test_people_are_found(detector: ObjectDetector, name: str) -> None:
    heat, _ = detector.look(load_photo(name))
    assert heat.shape == (128, 128, 80)
    assert heat[..., detector.classes.index("person")].max() == heat.max() > 0.5


def test_corners_are_measured_from_the_cell_in_the_photo() -> None:
    sides = np.zeros((128, 128, 4))
    sides[10, 20] = 8, 16, 24, 32
    boxes = corners(sides, height=256, width=1024)
    assert boxes.shape == (128, 128, 4)
    # The cell is at x 80, y 40 of 512; the photo is twice as wide and half as high.
    assert boxes[10, 20].tolist() == [12, 144, 36, 208]
