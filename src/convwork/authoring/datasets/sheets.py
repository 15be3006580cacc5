"""Contact sheets for the data cards: `python -m convwork.authoring.datasets.sheets docs/images`."""

import sys
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle

from convwork.authoring.datasets import train_detector
from convwork.authoring.datasets.train_face_encoder import judge_pairs
from convwork.course import (
    Detections,
    ImageClassifier,
    StreetScenes,
    Truth,
    average_precision,
    load_avatar_encoder,
    load_avatar_faces,
    load_brain,
    load_clip,
    load_coco_detector,
    load_ecg,
    load_face,
    load_face_network,
    load_hand_signs,
    load_imagenet_classifier,
    load_painting,
    load_photo,
    load_squeezenet,
    load_street_detector,
    load_street_scenes,
    photo_names,
    precision_recall,
)

COLOURS = ("tab:orange", "tab:blue", "tab:green")
BOXES = {"motorcycle": 2, "hopper": 3, "astronaut": 1}


def write_sheets(folder: Path) -> None:
    """Draw every sheet into the folder, as PNG."""
    matplotlib.use("agg")
    folder.mkdir(parents=True, exist_ok=True)
    for draw in (
        photos,
        networks,
        signals,
        hand_signs,
        avatar_faces,
        street_scenes,
        street_detector,
    ):
        figure = draw()
        figure.savefig(folder / f"{draw.__name__}.png", dpi=90, metadata={"Software": None})
        plt.close(figure)


def photos() -> Any:
    """Every photo with its name, and the painting."""
    pictures = {name: load_photo(name) for name in photo_names()}
    pictures["the painting"] = load_painting()
    figure, axes = plt.subplots(3, 3, figsize=(10, 8), layout="constrained")
    for axis, (name, picture) in zip(axes.flat, pictures.items(), strict=True):
        _show(axis, picture, name)
    return figure


def networks() -> Any:
    """What each network answers to photos of the course."""
    figure: Any = plt.figure(figsize=(11, 9), layout="constrained")
    rows = figure.subfigures(3, 1, height_ratios=(1, 1.15, 0.75))
    _draw_guesses(rows[0], [load_imagenet_classifier(), load_squeezenet()])
    _draw_boxes(rows[1])
    _draw_distances(rows[2])
    return figure


def _draw_guesses(figure: Any, classifiers: list[ImageClassifier]) -> None:
    figure.suptitle("What is it? The likeliest three of 1000 classes")
    names = ("chelsea", "coffee")
    axes = figure.subplots(1, 6, width_ratios=(1.3, 1, 1) * 2)
    for start, name in zip((0, 3), names, strict=True):
        photo = load_photo(name)
        _show(axes[start], photo)
        for axis, classifier in zip(axes[start + 1 : start + 3], classifiers, strict=True):
            guesses = classifier.guesses(photo, 3)[0][::-1]
            axis.barh(range(3), [probability for _, probability in guesses], height=0.3)
            for place, (guess, probability) in enumerate(guesses):
                axis.text(0, place + 0.25, f"{guess} {probability:.2f}", fontsize=9)
            axis.set(xlim=(0, 1), ylim=(-0.5, 2.7), yticks=[], xticks=[], title=classifier.name)
            axis.title.set_fontsize(9)
            axis.spines[:].set_visible(False)


def _draw_boxes(figure: Any) -> None:
    figure.suptitle("What is where? The detector's highest peaks, before any suppression")
    detector = load_coco_detector()
    for axis, (name, count) in zip(figure.subplots(1, 3), BOXES.items(), strict=True):
        photo = load_photo(name)
        heat, boxes = detector.look(photo)
        _show(axis, photo)
        for colour, (row, column, kind) in zip(COLOURS, _peaks(heat, count), strict=False):
            top, left, bottom, right = boxes[row, column]
            axis.add_patch(
                Rectangle((left, top), right - left, bottom - top, fill=False, ec=colour, lw=2)
            )
            label = f"{detector.classes[kind]} {heat[row, column, kind]:.2f}"
            place = (
                (left + 4, min(bottom, len(photo)) - 6)
                if colour == COLOURS[1]
                else (left + 4, top + 18)
            )
            axis.text(*place, label, color="white", fontsize=8, backgroundcolor=colour)


def _peaks(heat: Any, count: int) -> list[tuple[int, int, int]]:
    """Row, column and class of the highest values that no neighbour exceeds."""
    padded = np.pad(heat, ((1, 1), (1, 1), (0, 0)))
    around = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(0, 1))
    peaks = np.where(heat == around.max(axis=(-2, -1)), heat, 0)
    places = np.unravel_index(np.argsort(-peaks, axis=None)[:count], heat.shape)
    return [(int(row), int(column), int(kind)) for row, column, kind in zip(*places, strict=True)]


