"""The command `convwork`."""

import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from convwork import coursedir
from convwork.errors import ConvworkError

console = Console()
errors = Console(stderr=True)


class Commands(click.Group):
    """A group whose commands answer a user's mistake with its message, and no traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a ConvworkError becomes one message and exit code 1."""
        try:
            return super().invoke(ctx)
        except ConvworkError as error:
            errors.print(f"convwork: {error}", markup=False, highlight=False, soft_wrap=True)
            ctx.exit(1)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="convwork")
def main() -> None:
    """A course on convolutional neural networks that builds, checks and grades itself."""


@main.command()
@click.option("--check", is_flag=True, help="Change nothing; fail if a file is out of step.")
def build(check: bool) -> None:
    """Build source/ and release/ from the texts in notebooks/."""
    from convwork.authoring import build as builder

    root = coursedir.find_root()
    if not check:
        for path in builder.build(root):
            done = "wrote" if path.exists() else "removed"
            console.print(f"{done} {path.relative_to(root)}", highlight=False)
        return
    stale = [str(path.relative_to(root)) for path in builder.check(root)]
    if stale:
        raise ConvworkError(
            "out of step with their texts: " + ", ".join(stale) + "; run `convwork build`"
        )


@main.command()
@click.argument("week", required=False)
@click.argument("notebook", required=False)
@click.option("--check", is_flag=True, help="Change nothing; fail if a reference is out of date.")
@click.option("--seed", type=int, help="Draw the hidden inputs anew: another term, fresh cases.")
def references(week: str | None, notebook: str | None, check: bool, seed: int | None) -> None:
    """Run the solutions and misconceptions, and keep what they answer."""
    from convwork.authoring.references import build_references, side_by_side, stale_references

    chosen = coursedir.notebooks(coursedir.find_root(), week, notebook)
    work: Callable[[coursedir.Notebook], list[str] | None] = (
        stale_references if check else functools.partial(build_references, seed=seed)
    )
    stale: list[str] = []
    with console.status("running the solutions"):
        for found, places in side_by_side(work, chosen):
            stale += [f"{found}: {place}" for place in places or ()]
            console.print(f"{found}: {'checked' if check else 'written'}", highlight=False)
    if stale:
        raise ConvworkError(
            "references out of date: " + ", ".join(stale[:10]) + "; run `convwork references`"
        )


