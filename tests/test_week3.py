"""Week 3 of the real course."""

import pytest
from course_week import CourseWeek

pytestmark = pytest.mark.filterwarnings("ignore")  # a misconception may well divide by zero


class TestWeek3(CourseWeek):
    week = "week3"
