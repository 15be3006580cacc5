"""Hidden tests of `edge_detection`: sizes, sliding a filter, the flip, learning nine weights."""

from typing import Any

import numpy as np

from convwork.grading.cases import Case, Exercise, Inputs, Misconception

Rng = np.random.Generator
Shape = tuple[int, int]

# Wide enough for a solution that computes in 32 bits.
FLOATS: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-5}
STEPS: dict[str, Any] = {"rtol": 1e-3, "atol": 1e-4}


def between(rng: Rng, low: int, high: int) -> int:
    """A random integer from low to high, both possible."""
    return int(rng.integers(low, high, endpoint=True))


def floats(image: Shape, kernel: Shape) -> Any:
    """A builder of an image and a kernel of these shapes, with negative values among them."""
    return lambda rng: (rng.normal(size=image), rng.normal(size=kernel))


def integers(image: Shape, kernel: Shape) -> Any:
    """The same with whole numbers, like the worked examples: an image from 0 to 9."""
    return lambda rng: (rng.integers(0, 10, size=image), rng.integers(-4, 5, size=kernel))


# --- output_size ---------------------------------------------------------------------------------


def stride_that_divides(rng: Rng) -> Inputs:
    f, stride = between(rng, 2, 5), between(rng, 2, 4)
    return f + stride * between(rng, 3, 9), f, 0, stride


def stride_that_does_not_divide(rng: Rng) -> Inputs:
    f, stride, pad = between(rng, 3, 5), between(rng, 3, 5), between(rng, 1, 3)
    padded = f + stride * between(rng, 4, 9) + stride - 1
    return padded - 2 * pad, f, pad, stride


def one_pixel_short_of_dividing(rng: Rng) -> Inputs:
    f, stride = between(rng, 2, 5), between(rng, 3, 5)
    return f + stride * between(rng, 3, 9) + 1, f, 0, stride


def window_fills_the_image(rng: Rng) -> Inputs:
    n = between(rng, 3, 9)
    return n, n


def window_fills_the_padded_image(rng: Rng) -> Inputs:
    n, pad = between(rng, 3, 9), between(rng, 1, 3)
    return n, n + 2 * pad, pad, between(rng, 2, 3)


def window_fits_with_padding_only(rng: Rng) -> Inputs:
    n, pad = between(rng, 3, 9), between(rng, 3, 5)
    return n, n + pad, pad


def window_too_wide(rng: Rng) -> Inputs:
    n = between(rng, 3, 9)
    return n, n + 1


def window_too_wide_for_the_padding(rng: Rng) -> Inputs:
    n, pad = between(rng, 3, 9), between(rng, 1, 3)
    return n, n + 2 * pad + 1, pad, 2


def window_far_too_wide(rng: Rng) -> Inputs:
    n = between(rng, 3, 9)
    return n, 3 * n + between(rng, 0, 5), 0, 2


