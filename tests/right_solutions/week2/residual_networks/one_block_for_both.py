"""Both blocks by one function, with a plus sign, the shortcut first, and operations for layers."""

import functools

import keras
from keras import layers, ops


def residual(X, f, filters, s, project, training, initializer):
    conv = functools.partial(layers.Conv2D, padding="same", kernel_initializer=initializer)

    def unit(T, n, size, stride=1):
        return layers.BatchNormalization(axis=-1)(
            conv(n, kernel_size=size, strides=stride)(T), training=training
        )

    F1, F2, F3 = filters
    shortcut = unit(X, F3, 1, s) if project else X
    last = unit(ops.relu(unit(ops.relu(unit(X, F1, 1, s)), F2, f)), F3, 1)
    return ops.relu(shortcut + last)


def identity_block(X, f, filters, training=True, initializer="random_uniform"):
    return residual(X, f, filters, 1, False, training, initializer)


def convolutional_block(X, f, filters, s=2, training=True, initializer="glorot_uniform"):
    return residual(X, f, filters, s, True, training, initializer)


def ResNet50(input_shape=(64, 64, 3), classes=6):
    inputs = keras.Input(input_shape)
    X = layers.Conv2D(64, 7, strides=2)(ops.pad(inputs, [[0, 0], [3, 3], [3, 3], [0, 0]]))
    X = ops.maximum(layers.BatchNormalization()(X), 0)
    X = ops.max_pool(X, 3, 2)
    for n, blocks in ((64, 3), (128, 4), (256, 6), (512, 3)):
        for i in range(blocks):
            if i == 0:
                X = convolutional_block(X, 3, [n, n, 4 * n], s=1 + (n > 64))
            else:
                X = identity_block(X, 3, [n, n, 4 * n])
    X = ops.mean(X, axis=(1, 2))
    return keras.Model(inputs, ops.softmax(layers.Dense(classes)(X)))
