"""Blocks as classes of layers, the activation within them; a Sequential for each stage's rest."""

import keras
from keras import layers
from keras.initializers import glorot_uniform, random_uniform


class Unit(layers.Layer):
    """A convolution and its batch norm."""

    def __init__(self, n, size, strides=1, initializer="glorot_uniform", activation=None):
        super().__init__()
        self.conv = layers.Conv2D(
            n, size, strides=strides, padding="same", kernel_initializer=initializer
        )
        self.norm = layers.BatchNormalization()
        self.activation = layers.Activation(activation)

    def build(self, input_shape):
        self.conv.build(input_shape)
        self.norm.build(self.conv.compute_output_shape(input_shape))
        self.built = True

    def call(self, X, training=None):
        return self.activation(self.norm(self.conv(X), training=training))


def main_path(f, filters, s, initializer):
    F1, F2, F3 = filters
    return keras.Sequential(
        [
            Unit(F1, 1, s, initializer, "relu"),
            Unit(F2, f, 1, initializer, "relu"),
            Unit(F3, 1, 1, initializer),
        ]
    )


def identity_block(X, f, filters, training=True, initializer=random_uniform):
    Y = main_path(f, filters, 1, initializer)(X, training=training)
    return layers.ReLU()(layers.add([X, Y]))


def convolutional_block(X, f, filters, s=2, training=True, initializer=glorot_uniform):
    Y = main_path(f, filters, s, initializer)(X, training=training)
    shortcut = Unit(filters[2], 1, s, initializer)(X, training=training)
    return layers.ReLU()(layers.add([shortcut, Y]))


def ResNet50(input_shape=(64, 64, 3), classes=6):
    inputs = keras.Input(shape=input_shape)
    start = keras.Sequential(
        [
            layers.ZeroPadding2D(3),
            layers.Conv2D(64, 7, 2),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.MaxPool2D(3, 2),
        ]
    )
    X = start(inputs)
    stages = {64: 2, 128: 3, 256: 5, 512: 2}
    for n, more in stages.items():
        X = convolutional_block(X, 3, (n, n, n * 4), 1 if n == 64 else 2)
        while more:
            X = identity_block(X, 3, (n, n, n * 4))
            more -= 1
    X = layers.GlobalAvgPool2D(keepdims=True)(X)
    outputs = layers.Softmax()(layers.Dense(classes)(layers.Flatten()(X)))
    return keras.Model(inputs=[inputs], outputs=outputs)
