# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # You only look once
#
# A window that slides over a picture finds a car only where a window happens to fit. Here is a network that looks at the
# whole street *once* and says everything it knows: 1,024 boxes, each with a guess of what is in it.

# %%
# First, for it keeps TensorFlow from talking about graphics cards.
from convwork.course import (
    Detections,
    Truth,
    average_precision,
    hidden_tests,
    load_coco_detector,
    load_photo,
    load_street_detector,
    load_street_scenes,
    mean_average_precision,
    precision_recall,
    show_detections,
    show_encoded,
    show_goal,
    show_grid,
    show_overlaps,
    show_shapes,
    show_suppression,
)

import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf
from ipywidgets import FloatSlider, IntSlider, interact

# %% tags=["show"]
detector = load_street_detector()
scenes = load_street_scenes("test")
names = scenes.class_names
one = 126
show_goal(
    scenes.images[one],
    detector.look(scenes.images[one]),
    scenes.boxes[one],
    scenes.labels[one],
    names,
)

# %% [markdown]
# In the middle is what this network really says, in the picture on the right what you would like to hear. All that lies
# between them is in this notebook, and you write it: how the network is *taught* to speak in boxes, and how to listen
# to it. In the end you measure how well it sees 201 streets, and turn your functions on real photographs.
#
# The method is called **YOLO**, *you only look once* (Redmon, Divvala, Girshick and Farhadi, 2015).
#
# ## Who is responsible?
#
# A network that says "one object, here" has one vector of answers, p_c, b_x, b_y, b_h, b_w and the classes. For several
# objects it needs several. But in which order? If two cars stand in the street, which of them comes first?
#
# YOLO lays a grid over the picture, and each cell answers for itself. An object belongs to **the cell that holds its
# midpoint**, and to no other, however many cells it covers. So every object has exactly one place in the answer.

# %% tags=["show"]
street = 166
show_grid(scenes.images[street], scenes.boxes[street], grid=6, which=0)

# %% [markdown]
# Each cell has its own measure: its upper left corner is (0, 0), its lower right one (1, 1). There the midpoint is
# written down as $b_x$, $b_y$, between 0 and 1. The size is counted in cells, too: a car half as high as a cell and 0.9
# cells wide has $b_h = 0.5$ and $b_w = 0.9$. Can $b_h$ be larger than 1?
#
# Do it on paper. The grid is 3×3, and a car reaches from (0.65, 0.35) to (0.95, 0.5167), shares of the picture. Its
# midpoint is (0.8, 0.4333). Counted in cells that is (2.4, 1.3): column 2, row 1, where counting begins with 0, and
# within the cell $b_x = 0.4$, $b_y = 0.3$. It is 0.3 wide, which makes 0.9 cells, and 0.1667 high, half a cell.
#
# What if two midpoints lie in the same cell? A pedestrian before a car: one vector, two objects. So each cell gets several
# vectors, each for objects of another shape: **anchor boxes**. Anchor 0 is tall and narrow, say, anchor 1 wide and low. An
# object goes to its cell *and* to the anchor whose shape is the most similar: the one with the highest IoU if both are
# laid upon the same corner, wherever they are in the picture.

# %%
two_anchors = np.array([[0.1, 0.25], [0.3, 0.15]])  # width and height

# %% tags=["show"]
walker, car = (0.12, 0.3), (0.3, 1 / 6)
show_overlaps(
    [
        ((0, 0, *(20 * np.array(shape))), (0, 0, *(20 * anchor)))
        for shape in (walker, car)
        for anchor in two_anchors
    ],
    [
        "walker, anchor 0: 0.69",
        "walker, anchor 1: 0.29",
        "car, anchor 0: 0.29",
        "car, anchor 1: 0.90",
    ],
)

# %% [markdown]
# Blue is the object, orange the anchor. (Anchors are given as width and height, shares of the picture, as boxes are.)
#
# A label for a picture is now an array of four axes: row, column, anchor, and the 5 + n numbers. With a 3×3 grid, two
# anchors and three classes: 3×3×2×8. Nearly all of it is 0.
#
# **Exercise: `encode_grid`** (8 points). A picture is addressed by row and column, a box by x and y: which of them
# goes with which? What must the function do with a box that is *three* cells wide? And with a cell that is claimed twice
# at the same anchor: one object is lost, and nothing of it may remain.


