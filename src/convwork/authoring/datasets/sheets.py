"""Contact sheets for the data cards: `python -m convwork.authoring.datasets.sheets docs/images`."""

import sys
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Rectangle

from convwork.course import (
    ImageClassifier,
    load_brain,
    load_clip,
    load_coco_detector,
    load_ecg,
    load_face,
    load_face_network,
    load_imagenet_classifier,
    load_painting,
    load_photo,
    load_squeezenet,
    photo_names,
)

COLOURS = ("tab:orange", "tab:blue", "tab:green")
BOXES = {"motorcycle": 2, "hopper": 3, "astronaut": 1}


def write_sheets(folder: Path) -> None:
    """Draw every sheet into the folder, as PNG."""
    matplotlib.use("agg")
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in {"photos": photos, "networks": networks, "signals": signals}.items():
        figure = draw()
        figure.savefig(folder / f"{name}.png", dpi=90, metadata={"Software": None})
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


def _show(axis: Any, picture: Any, title: str = "") -> None:
    axis.imshow(picture, cmap="gray")
    axis.set_title(title, fontsize=9)
    axis.axis("off")


if __name__ == "__main__":
    write_sheets(Path(sys.argv[1]))
