"""The two tiers: what a proof depends on, and when it is made again."""

import shutil
import sys
import tomllib
from pathlib import Path

import pytest
from conftest import ROOT, change
from dependencies import Dependencies

from convwork.errors import ConvworkError

pytest_plugins = ["pytester"]

TESTS = """
from pathlib import Path

import pytest

from convwork.coursedir import Notebook

NOTEBOOKS = [Notebook(Path(), "week1", "first"), Notebook(Path(), "week1", "second")]
SOLUTIONS = sorted((Path(__file__).parent / "right_solutions").glob("*/*/*.py"))
OUTCOME = Path(__file__).with_name("outcome.txt")

def test_quick():
    import helper

@pytest.mark.verify(
    depends=("datasets/*.h5", "grader_tests/{week}/known.toml"), uses=("convwork.commands",)
)
@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=str)
def test_whole(notebook):
    if OUTCOME.read_text() == f"{notebook.name} skipped":
        pytest.skip("not today")
    assert OUTCOME.read_text() != f"{notebook.name} failed"

@pytest.mark.verify
@pytest.mark.parametrize("path", SOLUTIONS, ids=lambda path: path.stem)
def test_solution(path):
    assert path.name == "loops.py"
"""
FILES = {
    "pyproject.toml": "[tool.pytest.ini_options]\ntestpaths = ['tests']",
    "constraints.txt": "numpy==2.0",
    "nbgrader_config.py": "",
    "notebooks/week1/first.py": "from convwork.course import networks",
    "notebooks/week1/second.py": "",
    "source/week1/first.ipynb": "{}",
    "release/week1/first.ipynb": "{}",
    "grader_tests/week1/first.py": "",
    "grader_tests/week1/first.h5": "first",
    "grader_tests/week1/second.h5": "second",
    "grader_tests/week1/known.toml": "",
    "datasets/photos.h5": "photos",
    "datasets/README.md": "photos",
    "src/convwork/__init__.py": "",
    "src/convwork/course/__init__.py": "",
    "src/convwork/course/networks.py": "from . import layers",
    "src/convwork/course/layers.py": "",
    "src/convwork/commands.py": "def main():\n    import convwork.grading",
    "src/convwork/grading/__init__.py": 'KERNEL = "convwork.grading.kernel"',
    "src/convwork/grading/kernel.py": "",
    "src/convwork/grading/page.html": "",
    "src/convwork/unused.py": "",
    "tests/helper.py": "from deeper.helper import something",
    "tests/deeper/__init__.py": "",
    "tests/deeper/helper.py": "something = 1",
    "tests/conftest.py": 'pytest_plugins = ["proofs"]',
    "tests/outcome.txt": "passed",
    "tests/test_course.py": TESTS,
    "tests/right_solutions/week1/first/loops.py": "",
    "tests/golden/week1/first/half.toml": "",
}
FIRST, SECOND = "test_course.py week1/first", "test_course.py week1/second"


