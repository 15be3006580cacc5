"""Plain loops and lists, no array operation at all."""

import math

import numpy as np


def output_size(n, f, pad=0, stride=1):
    for value, least in ((n, 1), (f, 1), (pad, 0), (stride, 1)):
        if value < least:
            raise ValueError("out of range")
    places = math.floor((n + 2 * pad - f) / stride) + 1
    if f > n + 2 * pad:
        raise ValueError("does not fit")
    return places


def same_padding(f):
    if f <= 0:
        raise ValueError("too small")
    pad = 0
    while output_size(f, f, pad) < f:
        pad += 1
    if output_size(f, f, pad) != f:
        raise ValueError("even")
    return pad


def convolve2d(image, kernel, stride=1, pad=0):
    height, width = len(image), len(image[0])
    rows = []
    for i in range(output_size(height, len(kernel), pad, stride)):
        row = []
        for j in range(output_size(width, len(kernel[0]), pad, stride)):
            total = 0.0
            for u in range(len(kernel)):
                for v in range(len(kernel[0])):
                    y, x = i * stride + u - pad, j * stride + v - pad
                    if 0 <= y < height and 0 <= x < width:
                        total += float(image[y][x]) * float(kernel[u][v])
            row.append(total)
        rows.append(row)
    return np.array(rows)


def true_convolution(image, kernel):
    f_H, f_W = kernel.shape
    n_H, n_W = image.shape[0] - f_H + 1, image.shape[1] - f_W + 1
    output = np.zeros((n_H, n_W))
    for i in range(n_H):
        for j in range(n_W):
            for u in range(f_H):
                for v in range(f_W):
                    output[i, j] += image[i + f_H - 1 - u, j + f_W - 1 - v] * kernel[u, v]
    return output


def learn_kernel(image, target, steps, learning_rate):
    n_H, n_W = target.shape
    weights = [[0.0] * 3 for _ in range(3)]
    while steps > 0:
        steps -= 1
        slopes = [[0.0] * 3 for _ in range(3)]
        for i in range(n_H):
            for j in range(n_W):
                prediction = 0.0
                for u in range(3):
                    for v in range(3):
                        prediction += weights[u][v] * float(image[i + u, j + v])
                pull = 2 * (prediction - float(target[i, j])) / (n_H * n_W)
                for u in range(3):
                    for v in range(3):
                        slopes[u][v] += pull * float(image[i + u, j + v])
        for u in range(3):
            for v in range(3):
                weights[u][v] -= learning_rate * slopes[u][v]
    return np.array(weights)
