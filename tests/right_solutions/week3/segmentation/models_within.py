"""Sequential models within the model, tf.keras, a list of two for a pair, one dropout for both."""

import tensorflow as tf

layers = tf.keras.layers


def twice(n_filters):
    one, other = (
        layers.Conv2D(n_filters, (3, 3), (1, 1), "same", kernel_initializer="he_normal")
        for _ in range(2)
    )
    relu = layers.Activation("relu")
    return tf.keras.Sequential([one, relu, other, layers.Activation(tf.nn.relu)])


def conv_block(inputs, n_filters=32, dropout_prob=0, max_pooling=True, dropout=None):
    skip = twice(n_filters)(inputs)
    skip = (dropout or layers.Dropout(dropout_prob))(skip)
    return [layers.MaxPool2D()(skip) if max_pooling else layers.Identity()(skip), skip]


def upsampling_block(expansive_input, contractive_input, n_filters=32):
    enlarge = layers.Conv2DTranspose(n_filters, 3, 2, padding="same", activation="linear")
    joined = layers.Concatenate(axis=-1)([enlarge(expansive_input), contractive_input])
    return twice(n_filters)(joined)


def unet_model(input_size=(96, 128, 3), n_filters=32, n_classes=4):
    dropout = layers.Dropout(0.3)

    def down(x, depth):
        n = n_filters * 2**depth
        if depth == 4:
            return conv_block(x, n, max_pooling=False, dropout=dropout)[0]
        x, skip = conv_block(x, n, dropout=dropout if depth == 3 else None)
        return upsampling_block(down(x, depth + 1), skip, n)

    inputs = tf.keras.Input(shape=list(input_size))
    x = down(inputs, 0)
    x = layers.Conv2D(n_filters, 3, padding="same", activation="relu")(x)
    return tf.keras.Model(inputs, layers.Conv2D(n_classes, 1)(x), name="U")
