"""Hidden tests for the notebook inception."""

import numpy as np

from convwork.grading.cases import Case, Exercise, Misconception


def some(rng: np.random.Generator, low: int, high: int) -> int:
    """An integer from low to high, both included."""
    return int(rng.integers(low, high + 1))


# conv_1x1


def layer(rng, shape, n_C):
    """Inputs whose sums lie on either side of zero in each channel, and biases that matter."""
    A, W = rng.normal(size=shape), rng.normal(size=(1, 1, shape[-1], n_C))
    sums = A @ W[0, 0]
    return A, W, rng.normal(scale=0.3, size=(1, 1, 1, n_C)) - sums.mean(axis=(0, 1, 2))


def in_float32(rng):
    return tuple(array.astype(np.float32) for array in layer(rng, (2, 4, 3, 6), 5))


def whole_numbers(rng):
    A, W, b = layer(rng, (2, 3, 5, 4), 3)
    return tuple(np.round(3 * array).astype(np.int64) for array in (A, W, b))


def whole_volume(rng):
    A, W, b = layer(rng, (2, 4, 5, 3), 6)
    return np.round(3 * A).astype(np.int64), W, 3 * b


def whole_filters(rng):
    A, W, b = layer(rng, (3, 4, 2, 5), 4)
    return A, np.round(3 * W).astype(np.int64), 3 * b


def all_below_zero(rng):
    A, W, b = layer(rng, (2, 4, 3, 5), 4)
    return -abs(A), abs(W), -abs(b)


def large_sums(rng):
    """Far above what an activation that saturates would give."""
    A, W, b = layer(rng, (1, 3, 4, 6), 3)
    return 20 * abs(A), abs(W), b


def layer_case(name, inputs):
    """Wide enough for those who compute with 32 bits, as Keras and TensorFlow do."""
    return Case(name, inputs, rtol=1e-4, atol=1e-5)


SOLVED = "np.maximum(A @ W[0, 0] + b, 0)"


def formula(name: str, says: str, new: str) -> Misconception:
    """The misconception that the one line is another."""
    return Misconception(name, says, edits={SOLVED: new})


