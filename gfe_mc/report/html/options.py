"""Options as they are stored, in words: what a person would have written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

_DIGITS = 8
"""Of a fingerprint, enough to tell it from others."""


def in_words(form: Any) -> str:
    """Write what `gfe_mc.study.method.described` gave as an expression.

    Parameters
    ----------
    form : object
        The canonical form of an object, long lists shortened; or text, where it has none.

    Examples
    --------
    >>> in_words({"type": "GFE", "parameters": {"groups": 3, "search": {"enum": "Kind.FAST"}}})
    'GFE(groups=3, search=Kind.FAST)'
    >>> in_words({"type": "Grid", "parameters": {"names": ["a"], "at": {"list": 90, "fingerprint":
    ...     "0123456789abcdef"}}})
    "Grid(names=['a'], at=[90 values, 01234567])"
    """
    return form if isinstance(form, str) else _written(form)


def _written(form: Any) -> str:
    if isinstance(form, list):
        return f"[{_listed(form)}]"
    if not isinstance(form, Mapping):
        return repr(form)
    keys = set(form)
    if keys == {"type", "parameters"} and isinstance(form["parameters"], Mapping):
        return f"{form['type']}({_named(form['parameters'])})"
    if keys == {"mapping"} and isinstance(form["mapping"], Mapping):
        return (
            f"{{{', '.join(f'{key!r}: {_written(one)}' for key, one in form['mapping'].items())}}}"
        )
    if keys == {"list", "fingerprint"}:
        return f"[{form['list']} values, {str(form['fingerprint'])[:_DIGITS]}]"
    if {"array", "shape"} <= keys:
        shape = " x ".join(map(str, form["shape"])) or "one"
        return f"array({shape}, {str(form['array'])[:_DIGITS]})"
    for of_type in ("fields", "items", "value"):
        if keys == {"type", of_type}:
            inside = form[of_type]
            return f"{form['type']}({_listed(inside if isinstance(inside, list) else [inside])})"
    for single in ("enum", "date", "scalar"):
        if single in keys:
            return str(form[single])
    return json.dumps(form, sort_keys=True)


def _named(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name}={_written(one)}" for name, one in parameters.items())


def _listed(items: list[Any]) -> str:
    return ", ".join(map(_written, items))
