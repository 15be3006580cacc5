# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A window that slides, and a network that slides itself
#
# A network that names one thing is easy to come by. A street has five things in it, of three kinds, and nobody says
# where. The oldest trick is to cut the street into many small pictures and ask about each: is this a car? And this? And
# this? It works, and it is slow. This notebook does it first, and then the same, to the last digit, in a single step.

# %%
# First, for it keeps TensorFlow from talking about graphics cards.
from convwork.course import (
    Step,
    hidden_tests,
    load_street_scenes,
    load_windows,
    show_dense_as_filter,
    show_heat,
    show_images,
    show_located,
    show_times,
    show_window_flow,
    window_counts,
)

from time import perf_counter

import keras
import numpy as np

# %% tags=["show"]
scenes, chosen = load_street_scenes("test", half=True), 48
street, truth = scenes.images[chosen], scenes.boxes[chosen]
height, width = street.shape[:2]
grid = [(x, y, x + 28, y + 28) for y in range(0, height - 27, 34) for x in range(0, width - 27, 33)]
show_located(
    [street, street],
    [truth, np.array(grid) / [width, height, width, height]],
    titles=["what is there", "twelve places to look at, of very many"],
    columns=2,
)

# %% [markdown]
# ## Cutting windows
#
# A window of $f$ pixels goes over a picture of $n_H \times n_W$ pixels, $s$ pixels at a time, row by row, as a filter
# does. (You know how many places it has in each direction: $\lfloor (n - f)/s \rfloor + 1$.) Each window is a picture by
# itself, and has a place: the corners of a box, in pixels, with $x$ to the right and $y$ downwards.
#
# **Exercise: `sliding_windows`** (4 points). Take a picture 6 high and 8 wide, windows of 4, stride 2. How many windows
# are there? Where is the second one, and where is the fourth? Which of $x$ and $y$ is the row?


