"""The layers of `beyond_2d` against TensorFlow's own, and its motion filters on whole films."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convwork import coursedir
from convwork.authoring import texts
from convwork.course import motion_strength, moving_dot
from convwork.grading.cases import load_exercises

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).parents[1]
OPPOSITES = {"right": "left", "left": "right", "up": "down", "down": "up"}


@pytest.fixture(scope="module")
def solutions() -> dict[str, Callable[..., Any]]:
    """The functions of the notebook's solution cells, and nothing else of the notebook."""
    (notebook,) = coursedir.notebooks(ROOT, "week4", "beyond_2d")
    namespace: dict[str, Any] = {"np": np}
    for source in texts.solutions(texts.read_text(notebook)).values():
        exec(source, namespace)
    return namespace


def geometries(directions: int, number: int) -> Iterator[tuple[int, ...]]:
    """Random (f, stride, pad, channels, filters, *sizes) for which at least one window fits."""
    rng = np.random.default_rng(directions)
    while number:
        f, stride, pad, channels, filters = rng.integers((1, 1, 0, 1, 1), (5, 4, 3, 4, 4))
        sizes = rng.integers(1, 8, size=directions)
        if f <= min(sizes) + 2 * pad:
            number -= 1
            yield tuple(int(n) for n in (f, stride, pad, channels, filters, *sizes))


@pytest.mark.parametrize("case", [*geometries(1, 20), *geometries(3, 20)], ids=str)
def test_the_layers_are_tensorflows(solutions: dict[str, Any], case: tuple[int, ...]) -> None:
    import tensorflow as tf

    f, stride, pad, channels, filters, *sizes = case
    directions = len(sizes)
    rng = np.random.default_rng(case)
    A_prev = rng.normal(size=(2, *sizes, channels))
    W = rng.normal(size=(*[f] * directions, channels, filters))
    b = rng.normal(size=(*[1] * (directions + 1), filters))
    Z = solutions[f"conv{directions}d_forward"](A_prev, W, b, stride, pad)

    padded = tf.pad(A_prev, [[0, 0], *[[pad, pad]] * directions, [0, 0]])
    if directions == 1:
        wanted = tf.nn.conv1d(padded, W, stride, "VALID") + b
    else:
        wanted = tf.nn.conv3d(padded, W, [1, stride, stride, stride, 1], "VALID") + b
    np.testing.assert_allclose(Z, wanted, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("f", range(3, 9))
@pytest.mark.parametrize("direction", OPPOSITES)
def test_motion_filters_keep_what_their_docstring_promises(
    solutions: dict[str, Any], direction: str, f: int
) -> None:
    W = solutions["motion_filter"](direction, f)
    still = np.random.default_rng(f).uniform(0, 255, size=(10, 11, 1)).repeat(9, axis=2)
    assert motion_strength(W, still) < 1e-5
    there, back = (motion_strength(W, moving_dot(d)) for d in (direction, OPPOSITES[direction]))
    assert there > 2 * back > 0


def test_the_hidden_tests_measure_as_the_docstring_says() -> None:
    """Between a filter and its mirror image the verdict changes where the strengths say so."""
    (notebook,) = coursedir.notebooks(ROOT, "week4", "beyond_2d")
    exercise = load_exercises(notebook.tests)["motion_filter"]
    follows = next(case.check for case in exercise.cases if "movement" in case.name)
    assert follows is not None
    eye = np.zeros((3, 3, 3))
    eye[1] = np.eye(3) - 1 / 3
    verdicts = []
    for share in np.linspace(0, 0.5, 26):
        W = (1 - share) * eye + share * eye[..., ::-1]
        strengths = (motion_strength(W, moving_dot(direction)) for direction in ("right", "left"))
        there, back = strengths
        verdicts.append(there >= 1.999 * back)
        assert (follows(("right", 3), W) is None) == verdicts[-1]
    assert verdicts[0] and not verdicts[-1]
