"""Plain Python, one box after the other; NumPy only where arrays are asked for."""

import numpy as np
import tensorflow as tf


def shape_iou(one, other):
    shared = min(one[0], other[0]) * min(one[1], other[1])
    return shared / (one[0] * one[1] + other[0] * other[1] - shared)


def encode_grid(boxes, class_ids, anchors, grid, n_classes):
    y = np.zeros((grid, grid, len(anchors), 5 + n_classes))
    for box, class_id in zip(boxes, class_ids, strict=True):
        x1, y1, x2, y2 = (float(side) for side in box)
        best, best_iou = 0, -1.0
        for number, anchor in enumerate(anchors):
            value = shape_iou((x2 - x1, y2 - y1), anchor)
            if value > best_iou:
                best, best_iou = number, value
        bx, by = (x1 + x2) / 2 * grid, (y1 + y2) / 2 * grid
        column, row = int(bx), int(by)
        y[row, column, best] = 0
        y[row, column, best, 0] = 1
        y[row, column, best, 1] = bx - column
        y[row, column, best, 2] = by - row
        y[row, column, best, 3] = (y2 - y1) * grid
        y[row, column, best, 4] = (x2 - x1) * grid
        y[row, column, best, 5 + class_id] = 1
    return y


def kmeans_anchors(shapes, k, rng):
    anchors = [tuple(shapes[i]) for i in rng.permutation(len(shapes))[:k]]
    assigned = None
    for _ in range(500):
        now = [min(range(k), key=lambda j: 1 - shape_iou(shape, anchors[j])) for shape in shapes]
        if now == assigned:
            break
        assigned = now
        for j in range(k):
            members = [shape for shape, a in zip(shapes, assigned, strict=True) if a == j]
            if members:
                anchors[j] = (
                    sum(float(m[0]) for m in members) / len(members),
                    sum(float(m[1]) for m in members) / len(members),
                )
    return np.array(anchors)


def yolo_boxes_to_corners(box_xy, box_wh):
    corners = np.empty((*box_xy.shape[:-1], 4))
    corners[..., 0] = box_xy[..., 1] - box_wh[..., 1] / 2
    corners[..., 1] = box_xy[..., 0] - box_wh[..., 0] / 2
    corners[..., 2] = box_xy[..., 1] + box_wh[..., 1] / 2
    corners[..., 3] = box_xy[..., 0] + box_wh[..., 0] / 2
    return corners


def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    kept = []
    flat = boxes.reshape(-1, 4)
    probs = box_class_probs.reshape(len(flat), -1)
    for box, p, c in zip(flat, box_confidence.reshape(-1), probs, strict=True):
        scores = [p * value for value in c]
        best = max(range(len(scores)), key=scores.__getitem__)
        if scores[best] >= threshold:
            kept.append((scores[best], box, best))
    return (
        np.array([score for score, _, _ in kept]),
        np.array([box for _, box, _ in kept]).reshape(-1, 4),
        np.array([kind for _, _, kind in kept], dtype=int),
    )


def iou(a, b):
    height = max(0, min(a[2], b[2]) - max(a[0], b[0]))
    width = max(0, min(a[3], b[3]) - max(a[1], b[1]))
    union = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - height * width
    return height * width / union if union > 0 else 0.0


def non_max_suppression(scores, boxes, iou_threshold):
    kept = []
    for index in np.argsort(scores)[::-1]:
        if all(iou(boxes[index], boxes[other]) <= iou_threshold for other in kept):
            kept.append(int(index))
    return kept


def yolo_non_max_suppression(scores, boxes, classes, max_boxes=10, iou_threshold=0.5):
    found = []
    for kind in sorted({int(kind) for kind in classes}):
        indices = [i for i in range(len(classes)) if classes[i] == kind]
        best = tf.image.non_max_suppression(
            np.asarray(boxes, np.float32)[indices],
            np.asarray(scores, np.float32)[indices],
            max_output_size=max_boxes,
            iou_threshold=iou_threshold,
        )
        found += [(scores[indices[i]], indices[i]) for i in best.numpy()]
    found.sort(reverse=True)
    order = [index for _, index in found[:max_boxes]]
    return (
        np.array([scores[i] for i in order]),
        np.array([boxes[i] for i in order]).reshape(-1, 4),
        np.array([classes[i] for i in order]),
    )


def yolo_eval(
    yolo_outputs, image_shape=(720, 1280), max_boxes=10, score_threshold=0.6, iou_threshold=0.5
):
    xy, wh, confidence, probs = yolo_outputs
    corners = yolo_boxes_to_corners(xy, wh)
    scores, boxes, classes = yolo_filter_boxes(corners, confidence, probs, score_threshold)
    scores, boxes, classes = yolo_non_max_suppression(
        scores, boxes, classes, max_boxes, iou_threshold
    )
    for box in boxes:
        box[0] *= image_shape[0]
        box[1] *= image_shape[1]
        box[2] *= image_shape[0]
        box[3] *= image_shape[1]
    return scores, boxes, classes
