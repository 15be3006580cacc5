"""The ground of a rendered street: asphalt and its marks, kerbs, paving stones, lawn."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from convwork.authoring.datasets.street_plan import (
    COLUMNS,
    LANE,
    ROWS,
    SIDE_STREET,
    STREET_LENGTH,
    Floats,
    Plan,
    Street,
    hazy,
    pixels,
)

KERB = 0.16


@dataclass(frozen=True)
class Textures:
    """Photographs of ground, square: brightness, near 1."""

    asphalt: Floats
    grass: Floats


def draw_ground(rng: Generator, street: Street, textures: Textures) -> None:
    """Paint the ground into the street's picture, wherever no house hides it."""
    camera, plan = street.camera, street.plan
    top = int(camera.v0) + 2
    area = (slice(top, ROWS), slice(0, COLUMNS))
    u, v = pixels(area[1], area[0])
    z = camera.focal * camera.eye / (v - camera.v0)
    x = (u - camera.u0) * z / camera.focal
    z = np.broadcast_to(z, x.shape)
    wide, deep = z / camera.focal, z**2 / (camera.focal * camera.eye)  # a pixel's size there
    if plan.along:
        ground = _Ground(rng, plan, textures, x - plan.middle, z, wide, deep)
        wall = plan.middle + np.sign(x - plan.middle) * plan.front
        shown = (z < STREET_LENGTH) & (np.abs(x - plan.middle) < plan.front)
        if plan.side_street is not None:
            # Seen through the gap between houses: where the ray passes their fronts.
            passed = z * wall / np.where(np.abs(x) < 1e-3, 1e-3, x)
            shown |= (passed > plan.side_street) & (z < plan.side_street + SIDE_STREET)
    else:
        ground = _Ground(rng, plan, textures, z - plan.middle, x, deep, wide)
        shown = z < plan.middle + plan.front
    lit = ground.paint() * 255 * _shade(street, ground.aside, ground.fine_aside)
    seen = hazy(lit, z[..., np.newaxis], street.haze)
    region = street.picture[area]
    region[shown] = seen[shown]


def _shade(street: Street, aside: Floats, soft: Floats) -> Floats:
    """The light on the ground: less where houses stand between it and the sun."""
    plan, light = street.plan, street.light
    share = _step(aside * plan.sun_side - plan.shady_side, soft + 0.25)[..., np.newaxis]
    share = share * (0.3 + 0.7 * light.sun)
    near_wall = np.clip((np.abs(aside) - (plan.front - 0.8)) / 0.8, 0, 1)[..., np.newaxis]
    tone = light.ground * (1 - share) + light.shade * share
    return np.asarray(tone * (1 - 0.25 * near_wall), dtype=np.float32)


def _step(value: Floats, width: Floats | float) -> Floats:
    """0 below −width/2, 1 above width/2, straight between: an edge without steps."""
    return np.asarray(np.clip(value / width + 0.5, 0, 1), dtype=np.float32)


