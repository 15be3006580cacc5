"""TensorFlow wherever it goes, as in well-known courses."""

import numpy as np
import tensorflow as tf


def encode_grid(boxes, class_ids, anchors, grid, n_classes):
    anchors = tf.cast(anchors, tf.float64)
    boxes = tf.reshape(tf.cast(boxes, tf.float64), (-1, 4))
    low, high = boxes[:, :2], boxes[:, 2:]
    sizes, middles = high - low, (low + high) / 2 * grid
    cells = tf.floor(middles)
    shared = tf.reduce_prod(tf.minimum(sizes[:, None], anchors), axis=-1)
    union = tf.reduce_prod(sizes, -1)[:, None] + tf.reduce_prod(anchors, -1) - shared
    best = tf.argmax(shared / union, axis=1)
    numbers = tf.concat(
        [
            tf.ones((len(boxes), 1), tf.float64),
            middles - cells,
            sizes[:, ::-1] * grid,
            tf.one_hot(class_ids, n_classes, dtype=tf.float64),
        ],
        axis=1,
    )
    targets = np.zeros((grid, grid, len(anchors), 5 + n_classes), dtype=np.float32)
    parts = zip(cells.numpy().astype(int), best.numpy(), numbers.numpy(), strict=True)
    for cell, anchor, vector in parts:
        targets[cell[1], cell[0], anchor] = vector
    return tf.constant(targets)


def kmeans_anchors(shapes, k, rng):
    points = tf.cast(shapes, tf.float64)
    anchors = tf.gather(points, rng.choice(len(shapes), size=k, replace=False))
    for _ in range(200):
        shared = tf.reduce_prod(tf.minimum(points[:, None], anchors[None]), axis=2)
        areas = tf.reduce_prod(points, axis=1)[:, None] + tf.reduce_prod(anchors, axis=1)
        nearest = tf.argmax(shared / (areas - shared), axis=1)
        moved = tf.math.unsorted_segment_mean(points, nearest, k)
        if tf.reduce_max(tf.abs(moved - anchors)) < 1e-9:
            break
        anchors = moved
    return anchors


def yolo_boxes_to_corners(box_xy, box_wh):
    mins = box_xy - (box_wh / 2.0)
    maxes = box_xy + (box_wh / 2.0)
    return tf.concat([mins[..., 1:2], mins[..., 0:1], maxes[..., 1:2], maxes[..., 0:1]], axis=-1)


def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    box_scores = box_confidence * box_class_probs
    box_classes = tf.math.argmax(box_scores, axis=-1)
    box_class_scores = tf.math.reduce_max(box_scores, axis=-1)
    mask = box_class_scores >= threshold
    return (
        tf.boolean_mask(box_class_scores, mask),
        tf.boolean_mask(boxes, mask),
        tf.boolean_mask(box_classes, mask),
    )


def non_max_suppression(scores, boxes, iou_threshold):
    return tf.image.non_max_suppression(
        np.float32(boxes), np.float32(scores), max(len(scores), 1), iou_threshold
    )


def yolo_non_max_suppression(scores, boxes, classes, max_boxes=10, iou_threshold=0.5):
    kept = tf.zeros(0, tf.int64)
    for kind in tf.unique(classes)[0]:
        mine = tf.where(tf.equal(classes, kind))[:, 0]
        chosen = tf.image.non_max_suppression(
            tf.gather(boxes, mine), tf.gather(scores, mine), max_boxes, iou_threshold
        )
        kept = tf.concat([kept, tf.gather(mine, chosen)], axis=0)
    best = tf.math.top_k(tf.gather(scores, kept), k=min(max_boxes, len(kept)))
    kept = tf.gather(kept, best.indices)
    return best.values, tf.gather(boxes, kept), tf.gather(classes, kept)


def yolo_eval(
    yolo_outputs, image_shape=(720, 1280), max_boxes=10, score_threshold=0.6, iou_threshold=0.5
):
    box_xy, box_wh, box_confidence, box_class_probs = yolo_outputs
    boxes = yolo_boxes_to_corners(box_xy, box_wh)
    scores, boxes, classes = yolo_filter_boxes(
        boxes, box_confidence, box_class_probs, score_threshold
    )
    height, width = float(image_shape[0]), float(image_shape[1])
    boxes = boxes * tf.reshape(tf.stack([height, width, height, width]), [1, 4])
    return yolo_non_max_suppression(scores, boxes, classes, max_boxes, iou_threshold)
