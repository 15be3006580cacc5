"""Hidden tests for the notebook residual_networks.

The whole network is asked on pictures that leave 2×2 places, as its docstring says: there an
average over everything and a pooling of 2×2 are the same. It computes in training mode: the batch's
statistics keep the numbers of fifty layers small, and its softmax tells them apart. Its pictures
are made of squares: between them are windows in which all numbers are negative, so that a ReLU
before the first pooling matters.
"""

import numpy as np

from convwork.grading.cases import Case, Exercise, Misconception

FACTS = ["output_shape", "parameters", "trainable_parameters", "weights"]
BN = "keras.layers.BatchNormalization(axis=3)"
FIRST = "    Y = keras.layers.Conv2D(F1, 1, kernel_initializer=initializer)(X)\n"
STRIDED = "    Y = keras.layers.Conv2D(F1, 1, strides=s, kernel_initializer=initializer)(X)\n"
MIDDLE = '    Y = keras.layers.Conv2D(F2, f, padding="same", kernel_initializer=initializer)(Y)\n'
LAST = "    Y = keras.layers.Conv2D(F3, 1, kernel_initializer=initializer)(Y)\n"
NORM = f"    Y = {BN}(Y, training=training)\n"
RELU = "    Y = keras.layers.ReLU()(Y)\n"
DROPOUT = "    Y = keras.layers.Dropout(0.3)(Y)\n"
ADDED = "    Y = keras.layers.Add()([Y, X])\n"
JOINED = "    Y = keras.layers.Add()([Y, shortcut])\n"
END = "    return keras.layers.ReLU()(Y)\n"
SHORTCUT = (
    "    shortcut = keras.layers.Conv2D(F3, 1, strides=s, kernel_initializer=initializer)(X)\n"
)
SHORTCUT_NORM = f"    shortcut = {BN}(shortcut, training=training)\n"


def some(rng: np.random.Generator, low: int, high: int) -> int:
    """An integer from low to high, both included."""
    return int(rng.integers(low, high + 1))


def block_case(name, inputs, key="predictions", **options):
    return Case(
        name,
        inputs,
        options,
        probe="keras_block",
        probe_options={"keys": [*FACTS, "dropout_elsewhere", key]},
        calls=1,
        time_limit=30,
        rtol=1e-3,
        atol=1e-4,
        variants=2,
    )


def start_case(initializer):
    """A case about what the kernels start from."""
    return Case(
        f"kernels that start from {initializer}",
        lambda rng: (volume(rng, 9), 3, (4, 5, 9)),
        probe="keras_block",
        probe_options={
            "keys": [*FACTS, "narrow_kernels", "predictions"],
            "initializer": initializer,
        },
        calls=1,
        time_limit=30,
        rtol=1e-3,
        atol=1e-4,
        share=0.5,
        variants=1,
    )


def volume(rng, n_C):
    """Some numbers are negative, so that every ReLU matters; all lengths differ."""
    shape = (some(rng, 3, 4), some(rng, 5, 6), some(rng, 8, 9), n_C)
    return rng.normal(0.3, 1, size=shape).astype(np.float32)


def three_wide(rng):
    return volume(rng, 7), 3, (2, 5, 7)


def two_wide(rng):
    return volume(rng, 10), 2, [4, 3, 10]


def five_wide(rng):
    """Its numbers are large: a ReLU has no ceiling."""
    return 4 * volume(rng, 11), 5, (3, 4, 11)


def more_channels(rng):
    return volume(rng, 5), 3, (2, 4, 12)


def same_channels(rng):
    return volume(rng, 7), 2, (3, 5, 7)


# Each convolution of a block, with the batch norm that follows it.
IDENTITY = {FIRST: NORM, MIDDLE: NORM, LAST: NORM}
CONVOLUTIONAL = {STRIDED: NORM, MIDDLE: NORM, LAST: NORM, SHORTCUT: SHORTCUT_NORM}


def every_norm(layers: dict[str, str], old: str, new: str) -> dict[str, str]:
    """The edits that change all batch norms of a block."""
    return {conv + norm: conv + norm.replace(old, new) for conv, norm in layers.items()}


def every_conv(layers: dict[str, str], old: str, new: str) -> dict[str, str]:
    """The edits that change all convolutions of a block."""
    return {conv: conv.replace(old, new) for conv in layers}


