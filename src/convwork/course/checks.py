"""The hidden tests, as a notebook calls them."""

import os

from convwork.coursedir import GRADING_VARIABLE


def hidden_tests(exercise: str) -> None:
    """Show how the exercise's function does in its hidden cases; fail if it fails one.

    This is for instructors: it needs the course's repository. Under convwork's grader it does
    nothing, for there a trusted process asks the questions.
    """
    if os.environ.get(GRADING_VARIABLE):
        return
    from IPython import get_ipython  # type: ignore[attr-defined]
    from IPython.display import HTML, display

    # Here, not above: what students import must not need the grader.
    from convwork.grading.feedback import exercise_html
    from convwork.grading.selfcheck import check_exercise

    verdict = check_exercise(exercise, get_ipython().user_ns)
    display(HTML(exercise_html(verdict)))  # type: ignore[no-untyped-call]
    passed = sum(case.passed for case in verdict.cases)
    assert verdict.passed, f"{exercise}: {passed} of {len(verdict.cases)} hidden cases pass"
