"""The functions of `style_transfer` against loops, formulas of the paper, and an Adam in NumPy."""

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convwork import coursedir
from convwork.authoring import texts
from convwork.authoring.references import solved_namespace
from convwork.course import load_squeezenet

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def solutions() -> dict[str, Callable[..., Any]]:
    """The functions of the notebook's solution cells, and nothing else of the notebook."""
    import tensorflow as tf

    (notebook,) = coursedir.notebooks(ROOT, "week4", "style_transfer")
    namespace: dict[str, Any] = {"np": np, "tf": tf}
    for source in texts.solutions(texts.read_text(notebook)).values():
        exec(source, namespace)
    return namespace


def value_and_gradient(function: Callable[..., Any], *args: np.ndarray) -> tuple[float, np.ndarray]:
    """What a function of tensors answers, and the gradient by the last of them."""
    import tensorflow as tf

    tensors = [tf.constant(arg) for arg in args]
    with tf.GradientTape() as tape:
        tape.watch(tensors[-1])
        value = function(*tensors)
    return float(value), tape.gradient(value, tensors[-1]).numpy()


def volumes(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    shape = (2, 1, *rng.integers(1, 7, size=3))
    one, other = rng.normal(size=shape).astype(np.float32)
    return one, other


@pytest.mark.parametrize("seed", range(20))
def test_patches_lie_around_the_loudest_places(solutions: dict[str, Any], seed: int) -> None:
    """Pixels that hold their own places tell where a patch was cut out."""
    rng = np.random.default_rng(seed)
    m, n_H, n_W, n_C = (int(n) for n in rng.integers((2, 1, 1, 1), (7, 6, 6, 4)))
    sizes = tuple(int(n) for n in rng.integers(8, 40, size=2))
    unit, k, r = (int(n) for n in rng.integers((0, 1, 1), (n_C, m + 1, min(sizes) + 1)))
    rows, columns = np.indices(sizes)
    images = np.stack([np.stack([np.full(sizes, i), rows, columns], axis=-1) for i in range(m)])
    answers = rng.permutation(m * n_H * n_W * n_C).reshape(m, n_H, n_W, n_C)

    found = solutions["top_patches"](answers, images, unit, k, r)
    assert found.shape == (k, r, r, 3)
    louder = answers[..., unit].max() + 1
    loudest = [answers[i, :, :, unit].max() for i in found[:, 0, 0, 0]]
    for patch, loud in zip(found, loudest, strict=True):
        assert louder > loud
        louder = loud
        image = patch[0, 0, 0]
        place = np.argwhere(answers[image, :, :, unit] == loud)[0]
        for axis, (size, n) in enumerate(zip(sizes, (n_H, n_W), strict=True)):
            numbers = np.unique(patch[..., axis + 1])
            assert np.array_equal(numbers, np.arange(numbers[0], numbers[0] + r))
            middle = (int(place[axis]) + Fraction(1, 2)) * size / n
            wanted = middle.__floor__() - r // 2
            assert numbers[0] == min(max(wanted, 0), size - r)
    assert louder == np.sort(answers[..., unit].max(axis=(1, 2)))[-k]


@pytest.mark.parametrize("seed", range(8))
def test_content_has_the_gradient_of_a_mean_of_squares(
    solutions: dict[str, Any], seed: int
) -> None:
    a_C, a_G = volumes(seed)
    value, gradient = value_and_gradient(solutions["compute_content_cost"], a_C, a_G)
    assert value == pytest.approx(np.mean((a_C - a_G) ** 2) / 4, rel=1e-5)
    np.testing.assert_allclose(gradient, (a_G - a_C) / (2 * a_C.size), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("seed", range(8))
def test_style_has_the_gradient_of_the_paper(solutions: dict[str, Any], seed: int) -> None:
    """Gatys and others (2015), equations 4 and 6, summed place by place."""
    a_S, a_G = (volume.astype(float) for volume in volumes(seed))
    _, n_H, n_W, _ = a_S.shape
    grams = [
        sum(np.outer(a[0, i, j], a[0, i, j]) for i in range(n_H) for j in range(n_W))
        for a in (a_S, a_G)
    ]
    difference = grams[1] - grams[0]
    value, gradient = value_and_gradient(
        solutions["compute_layer_style_cost"], a_S.astype(np.float32), a_G.astype(np.float32)
    )
    assert value == pytest.approx((difference**2).sum() / (2 * a_S.size) ** 2, rel=1e-4)
    np.testing.assert_allclose(gradient, a_G @ difference / a_S.size**2, rtol=1e-3, atol=1e-5)


def test_a_gram_matrix_knows_how_far_rows_are_apart(solutions: dict[str, Any]) -> None:
    A = np.random.default_rng(0).normal(size=(4, 9)).astype(np.float32)
    gram = np.asarray(solutions["gram_matrix"](A))
    for i, j in np.ndindex(4, 4):
        apart = ((A[i] - A[j]) ** 2).sum()
        assert gram[i, i] + gram[j, j] - gram[i, j] - gram[j, i] == pytest.approx(apart, abs=1e-4)
    np.testing.assert_allclose(np.diag(gram), (A**2).sum(axis=1), rtol=1e-5)


def test_a_style_of_many_layers_is_their_weighted_sum(solutions: dict[str, Any]) -> None:
    pairs = [volumes(seed) for seed in range(3)]
    alone = [float(solutions["compute_layer_style_cost"](*pair)) for pair in pairs]
    total = solutions["compute_style_cost"](*map(list, zip(*pairs, strict=True)), [0.1, 2, 5.0])
    assert float(total) == pytest.approx(0.1 * alone[0] + 2 * alone[1] + 5 * alone[2], rel=1e-5)


def test_steps_of_adam_are_those_of_its_paper(solutions: dict[str, Any]) -> None:
    """Kingma and Ba (2014), algorithm 1, with the pixels clipped after each step."""
    import tensorflow as tf

    rng = np.random.default_rng(0)
    start, target = rng.uniform(size=(2, 1, 3, 4, 3))
    target = 3 * target - 1  # many pixels want to leave the bounds
    generated = tf.Variable(start.astype(np.float32))
    optimizer = tf.keras.optimizers.Adam(0.07)
    pixels, mean, square = start, np.zeros_like(start), np.zeros_like(start)
    for step in range(1, 9):
        cost = solutions["train_step"](
            generated, lambda x: tf.reduce_sum((x - target.astype(np.float32)) ** 2), optimizer
        )
        assert float(cost) == pytest.approx(((pixels - target) ** 2).sum(), rel=1e-4)
        slope = 2 * (pixels - target)
        mean, square = 0.9 * mean + 0.1 * slope, 0.999 * square + 0.001 * slope**2
        pixels = pixels - 0.07 * (mean / (1 - 0.9**step)) / (
            np.sqrt(square / (1 - 0.999**step)) + 1e-7
        )
        pixels = pixels.clip(0, 1)
        np.testing.assert_allclose(generated.numpy(), pixels, atol=1e-4)
    assert 0 < np.mean((pixels == 0) | (pixels == 1)) < 1


def test_receptive_fields_are_the_networks() -> None:
    """From the filters and strides on the way to a layer, as the notebook's text reckons."""
    (notebook,) = coursedir.notebooks(ROOT, "week4", "style_transfer")
    fields = solved_namespace(notebook)["RECEPTIVE_FIELDS"]
    model, size, jump = load_squeezenet(128).model, 1, 1
    sizes: dict[str, int] = {}
    for layer in model.layers:
        kernel = getattr(layer, "kernel_size", getattr(layer, "pool_size", (1, 1)))[0]
        size += (kernel - 1) * jump
        jump *= getattr(layer, "strides", (1, 1))[0]
        sizes[layer.name] = size
    assert {name: sizes[name] for name in fields} == fields
