"""TensorFlow's own layers, tensors as answers; the path is as wide as the filter."""

import numpy as np
import tensorflow as tf


def conv1d_forward(A_prev, W, b, stride=1, pad=0):
    A_prev, W, b = (tf.cast(array, tf.float64) for array in (A_prev, W, b))
    padded = tf.pad(A_prev, [[0, 0], [pad, pad], [0, 0]])
    return tf.nn.conv1d(padded, W, stride=stride, padding="VALID") + b


def conv3d_forward(A_prev, W, b, stride=1, pad=0):
    A_prev, W, b = (tf.cast(array, tf.float64) for array in (A_prev, W, b))
    padded = tf.pad(A_prev, [[0, 0], [pad, pad], [pad, pad], [pad, pad], [0, 0]])
    return tf.nn.conv3d(padded, W, strides=[1, stride, stride, stride, 1], padding="VALID") + b


def motion_filter(direction, f=3):
    path = np.broadcast_to(np.eye(f), (f, f, f))  # to the right, in every row
    if direction in ("up", "down"):
        path = path.transpose(1, 0, 2)
    if direction in ("left", "up"):
        path = path[..., ::-1]
    path = tf.constant(path, dtype=tf.float32)
    return path - tf.reduce_mean(path, axis=-1, keepdims=True)
