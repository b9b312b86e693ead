"""Slopes of logarithms, and the frontier of accuracy against time."""

from __future__ import annotations

from itertools import product

import numpy as np
import pandas as pd
import pytest

from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.ranking import ranked
from gfe_mc.metrics.rates import frontier, rates
from tests.helpers import refused

RMSE = Criterion("rmse", "theta1")


def summary(noise: float = 0.0, seed: int = 0) -> pd.DataFrame:
    """Errors c_G N^-1/2 T^-1 of one estimator, 3 N^-1/4 of another."""
    rng = np.random.default_rng(seed)
    rows = []
    for cell, (g, n, t) in enumerate(product((2, 3), (50, 100, 200), (5, 10, 20))):
        for name, value in (("fast", g * n**-0.5 / t), ("slow", 3 * n**-0.25)):
            share = 0.02
            shown = value * np.exp(noise * share * rng.normal())
            figure = {"statistic": "rmse", "parameter": "theta1", "inference": "none"}
            numbers = {"value": shown, "error": share * value, "influence": np.zeros(1)}
            rows.append(
                {"cell": cell, "G": g, "N": n, "T": t, "estimator": name} | figure | numbers
            )
            seconds = {"fast": 2.0, "slow": 1.0}[name]
            cost = figure | {"statistic": "median_seconds", "parameter": "none"}
            rows.append(
                {"cell": cell, "G": g, "N": n, "T": t, "estimator": name}
                | cost
                | {"value": seconds, "error": 0.1, "influence": np.zeros(1)}
            )
    return pd.DataFrame(rows)


def test_rates_by_hand() -> None:
    made = rates(summary(), RMSE).set_index(["estimator", "factor"])
    assert made["rate"].to_numpy() == pytest.approx([-0.5, -1.0, -0.25, 0.0], abs=1e-9)
    # One constant for each G: 18 cells, log N of three values about their mean.
    logs = np.log([50, 100, 200])
    assert made.loc[("fast", "N"), "error"] == pytest.approx(0.02 / np.sqrt(6 * logs.var() * 3))
    assert made["misfit"].to_numpy() == pytest.approx(0.0, abs=1e-9)
    assert (made["cells"] == 18).all()


def test_errors_of_rates_are_those_over_samples() -> None:
    every = [rates(summary(1.0, seed), RMSE) for seed in range(200)]
    found = np.array([made["rate"] for made in every])
    said = every[0]["error"].to_numpy()
    assert found.std(axis=0) == pytest.approx(said, rel=0.2)
    assert np.mean([made["misfit"] for made in every]) == pytest.approx(1.0, abs=0.1)
    assert np.mean([made["p"] < 0.05 for made in every]) == pytest.approx(0.05, abs=0.04)


def test_rates_that_differ_between_cells_are_seen() -> None:
    frame = summary()
    frame.loc[(frame["N"] == 200) & (frame["statistic"] == "rmse"), "value"] *= 1.5
    made = rates(frame, RMSE)
    assert (made["misfit"] > 10).all()
    assert (made["p"] < 1e-6).all()


def test_figures_without_a_logarithm_are_left_out() -> None:
    frame = summary()
    frame.loc[(frame["N"] == 50) & (frame["statistic"] == "rmse"), "value"] = 0.0
    made = rates(frame, RMSE)
    assert made["left_out"].tolist() == [6] * 4
    assert made["rate"].to_numpy() == pytest.approx([-0.5, -1.0, -0.25, 0.0], abs=1e-9)
    alone = rates(frame[frame["T"] == 5], RMSE)
    assert alone["factor"].tolist() == ["N", "N"]
    assert rates(frame[frame["N"] == 50], RMSE).empty


def test_along_what_there_is() -> None:
    with refused("Rates are along factors", "K"):
        rates(summary(), RMSE, ("K",))
    frame = summary()
    frame["N"] = frame["N"].astype(str)
    with refused("Rates are along positive numbers", "N"):
        rates(frame, RMSE)


def test_frontier() -> None:
    made = frontier(summary(), RMSE).set_index(["cell", "estimator"])
    assert made["efficient"].all()
    frame = summary()
    frame.loc[
        (frame["estimator"] == "slow") & (frame["statistic"] == "median_seconds"), "value"
    ] = 2
    made = frontier(frame, RMSE).set_index(["cell", "estimator"])
    better = made["loss"].unstack()
    np.testing.assert_array_equal(
        made["efficient"].unstack()["slow"], better["slow"] <= better["fast"]
    )
    assert (made["seconds"] == 2.0).all()


def test_neither_needs_influences_and_ranks_say_that_they_do() -> None:
    with_, without = summary(), summary().drop(columns="influence")
    pd.testing.assert_frame_equal(rates(without, RMSE), rates(with_, RMSE))
    pd.testing.assert_frame_equal(frontier(without, RMSE), frontier(with_, RMSE))
    with refused("Summarise with `influences` of all estimators"):
        ranked(without, RMSE)
