"""Loops over the windows only: batch, channels and filters at once; float32 stays float32."""

import numpy as np


def zero_pad(X, pad):
    return np.pad(X, [(0, 0), (pad, pad), (pad, pad), (0, 0)], mode="constant", constant_values=0)


def conv_single_step(a_slice_prev, W, b):
    return np.vdot(a_slice_prev, W) + np.squeeze(b)


def floating(*arrays):
    return np.result_type(np.float32, *arrays)


def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    f, n_C = W.shape[0], W.shape[-1]
    n_H = int((A_prev.shape[1] - f + 2 * pad) / stride) + 1
    n_W = int((A_prev.shape[2] - f + 2 * pad) / stride) + 1
    padded = zero_pad(A_prev, pad)
    Z = np.zeros((A_prev.shape[0], n_H, n_W, n_C), dtype=floating(A_prev, W, b))
    for h in range(n_H):
        for w in range(n_W):
            windows = padded[:, h * stride : h * stride + f, w * stride : w * stride + f]
            Z[:, h, w] = np.tensordot(windows, W, axes=3)
    Z += b
    return Z, (A_prev, W, b, hparameters)


def pool(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    n_H = 1 + (A_prev.shape[1] - f) // stride
    n_W = 1 + (A_prev.shape[2] - f) // stride
    summary = {"max": np.amax, "average": np.average}[mode]
    rows = [
        [
            summary(
                A_prev[:, h * stride : h * stride + f, w * stride : w * stride + f], axis=(1, 2)
            )
            for w in range(n_W)
        ]
        for h in range(n_H)
    ]
    return np.moveaxis(np.array(rows), 2, 0), (A_prev, hparameters)


def conv_backward(dZ, cache):
    A_prev, W, _, hparameters = cache
    stride, pad = hparameters["stride"], hparameters["pad"]
    f = len(W)
    padded = zero_pad(A_prev, pad)
    dtype = floating(dZ, A_prev, W)
    dA_padded, dW = np.zeros(padded.shape, dtype), np.zeros(W.shape, dtype)
    for h, w in np.ndindex(dZ.shape[1:3]):
        rows = slice(h * stride, h * stride + f)
        columns = slice(w * stride, w * stride + f)
        dA_padded[:, rows, columns] += np.tensordot(dZ[:, h, w], W, axes=(1, 3))
        dW += np.tensordot(padded[:, rows, columns], dZ[:, h, w], axes=(0, 0))
    if pad:
        dA_padded = dA_padded[:, pad:-pad, pad:-pad]
    return dA_padded, dW, dZ.sum(axis=(0, 1, 2), keepdims=True)


def create_mask_from_window(x):
    return np.isclose(x, x.max(), rtol=0, atol=0)


def distribute_value(dz, shape):
    return np.ones(shape) * dz / np.prod(shape)


def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros_like(A_prev, dtype=floating(dA, A_prev))
    for h, w in np.ndindex(dA.shape[1:3]):
        place = np.index_exp[:, h * stride : h * stride + f, w * stride : w * stride + f]
        worth = dA[:, h : h + 1, w : w + 1]
        if mode == "max":
            window = A_prev[place]
            dA_prev[place] += (window == window.max(axis=(1, 2), keepdims=True)) * worth
        else:
            dA_prev[place] += worth / f**2
    return dA_prev
