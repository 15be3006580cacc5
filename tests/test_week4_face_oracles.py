"""The functions of `face_recognition` against SciPy and plain counting."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import cdist

from convwork import coursedir
from convwork.authoring import texts
from convwork.grading.cases import load_exercises

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def solutions() -> dict[str, Callable[..., Any]]:
    """The functions of the notebook's solution cells, and nothing else of the notebook."""
    import keras

    (notebook,) = coursedir.notebooks(ROOT, "week4", "face_recognition")
    namespace: dict[str, Any] = {"np": np, "keras": keras}
    for source in texts.solutions(texts.read_text(notebook)).values():
        exec(source, namespace)
    return namespace


def mean_encoder(images: Any) -> np.ndarray:
    """A model that is none: the channels' means."""
    return np.asarray(images, dtype=float).mean(axis=(1, 2))


@pytest.mark.parametrize(("accuracy", "k"), [(0.99, 100), (0.5, 3), (0.999, 1), (1.0, 7)])
def test_being_right_about_everybody_is_a_binomial(
    solutions: dict[str, Any], accuracy: float, k: int
) -> None:
    found = solutions["recognition_accuracy"](accuracy, k)
    assert found == pytest.approx(float(stats.binom.pmf(k, k, accuracy)))


@pytest.mark.parametrize("seed", range(5))
def test_doors_measure_as_scipy_does(solutions: dict[str, Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    people = dict(zip("abcd", rng.uniform(0, 1, size=(4, 3)), strict=True))
    image = rng.uniform(0, 1, size=(5, 6, 3))
    apart = cdist(mean_encoder([image]), list(people.values()))[0]
    for threshold in (apart.min() * 0.99, apart.min() * 1.01):
        opened = apart.min() < threshold
        dist, identity = solutions["who_is_it"](image, people, mean_encoder, threshold)
        assert dist == pytest.approx(apart.min())
        assert identity == ("abcd"[apart.argmin()] if opened else None)
        for name, wanted in zip(people, apart, strict=True):
            dist, door_open = solutions["verify"](image, name, people, mean_encoder, threshold)
            assert dist == pytest.approx(wanted)
            assert door_open == (wanted < threshold)


@pytest.mark.parametrize("seed", range(5))
def test_the_loss_measures_as_scipy_does(solutions: dict[str, Any], seed: int) -> None:
    rng = np.random.default_rng(seed)
    m, d = (int(n) for n in rng.integers(1, 9, size=2))
    anchor, positive, negative = rng.normal(size=(3, m, d))
    alpha = float(rng.uniform(0, 2))
    near, far = (cdist(anchor, other, "sqeuclidean").diagonal() for other in (positive, negative))
    wanted = sum(max(lack, 0) for lack in near - far + alpha)
    found = solutions["triplet_loss"](None, [anchor, positive, negative], alpha)
    assert float(found) == pytest.approx(wanted, rel=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_hard_triplets_are_those_that_cost_something(solutions: dict[str, Any], seed: int) -> None:
    """Each triplet's loss, asked alone; what is found and what costs must be the same."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, size=8)
    encodings, alpha = rng.normal(size=(8, 2)), float(rng.uniform(0, 1))

    def loss(triple: tuple[int, ...]) -> float:
        three = [encodings[[place]] for place in triple]
        return float(solutions["triplet_loss"](None, three, alpha))

    everything = np.ndindex(8, 8, 8)
    triples = [t for t in everything if t[0] != t[1] and labels[t[0]] == labels[t[1]]]
    costly = {t for t in triples if labels[t[0]] != labels[t[2]] and loss(t) > 0}
    found = [tuple(row) for row in solutions["hard_triplets"](encodings, labels, alpha).tolist()]
    assert len(found) == len(costly) and set(found) == costly
    losses = [loss(triple) for triple in found]
    assert losses == sorted(losses, reverse=True)


def test_the_head_is_a_logistic_unit(solutions: dict[str, Any]) -> None:
    rng = np.random.default_rng(0)
    head = solutions["siamese_head"](6)
    w, b = rng.normal(size=(6, 1)), rng.normal(size=1)
    head.set_weights([w, b])
    one, other = rng.normal(size=(2, 4, 6)).astype(np.float32)
    wanted = 1 / (1 + np.exp(-(np.abs(one - other) @ w + b)))
    np.testing.assert_allclose(head([one, other]), wanted, rtol=1e-5)


def test_the_hidden_tests_refuse_what_the_docstring_refuses() -> None:
    """Of a right list of triples, a row that is there twice, moved or another is a fault.

    (That none is missing is judged before: the answer's shape is compared.)
    """
    (notebook,) = coursedir.notebooks(ROOT, "week4", "face_recognition")
    exercise = load_exercises(notebook.tests)["hard_triplets"]
    check = exercise.cases[0].check
    assert check is not None
    places = np.array([[0.0], [1.0], [2.0], [5.0]])
    inputs = places, np.array([7, 7, 4, 4]), 0.2
    right = np.array([[2, 3, 1], [2, 3, 0], [1, 0, 2]])
    assert check(inputs, right) is None
    for wrong in (right[[0, 1, 1]], right[::-1], right[:, [1, 0, 2]], right + 1):
        assert check(inputs, wrong) is not None
    assert "floats" in str(check(inputs, right.astype(float)))
