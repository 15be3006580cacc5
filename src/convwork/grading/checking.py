"""`convwork check`: the grader's verdict on a file, for the person who wrote it."""

from dataclasses import replace
from pathlib import Path

from convwork.errors import ConvworkError
from convwork.grading.handout import handouts, identify
from convwork.grading.runner import grade_notebook
from convwork.grading.submission import read_submission, restore
from convwork.grading.verdicts import NotebookVerdict


def check_file(path: Path) -> NotebookVerdict:
    """Grade one notebook of the course, whatever its name and wherever it lies.

    It is the reader's own code, so it runs where it lies and without a sandbox.
    Raises ConvworkError if the file is no notebook, or none of this course.
    """
    nb = read_submission(path)
    known = handouts()
    handout = identify(nb, known)
    if handout is None:
        names = ", ".join(handout.notebook.name for handout in known)
        raise ConvworkError(
            f"{path}: none of this course's notebooks ({names}); its graded cells are not there"
        )
    remarks = restore(nb, handout)
    verdict = grade_notebook(nb, handout, folder=path.resolve().parent, sandboxed=False)
    return replace(verdict, remarks=(*remarks, *verdict.remarks))
