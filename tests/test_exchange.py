"""A term by nbgrader's own commands: an instructor and two students, each a Unix user."""

import re
import stat
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader_runs import grades, make_course
from unix_users import Prompt, as_user, needs_root, prompt

from convwork import coursedir
from convwork.authoring.classroom import misconceived, solved
from convwork.coursedir import Notebook

pytestmark = [
    needs_root,
    pytest.mark.verify(
        depends=("tests/files/course/**/*",), uses=("convwork.grading", "convwork.exchange")
    ),
]

EVERYONE = {"teacher": 3001, "ada": 3002, "ben": 3003}
SETTINGS = """
c = get_config()
c.Exchange.root = "/mnt/exchange"
c.CourseDirectory.course_id = "convwork"
"""
VARIABLES = {"JUPYTER_CONFIG_PATH": "/mnt/settings", coursedir.ROOT_VARIABLE: ""}
HALF = {"double": 60, "quadruple": 20}
RIGHT = {"double": 60, "quadruple": 40}


@dataclass(frozen=True)
class School:
    """A folder that everyone sees as /mnt: their homes, the exchange, the machine's settings."""

    folder: Path
    prompts: dict[str, Prompt]

    @property
    def course(self) -> Path:
        """The instructor's."""
        return self.folder / "teacher/course"

    @property
    def notebook(self) -> Notebook:
        return Notebook(self.course, "week1", "tiny")

    def may(self, who: str, *command: str) -> bool:
        """Whether a command succeeds when somebody types it."""
        user = as_user(EVERYONE[who], self.folder)
        return not subprocess.run([*user, *command], capture_output=True, check=False).returncode

    def nbgrader(self, who: str, *arguments: str) -> str:
        """What nbgrader says to somebody; it must succeed."""
        code, said = self.prompts[who].nbgrader(*arguments)
        assert code == 0, said[-3000:]
        return said

    def refused(self, who: str, *arguments: str) -> str:
        """Why nbgrader refuses: one sentence, and which command failed."""
        code, said = self.prompts[who].nbgrader(*arguments)
        assert code == 1
        assert "Traceback" not in said
        *_, sentence, last = said.splitlines()
        assert last.endswith(f"nbgrader {arguments[0]} failed")
        return sentence

    def write(self, student: str, nb: NotebookNode) -> None:
        """Somebody saves a notebook that was fetched."""
        nbformat.write(nb, self.folder / student / "week1/tiny.ipynb")

    def points(self, student: str) -> dict[str, float]:
        return {
            exercise: score
            for (who, _, exercise), score in grades(self.course).items()
            if who == student
        }


@contextmanager
def open_school(folder: Path) -> Iterator[School]:
    """A school in which everybody has a prompt at home, the instructor in the course."""
    school = School(folder, {})
    lines = [f"{who}:x:{uid}:{uid}::/mnt/{who}:/bin/sh\n" for who, uid in EVERYONE.items()]
    (folder / "passwd").write_text("root:x:0:0::/root:/bin/sh\n" + "".join(lines))
    (folder / "settings").mkdir()
    (folder / "settings/nbgrader_config.py").write_text(SETTINGS)
    (folder / "exchange").mkdir()
    (folder / "exchange").chmod(0o1777)
    (folder / "closed").mkdir(0o755)
    make_course(school.course)
    for who, uid in EVERYONE.items():
        (folder / who).mkdir(exist_ok=True)
        subprocess.run(["chown", "-R", f"{uid}:{uid}", folder / who], check=True)
        (folder / who).chmod(0o700)
    folder.chmod(0o755)
    with ExitStack() as stack:
        for who, uid in EVERYONE.items():
            user = as_user(uid, folder, "teacher/course" if who == "teacher" else who)
            school.prompts[who] = stack.enter_context(prompt(user, **VARIABLES))
        yield school


@dataclass(frozen=True)
class Term:
    """What was said in a term, and what the gradebook held in between."""

    school: School
    said: dict[str, str]
    first_points: dict[str, float]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    with open_school(tmp_path_factory.mktemp("school")) as made:
        yield made


@pytest.fixture(scope="module")
def term(school: School) -> Term:
    """Ada hands in half of it, then all; Ben is late, for the due date is Ada's last moment."""
    notebook, said = school.notebook, {}
    wrong = misconceived(notebook, "quadruple", "twice only")

    school.nbgrader("teacher", "generate_assignment", "week1", "--force")
    said["release"] = school.nbgrader("teacher", "release_assignment", "week1")
    said["list"] = school.nbgrader("ada", "list")
    said["fetch"] = school.nbgrader("ada", "fetch_assignment", "week1")
    school.write("ada", solved(notebook, {"quadruple": wrong}))
    said["submit"] = school.nbgrader("ada", "submit", "week1")
    said["collect"] = school.nbgrader("teacher", "collect", "week1")
    school.nbgrader("teacher", "autograde", "week1")
    first_points = school.points("ada")

    school.write("ada", solved(notebook))
    school.nbgrader("ada", "submit", "week1")
    said["collect again"] = school.nbgrader("teacher", "collect", "week1")
    school.nbgrader("teacher", "collect", "week1", "--update")
    due = (school.course / "submitted/ada/week1/timestamp.txt").read_text()
    school.nbgrader("teacher", "db", "assignment", "add", "week1", f"--duedate={due}")

    school.nbgrader("ben", "fetch_assignment", "week1")
    school.write("ben", solved(notebook))
    school.nbgrader("ben", "submit", "week1")
    said["list inbound"] = school.nbgrader("teacher", "list", "--inbound")
    said["peek"] = school.nbgrader("ben", "list", "--inbound")
    school.nbgrader("teacher", "collect", "week1", "--update")
    penalty = "--LateSubmissionPlugin.penalty_method=zero"
    said["autograde"] = school.nbgrader("teacher", "autograde", "week1", penalty)
    school.nbgrader("teacher", "generate_feedback", "week1")
    school.nbgrader("teacher", "release_feedback", "week1")
    for student in ("ada", "ben"):
        said[f"feedback {student}"] = school.nbgrader(student, "fetch_feedback", "week1")
    return Term(school, said, first_points)