def shared(layers: dict[str, str], joined: str) -> tuple[Misconception, ...]:
    """What can go wrong in both blocks."""
    first = next(iter(layers))
    return (
        Misconception(
            "middle filters always 3×3",
            "Your middle convolution is 3×3 whatever is asked. What is `f` for?",
            edits={MIDDLE: MIDDLE.replace("F2, f", "F2, 3")},
        ),
        Misconception(
            "added after the ReLU",
            "You add the shortcut to what comes out of the last ReLU. Where does the arrow end in "
            "the picture?",
            edits={joined + END: RELU + joined + "    return Y\n"},
        ),
        Misconception(
            "skip left out",
            "X does not reach the output of your block except through the layers. Where is the "
            "skip?",
            edits={joined: ""},
        ),
        Misconception(
            "joined along the channels",
            "Your block lays both paths on top of each other. What does the table do with them?",
            edits={joined: joined.replace("Add", "Concatenate")},
        ),
        Misconception(
            "no last ReLU",
            "Negative numbers leave your block. What follows the sum?",
            edits={END: "    return Y\n"},
        ),
        Misconception(
            "a ReLU before the sum",
            "Your main path has a ReLU before the sum, so it can only add. Where are the ReLUs in "
            "the table?",
            edits={LAST + NORM: LAST + NORM + RELU},
        ),
        Misconception(
            "batch norm on the wrong axis",
            "Your batch norms have a scale for each row of the picture. For what should it be?",
            edits=every_norm(layers, "axis=3", "axis=1"),
        ),
        Misconception(
            "no last batch norm",
            "One batch norm is missing. What follows the third convolution?",
            edits={LAST + NORM: LAST},
        ),
        Misconception(
            "training not handed on",
            "Your batch norms do the same whatever `training` is. Who should get it?",
            edits=every_norm(layers, ", training=training", ""),
        ),
        Misconception(
            "training fixed",
            "Your batch norms always go by the batch. What is `training` for?",
            edits=every_norm(layers, "training=training", "training=True"),
        ),
        Misconception(
            "valid in the middle",
            "Your middle convolution makes its volume smaller. What does the table say?",
            edits={MIDDLE: MIDDLE.replace('padding="same", ', "")},
        ),
        Misconception(
            "1×1 in the middle",
            "No convolution of your block looks around. How large are the filters in the middle?",
            edits={MIDDLE: MIDDLE.replace("F2, f", "F2, 1")},
        ),
        Misconception(
            "the first two numbers exchanged",
            "You have F1 and F2 exchanged. Which convolution is first?",
            edits={"F1, F2, F3 = filters": "F2, F1, F3 = filters"},
        ),
        Misconception(
            "large filters everywhere",
            "All of your filters are as large as the middle's. How large are the outer ones?",
            edits={
                first: first.replace("F1, 1,", "F1, f, padding='same',"),
                LAST: LAST.replace("F3, 1,", "F3, f, padding='same',"),
            },
        ),
        Misconception(
            "multiplied",
            "You multiply both paths. What does the formula do with them?",
            edits={joined: joined.replace("Add", "Multiply")},
        ),
        Misconception(
            "no last convolution",
            "The third convolution is missing. How many has the main path?",
            edits={LAST + NORM: "", MIDDLE: MIDDLE.replace("F2", "F3")},
        ),
        Misconception(
            "no initializer",
            "Your kernels start from Keras' default. What is `initializer` for?",
            edits=every_conv(layers, ", kernel_initializer=initializer", ""),
        ),
        Misconception(
            "initializer fixed",
            "Your kernels always start from the same distribution. What is `initializer` for?",
            edits=every_conv(layers, "=initializer", "=random_uniform"),
        ),
        Misconception(
            "no first ReLU",
            "There is no ReLU between your first two convolutions. What does the table say?",
            edits={first + NORM + RELU: first + NORM},
        ),
        Misconception(
            "ReLU before the batch norm",
            "Your ReLUs come before the batch norms. Which is first in the table?",
            edits={
                first + NORM + RELU: first + RELU + NORM,
                MIDDLE + NORM + RELU: MIDDLE + RELU + NORM,
            },
        ),
        Misconception(
            "dropout",
            "In training your block drops numbers. Does the table say so?",
            edits={MIDDLE + NORM + RELU: MIDDLE + NORM + RELU + DROPOUT},
        ),
        Misconception(
            "no biases",
            "Your convolutions have no biases. A batch norm would take them away again, but here "
            "they are asked for.",
            edits=every_conv(layers, "kernel_init", "use_bias=False, kernel_init"),
        ),
    )


identity_block = Exercise(
    "identity_block",
    cases=(
        block_case("3×3 filters", three_wide),
        block_case("2×2 filters", two_wide),
        block_case("5×5 filters, training off", five_wide, training=False),
        block_case("called directly, training on", three_wide, "predictions_as_called"),
        block_case(
            "called directly, training off", two_wide, "predictions_as_called", training=False
        ),
        start_case("random_uniform"),
        start_case("he_normal"),
    ),
    misconceptions=(
        *shared(IDENTITY, ADDED),
        Misconception(
            "the shortcut has a convolution",
            "Your shortcut has a convolution. Does the shape change in this block?",
            edits={
                ADDED: "    X = keras.layers.Conv2D(F3, 1)(X)\n"
                "    X = keras.layers.BatchNormalization()(X, training=training)\n" + ADDED
            },
        ),
    ),
)

