"""Hidden tests for the notebook face_recognition."""

from itertools import pairwise
from typing import Any

import numpy as np

from convwork.grading.cases import Case, Exercise, Misconception

Rng = np.random.Generator
Triple = tuple[int, int, int]


def some(rng: Rng, low: int, high: int) -> int:
    """An integer from low to high, both included."""
    return int(rng.integers(low, high + 1))


def single(*arrays: np.ndarray) -> list[np.ndarray]:
    return [array.astype(np.float32) for array in arrays]


def directions(rng: Rng, m: int, d: int) -> np.ndarray:
    """Vectors of length 1, (m, d)."""
    vectors = rng.normal(size=(m, d))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))


FLOATS: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-5}
CLOSE: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-6}


# recognition_accuracy


def right_once(p: float, k: int) -> Any:
    return lambda rng: (p, k)


TINY: dict[str, Any] = {"rtol": 1e-5, "atol": 1e-15}

recognition_accuracy = Exercise(
    "recognition_accuracy",
    outputs=("accuracy",),
    cases=(
        Case("99 % and a hundred people", right_once(0.99, 100), **TINY),
        Case("99.9 % and a hundred people", right_once(0.999, 100), **TINY),
        Case(
            "two or three people",
            lambda rng: (float(rng.uniform(0.6, 0.9)), some(rng, 2, 3)),
            **TINY,
        ),
        Case(
            "a class of students",
            lambda rng: (float(rng.uniform(0.97, 0.995)), some(rng, 20, 40)),
            **TINY,
        ),
        Case(
            "a town",
            lambda rng: (float(rng.uniform(0.9998, 0.99995)), some(rng, 8000, 12000)),
            **TINY,
        ),
        Case("a coin for each of ten", lambda rng: (float(rng.uniform(0.45, 0.55)), 10), **TINY),
        Case("one person", lambda rng: (float(rng.uniform(0.8, 0.95)), 1), **TINY),
        Case(
            "comparisons that are never right",
            lambda rng: (0.0, some(rng, 2, 9)),
            share=0.5,
            **TINY,
        ),
    ),
    misconceptions=(
        Misconception(
            "the same for everybody",
            "Your accuracy does not fall with the number of people.",
            edits={"verification_accuracy**k": "verification_accuracy"},
        ),
        Misconception(
            "errors added up",
            "You take the errors together as if no two could happen at once. What does that give "
            "for a thousand people?",
            edits={"verification_accuracy**k": "1 - k * (1 - verification_accuracy)"},
        ),
        Misconception(
            "errors added up, never below 0",
            "You take the errors together as if no two could happen at once.",
            edits={"verification_accuracy**k": "max(0.0, 1 - k * (1 - verification_accuracy))"},
        ),
        Misconception(
            "divided by the people",
            "You divide by the number of people. What is the chance of two heads in two throws?",
            edits={"verification_accuracy**k": "verification_accuracy / k"},
        ),
        Misconception(
            "the error",
            "You answer how likely an error is. What was asked for?",
            edits={"verification_accuracy**k": "1 - verification_accuracy**k"},
        ),
        Misconception(
            "all of them wrong",
            "You answer how likely it is that every comparison is wrong.",
            edits={"verification_accuracy**k": "(1 - verification_accuracy) ** k"},
        ),
        Misconception(
            "one right is enough",
            "You answer how likely it is that at least one comparison is right. Is one enough?",
            edits={"verification_accuracy**k": "1 - (1 - verification_accuracy) ** k"},
        ),
        Misconception(
            "one comparison too few",
            "With one person you are never wrong. How many comparisons are there?",
            edits={"verification_accuracy**k": "verification_accuracy ** (k - 1)"},
        ),
        Misconception(
            "one comparison too many",
            "With one person, recognition is verification. Is it with you?",
            edits={"verification_accuracy**k": "verification_accuracy ** (k + 1)"},
        ),
        Misconception(
            "everybody against everybody",
            "You compare the people of the database with each other. Who is compared with whom?",
            edits={"verification_accuracy**k": "verification_accuracy ** (k * (k - 1) / 2)"},
        ),
        Misconception(
            "only powers of small errors",
            "Yours is an approximation. It is good for small errors only.",
            edits={"verification_accuracy**k": "float(np.exp(-k * (1 - verification_accuracy)))"},
        ),
        Misconception(
            "by logarithms",
            "You take a logarithm. Which of the accuracies that may come in has none?",
            edits={
                "return verification_accuracy**k": (
                    "from math import exp, log\n    return exp(k * log(verification_accuracy))"
                )
            },
        ),
        Misconception(
            "base and exponent exchanged",
            "Your base and your exponent have changed places.",
            edits={"verification_accuracy**k": "k**verification_accuracy"},
        ),
        Misconception(
            "in per cent",
            "You answer in per cent. The accuracy that came in is a number from 0 to 1.",
            edits={"verification_accuracy**k": "100 * verification_accuracy**k"},
        ),
    ),
)


# verify and who_is_it

NAMES = ["Ada", "Bo", "Chidi", "Dana", "Eli", "Femi", "Gül", "Hana", "Ivo", "Jia", "Kofi", "Zoë"]
DEFAULT = 0.7


def some_names(rng: Rng, count: int) -> list[str]:
    return [NAMES[i] for i in rng.permutation(len(NAMES))[:count]]


def at_the_door(
    rng: Rng,
    distances: list[float],
    size: tuple[int, int, int] = (4, 5, 3),
    d: int = 6,
    loud: float = 1.0,
) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """A visitor's image, people whose encodings lie that far from the visitor's, and a model.

    The model is an array of filters, from which the probe makes one. loud: the encodings' scale.
    The distances come out up to one per cent smaller or larger, so that nobody can guess them.
    """
    image = rng.integers(0, 256, size=size).astype(np.uint8)
    filters = (rng.normal(size=(*size, d)) * loud / 400).astype(np.float32)
    encoding = np.tensordot(image.astype(np.float64), filters, 3)
    apart = np.array(distances) * rng.uniform(0.99, 1.01, size=len(distances))
    people = encoding + apart[:, np.newaxis] * directions(rng, len(distances), d)
    names = some_names(rng, len(distances))
    return image, dict(zip(names, single(*people), strict=True)), filters


def to_the_number(
    rng: Rng, steps: list[tuple[int, int]]
) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
    """The same in whole numbers, so that distances are exact: the encoding is two of the pixels.

    steps: how far each person's encoding lies from the visitor's, in both numbers.
    """
    image = rng.integers(50, 200, size=(3, 4, 1)).astype(np.uint8)
    filters = np.zeros((3, 4, 1, 2), np.float32)
    places = rng.permutation(12)[:2]
    filters.reshape(12, 2)[places, [0, 1]] = 1
    encoding = image.reshape(12)[places].astype(np.float32)
    people = [encoding + np.array(step, np.float32) for step in steps]
    return image, dict(zip(some_names(rng, len(steps)), people, strict=True)), filters


def claims(index: int, distances: list[float], *threshold: float, **more: Any) -> Any:
    """The visitor claims to be the person of this index."""

    def build(rng: Rng) -> tuple[Any, ...]:
        image, people, filters = at_the_door(rng, distances, **more)
        return image, list(people)[index], people, filters, *threshold

    return build


def claims_exactly(rng: Rng) -> tuple[Any, ...]:
    """A distance of 5, 10 or 13, and a threshold of just that."""
    step = [(3, 4), (-4, 3), (6, -8), (-5, -12)][some(rng, 0, 3)]
    image, people, filters = to_the_number(rng, [(1, 1), step, (2, 0)])
    return image, list(people)[1], people, filters, float(np.hypot(*step))


