"""Keeps TensorFlow from talking about processors and graphics cards when it is imported.

Its libraries write to the process's stderr while they are loaded, before they read any setting. In
a notebook that is a red box, which looks like an error.
"""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType


def install() -> None:
    """Make later imports of TensorFlow quiet; what is wrong with one is still raised."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # for what it says after it is loaded
    sys.meta_path.insert(0, _Finder())


class _Finder(MetaPathFinder):
    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != "tensorflow":
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or spec.loader is None:
            return spec
        load = spec.loader.exec_module

        def load_quietly(module: ModuleType) -> None:
            with _stderr_thrown_away():
                load(module)

        spec.loader.exec_module = load_quietly  # type: ignore[method-assign]
        return spec


@contextlib.contextmanager
def _stderr_thrown_away() -> Iterator[None]:
    """The file descriptor's; what Python itself writes in a notebook goes another way."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
