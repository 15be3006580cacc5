# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Naming clothes: your first convolutional network
#
# A shop has photographed what it sells: one thing to a picture, grey, 28 pixels high and wide. Somebody has to write
# the name under each. Go along a row below and ask yourself what gives a thing away. The trousers are easy. But what
# tells a pullover from a coat, or a shirt from a T-shirt, when you have 784 pixels to look at?

# %%
from convwork.course import (
    hidden_tests,
    load_fashion,
    show_confusion_matrix,
    show_filters,
    show_images,
    show_learning_curves,
    show_network,
    show_worst_mistakes,
)

# %%
import keras
import matplotlib.pyplot as plt
import numpy as np

# %% tags=["show"]
fashion = load_fashion()
examples = [np.flatnonzero(fashion.train_labels == label)[:3] for label in range(10)]
rows = np.transpose(examples).ravel()  # three rows, one column for each class
show_images(
    1 - fashion.train_images[rows, :, :, 0],
    [*fashion.class_names, *[""] * 20],
    columns=10,
    limits=(0, 1),
)

# %% [markdown]
# In this notebook you build the network that names them. Here it is: two convolutions, each followed by a pooling,
# then one dense layer with an output for every class. A box is a volume of activations; it is as high as $n_H$, as
# deep as $n_W$, and as wide as it has channels. From left to right it gets smaller and thicker.

# %% tags=["show"]
show_network(
    (28, 28, 1),
    [
        {"type": "conv", "f": 5, "filters": 16, "pad": 2},
        {"type": "pool", "f": 2},
        {"type": "conv", "f": 3, "filters": 32, "pad": 1},
        {"type": "pool", "f": 2},
        {"type": "flatten"},
        {"type": "dense", "units": 10},
    ],
    [(28, 28, 16), (14, 14, 16), (14, 14, 32), (7, 7, 32), (1568,), (10,)],
    [416, 0, 4640, 0, 0, 15690],
)

# %% [markdown]
# Twenty thousand parameters. It will learn in front of you, in about half a minute, to be right nearly nine times in
# ten. Before that you plan networks on paper: how large is each volume, and how much must be learnt? Afterwards you ask
# where your network errs, what its filters have become, and why it does better than one with five times its size.
#
# ## How large is everything?
#
# A network is a chain, and the first question about a chain is whether its links fit. Four kinds of layers are enough
# here. Each is written as a dict:
#
# | layer | for example | what comes out |
# |---|---|---|
# | convolution | `{"type": "conv", "f": 5, "filters": 20, "stride": 2, "pad": 1}` | a channel for each filter; height and width each by $\left\lfloor \frac{n + 2p - f}{s} \right\rfloor + 1$ |
# | pooling | `{"type": "pool", "f": 2, "stride": 2}` | the same formula without padding; the channels stay as they are |
# | flatten | `{"type": "flatten"}` | all the numbers in one long vector |
# | dense | `{"type": "dense", "units": 120}` | a vector with one number for each unit |
#
# Where nothing is said, a convolution has stride 1 and no padding, and a pooling moves by its own size, so that its
# windows lie side by side.
#
# Take a picture of 39 × 39 pixels in three colours and send it through three convolutions: ten 3 × 3 filters, then
# twenty 5 × 5 filters with stride 2, then forty more of the same kind.
#
# $$39 \times 39 \times 3 \;\to\; 37 \times 37 \times 10 \;\to\; 17 \times 17 \times 20 \;\to\; 7 \times 7 \times 40 \;\to\; 1960$$
#
# Check the third volume by hand: (37 − 5) / 2 + 1 = 17. And 7 · 7 · 40 is 1960, the vector in which the whole picture
# ends.
#
# **Exercise: `activation_shapes`** (5 points). Two things to decide first. A filter reaches through all channels of its
# input: so who decides how many channels come out? And what should the function answer when a window is larger than
# what it is laid on?