def claims_a_whisker_more(rng: Rng) -> tuple[Any, ...]:
    """The same, with a threshold that is larger by a thousandth."""
    *visit, threshold = claims_exactly(rng)
    return *visit, threshold * 1.001


def claims_an_unknown_name(rng: Rng) -> tuple[Any, ...]:
    image, people, filters = at_the_door(rng, [0.2, 0.4, 0.9])
    name = next(name for name in NAMES if name not in people)
    return image, name, people, filters


def as_floats(build: Any) -> Any:
    """The same with an image of floats from 0 to 1, and filters that give the same encoding."""

    def build_floats(rng: Rng) -> tuple[Any, ...]:
        image, *others = build(rng)
        others = [255 * x if isinstance(x, np.ndarray) else x for x in others]
        return (image / 255).astype(np.float32), *others

    return build_floats


VERIFY: dict[str, Any] = {"probe": "with_model", "probe_options": {"place": 3}, **FLOATS}
NORM = "np.linalg.norm(encoding - database[identity])"

verify = Exercise(
    "verify",
    outputs=("dist", "door_open"),
    cases=(
        Case("the person they claim to be", claims(0, [0.45]), **VERIFY),
        Case("somebody else", claims(0, [1.15]), **VERIFY),
        Case("just below the threshold", claims(1, [1.3, 0.685, 0.9]), **VERIFY),
        Case("just above the threshold", claims(1, [0.3, 0.715, 0.9]), **VERIFY),
        Case("exactly at the threshold", claims_exactly, **VERIFY),
        Case("a whisker below the threshold", claims_a_whisker_more, **VERIFY),
        Case("claims to be another than they are", claims(2, [0.9, 0.2, 1.2, 0.8]), **VERIFY),
        Case("somebody else is nearer", claims(1, [0.2, 0.6, 0.3]), **VERIFY),
        Case("the first of three", claims(0, [0.5, 1.1, 0.9]), **VERIFY),
        Case("the last of three", claims(2, [1.1, 0.9, 0.55]), **VERIFY),
        Case("a stricter door", claims(1, [0.9, 0.55, 0.2]), options={"threshold": 0.4}, **VERIFY),
        Case("a laxer door", claims(1, [0.3, 1.2, 1.6]), options={"threshold": 1.3}, **VERIFY),
        Case("an encoding of one number", claims(0, [0.62, 1.4], d=1), **VERIFY),
        Case("an encoding of 128 numbers", claims(1, [1.1, 0.6], d=128), **VERIFY),
        Case("encodings of large numbers", claims(0, [14.0, 8.0], 16.0, loud=30.0, d=5), **VERIFY),
        Case(
            "encodings of small numbers",
            claims(0, [0.00245, 0.0041], 0.003, loud=0.005),
            **(VERIFY | CLOSE),
        ),
        Case("an image of floats", as_floats(claims(1, [0.95, 0.5])), **VERIFY),
        Case("a wide image in grey", claims(0, [0.8, 0.4], size=(2, 9, 1)), **VERIFY),
        Case("nobody of this name", claims_an_unknown_name, raises=KeyError, **VERIFY),
    ),
    misconceptions=(
        Misconception(
            "squared distance",
            "Your distance is squared. What is the norm of (3, 4)?",
            edits={NORM: "np.sum((encoding - database[identity]) ** 2)"},
        ),
        Misconception(
            "half-squared distance",
            "You compare the squared distance with the threshold. Which one belongs there?",
            edits={"dist < threshold": "dist**2 < threshold"},
        ),
        Misconception(
            "mean square",
            "You divide by the length of the encoding. Does the norm?",
            edits={NORM: "np.sqrt(np.mean((encoding - database[identity]) ** 2))"},
        ),
        Misconception(
            "sum of sizes",
            "You add up the sizes of the differences. What is the Euclidean norm of (3, 4)?",
            edits={NORM: "np.sum(abs(encoding - database[identity]))"},
        ),
        Misconception(
            "largest difference",
            "Only the largest difference counts with you.",
            edits={NORM: "np.max(abs(encoding - database[identity]))"},
        ),
        Misconception(
            "difference of the lengths",
            "You compare how long the two encodings are. Can two different arrows be equally long?",
            edits={NORM: "abs(np.linalg.norm(encoding) - np.linalg.norm(database[identity]))"},
        ),
        Misconception(
            "cosine",
            "You measure an angle. A Euclidean distance is asked for.",
            edits={
                NORM: (
                    "1 - encoding @ database[identity] "
                    "/ (np.linalg.norm(encoding) * np.linalg.norm(database[identity]))"
                )
            },
        ),
        Misconception(
            "encodings made one unit long",
            "You change the encodings before you compare them. Did anyone ask for that?",
            edits={
                NORM: (
                    "np.linalg.norm(encoding / np.linalg.norm(encoding) "
                    "- database[identity] / np.linalg.norm(database[identity]))"
                )
            },
        ),
        Misconception(
            "open at the threshold",
            "Your door opens at exactly the threshold. What does the docstring say?",
            edits={"dist < threshold": "dist <= threshold"},
        ),
        Misconception(
            "open for strangers",
            "Your door opens for strangers and for nobody else. Is a small distance a good sign?",
            edits={"dist < threshold": "dist > threshold"},
        ),
        Misconception(
            "threshold of 0.7 for every door",
            "Your door has a threshold of its own. What if another is given?",
            edits={"dist < threshold": "dist < 0.7"},
        ),
        Misconception(
            "anybody will do",
            "Your door opens for whoever looks like anybody in the database. Who did they claim "
            "to be?",
            edits={NORM: "min(np.linalg.norm(encoding - other) for other in database.values())"},
        ),
        Misconception(
            "the first person",
            "You compare with the same person whoever is claimed.",
            edits={"database[identity]": "next(iter(database.values()))"},
        ),
        Misconception(
            "always open",
            "Your door is always open.",
            edits={"dist < threshold": "True"},
        ),
        Misconception(
            "always shut",
            "Your door is always shut.",
            edits={"dist < threshold": "False"},
        ),
        Misconception(
            "answers exchanged",
            "Your two answers have changed places. Which comes first?",
            edits={"return dist, dist < threshold": "return dist < threshold, dist"},
        ),
        Misconception(
            "distance alone",
            "You answer one thing where two are asked for.",
            edits={"return dist, dist < threshold": "return dist"},
        ),
        Misconception(
            "a word for the door",
            "door_open is True or False, and no text.",
            edits={
                "return dist, dist < threshold": (
                    'return dist, "open" if dist < threshold else "shut"'
                )
            },
        ),
        Misconception(
            "no batch",
            "Your model gets a single image. What does it take?",
            edits={"image[np.newaxis]": "image"},
        ),
        Misconception(
            "image scaled to 1",
            "You change the image before the model sees it. The model takes images as they are.",
            edits={"image[np.newaxis]": "image[np.newaxis] / 255"},
        ),
        Misconception(
            "image made whole",
            "You make whole numbers of the image's. The model takes images as they are.",
            edits={"image[np.newaxis]": "image[np.newaxis].astype(np.uint8)"},
        ),
        Misconception(
            "image scaled to 255",
            "An image of numbers from 0 to 1 you change before the model sees it. The model takes "
            "images as they are.",
            edits={"image[np.newaxis]": "(image * (255 if image.max() <= 1 else 1))[np.newaxis]"},
        ),
        Misconception(
            "distance rounded",
            "You round the distance. What is left of a small one?",
            edits={
                "return dist, dist < threshold": (
                    "dist = round(dist, 4)\n    return dist, dist < threshold"
                )
            },
        ),
        Misconception(
            "image on its side",
            "You turn the image before the model sees it.",
            edits={"image[np.newaxis]": "image[np.newaxis, ::-1]"},
        ),
        Misconception(
            "unknown people are far away",
            "A name that is not in the database raises no error with you.",
            edits={NORM: ("np.linalg.norm(encoding - database.get(identity, encoding + 9))")},
        ),
    ),
)


