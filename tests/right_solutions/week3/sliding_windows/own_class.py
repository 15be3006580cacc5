"""A model class with its own way through the layers; the later dense layers serve as they are."""

import keras
import numpy as np


def sliding_windows(image, size, stride):
    windows, corners = (), ()
    bottom = size
    while bottom <= len(image):
        right = size
        while right <= len(image[0]):
            rows = [row[right - size : right] for row in image[bottom - size : bottom]]
            windows += (np.array(rows),)
            corners += (np.array([right - size, bottom - size, right, bottom]),)
            right += stride
        bottom += stride
    return windows, corners


def dense_to_conv(kernel, bias, input_shape):
    units = [column.reshape(input_shape) for column in np.transpose(kernel)]
    return np.stack(units, axis=-1), np.copy(bias)


class Detector(keras.Model):
    def __init__(self, way):
        super().__init__()
        self.way = way

    def call(self, images, training=False):
        for layer in self.way:
            images = layer(images)
        return images


def convolutional_detector(classifier):
    way, flattened = [], None
    for layer in classifier.layers:
        if type(layer).__name__ == "Flatten":
            flattened = layer.input.shape
        elif type(layer).__name__ == "Dense" and flattened:
            config = layer.get_config()
            first = keras.layers.Conv2D(
                config["units"], flattened[1:3], activation=config["activation"]
            )
            first.build(flattened)
            first.set_weights(dense_to_conv(*layer.get_weights(), flattened[1:]))
            way.append(first)
            flattened = None
        else:
            way.append(layer)
    return Detector(way)
