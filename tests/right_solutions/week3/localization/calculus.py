"""Other formulas for the same: cells counted twice, unions of lengths, products of matrices."""

import keras
import numpy as np


def encode_target(box, class_id, n_classes):
    if box is None:
        return np.zeros((5 + n_classes,), dtype=np.float32).astype(float)
    to_target = np.array([[0.5, 0, 0.5, 0], [0, 0.5, 0, 0.5], [0, -1, 0, 1], [-1, 0, 1, 0]])
    return np.concatenate([[1], to_target @ np.array(box), np.eye(n_classes)[class_id]])


def localization_loss(y_true, y_pred):
    errors = keras.ops.square(keras.ops.subtract(y_pred, y_true))
    present = y_true[..., 0]
    everything = keras.ops.sum(errors, axis=-1)
    return present * everything + (1 - present) * errors[..., 0]


def iou(box1, box2):
    def shared_length(low, high):
        lengths = box1[high] - box1[low] + box2[high] - box2[low]
        frame = max(box1[high], box2[high]) - min(box1[low], box2[low])
        return max(lengths - frame, 0)

    def area(box):
        return abs((box[0] - box[2]) * (box[1] - box[3]))

    both = shared_length(0, 2) * shared_length(1, 3)
    return np.float64(both / (area(box1) + area(box2) - both))


def landmark_loss(y_true, y_pred):
    x = (y_true[:, 1::2] - y_pred[:, 1::2]) ** 2
    y = (y_true[:, 2::2] - y_pred[:, 2::2]) ** 2
    return (y_true[:, 0] - y_pred[:, 0]) ** 2 + y_true[:, 0] * keras.ops.sum(x + y, axis=1)
