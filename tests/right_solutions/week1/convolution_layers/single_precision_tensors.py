"""TensorFlow in 32 bits, its own type, with tapes for the way back."""

import numpy as np
import tensorflow as tf


def zero_pad(X, pad):
    return tf.pad(tf.cast(X, tf.float32), [[0, 0], [pad, pad], [pad, pad], [0, 0]])


def conv_single_step(a_slice_prev, W, b):
    products = tf.cast(a_slice_prev, tf.float32) * tf.cast(W, tf.float32)
    return tf.reduce_sum(products) + tf.cast(b[0, 0, 0], tf.float32)


def layer(A_prev, W, b, hparameters):
    padded = zero_pad(A_prev, hparameters["pad"])
    return tf.nn.conv2d(padded, W, hparameters["stride"], "VALID") + b


def conv_forward(A_prev, W, b, hparameters):
    given = (tf.cast(array, tf.float32) for array in (A_prev, W, b))
    return layer(*given, hparameters), (A_prev, W, b, hparameters)


def pool(A_prev, hparameters, mode="max"):
    function = {"max": tf.nn.max_pool2d, "average": tf.nn.avg_pool2d}[mode]
    pixels = tf.cast(A_prev, tf.float32)
    A = function(pixels, hparameters["f"], hparameters["stride"], "VALID")
    return A, (A_prev, hparameters)


def conv_backward(dZ, cache):
    *arrays, hparameters = cache
    given = [tf.cast(array, tf.float32) for array in arrays]
    with tf.GradientTape() as tape:
        tape.watch(given)
        loss = tf.reduce_sum(layer(*given, hparameters) * tf.cast(dZ, tf.float32))
    return tape.gradient(loss, given)


def create_mask_from_window(x):
    return tf.cast(x, tf.float32) >= tf.reduce_max(tf.cast(x, tf.float32))


def distribute_value(dz, shape):
    return tf.ones(shape) * tf.cast(dz, tf.float32) / tf.cast(tf.reduce_prod(shape), tf.float32)


def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    pixels = tf.cast(A_prev, tf.float32)
    if mode == "average":
        with tf.GradientTape() as tape:
            tape.watch(pixels)
            A = tf.nn.avg_pool2d(pixels, f, stride, "VALID")
        return tape.gradient(A, pixels, output_gradients=tf.cast(dA, tf.float32))
    dA_prev = np.zeros(A_prev.shape, dtype=np.float32)
    for i, h, w, c in np.ndindex(*dA.shape):
        place = np.s_[i, h * stride : h * stride + f, w * stride : w * stride + f, c]
        dA_prev[place] += create_mask_from_window(A_prev[place]).numpy() * dA[i, h, w, c]
    return dA_prev