@main.command()
@click.argument("notebooks", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the verdicts as JSON.")
@click.pass_context
def check(ctx: click.Context, notebooks: tuple[Path, ...], as_json: bool) -> None:
    """Check your own notebooks: what is right, what is wrong, and why.

    The exit code is 0 only if everything is right.
    """
    from convwork.grading.checking import check_file
    from convwork.grading.feedback import notebook_table

    verdicts = []
    for path in notebooks:
        with errors.status(f"{path}: running it"):
            verdicts.append(check_file(path))
        if not as_json:
            console.print(notebook_table(verdicts[-1]))
    if as_json:
        click.echo(json.dumps([verdict.to_json() for verdict in verdicts], indent=2))
    ctx.exit(0 if all(verdict.passed for verdict in verdicts) else 1)


@main.command()
@click.argument("week")
@click.option("--student", "students", multiple=True, help="Only this one; may be repeated.")
@click.option("--workers", type=click.IntRange(1), help="Kernels at once; default: processors.")
@click.option("--scheduler", metavar="ADDRESS", help="A Dask scheduler, for many machines.")
@click.option("--force", is_flag=True, help="Grade again what was graded before.")
@click.option("--no-sandbox", is_flag=True, help="Run students' code unconfined, as you.")
@click.pass_context
def autograde(
    ctx: click.Context,
    week: str,
    students: tuple[str, ...],
    workers: int | None,
    scheduler: str | None,
    force: bool,
    no_sandbox: bool,
) -> None:
    """Grade a class, in parallel; the grades are those of `nbgrader autograde`.

    What was graded before is skipped, so a stopped run goes on where it was. The exit code is 0
    if every submission got a grade.
    """
    from convwork.grading import engine
    from convwork.grading.progress import ClassProgress

    root = coursedir.find_root()
    coursedir.notebooks(root, week)
    order = engine.Order(
        week, students, force, not no_sandbox, scheduler, workers or os.cpu_count() or 1
    )
    with ClassProgress(console) as progress:
        engine.autograde(root, order, progress.start, progress.take)
    progress.summarise()
    ctx.exit(1 if progress.failed else 0)


@main.command()
@click.argument("week")
@click.option(
    "--output", type=click.Path(path_type=Path), help="The page; default: reports/WEEK.html."
)
def report(week: str, output: Path | None) -> None:
    """Write a page on a graded week: grades, cases, misconceptions, what needs a look.

    It shows students' names and code: for the course's teachers only.
    """
    from rich.progress import Progress

    from convwork.report.page import write_report

    root = coursedir.find_root()
    page = (output or root / "reports" / f"{week}.html").absolute()
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
        task = progress.add_task("reading", total=None)
        write_report(
            root, week, page, lambda done, of: progress.update(task, completed=done, total=of)
        )
    console.print(f"wrote {page}", highlight=False, soft_wrap=True)


@main.command()
def doctor() -> None:
    """Say which layers of the sandbox this machine gives, and what would give the rest.

    The exit code is 0 if students' code can be graded here.
    """
    from rich.table import Table

    from convwork.grading.doctor import examine, missing

    with errors.status("trying each layer"):
        findings = examine()
    table = Table("", "layer", "what it does, or what would give it", box=None)
    for finding in findings:
        text = f"{finding.problem}; needs {finding.remedy}" if finding.problem else finding.does
        table.add_row("no" if finding.problem else "yes", finding.layer, text)
    console.print(table)
    if lacking := missing(findings):
        raise ConvworkError(f"nothing can be graded here: {'; '.join(lacking)}")
    console.print("Students' code can be graded here.")


@main.command()
@click.argument("weeks", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as JSON.")
@click.pass_context
def mutants(ctx: click.Context, weeks: tuple[str, ...], as_json: bool) -> None:
    """Measure the hidden tests: which small faults in a solution would lose no points?

    The exit code is 0 if at least 98 % of the mutants that are no equivalents lose points.
    """
    from rich.progress import Progress, TaskID

    from convwork.authoring.mutant_report import survivors_list, table
    from convwork.authoring.mutants import Outcome, judge_mutants, share_caught
    from convwork.authoring.mutants import mutants as mutants_of

    root = coursedir.find_root()
    chosen = [n for week in weeks or coursedir.weeks(root) for n in coursedir.notebooks(root, week)]
    outcomes = []
    with Progress(console=errors, disable=not errors.is_terminal) as progress:
        for notebook in chosen:
            task = progress.add_task(str(notebook), total=len(mutants_of(notebook)))

            def advance(_: Outcome, task: TaskID = task) -> None:
                progress.advance(task)

            outcomes += judge_mutants(notebook, advance)
    if as_json:
        click.echo(json.dumps([outcome.to_json() for outcome in outcomes], indent=2))
    else:
        console.print(table(outcomes))
        console.print(survivors_list(outcomes))
    ctx.exit(0 if share_caught(outcomes) >= 0.98 else 1)


@main.command()
@click.option("--all", "everything", is_flag=True, help="Every notebook, and not only three.")
def demo(everything: bool) -> None:
    """Grade a small class from start to end, in the folder demo/."""
    from convwork.authoring.demo import choose, run_demo
    from convwork.authoring.demo_report import Steps, places, what_came_of_it

    root = coursedir.find_root()
    with Steps(console) as steps:
        result = run_demo(root, root / "demo", choose(root, everything), steps.begin, steps.done)
    console.print(what_came_of_it(result))
    console.print(places(result), markup=False, highlight=False, soft_wrap=True)


@main.group(cls=Commands)
def datasets() -> None:
    """The course's data: pictures and weights, in datasets/."""


@datasets.command("build")
@click.argument("names", nargs=-1)
def build_datasets(names: tuple[str, ...]) -> None:
    """Build the named data files, or all, from the packages that they come from."""
    from convwork.authoring.datasets import build

    build(names, lambda line: console.print(line, highlight=False))


@datasets.command("check")
def check_datasets() -> None:
    """Verify that every data file is what was built."""
    from convwork.authoring.datasets import check

    check(lambda line: console.print(line, highlight=False))


if __name__ == "__main__":
    main()