def visits(distances: list[float], *threshold: float, **more: Any) -> Any:
    """A visitor this far from each of the people."""
    return lambda rng: (*at_the_door(rng, distances, **more), *threshold)


def in_some_order(distances: list[float], *threshold: float, **more: Any) -> Any:
    def build(rng: Rng) -> tuple[Any, ...]:
        return visits([float(x) for x in rng.permutation(distances)], *threshold, **more)(rng)

    return build


def differing(nearest: int) -> Any:
    """Two people: one differs in every number a little, the other in one number alone.

    nearest: which of them is nearer by the Euclidean distance. By the sum of sizes the second is,
    by the largest difference the first.
    """

    def build(rng: Rng) -> tuple[Any, ...]:
        image, people, filters = at_the_door(rng, [0.5, 0.5], d=9)
        encoding = np.tensordot(image.astype(np.float64), filters, 3)
        everywhere = rng.choice([-1, 1], size=9) * rng.uniform(0.18, 0.2, size=9)
        alone = np.eye(9)[some(rng, 0, 8)] * rng.uniform(0.62, 0.68)
        steps = [everywhere, alone * (0.75 if nearest else 1)]
        found = dict(zip(people, single(*(encoding + step for step in steps)), strict=True))
        return image, found, filters

    return build


def exactly_at_the_threshold(rng: Rng) -> tuple[Any, ...]:
    """The nearest person is 5 away, and so is the threshold."""
    return *to_the_number(rng, [(9, 0), (-4, 3), (5, 5), (0, 7)]), 5.0


def a_whisker_below(rng: Rng) -> tuple[Any, ...]:
    return *to_the_number(rng, [(9, 0), (-4, 3), (5, 5), (0, 7)]), 5.005


def in_the_alphabet(rng: Rng, nearest: int) -> tuple[Any, ...]:
    """Whoever is nearest has the first name in the alphabet, or the last."""
    image, people, filters = at_the_door(rng, [0.5, 0.4, 0.6, 0.3])
    names = sorted(people)
    order = [names[1], names[2], names[nearest - 1], names[nearest]]
    return image, dict(zip(order, people.values(), strict=True)), filters


WHO: dict[str, Any] = {"probe": "with_model", "probe_options": {"place": 2}, **FLOATS}
NEAREST = "min(distances, key=distances.get)"
ANSWER = "distances[identity], identity if distances[identity] < threshold else None"

