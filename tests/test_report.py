"""`convwork report`: one page says how a class did, what went wrong, and who needs a look."""

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from class_runs import convwork
from conftest import one_line_failure
from nbgrader.api import Gradebook
from nbgrader_runs import autograde, make_course

from convwork.authoring.classroom import misconceived, solved, submit
from convwork.coursedir import Notebook
from convwork.report.likeness import alike

LONG = '''
def double(x):
    """Twice, <b>in no simple way</b>."""
    total = np.zeros_like(np.atleast_1d(x))
    for row in range(len(total)):
        total[row] = np.atleast_1d(x)[row]
        for column in range(3):
            if column == 1:
                total[row] = total[row] + np.atleast_1d(x)[row]
    return total if np.ndim(x) else total[0]
'''
RENAMED = LONG.replace("total", "summe").replace("row", "zeile").replace("Twice", "Zweimal")
HANGS = "def double(x):\n    while True:\n        pass\n"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = make_course(tmp_path_factory.mktemp("report") / "course")
    tiny = Notebook(root, "week1", "tiny")
    right = solved(tiny)
    submit(root, "ada", tiny, right)
    wrong = misconceived(tiny, "quadruple", "twice only")
    submit(root, "ben", tiny, solved(tiny, {"quadruple": wrong}))
    submit(root, "cleo", tiny, right).write_text("{ no notebook")
    submit(root, "dan", tiny, solved(tiny, {"double": LONG}))
    submit(root, "eve <i>", tiny, solved(tiny, {"double": RENAMED}))
    submit(root, "fay", tiny, solved(tiny, {"double": HANGS}))
    autograde(root)
    submit(root, "gus", tiny, right)
    return root


@pytest.fixture(scope="module")
def page(course: Path) -> BeautifulSoup:
    result = convwork(course, "report", "week1")
    assert result.exit_code == 0, result.output
    return BeautifulSoup((course / "reports/week1.html").read_text(), "html.parser")


def part(page: BeautifulSoup, title: str) -> str:
    """The text of one section of the page."""
    text = ""
    for element in page.find("h2", string=title).find_next_siblings():
        if element.name == "h2":
            break
        text += element.get_text(" ", strip=True) + "\n"
    return re.sub(r"\s+", " ", text)


def rows(page: BeautifulSoup, title: str) -> dict[str, str]:
    """The rows of a section's table, by their first cell."""
    table = page.find("h2", string=title).find_next("table")
    cells = [row.find_all("td") for row in table.find_all("tr")]
    return {row[0].get_text(strip=True): row[1].get_text(" ") for row in cells if row}


def test_the_figures_are_those_of_the_gradebook(course: Path, page: BeautifulSoup) -> None:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "convwork") as gradebook:
        scores = sorted(s.score for s in gradebook.assignment_submissions("week1"))
    said = page.find("ul").get_text(" ", strip=True)
    assert "6 graded of 7 submitted" in said
    assert f"{sum(scores) / 6:.1f} points on average, of 100" in said
    assert f"{(scores[2] + scores[3]) / 2:.1f} points in the middle" in said
    assert "90 to 100: 3" in page.find("svg").get_text()


def test_exercises_and_cases(page: BeautifulSoup) -> None:
    said = part(page, "Exercises")
    assert "67 % solved double : 4 of 6; 40.0 of 60 points on average" in said
    assert "50 % solved quadruple" in said
    assert "a negative number of times 67 %" in said


def test_misconceptions_have_an_example(course: Path, page: BeautifulSoup) -> None:
    row = page.find("h2", string="Misconceptions").find_next("tbody").find("tr")
    assert [cell.get_text() for cell in row.find_all("td")][:2] == ["1", "quadruple"]
    assert (course / "reports" / row.find("a")["href"]).resolve().is_file()
    assert row.find("a").get_text() == "ben"


def test_who_needs_a_look(page: BeautifulSoup) -> None:
    found = rows(page, "Need a look")
    assert found.keys() == {"ada", "ben", "cleo", "dan", "eve <i>", "fay", "gus"}
    assert found["ada"] == "tiny: like that of ben"  # whose solution is hers but for one line
    assert "not a notebook, or a damaged one" in found["cleo"]
    assert "like that of eve <i>" in found["dan"]
    assert "double: no answer within" in found["fay"]
    assert found["gus"] == "submitted, and not graded"