# %% nbgrader={"grade": false, "grade_id": "sliding_windows", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sliding_windows(image, size, stride):
    """All square windows of a picture, and where they are.

    image: (n_H, n_W, n_C), of any type of number.
    size: of a window, in pixels, at most n_H and n_W.
    stride: how far the window moves, in both directions, at least 1.
    Returns windows, corners: two lists (or arrays) of the same length, in reading order, from left
    to right and then downwards. Each window is (size, size, n_C); its corners are x1, y1, x2, y2,
    integers, in pixels, with x2 - x1 = y2 - y1 = size. Windows that reach over the border are left out.
    """
    ### BEGIN SOLUTION
    n_H, n_W = image.shape[:2]
    windows, corners = [], []
    for top in range(0, n_H - size + 1, stride):
        for left in range(0, n_W - size + 1, stride):
            windows.append(image[top : top + size, left : left + size])
            corners.append((left, top, left + size, top + size))
    return windows, corners
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_sliding_windows", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
numbered = np.arange(6 * 8 * 3).reshape(6, 8, 3)
windows, corners = sliding_windows(numbered, 4, 2)
assert len(windows) == len(corners) == 6, (
    f"two rows of three windows; you have {len(windows)} windows and {len(corners)} corners"
)
assert all(np.shape(window) == (4, 4, 3) for window in windows), "each window is 4×4×3"
assert np.array_equal(corners[1], (2, 0, 6, 4)), f"the second is 2 to the right, not {corners[1]}"
assert np.array_equal(corners[3], (0, 2, 4, 6)), f"the fourth begins a row, not {corners[3]}"
assert np.array_equal(windows[3], numbered[2:6, 0:4]), "the fourth window's pixels are others"
assert len(sliding_windows(numbered, 4, 3)[0]) == 2, (
    "at stride 3 there is room for two places across, and for one down"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("sliding_windows")
### END HIDDEN TESTS

# %% tags=["show"]
windows, corners = sliding_windows(street, 28, 20)
places = [f"({x1}, {y1})" for x1, y1, _, _ in corners]
show_images(windows, places, columns=6, height=0.85)

# %% [markdown]
# ## Something that knows a car when it sees one
#
# The windows go to a classifier, and it must know four things: pedestrian, car, motorcycle, and *background*, by far the
# most frequent. Objects fill its pictures and stand in their middle. Everything else is background, and that includes
# half a car: why should it?

# %% tags=["show"]
train, test = load_windows("train"), load_windows("test")
names = [test.class_names[label] for label in test.labels]
show_images(test.images[:20], names[:20], columns=10)

# %% [markdown]
# Two convolutions, two poolings, two dense layers: nothing that you have not built before. Each picture serves twice, once
# as it is and once as in a mirror.

# %% tags=["show"]
keras.utils.set_random_seed(1)
classifier = keras.Sequential(
    [
        keras.Input((28, 28, 3)),
        keras.layers.Rescaling(1 / 255),
        keras.layers.Conv2D(16, 5, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Conv2D(32, 5, activation="relu"),
        keras.layers.MaxPooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(64, activation="relu"),
        keras.layers.Dense(4, activation="softmax"),
    ]
)
images = np.concatenate([train.images, train.images[:, :, ::-1]])
labels = np.concatenate([train.labels, train.labels])
epochs, batch_size = 5, 64
rate = keras.optimizers.schedules.CosineDecay(3e-3, epochs * len(images) // batch_size)
loss = "sparse_categorical_crossentropy"
classifier.compile(keras.optimizers.Adam(rate), loss=loss, metrics=["accuracy"])
classifier.fit(images, labels, batch_size=batch_size, epochs=epochs, verbose=2)
guessed = np.argmax(classifier.predict(test.images, verbose=0), axis=1)
for label, name in enumerate(test.class_names):
    these = test.labels == label
    print(f"{name:10} right in {np.mean(guessed[these] == label):.0%} of {these.sum()}")

# %% [markdown]
# Now let it look everywhere: windows of 28 pixels, 4 pixels apart.


# %% tags=["show"]
def look_by_windows(model, image, size, stride):
    """What a classifier says of each window, (rows, columns, classes)."""
    windows, corners = sliding_windows(image, size, stride)
    rows = len({y1 for _, y1, _, _ in corners})
    answers = [model(np.asarray(window)[np.newaxis]) for window in windows]
    return np.reshape(np.concatenate(answers), (rows, len(windows) // rows, -1))


start = perf_counter()
by_windows = look_by_windows(classifier, street, 28, 4)
seconds_by_windows = perf_counter() - start
rows, columns, _ = by_windows.shape
print(f"{rows} × {columns} = {rows * columns} windows in {seconds_by_windows:.1f} s")
heats = [by_windows[:, :, label] for label in range(3)]
show_heat(street, heats, 28, 4, ["the street, and one window", *test.class_names[:3]])

# %% [markdown]
# Where a map is orange, the window around that point holds such a thing, as far as the classifier can tell. Now draw the
# windows of which it is sure:


# %% tags=["show"]
def sure(answers, image, size, stride, threshold=0.8):
    """The windows with an object of which a detector is sure, as boxes in shares."""
    height, width = image.shape[:2]
    found = np.argwhere(answers[:, :, :3].max(axis=2) >= threshold)
    boxes = [(c * stride, r * stride, c * stride + size, r * stride + size) for r, c in found]
    return np.reshape(boxes, (-1, 4)) / [width, height, width, height]


show_located([street], [truth], [sure(by_windows, street, 28, 4)], ["blue: truth, orange: sure"])

# %% [markdown]
# It finds what is as large as its window, several times over; it misses what is larger or smaller; and its boxes are
# squares, whatever the thing. The repairs are the next notebook's business. Here we mend the cost.
#
# ## The same pixels, again and again
#
# Windows that are 4 pixels apart share six sevenths of their width. How many windows look at each pixel?

# %% tags=["show"]
counts = window_counts((height, width), 28, stride=4)
show_images([street, counts], ["the street", f"windows that see a pixel: up to {counts.max()}"])

# %% [markdown]
# Nearly fifty times the same pixel goes through the same filters of the first convolution, and nearly fifty times the
# same numbers come out. But a convolution does not mind how large a picture is! Lay it on the whole street *once*, and
# every window finds its share in the result. So with pooling. Only one thing stands in the way: the dense layers, whose
# number of weights depends on the size. Or does it?
#
# ## A dense layer is a convolution in disguise
#
# Take a volume of 2 × 3 × 2. Flattened, it is a row of twelve numbers; a unit of a dense layer has twelve weights, one
# for each, and adds up the products. Now look at the second line.

# %%
small_volume = np.arange(1, 13).reshape(2, 3, 2)
small_unit = np.array([1, 0, 2, -1, 0, 1, 1, 0, -1, 2, 0, 3])

# %% tags=["show"]
show_dense_as_filter(small_volume, small_unit)

# %% [markdown]
# A filter as large as the volume has just as many weights, meets just the same numbers, and has exactly one place to
# stand. The same products, the same sum: 63. A dense layer with 400 units on 5 × 5 × 16 is a convolution with 400
# filters of 5 × 5 × 16, and its result is 1 × 1 × 400. A second dense layer, on those 400 numbers, is a convolution with
# filters of 1 × 1 × 400.
#
# **Exercise: `dense_to_conv`** (5 points). `Flatten` writes a volume down row by row, in each row pixel by pixel, and in
# each pixel channel by channel; the colours in the drawing show it. So which of the dense layer's weights belongs to row
# 1, column 0, channel 1 of the filter?


# %% nbgrader={"grade": false, "grade_id": "dense_to_conv", "locked": false, "schema_version": 3, "solution": true, "task": false}
def dense_to_conv(kernel, bias, input_shape):
    """The weights of the convolution that does what a dense layer does after a `Flatten`.

    kernel: (n_H * n_W * n_C, units), the dense layer's weights.
    bias: (units,), the dense layer's biases.
    input_shape: (n_H, n_W, n_C), the volume that was flattened.
    Returns kernel, bias of the convolution, as `Conv2D` keeps them: (f_H, f_W, n_C, filters) and
    (filters,).
    """
    ### BEGIN SOLUTION
    units = kernel.shape[1]
    return kernel.reshape(*input_shape, units), bias
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_dense_to_conv", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
conv_kernel, conv_bias = dense_to_conv(small_unit.reshape(12, 1), np.array([5.0]), (2, 3, 2))
assert np.shape(conv_kernel) == (2, 3, 2, 1), (
    f"one filter as large as the volume: (2, 3, 2, 1), not {np.shape(conv_kernel)}"
)
assert np.array_equal(conv_kernel[0, :, 0, 0], [1, 2, 0]), "row 0, channel 0 is 1, 2, 0"
assert np.array_equal(conv_kernel[1, :, 1, 0], [0, 2, 3]), "row 1, channel 1 is 0, 2, 3"
assert np.array_equal(conv_bias, [5]), "each filter keeps its unit's bias"
conv_kernel, conv_bias = dense_to_conv(np.zeros((400, 400)), np.zeros(400), (5, 5, 16))
assert np.shape(conv_kernel) == (5, 5, 16, 400), "400 filters of 5×5×16"
conv_kernel, conv_bias = dense_to_conv(np.zeros((400, 4)), np.zeros(4), (1, 1, 400))
assert np.shape(conv_kernel) == (1, 1, 400, 4), "four filters of 1×1×400"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("dense_to_conv")
### END HIDDEN TESTS

# %% [markdown]
# Ask Keras: here is a dense layer on many volumes, and the convolution that your function makes of it.

# %% tags=["show"]
volumes = np.random.default_rng(0).normal(size=(100, 5, 5, 16)).astype(np.float32)
dense = keras.layers.Dense(400)
by_dense = np.asarray(dense(volumes.reshape(100, 400)))
convolution = keras.layers.Conv2D(400, 5)
convolution.build((None, 5, 5, 16))
convolution.set_weights(dense_to_conv(*dense.get_weights(), (5, 5, 16)))
by_convolution = np.asarray(convolution(volumes))
print(f"{by_dense.shape} and {by_convolution.shape}: ", end="")
print(f"the largest difference is {np.abs(by_dense - by_convolution[:, 0, 0]).max():.0e}")

# %% [markdown]
# ## The network that slides itself
#
# Now all layers are convolutions and poolings, and none of them cares how large the picture is. Here is the network of
# the lecture (after OverFeat: Sermanet and others, 2014), seen from the front. It was made for 14 × 14 pixels. What
# becomes of larger pictures?

# %% tags=["show"]
show_window_flow(
    [14, 16, 28],
    [
        Step("conv 5×5", 5),
        Step("pool 2×2", 2, 2),
        Step("conv 5×5", 5),
        Step("conv 1×1", 1),
        Step("conv 1×1", 1),
    ],
)

# %% [markdown]
# On 14 × 14 there is one answer. On 16 × 16 there are 2 × 2, one for each window of 14 that fits in if it moves by 2
# pixels. Follow the colours: the window in the upper left becomes the upper left cell, and what windows share is
# computed once. On 28 × 28 there are 8 × 8 answers. Who has set the stride to 2? Not you: it is the pooling's.
#
# **Exercise: `convolutional_detector`** (6 points). Walk along the classifier's layers. Which can stay as they are?
# Which disappears, and what must you remember of it? What shape comes into the *second* dense layer? And what becomes of
# each dense layer's activation? (A Keras `Input` takes `None` for a size that is not known yet. `layer.get_weights()` and
# `layer.set_weights(…)` read and write the weights of a layer that has been called.)


# %%
def lecture_classifier():
    """The network of the lecture: 14×14×3 in, four probabilities out; random weights."""
    return keras.Sequential(
        [
            keras.Input((14, 14, 3)),
            keras.layers.Conv2D(16, 5, activation="relu"),
            keras.layers.MaxPooling2D(2),
            keras.layers.Flatten(),
            keras.layers.Dense(400, activation="relu"),
            keras.layers.Dense(400, activation="relu"),
            keras.layers.Dense(4, activation="softmax"),
        ]
    )


# %% nbgrader={"grade": false, "grade_id": "convolutional_detector", "locked": false, "schema_version": 3, "solution": true, "task": false}
def convolutional_detector(classifier):
    """The same network for pictures of any size: a classifier that slides itself.

    classifier: a `keras.Sequential`, built for pictures (n_H, n_W, n_C): convolutions and poolings
        without padding, one `Flatten`, then `Dense` layers with a bias, each with its own
        activation. Layers without weights (`Activation`, `ReLU`, `Rescaling`, …) may stand among
        them.
    Returns a Keras model, fully convolutional, from pictures (m, any height, any width, n_C), each
    at least as large as the classifier's, to (m, rows, columns, classes): what the classifier says
    of each window. Its layers hold the classifier's weights, shared or copied; the classifier
    stays as it was.
    """
    ### BEGIN SOLUTION
    inputs = keras.Input((None, None, classifier.input_shape[-1]))
    x, shape = inputs, None
    for layer in classifier.layers:
        if isinstance(layer, keras.layers.Flatten):
            shape = layer.input.shape[1:]
        elif isinstance(layer, keras.layers.Dense):
            kernel, bias = dense_to_conv(*layer.get_weights(), shape)
            convolution = keras.layers.Conv2D(
                layer.units, shape[:2], activation=layer.activation, name=layer.name
            )
            x = convolution(x)
            convolution.set_weights([kernel, bias])
            shape = (1, 1, layer.units)
        else:
            x = layer(x)
    return keras.Model(inputs, x)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_convolutional_detector", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
small = lecture_classifier()
detector = convolutional_detector(small)
assert isinstance(detector, keras.Model), "a Keras model is asked for"
pictures = np.random.default_rng(0).uniform(size=(1, 28, 28, 3)).astype("float32")
for size, places in [(14, 1), (16, 2), (28, 8)]:
    picture = pictures[:, :size, :size]
    answers = np.asarray(detector(picture))
    assert answers.shape == (1, places, places, 4), (
        f"{size}×{size} should give (1, {places}, {places}, 4), not {answers.shape}"
    )
    for row, column in np.ndindex(places, places):
        top, left = 2 * row, 2 * column
        alone = np.asarray(small(picture[:, top : top + 14, left : left + 14]))
        assert np.allclose(answers[:, row, column], alone, atol=1e-4), (
            f"{size}×{size}, row {row}, column {column}: not what the classifier says of that window"
        )
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("convolutional_detector")
### END HIDDEN TESTS

# %% [markdown]
# Now the street again: the trained classifier, turned into a detector by your function. Two poolings of 2 make a stride
# of 4, as before.

# %% tags=["show"]
detector = convolutional_detector(classifier)
at_once = np.asarray(detector(street[np.newaxis]))[0]
print(f"by windows {by_windows.shape}, at once {at_once.shape}: ", end="")
print(f"the largest difference is {np.abs(by_windows - at_once).max():.0e}")
heats = [answers[:, :, 1] for answers in (by_windows, at_once)]
show_heat(street, heats, 28, 4, ["the street", "car: window by window", "car: all at once"])

# %% [markdown]
# The same answers. And the cost?


# %% tags=["show"]
def shortest(function, repeats):
    """The shortest of several times: the first call may have things to prepare."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        function()
        times.append(perf_counter() - start)
    return min(times)


cut, _ = sliding_windows(street, 28, 4)
batch = np.stack(cut)
show_times(
    {
        "window by window": seconds_by_windows,
        "all windows in one batch": shortest(lambda: classifier(batch), 3),
        "all at once": shortest(lambda: detector(street[np.newaxis]), 5),
    },
    f"{len(cut)} windows of a {height}×{width} picture",
)

# %% [markdown]
# Part of the first bar is not arithmetic: calling a network costs a millisecond or more, each time. The second bar is the
# honest rival, one call with all windows, and it still computes everything up to 49 times. Count the multiplications,
# and no clock is needed:


# %% tags=["show"]
def multiplications(model, height, width):
    """Multiplications in the convolutions of a network, on one picture of this size."""
    total = 0
    for layer in model.layers:
        if isinstance(layer, keras.layers.Conv2D):
            f_H, f_W, n_C, filters = layer.kernel.shape
            height, width = height - f_H + 1, width - f_W + 1
            total += height * width * filters * f_H * f_W * n_C
        elif isinstance(layer, keras.layers.MaxPooling2D):
            height, width = height // 2, width // 2
    return total


lecture_detector = convolutional_detector(lecture_classifier())
for name, model, size, shape, stride in [
    ("the lecture's", lecture_detector, 14, (16, 16), 2),
    ("the lecture's", lecture_detector, 14, (28, 28), 2),
    ("ours", detector, 28, (height, width), 4),
]:
    places = ((shape[0] - size) // stride + 1) * ((shape[1] - size) // stride + 1)
    one_by_one = places * multiplications(model, size, size)
    together = multiplications(model, *shape)
    print(
        f"{name:14} {shape[0]}×{shape[1]}: {places:3} windows, {one_by_one:11,} multiplications one by"
        f" one, {together:10,} at once: {one_by_one / together:.1f} times fewer"
    )

# %% [markdown]
# The lecture's network gains less than one might think: most of its work is in the dense layers, at the end, where
# windows no longer share anything. (In the 5 × 5 × 16 × 400 filters alone are 160,000 weights, and every window needs
# all of them.) Where the convolutions do the work, as in ours, sharing pays.
#
# ## One window, many sizes
#
# The window is 28 pixels wide. A car that is closer is larger, and the classifier has never seen one that fills more
# than its picture. Make the *street* smaller, and the car fits. A detector takes any size, so it needs nothing else:
# here is one large picture at three sizes.

# %% tags=["show"]
large = load_street_scenes("test").images[chosen]
found, titles = [], []
for share in (1, 0.7, 0.5):
    size = (round(large.shape[0] * share), round(large.shape[1] * share))
    resized = np.asarray(keras.ops.image.resize(large.astype("float32"), size, antialias=True))
    answers = np.asarray(detector(resized[np.newaxis]))[0]
    found.append(sure(answers, resized, 28, 4))
    titles.append(f"{size[0]}×{size[1]}: {len(found[-1])} windows")
show_located([large] * 3, [truth] * 3, found, titles, columns=3)

# %% [markdown]
# Large things turn up in the small copies, small things in the large ones. Three troubles are left. One thing is found
# many times. The boxes are squares on a grid of 4 pixels, and no car is a square. And a lamp post that looks a little
# like a person is asked about a thousand times, so that it will be wrong somewhere. The next notebook has an answer to each.
#
# ## What to take away
#
# - Sliding windows turn any classifier into a detector, at the price of one call for every window.
# - Neighbouring windows share most of their pixels. A convolution computes what they share once.
# - A dense layer on a flattened volume is a convolution whose filters are as large as the volume. So a network without
#   padding can be applied to a picture of any size, and answers for all windows at once.
# - The stride between these windows is not chosen: it is the product of the strides inside the network.
# - What is gained depends on where the work is: much in convolutions, nothing in the layers that were dense.
# - One size of window sees one size of things. Several sizes of picture see several.
