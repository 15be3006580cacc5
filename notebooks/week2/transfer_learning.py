# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Borrowed eyes: learning from few pictures
#
# You want a program that reads hand signs, and you have twenty pictures of each. The drawings are by four artists. The
# one who will use the program draws differently: the bottom row below is by a fifth artist, whose hands nobody shows
# to the network before the test. A network that starts from random numbers and sees 120 pictures knows next to
# nothing. What would you do?

# %%
# First, for it keeps TensorFlow from talking about graphics cards.
from convwork.course import (
    attach_head,
    hidden_tests,
    load_hand_signs,
    load_imagenet_classifier,
    load_photo,
    show_colour_axes,
    show_images,
    show_scores,
    show_timelines,
)

import tempfile
import time
from pathlib import Path

import h5py
import keras
import numpy as np
import tensorflow as tf

# %% tags=["show"]
signs = load_hand_signs()
rows = [(signs.train, artist) for artist in range(1, 5)] + [(signs.new_artist, 0)]
columns = []
for label in range(6):
    column = [
        part.images[(part.artists == artist) & (part.labels == label)][5] for part, artist in rows
    ]
    gaps = [3, 3, 3, 14, 0]  # white pixels below each picture
    framed = [
        np.pad(picture, ((0, gap), (0, 0), (0, 0)), constant_values=255)
        for picture, gap in zip(column, gaps, strict=True)
    ]
    columns.append(np.concatenate(framed))
show_images(columns, signs.class_names, columns=6, height=4.4)

# %% [markdown]
# Two things help, and you build both here. **Make more of the pictures you have**: a mirrored fist is a fist, and so is
# one in evening light. And **borrow eyes**: somebody has trained a network for days on 1.2 million photographs. It has
# never been asked about hand signs, but it knows edges, skin, fingers and shadows. At the end you
# will have measured what each of them is worth, down to the last trick with which people win competitions.
#
# ## One picture, many pictures
#
# Here is a cat. If it looked at you from the other side, would it be another animal?

# %% tags=["show"]
cat = load_photo("chelsea")[:, 75:375] / 255
show_images([cat, cat[:, ::-1]], ["a cat", "the same in a mirror"], height=2.4)

# %% [markdown]
# To you it is the same cat. To a network nearly every number has changed, and it must learn that this means nothing.
# **Data augmentation** shows it: each time a picture comes up in training, chance changes it a little, in ways that do
# not change its name. The network never sees quite the same numbers twice.
#
# Which changes are harmless is your knowledge and not the computer's. A mirrored cat is a cat. Is a mirrored letter the
# same letter? Is a left hand that shows two still showing two?
#
# All four functions below get a batch of pictures and a random number generator, `rng`, as `np.random.default_rng(0)`
# makes it. Take every random number from this `rng`. Then whoever starts with the same seed gets the same pictures, and
# can repeat your experiment.
#
# **Exercise: `mirror`** (2 points). Each picture is tossed for by itself: heads, it is mirrored from left to right; tails,
# it stays. Which axis of `(m, n_H, n_W, n_C)` is it? And how many tosses does a batch need?


# %% nbgrader={"grade": false, "grade_id": "mirror", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mirror(images, rng):
    """Mirror each picture of a batch from left to right with probability 1/2.

    images: (m, n_H, n_W, n_C), numbers of any type.
    rng: np.random.Generator; all chance comes from it. Pictures do not depend on each other.
    Returns an array of the same shape and dtype; images stays as it was.
    """
    ### BEGIN SOLUTION
    heads = rng.random(len(images)) < 0.5
    return np.where(heads[:, None, None, None], images[:, :, ::-1], images)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_mirror", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
arrow = np.array([[1, 2, 3], [4, 5, 6]], dtype=np.uint8).reshape(1, 2, 3, 1)
hundred = np.repeat(arrow, 100, axis=0)
answer = np.asarray(mirror(hundred, np.random.default_rng(0)))
assert answer.shape == (100, 2, 3, 1), f"the shape stays, got {answer.shape}"
assert answer.dtype == np.uint8, f"the dtype stays, got {answer.dtype}"
stayed = np.all(answer == arrow, axis=(1, 2, 3))
mirrored = np.all(answer == np.array([[3, 2, 1], [6, 5, 4]]).reshape(1, 2, 3, 1), axis=(1, 2, 3))
assert np.all(stayed | mirrored), "each picture is as it was, or [[3, 2, 1], [6, 5, 4]]"
assert 20 < mirrored.sum() < 80, f"of 100 pictures about 50 are mirrored, not {mirrored.sum()}"
again = mirror(hundred, np.random.default_rng(0))
assert np.array_equal(answer, again), "the same seed gives the same pictures"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("mirror")
### END HIDDEN TESTS