def test_what_is_alike_stands_side_by_side(page: BeautifulSoup) -> None:
    one, other = page.find("div", class_="pair").find_all("pre")
    assert "total[row] = total[row] + np.atleast_1d(x)[row]" in one.get_text()
    marked = " ".join(mark.get_text() for mark in other.find_all("mark"))
    assert "summe[zeile] = summe[zeile] + np.atleast_1d(x)[zeile]" in marked
    assert page.find("b") is None, "what a student wrote is text, not HTML"


def test_the_page_needs_nothing_else(page: BeautifulSoup) -> None:
    assert not page.find_all(["script", "link", "img", "iframe"])
    assert "url(" not in page.find("style").get_text()


def test_what_grading_took(page: BeautifulSoup) -> None:
    name, count, _, longest, processor = page.find_all("table")[-1].find_all("td")
    assert (name.get_text(), count.get_text()) == ("tiny", "6")
    assert float(longest.get_text()) > 0
    assert float(processor.get_text()) >= 0


def test_points_by_hand_and_penalties_count(course: Path) -> None:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}", "convwork") as gradebook:
        submission = gradebook.find_submission("week1", "ada")
        submission.notebooks[0].grades[0].extra_credit = 4
        submission.late_submission_penalty = 14
        gradebook.db.commit()
    convwork(course, "report", "week1", "--output", str(course / "again.html"))
    bars = BeautifulSoup((course / "again.html").read_text(), "html.parser").find("svg")
    assert "90 to 100: 3" in bars.get_text(), "100 + 4 − 14 = 90"


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("week9",), "unknown week"),
        (("week1", "--output", "/proc/no/page.html"), "name another place by --output"),
    ],
)
def test_bad_input(course: Path, arguments: tuple[str, ...], complaint: str) -> None:
    assert complaint in one_line_failure(convwork(course, "report", *arguments))


def test_nothing_graded_yet(tmp_path: Path) -> None:
    root = make_course(tmp_path / "course")
    assert "nothing is graded yet" in one_line_failure(convwork(root, "report", "week1"))
    (root / "gradebook.db").write_text("no database")
    assert "the gradebook cannot be used" in one_line_failure(convwork(root, "report", "week1"))


@pytest.mark.parametrize(
    ("table", "column"), [("student", "lms_user_id"), ("grade", "extra_credit")]
)
@pytest.mark.parametrize("command", [("report",), ("autograde", "--force", "--workers", "1")])
def test_a_gradebook_of_an_older_version(
    command: tuple[str, ...], table: str, column: str, course: Path, tmp_path: Path
) -> None:
    """Like those of nbgrader 0.5: the way out is named. Plain nbgrader names it itself."""
    root = Path(shutil.copytree(course, tmp_path / "course"))
    with closing(sqlite3.connect(root / "gradebook.db")) as gradebook:
        gradebook.execute(f"alter table {table} drop column {column}")
    said = one_line_failure(convwork(root, *command, "week1"))
    assert said.startswith("the gradebook is of another version of nbgrader (no such column: ")
    assert "bring it up to date with `nbgrader db upgrade`" in said


# Likeness

HANDED_OUT = "def double(x):\n    raise NotImplementedError\n"


def test_what_was_handed_out_is_not_alike() -> None:
    text = "\n".join(f"given_{i} = np.zeros(({i}, 2)).sum(axis={i % 2})" for i in range(20))
    assert not alike("tiny", {"ada": text, "ben": text + "\nmine = 1"}, text)


def test_several_that_differ_only_in_names_are_one_group() -> None:
    found = alike("tiny", {"ada": LONG, "ben": RENAMED, "cleo": LONG}, HANDED_OUT)
    assert [(pair.students, pair.shares) for pair in found] == [(("ada", "ben", "cleo"), (1, 1))]


def test_what_a_fifth_of_a_class_wrote_is_how_one_writes_it() -> None:
    own = {
        f"student{i}": LONG + f"\nown = [{', '.join(map(str, range(i + 40)))}]" for i in range(9)
    }
    assert not alike("tiny", own, HANDED_OUT)
    few = dict(list(own.items())[:4])
    assert len(alike("tiny", few, HANDED_OUT)) == 6


def test_short_solutions_are_alike_by_nature() -> None:
    assert not alike(
        "tiny",
        {"ada": "def double(x):\n    return 2 * x", "ben": "def double(x):\n    return 2 * x"},
        HANDED_OUT,
    )


@pytest.mark.parametrize("text", ["", "\n\n", "def (", "x = '" + "a" * 100_000, "\x00"])
def test_whatever_was_written_can_be_compared(text: str) -> None:
    alike("tiny", {"ada": text, "ben": text + " ", "cleo": LONG}, HANDED_OUT)
