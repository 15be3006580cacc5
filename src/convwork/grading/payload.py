"""The strict reader of what a student's kernel sent. Every byte of it is untrusted."""

import base64
import io
import json
import math
import zipfile
from dataclasses import dataclass
from typing import Any

import numpy as np

from convwork.grading.plain import writable
from convwork.grading.verdicts import Kind
from convwork.trees import MAX_BYTES, MAX_TEXT, build_tree

MAX_ENCODED = 2 * MAX_BYTES
MAX_MEMBERS = 1000
MAX_DIRECTORY = 128 << 10  # bytes of the archive's list of members
END_RECORD = 22  # bytes, at the archive's end
KINDS = "biuf"


class UnreadableAnswerError(Exception):
    """What came back is not an answer; the message says why."""


@dataclass(frozen=True)
class RaisedError:
    """What the student's function raised: names of its types, its message, the line in the cell."""

    types: tuple[str, ...]
    message: str
    place: str

    @property
    def is_missing(self) -> bool:
        """Whether nothing was called, since there is no function of the name."""
        return self.types[:1] == ("missing",)


@dataclass(frozen=True)
class Answer:
    """What a kernel said to one question; values are claims, and never scores."""

    values: tuple[Any, ...]
    modified: bool
    error: RaisedError | None


@dataclass(frozen=True)
class NoAnswer:
    """In the place of an answer: why there is none, for the student."""

    kind: Kind
    why: str


Reply = Answer | NoAnswer


def read_answer(encoded: str) -> Answer:
    """The answer in a kernel's reply. Raises UnreadableAnswerError for anything else."""
    if len(encoded) > MAX_ENCODED:
        raise UnreadableAnswerError("the answer is too large")
    try:
        tree = read_tree(base64.b64decode(encoded, validate=True))
        return as_answer(tree)
    except UnreadableAnswerError:
        raise
    except Exception as error:  # hostile bytes make zipfile, numpy and json fail in any way
        raise UnreadableAnswerError("the answer does not have the form of one") from error


def as_answer(tree: Any) -> Answer:
    """The tree that `convwork.answers.evaluate` makes, checked part by part."""
    match tree:
        case {"answers": [*values], "modified": bool(modified), "error": None}:
            return Answer(tuple(values), modified, None)
        case {
            "answers": [*values],
            "modified": bool(modified),
            "error": {"types": [*types], "message": str(message), "place": str(place)},
        }:
            names = tuple(_text(name) for name in types[:20] if isinstance(name, str))
            return Answer(
                tuple(values),
                modified,
                RaisedError(names, _text(message), _text(place)),
            )
    raise UnreadableAnswerError("the answer does not have the form of one")


def _text(text: str) -> str:
    return writable(text[:MAX_TEXT])


def _refuse_large_directory(data: bytes) -> None:
    """zipfile makes an object of each entry before anybody can count them.

    The end record is where NumPy puts it, without a comment and without its 64-bit form: then
    zipfile believes this one.
    """
    end, long_form = data[-END_RECORD:], data[-END_RECORD - 20 : -END_RECORD]
    if end[:4] != b"PK\5\6" or end[-2:] != b"\0\0" or long_form[:4] == b"PK\6\7":
        raise UnreadableAnswerError("the answer does not have the form of one")
    if int.from_bytes(end[12:16], "little") > MAX_DIRECTORY:
        raise UnreadableAnswerError("the answer has too many parts")


def read_tree(data: bytes) -> Any:
    """A packed tree, from bounded npz bytes, stored without compression, numbers only."""
    _refuse_large_directory(data)
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        members = file.infolist()
        if len(members) > MAX_MEMBERS:
            raise UnreadableAnswerError("the answer has too many parts")
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise UnreadableAnswerError("the answer is compressed")
        if sum(member.file_size for member in members) > MAX_BYTES:
            raise UnreadableAnswerError("the answer is too large")
        arrays = {
            member.filename.removesuffix(".npy"): _array(file.read(member)) for member in members
        }
    node = json.loads(arrays["tree"].tobytes())
    return build_tree(node, lambda index: arrays[str(index)])


def _array(data: bytes) -> np.ndarray:
    """One npy member, whose header is believed only where the bytes agree with it."""
    file = io.BytesIO(data)
    if np.lib.format.read_magic(file) != (1, 0):
        raise UnreadableAnswerError("the answer holds an array of an unknown format")
    shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    if dtype.kind not in KINDS or dtype.hasobject:
        raise UnreadableAnswerError(f"the answer holds an array of {dtype}")
    rest = data[file.tell() :]
    if len(shape) > 32 or any(n < 0 for n in shape):
        raise UnreadableAnswerError("the answer holds an array of an impossible shape")
    if math.prod(shape) * dtype.itemsize != len(rest):
        raise UnreadableAnswerError("the answer holds an array whose size is not what it says")
    return np.frombuffer(rest, dtype).reshape(shape, order="F" if fortran else "C")
