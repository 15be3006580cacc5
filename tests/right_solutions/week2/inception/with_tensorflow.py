"""TensorFlow answers for arrays; NumPy integers for counts; zero padding by hand; tf.keras."""

import numpy as np
import tensorflow as tf

layers = tf.keras.layers


def conv_1x1(A, W, b):
    A, W, b = (tf.cast(array, tf.float32) for array in (A, W, b))
    return tf.nn.relu(tf.nn.conv2d(A, W, strides=1, padding="VALID") + b)


def multiplications(input_shape, f, n_filters):
    return np.prod([*input_shape, f, f, n_filters], dtype=np.int64)


def bottleneck_multiplications(input_shape, f, n_filters, n_bottleneck):
    first = multiplications(input_shape, 1, n_bottleneck)
    return first + multiplications([*input_shape[:2], n_bottleneck], f, n_filters)


def inception_module(X, filters):
    one, before_three, three, before_five, five, last = filters
    tower_1 = layers.Conv2D(one, 1, activation="relu", kernel_initializer="he_uniform")(X)
    tower_2 = layers.Conv2D(before_three, 1, activation="relu")(X)
    tower_2 = layers.Conv2D(three, 3, activation="relu")(layers.ZeroPadding2D(1)(tower_2))
    tower_3 = layers.Conv2D(before_five, 1, activation="relu")(X)
    tower_3 = layers.Conv2D(five, 5, activation="relu")(layers.ZeroPadding2D(2)(tower_3))
    tower_4 = tf.keras.ops.max_pool(X, 3, strides=1, padding="same")
    tower_4 = layers.Conv2D(last, 1, activation="relu")(tower_4)
    return layers.Concatenate(axis=3)([tower_1, tower_2, tower_3, tower_4])


def auxiliary_classifier(X, classes):
    X = layers.AveragePooling2D((5, 5), 3)(X)
    X = layers.ReLU()(layers.Conv2D(128, 1)(X))
    X = layers.Dense(1024, activation="relu")(layers.Flatten()(X))
    return layers.Dense(classes, activation=tf.nn.softmax)(X)
