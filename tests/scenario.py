"""Odd submissions to the tiny course, each from a short text: what is not as in the right one.

`scenarios/<name>.toml` has the verdict, which `test_scenarios` reads, and

- `start`: the notebook that it is made from: `right`, which need not be said, `untouched`, or
  `apart`, in which `quadruple` does not call `double`, so that a wrong `double` costs its own
  points only;
- `order`: the ids of the cells that are left, in their order;
- `[cells]`: by its id, another text for a cell, or whatever else in its JSON is different;
- `[before]`: by the id of the cell that they come before, or `end`, cells that are added: the
  text of a code cell or a list of them, or JSON, in which `like` is the id of a cell to copy;
- `[notebook]`: what is different in the JSON of the notebook itself;
- `[files]`: texts that lie beside it, by name;
- `file`: another name for the notebook, or none at all if it is empty.

Where the bytes are the point, a folder `scenarios/<name>/` holds them instead; what git can't
keep, or only at great length, is made by `MADE_HERE`.
"""

import json
import os
import shutil
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nbformat import from_dict
from nbformat.v4 import new_code_cell
from nbformat.v4.rwbase import split_lines

from convwork.authoring.classroom import solved, untouched
from convwork.coursedir import Notebook

SCENARIOS = Path(__file__).parent / "scenarios"
KEYS = {
    *("about", "double", "quadruple", "says", "never", "never_html", "check"),
    *("start", "order", "cells", "before", "notebook", "files", "file"),
}
NAMES = sorted(path.stem for path in SCENARIOS.glob("*.toml"))
APART = """\
def quadruple(x, times=1):
    if times < 0:
        raise ValueError("times must not be negative")
    return 4**times * x, times"""


def read(name: str) -> dict[str, Any]:
    scenario = tomllib.loads((SCENARIOS / f"{name}.toml").read_text())
    assert not {*scenario} - KEYS, name
    return scenario


def hand_in(name: str, tiny: Notebook, folder: Path) -> None:
    """Put what was handed in into a folder that is not there yet."""
    if (SCENARIOS / name).is_dir():
        shutil.copytree(SCENARIOS / name, folder)
    else:
        folder.mkdir(parents=True)
        _write(read(name), tiny, folder)
    if name in MADE_HERE:
        MADE_HERE[name](folder)


def _write(scenario: dict[str, Any], tiny: Notebook, folder: Path) -> None:
    for file, text in scenario.get("files", {}).items():
        (folder / file).write_text(text)
    if file := scenario.get("file", "tiny.ipynb"):
        text = json.dumps(notebook(scenario, tiny), indent=1, ensure_ascii=False)
        (folder / file).write_text(text)


def notebook(scenario: dict[str, Any], tiny: Notebook) -> dict[str, Any]:
    """The JSON of a scenario's notebook."""
    nb = _start(scenario.get("start", "right"), tiny)
    cells = {cell["id"]: cell for cell in nb["cells"]}
    nb["cells"] = [*_cells(scenario, cells)]
    return _merged(split_lines(from_dict(nb)), scenario.get("notebook", {}))


def _start(start: str, tiny: Notebook) -> dict[str, Any]:
    match start:
        case "untouched":
            return untouched(tiny)
        case "apart":
            return solved(tiny, {"quadruple": APART})
        case "right":
            return solved(tiny)
    raise ValueError(start)


def _cells(scenario: dict[str, Any], cells: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The cells that the notebook has, from those that it began with."""
    changes, before = scenario.get("cells", {}), scenario.get("before", {})
    order = scenario.get("order", [*cells])
    assert {*changes} <= {*order} and {*before} <= {*order, "end"}
    for place in (*order, "end"):
        several = before.get(place, [])
        for number, added in enumerate(several if isinstance(several, list) else [several]):
            yield _added(added, cells, f"mine-{place}-{number}")
        if place != "end":
            yield _changed(cells[place], changes.get(place, {}))


def _added(added: str | dict[str, Any], cells: dict[str, Any], name: str) -> dict[str, Any]:
    if isinstance(added, str):
        return _changed(new_code_cell(id=name), added)
    like = cells[added["like"]] if "like" in added else new_code_cell(id=name)
    return _changed(like, {key: value for key, value in added.items() if key != "like"})


def _changed(cell: dict[str, Any], change: str | dict[str, Any]) -> dict[str, Any]:
    changed = _merged(cell, {"source": change} if isinstance(change, str) else change)
    changed["source"] = changed["source"].removesuffix("\n")
    if changed["cell_type"] != "code":
        changed.pop("outputs", None)
        changed.pop("execution_count", None)
    return changed


def _merged(old: Any, new: Any) -> Any:
    """JSON with parts of it replaced."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return new
    return old | {key: _merged(old.get(key), value) for key, value in new.items()}


# --- what no text can hold, or only at great length ----------------------------------------------


def _link_to_the_source(folder: Path) -> None:
    (folder / "tiny.ipynb").symlink_to("../../../source/week1/tiny.ipynb")


def _folder_for_a_notebook(folder: Path) -> None:
    (folder / "tiny.ipynb").mkdir()
    (folder / "tiny.ipynb" / "tiny.ipynb").write_text("{}")


def _odd_files(folder: Path) -> None:
    (folder / "sub").mkdir()
    (folder / "sub" / "fine.txt").write_text("fine")
    (folder / "sub" / "answers").symlink_to("../../../../grader_tests/week1/tiny.h5")
    (folder / "grades").symlink_to("../../../gradebook.db")
    (folder / "all").symlink_to("../../..")
    (folder / "nowhere").symlink_to("there-is-no-such-file")
    os.mkfifo(folder / "pipe")


def _large_picture(folder: Path) -> None:
    path = folder / "tiny.ipynb"
    path.write_text(path.read_text().replace("AAAA", "A" * 3_000_000))


MADE_HERE: dict[str, Callable[[Path], object]] = {
    "deeply_nested": lambda folder: (folder / "tiny.ipynb").write_text("[" * 100_000),
    "large_saved_outputs": _large_picture,
    "notebook_is_a_link": _link_to_the_source,
    "notebook_is_a_folder": _folder_for_a_notebook,
    "notebook_is_a_pipe": lambda folder: os.mkfifo(folder / "tiny.ipynb"),
    "odd_files": _odd_files,
    "time_of_submission_is_a_pipe": lambda folder: os.mkfifo(folder / "timestamp.txt"),
}
