"""How strong are the hidden tests? Small changes to each solution must lose points.

A mutant is a solution with one operator, constant, index, comparison, argument or statement
changed. One that loses no points is a survivor: a hole in the cases, or equivalent to the
solution. Equivalent ones are listed, with reasons, in `equivalent_mutants.toml` beside the tests.
"""

import os
import signal
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

import libcst as cst
import libcst.matchers as m
from pebble import ProcessExpired, ProcessPool

from convwork.authoring import texts
from convwork.authoring.references import Namespace, run_cell, solved_namespace
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.grading.cases import load_exercises
from convwork.grading.here import answer_here
from convwork.grading.judge import passes
from convwork.grading.questions import Question, questions
from convwork.grading.references import open_references

KEYS = (b"one", b"two", b"three")
MUTANT_LIMIT = 120

OPERATORS: dict[type[cst.BaseBinaryOp], tuple[type[cst.BaseBinaryOp], ...]] = {
    cst.Add: (cst.Subtract,),
    cst.Subtract: (cst.Add,),
    cst.Multiply: (cst.Divide,),
    cst.Divide: (cst.Multiply, cst.FloorDivide),
    cst.FloorDivide: (cst.Divide, cst.Multiply),
    cst.Modulo: (cst.Multiply,),
    cst.Power: (cst.Multiply,),
    cst.MatrixMultiply: (cst.Multiply,),
}
COMPARISONS: dict[type[cst.BaseCompOp], tuple[type[cst.BaseCompOp], ...]] = {
    cst.LessThan: (cst.LessThanEqual, cst.GreaterThan),
    cst.LessThanEqual: (cst.LessThan, cst.GreaterThan),
    cst.GreaterThan: (cst.GreaterThanEqual, cst.LessThan),
    cst.GreaterThanEqual: (cst.GreaterThan, cst.LessThan),
    cst.Equal: (cst.NotEqual,),
    cst.NotEqual: (cst.Equal,),
    cst.Is: (cst.IsNot,),
    cst.IsNot: (cst.Is,),
    cst.In: (cst.NotIn,),
    cst.NotIn: (cst.In,),
}
AUGMENTED: dict[type[cst.BaseAugOp], type[cst.BaseAugOp]] = {
    cst.AddAssign: cst.SubtractAssign,
    cst.SubtractAssign: cst.AddAssign,
    cst.MultiplyAssign: cst.DivideAssign,
    cst.DivideAssign: cst.MultiplyAssign,
}
NAMES = {
    "max": "min",
    "min": "max",
    "sum": "mean",
    "mean": "sum",
    "zeros": "ones",
    "zeros_like": "ones_like",
    "True": "False",
    "False": "True",
}
STRINGS = {"same": "valid", "valid": "same", "relu": "linear", "softmax": "linear"}


@dataclass(frozen=True)
class Mutant:
    """One changed solution; `change` is the line as it was and as it is."""

    notebook: Notebook
    exercise: str
    change: str
    source: str


@dataclass(frozen=True)
class Outcome:
    """What became of a mutant: "caught", "equivalent" or "survived"."""

    mutant: Mutant
    fate: str

    def to_json(self) -> dict[str, str]:
        """The outcome as plain values."""
        place = {"notebook": str(self.mutant.notebook), "exercise": self.mutant.exercise}
        return place | {"change": self.mutant.change, "fate": self.fate}


def share_caught(outcomes: list[Outcome]) -> float:
    """The share of mutants that lose points, among those that are no equivalents."""
    fates = [outcome.fate for outcome in outcomes if outcome.fate != "equivalent"]
    return fates.count("caught") / len(fates) if fates else 1.0


def mutants(notebook: Notebook) -> list[Mutant]:
    """All mutants of a notebook's solutions, each text once."""
    found: dict[str, Mutant] = {}
    for exercise, solution in texts.solutions(texts.read_text(notebook)).items():
        for source in _changed(solution):
            change = _change(solution, source)
            found.setdefault(source, Mutant(notebook, exercise, change, source))
    return list(found.values())


