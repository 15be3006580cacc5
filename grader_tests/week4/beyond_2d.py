"""Hidden tests of the notebook `beyond_2d`."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from convwork.grading.cases import Case, Exercise, Misconception

Builder = Callable[[Generator], tuple[Any, ...]]


def layer_case(name: str, inputs: Builder, **options: Any) -> Case:
    """A case with room for layers that compute in float32, as Keras's do."""
    return Case(name, inputs, options=options, rtol=1e-4, atol=1e-5)


def layer(
    inputs: tuple[int, ...], f: int, filters: int, *geometry: int, dtype: str = "float64"
) -> Builder:
    """Arguments of a layer.

    inputs: (m, sizes in each direction, n_C_prev). geometry: stride and pad, by position.
    """
    directions = len(inputs) - 2

    def build(rng: Generator) -> tuple[Any, ...]:
        A_prev = rng.normal(size=inputs)
        W = rng.normal(size=(f,) * directions + (inputs[-1], filters))
        b = rng.uniform(1, 3, size=(1,) * (directions + 1) + (filters,))
        b *= rng.choice([-1, 1], size=b.shape)
        return *(array.astype(dtype) for array in (A_prev, W, b)), *geometry

    return build


def whole_numbers(
    inputs: tuple[int, ...], f: int, *geometry: int, fractions: tuple[str, ...] = ()
) -> Builder:
    """One filter and one channel, of integers; those of the arguments with fractions are floats."""
    directions = len(inputs) - 2

    def build(rng: Generator) -> tuple[Any, ...]:
        A_prev = rng.integers(-4, 5, size=inputs)
        W = rng.integers(-4, 5, size=(f,) * directions + (1, 1))
        b = rng.integers(1, 5, size=(1,) * (directions + 2))
        found = {"A_prev": A_prev, "W": W, "b": b}
        for name in fractions:
            found[name] = found[name] + rng.uniform(0.1, 0.9, size=found[name].shape)
        return *found.values(), *geometry

    return build


BIAS_LEFT_OUT = "Every output lacks its filter's bias. Which of the arguments did you not use?"
BIAS_PER_PRODUCT = (
    "The bias went into every product, before the sum. How often does each filter's bias count "
    "in one output?"
)
ONE_BIAS = "All filters got the same bias. How many biases does the layer have?"
FIRST_FILTER = (
    "Every channel of your output came from the same filter. Which index stands for the filter?"
)
FIRST_CHANNEL = "Only the first channel of the input went into your sums. How deep is a filter?"
CHANNELS_MIXED = (
    "Your channels got the weights of other channels. Which axis of W belongs to which axis of "
    "the input?"
)
FLIPPED = "You turned the filter round. Is a layer's convolution the textbook's?"
STRIDE_NOWHERE = (
    "Your windows move by 1, whatever the stride. Where does the window of output 2 start?"
)
STRIDE_TOO_OFTEN = (
    "Your windows move by something else than the stride. Where does the window of output 1 "
    "start, and where that of output 2?"
)
WINDOW_BY_STRIDE = (
    "Your windows are as long as the stride, not as long as the filter. How far does a window of "
    "size f reach?"
)
CEILING = "You rounded the output's size up. Does the last window still lie within the input?"
NO_PADDING_IN_SIZE = (
    "The size of your output is that of a layer without padding. What does padding do to the "
    "number of places?"
)
HALF_PADDING_IN_SIZE = (
    "In the size of your output the padding counts once. On how many sides is it?"
)
LAST_WINDOW_MISSING = (
    "Your output lacks its last place in each direction. If the filter just fits, how many "
    "places has it?"
)
NOT_PADDED = "You cut the windows out of the input as it came. What stands before its first value?"
PADDED_BEFORE = "All of your zeros stand before the input. On how many sides is padding?"
PADDED_BEHIND = "All of your zeros stand behind the input. On how many sides is padding?"
PADDED_WITH_EDGES = "Your padding repeats the outermost values. What was it to be made of?"
SAME_ALWAYS = (
    "You pad so that the size stays, whatever is asked for. Which argument did you not use?"
)
FIRST_EXAMPLE = "All examples get the first one's result. Which index stands for the example?"
MEAN_OF_EXAMPLES = "All examples get the same result. What have they to do with each other?"
OUTPUT_BY_STRIDE = (
    "Your loop over the output jumps by the stride, so some of its places are never filled. "
    "What does the stride move: the output's index, or the window?"
)
RELU = "Your output has no negative numbers. Z is what the layer gives before which step?"
MEAN = "You averaged the products. What does a convolution do with them?"
INTEGERS = (
    "Your results of whole numbers are whole numbers. What type has the array that you write "
    "them into?"
)
INTEGERS_OF_SOME = (
    "Your results are whole numbers where only some of the arguments are. What type has the array "
    "that you write them into?"
)
STRIDE_IGNORED = "Your function does the same for every stride. Which argument did you not use?"
PAD_IGNORED = "Your function does the same for every padding. Which argument did you not use?"
CHANGED = "You write into an array that was given to you. Whose is it?"