who_is_it = Exercise(
    "who_is_it",
    outputs=("min_dist", "identity"),
    cases=(
        Case("one of five", in_some_order([1.3, 1.1, 0.4, 0.9, 1.5]), **WHO),
        Case("the first of four", visits([0.5, 1.1, 0.9, 1.4]), **WHO),
        Case("the last of four", visits([1.2, 1.0, 0.9, 0.45]), **WHO),
        Case("several are near, the nearest first", visits([0.3, 0.5, 0.4, 0.6]), **WHO),
        Case("several are near, the nearest last", visits([0.6, 0.5, 0.4, 0.3]), **WHO),
        Case("several are near, the nearest between", visits([0.5, 0.25, 0.6, 1.2]), **WHO),
        Case("a stranger", in_some_order([1.3, 0.95, 1.1, 1.6]), **WHO),
        Case("a stranger, not very strange", in_some_order([0.95, 0.715, 1.1]), **WHO),
        Case("just near enough", in_some_order([0.95, 0.685, 1.1]), **WHO),
        Case("a database of one, who comes", visits([0.5]), **WHO),
        Case("a database of one, who does not", visits([1.2]), **WHO),
        Case("exactly at the threshold", exactly_at_the_threshold, **WHO),
        Case("a whisker below the threshold", a_whisker_below, **WHO),
        Case(
            "a stricter door",
            in_some_order([0.5, 0.8, 0.6]),
            options={"threshold": 0.4},
            **WHO,
        ),
        Case(
            "a laxer door",
            in_some_order([1.5, 1.15, 1.4]),
            options={"threshold": 1.25},
            **WHO,
        ),
        Case("everybody is far away", in_some_order([240.0, 170.0, 420.0], loud=300.0), **WHO),
        Case(
            "far away, behind a door that takes anybody",
            in_some_order([1.4e12, 1.15e12, 2.1e12], 5e12, loud=2e12),
            **WHO,
        ),
        Case("an encoding of one number", in_some_order([0.9, 0.55, 1.3], d=1), **WHO),
        Case("an encoding of 128 numbers", in_some_order([0.9, 0.55, 1.3], d=128), **WHO),
        Case("the first name in the alphabet", lambda rng: in_the_alphabet(rng, 0), **WHO),
        Case("the nearest differs a little in every number", differing(0), **WHO),
        Case("the nearest differs in one number alone", differing(1), **WHO),
        Case("an image of floats", as_floats(in_some_order([0.5, 0.8, 0.6])), **WHO),
        Case("a wide image in grey", in_some_order([0.6, 1.2, 0.35], size=(2, 9, 1)), **WHO),
        Case(
            "nobody in the database",
            lambda rng: (*at_the_door(rng, [0.5])[:1], {}, at_the_door(rng, [0.5])[2]),
            raises=ValueError,
            **WHO,
        ),
    ),
    misconceptions=(
        Misconception(
            "never a stranger",
            "You find somebody for every visitor. What if it is none of them?",
            edits={ANSWER: "distances[identity], identity"},
        ),
        Misconception(
            "everybody a stranger",
            "You know nobody.",
            edits={ANSWER: "distances[identity], None"},
        ),
        Misconception(
            "the last of the near ones",
            "Of several who are near enough you take the last. Which one is it most likely?",
            edits={
                NEAREST: (
                    "([name for name in distances if distances[name] < threshold] "
                    "or [min(distances, key=distances.get)])[-1]"
                )
            },
        ),
        Misconception(
            "the first of the near ones",
            "You take the first who is near enough. Which one is it most likely?",
            edits={
                NEAREST: (
                    "([name for name in distances if distances[name] < threshold] "
                    "or [min(distances, key=distances.get)])[0]"
                )
            },
        ),
        Misconception(
            "the last of all",
            "The name in your answer is that of the last person in the database, whoever comes.",
            edits={
                ANSWER: (
                    "distances[identity], "
                    "list(distances)[-1] if distances[identity] < threshold else None"
                )
            },
        ),
        Misconception(
            "the distance to the last",
            "Your distance is that to the last person in the database. To whom should it be?",
            edits={
                ANSWER: (
                    "list(distances.values())[-1], "
                    "identity if distances[identity] < threshold else None"
                )
            },
        ),
        Misconception(
            "the farthest",
            "You take the farthest. What does a small distance mean?",
            edits={NEAREST: "max(distances, key=distances.get)"},
        ),
        Misconception(
            "the first in the alphabet",
            "You compare names and not distances. In which order does min put them?",
            edits={NEAREST: "min(distances)"},
        ),
        Misconception(
            "squared distance",
            "Your distance is squared. What is the norm of (3, 4)?",
            edits={
                "float(np.linalg.norm(encoding - other))": "float(np.sum((encoding - other) ** 2))"
            },
        ),
        Misconception(
            "sum of sizes",
            "You add up the sizes of the differences. What is the Euclidean norm of (3, 4)?",
            edits={
                "float(np.linalg.norm(encoding - other))": "float(np.sum(abs(encoding - other)))"
            },
        ),
        Misconception(
            "mean square",
            "You divide by the length of the encoding. Does the norm?",
            edits={
                "float(np.linalg.norm(encoding - other))": (
                    "float(np.sqrt(np.mean((encoding - other) ** 2)))"
                )
            },
        ),
        Misconception(
            "encodings made one unit long",
            "You change the encodings before you compare them. Did anyone ask for that?",
            edits={
                "float(np.linalg.norm(encoding - other))": (
                    "float(np.linalg.norm(encoding / np.linalg.norm(encoding) "
                    "- other / np.linalg.norm(other)))"
                )
            },
        ),
        Misconception(
            "known at the threshold",
            "You know somebody at exactly the threshold. What does the docstring say?",
            edits={"distances[identity] < threshold": "distances[identity] <= threshold"},
        ),
        Misconception(
            "threshold turned round",
            "You name strangers, and nobody else.",
            edits={"distances[identity] < threshold": "distances[identity] > threshold"},
        ),
        Misconception(
            "threshold of 0.7 for every door",
            "Your door has a threshold of its own. What if another is given?",
            edits={"distances[identity] < threshold": "distances[identity] < 0.7"},
        ),
        Misconception(
            "search begins at 1",
            "With you nobody is farther away than 1. What if everybody is?",
            edits={
                NEAREST: 'min({"nobody": 1.0} | distances, key=({"nobody": 1.0} | distances).get)',
                ANSWER: (
                    "distances.get(identity, 1.0), "
                    "identity if distances.get(identity, 1.0) < threshold else None"
                ),
            },
        ),
        Misconception(
            "search begins at 100",
            "With you nobody is farther away than 100. What if everybody is?",
            edits={
                NEAREST: (
                    'min({"nobody": 100.0} | distances, key=({"nobody": 100.0} | distances).get)'
                ),
                ANSWER: (
                    "distances.get(identity, 100.0), "
                    "identity if distances.get(identity, 100.0) < threshold else None"
                ),
            },
        ),
        Misconception(
            "search begins at 1000",
            "With you nobody is farther away than 1000. What if everybody is?",
            edits={
                NEAREST: (
                    'min({"nobody": 1e3} | distances, key=({"nobody": 1e3} | distances).get)'
                ),
                ANSWER: (
                    "distances.get(identity, 1000.0), "
                    "identity if distances.get(identity, 1000.0) < threshold else None"
                ),
            },
        ),
        Misconception(
            "search begins at 10000",
            "With you nobody is farther away than 10000. What if everybody is?",
            edits={
                NEAREST: (
                    'min({"nobody": 1e4} | distances, key=({"nobody": 1e4} | distances).get)'
                ),
                ANSWER: (
                    "distances.get(identity, 10000.0), "
                    "identity if distances.get(identity, 10000.0) < threshold else None"
                ),
            },
        ),
        Misconception(
            "nearest by the sum of sizes",
            "You find the nearest by another distance than the one that you answer.",
            edits={
                NEAREST: "min(distances, key=lambda name: abs(encoding - database[name]).sum())"
            },
        ),
        Misconception(
            "nearest by the largest difference",
            "You find the nearest by another distance than the one that you answer.",
            edits={
                NEAREST: "min(distances, key=lambda name: abs(encoding - database[name]).max())"
            },
        ),
        Misconception(
            "search begins at the threshold",
            "Of a stranger you answer the threshold, and not the distance to the nearest.",
            edits={
                ANSWER: (
                    "min(distances[identity], threshold), "
                    "identity if distances[identity] < threshold else None"
                )
            },
        ),
        Misconception(
            "no distance to strangers",
            "Of a stranger you answer no distance. How far is the nearest?",
            edits={
                ANSWER: (
                    "(distances[identity], identity) "
                    "if distances[identity] < threshold else (None, None)"
                )
            },
        ),
        Misconception(
            "None alone",
            "Of a stranger you answer one thing, and two are asked for.",
            edits={
                f"return {ANSWER}": (
                    "return (distances[identity], identity) "
                    "if distances[identity] < threshold else None"
                )
            },
        ),
        Misconception(
            "a word for strangers",
            "Of a stranger you answer a text. What does the docstring ask for?",
            edits={"else None": 'else "not in the database"'},
        ),
        Misconception(
            "answers exchanged",
            "Your two answers have changed places. Which comes first?",
            edits={
                ANSWER: (
                    "identity if distances[identity] < threshold else None, distances[identity]"
                )
            },
        ),
        Misconception(
            "a number for the person",
            "You answer a person's place in the database. What is their name?",
            edits={
                ANSWER: (
                    "distances[identity], "
                    "list(distances).index(identity) if distances[identity] < threshold else None"
                )
            },
        ),
        Misconception(
            "everybody who is near",
            "You answer a list of people. One was asked for.",
            edits={
                ANSWER: (
                    "distances[identity], "
                    "[name for name in distances if distances[name] < threshold] or None"
                )
            },
        ),
        Misconception(
            "no batch",
            "Your model gets a single image. What does it take?",
            edits={"image[np.newaxis]": "image"},
        ),
        Misconception(
            "image scaled to 1",
            "You change the image before the model sees it. The model takes images as they are.",
            edits={"image[np.newaxis]": "image[np.newaxis] / 255"},
        ),
        Misconception(
            "image made whole",
            "You make whole numbers of the image's. The model takes images as they are.",
            edits={"image[np.newaxis]": "image[np.newaxis].astype(np.uint8)"},
        ),
        Misconception(
            "an empty database knows nobody",
            "An empty database raises no error with you.",
            edits={
                "encoding = ": "if not database:\n        return 100.0, None\n    encoding = ",
            },
        ),
    ),
)


# triplet_loss


def triplets(slacks: list[float], alpha: float = 0.2, d: int = 5, scale: float = 1.0) -> Any:
    """Triplets by how far each violates the margin (if positive) or is away from it."""

    def build(rng: Rng) -> tuple[Any, list[np.ndarray]]:
        m = len(slacks)
        to_positive = rng.uniform(0.1, 0.5, size=m) * scale
        to_negative = to_positive + alpha - rng.permutation(slacks)
        # Where the negative would have to lie nearer than the anchor itself, both move away.
        farther = np.maximum(0.05 - to_negative, 0)
        to_positive, to_negative = to_positive + farther, to_negative + farther
        anchor = rng.normal(size=(m, d))
        positive = anchor + np.sqrt(to_positive)[:, np.newaxis] * directions(rng, m, d)
        negative = anchor + np.sqrt(to_negative)[:, np.newaxis] * directions(rng, m, d)
        return None, [anchor, positive, negative]

    return build


def labelled(build: Any) -> Any:
    """The same with labels, which do not count."""

    def build_labelled(rng: Rng) -> tuple[Any, ...]:
        _, encodings = build(rng)
        return rng.normal(size=len(encodings[0])), encodings

    return build_labelled


def in_32_bits(build: Any) -> Any:
    def build_single(rng: Rng) -> tuple[Any, ...]:
        labels, encodings = build(rng)
        return labels, single(*encodings)

    return build_single


def same_picture(rng: Rng) -> tuple[Any, ...]:
    """Anchor and positive are the same."""
    _, (anchor, _, negative) = triplets([0.1, 0.15, -0.3])(rng)
    return None, [anchor, anchor.copy(), anchor + 0.2 * (negative - anchor)]


