"""Tensors; and dense layers on the last axis, which are 1×1 convolutions, after the first."""

import keras
import tensorflow as tf


def sliding_windows(image, size, stride):
    n_H, n_W, _ = image.shape
    corners = [
        (x, y, x + size, y + size)
        for y in range(0, n_H, stride)
        for x in range(0, n_W, stride)
        if y + size <= n_H and x + size <= n_W
    ]
    return tf.stack([image[y1:y2, x1:x2] for x1, y1, x2, y2 in corners]), tf.constant(corners)


def dense_to_conv(kernel, bias, input_shape):
    return tf.reshape(kernel, [*input_shape, kernel.shape[-1]]), tf.convert_to_tensor(bias)


def convolutional_detector(classifier):
    inputs = keras.Input((None, None, classifier.input_shape[-1]))
    x, volume = inputs, None
    for layer in classifier.layers:
        if isinstance(layer, keras.layers.Flatten):
            volume = layer.input.shape[1:]
        elif isinstance(layer, keras.layers.Dense) and volume is not None:
            kernel, bias = dense_to_conv(*layer.get_weights(), volume)
            conv = keras.layers.Conv2D(layer.units, volume[:2], activation=layer.activation)
            conv.build((None, *volume))
            conv.set_weights([kernel.numpy(), bias.numpy()])
            x, volume = conv(x), None
        elif isinstance(layer, keras.layers.Dense):
            dense = keras.layers.Dense(layer.units, activation=layer.activation)
            dense.build((None, None, None, layer.kernel.shape[0]))
            dense.set_weights(layer.get_weights())
            x = dense(x)
        else:
            x = layer(x)
    return keras.Model(inputs, x)
