"""keras.ops in the place of TensorFlow's functions; the best places by sorting all of them."""

import keras
import numpy as np
import tensorflow as tf


def top_patches(activations, images, unit, k=9, receptive_field=15):
    m, n_H, n_W, _ = np.shape(activations)
    _, H, W, _ = np.shape(images)
    r = receptive_field
    order = np.argsort(activations[:, :, :, unit], axis=None)[::-1]
    found, seen = [], set()
    for image, i, j in zip(*np.unravel_index(order, (m, n_H, n_W)), strict=True):
        if image in seen or len(found) == k:
            continue
        seen.add(image)
        first = [
            np.clip((2 * place + 1) * size // (2 * n) - r // 2, 0, size - r)
            for place, size, n in [(i, H, n_H), (j, W, n_W)]
        ]
        found.append(images[image, first[0] : first[0] + r, first[1] : first[1] + r, :])
    return np.array(found)


def compute_content_cost(a_C, a_G):
    return keras.ops.mean(keras.ops.square(a_C - a_G)) / 4


def gram_matrix(A):
    return keras.ops.matmul(A, keras.ops.transpose(A))


def rows(a):
    return keras.ops.reshape(keras.ops.transpose(a, (0, 3, 1, 2)), (a.shape[-1], -1))


def compute_layer_style_cost(a_S, a_G):
    _, n_H, n_W, _ = keras.ops.shape(a_S)
    difference = gram_matrix(rows(a_S)) - gram_matrix(rows(a_G))
    return keras.ops.mean(keras.ops.square(difference / (n_H * n_W))) / 4


def compute_style_cost(style_outputs, generated_outputs, layer_weights):
    costs = [
        compute_layer_style_cost(*pair)
        for pair in zip(style_outputs, generated_outputs, strict=True)
    ]
    return keras.ops.sum(
        keras.ops.stack(costs) * keras.ops.convert_to_tensor(layer_weights, "float32")
    )


def total_cost(J_content, J_style, alpha=10, beta=40):
    return keras.ops.add(alpha * J_content, beta * J_style)


def train_step(generated, cost, optimizer):
    with tf.GradientTape() as tape:
        tape.watch(generated)
        J = cost(generated)
    optimizer.apply(tape.gradient(J, [generated]), [generated])
    generated.assign(keras.ops.clip(generated, 0, 1))
    return J
