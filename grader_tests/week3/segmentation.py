"""Hidden tests for the notebook segmentation.

Blocks and models are asked what they compute once their weights are set by a rule. Dropout draws
at random; a block's answer in training must be its answer in use with numbers dropped, and of a
whole model the grader looks at how far its answers in training lie apart.
"""

from typing import Any

import numpy as np

from convwork.grading.cases import Case, Exercise, Misconception

Rng = np.random.Generator
FACTS = ["output_shape", "parameters", "trainable_parameters", "weights"]
LIMITS: dict[str, Any] = {
    "calls": 1,
    "time_limit": 60,
    "rtol": 1e-3,
    "atol": 1e-4,
    "variants": 2,
}


def some(rng: Rng, low: int, high: int) -> int:
    """An integer from low to high, both included."""
    return int(rng.integers(low, high + 1))


def volume(rng: Rng, *shape: int) -> np.ndarray:
    """Some numbers are negative, so that every ReLU matters."""
    return rng.normal(0.2, 1, size=shape).astype(np.float32)


def block_case(name, inputs, keys, outputs=1, check=None, **options):
    return Case(
        name,
        inputs,
        options,
        check=check,
        probe="keras_block",
        probe_options={"keys": keys, "outputs": outputs},
        **LIMITS,
    )


def starts_right(inputs, answer):
    """Whether the kernels of the convolutions, those with n_filters outputs, are he_normal's."""
    filters = inputs[-1]
    for *shape, deviation, reach in answer["starts"]:
        if shape[-1] != filters:
            continue  # the transposed convolution, which may start as it likes
        if not (0.94 < deviation < 1.06 and 2.1 < reach < 2.4):
            return (
                f"a kernel of shape {tuple(int(n) for n in shape)} does not start from he_normal: "
                "how large are a layer's weights before any training if you say nothing?"
            )
    return None


def edited(name: str, says: str, edits: dict[str, str]) -> Misconception:
    return Misconception(name, says, edits)


# What both blocks have in their loops of two convolutions

CONV = (
    "        x = keras.layers.Conv2D(\n"
    '            n_filters, 3, padding="same", activation="relu", kernel_initializer="he_normal"\n'
    "        )(x)\n"
)
LOOP = "    for _ in range(2):\n" + CONV


def convolution(old: str, new: str) -> dict[str, str]:
    """The edit that changes both convolutions."""
    return {CONV: CONV.replace(old, new)}


def turns(text: str) -> str:
    """A loop of two whose turns are counted."""
    return "    for turn in range(2):\n" + text


IN_BOTH = (
    edited(
        "one convolution",
        "Your block convolves once. How many convolutions has the table?",
        {"range(2)": "range(1)"},
    ),
    edited(
        "no ReLU",
        "Your convolutions put out their plain sums. What is missing after each?",
        convolution('activation="relu", ', ""),
    ),
    edited(
        "no ReLU after the first convolution",
        "Only one of your convolutions has a ReLU. Which of them has one in the table?",
        {LOOP: turns(CONV.replace('activation="relu"', 'activation="relu" if turn else None'))},
    ),
    edited(
        "no ReLU after the second convolution",
        "Negative numbers leave your second convolution. What should have stopped them?",
        {LOOP: turns(CONV.replace('activation="relu"', 'activation=None if turn else "relu"'))},
    ),
    edited(
        "1×1 filters",
        "Your filters look at one pixel only. How large are they in the table?",
        convolution("n_filters, 3,", "n_filters, 1,"),
    ),
    edited(
        "not padded",
        "Your convolutions make their volumes smaller. What does the table say?",
        convolution('padding="same", ', ""),
    ),
    edited(
        "filters hard-coded",
        "Your convolutions have 32 filters whatever is asked. What is the argument for?",
        convolution("n_filters,", "32,"),
    ),
    edited(
        "batch normalisation",
        "Your block has batch normalisation. Does the table?",
        {LOOP: LOOP + "        x = keras.layers.BatchNormalization()(x)\n"},
    ),
    edited(
        "no biases",
        "Your convolutions have no biases. What does the docstring say?",
        convolution("n_filters, 3,", "n_filters, 3, use_bias=False,"),
    ),
    edited(
        "another default",
        "Without an argument there should be 32 filters.",
        {"n_filters=32": "n_filters=64"},
    ),
)


# conv_block

BOTH = [*FACTS, "predictions", "predictions_in_training"]
DROPPED = "    if dropout_prob > 0:\n        x = keras.layers.Dropout(dropout_prob)(x)\n"
KEPT = "    skip_connection = x\n"
POOLED = "keras.layers.MaxPooling2D(2)(x)"
NEXT = f"    next_layer = {POOLED} if max_pooling else x\n"


