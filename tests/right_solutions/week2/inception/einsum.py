"""Einstein sums and products of arrays; branches as small models; keras.ops for activations."""

import math

import keras
import numpy as np


def conv_1x1(A, W, b):
    z = np.einsum("mhwk,kc->mhwc", A, W.squeeze(axis=(0, 1))) + b.ravel()
    return z * (z > 0)


def multiplications(input_shape, f, n_filters):
    return math.prod(input_shape) * f * f * n_filters


def bottleneck_multiplications(input_shape, f, n_filters, n_bottleneck):
    widths = [(input_shape[2], 1, n_bottleneck), (n_bottleneck, f, n_filters)]
    return sum(multiplications((*input_shape[:2], n), size, out) for n, size, out in widths)


def conv(filters, size):
    return keras.layers.Conv2D(filters, size, padding="same", activation=keras.ops.relu)


def inception_module(X, filters):
    n = list(filters)
    branches = [
        keras.Sequential([conv(n[0], 1)]),
        keras.Sequential([conv(n[1], 1), conv(n[2], 3)]),
        keras.Sequential([conv(n[3], 1), conv(n[4], 5)]),
        keras.Sequential([keras.layers.MaxPooling2D(3, 1, "same"), conv(n[5], 1)]),
    ]
    return keras.ops.concatenate([branch(X) for branch in branches], axis=3)


def auxiliary_classifier(X, classes):
    X = keras.ops.average_pool(X, 5, strides=3, padding="valid")
    X = keras.ops.relu(keras.layers.Conv2D(128, 1)(X))
    X = keras.layers.Reshape((-1,))(X)
    X = keras.ops.relu(keras.layers.Dense(1024)(X))
    return keras.ops.softmax(keras.layers.Dense(classes)(X))
