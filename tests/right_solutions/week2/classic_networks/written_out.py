"""Every layer on a line of its own; the model is compiled and printed, as one does at home."""

from keras import Sequential, activations, layers


def compiled(model):
    model.compile(optimizer="adam", loss="categorical_crossentropy", metrics=["accuracy"])
    model.summary()
    return model


def lenet5(input_shape=(32, 32, 1), classes=10):
    model = Sequential()
    model.add(layers.Input(shape=input_shape))
    model.add(layers.Conv2D(6, 5, activation=activations.tanh))
    model.add(layers.AveragePooling2D(2, 2))
    model.add(layers.Conv2D(16, 5, activation=activations.tanh))
    model.add(layers.AveragePooling2D(2, 2))
    model.add(layers.Flatten())
    model.add(layers.Dense(120, activation=activations.tanh))
    model.add(layers.Dense(84, activation=activations.tanh))
    model.add(layers.Dense(classes, activation=activations.softmax))
    return compiled(model)


def alexnet(input_shape=(227, 227, 3), classes=1000):
    model = Sequential()
    model.add(layers.Conv2D(96, 11, strides=4, activation="relu", input_shape=input_shape))
    model.add(layers.MaxPooling2D(3, 2))
    model.add(layers.Conv2D(256, 5, padding="same", activation="relu"))
    model.add(layers.MaxPooling2D(3, 2))
    model.add(layers.Conv2D(384, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(384, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(256, 3, padding="same", activation="relu"))
    model.add(layers.MaxPooling2D(3, 2))
    model.add(layers.Flatten())
    model.add(layers.Dense(4096, activation="relu"))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(4096, activation="relu"))
    model.add(layers.Dropout(0.5))
    model.add(layers.Dense(classes, activation="softmax"))
    return compiled(model)


def vgg16(input_shape=(224, 224, 3), classes=1000):
    model = Sequential([layers.Input(shape=input_shape)])
    model.add(layers.Conv2D(64, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(64, 3, padding="same", activation="relu"))
    model.add(layers.MaxPooling2D(2, strides=2))
    model.add(layers.Conv2D(128, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(128, 3, padding="same", activation="relu"))
    model.add(layers.MaxPooling2D(2, strides=2))
    model.add(layers.Conv2D(256, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(256, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(256, 3, padding="same", activation="relu"))
    model.add(layers.MaxPooling2D(2, strides=2))
    model.add(layers.Conv2D(512, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(512, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(512, 3, padding="same", activation="relu"))
    model.add(layers.MaxPooling2D(2, strides=2))
    model.add(layers.Conv2D(512, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(512, 3, padding="same", activation="relu"))
    model.add(layers.Conv2D(512, 3, padding="same", activation="relu"))
    model.add(layers.MaxPooling2D(2, strides=2))
    model.add(layers.Flatten())
    model.add(layers.Dense(4096, activation="relu"))
    model.add(layers.Dense(4096, activation="relu"))
    model.add(layers.Dense(classes, activation="softmax"))
    return compiled(model)
