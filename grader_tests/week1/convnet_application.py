"""Hidden tests for the notebook convnet_application."""

from typing import Any

import numpy as np

from convwork.grading.cases import Case, Exercise, Misconception

# Layers


def conv(f: int, filters: int, **more: int) -> dict[str, Any]:
    return {"type": "conv", "f": f, "filters": filters, **more}


def pool(f: int, **more: int) -> dict[str, Any]:
    return {"type": "pool", "f": f, **more}


def dense(units: int) -> dict[str, Any]:
    return {"type": "dense", "units": units}


FLATTEN: dict[str, Any] = {"type": "flatten"}

# All that any layer could need, so that no missing key raises by chance.
UNKNOWN = {"type": "norm", "f": 1, "filters": 4, "stride": 1, "pad": 0, "units": 4}


# Networks, drawn from a seeded generator


def some(rng: np.random.Generator, low: int, high: int) -> int:
    """An integer from low to high, both included."""
    return int(rng.integers(low, high + 1))


def three_convolutions(rng):
    filters = [some(rng, 4, 12) for _ in range(3)]
    layers = [
        conv(3, filters[0]),
        conv(5, filters[1], stride=2),
        conv(4, filters[2], stride=3),
        FLATTEN,
    ]
    return (some(rng, 36, 40), some(rng, 48, 52), 3), layers


def like_lenet(rng):
    layers = [
        conv(5, some(rng, 5, 9)),
        pool(2),
        conv(3, some(rng, 11, 17)),
        pool(2),
        FLATTEN,
        dense(some(rng, 90, 130)),
        dense(some(rng, 40, 80)),
        dense(some(rng, 5, 12)),
    ]
    return (some(rng, 24, 27), some(rng, 32, 35), some(rng, 2, 4)), layers


def padded(rng):
    layers = [
        conv(5, some(rng, 3, 6), pad=2),
        conv(3, some(rng, 7, 9), pad=3, stride=2),
        conv(2, some(rng, 10, 12), pad=1),
    ]
    return (some(rng, 10, 14), some(rng, 16, 20), some(rng, 1, 2)), layers


def indivisible(rng):
    """No stride divides: every size leaves a remainder, in height and in width."""
    steps = some(rng, 3, 5)
    layers = [conv(3, some(rng, 4, 6), stride=3), pool(2, stride=2)]
    # 3 + 3·(2k) + 1 gives 2k + 1 places, one too many for windows of two side by side.
    return (3 + 6 * steps + 1, 3 + 6 * (steps + 2) + 2, some(rng, 2, 3)), layers


def side_by_side(rng):
    layers = [pool(3), pool(2)]
    return (some(rng, 18, 22), some(rng, 27, 31), some(rng, 4, 9)), layers


def overlapping(rng):
    layers = [pool(4, stride=2), pool(3, stride=1), pool(2, stride=3)]
    return (some(rng, 20, 24), some(rng, 30, 34), some(rng, 5, 9)), layers


def down_to_one(rng):
    f = some(rng, 4, 6)
    layers = [conv(f, some(rng, 2, 5)), pool(3, stride=2), conv(1, 1), FLATTEN, dense(1)]
    return (f + 2, f + 2, some(rng, 2, 3)), layers


def narrow_down_to_one(rng):
    f = some(rng, 3, 5)
    return (f, f + some(rng, 2, 6), 2), [conv(f, 3), FLATTEN]


def only_dense(rng):
    shape = some(rng, 3, 5), some(rng, 6, 9), some(rng, 2, 3)
    return shape, [FLATTEN, dense(some(rng, 10, 20)), dense(some(rng, 2, 5))]


def fits_when_padded(rng):
    f = some(rng, 5, 7)
    return (f - 2, f - 1, 2), [conv(f, some(rng, 2, 5), pad=1)]


def one_channel(rng):
    layers = [conv(3, 1), conv(3, some(rng, 5, 9))]
    return (some(rng, 8, 12), some(rng, 14, 18), 1), layers


def many_channels(rng):
    """Through one filter of one pixel, and on from there."""
    layers = [conv(1, some(rng, 3, 5)), conv(2, some(rng, 6, 8))]
    return (some(rng, 5, 7), some(rng, 8, 9), some(rng, 10, 14)), layers


