"""Hidden tests for the notebook sliding_windows."""

from typing import Any

import numpy as np

from convwork.grading.cases import Case, Exercise, Misconception

Rng = np.random.Generator
FLOATS: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-6}


def some(rng: Rng, low: int, high: int) -> int:
    """An integer from low to high, both included."""
    return int(rng.integers(low, high + 1))


# sliding_windows


def picture(shape: tuple[int, int, int], size: int, stride: int) -> Any:
    """A builder of a picture of noise, then the size and the stride."""
    return lambda rng: (rng.normal(size=shape), size, stride)


def photo(rng: Rng) -> Any:
    return rng.integers(0, 256, size=(7, 9, 3)).astype(np.uint8), 4, 2


def single_precision(rng: Rng) -> Any:
    return rng.normal(size=(6, 5, 3)).astype(np.float32), 3, 2


def of_any_height(rng: Rng) -> Any:
    """Taller in some variants than in others, so that no count can be guessed."""
    return rng.normal(size=(some(rng, 6, 9), 5, 2)), 3, 2


DOWN, ACROSS = "range(0, n_H - size + 1, stride)", "range(0, n_W - size + 1, stride)"
CUT = "image[top : top + size, left : left + size]"
CORNERS = "(left, top, left + size, top + size)"

sliding_windows = Exercise(
    "sliding_windows",
    outputs=("windows", "corners"),
    cases=(
        Case("stride 2, wider than tall", picture((6, 8, 3), 4, 2)),
        Case("stride 2, taller than wide", picture((9, 6, 3), 4, 2)),
        Case("stride 1", picture((4, 5, 2), 3, 1)),
        Case("a stride that leaves pixels over", picture((8, 10, 2), 3, 3)),
        Case("five channels, and windows that do not overlap", picture((6, 9, 5), 3, 3)),
        Case("gaps between windows", picture((7, 10, 2), 2, 4)),
        Case("one window, as large as the picture", picture((5, 5, 3), 5, 2)),
        Case("one row of windows", picture((4, 9, 2), 4, 2)),
        Case("one column of windows", picture((9, 4, 2), 4, 3)),
        Case("windows of one pixel", picture((3, 4, 2), 1, 2)),
        Case("one channel", picture((5, 7, 1), 3, 2)),
        Case("pictures of any height", of_any_height),
        Case("a photo of bytes", photo),
        Case("32-bit floats", single_precision, **FLOATS),
    ),
    misconceptions=(
        Misconception(
            "y before x",
            "Your corners begin with the row. Which of x and y is the row?",
            edits={CORNERS: "(top, left, top + size, left + size)"},
        ),
        Misconception(
            "size in place of the lower right corner",
            "The last two of your corners do not change from window to window. Is it a corner that "
            "you give, or a size?",
            edits={CORNERS: "(left, top, size, size)"},
        ),
        Misconception(
            "the last pixel as the corner",
            "Your boxes are one pixel too small. From 0 to 3, how wide is a box of 4 pixels?",
            edits={CORNERS: "(left, top, left + size - 1, top + size - 1)"},
        ),
        Misconception(
            "midpoints",
            "You give the middle of a window and its size. Corners are asked for.",
            edits={CORNERS: "(left + size // 2, top + size // 2, size, size)"},
        ),
        Misconception(
            "corners in strides",
            "You count a window's rows and columns in strides. Its place in pixels is asked for.",
            edits={
                CORNERS: (
                    "(left // stride, top // stride, left // stride + size, top // stride + size)"
                )
            },
        ),
        Misconception(
            "downwards first",
            "Your windows go down each column first. In which order do you read a page?",
            edits={
                f"for top in {DOWN}:\n        for left in {ACROSS}:": (
                    f"for left in {ACROSS}:\n        for top in {DOWN}:"
                ),
            },
        ),
        Misconception(
            "last place forgotten",
            "Your windows stop before the border, though one more fits.",
            edits={
                DOWN: "range(0, n_H - size, stride)",
                ACROSS: "range(0, n_W - size, stride)",
            },
        ),
        Misconception(
            "over the border",
            "Some of your windows are smaller than the others. What happens to a window that "
            "reaches over the border?",
            edits={DOWN: "range(0, n_H, stride)", ACROSS: "range(0, n_W, stride)"},
        ),
        Misconception(
            "stride ignored",
            "Your windows are one pixel apart, whatever the stride.",
            edits={
                DOWN: "range(0, n_H - size + 1)",
                ACROSS: "range(0, n_W - size + 1)",
            },
        ),
        Misconception(
            "stride ignored across",
            "From window to window in a row you move by one pixel, whatever the stride.",
            edits={ACROSS: "range(0, n_W - size + 1)"},
        ),
        Misconception(
            "stride ignored downwards",
            "From row to row of windows you move by one pixel, whatever the stride.",
            edits={DOWN: "range(0, n_H - size + 1)"},
        ),
        Misconception(
            "side by side",
            "Your windows always lie side by side. How far do they move?",
            edits={
                DOWN: "range(0, n_H - size + 1, size)",
                ACROSS: "range(0, n_W - size + 1, size)",
            },
        ),
        Misconception(
            "as wide as the stride",
            "Your windows are as large as the stride. How large should they be?",
            edits={CUT: "image[top : top + stride, left : left + stride]"},
        ),
        Misconception(
            "rows and columns exchanged in the pixels",
            "The pixels of your windows come from another place than their corners say. Which axis "
            "of an array is the height?",
            edits={CUT: "image[left : left + size, top : top + size]"},
        ),
        Misconception(
            "always square",
            "You look at as many places across as down. From what do you work out the width?",
            edits={ACROSS: "range(0, n_H - size + 1, stride)"},
        ),
        Misconception(
            "one channel",
            "Your windows have lost their colours.",
            edits={CUT: "image[top : top + size, left : left + size, 0]"},
        ),
        Misconception(
            "three channels at most",
            "Of five channels, your windows have three. How deep is a window?",
            edits={CUT: "image[top : top + size, left : left + size, :3]"},
        ),
        Misconception(
            "windows alone",
            "You return the windows without their corners.",
            edits={"return windows, corners": "return windows"},
        ),
        Misconception(
            "corners first",
            "You return the corners before the windows.",
            edits={"return windows, corners": "return corners, windows"},
        ),
    ),
)


