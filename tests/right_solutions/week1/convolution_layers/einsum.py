"""`sliding_window_view` and `einsum`; on the way back `np.add.at` collects what overlaps."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view


def zero_pad(X, pad):
    padded = np.zeros_like(X, shape=(X.shape[0], *(n + 2 * pad for n in X.shape[1:3]), X.shape[3]))
    padded[:, pad : pad + X.shape[1], pad : pad + X.shape[2]] = X
    return padded


def conv_single_step(a_slice_prev, W, b):
    return np.einsum("uvk,uvk->", a_slice_prev, W) + b.sum()


def windows_of(X, f, stride):
    """(m, n_H, n_W, channels, f, f)"""
    return sliding_window_view(X, (f, f), axis=(1, 2))[:, ::stride, ::stride]


def conv_forward(A_prev, W, b, hparameters):
    windows = windows_of(zero_pad(A_prev, hparameters["pad"]), len(W), hparameters["stride"])
    return np.einsum("mhwkuv,uvkc->mhwc", windows, W) + b, (A_prev, W, b, hparameters)


def pool(A_prev, hparameters, mode="max"):
    windows = windows_of(A_prev, hparameters["f"], hparameters["stride"])
    A = windows.max(axis=(4, 5)) if mode == "max" else windows.mean(axis=(-1, -2))
    return A, (A_prev, hparameters)


def places(shape, f, stride, n_H, n_W):
    """Row and column of every pixel of every window, each (n_H, n_W, f, f)."""
    steps = np.arange(f)
    rows = stride * np.arange(n_H)[:, None, None, None] + steps[:, None]
    columns = stride * np.arange(n_W)[:, None, None] + steps
    return np.broadcast_arrays(rows, columns)


def collect(windows, shape, f, stride):
    """Add windows (m, n_H, n_W, f, f, channels) up into an array of a batch's shape."""
    total = np.zeros(shape)
    rows, columns = places(shape, f, stride, *windows.shape[1:3])
    np.add.at(total, (slice(None), rows, columns), windows)
    return total


def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    pad, stride = hparameters["pad"], hparameters["stride"]
    f = W.shape[1]
    padded = zero_pad(A_prev, pad)
    windows = windows_of(padded, f, stride)
    dW = np.einsum("mhwkuv,mhwc->uvkc", windows, dZ)
    db = np.einsum("mhwc->c", dZ).reshape(b.shape)
    spread = np.einsum("mhwc,uvkc->mhwuvk", dZ, W)
    dA = collect(spread, padded.shape, f, stride)
    return dA[:, pad : dA.shape[1] - pad, pad : dA.shape[2] - pad], dW, db


def create_mask_from_window(x):
    return ~(x < np.max(x))


def distribute_value(dz, shape):
    return np.broadcast_to(np.asarray(dz) / (shape[0] * shape[1]), shape)


def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    windows = np.moveaxis(windows_of(A_prev, f, stride), 3, 5)
    if mode == "average":
        shares = np.full(windows.shape, 1 / f**2)
    else:
        shares = windows == windows.max(axis=(3, 4), keepdims=True)
    return collect(shares * dA[:, :, :, None, None, :], A_prev.shape, f, stride)
