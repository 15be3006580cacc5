# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # All of them at once: the inception module
#
# You design a layer. 3 × 3 filters, or 5 × 5? Or 1 × 1, or a pooling? Every choice is right for some pictures: a whisker
# is two pixels wide, an ear is fifty. The answer of 2014 was: do not choose. Take all of them side by side, lay their
# outputs on top of each other, and let training find out which it needs (Szegedy and others, *Going deeper with
# convolutions*, 2014).
#
# By the end of this notebook you have built the thing below. The picture has two riddles in it. What can a filter see
# that is a single pixel wide? And why does every branch have one?

# %%
# First, for it keeps TensorFlow from talking about graphics cards.
from convwork.course import (
    Volume,
    hidden_tests,
    load_fashion,
    load_photo,
    load_squeezenet,
    show_branches,
    show_images,
    show_layers,
    show_numbers,
    show_times,
    show_volumes,
)

from time import perf_counter

import keras
import matplotlib.pyplot as plt
import numpy as np

# %% tags=["show"]
show_branches(
    (28, 28, 192),
    [
        [("1 × 1", 64)],
        [("1 × 1", 96), ("3 × 3", 128)],
        [("1 × 1", 16), ("5 × 5", 32)],
        [("max pool 3 × 3", 192), ("1 × 1", 32)],
    ],
)

# %% [markdown]
# ## A filter of one pixel
#
# On a grey picture it is a joke. A 1 × 1 filter with the weight 2 makes everything twice as bright:

# %% tags=["show"]
show_numbers(
    [[[1, 2, 3], [3, 5, 5], [2, 1, 3]], [[2]], [[2, 4, 6], [6, 10, 10], [4, 2, 6]]],
    ["a grey picture", "filter", ""],
    between=["∗", "="],
)

# %% [markdown]
# But a filter reaches through all channels of its input. On a volume of 32 channels it has 32 weights, and it
# looks at all 32 numbers of one place together: multiplied, added, a bias, a ReLU. That is a neuron with 32 inputs, and
# the same neuron sits at every place. With several filters it is a dense layer, from the channels of one pixel to new
# channels of that pixel. A network inside of the network; that is also the name of the paper that brought it up (Lin,
# Chen and Yan, *Network in network*, 2013).

# %% tags=["show"]
blue, orange = "#0072B2", "#E69F00"
show_volumes(
    Volume((4, 4, 6), "six channels", window=(0, 3, 1)),
    "∗",
    [
        Volume((1, 1, 6), "the first filter", [blue] * 6),
        Volume((1, 1, 6), "the second filter", [orange] * 6),
    ],
    "=",
    Volume((4, 4, 2), "two channels", [blue, orange], "12", window=(0, 3, 1)),
)

# %% [markdown]
# $$z_{h,w,c} = b_c + \sum_k a_{h,w,k}\, W_{0,0,k,c}, \qquad \text{and then } \max(0, z_{h,w,c}).$$
#
# Pooling makes a volume less high and less wide, and leaves its channels. Here is what does the reverse: 32 filters of
# 1 × 1 × 192 turn 28 × 28 × 192 into 28 × 28 × 32. It may leave the number of channels, too, and add nothing but a bend,
# or make more of them.
#
# **Exercise: `conv_1x1`** (5 points). Which axes of `A` does the sum run over, and which does it leave alone? You wrote
# four nested loops for `conv_forward`. How many of them has this, if each pixel's channels meet a matrix?


