"""Grades on their way to Canvas, to Moodle and to a spreadsheet: `nbgrader export --exporter`.

`canvas_reads` and `moodle_reads` do with a file what those systems say that they do.
"""

import csv
import logging
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.apps import ExportApp

EXPORTERS = ("CanvasExporter", "MoodleExporter", "SpreadsheetExporter")

# As Canvas 2024 exports it: a course with a week 1 of convwork, an essay and its own totals.
CANVAS = """\
Student,ID,SIS User ID,SIS Login ID,Section,Week 1 (4321),Essay (77),Final Score
,,,,,Manual Posting,,
    Points Possible,,,,,100.00,10.00,(read only)
"Lovelace, Ada",901,S-1,ada,"Lab A and Lab B",,9.00,88.00
"Bolyai, János",902,S-2,BEN,Lab A,12.50,N/A,
"Curie, Maria",903,S-3,cleo,Lab A,EX,,
"Student, Test",999,,3f4c,Lab A,,,
"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An empty gradebook, which takes a second to make."""
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        Gradebook(f"sqlite:///{path}", "convwork").close()
    return path.read_bytes()


@pytest.fixture
def root(template: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder whose gradebook has ada, ben, who was late, cleo and dan, who has done nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "gradebook.db").write_bytes(template)
    with gradebook(tmp_path) as book:
        for week in ("week1", "week2"):
            book.add_assignment(week)
            book.add_notebook("tiny", week)
            book.add_grade_cell("test_double", "tiny", week, max_score=100, cell_type="code")
        book.add_student("ada", first_name="Ada", last_name="Lovelace", email="ada@example.org")
        for student in ("ben", "cleo", "dan"):
            book.add_student(student)
    grade(tmp_path, "ada", "week1", 87.123456)
    grade(tmp_path, "ada", "week2", 0)
    grade(tmp_path, "ben", "week1", 60, penalty=20)
    grade(tmp_path, "cleo", "week1", 100)
    return tmp_path


