"""Hidden tests for the notebook transfer_learning.

What depends on chance is judged by what every right solution does, in whatever order it draws its
numbers. Bounds on frequencies, means and spreads fail a right solution with a probability below
1e-9. Variants are few where answers are large.
"""

import numpy as np

from convwork.grading.cases import Case, Exercise, Misconception


def some(rng: np.random.Generator, low: int, high: int) -> int:
    """An integer from low to high, both included."""
    return int(rng.integers(low, high + 1))


# Chance: what the four have in common

AGAIN = "with the same seed other pictures come out: does all chance come from rng?"
SAME_CHANCE = (
    "two calls in a row with the same rng do the same: does your chance come from rng, and does "
    "your function leave it as it was?"
)
DRAWN_ANEW = "Your function draws from a generator of its own. What is the argument for?"


def random_case(name, inputs, check, draws=3):
    return Case(
        name,
        lambda rng: (int(rng.integers(2**31)), *inputs(rng)),
        check=check,
        probe="randomised",
        probe_options={"draws": draws},
        calls=1,  # the probe itself calls often enough
        variants=2,
    )


def seeded(judge):
    """A property: what `judge` says of (arguments, draws), then whether the seed decides."""

    def check(inputs, answer):
        arguments, draws = inputs[1:], [np.asarray(draw) for draw in answer["draws"]]
        for draw in draws:
            if draw.dtype != arguments[0].dtype:
                return f"want the images' dtype, {arguments[0].dtype}, got {draw.dtype}"
        if problem := judge(arguments, draws):
            return problem
        return None if np.array_equal(draws, answer["again"]) else AGAIN

    return check


def unlike(count, n, p):
    """Whether a count of n is too far from n·p, for a right solution with probability below 1e-11.

    By Chernoff's bound: exp(-n · relative entropy).
    """
    entropy = sum(
        share * np.log(share / wanted) if share else 0.0
        for share, wanted in ((count / n, p), (1 - count / n, 1 - p))
    )
    return n * entropy > 26


def noise(rng, shape, dtype=np.uint8):
    """Pictures without any symmetry: no two pixels of a channel are equal."""
    m, n_H, n_W, n_C = shape
    values = np.tile(np.arange(n_H * n_W), (m, n_C, 1))
    pixels = rng.permuted(values, axis=2).reshape(m, n_C, n_H, n_W).transpose(0, 2, 3, 1)
    return np.ascontiguousarray(pixels).astype(dtype)


# mirror


def mirrored(arguments, draws):
    (images,) = arguments
    tosses = []
    for draw in draws:
        stays = np.all(draw == images, axis=(1, 2, 3))
        turns = np.all(draw == images[:, :, ::-1], axis=(1, 2, 3))
        if not np.all(stays | turns):
            if np.all(stays | np.all(draw == images[:, ::-1], axis=(1, 2, 3))):
                return "a picture stands on its head; left and right are to be exchanged"
            index = int(np.flatnonzero(~(stays | turns))[0])
            return f"picture {index} is neither as it was nor mirrored from left to right"
        tosses.append(turns)
    together = np.stack(tosses)
    counts = together.sum(axis=1)
    n = len(images)
    if n > 30 and np.all((counts == 0) | (counts == n)):
        return "all pictures of a batch have the same fate; is each tossed for by itself?"
    if unlike(counts.sum(), together.size, 0.5):
        return f"{counts.sum()} of {together.size} pictures were mirrored; is that probability 1/2?"
    if np.all(together == together[0]):
        return SAME_CHANCE
    if len(draws) > 10 and n > 8 and np.all(counts == counts[0]):
        return "every time, just as many pictures are mirrored; does each depend on the others?"
    return None


HEADS = "    heads = rng.random(len(images)) < 0.5\n"
TURNED = "images[:, :, ::-1], images)"

mirror = Exercise(
    "mirror",
    cases=(
        random_case(
            "small colour pictures", lambda rng: (noise(rng, (150, 3, 4, 3)),), seeded(mirrored)
        ),
        random_case(
            "grey pictures in 32-bit floats",
            lambda rng: (noise(rng, (120, 5, 3, 1), np.float32) / np.float32(16),),
            seeded(mirrored),
        ),
        random_case(
            "one picture, many times",
            lambda rng: (noise(rng, (1, 4, 5, 2)),),
            seeded(mirrored),
            draws=64,
        ),
        random_case(
            "a dozen pictures, many times",
            lambda rng: (noise(rng, (12, 2, 3, 1), np.int64),),
            seeded(mirrored),
            draws=25,
        ),
    ),
    misconceptions=(
        Misconception(
            "upside down",
            "Your pictures stand on their heads. Which axis runs from left to right?",
            edits={TURNED: "images[:, ::-1], images)"},
        ),
        Misconception(
            "turned around",
            "Your pictures are turned by half a circle. How many axes does a mirror reverse?",
            edits={TURNED: "images[:, ::-1, ::-1], images)"},
        ),
        Misconception(
            "colours reversed",
            "You reverse the channels. Which axis runs from left to right?",
            edits={TURNED: "images[..., ::-1], images)"},
        ),
        Misconception(
            "one toss for all",
            "One toss decides for your whole batch. How many does it need?",
            edits={HEADS: "    heads = np.full(len(images), rng.random() < 0.5)\n"},
        ),
        Misconception(
            "all mirrored",
            "You mirror every picture. What does chance decide?",
            edits={f"np.where(heads[:, None, None, None], {TURNED}": "images[:, :, ::-1].copy()"},
        ),
        Misconception(
            "none mirrored",
            "None of your pictures is mirrored.",
            edits={"< 0.5": "< 0.0"},
        ),
        Misconception(
            "a coin that is not fair",
            "Your coin is not fair. How often should a picture be mirrored?",
            edits={"< 0.5": "< 0.2"},
        ),
        Misconception(
            "half of the batch",
            "You mirror exactly half of the pictures. Is each tossed for by itself?",
            edits={HEADS: "    heads = rng.permutation(len(images)) < len(images) / 2\n"},
        ),
        Misconception(
            "every other picture",
            "You mirror every other picture. Where is the chance?",
            edits={HEADS: "    heads = np.arange(len(images)) % 2 == 0\n"},
        ),
        Misconception(
            "a generator of its own",
            DRAWN_ANEW,
            edits={HEADS: HEADS.replace("rng.random", "np.random.default_rng(0).random")},
        ),
        Misconception(
            "in place",
            "Your function changes the pictures that it was given.",
            edits={
                "    return np.where(heads[:, None, None, None], images[:, :, ::-1], images)": (
                    "    images[heads] = images[heads][:, :, ::-1]\n    return images"
                )
            },
        ),
    ),
)


# random_crop


