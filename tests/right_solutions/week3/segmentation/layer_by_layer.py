"""Every layer on a line of its own, activations and initializers spelled out in several ways."""

from keras import Model, initializers
from keras.layers import (
    Conv2D,
    Conv2DTranspose,
    Dropout,
    Input,
    MaxPooling2D,
    ReLU,
    concatenate,
)


def conv_block(inputs, n_filters=32, dropout_prob=0, max_pooling=True):
    conv = Conv2D(n_filters, 3, padding="same", kernel_initializer=initializers.HeNormal())(inputs)
    conv = ReLU()(conv)
    conv = Conv2D(
        n_filters,
        kernel_size=(3, 3),
        activation="relu",
        padding="same",
        kernel_initializer=initializers.VarianceScaling(2.0, "fan_in", "truncated_normal"),
    )(conv)
    conv = Dropout(dropout_prob)(conv)
    skip_connection = conv
    next_layer = conv
    if max_pooling:
        next_layer = MaxPooling2D(pool_size=(2, 2), strides=(2, 2))(conv)
    return next_layer, skip_connection


def upsampling_block(expansive_input, contractive_input, n_filters=32):
    up = Conv2DTranspose(
        n_filters, (3, 3), strides=(2, 2), padding="same", kernel_initializer="he_normal"
    )(expansive_input)
    merge = concatenate([up, contractive_input], axis=3)
    conv = Conv2D(n_filters, 3, activation="relu", padding="same", kernel_initializer="he_normal")(
        merge
    )
    return Conv2D(n_filters, 3, activation="relu", padding="same", kernel_initializer="he_normal")(
        conv
    )


def unet_model(input_size=(96, 128, 3), n_filters=32, n_classes=4):
    inputs = Input(input_size)
    block1 = conv_block(inputs, n_filters)
    block2 = conv_block(block1[0], n_filters * 2)
    block3 = conv_block(block2[0], n_filters * 4)
    block4 = conv_block(block3[0], n_filters * 8, dropout_prob=0.3)
    block5 = conv_block(block4[0], n_filters * 16, dropout_prob=0.3, max_pooling=False)
    block6 = upsampling_block(block5[0], block4[1], n_filters * 8)
    block7 = upsampling_block(block6, block3[1], n_filters * 4)
    block8 = upsampling_block(block7, block2[1], n_filters * 2)
    block9 = upsampling_block(block8, block1[1], n_filters)
    conv9 = Conv2D(n_filters, 3, activation="relu", padding="same", kernel_initializer="he_normal")(
        block9
    )
    conv10 = Conv2D(n_classes, 1, padding="same")(conv9)
    model = Model(inputs=inputs, outputs=conv10)
    model.compile(optimizer="adam", loss="mse")
    return model