def common(axes: int, zero_axis: str, bias: str) -> tuple[Misconception, ...]:
    """Faults that do not care for the number of directions.

    axes: how many axes a window and its filter share. bias: the index of the filters' biases.
    """
    product = f"np.tensordot(window, W, axes={axes}) + b[{bias}]"
    window_axes = tuple(range(1, axes + 1))
    spread = f"window[..., None] * W + b[{bias}]"
    return (
        Misconception("bias left out", BIAS_LEFT_OUT, {f" + b[{bias}]": ""}),
        Misconception(
            "bias added per product",
            BIAS_PER_PRODUCT,
            {product: f"np.sum({spread}, axis={window_axes})"},
        ),
        Misconception("first bias for all", ONE_BIAS, {f"b[{bias}]": "b.flat[0]"}),
        Misconception(
            "first filter for all",
            FIRST_FILTER,
            {"(window, W, axes": "(window, 0 * W + W[..., :1], axes"},
        ),
        Misconception(
            "first channel only",
            FIRST_CHANNEL,
            {"(window, W, axes": "(window[..., :1], W[..., :1, :], axes"},
        ),
        Misconception(
            "channels in the wrong order",
            CHANNELS_MIXED,
            {"(window, W, axes": "(window, W[..., ::-1, :], axes"},
        ),
        Misconception(
            "filter turned round",
            FLIPPED,
            {"(window, W, axes": f"(window, np.flip(W, {tuple(range(axes - 1))}), axes"},
        ),
        Misconception(
            "padding with the outermost values",
            PADDED_WITH_EDGES,
            {"(0, 0)))": '(0, 0)), mode="edge")'},
        ),
        Misconception(
            "first example for all", FIRST_EXAMPLE, {"A_prev_pad[:, ": "A_prev_pad[:1, "}
        ),
        Misconception(
            "mean of the examples",
            MEAN_OF_EXAMPLES,
            {f"{product}": f"np.tensordot(window.mean(axis=0), W, axes={axes}) + b[{bias}]"},
        ),
        Misconception("ReLU included", RELU, {"return Z": "return np.maximum(Z, 0)"}),
        Misconception(
            "mean of the products", MEAN, {f"axes={axes})": f"axes={axes}) / W[..., 0].size"}
        ),
        Misconception(
            "results in whole numbers", INTEGERS, {zero_axis: f"{zero_axis}, A_prev.dtype"}
        ),
        Misconception(
            "results of the weights' type",
            INTEGERS_OF_SOME,
            {zero_axis: f"{zero_axis}, W.dtype"},
        ),
        Misconception("stride ignored", STRIDE_IGNORED, {"    m, n_": "    stride = 1\n    m, n_"}),
        Misconception("padding ignored", PAD_IGNORED, {"    m, n_": "    pad = 0\n    m, n_"}),
        Misconception(
            "padding that keeps the size",
            SAME_ALWAYS,
            {"    m, n_": "    pad = (W.shape[0] - 1) // 2\n    m, n_"},
        ),
        Misconception(
            "input changed",
            CHANGED,
            {"    m, n_": "    A_prev -= 0.5\n    A_prev += 0.25\n    m, n_"},
        ),
    )


# conv1d_forward

START = "start = i * stride"
SIZE = "(n_prev + 2 * pad - f) // stride + 1"