def after_poolings(rng):
    layers = [
        pool(2),
        conv(2, some(rng, 6, 8)),
        pool(3),
        conv(3, some(rng, 9, 12)),
        FLATTEN,
        dense(some(rng, 3, 5)),
    ]
    return (some(rng, 24, 26), some(rng, 34, 36), some(rng, 3, 5)), layers


def sizes_that_count(rng):
    """Padding, a stride and a pooling's own stride on the way to a dense layer."""
    layers = [
        conv(5, some(rng, 3, 4), pad=2),
        conv(3, some(rng, 5, 6), stride=2),
        pool(3, stride=2),
        FLATTEN,
        dense(some(rng, 7, 9)),
    ]
    return (some(rng, 18, 22), some(rng, 27, 31), some(rng, 1, 2)), layers


def ten_filters(rng):
    return (some(rng, 20, 60), some(rng, 20, 60), 3), [conv(3, 10)]


def six_filters(rng):
    return (32, 32, 1), [conv(5, 6)]


def fully_connected(rng):
    return (32, 32, 3), [FLATTEN, dense(4704)]


def no_layers(rng):
    return (some(rng, 5, 9), some(rng, 5, 9), 3), []


def unknown_type(rng):
    return (some(rng, 9, 12), some(rng, 9, 12), 3), [conv(3, 4), UNKNOWN]


def too_high(rng):
    n = some(rng, 4, 6)
    return (n, n + 9, 2), [conv(n + 1, 3)]


def too_wide(rng):
    n = some(rng, 4, 6)
    return (n + 9, n, 2), [conv(n + 1, 3, stride=2)]


def pool_too_large(rng):
    n = some(rng, 4, 6)
    return (n, n + 1, 2), [conv(3, 4), pool(n - 1)]


def pool_too_wide(rng):
    n = some(rng, 4, 6)
    return (n + 1, n, 2), [conv(3, 4), pool(n - 1)]


REFUSED = (
    Case("an unknown type", unknown_type, raises=ValueError),
    Case("a filter higher than its input", too_high, raises=ValueError),
    Case("a filter wider than its input", too_wide, raises=ValueError),
    Case("a pooling larger than its input", pool_too_large, raises=ValueError),
    Case("a pooling wider than its input", pool_too_wide, raises=ValueError),
)

SIZE = "(n + 2 * pad - f) // stride + 1"
STRIDE = 'layer.get("stride", 1 if kind == "conv" else f)'
CHANNELS = 'layer["filters"] if kind == "conv" else shape[2]'