def halved(skip: np.ndarray) -> np.ndarray:
    """Max pooling of 2×2."""
    m, n_H, n_W, n_C = skip.shape
    whole = skip[:, : n_H // 2 * 2, : n_W // 2 * 2]
    return whole.reshape(m, n_H // 2, 2, n_W // 2, 2, n_C).max(axis=(2, 4))


def drops_right(pooled: bool) -> Any:
    """Whether in training the right share of skip_connection is dropped, and next_layer is its."""

    def check(inputs, answer):
        prob = inputs[2]
        _, skip = answer["predictions"]
        next_layer, trained = answer["predictions_in_training"]
        active = skip > 1e-3
        dropped = trained[active] == 0
        grown = np.isclose(trained, skip / (1 - prob), rtol=1e-3, atol=1e-4)
        if np.allclose(trained, skip, rtol=1e-3, atol=1e-4):
            return "in training nothing is dropped from skip_connection"
        if not np.all(grown | (trained == 0)):
            return (
                "in training the numbers of skip_connection are not those in use, some dropped "
                "and the others divided by 1 − dropout_prob: is it dropout of that rate, once, "
                "after the second convolution?"
            )
        if abs(dropped.mean() - prob) > 0.06:
            return f"in training {dropped.mean():.0%} of skip_connection are dropped"
        if not _one_by_one(trained == 0, active):
            return "in training whole channels are dropped, and not numbers one by one"
        wanted = halved(trained) if pooled else trained
        if next_layer.shape != wanted.shape or not np.allclose(next_layer, wanted, 1e-3, 1e-4):
            return "in training next_layer is not made from skip_connection"
        return None

    return check


def _one_by_one(dropped: np.ndarray, active: np.ndarray) -> bool:
    """Whether no channel with many active numbers is dropped as a whole."""
    many = active.sum(axis=(1, 2)) > 50
    shares = (dropped & active).sum(axis=(1, 2))[many] / active.sum(axis=(1, 2))[many]
    return bool(np.all(shares < 1))


def odd(rng):
    return volume(rng, 2, 2 * some(rng, 2, 3) + 1, 9, some(rng, 3, 4)), some(rng, 5, 7)


def wide(rng):
    return volume(rng, 3, 4, 2 * some(rng, 3, 5), 2), some(rng, 3, 4)


def plain(rng):
    return (volume(rng, 2, 4, 2 * some(rng, 2, 3), 3),)


def rate(rng):
    return float(rng.choice([0.25, 0.4, 0.6]))


def idle(rng):
    return volume(rng, 1, 5, 2 * some(rng, 2, 3), 3), some(rng, 4, 5), rate(rng)


def dropping(rng):
    """Enough numbers for the share of those that are dropped."""
    return volume(rng, 2, 11, 2 * some(rng, 5, 6), 3), some(rng, 7, 9), rate(rng)


def square(rng):
    """As many channels as filters, and enough of them to tell how random numbers are spread."""
    filters = some(rng, 28, 36)
    return volume(rng, 1, 2, 4, filters), filters


conv_block = Exercise(
    "conv_block",
    outputs=("next_layer", "skip_connection"),
    cases=(
        block_case("heights and widths that are odd", odd, BOTH, 2),
        block_case("wider than tall", wide, BOTH, 2),
        block_case("no arguments but the inputs", plain, BOTH, 2),
        block_case("no pooling", odd, BOTH, 2, max_pooling=False),
        block_case(
            "dropout, when not in training",
            idle,
            [*FACTS, "predictions", "predictions_as_called"],
            2,
        ),
        block_case(
            "dropout, in training",
            dropping,
            ["predictions", "predictions_in_training"],
            2,
            drops_right(pooled=True),
        ),
        block_case(
            "dropout without pooling, in training",
            dropping,
            ["predictions", "predictions_in_training"],
            2,
            drops_right(pooled=False),
            max_pooling=False,
        ),
        block_case("how the kernels start", square, ["starts"], 2, starts_right),
    ),
    misconceptions=(
        *IN_BOTH,
        edited(
            "kept after pooling",
            "Your skip_connection is pooled. Which of the two volumes still knows every place?",
            {"return next_layer, skip_connection": "return next_layer, next_layer"},
        ),
        edited(
            "kept before dropout",
            "Your skip_connection is what comes before dropout. In which row of the table is it?",
            {DROPPED + KEPT: KEPT + DROPPED},
        ),
        edited(
            "kept after one convolution",
            "Your skip_connection has seen one convolution. In which row of the table is it?",
            {
                KEPT: "",
                LOOP: turns(CONV + "        if turn == 0:\n            skip_connection = x\n"),
            },
        ),
        edited(
            "the other way round",
            "You return skip_connection before next_layer.",
            {"return next_layer, skip_connection": "return skip_connection, next_layer"},
        ),
        edited(
            "one volume",
            "You return one volume. Two are asked for, and one of them is kept for later.",
            {"return next_layer, skip_connection": "return next_layer"},
        ),
        edited(
            "always pooled",
            "Your block pools whatever is asked. What is `max_pooling` for?",
            {f"{POOLED} if max_pooling else x": POOLED},
        ),
        edited(
            "never pooled",
            "Your next_layer is as large as the inputs. Which row of the table is missing?",
            {f"{POOLED} if max_pooling else x": "x"},
        ),
        edited(
            "average pooling",
            "Your pooling takes the mean of its window. Which kind is in the table?",
            {POOLED: "keras.layers.AveragePooling2D(2)(x)"},
        ),
        edited(
            "pooling with stride 1",
            "Your pooling hardly makes the volume smaller. How far apart are its windows?",
            {POOLED: "keras.layers.MaxPooling2D(2, strides=1)(x)"},
        ),
        edited(
            "no dropout",
            "Nothing is dropped in training. What is `dropout_prob` for?",
            {DROPPED: ""},
        ),
        edited(
            "dropout always on",
            "Your block drops numbers when it is used, too. When should it?",
            {"Dropout(dropout_prob)(x)": "Dropout(dropout_prob)(x, training=True)"},
        ),
        edited(
            "rate hard-coded",
            "Your block drops the same share whatever is asked. What is `dropout_prob` for?",
            {"Dropout(dropout_prob)": "Dropout(0.3)"},
        ),
        edited(
            "share that stays",
            "You drop the share that should stay. Of which of the two is `dropout_prob` the share?",
            {"Dropout(dropout_prob)": "Dropout(1 - dropout_prob)"},
        ),
        edited(
            "dropout after pooling",
            "Your dropout comes after the pooling. Where does the table have it?",
            {
                DROPPED: "",
                NEXT: NEXT
                + DROPPED.replace("x = ", "next_layer = ").replace("(x)", "(next_layer)"),
            },
        ),
        edited(
            "dropout between the convolutions",
            "Your dropout comes before the second convolution. Where does the table have it?",
            {
                DROPPED: "",
                LOOP: turns(
                    CONV + "        if dropout_prob > 0 and turn == 0:\n"
                    "            x = keras.layers.Dropout(dropout_prob)(x)\n"
                ),
            },
        ),
        edited(
            "dropout after each convolution",
            "Your block drops numbers twice. How often does the table?",
            {
                DROPPED: "",
                LOOP: LOOP + "        if dropout_prob > 0:\n"
                "            x = keras.layers.Dropout(dropout_prob)(x)\n",
            },
        ),
        edited(
            "whole channels dropped",
            "Your block drops whole channels. Does dropout?",
            {"Dropout(dropout_prob)": "SpatialDropout2D(dropout_prob)"},
        ),
    ),
)


# upsampling_block

UP = 'keras.layers.Conv2DTranspose(n_filters, 3, strides=2, padding="same")(expansive_input)'
JOIN = "x = keras.layers.Concatenate()([up, contractive_input])"


def half_as_large(rng):
    below = volume(rng, 2, 3, some(rng, 4, 5), 7)
    kept = volume(rng, 2, 6, 2 * below.shape[2], 4)
    return below, kept, some(rng, 5, 6)


def taller(rng):
    below = volume(rng, 1, some(rng, 4, 5), 2, 2)
    return below, volume(rng, 1, 2 * below.shape[1], 4, 5), 3


def as_in_the_u(rng):
    """Twice as many channels below as are kept, as many kept as there are filters."""
    filters = some(rng, 3, 5)
    return volume(rng, 2, 2, 4, 2 * filters), volume(rng, 2, 4, 8, filters), filters


def by_default(rng):
    below = volume(rng, 1, 2, some(rng, 3, 4), 5)
    return below, volume(rng, 1, 4, 2 * below.shape[2], 3)


def many(rng):
    filters = some(rng, 28, 36)
    return volume(rng, 1, 1, 2, 5), volume(rng, 1, 2, 4, 20), filters


upsampling_block = Exercise(
    "upsampling_block",
    cases=(
        block_case("more channels below than kept", half_as_large, BOTH),
        block_case("taller than wide", taller, BOTH),
        block_case("as in the U", as_in_the_u, BOTH),
        block_case("no number of filters", by_default, BOTH),
        block_case("how the kernels start", many, ["starts"], check=starts_right),
    ),
    misconceptions=(
        *IN_BOTH,
        edited(
            "skip left out",
            "What was kept on the way down does not reach your output. Where is it joined?",
            {JOIN: "x = up"},
        ),
        edited(
            "only the skip",
            "What comes from below does not reach your output. Where is it joined?",
            {JOIN: "x = contractive_input"},
        ),
        edited(
            "added",
            "You add the two volumes. What does the table do with them?",
            {JOIN: "x = keras.layers.Add()([up, contractive_input])"},
        ),
        edited(
            "joined the other way round",
            "The kept channels come first in your joined volume. Which are first in the table?",
            {"[up, contractive_input]": "[contractive_input, up]"},
        ),
        edited(
            "numbers repeated",
            "You enlarge by repeating numbers, and nothing is learnt in it. Which layer has the "
            "table?",
            {UP: "keras.layers.UpSampling2D(2)(expansive_input)"},
        ),
        edited(
            "repeated and convolved",
            "You repeat numbers and convolve. Which layer has the table?",
            {
                UP: 'keras.layers.Conv2D(n_filters, 3, padding="same")'
                "(keras.layers.UpSampling2D(2)(expansive_input))"
            },
        ),
        edited(
            "2×2 transposed filters",
            "The filters of your transposed convolution are 2×2. How large are they in the table?",
            {UP: UP.replace("n_filters, 3", "n_filters, 2")},
        ),
        edited(
            "stride 1",
            "Your transposed convolution does not enlarge. By how much does each stamp move?",
            {UP: UP.replace("strides=2", "strides=1")},
        ),
        edited(
            "transposed convolution not padded",
            "What comes from below is a row too high for what was kept. What does `padding` cut "
            "off?",
            {UP: UP.replace(', padding="same"', "")},
        ),
        edited(
            "a ReLU after the transposed convolution",
            "Your transposed convolution has a ReLU. What does the table say?",
            {UP: UP.replace('"same"', '"same", activation="relu"')},
        ),
        edited(
            "transposed convolution keeps the channels",
            "Your transposed convolution has as many filters as there are channels below. How many "
            "has the table's?",
            {UP: UP.replace("n_filters", "expansive_input.shape[-1]")},
        ),
    ),
)


# unet_model


def model_case(name, inputs, key=None, share=1.0, rtol=1e-3, variants=1, **options):
    """A case about the plan, or about what the model computes."""
    return Case(
        name,
        inputs,
        options,
        probe="keras_model",
        probe_options={
            "keys": ["input_shape", *FACTS, *([key] if key else [])],
            "weights": False,
        },
        share=share,
        **LIMITS | {"rtol": rtol, "variants": variants},
    )


def another(rng):
    return ((16 * some(rng, 2, 4), 16 * some(rng, 5, 6), some(rng, 1, 2)),)


def not_four(rng):
    """A number of classes that is not the default."""
    return int(rng.choice([2, 3, 5]))


def tiny(rng):
    return (16, 32, some(rng, 1, 3)), some(rng, 2, 3), not_four(rng)


def small(rng):
    return (32, 16, 2), 2, not_four(rng)


def smallest(rng):
    return (16, 16, 1), 2, not_four(rng)


DEEP = "    x, _ = conv_block(x, n_filters * 16, 0.3, max_pooling=False)\n"
DROP = "dropout = 0.3 if stage == 3 else 0"
BACK = "x = upsampling_block(x, kept[stage], n_filters * 2**stage)"
FINAL = (
    "    x = keras.layers.Conv2D(\n"
    '        n_filters, 3, padding="same", activation="relu", kernel_initializer="he_normal"\n'
    "    )(x)\n"
)
SCORES = "keras.layers.Conv2D(n_classes, 1)(x)"
PASSED = "conv_block(x, n_filters * 2**stage, dropout)"

unet_model = Exercise(
    "unet_model",
    uses=("conv_block", "upsampling_block"),
    cases=(
        model_case("no arguments", lambda rng: ()),
        model_case("another size, and numbers by name", another, n_classes=7, n_filters=5),
        model_case("what it computes, on a wide picture", tiny, "predictions", 2, variants=2),
        model_case("what it computes, on a tall picture", small, "predictions", 2),
        model_case("how dropout shows in training", smallest, "spread_in_training", rtol=0.06),
    ),
    misconceptions=(
        edited(
            "softmax",
            "Your outputs are probabilities. What are logits?",
            {"Conv2D(n_classes, 1)": 'Conv2D(n_classes, 1, activation="softmax")'},
        ),
        edited(
            "3×3 at the end",
            "The filters of your last layer are 3×3. How large are they in the table?",
            {"Conv2D(n_classes, 1)": 'Conv2D(n_classes, 3, padding="same")'},
        ),
        edited(
            "no last 3×3 convolution",
            "Your scores come right after the last stage. Which layer stands between?",
            {FINAL: ""},
        ),
        edited(
            "no ReLU before the scores",
            "Your last 3×3 convolution has no ReLU. What does the table say?",
            {FINAL: FINAL.replace('activation="relu", ', "")},
        ),
        edited(
            "pooled at the bottom",
            "The bottom of your U pools once more. How large is stage 5 in the table?",
            {DEEP: "    x, _ = conv_block(x, n_filters * 16, 0.3)\n"},
        ),
        edited(
            "no bottom",
            "The bottom of your U is missing. Which stage has the most filters in the table?",
            {DEEP: ""},
        ),
        edited(
            "the bottom has 8n filters",
            "The filters do not double towards the bottom of your U. What does the table say?",
            {"n_filters * 16": "n_filters * 8"},
        ),
        edited(
            "filters do not double",
            "All stages on your way down have the same filters. What happens to them in the table?",
            {PASSED: "conv_block(x, n_filters, dropout)"},
        ),
        edited(
            "filters do not halve on the way up",
            "All stages on your way up have the same filters. What happens to them in the table?",
            {BACK: "x = upsampling_block(x, kept[stage], n_filters)"},
        ),
        edited(
            "filters off by one on the way up",
            "The stages on your way up have twice as many filters as those beside them on the way "
            "down. What does the table say?",
            {BACK: "x = upsampling_block(x, kept[stage], n_filters * 2 ** (stage + 1))"},
        ),
        edited(
            "three stages",
            "Your U has three stages on each side. How many has the table's?",
            {"range(4)": "range(3)", "(3, 2, 1, 0)": "(2, 1, 0)"},
        ),
        edited(
            "skips in the wrong order",
            "You hand on what the wrong stages kept. Which two volumes are equally large?",
            {"kept[stage]": "kept[3 - stage]"},
        ),
        edited(
            "the pooled volume kept",
            "You keep the pooled volumes. Which of the two that a stage returns is kept?",
            {"kept.append(skip_connection)": "kept.append(x)"},
        ),
        edited(
            "no dropout",
            "Nothing is dropped in your model in training. Which stages have dropout?",
            {DROP: "dropout = 0", "16, 0.3": "16, 0"},
        ),
        edited(
            "no dropout in stage 4",
            "Only the bottom of your U has dropout. Which other stage has it?",
            {DROP: "dropout = 0"},
        ),
        edited(
            "no dropout at the bottom",
            "The bottom of your U has no dropout. Which stages have it?",
            {"16, 0.3": "16, 0"},
        ),
        edited(
            "dropout everywhere",
            "All stages on your way down have dropout. Which have it in the table?",
            {DROP: "dropout = 0.3"},
        ),
        edited(
            "dropout of a half",
            "Your model drops half of the numbers. Which share does the table say?",
            {DROP: DROP.replace("0.3", "0.5"), "16, 0.3": "16, 0.5"},
        ),
        edited(
            "dropout off by one stage",
            "Your model does not drop what the table's drops. Which stages have dropout, and of "
            "which share?",
            {DROP: "dropout = 0.3 if stage == 2 else 0"},
        ),
        edited(
            "size hard-coded",
            "Your model takes pictures of one size only. What is the argument for?",
            {"shape=input_size": "shape=(96, 128, 3)"},
        ),
        edited(
            "classes hard-coded",
            "Your model has four classes whatever is asked. What is the argument for?",
            {"Conv2D(n_classes, 1)": "Conv2D(4, 1)"},
        ),
        edited(
            "filters hard-coded",
            "Your first stage has 32 filters whatever is asked. What is the argument for?",
            {"    kept = []\n": "    n_filters = 32\n    kept = []\n"},
        ),
        edited(
            "another default for the size",
            "Without an argument pictures should have 96×128 pixels.",
            {"input_size=(96, 128, 3)": "input_size=(128, 128, 3)"},
        ),
    ),
)

exercises = [conv_block, upsampling_block, unet_model]