conv_1x1 = Exercise(
    "conv_1x1",
    cases=(
        layer_case("fewer channels", lambda rng: layer(rng, (2, 5, 4, 6), 3)),
        layer_case("more channels", lambda rng: layer(rng, (2, 3, 5, 4), 7)),
        layer_case("as many channels", lambda rng: layer(rng, (2, 4, 3, 5), 5)),
        layer_case("one picture, one filter", lambda rng: layer(rng, (1, 4, 6, 3), 1)),
        layer_case("one channel", lambda rng: layer(rng, (3, 2, 5, 1), 4)),
        layer_case("whole numbers", whole_numbers),
        layer_case("whole numbers in A alone", whole_volume),
        layer_case("whole numbers in W alone", whole_filters),
        layer_case("32-bit floats", in_float32),
        layer_case("every sum below zero", all_below_zero),
        layer_case("large sums", large_sums),
    ),
    misconceptions=(
        formula(
            "no ReLU",
            "Your answer has negative numbers. What comes after the sum?",
            "A @ W[0, 0] + b",
        ),
        formula(
            "no bias",
            "Your answer does not depend on b. What is added to each filter's sum?",
            "np.maximum(A @ W[0, 0], 0)",
        ),
        formula(
            "bias after the ReLU",
            "Your bias comes after the ReLU. Which is first in the formula?",
            "np.maximum(A @ W[0, 0], 0) + b",
        ),
        formula(
            "a ReLU for the bias alone",
            "You cut off the sum and the bias one by one. What does the formula cut?",
            "np.maximum(A @ W[0, 0], 0) + np.maximum(b, 0)",
        ),
        formula(
            "ReLU of what comes in",
            "You cut off the input where it is negative. What does the formula cut?",
            "np.maximum(A, 0) @ W[0, 0] + b",
        ),
        formula(
            "ReLU of each product",
            "You cut off each product for itself. What does the formula cut?",
            "np.maximum(A[..., np.newaxis] * W[0, 0], 0).sum(axis=3) + b",
        ),
        formula(
            "one bias for each product",
            "You add the bias once for every channel that comes in. How often does a filter have "
            "its bias?",
            "np.maximum(A @ W[0, 0] + A.shape[3] * b, 0)",
        ),
        formula(
            "a mean of products",
            "You divide by the number of channels. Does a filter take a sum or a mean?",
            "np.maximum(A @ W[0, 0] / A.shape[3] + b, 0)",
        ),
        formula(
            "filters exchanged with channels",
            "You take the weights of one channel for a filter. Which axis of W counts the filters?",
            "np.maximum(A @ W[0, 0].T + b, 0) if W.shape[2] == W.shape[3] else " + SOLVED,
        ),
        formula(
            "one filter for all channels",
            "All your output channels are alike. How many filters has W?",
            "np.maximum(A @ W[0, 0, :, :1] + b, 0)",
        ),
        formula(
            "first channel only",
            "Your filters look at the first channel alone. How deep is a filter?",
            "np.maximum(A[..., :1] @ W[0, 0, :1] + b, 0)",
        ),
        formula(
            "mean over height and width",
            "Your answer is the same at every place. Which axes does the sum leave alone?",
            "np.maximum(A, 0).mean(axis=(1, 2), keepdims=True) @ W[0, 0] + b + 0 * A[..., :1]",
        ),
        formula(
            "absolute value",
            "Where the sum is negative you turn its sign. What does a ReLU do there?",
            "np.abs(A @ W[0, 0] + b)",
        ),
        formula(
            "sigmoid",
            "Your answers lie between 0 and 1. Which activation is asked for?",
            "1 / (1 + np.exp(-(A @ W[0, 0] + b)))",
        ),
        formula(
            "the first picture for all",
            "All pictures of your batch are answered like the first.",
            "np.maximum(A[:1] @ W[0, 0] + b + 0 * A[..., :1], 0)",
        ),
        formula(
            "an answer of the type of A",
            "Where A holds whole numbers, your answer does, too. Do W and b?",
            f"{SOLVED}.astype(A.dtype)",
        ),
        formula(
            "an answer of the type of W",
            "Where W holds whole numbers, your answer does, too. Do A and b?",
            f"{SOLVED}.astype(W.dtype)",
        ),
        formula(
            "weights of the type of A",
            "Where A holds whole numbers, you cut the weights to whole numbers.",
            "np.maximum(A @ W[0, 0].astype(A.dtype) + b, 0)",
        ),
    ),
)


# The two counts


def square(rng):
    n = some(rng, 8, 30)
    return (n, n, some(rng, 3, 60)), 5, some(rng, 4, 40)


def wide(rng):
    return (some(rng, 5, 9), some(rng, 12, 40), some(rng, 3, 60)), 3, some(rng, 61, 90)


def tall(rng):
    return (some(rng, 12, 40), some(rng, 5, 9), some(rng, 70, 90)), 7, some(rng, 4, 40)


def one_pixel(rng):
    return (some(rng, 12, 40), some(rng, 5, 9), some(rng, 20, 90)), 1, some(rng, 4, 19)


def grey_picture(rng):
    return (some(rng, 100, 200), some(rng, 210, 300), 1), 3, some(rng, 4, 40)


def larger_than_the_picture(rng):
    return (some(rng, 2, 3), some(rng, 4, 5), some(rng, 6, 9)), 7, some(rng, 10, 20)


def beyond_32_bits(rng):
    return (some(rng, 400, 500), some(rng, 510, 600), 512), 7, some(rng, 300, 400)


COUNT = "n_H * n_W * n_filters * f * f * n_C"


def count_case(name, inputs):
    """An exact one, so that only what is equal to a float's count is taken for it."""
    return Case(name, inputs, rtol=0, atol=0)


def count(name: str, says: str, new: str) -> Misconception:
    return Misconception(name, says, edits={COUNT: new})


