"""What the kernel tells of Keras models and of functions between Keras tensors."""

import functools
from typing import Any

import keras
import numpy as np
import psutil
import pytest

from convwork.answers import evaluate
from convwork.probes import MAX_PARAMETERS
from convwork.trees import Foreign, pack, unpack

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


def test_pictures_of_squares() -> None:
    def unchanged(shape: tuple[int, ...]) -> keras.Model:
        inputs = keras.Input(shape)
        return keras.Model(inputs, keras.layers.Identity()(inputs))

    noise, squares = (
        told(unchanged, "keras_model", ((7, 8, 2),), keys=["predictions"], **options)["predictions"]
        for options in ({}, {"square": 3})
    )
    assert len(np.unique(noise)) == noise.size
    assert (squares == noise[:, [0, 0, 0, 3, 3, 3, 6]][:, :, [0, 0, 0, 3, 3, 3, 6, 6]]).all()


def normalised(X: Any, training: bool | None) -> Any:
    return keras.layers.BatchNormalization()(X, training=training)


@pytest.mark.parametrize("told_at_the_call", [True, False, None])
def test_batch_norms_are_asked_in_training_and_out_of_it(told_at_the_call: bool | None) -> None:
    """By the batch, each channel has mean β and deviation γ; by the averages, it has not."""
    X = np.random.default_rng(0).normal(7, 3, size=(4, 5, 6, 2))
    keys = ["predictions", "predictions_in_training", "predictions_as_called"]
    facts = told(normalised, "keras_block", (X, told_at_the_call), keys=keys)
    weights = told(lambda X: keras.layers.Dense(2)(0 * X), "keras_block", (X,), keys=keys)
    gamma = beta = weights["predictions"][0, 0, 0]  # every weight of this shape is the same
    by_batch = gamma * (X - X.mean(axis=(0, 1, 2))) / np.sqrt(X.var(axis=(0, 1, 2)) + 1e-3) + beta
    by_averages = gamma * (X - gamma) / np.sqrt(gamma + 1e-3) + beta
    assert np.allclose(facts["predictions"], by_averages, atol=1e-4)
    assert np.allclose(facts["predictions_in_training"], by_batch, atol=1e-4)
    as_called = by_batch if told_at_the_call else by_averages
    assert np.allclose(facts["predictions_as_called"], as_called, atol=1e-4)


def test_a_block_gets_the_initializer_that_is_named() -> None:
    def block(X: Any, initializer: Any = keras.initializers.Zeros) -> Any:
        for name in ("Ones", initializer, initializer(seed=0)):
            X = keras.layers.Conv2D(2, 3, kernel_initializer=name)(X)
        return X

    X = np.zeros((1, 8, 8, 2))
    for name, narrow in (("random_uniform", 2), ("he_normal", 0)):
        told_kernels = told(block, "keras_block", (X,), keys=["narrow_kernels"], initializer=name)
        assert told_kernels == {"narrow_kernels": narrow}


def test_a_block_may_take_and_return_several_tensors() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 3, 4, 5)), rng.normal(size=(2, 3, 4, 2))

    def joined_and_doubled(one: Any, other: Any, axis: int) -> Any:
        return keras.ops.concatenate([one, other], axis=axis), 2 * other

    facts = told(
        joined_and_doubled,
        "keras_block",
        (one, other, -1),
        keys=["output_shape", "predictions"],
        outputs=2,
    )
    assert facts["output_shape"] == [[3, 4, 7], [3, 4, 2]]
    joined, doubled = facts["predictions"]
    assert np.allclose(joined, np.concatenate([one, other], axis=-1), atol=1e-6)
    assert np.allclose(doubled, 2 * other, atol=1e-6)


def test_one_tensor_for_two_is_named() -> None:
    result = ask(lambda X: X, "keras_block", (np.zeros((1, 2, 2, 1)),), keys=[], outputs=2)
    assert "should return 2 Keras tensors, and returned KerasTensor" in result["error"]["message"]


@pytest.mark.parametrize(
    ("initializer", "scaled", "reach"),
    [("he_normal", 1.0, 2.27), ("he_uniform", 1.0, 1.73), ("lecun_normal", 0.71, 2.27)],
)
def test_starts_tell_initializers_apart(initializer: str, scaled: float, reach: float) -> None:
    def block(X: Any) -> Any:
        return keras.layers.Conv2D(40, 3, kernel_initializer=initializer)(X)

    facts = told(block, "keras_block", (np.zeros((1, 5, 5, 30)),), keys=["starts"])
    assert facts["starts"] == [
        [3, 3, 30, 40, pytest.approx(scaled, 0.04), pytest.approx(reach, 0.02)]
    ]


