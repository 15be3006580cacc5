"""Before nbgrader grades a batch: refuse what could only fail halfway, and see to the rest."""

import os
from collections.abc import Iterator
from glob import escape
from pathlib import Path

from nbconvert.exporters import NotebookExporter
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

from convwork import coursedir
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.grading.cases import load_exercises
from convwork.grading.confine import missing_guarantees, probe_layers
from convwork.grading.handout import read_handout
from convwork.grading.references import open_references


def prepare(converter: Autograde, sandboxed: bool) -> None:
    """Make sure that every submission of a batch can be graded.

    Raises ConvworkError, before anything is written, if this machine or the course can't.
    """
    if sandboxed:
        _refuse_without_sandbox()
    root = coursedir.find_root(Path(converter.coursedir.root))
    notebooks = coursedir.notebooks(root, converter.coursedir.assignment_id)
    for notebook in notebooks:
        _refuse_unready(notebook)
    _skip_without_notebooks(converter, {notebook.name for notebook in notebooks})
    _register(converter, notebooks)
    _ignore_odd_files(converter)


def _refuse_without_sandbox() -> None:
    layers = [name for name, problem in probe_layers().items() if problem is None]
    if missing := missing_guarantees(layers):
        raise ConvworkError(
            f"nothing is graded, for there is no sandbox on this machine: {'; '.join(missing)}. "
            "With --GradeNotebook.sandbox=False students' code runs as you, unconfined."
        )


def _refuse_unready(notebook: Notebook) -> None:
    """Read all that grading a notebook will need."""
    read_handout(notebook)
    exercises = load_exercises(notebook.tests).values()
    with open_references(notebook.references) as references:
        for exercise in exercises:
            references.all_trees(exercise.name)
            for case in exercise.cases:
                references.variants(exercise.name, case.name)


def _skip_without_notebooks(converter: Autograde, known: set[str]) -> None:
    """Leave out who submitted none of the week's notebooks: nbgrader would end with an error."""
    for folder, files in list(converter.assignments.items()):
        names = sorted(Path(file).name for file in files)
        if not known & {Path(name).stem for name in names}:
            converter.log.warning(
                "%s: not graded, for it holds %s and none of %s; rename the file",
                folder,
                ", ".join(names),
                ", ".join(f"{name}.ipynb" for name in sorted(known)),
            )
            del converter.assignments[folder]


def _register(converter: Autograde, notebooks: list[Notebook]) -> None:
    """Enter the week into the gradebook, as `nbgrader generate_assignment` would.

    A fresh clone has everything but the gradebook, and the release is not to be made anew.
    """
    place = converter.coursedir
    with Gradebook(place.db_url, place.course_id) as gradebook:
        try:
            gradebook.find_assignment(place.assignment_id)
            return
        except MissingEntry:
            gradebook.update_or_create_assignment(place.assignment_id)
    for notebook in notebooks:
        about = {"assignment": notebook.week, "notebook": notebook.name, "db_url": place.db_url}
        _cell_saver().from_notebook_node(
            read_handout(notebook).nb, resources={"nbgrader": about, "unique_key": notebook.name}
        )


def _cell_saver() -> NotebookExporter:
    """nbgrader's own steps up to the one that writes a notebook's cells into the gradebook."""
    exporter = NotebookExporter(config=Config({"Exporter": {"default_preprocessors": []}}))
    for preprocessor in GenerateAssignment.preprocessors.default_args[0]:
        exporter.register_preprocessor(preprocessor, enabled=True)
        if preprocessor is SaveCells:
            break
    return exporter


def _ignore_odd_files(converter: Autograde) -> None:
    """Let nbgrader copy nothing but files: a link may lead anywhere, a pipe never ends."""
    for folder in converter.assignments:
        for path in _odd_files(folder):
            converter.log.warning("%s: not a file, so left out", path)
            converter.coursedir.ignore.append(escape(path))


def _odd_files(folder: str) -> Iterator[str]:
    for parent, _, names in os.walk(folder):
        for name in names:
            path = Path(parent, name)
            if path.suffix != ".ipynb" and (path.is_symlink() or not path.is_file()):
                yield str(path)
