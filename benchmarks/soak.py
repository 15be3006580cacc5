"""A large class, one submission in ten hostile or broken: does every one get its row?

.venv/bin/python benchmarks/soak.py --class-size 1000
"""

import argparse
import json
import os
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from autograde import WEEK
from measure import ROOT, make_course, run
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell
from nbgrader.api import Gradebook
from rich.console import Console
from rich.table import Table

from convwork.authoring.classroom import solved, submit
from convwork.coursedir import Notebook

console = Console(width=100)
NOTEBOOK = "convolution_layers"
LIMITS = "\nc.GradeNotebook.cell_limit = 5\nc.GradeNotebook.notebook_limit = 60\n"

# What is put into a cell after the last one; the solutions before it are right.
HOSTILE_CELLS = {
    "hangs": "while True:\n    pass",
    "hangs and will not be interrupted": (
        "while True:\n    try:\n        while True:\n            pass\n"
        "    except BaseException:\n        pass"
    ),
    "kills its kernel": "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)",
    "kills whatever it can": "import os, signal\nos.kill(-1, signal.SIGKILL)",
    "forks without end": "import os\nwhile True:\n    os.fork()",
    "eats memory": "hog = []\nwhile True:\n    hog.append(bytearray(1 << 27))",
    "fills the disk": "while True:\n    open(str(id(object())), 'ab').write(bytes(1 << 26))",
    "floods the output": "while True:\n    print('x' * 100_000)",
    "redefines what is graded": "def conv_forward(*_, **__):\n    return float('nan')",
    "publishes a score": (
        "from IPython.display import display\ndisplay({'text/plain': '50'}, raw=True)"
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--class-size", type=int, default=1000)
    size = parser.parse_args().class_size
    with tempfile.TemporaryDirectory(prefix="convwork-soak-") as temporary:
        root = make_course(Path(temporary) / "course")
        for part in ("notebooks", "source", "release", "grader_tests"):
            for path in (root / part / WEEK).iterdir():
                if path.stem != NOTEBOOK:
                    path.unlink()
        with (root / "nbgrader_config.py").open("a") as config:
            config.write(LIMITS)
        kinds = write_class(root, size)
        scratch = Path(temporary) / "tmp"
        scratch.mkdir()
        os.environ["TMPDIR"] = str(scratch)
        cost = run(root, "convwork.cli", "autograde", WEEK)
        points = read_points(root)
        left = sorted(path.name for path in scratch.glob("convwork-*"))
    report(kinds, points)
    console.print(
        f"{len(points)} rows in the gradebook for {size} submissions; "
        f"{60 * size / cost.seconds:.0f} a minute, {cost.cpu_seconds / size:.2f} CPU seconds each, "
        f"the grading process held {cost.peak_memory / 2**20:.0f} MB; left behind: "
        f"{left or 'nothing'}",
        highlight=False,
    )


def write_class(root: Path, size: int) -> dict[str, str]:
    """Submissions in `submitted/`; the kind of each, by student."""
    notebook = Notebook(ROOT, WEEK, NOTEBOOK)
    right = solved(notebook)
    hostile = [*(added(code) for code in HOSTILE_CELLS.values()), *BROKEN.values()]
    names = [*HOSTILE_CELLS, *BROKEN]
    kinds = {}
    for number in range(size):
        student = f"student{number:05}"
        path = submit(root, student, notebook, right)
        kinds[student] = "right"
        if number % 10 == 9:
            which = number // 10 % len(hostile)
            kinds[student] = names[which]
            hostile[which](path, right)
    return kinds


Spoil = Callable[[Path, NotebookNode], None]


def added(code: str) -> Spoil:
    def spoil(path: Path, right: NotebookNode) -> None:
        nb = {**right, "cells": [*right["cells"], new_code_cell(code)]}
        path.write_text(json.dumps(nb))

    return spoil


def empty(path: Path, right: NotebookNode) -> None:
    path.write_text("")


def truncated(path: Path, right: NotebookNode) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def linked(path: Path, right: NotebookNode) -> None:
    path.unlink()
    path.symlink_to("/etc/passwd")


def without_solutions(path: Path, right: NotebookNode) -> None:
    path.write_text(json.dumps({**right, "cells": []}))


BROKEN: dict[str, Spoil] = {
    "an empty file": empty,
    "a truncated file": truncated,
    "a link": linked,
    "no cells": without_solutions,
}


def read_points(root: Path) -> dict[str, float]:
    """What the gradebook has, by student."""
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}", "convwork") as gradebook:
        return {s.student.id: s.score for s in gradebook.assignment_submissions(WEEK)}


def report(kinds: dict[str, str], points: dict[str, float]) -> None:
    """Print how many rows each kind has, and its points."""
    found: dict[str, list[float]] = defaultdict(list)
    for student, kind in kinds.items():
        if student in points:
            found[kind].append(points[student])
    table = Table("kind", "submissions", "rows", "points", box=None)
    for kind, scores in sorted(found.items()):
        count = sum(other == kind for other in kinds.values())
        least, most = min(scores), max(scores)
        spread = f"{least:g}" if least == most else f"{least:g} to {most:g}"
        table.add_row(kind, str(count), str(len(scores)), spread)
    console.print(table)


if __name__ == "__main__":
    main()
