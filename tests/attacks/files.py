"""Attacks on files: reading what must stay secret, and writing where it does harm."""

import json
import os
from pathlib import Path

from attacks.attack import ALL_POINTS, Attack, harm


def _reads(name: str, tries: str, code: str) -> Attack:
    """Prints whatever it can read, and does whatever the solutions that it finds say."""
    return Attack(
        name,
        tries,
        f"import glob, os, re\ntry:\n    {code}\nexcept Exception as e:\n    print(type(e))",
    )


def _show(pattern: str) -> str:
    return (
        f"[print(open(p, errors='replace').read()) for p in glob.glob('{pattern}', recursive=True)]"
    )


def _leave_a_link(path: Path) -> None:
    (path.parent / "data.csv").symlink_to("/etc/passwd")
    (path.parent / "folder").symlink_to("/etc")


def _leave_a_hard_link(path: Path) -> None:
    os.link(path.parents[3] / "canary.txt", path.parent / "notes.txt")


def _leave_a_pipe(path: Path) -> None:
    os.mkfifo(path.parent / "data.csv")


def _shadow_libraries(path: Path) -> None:
    for name in ("numpy.py", "convwork.py", "sitecustomize.py", "json.py", "ipykernel.py"):
        (path.parent / name).write_text("print('60.0')\nraise SystemExit\n")
    (path.parent / "convwork").mkdir()
    (path.parent / "convwork" / "__init__.py").write_text("hidden_tests = lambda name: 60.0\n")


def _name_another_kernel(path: Path) -> None:
    nb = json.loads(path.read_text())
    nb["metadata"]["kernelspec"] = {"name": "bash", "display_name": "bash", "language": "bash"}
    path.write_text(json.dumps(nb))


