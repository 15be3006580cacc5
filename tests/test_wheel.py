"""What students install: the package and its data, no answers, and all that a notebook needs."""

import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from conftest import ROOT
from nbclient import NotebookClient
from nbformat import NotebookNode

from convwork.authoring import texts
from convwork.coursedir import Notebook, notebooks
from convwork.grading.handout import HIDDEN

# Prints where convwork and its parts come from, and what a student's commands may find.
WHERE = """
import sys
from pathlib import Path

import convwork.course
from convwork.coursedir import find_root
from convwork.course.data import datasets_folder
from convwork.errors import ConvworkError

for module in list(sys.modules.values()):
    if module.__name__.startswith("convwork"):
        print(Path(module.__file__))
print(datasets_folder())
try:
    find_root()
except ConvworkError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built as for a release."""
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (path,) = folder.iterdir()
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel installs."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, "--target", folder, wheel], check=True, capture_output=True)
    return folder


@pytest.fixture
def student(installed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, where Python finds the wheel before the repository."""
    monkeypatch.setenv("PYTHONPATH", str(installed))
    monkeypatch.delenv("CONVWORK_COURSE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_wheel_holds_the_package_and_the_data(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = set(file.namelist())
    package = {
        str(path.relative_to(ROOT / "src"))
        for path in (ROOT / "src" / "convwork").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    data = {
        f"convwork/{path.relative_to(ROOT)}"
        for path in (ROOT / "datasets").rglob("*")
        if path.is_file()
    }
    about = {name for name in names if ".dist-info/" in name}
    assert names == package | data | about
    assert {"convwork/datasets/photos.h5", "convwork/datasets/fashion.h5"} <= names
    assert {Path(name).name for name in about} >= {"LICENSE", "NOTICE", "entry_points.txt"}


@pytest.mark.parametrize("notebook", notebooks(ROOT), ids=str)
def test_the_wheel_holds_no_answers(wheel: Path, notebook: Notebook) -> None:
    solutions = texts.solutions(texts.read_text(notebook)).values()
    secrets = [solution.encode() for text in solutions for solution in bodies(text)]
    secrets += [notebook.tests.read_bytes()[:2000], notebook.references.read_bytes()[:2000]]
    assert len(secrets) > 2
    with zipfile.ZipFile(wheel) as file:
        for name in file.namelist():
            assert not Path(name).match("*.ipynb")
            content = file.read(name)
            for secret in secrets:
                assert secret not in content, f"{name} holds {secret!r}"


def bodies(solution: str) -> list[str]:
    """What stands between the markers of a solution cell."""
    parts = solution.split(f"{texts.BEGIN_SOLUTION}\n")[1:]
    return [part.split(texts.END_SOLUTION)[0].strip() for part in parts]


def test_all_of_it_comes_from_the_wheel(student: Path, installed: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", WHERE], check=True, capture_output=True, text=True, cwd=student
    )
    *places, message = result.stdout.splitlines()
    assert len(places) > 5
    assert all(Path(place).is_relative_to(installed / "convwork") for place in places)
    assert message.startswith("no course directory found: the hidden tests live in the course's")


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--version"], 0, "convwork, version "),
        (["check", "missing.ipynb"], 1, "convwork: missing.ipynb: No such file"),
        (["check", "mine.ipynb"], 1, "convwork: no course directory found"),
        (["build"], 1, "convwork: no course directory found"),
    ],
)
def test_the_command_works_and_needs_the_course(
    student: Path, installed: Path, arguments: list[str], code: int, says: str
) -> None:
    nbformat.write(nbformat.v4.new_notebook(), "mine.ipynb")
    result = subprocess.run(
        [installed / "bin" / "convwork", *arguments], check=False, capture_output=True, text=True
    )
    assert result.returncode == code
    assert (result.stdout + result.stderr).startswith(says)
    assert "Traceback" not in result.stderr


@pytest.mark.verify(depends=("datasets/*",))
@pytest.mark.parametrize("notebook", notebooks(ROOT), ids=str)
def test_a_solved_notebook_runs_with_the_wheel_alone(
    student: Path, installed: Path, notebook: Notebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a student reads nothing in red, such as TensorFlow's remarks on graphics cards."""
    monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
    # With it, a kernel would not show what libraries write to its stderr.
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    nb = texts.read_text(notebook)
    for cell in nb.cells:
        cell.source = HIDDEN.sub("", cell.source)
    nb.cells.append(nbformat.v4.new_code_cell("import convwork; print(convwork.__file__)"))
    place = {"metadata": {"path": str(student)}}
    NotebookClient(nb, timeout=240, resources=place).execute()
    assert nb.cells[-1].outputs[0].text.strip() == str(installed / "convwork" / "__init__.py")
    assert [text for text in outputs(nb) if text.get("name") == "stderr"] == []
    assert not list(student.iterdir())


def outputs(nb: NotebookNode) -> list[NotebookNode]:
    return [output for cell in nb.cells for output in cell.get("outputs", ())]
