"""The gallery: sources in percent format, which mkdocs-jupyter makes pages of.

They are executed where the environment has GFE_MC_GALLERY_EXECUTE=true, and shown as code alone
otherwise, which is quick.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "gallery"
_TITLE = re.compile(r"(?m)^# # (.+)$")
_LEAD = re.compile(r"(?m)^# # .+\n#\n((?:# [^#\n].*\n)+)")


def sources() -> list[Path]:
    """Return the sources; names that begin with an underscore are none."""
    return sorted(path for path in FOLDER.glob("*.py") if not path.name.startswith("_"))


def listed() -> str:
    """Return the list of the gallery: the title of each source, and the paragraph below it."""
    lines = []
    for path in sources():
        text = path.read_text(encoding="utf-8")
        title, lead = _TITLE.search(text), _LEAD.search(text)
        name = title[1] if title else path.stem.replace("_", " ")
        about = " ".join(re.findall(r"(?m)^# (.*)$", lead[1])) if lead else ""
        lines.append(f"- [{name}]({path.name})" + (f": {about}" if about else ""))
    return "\n".join(lines)


def on_config(config: Any) -> Any:
    """Put the sources into the navigation."""
    for entry in config.nav:
        if "Gallery" in entry:
            entry["Gallery"] += [f"gallery/{path.name}" for path in sources()]
    return config


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put the list where the page of the gallery asks for it."""
    return markdown.replace("<!-- gallery -->", listed())