def _draw_distances(figure: Any) -> None:
    figure.suptitle("Who is it? Distances from the first face")
    face, other = load_face("astronaut"), load_face("hopper")
    faces = [face, face[:, ::-1], face // 2, face[::3, ::3], face[8:, 8:], other]
    labels = ["the face", "mirrored", "darker", "coarser", "cut closer", "somebody else"]
    encodings = load_face_network().encode(faces)
    distances = np.linalg.norm(encodings - encodings[0], axis=1)
    for axis, picture, label, distance in zip(
        figure.subplots(1, 6), faces, labels, distances, strict=True
    ):
        _show(axis, picture, f"{label}: {distance:.2f}")


def signals() -> Any:
    """Some seconds of the ECG, three cuts through the brain, frames of the clip."""
    figure: Any = plt.figure(figsize=(10, 8), layout="constrained")
    rows = figure.subfigures(3, 1, height_ratios=(0.8, 1, 1.5))
    ecg = load_ecg()
    seconds = np.arange(8 * ecg.hertz) / ecg.hertz
    axis = rows[0].subplots()
    axis.plot(seconds, ecg.millivolts[: len(seconds)], lw=1, color="tab:red")
    axis.set(xlabel="seconds", ylabel="mV", title="load_ecg()", xlim=(0, 8))
    brain = load_brain()
    cuts = {
        "load_brain()[49]": brain[49],
        "[:, 58]": brain[:, 58],
        "[:, :, 45]": brain[:, :, 45],
    }
    for axis, (name, cut) in zip(rows[1].subplots(1, 3), cuts.items(), strict=True):
        _show(axis, cut.T[::-1], name)
    clip = load_clip()
    for axis, time in zip(rows[2].subplots(2, 4).flat, range(2, 30, 4), strict=False):
        _show(axis, clip[time], f"load_clip()[{time}]")
    _show(rows[2].axes[-1], np.ptp(clip.astype(int), axis=0).astype(np.uint8), "what changed")
    return figure


SIGNS_SHOWN = (2, 2)  # rows and columns, of each sign by each artist


def hand_signs() -> Any:
    """Some pictures of each sign by each artist, the new artist in the last rows."""
    data = load_hand_signs()
    rows, columns = SIGNS_SHOWN
    artists = [*np.unique(data.train.artists), *np.unique(data.new_artist.artists)]
    blocks = []
    for artist in artists:
        part = data.train if artist in data.train.artists else data.new_artist
        for label in range(len(data.class_names)):
            mine = part.images[(part.artists == artist) & (part.labels == label)]
            blocks.append(_mosaic(mine[: rows * columns], columns))
    figure, axis = plt.subplots(figsize=(11, 9), layout="constrained")
    axis.imshow(_mosaic(np.stack(blocks), len(data.class_names)), interpolation="bicubic")
    height, width = blocks[0].shape[:2]
    signs, drawn = np.arange(len(data.class_names)), np.arange(len(artists))
    axis.set_xticks(width * (signs + 0.5), data.class_names)
    axis.set_yticks(height * (drawn + 0.5), [data.artist_names[artist] for artist in artists])
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.set_xlabel("load_hand_signs(): the artist of the last rows is in no training picture")
    axis.spines[:].set_visible(False)
    for edge in width * signs[1:]:
        axis.axvline(edge - 0.5, color="white", lw=3)
    for edge in height * drawn[1:]:
        axis.axhline(edge - 0.5, color="white", lw=3)
    return figure


def avatar_faces() -> Any:
    """Some people of the test part, each in a row, and how far apart the encoder sees faces."""
    faces, encoder = load_avatar_faces().test, load_avatar_encoder()
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(11, 5.7), width_ratios=(1.75, 1), layout="constrained"
    )
    left.imshow(_mosaic(faces.images[:80], 10), interpolation="bicubic")
    left.set_title("load_avatar_faces(): eight people, a row each", fontsize=10)
    left.axis("off")
    same, different = judge_pairs(encoder.model, faces)
    bins = [float(edge) for edge in np.linspace(0, 1.8, 60)]
    right.hist(same, bins, color="tab:blue", alpha=0.8, label="the same person")
    right.hist(different, bins, color="tab:orange", alpha=0.8, label="two people, one artist")
    right.axvline(encoder.threshold, color="black", lw=1, ls="--", label="the threshold")
    right.set_title("load_avatar_encoder(): pairs of people it never saw", fontsize=10)
    right.set(xlabel="distance of encodings", yticks=[])
    right.spines[["left", "right", "top"]].set_visible(False)
    right.legend(frameon=False, fontsize=9)
    return figure


SCENES_SHOWN = {"test": (0, 12, 9, 17, 14, 18, 21, 2), "new_artist": (11, 3, 16, 14)}


