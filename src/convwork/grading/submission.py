"""A submitted notebook: reading whatever came in, and restoring what must be there."""

import hashlib
import hmac
import json
import os
import re
from copy import deepcopy
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from convwork.errors import ConvworkError
from convwork.grading.bounded_json import read_json
from convwork.grading.handout import Handout, grade_id

MAX_BYTES = 50 << 20
MAX_OLD = 4 << 20  # bytes of a notebook in an older format
MAX_CELLS = 2000
MAX_TEXT = 2 << 20  # characters of all cells together
MAX_PROSE = 20_000  # characters of a cell that is no code; pictures may lie in it, as text
MAX_FORMULAS = 200
SECRET = ".convwork_secret"
REMARKS = "convwork_remarks"  # in a notebook's metadata, until it is graded
CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")  # as nbformat wants it
FORMULA = re.compile(r"\\+(?=[(\[]|begin)")  # where one begins, and a renderer looks for its end
BLANK_LINES = re.compile(r"\n(?:[^\S\n]*\n){4,}")
TAG = re.compile(r"<(?=[A-Za-z/!?])")  # where HTML has a tag begin
LINK = re.compile(r"\](?=\s*[(:](?!\s*(?:https?://|#)))")  # where a link may lead to a script


def read_submission(path: Path) -> NotebookNode:
    """The notebook in a file. Raises ConvworkError if there is none, or it can't be read."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ConvworkError(f"{path}: larger than {MAX_BYTES >> 20} MB; clear its outputs")
        data = path.read_bytes()
        text = data.decode(json.detect_encoding(data))
    except OSError as error:
        raise ConvworkError(f"{path}: {error.strerror}; name a notebook file (.ipynb)") from error
    except UnicodeDecodeError as error:
        raise ConvworkError(f"{path}: not a text file, so not a notebook") from error
    return parse_submission(text, str(path))


def parse_submission(text: str, name: str) -> NotebookNode:
    """The notebook in a text, brought to nbformat 4. Raises ConvworkError if it is none."""
    if not text.strip():
        raise ConvworkError(f"{name}: the file is empty; save the notebook and submit it again")
    try:
        nb = read_json(text)
        if nb["nbformat"] != 4:  # nbformat's own reader stumbles over more than we do
            if len(text) > MAX_OLD:  # and takes a hundred times the memory
                raise ConvworkError(f"{name}: too large for its old format; save it in JupyterLab")
            nb = nbformat.reads(text, as_version=4)
        _refuse_too_much(nb["cells"], name)
        return nbformat.from_dict(_sound(nb))
    except ConvworkError:
        raise
    except Exception as error:  # a damaged file fails in any way it likes
        raise ConvworkError(
            f"{name}: not a notebook, or a damaged one; save it in JupyterLab and submit it again"
        ) from error


def _refuse_too_much(cells: list[Any], name: str) -> None:
    """A cell takes a thousand times the memory that it takes in the file, if that is empty."""
    if len(cells) > MAX_CELLS:
        raise ConvworkError(f"{name}: more than {MAX_CELLS} cells")
    texts = (_text(cell, cell.get("cell_type")) for cell in cells if isinstance(cell, dict))
    if sum(map(len, texts)) > MAX_TEXT:
        raise ConvworkError(f"{name}: more than {MAX_TEXT >> 20} MB of text in its cells")


def _sound(nb: NotebookNode) -> dict[str, Any]:
    """The notebook with only what nbformat 4.5 knows, and each cell's id its own."""
    cells, seen = [], set()
    for index, cell in enumerate(nb["cells"]):
        if not isinstance(cell, dict):
            continue
        kind = cell.get("cell_type")
        ident = cell.get("id")
        if not isinstance(ident, str) or not CELL_ID.fullmatch(ident) or ident in seen:
            ident = f"submitted-{index}"
        seen.add(ident)
        sound = {
            "cell_type": kind if kind in ("code", "markdown") else "raw",
            "id": ident,
            "metadata": _sound_metadata(cell.get("metadata")),
            "source": _text(cell, kind),
        }
        cells.append(sound | ({"outputs": [], "execution_count": None} if kind == "code" else {}))
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def _text(cell: dict[str, Any], kind: Any) -> str:
    """A cell's text with line ends as Python writes them, and nothing that no file can hold."""
    source = cell.get("source")
    lines = source if isinstance(source, list) else [source]
    text = "".join(line for line in lines if isinstance(line, str))
    if kind != "code" and len(text) > MAX_PROSE:
        text = text[:MAX_PROSE] + "\n\n[the rest was left out]"
    return text.replace("\r\n", "\n").encode(errors="replace").decode()


