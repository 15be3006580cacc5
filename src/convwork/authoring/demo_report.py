"""The demonstration's grades as a table."""

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from convwork.authoring.demo import CLASS, Demo


def grades_table(demo: Demo) -> RenderableType:
    """One row for each notebook, one column for each student, and what each student did."""
    rows = Table(title="Grades of the demonstration", box=box.SIMPLE_HEAD, title_justify="left")
    rows.add_column("Notebook", no_wrap=True)
    rows.add_column("Points", justify="right")
    for student in CLASS:
        rows.add_column(student, justify="right")
    for (week, notebook), points in demo.points.items():
        scores = [demo.scores.get((student, week, notebook)) for student in CLASS]
        told = ["–" if score is None else f"{score:g}" for score in scores]
        rows.add_row(f"{week} {notebook}", f"{points:g}", *told)
    rows.add_section()
    totals = [
        sum(score for (who, *_), score in demo.scores.items() if who == student)
        for student in CLASS
    ]
    rows.add_row("Total", f"{sum(demo.points.values()):g}", *(f"{total:g}" for total in totals))
    said = [Text(f"{student}: {work.__doc__}") for student, work in CLASS.items()]
    return Group(rows, *said)