output_size = Exercise(
    "output_size",
    cases=(
        Case("no padding, stride 1", lambda rng: (between(rng, 8, 60), between(rng, 2, 6))),
        Case(
            "padding, stride 1",
            lambda rng: (between(rng, 8, 60), between(rng, 4, 6)),
            options={"pad": 3},
        ),
        Case(
            "stride 3, no padding",
            lambda rng: (3 * between(rng, 4, 20) + 1, 3),
            options={"stride": 3},
        ),
        Case("a stride that divides", stride_that_divides),
        Case("padding, and a stride that does not divide", stride_that_does_not_divide),
        Case("one pixel left over", one_pixel_short_of_dividing),
        Case("a window as wide as the image", window_fills_the_image),
        Case("a window as wide as the padded image", window_fills_the_padded_image),
        Case("a window that fits thanks to the padding", window_fits_with_padding_only),
        Case("a stride longer than the image", lambda rng: (between(rng, 5, 8), 3, 0, 20)),
        Case("one pixel, a window of one", lambda rng: (1, 1, between(rng, 0, 3))),
        Case("a window too wide by one pixel", window_too_wide, raises=ValueError),
        Case(
            "a window too wide for the padded image",
            window_too_wide_for_the_padding,
            raises=ValueError,
        ),
        Case("a window far too wide", window_far_too_wide, raises=ValueError),
        Case("an image without pixels", lambda rng: (0, 1, 2), raises=ValueError, variants=1),
        Case("a window of no pixels", lambda rng: (between(rng, 5, 9), 0), raises=ValueError),
        Case(
            "an image of minus one pixel",
            lambda rng: (-1, 1, between(rng, 2, 4)),
            raises=ValueError,
        ),
        Case(
            "a window of minus two pixels", lambda rng: (between(rng, 5, 9), -2), raises=ValueError
        ),
        Case(
            "negative padding",
            lambda rng: (between(rng, 7, 9), 3, -1),
            raises=ValueError,
        ),
        Case("stride 0", lambda rng: (between(rng, 5, 9), 3, 0, 0), raises=ValueError),
        Case("a negative stride", lambda rng: (between(rng, 5, 9), 3, 1, -2), raises=ValueError),
    ),
    misconceptions=(
        Misconception(
            "moves for places",
            "You count how often the window moves. How many places does it have if it never does?",
            {"room // stride + 1": "room // stride"},
        ),
        Misconception(
            "padding on one side",
            "Your padding counts once. On how many sides of the row does it lie?",
            {"n + 2 * pad - f": "n + pad - f"},
        ),
        Misconception(
            "padding ignored",
            "Your answer is the same with and without padding.",
            {"n + 2 * pad - f": "n - f"},
        ),
        Misconception(
            "padding not strided",
            "You divide by the stride before the padding comes in. Does the window not move over "
            "the padding too?",
            {"n + 2 * pad - f": "n - f", "room // stride + 1": "room // stride + 2 * pad + 1"},
        ),
        Misconception(
            "stride ignored",
            "Your answer is the same for every stride.",
            {"room // stride + 1": "room + 1"},
        ),
        Misconception(
            "ceil for floor",
            "You round up. The last window you count reaches beyond the padded image.",
            {"room // stride + 1": "-(-room // stride) + 1"},
        ),
        Misconception(
            "nearest for floor",
            "You round to the nearest. Is there a place for half a move?",
            {"room // stride + 1": "round(room / stride) + 1"},
        ),
        Misconception(
            "one added too early",
            "You add the one before you divide by the stride. Which of the two counts moves, and "
            "which counts places?",
            {"room // stride + 1": "(room + 1) // stride"},
        ),
        Misconception(
            "not rounded",
            "You give a fraction or a float. Can a window have half a place?",
            {"room // stride + 1": "room / stride + 1"},
        ),
        Misconception(
            "window too wide accepted",
            "A window wider than the padded image stands nowhere, and yours gives a number.",
            {"if room < 0:": "if False:"},
        ),
        Misconception(
            "fit judged without padding",
            "You compare the window with the bare image. What if it fits thanks to the padding?",
            {"if room < 0:": "if f > n:"},
        ),
        Misconception(
            "window as wide as the image refused",
            "A window exactly as wide as the padded image does not move. Has it no place, or one?",
            {"if room < 0:": "if room <= 0:"},
        ),
        Misconception(
            "arguments unchecked",
            "You accept sizes, paddings or strides that cannot be. Look at what each may be.",
            {"if n < 1 or f < 1 or pad < 0 or stride < 1:": "if False:"},
        ),
        Misconception(
            "negative sizes accepted",
            "You accept sizes below zero. Can an image or a window have fewer pixels than none?",
            {"n < 1 or f < 1 or": "n == 0 or f == 0 or"},
        ),
        Misconception(
            "one pixel refused",
            "You refuse an image or a window of a single pixel. Both are possible.",
            {"if n < 1 or f < 1 or": "if n <= 1 or f <= 1 or"},
        ),
    ),
)

# --- same_padding --------------------------------------------------------------------------------

