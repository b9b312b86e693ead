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
    assert whole.entries() == ("10", "2", "1", "1", "0", "2", "2", "2 not run")
    assert len(Tally.header()) == len(whole.entries())
    # Of theta2 at G = 5 no method agrees, and nothing is explained.
    assert (whole.printed, whole.never_met) == (5, 1)
    assert Tally.of(compared, pd.Series([-1] * 3 + [0] + [-1] * 6)).never_met == 0
    parts = [
        Tally.of(compared[compared["method"] == name], explanation) for name in ("vns", "genetic")
    ]
    total = Tally.total(parts)
    assert (total.verdicts, total.explained) == (whole.verdicts, whole.explained)
    assert [part.printed for part in parts] == [5, 5]
    assert Tally.total([]).figures == 0


def test_every_verdict_is_counted_once() -> None:
    verdicts = [verdict.value for verdict in Verdict]
    compared = pd.DataFrame({"G": range(len(verdicts)), "verdict": verdicts})
    *entries, none = Tally.of(compared, pd.Series(-1, compared.index)).entries()
    assert none == "1 too few, 1 not computed, 1 not run"
    numbers = [int(entry) for entry in entries]
    assert numbers[0] == len(Verdict) == sum(numbers[1:]) + 3
