"""The outcome of `convwork mutants` as a table and a list of survivors."""

from collections import Counter

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from convwork.authoring.mutants import Outcome, share_caught


def table(outcomes: list[Outcome]) -> RenderableType:
    """One row for each exercise, and a total."""
    rows = Table(box=box.SIMPLE_HEAD)
    rows.add_column("Notebook")
    rows.add_column("Exercise")
    for title in ("Mutants", "Equivalent", "Caught", "Survived", "Share"):
        rows.add_column(title, justify="right")
    by_exercise: dict[tuple[str, str], list[Outcome]] = {}
    for outcome in outcomes:
        place = (outcome.mutant.notebook.name, outcome.mutant.exercise)
        by_exercise.setdefault(place, []).append(outcome)
    for place, group in by_exercise.items():
        rows.add_row(*place, *_figures(group))
    rows.add_section()
    rows.add_row("Total", "", *_figures(outcomes))
    return rows


def _figures(outcomes: list[Outcome]) -> list[str]:
    fates = Counter(outcome.fate for outcome in outcomes)
    counts = [len(outcomes), fates["equivalent"], fates["caught"], fates["survived"]]
    return [*map(str, counts), f"{share_caught(outcomes):.1%}"]


def survivors_list(outcomes: list[Outcome]) -> RenderableType:
    """Each survivor's exercise and the line that was changed."""
    return Group(
        *(
            Text(f"survived: {outcome.mutant.exercise}: {outcome.mutant.change}")
            for outcome in outcomes
            if outcome.fate == "survived"
        )
    )
