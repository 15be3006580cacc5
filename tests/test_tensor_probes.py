"""What the kernel tells of functions of tensors, and of steps that change a picture in place."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from convwork.answers import evaluate
from convwork.trees import pack

tf = pytest.importorskip("tensorflow")

SLOW = {"class_name": "SGD", "config": {"learning_rate": 0.1}}
ADAM = {"class_name": "Adam", "config": {"learning_rate": 0.1}}


def told(function: Any, probe: str, args: tuple[Any, ...], **options: Any) -> Any:
    """What comes back for one question."""
    request = {"function": "f", "args": args, "options": {}, "calls": 1}
    result = evaluate({"f": function}, pack(request | {"probe": probe, "probe_options": options}))
    assert result["error"] is None
    return result["answers"][0]


def squared_distance(one: Any, other: Any) -> Any:
    return tf.reduce_sum((one - other) ** 2)


def test_numbers_may_be_booleans() -> None:
    assert told(lambda: [1.5, True, np.bool_(False)], "numbers", ()) == [1.5, 1, 0]
    assert np.array_equal(told(lambda: np.array([False, True]), "numbers", ()), [0, 1])
    assert told(lambda: None, "numbers", ()) is None


def test_a_function_of_tensors_gets_tensors() -> None:
    kinds: list[str] = []

    def spy(lists: Any, number: float) -> Any:
        kinds.extend(type(item).__name__ for item in [*lists, number])
        return lists[0]

    answer = told(spy, "tensorflow_function", ([np.ones(2, np.float32)], 0.5))
    assert kinds == ["EagerTensor", "float"]
    assert np.array_equal(answer, [1, 1])


def test_a_gradient_is_that_of_the_argument_asked_for() -> None:
    one, other = np.float32([[1, 2]]), np.float32([[4, 0]])
    answer = told(squared_distance, "tensorflow_function", (one, other), of=1)
    assert np.isclose(answer["value"], 13)
    assert np.allclose(answer["gradients"], 2 * (other - one))


def test_gradients_of_a_list_are_a_list() -> None:
    def weighted(arrays: Any, weights: Any) -> Any:
        return sum(w * tf.reduce_sum(a**2) for a, w in zip(arrays, weights, strict=True))

    arrays = [np.float32([1, 2]), np.float32([[3]])]
    answer = told(weighted, "tensorflow_function", (arrays, [1.0, 2.0]), of=0)
    first, second = answer["gradients"]
    assert np.allclose(first, [2, 4])
    assert np.allclose(second, [[12]])


def test_through_numpy_there_is_no_gradient() -> None:
    def lost(one: Any, other: Any) -> Any:
        return np.sum((np.array(one) - np.array(other)) ** 2)

    pair = (np.ones(3, np.float32), np.zeros(3, np.float32))
    assert told(lost, "tensorflow_function", pair) == 3
    answer = told(lost, "tensorflow_function", pair, of=1)
    assert answer["gradients"] is None
    assert np.isclose(answer["value"], 3)


def step(generated: Any, cost: Any, optimizer: Any) -> Any:
    with tf.GradientTape() as tape:
        value = cost(generated)
    optimizer.apply_gradients([(tape.gradient(value, generated), generated)])
    return value


PICTURE = np.full((1, 1, 2, 3), 0.5, np.float32)
SLOPE, FLAT = np.full_like(PICTURE, 3), np.zeros_like(PICTURE)


def test_the_cost_has_the_slope_and_the_bend_that_are_given() -> None:
    answer = told(step, "pixel_steps", (PICTURE, SLOPE, FLAT, FLAT), optimizer=SLOW)
    assert np.allclose(answer["costs"], [9])
    assert np.allclose(answer["pictures"], [PICTURE - 0.3])
    bent = (PICTURE, FLAT, SLOPE, np.ones_like(PICTURE))
    answer = told(step, "pixel_steps", bent, optimizer=SLOW)
    assert np.allclose(answer["costs"], [6 * 3 * 0.25])
    assert np.allclose(answer["pictures"], [PICTURE + 0.1 * 3])


@pytest.mark.parametrize("wrap", [lambda f: f, tf.function], ids=["eager", "compiled"])
def test_an_optimizer_keeps_its_memory_from_step_to_step(wrap: Callable[..., Any]) -> None:
    """By an oracle of our own: Adam as in the paper."""
    compiled = wrap(step)
    bends = np.linspace(1, 4, 6, dtype=np.float32).reshape(PICTURE.shape)
    for _ in range(2):  # a compiled function meets a second picture and a second optimizer
        answer = told(
            compiled, "pixel_steps", (PICTURE, FLAT, bends, FLAT), optimizer=ADAM, steps=3
        )
    x, m, v = PICTURE.astype(float), 0.0, 0.0
    for t, picture in enumerate(answer["pictures"], start=1):
        gradient = 2 * bends * x
        m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
        x = x - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-7)
        assert np.allclose(picture, x, atol=1e-4)