def test_two_dropouts_do_not_draw_the_same() -> None:
    def dropped_twice(X: Any) -> Any:
        return [keras.layers.Dropout(0.5)(X) for _ in range(2)]

    X, keys = np.ones((2, 5, 6, 3)), ["predictions_in_training"]
    facts = told(dropped_twice, "keras_block", (X,), keys=keys, outputs=2)
    one, other = facts["predictions_in_training"]
    assert set(np.unique(one)) == set(np.unique(other)) == {0, 2}
    assert 0.3 < np.mean(one != other) < 0.7


def test_spread_in_training_is_that_of_dropout() -> None:
    """Of one number times a weight, dropped with probability p: it varies by √(p / (1 − p))."""

    def dropping(rate: float) -> Any:
        inputs = keras.Input((1, 1, 1))
        dropped = keras.layers.Dropout(rate)(inputs)
        return keras.Model(inputs, keras.layers.Conv2D(2, 1)(dropped))

    spreads = [
        told(dropping, "keras_model", (rate,), keys=["spread_in_training"])["spread_in_training"]
        for rate in (0.0, 0.2, 0.5)
    ]
    assert not spreads[0].any()
    assert np.allclose(spreads[1] / spreads[2], 0.5, rtol=0.05)


@pytest.mark.parametrize(
    ("after", "places"), [("flatten", []), ("softmax", [[3]]), ("convolution", [[4, 4, 2]])]
)
def test_dropout_may_stand_before_the_last_layer_only(after: str, places: list[Any]) -> None:
    def build(shape: tuple[int, ...]) -> Any:
        layers = {
            "convolution": keras.layers.Conv2D(2, 3),
            "flatten": keras.layers.Flatten(),
            "softmax": keras.layers.Dense(3, activation="softmax"),
        }
        chain = keras.Sequential()  # one within another hides nothing
        for name, layer in layers.items():
            chain.add(layer)
            if name == after:
                chain.add(keras.layers.Dropout(0.5))
        return keras.Sequential([keras.Input(shape), chain])

    keys = ["dropout_elsewhere", "sums_in_training"]
    facts = told(build, "keras_model", ((6, 6, 1),), keys=keys)
    assert facts["dropout_elsewhere"] == places
    assert np.allclose(facts["sums_in_training"], 1, atol=1e-5) == (after != "softmax")


def test_pictures_may_be_brighter() -> None:
    def same(shape: tuple[int, ...]) -> Any:
        return keras.Sequential([keras.Input(shape), keras.layers.ReLU()])

    plain, bright = (
        told(same, "keras_model", ((5, 6, 2),), keys=["predictions"], **options)["predictions"]
        for options in ({}, {"brightest": 5})
    )
    assert 0.9 < plain.max() < 1
    assert np.allclose(bright, 5 * plain)


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


def small_classifier() -> tuple[tuple[int, ...], list[Any], np.ndarray]:
    """What `keras_detector` is asked with: 6×6 pixels, one dense layer, and larger pictures."""
    layers = [
        ("Conv2D", {"filters": 4, "kernel_size": 3}),
        ("MaxPooling2D", {"pool_size": 2}),
        ("Flatten", {}),
        ("Dense", {"units": 3, "activation": "softmax"}),
    ]
    return (6, 6, 2), layers, np.random.default_rng(0).uniform(size=(2, 8, 10, 2)).astype("f4")


def as_convolutions(model: keras.Model) -> keras.Model:
    first, pool, _, dense = model.layers
    last = keras.layers.Conv2D(3, 2, activation="softmax")
    inputs = keras.Input((None, None, 2))
    detector = keras.Model(inputs, last(pool(first(inputs))))
    kernel, bias = dense.get_weights()
    last.set_weights([kernel.reshape(2, 2, 4, 3), bias])
    return detector


class WindowByWindow(keras.Model):
    def __init__(self, classifier: keras.Model) -> None:
        super().__init__()
        self.classifier = classifier

    def call(self, images: Any) -> Any:
        rows = [
            keras.ops.stack(
                [self.classifier(images[:, y : y + 6, x : x + 6]) for x in (0, 2, 4)], axis=1
            )
            for y in (0, 2)
        ]
        return keras.ops.stack(rows, axis=1)


def test_a_detector_that_flattens_still_asks_window_by_window() -> None:
    convolutional = told(as_convolutions, "keras_detector", small_classifier())
    by_windows = told(WindowByWindow, "keras_detector", small_classifier())
    assert np.allclose(convolutional["outputs"][0], by_windows["outputs"][0], atol=1e-5)
    assert convolutional["outputs"][0].shape == (2, 2, 3, 3)
    assert (convolutional["flattens"], by_windows["flattens"]) == (False, True)


def test_a_detector_holds_its_weights() -> None:
    """Numbers that were baked in cannot be learnt from, saved or loaded."""

    def baked(model: keras.Model) -> keras.Model:
        detector = as_convolutions(model)
        inputs = keras.Input((None, None, 2))
        layer = keras.layers.Lambda(lambda x: detector(x), output_shape=(None, None, 3))
        return keras.Model(inputs, layer(inputs))

    def keeping(model: keras.Model) -> keras.Model:
        detector = as_convolutions(model)
        detector.classifier = model
        return detector

    facts = [
        told(function, "keras_detector", small_classifier())
        for function in (as_convolutions, baked, keeping)
    ]
    assert [fact["has_weights"] for fact in facts] == [True, False, True]


