"""The real panel is the one that committed results were computed from."""

from __future__ import annotations

import json

from gfe_mc import ObservedPanel, Panel
from gfe_mc.canonical import fingerprint
from tests.committed import RESULTS


def test_the_fingerprint_of_the_real_panel_is_the_committed_one(democracy: Panel) -> None:
    study = json.loads((RESULTS / "bm_table_b2" / "provenance.json").read_text())["study"]
    committed = {method["depends_on"]["dgp"] for method in study["methods"]}
    assert committed == {fingerprint(ObservedPanel(democracy))}
    assert democracy.notes == ()