class _Ground:
    """The street's surface at each pixel, all arrays (rows, columns).

    aside: the distance from the street's middle; ahead: the one along it, in metres. fine_aside,
    fine_ahead: the pixel's size there, below which nothing can be seen.
    """

    def __init__(
        self,
        rng: Generator,
        plan: Plan,
        textures: Textures,
        aside: Floats,
        ahead: Floats,
        fine_aside: Floats,
        fine_ahead: Floats,
    ) -> None:
        self.plan, self.aside, self.ahead = plan, aside, ahead
        self.fine_aside, self.fine_ahead = fine_aside, fine_ahead
        self._rng, self._textures = rng, textures
        self._grain = self._texture(textures.asphalt, 2.6)

    def paint(self) -> Floats:
        """Its colours, (rows, columns, 3), 0 to 1."""
        plan = self.plan
        road = self._road()
        walk = self._band(np.abs(self.aside), LANE, 1e3) * (1 - self._side_street(-1.2))
        colour = _mix(road, self._pavement(), walk)
        kerb = self._band(np.abs(self.aside), LANE, LANE + KERB) * walk
        joint = self._lines(self.ahead, 1.0, 0.03, self.fine_ahead)
        colour = _mix(colour, np.array([0.70, 0.69, 0.66]) * (1 - 0.3 * joint[..., None]), kerb)
        gutter = self._band(np.abs(self.aside), LANE - 0.12, LANE) * walk.max() * 0.45
        colour = _mix(colour, colour * 0.55, gutter)
        if plan.park:
            lawn = self._band(self.aside, LANE + plan.pavement, 1e3)
            colour = _mix(colour, self._lawn(), lawn)
        return colour

    def _road(self) -> Floats:
        """Asphalt, darker where wheels roll, with white marks that traffic has worn."""
        rng = self._rng
        base = rng.uniform(0.27, 0.42) * np.array([1, 1, 1.03]) * rng.uniform(0.97, 1.03, 3)
        wheels = sum(
            np.exp(-(((self.aside - track) / 0.35) ** 2))
            for lane in (-LANE / 2, LANE / 2)
            for track in (lane - 0.8, lane + 0.8)
        )
        colour = base * (self._grain * (1 - 0.07 * np.asarray(wheels)) * self._stains())[..., None]
        marks = self._middle_line() * (1 - self._side_street(0.5))
        if self.plan.crossing is not None:
            marks = self._with_crossing(marks, self.plan.crossing)
        worn = np.clip(0.55 + 0.55 * (self._grain - 0.8), 0.3, 0.95)
        return _mix(colour, np.array([0.88, 0.87, 0.83]), marks * worn)

    def _middle_line(self) -> Floats:
        dash = self._lines(self.ahead + self._rng.uniform(0, 6), 6.0, 2.6, self.fine_ahead)
        return self._band(np.abs(self.aside), -1, 0.07) * dash

    def _with_crossing(self, marks: Floats, start: float) -> Floats:
        """The marks with stripes for pedestrians, 3 m long, and nothing else near them."""
        before = 1 - self._band(self.ahead, start - 1.5, 1e3, along=True)
        marks = marks * np.clip(before + (self.ahead > start + 4.5), 0, 1)
        stripes = self._lines(self.aside + 0.25, 1.0, 0.5, self.fine_aside)
        inside = self._band(np.abs(self.aside), -1, LANE - 0.2)
        here = self._band(self.ahead, start, start + 3, along=True)
        return np.maximum(marks, here * stripes * inside)

    def _side_street(self, margin: float) -> Floats | float:
        """1 where a side street, with a margin on either side, crosses this one."""
        start = self.plan.side_street
        if start is None:
            return 0.0
        return self._band(self.ahead, start - margin, start + SIDE_STREET + margin, along=True)

    def _pavement(self) -> Floats:
        """Stones in rows, each row shifted by half a stone, each stone in its own tone."""
        rng = self._rng
        base = [[0.62, 0.60, 0.56], [0.56, 0.56, 0.57], [0.60, 0.50, 0.45], [0.66, 0.62, 0.54]]
        stone = np.array(base[rng.integers(len(base))]) * rng.uniform(0.9, 1.08)
        size = float(rng.choice([0.5, 0.75, 1.0]))
        column = np.floor(self.aside / size)
        shift = self.ahead + (column % 2) * size / 2
        joints = np.maximum(
            self._lines(self.aside, size, 0.025, self.fine_aside),
            self._lines(shift, size * 1.5, 0.025, self.fine_ahead),
        )
        number = (column * 7.13 + np.floor(shift / (size * 1.5)) * 3.71) % 1
        clear = np.clip(1.5 - self.fine_ahead / (size * 0.5), 0, 1)
        tone = 1 + 0.09 * (number - 0.5) * clear
        grain = 1 + 0.6 * (self._grain - 1)
        return np.asarray(stone * (tone * grain * (1 - 0.28 * joints))[..., None], np.float32)

    def _lawn(self) -> Floats:
        blades = self._texture(self._textures.grass, 3.0)
        return np.asarray(np.array([0.33, 0.46, 0.20]) * blades[..., None], dtype=np.float32)

    def _texture(self, texture: Floats, size: float) -> Floats:
        """A photograph laid on the ground, `size` metres wide; it fades where it is too fine."""
        side = len(texture)
        row = (self.ahead / size * side).astype(int) % side
        column = (self.aside / size * side).astype(int) % side
        coarse = np.maximum(self.fine_aside, self.fine_ahead) / size * side
        share = np.clip(1.6 / (coarse + 0.6), 0, 1)
        return np.asarray(1 + (texture[row, column] - 1) * share, dtype=np.float32)

    def _stains(self) -> Floats:
        """Large patches, a little lighter or darker."""
        waves = np.zeros_like(self.aside)
        for _ in range(5):
            a, b = self._rng.normal(0, 0.5, 2)
            waves += np.sin(a * self.aside + b * self.ahead + self._rng.uniform(0, 6.3))
        return np.asarray(1 + 0.022 * waves, dtype=np.float32)

    def _band(self, value: Floats, low: float, high: float, along: bool = False) -> Floats:
        """1 where value lies between, with soft edges a pixel wide."""
        fine = self.fine_ahead if along else self.fine_aside
        return _step(value - low, fine) * _step(high - value, fine)

    def _lines(self, value: Floats, period: float, width: float, fine: Floats) -> Floats:
        """1 on lines of a width that repeat; their average where a pixel holds many."""
        off = np.abs((value + width / 2) % period - width / 2)
        sharp = _step(width / 2 - off, np.maximum(fine, 1e-4))
        sharp = np.maximum(sharp, _step(off - (period - width / 2), np.maximum(fine, 1e-4)))
        many = np.clip(fine / period * 2 - 0.4, 0, 1)
        return np.asarray(sharp * (1 - many) + width / period * many, dtype=np.float32)


def _mix(below: Floats, above: Floats, share: Floats) -> Floats:
    """One colour over another; share: the opacity of the upper one."""
    opacity = share[..., np.newaxis]
    return np.asarray(below * (1 - opacity) + above * opacity, dtype=np.float32)
