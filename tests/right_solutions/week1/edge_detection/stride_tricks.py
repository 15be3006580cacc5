"""Views of all windows at once, and einsum; sizes from arrays, so they are NumPy integers."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def output_size(n, f, pad=0, stride=1):
    if min(n, f, stride) < 1 or pad < 0 or n + 2 * pad < f:
        raise ValueError("no such window")
    return np.arange(0, n + 2 * pad - f + 1, stride).size


def same_padding(f):
    half, rest = np.divmod(f - 1, 2)
    if half < 0 or rest:
        raise ValueError("only odd windows")
    return half


def convolve2d(image, kernel, stride=1, pad=0):
    padded = np.pad(image, ((pad, pad), (pad, pad)), constant_values=0)
    windows = sliding_window_view(padded, kernel.shape)[::stride, ::stride]
    return np.einsum("ijuv,uv->ij", windows, kernel)


def true_convolution(image, kernel):
    return np.einsum("ijuv,uv->ij", sliding_window_view(image, kernel.shape), np.flip(kernel))


def learn_kernel(image, target, steps, learning_rate):
    windows = sliding_window_view(image, (3, 3))
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = np.tensordot(windows, kernel, axes=2) - target
        kernel -= learning_rate * 2 * (error[:, :, None, None] * windows).mean(axis=(0, 1))
    return kernel
