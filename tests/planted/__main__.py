"""Plants faults in the grader, one at a time, and shows that the first tier of the tests fails.

    .venv/bin/python tests/planted           # all of them, and the table in outcome.md
    .venv/bin/python tests/planted lock      # those whose name or file holds a word

What is tested is a copy of the working tree's tracked files in a temporary folder, so nothing here
changes. Without a fault, the named tests must pass; with each, one of them must fail. The exit code
is 0 if all faults are caught.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

# All but pytest is here for the forks, which import it anyway.
import h5py  # noqa: F401
import nbformat.validator  # noqa: F401
import nbgrader.apps  # noqa: F401
import psutil
import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LINKED = "datasets"  # large, and read only
PATIENCE = 300  # seconds for the tests of one fault
FAILED = 1  # pytest's exit code where tests ran and failed


@dataclass(frozen=True)
class Fault:
    """An edit of one file of the package, and the tests that notice it."""

    name: str
    file: str
    old: str
    new: str
    caught_by: tuple[str, ...]

    def plant(self, text: str) -> str:
        """A file's text with this fault in it."""
        if text.count(self.old) != 1:
            sys.exit(f"{self.file} holds {self.old!r} {text.count(self.old)} times: {self.name}")
        return text.replace(self.old, self.new)


def known_faults() -> list[Fault]:
    """The faults of `faults.toml`."""
    faults = tomllib.loads((HERE / "faults.toml").read_text())["faults"]
    return [Fault(**fault | {"caught_by": tuple(fault["caught_by"])}) for fault in faults]


def copy_tree(target: Path) -> None:
    """Copy what git tracks, or would: the working tree as it is now."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        if name.startswith(f"{LINKED}/") or not (ROOT / name).exists():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name, follow_symlinks=False)
    (target / LINKED).symlink_to(ROOT / LINKED)


def run_tests(tree: Path, tests: Sequence[str]) -> tuple[int | None, str]:
    """The exit code of pytest on a copy, None if it took too long; and the end of what it said.

    It runs in a fork of this process, which spares it seconds of imports.
    """
    log = tree / "said.txt"
    process = get_context("fork").Process(target=_become_pytest, args=(tree, tests, log))
    process.start()
    process.join(PATIENCE)
    if process.is_alive():
        os.killpg(process.pid or 0, signal.SIGKILL)
        process.join()
    code = process.exitcode
    return (None if code is None or code < 0 else code), log.read_text(errors="replace")[-3000:]


def _become_pytest(tree: Path, tests: Sequence[str], log: Path) -> None:
    os.setsid()
    os.chdir(tree)
    with log.open("w") as file:
        for descriptor in (1, 2):
            os.dup2(file.fileno(), descriptor)
    os.environ["PYTHONPATH"] = str(tree / "src")  # for kernels, workers and commands
    # An edit may be of the same second and the same size as the one before.
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(tree / "src"))
    assert "convwork" not in sys.modules
    sys.exit(pytest.main(["-x", "-p", "no:cacheprovider", *tests]))


def is_caught(tree: Path, fault: Fault) -> tuple[bool, str]:
    """Whether the tests fail with a fault, and what they said."""
    path = tree / "src/convwork" / fault.file
    sound = path.read_text()
    path.write_text(fault.plant(sound))
    try:
        code, said = run_tests(tree, fault.caught_by)
    finally:
        path.write_text(sound)
        end_what_is_left(tree)
    return code == FAILED, said


def end_what_is_left(tree: Path) -> None:
    """End the processes that a fault lets outlive their tests."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("PYTHONPATH") == str(tree / "src"):
                process.kill()


def write_outcome(rows: Sequence[tuple[Fault, bool, float]]) -> None:
    """The table for readers of the repository."""
    caught = sum(found for _, found, _ in rows)
    lines = [
        "# Planted faults",
        "",
        f"{caught} of {len(rows)} are caught by the first tier. Written by `python tests/planted`.",
        "",
        "| fault | file | caught by | seconds |",
        "|---|---|---|---|",
    ]
    for fault, found, seconds in rows:
        tests = "<br>".join(f"`{test.removeprefix('tests/')}`" for test in fault.caught_by)
        by = tests if found else f"**not** {tests}"
        lines.append(f"| {fault.name} | `{fault.file}` | {by} | {seconds:.1f} |")
    (HERE / "outcome.md").write_text("\n".join(lines) + "\n")


def main(words: Sequence[str]) -> int:
    """Plant those faults whose name or file holds a word; all if there is none."""
    chosen = [
        fault
        for fault in known_faults()
        if not words or any(word in f"{fault.name} {fault.file}" for word in words)
    ]
    rows = []
    with tempfile.TemporaryDirectory(prefix="planted-") as folder:
        tree = Path(folder)
        copy_tree(tree)
        code, said = run_tests(tree, sorted({test for fault in chosen for test in fault.caught_by}))
        if code != 0:
            print(f"without any fault, the tests do not pass:\n{said}")
            return 1
        print(f"without any fault, the tests of {len(chosen)} faults pass", flush=True)
        for number, fault in enumerate(chosen, 1):
            began = time.monotonic()
            found, said = is_caught(tree, fault)
            rows.append((fault, found, time.monotonic() - began))
            mark = "caught" if found else "NOT CAUGHT"
            print(f"{number}/{len(chosen)} {mark}: {fault.file}: {fault.name}", flush=True)
            if not found:
                print(said)
    if not words:
        write_outcome(rows)
    return 0 if all(found for _, found, _ in rows) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
