"""From texts to notebooks: the same bytes each time, and nothing that breaks the conventions."""

import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner
from conftest import change, one_line_failure

from convwork.cli import main
from convwork.coursedir import Notebook

DOUBLE_TEST = "cell 'test_double'"
SHOWN = "it needs 'picture', which only a skipped cell defines"


def run(*arguments: str) -> str:
    """The output of a command that succeeds."""
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refusal(*arguments: str) -> str:
    return one_line_failure(CliRunner().invoke(main, arguments))


@pytest.fixture
def notebook(course: Path) -> Notebook:
    """The tiny notebook, not yet built."""
    return Notebook(course, "week1", "tiny")


def built(course: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(course)): path.read_bytes()
        for folder in ("source", "release")
        for path in (course / folder).rglob("*")
        if path.is_file()
    }


def test_two_builds_are_byte_identical(course: Path) -> None:
    assert run("build").splitlines() == [
        "wrote source/week1/tiny.ipynb",
        "wrote release/week1/tiny.ipynb",
    ]
    first = built(course)
    assert not run("build")
    for path in first:
        (course / path).unlink()
    run("build")
    assert built(course) == first
    assert set(first) == {"source/week1/tiny.ipynb", "release/week1/tiny.ipynb"}


def test_the_built_notebooks_are_valid(course: Path, notebook: Notebook) -> None:
    run("build")
    for path in (notebook.source, notebook.release):
        nbformat.validate(nbformat.read(path, as_version=4))


def test_the_source_holds_every_cell_of_the_text(course: Path, notebook: Notebook) -> None:
    run("build")
    cells = nbformat.read(notebook.source, as_version=4).cells
    assert len(cells) == notebook.text.read_text().count("# %%")
    for cell in cells:
        if cell.cell_type == "code":
            assert cell.source in notebook.text.read_text()


def test_the_release_tells_no_answers(course: Path, notebook: Notebook) -> None:
    run("build")
    release = notebook.release.read_text()
    for told in ("2 * x", "double(double", "hidden_tests(", "HIDDEN TESTS", "SOLUTION", "seed"):
        assert told not in release
    assert release.count("raise NotImplementedError()") == 2
    assert "Twice the array x." in release
    assert "twice (1, 2) is (2, 4)" in release


def test_the_release_is_what_nbgrader_makes(built_course: Path) -> None:
    path = built_course / "release/week1/tiny.ipynb"
    ours = path.read_bytes()
    path.unlink()
    subprocess.run(
        [sys.executable, "-m", "nbgrader", "generate_assignment", "week1", "--force"],
        cwd=built_course,
        check=True,
        capture_output=True,
    )
    assert path.read_bytes() == ours


@pytest.mark.parametrize("name", ["source", "release"])
@pytest.mark.parametrize("how", ["missing", "other text", "not a text"])
def test_a_file_out_of_step_is_named_and_mended(course: Path, name: str, how: str) -> None:
    run("build")
    run("build", "--check")
    before = built(course)
    path = course / name / "week1/tiny.ipynb"
    if how == "missing":
        path.unlink()
    else:
        path.write_bytes(b"\xff\xfe" if how == "not a text" else path.read_bytes() + b"\n")
    spoilt = built(course)
    said = refusal("build", "--check")
    assert said == f"out of step with their texts: {name}/week1/tiny.ipynb; run `convwork build`"
    assert built(course) == spoilt
    assert run("build") == f"wrote {name}/week1/tiny.ipynb\n"
    assert built(course) == before


def test_notebooks_whose_text_is_gone_are_removed(course: Path) -> None:
    run("build")
    before = built(course)
    stray = course / "release/week1/gone.ipynb"
    stray.write_text("{}")
    assert "release/week1/gone.ipynb" in refusal("build", "--check")
    assert stray.exists()
    assert run("build") == "removed release/week1/gone.ipynb\n"
    assert built(course) == before


