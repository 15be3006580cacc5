"""Wrong solutions of week 1 that are no misconceptions: they lose points, without false remarks."""

import textwrap
from dataclasses import dataclass

import pytest
from conftest import ROOT
from local_kernel import LocalKernel

from convwork import coursedir
from convwork.authoring.classroom import solved
from convwork.grading.cases import load_exercises
from convwork.grading.handout import read_handout
from convwork.grading.runner import grade_in
from convwork.grading.session import Limits, Session
from convwork.grading.submission import restore


@dataclass(frozen=True)
class Wrong:
    """A function, and the misconceptions that it must not be taken for."""

    what: str
    notebook: str
    exercise: str
    source: str
    is_not: tuple[str, ...] = ()


WRONG = (
    Wrong(
        "answers kept by shape",
        "edge_detection",
        "convolve2d",
        """
        known = {}

        def convolve2d(image, kernel, stride=1, pad=0):
            key = image.shape, kernel.shape, stride, pad
            if key not in known:
                padded = np.pad(image, pad)
                windows = np.lib.stride_tricks.sliding_window_view(padded, kernel.shape)
                known[key] = np.einsum("ijuv,uv->ij", windows[::stride, ::stride], kernel)
            return known[key]
        """,
    ),
    Wrong(
        "weights kept from call to call",
        "edge_detection",
        "learn_kernel",
        """
        def learn_kernel(image, target, steps, learning_rate, kernel=np.zeros((3, 3))):
            for _ in range(steps):
                error = convolve2d(image, kernel) - target
                kernel -= learning_rate * 2 * convolve2d(image, error) / error.size
            return kernel
        """,
        is_not=("one step too many",),
    ),
    Wrong(
        "mean over a square of the target's height",
        "edge_detection",
        "learn_kernel",
        """
        def learn_kernel(image, target, steps, learning_rate):
            kernel = np.zeros((3, 3))
            for _ in range(steps):
                error = convolve2d(image, kernel) - target
                gradient = 2 * convolve2d(image, error) / len(error) ** 2
                kernel = kernel - learning_rate * gradient
            return kernel
        """,
        is_not=("two lost", "mean over the weights"),
    ),
    Wrong(
        "mean over a square of the target's width",
        "edge_detection",
        "learn_kernel",
        """
        def learn_kernel(image, target, steps, learning_rate):
            kernel = np.zeros((3, 3))
            for _ in range(steps):
                error = convolve2d(image, kernel) - target
                gradient = 2 * convolve2d(image, error) / error.shape[1] ** 2
                kernel = kernel - learning_rate * gradient
            return kernel
        """,
        is_not=("two lost", "mean over the weights"),
    ),
    Wrong(
        "rounded to a tenth",
        "convolution_layers",
        "create_mask_from_window",
        """
        def create_mask_from_window(x):
            return np.round(x, 1) == np.round(x, 1).max()
        """,
    ),
    Wrong(
        "divided by the maximum",
        "convolution_layers",
        "create_mask_from_window",
        """
        def create_mask_from_window(x):
            return x / x.max() == 1
        """,
    ),
    Wrong(
        "sum times bias",
        "convolution_layers",
        "conv_single_step",
        """
        def conv_single_step(a_slice_prev, W, b):
            return (a_slice_prev * W).sum() * b.item()
        """,
        is_not=("ReLU included", "bias left out"),
    ),
    Wrong(
        "no gradient for zeros",
        "convolution_layers",
        "pool_backward",
        """
        def pool_backward(dA, cache, mode="max"):
            A_prev, hparameters = cache
            f, stride = hparameters["f"], hparameters["stride"]
            dA_prev = np.zeros(A_prev.shape)
            for i, h, w, c in np.ndindex(*dA.shape):
                place = np.s_[i, h * stride : h * stride + f, w * stride : w * stride + f, c]
                window = A_prev[place]
                mask = (window == window.max()) & (window != 0)
                dA_prev[place] += dA[i, h, w, c] * (mask if mode == "max" else 1 / f**2)
            return dA_prev
        """,
        is_not=("gradient times input",),
    ),
)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: f"{wrong.exercise}-{wrong.what}")
def test_loses_points_without_false_remarks(wrong: Wrong) -> None:
    (notebook,) = coursedir.notebooks(ROOT, "week1", wrong.notebook)
    declared = load_exercises(notebook.tests)[wrong.exercise].misconceptions
    false = {m.says for m in declared if m.name in wrong.is_not}
    assert len(false) == len(wrong.is_not)
    handout = read_handout(notebook)
    nb = solved(notebook, {wrong.exercise: textwrap.dedent(wrong.source)})
    restore(nb, handout)
    judged = grade_in(Session(LocalKernel(), Limits()), nb, handout, only=[wrong.exercise])
    (verdict,) = judged.exercises
    assert verdict.score < verdict.points
    assert not false & {case.misconception for case in verdict.cases}
