"""What an instructor sees while a class is graded, and at the end."""

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from convwork.grading.engine import Result
from convwork.grading.plain import one_line


class ClassProgress:
    """A bar with rate and time left; afterwards a summary."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=console,
        )
        self._task = self._bar.add_task("starting", total=None, rate="")
        self._began = time.monotonic()
        self._results: list[Result] = []
        self._already = 0
        self._notices: list[str] = []

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._bar.stop()

    @property
    def failed(self) -> int:
        """How many submissions got no grade."""
        return sum(bool(result.failed) for result in self._results)

    def start(self, due: int, already: int, notices: list[str]) -> None:
        """Begin, with so many submissions to grade and so many graded before."""
        self._already = already
        self._notices = notices
        self._began = time.monotonic()
        self._bar.update(self._task, description="grading", total=due)

    def take(self, result: Result) -> None:
        """One submission is done."""
        self._results.append(result)
        self._bar.update(self._task, advance=1, rate=f"{self._rate():.0f} a minute")

    def summarise(self) -> None:
        """How many were graded, and which submissions need a look."""
        graded = len(self._results) - self.failed
        said = f"{_submissions(graded)} graded"
        if graded:
            mean = sum(r.score for r in self._results if not r.failed) / graded
            said += f", {mean:.1f} points on average, {self._rate():.0f} a minute"
        if self.failed:
            said += f"; {self.failed} without a grade"
        if self._already:
            said += f"; {self._already} graded before (again with --force)"
        self._console.print(said, highlight=False)
        for notice in self._notices:
            self._console.print(one_line(notice), markup=False, highlight=False, soft_wrap=True)
        odd = [result for result in self._results if result.failed or result.remarks]
        if odd:
            self._console.print(_table(odd))

    def _rate(self) -> float:
        return 60 * len(self._results) / max(time.monotonic() - self._began, 1e-3)


def _table(results: list[Result]) -> Table:
    table = Table("student", "points", "why it needs a look", title="Needs a look", box=None)
    for result in results:
        points = "none" if result.failed else f"{result.score:g}"
        why = ([f"failed: {result.failed}"] if result.failed else []) + result.remarks
        told = "\n".join(map(one_line, why))
        table.add_row(*map(Text, (one_line(result.student), points, told)))
    return table


def _submissions(count: int) -> str:
    return f"{count} submission{'' if count == 1 else 's'}"
