# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Who is at the door?
#
# An office has a door with a camera, and nobody there wants to carry a key. Whoever comes says who they are, and the
# door looks at them. It has one picture of everybody who works there, and no more than one.
#
# By the end of this notebook you have written that door. Six visitors, and what each of them says:

# %%
# First, for it keeps TensorFlow from talking about graphics cards.
from convwork.course import (
    face_pairs,
    hidden_tests,
    load_avatar_encoder,
    load_avatar_faces,
    load_face,
    load_face_network,
    pairwise_distances,
    show_distances,
    show_doors,
    show_margins,
    show_triplets,
)

import keras
import matplotlib.pyplot as plt
import numpy as np
import tensorflow as tf

# %% tags=["show"]
faces = load_avatar_faces()
encoder = load_avatar_encoder()
people = faces.test.images
encodings = encoder.encode(people)
staff = {"Ada": 560, "Bo": 10, "Chidi": 230, "Dana": 290, "Eli": 410, "Femi": 60, "Gül": 0}
visits = [("Ada", 563), ("Ada", 470), ("Bo", 17), ("Chidi", 236), ("Chidi", 372), ("Gül", 8)]

claimed = [staff[name] for name, _ in visits]
came = [place for _, place in visits]
apart = np.diag(pairwise_distances(encodings[came], encodings[claimed]))
show_doors(
    people[came],
    [f"“I am {name}.”" for name, _ in visits],
    apart,
    apart < encoder.threshold,
    encoder.threshold,
    compared=people[claimed],
)

# %% [markdown]
# The people are drawn; they do not exist. (Why not photographs? That is the last section.) Each has ten pictures, with
# other clothes, glasses, light and moods. The number on the line is the distance between two pictures as a network
# sees it, and the network that measured it has never met any of these people. How can anyone tell two strangers
# apart, of whom they have seen one picture each?
#
# ## Two questions
#
# *Is this Ada?* That is **verification**: a picture and a name come in, yes or no goes out. One against one.
#
# *Who is this?* That is **recognition**: a picture comes in, and one of $K$ names goes out, or "none of them". One
# against $K$. You could ask the first question $K$ times. But say that it is answered rightly 99 times of 100, and a
# hundred people work here. To be right about a visitor, every one of the hundred answers has to be right.
#
# **Exercise: `recognition_accuracy`** (3 points). Take it that the errors have nothing to do with each other. How likely
# are two heads in two throws of a coin? And a hundred right answers?


# %% nbgrader={"grade": false, "grade_id": "recognition_accuracy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def recognition_accuracy(verification_accuracy, k):
    """How likely it is that all k comparisons of a visitor with k people are right.

    verification_accuracy: how likely one comparison is right, a float from 0 to 1. One comparison
        says nothing about another.
    k: how many people there are, an integer, at least 1.
    Returns a float from 0 to 1.
    """
    ### BEGIN SOLUTION
    return verification_accuracy**k
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_recognition_accuracy", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
assert np.isclose(recognition_accuracy(0.9, 1), 0.9), "with one person it is verification: 0.9"
assert np.isclose(recognition_accuracy(0.9, 2), 0.81), "both must be right, 0.9 and then 0.9: 0.81"
hundred = recognition_accuracy(0.99, 100)
assert np.isclose(hundred, 0.366, atol=1e-3), f"0.99 and a hundred people: 0.366, not {hundred:.3f}"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("recognition_accuracy")
### END HIDDEN TESTS

# %% tags=["show"]
sizes = np.unique(np.geomspace(1, 10_000, 80).astype(int))
figure, axes = plt.subplots(figsize=(7.5, 3.2), layout="constrained")
for accuracy, colour, style, label_at in [
    (0.99, "#CC79A7", ":", 20),
    (0.999, "#E69F00", "--", 200),
    (0.9999, "#0072B2", "-", 2000),
]:
    curve = [recognition_accuracy(accuracy, int(k)) for k in sizes]
    axes.plot(sizes, curve, style, color=colour, linewidth=2)
    axes.annotate(
        f"{100 * accuracy:g} %",
        (label_at, recognition_accuracy(accuracy, label_at)),
        (8, 2),
        textcoords="offset points",
        color=colour,
    )
axes.axvline(100, color="#bbbbbb", linewidth=1, zorder=0)
axes.set(xscale="log", xlabel="people in the database", ylim=(0, 1.03), xlim=(1, 20_000))
axes.set_title("share of visitors about whom every comparison is right", loc="left", fontsize=11)
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# With 99 %, a door for a hundred people is wrong about two visitors of three. With 99.9 %, about one of ten. That is why
# people work so hard for one more 9 in such a number, and why recognition is the harder question.
#
# (Errors *do* have to do with each other: someone in the dark is hard to compare with anyone. We shall count.)
#
# ## One picture of each
#
# You know how to build a network that answers with one of $K$ names: a softmax. Here it fails twice. There is one picture
# to learn each name from. And when somebody new begins on Monday, the last layer is one unit short, and training
# starts again. This is called **one-shot learning**: know somebody again whom you have seen once.
#
# So do not learn names. Learn what it means *to be different*: a function $d$ of two pictures, small for two of the same
# person and large for two people. What it has learnt on some people it can do with others, as you can tell apart
# people whom you meet for the first time. The obvious $d$ needs no learning: subtract the pixels. Below, left, it
# has been tried on two pictures each of four people. On the right is what the network says. Where should the small
# numbers stand, and where do they?

