"""Week 4 of the real course."""

import pytest
from course_week import CourseWeek

pytestmark = pytest.mark.filterwarnings("ignore")  # a misconception may well divide by zero


class TestWeek4(CourseWeek):
    week = "week4"
