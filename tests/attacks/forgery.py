"""Attacks that publish scores, or make the kernel answer for a function that is not there."""

import json
from pathlib import Path

from attacks.attack import Attack

_FORGED = """
import base64, convwork.answers as answers
forged = base64.b64encode(answers.pack({
    "answers": [1.0, 1.0], "modified": False, "error": None, "score": 60.0, "passed": True,
})).decode()
"""


def _save_outputs(path: Path) -> None:
    nb = json.loads(path.read_text())
    for cell in nb["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade"):
            data = {"text/plain": "60.0"}
            cell["execution_count"] = 1
            cell["outputs"] = [
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": data,
                }
            ]
    path.write_text(json.dumps(nb))


def _raise_points(path: Path) -> None:
    nb = json.loads(path.read_text())
    for cell in nb["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("grade"):
            about["points"] = 1000
            cell["source"] = "1000.0"
    path.write_text(json.dumps(nb))


ATTACKS = [
    Attack("prints_a_score", "a stream that reads like a score", 'print("60.0")', 'print("60.0")'),
    Attack(
        "displays_a_score",
        "a display that reads like a score",
        'from IPython.display import display\ndisplay({"text/plain": "60.0"}, raw=True)',
    ),
    Attack(
        "updates_a_display",
        "a display of an early cell that changes when the tests run",
        """
from IPython.display import display
import threading, time
handle = display({"text/plain": "0"}, raw=True, display_id="score")
def later():
    for _ in range(50):
        time.sleep(0.02)
        handle.update({"text/plain": "60.0"}, raw=True)
threading.Thread(target=later, daemon=True).start()
""",
    ),
    Attack(
        "hooks_the_displayhook",
        "every result becomes 60.0",
        """
shell = get_ipython()
shell.displayhook.compute_format_data = lambda result: ({"text/plain": "60.0"}, {})
shell.displayhook(60.0)
""",
    ),
    Attack("saved_outputs", "outputs that the file already holds", spoil=_save_outputs),
    Attack(
        "raised_points",
        "more points in the metadata, and a number as the test",
        spoil=_raise_points,
    ),
    Attack(
        "forged_headers",
        "every message is sent again as the result of whatever runs",
        """
kernel = get_ipython().kernel
send = kernel.session.send
def twice(stream, kind, content=None, parent=None, **rest):
    content = content if content is not None else {}
    parent = parent or kernel.get_parent()
    fake = {"execution_count": 1, "data": {"text/plain": "60.0"}, "metadata": {}}
    send(kernel.iopub_socket, "execute_result", fake, parent)
    return send(stream, kind, content, parent=parent, **rest)
kernel.session.send = twice
""",
    ),
    Attack(
        "comm_messages",
        "a score by a comm",
        """
from comm import create_comm
comm = create_comm(target_name="score", data={"score": 60})
comm.send({"score": 60, "test_double": 60})
""",
    ),
    Attack(
        "publishing_thread",
        "a thread that publishes results as long as the kernel lives",
        """
import threading, time
kernel = get_ipython().kernel
def publish():
    while True:
        parent = kernel.get_parent()
        fake = {"execution_count": 1, "data": {"text/plain": "60.0"}, "metadata": {}}
        kernel.session.send(kernel.iopub_socket, "execute_result", fake, parent)
        time.sleep(0.01)
threading.Thread(target=publish, daemon=True).start()
""",
    ),
    Attack(
        "atexit_hook",
        "a result that is published when the kernel ends",
        """
import atexit
from IPython.display import display
atexit.register(lambda: display({"text/plain": "60.0"}, raw=True))
""",
    ),
    Attack(
        "input_transformer",
        "every cell becomes a number",
        'get_ipython().input_transformers_post.append(lambda lines: ["60.0"])',
    ),
    Attack(
        "ast_transformer",
        "every assertion vanishes",
        """
import ast
class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node):
        return ast.Pass()
    def visit_Call(self, node):
        name = getattr(node.func, "id", "")
        return ast.Constant(60.0) if name == "hidden_tests" else node
get_ipython().ast_transformers.append(NoAsserts())
""",
    ),
    Attack(
        "run_cell_patched",
        "no cell fails, since none is run",
        """
shell = get_ipython()
from IPython.core.interactiveshell import ExecutionResult
def nothing(*args, **rest):
    result = ExecutionResult(None)
    result.result = 60.0
    return result
async def nothing_later(*args, **rest):
    return nothing()
shell.run_cell, shell.run_cell_async = nothing, nothing_later
""",
    ),
    Attack(
        "run_code_patched",
        "errors of cells are swallowed",
        """
shell = get_ipython()
run_code = shell.run_code
async def quiet(code, result=None, **rest):
    try:
        await run_code(code, result, **rest)
    except BaseException:
        pass
    return False
shell.run_code = quiet
""",
    ),
    Attack(
        "showtraceback_patched",
        "errors are shown as results",
        """
from IPython.display import display
get_ipython().showtraceback = lambda *a, **k: display({"text/plain": "60.0"}, raw=True)
""",
    ),
    Attack(
        "history_rewritten",
        "a history in which all was solved",
        """
manager = get_ipython().history_manager
manager.input_hist_parsed[:] = ["def double(x):\\n    return 2 * x"] * 5
manager.output_hist[1] = 60.0
Out = {n: 60.0 for n in range(99)}
""",
    ),
    Attack(
        "hidden_tests_replaced",
        "hidden tests that do nothing",
        """
import convwork.course, convwork.course.checks
convwork.course.hidden_tests = convwork.course.checks.hidden_tests = lambda name: 60.0
hidden_tests = lambda name: 60.0
""",
    ),
    Attack(
        "asserts_disarmed",
        "an assertion error that nobody sees",
        """
import builtins
class Quiet(BaseException):
    pass
builtins.AssertionError = builtins.NotImplementedError = Quiet
""",
    ),
    Attack(
        "answer_replaced",
        "the answerer says that all is right",
        _FORGED + "answers.answer = lambda request: answers._Reply(forged)",
    ),
    Attack(
        "evaluate_replaced",
        "the answerer evaluates nothing and reports success",
        """
import convwork.answers as answers
right = {"answers": [True, True], "modified": False, "error": None, "score": 1.0}
answers.evaluate = lambda namespace, data: right
""",
    ),
    Attack(
        "expressions_replaced",
        "the shell answers each question by itself",
        _FORGED
        + """
reply = {"status": "ok", "metadata": {}, "data": {"application/x-convwork-answer": forged}}
get_ipython().user_expressions = lambda wanted: {name: reply for name in wanted}
""",
    ),
    Attack(
        "replies_forged_on_the_socket",
        "a reply to the question is on its way before the question is",
        _FORGED
        + """
kernel = get_ipython().kernel
send = kernel.session.send
def forge(stream, kind, content=None, parent=None, **rest):
    if kind == "execute_reply":
        value = {"status": "ok", "metadata": {}, "data": {"application/x-convwork-answer": forged}}
        expressions = {str(n): value for n in range(20)} | {"answer": value}
        content = {"status": "ok", "execution_count": 1, "user_expressions": expressions}
    return send(stream, kind, content, parent=parent, **rest)
kernel.session.send = forge
""",
    ),
    Attack(
        "replies_replayed",
        "the first reply is sent again as the answer to every later request",
        """
kernel = get_ipython().kernel
send, first = kernel.session.send, []
def replay(stream, kind, content=None, parent=None, **rest):
    if kind == "execute_reply":
        first.append(content)
        send(stream, kind, first[0], parent=parent, **rest)
    return send(stream, kind, content, parent=parent, **rest)
kernel.session.send = replay
""",
    ),
    Attack(
        "json_and_base64_patched",
        "the encoders replace the answer by a better one",
        """
import base64, json
dumps, encode = json.dumps, base64.b64encode
json.dumps = lambda value, **rest: dumps({"score": 60.0} if isinstance(value, list) else value, **rest)
base64.b64encode = lambda data, *rest: encode(b"60.0")
""",
    ),
    Attack(
        "numpy_patched",
        "all comparisons of NumPy hold",
        """
import numpy as np
np.array_equal = np.allclose = np.isclose = lambda *a, **k: True
np.testing.assert_allclose = lambda *a, **k: None
""",
    ),
    Attack(
        "h5py_patched",
        "every reference that is read holds what was answered",
        """
import h5py
h5py.File = lambda *a, **k: {}
h5py.Dataset.__getitem__ = lambda self, key: 0
""",
    ),
    Attack(
        "exits_with_success",
        "an exit status that says that all went well",
        last="import os\nos._exit(0)",
    ),
    Attack(
        "detects_the_question",
        "finds the inputs of all questions, and the answers, in the frames above it",
        double="""
def double(x):
    import gc, inspect
    found = [o for o in gc.get_objects() if isinstance(o, dict) and "answer" in o and "inputs" in o]
    frames = [frame.frame.f_locals for frame in inspect.stack()]
    wanted = [f.get("want", f.get("expected", f.get("reference"))) for f in frames]
    return next((value for value in [*wanted, *found] if value is not None), None)
""",
    ),
]
