"""hand_signs.h5: six hand signs by five artists, over blurred photographs."""

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image

from convwork.authoring.datasets.emoji import TONES, Artist, Emoji, packages
from convwork.authoring.datasets.recipe import Fetched, Recipe, add
from convwork.authoring.datasets.sprites import (
    FINER,
    add_pictures,
    lit_from,
    out_of_focus,
    paste_with_shadow,
    photographed,
    trimmed,
)

SIDE = 64
SEED = 2


SIGNS = {
    "fist": Emoji("raised-fist", "270a{}"),
    "one": Emoji("index-pointing-up", "261d{}"),
    "two": Emoji("victory-hand", "270c{}"),
    "five": Emoji("raised-hand", "270b{}"),
    "thumb": Emoji("thumbs-up", "1f44d{}"),
    "ok": Emoji("ok-hand", "1f44c{}"),
}
HAND_TONES = ("", *TONES)  # without a tone, hands are yellow
ARTISTS = ("noto", "fluent flat", "twemoji", "emojione", "fluent 3d")

# Of each sign in each tone by each artist of the part. The last part's artist is in no other.
PARTS: dict[str, tuple[tuple[str, ...], int]] = {
    "train": (("fluent flat", "twemoji", "emojione", "fluent 3d"), 14),
    "test": (("fluent flat", "twemoji", "emojione", "fluent 3d"), 2),
    "new_artist": (("noto",), 8),
}

Sprites = dict[tuple[str, int, int], Image.Image]  # by artist, sign, tone


def write(file: Any, fetched: Fetched) -> None:
    sprites = _draw_sprites(fetched)
    rng = np.random.default_rng(SEED)
    for part, (artists, count) in PARTS.items():
        kinds = [
            (ARTISTS.index(artist), sign, tone)
            for artist in artists
            for sign in range(len(SIGNS))
            for tone in range(len(HAND_TONES))
            for _ in range(count)
        ]
        rng.shuffle(kinds)
        images = [
            _picture(rng, sprites[ARTISTS[artist], sign, tone]) for artist, sign, tone in kinds
        ]
        add_pictures(file, f"{part}_images", np.stack(images))
        columns = np.array(kinds, dtype=np.uint8).T
        for name, column in zip(("artists", "labels", "tones"), columns, strict=True):
            add(file, f"{part}_{name}", column)
    file.attrs["class_names"] = np.array(list(SIGNS), dtype="S")
    file.attrs["artists"] = np.array(ARTISTS, dtype="S")
    file.attrs["tones"] = np.array(["yellow", *TONES], dtype="S")


def _draw_sprites(fetched: Fetched) -> Sprites:
    sprites: Sprites = {}
    for name in ARTISTS:
        artist = Artist(name, fetched)
        for sign, emoji in enumerate(SIGNS.values()):
            for number, tone in enumerate(HAND_TONES):
                sprite = artist.draw(emoji, tone, SIDE * FINER)
                assert sprite is not None, f"{name} has no {emoji.name} {tone}"
                sprites[name, sign, number] = sprite
    return sprites


def _picture(rng: Generator, sprite: Image.Image) -> NDArray[np.uint8]:
    """A picture of the hand: its place, size, turn, side and light by chance."""
    canvas = SIDE * FINER
    scene = out_of_focus(rng, canvas, blur=rng.uniform(5, 9))
    light = rng.uniform(180, 360)  # from above
    hand = lit_from(_turned(rng, sprite, rng.uniform(0.6, 0.88) * canvas), light, 0.18)
    place = _place(rng, hand, canvas)
    away = np.radians(light + 180)
    shift = (int(12 * np.cos(away)), int(12 * np.sin(away)))
    paste_with_shadow(scene, hand, place, shift, blur=9, darkness=rng.uniform(0.35, 0.6))
    return photographed(rng, scene, SIDE, exposure=rng.uniform(0.85, 1.15), noise=2)


def _turned(rng: Generator, sprite: Image.Image, longest: float) -> Image.Image:
    """The hand, scaled, maybe mirrored into the other hand, seen a little from the side, turned."""
    scale = longest / max(sprite.size)
    narrower = rng.uniform(0.85, 1)
    size = (round(sprite.width * scale * narrower), round(sprite.height * scale))
    hand = sprite.resize(size, Image.Resampling.LANCZOS)
    if rng.random() < 0.5:
        hand = hand.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    turn = rng.uniform(-20, 20)
    return trimmed(hand.rotate(turn, Image.Resampling.BICUBIC, expand=True))


def _place(rng: Generator, hand: Image.Image, canvas: int) -> tuple[int, int]:
    """Anywhere, such that all of the hand is in the picture."""
    left, top = (int(rng.integers(max(canvas - length, 0) + 1)) for length in hand.size)
    return left, top


RECIPE = Recipe(packages(ARTISTS), write)
