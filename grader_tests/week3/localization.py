"""Hidden tests for the notebook localization."""

from typing import Any

import numpy as np

from convwork.grading.cases import Case, Exercise, Misconception

Rng = np.random.Generator
Box = tuple[float, float, float, float]


def some(rng: Rng, low: int, high: int) -> int:
    """An integer from low to high, both included."""
    return int(rng.integers(low, high + 1))


def single(*arrays: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(array.astype(np.float32) for array in arrays)


FLOATS: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-6}
TENSORS: dict[str, Any] = FLOATS | {  # and the way back from the losses' sum to y_pred
    "probe": "tensorflow_function",
    "probe_options": {"of": 1},
    "share": 3.0,
}


# encode_target


def shares(rng: Rng) -> Box:
    """A box within the picture, clearly not square and not in the middle."""
    width, height = rng.uniform(0.3, 0.5), rng.uniform(0.1, 0.25)
    if rng.random() < 0.5:
        width, height = height, width
    x, y = rng.uniform(0, 0.2), rng.uniform(0.3, 0.5)
    return float(x), float(y), float(x + width), float(y + height)


def at_the_border(rng: Rng) -> Box:
    """A box that begins in the upper left corner."""
    return 0.0, 0.0, float(rng.uniform(0.2, 0.5)), float(rng.uniform(0.6, 0.9))


MIDPOINT = "(x1 + x2) / 2, (y1 + y2) / 2"
BOX = "(x1 + x2) / 2, (y1 + y2) / 2, y2 - y1, x2 - x1"
CLASSES = "[float(kind == class_id) for kind in range(n_classes)]"


def number_case(name: str, inputs: Any, **settings: Any) -> Case:
    """A case that takes True and False for 1 and 0."""
    return Case(name, inputs, probe="numbers", **settings)


