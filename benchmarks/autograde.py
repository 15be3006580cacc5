"""Stock nbgrader and convwork side by side, on the same notebooks, in one run.

.venv/bin/python benchmarks/autograde.py                       # some ten minutes on two cores
.venv/bin/python benchmarks/autograde.py --grow 10 100 1000    # how cost grows with the class
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
from measure import ROOT, Cost, make_course, run
from rich.console import Console
from rich.table import Table

from convwork.authoring.classroom import solved, submit
from convwork.coursedir import Notebook
from convwork.grading.handout import imports_of_week
from convwork.grading.kernel import StudentKernel

console = Console(width=100)
WEEK = "week1"
KINDS = {"NumPy": "convolution_layers", "Keras": "convnet_application"}

# Runs the graded cells and calls the functions with the hidden inputs, and nothing else.
FLOOR = """
import importlib, json, os, sys, time
from pathlib import Path
os.environ["CONVWORK_GRADING"] = "1"
import matplotlib; matplotlib.use("agg")
from convwork.answers import evaluate
from convwork.coursedir import Notebook, find_root
from convwork.grading.cases import load_exercises
from convwork.grading.handout import imports_of_week, read_handout
from convwork.grading.questions import request_for
from convwork.grading.references import open_references
notebook = Notebook(find_root(), *sys.argv[1:])
handout = read_handout(notebook)
for module in imports_of_week(notebook.root, notebook.week):
    importlib.import_module(module)
requests = []
with open_references(notebook.references) as references:
    for exercise in load_exercises(notebook.tests).values():
        for case in exercise.cases:
            inputs = references.inputs(exercise.name, case.name, 0)
            requests.append(request_for(exercise, case, inputs))
namespace = {}
began = time.process_time()
for cell in handout.nb.cells:
    left_out = handout.shown | {handout.graded_cells[name].source for name in handout.visible_tests}
    if cell.cell_type == "code" and cell.source.strip() not in {text.strip() for text in left_out}:
        exec(compile(cell.source, "cell", "exec"), namespace)
for request in requests:
    evaluate(namespace, request)
print(json.dumps(time.process_time() - began))
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stock", type=int, default=3, help="submissions for stock nbgrader")
    parser.add_argument("--convwork", type=int, default=40, help="submissions for convwork")
    parser.add_argument("--grow", type=int, nargs="*", default=[], help="sizes of classes")
    options = parser.parse_args()
    console.print(f"{os.cpu_count()} processors; times include the start of each command")
    with tempfile.TemporaryDirectory(prefix="convwork-benchmark-") as temporary:
        folder = Path(temporary)
        for kind, name in KINDS.items():
            compare(folder / name, kind, Notebook(ROOT, WEEK, name), options)
        kernels()
        if options.grow:
            grow(folder / "grow", Notebook(ROOT, WEEK, KINDS["NumPy"]), options.grow)


def compare(folder: Path, kind: str, notebook: Notebook, options: argparse.Namespace) -> None:
    """Print what each grader takes for a submission of one notebook, solved."""
    stock = course_of_one(folder / "stock", notebook, options.stock, stock=True)
    run(stock, "nbgrader", "generate_assignment", WEEK, "--force")
    costs = {
        "stock nbgrader": (run(stock, "nbgrader", "autograde", WEEK), options.stock),
        "convwork": (grade(folder / "convwork", notebook, options.convwork), options.convwork),
    }
    floor = floor_of(notebook)
    table = Table("", "submissions a minute", "CPU seconds each", "times the floor", box=None)
    for grader, (cost, count) in costs.items():
        row = (
            60 * count / cost.seconds,
            cost.cpu_seconds / count,
            cost.cpu_seconds / count / floor,
        )
        table.add_row(grader, f"{row[0]:.1f}", f"{row[1]:.2f}", f"{row[2]:.1f}")
    ratio = (options.convwork / costs["convwork"][0].seconds) / (
        options.stock / costs["stock nbgrader"][0].seconds
    )
    table.title = f"{kind}: {notebook}; the floor is {floor:.2f} CPU seconds"
    console.print(table)
    console.print(f"convwork grades {ratio:.1f} times as many a minute\n", highlight=False)


def kernels() -> None:
    """Print how fast a confined kernel is ready, and the memory that is its own."""
    ready, own = [], 0
    with tempfile.TemporaryDirectory() as folder:
        kernel = StudentKernel(Path(folder), sandboxed=True, preload=imports_of_week(ROOT, WEEK))
        for _ in range(11):
            began = time.perf_counter()
            kernel.start()
            ready.append(time.perf_counter() - began)
            process = psutil.Process(kernel.pid)
            own = sum(
                p.memory_full_info().uss for p in (process, *process.children(recursive=True))
            )
            kernel.stop()
    console.print(
        f"a warm, confined kernel is ready in {1000 * statistics.median(ready[1:]):.0f} ms "
        f"(the first, with its parent, in {ready[0]:.1f} s), and holds {own / 2**20:.0f} MB "
        "of its own when idle\n",
        highlight=False,
    )


def grow(folder: Path, notebook: Notebook, sizes: list[int]) -> None:
    """Print what a submission costs, and what the grading process holds, in larger classes."""
    table = Table(
        "submissions", "a minute", "CPU seconds each", "peak memory of the grader", box=None
    )
    for size in sizes:
        cost = grade(folder / str(size), notebook, size)
        table.add_row(
            str(size),
            f"{60 * size / cost.seconds:.1f}",
            f"{cost.cpu_seconds / size:.2f}",
            f"{cost.peak_memory / 2**20:.0f} MB",
        )
    console.print(table)


def grade(folder: Path, notebook: Notebook, count: int) -> Cost:
    """The cost of `convwork autograde` for so many solved submissions."""
    root = course_of_one(folder, notebook, count)
    return run(root, "convwork.cli", "autograde", WEEK)


def course_of_one(root: Path, notebook: Notebook, count: int, *, stock: bool = False) -> Path:
    """A course whose week has one notebook, with so many solved submissions of it."""
    make_course(root, stock=stock)
    for part in ("notebooks", "source", "release", "grader_tests"):
        for path in (root / part / WEEK).iterdir():
            if path.stem != notebook.name:
                path.unlink()
    nb = solved(notebook)
    for number in range(count):
        submit(root, f"student{number:05}", notebook, nb)
    return root


def floor_of(notebook: Notebook) -> float:
    """CPU seconds of the graded cells and the hidden questions alone."""
    command = [sys.executable, "-c", FLOOR, notebook.week, notebook.name]
    return float(json.loads(subprocess.check_output(command, stderr=subprocess.DEVNULL)))


if __name__ == "__main__":
    main()
