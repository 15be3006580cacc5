"""Plain loops over everything, one number at a time; the mean taken off pixel by pixel."""

import numpy as np


def conv1d_forward(A_prev, W, b, stride=1, pad=0):
    m, n_prev, n_C_prev = A_prev.shape
    f, _, n_C = W.shape
    padded = np.zeros((m, n_prev + 2 * pad, n_C_prev))
    padded[:, pad : pad + n_prev, :] = A_prev
    n = int((n_prev + 2 * pad - f) / stride) + 1
    Z = np.zeros((m, n, n_C))
    for i in range(m):
        for t in range(n):
            for c in range(n_C):
                a_slice = padded[i, t * stride : t * stride + f, :]
                Z[i, t, c] = np.sum(a_slice * W[:, :, c]) + b[0, 0, c]
    return Z


def conv3d_forward(A_prev, W, b, stride=1, pad=0):
    m, n_H_prev, n_W_prev, n_D_prev, _ = A_prev.shape
    f, f, f, _, n_C = W.shape
    sizes = [1 + (size + 2 * pad - f) // stride for size in (n_H_prev, n_W_prev, n_D_prev)]
    Z = np.zeros([m, *sizes, n_C])
    for i in range(m):
        example = np.pad(A_prev[i], ((pad, pad), (pad, pad), (pad, pad), (0, 0)), mode="constant")
        for h in range(sizes[0]):
            for w in range(sizes[1]):
                for d in range(sizes[2]):
                    a_slice = example[
                        h * stride : h * stride + f,
                        w * stride : w * stride + f,
                        d * stride : d * stride + f,
                    ]
                    for c in range(n_C):
                        Z[i, h, w, d, c] = np.sum(a_slice * W[..., c]) + b[0, 0, 0, 0, c].item()
    return Z


def motion_filter(direction, f=3):
    W = np.zeros((f, f, f))
    for t in range(f):
        if direction == "right":
            W[1, t, t] = f
        elif direction == "left":
            W[1, f - 1 - t, t] = f
        elif direction == "down":
            W[t, 1, t] = f
        else:
            W[f - 1 - t, 1, t] = f
    for h in range(f):
        for w in range(f):
            total = sum(W[h, w, t] for t in range(f))
            for t in range(f):
                W[h, w, t] -= total / f
    return W.astype(int)