def cropped(arguments, draws):
    images, size = arguments
    m, n_H, n_W, _ = images.shape
    rows, columns = n_H - size + 1, n_W - size + 1
    places = []
    for draw in draws:
        corners = draw[:, 0, 0, 0].reshape(m, 1)
        places.append(np.argmax(images[..., 0].reshape(m, -1) == corners, axis=1))
        tops, lefts = np.divmod(places[-1], n_W)
        for index, (top, left) in enumerate(zip(tops, lefts, strict=True)):
            square = images[index, top : top + size, left : left + size]
            if square.shape != draw[index].shape or np.any(square != draw[index]):
                return (
                    f"picture {index}: that is no square of {size}×{size} neighbouring pixels of it"
                )
    together = np.stack(places)
    if m > 30 and all(len(set(draw.tolist())) == 1 for draw in together):
        return "all squares of a batch come from the same place; has each picture its own?"
    if np.all(together == together[0]):
        return SAME_CHANCE
    tops, lefts = np.divmod(together, n_W)
    for which, found, count in (("row", tops, rows), ("column", lefts, columns)):
        hits = np.bincount(found.ravel(), minlength=count)
        strange = [place for place in range(count) if unlike(hits[place], found.size, 1 / count)]
        for place in sorted(strange, key=lambda place: hits[place])[: count > 1]:
            often = (
                f"comes up in {hits[place]} of {found.size} cases" if hits[place] else "never does"
            )
            return f"of {count} {which}s in which a square can start, {which} {place} {often}"
    if len(set(together.ravel().tolist())) < rows * columns:
        return (
            "some of the places where the square fits never come up: rows and columns go together"
        )
    return None


def crops(rng, shape, dtype=np.uint8):
    return noise(rng, shape, dtype)


SIDES = "[image[top : top + size, left : left + size] for image"
TOPS = "    tops = rng.integers(0, n_H - size + 1, size=m)\n"
LEFTS = "    lefts = rng.integers(0, n_W - size + 1, size=m)\n"

random_crop = Exercise(
    "random_crop",
    cases=(
        random_case(
            "wide colour pictures",
            lambda rng: (crops(rng, (200, 5, 8, 3)), 4),
            seeded(cropped),
        ),
        random_case(
            "high grey pictures in floats",
            lambda rng: (crops(rng, (200, 6, 4, 1), np.float32), 3),
            seeded(cropped),
        ),
        random_case("one pixel", lambda rng: (crops(rng, (250, 2, 3, 2)), 1), seeded(cropped)),
        random_case(
            "as high as the pictures",
            lambda rng: (crops(rng, (150, 3, 5, 1), np.int64), 3),
            seeded(cropped),
        ),
        random_case(
            "one picture, many times",
            lambda rng: (crops(rng, (1, 4, 5, 1)), 3),
            seeded(cropped),
            draws=300,
        ),
    ),
    misconceptions=(
        Misconception(
            "the last place never",
            "Your squares never start in the last row or column where they fit. Which end does "
            "rng.integers leave out?",
            edits={
                TOPS: "    tops = rng.integers(0, max(n_H - size, 1), size=m)\n",
                LEFTS: "    lefts = rng.integers(0, max(n_W - size, 1), size=m)\n",
            },
        ),
        Misconception(
            "the first place never",
            "Your squares never start in the first row or column. Where does counting start?",
            edits={
                TOPS: "    tops = rng.integers(min(1, n_H - size), n_H - size + 1, size=m)\n",
                LEFTS: "    lefts = rng.integers(min(1, n_W - size), n_W - size + 1, size=m)\n",
            },
        ),
        Misconception(
            "one place for all",
            "All your squares come from the same place. Whose place should it be?",
            edits={
                TOPS: "    tops = [int(rng.integers(0, n_H - size + 1))] * m\n",
                LEFTS: "    lefts = [int(rng.integers(0, n_W - size + 1))] * m\n",
            },
        ),
        Misconception(
            "on the diagonal",
            "Your rows and columns are one number. How many does a place need?",
            edits={
                TOPS: "    tops = rng.integers(0, min(n_H, n_W) - size + 1, size=m)\n",
                LEFTS: "    lefts = tops\n",
            },
        ),
        Misconception(
            "rows and columns exchanged",
            "You draw the row by the picture's width. Which length belongs to which axis?",
            edits={
                TOPS: TOPS.replace("n_H", "n_W"),
                LEFTS: LEFTS.replace("n_W", "n_H"),
            },
        ),
        Misconception(
            "always the centre",
            "Your squares always come from the same place. Where is the chance?",
            edits={
                TOPS: "    tops = [(n_H - size) // 2] * m\n",
                LEFTS: "    lefts = [(n_W - size) // 2] * m\n",
            },
        ),
        Misconception(
            "rounded places",
            "Your places at the border come up half as often as the others. How do you make whole "
            "numbers?",
            edits={
                TOPS: "    tops = np.rint(rng.uniform(0, n_H - size, size=m)).astype(int)\n",
                LEFTS: "    lefts = np.rint(rng.uniform(0, n_W - size, size=m)).astype(int)\n",
            },
        ),
        Misconception(
            "corners only",
            "Your squares come from the corners only. Where else do they fit?",
            edits={
                TOPS: "    tops = (n_H - size) * rng.integers(0, 2, size=m)\n",
                LEFTS: "    lefts = (n_W - size) * rng.integers(0, 2, size=m)\n",
            },
        ),
        Misconception(
            "a generator of its own",
            DRAWN_ANEW,
            edits={TOPS: "    rng = np.random.default_rng(1)\n" + TOPS},
        ),
    ),
)


# Colours


def coloured(rng, m, spread=1.0, dtype=np.float32):
    """Pictures of six pixels: two in the middle of the range, a dark one, a bright one, and others.

    The middle ones are not clipped, the dark and the bright are. The channels go together, so that
    the axes of the colours are tilted against red, green, blue.
    """
    mixing = np.array([[0.30, 0.12, 0.03], [0.34, -0.02, -0.05], [0.22, -0.13, 0.04]])
    mixing = mixing[:, rng.permutation(3)[:, None]].squeeze(-1)[rng.permutation(3)]
    pixels = 0.5 + spread * rng.uniform(-1, 1, size=(m, 6, 3)) @ mixing.T
    pixels[:, :2] = 0.5 + rng.uniform(-0.08, 0.08, size=(m, 2, 3))
    pixels[:, 2] = rng.uniform(0, 0.03, size=(m, 3))
    pixels[:, 3] = rng.uniform(0.97, 1, size=(m, 3))
    order = rng.permuted(np.tile(np.arange(6), (m, 1)), axis=1)
    pixels = np.take_along_axis(pixels, order[..., None], axis=1)
    return np.clip(pixels, 0, 1).reshape(m, 2, 3, 3).astype(dtype)


def tinted(rng, m):
    """Pictures of one colour each, nearly, and channels with very different means; none clipped."""
    mixing = np.array([[0.11, 0.04, 0.01], [0.12, -0.01, -0.02], [0.08, -0.05, 0.01]])
    means = rng.permutation([0.25, 0.5, 0.75])
    colours = means + rng.uniform(-1, 1, size=(m, 1, 3)) @ mixing[rng.permutation(3)].T
    pixels = colours + rng.uniform(-0.03, 0.03, size=(m, 6, 3))
    return pixels.reshape(m, 2, 3, 3).astype(np.float32)


