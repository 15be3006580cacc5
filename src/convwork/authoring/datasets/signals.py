"""A painting, and arrays of one and three dimensions: a heartbeat, a brain, a short film."""

import gzip
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convwork.authoring.datasets.emoji import FLUENT_3D
from convwork.authoring.datasets.packages import Package
from convwork.authoring.datasets.recipe import Fetched, Recipe, add
from convwork.course import load_photo

OPENCV = Package("apt", "opencv-doc")
SCIPY = Package("pip", "scipy", "1.10.1")  # the last with the recording inside
NILEARN = Package("pip", "nilearn", "0.14.1")

# painting.h5

PAINTING = "usr/share/doc/opencv-doc/examples/data/starry_night.jpg"
CANVAS = (16, 16, 736, 582)  # left, top, right, bottom: the photograph without its white edge
PAINTING_LONG_SIDE = 512


def _write_painting(file: Any, fetched: Fetched) -> None:
    with Image.open(fetched[OPENCV.name] / PAINTING) as image:
        canvas = image.convert("RGB").crop(CANVAS)
    canvas.thumbnail((PAINTING_LONG_SIDE, PAINTING_LONG_SIDE), Image.Resampling.LANCZOS)
    add(
        file,
        "starry_night",
        np.asarray(canvas),
        title="The Starry Night, 1889",
        licence="public domain",
        credit="Vincent van Gogh",
    )


# ecg.h5

HERTZ = 360


def _write_ecg(file: Any, fetched: Fetched) -> None:
    with np.load(fetched[SCIPY.name] / "scipy/misc/ecg.dat") as archive:
        levels = archive["ecg"]
    add(
        file,
        "ecg",
        levels,
        meaning="millivolts are (level - 1024) / 200",
        licence="ODC-By 1.0",
        credit="MIT-BIH Arrhythmia Database, record 208, by G. B. Moody and R. G. Mark",
    )
    file["ecg"].attrs["hertz"] = HERTZ


# brain.h5

TEMPLATE = "nilearn/datasets/data/mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz"
BLOCK = 2  # millimetres, and voxels of the template, that become one voxel


def _write_brain(file: Any, fetched: Fetched) -> None:
    volume = _read_nifti(fetched[NILEARN.name] / TEMPLATE)
    add(
        file,
        "brain",
        _block_means(volume, BLOCK),
        axes="left to right, back to front, bottom to top; 2 mm a voxel",
        licence="permission to use, copy, modify and distribute; text in NOTICE",
        credit="ICBM 152 T1 average, © 1993–2009 Louis Collins, McConnell Brain Imaging Centre",
    )


def _read_nifti(path: Path) -> NDArray[np.uint8]:
    """The volume in a gzipped NIfTI file of bytes."""
    content = gzip.decompress(path.read_bytes())
    rank, *shape = np.frombuffer(content, "<i2", count=8, offset=40)
    start = int(np.frombuffer(content, "<f4", count=1, offset=108)[0])
    values = np.frombuffer(content, np.uint8, count=int(np.prod(shape[:rank])), offset=start)
    return values.reshape(shape[:rank], order="F")


def _block_means(volume: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The mean of each cube of `side` voxels; what does not fill a cube is cut off."""
    x, y, z = (length // side for length in volume.shape)
    cubes = volume[: x * side, : y * side, : z * side].reshape(x, side, y, side, z, side)
    return np.asarray(np.rint(cubes.mean(axis=(1, 3, 5))), dtype=np.uint8)


# clip.h5

FRAMES = 32
CLIP_SIZE = (144, 96)  # width, height
FINER = 4  # drawn at this multiple of the size, then scaled down
NOISE = 2.0
SEED = 20


@dataclass(frozen=True)
class Mover:
    """Something that crosses the clip: what, how large, where it starts, how far it moves.

    In pixels of the clip: start is the left upper corner in the first frame, step is x and y a
    frame.
    """

    name: str
    emoji: str
    size: int
    start: tuple[int, int]
    step: tuple[int, int]
    mirrored: bool = False


MOVERS = (
    Mover("helicopter", "1f681", 30, (-20, 4), (4, 0), mirrored=True),
    Mover("dove", "1f54a-fe0f", 20, (110, 44), (-3, 0)),
    Mover("balloon", "1f388", 24, (112, 88), (0, -4)),
)


def _write_clip(file: Any, fetched: Fetched) -> None:
    background = Image.fromarray(load_photo("china")).resize(
        (CLIP_SIZE[0] * FINER, CLIP_SIZE[1] * FINER), Image.Resampling.LANCZOS
    )
    sprites = [_sprite(fetched[FLUENT_3D.name] / "package/assets", mover) for mover in MOVERS]
    frames = np.stack([_frame(background, sprites, time) for time in range(FRAMES)])
    noise = np.random.default_rng(SEED).normal(0, NOISE, frames.shape)
    add(
        file,
        "clip",
        np.clip(np.rint(frames + noise), 0, 255).astype(np.uint8),
        movers=", ".join(f"{mover.name} {mover.step}" for mover in MOVERS),
        licence="CC BY 2.0 (background), MIT (movers)",
        credit="danielbuechele (background); Fluent Emoji, © Microsoft Corporation (movers)",
    )


def _sprite(folder: Path, mover: Mover) -> Image.Image:
    with Image.open(folder / f"{mover.emoji}.webp") as image:
        sprite = image.convert("RGBA").resize(
            (mover.size * FINER, mover.size * FINER), Image.Resampling.LANCZOS
        )
    return sprite.transpose(Image.Transpose.FLIP_LEFT_RIGHT) if mover.mirrored else sprite


def _frame(background: Image.Image, sprites: list[Image.Image], time: int) -> NDArray[np.uint8]:
    frame = background.copy()
    for mover, sprite in zip(MOVERS, sprites, strict=True):
        x, y = (FINER * (mover.start[i] + time * mover.step[i]) for i in range(2))
        frame.paste(sprite, (x, y), sprite)
    return np.asarray(frame.resize(CLIP_SIZE, Image.Resampling.BOX))


RECIPES = {
    "painting": Recipe((OPENCV,), _write_painting),
    "ecg": Recipe((SCIPY,), _write_ecg),
    "brain": Recipe((NILEARN,), _write_brain),
    "clip": Recipe((FLUENT_3D,), _write_clip),
}