def test_a_spoilt_classifier_is_seen() -> None:
    def spoiling(model: keras.Model) -> keras.Model:
        detector = as_convolutions(model)
        model.layers[-1].set_weights([0 * weight for weight in model.layers[-1].get_weights()])
        return detector

    kept = told(as_convolutions, "keras_detector", small_classifier())
    spoilt = told(spoiling, "keras_detector", small_classifier())
    assert np.allclose(kept["outputs"][0], spoilt["outputs"][0], atol=1e-5)
    assert not np.allclose(kept["classifier"], spoilt["classifier"], atol=1e-2)


def test_forgotten_weights_are_the_same_ones_each_time() -> None:
    def forgetful(model: keras.Model) -> keras.Model:
        inputs = keras.Input((None, None, 2))
        return keras.Model(inputs, keras.layers.Conv2D(3, 4)(inputs))

    one, other = (told(forgetful, "keras_detector", small_classifier()) for _ in range(2))
    assert np.array_equal(one["outputs"][0], other["outputs"][0])


def test_a_detector_must_be_a_model() -> None:
    result = ask(lambda model: model.outputs[0], "keras_detector", small_classifier())
    assert "should return a Keras model, and returned KerasTensor" in result["error"]["message"]


# Models of two inputs, models as arguments, gradients


def head(size: int) -> keras.Model:
    one, other = keras.Input((size,)), keras.Input((size,))
    return keras.Model([one, other], keras.layers.Dense(1)(keras.ops.abs(one - other)))


class OwnHead(keras.Model):
    """The same, without weights until it is called."""

    def __init__(self) -> None:
        super().__init__()
        self.unit = keras.layers.Dense(1)

    def call(self, inputs: Any) -> Any:
        return self.unit(abs(inputs[0] - inputs[1]))


def test_a_pair_is_asked_about_both_arrays() -> None:
    rng = np.random.default_rng(0)
    pair = rng.normal(size=(3, 5)), rng.normal(size=(3, 5))
    keys = ["output_shape", "weights", "predictions"]
    facts = told(head, "keras_pair", pair, keys=keys)
    assert facts["output_shape"] == [1] and facts["weights"] == [[1], [5, 1]]
    turned = told(head, "keras_pair", pair[::-1], keys=keys)["predictions"]
    own = told(lambda size: OwnHead(), "keras_pair", pair, keys=["predictions"])["predictions"]
    assert facts["predictions"].shape == (3, 1)
    assert np.allclose(facts["predictions"], turned, atol=1e-6)
    assert np.allclose(facts["predictions"], own, atol=1e-6)


@pytest.mark.parametrize("call", [lambda m, x: m(x), lambda m, x: m.predict(x, verbose=0)])
def test_an_array_becomes_a_model(call: Any) -> None:
    rng = np.random.default_rng(0)
    image, filters = rng.normal(size=(2, 3, 1)), rng.normal(size=(2, 3, 1, 4))

    def encode(image: Any, model: Any, batch: int) -> Any:
        return call(model, np.stack([image] * batch))

    encoded = np.asarray(told(encode, "with_model", (image, filters, 2), place=1))
    wanted = np.einsum("hwc,hwcd->d", image, filters)
    assert np.allclose(encoded, [wanted, wanted], atol=1e-5)


def test_gradients_come_with_the_answer() -> None:
    one, other = np.array([[1.0, 2.0]]), np.array([[3.0, 5.0]])
    found = told(
        lambda scale, pair: scale * keras.ops.sum(pair[0] * pair[1]),
        "with_gradients",
        (2.0, [one, other]),
        place=1,
    )
    assert float(found["value"]) == 26
    assert np.allclose(found["gradients"], [2 * other, 2 * one])


@pytest.mark.parametrize(
    ("function", "wanted"),
    [
        (lambda pair: np.sum(pair[0]), "a tensor should come"),
        (lambda pair: keras.ops.sum(pair[0]), "no way back"),
    ],
)
def test_an_answer_without_gradients_is_named(function: Any, wanted: str) -> None:
    pair = [np.ones((2, 2)), np.ones((2, 2))]
    assert wanted in ask(function, "with_gradients", (pair,), place=0)["error"]["message"]


def test_a_string_of_numpy_is_a_string() -> None:
    result = evaluate(
        {"f": lambda: np.array(["Ada"])[0]},
        pack(
            {
                "function": "f",
                "args": (),
                "options": {},
                "calls": 1,
                "probe": None,
                "probe_options": {},
            }
        ),
    )
    assert type(unpack(pack(result))["answers"][0]) is str