# dense_to_conv


def layer(shape: tuple[int, int, int], units: int) -> Any:
    """A builder of a dense layer's weights and biases, and the volume that it stands upon."""
    return lambda rng: (
        rng.normal(size=(int(np.prod(shape)), units)),
        rng.normal(size=units),
        shape,
    )


def in_single_precision(rng: Rng) -> Any:
    kernel, bias, shape = layer((2, 4, 3), 5)(rng)
    return kernel.astype(np.float32), bias.astype(np.float32), shape


def of_any_size(rng: Rng) -> Any:
    return layer((some(rng, 2, 3), some(rng, 4, 5), some(rng, 6, 7)), some(rng, 8, 9))(rng)


SOLVED = "kernel.reshape(*input_shape, units), bias"


def way(name: str, says: str, new: str) -> Misconception:
    """The misconception that the one line is another."""
    return Misconception(name, says, edits={SOLVED: new})


dense_to_conv = Exercise(
    "dense_to_conv",
    outputs=("kernel", "bias"),
    cases=(
        Case("a volume taller than wide", layer((4, 2, 3), 5)),
        Case("a volume wider than tall", layer((2, 5, 3), 4)),
        Case("a square volume", layer((3, 3, 4), 6)),
        Case("many channels", layer((2, 3, 16), 7)),
        Case("one channel", layer((4, 3, 1), 5)),
        Case("a dense layer after a dense layer", layer((1, 1, 12), 5)),
        Case("one row", layer((1, 4, 3), 2)),
        Case("one column", layer((5, 1, 2), 3)),
        Case("a single unit", layer((2, 3, 4), 1)),
        Case("as many units as numbers", layer((2, 3, 2), 12)),
        Case("volumes of any size", of_any_size),
        Case("32-bit floats", in_single_precision, **FLOATS),
    ),
    misconceptions=(
        way(
            "height and width exchanged",
            "Your filters lie on their side. Which of the volume's axes comes first?",
            "kernel.reshape(input_shape[1], input_shape[0], input_shape[2], units), bias",
        ),
        way(
            "columns first",
            "Your filters are transposed: their first weights go down a column. How does "
            "`Flatten` walk through a volume?",
            "kernel.reshape(input_shape[1], input_shape[0], input_shape[2], units)"
            ".transpose(1, 0, 2, 3), bias",
        ),
        way(
            "channels first",
            "With you one channel comes after the other. How does `Flatten` walk through a volume?",
            "kernel.reshape(input_shape[2], input_shape[0], input_shape[1], units)"
            ".transpose(1, 2, 0, 3), bias",
        ),
        way(
            "units first",
            "The units stand in front with you. Where does `Conv2D` keep the number of filters?",
            "kernel.T.reshape(units, *input_shape), bias",
        ),
        way(
            "units of the wrong axis",
            "Your weights have the right shape and the wrong order: the weights of one unit have "
            "come into several filters.",
            "kernel.T.reshape(*input_shape, units), bias",
        ),
        way(
            "Fortran's order",
            "You walk through the weights with the first axis fastest. How does `Flatten` do it?",
            'kernel.reshape(*input_shape, units, order="F"), bias',
        ),
        way(
            "flipped",
            "Your filters are turned by half a turn. Does a layer of Keras flip its filters?",
            "kernel.reshape(*input_shape, units)[::-1, ::-1], bias",
        ),
        way(
            "not reshaped",
            "Your weights are still those of a dense layer. What shape has a filter?",
            "kernel, bias",
        ),
        way(
            "1×1 filters",
            "Your filters are one pixel large. How many pixels does a unit of the dense layer see?",
            "kernel.reshape(1, 1, -1, units), bias",
        ),
        way(
            "biases like weights",
            "Your biases have four axes. What shape has the bias of a `Conv2D`?",
            "kernel.reshape(*input_shape, units), bias.reshape(1, 1, 1, -1)",
        ),
        way(
            "bias dropped",
            "Your biases are zero.",
            "kernel.reshape(*input_shape, units), 0 * bias",
        ),
        way(
            "no bias",
            "You return the weights without the biases.",
            "kernel.reshape(*input_shape, units)",
        ),
        way(
            "bias first",
            "You return the biases before the weights.",
            "bias, kernel.reshape(*input_shape, units)",
        ),
        way(
            "channels of the picture",
            "Your filters have three channels. How deep is the volume?",
            "np.resize(kernel, (*input_shape[:2], 3, units)), bias",
        ),
    ),
)