# %% tags=["show"]
eight = [560, 563, 470, 471, 230, 234, 0, 7]
pixels = people[eight].reshape(8, -1) / 255
show_distances(
    people[eight],
    [pairwise_distances(pixels), pairwise_distances(encodings[eight])],
    ["distance of the pixels", "distance of the encodings"],
)

# %% [markdown]
# For the pixels, whoever stands before the same wall is the same person. The network turns a picture $x$ into a vector
# $f(x)$ of 64 numbers, an **encoding**, and compares vectors:
#
# $$d(x^{(1)}, x^{(2)}) = \left\lVert f(x^{(1)}) - f(x^{(2)}) \right\rVert .$$
#
# Both pictures go through the same network with the same weights. Drawn as two networks that share everything, it is
# called **Siamese** (Taigman, Yang, Ranzato and Wolf, *DeepFace*, 2014). The database need not keep pictures: it keeps
# vectors, computed once.
#
# ## The door
#
# **Exercise: `verify`** (6 points). For your checks there is a toy model, below: its images have two pixels, and their
# encoding is just these two numbers. What is the distance of (3, 4) and (0, 0)? And what does a model want to have in
# front of height, width and channels?

# %%
toy_model = keras.Sequential([keras.Input((1, 2, 1)), keras.layers.Flatten()])
toy_image = np.array([[[3.0], [4.0]]])
toy_database = {"Ada": np.array([3.0, 4.5]), "Bo": np.array([0.0, 0.0])}


# %% nbgrader={"grade": false, "grade_id": "verify", "locked": false, "schema_version": 3, "solution": true, "task": false}
def verify(image, identity, database, model, threshold=0.7):
    """Is the person in the image who they say they are?

    image: (n_H, n_W, n_C), a picture of one face, as the model takes it.
    identity: the name that they give, a string.
    database: a dict of people, with a name for each key and an encoding, (d,), for each value.
    model: a Keras model from a batch of images, (m, n_H, n_W, n_C), to their encodings, (m, d).
        `model(batch)` gives a tensor, `model.predict(batch)` an array.
    threshold: the distance from which on two people are different.
    Returns dist, door_open. dist: the Euclidean distance between the image's encoding and the one
    in the database, a float. door_open: True if it is below the threshold, else False; at exactly
    the threshold the door stays shut.
    Raises KeyError if nobody of this name is in the database.
    """
    ### BEGIN SOLUTION
    encoding = np.asarray(model(image[np.newaxis]))[0]
    dist = float(np.linalg.norm(encoding - database[identity]))
    return dist, dist < threshold
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_verify", "locked": true, "points": 6, "schema_version": 3, "solution": false, "task": false}
dist, door_open = verify(toy_image, "Ada", toy_database, toy_model)
assert np.isclose(dist, 0.5), f"(3, 4) and (3, 4.5) are 0.5 apart, not {dist}"
assert door_open, "0.5 is below the threshold of 0.7: the door opens"
dist, door_open = verify(toy_image, "Bo", toy_database, toy_model)
assert np.isclose(dist, 5), f"(3, 4) and (0, 0) are 5 apart, not {dist}"
assert not door_open, "5 is above the threshold: the door stays shut"
assert verify(toy_image, "Bo", toy_database, toy_model, threshold=6)[1], "5 is below 6"
assert not verify(toy_image, "Bo", toy_database, toy_model, threshold=5)[1], "5 is not below 5"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("verify")
### END HIDDEN TESTS

# %% [markdown]
# Now your door, with the real model. Bo comes on five days, and on the sixth somebody else says that he is Bo.

# %% tags=["show"]
database = {name: encodings[place] for name, place in staff.items()}
came = [11, 13, 14, 16, 19, 261]
answers = [
    verify(people[place], "Bo", database, encoder.model, encoder.threshold) for place in came
]
show_doors(
    people[came],
    ["“I am Bo.”"] * 6,
    [dist for dist, _ in answers],
    [door_open for _, door_open in answers],
    encoder.threshold,
)

# %% [markdown]
# ## Where to draw the line
#
# The threshold is 0.8 here. Who says so? A door can be wrong in two ways: it lets a stranger in, or it leaves Ada in the
# rain. For both there are numbers. Below are all 2700 pairs of pictures of one person, of the 60 people whom the
# network never saw, and as many pairs of two people. Move the threshold to the right in the left picture, and more of
# the blue get in, and more of the orange, too. On the right is the same for every threshold: a curve that is called
# **ROC** (receiver operating characteristic; the first receivers were radar sets).


# %% tags=["show"]
def pair_distances(encodings, pairs):
    """The distances of pairs of pictures, (k,)."""
    return np.linalg.norm(encodings[pairs[:, 0]] - encodings[pairs[:, 1]], axis=1)