convolutional_block = Exercise(
    "convolutional_block",
    cases=(
        block_case("no stride given", more_channels),
        block_case("stride 1", same_channels, s=1),
        block_case("stride 3, 5×5 filters", five_wide, s=3),
        block_case("called directly, training on", more_channels, "predictions_as_called"),
        block_case(
            "called directly, training off",
            same_channels,
            "predictions_as_called",
            s=2,
            training=False,
        ),
        start_case("random_uniform"),
        start_case("he_normal"),
    ),
    misconceptions=(
        *shared(CONVOLUTIONAL, JOINED),
        Misconception(
            "shortcut without its batch norm",
            "Your shortcut has a convolution and no batch norm. What does the table say?",
            edits={SHORTCUT_NORM: ""},
        ),
        Misconception(
            "shortcut without its convolution",
            "Your shortcut only leaves out pixels. How does it come to F3 channels?",
            edits={
                SHORTCUT + SHORTCUT_NORM: (
                    "    shortcut = keras.layers.MaxPooling2D(1, strides=s)(X)\n"
                )
            },
        ),
        Misconception(
            "shortcut's batch norm without training",
            "The shortcut's batch norm does the same whatever `training` is. Who should get it?",
            edits={SHORTCUT_NORM: SHORTCUT_NORM.replace(", training=training", "")},
        ),
        Misconception(
            "shortcut without the initializer",
            "The shortcut's kernel starts from Keras' default. Whose should start from "
            "`initializer`?",
            edits={SHORTCUT: SHORTCUT.replace(", kernel_initializer=initializer", "")},
        ),
        Misconception(
            "large filters in the shortcut",
            "Your shortcut's filters look around. How large are they in the table?",
            edits={SHORTCUT: SHORTCUT.replace("F3, 1,", "F3, f, padding='same',")},
        ),
        Misconception(
            "a ReLU in the shortcut",
            "Your shortcut has a ReLU. What does the table say?",
            edits={SHORTCUT_NORM: SHORTCUT_NORM + "    shortcut = keras.layers.ReLU()(shortcut)\n"},
        ),
        Misconception(
            "shortcut from the main path",
            "Your shortcut begins within the main path. Where does the arrow begin?",
            edits={SHORTCUT: SHORTCUT.replace("strides=s, ", "").replace("(X)", "(Y)")},
        ),
        Misconception(
            "stride on the middle convolution",
            "Your stride is on the middle convolution, as in later versions. Where does the table "
            "have it?",
            edits={
                STRIDED: STRIDED.replace("strides=s, ", ""),
                MIDDLE: MIDDLE.replace("padding", "strides=s, padding"),
            },
        ),
        Misconception(
            "stride on the last convolution",
            "Your stride is on the last convolution. Where does the table have it?",
            edits={
                STRIDED: STRIDED.replace("strides=s, ", ""),
                LAST: LAST.replace("kernel_init", "strides=s, kernel_init"),
            },
        ),
        Misconception(
            "stride always 2",
            "Your block halves its volume whatever is asked. What is `s` for?",
            edits={
                STRIDED: STRIDED.replace("strides=s", "strides=2"),
                SHORTCUT: SHORTCUT.replace("strides=s", "strides=2"),
            },
        ),
        Misconception(
            "no stride in the shortcut",
            "Your shortcut and your main path have different sizes. What must they agree in?",
            edits={SHORTCUT: SHORTCUT.replace("strides=s, ", "")},
        ),
    ),
)


def model_case(name, inputs, key=None, variants=2, **options):
    """A case about the plan, or, worth three times as much, about what the model computes."""
    return Case(
        name,
        inputs,
        options,
        probe="keras_model",
        probe_options={
            "keys": ["input_shape", *FACTS, *([key] if key else [])],
            "weights": False,
            "batch": 4,
            "square": 12,
        },
        calls=1,
        time_limit=60,
        rtol=5e-3,
        atol=5e-4,
        share=3 if key else 1,
        variants=variants,
    )


def another_size(rng):
    return ((some(rng, 37, 45), some(rng, 50, 68), 1), some(rng, 7, 20))


def small_picture(rng):
    """Of even length: there, Keras' own padding in the first convolution is another one."""
    return ((2 * some(rng, 19, 21), 2 * some(rng, 22, 24), 2), some(rng, 3, 5))


def edited(name: str, says: str, old: str, new: str) -> Misconception:
    return Misconception(name, says, edits={old: new})


