"""How strong the hidden tests are: what is caught, what survives, what is known to be the same."""

import json
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from conftest import change, one_line_failure

from convwork.authoring.build import build
from convwork.authoring.mutants import Mutant, Outcome, mutants
from convwork.authoring.references import build_references
from convwork.cli import main
from convwork.coursedir import Notebook


def measure(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["mutants", *arguments])


@pytest.fixture
def notebook(course: Path) -> Notebook:
    """The tiny notebook, not yet built."""
    return Notebook(course, "week1", "tiny")


def rebuild(notebook: Notebook) -> None:
    build(notebook.root)
    build_references(notebook)


def declare(notebook: Notebook, *entries: str) -> None:
    """Write these entries as the known equivalents."""
    text = "".join(f"[[tiny]]\n{entry}\n" for entry in entries)
    (notebook.tests.parent / "equivalent_mutants.toml").write_text(text)


def equivalent(text: str) -> str:
    """The entry of a mutant of `quadruple`."""
    return f"exercise = 'quadruple'\nchange = '{text}'\nreason = 'it computes the same'"


def test_each_mutant_changes_the_solution_in_one_place(notebook: Notebook) -> None:
    found = mutants(notebook)
    changes = {mutant.change for mutant in found if mutant.exercise == "double"}
    assert changes == {
        "return 2 * x → pass",
        "return 2 * x → return 2 / x",
        "return 2 * x → return 3 * x",
        "return 2 * x → return 1 * x",
    }
    assert len({mutant.source for mutant in found}) == len(found)
    for mutant in found:
        compile(mutant.source, mutant.change, "exec")
        assert f"def {mutant.exercise}(" in mutant.source


@pytest.mark.parametrize(
    ("caught", "known", "survived", "code"),
    [(49, 0, 1, 0), (48, 0, 1, 1), (48, 9, 1, 1), (1, 1, 0, 0), (0, 2, 0, 0), (0, 0, 2, 1)],
)
def test_98_percent_must_be_caught_of_those_that_are_no_equivalents(
    notebook: Notebook,
    monkeypatch: pytest.MonkeyPatch,
    caught: int,
    known: int,
    survived: int,
    code: int,
) -> None:
    fates = ["caught"] * caught + ["equivalent"] * known + ["survived"] * survived
    outcomes = [Outcome(Mutant(notebook, "double", "", ""), fate) for fate in fates]
    monkeypatch.setattr("convwork.authoring.mutants.judge_mutants", lambda *_: outcomes)
    assert measure().exit_code == code


def test_survivors_are_listed_unless_they_are_known_equivalents(notebook: Notebook) -> None:
    """No case asks for a negative number of times, so that the `if` may as well not be there."""
    refused = """Case(
                "a negative number of times",
                lambda rng: (1.0, -1),
                raises=ValueError,
                time_limit=2,
            ),"""
    change(notebook.tests, refused, "")
    rebuild(notebook)
    declare(notebook, equivalent("if times < 0: → if times < -1:"))
    result = measure("week1")
    assert result.exit_code == 1
    rows = [line.split() for line in result.stdout.splitlines()]
    count = Counter(mutant.exercise for mutant in mutants(notebook))
    quadruple = str(count["quadruple"])
    assert ["tiny", "double", "4", "0", "4", "0", "100.0%"] in rows
    assert ["tiny", "quadruple", quadruple, "1", str(int(quadruple) - 3), "2"] in (
        row[:6] for row in rows
    )
    assert sorted(line for line in result.stdout.splitlines() if line.startswith("survived")) == [
        "survived: quadruple: if times < 0: → if False:",
        'survived: quadruple: raise ValueError("times must not be negative") → pass',
    ]


DOUBLE = "exercise = 'double'\nchange = 'return 2 * x → {}'"


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        (
            DOUBLE.format("return 4 * x") + "\nreason = 'why'",
            "mutants that do not exist: double: return 2 * x → return 4 * x",
        ),
        (
            equivalent("return 2 * x → pass"),
            "mutants that do not exist: quadruple: return 2 * x → pass",
        ),
        (DOUBLE.format("pass"), "an entry needs exercise, change and reason"),
        ("exercise = double", "equivalent_mutants.toml: "),
    ],
)
def test_an_entry_that_excuses_nothing_is_refused(tiny: Notebook, entry: str, says: str) -> None:
    declare(tiny, entry)
    assert says in one_line_failure(measure())


# Mutants of this solution loop for ever, end their process, or answer with 80 MB.
AWFUL = """    if times < 0:
        raise ValueError("times must not be negative")
    "alive" or __import__("os")._exit(1)
    left = times
    while left > 0:
        x = double(double(x))
        left -= 1
    return x, times, np.zeros(0 and 10_000_000)
"""
CAUGHT = (
    '"alive" or __import__("os")._exit(1) → "alive" and __import__("os")._exit(1)',
    "left -= 1 → pass",
    "left -= 1 → left += 1",
    "left -= 1 → left = 1",
    "return x, times, np.zeros(0 and 10_000_000) → return x, times, np.zeros(0 or 10_000_000)",
)
# No call gets to these: "alive" is true, and nothing and something is nothing.
HARMLESS = ("_exit", "0 and")


def test_a_mutant_that_hangs_or_dies_is_caught(notebook: Notebook) -> None:
    text = notebook.text.read_text()
    start = text.index("    if times < 0:")
    change(notebook.text, text[start : text.index("    ### END SOLUTION", start)], AWFUL)
    change(notebook.tests, "time_limit=2", "time_limit=0.2")
    rebuild(notebook)
    outcomes = json.loads(measure("--json").stdout)
    fates = {(outcome["exercise"], outcome["change"]): outcome["fate"] for outcome in outcomes}
    assert {fates["quadruple", text] for text in CAUGHT} == {"caught"}
    for (_, text), fate in fates.items():
        assert fate == "caught" or any(part in text for part in HARMLESS), text
