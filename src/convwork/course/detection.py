"""How well a detector does: precision and recall, and their average, class by class."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray


class Detections(NamedTuple):
    """What a detector finds in one picture.

    boxes: (n, 4), two opposite corners each, in any unit and order (x1, y1, x2, y2, say), but the
    same as the truth's; the first corner has the smaller numbers. scores: (n,), how sure it is.
    classes: (n,), integers.
    """

    boxes: NDArray[Any]
    scores: NDArray[Any]
    classes: NDArray[Any]


class Truth(NamedTuple):
    """What really is in one picture: boxes, (n, 4), as in `Detections`, and classes, (n,)."""

    boxes: NDArray[Any]
    classes: NDArray[Any]


def mean_average_precision(
    detections: Sequence[Detections], truths: Sequence[Truth], iou_threshold: float = 0.5
) -> float:
    """The mean of `average_precision` over the classes that really occur.

    detections, truths: one for each picture, in the same order.
    """
    classes = np.unique(np.concatenate([np.asarray(truth.classes) for truth in truths]))
    if not len(classes):
        return 0.0
    return float(
        np.mean([average_precision(detections, truths, kind, iou_threshold) for kind in classes])
    )


def average_precision(
    detections: Sequence[Detections],
    truths: Sequence[Truth],
    kind: int,
    iou_threshold: float = 0.5,
) -> float:
    """The area under the curve of precision over recall, for one class; 0 to 1.

    At each recall counts the best precision that is reached there or at a higher recall.
    Arguments and errors as in `precision_recall`.
    """
    precision, recall = precision_recall(detections, truths, kind, iou_threshold)
    best_from_here = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall, prepend=0) * best_from_here))


def precision_recall(
    detections: Sequence[Detections],
    truths: Sequence[Truth],
    kind: int,
    iou_threshold: float = 0.5,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Precision and recall of the n surest detections of one class, for n = 1, 2, …

    From the surest detection to the least sure: right if it overlaps with an object of its class
    that no surer one has found, by at least the threshold. Precision is the share of detections
    that are right, recall the share of objects that are found; both (n,), in all pictures together.

    detections, truths: one for each picture, in the same order. Raises ValueError if no picture
    has an object of the class.
    """
    scores, right, count = [], [], 0
    for found, truth in zip(detections, truths, strict=True):
        wanted = np.asarray(truth.boxes, dtype=float)[np.asarray(truth.classes) == kind]
        mine = np.asarray(found.classes) == kind
        order = np.argsort(-np.asarray(found.scores)[mine], kind="stable")
        boxes = np.asarray(found.boxes, dtype=float)[mine][order]
        scores.append(np.asarray(found.scores)[mine][order])
        right.append(_hits(boxes, wanted, iou_threshold))
        count += len(wanted)
    if not count:
        raise ValueError(f"no picture has an object of class {kind}")
    surest_first = np.argsort(-np.concatenate(scores), kind="stable")
    hits = np.cumsum(np.concatenate(right)[surest_first])
    return hits / np.arange(1, len(hits) + 1), hits / count


def _hits(boxes: NDArray[Any], wanted: NDArray[Any], iou_threshold: float) -> NDArray[np.bool_]:
    """Which of one picture's boxes, surest first, find an object that is still to be found."""
    hits = np.zeros(len(boxes), dtype=bool)
    overlaps = overlap(boxes, wanted)
    for place in range(len(boxes)):
        best = int(np.argmax(overlaps[place])) if len(wanted) else 0
        if len(wanted) and overlaps[place, best] >= iou_threshold:
            hits[place] = True
            overlaps[:, best] = -1
    return hits


def overlap(boxes: NDArray[Any], others: NDArray[Any]) -> NDArray[np.float64]:
    """Intersection over union of every box with every other, (n, m); boxes (n, 4) and (m, 4)."""
    a, b = boxes.reshape(-1, 1, 2, 2), others.reshape(1, -1, 2, 2)
    sides = np.minimum(a[:, :, 1], b[:, :, 1]) - np.maximum(a[:, :, 0], b[:, :, 0])
    shared = np.prod(np.clip(sides, 0, None), axis=-1)
    areas = [np.prod(box[:, :, 1] - box[:, :, 0], axis=-1) for box in (a, b)]
    union = areas[0] + areas[1] - shared
    return np.asarray(np.divide(shared, union, out=np.zeros(shared.shape), where=union > 0))
