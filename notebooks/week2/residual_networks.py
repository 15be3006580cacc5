# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Networks that may skip
#
# VGG has 16 layers with weights, and is better than its sister with 11. Would 50 be better still? Think before you answer:
# take a trained network of 16 layers and put 34 more behind it that pass on what they get. It is exactly as good as before.
# So the deeper network cannot be worse. And yet, when people trained networks that deep, they *were* worse, and not only on
# new pictures, which you could put down to learning by heart: on the very pictures that they were trained on.
#
# Below is a network of 50 layers that does train, drawn to the same scale as VGG-16 (He, Zhang, Ren and Sun, *Deep residual
# learning for image recognition*, 2015). It is three times as deep and has less than a fifth of the parameters. By
# the end of this notebook you have built it, and you have measured both, the illness and the cure.

# %%
# First, for it keeps TensorFlow from talking about graphics cards.
from convwork.course import (
    hidden_tests,
    load_hand_signs,
    show_block,
    show_images,
    show_layers,
    show_learning_curves,
    show_networks,
    show_numbers,
    without_weights,
)

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from keras.initializers import glorot_uniform, he_normal, random_uniform

# %%
vgg16_volumes = [(224, 224, 3), *[(224, 224, 64)] * 2, *[(112, 112, 128)] * 2]
vgg16_volumes += [*[(56, 56, 256)] * 3, *[(28, 28, 512)] * 3, *[(14, 14, 512)] * 3, (7, 7, 512)]
resnet50_volumes = [(224, 224, 3), (112, 112, 64), (55, 55, 64), *[(55, 55, 256)] * 3]
resnet50_volumes += [*[(28, 28, 512)] * 4, *[(14, 14, 1024)] * 6, *[(7, 7, 2048)] * 3]

# %% tags=["show"]
show_networks(
    {
        "VGG-16, 2014: 138 million parameters": [*vgg16_volumes, (4096,), (4096,), (1000,)],
        "ResNet-50, 2015: 26 million, a block for every three layers": [*resnet50_volumes, (1000,)],
    }
)

# %% [markdown]
# Here is the whole idea:

# %% tags=["show"]
show_block("", [("layers", ""), ("layers", "")])

# %% [markdown]
# The dashed arrow, the **shortcut** or **skip connection**, carries $X$ around the layers and adds it, number by number, to
# what they put out. Then comes the last ReLU:
#
# $$A = \mathrm{ReLU}\bigl(F(X) + X\bigr).$$
#
# What must the layers learn if the best thing to do is nothing? Without the arrow they must copy $X$ through filters that
# start at random. With the arrow they must put out zero. $X$ itself comes out of a ReLU, so none of its numbers is
# negative, and where $F(X)$ is 0 the last ReLU leaves them as they are:

# %% tags=["show"]
volume = np.array([[0.0, 2.0, 1.0], [3.0, 0.0, 4.0]])
change = np.array([[0.0, -3.0, 0.0], [1.0, 0.0, 0.0]])
show_numbers(
    [volume, change, volume + change, np.maximum(volume + change, 0)],
    ["X", "F(X)", "sum", "after ReLU"],
    between=["+", "=", "→"],
    signed=True,
)

# %% [markdown]
# Only two of the six have changed. The layers say only what to *change*: the residual, the rest, and hence the name.
#
# ## The block
#
# In a deep ResNet a block has three convolutions, the outer two 1 × 1. The first makes the channels few, the second looks
# around while that is cheap, and the third makes them many again: the bottleneck of `inception`, with a shortcut.

# %% tags=["show"]
show_block(
    "15 × 15 × 256",
    [
        ("1 × 1\nbatch norm\nReLU", "15 × 15 × 64"),
        ("3 × 3\nbatch norm\nReLU", "15 × 15 × 64"),
        ("1 × 1\nbatch norm", "15 × 15 × 256"),
    ],
)

