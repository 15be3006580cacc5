"""What notebooks import: data, pictures and the hidden tests."""

import os

# Before TensorFlow starts: its remarks on processors and graphics cards are no student's concern.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from convwork.course.checks import hidden_tests
from convwork.course.classification import (
    show_confusion_matrix,
    show_learning_curves,
    show_network,
    show_worst_mistakes,
)
from convwork.course.data import (
    Ecg,
    Fashion,
    load_brain,
    load_clip,
    load_ecg,
    load_face,
    load_fashion,
    load_painting,
    load_photo,
    photo_names,
)
from convwork.course.networks import (
    FaceNetwork,
    ImageClassifier,
    ObjectDetector,
    load_coco_detector,
    load_face_network,
    load_imagenet_classifier,
    load_squeezenet,
)
from convwork.course.pictures import (
    show_convolution,
    show_filters,
    show_images,
    show_numbers,
    show_sliding_window,
    show_window_places,
)
from convwork.course.volumes import (
    Volume,
    show_times,
    show_volumes,
    show_windows,
    window_counts,
)

__all__ = [
    "Ecg",
    "FaceNetwork",
    "Fashion",
    "ImageClassifier",
    "ObjectDetector",
    "Volume",
    "hidden_tests",
    "load_brain",
    "load_clip",
    "load_coco_detector",
    "load_ecg",
    "load_face",
    "load_face_network",
    "load_fashion",
    "load_imagenet_classifier",
    "load_painting",
    "load_photo",
    "load_squeezenet",
    "photo_names",
    "show_confusion_matrix",
    "show_convolution",
    "show_filters",
    "show_images",
    "show_learning_curves",
    "show_network",
    "show_numbers",
    "show_sliding_window",
    "show_times",
    "show_volumes",
    "show_window_places",
    "show_windows",
    "show_worst_mistakes",
    "window_counts",
]
