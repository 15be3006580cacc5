"""Networks that others have trained, ready to use: all take RGB pictures from 0 to 255.

Their weights are in `datasets/`; nothing is downloaded. `.model` is a Keras model with named
layers, so a notebook can freeze, cut and retrain it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convwork.course import architectures
from convwork.course.data import open_dataset
from convwork.errors import ConvworkError

Pictures = NDArray[Any] | Sequence[NDArray[Any]]
Size = int | tuple[int, int]


@dataclass(frozen=True)
class ImageClassifier:
    """A network that says which of 1000 ImageNet classes a picture shows.

    model: from pictures, (m, height, width, 3), 0 to 255, to probabilities, (m, 1000).
    classes: the names of the classes, in the order of the probabilities.
    """

    name: str
    model: Any
    classes: tuple[str, ...]

    def prepare(self, images: Pictures) -> NDArray[np.float32]:
        """Make pictures fit the model: cut out the middle, scale; (m, height, width, 3), 0 to 255.

        images: one picture, (height, width, 3), or several, as an array or as a list of pictures
        of different sizes; 0 to 255.
        """
        return _fit(images, self.model.input_shape[1:3], crop=True)

    def guesses(self, images: Pictures, count: int = 5) -> list[list[tuple[str, float]]]:
        """For each picture, the likeliest classes with their probabilities, likeliest first."""
        probabilities = self.model.predict(self.prepare(images), verbose=0)
        return [
            [(self.classes[index], float(row[index])) for index in np.argsort(-row)[:count]]
            for row in probabilities
        ]

    def activations(self, *layers: str) -> Any:
        """A Keras model from pictures to the outputs of the named layers of `model`.

        One output if one layer is named, else a list. It shares the weights with `model`.
        """
        import keras

        outputs = [self.model.get_layer(name).output for name in layers]
        return keras.Model(self.model.input, outputs[0] if len(outputs) == 1 else outputs)


@dataclass(frozen=True)
class FaceNetwork:
    """A network that encodes faces by numbers: the same person's encodings lie close together.

    model: from faces, (m, side, side, 3), 0 to 255, to encodings, (m, n).
    threshold: the distance below which two encodings are taken for the same person's.
    """

    name: str
    model: Any
    threshold: float

    def prepare(self, images: Pictures) -> NDArray[np.float32]:
        """Scale pictures of one face each to (m, side, side, 3). Images as in `encode`."""
        return _fit(images, self.model.input_shape[1:3], crop=True)

    def encode(self, images: Pictures) -> NDArray[np.float32]:
        """The encodings of faces, (m, n).

        images: one face, (height, width, 3), or several, as an array or as a list; 0 to 255. Cut
        them such that the face fills the picture from the chin to the forehead.
        """
        return np.asarray(self.model.predict(self.prepare(images), verbose=0))


@dataclass(frozen=True)
class ObjectDetector:
    """A network that looks for objects of the 80 COCO classes.

    model: from pictures, (m, 512, 512, 3), 0 to 255, to a dictionary. `heat`, (m, 128, 128, 80):
    for each cell of 4×4 pixels and each class, how sure the network is that an object has its
    centre there. `sides`, (m, 128, 128, 4): pixels from there to the left, top, right and bottom
    side of the object's box.
    """

    name: str
    model: Any
    classes: tuple[str, ...]

    def prepare(self, images: Pictures) -> NDArray[np.float32]:
        """Stretch pictures to (m, 512, 512, 3), 0 to 255. Images as in `ImageClassifier`."""
        return _fit(images, (512, 512), crop=False)

    def look(self, photo: NDArray[Any]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """What the network sees in one photo, (height, width, 3), 0 to 255, before any choice.

        Returns `heat`, (128, 128, 80), 0 to 1, and `boxes`, (128, 128, 4), in pixels of the
        photo: y1, x1, y2, x2, with y downwards.
        """
        seen = self.model.predict(self.prepare(photo), verbose=0)
        height, width = photo.shape[:2]
        return seen["heat"][0], corners(seen["sides"][0], height, width)


@dataclass(frozen=True)
class StreetDetector:
    """A small YOLO that looks for pedestrians, cars and motorcycles.

    model: from pictures, (m, 192, 256, 3), 0 to 255, to (m, 16, 16, 4, 8): for each cell of a
    16×16 grid and each of four anchors, eight raw numbers, before any sigmoid or softmax.
    anchors: (4, 2), width and height as shares of the picture.
    """

    model: Any
    anchors: NDArray[np.float32]
    classes: tuple[str, ...]

    def prepare(self, images: Pictures) -> NDArray[np.float32]:
        """Stretch pictures to (m, 192, 256, 3), 0 to 255. Images as in `ImageClassifier`."""
        return _fit(images, self.model.input_shape[1:3], crop=False)

    def look(self, images: Pictures) -> tuple[NDArray[np.float32], ...]:
        """What the network sees in pictures, before any choice: `yolo_outputs`, four arrays.

        images: as in `ImageClassifier.prepare`. Returns, all float32 and from 0 to 1 (width and
        height may be larger): `box_xy`, (m, 16, 16, 4, 2), the midpoint x, y of each box, and
        `box_wh`, the same shape, its width and height, both as shares of the picture;
        `box_confidence`, (m, 16, 16, 4, 1), how sure it is that something is there;
        `box_class_probs`, (m, 16, 16, 4, 3), what it would be. If images is one picture,
        (height, width, 3), the first axis is left out.
        """
        raw = self.model.predict(self.prepare(images), verbose=0)
        xy, wh = architectures.street_boxes(raw, self.anchors)
        likely = np.exp(raw[..., 5:] - raw[..., 5:].max(axis=-1, keepdims=True))
        parts = (
            np.asarray(xy),
            np.asarray(wh),
            np.asarray(1 / (1 + np.exp(-raw[..., :1]))),
            np.asarray(likely / likely.sum(axis=-1, keepdims=True)),
        )
        alone = isinstance(images, np.ndarray) and images.ndim == 3
        return tuple(part[0] for part in parts) if alone else parts


def corners(sides: NDArray[Any], height: int, width: int) -> NDArray[np.float32]:
    """Boxes in pixels of a photo of this height and width, from a detector's `sides`.

    sides: (rows, columns, 4), pixels from each cell to the left, top, right and bottom side, in a
    picture of 4 pixels a cell. Returns (rows, columns, 4): y1, x1, y2, x2.
    """
    rows, columns = sides.shape[:2]
    y, x = 4 * np.mgrid[:rows, :columns].astype(np.float32)
    left, top, right, bottom = np.moveaxis(sides, -1, 0)
    boxes = np.stack([y - top, x - left, y + bottom, x + right], axis=-1)
    down, across = height / (4 * rows), width / (4 * columns)
    return np.asarray(boxes * (down, across, down, across), dtype=np.float32)


def load_imagenet_classifier(image_size: Size = 224) -> ImageClassifier:
    """EfficientNet-Lite0, trained on ImageNet: small, quick, with batch normalisation.

    image_size: pixels of a side, or (height, width). It was trained on 224.
    """
    model = architectures.efficientnet_lite0(*_height_and_width(image_size, 32))
    return _classifier("efficientnet_lite0", model)


def load_squeezenet(image_size: Size = 227) -> ImageClassifier:
    """SqueezeNet 1.1, trained on ImageNet: plain convolutions, without batch normalisation.

    image_size: pixels of a side, or (height, width). It was trained on 227.
    """
    model = architectures.squeezenet(*_height_and_width(image_size, 32))
    return _classifier("squeezenet", model)


def load_face_network() -> FaceNetwork:
    """A residual network that encodes photos of faces, 150×150 pixels, by 128 numbers.

    Its threshold separates the course's two faces; aligned by landmarks, faces would allow 0.6.
    """
    model = architectures.face_network()
    with open_dataset("face_network") as file:
        _set_weights(model, file)
    return FaceNetwork("face_network", model, threshold=0.5)


def load_avatar_encoder() -> FaceNetwork:
    """A small network that encodes avatars, 64×64 pixels, by 64 numbers: a vector of length 1.

    It was trained by a triplet loss on the training part of `load_avatar_faces`; its threshold
    was chosen on the validation part.
    """
    model = architectures.avatar_encoder()
    with open_dataset("avatar_encoder") as file:
        _set_weights(model, file)
        return FaceNetwork("avatar_encoder", model, float(file.attrs["threshold"]))


def load_coco_detector() -> ObjectDetector:
    """CenterNet on MobileNetV3, trained on COCO: finds people, vehicles, animals, things."""
    model = architectures.coco_detector()
    with open_dataset("coco_detector") as file:
        _set_weights(model, file)
        return ObjectDetector("coco_detector", model, _strings(file, "class_names"))


def load_street_detector() -> StreetDetector:
    """A YOLO for the street scenes of the course, trained by the course on such scenes alone."""
    model = architectures.street_detector()
    with open_dataset("street_detector") as file:
        _set_weights(model, file)
        anchors = np.asarray(file["anchors"][()])
        return StreetDetector(model, anchors, _strings(file, "class_names"))


def _classifier(name: str, model: Any) -> ImageClassifier:
    with open_dataset(name) as file:
        _set_weights(model, file)
        return ImageClassifier(name, model, _strings(file, "class_names"))


def _strings(file: Any, name: str) -> tuple[str, ...]:
    return tuple(text.decode() for text in file[name][()])


def _set_weights(model: Any, file: Any) -> None:
    """Give the model the weights in the file's group `weights`, named layer/weight."""
    for layer in model.layers:
        if layer.weights:
            stored = file["weights"][layer.name]
            layer.set_weights([_weight(stored[weight.name]) for weight in layer.weights])


