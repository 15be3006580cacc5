"""Hidden tests of the notebook `convolution_layers`."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from convwork.grading.cases import Case, Exercise, Misconception

Builder = Callable[[Generator], tuple[Any, ...]]
# Wide enough for a solution that computes in 32 bits.
FLOATS: dict[str, Any] = {"rtol": 1e-4, "atol": 2e-5}


def normal(rng: Generator, *shape: int, dtype: str = "float64") -> np.ndarray:
    """Normal numbers of one sort, none of them tiny enough to hide a mistake in the tolerance."""
    return rng.normal(size=shape).astype(dtype)


def digits(rng: Generator, *shape: int) -> np.ndarray:
    """Whole numbers from −4 to 4, as integers."""
    return rng.integers(-4, 5, size=shape)


# zero_pad


def pictures(*shape: int, pad: int, dtype: str = "float64") -> Builder:
    """Arguments of `zero_pad`."""
    return lambda rng: (normal(rng, *shape, dtype=dtype), pad)


zero_pad = Exercise(
    "zero_pad",
    outputs=("X_pad",),
    cases=(
        Case("a frame of 1, two pictures", pictures(2, 3, 4, 3, pad=1)),
        Case("a frame of 2, taller than wide", pictures(3, 5, 2, 2, pad=2)),
        Case("a frame of 3 around a single pixel", pictures(1, 1, 1, 1, pad=3)),
        Case("no frame", pictures(2, 4, 3, 2, pad=0)),
        Case("float32", pictures(2, 2, 5, 3, pad=1, dtype="float32"), **FLOATS),
        Case("whole numbers", lambda rng: (1 + abs(digits(rng, 2, 3, 4, 2)), 2)),
    ),
    misconceptions=(
        Misconception(
            "channels padded",
            "You put zeros beside the channels too. What would a channel of zeros be a picture of?",
            {"(0, 0))": "(pad, pad))"},
        ),
        Misconception(
            "examples padded",
            "Your batch has more pictures than before. Who asked for black ones?",
            {"((0, 0), ": "((pad, pad), "},
        ),
        Misconception(
            "one side only",
            "A frame has four sides. How many has yours?",
            {"(pad, pad), (pad, pad)": "(pad, 0), (pad, 0)"},
        ),
        Misconception(
            "rows only",
            "Only the rows got a frame. What stands left and right of the picture?",
            {"(pad, pad), (pad, pad)": "(pad, pad), (0, 0)"},
        ),
        Misconception(
            "columns only",
            "Only the columns got a frame. What stands above and below the picture?",
            {"(pad, pad), (pad, pad)": "(0, 0), (pad, pad)"},
        ),
        Misconception(
            "edge values repeated",
            "The frame repeats the picture's outermost pixels. What was it to be made of?",
            {"(0, 0)))": '(0, 0)), mode="edge")'},
        ),
        Misconception(
            "frame of one",
            "The frame is one pixel wide, whatever is asked for. Which argument did you not use?",
            {"(pad, pad), (pad, pad)": "(1, 1), (1, 1)"},
        ),
    ),
)


# conv_single_step


def slice_and_filter(f: int, channels: int, dtype: str = "float64") -> Builder:
    """Arguments of `conv_single_step`; the bias is far from zero."""

    def build(rng: Generator) -> tuple[Any, ...]:
        shape = (f, f, channels)
        bias = rng.uniform(1, 3, size=(1, 1, 1)) * rng.choice([-1, 1])
        return (
            normal(rng, *shape, dtype=dtype),
            normal(rng, *shape, dtype=dtype),
            bias.astype(dtype),
        )

    return build


def black_slice(rng: Generator) -> tuple[Any, ...]:
    return np.zeros((3, 3, 2)), normal(rng, 3, 3, 2), rng.uniform(1, 3, size=(1, 1, 1))


def no_bias(rng: Generator) -> tuple[Any, ...]:
    return normal(rng, 2, 2, 4), normal(rng, 2, 2, 4), np.zeros((1, 1, 1))


def whole_numbers(rng: Generator) -> tuple[Any, ...]:
    bias = rng.integers(2, 9, size=(1, 1, 1))
    return digits(rng, 3, 3, 3) * 1.0, digits(rng, 3, 3, 3) * 1.0, bias * 1.0


conv_single_step = Exercise(
    "conv_single_step",
    outputs=("Z",),
    cases=(
        Case("3×3 with three channels", slice_and_filter(3, 3), **FLOATS),
        Case("5×5 with two channels", slice_and_filter(5, 2), **FLOATS),
        Case("1×1 with four channels", slice_and_filter(1, 4), **FLOATS),
        Case("2×2 with one channel", slice_and_filter(2, 1), **FLOATS),
        Case("a black slice", black_slice, **FLOATS),
        Case("no bias", no_bias, **FLOATS),
        Case("whole numbers", whole_numbers),
        Case("float32", slice_and_filter(4, 3, "float32"), **FLOATS),
    ),
    misconceptions=(
        Misconception(
            "bias left out",
            "Your answer is the sum of the products. What became of the bias?",
            {" + b.item()": ""},
        ),
        Misconception(
            "bias added per element",
            "You added the bias to every product, before the sum. How often does it count in a sum "
            "of 27?",
            {"a_slice_prev * W) + b.item()": "a_slice_prev * W + b)"},
        ),
        Misconception(
            "bias multiplied",
            "You multiplied the sum by the bias. What does the formula do with the two?",
            {"a_slice_prev * W) + b.item()": "a_slice_prev * W) * b.item()"},
        ),
        Misconception(
            "an array of one element",
            "You return an array that holds a number, with three axes. How do you get the number "
            "itself?",
            {"b.item()": "b"},
        ),
        Misconception(
            "matrix product",
            "You took a matrix product. Which number of the slice belongs to which weight?",
            {"a_slice_prev * W": "a_slice_prev @ W"},
        ),
        Misconception(
            "first channel only",
            "Your sum goes over one channel. How deep is the filter?",
            {"a_slice_prev * W": "(a_slice_prev * W)[:, :, 0]"},
        ),
        Misconception(
            "mean",
            "You averaged the products. What does the formula do with them?",
            {"np.sum": "np.mean"},
        ),
        Misconception(
            "ReLU included",
            "Negative answers became zero. Is the activation part of this step?",
            {
                "np.sum(a_slice_prev * W)": "np.maximum(0, np.sum(a_slice_prev * W)",
                "b.item()": "b.item())",
            },
        ),
    ),
)


# conv_forward


def layer(
    inputs: tuple[int, int, int, int],
    f: int,
    filters: int,
    stride: int = 1,
    pad: int = 0,
    dtype: str = "float64",
) -> Builder:
    """Arguments of `conv_forward`; inputs is (m, n_H_prev, n_W_prev, n_C_prev)."""

    def build(rng: Generator) -> tuple[Any, ...]:
        return (
            normal(rng, *inputs, dtype=dtype),
            normal(rng, f, f, inputs[3], filters, dtype=dtype),
            normal(rng, 1, 1, 1, filters, dtype=dtype) + np.asarray(1, dtype),
            {"stride": stride, "pad": pad},
        )

    return build


def grey_layer(rng: Generator) -> tuple[Any, ...]:
    """A grey picture of whole numbers, and one filter: the case of `edge_detection`."""
    weights = digits(rng, 3, 3, 1, 1)
    return (
        digits(rng, 1, 6, 6, 1),
        weights,
        rng.integers(1, 5, size=(1, 1, 1, 1)),
        {
            "stride": 1,
            "pad": 0,
        },
    )


def whole_input(rng: Generator) -> tuple[Any, ...]:
    """Pictures of whole numbers, filters and biases of fractions."""
    A_prev, W, b, hparameters = layer((2, 5, 4, 2), f=3, filters=3)(rng)
    return digits(rng, *A_prev.shape), W, b, hparameters


def whole_filters(rng: Generator) -> tuple[Any, ...]:
    """Filters of whole numbers, pictures and biases of fractions."""
    A_prev, W, b, hparameters = layer((2, 4, 5, 3), f=2, filters=2, stride=2, pad=1)(rng)
    return A_prev, digits(rng, *W.shape), b, hparameters


def zero_filters(rng: Generator) -> tuple[Any, ...]:
    """Z is exact in any precision, so the cache can be compared to the last digit."""
    A_prev, W, _, hparameters = layer((2, 4, 5, 3), f=3, filters=2, pad=1)(rng)
    return A_prev, np.zeros(W.shape), 1.0 + rng.integers(4, size=(1, 1, 1, 2)), hparameters


STRIDE_IN_ROWS = (
    "Your windows move by the stride in one direction and by 1 in the other: look at where their "
    "rows start."
)
STRIDE_IN_COLUMNS = (
    "Your windows move by the stride in one direction and by 1 in the other: look at where their "
    "columns start."
)
STRIDE_NOWHERE = (
    "Your windows move by 1, whatever the stride. Where does the window of output 2 start?"
)
ROWS_END = (
    "Your windows are as high as the stride, not as high as the filter. How far does a window of "
    "size f reach?"
)
COLUMNS_END = (
    "Your windows are as wide as the stride, not as wide as the filter. How far does a window of "
    "size f reach?"
)
BOTH_END = (
    "Your windows are as large as the stride, not as large as the filter. How far does a window "
    "of size f reach?"
)
FIRST_EXAMPLE = (
    "Every picture of the batch gets the first one's result. Which index stands for the picture?"
)
OUTPUT_BY_STRIDE = (
    "Your loop over the output jumps by the stride, so some of its places are never filled. What "
    "does the stride move: the output's index, or the window?"
)
WIDTH_FROM_HEIGHT = "The width of your result was computed from a height. Is the picture square?"
CEILING = "You rounded the output's size up. Does the last window still lie inside of the picture?"
OF_THE_NOTEBOOK = (
    "Your function reads an array of the notebook and not the one it was given. Where "
    "does every name in it come from?"
)

ROWS = "vert_start = h * stride"
COLUMNS = "horiz_start = w * stride"
ROWS_UNTIL = "vert_end = vert_start + f"
COLUMNS_UNTIL = "horiz_end = horiz_start + f"

WINDOWS = (
    Misconception(
        "windows as large as the stride",
        BOTH_END,
        {
            ROWS_UNTIL: "vert_end = vert_start + stride",
            COLUMNS_UNTIL: "horiz_end = horiz_start + stride",
        },
    ),
    Misconception(
        "vert_end from the stride", ROWS_END, {ROWS_UNTIL: "vert_end = vert_start + stride"}
    ),
    Misconception(
        "horiz_end from the stride",
        COLUMNS_END,
        {COLUMNS_UNTIL: "horiz_end = horiz_start + stride"},
    ),
    Misconception(
        "stride forgotten", STRIDE_NOWHERE, {ROWS: "vert_start = h", COLUMNS: "horiz_start = w"}
    ),
    Misconception("stride forgotten in rows", STRIDE_IN_ROWS, {ROWS: "vert_start = h"}),
    Misconception("stride forgotten in columns", STRIDE_IN_COLUMNS, {COLUMNS: "horiz_start = w"}),
)
"""Faults that the four walks over the windows have in common."""

FORWARD_WALK = (
    *WINDOWS,
    Misconception(
        "output filled in steps of the stride",
        OUTPUT_BY_STRIDE,
        {
            "for h in range(n_H)": "for h in range(0, n_H, stride)",
            "for w in range(n_W)": "for w in range(0, n_W, stride)",
        },
    ),
    Misconception(
        "output filled in steps of the stride, windows by the index",
        OUTPUT_BY_STRIDE,
        {
            "for h in range(n_H)": "for h in range(0, n_H, stride)",
            "for w in range(n_W)": "for w in range(0, n_W, stride)",
            ROWS: "vert_start = h",
            COLUMNS: "horiz_start = w",
        },
    ),
)

conv_forward = Exercise(
    "conv_forward",
    outputs=("Z", "cache"),
    uses=("zero_pad", "conv_single_step"),
    cases=(
        Case("6×6×3 and two 3×3×3 filters", layer((1, 6, 6, 3), f=3, filters=2), **FLOATS),
        Case(
            "stride 2, padding 1, wider than tall",
            layer((2, 5, 7, 2), f=3, filters=3, stride=2, pad=1),
            **FLOATS,
        ),
        Case(
            "stride 3, padding 2, taller than wide",
            layer((2, 8, 5, 2), f=2, filters=3, stride=3, pad=2),
            **FLOATS,
        ),
        Case(
            "windows that do not reach the edge",
            layer((2, 5, 7, 2), f=2, filters=3, stride=2),
            **FLOATS,
        ),
        Case("1×1 filters", layer((2, 3, 4, 3), f=1, filters=2), **FLOATS),
        Case("1×1 filters, padding 1", layer((1, 4, 3, 2), f=1, filters=2, pad=1), **FLOATS),
        Case("a grey picture of whole numbers, one filter", grey_layer),
        Case("whole numbers in the pictures, fractions in the filters", whole_input, **FLOATS),
        Case("fractions in the pictures, whole numbers in the filters", whole_filters, **FLOATS),
        Case("filters of zeros", zero_filters, rtol=0, atol=1e-12),
        Case("three pictures, stride 2", layer((3, 5, 4, 1), f=2, filters=1, stride=2), **FLOATS),
        Case("padding that keeps the size", layer((1, 5, 6, 2), f=5, filters=2, pad=2), **FLOATS),
        Case("a filter as large as the picture", layer((2, 4, 4, 2), f=4, filters=3), **FLOATS),
        Case(
            "overlapping windows, stride 2", layer((1, 8, 6, 2), f=4, filters=3, stride=2), **FLOATS
        ),
        Case(
            "float32",
            layer((2, 6, 5, 2), f=3, filters=2, stride=2, pad=1, dtype="float32"),
            **FLOATS,
        ),
    ),
    misconceptions=(
        *FORWARD_WALK,
        Misconception(
            "slice of the unpadded input",
            "You pad, and then cut the windows out of the picture without its frame. Which of the "
            "two do the windows walk over?",
            {"a_slice = A_prev_pad[i,": "a_slice = A_prev[i,"},
        ),
        Misconception(
            "bias left out",
            "Every output lacks its filter's bias. Which of the arguments did you not use?",
            {"b[:, :, :, c])": "0 * b[:, :, :, c])"},
        ),
        Misconception(
            "bias added per element",
            "The bias went into every product, before the sum. How often does each filter's bias "
            "count in one output?",
            {
                "conv_single_step(a_slice, W[:, :, :, c], b[:, :, :, c])": (
                    "np.sum(a_slice * W[:, :, :, c] + b[:, :, :, c])"
                )
            },
        ),
        Misconception(
            "first filter's bias for all",
            "All filters got the same bias. How many biases does the layer have?",
            {"b[:, :, :, c])": "b[:, :, :, 0])"},
        ),
        Misconception(
            "loop over the input's channels",
            "You loop over the channels of the input. How many channels does the output have?",
            {"for c in range(n_C)": "for c in range(A_prev.shape[3])"},
        ),
        Misconception("first example for all", FIRST_EXAMPLE, {"A_prev_pad[i,": "A_prev_pad[0,"}),
        Misconception(
            "first filter for all",
            "Every channel of your output came from the same filter. Which index stands for the "
            "filter?",
            {"W[:, :, :, c]": "W[:, :, :, 0]"},
        ),
        Misconception(
            "width from the height",
            WIDTH_FROM_HEIGHT,
            {"n_W = (n_W_prev": "n_W = (n_H_prev"},
        ),
        Misconception(
            "size by ceiling",
            CEILING,
            {
                "n_H = (n_H_prev + 2 * pad - f) // stride": (
                    "n_H = int(np.ceil((n_H_prev + 2 * pad - f) / stride))"
                ),
                "n_W = (n_W_prev + 2 * pad - f) // stride": (
                    "n_W = int(np.ceil((n_W_prev + 2 * pad - f) / stride))"
                ),
            },
        ),
        Misconception(
            "loop as long as without padding and stride",
            "Your loops have the length they would have without padding and with stride 1. "
            "How many places does the output have?",
            {
                "for h in range(n_H)": "for h in range(n_H_prev - f + 1)",
                "for w in range(n_W)": "for w in range(n_W_prev - f + 1)",
            },
        ),
        Misconception(
            "size without padding",
            "The size of your output is that of a layer without a frame. What does padding do to "
            "the number of places?",
            {
                "n_H = (n_H_prev + 2 * pad - f)": "n_H = (n_H_prev - f)",
                "n_W = (n_W_prev + 2 * pad - f)": "n_W = (n_W_prev - f)",
            },
        ),
        Misconception(
            "size with one side of the padding",
            "In the size of your output the frame counts once. On how many sides of the picture "
            "is it?",
            {
                "n_H = (n_H_prev + 2 * pad": "n_H = (n_H_prev + pad",
                "n_W = (n_W_prev + 2 * pad": "n_W = (n_W_prev + pad",
            },
        ),
        Misconception(
            "filter flipped",
            "You turned the filter upside down. Is a layer's convolution the textbook's?",
            {"W[:, :, :, c]": "W[::-1, ::-1, :, c]"},
        ),
        Misconception(
            "ReLU included",
            "Your output has no negative numbers. Z is what the layer gives before which step?",
            {"return Z, cache": "return np.maximum(Z, 0), cache"},
        ),
        Misconception(
            "padded input in the cache",
            "Your cache holds the input with its frame. What does the docstring promise?",
            {"cache = (A_prev, W": "cache = (A_prev_pad, W"},
        ),
        Misconception(
            "input in the cache in 32 bits",
            "Your cache holds the input with fewer digits. What does the docstring promise?",
            {"cache = (A_prev, W": "cache = (A_prev.astype(np.float32), W"},
        ),
        Misconception(
            "output in the input's type",
            "Your output holds whole numbers because the input does. What becomes of fractions?",
            {"np.zeros((m, n_H, n_W, n_C))": "np.zeros((m, n_H, n_W, n_C), A_prev.dtype)"},
        ),
        Misconception(
            "output in the filters' type",
            "Your output holds whole numbers because the filters do. What becomes of fractions?",
            {"np.zeros((m, n_H, n_W, n_C))": "np.zeros((m, n_H, n_W, n_C), W.dtype)"},
        ),
        Misconception(
            "rows and columns exchanged",
            "Your output is turned over its diagonal: rows became columns. Which index is which?",
            {"return Z, cache": "return Z.transpose(0, 2, 1, 3), cache"},
        ),
    ),
)


# pool


def pooled(
    inputs: tuple[int, int, int, int],
    f: int,
    stride: int,
    *mode: str,
    numbers: Callable[..., np.ndarray] = normal,
    **options: Any,
) -> Builder:
    """Arguments of `pool`; a mode, if there is one, is passed by position."""
    hparameters = {"f": f, "stride": stride}
    return lambda rng: (numbers(rng, *inputs, **options), hparameters, *mode)


def not_divisible(rng: Generator, *shape: int) -> np.ndarray:
    """Whole numbers; the first 2×2 window's average is none, and two zeros are in the last."""
    numbers = digits(rng, *shape)
    numbers[0, 2:, 2:, 0] = [[0, 3], [2, 0]]
    numbers[0, 0, 0, 0] += 1 - numbers[0, :2, :2, 0].sum() % 4
    return numbers


