# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # A layer, from the inside
#
# You build a convolutional layer and a pooling layer in plain NumPy, forwards and backwards.
#
# What does a layer do to a picture? The one below has five filters. It takes a photo in and gives
# five pictures out, all of them in one call: one blurs, one sharpens, two look for edges, and
# one looks for something that only a colour picture has. Can you guess what, before you look?

# %%
# First, for it keeps TensorFlow from talking about graphics cards.
from convwork.course import (
    Volume,
    hidden_tests,
    load_photo,
    show_images,
    show_numbers,
    show_times,
    show_volumes,
    show_windows,
    window_counts,
)

from time import perf_counter

import keras
import matplotlib.pyplot as plt
import numpy as np

# %% tags=["show"]
# The cat, three times smaller in each direction, and values from 0 to 1: shape (100, 150, 3).
cat = load_photo("chelsea")[:300, :450].reshape(100, 3, 150, 3, 3).mean(axis=(1, 3)) / 255


box = np.ones((5, 5)) / 25
point = np.zeros((5, 5))
point[2, 2] = 1
steps = np.outer([0, 1, 2, 1, 0], [0, 1, 0, -1, 0])
grey = np.array([1, 1, 1]) / 3

bank = np.stack(
    [
        np.multiply.outer(box, grey),
        np.multiply.outer(3 * point - 2 * box, grey),
        np.multiply.outer(steps, grey),
        np.multiply.outer(steps.T, grey),
        np.multiply.outer(box, [-0.5, 1, -0.5]),
    ],
    axis=-1,
)
bank_titles = ["blur", "sharpen", "vertical edges", "horizontal edges", "green, minus the rest"]

keras_maps = keras.ops.convert_to_numpy(keras.ops.conv(cat[np.newaxis], bank, padding="same"))[0]
shown = [cat, *(keras_maps[:, :, c] for c in range(5))]
show_images(shown, ["the photo", *bank_titles], columns=3)

# %% [markdown]
# The eyes: nowhere else in this photo does green stand so far above the mean of red and blue.
#
# That layer is Keras's. By the middle of this notebook yours makes the same five pictures, to the
# last digit. By the end yours also runs backwards, which is how layers learn, and you know why
# nobody ships it as you wrote it.
#
# In `edge_detection` you slid one filter over one grey picture. A layer differs in four ways:
# its input has several channels, it has several filters, each filter has a bias, and it takes a
# whole batch of pictures at once. Arrays here are `(m, n_H, n_W, n_C)`: pictures, height, width,
# channels. Here is a small batch for trying things out as you go.

# %%
rng = np.random.default_rng(1)
A_prev = rng.normal(size=(2, 5, 7, 3))
W = rng.normal(size=(3, 3, 3, 4))
b = rng.normal(size=(1, 1, 1, 4))
hparameters = {"stride": 2, "pad": 1}

# %% [markdown]
# ## Who is seen least?
#
# A 3×3 window on a 6×6 picture has 4×4 places to stand, so the result is smaller than the picture.
# A hundred such layers, and there is no picture left. But there is a second loss, and it is
# unfair: count in how many windows each pixel takes part.

# %% tags=["show"]
show_numbers(
    [window_counts((6, 6), f=3), window_counts((6, 6), f=3, pad=1)],
    ["windows that see each pixel: no padding", "with a frame one pixel wide"],
)

# %% [markdown]
# A pixel in the middle is seen nine times, one in the corner once. With a frame of zeros around
# the picture, the corner is seen four times, and the result is as large as the picture was. For a
# filter of size $f$ that takes a frame of $p = (f-1)/2$ pixels (*same* padding); no frame at
# all is called *valid*.
#
# **Exercise: `zero_pad`.** A batch has four axes. Which of them belong to the picture's border, and
# what would a border of zeros mean on the other two?


