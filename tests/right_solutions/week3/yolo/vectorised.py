"""NumPy, whole arrays at a time; classes kept apart by moving their boxes far from each other."""

import numpy as np
import tensorflow as tf


def encode_grid(boxes, class_ids, anchors, grid, n_classes):
    x1, y1, x2, y2 = boxes.T
    x, y, w, h = grid * (x1 + x2) / 2, grid * (y1 + y2) / 2, grid * (x2 - x1), grid * (y2 - y1)
    columns, rows = np.floor(x).astype(int), np.floor(y).astype(int)
    a, b = grid * anchors[:, 0], grid * anchors[:, 1]
    shared = np.minimum.outer(w, a) * np.minimum.outer(h, b)
    best = np.argmin(1 - shared / (np.add.outer(w * h, a * b) - shared), axis=1)
    one_hot = np.eye(n_classes)[class_ids]
    vectors = np.column_stack([np.ones_like(x), x - columns, y - rows, h, w, one_hot])
    targets = np.zeros((grid, grid, len(anchors), 5 + n_classes), dtype=np.float32)
    targets[rows, columns, best] = vectors
    return targets


def kmeans_anchors(shapes, k, rng):
    """Keeps the best of several starts, each until nothing moves any more."""
    best, best_mean = None, -1.0
    for _ in range(5):
        anchors = shapes[rng.choice(len(shapes), k, replace=False)].astype(float)
        for _ in range(300):
            likeness = _iou(shapes, anchors)
            members = np.eye(k)[likeness.argmax(axis=1)]
            moved = members.T @ shapes / members.sum(axis=0)[:, np.newaxis]
            if np.abs(moved - anchors).max() < 1e-10:
                break
            anchors = moved
        mean = _iou(shapes, anchors).max(axis=1).mean()
        if mean > best_mean:
            best, best_mean = anchors, mean
    return best[np.argsort(best.prod(axis=1))]


def _iou(shapes, anchors):
    shared = np.minimum(shapes[:, None], anchors[None]).prod(axis=-1)
    return shared / (shapes.prod(axis=-1)[:, None] + anchors.prod(axis=-1)[None] - shared)


def yolo_boxes_to_corners(box_xy, box_wh):
    middle, half = np.flip(box_xy, axis=-1), 0.5 * np.flip(box_wh, axis=-1)
    return np.concatenate((middle - half, middle + half), axis=-1)


def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    boxes, probs = boxes.reshape(-1, 4), box_class_probs.reshape(-1, box_class_probs.shape[-1])
    classes = probs.argmax(axis=1)
    scores = box_confidence.ravel() * probs[np.arange(len(probs)), classes]
    (where,) = np.nonzero(~(scores < threshold))
    return scores[where], boxes[where], classes[where]


def non_max_suppression(scores, boxes, iou_threshold):
    order = np.argsort(scores, kind="stable")[::-1]
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=-1)
    areas = (boxes[:, 2:] - boxes[:, :2]).prod(axis=-1)
    union = areas[:, None] + areas[None] - shared
    overlaps = shared > iou_threshold * np.where(union > 0, union, 1)
    alive = np.ones(len(scores), dtype=bool)
    for i in order:
        if alive[i]:
            alive &= ~overlaps[i]
            alive[i] = True
    return order[alive[order]]


def yolo_non_max_suppression(scores, boxes, classes, max_boxes=10, iou_threshold=0.5):
    reach = np.abs(boxes).max(initial=0) * 2 + 1
    _, places = np.unique(classes, return_inverse=True)
    moved = boxes + (places * reach)[:, None]
    kept = tf.image.non_max_suppression(
        moved.astype(np.float32), scores.astype(np.float32), max_boxes, iou_threshold
    ).numpy()
    return scores[kept], boxes[kept], classes[kept]


def yolo_eval(
    yolo_outputs, image_shape=(720, 1280), max_boxes=10, score_threshold=0.6, iou_threshold=0.5
):
    box_xy, box_wh, *rest = yolo_outputs
    size = np.array(image_shape[::-1])
    boxes = yolo_boxes_to_corners(box_xy * size, box_wh * size)
    kept = yolo_filter_boxes(boxes, *rest, threshold=score_threshold)
    return yolo_non_max_suppression(*kept, max_boxes=max_boxes, iou_threshold=iou_threshold)