# %% nbgrader={"grade": false, "grade_id": "encode_grid", "locked": false, "schema_version": 3, "solution": true, "task": false}
def encode_grid(boxes, class_ids, anchors, grid, n_classes):
    """What a network with a grid and anchors should answer for a picture.

    boxes: (n, 4) array, a row x1, y1, x2, y2 for each object, corners as shares of the picture,
        0 ≤ x1 < x2 ≤ 1, and y likewise. n may be 0.
    class_ids: (n,) integers from 0 to n_classes - 1.
    anchors: (n_anchors, 2) array, width and height of each anchor, shares of the picture.
    grid: how many rows the grid has, and how many columns, an integer.
    n_classes: how many classes there are, an integer.
    Returns (grid, grid, n_anchors, 5 + n_classes), an array: for each row, column and anchor p_c,
    b_x, b_y, b_h, b_w, c_1, …, c_n, all 0 where no object is. An object stands in the cell of its
    midpoint (on a line between cells: in the one to the right, or below) at the anchor with the
    highest IoU of shapes (of equals: the first). b_x, b_y: its midpoint in that cell, from 0 to 1;
    b_h, b_w: its height and width in cells. If two objects claim the same place, the later one in
    `boxes` gets it.
    """
    ### BEGIN SOLUTION
    targets = np.zeros((grid, grid, len(anchors), 5 + n_classes))
    w, h = grid * np.transpose(anchors)
    for (x1, y1, x2, y2), kind in zip(grid * np.asarray(boxes), class_ids, strict=True):
        x, y, height, width = (x1 + x2) / 2, (y1 + y2) / 2, y2 - y1, x2 - x1
        shared = np.minimum(w, width) * np.minimum(h, height)
        anchor = np.argmax(shared / (w * h + width * height - shared))
        row, column = int(y), int(x)
        classes = np.arange(n_classes) == kind
        targets[row, column, anchor] = [1, x - column, y - row, height, width, *classes]
    return targets
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_encode_grid", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
car_box = np.array([[0.65, 0.35, 0.95, 0.35 + 1 / 6]])
label = np.asarray(encode_grid(car_box, np.array([1]), two_anchors, 3, 3))
assert label.shape == (3, 3, 2, 8), f"3×3 cells, two anchors, 8 numbers; you have {label.shape}"
place = tuple(int(i) for i in np.argwhere(label[..., 0] == 1)[0])
assert place == (1, 2, 1), f"the car is in row 1, column 2, at anchor 1; you have {place}"
assert np.allclose(label[place], [1, 0.4, 0.3, 0.5, 0.9, 0, 1, 0]), (
    f"p_c, b_x, b_y, b_h, b_w are 1, 0.4, 0.3, 0.5, 0.9, and class 1 is a car; not {label[place]}"
)
assert np.count_nonzero(label[..., 0]) == 1, "one object, one place: all others are empty"
both = np.asarray(
    encode_grid(np.array([[0.74, 0.28, 0.86, 0.58], *car_box]), np.array([0, 1]), two_anchors, 3, 3)
)
assert np.allclose(both[1, 2, 0], [1, 0.4, 0.29, 0.9, 0.36, 1, 0, 0]), (
    f"a pedestrian before the car takes anchor 0 of the same cell, not {both[1, 2]}"
)
assert np.allclose(both[1, 2, 1], label[1, 2, 1]), "and the car stays where it was"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("encode_grid")
### END HIDDEN TESTS

# %% [markdown]
# Two streets, labelled by your function on a grid of 6×6 cells. All that you see is read back from your numbers: shaded
# the cells that are responsible, and behind the name the number of the anchor.


# %% tags=["show"]
def encode_all(scenes, anchors, grid):
    """The labels of all scenes, (m, grid, grid, n_anchors, 8)."""
    pairs = zip(scenes.boxes, scenes.labels, strict=True)
    return np.array([encode_grid(boxes, labels, anchors, grid, 3) for boxes, labels in pairs])


shown = [17, 68]
labels = encode_all(scenes, two_anchors, 6)
show_encoded(scenes.images[shown], labels[shown], names)

# %% [markdown]
# How many objects are lost because their place is taken? Count the ones in your labels of the 900 training scenes.

# %% tags=["show"]
train = load_street_scenes("train")
objects = sum(len(labels) for labels in train.labels)
grids = [2, 3, 4, 6, 8, 12, 16, 19]
figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
for count, style, colour in [(1, "o-", "#0072B2"), (2, "s--", "#E69F00")]:
    lost = [
        1 - encode_all(train, two_anchors[-count:], grid)[..., 0].sum() / objects for grid in grids
    ]
    axes.plot(grids, lost, style, color=colour, label=f"{count} anchor{'s' * (count > 1)}")
    print(
        f"{count} anchor{'s' * (count > 1)}: 3×3 cells lose {lost[1]:.0%}, 19×19 lose {lost[-1]:.1%}"
    )
axes.set(xlabel="cells in a row", ylabel="objects lost", xticks=grids, ylim=(0, None))
axes.yaxis.set_major_formatter("{x:.0%}")
axes.legend(frameon=False)
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# A fine grid does more than a second anchor: in practice 19×19 is usual, and two midpoints in a cell are rare. Then what
# are anchors good for? Each of them becomes a *specialist*: the numbers at anchor 0 only ever describe something tall
# and narrow, and a network that starts from the right shape has less to learn.
#
# ## Which shapes?
#
# You can choose anchors by hand, as above. Better, let the data choose. Here are all objects of the training streets, each
# as a point: its width and its height. **k-means** looks for $k$ anchors in the midst of them:
#
# 1. Start with $k$ of the shapes, drawn at random.
# 2. Give each shape to the anchor that is nearest to it.
# 3. Move each anchor to the mean of the shapes that it was given. Repeat 2 and 3 until nothing changes any more.
#
# Nearest by which measure? Two centimetres more make another thing of a mouse, and nothing of a bus. So the distance of
# two shapes is, after Redmon and Farhadi (2016),
#
# $$d = 1 - \operatorname{IoU}$$
#
# with both laid upon the same corner, as above. For example: the shapes (0.1, 0.2) and (0.2, 0.1) share 0.01 and cover
# 0.03, so their distance is 2/3, as is that of (1, 2) and (2, 1). On paper, in centimetres, the second pair would be ten
# times as far apart.
#
# **Exercise: `kmeans_anchors`** (5 points). `rng.choice` draws; what does it do unless you tell it not to draw the same
# shape twice? Each anchor is a mean, of two numbers: over which axis? (With this distance the rounds do not *have* to
# come to rest, although they nearly always do. Stop after a few hundred at the latest.)