@pytest.fixture
def root(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A course of two notebooks, and a test file with tests of both tiers."""
    for name, text in FILES.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    for name in ("proofs", "dependencies"):
        monkeypatch.delitem(sys.modules, name)  # the course's own is imported
        shutil.copy(ROOT / f"tests/{name}.py", pytester.path / "tests")
    return pytester.path


def digest(root: Path) -> str:
    """The digest of the first notebook's proof."""
    found = Dependencies(root)
    files = found.test_module(root / "tests/test_course.py") | found.notebook("week1/first")
    files |= found.matching("datasets/*.h5") | found.matching("grader_tests/week1/known.toml")
    files |= found.module("convwork.commands")
    return found.digest(found.closure(files))


UNRELATED = {
    "notebooks/week1/second.py",
    "grader_tests/week1/second.h5",
    "datasets/README.md",
    "src/convwork/unused.py",
    "tests/outcome.txt",
}


@pytest.mark.parametrize("name", sorted(FILES.keys() - UNRELATED))
def test_a_digest_changes_with_each_input(root: Path, name: str) -> None:
    before = digest(root)
    (root / name).write_text(FILES[name] + "\n# changed")
    assert digest(root) != before


@pytest.mark.parametrize("name", sorted(UNRELATED))
def test_a_digest_does_not_change_with_anything_else(root: Path, name: str) -> None:
    before = digest(root)
    (root / name).write_text("# changed")
    (root / "src/convwork/new.py").write_text("# new")
    assert digest(root) == before


@pytest.mark.parametrize(
    "name",
    [
        "datasets/new.h5",
        "tests/golden/week1/first/new.toml",
        "tests/right_solutions/week1/first/new.py",
        "grader_tests/week1/first.toml",
        "src/convwork/grading/new.css",
    ],
)
def test_a_digest_changes_with_a_new_file(root: Path, name: str) -> None:
    before = digest(root)
    (root / name).write_text("")
    assert digest(root) != before


def test_a_digest_changes_with_a_name(root: Path) -> None:
    before = digest(root)
    (root / "datasets/photos.h5").rename(root / "datasets/pictures.h5")
    assert digest(root) != before


def test_a_digest_changes_with_python(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest(root)
    monkeypatch.setattr(sys, "version_info", (3, 99, 0))
    assert digest(root) != before


def test_what_does_not_exist_is_no_dependency(root: Path) -> None:
    with pytest.raises(ConvworkError, match=r"no file matches 'data/\*'"):
        Dependencies(root).matching("data/*")
    with pytest.raises(ConvworkError, match=r"no module 'convwork\.comands'"):
        Dependencies(root).module("convwork.comands")


def test_a_package_counts_with_all_that_is_in_it(root: Path) -> None:
    names = {path.name for path in Dependencies(root).module("convwork.grading")}
    assert names == {"__init__.py", "kernel.py", "page.html"}


# --- what is run, and what is written ------------------------------------------------------------


def run(pytester: pytest.Pytester, *options: str, **outcomes: int) -> pytest.RunResult:
    result = pytester.runpytest_inprocess(*options)
    assert result.parseoutcomes() == outcomes
    return result


def verify(pytester: pytest.Pytester, *options: str, **outcomes: int) -> pytest.RunResult:
    """As `make verify` does."""
    return run(pytester, "--tier", "verify", "--record", *options, **outcomes)


def proved(root: Path) -> list[str]:
    return list(tomllib.loads((root / "tests/proofs.toml").read_text()))


def test_the_first_tier(pytester: pytest.Pytester, root: Path) -> None:
    result = run(pytester, passed=1, deselected=3)
    assert result.ret == 0
    result.stdout.fnmatch_lines("second tier: 3 tests, by `make verify`")
    assert not (root / "tests/proofs.toml").exists()


@pytest.mark.parametrize("workers", [(), ("-n", "2", "--dist", "loadgroup")])
def test_a_current_proof_is_not_made_again(
    pytester: pytest.Pytester, root: Path, workers: tuple[str, ...]
) -> None:
    deselected = {} if workers else {"deselected": 1}
    result = verify(pytester, *workers, passed=3, **deselected)
    assert result.ret == 0
    result.stdout.fnmatch_lines("proofs: 0 current, 2 made, 0 not made")
    assert proved(root) == [FIRST, SECOND]
    (root / "grader_tests/week1/second.h5").write_text("changed")
    deselected = {} if workers else {"deselected": 3}
    result = verify(pytester, *workers, passed=1, **deselected)
    result.stdout.fnmatch_lines("proofs: 1 current, 1 made, 0 not made")
    result = verify(pytester, *workers, **({} if workers else {"deselected": 4}))
    assert result.ret == 0
    result.stdout.fnmatch_lines("proofs: 2 current, 0 made, 0 not made")


@pytest.mark.parametrize(
    ("name", "passed"),
    [
        ("grader_tests/week1/second.h5", 1),
        ("grader_tests/week1/first.h5", 2),
        ("grader_tests/week1/known.toml", 3),
        ("datasets/photos.h5", 3),
        ("src/convwork/grading/kernel.py", 3),
        ("tests/deeper/helper.py", 3),
    ],
)
def test_a_proof_is_made_again_after_a_change(
    pytester: pytest.Pytester, root: Path, name: str, passed: int
) -> None:
    verify(pytester, passed=3, deselected=1)
    (root / name).write_text("something = 2")
    verify(pytester, passed=passed, deselected=4 - passed)
    verify(pytester, deselected=4)


def test_only_a_recording_run_writes(pytester: pytest.Pytester, root: Path) -> None:
    run(pytester, "--tier", "verify", passed=3, deselected=1)
    assert not (root / "tests/proofs.toml").exists()


def test_all_proofs_are_made_afresh(pytester: pytest.Pytester, root: Path) -> None:
    verify(pytester, passed=3, deselected=1)
    verify(pytester, "--fresh", passed=3, deselected=1)


@pytest.mark.parametrize("outcome", ["failed", "skipped"])
@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_what_did_not_pass_is_not_proved(
    pytester: pytest.Pytester, root: Path, outcome: str, workers: tuple[str, ...]
) -> None:
    (root / "tests/outcome.txt").write_text(f"first {outcome}")
    deselected = {} if workers else {"deselected": 1}
    result = verify(pytester, *workers, passed=2, **{outcome: 1}, **deselected)
    result.stdout.fnmatch_lines(f"not proved: {FIRST}")
    assert proved(root) == [SECOND]


def test_a_failure_undoes_a_proof_and_a_skip_does_not(
    pytester: pytest.Pytester, root: Path
) -> None:
    verify(pytester, passed=3, deselected=1)
    (root / "tests/outcome.txt").write_text("first skipped")
    verify(pytester, "--fresh", passed=2, skipped=1, deselected=1)
    assert proved(root) == [FIRST, SECOND]
    (root / "tests/outcome.txt").write_text("first failed")
    verify(pytester, "--fresh", passed=2, failed=1, deselected=1)
    assert proved(root) == [SECOND]


def test_a_part_of_a_proof_proves_nothing(pytester: pytest.Pytester, root: Path) -> None:
    verify(pytester, "-k", "whole", passed=2, deselected=2)
    assert proved(root) == [SECOND]
    options = ("--tier", "verify", "--record", "tests/test_course.py::test_whole")
    result = pytester.runpytest_inprocess(*options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("ERROR: --record needs whole files*")


def test_proofs_of_nothing_are_dropped(pytester: pytest.Pytester, root: Path) -> None:
    (root / "tests/test_other.py").write_text("def test_it(): pass")
    ledger = root / "tests/proofs.toml"
    kept, *gone = "test_other.py", "test_gone.py", "test_course.py week9/gone"
    ledger.write_text("".join(f'"{name}" = "0"\n' for name in (kept, *gone)))
    verify(pytester, "tests/test_course.py", passed=3, deselected=1)
    assert proved(root) == [FIRST, SECOND, kept]


def test_a_slip_in_a_marker_is_named(pytester: pytest.Pytester, root: Path) -> None:
    change(root / "tests/test_course.py", "datasets/*.h5", "dataset/*.h5")
    result = pytester.runpytest_inprocess("--tier", "verify")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("ERROR: *marker verify: no file matches 'dataset/*.h5'")


def test_a_spoilt_ledger_is_named(pytester: pytest.Pytester, root: Path) -> None:
    (root / "tests/proofs.toml").write_text("<<<<<<< HEAD")
    result = pytester.runpytest_inprocess("--tier", "verify")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("ERROR: */tests/proofs.toml: *")


GROUPS = """
import pytest

@pytest.fixture(scope="module")
def expensive(): pass

def test_anywhere(): pass

def test_shares_1(expensive): pass

@pytest.mark.xdist_group("own")
def test_own(expensive): pass

def test_shares_2(expensive): pass
"""
LIST_OF_TESTS = """
from pathlib import Path

pytest_plugins = ["proofs"]

def pytest_collection_finish(session):
    names = [item.nodeid.split("::")[1] for item in session.items]
    Path("list.txt").write_text("\\n".join(names))
"""


def test_groups_for_workers(pytester: pytest.Pytester, root: Path) -> None:
    """What shares a fixture, then what is about a notebook, then what may go anywhere."""
    (root / "tests/test_a.py").write_text(GROUPS)
    (root / "tests/conftest.py").write_text(LIST_OF_TESTS)
    run(pytester, "-n", "1", "--dist", "loadgroup", passed=5)
    assert (root / "list.txt").read_text().split() == [
        "test_shares_1@test_a.py",
        "test_own@own",
        "test_shares_2@test_a.py",
        "test_anywhere",
        "test_quick",
    ]
    run(pytester, "-n", "1", "--dist", "loadgroup", "--tier", "verify", passed=3)
    assert (root / "list.txt").read_text().split() == [
        "test_whole[week1/first]@week1/first",
        "test_whole[week1/second]@week1/second",
        "test_solution[loops]@week1/first",
    ]


def test_the_ledger_of_the_course_is_in_order() -> None:
    """Sorted, one line a proof, so that two people's proofs merge."""
    lines = (ROOT / "tests/proofs.toml").read_text().splitlines()
    proofs = [line for line in lines if not line.startswith("#")]
    assert proofs == sorted(proofs)
    assert len(tomllib.loads("\n".join(proofs))) == len(proofs)
