"""The untrusted side of a question: it runs inside the student's kernel and only there.

The grader's process sends a request, the kernel calls the student's function and returns what
came out as an npz file without pickle. Nothing here decides anything: expected outputs and
scores are never in this process. It imports only `trees` and `probes`, which hold none either.
"""

import base64
import contextlib
import copy
import functools
import io
import linecache
from typing import Any

from convwork.probes import PROBES
from convwork.trees import MAX_TEXT, REPLY_TYPE, pack, same, unpack


def answer(request: str) -> "_Reply":
    """Answer one question of the grader: base64 of a packed request in, of a packed answer out.

    The request has `function`, `args` (a tuple), `options` (a dict), `calls`, `probe` and
    `probe_options`. The answer has `answers` (one for each call), `modified` (whether a call
    changed its inputs) and `error` (None, or what the call raised).
    """
    from IPython import get_ipython  # type: ignore[attr-defined]

    data = base64.b64decode(request)
    namespace = get_ipython().user_ns
    return _Reply(base64.b64encode(packed_answer(namespace, data)).decode())


def evaluate(namespace: dict[str, Any], data: bytes) -> dict[str, Any]:
    """The answer to a packed request, by a function that lives in `namespace`."""
    request = unpack(data)
    function = namespace.get(request["function"])
    result: dict[str, Any] = {"answers": [], "modified": False, "error": None}
    if not callable(function):
        kind = "missing" if function is None else "not callable"
        return result | {"error": {"types": [kind], "message": "", "place": ""}}
    for _ in range(request["calls"]):
        args, options = copy.deepcopy((request["args"], request["options"]))
        try:
            call = functools.partial(function, **options)
            if request["probe"]:
                value = PROBES[request["probe"]](call, args, **request["probe_options"])
            else:
                value = call(*args)
        except BaseException as error:
            return result | {"error": _describe(error)}
        result["answers"].append(_kept(value))
        result["modified"] |= not same((args, options), (request["args"], request["options"]))
    return result


def _kept(value: Any) -> Any:
    """A copy, for the next call may change what this one gave."""
    try:
        return copy.deepcopy(value)
    except Exception:  # a generator, say, which can't be packed either
        return value


def packed_answer(namespace: dict[str, Any], data: bytes) -> bytes:
    """The packed answer to a packed request; if it can't be packed, the reason as an error.

    What the function prints is dropped.
    """
    with contextlib.redirect_stdout(_Null()), contextlib.redirect_stderr(_Null()):
        try:
            return pack(evaluate(namespace, data))
        except Exception as error:
            return pack({"answers": [], "modified": False, "error": _describe(error)})


def _describe(error: BaseException) -> dict[str, Any]:
    place, trace = "", error.__traceback__
    while trace is not None:
        file, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        if "ipykernel" in file and "site-packages" not in file:
            place = linecache.getline(file, line).strip()[:MAX_TEXT] or place
        trace = trace.tb_next
    types = [kind.__name__ for kind in type(error).__mro__ if kind is not object]
    return {"types": types, "message": str(error)[:MAX_TEXT], "place": place}


class _Reply:
    """Text that a kernel hands on as it is, however the student has it show strings."""

    def __init__(self, text: str) -> None:
        self._text = text

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {REPLY_TYPE: self._text}


class _Null(io.TextIOBase):
    """Takes what a student's function prints while it is questioned."""

    def write(self, text: str) -> int:
        return len(text)