def test_students_find_and_fetch_the_release(term: Term) -> None:
    assert "Released as: convwork week1" in term.said["release"]
    assert "convwork week1" in term.said["list"]
    assert "Fetched as: convwork week1" in term.said["fetch"]
    fetched = term.school.folder / "exchange/convwork/outbound/week1/tiny.ipynb"
    assert fetched.read_bytes() == term.school.notebook.release.read_bytes()


def test_a_second_submission_replaces_the_first(term: Term) -> None:
    assert "Submitted as: convwork week1" in term.said["submit"]
    assert "Collecting submission: ada week1" in term.said["collect"]
    assert term.first_points == HALF
    assert "use --update to update: ada week1" in term.said["collect again"]
    assert term.school.points("ada") == RIGHT
    assert len(re.findall("convwork ada week1", term.said["list inbound"])) == 2


def test_only_who_is_late_pays(term: Term) -> None:
    assert term.school.points("ben") == RIGHT
    assert "Late submission penalty: 100" in term.said["autograde"]
    exporter = "--exporter=convwork.export.CanvasExporter"
    term.school.nbgrader("teacher", "export", exporter)
    _, _, *students = (term.school.course / "canvas.csv").read_text().splitlines()
    assert students == ["ada,,,ada,,100", "ben,,,ben,,0"]


def test_everyone_gets_feedback_on_what_was_graded(term: Term) -> None:
    for student, submissions in (("ada", 2), ("ben", 1)):
        said = term.said[f"feedback {student}"]
        assert said.count("Could not find feedback") == submissions - 1
        (page,) = (term.school.folder / student / "week1/feedback").glob("*/tiny.html")
        assert "quadruple" in page.read_text()
        assert page.stat().st_uid == EVERYONE[student]


def test_nobody_sees_what_is_anothers(term: Term) -> None:
    assert "ada" not in term.said["peek"]
    places = [
        "teacher/course",
        "ada/week1",
        "exchange/convwork/inbound",
        "exchange/convwork/feedback",
    ]
    for place in places:
        assert not term.school.may("ben", "ls", f"/mnt/{place}"), place
    inbound = term.school.folder / "exchange/convwork/inbound"
    assert stat.S_IMODE(inbound.stat().st_mode) & 0o777 == 0o733
    assert term.school.may("ada", "ls", "/mnt/ada/week1")
    assert not term.school.may("ben", "mv", "/mnt/exchange/convwork", "/mnt/exchange/x")


def test_a_submission_in_anothers_name_is_told(term: Term) -> None:
    """nbgrader collects it all the same: the instructor has to read."""
    school = term.school
    school.nbgrader("ben", "submit", "week1", "--student=eve")
    said = school.nbgrader("teacher", "collect", "week1", "--student=eve")
    assert "claims to be submitted by eve but is owned by ben; cheating attempt?" in said


# --- refusals ------------------------------------------------------------------------------------

INSTRUCTOR = ("release_assignment", "week1")
STUDENT = [
    ("list",),
    ("fetch_assignment", "week1"),
    ("submit", "week1"),
    ("fetch_feedback", "week1"),
]


@pytest.mark.parametrize(
    ("root", "problem"),
    [
        ("/mnt/closed", "Could not change permissions of /mnt/closed, permission denied; "),
        ("/mnt/missing", "Could not create /mnt/missing, permission denied; "),
    ],
)
def test_an_instructor_without_an_exchange(school: School, root: str, problem: str) -> None:
    said = school.refused("teacher", *INSTRUCTOR, f"--Exchange.root={root}")
    assert problem in said
    assert f"`install -d -m 1777 {root}`" in said
    assert "c.Exchange.root in nbgrader_config.py" in said


@pytest.mark.parametrize("root", ["/mnt/closed", "/mnt/missing"])
@pytest.mark.parametrize("command", STUDENT, ids=lambda command: command[0])
def test_a_student_without_an_exchange(school: School, command: tuple[str, ...], root: str) -> None:
    said = school.refused("ada", *command, f"--Exchange.root={root}")
    assert f"please contact your instructor: {root}" in said


def test_what_was_not_generated_is_not_released(term: Term) -> None:
    """The exchange is not to blame, and not blamed."""
    said = term.school.refused("teacher", *INSTRUCTOR)
    assert "add --force to overwrite: convwork week1" in said
    assert "install" not in said
