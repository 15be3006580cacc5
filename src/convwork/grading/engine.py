"""`convwork autograde`: a class, graded on many processors by nbgrader's own Autograde.

Workers of a Dask cluster run and judge notebooks ahead (`ahead.py`). This process runs
nbgrader's Autograde, in its own order, and it alone writes the gradebook and `autograded/`. So
all that nbgrader does stays as it is: what was graded before is skipped, and a stop loses only
what was being graded.
"""

import logging
import os
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dask
from dask.distributed import Client, Future, LocalCluster
from nbformat import NotebookNode
from nbgrader.apps import NbGrader
from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from sqlalchemy.exc import OperationalError, SAWarning
from traitlets.config import Config

from convwork import coursedir
from convwork.errors import ConvworkError
from convwork.grading.ahead import Graded, Job, fingerprint, grade_ahead
from convwork.grading.nbgrader_plugins import GradeNotebook
from convwork.grading.preparation import gradebook_trouble
from convwork.grading.verdicts import NotebookVerdict

THREADS = 4  # of one worker process: they share its warm parent
WINDOW = 8  # notebooks ahead, for each thread
CONNECT_LIMIT = 20
# Dask's web pages would tell everybody on this machine how grading goes.
NO_PAGES: dict[str, list[str]] = {
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


@dataclass
class Result:
    """What came of one student's submission.

    remarks: what a teacher should know, by notebook. failed: why it has no grade, else empty.
    """

    student: str
    score: float = 0.0
    remarks: list[str] = field(default_factory=list)
    failed: str = ""


@dataclass(frozen=True)
class Order:
    """What is to be graded, and how.

    students: all if none is named. scheduler: a Dask scheduler's address; if there is none, this
    machine runs `workers` kernels at once.
    """

    week: str
    students: Sequence[str] = ()
    force: bool = False
    sandboxed: bool = True
    scheduler: str | None = None
    workers: int = 1


# With how many are due, how many are graded already, and what to know of the others.
OnStart = Callable[[int, int, list[str]], None]
OnResult = Callable[[Result], None]


def autograde(root: Path, order: Order, on_start: OnStart, on_result: OnResult) -> None:
    """Grade a week's submissions.

    Raises ConvworkError if nothing can be graded; a submission that fails is reported as such.
    """
    here = Path.cwd()
    os.chdir(root)  # where nbgrader looks for its configuration
    try:
        grader = _grader(root, order, on_start, on_result)
        try:
            with warnings.catch_warnings(action="ignore", category=SAWarning):  # nbgrader's own
                grader.start()
        except NbGraderException as error:
            raise ConvworkError(grader.complaints() or str(error)) from error
    finally:
        os.chdir(here)


def _grader(root: Path, order: Order, on_start: OnStart, on_result: OnResult) -> "ClassGrader":
    app = NbGrader()
    app.load_config_file()
    app.update_config(Config({"GradeNotebook": {"sandbox": order.sandboxed}}))
    app.log_level = logging.WARNING
    for handler in list(app.log.handlers):
        app.log.removeHandler(handler)
    place = CourseDirectory(parent=app, assignment_id=order.week)
    grader = ClassGrader(coursedir=place, parent=app, force=order.force)
    grader.prepare(root, order, on_start, on_result)
    return grader


@contextmanager
def connect(order: Order) -> Iterator[Client]:
    """A Dask cluster: the one at the order's address, or one on this machine.

    Raises ConvworkError if nobody answers at the address.
    """
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    if order.scheduler:
        try:
            client = Client(order.scheduler, timeout=CONNECT_LIMIT)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise ConvworkError(
                f"{order.scheduler}: no Dask scheduler answers there; start one with "
                "`dask scheduler`, and workers with `dask worker ADDRESS`"
            ) from error
        with client:
            yield client
        return
    with _local_cluster(order.workers) as cluster, Client(cluster) as client:  # type: ignore[no-untyped-call]
        yield client


def _local_cluster(workers: int) -> LocalCluster:
    """Whoever reaches a Dask scheduler can run code: this one talks to its own workers only."""
    processes = -(-workers // THREADS)
    with dask.config.set(NO_PAGES):
        return LocalCluster(  # type: ignore[no-untyped-call]
            n_workers=processes,
            threads_per_worker=-(-workers // processes),
            memory_limit=0,  # kernels have their own guard
            security=True,  # TLS, with a key that is made for this run
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": False},
            silence_logs=logging.CRITICAL,
        )


class GradeAhead(GradeNotebook):
    """Takes the verdict from a worker, if it is about the very same notebook."""

    def grade(self, nb: NotebookNode, resources: dict[str, Any]) -> NotebookVerdict:
        """The worker's verdict; if there is none, or the submission has changed, our own."""
        about = resources["nbgrader"]
        graded = self._class.taken(about["student"], about["notebook"])
        if graded and graded.fingerprint == fingerprint(nb, Path(resources["metadata"]["path"])):
            return graded.apply(nb)
        return super().grade(nb, resources)

    def done(self, verdict: NotebookVerdict, remarks: list[str], student: str) -> None:
        """Note the verdict for the summary."""
        self._class.note(verdict, remarks, student)

    @property
    def _class(self) -> "ClassGrader":
        grader = self.parent.parent
        assert isinstance(grader, ClassGrader)
        return grader


class ClassGrader(Autograde):  # type: ignore[misc]
    """nbgrader's Autograde; workers run and judge the notebooks ahead of it."""

    assignments: dict[str, list[str]]  # submitted notebooks, by the folder that they are in
    notebooks: list[str]
    autograde_preprocessors: list[Any]

    def prepare(self, root: Path, order: Order, on_start: OnStart, on_result: OnResult) -> None:
        """Say what is to be graded, and who is told."""
        self._root = root
        self._order = order
        self._on_start, self._on_result = on_start, on_result
        self._complaints = _Complaints()
        self.log.addHandler(self._complaints)
        self._waiting: deque[tuple[str, Job]] = deque()
        self._futures: dict[tuple[str, str], Future[Graded]] = {}
        self._result = Result("")
        self.autograde_preprocessors = [
            GradeAhead if _is_ours(step) else step for step in self.autograde_preprocessors
        ]

    def complaints(self) -> str:
        """What nbgrader has warned of since the last call."""
        return "; ".join(self._complaints.take())

    def init_notebooks(self) -> None:
        """Find the submissions; leave out those of students who were not named."""
        super().init_notebooks()
        excluded = self.coursedir.student_id_exclude.split(",")
        for folder in list(self.assignments):
            if self._student(folder) in excluded:
                del self.assignments[folder]
        named = set(self._order.students)
        if not named:
            return
        found = {self._student(folder): folder for folder in self.assignments}
        if unknown := sorted(named - found.keys()):
            raise ConvworkError(
                f"no submission of {', '.join(unknown)} for {self._order.week}; "
                f"there are {', '.join(sorted(found)[:20])}"
            )
        self.assignments = {found[name]: self.assignments[found[name]] for name in named}

    def convert_notebooks(self) -> None:
        """Give the workers all that is due, and go on as nbgrader does, from one to the next."""
        order = sorted(self.assignments)
        due = {folder: sorted(self.assignments[folder]) for folder in order if self._is_due(folder)}
        already = len(self.assignments) - len(due)
        self._on_start(len(due), already, self._complaints.take())
        if not due:
            return
        self._waiting.extend(self._jobs(due))
        with connect(self._order) as self._cluster:
            for folder, files in due.items():
                self.assignments = {folder: files}
                self._convert_one(self._student(folder))

    def _is_due(self, folder: str) -> bool:
        """With force, what was graded stays until its turn: this run may be stopped."""
        self.notebooks = sorted(self.assignments[folder])
        return self.force or bool(self.init_destination(self._order.week, self._student(folder)))

    def taken(self, student: str, notebook: str) -> Graded | None:
        """What a worker found, when it has; None if none was asked, or it was lost."""
        try:
            self._order_more()
            future = self._futures.pop((student, notebook), None)
            return future.result() if future else None
        except Exception as error:  # a cluster can fail in many ways; we still have ourselves
            self.log.warning("%s: graded again, for a worker failed: %s", notebook, error)
            return None

    def note(self, verdict: NotebookVerdict, remarks: list[str], student: str) -> None:
        """Add a notebook's verdict to the student's result."""
        self._result.score += verdict.score
        name = verdict.notebook.rpartition("/")[2]
        self._result.remarks += [f"{name}: {remark}" for remark in remarks]

    def _convert_one(self, student: str) -> None:
        self._result = Result(student)
        self.init_destination(self._order.week, student)  # removes what is graded again,
        self._complaints.take()  # which is no news
        try:
            super().convert_notebooks()
        except NbGraderException as error:
            if isinstance(error.__context__, OperationalError):
                raise ConvworkError(gradebook_trouble(error.__context__)) from error
            self._result.failed = self.complaints() or str(error)
        self._result.remarks += self._complaints.take()
        self._on_result(self._result)

    def _student(self, folder: str) -> str:
        about = self.init_single_notebook_resources(f"{folder}/x.ipynb")["nbgrader"]
        return str(about["student"])

    def _jobs(self, due: dict[str, list[str]]) -> Iterator[tuple[str, Job]]:
        """Students and their notebooks, in the order in which nbgrader comes to them."""
        place = self.coursedir
        source = Path(place.format_path(place.source_directory, ".", self._order.week))
        limits = GradeAhead(parent=self.exporter).limits
        known = {n.name: n for n in coursedir.notebooks(self._root, self._order.week)}
        for folder, files in due.items():
            for file in map(Path, files):
                if notebook := known.get(file.stem):
                    sandboxed, ignore = self._order.sandboxed, tuple(place.ignore)
                    job = Job(notebook, file, source, ignore, sandboxed, limits)
                    yield self._student(folder), job

    def _order_more(self) -> None:
        """Keep the workers busy, but no more results waiting than fit in memory."""
        threads = self._cluster.nthreads()  # type: ignore[no-untyped-call]
        ahead = WINDOW * sum(threads.values())
        while self._waiting and len(self._futures) < max(ahead, 1):
            student, job = self._waiting.popleft()
            future = self._cluster.submit(grade_ahead, job, pure=False, retries=2)
            self._futures[student, job.notebook.name] = future


class _Complaints(logging.Handler):
    """Keeps warnings and errors; nbgrader tells its reasons there, and not in exceptions."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage().strip().splitlines()[-1])

    def take(self) -> list[str]:
        lines, self._lines = self._lines, []
        return list(dict.fromkeys(lines))


def _is_ours(step: Any) -> bool:
    name = step if isinstance(step, str) else f"{step.__module__}.{step.__qualname__}"
    return name == f"{GradeNotebook.__module__}.{GradeNotebook.__qualname__}"
