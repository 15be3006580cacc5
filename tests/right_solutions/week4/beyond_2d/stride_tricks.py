"""All windows at once, and one einsum; the motion filter is a wave that travels."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def _convolve(A_prev, W, b, stride, pad):
    axes = tuple(range(1, A_prev.ndim - 1))
    frame = [(pad, pad) if axis in axes else (0, 0) for axis in range(A_prev.ndim)]
    windows = sliding_window_view(np.pad(A_prev, frame), (len(W),) * len(axes), axis=axes)
    windows = windows[(slice(None), *[slice(None, None, stride)] * len(axes))]
    letters = "xyz"[: len(axes)]
    return np.einsum(f"...c{letters},{letters}cf->...f", windows, W) + b


def conv1d_forward(A_prev, W, b, stride=1, pad=0):
    return _convolve(A_prev, W, b, stride, pad)


def conv3d_forward(A_prev, W, b, stride=1, pad=0):
    return _convolve(A_prev, W, b, stride, pad)


def motion_filter(direction, f=3):
    y, x, t = np.meshgrid(*[np.arange(f) - (f - 1) / 2] * 3, indexing="ij")
    along = {"right": x, "left": -x, "down": y, "up": -y}[direction]
    wave = np.cos(np.pi / 2 * (along - t)) * np.exp(-(x**2 + y**2) / f)
    wave -= wave.mean(axis=-1, keepdims=True)
    return wave * 1000