GRADIENTS: dict[str, Any] = {"probe": "with_gradients", "probe_options": {"place": 1}, **FLOATS}
MIXED = [0.35, -0.4, 0.12, -0.25, 0.5, -0.7, 0.2]
TO_POSITIVE = "keras.ops.sum((anchor - positive) ** 2, axis=-1)"
TO_NEGATIVE = "keras.ops.sum((anchor - negative) ** 2, axis=-1)"
LOSS = "keras.ops.sum(keras.ops.maximum(to_positive - to_negative + alpha, 0))"

triplet_loss = Exercise(
    "triplet_loss",
    outputs=("loss",),
    cases=(
        Case("one triplet that violates the margin", triplets([0.3]), **FLOATS),
        Case("good ones and bad ones", triplets(MIXED), **FLOATS),
        Case("one bad one among good ones", triplets([0.15, -0.6, -0.5, -0.8]), **FLOATS),
        Case("one good one among bad ones", triplets([0.6, 0.3, -0.1, 0.4]), **FLOATS),
        Case("all violate the margin", triplets([0.3, 0.15, 0.6]), **FLOATS),
        Case("violated by less than the margin", triplets([0.15, 0.1, 0.05]), **FLOATS),
        Case("another margin", triplets(MIXED, alpha=0.9), options={"alpha": 0.9}, **FLOATS),
        Case("no margin", triplets(MIXED, alpha=0.0), options={"alpha": 0.0}, **FLOATS),
        Case("encodings of one number", triplets(MIXED[:4], d=1), **FLOATS),
        Case("encodings of 128 numbers", triplets(MIXED[:3], d=128), **FLOATS),
        Case("encodings far apart", triplets([4, -5, 2.5, -3], d=3, scale=20), **FLOATS),
        Case("anchor and positive are the same", same_picture, **FLOATS),
        Case("labels, which do not count", labelled(triplets(MIXED, d=4)), **FLOATS),
        Case("32-bit floats", in_32_bits(triplets(MIXED, d=4)), **FLOATS),
        Case("tensors, and how the loss changes with them", triplets(MIXED), **GRADIENTS),
        Case(
            "tensors, another margin", triplets(MIXED, 0.5, 3), options={"alpha": 0.5}, **GRADIENTS
        ),
        Case("tensors, none violates the margin", triplets([-0.3, -0.15, -0.6]), **GRADIENTS),
        Case("tensors of 32-bit floats", in_32_bits(triplets(MIXED, d=4)), **GRADIENTS),
    ),
    misconceptions=(
        Misconception(
            "no max",
            "Your loss can be negative. What should a triplet cost that is good already?",
            edits={LOSS: "keras.ops.sum(to_positive - to_negative + alpha)"},
        ),
        Misconception(
            "max after the sum",
            "With you a good triplet makes up for a bad one. Which of the two, the sum or the "
            "maximum, is taken of each triplet?",
            edits={LOSS: "keras.ops.maximum(keras.ops.sum(to_positive - to_negative + alpha), 0)"},
        ),
        Misconception(
            "max after the sum, one margin",
            "With you a good triplet makes up for a bad one, and all share one margin.",
            edits={LOSS: "keras.ops.maximum(keras.ops.sum(to_positive - to_negative) + alpha, 0)"},
        ),
        Misconception(
            "margin forgotten",
            "Your loss is content as soon as the negative is farther than the positive. By how "
            "much should it be farther?",
            edits={"to_positive - to_negative + alpha": "to_positive - to_negative"},
        ),
        Misconception(
            "margin taken away",
            "Your margin makes it easier for the network. Which sign has it?",
            edits={"to_positive - to_negative + alpha": "to_positive - to_negative - alpha"},
        ),
        Misconception(
            "margin added behind the max",
            "With you every triplet costs the margin at least, even the best.",
            edits={LOSS: "keras.ops.sum(keras.ops.maximum(to_positive - to_negative, 0) + alpha)"},
        ),
        Misconception(
            "max with the margin",
            "With you every triplet costs the margin at least, even the best.",
            edits={LOSS: "keras.ops.sum(keras.ops.maximum(to_positive - to_negative, alpha))"},
        ),
        Misconception(
            "margin once for all",
            "You add the margin once for all triplets together.",
            edits={LOSS: "keras.ops.sum(keras.ops.maximum(to_positive - to_negative, 0)) + alpha"},
        ),
        Misconception(
            "margin of 0.2 for everybody",
            "Your margin is the same whatever is asked for.",
            edits={"to_negative + alpha": "to_negative + 0.2"},
        ),
        Misconception(
            "mean for sum",
            "You take the mean over the triplets. What does the formula do with them?",
            edits={LOSS: LOSS.replace("keras.ops.sum", "keras.ops.mean")},
        ),
        Misconception(
            "mean over the numbers of an encoding",
            "Your distances are divided by the length of the encoding.",
            edits={
                TO_POSITIVE: TO_POSITIVE.replace("sum", "mean"),
                TO_NEGATIVE: TO_NEGATIVE.replace("sum", "mean"),
            },
        ),
        Misconception(
            "distances without the square",
            "Your distances are not squared. Look at the formula again.",
            edits={
                TO_POSITIVE: f"keras.ops.sqrt({TO_POSITIVE})",
                TO_NEGATIVE: f"keras.ops.sqrt({TO_NEGATIVE})",
            },
        ),
        Misconception(
            "sizes in the place of squares",
            "You add up the sizes of the differences. What does the formula do with them?",
            edits={
                TO_POSITIVE: "keras.ops.sum(abs(anchor - positive), axis=-1)",
                TO_NEGATIVE: "keras.ops.sum(abs(anchor - negative), axis=-1)",
            },
        ),
        Misconception(
            "no square at all",
            "Your distances can be negative.",
            edits={
                TO_POSITIVE: "keras.ops.sum(anchor - positive, axis=-1)",
                TO_NEGATIVE: "keras.ops.sum(anchor - negative, axis=-1)",
            },
        ),
        Misconception(
            "square of the sum",
            "You add up first and square then. Does the formula?",
            edits={
                TO_POSITIVE: "keras.ops.sum(anchor - positive, axis=-1) ** 2",
                TO_NEGATIVE: "keras.ops.sum(anchor - negative, axis=-1) ** 2",
            },
        ),
        Misconception(
            "positive and negative exchanged",
            "Your loss is small if strangers look alike. Who should be near to the anchor?",
            edits={"to_positive - to_negative": "to_negative - to_positive"},
        ),
        Misconception(
            "the positive as the anchor",
            "You measure the negative's distance from the positive. From where should it be?",
            edits={"(anchor - negative)": "(positive - negative)"},
        ),
        Misconception(
            "the negative as the anchor",
            "You measure the distance of positive and negative. Which two distances count?",
            edits={"(anchor - positive)": "(negative - positive)"},
        ),
        Misconception(
            "order of the three",
            "You take the three in another order than they come in.",
            edits={"anchor, positive, negative = y_pred": "positive, negative, anchor = y_pred"},
        ),
        Misconception(
            "sums over the triplets",
            "You sum over the wrong axis first: which one counts the triplets, and which the "
            "numbers of an encoding?",
            edits={
                TO_POSITIVE: TO_POSITIVE.replace("-1", "0"),
                TO_NEGATIVE: TO_NEGATIVE.replace("-1", "0"),
            },
        ),
        Misconception(
            "a loss for each number",
            "You take the maximum for every single number of an encoding.",
            edits={
                TO_POSITIVE: "(anchor - positive) ** 2",
                TO_NEGATIVE: "(anchor - negative) ** 2",
            },
        ),
        Misconception(
            "a loss for each triplet",
            "You answer a loss for each triplet. One number for all was asked for.",
            edits={LOSS: "keras.ops.maximum(to_positive - to_negative + alpha, 0)"},
        ),
        Misconception(
            "the worst alone",
            "Only the worst triplet counts with you.",
            edits={LOSS: "keras.ops.max(keras.ops.maximum(to_positive - to_negative + alpha, 0))"},
        ),
        Misconception(
            "the first alone",
            "Only the first triplet counts with you.",
            edits={LOSS: "keras.ops.maximum(to_positive - to_negative + alpha, 0)[0]"},
        ),
        Misconception(
            "squared hinge",
            "You square what is left of each triplet. Does the formula?",
            edits={
                LOSS: "keras.ops.sum(keras.ops.maximum(to_positive - to_negative + alpha, 0) ** 2)"
            },
        ),
        Misconception(
            "soft maximum",
            "With you a good triplet still costs a little.",
            edits={LOSS: "keras.ops.sum(keras.ops.softplus(to_positive - to_negative + alpha))"},
        ),
        Misconception(
            "negatives alone",
            "The positive does not count with you.",
            edits={"to_positive - to_negative + alpha": "0 * to_positive - to_negative + alpha"},
        ),
        Misconception(
            "positives alone",
            "The negative does not count with you.",
            edits={"to_positive - to_negative + alpha": "to_positive - 0 * to_negative + alpha"},
        ),
        Misconception(
            "NumPy's numbers",
            "Of tensors you make numbers, and TensorFlow can't find the way back from them.",
            edits={f"return {LOSS}": f"return np.asarray({LOSS})"},
        ),
        Misconception(
            "NumPy's numbers in a tensor",
            "You make numbers on the way, and TensorFlow can't find the way back through them.",
            edits={f"return {LOSS}": f"return keras.ops.convert_to_tensor(np.asarray({LOSS}))"},
        ),
    ),
)


