"""A cell that ran for the student and stops in grading gets a second try, without what stops it.

Grading lacks modules that the student has installed, what IPython does for them (`%matplotlib
widget`), and the names of cells that it skips.
"""

import ast
import re

MISSING_MODULE = "ModuleNotFoundError"
_LACKS = (MISSING_MODULE, "ImportError", "NameError")  # how a cell stops that lacks something
_LONGEST = 50_000  # characters: a tree takes a thousand times their place in memory
_FOR_IPYTHON = re.compile(r"^[ \t]*[%!].*$", re.MULTILINE)


def second_try(source: str, stopped_by: str) -> str | None:
    """The cell without calls outside functions, and with each import only if there is one.

    stopped_by: the name of the error. None if the cell stopped for a reason of its own, is very
    long, or is not Python even without its lines for IPython.
    """
    if len(source) > _LONGEST:
        return None
    try:
        tree = _parsed(source)
        if tree is None:
            tree = ast.parse(_FOR_IPYTHON.sub("", source))
        elif stopped_by not in _LACKS:
            return None
        kept = [node for node in tree.body if not isinstance(node, ast.Expr)]
        tree.body = [_if_there_is_one(node) for node in kept]
        return ast.unparse(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _parsed(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


def _if_there_is_one(node: ast.stmt) -> ast.stmt:
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return node
    lenient = ast.parse("try:\n    pass\nexcept ImportError:\n    pass").body[0]
    assert isinstance(lenient, ast.Try)
    lenient.body = [node]
    return lenient
