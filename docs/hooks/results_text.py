"""Texts of the folder of results, with links that hold from any page of the site."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "results"
LONGEST = 30_000
"""Characters of a text that is made a page; a longer one is put beside as text."""
WIDE = 7
"""Columns up to which a table is narrow."""
PICTURES = (".png", ".svg")

_TABLE = re.compile(r"(?m)(?:^\|.*\n)+")
_LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)(#[^)\s]*)?\)")
_QUOTED = re.compile(r"(?<!\[)`((?:\.\./)?[\w./-]+)`(?!\])")


def texts() -> list[Path]:
    """Return the texts of results: the overview, and those of each study."""
    return sorted([*RESULTS.glob("*.md"), *(p for p in RESULTS.glob("*/*.md") if _committed(p))])


def pictures() -> list[Path]:
    """Return the pictures of studies."""
    return sorted(p for p in RESULTS.glob("*/*") if p.suffix in PICTURES and _committed(p))


def _committed(path: Path) -> bool:
    """Whether a file is of a study as it is committed: not of a part, nor of a synthetic panel."""
    return not path.parent.name.endswith(("-part", "-synthetic"))


def place(path: Path) -> str:
    """Return where a file of results is in the site, from the site's own beginning."""
    where = path.relative_to(ROOT).as_posix()
    long = path.suffix == ".md" and path.parent != RESULTS and path.stat().st_size > LONGEST
    return f"{where.removesuffix('.md')}.txt" if long else where


def read(path: Path, page: str, deeper: int = 0) -> str:
    """Return a text of results as it stands in a page.

    Parameters
    ----------
    path : Path
        Its file.
    page : str
        The page that it is put into, from the site's beginning.
    deeper : int, default 0
        How many levels its headings go down.
    """
    text = framed(linked(path.read_text(encoding="utf-8"), path.parent, page))
    return re.sub(r"(?m)^(#+) ", rf"\1{'#' * deeper} ", text)


def linked(text: str, folder: Path, page: str) -> str:
    """Return a text whose links, and names of files in quotes, lead there from a page."""

    def link(found: re.Match[str]) -> str:
        target = _target(found[1], folder, page)
        return found[0] if target is None else f"]({target}{found[2] or ''})"

    def quoted(found: re.Match[str]) -> str:
        target = _target(found[1], folder, page)
        return found[0] if target is None else f"[{found[0]}]({target})"

    return _QUOTED.sub(quoted, _LINK.sub(link, text))


def framed(text: str) -> str:
    """Return a text whose wide tables are in a frame, in which lines do not break."""

    def frame(found: re.Match[str]) -> str:
        wide = found[0].split("\n", 1)[0].count("|") > WIDE
        return f'<div class="numbers" markdown>\n\n{found[0]}\n</div>\n' if wide else found[0]

    return _TABLE.sub(frame, text)


def _target(name: str, folder: Path, page: str) -> str | None:
    """Where a name leads from a page; None if it is no file of results that the site has."""
    path = Path(posixpath.normpath((folder / name).as_posix()))
    if path.is_dir() and path.parent == RESULTS:
        path = path / "FINDINGS.md"
    if RESULTS not in path.parents or path.suffix not in (".md", *PICTURES) or not path.is_file():
        return None
    return posixpath.relpath(place(path), str(PurePosixPath(page).parent))


def first_table(path: Path) -> str:
    """Return the first table of a text."""
    found = _TABLE.search(path.read_text(encoding="utf-8"))
    return "" if found is None else framed(found[0])
