"""Every window is a row of a matrix, and a filter is a column: im2col."""

import numpy as np


def output_size(n, f, pad=0, stride=1):
    in_range = n >= 1 and f >= 1 and pad >= 0 and stride >= 1
    places = len(range(0, n + 2 * pad - f + 1, stride)) if in_range else 0
    if not places:
        raise ValueError("no place")
    return places


def same_padding(f):
    if f < 1 or (f - 1) % 2:
        raise ValueError("only odd windows")
    return (f - 1) // 2


def window_rows(image, f_H, f_W, stride=1):
    n_H = output_size(image.shape[0], f_H, 0, stride)
    n_W = output_size(image.shape[1], f_W, 0, stride)
    rows = [
        image[i * stride : i * stride + f_H, j * stride : j * stride + f_W].ravel()
        for i in range(n_H)
        for j in range(n_W)
    ]
    return np.array(rows), (n_H, n_W)


def convolve2d(image, kernel, stride=1, pad=0):
    padded = np.vstack(
        [
            np.zeros((pad, image.shape[1] + 2 * pad)),
            np.hstack([np.zeros((image.shape[0], pad)), image, np.zeros((image.shape[0], pad))]),
            np.zeros((pad, image.shape[1] + 2 * pad)),
        ]
    )
    rows, shape = window_rows(padded, *kernel.shape, stride)
    return (rows @ kernel.ravel()).reshape(shape)


def true_convolution(image, kernel):
    rows, shape = window_rows(image, *kernel.shape)
    return (rows @ kernel.ravel()[::-1]).reshape(shape)


def learn_kernel(image, target, steps, learning_rate):
    rows, _ = window_rows(image, 3, 3)
    rows = rows.astype(float)
    wanted = target.ravel().astype(float)
    weights = np.zeros(9)
    # The slope of the mean squared error, from its quadratic form.
    curvature, pull = rows.T @ rows / len(rows), rows.T @ wanted / len(rows)
    for _ in range(steps):
        weights = weights - 2 * learning_rate * (curvature @ weights - pull)
    return weights.reshape(3, 3)
