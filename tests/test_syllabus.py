"""Every section of the lecture notes has a home in the course; `docs/syllabus.md` says which."""

import re

from conftest import ROOT

from convwork import coursedir
from convwork.grading.cases import load_exercises

# The sections of the notes, in their order.
SECTIONS = """
Computer Vision; Deep Learning on Large Images; Edge Detection Example; More Edge Detection;
Learning to Detect Edges; Padding; Strided Convolutions; Cross-correlation and Convolution;
Convolutions Over Volume; Multiple Filters; One Layer of a Convolution Network;
Summary of Notation; Simple Convolutions Network Example; Types of Layer; Pooling Layers;
CNN Example (LeNet-5); Why Convolutions?; Putting It Together; Colour and Filter Depth;
Feature Map Sizes; Parameter Sharing and Invariance;
Why Look at Case Studies?; Classic Networks; ResNets; Why ResNets Work;
Networks in Networks and 1×1 Convolutions; Inception Network Motivation; Inception Network;
Using Open-Source Implementation; Transfer Learning; Data Augmentation; State of Computer Vision;
Object Localization; Landmark Detection; Object Detection;
Convolutional Implementation of Sliding Windows; Bounding Box Predictions;
Intersection Over Union; Non-max Suppression; Anchor Boxes; YOLO Algorithm;
What is Face Recognition?; One Shot Learning; Siamese Network; Triplet Loss;
Face Verification and Binary Classification; What is Neural Style Transfer?;
What are Deep ConvNets Learning?; Cost Function; Content Cost Function; Style Cost Function;
1D and 3D Generalizations
"""
NAME = re.compile(r"`(\w+)`")


def rows() -> list[tuple[str, str, list[str]]]:
    """Section, notebook and exercises, of every row."""
    lines = (ROOT / "docs/syllabus.md").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if "`" in line]
    return [
        (row[0], NAME.findall(row[1])[0], NAME.findall(row[2])) for row in cells if len(row) == 3
    ]


def test_every_section_has_a_home() -> None:
    homes = {section for section, _, _ in rows()}
    assert [name for name in map(str.strip, SECTIONS.split(";")) if name not in homes] == []


def test_every_home_is_there() -> None:
    exercises = {
        notebook.name: set(load_exercises(notebook.tests)) for notebook in coursedir.notebooks(ROOT)
    }
    for section, notebook, named in rows():
        assert set(named) <= exercises[notebook], section


def test_every_exercise_is_in_the_table() -> None:
    named = {(notebook, name) for _, notebook, names in rows() for name in names}
    missing = [
        (notebook.name, name)
        for notebook in coursedir.notebooks(ROOT)
        for name in load_exercises(notebook.tests)
        if (notebook.name, name) not in named
    ]
    assert missing == []
