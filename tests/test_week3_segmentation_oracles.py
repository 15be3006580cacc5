"""The blocks of `segmentation` against NumPy, and the U against its weights, walked by hand."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convwork import coursedir
from convwork.authoring import texts
from convwork.grading.cases import load_exercises

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).parents[1]
(NOTEBOOK,) = coursedir.notebooks(ROOT, "week3", "segmentation")
Weights = Iterator[np.ndarray]


@pytest.fixture(scope="module")
def solutions() -> dict[str, Callable[..., Any]]:
    """The functions of the notebook's solution cells, and nothing else of the notebook."""
    import keras

    namespace: dict[str, Any] = {"keras": keras}
    for source in texts.solutions(texts.read_text(NOTEBOOK)).values():
        exec(source, namespace)
    return namespace


def convolved(X: np.ndarray, weights: Weights) -> np.ndarray:
    """A padded convolution, as sums of shifted pictures."""
    W, b = next(weights), next(weights)
    pad = W.shape[0] // 2
    padded = np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    height, width = X.shape[1:3]
    return b + sum(
        padded[:, i : i + height, j : j + width] @ W[i, j]
        for i in range(W.shape[0])
        for j in range(W.shape[1])
    )


def stamped(X: np.ndarray, weights: Weights) -> np.ndarray:
    """A transposed convolution of stride 2, stamp by stamp; what is too much is cut off."""
    W, b = next(weights), next(weights)  # W: (f, f, filters, channels)
    m, height, width, _ = X.shape
    sums = np.zeros((m, 2 * height + 1, 2 * width + 1, W.shape[2]))
    for i in range(height):
        for j in range(width):
            stamp = np.einsum("mc,yxfc->myxf", X[:, i, j], W)
            sums[:, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3] += stamp
    return b + sums[:, :-1, :-1]


def twice(X: np.ndarray, weights: Weights) -> np.ndarray:
    """Two convolutions with their ReLUs."""
    for _ in range(2):
        X = np.maximum(convolved(X, weights), 0)
    return X


def pooled(X: np.ndarray) -> np.ndarray:
    m, height, width, channels = X.shape
    return X.reshape(m, height // 2, 2, width // 2, 2, channels).max(axis=(2, 4))


def upwards(X: np.ndarray, kept: np.ndarray, weights: Weights) -> np.ndarray:
    return twice(np.concatenate([stamped(X, weights), kept], axis=-1), weights)


def in_order(model: Any) -> Weights:
    """A model's weights, layer by layer from its inputs on, with biases that matter."""
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 0.3, w.shape) for w in model.get_weights()])
    return iter(model.get_weights())


def test_conv_block_is_numpys(solutions: dict[str, Any]) -> None:
    import keras

    X = np.random.default_rng(1).normal(size=(2, 6, 10, 3))
    inputs = keras.Input(X.shape[1:])
    model = keras.Model(inputs, solutions["conv_block"](inputs, 5, 0.4))
    kept = twice(X, in_order(model))
    next_layer, skip_connection = model(X)
    np.testing.assert_allclose(skip_connection, kept, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(next_layer, pooled(kept), rtol=1e-4, atol=1e-5)


def test_upsampling_block_is_numpys(solutions: dict[str, Any]) -> None:
    import keras

    rng = np.random.default_rng(2)
    X, kept = rng.normal(size=(2, 3, 4, 7)), rng.normal(size=(2, 6, 8, 2))
    inputs = [keras.Input(array.shape[1:]) for array in (X, kept)]
    model = keras.Model(inputs, solutions["upsampling_block"](*inputs, n_filters=5))
    wanted = upwards(X, kept, in_order(model))
    np.testing.assert_allclose(model([X, kept]), wanted, rtol=1e-4, atol=1e-5)


def test_unet_model_is_numpys(solutions: dict[str, Any]) -> None:
    X = np.random.default_rng(3).normal(size=(1, 16, 32, 3))
    model = solutions["unet_model"]((16, 32, 3), n_filters=2, n_classes=5)
    weights = in_order(model)
    volumes, x = [], X
    for _ in range(4):
        volumes.append(twice(x, weights))
        x = pooled(volumes[-1])
    x = twice(x, weights)
    for kept in reversed(volumes):
        x = upwards(x, kept, weights)
    wanted = convolved(np.maximum(convolved(x, weights), 0), weights)
    np.testing.assert_allclose(model(X), wanted, rtol=1e-3, atol=1e-4 * abs(wanted).max())


def check_of(name: str) -> Callable[..., Any]:
    """The property that a case of `conv_block` asks for."""
    cases = load_exercises(NOTEBOOK.tests)["conv_block"].cases
    (check,) = (case.check for case in cases if case.name == name)
    assert check is not None
    return check


def dropped(rate: float, whole: bool = False, scaled: bool = True) -> dict[str, Any]:
    """What dropout makes of a volume in training, by NumPy alone."""
    rng = np.random.default_rng(4)
    skip = np.maximum(rng.normal(size=(4, 12, 10, 20)), 0)
    stays = np.arange(20) >= rate * 20 if whole else rng.random(skip.shape) >= rate
    trained = skip * stays / (1 - rate if scaled else 1)
    return {
        "predictions": [pooled(skip), skip],
        "predictions_in_training": [pooled(trained), trained],
    }


def test_the_right_dropout_is_told_from_others() -> None:
    check, inputs = check_of("dropout, in training"), (None, 8, 0.4)
    assert check(inputs, dropped(0.4)) is None
    said = [
        check(inputs, dropped(rate, **kind))
        for rate, kind in ((0, {}), (0.6, {}), (0.4, {"whole": True}), (0.4, {"scaled": False}))
    ]
    for words, wanted in zip(said, ("nothing", "divided", "channels", "divided"), strict=True):
        assert wanted in words
    unpooled = check_of("dropout without pooling, in training")(inputs, dropped(0.4))
    assert "next_layer is not made from" in unpooled


@pytest.mark.parametrize(
    ("deviation", "reach", "right"),
    [(1.0, 2.27, True), (1.0, 1.73, False), (0.71, 2.27, False), (0.0, 1.0, False)],
)
def test_kernels_start_from_he_normal(deviation: float, reach: float, right: bool) -> None:
    check = check_of("how the kernels start")
    answer = {"starts": [[3, 3, 30, 32, 1.0, 2.27], [3, 3, 32, 32, deviation, reach]]}
    assert (check((None, 32), answer) is None) == right
