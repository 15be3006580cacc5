"""Text that a student wrote or sent, before it is written to a file or shown on a terminal."""

import re

# What moves a terminal's cursor or sets its title, ends a line, or turns the direction of writing.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


def writable(text: str) -> str:
    """The text without halves of surrogate pairs, which no file in UTF-8 can hold."""
    return text.encode(errors="replace").decode()


def one_line(text: str) -> str:
    """The text with a space for each control character."""
    return _CONTROLS.sub(" ", writable(text))