# %% [markdown]
# In general, with $F_1$, $F_2$ and $F_3$ filters, and $f × f$ in the middle:
#
# | | main path | output |
# |---|---|---|
# | 1 | convolution, $F_1$ filters of 1 × 1; batch norm; ReLU | $n_H × n_W × F_1$ |
# | 2 | convolution, $F_2$ filters of $f × f$; batch norm; ReLU | $n_H × n_W × F_2$ |
# | 3 | convolution, $F_3$ filters of 1 × 1; batch norm | $n_H × n_W × F_3$ |
# | | add $X$ | $n_H × n_W × F_3$ |
# | | ReLU | $n_H × n_W × F_3$ |
#
# **Batch normalisation** (Ioffe and Szegedy, 2015) takes one channel at a time: it subtracts the channel's mean, divides by its
# standard deviation, and then scales and shifts the result by two learnt numbers:
#
# $$\gamma\, \frac{z - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta.$$
#
# Each *channel* has its own $\gamma$, $\beta$, mean and variance; which axis of $(m, n_H, n_W, n_C)$ is that? While the network
# learns, $\mu$ and $\sigma^2$ are taken from the batch, and a running average of them is kept. When it has to answer, the
# averages are used, so that a picture's answer does not depend on its neighbours in the batch.
#
# The argument `training` of your block is handed on to each batch norm: with True it goes by the batch that it sees, with
# False by the averages. (That holds when you call a model directly. `fit` always goes by the batch and `predict`
# always by the averages, whatever the block was told.)
#
# **Exercise: `identity_block`** (10 points). The sum needs equal shapes. What does that ask of $F_3$, and of the padding in
# the middle?


# %% nbgrader={"grade": false, "grade_id": "identity_block", "locked": false, "schema_version": 3, "solution": true, "task": false}
def identity_block(X, f, filters, training=True, initializer=random_uniform):
    """A residual block that keeps the shape.

    X: a Keras tensor (m, n_H, n_W, n_C).
    f: height and width of the middle convolution's filters.
    filters: three integers (F1, F2, F3), where F3 is n_C.
    training: handed on to every batch norm.
    initializer: a class of keras.initializers; the kernels of all convolutions start from it.
    Returns a Keras tensor (m, n_H, n_W, n_C): the layers of the table, in its order. Convolutions
    have biases, and what is not said is as Keras has it by default.
    """
    ### BEGIN SOLUTION
    F1, F2, F3 = filters
    Y = keras.layers.Conv2D(F1, 1, kernel_initializer=initializer)(X)
    Y = keras.layers.BatchNormalization(axis=3)(Y, training=training)
    Y = keras.layers.ReLU()(Y)
    Y = keras.layers.Conv2D(F2, f, padding="same", kernel_initializer=initializer)(Y)
    Y = keras.layers.BatchNormalization(axis=3)(Y, training=training)
    Y = keras.layers.ReLU()(Y)
    Y = keras.layers.Conv2D(F3, 1, kernel_initializer=initializer)(Y)
    Y = keras.layers.BatchNormalization(axis=3)(Y, training=training)
    Y = keras.layers.Add()([Y, X])
    return keras.layers.ReLU()(Y)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_identity_block", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
inputs = keras.Input((4, 5, 3))
block = keras.Model(inputs, identity_block(inputs, 2, (2, 4, 3)))
assert block.output_shape == (None, 4, 5, 3), f"the shape stays, got {block.output_shape[1:]}"
assert block.count_params() == 95, (
    f"8 + 36 + 15 in the convolutions and 8 + 16 + 12 in the batch norms: 95, got "
    f"{block.count_params()}"
)
images = np.random.default_rng(0).uniform(size=(6, 4, 5, 3)).astype(np.float32)
other = keras.Model(inputs, identity_block(inputs, 2, (2, 4, 3), training=False))
other.set_weights(block.get_weights())
assert not np.allclose(block(images), other(images)), "training=False changes what batch norms do"
block.set_weights([np.zeros_like(weight) for weight in block.get_weights()])
assert np.allclose(block(images), images), "if all weights are zero, X comes out unchanged"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("identity_block")
### END HIDDEN TESTS

# %% [markdown]
# The last check is the reason for all this: with weights of zero, the block passes on what it gets.
#
# Next question: how does the gradient come back through many blocks? Here are two stacks of twelve blocks each, fresh
# from their initializer, one of your residual blocks, the other of **plain** ones, which have the same layers and no
# shortcut. Drawn is how long the gradient of the loss is, at the first filters of each block. Read it from right to left,
# as the gradient travels.

