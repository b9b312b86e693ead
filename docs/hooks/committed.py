"""The folder of results as a part of the site: what was found, its tables and pictures.

Texts keep their places, so that their links hold; those that are too long for a page are put
beside them as they are.
"""

from __future__ import annotations

from typing import Any

from results_text import ROOT, pictures, place, read, texts

FINDINGS = "FINDINGS.md"


def on_files(files: Any, config: Any) -> Any:
    """Add the texts and pictures of results to the files of the site."""
    from mkdocs.structure.files import File

    for path in [*texts(), *pictures()]:
        files.append(File.generated(config, place(path), abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Give a text of results links, a heading where it has none, and the width of the window."""
    where = page.file.src_uri
    if not where.startswith("results/"):
        return markdown
    page.meta["hide"] = ["navigation"] if where.endswith(FINDINGS) else ["navigation", "toc"]
    # What was found stands on the pages of the papers and of comparisons as well.
    page.meta["search"] = {"exclude": True}
    text = read(ROOT / where, where)
    folder, name = where.split("/")[-2:]
    return text if text.startswith("# ") else f"# {folder}, {name}\n\n{text}"
