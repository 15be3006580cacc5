"""Everything of TensorFlow compiled; Gram matrices by einsum; einsum straight from the volumes."""

import math

import numpy as np
import tensorflow as tf


def top_patches(activations, images, unit, k=9, receptive_field=15):
    response = np.asarray(activations)[..., unit]
    loudness = np.max(response, axis=(1, 2))
    chosen = sorted(range(len(images)), key=lambda image: loudness[image], reverse=True)[:k]
    H, W = images[0].shape[:2]
    patches = np.empty((k, receptive_field, receptive_field, 3), images.dtype)
    for index, image in enumerate(chosen):
        i, j = np.argwhere(response[image] == loudness[image])[0]
        y = math.floor((i + 1 / 2) * H / response.shape[1])
        x = math.floor((j + 1 / 2) * W / response.shape[2])
        y -= math.floor(receptive_field / 2)
        x -= math.floor(receptive_field / 2)
        if y < 0:
            y = 0
        if x < 0:
            x = 0
        if y + receptive_field > H:
            y = H - receptive_field
        if x + receptive_field > W:
            x = W - receptive_field
        patches[index] = images[image][y : y + receptive_field, x : x + receptive_field]
    return patches


@tf.function
def compute_content_cost(a_C, a_G):
    m, n_H, n_W, n_C = a_G.get_shape().as_list()
    a_C_unrolled = tf.reshape(a_C, shape=[m, n_H * n_W, n_C])
    a_G_unrolled = tf.reshape(a_G, shape=[m, n_H * n_W, n_C])
    squares = tf.square(tf.subtract(a_C_unrolled, a_G_unrolled))
    return 1 / (4 * n_H * n_W * n_C) * tf.reduce_sum(squares)


@tf.function
def gram_matrix(A):
    return tf.einsum("kp,lp->kl", A, A)


@tf.function
def compute_layer_style_cost(a_S, a_G):
    grams = [tf.einsum("mijk,mijl->kl", a, a) for a in (a_S, a_G)]
    sizes = tf.cast(tf.size(a_S), tf.float32)
    return tf.reduce_sum(tf.math.squared_difference(*grams)) / (2.0 * sizes) ** 2


def compute_style_cost(style_outputs, generated_outputs, layer_weights):
    J_style = 0
    for i, weight in enumerate(layer_weights):
        J_style += weight * compute_layer_style_cost(style_outputs[i], generated_outputs[i])
    return J_style


@tf.function()
def total_cost(J_content, J_style, alpha=10, beta=40):
    return alpha * J_content + beta * J_style


@tf.function
def train_step(generated, cost, optimizer):
    with tf.GradientTape() as tape:
        J = cost(generated)
    grad = tape.gradient(J, generated)
    optimizer.apply_gradients([(grad, generated)])
    generated.assign(tf.clip_by_value(generated, clip_value_min=0.0, clip_value_max=1.0))
    return J
