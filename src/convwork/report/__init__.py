"""`convwork report`: what a week's grading has found, on one page for the instructor."""