# %%
three_convolutions = [
    {"type": "conv", "f": 3, "filters": 10},
    {"type": "conv", "f": 5, "filters": 20, "stride": 2},
    {"type": "conv", "f": 5, "filters": 40, "stride": 2},
    {"type": "flatten"},
]


# %% nbgrader={"grade": false, "grade_id": "activation_shapes", "locked": false, "schema_version": 3, "solution": true, "task": false}
def activation_shapes(input_shape, layers):
    """The shape of each layer's output.

    input_shape: (n_H, n_W, n_C) of the network's input.
    layers: a list of dicts, in order. Each has a "type":
        "conv": has "f" and "filters"; may have "stride" (1 if missing) and "pad" (0 if missing).
        "pool": has "f"; may have "stride" (f if missing); never padded.
        "flatten": nothing else.
        "dense": has "units"; comes after a flatten.
    Returns a list of tuples, one for each layer, the input not included: (n_H, n_W, n_C) for a
    volume, (n,) for a vector.
    Raises ValueError for an unknown type, and for a window larger than its padded input.
    """
    ### BEGIN SOLUTION
    shape, shapes = tuple(input_shape), []
    for layer in layers:
        kind = layer["type"]
        if kind == "flatten":
            shape = (int(np.prod(shape)),)
        elif kind == "dense":
            shape = (layer["units"],)
        elif kind in ("conv", "pool"):
            f, pad = layer["f"], layer.get("pad", 0)
            stride = layer.get("stride", 1 if kind == "conv" else f)
            n_H, n_W = [(n + 2 * pad - f) // stride + 1 for n in shape[:2]]
            n_C = layer["filters"] if kind == "conv" else shape[2]
            shape = (n_H, n_W, n_C)
            if min(shape) < 1:
                raise ValueError(f"{layer} does not fit")
        else:
            raise ValueError(f"unknown type {kind!r}")
        shapes.append(shape)
    return shapes
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_activation_shapes", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
shapes = activation_shapes((39, 39, 3), three_convolutions)
assert len(shapes) == 4, "one shape for each layer, the input not included"
assert shapes[0] == (37, 37, 10), "39 − 3 + 1 = 37, and a channel for each of the ten filters"
assert shapes[1:3] == [(17, 17, 20), (7, 7, 40)], "stride 2: (37 − 5) / 2 + 1 = 17, then 7"
assert shapes[3] == (1960,), "a vector's shape is a tuple with one number: 7 · 7 · 40"
assert activation_shapes((28, 28, 6), [{"type": "pool", "f": 2}]) == [(14, 14, 6)], (
    "pooling moves by its own size unless it has a stride, and keeps the channels"
)
try:
    activation_shapes((4, 4, 1), [{"type": "conv", "f": 5, "filters": 1}])
except ValueError:
    pass
else:
    raise AssertionError("a 5×5 filter does not fit on 4×4 pixels: raise a ValueError")
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("activation_shapes")
### END HIDDEN TESTS

# %% [markdown]
# Your function draws plans now. Change a stride, a padding or a number of filters below, say what should happen, and run
# the cell again.

# %% tags=["show"]
show_network((39, 39, 3), three_convolutions, activation_shapes((39, 39, 3), three_convolutions))

# %% [markdown]
# The pattern is nearly always this one: height and width shrink, the number of channels grows. Early layers know *where*
# exactly and know little; late layers know more about *what*, and less about where.
#
# ## How much must be learnt?
#
# A filter on a colour picture is a small box, 3 × 3 × 3: twenty-seven weights, and one bias. Ten of them have
# 10 · 28 = 280 parameters. Now the question that matters: how many are there if the picture is ten times as wide? Still
# 280. The filter slides; the picture may be as large as it likes.
#
# A dense layer is different. Each of its units has a weight for every number that comes in, and a bias. Below is a
# network in the manner of LeNet-5 (LeCun et al., 1998), for digits in 32 × 32 × 3 pixels. Which of its layers holds most
# of the parameters? Decide before you count.
#
# | layer | output | parameters |
# |---|---|---|
# | input | 32 × 32 × 3 | |
# | conv, eight 5 × 5 filters | 28 × 28 × 8 | 608 |
# | pool, 2 × 2 | 14 × 14 × 8 | 0 |
# | conv, sixteen 5 × 5 filters | 10 × 10 × 16 | 3,216 |
# | pool, 2 × 2 | 5 × 5 × 16 | 0 |
# | flatten | 400 | 0 |
# | dense, 120 units | 120 | 48,120 |
# | dense, 84 units | 84 | 10,164 |
# | dense, 10 units | 10 | 850 |
#
# The first row of numbers: 608 = (5 · 5 · 3 + 1) · 8.
#
# **Exercise: `count_parameters`** (5 points). Where does the 3 in that product come from, and what stands in its place in
# the second convolution? Which layers have nothing to learn?

# %%
like_lenet = [
    {"type": "conv", "f": 5, "filters": 8},
    {"type": "pool", "f": 2},
    {"type": "conv", "f": 5, "filters": 16},
    {"type": "pool", "f": 2},
    {"type": "flatten"},
    {"type": "dense", "units": 120},
    {"type": "dense", "units": 84},
    {"type": "dense", "units": 10},
]


# %% nbgrader={"grade": false, "grade_id": "count_parameters", "locked": false, "schema_version": 3, "solution": true, "task": false}
def count_parameters(input_shape, layers):
    """The number of parameters, weights and biases, of each layer.

    input_shape, layers: as for `activation_shapes`, and with the same errors.
    Returns a list of integers, one for each layer; 0 where there is nothing to learn.
    """
    ### BEGIN SOLUTION
    incoming = [tuple(input_shape), *activation_shapes(input_shape, layers)]
    counts = []
    for index, layer in enumerate(layers):
        shape = incoming[index]
        if layer["type"] == "conv":
            counts.append((layer["f"] ** 2 * shape[-1] + 1) * layer["filters"])
        elif layer["type"] == "dense":
            (n,) = shape
            counts.append((n + 1) * layer["units"])
        else:
            counts.append(0)
    return counts
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_count_parameters", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
ten_filters = [{"type": "conv", "f": 3, "filters": 10}]
assert count_parameters((39, 39, 3), ten_filters) == [280], "27 weights and a bias, ten times"
assert count_parameters((390, 390, 3), ten_filters) == [280], (
    "a filter does not grow with the picture"
)
counts = count_parameters((32, 32, 3), like_lenet)
assert len(counts) == 8, "one number for each layer, also where it is 0"
assert counts[:5] == [608, 0, 3216, 0, 0], (
    "the table's convolutions; pooling and flatten learn nothing"
)
assert counts[5:] == [48120, 10164, 850], (
    "a dense unit has a weight for each number that comes in, and a bias"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("count_parameters")
### END HIDDEN TESTS

# %% tags=["show"]
show_network(
    (32, 32, 3),
    like_lenet,
    activation_shapes((32, 32, 3), like_lenet),
    count_parameters((32, 32, 3), like_lenet),
)

# %% [markdown]
# More than nine tenths of the parameters sit in the dense layers, though the convolutions do most of the work.
#
# How far does that go? Take a grey picture and six 5 × 5 filters: 6 · 26 = 156 parameters. Now let a dense layer connect
# as much: from the 3072 numbers of a 32 × 32 × 3 picture to the 28 × 28 × 6 = 4704 numbers that six such filters put
# out. Your function counts both; the areas below are to scale.

# %% tags=["show"]
(conv_count,) = count_parameters((32, 32, 1), [{"type": "conv", "f": 5, "filters": 6}])
_, dense_count = count_parameters(
    (32, 32, 3), [{"type": "flatten"}, {"type": "dense", "units": 4704}]
)

dense_side, conv_side = dense_count**0.5, conv_count**0.5
figure, axis = plt.subplots(figsize=(6.4, 3.8), layout="constrained")
axis.add_patch(plt.Rectangle((0, 0), dense_side, dense_side, color="#0072B2"))
axis.text(
    dense_side / 2,
    dense_side / 2,
    f"a dense layer:\n{dense_count:,}",
    color="white",
    ha="center",
    size=13,
)
axis.add_patch(
    plt.Rectangle((dense_side + 400, dense_side / 2), conv_side, conv_side, color="black")
)
axis.text(dense_side + 550, dense_side / 2, f"six 5×5 filters: {conv_count}", va="center", size=13)
axis.set(xlim=(-30, 6400), ylim=(-30, dense_side + 30), aspect="equal")
axis.axis("off")
plt.show()

# %% [markdown]
# The dot on the right is not a blot. For each of its parameters the square on the left has more than ninety thousand.
#
# ## Why so few are enough
#
# A convolution *is* a dense layer, with most of its weights set to zero and the others tied together. Below, a 6 × 6
# picture is written as 36 numbers, one to a column, and the 4 × 4 result as 16 numbers, one to a row. A cell is the
# weight from that input to that output. On the right is a dense layer with the same inputs and outputs.

# %% tags=["show"]
rng = np.random.default_rng(0)
kernel = np.array([[1, 0.3, -1], [0.8, -0.2, -0.6], [0.6, 0.5, -0.9]])
connections = np.zeros((4, 4, 6, 6))
for row, column in np.ndindex(4, 4):
    connections[row, column, row : row + 3, column : column + 3] = kernel
show_filters(
    [connections.reshape(16, 36), rng.uniform(-1, 1, size=(16, 36))],
    ["one 3×3 filter: 9 different weights", "a dense layer: 576 different weights"],
)

# %% [markdown]
# Two ideas are in the left picture.
#
# - **Sparsity of connections.** Each row has nine weights that are not zero: an output looks at nine pixels, those under
#   its window, and at no others. Pixels that lie near each other belong together; that is a belief about pictures, built
#   into the layer.
# - **Parameter sharing.** Each row has the *same* nine weights, moved along. A filter that finds an edge in one corner is
#   not learnt again for the next corner. That is a belief, too: what is worth finding here is worth finding there.
#
# Fewer parameters need fewer pictures to be learnt from, and have less room to learn pictures by heart.
#
# ## A first network: T-shirt or shirt?
#
# Time to build. Keras has a class for networks that are a plain chain, `Sequential`: a list of layers, the first one
# saying what comes in. Here is a small one without any convolution, with the number of its parameters beside yours.

# %% tags=["show"]
logistic_regression = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 1)),
        keras.layers.Flatten(),
        keras.layers.Dense(1, activation="sigmoid"),
    ]
)
print("Keras counts", logistic_regression.count_params())
print(
    "you count   ",
    count_parameters((28, 28, 1), [{"type": "flatten"}, {"type": "dense", "units": 1}]),
)

