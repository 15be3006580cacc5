"""Reads TensorFlow.js models: their weights, and their graphs, executed node by node."""

import base64
import json
from collections.abc import Mapping
from operator import attrgetter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

# TensorFlow's functions for the operations without attributes of interest.
PLAIN = {
    "Add": "add",
    "Equal": "equal",
    "ExpandDims": "expand_dims",
    "FloorDiv": "math.floordiv",
    "FloorMod": "math.floormod",
    "Identity": "identity",
    "Mul": "multiply",
    "Relu": "nn.relu",
    "Relu6": "nn.relu6",
    "Reshape": "reshape",
    "Sigmoid": "sigmoid",
    "Sub": "subtract",
}


def read_weights(manifest: list[Any], folder: Path) -> Arrays:
    """The weights of a TensorFlow.js manifest as they are stored, by name, not dequantised."""
    weights: Arrays = {}
    for group in manifest:
        content = b"".join((folder / path).read_bytes() for path in group["paths"])
        start = 0
        for entry in group["weights"]:
            kind = np.dtype(entry.get("quantization", entry)["dtype"])
            count = int(np.prod(entry["shape"]))
            values = np.frombuffer(content, kind, count, start)
            weights[entry["name"]] = values.reshape(entry["shape"])
            start += count * kind.itemsize
    return weights


def run_graph(path: Path, feed: Mapping[str, NDArray[Any]]) -> Arrays:
    """Execute the graph model at `path` plainly, and give its outputs by their names."""
    import tensorflow as tf

    model = json.loads(path.read_text())
    weights = read_weights(model["weightsManifest"], path.parent)
    values: dict[str, Any] = {}
    for node in model["modelTopology"]["node"]:
        name = node["name"]
        if node["op"] == "Placeholder":
            values[name] = tf.constant(feed[name])
        elif node["op"] == "Const":
            values[name] = tf.constant(_constant(weights[name]))
        else:
            inputs = [values[source] for source in node["input"]]
            result = _execute(node["op"], inputs, _attributes(node))
            for index, value in enumerate(result if isinstance(result, tuple) else (result,)):
                values[f"{name}:{index}"] = value
            values[name] = values[f"{name}:0"]
    return {name: values[name].numpy() for name in model["signature"]["outputs"]}


def _constant(stored: NDArray[Any]) -> NDArray[Any]:
    """The constant as it was before the package rounded it to float16, where that is known."""
    if stored.dtype != np.float16:
        return stored
    sixth = stored.ndim == 0 and stored == np.float16(1 / 6)  # of the hard swish
    return np.asarray(1 / 6 if sixth else stored, dtype=np.float32)


def _attributes(node: Any) -> dict[str, Any]:
    """The attributes that matter here, as Python values."""
    found: dict[str, Any] = {}
    for key, value in node.get("attr", {}).items():
        if "list" in value:
            entries = value["list"]
            found[key] = [int(i) for i in entries.get("i", [])] or [
                base64.b64decode(s).decode() for s in entries.get("s", [])
            ]
        elif "s" in value:
            found[key] = base64.b64decode(value["s"]).decode()
        elif "i" in value:
            found[key] = int(value["i"])
        else:
            found[key] = value.get("b", value.get("type"))
    return found


def _execute(op: str, inputs: list[Any], attributes: dict[str, Any]) -> Any:
    import tensorflow as tf

    window = {key: attributes.get(key) for key in ("strides", "padding")}
    match op:
        case "Conv2D" | "_FusedConv2D":
            return _fused(tf.nn.conv2d(*inputs[:2], **window), inputs[2:], attributes)
        case "DepthwiseConv2dNative" | "FusedDepthwiseConv2dNative":
            return _fused(tf.nn.depthwise_conv2d(*inputs[:2], **window), inputs[2:], attributes)
        case "MaxPool":
            return tf.nn.max_pool2d(inputs[0], attributes["ksize"], **window)
        case "Mean":
            return tf.reduce_mean(*inputs, keepdims=attributes["keep_dims"])
        case "ResizeBilinear":
            corner = {key: attributes[key] for key in ("align_corners", "half_pixel_centers")}
            return tf.raw_ops.ResizeBilinear(images=inputs[0], size=inputs[1], **corner)
        case "ConcatV2":
            return tf.concat(inputs[:-1], int(inputs[-1]))
        case "Cast":
            return tf.cast(
                inputs[0], {"DT_FLOAT": tf.float32, "DT_INT32": tf.int32}[attributes["DstT"]]
            )
        case "GatherV2":
            return tf.gather(*inputs[:2], axis=int(inputs[2]))
        case "StridedSlice":
            masks = {key: attributes[key] for key in attributes if key.endswith("_mask")}
            return tf.strided_slice(*inputs, **masks)
        case "TopKV2":
            return tuple(tf.math.top_k(*inputs))
    return attrgetter(PLAIN[op])(tf)(*inputs)


def _fused(result: Any, rest: list[Any], attributes: dict[str, Any]) -> Any:
    import tensorflow as tf

    for op in attributes.get("fused_ops", []):
        result = result + rest[0] if op == "BiasAdd" else getattr(tf.nn, op.lower())(result)
    return result
