"""Grades for Canvas, for Moodle or for a spreadsheet: plugins for `nbgrader export --exporter`.

A student who handed in nothing has no grade, which is not 0: each format says it in its own way.
"""

import csv
import io
import re
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets import Unicode

from convwork.errors import ConvworkError
from convwork.files import write_atomically

FORMULA = tuple("=+-@＝＋－＠")  # a spreadsheet reads what begins so as a formula
CANVAS_COLUMNS = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
CANVAS_TITLE = re.compile(r"(.+) \(\d+\)")  # of an assignment that Canvas knows
CANVAS_DECISIONS = ("EX", "N/A")  # excused, not assigned


@dataclass(frozen=True)
class Grades:
    """What is exported; students are nbgrader's."""

    students: list[Any]
    points: dict[str, float]  # of each assignment, at most
    scores: dict[tuple[str, str], float]  # by (student, assignment), penalties taken off

    def of(self, student: Any, no_grade: str) -> list[str]:
        """A student's grades, one for each assignment."""
        return [self.grade(student, name, no_grade) for name in self.points]

    def grade(self, student: Any, assignment: str, no_grade: str) -> str:
        """A student's grade, or `no_grade` if nothing was handed in."""
        score = self.scores.get((student.id, assignment))
        return no_grade if score is None else number(score)


class GradesExporter(ExportPlugin):  # type: ignore[misc]
    """Writes a CSV file with one row for each student and one column for each assignment."""

    file_name: ClassVar[str]
    encoding: ClassVar[str] = "utf-8"

    def export(self, gradebook: Gradebook) -> None:
        """Write the file; a mistake becomes one message and exit code 1."""
        try:
            target = self._write(self.text(self._grades(gradebook)))
        except ConvworkError as error:
            self.log.error("%s", error)
            raise SystemExit(1) from error
        self.log.info("Wrote %s", target)

    @abstractmethod
    def text(self, grades: Grades) -> str:
        """The file's content."""

    def _grades(self, gradebook: Gradebook) -> Grades:
        assignments = self._chosen("assignment", gradebook.assignments, lambda a: a.name)
        students = self._chosen("student", gradebook.students, lambda s: s.id)
        submissions = [s for a in assignments for s in gradebook.assignment_submissions(a.name)]
        if waiting := sum(submission.needs_manual_grade for submission in submissions):
            self.log.warning("Submissions that still wait for points by hand: %d", waiting)
        return Grades(
            sorted(students, key=lambda s: (s.last_name or "", s.first_name or "", s.id)),
            {assignment.name: assignment.max_score for assignment in assignments},
            {
                (submission.student.id, submission.assignment.name): max(
                    0.0, submission.score - submission.late_submission_penalty
                )
                for submission in submissions
            },
        )

    def _chosen(self, kind: str, present: list[Any], name: Callable[[Any], str]) -> list[Any]:
        """The assignments, or students, that the command line asks for; by default all."""
        if not present:
            raise ConvworkError(
                f"nothing to export: the gradebook has no {kind} yet; "
                "run `nbgrader generate_assignment` and `nbgrader autograde` first"
            )
        wanted = [str(item) for item in getattr(self, kind)]
        if unknown := sorted(set(wanted) - {name(item) for item in present}):
            known = ", ".join(name(item) for item in present[:20])
            raise ConvworkError(
                f"--{kind}: the gradebook has no {kind} {', '.join(unknown)}; there is {known}"
            )
        return [item for item in present if not wanted or name(item) in wanted]

    def _write(self, text: str) -> Path:
        target = Path(self.to or self.file_name).resolve()
        if target.exists() and not target.is_file():
            raise ConvworkError(f"{target}: not a file; name another with --to")
        try:
            write_atomically(target, text.encode(self.encoding), mode=0o600)
        except OSError as error:
            raise ConvworkError(
                f"{target}: cannot be written ({error.strerror}); name another file with --to"
            ) from error
        return target

    def _warn_of_formulas(self, grades: Grades) -> None:
        """An id has to stay as it is, or no student would be found by it."""
        if odd := [student.id for student in grades.students if student.id.startswith(FORMULA)]:
            self.log.warning(
                "A spreadsheet would take these ids for formulas; import the file without "
                "opening it in one: %s",
                ", ".join(odd),
            )


