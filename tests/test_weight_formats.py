"""Reading weights that others saved: PyTorch's and NumPy's pickles, TensorFlow.js's graphs."""

import base64
import json
import os
import pickle
import sys
from collections import OrderedDict
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from convwork.authoring.datasets.networks import _from_graph, _from_torch
from convwork.authoring.datasets.pickles import read_numpy, read_torch
from convwork.authoring.datasets.tfjs import read_weights, run_graph


class FloatStorage:
    """Stands for PyTorch's class of this name."""


STORAGE = FloatStorage()


class Tensor:
    """Pickled as PyTorch pickles a tensor: a piece of a storage, with a shape and strides."""

    def __init__(self, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]) -> None:
        self.parts = (STORAGE, offset, shape, strides, False, OrderedDict())

    def __reduce__(self) -> tuple[Any, ...]:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.parts


class TorchPickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> Any:
        return ("storage", FloatStorage, "7", "cpu", 6, None) if obj is STORAGE else None


@pytest.fixture
def torch_modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Just enough of PyTorch for pickle to write references to it."""

    def _rebuild_tensor_v2(*parts: Any) -> None:
        raise AssertionError("reading must not call PyTorch")

    utilities = ModuleType("torch._utils")
    _rebuild_tensor_v2.__module__ = "torch._utils"
    _rebuild_tensor_v2.__qualname__ = "_rebuild_tensor_v2"
    utilities._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]
    torch = ModuleType("torch")
    torch.FloatStorage = FloatStorage  # type: ignore[attr-defined]
    monkeypatch.setattr(FloatStorage, "__module__", "torch")
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utilities)


def test_a_torch_file_gives_tensors_with_their_strides(tmp_path: Path, torch_modules: None) -> None:
    state = OrderedDict(rows=Tensor(0, (2, 3), (3, 1)), columns=Tensor(0, (3, 2), (1, 3)))
    state["part"] = Tensor(4, (2,), (1,))
    path = tmp_path / "state.pth"
    with path.open("wb") as file:
        for header in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(header, file, protocol=2)
        TorchPickler(file, protocol=2).dump(state)
        pickle.dump(["7"], file, protocol=2)
        file.write((6).to_bytes(8, "little") + np.arange(6, dtype="<f4").tobytes())
    tensors = read_torch(path)
    assert tensors["rows"].tolist() == [[0, 1, 2], [3, 4, 5]]
    assert tensors["columns"].tolist() == [[0, 3], [1, 4], [2, 5]]
    assert tensors["part"].tolist() == [4, 5]


def test_a_numpy_pickle_is_read(tmp_path: Path) -> None:
    path = tmp_path / "weights.pkl"
    path.write_bytes(pickle.dumps({"conv1": [np.eye(2, dtype="f4"), np.zeros(2)]}, protocol=4))
    kernel, bias = read_numpy(path)["conv1"]
    assert kernel.tolist() == [[1, 0], [0, 1]]
    assert bias.tolist() == [0, 0]


@pytest.mark.parametrize("read", [read_torch, read_numpy])
def test_a_pickle_that_would_call_something_is_refused(tmp_path: Path, read: Any) -> None:
    class Harmful:
        def __reduce__(self) -> tuple[Any, ...]:
            return os.system, ("true",)

    path = tmp_path / "harmful.pkl"
    path.write_bytes(pickle.dumps(Harmful()))
    with pytest.raises(pickle.UnpicklingError, match=r"system is not allowed here"):
        read(path)


def test_tensors_get_our_names_and_the_order_of_axes_of_keras() -> None:
    name, kernel = _from_torch("_blocks.2._expand_conv.weight", np.zeros((6, 5, 1, 1)))
    assert (name, kernel.shape) == ("block2b_expand_conv/kernel", (1, 1, 5, 6))
    name, kernel = _from_torch("_blocks.15._depthwise_conv.weight", np.zeros((7, 1, 3, 3)))
    assert (name, kernel.shape) == ("block7a_dwconv/kernel", (3, 3, 7, 1))
    assert _from_torch("_fc.weight", np.zeros((4, 3)))[1].shape == (3, 4)
    assert _from_torch("_bn1.running_var", np.ones(2))[0] == "top_bn/moving_variance"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("tower_0/MobilenetV3/Conv/Conv2D_weights", "stem/kernel"),
        ("MobilenetV3/expanded_conv_3/squeeze_excite/Conv_1/biases", "block3_excite/bias"),
        ("tower_0/CenternetHead/c2_reverse/3x3/separable_conv2d_bn_offset", "c2_pointwise/bias"),
        ("CenternetHead/centernet_wh_output/biases", "sides_pointwise/bias"),
    ],
)
def test_weights_of_the_graph_get_our_names(theirs: str, ours: str) -> None:
    assert _from_graph(theirs) == ours


def _text(value: str) -> dict[str, str]:
    return {"s": base64.b64encode(value.encode()).decode()}


def _graph() -> dict[str, Any]:
    """A picture, a 1×1 convolution that doubles it and takes away 1, and a hard swish's sixth."""
    convolution = {
        "strides": {"list": {"i": ["1", "1", "1", "1"]}},
        "padding": _text("SAME"),
        "fused_ops": {"list": {"s": [_text(op)["s"] for op in ("BiasAdd", "Relu")]}},
    }
    resize = {"align_corners": {"b": False}, "half_pixel_centers": {"b": False}}
    nodes = [
        {"name": "picture", "op": "Placeholder"},
        *({"name": name, "op": "Const"} for name in ("kernel", "bias", "sixth", "size")),
        {
            "name": "convolution",
            "op": "_FusedConv2D",
            "input": ["picture", "kernel", "bias"],
            "attr": convolution,
        },
        {"name": "scaled", "op": "Mul", "input": ["convolution", "sixth"]},
        {"name": "larger", "op": "ResizeBilinear", "input": ["scaled", "size"], "attr": resize},
    ]
    half = {"dtype": "float16"}
    weights = [
        {"name": "kernel", "shape": [1, 1, 1, 1], "dtype": "float32", "quantization": half},
        {"name": "bias", "shape": [1], "dtype": "float32"},
        {"name": "sixth", "shape": [], "dtype": "float32", "quantization": half},
        {"name": "size", "shape": [2], "dtype": "int32"},
    ]
    return {
        "signature": {"outputs": {"larger": {}}},
        "modelTopology": {"node": nodes},
        "weightsManifest": [{"paths": ["weights.bin"], "weights": weights}],
    }


def test_a_graph_is_executed(tmp_path: Path) -> None:
    values = [np.float16(2), np.float32(-1), np.float16(1 / 6), np.array([2, 4], np.int32)]
    (tmp_path / "weights.bin").write_bytes(b"".join(value.tobytes() for value in values))
    (tmp_path / "model.json").write_text(json.dumps(_graph()))
    stored = read_weights(_graph()["weightsManifest"], tmp_path)
    assert stored["kernel"].dtype == np.float16
    assert stored["size"].tolist() == [2, 4]
    picture = np.array([0, 2], np.float32).reshape(1, 1, 2, 1)
    larger = run_graph(tmp_path / "model.json", {"picture": picture})["larger"]
    assert np.allclose(larger[0, 0, :, 0], [0, 0.25, 0.5, 0.5], atol=1e-7)
