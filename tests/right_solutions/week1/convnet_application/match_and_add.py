"""Match statements, models grown layer by layer with add(), activations as layers, tf.keras."""

import tensorflow as tf


def activation_shapes(input_shape, layers):
    shapes = []
    height, width, channels = input_shape
    units = None
    for layer in layers:
        match layer:
            case {"type": "conv", "f": f, "filters": filters}:
                pad, stride = layer.get("pad", 0), layer.get("stride", 1)
                height = slide(height + pad + pad, f, stride)
                width = slide(width + pad + pad, f, stride)
                channels = filters
                shapes.append((height, width, channels))
            case {"type": "pool", "f": f}:
                stride = layer.get("stride", f)
                height, width = slide(height, f, stride), slide(width, f, stride)
                shapes.append((height, width, channels))
            case {"type": "flatten"}:
                units = height * width * channels
                shapes.append((units,))
            case {"type": "dense", "units": units}:
                shapes.append((units,))
            case _:
                raise ValueError(layer["type"])
    return shapes


def slide(length, f, stride):
    if length < f:
        raise ValueError("the window does not fit")
    places = 0
    for _ in range(f, length + 1, stride):
        places += 1
    return places


def count_parameters(input_shape, layers):
    counts = []
    shape = input_shape
    for layer, output in zip(layers, activation_shapes(input_shape, layers), strict=True):
        match layer["type"]:
            case "conv":
                weights = layer["f"] * layer["f"] * shape[2] * layer["filters"]
                counts.append(weights + layer["filters"])
            case "dense":
                counts.append(shape[0] * layer["units"] + layer["units"])
            case _:
                counts.append(0)
        shape = output
    return counts


def sequential_model(input_shape=(64, 64, 3)):
    model = tf.keras.models.Sequential(name="happy")
    model.add(tf.keras.layers.InputLayer(shape=input_shape))
    model.add(tf.keras.layers.ZeroPadding2D(padding=(3, 3)))
    model.add(tf.keras.layers.Conv2D(filters=32, kernel_size=(7, 7), strides=(1, 1)))
    model.add(tf.keras.layers.BatchNormalization(axis=3))
    model.add(tf.keras.layers.Activation("relu"))
    model.add(tf.keras.layers.MaxPool2D(pool_size=(2, 2), strides=(2, 2), padding="valid"))
    model.add(tf.keras.layers.Flatten())
    model.add(tf.keras.layers.Dense(1))
    model.add(tf.keras.layers.Activation("sigmoid"))
    model.compile(optimizer="sgd", loss="binary_crossentropy")
    return model


def convolutional_model(input_shape, classes=6):
    picture = tf.keras.Input(shape=input_shape)
    z1 = tf.keras.layers.Conv2D(filters=16, kernel_size=(5, 5), strides=1, padding="same")(picture)
    a1 = tf.keras.layers.Activation("relu")(z1)
    p1 = tf.keras.layers.MaxPool2D(pool_size=(2, 2), strides=(2, 2))(a1)
    z2 = tf.keras.layers.Conv2D(filters=32, kernel_size=(3, 3), strides=1, padding="same")(p1)
    a2 = tf.keras.layers.Activation("relu")(z2)
    p2 = tf.keras.layers.MaxPool2D(pool_size=(2, 2), strides=(2, 2))(a2)
    logits = tf.keras.layers.Dense(units=classes)(tf.keras.layers.Flatten()(p2))
    outputs = tf.keras.layers.Softmax()(logits)
    model = tf.keras.Model(inputs=[picture], outputs=[outputs])
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    return model