conv1d_forward = Exercise(
    "conv1d_forward",
    outputs=("Z",),
    cases=(
        layer_case("14×1 and sixteen filters of 5", layer((1, 14, 1), 5, 16)),
        layer_case("10×16 and 32 filters of 5", layer((1, 10, 16), 5, 32)),
        layer_case("stride 2, padding 1", layer((2, 9, 3), 4, 2), stride=2, pad=1),
        layer_case("stride 3, padding 2", layer((3, 8, 2), 2, 4, 3, 2)),
        layer_case("stride 2, windows that do not reach the end", layer((2, 10, 2), 3, 3, 2)),
        layer_case(
            "stride 3, padding 0, as keywords",
            layer((2, 13, 3), 4, 2),
            pad=0,
            stride=3,
        ),
        layer_case("padding 1, no stride given", layer((2, 6, 2), 4, 3), pad=1),
        layer_case("padding that keeps the length", layer((1, 7, 2), 5, 3, 1, 2)),
        layer_case("filters of a single sample", layer((2, 5, 3), 1, 2)),
        layer_case("filters of a single sample, stride 2, padding 1", layer((2, 4, 3), 1, 2, 2, 1)),
        layer_case("a filter as long as the signal", layer((3, 6, 2), 6, 4)),
        layer_case("a filter longer than the signal, padding 2", layer((2, 2, 3), 5, 2, 1, 2)),
        layer_case("a signal of whole numbers, one filter", whole_numbers((1, 9, 1), 3)),
        layer_case(
            "whole numbers, and weights with fractions",
            whole_numbers((2, 8, 1), 3, 2, fractions=("W", "b")),
        ),
        layer_case(
            "a signal with fractions, and all else whole numbers",
            whole_numbers((2, 7, 1), 3, 2, fractions=("A_prev",)),
        ),
        layer_case("float32", layer((2, 9, 2), 3, 4, 2, 1, dtype="float32")),
    ),
    misconceptions=(
        Misconception("stride forgotten", STRIDE_NOWHERE, {START: "start = i"}),
        Misconception(
            "stride off by one", STRIDE_TOO_OFTEN, {START: "start = max(i * stride - 1, 0)"}
        ),
        Misconception(
            "window as long as the stride", WINDOW_BY_STRIDE, {"start + f": "start + stride"}
        ),
        Misconception(
            "size by ceiling", CEILING, {SIZE: "-(-(n_prev + 2 * pad - f) // stride) + 1"}
        ),
        Misconception(
            "size by ceiling, what is missing taken for zeros",
            CEILING,
            {
                SIZE: "-(-(n_prev + 2 * pad - f) // stride) + 1",
                "(pad, pad)": "(pad, pad + stride)",
            },
        ),
        Misconception("size without padding", NO_PADDING_IN_SIZE, {"n_prev + 2 * pad": "n_prev"}),
        Misconception(
            "size with half of the padding",
            HALF_PADDING_IN_SIZE,
            {"n_prev + 2 * pad": "n_prev + pad"},
        ),
        Misconception("last place missing", LAST_WINDOW_MISSING, {"// stride + 1": "// stride"}),
        Misconception(
            "not padded",
            NOT_PADDED,
            {"A_prev_pad[:, start": "np.pad(A_prev, ((0, 0), (0, 2 * pad), (0, 0)))[:, start"},
        ),
        Misconception("unpadded slices", NOT_PADDED, {"A_prev_pad[:, start": "A_prev[:, start"}),
        Misconception("padding before only", PADDED_BEFORE, {"(pad, pad)": "(2 * pad, 0)"}),
        Misconception(
            "half the padding, behind only",
            PADDED_BEHIND,
            {"(pad, pad)": "(0, pad)", "n_prev + 2 * pad": "n_prev + pad"},
        ),
        Misconception(
            "output in steps of the stride", OUTPUT_BY_STRIDE, {"range(n)": "range(0, n, stride)"}
        ),
        Misconception(
            "output in steps of the stride, windows by the index",
            OUTPUT_BY_STRIDE,
            {"range(n)": "range(0, n, stride)", START: "start = i"},
        ),
        Misconception(
            "channels as a direction",
            "Your output has the samples on the last axis and the filters before them. Which is "
            "which in the docstring?",
            {"return Z": "return Z.transpose(0, 2, 1)"},
        ),
        Misconception(
            "filters of five",
            "Your windows have a fixed length. What says how long the filter is?",
            {"f, _, n_C = W.shape": "f, n_C = min(5, len(A_prev[0])), W.shape[2]"},
        ),
        Misconception(
            "channels and filters exchanged",
            CHANNELS_MIXED,
            {"f, _, n_C = W.shape": "f, n_C, _ = W.shape"},
        ),
        *common(2, "np.zeros((m, n, n_C)", "0, 0"),
    ),
)


