"""im2col by `as_strided` and one matrix product; back by adding shifted slices (col2im)."""

import numpy as np


def zero_pad(X, pad):
    for axis in (1, 2):
        border = np.zeros([pad if i == axis else n for i, n in enumerate(X.shape)], X.dtype)
        X = np.concatenate([border, X, border], axis=axis)
    return X


def conv_single_step(a_slice_prev, W, b):
    return np.dot(a_slice_prev.ravel(), W.ravel()) + b.reshape(())


def patches(X, f, stride):
    """A view of all windows, (m, n_H, n_W, f, f, channels)."""
    X = np.ascontiguousarray(X)
    m, height, width, channels = X.shape
    of_m, of_row, of_column, of_channel = X.strides
    return np.lib.stride_tricks.as_strided(
        X,
        (m, (height - f) // stride + 1, (width - f) // stride + 1, f, f, channels),
        (of_m, of_row * stride, of_column * stride, of_row, of_column, of_channel),
        writeable=False,
    )


def add_patches(columns, shape, stride):
    """The other way round: sum (m, n_H, n_W, f, f, channels) into a batch of this shape."""
    total = np.zeros(shape)
    _, n_H, n_W, f, _, _ = columns.shape
    for u in range(f):
        for v in range(f):
            below, right = u + stride * (n_H - 1) + 1, v + stride * (n_W - 1) + 1
            total[:, u:below:stride, v:right:stride] += columns[:, :, :, u, v]
    return total


def conv_forward(A_prev, W, b, hparameters):
    windows = patches(zero_pad(A_prev, hparameters["pad"]), W.shape[0], hparameters["stride"])
    matrix = windows.reshape(-1, W.shape[0] * W.shape[1] * W.shape[2])
    Z = matrix @ W.reshape(-1, W.shape[-1]) + b.reshape(1, -1)
    return Z.reshape(*windows.shape[:3], W.shape[-1]), (A_prev, W, b, hparameters)


def pool(A_prev, hparameters, mode="max"):
    windows = patches(A_prev, hparameters["f"], hparameters["stride"])
    flat = windows.reshape(*windows.shape[:3], -1, A_prev.shape[-1])
    if mode == "average":
        return flat.sum(axis=3) / hparameters["f"] ** 2, (A_prev, hparameters)
    return np.sort(flat, axis=3)[..., -1, :], (A_prev, hparameters)


def conv_backward(dZ, cache):
    A_prev, W, b, hparameters = cache
    pad, stride = hparameters["pad"], hparameters["stride"]
    padded = zero_pad(A_prev, pad)
    windows = patches(padded, W.shape[0], stride)
    outputs = dZ.reshape(-1, W.shape[-1])
    dW = (windows.reshape(len(outputs), -1).T @ outputs).reshape(W.shape)
    columns = (outputs @ W.reshape(-1, W.shape[-1]).T).reshape(windows.shape)
    dA = add_patches(columns, padded.shape, stride)
    height, width = A_prev.shape[1:3]
    return dA[:, pad:][:, :height][:, :, pad:][:, :, :width], dW, outputs.sum(0).reshape(b.shape)


def create_mask_from_window(x):
    mask = np.zeros(x.shape, dtype=bool)
    mask[np.where(x == x.max())] = True
    return mask


def distribute_value(dz, shape):
    shares = np.empty(shape)
    shares.fill(dz / shares.size)
    return shares


def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    windows = patches(A_prev, f, stride)
    worth = np.expand_dims(dA, (3, 4))
    if mode == "max":
        shares = np.where(windows == windows.max((3, 4), keepdims=True), worth, 0)
    else:
        shares = np.tile(worth / (f * f), (1, 1, 1, f, f, 1))
    return add_patches(shares, A_prev.shape, stride)
