"""A student's kernel in this process: for submissions that neither hang nor kill, in no time."""

import contextlib
import io
import linecache
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from convwork.grading.here import answer_here
from convwork.grading.kernel import OnOutput
from convwork.grading.payload import Reply


class LocalKernel:
    """Runs cells and answers questions as `StudentKernel` does, but for sandbox and limits."""

    def __init__(self) -> None:
        self.alive = False

    def start(self) -> None:
        self._namespace: dict[str, Any] = {"__name__": "__main__"}
        self._cells = 0
        self.alive = True

    def run(self, code: str, limit: float, on_output: OnOutput) -> str:
        """Run a cell; what it prints is dropped."""
        quiet = contextlib.redirect_stdout(io.StringIO())
        try:
            with warnings.catch_warnings(), np.errstate(all="ignore"), quiet:
                warnings.simplefilter("ignore")
                exec(self._compiled(code), self._namespace)
        except Exception as error:
            name = type(error).__name__
            content = {"ename": name, "evalue": str(error), "traceback": []}
            on_output({"msg_type": "error", "content": content})
            return name
        return ""

    def ask(self, requests: Sequence[bytes], limit: float) -> list[Reply]:
        return [answer_here(self._namespace, request) for request in requests]

    def _compiled(self, code: str) -> Any:
        """Where a line of a cell stands is told as a kernel would tell it."""
        self._cells += 1
        name = f"ipykernel_{id(self)}/{self._cells}.py"
        linecache.cache[name] = (len(code), None, code.splitlines(keepends=True), name)
        return compile(code, name, "exec")