# %% nbgrader={"grade": false, "grade_id": "zero_pad", "locked": false, "schema_version": 3, "solution": true, "task": false}
def zero_pad(X, pad):
    """A batch of pictures with a frame of zeros around each.

    X: (m, n_H, n_W, n_C).
    pad: the frame's width in pixels, an integer from 0 upwards.
    Returns an array of shape (m, n_H + 2 pad, n_W + 2 pad, n_C); X stays as it was.
    """
    ### BEGIN SOLUTION
    return np.pad(X, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_zero_pad", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
padded = zero_pad(A_prev, 1)
assert padded.shape == (2, 7, 9, 3), "5×7 with a frame of 1 is 7×9; pictures and channels stay"
assert np.array_equal(padded[:, 1:-1, 1:-1], A_prev), "the picture itself is in the middle"
assert not padded[:, 0].any() and not padded[:, -1].any(), "the first and last row are zeros"
assert not padded[:, :, 0].any() and not padded[:, :, -1].any(), "so are the outer columns"
assert zero_pad(A_prev, 0).shape == A_prev.shape, "no frame: the shape stays"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("zero_pad")
### END HIDDEN TESTS

# %% tags=["show"]
framed = [zero_pad(cat[np.newaxis], pad)[0] for pad in (0, 10, 30)]
show_images(framed, ["pad = 0", "pad = 10", "pad = 30"], columns=3)

# %% [markdown]
# The frame is black because zero is black. A filter that looks for edges finds one there that is
# not in the world. You will see it in a moment.
#
# ## One number
#
# A colour picture is a volume: three channels deep. So a filter is a volume too, as deep as its
# input. A 3×3×3 filter has 27 weights. Lay it on the 27 numbers below it, multiply each with its
# partner, add the 27 products, add the filter's bias. That is one number of the output:
#
# $$z = b + \sum_{u}\sum_{v}\sum_{k} a_{u,v,k}\, w_{u,v,k}$$
#
# In small: the slice and the filter below are 2×2 with one channel, and the bias is 10.
# The four products are 1, 0, −6 and 20, so $z$ = 15 + 10 = 25.
# How often was the bias added?

# %% tags=["show"]
slice_, weights = np.array([[1, 2], [3, 4]]), np.array([[1, 0], [-2, 5]])
show_numbers(
    [slice_, weights, slice_ * weights, [[15]], [[10]], [[25]]],
    ["the slice", "the filter", "products", "sum", "bias", "z"],
    between=["∗", "=", "→", "+", "="],
)

# %% [markdown]
# **Exercise: `conv_single_step`.** The answer is a *number*. `b` comes with the shape (1, 1, 1), as
# it does when you cut one filter's bias out of the layer's. What is the shape of a number plus such
# an array? An array of one element still has three axes, and from version 2.4 NumPy refuses to take
# it for a number: `float(…)` of it raises `TypeError: only 0-dimensional arrays can be converted to
# Python scalars`. It bites again in the next exercise, when such an array is to be stored in one
# place of another: `ValueError: setting an array element with a sequence`.


# %% nbgrader={"grade": false, "grade_id": "conv_single_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_single_step(a_slice_prev, W, b):
    """What one filter answers in one place.

    a_slice_prev: (f, f, n_C_prev), the part of the input below the filter.
    W: (f, f, n_C_prev), the filter's weights.
    b: (1, 1, 1), the filter's bias.
    Returns one number: a float, a NumPy scalar or an array without axes; not one of
    shape (1, 1, 1).
    """
    ### BEGIN SOLUTION
    return np.sum(a_slice_prev * W) + b.item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_conv_single_step", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
small_slice = np.array([[1.0, 2.0], [3.0, 4.0]]).reshape(2, 2, 1)
small_filter = np.array([[1.0, 0.0], [-2.0, 5.0]]).reshape(2, 2, 1)
z = conv_single_step(small_slice, small_filter, np.array([[[10.0]]]))
assert np.ndim(z) == 0, f"want a number, got an array of shape {np.shape(z)}"
assert np.isclose(z, 25), f"the worked example gives 25, got {z}"
z = conv_single_step(np.ones((3, 3, 3)), np.ones((3, 3, 3)), np.zeros((1, 1, 1)))
assert np.isclose(z, 27), f"27 products of 1 and no bias give 27, got {z}"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("conv_single_step")
### END HIDDEN TESTS

# %% [markdown]
# What does the last filter of the bank, the one for green, answer when it stands on the cat's eye,
# on her nose, on her fur?

# %% tags=["show"]
places = {"eye": (37, 53), "nose": (82, 88), "fur": (60, 30)}
for place, (row, column) in places.items():
    a_slice = cat[row - 2 : row + 3, column - 2 : column + 3]
    answer = conv_single_step(a_slice, bank[:, :, :, 4], np.zeros((1, 1, 1)))
    red, green, blue = a_slice.mean(axis=(0, 1))
    print(f"{place}: red {red:.2f}, green {green:.2f}, blue {blue:.2f}, answer {answer:+.3f}")

# %% [markdown]
# ## The layer
#
# Slide a 3×3×3 filter over a 6×6×3 picture. It has 4×4 places to stand, and in each it answers one
# number: the result is 4×4, *not* 4×4×3, because all three channels went into each number. A second
# filter gives another 4×4. Stack them, and the output is a volume again, 4×4×2, ready to be the
# next layer's input. Its channels are no longer colours. They are what the filters looked for.

# %% tags=["show"]
blue, orange = "#0072B2", "#E69F00"
show_volumes(
    Volume((6, 6, 3), "a picture", ["#C44E52", "#55A868", "#4C72B0"], "RGB", window=(0, 0, 3)),
    "∗",
    [
        Volume((3, 3, 3), "the first filter", [blue] * 3),
        Volume((3, 3, 3), "the second filter", [orange] * 3),
    ],
    "=",
    Volume((4, 4, 2), "a channel for each filter", [blue, orange], "12", window=(0, 0, 1)),
)

# %% [markdown]
# The outlined window is 27 numbers deep; the two outlined cells are what the two filters make of
# it. Then every filter's bias is added to all of its channel, and the layer's
# activation, mostly $\mathrm{ReLU}(z) = \max(0, z)$, is applied to each number. Ten such filters
# have 10 × (27 + 1) = 280 parameters, whether the picture is 6×6 or 6000×6000.
#
# How far does the window move from one place to the next? By the stride $s$. It never hangs over
# the edge of the padded picture: a place where it would is left out. Hence, with $\lfloor\ \rfloor$
# for rounding down,
#
# $$n_H = \left\lfloor\frac{n_H^{prev} + 2p - f}{s}\right\rfloor + 1, \qquad
#   n_W = \left\lfloor\frac{n_W^{prev} + 2p - f}{s}\right\rfloor + 1 .$$

# %%
tiny = np.array(
    [[1, 2, 0, 1, 3], [0, 1, 4, 1, 0], [2, 0, 1, 3, 1], [1, 1, 0, 2, 0], [3, 0, 1, 0, 2]]
)
tiny_sums = np.array([[4, 9, 5], [5, 13, 7], [5, 4, 4]])

# %% tags=["show"]
show_windows(
    tiny,
    f=3,
    stride=2,
    pad=1,
    results=tiny_sums,
    outputs=[(0, 0), (0, 1), (1, 0)],
    sign="sums →",
    titles=("5×5, padding 1: three windows", "a filter of ones, stride 2"),
)

# %% [markdown]
# Find the window of the 13 in the middle. In which row of the padded picture does it start? In
# which row does it end? Now say it for the result in row $h$ and column $w$, at any stride.
#
# **Exercise: `conv_forward`.** Nothing new is needed but order. Your `zero_pad` and
# `conv_single_step` do the work; you say where. Before you write: over what do you loop? (There are
# pictures, rows, columns and filters, and no others.) And which of the two volumes do you cut the
# slice from?


# %% nbgrader={"grade": false, "grade_id": "conv_forward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_forward(A_prev, W, b, hparameters):
    """A convolutional layer, before its activation.

    A_prev: (m, n_H_prev, n_W_prev, n_C_prev), a batch of inputs.
    W: (f, f, n_C_prev, n_C), one filter for each output channel.
    b: (1, 1, 1, n_C), one bias for each.
    hparameters: {"stride": from 1 upwards, "pad": from 0 upwards}.
    Returns Z, cache: Z is (m, n_H, n_W, n_C), sizes rounded down;
    cache is (A_prev, W, b, hparameters), as given, for the way back.
    """
    ### BEGIN SOLUTION
    m, n_H_prev, n_W_prev, _ = A_prev.shape
    f, _, _, n_C = W.shape
    stride, pad = hparameters["stride"], hparameters["pad"]
    n_H = (n_H_prev + 2 * pad - f) // stride + 1
    n_W = (n_W_prev + 2 * pad - f) // stride + 1
    Z = np.zeros((m, n_H, n_W, n_C))
    A_prev_pad = zero_pad(A_prev, pad)
    for i in range(m):
        for h in range(n_H):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                a_slice = A_prev_pad[i, vert_start:vert_end, horiz_start:horiz_end, :]
                for c in range(n_C):
                    Z[i, h, w, c] = conv_single_step(a_slice, W[:, :, :, c], b[:, :, :, c])
    cache = (A_prev, W, b, hparameters)
    return Z, cache
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_conv_forward", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
lecture = np.array(
    [
        [3, 0, 1, 2, 7, 4],
        [1, 5, 8, 9, 3, 1],
        [2, 7, 2, 5, 1, 3],
        [0, 1, 3, 1, 7, 8],
        [4, 2, 1, 6, 2, 8],
        [2, 4, 5, 2, 3, 9],
    ]
)
vertical = np.array([[1, 0, -1], [1, 0, -1], [1, 0, -1]])
plain = {"stride": 1, "pad": 0}
Z, cache = conv_forward(
    lecture.reshape(1, 6, 6, 1), vertical.reshape(3, 3, 1, 1), np.zeros((1, 1, 1, 1)), plain
)
wanted = [[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]]
assert Z.shape == (1, 4, 4, 1), f"6×6 with one 3×3 filter gives (1, 4, 4, 1), got {Z.shape}"
assert np.allclose(Z[0, :, :, 0], wanted), "one filter on a grey picture: as in edge_detection"

Z, cache = conv_forward(np.zeros((1, 6, 6, 3)), np.ones((3, 3, 3, 2)), b[:, :, :, :2], plain)
assert Z.shape == (1, 4, 4, 2), f"6×6×3 with two 3×3×3 filters gives 4×4×2, got {Z.shape[1:]}"
assert np.allclose(Z, b[:, :, :, :2]), "on a black picture each filter answers its bias"

Z, cache = conv_forward(
    tiny.reshape(1, 5, 5, 1), np.ones((3, 3, 1, 1)), np.zeros((1, 1, 1, 1)), hparameters
)
assert np.allclose(Z[0, :, :, 0], tiny_sums), "the drawing above: stride 2, padding 1"

Z, cache = conv_forward(A_prev, W, b, hparameters)
assert Z.shape == (2, 3, 4, 4), f"5×7, f = 3, stride 2, padding 1 gives 3×4, got {Z.shape[1:3]}"
assert cache[0] is A_prev and cache[3] == hparameters, "the cache holds the arguments as given"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("conv_forward")
### END HIDDEN TESTS

# %% [markdown]
# Now the photo of the beginning, through *your* layer, with the same five filters.

# %% tags=["show"]
same = {"stride": 1, "pad": 2}
maps, _ = conv_forward(cat[np.newaxis], bank, np.zeros((1, 1, 1, 5)), same)
show_images([cat, *(maps[0, :, :, c] for c in range(5))], ["the photo", *bank_titles], columns=3)
print(f"The largest difference to Keras: {np.abs(maps[0] - keras_maps).max():.1e}")

# %% [markdown]
# Look at the borders of the two edge pictures: there is the edge that the black frame made.
#
# The bias decides where the activation cuts. ReLU keeps what lies above zero; with a bias
# of −0.02 the filter for green must be that sure before it says anything at all.

# %% tags=["show"]
biases = [0.1, 0, -0.02, -0.04]
results = []
for bias in biases:
    Z, _ = conv_forward(cat[np.newaxis], bank[:, :, :, 4:], np.full((1, 1, 1, 1), bias), same)
    results.append(np.maximum(Z[0, :, :, 0], 0))
show_images(results, [f"ReLU, bias {bias}" for bias in biases], columns=4)

# %% [markdown]
# ## Where is less important than whether
#
# A filter has answered in every place. Do you need to know the place to the pixel? A pooling layer
# says: in this window, how strongly was the feature found at best (*max*), or on the whole
# (*average*)? It has a window size and a stride, and nothing to learn. Each channel is pooled
# for itself, so there are as many after as before.

# %%
for_max = np.array([[1, 3, 2, 1], [2, 9, 1, 1], [1, 3, 2, 3], [5, 6, 1, 2]])
for_average = np.array([[1, 3, 2, 1], [2, 9, 1, 1], [1, 4, 2, 3], [5, 6, 1, 2]])

# %% tags=["show"]
f_2_stride_2 = ("f = 2, stride = 2", "")
show_windows(for_max, 2, 2, [[9, 2], [6, 3]], sign="max →", titles=f_2_stride_2)
show_windows(for_average, 2, 2, [[3.75, 1.25], [4, 2]], sign="average →", titles=f_2_stride_2)

# %% [markdown]
# Say before you go on what a 3×3 window with stride 2 makes of a picture 7 pixels wide, and what of
# one 8 pixels wide. (Pooling does not pad here, and sizes are rounded down.)
#
# **Exercise: `pool`.** The windows stand as they do in a convolution. Two things to decide: how
# many axes has the window that you take the maximum of? And if you keep a running maximum: where
# may it start, when every number in the window is negative?


# %% nbgrader={"grade": false, "grade_id": "pool", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pool(A_prev, hparameters, mode="max"):
    """A pooling layer.

    A_prev: (m, n_H_prev, n_W_prev, n_C), a batch of inputs.
    hparameters: {"f": the window's size, "stride": how far it moves}, both from 1 upwards.
    mode: "max" or "average".
    Returns A, cache: A is (m, n_H, n_W, n_C), without padding, sizes rounded down;
    cache is (A_prev, hparameters), as given.
    """
    ### BEGIN SOLUTION
    m, n_H_prev, n_W_prev, n_C = A_prev.shape
    f, stride = hparameters["f"], hparameters["stride"]
    n_H = (n_H_prev - f) // stride + 1
    n_W = (n_W_prev - f) // stride + 1
    A = np.zeros((m, n_H, n_W, n_C))
    for i in range(m):
        for h in range(n_H):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                for c in range(n_C):
                    window = A_prev[i, vert_start:vert_end, horiz_start:horiz_end, c]
                    if mode == "max":
                        A[i, h, w, c] = np.max(window)
                    else:
                        A[i, h, w, c] = np.mean(window)
    cache = (A_prev, hparameters)
    return A, cache
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_pool", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
quarters = {"f": 2, "stride": 2}
batch = for_max.reshape(1, 4, 4, 1)
A, cache = pool(batch, quarters)
assert A.shape == (1, 2, 2, 1), f"4×4 with 2×2 windows and stride 2 gives 2×2, got {A.shape[1:3]}"
assert np.allclose(A[0, :, :, 0], [[9, 2], [6, 3]]), "the lecture's maxima: 9 2, 6 3"
assert cache[0] is batch and cache[1] == quarters, "the cache holds the arguments as given"

A, cache = pool(for_average.reshape(1, 4, 4, 1), quarters, mode="average")
assert np.allclose(A[0, :, :, 0], [[3.75, 1.25], [4, 2]]), "the lecture's averages: 3.75 1.25, 4 2"

overlapping = np.array(
    [[2, 4, 1, 0, 3], [1, 9, 3, 2, 1], [0, 2, 3, 1, 5], [8, 1, 4, 5, 2], [3, 5, 6, 0, 9]]
)
A, cache = pool(overlapping.reshape(1, 5, 5, 1), {"f": 3, "stride": 1})
assert np.allclose(A[0, :, :, 0], [[9, 9, 5], [9, 9, 5], [8, 6, 9]]), "3×3 windows, stride 1"
A, cache = pool(rng.normal(size=(1, 7, 7, 10)), {"f": 7, "stride": 1}, mode="average")
assert A.shape == (1, 1, 1, 10), f"a 7×7 window on 7×7×10 leaves 1×1×10, got {A.shape[1:]}"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("pool")
### END HIDDEN TESTS

# %% [markdown]
# What is left of a feature when fifteen of sixteen numbers go? Below, the cat's cheek at full size:
# the answers of the filter for horizontal edges after ReLU, pooled to a quarter of the height and
# width. Watch the whiskers. (The layer here is without padding: what would the frame's own edge do
# to the picture?)

# %% tags=["show"]
cheek = load_photo("chelsea")[np.newaxis, 180:300, 0:200] / 255
Z, _ = conv_forward(cheek, bank[:, :, :, 3:4], np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0})
edges = np.maximum(Z, 0)
four = {"f": 4, "stride": 4}
strongest, mean = pool(edges, four)[0], pool(edges, four, mode="average")[0]
moved = pool(edges[:, 1:, 1:], four)[0]
show_images(
    [cheek[0], *(A[0, :, :, 0] for A in (edges, strongest, mean, edges[:, ::4, ::4], moved))],
    ["the cheek", "edges", "max", "average", "every fourth pixel", "max, moved by one pixel"],
    columns=3,
    shared_scale=True,
)
print(f"116×196 numbers before, {strongest.shape[1]}×{strongest.shape[2]} after.")