REFUSED: dict[str, tuple[str, str, str]] = {
    "no markers": (
        "    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION\n",
        "    return 2 * x\n",
        "cell 'double': a stub without a solution: no `### BEGIN SOLUTION`",
    ),
    "an empty solution": (
        "    return 2 * x\n",
        "",
        "cell 'double': a stub without a solution: nothing stands between its markers",
    ),
    "another function": (
        "def double(x):",
        "def twice(x):",
        "cell 'double': it does not define the function 'double' that its grade_id names",
    ),
    "a missing grade_id": (
        '"grade_id": "double", ',
        "",
        "cell 2: a graded cell needs a grade_id",
    ),
    "a grade_id used twice": (
        '"grade_id": "quadruple"',
        '"grade_id": "double"',
        "cell 'double': its grade_id is used more than once",
    ),
    "no hidden tests": (
        '### BEGIN HIDDEN TESTS\nhidden_tests("double")\n### END HIDDEN TESTS\n',
        "",
        f"{DOUBLE_TEST}: a test cell without hidden tests",
    ),
    "hidden tests without markers": (
        '### BEGIN HIDDEN TESTS\nhidden_tests("double")\n### END HIDDEN TESTS\n',
        'hidden_tests("double")\n',
        f"{DOUBLE_TEST}: a test cell without hidden tests",
    ),
    "hidden tests of another exercise": (
        'hidden_tests("double")',
        'hidden_tests("quadruple")',
        f"{DOUBLE_TEST}: its hidden tests are those of 'quadruple'",
    ),
    "hidden tests elsewhere": (
        "# %% [markdown]",
        '# %%\n### BEGIN HIDDEN TESTS\nhidden_tests("double")\n### END HIDDEN TESTS\n\n'
        "# %% [markdown]",
        "cell 0: it holds hidden tests, and is not marked as a test cell",
    ),
    "a solution elsewhere": (
        "# %% [markdown]",
        "# %%\n### BEGIN SOLUTION\nanswer = 4\n### END SOLUTION\n\n# %% [markdown]",
        "cell 0: it holds a solution, and is not marked as a solution cell",
    ),
    "a picture without words": (
        "# It doubles numbers.",
        "# It doubles numbers. ![](twice.png)",
        "cell 0: a picture without a text for those who do not see it",
    ),
    "an HTML picture without words": (
        "# It doubles numbers.",
        '# It doubles numbers. <img src="twice.png" alt="">',
        "cell 0: a picture without a text for those who do not see it",
    ),
    "no points": ('"points": 60, ', "", f"{DOUBLE_TEST}: a test cell needs points"),
    "points that are no number": (
        '"points": 60,',
        '"points": "many",',
        f"{DOUBLE_TEST}: a test cell needs points",
    ),
    "more than 100 points": (
        '"points": 60,',
        '"points": 60.5,',
        "week1: its points sum to 100.5, more than 100",
    ),
    "a solution without its test cell": (
        '"grade": true, "grade_id": "test_double", "locked": true, "points": 60,',
        '"grade": false, "grade_id": "test_double", "locked": true,',
        "cell 'double': a solution without its test cell 'test_double'",
    ),
    "a test cell without its solution": (
        '"grade_id": "double", "locked": false, "schema_version": 3, "solution": true',
        '"grade_id": "double", "locked": false, "schema_version": 3, "solution": false',
        f"{DOUBLE_TEST}: a test cell without its solution cell 'double'",
    ),
    "no Python": (
        "import numpy as np\n",
        "import numpy as np\nfor in x:\n",
        "cell 1: it is not Python: ",
    ),
    "metadata that is no dict": (
        'nbgrader={"grade": false, "grade_id": "double", "locked": false, "schema_version": 3, '
        '"solution": true, "task": false}',
        'nbgrader="double"',
        "cell 2: it holds a solution, and is not marked as a solution cell",
    ),
    "metadata that is no JSON": (
        '"grade_id": "double",',
        '"grade_id": "double"',
        "cell 2: it holds a solution, and is not marked as a solution cell",
    ),
}


@pytest.mark.parametrize(("old", "new", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_a_text_that_breaks_a_convention_is_refused(
    course: Path, notebook: Notebook, old: str, new: str, says: str
) -> None:
    change(notebook.text, old, new)
    assert_refused(course, says if says.startswith("week1") else f"week1/tiny: {says}")


def assert_refused(course: Path, *says: str) -> None:
    """A build says each of these things, and writes nothing."""
    result = CliRunner().invoke(main, ["build"])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    for text in says:
        assert text in result.stderr
    assert not built(course)


def test_every_problem_is_told_at_once(course: Path, notebook: Notebook) -> None:
    change(notebook.text, "return 2 * x\n", "\n")
    change(notebook.text, '"points": 40,', '"points": 50,')
    assert_refused(course, "nothing stands between its markers", "its points sum to 110")


def test_texts_and_grader_tests_must_agree(course: Path, notebook: Notebook) -> None:
    change(notebook.tests, '"quadruple",', '"fourfold",')
    assert_refused(
        course,
        "week1/tiny: cell 'quadruple': its grader tests declare no such exercise",
        "week1/tiny: exercise 'fourfold': the grader tests declare it, and the text has no such",
    )


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"\xff\xfe\x00", "tiny.py: jupytext can't read it"),
        (b"", "the text has no such stub"),
        (None, "no notebook None in the course"),
    ],
)
def test_an_unreadable_text_is_refused(
    course: Path, notebook: Notebook, content: bytes | None, says: str
) -> None:
    notebook.text.unlink()
    if content is not None:
        notebook.text.write_bytes(content)
    assert_refused(course, says)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "tiny.py: no such file; every notebook needs its grader tests"),
        ("1 / 0", "tiny.py: ZeroDivisionError: division by zero"),
        ("exercises = []", "tiny.py: no `exercises = [...]` is declared"),
    ],
)
def test_unreadable_grader_tests_are_refused(
    course: Path, notebook: Notebook, content: str | None, says: str
) -> None:
    notebook.tests.unlink()
    if content is not None:
        notebook.tests.write_text(content)
    assert says in refusal("build")
    assert not built(course)