def let_in(distances, thresholds):
    """The share of distances below each threshold."""
    return np.array([np.mean(distances < threshold) for threshold in thresholds])


same_pairs, different_pairs = face_pairs(faces.test)
same, different = (pair_distances(encodings, pairs) for pairs in (same_pairs, different_pairs))
thresholds = np.linspace(0, 2, 401)
marked = [0.6, 0.8, 1.0]

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
bins = np.linspace(0, 1.8, 61)
left.hist(same, bins, color="#0072B2", alpha=0.7, label="the same person")
left.hist(
    different, bins, color="#E69F00", alpha=0.7, hatch="//", edgecolor="white", label="two people"
)
left.set(xlabel="distance", yticks=[])
left.legend(frameon=False)
right.plot(let_in(different, thresholds), let_in(same, thresholds), color="#0072B2", linewidth=2)
right.set(xscale="symlog", xlabel="strangers let in", ylabel="rightful people let in")
right.set_xscale("symlog", linthresh=0.001)
right.set(xlim=(0, 1), ylim=(0.6, 1.005))
right.set_xticks([0, 0.001, 0.01, 0.1, 1], ["0", "0.1 %", "1 %", "10 %", "all"])
right.set_yticks([0.6, 0.7, 0.8, 0.9, 1], ["60 %", "70 %", "80 %", "90 %", "all"])
for threshold in marked:
    left.axvline(threshold, color="#222222", linewidth=1, linestyle="--")
    place = let_in(different, [threshold])[0], let_in(same, [threshold])[0]
    right.plot(*place, "o", color="#222222")
    right.annotate(f"{threshold:.1f}", place, (6, -13), textcoords="offset points")
    print(
        f"threshold {threshold:.1f}: {place[0]:6.2%} of the strangers get in, "
        f"{1 - place[1]:6.2%} of the rightful stay outside"
    )
for axes in (left, right):
    axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# No threshold is right by nature. A vault asks for the left end of the curve, a telephone in your own pocket for the
# right end. 0.8 makes as few errors of both kinds together as possible, on *other* people: on the 60 of the validation
# part. Had we chosen it on the people above, the number of errors would flatter us.
#
# ## Who is it?
#
# Nobody wants to tell a door their name. Now the second question. It has one more answer than there are people.
#
# **Exercise: `who_is_it`** (8 points). Two people in the database may both be near enough. And often none is. How many
# times must the visitor go through the network?


# %% nbgrader={"grade": false, "grade_id": "who_is_it", "locked": false, "schema_version": 3, "solution": true, "task": false}
def who_is_it(image, database, model, threshold=0.7):
    """Whom in the database does the image show, if anyone?

    image, database, model: as for `verify`.
    threshold: the distance from which on two people are different.
    Returns min_dist, identity. min_dist: the Euclidean distance between the image's encoding and
    the nearest one in the database, a float, also if that is far away. identity: the name of that
    person if min_dist is below the threshold; None if it is not, and at exactly the threshold.
    Raises ValueError if nobody is in the database.
    """
    ### BEGIN SOLUTION
    encoding = np.asarray(model(image[np.newaxis]))[0]
    distances = {name: float(np.linalg.norm(encoding - other)) for name, other in database.items()}
    identity = min(distances, key=distances.get)
    return distances[identity], identity if distances[identity] < threshold else None
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_who_is_it", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
min_dist, identity = who_is_it(toy_image, toy_database, toy_model)
assert np.isclose(min_dist, 0.5), f"Ada is the nearest, 0.5 away, not {min_dist}"
assert identity == "Ada", f"it is Ada, not {identity}"
strict = who_is_it(toy_image, toy_database, toy_model, threshold=0.25)
assert np.isclose(strict[0], 0.5), "Ada is 0.5 away, whatever the threshold is"
assert strict[1] is None, "nobody is nearer than 0.25: None"
assert who_is_it(toy_image, toy_database, toy_model, threshold=6)[1] == "Ada", (
    "both are nearer than 6, and Ada is the nearest"
)
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("who_is_it")
### END HIDDEN TESTS

# %% [markdown]
# Seven people work here. In the morning come:

# %% tags=["show"]
came = [414, 65, 294, 5, 568, 128, 502]
answers = [who_is_it(people[place], database, encoder.model, encoder.threshold) for place in came]
show_doors(
    people[came],
    ["who are you?" if name is None else f"Hello, {name}." for _, name in answers],
    [min_dist for min_dist, _ in answers],
    [name is not None for _, name in answers],
    encoder.threshold,
)

# %% [markdown]
# How often is it right? Let the firm grow. Below, $K$ of the 60 test people work here, one picture each in the database,
# and all of the 60 come to the door with their other nine pictures. For somebody who works here, right means the right
# name; for a stranger, right means none. What your functions answer is counted; the dashed line is the promise
# of `recognition_accuracy`, with the share of pairs that are on the right side of 0.8.


