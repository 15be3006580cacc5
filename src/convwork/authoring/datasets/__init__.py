"""Builds the files in `datasets/` from packages, and checks that they are what was built.

Packages are fetched by their own clients into a temporary folder, and files are made there, so
that an interrupted build leaves the old ones. `manifest.json` keeps each file's SHA-256 and the
arrays in it.
"""

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import h5py

from convwork.authoring.datasets import (
    avatars,
    fashion,
    hands,
    networks,
    photos,
    signals,
    street,
    styled,
)
from convwork.authoring.datasets.packages import Package, fetch
from convwork.authoring.datasets.recipe import Fetched, Recipe
from convwork.course.data import datasets_folder
from convwork.errors import ConvworkError
from convwork.files import write_atomically

MANIFEST = "manifest.json"

Report = Callable[[str], None]

# In the order in which all are built: a recipe may read files of those before it.
RECIPES: dict[str, Recipe] = {
    "fashion": fashion.RECIPE,
    "photos": photos.RECIPE,
    **networks.RECIPES,
    **signals.RECIPES,
    "hand_signs": hands.RECIPE,
    **avatars.RECIPES,
    **street.RECIPES,
    "styled_photo": styled.RECIPE,
}


def build(names: Iterable[str], report: Report, folder: Path | None = None) -> None:
    """Build the named files, or all, and enter them in the manifest.

    report is called with a line of progress. Raises ConvworkError if a name is unknown or a
    package cannot be fetched.
    """
    folder = folder or datasets_folder()
    names = list(names) or list(RECIPES)
    for name in names:
        if name not in RECIPES:
            raise ConvworkError(f"no data set is called {name!r}; there are {', '.join(RECIPES)}")
    with tempfile.TemporaryDirectory(prefix="convwork-datasets-") as temporary:
        workshop = _Workshop(Path(temporary), report)
        for name in names:
            made = workshop.make(name)
            write_atomically(folder / made.name, made.read_bytes())
            report(f"{name}: {_enter(folder / made.name)}")


def check(report: Report, folder: Path | None = None) -> None:
    """Compare each file with the manifest: that it is there, its SHA-256, its arrays.

    report is called with a line for each file that is right. Raises ConvworkError that names
    every fault.
    """
    folder = folder or datasets_folder()
    manifest = _read_manifest(folder)
    faults = []
    for name in RECIPES:
        fault = _fault(folder / f"{name}.h5", manifest.get(name))
        if fault:
            faults.append(fault)
        else:
            report(f"{name}: {_summary(manifest[name])}, as built")
    if faults:
        raise ConvworkError("; ".join(faults) + "; run `convwork datasets build` for these")


class _Workshop:
    """A temporary folder of packages, each fetched once, and of the files made from them."""

    def __init__(self, folder: Path, report: Report) -> None:
        self._folder = folder
        self._report = report
        self._fetched: dict[Package, Path] = {}

    def make(self, name: str) -> Path:
        recipe = RECIPES[name]
        fetched: Fetched = {package.name: self._get(package) for package in recipe.packages}
        self._report(f"{name}: converting")
        made = self._folder / f"{name}.h5"
        with h5py.File(made, "w") as file:
            recipe.write(file, fetched)
        return made

    def _get(self, package: Package) -> Path:
        if package not in self._fetched:
            self._report(f"fetching {package} by {package.client}")
            target = self._folder / f"package{len(self._fetched)}"
            fetch(package, target)
            self._fetched[package] = target
        return self._fetched[package]


# The manifest


def _read_manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    if not path.is_file():
        return {}
    try:
        manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConvworkError(f"{path}: not JSON ({error}); restore it from the repository") from None
    return manifest


def _enter(path: Path) -> str:
    """Put a new file into the manifest, and say how it compares with what was there."""
    manifest = _read_manifest(path.parent)
    entry = _describe(path)
    same = manifest.get(path.stem) == entry
    manifest[path.stem] = entry
    text = json.dumps(dict(sorted(manifest.items())), indent=2, ensure_ascii=False) + "\n"
    write_atomically(path.with_name(MANIFEST), text)
    return f"{_summary(entry)}, {'the same bytes as before' if same else 'new'}"


def _describe(path: Path) -> dict[str, Any]:
    return {"sha256": _sha256(path), "bytes": path.stat().st_size, "arrays": _arrays(path)}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _arrays(path: Path) -> dict[str, str]:
    """The type and shape of every array in the file, by its name."""
    arrays: dict[str, str] = {}

    def visit(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            arrays[name] = f"{item.dtype} {'×'.join(map(str, item.shape))}"

    with h5py.File(path, "r", locking=False) as file:
        file.visititems(visit)
    return arrays


def _summary(entry: dict[str, Any]) -> str:
    return f"{len(entry['arrays'])} arrays, {entry['bytes'] / 1e6:.1f} MB"


def _fault(path: Path, entry: dict[str, Any] | None) -> str | None:
    if entry is None:
        return f"{path.name}: not in {MANIFEST}"
    if not path.is_file():
        return f"{path.name}: no such file in {path.parent}"
    if _sha256(path) != entry["sha256"]:
        return f"{path.name}: its SHA-256 is not the one in {MANIFEST}"
    if _arrays(path) != entry["arrays"]:
        return f"{path.name}: its arrays are not those in {MANIFEST}"
    return None