# %% nbgrader={"grade": false, "grade_id": "conv_1x1", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_1x1(A, W, b):
    """A convolution with 1×1 filters, and a ReLU.

    A: (m, n_H, n_W, n_C_prev), a batch of volumes, of integers or floats.
    W: (1, 1, n_C_prev, n_C), one filter for each output channel.
    b: (1, 1, 1, n_C), one bias for each.
    Returns an array (m, n_H, n_W, n_C), nowhere negative. All inputs stay as they were.
    """
    ### BEGIN SOLUTION
    return np.maximum(A @ W[0, 0] + b, 0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_conv_1x1", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
grey = np.array([[1.0, 2.0, 3.0], [3.0, 5.0, 5.0]]).reshape(1, 2, 3, 1)
doubled = conv_1x1(grey, np.full((1, 1, 1, 1), 2.0), np.zeros((1, 1, 1, 1)))
assert np.shape(doubled) == (1, 2, 3, 1), f"the size stays (1, 2, 3, 1), got {np.shape(doubled)}"
assert np.allclose(doubled, 2 * grey), "on one channel, the weight 2 doubles every number"
pixel = np.array([1.0, 2.0, 3.0]).reshape(1, 1, 1, 3)
two_filters = np.array([[1.0, 1.0], [0.0, 1.0], [-1.0, 1.0]]).reshape(1, 1, 3, 2)
answer = conv_1x1(pixel, two_filters, np.array([1.0, 4.0]).reshape(1, 1, 1, 2))
assert np.shape(answer) == (1, 1, 1, 2), f"a channel for each filter, got {np.shape(answer)}"
assert np.allclose(answer, [0, 10]), "1 − 3 + 1 = −1, which ReLU makes 0; and 1 + 2 + 3 + 4 = 10"
large = conv_1x1(np.ones((2, 28, 28, 192)), np.ones((1, 1, 192, 32)), np.zeros((1, 1, 1, 32)))
assert np.shape(large) == (2, 28, 28, 32), "28×28×192 with 32 filters gives 28×28×32"
assert np.allclose(large, 192), "192 ones under 192 ones are 192"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("conv_1x1")
### END HIDDEN TESTS

# %% [markdown]
# A photo has three channels, so a 1 × 1 filter on it mixes red, green and blue. Each picture below is one filter of your
# layer. No filter has seen anything but single pixels, and yet you would say: this one finds the cup's coffee, that one
# the wood.

# %% tags=["show"]
coffee = load_photo("coffee") / 255
mixtures = {
    "grey": ([0.3, 0.6, 0.1], 0),
    "brown: red − blue": ([1, 0, -1], -0.15),
    "dark: 0.35 − grey": ([-0.3, -0.6, -0.1], 0.35),
    "white: all three − 2": ([1, 1, 1], -2),
    "green − the rest": ([-0.5, 1, -0.5], 0.02),
}
weights = np.transpose([weights for weights, _ in mixtures.values()])[np.newaxis, np.newaxis]
biases = np.reshape([bias for _, bias in mixtures.values()], (1, 1, 1, -1))
mixed = conv_1x1(coffee[np.newaxis], weights, biases)[0]
show_images([coffee, *np.moveaxis(mixed, -1, 0)], ["the photo", *mixtures], columns=3, height=1.9)

# %% [markdown]
# To be sure that it looks at pixels and at nothing else: shuffle all the pixels of the photo, and send the rubble through
# the same layer. Then put every pixel of the answer back where it came from. What will you see?

# %% tags=["show"]
order = np.random.default_rng(0).permutation(coffee.shape[0] * coffee.shape[1])
rubble = coffee.reshape(-1, 3)[order].reshape(coffee.shape)
answer = conv_1x1(rubble[np.newaxis], weights, biases)[0]
sorted_back = np.empty((order.size, answer.shape[2]))
sorted_back[order] = answer.reshape(order.size, -1)
sorted_back = sorted_back.reshape(answer.shape)
show_images(
    [rubble, answer[:, :, 1], sorted_back[:, :, 1]],
    ["the shuffled photo", "its browns", "its browns, put back"],
    columns=3,
)
print("The same as before:", np.allclose(sorted_back, mixed))

# %% [markdown]
# ### In a network that has learnt
#
# SqueezeNet (Iandola and others, 2016) is an ImageNet classifier that is as good as AlexNet with a fiftieth of its
# parameters, and 1 × 1 convolutions are how. Here are six of the 64 channels before its first one, and six of the 16
# after. The layer is yours: your function, with the weights that the network has learnt.

# %% tags=["show"]
squeezenet = load_squeezenet()
squeeze = squeezenet.model.get_layer("fire2_squeeze1x1")
before, after = keras.Model(squeezenet.model.input, [squeeze.input, squeeze.output]).predict(
    squeezenet.prepare(load_photo("coffee")), verbose=0
)
kernel, bias = (np.asarray(weight) for weight in squeeze.weights)
yours = conv_1x1(before, kernel, bias.reshape(1, 1, 1, -1))
print(f"from {before.shape[1:]} to {yours.shape[1:]}")
print(f"largest difference to the network's own: {np.abs(yours - after).max():.1e}")


def strongest(volume, count=6):
    """The channels with the largest spread."""
    chosen = np.argsort(-volume[0].std(axis=(0, 1)))[:count]
    return [volume[0, :, :, channel] for channel in chosen]


show_images(
    [*strongest(before), *strongest(yours)],
    [*["before"] * 6, *["after"] * 6],
    columns=6,
)

# %% [markdown]
# ## What does it cost?
#
# Back to the module. Take its third branch: 28 × 28 × 192 come in, and 32 filters of 5 × 5 shall answer at every place
# (*same* padding). For one number of the output a filter multiplies 5 · 5 · 192 = 4800 times. There are
# 28 · 28 · 32 = 25,088 numbers. Together:
#
# $$28 \cdot 28 \cdot 32 \;\cdot\; 5 \cdot 5 \cdot 192 = 120{,}422{,}400$$
#
# For one branch, in one layer, for one picture. (Additions come on top, about as many, and with them we would count
# everything twice. By custom only multiplications are counted.)
#
# **Exercise: `multiplications`** (2 points). Height and width of the output are those of the input. Do the zeros of the
# padding count as multiplied? (By custom they do.)


# %% nbgrader={"grade": false, "grade_id": "multiplications", "locked": false, "schema_version": 3, "solution": true, "task": false}
def multiplications(input_shape, f, n_filters):
    """How many multiplications a convolution takes for one picture, at stride 1, with same padding.

    input_shape: (n_H, n_W, n_C) of what comes in.
    f: the filters' height and width, an odd integer.
    n_filters: how many filters there are.
    Returns an integer. Products with the padding count; biases do not.
    """
    ### BEGIN SOLUTION
    n_H, n_W, n_C = input_shape
    return n_H * n_W * n_filters * f * f * n_C
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_multiplications", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
count = multiplications((28, 28, 192), f=5, n_filters=32)
assert count == 120_422_400, f"the worked example gives 120,422,400, got {count:,}"
assert multiplications((2, 3, 1), f=1, n_filters=1) == 6, "six places, one product in each"
assert isinstance(count, (int, np.integer)), "a count is an integer"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("multiplications")
### END HIDDEN TESTS

# %% [markdown]
# Now the trick. Put a 1 × 1 convolution in front, with 16 filters: it shrinks 192 channels to 16. The 5 × 5 filters then
# have a twelfth of the depth. What comes in is the same, 28 × 28 × 192, and what goes out is the same, 28 × 28 × 32. In
# between is a **bottleneck**, the narrowest part, as in a bottle.

# %% tags=["show"]
show_branches((28, 28, 192), [[("5 × 5", 32)]])
show_branches((28, 28, 192), [[("1 × 1", 16), ("5 × 5", 32)]])

# %% [markdown]
# First, 28 · 28 · 16 numbers with 192 products each: 2.4 million. Then 28 · 28 · 32 numbers with 5 · 5 · 16 products each:
# 10.0 million. Together 12.4 million, a tenth of 120 million.
#
# **Exercise: `bottleneck_multiplications`** (3 points). Two convolutions, one after the other. What comes into the second?


# %% nbgrader={"grade": false, "grade_id": "bottleneck_multiplications", "locked": false, "schema_version": 3, "solution": true, "task": false}
def bottleneck_multiplications(input_shape, f, n_filters, n_bottleneck):
    """How many multiplications it takes with a 1×1 convolution in front.

    input_shape, f, n_filters: as for `multiplications`.
    n_bottleneck: how many filters the 1×1 convolution has.
    Returns an integer, for both convolutions together.
    """
    ### BEGIN SOLUTION
    n_H, n_W, _ = input_shape
    squeezed = multiplications(input_shape, 1, n_bottleneck)
    return squeezed + multiplications((n_H, n_W, n_bottleneck), f, n_filters)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_bottleneck_multiplications", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
count = bottleneck_multiplications((28, 28, 192), f=5, n_filters=32, n_bottleneck=16)
assert count == 12_443_648, f"2,408,448 + 10,035,200 = 12,443,648, got {count:,}"
assert isinstance(count, (int, np.integer)), "a count is an integer"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("bottleneck_multiplications")
### END HIDDEN TESTS

# %% [markdown]
# How narrow should the bottle's neck be? Your functions draw the answer for every width. There is a width from which on
# the trick costs more than it saves. Guess it before you look.

# %% tags=["show"]
volume = (28, 28, 192)
widths = np.arange(1, 193)
with_neck = np.array([bottleneck_multiplications(volume, 5, 32, int(n)) for n in widths]) / 1e6
direct = multiplications(volume, 5, 32) / 1e6
even = widths[np.argmax(with_neck > direct)]

figure, axes = plt.subplots(figsize=(8, 3.4), layout="constrained")
axes.plot(widths, with_neck, color="#0072B2")
axes.axhline(direct, color="#E69F00", linestyle="--")
axes.annotate(f"5 × 5 alone: {direct:.0f} million", (2, direct), (0, 5), textcoords="offset points")
for n, place in [(16, (10, -4)), (even, (8, -14))]:
    axes.plot(n, with_neck[n - 1], "o", color="#0072B2")
    axes.annotate(
        f"{n} channels: {with_neck[n - 1]:.1f}",
        (n, with_neck[n - 1]),
        place,
        textcoords="offset points",
    )
axes.set(xlabel="channels in the bottleneck", xlim=(0, 230), ylim=(0, 160))
axes.set_title("multiplications, in millions", loc="left", fontsize=11)
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# A count is a promise. Does the machine keep it? Below, the same batch goes through both, with Keras.


# %% tags=["show"]
def shortest(model, batch, repeats=7):
    """The shortest time of several runs: the first has things to prepare."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        model(batch)
        times.append(perf_counter() - start)
    return min(times)


inputs = keras.Input(volume)
neck = keras.layers.Conv2D(16, 1, activation="relu")(inputs)
five_by_five = {"padding": "same", "activation": "relu"}
direct_model = keras.Model(inputs, keras.layers.Conv2D(32, 5, **five_by_five)(inputs))
neck_model = keras.Model(inputs, keras.layers.Conv2D(32, 5, **five_by_five)(neck))
batch = np.random.default_rng(0).uniform(size=(8, *volume)).astype(np.float32)
show_times(
    {
        "5 × 5 alone": shortest(direct_model, batch),
        "through 16 channels": shortest(neck_model, batch),
    },
    "Eight volumes of 28 × 28 × 192, to 28 × 28 × 32",
)

# %% [markdown]
# Faster, and mostly not by the full factor of ten. A processor does not only multiply: it fetches numbers, and the 1 × 1
# convolution fetches as many as before for a few products each. Counting multiplications tells you where to look, and the
# clock tells you whether you found it.
#
# And what is lost? 192 numbers cannot be kept in 16. But the 16 are *learnt*, and in a real network the 192
# channels say much the same thing several times. As long as the neck is not too narrow, the error hardly changes.
#
# ## The module
#
# Now put it together. Four branches look at the same input:
#
# 1. 1 × 1 filters;
# 2. a 1 × 1 bottleneck, then 3 × 3 filters;
# 3. a 1 × 1 bottleneck, then 5 × 5 filters;
# 4. a max pooling, 3 × 3, then 1 × 1 filters.
#
# Their outputs are joined along the channels: 64 + 128 + 32 + 32 = 256. For that to be possible, all must have the same
# height and width. For the convolutions that means same padding. For the pooling it means something that you have
# not met: a pooling with stride 1 and same padding, that makes nothing smaller. It also gives back all of its 192
# channels, nearly as many as the other three branches have together; so here a 1 × 1 comes *after*, and makes them 32.
#
# Every convolution, the small ones too, has a ReLU.
#
# **Exercise: `inception_module`** (7 points). Of which volume is each of the six convolutions? Draw the arrows before you
# write; there are four that begin at `X`.


# %% nbgrader={"grade": false, "grade_id": "inception_module", "locked": false, "schema_version": 3, "solution": true, "task": false}
def inception_module(X, filters):
    """Four branches side by side, joined along the channels.

    X: a Keras tensor of shape (m, n_H, n_W, n_C).
    filters: six integers in the order of the paper's table: the 1×1 branch; the bottleneck before
        the 3×3 filters, and these; the bottleneck before the 5×5 filters, and these; the 1×1
        after the pooling. For the picture above: (64, 96, 128, 16, 32, 32).
    Returns a Keras tensor of shape (m, n_H, n_W, n): the branches' channels in the order 1×1, 3×3,
    5×5, pooling. No batch normalisation, no dropout.
    """
    ### BEGIN SOLUTION
    n_1, n_3_before, n_3, n_5_before, n_5, n_pool = filters
    one = keras.layers.Conv2D(n_1, 1, activation="relu")(X)
    three = keras.layers.Conv2D(n_3_before, 1, activation="relu")(X)
    three = keras.layers.Conv2D(n_3, 3, padding="same", activation="relu")(three)
    five = keras.layers.Conv2D(n_5_before, 1, activation="relu")(X)
    five = keras.layers.Conv2D(n_5, 5, padding="same", activation="relu")(five)
    pooled = keras.layers.MaxPooling2D(3, strides=1, padding="same")(X)
    pooled = keras.layers.Conv2D(n_pool, 1, activation="relu")(pooled)
    return keras.layers.Concatenate()([one, three, five, pooled])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_inception_module", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
inputs = keras.Input((28, 28, 192))
module = keras.Model(inputs, inception_module(inputs, (64, 96, 128, 16, 32, 32)))
assert module.output_shape == (None, 28, 28, 256), (
    f"28×28 stays, and 64 + 128 + 32 + 32 = 256; got {module.output_shape[1:]}"
)
assert module.count_params() == 163_696, (
    f"163,696 parameters, got {module.count_params():,}: show_layers(module) shows each layer"
)
inputs = keras.Input((7, 9, 5))
small = keras.Model(inputs, inception_module(inputs, (1, 2, 3, 4, 5, 6)))
assert small.output_shape == (None, 7, 9, 15), "1 + 3 + 5 + 6 channels: bottlenecks do not come out"
answers = np.asarray(small(np.random.default_rng(0).uniform(size=(2, 7, 9, 5))))
assert np.all(answers >= 0), "every branch ends in a ReLU"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("inception_module")
### END HIDDEN TESTS

# %% tags=["show"]
inputs = keras.Input((28, 28, 192))
module = keras.Model(inputs, inception_module(inputs, (64, 96, 128, 16, 32, 32)))
show_layers(module, "an inception module")

# %% [markdown]
# The sum of the last column, beside what it would be without the bottlenecks:

# %% tags=["show"]
one_by_one = multiplications(volume, 1, 64)
costs = {
    "no bottlenecks": [
        one_by_one,
        multiplications(volume, 3, 128),
        multiplications(volume, 5, 32),
        0,
    ],
    "the module": [
        one_by_one,
        bottleneck_multiplications(volume, 3, 128, 96),
        bottleneck_multiplications(volume, 5, 32, 16),
        multiplications(volume, 1, 32),
    ],
}
branches = {"1×1": "#0072B2", "3×3": "#E69F00", "5×5": "#009E73", "": "#CC79A7"}
notes = ["", ", with 5 for the 1×1 after the pooling"]

figure, axes = plt.subplots(figsize=(10, 1.9), layout="constrained")
for row, millions in enumerate(np.array(list(costs.values())) / 1e6):
    starts = np.cumsum([0, *millions])
    axes.barh(row, millions, left=starts[:-1], color=list(branches.values()), edgecolor="white")
    for name, cost, start in zip(branches, millions, starts, strict=False):
        text = f"{name}\n{cost:.0f}" if name else ""
        axes.text(start + cost / 2, row, text, ha="center", va="center", fontsize=8)
    axes.text(starts[-1] + 3, row, f"{starts[-1]:.0f} million{notes[row]}", va="center")
axes.set(yticks=[0, 1], yticklabels=list(costs), xticks=[], xlim=(0, 350))
axes.set_title("multiplications for one picture, by branch", loc="left", fontsize=11)
axes.invert_yaxis()
axes.tick_params(length=0)
axes.spines[:].set_visible(False)

# %% [markdown]
# And without the 1 × 1 after the pooling, the module would put out 64 + 128 + 32 + 192 channels, the next one would
# put out more than that, and so on.
#
# ## A network of modules, and its side doors
#
# GoogLeNet is a few ordinary layers and nine such modules in a row, with a pooling after the second and the seventh.
# (Its capital L is a bow to LeNet.) It has 22 layers with weights and 7 million parameters, a ninth of AlexNet, and made
# half as many mistakes. It ends without large dense layers: the mean of each channel, and one dense layer.
#
# If you know the module you know the network, but for one thing. Twice on the way there is a side door: a small
# classifier that looks at a hidden volume and has to name the picture from what it sees there. Its loss is added
# to the main one, with a weight of 0.3. So the layers in the middle are told early to be good for something; the gradient
# reaches them by a short way; and the network is held back a little from learning pictures by heart. When training is
# over, the side doors are walled up.
#
# | | layer | from 14 × 14 × 512 |
# |---|---|---|
# | 1 | average pooling, 5 × 5, stride 3, no padding | 4 × 4 × 512 |
# | 2 | convolution, 128 filters of 1 × 1, ReLU | 4 × 4 × 128 |
# | 3 | flatten | 2048 |
# | 4 | dense, 1024 units, ReLU | 1024 |
# | 5 | dense, softmax | 1000 |
#
# **Exercise: `auxiliary_classifier`** (3 points). (The paper silences 70 % of the 1024 units in training; you may or may
# not.)


# %% nbgrader={"grade": false, "grade_id": "auxiliary_classifier", "locked": false, "schema_version": 3, "solution": true, "task": false}
def auxiliary_classifier(X, classes):
    """A side door: class probabilities from a hidden volume.

    X: a Keras tensor of shape (m, n_H, n_W, n_C), at least 5×5 in height and width.
    classes: how many classes there are.
    Returns a Keras tensor of shape (m, classes), what the five layers of the table make of X.
    Dropout before the last layer is allowed and not asked for.
    """
    ### BEGIN SOLUTION
    X = keras.layers.AveragePooling2D(5, strides=3)(X)
    X = keras.layers.Conv2D(128, 1, activation="relu")(X)
    X = keras.layers.Flatten()(X)
    X = keras.layers.Dense(1024, activation="relu")(X)
    return keras.layers.Dense(classes, activation="softmax")(X)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_auxiliary_classifier", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
inputs = keras.Input((14, 14, 512))
side = keras.Model(inputs, auxiliary_classifier(inputs, 1000))
assert side.output_shape == (None, 1000), "a probability for each class"
assert side.count_params() == 3_188_840, (
    f"65,664 + 2,098,176 + 1,025,000 parameters, got {side.count_params():,}"
)
inputs = keras.Input((8, 11, 6))
answers = np.asarray(
    keras.Model(inputs, auxiliary_classifier(inputs, 3))(
        np.random.default_rng(0).uniform(size=(4, 8, 11, 6))
    )
)
assert answers.shape == (4, 3) and np.allclose(answers.sum(axis=1), 1, atol=1e-5), (
    "softmax gives probabilities: each picture's sum is 1"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("auxiliary_classifier")
### END HIDDEN TESTS

# %% [markdown]
# Now a small network of your parts: one convolution, three modules, a side door after the first. It learns the
# clothes of week 1, 5,000 of them. How much does the network know at the side door, and how much do the last two modules
# add?


# %% tags=["show"]
def small_googlenet():
    inputs = keras.Input((28, 28, 1))
    x = keras.layers.Conv2D(16, 5, strides=2, padding="same", activation="relu")(inputs)
    x = inception_module(x, (8, 8, 16, 4, 8, 8))
    side = auxiliary_classifier(x, 10)
    x = keras.layers.MaxPooling2D(2)(x)
    x = inception_module(x, (16, 16, 32, 8, 16, 16))
    x = inception_module(x, (16, 16, 32, 8, 16, 16))
    x = keras.layers.Flatten()(keras.layers.MaxPooling2D(2)(x))
    end = keras.layers.Dense(10, activation="softmax")(x)
    return keras.Model(inputs, {"end": end, "side": side})


fashion = load_fashion()
x_train, y_train = fashion.train_images[:5000], fashion.train_labels[:5000]
keras.utils.set_random_seed(1)
googlenet = small_googlenet()
loss = "sparse_categorical_crossentropy"
googlenet.compile(
    keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(4e-3, 4 * 5000 // 64)),
    loss={"end": loss, "side": loss},
    loss_weights={"end": 1, "side": 0.3},
)
googlenet.fit(x_train, {"end": y_train, "side": y_train}, epochs=4, batch_size=64, verbose=0)

probabilities = googlenet.predict(fashion.test_images, verbose=0)
guesses = {door: p.argmax(axis=1) for door, p in probabilities.items()}
for door, guess in guesses.items():
    print(f"{door:4}: right on {np.mean(guess == fashion.test_labels):.1%} of the test pictures")
agree = guesses["end"] == guesses["side"]
print(
    f"they agree on {agree.mean():.0%}, and are then right on "
    f"{np.mean(guesses['end'][agree] == fashion.test_labels[agree]):.0%}"
)

# %% [markdown]
# The side door knows nearly as much as the end, after a single module, and where the two disagree you had better look
# twice. Does it also make the end better? Here it does not: trained without it, the end was as often right when this was
# written. A network of three modules needs no help from the side. For the deep one the authors themselves wrote in their
# next paper that the effect is small, comes late in training, and is a brake on learning by heart more than a push.
#
# ## What to take away
#
# - A 1 × 1 convolution is a dense layer at every pixel. It mixes channels and does not look around; it is how a network
#   changes the number of channels, as pooling changes height and width.
# - A convolution multiplies $n_H\, n_W\, n_{filters} \cdot f^2 n_C$ times. A bottleneck in front makes $n_C$ small for the
#   expensive part: 120 million became 12.
# - The inception module does not choose a filter size. It takes 1, 3, 5 and a pooling side by side, and joins their
#   channels.
# - Side doors teach the middle of a deep network early, and are left out afterwards.
# - Count multiplications to know where time may go; measure to know where it goes.
# - Only custom: 64, 96, 128, 16, 32, 32. Later versions have other branches, and some have skip connections as well. What
#   lasted is the 1 × 1 bottleneck: it is in nearly every network since, also in `residual_networks`.
