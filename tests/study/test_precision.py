"""Errors of a target's figures, and how many replications they need."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gfe_mc.metrics import moments
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.study.plan import Plan
from gfe_mc.study.precision import known_figures, precisions, share_error, share_needs
from tests.helpers import study
from tests.inferring import Draws
from tests.study.stores import complete


@given(st.integers(1, 2000), st.floats(0, 1))
def test_the_error_of_a_share_is_never_below_the_printed_one(of: int, share: float) -> None:
    count = round(share * of)
    error = share_error(count / of, of)
    low, high = moments.wilson(count, of)
    assert error >= moments.share(count, of).error
    assert error >= (high - low) / (2 * 1.96) * (1 - 1e-4)
    assert error > 0


@given(st.floats(0, 1), st.floats(1e-3, 0.3))
def test_a_share_needs_the_least_number_that_will_do(share: float, bound: float) -> None:
    needed = share_needs(share, bound)
    assert share_error(share, needed) <= bound
    assert needed <= 1 or share_error(share, needed - 1) > bound


def test_shares_by_hand() -> None:
    assert share_needs(0.5, 0.01) == 2500
    # Wilson's interval of none of n is of length z^2 / (n + z^2).
    z = 1.959964
    assert share_error(0.0, 50) == pytest.approx(z / 2 / (50 + z**2))


INFERRED = {"ols": {"draws": Draws()}, "shifted": {"draws": Draws("other")}}


def planned(target: str) -> Plan:
    return study(inference=INFERRED, replications=40).plan(target=target)


def test_errors_are_those_of_the_summary(tmp_path: Path) -> None:
    """The worst of the methods and parameters of a cell, as the summary of its prefix has them."""
    plan = planned("bias<=0.01, coverage[shifted]<=0.1, mean_se[gap=5.0]<=0.2")
    dataset = complete(plan, tmp_path)
    for cell in plan.cells:
        found = {one.goal: one for one in precisions(plan, dataset, cell, 25)}
        one = dataset.isel(cell=[cell.number], replication=slice(25))
        rows: list[dict[Any, Any]] = summarize_study(one).to_dict("records")
        summary = {(row["statistic"], row["estimator"]): row for row in rows}
        errors = {name: float(summary["bias", name]["error"]) for name in ("ols", "shifted")}
        worst = max(errors, key=errors.__getitem__)
        bias = found["bias"]
        assert (bias.estimator, bias.error, bias.replications) == (worst, errors[worst], 25)
        assert bias.needed == math.ceil(25 * (errors[worst] / 0.01) ** 2)
        assert bias.reached == (errors[worst] <= 0.01)
        covered = float(summary["coverage", "shifted"]["value"])
        share = found["coverage[shifted]"]
        assert share.inference == "draws"
        assert share.error == share_error(covered, 25)
        assert share.needed == share_needs(covered, 0.1)
        assert ("mean_se[gap=5.0]" in found) == (cell.factors["gap"] == 5.0)


def test_misclassification_is_a_share_unless_it_is_said_to_be_in_percent(tmp_path: Path) -> None:
    from tests import small

    experiment = small.experiment(replications=30)
    plan = experiment.plan(target="misclassification<=0.01,misclassification_percent<=1")
    dataset = complete(plan, tmp_path)
    dataset["misclassification"][:] = np.linspace(0, 0.3, 30)
    share, percent = precisions(plan, dataset, plan.cells[0], 30)
    assert share.error == pytest.approx(np.linspace(0, 0.3, 30).std(ddof=1) / math.sqrt(30))
    assert share.error is not None
    assert percent.error == pytest.approx(100 * share.error)
    assert share.needed == percent.needed
    # Least squares has no groups, and decides nothing.
    dataset["misclassification"].loc[{"estimator": "gfe"}] = np.nan
    dataset["misclassification"].loc[{"estimator": "ols"}] = np.nan
    assert precisions(plan, dataset, plan.cells[0], 30) == []


def test_failed_replications_have_no_figure_and_will_not_have(tmp_path: Path) -> None:
    plan = planned("bias[ols]<=0.01")
    dataset = complete(plan, tmp_path)
    whole = precisions(plan, dataset, plan.cells[0], 40)[0]
    dataset["status"][0, 0, 20:] = 2
    dataset["estimate"][0, 0, 20:] = np.nan
    (half,) = precisions(plan, dataset, plan.cells[0], 40)
    used = precisions(plan, dataset, plan.cells[0], 20)[0]
    assert whole.error is not None
    assert half.error == used.error
    assert half.needed is not None
    assert used.needed is not None
    assert abs(half.needed - 2 * used.needed) <= 1


def test_what_is_not_known_yet(tmp_path: Path) -> None:
    plan = planned("bias<=0.01, coverage<=0.1")
    dataset = complete(plan, tmp_path)
    (bias, share) = precisions(plan, dataset, plan.cells[0], 1)
    assert (bias.error, bias.needed, bias.reached) == (None, None, False)
    assert share.error is not None
    dataset["estimate"][:] = 1.0
    (bias, share) = precisions(plan, dataset, plan.cells[0], 40)
    assert (bias.error, bias.needed, bias.reached) == (0.0, 1, True)
    (bias, cautious) = precisions(plan, dataset, plan.cells[0], 40, cautious=True)
    assert (bias.needed, bias.reached) == (None, True)
    # All of forty may be fewer of more.
    assert share.needed is not None
    assert cautious.needed is not None
    assert cautious.needed > share.needed


def test_names_are_those_that_the_summary_has(tmp_path: Path) -> None:
    plan = planned("bias<=1")
    names = known_figures(plan)
    summary = summarize_study(complete(plan, tmp_path))
    assert set(names.known) == set(summary["statistic"]) - {"median_seconds"}
    assert not names.others
