"""Tensors where arrays were given; chance from rng by way of seeds; models within functions."""

import pathlib
import tempfile

import h5py
import tensorflow as tf


def mirror(images, rng):
    pictures = tf.constant(images)
    turn = tf.constant(rng.choice([False, True], size=(len(images), 1, 1, 1)))
    return tf.where(turn, tf.reverse(pictures, axis=[2]), pictures)


def random_crop(images, size, rng):
    height, width = images.shape[1:3]
    places = rng.integers([height - size, width - size], size=(len(images), 2), endpoint=True)
    return tf.stack(
        [
            tf.image.crop_to_bounding_box(image, int(top), int(left), size, size)
            for image, (top, left) in zip(images, places, strict=True)
        ]
    )


def color_shift(images, max_shift, rng):
    seed = rng.integers(2**31, size=2)
    shifts = tf.random.stateless_uniform(
        (len(images), 1, 1, 3), seed, -max_shift, max_shift, dtype=images.dtype
    )
    return tf.clip_by_value(tf.constant(images) + shifts, 0, 1)


def pca_color_shift(images, scale, rng):
    pixels = tf.reshape(tf.cast(images, tf.float64), (-1, 3))
    centred = pixels - tf.reduce_mean(pixels, axis=0)
    covariance = tf.matmul(centred, centred, transpose_a=True) / float(len(pixels) - 1)
    values, vectors = tf.linalg.eigh(covariance)
    alphas = tf.constant(rng.normal(scale=scale, size=(3, len(images))))
    shifts = tf.transpose(tf.matmul(vectors, alphas * values[:, None]))
    moved = tf.cast(images, tf.float64) + shifts[:, None, None, :]
    return tf.cast(tf.clip_by_value(moved, 0.0, 1.0), images.dtype)


def frozen_features(base, images, path):
    path = pathlib.Path(path)
    if path.exists():
        with h5py.File(path) as file:
            return tf.constant(file["features"][...])
    features = base(tf.constant(images), training=False)
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        beside = pathlib.Path(folder) / "features.h5"
        with h5py.File(beside, "w") as file:
            file.create_dataset("features", data=features.numpy(), compression="gzip")
        beside.rename(path)
    return features


def new_head(feature_shape, classes):
    inputs = tf.keras.Input(feature_shape)
    means = tf.keras.ops.mean(inputs, axis=(1, 2))
    dropped = tf.keras.layers.Dropout(0.2)(means)
    scores = tf.keras.layers.Dense(classes)(dropped)
    return tf.keras.Model(inputs, tf.keras.layers.Softmax()(scores))


def fine_tune(model, n_layers, learning_rate):
    learning = model.layers[-n_layers:] if n_layers else []
    model.trainable = True
    for layer in model.layers:
        layer.trainable = layer in learning
        if isinstance(layer, tf.keras.layers.BatchNormalization):
            layer.trainable = False
    optimizer = tf.keras.optimizers.Adam()
    optimizer.learning_rate = learning_rate
    loss = tf.keras.losses.sparse_categorical_crossentropy
    model.compile(optimizer, loss, metrics=[tf.keras.metrics.SparseCategoricalAccuracy("right")])
    return model


def ten_crop(image, size):
    height, width, _ = image.shape
    boxes = [(0, 0), (0, width - size), (height - size, 0), (height - size, width - size)]
    boxes.append(((height - size) // 2, (width - size) // 2))
    five = tf.stack([tf.image.crop_to_bounding_box(image, *box, size, size) for box in boxes])
    return tf.concat([five, tf.reverse(five, axis=[2])], axis=0)


def ensemble(models, images):
    said = [tf.cast(tf.convert_to_tensor(model(images)), tf.float64) for model in models]
    return tf.reduce_mean(tf.stack(said), axis=0)