# convolutional_detector

LIMITS: dict[str, Any] = {
    "probe": "keras_detector",
    "calls": 1,
    "time_limit": 60,
    "rtol": 1e-3,
    "atol": 1e-4,
    "variants": 3,
}


def conv(filters: int, f: Any, **more: Any) -> tuple[str, dict[str, Any]]:
    return "Conv2D", {"filters": filters, "kernel_size": f, "activation": "relu", **more}


def pool(f: int, **more: Any) -> tuple[str, dict[str, Any]]:
    return "MaxPooling2D", {"pool_size": f, **more}


def dense(units: int, activation: str | None = "relu") -> tuple[str, dict[str, Any]]:
    return "Dense", {"units": units, "activation": activation}


FLATTEN: tuple[str, dict[str, Any]] = ("Flatten", {})


def pictures(rng: Rng, count: int, height: int, width: int, channels: int) -> np.ndarray:
    return rng.uniform(size=(count, height, width, channels)).astype(np.float32)


def classifier(shape: tuple[int, int, int], layers: list[Any], *sizes: tuple[int, int]) -> Any:
    """A builder of a classifier's plan, and a batch of two pictures of each size."""
    return lambda rng: (shape, layers, *(pictures(rng, 2, *size, shape[2]) for size in sizes))


def lecture(units: int) -> list[Any]:
    """The lecture's network, with fewer units."""
    layers = [conv(8, 5), pool(2), FLATTEN]
    return [*layers, dense(units), dense(units + 3), dense(4, "softmax")]


