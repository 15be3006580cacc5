"""The drawings of classifiers: what they show, and what they refuse."""

from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest

from convwork.course import (
    show_confusion_matrix,
    show_learning_curves,
    show_network,
    show_worst_mistakes,
)

NAMES = ("cat", "dog", "bus")


@pytest.fixture(autouse=True)
def _close_figures() -> Iterator[None]:
    yield
    plt.close("all")


def texts() -> list[str]:
    """Everything that is written in the current figure's axes, titles included."""
    found = [text.get_text() for axis in plt.gcf().axes for text in axis.texts]
    titles = [axis.get_title(loc) for axis in plt.gcf().axes for loc in ("left", "center")]
    return [text for text in found + titles if text]


def test_a_network_shows_shapes_layers_and_counts() -> None:
    layers: list[dict[str, Any]] = [
        {"type": "conv", "f": 5, "filters": 8, "stride": 2, "pad": 1},
        {"type": "pool", "f": 2},
        {"type": "flatten"},
        {"type": "dense", "units": 10},
    ]
    show_network((32, 32, 3), layers, [(15, 15, 8), (7, 7, 8), (392,), (10,)], [608, 0, 0, 3930])
    written = texts()
    assert {"32 × 32 × 3", "15 × 15 × 8", "392", "3,930", "pool 2×2"} <= set(written)
    assert "conv 5×5, stride 2\npad 1" in written


def test_a_network_may_come_without_counts() -> None:
    show_network((8, 8, 1), [{"type": "pool", "f": 2}], [(4, 4, 1)])
    assert "parameters:" not in texts()


def test_learning_curves_draw_training_and_validation() -> None:
    curves = {"loss": [1, 0.5], "val_loss": [1, 0.7], "accuracy": [0.5, 1]}
    show_learning_curves(curves, {"loss": [2, 1], "accuracy": [0, 1]}, names=["one", "two"])
    loss, accuracy = plt.gcf().axes
    assert [line.get_label() for line in loss.lines] == [
        "one, training",
        "one, validation",
        "two, training",
    ]
    assert list(loss.lines[1].get_ydata()) == [1, 0.7]
    assert len(accuracy.lines) == 2


def test_learning_curves_take_what_fit_returned() -> None:
    class History:
        history = {"loss": [1.0], "accuracy": [0.5]}  # noqa: RUF012

    show_learning_curves(History())
    assert len(plt.gcf().axes[0].lines) == 1


def test_a_confusion_matrix_counts_rows_by_truth() -> None:
    show_confusion_matrix([0, 0, 0, 1, 1], [0, 0, 1, 1, 1], NAMES)
    axis = plt.gcf().axes[0]
    cells = {text.get_position(): text.get_text() for text in axis.texts}
    assert cells == {(0, 0): "2", (1, 0): "1", (1, 1): "2"}  # (column, row)


def test_the_surest_mistakes_come_first() -> None:
    probabilities = np.array([[0.1, 0.9, 0], [0.6, 0.4, 0], [0.2, 0.1, 0.7], [0, 0, 1]])
    show_worst_mistakes(np.zeros((4, 5, 5, 1)), [0, 1, 2, 0], probabilities, NAMES, count=2)
    assert texts() == ["says bus (100%)\nis cat", "says dog (90%)\nis cat"]


def test_no_mistake_is_said_so() -> None:
    with pytest.raises(ValueError, match="every answer is right"):
        show_worst_mistakes(np.zeros((1, 5, 5)), [1], [[0, 1, 0]], NAMES)
