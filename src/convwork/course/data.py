"""The pictures and data sets that notebooks use, read from the HDF5 files in `datasets/`."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from matplotlib.image import imread
from numpy.typing import NDArray

from convwork.errors import ConvworkError


@dataclass(frozen=True)
class Fashion:
    """Small grey pictures of clothes, each with one of ten labels.

    Images are float32, `(m, 28, 28, 1)`, from 0 (background) to 1. Labels are integers that
    index `class_names`. Every class is as frequent as every other, in both parts.
    """

    train_images: NDArray[np.float32]
    train_labels: NDArray[np.int64]
    test_images: NDArray[np.float32]
    test_labels: NDArray[np.int64]
    class_names: tuple[str, ...]


@dataclass(frozen=True)
class Signs:
    """Pictures of hand signs, uint8, `(m, 64, 64, 3)`, 0 to 255, and what each shows.

    labels, artists, tones: int64, `(m,)`; they index the names in `HandSigns`.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int64]
    artists: NDArray[np.int64]
    tones: NDArray[np.int64]


@dataclass(frozen=True)
class HandSigns:
    """Six hand signs in six tones of skin, drawn by five artists, over blurred photographs.

    `train` and `test` are by the same four artists. `new_artist` is by a fifth, whom no training
    picture shows: the test that tells whether a network knows hands or only these artists' hands.
    In each part, every label is as frequent as every other, in each tone by each artist.
    """

    train: Signs
    test: Signs
    new_artist: Signs
    class_names: tuple[str, ...]
    artist_names: tuple[str, ...]
    tone_names: tuple[str, ...]


@dataclass(frozen=True)
class Faces:
    """Pictures of faces, uint8, `(m, 64, 64, 3)`, 0 to 255, and whose they are.

    people: int64, `(m,)`; the ten pictures with the same number show the same person.
    artists: int64, `(m,)`, who drew the person, an index of the names in `AvatarFaces`.
    """

    images: NDArray[np.uint8]
    people: NDArray[np.int64]
    artists: NDArray[np.int64]


@dataclass(frozen=True)
class AvatarFaces:
    """Drawn faces of 360 people who do not exist, ten pictures of each.

    Hair, skin and beard make a person. Expression, glasses, clothes, light, size, tilt and
    background change from picture to picture. No person is in two parts.
    """

    train: Faces
    validation: Faces
    test: Faces
    artist_names: tuple[str, ...]


@dataclass(frozen=True)
class Ecg:
    """An electrocardiogram: millivolts, `(samples,)`, and how many samples make a second."""

    millivolts: NDArray[np.float32]
    hertz: int


@dataclass(frozen=True)
class StreetScenes:
    """Pictures of streets, and what is on them: pedestrians, cars, motorcycles.

    images: uint8, `(m, height, width, 3)`, 0 to 255. masks: uint8, `(m, height, width)`: 0 for the
    street, or 1 + the class of what a pixel shows.
    boxes, labels: for each picture an array, float32 `(n, 4)` and int64 `(n,)`, with a row for each
    of its objects, 1 to 7. A box is x1, y1, x2, y2, from 0 to 1: shares of the picture's width and
    height from its upper left corner. Where something hides part of an object, its box still goes
    around all of it, but ends with the picture. Labels index `class_names`.
    artists: int64, `(m,)`, who drew the objects of a picture, an index of `artist_names`.
    """

    images: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    boxes: list[NDArray[np.float32]]
    labels: list[NDArray[np.int64]]
    artists: NDArray[np.int64]
    class_names: tuple[str, ...]
    artist_names: tuple[str, ...]


def photo_names() -> list[str]:
    """The names that `load_photo` knows."""
    with open_dataset("photos") as file:
        return sorted(file)


def load_photo(name: str) -> NDArray[np.uint8]:
    """A colour photograph, `(height, width, 3)`, 0 to 255, at most 512 pixels on its long side."""
    with open_dataset("photos") as file:
        if name not in file:
            raise ConvworkError(f"no photo is called {name!r}; there are {', '.join(sorted(file))}")
        return _array(file, name)


def load_face(name: str) -> NDArray[np.uint8]:
    """The face in a photo of a person, a square `(height, width, 3)`, 0 to 255.

    name: `"astronaut"` (Eileen Collins) or `"hopper"` (Grace Hopper).
    """
    photo = load_photo(name)
    with open_dataset("photos") as file:
        faces = {key: item.attrs["face"] for key, item in file.items() if "face" in item.attrs}
    if name not in faces:
        raise ConvworkError(f"the photo {name!r} has no face; {', '.join(faces)} have one")
    top, left, side = faces[name]
    return photo[top : top + side, left : left + side]


def load_painting() -> NDArray[np.uint8]:
    """Van Gogh's *The Starry Night* of 1889, `(height, width, 3)`, 0 to 255."""
    with open_dataset("painting") as file:
        return _array(file, "starry_night")


def load_styled_photo() -> NDArray[np.uint8]:
    """The photo `"china"` in the style of the painting, `(256, 256, 3)`, 0 to 255."""
    with open_dataset("styled_photo") as file:
        return np.asarray(_pictures(file["temple"])[0])


def load_ecg() -> Ecg:
    """Five minutes of a human heart, 360 samples a second: ordinary beats and extra ones."""
    with open_dataset("ecg") as file:
        levels = _array(file, "ecg").astype(np.float32)
        millivolts = np.asarray((levels - 1024) / 200, dtype=np.float32)
        return Ecg(millivolts, int(file["ecg"].attrs["hertz"]))


def load_brain() -> NDArray[np.float32]:
    """A brain as magnetic resonance sees it, the average of 152 people's, `(98, 116, 94)`, 0 to 1.

    The axes go from left to right, from back to front, and upwards; a voxel is 2 mm wide.
    """
    with open_dataset("brain") as file:
        return _array(file, "brain").astype(np.float32) / np.float32(255)


