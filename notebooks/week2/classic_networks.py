# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Three networks that taught the rest
#
# You know the layers. Now somebody asks for a network. How many layers, of which kind, in which order, with how many
# filters? No formula says. People learn it the way they learn to write: they read what worked, and ask why.
#
# Here are three that nearly everything since has been built on. A blue block is a volume, as high as $n_H$ and as wide as
# it has channels (by their square roots, or the early blocks would not fit on the page). An orange bar is a vector, what
# comes out of a dense layer. Grey is the picture. What do all three have in common? And what grew by a factor of two
# thousand from the first to the last?

# %%
# First, for it keeps TensorFlow from talking about graphics cards.
from convwork.course import (
    hidden_tests,
    layer_costs,
    load_fashion,
    load_photo,
    show_images,
    show_layers,
    show_learning_curves,
    show_networks,
    show_numbers,
    show_shares,
    without_weights,
)

import keras
import numpy as np

# %%
lenet5_volumes = [(32, 32, 1), (28, 28, 6), (14, 14, 6), (10, 10, 16), (5, 5, 16)]
alexnet_volumes = [(227, 227, 3), (55, 55, 96), (27, 27, 96), (27, 27, 256), (13, 13, 256)]
alexnet_volumes += [(13, 13, 384), (13, 13, 384), (13, 13, 256), (6, 6, 256)]
vgg16_volumes = [(224, 224, 3), *[(224, 224, 64)] * 2, (112, 112, 64), *[(112, 112, 128)] * 2]
vgg16_volumes += [(56, 56, 128), *[(56, 56, 256)] * 3, (28, 28, 256), *[(28, 28, 512)] * 3]
vgg16_volumes += [(14, 14, 512), *[(14, 14, 512)] * 3, (7, 7, 512)]

# %% tags=["show"]
show_networks(
    {
        "LeNet-5, 1998: 62 thousand parameters": [*lenet5_volumes, (400,), (120,), (84,), (10,)],
        "AlexNet, 2012: 62 million": [*alexnet_volumes, (9216,), (4096,), (4096,), (1000,)],
        "VGG-16, 2014: 138 million": [*vgg16_volumes, (25088,), (4096,), (4096,), (1000,)],
    }
)

# %% [markdown]
# In this notebook you build all three. Each is a page of code, and each had one idea that stayed. You will see where they
# keep their parameters and where they spend their time, which is not the same place. And at the end three
# small networks, one for each year, learn the same pictures in front of you.
#
# ## 1998: convolve, pool, convolve, pool, decide
#
# LeNet-5 read the digits on cheques (LeCun, Bottou, Bengio and Haffner, *Gradient-based learning applied to document
# recognition*, 1998). Its order of layers is the one that you still meet everywhere:
#
# | | layer | output |
# |---|---|---|
# | | input, one grey picture | 32 × 32 × 1 |
# | 1 | convolution, six 5 × 5 filters, tanh | 28 × 28 × 6 |
# | 2 | average pooling, 2 × 2 | 14 × 14 × 6 |
# | 3 | convolution, sixteen 5 × 5 filters, tanh | 10 × 10 × 16 |
# | 4 | average pooling, 2 × 2 | 5 × 5 × 16 |
# | 5 | flatten | 400 |
# | 6 | dense, tanh | 120 |
# | 7 | dense, tanh | 84 |
# | 8 | dense, softmax | 10 |
#
# Going right in the picture above, and down in the table: height and width fall, the number of channels rises, 1, 6, 16.
# Hardly anybody used ReLUs then; the units squash their sum by a tanh, between −1 and 1. Pooling took the mean.
#
# We leave out what has not lasted. The paper's second convolution did not let every filter see all six channels, to save
# time; its pooling had two learnt numbers for each channel and a squashing of its own; and its last layer was of
# a kind that nobody uses any more, where today stands a softmax.
#
# **Exercise: `lenet5`** (5 points). From 32 to 28, and from 14 to 10: what padding is that? The function gets the shape of
# its input, so it must work for other sizes, too. Which of the numbers in the right column may you then not write down?


