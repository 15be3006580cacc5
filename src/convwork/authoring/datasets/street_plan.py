"""What a rendered street is: the camera, the map, the light. Lengths are metres.

X goes to the right, Y upwards from the street, Z away from the camera. A picture's columns u and
rows v are pixels of the drawing, which is `FINER` times as large as the picture that is kept.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEIGHT, WIDTH = 192, 256
FINER = 2
ROWS, COLUMNS = HEIGHT * FINER, WIDTH * FINER

STREET_LENGTH = 90.0
LANE = 3.1  # the width of each of the two lanes
SIDE_STREET = 8.6  # its width from house to house
CLEAR_VIEW = 160.0  # the distance at which haze takes 63 % of a colour

Floats = NDArray[np.floating[Any]]  # mostly float32; where it is computed with float64, that


@dataclass(frozen=True)
class Light:
    """The hour and the weather: what colours the street.

    ground: the colour that white has in the open; shade: likewise in the shadow of houses.
    sun: how strongly things cast shadows, 0 to 1. dusk: how brightly windows shine, 0 to 1.
    """

    ground: Floats
    shade: Floats
    sun: float
    dusk: float


@dataclass(frozen=True)
class Camera:
    """Where the camera stands and looks.

    eye: its height; focal: its focal length in pixels; (u0, v0): the point at infinity ahead.
    """

    eye: float
    focal: float
    u0: float
    v0: float

    def pixel(self, x: float, y: float, z: float) -> tuple[float, float]:
        """Column and row of a point."""
        return self.u0 + self.focal * x / z, self.v0 + self.focal * (self.eye - y) / z


@dataclass(frozen=True)
class Plan:
    """A street on the map: it runs ahead (along) or from side to side (across).

    middle: X, or Z if across, of the line between the lanes. pavement: its width on either side.
    crossing: where pedestrians cross, as a distance along the street; side_street: likewise.
    front: the distance to the houses' fronts from the middle. park: grass in their place, and
    houses beyond.
    """

    along: bool
    middle: float
    pavement: float
    crossing: float | None
    side_street: float | None
    park: bool
    shady_side: float  # the road is in the shade where (distance from the middle) × sign > this
    sun_side: int  # 1: the sun is on the right (along) or behind the camera

    @property
    def front(self) -> float:
        return LANE + self.pavement + (14.0 if self.park else 0.0)

    def in_side_street(self, z: float, margin: float) -> bool:
        """Whether a side street, with a margin on either side, opens at this distance."""
        start = self.side_street
        return start is not None and start - margin < z < start + SIDE_STREET + margin


@dataclass(frozen=True)
class Street:
    """A drawn street: the picture, float32 (ROWS, COLUMNS, 3), 0 to 255, and what made it."""

    picture: Floats
    camera: Camera
    plan: Plan
    light: Light
    haze: Floats


def hazy(colour: Floats, distance: Floats | float, haze: Floats) -> Floats:
    """A colour as it looks from a distance."""
    share = np.exp(-np.asarray(distance, dtype=np.float32) / CLEAR_VIEW)
    return np.asarray(colour * share + haze * (1 - share), dtype=np.float32)


def pixels(columns: slice, rows: slice) -> tuple[Floats, Floats]:
    """Columns, (1, n), and rows, (m, 1), of the middles of these pixels."""
    u = np.arange(columns.start, columns.stop, dtype=np.float32)[np.newaxis] + 0.5
    v = np.arange(rows.start, rows.stop, dtype=np.float32)[:, np.newaxis] + 0.5
    return u, v
