"""Hidden tests for the notebook classic_networks.

The full-size networks are asked for as plans, without weights; what they compute is asked on inputs
so small that little of them is left but their layers.
"""

import numpy as np

from convwork.grading.cases import Case, Exercise, Misconception

FACTS = ["input_shape", "output_shape", "parameters", "trainable_parameters", "weights"]
PREDICTED = [*FACTS, "predictions", "log_predictions"]


def some(rng: np.random.Generator, low: int, high: int) -> int:
    """An integer from low to high, both included."""
    return int(rng.integers(low, high + 1))


def plan_case(name, inputs, variants=3, **options):
    """A case about shapes and counts."""
    probe = {"keys": FACTS, "weights": False}
    return Case(
        name,
        inputs,
        options,
        probe="keras_model",
        probe_options=probe,
        calls=1,
        time_limit=30,
        variants=variants,
    )


def real_case(name, inputs, variants=2, weights=False, more="sums_in_training", **options):
    """A case about what the model computes, worth as much as two about its plan.

    Dropout is allowed, and must leave probabilities: their sum is asked for in training, too.
    """
    return Case(
        name,
        inputs,
        options,
        probe="keras_model",
        probe_options={"keys": [*PREDICTED, more], "weights": weights},
        calls=1,
        time_limit=30,
        rtol=1e-3,
        atol=1e-4,
        share=2,
        variants=variants,
    )


def hard_coded(shape: str) -> Misconception:
    return Misconception(
        "input shape hard-coded",
        "Your model takes pictures of one size only. What is the argument for?",
        edits={"shape=input_shape": f"shape={shape}"},
    )


def fixed_classes(classes: int) -> Misconception:
    return Misconception(
        "classes hard-coded",
        f"Your model has {classes} outputs whatever is asked. What is the argument for?",
        edits={"Dense(classes,": f"Dense({classes},"},
    )


NO_SOFTMAX = Misconception(
    "no softmax",
    "Your outputs can be any numbers. What makes them probabilities?",
    edits={', activation="softmax"': ""},
)
SIGMOID = Misconception(
    "sigmoid for softmax",
    "Each of your outputs is a probability by itself. What must be true of their sum?",
    edits={'"softmax"': '"sigmoid"'},
)
GLOBAL_POOLING = Misconception(
    "global pooling",
    "Each channel is one number before your dense layers. Is that what a flatten does?",
    edits={"Flatten()": "GlobalAveragePooling2D()"},
)


def dropped_outputs(last: str, dropout: str) -> Misconception:
    return Misconception(
        "dropout after the softmax",
        "In training you silence probabilities. What is then true of their sum?",
        edits={last: last + dropout},
    )


# LeNet-5

C1 = 'keras.layers.Conv2D(6, 5, activation="tanh"),\n'
C3 = 'keras.layers.Conv2D(16, 5, activation="tanh"),\n'
POOL = "            keras.layers.AveragePooling2D(2),\n"
F5 = 'keras.layers.Dense(120, activation="tanh"),\n'
F6 = 'keras.layers.Dense(84, activation="tanh"),\n'
INDENT = 12 * " "
LENET_UNITS = (C1, C3, F5, F6)


def lenet_units(activation: str) -> dict[str, str]:
    """The edits that give all hidden units another activation."""
    return {unit: unit.replace("tanh", activation) for unit in LENET_UNITS}


def lenet_pooling(layer: str) -> dict[str, str]:
    """The edits that put another layer in the place of both poolings."""
    indented = f"            keras.layers.{layer},\n"
    return {C1 + POOL: C1 + indented, C3 + POOL: C3 + indented}


def small_colour(rng):
    return ((some(rng, 18, 22), some(rng, 25, 29), 3), some(rng, 3, 6))


def small_grey(rng):
    return ((2 * some(rng, 13, 15), 2 * some(rng, 9, 11), 1),)


def uneven(rng):
    """Odd before each pooling, in height and width."""
    return ((23 + 4 * some(rng, 0, 1), 31 + 4 * some(rng, 0, 1), 2),)


def lenet_case(name, inputs, **options):
    """Besides: nothing is dropped or changed by chance in training."""
    return real_case(name, inputs, more="predictions_in_training", **options)


