"""Index arithmetic, einsum and broadcasting; other distributions' roads to the same numbers."""

import functools
from pathlib import Path

import h5py
import keras
import numpy as np


def mirror(images, rng):
    columns = np.arange(images.shape[2])
    tosses = rng.binomial(1, 0.5, size=len(images))[:, None]
    order = np.where(tosses, columns[::-1], columns)
    return np.take_along_axis(images, order[:, None, :, None], axis=2)


def random_crop(images, size, rng):
    m, n_H, n_W, _ = images.shape
    place = rng.integers((n_H - size + 1) * (n_W - size + 1), size=m)
    top, left = np.divmod(place, n_W - size + 1)
    steps = np.arange(size)
    rows = (top[:, None] + steps)[:, :, None]
    columns = (left[:, None] + steps)[:, None, :]
    return images[np.arange(m)[:, None, None], rows, columns]


def color_shift(images, max_shift, rng):
    shifts = max_shift * rng.uniform(-1, 1, (3, len(images))).T.astype(images.dtype)
    return (images + shifts[:, None, None, :]).clip(0, 1).astype(images.dtype)


def pca_color_shift(images, scale, rng):
    covariance = np.cov(np.moveaxis(images, -1, 0).reshape(3, -1), bias=True)
    axes, values, _ = np.linalg.svd(covariance)
    alphas = rng.multivariate_normal(np.zeros(3), scale**2 * np.eye(3), size=len(images))
    shifts = np.einsum("ck,k,mk->mc", axes, values, alphas)[:, None, None]
    return np.clip(images + shifts, 0, 1, dtype=images.dtype, casting="unsafe")


def frozen_features(base, images, path):
    try:
        with h5py.File(path, "r") as file:
            return file["features"][:]
    except FileNotFoundError:
        pass
    base.trainable = False
    features = base.predict(images, batch_size=16, verbose=0)
    try:
        with h5py.File(path, "x") as file:
            file["features"] = features
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise
    return features


def new_head(feature_shape, classes):
    features = keras.Input(feature_shape, name="features")
    means = keras.layers.GlobalAveragePooling2D(keepdims=True)(features)
    answers = keras.layers.Dense(classes, activation="softmax")(means)
    return keras.Model(features, keras.layers.Flatten()(answers))


def fine_tune(model, n_layers, learning_rate):
    model.trainable = False
    total = len(model.layers)
    for layer in model.layers[max(total - n_layers, 0) :]:
        if not isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = True
    others = [layer for layer in model.layers if not layer.trainable]
    model.trainable = True
    for layer in others:
        layer.trainable = False
    model.compile(
        loss="sparse_categorical_crossentropy",
        optimizer=keras.optimizers.Adam(learning_rate),
        metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2)],
    )
    return model


def ten_crop(image, size):
    windows = np.lib.stride_tricks.sliding_window_view(image, (size, size), axis=(0, 1))
    rows, columns = np.array(windows.shape[:2]) - 1
    tops = np.array([0, 0, rows, rows, rows // 2])
    lefts = np.array([0, columns, 0, columns, columns // 2])
    five = windows[tops, lefts].transpose(0, 2, 3, 1)
    return np.vstack([five, np.flip(five, axis=2)])


def ensemble(models, images):
    share = 1 / len(models)
    return functools.reduce(np.add, (share * np.asarray(model(images)) for model in models))
