"""What must hold for the course as a whole."""

import numpy as np
import pytest
from conftest import ROOT
from test_graded_class import runs

from convwork import coursedir
from convwork.grading.handout import read_handout


@pytest.mark.parametrize("week", coursedir.weeks(ROOT))
def test_a_week_is_worth_a_hundred_points_at_most(week: str) -> None:
    handouts = map(read_handout, coursedir.notebooks(ROOT, week))
    assert sum(sum(handout.points.values()) for handout in handouts) <= 100


def test_hidden_numbers_would_be_found_on_a_page() -> None:
    hidden = runs([np.array([[0.1234, 2.5678, 5.4321], [-0.9871, 3.1415, 1.0101]])])
    assert np.isin(runs([np.array([7.0, 2.568, 5.432, -0.987, 3.1415, 8.0])]), hidden).any()
    assert not np.isin(runs([np.array([2.568, 5.432, 3.142, -0.987])]), hidden).any()