# %% nbgrader={"grade": false, "grade_id": "kmeans_anchors", "locked": false, "schema_version": 3, "solution": true, "task": false}
def kmeans_anchors(shapes, k, rng):
    """Anchors for a set of objects, by k-means with 1 − IoU as the distance.

    shapes: (n, 2) array, width and height of each object, positive, no two objects alike.
    k: how many anchors, an integer from 1 to n.
    rng: a `numpy.random.Generator`, the only source of chance: the same shapes and a generator in
        the same state give the same anchors.
    Returns (k, 2), an array: width and height of each anchor, in any order. Each is the mean of
    the shapes that are nearer to it than to any other anchor, and each has at least one. The IoU
    of two shapes is that of boxes with a common corner.
    """
    ### BEGIN SOLUTION
    anchors = rng.choice(shapes, k, replace=False)
    areas = shapes[:, 0] * shapes[:, 1]
    for _ in range(300):
        shared = np.prod(np.minimum(shapes[:, np.newaxis], anchors), axis=2)
        union = areas[:, np.newaxis] + anchors[:, 0] * anchors[:, 1] - shared
        nearest = np.argmax(shared / union, axis=1)
        moved = np.array([np.mean(shapes[nearest == number], axis=0) for number in range(k)])
        if np.array_equal(moved, anchors):
            break
        anchors = moved
    return anchors
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_kmeans_anchors", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
few = np.array([[0.1, 0.3], [0.12, 0.28], [0.4, 0.2], [0.44, 0.22], [0.42, 0.18]])
pair = np.asarray(kmeans_anchors(few, 2, np.random.default_rng(3)))
assert pair.shape == (2, 2), f"two anchors, width and height: (2, 2), not {pair.shape}"
assert np.allclose(pair[np.argsort(pair[:, 0])], [[0.11, 0.29], [0.42, 0.2]]), (
    f"two tall shapes and three wide ones have the means (0.11, 0.29) and (0.42, 0.2), not {pair}"
)
single = kmeans_anchors(few, 1, np.random.default_rng(3))
assert np.allclose(single, [[0.296, 0.236]]), f"a single anchor is the mean of all, not {single}"
again = kmeans_anchors(few, 2, np.random.default_rng(3))
assert np.array_equal(pair, again), "the same generator, the same anchors"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("kmeans_anchors")
### END HIDDEN TESTS

# %% tags=["show"]
shapes = np.unique(np.concatenate([boxes[:, 2:] - boxes[:, :2] for boxes in train.boxes]), axis=0)
sets = [kmeans_anchors(shapes, k, np.random.default_rng(1)) for k in (2, 4)]
show_shapes(
    shapes, [*sets, detector.anchors], ["2 anchors, yours", "4, yours", "4, the detector's"]
)


# %% [markdown]
# An anchor is drawn as the box it stands for. The four of the detector with which you will work were found in the same
# way on other streets, with the median in the place of the mean.
#
# How many are enough? Take for each object the IoU with its best anchor, and the mean of these over all objects.


# %% tags=["show"]
def best_iou(shapes, anchors):
    """The IoU of each shape with the most similar anchor."""
    shared = np.minimum(shapes[:, np.newaxis], anchors).prod(axis=2)
    union = shapes.prod(axis=1)[:, np.newaxis] + np.prod(anchors, axis=1) - shared
    return np.max(shared / union, axis=1)


counts = range(1, 10)
means = [
    best_iou(shapes, kmeans_anchors(shapes, k, np.random.default_rng(1))).mean() for k in counts
]
figure, axes = plt.subplots(figsize=(7, 3), layout="constrained")
axes.plot(counts, means, "o-", color="#0072B2")
axes.set(xlabel="anchors", ylabel="mean IoU with the best one", xticks=counts)
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# The more the better, by less and less: each anchor costs eight more numbers in every cell. (From another start k-means may
# come to rest at other anchors. In practice one starts several times, and keeps the best.)
#
# ## What the network says
#
# The detector has been trained on labels as yours: a grid of 16×16 cells, four anchors, three classes. (It has 872,768
# parameters, and took 48 minutes on two cores. It has seen 5,400 streets, and none of those here.) Its answer for a
# picture comes in four arrays:
#
# - `box_xy`, (16, 16, 4, 2): the midpoint of each box, x and y. Already turned back from cells to shares of the picture.
# - `box_wh`, (16, 16, 4, 2): its width and height, in the same measure.
# - `box_confidence`, (16, 16, 4, 1): $p_c$, between 0 and 1: is anything there?
# - `box_class_probs`, (16, 16, 4, 3): *if* something is there, what? They add up to 1.