# %%
FILTERS = (8, 8, 32)


def plain_block(X, f, filters):
    """The layers of an identity block, without its shortcut."""
    for n, size in zip(filters, (1, f, 1), strict=True):
        X = keras.layers.Conv2D(n, size, padding="same", kernel_initializer=he_normal)(X)
        X = keras.layers.BatchNormalization()(X)
        X = keras.layers.ReLU()(X)
    return X


def stack(blocks, residual):
    """Equal blocks between a convolution and a softmax: pictures of 16×16, six hand signs."""
    inputs = keras.Input((16, 16, 3))
    X = keras.layers.Conv2D(32, 3, strides=2, padding="same", activation="relu")(inputs)
    for _ in range(blocks):
        if residual:
            X = identity_block(X, 3, FILTERS, initializer=he_normal)
        else:
            X = plain_block(X, 3, FILTERS)
    X = keras.layers.GlobalAveragePooling2D()(X)
    return keras.Model(inputs, keras.layers.Dense(6, activation="softmax")(X))


def shrunk(images, size):
    """Square pictures of bytes with fewer pixels, as numbers from 0 to 1."""
    n = images.shape[1] // size
    return images.reshape(-1, size, n, size, n, 3).mean(axis=(2, 4)).astype(np.float32) / 255


# %% tags=["show"]
signs = load_hand_signs()
pictures, labels = shrunk(signs.train.images, 16), signs.train.labels


def gradient_lengths(blocks, residual):
    """How long the loss's gradient is, as a vector, at each block's first filters."""
    keras.utils.set_random_seed(0)
    model = stack(blocks, residual)
    with tf.GradientTape() as tape:
        answers = model(pictures[:64], training=True)
        losses = keras.losses.sparse_categorical_crossentropy(labels[:64], answers)
        loss = keras.ops.mean(losses)
    kernels = [weight for weight in model.trainable_variables if len(weight.shape) == 4][1::3]
    return [np.linalg.norm(gradient) for gradient in tape.gradient(loss, kernels)]


figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
looks = {"plain": ("o--", "#E69F00"), "residual": ("s-", "#0072B2")}
for name, (line, colour) in looks.items():
    lengths = gradient_lengths(12, name == "residual")
    axes.semilogy(range(1, 13), lengths, line, color=colour, label=name)
    axes.annotate(
        f"{lengths[0]:.0f}",
        (1, lengths[0]),
        (-8, 0),
        textcoords="offset points",
        ha="right",
        va="center",
    )
axes.set(xlabel="block", xticks=range(1, 13))
axes.set_title("length of the gradient at each block, before training", loc="left", fontsize=11)
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False)

# %% [markdown]
# In the plain stack the gradient grows by about the same factor in each block, and after twelve of them it is
# hundreds of times what it was. (In networks without batch norms it often shrinks by a factor. Neither is good: the first
# layers and the last have to learn together.) The sum of a residual block hands the gradient that it gets to both of its
# parts: whatever the layers make of their share, the shortcut's arrives as it was. So it grows much less.
#
# ## The lecture's figure, measured
#
# Now train them: 20 layers with weights, with and without shortcuts, on the same small pictures of hand signs, from the same
# seed. Drawn is the error on the pictures that they train on. There are six signs: what is the error of a network that guesses?

# %% tags=["show"]
figure, axes = plt.subplots(figsize=(8, 3.2), layout="constrained")
for name, (line, colour) in looks.items():
    keras.utils.set_random_seed(1)
    model = stack(6, name == "residual")
    model.compile(
        keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(pictures, labels, epochs=5, batch_size=64, verbose=0)
    errors = 1 - np.array(history.history["accuracy"])
    axes.plot(range(1, 6), errors, line, color=colour, label=name)
axes.axhline(5 / 6, color="#767676", linewidth=1)
axes.annotate("guessing", (5, 5 / 6), (0, 3), textcoords="offset points", ha="right", fontsize=9)
axes.set(xlabel="epoch", xticks=range(1, 6), ylim=(0, 1))
axes.set_title("error on the training pictures, 20 layers", loc="left", fontsize=11)
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False, loc="lower left")