# hard_triplets


def crowd(people: list[int], alpha: float, d: int = 4, spread: float = 0.7) -> Any:
    """Pictures of people, mixed; people: how many there are of each. No loss is close to 0."""

    def build(rng: Rng) -> tuple[np.ndarray, np.ndarray, float]:
        names = rng.permutation(40)[: len(people)]
        labels = rng.permutation(np.repeat(names, people))
        while True:
            middles = {name: rng.normal(size=d) for name in names}
            encodings = np.array([middles[name] for name in labels])
            encodings += spread * rng.normal(size=encodings.shape)
            if clear(encodings, labels, alpha):
                return encodings, labels, alpha

    return build


def clear(encodings: np.ndarray, labels: np.ndarray, alpha: float) -> bool:
    """Whether no loss is so close to 0 that rounding could decide."""
    return all(abs(loss) > 2e-3 for loss in all_losses(encodings, labels, alpha).values())


def none_violates(rng: Rng) -> tuple[np.ndarray, np.ndarray, float]:
    """Everybody's pictures lie close together, and far from all others'."""
    labels = rng.permutation([4, 4, 7, 7, 2, 2, 2])
    encodings = 5.0 * labels[:, np.newaxis] + rng.uniform(-0.3, 0.3, size=(7, 3))
    return encodings, labels, 0.5


def twins(rng: Rng) -> tuple[np.ndarray, np.ndarray, float]:
    """A picture is there twice, under the same name; another twice, under two names.

    The first two are anchor and positive of a triple that violates the margin.
    """
    while True:
        encodings, labels, alpha = crowd([3, 2, 2], 4.0)(rng)
        often = labels == np.bincount(labels).argmax()
        first, second, _ = np.flatnonzero(often)
        third, *rest = np.flatnonzero(~often)
        fourth = next(place for place in rest if labels[place] != labels[third])
        encodings[second], encodings[fourth] = encodings[first], encodings[third]
        losses = all_losses(encodings, labels, alpha)
        violated = any(loss > 0 for (a, p, _), loss in losses.items() if {a, p} == {first, second})
        if violated and clear(encodings, labels, alpha):
            return encodings, labels, alpha


def on_a_line(places: list[int], people: list[int], alpha: float) -> Any:
    """Encodings on a line, in whole numbers: losses are exact, and some are exactly 0."""

    def build(rng: Rng) -> tuple[np.ndarray, np.ndarray, float]:
        order = rng.permutation(len(places))
        encodings = np.zeros((len(places), 3))
        encodings[:, some(rng, 0, 2)] = np.array(places)[order] + some(rng, -4, 4)
        encodings += [some(rng, -3, 3), some(rng, -3, 3), some(rng, -3, 3)]
        return encodings, np.array(people)[order], alpha

    return build


def all_losses(encodings: np.ndarray, labels: np.ndarray, alpha: float) -> dict[Triple, float]:
    """The loss of every triple, one after the other."""
    squared = [[float(((one - other) ** 2).sum()) for other in encodings] for one in encodings]
    places = range(len(labels))
    return {
        (a, p, n): squared[a][p] - squared[a][n] + alpha
        for a in places
        for p in places
        if a != p and labels[a] == labels[p]
        for n in places
        if labels[n] != labels[a]
    }


def hardest_first(inputs: Any, found: Any) -> str | None:
    """What is wrong with the triples that were found."""
    encodings, labels, alpha = inputs
    if found.dtype.kind not in "iu":
        return "indices are integers; yours are floats"
    losses = all_losses(encodings.astype(np.float64), labels, alpha)
    triples = [(int(a), int(p), int(n)) for a, p, n in found]
    for triple in triples:
        if triple not in losses:
            return _no_triple(triple, labels)
    if len(set(triples)) < len(triples):
        return "a triple is there twice"
    if any(losses[triple] <= 0 for triple in triples):
        return "a triple is there whose loss is not above 0"
    order = [losses[triple] for triple in triples]
    tolerance = 1e-5 * max(1.0, *order) if order else 0.0  # who computes in 32 bits is right, too
    if any(later > earlier + tolerance for earlier, later in pairwise(order)):
        return "the triples are the right ones; they are not in the order asked for"
    return None


def _no_triple(triple: Triple, labels: np.ndarray) -> str:
    if min(triple) < 0 or max(triple) >= len(labels):
        return "an index is there to which no picture belongs"
    anchor, positive, _ = triple
    if anchor == positive:
        return "somewhere anchor and positive are the same picture"
    if labels[anchor] != labels[positive]:
        return "somewhere anchor and positive are two people"
    return "somewhere anchor and negative are the same person"


def in_32_bits_too(build: Any) -> Any:
    def build_single(rng: Rng) -> tuple[Any, ...]:
        encodings, *others = build(rng)
        return *single(encodings), *others

    return build_single


HARD: dict[str, Any] = {"check": hardest_first}
NONE = HARD | {"share": 0.05}  # no triple is the answer, and anyone can guess that
SQUARED = "((encodings[:, np.newaxis] - encodings) ** 2).sum(axis=2)"
LOSSES = "squared[:, :, np.newaxis] - squared[:, np.newaxis] + alpha"
POSITIVE = "same & ~np.eye(len(labels), dtype=bool)"
HARDEST = "np.argwhere(violating)[np.argsort(-losses[violating])]"

