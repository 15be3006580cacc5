"""Where the parts of a course directory are."""

import os
from dataclasses import dataclass
from pathlib import Path

from convwork.errors import ConvworkError

ROOT_VARIABLE = "CONVWORK_COURSE"
GRADING_VARIABLE = "CONVWORK_GRADING"  # set in a kernel whose questions come from outside


@dataclass(frozen=True)
class Notebook:
    """One notebook of the course and the files that belong to it."""

    root: Path
    week: str
    name: str

    @property
    def text(self) -> Path:
        """The canonical text, py:percent, with the solutions."""
        return self.root / "notebooks" / self.week / f"{self.name}.py"

    @property
    def source(self) -> Path:
        """What nbgrader reads, with the solutions."""
        return self.root / "source" / self.week / f"{self.name}.ipynb"

    @property
    def release(self) -> Path:
        """What students get."""
        return self.root / "release" / self.week / f"{self.name}.ipynb"

    @property
    def tests(self) -> Path:
        """The declared cases and misconceptions."""
        return self.root / "grader_tests" / self.week / f"{self.name}.py"

    @property
    def references(self) -> Path:
        """The reference outputs, HDF5."""
        return self.root / "grader_tests" / self.week / f"{self.name}.h5"

    def __str__(self) -> str:
        return f"{self.week}/{self.name}"


def find_root(start: Path | None = None) -> Path:
    """The course directory: $CONVWORK_COURSE, or above `start`, or where this package lives.

    Raises ConvworkError if there is none: a wheel holds no hidden tests.
    """
    if named := os.environ.get(ROOT_VARIABLE):
        if _is_root(Path(named)):
            return Path(named).resolve()
        raise ConvworkError(f"{ROOT_VARIABLE}={named}: no course there (no grader_tests/ folder)")
    here = (start or Path.cwd()).resolve()
    candidates = (here, *here.parents, Path(__file__).resolve().parents[2])
    for folder in candidates:
        if _is_root(folder):
            return folder
    raise ConvworkError(
        "no course directory found: the hidden tests live in the course's repository, not in the "
        f"package; run this inside a clone of it, or set {ROOT_VARIABLE} to its path"
    )


def _is_root(folder: Path) -> bool:
    return (folder / "grader_tests").is_dir() and (folder / "notebooks").is_dir()


def weeks(root: Path) -> list[str]:
    """The weeks that have notebooks, in order."""
    return sorted(folder.name for folder in (root / "notebooks").iterdir() if folder.is_dir())


def notebooks(root: Path, week: str | None = None, name: str | None = None) -> list[Notebook]:
    """The course's notebooks, of one week or of one name where given.

    Raises ConvworkError for a week or a name that does not exist.
    """
    if week is not None and week not in weeks(root):
        raise ConvworkError(f"unknown week {week!r}; there is {', '.join(weeks(root))}")
    found = [
        Notebook(root, folder, text.stem)
        for folder in ([week] if week else weeks(root))
        for text in sorted((root / "notebooks" / folder).glob("*.py"))
        if name in (None, text.stem)
    ]
    if not found:
        raise ConvworkError(f"no notebook {name!r} in {week or 'the course'}")
    return found