def load_clip() -> NDArray[np.uint8]:
    """A short film, `(32, 96, 144, 3)`: frame, height, width, colour; 0 to 255.

    Before a temple that stands still, a helicopter flies to the right by 4 pixels a frame, a dove
    to the left by 3, and a balloon rises by 4.
    """
    with open_dataset("clip") as file:
        return _array(file, "clip")


def load_fashion() -> Fashion:
    """12,000 training and 2,000 test pictures of clothes from Fashion-MNIST."""
    with open_dataset("fashion") as file:
        return Fashion(
            train_images=_unit_range(_array(file, "train_images")),
            train_labels=_array(file, "train_labels").astype(np.int64),
            test_images=_unit_range(_array(file, "test_images")),
            test_labels=_array(file, "test_labels").astype(np.int64),
            class_names=_names(file, "class_names"),
        )


def load_hand_signs() -> HandSigns:
    """2,016 training pictures of hand signs, 288 test pictures, 288 by an artist not trained on."""
    with open_dataset("hand_signs") as file:
        return HandSigns(
            train=_signs(file, "train"),
            test=_signs(file, "test"),
            new_artist=_signs(file, "new_artist"),
            class_names=_names(file, "class_names"),
            artist_names=_names(file, "artists"),
            tone_names=_names(file, "tones"),
        )


def load_avatar_faces() -> AvatarFaces:
    """Faces of 240 people to train on, of 60 to choose by (a threshold, say), of 60 to test on."""
    with open_dataset("avatar_faces") as file:
        return AvatarFaces(
            train=_faces(file, "train"),
            validation=_faces(file, "validation"),
            test=_faces(file, "test"),
            artist_names=_names(file, "artists"),
        )


def load_street_scenes(part: str = "train", half: bool = False) -> StreetScenes:
    """Rendered street scenes, 192×256 pixels.

    part: `"train"` (900 scenes), `"validation"` (102), `"test"` (201), or `"new_artist"` (201):
    pedestrians and vehicles by an artist whom no other part shows.
    half: pictures and masks of 96×128 pixels.
    """
    with open_dataset("street_scenes") as file:
        if f"{part}_images" not in file:
            parts = ", ".join(name.removesuffix("_images") for name in file if "_images" in name)
            raise ConvworkError(f"street scenes have no part {part!r}; there are {parts}")
        images, masks = _pictures(file[f"{part}_images"]), _array(file, f"{part}_masks")
        ends = np.cumsum(_array(file, f"{part}_counts").astype(np.int64))[:-1]
        labels, artists = _integers(file, part, "labels", "artists")
        return StreetScenes(
            images=_halved(images) if half else images,
            masks=masks[:, ::2, ::2].copy() if half else masks,
            boxes=np.split(_array(file, f"{part}_boxes"), ends),
            labels=np.split(labels, ends),
            artists=artists,
            class_names=_names(file, "class_names"),
            artist_names=_names(file, "artists"),
        )


def datasets_folder() -> Path:
    """The folder of data files: inside the installed package, or at the root of a checkout."""
    package = Path(__file__).parents[1]
    for folder in (package / "datasets", package.parents[1] / "datasets"):
        if folder.is_dir():
            return folder
    raise ConvworkError(f"{package / 'datasets'}: no such folder; install convwork anew with pip")


@contextmanager
def open_dataset(name: str) -> Iterator[Any]:
    """The HDF5 file `datasets/<name>.h5`, open for reading.

    Raises ConvworkError if it is missing, or if what is read from it turns out to be damaged.
    """
    path = datasets_folder() / f"{name}.h5"
    remedy = f"install convwork anew, or run `convwork datasets build {name}` in its repository"
    if not path.is_file():
        raise ConvworkError(f"{path}: no such file; {remedy}")
    try:
        # No lock: the file is never written in place, and some shared file systems refuse locks.
        with h5py.File(path, "r", locking=False) as file:
            yield file
    except (OSError, KeyError, RuntimeError) as error:
        raise ConvworkError(f"{path}: damaged ({error}); {remedy}") from error


def _array(file: Any, name: str) -> NDArray[Any]:
    return np.asarray(file[name][()])


def _unit_range(images: NDArray[np.uint8]) -> NDArray[np.float32]:
    return images[..., np.newaxis].astype(np.float32) / np.float32(255)


def _names(file: Any, attribute: str) -> tuple[str, ...]:
    return tuple(name.decode() for name in file.attrs[attribute])


def _signs(file: Any, part: str) -> Signs:
    images = _pictures(file[f"{part}_images"])
    return Signs(images, *_integers(file, part, "labels", "artists", "tones"))


def _faces(file: Any, part: str) -> Faces:
    return Faces(_pictures(file[f"{part}_images"]), *_integers(file, part, "people", "artists"))


def _integers(file: Any, part: str, *names: str) -> Iterator[NDArray[np.int64]]:
    return (_array(file, f"{part}_{name}").astype(np.int64) for name in names)


def _halved(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Each 2×2 pixels' average, rounded."""
    total = np.full((len(images), images.shape[1] // 2, images.shape[2] // 2, 3), 2, np.uint16)
    for row, column in np.ndindex(2, 2):
        total += images[:, row::2, column::2]
    return (total // 4).astype(np.uint8)


def _pictures(group: Any) -> NDArray[np.uint8]:
    """Pictures that are stored as JPEGs (or in another format) of many, one above the other."""
    strips = [imread(io.BytesIO(group[name][()].tobytes()), format="jpeg") for name in group]
    height = int(group.attrs["height"])
    return np.concatenate([strip.reshape(-1, height, *strip.shape[1:]) for strip in strips])
