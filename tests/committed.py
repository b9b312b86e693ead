"""The committed results, by the names of their studies."""

from __future__ import annotations

from pathlib import Path

RESULTS = Path(__file__).resolve().parents[1] / "results"
APART = "-synthetic"
"""Ends the names of folders that are not committed: of studies that ran here without a panel."""


def with_file(name: str) -> list[str]:
    """Name the studies whose committed folder has a file."""
    found = sorted(path.parent.name for path in RESULTS.glob(f"*/{name}"))
    return [study for study in found if not study.endswith(APART)]
