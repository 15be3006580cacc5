"""People who do not exist, each in several pictures, and a network that tells who is who."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from convwork.authoring.datasets.packages import Package, run
from convwork.authoring.datasets.recipe import Fetched, Recipe, add
from convwork.authoring.datasets.sprites import (
    FINER,
    add_pictures,
    draw_svg,
    lit_from,
    out_of_focus,
    paste_with_shadow,
    photographed,
)

# avatar_faces.h5

SIDE = 64
SEED = 4
PICTURES = 10  # of each person

# People in each part, a third of them by the first artist.
PARTS = {"train": 240, "validation": 60, "test": 60}

SCRIPT = Path(__file__).with_suffix(".mjs")

SKIN = "skinColor"

Options = dict[str, Any]
Traits = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Style:
    """One artist's kit of parts, as options of DiceBear.

    name: of the package. traits: what makes a person; the first is the head. moods: what changes
    from picture to picture. An empty value leaves that part out. heads_with: traits that some
    heads alone may have; other heads get the trait's first value.
    """

    name: str
    traits: Traits
    moods: Traits
    heads_with: Traits


SHORT_HEADS = (
    *("afro", "cornrows", "dreads1", "dreads2", "flatTop", "flatTopLong", "grayShort", "mohawk"),
    *("mohawk2", "noHair1", "noHair2", "noHair3", "pomp", "shaved1", "shaved2", "shaved3"),
    *("short1", "short2", "short3", "short4", "short5", "turban", "twists", "twists2"),
)
LONG_HEADS = (
    *("bangs", "bangs2", "bantuKnots", "bun", "bun2", "buns", "cornrows2", "grayBun"),
    *("grayMedium", "hijab", "long", "longBangs", "longCurly", "medium1", "medium2", "medium3"),
    *("mediumBangs", "mediumBangs2", "mediumBangs3", "mediumStraight"),
)
TWO_COLOURED_HEADS = (
    *("bangs", "cornrows", "grayBun", "grayMedium", "grayShort", "mediumBangs2", "mohawk"),
    *("mohawk2", "noHair3", "short4"),
)

PEEPS = Style(
    "open-peeps",
    traits={
        "head": (*SHORT_HEADS, *LONG_HEADS),
        "headContrastColor": ("a55728", "c93305", "d6b370", "e8e1e1"),
        SKIN: ("ffdbb4", "edb98a", "d08b5b", "ae5d29", "694d3d"),
        "facialHair": (
            *(*[""] * 6, "chin", "full", "full2", "full3", "goatee1"),
            *("goatee2", "moustache2", "moustache3", "moustache5", "moustache7"),
        ),
    },
    moods={
        "face": (
            *("awe", "blank", "calm", "cheeky", "concerned", "concernedFear", "contempt", "cute"),
            *("driven", "eatingHappy", "explaining", "eyesClosed", "fear", "serious", "smile"),
            *("smileBig", "smileLOL", "smileTeethGap", "solemn", "suspicious", "tired"),
        ),
        "accessories": (*[""] * 12, "glasses", "glasses2", "glasses3", "glasses5", "sunglasses"),
        "clothingColor": ("e78276", "ffcf77", "fdea6b", "78e185", "9ddadb", "8fa7df", "e279c7"),
    },
    heads_with={"facialHair": SHORT_HEADS, "headContrastColor": TWO_COLOURED_HEADS},
)
TOONS = Style(
    "toon-head",
    traits={
        "rearHair": ("", "longStraight", "longWavy", "shoulderHigh", "neckHigh"),
        "hair": ("sideComed", "undercut", "spiky", "bun"),
        "hairColor": ("2c1b18", "724133", "a55728", "d6b370", "b8401c", "b9b4b0"),
        SKIN: ("f6d3b8", "e0a67e", "bd7b52", "8d5536", "573426"),
        "beard": (*[""] * 3, "moustacheTwirl", "fullBeard", "chin", "chinMoustache", "longBeard"),
    },
    moods={
        "eyes": ("happy", "wide", "bow", "humble", "wink"),
        "eyebrows": ("raised", "angry", "happy", "sad", "neutral"),
        "mouth": ("laugh", "angry", "agape", "smile", "sad"),
        "clothes": ("turtleNeck", "openJacket", "dress", "shirt", "tShirt"),
        "clothesColor": ("b11f1f", "0b3286", "147f3c", "eab308", "731ac3", "ec4899", "e8e9e6"),
    },
    heads_with={"beard": ("", "neckHigh")},
)
STYLES = (PEEPS, TOONS)
IN_TURN = (PEEPS, TOONS, TOONS)  # the second artist's kit makes more people who are not alike

CORE = Package("npm", "@dicebear/core", "9.4.3")
PACKAGES = (CORE, *(Package("npm", f"@dicebear/{style.name}", "9.4.3") for style in STYLES))


def _write_faces(file: Any, fetched: Fetched) -> None:
    rng = np.random.default_rng(SEED)
    people = _people(rng, sum(PARTS.values()))
    wanted = [
        (style.name, _options(traits, _choose(rng, style.moods)))
        for style, traits in people
        for _ in range(PICTURES)
    ]
    drawings = iter(_draw(wanted, fetched))
    first = 0
    for part, count in PARTS.items():
        images = [_picture(rng, next(drawings)) for _ in range(count * PICTURES)]
        add_pictures(file, f"{part}_images", np.stack(images))
        numbers = np.arange(first, first + count)
        add(file, f"{part}_people", np.repeat(numbers, PICTURES).astype(np.uint16))
        artists = [STYLES.index(style) for style, _ in people[first : first + count]]
        add(file, f"{part}_artists", np.repeat(artists, PICTURES).astype(np.uint8))
        first += count
    file.attrs["artists"] = np.array([style.name for style in STYLES], dtype="S")


# Who there is


def _people(rng: Generator, count: int) -> list[tuple[Style, Options]]:
    """Different people, of each style in turn."""
    turns = [IN_TURN[turn % len(IN_TURN)] for turn in range(count)]
    crowds = {style.name: _crowd(rng, style, turns.count(style)) for style in STYLES}
    return [(style, crowds[style.name].pop()) for style in turns]


def _crowd(rng: Generator, style: Style, count: int) -> list[Options]:
    crowd: list[Options] = []
    while len(crowd) < count:
        person = _person(rng, style)
        if all(_unlike(person, other, style) for other in crowd):
            crowd.append(person)
    # The last to be found are unusual, and must not come together in one part.
    rng.shuffle(crowd)
    return crowd


def _person(rng: Generator, style: Style) -> Options:
    person = _choose(rng, style.traits)
    head = person[next(iter(style.traits))]
    for trait, heads in style.heads_with.items():
        if head not in heads:
            person[trait] = style.traits[trait][0]
    return person


def _unlike(one: Options, other: Options, style: Style) -> bool:
    """Whether two people differ in two traits at least, so that nobody has a double.

    Skin tones that lie next to each other count as one difference, others as two: light blurs
    them.
    """
    tones = style.traits[SKIN]
    steps = abs(tones.index(one[SKIN]) - tones.index(other[SKIN]))
    others = sum(one[trait] != other[trait] for trait in one if trait != SKIN)
    return bool(steps + others >= 2)


def _choose(rng: Generator, parts: Traits) -> Options:
    return {option: values[rng.integers(len(values))] for option, values in parts.items()}


# How they look


def _options(traits: Options, moods: Options) -> Options:
    """Options that leave DiceBear nothing to choose by itself."""
    options: Options = {"maskProbability": 0, "hairProbability": 100, "beardProbability": 0}
    for option, value in (traits | moods).items():
        options[option] = [value] if value else []
        if not option.endswith("Color"):
            options[f"{option}Probability"] = 100 if value else 0
    return options


def _draw(wanted: list[tuple[str, Options]], fetched: Fetched) -> Iterator[str]:
    """The drawings as SVG, by node, in a folder where the packages lie as npm would put them."""
    workshop = fetched[CORE.name]
    scope = workshop / "node_modules/@dicebear"
    for package in PACKAGES:
        # A link would not do: node looks for a package's own imports where its files really are.
        home = scope / package.name.split("/")[1]
        shutil.copytree(fetched[package.name] / "package", home, dirs_exist_ok=True)
    drawings = run(["node", str(SCRIPT)], workshop, "this needs Node.js", json.dumps(wanted))
    return iter(json.loads(drawings))


def _picture(rng: Generator, svg: str) -> NDArray[np.uint8]:
    """A picture of the person: place, size, turn and light by chance, a photograph behind."""
    canvas = SIDE * FINER
    scene = out_of_focus(rng, canvas, blur=rng.uniform(8, 14))
    light = rng.uniform(180, 360)  # from above
    size = round(rng.uniform(1.12, 1.34) * canvas)
    person = lit_from(draw_svg(svg, size), light, 0.16)
    if rng.random() < 0.5:
        person = person.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    person = _turned(rng, person)
    # The bust must reach the lower edge of the picture, also when it is tilted.
    left = (canvas - person.width) // 2 + int(rng.integers(-10, 11))
    top = canvas - person.height + int(rng.integers(26, 44))
    away = np.radians(light + 180)
    shift = (int(14 * np.cos(away)), int(14 * np.sin(away)))
    paste_with_shadow(scene, person, (left, top), shift, blur=16, darkness=rng.uniform(0.25, 0.5))
    return photographed(rng, scene, SIDE, exposure=rng.uniform(0.85, 1.12), noise=2)


def _turned(rng: Generator, person: Image.Image) -> Image.Image:
    """The person, the head tilted around the neck, and narrower, as if turned a little away."""
    narrow = person.resize((round(person.width * rng.uniform(0.88, 1)), person.height))
    neck = (narrow.width / 2, narrow.height * 0.9)
    return narrow.rotate(rng.uniform(-9, 9), Image.Resampling.BICUBIC, center=neck)


# avatar_encoder.h5


def _write_encoder(file: Any, fetched: Fetched) -> None:
    # Here, because the training imports TensorFlow, which no other build of data needs.
    from convwork.authoring.datasets import train_face_encoder

    train_face_encoder.write(file, fetched)


RECIPES = {
    "avatar_faces": Recipe(PACKAGES, _write_faces),
    "avatar_encoder": Recipe((), _write_encoder),
}
