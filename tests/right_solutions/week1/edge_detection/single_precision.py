"""32 bits everywhere, as networks compute; the windows one by one."""

import numpy as np


def output_size(n, f, pad=0, stride=1):
    if min(n, f, stride) <= 0 or pad < 0 or f > n + 2 * pad:
        raise ValueError("no such window")
    return len(range(0, n + 2 * pad - f + 1, stride))


def same_padding(f):
    if f <= 0 or f % 2 != 1:
        raise ValueError("not odd")
    return int((f - 1) / 2)


def convolve2d(image, kernel, stride=1, pad=0):
    height, width = image.shape
    f_H, f_W = kernel.shape
    padded = np.zeros((height + 2 * pad, width + 2 * pad), dtype=np.float32)
    padded[pad : pad + height, pad : pad + width] = image
    size = output_size(height, f_H, pad, stride), output_size(width, f_W, pad, stride)
    output = np.zeros(size, dtype=np.float32)
    for row, column in np.ndindex(*size):
        top, left = row * stride, column * stride
        window = padded[top : top + f_H, left : left + f_W]
        output[row, column] = (window * kernel.astype(np.float32)).sum()
    return output


def true_convolution(image, kernel):
    return convolve2d(image, np.flip(kernel))


def learn_kernel(image, target, steps, learning_rate):
    kernel = np.zeros((3, 3), dtype=np.float32)
    for _ in range(steps):
        error = convolve2d(image, kernel) - target.astype(np.float32)
        kernel -= np.float32(2 * learning_rate / error.size) * convolve2d(image, error)
    return kernel
