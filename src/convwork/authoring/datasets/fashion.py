"""fashion.h5: a balanced part of Fashion-MNIST."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convwork.authoring.datasets.packages import Package
from convwork.authoring.datasets.recipe import Fetched, Recipe, add, note

TRAIN_PER_CLASS = 1200
TEST_PER_CLASS = 200

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def write(file: Any, fetched: Fetched) -> None:
    folder = fetched["dataset-fashion-mnist"] / "usr/share/datasets/fashion-mnist"
    for part, prefix, per_class in (
        ("train", "train", TRAIN_PER_CLASS),
        ("test", "t10k", TEST_PER_CLASS),
    ):
        labels = _read_idx(folder / f"{prefix}-labels-idx1-ubyte.gz")
        images = _read_idx(folder / f"{prefix}-images-idx3-ubyte.gz")
        chosen = _first_of_each_class(labels, per_class)
        add(file, f"{part}_images", images[chosen])
        add(file, f"{part}_labels", labels[chosen])
    file.attrs["class_names"] = np.array(CLASSES, dtype=np.bytes_)
    note(file, licence="MIT", credit="Fashion-MNIST, © 2017 Zalando SE")


def _read_idx(path: Path) -> NDArray[np.uint8]:
    """The array in a gzipped IDX file of bytes: a magic number, big-endian sizes, the values."""
    content = gzip.decompress(path.read_bytes())
    dimensions = content[3]
    shape = np.frombuffer(content, ">i4", count=dimensions, offset=4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def _first_of_each_class(labels: NDArray[np.uint8], count: int) -> NDArray[np.intp]:
    """Positions of the first `count` examples of every class, in file order."""
    first = [np.flatnonzero(labels == label)[:count] for label in np.unique(labels)]
    return np.sort(np.concatenate(first))


RECIPE = Recipe((Package("apt", "dataset-fashion-mnist"),), write)
