"""What a student's cell put out, kept within bounds and safe for an instructor's browser."""

from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

from convwork.grading.plain import writable

MAX_NOTEBOOK = 8 << 20
MAX_OUTPUT = MAX_NOTEBOOK  # one that fills a notebook alone is left out in any case
MAX_STREAM = 50_000
MAX_OUTPUTS = 200  # of one cell
LEFT_OUT = "[the rest was left out]\n"
SAFE_TYPES = ("text/plain", "image/png", "image/jpeg")
MAX_TRACEBACK = 60


class OutputKeeper:
    """Turns kernel messages into a cell's outputs. HTML, scripts and widgets are left out."""

    def __init__(self) -> None:
        self._room = MAX_NOTEBOOK
        self._cell: NotebookNode | None = None
        self.error = ""

    def begin(self, cell: NotebookNode) -> None:
        """From here on, outputs belong to `cell`."""
        cell.outputs = []
        self._cell = cell
        self.error = ""

    def take(self, message: dict[str, Any]) -> None:
        """Keep one message's output, if there is room for it."""
        content = message.get("content")
        if not isinstance(content, dict):
            return
        match message["msg_type"]:
            case "stream":
                self._stream(_text(content.get("name")), _text(content.get("text")))
            case "error":
                self._error(content)
            case _:
                self._display(content.get("data"))

    def add_error(self, name: str, text: str) -> None:
        """Add an error of the grader's own making."""
        self.error = f"{name}: {text}"
        self._add(new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"]))

    def _stream(self, name: str, text: str) -> None:
        assert self._cell is not None
        name = "stderr" if name == "stderr" else "stdout"
        last = self._cell.outputs[-1] if self._cell.outputs else None
        if last is None or last.output_type != "stream" or last.name != name:
            last = new_output("stream", name=name, text="")
            self._add(last)
        if len(last.text) >= MAX_STREAM:
            return
        last.text += text[:MAX_STREAM]
        self._room -= len(text)
        if len(last.text) >= MAX_STREAM:
            last.text = last.text[:MAX_STREAM] + "\n" + LEFT_OUT

    def _error(self, content: dict[str, Any]) -> None:
        name, text = _text(content.get("ename"))[:100], _text(content.get("evalue"))[:500]
        trace = content.get("traceback")
        lines = trace[-MAX_TRACEBACK:] if isinstance(trace, list) else []
        self.error = f"{name}: {text}"
        traceback = [_text(line)[:2000] for line in lines]
        self._add(new_output("error", ename=name, evalue=text, traceback=traceback))

    def _display(self, data: Any) -> None:
        if not isinstance(data, dict):
            return
        safe = {kind: _text(data[kind]) for kind in SAFE_TYPES if isinstance(data.get(kind), str)}
        if safe:
            self._add(new_output("display_data", data=safe))

    def _add(self, output: NotebookNode) -> None:
        assert self._cell is not None
        self._room -= len(str(output))
        number = len(self._cell.outputs)
        if number == MAX_OUTPUTS:
            self._cell.outputs.append(new_output("stream", name="stdout", text=LEFT_OUT))
        elif self._room > 0 and number < MAX_OUTPUTS:
            self._cell.outputs.append(output)


def _text(value: Any) -> str:
    """A message may hold anything in the place of a text, lists a thousand deep among it."""
    return writable(value) if isinstance(value, str) else ""
