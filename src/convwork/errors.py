"""The one exception that convwork raises for a user's mistake."""


class ConvworkError(Exception):
    """A message that says what is wrong, what was expected, and what to do.

    The command line prints it as one line and exits with 1.
    """
