"""Models within models, layers from tables, dropout everywhere it is allowed, tf.keras."""

import tensorflow as tf

layers = tf.keras.layers


def head(*units, classes, activation, dropout=0.0):
    hidden = []
    for size in units:
        hidden += [layers.Dense(size, activation=activation), layers.Dropout(dropout)]
    return [layers.Flatten(), *hidden, layers.Dense(classes), layers.Softmax()]


def lenet5(input_shape=(32, 32, 1), classes=10):
    features = tf.keras.Sequential(name="features")
    for filters in [6, 16]:
        features.add(layers.Conv2D(filters, kernel_size=5, activation=tf.nn.tanh))
        features.add(layers.AvgPool2D(2))
    inputs = layers.Input(input_shape)
    classifier = tf.keras.Sequential(head(120, 84, classes=classes, activation="tanh"))
    return tf.keras.Model(inputs, classifier(features(inputs)))


def alexnet(input_shape=(227, 227, 3), classes=1000):
    table = [
        (96, 11, 4, "valid", True),
        (256, 5, 1, "same", True),
        (384, 3, 1, "same", False),
        (384, 3, 1, "same", False),
        (256, 3, 1, "same", True),
    ]
    features = [layers.InputLayer(shape=input_shape)]
    for filters, size, stride, padding, pooled in table:
        features.append(layers.Conv2D(filters, size, stride, padding, activation="relu"))
        if pooled:
            features.append(layers.MaxPooling2D(pool_size=(3, 3), strides=2, padding="valid"))
    rest = head(4096, 4096, classes=classes, activation="relu", dropout=0.5)
    return tf.keras.Sequential(
        [tf.keras.Sequential(features, name="features"), tf.keras.Sequential(rest, name="rest")]
    )


def stage(repeats, filters):
    convolutions = [
        layers.Conv2D(filters, 3, padding="same", activation="relu", kernel_initializer="he_normal")
        for _ in range(repeats)
    ]
    return tf.keras.Sequential([*convolutions, layers.MaxPooling2D()])


def vgg16(input_shape=(224, 224, 3), classes=1000):
    inputs = x = tf.keras.Input(shape=list(input_shape))
    for repeats, filters in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]:
        x = stage(repeats, filters)(x)
    for layer in head(4096, 4096, classes=classes, activation="relu", dropout=0.5):
        x = layer(x)
    return tf.keras.Model(inputs, x)