activation_shapes = Exercise(
    "activation_shapes",
    cases=(
        Case("three convolutions and a flatten", three_convolutions),
        Case("convolutions, poolings and dense layers", like_lenet),
        Case("convolutions with padding", padded),
        Case("strides that do not divide", indivisible),
        Case("poolings without a stride", side_by_side),
        Case("poolings with a stride of their own", overlapping),
        Case("down to one pixel and one channel", down_to_one),
        Case("down to one row", narrow_down_to_one),
        Case("no convolution at all", only_dense),
        Case("a filter that fits only on the padded input", fits_when_padded),
        Case("no layers", no_layers),
        *REFUSED,
    ),
    misconceptions=(
        Misconception(
            "ceil for floor",
            "Where the stride does not divide, you count a place more than there is. What happens "
            "to a window that would reach over the border?",
            edits={SIZE: "-((f - n - 2 * pad) // stride) + 1"},
        ),
        Misconception(
            "no + 1",
            "You count the steps between places. How many places are there with no step at all?",
            edits={SIZE: "(n + 2 * pad - f) // stride"},
        ),
        Misconception(
            "padding once",
            "Padding has made your volume larger on one side. On how many sides is it?",
            edits={SIZE: "(n + pad - f) // stride + 1"},
        ),
        Misconception(
            "padding ignored",
            "Your sizes are those without padding. Which of a layer's keys have you not read?",
            edits={SIZE: "(n - f) // stride + 1"},
        ),
        Misconception(
            "stride ignored",
            "Your windows move one pixel at a time. What does the layer's stride say?",
            edits={STRIDE: '1 if kind == "conv" else f'},
        ),
        Misconception(
            "pooling moves by one",
            "A pooling without a stride moves one pixel at a time with you. How should its "
            "windows lie?",
            edits={STRIDE: 'layer.get("stride", 1)'},
        ),
        Misconception(
            "pooling's stride ignored",
            "Your poolings always move by their own size. What if they have a stride?",
            edits={STRIDE: '(layer.get("stride", 1) if kind == "conv" else f)'},
        ),
        Misconception(
            "pooling reduces channels",
            "Your poolings make the channels fewer. In which directions does a pooling's window "
            "move?",
            edits={
                CHANNELS: 'layer["filters"] if kind == "conv" else (shape[2] - f) // stride + 1'
            },
        ),
        Misconception(
            "channels kept",
            "Your convolutions put out as many channels as came in. Who decides how many?",
            edits={CHANNELS: "shape[2]"},
        ),
        Misconception(
            "channels multiplied",
            "You multiply the channels that came in by the number of filters. How many numbers "
            "does one filter give at one place?",
            edits={CHANNELS: 'layer["filters"] * shape[2] if kind == "conv" else shape[2]'},
        ),
        Misconception(
            "width from height",
            "Your volumes are always square. From what do you work out the width?",
            edits={"for n in shape[:2]": "for n in (shape[0], shape[0])"},
        ),
        Misconception(
            "always from the input",
            "Every layer seems to get the network's input. What comes into the second layer?",
            edits={"for n in shape[:2]": "for n in input_shape[:2]"},
        ),
        Misconception(
            "input included",
            "Your list begins with the input's shape. What does the docstring say about it?",
            edits={"shapes = tuple(input_shape), []": "shapes = tuple(input_shape), [input_shape]"},
        ),
        Misconception(
            "flatten forgets the channels",
            "Your flatten loses numbers. How many does a volume hold?",
            edits={"np.prod(shape)": "np.prod(shape[:2])"},
        ),
        Misconception(
            "a number for a vector's shape",
            "A vector's shape is a tuple with one number in it, not the number.",
            edits={"shape = (int(np.prod(shape)),)": "shape = int(np.prod(shape))"},
        ),
        Misconception(
            "everything fits",
            "You answer a shape with a size of zero or less. What should happen where a window "
            "is larger than what it lies on?",
            edits={"min(shape) < 1": "False"},
        ),
        Misconception(
            "cut towards zero",
            "A window that is a little larger than its input gets one place with you. To which "
            "side do you round a number below zero?",
            edits={SIZE: "int((n + 2 * pad - f) / stride) + 1"},
        ),
        Misconception(
            "a pooling may be too wide",
            "You refuse a pooling that is too high and not one that is too wide.",
            edits={"min(shape) < 1": 'n_H < 1 or (kind == "conv" and n_W < 1)'},
        ),
    ),
)

CONV = 'counts.append((layer["f"] ** 2 * shape[-1] + 1) * layer["filters"])'
DENSE = 'counts.append((n + 1) * layer["units"])'
INCOMING = "shape = incoming[index]"
WITH_OUTPUT = "shape, out = incoming[index : index + 2]"
ALL_KEYS = "*activation_shapes(input_shape, layers)"


def unread(key: str, kind: str) -> dict[str, str]:
    """The edit that works out the sizes as if layers of one kind did not have a key."""
    kept = f'{{k: v for k, v in layer.items() if (k, layer["type"]) != ("{key}", "{kind}")}}'
    return {ALL_KEYS: f"*activation_shapes(input_shape, [{kept} for layer in layers])"}


