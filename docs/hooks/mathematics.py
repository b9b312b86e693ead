"""Formulas as MathML, which browsers draw by themselves: no script, nothing from elsewhere."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import Any

from latex2mathml.converter import convert

_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.S)
"""What `pymdownx.arithmatex` makes of $...$ and $$...$$."""


_NOTEBOOK = re.compile(
    r"(?P<kept><(?P<tag>pre|code|script|style)\b.*?</(?P=tag)>|<[^>]*>)"
    r"|\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$\n]+?)\$",
    re.S,
)
"""Formulas of notebooks, which are as they were typed, and what has none."""
_SCRIPT = re.compile(r"<script\b[^>]*>(?:(?!</script>).)*</script>", re.S)


def on_page_content(content: str, page: Any, **_: Any) -> str:
    """Put MathML in the place of every formula of a page."""
    if page.file.src_uri.endswith(".py"):
        return _NOTEBOOK.sub(_of_notebook, _SCRIPT.sub(_own, content))
    return _FORMULA.sub(_drawn, content)


def _own(script: re.Match[str]) -> str:
    """Drop the scripts of notebooks that would draw formulas or diagrams, from elsewhere."""
    text = script[0].lower()
    return "" if "mathjax" in text or "cdnjs." in text else script[0]


def _of_notebook(found: re.Match[str]) -> str:
    if found["kept"]:
        return found["kept"]
    block = found["block"] is not None
    formula = html.unescape(found["block"] if block else found["inline"])
    return _mathml(formula.strip(), "block" if block else "inline")


def _drawn(found: re.Match[str]) -> str:
    kind, formula = found.groups()
    return _mathml(html.unescape(formula).strip(), "block" if kind == "div" else "inline")


@cache
def _mathml(formula: str, display: str) -> str:
    return str(convert(formula, display=display))
