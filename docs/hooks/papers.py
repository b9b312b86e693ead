"""What the results say of the papers, put into pages where these ask for it.

A page asks by a comment: `<!-- counts -->` (all exhibits of all papers), `<!-- exhibits: bm -->`
(those of a paper, what is explained and what is not), `<!-- studies: bm -->` (what each of its
studies found), `<!-- findings: NAME -->` (what one study found; nothing where it is not there),
`<!-- table: NAME -->` (the first table of a study) and `<!-- readme -->` (how the README begins).
"""

from __future__ import annotations

import re
from typing import Any

from results_text import RESULTS, ROOT, first_table, framed, linked, read

from gfe_mc.published.exhibits import exhibits, papers

_ASKED = re.compile(r"<!-- (\w+)(?:: ([\w/]+))? -->")
OVERVIEW = RESULTS / "README.md"


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Put in what the page asks for."""
    where = page.file.src_uri
    if where.startswith("results/"):
        return markdown
    return _ASKED.sub(lambda found: _answer(found[1], found[2] or "", where), markdown)


def _answer(what: str, name: str, page: str) -> str:
    match what:
        case "counts":
            return section("", page)
        case "exhibits":
            return section(papers()[name], page)
        case "studies":
            return studies(name, page)
        case "findings":
            return findings(name, page, deeper=2)
        case "table":
            return first_table(RESULTS / name / "table.md")
        case "readme":
            return beginning(page)
    raise LookupError(f"{page} asks for {what!r}, which there is not: see docs/hooks/papers.py")


def section(title: str, page: str) -> str:
    """Return a part of the overview of all exhibits; what is before the papers if not named."""
    text = OVERVIEW.read_text(encoding="utf-8")
    head, *parts = re.split(r"(?m)^## (.*)\n", text)
    if not title:
        return framed(linked(head.split("\n", 1)[1], RESULTS, page))
    named = dict(zip(parts[::2], parts[1::2], strict=True))
    return framed(linked(named[title], RESULTS, page))


def beginning(page: str) -> str:
    """Return the README from below its title to its second heading."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return linked(re.split(r"(?m)^#+ .*\n", text)[1], ROOT, page)


def studies(paper: str, page: str) -> str:
    """Return what each study of a paper found: those of its exhibits in their order, then others.

    Parameters
    ----------
    paper : str
        Its key, with which names of its studies begin.
    page : str
        The page that it is put into.
    """
    return "\n\n".join(findings(name, page) for name in names_of(paper))


def names_of(paper: str) -> list[str]:
    """Return the names of a paper's studies that have findings of their own."""
    there = [
        path.parent.name
        for path in sorted(RESULTS.glob(f"{paper}_*/FINDINGS.md"))
        if not path.read_text(encoding="utf-8").startswith("# See ")
    ]
    asked = [
        name
        for one in exhibits()
        if one.paper == paper
        for name in (one.table, *one.studies, *(file.split("/")[0] for file in one.files))
    ]
    return list(dict.fromkeys([*(name for name in asked if name in there), *there]))


def findings(name: str, page: str, deeper: int = 1) -> str:
    """Return what a study found, with links to its tables; nothing where it is not there."""
    path = RESULTS / name / "FINDINGS.md"
    if not path.is_file():
        return ""
    heading, body = read(path, page, deeper).split("\n", 1)
    files = [p for p in sorted(path.parent.glob("*.md")) if p != path]
    links = ", ".join(f"`{p.name}`" for p in files)
    about = linked(f"Study `{name}`: {links}." if links else f"Study `{name}`.", path.parent, page)
    return f"{heading}\n\n{about}\n{{ .study }}\n\n{body.strip()}\n"
