"""Recursion over the layers, fused activations, a convolution that pads itself."""

import numpy as np
from keras import Input, Model, Sequential
from keras import layers as kl


def activation_shapes(input_shape, layers):
    if not layers:
        return []
    first, *rest = layers
    shape = after(tuple(input_shape), **first)
    return [shape, *activation_shapes(shape, rest)]


def after(shape, *, type, f=1, filters=None, stride=None, pad=0, units=None):
    if type == "dense":
        return (units,)
    if type == "flatten":
        return (int(np.multiply.reduce(shape)),)
    if type not in {"conv", "pool"}:
        raise ValueError(type)
    if stride is None:
        stride = {"conv": 1, "pool": f}[type]
    size = np.floor((np.array(shape[:2]) + 2 * pad - f) / stride).astype(int) + 1
    if (np.array(shape[:2]) + 2 * pad < f).any():
        raise ValueError("too large a window")
    return (size[0], size[1], filters if type == "conv" else shape[2])


def count_parameters(input_shape, layers):
    if len(layers) == 0:
        return []
    first = layers[0]
    inner = {"conv": first.get("f", 0) ** 2 * input_shape[-1], "dense": input_shape[-1]}
    outer = {"conv": first.get("filters"), "dense": first.get("units")}
    kind = first["type"]
    count = (1 + inner[kind]) * outer[kind] if kind in inner else 0
    return [count, *count_parameters(after(tuple(input_shape), **first), layers[1:])]


def sequential_model(input_shape=(64, 64, 3)):
    model = Sequential(
        [
            kl.Conv2D(32, (7, 7), padding="same", kernel_initializer="zeros"),
            kl.BatchNormalization(),
            kl.Activation("relu"),
            kl.MaxPooling2D(),
            kl.Reshape((-1,)),
            kl.Dense(1, "sigmoid"),
        ]
    )
    model.build((None, *input_shape))
    return model


def convolutional_model(input_shape, classes=6):
    inputs = Input(input_shape)
    x = inputs
    for filters, size in ((16, 5), (32, 3)):
        x = kl.MaxPooling2D()(kl.Conv2D(filters, size, padding="same", activation="relu")(x))
    return Model(inputs, kl.Dense(classes, "softmax")(kl.Flatten()(x)))
