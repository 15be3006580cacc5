"""Hand signs and avatar faces: that the sets are as their cards say, and that scores mean much."""

import json
from itertools import combinations
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from convwork.authoring.datasets import avatars, emoji, hands, sprites
from convwork.course import (
    AvatarFaces,
    FaceNetwork,
    Faces,
    HandSigns,
    face_pairs,
    load_avatar_encoder,
    load_avatar_faces,
    load_hand_signs,
)
from convwork.course.data import _pictures

FOLDER = Path(__file__).parents[1] / "datasets"


@pytest.fixture(scope="module")
def signs() -> HandSigns:
    return load_hand_signs()


@pytest.fixture(scope="module")
def avatar_faces() -> AvatarFaces:
    return load_avatar_faces()


@pytest.fixture(scope="module")
def encoder() -> FaceNetwork:
    return load_avatar_encoder()


def _assert_pictures(images: np.ndarray, count: int) -> None:
    assert images.shape == (count, 64, 64, 3)
    assert images.dtype == np.uint8
    spread = images.std(axis=(1, 2, 3))
    assert spread.min() > 10
    assert 60 < images.mean() < 190


# Hand signs


@pytest.mark.parametrize(("part", "count"), [("train", 2016), ("test", 288), ("new_artist", 288)])
def test_every_sign_is_as_frequent_in_each_tone_by_each_artist(
    signs: HandSigns, part: str, count: int
) -> None:
    chosen = getattr(signs, part)
    _assert_pictures(chosen.images, count)
    kinds = np.stack([chosen.labels, chosen.tones, chosen.artists], axis=1)
    assert kinds.dtype == np.int64
    different, counts = np.unique(kinds, axis=0, return_counts=True)
    assert len(different) == 6 * 6 * len(np.unique(chosen.artists))
    assert len(set(counts)) == 1


def test_signs_are_mixed(signs: HandSigns) -> None:
    assert np.bincount(signs.train.labels[:300], minlength=6).min() > 20


def test_the_new_artist_is_in_no_other_part(signs: HandSigns) -> None:
    new = {signs.artist_names[artist] for artist in signs.new_artist.artists}
    assert new == {"noto"}
    known = np.union1d(signs.train.artists, signs.test.artists)
    assert [signs.artist_names[artist] for artist in known] == [
        "fluent flat",
        "twemoji",
        "emojione",
        "fluent 3d",
    ]


def test_hands_have_names(signs: HandSigns) -> None:
    assert signs.class_names == ("fist", "one", "two", "five", "thumb", "ok")
    assert len(signs.tone_names) == 6
    assert signs.artist_names == hands.ARTISTS


def test_no_picture_of_a_sign_is_there_twice(signs: HandSigns) -> None:
    images = np.concatenate([signs.train.images, signs.test.images, signs.new_artist.images])
    assert len({image.tobytes() for image in images}) == len(images)


# Avatar faces


def _parts(faces: AvatarFaces) -> dict[str, Faces]:
    return {"train": faces.train, "validation": faces.validation, "test": faces.test}


def test_everyone_has_ten_different_pictures_in_one_part(avatar_faces: AvatarFaces) -> None:
    counts = {"train": 240, "validation": 60, "test": 60}
    people = []
    for name, part in _parts(avatar_faces).items():
        _assert_pictures(part.images, 10 * counts[name])
        assert len({image.tobytes() for image in part.images}) == len(part.images)
        different, frequencies = np.unique(part.people, return_counts=True)
        assert set(frequencies) == {10}
        people += [*different]
    assert sorted(people) == list(range(360))


def test_a_person_has_one_artist_and_each_part_a_third_by_the_first(
    avatar_faces: AvatarFaces,
) -> None:
    assert avatar_faces.artist_names == ("open-peeps", "toon-head")
    for part in _parts(avatar_faces).values():
        pairs = np.unique(np.stack([part.people, part.artists], axis=1), axis=0)
        assert len(pairs) == len(np.unique(part.people))
        assert np.mean(part.artists == 0) == pytest.approx(1 / 3)


def test_nobody_has_a_double() -> None:
    people = avatars._people(np.random.default_rng(0), 60)
    assert [style.name for style, _ in people[:3]] == ["open-peeps", "toon-head", "toon-head"]
    for (style, one), (other_style, other) in combinations(people, 2):
        if style is other_style:
            assert avatars._unlike(one, other, style)
            assert one != other


def test_neighbouring_tones_alone_do_not_make_another_person() -> None:
    style = avatars.PEEPS
    tones = style.traits["skinColor"]
    person = {trait: values[0] for trait, values in style.traits.items()}
    assert not avatars._unlike(person, person, style)
    assert not avatars._unlike(person, person | {"skinColor": tones[1]}, style)
    assert avatars._unlike(person, person | {"skinColor": tones[2]}, style)
    assert avatars._unlike(person, person | {"skinColor": tones[1], "head": "bun"}, style)


def test_only_some_heads_wear_a_beard() -> None:
    rng = np.random.default_rng(0)
    for _ in range(300):
        person = avatars._person(rng, avatars.PEEPS)
        assert person["head"] in avatars.SHORT_HEADS or person["facialHair"] == ""


def test_options_leave_nothing_to_chance() -> None:
    options = avatars._options({"beard": "", "skinColor": "8d5536"}, {"mouth": "smile"})
    assert options["beardProbability"] == 0
    assert options["skinColor"] == ["8d5536"]
    assert options["mouthProbability"] == 100
    assert all(len(value) <= 1 for value in options.values() if isinstance(value, list))


