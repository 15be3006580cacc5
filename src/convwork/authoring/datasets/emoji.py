"""Emoji as several artists draw them, in several tones of skin."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image

from convwork.authoring.datasets.packages import Package
from convwork.authoring.datasets.recipe import Fetched
from convwork.authoring.datasets.sprites import draw_svg, trimmed

FLUENT_3D = Package("npm", "@lobehub/fluent-emoji-3d", "1.1.0")

# Artist → package. Fluent 3d has a picture for each emoji, the others one file of SVG.
ARTISTS = {
    "noto": Package("npm", "@iconify-json/noto", "1.2.9"),
    "noto 2014": Package("npm", "@iconify-json/noto-v1", "1.2.5"),
    "fluent flat": Package("npm", "@iconify-json/fluent-emoji-flat", "1.2.6"),
    "twemoji": Package("npm", "@iconify-json/twemoji", "1.2.5"),
    "emojione": Package("npm", "@iconify-json/emojione", "1.2.3"),
    "fluent 3d": FLUENT_3D,
}

# Tone of skin → Unicode's code point of it.
TONES = {
    "light": "1f3fb",
    "medium-light": "1f3fc",
    "medium": "1f3fd",
    "medium-dark": "1f3fe",
    "dark": "1f3ff",
}


@dataclass(frozen=True)
class Emoji:
    """One of Unicode's emoji: its name, and its code points, with {} where a tone may stand."""

    name: str
    code: str


def packages(artists: Iterable[str]) -> tuple[Package, ...]:
    """What to fetch for these artists."""
    return tuple(ARTISTS[artist] for artist in artists)


class Artist:
    """The drawings of one artist, from a fetched package."""

    def __init__(self, name: str, fetched: Fetched) -> None:
        self._folder = fetched[ARTISTS[name].name] / "package"
        self._tone_ends = "" if name == "fluent flat" else "-skin-tone"
        icons = self._folder / "icons.json"
        self._icons: dict[str, Any] | None = (
            json.loads(icons.read_text()) if icons.is_file() else None
        )

    def draw(self, emoji: Emoji, tone: str, side: int) -> Image.Image | None:
        """The emoji as RGBA without what is empty around it; None if the artist has none.

        tone: one of `TONES`, or "" for none. side: pixels of a drawing that can have any size.
        """
        if self._icons is None:
            code = emoji.code.format(f"-{TONES[tone]}" if tone else "")
            return _read(self._folder / "assets", (f"{code}.webp", f"{code}-fe0f.webp"))
        name = f"{emoji.name}-{tone}{self._tone_ends}" if tone else emoji.name
        return _draw_icon(self._icons, name, side)


def _read(folder: Path, names: tuple[str, ...]) -> Image.Image | None:
    """The first of these pictures that exists: fe0f, "as a picture", ends some names."""
    for name in names:
        if (folder / name).is_file():
            with Image.open(folder / name) as image:
                return trimmed(image.convert("RGBA"))
    return None


def _draw_icon(icons: dict[str, Any], name: str, side: int) -> Image.Image | None:
    """One of the icons of an Iconify set."""
    alias = icons.get("aliases", {}).get(name, {})
    icon = icons["icons"].get(alias.get("parent", name))
    if icon is None:
        return None
    left, top = icon.get("left", 0), icon.get("top", 0)
    width, height = (icon.get(key, icons.get(key, 16)) for key in ("width", "height"))
    svg = (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
        f' viewBox="{left} {top} {width} {height}">{icon["body"]}</svg>'
    )
    return trimmed(draw_svg(svg, side))