ATTACKS = [
    _reads("reads_the_source", "the solutions in source/", _show("COURSE/source/**/*.ipynb")),
    _reads("reads_the_texts", "the solutions in notebooks/", _show("COURSE/notebooks/**/*.py")),
    _reads("reads_the_hidden_cases", "grader_tests/", _show("COURSE/grader_tests/**/*.py")),
    _reads(
        "reads_the_references",
        "the expected outputs",
        "import h5py; print(list(h5py.File('COURSE/grader_tests/week1/tiny.h5')), 'GOT' 'CHA')",
    ),
    _reads(
        "reads_the_gradebook",
        "the gradebook",
        "print(open('COURSE/gradebook.db', 'rb').read()[:99], 'GOT' 'CHA')",
    ),
    _reads(
        "reads_another_submission", "somebody else's work", _show("COURSE/submitted/zoe/**/*.ipynb")
    ),
    _reads(
        "reads_the_secret",
        "the course's secret",
        "print(open('COURSE/.convwork_secret', 'rb').read(), 'GOT' 'CHA')",
    ),
    _reads(
        "reads_outside", "a file of the instructor's", "print(open('OUTSIDE/canary.txt').read())"
    ),
    _reads(
        "reads_by_a_shell",
        "the same, by a shell",
        "print(os.popen('cat OUTSIDE/canary.txt').read())",
    ),
    _reads(
        "reads_environments",
        "environments of all processes",
        "[print(open(p, 'rb').read()) for p in glob.glob('/proc/[0-9]*/environ')]; print(dict(os.environ))",
    ),
    _reads(
        "reads_memories",
        "the memory of the process that asks",
        "[print(open(p, 'rb') and 'GOT' 'CHA') for p in glob.glob('/proc/[0-9]*/mem') "
        "if p != f'/proc/{os.getpid()}/mem']",
    ),
    _reads(
        "walks_up",
        "whatever lies above the working directory",
        "print([open(os.path.join(d, f), errors='replace').read() for d, _, fs in os.walk('COURSE/..') "
        "for f in fs if f.endswith('.txt')])",
    ),
    _reads(
        "imports_the_references",
        "the grader's own reader of references",
        "from convwork.grading.references import open_references; from pathlib import Path; "
        "r = open_references(Path('COURSE/grader_tests/week1/tiny.h5')).__enter__(); "
        "print(r.all_trees('double'), 'GOT' 'CHA')",
    ),
    _reads(
        "searches_the_parents_objects",
        "what the warm parent left in memory",
        "import gc, socket; "
        "[s.sendall(b'{}') or print('GOT' 'CHA') for s in gc.get_objects() if isinstance(s, socket.socket) "
        "and s.fileno() > 2 and s.family == socket.AF_UNIX and s.type == socket.SOCK_SEQPACKET]",
    ),
    _reads(
        "uses_inherited_descriptors",
        "open files of the process that it was forked from",
        "[print(os.write(n, b'60.0') and 'GOT' 'CHA') for n in range(3, 60) "
        "if os.path.exists(f'/proc/self/fd/{n}') and 'convwork-' in os.readlink(f'/proc/self/fd/{n}') "
        "and 'k-' not in os.readlink(f'/proc/self/fd/{n}') and 'log' not in os.readlink(f'/proc/self/fd/{n}')]",
    ),
    harm(
        "writes_outside",
        "a file outside",
        "try:\n    open('OUTSIDE/written', 'w')\nexcept OSError: pass",
    ),
    harm(
        "writes_the_gradebook",
        "a better gradebook",
        "import sqlite3\ntry:\n    c = sqlite3.connect('COURSE/gradebook.db')\n"
        "    c.execute('update grade set auto_score = 1000')\n    c.commit()\nexcept Exception: pass",
    ),
    harm(
        "writes_its_own_grade",
        "its own notebook in autograded/",
        "import glob\ntry:\n    for p in glob.glob('COURSE/autograded/**/*.ipynb', recursive=True): open(p, 'w')\n"
        "except OSError: pass",
    ),
    harm(
        "leaves_a_link_for_the_grader",
        "a link in the place of its notebook, that the grader writes through",
        "import os\nos.symlink('OUTSIDE/written', 'tiny.ipynb')\nos.symlink('OUTSIDE', 'folder')",
    ),
    harm(
        "leaves_odd_files",
        "pipes, devices, hard links and unreadable folders in its folder",
        "import os\nos.mkfifo('pipe')\nos.makedirs('closed', mode=0)\n"
        "for attempt in (lambda: os.mknod('disk', 0o60666, os.makedev(8, 0)),\n"
        "                lambda: os.link('/etc/passwd', 'linked')):\n"
        "    try: attempt()\n    except OSError: pass",
        dangerous=True,
    ),
    harm(
        "changes_the_package",
        "the grader's own code, for the next submission",
        "import convwork, pathlib\nfor p in pathlib.Path(convwork.__file__).parent.rglob('*.py'):\n"
        "    try: p.write_text('raise SystemExit')\n    except OSError: pass",
        dangerous=True,
    ),
    harm(
        "changes_the_start_of_python",
        "code that every later kernel runs",
        "import os, site, pathlib\nhomes = [os.path.expanduser('~'), *site.getsitepackages()]\n"
        "for home in homes:\n    try:\n        pathlib.Path(home, 'sitecustomize.py').write_text('raise SystemExit')\n"
        "        pathlib.Path(home, '.ipython/profile_default/startup').mkdir(parents=True)\n"
        "    except OSError: pass",
        dangerous=True,
    ),
    harm(
        "submits_links",
        "files of the system, by links in the submitted folder",
        "pass",
        spoil=_leave_a_link,
    ),
    harm(
        "submits_a_hard_link",
        "a file of the course, by a hard link",
        "pass",
        spoil=_leave_a_hard_link,
    ),
    harm("submits_a_pipe", "a grader that waits for ever", "pass", spoil=_leave_a_pipe),
    Attack(
        "shadows_libraries",
        "own modules in the place of NumPy, json, ipykernel and convwork",
        double=None,
        quadruple=None,
        earns=ALL_POINTS,
        spoil=_shadow_libraries,
    ),
    Attack(
        "names_another_kernel",
        "a kernel of its own choice",
        double=None,
        quadruple=None,
        earns=ALL_POINTS,
        spoil=_name_another_kernel,
    ),
]