# %% tags=["show"]
def count_right(k, rng):
    """The shares of right answers, to those who work here and to strangers, with k people."""
    pictures = np.arange(len(people)).reshape(60, 10)
    order = rng.permutation(60)
    hired, others = pictures[order[:k]], pictures[order[k:]]
    to_staff = pairwise_distances(encodings[hired[:, 1:].ravel()], encodings[hired[:, 0]])
    nearest = to_staff.argmin(axis=1) == np.repeat(np.arange(k), 9)
    known = np.mean(nearest & (to_staff.min(axis=1) < encoder.threshold))
    to_others = pairwise_distances(encodings[others[:, 1:].ravel()], encodings[hired[:, 0]])
    return known, np.mean(to_others.min(axis=1) >= encoder.threshold)


rng = np.random.default_rng(0)
sizes = np.array([1, 2, 5, 10, 15, 20, 30, 40, 50])
counted = np.array([np.mean([count_right(k, rng) for _ in range(30)], axis=0) for k in sizes])
pair_accuracy = np.mean([*(same < encoder.threshold), *(different >= encoder.threshold)])
promised = [recognition_accuracy(pair_accuracy, int(k)) for k in sizes]

figure, axes = plt.subplots(figsize=(7.5, 3.4), layout="constrained")
for values, colour, style, label in [
    (counted[:, 0], "#0072B2", "o-", "they work here, and are called by their name"),
    (counted[:, 1], "#E69F00", "s-", "strangers, and are sent away"),
    (promised, "#595959", "--", f"{pair_accuracy:.1%} to the power of K"),
]:
    axes.plot(sizes, values, style, color=colour, label=label, markersize=5)
axes.set(xlabel="K, people in the database", ylim=(0, 1.03), xlim=(0, 51))
axes.set_title("share of right answers", loc="left", fontsize=11)
axes.legend(frameon=False, loc="lower left")
axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# Two things to see. With more people in the database, strangers find a look-alike more and more easily; that is the
# promised fall. (It is less steep: errors do have to do with each other, and two artists drew these people, whose styles
# are hardly ever confused.) And those who work here fare much better than promised. Why? A comparison with somebody else
# may come out wrong and do no harm, as long as the right person is nearer still.
#
# ## How it learns: three pictures at a time
#
# What should a network be told, so that its encodings have this property? Take three pictures: an **anchor** $A$, a
# **positive** $P$ that shows the same person, and a **negative** $N$ that shows another. (Schroff, Kalenichenko and
# Philbin, *FaceNet*, 2015.) The positive should be nearer than the negative:
#
# $$\lVert f(A) - f(P) \rVert^2 \le \lVert f(A) - f(N) \rVert^2 .$$
#
# Can you think of a network that does this for all triplets and is of no use? Let it say 0 to every picture. Or let
# it have 0.50 on the left and 0.51 on the right: true, and by a hair. So we ask for a **margin** $\alpha$ between the two,
# 0.2 for example. What a triplet lacks is its loss, and a triplet that lacks nothing costs nothing:
#
# $$L(A, P, N) = \max\left(\lVert f(A) - f(P) \rVert^2 - \lVert f(A) - f(N) \rVert^2 + \alpha,\; 0\right), \qquad J = \sum_{i=1}^m L(A^{(i)}, P^{(i)}, N^{(i)}).$$
#
# Note the squares; the door did without. (The threshold does not care, for what is smaller is smaller squared. Gradients
# do: a root gets infinitely steep near 0.)
#
# Below are three triplets with encodings of two numbers; $d$ is the squared distance. Inside of the blue circle the
# negative is nearer than the positive. The orange ring is the margin. Which of the three cost something, and how much?

# %%
anchor = np.array([[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]])
positive = np.array([[0.5, 0.5], [0.5, 0.5], [0.5, 0.5]])
negative = np.array([[-0.6, 0.4], [-0.8, -0.5], [-0.2, -0.4]])

# %% tags=["show"]
show_margins(
    list(zip(anchor, positive, negative, strict=True)),
    0.2,
    ["farther, but by too little", "far away", "nearer than the positive"],
)

# %% [markdown]
# The first lacks 0.50 − 0.52 + 0.2 = 0.18. The second has more than enough. The third lacks 0.50 − 0.20 + 0.2 = 0.50.
# Together 0.68.
#
# **Exercise: `triplet_loss`** (10 points). Keras hands a loss the truth and the network's answer, `y_true` and `y_pred`.
# Here no truth is needed: who is who has been said by choosing the three. As in week 3, training calls your function with
# tensors; signs such as `-` and `**` work for both, and so do the functions in `keras.ops` (`keras.ops.sum`,
# `keras.ops.maximum`). May a triplet that is better than needed make up for one that is not? Which comes first, then,
# the sum over the triplets or the maximum?