# %% [markdown]
# After five epochs the plain network has hardly left the line of guessing; the residual one is on its way down, with the same
# layers and as many parameters. Is it the depth? Put 2 in the place of 6, and see what becomes of the gap.
#
# ## When the shape changes
#
# $F(X) + X$ needs equal shapes. Where a network halves height and width, or changes the number of channels, $X$ does not fit any
# more. Then the arrow gets layers of its own: a 1 × 1 convolution with $F_3$ filters and the main path's stride, and a batch
# norm, without a ReLU.

# %% tags=["show"]
show_block(
    "15 × 15 × 256",
    [
        ("1 × 1, stride 2\nbatch norm\nReLU", "8 × 8 × 128"),
        ("3 × 3\nbatch norm\nReLU", "8 × 8 × 128"),
        ("1 × 1\nbatch norm", "8 × 8 × 512"),
    ],
    [("1 × 1, stride 2\nbatch norm", "8 × 8 × 512")],
)

# %% [markdown]
# In general, with the stride $s$:
#
# | | main path | shortcut |
# |---|---|---|
# | 1 | convolution, $F_1$ filters of 1 × 1, stride $s$; batch norm; ReLU | convolution, $F_3$ filters of 1 × 1, stride $s$; batch norm |
# | 2 | convolution, $F_2$ filters of $f × f$; batch norm; ReLU | |
# | 3 | convolution, $F_3$ filters of 1 × 1; batch norm | |
# | | add both; ReLU | |
#
# (Here the stride is where the paper has it, in the first convolution. A 1 × 1 filter with stride 2 does not see three of
# four pixels, so later versions have it in the second.)
#
# **Exercise: `convolutional_block`** (10 points). From 5 × 7, how large is the output for $s = 2$? And do both paths agree
# about it, whatever the size?


# %% nbgrader={"grade": false, "grade_id": "convolutional_block", "locked": false, "schema_version": 3, "solution": true, "task": false}
def convolutional_block(X, f, filters, s=2, training=True, initializer=glorot_uniform):
    """A residual block that changes the shape: its shortcut has a convolution, too.

    X: a Keras tensor (m, n_H, n_W, n_C).
    f: height and width of the middle convolution's filters.
    filters: three integers (F1, F2, F3).
    s: the stride, of the first convolution of the main path and of the shortcut's.
    training: handed on to every batch norm, the shortcut's, too.
    initializer: a class of keras.initializers; the kernels of all convolutions start from it.
    Returns a Keras tensor (m, ⌈n_H/s⌉, ⌈n_W/s⌉, F3): the layers of the table, in its order.
    Convolutions have biases, and what is not said is as Keras has it by default.
    """
    ### BEGIN SOLUTION
    F1, F2, F3 = filters
    Y = keras.layers.Conv2D(F1, 1, strides=s, kernel_initializer=initializer)(X)
    Y = keras.layers.BatchNormalization(axis=3)(Y, training=training)
    Y = keras.layers.ReLU()(Y)
    Y = keras.layers.Conv2D(F2, f, padding="same", kernel_initializer=initializer)(Y)
    Y = keras.layers.BatchNormalization(axis=3)(Y, training=training)
    Y = keras.layers.ReLU()(Y)
    Y = keras.layers.Conv2D(F3, 1, kernel_initializer=initializer)(Y)
    Y = keras.layers.BatchNormalization(axis=3)(Y, training=training)
    shortcut = keras.layers.Conv2D(F3, 1, strides=s, kernel_initializer=initializer)(X)
    shortcut = keras.layers.BatchNormalization(axis=3)(shortcut, training=training)
    Y = keras.layers.Add()([Y, shortcut])
    return keras.layers.ReLU()(Y)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_convolutional_block", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
