"""What a recipe is, and how it writes arrays."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convwork.authoring.datasets.packages import Package

Fetched = dict[str, Path]


@dataclass(frozen=True)
class Recipe:
    """How one file comes about: the packages it needs, and what writes it from them.

    write: gets the open file and each package's unpacked folder by the package's name. It may
    read what other recipes made, by the loaders of `convwork.course`.
    """

    packages: tuple[Package, ...]
    write: Callable[[Any, Fetched], None]


def add(file: Any, name: str, array: NDArray[Any], **attributes: str) -> None:
    """Store an array such that the same array always makes the same bytes."""
    dataset = file.create_dataset(
        name,
        data=array,
        compression="gzip",
        compression_opts=9,
        shuffle=array.itemsize > 1,
        track_times=False,
    )
    note(dataset, **attributes)


def note(item: Any, **attributes: str) -> None:
    """Give texts to an array, a group or the file itself, as attributes in UTF-8."""
    for key, text in attributes.items():
        item.attrs[key] = np.bytes_(text.encode())