# The tiny text's `show` cell defines `picture`; these cells come after it.
NEEDS_SHOWN = {
    "at the top": "print(picture)",
    "in a function": "def later():\n    return picture",
    "in a method": "class Later:\n    def show(self):\n        return [picture]",
    "in a lambda": "later = lambda x: x + picture",
    "in a comprehension": "later = [picture for _ in range(3)]",
    "as a default": "def later(x=picture):\n    return x",
    "although it is another function's local": (
        "def other():\n    picture = 1\n    return picture\n\nprint(picture)"
    ),
    "beside a magic": "%matplotlib inline\nprint(picture)",
}
NEEDS_NOTHING = {
    "defined again": "picture = 1\nprint(picture)",
    "a parameter": "def later(picture):\n    return picture",
    "a lambda's parameter": "later = lambda picture: picture",
    "a local": "def later():\n    picture = 1\n    return picture",
    "a loop's variable": "for picture in range(3):\n    print(picture)",
    "an import": "import numpy as picture\nprint(picture)",
    "a function": "def picture():\n    return 1\n\nprint(picture())",
    "an attribute": "print(np.picture if hasattr(np, 'picture') else 'picture')",
    "a keyword argument": "print(dict(picture=1))",
}


@pytest.mark.parametrize("cell", NEEDS_SHOWN.values(), ids=NEEDS_SHOWN.keys())
def test_a_cell_that_needs_a_skipped_one_is_refused(
    course: Path, notebook: Notebook, cell: str
) -> None:
    notebook.text.write_text(notebook.text.read_text() + f"\n# %%\n{cell}\n")
    assert_refused(course, f"week1/tiny: cell 7: {SHOWN}")


@pytest.mark.parametrize("cell", NEEDS_NOTHING.values(), ids=NEEDS_NOTHING.keys())
def test_a_cell_with_a_name_of_its_own_is_fine(course: Path, notebook: Notebook, cell: str) -> None:
    notebook.text.write_text(notebook.text.read_text() + f"\n# %%\n{cell}\n")
    run("build")


def test_a_name_from_an_earlier_cell_is_fine(course: Path, notebook: Notebook) -> None:
    change(notebook.text, "import numpy as np\n", "import numpy as np\n\npicture = 1\n")
    notebook.text.write_text(notebook.text.read_text() + "\n# %%\nprint(picture)\n")
    run("build")


def test_shown_cells_may_use_each_other(course: Path, notebook: Notebook) -> None:
    shown = '\n# %% tags=["show"]\nprint(picture)\n'
    notebook.text.write_text(notebook.text.read_text() + shown)
    run("build")


def test_what_a_test_cell_defines_is_not_there_for_others(course: Path, notebook: Notebook) -> None:
    change(notebook.text, "assert np.array_equal(double", "given = 1\nassert np.array_equal(double")
    notebook.text.write_text(notebook.text.read_text() + "\n# %%\nprint(given)\n")
    assert_refused(course, "cell 7: it needs 'given', which only a skipped cell defines")


def test_a_build_needs_a_course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONVWORK_COURSE", str(tmp_path))
    assert re.search(r"no course there \(no grader_tests/ folder\)", refusal("build"))


@pytest.mark.parametrize("line", ["import fractions as parts", "from fractions import parts"])
def test_a_shown_cell_imports_nothing(course: Path, notebook: Notebook, line: str) -> None:
    """A student who has run it uses the name, and would lose all points in grading."""
    notebook.text.write_text(notebook.text.read_text() + f'\n# %% tags=["show"]\n{line}\n')
    assert_refused(course, "cell 7: it imports 'parts'; the grader skips it")
