"""Counts of figures add up."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from gfe_mc.report.compared import read_compared
from gfe_mc.report.tally import Tally
from gfe_mc.report.verdicts import Verdict
from tests.report.results import put_study


def test_by_hand(tmp_path: Path) -> None:
    compared, _ = read_compared(put_study(tmp_path, "mine"))
    explanation = pd.Series([-1, -1, 0, -1, -1, 1, -1, -1, -1, -1])
    whole = Tally.of(compared, explanation)
    assert (whole.figures, whole.explained, whole.open) == (10, 2, 2)
    assert whole[Verdict.DIFFERS] == 3
    assert whole.entries() == ("10", "2", "1", "1", "0", "2", "2", "0", "0", "2")
    assert len(Tally.header()) == len(whole.entries())
    parts = [
        Tally.of(compared[compared["method"] == name], explanation) for name in ("vns", "genetic")
    ]
    assert Tally.total(parts) == whole
    assert Tally.total([]).figures == 0


def test_every_verdict_is_counted_once() -> None:
    compared = pd.DataFrame({"verdict": [verdict.value for verdict in Verdict]})
    numbers = [int(entry) for entry in Tally.of(compared, pd.Series(-1, compared.index)).entries()]
    assert numbers[0] == len(Verdict) == sum(numbers[1:])
