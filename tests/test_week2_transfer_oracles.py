"""The functions of `transfer_learning` against TensorFlow's own, and against what theory says."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

from convwork import coursedir
from convwork.authoring.references import solved_namespace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


@pytest.fixture(scope="module")
def solutions() -> dict[str, Callable[..., Any]]:
    (notebook,) = coursedir.notebooks(ROOT, "week2", "transfer_learning")
    return solved_namespace(notebook)


def test_half_of_the_pictures_are_mirrored(solutions: dict[str, Any]) -> None:
    import tensorflow as tf

    images = np.random.default_rng(0).normal(size=(4000, 2, 3, 2))
    answer = solutions["mirror"](images, np.random.default_rng(1))
    turned = np.all(answer == tf.image.flip_left_right(images).numpy(), axis=(1, 2, 3))
    assert np.array_equal(answer[~turned], images[~turned])
    assert abs(turned.mean() - 0.5) < 0.05


def test_squares_are_spread_evenly(solutions: dict[str, Any]) -> None:
    """Pearson's chi-square of the places; above 45 with 14 degrees of freedom by luck: 4e-5."""
    images = np.repeat(np.arange(35).reshape(1, 5, 7, 1), 6000, axis=0)
    answer = solutions["random_crop"](images, 3, np.random.default_rng(2))
    tops, lefts = np.divmod(answer[:, 0, 0, 0], 7)
    hits = np.zeros((3, 5))
    np.add.at(hits, (tops, lefts), 1)
    assert ((hits - 400) ** 2 / 400).sum() < 45


def test_channels_are_shifted_uniformly(solutions: dict[str, Any]) -> None:
    images = np.full((5000, 1, 2, 3), 0.5)
    shifts = solutions["color_shift"](images, 0.3, np.random.default_rng(3))[:, 0, 0] - 0.5
    quantiles = np.quantile(shifts, np.linspace(0, 1, 13), axis=0)
    assert np.allclose(quantiles, np.linspace(-0.3, 0.3, 13)[:, None], atol=0.03)
    assert abs(np.corrcoef(shifts.T) - np.eye(3)).max() < 0.07


def test_shifts_along_axes_have_the_covariance_squared(solutions: dict[str, Any]) -> None:
    """The sum of the p p' λ² is C², whichever eigenvectors are found."""
    rng = np.random.default_rng(4)
    mixing = rng.normal(size=(3, 3)) / 20
    images = 0.5 + rng.uniform(-1, 1, size=(20000, 1, 2, 3)) @ mixing.T
    answer = solutions["pca_color_shift"](images, 2.0, rng)
    shifts = (answer - images)[:, 0, 0]
    covariance = np.cov(images.reshape(-1, 3).T)
    wanted = 4 * covariance @ covariance
    assert abs(np.cov(shifts.T) - wanted).max() < 0.06 * wanted.max()
    assert abs(shifts.mean(axis=0)).max() < 6 * np.sqrt(wanted.max() / len(shifts))


def test_features_are_the_bases_own(solutions: dict[str, Any], tmp_path: Path) -> None:
    import keras

    base = keras.Sequential(
        [keras.Input((5, 6, 3)), keras.layers.Conv2D(4, 3), keras.layers.BatchNormalization()]
    )
    images = np.random.default_rng(5).normal(size=(40, 5, 6, 3)).astype(np.float32)
    path = tmp_path / "kept.h5"
    features = solutions["frozen_features"](base, images, str(path))
    assert np.allclose(features, base(images, training=False), atol=1e-5)
    assert np.array_equal(solutions["frozen_features"](None, None, path), features)


def test_a_head_is_a_softmax_of_means(solutions: dict[str, Any]) -> None:
    features = np.random.default_rng(6).normal(size=(7, 2, 3, 11)).astype(np.float32)
    head = solutions["new_head"]((2, 3, 11), 4)
    W, b = head.get_weights()
    powers = np.exp(features.mean(axis=(1, 2)) @ W + b)
    assert np.allclose(head(features), powers / powers.sum(axis=1, keepdims=True), atol=1e-5)


@pytest.mark.parametrize("n_layers", [0, 1, 2, 3, 4, 9])
def test_the_last_layers_learn(solutions: dict[str, Any], n_layers: int) -> None:
    import keras

    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(5, name="first"),
            keras.layers.BatchNormalization(name="normalised"),
            keras.layers.Dense(4, name="second"),
            keras.layers.Dense(3, activation="softmax", name="answer"),
        ]
    )
    solutions["fine_tune"](model, n_layers, 0.01)
    before = [[weight.numpy() for weight in layer.weights] for layer in model.layers]
    if n_layers:
        inputs = np.random.default_rng(7).normal(size=(30, 6))
        model.train_on_batch(inputs, np.arange(30) % 3)
    moved = {
        layer.name
        for layer, old in zip(model.layers, before, strict=True)
        if any(np.any(new.numpy() != was) for new, was in zip(layer.weights, old, strict=True))
    }
    assert moved == {layer.name for layer in model.layers[4 - min(n_layers, 4) :]} - {"normalised"}


@pytest.mark.parametrize("shape", [(6, 6), (7, 9), (9, 6), (8, 11)])
@pytest.mark.parametrize("size", [1, 4, 5, 6])
def test_ten_squares_are_tensorflows(
    solutions: dict[str, Any], shape: tuple[int, int], size: int
) -> None:
    import tensorflow as tf

    image = np.random.default_rng(8).normal(size=(*shape, 3))
    down, right = shape[0] - size, shape[1] - size
    answer = solutions["ten_crop"](image, size)
    for index, (top, left) in enumerate([(0, 0), (0, right), (down, 0), (down, right)]):
        wanted = tf.image.crop_to_bounding_box(image, top, left, size, size)
        assert np.array_equal(answer[index], wanted)
        assert np.array_equal(answer[index + 5], tf.image.flip_left_right(wanted))
    centre = tf.image.resize_with_crop_or_pad(image, size, size)
    assert np.array_equal(answer[4], centre)


def test_three_say_the_mean(solutions: dict[str, Any]) -> None:
    said = np.random.default_rng(9).dirichlet(np.ones(4), size=(3, 5))
    models = [lambda images, k=k: said[k] for k in range(3)]
    answer = solutions["ensemble"](models, np.zeros((5, 2, 2, 3)))
    assert np.allclose(answer, sum(said) / 3)