# %% [markdown]
# The maxima keep the whiskers whole and bright. The average fades them, and every fourth pixel
# meets them or misses them by chance. In the last picture the edges were moved by one pixel up and
# to the left before they were pooled: compare it with the third. Why maxima serve networks so well
# is less certain than books make it sound; the best evidence is that they do.
#
# ## Backwards: who is to blame?
#
# A network learns by asking of each number in it: if this were a little larger, how much would the
# loss $L$ grow? For the layer's output somebody has worked that out already and hands it to you:
# `dZ`, where `dZ[i, h, w, c]` is $\partial L / \partial Z_{i,h,w,c}$. You pass the question on, to
# the input (`dA_prev`), the weights (`dW`) and the biases (`db`).
#
# Take a 3×3 picture and a 2×2 filter whose weights are 1, 10, 100 and 1000, so that you can
# see in the digits where a sum came from. There are four windows; let each output be worth 1.

# %%
digits = np.array([[1.0, 10.0], [100.0, 1000.0]]).reshape(2, 2, 1, 1)
nine = np.arange(1.0, 10.0).reshape(1, 3, 3, 1)
digits_dA = np.array([[1, 11, 10], [101, 1111, 1010], [100, 1100, 1000]])
digits_dW = np.array([[12, 16], [24, 28]])