# conv3d_forward

SIZES = {
    "n_H": "(n_H_prev + 2 * pad - f) // stride + 1",
    "n_W": "(n_W_prev + 2 * pad - f) // stride + 1",
    "n_D": "(n_D_prev + 2 * pad - f) // stride + 1",
}
STARTS = "h * stride, w * stride, d * stride"
FRAMES = "(0, 0), (pad, pad), (pad, pad), (pad, pad), (0, 0)"
STRIDE_ON_SOME = (
    "Your windows move by the stride in some directions and by 1 in another. How many directions "
    "are there?"
)
PADDED_ON_ONE_SIDE = (
    "One side of your volume got no zeros, or those of another. How many sides has a block?"
)
PADDED_IN_SOME = "One direction of your volume got no zeros. How many sides has a block?"
SIZE_OF_ANOTHER = "The size of one direction was computed from another's. Is every volume a cube?"
TURNED = "Directions changed places in your output. Which index is which?"
FILTER_TURNED = (
    "The axes of your filter have changed places. Which of them belongs to which direction?"
)
SLICE_BY_SLICE = (
    "Your result is that of a flat filter. How far does a window of size f reach in the third "
    "direction?"
)


def sizes(change: Callable[[str], str]) -> dict[str, str]:
    return {size: change(size) for size in SIZES.values()}


