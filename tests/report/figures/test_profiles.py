"""The profiles of a fit."""

from __future__ import annotations

import datetime
from typing import Any

import pandas as pd
import pytest

from gfe_mc.report.figures.profiles import draw_profiles


@pytest.mark.parametrize(
    ("periods", "labels"),
    [
        ([1970, 1975], ["1970", "1975"]),
        (pd.to_datetime(["1970-01-01", "1975-01-01"]), ["1970", "1975"]),
        (pd.to_datetime(["1970-01-01", "1970-03-01"]), ["1970-01", "1970-03"]),
        ([datetime.date(1970, 1, 1), datetime.date(1970, 1, 15)], ["1970-01-01", "1970-01-15"]),
        (pd.period_range("1970Q1", periods=2, freq="Q"), ["1970Q1", "1970Q2"]),
    ],
)
def test_dates_are_written_as_people_do(periods: Any, labels: list[str]) -> None:
    profiles = pd.DataFrame({"group": 1, "size": 3, "period": list(periods), "alpha": [0.0, 1.0]})
    (axes,) = draw_profiles(profiles, None, "y").axes
    assert [label.get_text() for label in axes.get_xticklabels()] == labels