# %% tags=["show"]
show_numbers(
    [nine[0, :, :, 0], digits[:, :, 0, 0], np.ones((2, 2)), digits_dA, digits_dW, [[4]]],
    ["A_prev", "W", "dZ", "dA_prev", "dW", "db"],
    between=["", "", "→", "", ""],
)

# %% [markdown]
# - The pixel in the middle lies in all four windows, under a different weight in each: 1111. The
#   corner at the top left lies in one, under the weight 1. Every window hands its filter back to
#   the pixels it stood on, as often as its output is worth.
# - The first weight has touched the pixels 1, 2, 4 and 5: 12. A weight is used at every place the
#   filter stands on, in every picture, and answers for all of them.
# - The bias was added to every output of its channel: 4.
#
# In symbols, with $A$ for the *padded* input (the sum is over everything on the right that
# is not on the left):
#
# $$\frac{\partial L}{\partial W_{u,v,k,c}}
#   = \sum_{i,h,w} \frac{\partial L}{\partial Z_{i,h,w,c}}\, A_{i,\,hs+u,\,ws+v,\,k},
#   \qquad \frac{\partial L}{\partial b_c} = \sum_{i,h,w} \frac{\partial L}{\partial Z_{i,h,w,c}}$$
#
# **Exercise: `conv_backward`.** It is the same walk over the same windows. But which arrays are
# written now, and how often is one place in them written? At the end one more question: the caller
# gave you `A_prev` without a frame. What happened to the gradient of the frame, and what does your
# way of dropping it do when there was none?