# %% nbgrader={"grade": false, "grade_id": "triplet_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def triplet_loss(y_true, y_pred, alpha=0.2):
    """How much the encodings of some triplets lack of the margin, all triplets together.

    y_true: anything; it has no meaning here.
    y_pred: a list of three, the encodings of anchors, positives and negatives, (m, d) each: NumPy
        arrays, or TensorFlow tensors, of floats.
    alpha: the margin, a number, not negative.
    Returns J, the sum over the m triplets: one number. Of tensors it is a tensor, from which
    TensorFlow can find the gradient with respect to all three.
    """
    ### BEGIN SOLUTION
    anchor, positive, negative = y_pred
    to_positive = keras.ops.sum((anchor - positive) ** 2, axis=-1)
    to_negative = keras.ops.sum((anchor - negative) ** 2, axis=-1)
    return keras.ops.sum(keras.ops.maximum(to_positive - to_negative + alpha, 0))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_triplet_loss", "locked": true, "points": 10, "schema_version": 3, "solution": false, "task": false}
loss = triplet_loss(None, [anchor, positive, negative])
assert np.shape(loss) == (), f"one number for all triplets, not something of shape {np.shape(loss)}"
assert np.isclose(loss, 0.68), f"the three triplets lack 0.18, 0 and 0.50: 0.68, not {loss}"
loss = triplet_loss(None, [anchor[:1], positive[:1], negative[:1]])
assert np.isclose(loss, 0.18), f"the first triplet alone lacks 0.18, not {loss}"
hair = [np.zeros((1, 1)), np.full((1, 1), np.sqrt(0.5)), np.full((1, 1), np.sqrt(0.51))]
assert np.isclose(triplet_loss(None, hair), 0.19), "0.50 against 0.51 lacks 0.19 of the margin"
assert np.isclose(triplet_loss(None, hair, alpha=0.005), 0), "and nothing of a margin of 0.005"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("triplet_loss")
### END HIDDEN TESTS

# %% [markdown]
# ## Which three?
#
# The training people are 240, with ten pictures each. How many triplets do they make? There are 2400 anchors, for each
# 9 positives, for each of these 2390 negatives: 51,624,000. Most of them teach nothing. If an anchor is a man with a
# white beard, then a woman with a blue ribbon is far away, soon after the start, and the loss of the triplet is 0;
# and so is its gradient. What teaches are the **hard** ones: those that violate the margin.
#
# So take a batch of pictures, encode them, and look which triplets of *these* are hard *now*. A small batch, with
# encodings of one number: two pictures of Ada at 0 and 1, and two of Bo at 2 and 5.
#
# | anchor | positive | negative | loss with $\alpha$ = 0.2 |
# |---|---|---|---|
# | 3: Bo, at 5 | 2: Bo, at 2 | 1: Ada, at 1 | 9 − 16 + 0.2, so 0 |
# | 2: Bo, at 2 | 3: Bo, at 5 | 1: Ada, at 1 | 9 − 1 + 0.2 = 8.2 |
# | 2: Bo, at 2 | 3: Bo, at 5 | 0: Ada, at 0 | 9 − 4 + 0.2 = 5.2 |
# | 1: Ada, at 1 | 0: Ada, at 0 | 2: Bo, at 2 | 1 − 1 + 0.2 = 0.2 |
#
# The four others cost nothing. Note the first two lines: who is the anchor makes a difference.
#
# **Exercise: `hard_triplets`** (8 points). A picture tells nothing about itself, so anchor and positive are two pictures.
# How many triplets are there in all, if everyone of $n$ people has two pictures? Loops will do here; there is also a way
# with arrays that have an axis for each of $a$, $p$ and $n$.


# %% nbgrader={"grade": false, "grade_id": "hard_triplets", "locked": false, "schema_version": 3, "solution": true, "task": false}
def hard_triplets(encodings, labels, alpha):
    """The triplets in a batch that violate the margin, the hardest first.

    encodings: (m, d) floats, one encoding for each picture.
    labels: (m,) integers, whose picture each is.
    alpha: the margin, a number, not negative.
    Returns an array of integers, (k, 3), with a row a, p, n for each triplet whose loss is above
    0: the places of anchor, positive and negative in the batch. Exactly 0 does not violate the
    margin. The larger the loss, the earlier the row; equally hard ones stand in any order. With
    no such triplet it is (0, 3). Anchor and positive are two places of one person, even if the
    pictures are alike; with (a, p, n) and (p, a, n), each counts for itself.
    """
    ### BEGIN SOLUTION
    squared = ((encodings[:, np.newaxis] - encodings) ** 2).sum(axis=2)
    losses = squared[:, :, np.newaxis] - squared[:, np.newaxis] + alpha
    same = labels[:, np.newaxis] == labels
    pairs = same & ~np.eye(len(labels), dtype=bool)
    violating = pairs[:, :, np.newaxis] & ~same[:, np.newaxis] & (losses > 0)
    return np.argwhere(violating)[np.argsort(-losses[violating])]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_hard_triplets", "locked": true, "points": 8, "schema_version": 3, "solution": false, "task": false}
places = np.array([[0.0], [1.0], [2.0], [5.0]])
labels = np.array([7, 7, 4, 4])
triples = hard_triplets(places, labels, 0.2)
assert np.shape(triples) == (3, 3), (
    f"three triplets violate the margin: (3, 3), not {np.shape(triples)}"
)
assert np.array_equal(triples, [[2, 3, 1], [2, 3, 0], [1, 0, 2]]), (
    "the three of the table, the hardest first, each as anchor, positive, negative"
)
assert np.issubdtype(np.asarray(triples).dtype, np.integer), "indices are integers"
assert len(hard_triplets(places, labels, 0.0)) == 2, "without a margin, the third costs 0: out"
none = hard_triplets(places * [[1], [1], [9], [9]], np.array([7, 7, 4, 5]), 0.2)
assert np.shape(none) == (0, 3), f"no hard triplet: (0, 3), not {np.shape(none)}"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("hard_triplets")
### END HIDDEN TESTS

