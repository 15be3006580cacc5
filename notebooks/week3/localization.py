# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Where is it?
#
# So far a network has looked at a picture and said one word. A car that drives itself would not get far with that. It
# must know that there is a motorcycle, *and where*; and soon, that there are five things, and where each of them is.

# %%
# First, for it keeps TensorFlow from talking about graphics cards.
from convwork.course import (
    hidden_tests,
    load_avatar_faces,
    load_crops,
    load_hand_signs,
    load_labelled_face,
    load_street_scenes,
    moved_faces,
    show_landmarks,
    show_located,
    show_overlaps,
    show_targets,
)

import keras
import matplotlib.pyplot as plt
import numpy as np
from ipywidgets import FloatSlider, interact

# %% tags=["show"]
scenes = load_street_scenes("train")
one, many = 10, 14
show_located(
    scenes.images[[one, one, many]],
    [None, scenes.boxes[one], scenes.boxes[many]],
    titles=[
        "classification: motorcycle",
        "localization: motorcycle, here",
        "detection: all of them, and where",
    ],
    columns=3,
)

# %% [markdown]
# This notebook is about the middle picture: one object at most, its name and its place. The next two need no other
# idea. You write down what the network is to say, and how wrong it is when it says something else; you train it on
# small squares of streets; and you build the ruler with which all of object detection is measured. In the end the same
# trick finds 64 points on a face.
#
# ## An answer of eight numbers
#
# A box around an object takes four numbers. Which four is a choice. Data mostly come as **corners**, $(x_1, y_1, x_2,
# y_2)$: upper left and lower right, with $x$ to the right and $y$ *downwards*. For the network's answer the lecture, and
# most detectors, take the **midpoint and the size**: $b_x, b_y, b_h, b_w$, height before width. All are shares of the
# picture: its upper left corner is (0, 0), its lower right corner (1, 1), however many pixels it has.
#
# Before the box stands $p_c$: is there anything at all? 1 for yes, 0 for no. After the box stand the classes, 1 for what
# it is and 0 for the others. With pedestrian, car and motorcycle that makes eight numbers. And if nothing is there?
# Then the other seven mean nothing. They are drawn as question marks; in the computer something must stand there, and
# we let it be 0.

# %%
CLASS_NAMES = ("pedestrian", "car", "motorcycle")

# %% tags=["show"]
examples = load_crops("validation", size=128)
car, nothing = 12, 6
x1, y1, x2, y2 = examples.boxes[car]
show_targets(
    examples.images[[car, nothing]],
    [[1, (x1 + x2) / 2, (y1 + y2) / 2, y2 - y1, x2 - x1, 0, 1, 0], np.zeros(8)],
    CLASS_NAMES,
)

# %% [markdown]
# **Exercise: `encode_target`** (4 points). A car fills the box from (0.3, 0.55) to (0.7, 0.85). Where is its middle?
# How high is it, and how wide? Now write the eight numbers on paper. Classes are counted from 0 here, as Python does:
# which number is the 1 for `class_id` 0?


# %% nbgrader={"grade": false, "grade_id": "encode_target", "locked": false, "schema_version": 3, "solution": true, "task": false}
def encode_target(box, class_id, n_classes):
    """What a network should answer for a picture with one object or none.

    box: (x1, y1, x2, y2), corners as shares of the picture, with x1 < x2 and y1 < y2; None if
        there is no object.
    class_id: the object's class, an integer from 0 to n_classes - 1; without meaning if there is
        no object.
    n_classes: how many classes there are, an integer, at least 1.
    Returns [p_c, b_x, b_y, b_h, b_w, c_1, …, c_n], 5 + n_classes numbers, as a list or a 1-D
    array: midpoint, height and width of the box; all of them 0 if there is no object.
    """
    ### BEGIN SOLUTION
    if box is None:
        return [0.0] * (5 + n_classes)
    x1, y1, x2, y2 = box
    classes = [float(kind == class_id) for kind in range(n_classes)]
    return [1.0, (x1 + x2) / 2, (y1 + y2) / 2, y2 - y1, x2 - x1, *classes]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_encode_target", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
