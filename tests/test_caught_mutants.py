"""Of a sample of each notebook's mutants, 98 % lose points, as `convwork mutants` asks of all.

Each tenth is judged, the same ones each time, and over all exercises: all two thousand would take
XXX. Before a release, and after much has changed in a notebook, `convwork mutants` judges them all.
"""

import pytest
from conftest import ROOT

from convwork.authoring.mutants import judge_mutants, share_caught
from convwork.coursedir import Notebook, notebooks

STEP = 10


@pytest.mark.verify(depends=("datasets/*", "grader_tests/{week}/equivalent_mutants.toml"))
@pytest.mark.parametrize("notebook", notebooks(ROOT), ids=str)
def test_mutants_lose_points(notebook: Notebook) -> None:
    outcomes = judge_mutants(notebook, step=STEP)
    survived = [outcome.mutant.change for outcome in outcomes if outcome.fate == "survived"]
    assert share_caught(outcomes) >= 0.98, survived
