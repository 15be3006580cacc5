"""Before nbgrader grades a batch: refuse what could only fail halfway, and see to the rest."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from glob import escape
from pathlib import Path

from nbconvert.exporters import NotebookExporter
from nbgrader.api import Gradebook, MissingEntry, Student
from nbgrader.converters import Autograde, GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from nbgrader.utils import parse_utc
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Config

from convwork import coursedir
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.grading.cases import load_exercises
from convwork.grading.confine import missing_guarantees, probe_layers
from convwork.grading.handout import read_handout
from convwork.grading.kernel import MAX_COPIED
from convwork.grading.locks import gradebook_lock, week_lock
from convwork.grading.plain import one_line
from convwork.grading.references import open_references
from convwork.grading.scratch import scratch_folder
from convwork.grading.submission import REMARKS, course_secret

LONGEST_TIMESTAMP = 100  # bytes
# What SQLite and PostgreSQL say of a schema that lacks something.
OTHER_VERSION = re.compile(r"no such (column|table)|(column|relation) .* does not exist")


def prepare(converter: Autograde, sandboxed: bool) -> None:
    """Make sure that every submission of a batch can be graded, and by nobody else meanwhile.

    Raises ConvworkError, before anything is written, if this machine or the course can't.
    """
    if sandboxed:
        _refuse_without_sandbox()
    root = coursedir.find_root(Path(converter.coursedir.root))
    notebooks = coursedir.notebooks(root, converter.coursedir.assignment_id)
    for notebook in notebooks:
        _refuse_unready(notebook)
    course_secret(root)
    with scratch_folder():
        pass  # it says if there can be none
    _skip_without_notebooks(converter, {notebook.name for notebook in notebooks})
    _ignore_odd_files(converter)
    _forgive_timestamps(converter.coursedir)
    with ExitStack() as held:
        held.enter_context(week_lock(root, converter.coursedir.assignment_id))
        try:
            with gradebook_lock(root):
                _register(converter, notebooks)
        except (SQLAlchemyError, ImportError) as error:
            raise ConvworkError(gradebook_trouble(error)) from error
        _discard_half_graded(converter, {notebook.name for notebook in notebooks})
        _release_at_end(converter, held.pop_all())


def gradebook_trouble(error: Exception) -> str:
    """What to tell of a gradebook that is old, locked, out of reach, or on a full disk."""
    reason = " ".join(str(getattr(error, "orig", None) or error).split())
    if OTHER_VERSION.search(reason):
        return (
            f"the gradebook is of another version of nbgrader ({reason}); bring it up to date "
            "with `nbgrader db upgrade`, which keeps a copy, and grade again"
        )
    return (
        f"the gradebook cannot be used ({reason}); see to it, and grade again: "
        "what was graded so far is kept"
    )


def _release_at_end(converter: Autograde, held: ExitStack) -> None:
    """Let go of the week when the batch is done, for which nbgrader has no hook."""
    convert = converter.convert_notebooks

    def convert_and_release() -> None:
        with held:
            convert()

    converter.convert_notebooks = convert_and_release


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
    found = {
        folder: sorted(Path(file).name for file in files)
        for folder, files in converter.assignments.items()
    }
    for folder, names in (found | _folders_without_notebooks(converter)).items():
        if not known & {Path(name).stem for name in names if name.endswith(".ipynb")}:
            converter.log.warning(
                "%s: not graded, for it holds %s and none of %s; rename the file",
                one_line(folder),
                one_line(", ".join(names)) or "nothing",
                ", ".join(f"{name}.ipynb" for name in sorted(known)),
            )
            converter.assignments.pop(folder, None)


def _folders_without_notebooks(converter: Autograde) -> dict[str, list[str]]:
    """Submissions that nbgrader does not see, and what they hold."""
    place = converter.coursedir
    pattern = place.format_path(place.submitted_directory, place.student_id, place.assignment_id)
    root = Path(place.root)
    folders = filter(Path.is_dir, root.glob(str(Path(pattern).relative_to(root))))
    names = {str(folder): sorted(path.name for path in folder.iterdir()) for folder in folders}
    return {
        folder: found
        for folder, found in names.items()
        if not any(name.endswith(".ipynb") for name in found)
    }


def _register(converter: Autograde, notebooks: list[Notebook]) -> None:
    """Enter the week into the gradebook, as `nbgrader generate_assignment` would, and students.

    A fresh clone has everything but the gradebook, and the release is not to be made anew.
    What a stopped run entered in part is entered again; a week with submissions is whole.
    """
    place = converter.coursedir
    with Gradebook(place.db_url, place.course_id) as gradebook:
        if converter.create_student:
            _enter_students(gradebook, converter)
        week = gradebook.update_or_create_assignment(place.assignment_id)
        if week.num_submissions:
            return
        lacking = [notebook for notebook in notebooks if not _is_known(gradebook, notebook)]
    for notebook in lacking:
        about = {"assignment": notebook.week, "notebook": notebook.name, "db_url": place.db_url}
        _cell_saver().from_notebook_node(
            read_handout(notebook).nb, resources={"nbgrader": about, "unique_key": notebook.name}
        )


def _enter_students(gradebook: Gradebook, converter: Autograde) -> None:
    """nbgrader would do it one by one, and fail where a run of another week has just done it."""
    submitted = {_student(converter, files) for files in converter.assignments.values()}
    excluded = set(converter.coursedir.student_id_exclude.split(","))
    known = {student.id for student in gradebook.students}
    gradebook.db.add_all(Student(id=name) for name in sorted(submitted - excluded - known))
    gradebook.db.commit()


def _student(converter: Autograde, files: list[str]) -> str:
    """Whose submission it is."""
    return str(converter.init_single_notebook_resources(files[0])["nbgrader"]["student"])


def _is_known(gradebook: Gradebook, notebook: Notebook) -> bool:
    """Whether all cells of a notebook are in the gradebook: the source cells come last."""
    try:
        known = gradebook.find_notebook(notebook.name, notebook.week).source_cells
    except MissingEntry:
        return False
    return read_handout(notebook).graded_cells.keys() <= {cell.name for cell in known}


def _cell_saver() -> NotebookExporter:
    """nbgrader's own steps up to the one that writes a notebook's cells into the gradebook."""
    exporter = NotebookExporter(config=Config({"Exporter": {"default_preprocessors": []}}))
    for preprocessor in GenerateAssignment.preprocessors.default_args[0]:
        exporter.register_preprocessor(preprocessor, enabled=True)
        if preprocessor is SaveCells:
            break
    return exporter


def _discard_half_graded(converter: Autograde, known: set[str]) -> None:
    """Take away what a killed run left: nbgrader would take it for graded, and skip it."""
    place = converter.coursedir
    if place.notebook_id != "*":  # then nbgrader looks at each notebook
        return
    for files in converter.assignments.values():
        student = _student(converter, files)
        graded = Path(place.format_path(place.autograded_directory, student, place.assignment_id))
        names = [Path(file).name for file in files if Path(file).stem in known]
        if graded.exists() and not all(_is_graded(graded / name) for name in names):
            converter.log.warning("%s: left half graded by a stopped run; graded again", student)
            shutil.rmtree(graded)


def _is_graded(path: Path) -> bool:
    """Whether nbgrader's second pass wrote this file, to its end."""
    try:
        text = path.read_bytes()
    except OSError:
        return False
    metadata = text.rpartition(b'\n "metadata": {')[2]
    return text.rstrip().endswith(b"\n}") and REMARKS.encode() not in metadata