hard_triplets = Exercise(
    "hard_triplets",
    outputs=("triples",),
    cases=(
        Case("three people", crowd([3, 2, 4], 0.4), **HARD),
        Case("two people, two pictures each", crowd([2, 2], 1.5), **HARD),
        Case("four people", crowd([2, 3, 2, 3], 0.2), **HARD),
        Case("many violate the margin", crowd([3, 3], 6.0), **HARD),
        Case("few violate the margin", crowd([3, 3, 3], 0.2, spread=0.45), **HARD),
        Case("none violates the margin", none_violates, **NONE),
        Case("no margin", crowd([3, 3, 2], 0.0), **HARD),
        Case("people with a single picture", crowd([1, 3, 1, 2], 0.5), **HARD),
        Case("everybody has a single picture", crowd([1, 1, 1, 1, 1], 3.0), **NONE),
        Case("one person alone", crowd([5], 2.0), **NONE),
        Case("a single picture", crowd([1], 2.0), **NONE),
        Case("pictures that are there twice", twins, **HARD),
        Case(
            "losses of exactly 0",
            on_a_line([0, 2, 3, 6, 8], [1, 1, 0, 0, 0], 5.0),
            **HARD,
        ),
        Case(
            "triples that are equally hard",
            on_a_line([0, 3, 1, 2, 10], [5, 5, 9, 9, 5], 2.0),
            **HARD,
        ),
        Case(
            "a loss just above 0",
            on_a_line([0, 2, 3, 6, 8], [1, 1, 0, 0, 0], 1 / 4096),
            **HARD,
        ),
        Case("more than a hundred violate the margin", crowd([4, 4, 3], 20.0), **HARD),
        Case("encodings of one number", crowd([3, 3], 0.5, d=1), **HARD),
        Case("encodings of 64 numbers", crowd([2, 3, 2], 128.0, d=64), **HARD),
        Case("encodings of 32-bit floats", in_32_bits_too(crowd([3, 2, 3], 0.4)), **HARD),
    ),
    misconceptions=(
        Misconception(
            "easiest first",
            "Your hardest triple is the last.",
            edits={"np.argsort(-losses[violating])": "np.argsort(losses[violating])"},
        ),
        Misconception(
            "no order",
            "Your triples come in the order of their indices. Which should be the first?",
            edits={HARDEST: "np.argwhere(violating)"},
        ),
        Misconception(
            "ordered by the positive alone",
            "You sort by the distance to the positive alone. What makes a triple hard?",
            edits={
                "np.argsort(-losses[violating])": (
                    "np.argsort(-(squared[:, :, np.newaxis] + 0 * losses)[violating])"
                )
            },
        ),
        Misconception(
            "ordered by the negative alone",
            "You sort by the distance to the negative alone. What makes a triple hard?",
            edits={
                "np.argsort(-losses[violating])": (
                    "np.argsort((squared[:, np.newaxis] + 0 * losses)[violating])"
                )
            },
        ),
        Misconception(
            "a loss of 0 counts",
            "A triple whose loss is exactly 0 is among yours. Does it violate the margin?",
            edits={"losses > 0": "losses >= 0"},
        ),
        Misconception(
            "a small loss does not count",
            "A triple whose loss is just above 0 is not among yours. Does it violate the margin?",
            edits={"losses > 0": "losses > 1e-3"},
        ),
        Misconception(
            "a hundred at most",
            "You answer no more than a hundred triples. All that violate the margin are asked for.",
            edits={HARDEST: f"{HARDEST}[:100]"},
        ),
        Misconception(
            "all triples",
            "You list all triples. Which of them violate the margin?",
            edits={" & (losses > 0)": ""},
        ),
        Misconception(
            "the good ones",
            "You list the triples that do not violate the margin.",
            edits={"losses > 0": "losses < 0"},
        ),
        Misconception(
            "margin forgotten",
            "You list triples whose negative is nearer than the positive. There are more that "
            "violate the margin.",
            edits={" + alpha": ""},
        ),
        Misconception(
            "margin taken away",
            "Your margin makes it easier for a triple. Which sign has it?",
            edits={"+ alpha": "- alpha"},
        ),
        Misconception(
            "margin of 0.2 for everybody",
            "Your margin is the same whatever is asked for.",
            edits={"+ alpha": "+ 0.2"},
        ),
        Misconception(
            "the anchor as its own positive",
            "With you a picture can be its own positive. What is there to learn from that?",
            edits={POSITIVE: "same"},
        ),
        Misconception(
            "pictures known by their distance",
            "You take two pictures for one if their distance is 0. What if somebody's picture is "
            "there twice?",
            edits={POSITIVE: "same & (squared > 0)"},
        ),
        Misconception(
            "each pair once",
            "You take each pair of one person once. Who is the anchor can make a difference.",
            edits={POSITIVE: "np.triu(same, 1)"},
        ),
        Misconception(
            "anyone for the positive",
            "Your positives are other people's pictures, too.",
            edits={POSITIVE: "~np.eye(len(labels), dtype=bool)"},
        ),
        Misconception(
            "anyone for the negative",
            "Your negatives are the same person's pictures, too.",
            edits={" & ~same[:, np.newaxis]": ""},
        ),
        Misconception(
            "people exchanged",
            "Your positives are other people, and your negatives are the anchor's own.",
            edits={"labels[:, np.newaxis] == labels": "labels[:, np.newaxis] != labels"},
        ),
        Misconception(
            "positive and negative exchanged",
            "The last two of your three indices have changed places.",
            edits={HARDEST: f"{HARDEST}[:, [0, 2, 1]]"},
        ),
        Misconception(
            "the anchor in the second place",
            "The first two of your three indices have changed places.",
            edits={HARDEST: f"{HARDEST}[:, [1, 0, 2]]"},
        ),
        Misconception(
            "losses of the opposite sign",
            "Your loss is large if the positive is near and the negative far.",
            edits={LOSSES: "squared[:, np.newaxis] - squared[:, :, np.newaxis] + alpha"},
        ),
        Misconception(
            "the negative's distance from the positive",
            "You measure the negative's distance from the positive. From where should it be?",
            edits={LOSSES: "squared[:, :, np.newaxis] - squared[np.newaxis] + alpha"},
        ),
        Misconception(
            "distances without the square",
            "Your distances are not squared. What does the loss do with them?",
            edits={SQUARED: f"np.sqrt({SQUARED})"},
        ),
        Misconception(
            "sizes in the place of squares",
            "You add up the sizes of the differences. What does the loss do with them?",
            edits={SQUARED: "abs(encodings[:, np.newaxis] - encodings).sum(axis=2)"},
        ),
        Misconception(
            "mean over the numbers of an encoding",
            "Your distances are divided by the length of the encoding.",
            edits={"sum(axis=2)": "mean(axis=2)"},
        ),
        Misconception(
            "the hardest alone",
            "You answer one triple. All that violate the margin are asked for.",
            edits={HARDEST: f"{HARDEST}[:1]"},
        ),
        Misconception(
            "one triple for each anchor",
            "You take one triple for each anchor. All that violate the margin are asked for.",
            edits={
                f"return {HARDEST}": (
                    f"found = {HARDEST}\n"
                    "    return found[np.sort(np.unique(found[:, 0], return_index=True)[1])]"
                )
            },
        ),
        Misconception(
            "the nearest negative alone",
            "For each pair you take the hardest negative alone. All that violate the margin are "
            "asked for.",
            edits={
                f"return {HARDEST}": (
                    f"found = {HARDEST}\n"
                    "    return found[np.sort(np.unique(found[:, :2], axis=0, "
                    "return_index=True)[1])]"
                )
            },
        ),
        Misconception(
            "semi-hard ones alone",
            "You leave out triples whose negative is nearer than the positive. They violate the "
            "margin most.",
            edits={" & (losses > 0)": " & (losses > 0) & (losses < alpha)"},
        ),
        Misconception(
            "an empty list",
            "With no triple at all, your array has no columns. What does the docstring say?",
            edits={HARDEST: f"np.array({HARDEST}.tolist())"},
        ),
        Misconception(
            "losses in the place of indices",
            "You answer losses. Which pictures do they belong to?",
            edits={HARDEST: "-np.sort(-losses[violating])"},
        ),
        Misconception(
            "labels in the place of indices",
            "You answer who is on the pictures. Which pictures are they?",
            edits={HARDEST: f"labels[{HARDEST}]"},
        ),
        Misconception(
            "counted from one",
            "You count the pictures from 1.",
            edits={HARDEST: f"{HARDEST} + 1"},
        ),
        Misconception(
            "floats",
            "Your indices are floats.",
            edits={HARDEST: f"{HARDEST}.astype(float)"},
        ),
    ),
)


