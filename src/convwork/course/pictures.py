"""Pictures for every week: images, filters, and convolutions drawn cell by cell.

Each function draws one new figure and returns nothing; the notebook shows it below the cell.
Colours are safe for the colour-blind, and numbers are written wherever they fit.
"""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#E69F00", "#009E73", "#CC79A7"
SIGNED = "PuOr"  # the diverging map: orange below zero, white at zero, purple above

# Pixels with numbers on them: neither black nor white, so that the grid stays visible.
PIXELS = LinearSegmentedColormap.from_list("pixels", ["#4d4d4d", "#ffffff"])

WIDEST = 10.0  # inches
LARGEST_CELL = 0.5  # inches
MOST_NUMBERS = 12  # a wider table gets no numbers: they could not be read

Position = tuple[int, int]
Places = tuple[int, int, int, int]
Scale = tuple[Colormap, Normalize]


def show_images(
    images: Sequence[ArrayLike] | NDArray[np.generic],
    titles: Sequence[str] | None = None,
    *,
    columns: int | None = None,
    limits: tuple[float, float] | None = None,
    shared_scale: bool = False,
    signed: bool = False,
    height: float | None = None,
) -> None:
    """Pictures side by side, in as many rows as they need.

    images: each (height, width) or (height, width, 1) for grey, or (height, width, 3) for
        colour. Colour is whole numbers from 0 to 255 or floats from 0 to 1.
    titles: one for each picture.
    columns: how many in a row; four at most if you do not say.
    limits: the values drawn black and white. If you do not say, 0 and 255 for unsigned bytes,
        and each picture's own lowest and highest value for anything else.
    shared_scale: one scale for all grey pictures, from the lowest to the highest value.
    signed: zero is white, what is above purple, what is below orange, on one scale for all.
    height: of one picture, in inches.
    """
    pictures = [_picture(image) for image in images]
    titles = _titles(titles, len(pictures), "pictures")
    if limits is None and signed:
        limits = _around_zero([picture for picture in pictures if picture.ndim == 2])
    elif limits is None and shared_scale:
        limits = _range([picture for picture in pictures if picture.ndim == 2])
    columns = min(columns or 4, len(pictures))
    rows = -(-len(pictures) // columns)
    aspect = max(picture.shape[0] / picture.shape[1] for picture in pictures)
    width = min(WIDEST / columns, height / aspect if height else 4.5)
    size = (width * columns, rows * (width * aspect + 0.35))
    _, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, layout="constrained")
    for axis in axes.flat:
        axis.set_axis_off()
    for axis, picture, title in zip(axes.flat, pictures, titles, strict=False):
        low, high = limits or _own_limits(picture)
        # Neighbouring pixels keep their sharp borders only where they are few enough to see.
        smooth = "antialiased" if max(picture.shape[:2]) > 64 else "nearest"
        colours = SIGNED if signed else "gray"
        axis.imshow(picture, cmap=colours, vmin=low, vmax=high, interpolation=smooth)
        axis.set_title(title, fontsize=10)


