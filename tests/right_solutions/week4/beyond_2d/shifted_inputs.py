"""A loop over the filter's weights; a motion filter that cancels the opposite direction."""

import itertools

import numpy as np


def conv1d_forward(A_prev, W, b, stride=1, pad=0):
    padded = np.pad(A_prev, [(0, 0), (pad, pad), (0, 0)])
    places = padded.shape[1] - W.shape[0] + 1
    return sum(padded[:, u : u + places : stride] @ W[u] for u in range(len(W))) + b


def conv3d_forward(A_prev, W, b, stride=1, pad=0):
    padded = np.pad(A_prev, [(0, 0), *[(pad, pad)] * 3, (0, 0)])
    places = [size - W.shape[0] + 1 for size in padded.shape[1:4]]
    Z = b
    for offset in itertools.product(range(W.shape[0]), repeat=3):
        part = tuple(slice(o, o + n, stride) for o, n in zip(offset, places, strict=True))
        Z = Z + padded[:, part[0], part[1], part[2]] @ W[offset]
    return Z


def motion_filter(direction, f=3):
    W = np.zeros((f, f, f), dtype=np.float32)
    W[0, 1, 0] = W[0, 0, 2] = 1
    W[0, 1, 1] = W[0, 0, 1] = -1
    if direction in ("up", "down"):
        W = W.transpose(1, 0, 2)
    if direction in ("left", "up"):
        W = W[:, :, ::-1]
    return W