inputs = keras.Input((5, 7, 6))
block = keras.Model(inputs, convolutional_block(inputs, 2, (2, 4, 6)))
assert block.output_shape == (None, 3, 4, 6), f"5×7 becomes 3×4, got {block.output_shape[1:]}"
assert block.count_params() == 194, (
    f"128 in the main path and 66 in the shortcut: 194, got {block.count_params()}"
)
thirds = keras.Model(inputs, convolutional_block(inputs, 3, (2, 4, 9), s=3))
assert thirds.output_shape == (None, 2, 3, 9), "with s = 3, 5×7 becomes 2×3"
images = np.random.default_rng(0).uniform(size=(6, 5, 7, 6)).astype(np.float32)
block.set_weights([np.zeros_like(weight) for weight in block.get_weights()])
assert np.allclose(block(images), 0), "if all weights are zero, nothing comes through"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("convolutional_block")
### END HIDDEN TESTS

# %% [markdown]
# What the block of the picture costs, layer by layer:

# %% tags=["show"]
inputs = keras.Input((15, 15, 256))
block = keras.Model(inputs, convolutional_block(inputs, 3, (128, 128, 512)))
show_layers(block, "a convolutional block")

# %% [markdown]
# ## Fifty layers
#
# | | layers | from 64 × 64 × 3 |
# |---|---|---|
# | 1 | zero padding of 3; convolution, 64 filters of 7 × 7, stride 2; batch norm; ReLU | 32 × 32 × 64 |
# | | max pooling, 3 × 3, stride 2, not padded | 15 × 15 × 64 |
# | 2 | convolutional block, 64, 64, 256, $s = 1$; 2 identity blocks | 15 × 15 × 256 |
# | 3 | convolutional block, 128, 128, 512, $s = 2$; 3 identity blocks | 8 × 8 × 512 |
# | 4 | convolutional block, 256, 256, 1024, $s = 2$; 5 identity blocks | 4 × 4 × 1024 |
# | 5 | convolutional block, 512, 512, 2048, $s = 2$; 2 identity blocks | 2 × 2 × 2048 |
# | | average of each channel over height and width | 2048 |
# | | dense, softmax | 6 |
#
# All blocks have $f = 3$, and `training` as it is by default. The 50 in the name counts the layers with weights, without
# those of the shortcuts: find them.
#
# **Exercise: `ResNet50`** (15 points). What do the numbers of a stage's filters have to do with each other, and with those
# of the stage before?


# %% nbgrader={"grade": false, "grade_id": "ResNet50", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ResNet50(input_shape=(64, 64, 3), classes=6):
    """The residual network with fifty layers, a Keras model with random weights.

    input_shape: (n_H, n_W, n_C) of one picture, without the batch axis. n_H and n_W are from 37 to
        68, so that the last average is over 2×2 places.
    classes: how many classes there are.
    Returns a model with the layers of the table, the last one with a unit for each class. What is
    not said is as Keras has it by default. Leave compiling to whoever trains it.
    """
    ### BEGIN SOLUTION
    inputs = keras.Input(shape=input_shape)
    X = keras.layers.ZeroPadding2D(3)(inputs)
    X = keras.layers.Conv2D(64, 7, strides=2)(X)
    X = keras.layers.BatchNormalization(axis=3)(X)
    X = keras.layers.ReLU()(X)
    X = keras.layers.MaxPooling2D(3, strides=2)(X)
    for stage, blocks in enumerate((3, 4, 6, 3)):
        n = 64 * 2**stage
        X = convolutional_block(X, 3, (n, n, 4 * n), s=1 if stage == 0 else 2)
        for _ in range(blocks - 1):
            X = identity_block(X, 3, (n, n, 4 * n))
    X = keras.layers.GlobalAveragePooling2D()(X)
    outputs = keras.layers.Dense(classes, activation="softmax")(X)
    return keras.Model(inputs, outputs)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_ResNet50", "locked": true, "points": 15, "schema_version": 3, "solution": false, "task": false}
with without_weights():
    model = ResNet50()
    other = ResNet50((48, 60, 1), classes=4)
assert isinstance(model, keras.Model), "a Keras model is asked for"
assert model.input_shape == (None, 64, 64, 3), "64×64 in colour unless another shape is given"
assert model.output_shape == (None, 6), "six classes unless another number is given"
assert model.count_params() == 23_600_006, (
    f"23,600,006 parameters, and not {model.count_params():,}: show_layers(model) shows each layer"
)
assert other.output_shape == (None, 4), "four classes were asked for"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("ResNet50")
### END HIDDEN TESTS