STAGES = "(3, 4, 6, 3)"
POOL = "MaxPooling2D(3, strides=2)"
STRIDES = "s=1 if stage == 0 else 2"

resnet50 = Exercise(
    "ResNet50",
    uses=("identity_block", "convolutional_block"),
    cases=(
        model_case("no arguments", lambda rng: (), variants=1),
        model_case("another size and number of classes", another_size, variants=1),
        model_case("a small wide picture", small_picture, "predictions_in_training"),
    ),
    misconceptions=(
        edited(
            "an identity block too many",
            "Each of your stages has a block too many. Does the convolutional block count?",
            "range(blocks - 1)",
            "range(blocks)",
        ),
        edited(
            "ResNet-50 without its last stage",
            "Your network has three stages of blocks. How many has the table?",
            STAGES,
            "(3, 4, 6)",
        ),
        edited(
            "filters off by one stage",
            "Your first stage has 128 filters. How many has the table's?",
            "64 * 2**stage",
            "64 * 2 ** (stage + 1)",
        ),
        edited(
            "filters do not double",
            "All of your stages have the same filters. What happens to them in the table?",
            "64 * 2**stage",
            "64",
        ),
        edited(
            "stride in the first stage",
            "Your first stage halves the volume, and the pooling has just done so. What is its s?",
            STRIDES,
            "s=2",
        ),
        edited(
            "no strides",
            "Your stages keep the size. Which of them have s = 2?",
            STRIDES,
            "s=1",
        ),
        edited(
            "first convolution not padded",
            "Your first convolution gets no border of zeros. What stands before it?",
            "    X = keras.layers.ZeroPadding2D(3)(inputs)\n"
            "    X = keras.layers.Conv2D(64, 7, strides=2)(X)\n",
            "    X = keras.layers.Conv2D(64, 7, strides=2)(inputs)\n",
        ),
        edited(
            "first convolution with same padding",
            "Your first convolution pads as Keras does. How many zeros does the table put on each "
            "side?",
            "    X = keras.layers.ZeroPadding2D(3)(inputs)\n"
            "    X = keras.layers.Conv2D(64, 7, strides=2)(X)\n",
            '    X = keras.layers.Conv2D(64, 7, strides=2, padding="same")(inputs)\n',
        ),
        edited(
            "no first pooling",
            "There is no pooling before your blocks. What stands there in the table?",
            f"    X = keras.layers.{POOL}(X)\n",
            "",
        ),
        edited(
            "padded pooling",
            "Your pooling is padded. Do 32 places become 15 or 16?",
            POOL,
            'MaxPooling2D(3, strides=2, padding="same")',
        ),
        edited(
            "average pooling at the start",
            "Your first pooling takes a mean. Which kind is in the table?",
            POOL,
            "AveragePooling2D(3, strides=2)",
        ),
        edited(
            "no first batch norm",
            "Your first convolution has no batch norm. What does the table say?",
            f"    X = {BN}(X)\n",
            "",
        ),
        edited(
            "first batch norm on the wrong axis",
            "Your first batch norm has a scale for each row of the picture. For what should it be?",
            "axis=3",
            "axis=1",
        ),
        edited(
            "no first ReLU",
            "Negative numbers reach your pooling. What should have stopped them?",
            "    X = keras.layers.ReLU()(X)\n",
            "",
        ),
        edited(
            "flatten for the average",
            "Your dense layer sees every place by itself. What comes before it in the table?",
            "GlobalAveragePooling2D()",
            "Flatten()",
        ),
        edited(
            "maximum for the average",
            "You take each channel's largest number. What comes before the dense layer in the "
            "table?",
            "GlobalAveragePooling2D()",
            "GlobalMaxPooling2D()",
        ),
        edited(
            "no dense layer",
            "Your network ends with its features. Which layer is missing?",
            '    outputs = keras.layers.Dense(classes, activation="softmax")(X)\n',
            "    outputs = X\n",
        ),
        edited(
            "no softmax",
            "Your outputs can be any numbers. What makes them probabilities?",
            ', activation="softmax"',
            "",
        ),
        edited(
            "sigmoid for softmax",
            "Each of your outputs is a probability by itself. What must be true of their sum?",
            '"softmax"',
            '"sigmoid"',
        ),
        edited(
            "classes hard-coded",
            "Your model has six outputs whatever is asked. What is the argument for?",
            "Dense(classes,",
            "Dense(6,",
        ),
        edited(
            "input shape hard-coded",
            "Your model takes pictures of one size only. What is the argument for?",
            "shape=input_shape",
            "shape=(64, 64, 3)",
        ),
    ),
)

exercises = [identity_block, convolutional_block, resnet50]
