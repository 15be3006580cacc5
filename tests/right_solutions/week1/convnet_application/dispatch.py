"""A table of functions, NumPy integers as sizes, a subclass of Sequential."""

import keras
import numpy as np


def window(sizes, f, stride, pad):
    if any(size + 2 * pad < f for size in sizes):
        raise ValueError("no room")
    return tuple(np.int64(size + 2 * pad - f) // stride + 1 for size in sizes)


SHAPES = {
    "conv": lambda s, d: (
        *window(s[:2], d["f"], d.get("stride", 1), d.get("pad", 0)),
        d["filters"],
    ),
    "pool": lambda s, d: (*window(s[:2], d["f"], d.get("stride", d["f"]), 0), s[2]),
    "flatten": lambda s, d: (np.prod(s),),
    "dense": lambda s, d: (d["units"],),
}
COUNTS = {
    "conv": lambda s, d: np.square(d["f"]) * s[2] * d["filters"] + d["filters"],
    "dense": lambda s, d: s[0] * d["units"] + d["units"],
}


def chain(input_shape, layers):
    shape = tuple(input_shape)
    for layer in layers:
        if layer["type"] not in SHAPES:
            raise ValueError("no such layer")
        before, shape = shape, SHAPES[layer["type"]](shape, layer)
        yield before, shape, layer


def activation_shapes(input_shape, layers):
    return [shape for _, shape, _ in chain(input_shape, layers)]


def count_parameters(input_shape, layers):
    nothing = lambda shape, layer: 0  # noqa: E731
    return [COUNTS.get(d["type"], nothing)(s, d) for s, _, d in chain(input_shape, layers)]


class Chain(keras.Sequential):
    """A Sequential by another name."""


def sequential_model(input_shape=(64, 64, 3)):
    model = Chain()
    for layer in (
        keras.Input(shape=list(input_shape)),
        keras.layers.ZeroPadding2D(3, data_format="channels_last"),
        keras.layers.Conv2D(32, [7, 7], strides=[1, 1], use_bias=True),
        keras.layers.BatchNormalization(axis=-1),
        keras.layers.ReLU(negative_slope=0.0),
        keras.layers.MaxPooling2D(pool_size=2, strides=2),
        keras.layers.Flatten(),
        keras.layers.Dense(1, activation="sigmoid", kernel_initializer="glorot_uniform"),
    ):
        model.add(layer)
    return model


def convolutional_model(input_shape, classes=6):
    # Created in another order than they are used in.
    head = keras.layers.Dense(classes, activation=keras.activations.softmax)
    second = keras.layers.Conv2D(32, 3, padding="same")
    first = keras.layers.Conv2D(16, 5, padding="same")
    inputs = keras.Input(shape=list(input_shape))
    hidden = keras.layers.MaxPooling2D(2)(keras.layers.ReLU()(first(inputs)))
    hidden = keras.layers.MaxPooling2D(2)(keras.layers.ReLU()(second(hidden)))
    return keras.Model(inputs=inputs, outputs=head(keras.layers.Flatten()(hidden)), name="clothes")
