# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Edges: what nine numbers see
#
# Take a photograph and a pencil. You will not colour every patch of sky. You will draw a line
# wherever something ends: along the roofs, around the trees. How would a computer, which has only a
# table of brightnesses, know where those places are?
#
# In this notebook you build the operation that finds them, the **convolution**. You slide a small
# table of numbers over a picture, and out comes a new picture that is bright where the first one
# has an edge. By the end you have drawn the temple below with functions of your own, and you have
# made nine numbers find *themselves*: a network with one layer and one filter, trained from zero.

# %%
import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import IntSlider, interact

from convwork.course import (
    hidden_tests,
    load_photo,
    show_convolution,
    show_filters,
    show_images,
    show_numbers,
    show_sliding_window,
    show_window_places,
)

# %% tags=["show"]
photo = load_photo("china")
grey = photo @ np.array([0.299, 0.587, 0.114])  # how bright red, green and blue look to an eye
height, width = grey.shape[0] // 2, grey.shape[1] // 2
grey = grey[: 2 * height, : 2 * width].reshape(height, 2, width, 2).mean(axis=(1, 3))

# NumPy's differences between neighbours give a first, thin drawing. Yours will be stronger.
down, right = np.gradient(grey)
show_images([photo, -np.hypot(down, right)], ["a photograph", "where its brightness changes"])

# %% [markdown]
# ## A picture is a table
#
# Here is what the computer gets: ten by ten pixels, cut out where a roof meets the sky. Each number
# is a brightness, 0 for black, 255 for white. You see the roof's border at a glance. But which
# *sum* over these numbers would be large at the border and near zero in the plain sky?

# %% tags=["show"]
roof = grey[33:43, 100:110]
show_numbers([np.round(roof)])

# %% [markdown]
# ## A window that slides
#
# Take a **filter**, a small table of weights (in code it is called the *kernel*). Lay it on the top
# left corner of the image, multiply each pixel by the weight that lies on it, and add the nine
# products. That is one number of the output. Here the left column of pixels counts positive, the
# right column negative, the middle not at all: the sum asks "by how much is the left brighter than
# the right?".