# %% [markdown]
# Fifty layers, and fewer parameters than the first dense layer of AlexNet alone. In 2015, six residual networks of up to 152
# layers together missed the right name among five guesses for 3.6 % of ImageNet's pictures; AlexNet had missed 15.3 %.
#
# ## A small one that learns hands
#
# To train all of it would take your computer hours. But the blocks are yours, so take fewer and narrower ones: 14 layers
# with weights, for pictures of 32 × 32. Two things help in so short a training. The learning rate falls, along a cosine,
# to zero. And the running averages of the batch norms follow within some ten batches: by default Keras lets them follow
# within some hundred, and until then a network that has learnt well answers badly, since `predict` goes by the averages.


# %% tags=["show"]
def small_resnet():
    inputs = keras.Input((32, 32, 3))
    X = keras.layers.Conv2D(16, 3, padding="same", activation="relu")(inputs)
    X = convolutional_block(X, 3, (8, 8, 32))
    X = convolutional_block(X, 3, (16, 16, 64))
    X = identity_block(X, 3, (16, 16, 64), initializer=he_normal)
    X = convolutional_block(X, 3, (32, 32, 128))
    X = keras.layers.GlobalAveragePooling2D()(X)
    return keras.Model(inputs, keras.layers.Dense(6, activation="softmax")(X))


keras.utils.set_random_seed(1)
resnet = small_resnet()
for layer in resnet.layers:
    if isinstance(layer, keras.layers.BatchNormalization):
        layer.momentum = 0.9
falling = keras.optimizers.schedules.CosineDecay(8e-3, 6 * len(signs.train.labels) // 32)
resnet.compile(
    keras.optimizers.Adam(falling), "sparse_categorical_crossentropy", metrics=["accuracy"]
)
history = resnet.fit(
    shrunk(signs.train.images, 32),
    signs.train.labels,
    epochs=6,
    batch_size=32,
    verbose=0,
    validation_data=(shrunk(signs.test.images, 32), signs.test.labels),
)
show_learning_curves(history)

# %% [markdown]
# The test pictures are new, but their four artists are not. A fifth artist drew the pictures below. If the network has
# learnt hands, that should not matter. What if it has learnt these artists' hands?

# %% tags=["show"]
for part, name in ((signs.test, "artists it knows"), (signs.new_artist, "a new artist")):
    accuracy = resnet.evaluate(shrunk(part.images, 32), part.labels, verbose=0)[1]
    print(f"{name}: {accuracy:.1%} right; guessing gives {1 / 6:.1%}")
guesses = resnet.predict(shrunk(signs.new_artist.images[:8], 32), verbose=0).argmax(axis=1)
show_images(
    signs.new_artist.images[:8],
    [
        f"{signs.class_names[label]}, taken for {signs.class_names[guess]}"
        for label, guess in zip(signs.new_artist.labels, guesses, strict=False)
    ],
    columns=4,
)

# %% [markdown]
# On both sets it is right far more often than a guess, and on the new artist's hands clearly less often than on those of
# artists it knows: part of what it has learnt is how four people draw. And look at the curves once more. How well does it do
# on the pictures that it trains on?
#
# ## What to take away
#
# - A deeper network is not harder to *be* good with, but harder to *train*: a plain one has, from some depth on, a larger error
#   on its own training pictures.
# - A residual block computes $\mathrm{ReLU}(F(X) + X)$. To pass on what it gets it needs $F = 0$, and that is easy to learn.
# - The sum hands the gradient on to early layers, by the shortcuts.
# - Where the shape changes, the shortcut has a 1 × 1 convolution and a batch norm of its own.
# - Batch norm works on each channel by itself: by the batch while it learns, by running averages when it answers.
# - An accuracy is about the pictures it was measured on. Ask who made them.
# - Only custom: 3, 4, 6, 3; the stride in the first convolution; the biases before a batch norm, which subtracts them again.
