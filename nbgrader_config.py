"""nbgrader's configuration: grade with convwork's trusted grader in place of nbgrader's own."""

import os
import sys
from pathlib import Path

c = get_config()  # noqa: F821

# nbgrader calls `alembic` by name, which need not be on the path when `nbgrader` is not either.
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"

c.CourseDirectory.root = str(Path(__file__).parent)
c.CourseDirectory.course_id = "convwork"

# A damaged file counts as an empty notebook; the other notebooks of the submission count.
c.Autograde.exporter_class = "convwork.grading.nbgrader_plugins.SubmissionExporter"
c.Autograde.sanitize_preprocessors = []  # the exporter restores cells, from source/
c.Autograde.autograde_preprocessors = [
    "convwork.grading.nbgrader_plugins.GradeNotebook",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
]

c.ExchangeFactory.release_assignment = "convwork.exchange.ReleaseAssignment"
