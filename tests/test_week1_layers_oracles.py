"""The layers of `convolution_layers` against TensorFlow's own, and against finite differences."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convwork import coursedir
from convwork.authoring import texts

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).parents[1]
Arrays = tuple[np.ndarray, ...]


@pytest.fixture(scope="module")
def layers() -> dict[str, Callable[..., Any]]:
    """The functions of the notebook's solution cells, and nothing else of the notebook."""
    (notebook,) = coursedir.notebooks(ROOT, "week1", "convolution_layers")
    namespace: dict[str, Any] = {"np": np}
    for source in texts.solutions(texts.read_text(notebook)).values():
        exec(source, namespace)
    return namespace


def geometries(seed: int, number: int) -> Iterator[tuple[int, int, int, int, int, int]]:
    """Random (height, width, f, stride, pad, channels) for which at least one window fits."""
    rng = np.random.default_rng(seed)
    while number:
        height, width = rng.integers(1, 9, size=2)
        f, stride, pad, channels = rng.integers((1, 1, 0, 1), (5, 4, 3, 4))
        if f <= min(height, width) + 2 * pad:
            number -= 1
            yield tuple(int(n) for n in (height, width, f, stride, pad, channels))


CONVOLUTIONS = list(geometries(seed=0, number=25))
POOLS = [case for case in geometries(seed=1, number=60) if case[2] <= min(case[:2])][:25]


def layer(case: tuple[int, ...]) -> tuple[Arrays, dict[str, int]]:
    """Random A_prev, W and b of a convolution with this geometry."""
    height, width, f, stride, pad, channels = case
    rng = np.random.default_rng(case)
    filters = int(rng.integers(1, 4))
    shapes = [(2, height, width, channels), (f, f, channels, filters), (1, 1, 1, filters)]
    return tuple(rng.normal(size=s) for s in shapes), {"stride": stride, "pad": pad}


@pytest.mark.parametrize("case", CONVOLUTIONS, ids=str)
def test_convolution_is_tensorflows(layers: dict[str, Any], case: tuple[int, ...]) -> None:
    import tensorflow as tf

    (A_prev, W, b), hparameters = layer(case)
    inputs = [tf.constant(array) for array in (A_prev, W, b)]
    frame = [[0, 0], [case[4]] * 2, [case[4]] * 2, [0, 0]]
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        wanted = tf.nn.conv2d(tf.pad(inputs[0], frame), inputs[1], case[3], "VALID") + inputs[2]
    Z, cache = layers["conv_forward"](A_prev, W, b, hparameters)
    np.testing.assert_allclose(Z, wanted, rtol=1e-10, atol=1e-12)

    dZ = np.random.default_rng(1).normal(size=Z.shape)
    gradients = layers["conv_backward"](dZ, cache)
    for got, want in zip(gradients, tape.gradient(wanted, inputs, dZ), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize("case", POOLS, ids=str)
def test_pooling_is_tensorflows(layers: dict[str, Any], case: tuple[int, ...], mode: str) -> None:
    import tensorflow as tf

    height, width, f, stride, _, channels = case
    A_prev = np.random.default_rng(case).normal(size=(2, height, width, channels))
    inputs = tf.constant(A_prev)
    theirs = tf.nn.max_pool2d if mode == "max" else tf.nn.avg_pool2d
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        wanted = theirs(inputs, f, stride, "VALID")
    A, cache = layers["pool"](A_prev, {"f": f, "stride": stride}, mode)
    np.testing.assert_allclose(A, wanted, rtol=1e-10, atol=1e-12)

    dA = np.random.default_rng(1).normal(size=A.shape)
    got = layers["pool_backward"](dA, cache, mode)
    np.testing.assert_allclose(got, tape.gradient(wanted, inputs, dA), rtol=1e-10, atol=1e-12)


def finite_differences(loss: Callable[[], float], array: np.ndarray) -> np.ndarray:
    gradient, step = np.zeros(array.shape), 1e-6
    for place in np.ndindex(*array.shape):
        value = array[place]
        losses = []
        for array[place] in (value + step, value - step):
            losses.append(loss())
        array[place] = value
        gradient[place] = (losses[0] - losses[1]) / (2 * step)
    return gradient


@pytest.mark.parametrize("case", CONVOLUTIONS[:5], ids=str)
def test_convolution_by_finite_differences(layers: dict[str, Any], case: tuple[int, ...]) -> None:
    arrays, hparameters = layer(case)
    forward = layers["conv_forward"]
    Z, cache = forward(*arrays, hparameters)
    gradients = layers["conv_backward"](np.cos(Z), cache)
    for got, array in zip(gradients, arrays, strict=True):
        want = finite_differences(lambda: np.sin(forward(*arrays, hparameters)[0]).sum(), array)
        np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("mode", ["max", "average"])
@pytest.mark.parametrize("case", POOLS[:5], ids=str)
def test_pooling_by_finite_differences(
    layers: dict[str, Any], case: tuple[int, ...], mode: str
) -> None:
    height, width, f, stride, _, channels = case
    hparameters = {"f": f, "stride": stride}
    A_prev = np.random.default_rng(case).normal(size=(2, height, width, channels))
    A, cache = layers["pool"](A_prev, hparameters, mode)
    got = layers["pool_backward"](np.cos(A), cache, mode)
    want = finite_differences(
        lambda: np.sin(layers["pool"](A_prev, hparameters, mode)[0]).sum(), A_prev
    )
    np.testing.assert_allclose(got, want, rtol=1e-6, atol=1e-7)


def test_every_maximum_gets_the_gradient(layers: dict[str, Any]) -> None:
    cache = (np.zeros((1, 2, 2, 1)), {"f": 2, "stride": 2})
    dA_prev = layers["pool_backward"](np.full((1, 1, 1, 1), 3.0), cache)
    np.testing.assert_array_equal(dA_prev, np.full((1, 2, 2, 1), 3.0))
