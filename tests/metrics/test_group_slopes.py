"""Slopes of groups: recorded of each replication, and over replications."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gfe_mc import (
    Experiment,
    Fit,
    GroupErrors,
    GroupSlopes,
    Misclassification,
    NumberOfGroups,
    Panel,
    Report,
    StandardErrors,
    Status,
    Threads,
    Truth,
    UnitSlopes,
)
from gfe_mc.dgp.sample import DGP
from gfe_mc.dgp.slope_groups import StaticSlopes
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes.given_groups import KnownGroups, Pooled
from gfe_mc.inference.slopes import SlopeErrors
from gfe_mc.metrics.group_slopes import ascending
from gfe_mc.metrics.outcome import Metric
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.parameters import Parameters
from gfe_mc.report.digits import ABSENT
from gfe_mc.report.study import render_report, tables
from gfe_mc.selection.dispersion import dispersion
from gfe_mc.study.method import Keyed, Method
from gfe_mc.study.plan import Plan
from gfe_mc.study.replay import describe
from gfe_mc.study.replicate import Work, replicate
from gfe_mc.study.run import run_study
from tests.helpers import refused
from tests.metrics.outcomes import outcome

BETA = {1: ((0.9,), (0.3,)), 2: ((0.9, -1.0), (0.3, 1.0))}
"""By the number of regressors; the group that comes first has the larger slopes."""
GROUPS = (0, 0, 1) * 8
NAMES = ("beta1", "beta2")
METHODS = {"own": SlopeErrors(), "clustered": SlopeErrors("clustered")}
RECORD: tuple[Metric, ...] = (
    Misclassification(),
    UnitSlopes(),
    NumberOfGroups(),
    GroupSlopes(),
    GroupErrors(),
)
INFERENCE = {"known": METHODS, "chosen": {"clustered": METHODS["clustered"]}}


def design(K: int) -> StaticSlopes:
    """Twenty-four units over eight periods."""
    return StaticSlopes(8, BETA[K], GROUPS)


def estimators(K: int) -> dict[str, Estimator]:  # noqa: ARG001
    """Known groups, one group, groups that are chosen, and an estimator without any."""
    return {
        "known": KnownGroups(GROUPS),
        "pooled": Pooled(),
        "chosen": OneOrTwo(),
        "ols": PooledOLS(),
    }


@dataclass(frozen=True)
class OneOrTwo:
    """Chooses two groups, the known ones, where the first outcome is above two, or else one."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Estimate."""
        return (KnownGroups(GROUPS) if panel.y[0, 0] > 2 else Pooled()).fit(panel, rng)


@dataclass(frozen=True)
class PooledOLS:
    """Least squares without effects and without groups."""

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:  # noqa: ARG002
        """Estimate."""
        x = panel.x.reshape(panel.y.size, -1)
        return Fit(theta=np.linalg.lstsq(x, panel.y.ravel(), rcond=None)[0])


def experiment(**changes: Any) -> Experiment:
    """A study whose cells have one slope and two."""
    declared: dict[str, Any] = {
        "name": "slopes",
        "title": "Slopes by groups",
        "source": "none",
        "factors": {"K": (1, 2)},
        "dgp": lambda panel, K: design(K),  # noqa: ARG005
        "estimators": estimators,
        "parameters": NAMES,
        "replications": 3,
        "inference": lambda K: INFERENCE,  # noqa: ARG005
        "record": RECORD,
        "report": Report(misses=(("pooled", "known"),)),
    }
    return Experiment(**(declared | changes))


def method_of(dgp: DGP, estimator: Estimator, n_slopes: int = 1, **changes: Any) -> Keyed:
    """A method that records slopes by group."""
    record = {type(one).__name__: one for one in (*RECORD, StandardErrors())}
    declared: dict[str, Any] = {
        "seed": 5,
        "dgp": dgp,
        "estimator": estimator,
        "parameters": Parameters.of(NAMES[:n_slopes], {}),
        "record": record,
    }
    return Keyed.of(Method(**(declared | changes)))


# The order of groups.


