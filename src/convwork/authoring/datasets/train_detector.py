"""street_detector.h5: a small YOLO, trained on scenes rendered for it.

`python -m convwork.authoring.datasets.train_detector` builds the file, in about an hour on two
cores: `convwork datasets build street_detector` does the same.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras import ops
from numpy.random import Generator
from numpy.typing import NDArray

from convwork.authoring.datasets import build, street
from convwork.authoring.datasets.recipe import Fetched, add
from convwork.authoring.datasets.street_things import CLASSES
from convwork.course import architectures
from convwork.course.data import StreetScenes, load_street_scenes
from convwork.course.detection import Detections, Truth, average_precision
from convwork.course.networks import StreetDetector

SCENES = 5400
PER_STREET = 6
SEED = 4  # not a seed of the scenes that are shipped
EPOCHS = 11
BATCH = 32
LEARNING_RATE = 2e-3
GRID = architectures.STREET_GRID
ANCHORS = architectures.STREET_ANCHORS
BOX_WEIGHT = 3.0

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class TrainingSet:
    """Pictures, uint8, and for each the boxes, (n, 4), as in `Scene`, and classes."""

    images: NDArray[np.uint8]
    boxes: list[Floats]
    labels: list[NDArray[np.uint8]]


def write(file: Any, fetched: Fetched) -> None:
    """Render, train, and write the anchors and the weights, kernels as float16."""
    started = time.perf_counter()
    scenes = _render(fetched)
    shapes = np.concatenate([boxes[:, 2:] - boxes[:, :2] for boxes in scenes.boxes])
    anchors = cluster_shapes(shapes, ANCHORS, np.random.default_rng(SEED))
    model = train(scenes, anchors)
    for layer in model.layers:
        for weight in layer.weights:
            stored = weight.numpy().astype("f2" if weight.name == "kernel" else "f4")
            add(file, f"weights/{layer.name}/{weight.name}", stored)
            weight.assign(stored.astype("f4"))
    add(file, "anchors", anchors)
    add(file, "class_names", np.array(CLASSES, dtype="S"))
    print(f"rendered and trained in {(time.perf_counter() - started) / 60:.0f} minutes", flush=True)
    report(StreetDetector(model, anchors, CLASSES))


def _render(fetched: Fetched) -> TrainingSet:
    painter = street.read_painter(fetched)
    scenes = list(street.draw_scenes(painter, [SEED], street.KNOWN_ARTISTS, SCENES, PER_STREET))
    return TrainingSet(
        np.stack([scene.image for scene in scenes]),
        [scene.boxes for scene in scenes],
        [scene.labels for scene in scenes],
    )


# Anchors and targets


def cluster_shapes(shapes: Floats, count: int, rng: Generator) -> Floats:
    """k-means on widths and heights, (n, 2), with 1 − IoU as the distance; smallest first."""
    centres = shapes[rng.choice(len(shapes), count, replace=False)]
    for _ in range(100):
        nearest = shape_overlap(shapes, centres).argmax(axis=1)
        moved = np.stack(
            [
                np.median(shapes[nearest == number], axis=0) if any(nearest == number) else centre
                for number, centre in enumerate(centres)
            ]
        )
        if np.allclose(moved, centres):
            break
        centres = moved
    return np.asarray(centres[np.argsort(centres.prod(axis=1))], dtype=np.float32)


def shape_overlap(shapes: Floats, others: Floats) -> Floats:
    """IoU of boxes that share a corner, from widths and heights: (n, 2), (m, 2) → (n, m)."""
    shared = np.minimum(shapes[:, np.newaxis], others[np.newaxis]).prod(axis=-1)
    union = shapes.prod(axis=1)[:, np.newaxis] + others.prod(axis=1)[np.newaxis] - shared
    return np.asarray(shared / union)


def targets(boxes: Floats, labels: NDArray[np.uint8], anchors: Floats) -> Floats:
    """What the network should say, (GRID, GRID, ANCHORS, 8).

    Where an object's midpoint is, at the anchor of the most similar shape that is free: 1, the
    midpoint, the width and height (shares of the picture), and 1 at its class.
    """
    wanted = np.zeros((GRID, GRID, len(anchors), 5 + len(CLASSES)), dtype=np.float32)
    sizes, middles = boxes[:, 2:] - boxes[:, :2], (boxes[:, 2:] + boxes[:, :2]) / 2
    for size, middle, label, likeness in zip(
        sizes, middles, labels, shape_overlap(sizes, anchors), strict=True
    ):
        column, row = np.minimum((middle * GRID).astype(int), GRID - 1)
        free = np.where(wanted[row, column, :, 0] == 0, likeness, -1)
        target = wanted[row, column, free.argmax()]
        target[:] = 0
        target[:5] = (1, *middle, *size)
        target[5 + label] = 1
    return wanted


# Training


def train(scenes: TrainingSet, anchors: Floats) -> Any:
    """A trained model, with the averages of its weights over the last steps."""
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(SEED)
    model = architectures.street_detector()
    _expect_little(model.get_layer("head"))
    steps = EPOCHS * (len(scenes.images) // BATCH)
    warm_up = steps // 15
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, steps - warm_up, warmup_target=LEARNING_RATE, warmup_steps=warm_up, alpha=0.01
    )
    optimizer = keras.optimizers.AdamW(
        rate, weight_decay=1e-4, use_ema=True, ema_momentum=0.995, clipnorm=10.0
    )
    model.compile(optimizer, loss=_loss(anchors))
    model.fit(
        _batches(scenes, anchors, np.random.default_rng(SEED)),
        steps_per_epoch=len(scenes.images) // BATCH,
        epochs=EPOCHS,
        verbose=2,
    )
    optimizer.finalize_variable_values(model.trainable_variables)
    return model


def _expect_little(head: Any) -> None:
    """Start with a confidence of 0.01 everywhere: nearly all cells are empty."""
    kernel, bias = head.get_weights()
    bias[:: architectures.STREET_NUMBERS] = np.log(0.01 / 0.99)
    head.set_weights([kernel, bias])


def _batches(
    scenes: TrainingSet, anchors: Floats, rng: Generator
) -> Iterator[tuple[Floats, Floats]]:
    """Batches without end: every scene once an epoch, half of them mirrored, in changed light."""
    while True:
        order = rng.permutation(len(scenes.images))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            pictures, wanted = [], []
            for index in order[start : start + BATCH]:
                image, boxes = scenes.images[index], scenes.boxes[index]
                if rng.random() < 0.5:
                    image = image[:, ::-1]
                    boxes = np.array([1, 0, 1, 0]) + [-1, 1, -1, 1] * boxes[:, [2, 1, 0, 3]]
                pictures.append(_relit(rng, image))
                wanted.append(targets(boxes.astype(np.float32), scenes.labels[index], anchors))
            yield np.stack(pictures), np.stack(wanted)


def _relit(rng: Generator, image: NDArray[np.uint8]) -> Floats:
    """The picture in another light: contrast, brightness, tint; sometimes without colour."""
    pixels = image.astype(np.float32)
    if rng.random() < 0.1:
        pixels = np.repeat(pixels.mean(axis=-1, keepdims=True), 3, axis=-1)
    gain = rng.uniform(0.75, 1.25) * rng.uniform(0.9, 1.1, 3).astype(np.float32)
    return np.asarray((pixels - 110) * gain + 110 + rng.uniform(-20, 20), dtype=np.float32)


def _loss(anchors: Floats) -> Any:
    """The YOLO loss: is there something, where is it, what is it."""

    def loss(wanted: Any, said: Any) -> Any:
        there = wanted[..., 0]
        confidence = ops.binary_crossentropy(there, said[..., 0], from_logits=True)
        middle, size = architectures.street_boxes(said, anchors)
        distance = 1 - _generalised_iou(wanted[..., 1:3], wanted[..., 3:5], middle, size)
        kind = ops.categorical_crossentropy(wanted[..., 5:], said[..., 5:], from_logits=True)
        parts = confidence + there * (BOX_WEIGHT * distance + kind)
        return ops.sum(parts, axis=(1, 2, 3))

    return loss


def _generalised_iou(middle_a: Any, size_a: Any, middle_b: Any, size_b: Any) -> Any:
    """IoU, less the share of the box around both that neither covers: it grows as they approach."""
    low_a, high_a = middle_a - size_a / 2, middle_a + size_a / 2
    low_b, high_b = middle_b - size_b / 2, middle_b + size_b / 2
    shared_sides = ops.maximum(ops.minimum(high_a, high_b) - ops.maximum(low_a, low_b), 0)
    around_sides = ops.maximum(high_a, high_b) - ops.minimum(low_a, low_b)
    shared, around = ops.prod(shared_sides, axis=-1), ops.prod(around_sides, axis=-1)
    union = ops.prod(size_a, axis=-1) + ops.prod(size_b, axis=-1) - shared
    return shared / (union + 1e-7) - (around - union) / (around + 1e-7)


# Measuring


def detect(detector: StreetDetector, images: NDArray[np.uint8]) -> list[Detections]:
    """What it finds in pictures, (m, height, width, 3): one of `Detections` for each.

    Boxes are x1, y1, x2, y2, shares of the picture; scores go down to 0.01, as the measure needs;
    in each class, boxes that overlap by more than half are suppressed.
    """
    return [
        _suppressed(*(part[number] for part in outputs))
        for start in range(0, len(images), 50)
        for outputs in [detector.look(images[start : start + 50])]
        for number in range(len(outputs[0]))
    ]


def _suppressed(
    middle: Floats, size: Floats, confidence: Floats, probabilities: Floats
) -> Detections:
    """One picture's detections from what the detector says of it, as in `StreetDetector.look`."""
    scores = (confidence * probabilities).reshape(-1, probabilities.shape[-1])
    boxes = np.concatenate([middle - size / 2, middle + size / 2], axis=-1).reshape(-1, 4)
    kept = []
    for kind in range(scores.shape[1]):
        best = tf.image.non_max_suppression(boxes, scores[:, kind], 30, 0.5, 0.01)
        kept.append(np.stack([np.asarray(best), np.full(len(best), kind)], axis=1))
    index, classes = np.concatenate(kept).T
    return Detections(boxes[index], scores[index, classes], classes)


def report(detector: StreetDetector) -> None:
    """Print the average precision of each class on each part that it was not trained on."""
    for name in ("validation", "test", "new_artist"):
        part = load_street_scenes(name)
        precisions = measure(detector, part)
        figures = ", ".join(
            f"{kind} {value:.3f}" for kind, value in zip(CLASSES, precisions, strict=True)
        )
        print(f"{name}, {len(part.images)} scenes: mean {np.mean(precisions):.3f} ({figures})")


def measure(detector: StreetDetector, part: StreetScenes) -> list[float]:
    """The average precision of each class in a part of the scenes, at IoU 0.5."""
    found = detect(detector, part.images)
    truths = [Truth(boxes, labels) for boxes, labels in zip(part.boxes, part.labels, strict=True)]
    return [average_precision(found, truths, kind) for kind in range(len(CLASSES))]


if __name__ == "__main__":
    build(["street_detector"], print)
