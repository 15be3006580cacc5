"""What a test depends on: modules, by their imports, and a notebook's files."""

import ast
import hashlib
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from convwork.errors import ConvworkError

MODULES = ("src", "tests")  # where our modules are
NOTEBOOKS = ("notebooks", "source", "release", "grader_tests")
EXAMPLES = ("tests/right_solutions", "tests/golden")
VERSIONS = ("constraints.txt", "pyproject.toml", "nbgrader_config.py")
DOTTED = re.compile(r"\w+(\.\w+)+")


class Dependencies:
    """Files below a root, and their digest; each file is read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._hash = cache(_hash)
        self._neighbours = cache(self._find_neighbours)

    def closure(self, files: Iterable[Path]) -> set[Path]:
        """The files, and all modules of ours that they import, or those import, and so on."""
        found: set[Path] = set()
        todo = set(files)
        while todo:
            path = todo.pop()
            found.add(path)
            todo |= self._neighbours(path) - found
        return found

    def test_module(self, path: Path) -> set[Path]:
        """A test module and the conftest modules that pytest loads with it."""
        folders = [folder for folder in path.parents if folder.is_relative_to(self._root)]
        conftests = (folder / "conftest.py" for folder in folders)
        return {path, *filter(Path.is_file, conftests)}

    def notebook(self, name: str) -> set[Path]:
        """All that belongs to a notebook such as `week1/edge_detection`."""
        patterns = [f"{folder}/{name}.*" for folder in NOTEBOOKS]
        patterns += [f"{folder}/{name}/**/*" for folder in EXAMPLES]
        return {path for pattern in patterns for path in self._matching(pattern)}

    def matching(self, pattern: str) -> set[Path]:
        """The files that a pattern such as `datasets/*` means.

        Raises ConvworkError if there are none: a slip would make a proof that nothing outdates.
        """
        if found := set(self._matching(pattern)):
            return found
        raise ConvworkError(f"no file matches {pattern!r}")

    def module(self, name: str) -> set[Path]:
        """The file of a module; a package has all files that are below it.

        Raises ConvworkError if there is no such module.
        """
        path = self._find_module(name)
        if path is None:
            raise ConvworkError(f"no module {name!r}")
        if path.name != "__init__.py":
            return {path}
        return set(self._matching(f"{path.parent.relative_to(self._root)}/**/*"))

    def digest(self, files: Iterable[Path]) -> str:
        """SHA-256 of the files' names and contents, of what is installed, and of Python."""
        versions = filter(Path.is_file, (self._root / name for name in VERSIONS))
        lines = ["Python {}.{}".format(*sys.version_info)]
        for path in sorted({*files, *versions}):
            lines.append(f"{path.relative_to(self._root)} {self._hash(path)}")
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def _matching(self, pattern: str) -> Iterator[Path]:
        for path in self._root.glob(pattern):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path

    def _find_neighbours(self, path: Path) -> set[Path]:
        """The modules that a module names; with one of the package, the data beside it."""
        if path.suffix != ".py":
            return set()
        named = _named(path, self._package(path))
        names = {name for found in named for name in _ways_to(found)}
        found = {module for name in names if (module := self._find_module(name))}
        if path.is_relative_to(self._root / "src"):
            beside = self._matching(f"{path.parent.relative_to(self._root)}/*")
            found |= {file for file in beside if file.suffix != ".py"}
        return found

    def _package(self, path: Path) -> list[str]:
        """The parts of the name of a module's package."""
        for base in MODULES:
            if path.is_relative_to(self._root / base):
                return list(path.parent.relative_to(self._root / base).parts)
        return []

    def _find_module(self, name: str) -> Path | None:
        for base in MODULES:
            place = self._root / base / name.replace(".", "/")
            for path in (place.with_suffix(".py"), place / "__init__.py"):
                if path.is_file():
                    return path
        return None


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _named(path: Path, package: list[str]) -> Iterator[str]:
    """The dotted names that a module imports, anywhere in it.

    Also those in strings: processes are started, and plug-ins loaded, by the names of modules.
    """
    try:
        tree = ast.parse(path.read_bytes())
    except SyntaxError:
        return  # its test will fail, and say so better
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from (alias.name for alias in node.names)
            case ast.ImportFrom():
                above = package[: len(package) + 1 - node.level] if node.level else []
                origin = [*above, *filter(None, [node.module])]
                yield from (".".join([*origin, alias.name]) for alias in node.names)
            case ast.Constant(value=str(text)) if DOTTED.fullmatch(text):
                yield text


def _ways_to(name: str) -> list[str]:
    """`a.b.c` also imports `a` and `a.b`; and what is imported from `a.b` may be no module."""
    parts = name.split(".")
    return [".".join(parts[:end]) for end in range(1, len(parts) + 1)]
