"""Keras layers do all of the work, for arrays too; branches and side door in classes and loops."""

import keras
import numpy as np


def conv_1x1(A, W, b):
    layer = keras.layers.Conv2D(W.shape[3], 1, activation="relu")
    layer.build(A.shape)
    layer.set_weights([W, b.ravel()])
    return np.asarray(layer(A.astype("float32")))


def multiplications(input_shape, f, n_filters):
    if n_filters == 0:
        return 0
    n_H, n_W, n_C = input_shape
    return n_H * n_W * f**2 * n_C + multiplications(input_shape, f, n_filters - 1)


def bottleneck_multiplications(input_shape, f, n_filters, n_bottleneck):
    n_H, n_W, n_C = input_shape
    return n_H * n_W * n_bottleneck * (n_C + f * f * n_filters)


class Module(keras.layers.Layer):
    def __init__(self, filters):
        super().__init__()
        sizes = (1, 1, 3, 1, 5, 1)
        self.convolutions = [
            keras.layers.Conv2D(n, size, padding="same", activation="relu")
            for n, size in zip(filters, sizes, strict=True)
        ]
        self.pooling = keras.layers.MaxPooling2D(3, strides=1, padding="same")
        self.join = keras.layers.Concatenate()

    def build(self, shape):
        depths = [shape[-1]] * 6
        depths[2] = self.convolutions[1].filters
        depths[4] = self.convolutions[3].filters
        for convolution, depth in zip(self.convolutions, depths, strict=True):
            convolution.build((*shape[:3], depth))

    def call(self, X):
        one, before_3, three, before_5, five, last = self.convolutions
        branches = [one(X), three(before_3(X)), five(before_5(X)), last(self.pooling(X))]
        return self.join(branches)


def inception_module(X, filters):
    return Module(filters)(X)


def auxiliary_classifier(X, classes):
    door = keras.Sequential(
        [
            keras.layers.AveragePooling2D(5, 3),
            keras.layers.Conv2D(128, 1),
            keras.layers.ReLU(),
            keras.layers.Flatten(),
            keras.layers.Dense(1024),
            keras.layers.Dropout(0.7),
            keras.layers.ReLU(),
            keras.layers.Dense(classes),
            keras.layers.Softmax(),
        ]
    )
    return door(X)
