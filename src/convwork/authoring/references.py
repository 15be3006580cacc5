"""Running the solutions and the misconceptions, and keeping what they answer."""

import json
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from convwork.authoring import texts
from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.grading.cases import Case, Exercise, load_exercises
from convwork.grading.compare import difference
from convwork.grading.here import tree_here
from convwork.grading.judge import fault, lasting
from convwork.grading.payload import as_answer
from convwork.grading.questions import request_for
from convwork.grading.references import Trees, open_references, write_references
from convwork.trees import to_nodes

Namespace = dict[str, Any]
T = TypeVar("T")
TOLERANCES = (1e-4, 1e-5)  # a little of it is the processor's


def solved_namespace(notebook: Notebook) -> Namespace:
    """What the solved notebook defines, with only the cells run that the grader runs."""
    namespace: Namespace = {"__name__": "__main__"}
    for cell in texts.read_text(notebook).cells:
        if cell.cell_type == "code" and not texts.is_show(cell) and not texts.is_test(cell):
            run_cell(cell.source, namespace, str(notebook.text))
    return namespace


def run_cell(source: str, namespace: Namespace, name: str) -> None:
    """Execute a cell's text in a namespace. Raises ConvworkError if it stops with an error."""
    try:
        exec(compile(source, name, "exec"), namespace)
    except Exception as error:
        first, what = source.strip().partition("\n")[0], type(error).__name__
        raise ConvworkError(f"{name}: the cell {first!r} … stops with {what}: {error}") from error


def build_references(notebook: Notebook, seed: int | None = None) -> None:
    """Write a notebook's references; without a seed, with the one that the file has (else 0).

    Raises ConvworkError if a solution fails, or a misconception earns full points.
    """
    seed = stored_seed(notebook.references) if seed is None else seed
    write_references(notebook.references, seed, _all_trees(notebook, seed))


def stale_references(notebook: Notebook) -> list[str]:
    """The places where the stored references are not what the solutions answer now."""
    stale = []
    with open_references(notebook.references) as references:
        for exercise, trees in _all_trees(notebook, references.seed).items():
            stored = references.all_trees(exercise)
            stale += [f"{exercise}/{place}" for place in sorted(stored.keys() - trees.keys())]
            stale += [
                f"{exercise}/{place}"
                for place, tree in trees.items()
                if difference(_lasting(tree), _lasting(stored.get(place)), TOLERANCES)
            ]
    return stale


def side_by_side(
    work: Callable[[Notebook], T], notebooks: Sequence[Notebook]
) -> Iterator[tuple[Notebook, T]]:
    """What `work` gives for each notebook, as it comes; each has a process of its own.

    So one notebook's networks leave nothing behind for the next, neither memory nor names.
    """
    with ProcessPoolExecutor(
        min(len(notebooks), os.cpu_count() or 1),
        mp_context=get_context("spawn"),
        initializer=_share_processors,
        max_tasks_per_child=1,
    ) as pool:
        futures = {pool.submit(work, notebook): notebook for notebook in notebooks}
        for done in as_completed(futures):
            yield futures[done], done.result()


def _share_processors() -> None:
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")


def _lasting(tree: Any) -> Any:
    """An answer, or what else is stored, without what does not last in an error's message."""
    match tree:
        case {"error": {"message": str(message)} as error}:
            return tree | {"error": error | {"message": lasting(message)}}
    return tree


def stored_seed(path: Path) -> int:
    """The seed of a references file; 0 if there is no such file."""
    if not path.is_file():
        return 0
    with open_references(path) as references:
        return references.seed


def _all_trees(notebook: Notebook, seed: int) -> dict[str, Trees]:
    """Everything that the references file holds, by exercise and place."""
    solutions = texts.solutions(texts.read_text(notebook))
    namespace = solved_namespace(notebook)
    found = {}
    for exercise in load_exercises(notebook.tests).values():
        if exercise.name not in solutions:
            raise ConvworkError(f"{notebook}: no solution cell for exercise {exercise.name!r}")
        wrong = dict(_misconceived(exercise, solutions[exercise.name], namespace, notebook))
        trees: Trees = {}
        for case in exercise.cases:
            for variant in range(case.variants):
                trees |= _case_trees(notebook, exercise, case, variant, seed, namespace, wrong)
        _refuse_harmless(notebook, exercise, trees)
        found[exercise.name] = trees
    return found


def _misconceived(
    exercise: Exercise, solution: str, namespace: Namespace, notebook: Notebook
) -> Iterator[tuple[str, Namespace]]:
    """For each misconception, the notebook's namespace with it in the place of the solution."""
    for misconception in exercise.misconceptions:
        try:
            source = misconception.apply(solution)
        except ConvworkError as error:
            raise ConvworkError(f"{notebook}: {exercise.name}: {error}") from error
        changed = dict(namespace)
        run_cell(source, changed, f"{notebook}: misconception {misconception.name!r}")
        yield misconception.name, changed


def _case_trees(
    notebook: Notebook,
    exercise: Exercise,
    case: Case,
    variant: int,
    seed: int,
    namespace: Namespace,
    wrong: dict[str, Namespace],
) -> Trees:
    place = f"{case.name}/{variant}"
    name = f"{notebook}/{exercise.name}/{place}"
    generator = np.random.default_rng([seed, zlib.crc32(name.encode())])
    inputs = case.inputs(generator)
    if not isinstance(inputs, tuple):
        raise ConvworkError(f"{name}: inputs must be a tuple of arguments")
    request = request_for(exercise, case, inputs)
    answer = tree_here(namespace, request)
    want = as_answer(answer)
    again = as_answer(tree_here(namespace, request))
    if found := fault(exercise, case, inputs, want, again):
        raise ConvworkError(f"{name}: the solution itself fails: {found.problem}")
    if not _is_finite(answer):
        raise ConvworkError(f"{name}: the solution itself fails: it answers nan or infinity")
    trees = {f"{place}/inputs": inputs, f"{place}/answer": answer}
    for wrong_name, changed in wrong.items():
        got = tree_here(changed, request)
        if fault(exercise, case, inputs, want, as_answer(got)):
            trees[f"{place}/misconceptions/{wrong_name}"] = got
    return trees


def _is_finite(tree: Any) -> bool:
    arrays: list[np.ndarray] = []
    text = json.dumps(to_nodes(tree, arrays))
    numbers = all(np.isfinite(array).all() for array in arrays)
    return numbers and "NaN" not in text and "Infinity" not in text


def _refuse_harmless(notebook: Notebook, exercise: Exercise, trees: Trees) -> None:
    """Each misconception must fail some case in each of its variants: no luck of the draw."""
    for misconception in exercise.misconceptions:
        fails = any(
            all(
                f"{case.name}/{variant}/misconceptions/{misconception.name}" in trees
                for variant in range(case.variants)
            )
            for case in exercise.cases
        )
        if not fails:
            raise ConvworkError(
                f"{notebook}: {exercise.name}: the misconception {misconception.name!r} fails no "
                "case in all of its variants; add a case that tells it from a right solution"
            )
