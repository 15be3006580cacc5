# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # In the style of
#
# You have a photo of a temple, and a painting by Vincent van Gogh. What would the temple look like if he had painted it?
#
# Nobody can ask him. But somebody else has looked at a million pictures and knows what edges, strokes and windows are: a
# network that was trained for something else entirely. It says which of a thousand things a photo shows, and it is not
# going to learn anything in this notebook. You will use it as an eye, and what you train is *the picture*.

# %%
from convwork.course import (
    hidden_tests,
    load_painting,
    load_photo,
    load_squeezenet,
    load_styled_photo,
    photo_squares,
    show_images,
    show_numbers,
    show_patches,
    show_receptive_fields,
    show_unrolling,
)

# %%
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

# %% tags=["show"]
show_images(
    [load_photo("china")[:, 85:427], load_painting()[20:276, 120:376], load_styled_photo()],
    ["a photo", "of The Starry Night, 1889", "the photo in the painting's style"],
    columns=3,
)

# %% [markdown]
# The recipe is by Gatys, Ecker and Bethge (*A neural algorithm of artistic style*, 2015), and it is short. Take any
# picture $G$. Measure how far its *content* is from the photo's, and how far its *style* is from the painting's. Both
# are numbers that a network's activations give. Then change the pixels of $G$, all of them, a little, downhill. Again.
#
# So the question is what "content" and "style" are. To answer it, look first at what the eye sees.
#
# ## What a unit looks for
#
# A layer answers a picture with a volume, $n_H \times n_W \times n_C$. Its $n_C$ channels are its **units**: each is one
# filter, which sits at all $n_H \cdot n_W$ places. What is unit 17 for? There is a simple way to ask. Show it many
# pictures, note where it answers loudest, and cut out what it saw there. (Zeiler and Fergus did so in 2013, in
# *Visualizing and understanding convolutional networks*.)
#
# How large is what it saw? That is the unit's **receptive field**: the square of pixels that have a say in one of
# its numbers. In SqueezeNet a unit of the first layer, `conv1`, has a 3 × 3 filter, so it sees 3 × 3 pixels. Its filter
# moves by 2 pixels, and so does the pooling behind it by 2 places: from there on, the next place is 4 pixels further
# on. The 3 × 3 pooling sees 3 + 2 · 2 = 7 pixels, and the 3 × 3 filters of `fire2` behind it see 7 + 2 · 4 = 15. (Half of its
# filters are 1 × 1 and see less; the square is the same for all.) Deep in the network a unit sees nearly everything:

# %%
RECEPTIVE_FIELDS = {"conv1": 3, "fire2": 15, "fire4": 47, "fire6": 111}

# %% [markdown]
# And where in the picture is it? Lay the $n_H \times n_W$ places over the picture as a grid, and each has its cell. The
# patch is the square of $r \times r$ pixels around the middle of the cell. Where it would reach over the picture's edge
# it is moved inwards, just as far as it must be: a patch is always full.

# %% tags=["show"]
show_receptive_fields(load_photo("chelsea")[20:280, 60:424], (5, 7), [(2, 3), (0, 6)], 91)

# %% [markdown]
# In numbers: a picture is 12 pixels high, and the layer has $n_H = 3$ places above each other. A cell is 4 pixels high.
# The middle of the second one (row 1) is 1.5 · 4 = 6 pixels from the upper edge, at the upper end of pixel 6, when pixels
# are counted from 0. A patch with $r = 5$ has two pixels on either side of that one: 4, 5, 6, 7, 8. For the first place
# the middle is at 2, and the patch is 0, 1, 2, 3, 4. With $r = 7$ it would be −1 to 5; it is moved and becomes 0 to 6.
#
# One thing more. If a unit likes the eye of a cat, then its nine loudest answers are nine times the same eye, seen from
# places next to each other. So every picture may send one patch, its best.
#
# **Exercise: `top_patches`** (6 points). Which activations belong to one unit? How loud is a picture, and how do you get
# from there to the loudest pictures? And what is the first row of a patch whose middle is at the very bottom?


