"""What the kernel tells of Keras models and of functions between Keras tensors."""

import functools
from typing import Any

import keras
import numpy as np
import psutil
import pytest

from convwork.answers import MAX_PARAMETERS, Foreign, evaluate, pack

FACTS = ["input_shape", "output_shape", "parameters", "weights"]


def ask(function: Any, probe: str, args: tuple[Any, ...], **options: Any) -> dict[str, Any]:
    """What comes back for one question."""
    request = {"function": "f", "args": args, "options": {}, "calls": 1}
    data = pack(request | {"probe": probe, "probe_options": options})
    return evaluate({"f": function}, data)


def told(function: Any, probe: str, args: tuple[Any, ...], **options: Any) -> Any:
    result = ask(function, probe, args, **options)
    assert result["error"] is None
    return result["answers"][0]


def classifier(shape: tuple[int, ...], units: int = 3, compiled: bool = False) -> keras.Model:
    model = keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Conv2D(4, 3, activation="relu"),
            keras.layers.Dropout(0.5),
            keras.layers.Flatten(),
            keras.layers.Dense(units, activation="softmax"),
        ]
    )
    if compiled:
        model.compile(optimizer="adam", loss="categorical_crossentropy")
    return model


def test_a_plan_tells_the_same_as_a_model() -> None:
    keys = [*FACTS, "predictions"]
    real = told(classifier, "keras_model", ((6, 7, 2),), keys=keys)
    plan = told(classifier, "keras_model", ((6, 7, 2),), keys=keys, weights=False)
    predictions = real.pop("predictions")
    assert np.allclose(predictions, plan.pop("predictions"), atol=1e-6)
    assert np.allclose(predictions.sum(axis=1), 1, atol=1e-5)
    assert plan == real
    assert plan["input_shape"] == [6, 7, 2] and plan["output_shape"] == [3]
    assert plan["parameters"] == 4 * (18 + 1) + 3 * (4 * 5 * 4 + 1)


def test_a_plan_takes_no_memory() -> None:
    """Not even when another model is built after it: Keras would like to fill it then."""
    process = psutil.Process()
    before = process.memory_info().rss
    wide = functools.partial(classifier, units=60_000)
    plan = told(wide, "keras_model", ((64, 64, 1),), keys=FACTS, weights=False)
    told(classifier, "keras_model", ((6, 7, 2),), keys=["predictions"])
    assert plan["parameters"] > 900_000_000
    assert process.memory_info().rss - before < 500 << 20


def test_what_cannot_be_planned_is_built() -> None:
    compiling = functools.partial(classifier, compiled=True)
    facts = told(compiling, "keras_model", ((6, 7, 2),), keys=FACTS, weights=False)
    assert facts == told(classifier, "keras_model", ((6, 7, 2),), keys=FACTS)


def test_a_huge_model_computes_nothing() -> None:
    wide = functools.partial(classifier, units=MAX_PARAMETERS // 1000)
    facts = told(wide, "keras_model", ((64, 64, 1),), keys=["predictions"], weights=False)
    assert isinstance(facts["predictions"], Foreign)


def test_predictions_do_not_depend_on_the_order_of_creation() -> None:
    def backwards(shape: tuple[int, ...]) -> keras.Model:
        last = keras.layers.Dense(3, activation="softmax")
        first = keras.layers.Conv2D(4, 3)
        inputs = keras.Input(shape)
        hidden = keras.ops.relu(first(inputs))
        return keras.Model(inputs, last(keras.layers.Flatten()(hidden)))

    one, other = (
        told(build, "keras_model", ((6, 7, 2),), keys=["predictions"])["predictions"]
        for build in (classifier, backwards)
    )
    assert np.allclose(one, other, atol=1e-6)


def test_a_block_is_asked_about_the_array_that_is_given() -> None:
    X = np.random.default_rng(0).normal(size=(2, 3, 4, 5))

    def twice_and_a_relu(X: Any, factor: int) -> Any:
        return keras.layers.ReLU()(X * factor)

    facts = told(twice_and_a_relu, "keras_block", (X, 2), keys=["output_shape", "predictions"])
    assert facts["output_shape"] == [3, 4, 5]
    assert np.allclose(facts["predictions"], np.maximum(2 * X, 0), atol=1e-6)


@pytest.mark.parametrize(
    ("probe", "args", "wanted"),
    [
        ("keras_model", ((4, 4, 1),), "should return a Keras model, and returned ndarray"),
        ("keras_block", (np.zeros((2, 3, 4, 1)),), "should return a Keras tensor, and returned "),
    ],
)
def test_something_else_is_named(probe: str, args: tuple[Any, ...], wanted: str) -> None:
    result = ask(lambda shape: np.zeros(3), probe, args, keys=["predictions"])
    assert result["answers"] == []
    assert wanted in result["error"]["message"]