same_padding = Exercise(
    "same_padding",
    cases=(
        Case("a window of one", lambda rng: (1,), variants=1),
        Case("a window of three", lambda rng: (3,), variants=1),
        Case("odd windows", lambda rng: (2 * between(rng, 3, 10) + 1,)),
        Case("wide odd windows", lambda rng: (2 * between(rng, 20, 90) + 1,)),
        Case("a window of two", lambda rng: (2,), raises=ValueError, variants=1),
        Case("even windows", lambda rng: (2 * between(rng, 5, 20),), raises=ValueError),
        Case("a window of no pixels", lambda rng: (0,), raises=ValueError, variants=1),
        Case("a window of minus one", lambda rng: (-1,), raises=ValueError, variants=1),
    ),
    misconceptions=(
        Misconception(
            "even windows accepted",
            "You give a padding for an even window too. Does it keep the size? Put it into "
            "`output_size`.",
            {"if f < 1 or f % 2 == 0:": "if f < 1:"},
        ),
        Misconception(
            "a list of even windows",
            "You refuse the small even windows alone. Is the largest on your list the largest?",
            {"f % 2 == 0": "f in (2, 4, 6, 8)"},
        ),
        Misconception(
            "both sides together",
            "That is the padding of both sides together.",
            {"return f // 2": "return f - 1"},
        ),
        Misconception(
            "one too many",
            "Your output is larger than the image. Try a window of one pixel.",
            {"return f // 2": "return (f + 1) // 2"},
        ),
        Misconception(
            "the window's own size",
            "Your padding is as wide as the window. How far does a window reach from its middle?",
            {"return f // 2": "return f"},
        ),
        Misconception(
            "a float",
            "You give a float. A number of pixels is an integer.",
            {"return f // 2": "return (f - 1) / 2"},
        ),
        Misconception(
            "sizes below one accepted",
            "You accept windows of less than one pixel.",
            {"if f < 1 or f % 2 == 0:": "if f % 2 == 0:"},
        ),
        Misconception(
            "window of one refused",
            "You refuse a window of one pixel. It keeps the size without any padding.",
            {"if f < 1 or f % 2 == 0:": "if f <= 1 or f % 2 == 0:"},
        ),
    ),
)

# --- convolve2d ----------------------------------------------------------------------------------


# Parts of the solution that misconceptions get wrong.
HEIGHT = "output_size(padded.shape[0], f_H, stride=stride)"
WIDTH = "output_size(padded.shape[1], f_W, stride=stride)"
WINDOW = "padded[top : top + f_H, left : left + f_W]"


def photo(rng: Rng) -> Inputs:
    """Bytes, as `load_photo` gives them, and fractions that add up to far more than one."""
    return rng.integers(0, 256, size=(8, 7), dtype=np.uint8), rng.normal(size=(3, 3)) + 1


def fractional_kernel(rng: Rng) -> Inputs:
    return rng.integers(0, 10, size=(6, 8)), rng.normal(size=(3, 2))


def fractional_image(image: Shape, kernel: Shape) -> Any:
    """A builder of an image of fractions and a kernel of whole numbers, as in the notebook."""
    return lambda rng: (rng.normal(size=image), rng.integers(1, 5, size=kernel))


def bright_image(rng: Rng) -> Inputs:
    """Far from zero at the border, so that padding with anything but zeros shows."""
    return rng.uniform(5, 9, size=(5, 7)), rng.uniform(0.5, 1, size=(3, 3))


def single_precision(rng: Rng) -> Inputs:
    image, kernel = rng.normal(size=(7, 9)), rng.normal(size=(3, 4))
    return image.astype(np.float32), kernel.astype(np.float32)


def positional(rng: Rng) -> Inputs:
    return rng.normal(size=(8, 9)), rng.normal(size=(3, 3)), 3, 1