# %% tags=["show"]
outputs = detector.look(scenes.images)
targets = encode_all(scenes, detector.anchors, 16)
here = targets[..., 0] == 1
confidence = outputs[2][..., 0]
figure, axes = plt.subplots(figsize=(7, 2.8), layout="constrained")
bins = np.linspace(0, 1, 26)
for chosen, colour, hatch, text in [
    (here, "#0072B2", None, "your label says 1"),
    (~here, "#E69F00", "//", "your label says 0"),
]:
    axes.hist(
        confidence[chosen],
        bins,
        color=colour,
        alpha=0.6,
        hatch=hatch,
        edgecolor="white",
        label=text,
    )
    print(
        f"where {text}: {chosen.sum():7,} answers, median confidence {np.median(confidence[chosen]):.4f}"
    )
axes.set(xlabel="box_confidence", ylabel="answers (logarithmic)", yscale="log", xlim=(0, 1))
axes.legend(frameon=False, loc="upper center")
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# Your labels and its answers agree: where you say 1, it is mostly sure, and where you say 0, it nearly always says
# nothing. Nearly: among 205,038 empty places even a few in a thousand are many.
#
# First, the boxes. TensorFlow wants them as corners, and with **y first**: $(y_1, x_1, y_2, x_2)$, as rows come before
# columns in an array. (From here on all boxes are so. Mixing the two is the most frequent mistake of this trade.) A
# midpoint (0.5, 0.4) with width 0.2 and height 0.6 gives (0.1, 0.4, 0.7, 0.6).
#
# **Exercise: `yolo_boxes_to_corners`** (3 points). It must do for one box and for 16×16×4 of them. How far is it from
# the middle to the side?