def judge_mutants(
    notebook: Notebook, report: Callable[[Outcome], None] = lambda outcome: None
) -> list[Outcome]:
    """Grade every mutant of a notebook, in parallel; one that hangs or dies loses points."""
    equivalent = known_equivalents(notebook)
    todo = mutants(notebook)
    if unknown := equivalent - {(mutant.exercise, mutant.change) for mutant in todo}:
        raise ConvworkError(
            f"{notebook}: equivalent_mutants.toml names mutants that do not exist: "
            + "; ".join(f"{exercise}: {change}" for exercise, change in sorted(unknown))
        )
    outcomes = []
    with ProcessPool(
        max_workers=os.cpu_count() or 1,
        initializer=_prepare,
        initargs=(notebook,),
        context=get_context("spawn"),
    ) as pool:
        futures = [
            (mutant, pool.schedule(_is_caught, args=(mutant,), timeout=MUTANT_LIMIT))
            for mutant in todo
        ]
        for mutant, future in futures:
            try:
                caught = future.result()
            except (FutureTimeoutError, ProcessExpired):
                caught = True
            known = (mutant.exercise, mutant.change) in equivalent
            fate = "caught" if caught else "equivalent" if known else "survived"
            outcomes.append(Outcome(mutant, fate))
            report(outcomes[-1])
    return outcomes


def known_equivalents(notebook: Notebook) -> set[tuple[str, str]]:
    """Exercise and change of the mutants that compute the same as the solution.

    Raises ConvworkError if the file can't be read, or an entry gives no reason.
    """
    path = notebook.tests.parent / "equivalent_mutants.toml"
    if not path.is_file():
        return set()
    try:
        entries = tomllib.loads(path.read_text()).get(notebook.name, [])
    except tomllib.TOMLDecodeError as error:
        raise ConvworkError(f"{path}: {error}") from error
    for entry in entries:
        if not {"exercise", "change", "reason"} <= entry.keys():
            raise ConvworkError(f"{path}: {entry}: an entry needs exercise, change and reason")
    return {(entry["exercise"], entry["change"]) for entry in entries}


_state: dict[str, Any] = {}


def _prepare(notebook: Notebook) -> None:
    """In a worker: what all mutants of a notebook share."""
    signal.signal(signal.SIGALRM, _give_up)
    _state["namespace"] = solved_namespace(notebook)
    _state["exercises"] = load_exercises(notebook.tests)


def _give_up(*_: Any) -> None:
    raise TimeoutError


def _is_caught(mutant: Mutant) -> bool:
    """In a worker: whether a mutant loses points, whichever variants it is asked."""
    namespace: Namespace = dict(_state["namespace"])
    exercise = _state["exercises"][mutant.exercise]
    try:
        run_cell(mutant.source, namespace, "mutant")
    except Exception:
        return True
    with open_references(mutant.notebook.references) as references:
        return all(
            any(_fails(question, namespace) for question in questions(exercise, key, references))
            for key in KEYS
        )


def _fails(question: Question, namespace: Namespace) -> bool:
    signal.setitimer(signal.ITIMER_REAL, question.case.time_limit)
    try:
        reply = answer_here(namespace, question.request)
    except TimeoutError:
        return True
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return not passes(question, reply)


def _change(solution: str, source: str) -> str:
    """The lines that differ, as `old → new`."""
    old, new = solution.splitlines(), source.splitlines()
    while old and new and old[0] == new[0]:
        old, new = old[1:], new[1:]
    while old and new and old[-1] == new[-1]:
        old, new = old[:-1], new[:-1]
    return " ".join(map(str.strip, old)) + " → " + " ".join(map(str.strip, new))


def _changed(solution: str) -> Iterator[str]:
    """Every text that differs from a solution by one small change."""
    module = cst.parse_module(solution)
    collector = _Collector()
    module.visit(collector)
    for node, replacement in collector.changes:
        changed = module.deep_replace(node, replacement)
        assert isinstance(changed, cst.Module)
        if changed.code != solution:
            yield changed.code