# %%
image_6x6 = np.array(
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
output_4x4 = np.array([[-5, -4, 0, 8], [-10, -2, 2, 3], [0, -2, -4, -7], [-3, -2, -3, -16]])

# %% tags=["show"]
show_sliding_window(image_6x6, vertical, output_4x4, (0, 0))

# %% [markdown]
# Then the window moves one pixel to the right, and the sum goes into the next cell. Work it out
# before you look: which number comes after −5?

# %% tags=["show"]
show_sliding_window(image_6x6, vertical, output_4x4, (0, 1))

# %% [markdown]
# At the end of a row the window goes back to the left border and one pixel down, until it has stood
# everywhere. The last place is the bottom right corner:

# %% tags=["show"]
show_sliding_window(image_6x6, vertical, output_4x4, (3, 3))

# %% [markdown]
# With a running kernel you can drag the window through all sixteen places.


# %% tags=["show"]
@interact(place=IntSlider(min=0, max=15))
def slide(place):
    show_sliding_window(image_6x6, vertical, output_4x4, divmod(place, 4))


# %% [markdown]
# ## How many places are there?
#
# Six pixels went in, four came out. A window of $f$ pixels that starts at the left border of $n$
# pixels can stand in $n - f + 1$ places before it falls over the other border.
#
# Two choices change that number.
#
# **Padding.** Put $p$ extra pixels, all zero, around the image. Why would anyone? First, without
# padding every convolution makes the picture smaller; a deep network would run out of picture.
# Second, the window stands on a corner pixel once and on an inner pixel nine times, so that what
# happens at the border hardly counts:

# %% tags=["show"]
times_seen = np.array([1, 2, 3, 3, 2, 1])
times_seen_padded = np.array([2, 3, 3, 3, 3, 2])
show_numbers(
    [np.outer(times_seen, times_seen), np.outer(times_seen_padded, times_seen_padded)],
    ["how often a 3×3 window sees each pixel", "the same with one pixel of padding"],
)

# %% [markdown]
# **Stride.** The window may move by $s$ pixels at a time in place of one. The output is smaller, by
# about $s$ in each direction, and costs less.
#
# Below is one row of pixels from the side, and under it a bar for every place of a window of three.
# Hatched cells are padding. A place counts only if the whole window lies on the (padded) row. What
# happens to the pixel with the cross?

# %% tags=["show"]
show_window_places(
    [(7, 3, 0, 1), (7, 3, 1, 1), (7, 3, 0, 2), (8, 3, 0, 2)],
    ["7 pixels", "7 pixels, padding 1", "7 pixels, stride 2", "8 pixels, stride 2"],
)

# %% [markdown]
# Count the bars: 5, 7, 3, and 3 again. All of it is in one formula, where ⌊ ⌋ means "round down":
#
# $$\left\lfloor \frac{n + 2p - f}{s} \right\rfloor + 1$$
#
# **Exercise: `output_size`** (3 points). Before you write it: which term says that the padding is
# on both sides? Why down and not up? And what would the formula answer for a window that is wider
# than the padded row: is that a size?


# %% nbgrader={"grade": false, "grade_id": "output_size", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_size(n, f, pad=0, stride=1):
    """The number of places where a window of f pixels can stand along n pixels.

    n: the image's height or width, an integer, at least 1.
    f: the window's height or width, an integer, at least 1.
    pad: how many zeros are put on each side, an integer, 0 or more.
    stride: how far the window moves from one place to the next, an integer, at least 1.
    Returns an integer, at least 1.
    Raises ValueError if an argument is smaller than it may be, or if the window is wider than the
    padded image.
    """
    ### BEGIN SOLUTION
    if n < 1 or f < 1 or pad < 0 or stride < 1:
        raise ValueError("n, f and stride must be at least 1, and pad at least 0")
    room = n + 2 * pad - f
    if room < 0:
        raise ValueError(f"a window of {f} does not fit into {n} pixels with padding {pad}")
    return room // stride + 1
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_output_size", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
assert output_size(6, 3) == 4, "a 3×3 window has four places along six pixels"
assert output_size(7, 3, pad=1) == 7, "padding 1 on both sides makes up for a window of three"
assert output_size(7, 3, stride=2) == 3, "stride 2 along seven pixels: places 0, 2 and 4"
assert output_size(8, 3, stride=2) == 3, "an eighth pixel has no room for a fourth place"
try:
    output_size(2, 3)
except ValueError:
    pass
else:
    raise AssertionError("a window of 3 does not fit into 2 pixels: raise a ValueError")
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("output_size")
### END HIDDEN TESTS

# %% [markdown]
# How deep can you go without padding? Your function knows. Send an image of 64 pixels through layer
# after layer, and stop when the window no longer fits.

# %% tags=["show"]
plt.figure(figsize=(7, 3))
for f, marker, colour in [(3, "o", "#0072B2"), (5, "s", "#E69F00"), (7, "^", "#009E73")]:
    sizes = [64]
    while sizes[-1] >= f:
        sizes.append(output_size(sizes[-1], f))
    plt.plot(sizes, marker=marker, markersize=4, color=colour)
    plt.annotate(f"{f}×{f}", (len(sizes) - 1, sizes[-1]), xytext=(4, 6), textcoords="offset points")
plt.xlabel("layers")
plt.ylabel("pixels that are left")
plt.title("An image of 64 pixels is used up", fontsize=10)
plt.gca().spines[["top", "right"]].set_visible(False)

# %% [markdown]
# ## Padding that keeps the size
#
# Two paddings have names. **Valid** means none: $p = 0$, the output shrinks. **Same** means as much
# as it takes, at stride 1, to give the output the size of the input. Set $n + 2p - f + 1 = n$ and
# the $n$ goes away:
#
# $$p = \frac{f - 1}{2}$$
#
# For $f = 3$ that is 1, for $f = 5$ it is 2. For $f = 4$ it would be one and a half pixels on each
# side. That is one reason why filters have odd sizes by custom; the other is that an odd filter has
# a pixel in its middle, of which you can say "the window stands *here*".
#
# **Exercise: `same_padding`** (2 points).


# %% nbgrader={"grade": false, "grade_id": "same_padding", "locked": false, "schema_version": 3, "solution": true, "task": false}
def same_padding(f):
    """The padding on each side with which a window of f pixels keeps an image's size at stride 1.

    f: the window's height or width, an odd integer, at least 1.
    Returns an integer, 0 or more.
    Raises ValueError if f is even or less than 1.
    """
    ### BEGIN SOLUTION
    if f < 1 or f % 2 == 0:
        raise ValueError(f"only a window of odd size keeps the size, and {f} is none")
    return f // 2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_same_padding", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
assert same_padding(3) == 1, "a window of three needs one pixel on each side"
assert same_padding(5) == 2, "a window of five needs two pixels on each side"
assert isinstance(same_padding(3), (int, np.integer)), "a number of pixels is an integer"
try:
    same_padding(4)
except ValueError:
    pass
else:
    raise AssertionError("no whole number of pixels does it for a window of 4: raise a ValueError")
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("same_padding")
### END HIDDEN TESTS

# %% [markdown]
# ## The convolution
#
# Now the whole thing, for images and filters of any height and width. With $P$ for the padded
# image, $K$ for the filter, $s$ for the stride, and rows and columns counted from zero:
#
# $$\text{output}_{ij} = \sum_{u} \sum_{v} P_{\,i s + u,\; j s + v} \; K_{uv}$$
#
# Here is a stride of 2 at work, on seven by seven pixels. The window has made one move to the right
# and one down:

# %%
image_7x7 = np.array(
    [
        [2, 3, 7, 4, 6, 2, 9],
        [6, 6, 9, 8, 7, 4, 3],
        [3, 4, 8, 3, 8, 9, 7],
        [7, 8, 3, 6, 6, 3, 4],
        [4, 2, 1, 8, 3, 4, 6],
        [3, 2, 4, 1, 9, 8, 3],
        [0, 1, 3, 9, 2, 1, 4],
    ]
)
uneven = np.array([[3, 4, 4], [1, 0, 2], [-1, 0, 3]])
output_stride_2 = np.array([[91, 100, 88], [69, 91, 117], [44, 72, 74]])
output_padded = np.array(
    [
        [-5, -5, -6, -1, 6, 10],
        [-12, -5, -4, 0, 8, 11],
        [-13, -10, -2, 2, 3, 11],
        [-10, 0, -2, -4, -7, 10],
        [-7, -3, -2, -3, -16, 12],
        [-6, 0, -2, 1, -9, 5],
    ]
)

# %% tags=["show"]
show_sliding_window(image_7x7, uneven, output_stride_2, (1, 1), stride=2)

# %% [markdown]
# (This example is well known from lectures, with 83 and 127 in the place of 88 and 117. Who is
# right? You have everything that it takes to decide.)
#
# And here is padding, on the six by six image. The window hangs over the border, and the zeros
# there add nothing. In the top left corner only four products are left.

# %% tags=["show"]
show_sliding_window(image_6x6, vertical, output_padded, (0, 0), pad=1)

# %% [markdown]
# **Exercise: `convolve2d`** (8 points). Three questions before you start. Where does the window for
# output cell (1, 1) begin if the stride is 2? How large is the output of a 5×8 image and a 2×3
# filter? And if the image holds whole numbers and the filter fractions, what should the output
# hold?


# %% nbgrader={"grade": false, "grade_id": "convolve2d", "locked": false, "schema_version": 3, "solution": true, "task": false}
def convolve2d(image, kernel, stride=1, pad=0):
    """Slide a filter over an image, as deep learning does it (the filter is not flipped).

    image: 2-D array, (height, width), of integers or floats.
    kernel: 2-D array of weights, (f_H, f_W), which may differ; integers or floats.
    stride: how far the window moves, the same in both directions.
    pad: how many zeros are put on each of the image's four sides.
    Returns a 2-D array, as large as `output_size` says for the height and for the width. Its
    values are not rounded. Both inputs stay as they were.
    """
    ### BEGIN SOLUTION
    padded = np.pad(image, pad).astype(float)
    f_H, f_W = kernel.shape
    n_H = output_size(padded.shape[0], f_H, stride=stride)
    n_W = output_size(padded.shape[1], f_W, stride=stride)
    output = np.zeros((n_H, n_W))
    for row in range(n_H):
        for column in range(n_W):
            top, left = row * stride, column * stride
            window = padded[top : top + f_H, left : left + f_W]
            output[row, column] = np.sum(window * kernel)
    return output
    ### END SOLUTION


# %% [markdown]
# The checks use the two examples above and three small pictures. The first goes from bright to
# dark, the second is its mirror image, and the third is a checker of four fields, for a filter that
# looks for *horizontal* edges.

# %%
bright_to_dark = np.array([[10, 10, 10, 0, 0, 0]] * 6)
dark_to_bright = bright_to_dark[:, ::-1]
checker = np.vstack([bright_to_dark[:3], dark_to_bright[:3]])
horizontal = vertical.T


# %% nbgrader={"grade": true, "grade_id": "test_convolve2d", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
def check_convolution(got, want, what):
    want = np.array(want)
    assert np.shape(got) == want.shape, (
        f"{what}: the shape should be {want.shape}, not {np.shape(got)}"
    )
    assert np.allclose(got, want), f"{what}: this should give\n{want}\nand not\n{got}"


check_convolution(convolve2d(image_6x6, vertical), output_4x4, "the 6×6 image")
check_convolution(convolve2d(bright_to_dark, vertical), [[0, 30, 30, 0]] * 4, "bright to dark")
check_convolution(convolve2d(dark_to_bright, vertical), [[0, -30, -30, 0]] * 4, "dark to bright")
check_convolution(
    convolve2d(checker, horizontal),
    [[0, 0, 0, 0], [30, 10, -10, -30], [30, 10, -10, -30], [0, 0, 0, 0]],
    "the checker and the horizontal filter",
)
check_convolution(convolve2d(image_7x7, uneven, stride=2), output_stride_2, "stride 2")
check_convolution(convolve2d(image_6x6, vertical, pad=1), output_padded, "padding 1")
check_convolution(
    convolve2d(np.array([[1, 2, 3, 4], [5, 6, 7, 8]]), np.array([[0.5, 0, 1]])),
    [[3.5, 5], [9.5, 11]],
    "a 2×4 image and a 1×3 filter",
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("convolve2d")
### END HIDDEN TESTS

# %% [markdown]
# ### What it says about edges
#
# Look at the step from bright to dark. Where all nine pixels are alike, left and right cancel: 0,
# however bright they are. Across the step the left is brighter by 3 × 10. The band of 30 looks
# thick because the image is tiny; on a photograph two pixels are a thin line.

# %% tags=["show"]
show_convolution(bright_to_dark, vertical, convolve2d(bright_to_dark, vertical))

# %% [markdown]
# Mirror the image and the sign turns: −30 means "from dark to bright". If you do not care which,
# take absolute values.

# %% tags=["show"]
show_convolution(dark_to_bright, vertical, convolve2d(dark_to_bright, vertical))

# %% [markdown]
# On the checker the horizontal filter answers 30 where bright lies above dark, −30 where dark lies
# above bright. And the 10? That window covers two columns of the one and one column of the other:
# 20 − 10.

# %% tags=["show"]
show_convolution(checker, horizontal, convolve2d(checker, horizontal))

# %% [markdown]
# ### On a real photograph
#
# Vertical and horizontal are only the simplest choice. Give the middle row more weight and the
# answer is less shaken by noise: the **Sobel** filter. The **Scharr** filter (3, 10, 3) goes
# further and treats slanting edges more evenly. For years people argued which nine numbers are
# best.

# %%
sobel = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
scharr = np.array([[3, 0, -3], [10, 0, -10], [3, 0, -3]])
hand_made = {"vertical": vertical, "horizontal": horizontal, "Sobel": sobel, "Scharr": scharr}

# %% tags=["show"]
show_filters(list(hand_made.values()), list(hand_made))

# %% tags=["show"]
# Each divided by the sum of its positive weights, so that all four are on one scale.
seen = [convolve2d(grey, kernel / kernel[kernel > 0].sum()) for kernel in hand_made.values()]
show_images(
    seen,
    [f"{name}: what it sees" for name in hand_made],
    columns=2,
    height=2.1,
    signed=True,
    limits=(-60, 60),
)

# %% [markdown]
# Purple is "bright before dark", orange the reverse, and white is "nothing changes". Find the
# columns of the temple: which filter sees them, and which is blind to them? Now find the eaves.
#
# Put both directions together, as Pythagoras would, and you have what you came for.

# %% tags=["show"]
across, along = convolve2d(grey, sobel, pad=1), convolve2d(grey, sobel.T, pad=1)
drawing = np.hypot(across, along)
paper = -np.minimum(drawing, 350)  # a pencil has a darkest black
show_images([grey, paper], ["the photograph", "your drawing"])

# %% [markdown]
# Do you see the dark frame around the drawing? The photograph has none. You padded with zeros,
# zeros are black, and so the picture's own border became its strongest edge. Every network with
# zero padding lives with such a frame.
#
# ### Turned filters and longer strides
#
# Mix the two Sobel filters, $\cos\theta$ of the one and $\sin\theta$ of the other, and the mixture
# looks for edges in a direction of your choice: 45°, 70°, 73°. No new code; a sum of two tables.
# Follow the two slopes of the top roof from picture to picture.

# %% tags=["show"]
bright_side = {0: "left", 45: "upper left", 90: "top", 135: "upper right"}
turned = [np.cos(np.radians(a)) * sobel + np.sin(np.radians(a)) * sobel.T for a in bright_side]
show_filters(turned, [f"{angle}°" for angle in bright_side], limit=2)

# %% tags=["show"]
top_roof = grey[5:75, 25:160]
show_images(
    [convolve2d(top_roof, kernel) for kernel in turned],
    [f"{angle}°: {side} brighter" for angle, side in bright_side.items()],
    signed=True,
    limits=(-400, 400),
    columns=2,
    height=2.1,
)

# %% [markdown]
# With a stride of 2 or 4 the drawing has a quarter or a sixteenth of the pixels, and takes a
# quarter or a sixteenth of the sums.

# %% tags=["show"]
small = {stride: convolve2d(grey, sobel, stride=stride) for stride in (1, 2, 4)}
show_images(
    list(small.values()),
    [f"stride {s}: {image.shape[0]}×{image.shape[1]}" for s, image in small.items()],
    signed=True,
    limits=(-240, 240),
)

# %% [markdown]
# ## The convolution of the textbooks
#
# Open a book on signals, and "convolution" is a little different from what you wrote. The filter is
# flipped first, upside down and left to right, which is half a turn. What deep learning calls
# convolution is called *cross-correlation* there. (Goodfellow, Bengio and Courville, *Deep
# Learning*, section 9.1, says so openly, and then follows the custom, as everyone does.)

# %% tags=["show"]
half_turned = np.array([[3, 0, -1], [2, 0, 1], [4, 4, 3]])
show_numbers([uneven, half_turned], ["a filter", "after half a turn"], between=["→"], signed=True)

# %% [markdown]
# **Exercise: `true_convolution`** (4 points). The formula differs from yours in its signs alone.
# For output cell $(i, j)$, stride 1 and no padding,
#
# $$\text{output}_{ij} = \sum_{u} \sum_{v} X_{\,i + f_H - 1 - u,\; j + f_W - 1 - v} \; K_{uv}.$$
#
# Which pixel does the filter's first weight meet? Is half a turn the same as mirroring, or as
# transposing? Try it with a filter that is not square.


# %% nbgrader={"grade": false, "grade_id": "true_convolution", "locked": false, "schema_version": 3, "solution": true, "task": false}
def true_convolution(image, kernel):
    """The convolution of the textbooks, at stride 1 and without padding.

    image: 2-D array, (height, width), of integers or floats.
    kernel: 2-D array of weights, (f_H, f_W), not larger than the image; integers or floats.
    Returns a 2-D array, (height - f_H + 1, width - f_W + 1). Both inputs stay as they were.
    """
    ### BEGIN SOLUTION
    return convolve2d(image, kernel[::-1, ::-1])
    ### END SOLUTION


# %%
dot = np.zeros((5, 5))
dot[2, 2] = 1

# %% nbgrader={"grade": true, "grade_id": "test_true_convolution", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
assert np.allclose(true_convolution(dot, uneven), uneven), (
    "a single bright pixel should come out as the filter itself, upright"
)
assert np.allclose(true_convolution(np.array([[1, 0, 0, 2]]), np.array([[5, 7]])), [[7, 0, 10]]), (
    "(1, 0, 0, 2) and (5, 7) give (7, 0, 10), by hand or by np.convolve"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("true_convolution")
### END HIDDEN TESTS

# %% [markdown]
# Look at what one bright pixel becomes. The textbook's operation stamps the filter onto it; ours
# stamps the filter turned on its head.

# %% tags=["show"]
show_numbers(
    [dot, true_convolution(dot, uneven), convolve2d(dot, uneven)],
    ["one bright pixel", "true convolution", "without the flip"],
    signed=True,
)

# %% [markdown]
# ### What the flip buys
#
# One law of arithmetic. Numbers obey $(a \cdot b) \cdot c = a \cdot (b \cdot c)$; does $*$? On the
# left, filter the image with $B$, then the result with $C$. On the right, join $B$ and $C$ first,
# then filter once. Two passes of 3×3 cover 5×5 pixels, so the joined filter must be 5×5: give $B$ a
# border of two zeros before $C$ goes over it, so that no product is lost. With whole numbers there
# is no rounding, and "equal" means equal.

# %% tags=["show"]
B, C = uneven, np.array([[1, 2, 0], [0, 1, 0], [0, 0, -1]])


def both_orders(convolve, A):
    joined = convolve(np.pad(B, 2), C)
    return convolve(convolve(A, B), C), convolve(A, joined)


for convolve, what in [(true_convolution, "with the flip"), (convolve2d, "without the flip")]:
    left_side, right_side = both_orders(convolve, image_6x6)
    sign = "=" if np.array_equal(left_side, right_side) else "≠"
    titles = [f"(A ∗ B) ∗ C {what}", f"A ∗ (B ∗ C) {what}"]
    show_numbers([left_side, right_side], titles, between=[sign], signed=True)

for convolve, what in [(true_convolution, "with the flip"), (convolve2d, "without the flip")]:
    left_side, right_side = both_orders(convolve, grey)
    print(
        f"on the photograph, {what}: the largest difference is {np.abs(left_side - right_side).max():.1g}"
    )

# %% [markdown]
# The textbook's operation is associative; ours is not. So two filters can be melted into one, and
# long chains of filters can be rearranged, which is why the textbooks insist on the flip. A network
# does not need it. Its filters are *learnt*, and if the flip were there, training would find the
# same filters turned by half a turn. You can watch that happen at the end of the next section.
#
# Who flips? Keras' `Conv2D` and TensorFlow's `conv2d` do not. NumPy, which has both for rows of
# numbers, keeps the names of the textbooks. Try a row of the photograph:

# %% tags=["show"]
row, weights = grey[90], np.array([3, 4, -1])
for function in (np.convolve, np.correlate):
    theirs = function(row, weights, "valid")
    for yours in (true_convolution, convolve2d):
        same = np.allclose(theirs, yours(row[None], weights[None])[0])
        print(f"np.{function.__name__:9} {'is ' if same else 'is not'} your {yours.__name__}")

# %% [markdown]
# ## Let the numbers find themselves
#
# Vertical, Sobel, Scharr: why argue, when the nine weights can be learnt? Suppose you have an image
# and the output that you *want*, but no filter. Start with nine zeros. Measure how wrong the output
# is, by the mean of the squared differences over its $N$ pixels,
#
# $$L = \frac{1}{N} \sum_{i} \sum_{j} \left( \hat{y}_{ij} - y_{ij} \right)^2 ,$$
#
# and move each weight a little against its slope,
# $w_{uv} \leftarrow w_{uv} - \eta\, \partial L / \partial w_{uv}$, where $\eta$ is the learning
# rate. Repeat. That is **gradient descent**, and it is the whole of training.
#
# The slope comes from the chain rule. Each output pixel is a sum of nine products, so
# $\partial \hat{y}_{ij} / \partial w_{uv}$ is simply the pixel that the weight $w_{uv}$ lay upon
# when the window filled cell $(i, j)$. Nudge the weight, and all the output's pixels move, each by
# *its* pixel.
#
# A case for the head: an image of 3×4, an output of two pixels that should be 2 and 4. With nine
# zeros the answers are 0 and 0, the errors −2 and −4, the loss (4 + 16) / 2 = 10. The weight in the
# middle of the top row lay on 0 in the first window and on 2 in the second: its slope is 2/2 · (−2
# · 0 − 4 · 2) = −8. With $\eta$ = 0.1 it becomes 0.8. After this one step the loss is 1.6.

# %%
image_3x4 = np.array([[1, 0, 2, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
target_1x2 = np.array([[2, 4]])

# %% tags=["show"]
after_one_step = np.array([[0.2, 0.8, 0.4], [0.4, 0.2, 0], [0, 0, 0.4]])
show_convolution(
    image_3x4, after_one_step, [[1.2, 2.4]], ["image", "after one step", "2 and 4 wanted"]
)

# %% [markdown]
# **Exercise: `learn_kernel`** (8 points). Take the weight $w_{21}$ and mark on paper all the pixels
# that it lies upon while the window slides. What shape do they make? Where does that shape begin
# for $w_{00}$? And to which operation that you already have does "multiply by the errors and add
# up, for each of nine positions" remind you?


# %% nbgrader={"grade": false, "grade_id": "learn_kernel", "locked": false, "schema_version": 3, "solution": true, "task": false}
def learn_kernel(image, target, steps, learning_rate):
    """Learn the 3×3 filter with which `convolve2d` turns an image into a target.

    image: 2-D array, (height, width), each at least 3; integers or floats.
    target: 2-D array, (height - 2, width - 2): the output that is wanted, at stride 1 and
        without padding; integers or floats.
    steps: how many times all nine weights are moved, 0 or more.
    learning_rate: what the gradient is multiplied by in each step.
    Plain gradient descent: the weights start from zero, and the loss is the mean over the target's
    pixels of (prediction - target)².
    Returns the weights after the last step, a 3×3 array. Both inputs stay as they were.
    """
    ### BEGIN SOLUTION
    kernel = np.zeros((3, 3))
    for _ in range(steps):
        error = convolve2d(image, kernel) - target
        gradient = 2 * convolve2d(image, error) / error.size
        kernel = kernel - learning_rate * gradient
    return kernel
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_learn_kernel", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
start = learn_kernel(image_3x4, target_1x2, steps=0, learning_rate=0.1)
assert np.array_equal(start, np.zeros((3, 3))), "no steps: the nine weights are still zero"
one_step = learn_kernel(image_3x4, target_1x2, steps=1, learning_rate=0.1)
assert np.allclose(one_step, [[0.2, 0.8, 0.4], [0.4, 0.2, 0], [0, 0, 0.4]]), (
    f"one step on the example above should not give\n{one_step}"
)
noise = np.random.default_rng(0).normal(size=(9, 8))
learnt = learn_kernel(noise, convolve2d(noise, sobel), steps=300, learning_rate=0.2)
assert np.allclose(learnt, sobel, atol=0.01), (
    f"the Sobel filter should be found again, and not\n{learnt}"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("learn_kernel")
### END HIDDEN TESTS

# %% [markdown]
# ### Watch it learn
#
# A corner of the temple, shifted and scaled to mean 0 and spread 1, is the image. The target is
# what the Sobel filter makes of it. Your function sees these two pictures and never the filter.

# %% tags=["show"]
corner = grey[60:80, 100:128]
corner = (corner - corner.mean()) / corner.std()
wanted = convolve2d(corner, sobel)
show_images([corner, wanted], ["what it is given", "what it should make of it"], height=2.2)

# %% tags=["show"]
moments = [0, 1, 2, 4, 8, 16, 32, 64, 128, 256]
kernels = [learn_kernel(corner, wanted, moment, 0.05) for moment in moments]
show_filters(kernels[::3], [f"{moment} steps" for moment in moments[::3]], limit=2)

# %% tags=["show"]
noise = np.random.default_rng(1).normal(size=corner.shape)
wanted_of_noise = convolve2d(noise, sobel)
kernels_of_noise = [learn_kernel(noise, wanted_of_noise, moment, 0.05) for moment in moments]


def loss(image, kernel, target):
    return np.mean((convolve2d(image, kernel) - target) ** 2)


figure, (left_axes, right_axes) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
for column, name, colour, style in [
    (0, "left column", "#5e3c99", "-"),
    (1, "middle column", "#7f7f7f", "--"),
    (2, "right column", "#e66101", "-."),
]:
    weights = np.array([kernel[:, column] for kernel in kernels])
    lines = left_axes.plot(weights, color=colour, linestyle=style, marker="o", markersize=3)
    lines[0].set_label(name)
left_axes.legend(frameon=False)
left_axes.set_title("the nine weights, learnt from the temple", fontsize=10)
for image, target, found, colour, marker, name in [
    (corner, wanted, kernels, "#0072B2", "o", "the temple"),
    (noise, wanted_of_noise, kernels_of_noise, "#E69F00", "s", "noise"),
]:
    losses = [loss(image, kernel, target) / loss(image, 0 * sobel, target) for kernel in found]
    right_axes.semilogy(
        losses, color=colour, marker=marker, markersize=4, label=f"learnt from {name}"
    )
right_axes.set_title("loss, as a share of the loss at the start", fontsize=10)
right_axes.legend(frameon=False)
for axes in (left_axes, right_axes):
    axes.set_xticks(range(len(moments)), moments)
    axes.set_xlabel("steps")
    axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# In noise every pixel is news. In a photograph neighbours are much alike, so the loss hardly tells
# what belongs to one weight and what to the weight beside it: what takes 256 steps on the temple
# takes fewer than 64 on noise. What a network learns from matters as much as its layers.
#
# Learning does not care who made the target, nor with which numbers. Above are the hand-made
# filters; below each is what 64 steps found from noise.

# %% tags=["show"]
found = [learn_kernel(noise, convolve2d(noise, kernel), 64, 0.1) for kernel in hand_made.values()]
names = list(hand_made) + [f"learnt {name}" for name in hand_made]
show_filters([*hand_made.values(), *found], names, columns=4)

# %% [markdown]
# And the flip? Let the *textbook's* convolution make the target, with the uneven filter, and learn
# from it. Before you run the cell: which nine numbers will come out?

# %% tags=["show"]
found = learn_kernel(noise, true_convolution(noise, uneven), 64, 0.1)
show_filters([uneven, found], ["made the target", "was learnt"])

# %% [markdown]
# The same filter, half a turn away. This is why a network can do without the flip.
#
# One last experiment: ask for what one filter cannot give. The drawing of the temple was made of
# *two* filters and a square root. Can nine weights learn it?

# %% tags=["show"]
drawn = np.hypot(convolve2d(corner, sobel), convolve2d(corner, sobel.T))
best = learn_kernel(corner, drawn, 256, 0.05)
share = loss(corner, best, drawn) / loss(corner, 0 * best, drawn)
show_images(
    [-drawn, -convolve2d(corner, best)],
    ["the drawing that was wanted", f"the best of one filter: {share:.0%} of the loss remain"],
    height=2.2,
)

# %% [markdown]
# They cannot. A filter answers twice as much to twice the contrast and the negative to a negative
# image; a drawing is dark at both kinds of edge. It takes several filters and something that is not
# linear in between. That is a network, and you build its layers in the next notebook.
#
# ## What to take away
#
# - A convolution slides a small table of weights over an image. Each output pixel is the sum of the
#   products in one window, and the same few weights serve every place.
# - A filter whose weights add up to zero is silent where nothing changes. It answers with the
#   strength of an edge, and the sign says which side is brighter.
# - The output has $\lfloor (n + 2p - f)/s \rfloor + 1$ pixels in each direction. Padding keeps the
#   size and lets border pixels count, at the price of a frame that is not in the picture.
# - With the flip, convolution is associative; without it, it is not. Deep learning leaves the flip
#   out.
# - Weights can be learnt by stepping against the slope of a loss. The slope is itself a
#   convolution; of what with what, your own code may tell you.
#
# What is law here is the arithmetic. Odd filter sizes, zeros as padding, 3×3, "convolution" for
# something that signal processing calls cross-correlation: that is custom.