def _ignore_odd_files(converter: Autograde) -> None:
    """Let nbgrader copy nothing but files, and no more of them than a kernel would get."""
    for folder in converter.assignments:
        for path, problem in _odd_files(folder):
            converter.log.warning("%s: %s, so left out", one_line(path), problem)
            converter.coursedir.ignore.append(escape(path))


def _odd_files(folder: str) -> Iterator[tuple[str, str]]:
    """What nbgrader must not copy, and why: a link may lead anywhere, a pipe never ends."""
    room = MAX_COPIED
    for parent, _, names in os.walk(folder):
        for path in (Path(parent, name) for name in sorted(names)):
            if path.suffix == ".ipynb":
                continue
            if path.is_symlink() or not path.is_file():
                yield str(path), "not a file"
                continue
            size = path.stat().st_size
            if size > room:
                yield str(path), f"more than {MAX_COPIED >> 20} MB beside the notebook"
            else:
                room -= size


def _forgive_timestamps(place: CourseDirectory) -> None:
    """A time of submission that can't be read is none; nbgrader would give no grade, or wait."""

    def existing_timestamp(folder: str) -> datetime | None:
        path = Path(folder, "timestamp.txt")
        try:
            if path.is_symlink() or not path.is_file() or path.stat().st_size > LONGEST_TIMESTAMP:
                raise ValueError
            found: datetime = parse_utc(path.read_text().strip())
            return found
        except (OSError, ValueError, OverflowError):
            if os.path.lexists(path):
                place.log.warning(
                    "%s: no date and time, so the submission counts as not late",
                    one_line(str(path)),
                )
            return None

    place.get_existing_timestamp = existing_timestamp
