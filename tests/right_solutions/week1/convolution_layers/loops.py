"""Nested loops and Python floats, without a NumPy routine that could do the work."""

import math

import numpy as np


def zero_pad(X, pad):
    m, height, width, channels = X.shape
    padded = np.zeros((m, height + 2 * pad, width + 2 * pad, channels))
    padded[:, pad : height + pad, pad : width + pad, :] = X
    return padded


def conv_single_step(a_slice_prev, W, b):
    total = 0.0
    for pixel, weight in zip(a_slice_prev.flatten(), W.flatten(), strict=True):
        total += float(pixel) * float(weight)
    return total + float(b[0][0][0])


def conv_forward(A_prev, W, b, hparameters):
    s, p = hparameters["stride"], hparameters["pad"]
    f, channels, filters = W.shape[1], W.shape[2], W.shape[3]
    m = len(A_prev)
    n_H = math.floor((A_prev.shape[1] - f + 2 * p) / s) + 1
    n_W = math.floor((A_prev.shape[2] - f + 2 * p) / s) + 1
    padded = zero_pad(A_prev, p)
    Z = np.empty((m, n_H, n_W, filters))
    for c in range(filters):
        for x in range(n_W):
            for y in range(n_H):
                for example in range(m):
                    z = 0.0
                    for k in range(channels):
                        for u in range(f):
                            for v in range(f):
                                pixel = padded[example, y * s + u, x * s + v, k]
                                z += float(pixel) * float(W[u, v, k, c])
                    Z[example, y, x, c] = z + float(b[0, 0, 0, c])
    return Z, [A_prev, W, b, hparameters]


def pool(A_prev, hparameters, mode="max"):
    f, s = hparameters["f"], hparameters["stride"]
    _, height, width, channels = A_prev.shape
    tops = [top for top in range(0, height, s) if top + f <= height]
    lefts = [left for left in range(0, width, s) if left + f <= width]
    A = []
    for example in A_prev.tolist():
        A.append([])
        for top in tops:
            A[-1].append([])
            for left in lefts:
                answers = []
                for k in range(channels):
                    window = [
                        example[y][x][k] for y in range(top, top + f) for x in range(left, left + f)
                    ]
                    answers.append(max(window) if mode == "max" else sum(window) / len(window))
                A[-1][-1].append(answers)
    return np.array(A), (A_prev, hparameters)


def conv_backward(dZ, cache):
    A_prev, W, _, hparameters = cache
    s, p = hparameters["stride"], hparameters["pad"]
    _, height, width, channels = A_prev.shape
    dA_prev, dW, db = np.zeros(A_prev.shape), np.zeros(W.shape), np.zeros((1, 1, 1, W.shape[3]))
    for (example, y, x, c), dz in np.ndenumerate(dZ):
        db[0, 0, 0, c] += dz
        for u in range(W.shape[0]):
            for v in range(W.shape[1]):
                row, column = y * s + u - p, x * s + v - p
                if 0 <= row < height and 0 <= column < width:
                    for k in range(channels):
                        dA_prev[example, row, column, k] += float(W[u, v, k, c]) * float(dz)
                        dW[u, v, k, c] += float(A_prev[example, row, column, k]) * float(dz)
    return dA_prev, dW, db


def create_mask_from_window(x):
    largest = max(max(row) for row in x.tolist())
    return np.array([[value == largest for value in row] for row in x.tolist()])


def distribute_value(dz, shape):
    share = float(dz) / math.prod(shape)
    return np.array([[share for _ in range(shape[1])] for _ in range(shape[0])])


def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, s = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros(A_prev.shape)
    for (example, y, x, c), da in np.ndenumerate(dA):
        window = A_prev[example, y * s : y * s + f, x * s : x * s + f, c]
        largest = window.max()
        for u in range(f):
            for v in range(f):
                if mode == "average":
                    dA_prev[example, y * s + u, x * s + v, c] += float(da) / f**2
                elif window[u, v] == largest:
                    dA_prev[example, y * s + u, x * s + v, c] += float(da)
    return dA_prev
