"""What a worker does for `convwork autograde`: run and judge one notebook, ahead of its turn.

Nothing here writes to the gradebook or to `autograded/`. The result says what exactly was
graded, by a fingerprint; it counts only where nbgrader comes to the same.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.utils import find_all_files

from convwork.coursedir import Notebook
from convwork.grading.handout import grade_id, read_handout
from convwork.grading.nbgrader_plugins import read_and_restore
from convwork.grading.runner import grade_notebook
from convwork.grading.scratch import scratch_folder
from convwork.grading.session import Limits
from convwork.grading.verdicts import NotebookVerdict


@dataclass(frozen=True)
class Job:
    """One submitted notebook.

    file: the notebook, in the student's folder of the week; source: the folder of the files
    that are handed out beside it; ignore: patterns of file names that nbgrader leaves out.
    """

    notebook: Notebook
    file: Path
    source: Path
    ignore: tuple[str, ...]
    sandboxed: bool
    limits: Limits


@dataclass(frozen=True)
class Graded:
    """A verdict, the outputs of each cell, and the fingerprint of what was graded."""

    fingerprint: str
    verdict: NotebookVerdict
    outputs: list[Any]

    def apply(self, nb: NotebookNode) -> NotebookVerdict:
        """Give a notebook of the same fingerprint the outputs of the run."""
        for cell, outputs in zip(nb.cells, self.outputs, strict=True):
            cell.update(outputs)
        return self.verdict


def grade_ahead(job: Job) -> Graded:
    """Grade a submitted notebook as nbgrader would find it in `autograded/`."""
    handout = read_handout(job.notebook)
    nb = read_and_restore(job.file, handout)
    with scratch_folder() as temporary:
        folder = Path(temporary)
        for origin in (job.file.parent, job.source):  # the order in which nbgrader copies
            _copy(origin, folder, job.ignore)
        found = fingerprint(nb, folder)
        verdict = grade_notebook(nb, handout, folder, job.sandboxed, job.limits)
    outputs = [
        {key: cell[key] for key in ("outputs", "execution_count") if key in cell}
        for cell in nb.cells
    ]
    return Graded(found, verdict, outputs)


def fingerprint(nb: NotebookNode, folder: Path) -> str:
    """A digest of a notebook's cells and of the files beside it."""
    cells = [[cell.cell_type, cell.source, grade_id(cell)] for cell in nb.cells]
    digest = hashlib.sha256(json.dumps(cells).encode())
    for path in sorted(Path(name) for name in find_all_files(str(folder), ["*.ipynb"])):
        digest.update(str(path.relative_to(folder)).encode(errors="replace"))
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _copy(origin: Path, folder: Path, ignore: tuple[str, ...]) -> None:
    for name in find_all_files(str(origin), [*ignore, "*.ipynb"]):
        target = folder / Path(name).relative_to(origin)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.unlink(missing_ok=True)
        shutil.copy(name, target)