# %% [markdown]
# ## Looking elsewhere
#
# The second trick: cut out a part. If the part is most of the picture, its name stays. AlexNet's authors cut 224 × 224
# pixels out of 256 × 256, anywhere, which makes 33 · 33 = 1089 pictures out of one. You will cut 56 out of 64, the same
# share. How many pictures does that make?
#
# **Exercise: `random_crop`** (3 points). Along a row of 7 pixels, where can a window of 3 start? Make sure that the last
# place comes up as often as the first. And every picture gets a place of its own.


# %% nbgrader={"grade": false, "grade_id": "random_crop", "locked": false, "schema_version": 3, "solution": true, "task": false}
def random_crop(images, size, rng):
    """Cut a square out of each picture of a batch, anywhere.

    images: (m, n_H, n_W, n_C), numbers of any type.
    size: pixels of the square's side, at most n_H and n_W.
    rng: np.random.Generator; all chance comes from it. Every place where the square fits is as
        likely as every other, for each picture by itself.
    Returns an array (m, size, size, n_C) of the same dtype; images stays as it was.
    """
    ### BEGIN SOLUTION
    m, n_H, n_W, _ = images.shape
    tops = rng.integers(0, n_H - size + 1, size=m)
    lefts = rng.integers(0, n_W - size + 1, size=m)
    return np.stack(
        [
            image[top : top + size, left : left + size]
            for image, top, left in zip(images, tops, lefts, strict=True)
        ]
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_random_crop", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
numbered = np.arange(20).reshape(1, 4, 5, 1)
batch = np.repeat(numbered, 600, axis=0)
answer = np.asarray(random_crop(batch, 3, np.random.default_rng(0)))
assert answer.shape == (600, 3, 3, 1), f"600 squares of 3×3, got {answer.shape}"
first = answer[:, 0, 0, 0]  # the number in its upper left corner says where a square was cut
assert np.all(answer == first[:, None, None, None] + numbered[:, :3, :3]), (
    "each square is 3×3 neighbouring pixels of its picture"
)
assert set(first.tolist()) == {0, 1, 2, 5, 6, 7}, (
    f"a 3×3 square fits on 4×5 pixels in six places, {{0, 1, 2, 5, 6, 7}}, not {set(first.tolist())}"
)
assert min(np.bincount(first)[[0, 1, 2, 5, 6, 7]]) > 50, "each place about 100 times of 600"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("random_crop")
### END HIDDEN TESTS

# %% tags=["show"]
rng = np.random.default_rng(3)
copies = np.repeat(cat[None], 10, axis=0)
show_images(
    mirror(random_crop(copies, 240, rng), rng),
    columns=5,
    height=1.6,
)

# %% [markdown]
# ## Another light
#
# The third: colours. In the evening everything is a little redder, under a lamp a little greener, and a cat remains a cat.
# The simplest way is to add a number to each channel: to red, say, +0.1, to green −0.05, to blue +0.08. From here
# on colours are numbers from 0 to 1.
#
# **Exercise: `color_shift`** (2 points). How many random numbers does a batch of $m$ pictures need? And what do you do
# with a pixel that would become brighter than 1?


# %% nbgrader={"grade": false, "grade_id": "color_shift", "locked": false, "schema_version": 3, "solution": true, "task": false}
def color_shift(images, max_shift, rng):
    """Add a random number to each channel of each picture.

    images: (m, n_H, n_W, 3), floats from 0 to 1.
    max_shift: the shifts are uniform between −max_shift and max_shift. All pixels of a picture's
        channel get the same one; other channels and other pictures get their own.
    rng: np.random.Generator; all chance comes from it.
    Returns an array of the same shape and dtype. What leaves the range from 0 to 1 becomes 0 or 1.
    images stays as it was.
    """
    ### BEGIN SOLUTION
    shifts = rng.uniform(-max_shift, max_shift, size=(len(images), 1, 1, 3))
    return np.clip(images + shifts, 0, 1).astype(images.dtype)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_color_shift", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
grey = np.full((200, 2, 3, 3), 0.5, dtype=np.float32)
answer = np.asarray(color_shift(grey, 0.2, np.random.default_rng(0)))
assert answer.shape == (200, 2, 3, 3), f"the shape stays, got {answer.shape}"
assert answer.dtype == np.float32, f"the dtype stays, got {answer.dtype}"
shifts = answer - grey
assert np.allclose(shifts, shifts[:, :1, :1], atol=1e-6), (
    "all pixels of a channel get the same shift"
)
assert np.all(np.abs(shifts) <= 0.2 + 1e-6), "no shift is larger than max_shift"
assert shifts.min() < -0.17 and shifts.max() > 0.17, "of 600 shifts some come near to ±0.2"
assert np.std(shifts[:, 0, 0], axis=1).max() > 0.05, "each channel has its own shift"
bright = color_shift(np.full((50, 2, 3, 3), 0.95), 0.2, np.random.default_rng(0))
assert np.max(bright) == 1, "brighter than 1 becomes 1"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("color_shift")
### END HIDDEN TESTS

# %% tags=["show"]
show_images(
    color_shift(copies[:5], 0.2, np.random.default_rng(4)),
    ["shifted by up to 0.2", "", "", "", ""],
    columns=5,
    height=1.8,
)

# %% [markdown]
# Some of these cats have been under no lamp of this world. Light does not change the three channels at random: when the
# sun goes, all three go darker *together*. What the colours of real pictures do together is a question for the pictures
# themselves. Below, each point is a pixel of the cat's photo, in its own colour, by how red it is, how green and how
# blue.

# %% tags=["show"]
pixels = cat[::6, ::6].reshape(-1, 3)
values, axes = np.linalg.eigh(np.cov(pixels.T))
show_colour_axes(pixels, axes, 2 * np.sqrt(values))
print("spread along the three axes:", np.sqrt(values[::-1]).round(3))

# %% [markdown]
# The points fill no cube. They lie along a long thin cigar, from dark to bright; across it there is little.
# **Principal component analysis** (PCA) finds the cigar's axes: they are the eigenvectors $p_1, p_2, p_3$ of the 3 × 3
# covariance matrix of red, green and blue over all pixels, and the eigenvalue $\lambda_k$ is the variance along $p_k$.
#
# The AlexNet paper (Krizhevsky, Sutskever and Hinton, 2012) shifts colours along these axes, far along the long one and
# hardly at all along the others. For each picture, three numbers $\alpha_k$ are drawn from a normal distribution with
# mean 0 and standard deviation 0.1, and to every pixel of the picture is added
#
# $$[\,p_1, p_2, p_3\,]\,[\,\alpha_1 \lambda_1, \alpha_2 \lambda_2, \alpha_3 \lambda_3\,]^T .$$
#
# Each $p_k$ is a column with three numbers: how much of it is red, green, blue. The paper takes the covariance over all
# training pictures; here it is that of the batch.
#
# **Exercise: `pca_color_shift`** (3 points). `np.linalg.eigh` gives you eigenvectors as a matrix. Are they its rows or its
# columns? What is the shape of what you draw, and what of what you add? And is it the variance that the formula asks
# for, or its root?


# %% nbgrader={"grade": false, "grade_id": "pca_color_shift", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pca_color_shift(images, scale, rng):
    """Shift each picture's colours along the principal axes of the batch's colours, as AlexNet did.

    images: (m, n_H, n_W, 3), floats from 0 to 1.
    scale: the standard deviation of the numbers alpha, which are normal with mean 0: three for
        each picture.
    rng: np.random.Generator; all chance comes from it.
    The axes and their eigenvalues are those of the 3×3 covariance matrix of red, green and blue over
    all pixels of all the pictures.
    Returns an array of the same shape and dtype. What leaves the range from 0 to 1 becomes 0 or 1.
    images stays as it was.
    """
    ### BEGIN SOLUTION
    variances, axes = np.linalg.eigh(np.cov(images.reshape(-1, 3), rowvar=False))
    alphas = rng.normal(0, scale, size=(len(images), 3))
    shifts = (alphas * variances) @ axes.T
    return np.clip(images + shifts[:, None, None], 0, 1).astype(images.dtype)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_pca_color_shift", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# Pixels on a line from dark to bright, (1, 2, 2) / 3: there is one axis, and its variance is 0.0225.
steps = 0.5 + np.array([-0.15, 0.15, -0.15, 0.15]).reshape(1, 2, 2, 1) * np.array([1, 2, 2]) / 3
batch = np.repeat(steps, 500, axis=0)
answer = np.asarray(pca_color_shift(batch, 1.0, np.random.default_rng(0)))
assert answer.shape == (500, 2, 2, 3), f"the shape stays, got {answer.shape}"
shifts = answer - batch
assert np.allclose(shifts, shifts[:, :1, :1]), "all pixels of a picture get the same shift"
along = shifts[:, 0, 0] @ np.array([1, 2, 2]) / 3
assert np.allclose(shifts[:, 0, 0], along[:, None] * np.array([1, 2, 2]) / 3, atol=1e-6), (
    "with all colours on a line, the shifts go along this line"
)
assert 0.019 < np.std(along) < 0.026, (
    f"alpha has standard deviation 1 and the variance is 0.0225, so the shifts spread by 0.0225, "
    f"not by {np.std(along):.4f}"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("pca_color_shift")
### END HIDDEN TESTS

# %% [markdown]
# The paper took 0.1; here it is 4, to make it visible. Compare with the row above: these could be five times of one
# day.

# %% tags=["show"]
show_images(
    pca_color_shift(copies[:5], 4.0, np.random.default_rng(8)),
    ["shifted along the axes", "", "", "", ""],
    columns=5,
    height=1.8,
)

# %% [markdown]
# Other changes move pixels about: turning, and shearing, which makes a rectangle lean. You need not write them; they are
# layers of Keras, active in training and asleep afterwards. A sign that is turned too far means something else, so chance
# gets narrow bounds: a tenth of a full turn.

# %% tags=["show"]
fist = signs.train.images[signs.train.labels == 0][:1].astype(np.float32) / 255
turn = keras.layers.RandomRotation(0.1, fill_mode="reflect", seed=1)
shear = keras.layers.RandomShear(0.3, 0.3, fill_mode="reflect", seed=2)
changed = [fist, *[turn(fist, training=True) for _ in range(4)]]
changed += [fist, *[shear(fist, training=True) for _ in range(4)]]
show_images(
    [np.clip(picture[0], 0, 1) for picture in changed],
    ["as it was", "turned", "", "", "", "as it was", "sheared", "", "", ""],
    columns=5,
    height=1.5,
)

# %% [markdown]
# ## Who waits for whom?
#
# All this costs time, and it is done on the processor while, in a large machine, a graphics card waits for pictures. It
# need not wait. While the network learns from one batch, somebody else can prepare the next: read it from the
# disk, mirror it, crop it, shift its colours. `tf.data` makes this one argument: `num_parallel_calls`, how many batches
# are prepared at the same time; and `prefetch` keeps some of them ready.
#
# Below, the same work is done twice. Preparing a batch means 40 milliseconds of waiting for a disk (pretended, by
# `time.sleep`: your pictures are in memory) and your four functions. Learning is a step of a small network. Every bar is
# a batch.


# %% tags=["show"]
def augmented(images, rng):
    """Pictures of 64×64, 0 to 255, as mirrored, cropped and recoloured ones of 56×56."""
    changed = pca_color_shift(random_crop(images / np.float32(255), 56, rng), 1.0, rng)
    return 255 * color_shift(mirror(changed, rng), 0.05, rng)


def timed_run(parallel):
    """Times at which batches were prepared, and at which they were learnt from."""
    rng = np.random.default_rng(0)
    prepared, learnt = [], []

    def prepare(start):
        begin = time.perf_counter()
        time.sleep(0.04)
        pictures = augmented(signs.train.images[start : start + 24], rng)
        prepared.append((begin, time.perf_counter()))
        return pictures, signs.train.labels[start : start + 24]

    batches = tf.data.Dataset.range(0, 24 * 24, 24).map(
        lambda start: tf.numpy_function(prepare, [start], [tf.float32, tf.int64]),
        num_parallel_calls=4 if parallel else None,
    )
    for pictures, labels in batches.prefetch(2) if parallel else batches:
        begin = time.perf_counter()
        small_network.train_on_batch(pictures.numpy(), labels.numpy())
        learnt.append((begin, time.perf_counter()))
    return {"preparing": prepared, "learning": learnt}


small_network = keras.Sequential(
    [
        keras.Input((56, 56, 3)),
        keras.layers.Rescaling(1 / 128, offset=-1),
        keras.layers.Conv2D(16, 5, strides=2, activation="relu"),
        keras.layers.Conv2D(32, 3, strides=2, activation="relu"),
        keras.layers.Conv2D(64, 3, strides=2, activation="relu"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(6, activation="softmax"),
    ]
)
# The first step takes long, for it makes the graph; so it is made before the clock runs.
small_network.compile("adam", "sparse_categorical_crossentropy")
small_network.train_on_batch(np.zeros((24, 56, 56, 3), np.float32), np.zeros(24, np.int64))
runs = {"one by one": timed_run(False), "in parallel": timed_run(True)}
show_timelines(runs)
seconds = {
    name: run["learning"][-1][1] - min(start for start, _ in run["preparing"])
    for name, run in runs.items()
}
print(", ".join(f"{name} {spent:.2f} s" for name, spent in seconds.items()))
print(f"{seconds['one by one'] / seconds['in parallel']:.1f} times as fast")

# %% [markdown]
# Above, one bar begins where another ends: there is always somebody who waits. Below, four disks' worth of waiting lie on
# top of each other, and often a batch is ready when the learning wants one. Parallel work makes nothing cheaper. It fills
# the waiting. (And it has a price: four workers share your `rng`, and who comes first is an accident. The same seed no
# longer gives the same batches.)
#
# ## Borrowed eyes
#
# Now the second idea. `load_imagenet_classifier()` is EfficientNet-Lite0, which was trained on ImageNet: 1.2 million
# photos, a thousand classes, none of them a hand sign. What does it say about the six signs?

# %% tags=["show"]
imagenet = load_imagenet_classifier(224)
six = [signs.train.images[signs.train.labels == label][3] for label in range(6)]
guesses = imagenet.guesses(six, count=1)
show_images(
    six,
    [f"{name}:\n{guess[0][0]}" for name, guess in zip(signs.class_names, guesses, strict=True)],
    columns=6,
    height=1.6,
)

# %% [markdown]
# Its words are useless to you. But its words come from one last dense layer. What stands before is a volume of **features**:
# 192 numbers for each place, by which a thousand kinds of things can be told apart. Throw away the end, keep the rest,
# and learn only a new end. That is **transfer learning**.
#
# Where to cut? Early layers know edges and colours, useful for anything and far from an answer; the very last
# ones know dog breeds. Here the cut is after the sixth of seven stages. Everything up to there is the **base**. Training
# leaves it alone; it is **frozen**. And a frozen network says the same about the same picture every time. Why ask it again
# in every epoch?
#
# **Exercise: `frozen_features`** (5 points). Run the base over all pictures once, save what it says, and from then on read
# the file. Two questions first. Some layers behave differently in training, batch normalisation and dropout among them:
# which behaviour do you want? And if the base stops with an error in the middle, what is at `path` afterwards?


# %% nbgrader={"grade": false, "grade_id": "frozen_features", "locked": false, "schema_version": 3, "solution": true, "task": false}
def frozen_features(base, images, path):
    """What a frozen network says about pictures, computed once and kept in an HDF5 file.

    base: a Keras model. It works as it does after training, and keeps all its weights.
    images: (m, n_H, n_W, n_C), as many as there may be.
    path: of the file, a string or a Path. If there is no such file, the base runs over all the images,
        and the file is made: it holds one dataset, "features", with a row for each image, in their
        order. If there is one, the features are read from it, whatever base and images are: a new
        question needs a new path. If the base fails, no file is left behind.
    Returns the features, an array of floats with the shape of the base's output for m pictures.
    """
    ### BEGIN SOLUTION
    path = Path(path)
    if not path.exists():
        features = base.predict(images, verbose=0)
        with h5py.File(path, "w") as file:
            file["features"] = features
    with h5py.File(path, "r") as file:
        return file["features"][()]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_frozen_features", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
averages = keras.Sequential([keras.Input((4, 6, 3)), keras.layers.AveragePooling2D(2)])
ramp = np.arange(64 * 72, dtype=np.float32).reshape(64, 4, 6, 3)
file = Path("checked_features.h5")
file.unlink(missing_ok=True)
answer = np.asarray(frozen_features(averages, ramp, file))
assert answer.shape == (64, 2, 3, 3), f"64 volumes of 2×3×3, got {answer.shape}"
assert np.allclose(answer[0, 0, 0], [10.5, 11.5, 12.5]), "the base takes the mean of 2×2 pixels"
with h5py.File(file) as stored:
    assert list(stored) == ["features"], f"one dataset, 'features', and not {list(stored)}"
    assert np.array_equal(stored["features"][()], answer), "the file holds what is returned"
again = frozen_features(averages, np.zeros_like(ramp), file)
assert np.array_equal(again, answer), "what is in the file is read, not computed anew"
file.unlink()
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("frozen_features")
### END HIDDEN TESTS

# %% [markdown]
# Twenty pictures of each sign, all in all 120, are what you may learn from. The base sees the middle 56 × 56 pixels of each.
# Two tests: 288 new pictures by the four artists you know, and 288 by the fifth.

# %% tags=["show"]
rng = np.random.default_rng(0)
chosen = np.concatenate(
    [rng.choice(np.flatnonzero(signs.train.labels == c), 20, replace=False) for c in range(6)]
)
few = signs.train.images[chosen].astype(np.float32)
few_labels = signs.train.labels[chosen]
tests = {"artists you know": signs.test, "the fifth artist": signs.new_artist}
pictures = {"few": few} | {name: part.images.astype(np.float32) for name, part in tests.items()}

base = load_imagenet_classifier(56).activations("block6d_add")
with tempfile.TemporaryDirectory() as folder:
    for attempt in ("first", "second"):
        begin = time.perf_counter()
        features = {
            name: frozen_features(base, images[:, 4:60, 4:60], Path(folder, f"{name}.h5"))
            for name, images in pictures.items()
        }
        print(f"the {attempt} time: {time.perf_counter() - begin:6.3f} s")
print("features of the few:", features["few"].shape)

# %% [markdown]
# From now on, an epoch of training costs next to nothing: the base has done its part for good.
#
# On top comes a **head**. It gets a volume of features, 2 × 2 × 192 here, and says how likely each of *your* classes is. It
# should have few parameters, for you have few pictures. Three layers will do:
#
# | | layer | output |
# |---|---|---|
# | | input, features | $n_H \times n_W \times n_C$ |
# | 1 | global average pooling: the mean of each channel over all places | $n_C$ |
# | 2 | dropout, one half (allowed, not asked for) | $n_C$ |
# | 3 | dense, softmax | classes |
#
# **Exercise: `new_head`** (5 points). How many parameters has the head for 2 × 2 × 192 and six classes? How many would it
# have with a flatten in place of the mean? You have 120 pictures.


# %% nbgrader={"grade": false, "grade_id": "new_head", "locked": false, "schema_version": 3, "solution": true, "task": false}
def new_head(feature_shape, classes):
    """A small classifier for features, a Keras model.

    feature_shape: (n_H, n_W, n_C) of the features of one picture, without the batch axis.
    classes: how many classes there are, two or more.
    Returns a model, Sequential or functional, with random weights and the layers of the table: from
    features to a probability for each class. Leave compiling to whoever trains it.
    """
    ### BEGIN SOLUTION
    return keras.Sequential(
        [
            keras.Input(shape=feature_shape),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dropout(0.5),
            keras.layers.Dense(classes, activation="softmax"),
        ]
    )
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_new_head", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
model = new_head((2, 2, 192), 6)
assert isinstance(model, keras.Model), "a Keras model is asked for"
assert model.input_shape == (None, 2, 2, 192), "the head takes features of the shape that you give"
assert model.output_shape == (None, 6), "a unit for each of the six classes"
assert model.count_params() == 1158, (
    f"192 · 6 weights and 6 biases are 1,158, not {model.count_params():,}"
)
answers = np.asarray(model(np.random.default_rng(0).normal(size=(5, 2, 2, 192))))
assert np.all(answers >= 0) and np.allclose(answers.sum(axis=1), 1, atol=1e-5), (
    "softmax gives probabilities: each picture's sum is 1"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("new_head")
### END HIDDEN TESTS

# %% tags=["show"]
keras.utils.set_random_seed(0)
head = new_head(features["few"].shape[1:], 6)
head.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy", metrics=["accuracy"])
begin = time.perf_counter()
head.fit(features["few"], few_labels, epochs=40, batch_size=30, verbose=0)
print(f"40 epochs in {time.perf_counter() - begin:.1f} s")
scores = {}
scores["features only"] = [
    head.evaluate(features[name], part.labels, verbose=0)[1] for name, part in tests.items()
]
print(f"right: {scores['features only'][0]:.0%} by artists you know,", end=" ")
print(f"{scores['features only'][1]:.0%} by the fifth")

# %% [markdown]
# Guessing would be right once in six times. Your head has 1,158 parameters and has seen 120 pictures of signs.
#
# ## Waking the frozen
#
# The base was made for photographs; your pictures are drawings of hands. It might help to let it move a little. That is
# **fine-tuning**: put base and head together (`attach_head` does it: one model, one list of layers), unfreeze the last
# layers, and train on. How many? With few pictures few; with many, more; with very many, all of them, and what you
# borrowed is no more than a good place to start.
#
# Three things to know.
#
# - In Keras a layer's switch is `layer.trainable`. A model has one, too, and it sets those of all its layers.
# - Which weights may move, and by what optimiser, is settled by `compile`. After turning switches, compile again.
# - **Batch normalisation stays frozen**, wherever it is. It keeps a mean and a variance of each channel, over a million
#   photographs. If it were awake, it would follow the mean of your small batches, and every later layer would find its
#   world shifted. A frozen one in Keras uses what it has kept.
#
# The **learning rate** is small. What the base knows took days; a few large steps destroy it.
#
# **Exercise: `fine_tune`** (5 points). What should happen to layers before the last `n_layers`, if somebody has unfrozen
# them earlier? And what should `n_layers=0` mean; does your slice agree?


# %% nbgrader={"grade": false, "grade_id": "fine_tune", "locked": false, "schema_version": 3, "solution": true, "task": false}
def fine_tune(model, n_layers, learning_rate):
    """Let the last layers of a trained model learn, and no others.

    model: a Keras model, a classifier, whose layers are no models themselves. It may have been
        frozen as a whole, or in part, and compiled.
    n_layers: how many of the last entries of model.layers may learn, whatever they are; all if there
        are no more than that; none if it is 0. Layers of class BatchNormalization never do.
    learning_rate: of the optimiser, Adam.
    Returns the model with the weights that it had, compiled for labels that are whole numbers, with
    the cross-entropy for its loss and the accuracy for its metric.
    """
    ### BEGIN SOLUTION
    model.trainable = True
    first = len(model.layers) - n_layers
    for index, layer in enumerate(model.layers):
        normalises = isinstance(layer, keras.layers.BatchNormalization)
        layer.trainable = index >= first and not normalises
    model.compile(
        keras.optimizers.Adam(learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_fine_tune", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
small = keras.Sequential(
    [
        keras.Input((6, 6, 3)),
        keras.layers.Conv2D(4, 3, name="first"),
        keras.layers.Conv2D(5, 3, name="second"),
        keras.layers.BatchNormalization(name="normalised"),
        keras.layers.ReLU(),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(2, activation="softmax", name="answer"),
    ]
)
small.trainable = False
tuned = fine_tune(small, 5, 0.01)
assert isinstance(tuned, keras.Model), "the model is returned"
learning = {weight.path.split("/")[-2] for weight in tuned.trainable_weights}
assert learning == {"second", "answer"}, (
    f"of the last five layers, two have weights and are no batch normalisation; you wake {learning}"
)
assert np.isclose(float(tuned.optimizer.learning_rate), 0.01), "the learning rate is the one given"
tuned.train_on_batch(np.random.default_rng(0).normal(size=(8, 6, 6, 3)), np.arange(8) % 2)
assert len(fine_tune(small, 0, 0.01).trainable_weights) == 0, "the last 0 layers are no layers"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("fine_tune")
### END HIDDEN TESTS

# %% [markdown]
# Now the comparison. Three networks learn from the same 120 pictures, augmented by your functions:
#
# - the base and your trained head, of which the last 30 layers may learn, for 7 epochs;
# - the same, and all layers may learn;
# - the small network from the timelines, with random weights: no ImageNet, all from scratch, and 40 epochs.
#
# What do you expect, on the artists that the network knows, and on the one it does not?


# %% tags=["show"]
def train(network, epochs):
    """Train on the few pictures, augmented, in batches of 24."""
    rng = np.random.default_rng(1)
    for _ in range(epochs):
        for batch in np.split(rng.permutation(len(few)), 5):
            network.train_on_batch(augmented(few[batch], rng), few_labels[batch])


def one_look(network):
    """A function that lets a network look at the middle of pictures of 64×64."""
    return lambda images: network.predict(images[:, 4:60, 4:60], verbose=0)


def share_right(look, name):
    """The share of a test's pictures that a function of pictures gets right."""
    return np.mean(look(pictures[name]).argmax(axis=1) == tests[name].labels)


def copied(network):
    """The same layers with the same weights, to be trained apart."""
    copy = keras.models.clone_model(network)
    copy.set_weights(network.get_weights())
    return copy


as_borrowed = attach_head(base, head)
networks = {
    "last 30 layers": fine_tune(copied(as_borrowed), 30, 1e-3),
    "all layers": fine_tune(copied(as_borrowed), 200, 5e-4),
    "from scratch": keras.models.clone_model(small_network),
}
networks["from scratch"].compile(keras.optimizers.Adam(2e-3), "sparse_categorical_crossentropy")
for name, network in networks.items():
    begin = time.perf_counter()
    train(network, epochs=40 if name == "from scratch" else 7)
    scores[name] = [share_right(one_look(network), test) for test in tests]
    print(f"{name:14} {time.perf_counter() - begin:5.1f} s")

# %% tags=["show"]
order = ["from scratch", "features only", "last 30 layers", "all layers"]
show_scores({name: scores[name] for name in order}, list(tests), chance=1 / 6)

# %% [markdown]
# When this was written, the network from scratch was hardly better than guessing: 120 pictures are nothing for it. The
# frozen base and a head of 1,158 numbers, which took a few seconds, was right in about four cases of five with the
# artists it knew, and in two of three with the fifth. In four runs, letting all layers learn brought one to ten per cent
# more with the artists it knew, and nine to twenty-two with the fifth. The last 30 layers alone brought six to seventeen
# with the fifth, and with the others, in two of the runs, nothing.
#
# Four runs, because one is not enough. A share of 288 pictures has a standard error of nearly three per cent; the same
# 120 pictures, learnt once more from other random numbers, moved a bar by nine, and so did another choice of the 120. Do
# it once more before you believe in a small difference.
#
# In every run the frozen base did worse with the artist that it had not seen. A test on pictures like those in training
# would not have told you.
#
# ## Ten looks
#
# The network was trained on crops of 56 pixels, and in the test it sees one: the middle. What it says depends a little on
# where it looks. So let it look ten times and take the mean: **ten-crop**. Four corners and the centre make five, and
# their mirror images make ten.
#
# **Exercise: `ten_crop`** (3 points). Where does a window of 4 pixels end that begins in the lower right corner? Where does
# the middle one start on a picture of 7 × 9?


# %% nbgrader={"grade": false, "grade_id": "ten_crop", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ten_crop(image, size):
    """The four corners and the centre of a picture, and the mirror images of the five.

    image: (n_H, n_W, 3), numbers of any type.
    size: pixels of each square's side, at most n_H and n_W.
    Returns an array (10, size, size, 3) of the same dtype: upper left, upper right, lower left, lower
    right, centre; then, in the same order, each of these mirrored from left to right. Where the
    centre can't be in the middle, there is one row more below it, or one column more on its right.
    """
    ### BEGIN SOLUTION
    n_H, n_W, _ = image.shape
    bottom, right = n_H - size, n_W - size
    starts = [(0, 0), (0, right), (bottom, 0), (bottom, right), (bottom // 2, right // 2)]
    crops = np.stack([image[top : top + size, left : left + size] for top, left in starts])
    return np.concatenate([crops, crops[:, :, ::-1]])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_ten_crop", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
numbered = np.repeat(np.arange(7 * 9).reshape(7, 9, 1), 3, axis=2)
answer = np.asarray(ten_crop(numbered, 4))
assert answer.shape == (10, 4, 4, 3), f"ten squares of 4×4 in three channels, got {answer.shape}"
assert answer.dtype == numbered.dtype, f"the dtype stays, got {answer.dtype}"
corners = answer[:4, 0, 0, 0].tolist()
assert corners == [0, 5, 27, 32], (
    f"upper left, upper right, lower left, lower right start at the pixels 0, 5, 27, 32, "
    f"not at {corners}"
)
assert answer[4, 0, 0, 0] == 11, "the centre starts one row down and two columns to the right"
assert np.array_equal(answer[5:], answer[:5, :, ::-1]), "then the same five, mirrored"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("ten_crop")
### END HIDDEN TESTS

# %% tags=["show"]
places = ["upper left", "upper right", "lower left", "lower right", "centre"]
show_images(
    ten_crop(cat, 240), places + [f"{place}, mirrored" for place in places], columns=5, height=1.6
)

# %% [markdown]
# ## Ask several
#
# The other trick of competitions. Networks that have learnt separately err separately; where most of them are right, the
# mean of their answers is right. An **ensemble** of 3 to 15 networks is common, for a per cent or two.
#
# It is the *outputs* that are averaged. Why not the weights? Exchange two filters of a layer, and in the next layer the
# two channels that they feed: the network computes what it did before. Now take the mean of the weights of both.
#
# **Exercise: `ensemble`** (2 points). What are the shapes of what the models say, and over which axis do you take the mean?


# %% nbgrader={"grade": false, "grade_id": "ensemble", "locked": false, "schema_version": 3, "solution": true, "task": false}
def ensemble(models, images):
    """What several models say together: the mean of their outputs.

    models: a list, one or more. Each is a Keras model or another function that is called with the
        images alone and returns (m, classes), an array or a tensor.
    images: (m, n_H, n_W, n_C).
    Returns an array (m, classes). Keras models work as they do after training.
    """
    ### BEGIN SOLUTION
    return np.mean([np.asarray(model(images)) for model in models], axis=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_ensemble", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
def sure(images):
    return np.array([[1.0, 0.0]] * len(images))


def doubtful(images):
    return np.array([[0.4, 0.6]] * len(images))


answer = np.asarray(ensemble([sure, doubtful, doubtful], np.zeros((3, 2, 2, 1))))
assert answer.shape == (3, 2), f"a row for each picture, got {answer.shape}"
assert np.allclose(answer, [0.6, 0.4]), "(1 + 0.4 + 0.4) / 3 = 0.6: one that is sure beats two"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("ensemble")
### END HIDDEN TESTS

# %% [markdown]
# Both on networks that you have trained, and on the fifth artist's pictures. The ensemble has three members: the frozen
# base with its head, and the two that were fine-tuned.


# %% tags=["show"]
def ten_looks(network):
    """A function that lets a network look at pictures of 64×64 ten times."""

    def look(images):
        crops = np.concatenate([ten_crop(image, 56) for image in images])
        return network.predict(crops, verbose=0).reshape(len(images), 10, 6).mean(axis=1)

    return look


networks["features only"] = as_borrowed
members = ["features only", "last 30 layers", "all layers"]


def together(images):
    """What the three networks say together."""
    return ensemble([one_look(networks[name]) for name in members], images)


right = {name: scores[name][1:] for name in members}
right["all layers, ten looks"] = [
    share_right(ten_looks(networks["all layers"]), "the fifth artist")
]
right["the three together"] = [share_right(together, "the fifth artist")]
show_scores(right, ["the fifth artist"])

# %% [markdown]
# In three of the four runs ten looks were worth one to six per cent, in one they cost two; and always ten times the
# computing. The three together were better than the weakest of them, and in two runs not as good as the best. That is not
# what wins competitions: there, the members are about equally good, and have learnt separately. Yours are unequal, and
# all three grew from one head.
#
# ## What to take away
#
# - Augmentation writes down what you know about your pictures: what may change without changing the name. Mirror, crop,
#   recolour; by chance, for each picture by itself, and all of it from a generator that you can start again.
# - A frozen base says the same every time. Run it once, keep the features in a file, and training a head takes seconds.
# - With few pictures, borrow. With few pictures and some time, borrow and fine-tune: small learning rate, batch
#   normalisation frozen, compile after every turn of a switch. With very many pictures all layers may learn, and
#   starting from what somebody else has learnt is still better than starting from nothing.
# - Test on what you will meet, and more than once. On a new artist a network may be worse than on the four it knows.
# - Ten looks and ensembles average outputs, for some per cent more, if all goes well, and three to ten times the work.
#   They win competitions; whoever pays for the computers of a product thinks twice.
# - Only custom: 224 of 256 pixels, 0.1 for alpha, ten looks and not twelve, the last 30 layers.
