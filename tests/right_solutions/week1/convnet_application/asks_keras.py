"""Keras itself answers for shapes and counts; the functional model is a chain of functions."""

from functools import reduce

import keras


def as_keras(layer):
    kind = layer["type"]
    if kind == "conv":
        return keras.Sequential(
            [
                keras.layers.ZeroPadding2D(layer.get("pad", 0)),
                keras.layers.Conv2D(layer["filters"], layer["f"], strides=layer.get("stride", 1)),
            ]
        )
    if kind == "pool":
        return keras.layers.MaxPooling2D(layer["f"], strides=layer.get("stride"))
    if kind == "flatten":
        return keras.layers.Flatten()
    if kind == "dense":
        return keras.layers.Dense(layer["units"])
    raise ValueError(f"what is a {kind}?")


def outputs_and_layers(input_shape, layers):
    x = keras.Input(shape=input_shape)
    for layer in layers:
        built = as_keras(layer)
        x = built(x)
        yield tuple(x.shape[1:]), built


def activation_shapes(input_shape, layers):
    return [shape for shape, _ in outputs_and_layers(input_shape, layers)]


def count_parameters(input_shape, layers):
    return [built.count_params() for _, built in outputs_and_layers(input_shape, layers)]


def sequential_model(input_shape=(64, 64, 3)):
    return keras.Sequential(
        layers=[
            keras.layers.Input(batch_shape=(None, *input_shape)),
            keras.layers.ZeroPadding2D(((3, 3), (3, 3))),
            keras.layers.Conv2D(32, 7, padding="valid", kernel_initializer="he_normal"),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.Activation(keras.activations.relu),
            keras.layers.MaxPool2D((2, 2)),
            keras.layers.Flatten(),
            keras.layers.Dense(units=1, activation=keras.ops.sigmoid),
        ]
    )


def convolutional_model(input_shape, classes=6):
    steps = [
        keras.layers.ZeroPadding2D(2),
        keras.layers.Conv2D(16, 5),
        keras.ops.relu,
        keras.layers.MaxPool2D(2, 2),
        keras.layers.ZeroPadding2D(1),
        keras.layers.Conv2D(32, 3),
        keras.ops.relu,
        keras.layers.MaxPool2D(2, 2),
        keras.layers.Flatten(),
        keras.layers.Dense(classes),
        keras.ops.softmax,
    ]
    inputs = keras.Input(shape=tuple(input_shape))
    return keras.Model(inputs, reduce(lambda x, step: step(x), steps, inputs))
