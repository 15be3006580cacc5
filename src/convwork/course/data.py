"""The pictures and data sets that notebooks use, read from the HDF5 files in `datasets/`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
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
class Ecg:
    """An electrocardiogram: millivolts, `(samples,)`, and how many samples make a second."""

    millivolts: NDArray[np.float32]
    hertz: int


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
            class_names=tuple(name.decode() for name in file.attrs["class_names"]),
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
