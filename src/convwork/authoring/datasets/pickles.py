"""Reads weights from pickles with NumPy alone: nothing else in them is ever called."""

import pickle
from collections import OrderedDict
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

TORCH_TYPES = {"FloatStorage": np.float32, "LongStorage": np.int64}
LEGACY_HEADERS = 3  # magic number, protocol version, system information


def read_torch(path: Path) -> dict[str, NDArray[Any]]:
    """The tensors in a PyTorch state dictionary of before version 1.6, which wrote no archive."""
    with path.open("rb") as file:
        for _ in range(LEGACY_HEADERS):
            _TorchUnpickler(file).load()
        tensors = _TorchUnpickler(file).load()
        types = {key: kind for (key, kind), *_ in tensors.values()}
        storages = {key: _read_storage(file, types[key]) for key in _TorchUnpickler(file).load()}
    return {
        name: _strided(storages[key], offset, shape, strides)
        for name, ((key, _), offset, shape, strides) in tensors.items()
    }


def _read_storage(file: IO[bytes], kind: type[np.generic]) -> NDArray[Any]:
    count = int(np.frombuffer(file.read(8), "<i8")[0])
    return np.frombuffer(file.read(count * np.dtype(kind).itemsize), kind)


def _strided(
    storage: NDArray[Any], offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> NDArray[Any]:
    """A tensor's own array: tensors in the file need not be contiguous."""
    steps = [stride * storage.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps).copy()


class _TorchUnpickler(pickle.Unpickler):
    """Tensors become tuples: (key and type of the storage, offset, shape, strides)."""

    def find_class(self, module: str, name: str) -> Any:
        if name in TORCH_TYPES:
            return TORCH_TYPES[name]
        if name == "_rebuild_tensor_v2":
            return lambda *parts: parts[:4]
        if name == "OrderedDict":
            return OrderedDict
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed here")

    def persistent_load(self, pid: Any) -> Any:
        _, kind, key, *_ = pid
        return key, kind


def read_numpy(path: Path) -> Any:
    """What a pickle of NumPy arrays, lists and dictionaries holds, also if Python 2 wrote it."""
    with path.open("rb") as file:
        return _NumpyUnpickler(file, encoding="latin1").load()


class _NumpyUnpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        if module.startswith("numpy") and name in ("ndarray", "dtype", "_reconstruct"):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is not allowed here")