SEPARATE = [
    ("Rescaling", {"scale": 2.0}),
    conv(6, 3, activation=None),
    ("Activation", {"activation": "tanh"}),
    ("AveragePooling2D", {"pool_size": 2}),
    FLATTEN,
    dense(9, None),
    ("Activation", {"activation": "tanh"}),
    dense(5, None),
    ("Softmax", {}),
]
NOT_SQUARE = [conv(5, [3, 2]), pool(2), FLATTEN, dense(7), dense(3, "softmax")]
TWO_STAGES = [
    conv(4, 3),
    pool(2),
    conv(6, 3),
    pool(2),
    FLATTEN,
    dense(10, "tanh"),
    ("Dropout", {"rate": 0.5}),
    dense(4, "sigmoid"),
]
ONE_DENSE = [conv(6, 3), pool(3, strides=2), FLATTEN, dense(1, "sigmoid")]
NO_POOLING = [conv(4, 3, strides=2), FLATTEN, dense(6), dense(3, None)]


def any_units(rng: Rng) -> Any:
    return classifier((14, 14, 3), lecture(some(rng, 11, 16)), (16, 16), (14, 22))(rng)


DENSE = "isinstance(layer, keras.layers.Dense)"
SHAPE = "shape = layer.input.shape[1:]"
NEXT = "shape = (1, 1, layer.units)"
ACTIVATION = "activation=layer.activation"
KERNEL = "kernel, bias = dense_to_conv(*layer.get_weights(), shape)"

# A model that cuts its windows itself: the right answers, at the old price.
WINDOW_BY_WINDOW = """
    class Windows(keras.Model):
        def __init__(self):
            super().__init__()
            self.classifier = classifier

        def call(self, images):
            layers = [layer for layer in classifier.layers if hasattr(layer, "strides")]
            down, across = np.prod([layer.strides for layer in layers], axis=0)
            height, width = classifier.input_shape[1:3]
            tops = range(0, images.shape[1] - height + 1, down)
            lefts = range(0, images.shape[2] - width + 1, across)
            rows = [
                [classifier(images[:, y : y + height, x : x + width]) for x in lefts] for y in tops
            ]
            return keras.ops.stack([keras.ops.stack(row, axis=1) for row in rows], axis=1)

    return Windows()
""".strip()