class SpreadsheetExporter(GradesExporter):
    """A gradebook to look at."""

    file_name = "gradebook.csv"
    encoding = "utf-8-sig"  # or Excel garbles names

    def text(self, grades: Grades) -> str:
        """Who, then the grades; no grade is an empty cell."""
        points = [f"{plain(name)} (of {number(most)})" for name, most in grades.points.items()]
        rows = [["student", "last name", "first name", "email", *points]]
        for student in grades.students:
            about = (student.id, student.last_name, student.first_name, student.email)
            rows.append([*map(plain, about), *grades.of(student, no_grade="")])
        return as_csv(rows)


class MoodleExporter(GradesExporter):
    """What Moodle's "Import: CSV file" reads; no grade is a "-", as in Moodle's own exports."""

    file_name = "moodle.csv"
    student_column = Unicode(
        "ID number", help="What nbgrader's student id is in Moodle: ID number, or Username"
    ).tag(config=True)

    def text(self, grades: Grades) -> str:
        """A header that is not `ID…` at its very start, or Excel takes the file for SYLK.

        Moodle gives the grades of a row with an empty e-mail to the student of the row before,
        so there are e-mails for all or for none.
        """
        self._warn_of_formulas(grades)
        emails = all(student.email for student in grades.students)
        header = ["First name", "Last name", self.student_column, *["Email address"] * emails]
        rows = [[*header, *map(plain, grades.points)]]
        for student in grades.students:
            names = [plain(student.first_name), plain(student.last_name)]
            row = [*names, student.id, *[student.email] * emails]
            rows.append([*row, *grades.of(student, no_grade="-")])
        return as_csv(rows)


class CanvasExporter(GradesExporter):
    """What Canvas's gradebook imports; no grade is an empty cell, as in Canvas's own exports.

    Canvas looks a student up by its own id (nbgrader's `lms_user_id`), then by the SIS ids, then
    by name. With a template, which is Canvas's own export, nothing is left to be looked up.
    """

    file_name = "canvas.csv"
    student_column = Unicode(
        "SIS Login ID", help="What nbgrader's student id is in Canvas: SIS Login ID, or SIS User ID"
    ).tag(config=True)
    template = Unicode(
        "", help="A gradebook that Canvas exported: its rows and ids are kept, grades filled in"
    ).tag(config=True)

    def text(self, grades: Grades) -> str:
        """The template with grades, or a table in Canvas's layout."""
        if self.template:
            return self._filled(Path(self.template), grades)
        if self.student_column not in CANVAS_COLUMNS:
            raise ConvworkError(
                f"Canvas has no column {self.student_column!r}; set "
                "--CanvasExporter.student_column to 'SIS Login ID' or 'SIS User ID'"
            )
        self._warn_of_formulas(grades)
        points = [number(most) for most in grades.points.values()]
        rows = [
            [*CANVAS_COLUMNS, *grades.points],
            ["    Points Possible", "", "", "", "", *points],
        ]
        for student in grades.students:
            about = {
                "Student": full_name(student),
                "ID": canvas_id(student),
                self.student_column: student.id,
            }
            row = [about.get(column, "") for column in CANVAS_COLUMNS]
            rows.append([*row, *grades.of(student, no_grade="")])
        return as_csv(rows)

    def _filled(self, path: Path, grades: Grades) -> str:
        rows, delimiter = read_canvas(path)
        header = rows[0]
        for needed in ("ID", self.student_column):
            if needed not in header:
                raise ConvworkError(
                    f"{path}: no gradebook that Canvas exported, for it has no column {needed!r}; "
                    "export it in Canvas, or name another with --CanvasExporter.student_column"
                )
        places = {name: self._column(path, rows, name, grades) for name in grades.points}
        missing = self._fill_students(rows, places, grades)
        if len(missing) == len(grades.students):
            raise ConvworkError(
                f"{path}: none of its students is in the gradebook; name the column that holds "
                "nbgrader's ids with --CanvasExporter.student_column"
            )
        if missing:
            self.log.warning("Left out, for they are not in %s: %s", path, ", ".join(missing))
        return as_csv(rows, delimiter)

    def _column(self, path: Path, rows: list[list[str]], name: str, grades: Grades) -> int:
        """Where an assignment's grades belong; a column of its own if Canvas has none yet."""
        places = [place for place, head in enumerate(rows[0]) if is_titled(head, name)]
        if len(places) > 1:
            raise ConvworkError(f"{path}: two assignments called {name!r}; rename one in Canvas")
        points = number(grades.points[name])
        if not places:
            self.log.warning("%s has no assignment %s: Canvas will offer to make it", path, name)
            for row in rows:
                row.append(points if is_points(row) else "")
            rows[0][-1] = name
            return len(rows[0]) - 1
        for row in filter(is_points, rows):
            if (there := row[places[0]]) and not is_number(there, points):
                raise ConvworkError(
                    f"{name} has {there} points in {path} and {points} in nbgrader's gradebook; "
                    "change it in Canvas and export from there again"
                )
        return places[0]

    def _fill_students(
        self, rows: list[list[str]], places: dict[str, int], grades: Grades
    ) -> list[str]:
        """Write the grades into the rows; the ids of students who have none."""
        own, sis = rows[0].index("ID"), rows[0].index(self.student_column)
        by_own = {canvas_id(student): student for student in grades.students}
        by_sis = {student.id.casefold(): student for student in grades.students}
        missing = {student.id for student in grades.students}
        for row in rows[1:]:
            student = row[own] and (by_own.get(row[own]) or by_sis.get(row[sis].casefold()))
            if not student:
                continue
            missing.discard(student.id)
            for name, place in places.items():
                if row[place] not in CANVAS_DECISIONS:
                    row[place] = grades.grade(student, name, no_grade=row[place])
        return sorted(missing)


