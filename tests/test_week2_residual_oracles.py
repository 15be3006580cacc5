"""The blocks of `residual_networks` against NumPy, its network against the one that Keras has."""

import os
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from conftest import ROOT

from convwork import coursedir
from convwork.authoring.references import solved_namespace

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

pytestmark = pytest.mark.filterwarnings("ignore:The structure of `inputs`:UserWarning")
EPSILON = 1e-3  # of a batch norm, as Keras has it by default


@pytest.fixture(scope="module")
def solutions() -> dict[str, Callable[..., Any]]:
    (notebook,) = coursedir.notebooks(ROOT, "week2", "residual_networks")
    return solved_namespace(notebook)


def by_shape(shape: tuple[int, ...]) -> np.ndarray:
    """Numbers for a weight that depend on its shape alone; single ones are positive."""
    rng = np.random.default_rng(zlib.crc32(repr(shape).encode()))
    if len(shape) == 1:
        return rng.uniform(0.5, 1.0, size=shape)
    return rng.normal(size=shape) / np.sqrt(np.prod(shape[:-1]))


def convolve(A: np.ndarray, W: np.ndarray, b: np.ndarray, stride: int) -> np.ndarray:
    """A convolution padded as TensorFlow's "same": the odd zero is behind."""
    size = W.shape[0]
    lengths = [-(-n // stride) for n in A.shape[1:3]]
    zeros = [
        max((length - 1) * stride + size - n, 0)
        for length, n in zip(lengths, A.shape[1:3], strict=True)
    ]
    A = np.pad(A, [(0, 0), *[(n // 2, n - n // 2) for n in zeros], (0, 0)])
    windows = np.lib.stride_tricks.sliding_window_view(A, (size, size), axis=(1, 2))
    return np.einsum("mijchw,hwcf->mijf", windows[:, ::stride, ::stride], W) + b


def normalise(A: np.ndarray, weights: list[np.ndarray], training: bool) -> np.ndarray:
    gamma, beta, mean, variance = weights
    if training:
        mean, variance = A.mean(axis=(0, 1, 2)), A.var(axis=(0, 1, 2))
    return gamma * (A - mean) / np.sqrt(variance + EPSILON) + beta


def block_in_numpy(
    X: np.ndarray, f: int, filters: tuple[int, int, int], s: int | None, training: bool
) -> np.ndarray:
    """A residual block with weights by shape; without a stride, the one that keeps the shape."""

    def unit(A: np.ndarray, size: int, n: int, stride: int) -> np.ndarray:
        W, bias = by_shape((size, size, A.shape[3], n)), by_shape((n,))
        return normalise(convolve(A, W, bias, stride), [by_shape((n,))] * 4, training)

    F1, F2, F3 = filters
    Y = np.maximum(unit(X, 1, F1, s or 1), 0)
    Y = np.maximum(unit(Y, f, F2, 1), 0)
    return np.maximum(unit(Y, 1, F3, 1) + (unit(X, 1, F3, s) if s else X), 0)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize(
    ("f", "filters", "s"),
    [
        (3, (4, 5, 6), None),
        (2, (7, 3, 6), None),
        (3, (4, 5, 8), 1),
        (2, (3, 4, 9), 2),
        (5, (4, 3, 7), 3),
    ],
)
def test_the_blocks_compute_what_numpy_does(
    solutions: dict[str, Any],
    f: int,
    filters: tuple[int, int, int],
    s: int | None,
    training: bool,
) -> None:
    import keras

    X = np.random.default_rng(f).normal(size=(3, 7, 5, 6)).astype(np.float32)
    inputs = keras.Input(X.shape[1:])
    if s is None:
        outputs = solutions["identity_block"](inputs, f, filters, training=training)
    else:
        outputs = solutions["convolutional_block"](inputs, f, filters, s=s, training=training)
    model = keras.Model(inputs, outputs)
    for weight in model.weights:
        weight.assign(by_shape(tuple(weight.shape)))
    wanted = block_in_numpy(X, f, filters, s, training)
    np.testing.assert_allclose(model(X), wanted, rtol=1e-3, atol=1e-4)


def test_the_network_is_the_one_that_keras_has(solutions: dict[str, Any]) -> None:
    """Only the first pooling differs, so it is left out: what is before it, what is behind it."""
    import keras

    ours = solutions["ResNet50"]((64, 64, 3), 6)
    theirs = keras.applications.ResNet50(
        weights=None, input_shape=(None, None, 3), include_top=False, pooling="avg"
    )
    assert ours.count_params() - ours.layers[-1].count_params() == theirs.count_params()
    for model in (ours, theirs):
        for weight in model.weights:
            weight.assign(by_shape(tuple(weight.shape)))
        for layer in model.layers:
            if isinstance(layer, keras.layers.BatchNormalization):
                layer.epsilon = EPSILON
    rng = np.random.default_rng(0)
    images = rng.normal(size=(2, 64, 64, 3)).astype(np.float32)
    volume = rng.uniform(size=(2, 15, 15, 64)).astype(np.float32)
    pool = next(layer for layer in ours.layers if isinstance(layer, keras.layers.MaxPooling2D))
    before = keras.Model(ours.input, pool.input)(images, training=False)
    wanted = keras.Model(theirs.input, theirs.get_layer("conv1_relu").output)(images)
    np.testing.assert_allclose(before, wanted, rtol=1e-4, atol=1e-5)
    behind = keras.Model(pool.output, ours.layers[-1].input)(volume, training=True)
    theirs_behind = keras.Model(theirs.get_layer("pool1_pool").output, theirs.output)
    np.testing.assert_allclose(behind, theirs_behind(volume, training=True), rtol=1e-3, atol=1e-4)