# The encoder of avatars


def test_the_encoder_is_small() -> None:
    assert (FOLDER / "avatar_encoder.h5").stat().st_size < 5e6


def test_encodings_have_length_one(encoder: FaceNetwork, avatar_faces: AvatarFaces) -> None:
    encodings = encoder.encode(avatar_faces.test.images[:5])
    assert encodings.shape == (5, 64)
    assert np.allclose(np.linalg.norm(encodings, axis=1), 1, atol=1e-4)


def test_pairs_are_of_one_artist(avatar_faces: AvatarFaces) -> None:
    faces = avatar_faces.test
    same, different = face_pairs(faces)
    assert (faces.people[same[:, 0]] == faces.people[same[:, 1]]).all()
    assert (faces.people[different[:, 0]] != faces.people[different[:, 1]]).all()
    assert (faces.artists[different[:, 0]] == faces.artists[different[:, 1]]).all()


def test_the_loss_takes_the_nearest_of_those_who_are_farther_than_the_positive() -> None:
    from convwork.authoring.datasets.train_face_encoder import MARGIN, semi_hard_triplet_loss

    angles = np.radians([0, 60, 40, 65, 90])
    encodings = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    people = np.array([0, 0, 1, 2, 3])
    squared = 2 - 2 * np.cos(angles[:, None] - angles[None, :])
    # From 0°, the positive is at 60° and the nearest that is farther is at 65°. From 60°, nobody
    # is farther than the positive at 0°, so the farthest of all, at 90°, stands in.
    wanted = [squared[0, 1] - squared[0, 3] + MARGIN, squared[1, 0] - squared[1, 4] + MARGIN]
    loss = semi_hard_triplet_loss(people, encodings)
    assert float(loss) == pytest.approx(np.mean(np.maximum(wanted, 0)), abs=1e-5)


# Drawing


def test_small_pictures_survive_their_storage(tmp_path: Path) -> None:
    y, x = np.mgrid[:64, :64]
    images = np.stack([np.stack([2 * y + n % 100, 3 * x, x + y], -1) for n in range(501)])
    images = images.clip(0, 255).astype(np.uint8)
    with h5py.File(tmp_path / "some.h5", "w") as file:
        sprites.add_pictures(file, "images", images)
        assert len(file["images"]) == 2
        back = _pictures(file["images"])
    assert back.shape == images.shape
    assert np.abs(back.astype(int) - images).mean() < 2


def test_light_comes_from_its_side() -> None:
    grey = Image.new("RGBA", (20, 20), (100, 100, 100, 255))
    lit = np.asarray(sprites.lit_from(grey, 270, 0.5))
    assert lit[0, 10, 0] == 150
    assert lit[-1, 10, 0] == 50
    assert (lit[..., 3] == 255).all()


def test_a_shadow_falls_beside_the_sprite_and_not_on_it() -> None:
    scene = Image.new("RGB", (60, 60), "white")
    sprite = Image.new("RGBA", (20, 20), (200, 100, 50, 255))
    sprites.paste_with_shadow(scene, sprite, (20, 20), (6, 6), blur=2, darkness=0.5)
    pixels = np.asarray(scene)
    assert tuple(pixels[30, 30]) == (200, 100, 50)
    assert pixels[43, 43].max() < 200
    assert pixels[5, 5].min() == 255


SQUARE = '<rect x="2" y="4" width="5" height="3" fill="#ff0000"/>'


def test_an_svg_is_drawn_and_trimmed() -> None:
    pytest.importorskip("resvg_py")
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10">{SQUARE}</svg>'
    sprite = sprites.trimmed(sprites.draw_svg(svg, 100))
    assert sprite.size == (50, 30)
    assert sprite.getpixel((25, 15)) == (255, 0, 0, 255)


def test_an_artist_of_icons_has_tones_and_other_names_for_the_same(tmp_path: Path) -> None:
    pytest.importorskip("resvg_py")
    (tmp_path / "package").mkdir()
    icons = {
        "width": 10,
        "height": 10,
        "icons": {"hand": {"body": SQUARE}, "hand-dark-skin-tone": {"body": SQUARE * 2}},
        "aliases": {"palm": {"parent": "hand"}},
    }
    (tmp_path / "package/icons.json").write_text(json.dumps(icons))
    artist = emoji.Artist("noto", {"@iconify-json/noto": tmp_path})
    for name, tone, there in (
        ("hand", "", True),
        ("palm", "", True),
        ("hand", "dark", True),
        ("hand", "light", False),
        ("foot", "", False),
    ):
        drawing = artist.draw(emoji.Emoji(name, ""), tone, 40)
        assert (drawing is not None) == there
        assert drawing is None or drawing.size == (20, 12)


def test_an_artist_of_pictures_finds_them_by_code_points(tmp_path: Path) -> None:
    folder = tmp_path / "package/assets"
    folder.mkdir(parents=True)
    for number, name in enumerate(("270a", "270a-1f3ff", "261d-fe0f")):
        Image.new("RGBA", (8, 8 + number), "red").save(folder / f"{name}.webp")
    artist = emoji.Artist("fluent 3d", {"@lobehub/fluent-emoji-3d": tmp_path})
    fist, one = emoji.Emoji("raised-fist", "270a{}"), emoji.Emoji("index-pointing-up", "261d{}")
    drawings = [artist.draw(*wish, 8) for wish in ((fist, ""), (fist, "dark"), (one, ""))]
    assert [drawing.height for drawing in drawings if drawing] == [8, 9, 10]
    assert artist.draw(one, "dark", 8) is None