def _weight(dataset: Any) -> NDArray[np.float32]:
    """A stored weight. If it is of bytes, each channel has its own scale and offset."""
    weight = np.asarray(dataset[()], dtype=np.float32)
    if "scale" in dataset.attrs:
        weight *= dataset.attrs["scale"]
        weight += dataset.attrs["offset"]
    return weight


def _height_and_width(size: Size, least: int) -> tuple[int, int]:
    height, width = (size, size) if isinstance(size, int) else size
    if min(height, width) < least:
        raise ConvworkError(f"image_size is {size}; the network needs at least {least} pixels")
    return height, width


def _fit(images: Pictures, size: tuple[int, int], crop: bool) -> NDArray[np.float32]:
    if not isinstance(images, np.ndarray):
        return np.concatenate([_fit(image, size, crop) for image in images])
    if images.ndim not in (3, 4) or images.shape[-1] != 3:
        raise ConvworkError(
            "pictures are arrays of shape (height, width, 3) or (m, height, width, 3), "
            f"not {images.shape}"
        )
    import keras

    batch = images.reshape(-1, *images.shape[-3:]).astype(np.float32)
    if batch.shape[1:3] == tuple(size):
        return batch
    resized = keras.ops.image.resize(
        batch, size, interpolation="bicubic", antialias=True, crop_to_aspect_ratio=crop
    )
    return np.asarray(keras.ops.clip(resized, 0, 255))
