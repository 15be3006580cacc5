# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Beyond pictures
#
# Does a filter care that it slides over a picture? Below are three things that are none: twelve seconds of a heart,
# a brain, and a film. In the first a layer has found the beats, and told two kinds of them apart. In the second a
# layer has found the surfaces. For the third you will think up a filter yourself.

# %%
# First, for it keeps TensorFlow from talking about graphics cards.
from convwork.course import (
    hidden_tests,
    load_brain,
    load_clip,
    load_ecg,
    motion_strength,
    moving_dot,
    peaks,
    show_convolution,
    show_dimensions,
    show_filters,
    show_images,
    show_motion,
    show_numbers,
    show_signal,
    show_slices,
    show_space_time,
)

import keras
import matplotlib.pyplot as plt
import numpy as np

# %% tags=["show"]
ecg, brain, film = load_ecg(), load_brain(), load_clip()
hertz, heart = ecg.hertz, ecg.millivolts  # samples a second, and 5 minutes of them
first, last = 70 * hertz, 82 * hertz


def keras_layer(A_prev, W, pad=0):
    """A convolutional layer of Keras, in as many directions as there are, without bias."""
    frame = [(0, 0), *[(pad, pad)] * (W.ndim - 2), (0, 0)]
    return keras.ops.convert_to_numpy(keras.ops.conv(np.pad(A_prev, frame), W.astype("float32")))