def gradebook(root: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{root / 'gradebook.db'}", "convwork")


def grade(root: Path, student: str, week: str, score: float, penalty: float = 0) -> None:
    with gradebook(root) as book:
        submission = book.add_submission(week, student)
        (notebook,) = submission.notebooks
        notebook.late_submission_penalty = penalty
        (cell,) = notebook.grades
        cell.auto_score, cell.needs_manual_grade = score, False
        book.db.commit()


def change_student(root: Path, student: str, **about: str) -> None:
    with gradebook(root) as book:
        book.update_or_create_student(student, **about)


def export(exporter: str, *arguments: str) -> list[str]:
    """`nbgrader export` in this process, which is quicker; what it warned of, or refused."""
    app = ExportApp()
    app.initialize([f"--exporter=convwork.export.{exporter}", *arguments])
    said: list[str] = []
    handler = logging.Handler(logging.WARNING)
    handler.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    app.log.addHandler(handler)
    try:
        app.start()
    except SystemExit as ended:
        said.append(f"exit code {ended.code}")
    finally:
        app.log.removeHandler(handler)
    return said


def refusal(exporter: str, *arguments: str) -> str:
    """Why nothing is exported: one sentence, the last that is said."""
    before = {path: path.read_bytes() for path in Path.cwd().glob("*.csv")}
    *_, sentence, code = export(exporter, *arguments)
    assert code == "exit code 1"
    assert "\n" not in sentence
    assert {path: path.read_bytes() for path in Path.cwd().glob("*.csv")} == before
    return sentence


def table(name: str, delimiter: str = ",") -> list[list[str]]:
    with Path(name).open(newline="", encoding="utf-8-sig") as file:
        return list(csv.reader(file, delimiter=delimiter))


# --- Canvas --------------------------------------------------------------------------------------

ROSTER = {  # Canvas's own ids, the SIS ids and the logins of a course's students
    "901": ("S-1", "ada"),
    "902": ("S-2", "ben"),
    "903": ("S-3", "cleo"),
    "904": ("S-4", "dan"),
}


def canvas_reads(name: str) -> dict[str, dict[str, str]]:
    """The grades that Canvas would import, by its own ids and the headers of assignments."""
    header, *rows = table(name)
    assert header[:5] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section"]
    assert all(len(row) == len(header) for row in rows)
    grades: dict[str, dict[str, str]] = {}
    for row in rows:
        if "Points Possible" in row[0] or not row[0]:
            continue
        _, own, user, login = row[:4]
        by_sis = (key for key, (sis, name) in ROSTER.items() if sis == user or name == login)
        student = own or next(by_sis)
        assert student not in grades
        grades[student] = dict(zip(header[5:], row[5:], strict=True))
    return grades


def test_canvas_finds_students_by_their_login(root: Path) -> None:
    assert export("CanvasExporter") == []
    assert canvas_reads("canvas.csv") == {
        "901": {"week1": "87.1235", "week2": "0"},
        "902": {"week1": "40", "week2": ""},
        "903": {"week1": "100", "week2": ""},
        "904": {"week1": "", "week2": ""},
    }
    _, points, *students = table("canvas.csv")
    assert points == ["    Points Possible", "", "", "", "", "100", "100"]
    assert [row[0] for row in students] == ["ben", "cleo", "dan", "Lovelace, Ada"]


def test_canvas_finds_students_by_their_sis_id(root: Path) -> None:
    change_student(root, "S-2", first_name="Ben")
    grade(root, "S-2", "week2", 5)
    column = "--CanvasExporter.student_column=SIS User ID"
    export("CanvasExporter", column, "--student=S-2", "--assignment=week2")
    assert canvas_reads("canvas.csv") == {"902": {"week2": "5"}}
    assert "SIS Login ID" in refusal("CanvasExporter", "--CanvasExporter.student_column=login")


def test_canvas_finds_students_by_its_own_id(root: Path) -> None:
    change_student(root, "ada", lms_user_id="901")
    change_student(root, "ben", lms_user_id="9a77")  # of another system; Canvas would read 9
    export("CanvasExporter")
    assert {row[3]: row[1] for row in table("canvas.csv")[2:]} == {
        "ada": "901",
        "ben": "",
        "cleo": "",
        "dan": "",
    }


@pytest.mark.parametrize(("delimiter", "mark"), [(",", ""), (";", "\ufeff")])
def test_a_template_keeps_all_but_the_grades(root: Path, delimiter: str, mark: str) -> None:
    text = CANVAS if delimiter == "," else CANVAS.replace(",", ";").replace("; ", ", ")
    Path("from_canvas.csv").write_text(mark + text, encoding="utf-8")
    before = table("from_canvas.csv", delimiter)
    template = "--CanvasExporter.template=from_canvas.csv"
    (left_out,) = export("CanvasExporter", template, "--assignment=week1")
    assert left_out.endswith("not in from_canvas.csv: dan")
    after = table("canvas.csv", delimiter)
    changed = {
        (row[1], before[0][place]): cell
        for row, old in zip(after, before, strict=True)
        for place, cell in enumerate(row)
        if cell != old[place]
    }
    assert changed == {("901", "Week 1 (4321)"): "87.1235", ("902", "Week 1 (4321)"): "40"}


def test_a_template_without_the_assignment(root: Path) -> None:
    Path("from_canvas.csv").write_text(CANVAS)
    said = export("CanvasExporter", "--CanvasExporter.template=from_canvas.csv")
    assert "from_canvas.csv has no assignment week2: Canvas will offer to make it" in said
    assert canvas_reads("canvas.csv")["901"] == {
        "Week 1 (4321)": "87.1235",
        "Essay (77)": "9.00",
        "Final Score": "88.00",
        "week2": "0",
    }
    assert [row[-1] for row in table("canvas.csv")][:3] == ["week2", "", "100"]


def test_a_template_with_canvas_own_ids(root: Path) -> None:
    """They count for more than a login, which may be another's."""
    change_student(root, "cleo", lms_user_id="901")
    Path("from_canvas.csv").write_text(CANVAS)
    template = "--CanvasExporter.template=from_canvas.csv"
    export("CanvasExporter", template, "--assignment=week1")
    assert canvas_reads("canvas.csv")["901"]["Week 1 (4321)"] == "100"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"", "no gradebook that Canvas exported"),
        (b"\xff\xfe\x00", "cannot be read (no CSV in UTF-8)"),
        (b'Student,ID,"', "cannot be read (no CSV in UTF-8)"),
        (b"First name,ID number,week1\n", "no gradebook that Canvas exported"),
        (CANVAS.replace("SIS Login ID", "Login").encode(), "no column 'SIS Login ID'"),
        (CANVAS.replace("Essay", "week1").encode(), "two assignments called 'week1'"),
        (CANVAS.replace("100.00", "10.00").encode(), "week1 has 10.00 points in"),
        (CANVAS.replace("100.00", "(read only)").encode(), "week1 has (read only) points in"),
        (CANVAS.replace(",ada,", ",a@x,").replace(",BEN,", ",b@x,").replace(",cleo,", ",c@x,")
         .encode(), "none of its students is in the gradebook"),
    ],
)  # fmt: skip
def test_bad_templates(root: Path, content: bytes | None, said: str) -> None:
    if content is not None:
        Path("from_canvas.csv").write_bytes(content)
    sentence = refusal("CanvasExporter", "--CanvasExporter.template=from_canvas.csv")
    assert said in sentence
    assert "from_canvas.csv" in sentence


# --- Moodle --------------------------------------------------------------------------------------


def moodle_reads(name: str, identify_by: str, users: set[str]) -> dict[str, dict[str, Any]]:
    """The grades that Moodle would import, where every other column becomes a grade item.

    A row whose user is unknown ends the import; one without a user counts for the row before.
    """
    header, *rows = table(name)
    about = {"First name", "Last name", "ID number", "Username", "Email address"}
    user, grades = "", {}
    for row in rows:
        cells = dict(zip(header, row, strict=True))
        user = cells[identify_by] or user
        assert user in users
        grades[user] = {
            item: None if cell == "-" else float(cell)
            for item, cell in cells.items()
            if item not in about
        }
    return grades