multiplications = Exercise(
    "multiplications",
    cases=(
        count_case("5×5 filters on a square volume", square),
        count_case("3×3 filters on a wide volume", wide),
        count_case("7×7 filters on a tall volume", tall),
        count_case("1×1 filters", one_pixel),
        count_case("one channel", grey_picture),
        count_case("filters larger than what comes in", larger_than_the_picture),
        count_case("a count beyond 32 bits", beyond_32_bits),
    ),
    misconceptions=(
        count(
            "f once",
            "You count f products for each channel. Is a filter a row or a square?",
            "n_H * n_W * n_filters * f * n_C",
        ),
        count(
            "flat filters",
            "Your filters have one channel. How deep is a filter?",
            "n_H * n_W * n_filters * f * f",
        ),
        count(
            "one filter",
            "You count a single filter. How many numbers does each place put out?",
            "n_H * n_W * f * f * n_C",
        ),
        count(
            "valid padding",
            "You count the places where the filter fits without padding. What does same padding "
            "keep?",
            "(n_H - f + 1) * (n_W - f + 1) * n_filters * f * f * n_C",
        ),
        count(
            "padding left out",
            "You leave out products with the padding. Does the custom?",
            "n_filters * n_C * np.prod([sum(0 <= i + u - f // 2 < n for i in range(n) "
            "for u in range(f)) for n in (n_H, n_W)]).item()",
        ),
        count(
            "parameters",
            "You count the weights. How often is each of them used?",
            "f * f * n_C * n_filters",
        ),
        count(
            "parameters with biases, everywhere",
            "You count a product for each bias. With what would it be multiplied?",
            "n_H * n_W * n_filters * (f * f * n_C + 1)",
        ),
        count(
            "additions, too",
            "You count every product twice. Do the additions belong here?",
            "2 * n_H * n_W * n_filters * f * f * n_C",
        ),
        count(
            "square",
            "Your volumes are always square. How many places has one that is not?",
            "n_H * n_H * n_filters * f * f * n_C",
        ),
        count(
            "sum of products",
            "You add the numbers of what comes out and what one of them takes. Each of the first "
            "takes the second.",
            "n_H * n_W * n_filters + f * f * n_C",
        ),
        count(
            "biases, once",
            "You count the biases. With what are they multiplied?",
            "n_H * n_W * n_filters * f * f * n_C + n_filters",
        ),
        count("a float", "A count is an integer.", "float(n_H * n_W * n_filters * f * f * n_C)"),
    ),
)


def with_neck(inputs, low, high):
    """The same inputs with the width of a bottleneck."""

    def build(rng):
        shape, f, n_filters = inputs(rng)
        return shape, f, n_filters, some(rng, low, high)

    return build


SQUEEZED = "multiplications(input_shape, 1, n_bottleneck)"
EXPANDED = "multiplications((n_H, n_W, n_bottleneck), f, n_filters)"

bottleneck_multiplications = Exercise(
    "bottleneck_multiplications",
    uses=("multiplications",),
    cases=(
        count_case("5×5 filters on a square volume", with_neck(square, 41, 50)),
        count_case("3×3 filters on a wide volume", with_neck(wide, 91, 99)),
        count_case("7×7 filters on a tall volume", with_neck(tall, 2, 3)),
        count_case("1×1 filters on both sides", with_neck(one_pixel, 2, 3)),
        count_case("one channel, a bottle without a neck", with_neck(grey_picture, 41, 50)),
        count_case("one channel in the bottleneck", with_neck(wide, 1, 1)),
        count_case("a count beyond 32 bits", with_neck(beyond_32_bits, 200, 250)),
    ),
    misconceptions=(
        Misconception(
            "the second only",
            "You count the second convolution alone. What does the first cost?",
            edits={f"squeezed + {EXPANDED}": EXPANDED},
        ),
        Misconception(
            "the first only",
            "You count the first convolution alone. What does the second cost?",
            edits={f"squeezed + {EXPANDED}": "squeezed"},
        ),
        Misconception(
            "the product of both",
            "You multiply the costs of two convolutions. They come one after the other.",
            edits={f"squeezed + {EXPANDED}": f"squeezed * {EXPANDED}"},
        ),
        Misconception(
            "the second on the whole input",
            "Your second convolution is as deep as the input. What comes into it?",
            edits={EXPANDED: "multiplications(input_shape, f, n_filters)"},
        ),
        Misconception(
            "the first with large filters",
            "The convolution in front has large filters with you. How large are they?",
            edits={SQUEEZED: "multiplications(input_shape, f, n_bottleneck)"},
        ),
        Misconception(
            "the second with 1×1 filters",
            "Your second convolution has 1×1 filters. Which has them?",
            edits={EXPANDED: "multiplications((n_H, n_W, n_bottleneck), 1, n_filters)"},
        ),
        Misconception(
            "numbers of filters exchanged",
            "Your bottleneck is as wide as the output should be. Which of the two numbers comes "
            "first on the way?",
            edits={
                SQUEEZED: "multiplications(input_shape, 1, n_filters)",
                EXPANDED: "multiplications((n_H, n_W, n_filters), f, n_bottleneck)",
            },
        ),
        Misconception(
            "a third convolution",
            "You widen the bottle again by a 1×1 convolution. Which layers are asked for?",
            edits={
                EXPANDED: "multiplications((n_H, n_W, n_bottleneck), f, n_bottleneck)"
                " + multiplications((n_H, n_W, n_bottleneck), 1, n_filters)"
            },
        ),
    ),
)