convolutional_detector = Exercise(
    "convolutional_detector",
    uses=("dense_to_conv",),
    cases=(
        Case("14×14 gives 1×1", classifier((14, 14, 3), lecture(12), (14, 14)), **LIMITS),
        Case("16×16 gives 2×2", classifier((14, 14, 3), lecture(12), (16, 16)), **LIMITS),
        Case("28×28 gives 8×8", classifier((14, 14, 3), lecture(12), (28, 28)), **LIMITS),
        Case("sizes that do not divide", any_units, **LIMITS),
        Case(
            "a classifier of pictures that are not square",
            classifier((9, 11, 2), NOT_SQUARE, (9, 11), (12, 15), (17, 11)),
            **LIMITS,
        ),
        Case(
            "two convolutions and two poolings",
            classifier((14, 18, 3), TWO_STAGES, (14, 18), (22, 30)),
            **LIMITS,
        ),
        Case(
            "a single dense layer",
            classifier((10, 8, 1), ONE_DENSE, (10, 8), (16, 13)),
            **LIMITS,
        ),
        Case("no pooling", classifier((9, 7, 2), NO_POOLING, (9, 7), (13, 15)), **LIMITS),
        Case(
            "activations and a scale as layers of their own",
            classifier((8, 10, 3), SEPARATE, (8, 10), (14, 12)),
            **LIMITS,
        ),
    ),
    misconceptions=(
        Misconception(
            "weights forgotten",
            "Your convolutions have random weights. Whose weights should they have?",
            edits={"convolution.set_weights([kernel, bias])": "pass"},
        ),
        Misconception(
            "random weights before the dense layers",
            "The layers before your first dense layer have random weights. Whose should they have?",
            edits={"x = layer(x)": "x = type(layer).from_config(layer.get_config())(x)"},
        ),
        Misconception(
            "ReLU before the dense layers",
            "A convolution of the classifier has no activation of its own, and yours has ReLU.",
            edits={
                "x = layer(x)": (
                    "if isinstance(layer, keras.layers.Conv2D):\n"
                    '                settings = layer.get_config() | {"activation": "relu"}\n'
                    "                rebuilt = keras.layers.Conv2D.from_config(settings)\n"
                    "                x = rebuilt(x)\n"
                    "                rebuilt.set_weights(layer.get_weights())\n"
                    "            else:\n"
                    "                x = layer(x)"
                )
            },
        ),
        Misconception(
            "activations forgotten",
            "Your convolutions have no activation. What has become of the dense layers' own?",
            edits={f", {ACTIVATION}": ""},
        ),
        Misconception(
            "ReLU everywhere",
            "All your convolutions have the same activation. What did each dense layer have?",
            edits={ACTIVATION: 'activation="relu"'},
        ),
        Misconception(
            "one size only",
            "Your model takes pictures of one size only. What may a size be that is not known yet?",
            edits={
                "keras.Input((None, None, classifier.input_shape[-1]))": (
                    "keras.Input(classifier.input_shape[1:])"
                )
            },
        ),
        Misconception(
            "always colour",
            "Your model takes pictures with three channels only.",
            edits={"classifier.input_shape[-1]": "3"},
        ),
        Misconception(
            "padding same",
            "Your maps are too large: at the border, windows are asked for that reach over it.",
            edits={ACTIVATION: f'padding="same", {ACTIVATION}'},
        ),
        Misconception(
            "1×1 filters for the first dense layer",
            "Your first dense layer has become a layer of 1×1 filters. How many pixels does one of "
            "its units see?",
            edits={
                KERNEL: (
                    "kernel, bias = layer.get_weights()\n"
                    "            kernel = kernel[: shape[2]].reshape(1, 1, shape[2], -1)"
                ),
                "layer.units, shape[:2]": "layer.units, 1",
            },
        ),
        Misconception(
            "global pooling in place of the flatten",
            "You answer one vector for the whole picture. A window each was asked for.",
            edits={
                SHAPE: (
                    "shape = layer.input.shape[1:]\n"
                    "            x = keras.layers.GlobalAveragePooling2D()(x)\n"
                    "            return keras.Model(inputs, x)"
                )
            },
        ),
        Misconception(
            "last layer left out",
            "Your model ends before the classes.",
            edits={
                DENSE: (
                    "layer is classifier.layers[-1]:\n"
                    "            continue\n"
                    "        elif isinstance(layer, keras.layers.Dense)"
                )
            },
        ),
        Misconception(
            "stride of the window's size",
            "Your windows lie side by side: the convolution that was dense moves by its own size.",
            edits={ACTIVATION: f"strides=shape[:2], {ACTIVATION}"},
        ),
        Misconception(
            "poolings without a stride",
            "Your maps are larger than they should be: your poolings move one pixel at a time.",
            edits={
                "x = layer(x)": (
                    'if "Pooling" in type(layer).__name__:\n'
                    "                settings = layer.get_config() | {'strides': 1}\n"
                    "                x = type(layer).from_config(settings)(x)\n"
                    "            else:\n"
                    "                x = layer(x)"
                )
            },
        ),
        Misconception(
            "poolings left out",
            "Your model has lost the poolings.",
            edits={
                "x = layer(x)": 'x = x if "Pooling" in type(layer).__name__ else layer(x)',
            },
        ),
        Misconception(
            "biases forgotten",
            "The biases of the dense layers are lost.",
            edits={"[kernel, bias]": "[kernel, 0 * bias]"},
        ),
        Misconception(
            "window by window",
            "Your model still asks the classifier about one window after the other, or about all "
            "of them in a batch. Fully convolutional was asked for.",
            edits={"return keras.Model(inputs, x)": WINDOW_BY_WINDOW},
        ),
        Misconception(
            "classifier spoilt",
            "Your model is right, and the classifier does not answer as it did before.",
            edits={
                "convolution.set_weights([kernel, bias])": (
                    "convolution.set_weights([kernel, bias])\n"
                    "            layer.set_weights([0 * weight for weight in layer.get_weights()])"
                )
            },
        ),
        Misconception(
            "the classifier returned",
            "You return the classifier as it was. Does it take a larger picture?",
            edits={"return keras.Model(inputs, x)": "return classifier"},
        ),
        Misconception(
            "layers without a model",
            "You return what comes out of the last layer. A model has two ends.",
            edits={"return keras.Model(inputs, x)": "return x"},
        ),
    ),
)

exercises = [sliding_windows, dense_to_conv, convolutional_detector]