lenet5 = Exercise(
    "lenet5",
    cases=(
        plan_case("no arguments", lambda rng: (), variants=1),
        lenet_case("a small grey picture", small_grey),
        lenet_case("a small colour picture and a number of classes", small_colour),
        lenet_case("sizes that the poolings do not divide", uneven, classes=7),
    ),
    misconceptions=(
        hard_coded("(32, 32, 1)"),
        fixed_classes(10),
        Misconception(
            "another default for the classes",
            "Without an argument there should be ten classes.",
            edits={"classes=10": "classes=1000"},
        ),
        Misconception(
            "padded convolutions",
            "Your convolutions keep the size. What does the table say that they put out?",
            edits={
                C1: C1.replace("tanh", 'tanh", padding="same'),
                C3: C3.replace("tanh", 'tanh", padding="same'),
            },
        ),
        Misconception(
            "first convolution padded",
            "Your first convolution keeps the size. What does the table say that it puts out?",
            edits={C1: C1.replace("tanh", 'tanh", padding="same')},
        ),
        Misconception(
            "3×3 filters",
            "Your filters are 3×3. How large are they in the table?",
            edits={"Conv2D(6, 5,": "Conv2D(6, 3,", "Conv2D(16, 5,": "Conv2D(16, 3,"},
        ),
        Misconception(
            "numbers of filters exchanged",
            "The number of channels falls in your network. Which convolution has sixteen filters?",
            edits={C1 + POOL + INDENT + C3: C3 + POOL + INDENT + C1},
        ),
        Misconception(
            "number and size exchanged",
            "You have five filters of 6×6. In which order does Conv2D take its arguments?",
            edits={"Conv2D(6, 5,": "Conv2D(5, 6,", "Conv2D(16, 5,": "Conv2D(5, 16,"},
        ),
        Misconception(
            "max pooling",
            "Your poolings take the largest number of their windows. What did people take in 1998?",
            edits=lenet_pooling("MaxPooling2D(2)"),
        ),
        Misconception(
            "pooling with stride 1",
            "The windows of your poolings overlap. How should they lie?",
            edits=lenet_pooling("AveragePooling2D(2, strides=1)"),
        ),
        Misconception(
            "padded pooling",
            "Your poolings add a row and a column where the size is odd. Are they padded?",
            edits=lenet_pooling('AveragePooling2D(2, padding="same")'),
        ),
        Misconception(
            "no second pooling",
            "Your flatten gets the second convolution's full height and width. What comes between?",
            edits={C3 + POOL: C3},
        ),
        Misconception(
            "ReLU",
            "Your hidden units are ReLUs. What are they in the table?",
            edits=lenet_units("relu"),
        ),
        Misconception(
            "sigmoid units",
            "Your hidden units put out numbers from 0 to 1. What are they in the table?",
            edits=lenet_units("sigmoid"),
        ),
        Misconception(
            "no activation in the convolutions",
            "Your convolutions put out their plain sums. Which squashing is missing?",
            edits={C1: C1.replace("tanh", "linear"), C3: C3.replace("tanh", "linear")},
        ),
        Misconception(
            "no activation in the dense layers",
            "Your hidden dense layers put out their plain sums. Which squashing is missing?",
            edits={F5: F5.replace("tanh", "linear"), F6: F6.replace("tanh", "linear")},
        ),
        Misconception(
            "squashed after pooling",
            "Your tanh comes after the pooling. Where does the table have it?",
            edits={
                C1 + POOL: C1.replace("tanh", "linear")
                + POOL
                + '            keras.layers.Activation("tanh"),\n',
                C3 + POOL: C3.replace("tanh", "linear")
                + POOL
                + '            keras.layers.Activation("tanh"),\n',
            },
        ),
        Misconception(
            "squashed twice",
            "Your tanh comes before the pooling and once more after it. Where does the table have "
            "it?",
            edits={
                C1 + POOL: C1 + POOL + '            keras.layers.Activation("tanh"),\n',
                C3 + POOL: C3 + POOL + '            keras.layers.Activation("tanh"),\n',
            },
        ),
        GLOBAL_POOLING,
        Misconception(
            "dense layers exchanged",
            "Your dense layer of 84 units comes first. Which is first in the table?",
            edits={F5 + INDENT + F6: F6 + INDENT + F5},
        ),
        Misconception(
            "no layer of 84",
            "One of the dense layers is missing. How many has the table?",
            edits={F6: ""},
        ),
        Misconception(
            "the flatten is no dense layer",
            "You have a dense layer of 400 units. Has the 400 in the table anything to learn?",
            edits={"Flatten(),\n": "Flatten(),\n            keras.layers.Dense(400),\n"},
        ),
        Misconception(
            "dropout",
            "Your network drops numbers in training. Which layers has the table?",
            edits={F6: F6 + INDENT + "keras.layers.Dropout(0.5),\n"},
        ),
        NO_SOFTMAX,
        SIGMOID,
    ),
)