count_parameters = Exercise(
    "count_parameters",
    uses=("activation_shapes",),
    cases=(
        Case("ten filters on a picture of any size", ten_filters),
        Case("six filters on a grey picture", six_filters),
        Case("a dense layer in the place of six filters", fully_connected),
        Case("three convolutions and a flatten", three_convolutions),
        Case("convolutions, poolings and dense layers", like_lenet),
        Case("convolutions with padding", padded),
        Case("a convolution after poolings", after_poolings),
        Case("from one channel", one_channel),
        Case("filters of one pixel", many_channels),
        Case("no convolution at all", only_dense),
        Case("padding and strides on the way to a dense layer", sizes_that_count),
        Case("no layers", no_layers),
        *REFUSED,
    ),
    misconceptions=(
        Misconception(
            "no bias in convolutions",
            "Each of your filters has only weights. What is added to their sum?",
            edits={CONV: 'counts.append(layer["f"] ** 2 * shape[-1] * layer["filters"])'},
        ),
        Misconception(
            "no bias in dense layers",
            "Each of your dense units has only weights. What is added to their sum?",
            edits={DENSE: 'counts.append(n * layer["units"])'},
        ),
        Misconception(
            "one bias for all filters",
            "Your convolution has one bias. Do its filters share it?",
            edits={CONV: 'counts.append(layer["f"] ** 2 * shape[-1] * layer["filters"] + 1)'},
        ),
        Misconception(
            "flat filters",
            "Your filters have f × f weights. How deep is a filter on a volume with many channels?",
            edits={CONV: 'counts.append((layer["f"] ** 2 + 1) * layer["filters"])'},
        ),
        Misconception(
            "filters of one row",
            "Your filters have f weights for each channel. Is a filter a row or a square?",
            edits={CONV: 'counts.append((layer["f"] * shape[-1] + 1) * layer["filters"])'},
        ),
        Misconception(
            "channels of the output",
            "You take the channels of a layer's own output for the depth of its filters. Through "
            "which volume does a filter reach?",
            edits={"[tuple(input_shape), *activation_shapes": "[*activation_shapes"},
        ),
        Misconception(
            "channels of the picture",
            "All your filters are as deep as the picture. What comes into the second convolution?",
            edits={CONV: CONV.replace("shape[-1]", "input_shape[-1]")},
        ),
        Misconception(
            "a bias for each place",
            "Your biases grow with the picture. Does a filter have another bias at each place?",
            edits={
                INCOMING: WITH_OUTPUT,
                CONV: CONV.replace(
                    ' + 1) * layer["filters"]', ') * layer["filters"] + np.prod(out)'
                ),
            },
        ),
        Misconception(
            "weights for each place",
            "Your convolutions have weights of their own at each place. What do the places share?",
            edits={
                INCOMING: WITH_OUTPUT,
                CONV: 'counts.append((layer["f"] ** 2 * shape[-1] + 1) * np.prod(out))',
            },
        ),
        Misconception(
            "pooling learns",
            "Your poolings have parameters. What is there to learn in a maximum?",
            edits={"counts.append(0)": 'counts.append(layer.get("f", 0) ** 2)'},
        ),
        Misconception(
            "layers left out",
            "Your list is shorter than the list of layers. What belongs where there is nothing to "
            "learn?",
            edits={"counts.append(0)": "pass"},
        ),
        Misconception(
            "padding ignored",
            "Your dense layers are as large as if nothing were padded. Which of a layer's keys "
            "have you not read?",
            edits=unread("pad", "conv"),
        ),
        Misconception(
            "a convolution's stride ignored",
            "Your dense layers are as large as if all filters moved by one pixel. What does a "
            "layer's stride say?",
            edits=unread("stride", "conv"),
        ),
        Misconception(
            "a pooling's stride ignored",
            "Your dense layers are as large as if all poolings moved by their own size. What if "
            "they have a stride?",
            edits=unread("stride", "pool"),
        ),
        Misconception(
            "one total",
            "You answer one sum. A number for each layer is asked for.",
            edits={"return counts": "return sum(counts)"},
        ),
    ),
)


# Keras models

FACTS = ["model", "input_shape", "output_shape", "parameters", "trainable_parameters", "weights"]
COMPUTED = ["predictions", "predictions_in_training"]
LIMITS: dict[str, Any] = {
    "probe": "keras_model",
    "calls": 1,
    "time_limit": 60,
    "rtol": 1e-3,
    "atol": 1e-4,
}


def model_case(name, inputs, variants=3, brightest=1, **options):
    """In training, too, for nothing is dropped or changed by chance there."""
    asked = {"keys": [*FACTS, *COMPUTED], "brightest": brightest}
    return Case(name, inputs, options, variants=variants, probe_options=asked, **LIMITS)