def street_scenes() -> Any:
    """Some scenes, those by the new artist in the third row, and the truth about these."""
    figure, axes = plt.subplots(4, 4, figsize=(11, 8.6), layout="constrained")
    places = iter(axes.flat)
    for part, numbers in SCENES_SHOWN.items():
        scenes = load_street_scenes(part)
        for number in numbers:
            _show(next(places), scenes.images[number])
    for number in numbers:
        _draw_truth(next(places), scenes, number)
    axes[0, 0].set_title('load_street_scenes("test")', fontsize=9, loc="left")
    axes[2, 0].set_title('load_street_scenes("new_artist")', fontsize=9, loc="left")
    truth = "their masks and boxes: pedestrians orange, cars blue, motorcycles green"
    axes[3, 0].set_title(truth, fontsize=9, loc="left")
    return figure


def _draw_truth(axis: Any, scenes: StreetScenes, number: int) -> None:
    """A scene in grey, what its mask says in colour, and its boxes."""
    grey = np.repeat(scenes.images[number].mean(axis=-1, keepdims=True), 3, axis=-1) / 255
    mask = scenes.masks[number]
    colours = np.array([(0.0, 0.0, 0.0), *map(to_rgb, COLOURS)])[mask]
    _show(axis, np.where(mask[..., np.newaxis] > 0, 0.35 * grey + 0.65 * colours, grey))
    truth = Detections(
        scenes.boxes[number], np.ones(len(scenes.boxes[number])), scenes.labels[number]
    )
    _draw_street_boxes(axis, truth)


FOUND_IN = {"test": (2, 9, 17, 12), "new_artist": (11, 16, 14, 29)}
SURE = 0.3


def street_detector() -> Any:
    """What the detector finds in scenes that it was not trained on, and how often it is right."""
    detector = load_street_detector()
    figure: Any = plt.figure(figsize=(11, 8), layout="constrained")
    upper, lower = figure.subfigures(2, 1, height_ratios=(1.5, 1))
    title = f"load_street_detector(): scores from {SURE} upwards; the lower row by the new artist"
    upper.suptitle(title, fontsize=10)
    places = iter(upper.subplots(2, 4).flat)
    curves = lower.subplots(1, 3)
    for style, (part, numbers) in zip(("-", "--"), FOUND_IN.items(), strict=True):
        scenes = load_street_scenes(part)
        found = train_detector.detect(detector, scenes.images)
        for number in numbers:
            axis = next(places)
            _show(axis, scenes.images[number])
            _draw_street_boxes(axis, found[number], scores=True)
        truths = [Truth(*truth) for truth in zip(scenes.boxes, scenes.labels, strict=True)]
        for kind, axis in enumerate(curves):
            precision, recall = precision_recall(found, truths, kind)
            area = average_precision(found, truths, kind)
            label = f"{part}: {area:.2f}"
            axis.plot(recall, precision, style, color=COLOURS[kind], lw=1.5, label=label)
    for name, axis in zip(detector.classes, curves, strict=True):
        axis.set(xlabel="recall", ylabel="precision", xlim=(0, 1.01), ylim=(0, 1.02))
        axis.set_title(f"{name}: average precision at IoU 0.5", fontsize=10)
        axis.spines[["right", "top"]].set_visible(False)
        axis.legend(loc="lower left", frameon=False, fontsize=9)
    return figure


def _draw_street_boxes(axis: Any, found: Detections, scores: bool = False) -> None:
    """The boxes of which the detector is sure, in a scene, perhaps with their scores."""
    for box, score, kind in zip(*found, strict=True):
        if score >= SURE:
            x1, y1, x2, y2 = box * (256, 192, 256, 192)
            colour = COLOURS[kind]
            axis.add_patch(Rectangle((x1, y1), x2 - x1, y2 - y1, fill=False, ec=colour, lw=1.5))
            if scores:
                frame = {"facecolor": colour, "edgecolor": "none", "pad": 0.8}
                text = {"color": "white", "fontsize": 6.5, "va": "bottom", "clip_on": True}
                axis.text(x1, y1, f"{score:.2f}", bbox=frame, **text)


def _mosaic(images: Any, columns: int) -> Any:
    """Pictures of one size, (m, height, width, 3), side by side in rows, as one picture."""
    m, height, width, channels = images.shape
    grid = images.reshape(m // columns, columns, height, width, channels)
    return grid.swapaxes(1, 2).reshape(m // columns * height, columns * width, channels)


def _show(axis: Any, picture: Any, title: str = "") -> None:
    axis.imshow(picture, cmap="gray")
    axis.set_title(title, fontsize=9)
    axis.axis("off")


if __name__ == "__main__":
    write_sheets(Path(sys.argv[1]))