convolve2d = Exercise(
    "convolve2d",
    uses=("output_size",),
    outputs=("output",),
    cases=(
        Case("whole numbers, 6×6 image, 3×3 filter", integers((6, 6), (3, 3))),
        Case("image wider than tall", floats((5, 9), (3, 3)), **FLOATS),
        Case("image taller than wide", floats((10, 6), (3, 3)), **FLOATS),
        Case("filter wider than tall", floats((7, 8), (2, 4)), **FLOATS),
        Case("filter taller than wide", floats((8, 7), (5, 2)), **FLOATS),
        Case("a filter of one row", floats((5, 7), (1, 3)), **FLOATS),
        Case("a filter of one column", floats((7, 5), (3, 1)), **FLOATS),
        Case("a 1×1 filter", floats((4, 6), (1, 1)), **FLOATS),
        Case("an even filter", floats((6, 9), (4, 4)), **FLOATS),
        Case("a filter as large as the image", floats((4, 5), (4, 5)), **FLOATS),
        Case("an image of one row", floats((1, 8), (1, 3)), options={"stride": 2}, **FLOATS),
        Case("stride 2", integers((7, 9), (3, 3)), options={"stride": 2}),
        Case(
            "stride 3 that does not divide",
            floats((10, 12), (3, 3)),
            options={"stride": 3},
            **FLOATS,
        ),
        Case(
            "stride 2, one row and column left over",
            floats((8, 6), (3, 3)),
            options={"stride": 2},
            **FLOATS,
        ),
        Case(
            "stride longer than the filter",
            floats((9, 11), (2, 2)),
            options={"stride": 4},
            **FLOATS,
        ),
        Case("padding 1", bright_image, options={"pad": 1}, **FLOATS),
        Case("padding 2, filter not square", floats((4, 6), (2, 5)), options={"pad": 2}, **FLOATS),
        Case(
            "a filter that fits thanks to the padding",
            floats((2, 3), (5, 4)),
            options={"pad": 2},
            **FLOATS,
        ),
        Case("stride and padding, in this order", positional, **FLOATS),
        Case(
            "stride 2, padding 2",
            floats((6, 9), (3, 4)),
            options={"stride": 2, "pad": 2},
            **FLOATS,
        ),
        Case("whole numbers in the image, fractions in the filter", fractional_kernel, **FLOATS),
        # As large as the first case's, for a solution that knows inputs again by their shapes.
        Case(
            "fractions in the image, whole numbers in the filter",
            fractional_image((6, 6), (3, 3)),
            **FLOATS,
        ),
        Case("a photo of bytes", photo, rtol=1e-4, atol=1e-3),
        Case("32-bit floats", single_precision, **FLOATS),
    ),
    misconceptions=(
        Misconception(
            "filter flipped",
            "Your filter is flipped before it is used. That is the textbook's convolution, which "
            "comes later; here the filter's first weight meets the window's first pixel.",
            {"window * kernel": "window * kernel[::-1, ::-1]"},
        ),
        Misconception(
            "filter transposed",
            "Your filter lies on its side: rows and columns of the weights are exchanged.",
            {"window * kernel": "window * kernel.T"},
        ),
        Misconception(
            "output transposed",
            "Your output lies on its side: its rows are columns.",
            {"return output": "return output.T"},
        ),
        Misconception(
            "window's row and column swapped",
            "When the window should move to the right, yours moves down.",
            {WINDOW: "padded[left : left + f_H, top : top + f_W]"},
        ),
        Misconception(
            "width from the height",
            "The output's width follows from the image's height. Try an image that is not square.",
            {"output_size(padded.shape[1], f_W": "output_size(padded.shape[0], f_H"},
        ),
        Misconception(
            "square filters only",
            "You take the filter's width for its height.",
            {"f_H, f_W = kernel.shape": "f_H = f_W = kernel.shape[0]"},
        ),
        Misconception(
            "stride on the rows alone",
            "Your stride works downwards and not to the right.",
            {
                WIDTH: "output_size(padded.shape[1], f_W)",
                "column * stride": "column",
            },
        ),
        Misconception(
            "stride on the columns alone",
            "Your stride works to the right and not downwards.",
            {
                HEIGHT: "output_size(padded.shape[0], f_H)",
                "row * stride": "row",
            },
        ),
        Misconception(
            "stride in the size alone",
            "Your output has the right size, but its windows lie one pixel apart. Where does the "
            "window for output cell (1, 1) begin?",
            {"row * stride, column * stride": "row, column"},
        ),
        Misconception(
            "rows placed without the stride",
            "From row to row of the output your window moves by one pixel, whatever the stride.",
            {"row * stride": "row"},
        ),
        Misconception(
            "columns placed without the stride",
            "From column to column of the output your window moves by one pixel, whatever the "
            "stride.",
            {"column * stride": "column"},
        ),
        Misconception(
            "stride ignored",
            "Your output is the same for every stride.",
            {
                HEIGHT: "output_size(padded.shape[0], f_H)",
                WIDTH: "output_size(padded.shape[1], f_W)",
                "row * stride, column * stride": "row, column",
            },
        ),
        Misconception(
            "output cells skipped",
            "You step through the output by the stride, so that cells in between stay empty. What "
            "moves by the stride: the output's cell, or the window?",
            {
                "range(n_H)": "range(0, n_H, stride)",
                "range(n_W)": "range(0, n_W, stride)",
                "row * stride, column * stride": "row, column",
            },
        ),
        Misconception(
            "window as large as the stride",
            "Your window is as large as the stride. What decides how far a window reaches?",
            {"top : top + f_H, left : left + f_W": "top : top + stride, left : left + stride"},
        ),
        Misconception(
            "ceil for floor",
            "Your output has a row or column too many: its last windows reach beyond the image.",
            {
                HEIGHT: ("-(-(padded.shape[0] - f_H) // stride) + 1"),
                WIDTH: ("-(-(padded.shape[1] - f_W) // stride) + 1"),
                "window * kernel": "window * kernel[: window.shape[0], : window.shape[1]]",
            },
        ),
        Misconception(
            "last place forgotten",
            "Your last row and column are missing. Does the window have as many places as moves?",
            {
                HEIGHT: ("(padded.shape[0] - f_H) // stride"),
                WIDTH: ("(padded.shape[1] - f_W) // stride"),
            },
        ),
        Misconception(
            "padding ignored",
            "Your output is the same with and without padding.",
            {"np.pad(image, pad)": "np.asarray(image)"},
        ),
        Misconception(
            "padding above and left alone",
            "Your padding lies above and to the left alone.",
            {"np.pad(image, pad)": "np.pad(image, ((pad, 0), (pad, 0)))"},
        ),
        Misconception(
            "padding below and right alone",
            "Your padding lies below and to the right alone.",
            {"np.pad(image, pad)": "np.pad(image, ((0, pad), (0, pad)))"},
        ),
        Misconception(
            "padding above and below alone",
            "Your padding lies above and below, and not on the left and right.",
            {"np.pad(image, pad)": "np.pad(image, ((pad, pad), (0, 0)))"},
        ),
        Misconception(
            "padding left and right alone",
            "Your padding lies on the left and right, and not above and below.",
            {"np.pad(image, pad)": "np.pad(image, ((0, 0), (pad, pad)))"},
        ),
        Misconception(
            "padding repeated from the border",
            "Your padding repeats the pixels at the border. What should stand there?",
            {"np.pad(image, pad)": 'np.pad(image, pad, mode="edge")'},
        ),
        Misconception(
            "twice the padding",
            "Your padding is twice as wide as it should be. It is meant for each side.",
            {"np.pad(image, pad)": "np.pad(image, 2 * pad)"},
        ),
        Misconception(
            "mean for sum",
            "You take the mean of the products. What does the formula do with them?",
            {"np.sum(window": "np.mean(window"},
        ),
        Misconception(
            "matrix product",
            "You multiply window and filter as matrices. Each pixel meets one weight alone.",
            {"window * kernel": "window @ kernel"},
        ),
        Misconception(
            "absolute values",
            "Your output has no negative numbers. What does the sign say about an edge?",
            {"np.sum(window * kernel)": "abs(np.sum(window * kernel))"},
        ),
        Misconception(
            "negative values cut off",
            "Your output is zero where it should be negative. That cut comes later in a network, "
            "and is no part of a convolution.",
            {"np.sum(window * kernel)": "max(np.sum(window * kernel), 0)"},
        ),
        Misconception(
            "whole numbers out",
            "Your output holds whole numbers because the image does. What becomes of fractions?",
            {"np.zeros((n_H, n_W))": "np.zeros((n_H, n_W), dtype=image.dtype)"},
        ),
        Misconception(
            "whole numbers out for a filter of such",
            "Your output holds whole numbers because the filter does. What becomes of fractions?",
            {"np.zeros((n_H, n_W))": "np.zeros((n_H, n_W), dtype=kernel.dtype)"},
        ),
        Misconception(
            "image in the filter's type",
            "Your image becomes whole numbers because the filter holds such. What becomes of its "
            "fractions?",
            {"np.pad(image, pad)": "np.pad(image, pad).astype(kernel.dtype)"},
        ),
        Misconception(
            "clipped like pixels",
            "Your output goes from −255 to 255. Is it a picture, or are its numbers sums?",
            {"np.sum(window * kernel)": "np.clip(np.sum(window * kernel), -255, 255)"},
        ),
        Misconception(
            "always the same size",
            "Your output is as large as the image although no padding was asked for.",
            {"np.pad(image, pad)": "np.pad(image, pad or kernel.shape[0] // 2)"},
        ),
    ),
)

