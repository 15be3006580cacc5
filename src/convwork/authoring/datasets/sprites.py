"""Drawings set into photographs: what hand signs, avatar faces and street scenes share."""

import io
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from convwork.course import load_photo

# Photos without animals or people: what may be behind somebody.
BACKGROUNDS = ("china", "coffee", "flower", "motorcycle", "rocket")

FINER = 4  # pictures are drawn at this multiple of their size, then scaled down


@dataclass(frozen=True)
class Codec:
    """How pictures are compressed: Pillow's name for it and options, and the most rows it takes.

    strip: at most so many small pictures in one.
    """

    name: str
    options: dict[str, Any]
    rows: int
    strip: int = 500


JPEG = Codec("JPEG", {"quality": 90, "subsampling": 0, "optimize": True}, rows=65_535)
# Half as many bytes for detailed pictures, with colours of half the resolution.
WEBP = Codec("WEBP", {"quality": 78, "method": 6}, rows=16_383)


def draw_svg(svg: str, side: int) -> Image.Image:
    """A square SVG as RGBA, (side, side)."""
    import resvg_py  # of the extra `datasets`: only a build needs it, not a check

    png = resvg_py.svg_to_bytes(svg_string=svg, width=side, height=side, skip_system_fonts=True)
    return Image.open(io.BytesIO(bytes(png))).convert("RGBA")


def trimmed(sprite: Image.Image) -> Image.Image:
    """The sprite without empty rows and columns at its edges."""
    return sprite.crop(sprite.getchannel("A").getbbox())


def out_of_focus(rng: Generator, side: int, blur: float) -> Image.Image:
    """A random square of a random background, scaled and blurred, maybe mirrored."""
    photo = _photo(BACKGROUNDS[rng.integers(len(BACKGROUNDS))])
    cut = int(rng.uniform(0.35, 0.8) * min(photo.size))
    left, top = (int(rng.integers(length - cut + 1)) for length in photo.size)
    square = photo.crop((left, top, left + cut, top + cut)).resize((side, side))
    if rng.random() < 0.5:
        square = square.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return square.filter(ImageFilter.GaussianBlur(blur))


@cache
def _photo(name: str) -> Image.Image:
    return Image.fromarray(load_photo(name))


def lit_from(sprite: Image.Image, angle: float, strength: float) -> Image.Image:
    """The sprite, brighter towards the angle (0: right, 90: down), darker on the far side."""
    pixels = np.asarray(sprite, dtype=np.float32).copy()
    height, width = pixels.shape[:2]
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    towards = x * np.cos(np.radians(angle)) + y * np.sin(np.radians(angle))
    pixels[..., :3] *= (1 + strength * towards)[..., np.newaxis]
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def paste_with_shadow(
    scene: Image.Image,
    sprite: Image.Image,
    place: tuple[int, int],
    shadow_shift: tuple[int, int],
    blur: float,
    darkness: float,
) -> None:
    """Set the sprite into the scene, its left upper corner at `place`, over its soft shadow."""
    shadow = Image.new("L", scene.size)
    left, top = place
    shadow.paste(sprite.getchannel("A"), (left + shadow_shift[0], top + shadow_shift[1]))
    shadow = shadow.filter(ImageFilter.GaussianBlur(blur)).point(lambda value: value * darkness)
    scene.paste((24, 20, 28), mask=shadow)
    scene.paste(sprite, place, sprite)


def photographed(
    rng: Generator, scene: Image.Image, side: int, exposure: float, noise: float
) -> NDArray[np.uint8]:
    """The scene as a small camera sees it: (side, side, 3), its light, its tint, its noise."""
    pixels = np.asarray(scene.resize((side, side), Image.Resampling.LANCZOS), dtype=np.float32)
    warmth = rng.uniform(-0.06, 0.06)
    tinted = pixels * (exposure * np.array([1 + warmth, 1, 1 - warmth]))
    noisy = tinted + rng.normal(0, noise, pixels.shape)
    return np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def add_pictures(file: Any, name: str, images: NDArray[np.uint8], codec: Codec = JPEG) -> None:
    """Store many small pictures in a few compressed ones, one above the other in each.

    images: (m, height, width, 3); height and width must be multiples of 16, a codec's blocks, so
    that pictures in one strip do not run into each other.
    """
    group = file.create_group(name)
    group.attrs["height"] = images.shape[1]
    count = min(codec.strip, codec.rows // images.shape[1])
    for start in range(0, len(images), count):
        strip = images[start : start + count]
        encoded = io.BytesIO()
        Image.fromarray(strip.reshape(-1, *images.shape[2:])).save(
            encoded, codec.name, **codec.options
        )
        data = np.frombuffer(encoded.getvalue(), np.uint8)
        # The checksum, because a codec may make a picture of damaged bytes, too.
        group.create_dataset(
            f"{start:06}", data=data, chunks=data.shape, fletcher32=True, track_times=False
        )
