"""Which solutions are alike, after what was handed out, and what many wrote, is taken out.

Names, texts and comments do not count: `copydetect` compares tokens, by fingerprints of all
sequences of a certain length (Schleimer, Wilkerson, Aiken, "Winnowing: local algorithms for
document fingerprinting", 2003), so that renaming hides nothing.
"""

import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from copydetect import CodeFingerprint, compare_files
from copydetect.utils import get_token_coverage, highlight_overlap
from markupsafe import Markup

Students = tuple[str, ...]

SHORTEST = 25  # signs in a row that count as alike; a name is one sign
LEAST = 100  # signs alike, below which two solutions have too little in common to speak of
ALIKE = 0.6  # of what is a student's own
MANY = 0.2  # of a class: what more of them wrote alike is the way that one writes it …
FEW = 5  # … if they are more than these


@dataclass(frozen=True)
class Likeness:
    """Solutions of one notebook that are alike.

    one, other: who wrote each; several where their solutions are the same sign by sign. `other`
    may be empty then. shares: how much of each one's own is in the other. texts: the two
    solutions as HTML, with what is alike marked.
    """

    notebook: str
    one: tuple[str, ...]
    other: tuple[str, ...]
    shares: tuple[float, float]
    signs: int
    texts: tuple[Markup, Markup]

    @property
    def students(self) -> tuple[str, ...]:
        """All of them."""
        return self.one + self.other


def alike(notebook: str, solutions: dict[str, str], handed_out: str) -> list[Likeness]:
    """The pairs of a notebook's solutions that are alike, the most alike first.

    solutions: by student. handed_out: the release's own text of the same cells.
    """
    groups = _same(solutions)
    prints = {students: _fingerprint(solutions[students[0]]) for students in groups}
    ignored = _fingerprint(handed_out).hashes | _common(list(prints.values()))
    for found in prints.values():
        _leave_out(found, ignored)
    found = [_group(notebook, group, prints[group], solutions) for group in groups]
    found += [
        _pair(notebook, one, prints[one], other, prints[other])
        for one, other in _candidates(prints)
    ]
    pairs = [pair for pair in found if pair is not None]
    return sorted(pairs, key=lambda pair: (-max(pair.shares), -pair.signs, pair.one))


def _same(solutions: dict[str, str]) -> list[Students]:
    """The students in groups: within one, the solutions are the same sign by sign."""
    groups: dict[str, list[str]] = {}
    for student, text in sorted(solutions.items()):
        groups.setdefault(_fingerprint(text).filtered_code, []).append(student)
    return [tuple(group) for group in groups.values()]


def _fingerprint(text: str) -> CodeFingerprint:
    return CodeFingerprint(
        "solution.py", k=SHORTEST, win_size=1, language="python", fp=io.StringIO(text.strip())
    )


def _common(prints: list[CodeFingerprint]) -> set[int]:
    """What so many wrote alike is the way that one writes it."""
    counts = Counter(value for found in prints for value in found.hashes)
    limit = max(FEW, MANY * len(prints))
    return {value for value, count in counts.items() if count > limit}


def _leave_out(found: CodeFingerprint, ignored: set[int]) -> None:
    """As copydetect does with boilerplate, but for sequences that come several times, too."""
    found.hash_idx = {value: at for value, at in found.hash_idx.items() if value not in ignored}
    found.hashes = set(found.hash_idx)
    found.token_coverage = get_token_coverage(found.hash_idx, found.k, len(found.filtered_code))


def _candidates(prints: dict[Students, CodeFingerprint]) -> Iterator[tuple[Students, Students]]:
    """Pairs that share enough to be worth a closer look: not all are compared with all."""
    writers: dict[int, list[Students]] = {}
    for students, found in prints.items():
        for value in found.hashes:
            writers.setdefault(value, []).append(students)
    shared = Counter(pair for group in writers.values() for pair in combinations(group, 2))
    for (one, other), count in shared.items():
        if count >= ALIKE / 2 * min(len(prints[one].hashes), len(prints[other].hashes)):
            yield one, other


def _group(
    notebook: str, students: Students, found: CodeFingerprint, solutions: dict[str, str]
) -> Likeness | None:
    if len(students) < 2 or found.token_coverage < LEAST:
        return None
    one, other = (Markup("<mark>{}</mark>").format(solutions[name]) for name in students[:2])
    return Likeness(notebook, students, (), (1.0, 1.0), int(found.token_coverage), (one, other))


def _pair(
    notebook: str, one: Students, first: CodeFingerprint, other: Students, second: CodeFingerprint
) -> Likeness | None:
    signs, shares, slices = compare_files(first, second)
    if signs < LEAST or max(shares) < ALIKE:
        return None
    texts = (_marked(first, slices[0]), _marked(second, slices[1]))
    capped = (min(float(shares[0]), 1.0), min(float(shares[1]), 1.0))
    return Likeness(notebook, one, other, capped, int(signs), texts)


def _marked(found: CodeFingerprint, slices: np.ndarray) -> Markup:
    """The text as HTML, with the slices marked."""
    text, _ = highlight_overlap(found.raw_code, slices, "<mark>", "</mark>", escape_html=True)
    return Markup(text)