# %% nbgrader={"grade": false, "grade_id": "conv_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_backward(dZ, cache):
    """The gradients of a convolutional layer.

    dZ: (m, n_H, n_W, n_C), the gradient of the loss with respect to the layer's output Z.
    cache: (A_prev, W, b, hparameters), as `conv_forward` returned it.
    Returns dA_prev, dW, db: the gradients with respect to A_prev, W and b, each of
    the same shape as what it belongs to. They are sums over the batch, not averages.
    """
    ### BEGIN SOLUTION
    A_prev, W, b, hparameters = cache
    stride, pad = hparameters["stride"], hparameters["pad"]
    _, n_H_prev, n_W_prev, _ = A_prev.shape
    f = W.shape[0]
    m, n_H, n_W, n_C = dZ.shape
    A_prev_pad = zero_pad(A_prev, pad)
    dA_prev_pad = np.zeros(A_prev_pad.shape)
    dW = np.zeros(W.shape)
    db = np.zeros(b.shape)
    for i in range(m):
        for h in range(n_H):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                window = np.s_[i, vert_start:vert_end, horiz_start:horiz_end, :]
                for c in range(n_C):
                    dz = dZ[i, h, w, c]
                    dA_prev_pad[window] += W[:, :, :, c] * dz
                    dW[:, :, :, c] += A_prev_pad[window] * dz
                    db[:, :, :, c] += dz
    dA_prev = dA_prev_pad[:, pad : pad + n_H_prev, pad : pad + n_W_prev, :]
    return dA_prev, dW, db
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_conv_backward", "locked": true, "points": 12, "schema_version": 3, "solution": false, "task": false}
small_cache = (nine, digits, np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": 0})
dA_prev, dW, db = conv_backward(np.ones((1, 2, 2, 1)), small_cache)
assert dA_prev.shape == nine.shape, f"dA_prev has A_prev's shape, got {dA_prev.shape}"
assert np.allclose(dA_prev[0, :, :, 0], digits_dA), "the worked example's dA_prev"
assert np.allclose(dW[:, :, 0, 0], digits_dW), "the worked example's dW: 12 16, 24 28"
assert db.shape == (1, 1, 1, 1), f"db has b's shape, got {db.shape}"
assert np.allclose(db, 4), "four outputs, each worth 1, gave the bias 4"

dZ = rng.normal(size=(2, 3, 4, 4))
dA_prev, dW, db = conv_backward(dZ, (A_prev, W, b, hparameters))
assert dA_prev.shape == A_prev.shape, f"want {A_prev.shape} without the frame, got {dA_prev.shape}"
assert dW.shape == W.shape, f"dW has W's shape {W.shape}, got {dW.shape}"
assert db.shape == b.shape, f"db has b's shape {b.shape}, got {db.shape}"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("conv_backward")
### END HIDDEN TESTS

# %% [markdown]
# Are they right? There is a judge who knows nothing of your code: change one number by a
# tiny ε in both directions, run *forwards* twice, and see how the loss moved,
#
# $$\frac{\partial L}{\partial x}
#   \approx \frac{L(x + \varepsilon) - L(x - \varepsilon)}{2\varepsilon}.$$
#
# The loss may be anything that has a slope; here it is the sum of $\cos Z$, and so `dZ` is
# $-\sin Z$. The relative error
# $\lVert g - g_{num} \rVert / (\lVert g \rVert + \lVert g_{num} \rVert)$
# should be about 10⁻⁸ or less. At 10⁻² something is wrong. Look at which of the three.


# %% tags=["show"]
def numerical_gradient(loss, array, epsilon=1e-5):
    """The slope of `loss()` for every number of `array`, by moving each a little both ways."""
    gradient = np.zeros(array.shape)
    for place in np.ndindex(*array.shape):
        value = array[place]
        array[place] = value + epsilon
        higher = loss()
        array[place] = value - epsilon
        gradient[place] = (higher - loss()) / (2 * epsilon)
        array[place] = value
    return gradient


def relative_error(gradient, other):
    """0 for equal gradients, 1 for unrelated ones."""
    norm = np.linalg.norm
    return norm(gradient - other) / (norm(gradient) + norm(other))


A_try, W_try, b_try = (rng.normal(size=size) for size in [(1, 5, 6, 2), (3, 3, 2, 2), (1, 1, 1, 2)])


def loss():
    return np.cos(conv_forward(A_try, W_try, b_try, hparameters)[0]).sum()


Z, cache = conv_forward(A_try, W_try, b_try, hparameters)
gradients = dict(zip(["dA_prev", "dW", "db"], conv_backward(-np.sin(Z), cache), strict=True))
numerical = {
    name: numerical_gradient(loss, array)
    for name, array in zip(gradients, [A_try, W_try, b_try], strict=True)
}
for name, gradient in gradients.items():
    print(f"{name:8} relative error {relative_error(gradient, numerical[name]):.1e}")

epsilons = 10.0 ** np.arange(-12, 0)
errors = [relative_error(gradients["dW"], numerical_gradient(loss, W_try, e)) for e in epsilons]
_, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
for (name, gradient), colour, marker in zip(
    gradients.items(), ["#0072B2", "#E69F00", "#009E73"], "osD", strict=True
):
    left.scatter(
        numerical[name], gradient, s=26, alpha=0.7, color=colour, marker=marker, label=name
    )
left.axline((0, 0), slope=1, color="#999999", linewidth=1, zorder=0)
left.set(
    xlabel="numerical gradient", ylabel="your gradient", title="Right gradients lie on the line"
)
left.legend(frameon=False)
right.loglog(epsilons, errors, "o-", color="#0072B2")
right.set(xlabel="ε", ylabel="relative error of dW", title="ε too large, ε too small")
for axes in (left, right):
    axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# On the right: a large ε does not see the slope but the curve; a tiny ε drowns in rounding,
# since the two losses then agree in nearly all of their sixteen digits. In between lies a valley,
# and 10⁻⁵ is near its bottom.
#
# And now an old acquaintance. Let all weights be 1, and every output be worth 1. What does dA_prev
# count?

# %% tags=["show"]
one = np.ones((1, 6, 6, 1))
counts = []
for pad in (0, 1):
    size = 4 + 2 * pad
    layer = (one, np.ones((3, 3, 1, 1)), np.zeros((1, 1, 1, 1)), {"stride": 1, "pad": pad})
    counts.append(conv_backward(np.ones((1, size, size, 1)), layer)[0][0, :, :, 0])
show_numbers(counts, ["dA_prev, no padding", "dA_prev, padding 1"])

# %% [markdown]
# It is the picture from the first section. A pixel that few windows see has little to say, and by
# the same measure it gets little of the gradient.
#
# ## Backwards through a pool
#
# A pooling layer has nothing to learn, but the gradient must come through it. Suppose the
# output of one window is worth 8. If the window was averaged, each of its pixels had an equal
# share in it. If the maximum was taken, all that counted was the largest: move any of the others a
# little, and nothing happens.

# %% tags=["show"]
window = np.array([[1, 3], [2, 9]])
show_numbers(
    [window, [[8]], [[0, 0], [0, 8]], [[2, 2], [2, 2]]],
    ["the window", "worth", "max", "average"],
    between=["", "→", "or"],
)

# %% [markdown]
# What if the maximum stands there twice? Mathematics shrugs, because there is no slope at such a
# point. We say: every maximum gets the full gradient. (TensorFlow gives it to the first it meets.
# With real activations, exact ties are mostly zeros after a ReLU, and those pass nothing on
# anyway.)
#
# **Exercise: `create_mask_from_window`.** Who was the largest? Try [[3, 1], [0, 3]] in your head
# first.


# %% nbgrader={"grade": false, "grade_id": "create_mask_from_window", "locked": false, "schema_version": 3, "solution": true, "task": false}
def create_mask_from_window(x):
    """Where a window has its largest value.

    x: (height, width), any numbers.
    Returns a boolean array of x's shape, True at the maximum: at each, if it occurs more than once.
    """
    ### BEGIN SOLUTION
    return x == np.max(x)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_create_mask_from_window", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
mask = create_mask_from_window(np.array([[1.0, 3.0], [2.0, 9.0]]))
assert mask.dtype == bool, f"a mask is made of True and False, this one of {mask.dtype}"
assert np.array_equal(mask, [[False, False], [False, True]]), "the 9 is the largest"
mask = create_mask_from_window(np.array([[3.0, 1.0], [0.0, 3.0]]))
assert np.array_equal(mask, [[True, False], [False, True]]), "3 occurs twice; both are maxima"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("create_mask_from_window")
### END HIDDEN TESTS

# %% [markdown]
# **Exercise: `distribute_value`.** How much does each get, so that together they have what came in?


# %% nbgrader={"grade": false, "grade_id": "distribute_value", "locked": false, "schema_version": 3, "solution": true, "task": false}
def distribute_value(dz, shape):
    """A number shared out equally over a window.

    dz: a number.
    shape: (height, width) of the window.
    Returns an array of that shape, all values equal, with the sum dz.
    """
    ### BEGIN SOLUTION
    height, width = shape
    return np.full(shape, dz / (height * width))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_distribute_value", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
assert np.allclose(distribute_value(8, (2, 2)), [[2, 2], [2, 2]]), "8 over four places is 2 each"
assert distribute_value(1, (2, 3)).shape == (2, 3), "two rows of three"
assert np.isclose(distribute_value(1, (2, 3)).sum(), 1), "together they have what came in"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("distribute_value")
### END HIDDEN TESTS

# %% [markdown]
# **Exercise: `pool_backward`.** For the last time, the walk over the windows. Two of its questions
# are old ones: what happens to a pixel that lies in two windows, and to one that lies in none? And
# a new one: which array has one number for each window, and which has one for each pixel?


# %% nbgrader={"grade": false, "grade_id": "pool_backward", "locked": false, "schema_version": 3, "solution": true, "task": false}
def pool_backward(dA, cache, mode="max"):
    """The gradient of a pooling layer.

    dA: (m, n_H, n_W, n_C), the gradient of the loss with respect to the layer's output.
    cache: (A_prev, hparameters), as `pool` returned it.
    mode: "max" (every maximum of a window gets the window's full gradient) or "average".
    Returns dA_prev, the gradient with respect to A_prev, of A_prev's shape.
    """
    ### BEGIN SOLUTION
    A_prev, hparameters = cache
    f, stride = hparameters["f"], hparameters["stride"]
    m, n_H, n_W, n_C = dA.shape
    dA_prev = np.zeros(A_prev.shape)
    for i in range(m):
        for h in range(n_H):
            vert_start = h * stride
            vert_end = vert_start + f
            for w in range(n_W):
                horiz_start = w * stride
                horiz_end = horiz_start + f
                for c in range(n_C):
                    window = np.s_[i, vert_start:vert_end, horiz_start:horiz_end, c]
                    da = dA[i, h, w, c]
                    if mode == "max":
                        dA_prev[window] += create_mask_from_window(A_prev[window]) * da
                    else:
                        dA_prev[window] += distribute_value(da, (f, f))
    return dA_prev
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_pool_backward", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
pool_cache = (for_max.reshape(1, 4, 4, 1), {"f": 2, "stride": 2})
worth = np.array([[8.0, 4.0], [12.0, 16.0]]).reshape(1, 2, 2, 1)
dA_prev = pool_backward(worth, pool_cache)
assert dA_prev.shape == (1, 4, 4, 1), f"dA_prev has A_prev's shape, got {dA_prev.shape}"
routed = [[0, 0, 4, 0], [0, 8, 0, 0], [0, 0, 0, 16], [0, 12, 0, 0]]
assert np.allclose(dA_prev[0, :, :, 0], routed), "each window's gradient goes to its maximum"
dA_prev = pool_backward(worth, pool_cache, mode="average")
shared = [[2, 2, 1, 1], [2, 2, 1, 1], [3, 3, 4, 4], [3, 3, 4, 4]]
assert np.allclose(dA_prev[0, :, :, 0], shared), "each window's gradient is shared by four pixels"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("pool_backward")
### END HIDDEN TESTS

# %% tags=["show"]
show_numbers(
    [for_max, worth[0, :, :, 0]]
    + [pool_backward(worth, pool_cache, mode)[0, :, :, 0] for mode in ("max", "average")],
    ["A_prev", "dA", "dA_prev, max", "dA_prev, average"],
    between=["", "→", "or"],
)

A_try = rng.normal(size=(1, 5, 6, 2))
overlap = {"f": 3, "stride": 2}
for mode in ("max", "average"):
    gradient = pool_backward(-np.sin(pool(A_try, overlap, mode)[0]), (A_try, overlap), mode)
    slopes = numerical_gradient(
        lambda mode=mode: np.cos(pool(A_try, overlap, mode)[0]).sum(), A_try
    )
    print(f"{mode:8} relative error {relative_error(gradient, slopes):.1e}")

# %% [markdown]
# ## Which pixels did it look at?
#
# Now put the layers together. The photo goes through a convolution with three filters of the bank,
# a ReLU and a pool, and through all that again with filters drawn at random. Take the output's
# place in the middle, on the cat's eye, and there the filter that answers most. Say that this
# number is worth 1 and everything else 0, and run backwards to the photo. Where the gradient is
# purple, a brighter pixel would raise the number; where it is orange, lower it.


# %% tags=["show"]
def trace_back(photo, mode):
    """The gradient of one output of a two-stage network with respect to the photo."""
    filters = [bank[:, :, :, 2:5], np.random.default_rng(3).normal(size=(5, 5, 3, 6))]
    pooling = {"f": 3, "stride": 2}
    A, stages = photo[np.newaxis], []
    for weights in filters:
        Z, conv_cache = conv_forward(A, weights, np.zeros((1, 1, 1, weights.shape[3])), same)
        A, pool_cache = pool(np.maximum(Z, 0), pooling, mode)
        stages.append((Z, conv_cache, pool_cache))
    middle = (0, A.shape[1] // 2, A.shape[2] // 2)
    dA = np.zeros(A.shape)
    dA[*middle, A[middle].argmax()] = 1
    for Z, conv_cache, pool_cache in reversed(stages):
        dZ = pool_backward(dA, pool_cache, mode) * (Z > 0)
        dA, _, _ = conv_backward(dZ, conv_cache)
    return dA[0].sum(axis=2)


detail = cat[15:57, 26:80]
traces = {mode: trace_back(detail, mode) for mode in ("max", "average")}
_, panels = plt.subplots(1, 3, figsize=(10, 2.9), layout="constrained")
panels[0].imshow(detail)
panels[0].set_title("a detail of the photo", fontsize=10)
for axes, (mode, trace) in zip(panels[1:], traces.items(), strict=True):
    strength = np.abs(trace).max()
    unseen = np.abs(trace) < 0.005 * strength
    axes.imshow(detail.mean(axis=2), cmap="gray", alpha=0.35, vmin=0, vmax=1)
    axes.imshow(np.ma.masked_where(unseen, trace), cmap="PuOr", vmin=-strength, vmax=strength)
    axes.set_title(f"{mode}: {(~unseen).sum()} pixels made the number", fontsize=10)
for axes in panels:
    axes.axis("off")

# %% [markdown]
# Each stage widens the view: a 5×5 filter sees 5 pixels, a pool after it 7, the next filter 15, the
# next pool 19. This is the *receptive field*, and nothing outside of it can reach the number. With
# average pooling nearly every pixel in it has a say; with max pooling the winners do.
#
# ## Why nobody ships the loops
#
# Your layer is right. How fast is it? Here is one rival, in a few lines: lay every window out as a
# row of one large matrix (*image to columns*, im2col), every filter as a column of another,
# and let one matrix product do all the sums. The other rival is the layer of Keras.
#
# $$\underbrace{(m\, n_H\, n_W) \times (f\, f\, n_C^{prev})}_{\text{windows}} \;\cdot\;
#   \underbrace{(f\, f\, n_C^{prev}) \times n_C}_{\text{filters}} \;=\; (m\, n_H\, n_W) \times n_C$$
#
# With the 3×3 picture and the filter 1, 10, 100, 1000 you can read the products off:

# %% tags=["show"]
rows = np.array([[1, 2, 4, 5], [2, 3, 5, 6], [4, 5, 7, 8], [5, 6, 8, 9]])
show_numbers(
    [nine[0, :, :, 0], rows, digits.reshape(4, 1), rows @ digits.reshape(4, 1)],
    ["the picture", "its four windows", "the filter", "Z"],
    between=["→", "·", "="],
)


# %% tags=["show"]
def conv_im2col(A_prev, W, b, hparameters):
    """`conv_forward` as one matrix product."""
    f, stride = W.shape[0], hparameters["stride"]
    padded = zero_pad(A_prev, hparameters["pad"])
    windows = np.lib.stride_tricks.sliding_window_view(padded, (f, f), axis=(1, 2))
    windows = windows[:, ::stride, ::stride].transpose(0, 1, 2, 4, 5, 3)
    rows = windows.reshape(-1, W[..., 0].size)
    return (rows @ W.reshape(rows.shape[1], -1)).reshape(*windows.shape[:3], -1) + b


def timed(function, repeats):
    """What it returns, and the shortest of its times: the first call may have things to prepare."""
    times = []
    for _ in range(repeats):
        start = perf_counter()
        answer = function()
        times.append(perf_counter() - start)
    return np.asarray(answer), min(times)


batch = rng.normal(size=(4, 64, 64, 3)).astype(np.float32)
filters = rng.normal(size=(3, 3, 3, 16)).astype(np.float32)
offsets = rng.normal(size=(1, 1, 1, 16)).astype(np.float32)
layer = keras.layers.Conv2D(16, 3, padding="same")
layer.build(batch.shape)
layer.set_weights([filters, offsets.ravel()])
once = {"stride": 1, "pad": 1}

loops, seconds = timed(lambda: conv_forward(batch, filters, offsets, once)[0], 1)
product, seconds_im2col = timed(lambda: conv_im2col(batch, filters, offsets, once), 20)
theirs, seconds_keras = timed(lambda: layer(batch), 20)
print(f"The loops and im2col differ by at most {np.abs(loops - product).max():.0e},")
print(f"the loops and Keras by at most {np.abs(loops - theirs).max():.0e}, out of 32-bit rounding.")
show_times(
    {"your loops": seconds, "im2col": seconds_im2col, "Keras": seconds_keras},
    "Four 64×64×3 pictures through sixteen 3×3×3 filters",
)

# %% [markdown]
# All three do the same seven million multiplications. The difference is where the loop runs: in
# Python, which looks up every name anew for every number, or in compiled code that keeps several
# processors' arithmetic units busy. Which of the fast two wins depends on the machine and on the
# size: a call of Keras costs about a millisecond before it has computed anything, and pays off in
# large layers and on a GPU. The matrix product costs memory: every pixel is copied into up to nine
# rows. And your loops remain what they are good for: a version so plain that the others can be
# checked against it.
#
# ## What to take away
#
# - A filter is as deep as its input and gives one channel. A layer has as many output channels
#   as filters, and $n_C (f f n_C^{prev} + 1)$ parameters, however large the picture.
# - A window at output $(h, w)$ starts at $(hs, ws)$ of the padded input. Sizes are rounded down;
#   what the last window does not reach is not seen, and gets no gradient.
# - Padding keeps the size, and gives the border a fairer hearing; its zeros are also an edge that
#   is not in the world.
# - Pooling keeps whether something was found and forgets where, channel by channel, with nothing to
#   learn.
# - Backwards is the same walk: each window hands its gradient back to what it used, and what was
#   used often collects often. A numerical check with a printed relative error takes ten lines and
#   finds nearly every mistake.
# - Only convention: odd filters, windows of 2 with stride 2 (or 3 with stride 2), channels last,
#   the word *convolution* for a sum without a flip, and the full gradient for each of several
#   maxima.