# %% nbgrader={"grade": false, "grade_id": "yolo_boxes_to_corners", "locked": false, "schema_version": 3, "solution": true, "task": false}
def yolo_boxes_to_corners(box_xy, box_wh):
    """Corners of boxes, from their midpoints and sizes.

    box_xy: (…, 2) array, midpoints x, y; any number of axes before the last.
    box_wh: (…, 2) array of the same shape, width and height.
    Returns (…, 4), an array or a tensor: y1, x1, y2, x2 with y1 ≤ y2 and x1 ≤ x2, in the unit of
    the arguments. Boxes may reach beyond the picture, and are not cut.
    """
    ### BEGIN SOLUTION
    low, high = box_xy - box_wh / 2, box_xy + box_wh / 2
    return np.concatenate([low[..., ::-1], high[..., ::-1]], axis=-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_yolo_boxes_to_corners", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
corners = yolo_boxes_to_corners(np.array([0.5, 0.4]), np.array([0.2, 0.6]))
assert np.shape(corners) == (4,), f"one box has four numbers, not {np.shape(corners)}"
assert np.allclose(corners, [0.1, 0.4, 0.7, 0.6]), (
    f"want y1, x1, y2, x2 = 0.1, 0.4, 0.7, 0.6, not {corners}"
)
assert np.shape(yolo_boxes_to_corners(np.zeros((3, 5, 2, 2)), np.ones((3, 5, 2, 2)))) == (
    3,
    5,
    2,
    4,
), "a grid of boxes keeps its axes: (3, 5, 2, 4)"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("yolo_boxes_to_corners")
### END HIDDEN TESTS

# %% [markdown]
# ## Which of them mean anything?
#
# Is there anything? What would it be? The two answers belong together. The **score** of a class is
#
# $$\text{score}_i = p_c \cdot c_i .$$
#
# A box says: $p_c = 0.8$, and if anything, then (0.1, 0.7, 0.2) pedestrian, car, motorcycle. Its scores are 0.08, 0.56,
# 0.16. The best is that of the car, 0.56, and that is the box's score. Kept is what reaches a **threshold**. At 0.6 this box
# goes, although something is there with 0.8: nobody is sure enough that it is a *car*. And a box whose score is exactly 0.6? That is
# custom; as most do, we keep it.
#
# **Exercise: `yolo_filter_boxes`** (8 points). Four axes go in; how many come out, if nobody knows how many boxes are
# kept? Over which of the four is the best class the best? What comes back must belong together: the first score, the
# first box, the first class. And if no box is kept?


# %% nbgrader={"grade": false, "grade_id": "yolo_filter_boxes", "locked": false, "schema_version": 3, "solution": true, "task": false}
def yolo_filter_boxes(boxes, box_confidence, box_class_probs, threshold=0.6):
    """Keep the boxes that are sure enough of a class.

    boxes: (…, 4) array, corners of boxes; any number of axes before the last, at least one.
    box_confidence: (…, 1) array, how sure it is that the box holds anything.
    box_class_probs: (…, n_classes) array, for each class how likely it would be.
    threshold: kept is a box if the score of its best class, the product of the two, is at least
        this.
    Returns scores (k,), boxes (k, 4), classes (k,), arrays or tensors: for each box that is kept
    the score of its best class, its corners, and the class, an integer from 0. They stand in
    the order in which the boxes come (as in `boxes.reshape(-1, 4)`). k may be 0: then the shapes
    are (0,), (0, 4), (0,).
    """
    ### BEGIN SOLUTION
    all_scores = box_confidence * box_class_probs
    scores, classes = np.max(all_scores, axis=-1), np.argmax(all_scores, axis=-1)
    kept = scores >= threshold
    return scores[kept], boxes[kept], classes[kept]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_yolo_filter_boxes", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
three_boxes = np.array([[0.1, 0.1, 0.5, 0.4], [0.2, 0.6, 0.9, 0.8], [0.0, 0.0, 0.3, 0.3]])
three_confidences = np.array([[0.8], [0.9], [0.5]])
three_probs = np.array([[0.1, 0.7, 0.2], [0.9, 0.05, 0.05], [0.0, 0.0, 1.0]])
scores, boxes, classes = yolo_filter_boxes(three_boxes, three_confidences, three_probs)
assert np.shape(scores) == (1,) and np.allclose(scores, 0.81), (
    f"at 0.6 one box is kept, with 0.81; not {scores}"
)
assert np.shape(boxes) == (1, 4) and np.allclose(boxes, three_boxes[1:2]), (
    f"its corners are {three_boxes[1]}"
)
assert np.shape(classes) == (1,) and np.allclose(classes, 0), (
    f"and it is a pedestrian, 0, not {classes}"
)
scores, boxes, classes = yolo_filter_boxes(
    three_boxes.reshape(3, 1, 4),
    three_confidences.reshape(3, 1, 1),
    three_probs.reshape(3, 1, 3),
    threshold=0.5,
)
assert np.allclose(scores, [0.56, 0.81, 0.5]), (
    f"at 0.5 all three are kept, the last just so; not {scores}"
)
assert np.allclose(classes, [1, 0, 2]), f"car, pedestrian, motorcycle: 1, 0, 2, not {classes}"
nothing = yolo_filter_boxes(three_boxes, three_confidences, three_probs, threshold=0.95)
assert [np.shape(part) for part in nothing] == [(0,), (0, 4), (0,)], "at 0.95 nothing is kept"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("yolo_filter_boxes")
### END HIDDEN TESTS


# %% [markdown]
# What remains of the 1,024 boxes?


# %% tags=["show"]
def in_pixels(boxes, image):
    """Corners y1, x1, y2, x2 in pixels of an image, from shares."""
    height, width = image.shape[:2]
    return np.asarray(boxes) * (height, width, height, width)


def filtered(number, threshold):
    """Scores, boxes and classes of one scene, before any suppression."""
    box_xy, box_wh, confidence, probs = (part[number] for part in outputs)
    boxes = in_pixels(yolo_boxes_to_corners(box_xy, box_wh), scenes.images[number])
    return yolo_filter_boxes(boxes, confidence, probs, threshold)


thresholds = [0.02, 0.3, 0.6]
show_detections(
    scenes.images[[one] * 3],
    [filtered(one, threshold) for threshold in thresholds],
    names,
    titles=[f"threshold {threshold}" for threshold in thresholds],
)

# %% [markdown]
# Most of the noise is gone at any of them. At 0.6 a car and a pedestrian are gone, too: the threshold trades what is
# missed for what is imagined. And look closely at the left: some things are found several times.
#
# ## One thing, one box
#
# Other detectors have it worse. Here is one that was trained on COCO, a hundred thousand photographs with 80 kinds of
# things. It has a grid of 128×128 cells, and everyone in the middle of an object raises a hand.

# %% tags=["show"]
coco = load_coco_detector()


def coco_boxes(photo, threshold):
    """Scores, boxes (in pixels) and classes that the COCO detector proposes."""
    heat, boxes = coco.look(photo)  # its scores come as one number: say that p_c is 1
    return [
        np.asarray(part)
        for part in yolo_filter_boxes(boxes, np.ones((128, 128, 1)), heat, threshold)
    ]


photo = load_photo("motorcycle")
proposals = coco_boxes(photo, 0.3)
print(f"{len(proposals[0])} boxes with a score of at least 0.3")
show_detections([photo], [proposals], coco.classes)

# %% [markdown]
# All of them are right, and all but one are too many. **Non-max suppression** keeps the best:
#
# 1. Of all boxes that are left, keep the one with the highest score.
# 2. Remove all boxes that overlap with it: whose IoU with it is *larger* than a threshold, mostly 0.5.
# 3. Begin again, until no box is left.
#
# Take the lecture's two cars, on squared paper. The boxes of the right one score 0.9, 0.6 and 0.7, those of the left one
# 0.8 and 0.7. The 0.9 is kept and removes 0.6 and 0.7; then the 0.8 is kept and removes the other 0.7.

# %%
two_cars = np.array([[2, 10, 6, 18], [1, 11, 6, 19], [2, 9, 7, 17], [3, 1, 7, 8], [3, 2, 8, 9]])
two_cars_scores = np.array([0.9, 0.6, 0.7, 0.8, 0.7])

# %% tags=["show"]
show_suppression(np.full((9, 20, 3), 255), two_cars_scores, two_cars, [0, 3], 0.5)

# %% [markdown]
# **Exercise: `non_max_suppression`** (6 points), by hand, in NumPy. You need the IoU of the last notebook. Three boxes stand
# in a row, the first (0.9) overlaps with the second (0.8), the second with the third (0.7), but the first not with the third:
# which of them are kept? What is the IoU of two boxes that have no area at all? Nothing over nothing is no number; say
# that they do not overlap, as TensorFlow does.


# %% nbgrader={"grade": false, "grade_id": "non_max_suppression", "locked": false, "schema_version": 3, "solution": true, "task": false}
def non_max_suppression(scores, boxes, iou_threshold):
    """Which boxes of one class remain, if each object is to have one box.

    scores: (n,) array. boxes: (n, 4) array, corners y1, x1, y2, x2 with y1 ≤ y2 and x1 ≤ x2, in
        any unit. n may be 0.
    iou_threshold: a box is removed if its IoU with a kept box of a higher score is larger than
        this; at exactly this, it stays. Of boxes that score the same, any may come first.
    A box without area overlaps with nothing, not even with its like: its IoU is 0.
    Returns the indices of the boxes that are kept, integers, the highest score first, as a list
    or a 1-D array; it is empty if there are no boxes.
    """
    ### BEGIN SOLUTION
    heights, widths = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    areas, remaining, kept = heights * widths, np.argsort(-scores), []
    while len(remaining):
        best, remaining = remaining[0], remaining[1:]
        kept.append(int(best))
        low = np.maximum(boxes[best, :2], boxes[remaining, :2])
        high = np.minimum(boxes[best, 2:], boxes[remaining, 2:])
        shared = np.prod(np.maximum(high - low, 0), axis=1)
        union = areas[best] + areas[remaining] - shared
        remaining = remaining[shared <= iou_threshold * union]
    return kept
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_non_max_suppression", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
kept = list(non_max_suppression(two_cars_scores, two_cars, 0.5))
assert kept == [0, 3], f"one box for each car, the surer one first: [0, 3], not {kept}"
row = np.array([[0, 0, 2, 4], [0, 1, 2, 5], [0, 2, 2, 6]])
kept = list(non_max_suppression(np.array([0.7, 0.8, 0.9]), row, 0.5))
assert kept == [2, 0], f"0.9 removes 0.8, and 0.8 can remove nothing any more: [2, 0], not {kept}"
kept = list(non_max_suppression(np.array([0.9, 0.8]), np.array([[0, 0, 2, 2], [0, 0, 2, 1]]), 0.5))
assert kept == [0, 1], f"an IoU of exactly the threshold removes nothing: [0, 1], not {kept}"
assert list(non_max_suppression(np.zeros(0), np.zeros((0, 4)), 0.5)) == [], "no boxes, no indices"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("non_max_suppression")
### END HIDDEN TESTS

# %% tags=["show"]
scores, boxes, classes = (
    part[proposals[2] == coco.classes.index("motorcycle")] for part in proposals
)
kept = list(non_max_suppression(scores, boxes, 0.5))
print(f"of {len(scores)} boxes remain {len(kept)}")
show_detections(
    [photo, photo],
    [(scores, boxes, classes), (scores[kept], boxes[kept], classes[kept])],
    coco.classes,
    titles=["before", "after your suppression"],
    columns=2,
)

# %% [markdown]
# ## Class by class
#
# A cup stands on a table. Both are in the photo, and their boxes overlap. Should one remove the other? They are two things. So
# the lecture, and this notebook, suppress **class by class**: a box can only be removed by one of *its own* class. (One
# call of TensorFlow's function for all classes together, as often seen, is shorter; it loses whatever stands before
# something else.)
#
# TensorFlow has the loop that you have just written: `tf.image.non_max_suppression(boxes, scores, max_output_size,
# iou_threshold)` returns indices, at most so many. Mind the order of its arguments. It knows nothing of classes.
#
# **Exercise: `yolo_non_max_suppression`** (8 points). How do you let it see one class at a time, and how do you find the way
# from an index among the cars back to an index among all? `max_boxes` counts over *all* classes together: the highest
# scores are kept, whatever they are. So what must happen after the last class?


# %% nbgrader={"grade": false, "grade_id": "yolo_non_max_suppression", "locked": false, "schema_version": 3, "solution": true, "task": false}
def yolo_non_max_suppression(scores, boxes, classes, max_boxes=10, iou_threshold=0.5):
    """One box for each object: non-max suppression, class by class.

    scores: (n,) array of float32. boxes: (n, 4) array of float32, corners y1, x1, y2, x2, in any
        unit. classes: (n,) array of integers, any from 0 upwards. n may be 0.
    max_boxes: how many boxes to return at most, over all classes together: those with the highest
        scores among the boxes that suppression leaves.
    iou_threshold: a box is removed if its IoU with a kept box of the same class and a higher
        score is larger than this.
    Returns scores (k,), boxes (k, 4), classes (k,), integers as before, all of them arrays or
    tensors, the highest score first. Of boxes that score the same, any may come first. k may be 0:
    then the shapes are (0,), (0, 4), (0,).
    """
    ### BEGIN SOLUTION
    kept = []
    for kind in np.unique(classes):
        mine = np.flatnonzero(classes == kind)
        chosen = tf.image.non_max_suppression(boxes[mine], scores[mine], len(mine), iou_threshold)
        kept.extend(mine[chosen])
    kept = sorted(kept, key=lambda index: -scores[index])[:max_boxes]
    return scores[kept], boxes[kept], classes[kept]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_yolo_non_max_suppression", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
scores, boxes, classes = yolo_non_max_suppression(
    two_cars_scores.astype(np.float32), two_cars.astype(np.float32), np.array([1, 1, 1, 1, 1])
)
assert np.allclose(scores, [0.9, 0.8]), f"the two cars again: scores 0.9 and 0.8, not {scores}"
assert np.allclose(boxes, two_cars[[0, 3]]), f"and their boxes, not {boxes}"
scores, boxes, classes = yolo_non_max_suppression(
    two_cars_scores.astype(np.float32), two_cars.astype(np.float32), np.array([1, 0, 1, 1, 2])
)
assert np.allclose(scores, [0.9, 0.8, 0.7, 0.6]), (
    f"if 0.6 is a pedestrian and the last 0.7 a motorcycle, no car removes them; you have {scores}"
)
assert np.allclose(classes, [1, 1, 2, 0]), f"their classes are 1, 1, 2, 0, not {classes}"
scores, boxes, classes = yolo_non_max_suppression(
    two_cars_scores.astype(np.float32),
    two_cars.astype(np.float32),
    np.array([1, 0, 1, 1, 2]),
    max_boxes=3,
)
assert np.allclose(scores, [0.9, 0.8, 0.7]), f"at most three, of all classes together; not {scores}"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("yolo_non_max_suppression")
### END HIDDEN TESTS

# %% [markdown]
# Cup and table, by your function, and by one call for all classes together:

# %% tags=["show"]
coffee = load_photo("coffee")
proposals = coco_boxes(coffee, 0.3)
one_call = np.asarray(tf.image.non_max_suppression(proposals[1], proposals[0], 10, 0.5))
show_detections(
    [coffee] * 3,
    [proposals, [part[one_call] for part in proposals], yolo_non_max_suppression(*proposals)],
    coco.classes,
    titles=[f"{len(proposals[0])} proposals", "all classes in one call", "class by class"],
)

# %% [markdown]
# ## All of it
#
# The network speaks in shares of the picture, because it does not know how large your picture is. You do. Corners,
# threshold, pixels, suppression: in a picture of 720×1280, the box (0.1, 0.4, 0.7, 0.6) is (72, 512, 504, 768).
#
# **Exercise: `yolo_eval`** (7 points). You have all its parts. Which numbers of a box are to be multiplied by the height?
# Five arguments come in: does each of them arrive where it is needed?


# %% nbgrader={"grade": false, "grade_id": "yolo_eval", "locked": false, "schema_version": 3, "solution": true, "task": false}
def yolo_eval(
    yolo_outputs, image_shape=(720, 1280), max_boxes=10, score_threshold=0.6, iou_threshold=0.5
):
    """From what a network says of one picture to boxes on that picture.

    yolo_outputs: (box_xy, box_wh, box_confidence, box_class_probs), arrays of float32 of the
        shapes (…, 2), (…, 2), (…, 1) and (…, n_classes), with the same axes before the last;
        box_xy and box_wh are shares of the picture's width and height.
    image_shape: (height, width) of the picture, in pixels.
    max_boxes, iou_threshold: as in `yolo_non_max_suppression`. score_threshold: the `threshold` of
        `yolo_filter_boxes`.
    Returns scores (k,), boxes (k, 4), classes (k,) as `yolo_non_max_suppression` does; the
    boxes are y1, x1, y2, x2 in pixels, not rounded, and not cut at the border.
    """
    ### BEGIN SOLUTION
    box_xy, box_wh, box_confidence, box_class_probs = yolo_outputs
    height, width = image_shape
    boxes = yolo_boxes_to_corners(box_xy, box_wh) * (height, width, height, width)
    kept = yolo_filter_boxes(boxes, box_confidence, box_class_probs, score_threshold)
    return yolo_non_max_suppression(*kept, max_boxes, iou_threshold)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_yolo_eval", "locked": true, "points": 7, "schema_version": 3, "solution": false, "task": false}
small_outputs = tuple(
    np.array(part, dtype=np.float32)
    for part in (
        [[[0.5, 0.4], [0.51, 0.41]], [[0.2, 0.2], [0.8, 0.8]]],  # box_xy
        [[[0.2, 0.6], [0.2, 0.6]], [[0.1, 0.1], [0.1, 0.3]]],  # box_wh
        [[[1.0], [0.9]], [[0.5], [1.0]]],  # box_confidence
        [[[0.1, 0.9], [0.1, 0.9]], [[0.5, 0.5], [0.75, 0.25]]],  # box_class_probs
    )
)
scores, boxes, classes = yolo_eval(small_outputs)
assert np.allclose(scores, [0.9, 0.75]), (
    f"0.81 is the first box again, 0.25 too little: 0.9, 0.75, not {scores}"
)
assert np.allclose(boxes, [[72, 512, 504, 768], [468, 960, 684, 1088]], atol=0.01), (
    f"y1, x1, y2, x2 in pixels of 720×1280, not {boxes}"
)
assert np.allclose(classes, [1, 0]), f"their classes are 1 and 0, not {classes}"
scores, boxes, classes = yolo_eval(small_outputs, iou_threshold=0.95, max_boxes=2)
assert np.allclose(scores, [0.9, 0.81]), (
    f"0.81 overlaps by less than 0.95, and two are asked for; not {scores}"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("yolo_eval")
### END HIDDEN TESTS


# %% tags=["show"]
def detect(number, **settings):
    """Scores, boxes and classes in one test scene, by your functions."""
    said = tuple(part[number] for part in outputs)
    return yolo_eval(said, image_shape=scenes.images[number].shape[:2], **settings)


chosen = [17, 23, 78, 48, 9, 74]
show_detections(
    scenes.images[chosen], [detect(number, score_threshold=0.3) for number in chosen], names
)

# %% [markdown]
# Your functions on its answers. With a running kernel, push the two thresholds and choose the street.

# %% tags=["show"]
whole_label = {"description_width": "initial"}


@interact(
    score_threshold=FloatSlider(0.3, min=0.05, max=0.95, step=0.05, style=whole_label),
    iou_threshold=FloatSlider(0.5, min=0, max=1, step=0.05, style=whole_label),
    scene=IntSlider(one, min=0, max=200, style=whole_label),
)
def look(score_threshold, iou_threshold, scene):
    found = detect(
        scene, score_threshold=score_threshold, iou_threshold=iou_threshold, max_boxes=50
    )
    title = f"{len(found[0])} boxes; really there are {len(scenes.labels[scene])} objects"
    show_detections([scenes.images[scene]], [found], names, titles=[title])
    plt.show()


# %% [markdown]
# ## How well does it see?
#
# A detection counts as right if it overlaps with an object of its class by an IoU of at least 0.5, and nobody surer has
# found that object before. Sort all detections of a class in all pictures by score, and walk down the list. At each step two
# numbers: the share of what you have said so far that is right (**precision**), and the share of all objects that you have found
# (**recall**). The area under that curve is the class's **average precision**, and the mean over the classes is the
# number by which detectors are compared: **mean average precision**, mAP. Here the threshold of the score is 0.01: the curve itself
# shows what each other threshold would do.


# %% tags=["show"]
truths = [
    Truth(in_pixels(boxes[:, [1, 0, 3, 2]], scenes.images[0]), labels)
    for boxes, labels in zip(scenes.boxes, scenes.labels, strict=True)
]


def detect_all(**settings):
    """What your functions find in all test scenes."""
    found = []
    for number in range(len(scenes.images)):
        scores, boxes, classes = map(np.asarray, detect(number, max_boxes=50, **settings))
        found.append(Detections(boxes, scores, classes))
    return found


everything = detect_all(score_threshold=0.01)
figure, axes = plt.subplots(figsize=(7, 3.4), layout="constrained")
for kind, (colour, style) in enumerate([("#E69F00", "--"), ("#0072B2", "-"), ("#009E73", ":")]):
    precision, recall = precision_recall(everything, truths, kind)
    area = average_precision(everything, truths, kind)
    axes.plot(
        recall, precision, style, color=colour, linewidth=2, label=f"{names[kind]}: {area:.3f}"
    )
axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1.01), ylim=(0.5, 1.01))
axes.legend(frameon=False, loc="lower left")
axes.spines[["top", "right"]].set_visible(False)
print(f"mean average precision {mean_average_precision(everything, truths):.3f}")

