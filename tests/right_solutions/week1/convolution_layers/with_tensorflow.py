"""TensorFlow's own layers, with its tapes for the way back; the answers are tensors."""

import tensorflow as tf


def floating(x):
    x = tf.convert_to_tensor(x)
    return x if x.dtype.is_floating else tf.cast(x, tf.float64)


def zero_pad(X, pad):
    return tf.pad(X, [[0, 0], [pad, pad], [pad, pad], [0, 0]])


def conv_single_step(a_slice_prev, W, b):
    return tf.reduce_sum(tf.multiply(a_slice_prev, W)) + tf.squeeze(b)


def conv_forward(A_prev, W, b, hparameters):
    padded = zero_pad(floating(A_prev), hparameters["pad"])
    Z = tf.nn.conv2d(padded, floating(W), hparameters["stride"], "VALID") + floating(b)
    return Z, (A_prev, W, b, hparameters)


def pool(A_prev, hparameters, mode="max"):
    layer = tf.nn.max_pool2d if mode == "max" else tf.nn.avg_pool2d
    A = layer(floating(A_prev), hparameters["f"], hparameters["stride"], "VALID")
    return A, (A_prev, hparameters)


def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    given = [floating(array) for array in (A_prev, W, b)]
    with tf.GradientTape() as tape:
        tape.watch(given)
        Z, _ = conv_forward(*given, hparameters)
    return tape.gradient(Z, given, output_gradients=floating(dZ))


def create_mask_from_window(x):
    return tf.equal(x, tf.reduce_max(x))


def distribute_value(dz, shape):
    return tf.fill(shape, floating(dz) / (shape[0] * shape[1]))


def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = floating(cache[0]), cache[1]
    f, stride = hparameters["f"], hparameters["stride"]
    largest, _ = pool(A_prev, hparameters)
    rows, columns = largest.shape[1:3]
    with tf.GradientTape() as tape:
        tape.watch(A_prev)
        total = 0.0
        for u in range(f):
            for v in range(f):
                pixels = A_prev[:, u::stride, v::stride][:, :rows, :columns]
                share = tf.cast(pixels == largest if mode == "max" else 1 / f**2, dA.dtype)
                total += tf.reduce_sum(pixels * tf.stop_gradient(share) * dA)
    return tape.gradient(total, A_prev)
