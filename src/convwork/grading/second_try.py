"""A cell that ran for the student and stops in grading gets a second try, without what stops it.

Grading lacks modules that the student has installed, and the names of cells that it skips.
"""

import ast

MISSING_MODULE = "ModuleNotFoundError"
LACKS = (MISSING_MODULE, "NameError")  # how such a cell stops


def second_try(source: str) -> str | None:
    """The cell without calls outside functions, and with each import only if there is one.

    None if the cell is not Python, or if nothing would change.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    before = ast.unparse(tree)
    kept = [node for node in tree.body if not isinstance(node, ast.Expr)]
    tree.body = [_if_there_is_one(node) for node in kept]
    after = ast.unparse(tree)
    return after if after != before else None


def _if_there_is_one(node: ast.stmt) -> ast.stmt:
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return node
    lenient = ast.parse("try:\n    pass\nexcept ImportError:\n    pass").body[0]
    assert isinstance(lenient, ast.Try)
    lenient.body = [node]
    return lenient
