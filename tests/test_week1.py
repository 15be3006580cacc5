"""Week 1 of the real course."""

import numpy as np
import pytest
from course_week import CourseWeek, runs

pytestmark = pytest.mark.filterwarnings("ignore")  # a misconception may well divide by zero


class TestWeek1(CourseWeek):
    week = "week1"


def test_hidden_numbers_would_be_found() -> None:
    hidden = runs([np.array([[0.1234, 2.5678, 5.4321], [-0.9871, 3.1415, 1.0101]])])
    assert np.isin(runs([np.array([7.0, 2.568, 5.432, -0.987, 3.1415, 8.0])]), hidden).any()
    assert not np.isin(runs([np.array([2.568, 5.432, 3.142, -0.987])]), hidden).any()
