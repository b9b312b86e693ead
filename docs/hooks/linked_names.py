"""Public names in the text of a page lead to the reference."""

from __future__ import annotations

import posixpath
import re
from typing import Any

from public_names import by_room

_PIECES = re.compile(r"(<(a|pre|h[1-6])\b.*?</\2>)|<code>([A-Za-z]\w*)(\(\))?</code>", re.S)
"""What is left as it is (links, listings, headings), and names in quotes."""
_PAGES = {
    name: f"reference/{room.page}.html" for room, names in by_room().items() for name in names
}


def on_page_content(content: str, page: Any, **_: Any) -> str:
    """Link the public names that stand in quotes."""
    here = posixpath.dirname(page.file.dest_uri)

    def link(found: re.Match[str]) -> str:
        kept, name = found[1], found[3]
        if kept or name not in _PAGES:
            return found[0]
        return (
            f'<a href="{posixpath.relpath(_PAGES[name], here or ".")}#gfe_mc.{name}">{found[0]}</a>'
        )

    return _PIECES.sub(link, content)