# AlexNet: 67 pixels are the fewest that leave something for its last pooling.

FIRST = 'Conv2D(96, 11, strides=4, activation="relu")'
SECOND = 'Conv2D(256, 5, padding="same", activation="relu")'
THIRD = 'keras.layers.Conv2D(384, 3, padding="same", activation="relu"),\n            '
FIFTH = 'Conv2D(256, 3, padding="same", activation="relu")'
TAIL = "keras.layers.Flatten(),\n"
MAX_POOL = "keras.layers.MaxPooling2D(3, strides=2),\n"
HIDDEN = '            keras.layers.Dense(4096, activation="relu"),\n'
FIRST_POOL = f"{FIRST},\n            {MAX_POOL}"
SECOND_POOL = f"{SECOND},\n            {MAX_POOL}"
LAST_POOL = f"{FIFTH},\n            {MAX_POOL}"


def alexnet_pooling(layer: str) -> dict[str, str]:
    """The edits that put another layer in the place of all three poolings."""
    return {
        pool: pool.replace("MaxPooling2D(3, strides=2)", layer)
        for pool in (FIRST_POOL, SECOND_POOL, LAST_POOL)
    }


def before_pooling(layer: str) -> dict[str, str]:
    """The edits that put a layer before the first two poolings."""
    return {
        pool: pool.replace(MAX_POOL, f"{layer},\n            {MAX_POOL}")
        for pool in (FIRST_POOL, SECOND_POOL)
    }


def alexnet_plan(rng):
    shape = some(rng, 150, 190), some(rng, 240, 290), some(rng, 1, 2)
    return (shape, some(rng, 20, 200))


def alexnet_small(rng):
    return ((some(rng, 67, 74), some(rng, 99, 106), some(rng, 1, 2)), some(rng, 3, 6))


LRN = "keras.layers.Lambda(lambda a: tf.nn.lrn(a, 2, 2.0, 1e-4, 0.75))"
RETURN = "    return keras.Sequential(\n"

