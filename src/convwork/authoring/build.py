"""From the texts to `source/` and `release/`, the same bytes each time."""

from pathlib import Path

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

from convwork import coursedir
from convwork.authoring import texts
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.files import write_atomically
from convwork.grading.cases import load_exercises

WEEK_POINTS = 100


def build(root: Path) -> list[Path]:
    """Write every notebook of the course anew; returns the files that changed.

    Raises ConvworkError, before anything is written, if a text breaks the conventions.
    """
    outputs = _outputs(root)
    changed = [path for path, content in outputs.items() if _read(path) != content]
    for path in changed:
        write_atomically(path, outputs[path])
    for path in _strays(root):
        path.unlink()
        changed.append(path)
    return changed


def check(root: Path) -> list[Path]:
    """The files that a build would change."""
    outputs = _outputs(root)
    return [path for path, content in outputs.items() if _read(path) != content] + _strays(root)


def _outputs(root: Path) -> dict[Path, bytes]:
    """What every built file must hold."""
    read = {notebook: texts.read_text(notebook) for notebook in coursedir.notebooks(root)}
    _refuse_problems(root, read)
    outputs = {}
    for notebook, nb in read.items():
        outputs[notebook.source] = f"{nbformat.writes(nb)}\n".encode()
        outputs[notebook.release] = _release(nb).encode()
    return outputs


def _refuse_problems(root: Path, read: dict[Notebook, NotebookNode]) -> None:
    found = [
        str(problem)
        for notebook, nb in read.items()
        for problem in texts.problems(notebook, nb, set(load_exercises(notebook.tests)))
    ]
    for week in coursedir.weeks(root):
        weekly = [texts.points(nb) for notebook, nb in read.items() if notebook.week == week]
        total = sum(sum(points.values()) for points in weekly)
        if total > WEEK_POINTS:  # fewer: more notebooks are to come
            found.append(f"{week}: its points sum to {total:g}, more than {WEEK_POINTS}")
    if found:
        raise ConvworkError("\n".join(found))


def _release(nb: NotebookNode) -> str:
    """The students' notebook, by nbgrader's own preprocessors, less the one for its database."""
    config = Config()
    config.Exporter.default_preprocessors = []
    exporter = NotebookExporter(config=config)
    for preprocessor in GenerateAssignment.preprocessors.default_args[0]:
        if preprocessor is not SaveCells:
            exporter.register_preprocessor(preprocessor, enabled=True)
    text, _ = exporter.from_notebook_node(nb)
    return str(text)


def _strays(root: Path) -> list[Path]:
    """Built notebooks whose text is gone."""
    known = {path for n in coursedir.notebooks(root) for path in (n.source, n.release)}
    return sorted(
        path
        for folder in ("source", "release")
        for path in (root / folder).glob("*/*.ipynb")
        if path not in known
    )


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