target = encode_target((0.3, 0.55, 0.7, 0.85), 1, 3)
assert np.shape(target) == (8,), f"three classes make eight numbers; these are {np.shape(target)}"
assert np.isclose(target[0], 1), "an object is there: p_c is 1"
assert np.allclose(target[1:3], [0.5, 0.7]), f"the middle is (0.5, 0.7), not {target[1:3]}"
assert np.allclose(target[3:5], [0.3, 0.4]), (
    f"b_h is 0.3 and b_w is 0.4, in this order; you have {target[3:5]}"
)
assert np.allclose(target[5:], [0, 1, 0]), f"class 1 of 0, 1, 2 is a car, not {target[5:]}"
assert np.allclose(encode_target(None, None, 3), np.zeros(8)), "nothing there: eight zeros"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("encode_target")
### END HIDDEN TESTS

# %% [markdown]
# Here is what your network will learn from: squares of the street, each with one object or none. Their names and boxes
# have gone through your function, and what you see is read back from its vectors.


# %% tags=["show"]
def encode_all(crops):
    """The targets of all pictures, (m, 8)."""
    pairs = zip(crops.boxes, crops.labels, strict=True)
    return np.array([encode_target(box, label, 3) for box, label in pairs], dtype=np.float32)


def to_corners(vectors):
    """The boxes in targets or in a network's answers, (m, 8), as corners, (m, 4)."""
    x, y, height, width = np.transpose(vectors)[1:5]
    return np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=1)


def read(vector):
    """Box and name of one vector; no box where it says that nothing is there."""
    if vector[0] < 0.5:
        return None, "nothing"
    return to_corners(vector[np.newaxis])[0], CLASS_NAMES[np.argmax(vector[5:])]


train, test = load_crops("train", size=48), load_crops("test", size=48)
train_targets, test_targets = encode_all(train), encode_all(test)
boxes, names = zip(*[read(vector) for vector in train_targets[:18]], strict=True)
show_located(train.images[:18], boxes, titles=names, columns=9)
print(f"{len(train.images)} pictures to learn from, {len(test.images)} to test with")

# %% [markdown]
# ## How wrong is it?
#
# The network puts out eight numbers $\hat y$, and training needs one: how wrong are they? Square the differences and add
# them up. But what if nothing is there, as in the second picture above? Should a network be told off for the *width* of
# a thing that does not exist?
#
# $$L(\hat y, y) = \begin{cases} (\hat y_1 - y_1)^2 + (\hat y_2 - y_2)^2 + \dots + (\hat y_{5+n} - y_{5+n})^2 & \text{if } y_1 = 1 \\ (\hat y_1 - y_1)^2 & \text{if } y_1 = 0 \end{cases}$$
#
# where $y_1$ is $p_c$. Such a loss is called **masked**. Try it on the car of the last exercise. The network says

# %%
car_target = np.array([[1, 0.5, 0.7, 0.3, 0.4, 0, 1, 0]])
nothing_target = np.array([[0.0, 0, 0, 0, 0, 0, 0, 0]])
answer = np.array([[0.9, 0.5, 0.6, 0.5, 0.4, 0.1, 0.8, 0.2]])

# %% [markdown]
# For the car the squares are 0.01, 0, 0.01, 0.04, 0, 0.01, 0.04 and 0.04: the loss is 0.15. If there is nothing, the
# same answer costs 0.9² = 0.81, and what it says of the box and of the class costs nothing.
#
# (Squares everywhere are the lecture's choice, and a simple one. In practice one takes a cross-entropy for $p_c$ and for
# the classes; the mask stays as it is.)
#
# **Exercise: `localization_loss`** (6 points). Keras is going to train with *your* function, and will call it with
# tensors of TensorFlow, where NumPy's functions do not work. Signs such as `+`, `-`, `*`, `**` work for both, as do
# indices; so do the functions in `keras.ops`, which have NumPy's names (`keras.ops.sum`, `keras.ops.where`). Whose
# $p_c$ decides which of the two cases holds: the truth's, or the answer's? And over which axis do you not add?


# %% nbgrader={"grade": false, "grade_id": "localization_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def localization_loss(y_true, y_pred):
    """How wrong the answers about one object or none are, for each example.

    y_true: (m, 5 + n) floats, one target p_c, b_x, b_y, b_h, b_w, c_1, …, c_n in each row. p_c is
        exactly 1 or 0; where it is 0 the other numbers have no meaning and may be anything.
    y_pred: (m, 5 + n) floats, the network's answers in the same order, any numbers.
    Both are NumPy arrays or both are TensorFlow tensors, of the same type of float.
    Returns (m,), an array or a tensor: the sum of the squared errors of all components where p_c
    is 1, the squared error of p_c alone where it is 0.
    """
    ### BEGIN SOLUTION
    errors = (y_pred - y_true) ** 2
    return keras.ops.where(y_true[:, 0] == 1, keras.ops.sum(errors, axis=1), errors[:, 0])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_localization_loss", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
