"""The gallery: each page runs from top to bottom, and leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted((ROOT / "docs" / "gallery").glob("*.py"))
CLUSTER = "5_local_cluster"
EACH = [
    pytest.param(page, id=page.stem, marks=pytest.mark.long if page.stem == CLUSTER else ())
    for page in PAGES
]


def test_pages_are_notebooks_in_their_order() -> None:
    assert [page.name[0] for page in PAGES] == ["1", "2", "3", "4", "5"]
    for page in PAGES:
        head, title, *cells = page.read_text(encoding="utf-8").split("\n# %%")
        assert "format_name: percent" in head
        assert title.startswith(" [markdown]\n# # ")
        assert len(cells) > 5


@pytest.mark.slow
@pytest.mark.parametrize("page", EACH)
def test_a_page_runs_as_a_script(page: Path, data_folder: Path, tmp_path: Path) -> None:
    here, temporary = tmp_path / "here", tmp_path / "temporary"
    for folder in (here, temporary):
        folder.mkdir()
    given = {
        "GFE_MC_DATA": str(data_folder),
        "GFE_MC_GALLERY": "5",
        "MPLBACKEND": "agg",
        "TMPDIR": str(temporary),
        # The package that the other tests have compiled: one that is installed beside it is not.
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-W", "error", str(page)],
        cwd=here,
        env=os.environ | given,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert list(here.iterdir()) == []
    assert [path.name for path in temporary.iterdir() if path.name.startswith("tmp")] == []