# Keras tensors

FACTS = ["output_shape", "parameters", "trainable_parameters", "weights", "predictions"]


def block_case(name, inputs, variants=3, keys=FACTS):
    return Case(
        name,
        inputs,
        probe="keras_block",
        probe_options={"keys": keys},
        calls=1,
        time_limit=30,
        rtol=1e-3,
        atol=1e-4,
        variants=variants,
    )


def module_case(name, inputs):
    """Besides: nothing is dropped in training either."""
    return block_case(name, inputs, keys=[*FACTS, "predictions_in_training"])


def volume(rng, m, n_H, n_W, n_C):
    """Activations as they come out of a ReLU: none is negative."""
    return np.maximum(rng.normal(0.3, 1, size=(m, n_H, n_W, n_C)), 0).astype(np.float32)


def of_both_signs(rng):
    """Large numbers below zero, too: what comes in need not come out of a ReLU."""
    X = rng.normal(-8, 10, size=(2, some(rng, 5, 6), some(rng, 8, 9), 7))
    return X.astype(np.float32), [int(n) for n in rng.permutation([2, 3, 4, 5, 6, 8])]


def different_widths(rng):
    filters = [int(n) for n in rng.permutation([2, 3, 4, 5, 6, 7])]
    return volume(rng, 2, some(rng, 6, 8), some(rng, 9, 11), 8), filters


def paper_in_small(rng):
    """The paper's first module, an eighth as wide, on few places."""
    return volume(rng, 2, some(rng, 7, 8), some(rng, 9, 10), 24), (8, 12, 16, 2, 4, 4)


def as_wide_as_the_input(rng):
    """Every layer has the same width: a layer at the wrong place is told by its numbers alone."""
    n = some(rng, 4, 6)
    return volume(rng, 2, some(rng, 5, 6), some(rng, 7, 8), n), (n,) * 6


def narrow(rng):
    return volume(rng, 3, some(rng, 8, 9), some(rng, 4, 5), 1), (1, 1, 2, 1, 2, 1)


def smaller_than_the_windows(rng):
    return volume(rng, 2, 2, some(rng, 3, 4), 5), (3, 2, 4, 2, 3, 2)


ONE = 'one = keras.layers.Conv2D(n_1, 1, activation="relu")(X)'
THREE_BEFORE = 'three = keras.layers.Conv2D(n_3_before, 1, activation="relu")(X)'
THREE = 'three = keras.layers.Conv2D(n_3, 3, padding="same", activation="relu")(three)'
FIVE_BEFORE = 'five = keras.layers.Conv2D(n_5_before, 1, activation="relu")(X)'
FIVE = 'five = keras.layers.Conv2D(n_5, 5, padding="same", activation="relu")(five)'
POOLED = 'pooled = keras.layers.MaxPooling2D(3, strides=1, padding="same")(X)'
POOL_AFTER = 'pooled = keras.layers.Conv2D(n_pool, 1, activation="relu")(pooled)'
JOINED = "keras.layers.Concatenate()([one, three, five, pooled])"
INDENT = "    "


def linear(line: str) -> dict[str, str]:
    """The edit that takes the ReLU from a convolution."""
    return {line: line.replace(', activation="relu"', "")}


