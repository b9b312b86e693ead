"""Text that shows what it holds."""

from __future__ import annotations

import re

_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""What ends a line, steers a terminal, turns the direction of text, or is no character."""


def visible(text: str, keep: str = "") -> str:
    r"""Return a text in which control characters stand as their escapes.

    Names in files of others may hold what a terminal obeys.

    Parameters
    ----------
    text : str
        The text.
    keep : str, default ""
        Control characters that stay as they are.

    Examples
    --------
    >>> print(visible("a\x1b[31mb\nc"))
    a\x1b[31mb\nc
    """
    return _HIDDEN.sub(
        lambda found: found[0] if found[0] in keep else found[0].encode("unicode_escape").decode(),
        text,
    )