def _sound_metadata(metadata: Any) -> dict[str, Any]:
    """Of a cell's metadata, what grading reads: nbgrader's own."""
    about = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    return {"nbgrader": about} if isinstance(about, dict) else {}


def restore(nb: NotebookNode, handout: Handout) -> list[str]:
    """Put back what grading needs: each graded cell once, test cells as they were handed out.

    Returns remarks for the student on what had to be put back.
    """
    remarks: list[str] = []
    found: set[str] = set()
    for cell in reversed(nb.cells):  # of a cell that stands there twice, the last one counts
        name = grade_id(cell)
        if name is None or name not in handout.graded_cells or name in found:
            if name in found:
                remarks.append(f"`{name}` is there more than once; the last one counts.")
            cell.metadata.pop("nbgrader", None)
            continue
        found.add(name)
        remarks += _restore_cell(cell, name, handout)
    remarks.reverse()
    for name, original in handout.graded_cells.items():
        if name in found:
            continue
        remarks.append(f"The cell `{name}` is missing.")
        if name in handout.visible_tests:
            nb.cells.append(_fresh(original, name))
    return remarks


def defuse(nb: NotebookNode, handout: Handout) -> None:
    """Make harmless the texts that were not handed out: a teacher's browser will show them."""
    known = {cell.source for cell in handout.nb.cells}
    for cell in nb.cells:
        if cell.cell_type != "code" and cell.source not in known:
            # Not a backslash: after one that stands there already, it would make a link.
            cell.source = LINK.sub("&#93;", TAG.sub("&lt;", cell.source))
            if len(FORMULA.findall(cell.source)) > MAX_FORMULAS:
                cell.source = FORMULA.sub("&#92;", cell.source)


def shorten(nb: NotebookNode) -> None:
    """Take out what would keep a page's renderer busy for hours: many blank lines in a row."""
    for cell in nb.cells:
        if cell.cell_type == "code":
            cell.source = BLANK_LINES.sub("\n\n\n\n", cell.source)


def _restore_cell(cell: NotebookNode, name: str, handout: Handout) -> list[str]:
    original = handout.graded_cells[name]
    cell.metadata["nbgrader"] = deepcopy(original.metadata["nbgrader"])
    if cell.cell_type != "code":
        cell.cell_type, cell.outputs, cell.execution_count = "code", [], None
    if name not in handout.visible_tests:
        return []
    edited = cell.source.strip() not in (
        handout.visible_tests[name],
        original.source.strip(),
    )
    cell.source = original.source
    return [f"The test cell `{name}` was changed; the original was used."] if edited else []


def _fresh(original: NotebookNode, name: str) -> NotebookNode:
    cell = nbformat.v4.new_code_cell(original.source, id=f"restored-{name}"[:64])
    cell.metadata["nbgrader"] = deepcopy(original.metadata["nbgrader"])
    return cell


def variant_key(root: Path, nb: NotebookNode) -> bytes:
    """What picks the hidden variants: the course's secret and the student's own code."""
    code = "\0".join(
        cell.source
        for cell in nb.cells
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("grade")
    )
    return hmac.new(course_secret(root), code.encode(errors="replace"), hashlib.sha256).digest()


def course_secret(root: Path) -> bytes:
    """The course's secret, made at first use. Raises ConvworkError if it can't be kept."""
    path = root / SECRET
    try:
        if not path.exists():
            beside = path.with_name(f"{SECRET}.{os.getpid()}")
            beside.touch(mode=0o600)
            beside.write_bytes(os.urandom(32))
            try:
                os.link(beside, path)  # fails if another process was first
            except FileExistsError:
                pass
            finally:
                beside.unlink()
        return path.read_bytes()
    except OSError as error:
        raise ConvworkError(
            f"{path}: {error.strerror}; the course directory must be writable"
        ) from error
