"""Loops with counters; the detector is built anew and gets copies of the weights."""

import keras
import numpy as np


def sliding_windows(image, size, stride):
    n_H = (image.shape[0] - size) // stride + 1
    n_W = (image.shape[1] - size) // stride + 1
    windows = np.zeros((n_H * n_W, size, size, image.shape[2]), dtype=image.dtype)
    corners = []
    for i in range(n_H):
        for j in range(n_W):
            x, y = j * stride, i * stride
            windows[i * n_W + j] = image[y : y + size, x : x + size, :]
            corners.append([x, y, x + size, y + size])
    return windows, np.array(corners)


def dense_to_conv(kernel, bias, input_shape):
    n_H, n_W, n_C = input_shape
    filters = np.empty((n_H, n_W, n_C, len(bias)), dtype=kernel.dtype)
    for h in range(n_H):
        for w in range(n_W):
            for c in range(n_C):
                filters[h, w, c] = kernel[(h * n_W + w) * n_C + c]
    return filters, bias


def convolutional_detector(classifier):
    n_C = classifier.input_shape[3]
    x = inputs = keras.layers.Input(shape=(None, None, n_C))
    volume = classifier.input_shape[1:]
    flat = False
    for layer in classifier.layers:
        if isinstance(layer, keras.layers.Flatten):
            flat = True
        elif isinstance(layer, keras.layers.Dense):
            h, w, _ = volume
            conv = keras.layers.Conv2D(layer.units, (h, w), padding="valid", strides=1)
            x = conv(x)
            conv.set_weights(dense_to_conv(*layer.get_weights(), volume))
            x = keras.layers.Activation(layer.activation)(x)
            volume = (1, 1, layer.units)
        else:
            if not flat:
                volume = layer.output.shape[1:]
            copy = layer.__class__.from_config({**layer.get_config(), "name": None})
            x = copy(x)
            copy.set_weights(layer.get_weights())
    return keras.models.Model(inputs=inputs, outputs=x)