alexnet = Exercise(
    "alexnet",
    cases=(
        plan_case("no arguments", lambda rng: (), variants=1),
        plan_case("another size and number of classes", alexnet_plan),
        real_case("a small wide picture", alexnet_small),
    ),
    misconceptions=(
        hard_coded("(227, 227, 3)"),
        fixed_classes(1000),
        Misconception(
            "224 pixels",
            "Your pictures have 224 pixels. Which size makes the first layer's formula come out?",
            edits={"input_shape=(227, 227, 3)": "input_shape=(224, 224, 3)"},
        ),
        Misconception(
            "first convolution padded",
            "Your first convolution is padded. Which padding turns 227 into 55?",
            edits={FIRST: FIRST.replace("strides=4", 'strides=4, padding="same"')},
        ),
        Misconception(
            "first stride 2",
            "Your first convolution moves by two pixels. By how many in the table?",
            edits={"strides=4": "strides=2"},
        ),
        Misconception(
            "second convolution not padded",
            "Your 5×5 convolution makes its volume smaller. What does the table say?",
            edits={SECOND: SECOND.replace("same", "valid")},
        ),
        Misconception(
            "3×3 convolutions not padded",
            "Your 3×3 convolutions make their volumes smaller. What does the table say?",
            edits={
                THIRD + THIRD: 2 * THIRD.replace("same", "valid"),
                FIFTH: FIFTH.replace("same", "valid"),
            },
        ),
        Misconception(
            "poolings side by side",
            "Your pooling windows do not overlap. What is Keras' stride when you give none, and "
            "what is the table's?",
            edits=alexnet_pooling("MaxPooling2D(3)"),
        ),
        Misconception(
            "2×2 pooling",
            "Your pooling windows are 2×2. How large are they in the table?",
            edits=alexnet_pooling("MaxPooling2D(2)"),
        ),
        Misconception(
            "padded pooling",
            "Your poolings are padded. Does 55 become 27 or 28?",
            edits=alexnet_pooling('MaxPooling2D(3, strides=2, padding="same")'),
        ),
        Misconception(
            "average pooling",
            "Your poolings take the mean of their windows. Which kind is in the table?",
            edits=alexnet_pooling("AveragePooling2D(3, strides=2)"),
        ),
        Misconception(
            "no last pooling",
            "Your flatten gets 13×13 places. Which layer stands before it in the table?",
            edits={LAST_POOL: f"{FIFTH},\n"},
        ),
        Misconception(
            "a pooling too many",
            "You pool between the 3×3 convolutions. Where does the table?",
            edits={
                THIRD + THIRD: THIRD
                + 'keras.layers.MaxPooling2D(3, strides=2, padding="same"),\n            '
                + THIRD
            },
        ),
        Misconception(
            "four convolutions",
            "One of the 384-filter convolutions is missing. How many has the table?",
            edits={THIRD + THIRD: THIRD},
        ),
        Misconception(
            "the last one has 384 filters",
            "Your last convolution has 384 filters. How many channels reach the flatten?",
            edits={FIFTH: FIFTH.replace("256", "384")},
        ),
        Misconception(
            "local response normalisation",
            "Something divides the channels by their neighbours. Was local response normalisation "
            "asked for?",
            edits={RETURN: f"    import tensorflow as tf\n\n{RETURN}"} | before_pooling(LRN),
        ),
        Misconception(
            "batch normalisation",
            "Your network has batch normalisation. Had anybody thought of it in 2012?",
            edits=before_pooling("keras.layers.BatchNormalization()"),
        ),
        Misconception(
            "tanh",
            "Your first convolution squashes by a tanh. What did AlexNet do in its place?",
            edits={FIRST: FIRST.replace("relu", "tanh")},
        ),
        Misconception(
            "no ReLU in the convolutions before a pooling",
            "Negative numbers reach your poolings. What should have stopped them?",
            edits={unit: unit.replace("relu", "linear") for unit in (FIRST, SECOND, FIFTH)},
        ),
        Misconception(
            "no ReLU in the dense layers",
            "Your hidden dense layers put out their plain sums. What is missing between them?",
            edits={2 * HIDDEN: 2 * HIDDEN.replace("relu", "linear")},
        ),
        Misconception(
            "one dense layer of 4096",
            "One of the hidden dense layers is missing. How many has the table?",
            edits={2 * HIDDEN: HIDDEN},
        ),
        Misconception(
            "the flatten is no dense layer",
            "You have a dense layer of 9216 units. Has the 9216 in the table anything to learn?",
            edits={TAIL: f'{TAIL}            keras.layers.Dense(9216, activation="relu"),\n'},
        ),
        GLOBAL_POOLING,
        NO_SOFTMAX,
        SIGMOID,
        dropped_outputs(
            'Dense(classes, activation="softmax"),\n', INDENT + "keras.layers.Dropout(0.5),\n"
        ),
    ),
)


# VGG-16: 32 pixels are the fewest.

STAGES = "[(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]"
CONV = 'keras.layers.Conv2D(filters, 3, padding="same", activation="relu")'
POOL_2 = "        model.add(keras.layers.MaxPooling2D(2))\n"
DENSE = '    model.add(keras.layers.Dense(4096, activation="relu"))\n'


def vgg_plan(rng):
    shape = 2 * some(rng, 80, 90) + 1, 2 * some(rng, 130, 140), some(rng, 1, 2)
    return (shape, some(rng, 20, 200))


def vgg_small(rng):
    """What the poolings halve is odd somewhere on the way, in height and width."""
    return ((some(rng, 33, 36), some(rng, 70, 76), some(rng, 1, 2)), some(rng, 3, 6))


def stages(name: str, says: str, new: str) -> Misconception:
    """The misconception that the stages are others."""
    return Misconception(name, says, edits={STAGES: new})


def convolution(name: str, says: str, new: str) -> Misconception:
    """The misconception that every convolution is another."""
    return Misconception(name, says, edits={CONV: f"keras.layers.{new}"})