def shifts_of(images, draw):
    """Each picture's shift of each channel, (m, 3), or a sentence about what is no such shift."""
    if draw.min() < 0 or draw.max() > 1:
        return "a colour leaves the range from 0 to 1"
    m = len(images)
    before = images.reshape(m, -1, 3).astype(np.float64)
    after = draw.reshape(m, -1, 3).astype(np.float64)
    inside = (after > 1e-4) & (after < 1 - 1e-4)
    steps = np.where(inside, after - before, np.nan)
    if not inside.any(axis=1).all():
        return "the pixels of a channel have all become 0 or 1: the shifts are too large"
    shifts = np.nanmedian(steps, axis=1)
    wrong = abs(np.clip(before + shifts[:, None], 0, 1) - after) > 2e-5
    if wrong.any():
        index, _, channel = (int(axis[0]) for axis in np.nonzero(wrong))
        return (
            f"picture {index}, channel {channel}: its pixels are not all shifted by one number, "
            "and then clipped"
        )
    return shifts


def of_both(images, draws):
    """The shifts of all draws, (draws, m, 3), or a sentence about what is wrong."""
    found = []
    for draw in draws:
        shifts = shifts_of(images, draw)
        if isinstance(shifts, str):
            return shifts
        found.append(shifts)
    return np.stack(found)


def correlated(table, bound):
    """Whether two columns of numbers go together more than chance explains."""
    if (table.std(axis=0) < 1e-12).any():
        return True
    found = np.corrcoef(table.T) - np.eye(table.shape[1])
    return bool(abs(found).max() > bound)


def shifted(arguments, draws):
    images, limit = arguments
    shifts = of_both(images, draws)
    if isinstance(shifts, str):
        return shifts
    if abs(shifts).max() > limit + 2e-5:
        return "a shift is larger than max_shift"
    m = len(images)
    if m > 20 and np.all(np.ptp(shifts, axis=1) < 1e-4):
        return "all pictures of a batch are shifted alike; does each have its own shifts?"
    if np.all(np.ptp(shifts, axis=2) < 1e-4):
        return "red, green and blue are shifted alike; does each channel have its own shift?"
    if np.all(np.ptp(shifts, axis=0) < 1e-6):
        return SAME_CHANCE
    table = shifts.reshape(-1, 3) / limit
    count = table.size
    # Of a uniform number from -1 to 1: standard deviation 0.577; of its square, 0.298.
    if abs(table.mean()) > 6.5 * 0.577 / np.sqrt(count):
        return "shifts to one side come up more often; between which numbers are they?"
    if abs((table**2).mean() - 1 / 3) > 6.5 * 0.298 / np.sqrt(count):
        size = "small" if (table**2).mean() < 1 / 3 else "large"
        return f"the shifts are too {size} on average; are they uniform up to max_shift?"
    # In each twentieth of the range lies a twentieth of the shifts.
    hits = np.histogram(table, bins=20, range=(-1.0001, 1.0001))[0]
    if any(unlike(hit, count, 1 / 20) for hit in hits):
        return "some shifts come up more often than others; are they uniform?"
    if correlated(table, 7 / np.sqrt(len(table))):
        return "the channels' shifts go together; does each channel have its own?"
    return None


SHIFTS = "    shifts = rng.uniform(-max_shift, max_shift, size=(len(images), 1, 1, 3))\n"
CLIPPED = "np.clip(images + shifts, 0, 1).astype(images.dtype)"


def sized(name, says, shape):
    """The misconception that the shifts have another shape."""
    return Misconception(name, says, edits={"size=(len(images), 1, 1, 3)": f"size={shape}"})


color_shift = Exercise(
    "color_shift",
    cases=(
        random_case("32-bit floats", lambda rng: (coloured(rng, 60), 0.2), seeded(shifted), 2),
        random_case(
            "small shifts in 64-bit floats",
            lambda rng: (coloured(rng, 31, dtype=np.float64), 0.05),
            seeded(shifted),
            2,
        ),
        random_case(
            "one picture, many times",
            lambda rng: (coloured(rng, 1), 0.25),
            seeded(shifted),
            80,
        ),
    ),
    misconceptions=(
        Misconception(
            "never darker",
            "Your shifts are all upwards. Between which numbers are they?",
            edits={"uniform(-max_shift, max_shift": "uniform(0, max_shift"},
        ),
        Misconception(
            "a fixed amount",
            "Your shifts have one size and two signs. Which values can a uniform number take?",
            edits={
                SHIFTS: "    signs = rng.choice([-1, 1], size=(len(images), 1, 1, 3))\n"
                "    shifts = max_shift * signs\n"
            },
        ),
        Misconception(
            "normal numbers",
            "Your shifts are normal, and cut off. Which distribution is asked for?",
            edits={
                SHIFTS: SHIFTS.replace("uniform(-max_shift, max_shift", "normal(0, max_shift / 2")
                + "    shifts = shifts.clip(-max_shift, max_shift)\n"
            },
        ),
        Misconception(
            "grey shifts",
            "Your channels are shifted alike, which makes a picture brighter or darker. How many "
            "numbers does a picture need?",
            edits={SHIFTS: SHIFTS.replace("1, 1, 3", "1, 1, 1")},
        ),
        sized(
            "one shift for all pictures",
            "All your pictures are shifted alike. How many numbers does a batch need?",
            "(1, 1, 1, 3)",
        ),
        sized(
            "noise",
            "Each of your pixels has a shift of its own, which is noise. What shares a shift?",
            "images.shape",
        ),
        sized(
            "rows apart",
            "The rows of your pictures are shifted apart. What shares a shift?",
            "(len(images), images.shape[1], 1, 3)",
        ),
        Misconception(
            "not clipped",
            "Some of your colours are brighter than 1 or darker than 0.",
            edits={CLIPPED: "(images + shifts).astype(images.dtype)"},
        ),
        Misconception(
            "clipped on top only",
            "Some of your colours are darker than 0.",
            edits={CLIPPED: "np.minimum(images + shifts, 1).astype(images.dtype)"},
        ),
        Misconception(
            "wrapped around",
            "What is brighter than 1 comes out dark. Where does it belong?",
            edits={CLIPPED: "((images + shifts) % 1.0).astype(images.dtype)"},
        ),
        Misconception(
            "a factor",
            "You multiply the channels. What does the text do with the random number?",
            edits={CLIPPED: "np.clip(images * (1 + shifts), 0, 1).astype(images.dtype)"},
        ),
        Misconception(
            "a generator of its own",
            DRAWN_ANEW,
            edits={SHIFTS: SHIFTS.replace("rng.uniform", "np.random.default_rng(0).uniform")},
        ),
        Misconception(
            "in place",
            "Your function changes the pictures that it was given.",
            edits={
                f"    return {CLIPPED}": (
                    "    images += shifts.astype(images.dtype)\n"
                    "    return np.clip(images, 0, 1, out=images)"
                )
            },
        ),
    ),
)


# PCA


