"""Of each notebook's mutants 98 % lose points, as `convwork mutants` asks of all together."""

import pytest
from conftest import ROOT

from convwork.authoring.mutants import judge_mutants, share_caught
from convwork.coursedir import Notebook, notebooks


@pytest.mark.verify(depends=("datasets/*", "grader_tests/{week}/equivalent_mutants.toml"))
@pytest.mark.parametrize("notebook", notebooks(ROOT), ids=str)
def test_mutants_lose_points(notebook: Notebook) -> None:
    outcomes = judge_mutants(notebook)
    survived = [outcome.mutant.change for outcome in outcomes if outcome.fate == "survived"]
    assert share_caught(outcomes) >= 0.98, survived
