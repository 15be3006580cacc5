"""Sizes and counts in one loop each, NumPy floors, keras.ops, one model within another."""

import keras
import numpy as np


def activation_shapes(input_shape, layers):
    shape, found = np.array(input_shape), []
    for layer in layers:
        kind = layer["type"]
        if kind == "flatten":
            shape = np.array([shape.prod()])
        elif kind == "dense":
            shape = np.array([layer["units"]])
        elif kind in {"conv", "pool"}:
            size = shape[:2] + 2 * layer.get("pad", 0)
            if size.min() < layer["f"]:
                raise ValueError("too large")
            stride = layer.get("stride", 1 if kind == "conv" else layer["f"])
            places = np.floor((size - layer["f"]) / stride).astype(int) + 1
            shape = np.array([*places, layer.get("filters", shape[2])])
        else:
            raise ValueError(kind)
        found.append(tuple(shape.tolist()))
    return found


def count_parameters(input_shape, layers):
    counts, before = [], tuple(input_shape)
    for layer, shape in zip(layers, activation_shapes(input_shape, layers), strict=True):
        weights = layer.get("f", 1) ** 2 * before[-1] if "filters" in layer else before[-1]
        counts.append((weights + 1) * shape[-1] if {"filters", "units"} & {*layer} else 0)
        before = shape
    return counts


def sequential_model(input_shape=(64, 64, 3)):
    block = keras.Sequential(
        [
            keras.layers.ZeroPadding2D(3),
            keras.layers.Conv2D(32, 7),
            keras.layers.BatchNormalization(),
        ]
    )
    # A maximum of ReLUs is the ReLU of the maximum.
    rest = [keras.layers.MaxPooling2D(2), keras.layers.ReLU(), keras.layers.Flatten()]
    last = keras.layers.Dense(1, activation="sigmoid")
    return keras.Sequential([keras.Input(input_shape), block, *rest, last])


def convolutional_model(input_shape, classes=6):
    inputs = keras.Input(input_shape)
    x = inputs
    for filters, size in ((16, 5), (32, 3)):
        x = keras.ops.relu(keras.layers.Conv2D(filters, size, padding="same")(x))
        x = keras.ops.max_pool(x, 2, strides=2, padding="valid")
    x = keras.layers.Dense(classes)(keras.layers.Flatten()(x))
    return keras.Model(inputs, keras.ops.softmax(x))
