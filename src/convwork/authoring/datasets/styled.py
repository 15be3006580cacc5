"""A photo in the style of the painting, painted as in the notebook on style transfer."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convwork.authoring.datasets.recipe import Fetched, Recipe
from convwork.authoring.datasets.sprites import Codec, add_pictures
from convwork.course import load_painting, load_photo, load_squeezenet

CONTENT_LAYER = "fire6"
STYLE_LAYERS = {"conv1": 0.2, "fire2": 0.007, "fire3": 0.003, "fire4": 0.0025, "fire5": 0.01}
ALPHA, BETA = 10, 40
PIECE = slice(20, 276), slice(120, 376)  # of the painting: the swirl, as wide as the photo
SIZE, STEPS, NOISE, SEED = 256, 100, 0.3, 0
# Not optimised: for that Pillow keeps a byte for each pixel, and strokes may need more.
CODEC = Codec("JPEG", {"quality": 90, "subsampling": 0}, rows=65_535)


def painted(content: NDArray[np.uint8], style: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The content's things with the style's strokes and colours, `(256, 256, 3)`."""
    import keras
    import tensorflow as tf

    network = load_squeezenet(SIZE)
    look = network.activations(CONTENT_LAYER, *STYLE_LAYERS)

    def styles(layers: list[Any]) -> list[Any]:
        """Gram matrices, divided by what they are summed over."""
        return [tf.einsum("mijk,mijl->kl", a, a) / (a.shape[1] * a.shape[2]) for a in layers]

    photo = network.prepare(content)
    wanted = look(photo)[0], styles(look(network.prepare(style))[1:])
    noise = np.random.default_rng(SEED).uniform(-NOISE, NOISE, size=photo.shape)
    pixels = tf.Variable(np.clip(photo / 255 + noise, 0, 1), dtype=tf.float32)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(0.05, STEPS, 0.05))

    @tf.function  # type: ignore[untyped-decorator]
    def gradient() -> Any:
        with tf.GradientTape() as tape:
            content_seen, *layers = look(255 * pixels)
            cost = ALPHA * tf.reduce_mean((content_seen - wanted[0]) ** 2) / 4
            grams = zip(STYLE_LAYERS.values(), wanted[1], styles(layers), strict=True)
            for weight, one, other in grams:
                cost += BETA * weight * tf.reduce_mean((one - other) ** 2) / 4
        return tape.gradient(cost, pixels)

    for _ in range(STEPS):
        optimizer.apply_gradients([(gradient(), pixels)])
        pixels.assign(tf.clip_by_value(pixels, 0, 1))
    return np.asarray(np.rint(255 * pixels.numpy()[0]), dtype=np.uint8)


def _write(file: Any, fetched: Fetched) -> None:
    picture = painted(load_photo("china"), load_painting()[PIECE])
    add_pictures(file, "temple", picture[np.newaxis], CODEC)


RECIPE = Recipe((), _write)