def show_filters(
    filters: Sequence[ArrayLike] | NDArray[np.generic],
    titles: Sequence[str] | None = None,
    *,
    limit: float | None = None,
    columns: int | None = None,
) -> None:
    """Filters side by side: zero is white, positive weights purple, negative ones orange.

    filters: each (height, width); the weights are written into the cells.
    titles: one for each filter.
    limit: the weight with the full colour, for all filters; each filter's own largest
        weight if you do not say.
    columns: how many in a row; six at most if you do not say.
    """
    tables = [_table(filter_, "a filter") for filter_ in filters]
    titles = _titles(titles, len(tables), "filters")
    columns = min(columns or 6, len(tables))
    wide = max(table.shape[1] for table in tables) + 1.0
    high = max(table.shape[0] for table in tables) + 1.4
    rows = -(-len(tables) // columns)
    axis = _board(wide * columns - 1.0, high * rows - 0.4)
    for number, (table, title) in enumerate(zip(tables, titles, strict=True)):
        left, top = wide * (number % columns), high * (number // columns) + 1.0
        scale = _signed([table] if limit is None else [np.array([[limit]])])
        _draw_table(axis, table, left, top, scale)
        _write(axis, left + table.shape[1] / 2, top - 0.45, title)


def show_numbers(
    tables: Sequence[ArrayLike],
    titles: Sequence[str] | None = None,
    *,
    between: Sequence[str] | None = None,
    signed: bool = False,
) -> None:
    """Small tables of numbers side by side, every cell as large as the others.

    tables: each (height, width); bright cells are large numbers.
    titles: one for each table.
    between: the signs between neighbours, such as ["∗", "="].
    signed: zero is white, what is above purple, what is below orange.
    """
    checked = [_table(table, "a table") for table in tables]
    titles = _titles(titles, len(checked), "tables")
    scales = [_signed([table]) if signed else _grey(table) for table in checked]
    _draw_row(checked, scales, titles, list(between or [""] * (len(checked) - 1)))


def show_convolution(
    image: ArrayLike,
    kernel: ArrayLike,
    output: ArrayLike,
    titles: Sequence[str] = ("image", "filter", "output"),
) -> None:
    """An image, a filter and what comes out, as tables: image ∗ filter = output.

    image, kernel, output: (height, width) each, of any sizes.
    titles: of the three tables.
    """
    tables = [_table(image, "image"), _table(kernel, "kernel"), _table(output, "output")]
    scales = [_grey(tables[0]), _signed([tables[1]]), _signed([tables[2]])]
    _draw_row(tables, scales, _titles(titles, 3, "tables"), ["∗", "="])


def show_sliding_window(
    image: ArrayLike,
    kernel: ArrayLike,
    output: ArrayLike,
    position: Position,
    *,
    stride: int = 1,
    pad: int = 0,
) -> None:
    """One step of a convolution: the window, its products, and the cell that they fill.

    image, kernel: (height, width) each.
    output: the whole result, (height, width); cells after `position`, in reading order, stay
        empty in the picture.
    position: (row, column) of the output's cell.
    stride, pad: those that made `output`; the padding is drawn around the image.
    """
    pixels, weights = _table(image, "image"), _table(kernel, "kernel")
    results = _table(output, "output")
    row, column = position
    if not (0 <= row < results.shape[0] and 0 <= column < results.shape[1]):
        raise ValueError(
            f"position {position} lies outside the output, which has "
            f"{results.shape[0]} rows and {results.shape[1]} columns"
        )
    padded = np.pad(pixels, pad)
    top, left = row * stride, column * stride
    window = padded[top : top + weights.shape[0], left : left + weights.shape[1]]
    if window.shape != weights.shape:
        raise ValueError(f"the window for position {position} reaches beyond the padded image")
    filled = results.copy()
    filled.flat[row * results.shape[1] + column + 1 :] = np.nan

    frame = np.pad(pixels, pad, constant_values=np.nan)
    tables = [frame, weights, window * weights, filled]
    scales = [_grey(pixels), _signed([weights]), _signed([window * weights]), _signed([results])]
    total = f"they sum to {_number(np.sum(window * weights))}"
    titles = ["image", "filter", f"{weights.size} products", f"row {row}, column {column}"]
    axis, corners = _draw_row(tables, scales, titles, ["∗", "", ""], notes=["", "", total, ""])
    (x, y), (x_product, y_product), (x_cell, y_cell) = corners[0], corners[2], corners[3]
    for place, value in np.ndenumerate(frame):
        if np.isnan(value):
            _draw_padding(axis, x + place[1], y + place[0])
    _outline(axis, x + left, y + top, weights.shape)
    _outline(axis, x_product, y_product, weights.shape)
    _outline(axis, x_cell + column, y_cell + row, (1, 1))
    middle = y_product + weights.shape[0] / 2
    _arrow(axis, x_product - 1.25, middle)
    _arrow(axis, x_cell - 1.25, middle)


def show_window_places(settings: Sequence[Places], titles: Sequence[str] | None = None) -> None:
    """Where a window can stand along one row of pixels, for several settings side by side.

    settings: for each drawing (n, f, pad, stride): the row's pixels, the window's width, the
        zeros on either side, and how far the window moves from place to place.
    titles: one for each drawing.
    """
    titles = _titles(titles, len(settings), "settings")
    for n, f, pad, stride in settings:
        if min(n, f, stride) < 1 or pad < 0 or f > n + 2 * pad:
            raise ValueError(
                f"no window of {f} pixels moves by {stride} along {n} pixels with padding {pad}"
            )
    widths = [n + 2 * pad for n, _, pad, _ in settings]
    places = [len(_starts(setting)) for setting in settings]
    gap = 1.5
    axis = _board(sum(widths) + gap * (len(widths) - 1), 2.4 + 0.5 * max(places))
    left = 0.0
    for setting, title, width in zip(settings, titles, widths, strict=True):
        _draw_places(axis, left, setting, title)
        left += width + gap


def _starts(setting: Places) -> range:
    n, f, pad, stride = setting
    return range(0, n + 2 * pad - f + 1, stride)


def _draw_places(axis: Axes, left: float, setting: Places, title: str) -> None:
    n, f, pad, _ = setting
    starts = _starts(setting)
    _write(axis, left + n / 2 + pad, 0.4, title)
    for cell in range(n + 2 * pad):
        if not pad <= cell < pad + n:
            _draw_padding(axis, left + cell, 1)
            continue
        seen = cell < starts[-1] + f
        face = "#d9d9d9" if seen else "white"
        axis.add_patch(Rectangle((left + cell, 1), 1, 1, facecolor=face, edgecolor="#7f7f7f"))
        if not seen:
            _write(axis, left + cell + 0.5, 1.5, "×", colour="#595959")
    for number, start in enumerate(starts):
        bar = Rectangle((left + start + 0.1, 2.3 + 0.5 * number), f - 0.2, 0.22, facecolor=BLUE)
        axis.add_patch(bar)


def _picture(image: ArrayLike) -> NDArray[np.generic]:
    picture = np.asarray(image)
    if picture.ndim == 3 and picture.shape[2] == 1:
        picture = picture[:, :, 0]
    if picture.size == 0 or (picture.ndim != 2 and picture.shape[2:] != (3,)):
        raise ValueError(
            "a picture is (height, width) for grey or (height, width, 3) for colour; "
            f"this one has shape {picture.shape}"
        )
    if picture.ndim == 3 and not 0 <= picture.min() <= picture.max() <= _brightest(picture):
        raise ValueError(
            "a colour picture holds whole numbers from 0 to 255 or floats from 0 to 1; "
            f"this one reaches from {picture.min():g} to {picture.max():g}"
        )
    return picture


def _brightest(picture: NDArray[np.generic]) -> int:
    return 255 if np.issubdtype(picture.dtype, np.integer) else 1


def _table(values: ArrayLike, name: str) -> NDArray[np.float64]:
    table = np.asarray(values, dtype=float)
    if table.ndim != 2 or table.size == 0:
        raise ValueError(f"{name} must be (height, width); this one has shape {table.shape}")
    return table


def _titles(titles: Sequence[str] | None, wanted: int, things: str) -> list[str]:
    if wanted == 0:
        raise ValueError(f"there are no {things} to show")
    if titles is None:
        return [""] * wanted
    if len(titles) != wanted:
        raise ValueError(f"{wanted} {things} need {wanted} titles; there are {len(titles)}")
    return list(titles)


def _own_limits(picture: NDArray[np.generic]) -> tuple[float, float]:
    return (0.0, 255.0) if picture.dtype == np.uint8 else _range([picture])


def _range(pictures: Sequence[NDArray[np.generic]]) -> tuple[float, float]:
    values = [float(np.nanmin(picture)) for picture in pictures]
    return min(values, default=0.0), max(
        (float(np.nanmax(picture)) for picture in pictures), default=1.0
    )


def _around_zero(pictures: Sequence[NDArray[np.generic]]) -> tuple[float, float]:
    low, high = _range(pictures)
    limit = max(abs(low), abs(high)) or 1.0
    return -limit, limit


def _signed(tables: Sequence[NDArray[np.float64]]) -> Scale:
    low, high = _around_zero(tables)
    # The darkest tenth of the map is left out, so that black numbers stay legible longer.
    return plt.get_cmap(SIGNED), Normalize(1.25 * low, 1.25 * high)


def _grey(table: NDArray[np.float64]) -> Scale:
    low, high = _range([table])
    return PIXELS, Normalize(min(low, 0.0), high if high > low else low + 1.0)


def _board(width: float, height: float) -> Axes:
    """Empty axes, one unit to a cell, y downwards, as large as the page allows."""
    cell = min(LARGEST_CELL, WIDEST / width)
    figure = plt.figure(figsize=(cell * width, cell * height))
    axis = figure.add_axes((0, 0, 1, 1))
    axis.set_xlim(-0.05, width + 0.05)
    axis.set_ylim(height + 0.05, -0.05)
    axis.set_aspect("equal")
    axis.set_axis_off()
    return axis


def _draw_row(
    tables: Sequence[NDArray[np.float64]],
    scales: Sequence[Scale],
    titles: Sequence[str],
    signs: Sequence[str],
    notes: Sequence[str] | None = None,
) -> tuple[Axes, list[tuple[float, float]]]:
    """Tables in a row, centred on one line, with a sign between neighbours.

    Returns the axes and the upper left corner of each table.
    """
    gap = 1.6
    height = max(table.shape[0] for table in tables)
    # A long title over a narrow table needs room too.
    slots = [
        max(table.shape[1], 0.18 * len(title)) for table, title in zip(tables, titles, strict=True)
    ]
    header = 0.9 if any(titles) else 0.0
    axis = _board(sum(slots) + gap * (len(slots) - 1), header + height + 0.1)
    corners = []
    middle = -gap
    for number, (table, slot) in enumerate(zip(tables, slots, strict=True)):
        middle += gap + slot / 2
        rows, columns = table.shape
        left, top = middle - columns / 2, header + (height - rows) / 2
        corners.append((left, top))
        _draw_table(axis, table, left, top, scales[number])
        _write(axis, middle, top - 0.4, titles[number])
        if notes and notes[number]:
            _write(axis, middle, top + rows + 0.45, notes[number])
        middle += slot / 2
        if number < len(signs):
            _write(axis, middle + gap / 2, header + height / 2, signs[number], size=18)
    return axis, corners


def _draw_table(
    axis: Axes, table: NDArray[np.float64], left: float, top: float, scale: Scale
) -> None:
    colours, norm = scale
    numbered = max(table.shape) <= MOST_NUMBERS
    for (row, column), value in np.ndenumerate(table):
        face = (1.0, 1.0, 1.0, 1.0) if np.isnan(value) else colours(norm(value))
        place = (left + column, top + row)
        axis.add_patch(Rectangle(place, 1, 1, facecolor=face, edgecolor="#a6a6a6"))
        if numbered and not np.isnan(value):
            ink = "white" if _is_dark(face) else "black"
            _write(axis, left + column + 0.5, top + row + 0.5, _number(value), colour=ink)


def _is_dark(colour: tuple[float, float, float, float]) -> bool:
    red, green, blue, _ = colour
    return 0.299 * red + 0.587 * green + 0.114 * blue < 0.5


def _number(value: float) -> str:
    """Two decimals at most, none where they tell nothing, and a real minus sign."""
    text = f"{value:.0f}" if abs(value) >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")
    return ("0" if float(text) == 0 else text).replace("-", "−")


def _write(
    axis: Axes, x: float, y: float, text: str, colour: str = "black", size: float = 10
) -> None:
    axis.text(x, y, text, ha="center", va="center", color=colour, fontsize=size)


def _outline(axis: Axes, x: float, y: float, shape: tuple[int, ...]) -> None:
    height, width = shape
    axis.add_patch(
        Rectangle((x, y), width, height, fill=False, edgecolor=BLUE, linewidth=3, zorder=3)
    )


def _arrow(axis: Axes, x: float, y: float) -> None:
    axis.annotate(
        "", (x + 0.9, y), (x, y), arrowprops={"arrowstyle": "-|>", "color": BLUE, "lw": 2}
    )


def _draw_padding(axis: Axes, x: float, y: float) -> None:
    axis.add_patch(
        Rectangle((x, y), 1, 1, facecolor="white", edgecolor="#cccccc", hatch="////", linewidth=0.8)
    )
    _write(axis, x + 0.5, y + 0.5, "0", colour="#595959")
