"""The data files: what notebooks read from them, how they are built, and how faults are told."""

import gzip
import json
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from convwork.authoring import datasets
from convwork.authoring.datasets import fashion, packages
from convwork.course import (
    data,
    load_avatar_faces,
    load_brain,
    load_clip,
    load_ecg,
    load_face,
    load_fashion,
    load_hand_signs,
    load_painting,
    load_photo,
    load_street_scenes,
    load_styled_photo,
    photo_names,
)
from convwork.errors import ConvworkError

FOLDER = Path(__file__).parents[1] / "datasets"
Edit = Callable[[Path], None]


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the data that a test may spoil, where convwork looks for it."""
    folder = tmp_path / "datasets"
    shutil.copytree(FOLDER, folder)
    monkeypatch.setattr(data, "datasets_folder", lambda: folder)
    return folder


def test_every_photo_is_a_colour_picture_of_at_most_512_pixels() -> None:
    names = photo_names()
    assert {"chelsea", "astronaut", "coffee", "rocket", "china", "flower"} <= set(names)
    assert {"hopper", "motorcycle"} <= set(names)
    for name in names:
        photo = load_photo(name)
        assert photo.dtype == np.uint8
        assert photo.ndim == 3
        assert photo.shape[2] == 3
        assert 256 < max(photo.shape) <= 512
        assert photo.min() < 30
        assert photo.max() > 220


def test_a_photo_may_be_changed() -> None:
    load_photo("chelsea")[:] = 0
    assert load_photo("chelsea").any()


def test_a_face_is_a_square_of_its_photo() -> None:
    face = load_face("astronaut")
    assert face.shape == (124, 124, 3)
    assert np.array_equal(face, load_photo("astronaut")[62:186, 164:288])
    assert load_face("hopper").shape == (178, 178, 3)


def test_a_photo_without_a_face_is_named_with_those_that_have_one() -> None:
    with pytest.raises(ConvworkError, match=r"'chelsea' has no face; astronaut, hopper have one"):
        load_face("chelsea")
    with pytest.raises(ConvworkError, match=r"no photo is called 'nobody'"):
        load_face("nobody")


def test_the_painting_is_blue() -> None:
    painting = load_painting()
    assert painting.dtype == np.uint8
    assert painting.shape[1:] == (512, 3)
    red, _, blue = painting.reshape(-1, 3).mean(axis=0)
    assert blue > red + 20


def test_the_styled_photo_has_the_colours_of_the_painting() -> None:
    temple, styled, painting = (
        picture.reshape(-1, 3).mean(axis=0)
        for picture in (load_photo("china"), load_styled_photo(), load_painting())
    )
    assert load_styled_photo().shape == (256, 256, 3)
    warmth = [red - blue for red, _, blue in (temple, styled, painting)]
    assert warmth[0] > warmth[1]
    assert warmth[0] > warmth[2]


def test_the_ecg_has_heartbeats() -> None:
    ecg = load_ecg()
    assert ecg.hertz == 360
    assert ecg.millivolts.shape == (5 * 60 * 360,)
    assert ecg.millivolts.dtype == np.float32
    assert -4 < ecg.millivolts.min() < -1
    assert 2 < ecg.millivolts.max() < 4
    above = ecg.millivolts > 1
    beats = np.count_nonzero(above[1:] & ~above[:-1])
    assert 60 < beats / 5 < 120


def test_the_brain_is_symmetric_and_upright() -> None:
    brain = load_brain()
    assert brain.shape == (98, 116, 94)
    assert brain.dtype == np.float32
    assert brain.min() == 0
    assert 0.9 < brain.max() <= 1
    mirrored = np.corrcoef(brain.ravel(), brain[::-1].ravel())[0, 1]
    assert mirrored > 0.95
    assert mirrored > np.corrcoef(brain.ravel(), brain[:, ::-1].ravel())[0, 1]
    inside = brain > 0.1
    assert inside[:, :, 60].sum() > 3 * inside[:, :, 8].sum()  # the brain stem is below


def test_the_clip_moves_in_three_directions_over_a_still_background() -> None:
    clip = load_clip()
    assert clip.shape == (32, 96, 144, 3)
    assert clip.dtype == np.uint8
    grey = clip.mean(axis=-1)
    still = np.median(grey, axis=0)
    change = grey - still
    assert np.median(abs(change)) < 2
    assert _step(change[8:24, :40, :110]) == (0, 4)
    assert _step(change[8:24, 40:68, 30:112]) == (0, -3)
    assert _step(change[4:20, :, 110:138]) == (-4, 0)


def _step(change: np.ndarray) -> tuple[int, int]:
    """The rows and columns that the change goes on by from frame to frame."""
    steps = [(rows, columns) for rows in range(-5, 6) for columns in range(-5, 6)]
    errors = [abs(change[1:] - np.roll(change[:-1], step, axis=(1, 2))).mean() for step in steps]
    return steps[int(np.argmin(errors))]


def test_fashion_is_balanced_and_scaled() -> None:
    fashion = load_fashion()
    for images, labels, count in (
        (fashion.train_images, fashion.train_labels, 1200),
        (fashion.test_images, fashion.test_labels, 200),
    ):
        assert images.shape == (10 * count, 28, 28, 1)
        assert images.dtype == np.float32
        assert (images.min(), images.max()) == (0, 1)
        assert labels.dtype == np.int64
        assert np.bincount(labels).tolist() == [count] * 10
    assert len(fashion.class_names) == 10
    assert fashion.class_names[fashion.train_labels[0]] == "Ankle boot"


def test_no_test_picture_is_a_training_picture() -> None:
    fashion = load_fashion()
    train = {image.tobytes() for image in fashion.train_images}
    assert not any(image.tobytes() in train for image in fashion.test_images)


def test_an_unknown_photo_is_named_with_those_that_exist() -> None:
    with pytest.raises(ConvworkError, match=r"'dog'.*chelsea"):
        load_photo("dog")


def test_a_missing_file_says_what_to_do(copied: Path) -> None:
    (copied / "photos.h5").unlink()
    with pytest.raises(ConvworkError, match=r"photos\.h5: no such file; .*datasets build photos"):
        load_photo("chelsea")


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:50_000])


def _garble(path: Path) -> None:
    content = bytearray(path.read_bytes())
    for position in range(5_000, len(content), 20_000):
        content[position] ^= 0xFF
    path.write_bytes(content)


def _replace(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["other"] = [1]


@pytest.mark.parametrize("spoil", [_cut, _garble, _replace])
def test_a_damaged_file_says_what_to_do(copied: Path, spoil: Edit) -> None:
    spoil(copied / "fashion.h5")
    with pytest.raises(ConvworkError, match=r"fashion\.h5: damaged .*datasets build fashion"):
        load_fashion()


@pytest.mark.parametrize("load", [load_hand_signs, load_avatar_faces, load_street_scenes])
def test_damage_in_the_middle_of_a_picture_is_told(
    copied: Path, load: Callable[[], object]
) -> None:
    name = load.__name__.removeprefix("load_")
    with h5py.File(copied / f"{name}.h5") as file:
        pictures = file["train_images/000000"].id.get_chunk_info(0)
    content = bytearray((copied / f"{name}.h5").read_bytes())
    content[pictures.byte_offset + pictures.size // 2] ^= 1
    (copied / f"{name}.h5").write_bytes(content)
    with pytest.raises(ConvworkError, match=rf"{name}\.h5: damaged .*datasets build {name}"):
        load()


def test_the_check_passes_on_what_is_committed() -> None:
    lines: list[str] = []
    datasets.check(lines.append)
    assert [line.split(":")[0] for line in lines] == list(datasets.RECIPES)


@pytest.mark.parametrize("spoil", [_cut, _garble, _replace])
def test_the_check_names_a_spoilt_file(copied: Path, spoil: Edit) -> None:
    spoil(copied / "photos.h5")
    with pytest.raises(ConvworkError, match=r"^photos\.h5: its SHA-256 .* build"):
        datasets.check(lambda line: None, copied)


def test_the_check_compares_the_arrays(copied: Path) -> None:
    manifest = json.loads((copied / "manifest.json").read_text())
    manifest["photos"]["arrays"]["chelsea"] = "uint8 300×451"
    (copied / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(ConvworkError, match=r"^photos\.h5: its arrays"):
        datasets.check(lambda line: None, copied)


def test_the_check_names_every_fault(copied: Path) -> None:
    (copied / "photos.h5").unlink()
    (copied / "manifest.json").write_text("{}")
    with pytest.raises(ConvworkError, match=r"fashion\.h5: not in .*; photos\.h5: not in"):
        datasets.check(lambda line: None, copied)


def test_every_file_has_its_recipe_its_card_and_room() -> None:
    card = (FOLDER / "README.md").read_text()
    files = list(FOLDER.glob("*.h5"))
    assert {file.stem for file in files} == set(datasets.RECIPES)
    for file in files:
        assert f"\n## {file.name}\n" in card
    sizes = [file.stat().st_size for file in files]
    assert sum(sizes) < 60e6
    assert max(sizes) < 25e6


def test_every_photo_carries_its_licence_and_stands_in_the_card() -> None:
    card = (FOLDER / "README.md").read_text()
    with h5py.File(FOLDER / "photos.h5") as file:
        for name, photo in file.items():
            assert f"| `{name}` |" in card
            assert (
                photo.attrs["licence"]
                .decode()
                .startswith(("CC0", "CC BY", "public domain", "permission"))
            )
            assert photo.attrs["credit"]


def test_an_unknown_recipe_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    lines: list[str] = []
    with pytest.raises(ConvworkError, match=r"'cats'.*fashion, photos"):
        datasets.build(["photos", "cats"], lines.append, tmp_path)
    assert not lines


def test_a_client_that_is_not_installed_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConvworkError, match="apt-get is not installed; this needs Debian"):
        datasets.build(["fashion"], lambda line: None, tmp_path)


def test_a_client_that_fails_is_quoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    client = tmp_path / "apt-get"
    client.write_text("#!/bin/sh\necho 'E: Unable to locate package' >&2\nexit 100\n")
    client.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(ConvworkError, match=r"failed \(E: Unable to locate package\); .*update"):
        datasets.build(["fashion"], lambda line: None, tmp_path)


def test_a_build_takes_the_first_of_each_class_and_repeats_byte_for_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labels = np.tile(np.arange(10, dtype=np.uint8), 3)[::-1]
    images = np.arange(30 * 4, dtype=np.uint8).reshape(30, 2, 2)

    def fetch(package: packages.Package, folder: Path) -> None:
        target = folder / "usr/share/datasets/fashion-mnist"
        target.mkdir(parents=True)
        for prefix in ("train", "t10k"):
            _write_idx(target / f"{prefix}-labels-idx1-ubyte.gz", labels)
            _write_idx(target / f"{prefix}-images-idx3-ubyte.gz", images)

    monkeypatch.setitem(packages.CLIENTS, "apt", fetch)
    monkeypatch.setattr(fashion, "TRAIN_PER_CLASS", 2)
    monkeypatch.setattr(fashion, "TEST_PER_CLASS", 1)
    lines: list[str] = []
    for _ in range(2):
        datasets.build(["fashion"], lines.append, tmp_path)
    assert [line.rsplit(", ")[-1] for line in lines if "MB" in line] == [
        "new",
        "the same bytes as before",
    ]
    with h5py.File(tmp_path / "fashion.h5") as file:
        assert np.array_equal(file["train_images"], images[:20])
        assert np.array_equal(file["test_labels"], labels[:10])
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["fashion"]["arrays"]["train_images"] == "uint8 20×2×2"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["fashion.h5", "manifest.json"]


def _write_idx(path: Path, array: np.ndarray) -> None:
    header = struct.pack(f">HBB{array.ndim}i", 0, 8, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes()))
