"""What a worker grades ahead: the very notebook and files that nbgrader will find, and says so."""

from pathlib import Path

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from convwork.authoring.classroom import solved, submit
from convwork.coursedir import Notebook
from convwork.grading.ahead import Job, fingerprint, grade_ahead
from convwork.grading.session import Limits


def notebook(*sources: str) -> NotebookNode:
    return new_notebook(cells=[new_code_cell(source) for source in sources])


def test_a_fingerprint_tells_notebooks_apart(tmp_path: Path) -> None:
    nb = notebook("a", "b")
    same = notebook("a", "b")
    same.cells[0].outputs = ["whatever came out"]
    named = notebook("a", "b")
    named.cells[0].metadata["nbgrader"] = {"grade_id": "double"}
    text = new_notebook(cells=[new_markdown_cell("a"), new_code_cell("b")])
    assert fingerprint(nb, tmp_path) == fingerprint(same, tmp_path)
    others = [nb, named, text, notebook("b", "a"), notebook("a"), notebook("a", "b", "")]
    assert len({fingerprint(other, tmp_path) for other in others}) == len(others)


def test_a_fingerprint_tells_files_apart(tmp_path: Path) -> None:
    nb, found = notebook("a"), []
    found.append(fingerprint(nb, tmp_path))
    for name, text in (("one.py", "x = 1"), ("one.py", "x = 2"), ("sub/two.py", "x = 2")):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
        found.append(fingerprint(nb, tmp_path))
    (tmp_path / "one.py").rename(tmp_path / "other.py")
    found.append(fingerprint(nb, tmp_path))
    assert len(set(found)) == 5
    (tmp_path / "tiny.ipynb").write_text("nbgrader writes it")
    assert fingerprint(nb, tmp_path) == found[-1]


@pytest.fixture
def job(tiny: Notebook) -> Job:
    """A submission that needs a file of its own, and the one that was handed out."""
    uses = "import given, helper\ndef double(x):\n    return helper.TWO * x * given.ONE"
    file = submit(tiny.root, "ada", tiny, solved(tiny, {"double": uses}))
    file.with_name("helper.py").write_text("TWO = 2")
    file.with_name("left_out.py").write_text("")
    file.with_name("given.py").write_text("ONE = 'changed'")
    tiny.source.with_name("given.py").write_text("ONE = 1")
    return Job(tiny, file, tiny.source.parent, ("left_out*",), False, Limits())


def test_it_has_the_files_that_nbgrader_would_copy(job: Job) -> None:
    """The student's, and in the place of those that were handed out, the originals."""
    graded = grade_ahead(job)
    assert graded.verdict.passed, graded.verdict
    assert len(graded.outputs) == len(solved(job.notebook).cells)
