"""Functional models; activations as layers of their own; padding as a layer of its own."""

import keras
from keras.layers import (
    Activation,
    AveragePooling2D,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPool2D,
    ReLU,
    ZeroPadding2D,
)


def lenet5(input_shape=(32, 32, 1), classes=10):
    X_input = keras.Input(input_shape)
    X = X_input
    for filters in (6, 16):
        X = Conv2D(filters, (5, 5), strides=(1, 1), padding="valid")(X)
        X = Activation("tanh")(X)
        X = AveragePooling2D((2, 2), strides=(2, 2))(X)
    X = Flatten()(X)
    for units in (120, 84):
        X = keras.ops.tanh(Dense(units)(X))
    return keras.Model(inputs=X_input, outputs=Activation("softmax")(Dense(classes)(X)))


def alexnet(input_shape=(227, 227, 3), classes=1000):
    X_input = keras.Input(input_shape)
    X = ReLU()(Conv2D(96, (11, 11), strides=(4, 4), padding="valid", name="conv1")(X_input))
    X = MaxPool2D((3, 3), strides=(2, 2))(X)
    X = ReLU()(Conv2D(256, (5, 5))(ZeroPadding2D(2)(X)))
    X = MaxPool2D((3, 3), strides=(2, 2))(X)
    for filters in (384, 384, 256):
        X = ReLU()(Conv2D(filters, (3, 3))(ZeroPadding2D(1)(X)))
    X = MaxPool2D((3, 3), strides=(2, 2))(X)
    X = Flatten()(X)
    for _ in range(2):
        X = Dropout(0.5)(ReLU()(Dense(4096)(X)))
    return keras.Model(X_input, Dense(classes, activation="softmax")(X), name="AlexNet")


def vgg16(input_shape=(224, 224, 3), classes=1000):
    X_input = keras.Input(input_shape)
    X = X_input
    for stage, (count, filters) in enumerate([(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)], 1):
        for number in range(count):
            name = f"block{stage}_conv{number + 1}"
            X = Conv2D(filters, 3, activation="relu", padding="same", name=name)(X)
        X = MaxPool2D(pool_size=2, strides=2, name=f"block{stage}_pool")(X)
    X = Flatten()(X)
    X = Dense(4096, activation=keras.activations.relu)(X)
    X = Dense(4096, activation=keras.activations.relu)(X)
    return keras.Model(X_input, Dense(classes, "softmax")(X))