# %% nbgrader={"grade": false, "grade_id": "top_patches", "locked": false, "schema_version": 3, "solution": true, "task": false}
def top_patches(activations, images, unit, k=9, receptive_field=15):
    """The patches that excite one unit of a layer most, each from another image.

    activations: (m, n_H, n_W, n_C), an array: the layer's answers to m images.
    images: (m, H, W, 3), an array.
    unit: which of the n_C channels, counted from 0.
    k: how many patches, from 1 to m.
    receptive_field: r, height and width of a patch in pixels, from 1 to the smaller of H and W.
    An image's patch is taken at the place where the unit's activation is highest in it, and the k
    images count in which that activation is highest. (Of equal activations, any may win.)
    Place (i, j) has its middle (i + 1/2)·H/n_H pixels below the upper edge of the image; rounded
    down, that is the number p of a row of pixels. The patch's first row is p - ⌊r/2⌋; if the patch
    would then leave the image, it is moved until it just lies inside. Columns likewise, with W.
    Returns an array (k, r, r, 3), numbers as in `images`, the patch with the highest activation
    first.
    """
    ### BEGIN SOLUTION
    m, n_H, n_W, _ = activations.shape
    height, width = images.shape[1:3]
    maps = activations[..., unit].reshape(m, n_H * n_W)
    patches = []
    for image in np.argsort(-maps.max(axis=1))[:k]:
        row, column = divmod(maps[image].argmax(), n_W)
        top = int((row + 0.5) * height / n_H) - receptive_field // 2
        left = int((column + 0.5) * width / n_W) - receptive_field // 2
        top = min(max(top, 0), height - receptive_field)
        left = min(max(left, 0), width - receptive_field)
        patches.append(images[image, top : top + receptive_field, left : left + receptive_field])
    return np.stack(patches)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_top_patches", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
