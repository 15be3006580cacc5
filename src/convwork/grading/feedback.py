"""Verdicts as people read them: HTML for notebooks and feedback pages, tables for the terminal."""

from dataclasses import replace
from html import escape

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from convwork.grading.verdicts import CaseVerdict, ExerciseVerdict, NotebookVerdict

PASSED, FAILED = "✓ passed", "✗ failed"
CELL = "text-align: left; vertical-align: top; padding: 0.15em 1.2em 0.15em 0"


def exercise_html(verdict: ExerciseVerdict) -> str:
    """One exercise as an HTML table, readable on light and dark pages and without colour."""
    passed = sum(case.passed for case in verdict.cases)
    said = "".join(f"<p><strong>{escape(line)}</strong></p>" for line in verdict.remarks)
    said += "".join(f"<p>→ <em>{escape(line)}</em></p>" for line in _diagnoses(verdict))
    head = "".join(f'<th style="{CELL}">{title}</th>' for title in ("Case", "", "What was found"))
    rows = "".join(_row_html(case) for case in _told(verdict))
    return (
        '<div class="convwork-report">'
        f"<p><code>{escape(verdict.name)}</code>: {passed} of {len(verdict.cases)} cases pass, "
        f"<strong>{verdict.score:g} of {verdict.points:g} points</strong></p>{said}"
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row_html(case: CaseVerdict) -> str:
    result = PASSED if case.passed else FAILED
    return (
        f'<tr><td style="{CELL}">{escape(case.name)}</td>'
        f'<td style="{CELL}; white-space: nowrap">{result}</td>'
        f'<td style="{CELL}">{escape(case.problem)}</td></tr>'
    )


def _told(verdict: ExerciseVerdict) -> list[CaseVerdict]:
    """The cases to be told: one for all where the same was found in each."""
    if len(verdict.cases) > 1 and verdict.common_problem:
        return [replace(verdict.cases[0], name="every case")]
    return list(verdict.cases)


def _diagnoses(verdict: ExerciseVerdict) -> list[str]:
    """Each misconception that was met, once, and in which cases it was."""
    cases: dict[str, list[str]] = {}
    for case in verdict.cases:
        if case.misconception:
            cases.setdefault(case.misconception, []).append(case.name)
    by_count = sorted(cases.items(), key=lambda item: -len(item[1]))
    if len(by_count) == 1:
        return [by_count[0][0]]
    return [f"{sentence} ({', '.join(names)})" for sentence, names in by_count]


def notebook_table(verdict: NotebookVerdict) -> RenderableType:
    """A notebook's verdict as a table for the terminal, one row for each exercise and case."""
    table = Table(title=verdict.notebook, box=box.SIMPLE_HEAD, title_justify="left")
    table.add_column("Exercise", no_wrap=True)
    table.add_column("Points", justify="right", no_wrap=True)
    table.add_column("Case")
    table.add_column("What was found", ratio=1)
    for exercise in verdict.exercises:
        _exercise_rows(table, exercise)
    table.add_section()
    table.add_row("Total", f"{verdict.score:g} / {verdict.points:g}")
    remarks = [Text(f"• {remark}", style="bold") for remark in verdict.remarks]
    return Group(table, *remarks)


def _exercise_rows(table: Table, exercise: ExerciseVerdict) -> None:
    points = f"{exercise.score:g} / {exercise.points:g}"
    failed = [case for case in exercise.cases if not case.passed]
    count = f"{len(exercise.cases) - len(failed)} of {len(exercise.cases)} cases pass"
    mark = Text("✗ " if failed else "✓ ", style="red" if failed else "green")
    said = Text("\n".join(exercise.remarks), style="bold")
    for line in _diagnoses(exercise):
        said.append(("\n" if said else "") + line, style="not bold italic")
    table.add_row(Text(exercise.name, style="bold"), points, mark + count, said)
    for case in _told(exercise):
        if not case.passed:
            table.add_row("", "", Text(case.name), Text(case.problem))