encode_target = Exercise(
    "encode_target",
    outputs=(),
    cases=(
        number_case("a car among three classes", lambda rng: (shares(rng), 1, 3)),
        number_case("the first class", lambda rng: (shares(rng), 0, some(rng, 3, 5))),
        number_case("the last class", lambda rng: (shares(rng), 3, 4)),
        number_case("many classes", lambda rng: (shares(rng), some(rng, 5, 9), some(rng, 11, 20))),
        number_case("a single class", lambda rng: (shares(rng), 0, 1)),
        number_case("a box in the upper left corner", lambda rng: (at_the_border(rng), 2, 3)),
        number_case("the whole picture", lambda rng: ((0.0, 0.0, 1.0, 1.0), 1, some(rng, 2, 4))),
        number_case(
            "the box as an array", lambda rng: (*single(np.array(shares(rng))), 1, 3), **FLOATS
        ),
        number_case("no object", lambda rng: (None, None, some(rng, 4, 7))),
        number_case("no object, and a class all the same", lambda rng: (None, 1, some(rng, 3, 6))),
    ),
    misconceptions=(
        Misconception(
            "whole division",
            "Your midpoint is a whole number. What are shares of a picture?",
            edits={MIDPOINT: "(x1 + x2) // 2, (y1 + y2) // 2"},
        ),
        Misconception(
            "width before height",
            "Your third and fourth number of the box have changed places. In which order do b_h "
            "and b_w stand?",
            edits={"y2 - y1, x2 - x1": "x2 - x1, y2 - y1"},
        ),
        Misconception(
            "corners as they came",
            "You pass the corners on as they are. What do b_x, b_y, b_h and b_w mean?",
            edits={BOX: "x1, y1, x2, y2"},
        ),
        Misconception(
            "corner for midpoint",
            "Your b_x and b_y are the upper left corner. Which point is asked for?",
            edits={"(x1 + x2) / 2, (y1 + y2) / 2": "x1, y1"},
        ),
        Misconception(
            "half the size for the midpoint",
            "Your b_x and b_y do not change when the box is moved. What is half of a width, and "
            "what is the middle between two places?",
            edits={"(x1 + x2) / 2, (y1 + y2) / 2": "(x2 - x1) / 2, (y2 - y1) / 2"},
        ),
        Misconception(
            "sum for mean",
            "Your midpoint lies outside the box. What is the middle between two numbers?",
            edits={"(x1 + x2) / 2, (y1 + y2) / 2": "x1 + x2, y1 + y2"},
        ),
        Misconception(
            "y before x",
            "Your b_x and b_y have changed places.",
            edits={"(x1 + x2) / 2, (y1 + y2) / 2": "(y1 + y2) / 2, (x1 + x2) / 2"},
        ),
        Misconception(
            "half the size",
            "Your boxes are half as high and wide as they should be. From where to where does b_h "
            "reach?",
            edits={"y2 - y1, x2 - x1": "(y2 - y1) / 2, (x2 - x1) / 2"},
        ),
        Misconception(
            "lower right corner for the size",
            "Your b_h and b_w say where the box ends. What do they say if the box is moved?",
            edits={"y2 - y1, x2 - x1": "y2, x2"},
        ),
        Misconception(
            "classes counted from one",
            "Your 1 stands one place too early among the classes. From which number are they "
            "counted?",
            edits={"range(n_classes)]": "range(1, n_classes + 1)]"},
        ),
        Misconception(
            "a class for the background",
            "You have a number more than was asked for. Which of them says already that nothing "
            "is there?",
            edits={
                "range(n_classes)]": "range(n_classes + 1)]",
                "(5 + n_classes)": "(6 + n_classes)",
            },
        ),
        Misconception(
            "the class's number",
            "You write down the number of the class. How do several outputs say which class it is?",
            edits={CLASSES: "[float(class_id)]", "(5 + n_classes)": "6"},
        ),
        Misconception(
            "the class's number where the one belongs",
            "Among your classes stands a number that is neither 0 nor 1.",
            edits={"float(kind == class_id)": "float(class_id * (kind == class_id))"},
        ),
        Misconception(
            "every class but this one",
            "Your classes are 0 where they should be 1, and the other way round.",
            edits={"kind == class_id": "kind != class_id"},
        ),
        Misconception(
            "p_c forgotten",
            "Your vector begins with the box. What stands before it?",
            edits={"[1.0, (x1": "[(x1", "(5 + n_classes)": "(4 + n_classes)"},
        ),
        Misconception(
            "p_c at the end",
            "Your first number belongs to the box. Where does p_c stand?",
            edits={"[1.0, (x1": "[(x1", "*classes]": "*classes, 1.0]"},
        ),
        Misconception(
            "p_c is 1 where nothing is",
            "You say that something is there when nothing is.",
            edits={"[0.0] * (5 + n_classes)": "[1.0] + [0.0] * (4 + n_classes)"},
        ),
        Misconception(
            "p_c is 0 where something is",
            "You say that nothing is there when something is.",
            edits={"[1.0, (x1": "[0.0, (x1"},
        ),
        Misconception(
            "always eight numbers",
            "Where nothing is there your vector has eight numbers, however many classes there are.",
            edits={"(5 + n_classes)": "8"},
        ),
        Misconception(
            "p_c alone where nothing is",
            "Where nothing is there your vector is shorter than elsewhere. Can a network have a "
            "varying number of outputs?",
            edits={"[0.0] * (5 + n_classes)": "[0.0]"},
        ),
        Misconception(
            "None where nothing is",
            "Where nothing is there you return no vector. What stands in it then?",
            edits={"return [0.0] * (5 + n_classes)": "return None"},
        ),
        Misconception(
            "class without an object",
            "Where nothing is there you still name a class.",
            edits={
                "return [0.0] * (5 + n_classes)": (
                    "return [0.0] * 5 + [float(kind == class_id) for kind in range(n_classes) if 1]"
                )
            },
        ),
    ),
)


# localization_loss and landmark_loss


def targets(rng: Rng, there: list[int], n: int) -> np.ndarray:
    """Targets as encode_target makes them; `there` says where an object is."""
    y = np.zeros((len(there), 5 + n))
    for row, present in enumerate(there):
        if present:
            y[row, :5] = [1, *rng.uniform(0.2, 0.8, size=4)]
            y[row, 5 + some(rng, 0, n - 1)] = 1
    return y


def answers(rng: Rng, y: np.ndarray) -> np.ndarray:
    """What a network with sigmoids could say: nothing is exactly right, or far from the rest."""
    return rng.uniform(0.05, 0.95, size=y.shape)


