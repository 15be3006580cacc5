"""The networks that are trained here do, on what they were not trained on, what their cards say."""

import numpy as np
import pytest
from conftest import ROOT

from convwork.authoring.datasets.train_detector import measure
from convwork.authoring.datasets.train_face_encoder import judge_pairs
from convwork.course import (
    load_avatar_encoder,
    load_avatar_faces,
    load_street_detector,
    load_street_scenes,
)

CARDS = (ROOT / "datasets/README.md").read_text()
ROUNDING = 0.002  # what another processor may make of it

pytestmark = pytest.mark.verify(
    depends=(
        "datasets/README.md",
        "datasets/avatar_*.h5",
        "datasets/street_*.h5",
        "datasets/manifest.json",
    )
)


@pytest.mark.parametrize(
    ("part", "precision"),
    [("validation", "0.978"), ("test", "**0.970**"), ("new_artist", "**0.969**")],
)
def test_the_street_detector(part: str, precision: str) -> None:
    assert f"| `{part}` | {precision} |" in CARDS
    found = np.mean(measure(load_street_detector(), load_street_scenes(part)))
    assert found == pytest.approx(float(precision.strip("*")), abs=ROUNDING)


@pytest.mark.parametrize(("part", "share"), [("validation", "98.9 %"), ("test", "97.7 %")])
def test_the_avatar_encoder(part: str, share: str) -> None:
    assert f"{share} of 5,400" in CARDS
    encoder = load_avatar_encoder()
    same, different = judge_pairs(encoder.model, getattr(load_avatar_faces(), part))
    assert len(same) == len(different) == 60 * 45
    right = np.mean([*(same < encoder.threshold), *(different >= encoder.threshold)])
    assert right == pytest.approx(float(share.removesuffix(" %")) / 100, abs=ROUNDING)
