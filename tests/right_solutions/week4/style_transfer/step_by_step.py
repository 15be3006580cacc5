"""Loops and small helpers; costs as numbers of TensorFlow with other names for everything."""

import tensorflow as tf
from numpy import argmax, stack, unravel_index


def begin(place, places, pixels, side):
    middle = int((place + 0.5) * (pixels / places))
    first = middle - side // 2
    last = pixels - side
    return 0 if first < 0 else last if first > last else first


def top_patches(activations, images, unit, k=9, receptive_field=15):
    candidates = []
    for number, (answer, image) in enumerate(zip(activations, images, strict=True)):
        channel = answer[:, :, unit]
        row, column = unravel_index(argmax(channel), channel.shape)
        top = begin(row, channel.shape[0], image.shape[0], receptive_field)
        left = begin(column, channel.shape[1], image.shape[1], receptive_field)
        patch = image[top : top + receptive_field, left : left + receptive_field]
        candidates.append((-float(channel[row, column]), number, patch))
    candidates.sort(key=lambda candidate: candidate[:2])
    return stack([patch for _, _, patch in candidates[:k]])


def compute_content_cost(a_C, a_G):
    total = tf.nn.l2_loss(tf.math.subtract(a_G, a_C))  # half of the sum of the squares
    return total / (2.0 * float(tf.size(a_C)))


def gram_matrix(A):
    return tf.linalg.matmul(A, A, transpose_b=True)


def compute_layer_style_cost(a_S, a_G):
    n_C = int(a_S.shape[3])
    places = int(tf.size(a_S)) // n_C
    matrices = []
    for volume in (a_S, a_G):
        channels = [tf.reshape(volume[0, :, :, channel], [-1]) for channel in range(n_C)]
        matrices.append(gram_matrix(tf.stack(channels)))
    squares = tf.pow(matrices[0] - matrices[1], 2)
    return tf.math.reduce_sum(squares) * (1.0 / (4.0 * n_C**2 * places**2))


def compute_style_cost(style_outputs, generated_outputs, layer_weights):
    costs = []
    for a_S, a_G, weight in zip(style_outputs, generated_outputs, layer_weights, strict=False):
        costs.append(tf.multiply(float(weight), compute_layer_style_cost(a_S, a_G)))
    return tf.add_n(costs)


def total_cost(J_content, J_style, alpha=10, beta=40):
    return tf.math.add(float(alpha) * J_content, float(beta) * J_style)


def train_step(generated, cost, optimizer):
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch(generated)
        before = cost(generated)
    (gradient,) = tape.gradient(before, [generated])
    optimizer.apply_gradients(zip([gradient], [generated], strict=True))
    generated.assign(tf.minimum(tf.maximum(generated, 0), 1))
    return before.numpy()