def examples(there: list[int], n: int = 3) -> Any:
    def build(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
        y = targets(rng, there, n)
        return y, answers(rng, y)

    return build


def mixed(rng: Rng) -> list[int]:
    """Seven examples, three or four of them with an object."""
    return [int(i) for i in rng.permutation([1, 1, 1, 0, 0, 0, some(rng, 0, 1)])]


def shuffled(n: int) -> Any:
    return lambda rng: examples(mixed(rng), n)(rng)


def meaningless(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Anything may stand in a target behind p_c = 0."""
    y, answer = examples([0, 1, 0, 0, 1], 3)(rng)
    y[y[:, 0] == 0, 1:] = rng.uniform(-2, 2, size=(3, 7))
    return y, answer


def beyond(rng: Rng, shape: tuple[int, ...]) -> np.ndarray:
    """What a network without sigmoids may say: numbers clearly below 0 or above 1."""
    return rng.choice([-1.0, 1.0], size=shape) * rng.uniform(1.5, 6, size=shape)


def wild(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    y, _ = examples([1, 0, 0, 1], 2)(rng)
    return y, beyond(rng, y.shape)


def perfect(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    y = targets(rng, [1, 0, 1], 3)
    return y, y.copy()


def sure_and_wrong(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """The answers' p_c is the opposite of the truth's."""
    y, answer = examples([0, 1, 0, 1], 3)(rng)
    answer[:, 0] = np.where(y[:, 0] == 1, rng.uniform(0.01, 0.1), rng.uniform(0.9, 0.99))
    return y, answer


def box_alone(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Only the box is wrong."""
    y = targets(rng, [1, 1], 3)
    answer = y.copy()
    answer[:, 1:5] += rng.uniform(0.1, 0.3, size=(2, 4))
    return y, answer


def class_alone(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Only the class is wrong."""
    y = targets(rng, [1, 1], 4)
    answer = y.copy()
    answer[:, 5:] = rng.uniform(0.1, 0.6, size=(2, 4))
    return y, answer


def one_at_random(n: int, present: int) -> Any:
    return examples([present], n)


NO_WAY_BACK = (
    "Your NumPy functions let no gradient through. Who is going to call your function, and with "
    "what?"
)
LOSS = "keras.ops.where(y_true[:, 0] == 1, keras.ops.sum(errors, axis=1), errors[:, 0])"
SQUARE = "(y_pred - y_true) ** 2"

localization_loss = Exercise(
    "localization_loss",
    outputs=("losses",),
    cases=(
        Case("one example with an object", one_at_random(3, 1), **FLOATS),
        Case("one example with nothing there", one_at_random(3, 0), **FLOATS),
        Case("objects everywhere", examples([1, 1, 1, 1]), **FLOATS),
        Case("objects nowhere", examples([0, 0, 0]), **FLOATS),
        Case("objects here and there", shuffled(3), **FLOATS),
        Case("a single class", shuffled(1), **FLOATS),
        Case("eleven classes", shuffled(11), **FLOATS),
        Case("targets that mean nothing", meaningless, **FLOATS),
        Case("answers beyond 0 and 1", wild, **FLOATS),
        Case("sure, and wrong", sure_and_wrong, **FLOATS),
        Case("only the box is wrong", box_alone, **FLOATS),
        Case("only the class is wrong", class_alone, **FLOATS),
        Case("perfect answers", perfect, **FLOATS),
        Case("32-bit floats", lambda rng: single(*shuffled(3)(rng)), **FLOATS),
        Case("tensors, as in training", lambda rng: single(*shuffled(3)(rng)), **TENSORS),
    ),
    misconceptions=(
        Misconception(
            "no mask",
            "Where nothing is there, box and class still cost something with you.",
            edits={LOSS: "keras.ops.sum(errors, axis=1)"},
        ),
        Misconception(
            "p_c free where nothing is",
            "Where nothing is there, everything is free with you. What should a network be told "
            "that sees a car in an empty street?",
            edits={LOSS: "y_true[:, 0] * keras.ops.sum(errors, axis=1)"},
        ),
        Misconception(
            "mask turned round",
            "You ask for everything where nothing is there, and for p_c alone where something is.",
            edits={"y_true[:, 0] == 1": "y_true[:, 0] == 0"},
        ),
        Misconception(
            "the answer decides",
            "With you the network's own p_c decides what counts. What would it learn to say?",
            edits={"y_true[:, 0] == 1": "y_pred[:, 0] > 0.5"},
        ),
        Misconception(
            "weighted by the answer",
            "You weigh the errors with the network's own p_c. What would it learn to say?",
            edits={LOSS: "errors[:, 0] + y_pred[:, 0] * keras.ops.sum(errors[:, 1:], axis=1)"},
        ),
        Misconception(
            "p_c forgotten where something is",
            "Where something is there, an error of p_c costs nothing with you.",
            edits={
                LOSS: (
                    "keras.ops.where(y_true[:, 0] == 1, keras.ops.sum(errors[:, 1:], axis=1), "
                    "errors[:, 0])"
                )
            },
        ),
        Misconception(
            "p_c counted twice",
            "Where something is there, an error of p_c counts twice with you.",
            edits={
                LOSS: "errors[:, 0] + y_true[:, 0] * keras.ops.sum(errors, axis=1)",
            },
        ),
        Misconception(
            "classes forgotten",
            "A wrong class costs nothing with you.",
            edits={LOSS: LOSS.replace("sum(errors,", "sum(errors[:, :5],")},
        ),
        Misconception(
            "box forgotten",
            "A wrong box costs nothing with you.",
            edits={
                LOSS: LOSS.replace(
                    "keras.ops.sum(errors, axis=1)",
                    "errors[:, 0] + keras.ops.sum(errors[:, 5:], axis=1)",
                )
            },
        ),
        Misconception(
            "mean for sum",
            "You take the mean over the components. What does the formula do with the squares?",
            edits={"keras.ops.sum(": "keras.ops.mean("},
        ),
        Misconception(
            "half the squares",
            "Your losses are half of what they should be.",
            edits={SQUARE: "(y_pred - y_true) ** 2 / 2"},
        ),
        Misconception(
            "absolute errors",
            "You add up the errors' sizes. What does the formula do with each of them?",
            edits={SQUARE: "abs(y_pred - y_true)"},
        ),
        Misconception(
            "no square",
            "Your errors can cancel each other: one too large, one too small, and all is well.",
            edits={SQUARE: "y_pred - y_true"},
        ),
        Misconception(
            "root of the sum",
            "You take a root of the sum of the squares. Does the formula?",
            edits={f"return {LOSS}": f"return keras.ops.sqrt({LOSS})"},
        ),
        Misconception(
            "one number for all",
            "You answer one number for all examples together. A loss for each was asked for.",
            edits={f"return {LOSS}": f"return keras.ops.mean({LOSS})"},
        ),
        Misconception(
            "a sum over the examples",
            "You add up the wrong axis: which one counts the examples?",
            edits={"axis=1": "axis=0", "errors[:, 0])": "errors[0])", "y_true[:, 0]": "y_true[0]"},
        ),
        Misconception(
            "a column",
            "Your losses are a column, (m, 1). A loss for each example is a vector, (m,).",
            edits={
                "y_true[:, 0]": "y_true[:, :1]",
                "axis=1)": "axis=1, keepdims=True)",
                "errors[:, 0]": "errors[:, :1]",
            },
        ),
        Misconception(
            "NumPy's functions",
            NO_WAY_BACK,
            edits={LOSS: LOSS.replace("keras.ops.", "np.")},
        ),
        Misconception(
            "roots of the sizes",
            "You compare the roots of height and width. A later detector does so (YOLO); this loss "
            "takes the numbers as they are.",
            edits={
                SQUARE: (
                    "keras.ops.concatenate([(y_pred - y_true)[:, :3], abs(y_pred[:, 3:5]) ** 0.5 "
                    "- abs(y_true[:, 3:5]) ** 0.5, (y_pred - y_true)[:, 5:]], axis=-1) ** 2"
                )
            },
        ),
        Misconception(
            "cross-entropy for p_c",
            "Your p_c costs a logarithm. That is what practice does; here squares are asked for, "
            "everywhere.",
            edits={
                LOSS: (
                    "keras.ops.where(y_true[:, 0] == 1, "
                    "keras.ops.sum(errors[:, 1:], axis=1) - keras.ops.log(abs(y_pred[:, 0])), "
                    "-keras.ops.log(abs(1 - y_pred[:, 0])))"
                )
            },
        ),
    ),
)


def marked(there: list[int], k: int) -> Any:
    """Flags and k landmarks, anywhere in the picture; 0 where there is no face."""

    def build(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
        flags = np.array(there, dtype=float)[:, None]
        y = np.hstack([flags, flags * rng.uniform(size=(len(there), 2 * k))])
        return y, answers(rng, y)

    return build


def faces_here_and_there(k: int) -> Any:
    return lambda rng: marked(mixed(rng), k)(rng)


def points_that_mean_nothing(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    y, answer = marked([0, 1, 0, 0, 1], 4)(rng)
    y[y[:, 0] == 0, 1:] = rng.uniform(-2, 2, size=(3, 8))
    return y, answer


def points_outside(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    y, _ = marked([1, 0, 1], 3)(rng)
    return y, beyond(rng, y.shape)


def all_right(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    y, _ = marked([1, 0, 1], 5)(rng)
    return y, y.copy()


DISTANCES = "keras.ops.sum((y_pred[:, 1:] - points) ** 2, axis=1)"
FLAG = "(y_pred[:, 0] - flags) ** 2"

landmark_loss = Exercise(
    "landmark_loss",
    outputs=("losses",),
    cases=(
        Case("64 landmarks, faces here and there", faces_here_and_there(64), **FLOATS),
        Case("one face", marked([1], 4), **FLOATS),
        Case("one picture without a face", marked([0], 4), **FLOATS),
        Case("faces everywhere", marked([1, 1, 1], 5), **FLOATS),
        Case("no face anywhere", marked([0, 0, 0], 5), **FLOATS),
        Case("a single landmark", faces_here_and_there(1), **FLOATS),
        Case("two landmarks", faces_here_and_there(2), **FLOATS),
        Case("points that mean nothing", points_that_mean_nothing, **FLOATS),
        Case("points outside the picture", points_outside, **FLOATS),
        Case("perfect answers", all_right, **FLOATS),
        Case("32-bit floats", lambda rng: single(*faces_here_and_there(6)(rng)), **FLOATS),
        Case(
            "tensors, as in training",
            lambda rng: single(*faces_here_and_there(5)(rng)),
            **TENSORS,
        ),
    ),
    misconceptions=(
        Misconception(
            "no mask",
            "Without a face, the points still cost something with you.",
            edits={"flags * distances": "distances"},
        ),
        Misconception(
            "flag free where there is no face",
            "Without a face, everything is free with you. What should a network be told that sees "
            "a face where none is?",
            edits={f"{FLAG} + flags * distances": f"flags * ({FLAG} + distances)"},
        ),
        Misconception(
            "flag forgotten",
            "The flag costs nothing with you.",
            edits={f"{FLAG} + flags * distances": "flags * distances"},
        ),
        Misconception(
            "mask turned round",
            "You ask for the points where no face is, and not where one is.",
            edits={"flags * distances": "(1 - flags) * distances"},
        ),
        Misconception(
            "the answer decides",
            "With you the network's own flag decides what counts. What would it learn to say?",
            edits={"flags * distances": "y_pred[:, 0] * distances"},
        ),
        Misconception(
            "mean over the coordinates",
            "You take the mean over the coordinates. Does the formula divide?",
            edits={"keras.ops.sum(": "keras.ops.mean("},
        ),
        Misconception(
            "mean over the landmarks",
            "You take the mean over the landmarks. Does the formula divide?",
            edits={"flags * distances": "flags * distances * 2 / points.shape[1]"},
        ),
        Misconception(
            "distances without a square",
            "You add up distances. What does the formula do with each of them?",
            edits={
                DISTANCES: (
                    "keras.ops.sum(((y_pred[:, 1::2] - points[:, ::2]) ** 2 "
                    "+ (y_pred[:, 2::2] - points[:, 1::2]) ** 2) ** 0.5, axis=1)"
                )
            },
        ),
        Misconception(
            "absolute errors",
            "You add up the errors' sizes. What does the formula do with each of them?",
            edits={
                "(y_pred[:, 1:] - points) ** 2": "abs(y_pred[:, 1:] - points)",
                FLAG: "abs(y_pred[:, 0] - flags)",
            },
        ),
        Misconception(
            "x alone",
            "Only every other coordinate counts with you. How many numbers has a point?",
            edits={DISTANCES: DISTANCES.replace("1:] - points", "1::2] - points[:, ::2]")},
        ),
        Misconception(
            "the last coordinate left out",
            "Your last coordinate costs nothing.",
            edits={DISTANCES: DISTANCES.replace("1:] - points", "1:-1] - points[:, :-1]")},
        ),
        Misconception(
            "the first coordinate left out",
            "Your first coordinate costs nothing. Where do the points begin?",
            edits={DISTANCES: DISTANCES.replace("1:] - points", "2:] - points[:, 1:]")},
        ),
        Misconception(
            "flag counted twice",
            "With a face, the flag counts twice with you.",
            edits={DISTANCES: "keras.ops.sum((y_pred - y_true) ** 2, axis=1)"},
        ),
        Misconception(
            "one number for all",
            "You answer one number for all examples together. A loss for each was asked for.",
            edits={
                f"return {FLAG} + flags * distances": (
                    f"return keras.ops.mean({FLAG} + flags * distances)"
                )
            },
        ),
        Misconception(
            "a column",
            "Your losses are a column, (m, 1). A loss for each example is a vector, (m,).",
            edits={
                f"return {FLAG} + flags * distances": (
                    f"return ({FLAG} + flags * distances)[:, None]"
                )
            },
        ),
        Misconception(
            "NumPy's functions",
            NO_WAY_BACK,
            edits={DISTANCES: DISTANCES.replace("keras.ops.", "np.")},
        ),
        Misconception(
            "a matrix",
            "You answer a number for each pair of examples: a column and a row have met.",
            edits={FLAG: "(y_pred[:, :1] - y_true[:, :1]) ** 2"},
        ),
        Misconception(
            "root of the sum",
            "You take a root of the sum of the squares. Does the formula?",
            edits={
                f"return {FLAG} + flags * distances": (
                    f"return ({FLAG} + flags * distances) ** 0.5"
                )
            },
        ),
    ),
)


# iou


def pair(rng: Rng, x: tuple[int, int, int, int], y: tuple[int, int, int, int]) -> Any:
    """Two boxes from the order of their borders: x1, x2 of the first and of the second box, and y.

    The numbers say which of four places along an axis a border takes; the places are drawn anew.
    """
    across = np.cumsum(rng.integers(1, 6, size=4)) + some(rng, -3, 4)
    down = np.cumsum(rng.integers(1, 6, size=4)) + some(rng, -3, 4)
    while across[3] - across[0] == down[3] - down[0]:
        down[3] += 1
    a, b = across[list(x)], down[list(y)]
    boxes = (a[0], b[0], a[1], b[1]), (a[2], b[2], a[3], b[3])
    return tuple(tuple(int(value) for value in box) for box in boxes)


def placed(x: tuple[int, int, int, int], y: tuple[int, int, int, int]) -> Any:
    return lambda rng: pair(rng, x, y)


# Of four places 0 to 3: (first box from, to, second box from, to).
BEFORE, AFTER = (0, 2, 1, 3), (1, 3, 0, 2)  # they overlap
INSIDE, AROUND, SAME = (1, 2, 0, 3), (0, 3, 1, 2), (0, 3, 0, 3)
LEFT, RIGHT = (0, 1, 2, 3), (2, 3, 0, 1)  # they stand apart
TOUCHES, TOUCHED = (0, 1, 1, 3), (1, 3, 0, 1)


def in_shares(rng: Rng) -> Any:
    boxes = pair(rng, BEFORE, AFTER)
    return tuple(tuple(float(value) / 40 for value in box) for box in boxes)


def small_shares(rng: Rng) -> Any:
    boxes = pair(rng, AFTER, BEFORE)
    return tuple(tuple(float(value) / 1000 for value in box) for box in boxes)


def left_and_above(rng: Rng) -> Any:
    boxes = pair(rng, BEFORE, AFTER)
    return tuple(tuple(value - 20 for value in box) for box in boxes)


def as_arrays(rng: Rng) -> Any:
    return single(*(np.array(box) for box in pair(rng, AFTER, BEFORE)))


def touching_in_shares(rng: Rng) -> Any:
    """Borders that binary fractions meet exactly."""
    x = some(rng, 3, 9) / 16
    return (0.125, 0.25, x, 0.75), (x, 0.25, 0.875, 0.5)


SHARED = "max(width, 0) * max(height, 0)"
UNION = "(one + other - shared)"
AREAS = "[(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (box1, box2)]"

iou = Exercise(
    "iou",
    outputs=("iou",),
    cases=(
        Case("an overlap at a corner", placed(BEFORE, BEFORE)),
        Case("an overlap at the other corner", placed(BEFORE, AFTER)),
        Case("an overlap, the second box first", placed(AFTER, AFTER)),
        Case("one box inside the other", placed(INSIDE, INSIDE)),
        Case("one box around the other", placed(AROUND, AROUND)),
        Case("a cross", placed(INSIDE, AROUND)),
        Case("the same box twice", placed(SAME, SAME)),
        Case("the same height, side by side in part", placed(BEFORE, SAME)),
        Case("apart, left and right", placed(LEFT, BEFORE)),
        Case("apart, above and below", placed(AFTER, RIGHT)),
        Case("apart in both directions", placed(LEFT, RIGHT)),
        Case("far apart in both directions", placed(RIGHT, RIGHT)),
        Case("touching at a side", placed(TOUCHES, BEFORE)),
        Case("touching at a corner", placed(TOUCHED, TOUCHES)),
        Case("shares of a picture", in_shares),
        Case("touching, in shares of a picture", touching_in_shares),
        Case("small boxes, in shares", small_shares),
        Case("left of 0 and above it", left_and_above),
        Case("arrays of 32-bit floats", as_arrays, **FLOATS),
    ),
    misconceptions=(
        Misconception(
            "whole division",
            "Your score is a whole number, 0 or 1. What comes between?",
            edits={f"shared / {UNION}": f"shared // {UNION}"},
        ),
        Misconception(
            "places below 0 cut off",
            "Your overlap begins at 0 where it should begin left of it or above. Which lengths can "
            "be negative, and which places?",
            edits={
                "max(box1[0], box2[0])": "max(0, box1[0], box2[0])",
                "max(box1[1], box2[1])": "max(0, box1[1], box2[1])",
            },
        ),
        Misconception(
            "a small number in the divisor",
            "You add a small number to the union. How small are boxes in shares of a picture?",
            edits={UNION: "(one + other - shared + 1e-7)"},
        ),
        Misconception(
            "overlap not clamped",
            "Boxes that stand apart overlap with you. What are your width and height when the "
            "boxes do not meet, and what is their product?",
            edits={SHARED: "width * height"},
        ),
        Misconception(
            "clamped after the product",
            "Boxes that stand apart in both directions overlap with you. What is the product of "
            "two negative lengths?",
            edits={SHARED: "max(width * height, 0)"},
        ),
        Misconception(
            "width alone clamped",
            "Boxes above each other overlap with you. Which of the two lengths can be negative?",
            edits={"max(height, 0)": "height"},
        ),
        Misconception(
            "height alone clamped",
            "Boxes beside each other overlap with you. Which of the two lengths can be negative?",
            edits={"max(width, 0)": "width"},
        ),
        Misconception(
            "lengths without their signs",
            "The further apart your boxes stand, the larger their overlap. What does the sign of a "
            "length say here?",
            edits={SHARED: "abs(width) * abs(height)"},
        ),
        Misconception(
            "union not less the intersection",
            "What both boxes cover counts twice in your union. Do two equal boxes score 1?",
            edits={UNION: "(one + other)"},
        ),
        Misconception(
            "intersection taken away twice",
            "Your union is what only one of the boxes covers. Do two equal boxes score 1?",
            edits={UNION: "(one + other - 2 * shared)"},
        ),
        Misconception(
            "intersection added",
            "Your union is larger than both boxes together.",
            edits={UNION: "(one + other + shared)"},
        ),
        Misconception(
            "over the first box",
            "You divide by the first box. Does your score change when the boxes change places?",
            edits={UNION: "one"},
        ),
        Misconception(
            "over the second box",
            "You divide by the second box. Does your score change when the boxes change places?",
            edits={UNION: "other"},
        ),
        Misconception(
            "over the smaller box",
            "A box inside the other scores 1 with you. By what area do you divide?",
            edits={UNION: "min(one, other)"},
        ),
        Misconception(
            "over the larger box",
            "You divide by the larger box. What do both of them cover together?",
            edits={UNION: "max(one, other)"},
        ),
        Misconception(
            "over the frame",
            "You divide by the smallest box around both. Is all of that covered?",
            edits={
                UNION: (
                    "((max(box1[2], box2[2]) - min(box1[0], box2[0])) "
                    "* (max(box1[3], box2[3]) - min(box1[1], box2[1])))"
                )
            },
        ),
        Misconception(
            "Dice",
            "You divide twice the intersection by the sum of the areas. That is another score "
            "(Dice's): the same at 0 and at 1, and larger in between.",
            edits={f"shared / {UNION}": "2 * shared / (one + other)"},
        ),
        Misconception(
            "area alone",
            "You answer an area. By what should it be divided?",
            edits={f"shared / {UNION}": "shared"},
        ),
        Misconception(
            "first box used twice",
            "The second box's area does not count with you.",
            edits={"in (box1, box2)]": "in (box1, box1)]"},
        ),
        Misconception(
            "second box used twice",
            "The first box's area does not count with you.",
            edits={"in (box1, box2)]": "in (box2, box2)]"},
        ),
        Misconception(
            "corners taken as midpoint and size",
            "You read the boxes as midpoint and size. Which four numbers are they?",
            edits={
                "width = ": (
                    "box1, box2 = [(x - w / 2, y - h / 2, x + w / 2, y + h / 2) "
                    "for x, y, w, h in (box1, box2)]\n    width = "
                )
            },
        ),
        Misconception(
            "corners taken as corner and size",
            "You read the last two numbers of a box as its width and height. What are they?",
            edits={
                "width = ": (
                    "box1, box2 = [(x, y, x + w, y + h) for x, y, w, h in (box1, box2)]\n"
                    "    width = "
                )
            },
        ),
        Misconception(
            "corners taken as y before x, in one box",
            "You exchange x and y in one of the boxes.",
            edits={
                "width = ": "box2 = box2[1], box2[0], box2[3], box2[2]\n    width = ",
            },
        ),
        Misconception(
            "one pixel more",
            "Your boxes are one unit wider and higher than they are. From 1 to 3, how wide is a "
            "box of lines, and how many pixels are 1, 2 and 3?",
            edits={
                SHARED: "max(width + 1, 0) * max(height + 1, 0)",
                AREAS: AREAS.replace("x2 - x1", "x2 - x1 + 1").replace("y2 - y1", "y2 - y1 + 1"),
            },
        ),
        Misconception(
            "one pixel more in the overlap",
            "Your overlap is one unit wider and higher than it is; boxes that touch overlap.",
            edits={SHARED: "max(width + 1, 0) * max(height + 1, 0)"},
        ),
        Misconception(
            "outer borders",
            "Your overlap is as large as the frame around both boxes. Does it begin where the "
            "first box begins, or where the second does?",
            edits={
                "min(box1[2], box2[2]) - max(box1[0], box2[0])": (
                    "max(box1[2], box2[2]) - min(box1[0], box2[0])"
                ),
                "min(box1[3], box2[3]) - max(box1[1], box2[1])": (
                    "max(box1[3], box2[3]) - min(box1[1], box2[1])"
                ),
            },
        ),
        Misconception(
            "the first box taken for the left one",
            "Your overlap reaches from where the second box begins to where the first one ends. "
            "What if the second box lies to the left, or inside?",
            edits={
                "min(box1[2], box2[2]) - max(box1[0], box2[0])": "box1[2] - box2[0]",
                "min(box1[3], box2[3]) - max(box1[1], box2[1])": "box1[3] - box2[1]",
            },
        ),
        Misconception(
            "any overlap will do",
            "You answer 1 wherever the boxes meet. By how much do they?",
            edits={f"shared / {UNION}": "float(shared > 0)"},
        ),
    ),
)

exercises = [encode_target, localization_loss, iou, landmark_loss]