# --- true_convolution ----------------------------------------------------------------------------

true_convolution = Exercise(
    "true_convolution",
    uses=("convolve2d",),
    outputs=("output",),
    cases=(
        Case("whole numbers, 6×6 image, 3×3 filter", integers((6, 6), (3, 3))),
        Case("image wider than tall", floats((5, 9), (3, 3)), **FLOATS),
        Case("image taller than wide, even filter", floats((9, 6), (4, 4)), **FLOATS),
        Case("filter wider than tall", floats((6, 8), (2, 4)), **FLOATS),
        Case("filter taller than wide", floats((8, 6), (5, 2)), **FLOATS),
        Case("a filter of one row", floats((5, 7), (1, 3)), **FLOATS),
        Case("a filter of one column", floats((7, 5), (3, 1)), **FLOATS),
        Case("a 1×1 filter", floats((3, 5), (1, 1)), **FLOATS),
        Case("a filter as large as the image", floats((4, 5), (4, 5)), **FLOATS),
        Case(
            "fractions in the image, whole numbers in the filter",
            fractional_image((5, 7), (2, 3)),
            **FLOATS,
        ),
        Case("a photo of bytes", photo, rtol=1e-4, atol=1e-3),
        Case("32-bit floats", single_precision, **FLOATS),
    ),
    misconceptions=(
        Misconception(
            "no flip",
            "Your filter is not flipped: this is what `convolve2d` does already.",
            {"kernel[::-1, ::-1]": "kernel"},
        ),
        Misconception(
            "rows alone",
            "Your filter is upside down, and its left is still its left.",
            {"kernel[::-1, ::-1]": "kernel[::-1]"},
        ),
        Misconception(
            "columns alone",
            "Your filter is mirrored, and its top is still its top.",
            {"kernel[::-1, ::-1]": "kernel[:, ::-1]"},
        ),
        Misconception(
            "transposed",
            "You exchange rows and columns of the filter. Where should its first weight go?",
            {"kernel[::-1, ::-1]": "kernel.T"},
        ),
        Misconception(
            "transposed and flipped",
            "Your filter is flipped along its other diagonal. Where should its upper right weight "
            "go?",
            {"kernel[::-1, ::-1]": "kernel[::-1, ::-1].T"},
        ),
        Misconception(
            "a quarter turn",
            "You turn the filter by a quarter and not by a half.",
            {"kernel[::-1, ::-1]": "np.rot90(kernel)"},
        ),
        Misconception(
            "a quarter turn the other way",
            "You turn the filter by a quarter and not by a half.",
            {"kernel[::-1, ::-1]": "np.rot90(kernel, -1)"},
        ),
        Misconception(
            "image flipped",
            "You flip the image in place of the filter, and so the output comes out flipped.",
            {"convolve2d(image, kernel[::-1, ::-1])": "convolve2d(image[::-1, ::-1], kernel)"},
        ),
        Misconception(
            "output flipped",
            "You flip the output in place of the filter, or the image as well as the filter: "
            "both come to the same.",
            {"convolve2d(image, kernel[::-1, ::-1])": "convolve2d(image, kernel)[::-1, ::-1]"},
        ),
        Misconception(
            "sign turned",
            "You turn the signs of the weights. A flip moves weights and changes none.",
            {"kernel[::-1, ::-1]": "-kernel"},
        ),
        Misconception(
            "output in the filter's type",
            "Your output holds whole numbers because the filter does. What becomes of fractions?",
            {"kernel[::-1, ::-1])": "kernel[::-1, ::-1]).astype(kernel.dtype)"},
        ),
        Misconception(
            "padded to full size",
            "Your output is larger than the image. No padding was asked for.",
            {"kernel[::-1, ::-1])": "kernel[::-1, ::-1], pad=max(kernel.shape) - 1)"},
        ),
    ),
)

