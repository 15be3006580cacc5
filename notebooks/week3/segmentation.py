# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What is every pixel?
#
# A box says: the motorcycle is about here. A car that wants to drive past it must know more. Where exactly does the
# motorcycle end and the street begin? The finest answer that a picture has room for is one word for each of its
# pixels.

# %%
# First, for it keeps TensorFlow from talking about graphics cards.
from convwork.course import (
    hidden_tests,
    load_masked_crops,
    load_street_scenes,
    show_located,
    show_masks,
    show_numbers,
    show_unet,
    without_weights,
)

import keras
import numpy as np

CLASS_NAMES = ("street", "pedestrian", "car", "motorcycle")

# %% tags=["show"]
scenes = load_street_scenes("validation", half=True)
chosen = [24, 14, 40]
show_located(scenes.images[chosen], [scenes.boxes[index] for index in chosen], columns=3)
show_masks(scenes.images[chosen], [scenes.masks[chosen]], ["picture", "every pixel"], CLASS_NAMES)

# %% [markdown]
# The lower row is a **mask**: 0 where there is street (and houses, trees, sky: whatever has no class of its own), 1
# for a pedestrian, 2 for a car, 3 for a motorcycle. To make one from a picture is called **semantic segmentation**.
#
# Here you build one of the networks that are used for it most, from hospitals to satellites: the **U-Net**
# (Ronneberger, Fischer and Brox, *U-Net: convolutional networks for biomedical image segmentation*, 2015). First half
# of it, then the other half, then the U. Then it learns on small pictures of streets, and you will see what its
# famous arrows are good for by cutting them.
#
# ## One answer for each pixel
#
# Nothing new has to be invented for the answer. Where a classifier puts out four numbers, one for each class, this
# network puts out four numbers *at each pixel*: a volume of $n_H × n_W × 4$. They are scores, any numbers, usually
# called **logits**. A softmax over the channels turns them into probabilities, and the loss of a pixel is the
# cross-entropy that you know, minus the logarithm of what the network gave to the true class:
#
# $$\mathcal L = -\frac{1}{n_H\, n_W} \sum_{i,\,j} \log \hat p_{\,i,j,\,y_{i,j}} .$$
#
# Two pixels, as an example. At the first, a car, the network gives cars 0.5; at the second, street, it gives street
# 0.8. The losses are 0.69 and 0.22, and the picture's loss is their mean, 0.46.
#
# (We let the network put out logits, without the softmax, and tell Keras so by `from_logits=True`. Softmax and
# logarithm computed in one step lose no digits where a probability is as good as 0.)
#
# So, is a network good if it is right about 94 % of all pixels? Count before you answer.

# %% tags=["show"]
shares = np.bincount(scenes.masks.ravel(), minlength=4) / scenes.masks.size
for name, share in zip(CLASS_NAMES, shares, strict=True):
    print(f"{name:10} {share:6.1%} of all pixels")

# %% [markdown]
# "It's all street", said without looking, is right about 94 % of the pixels. That is what **class imbalance** does to
# an accuracy. And it tempts the network, too: in its first minutes "all street" is the cheapest answer by far.
#
# A better ruler is one that you have already built for boxes. For each class, take the pixels that truth and answer
# both call by its name, and divide by those that either does: IoU, on pixels in the place of areas. Then take the
# mean over the classes. "All street" has 0.94 for the street, 0 for everything else, and a **mean IoU** of 0.235.


# %%
def class_ious(truth, answer):
    """Intersection over union of each class, over the pixels of all masks, (4,)."""
    pairs = [(truth == index, answer == index) for index in range(len(CLASS_NAMES))]
    return np.array([(one & other).sum() / max((one | other).sum(), 1) for one, other in pairs])


# %% [markdown]
# ## Down: from where to what
#
# To know that a grey pixel belongs to a car and not to the road, one must look around it, and far. How does a network
# see far with 3 × 3 filters? You know the answer from `classic_networks`: convolve twice, halve the picture, and do
# it again. After four halvings one number sees the whole picture. It knows *what* is there. It has nearly forgotten
# *where*: here is how much of the place is left after each of the four.


