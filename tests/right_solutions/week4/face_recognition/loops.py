"""Plain loops; `predict`; a search from infinity; a head of Keras layers alone."""

import math

import keras
import numpy as np
import tensorflow as tf


def recognition_accuracy(verification_accuracy, k):
    all_right = 1.0
    for _ in range(k):
        all_right *= verification_accuracy
    return all_right


def verify(image, identity, database, model, threshold=0.7):
    if identity not in database:
        raise KeyError(identity)
    encoding = model.predict(np.expand_dims(image, axis=0), verbose=0)
    dist = 0.0
    for one, other in zip(encoding[0], database[identity], strict=True):
        dist += (float(one) - float(other)) ** 2
    dist = math.sqrt(dist)
    door_open = False
    if dist < threshold:
        door_open = True
    return dist, door_open


def who_is_it(image, database, model, threshold=0.7):
    if len(database) == 0:
        raise ValueError("the database is empty")
    min_dist, identity = math.inf, None
    for name in database:
        dist, _ = verify(image, name, database, model)
        if dist < min_dist:
            min_dist, identity = dist, name
    if min_dist >= threshold:
        identity = None
    return min_dist, identity


def triplet_loss(y_true, y_pred, alpha=0.2):
    anchor, positive, negative = y_pred[0], y_pred[1], y_pred[2]
    loss = 0.0
    for i in range(len(anchor)):
        pos = tf.reduce_sum(tf.square(anchor[i] - positive[i]))
        neg = tf.reduce_sum(tf.square(anchor[i] - negative[i]))
        loss = loss + tf.maximum(pos - neg + alpha, 0.0)
    return loss


def hard_triplets(encodings, labels, alpha):
    m = len(labels)
    found = []
    for a in range(m):
        for p in range(m):
            if p == a or labels[p] != labels[a]:
                continue
            for n in range(m):
                if labels[n] == labels[a]:
                    continue
                near = np.linalg.norm(encodings[a] - encodings[p]) ** 2
                far = np.linalg.norm(encodings[a] - encodings[n]) ** 2
                if near - far + alpha > 0:
                    found.append((near - far + alpha, a, p, n))
    found.sort(reverse=True)
    return np.array([triple for _, *triple in found], dtype=int).reshape(-1, 3)


class AbsoluteDifference(keras.layers.Layer):
    def call(self, pair):
        return keras.ops.absolute(keras.ops.subtract(pair[0], pair[1]))


def siamese_head(encoding_size):
    one = keras.layers.Input(shape=(encoding_size,), name="one")
    other = keras.layers.Input(shape=(encoding_size,), name="other")
    apart = AbsoluteDifference()([one, other])
    same = keras.layers.Activation("sigmoid")(keras.layers.Dense(units=1)(apart))
    return keras.Model(inputs=[one, other], outputs=same, name="siamese_head")