def odd(rng, low, high):
    return 2 * some(rng, low, high) + 1


# Large enough that a model without padding fits, too: it is told by its shape, not by an error.


def colour(rng):
    return ((2 * some(rng, 6, 8), 2 * some(rng, 9, 11), 3),)


def grey(rng):
    return ((2 * some(rng, 9, 11), 2 * some(rng, 6, 8), 1),)


def odd_sizes(rng):
    """Odd before the pooling, in height and width."""
    return ((odd(rng, 6, 8), odd(rng, 9, 11), 2),)


def odd_in_the_middle(rng):
    """Odd before the second pooling, in height and width."""
    return ((2 * odd(rng, 3, 4), 2 * odd(rng, 5, 6), 2),)


BRIGHT = 5  # enough for what comes out of a convolution to exceed 6
ZERO_PADDING = "            keras.layers.ZeroPadding2D(3),\n"
NORMALISATION = "            keras.layers.BatchNormalization(),\n"
RELU = "            keras.layers.ReLU(),\n"
POOLING = "            keras.layers.MaxPooling2D(2),\n"

sequential_model = Exercise(
    "sequential_model",
    cases=(
        model_case("no argument: the default shape", lambda rng: (), variants=1),
        model_case("a small colour picture", colour),
        model_case("a grey picture", grey),
        model_case("a bright grey picture", grey, brightest=BRIGHT),
        model_case("odd height and width", odd_sizes),
    ),
    misconceptions=(
        Misconception(
            "functional model",
            "You return a functional model. A Sequential is asked for.",
            edits={
                "    return keras.Sequential(\n        [\n": "    layers = (\n        [\n",
                '"sigmoid"),\n        ]\n    )': (
                    '"sigmoid"),\n        ]\n    )\n    x = layers[0]\n'
                    "    for layer in layers[1:]:\n        x = layer(x)\n"
                    "    return keras.Model(layers[0], x)"
                ),
            },
        ),
        Misconception(
            "input shape hard-coded",
            "Your model takes pictures of one size only. What is the argument for?",
            edits={"shape=input_shape": "shape=(64, 64, 3)"},
        ),
        Misconception(
            "no padding",
            "Your convolution makes the picture smaller. What should stand before it?",
            edits={ZERO_PADDING: ""},
        ),
        Misconception(
            "padded by one",
            "Your padding is one pixel. How many does a filter of seven need to keep the size?",
            edits={"ZeroPadding2D(3)": "ZeroPadding2D(1)"},
        ),
        Misconception(
            "padded twice",
            "The picture is padded before the convolution, and once more in it.",
            edits={"Conv2D(32, 7)": 'Conv2D(32, 7, padding="same")'},
        ),
        Misconception(
            "convolution with stride 2",
            "Your convolution leaves out every other place. Which stride is asked for?",
            edits={"Conv2D(32, 7)": "Conv2D(32, 7, strides=2)"},
        ),
        Misconception(
            "3×3 filters",
            "Your filters are 3×3. How large are they in the list?",
            edits={"Conv2D(32, 7)": "Conv2D(32, 3)"},
        ),
        Misconception(
            "16 filters",
            "You have 16 filters. How many are in the list?",
            edits={"Conv2D(32, 7)": "Conv2D(16, 7)"},
        ),
        Misconception(
            "no batch normalisation",
            "Batch normalisation is missing. Where does it stand in the list?",
            edits={NORMALISATION: ""},
        ),
        Misconception(
            "normalised over rows",
            "Your batch normalisation treats rows as channels. Which axis holds the channels?",
            edits={"BatchNormalization()": "BatchNormalization(axis=1)"},
        ),
        Misconception(
            "normalised after ReLU",
            "Your batch normalisation comes after the ReLU. Which of them is first?",
            edits={NORMALISATION: "", RELU: RELU + NORMALISATION},
        ),
        Misconception(
            "no ReLU",
            "Negative numbers reach your pooling. What should have stopped them?",
            edits={RELU: ""},
        ),
        Misconception(
            "no pooling",
            "Your volume is as high and wide at the end as at the start. Which layer is missing?",
            edits={POOLING: ""},
        ),
        Misconception(
            "average pooling",
            "Your pooling takes the mean of its window. Which kind is asked for?",
            edits={"MaxPooling2D(2)": "AveragePooling2D(2)"},
        ),
        Misconception(
            "padded pooling",
            "Your pooling adds a row and a column where the size is odd. Is it padded?",
            edits={"MaxPooling2D(2)": 'MaxPooling2D(2, padding="same")'},
        ),
        Misconception(
            "pooling with stride 1",
            "The windows of your pooling overlap. How far do they move?",
            edits={"MaxPooling2D(2)": "MaxPooling2D(2, strides=1)"},
        ),
        Misconception(
            "global pooling",
            "Each channel is one number before your last layer. Is that what a flatten does?",
            edits={"Flatten()": "GlobalAveragePooling2D()"},
        ),
        Misconception(
            "no sigmoid",
            "Your output can be any number. What makes it a probability?",
            edits={', activation="sigmoid"': ""},
        ),
        Misconception(
            "softmax of one",
            "Your output is always 1. What is a softmax over a single number?",
            edits={'"sigmoid"': '"softmax"'},
        ),
        Misconception(
            "two outputs",
            "You have two outputs. How many does a yes-or-no question need with a sigmoid?",
            edits={"Dense(1,": "Dense(2,"},
        ),
        Misconception(
            "ReLU6",
            "Your ReLU cuts off large numbers, too. Where does a ReLU end?",
            edits={"ReLU()": "ReLU(6)"},
        ),
        Misconception(
            "dropout",
            "Your network drops numbers in training. Which layers are in the list?",
            edits={"Flatten(),\n": "Flatten(),\n            keras.layers.Dropout(0.5),\n"},
        ),
        Misconception(
            "flipped pictures",
            "Your network changes its pictures in training. Which layers are in the list?",
            edits={ZERO_PADDING: "            keras.layers.RandomFlip(),\n" + ZERO_PADDING},
        ),
    ),
)

