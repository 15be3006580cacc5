"""What a cell put out: kept within bounds, and nothing that a browser would run."""

from typing import Any

import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from convwork.grading.outputs import (
    LEFT_OUT,
    MAX_NOTEBOOK,
    MAX_OUTPUTS,
    MAX_STREAM,
    MAX_TRACEBACK,
    OutputKeeper,
)


def stream(text: Any, name: str = "stdout") -> dict[str, Any]:
    return {"msg_type": "stream", "content": {"name": name, "text": text}}


def shown(**data: Any) -> dict[str, Any]:
    content = {"data": {kind.replace("_", "/"): value for kind, value in data.items()}}
    return {"msg_type": "display_data", "content": content}


def kept(*messages: dict[str, Any]) -> list[NotebookNode]:
    """The outputs of a cell that sent these."""
    keeper, cell = OutputKeeper(), new_code_cell()
    keeper.begin(cell)
    for message in messages:
        keeper.take(message)
    return list(cell.outputs)


def test_only_text_and_pictures_are_kept() -> None:
    script = "<script>alert(1)</script>"
    (output,) = kept(
        shown(text_html=script, text_plain="a text", image_png="iVBO", application_javascript="1"),
        {"msg_type": "display_data", "content": {"data": {"image/svg+xml": script}}},
        shown(text_markdown=script),
        shown(text_latex=script),
    )
    assert output.data == {"text/plain": "a text", "image/png": "iVBO"}


def test_a_long_text_is_cut() -> None:
    (output,) = kept(*[stream("x" * (MAX_STREAM // 4))] * 9)
    assert output.text == "x" * MAX_STREAM + "\n" + LEFT_OUT


def test_many_outputs_are_cut() -> None:
    outputs = kept(*[shown(text_plain=str(number)) for number in range(MAX_OUTPUTS + 50)])
    assert len(outputs) == MAX_OUTPUTS + 1
    assert outputs[-1].text == LEFT_OUT


def test_a_notebook_holds_no_more_than_it_may() -> None:
    """Whatever its cells put out together."""
    keeper, cells = OutputKeeper(), [new_code_cell() for _ in range(9)]
    for cell in cells:
        keeper.begin(cell)
        keeper.take(shown(image_png="x" * (MAX_NOTEBOOK // 4)))
    assert 1 <= sum(len(cell.outputs) for cell in cells) <= 4


def test_an_error_is_cut() -> None:
    content = {"ename": "E" * 9999, "evalue": "v" * 9999, "traceback": ["t" * 9999] * 999}
    (output,) = kept({"msg_type": "error", "content": content})
    assert (len(output.ename), len(output.evalue)) == (100, 500)
    assert [len(line) for line in output.traceback] == [2000] * MAX_TRACEBACK


@pytest.mark.parametrize("odd", [None, 3, ["x"], {"a": [1]}, "\ud800"])
def test_whatever_stands_for_a_text_can_be_written(odd: Any) -> None:
    content = {"ename": odd, "evalue": odd, "traceback": [odd]}
    for output in kept(stream(odd), shown(text_plain=odd), {"msg_type": "error", "content": odd}):
        str(output).encode()
    (output,) = kept({"msg_type": "error", "content": content})
    str(output).encode()