def pooling(name: str, says: str, new: str) -> Misconception:
    """The misconception that every pooling is another."""
    return Misconception(name, says, edits={"MaxPooling2D(2)": new})


vgg16 = Exercise(
    "vgg16",
    cases=(
        plan_case("no arguments", lambda rng: (), variants=1),
        plan_case("another size and number of classes", vgg_plan),
        real_case("a small wide picture", vgg_small),
    ),
    misconceptions=(
        hard_coded("(224, 224, 3)"),
        fixed_classes(1000),
        Misconception(
            "another default for the size",
            "Without an argument pictures should be 224×224.",
            edits={"input_shape=(224, 224, 3)": "input_shape=(227, 227, 3)"},
        ),
        stages(
            "VGG-19",
            "You have sixteen convolutions, and with the dense layers that makes VGG-19. How many "
            "convolutions has each stage of the table?",
            "[(2, 64), (2, 128), (4, 256), (4, 512), (4, 512)]",
        ),
        stages(
            "two convolutions everywhere",
            "You have two convolutions in every stage. Has the table?",
            "[(2, 64), (2, 128), (2, 256), (2, 512), (2, 512)]",
        ),
        stages(
            "doubled once more",
            "Your last stage has 1024 filters. Does the table double to the end?",
            "[(2, 64), (2, 128), (3, 256), (3, 512), (3, 1024)]",
        ),
        stages(
            "four stages",
            "You have four stages. How many poolings take 224 down to 7?",
            "[(2, 64), (2, 128), (3, 256), (3, 512)]",
        ),
        stages(
            "half the filters",
            "Your first stage has 32 filters. How many has the table's?",
            "[(2, 32), (2, 64), (3, 128), (3, 256), (3, 512)]",
        ),
        convolution(
            "5×5 filters",
            "Your filters are 5×5. What is the first line of the rule?",
            'Conv2D(filters, 5, padding="same", activation="relu")',
        ),
        convolution(
            "no padding",
            "Your convolutions make the volume smaller. What is the first line of the rule?",
            'Conv2D(filters, 3, activation="relu")',
        ),
        convolution(
            "no ReLU",
            "Your convolutions put out their plain sums. What stands between two of them?",
            'Conv2D(filters, 3, padding="same")',
        ),
        convolution(
            "tanh",
            "Your convolutions squash by a tanh. What does the text below the table say?",
            'Conv2D(filters, 3, padding="same", activation="tanh")',
        ),
        Misconception(
            "one ReLU for each stage",
            "Only the last convolution of each stage has a ReLU. Which of them should have one?",
            edits={
                CONV: 'keras.layers.Conv2D(filters, 3, padding="same")',
                POOL_2: "        model.add(keras.layers.ReLU())\n" + POOL_2,
            },
        ),
        Misconception(
            "batch normalisation",
            "Your network has batch normalisation. Does the table?",
            edits={POOL_2: "        model.add(keras.layers.BatchNormalization())\n" + POOL_2},
        ),
        pooling(
            "average pooling",
            "Your poolings take the mean of their windows. Which kind is asked for?",
            "AveragePooling2D(2)",
        ),
        pooling(
            "overlapping poolings",
            "Your pooling windows are those of AlexNet. What is the second line of the rule?",
            "MaxPooling2D(3, strides=2)",
        ),
        pooling(
            "padded pooling",
            "Your poolings add a row and a column where the size is odd. Are they padded?",
            'MaxPooling2D(2, padding="same")',
        ),
        pooling(
            "strides for pooling",
            "Your poolings keep one number of four without looking at the others. Which kind is "
            "asked for?",
            "MaxPooling2D(1, strides=2)",
        ),
        Misconception(
            "one dense layer of 4096",
            "One of the hidden dense layers is missing. How many has the table?",
            edits={2 * DENSE: DENSE},
        ),
        Misconception(
            "no ReLU in the dense layers",
            "Your hidden dense layers put out their plain sums. What is missing between them?",
            edits={2 * DENSE: 2 * DENSE.replace("relu", "linear")},
        ),
        GLOBAL_POOLING,
        NO_SOFTMAX,
        SIGMOID,
        dropped_outputs(
            'Dense(classes, activation="softmax"))\n', "    model.add(keras.layers.Dropout(0.5))\n"
        ),
    ),
)

exercises = [lenet5, alexnet, vgg16]