FIRST = 'keras.layers.Conv2D(16, 5, padding="same")'
SECOND = 'keras.layers.Conv2D(32, 3, padding="same")'
FIRST_BLOCK = f"{FIRST}(inputs)\n    x = keras.layers.ReLU()(x)\n"
SECOND_BLOCK = f"{SECOND}(x)\n    x = keras.layers.ReLU()(x)\n"
POOL = "    x = keras.layers.MaxPooling2D(2)(x)\n"


def pooling(name: str, says: str, layer: str) -> Misconception:
    """The misconception that both poolings are another layer."""
    return Misconception(
        name,
        says,
        edits={
            FIRST_BLOCK + POOL: f"{FIRST_BLOCK}    x = keras.layers.{layer}(x)\n",
            SECOND_BLOCK + POOL: f"{SECOND_BLOCK}    x = keras.layers.{layer}(x)\n",
        },
    )


convolutional_model = Exercise(
    "convolutional_model",
    cases=(
        model_case("the default number of classes", colour),
        model_case("ten classes", grey, classes=10),
        model_case("ten classes of bright pictures", grey, brightest=BRIGHT, classes=10),
        model_case("classes as the second argument", lambda rng: (*colour(rng), some(rng, 3, 5))),
        model_case("odd height and width", odd_sizes, classes=4),
        model_case("odd after the first pooling", odd_in_the_middle),
    ),
    misconceptions=(
        Misconception(
            "Sequential",
            "You return a Sequential. A functional model is asked for.",
            edits={
                "keras.Model(inputs, outputs)": (
                    "keras.Sequential(keras.Model(inputs, outputs).layers)"
                )
            },
        ),
        Misconception(
            "input shape hard-coded",
            "Your model takes pictures of one size only. What is the argument for?",
            edits={"shape=input_shape": "shape=(28, 28, 1)"},
        ),
        Misconception(
            "classes hard-coded",
            "Your model has six outputs whatever is asked. What is the argument for?",
            edits={"Dense(classes,": "Dense(6,"},
        ),
        Misconception(
            "another default",
            "Without an argument there should be six classes.",
            edits={"classes=6": "classes=10"},
        ),
        Misconception(
            "first convolution not padded",
            "Your first convolution makes the picture smaller. Which padding is asked for?",
            edits={FIRST: "keras.layers.Conv2D(16, 5)"},
        ),
        Misconception(
            "second convolution not padded",
            "Your second convolution makes its volume smaller. Which padding is asked for?",
            edits={SECOND: "keras.layers.Conv2D(32, 3)"},
        ),
        Misconception(
            "no padding at all",
            "Both of your convolutions make the volume smaller. Which padding is asked for?",
            edits={FIRST: "keras.layers.Conv2D(16, 5)", SECOND: "keras.layers.Conv2D(32, 3)"},
        ),
        Misconception(
            "filter sizes exchanged",
            "Your small filters come first. Which size does the table give for which convolution?",
            edits={"Conv2D(16, 5,": "Conv2D(16, 3,", "Conv2D(32, 3,": "Conv2D(32, 5,"},
        ),
        Misconception(
            "numbers of filters exchanged",
            "The number of channels falls in your network. Which convolution has 32 filters?",
            edits={"Conv2D(16, 5,": "Conv2D(32, 5,", "Conv2D(32, 3,": "Conv2D(16, 3,"},
        ),
        Misconception(
            "number and size exchanged",
            "You have 5 filters of 16 × 16. In which order does Conv2D take its arguments?",
            edits={"Conv2D(16, 5,": "Conv2D(5, 16,", "Conv2D(32, 3,": "Conv2D(3, 32,"},
        ),
        Misconception(
            "no first ReLU",
            "Negative numbers reach your first pooling. What should have stopped them?",
            edits={FIRST_BLOCK: f"{FIRST}(inputs)\n"},
        ),
        Misconception(
            "no second ReLU",
            "Negative numbers reach your second pooling. What should have stopped them?",
            edits={SECOND_BLOCK: f"{SECOND}(x)\n"},
        ),
        Misconception(
            "no ReLU at all",
            "Two convolutions with nothing between them but a pooling: what is not linear in your "
            "network? Which layer is missing twice?",
            edits={FIRST_BLOCK: f"{FIRST}(inputs)\n", SECOND_BLOCK: f"{SECOND}(x)\n"},
        ),
        Misconception(
            "no first pooling",
            "Your second convolution gets a volume of full height and width. What comes before it?",
            edits={FIRST_BLOCK + POOL: FIRST_BLOCK},
        ),
        Misconception(
            "no second pooling",
            "Your flatten gets the second convolution's full height and width. What comes between?",
            edits={SECOND_BLOCK + POOL: SECOND_BLOCK},
        ),
        pooling(
            "average pooling",
            "Your poolings take the mean of their windows. Which kind is asked for?",
            "AveragePooling2D(2)",
        ),
        pooling(
            "padded pooling",
            "Your poolings add a row and a column where the size is odd. Are they padded?",
            'MaxPooling2D(2, padding="same")',
        ),
        pooling(
            "pooling with stride 1",
            "The windows of your poolings overlap. How far do they move?",
            "MaxPooling2D(2, strides=1)",
        ),
        Misconception(
            "global pooling",
            "Each channel is one number before your last layer. Is that what a flatten does?",
            edits={"Flatten()": "GlobalAveragePooling2D()"},
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
            "ReLU6",
            "Your ReLUs cut off large numbers, too. Where does a ReLU end?",
            edits={
                block: block.replace("ReLU()", "ReLU(6)") for block in (FIRST_BLOCK, SECOND_BLOCK)
            },
        ),
        Misconception(
            "dropout",
            "Your network drops numbers in training. Which layers has the table?",
            edits={"Flatten()(x)\n": "Flatten()(x)\n    x = keras.layers.Dropout(0.5)(x)\n"},
        ),
        Misconception(
            "noise",
            "Your network changes its pictures in training. Which layers has the table?",
            edits={f"{FIRST}(inputs)": f"{FIRST}(keras.layers.GaussianNoise(0.1)(inputs))"},
        ),
        Misconception(
            "branches",
            "Your second convolution looks at the picture. What comes into it?",
            edits={SECOND + "(x)": SECOND + "(inputs)"},
        ),
    ),
)

exercises = [activation_shapes, count_parameters, sequential_model, convolutional_model]