@pytest.mark.parametrize("column", ["ID number", "Username"])
def test_moodle_finds_students_by_their_id(root: Path, column: str) -> None:
    assert export("MoodleExporter", f"--MoodleExporter.student_column={column}") == []
    assert moodle_reads("moodle.csv", column, {"ada", "ben", "cleo", "dan"}) == {
        "ada": {"week1": 87.1235, "week2": 0.0},
        "ben": {"week1": 40.0, "week2": None},
        "cleo": {"week1": 100.0, "week2": None},
        "dan": {"week1": None, "week2": None},
    }


def test_moodle_gets_emails_of_all_or_of_none(root: Path) -> None:
    export("MoodleExporter")
    assert "Email address" not in table("moodle.csv")[0]
    for student in ("ben", "cleo", "dan"):
        change_student(root, student, email=f"{student}@example.org")
    export("MoodleExporter")
    everyone = {f"{student}@example.org" for student in ("ada", "ben", "cleo", "dan")}
    read = moodle_reads("moodle.csv", "Email address", everyone)
    assert read["ben@example.org"] == {"week1": 40.0, "week2": None}
    assert set(read) == everyone


# --- a spreadsheet -------------------------------------------------------------------------------


def test_a_plain_gradebook(root: Path) -> None:
    assert export("SpreadsheetExporter") == []
    assert table("gradebook.csv") == [
        ["student", "last name", "first name", "email", "week1 (of 100)", "week2 (of 100)"],
        ["ben", "", "", "", "40", ""],
        ["cleo", "", "", "", "100", ""],
        ["dan", "", "", "", "", ""],
        ["ada", "Lovelace", "Ada", "ada@example.org", "87.1235", "0"],
    ]
    assert Path("gradebook.csv").read_bytes().startswith("\ufeff".encode())  # for Excel


# --- all of them ---------------------------------------------------------------------------------

ODD_NAME = '\t =HYPERLINK("http://x",\n"Zoë")'


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_no_name_becomes_a_formula(root: Path, exporter: str) -> None:
    change_student(root, "dan", first_name="+1", last_name=ODD_NAME)
    export(exporter, "--to=out.csv")
    cells = [cell for row in table("out.csv") for cell in row]
    assert any("""'=HYPERLINK("http://x", "Zoë")""" in cell for cell in cells)
    assert not [cell for cell in cells if cell != "-" and cell.strip().startswith(tuple("=+-@"))]


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_ids_that_are_formulas(root: Path, exporter: str) -> None:
    """Canvas and Moodle could not find a mended id; a spreadsheet need not."""
    change_student(root, "=1+1", first_name="Eve")
    said = export(exporter, "--to=out.csv")
    cells = [cell for row in table("out.csv") for cell in row]
    mended = exporter == "SpreadsheetExporter"
    assert ("'=1+1" if mended else "=1+1") in cells
    assert [line for line in said if line.endswith(": =1+1")] == ([] if mended else said)


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_chosen_students_and_assignments(root: Path, exporter: str) -> None:
    weeks = ["--assignment=week1", "--assignment=week2"]
    export(exporter, "--to=all.csv")
    export(exporter, *weeks, "--to=both.csv")
    assert table("both.csv") == table("all.csv")
    export(exporter, weeks[1], "--student=ada", "--student=ben", "--to=some.csv")
    header = table("some.csv")[0]
    assert [name for name in header if name.startswith("week")] == [header[-1]]
    cells = {cell for row in table("some.csv") for cell in row}
    assert {"ben"} < cells
    assert not cells & {"cleo", "dan"}


@pytest.mark.parametrize("exporter", EXPORTERS)
def test_only_the_instructor_may_read_it(root: Path, exporter: str) -> None:
    export(exporter, "--to=new/folder/out.csv")
    assert Path("new/folder/out.csv").stat().st_mode & 0o777 == 0o600


def test_points_by_hand_are_missed(root: Path) -> None:
    with gradebook(root) as book:
        (cell,) = book.find_submission("week1", "ada").notebooks[0].grades
        cell.needs_manual_grade = True
        book.db.commit()
    assert export("SpreadsheetExporter") == ["Submissions that still wait for points by hand: 1"]


def test_refusals(root: Path) -> None:
    assert "no assignment week7, week9; there is week1, week2" in refusal(
        "MoodleExporter", "--assignment=week9", "--assignment=week7"
    )
    assert "no student eve; there is" in refusal("MoodleExporter", "--student=eve")
    Path("folder").mkdir()
    assert "not a file; name another with --to" in refusal("MoodleExporter", "--to=folder")
    Path("file").touch()
    assert "cannot be written" in refusal("MoodleExporter", "--to=file/moodle.csv")


def test_an_empty_gradebook(template: bytes, root: Path) -> None:
    (root / "gradebook.db").write_bytes(template)
    assert "run `nbgrader generate_assignment`" in refusal("CanvasExporter")
