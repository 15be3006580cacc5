"""The second tier of the tests, and the proofs that spare it: a pytest plugin.

A test with the marker `verify` belongs to the second tier, which `--tier verify` runs. Those of
one file that are about one notebook are a proof together. A proof is current while the digest of
all that it depends on is the one in `proofs.toml`; then it is not made again, unless `--fresh`
asks for it. With `--record` what was proved is written there.
"""

import tomllib
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from dependencies import Dependencies

from convwork.coursedir import Notebook
from convwork.errors import ConvworkError
from convwork.files import write_atomically

MARKER = "verify(depends=(), uses=()): of the second tier; files and modules that it needs"
HEADER = """\
# What the second tier of the tests has proved, by the digest of all that each proof depends on.
# `make verify` writes this file; tests/README.md says more.
"""
PROOF = "proof"  # in a report's user_properties: to which proof its test belongs


@dataclass
class Plan:
    """What was collected: the proofs with their digests and how many tests each has."""

    files: list[str] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    current: list[str] = field(default_factory=list)
    left_out: int = 0

    @property
    def open(self) -> list[str]:
        """The proofs that are to be made."""
        return sorted(self.digests.keys() - set(self.current))


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("proofs", "two tiers of tests")
    group.addoption(
        "--tier", choices=("test", "verify"), default="test", help="which tests; default: test"
    )
    group.addoption("--fresh", action="store_true", help="make current proofs again, too")
    group.addoption("--record", action="store_true", help="write what was proved into the ledger")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", MARKER)
    if config.getoption("record"):
        if config.getoption("tier") != "verify":
            raise pytest.UsageError("--record needs --tier verify")
        if config.getoption("lf") or any("::" in argument for argument in config.args):
            raise pytest.UsageError("--record needs whole files: a part of a proof proves nothing")
    config.pluginmanager.register(Proofs(config), "convwork-proofs")


