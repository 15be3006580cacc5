"""Views of the picture's memory, and a model of layers called one in the other."""

import keras
import numpy as np


def sliding_windows(image, size, stride):
    views = np.lib.stride_tricks.sliding_window_view(image, (size, size), axis=(0, 1))
    views = views[::stride, ::stride].transpose(0, 1, 3, 4, 2)
    top, left = np.mgrid[: views.shape[0], : views.shape[1]] * stride
    corners = np.stack([left, top, left + size, top + size], axis=-1)
    return views.reshape(-1, *views.shape[2:]), corners.reshape(-1, 4)


def dense_to_conv(kernel, bias, input_shape):
    return [np.reshape(kernel, (*input_shape, -1)), np.array(bias)]


def convolutional_detector(classifier):
    layers = list(classifier.layers)
    at = [isinstance(layer, keras.layers.Flatten) for layer in layers].index(True)
    before, after = layers[:at], layers[at + 1 :]
    shape = keras.Sequential([keras.Input(classifier.input_shape[1:]), *before]).output_shape[1:]
    model = keras.Sequential([keras.Input((None, None, classifier.input_shape[-1])), *before])
    for layer in after:
        if not isinstance(layer, keras.layers.Dense):
            model.add(layer)
            continue
        kernel, bias = layer.get_weights()
        model.add(keras.layers.Conv2D(len(bias), shape[:2], activation=layer.activation))
        model.layers[-1].set_weights(dense_to_conv(kernel, bias, shape))
        shape = (1, 1, len(bias))
    return model
