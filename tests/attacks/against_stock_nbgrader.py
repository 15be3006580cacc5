"""What the attacks earn from stock nbgrader, for the table in docs/attacks.md.

    PYTHONPATH=tests .venv/bin/python -m attacks.against_stock_nbgrader

It grades every attack that is not marked as dangerous in the tiny course by nbgrader as it comes:
its own preprocessors, no sandbox. Run it on a machine that you can spare.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from conftest import ROOT
from nbgrader_runs import grades, make_course

from attacks import ALL, FAMILIES
from attacks.attack import Attack
from convwork import coursedir
from convwork.authoring.classroom import submit
from convwork.coursedir import Notebook

STOCK = """
import os, sys
from pathlib import Path
c = get_config()
os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
c.CourseDirectory.root = str(Path(__file__).parent)
c.CourseDirectory.course_id = "convwork"
c.ExecutePreprocessor.timeout = 10
"""
PLACES = {
    "TCP_PORT": "9",
    "UDP_PORT": "9",
    "UNIX_SOCKET": "/nowhere",
    "ABSTRACT_SOCKET": "nowhere",
    "BYSTANDER": "999999",
}
CHANGES_ALL = "writes_the_gradebook"  # so it comes last
PAGE = ROOT / "docs" / "attacks.md"
INTRODUCTION = """# Attacks

`tests/attacks` holds {count} submissions that try for points that they have not earned, or for harm. Each is graded in
the test suite, in the same class as an honest submission; what stands under *convwork* is what the tests prove. Under
*stock nbgrader* stands what the same notebook got from nbgrader 0.9 with its own preprocessors, in a course of 100 points
whose hidden tests run in the kernel (measured once by `tests/attacks/against_stock_nbgrader.py`; "not run" would
have harmed the machine). The honest part is what its solutions are worth, or nothing where the file is refused, as with
`a_notebook_of_empty_objects`, whose solutions are right; bold is what got more. The attacks that only read, connect or
signal gain no points there either; but nothing stops them."""


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="attacks-") as temporary:
        stock = grade_by_stock(Path(temporary) / "course")
    lines = [INTRODUCTION.format(count=len(ALL))]
    for family, attacks in FAMILIES.items():
        head = "| attack | tries for | honest part | convwork | stock nbgrader |"
        lines += [f"\n## {family}\n", head, "|---|---|---|---|---|"]
        lines += [row(attack, stock) for attack in attacks]
    PAGE.write_text("\n".join(lines) + "\n")


def row(attack: Attack, stock: dict[str, str]) -> str:
    honest = f"{sum(attack.earns.values()):g}"
    told = stock.get(attack.name, "no grade")
    if told[0].isdigit() and told != honest and float(told.split(",")[0]) >= float(honest):
        told = f"**{told}**"
    return f"| `{attack.name}` | {attack.tries} | {honest} | {honest}, no harm | {told} |"


def grade_by_stock(root: Path) -> dict[str, str]:
    """Points by attack. What spoils its folder is graded alone: it may stop the whole class."""
    make_course(root)
    (root / "nbgrader_config.py").write_text(STOCK)
    tiny = Notebook(root, "week1", "tiny")
    outside = root.parent / "outside"
    outside.mkdir()
    (root / "canary.txt").touch()
    places = PLACES | {"COURSE": str(root), "OUTSIDE": str(outside)}
    nbgrader(root, "generate_assignment", "week1", "--force")
    tried = [attack for attack in ALL if not attack.dangerous and attack.name != CHANGES_ALL]
    for attack in sorted(tried, key=lambda attack: attack.spoil is not None):
        path = submit(root, attack.name, tiny, attack.notebook(tiny, places))
        if attack.spoil is None:
            continue
        attack.spoil(path)
        with contextlib.suppress(subprocess.TimeoutExpired):
            nbgrader(root, "autograde", "week1", "--student", attack.name, limit=40)
        shutil.rmtree(path.parents[1])
    nbgrader(root, "autograde", "week1")
    told = points(root)
    (last,) = (attack for attack in ALL if attack.name == CHANGES_ALL)
    submit(root, last.name, tiny, last.notebook(tiny, places))
    nbgrader(root, "autograde", "week1", "--student", last.name)
    told[last.name] = f"{points(root)[last.name]}, and as many for everybody before it"
    return told | {attack.name: "not run" for attack in ALL if attack.dangerous}


def points(root: Path) -> dict[str, str]:
    """What the gradebook has, by student."""
    totals: dict[str, float] = defaultdict(float)
    for (student, _, _), score in grades(root).items():
        totals[student] += score
    return {student: f"{total:g}" for student, total in totals.items()}


def nbgrader(root: Path, *arguments: str, limit: float = 1800) -> None:
    subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments],
        cwd=root,
        env=os.environ | {coursedir.ROOT_VARIABLE: str(root)},
        capture_output=True,
        timeout=limit,
        check=False,
        start_new_session=True,
    )


if __name__ == "__main__":
    main()
