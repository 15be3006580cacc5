"""A layer that reshapes the classifier's own weights each time, and windows cut by indices."""

import keras
import numpy as np


def sliding_windows(image, size, stride):
    top = np.arange(0, image.shape[0] - size + 1, stride)
    left = np.arange(0, image.shape[1] - size + 1, stride)
    x, y = (places.ravel() for places in np.meshgrid(left, top))
    rows = y[:, np.newaxis] + np.arange(size)
    columns = x[:, np.newaxis] + np.arange(size)
    windows = image[rows[:, :, np.newaxis], columns[:, np.newaxis, :]]
    return windows, np.column_stack([x, y, x + size, y + size])


def dense_to_conv(kernel, bias, input_shape):
    return keras.ops.reshape(kernel, (*input_shape, -1)), keras.ops.convert_to_tensor(bias)


class AsConvolution(keras.layers.Layer):
    def __init__(self, dense, shape):
        super().__init__()
        self.dense, self.shape = dense, shape

    def call(self, x):
        kernel, bias = dense_to_conv(self.dense.kernel, self.dense.bias, self.shape)
        return self.dense.activation(keras.ops.conv(x, kernel, padding="valid") + bias)


def convolutional_detector(classifier):
    picture = keras.Input((None, None, classifier.input_shape[-1]))
    x, shape = picture, None
    for layer in classifier.layers:
        if isinstance(layer, keras.layers.Flatten):
            shape = tuple(layer.input.shape[1:])
        elif isinstance(layer, keras.layers.Dense):
            x = AsConvolution(layer, shape)(x)
            shape = (1, 1, layer.units)
        else:
            x = layer(x)
    return keras.Model(picture, x)
