"""A verdict in a notebook and on a terminal: what a student wrote is text there, and no more."""

import io
from dataclasses import replace

import nbformat
from nbformat import NotebookNode
from rich.console import Console

from convwork.coursedir import Notebook
from convwork.grading.feedback import exercise_html, notebook_table
from convwork.grading.handout import grade_id, read_handout
from convwork.grading.nbgrader_plugins import VERDICT, write_verdict
from convwork.grading.verdicts import CaseVerdict, ExerciseVerdict, Kind, NotebookVerdict

EVIL = "<script>alert('[bold]')</script> & more"
SHOWN = "&lt;script&gt;"
PASSED = CaseVerdict("good", Kind.PASSED, 1.0)
FAILED = CaseVerdict(f"name {EVIL}", Kind.RAISED, 1.0, f"problem {EVIL}", f"says {EVIL}")
EXERCISE = ExerciseVerdict("double", 60, (PASSED, FAILED), (f"remark {EVIL}",))
VERDICT_ON_IT = NotebookVerdict("week1/tiny", (EXERCISE, replace(EXERCISE, name="quadruple")))


def written(tiny: Notebook, verdict: NotebookVerdict, remarks: list[str]) -> NotebookNode:
    nb = nbformat.from_dict(read_handout(tiny).nb)
    write_verdict(nb, verdict, remarks)
    nbformat.validate(nb)
    return nb


def test_a_page_shows_what_was_written_as_text() -> None:
    page = exercise_html(EXERCISE)
    assert "<script" not in page
    for words in ("name", "problem", "says", "remark"):
        assert f"{words} {SHOWN}" in page
    assert "1 of 2 cases pass, <strong>30 of 60 points</strong>" in page


def test_remarks_stand_at_the_top_as_text(tiny: Notebook) -> None:
    verdict = replace(VERDICT_ON_IT, remarks=("of the run",))
    nb = written(tiny, verdict, [f"two\n\n# lines {EVIL}"])
    (line, last) = nb.cells[0].source.splitlines()[2:]
    assert line == "- two  # lines &lt;script>alert('[bold]')&lt;/script> &amp; more"
    assert last == "- of the run"
    assert nb.metadata[VERDICT]["remarks"][-1] == "of the run"


def test_each_test_cell_has_its_own_verdict(tiny: Notebook) -> None:
    """nbgrader reads the score from the one output."""
    wrong = replace(EXERCISE, name="quadruple", points=40, cases=(FAILED,))
    nb = written(tiny, replace(VERDICT_ON_IT, exercises=(wrong, EXERCISE)), [])
    outputs = {
        grade_id(cell): cell.outputs
        for cell in nb.cells
        if cell.metadata.get("nbgrader", {}).get("grade")
    }
    scores = {name: [output.data["text/plain"] for output in of] for name, of in outputs.items()}
    assert scores == {"test_double": ["30.0"], "test_quadruple": ["0.0"]}


def test_a_terminal_shows_what_was_written_as_text() -> None:
    console = Console(file=io.StringIO(), width=200)
    console.print(notebook_table(replace(VERDICT_ON_IT, remarks=(f"whole {EVIL}",))))
    said = console.file.getvalue()  # type: ignore[attr-defined]
    assert said.count(EVIL) >= 5
    assert "60 / 120" in said