# %% [markdown]
# Your chain has seven links:
#
# 1. three pixels of zeros around the picture (`ZeroPadding2D`),
# 2. 32 filters of 7 × 7, stride 1, with no padding of their own (`Conv2D`),
# 3. batch normalisation over the channels, the last axis (`BatchNormalization`): it brings each channel to mean 0 and
#    variance 1 over the batch, then scales and shifts it by two learnt numbers; week 2 says why that helps,
# 4. ReLU,
# 5. max pooling, 2 × 2 with stride 2,
# 6. flatten,
# 7. one dense unit with a sigmoid: the probability of "yes".
#
# **Exercise: `sequential_model`** (5 points). Why three pixels of padding for a filter of seven? The function gets the
# input's shape and must work for any: which of the seven layers have weights whose number depends on it?


# %% nbgrader={"grade": false, "grade_id": "sequential_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sequential_model(input_shape=(64, 64, 3)):
    """A small binary classifier as a Keras Sequential model.

    input_shape: (n_H, n_W, n_C) of one picture, without the batch axis.
    Returns the model, built for that input, with random weights: zero padding 3, convolution
    (32 filters, 7×7, stride 1), batch normalisation over channels, ReLU, max pooling (2×2,
    stride 2), flatten, one sigmoid unit. What is not said is as Keras has it by default. The
    output has shape (m, 1). The model need not be compiled.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input(shape=input_shape),
            keras.layers.ZeroPadding2D(3),
            keras.layers.Conv2D(32, 7),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_sequential_model", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
model = sequential_model((28, 28, 1))
assert isinstance(model, keras.Sequential), "a Sequential model is asked for"
assert model.input_shape == (None, 28, 28, 1), (
    "the model must know its input's shape: give it an Input"
)
assert model.output_shape == (None, 1), "one number for each picture"
assert model.count_params() == 8001, (
    "1600 in the convolution, 4 · 32 in batch normalisation, 14 · 14 · 32 + 1 in the dense unit"
)
assert sequential_model().input_shape == (None, 64, 64, 3), (
    "64×64 in colour unless another shape is given"
)
answers = model(np.random.default_rng(0).normal(size=(5, 28, 28, 1)))
assert np.all((answers > 0) & (answers < 1)), "a sigmoid puts out probabilities"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("sequential_model")
### END HIDDEN TESTS

# %% [markdown]
# Ask it the hardest yes-or-no question in the shop: among T-shirts and shirts, which is a shirt? There are 1,200 of each
# to learn from, and 200 of each that it has never seen.


# %% tags=["show"]
def shirts_and_tshirts(images, labels):
    chosen = np.isin(labels, [0, 6])  # 0 is T-shirt/top, 6 is Shirt
    return images[chosen], (labels[chosen] == 6).astype(np.float32)


x_train, y_train = shirts_and_tshirts(fashion.train_images, fashion.train_labels)
x_test, y_test = shirts_and_tshirts(fashion.test_images, fashion.test_labels)

keras.utils.set_random_seed(1)
shirt_model = sequential_model((28, 28, 1))
shirt_model.compile(optimizer="adam", loss="binary_crossentropy", metrics=["accuracy"])
shirt_model.fit(x_train, y_train, batch_size=32, epochs=3, verbose=2)
shirt_probability = shirt_model.predict(x_test, verbose=0)[:, 0]
print(
    f"\nright on {np.mean((shirt_probability > 0.5) == y_test):.1%} of {len(y_test)} pictures it has never seen"
)

# %% [markdown]
# Guessing gives 50 %. And a probability says more than yes or no. Here are unseen pictures in the order of the answer.
# Above each stands how probable it is to the network that this is a shirt, and what the label says. What does it
# seem to go by?

# %% tags=["show"]
order = np.argsort(shirt_probability)
spread = order[np.linspace(0, len(order) - 1, 16).astype(int)]
names = np.where(y_test[spread] == 1, "shirt", "T-shirt")
show_images(
    1 - x_test[spread, :, :, 0],
    [f"{p:.0%} ({name})" for p, name in zip(shirt_probability[spread], names, strict=True)],
    columns=8,
    limits=(0, 1),
)

# %% [markdown]
# ## All ten at once
#
# (It goes by the sleeves, it seems.) Now for all ten names, and for another way to build. A chain is not the only form
# that a network can have. Branches and short cuts (week 2) need the **functional** way: each layer is called on what
# comes in and gives what goes out, and a model is made of the two ends. A toy with two branches, which no `Sequential`
# can say:

# %% tags=["show"]
inputs = keras.Input(shape=(4,))
left = keras.layers.Dense(3)(inputs)
right = keras.layers.Dense(3)(inputs)
outputs = keras.layers.Add()([left, right])
toy = keras.Model(inputs=inputs, outputs=outputs)
print("from", toy.input_shape, "to", toy.output_shape, "with", toy.count_params(), "parameters")

# %% [markdown]
# The network from the top of this notebook, exactly:
#
# | | layer | hyperparameters |
# |---|---|---|
# | 1 | CONV2D | 16 filters, 5 × 5, stride 1, "same" padding |
# | 2 | RELU | |
# | 3 | MAXPOOL | 2 × 2, stride 2, no padding |
# | 4 | CONV2D | 32 filters, 3 × 3, stride 1, "same" padding |
# | 5 | RELU | |
# | 6 | MAXPOOL | 2 × 2, stride 2, no padding |
# | 7 | FLATTEN | |
# | 8 | DENSE | one unit for each class, softmax |
#
# **Exercise: `convolutional_model`** (10 points). What does "same" keep the same, and at which stride? What must be true
# of the ten outputs together that was not needed for the one output above?


# %% nbgrader={"grade": false, "grade_id": "convolutional_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def convolutional_model(input_shape, classes=6):
    """A classifier with two convolutions, as a functional Keras model.

    input_shape: (n_H, n_W, n_C) of one picture, without the batch axis.
    classes: how many classes there are.
    Returns the model with random weights: CONV2D (16 filters, 5×5, same) → RELU → MAXPOOL (2×2,
    stride 2) → CONV2D (32 filters, 3×3, same) → RELU → MAXPOOL (2×2, stride 2) → FLATTEN →
    DENSE (softmax). What is not said is as Keras has it by default. The output has shape
    (m, classes). The model need not be compiled.
    """
    ### BEGIN SOLUTION
    inputs = keras.Input(shape=input_shape)
    x = keras.layers.Conv2D(16, 5, padding="same")(inputs)
    x = keras.layers.ReLU()(x)
    x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Conv2D(32, 3, padding="same")(x)
    x = keras.layers.ReLU()(x)
    x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Flatten()(x)
    outputs = keras.layers.Dense(classes, activation="softmax")(x)
    return keras.Model(inputs, outputs)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_convolutional_model", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
model = convolutional_model((28, 28, 1), classes=10)
assert isinstance(model, keras.Model), "a Keras model is asked for"
assert not isinstance(model, keras.Sequential), (
    "a functional model is asked for: keras.Model(inputs, outputs)"
)
assert model.input_shape == (None, 28, 28, 1) and model.output_shape == (None, 10), (
    "28×28×1 goes in, and ten probabilities come out"
)
assert model.count_params() == 20746, "416 + 4640 + 15690, as in the picture at the top"
assert convolutional_model((12, 16, 3)).output_shape == (None, 6), (
    "six classes unless another number is given"
)
answers = np.asarray(model(np.random.default_rng(0).normal(size=(5, 28, 28, 1))))
assert np.all(answers >= 0) and np.allclose(answers.sum(axis=1), 1, atol=1e-5), (
    "softmax gives probabilities: each picture's sum is 1"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("convolutional_model")
### END HIDDEN TESTS

# %% [markdown]
# Now it learns. Of the 12,000 training pictures the last 2,000 are held back for **validation**: after each epoch they
# say how well the network does on pictures it does not learn from. The 2,000 test pictures stay untouched until the
# end. Whoever looks at them while choosing hyperparameters has begun to train on them.
#
# Adam's step size falls from 0.005 to 0 along a cosine; large steps first, small ones to settle.


# %% tags=["show"]
def train(model, epochs=5, batch_size=64):
    steps = epochs * len(fashion.train_images[:10000]) // batch_size
    falling = keras.optimizers.schedules.CosineDecay(5e-3, steps)
    model.compile(
        optimizer=keras.optimizers.Adam(falling),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model.fit(
        fashion.train_images[:10000],
        fashion.train_labels[:10000],
        validation_data=(fashion.train_images[10000:], fashion.train_labels[10000:]),
        epochs=epochs,
        batch_size=batch_size,
        verbose=2,
    )


keras.utils.set_random_seed(1)
clothes_model = convolutional_model((28, 28, 1), classes=10)
history = train(clothes_model)

# %% tags=["show"]
show_learning_curves(history)

# %% [markdown]
# At first validation looks better than training. That is no magic: a training point is the mean over an epoch in which
# the network was still learning, a validation point is taken at its end. Later training goes ahead: what the network
# knows about *these* pictures and not about clothes. Where validation stops following, more epochs would teach it the
# pictures by heart and nothing else.
#
# And then, once, the test:

# %% tags=["show"]
probabilities = clothes_model.predict(fashion.test_images, verbose=0)
guesses = probabilities.argmax(axis=1)
accuracy = np.mean(guesses == fashion.test_labels)
print(f"right on {accuracy:.1%} of {len(guesses)} test pictures")

# %% [markdown]
# When this was written it was 89 %; yours may differ in the third digit. What is that worth? The data set's authors keep
# a list of what others have reported for all 10,000 test pictures: from 88 to 93 % for networks of two convolutions
# that learnt from all 60,000 training pictures, six times as many as yours; and 83.5 % for people without experience
# in fashion (1,000 pictures, majority of three answers). Some of what is missing is in the pictures and not in the
# network: at 28 × 28 pixels, buttons are gone.
#
# ## Where does it err?
#
# One number hides which mistakes are made. Rows are what a thing is, columns what the network says. Look for the largest
# numbers beside the diagonal before you read on.

# %% tags=["show"]
show_confusion_matrix(fashion.test_labels, guesses, fashion.class_names)

# %% [markdown]
# Trousers are hardly ever mistaken. Shirts are the trouble: three in ten are taken for T-shirts, pullovers, coats, and
# those for shirts. Shoes are mistaken for other shoes. No boot is ever called a dress: the network is wrong the way
# that a person is.
#
# Now its worst mistakes: wrong answers that it was surest of. For each, who is right, the network or the label?

# %% tags=["show"]
show_worst_mistakes(fashion.test_images, fashion.test_labels, probabilities, fashion.class_names)

# %% [markdown]
# ## What has it learnt to see?
#
# In the first notebook you designed filters. Nobody designed these: they began as random numbers, and training made
# them. Purple is positive, orange is negative. Which find edges, and in which direction? Is there one that only asks
# whether something is bright?

# %% tags=["show"]
first_convolution = next(
    layer for layer in clothes_model.layers if isinstance(layer, keras.layers.Conv2D)
)
kernels = np.asarray(first_convolution.kernel)  # (5, 5, 1, 16)
show_images(
    np.moveaxis(kernels[:, :, 0], -1, 0),
    [f"filter {number}" for number in range(1, 17)],
    columns=8,
    shared_scale=True,
    signed=True,
)

# %% [markdown]
# And this is one shoe as each of the sixteen sees it, after the ReLU. Black is where a filter has found what it is looking
# for. Find one that draws only the upper edge, one for the sole, one for the heel. Then look at its weights above:
# could you have told?

# %% tags=["show"]
shoe = fashion.test_images[fashion.test_labels == 9][:1]
seen = keras.Model(clothes_model.inputs, first_convolution.output).predict(shoe, verbose=0)
show_images(
    [1 - shoe[0, :, :, 0], *np.moveaxis(-np.maximum(seen[0], 0), -1, 0)],
    ["the picture", *(f"filter {number}" for number in range(1, 17))],
    columns=9,
)

# %% [markdown]
# ## Does the convolution matter?
#
# Perhaps any network of that size would do. A fair rival has one hidden layer of 128 dense units: five times the
# parameters, the same pictures, the same training.

# %% tags=["show"]
keras.utils.set_random_seed(1)
dense_model = keras.Sequential(
    [
        keras.Input(shape=(28, 28, 1)),
        keras.layers.Flatten(),
        keras.layers.Dense(128, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
train(dense_model)
dense_accuracy = np.mean(
    dense_model.predict(fashion.test_images, verbose=0).argmax(axis=1) == fashion.test_labels
)
print(f"\nconvolutional: {clothes_model.count_params():7,} parameters, {accuracy:.1%} right")
print(f"dense:         {dense_model.count_params():7,} parameters, {dense_accuracy:.1%} right")

# %% [markdown]
# More parameters, and less right. But the difference in accuracy is small, because everything in this shop lies in the
# middle of its picture. What if the photographer's hand shakes? Move each test picture by a few pixels, up, down, left
# and right. To you it stays the same shirt. Neither network has learnt from a moved picture. Which one minds less?


# %% tags=["show"]
def moved(images, down, right):
    """The images with their contents moved; zeros come in from the border."""
    margin = max(abs(down), abs(right))
    padded = np.pad(images, [(0, 0), (margin, margin), (margin, margin), (0, 0)])
    size = images.shape[1]
    return padded[:, margin - down : margin - down + size, margin - right : margin - right + size]


def accuracy_when_moved(model, distance):
    ways = [(distance, 0), (-distance, 0), (0, distance), (0, -distance)]
    batch = np.concatenate([moved(some, *way) for way in ways])
    guesses = model.predict(batch, batch_size=500, verbose=0).argmax(axis=1)
    return np.mean(guesses == np.tile(some_labels, 4))


some, some_labels = fashion.test_images[:500], fashion.test_labels[:500]
distances = [0, 1, 2, 3, 4]
robustness = {
    "convolutional": [accuracy_when_moved(clothes_model, distance) for distance in distances],
    "dense": [accuracy_when_moved(dense_model, distance) for distance in distances],
}

figure, axes = plt.subplot_mosaic("ppab", figsize=(10, 3.2), layout="constrained")
for (name, values), colour, marker, place in zip(
    robustness.items(), ["#0072B2", "#E69F00"], "os", [(8, 8), (-8, -18)], strict=True
):
    axes["p"].plot(distances, values, f"{marker}-", color=colour)
    axes["p"].annotate(
        f"{name}: {values[2]:.0%}",
        (2, values[2]),
        place,
        textcoords="offset points",
        ha="left" if place[0] > 0 else "right",
    )
axes["p"].set(xticks=distances, xlabel="pixels moved", ylim=(0, 1))
axes["p"].set_title("accuracy on moved test pictures", loc="left", fontsize=11)
axes["p"].spines[["top", "right"]].set_visible(False)
for key, distance in [("a", 0), ("b", 2)]:
    axes[key].imshow(moved(shoe, distance, 0)[0, :, :, 0], cmap="gray_r")
    axes[key].set_title("as it was" if distance == 0 else "moved down by 2 pixels", fontsize=10)
    axes[key].set(xticks=[], yticks=[])

# %% [markdown]
# Two pixels cost the dense network twice as much as yours. For it, a moved shirt is a set of pixels it has never met:
# each weight belongs to one place. A filter slides, so when the picture moves, its answers move along with it
# unchanged, and pooling forgives a pixel of that.
#
# But look again: yours suffers, too. Which of its layers still has a weight for each place? (It is the one that holds
# three quarters of all its parameters.) Week 2 has two remedies: layers that end without it, and training on pictures
# that were moved on purpose.
#
# ## What to take away
#
# - You can plan a network on paper: $\lfloor (n + 2p - f)/s \rfloor + 1$ for the sizes; (f · f · n_C + 1) parameters for
#   each filter, whatever the picture's size. Most parameters sit in the dense layers.
# - A convolution is a dense layer with two beliefs built in: what belongs together lies together (sparsity of
#   connections), and what is worth finding here is worth finding there (parameter sharing).
# - One number is no diagnosis. Look at the confusion matrix and at the worst mistakes; some of them are the labels'.
# - A convolutional network is less sensitive to *where* things are, and not insensitive.
# - 5 × 5 and 3 × 3 filters, 16 and 32 of them, pooling by two: these are custom, and work. Nothing in nature says so.
