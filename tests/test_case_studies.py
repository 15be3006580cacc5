"""Pictures of whole networks: what the numbers on them are, and that plans take no memory."""

import keras
import matplotlib
import matplotlib.pyplot as plt
import psutil
import pytest

from convwork.course import (
    layer_costs,
    show_block,
    show_branches,
    show_layers,
    show_networks,
    show_shares,
    without_weights,
)

matplotlib.use("agg")

WIDEST, HIGHEST = 10, 5


@pytest.fixture(autouse=True)
def closed_figures() -> None:
    plt.close("all")


def words() -> list[str]:
    """All that is written in the one figure, which is not too large."""
    (number,) = plt.get_fignums()
    figure = plt.figure(number)
    width, height = figure.get_size_inches()
    assert width <= WIDEST and height <= HIGHEST
    figure.canvas.draw()
    return [text.get_text() for text in figure.findobj(matplotlib.text.Text)]


def small() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((9, 11, 2)),
            keras.layers.Conv2D(4, 3, strides=2),
            keras.layers.ReLU(),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(5),
        ]
    )


def nested() -> keras.Model:
    inner = keras.Sequential([keras.Input((9, 11, 2)), keras.layers.Conv2D(4, 3, strides=2)])
    inputs = keras.Input((9, 11, 2))
    x = keras.layers.Flatten()(keras.layers.MaxPooling2D(2)(inner(inputs)))
    return keras.Model(inputs, keras.layers.Dense(5)(x))


@pytest.mark.parametrize("build", [small, nested])
def test_layers_are_counted(build: type) -> None:
    """By hand: 4·5 places of the convolution, 18·4 weights; 2·2·4 numbers into 5 units."""
    show_layers(build(), "mine")
    written = words()
    for wanted in ("mine", "convolution 3×3, stride 2", "4 × 5 × 4", "76", "1,440"):
        assert wanted in written
    for wanted in ("dense", "85", "80", "together", "161", "1,520"):
        assert wanted in written
    assert not any("relu" in text.lower() for text in written)


def test_costs_by_kind() -> None:
    assert layer_costs(small()) == {"parameters": (76, 85), "multiplications": (1440, 80)}


def test_a_plan_has_counts_and_takes_no_memory() -> None:
    """Not even later: Keras would like to fill it when its next scope without state ends."""
    before = psutil.Process().memory_info().rss
    with without_weights():
        model = keras.Sequential([keras.Input((1000,)), keras.layers.Dense(900_000)])
        show_layers(model)
    other = small()
    other.stateless_call(other.trainable_variables, [], keras.ops.zeros((1, 9, 11, 2)))
    assert model.count_params() == 900_900_000
    assert "900,000,000" in words()
    assert psutil.Process().memory_info().rss - before < 500 << 20


def test_networks_are_named() -> None:
    show_networks({"one": [(8, 8, 1), (4, 4, 3), (10,)], "two": [(16, 9, 3), (2,)]})
    written = words()
    for wanted in ("one", "two", "8×8×1", "4×4×3", "10", "16×9×3"):
        assert wanted in written


@pytest.mark.parametrize("shortcut", [[], [("1 × 1", "8 × 8 × 4")]])
def test_a_block_has_two_paths_that_are_added(shortcut: list[tuple[str, str]]) -> None:
    show_block("9 × 9 × 2", [("3 × 3", "8 × 8 × 3"), ("5 × 5", "8 × 8 × 4")], shortcut)
    written = words()
    for word in ("X", "9 × 9 × 2", "3 × 3", "8 × 8 × 3", "5 × 5", "+", "ReLU"):
        assert written.count(word) == 1
    assert written.count("8 × 8 × 4") == 2 + len(shortcut)
    assert ("1 × 1" in written) == bool(shortcut)


def test_branches_are_joined() -> None:
    show_branches((7, 8, 6), [[("1 × 1", 2)], [("1 × 1", 3), ("3 × 3", 5)]])
    written = words()
    for wanted in ("7 × 8 × 6", "7 × 8 × 2", "7 × 8 × 3", "7 × 8 × 5", "7 × 8 × 7"):
        assert wanted in written


def test_shares_add_up() -> None:
    show_shares({"net": [(1, 3), (4, 1)]}, ["this", "that"])
    written = words()
    for wanted in ("this", "that", "net", "25%", "dense 75%", "convolutions 80%", "20%"):
        assert wanted in written