def template(place, f):
    """The f samples of the heart around a place as a filter: sum 0, length 1."""
    cut = heart[place - f // 2 : place + f // 2 + 1].astype(float)
    cut = cut - cut.mean()
    return cut / np.sqrt(np.sum(cut**2))


beat_f = 73  # samples: a fifth of a second
beat_names = ["ordinary beat", "extra beat"]
beat_W = np.stack([template(22987, beat_f), template(26677, beat_f)], axis=-1)[:, np.newaxis]
keras_answers = keras_layer(heart[np.newaxis, :, np.newaxis], beat_W, beat_f // 2)[0]


def find_beats(answers):
    """The samples at which there is a beat, for each of the kinds."""
    places = peaks(answers.max(axis=1), least=2.3, apart=hertz // 4)
    kinds = answers[places].argmax(axis=1)
    return {name: places[kinds == kind] for kind, name in enumerate(beat_names)}


def within(beats, first, last):
    """The beats between two samples, counted from the first of them."""
    return {name: at[(at >= first) & (at < last)] - first for name, at in beats.items()}


show_signal(
    heart[first:last],
    hertz,
    start=first // hertz,
    marks=within(find_beats(keras_answers), first, last),
    title="a heart: its beats found, and two kinds told apart",
)

rise, even = np.array([-1, 0, 1]) / 2, np.array([1, 2, 1]) / 4
edge_W = np.stack(
    [
        np.einsum("i,j,k", rise, even, even),
        np.einsum("i,j,k", even, rise, even),
        np.einsum("i,j,k", even, even, rise),
    ],
    axis=-1,
)[:, :, :, np.newaxis]
place = (38, 60, 40)


def three_slices(volume):
    """The slices of a volume, (98, 116, 94, …), through the place."""
    x, y, z = place
    return [volume[x], volume[:, y], volume[:, :, z]]


keras_edges = keras_layer(brain[np.newaxis, ..., np.newaxis], edge_W, 1)[0]
keras_edges = np.sqrt(np.sum(keras_edges**2, axis=-1))
slice_titles = ["from the side", "from the front", "from above"]
show_slices({"a brain": three_slices(brain), "surfaces": three_slices(keras_edges)}, slice_titles)
show_images(film[[4, 14, 24]], ["a film: frame 4", "frame 14", "frame 24"], columns=3)

# %% [markdown]
# ## What stays, what changes
#
# A picture has two directions in which a window can move. A signal has one. A volume has three, and so has a film:
# height, width and time. Everything else you know already, and it stays.

# %% tags=["show"]
show_dimensions(n=14, f=5)

# %% [markdown]
# - The window slides in each direction. In each of them the size becomes
#   $n = \left\lfloor\frac{n^{prev} + 2p - f}{s}\right\rfloor + 1$.
# - **Channels are no direction.** Nothing slides along them: a filter is as deep as its input has channels, and gives one
#   channel. A heart recorded by twelve electrodes is a signal with twelve channels, and not a picture 12 pixels wide.
# - A filter has one bias.
#
# So in $d$ directions a layer has $(f^d \cdot n_C^{prev} + 1) \cdot n_C$ parameters, and does
# $n^d \cdot f^d \cdot n_C^{prev} \cdot n_C$ multiplications. Take the lecture's two layers, sixteen filters of size 5 and
# then 32 of them. Before you run the next cell: how many times more parameters does the second layer have in three
# directions than in one?

# %% tags=["show"]
print("d   shapes                                        parameters              multiplications")
for d in (1, 2, 3):
    sizes, channels = (14, 10, 6), (1, 16, 32)
    shapes = ["×".join(map(str, [n] * d + [c])) for n, c in zip(sizes, channels, strict=True)]
    pairs = [(1, 16, 10), (16, 32, 6)]  # channels before and after, size after
    parameters = [(5**d * before + 1) * after for before, after, _ in pairs]
    products = sum(n**d * 5**d * before * after for before, after, n in pairs)
    counts = " + ".join(f"{count:,}" for count in parameters)
    print(f"{d}   {' → '.join(shapes):45} {counts:23} {products:,}")

# %% [markdown]
# Nearly 25 times, $5^3 / 5$: the biases alone stay. And the multiplications grow by a factor of nearly a thousand. Three
# directions are dear, which is why filters in volumes are mostly 3×3×3.
#
# ## One direction
#
# The small signal below has a peak. The filter is a peak too: −1, 2, −1. Where does it answer most?

# %% tags=["show"]
show_convolution(
    [[0, 0, 1, 3, 1, 0, 2, 2]],
    [[-1, 2, -1]],
    [[-1, -1, 4, -1, -3, 2]],
    titles=("the signal", "the filter", "its answers"),
)

# %% [markdown]
# At the end there is half a peak, and it gets half an answer. Add the same number to the whole signal: what happens to
# the answers, and why?
#
# **Exercise: `conv1d_forward`** (8 points). It is `conv_forward` with a direction less. Signals are
# `(m, n, n_C)`: how many there are, how long each is, its channels. What was two lines for rows and columns is one line
# now. What is the shape of the bias of all filters, once you add it to the answers in one place?


# %% nbgrader={"grade": false, "grade_id": "conv1d_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv1d_forward(A_prev, W, b, stride=1, pad=0):
    """A convolutional layer for signals, before its activation.

    A_prev: (m, n_prev, n_C_prev): m signals, each of n_prev samples in n_C_prev channels.
    W: (f, n_C_prev, n_C), one filter for each output channel; it is not turned round.
    b: (1, 1, n_C), one bias for each.
    stride: how far the window moves from one output to the next, from 1 upwards.
    pad: how many zeros are put before each signal, and as many behind it, from 0 upwards.
    Returns Z, (m, n, n_C), with n rounded down; the arguments stay as they were.
    """
    ### BEGIN SOLUTION
    m, n_prev, _ = A_prev.shape
    f, _, n_C = W.shape
    n = (n_prev + 2 * pad - f) // stride + 1
    A_prev_pad = np.pad(A_prev, ((0, 0), (pad, pad), (0, 0)))
    Z = np.zeros((m, n, n_C))
    for i in range(n):
        start = i * stride
        window = A_prev_pad[:, start : start + f]
        Z[:, i] = np.tensordot(window, W, axes=2) + b[0, 0]
    return Z
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_conv1d_forward", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
peak = np.array([0.0, 0, 1, 3, 1, 0, 2, 2]).reshape(1, 8, 1)
is_peak = np.array([-1.0, 2, -1]).reshape(3, 1, 1)
Z = conv1d_forward(peak, is_peak, np.zeros((1, 1, 1)))
assert np.shape(Z) == (1, 6, 1), f"8 samples, f = 3: want (1, 6, 1), got {np.shape(Z)}"
assert np.allclose(np.ravel(Z), [-1, -1, 4, -1, -3, 2]), "the drawing above"
Z = conv1d_forward(peak, is_peak, np.full((1, 1, 1), 10.0), stride=2, pad=1)
assert np.allclose(np.ravel(Z), [10, 9, 9, 12]), "stride 2, padding 1, bias 10: 10 9 9 12"

rng = np.random.default_rng(4)
signals, biases = rng.normal(size=(2, 14, 1)), rng.normal(size=(1, 1, 32))
Z = conv1d_forward(signals, rng.normal(size=(5, 1, 16)), biases[:, :, :16])
assert np.shape(Z) == (2, 10, 16), f"14×1 and sixteen filters of 5: 10×16, got {np.shape(Z)[1:]}"
Z = conv1d_forward(np.asarray(Z), np.zeros((5, 16, 32)), biases)
assert np.shape(Z) == (2, 6, 32), f"then 32 filters of 5: 6×32, got {np.shape(Z)[1:]}"
assert np.allclose(Z, biases), "filters of zeros answer their biases, everywhere"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("conv1d_forward")
### END HIDDEN TESTS

# %% [markdown]
# ## What does it match?
#
# An electrocardiogram (ECG) is the voltage between two electrodes on the chest, here 360 times a second. Each beat is a
# peak. So why not say that a beat is where the voltage is high?

# %% tags=["show"]
start, end = 3 * hertz, 15 * hertz
show_signal(
    heart[start:end], hertz, start=3, level=0.75, title="which threshold would find the beats?"
)

# %% [markdown]
# Because the whole line wanders, with each breath and each movement of an electrode, by more than a beat is high. There
# is no such threshold. But the *shape* of a beat stays the same, and a shape is what a filter looks for.
#
# Which shape does a filter look for? Lay $f$ weights on $f$ samples: the answer is the sum of the products,
# $z = \sum_u a_u w_u$. Of all windows with the same energy $\sum_u a_u^2$, the one for which $z$ is largest is
#
# $$a = \text{a positive multiple of } w, \quad\text{since}\quad
#   \Big(\sum_u a_u w_u\Big)^2 \le \sum_u a_u^2 \cdot \sum_u w_u^2 \quad\text{(Cauchy and Schwarz).}$$
#
# **A filter answers most to its own picture.** Engineers call it a *matched filter*: to find something, use it as the
# filter. And what does a filter ignore? Whatever its weights cancel. If their sum is zero, that is everything constant:
# however high the line wanders, the answer is the same.
#
# So: cut one beat out, take its mean off, and you have a filter. This heart has beats of a second kind: wide
# ones, which begin in another place of the heart. One beat of each kind makes a layer of two filters.

# %% tags=["show"]
milliseconds = 1000 * (np.arange(beat_f) - beat_f // 2) / hertz
_, axes = plt.subplots(figsize=(6, 2.6), layout="constrained")
for kind, (colour, style) in enumerate([("#0072B2", "-"), ("#E69F00", "--")]):
    axes.plot(
        milliseconds, beat_W[:, 0, kind], style, color=colour, linewidth=2, label=beat_names[kind]
    )
axes.axhline(0, color="#9A9A9A", linewidth=0.8)
axes.set(
    xlabel="milliseconds", ylabel="weight", title="two filters of 73 weights, cut out of the ECG"
)
axes.spines[["top", "right"]].set_visible(False)
axes.legend(frameon=False)

# %% [markdown]
# Now through your layer, with padding that keeps the length, so that an answer stands below the sample in the middle of
# its window.

# %% tags=["show"]
answers = conv1d_forward(
    heart[np.newaxis, :, np.newaxis], beat_W, np.zeros((1, 1, 2)), pad=beat_f // 2
)
answers = np.asarray(answers)[0]
beats = find_beats(answers)
print(f"The largest difference to Keras: {np.abs(answers - keras_answers).max():.0e}")
show_signal(
    heart[start:end],
    hertz,
    start=3,
    marks=within(beats, start, end),
    level=2.3,
    answers={name: answers[start:end, kind] for kind, name in enumerate(beat_names)},
    title="the same seconds, and what the two filters answer",
)
show_signal(
    heart[first:last],
    hertz,
    start=first // hertz,
    marks=within(beats, first, last),
    level=2.3,
    answers={name: answers[first:last, kind] for kind, name in enumerate(beat_names)},
    title="a minute later: extra beats among the ordinary ones",
)

# %% [markdown]
# The wandering is gone, and one threshold does. Both filters have the same length, so at each peak the larger answer
# names the kind. Two beats were enough to find nearly five hundred; a network would learn such shapes by gradient
# descent, as `edge_detection` learned its edges. How fast does this heart beat?

# %% tags=["show"]
every = np.sort(np.concatenate(list(beats.values())))
intervals = np.diff(every) / hertz
print(f"{len(every)} beats in 5 minutes, {len(beats['extra beat'])} of them extra.")
print(f"Gaps of more than 2 seconds: {np.sum(intervals > 2)}.")
print(f"Half of the intervals are shorter than {np.median(intervals):.2f} s:")
print(f"the heart rate is {60 / np.median(intervals):.0f} beats a minute.")

colours = ["#0072B2", "#E69F00"]
_, panels = plt.subplots(1, 3, figsize=(10, 3), layout="constrained")
around = np.arange(-hertz // 4, hertz // 2)
for axes, (name, at), colour in zip(panels, beats.items(), colours, strict=False):
    whole = at[(at >= -around[0]) & (at < len(heart) - around[-1])]
    cuts = heart[whole[:, np.newaxis] + around]
    cuts = cuts - np.median(cuts, axis=1, keepdims=True)
    axes.plot(around / hertz, cuts[::3].T, color="#9A9A9A", linewidth=0.3, alpha=0.5)
    axes.plot(around / hertz, cuts.mean(axis=0), color=colour, linewidth=2.2)
    axes.set(title=f"{name}, {len(at)} times", xlabel="seconds", ylim=(-1.5, 2.5))
panels[0].set_ylabel("millivolts")
bins = np.arange(0.4, 0.95, 0.025)
for (name, at), colour, style in zip(beats.items(), colours, ["-", "--"], strict=True):
    after = intervals[np.isin(every[:-1], at)]
    label = f"after an {name}"
    panels[2].hist(
        after,
        bins,
        density=True,
        histtype="step",
        color=colour,
        linewidth=2,
        linestyle=style,
        label=label,
    )
panels[2].set(title="time until the next beat", xlabel="seconds", yticks=[], ylim=(0, 14))
panels[2].legend(frameon=False, fontsize=9, loc="upper right")
panels[2].spines["left"].set_visible(False)
for axes in panels:
    axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# The three gaps are no pauses of the heart: an electrode jumped, and for some seconds there is next to nothing to see.
#
# Left and in the middle, the beats that were found, laid on top of each other, and their mean in colour: a better filter
# than the one beat that you began with. On the right something that nobody put in: after an extra beat this heart
# waits longer. (You have found beats. What they mean is for a physician to say.)
#
# ## Three directions
#
# A scan of a head is a block of numbers: to the right, to the front, upwards. A window of $f \times f \times f$ moves in
# it in all three directions.
#
# **Exercise: `conv3d_forward`** (8 points). The three directions are called height, width and depth here; what they are
# in the world, your function need not know. In the drawing there were 10×10×10 places for the window. Over what do you
# loop, and what could NumPy sum up for all examples and all filters at once?


# %% nbgrader={"grade": false, "grade_id": "conv3d_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv3d_forward(A_prev, W, b, stride=1, pad=0):
    """A convolutional layer for volumes and films, before its activation.

    A_prev: (m, n_H_prev, n_W_prev, n_D_prev, n_C_prev): m volumes, with height, width and depth,
        in n_C_prev channels. In a film the depth is time: A_prev[:, :, :, t] is its frame t.
    W: (f, f, f, n_C_prev, n_C), one filter for each output channel, its axes in the same order;
        it is not turned round.
    b: (1, 1, 1, 1, n_C), one bias for each.
    stride: how far the window moves in each of the three directions, from 1 upwards.
    pad: how many zeros are put on each of the six sides of a volume, from 0 upwards.
    Returns Z, (m, n_H, n_W, n_D, n_C), sizes rounded down; the arguments stay as they were.
    """
    ### BEGIN SOLUTION
    m, n_H_prev, n_W_prev, n_D_prev, _ = A_prev.shape
    f, n_C = W.shape[0], W.shape[-1]
    n_H = (n_H_prev + 2 * pad - f) // stride + 1
    n_W = (n_W_prev + 2 * pad - f) // stride + 1
    n_D = (n_D_prev + 2 * pad - f) // stride + 1
    A_prev_pad = np.pad(A_prev, ((0, 0), (pad, pad), (pad, pad), (pad, pad), (0, 0)))
    Z = np.zeros((m, n_H, n_W, n_D, n_C))
    for h, w, d in np.ndindex(n_H, n_W, n_D):
        top, left, front = h * stride, w * stride, d * stride
        window = A_prev_pad[:, top : top + f, left : left + f, front : front + f]
        Z[:, h, w, d] = np.tensordot(window, W, axes=4) + b[0, 0, 0]
    return Z
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_conv3d_forward", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
rng = np.random.default_rng(5)
biases = rng.normal(size=(1, 1, 1, 1, 16))
Z = conv3d_forward(np.zeros((1, 14, 14, 14, 1)), rng.normal(size=(5, 5, 5, 1, 16)), biases)
assert np.shape(Z) == (1, 10, 10, 10, 16), (
    f"14×14×14×1 and sixteen 5×5×5 filters: 10×10×10×16, got {np.shape(Z)[1:]}"
)
assert np.allclose(Z, biases), "where there is nothing each filter answers its bias"

voxel = np.zeros((1, 3, 4, 5, 1))
voxel[0, 1, 2, 3, 0] = 1
counting = np.arange(8.0).reshape(2, 2, 2, 1, 1)
Z = conv3d_forward(voxel, counting, np.zeros((1, 1, 1, 1, 1)))
assert np.shape(Z) == (1, 2, 3, 4, 1), f"3×4×5, f = 2: want 2×3×4, got {np.shape(Z)[1:4]}"
wanted = [[[7, 6], [5, 4]], [[3, 2], [1, 0]]]
assert np.allclose(Z[0, :2, 1:, 2:, 0], wanted), (
    "one bright voxel: each window answers with the weight that lies on it"
)
assert np.isclose(np.sum(Z), 28), "and the windows that do not reach it with 0"
Z = conv3d_forward(
    np.ones((2, 4, 5, 6, 3)), np.ones((3, 3, 3, 3, 2)), np.ones((1, 1, 1, 1, 2)), 2, 1
)
assert np.shape(Z) == (2, 2, 3, 3, 2), f"stride 2, padding 1: want 2×3×3, got {np.shape(Z)[1:4]}"
assert np.allclose(np.asarray(Z)[0, 0, 0, :, 0], [25, 37, 37]), (
    "along one edge of the block: 25 37 37"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("conv3d_forward")
### END HIDDEN TESTS

# %% [markdown]
# What is an edge in three directions? A surface. The filter for a vertical edge was a step across, evened out along the
# edge. In a volume it is a step in one direction, evened out in the two others; three such filters, one for each
# direction, and the length of their three answers is large on every surface, however it lies.
#
# The brain has a million places. But to show three slices you need three slabs only, each three voxels thick.


# %% tags=["show"]
def surfaces(slab):
    """The answers of the three edge filters in the middle of a slab, (height, width, 3)."""
    Z = conv3d_forward(slab[np.newaxis, ..., np.newaxis], edge_W, np.zeros((1, 1, 1, 1, 3)))
    return np.squeeze(np.asarray(Z))


x, y, z = place
slabs = [brain[x - 1 : x + 2], brain[:, y - 1 : y + 2], brain[:, :, z - 1 : z + 2]]
found = [surfaces(slab) for slab in slabs]
within_slice = [
    np.sqrt(np.sum(np.delete(Z, across, axis=-1) ** 2, axis=-1)) for across, Z in enumerate(found)
]
in_space = [np.sqrt(np.sum(Z**2, axis=-1)) for Z in found]
show_slices(
    {
        "two filters, within the slice": within_slice,
        "all three filters": in_space,
    },
    slice_titles,
)
print(
    f"The largest difference to Keras: {np.abs(in_space[0] - keras_edges[x, 1:-1, 1:-1]).max():.0e}"
)

# %% [markdown]
# In the upper row the filter across the slice was left out: that is what a single slice knows of edges. A surface that
# lies flat in the slice makes no edge there. Look at the bottom of the view from the front: below, the third filter
# has found one, from the slices before and behind.
#
# ## Time is a direction
#
# Pile the frames of a film up, and you have a block: height, width, time. Cut it across: take one row of pixels, in all
# frames, one below the other.

# %% tags=["show"]
show_space_time(film, rows=[24, 58, 75], frame=20)

# %% [markdown]
# What stands still becomes a vertical stripe, whatever it is. What moves becomes a slanted one: to the right or to the
# left, flat if it is fast, steep if it is slow. (The balloon goes upwards, and crosses a row only once.) So **movement is
# a slant in space and time**, and slanted edges are what filters find.
#
# Your filter shall answer to movement in one direction and *not at all* to a picture that stands still. "Not at all" is
# the easy part, and you have met it: a filter ignores what its weights cancel. In a still film every pixel shows the
# same number in each frame. So which of the weights must cancel? (Is it enough that all of them together
# have the sum zero?)
#
# For the direction take paper: one row of pixels, f = 3 frames, a table of width × time. A dot on black that moves to
# the right by a pixel a frame touches a diagonal. Which weights does it meet, one after the other? The
# answers to a dot that moves to the right are the sums along the diagonals; what are those to a dot that moves to the
# left, and to one that stands still? Try the difference of two frames first:

# %% tags=["show"]
table = np.array([[0, 0, 0], [-1, 0, 1], [0, 0, 0]])
show_numbers(
    [
        table,
        [[np.trace(table, k)] for k in range(2, -3, -1)],
        [[np.trace(table[:, ::-1], k)] for k in range(2, -3, -1)],
        table.sum(axis=1)[:, None],
    ],
    ["rows: width; columns: time", "dot to the right", "dot to the left", "dot that stands"],
    between=["→", "", ""],
    signed=True,
)

# %% [markdown]
# It answers to both directions alike, with squares 1 + 1 = 2. This is no accident: run the film backwards, and a filter whose
# later frames are the negative of its earlier ones only changes the signs. A difference of two frames never tells
# the direction.
#
# **Exercise: `motion_filter`** (4 points). Many filters are right; the docstring says when. On the screen rows are
# counted downwards: in which direction does the row's number change when something moves up?


# %% nbgrader={"grade": false, "grade_id": "motion_filter", "locked": false, "schema_version": 3, "solution": true, "task": false}
def motion_filter(direction, f=3):
    """A filter that answers to movement in one direction, and not at all to a still picture.

    direction: "right", "left", "up" or "down", as seen on the screen.
    f: the filter's size, an integer from 3 to 8.
    Returns W, an array (f, f, f): height, width, time, the earliest frame first. It is right if
    - to a film in which nothing moves it answers 0 everywhere, whatever is in it and however
      bright (up to rounding);
    - a bright dot on black that moves by one pixel a frame in the direction makes it answer at
      least twice as strongly as one that moves in the opposite direction. How strongly: the
      sum of the squares of all its answers.
    """
    ### BEGIN SOLUTION
    time = np.arange(f)
    steps = time if direction in ("right", "down") else time[::-1]
    path = np.zeros((f, f, f))
    if direction in ("left", "right"):
        path[f // 2, steps, time] = 1
    else:
        path[steps, f // 2, time] = 1
    return path - path.mean(axis=2, keepdims=True)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_motion_filter", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
opposites = {"right": "left", "left": "right", "up": "down", "down": "up"}
still = np.random.default_rng(6).uniform(0, 255, size=(12, 12, 1)).repeat(9, axis=2)
for direction, opposite in opposites.items():
    for f in (3, 5):
        W = motion_filter(direction, f)
        assert hasattr(W, "shape"), f"want an array, got a {type(W).__name__}"
        assert W.shape == (f, f, f), f"f = {f}: want {(f, f, f)}, got {W.shape}"
        W = np.asarray(W, dtype=float)
        assert motion_strength(W, still) < 1e-10 * np.sum(W**2) * np.sum(still**2), (
            f"{direction}: the filter answers to a film in which nothing moves"
        )
        there = motion_strength(W, moving_dot(direction))
        back = motion_strength(W, moving_dot(opposite))
        assert there > 0 and there >= 1.999 * back, (
            f"a dot that moves {direction}: {there:.3g}; {opposite}: {back:.3g}; want twice as much"
        )
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("motion_filter")
### END HIDDEN TESTS

# %% tags=["show"]
W = np.asarray(motion_filter("right"), dtype=float)
show_filters(W.transpose(2, 0, 1), [f"right, frame {t}" for t in range(3)], columns=3)

# %% [markdown]
# And the film? In it the helicopter moves by four pixels a frame, the balloon too, the dove by three. Your filter looks
# for one pixel a frame. So look at the film from further away: the mean of each 4×4 pixels is one large pixel, and the
# helicopter moves by one of those. Your four filters are four channels of one layer; red, green and blue are treated
# as three films; what they answer is squared and added up, in a little neighbourhood.


# %% tags=["show"]
def spread(strengths):
    """The mean over a neighbourhood of 3×3×3 in height, width and time."""
    for axis in range(3):
        frame = [(1, 1) if axis == other else (0, 0) for other in range(4)]
        wide = np.pad(strengths, frame)
        strengths = np.lib.stride_tricks.sliding_window_view(wide, 3, axis=axis).mean(axis=-1)
    return strengths


names = ["right", "left", "up", "down"]
coarse = film.reshape(32, 24, 4, 36, 4, 3).mean(axis=(2, 4)) / 255
films = coarse.transpose(3, 1, 2, 0)[
    ..., np.newaxis
]  # (3, 24, 36, 32, 1): colour, height, width, time
size = 5
motion_W = np.stack([motion_filter(name, size) for name in names], axis=-1)[..., np.newaxis, :]
Z = np.asarray(conv3d_forward(films, motion_W, np.zeros((1, 1, 1, 1, 4)), pad=size // 2))
strengths = spread(np.sum(Z**2, axis=0))
show_motion(film, strengths, frames=[5, 15, 25], names=names)

# %% [markdown]
# The temple, the trees and the lake are gone, in all their detail, because they stand still. What is left has
# a direction. A network for films learns such filters by itself, from examples, as others learn edges.
#
# ## What to take away
#
# - A convolution does not ask how many directions its input has. Windows slide along directions; channels are added up.
#   $(f^d\, n_C^{prev} + 1)\, n_C$ parameters, and sizes by the old formula, direction by direction.
# - A filter answers most to its own picture, and ignores what its weights cancel: a constant (sum zero), a still
#   film (sum zero over time, at every pixel).
# - A direction may be anything that has neighbours: millimetres, pixels, seconds. Movement is a slant between space and
#   time.
# - Each direction multiplies the work by $n f$. That is why volumes are cut into slabs, films made coarse, and
#   filters in three directions kept small.
# - Only convention: depth or time as the last direction (TensorFlow's documents put it first; the sum is the same
#   as long as the filter agrees), and filters as long in time as they are wide.