inception_module = Exercise(
    "inception_module",
    cases=(
        module_case("six different widths", different_widths),
        module_case("the paper's first module in small", paper_in_small),
        module_case("every layer as wide as the input", as_wide_as_the_input),
        module_case("one channel", narrow),
        module_case("less high than the windows", smaller_than_the_windows),
        module_case("large numbers, some below zero", of_both_signs),
    ),
    misconceptions=(
        Misconception(
            "pooling without its 1×1",
            "All channels of the pooling come out. What shrinks them?",
            edits={f"{INDENT}{POOL_AFTER}\n": ""},
        ),
        Misconception(
            "1×1 before the pooling",
            "In your last branch the 1×1 comes before the pooling. Which is first in the picture?",
            edits={
                POOLED: POOL_AFTER.replace("(pooled)", "(X)"),
                POOL_AFTER: POOLED.replace("(X)", "(pooled)"),
            },
        ),
        Misconception(
            "no pooling",
            "Your last branch does not pool. What stands before its 1×1 in the picture?",
            edits={f"{INDENT}{POOLED}\n": "", POOL_AFTER: POOL_AFTER.replace("(pooled)", "(X)")},
        ),
        Misconception(
            "no bottlenecks",
            "Your large filters look at the whole input. What stands before them in the picture?",
            edits={
                f"{INDENT}{THREE_BEFORE}\n": "",
                f"{INDENT}{FIVE_BEFORE}\n": "",
                THREE: THREE.replace("(three)", "(X)"),
                FIVE: FIVE.replace("(five)", "(X)"),
            },
        ),
        Misconception(
            "one bottleneck for both",
            "Both of your large filters look through the same bottleneck. How many are there in "
            "the picture?",
            edits={f"{INDENT}{FIVE_BEFORE}\n": "", FIVE: FIVE.replace("(five)", "(three)")},
        ),
        Misconception(
            "one branch after the other",
            "Your 5×5 branch looks at the 3×3 branch. Where do the branches begin?",
            edits={FIVE_BEFORE: FIVE_BEFORE.replace("(X)", "(three)")},
        ),
        Misconception(
            "3×3 in place of 5×5",
            "Your third branch has 3×3 filters. How large are they in the picture?",
            edits={FIVE: FIVE.replace("n_5, 5", "n_5, 3")},
        ),
        Misconception(
            "2×2 pooling",
            "Your pooling windows are 2×2. How large are they in the picture?",
            edits={POOLED: POOLED.replace("MaxPooling2D(3", "MaxPooling2D(2")},
        ),
        Misconception(
            "average pooling",
            "Your pooling takes the mean of its window. Which kind is in the picture?",
            edits={POOLED: POOLED.replace("MaxPooling2D", "AveragePooling2D")},
        ),
        Misconception(
            "pooling makes smaller",
            "Your pooling has another height and width than the other branches. Which stride keeps "
            "the size?",
            edits={POOLED: POOLED.replace("strides=1, ", "")},
        ),
        Misconception(
            "convolutions make smaller",
            "Your large filters have no padding, so the branches do not fit together.",
            edits={
                THREE: THREE.replace('padding="same", ', ""),
                FIVE: FIVE.replace('padding="same", ', ""),
            },
        ),
        Misconception(
            "order of the paper's table",
            "You read the six numbers in another order. Which come in pairs, and which of a pair "
            "is first?",
            edits={
                "n_1, n_3_before, n_3, n_5_before, n_5, n_pool =": (
                    "n_1, n_3, n_3_before, n_5, n_5_before, n_pool ="
                )
            },
        ),
        Misconception(
            "outputs first, bottlenecks after them",
            "You read the six numbers in another order. What follows the 1×1 branch's?",
            edits={
                "n_1, n_3_before, n_3, n_5_before, n_5, n_pool =": (
                    "n_1, n_3, n_5, n_pool, n_3_before, n_5_before ="
                )
            },
        ),
        Misconception(
            "another order of branches",
            "The right channels come out in another order. Which branch is first?",
            edits={JOINED: JOINED.replace("one, three, five, pooled", "pooled, one, three, five")},
        ),
        Misconception(
            "5×5 before 3×3",
            "The right channels come out in another order. Which branch is second?",
            edits={JOINED: JOINED.replace("three, five", "five, three")},
        ),
        Misconception(
            "joined along the width",
            "Your branches stand beside each other. Along which axis are they joined?",
            edits={JOINED: JOINED.replace("Concatenate()", "Concatenate(axis=2)")},
        ),
        Misconception(
            "added",
            "You add the branches. What does the module do with them?",
            edits={JOINED: JOINED.replace("Concatenate()", "Add()")},
        ),
        Misconception(
            "the input comes out, too",
            "The input comes out beside the branches. How many branches are there?",
            edits={JOINED: JOINED.replace("pooled]", "pooled, X]")},
        ),
        Misconception(
            "no 1×1 branch",
            "One branch is missing. Which of the four has a single layer?",
            edits={f"{INDENT}{ONE}\n": "", JOINED: JOINED.replace("[one, ", "[")},
        ),
        Misconception(
            "no ReLU in the bottlenecks",
            "Your bottlenecks put out negative numbers. Which convolutions have a ReLU?",
            edits=linear(THREE_BEFORE) | linear(FIVE_BEFORE),
        ),
        Misconception(
            "no ReLU after the pooling",
            "Your last branch puts out negative numbers. Which convolutions have a ReLU?",
            edits=linear(POOL_AFTER),
        ),
        Misconception(
            "no ReLU at the ends",
            "Your branches put out negative numbers. Which convolutions have a ReLU?",
            edits=linear(ONE) | linear(THREE) | linear(FIVE) | linear(POOL_AFTER),
        ),
        Misconception(
            "no ReLU at all",
            "There is no ReLU in your module. Which convolutions have one?",
            edits=linear(ONE)
            | linear(THREE_BEFORE)
            | linear(THREE)
            | linear(FIVE_BEFORE)
            | linear(FIVE)
            | linear(POOL_AFTER),
        ),
        Misconception(
            "padded with zeros",
            "At the border your pooling answers 0 where all numbers are negative. Where does the 0 "
            "come from?",
            edits={
                POOLED: "padded = keras.layers.ZeroPadding2D(1)(X)\n"
                "    pooled = keras.layers.MaxPooling2D(3, strides=1)(padded)"
            },
        ),
        Misconception(
            "a ReLU for the pooling",
            "Negative numbers do not get through your pooling. Which layers have a ReLU?",
            edits={POOLED: f"{POOLED}\n    pooled = keras.layers.ReLU()(pooled)"},
        ),
        Misconception(
            "ReLU of what comes in",
            "You cut off the input where it is negative. Which layers have a ReLU?",
            edits={ONE: f"X = keras.layers.ReLU()(X)\n    {ONE}"},
        ),
        Misconception(
            "ReLU6 in the bottlenecks",
            "Your bottlenecks cut off large numbers, too. Where does a ReLU end?",
            edits={line: line.replace("relu", "relu6") for line in (THREE_BEFORE, FIVE_BEFORE)},
        ),
        Misconception(
            "dropout",
            "Your module drops numbers in training. Was it asked for?",
            edits={f"return {JOINED}": f"return keras.layers.Dropout(0.4)({JOINED})"},
        ),
        Misconception(
            "batch normalisation",
            "Your module has batch normalisation. Was it asked for?",
            edits={
                f"return {JOINED}": f"X = {JOINED}\n    return keras.layers.BatchNormalization()(X)"
            },
        ),
    ),
)