pictures = np.arange(3 * 12 * 20 * 3).reshape(3, 12, 20, 3)
answers = np.zeros((3, 3, 5, 2))
answers[0, 1, 2, 1], answers[2, 0, 0, 1] = 5.0, 7.0
answers[2, 0, 1, 1], answers[1, 2, 4, 0] = 6.0, 9.0
found = top_patches(answers, pictures, unit=1, k=2, receptive_field=5)
assert np.shape(found) == (2, 5, 5, 3), f"two patches of 5 × 5: (2, 5, 5, 3), not {np.shape(found)}"
assert np.array_equal(found[0], pictures[2, 0:5, 0:5]), (
    "unit 1 answers 7 in picture 2 at the place (0, 0); that patch comes first"
)
assert np.array_equal(found[1], pictures[0, 4:9, 8:13]), (
    "then 5 in picture 0 at the place (1, 2): rows 4 to 8, columns 8 to 12. Picture 2 has had its turn"
)
found = top_patches(answers, pictures, unit=0, k=1, receptive_field=7)
assert np.array_equal(found[0], pictures[1, 5:12, 13:20]), (
    "unit 0 answers 9 in the lower right corner; the patch is moved inwards: rows 5 to 11"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("top_patches")
### END HIDDEN TESTS

# %% [markdown]
# Now ask. The pictures are squares, cut from all of the course's photos and the painting; they overlap, so that the same
# thing can be seen more than once. Below are eight units of each of four layers, and for each the nine patches that your
# function finds. A unit of `conv1` sees nine pixels, so you do, too.

# %% tags=["show"]
squares = photo_squares(128, stride=64)
network = load_squeezenet(128)
UNITS = {
    "conv1": [58, 15, 3, 6, 56, 9, 31, 20],
    "fire2": [89, 27, 64, 87, 103, 92, 22, 112],
    "fire4": [29, 155, 153, 23, 43, 90, 86, 167],
    "fire6": [51, 1, 145, 198, 15, 110, 308, 296],
}
answers = network.activations(*UNITS).predict(squares, verbose=0)
show_patches(
    {
        f"{layer}\n{RECEPTIVE_FIELDS[layer]} × {RECEPTIVE_FIELDS[layer]} pixels": [
            top_patches(volume, squares, unit, 9, RECEPTIVE_FIELDS[layer]) for unit in UNITS[layer]
        ]
        for layer, volume in zip(UNITS, answers, strict=True)
    }
)
print(f"{len(squares)} squares; the units are chosen by hand, from {64 + 128 + 256 + 384}")

# %% [markdown]
# First colours and edges, in one direction each. Then corners, stripes, arcs. Then textures, petals, stars, lettering. And in
# `fire6` things that have a name: wheels, faces, roofs. Nobody told the network to go this way.
#
# Both halves of our question have their answer in this picture. Deep layers know *what* there is in a photo, and no longer to
# the pixel how it looks: **content**. And how often stripes are yellow, or arcs blue, all over a picture? That is something
# about colours, strokes and textures *together*, wherever they are: **style**.
#
# ## Content: the same things at the same places
#
# Choose a layer. Let $a^{(C)}$ be its activations for the photo and $a^{(G)}$ those for the generated picture, both
# $1 \times n_H \times n_W \times n_C$. If the two volumes agree, then the layer sees the same in both:
#
# $$J_{\text{content}}(C, G) = \frac{1}{4\, n_H\, n_W\, n_C} \sum_{\text{all entries}} \left( a^{(C)} - a^{(G)} \right)^2 .$$
#
# With one channel and 2 × 2 places, let the photo have 1, 2 / 3, 4 and the generated picture 1, 0 / 3, 2. The squares are 0, 4,
# 0 and 4, together 8. And 4 · 2 · 2 · 1 = 16, so the cost is 0.5. (The fraction in front makes layers of different sizes comparable.
# The 4 is custom: the paper has ½ and no sizes.)
#
# **Exercise: `compute_content_cost`** (8 points). TensorFlow is going to ask how this number changes with every pixel, so
# it must be able to follow the computation from end to end. Use its functions, such as `tf.reduce_sum`, or those of
# `keras.ops`, and signs such as `+` and `**`; where NumPy steps in, the track is lost. Which numbers do you need, and
# where do you read them off?


# %% nbgrader={"grade": false, "grade_id": "compute_content_cost", "locked": false, "schema_version": 3, "solution": true, "task": false}
def compute_content_cost(a_C, a_G):
    """How far the content of a generated picture is from that of a photo, seen by one layer.

    a_C, a_G: (1, n_H, n_W, n_C), float32 tensors of TensorFlow: the layer's activations for the
        photo and for the generated picture.
    Returns a tensor without dimensions, through which gradients flow back to a_G.
    """
    ### BEGIN SOLUTION
    _, n_H, n_W, n_C = a_C.shape
    return tf.reduce_sum((a_C - a_G) ** 2) / (4 * n_H * n_W * n_C)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_compute_content_cost", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
a_C = tf.reshape(tf.constant([1.0, 2.0, 3.0, 4.0]), (1, 2, 2, 1))
a_G = tf.Variable(tf.reshape(tf.constant([1.0, 0.0, 3.0, 2.0]), (1, 2, 2, 1)))
with tf.GradientTape() as tape:
    cost = compute_content_cost(a_C, a_G)
assert np.shape(cost) == (), f"a cost is one number, without dimensions; yours has {np.shape(cost)}"
assert np.isclose(cost, 0.5), f"the worked example costs 0.5, not {float(cost)}"
gradient = tape.gradient(cost, a_G)
assert gradient is not None, (
    "no gradient flows back to a_G: where did the computation leave TensorFlow?"
)
assert np.allclose(np.ravel(gradient), [0, -0.25, 0, -0.25]), (
    "where G has 2 too little, its cost changes by 2 · (−2) / 16 = −0.25 with each step of 1"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("compute_content_cost")
### END HIDDEN TESTS

# %% [markdown]
# What does that measure? Here is the photo in four disguises, and another photo. Below each is your cost, once for `conv1`
# and once for `fire6`, as a share of what the other photo costs.

# %% tags=["show"]
network = load_squeezenet(256)


def prepared(network, picture):
    """A picture as a tensor (1, n, n, 3) of numbers from 0 to 1, as large as the network wants it."""
    return tf.constant(network.prepare(picture) / 255)


photo = prepared(network, load_photo("china"))
noise = tf.random.stateless_uniform(photo.shape, (0, 1), -0.3, 0.3)
disguises = {
    "darker": 0.6 * photo,
    "with noise": tf.clip_by_value(photo + noise, 0, 1),
    "6 pixels aside": tf.roll(photo, 6, axis=2),
    "in a mirror": tf.reverse(photo, [2]),
    "another photo": prepared(network, load_photo("motorcycle")),
}
look = network.activations("conv1", "fire6")
volumes = look(255 * photo)
costs = np.array(
    [
        [compute_content_cost(*pair) for pair in zip(volumes, look(255 * picture), strict=True)]
        for picture in disguises.values()
    ]
)
shares = costs / costs[-1]
show_images(
    [np.asarray(picture[0]) for picture in disguises.values()],
    [
        f"{name}\nconv1 {early:.0%}, fire6 {deep:.0%}"
        for name, (early, deep) in zip(disguises, shares, strict=True)
    ],
    columns=5,
)

# %% [markdown]
# The two layers do not agree about what is alike. Darker, or six pixels aside: for `conv1`, which looks for edges of three
# pixels, that is a good part of the way to another photo, and for `fire6` it is little. But neither of them likes the
# mirror: the same things at *other* places are another content.
#
# ## Style: what goes together, wherever it is
#
# Suppose that one channel finds yellow, and another round strokes. In *The Starry Night* they go together: where it is
# yellow it is round. Multiply the two channels place by place and add up: the sum is large. In a field of wheat the
# yellow is straight, and the sum would be small. That is the idea: style is *which channels are active together*.
#
# So write each channel as one long row, $n_H \cdot n_W$ numbers, all rows below each other: a matrix $A$ with $n_C$ rows.
# Then all those sums, of every channel with every other, are one product:
#
# $$G_{gram} = A A^{\mathsf T}, \qquad G_{k k'} = \sum_{\text{places } p} A_{k p}\, A_{k' p} .$$
#
# It is called the **Gram matrix**. On the diagonal is how active each channel is at all; beside it, how much two go
# together. (It is often called a correlation. Strictly it is none: no mean is taken off, nothing is divided.)

# %% tags=["show"]
rows = np.array([[1, 0, 2], [0, 3, 1]])
show_numbers(
    [rows, rows.T, rows @ rows.T],
    ["two channels, three places", "", "Gram matrix"],
    between=["·", "="],
)

# %% [markdown]
# The 5 is 1² + 0² + 2². The 2 is what the channels share: 1 · 0 + 0 · 3 + 2 · 1. Why does it stand there twice?
#
# **Exercise: `gram_matrix`** (5 points). Two channels and three places: is the answer 2 × 2 or 3 × 3?


# %% nbgrader={"grade": false, "grade_id": "gram_matrix", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gram_matrix(A):
    """How much each channel goes together with each other one.

    A: (n_C, n_H·n_W), a float32 tensor: in each row one channel, in each column one place.
    Returns a tensor (n_C, n_C), through which gradients flow back to A.
    """
    ### BEGIN SOLUTION
    return A @ tf.transpose(A)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_gram_matrix", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
A = tf.Variable([[1.0, 0.0, 2.0], [0.0, 3.0, 1.0]])
with tf.GradientTape() as tape:
    gram = gram_matrix(A)
assert np.shape(gram) == (2, 2), f"two channels: a matrix of 2 × 2, not {np.shape(gram)}"
assert np.allclose(gram, [[5, 2], [2, 10]]), "the example above gives 5, 2 / 2, 10"
assert tape.gradient(gram, A) is not None, "no gradient flows back to A"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("gram_matrix")
### END HIDDEN TESTS

# %% [markdown]
# ### From a volume to rows
#
# A layer gives no matrix but a volume, $1 \times n_H \times n_W \times n_C$. How do its channels become rows? It looks like
# a matter of one `reshape`. Look at how the volume lies in the computer's memory, and be careful. Here are three places,
# side by side, with two channels:

# %%
style_volume = tf.constant([[[[1.0, 0.0], [2.0, 1.0], [0.0, 1.0]]]])
generated_volume = tf.ones((1, 1, 3, 2))

# %% tags=["show"]
show_unrolling(style_volume[0])

# %% [markdown]
# A `reshape` never moves a number: it reads along the strip and starts a new row where the old one is full. Cut the strip
# into two rows of three. Is the first one a channel? The result has the right shape, no error comes, the program runs,
# and the pictures come out a little dull. It is the best known bug of this algorithm.
#
# With the right rows, the style's Gram matrix is 5, 2 / 2, 2 (check it), and that of a volume of ones is 3, 3 / 3, 3. The
# cost of a layer is the squared difference, again with a fraction in front that takes out the sizes:
#
# $$J_{\text{style}}^{[l]}(S, G) = \frac{1}{4\, n_C^2\, (n_H\, n_W)^2} \sum_{k, k'} \left( G^{(S)}_{k k'} - G^{(G)}_{k k'} \right)^2 .$$
#
# The differences are 2, −1 / −1, −1, their squares sum to 7, and in front is 4 · 2² · 3² = 144. So the cost is 7/144, about 0.049.
#
# **Exercise: `compute_layer_style_cost`** (8 points). What must stand in a row before you may transpose?


# %% nbgrader={"grade": false, "grade_id": "compute_layer_style_cost", "locked": false, "schema_version": 3, "solution": true, "task": false}
def compute_layer_style_cost(a_S, a_G):
    """How far the style of a generated picture is from that of a painting, seen by one layer.

    a_S, a_G: (1, n_H, n_W, n_C), float32 tensors: the layer's activations for the painting and for
        the generated picture, both of the same shape.
    Returns a tensor without dimensions, through which gradients flow back to a_G.
    """
    ### BEGIN SOLUTION
    _, n_H, n_W, n_C = a_S.shape
    style = gram_matrix(tf.transpose(tf.reshape(a_S, (n_H * n_W, n_C))))
    generated = gram_matrix(tf.transpose(tf.reshape(a_G, (n_H * n_W, n_C))))
    return tf.reduce_sum((style - generated) ** 2) / (4 * n_C**2 * (n_H * n_W) ** 2)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_compute_layer_style_cost", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
a_G = tf.Variable(generated_volume)
with tf.GradientTape() as tape:
    cost = compute_layer_style_cost(style_volume, a_G)
assert np.shape(cost) == (), f"a cost is one number, without dimensions; yours has {np.shape(cost)}"
assert np.isclose(cost, 7 / 144), f"the worked example costs 7/144 = 0.0486, not {float(cost):.4f}"
assert tape.gradient(cost, a_G) is not None, "no gradient flows back to a_G"
moved = tf.reverse(style_volume, [2])
assert np.isclose(compute_layer_style_cost(style_volume, moved), 0), (
    "the same pixels in another order: the style is the same"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("compute_layer_style_cost")
### END HIDDEN TESTS

# %% [markdown]
# Does it measure what you would call style? Below, everything is compared with the upper left quarter of the painting.
# Before you look: which is nearer to it, another quarter of the same painting, or a photo of a night sky?

# %% tags=["show"]
quarters = load_painting()[:400, :512].reshape(2, 200, 2, 256, 3).transpose(0, 2, 1, 3, 4)
candidates = {
    "upper right": quarters[0, 1],
    "lower left": quarters[1, 0],
    "lower right": quarters[1, 1],
    "in a mirror": quarters[0, 0][:, ::-1],
    "rocket": load_photo("rocket")[:200, 100:356],
    "chelsea": load_photo("chelsea")[50:250, 100:356],
    "coffee": load_photo("coffee")[50:250, 100:356],
    "china": load_photo("china")[50:250, 100:356],
    "flower": load_photo("flower")[50:250, 100:356],
}
small = load_squeezenet((200, 256)).activations("fire2")
reference = small(quarters[0, 0][np.newaxis].astype(np.float32))
costs = [
    float(compute_layer_style_cost(reference, small(picture[np.newaxis].astype(np.float32))))
    for picture in candidates.values()
]
show_images(
    [quarters[0, 0], *candidates.values()],
    ["all are compared with this"]
    + [f"{name}: {cost / max(costs):.0%}" for name, cost in zip(candidates, costs, strict=True)],
    columns=5,
)

# %% [markdown]
# (All costs are those of `fire2`, as a share of the largest.) The mirror costs next to nothing, though not a single pixel is in its
# place: this is what `content` was not.
#
# ## Many layers, one number
#
# Style is in small things, such as the stroke of a brush, and in large ones, such as a swirl of a hundred strokes. Shallow layers
# see the ones and deep layers the others. So take several layers $l$, each with a weight $\lambda^{[l]}$:
#
# $$J_{\text{style}}(S, G) = \sum_l \lambda^{[l]} J_{\text{style}}^{[l]}(S, G).$$
#
# **Exercise: `compute_style_cost`** (4 points). You have the cost of one layer. What is the cost of two layers like the one
# above, with weights 0.5 and 2?


# %% nbgrader={"grade": false, "grade_id": "compute_style_cost", "locked": false, "schema_version": 3, "solution": true, "task": false}
def compute_style_cost(style_outputs, generated_outputs, layer_weights):
    """How far the style of a generated picture is from that of a painting, seen by several layers.

    style_outputs, generated_outputs: lists with the activations of each layer, float32 tensors,
        each (1, n_H, n_W, n_C) with sizes of its own; for the painting and the generated picture.
    layer_weights: a list with a number, int or float, for each layer, in the same order.
    Returns a tensor without dimensions: the layers' style costs, weighted and added up.
    """
    ### BEGIN SOLUTION
    layers = zip(style_outputs, generated_outputs, layer_weights, strict=True)
    return sum(weight * compute_layer_style_cost(a_S, a_G) for a_S, a_G, weight in layers)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_compute_style_cost", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
two_layers = [style_volume, style_volume], [generated_volume, generated_volume]
cost = compute_style_cost(*two_layers, [0.5, 2.0])
assert np.shape(cost) == (), f"a cost is one number, without dimensions; yours has {np.shape(cost)}"
assert np.isclose(cost, 2.5 * 7 / 144), "0.5 and 2 times 7/144 are 2.5 · 7/144 = 0.1215"
assert np.isclose(compute_style_cost([style_volume], [style_volume], [1.0]), 0), "the same style"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("compute_style_cost")
### END HIDDEN TESTS

# %% [markdown]
# And the last sum. How much temple, how much van Gogh? Two numbers say so, $\alpha$ and $\beta$:
#
# $$J(G) = \alpha\, J_{\text{content}}(C, G) + \beta\, J_{\text{style}}(S, G).$$
#
# (One would do, since only their ratio matters to where the lowest cost is. The paper has two, and so do we.)
#
# **Exercise: `total_cost`** (3 points). Which of the two does 10 belong to?


# %% nbgrader={"grade": false, "grade_id": "total_cost", "locked": false, "schema_version": 3, "solution": true, "task": false}
def total_cost(J_content, J_style, alpha=10, beta=40):
    """The cost of a generated picture.

    J_content, J_style: its two costs, floats or float32 tensors without dimensions.
    alpha, beta: their weights, numbers.
    Returns a float or a tensor without dimensions.
    """
    ### BEGIN SOLUTION
    return alpha * J_content + beta * J_style
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_total_cost", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
assert np.isclose(total_cost(2.0, 3.0), 140), "10 · 2 + 40 · 3 = 140"
assert np.isclose(total_cost(2.0, 3.0, alpha=1, beta=0.5), 3.5), "1 · 2 + 0.5 · 3 = 3.5"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("total_cost")
### END HIDDEN TESTS

# %% [markdown]
# ## Training a picture
#
# In all of this course the picture was given and the weights were learnt. Now the weights are given and the picture is learnt.
# For the mathematics it is the same: a cost, variables, a gradient. The variables are 256 · 256 · 3 = 196,608 numbers, the
# pixels.
#
# One step is three things. Compute the cost while a `tf.GradientTape` watches. Let an optimizer move the pixels against the
# gradient. (Below it will be Adam; it keeps a memory of the steps before, so it must be the same object every time.) And
# then look at the pixels: some have become darker than black or brighter than white. Those are set to 0 and to 1.
#
# Take three pixels' numbers 0.5, 0.2 and 1, and a cost of three times their sum: 5.1. The gradient is 3 everywhere. Plain
# gradient descent with a learning rate of 0.1 takes off 0.3 from each: 0.2, −0.1, 0.7. After clipping 0.2, 0, 0.7. The
# function reports 5.1.
#
# **Exercise: `train_step`** (6 points). Change the variable itself (it has `assign`); a new tensor would be lost when the
# function ends. What happens if you clip first and step then?


# %% nbgrader={"grade": false, "grade_id": "train_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train_step(generated, cost, optimizer):
    """One step downhill, on the pixels of a picture.

    generated: a tf.Variable (1, height, width, 3), float32, numbers from 0 to 1. It is changed in
        place: moved by one step of the optimizer, then clipped, so that 0 to 1 holds again.
    cost: a function from `generated` to its cost, a tensor without dimensions.
    optimizer: an optimizer of Keras, used before for no other variable.
    Returns the cost that the picture had before the step.
    """
    ### BEGIN SOLUTION
    with tf.GradientTape() as tape:
        J = cost(generated)
    gradient = tape.gradient(J, generated)
    optimizer.apply_gradients([(gradient, generated)])
    generated.assign(tf.clip_by_value(generated, 0.0, 1.0))
    return J
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_train_step", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
pixels = tf.Variable([[[[0.5, 0.2, 1.0]]]])
cost = train_step(pixels, lambda picture: 3 * tf.reduce_sum(picture), tf.keras.optimizers.SGD(0.1))
assert cost is not None, "the function returns the cost"
assert np.isclose(cost, 5.1), f"before the step the cost was 3 · 1.7 = 5.1, not {float(cost):.2f}"
assert np.allclose(np.ravel(pixels), [0.2, 0, 0.7], atol=1e-6), (
    f"one step of 0.1 · 3 downhill, then clipped: 0.2, 0, 0.7, not {np.ravel(pixels)}"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("train_step")
### END HIDDEN TESTS

# %% [markdown]
# ## The temple, by van Gogh
#
# Everything is there. The content comes from `fire6`. The style comes from five layers. Their costs are of very different
# size; the weights below make up for that, so that each has about the same say in the beginning, and `conv1`, which sees
# little but colours, twice as much. Of the painting you take a piece of 256 × 256 pixels, with the swirl, and do not scale it:
# half as large a painting has strokes of half the width. The picture starts as the photo with some noise: from the photo alone
# it would find it hard to get away.

# %% tags=["show"]
painting = prepared(network, load_painting()[20:276, 120:376])
CONTENT_LAYER = "fire6"
LAYER_WEIGHTS = {"conv1": 0.2, "fire2": 0.007, "fire3": 0.003, "fire4": 0.0025, "fire5": 0.01}


def make_cost(look, content, style, alpha=10, beta=40):
    """A function from a picture to its cost, for a photo and a painting, (1, height, width, 3)."""
    a_C, *_ = look(255 * content)
    _, *style_outputs = look(255 * style)

    def cost(picture):
        a_G, *outputs = look(255 * picture)
        J_style = compute_style_cost(style_outputs, outputs, list(LAYER_WEIGHTS.values()))
        return total_cost(compute_content_cost(a_C, a_G), J_style, alpha, beta)

    return cost


def paint(start, cost, steps, keep=()):
    """Steps downhill from a picture. Returns the pictures after the steps in `keep`, and all costs."""
    generated = tf.Variable(start)
    rate = tf.keras.optimizers.schedules.CosineDecay(0.05, steps, alpha=0.05)
    optimizer = tf.keras.optimizers.Adam(rate)
    optimizer.build([generated])
    costs, kept = [], [generated.numpy()[0]]
    for step in range(1, steps + 1):
        costs.append(float(train_step(generated, cost, optimizer)))
        if step in (*keep, steps):
            kept.append(generated.numpy()[0])
    return kept, costs


start = tf.clip_by_value(photo + noise, 0, 1)
look = tf.function(network.activations(CONTENT_LAYER, *LAYER_WEIGHTS))
stages, costs = paint(start, make_cost(look, photo, painting), steps=100, keep=(10, 30))
show_images(stages, ["the start", "after 10 steps", "after 30 steps", "after 100 steps"])

# %% tags=["show"]
figure, axes = plt.subplots(figsize=(7, 2.6), layout="constrained")
axes.semilogy(costs, color="#0072B2")
axes.set(xlabel="step", xlim=(0, 100))
axes.set_title("the cost J", loc="left", fontsize=11)
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# The first ten steps do most of it, by the numbers. The other ninety are what you would call painting.

# %% tags=["show"]
show_images(
    [np.asarray(photo[0]), stages[-1], np.asarray(painting[0])],
    ["the photo", "the temple in the style of The Starry Night", "the painting"],
    columns=3,
)

# %% [markdown]
# ## Taking it apart
#
# What does each half do on its own? Start from nothing but noise, and let the content be the whole cost: what does a layer
# still know of the photo? Ask three of them. Then set $\alpha$ to 0: what is the style of a painting of nothing? (Smaller
# pictures, 128 × 128, to save time.)

# %% tags=["show"]
network = load_squeezenet(128)
small_photo = prepared(network, load_photo("china"))
small_painting = prepared(network, load_painting()[20:276, 120:376])
look = tf.function(network.activations(CONTENT_LAYER, *LAYER_WEIGHTS))
rubble = tf.random.stateless_uniform((1, 128, 128, 3), (0, 2))


def content_alone(layer):
    """A picture that one layer takes for the photo, and the share of the cost that is left."""
    look = tf.function(network.activations(layer))
    a_C = look(255 * small_photo)
    stages, costs = paint(
        rubble, lambda picture: compute_content_cost(a_C, look(255 * picture)), 80
    )
    return stages[-1], costs[-1] / costs[0]


contents = {layer: content_alone(layer) for layer in ("fire2", "fire4", "fire6")}
style_alone, _ = paint(rubble, make_cost(look, small_photo, small_painting, 0, 40), 80)
show_images(
    [picture for picture, _ in contents.values()] + [style_alone[-1]],
    [f"content for {layer}: {left:.1%} left" for layer, (_, left) in contents.items()]
    + ["style alone"],
)

# %% [markdown]
# For `fire2` the temple is back, and its colours are half gone. `fire4` keeps roofs and windows. What is painted for `fire6`
# you would take for rubble, and yet `fire6` itself sees the temple in it: less than a tenth of the cost is left. There are
# many pictures that a deep layer can hardly tell from the photo. That is why the content comes from there: it leaves the
# style free to choose among them.
#
# Style alone makes strokes and swirls, blue and yellow as in the painting, and no star, no cypress: the Gram matrix does not
# know where anything was.
#
# In between you choose. From left to right, style counts ten times as much as in the picture before:

# %% tags=["show"]
betas = [0.004, 0.04, 0.4, 4]
small_noise = tf.random.stateless_uniform(small_photo.shape, (0, 1), -0.3, 0.3)
small_start = tf.clip_by_value(small_photo + small_noise, 0, 1)
tradeoff = [
    paint(small_start, make_cost(look, small_photo, small_painting, 10, beta), 40)[0][-1]
    for beta in betas
]
show_images(tradeoff, [f"α = 10, β = {beta:g}" for beta in betas])

# %% [markdown]
# There is no right one. Now it is your turn: take another photo (`photo_names()` lists them, and any array of your own
# will do), or let the photo be the style and the painting the content. Other layers, other weights, another start. What
# happens if the content comes from `conv1`?
#
# Every picture costs a hundred steps here. If you need one in an instant, you train a second network that does all
# steps at once, with the cost that you have just written (Johnson, Alahi and Fei-Fei, *Perceptual losses for real-time style
# transfer and super-resolution*, 2016).
#
# ## What to take away
#
# - A unit can be asked what it looks for: show it many pictures and cut out what excites it. Edges and colours come first,
#   textures then, things in the end.
# - Content is the activations of one layer: what is where. Style is their Gram matrix: what goes with what, wherever it is.
# - A `reshape` reads numbers in the order of memory. Channels come last, so make places the rows first, then transpose.
# - A gradient can train anything that the cost depends on. Here the network stays, and the picture learns.
# - A cost that only TensorFlow computes has a gradient. One number that goes through NumPy, and it is gone.
#
# What is custom: the factors in front, 10 and 40, which layers, Adam, and the noise at the start.