losses = localization_loss(car_target, answer)
assert np.shape(losses) == (1,), f"one loss for each example: (1,), not {np.shape(losses)}"
assert np.allclose(losses, 0.15), f"the example above costs 0.15 if a car is there, not {losses}"
losses = localization_loss(nothing_target, answer)
assert np.allclose(losses, 0.81), f"the same answer costs 0.81 if nothing is there, not {losses}"
losses = localization_loss(
    np.concatenate([car_target, nothing_target]), np.concatenate([answer, answer])
)
assert np.allclose(losses, [0.15, 0.81]), f"both at once: [0.15, 0.81], not {losses}"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("localization_loss")
### END HIDDEN TESTS

# %% [markdown]
# ## Training it
#
# An ordinary network does the rest: four convolutions, and a dense layer of eight sigmoids in the place of the softmax,
# since all eight numbers lie between 0 and 1. Nothing in it knows what a box is. Here is what it says *before* training,
# blue for the truth and orange for the guess:


# %% tags=["show"]
def convolutional_network(size, outputs):
    """A small network from pictures, 0 to 255, to numbers between 0 and 1."""
    layers = [keras.Input((size, size, 3)), keras.layers.Rescaling(1 / 255)]
    for filters, f in [(16, 5), (32, 3), (64, 3), (96, 3)]:
        layers += [
            keras.layers.Conv2D(filters, f, strides=2, padding="same", use_bias=False),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.ReLU(),
        ]
    layers += [keras.layers.Flatten(), keras.layers.Dense(128, activation="relu")]
    return keras.Sequential([*layers, keras.layers.Dense(outputs, activation="sigmoid")])


def show_answers(crops, answers, which):
    """Some pictures with their true boxes, and with the boxes and names in the answers."""
    guesses, guessed = zip(*[read(answers[index]) for index in which], strict=True)
    boxes = [crops.boxes[index] for index in which]
    show_located(crops.images[which], boxes, guesses, titles=guessed)


keras.utils.set_random_seed(1)
localizer = convolutional_network(48, 8)
untrained_answers = localizer.predict(test.images, verbose=0)
chosen = np.arange(12)
show_located(
    test.images[chosen],
    [test.boxes[index] for index in chosen],
    to_corners(untrained_answers)[chosen],
    titles=[f"$p_c$ = {vector[0]:.2f}" for vector in untrained_answers[chosen]],
)

# %% [markdown]
# It says the same of everything: half a picture wide, half a picture high, in the middle. Now it learns, with your targets and
# your loss. Each picture serves twice, once as it is and once as in a mirror. Of the eight numbers of a mirrored
# picture, which one changes, and into what? (The loss that Keras prints is the mean of what your function returns.)


# %% tags=["show"]
def mirrored(images, targets):
    """Pictures with left and right exchanged, and their targets."""
    turned = targets.copy()
    turned[:, 1] = targets[:, 0] * (1 - targets[:, 1])
    return images[:, :, ::-1], turned


