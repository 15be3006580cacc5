"""The strict reader of what a kernel sent: right trees come through, nothing else does."""

import base64
import io
import os
import pickle
import random
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convwork.grading.payload import (
    MAX_DIRECTORY,
    MAX_ENCODED,
    MAX_MEMBERS,
    MAX_TEXT,
    UnreadableAnswerError,
    read_answer,
    read_tree,
)
from convwork.trees import MAX_BYTES, Foreign, pack

ANSWER = {"answers": [1.0], "modified": False, "error": None}


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def npy(array: np.ndarray, **options: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def npy_claiming(header: str, body: bytes = b"", version: bytes = b"\x01\x00") -> bytes:
    text = header.encode()
    return b"\x93NUMPY" + version + struct.pack("<H", len(text)) + text + body


def zipped(members: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tree_member(text: str) -> bytes:
    return npy(np.frombuffer(text.encode(), np.uint8))


def answer_text(value: str) -> str:
    """The JSON of an answer with one value, itself given as JSON."""
    return (
        f'["dict", [["answers", ["list", [{value}]]], ["modified", ["value", false]],'
        ' ["error", ["value", null]]]]'
    )


def with_array(content: bytes) -> bytes:
    """A sound answer whose one value is an array with this member's bytes."""
    return zipped({"tree.npy": tree_member(answer_text('["array", 0]')), "0.npy": content})


def with_value(value: str) -> bytes:
    return zipped({"tree.npy": tree_member(answer_text(value))})


def with_more(members: dict[str, bytes]) -> bytes:
    """A sound answer in an archive that holds more than it needs."""
    return zipped({"tree.npy": tree_member(answer_text('["value", 1]')), **members})


def header(descr: str, shape: str, order: str = "False") -> str:
    return f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}}}\n"


def encrypted() -> bytes:
    """An archive whose members say that they need a password."""
    data = bytearray(with_value('["value", 1]'))
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def bomb() -> bytes:
    return zipped({"tree.npy": bytes(MAX_BYTES)}, zipfile.ZIP_DEFLATED)