# %% nbgrader={"grade": false, "grade_id": "lenet5", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lenet5(input_shape=(32, 32, 1), classes=10):
    """LeNet-5 as it is read today, a Keras model with random weights.

    input_shape: (n_H, n_W, n_C) of one picture, without the batch axis.
    classes: how many classes there are.
    Returns a model, Sequential or functional, with the eight layers of the table, the last one
    with a unit for each class. A pooling's windows lie side by side. What is not said is as Keras
    has it by default. Leave compiling to whoever trains it.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input(shape=input_shape),
            keras.layers.Conv2D(6, 5, activation="tanh"),
            keras.layers.AveragePooling2D(2),
            keras.layers.Conv2D(16, 5, activation="tanh"),
            keras.layers.AveragePooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(120, activation="tanh"),
            keras.layers.Dense(84, activation="tanh"),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_lenet5", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
model = lenet5()
assert isinstance(model, keras.Model), "a Keras model is asked for"
assert model.input_shape == (None, 32, 32, 1), "32×32 in grey unless another shape is given"
assert model.output_shape == (None, 10), "ten classes unless another number is given"
assert model.count_params() == 61706, (
    f"156 + 2,416 + 48,120 + 10,164 + 850 parameters, and not {model.count_params():,}"
)
assert lenet5((28, 40, 3), classes=4).count_params() == 67256, (
    "28×40 in colour: a flatten of 4·7·16 = 448, and with it 67,256 parameters"
)
answers = np.asarray(model(np.random.default_rng(0).normal(size=(5, 32, 32, 1))))
assert np.all(answers >= 0) and np.allclose(answers.sum(axis=1), 1, atol=1e-5), (
    "softmax gives probabilities: each picture's sum is 1"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("lenet5")
### END HIDDEN TESTS

# %% [markdown]
# Your network, layer by layer. A multiplication is counted for every weight in every place where it is used. Which layer
# holds the most parameters, and which does the most work?

# %% tags=["show"]
show_layers(lenet5(), "LeNet-5")

# %% [markdown]
# The first dense layer holds three quarters of the parameters and does a ninth of the work; the two convolutions are the
# other way round. Remember this picture. It will repeat itself, a thousand times larger.
#
# ## 2012: the same again, and a thousand times more
#
# For fourteen years that was a good idea for small pictures. Then came ImageNet: 1.2 million photographs in a thousand
# classes, and graphics cards. AlexNet (Krizhevsky, Sutskever and Hinton, *ImageNet classification with deep convolutional
# neural networks*, 2012) had the right name among its first five guesses for all but 15.3 % of the test pictures; the
# second best that year missed 26.2 %. Within two years hardly anybody in computer vision worked on anything else.
#
# | | layer | output |
# |---|---|---|
# | | input, a colour picture | 227 × 227 × 3 |
# | 1 | convolution, 96 filters of 11 × 11, stride 4, ReLU | 55 × 55 × 96 |
# | 2 | max pooling, 3 × 3, stride 2 | 27 × 27 × 96 |
# | 3 | convolution, 256 filters of 5 × 5, ReLU | 27 × 27 × 256 |
# | 4 | max pooling, 3 × 3, stride 2 | 13 × 13 × 256 |
# | 5 | convolution, 384 filters of 3 × 3, ReLU | 13 × 13 × 384 |
# | 6 | convolution, 384 filters of 3 × 3, ReLU | 13 × 13 × 384 |
# | 7 | convolution, 256 filters of 3 × 3, ReLU | 13 × 13 × 256 |
# | 8 | max pooling, 3 × 3, stride 2 | 6 × 6 × 256 |
# | 9 | flatten | 9216 |
# | 10 | dense, ReLU | 4096 |
# | 11 | dense, ReLU | 4096 |
# | 12 | dense, softmax | 1000 |
#
# A riddle: the paper says that pictures are 224 × 224. Put 224 and 227 into $\lfloor (n + 2p - f)/s \rfloor + 1$ for the
# first layer. Which of them can the authors have used, if nothing was padded and nothing rounded?
#
# The stride of 4 in the first layer and three poolings throw away place quickly. If the cat were drawn
# with as many pixels as each volume has places, this is how exactly the network could still say *where*:

# %% tags=["show"]
cat = load_photo("chelsea")[30:257, 110:337]
sizes = [227, 55, 27, 13, 6]
rasters = [
    np.asarray(keras.ops.image.resize(cat / 255, (n, n), antialias=True)).clip(0, 1) for n in sizes
]
channels = [3, 96, 256, 384, 256]
show_images(
    rasters,
    [f"{n} × {n}, {c} channels" for n, c in zip(sizes, channels, strict=True)],
    columns=5,
)

# %% [markdown]
# At 6 × 6 you would not know the cat. The network does, since each of the 36 places has 256 numbers to say *what* is
# there, in place of three.
#
# What was new? The ReLU in the place of a tanh. Size, and the data to feed it. Pooling windows that overlap, 3 wide and 2
# apart. And **dropout**: during training, half of the units of the two large dense layers are silenced at random, so
# that none can rely on another. It changes how the network learns and not what it computes afterwards, so you may add it
# or not.
#
# What did not last:
#
# - The network was split in two halves for two graphics cards, and some filters saw only the channels of their own half.
#   (That is why the paper counts about 60 million parameters; with every filter seeing all channels there are 62.)
# - **Local response normalisation** divided each number by a sum over its neighbours among the channels at the same
#   place,
#   $b_c = a_c \,/\, \bigl(2 + 10^{-4} \sum_{|k - c| \le 2} a_k^2\bigr)^{0.75}$, so that not too many of them would be
#   large together. Two years later the authors of VGG tried their network with and without: the same error, more
#   memory, more time. We leave it out. (Batch normalisation, which came in 2015 and stayed, is something else: it looks
#   at one channel over the whole batch, not at one place over neighbouring channels.)
#
# A model of this size takes 250 MB for its weights alone. To look at its plan you need none of them: in a `with
# without_weights():` a model has shapes and counts and nothing else. The checks use it, and so can you.
#
# **Exercise: `alexnet`** (5 points). The table does not say which layers are padded. The sizes do. And Keras' pooling has
# a custom of its own for the stride when none is given: does that fit here?


# %% nbgrader={"grade": false, "grade_id": "alexnet", "locked": false, "schema_version": 3, "solution": true, "task": false}
def alexnet(input_shape=(227, 227, 3), classes=1000):
    """AlexNet in one piece, without local response normalisation, a Keras model.

    input_shape: (n_H, n_W, n_C) of one picture, without the batch axis.
    classes: how many classes there are.
    Returns a model, Sequential or functional, with random weights and the twelve layers of the
    table, the last one with a unit for each class. Dropout is allowed and not asked for. Leave
    compiling to whoever trains it.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input(shape=input_shape),
            keras.layers.Conv2D(96, 11, strides=4, activation="relu"),
            keras.layers.MaxPooling2D(3, strides=2),
            keras.layers.Conv2D(256, 5, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(3, strides=2),
            keras.layers.Conv2D(384, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(384, 3, padding="same", activation="relu"),
            keras.layers.Conv2D(256, 3, padding="same", activation="relu"),
            keras.layers.MaxPooling2D(3, strides=2),
            keras.layers.Flatten(),
            keras.layers.Dense(4096, activation="relu"),
            keras.layers.Dense(4096, activation="relu"),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_alexnet", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
with without_weights():
    model = alexnet()
    other = alexnet((131, 195, 1), classes=7)
assert isinstance(model, keras.Model), "a Keras model is asked for"
assert model.input_shape == (None, 227, 227, 3), "227×227 in colour unless another shape is given"
assert model.output_shape == (None, 1000), "a thousand classes unless another number is given"
assert model.count_params() == 62_378_344, (
    f"62,378,344 parameters, and not {model.count_params():,}: show_layers(model) shows each layer"
)
assert other.output_shape == (None, 7), "seven classes were asked for"
assert other.count_params() == 36_266_695, (
    "131×195 in grey ends in 3 × 5 × 256, and has 36,266,695 parameters with seven classes"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("alexnet")
### END HIDDEN TESTS

# %% tags=["show"]
with without_weights():
    show_layers(alexnet(), "AlexNet")

# %% [markdown]
# LeNet's picture, a thousand times larger. Of 62 million parameters 59 sit in the dense layers, 38 of them in the first:
# each of its 4096 units has a weight of its own for each of the 9216 numbers. The convolutions have 6 % of the
# parameters and do 95 % of the work.
#
# ## 2014: one rule
#
# AlexNet is full of choices. Why 11 × 11 and then 5 × 5? Why stride 4? VGG-16 (Simonyan and Zisserman, *Very deep
# convolutional networks for large-scale image recognition*, 2014) asks how far you come with hardly any:
#
# - Every convolution is 3 × 3 with stride 1 and keeps the size.
# - Every pooling is a maximum over 2 × 2 with stride 2, and halves it.
# - After each pooling there are twice as many channels, until there are 512.
#
# How can filters as small as that see anything large? By standing on each other's shoulders. A pixel in the second
# layer of 3 × 3 filters looks at 3 × 3 pixels of the first, and those together at 5 × 5 of the picture. Below, each cell
# says in how many ways its pixel reaches the one number in the middle of the layer at the end, if all weights are 1:

# %% tags=["show"]
three = np.ones((3, 3))
ways = [three]
for _ in range(2):
    ways.append(sum(np.pad(ways[-1], ((i, 2 - i), (j, 2 - j))) for i, j in np.ndindex(3, 3)))
show_numbers(
    [*ways, np.ones((7, 7))],
    ["one 3 × 3", "two, one on the other", "three", "one 7 × 7"],
)

# %% [markdown]
# Three layers of 3 × 3 see as far as one of 7 × 7. With $C$ channels going in and coming out everywhere, the three have
# $3 \cdot 9\, C^2 = 27\, C^2$ weights and the one has $49\, C^2$. And between the three stand two more ReLUs, so that
# together they can say more than the one. Work it out for 5 × 5: how many layers of 3 × 3, and what is saved?
#
# | | layers | output |
# |---|---|---|
# | | input | 224 × 224 × 3 |
# | 1 | 2 convolutions, 64 filters; max pooling | 112 × 112 × 64 |
# | 2 | 2 convolutions, 128 filters; max pooling | 56 × 56 × 128 |
# | 3 | 3 convolutions, 256 filters; max pooling | 28 × 28 × 256 |
# | 4 | 3 convolutions, 512 filters; max pooling | 14 × 14 × 512 |
# | 5 | 3 convolutions, 512 filters; max pooling | 7 × 7 × 512 |
# | 6 | flatten | 25088 |
# | 7 | dense, ReLU | 4096 |
# | 8 | dense, ReLU | 4096 |
# | 9 | dense, softmax | 1000 |
#
# Every convolution has a ReLU. The 16 in the name counts the layers that have weights: find them.
#
# **Exercise: `vgg16`** (5 points). Thirteen convolutions follow one rule. How little can you write? And when a height is
# odd, what does a pooling do with the last row?


# %% nbgrader={"grade": false, "grade_id": "vgg16", "locked": false, "schema_version": 3, "solution": true, "task": false}
def vgg16(input_shape=(224, 224, 3), classes=1000):
    """VGG-16, a Keras model.

    input_shape: (n_H, n_W, n_C) of one picture, without the batch axis.
    classes: how many classes there are.
    Returns a model, Sequential or functional, with random weights and the layers of the table,
    the last one with a unit for each class. Dropout is allowed and not asked for. Leave compiling
    to whoever trains it.
    """
    ### BEGIN SOLUTION
    model = keras.Sequential([keras.Input(shape=input_shape)])
    for repeats, filters in [(2, 64), (2, 128), (3, 256), (3, 512), (3, 512)]:
        for _ in range(repeats):
            model.add(keras.layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(keras.layers.MaxPooling2D(2))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(4096, activation="relu"))
    model.add(keras.layers.Dense(4096, activation="relu"))
    model.add(keras.layers.Dense(classes, activation="softmax"))
    return model
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_vgg16", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
with without_weights():
    model = vgg16()
    other = vgg16((64, 107, 1), classes=7)
assert isinstance(model, keras.Model), "a Keras model is asked for"
assert model.input_shape == (None, 224, 224, 3), "224×224 in colour unless another shape is given"
assert model.output_shape == (None, 1000), "a thousand classes unless another number is given"
assert model.count_params() == 138_357_544, (
    f"138,357,544 parameters, and not {model.count_params():,}: show_layers(model) shows each layer"
)
assert sum(len(weight.shape) > 1 for weight in model.weights) == 16, "sixteen layers with weights"
assert other.count_params() == 44_110_535, (
    "64×107 in grey ends in 2 × 3 × 512, and has 44,110,535 parameters with seven classes"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("vgg16")
### END HIDDEN TESTS

# %% tags=["show"]
with without_weights():
    show_layers(vgg16(), "VGG-16")

# %% [markdown]
# Look at the bars on the right. Many of them are equally long, to the digit. That is the rule at work: half the height and
# half the width make a quarter of the places, and twice the channels in and out make four times the weights.
#
# And the bar on the left? One layer holds three quarters of all parameters. It is the first dense one, again.

# %% tags=["show"]
with without_weights():
    costs = {
        name: layer_costs(build())
        for name, build in [("LeNet-5", lenet5), ("AlexNet", alexnet), ("VGG-16", vgg16)]
    }
show_shares(
    {name: list(cost.values()) for name, cost in costs.items()},
    ["where the parameters are", "where the multiplications are"],
)


# %% [markdown]
# All three say the same: **parameters sit in dense layers, multiplications in convolutions.** If a network does not fit
# into memory, look at its dense layers. If it is too slow, look at its convolutions, and first where the volumes are
# large. Later networks have drawn the conclusion: they take the mean of each channel before one single dense layer, and
# save most of the parameters.
#
# ## Sixteen years in one minute
#
# No computer at hand trains VGG-16 on a million photographs while you wait. But the ideas fit on a small scale. Four
# networks learn from the same 5,000 pictures of clothes that you know from `convnet_application`, each for four epochs:
#
# - your `lenet5`, as it is;
# - the same with sigmoids in the place of the tanhs, which in 1998 were as common;
# - the same with what AlexNet brought, ReLUs and maxima;
# - VGG's rule: three stages, each of two 3 × 3 convolutions and a pooling, 8, 16 and 32 filters.
#
# What do you expect: who learns fastest at the start, and who is best at the end?


# %% tags=["show"]
def with_units(activation, pooling):
    """LeNet-5 with other hidden units and another kind of pooling."""

    def replaced(layer):
        if isinstance(layer, keras.layers.AveragePooling2D):
            return pooling(2)
        settings = layer.get_config()
        if settings.get("activation") == "tanh":
            settings["activation"] = activation
        return type(layer).from_config(settings)

    return keras.models.clone_model(lenet5((28, 28, 1)), clone_function=replaced)


def three_stages():
    """VGG's rule for small pictures."""
    model = keras.Sequential([keras.Input(shape=(28, 28, 1))])
    for filters in (8, 16, 32):
        for _ in range(2):
            model.add(keras.layers.Conv2D(filters, 3, padding="same", activation="relu"))
        model.add(keras.layers.MaxPooling2D(2))
    model.add(keras.layers.Flatten())
    model.add(keras.layers.Dense(64, activation="relu"))
    model.add(keras.layers.Dense(10, activation="softmax"))
    return model


fashion = load_fashion()
builders = {
    "sigmoid, mean": lambda: with_units("sigmoid", keras.layers.AveragePooling2D),
    "tanh, mean (1998)": lambda: lenet5((28, 28, 1)),
    "ReLU, max (2012)": lambda: with_units("relu", keras.layers.MaxPooling2D),
    "3×3 (2014)": three_stages,
}
histories = []
for name, build in builders.items():
    keras.utils.set_random_seed(1)
    network = build()
    falling = keras.optimizers.schedules.CosineDecay(3e-3, 4 * 5000 // 32)
    network.compile(
        keras.optimizers.Adam(falling), "sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    histories.append(
        network.fit(
            fashion.train_images[:5000],
            fashion.train_labels[:5000],
            epochs=4,
            batch_size=32,
            verbose=0,
        )
    )
    guesses = network.predict(fashion.test_images, verbose=0).argmax(axis=1)
    right = np.mean(guesses == fashion.test_labels)
    print(f"{name:18} {network.count_params():6,} parameters, {right:.1%} right on test pictures")

# %% tags=["show"]
show_learning_curves(*histories, names=list(builders))

# %% [markdown]
# When this was written, 3 × 3 won by two or three per cent, with the fewest parameters. Tanh and ReLU were within one per
# cent of each other; which of them is ahead changes with the seed (try it). And the sigmoids were hopelessly behind.
#
# That is no accident. Backwards, each layer multiplies the gradient by the slope of its activation (and by its weights).
# A sigmoid's slope is at most 1/4, and four of them in a row make at most a 256th for the first filters. A tanh has the slope 1 at 0 and less
# everywhere else; with four layers that is good enough. A ReLU has the slope 1 wherever it is on, however many of them
# there are. So the ReLU was not what made a network like LeNet better. It was what made deeper ones possible. (The
# AlexNet paper has a figure in which a larger network learns six times as fast with ReLUs as with tanhs.)
#
# ## What to take away
#
# - Convolve, pool, convolve, pool, then decide: height and width fall, channels grow. LeNet-5 said so in 1998.
# - The same idea with a thousand times the parameters, twenty times the pictures, ReLUs and graphics cards was AlexNet.
# - VGG-16 shows how far one rule goes: 3 × 3 filters that keep the size, 2 × 2 maxima that halve it, twice the
#   channels after each. Three layers of 3 × 3 see as far as one of 7 × 7, with fewer weights and more bends.
# - Parameters sit in the first dense layer, multiplications in the convolutions. Count before you train.
# - Sixteen layers are not the end, but more of the same stops working. Why, and what helps, is
#   `residual_networks`; how to get more from fewer multiplications is `inception`.
# - Only custom: 4096, the powers of two, which layers come in pairs and which in threes. And a thing can be in a famous
#   paper and not last: two graphics cards' worth of filters, local response normalisation, the mean in the pooling.
