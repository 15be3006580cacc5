"""Trains the encoder of avatars by a triplet loss, and chooses its threshold.

`python -m convwork.authoring.datasets.train_face_encoder` makes `datasets/avatar_encoder.h5` anew,
as `convwork datasets build avatar_encoder` does: some ten minutes on two processors.
"""

from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.random import Generator
from numpy.typing import NDArray

from convwork.authoring.datasets import build
from convwork.authoring.datasets.recipe import Fetched, add, note
from convwork.course import Faces, architectures, face_pairs, load_avatar_faces

SEED = 7
STEPS = 2400
REPORT_EVERY = 100
PEOPLE_PER_BATCH = 20
PICTURES_PER_PERSON = 4
LEARNING_RATE = 1e-3
MARGIN = 0.2
LARGEST_SHIFT = 4  # pixels, of the augmented pictures

Distances = tuple[NDArray[np.float32], NDArray[np.float32]]  # of the same people, of different


def write(file: Any, fetched: Fetched) -> None:
    """Train, and write the weights as float16, the threshold, and the course of the training."""
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(SEED)
    faces = load_avatar_faces()
    model = architectures.avatar_encoder()
    add(file, "losses", _train(model, faces.train))
    _round_to_float16(model)
    validation, test = (judge_pairs(model, part) for part in (faces.validation, faces.test))
    threshold = _best_threshold(validation)
    print(
        f"threshold {threshold:.3f}, right on validation {_share_right(validation, threshold):.4f}"
    )
    print(f"right on test {_share_right(test, threshold):.4f}", flush=True)
    file.attrs["threshold"] = threshold
    note(file, licence="MIT, of the convwork authors")
    for layer in model.layers:
        for weight in layer.weights:
            add(file, f"weights/{layer.name}/{weight.name}", weight.numpy().astype("f2"))


def _train(model: Any, faces: Faces) -> NDArray[np.float32]:
    """Train the model; the mean loss of every `REPORT_EVERY` steps."""
    rate = keras.optimizers.schedules.CosineDecay(LEARNING_RATE, STEPS)
    optimizer = keras.optimizers.Adam(rate)

    def train_step(images: Any, people: Any) -> Any:
        with tf.GradientTape() as tape:
            loss = semi_hard_triplet_loss(people, model(images, training=True))
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        return loss

    compiled = tf.function(train_step)
    rng = np.random.default_rng(SEED)
    losses = []
    for step in range(1, STEPS + 1):
        chosen = _batch(rng, faces)
        images = _augmented(rng, faces.images[chosen])
        losses.append(float(compiled(images, faces.people[chosen])))
        if step % REPORT_EVERY == 0:
            print(f"step {step} of {STEPS}: loss {np.mean(losses[-REPORT_EVERY:]):.4f}", flush=True)
    means = np.reshape(losses, (-1, REPORT_EVERY)).mean(axis=1)
    return np.asarray(means, dtype=np.float32)


def semi_hard_triplet_loss(people: Any, encodings: Any) -> Any:
    """The mean over all pairs of the same person of max(d(A, P)² - d(A, N)² + margin, 0).

    N is semi-hard: of those who are farther from A than P is, the nearest; if there is none, the
    farthest of all. Encodings have length 1.
    """
    squared = tf.maximum(2 - 2 * tf.matmul(encodings, encodings, transpose_b=True), 0)
    same = people[:, None] == people[None, :]
    to_positive = squared[:, :, None]  # A × P × 1
    to_negative = squared[:, None, :]  # A × 1 × N
    different = ~same[:, None, :]
    farther = different & (to_negative > to_positive)
    nearest = tf.reduce_min(tf.where(farther, to_negative, np.inf), axis=2)
    farthest = tf.reduce_max(tf.where(different, to_negative, 0), axis=2)
    negative = tf.where(tf.math.is_inf(nearest), farthest, nearest)
    pairs = same & ~tf.eye(tf.shape(people)[0], dtype=tf.bool)
    losses = tf.maximum(squared - negative + MARGIN, 0)
    return tf.reduce_mean(tf.boolean_mask(losses, pairs))


# Pictures


def _batch(rng: Generator, faces: Faces) -> NDArray[np.int64]:
    """Places of several pictures of each of several people."""
    people = rng.choice(np.unique(faces.people), PEOPLE_PER_BATCH, replace=False)
    places = [
        rng.choice(np.flatnonzero(faces.people == person), PICTURES_PER_PERSON, replace=False)
        for person in people
    ]
    return np.concatenate(places)


def _augmented(rng: Generator, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Each picture mirrored or not, shifted, a little brighter or darker, in other light."""
    side = images.shape[1]
    border = ((0, 0), (LARGEST_SHIFT, LARGEST_SHIFT), (LARGEST_SHIFT, LARGEST_SHIFT), (0, 0))
    padded = np.pad(images, border, mode="edge")
    out = np.empty(images.shape, dtype=np.float32)
    for place, image in enumerate(padded):
        top, left = rng.integers(2 * LARGEST_SHIFT + 1, size=2)
        cut = image[top : top + side, left : left + side]
        out[place] = cut[:, ::-1] if rng.random() < 0.5 else cut
    brightness = rng.uniform(0.85, 1.15, (len(images), 1, 1, 1))
    tint = rng.uniform(0.95, 1.05, (len(images), 1, 1, 3))
    return np.asarray(np.clip(out * brightness * tint, 0, 255), dtype=np.float32)


# Pairs


def judge_pairs(model: Any, faces: Faces) -> Distances:
    """How far apart the model sees the faces of each of the `face_pairs`."""
    encodings = model.predict(faces.images.astype(np.float32), verbose=0)
    same, different = (
        np.linalg.norm(encodings[places[:, 0]] - encodings[places[:, 1]], axis=1)
        for places in face_pairs(faces)
    )
    return same, different


def _best_threshold(distances: Distances) -> float:
    """The middle of the thresholds, to a hundredth, that judge most pairs rightly."""
    thresholds = np.arange(0, 2, 0.01)
    shares = np.array([_share_right(distances, threshold) for threshold in thresholds])
    return round(float(np.median(thresholds[shares == shares.max()])), 3)


def _share_right(distances: Distances, threshold: float) -> float:
    """The share of pairs that are on their side of the threshold."""
    same, different = distances
    return float(np.mean([*(same < threshold), *(different >= threshold)]))


def _round_to_float16(model: Any) -> None:
    """Such that what is measured is what is stored."""
    model.set_weights([weight.astype("f2").astype("f4") for weight in model.get_weights()])


if __name__ == "__main__":
    build(["avatar_encoder"], print)