conv3d_forward = Exercise(
    "conv3d_forward",
    outputs=("Z",),
    cases=(
        layer_case("a cube, four 5×5×5 filters", layer((1, 6, 6, 6, 1), 5, 4)),
        layer_case("height 4, width 5, depth 6", layer((1, 4, 5, 6, 2), 3, 3)),
        layer_case("stride 2, padding 1", layer((2, 5, 3, 6, 2), 2, 3), stride=2, pad=1),
        layer_case("stride 3, padding 2", layer((2, 5, 4, 7, 1), 2, 3, 3, 2)),
        layer_case(
            "stride 2, windows that do not reach the sides", layer((2, 6, 4, 8, 2), 3, 1, 2)
        ),
        layer_case(
            "stride 3, padding 0, as keywords",
            layer((1, 8, 6, 5, 2), 2, 3),
            pad=0,
            stride=3,
        ),
        layer_case("padding 1, no stride given", layer((2, 2, 4, 3, 2), 2, 3), pad=1),
        layer_case("padding that keeps the size", layer((1, 3, 4, 2, 2), 3, 3, 1, 1)),
        layer_case("filters of a single voxel", layer((2, 2, 4, 3, 3), 1, 2)),
        layer_case(
            "filters of a single voxel, stride 2, padding 1", layer((2, 2, 3, 4, 3), 1, 2, 2, 1)
        ),
        layer_case("a filter as large as the volume", layer((3, 3, 3, 3, 2), 3, 4)),
        layer_case("a film: small, and many frames", layer((2, 2, 3, 9, 3), 2, 2)),
        layer_case("a volume of whole numbers, one filter", whole_numbers((1, 4, 3, 5, 1), 2)),
        layer_case(
            "whole numbers, and weights with fractions",
            whole_numbers((2, 3, 5, 4, 1), 2, 2, fractions=("W", "b")),
        ),
        layer_case(
            "a volume with fractions, and all else whole numbers",
            whole_numbers((2, 3, 4, 5, 1), 2, 2, fractions=("A_prev",)),
        ),
        layer_case("float32", layer((2, 4, 5, 3, 2), 2, 3, 2, 1, dtype="float32")),
    ),
    misconceptions=(
        Misconception("stride forgotten", STRIDE_NOWHERE, {STARTS: "h, w, d"}),
        *(
            Misconception(f"stride forgotten in {name}", STRIDE_ON_SOME, {STARTS: starts})
            for name, starts in (
                ("height", "h, w * stride, d * stride"),
                ("width", "h * stride, w, d * stride"),
                ("depth", "h * stride, w * stride, d"),
                ("height and width", "h, w, d * stride"),
                ("height and depth", "h, w * stride, d"),
                ("width and depth", "h * stride, w, d"),
            )
        ),
        Misconception(
            "depth without stride",
            STRIDE_ON_SOME,
            {STARTS: "h * stride, w * stride, d", SIZES["n_D"]: "n_D_prev + 2 * pad - f + 1"},
        ),
        Misconception(
            "windows as long as the stride",
            WINDOW_BY_STRIDE,
            {"top + f": "top + stride", "left + f": "left + stride", "front + f": "front + stride"},
        ),
        Misconception(
            "size by ceiling",
            CEILING,
            sizes(lambda size: "-(-" + size.replace(" // stride", " // stride)")),
        ),
        Misconception(
            "size by ceiling, what is missing taken for zeros",
            CEILING,
            sizes(lambda size: "-(-" + size.replace(" // stride", " // stride)"))
            | {FRAMES: FRAMES.replace("pad)", "pad + stride)")},
        ),
        Misconception(
            "size without padding",
            NO_PADDING_IN_SIZE,
            sizes(lambda size: size.replace(" + 2 * pad", "")),
        ),
        Misconception(
            "size with half of the padding",
            HALF_PADDING_IN_SIZE,
            sizes(lambda size: size.replace("2 * pad", "pad")),
        ),
        Misconception(
            "last place missing", LAST_WINDOW_MISSING, sizes(lambda size: size.removesuffix(" + 1"))
        ),
        Misconception(
            "not padded", NOT_PADDED, {FRAMES: FRAMES.replace("(pad, pad)", "(0, 2 * pad)")}
        ),
        Misconception("unpadded slices", NOT_PADDED, {"A_prev_pad[:, top": "A_prev[:, top"}),
        Misconception(
            "padding before only",
            PADDED_BEFORE,
            {FRAMES: FRAMES.replace("(pad, pad)", "(2 * pad, 0)")},
        ),
        Misconception(
            "half the padding, behind only",
            PADDED_BEHIND,
            {FRAMES: FRAMES.replace("(pad, pad)", "(0, pad)")}
            | sizes(lambda size: size.replace("2 * pad", "pad")),
        ),
        Misconception(
            "no padding in depth",
            PADDED_IN_SOME,
            {
                FRAMES: "(0, 0), (pad, pad), (pad, pad), (0, 0), (0, 0)",
                SIZES["n_D"]: "(n_D_prev - f) // stride + 1",
            },
        ),
        Misconception(
            "depth of zeros behind only",
            PADDED_ON_ONE_SIDE,
            {FRAMES: "(0, 0), (pad, pad), (pad, pad), (0, 2 * pad), (0, 0)"},
        ),
        *(
            Misconception(
                name,
                PADDED_ON_ONE_SIDE,
                {
                    FRAMES: f"(0, 0), (pad, pad), (pad, pad), {depth}, (0, 0)",
                    SIZES["n_D"]: "(n_D_prev + pad - f) // stride + 1",
                },
            )
            for name, depth in (
                ("half the padding in depth, in front only", "(pad, 0)"),
                ("half the padding in depth, behind only", "(0, pad)"),
            )
        ),
        Misconception(
            "examples padded",
            "Your batch has more examples than before. Which axes are directions?",
            {
                FRAMES: "(pad, pad), (pad, pad), (pad, pad), (pad, pad), (0, 0)",
                "np.zeros((m,": "np.zeros((m + 2 * pad,",
            },
        ),
        Misconception(
            "width from the height", SIZE_OF_ANOTHER, {"n_W = (n_W_prev": "n_W = (n_H_prev"}
        ),
        Misconception(
            "depth from the width", SIZE_OF_ANOTHER, {"n_D = (n_D_prev": "n_D = (n_W_prev"}
        ),
        Misconception(
            "depth from the height", SIZE_OF_ANOTHER, {"n_D = (n_D_prev": "n_D = (n_H_prev"}
        ),
        Misconception(
            "all from the height",
            SIZE_OF_ANOTHER,
            {"n_W = (n_W_prev": "n_W = (n_H_prev", "n_D = (n_D_prev": "n_D = (n_H_prev"},
        ),
        Misconception(
            "output in steps of the stride",
            OUTPUT_BY_STRIDE,
            {
                "    top, left, front": "    if h % stride or w % stride or d % stride:\n"
                "            continue\n        top, left, front"
            },
        ),
        Misconception("depth first", TURNED, {"return Z": "return np.moveaxis(Z, 3, 1)"}),
        Misconception(
            "height and width exchanged", TURNED, {"return Z": "return np.swapaxes(Z, 1, 2)"}
        ),
        Misconception(
            "filter with depth first",
            FILTER_TURNED,
            {"(window, W, axes": "(window, np.moveaxis(W, 0, 2), axes"},
        ),
        Misconception(
            "filter with width first",
            FILTER_TURNED,
            {"(window, W, axes": "(window, np.swapaxes(W, 0, 1), axes"},
        ),
        Misconception(
            "filter turned round in depth",
            FLIPPED,
            {"(window, W, axes": "(window, W[:, :, ::-1], axes"},
        ),
        Misconception(
            "slice by slice",
            SLICE_BY_SLICE,
            {"axes=4)": "axes=4) * 0 + np.tensordot(window[:, :, :, 0], W[:, :, 0], axes=3)"},
        ),
        *common(4, "np.zeros((m, n_H, n_W, n_D, n_C)", "0, 0, 0"),
    ),
)