# %% tags=["show"]
def halved(picture, times):
    """A picture with a mean in the place of each square of pixels, as coarse as after so many poolings."""
    size = 2**times
    return picture.reshape(96 // size, size, 128 // size, size, 3).mean(axis=(1, 3)) / 255


picture, mask = scenes.images[24], scenes.masks[24]
show_masks(
    [halved(picture, times) for times in range(5)],
    [[mask[2**times // 2 :: 2**times, 2**times // 2 :: 2**times] for times in range(5)]],
    ["picture", "mask"],
    CLASS_NAMES,
)

# %% [markdown]
# One stage of the way down:
#
# | | layer | output |
# |---|---|---|
# | | `inputs` | $n_H × n_W × n_C$ |
# | 1 | convolution, `n_filters` of 3 × 3, ReLU | $n_H × n_W ×$ `n_filters` |
# | 2 | convolution, `n_filters` of 3 × 3, ReLU | $n_H × n_W ×$ `n_filters` |
# | 3 | dropout, if `dropout_prob` is above 0 | the same: this is `skip_connection` |
# | 4 | max pooling, 2 × 2, if `max_pooling` | half the height and width: this is `next_layer` |
#
# The function returns two volumes. `next_layer` goes on, downwards. `skip_connection` is kept: it still knows the
# place of every pixel, and will be needed when the way leads up again.
#
# The kernels start from `he_normal`: random numbers with the variance $2 / n$, where $n$ is the number of weights in
# one filter. With ReLUs this keeps the numbers about as large in the twentieth layer as in the first. Keras' own
# default has a smaller variance.
#
# **Exercise: `conv_block`** (6 points). Without pooling, at the bottom of the U, what is `next_layer`? And if numbers
# are dropped in training, does the volume that is kept show it?


# %% nbgrader={"grade": false, "grade_id": "conv_block", "locked": false, "schema_version": 3, "solution": true, "task": false}
def conv_block(inputs, n_filters=32, dropout_prob=0, max_pooling=True):
    """One stage of the way down: two convolutions, and what is kept of them.

    inputs: a Keras tensor (m, n_H, n_W, n_C).
    n_filters: how many filters each of the two convolutions has.
    dropout_prob: the share of numbers that are dropped in training, 0 <= dropout_prob < 1.
    max_pooling: whether next_layer is pooled.
    Returns two Keras tensors, next_layer and skip_connection, in this order. skip_connection is
    (m, n_H, n_W, n_filters): after dropout, before pooling. next_layer is made from it by pooling,
    (m, n_H // 2, n_W // 2, n_filters); without pooling it is the same as skip_connection.
    Convolutions have stride 1 and biases, and their kernels start from he_normal.
    """
    ### BEGIN SOLUTION
    x = inputs
    for _ in range(2):
        x = keras.layers.Conv2D(
            n_filters, 3, padding="same", activation="relu", kernel_initializer="he_normal"
        )(x)
    if dropout_prob > 0:
        x = keras.layers.Dropout(dropout_prob)(x)
    skip_connection = x
    next_layer = keras.layers.MaxPooling2D(2)(x) if max_pooling else x
    return next_layer, skip_connection
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_conv_block", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
inputs = keras.Input((6, 8, 3))
next_layer, skip_connection = conv_block(inputs)
assert skip_connection.shape == (None, 6, 8, 32), (
    f"the convolutions keep 6×8 and have 32 filters by default; you keep {skip_connection.shape}"
)
assert next_layer.shape == (None, 3, 4, 32), f"pooling makes 3×4, not {next_layer.shape[1:3]}"
block = keras.Model(inputs, [next_layer, skip_connection])
assert block.count_params() == 10_144, f"896 + 9,248 parameters, not {block.count_params():,}"
next_layer, skip_connection = conv_block(inputs, 5, dropout_prob=0.5, max_pooling=False)
assert next_layer.shape == skip_connection.shape == (None, 6, 8, 5), "nothing is pooled here"
block = keras.Model(inputs, skip_connection)
pictures = np.random.default_rng(0).normal(size=(4, 6, 8, 3)).astype(np.float32)
in_use, in_training = (np.asarray(block(pictures, training=flag)) for flag in (False, True))
dropped = np.mean(in_training[in_use > 0] == 0)
assert 0.3 < dropped < 0.7, f"in training half of the numbers are dropped, not {dropped:.0%}"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("conv_block")
### END HIDDEN TESTS

# %% [markdown]
# ## Up: a convolution the other way round
#
# Now back to full size. Repeating each number in a 2 × 2 square would do; but a network can *learn* how to enlarge. A
# convolution reads a window and writes one number. Turn that round: read one number, and write a window. Each number
# of the input stamps a copy of the filter, multiplied by itself, into the output; from one stamp to the next the
# output moves by the stride; where stamps overlap, they are added. That is a **transposed convolution**.
#
# Here is a 2 × 2 input, a 3 × 3 filter and stride 2:

# %% tags=["show"]
small = np.array([[1, 2], [3, 0]])
stamp = np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]])
stamps = []
for row, column in [(0, 0), (0, 1), (1, 0)]:
    canvas = np.zeros((5, 5))
    canvas[2 * row : 2 * row + 3, 2 * column : 2 * column + 3] = small[row, column] * stamp
    stamps.append(canvas)
show_numbers([small, stamp], ["input", "filter"])
show_numbers(
    [*stamps, sum(stamps)],
    ["1 × filter", "2 × filter", "3 × filter", "sum"],
    between=["+", "+", "="],
)

# %% [markdown]
# (The stamp of the 0 is empty and not drawn.) Look at the middle row of the sum. Where two stamps meet, the numbers
# of both are added. If the filter is not careful about that, the result has a pattern of squares, a **checkerboard**;
# you may see traces of it later.
#
# A sum of 5 × 5 is one row and one column more than twice the input. With `padding="same"` Keras cuts them off, on
# the right and at the bottom, so that 2 × 2 becomes exactly 4 × 4:

# %% tags=["show"]
layer = keras.layers.Conv2DTranspose(1, 3, strides=2, padding="same", use_bias=False)
layer.build((None, 2, 2, 1))
layer.set_weights([stamp[:, :, np.newaxis, np.newaxis]])
enlarged = np.asarray(layer(small[np.newaxis, :, :, np.newaxis].astype(np.float32)))[0, :, :, 0]
show_numbers(
    [small, stamp, enlarged], ["input", "filter", "what Keras makes of it"], between=["", "→"]
)

# %% [markdown]
# Why "transposed"? Written as one large matrix, a convolution with stride 2 multiplies 16 numbers to 4. The
# transposed matrix takes 4 numbers to 16, and does what you see here. It does *not* undo the convolution: only the
# shape comes back.
#
# What comes up this way knows what is there, and is blurred. What was kept on the way down is sharp, and knows
# little. So lay both on top of each other, channel by channel, and let two convolutions make one of them. A stage of
# the way up:
#
# | | layer | output |
# |---|---|---|
# | | `expansive_input`, from below | $n_H × n_W × n_C$ |
# | 1 | transposed convolution, `n_filters` of 3 × 3, stride 2, padding same, no activation | $2 n_H × 2 n_W ×$ `n_filters` |
# | 2 | join: the channels of 1, then those of `contractive_input` | $2 n_H × 2 n_W × ($ `n_filters` $+\; n_C')$ |
# | 3 | convolution, `n_filters` of 3 × 3, ReLU | $2 n_H × 2 n_W ×$ `n_filters` |
# | 4 | convolution, `n_filters` of 3 × 3, ReLU | $2 n_H × 2 n_W ×$ `n_filters` |
#
# **Exercise: `upsampling_block`** (6 points). Joined, not added: what would adding demand of the two volumes? How
# many channels does each filter of the third row look at?


# %% nbgrader={"grade": false, "grade_id": "upsampling_block", "locked": false, "schema_version": 3, "solution": true, "task": false}
def upsampling_block(expansive_input, contractive_input, n_filters=32):
    """One stage of the way up: what comes from below, enlarged, beside what was kept.

    expansive_input: a Keras tensor (m, n_H, n_W, n_C), from the stage below.
    contractive_input: a Keras tensor (m, 2 n_H, 2 n_W, n_C'), the kept volume of the way down.
    n_filters: how many filters each of the three layers with weights has.
    Returns a Keras tensor (m, 2 n_H, 2 n_W, n_filters). The volumes are joined along the channels,
    the enlarged one before contractive_input. All three layers have biases. The kernels of the two
    convolutions start from he_normal.
    """
    ### BEGIN SOLUTION
    up = keras.layers.Conv2DTranspose(n_filters, 3, strides=2, padding="same")(expansive_input)
    x = keras.layers.Concatenate()([up, contractive_input])
    for _ in range(2):
        x = keras.layers.Conv2D(
            n_filters, 3, padding="same", activation="relu", kernel_initializer="he_normal"
        )(x)
    return x
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_upsampling_block", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
below, kept = keras.Input((3, 4, 64)), keras.Input((6, 8, 16))
output = upsampling_block(below, kept)
assert output.shape == (None, 6, 8, 32), f"3×4 becomes 6×8, with 32 filters; got {output.shape}"
block = keras.Model([below, kept], output)
assert block.count_params() == 41_568, (
    f"18,464 + 13,856 + 9,248 parameters, not {block.count_params():,}"
)
output = upsampling_block(below, kept, n_filters=7)
assert output.shape == (None, 6, 8, 7), "seven filters were asked for"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("upsampling_block")
### END HIDDEN TESTS

# %% [markdown]
# ## The U
#
# Four stages down, a bottom, four stages up, and from each stage of the way down an arrow to the one at the same
# height on the way up. That is all. In the drawing every volume is what comes out of a stage (on the way down: what
# is kept).

# %% tags=["show"]
show_unet([(96, 128, 32), (48, 64, 64), (24, 32, 128), (12, 16, 256), (6, 8, 512)], 4)

# %% [markdown]
# | | stage | filters | output, from 96 × 128 × 3 with `n_filters` $n = 32$ |
# |---|---|---|---|
# | 1 | `conv_block` | $n$ | 48 × 64 × 32 |
# | 2 | `conv_block` | $2n$ | 24 × 32 × 64 |
# | 3 | `conv_block` | $4n$ | 12 × 16 × 128 |
# | 4 | `conv_block`, dropout 0.3 | $8n$ | 6 × 8 × 256 |
# | 5 | `conv_block`, dropout 0.3, no pooling | $16n$ | 6 × 8 × 512 |
# | 6 | `upsampling_block`, with what stage 4 kept | $8n$ | 12 × 16 × 256 |
# | 7 | `upsampling_block`, with what stage 3 kept | $4n$ | 24 × 32 × 128 |
# | 8 | `upsampling_block`, with what stage 2 kept | $2n$ | 48 × 64 × 64 |
# | 9 | `upsampling_block`, with what stage 1 kept | $n$ | 96 × 128 × 32 |
# | 10 | convolution, 3 × 3, padding same, ReLU | $n$ | 96 × 128 × 32 |
# | 11 | convolution, 1 × 1 | `n_classes` | 96 × 128 × 4 |
#
# The last layer is the 1 × 1 convolution of the week before: at each pixel, a small dense layer from 32 channels to 4
# scores. No activation follows. (The paper has no padding, so that its masks are smaller than its pictures. Today
# nearly everybody pads.)
#
# **Exercise: `unet_model`** (8 points). What is handed to which stage, and what only to the next? And which sizes of
# pictures can be halved four times and come back to themselves?


# %% nbgrader={"grade": false, "grade_id": "unet_model", "locked": false, "schema_version": 3, "solution": true, "task": false}
def unet_model(input_size=(96, 128, 3), n_filters=32, n_classes=4):
    """The U-Net of the table, a Keras model with random weights.

    input_size: (n_H, n_W, n_C) of one picture, without the batch axis; n_H and n_W are multiples
        of 16.
    n_filters: how many filters the first stage has.
    n_classes: how many classes there are.
    Returns a functional model whose output is (m, n_H, n_W, n_classes): logits, any numbers. All
    its layers with weights are convolutions, the last one too, or transposed convolutions.
    Leave compiling to whoever trains it.
    """
    ### BEGIN SOLUTION
    inputs = x = keras.Input(shape=input_size)
    kept = []
    for stage in range(4):
        dropout = 0.3 if stage == 3 else 0
        x, skip_connection = conv_block(x, n_filters * 2**stage, dropout)
        kept.append(skip_connection)
    x, _ = conv_block(x, n_filters * 16, 0.3, max_pooling=False)
    for stage in (3, 2, 1, 0):
        x = upsampling_block(x, kept[stage], n_filters * 2**stage)
    x = keras.layers.Conv2D(
        n_filters, 3, padding="same", activation="relu", kernel_initializer="he_normal"
    )(x)
    return keras.Model(inputs, keras.layers.Conv2D(n_classes, 1)(x))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_unet_model", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
with without_weights():
    model = unet_model()
    other = unet_model((48, 64, 1), n_filters=8, n_classes=5)
assert isinstance(model, keras.Model), "a Keras model is asked for"
assert model.input_shape == (None, 96, 128, 3), "96×128 in colour unless another size is given"
assert model.output_shape == (None, 96, 128, 4), (
    f"four scores for each pixel, (96, 128, 4), not {model.output_shape[1:]}"
)
assert model.count_params() == 8_639_844, f"8,639,844 parameters, not {model.count_params():,}"
assert other.output_shape == (None, 48, 64, 5), "five classes were asked for, for 48×64 pixels"
assert other.count_params() == 540_693, (
    f"8 filters: 540,693 parameters, not {other.count_params():,}"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("unet_model")
### END HIDDEN TESTS

# %% [markdown]
# Nearly nine million parameters, and no dense layer among them. Where in the U do they sit? (Each filter of stage 5
# sees 512 channels. What would halving `n_filters` save?)
#
# ## It learns
#
# A U-Net of full size takes hours. Yours gets 8 filters in the place of 32, which leaves 540,000 parameters, and
# small pictures: squares of the street, 32 × 32 pixels, each around a pedestrian, a car or a motorcycle. Half of them
# are mirrored, and their masks with them.

# %% tags=["show"]
train, test = load_masked_crops("train"), load_masked_crops("test")
test_images, test_masks = test.images[:300], test.masks[:300]
show_masks(train.images[:10], [train.masks[:10]], ["picture", "mask"], CLASS_NAMES)

# %% [markdown]
# Four fifths of all pixels are still street. To keep the network from the cheap answer, a pixel's loss is multiplied
# by a **weight**: the rarer its class, the larger. One over the share would make every class equally important, and
# one over the root of it goes half the way. How far to go is a matter of taste and trial: the larger the weights, the
# more often the network calls out "pedestrian" where there is none.


# %% tags=["show"]
def as_inputs(images):
    """Pixels from −1 to 1."""
    return images.astype(np.float32) / 127.5 - 1


images = np.concatenate([train.images, train.images[:, :, ::-1]])
masks = np.concatenate([train.masks, train.masks[:, :, ::-1]])
shares = np.bincount(masks.ravel(), minlength=4) / masks.size
weights = 1 / np.sqrt(shares)
weights /= (weights * shares).sum()
for name, share, weight in zip(CLASS_NAMES, shares, weights, strict=True):
    print(f"{name:10} {share:6.1%} of all pixels, weight {weight:.1f}")

# %% [markdown]
# The network sees 4,800 pictures, four at a time, each once. Four times on the way it is asked about three hundred
# others, of the test; you see ten of them. For the last quarter the learning rate falls, so that it settles down.


# %% tags=["show"]
parts = np.array_split(np.random.default_rng(0).permutation(len(images))[:4800], 4)
asked = [74, 127, 15, 266, 263, 38, 253, 9, 148, 14]


def guess(network, images):
    """The class with the highest score, at each pixel."""
    return np.asarray(network(as_inputs(images), training=False)).argmax(axis=-1)


def prepared(network):
    """The network, ready to learn."""
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    network.compile(keras.optimizers.Adam(clipnorm=1), loss, jit_compile=False)
    return network


def learn(network, part, rate):
    """Train on a part of the pictures, each once; returns what it then says about the test."""
    network.optimizer.learning_rate = rate
    network.fit(
        as_inputs(images[part]),
        masks[part],
        sample_weight=weights[masks[part]].astype(np.float32),
        batch_size=4,
        verbose=0,
    )
    return guess(network, test_images)


keras.utils.set_random_seed(1)
unet = prepared(unet_model((32, 32, 3), n_filters=8))
rates = [4e-3, 4e-3, 4e-3, 1e-3]
moments = [learn(unet, part, rate) for part, rate in zip(parts, rates, strict=True)]
show_masks(
    test_images[asked],
    [moments[0][asked], moments[1][asked], moments[3][asked], test_masks[asked]],
    ["picture", "after 1,200", "after 2,400", "after 4,800", "truth"],
    CLASS_NAMES,
)


# %% [markdown]
# Read it from top to bottom. First everything is a car, the most frequent of the three, and roughly in its place.
# Then come the motorcycles, and the pedestrians, thin as they are, come last. Which class is worth most to the loss,
# as long as you know nothing? Over all three hundred:


# %% tags=["show"]
def report(name, answer):
    """One line: the mean IoU, that of each class, and the share of right pixels."""
    ious = class_ious(test_masks, answer)
    each = ", ".join(f"{what} {iou:.2f}" for what, iou in zip(CLASS_NAMES, ious, strict=True))
    right = np.mean(test_masks == answer)
    print(f"{name:17} mean IoU {ious.mean():.2f} ({each}); {right:.0%} of pixels right")


report("all street", np.zeros_like(test_masks))
for count, answer in zip((1200, 2400, 3600, 4800), moments, strict=True):
    report(f"after {count:,}", answer)

# %% [markdown]
# Look at the last number of each line before you look at the others. "All street" is right about nearly as many
# pixels, and sees nothing. With us the accuracy even fell between 2,400 and 3,600 pictures, from 86 % to 82 %, while
# the network began to see pedestrians and the mean IoU rose. (Your numbers may differ a little: in which order a
# processor adds is left to it.)
#
# ## What the arrows are for
#
# Cut them. The same network with the weights that it has learnt; but where a kept volume should arrive, there arrive
# zeros. Nothing is trained again. The first arrow is the uppermost, from the volume that has gone through no pooling.


# %% tags=["show"]
def cut_unet(gone):
    """The U-Net for the squares; zeros come through the arrows of the stages in `gone`."""
    inputs = x = keras.Input((32, 32, 3))
    kept = {}
    for stage in (1, 2, 3, 4):
        x, skip = conv_block(x, 8 * 2 ** (stage - 1), 0.3 if stage == 4 else 0)
        kept[stage] = keras.ops.zeros_like(skip) if stage in gone else skip
    x, _ = conv_block(x, 128, 0.3, max_pooling=False)
    for stage in (4, 3, 2, 1):
        x = upsampling_block(x, kept[stage], 8 * 2 ** (stage - 1))
    x = keras.layers.Conv2D(
        8, 3, padding="same", activation="relu", kernel_initializer="he_normal"
    )(x)
    return keras.Model(inputs, keras.layers.Conv2D(4, 1)(x))


def after_cutting(*gone):
    """What the trained network says about the test without the arrows of some stages."""
    network = cut_unet(gone)
    network.set_weights(unet.get_weights())
    return guess(network, test_images)


arrows = {
    "all arrows": moments[3],
    "without the first": after_cutting(1),
    "the second": after_cutting(2),
    "the third": after_cutting(3),
    "the fourth": after_cutting(4),
    "no arrows": after_cutting(1, 2, 3, 4),
}
for name, answer in arrows.items():
    report(name, answer)
show_masks(
    test_images[asked],
    [
        arrows["no arrows"][asked],
        arrows["the second"][asked],
        arrows["all arrows"][asked],
        test_masks[asked],
    ],
    ["picture", "no arrows", "not the 2nd", "all arrows", "truth"],
    CLASS_NAMES,
)

# %% [markdown]
# Without arrows, all that the way up knows of a picture has passed the bottom of the U: two by two places with 128
# numbers each. Of the picture nothing comes out: the answer is the same for all ten. Of the four arrows, the second is
# missed most: its volume has been pooled once, so that it still knows its places to two pixels and has seen enough to
# tell a car from a wall. The first adds the finest detail. The fourth makes hardly a difference: in so short a time,
# the network has not learnt to use what lies deep in the U.
#
# That is the other side of the arrows. With them, the picture is only a few layers away from the answer, and the
# answer's error only a few layers away from the first filters. You know this from `residual_networks`. If you have a
# minute to spare, train `cut_unet({1, 2, 3, 4})` from the start, on as many pictures as you like: with us it still said
# the same about every picture after 1,200.
#
# ## From squares to streets
#
# No layer of the U knows how large its picture is. So the weights that were learnt on squares of 32 × 32 can be put
# into a network for whole scenes, as in `sliding_windows`:

# %% tags=["show"]
streets = load_street_scenes("test", half=True)
large = unet_model((96, 128, 3), n_filters=8)
large.set_weights(unet.get_weights())
some = [7, 28, 56, 84]
show_masks(
    streets.images[some],
    [guess(large, streets.images[some]), streets.masks[some]],
    ["picture", "U-Net", "truth"],
    CLASS_NAMES,
)

# %% [markdown]
# The large things are found, and so is much that is not there: windows, roofs, trees. Why? Think of what it has
# learnt from. Every square had something in its middle; a house by itself, nobody has ever shown it. It was asked
# *what is this?*, never *is there anything?* What would you add to its pictures?
#
# ## What to take away
#
# - Segmentation is classification at every pixel: a volume of scores, a softmax over the channels, and the mean of
#   the pixels' cross-entropies.
# - Most pixels are background. Accuracy hides that, IoU per class shows it, weights in the loss work against it.
# - Going down, a network learns what; going up, it must find out where again. A transposed convolution stamps its
#   filter, number by number, and learns what to stamp.
# - The skip connections bring the places back, and bring the first layers close to the loss. With all of them cut,
#   the answer had lost sight of the picture.
# - Only custom: four stages, the doubling of filters, dropout of 0.3, joining and not adding. But the sizes must be
#   divisible by 16, since four halvings must be undone exactly.
