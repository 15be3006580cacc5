"""What a report is about: the grades in the gradebook, the verdicts in `autograded/`."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.apps import NbGrader
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import SQLAlchemyError

from convwork import coursedir
from convwork.errors import ConvworkError
from convwork.grading.nbgrader_plugins import VERDICT
from convwork.grading.preparation import gradebook_trouble
from convwork.grading.verdicts import NotebookVerdict

OnProgress = Callable[[int, int], None]  # with how many submissions are read, and of how many


@dataclass(frozen=True)
class GradedNotebook:
    """One notebook of one student.

    code: what was written, all but the test cells; page: the page or file that shows the verdict.
    """

    name: str
    code: str
    verdict: NotebookVerdict
    page: Path


@dataclass(frozen=True)
class Submission:
    """One student's week.

    score: as it stands in the gradebook, with points given by hand and without the penalty for
    being late; trouble: why it has no grade, or why the grade is not final, else empty.
    """

    student: str
    score: float = 0.0
    penalty: float = 0.0
    notebooks: tuple[GradedNotebook, ...] = ()
    trouble: str = ""

    @property
    def final_score(self) -> float:
        """What counts: never below zero."""
        return max(self.score - self.penalty, 0.0)


@dataclass(frozen=True)
class Week:
    """A week and its submissions, in the order of the students' names."""

    name: str
    points: float
    submissions: tuple[Submission, ...]

    @cached_property
    def graded(self) -> tuple[Submission, ...]:
        """Those that have a grade."""
        return tuple(submission for submission in self.submissions if submission.notebooks)


def read_week(root: Path, week: str, on_progress: OnProgress) -> Week:
    """All that is known of a week's submissions.

    Raises ConvworkError if nothing of it was graded yet, or the gradebook can't be read.
    """
    coursedir.notebooks(root, week)
    place = _course(root, week)
    try:
        with Gradebook(place.db_url, place.course_id) as gradebook:
            points, found = _graded(gradebook, place, week, on_progress)
    except MissingEntry:
        points, found = 0.0, {}
    except (SQLAlchemyError, ImportError) as error:
        raise ConvworkError(gradebook_trouble(error)) from error
    if not any(submission.notebooks for submission in found.values()):
        raise ConvworkError(f"{week}: nothing is graded yet; run `convwork autograde {week}` first")
    for student in _students(place, place.submitted_directory, week):
        found.setdefault(student, Submission(student, trouble="submitted, and not graded"))
    return Week(week, points, tuple(found[student] for student in sorted(found)))


def _course(root: Path, week: str) -> CourseDirectory:
    """The course as nbgrader's own configuration has it, which it looks for where it is run."""
    here = Path.cwd()
    os.chdir(root)
    try:
        app = NbGrader()
        app.load_config_file()
        app.log_level = logging.ERROR
        return CourseDirectory(parent=app, assignment_id=week)
    finally:
        os.chdir(here)


def _graded(
    gradebook: Gradebook, place: CourseDirectory, week: str, on_progress: OnProgress
) -> tuple[float, dict[str, Submission]]:
    submitted = gradebook.assignment_submissions(week)
    found = {}
    for count, submission in enumerate(submitted):
        on_progress(count, len(submitted))
        found[submission.student.id] = _submission(submission, place, week)
    return float(gradebook.find_assignment(week).max_score), found


def _submission(submission: SubmittedAssignment, place: CourseDirectory, week: str) -> Submission:
    student = submission.student.id
    graded = Path(place.format_path(place.autograded_directory, student, week))
    pages = Path(place.format_path(place.feedback_directory, student, week))
    notebooks = tuple(_notebooks(graded, pages))
    trouble = "points are to be given by hand" if submission.needs_manual_grade else ""
    return Submission(
        student,
        float(submission.score),
        float(submission.late_submission_penalty or 0),
        notebooks,
        trouble if notebooks else "graded before this version could report on it; grade it again",
    )


def _notebooks(graded: Path, pages: Path) -> list[GradedNotebook]:
    found = []
    for path in sorted(graded.glob("*.ipynb")):
        try:
            nb = nbformat.read(path, as_version=4)
            verdict = NotebookVerdict.from_json(nb.metadata[VERDICT])
        except (OSError, ValueError, KeyError, TypeError):
            continue  # not graded by this version, or graded halfway
        page = pages / f"{path.stem}.html"
        shown = page if page.exists() else path
        found.append(GradedNotebook(path.stem, written_code(nb), verdict, shown))
    return found


def written_code(nb: NotebookNode) -> str:
    """All code of a notebook but the test cells."""
    return "\n\n".join(
        cell.source
        for cell in nb.cells
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("grade")
    )


def _students(place: CourseDirectory, folder: str, week: str) -> Sequence[str]:
    """Who has a folder for the week."""
    pattern = place.format_path(folder, "*", week)
    depth = Path(pattern).parts.index("*")
    root = Path(*Path(pattern).parts[:depth])
    return [path.parts[depth] for path in root.glob(str(Path(pattern).relative_to(root)))]
