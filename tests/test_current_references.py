"""The reference outputs are what the solutions and misconceptions answer: `references --check`."""

import pytest
from conftest import ROOT

from convwork.authoring.references import side_by_side, stale_references
from convwork.coursedir import Notebook, notebooks


@pytest.mark.verify(depends=("datasets/*",))
@pytest.mark.parametrize("notebook", notebooks(ROOT), ids=str)
def test_references_are_current(notebook: Notebook) -> None:
    assert list(side_by_side(stale_references, [notebook])) == [(notebook, [])]