pairs = [(train.images, train_targets), mirrored(train.images, train_targets)]
images, targets = (np.concatenate(parts) for parts in zip(*pairs, strict=True))
epochs, batch_size = 6, 64
rate = keras.optimizers.schedules.CosineDecay(4e-3, epochs * len(images) // batch_size)
localizer.compile(keras.optimizers.Adam(rate), loss=localization_loss)
localizer.fit(images, targets, batch_size=batch_size, epochs=epochs, verbose=2)
answers = localizer.predict(test.images, verbose=0)
show_answers(test, answers, chosen)

# %% [markdown]
# These streets it has never seen. By eye, it has learnt where things are; not to the pixel. How would you say *how
# well*, in one number?
#
# ## How good is a box?
#
# The distance between the midpoints? Ten pixels off is nothing for a bus and everything for a bicycle. The areas? Two
# boxes of the same size may lie far apart. What settles it is the area that both boxes cover, divided by the area that
# either covers: **intersection over union**, IoU. It is 1 if they agree to the pixel, and 0 if they do not meet, and it
# does not care how large the object is.

# %% tags=["show"]
box, other = (2, 1, 4, 3), (1, 2, 3, 4)
show_overlaps(
    [(box, other), (box, box), ((2, 1, 3, 2), (3, 2, 4, 4))],
    ["they share 1 and cover 7", "they share 4 and cover 4", "they share 0 and cover 3"],
)

# %% [markdown]
# On the left are the boxes (2, 1)–(4, 3), blue, and (1, 2)–(3, 4), orange and dashed. Each covers four squares. They
# share one, hatched. So together they cover 4 + 4 − 1 = 7, and the IoU is 1/7, about 0.143. Say aloud why the −1 is
# there.
#
# By custom a guess counts as right from 0.5 upwards. Nothing in nature says so; some ask for 0.6 or 0.7.
#
# **Exercise: `iou`** (6 points). Two things to decide before you write a line. How wide is the overlap of two boxes that
# stand apart, one to the right of and below the other? And what should the function answer when they only touch?


# %% nbgrader={"grade": false, "grade_id": "iou", "locked": false, "schema_version": 3, "solution": true, "task": false}
def iou(box1, box2):
    """Intersection over union of two boxes.

    box1, box2: (x1, y1, x2, y2), corners with x1 < x2 and y1 < y2, tuples or arrays, in any unit.
        A box is an area between lines, not a set of pixels: from 1 to 3 it is 2 wide.
    Returns a float from 0 (they do not meet, or only touch) to 1 (they are the same).
    """
    ### BEGIN SOLUTION
    width = min(box1[2], box2[2]) - max(box1[0], box2[0])
    height = min(box1[3], box2[3]) - max(box1[1], box2[1])
    shared = max(width, 0) * max(height, 0)
    one, other = [(x2 - x1) * (y2 - y1) for x1, y1, x2, y2 in (box1, box2)]
    return shared / (one + other - shared)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_iou", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
assert np.isclose(iou((2, 1, 4, 3), (1, 2, 3, 4)), 1 / 7), "the worked example gives 1/7"
assert np.isclose(iou((1, 2, 3, 4), (2, 1, 4, 3)), 1 / 7), "the order of the boxes does not matter"
assert np.isclose(iou((2, 1, 4, 3), (2, 1, 4, 3)), 1), "a box agrees with itself"
assert iou((0, 0, 2, 2), (3, 3, 4, 5)) == 0, "these two stand apart"
assert iou((0, 0, 2, 2), (2, 2, 4, 4)) == 0, "these two only touch, at a corner"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("iou")
### END HIDDEN TESTS

# %% [markdown]
# Slide one box off the other and watch the number. Half a box aside, and the IoU is not a half. What is it, and why?

# %% tags=["show"]
shifts = np.array([0, 0.5, 1, 2, 3, 4])
pairs = [((0, 0, 4, 3), (shift, 0, 4 + shift, 3)) for shift in shifts]
show_overlaps(pairs, [f"{iou(*pair):.2f}" for pair in pairs])

# %% tags=["show"]
steps = np.linspace(0, 1.2, 121)
figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
for name, colour, style, down in [
    ("aside", "#0072B2", "-", 0),
    ("aside and down", "#E69F00", "--", 1),
]:
    values = [iou((0, 0, 1, 1), (step, down * step, 1 + step, 1 + down * step)) for step in steps]
    axes.plot(steps, values, style, color=colour, label=name)
axes.axhline(0.5, color="#7f7f7f", linewidth=1)
axes.text(1.2, 0.52, "right, by custom", ha="right", color="#4d4d4d", fontsize=9)
axes.set(xlabel="shift, in widths of the box", ylabel="IoU", xlim=(0, 1.2), ylim=(0, 1.02))
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# A third of its width aside, or not even a fifth of its size along the diagonal, and a box is only just right. IoU is
# strict: 0.5 looks better than it sounds. With a running kernel you can push the box yourself.


# %% tags=["show"]
@interact(
    right=FloatSlider(1, min=-5, max=5, step=0.25), down=FloatSlider(1, min=-4, max=4, step=0.25)
)
def push(right, down):
    pair = (4, 3, 8, 6), (4 + right, 3 + down, 8 + right, 6 + down)
    show_overlaps([pair], [f"IoU {iou(*pair):.2f}"])


# %% [markdown]
# ## The ruler, applied
#
# Now the question can be answered. Here are the same twelve pictures, each with the IoU of truth and guess.

# %% tags=["show"]
guesses = to_corners(answers)
captions = [
    "nothing there" if truth is None else f"{iou(truth, guess):.2f}"
    for truth, guess in zip(test.boxes, guesses, strict=True)
]
shown = [None if test.boxes[index] is None else guesses[index] for index in chosen]
show_located(
    test.images[chosen],
    [test.boxes[index] for index in chosen],
    shown,
    titles=[captions[index] for index in chosen],
)

# %% [markdown]
# And over all pictures of the test, before and after training:


# %% tags=["show"]
there = [index for index, box in enumerate(test.boxes) if box is not None]


def all_ious(answers):
    """IoU of truth and guess wherever there is an object."""
    guesses = to_corners(answers)
    return np.array([iou(test.boxes[index], guesses[index]) for index in there])


labels = np.array([test.labels[index] for index in there])
figure, axes = plt.subplots(figsize=(8, 3), layout="constrained")
bins = np.linspace(0, 1, 21)
for name, numbers, colour, hatch in [
    ("before", untrained_answers, "#E69F00", "//"),
    ("after", answers, "#0072B2", None),
]:
    values = all_ious(numbers)
    axes.hist(values, bins, alpha=0.6, color=colour, hatch=hatch, edgecolor="white", label=name)
    named = np.mean(np.argmax(numbers[there, 5:], axis=1) == labels)
    noticed = np.mean((numbers[:, 0] > 0.5) == test_targets[:, 0])
    print(
        f"{name:6} training: mean IoU {values.mean():.2f}, at least 0.5 in {np.mean(values >= 0.5):.0%},"
        f" right name in {named:.0%}, right about whether anything is there in {noticed:.0%}"
    )
axes.set(xlabel="IoU of truth and guess", ylabel="pictures", xlim=(0, 1))
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# A third before any training, for saying "in the middle" every time: a baseline worth knowing, for who looks at one
# object tends to point the camera at it. Where does the trained network fail?

# %% tags=["show"]
after = all_ious(answers)
worst = np.array(there)[np.argsort(after)[:6]]
show_located(
    test.images[worst],
    [test.boxes[index] for index in worst],
    guesses[worst],
    titles=[captions[index] for index in worst],
)

# %% [markdown]
# Mostly people: thin, far away, near the border. If a box is ten pixels wide, five pixels make the difference between
# right and wrong.
#
# ## Points in the place of boxes
#
# A network that can put out four numbers about a place can put out more. Where is the corner of the eye? That is two
# numbers, $l_x$ and $l_y$. Is the mouth smiling? A few points around the lips say so. Such points are called
# **landmarks**. Here are 64 of them, on a drawn face, marked by hand.

# %% tags=["show"]
face = load_labelled_face()
show_landmarks([face.image], [face.landmarks], face.parts)

# %% [markdown]
# The target is one long vector: 1 for "there is a face", then $l_{1x}, l_{1y}, l_{2x}, l_{2y}, \dots, l_{64x},
# l_{64y}$. That makes 1 + 2 · 64 = 129 outputs. Landmark 9 must be the tip of the chin on *every* face, and landmark 49
# the same corner of the mouth. The network has no other way to know which point is meant.
#
# The loss is masked for the same reason as before. For a face, with points $\mathbf l_i$ and guesses
# $\hat{\mathbf l}_i$, it is
#
# $$(\hat y_1 - 1)^2 + \sum_{i} \left\lVert \hat{\mathbf l}_i - \mathbf l_i \right\rVert^2 ,$$
#
# and without a face only $\hat y_1^2$ is left. With two landmarks: the truth is (1; 0.4, 0.3; 0.6, 0.3), the answer (0.8;
# 0.4, 0.6; 0.2, 0.3). The flag costs 0.04, the first point is 0.3 too low, which costs 0.09, and the second 0.4 too far
# left, which costs 0.16. Together 0.29. Without a face the answer costs 0.64.
#
# **Exercise: `landmark_loss`** (4 points). How does the function know how many landmarks there are? And how much of this
# is new?

# %%
face_target = np.array([[1, 0.4, 0.3, 0.6, 0.3]])
face_answer = np.array([[0.8, 0.4, 0.6, 0.2, 0.3]])


# %% nbgrader={"grade": false, "grade_id": "landmark_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def landmark_loss(y_true, y_pred):
    """How wrong the answers about a face's landmarks are, for each example.

    y_true: (m, 1 + 2k) floats, in each row a flag and k points, flag, x_1, y_1, …, x_k, y_k. The
        flag is exactly 1 (a face) or 0 (none); where it is 0 the points have no meaning.
    y_pred: (m, 1 + 2k) floats, the network's answers in the same order, any numbers.
    Both are NumPy arrays or both are TensorFlow tensors, of the same type of float.
    Returns (m,), an array or a tensor: the squared error of the flag and, where there is a face,
    the squared distances of all k points, added up.
    """
    ### BEGIN SOLUTION
    flags, points = y_true[:, 0], y_true[:, 1:]
    distances = keras.ops.sum((y_pred[:, 1:] - points) ** 2, axis=1)
    return (y_pred[:, 0] - flags) ** 2 + flags * distances
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_landmark_loss", "locked": true, "points": 4, "schema_version": 3, "solution": false, "task": false}
losses = landmark_loss(face_target, face_answer)
assert np.shape(losses) == (1,), f"one loss for each example: (1,), not {np.shape(losses)}"
assert np.allclose(losses, 0.29), f"the example above costs 0.29 with a face, not {losses}"
losses = landmark_loss(0 * face_target, face_answer)
assert np.allclose(losses, 0.64), f"the same answer costs 0.64 without a face, not {losses}"
losses = landmark_loss(np.ones((3, 129)), np.zeros((3, 129)))
assert np.allclose(losses, [129] * 3), f"64 landmarks and a flag, all off by one: 129, not {losses}"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("landmark_loss")
### END HIDDEN TESTS

# %% [markdown]
# Marking 64 points on a thousand faces is a month of somebody's work. We have one marked face. But where a known tilt
# and shift take a face, they take its landmarks, too: so here is that face six hundred times, each time in another
# place, and two hundred pictures with no face in them. Your loss trains the same network as above, with 129 outputs.

# %% tags=["show"]
moved, places = moved_faces(face, 640)
without = load_hand_signs().train.images[:200]
face_images = np.concatenate([moved[:600], without])
face_targets = np.zeros((800, 129), dtype=np.float32)
face_targets[:600, 0] = 1
face_targets[:600, 1:] = places[:600].reshape(600, 128)

keras.utils.set_random_seed(2)
finder = convolutional_network(64, 129)
rate = keras.optimizers.schedules.CosineDecay(3e-3, 10 * 800 // 32)
finder.compile(keras.optimizers.Adam(rate), loss=landmark_loss)
history = finder.fit(face_images, face_targets, batch_size=32, epochs=10, verbose=0)
found = finder.predict(moved[600:], verbose=0)
points = found[:, 1:].reshape(-1, 64, 2)
off = 64 * np.linalg.norm(points - places[600:], axis=2).mean()
print(f"loss {history.history['loss'][0]:.2f} → {history.history['loss'][-1]:.3f}")
print(f"in places it has never seen, a landmark is {off:.1f} pixels off on average, of 64")
show_landmarks(moved[600:605], points[:5], face.parts)

# %% [markdown]
# It finds her in every place. What has it learnt: faces, or *this* face? Ask it about people whom it has never seen.

# %% tags=["show"]
strangers = load_avatar_faces().test.images[[205, 303, 404, 502, 30]]
found = finder.predict(strangers, verbose=0)
show_landmarks(
    strangers,
    found[:, 1:].reshape(-1, 64, 2),
    face.parts,
    titles=[f"a face: {vector[0]:.0%}" for vector in found],
)

# %% [markdown]
# "No face", it says of most, and then its points are a scribble: nobody has ever told it where they should be if there is
# no face. That is what a masked loss means. And one face, however often it is moved, is one face. What it takes is many
# people, each marked by hand and always in the same order. Then the same 129 numbers tell a smile from a frown, put a hat on a head in a film, or, on a body instead
# of a face, say who is dancing.
#
# ## What to take away
#
# - A network that locates is an ordinary network with other outputs: $p_c$, a box, the classes; or a flag and points.
# - What has no meaning must have no loss. The mask is decided by the truth, never by the answer.
# - Boxes come as corners, or as midpoint and size, in pixels or in shares. Most mistakes with boxes are a mix of these.
# - IoU is the shared area over the covered area: 1 for the same box, 0 for boxes that do not meet. It is strict, and it
#   does not depend on the size of things.
# - Look at a baseline first. "In the middle" was a third of the way.
#
# What is custom: height before width, squares in the loss, and 0.5 for "right".
