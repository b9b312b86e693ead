"""A drawing as a part of a page: nothing outside it, and no name twice."""

from __future__ import annotations

import re
from xml.etree import ElementTree

_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_ROUNDED = ("d", "x", "y")
"""Attributes that are places on the paper; two decimals of a point are finer than any print."""
_SCREEN = 96 / 72
"""Pixels of a point."""


def inline(svg: bytes, name: str, label: str) -> str:
    """Return a drawing as it stands in a page.

    Parameters
    ----------
    svg : bytes
        A file as Matplotlib writes it.
    name : str
        Letters and digits; what is named in the drawing begins with it, as several drawings of one
        page may name different things alike.
    label : str
        What is said of it to those who do not see it.
    """
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        for key in list(element.attrib):
            value = element.attrib.pop(key)
            element.set(key.rpartition("}")[2], _changed(key.rpartition("}")[2], value, name))
        # Its style is for all of a page; what it says is said at the root below.
        for child in list(element):
            if child.tag.rpartition("}")[2] in ("metadata", "style"):
                element.remove(child)
        element.text = element.tail = None
    _, _, width, height = map(float, root.attrib["viewBox"].split())
    kept = root.attrib["viewBox"]
    root.attrib.clear()
    root.attrib |= {
        "viewBox": kept,
        "width": f"{width * _SCREEN:.0f}",
        "height": f"{height * _SCREEN:.0f}",
        "role": "img",
        "aria-label": label,
        "style": "stroke-linejoin:round;stroke-linecap:butt",
    }
    return ElementTree.tostring(root, encoding="unicode")


def _changed(attribute: str, value: str, name: str) -> str:
    """An attribute with what it names renamed, and its places rounded."""
    if attribute == "id":
        return f"{name}-{value}"
    if attribute == "href":
        return f"#{name}-{value.removeprefix('#')}"
    value = _REFERENCE.sub(rf"url(#{name}-\1)", value)
    return _NUMBER.sub(_shorter, value) if attribute in _ROUNDED else value


def _shorter(found: re.Match[str]) -> str:
    return f"{float(found[0]):z.2f}".rstrip("0").rstrip(".")