def negative(rng: Generator, *shape: int) -> np.ndarray:
    return -1 - abs(normal(rng, *shape))


def far_below_zero(rng: Generator, *shape: int) -> np.ndarray:
    return 1e6 * negative(rng, *shape)


AVERAGE: dict[str, Any] = {"options": {"mode": "average"}}

pool = Exercise(
    "pool",
    outputs=("A", "cache"),
    cases=(
        Case("max of whole numbers, 4×4", pooled((1, 4, 4, 1), 2, 2, numbers=digits)),
        Case(
            "average of whole numbers, 4×4",
            pooled((1, 4, 4, 1), 2, 2, numbers=not_divisible),
            **AVERAGE,
        ),
        Case("max, overlapping windows, wider than tall", pooled((2, 5, 6, 3), 3, 1), **FLOATS),
        Case(
            "max, windows that do not reach the edge", pooled((3, 5, 8, 2), 2, 2, "max"), **FLOATS
        ),
        Case(
            "max, all numbers negative",
            pooled((2, 6, 4, 2), 3, 2, numbers=far_below_zero),
            **FLOATS,
        ),
        Case(
            "max, stride larger than the window",
            pooled((2, 8, 6, 2), 2, 3),
            options={"mode": "max"},
            **FLOATS,
        ),
        Case("max of 1×1 windows, stride 2", pooled((2, 5, 4, 3), 1, 2), **FLOATS),
        Case(
            "average, overlapping windows, taller than wide",
            pooled((2, 8, 6, 3), 3, 2),
            **FLOATS,
            **AVERAGE,
        ),
        Case(
            "average, stride larger than the window",
            pooled((3, 6, 9, 2), 2, 3, "average"),
            **FLOATS,
        ),
        Case("average of a whole picture", pooled((2, 4, 4, 5), 4, 1, "average"), **FLOATS),
        Case("max, float32", pooled((2, 5, 4, 2), 2, 1, dtype="float32"), **FLOATS),
        Case("average, float32", pooled((2, 5, 4, 2), 2, 2, dtype="float32"), **FLOATS, **AVERAGE),
    ),
    misconceptions=(
        *FORWARD_WALK,
        Misconception(
            "max over all channels",
            "Your maximum was taken over all channels at once. What does pooling do with a "
            "channel?",
            {"np.max(window)": "np.max(A_prev[i, vert_start:vert_end, horiz_start:horiz_end])"},
        ),
        Misconception(
            "average over all channels",
            "Your average was taken over all channels at once. What does pooling do with a "
            "channel?",
            {"np.mean(window)": "np.mean(A_prev[i, vert_start:vert_end, horiz_start:horiz_end])"},
        ),
        Misconception(
            "max over the batch",
            "Your maximum was taken over all pictures of the batch. What have they to do with "
            "each other?",
            {"np.max(window)": "np.max(A_prev[:, vert_start:vert_end, horiz_start:horiz_end, c])"},
        ),
        Misconception(
            "average over the batch",
            "Your average was taken over all pictures of the batch. What have they to do with "
            "each other?",
            {
                "np.mean(window)": (
                    "np.mean(A_prev[:, vert_start:vert_end, horiz_start:horiz_end, c])"
                )
            },
        ),
        Misconception(
            "average over one column",
            "Your average goes along one axis of the window only. How many axes has a window?",
            {"np.mean(window)": "np.mean(window, axis=0)[0]"},
        ),
        Misconception(
            "average over one row",
            "Your average goes along one axis of the window only. How many axes has a window?",
            {"np.mean(window)": "np.mean(window, axis=1)[0]"},
        ),
        Misconception(
            "average in whole numbers",
            "Your averages of whole numbers are whole numbers. What type has the array that you "
            "write them into?",
            {"np.zeros((m, n_H, n_W, n_C))": "np.zeros((m, n_H, n_W, n_C), A_prev.dtype)"},
        ),
        Misconception(
            "sum for average",
            "You added the window up. By what is an average divided?",
            {"np.mean(window)": "np.sum(window)"},
        ),
        Misconception(
            "maximum starts at zero",
            "Where all numbers are negative, your maximum is zero. Where did that zero come from?",
            {"np.max(window)": "np.max(window, initial=0)"},
        ),
        Misconception(
            "maximum starts at minus a hundred",
            "Where all numbers are far below zero, your maximum is none of them. Where did it come "
            "from?",
            {"np.max(window)": "np.max(window, initial=-100)"},
        ),
        Misconception(
            "zeros left out of the average",
            "Your average leaves the zeros of a window out. By what is an average divided?",
            {"np.mean(window)": "np.sum(window) / max(np.count_nonzero(window), 1)"},
        ),
        Misconception(
            "mode ignored",
            "You take the maximum, whatever the mode. What does the third argument say?",
            {"np.mean(window)": "np.max(window)"},
        ),
        Misconception(
            "average by default",
            "Without a mode you average. What does the signature say?",
            {'mode="max"': 'mode="average"'},
        ),
        Misconception(
            "first example for all",
            FIRST_EXAMPLE,
            {"window = A_prev[i,": "window = A_prev[0,"},
        ),
        Misconception(
            "width from the height", WIDTH_FROM_HEIGHT, {"n_W = (n_W_prev": "n_W = (n_H_prev"}
        ),
        Misconception(
            "size by ceiling",
            CEILING,
            {
                "(n_H_prev - f) // stride": "int(np.ceil((n_H_prev - f) / stride))",
                "(n_W_prev - f) // stride": "int(np.ceil((n_W_prev - f) / stride))",
            },
        ),
        Misconception(
            "size from the stride alone",
            "You divided the picture's size by the stride. Where does the last window of size f "
            "still fit?",
            {
                "(n_H_prev - f) // stride + 1": "n_H_prev // stride",
                "(n_W_prev - f) // stride + 1": "n_W_prev // stride",
            },
        ),
        Misconception(
            "loop as long as with stride 1",
            "Your loops have the length they would have with stride 1. How many places does the "
            "output have?",
            {
                "for h in range(n_H)": "for h in range(n_H_prev - f + 1)",
                "for w in range(n_W)": "for w in range(n_W_prev - f + 1)",
            },
        ),
    ),
)


