"""Attacks on the process that listens: messages that are none, and files that are no notebooks.

What is right in them still counts.
"""

import json
from collections.abc import Callable
from pathlib import Path

from attacks.attack import ALL_POINTS, Attack, harm

_KERNEL = """
import json
kernel = get_ipython().kernel
session, outputs = kernel.session, kernel.iopub_thread.socket
def signed(*frames):
    return [b"<IDS|MSG>", session.sign(list(frames)), *frames]
"""


def _sends(name: str, tries: str, code: str, **fields: object) -> Attack:
    return harm(name, tries, _KERNEL + code, **fields)


def _edits(edit: Callable[[str], str]) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        path.write_text(edit(path.read_text()))

    return spoil


def _in_format_3(text: str) -> str:
    """Few bytes in the file for each output, and a thousand in memory."""
    cell = {"cell_type": "code", "language": "python", "metadata": {}, "input": "", "outputs": []}
    nb = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": [cell]}]}
    return json.dumps(nb).replace('"outputs": []', '"outputs": [' + "{}," * 2_000_000 + "{}]")


_HALF = '"\\ud800"'  # half of a surrogate pair, which no file can hold

ATTACKS = [
    _sends(
        "frames_without_a_message",
        "a grader that stumbles over what it cannot read",
        'outputs.send_multipart([b"garbage"])\noutputs.send_multipart([b"<IDS|MSG>"])',
    ),
    _sends(
        "unsigned_message",
        "the same, by a message that nobody signed",
        'outputs.send_multipart([b"<IDS|MSG>", b"0" * 64, b"{}", b"{}", b"{}", b"{}"])',
    ),
    _sends(
        "signed_nonsense",
        "the same, by well-signed lists, numbers and brackets",
        """
for frames in ([b"[]"] * 4, [b"1"] * 4, [b"{}"] * 4, [b"no json"] * 4, [b"[" * 100_000] * 4):
    outputs.send_multipart(signed(*frames))
""",
    ),
    _sends(
        "reply_that_is_a_list",
        "the same, by a reply that is none",
        """
send = session.send
def lie(stream, kind, content=None, parent=None, **rest):
    content = [1] if kind == "execute_reply" else content
    return send(stream, kind, content, parent=parent, **rest)
session.send = lie
""",
    ),
    _sends(
        "half_a_character",
        "outputs that no file can hold",
        f"""
from IPython.display import display
session.pack = lambda value: json.dumps(value, default=str).encode()
print({_HALF})
display({{"text/plain": {_HALF}}}, raw=True)
raise ValueError({_HALF})
""",
    ),
    Attack(
        "half_a_character_in_an_error",
        "a verdict that no file can hold",
        double=f"def double(x):\n    raise ValueError({_HALF})",
    ),
    Attack(
        "a_key_of_megabytes",
        "a feedback page that no browser opens",
        double='def double(x):\n    return {"k" * (5 << 20): 1}',
        quadruple='def quadruple(x, times=1):\n    return {"k" * (5 << 20): 1}',
    ),
    _sends(
        "flood_of_large_outputs",
        "the memory of the process that listens",
        """
import time
parent = json.dumps(kernel.get_parent()["header"], default=str).encode()
header = json.dumps(session.msg_header("display_data"), default=str).encode()
body = b'{"metadata": {}, "data": {"text/plain": "' + b"x" * (60 << 20) + b'"}}'
flood = signed(header, parent, b"{}", body)
end = time.time() + 2
while time.time() < end:
    outputs.send_multipart(flood, copy=False)
""",
    ),
    Attack(
        "directory_without_an_archive",
        "the same, by an archive that lists a million members and holds none",
        """
import base64, struct, convwork.answers as answers
entry = struct.pack("<4s4B4HL2L5H2L", b"PK\\1\\2", 20, 0, 20, *[0] * 8, 1, *[0] * 6) + b"x"
count = (40 << 20) // len(entry)
numbers = 0, 0, count & 0xFFFF, count & 0xFFFF, len(entry) * count, 0, 0
end = struct.pack("<4s4H2LH", b"PK\\5\\6", *numbers)
encoded = base64.b64encode(entry * count + end).decode()
answers.answer = lambda request: answers._Reply(encoded)
""",
    ),
    Attack(
        "a_million_cells",
        "the same, by a notebook of empty cells",
        double=None,
        quadruple=None,
        spoil=_edits(lambda text: text.replace('"cells": [', '"cells": [' + "{}," * 1_000_000, 1)),
    ),
    Attack(
        "megabytes_of_prose",
        "the same, by a text that takes hours to be shown",
        double=None,
        quadruple=None,
        earns=ALL_POINTS,
        spoil=_edits(lambda text: text.replace("A tiny notebook", "[a](" * 1_000_000, 1)),
    ),
    Attack(
        "thousands_of_blank_lines",
        "the same, by a program that takes hours to be coloured",
        double=None,
        quadruple=None,
        earns=ALL_POINTS,
        first="x = 1\n" + " \n" * 20_000 + "y = 2",
        dangerous=True,
    ),
    Attack(
        "formulas_without_an_end",
        "the same, by formulas that begin and begin",
        double=None,
        quadruple=None,
        earns=ALL_POINTS,
        spoil=_edits(lambda text: text.replace("A tiny notebook", r"\\\\(" * 4_000, 1)),
        dangerous=True,
    ),
    Attack(
        "a_notebook_of_empty_objects",
        "the memory of the process that reads it",
        double=None,
        quadruple=None,
        spoil=_edits(lambda text: text.replace("{", '{"bomb": [' + "{}," * 7_000_000 + "0],", 1)),
        dangerous=True,
    ),
    _sends(
        "a_message_of_many_parts",
        "the memory of the process that listens, in parts that are small enough",
        """
import time
part = bytes(8 * 1024 * 1024 - 64)
kernel.iopub_thread.schedule(lambda: outputs.send_multipart([part] * 300, copy=False))
time.sleep(60)
""",
        dangerous=True,
    ),
    _sends(
        "a_reply_of_empty_objects",
        "the same, by a reply that is small until it is read",
        """
send = session.send
bomb = b'{"status":"ok","x":[' + b'{"":0},' * 9_000_000 + b'0]}'
def lie(stream, kind, content=None, *rest, **more):
    return send(stream, kind, bomb if kind == "execute_reply" else content, *rest, **more)
session.send = lie
""",
        dangerous=True,
    ),
    Attack(
        "outputs_of_an_old_format",
        "the same, by a notebook that has to be converted",
        spoil=_edits(_in_format_3),
    ),
]