# motion_filter

MOVES = {"right": (0, 1), "left": (0, -1), "up": (-1, 0), "down": (1, 0)}
OPPOSITES = {"right": "left", "left": "right", "up": "down", "down": "up"}
ROUNDING = 1e-5
TWICE = 1.999  # as in the visible check, which computes in float32


def answers_to_a_dot(W: np.ndarray, direction: str) -> float:
    """The sum of the squared answers to a dot that moves by one pixel a frame.

    A window that is u rows above and v columns left of the dot at first meets the weights
    W[u, v, 0], W[u + down, v + across, 1], …; so each answer is the sum of the weights on one path.
    """
    f = len(W)
    down, across = MOVES[direction]
    sums = np.zeros((3 * f, 3 * f))
    for t in range(f):
        top, left = f - down * t, f - across * t
        sums[top : top + f, left : left + f] += W[:, :, t]
    return float(np.sum(sums**2))


def empty(W: np.ndarray) -> str | None:
    return None if W.any() else "every weight is zero: such a filter answers nothing to anything"


def ignores_stills(inputs: Any, W: np.ndarray) -> str | None:
    """Whether every pixel's weights cancel over time."""
    W = W.astype(np.float64)
    sums = np.abs(W.sum(axis=2))
    if problem := empty(W):
        return problem
    if sums.max() <= ROUNDING * np.abs(W).max():
        return None
    if abs(W.sum()) <= ROUNDING * np.abs(W).max():
        return (
            "the filter answers to a still picture. All weights together cancel, which is enough "
            "for an even wall. Is it enough for a picture with something in it?"
        )
    return (
        "the filter answers to a still picture. If a pixel shows the same number in each frame, "
        "which of the weights does that number meet?"
    )


def follows(inputs: Any, W: np.ndarray) -> str | None:
    """Whether movement in the direction is answered more strongly than in the opposite one."""
    W = W.astype(np.float64)
    if problem := empty(W):
        return problem
    W = W / np.abs(W).max()
    there, back = (answers_to_a_dot(W, way) for way in (inputs[0], OPPOSITES[inputs[0]]))
    if there > ROUNDING and there >= TWICE * back:
        return None
    if np.isclose(there, back):
        return (
            "the filter answers equally to both directions: it sees that something moves, and "
            "not where to"
        )
    if there < back:
        return "the filter answers more strongly to movement in the opposite direction"
    return "the filter answers to its direction less than twice as strongly as to the opposite one"