# %% [markdown]
# Cars are easy, and pedestrians, narrow and half hidden, are hard. Which threshold would *you* choose?

# %% tags=["show"]
for threshold in (0.1, 0.3, 0.6):
    found = detect_all(score_threshold=threshold)
    ends = [[part[-1] for part in precision_recall(found, truths, kind)] for kind in range(3)]
    precision, recall = np.mean(ends, axis=0)
    print(f"from {threshold}: {precision:.0%} of what it says is right, and it finds {recall:.0%}")

# %% [markdown]
# This network is cautious. 0.6, the custom, would cost every fifth object; about 0.3 is better. A threshold belongs to a
# network, and to a purpose: a car that drives itself would rather brake once too often.
#
# ## Real photographs
#
# The streets are drawn, and the network knows nothing else. But your functions do not care where boxes come from. The COCO
# detector gives corners; as midpoints and sizes they go through the very same `yolo_eval`.


# %% tags=["show"]
def coco_outputs(photo):
    """What the COCO detector says of a photo, in the form that yolo_eval takes."""
    heat, boxes = coco.look(photo)
    y1, x1, y2, x2 = np.moveaxis(boxes, -1, 0)
    height, width = photo.shape[:2]
    box_xy = np.stack([(x1 + x2) / 2 / width, (y1 + y2) / 2 / height], axis=-1)
    box_wh = np.stack([(x2 - x1) / width, (y2 - y1) / height], axis=-1)
    return box_xy, box_wh, np.ones_like(heat[..., :1]), heat


def show_found(*photo_names):
    """Photos with what your functions find in them."""
    photos = [load_photo(name) for name in photo_names]
    found = [
        yolo_eval(coco_outputs(photo), image_shape=photo.shape[:2], score_threshold=0.27)
        for photo in photos
    ]
    show_detections(photos, found, coco.classes)


show_found("astronaut", "hopper")
show_found("motorcycle", "coffee", "chelsea")

# %% [markdown]
# Much of it is right, down to the tie. But Chelsea is a cat. Suppression removes what is said twice; what is wrong, and
# said once, it cannot know.
#
# ## What to take away
#
# - A grid gives each object one place: the cell of its midpoint, the anchor of its shape. A label is an array that is
#   nearly empty.
# - Anchors come from the data, by k-means with 1 − IoU as the distance: likeness of shapes, and not of centimetres.
# - The score of a box is $p_c$ times the probability of its best class. One threshold for it; which, depends on the network.
# - Non-max suppression: keep the best, remove what overlaps with it, begin again; within each class.
# - Precision says how much of what is said is right, recall how much of what is there is found. mAP sums it up.
#
# What is custom: height before width in labels, y before x in corners, 0.5 for the IoU, ≥ for the score and > for the IoU.
