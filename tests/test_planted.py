"""The list of planted faults stays true while code and tests change; `tests/planted` tries them."""

import ast
import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT

FAULTS = tomllib.loads((ROOT / "tests/planted/faults.toml").read_text())["faults"]


@cache
def names_in(path: Path) -> set[str]:
    """The names of a file's tests."""
    nodes = ast.walk(ast.parse(path.read_text()))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: re.sub(r"\W+", "_", fault["name"]))
def test_a_fault_can_still_be_planted_and_its_tests_exist(fault: dict[str, Any]) -> None:
    assert fault.keys() == {"name", "file", "old", "new", "caught_by"}
    assert (ROOT / "src/convwork" / fault["file"]).read_text().count(fault["old"]) == 1
    assert fault["old"] != fault["new"]
    for test in fault["caught_by"]:
        file, name = test.split("[")[0].split("::")
        assert name in names_in(ROOT / file), test


def test_no_fault_is_listed_twice() -> None:
    assert len({fault["name"] for fault in FAULTS}) == len(FAULTS)
    assert len({(fault["file"], fault["old"], fault["new"]) for fault in FAULTS}) == len(FAULTS)
