"""Hidden tests for the notebook style_transfer."""

from typing import Any

import numpy as np

from convwork.grading.cases import Case, Exercise, Misconception

Rng = np.random.Generator
SINGLE: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-5}
NO_GRADIENT = (
    "No gradient comes through your function. Where does the computation leave TensorFlow?"
)


def some(rng: Rng, low: int, high: int) -> int:
    """An integer from low to high, both included."""
    return int(rng.integers(low, high + 1))


def tensor_case(name: str, inputs: Any, of: int | None = None, **fields: Any) -> Case:
    """A question to a function of tensors; `of` asks for the gradient by that argument, too."""
    settings: dict[str, Any] = {"probe": "tensorflow_function", "probe_options": {"of": of}}
    return Case(name, inputs, **(settings | SINGLE | fields))


# top_patches


def loud_places(
    rng: Rng,
    m: int,
    shape: tuple[int, int],
    size: tuple[int, int],
    n_C: int = 3,
    places: dict[int, tuple[int, int]] | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Activations that are all different, and images of bytes.

    places: the loudest place of all units in some of the images.
    """
    count = m * shape[0] * shape[1] * n_C
    activations = rng.permutation(count).reshape(m, *shape, n_C) / count
    activations += rng.uniform(0.1, 0.9) / count
    for image, place in (places or {}).items():
        activations[image, *place] = 1 + rng.permutation(n_C) / n_C + rng.uniform(0, 0.1)
    images = rng.integers(0, 256, size=(m, *size, 3)).astype(np.uint8)
    return activations, images


def ordinary(rng: Rng) -> Any:
    return *loud_places(rng, some(rng, 11, 13), (4, 6), (24, 36), 4), 2, 5, 5


def defaults(rng: Rng) -> Any:
    return *loud_places(rng, some(rng, 12, 15), (3, 5), (21, 30)), 1


def uneven(rng: Rng) -> Any:
    """Neither side of the image is a multiple of the number of places."""
    return *loud_places(rng, 8, (4, 6), (27, 35), 2), some(rng, 0, 1), 4, 7


def even_patches(rng: Rng) -> Any:
    return *loud_places(rng, 7, (5, 4), (25, 24), 3), 2, 4, some(rng, 2, 3) * 2


def upper_left(rng: Rng) -> Any:
    m = 5
    where = {0: (0, 0), 1: (0, 2), 2: (3, 0), 3: (1, 0), 4: (0, 1)}
    return *loud_places(rng, m, (5, 4), (25, 24), 2, where), some(rng, 0, 1), m, 11


def lower_right(rng: Rng) -> Any:
    m = 5
    where = {0: (3, 5), 1: (3, 2), 2: (1, 5), 3: (2, 5), 4: (3, 4)}
    return *loud_places(rng, m, (4, 6), (24, 36), 2, where), some(rng, 0, 1), m, 12


def one_image_is_loudest(rng: Rng) -> Any:
    """All the loudest places are in one image."""
    activations, images = loud_places(rng, 6, (4, 5), (20, 30), 2)
    activations[some(rng, 1, 4)] += 2
    return activations, images, 1, 3, 5


def below_zero(rng: Rng) -> Any:
    """A layer without ReLU; far below zero is not loud."""
    activations, images = loud_places(rng, 6, (3, 4), (18, 28), 3)
    return 3 * activations - 4, images, 1, 4, 5


def loud_on_average(rng: Rng) -> Any:
    """One image is loud everywhere, others at one place."""
    activations, images = loud_places(rng, 6, (3, 4), (15, 20), 2, {1: (1, 2), 4: (2, 1)})
    activations[2] = 0.9 + 0.05 * activations[2]
    return activations, images, some(rng, 0, 1), 2, 3


def whole_height(rng: Rng) -> Any:
    return *loud_places(rng, 5, (3, 6), (12, 27), 2), 1, 3, 12


def one_pixel(rng: Rng) -> Any:
    return *loud_places(rng, 6, (4, 3), (16, 21), 5), 4, 6, 1


def photos(rng: Rng) -> Any:
    activations, images = loud_places(rng, 7, (3, 4), (18, 24), 3, {some(rng, 0, 6): (1, 2)})
    return activations.astype(np.float32), (images / 255).astype(np.float32), 0, 1, 7


LOUDEST = "np.argsort(-maps.max(axis=1))[:k]"
TOP = "int((row + 0.5) * height / n_H) - receptive_field // 2"
LEFT = "int((column + 0.5) * width / n_W) - receptive_field // 2"
KEEP_TOP = "min(max(top, 0), height - receptive_field)"
KEEP_LEFT = "min(max(left, 0), width - receptive_field)"

top_patches = Exercise(
    "top_patches",
    outputs=("patches",),
    cases=(
        Case("five patches of twelve pictures", ordinary),
        Case("k and the receptive field as they are if you do not say", defaults, variants=3),
        Case("cells that are no whole number of pixels", uneven),
        Case("patches with an even number of pixels", even_patches),
        Case("patches at the upper and left edges", upper_left),
        Case("patches at the lower and right edges", lower_right),
        Case("one picture has all the loudest places", one_image_is_loudest),
        Case("one picture is loud everywhere", loud_on_average),
        Case("activations below zero", below_zero),
        Case("patches as high as the picture", whole_height),
        Case("patches of one pixel, from every picture", one_pixel),
        Case("the single loudest, of pictures from 0 to 1", photos),
    ),
    misconceptions=(
        Misconception(
            "several of one image",
            "Several of your patches come from the same image. How many may each send?",
            edits={
                "image in np.argsort(-maps.max(axis=1))[:k]:": (
                    "flat in np.argsort(-maps, axis=None)[:k]:"
                ),
                "row, column = divmod(maps[image].argmax(), n_W)": (
                    "image, place = divmod(flat, n_H * n_W)\n"
                    "        row, column = divmod(place, n_W)"
                ),
            },
        ),
        Misconception(
            "the quietest",
            "You take the images in which the unit is least excited.",
            edits={LOUDEST: "np.argsort(maps.max(axis=1))[:k]"},
        ),
        Misconception(
            "weakest first",
            "The right patches come out in another order. Which is first?",
            edits={LOUDEST: "np.argsort(maps.max(axis=1))[-k:]"},
        ),
        Misconception(
            "in the order of the images",
            "The right patches come out in the order of the images. Which is first?",
            edits={LOUDEST: "np.sort(np.argsort(-maps.max(axis=1))[:k])"},
        ),
        Misconception(
            "loudest on average",
            "You choose the images by the mean of all places. What makes an image loud here?",
            edits={LOUDEST: "np.argsort(-maps.mean(axis=1))[:k]"},
        ),
        Misconception(
            "the first k images",
            "You take the first images, whatever the unit answers to them.",
            edits={LOUDEST: "range(m)[:k]"},
        ),
        Misconception(
            "absolute values",
            "A number far below zero counts as loud with you.",
            edits={"activations[..., unit].reshape": "abs(activations[..., unit]).reshape"},
        ),
        Misconception(
            "all units together",
            "Your patches do not depend on the unit. Which activations belong to it?",
            edits={"activations[..., unit].reshape": "activations.max(axis=-1).reshape"},
        ),
        Misconception(
            "always the first unit",
            "Your patches do not depend on the unit. Which activations belong to it?",
            edits={"activations[..., unit]": "activations[..., 0]"},
        ),
        Misconception(
            "corner of the cell",
            "Your patches lie around the corners of the cells. Where is a cell's middle?",
            edits={"(row + 0.5)": "row", "(column + 0.5)": "column"},
        ),
        Misconception(
            "patch begins in the middle",
            "Your patches begin where their middle should be.",
            edits={
                TOP: TOP.replace(" - receptive_field // 2", ""),
                LEFT: LEFT.replace(" - receptive_field // 2", ""),
            },
        ),
        Misconception(
            "activations for pixels",
            "You take a place in the layer for a pixel of the image. How large is a cell?",
            edits={
                TOP: "row - receptive_field // 2",
                LEFT: "column - receptive_field // 2",
            },
        ),
        Misconception(
            "rows and columns exchanged",
            "Your patches lie where row and column have changed places.",
            edits={"row, column = divmod": "column, row = divmod"},
        ),
        Misconception(
            "one cell size for both",
            "You take the cells to be as wide as they are high.",
            edits={"* width / n_W": "* height / n_H"},
        ),
        Misconception(
            "cells of whole pixels",
            "Your cells have whole numbers of pixels. What if a side of the image can't be divided "
            "so?",
            edits={
                "(row + 0.5) * height / n_H": "(row + 0.5) * (height // n_H)",
                "(column + 0.5) * width / n_W": "(column + 0.5) * (width // n_W)",
            },
        ),
        Misconception(
            "first and last pixel in the first and last place",
            "Your first place lies on the image's first pixel, and your last on its last. Where is "
            "the middle of a cell?",
            edits={
                "(row + 0.5) * height / n_H": "row * (height - 1) / (n_H - 1)",
                "(column + 0.5) * width / n_W": "column * (width - 1) / (n_W - 1)",
            },
        ),
        Misconception(
            "the middle half a pixel higher",
            "Your middles are rounded another way. In which pixel does the middle lie?",
            edits={
                "int((row + 0.5) * height / n_H)": "int((row + 0.5) * height / n_H - 0.5)",
                "int((column + 0.5) * width / n_W)": "int((column + 0.5) * width / n_W - 0.5)",
            },
        ),
        Misconception(
            "not moved at the upper and left edges",
            "At the upper and left edges your patches are not where they should be. Which pixel is "
            "number −1 for Python?",
            edits={"min(max(top, 0)": "min(top", "min(max(left, 0)": "min(left"},
        ),
        Misconception(
            "not moved at the lower and right edges",
            "At the lower and right edges your patches are cut off. How many pixels has each?",
            edits={KEEP_TOP: "max(top, 0)", KEEP_LEFT: "max(left, 0)"},
        ),
        Misconception(
            "moved too far",
            "At the lower and right edges your patches leave a line of pixels unused.",
            edits={
                KEEP_TOP: "min(max(top, 0), height - receptive_field - 1)",
                KEEP_LEFT: "min(max(left, 0), width - receptive_field - 1)",
            },
        ),
        Misconception(
            "moved as in a square",
            "When you move a patch inside, you take both sides of the image to be as long as the "
            "shorter one.",
            edits={
                KEEP_TOP: "min(max(top, 0), min(height, width) - receptive_field)",
                KEEP_LEFT: "min(max(left, 0), min(height, width) - receptive_field)",
            },
        ),
        Misconception(
            "always nine",
            "You return nine patches, however many are asked for.",
            edits={LOUDEST: LOUDEST.replace("[:k]", "[:9]")},
        ),
        Misconception(
            "always fifteen pixels",
            "Your patches have the same size whatever is asked.",
            edits={
                "    m, n_H, n_W, _ = activations.shape": (
                    "    receptive_field = 15\n    m, n_H, n_W, _ = activations.shape"
                )
            },
        ),
        Misconception(
            "where they are",
            "You return where the patches are. What is asked for is the pixels.",
            edits={"patches.append(images": "patches.append((image, top, left)) or (images"},
        ),
    ),
)


# Activations and their costs


def activations(rng: Rng, n_H: int, n_W: int, n_C: int) -> np.ndarray:
    """A layer's answer to one picture: none is negative, many are zero."""
    values = np.maximum(rng.normal(0.4, 1.5, size=(1, n_H, n_W, n_C)), 0)
    return np.asarray(values, dtype=np.float32)


def pair(n_H: tuple[int, int], n_W: tuple[int, int], n_C: tuple[int, int]) -> Any:
    """Two volumes of the same shape, each size in a range."""

    def build(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
        shape = some(rng, *n_H), some(rng, *n_W), some(rng, *n_C)
        return activations(rng, *shape), activations(rng, *shape)

    return build


def with_negatives(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    shape = (1, some(rng, 3, 4), some(rng, 5, 6), 2)
    return tuple(rng.normal(size=shape).astype(np.float32) for _ in range(2))  # type: ignore


def large(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """As large as activations of real pictures are."""
    one, other = pair((5, 6), (3, 4), (7, 8))(rng)
    return 100 * one, 80 * other


def the_same(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    one = activations(rng, 4, some(rng, 2, 3), 5)
    return one, one.copy()


def exchanged(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """The same numbers at other places, whole ones, so that sums are exact."""
    n_H, n_W, n_C = some(rng, 3, 4), 5, some(rng, 2, 3)
    one = rng.integers(0, 9, size=(n_H * n_W, n_C)).astype(np.float32)
    shape = (1, n_H, n_W, n_C)
    return one.reshape(shape), one[rng.permutation(n_H * n_W)].reshape(shape)


SQUARES = "tf.reduce_sum((a_C - a_G) ** 2)"
SIZES = "(4 * n_H * n_W * n_C)"

compute_content_cost = Exercise(
    "compute_content_cost",
    outputs=(),
    cases=(
        tensor_case("a small volume", pair((2, 3), (4, 5), (6, 7))),
        tensor_case("more places than channels", pair((7, 8), (5, 6), (2, 3))),
        tensor_case("a single channel", pair((3, 4), (5, 6), (1, 1))),
        tensor_case("a single place", pair((1, 1), (1, 1), (8, 11))),
        tensor_case("a single row of places", pair((1, 1), (5, 7), (2, 3))),
        tensor_case("activations of both signs", with_negatives),
        tensor_case("large activations", large),
        tensor_case("the same numbers at other places", exchanged),
        tensor_case("the same volume twice", the_same, share=0.5),
        tensor_case("the gradient", pair((2, 3), (4, 5), (3, 3)), of=1, share=2),
        tensor_case(
            "the gradient, with many channels", pair((4, 4), (2, 3), (9, 10)), of=1, share=2
        ),
        tensor_case("the gradient, with large activations", large, of=1, share=2),
    ),
    misconceptions=(
        Misconception(
            "4 forgotten",
            "Your cost is four times too large. What stands in front of the sum?",
            edits={SIZES: "(n_H * n_W * n_C)"},
        ),
        Misconception(
            "2 for 4",
            "Your cost is twice as large as it should be. What stands in front of the sum?",
            edits={SIZES: "(2 * n_H * n_W * n_C)"},
        ),
        Misconception(
            "sizes forgotten",
            "Your cost grows with the size of the volume. What is the sum divided by?",
            edits={SIZES: "4"},
        ),
        Misconception(
            "channels forgotten",
            "Your cost grows with the number of channels. Which sizes does the fraction have?",
            edits={SIZES: "(4 * n_H * n_W)"},
        ),
        Misconception(
            "places forgotten",
            "Your cost grows with the number of places. Which sizes does the fraction have?",
            edits={SIZES: "(4 * n_C)"},
        ),
        Misconception(
            "multiplied for divided",
            "You multiply by what the sum should be divided by.",
            edits={f"{SQUARES} / {SIZES}": f"{SQUARES} / 4 * n_H * n_W * n_C"},
        ),
        Misconception(
            "mean for sum",
            "You divide by the number of entries twice. Is it squared in the formula? And what has "
            "a mean done already?",
            edits={SQUARES: "tf.reduce_mean((a_C - a_G) ** 2)"},
        ),
        Misconception(
            "sum of the differences",
            "Your differences cancel each other. What is done to each before the sum?",
            edits={"(a_C - a_G) ** 2": "(a_C - a_G)"},
        ),
        Misconception(
            "square of the sum",
            "You add first and square then, so that differences cancel each other.",
            edits={SQUARES: "tf.reduce_sum(a_C - a_G) ** 2"},
        ),
        Misconception(
            "absolute differences",
            "You add the differences' sizes. Which power does the formula have?",
            edits={"(a_C - a_G) ** 2": "abs(a_C - a_G)"},
        ),
        Misconception(
            "length for square",
            "You take a square root that the formula does not have.",
            edits={SQUARES: "tf.norm(a_C - a_G)"},
        ),
        Misconception(
            "difference of squares",
            "You square each volume, and take the difference then.",
            edits={"(a_C - a_G) ** 2": "a_C**2 - a_G**2"},
        ),
        Misconception(
            "difference of the sums",
            "You compare how active the layer is in all. Does it matter to you where?",
            edits={"(a_C - a_G) ** 2": "(tf.reduce_mean(a_C) - tf.reduce_mean(a_G)) ** 2"},
        ),
        Misconception(
            "one cost for each channel",
            "Your cost has several numbers. Over which axes does the sum run?",
            edits={SQUARES: "tf.reduce_sum((a_C - a_G) ** 2, axis=(0, 1, 2))"},
        ),
        Misconception(
            "the picture's axis kept",
            "Your cost is an array of one number. How many dimensions has a cost?",
            edits={SQUARES: "tf.reduce_sum((a_C - a_G) ** 2, axis=(1, 2, 3))"},
        ),
        Misconception(
            "through NumPy",
            NO_GRADIENT,
            edits={SQUARES: "np.sum(np.array(a_C - a_G) ** 2)"},
        ),
    ),
)


# gram_matrix


def rows(n_C: tuple[int, int], places: tuple[int, int], positive: bool = True) -> Any:
    """Channels as rows, places as columns."""

    def build(rng: Rng) -> tuple[np.ndarray]:
        shape = some(rng, *n_C), some(rng, *places)
        values = rng.normal(0.5, 1, size=shape)
        return (np.maximum(values, 0 if positive else -9).astype(np.float32),)

    return build


def square_rows(rng: Rng) -> tuple[np.ndarray]:
    n = some(rng, 4, 6)
    return rows((n, n), (n, n), positive=False)(rng)


PRODUCT = "A @ tf.transpose(A)"

gram_matrix = Exercise(
    "gram_matrix",
    outputs=(),
    cases=(
        tensor_case("two channels", rows((2, 2), (3, 4))),
        tensor_case("more places than channels", rows((3, 5), (11, 14))),
        tensor_case("more channels than places", rows((8, 9), (4, 6))),
        tensor_case("as many channels as places", square_rows),
        tensor_case("a single channel", rows((1, 1), (6, 9))),
        tensor_case("a single place", rows((4, 5), (1, 1))),
        tensor_case("numbers of both signs", rows((4, 5), (7, 8), positive=False)),
        tensor_case("the gradient", rows((3, 4), (5, 6), positive=False), of=0, share=2),
    ),
    misconceptions=(
        Misconception(
            "places for channels",
            "Your matrix says which places go together. What stands in A's rows, and how large is "
            "the matrix of channels with channels?",
            edits={PRODUCT: "tf.transpose(A) @ A"},
        ),
        Misconception(
            "number by number",
            "You multiply each number with itself. What does the sum in the formula run over?",
            edits={PRODUCT: "A * A"},
        ),
        Misconception(
            "diagonal alone",
            "You answer how active each channel is. What of two different ones?",
            edits={PRODUCT: "tf.linalg.diag(tf.reduce_sum(A * A, axis=1))"},
        ),
        Misconception(
            "one number for each channel",
            "You answer one number for each channel. What of two different ones?",
            edits={PRODUCT: "tf.reduce_sum(A * A, axis=1)"},
        ),
        Misconception(
            "divided by the places",
            "You divide by the number of places. Does the formula?",
            edits={PRODUCT: "A @ tf.transpose(A) / A.shape[1]"},
        ),
        Misconception(
            "divided by everything",
            "You divide by the number of all entries. Does the formula?",
            edits={PRODUCT: "A @ tf.transpose(A) / (A.shape[0] * A.shape[1])"},
        ),
        Misconception(
            "means taken off",
            "You take each channel's mean off, as for a covariance. Does the formula?",
            edits={
                PRODUCT: (
                    "(A - tf.reduce_mean(A, axis=1, keepdims=True)) @ "
                    "tf.transpose(A - tf.reduce_mean(A, axis=1, keepdims=True))"
                )
            },
        ),
        Misconception(
            "not transposed",
            "You multiply A with itself, which only fits where it is square. Which way round does "
            "the second one stand?",
            edits={PRODUCT: "A @ A"},
        ),
        Misconception("through NumPy", NO_GRADIENT, edits={PRODUCT: "np.dot(A, np.transpose(A))"}),
    ),
)


# compute_layer_style_cost


def of_real_size(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """As many places and channels as the network has: the square of their product has 32 bits.

    All are 0 or 5, which takes little room.
    """
    shape = (1, some(rng, 25, 27), some(rng, 31, 33), 64)
    shares = rng.uniform(0.05, 0.3, size=(2, 64))
    one, other = (5 * (rng.uniform(size=shape) < share).astype(np.float32) for share in shares)
    return one, other


ROWS_S = "tf.transpose(tf.reshape(a_S, (n_H * n_W, n_C)))"
ROWS_G = "tf.transpose(tf.reshape(a_G, (n_H * n_W, n_C)))"
GRAMS = "tf.reduce_sum((style - generated) ** 2)"
FRACTION = "(4 * n_C**2 * (n_H * n_W) ** 2)"

compute_layer_style_cost = Exercise(
    "compute_layer_style_cost",
    uses=("gram_matrix",),
    cases=(
        tensor_case("a small volume", pair((2, 3), (4, 5), (3, 4))),
        tensor_case("more places than channels", pair((7, 8), (5, 6), (2, 2))),
        tensor_case("more channels than places", pair((2, 2), (3, 3), (9, 11))),
        tensor_case("a single channel", pair((3, 4), (5, 6), (1, 1))),
        tensor_case("a single place", pair((1, 1), (1, 1), (3, 5))),
        tensor_case("a single row of places", pair((1, 1), (5, 7), (2, 3))),
        tensor_case("activations of both signs", with_negatives),
        tensor_case("large activations", large),
        tensor_case("a layer of real size", of_real_size, variants=2),
        tensor_case("the same numbers at other places", exchanged, share=0.5),
        tensor_case("the same volume twice", the_same, share=0.5),
        tensor_case("the gradient", pair((2, 3), (4, 5), (3, 3)), of=1, share=2),
        tensor_case(
            "the gradient, with many channels", pair((4, 4), (2, 3), (7, 8)), of=1, share=2
        ),
    ),
    misconceptions=(
        Misconception(
            "reshaped at once",
            "Your rows mix channels. In which order do a volume's numbers lie in memory?",
            edits={
                ROWS_S: "tf.reshape(a_S, (n_C, n_H * n_W))",
                ROWS_G: "tf.reshape(a_G, (n_C, n_H * n_W))",
            },
        ),
        Misconception(
            "not transposed",
            "You compare which places go together, not which channels. What stands in the rows "
            "that gram_matrix wants?",
            edits={
                ROWS_S: "tf.reshape(a_S, (n_H * n_W, n_C))",
                ROWS_G: "tf.reshape(a_G, (n_H * n_W, n_C))",
            },
        ),
        Misconception(
            "4 forgotten",
            "Your cost is four times too large. What stands in front of the sum?",
            edits={FRACTION: "(n_C**2 * (n_H * n_W) ** 2)"},
        ),
        Misconception(
            "2 for 4",
            "Your cost is twice as large as it should be. What stands in front of the sum?",
            edits={FRACTION: "(2 * n_C**2 * (n_H * n_W) ** 2)"},
        ),
        Misconception(
            "4 squared",
            "Your cost is a quarter of what it should be. Is the 4 squared in the formula?",
            edits={FRACTION: "(4 * n_C * n_H * n_W) ** 2"},
        ),
        Misconception(
            "nothing squared",
            "Your fraction is that of the content's cost. Which sizes are squared here?",
            edits={FRACTION: "(4 * n_C * n_H * n_W)"},
        ),
        Misconception(
            "channels not squared",
            "Your cost is too large by the number of channels. Which sizes are squared?",
            edits={FRACTION: "(4 * n_C * (n_H * n_W) ** 2)"},
        ),
        Misconception(
            "places not squared",
            "Your cost is too large by the number of places. Which sizes are squared?",
            edits={FRACTION: "(4 * n_C**2 * (n_H * n_W))"},
        ),
        Misconception(
            "width alone squared",
            "In your fraction the height is not squared. What do the brackets in the formula hold?",
            edits={FRACTION: "(4 * n_C**2 * n_H * n_W**2)"},
        ),
        Misconception(
            "sizes forgotten",
            "Your cost grows with the size of the volume. What is the sum divided by?",
            edits={FRACTION: "4"},
        ),
        Misconception(
            "sizes in 32 bits",
            "With layers of real size your fraction is wrong. How large can an integer of "
            "TensorFlow's be?",
            edits={
                "n_C = a_S.shape": "n_C = tf.unstack(tf.shape(a_S))",
                FRACTION: f"tf.cast({FRACTION}, tf.float32)",
            },
        ),
        Misconception(
            "channels forgotten",
            "There is no n_C in your fraction.",
            edits={FRACTION: "(4 * (n_H * n_W) ** 2)"},
        ),
        Misconception(
            "mean for sum",
            "You divide by the number of channels twice: a mean has done so already.",
            edits={GRAMS: "tf.reduce_mean((style - generated) ** 2)"},
        ),
        Misconception(
            "sum of the differences",
            "Your differences cancel each other. What is done to each before the sum?",
            edits={"(style - generated) ** 2": "(style - generated)"},
        ),
        Misconception(
            "square of the sum",
            "You add first and square then, so that differences cancel each other.",
            edits={GRAMS: "tf.reduce_sum(style - generated) ** 2"},
        ),
        Misconception(
            "length for square",
            "You take a square root that the formula does not have.",
            edits={GRAMS: "tf.norm(style - generated)"},
        ),
        Misconception(
            "no Gram matrices",
            "You compare activations place by place. What is compared in a style?",
            edits={f"gram_matrix({ROWS_S})": ROWS_S, f"gram_matrix({ROWS_G})": ROWS_G},
        ),
        Misconception(
            "Gram matrix of the difference",
            "You take the Gram matrix of the difference. What is the difference taken of?",
            edits={
                f"gram_matrix({ROWS_S})": f"gram_matrix({ROWS_S} - {ROWS_G})",
                f"gram_matrix({ROWS_G})": "0.0",
            },
        ),
        Misconception(
            "means taken off",
            "You take each channel's mean off, as for a covariance. Does the formula?",
            edits={
                "tf.reshape(a_S, ": "tf.reshape(a_S - tf.reduce_mean(a_S, (1, 2), True), ",
                "tf.reshape(a_G, ": "tf.reshape(a_G - tf.reduce_mean(a_G, (1, 2), True), ",
            },
        ),
        Misconception(
            "diagonal alone",
            "You compare how active each channel is. What of two that go together?",
            edits={GRAMS: "tf.reduce_sum(tf.linalg.diag_part(style - generated) ** 2)"},
        ),
        Misconception(
            "each pair once",
            "You count each pair of channels once. Over which k and k′ does the sum run?",
            edits={GRAMS: "tf.reduce_sum(tf.linalg.band_part(style - generated, 0, -1) ** 2)"},
        ),
        Misconception(
            "the same picture twice",
            "Your cost is always zero. Whose Gram matrices do you compare?",
            edits={
                "generated = gram_matrix(tf.transpose(tf.reshape(a_G": (
                    "generated = gram_matrix(tf.transpose(tf.reshape(a_S"
                )
            },
        ),
        Misconception(
            "one row of differences",
            "Your cost has several numbers. Over what does the sum run?",
            edits={GRAMS: "tf.reduce_sum((style - generated) ** 2, axis=0)"},
        ),
        Misconception(
            "through NumPy",
            NO_GRADIENT,
            edits={GRAMS: ("np.sum((np.array(style) - np.array(generated)) ** 2)")},
        ),
    ),
)


# compute_style_cost


def several(*shapes: tuple[int, int, int], weights: Any = None) -> Any:
    """Layers of these shapes; weights that differ and do not sum to 1, if none are given."""

    def build(rng: Rng) -> tuple[list[np.ndarray], list[np.ndarray], list[float]]:
        style, generated = ([activations(rng, *shape) for shape in shapes] for _ in range(2))
        steps = [float(rng.uniform(0.3, 0.6) * (1 + i)) for i in range(len(shapes))]
        return style, generated, list(weights or steps)

    return build


TERM = "weight * compute_layer_style_cost(a_S, a_G)"
SUM = f"sum({TERM} for a_S, a_G, weight in layers)"

compute_style_cost = Exercise(
    "compute_style_cost",
    uses=("compute_layer_style_cost",),
    cases=(
        tensor_case("two layers", several((3, 4, 2), (2, 3, 5))),
        tensor_case(
            "three layers, the deepest the smallest", several((5, 6, 2), (3, 4, 3), (2, 2, 4))
        ),
        tensor_case("five layers", several((4, 3, 1), (3, 4, 2), (3, 2, 3), (2, 2, 4), (1, 2, 5))),
        tensor_case("a single layer", several((3, 4, 3))),
        tensor_case("a layer without weight", several((3, 4, 2), (4, 2, 3), weights=(0.0, 1.5))),
        tensor_case(
            "weights that sum to 1",
            several((2, 4, 2), (3, 2, 3), (2, 2, 2), weights=(0.2, 0.5, 0.3)),
        ),
        tensor_case(
            "weights that are whole numbers", several((2, 4, 2), (3, 2, 3), weights=(3, 1))
        ),
        tensor_case("the gradient", several((3, 4, 2), (2, 3, 4)), of=1, share=2),
    ),
    misconceptions=(
        Misconception(
            "weights ignored",
            "All layers count the same with you. What are the weights for?",
            edits={TERM: "compute_layer_style_cost(a_S, a_G)"},
        ),
        Misconception(
            "mean of the layers",
            "You take a mean. Does the formula divide by the number of layers?",
            edits={SUM: f"{SUM} / len(layer_weights)"},
        ),
        Misconception(
            "equal shares",
            "You take the plain mean of the layers. What are the weights for?",
            edits={SUM: SUM.replace("weight * ", "") + " / len(layer_weights)"},
        ),
        Misconception(
            "divided by the weights",
            "You divide by the sum of the weights. Does the formula?",
            edits={SUM: f"{SUM} / sum(layer_weights)"},
        ),
        Misconception(
            "the last layer alone",
            "Only your last layer counts. What happens to the cost of those before it?",
            edits={SUM: f"[{TERM} for a_S, a_G, weight in layers][-1]"},
        ),
        Misconception(
            "the first layer alone",
            "Only your first layer counts. Does your function return too early?",
            edits={SUM: f"[{TERM} for a_S, a_G, weight in layers][0]"},
        ),
        Misconception(
            "all layers but the last",
            "Your last layer is missing. What do the lists hold here?",
            edits={SUM: f"sum([{TERM} for a_S, a_G, weight in layers][:-1])"},
        ),
        Misconception(
            "weights in reverse",
            "Your weights go with other layers. In which order do they come?",
            edits={
                "generated_outputs, layer_weights, strict": (
                    "generated_outputs, layer_weights[::-1], strict"
                )
            },
        ),
        Misconception(
            "a list of costs",
            "You return a cost for each layer. What becomes of them?",
            edits={SUM: f"tf.stack([{TERM} for a_S, a_G, weight in layers])"},
        ),
        Misconception(
            "weights squared",
            "Your weights come in twice.",
            edits={TERM: f"weight * {TERM}"},
        ),
        Misconception(
            "weights made whole",
            "You make whole numbers of the weights. What is left of 0.5?",
            edits={TERM: f"int({TERM.replace(' *', ') *', 1)}"},
        ),
        Misconception(
            "content for style",
            "Your cost is that of a content. Which function do you call for each layer?",
            edits={TERM: "weight * compute_content_cost(a_S, a_G)"},
        ),
        Misconception(
            "through NumPy",
            NO_GRADIENT,
            edits={TERM: "weight * float(compute_layer_style_cost(a_S, a_G))"},
        ),
    ),
)


# total_cost


def costs(rng: Rng) -> tuple[float, float]:
    return float(rng.uniform(1, 3)), float(rng.uniform(5, 9))


def cost_tensors(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    one, other = (np.float32(cost) for cost in costs(rng))
    return np.asarray(one), np.asarray(other)


def style_is_less(rng: Rng) -> tuple[float, float]:
    return costs(rng)[::-1]


BOTH = "alpha * J_content + beta * J_style"

total_cost = Exercise(
    "total_cost",
    outputs=(),
    cases=(
        Case("the usual weights", costs),
        Case("the style's cost is less", style_is_less),
        Case("other weights, by name", costs, options={"alpha": 3, "beta": 0.25}),
        Case("other weights, in order", lambda rng: (*costs(rng), 0.5, some(rng, 5, 9))),
        Case("only alpha is another", costs, options={"alpha": 2.5}),
        Case("only beta is another", costs, options={"beta": 7}),
        Case("content alone", costs, options={"beta": 0}),
        Case("style alone", costs, options={"alpha": 0}),
        tensor_case("tensors", cost_tensors),
        tensor_case("the gradient by the content's cost", cost_tensors, of=0),
        tensor_case("the gradient by the style's cost", cost_tensors, of=1, share=2),
    ),
    misconceptions=(
        Misconception(
            "weights exchanged",
            "Your weights have changed places. Which of them does the content have?",
            edits={BOTH: "beta * J_content + alpha * J_style"},
        ),
        Misconception(
            "weights hard-coded",
            "Your weights are 10 and 40 whatever is asked.",
            edits={BOTH: "10 * J_content + 40 * J_style"},
        ),
        Misconception(
            "weights ignored",
            "Your costs have no weights.",
            edits={BOTH: "J_content + J_style"},
        ),
        Misconception(
            "alpha ignored",
            "Your content has no weight.",
            edits={BOTH: "J_content + beta * J_style"},
        ),
        Misconception(
            "beta ignored",
            "Your style has no weight.",
            edits={BOTH: "alpha * J_content + J_style"},
        ),
        Misconception(
            "alpha for both",
            "Both of your costs have the same weight.",
            edits={BOTH: "alpha * (J_content + J_style)"},
        ),
        Misconception(
            "shares",
            "You divide by the sum of the weights. Does the formula?",
            edits={BOTH: f"({BOTH}) / (alpha + beta)"},
        ),
        Misconception(
            "style taken off",
            "You take the style's cost off. Should it be large or small?",
            edits={BOTH: "alpha * J_content - beta * J_style"},
        ),
        Misconception(
            "product",
            "You multiply the costs. What is the total if one of them is zero?",
            edits={BOTH: "alpha * J_content * beta * J_style"},
        ),
        Misconception(
            "through NumPy",
            NO_GRADIENT,
            edits={BOTH: ("alpha * np.array(J_content) + beta * np.array(J_style)")},
        ),
    ),
)


# train_step


def landscape(
    size: tuple[int, int], slope: float, bend: float, start: tuple[float, float] = (0.0, 1.0)
) -> Any:
    """A picture, and a cost with slopes and bends of about these sizes; see the probe."""

    def build(rng: Rng) -> tuple[np.ndarray, ...]:
        shape = (1, *size, 3)
        picture = rng.uniform(*start, size=shape)
        slopes = slope * rng.choice([-1, 1], size=shape) * rng.uniform(0.5, 1, size=shape)
        bends = bend * rng.uniform(0.5, 1, size=shape)
        target = rng.uniform(size=shape)
        return tuple(a.astype(np.float32) for a in (picture, slopes, bends, target))

    return build


def step_case(name: str, inputs: Any, kind: str, steps: int = 1, **config: float) -> Case:
    """Some steps of one of Keras' optimizers."""
    options = {"optimizer": {"class_name": kind, "config": config}, "steps": steps}
    return Case(name, inputs, probe="pixel_steps", probe_options=options, variants=3, **SINGLE)


APPLY = "optimizer.apply_gradients([(gradient, generated)])"
CLIP = "generated.assign(tf.clip_by_value(generated, 0.0, 1.0))"

train_step = Exercise(
    "train_step",
    outputs=(),
    cases=(
        step_case(
            "a small step that leaves no bounds",
            landscape((2, 4), 0.5, 0.5, start=(0.3, 0.7)),
            "SGD",
            learning_rate=0.1,
        ),
        step_case("a step across both bounds", landscape((4, 3), 4, 0), "SGD", learning_rate=0.2),
        step_case("a step much too large", landscape((3, 2), 2, 1), "SGD", learning_rate=10.0),
        step_case("a slow optimizer", landscape((2, 5), 3, 3), "SGD", learning_rate=0.003),
        step_case("one step of Adam", landscape((3, 4), 2, 3), "Adam", learning_rate=0.05),
        step_case("four steps of Adam", landscape((4, 2), 0.5, 4), "Adam", 4, learning_rate=0.1),
        step_case(
            "three steps with momentum",
            landscape((2, 3), 0.5, 1),
            "SGD",
            3,
            learning_rate=0.1,
            momentum=0.9,
        ),
        step_case(
            "three steps of RMSprop", landscape((3, 3), 1, 2), "RMSprop", 3, learning_rate=0.02
        ),
        step_case("a single pixel", landscape((1, 1), 1, 2), "SGD", 2, learning_rate=0.3),
        step_case(
            "three steps along a wall", landscape((2, 6), 3, 0.5), "SGD", 3, learning_rate=0.3
        ),
    ),
    misconceptions=(
        Misconception(
            "not clipped",
            "Some of your pixels are darker than black or brighter than white.",
            edits={CLIP: "pass"},
        ),
        Misconception(
            "clipped before the step",
            "You clip before the step. What does the step do to a pixel at 1?",
            edits={f"    {CLIP}\n": "", APPLY: f"{CLIP}\n    {APPLY}"},
        ),
        Misconception(
            "clipped from below alone",
            "Your pixels can become brighter than white. Which number is white here?",
            edits={CLIP: "generated.assign(tf.maximum(generated, 0.0))"},
        ),
        Misconception(
            "clipped from above alone",
            "Your pixels can become darker than black.",
            edits={CLIP: "generated.assign(tf.minimum(generated, 1.0))"},
        ),
        Misconception(
            "clipped to −1",
            "You let pixels reach −1. Which number is black here?",
            edits={CLIP: CLIP.replace("0.0", "-1.0")},
        ),
        Misconception(
            "stretched for clipped",
            "You stretch the whole picture between black and white. Which pixels should clipping "
            "leave alone?",
            edits={
                CLIP: (
                    "low, high = tf.reduce_min(generated), tf.reduce_max(generated)\n"
                    "    generated.assign((generated - low) / (high - low))"
                )
            },
        ),
        Misconception(
            "gradient clipped",
            "You clip the gradient. What should lie between 0 and 1?",
            edits={
                APPLY: APPLY.replace("(gradient,", "(tf.clip_by_value(gradient, 0.0, 1.0),"),
            },
        ),
        Misconception(
            "uphill",
            "Your cost grows. Optimizers go against the gradient that they are given.",
            edits={APPLY: APPLY.replace("(gradient,", "(-gradient,")},
        ),
        Misconception(
            "a new picture",
            "The variable stays as it was. Which object should have changed when you are done?",
            edits={
                "    with tf.GradientTape": (
                    "    generated = tf.Variable(generated)\n    with tf.GradientTape"
                ),
                APPLY: "generated.assign_sub(gradient * optimizer.learning_rate)",
            },
        ),
        Misconception(
            "an optimizer of its own",
            "You use another optimizer than the one you were given.",
            edits={APPLY: APPLY.replace("optimizer.apply", "tf.keras.optimizers.Adam(0.02).apply")},
        ),
        Misconception(
            "plain gradient descent",
            "You take the step by hand. What does the optimizer know that you don't?",
            edits={APPLY: "generated.assign_sub(optimizer.learning_rate * gradient)"},
        ),
        Misconception(
            "a new optimizer each time",
            "Your optimizer forgets everything after each step. Where is it made?",
            edits={
                APPLY: (
                    f"optimizer = type(optimizer).from_config(optimizer.get_config())\n    {APPLY}"
                )
            },
        ),
        Misconception(
            "two steps",
            "You go two steps.",
            edits={APPLY: f"{APPLY}\n    {APPLY}"},
        ),
        Misconception(
            "cost after the step",
            "You return the cost that the picture has after the step. Which one is asked for?",
            edits={"return J": "return cost(generated)"},
        ),
        Misconception(
            "nothing returned",
            "Your function returns nothing. What should it report?",
            edits={"    return J": "    pass"},
        ),
        Misconception(
            "the picture returned",
            "You return the picture, which is changed in place. What should be reported?",
            edits={"return J": "return generated"},
        ),
        Misconception(
            "the gradient returned",
            "You return the gradient. What should be reported?",
            edits={"return J": "return gradient"},
        ),
    ),
)

exercises = [
    top_patches,
    compute_content_cost,
    gram_matrix,
    compute_layer_style_cost,
    compute_style_cost,
    total_cost,
    train_step,
]