def understated() -> bytes:
    """An archive whose directory says that a member is smaller than it is."""
    data = bytearray(with_value('["value", 1]'))
    place = data.index(b"PK\x01\x02") + 20
    data[place : place + 8] = struct.pack("<II", 20, 20)
    return bytes(data)


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "not a zip file": b"1.0" * 100,
    "a zip file cut short": pack(ANSWER)[:-30],
    "members that are encrypted": encrypted(),
    "members that are compressed": zipped(
        {"tree.npy": tree_member(answer_text('["value", 1]'))}, zipfile.ZIP_DEFLATED
    ),
    "a zip bomb": bomb(),
    "a directory that lies about sizes": understated(),
    "members of more than the limit": with_array(npy(np.zeros(MAX_BYTES, np.uint8))),
    "too many members": with_more({str(i): npy(np.ones(1)) for i in range(MAX_MEMBERS)}),
    "a directory of long names": with_more(
        {str(i).zfill(MAX_DIRECTORY // 400): npy(np.ones(1)) for i in range(400)}
    ),
    "no tree": zipped({"0.npy": npy(np.ones(3))}),
    "an empty member": with_array(b""),
    "a member that is no npy file": with_array(b"\x80\x04]\x94."),
    "an npy file of another version": with_array(
        npy_claiming(header("'<f8'", "()"), bytes(8), b"\x03\0")
    ),
    "an object array": with_array(npy(np.array([{}]), allow_pickle=True)),
    "a structured array": with_array(npy(np.zeros(2, [("a", "f8"), ("b", "i4")]))),
    "a complex array": with_array(npy(np.zeros(2, complex))),
    "strings": with_array(npy(np.array(["a", "bc"]))),
    "dates": with_array(npy(np.zeros(2, "datetime64[s]"))),
    "raw bytes without size": with_array(npy_claiming(header("'|V0'", "(5,)"))),
    "a huge shape": with_array(npy_claiming(header("'<f8'", f"({10**15},)"), bytes(8))),
    "a shape beyond 64 bits": with_array(npy_claiming(header("'<f8'", f"({10**30},)"), bytes(8))),
    "an empty array with a huge axis": with_array(npy_claiming(header("'<f8'", f"(0, {10**30})"))),
    "too many axes": with_array(npy_claiming(header("'<f8'", str((1,) * 70)), bytes(8))),
    "negative axes": with_array(npy_claiming(header("'<f8'", "(-1, -1)"), bytes(8))),
    "more bytes than the shape": with_array(npy_claiming(header("'<f8'", "(1,)"), bytes(16))),
    "fewer bytes than the shape": with_array(npy_claiming(header("'<f8'", "(2,)"), bytes(8))),
    "a shape that is not one": with_array(npy_claiming(header("'<f8'", "'x'"), bytes(8))),
    "a dtype that is not one": with_array(npy_claiming(header("'no'", "()"), bytes(8))),
    "a header that is no dict": with_array(npy_claiming("[1, 2]\n", bytes(8))),
    "a header that is not Python": with_array(npy_claiming("{'descr': (\n", bytes(8))),
    "a header with an open string": with_array(npy_claiming("{'descr': '''<f8\n", bytes(8))),
    "a header that calls": with_array(npy_claiming("__import__('os').getcwd()\n", bytes(8))),
    "a deep header": with_array(npy_claiming("(" * 5000 + ")" * 5000 + "\n", bytes(8))),
    "a tree that is not JSON": zipped({"tree.npy": tree_member("{")}),
    "a tree that is not UTF-8": zipped({"tree.npy": npy(np.full(3, 255, np.uint8))}),
    "deep nesting": with_value('["list", [' * 100_000 + "]]" * 100_000),
    "an integer of a million digits": with_value(f'["value", {"9" * 1_000_000}]'),
    "an array that is not there": with_value('["array", 7]'),
    "an array by a list": with_value('["array", [0]]'),
    "a node of an unknown kind": with_value('["object", 1]'),
    "a node that is a number": with_value("1"),
    "a node of one part": with_value('["tuple"]'),
    "a tuple of no items": with_value('["tuple", 3]'),
    "a value that is a list": with_value('["value", [1]]'),
    "a dict with a tuple for a key": with_value('["dict", [[[1, 2], ["value", 1]]]]'),
    "a dict with None for a key": with_value('["dict", [[null, ["value", 1]]]]'),
    "a dict whose items are no pairs": with_value('["dict", [["a"]]]'),
    "a foreign thing without a name": with_value('["foreign", 1]'),
    "no answer but a list": pack([1, 2]),
    "no answer but a number": pack(1.0),
    "an answer without its parts": pack({"answers": [1.0]}),
    "values that are no list": pack(ANSWER | {"answers": 3}),
    "modified that is no boolean": pack(ANSWER | {"modified": 1}),
    "an error that is a string": pack(ANSWER | {"error": "ValueError"}),
    "an error without a place": pack(ANSWER | {"error": {"types": [], "message": ""}}),
    "an error whose message is an array": pack(
        ANSWER | {"error": {"types": [], "message": np.ones(2), "place": ""}}
    ),
}


@pytest.mark.parametrize("data", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.filterwarnings("ignore")
def test_what_is_not_an_answer_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableAnswerError):
        read_answer(encoded(data))


@pytest.mark.parametrize(
    "text", ["", "%%%", "no base64 é", "QUJD=QUJD", "A" * (MAX_ENCODED + 1)], ids=lambda t: t[:9]
)
def test_what_is_not_base64_is_refused(text: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        read_answer(text)


def test_a_long_text_is_not_even_decoded() -> None:
    """zipfile passes over whatever stands before an archive."""
    sound = with_value('["value", 1]')
    assert read_answer(encoded(bytes(9) + sound)).values == (1,)
    with pytest.raises(UnreadableAnswerError, match="too large"):
        read_answer(encoded(bytes(MAX_ENCODED * 3 // 4) + sound))


class Writes:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self._path),)


@pytest.mark.parametrize("where", ["a member", "an object array", "everything"])
def test_a_pickle_is_never_loaded(where: str, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    thing = np.empty(1, object)
    thing[0] = Writes(trap)
    data = {
        "a member": with_array(pickle.dumps(Writes(trap))),
        "an object array": with_array(npy(thing, allow_pickle=True)),
        "everything": pickle.dumps(Writes(trap)),
    }[where]
    with pytest.raises(UnreadableAnswerError):
        read_answer(encoded(data))
    assert not trap.exists()
    pickle.loads(pickle.dumps(Writes(trap)))
    assert trap.exists()  # so the trap is one


def test_garbled_bytes_are_an_answer_or_are_refused() -> None:
    """Whatever is changed, nothing but UnreadableAnswerError comes out."""
    sound = pack(ANSWER | {"answers": [(np.arange(6.0), "text", {"a": [1, None]})]})
    generator = random.Random(0)
    refused = 0
    for _ in range(1500):
        data = bytearray(sound)
        for _ in range(generator.randint(1, 4)):
            data[generator.randrange(len(data))] = generator.randrange(256)
        try:
            read_answer(encoded(bytes(data)))
        except UnreadableAnswerError:
            refused += 1
    assert refused > 100


def test_what_an_error_says_is_bounded() -> None:
    error = {"types": ["E" * 9999] * 99, "message": "m" * 9999, "place": "p" * 9999}
    found = read_answer(encoded(pack(ANSWER | {"error": error}))).error
    assert found is not None
    assert len(found.types) == 20
    assert {len(found.types[0]), len(found.message), len(found.place)} == {MAX_TEXT}


DTYPES = ("?", "i1", "u1", "i4", "i8", "u8", "f2", "f4", "f8")
LEAVES = (None, True, False, 0, -7, 10**30, 0.1, float("inf"), "", "é\0'\"", Foreign("Model"))


def random_tree(generator: np.random.Generator, depth: int) -> Any:
    kind = generator.integers(0, 6 if depth else 3)
    if kind == 0:
        return LEAVES[generator.integers(len(LEAVES))]
    if kind in (1, 2):
        shape = tuple(generator.integers(0, 4, size=generator.integers(0, 4)))
        array = np.asarray(generator.integers(0, 99, size=shape))
        return np.asarray(array.astype(DTYPES[generator.integers(len(DTYPES))]).T)
    items = [random_tree(generator, depth - 1) for _ in range(generator.integers(0, 4))]
    if kind == 5:
        return {i if i % 2 else f"key {i}": item for i, item in enumerate(items)}
    return items if kind == 3 else tuple(items)


def assert_same(want: Any, got: Any) -> None:
    assert type(want) is type(got)
    if isinstance(want, np.ndarray):
        assert want.dtype == got.dtype
        assert want.shape == got.shape
        assert np.array_equal(want, got)
    elif isinstance(want, tuple | list):
        assert len(want) == len(got)
        for one, other in zip(want, got, strict=True):
            assert_same(one, other)
    elif isinstance(want, dict):
        assert list(want) == list(got)
        for key in want:
            assert_same(want[key], got[key])
    else:
        assert want == got


@pytest.mark.parametrize("seed", range(60))
def test_a_tree_comes_through_as_it_was(seed: int) -> None:
    tree = random_tree(np.random.default_rng(seed), depth=4)
    assert_same(tree, read_tree(pack(tree)))


class Tensor:
    """Like TensorFlow's: not an array, and able to become one."""

    def __init__(self, values: Any) -> None:
        self._values = values

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.array(self._values, dtype)


@pytest.mark.parametrize(
    ("value", "want"),
    [
        (Tensor([[1.5, 2.0]]), np.array([[1.5, 2.0]])),
        (Tensor(3), np.array(3)),
        (np.float32(0.5), np.array(0.5, np.float32)),
        (np.bool_(True), np.array(True)),
        (np.arange(3, dtype=">i4"), np.arange(3, dtype="i4")),
        (np.asfortranarray(np.arange(6).reshape(2, 3)), np.arange(6).reshape(2, 3)),
        (np.ma.masked_array([1, 2], [0, 1]), np.array([1, 2])),
        (1 + 2j, Foreign("complex")),
        (np.array(["a"]), Foreign("array of <U1")),
        (np.array([{}]), Foreign("array of object")),
        ({1.5: "a"}, Foreign("dict")),
        ({(1, 2): "a"}, Foreign("dict")),
        (b"bytes", Foreign("bytes")),
        ({1, 2}, Foreign("set")),
        (Tensor, Foreign("array of object")),
        (np, Foreign("module")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_values_become_arrays_or_names(value: Any, want: Any) -> None:
    assert_same(want, read_tree(pack(value)))


def test_not_a_number_comes_through() -> None:
    value, array = read_tree(pack((float("nan"), np.array([np.nan]))))
    assert np.isnan(value)
    assert np.isnan(array).all()


def test_an_answer_that_is_too_large_is_not_packed() -> None:
    with pytest.raises(ValueError, match="larger than 32 MB"):
        pack([np.zeros(MAX_BYTES // 8 - 10), np.zeros(100)])
    with pytest.raises(ValueError, match="larger than 32 MB"):
        pack("x" * MAX_BYTES)
