"""What travels between the grader and a student's kernel: trees, packed as npz without pickle.

A *tree* is a nesting of tuples, lists, dicts, numbers, strings, None and arrays. In a packed
tree the arrays are members `0`, `1`, … of the npz file, and the member `tree` is JSON (as
bytes) in which each node is a pair [kind, content]. This module imports no other of convwork.
"""

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np

MAX_BYTES = 32 << 20
MAX_TEXT = 300
REPLY_TYPE = "application/x-convwork-answer"  # as what a kernel hands a packed answer on


class Foreign(str):
    """The name of a type that cannot cross to the grader, in the place of its value."""


def pack(tree: Any) -> bytes:
    """A tree as npz bytes. Values of other types become their type's name.

    Raises ValueError if the arrays hold more than MAX_BYTES.
    """
    arrays: list[np.ndarray] = []
    text = json.dumps(to_nodes(tree, arrays))
    if sum(array.nbytes for array in arrays) + len(text) > MAX_BYTES:
        raise ValueError(f"the answer is larger than {MAX_BYTES >> 20} MB")
    members = {str(i): array for i, array in enumerate(arrays)}
    file = io.BytesIO()
    np.savez(file, tree=np.frombuffer(text.encode(), np.uint8), **members)  # type: ignore[arg-type]
    return file.getvalue()


def unpack(data: bytes) -> Any:
    """The tree that `pack` made. For trusted data: the grader has a stricter reader."""
    with np.load(io.BytesIO(data), allow_pickle=False) as members:
        return build_tree(json.loads(members["tree"].tobytes()), lambda i: members[str(i)])


def build_tree(node: Any, array: Callable[[Any], np.ndarray]) -> Any:
    """A tree from its JSON nodes; raises ValueError for anything that is not such a node."""
    match node:
        case ["value", None | bool() | int() | float() | str() as value]:
            return value
        case ["array", where]:
            return array(where)
        case ["tuple", [*items]]:
            return tuple(build_tree(item, array) for item in items)
        case ["list", [*items]]:
            return [build_tree(item, array) for item in items]
        case ["dict", [*pairs]]:
            return {_key(key): build_tree(item, array) for key, item in pairs}
        case ["foreign", str(name)]:
            return Foreign(name[:MAX_TEXT])
    raise ValueError("not a node of a tree")


def _key(key: Any) -> str | int:
    if isinstance(key, str | int):
        return key
    raise ValueError("a key of a dict is neither a string nor an integer")


def to_nodes(value: Any, arrays: list[np.ndarray]) -> list[Any]:
    """A tree as JSON nodes; its arrays are appended to `arrays`, and referred to by position."""
    if isinstance(value, Foreign):
        return ["foreign", str(value)]
    if value is None or type(value) in (bool, int, float, str):
        return ["value", value]
    if isinstance(value, np.str_):
        return ["value", str(value)]
    if isinstance(value, tuple):
        return ["tuple", [to_nodes(item, arrays) for item in value]]
    if isinstance(value, list):
        return ["list", [to_nodes(item, arrays) for item in value]]
    if isinstance(value, dict) and all(type(key) in (str, int) for key in value):
        return ["dict", [[key, to_nodes(item, arrays)] for key, item in value.items()]]
    if isinstance(value, np.ndarray | np.generic) or hasattr(value, "__array__"):
        array = np.asarray(value)
        if array.dtype.kind in "biuf":
            arrays.append(array.astype(array.dtype.newbyteorder("="), copy=False))
            return ["array", len(arrays) - 1]
        return ["foreign", f"array of {array.dtype}"]
    return ["foreign", type(value).__name__]


def same(one: Any, other: Any) -> bool:
    """Whether two trees are equal, values and types."""
    return _freeze(one) == _freeze(other)


def _freeze(tree: Any) -> tuple[str, list[tuple[Any, ...]]]:
    arrays: list[np.ndarray] = []
    text = json.dumps(to_nodes(tree, arrays))
    return text, [(array.dtype.str, array.shape, array.tobytes()) for array in arrays]