def hidden_volume(rng):
    return volume(rng, 2, some(rng, 8, 10), some(rng, 11, 13), some(rng, 5, 7)), some(rng, 3, 6)


def smallest(rng):
    return volume(rng, 3, 5, some(rng, 6, 7), some(rng, 3, 4)), some(rng, 7, 9)


def many_channels(rng):
    return volume(rng, 2, some(rng, 11, 13), some(rng, 8, 10), 128), 10


def large_of_both_signs(rng):
    X = rng.normal(scale=20, size=(2, some(rng, 11, 12), some(rng, 8, 9), some(rng, 5, 7)))
    return X.astype(np.float32), some(rng, 3, 6)


def side_case(name, inputs):
    """Besides: nothing is dropped in training but what the last layer gets."""
    keys = [*FACTS, "log_predictions", "dropout_elsewhere"]
    return block_case(name, inputs, variants=2, keys=keys)


AVERAGED = "keras.layers.AveragePooling2D(5, strides=3)(X)"
MIXED = 'keras.layers.Conv2D(128, 1, activation="relu")(X)'
HIDDEN = 'keras.layers.Dense(1024, activation="relu")(X)'
LAST = 'keras.layers.Dense(classes, activation="softmax")(X)'

auxiliary_classifier = Exercise(
    "auxiliary_classifier",
    cases=(
        side_case("a wide volume", hidden_volume),
        side_case("the smallest height", smallest),
        side_case("a tall volume of 128 channels", many_channels),
        side_case("large numbers, some below zero", large_of_both_signs),
    ),
    misconceptions=(
        Misconception(
            "max pooling",
            "Your pooling takes the largest number of its window. Which kind is in the table?",
            edits={AVERAGED: AVERAGED.replace("Average", "Max")},
        ),
        Misconception(
            "pooling windows side by side",
            "Your pooling windows do not overlap. What is the stride in the table?",
            edits={AVERAGED: AVERAGED.replace(", strides=3", "")},
        ),
        Misconception(
            "padded pooling",
            "Your pooling is padded. Do 14 places become 4 or 5?",
            edits={AVERAGED: AVERAGED.replace("strides=3", 'strides=3, padding="same"')},
        ),
        Misconception(
            "3×3 pooling",
            "Your pooling windows are 3×3. How large are they in the table?",
            edits={AVERAGED: AVERAGED.replace("(5,", "(3,")},
        ),
        Misconception(
            "no pooling",
            "You look at every place of the volume. What is the first layer of the table?",
            edits={f"    X = {AVERAGED}\n": ""},
        ),
        Misconception(
            "global pooling",
            "Each channel is one number before your dense layers. Is that what a flatten does?",
            edits={"Flatten()": "GlobalAveragePooling2D()"},
        ),
        Misconception(
            "no 1×1 convolution",
            "All channels reach your flatten. What mixes them before?",
            edits={f"    X = {MIXED}\n": ""},
        ),
        Misconception(
            "3×3 convolution",
            "Your convolution has 3×3 filters. How large are they in the table?",
            edits={MIXED: MIXED.replace("128, 1", '128, 3, padding="same"')},
        ),
        Misconception(
            "convolution before the pooling",
            "Your convolution comes before the pooling. Which is first in the table?",
            edits={f"{AVERAGED}\n    X = {MIXED}": f"{MIXED}\n    X = {AVERAGED}"},
        ),
        Misconception(
            "no ReLU in the convolution",
            "Your convolution puts out negative numbers. What does the table say?",
            edits={MIXED: MIXED.replace(', activation="relu"', "")},
        ),
        Misconception(
            "no ReLU in the dense layer",
            "Your dense layer of 1024 puts out negative numbers. What does the table say?",
            edits={HIDDEN: HIDDEN.replace(', activation="relu"', "")},
        ),
        Misconception(
            "no hidden dense layer",
            "You go from the flatten to the classes at once. How many dense layers has the table?",
            edits={f"    X = {HIDDEN}\n": ""},
        ),
        Misconception(
            "no softmax",
            "Your outputs can be any numbers. What makes them probabilities?",
            edits={', activation="softmax"': ""},
        ),
        Misconception(
            "sigmoid for softmax",
            "Each of your outputs is a probability by itself. What must be true of their sum?",
            edits={'"softmax"': '"sigmoid"'},
        ),
        Misconception(
            "classes hard-coded",
            "Your side door has a thousand classes whatever is asked. What is the argument for?",
            edits={"Dense(classes,": "Dense(1000,"},
        ),
        Misconception(
            "a ReLU for the pooling",
            "Negative numbers do not get through your pooling. Which layers have a ReLU?",
            edits={f"X = {AVERAGED}": f"X = keras.layers.ReLU()({AVERAGED})"},
        ),
        Misconception(
            "ReLU of what comes in",
            "You cut off the volume where it is negative. Which layers have a ReLU?",
            edits={f"X = {AVERAGED}": f"X = keras.layers.ReLU()(X)\n    X = {AVERAGED}"},
        ),
        Misconception(
            "ReLU6",
            "Your ReLUs cut off large numbers, too. Where does a ReLU end?",
            edits={line: line.replace("relu", "relu6") for line in (MIXED, HIDDEN)},
        ),
        Misconception(
            "dropout of the volume",
            "You drop numbers of the volume that you look at. Where is dropout allowed?",
            edits={f"X = {AVERAGED}": f"X = keras.layers.Dropout(0.7)(X)\n    X = {AVERAGED}"},
        ),
        Misconception(
            "dropout after the flatten",
            "You drop numbers before the large dense layer. Where is dropout allowed?",
            edits={"Flatten()(X)": "Flatten()(X)\n    X = keras.layers.Dropout(0.7)(X)"},
        ),
        Misconception(
            "dropout after the softmax",
            "In training you silence probabilities. What is then true of their sum?",
            edits={LAST: f"keras.layers.Dropout(0.7)({LAST})"},
        ),
    ),
)

exercises = [
    conv_1x1,
    multiplications,
    bottleneck_multiplications,
    inception_module,
    auxiliary_classifier,
]
