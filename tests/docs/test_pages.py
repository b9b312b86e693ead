"""The code that stands in pages of the site runs, from the top of each page to its end."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCKS = re.compile(r"^```python\n(?!--8<--)(.*?)^```$", re.M | re.S)
"""Those that are no files of their own."""
PAGES = [page for page in sorted(DOCS.rglob("*.md")) if BLOCKS.search(page.read_text())]


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_code_of_a_page(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    said: dict[str, object] = {"__name__": "__main__"}
    for number, block in enumerate(BLOCKS.findall(page.read_text()), start=1):
        exec(compile(block, f"{page.name}, block {number}", "exec"), said)
    assert capsys.readouterr().out