def along_axes(arguments, draws):
    images, scale = arguments
    shifts = of_both(images, draws)
    if isinstance(shifts, str):
        return shifts
    variances, axes = np.linalg.eigh(np.cov(images.reshape(-1, 3).astype(np.float64).T))
    m = len(images)
    if m > 20 and np.all(np.ptp(shifts, axis=1) < 1e-5):
        return "all pictures of a batch are shifted alike; does each have its own numbers?"
    if np.all(np.ptp(shifts, axis=0) < 1e-7):
        return SAME_CHANCE
    alphas = (shifts.reshape(-1, 3) @ axes / variances) / scale
    n = len(alphas)
    spreads = np.sqrt((alphas**2).mean(axis=0))
    # The mean of n squares of standard normal numbers has the standard deviation sqrt(2 / n).
    far = 8 / np.sqrt(2 * n)
    if np.all(abs(spreads * np.sqrt(variances) / np.sqrt(variances).mean() - 1) < far) or np.all(
        abs(spreads * np.sqrt(variances) - 1) < far
    ):
        return "the shifts grow with the root of the eigenvalues; what stands in the formula?"
    if np.all(abs(shifts.reshape(-1, 3).std(axis=0) / scale - variances) < far * variances):
        return "each channel is shifted by itself; what becomes of the eigenvectors?"
    if correlated(alphas, 7 / np.sqrt(n)):
        return "the shifts along the principal axes go together: are these the axes?"
    for spread, which in zip(spreads, ("short", "middle", "long"), strict=True):
        if abs(spread - 1) > far:
            size = "small" if spread < 1 else "large"
            return f"the shifts along the {which} axis are too {size} on average"
    if abs(alphas.mean()) > 6.5 / np.sqrt(alphas.size):
        return "the shifts go to one side more often; what is the mean of alpha?"
    # 5 % of standard normal numbers are farther from 0 than 1.96, and 38 % nearer than 0.5.
    for hits, share in ((abs(alphas) > 1.96, 0.05), (abs(alphas) < 0.5, 0.383)):
        if unlike(hits.sum(), alphas.size, share):
            return "alpha is not normal: too many or too few of its values are far from 0"
    return None


COVARIANCE = "np.cov(images.reshape(-1, 3), rowvar=False)"
ALPHAS = "    alphas = rng.normal(0, scale, size=(len(images), 3))\n"
MOVED = "    shifts = (alphas * variances) @ axes.T\n"
PCA_RETURN = "np.clip(images + shifts[:, None, None], 0, 1).astype(images.dtype)"


def moved(name, says, new):
    """The misconception that the shifts are computed otherwise."""
    return Misconception(name, says, edits={MOVED: f"    shifts = {new}\n"})


pca_color_shift = Exercise(
    "pca_color_shift",
    cases=(
        random_case("32-bit floats", lambda rng: (coloured(rng, 90), 0.5), seeded(along_axes), 2),
        random_case(
            "paler colours in 64-bit floats",
            lambda rng: (coloured(rng, 25, 0.6, np.float64), 0.3),
            seeded(along_axes),
            2,
        ),
        random_case(
            "three pictures, many times",
            lambda rng: (coloured(rng, 3, 0.8), 0.1),
            seeded(along_axes),
            40,
        ),
        random_case(
            "pictures of one colour each", lambda rng: (tinted(rng, 80), 0.5), seeded(along_axes), 2
        ),
    ),
    misconceptions=(
        moved(
            "eigenvectors as rows",
            "Your axes are the rows of the matrix. What does eigh's documentation say?",
            "(alphas * variances) @ axes",
        ),
        moved(
            "roots of the eigenvalues",
            "Your shifts grow with the standard deviation along an axis. What stands in the "
            "formula?",
            "(alphas * np.sqrt(variances)) @ axes.T",
        ),
        moved(
            "no eigenvalues",
            "Your shifts are as large along each axis. What is alpha multiplied by?",
            "alphas @ axes.T",
        ),
        moved(
            "no eigenvectors",
            "Your shifts go along red, green and blue. What are the p in the formula?",
            "alphas * variances",
        ),
        moved(
            "eigenvalues in another order",
            "Your eigenvalues do not belong to your eigenvectors. In which order does eigh give "
            "them?",
            "(alphas * variances[::-1]) @ axes.T",
        ),
        moved(
            "only the long axis",
            "Your shifts all go along one line. How many axes are there?",
            "(alphas * variances * [0, 0, 1]) @ axes.T",
        ),
        Misconception(
            "one alpha for the three axes",
            "You draw one number for each picture. How many stand in the formula?",
            edits={"size=(len(images), 3)": "size=(len(images), 1)"},
        ),
        Misconception(
            "one draw for all pictures",
            "All your pictures are shifted alike. How many numbers does a batch need?",
            edits={
                ALPHAS: ALPHAS.replace("(len(images), 3)", "3")
                + "    alphas = np.tile(alphas, (len(images), 1))\n"
            },
        ),
        Misconception(
            "uniform alphas",
            "Your alphas are uniform. From which distribution should they come?",
            edits={"rng.normal(0, scale": "rng.uniform(-(3**0.5) * scale, 3**0.5 * scale"},
        ),
        Misconception(
            "the scale as a variance",
            "Your alphas have the variance that their standard deviation should have.",
            edits={"normal(0, scale": "normal(0, scale**0.5"},
        ),
        Misconception(
            "scale forgotten",
            "Your alphas have the standard deviation 0.1 whatever is asked. What is the argument "
            "for?",
            edits={"normal(0, scale": "normal(0, 0.1"},
        ),
        Misconception(
            "alphas around one",
            "Your alphas have the mean 1. Which one have they in the text?",
            edits={"normal(0, scale": "normal(1, scale"},
        ),
        Misconception(
            "correlation for covariance",
            "Your axes are those of the correlations. Of which matrix should they be?",
            edits={COVARIANCE: COVARIANCE.replace("np.cov", "np.corrcoef")},
        ),
        Misconception(
            "mean not subtracted",
            "Your axes are those of the mean of products. What does a covariance subtract first?",
            edits={
                COVARIANCE: "images.reshape(-1, 3).T @ images.reshape(-1, 3) / images[..., 0].size"
            },
        ),
        Misconception(
            "one mean for the three channels",
            "You subtract one mean from red, green and blue alike. Whose mean does a covariance "
            "subtract?",
            edits={
                COVARIANCE: (
                    "(images - images.mean()).reshape(-1, 3).T "
                    "@ (images - images.mean()).reshape(-1, 3) / images[..., 0].size"
                )
            },
        ),
        Misconception(
            "each picture's own mean",
            "You subtract from each picture its own mean, and what its pixels have in common is "
            "lost. Over which pixels is the covariance?",
            edits={
                COVARIANCE: COVARIANCE.replace(
                    "images.reshape", "(images - images.mean(axis=(1, 2), keepdims=True)).reshape"
                )
            },
        ),
        Misconception(
            "colours of the first picture",
            "Your axes are those of one picture. Of which pixels should they be?",
            edits={COVARIANCE: COVARIANCE.replace("images.reshape", "images[0].reshape")},
        ),
        Misconception(
            "not clipped",
            "Some of your colours are brighter than 1 or darker than 0.",
            edits={PCA_RETURN: "(images + shifts[:, None, None]).astype(images.dtype)"},
        ),
        Misconception(
            "a generator of its own",
            DRAWN_ANEW,
            edits={ALPHAS: ALPHAS.replace("rng.normal", "np.random.default_rng(0).normal")},
        ),
    ),
)


