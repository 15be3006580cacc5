"""Whole arrays at a time, NumPy wherever it can be."""

import keras
import numpy as np


def encode_target(box, class_id, n_classes):
    y = np.zeros(5 + n_classes)
    if box is not None:
        corners = np.asarray(box, dtype=float).reshape(2, 2)
        y[0] = 1
        y[1:3] = corners.mean(axis=0)
        y[3:5] = np.diff(corners, axis=0)[0, ::-1]
        y[5 + class_id] = 1
    return y


def localization_loss(y_true, y_pred):
    first = np.eye(1, y_true.shape[1], dtype=np.float32)
    mask = first + (1 - first) * y_true[:, :1]
    return keras.ops.sum(mask * (y_true - y_pred) ** 2, axis=-1)


def iou(box1, box2):
    a, b = np.reshape(box1, (2, 2)), np.reshape(box2, (2, 2))
    sides = np.clip(np.minimum(a[1], b[1]) - np.maximum(a[0], b[0]), 0, None)
    shared = sides.prod()
    return shared / ((a[1] - a[0]).prod() + (b[1] - b[0]).prod() - shared)


def landmark_loss(y_true, y_pred):
    differences = y_true - y_pred
    points = keras.ops.reshape(differences[:, 1:], (len(y_true), -1, 2))
    distances = keras.ops.norm(points, axis=2) ** 2
    together = keras.ops.sum(distances, axis=1)
    return keras.ops.where(y_true[:, 0] == 1, together, 0) + differences[:, 0] ** 2
