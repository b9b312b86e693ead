"""A few hostile command lines; `python -m tests.reliability.command_lines 500` tries many."""

from __future__ import annotations

from pathlib import Path

from tests.reliability.command_lines import attack


def test_command_lines_end_well(tmp_path: Path) -> None:
    counts = attack(8, seed=2012, folder=tmp_path)
    assert counts.tried == 8
    assert not counts.bad, counts
