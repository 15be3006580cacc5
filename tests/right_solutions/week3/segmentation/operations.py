"""Functions of keras.ops in the place of layers; padding by hand; the U from a table."""

import keras
from keras import ops


def convolution(x, n_filters):
    layer = keras.layers.Conv2D(n_filters, 3, kernel_initializer=keras.initializers.he_normal(3))
    return ops.relu(layer(keras.layers.ZeroPadding2D(1)(x)))


def conv_block(inputs, n_filters=32, dropout_prob=0, max_pooling=True):
    skip_connection = convolution(convolution(inputs, n_filters), n_filters)
    if dropout_prob:
        skip_connection = keras.layers.Dropout(rate=dropout_prob, seed=7)(skip_connection)
    if not max_pooling:
        return skip_connection, skip_connection
    return ops.max_pool(skip_connection, 2, strides=2), skip_connection


def upsampling_block(expansive_input, contractive_input, n_filters=32):
    # Without padding there is a row and a column too many at the end.
    full = keras.layers.Conv2DTranspose(n_filters, 3, strides=2)(expansive_input)
    up = keras.layers.Cropping2D(((0, 1), (0, 1)))(full)
    merged = ops.concatenate((up, contractive_input), axis=-1)
    return convolution(convolution(merged, n_filters), n_filters)


def unet_model(input_size=(96, 128, 3), n_filters=32, n_classes=4):
    inputs = keras.layers.Input(input_size)
    x, kept = inputs, {}
    for factor, prob in {1: 0.0, 2: 0.0, 4: 0.0, 8: 0.3}.items():
        x, kept[factor] = conv_block(x, factor * n_filters, prob)
    x = conv_block(x, 16 * n_filters, 0.3, False)[1]
    for factor in sorted(kept, reverse=True):
        x = upsampling_block(x, kept[factor], factor * n_filters)
    logits = keras.layers.Conv2D(n_classes, (1, 1), activation=None)(convolution(x, n_filters))
    return keras.models.Model(inputs, [logits][0])