class Proofs:
    """Chooses what is run, keeps count of what came of it, and writes the ledger.

    Under pytest-xdist the workers choose, and the controller counts and writes.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._root = config.rootpath
        self._ledger = config.rootpath / "tests" / "proofs.toml"
        self._plan = Plan()
        self._passed: Counter[str] = Counter()
        self._failed: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Before others choose: a proof is known with all of its tests."""
        verify = self._config.getoption("tier") == "verify"
        self._plan.files = sorted({self._file(item) for item in items})
        if verify:
            self._look_up(items)
        chosen = [item for item in items if self._is_chosen(item, verify)]
        dropped = [item for item in items if not self._is_chosen(item, verify)]
        self._plan.left_out = 0 if verify else len(dropped)
        self._config.hook.pytest_deselected(items=dropped)
        items[:] = self._balanced(chosen)
        if hasattr(self._config, "workeroutput"):
            self._config.workeroutput[PROOF] = asdict(self._plan)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """A worker of pytest-xdist has ended; all have the same plan."""
        if plan := getattr(node, "workeroutput", {}).get(PROOF):
            self._plan = Plan(**plan)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        proof = dict(report.user_properties).get(PROOF)
        if proof is None:
            return
        if report.failed:
            self._failed.add(str(proof))
        self._passed[str(proof)] += report.when == "call" and report.passed

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and self._plan.current:
            session.exitstatus = pytest.ExitCode.OK if not self._plan.open else exitstatus
        if self._config.getoption("record") and not hasattr(self._config, "workerinput"):
            self._record()

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        plan = self._plan
        if self._config.getoption("tier") == "test":
            if plan.left_out:
                terminalreporter.write_line(f"second tier: {plan.left_out} tests, by `make verify`")
            return
        made = self._made()
        terminalreporter.write_line(
            f"proofs: {len(plan.current)} current, {len(made)} made, "
            f"{len(plan.open) - len(made)} not made"
        )
        for name in plan.open:
            if name not in made:
                terminalreporter.write_line(f"not proved: {name}")

    def _look_up(self, items: list[pytest.Item]) -> None:
        """Which proofs there are, and which of them are current."""
        proofs: dict[str, list[pytest.Item]] = {}
        for item in items:
            if item.get_closest_marker("verify"):
                proofs.setdefault(self._proof(item), []).append(item)
        dependencies = Dependencies(self._root)
        proved = {} if self._config.getoption("fresh") else self._proved()
        for name, members in proofs.items():
            digest = dependencies.digest(self._depends_on(members, dependencies))
            self._plan.digests[name], self._plan.sizes[name] = digest, len(members)
            if proved.get(name) == digest:
                self._plan.current.append(name)
            for item in members:
                item.user_properties.append((PROOF, name))

    def _depends_on(self, items: list[pytest.Item], dependencies: Dependencies) -> set[Path]:
        """The files that the tests of a proof depend on."""
        files = dependencies.test_module(items[0].path)
        if notebook := self._notebook(items[0]):
            files |= dependencies.notebook(notebook)
        week = notebook.partition("/")[0]
        for item in items:
            for mark in item.iter_markers("verify"):
                try:
                    for pattern in mark.kwargs.get("depends", ()):
                        files |= dependencies.matching(pattern.format(week=week))
                    for name in mark.kwargs.get("uses", ()):
                        files |= dependencies.module(name)
                except ConvworkError as error:
                    raise pytest.UsageError(f"{item.nodeid}: marker verify: {error}") from error
        return dependencies.closure(files)

    def _is_chosen(self, item: pytest.Item, verify: bool) -> bool:
        if item.get_closest_marker("verify") is None:
            return not verify
        return verify and self._proof(item) not in self._plan.current

    def _balanced(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """For a worker of `--dist loadgroup`: with groups, and the longest in front.

        Tests that share a fixture stay together, as do those of one notebook. What may go
        anywhere comes last, to fill the gaps.
        """
        if not getattr(self._config.option, "loadgroup", False):
            return items
        ranks: dict[pytest.Item, int] = {}
        for item in items:
            shared, notebook = _shares_a_fixture(item), self._notebook(item)
            grouped = item.get_closest_marker("xdist_group") is not None
            ranks[item] = 0 if grouped or shared else 1 if notebook else 2
            if not grouped and (shared or notebook):
                item.add_marker(pytest.mark.xdist_group(notebook or self._file(item)))
        return sorted(items, key=ranks.__getitem__)

    def _record(self) -> None:
        plan, made = self._plan, self._made()
        proofs = {
            name: digest
            for name, digest in self._proved().items()
            if name not in self._failed and self._still_exists(name)
        }
        proofs |= {name: plan.digests[name] for name in made}
        lines = (f'"{name}" = "{digest}"\n' for name, digest in sorted(proofs.items()))
        write_atomically(self._ledger, HEADER + "".join(lines))

    def _made(self) -> list[str]:
        """The proofs of which every test ran and passed."""
        return [
            name
            for name in self._plan.open
            if name not in self._failed and self._passed[name] == self._plan.sizes[name]
        ]

    def _still_exists(self, name: str) -> bool:
        """Whether a proof's file is there and, if it was collected, has tests of that proof."""
        file = name.split()[0]
        if file in self._plan.files:
            return name in self._plan.digests
        return (self._ledger.parent / file).is_file()

    def _proved(self) -> dict[str, str]:
        if not self._ledger.is_file():
            return {}
        try:
            return tomllib.loads(self._ledger.read_text())
        except tomllib.TOMLDecodeError as error:
            raise pytest.UsageError(f"{self._ledger}: {error}") from error

    def _proof(self, item: pytest.Item) -> str:
        return f"{self._file(item)} {self._notebook(item)}".strip()

    def _file(self, item: pytest.Item) -> str:
        tests = self._ledger.parent
        return str(item.path.relative_to(tests if item.path.is_relative_to(tests) else self._root))

    def _notebook(self, item: pytest.Item) -> str:
        """The notebook that a parameter names, such as `week1/edge_detection`, or nothing."""
        parameters = getattr(item, "callspec", None)
        values = parameters.params.values() if parameters else ()
        return next((name for name in _named_by(values) if name in self._notebooks), "")

    @cached_property
    def _notebooks(self) -> set[str]:
        return {f"{text.parent.name}/{text.stem}" for text in self._root.glob("notebooks/*/*.py")}


def _named_by(values: Iterable[object]) -> Iterable[str]:
    """What could be names of notebooks in a test's parameters."""
    for value in values:
        if isinstance(value, Path):
            yield from map("/".join, pairwise(value.with_suffix("").parts))
        for notebook in (value, getattr(value, "notebook", None)):
            if isinstance(notebook, Notebook):
                yield str(notebook)


def _shares_a_fixture(item: pytest.Item) -> bool:
    """Whether a test uses a fixture that is set up once for a module or a class."""
    info = getattr(item, "_fixtureinfo", None)
    found = info.name2fixturedefs.values() if info else ()
    return any(fixtures[-1].scope in ("module", "class") for fixtures in found)