# %% [markdown]
# What is hard for the network that guards the door? From three pictures each of the 60 test people, here are the hardest
# triplets, each two people once. Would you have known better?

# %% tags=["show"]
few = np.flatnonzero(np.arange(len(people)) % 10 < 3)
triples = hard_triplets(encodings[few], faces.test.people[few], 0.2)
possible = 180 * 2 * 177
print(
    f"{len(triples):,} of {possible:,} triplets violate the margin: {len(triples) / possible:.1%}"
)
hardest, seen = [], set()
for triple in few[triples]:
    names = frozenset(faces.test.people[triple])
    if names not in seen and len(hardest) < 7:
        hardest.append(triple)
        seen.add(names)
losses = [float(triplet_loss(None, [encodings[[place]] for place in t])) for t in hardest]
show_triplets(people, hardest, [f"loss {loss:.2f}" for loss in losses])

# %% [markdown]
# ## Teach it
#
# Now from the beginning: a small network with random weights, half a minute, your two functions. In each step, four
# pictures each of 20 people go through it; your `hard_triplets` finds what is hard among them; your `triplet_loss`
# says how wrong that is, and its gradient goes back into the weights. The last layer makes every encoding one unit long.
# Why that? (How could a network otherwise get rid of the margin?) From time to time it is examined, on
# pairs of people who are not among the 240: the threshold is chosen on 60 people, and accuracy is measured on 60 others.


# %% tags=["show"]
def small_encoder():
    """A network from pictures, 0 to 255, to 32 numbers, a vector of length 1."""
    layers = [keras.Input((64, 64, 3)), keras.layers.Rescaling(1 / 127.5, offset=-1)]
    for filters, f in [(32, 5), (64, 3), (96, 3), (128, 3)]:
        layers += [
            keras.layers.Conv2D(filters, f, strides=2, padding="same", use_bias=False),
            keras.layers.BatchNormalization(momentum=0.9),
            keras.layers.ReLU(),
        ]
    layers += [keras.layers.Flatten(), keras.layers.Dense(32), keras.layers.UnitNormalization()]
    return keras.Sequential(layers)


def draw_batch(rng, people=20, pictures=4):
    """Places of some pictures of some people: the training part has ten of each, in order."""
    chosen = rng.choice(240, people, replace=False)
    shown = np.array([rng.choice(10, pictures, replace=False) for _ in chosen])
    return (10 * chosen[:, np.newaxis] + shown).ravel()


def examine(model):
    """Share of right answers about pairs of unseen people, the threshold, and the distances."""
    parts = []
    for part in (faces.validation, faces.test):
        seen = model.predict(part.images, batch_size=200, verbose=0)
        parts.append([pair_distances(seen, pairs) for pairs in face_pairs(part)])
    (same, different), tested = parts
    thresholds = np.linspace(0, 2, 201)
    right = let_in(same, thresholds) + 1 - let_in(different, thresholds)
    threshold = thresholds[right.argmax()]
    accuracy = np.mean([*(tested[0] < threshold), *(tested[1] >= threshold)])
    return accuracy, threshold, tested


def train(model, steps, alpha=0.2):
    """Train on hard triplets; returns a row for each examination: step, accuracy, share of hard ones."""
    rng = np.random.default_rng(1)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(2e-3, steps))
    encode = tf.function(lambda images: model(images, training=True))
    hard, rows = [], [(0, examine(model)[0], np.nan)]
    for step in range(1, steps + 1):
        places = draw_batch(rng)
        images = faces.train.images[places].astype(np.float32)
        if step % 2:
            images = images[:, :, ::-1]
        with tf.GradientTape() as tape:
            encoded = encode(images)
            triples = hard_triplets(encoded.numpy(), faces.train.people[places], alpha)
            three = [tf.gather(encoded, column) for column in np.transpose(triples)]
            loss = triplet_loss(None, three, alpha) / max(len(triples), 1)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
        hard.append(len(triples) / (80 * 3 * 76))
        if step in (5, 10, 20, 40, 70, steps):
            rows.append((step, examine(model)[0], np.mean(hard[-5:])))
    return np.array(rows)


keras.utils.set_random_seed(1)
student = small_encoder()
course_of_training = train(student, 100)
accuracy, own_threshold, (own_same, own_different) = examine(student)
print(f"right about {accuracy:.1%} of 5,400 pairs of people it has never seen")