RETURN = "return path - path.mean(axis=2, keepdims=True)"

motion_filter = Exercise(
    "motion_filter",
    outputs=("W",),
    cases=(
        Case("still pictures, right", lambda rng: ("right", 3), check=ignores_stills),
        Case("still pictures, left, f = 4", lambda rng: ("left", 4), check=ignores_stills),
        Case("still pictures, up, f = 5", lambda rng: ("up", 5), check=ignores_stills),
        Case("still pictures, down, f = 7", lambda rng: ("down", 7), check=ignores_stills),
        Case("movement to the right, f = 3", lambda rng: ("right", 3), check=follows),
        Case("movement to the left, f = 5", lambda rng: ("left", 5), check=follows),
        Case("movement upwards, f = 6", lambda rng: ("up", 6), check=follows),
        Case("movement downwards, f = 4", lambda rng: ("down", 4), check=follows),
        Case("movement to the left, no size given", lambda rng: ("left",), check=follows),
        Case(
            "movement upwards, the size as a keyword",
            lambda rng: ("up",),
            options={"f": 8},
            check=follows,
        ),
    ),
    misconceptions=(
        Misconception(
            "the path alone",
            "Your filter follows the dot, and answers to everything bright that stands still. "
            "What would cancel that?",
            {RETURN: "return path"},
        ),
        Misconception(
            "all zeros",
            "Your filter is made of zeros. What does it answer when something does move?",
            {RETURN: "return 0 * path"},
        ),
        Misconception(
            "mean of all weights taken off",
            "Your weights cancel all together. A still picture is not the same everywhere: which "
            "weights does one of its pixels meet?",
            {"path.mean(axis=2, keepdims=True)": "path.mean()"},
        ),
        Misconception(
            "mean over the height",
            "Your weights cancel along the height. Along which axis does a still picture not "
            "change?",
            {"axis=2": "axis=0"},
        ),
        Misconception(
            "mean over the width",
            "Your weights cancel along the width. Along which axis does a still picture not "
            "change?",
            {"axis=2": "axis=1"},
        ),
        Misconception(
            "difference of two frames",
            "Your filter is the difference of two frames. What does it answer when the film runs "
            "backwards?",
            {RETURN: "path *= 0\n    path[f // 2, f // 2, [0, -1]] = [-1, 1]\n    return path"},
        ),
        Misconception(
            "spatial edges",
            "Your filter looks for edges in each frame. Does a still picture have none?",
            {RETURN: "path *= 0\n    path[:, 0], path[:, -1] = -1, 1\n    return path"},
        ),
        Misconception(
            "average of frames",
            "Your filter takes an average. Which weights of it cancel?",
            {RETURN: "return np.ones((f, f, f)) / f**3"},
        ),
        Misconception(
            "opposite direction",
            "Your filters follow the opposite direction. Where does the weight for the next frame "
            "stand?",
            {'("right", "down")': '("left", "up")'},
        ),
        Misconception(
            "rows counted upwards",
            "Your filters for up and down have changed places. Where is row 0 on the screen?",
            {'("right", "down")': '("right", "up")'},
        ),
        Misconception(
            "rows and columns exchanged",
            "Your filters for left and right look for movement up and down. Which axis of W is the "
            "width?",
            {'("left", "right")': '("up", "down")', '("right", "down")': '("right", "up")'},
        ),
        Misconception(
            "time first",
            "Your filter has time on its first axis. Which axis is time in the docstring?",
            {RETURN: "return np.moveaxis(path - path.mean(axis=2, keepdims=True), 2, 0)"},
        ),
        Misconception(
            "direction ignored",
            "Your filter is the same for every direction. Which argument did you not use?",
            {"time = np.arange(f)": 'direction = "right"\n    time = np.arange(f)'},
        ),
        Misconception(
            "size ignored",
            "Your filter has the same size, whatever is asked for. Which argument did you not use?",
            {"time = np.arange(f)": "f = 3\n    time = np.arange(f)"},
        ),
    ),
)

exercises = [conv1d_forward, conv3d_forward, motion_filter]
