"""TensorFlow does the sums and the slopes, and tensors come back."""

import tensorflow as tf


def output_size(n, f, pad=0, stride=1):
    if not (n > 0 and f > 0 and pad > -1 and stride > 0):
        raise ValueError("out of range")
    moves, _ = divmod(n + 2 * pad - f, stride)
    if moves < 0:
        raise ValueError("too wide")
    return moves + 1


def same_padding(f):
    if f >= 1 and f % 2:
        return f >> 1
    raise ValueError("only odd windows")


def slide(image, kernel, stride=1, pad=0):
    image = tf.pad(image, [[pad, pad], [pad, pad]])
    output = tf.nn.conv2d(image[None, :, :, None], kernel[:, :, None, None], stride, "VALID")
    return output[0, :, :, 0]


def convolve2d(image, kernel, stride=1, pad=0):
    return slide(tf.cast(image, tf.float64), tf.cast(kernel, tf.float64), stride, pad)


def true_convolution(image, kernel):
    return convolve2d(image, tf.reverse(tf.constant(kernel), axis=[0, 1]))


def learn_kernel(image, target, steps, learning_rate):
    image, target = tf.cast(image, tf.float64), tf.cast(target, tf.float64)
    kernel = tf.Variable(tf.zeros((3, 3), tf.float64))
    for _ in range(steps):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean((slide(image, kernel) - target) ** 2)
        kernel.assign_sub(learning_rate * tape.gradient(loss, kernel))
    return kernel.numpy()