# %% tags=["show"]
steps, accuracies, hard = course_of_training.T
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
left.plot(steps, accuracies, "o-", color="#0072B2")
left.axhline(pair_accuracy, color="#595959", linestyle="--", linewidth=1)
left.text(0, pair_accuracy + 0.008, "the network at the door", color="#595959", fontsize=9)
left.set(xlabel="step", ylim=(0.5, 1.02))
left.set_title("right about pairs of people it never saw", loc="left", fontsize=11)
right.plot(steps[1:], hard[1:], "s-", color="#E69F00")
right.set(xlabel="step", ylim=(0, None), xlim=left.get_xlim())
right.set_title("share of hard triplets in a batch", loc="left", fontsize=11)
right.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
left.yaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
for axes in (left, right):
    axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# From little more than guessing to more than nine pairs of ten, in a hundred steps. On the right, what is hard becomes
# rare: more than a third of the triplets of a batch at first, two or three of a hundred in the end. Had you drawn
# triplets by chance, nearly all of them would then be wasted. The network at the door is larger, has trained for seven
# minutes in the place of one half, and has seen its pictures in more lights; the recipe is much the same.
#
# ## Yes or no?
#
# There is a second way. Verification is a question with two answers, so make it what you have known since your first
# network: a logistic unit. It gets the encodings of both pictures, number by number how far they are apart,
# and says how likely it is the same person:
#
# $$\hat y = \sigma\left(\sum_{k=1}^{d} w_k \left| f(x^{(1)})_k - f(x^{(2)})_k \right| + b\right).$$
#
# The distance treats all 64 numbers alike. This unit may weigh them. (DeepFace also tried $(f_k - g_k)^2 / (f_k + g_k)$
# in the place of the absolute difference.)
#
# **Exercise: `siamese_head`** (5 points). A model may have more than one input: `keras.Model([one, other], output)`. What
# should happen to the answer if the two pictures change places?


# %% nbgrader={"grade": false, "grade_id": "siamese_head", "locked": false, "schema_version": 3, "solution": true, "task": false}
def siamese_head(encoding_size):
    """A Keras model that says whether two encodings are the same person's.

    encoding_size: d, how many numbers an encoding has.
    Returns a model that takes a list of two batches of encodings, (m, d) each, and gives (m, 1):
    one dense unit with a bias and a sigmoid, on the d absolute differences. Leave compiling to
    whoever trains it.
    """
    ### BEGIN SOLUTION
    x1, x2 = keras.Input((encoding_size,)), keras.Input((encoding_size,))
    difference = keras.ops.abs(x1 - x2)
    return keras.Model([x1, x2], keras.layers.Dense(1, activation="sigmoid")(difference))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_siamese_head", "locked": true, "points": 5, "schema_version": 3, "solution": false, "task": false}
head = siamese_head(3)
assert head.count_params() == 4, (
    f"three weights and a bias: 4 parameters, not {head.count_params()}"
)
one, other = np.array([[1.0, 5.0, 2.0]]), np.array([[3.0, 4.0, 2.0]])
head.set_weights([np.array([[-1.0], [2.0], [4.0]]), np.array([1.0])])
probability = np.asarray(head([one, other]))
assert probability.shape == (1, 1), f"one number for each pair: (1, 1), not {probability.shape}"
assert np.isclose(probability[0, 0], 0.7311, atol=1e-4), (
    f"the differences are 2, 1 and 0: the sigmoid of −2 + 2 + 0 + 1 is 0.7311, not {probability}"
)
assert np.allclose(head([other, one]), probability), "the order of the pictures does not matter"
print("The visible checks pass.")
### BEGIN HIDDEN TESTS
hidden_tests("siamese_head")
### END HIDDEN TESTS

# %% [markdown]
# Below, your unit learns on the encodings of the 60 validation people, from whom the threshold comes, too. (Not on the
# training people: the encoder knows them too well.) Then both are examined on the test people.


# %% tags=["show"]
def both(encodings, pairs):
    """The encodings of the first and of the second picture of each pair."""
    return [encodings[pairs[:, 0]], encodings[pairs[:, 1]]]