# conv_backward


def layer_and_gradient(
    inputs: tuple[int, int, int, int],
    f: int,
    filters: int,
    stride: int = 1,
    pad: int = 0,
    dtype: str = "float64",
) -> Builder:
    """Arguments of `conv_backward`; inputs is (m, n_H_prev, n_W_prev, n_C_prev)."""
    forward = layer(inputs, f, filters, stride, pad, dtype)
    n_H, n_W = ((length + 2 * pad - f) // stride + 1 for length in inputs[1:3])
    return lambda rng: (normal(rng, inputs[0], n_H, n_W, filters, dtype=dtype), forward(rng))


def grey_gradient(rng: Generator) -> tuple[Any, ...]:
    return digits(rng, 1, 4, 4, 1), grey_layer(rng)


def fractional_gradient(rng: Generator) -> tuple[Any, ...]:
    """Whole numbers in all that was given on the way forwards."""
    return normal(rng, 1, 4, 4, 1), grey_layer(rng)


BACKWARD_WALK = (
    *WINDOWS,
    Misconception(
        "windows in steps of the stride",
        "Your loop over dZ jumps by the stride, so some of its gradients are never handed on. What "
        "does the stride move: the output's index, or the window?",
        {
            "for h in range(n_H)": "for h in range(0, n_H, stride)",
            "for w in range(n_W)": "for w in range(0, n_W, stride)",
        },
    ),
)

conv_backward = Exercise(
    "conv_backward",
    outputs=("dA_prev", "dW", "db"),
    uses=("zero_pad",),
    cases=(
        Case("stride 1, no padding", layer_and_gradient((2, 4, 5, 3), f=2, filters=4), **FLOATS),
        Case(
            "stride 2, padding 1",
            layer_and_gradient((2, 5, 7, 3), f=3, filters=4, stride=2, pad=1),
            **FLOATS,
        ),
        Case(
            "stride 3, padding 2, last rows not reached",
            layer_and_gradient((2, 6, 8, 2), f=3, filters=3, stride=3, pad=2),
            **FLOATS,
        ),
        Case(
            "stride 2, no padding, last rows not reached",
            layer_and_gradient((2, 6, 8, 2), f=3, filters=3, stride=2),
            **FLOATS,
        ),
        Case(
            "stride 3, padding 1, windows apart",
            layer_and_gradient((1, 9, 6, 2), f=2, filters=3, stride=3, pad=1),
            **FLOATS,
        ),
        Case("one picture, one channel, one filter", grey_gradient),
        Case("whole numbers in the cache, fractions in dZ", fractional_gradient, **FLOATS),
        Case("1×1 filters", layer_and_gradient((2, 3, 4, 3), f=1, filters=2), **FLOATS),
        Case(
            "padding that keeps the size",
            layer_and_gradient((1, 5, 4, 2), f=5, filters=2, pad=2),
            **FLOATS,
        ),
        Case(
            "a filter as large as the picture",
            layer_and_gradient((3, 3, 3, 2), f=3, filters=2),
            **FLOATS,
        ),
        Case(
            "windows apart, padding 2",
            layer_and_gradient((1, 4, 4, 2), f=1, filters=3, stride=2, pad=2),
            **FLOATS,
        ),
        Case(
            "float32",
            layer_and_gradient((2, 5, 4, 2), f=3, filters=3, pad=1, dtype="float32"),
            **FLOATS,
        ),
    ),
    misconceptions=(
        *BACKWARD_WALK,
        Misconception(
            "frame not cropped",
            "dA_prev still has its frame. Whose gradient is that, and who asked for it?",
            {"[:, pad : pad + n_H_prev, pad : pad + n_W_prev, :]": ""},
        ),
        Misconception(
            "cropped by minus pad",
            "Without padding your dA_prev is empty. What is the range from 0 to −0?",
            {"[:, pad : pad + n_H_prev, pad : pad + n_W_prev, :]": "[:, pad:-pad, pad:-pad, :]"},
        ),
        Misconception(
            "cropped on the wrong side",
            "dA_prev has the right size, cut out of the wrong corner of the padded gradient. "
            "Where in it does the picture begin?",
            {"[:, pad : pad + n_H_prev, pad : pad + n_W_prev, :]": "[:, :n_H_prev, :n_W_prev, :]"},
        ),
        Misconception(
            "dW overwritten",
            "dW holds what the last window said. How many windows did each weight work in?",
            {"dW[:, :, :, c] += ": "dW[:, :, :, c] = "},
        ),
        Misconception(
            "db overwritten",
            "db holds what the last window said. To how many outputs was each bias added?",
            {"db[:, :, :, c] += ": "db[:, :, :, c] = "},
        ),
        Misconception(
            "dA overwritten",
            "In dA_prev a pixel keeps what the last window said. In how many windows does it lie?",
            {"dA_prev_pad[window] += ": "dA_prev_pad[window] = "},
        ),
        Misconception(
            "db of W's shape",
            "Your db has the shape of W. Which array is it the gradient of?",
            {"np.zeros(b.shape)": "np.zeros(W.shape)"},
        ),
        Misconception(
            "bias gradient of the wrong filter",
            "Every bias got the gradient of the same channel. To which outputs was bias c added?",
            {"db[:, :, :, c] += dz": "db[:, :, :, c] += dZ[i, h, w, 0]"},
        ),
        Misconception(
            "bias gradient of all filters",
            "Every bias got the gradients of all channels. To which outputs was bias c added?",
            {"db[:, :, :, c] += dz": "db += dz"},
        ),
        Misconception(
            "dA and dW exchanged",
            "You took the input where the weights belong, and the weights where the input belongs. "
            "What is a product's slope with respect to its first factor?",
            {
                "dA_prev_pad[window] += W[:, :, :, c] * dz": (
                    "dA_prev_pad[window] += A_prev_pad[window] * dz"
                ),
                "dW[:, :, :, c] += A_prev_pad[window] * dz": "dW[:, :, :, c] += W[:, :, :, c] * dz",
            },
        ),
        Misconception(
            "dA from the input",
            "dA_prev was made from the input's numbers. What stood beside each pixel in the "
            "product?",
            {"dA_prev_pad[window] += W[:, :, :, c]": ("dA_prev_pad[window] += A_prev_pad[window]")},
        ),
        Misconception(
            "dW from the weights",
            "dW was made from the weights' numbers. What stood beside each weight in the product?",
            {"dW[:, :, :, c] += A_prev_pad[window] * dz": "dW[:, :, :, c] += W[:, :, :, c] * dz"},
        ),
        Misconception(
            "slice of the unpadded input",
            "For dW you cut the windows out of the picture without its frame. What did the filter "
            "stand on, on the way forwards?",
            {"dW[:, :, :, c] += A_prev_pad[window]": "dW[:, :, :, c] += A_prev[window]"},
        ),
        Misconception(
            "gradients start at random",
            "Your gradients do not start at zero. What is in a sum before anything was added?",
            {
                "dA_prev_pad = np.zeros(A_prev_pad.shape)": (
                    "dA_prev_pad = np.random.default_rng(1).normal(size=A_prev_pad.shape)"
                ),
                "dW = np.zeros(W.shape)": "dW = np.random.default_rng(1).normal(size=W.shape)",
                "db = np.zeros(b.shape)": "db = np.random.default_rng(1).normal(size=b.shape)",
            },
        ),
        Misconception(
            "gradients start at the values",
            "Your gradients start from the arrays they belong to. What is in a sum before anything "
            "was added?",
            {
                "dA_prev_pad = np.zeros(A_prev_pad.shape)": "dA_prev_pad = A_prev_pad * 1.0",
                "dW = np.zeros(W.shape)": "dW = W * 1.0",
                "db = np.zeros(b.shape)": "db = b * 1.0",
            },
        ),
        Misconception(
            "gradients in the arrays' types",
            "Your gradients hold whole numbers where the arrays do that they belong to. What "
            "becomes of fractions?",
            {
                "dA_prev_pad = np.zeros(A_prev_pad.shape)": (
                    "dA_prev_pad = np.zeros_like(A_prev_pad)"
                ),
                "dW = np.zeros(W.shape)": "dW = np.zeros_like(W)",
                "db = np.zeros(b.shape)": "db = np.zeros_like(b)",
                "dA_prev_pad[window] += ": "dA_prev_pad[window] = dA_prev_pad[window] + ",
                "dW[:, :, :, c] += ": "dW[:, :, :, c] = dW[:, :, :, c] + ",
                "db[:, :, :, c] += ": "db[:, :, :, c] = db[:, :, :, c] + ",
            },
        ),
        Misconception(
            "first example for all",
            "Only the first picture of the batch was asked, again and again. Which index stands "
            "for the picture?",
            {"window = np.s_[i,": "window = np.s_[0,"},
        ),
        Misconception(
            "gradient of the first example for all",
            "The gradients of the first picture were used for all. Which index stands for the "
            "picture?",
            {"dz = dZ[i,": "dz = dZ[0,"},
        ),
        Misconception(
            "averaged over the batch",
            "Your gradients are averages over the pictures. What does the docstring say of them?",
            {
                "return dA_prev, dW, db": "return dA_prev, dW / m, db / m",
            },
        ),
        Misconception(
            "arrays of the notebook",
            OF_THE_NOTEBOOK,
            {
                "    A_prev, W, b, hparameters = cache\n": "",
            },
        ),
        Misconception(
            "loop over the input's channels",
            "You loop over the channels of the input. How many filters were there?",
            {"for c in range(n_C)": "for c in range(A_prev.shape[3])"},
        ),
    ),
)


# create_mask_from_window


def window_with_maxima(shape: tuple[int, int], maxima: int, dtype: str = "float64") -> Builder:
    """A window whose largest value occurs at so many places."""

    def build(rng: Generator) -> tuple[Any, ...]:
        x = normal(rng, *shape, dtype=dtype)
        places = rng.choice(x.size, size=maxima, replace=False)
        x.flat[places] = x.max() + 1
        return (x,)

    return build


def maximum_of_zero(rng: Generator) -> tuple[Any, ...]:
    x = negative(rng, 3, 4)
    x.flat[rng.choice(x.size, size=2, replace=False)] = 0
    return (x,)


def nearly_equal(rng: Generator) -> tuple[Any, ...]:
    """Numbers that differ by a thousandth, and lie near a whole number."""
    return (rng.integers(2, 9) + rng.permutation(6).reshape(2, 3) / 1000,)


create_mask_from_window = Exercise(
    "create_mask_from_window",
    outputs=("mask",),
    cases=(
        Case("2×3, one maximum", window_with_maxima((2, 3), 1)),
        Case("4×2, one maximum", window_with_maxima((4, 2), 1)),
        Case("3×3, two maxima", window_with_maxima((3, 3), 2)),
        Case("2×2, all equal", lambda rng: (np.full((2, 2), rng.normal()),)),
        Case("all numbers negative", lambda rng: (negative(rng, 3, 3),)),
        Case("a maximum of zero, twice", maximum_of_zero),
        Case("numbers that are nearly equal", nearly_equal),
        Case("whole numbers, zeros and one", lambda rng: (rng.permuted(np.eye(3, dtype=int)),)),
        Case("a single pixel", lambda rng: (-abs(normal(rng, 1, 1)),)),
        Case("float32, three maxima", window_with_maxima((3, 4), 3, "float32")),
    ),
    misconceptions=(
        Misconception(
            "argmax",
            "You mark one maximum. What if the largest value stands there twice?",
            {"x == np.max(x)": "np.arange(x.size).reshape(x.shape) == np.argmax(x)"},
        ),
        Misconception(
            "numbers for a mask",
            "Your mask is made of numbers. A mask says True or False.",
            {"x == np.max(x)": "(x == np.max(x)) * 1.0"},
        ),
        Misconception(
            "values for a mask",
            "You return the maximum's value in its place. A mask says True or False.",
            {"x == np.max(x)": "x * (x == np.max(x))"},
        ),
        Misconception(
            "zeros never marked",
            "Where the largest value is zero, you mark nothing. Is zero no value?",
            {"x == np.max(x)": "(x == np.max(x)) & (x != 0)"},
        ),
        Misconception(
            "nearly the largest",
            "You mark numbers that are nearly the largest.",
            {"x == np.max(x)": "np.isclose(x, np.max(x), rtol=1e-2)"},
        ),
        Misconception(
            "maximum of each column",
            "You mark one maximum in each column. How many windows are there?",
            {"np.max(x)": "np.max(x, axis=0)"},
        ),
        Misconception(
            "maximum of each row",
            "You mark one maximum in each row. How many windows are there?",
            {"np.max(x)": "np.max(x, axis=1, keepdims=True)"},
        ),
        Misconception(
            "largest absolute value",
            "You look for the number farthest from zero. Is that the largest?",
            {"x == np.max(x)": "abs(x) == np.max(abs(x))"},
        ),
        Misconception(
            "minimum",
            "You mark the smallest value.",
            {"np.max": "np.min"},
        ),
    ),
)


# distribute_value


distribute_value = Exercise(
    "distribute_value",
    outputs=("a",),
    cases=(
        Case("2×2", lambda rng: (float(rng.normal()), (2, 2))),
        Case("3×3", lambda rng: (float(rng.normal()), (3, 3))),
        Case("2×5", lambda rng: (float(rng.normal()), (2, 5))),
        Case("4×1", lambda rng: (float(rng.normal()), (4, 1))),
        Case("a single pixel", lambda rng: (float(rng.normal()), (1, 1))),
        Case("a whole number", lambda rng: (int(rng.integers(1, 9)), (3, 4))),
        Case("zero", lambda rng: (0.0, (3, 2))),
        Case("float32", lambda rng: (rng.normal(size=()).astype(np.float32), (3, 5)), **FLOATS),
    ),
    misconceptions=(
        Misconception(
            "not divided",
            "Every place got the whole value. What is their sum?",
            {"dz / (height * width)": "dz"},
        ),
        Misconception(
            "divided by the height",
            "You divided by one side of the window. How many places share the value?",
            {"(height * width)": "height"},
        ),
        Misconception(
            "divided by the width",
            "You divided by one side of the window. How many places share the value?",
            {"(height * width)": "width"},
        ),
        Misconception(
            "divided by the sum of the sides",
            "Your shares add up to something else than dz. How many places are there?",
            {"height * width": "height + width"},
        ),
        Misconception(
            "rounded down",
            "Your shares are whole numbers, and the rest is lost. What is 1 shared by four?",
            {"dz / (": "dz // ("},
        ),
        Misconception(
            "a number",
            "You return one share. What shape was asked for?",
            {"np.full(shape, dz / (height * width))": "dz / (height * width)"},
        ),
    ),
)


# pool_backward


def pooled_gradient(
    inputs: tuple[int, int, int, int],
    f: int,
    stride: int,
    *mode: str,
    numbers: Callable[..., np.ndarray] = normal,
    dtype: str = "float64",
) -> Builder:
    """Arguments of `pool_backward`; a mode, if there is one, is passed by position."""
    n_H, n_W = ((length - f) // stride + 1 for length in inputs[1:3])
    options = {"dtype": dtype} if numbers is normal else {}
    cache_for = pooled(inputs, f, stride, numbers=numbers, **options)
    return lambda rng: (
        normal(rng, inputs[0], n_H, n_W, inputs[3], dtype=dtype),
        cache_for(rng),
        *mode,
    )


def few_values(rng: Generator, *shape: int) -> np.ndarray:
    """Zeros and twos, as after a ReLU: nearly every window has its maximum more than once.

    They are integers, and the first 2×2 window is all zeros.
    """
    numbers = 2 * rng.integers(0, 2, size=shape)
    numbers[0, :2, :2, 0] = 0
    return numbers


pool_backward = Exercise(
    "pool_backward",
    outputs=("dA_prev",),
    uses=("create_mask_from_window", "distribute_value"),
    cases=(
        Case("max, 2×2 windows side by side", pooled_gradient((2, 4, 6, 3), 2, 2), **FLOATS),
        Case(
            "max, overlapping windows, wider than tall",
            pooled_gradient((2, 4, 5, 3), 2, 1),
            **FLOATS,
        ),
        Case(
            "max, stride 2, overlapping windows",
            pooled_gradient((2, 8, 6, 2), 3, 2, "max"),
            **FLOATS,
        ),
        Case(
            "max, windows that do not reach the edge", pooled_gradient((3, 5, 8, 2), 2, 3), **FLOATS
        ),
        Case(
            "max, several maxima in a window",
            pooled_gradient((2, 6, 4, 2), 2, 2, numbers=few_values),
            **FLOATS,
        ),
        Case(
            "max, all numbers negative",
            pooled_gradient((1, 5, 4, 2), 3, 1, numbers=negative),
            options={"mode": "max"},
            **FLOATS,
        ),
        Case("max of 1×1 windows, stride 2", pooled_gradient((1, 5, 4, 3), 1, 2), **FLOATS),
        Case(
            "average, 2×2 windows side by side",
            pooled_gradient((2, 6, 4, 3), 2, 2),
            **FLOATS,
            **AVERAGE,
        ),
        Case(
            "average, overlapping windows, taller than wide",
            pooled_gradient((2, 6, 4, 3), 3, 1, "average"),
            **FLOATS,
        ),
        Case(
            "average, windows that do not reach the edge",
            pooled_gradient((2, 8, 5, 2), 2, 3),
            **AVERAGE,
            **FLOATS,
        ),
        Case(
            "average of a whole picture", pooled_gradient((3, 4, 4, 2), 4, 1), **FLOATS, **AVERAGE
        ),
        Case("max, float32", pooled_gradient((2, 5, 4, 2), 3, 1, dtype="float32"), **FLOATS),
        Case(
            "average, float32",
            pooled_gradient((2, 5, 4, 2), 3, 1, dtype="float32"),
            **FLOATS,
            **AVERAGE,
        ),
    ),
    misconceptions=(
        *BACKWARD_WALK,
        Misconception(
            "overwritten",
            "A pixel in several windows keeps what the last one gave it. What about the others?",
            {
                "dA_prev[window] += create": "dA_prev[window] = create",
                "dA_prev[window] += distribute": "dA_prev[window] = distribute",
            },
        ),
        Misconception(
            "maxima overwritten",
            "A pixel in several windows keeps what the last one gave it. What about the others?",
            {"dA_prev[window] += create": "dA_prev[window] = create"},
        ),
        Misconception(
            "averages overwritten",
            "A pixel in several windows keeps what the last one gave it. What about the others?",
            {"dA_prev[window] += distribute": "dA_prev[window] = distribute"},
        ),
        Misconception(
            "mask by argmax",
            "In a window with several maxima only one gets your gradient. What was agreed on?",
            {
                "create_mask_from_window(A_prev[window])": (
                    "(np.arange(f * f).reshape(f, f) == np.argmax(A_prev[window]))"
                )
            },
        ),
        Misconception(
            "zeros get nothing",
            "Where a window's maximum is zero, your gradient is lost. What was agreed on?",
            {
                "create_mask_from_window(A_prev[window])": (
                    "create_mask_from_window(A_prev[window]) * (A_prev[window] != 0)"
                )
            },
        ),
        Misconception(
            "gradient in the input's type",
            "Your gradient holds whole numbers because the input does. What becomes of fractions?",
            {
                "np.zeros(A_prev.shape)": "np.zeros_like(A_prev)",
                "dA_prev[window] += create": "dA_prev[window] = dA_prev[window] + create",
                "dA_prev[window] += distribute": "dA_prev[window] = dA_prev[window] + distribute",
            },
        ),
        Misconception(
            "average not divided",
            "In average mode every pixel got the whole gradient. How many share it?",
            {"distribute_value(da, (f, f))": "np.full((f, f), da)"},
        ),
        Misconception(
            "average divided by the side",
            "In average mode you divided by one side of the window. How many pixels share the "
            "gradient?",
            {"distribute_value(da, (f, f))": "np.full((f, f), da / f)"},
        ),
        Misconception(
            "average divided by the output's size",
            "In average mode you divided by the number of windows. How many pixels share one "
            "window's gradient?",
            {"distribute_value(da, (f, f))": "np.full((f, f), da / (n_H * n_W))"},
        ),
        Misconception(
            "input in place of dA",
            "You handed the input's own values on, not a gradient. Which array says what each "
            "window is worth?",
            {
                "create_mask_from_window(A_prev[window]) * da": (
                    "create_mask_from_window(A_prev[window]) * A_prev[window]"
                )
            },
        ),
        Misconception(
            "gradient times input",
            "Your gradient is multiplied by the input's values. If the maximum grows by a little, "
            "by how much does the output grow?",
            {
                "create_mask_from_window(A_prev[window]) * da": (
                    "create_mask_from_window(A_prev[window]) * A_prev[window] * da"
                )
            },
        ),
        Misconception(
            "dA indexed by the window",
            "You cut the window out of dA. Does dA have a number for each pixel, or for each "
            "window?",
            {
                "da = dA[i, h, w, c]": "da = dA[i, vert_start:vert_end, horiz_start:horiz_end, c]",
                "distribute_value(da, (f, f))": "da / (f * f)",
            },
        ),
        Misconception(
            "dA at the window's corner",
            "You look dA up at the window's first pixel. Does dA have a number for each pixel, or "
            "for each window?",
            {"da = dA[i, h, w, c]": "da = dA[i, vert_start, horiz_start, c]"},
        ),
        Misconception(
            "gradient starts at random",
            "Your gradient does not start at zero. What is in a sum before anything was added?",
            {"np.zeros(A_prev.shape)": "np.random.default_rng(1).normal(size=A_prev.shape)"},
        ),
        Misconception(
            "gradient starts at the input",
            "Your gradient starts from the input's values. What is in a sum before anything was "
            "added?",
            {"np.zeros(A_prev.shape)": "A_prev * 1.0"},
        ),
        Misconception(
            "mask over all channels",
            "Your mask looks for the maximum of all channels. For whom does each channel pool?",
            {
                "create_mask_from_window(A_prev[window])": (
                    "(A_prev[window] == np.max(A_prev[window[:3]]))"
                )
            },
        ),
        Misconception(
            "mode ignored",
            "You hand everything to the maximum, whatever the mode. What does the third argument "
            "say?",
            {"distribute_value(da, (f, f))": "create_mask_from_window(A_prev[window]) * da"},
        ),
        Misconception(
            "average by default",
            "Without a mode you average. What does the signature say?",
            {'mode="max"': 'mode="average"'},
        ),
        Misconception(
            "first example for all",
            "Only the first picture of the batch was asked, again and again. Which index stands "
            "for the picture?",
            {"window = np.s_[i,": "window = np.s_[0,"},
        ),
        Misconception(
            "gradient of the first example for all",
            "The gradients of the first picture were used for all. Which index stands for the "
            "picture?",
            {"da = dA[i,": "da = dA[0,"},
        ),
        Misconception(
            "arrays of the notebook",
            OF_THE_NOTEBOOK,
            {"    A_prev, hparameters = cache\n": "    _, hparameters = cache\n"},
        ),
    ),
)

exercises = [
    zero_pad,
    conv_single_step,
    conv_forward,
    pool,
    conv_backward,
    create_mask_from_window,
    distribute_value,
    pool_backward,
]
