"""The report's page: one HTML file that needs nothing else."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path
from statistics import mean, median
from urllib.parse import quote

import nbformat
from jinja2 import Environment, PackageLoader

from convwork import coursedir
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.files import write_atomically
from convwork.grading.verdicts import ExerciseVerdict, Kind, NotebookVerdict
from convwork.report.likeness import ALIKE, FEW, MANY, Likeness, alike
from convwork.report.records import (
    GradedNotebook,
    OnProgress,
    Submission,
    Week,
    read_week,
    written_code,
)

BINS = 10  # of the distribution of grades
MOST = 300  # rows of one table: a page is to be read
PAIRS = 40  # shown side by side


@dataclass(frozen=True)
class Bin:
    """So many submissions have from `low` to `high` per cent of the points."""

    low: int
    high: int
    count: int


@dataclass(frozen=True)
class Success:
    """How many of a class solved an exercise or a case."""

    name: str
    solved: int
    of: int
    points: float = 0.0
    mean: float = 0.0
    cases: tuple["Success", ...] = ()

    @property
    def percent(self) -> float:
        return 100 * self.solved / self.of


@dataclass(frozen=True)
class Met:
    """A misconception, who met it, and the page of one of them."""

    sentence: str
    exercise: str
    students: tuple[str, ...]
    example: str


@dataclass(frozen=True)
class Look:
    """A submission that needs a look, and why."""

    student: str
    page: str
    reasons: tuple[str, ...]


def write_report(root: Path, week: str, page: Path, on_progress: OnProgress) -> None:
    """Write the page on a week. Raises ConvworkError if there is nothing to report, or no place."""
    text = render(read_week(root, week, on_progress), coursedir.notebooks(root, week), page)
    try:
        write_atomically(page, text)
    except OSError as error:
        raise ConvworkError(f"{page}: {error.strerror}; name another place by --output") from error


def render(week: Week, notebooks: list[Notebook], page: Path) -> str:
    """The page's HTML. page: where it will lie, for its links."""
    likenesses = [pair for notebook in notebooks for pair in _likenesses(week, notebook)]
    environment = Environment(
        loader=PackageLoader("convwork.report", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    scores = [submission.final_score for submission in week.graded]
    return environment.get_template("page.html.j2").render(
        week=week,
        mean=mean(scores),
        median=median(scores),
        bins=_bins(scores, week.points),
        successes={notebook.name: _successes(week, notebook.name) for notebook in notebooks},
        misconceptions=sorted(_misconceptions(week, page), key=lambda met: -len(met.students)),
        looks=_looks(week, likenesses, page)[:MOST],
        likenesses=likenesses[:PAIRS],
        left_out=max(len(likenesses) - PAIRS, 0),
        share=ALIKE,
        many=max(FEW, int(MANY * len(week.graded))),
        times=[_times(week, notebook.name) for notebook in notebooks],
    )


def _bins(scores: list[float], points: float) -> list[Bin]:
    width = 100 // BINS
    places = Counter(min(int(100 * score / points) // width, BINS - 1) for score in scores)
    return [Bin(i * width, (i + 1) * width, places[i]) for i in range(BINS)]


def _of_name(week: Week, name: str) -> Iterator[tuple[Submission, GradedNotebook]]:
    for submission in week.graded:
        for graded in submission.notebooks:
            if graded.name == name:
                yield submission, graded


def _successes(week: Week, name: str) -> list[Success]:
    by_exercise: dict[str, list[ExerciseVerdict]] = {}
    for _, graded in _of_name(week, name):
        for exercise in graded.verdict.exercises:
            by_exercise.setdefault(exercise.name, []).append(exercise)
    return [_success(verdicts) for verdicts in by_exercise.values()]


def _success(verdicts: list[ExerciseVerdict]) -> Success:
    cases: dict[str, list[bool]] = {}
    for verdict in verdicts:
        for case in verdict.cases:
            cases.setdefault(case.name, []).append(case.passed)
    return Success(
        verdicts[0].name,
        sum(verdict.passed for verdict in verdicts),
        len(verdicts),
        verdicts[0].points,
        mean(verdict.score for verdict in verdicts),
        tuple(Success(name, sum(passed), len(passed)) for name, passed in cases.items()),
    )


def _misconceptions(week: Week, page: Path) -> list[Met]:
    students: dict[tuple[str, str], list[str]] = {}
    examples: dict[tuple[str, str], str] = {}
    for submission in week.graded:
        for graded in submission.notebooks:
            for exercise in graded.verdict.exercises:
                for sentence in {case.misconception for case in exercise.cases} - {""}:
                    key = (sentence, exercise.name)
                    students.setdefault(key, []).append(submission.student)
                    examples.setdefault(key, _link(graded.page, page))
    return [Met(*key, tuple(who), examples[key]) for key, who in students.items()]


def _looks(week: Week, likenesses: list[Likeness], page: Path) -> list[Look]:
    alike_to = _alike_to(likenesses)
    looks = []
    for submission in week.submissions:
        reasons = [submission.trouble] if submission.trouble else []
        for graded in submission.notebooks:
            found = (*graded.verdict.remarks, *_lost(graded.verdict))
            reasons += [f"{graded.name}: {remark}" for remark in found]
        reasons += alike_to.get(submission.student, [])
        if reasons:
            first = _link(submission.notebooks[0].page, page) if submission.notebooks else ""
            looks.append(Look(submission.student, first, tuple(reasons)))
    return looks


def _lost(verdict: NotebookVerdict) -> list[str]:
    """The exercises from which no answer came, and why."""
    found = {
        f"{exercise.name}: {case.problem}"
        for exercise in verdict.exercises
        for case in exercise.cases
        if case.kind == Kind.LOST
    }
    return sorted(found)


def _alike_to(likenesses: Iterable[Likeness]) -> dict[str, list[str]]:
    """By student, whose solutions theirs are like."""
    found: dict[str, list[str]] = {}
    for pair in likenesses:
        for student in pair.students:
            others = ", ".join(who for who in pair.students if who != student)
            found.setdefault(student, []).append(f"{pair.notebook}: like that of {others}")
    return found


def _likenesses(week: Week, notebook: Notebook) -> list[Likeness]:
    solutions = {
        submission.student: graded.code for submission, graded in _of_name(week, notebook.name)
    }
    handed_out = written_code(nbformat.read(notebook.release, as_version=4))
    return alike(notebook.name, solutions, handed_out)


def _times(week: Week, name: str) -> dict[str, str | float]:
    took = [graded.verdict for _, graded in _of_name(week, name)]
    seconds = [verdict.seconds for verdict in took] or [0.0]
    processor = [verdict.processor_seconds for verdict in took] or [0.0]
    return {
        "name": name,
        "count": len(took),
        "median": median(seconds),
        "longest": max(seconds),
        "processor": sum(processor),
    }


def _link(target: Path, page: Path) -> str:
    return quote(Path(relpath(target, page.parent)).as_posix())