# --- learn_kernel --------------------------------------------------------------------------------


LOOP = "    for _ in range(steps):\n"
ERROR = "    error = convolve2d(image, kernel) - target\n"
STEP = "        kernel = kernel - learning_rate * gradient\n"
KEEP_THE_BEST = """
        loss = np.mean((convolve2d(image, kernel) - target) ** 2)
        if loss < smallest:
            best, smallest = kernel, loss
"""


def respond(image: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """What a 3×3 filter makes of an image."""
    windows = np.lib.stride_tricks.sliding_window_view(image, (3, 3))
    return np.einsum("ijuv,uv->ij", windows, kernel)


def task(shape: Shape, *arguments: float) -> Any:
    """A builder of an image of noise and a target that no filter makes, then the arguments.

    No side of the target should be such that its square, or half of it, is a number that a
    misconception divides by.
    """
    height, width = shape
    return lambda rng: (
        rng.normal(size=shape),
        rng.normal(size=(height - 2, width - 2)) + 0.5,
        *arguments,
    )


def any_rate(rng: Rng) -> Inputs:
    return (*task((6, 9))(rng), 2, float(rng.uniform(0.02, 0.2)))


def whole_numbers(rng: Rng) -> Inputs:
    return rng.integers(0, 10, size=(7, 6)), rng.integers(-20, 20, size=(5, 4)), 4, 0.002


def single_precision_task(rng: Rng) -> Inputs:
    image, target, *arguments = task((6, 8), 3, 0.1)(rng)
    return image.astype(np.float32), target.astype(np.float32), *arguments


def hidden_filter(rng: Rng) -> Inputs:
    """The target is what a filter makes of noise: enough steps find that filter."""
    image = rng.normal(size=(9, 10))
    return image, respond(image, rng.integers(-3, 4, size=(3, 3))), 60, 0.2


def hidden_edge_filter(rng: Rng) -> Inputs:
    """The same for an edge filter in one of four directions."""
    image = rng.normal(size=(10, 8))
    sobel = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    return image, respond(image, np.rot90(sobel, between(rng, 0, 3))), 50, 0.2


learn_kernel = Exercise(
    "learn_kernel",
    uses=("convolve2d",),
    outputs=("kernel",),
    cases=(
        Case("no steps", task((6, 7), 0, 0.1), **STEPS),
        Case("one step, 6×6 image", task((6, 6), 1, 0.1), **STEPS),
        Case("two steps, image taller than wide", task((9, 6), 2, 0.1), **STEPS),
        Case("three steps, image wider than tall", task((4, 9), 3, 0.05), **STEPS),
        Case("ten steps", task((7, 6), 10, 0.1), **STEPS),
        Case("another learning rate", any_rate, **STEPS),
        Case(
            "steps and learning rate by name",
            task((6, 8)),
            options={"steps": 4, "learning_rate": 0.07},
            **STEPS,
        ),
        Case("a learning rate that overshoots", task((7, 8), 3, 0.9), **STEPS),
        Case("one window alone", task((3, 3), 2, 0.02), **STEPS),
        Case("whole numbers", whole_numbers, **STEPS),
        Case("32-bit floats", single_precision_task, **STEPS),
        Case("finds a hidden filter", hidden_filter, calls=1, **STEPS),
        Case("finds a hidden edge filter", hidden_edge_filter, calls=1, **STEPS),
    ),
    misconceptions=(
        Misconception(
            "sum for mean",
            "Your steps grow with the number of pixels. Is the loss a sum, or a mean?",
            {" / error.size": ""},
        ),
        Misconception(
            "two lost",
            "Your steps are half as long as they should be. What is the slope of a square?",
            {"2 * convolve2d": "convolve2d"},
        ),
        Misconception(
            "uphill",
            "Your weights run away from the target: each step makes the loss larger.",
            {"kernel - learning_rate": "kernel + learning_rate"},
        ),
        Misconception(
            "one step too few",
            "You take one step less than you were asked for.",
            {"range(steps)": "range(steps - 1)"},
        ),
        Misconception(
            "one step too many",
            "You take one step more than you were asked for.",
            {"range(steps)": "range(steps + 1)"},
        ),
        Misconception(
            "mean over the weights",
            "You divide by nine. Over what is the loss a mean?",
            {"error.size": "kernel.size"},
        ),
        Misconception(
            "mean over the image",
            "You divide by the number of the image's pixels. Over what is the loss a mean?",
            {"error.size": "np.size(image)"},
        ),
        Misconception(
            "mean over the rows",
            "You divide by the number of rows alone. Over what is the loss a mean?",
            {"error.size": "len(error)"},
        ),
        Misconception(
            "gradient flipped",
            "Your gradient is turned by half a turn: the first weight gets the slope of the last.",
            {"convolve2d(image, error)": "true_convolution(image, error)"},
        ),
        Misconception(
            "gradient transposed",
            "Rows and columns of your gradient are exchanged.",
            {"convolve2d(image, error)": "convolve2d(image, error).T"},
        ),
        Misconception(
            "prediction flipped",
            "You predict with a flipped filter. Which convolution is asked for?",
            {"convolve2d(image, kernel)": "true_convolution(image, kernel)"},
        ),
        Misconception(
            "learnt the flipped filter",
            "Your filter is the right one, turned by half a turn. Which convolution is asked for?",
            {"return kernel": "return kernel[::-1, ::-1]"},
        ),
        Misconception(
            "learning rate ignored",
            "Your steps are the same for every learning rate.",
            {"learning_rate * gradient": "gradient"},
        ),
        Misconception(
            "the best weights",
            "You return the weights with the smallest loss of all steps. Which does the docstring "
            "promise?",
            {
                LOOP: "    best, smallest = kernel, np.inf\n" + LOOP,
                STEP: STEP + KEEP_THE_BEST,
                "return kernel": "return best",
            },
        ),
        Misconception(
            "starts from ones",
            "Your weights do not start from zero.",
            {"np.zeros((3, 3))": "np.ones((3, 3))"},
        ),
        Misconception(
            "steps forgotten",
            "Each of your steps starts from zero again and forgets those before it.",
            {"kernel = kernel - learning_rate": "kernel = -learning_rate"},
        ),
        Misconception(
            "errors never renewed",
            "Your errors are those of the start. What do the new weights predict?",
            {LOOP + "    " + ERROR: ERROR + LOOP},
        ),
        Misconception(
            "absolute error",
            "Every error pulls equally hard at your weights. Should a large one not pull harder?",
            {"2 * convolve2d(image, error)": "convolve2d(image, np.sign(error))"},
        ),
        Misconception(
            "a single weight for all",
            "All nine weights take the same step. Does each of them meet the same pixels?",
            {"convolve2d(image, error)": "np.mean(convolve2d(image, error))"},
        ),
    ),
)

exercises = [output_size, same_padding, convolve2d, true_convolution, learn_kernel]
