"""Plain loops and running totals; layers made first and connected later."""

import keras
import numpy as np


def conv_1x1(A, W, b):
    m, n_H, n_W, n_C_prev = A.shape
    n_C = W.shape[3]
    result = np.zeros((m, n_H, n_W, n_C))
    for i in range(m):
        for h in range(n_H):
            for w in range(n_W):
                for c in range(n_C):
                    z = b[0, 0, 0, c]
                    for k in range(n_C_prev):
                        z = z + A[i, h, w, k] * W[0, 0, k, c]
                    result[i, h, w, c] = z if z > 0 else 0
    return result


def multiplications(input_shape, f, n_filters):
    total = n_filters
    for factor in (*input_shape, f, f):
        total *= factor
    return total


def bottleneck_multiplications(input_shape, f, n_filters, n_bottleneck):
    height, width, channels = input_shape
    places = height * width
    return places * n_bottleneck * channels + places * n_filters * f**2 * n_bottleneck


def inception_module(X, filters):
    layers = {
        "pool": keras.layers.MaxPool2D((3, 3), strides=(1, 1), padding="same"),
        "after pool": keras.layers.Conv2D(filters[5], (1, 1)),
        "5": keras.layers.Conv2D(filters[4], (5, 5), padding="same"),
        "before 5": keras.layers.Conv2D(filters[3], (1, 1), padding="same"),
        "3": keras.layers.Conv2D(filters[2], (3, 3), padding="same"),
        "before 3": keras.layers.Conv2D(filters[1], (1, 1), padding="same"),
        "1": keras.layers.Conv2D(filters[0], (1, 1)),
    }
    outputs = []
    for branch in (("1",), ("before 3", "3"), ("before 5", "5"), ("pool", "after pool")):
        x = X
        for name in branch:
            x = layers[name](x)
            if name != "pool":
                x = keras.layers.Activation("relu")(x)
        outputs.append(x)
    return keras.layers.concatenate(outputs, axis=-1)


def auxiliary_classifier(X, classes):
    for layer in (
        keras.layers.AvgPool2D(pool_size=(5, 5), strides=(3, 3), padding="valid"),
        keras.layers.Conv2D(128, (1, 1), padding="same", activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(1024, activation="relu"),
        keras.layers.Dropout(0.7),
        keras.layers.Dense(classes),
        keras.layers.Softmax(),
    ):
        X = layer(X)
    return X
