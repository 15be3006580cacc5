"""Loops over pictures, one number at a time; Keras by hand where it can be."""

from pathlib import Path

import h5py
import keras
import numpy as np


def mirror(images, rng):
    result = images.copy()
    for i in range(images.shape[0]):
        if rng.integers(2) == 1:
            result[i] = np.fliplr(images[i])
    return result


def random_crop(images, size, rng):
    squares = np.empty((len(images), size, size, images.shape[3]), dtype=images.dtype)
    for i, image in enumerate(images):
        left = int(rng.random() * (image.shape[1] - size + 1))
        top = int(rng.random() * (image.shape[0] - size + 1))
        squares[i] = image[top : top + size, left : left + size, :]
    return squares


def color_shift(images, max_shift, rng):
    result = np.empty_like(images)
    for channel in range(3):
        for i in range(len(images)):
            shifted = images[i, :, :, channel] + (2 * rng.random() - 1) * max_shift
            shifted[shifted > 1] = 1
            shifted[shifted < 0] = 0
            result[i, :, :, channel] = shifted
    return result


def pca_color_shift(images, scale, rng):
    pixels = images.reshape(-1, 3).astype(float)
    centred = pixels - pixels.mean(axis=0)
    covariance = centred.T @ centred / len(pixels)
    eigenvalues, vectors = np.linalg.eig(covariance)
    result = np.zeros_like(images)
    for i, image in enumerate(images):
        shift = np.zeros(3)
        for k in range(3):
            shift += scale * rng.standard_normal() * eigenvalues[k] * vectors[:, k]
        result[i] = np.minimum(np.maximum(image + shift, 0), 1)
    return result


def frozen_features(base, images, path):
    if Path(path).is_file():
        file = h5py.File(path, "r")
        features = np.array(file["features"])
        file.close()
        return features
    parts = [np.array(base(images[i : i + 10], training=False)) for i in range(0, len(images), 10)]
    features = np.vstack(parts)
    file = h5py.File(path, "w")
    file.create_dataset("features", data=features)
    file.close()
    return features


def new_head(feature_shape, classes):
    model = keras.Sequential()
    model.add(keras.layers.InputLayer(shape=feature_shape))
    model.add(keras.layers.AveragePooling2D(pool_size=feature_shape[:2]))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(classes))
    model.add(keras.layers.Activation("softmax"))
    return model


def fine_tune(model, n_layers, learning_rate):
    for layer in model.layers:
        layer.trainable = False
    model.trainable = True
    for layer in model.layers:
        layer.trainable = False
    position = len(model.layers)
    while position > 0 and n_layers > 0:
        position -= 1
        n_layers -= 1
        if model.layers[position].__class__.__name__ != "BatchNormalization":
            model.layers[position].trainable = True
    model.compile(
        optimizer=keras.optimizers.Adam(learning_rate=learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(),
        metrics=["acc"],
    )
    return model


def ten_crop(image, size):
    height, width = image.shape[0], image.shape[1]
    y, x = (height - size) // 2, (width - size) // 2
    result = [
        image[:size, :size],
        image[:size, width - size :],
        image[height - size :, :size],
        image[height - size :, width - size :],
        image[y : y + size, x : x + size],
    ]
    for i in range(5):
        result.append(result[i][:, ::-1])
    return np.array(result)


def ensemble(models, images):
    total = 0
    for model in models:
        total = total + np.asarray(model(images))
    return total / len(models)
