"""The real panel is the one that committed results were computed from."""

from __future__ import annotations

import json
from pathlib import Path

from gfe_mc import ObservedPanel, Panel
from gfe_mc.canonical import fingerprint

RESULTS = Path(__file__).parents[2] / "results"


def test_the_fingerprint_of_the_real_panel_is_the_committed_one(democracy: Panel) -> None:
    study = json.loads((RESULTS / "bm_table_b2" / "provenance.json").read_text())["study"]
    committed = {arm["dgp"] for arm in study["arms"].values()}
    assert committed == {fingerprint(ObservedPanel(democracy))}
    assert democracy.notes == ()
