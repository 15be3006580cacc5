"""Transfer learning: the questions about it, what chance may do to them, and its pictures."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from conftest import ROOT

from convwork.answers import evaluate
from convwork.authoring.references import solved_namespace
from convwork.course import attach_head, show_colour_axes, show_scores, show_timelines
from convwork.coursedir import Notebook
from convwork.grading.cases import Case, load_exercises
from convwork.grading.here import answer_here
from convwork.grading.judge import fault
from convwork.grading.questions import request_for
from convwork.trees import pack

matplotlib.use("agg")

NOTEBOOK = Notebook(ROOT, "week2", "transfer_learning")
EXERCISES = load_exercises(NOTEBOOK.tests)
BY_CHANCE = [
    pytest.param(EXERCISES[name], case, id=f"{name}-{case.name}")
    for name in ("mirror", "random_crop", "color_shift", "pca_color_shift")
    for case in EXERCISES[name].cases
]
DENSE = ("Dense", {"name": "dense", "units": 2})
NORM = ("BatchNormalization", {"name": "norm"})
CHAIN = (("Conv2D", {"name": "conv", "filters": 3, "kernel_size": 2}), NORM, ("Flatten", {}), DENSE)


def told(function: Callable[..., Any], probe: str, args: tuple[Any, ...], **options: Any) -> Any:
    request = {"function": "f", "args": args, "options": {}, "calls": 1}
    data = pack(request | {"probe": probe, "probe_options": options})
    result = evaluate({"f": function}, data)
    assert result["error"] is None, result["error"]
    return result["answers"][0]


# --- chance -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("exercise", "case"), BY_CHANCE)
def test_no_right_solution_fails_by_bad_luck(exercise: Any, case: Case) -> None:
    solution = {exercise.name: solved_namespace(NOTEBOOK)[exercise.name]}
    for seed in range(8):
        inputs = case.inputs(np.random.default_rng([seed, 5]))
        got = answer_here(solution, request_for(exercise, case, inputs))
        assert fault(exercise, case, inputs, got, got) is None


@pytest.mark.parametrize(("exercise", "case"), BY_CHANCE)
@pytest.mark.parametrize("own", ["global", "unseeded"])
def test_chance_must_come_from_the_generator(exercise: Any, case: Case, own: str) -> None:
    """A right solution that is given another generator than the one it was called with."""
    right = solved_namespace(NOTEBOOK)[exercise.name]

    def wrong(*args: Any) -> Any:
        seed = np.random.randint(2**31) if own == "global" else None
        return right(*args[:-1], np.random.default_rng(seed))

    inputs = case.inputs(np.random.default_rng(1))
    got = answer_here({exercise.name: wrong}, request_for(exercise, case, inputs))
    assert fault(exercise, case, inputs, got, got)


def test_each_draw_is_kept_as_it_was() -> None:
    room = np.zeros(3)

    def fill(seeded: np.random.Generator) -> np.ndarray:
        room[:] = seeded.random(3)
        return room

    found = told(fill, "randomised", (7,), draws=3)
    expected = np.random.default_rng(7).random((3, 3))
    assert np.array_equal(found["draws"], expected)
    assert np.array_equal(found["again"], expected)


def test_draws_are_one_array_only_if_they_are_alike() -> None:
    def some(rng: np.random.Generator) -> np.ndarray:
        return np.zeros(int(rng.integers(1, 9)))

    found = told(some, "randomised", (0,), draws=20)
    assert isinstance(found["draws"], list)
    assert len({draw.shape for draw in found["draws"]}) > 1
    assert isinstance(told(lambda rng: rng.random(2), "randomised", (0,))["draws"], np.ndarray)
    assert told(lambda rng: "a word", "randomised", (0,))["draws"] == ["a word", "a word"]


def test_only_the_first_call_can_change_the_arguments() -> None:
    def spoil(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        image += 1
        return image

    found = told(spoil, "randomised", (0, np.zeros(3)), draws=2)
    assert np.array_equal(found["draws"], np.ones((2, 3)))
    assert np.array_equal(found["again"], np.ones((2, 3)))


# --- questions about models ---------------------------------------------------------------------


def kept(base: keras.Model, images: np.ndarray, path: str) -> np.ndarray:
    if not Path(path).exists():
        features = np.asarray(base(images))
        with h5py.File(path, "w") as file:
            file["features"] = features
    with h5py.File(path) as file:
        return np.asarray(file["features"])


def test_features_and_file() -> None:
    images, others = np.ones((3, 4, 4, 1), np.float32), np.zeros((2, 4, 4, 1), np.float32)
    found = told(kept, "keras_features", ((4, 4, 1), CHAIN, images, others, None))
    assert found["features"].shape == (3, 2)
    assert np.array_equal(found["features"], found["in the file"])
    assert np.array_equal(found["features"], found["second call"])
    assert found["weights moved"] == 0


def test_a_missing_file_is_named_without_its_path() -> None:
    def forget(base: keras.Model, images: np.ndarray, path: str) -> np.ndarray:
        return np.asarray(base(images))

    images = np.ones((1, 4, 4, 1), np.float32)
    with pytest.raises(AssertionError, match="no file at the path") as caught:
        told(forget, "keras_features", ((4, 4, 1), CHAIN, images, None, None))
    assert "/tmp" not in str(caught.value)


def test_a_failed_call_comes_first() -> None:
    calls = []

    def extract(base: keras.Model, images: np.ndarray, path: str) -> np.ndarray:
        calls.append(images.shape)
        return kept(base, images, path)

    images, misfits = np.ones((3, 4, 4, 1), np.float32), np.ones((1, 4, 4, 2), np.float32)
    found = told(extract, "keras_features", ((4, 4, 1), CHAIN, images, images, misfits))
    assert calls == [misfits.shape, images.shape, images.shape]
    assert found["file after the failure"] is False
    assert found["datasets"] == 1


def test_a_file_left_behind_is_seen() -> None:
    def open_first(base: keras.Model, images: np.ndarray, path: str) -> np.ndarray:
        with h5py.File(path, "a") as file:
            if "features" not in file:
                file["features"] = np.asarray(base(images))
            return np.asarray(file["features"])

    images, misfits = np.ones((3, 4, 4, 1), np.float32), np.ones((1, 4, 4, 2), np.float32)
    found = told(open_first, "keras_features", ((4, 4, 1), CHAIN, images, None, misfits))
    assert found["file after the failure"] is True


@pytest.mark.parametrize("place", [0, 1, 2])
def test_layers_frozen_one_by_one_and_a_metric_of_any_name_and_place(place: int) -> None:
    frozen = []

    def tune(model: keras.Model, _n_layers: int, learning_rate: float) -> keras.Model:
        frozen.extend(layer.name for layer in model.layers if not layer.trainable)
        metrics = [
            keras.metrics.SparseTopKCategoricalAccuracy(2, name="an accuracy of two guesses"),
            keras.metrics.SparseTopKCategoricalAccuracy(2, name="accuracy of two guesses"),
        ]
        metrics.insert(place, keras.metrics.SparseCategoricalAccuracy(name="right"))
        model.compile(
            keras.optimizers.AdamW(learning_rate),
            "sparse_categorical_crossentropy",
            metrics=metrics,
        )
        return model

    images = np.random.default_rng(0).uniform(size=(4, 4, 4, 1)).astype(np.float32)
    layers = (*CHAIN, ("Softmax", {"name": "answer"}))
    labels = np.arange(4) % 2
    found = told(tune, "keras_tuned", ((4, 4, 1), layers, ("conv",), 2, 0.01, images, labels))
    assert frozen == ["conv"]
    assert found["accuracy"] == np.mean(found["predictions"].argmax(axis=1) == labels) < 1
    assert found["optimiser is Adam"] is False


def test_one_step_moves_what_may_learn() -> None:
    def tune(model: keras.Model, n_layers: int, learning_rate: float) -> keras.Model:
        model.trainable = True
        for layer in model.layers[:-n_layers]:
            layer.trainable = False
        model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy")
        return model

    images = np.random.default_rng(0).uniform(size=(6, 4, 4, 1)).astype(np.float32)
    softmax = ("Softmax", {"name": "answer"})
    args = ((4, 4, 1), (*CHAIN, softmax), True, 2, 0.01, images, np.arange(6) % 2)
    found = told(tune, "keras_tuned", args)
    assert found["moved"].keys() == {"conv", "norm", "dense"}
    assert found["moved"]["conv"] == found["moved"]["norm"] == 0
    assert np.isclose(found["moved"]["dense"], 0.01, rtol=1e-3)
    picked = found["predictions"][np.arange(6), np.arange(6) % 2]
    assert np.isclose(found["loss"], -np.log(picked).mean(), rtol=1e-4)
    assert found["accuracy"] is None
    assert not np.allclose(found["predictions"], found["afterwards"])


def test_models_and_plain_functions_are_asked_together() -> None:
    images = np.random.default_rng(0).uniform(size=(2, 4, 4, 3)).astype(np.float32)
    matrix = np.arange(6.0).reshape(3, 2)

    def outputs(models: list[Any], images: np.ndarray) -> list[np.ndarray]:
        assert isinstance(models[1], keras.Model)
        return [np.asarray(model(images)) for model in models]

    plain, network = told(outputs, "ensemble", (images, matrix, CHAIN))
    assert np.allclose(plain, images.mean(axis=(1, 2)) @ matrix)
    assert network.shape == (2, 2)


# --- given code ---------------------------------------------------------------------------------


def test_a_head_on_a_base_shares_the_weights_of_both() -> None:
    base = keras.Sequential([keras.Input((6, 6, 1)), keras.layers.Conv2D(2, 3)])
    head = keras.Sequential(
        [keras.Input((4, 4, 2)), keras.layers.GlobalAveragePooling2D(), keras.layers.Dense(3)]
    )
    whole = attach_head(base, head)
    images = np.random.default_rng(0).normal(size=(5, 6, 6, 1)).astype(np.float32)
    assert np.allclose(whole(images), head(base(images)), atol=1e-6)
    assert not any(isinstance(layer, keras.Model) for layer in whole.layers)
    assert {id(weight) for weight in whole.weights} == {
        id(weight) for weight in base.weights + head.weights
    }


def words() -> list[str]:
    """All that is written in the one figure, which is not too large."""
    (number,) = plt.get_fignums()
    figure = plt.figure(number)
    width, height = figure.get_size_inches()
    assert width <= 10 and height <= 5
    figure.canvas.draw()
    found = [text.get_text() for text in figure.findobj(matplotlib.text.Text)]
    plt.close("all")
    return found


def test_pictures_say_what_they_show() -> None:
    show_scores({"one": [0.5, 0.251], "two": [1.0, 0.0]}, ["known", "new"], chance=1 / 6)
    assert {"one", "two", "known", "new", "50%", "25%", "100%", "guessing"} <= set(words())
    show_timelines({"slow": {"reading": [(5.0, 6.0)], "learning": [(6.0, 6.5)]}})
    assert {"slow: reading", "slow: learning", "seconds"} <= set(words())
    show_colour_axes(np.random.default_rng(0).random((50, 3)), np.eye(3), [0.1, 0.2, 0.3])
    assert {"red", "green", "blue"} <= set(words())