# frozen_features


def pictures(rng, m, n_H, n_W, n_C=3):
    return rng.uniform(size=(m, n_H, n_W, n_C)).astype(np.float32)


def layer(kind, name, **settings):
    return (kind, {"name": name, **settings})


NORMALISED = (
    layer("Conv2D", "first", filters=4, kernel_size=3, activation="relu"),
    layer("BatchNormalization", "normalised"),
    layer("MaxPooling2D", "pooled"),
)
PLAIN = (
    layer("Conv2D", "first", filters=3, kernel_size=2, strides=2, activation="tanh"),
    layer("Conv2D", "second", filters=5, kernel_size=1),
)
VECTORS = (
    layer("Conv2D", "first", filters=6, kernel_size=3, activation="relu"),
    layer("GlobalAveragePooling2D", "means"),
    layer("Dropout", "dropped", rate=0.5),
)


def features_case(name, layers, sizes, again=0, failing=False, variants=2):
    """sizes: pictures, height, width. again: pictures of a second call with the same path."""
    m, n_H, n_W = sizes

    def inputs(rng):
        misfits = pictures(rng, 3, n_H, n_W, 2) if failing else None
        others = pictures(rng, again, n_H, n_W) if again else None
        return (n_H, n_W, 3), layers, pictures(rng, m, n_H, n_W), others, misfits

    return Case(
        name,
        inputs,
        probe="keras_features",
        calls=1,
        time_limit=30,
        rtol=1e-4,
        atol=1e-5,
        variants=variants,
    )


PREDICTED = "        features = base.predict(images, verbose=0)\n"
KEPT = '        with h5py.File(path, "w") as file:\n            file["features"] = features\n'
UNLESS = "    if not path.exists():\n"
READ = '    with h5py.File(path, "r") as file:\n        return file["features"][()]'


def predicted(name, says, new):
    """The misconception that other features are computed."""
    return Misconception(name, says, edits={PREDICTED: f"        features = {new}\n"})


frozen_features = Exercise(
    "frozen_features",
    cases=(
        features_case("batch normalisation", NORMALISED, (9, 8, 10)),
        features_case("more pictures than one batch", PLAIN, (71, 4, 6)),
        features_case("one picture", PLAIN, (1, 8, 6)),
        features_case("vectors of features", VECTORS, (37, 5, 7)),
        features_case("a second call, other pictures", PLAIN, (12, 6, 4), again=12),
        features_case("a second call, fewer pictures", NORMALISED, (10, 6, 8), again=5),
        features_case("after a call that failed", NORMALISED, (10, 6, 8), failing=True),
    ),
    misconceptions=(
        predicted(
            "as in training",
            "Your base works as it does in training. What does batch normalisation do then?",
            "np.asarray(base(images, training=True))",
        ),
        predicted(
            "the first batch only",
            "Your features are fewer than the pictures.",
            "np.asarray(base(images[:32]))",
        ),
        predicted(
            "the rest left out",
            "Your features end with the last full batch. What becomes of the rest?",
            "np.concatenate([base(images[i : i + 8]) for i in range(0, len(images) - 7, 8)] or "
            "[images])",
        ),
        predicted(
            "mean over the places",
            "You average over the places. Is that the base's output?",
            "base.predict(images, verbose=0).mean(axis=(1, 2)) if len(base.output_shape) == 4 else "
            "base.predict(images, verbose=0)",
        ),
        predicted(
            "flattened",
            "Your features are vectors. Which shape has the base's output?",
            "base.predict(images, verbose=0).reshape(len(images), -1)",
        ),
        predicted(
            "half precision",
            "Your features have lost most of their digits.",
            "base.predict(images, verbose=0).astype(np.float16)",
        ),
        predicted(
            "pictures scaled",
            "Your pictures are divided by 255 before the base sees them. Who asked for that?",
            "base.predict(images / 255, verbose=0)",
        ),
        predicted("pictures for features", "You save the pictures themselves.", "images"),
        Misconception(
            "computed every time",
            "Your second call runs the base again. What is the file for?",
            edits={UNLESS: "    if True:\n"},
        ),
        Misconception(
            "another name in the file",
            "Your file holds the features under another name.",
            edits={
                KEPT: KEPT.replace('"features"', '"data"'),
                READ: READ.replace('"features"', '"data"'),
            },
        ),
        Misconception(
            "no file",
            "Your function makes no file at the path that it was given.",
            edits={PREDICTED + KEPT: "        return base.predict(images, verbose=0)\n"},
        ),
        Misconception(
            "a file left behind by a failure",
            "After a call that failed, there is a file without features at your path. When do you "
            "open it?",
            edits={
                PREDICTED + KEPT: (
                    '        with h5py.File(path, "w") as file:\n'
                    '            file["features"] = base.predict(images, verbose=0)\n'
                )
            },
        ),
        Misconception(
            "a file opened before the base runs",
            "After a call that failed, there is a file without features at your path, even if your "
            "next call mends it. When do you open it?",
            edits={
                UNLESS + PREDICTED + KEPT + READ: (
                    '    with h5py.File(path, "a") as file:\n'
                    '        if "features" not in file:\n'
                    '            file["features"] = base.predict(images, verbose=0)\n'
                    '        return file["features"][()]'
                )
            },
        ),
        Misconception(
            "the pictures saved, too",
            "Your file holds more than the features.",
            edits={KEPT: KEPT + '            file["images"] = images\n'},
        ),
        Misconception(
            "base trained on",
            "Your base has other weights after the call.",
            edits={
                PREDICTED: PREDICTED
                + "        base.set_weights([0.9 * weight for weight in base.get_weights()])\n"
            },
        ),
    ),
)


# new_head

FACTS = ["input_shape", "output_shape", "parameters", "trainable_parameters", "weights"]
MODEL_LIMITS = {"calls": 1, "time_limit": 30, "rtol": 1e-3, "atol": 1e-4}


def head_case(name, inputs, variants=3, keys=(*FACTS, "predictions", "log_predictions"), share=1.0):
    return Case(
        name,
        inputs,
        probe="keras_model",
        probe_options={"keys": list(keys), "darkest": -1},
        share=share,
        variants=variants,
        **MODEL_LIMITS,
    )


MEAN = "            keras.layers.GlobalAveragePooling2D(),\n"
DENSE = '            keras.layers.Dense(classes, activation="softmax"),\n'
DROP_AND_DENSE = f"            keras.layers.Dropout(0.5),\n{DENSE}"


