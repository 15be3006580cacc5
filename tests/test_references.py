"""References: what the solutions answer, kept, proven to be current, and refused where wrong."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import h5py
import nbformat
import numpy as np
import pytest
from click.testing import CliRunner
from conftest import change, one_line_failure

from convwork.authoring.classroom import solved
from convwork.authoring.references import build_references, side_by_side, stale_references
from convwork.cli import main
from convwork.coursedir import Notebook
from convwork.grading.references import open_references

Work = Callable[[Notebook], object]
CHECK = ("references", "--check")
CASES = ("floats", "integers", "one number")


def run(*arguments: str) -> str:
    """The output of a command that succeeds."""
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refusal(*arguments: str) -> str:
    return one_line_failure(CliRunner().invoke(main, arguments))


@pytest.fixture(autouse=True)
def one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """For the command: another process takes seconds to start, and there is one notebook."""

    def work_here(work: Work, chosen: list[Notebook]) -> Iterator[tuple[Notebook, object]]:
        return ((notebook, work(notebook)) for notebook in chosen)

    monkeypatch.setattr("convwork.authoring.references.side_by_side", work_here)


@pytest.fixture
def notebook(course: Path) -> Notebook:
    """The tiny notebook, without references."""
    return Notebook(course, "week1", "tiny")


def test_references_are_what_the_solution_answers(tiny: Notebook) -> None:
    with open_references(tiny.references) as references:
        for case in CASES:
            seen = set()
            for variant in range(references.variants("double", case)):
                (x,) = references.inputs("double", case, variant)
                answer = references.answer("double", case, variant)
                assert answer["error"] is None
                assert not answer["modified"]
                for value in answer["answers"]:
                    assert np.array_equal(value, np.add(x, x))
                assert references.misconceptions("double", case, variant) == ["square", "half"]
                square = references.misconception("double", case, variant, "square")
                half = references.misconception("double", case, variant, "half")
                assert np.allclose(square["answers"][0], np.square(x))
                assert np.allclose(half["answers"][0], np.divide(x, 2))
                seen.add(np.asarray(x).tobytes())
            assert len(seen) > 1
        refused = references.answer("quadruple", "a negative number of times", 0)
        assert refused["error"]["types"][0] == "ValueError"


def test_a_rebuild_writes_the_same_bytes(tiny: Notebook) -> None:
    before = tiny.references.read_bytes()
    tiny.references.unlink()
    assert run("references") == "week1/tiny: written\n"
    assert tiny.references.read_bytes() == before
    assert run(*CHECK) == "week1/tiny: checked\n"
    assert run("references", "week1", "tiny", "--check") == "week1/tiny: checked\n"
    assert tiny.references.read_bytes() == before


def test_several_notebooks_are_run_side_by_side(tiny: Notebook) -> None:
    """Each in a process of its own."""
    other = Notebook(tiny.root, "week1", "other")
    for mine, copy in ((tiny.text, other.text), (tiny.tests, other.tests)):
        shutil.copy(mine, copy)
    before = tiny.references.read_bytes()
    assert dict(side_by_side(build_references, [tiny, other])) == {tiny: None, other: None}
    assert tiny.references.read_bytes() == before
    assert stale_references(other) == []


@pytest.mark.parametrize(
    ("part", "old", "new", "stale"),
    [
        ("text", "return 2 * x", "return 0 + 2 * x * 1.001", "double/floats/0/answer"),
        ("tests", "rng.normal(size=(2, 3))", "rng.normal(size=(3, 2))", "double/floats/0/inputs"),
        ("tests", '{"2 * x": "x / 2"}', '{"2 * x": "x / 4"}', "double/floats/0/misconceptions"),
        ("tests", 'Case("floats"', 'Case("fractions"', "double/floats/0/answer"),
    ],
)
def test_the_check_names_what_changed(
    tiny: Notebook, part: str, old: str, new: str, stale: str
) -> None:
    change(getattr(tiny, part), old, new)
    said = refusal(*CHECK)
    assert said.startswith(f"references out of date: week1/tiny: {stale}")
    run("references")
    run(*CHECK)


def test_the_check_sees_one_changed_number(tiny: Notebook) -> None:
    with h5py.File(tiny.references, "r+") as file:
        file["double"]["<f8"][0] += 1e-2
    assert "out of date: week1/tiny: double/" in refusal(*CHECK)


def test_the_check_sees_a_lost_exercise(tiny: Notebook) -> None:
    with h5py.File(tiny.references, "r+") as file:
        del file["quadruple"]
    assert "out of date: week1/tiny: quadruple/once/0/inputs" in refusal(*CHECK)


def test_the_check_overlooks_the_numbers_of_layers(tiny: Notebook) -> None:
    """Keras counts on from notebook to notebook, so its messages hold other numbers each time."""
    number = "(10 ** (__import__('time').time_ns() % 3))"
    message = f"30 * ('conv2d_%d ' % {number})"  # so long that it is cut
    change(tiny.tests, '"x / 2"', f'"dict()[{message}]"')
    run("references")
    run(*CHECK)


def test_the_check_overlooks_what_a_processor_calls_its_operations(tiny: Notebook) -> None:
    """As TensorFlow does where a processor has instructions for neural networks."""
    node = "{{{{function_node __wrapped__{}_device_/job:localhost}}}} Matrix size-incompatible"
    change(tiny.tests, '"x / 2"', f'"dict()[{node.format("MatMul")!r}]"')
    run("references")
    change(tiny.tests, "MatMul", "__MklMatMul")
    run(*CHECK)
    change(tiny.tests, "MatMul", "Mul")
    assert "double/floats/0/misconceptions/half" in refusal(*CHECK)


def test_a_seed_draws_fresh_inputs_and_stays(tiny: Notebook) -> None:
    def inputs() -> set[bytes]:
        with open_references(tiny.references) as references:
            return {references.inputs("double", "floats", i)[0].tobytes() for i in range(5)}

    first = inputs()
    run("references", "--seed", "7")
    second = inputs()
    assert not first & second
    run(*CHECK)
    run("references")  # without a seed: the one that the file has
    assert inputs() == second
    run("references", "--seed", "0")
    assert inputs() == first


TWICE, ABOVE = '{"2 * x": "x * x"}', "raise ValueError"
REFUSED: dict[str, tuple[str, str, str, str]] = {
    "a misconception that is right": (
        "tests",
        TWICE,
        '{"2 * x": "x + x"}',
        "week1/tiny: double: the misconception 'square' fails no case in all of its variants",
    ),
    "a misconception that is right now and then": (
        "tests",
        TWICE,
        '{"2 * x": "2 * x if np.sum(x) % 1 < 0.5 else 3 * x"}',
        "the misconception 'square' fails no case in all of its variants",
    ),
    "an edit of what is not there": (
        "tests",
        TWICE,
        '{"4 * x": "x * x"}',
        "week1/tiny: double: misconception 'square': '4 * x' occurs 0 times in the solution",
    ),
    "an edit of what is there twice": (
        "tests",
        TWICE,
        '{"x": "y"}',
        "misconception 'square': 'x' occurs",
    ),
    "a solution that raises": (
        "text",
        "return 2 * x",
        "return 2 * x + missing",
        "week1/tiny/double/floats/0: the solution itself fails: it raised NameError: name",
    ),
    "a solution that does not raise": (
        "text",
        "if times < 0",
        "if times < -9",
        "times/0: the solution itself fails: want ValueError to be raised, got",
    ),
    "a solution that raises something else": (
        "text",
        ABOVE,
        "raise KeyError",
        "the solution itself fails: want ValueError to be raised, it raised KeyError",
    ),
    "a solution that spoils its input": (
        "text",
        "    ### BEGIN SOLUTION\n    return 2 * x",
        "    ### BEGIN SOLUTION\n    if np.ndim(x):\n        x[0] = 1\n    return 2 * x",
        "the solution itself fails: the call changed its inputs",
    ),
    "a solution that is not finite": (
        "text",
        "return 2 * x",
        "return 2 * x * np.nan",
        "week1/tiny/double/floats/0: the solution itself fails",
    ),
    "inputs that are no tuple": (
        "tests",
        "(rng.normal(size=(2, 3)),)",
        "rng.normal(size=(2, 3))",
        "week1/tiny/double/floats/0: inputs must be a tuple of arguments",
    ),
    "an exercise without a stub": (
        "tests",
        '"quadruple",',
        '"fourfold",',
        "week1/tiny: no solution cell for exercise 'fourfold'",
    ),
}


@pytest.mark.parametrize(("part", "old", "new", "says"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_a_reference_is_refused(
    notebook: Notebook, part: str, old: str, new: str, says: str
) -> None:
    change(getattr(notebook, part), old, new)
    assert says in refusal("references")
    assert not notebook.references.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["week9"], "unknown week 'week9'; there is week1"),
        (["week1", "tidy"], "no notebook 'tidy' in week1"),
    ],
)
def test_an_unknown_notebook_is_refused(course: Path, arguments: list[str], says: str) -> None:
    assert refusal("references", *arguments) == says


def _cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def _other(content: bytes) -> bytes:
    return b"not HDF5 at all\n" * 100


def _nothing(content: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("spoil", [None, _cut, _other, _nothing])
@pytest.mark.parametrize("command", ["check", "references"])
def test_spoilt_references_are_told_in_one_sentence(
    tiny: Notebook, tmp_path: Path, command: str, spoil: Callable[[bytes], bytes] | None
) -> None:
    content = tiny.references.read_bytes()
    if spoil is None:
        tiny.references.unlink()
        says = f"{tiny.references}: no such file; make it with `convwork references`"
    else:
        tiny.references.write_bytes(spoil(content))
        says = f"{tiny.references}: not a readable HDF5 file; rebuild it with `convwork references`"
    path = tmp_path / "mine.ipynb"
    nbformat.write(solved(tiny), path)
    arguments = CHECK if command == "references" else ("check", str(path))
    assert refusal(*arguments) == says


def test_garbled_references_are_current_or_refused(tiny: Notebook) -> None:
    """Whatever is changed in the file, there is a sentence and no traceback."""
    content = tiny.references.read_bytes()
    generator = np.random.default_rng(0)
    refused = 0
    for _ in range(20):
        data = np.frombuffer(content, np.uint8).copy()
        data[generator.integers(len(data), size=40)] = generator.integers(256, size=40)
        tiny.references.write_bytes(data.tobytes())
        result = CliRunner().invoke(main, CHECK)
        assert result.exit_code == 0 or one_line_failure(result)
        refused += result.exit_code
    assert refused > 3