validated = encoder.encode(faces.validation.images)
known_pairs = np.concatenate(face_pairs(faces.validation))
truth = np.repeat([1.0, 0.0], len(known_pairs) // 2)
keras.utils.set_random_seed(2)
head = siamese_head(64)
head.compile(keras.optimizers.Adam(0.03), loss="binary_crossentropy")
head.fit(both(validated, known_pairs), truth, batch_size=256, epochs=20, verbose=0)

test_pairs = np.concatenate([same_pairs, different_pairs])
probabilities = head.predict(both(encodings, test_pairs), batch_size=512, verbose=0)[:, 0]
head_right = np.mean((probabilities > 0.5) == truth)
print(f"threshold on the distance: {pair_accuracy:.1%} right; logistic unit: {head_right:.1%}")

figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
bins = np.linspace(0, 1, 41)
left.hist(probabilities[truth == 1], bins, color="#0072B2", alpha=0.7, label="the same person")
left.hist(
    probabilities[truth == 0],
    bins,
    color="#E69F00",
    alpha=0.7,
    hatch="//",
    edgecolor="white",
    label="two people",
)
left.set(xlabel="“the same person”, says the unit", yscale="log")
left.legend(frameon=False, loc="upper center")
right.bar(np.arange(64), np.sort(head.get_weights()[0][:, 0]), color="#595959")
right.set_title("its 64 weights, in order", loc="left", fontsize=11)
right.set(xticks=[])
for axes in (left, right):
    axes.spines[["top", "right"]].set_visible(False)

# %% [markdown]
# Most weights are negative: the more two pictures differ, the less it believes. Is the unit much better than the plain
# threshold? Not here, and it needs pairs to learn from, where the threshold is one number. It is worth more where the
# encoder itself is trained through it, as in DeepFace. Its answer has one advantage: it is a probability.
#
# ## A real network, and a real face
#
# Is all this just for drawings? Here is a network with the same idea that has seen three million photographs: a residual
# network whose encodings have 128 numbers (by Davis King, for the library dlib). And here is Eileen Collins, who flew
# the Space Shuttle, in NASA's official portrait, and what happens to her distance from herself when the picture is
# altered. The last picture is another officer's portrait, Grace Hopper's, who wrote one of the first compilers.

# %% tags=["show"]
network = load_face_network()
portrait = load_face("astronaut")
side = portrait.shape[0]
coarse = np.repeat(np.repeat(portrait[::8, ::8], 8, axis=0), 8, axis=1)[:side, :side]
altered = {
    "in a mirror": portrait[:, ::-1],
    "in the dark": portrait // 3,
    "in grey": np.repeat(portrait.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8),
    "coarse": coarse,
    "closer": portrait[side // 8 : -side // 8, side // 8 : -side // 8],
    "upside down": portrait[::-1],
    "somebody else": load_face("hopper"),
}
(own, *others) = network.encode([portrait, *altered.values()])
distances = np.linalg.norm(others - own, axis=1)
show_doors(
    list(altered.values()),
    list(altered),
    distances,
    distances < network.threshold,
    network.threshold,
)

# %% [markdown]
# In a mirror, in the dark, in grey and from close by, she is let in. In coarse blocks and upside down she is left
# outside, hardly nearer to herself than somebody else is. Such faces the network has hardly seen when it learnt; you,
# by the way, find them hard, too. Seven pictures show that the network is real. They are no measurement of how often it
# errs.
#
# ## Before you build one
#
# A door like this can be right in 98 of 100 pairs and do harm. Four things to know, none of which is in the loss.
#
# **Errors are not spread evenly.** One threshold, and two groups of people: here are the pairs of the test people once
# more, by the artist who drew them. The network has seen half as many people by the first.

# %% tags=["show"]
for artist, name in enumerate(faces.artist_names):
    own_pairs, other_pairs = (
        pair_distances(encodings, pairs[faces.test.artists[pairs[:, 0]] == artist])
        for pairs in (same_pairs, different_pairs)
    )
    print(
        f"drawn by {name:10}: {np.mean(other_pairs < encoder.threshold):6.2%} of the strangers get in, "
        f"{np.mean(own_pairs >= encoder.threshold):6.2%} of the rightful stay outside"
    )

# %% [markdown]
# With people it is no different, and it is no game. In 2019 the US institute of standards, NIST, examined nearly 200
# programs for face recognition. Most of them took two strangers for one person far more often in some groups than in
# others, by where people come from, by sex and by age; a factor of ten was nothing rare (Grother, Ngan and Hanaoka,
# *Face Recognition Vendor Test, Part 3: Demographic Effects*). An accuracy is an average. Ask whose.
#
# **Rare errors add up.** One stranger in a thousand is taken for somebody on a list; a station has a hundred thousand
# travellers a day. That makes a hundred innocent people a day, and hardly anyone on the list is among them.
#
# **A face can't be changed.** A stolen password is replaced by a new one. An encoding that is stolen stays you. And a door
# that looks at a picture can be shown a picture; whether somebody is really there (*liveness*) is a question of its own.
#
# **Nobody asked them.** Most networks for faces, the one above included, have learnt from photographs of people who were
# never asked. What is allowed differs from country to country. In the European Union, encodings that are to identify a
# person are specially protected data (GDPR, article 9), and collections of faces for recognition may not be scraped
# together from the internet (AI Act, article 5). What is decent is simpler. Ask before you take somebody's picture; say
# what it is for; let them say no, and have a key for those who do. That is why nobody in this notebook exists, except
# for two who stood for official portraits, of whom we ask nothing but whether they are themselves.

# %% [markdown]
# ## What to take away
#
# - Verification is one against one, recognition one against many, and errors multiply with the many.
# - One picture of each person is enough if the network has learnt to compare and not to name: the same weights for both
#   pictures, and a distance between encodings.
# - The triplet loss asks for a margin, takes the maximum for each triplet, and adds up. Most triplets teach nothing; look
#   for the hard ones.
# - Or let a logistic unit decide, on the absolute differences.
# - A threshold trades strangers let in for people left outside. Choose it on people whom you do not test on.
# - An encoding of a face is personal data that nobody can change. Ask first.
#
# What is custom: 0.2 for the margin, 128 numbers, 0.6 or 0.7 for the threshold. The threshold belongs to the network and
# to the use; nothing carries over to the next.