def pooled(name, says, *layers):
    """The misconception that other layers stand in the place of the mean over the places."""
    lines = "".join(f"            keras.layers.{layer},\n" for layer in layers)
    return Misconception(name, says, edits={MEAN: lines})


new_head = Exercise(
    "new_head",
    cases=(
        head_case("features like the notebook's", lambda rng: ((2, 2, some(rng, 150, 250)), 6)),
        head_case(
            "another height and width",
            lambda rng: ((some(rng, 3, 4), some(rng, 5, 7), some(rng, 20, 30)), some(rng, 7, 11)),
        ),
        head_case("two classes", lambda rng: ((some(rng, 2, 3), 4, some(rng, 8, 16)), 2)),
        head_case("one place", lambda rng: ((1, 1, some(rng, 30, 50)), some(rng, 10, 20))),
        head_case(
            "probabilities, in training, too",
            lambda rng: ((2, 2, some(rng, 30, 50)), some(rng, 6, 9)),
            keys=("sums_in_training",),
            share=0.5,
        ),
    ),
    misconceptions=(
        pooled(
            "flatten",
            "Your dense layer has weights for each place. What comes before it in the table?",
            "Flatten()",
        ),
        pooled(
            "maximum over the places",
            "You take the largest number of each channel. What does the table take?",
            "GlobalMaxPooling2D()",
        ),
        pooled("no pooling", "Your answers have a row and a column. Which layer is missing?"),
        pooled(
            "the middle place",
            "Your head sees a part of the places only. Over which of them is the mean?",
            "Lambda(lambda x: x[:, :2, :2])",
            "GlobalAveragePooling2D()",
        ),
        Misconception(
            "mean over the channels",
            "Your mean goes over the wrong axes. What is left when the places are gone?",
            edits={MEAN: MEAN.replace("()", '(data_format="channels_first")')},
        ),
        Misconception(
            "a hidden layer",
            "Your head has a layer more than the table. How many parameters has it, and how many "
            "pictures are there?",
            edits={DENSE: f'            keras.layers.Dense(64, activation="relu"),\n{DENSE}'},
        ),
        Misconception(
            "batch normalisation",
            "Your head has batch normalisation. Is it in the table?",
            edits={MEAN: f"{MEAN}            keras.layers.BatchNormalization(),\n"},
        ),
        Misconception(
            "classes hard-coded",
            "Your head has six outputs whatever is asked. What is the argument for?",
            edits={"Dense(classes,": "Dense(6,"},
        ),
        Misconception(
            "input shape hard-coded",
            "Your head takes features of one shape only. What is the argument for?",
            edits={"shape=feature_shape": "shape=(2, 2, 192)"},
        ),
        Misconception(
            "no softmax",
            "Your outputs can be any numbers. What makes them probabilities?",
            edits={', activation="softmax"': ""},
        ),
        Misconception(
            "sigmoid for softmax",
            "Each of your outputs is a probability by itself. What must be true of their sum?",
            edits={'"softmax"': '"sigmoid"'},
        ),
        Misconception(
            "softmax twice",
            "Two softmaxes stand one behind the other; what does the second make of the first?",
            edits={DENSE: f"{DENSE}            keras.layers.Softmax(),\n"},
        ),
        Misconception(
            "no bias",
            "Your dense layer has no biases.",
            edits={'activation="softmax"': 'activation="softmax", use_bias=False'},
        ),
        Misconception(
            "dropout behind the softmax",
            "In training your answers are no probabilities: their sum is not 1. What does dropout "
            "do to them?",
            edits={DROP_AND_DENSE: f"{DENSE}            keras.layers.Dropout(0.5),\n"},
        ),
        pooled(
            "a ReLU before the mean",
            "A ReLU stands before your mean. Is it in the table? Features may be negative.",
            "ReLU()",
            "GlobalAveragePooling2D()",
        ),
        pooled(
            "a ReLU behind the mean",
            "A ReLU stands behind your mean. Is it in the table? Features may be negative.",
            "GlobalAveragePooling2D()",
            "ReLU()",
        ),
        Misconception(
            "a ReLU before the softmax",
            "A ReLU stands before your softmax. Is it in the table?",
            edits={
                DENSE: "            keras.layers.Dense(classes),\n"
                "            keras.layers.ReLU(),\n            keras.layers.Softmax(),\n"
            },
        ),
    ),
)


# fine_tune

CHAIN = (
    layer("Conv2D", "conv1", filters=4, kernel_size=3, padding="same"),
    layer("BatchNormalization", "bn1"),
    layer("ReLU", "relu1"),
    layer("DepthwiseConv2D", "conv2", kernel_size=3),
    layer("BatchNormalization", "bn2"),
    layer("ReLU", "relu2"),
    layer("Conv2D", "conv3", filters=6, kernel_size=1),
    layer("BatchNormalization", "bn3"),
    layer("GlobalAveragePooling2D", "means"),
    layer("Dense", "hidden", units=5, activation="tanh"),
    layer("Dense", "answer", units=3, activation="softmax"),
)
ENDS_IN_NORM = (
    layer("Conv2D", "conv1", filters=3, kernel_size=2),
    layer("BatchNormalization", "bn1"),
    layer("Flatten", "flat"),
    layer("Dense", "logits", units=4),
    layer("BatchNormalization", "bn2"),
    layer("Softmax", "answer"),
)


def tuned_case(name, layers, n_layers, frozen=False, rate=(0.002, 0.02), variants=2):
    def inputs(rng):
        classes = 4 if layers is ENDS_IN_NORM else 3
        images = pictures(rng, 12, 5, 6)
        labels = rng.integers(0, classes, size=12)
        learning_rate = round(float(rng.uniform(*rate)), 5)
        return (5, 6, 3), layers, frozen, n_layers, learning_rate, images, labels

    return Case(
        name,
        inputs,
        probe="keras_tuned",
        calls=1,
        time_limit=30,
        rtol=2e-2,
        atol=1e-4,
        variants=variants,
    )


NORM_LEARNS = "Batch normalisation among your last layers learns. What becomes of its means?"
WAKE = "    model.trainable = True\n"
FIRST = "    first = len(model.layers) - n_layers\n"
SWITCH = "        layer.trainable = index >= first and not normalises\n"
LOSS = '        loss="sparse_categorical_crossentropy",\n'

