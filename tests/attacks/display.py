"""Attacks on the browser in which an instructor or the student reads the result.

Each shows code that calls `steal()`, which must never arrive as code.
"""

import json
from collections.abc import Callable
from pathlib import Path

from attacks.attack import Attack, harm

_SCRIPT = "<script>steal()</script><img src=x onerror=steal()><a href='javascript:steal()'>a</a>"


def _with_markdown(text: str) -> Callable[[Path], None]:
    def spoil(path: Path) -> None:
        nb = json.loads(path.read_text())
        cell = {"cell_type": "markdown", "id": "evil", "metadata": {}, "source": text}
        cell["attachments"] = {"x.svg": {"image/svg+xml": "<svg onload='steal()'/>"}}
        nb["cells"].append(cell)
        path.write_text(json.dumps(nb))

    return spoil


def _shows(name: str, tries: str, code: str) -> Attack:
    return harm(name, tries, f"from IPython.display import *\n{code}")


ATTACKS = [
    harm("browser_markdown_script", "a script in prose", "pass", spoil=_with_markdown(_SCRIPT)),
    harm(
        "browser_markdown_link",
        "a link that is a script",
        "pass",
        spoil=_with_markdown("[a](javascript:steal())\n\n[b]: javascript:steal()\n[b]"),
    ),
    harm(
        "browser_markdown_escape",
        "a link that comes of making the text harmless",
        "pass",
        spoil=_with_markdown(r"[a\](javascript:steal())"),
    ),
    harm(
        "browser_link_in_a_remark",
        "a link in the grader's own remark, which quotes a line",
        "x = '`[a](javascript:steal())'\nwhile True: pass",
    ),
    _shows("browser_html_output", "a script in HTML", f"display(HTML({_SCRIPT!r}))"),
    _shows("browser_javascript_output", "JavaScript", "display(Javascript('steal()'))"),
    _shows(
        "browser_svg_output",
        "a script in a picture",
        "display(SVG(\"<svg xmlns='http://www.w3.org/2000/svg' onload='steal()'><script>steal()</script></svg>\"))",
    ),
    _shows(
        "browser_markdown_output",
        "a script in a Markdown output",
        f"display(Markdown({_SCRIPT!r}))",
    ),
    _shows(
        "browser_latex_output",
        "a script in a formula",
        "display(Latex(r'$\\href{javascript:steal()}{x}$<script>steal()</script>'))",
    ),
    _shows(
        "browser_iframe_output", "a page in the page", "display(IFrame('javascript:steal()', 9, 9))"
    ),
    _shows(
        "browser_widget_output",
        "a widget's view",
        "display({'application/vnd.jupyter.widget-view+json': {'model_id': 'steal()'}}, raw=True)",
    ),
    _shows("browser_printed_script", "a script in what is printed", f"print({_SCRIPT!r})"),
    _shows(
        "browser_script_in_an_error",
        "a script in an error's message",
        f"raise ValueError({_SCRIPT!r})",
    ),
    Attack(
        "browser_script_in_the_answers_error",
        "a script in an error that the feedback quotes",
        double=f"def double(x):\n    raise ValueError({_SCRIPT!r})  # <script>steal()</script>",
    ),
]
