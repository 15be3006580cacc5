"""What `nbgrader_config.py` names, so that plain `nbgrader autograde` grades convwork's way."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbconvert.exporters.exporter import ResourcesDict
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell, new_notebook, new_output
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Bool, Float

from convwork import coursedir
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.grading.feedback import exercise_html
from convwork.grading.handout import Handout, grade_id, read_handout
from convwork.grading.preparation import prepare
from convwork.grading.runner import grade_notebook
from convwork.grading.session import Limits
from convwork.grading.submission import REMARKS, defuse, read_submission, restore, shorten
from convwork.grading.verdicts import ExerciseVerdict, NotebookVerdict

VERDICT = "convwork_verdict"  # in the metadata of a graded notebook
UNCONFINED = "Graded without a sandbox: the code could read and change whatever the grader can."


class SubmissionExporter(NotebookExporter):  # type: ignore[misc]
    """Reads whatever was submitted: a file that is no notebook counts as an empty one.

    nbgrader makes one for each batch that it grades, before the first submission, so what the
    batch needs is looked after here. It reads each submission twice: as it was submitted, and
    as it stands in `autograded/` after the first pass. Remarks of the first pass wait in the
    notebook's metadata.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        if isinstance(self.parent, Autograde):
            try:
                prepare(self.parent, sandboxed=GradeNotebook(parent=self).sandbox)
            except ConvworkError as error:  # to be caught by nbgrader, which prints no message
                self.log.error("%s", error)
                raise NbGraderException(str(error)) from error

    def from_filename(
        self, filename: str, resources: Any = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Read, and restore what was submitted; then go on as nbconvert does."""
        path = Path(filename)
        resources["metadata"] = ResourcesDict(name=path.stem, path=str(path.parent))
        if self._is_submission(path, resources["nbgrader"]):
            nb = read_and_restore(path, _handout(resources))
        else:
            nb = nbformat.read(path, as_version=4)
        result: tuple[str, dict[str, Any]] = self.from_notebook_node(nb, resources=resources, **kw)
        self._nb_metadata.clear()  # nbconvert would keep those of the whole class
        return result

    def _is_submission(self, path: Path, about: dict[str, str]) -> bool:
        """Whether this is the first pass; what a notebook says about itself decides nothing."""
        place = self.parent.coursedir
        graded = place.format_path(
            place.autograded_directory, about["student"], about["assignment"]
        )
        return path.parent != Path(graded)


def read_and_restore(path: Path, handout: Handout) -> NotebookNode:
    """What was submitted, fit for grading; remarks on it wait in the metadata."""
    try:
        if path.is_symlink() or not path.is_file():
            raise ConvworkError(f"{path.name}: not a file; submit the notebook itself")
        nb, remarks = read_submission(path), []
    except ConvworkError as error:
        nb = new_notebook()
        reason = str(error).replace(str(path), path.name)
        remarks = [f"The submitted file could not be graded. {reason}"]
    remarks += restore(nb, handout)
    defuse(nb, handout)
    nb.metadata[REMARKS] = remarks
    return nb


class GradeNotebook(NbGraderPreprocessor):  # type: ignore[misc]
    """In the place of nbgrader's Execute: runs cells, asks the questions, writes verdicts."""

    sandbox = Bool(True, help="Confine the student's kernel; without it anything can be read").tag(
        config=True
    )
    cell_limit = Float(60, help="Seconds that one cell may take").tag(config=True)
    notebook_limit = Float(900, help="Seconds that one notebook may take").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Grade one notebook; each test cell gets one output, its verdict."""
        remarks = nb.metadata.pop(REMARKS, [])
        if not self.sandbox:
            self.log.warning(UNCONFINED)
            remarks = [UNCONFINED, *remarks]
        verdict = self.grade(nb, resources)
        shorten(nb)
        self.log.info("%s: %g of %g", verdict.notebook, verdict.score, verdict.points)
        write_verdict(nb, verdict, remarks)
        self.done(verdict, [*remarks, *verdict.remarks], resources["nbgrader"]["student"])
        return nb, resources

    def grade(self, nb: NotebookNode, resources: dict[str, Any]) -> NotebookVerdict:
        """Run and judge a notebook; its cells get the outputs of this run."""
        return grade_notebook(
            nb,
            _handout(resources),
            folder=Path(resources["metadata"]["path"]),
            sandboxed=self.sandbox,
            limits=self.limits,
        )

    def done(self, verdict: NotebookVerdict, remarks: list[str], student: str) -> None:
        """Called with each verdict."""

    @property
    def limits(self) -> Limits:
        return Limits(self.cell_limit, self.notebook_limit)


def write_verdict(nb: NotebookNode, verdict: NotebookVerdict, remarks: list[str]) -> None:
    """Put a verdict into a notebook: an output in each test cell, and remarks at the top.

    For `convwork report` it stands whole in the metadata.
    """
    exercises = {f"test_{exercise.name}": exercise for exercise in verdict.exercises}
    for cell in nb.cells:
        if (name := grade_id(cell)) in exercises:
            cell.execution_count = 1
            cell.outputs = [verdict_output(exercises[name])]
    nb.metadata[VERDICT] = replace(verdict, remarks=(*remarks, *verdict.remarks)).to_json()
    if said := [*remarks, *verdict.remarks]:
        text = "**The grader's remarks**\n\n" + "\n".join(f"- {_plain(line)}" for line in said)
        nb.cells.insert(0, new_markdown_cell(text, id="grader-remarks"))


def verdict_output(exercise: ExerciseVerdict) -> NotebookNode:
    """An exercise's verdict as the one output from which nbgrader reads the score."""
    return new_output(
        "execute_result",
        execution_count=1,
        data={"text/plain": repr(float(exercise.score)), "text/html": exercise_html(exercise)},
    )


def _plain(line: str) -> str:
    """A line of markdown in which nothing that a student wrote is HTML."""
    return line.replace("&", "&amp;").replace("<", "&lt;").replace("\n", " ")


def _handout(resources: dict[str, Any]) -> Handout:
    about = resources["nbgrader"]
    root = coursedir.find_root()
    return read_handout(Notebook(root, about["assignment"], about["notebook"]))