fine_tune = Exercise(
    "fine_tune",
    cases=(
        tuned_case("the last two of eleven layers", CHAIN, 2),
        tuned_case("a model that was frozen as a whole", CHAIN, 6, frozen=True),
        tuned_case("a model that was frozen in part", CHAIN, 5, frozen=("conv3", "answer")),
        tuned_case("more layers than there are", CHAIN, 16, frozen=True, variants=1),
        tuned_case("none", CHAIN, 0, variants=1),
        tuned_case("batch normalisation near the end", ENDS_IN_NORM, 3, rate=(0.01, 0.05)),
    ),
    misconceptions=(
        Misconception(
            "batch normalisation awake",
            NORM_LEARNS,
            edits={" and not normalises": ""},
        ),
        Misconception(
            "batch normalisation awake everywhere",
            "All your batch normalisation learns, also in front of the last layers.",
            edits={"index >= first and not normalises": "index >= first or normalises"},
        ),
        Misconception(
            "the model stays frozen",
            "A model that was frozen as a whole stays frozen. Whose switch is still off?",
            edits={WAKE: ""},
        ),
        Misconception(
            "single layers stay frozen",
            "Layers that were frozen one by one stay frozen. Whose switches are still off?",
            edits={
                WAKE: "    if not model.trainable:\n        model.trainable = True\n",
                SWITCH: SWITCH.replace("= index", "= layer.trainable and index"),
            },
        ),
        Misconception(
            "batch normalisation by its name",
            NORM_LEARNS,
            edits={"isinstance(layer, keras.layers.BatchNormalization)": '"norm" in layer.name'},
        ),
        Misconception(
            "a slice that starts below zero",
            "With more layers than there are, some of your layers stay frozen. Where does a slice "
            "start that starts at -5?",
            edits={
                FIRST: (
                    FIRST
                    + "    first = first if first >= 0 else max(first + len(model.layers), 0)\n"
                )
            },
        ),
        Misconception(
            "the others stay awake",
            "The layers in front learn, too. Who turns them off?",
            edits={SWITCH: "        layer.trainable = layer.trainable and not normalises\n"},
        ),
        Misconception(
            "the first layers",
            "Your first layers learn. Which ones should?",
            edits={"index >= first": "index < n_layers"},
        ),
        Misconception(
            "one layer too few",
            "You count one layer too few from the end.",
            edits={FIRST: FIRST.replace("- n_layers", "- n_layers + 1")},
        ),
        Misconception(
            "one layer too many",
            "You count one layer too many from the end.",
            edits={FIRST: FIRST.replace("- n_layers", "- n_layers - 1")},
        ),
        Misconception(
            "n_layers counted from the front",
            "You leave n_layers frozen, and the rest learns. Which side does the number count?",
            edits={FIRST: "    first = n_layers\n"},
        ),
        Misconception(
            "the last zero are all",
            "With n_layers=0 all your layers learn. What is layers[-0:]?",
            edits={FIRST: f"{FIRST}    first = first if n_layers else 0\n"},
        ),
        Misconception(
            "layers with weights counted",
            "You count layers that have weights only. What does the text count?",
            edits={
                FIRST: (
                    "    holding = [i for i, layer in enumerate(model.layers) if layer.weights]\n"
                    "    first = holding[-n_layers] if 0 < n_layers <= len(holding) else "
                    "len(holding) * 9 * (n_layers < 1)\n"
                )
            },
        ),
        Misconception(
            "not compiled again",
            "Your model trains with the optimiser and the loss that it had. What is missing after "
            "the switches?",
            edits={
                "    model.compile(\n        keras.optimizers.Adam(learning_rate),\n"
                + LOSS
                + '        metrics=["accuracy"],\n    )\n': ""
            },
        ),
        Misconception(
            "Adam's own learning rate",
            "Your learning rate is Adam's default. What is the argument for?",
            edits={"Adam(learning_rate)": "Adam()"},
        ),
        Misconception(
            "another optimiser",
            "Your steps are not Adam's.",
            edits={"optimizers.Adam": "optimizers.SGD"},
        ),
        Misconception(
            "AdamW",
            "Your optimiser is a relative of Adam, and not Adam itself.",
            edits={"optimizers.Adam": "optimizers.AdamW"},
        ),
        Misconception(
            "one-hot labels",
            "Your loss wants a row of zeros and ones for each label. What do the labels look like?",
            edits={LOSS: LOSS.replace("sparse_", "")},
        ),
        Misconception(
            "squared error",
            "Your loss compares probabilities with class numbers by squares.",
            edits={LOSS: '        loss="mse",\n'},
        ),
        Misconception(
            "no metric",
            "Your model reports its loss and nothing else. What is asked for besides?",
            edits={'        metrics=["accuracy"],\n': ""},
        ),
        Misconception(
            "nothing returned",
            "Your function returns nothing.",
            edits={"    return model": "    return None"},
        ),
    ),
)


# ten_crop

CORNERS = "[(0, 0), (0, right), (bottom, 0), (bottom, right)"
STARTS = f"{CORNERS}, (bottom // 2, right // 2)]"
TEN = "np.concatenate([crops, crops[:, :, ::-1]])"


def one_picture(rng, n_H, n_W, dtype=np.uint8):
    return noise(rng, (1, n_H, n_W, 3), dtype)[0]


def same_dtype(inputs, answer):
    wanted = inputs[0].dtype
    return (
        None
        if answer.dtype == wanted
        else f"want the picture's dtype, {wanted}, not {answer.dtype}"
    )


def started(name, says, new):
    """The misconception that the five squares start elsewhere."""
    return Misconception(name, says, edits={STARTS: new})


def ordered(name, says, new):
    """The misconception that the ten are another ten."""
    return Misconception(name, says, edits={TEN: new})


ten_crop = Exercise(
    "ten_crop",
    cases=(
        Case("a wide picture", lambda rng: (one_picture(rng, 8, 12), some(rng, 3, 4) * 2)),
        Case("a high picture", lambda rng: (one_picture(rng, 13, 7), 5)),
        Case("odd differences", lambda rng: (one_picture(rng, 8, 11), some(rng, 2, 3) * 2 + 1)),
        Case("even size on odd pixels", lambda rng: (one_picture(rng, 7, 9), 4)),
        Case(
            "32-bit floats from 0 to 1",
            lambda rng: (one_picture(rng, 9, 10, np.float32) / np.float32(90), 6),
        ),
        Case("as high as the picture", lambda rng: (one_picture(rng, 6, 9), 6)),
        Case("as large as the picture", lambda rng: (one_picture(rng, 5, 5), 5)),
        Case("one pixel", lambda rng: (one_picture(rng, 4, 7), 1)),
        Case(
            "whole numbers from 0 to 255",
            lambda rng: (one_picture(rng, 6, 8), 4),
            check=same_dtype,
            share=0.5,  # the numbers themselves are judged elsewhere
        ),
    ),
    misconceptions=(
        started(
            "corners exchanged",
            "Your second square is the lower left one. In which order do they come?",
            "[(0, 0), (bottom, 0), (0, right), (bottom, right), (bottom // 2, right // 2)]",
        ),
        started(
            "centre first",
            "Your centre comes first. Where is it in the list?",
            "[(bottom // 2, right // 2), (0, 0), (0, right), (bottom, 0), (bottom, right)]",
        ),
        started(
            "around the corners in a circle",
            "Your third square is the lower right one. In which order do they come?",
            "[(0, 0), (0, right), (bottom, right), (bottom, 0), (bottom // 2, right // 2)]",
        ),
        started(
            "centre rounded up",
            "Your centre is one pixel too low or too far right where it can't be in the middle.",
            f"{CORNERS}, ((bottom + 1) // 2, (right + 1) // 2)]",
        ),
        started(
            "centre by the picture's middle",
            "Your centre starts in the middle of the picture. What should be in the middle?",
            f"{CORNERS}, (min(n_H // 2, bottom), min(n_W // 2, right))]",
        ),
        started(
            "height for width",
            "Your squares start by the wrong length. Which one belongs to which axis?",
            "(lambda n: [(0, 0), (0, n), (n, 0), (n, n), (n // 2, n // 2)])(min(bottom, right))",
        ),
        started(
            "one pixel from the border",
            "Your right and lower squares end one pixel before the border.",
            "(lambda b, r: [(0, 0), (0, r), (b, 0), (b, r), (bottom // 2, right // 2)])("
            "max(bottom - 1, 0), max(right - 1, 0))",
        ),
        ordered(
            "mirrored upside down",
            "Your mirror images stand on their heads.",
            "np.concatenate([crops, crops[:, ::-1]])",
        ),
        ordered(
            "the picture mirrored first",
            "Your mirror images are the squares of the mirrored picture, so left and right corners "
            "have changed places. What should be mirrored?",
            "np.concatenate([crops, crops[[1, 0, 3, 2, 4]][:, :, ::-1]])",
        ),
        ordered(
            "each beside its mirror image",
            "Each of your squares is followed by its mirror image. In which order do they come?",
            "np.stack([crops, crops[:, :, ::-1]], axis=1).reshape(10, size, size, 3)",
        ),
        ordered(
            "mirror images first",
            "Your mirror images come first.",
            "np.concatenate([crops[:, :, ::-1], crops])",
        ),
        ordered(
            "twice the same",
            "Your last five squares are the first five once more. What is missing?",
            "np.concatenate([crops, crops])",
        ),
        ordered(
            "colours reversed",
            "You reverse the channels in place of the columns.",
            "np.concatenate([crops, crops[..., ::-1]])",
        ),
        ordered(
            "another dtype",
            "Your squares have lost the picture's dtype. What was the picture made of?",
            f"{TEN}.astype(float)",
        ),
        ordered("five only", "You answer five squares. How many looks are there?", "crops"),
    ),
)