class _Collector(cst.CSTVisitor):
    """Collects (node, replacement) pairs; messages of errors and docstrings are left alone."""

    def __init__(self) -> None:
        self.changes: list[tuple[cst.CSTNode, cst.CSTNode]] = []

    def _add(self, node: cst.CSTNode, replacement: cst.CSTNode) -> None:
        self.changes.append((node, replacement))

    def visit_Raise(self, node: cst.Raise) -> bool:
        return False

    def visit_Annotation(self, node: cst.Annotation) -> bool:
        return False

    def visit_SimpleStatementLine(self, node: cst.SimpleStatementLine) -> bool:
        if m.matches(node, m.SimpleStatementLine([m.Expr(m.SimpleString())])):
            return False
        if not m.matches(node, m.SimpleStatementLine([m.Pass()])):
            self._add(node, node.with_changes(body=[cst.Pass()]))
        return True

    def visit_BinaryOperation(self, node: cst.BinaryOperation) -> None:
        for operator in OPERATORS.get(type(node.operator), ()):
            spaced = operator(  # type: ignore[call-arg]
                whitespace_before=cst.SimpleWhitespace(" "),
                whitespace_after=cst.SimpleWhitespace(" "),
            )
            self._add(node, node.with_changes(operator=spaced))

    def visit_AugAssign(self, node: cst.AugAssign) -> None:
        if operator := AUGMENTED.get(type(node.operator)):
            self._add(node, node.with_changes(operator=operator()))
        self._add(node, cst.Assign([cst.AssignTarget(node.target)], node.value))

    def visit_ComparisonTarget(self, node: cst.ComparisonTarget) -> None:
        for operator in COMPARISONS.get(type(node.operator), ()):
            self._add(node, node.with_changes(operator=operator()))

    def visit_BooleanOperation(self, node: cst.BooleanOperation) -> None:
        operator = cst.Or() if isinstance(node.operator, cst.And) else cst.And()
        self._add(node, node.with_changes(operator=operator))

    def visit_UnaryOperation(self, node: cst.UnaryOperation) -> None:
        self._add(node, node.expression)

    def visit_If(self, node: cst.If) -> None:
        for value in ("True", "False"):
            self._add(node.test, cst.Name(value))

    def visit_IfExp(self, node: cst.IfExp) -> None:
        self._add(node, node.body)
        self._add(node, node.orelse)

    def visit_Integer(self, node: cst.Integer) -> None:
        value = int(node.value)
        self._add(node, cst.Integer(str(value + 1)))
        self._add(node, cst.parse_expression(f"{value - 1}" if value else "-1"))

    def visit_Float(self, node: cst.Float) -> None:
        self._add(node, cst.Float(repr(float(node.value) + 1.0)))

    def visit_SimpleString(self, node: cst.SimpleString) -> None:
        text = str(node.evaluated_value)
        self._add(node, cst.SimpleString(repr(STRINGS.get(text, text + "X"))))

    def visit_Attribute(self, node: cst.Attribute) -> None:
        if node.attr.value in NAMES:
            self._add(node, node.with_changes(attr=cst.Name(NAMES[node.attr.value])))

    def visit_Name(self, node: cst.Name) -> None:
        if node.value in ("True", "False"):
            self._add(node, cst.Name(NAMES[node.value]))

    def visit_Index(self, node: cst.Index) -> None:
        if isinstance(node.value, cst.Name):
            self._add(
                node, node.with_changes(value=cst.parse_expression(f"{node.value.value} + 1"))
            )

    def visit_Slice(self, node: cst.Slice) -> None:
        if isinstance(node.lower, cst.Name):
            self._add(
                node, node.with_changes(lower=cst.parse_expression(f"{node.lower.value} + 1"))
            )
        if isinstance(node.upper, cst.Name):
            self._add(
                node, node.with_changes(upper=cst.parse_expression(f"{node.upper.value} - 1"))
            )

    def visit_Call(self, node: cst.Call) -> None:
        positional = [arg for arg in node.args if arg.keyword is None and not arg.star]
        if len(positional) >= 2:
            first, second = positional[:2]
            swapped = [
                first.with_changes(value=second.value),
                second.with_changes(value=first.value),
                *node.args[2:],
            ]
            self._add(node, node.with_changes(args=swapped))
        for i, arg in enumerate(node.args):
            if arg.keyword is not None:
                self._add(node, node.with_changes(args=[*node.args[:i], *node.args[i + 1 :]]))
