"""What the demonstration says: its steps, and in the end what came of them."""

import time
from types import TracebackType
from typing import Self

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table

from convwork.authoring.demo import CLASS, GRADES, REPORTS, Demo


class Steps:
    """A line for each step that was done, with the time since the start.

    On a terminal it also shows what is being done.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._status = console.status("starting …")
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        self._status.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._status.stop()

    def begin(self, step: str) -> None:
        """Show what is being done."""
        self._status.update(f"{step} …")

    def done(self, step: str) -> None:
        """Print what was done."""
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        line = f"{minutes}:{seconds:02}  {step}"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


def what_came_of_it(demo: Demo) -> RenderableType:
    """The grades, one row for each notebook, and what each student did for them."""
    return Group(_grades(demo), _students())


def places(demo: Demo) -> str:
    """Where the results are."""
    return (
        f"Feedback pages: {demo.folder}/feedback/<student>/<week>/<notebook>.html\n"
        f"Reports:        {demo.folder}/{REPORTS}/<week>.html\n"
        f"Grades as CSV:  {demo.folder}/{GRADES}"
    )


def _grades(demo: Demo) -> Table:
    table = Table(title="Grades of the demonstration", box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("Notebook", no_wrap=True)
    for heading in ("Points", *CLASS):
        table.add_column(heading, justify="right", no_wrap=True)
    for (week, notebook), points in demo.points.items():
        scores = [demo.scores.get((student, week, notebook)) for student in CLASS]
        told = ["–" if score is None else _short(score) for score in scores]
        table.add_row(f"{week} {notebook}", _short(points), *told)
    table.add_section()
    totals = [
        sum(score for (who, *_), score in demo.scores.items() if who == student)
        for student in CLASS
    ]
    table.add_row("Total", _short(sum(demo.points.values())), *map(_short, totals))
    return table


def _students() -> Table:
    table = Table.grid(padding=(0, 2))
    for student, work in CLASS.items():
        table.add_row(student, work.__doc__)
    return table


def _short(points: float) -> str:
    """At most one decimal: six such columns fit into 80 characters."""
    return f"{round(points, 1):g}"