# siamese_head


def pairs(size: int, m: int = 3) -> Any:
    """Encodings of two pictures each, of length 1."""
    return lambda rng: (2 * directions(rng, m, size), 2 * directions(rng, m, size))


def the_same_twice(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    encodings = rng.normal(size=(2, 6))
    return encodings, encodings.copy()


def one_against_all(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """The difference has one sign in all numbers."""
    encodings = rng.normal(size=(3, 5))
    return encodings, encodings + rng.uniform(0.2, 1.5, size=(3, 5))


def turned_round(rng: Rng) -> tuple[np.ndarray, np.ndarray]:
    """Each pair, and the same pair turned round."""
    one, other = pairs(7, 2)(rng)
    return np.concatenate([one, other]), np.concatenate([other, one])


def keras_pair(*keys: str) -> dict[str, Any]:
    return {"probe": "keras_pair", "probe_options": {"keys": list(keys)}, **FLOATS}


PREDICTIONS = keras_pair("predictions")
DENSE = 'keras.layers.Dense(1, activation="sigmoid")(difference)'
DIFFERENCE = "keras.ops.abs(x1 - x2)"

siamese_head = Exercise(
    "siamese_head",
    outputs=(),
    cases=(
        Case("weights and bias", pairs(10), **keras_pair("weights", "trainable_parameters")),
        Case("in training", pairs(12), **keras_pair("predictions_in_training")),
        Case("four numbers", pairs(4), **PREDICTIONS),
        Case("64 numbers", pairs(64), **PREDICTIONS),
        Case("128 numbers", pairs(128, 2), **PREDICTIONS),
        Case("one number", pairs(1, 4), **PREDICTIONS),
        Case("a single pair", pairs(9, 1), **PREDICTIONS),
        Case("pairs turned round", turned_round, **PREDICTIONS),
        Case("the same encoding twice", the_same_twice, **PREDICTIONS),
        Case("the second larger in every number", one_against_all, **PREDICTIONS),
    ),
    misconceptions=(
        Misconception(
            "sign kept",
            "Your answer changes when the two pictures change places. Should it?",
            edits={DIFFERENCE: "x1 - x2"},
        ),
        Misconception(
            "half of the difference cut off",
            "Your answer changes when the two pictures change places. Should it?",
            edits={DIFFERENCE: "keras.ops.relu(x1 - x2)"},
        ),
        Misconception(
            "squares",
            "You square the differences. The formula takes their sizes.",
            edits={DIFFERENCE: "(x1 - x2) ** 2"},
        ),
        Misconception(
            "product",
            "You multiply the encodings. What do two equal ones then look like?",
            edits={DIFFERENCE: "x1 * x2"},
        ),
        Misconception(
            "sum",
            "You add the encodings.",
            edits={DIFFERENCE: "keras.ops.abs(x1 + x2)"},
        ),
        Misconception(
            "sizes first",
            "You take sizes first and the difference then.",
            edits={DIFFERENCE: "keras.ops.abs(x1) - keras.ops.abs(x2)"},
        ),
        Misconception(
            "difference of sizes",
            "You take sizes before you take the difference.",
            edits={DIFFERENCE: "keras.ops.abs(keras.ops.abs(x1) - keras.ops.abs(x2))"},
        ),
        Misconception(
            "one encoding alone",
            "Your answer does not depend on the second picture.",
            edits={DIFFERENCE: "keras.ops.abs(x1) + 0 * x2"},
        ),
        Misconception(
            "side by side",
            "You lay the encodings side by side. How many numbers go into the unit?",
            edits={DIFFERENCE: "keras.layers.Concatenate()([x1, x2])"},
        ),
        Misconception(
            "distance as the only number",
            "Your unit gets one number. How many are there in |f(x₁) − f(x₂)|?",
            edits={DIFFERENCE: "keras.ops.norm(x1 - x2, axis=-1, keepdims=True)"},
        ),
        Misconception(
            "chi-square",
            "That is the other similarity of the DeepFace paper.",
            edits={DIFFERENCE: "(x1 - x2) ** 2 / (x1 + x2)"},
        ),
        Misconception(
            "no sigmoid",
            "Your answers are not between 0 and 1.",
            edits={'Dense(1, activation="sigmoid")': "Dense(1)"},
        ),
        Misconception(
            "ReLU",
            "Your answers can be larger than 1. Which unit is asked for?",
            edits={'activation="sigmoid"': 'activation="relu"'},
        ),
        Misconception(
            "tanh",
            "Your answers can be negative. Which unit is asked for?",
            edits={'activation="sigmoid"': 'activation="tanh"'},
        ),
        Misconception(
            "softmax over one unit",
            "A softmax over one unit is always 1.",
            edits={'activation="sigmoid"': 'activation="softmax"'},
        ),
        Misconception(
            "bent line for a sigmoid",
            "Your unit has a line with two bends. Is that the sigmoid?",
            edits={'activation="sigmoid"': 'activation="hard_sigmoid"'},
        ),
        Misconception(
            "not trainable",
            "Your unit can't learn. What should training change?",
            edits={'activation="sigmoid")': 'activation="sigmoid", trainable=False)'},
        ),
        Misconception(
            "dropout",
            "In training some of your differences are left out. Does the formula do so?",
            edits={DENSE: DENSE.replace("difference", "keras.layers.Dropout(0.5)(difference)")},
        ),
        Misconception(
            "two units",
            "You have two units. One is enough to say yes or no.",
            edits={'Dense(1, activation="sigmoid")': 'Dense(2, activation="softmax")'},
        ),
        Misconception(
            "no bias",
            "Your unit has no bias. What does it say of two equal encodings?",
            edits={'activation="sigmoid")': 'activation="sigmoid", use_bias=False)'},
        ),
        Misconception(
            "a hidden layer",
            "There is a layer between the difference and the unit.",
            edits={
                DENSE: DENSE.replace(
                    "difference", 'keras.layers.Dense(8, activation="relu")(difference)'
                )
            },
        ),
        Misconception(
            "a layer before the difference",
            "The encodings go through a layer of their own before they are compared.",
            edits={
                DIFFERENCE: (
                    "keras.ops.abs(keras.layers.Dense(encoding_size)(x1) "
                    "- keras.layers.Dense(encoding_size)(x2))"
                )
            },
        ),
        Misconception(
            "different for the same",
            "Your unit's answer is turned round.",
            edits={DENSE: f"1 - {DENSE}"},
        ),
        Misconception(
            "sigmoid twice",
            "Your answers are squeezed twice.",
            edits={DENSE: f"keras.ops.sigmoid({DENSE})"},
        ),
        Misconception(
            "128 numbers for everybody",
            "Your model takes encodings of one length only.",
            edits={
                "x1, x2 = keras.Input((encoding_size,)), keras.Input((encoding_size,))": (
                    "x1, x2 = keras.Input((128,)), keras.Input((128,))"
                )
            },
        ),
    ),
)

exercises = [recognition_accuracy, verify, who_is_it, triplet_loss, hard_triplets, siamese_head]