@pytest.mark.parametrize(
    ("beta", "order"),
    [
        ([[2.0], [-1.0], [1.0]], [1, 2, 0]),
        ([[np.nan, 2.0], [np.nan, 1.0]], [1, 0]),
        ([[1.0, 3.0], [1.0, 2.0]], [1, 0]),
        ([[1.0, 1.0], [1.0, 1.0]], [0, 1]),
        ([[np.nan], [np.nan]], [0, 1]),
        ([[0.0, 9.0], [1.0, 5.0]], [0, 1]),
        ([[4.0, 1.0]], [0]),
    ],
)
def test_ascending_order_by_the_first_slope_that_differs(
    beta: list[list[float]], order: list[int]
) -> None:
    assert ascending(np.array(beta)).tolist() == order


# One replication.


def test_by_hand() -> None:
    """Units without errors; the slopes of the second group are 1 and 1.5."""
    x = np.tile([[-1.0, 0.0, 1.0, 2.0, -2.0]], (4, 1))[:, :, None]
    slopes = np.array([3.0, 1.0, 3.0, 1.5])
    panel = Panel.from_arrays(slopes[:, None] * x[:, :, 0], x)
    beta, groups = np.array([[3.0], [1.25]]), np.array([0, 1, 0, 1])
    found = GroupSlopes().record(
        outcome(Fit(np.ones(1), beta=beta, groups=groups), Truth(np.ones(1)), panel=panel)
    )
    assert list(found) == ["group_slopes", "group_sizes", "group_dispersion"]
    np.testing.assert_array_equal(found["group_slopes"], [[1.25], [3.0]])
    np.testing.assert_array_equal(found["group_sizes"], [2, 2])
    assert found["group_dispersion"].shape == (2,)


@pytest.mark.parametrize("missing", ["beta", "groups", "theta"])
def test_without_slopes_of_groups_there_are_none(missing: str) -> None:
    fit = Fit(
        np.full(1, np.nan if missing == "theta" else 1.0),
        beta=None if missing == "beta" else np.array([[1.0], [2.0]]),
        groups=None if missing == "groups" else np.array([0, 0, 1, 1]),
    )
    assert GroupSlopes().record(outcome(fit)) == {}


def test_what_is_recorded_of_groups() -> None:
    keyed = method_of(design(2), KnownGroups(GROUPS), 2, inference=METHODS)
    row, panel = replicate(Work.whole(keyed), 4), keyed.sample(4).panel
    fit = KnownGroups(GROUPS).fit(panel, np.random.default_rng())
    assert fit.beta is not None
    assert fit.unit_slopes is not None
    assert row.status == Status.SUCCESS
    assert row.metric("NumberOfGroups")["n_groups"] == 2
    assert row.metric("UnitSlopes")["slope_mse"] == pytest.approx(
        ((fit.unit_slopes - np.array(BETA[2])[list(GROUPS)]) ** 2).mean(), rel=1e-12
    )
    # The second group has the smaller slope, and is recorded first.
    groups = row.metric("GroupSlopes")
    np.testing.assert_array_equal(groups["group_slopes"], fit.beta[::-1])
    np.testing.assert_array_equal(groups["group_sizes"], [8, 16])
    expected = dispersion(panel, np.array(GROUPS))[::-1]
    np.testing.assert_array_equal(groups["group_dispersion"], expected)
    for name, method in METHODS.items():
        found = method.covariance(panel, fit, np.random.default_rng())
        np.testing.assert_array_equal(
            row.metric("GroupErrors", name)["group_errors"], found.profile_errors(2, 2)[::-1]
        )
        np.testing.assert_array_equal(
            row.metric("StandardErrors", name)["standard_error"], found.standard_errors
        )


def test_what_else_is_recorded_changes_no_number() -> None:
    asked = method_of(design(1), KnownGroups(GROUPS), inference=METHODS)
    alone = replace(asked.method, record={"UnitSlopes": UnitSlopes()})
    row = replicate(Work.whole(Keyed.of(alone)), 0)
    assert {part.name for part in row.parts if part.kind == "metric"} == {"UnitSlopes"}
    whole = replicate(Work.whole(asked), 0)
    assert row.metric("UnitSlopes") == whole.metric("UnitSlopes")
    assert Keyed.of(alone).fit_key == asked.fit_key


def test_groups_are_recorded_where_equal_slopes_cannot_be_tested() -> None:
    """Units over two periods cannot be estimated alone, groups can."""
    keyed = method_of(replace(design(1), n_periods=2), KnownGroups(GROUPS))
    row = replicate(Work.whole(keyed), 0)
    assert row.status == Status.SUCCESS
    assert np.isfinite(row.metric("GroupSlopes")["group_slopes"]).all()
    assert np.isnan(row.metric("GroupSlopes")["group_dispersion"]).all()


