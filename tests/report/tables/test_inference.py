"""Standard errors, coverage and power."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pytest

from gfe_mc.report.digits import with_error
from tests.report.tables.studies import INFERENCE, INFERRED, records, row


def test_inference_has_a_row_for_every_method_and_parameter() -> None:
    table = records(INFERENCE)
    assert len(table) == 2 * 2 * 3
    assert set(table["estimator"]) == {"vns"}
    assert list(table) == [
        *["G", "errors", "estimator", "inference", "parameter", "Monte Carlo sd", "median se"],
        *["mean se / sd", "coverage", "95% bounds", "bias-eliminated coverage", "power at zero"],
        *["attempted", "failed", "used", "median seconds"],
    ]


@pytest.mark.parametrize("method", ["large_t", "bootstrap"])
def test_inference_stands_under_its_own_heading(method: str) -> None:
    found = row(records(INFERENCE), G="5", inference=method, parameter="theta2")
    own = INFERRED[(INFERRED["cell"] == 1) & (INFERRED["estimator"] == "vns")]
    for heading, statistic, inference in [
        ("Monte Carlo sd", "sd", "none"),
        ("median se", "median_se", method),
        ("mean se / sd", "se_ratio_mean", method),
        ("coverage", "coverage", method),
        ("bias-eliminated coverage", "bias_eliminated_coverage", method),
        ("power at zero", "power", method),
    ]:
        where = {"inference": inference, "parameter": "theta2", "statistic": statistic}
        figure: dict[Hashable, Any] = row(own, **where)
        assert found[heading] == with_error(figure["value"], figure["error"])
    covered = row(own, inference=method, parameter="theta2", statistic="coverage")
    assert found["95% bounds"] == f"{covered['low']:.3f} to {covered['high']:.3f}"
    assert (found["attempted"], found["failed"], found["used"]) == ("40", "0", "40")


def test_inference_counts_what_it_rests_on() -> None:
    table = records(INFERENCE)
    short = row(table, G="3", inference="bootstrap", parameter="theta1")
    assert (short["attempted"], short["failed"], short["used"]) == ("40", "1", "39")
    label = "G=5 errors=normal, vns: cumulative"
    assert f"{label} coverage large t rests on 38 replications." in INFERENCE.notes
    assert not any("theta1" in note for note in INFERENCE.notes)