# ensemble

SMOOTH = (
    layer("Conv2D", "conv", filters=5, kernel_size=2, activation="relu"),
    layer("GlobalAveragePooling2D", "means"),
    layer("Dense", "answer", units=3, activation="softmax"),
)
SQUASHED = (
    layer("Conv2D", "conv", filters=5, kernel_size=2, activation="tanh"),
    layer("GlobalMaxPooling2D", "maxima"),
    layer("Dense", "answer", units=3, activation="softmax"),
)
UNSTEADY = (
    layer("Flatten", "flat"),
    layer("BatchNormalization", "norm"),
    layer("Dense", "answer", units=3, activation="softmax"),
)


def ensemble_case(name, inputs, variants=2):
    return Case(
        name,
        inputs,
        probe="ensemble",
        calls=2,
        time_limit=30,
        rtol=1e-4,
        atol=1e-5,
        variants=variants,
    )


def matrices(rng, count, classes):
    """Plain functions; what they say need not be probabilities."""
    return tuple(rng.normal(size=(3, classes)) for _ in range(count))


SAID = "[np.asarray(model(images)) for model in models]"
AVERAGE = f"np.mean({SAID}, axis=0)"


def averaged(name, says, new):
    """The misconception that something else is returned."""
    return Misconception(name, says, edits={AVERAGE: new})


ensemble = Exercise(
    "ensemble",
    cases=(
        ensemble_case(
            "three plain functions", lambda rng: (pictures(rng, 4, 3, 5), *matrices(rng, 3, 6))
        ),
        ensemble_case("two Keras models", lambda rng: (pictures(rng, 5, 4, 6), SMOOTH, SQUASHED)),
        ensemble_case(
            "a Keras model with batch normalisation, and a function",
            lambda rng: (pictures(rng, 6, 3, 4), UNSTEADY, *matrices(rng, 1, 3)),
        ),
        ensemble_case("one model", lambda rng: (pictures(rng, 3, 2, 5), *matrices(rng, 1, 4))),
        ensemble_case(
            "as many models as pictures and classes",
            lambda rng: (pictures(rng, 4, 3, 2), *matrices(rng, 4, 4)),
        ),
    ),
    misconceptions=(
        averaged(
            "summed", "Your outputs are sums. What are they divided by?", f"np.sum({SAID}, axis=0)"
        ),
        averaged(
            "mean over the pictures",
            "You take the mean over the pictures. Which axis counts the models?",
            f"np.mean({SAID}, axis=1)",
        ),
        averaged(
            "mean over the classes",
            "You take the mean over the classes. Which axis counts the models?",
            f"np.mean({SAID}, axis=2).T",
        ),
        averaged("mean over everything", "You answer one number.", f"np.mean({SAID})"),
        averaged("the maximum", "You take the largest answer of all.", f"np.max({SAID}, axis=0)"),
        averaged(
            "the median", "You take the median. What is asked for?", f"np.median({SAID}, axis=0)"
        ),
        averaged(
            "product",
            "You multiply what the models say. What is asked for?",
            f"np.prod({SAID}, axis=0)",
        ),
        averaged("the first only", "You ask one model only.", f"{SAID}[0]"),
        averaged(
            "votes",
            "You count votes. How sure a model is should count, too.",
            f"np.mean([np.eye(a.shape[1])[a.argmax(axis=1)] for a in {SAID}], axis=0)",
        ),
        averaged(
            "classes only",
            "You answer class numbers. The mean of the outputs is asked for.",
            f"np.mean({SAID}, axis=0).argmax(axis=1)",
        ),
        averaged(
            "not averaged",
            "You return what each of the models says.",
            f"np.stack({SAID})",
        ),
        averaged(
            "scaled to one",
            "You divide by the sum over the classes. Who asked for that?",
            f"np.sum({SAID}, axis=0) / np.sum({SAID}, axis=(0, 2))[:, None]",
        ),
        averaged(
            "as in training",
            "Your Keras models work as they do in training.",
            "np.mean([np.asarray(model(images, training=True) if hasattr(model, 'layers') else "
            "model(images)) for model in models], axis=0)",
        ),
        Misconception(
            "weights averaged",
            "You average weights. The mean of what the models say is asked for.",
            edits={
                f"    return {AVERAGE}": (
                    "    if not all(isinstance(model, keras.Model) for model in models):\n"
                    f"        return {AVERAGE}\n"
                    "    weights = zip(*[model.get_weights() for model in models], strict=True)\n"
                    "    models[0].set_weights([np.mean(same, axis=0) for same in weights])\n"
                    "    return np.asarray(models[0](images))"
                )
            },
        ),
        averaged(
            "Keras models only",
            "Your function asks for predict, which only Keras models have. What can be said of "
            "every model?",
            "np.mean([model.predict(images, verbose=0) for model in models], axis=0)",
        ),
    ),
)

exercises = [
    mirror,
    random_crop,
    color_shift,
    pca_color_shift,
    frozen_features,
    new_head,
    fine_tune,
    ten_crop,
    ensemble,
]