def test_slopes_of_units_are_no_part_of_the_recorded_test() -> None:
    keyed = method_of(design(2), Pooled(individual=("x2",)), 2)
    expected = dispersion(keyed.sample(0).panel, individual=("x2",))
    found = replicate(Work.whole(keyed), 0).metric("GroupSlopes")["group_dispersion"]
    np.testing.assert_allclose(found, expected)


# A study, of cells with one slope and two.


@pytest.fixture(scope="module")
def plan() -> Plan:
    return experiment().plan()


@pytest.fixture(scope="module")
def folder(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slopes")
    run_study(plan, folder, backend=Threads(1))
    return folder


@pytest.fixture(scope="module")
def study(plan: Plan, folder: Path) -> xr.Dataset:
    return run_study(plan, folder)


@pytest.fixture(scope="module")
def figures(study: xr.Dataset) -> pd.DataFrame:
    return summarize_study(study).set_index(
        ["K", "estimator", "inference", "parameter", "statistic"]
    )


def value(figures: pd.DataFrame, *key: object) -> float:
    """A figure by cell, estimator, parameter and statistic."""
    return float(figures["value"].to_dict()[(*key[:2], "none", *key[2:])])


@pytest.mark.parametrize("K", [1, 2])
def test_figures_are_those_of_the_samples(plan: Plan, figures: pd.DataFrame, K: int) -> None:
    keyed = plan.cells[K - 1].methods["known"]
    truth = np.array(BETA[K])[list(GROUPS)]
    squares, betas, t, tests = [], [], [], []
    for replication in range(3):
        panel = keyed.sample(replication).panel
        beta, se = np.empty((2, 2, K))
        for g, members in enumerate((np.array(GROUPS) == 1, np.array(GROUPS) == 0)):
            # Each group alone, by the textbook.
            x = panel.x[members] - panel.x[members].mean(axis=1, keepdims=True)
            y = panel.y[members] - panel.y[members].mean(axis=1, keepdims=True)
            x, y = x.reshape(-1, K), y.ravel()
            beta[g] = np.linalg.lstsq(x, y, rcond=None)[0]
            freedom = members.sum() * 7 - K
            variance = ((y - x @ beta[g]) ** 2).sum() / freedom * np.linalg.inv(x.T @ x)
            se[g] = np.sqrt(np.diag(variance))
        squares.append(((beta[1 - np.array(GROUPS)] - truth) ** 2).mean())
        betas.append(beta)
        t.append(beta / se)
        tests.append(dispersion(panel, np.array(GROUPS))[::-1])
    known = (K, "known")
    rmse = 100 * np.sqrt(np.mean(squares))
    assert value(figures, *known, "none", "slope_rmse_x100") == pytest.approx(rmse, rel=1e-9)
    assert value(figures, *known, "2", "chosen_percent") == 100.0
    for g in range(2):
        assert value(figures, *known, str(g + 1), "n_units") == (8, 16)[g]
        assert value(figures, *known, str(g + 1), "tg_test") == pytest.approx(
            np.mean(tests, axis=0)[g], rel=1e-9
        )
        for k in range(K):
            mean = np.mean(betas, axis=0)[g, k]
            of_t = np.mean(t, axis=0)[g, k]
            assert value(figures, *known, str(g + 1), NAMES[k]) == pytest.approx(mean, rel=1e-9)
            assert value(figures, *known, str(g + 1), f"{NAMES[k]}_t") == pytest.approx(
                of_t, rel=1e-7
            )
    # In ascending order of the first slope.
    assert value(figures, *known, "1", "beta1") < value(figures, *known, "2", "beta1")


def test_chosen_numbers_of_groups_and_those_of_one(
    study: xr.Dataset, figures: pd.DataFrame
) -> None:
    every = study["n_groups"].sel(estimator="chosen").to_numpy()
    assert any(set(numbers) == {1, 2} for numbers in every)
    for numbers, K in zip(every, (1, 2), strict=True):
        used = figures["used"].to_dict()
        for number in set(numbers):
            share = 100 * (numbers == number).mean()
            found = value(figures, K, "chosen", str(number), "chosen_percent")
            assert found == pytest.approx(share)
        if 2 in numbers:
            # What there is of a second group is of the samples that have one.
            assert used[K, "chosen", "none", "2", "beta1"] == (numbers == 2).sum()
            assert value(figures, K, "chosen", "2", "n_units") == 16
        assert value(figures, K, "pooled", "1", "chosen_percent") == 100.0
        assert value(figures, K, "pooled", "1", "n_units") == 24
        # Pooled slopes are the one group's; there are no t values without standard errors.
        for k in range(K):
            mean = value(figures, K, "pooled", NAMES[k], "mean")
            assert value(figures, K, "pooled", "1", NAMES[k]) == pytest.approx(mean, rel=1e-12)
        assert (K, "pooled", "none", "1", "beta1_t") not in figures.index
        assert (K, "pooled", "none", "2", "n_units") not in figures.index
        assert (K, "ols", "none", "none", "slope_rmse_x100") not in figures.index


@pytest.mark.parametrize("K", [1, 2])
def test_t_values_where_another_estimator_has_another_first_method(
    figures: pd.DataFrame, K: int
) -> None:
    assert np.isfinite(value(figures, K, "chosen", "1", "beta1_t"))


def test_a_cell_with_fewer_slopes_has_none_in_their_place(
    study: xr.Dataset, figures: pd.DataFrame
) -> None:
    one, two = study.sel(cell=0), study.sel(cell=1)
    for name in ("estimate", "standard_error", "truth"):
        assert np.isnan(one[name].sel(parameter="beta2")).all()
        assert np.isfinite(two[name].sel(parameter="beta2")).any()
    assert np.isnan(one["group_slopes"].isel(slope=1)).all()
    assert (study["status"] == Status.SUCCESS).all()
    assert study["truth"].sel(cell=0, parameter="beta1").to_numpy() == pytest.approx([0.7] * 3)
    there = figures.reset_index().groupby("K")["parameter"].agg(set)
    assert there[1] == {"none", "1", "2", "beta1"}
    assert there[2] == there[1] | {"beta2"}
    assert "beta2" not in set(figures.loc[1].reset_index()["statistic"])


def test_replay_agrees(plan: Plan, folder: Path) -> None:
    for cell in (0, 1):
        text = describe(plan, cell, 2, None, folder)
        assert text.count("the same as in the store") == 4
        assert "NOT" not in text


def test_the_report_has_groups_and_numbers_of_them(study: xr.Dataset) -> None:
    made = {table.title: table for table in tables(study)}
    of_groups = made["Slopes of groups"]
    assert of_groups.header[:5] == ("K", "N", "T", "estimator", "group")
    assert "chosen percent" not in of_groups.header
    rows = [dict(zip(of_groups.header, row, strict=True)) for row in of_groups.rows]
    known = [row for row in rows if row["estimator"] == "known"]
    assert [(row["K"], row["group"]) for row in known] == [
        *[("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")]
    ]
    assert [float(row["n units"].split()[0]) for row in known] == [8, 16, 8, 16]
    slopes = study["group_slopes"].sel(estimator="known").mean("replication").to_numpy()
    for row, g in zip(known[2:], (0, 1), strict=True):
        for k, name in enumerate(NAMES):
            shown = float(row[name].split()[0])
            assert shown == pytest.approx(slopes[1, g, k], abs=0.01)
    assert {row[name] for row in known[:2] for name in ("beta2", "beta2 t")} == {ABSENT}
    assert {row["beta1 t"] for row in rows if row["estimator"] == "pooled"} == {ABSENT}
    assert {row["estimator"] for row in rows} == {"known", "pooled", "chosen"}
    numbers = made["Share of replications that choose each number of groups, percent"]
    shares = [dict(zip(numbers.header, row, strict=True)) for row in numbers.rows]
    for row in shares:
        if row["estimator"] in ("known", "pooled"):
            all_of_them, none = ("2", "1") if row["estimator"] == "known" else ("1", "2")
            assert float(row[all_of_them].split()[0]) == 100.0
            assert row[none] == ABSENT
    assert "RMSE x 100 of units' slopes" in made["All figures"].header
    assert "| pooled" in render_report(study, "markdown")


def test_names_of_slopes_that_no_cell_has_are_refused() -> None:
    with refused("3 names for 2 slopes in any cell"):
        experiment(parameters=("a", "b", "c")).plan()
    with refused("1 names for 2 slopes at K=2"):
        experiment(parameters=("a",)).plan()