def read_canvas(path: Path) -> tuple[list[list[str]], str]:
    """The rows of a file that Canvas exported, all of one length, and what parts its cells."""
    try:
        text = path.read_text("utf-8-sig")
        first = text.partition("\n")[0]
        delimiter = ";" if first.count(";") > first.count(",") else ","
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (OSError, ValueError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else "no CSV in UTF-8"
        raise ConvworkError(
            f"{path}: cannot be read ({reason}); name a gradebook that Canvas exported"
        ) from error
    width = max((len(row) for row in rows), default=0)
    return [row + [""] * (width - len(row)) for row in rows] or [[]], delimiter


def is_titled(head: str, name: str) -> bool:
    """Whether a header of Canvas's, as "Week 1 (4321)", is that of the assignment week1."""
    title = CANVAS_TITLE.fullmatch(head)
    return title is not None and squeezed(title[1]) == squeezed(name)


def is_points(row: list[str]) -> bool:
    """Whether this is the row that says how many points an assignment has."""
    return "Points Possible" in row[0]


def is_number(cell: str, wanted: str) -> bool:
    """Whether a cell, as 100.00 or 100,00, holds this number."""
    try:
        return float(cell.replace(",", ".")) == float(wanted)
    except ValueError:
        return False


def squeezed(title: str) -> str:
    """A title to compare: without spaces, in small letters."""
    return "".join(title.split()).casefold()


def canvas_id(student: Any) -> str:
    """Canvas's own id of a student; nothing but digits, for Canvas reads 12ab as 12."""
    known = student.lms_user_id or ""
    return known if known.isdecimal() else ""


def full_name(student: Any) -> str:
    """As Canvas sorts: Lovelace, Ada; the id where there is no name."""
    known = [name for name in (student.last_name, student.first_name) if name]
    return plain(", ".join(known) or student.id)


def plain(text: str | None) -> str:
    """A text on one line, with an apostrophe before it where a spreadsheet would calculate."""
    line = " ".join((text or "").split())
    return f"'{line}" if line.startswith(FORMULA) else line


def number(value: float) -> str:
    """Points in as few digits as they need, and at most four decimals."""
    return repr(round(float(value), 4)).removesuffix(".0")


def as_csv(rows: list[list[str]], delimiter: str = ",") -> str:
    """The rows as CSV."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue()
