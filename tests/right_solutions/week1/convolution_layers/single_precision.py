"""32 bits everywhere, as networks compute; the windows one by one."""

import numpy as np


def single(*arrays):
    return [np.asarray(array, dtype=np.float32) for array in arrays]


def zero_pad(X, pad):
    return np.pad(X.astype(np.float32), ((0, 0), (pad, pad), (pad, pad), (0, 0)))


def conv_single_step(a_slice_prev, W, b):
    a_slice_prev, W, b = single(a_slice_prev, W, b)
    return np.sum(a_slice_prev * W) + b[0, 0, 0]


def conv_forward(A_prev, W, b, hparameters):
    stride, pad = hparameters["stride"], hparameters["pad"]
    f = W.shape[0]
    padded = zero_pad(A_prev, pad)
    n_H, n_W = ((length - f) // stride + 1 for length in padded.shape[1:3])
    Z = np.zeros((len(padded), n_H, n_W, W.shape[3]), dtype=np.float32)
    for i, h, w, c in np.ndindex(*Z.shape):
        window = padded[i, h * stride : h * stride + f, w * stride : w * stride + f]
        Z[i, h, w, c] = conv_single_step(window, W[..., c], b[..., c])
    return Z, (A_prev, W, b, hparameters)


def pool(A_prev, hparameters, mode="max"):
    f, stride = hparameters["f"], hparameters["stride"]
    (pixels,) = single(A_prev)
    m, n_H, n_W, channels = pixels.shape
    A = np.zeros((m, (n_H - f) // stride + 1, (n_W - f) // stride + 1, channels), dtype=np.float32)
    summary = np.max if mode == "max" else np.mean
    for h, w in np.ndindex(A.shape[1:3]):
        windows = pixels[:, h * stride : h * stride + f, w * stride : w * stride + f]
        A[:, h, w] = summary(windows, axis=(1, 2))
    return A, (A_prev, hparameters)


def conv_backward(dZ, cache):
    *arrays, hparameters = cache
    stride, pad = hparameters["stride"], hparameters["pad"]
    A_prev, W, b, dZ = single(*arrays, dZ)
    padded = zero_pad(A_prev, pad)
    dA_padded, dW, db = np.zeros_like(padded), np.zeros_like(W), np.zeros_like(b)
    f = W.shape[0]
    for i, h, w, c in np.ndindex(*dZ.shape):
        place = np.s_[i, h * stride : h * stride + f, w * stride : w * stride + f]
        dA_padded[place] += W[..., c] * dZ[i, h, w, c]
        dW[..., c] += padded[place] * dZ[i, h, w, c]
        db[..., c] += dZ[i, h, w, c]
    rows, columns = (slice(pad, pad + length) for length in A_prev.shape[1:3])
    return dA_padded[:, rows, columns], dW, db


def create_mask_from_window(x):
    (x,) = single(x)
    return x == x.max()


def distribute_value(dz, shape):
    shares = np.full(shape, dz, dtype=np.float32)
    return shares / np.float32(shares.size)


def pool_backward(dA, cache, mode="max"):
    A_prev, hparameters = cache
    A_prev, dA = single(A_prev, dA)
    f, stride = hparameters["f"], hparameters["stride"]
    dA_prev = np.zeros_like(A_prev)
    for i, h, w, c in np.ndindex(*dA.shape):
        place = np.s_[i, h * stride : h * stride + f, w * stride : w * stride + f, c]
        if mode == "max":
            dA_prev[place] += create_mask_from_window(A_prev[place]) * dA[i, h, w, c]
        else:
            dA_prev[place] += distribute_value(dA[i, h, w, c], (f, f))
    return dA_prev
