"""One shifted copy of the image for each weight; everything in 32 bits."""

import numpy as np


def output_size(n, f, pad=0, stride=1):
    if n < 1 or f < 1 or stride < 1:
        raise ValueError("sizes and stride are at least 1")
    if pad < 0:
        raise ValueError("padding is not negative")
    size = (n + 2 * pad - f + stride) // stride
    if size < 1:
        raise ValueError("the window does not fit")
    return np.int32(size)


def same_padding(f):
    if f not in range(1, 100_000, 2):
        raise ValueError("only odd windows")
    return int((f - 1) / 2)


def convolve2d(image, kernel, stride=1, pad=0):
    height, width = image.shape
    padded = np.zeros((height + 2 * pad, width + 2 * pad), dtype=np.float32)
    padded[pad : pad + height, pad : pad + width] = image
    f_H, f_W = kernel.shape
    n_H = output_size(height, f_H, pad, stride)
    n_W = output_size(width, f_W, pad, stride)
    total = np.zeros((n_H, n_W), dtype=np.float32)
    for (u, v), weight in np.ndenumerate(kernel.astype(np.float32)):
        rows = slice(u, u + (n_H - 1) * stride + 1, stride)
        columns = slice(v, v + (n_W - 1) * stride + 1, stride)
        total += weight * padded[rows, columns]
    return total


def true_convolution(image, kernel):
    return convolve2d(image, np.rot90(kernel, 2))


def learn_kernel(image, target, steps, learning_rate):
    image = image.astype(np.float32)
    n_H, n_W = target.shape
    kernel = np.zeros((3, 3), dtype=np.float32)
    for _ in range(steps):
        error = convolve2d(image, kernel) - target.astype(np.float32)
        slope = np.empty_like(kernel)
        for u in range(3):
            for v in range(3):
                slope[u, v] = 2 * np.mean(error * image[u : u + n_H, v : v + n_W])
        kernel = kernel - np.float32(learning_rate) * slope
    return kernel
