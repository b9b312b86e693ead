"""The simulations of Lin and Ng: designs, what is drawn once, and the print."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from gfe_mc.clusters.connect import Threads
from gfe_mc.dgp.slope_groups import DynamicSlopes, StaticSlopes, assigned_groups
from gfe_mc.estimators.slopes.ck_means import CKMeans
from gfe_mc.estimators.slopes.given_groups import KnownGroups
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.fit import Status
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.papers.slope_designs import PERIODS, UNITS, SlopeDesigns
from gfe_mc.published.loader import published
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.compare import compare
from gfe_mc.report.study import tables
from gfe_mc.selection.chosen_slopes import ChosenByBIC
from gfe_mc.study.catalogue import find
from gfe_mc.study.method import FIT, Part
from gfe_mc.study.plan import Plan
from gfe_mc.study.replicate import Work, run_block
from gfe_mc.study.run import run_study
from gfe_mc.study.runner import _apart, queues_of
from tests.helpers import refused

TABLES = ("ln_table1", "ln_table2", "ln_table3")
SLOPES: dict[str, tuple[tuple[float, ...], ...]] = {
    "i": ((0.3,), (0.9,)),
    "ii": ((0.3,), (0.5,), (0.8,)),
    "iii": ((0.1, 0.3), (2 / 3, 0.6)),
    "iv": ((0.3, -0.3), (0.5, 0.0), (0.7, 0.3)),
    "i'": ((0.55,), (0.65,)),
    "ii'": ((0.4,), (0.5,), (0.6,)),
    "iii'": ((0.3, 0.4), (0.4, 0.5)),
    "iv'": ((0.4, 0.2), (0.5, 0.3), (0.6, 0.4)),
    "dynamic": ((0.3, 0.0), (0.8, 0.03)),
}
"""As the text has them."""
OURS = {
    "pseudo": ["pseudo", "pseudo_pooled"],
    "ck_means": ["ck_means", "ck_means_pooled"],
    "pseudo_known_g": ["pseudo_known_g"],
    "known_groups": ["known_groups"],
}
"""Our estimators by their printed name."""
NAMES = [name for names in OURS.values() for name in names]
RMSE = "slope_rmse_x100"
FEWER = {"ck_means_known_g": 2, "unit_moves_known_g": 2}


@pytest.fixture(scope="module", params=TABLES)
def plan(request: pytest.FixtureRequest) -> Plan:
    return find(request.param).plan()


@pytest.fixture(scope="module")
def part() -> Plan:
    """The first cell of Table 1, and one with three groups and two slopes."""
    declared = find("ln_table1")
    factors = {"config": ("i", "iv"), "T": (20,), "N": (50,)}
    return replace(declared, factors=factors, first=FEWER).plan(replications=3)


@pytest.fixture(scope="module")
def study(part: Plan, tmp_path_factory: pytest.TempPathFactory) -> xr.Dataset:
    return run_study(part, tmp_path_factory.mktemp("part"), backend=Threads(1))


def printed_by(plan: Plan) -> PublishedTable:
    """The print that the study of a plan is set beside."""
    report = plan.experiment.report
    assert report is not None
    assert report.published is not None
    return report.published


def summary_of(figures: dict[tuple[int, str], float], plan: Plan) -> pd.DataFrame:
    """A summary that has nothing but these root mean squared errors, by cell and estimator."""
    counts = {"error": 0.01, "low": np.nan, "high": np.nan, "attempted": 9, "failed": 0, "used": 9}
    label = {"inference": "none", "parameter": "none", "statistic": RMSE}
    return pd.DataFrame(
        {"cell": cell}
        | dict(plan.cells[cell].factors)
        | {"estimator": name}
        | label
        | {"value": value}
        | counts
        for (cell, name), value in figures.items()
    )


# The designs.


def test_cells_are_those_of_the_text(plan: Plan) -> None:
    assert len(plan.cells) == 20 * len(plan.experiment.factors["config"])
    assert plan.replications == 1000
    for cell in plan.cells:
        config, T, N = (cell.factors[name] for name in ("config", "T", "N"))
        groups = assigned_groups(N, len(SLOPES[config]), "up")
        if config == "dynamic":
            expected: Any = DynamicSlopes(T, ((0.3, 0.0), (0.8, 0.03)), groups)
        else:
            expected = StaticSlopes(T, SLOPES[config], groups)
        assert {one.method.dgp == expected for one in cell.methods.values()} == {True}
    every = {tuple(cell.factors.values())[1:3] for cell in plan.cells}
    assert every == {(T, N) for T in PERIODS for N in UNITS}


def test_defaults_are_those_of_the_text() -> None:
    static = StaticSlopes(2, SLOPES["i"], (0, 1))
    assert (static.x_mean, static.x_variance) == (1.0, 3.0)
    assert (static.effect_mean, static.effect_variance, static.error_variance) == (1.0, 1.0, 1.0)
    dynamic = DynamicSlopes(2, ((0.3, 0.0), (0.8, 0.03)), (0, 1))
    assert (dynamic.effect_variance, dynamic.error_variance) == (0.0, 1.0)


def test_estimators_know_what_their_names_say(plan: Plan) -> None:
    cell = plan.cells[-1]
    n_groups = len(SLOPES[cell.factors["config"]])
    of = {name: one.method.estimator for name, one in cell.methods.items()}
    assert of["known_groups"] == KnownGroups(assigned_groups(500, n_groups, "up"))
    assert of["pseudo_known_g"] == Pseudo(n_groups)
    assert of["pseudo"] == ChosenByBIC(Pseudo(4))
    assert of["ck_means_pooled"] == ChosenByBIC(CKMeans(4), variance="pooled")
    assert cell.replications["ck_means_known_g"] == cell.replications["unit_moves_known_g"] == 100
    assert {n for name, n in cell.replications.items() if name in NAMES} == {1000}


@pytest.mark.parametrize("config", ["i", "ii", "iii'", "iv"])
def test_known_groups_have_the_error_that_theory_says(config: str) -> None:
    """Sum over groups N_g / N times 1 / (3 (N_g (T - 1) - K - 1)): normal regressors and errors.

    At N = 50 and T = 20 it is 2.66 where 2.70 is printed, for two groups and one slope.
    """
    slopes, n_units, n_periods, replications = SLOPES[config], 50, 20, 300
    n_groups, K = len(slopes), len(slopes[0])
    dgp = SlopeDesigns(SLOPES).dgp(None, config, n_periods, n_units)
    groups = assigned_groups(n_units, n_groups, "up")
    rng, truth = np.random.default_rng(2011), np.array(slopes)[list(groups)]
    squares = np.empty(replications)
    for m in range(replications):
        fit = KnownGroups(groups).fit(dgp.draw(rng).panel, rng)
        assert fit.unit_slopes is not None
        squares[m] = ((fit.unit_slopes - truth) ** 2).mean()
    sizes = np.bincount(groups)
    expected = (sizes / n_units / 3 / (sizes * (n_periods - 1) - K - 1)).sum()
    assert abs(squares.mean() - expected) < 4 * squares.std() / np.sqrt(replications)
    if config == "i":
        assert 100 * np.sqrt(expected) == pytest.approx(2.66, abs=0.01)


# The print.


def test_every_printed_figure_has_a_cell_and_is_compared_with_ours(plan: Plan) -> None:
    """Ours is a number of its own in each cell and for each estimator."""
    printed = published(plan.experiment.name)
    print_ = printed_by(plan)
    figures = {
        (cell.number, name): cell.number + j / 10
        for cell in plan.cells
        for j, name in enumerate(NAMES)
    }
    summary = summary_of(figures, plan)
    seen = 0
    for theirs, ours in OURS.items():
        rows = printed[printed["estimator"] == theirs].reset_index(drop=True)
        for name in ours:
            found = compare(summary, print_, name)
            assert len(found) == len(rows) == len(plan.cells)
            for key in ("config", "T", "N"):
                assert found[key].tolist() == rows[key].tolist()
            assert found["published"].tolist() == rows["value"].tolist()
            assert not found["cell"].isna().any()
            assert not found["verdict"].isin(["not run", "not computed"]).any()
            assert found["computed_as"].eq(RMSE).all()
            for row in found.to_dict("records"):
                assert row["ours"] == figures[int(row["cell"]), name]
                factors = plan.cells[int(row["cell"])].factors
                assert [row[key] for key in ("config", "T", "N")] == [
                    factors[key] for key in ("config", "T", "N")
                ]
        seen += len(rows)
    assert seen == len(printed)


def test_an_estimator_without_a_printed_name_is_refused(part: Plan) -> None:
    print_ = printed_by(part)
    assert print_.name_of("ck_means_pooled") == "ck_means"
    assert print_.name_of("unit_moves_known_g") == "unit_moves_known_g"
    assert PublishedTable("bm_table3", {"G": "G"}, estimators={"a": "b"}).name_of("a") == ""
    summary = summary_of({(0, "unit_moves_known_g"): 1.0}, part)
    with refused("must have figures of the estimator"):
        compare(summary, print_, "unit_moves_known_g")
    with refused("No such keys in ln_table1"):
        compare(summary, replace(print_, estimator="method"), "unit_moves_known_g")
    printed = published("ln_table1")
    renamed = replace(print_, estimators={"unit_moves_known_g": "ck_means"})
    assert (
        compare(summary, renamed, "unit_moves_known_g")["published"].tolist()
        == printed[printed["estimator"] == "ck_means"]["value"].tolist()
    )


def test_the_report_has_a_table_for_each_printed_name(study: xr.Dataset) -> None:
    made = tables(study)
    summary = summarize_study(study)
    ours = summary[summary["statistic"] == RMSE].set_index(["config", "estimator"])["value"]
    printed = published("ln_table1").set_index(["estimator", "config", "T", "N"])["value"]
    beside = [table for table in made if table.title.endswith("ours beside the print")]
    assert [table.title for table in beside] == [
        f"ln_table1, {name}: ours beside the print" for name in OURS
    ]
    for table, (theirs, names) in zip(beside, OURS.items(), strict=True):
        columns = [column for name in names for column in (name, f"{name}: z")]
        assert set(table.header[:3]) == {"config", "T", "N"}
        assert table.header[3:] == ("figure", "printed", *columns)
        rows = [dict(zip(table.header, row, strict=True)) for row in table.rows]
        assert len(rows) == 80
        for row in rows:
            key = theirs, row["config"], int(row["T"]), int(row["N"])
            assert float(row["printed"]) == printed[key]
            for name in names:
                if key[1:] in (("i", 20, 50), ("iv", 20, 50)):
                    shown = float(row[name].split()[0])
                    assert shown == pytest.approx(ours[row["config"], name], rel=0.1)
                else:
                    assert row[name] == "not run"


def test_an_estimator_that_is_not_in_print_does_not_prevent_the_report(study: xr.Dataset) -> None:
    provenance = json.loads(study.attrs["provenance"])
    provenance["study"]["first"] = {}
    tables(study.assign_attrs(provenance=json.dumps(provenance)))


def test_the_report_has_what_was_missed_and_chosen(study: xr.Dataset) -> None:
    made = {table.title: table for table in tables(study)}
    assert len(made["Better groupings missed"].rows) == 2
    chosen = made["Share of replications that choose each number of groups, percent"]
    rows = [dict(zip(chosen.header, row, strict=True)) for row in chosen.rows]
    known = {row["config"]: row for row in rows if row["estimator"] == "known_groups"}
    assert float(known["i"]["2"].split()[0]) == float(known["iv"]["3"].split()[0]) == 100.0
    for name in FEWER:
        last = study["status"].sel(estimator=name, replication=2).to_numpy()
        assert last.tolist() == [Status.NOT_RUN] * 2


# What is drawn once.


def test_methods_that_share_their_samples_run_together(part: Plan, study: xr.Dataset) -> None:
    whole = {key: Work.whole(keyed) for key, keyed in part.methods.items()}
    remaining = {key: [(whole[key], list(range(n)))] for key, n in part.planned.items()}
    queues = queues_of(remaining)
    names = [{part_name(part, one.keyed.key) for one in queue.works} for queue in queues]
    for cell in (0, 1):
        every = {(cell, name) for name in part.cells[cell].methods}
        fewer = {(cell, name) for name in FEWER}
        assert every - fewer in names
        assert fewer in names
    assert [queue.left for queue in queues] == [[0, 1, 2], [0, 1]] * 2
    assert [[one.works, one.left] for one in _apart(queues[0])] == [
        [(work,), []] for work in queues[0].works
    ]
    # What one method has done already does not have to be done again, by it or by others.
    first = next(iter(part.methods))
    one_ahead = queues_of({**remaining, first: [(whole[first], [2])]})
    done = queues_of({**remaining, first: [(whole[first], [])]})
    ahead = [one.keyed.key for queue in one_ahead if queue.left == [2] for one in queue.works]
    assert ahead == [first]
    assert first not in {one.keyed.key for queue in done for one in queue.works}
    assert (
        sum(len(queue.left) * len(queue.works) for queue in done)
        == sum(part.planned.values()) - part.planned[first]
    )
    # Together they give what each gives alone.
    for key, keyed in part.methods.items():
        cell, name = part_name(part, key)
        block = run_block(keyed, [1])
        stored = study.sel(cell=cell, estimator=name, replication=1)
        for of, variable in (
            (FIT, "objective"),
            (FIT, "estimate"),
            (Part("metric", "UnitSlopes"), "slope_mse"),
            (Part("metric", "NumberOfGroups"), "n_groups"),
        ):
            np.testing.assert_array_equal(
                block.values[of][variable][0],
                stored[variable].to_numpy(),
                err_msg=f"{name} {variable}",
            )


def part_name(plan: Plan, key: str) -> tuple[int, str]:
    """Cell and name of a method."""
    return next(
        (cell.number, name)
        for cell in plan.cells
        for name, keyed in cell.methods.items()
        if keyed.key == key
    )


def test_the_figures_are_those_of_the_stored_errors(study: xr.Dataset) -> None:
    summary = summarize_study(study)
    for cell, config in enumerate(("i", "iv")):
        for name in study["estimator"].to_numpy():
            errors = study["slope_mse"].sel(cell=cell, estimator=name).to_numpy()
            expected = 100 * np.sqrt(np.nanmean(errors))
            own = summary[(summary["config"] == config) & (summary["estimator"] == name)]
            found = own[own["statistic"] == RMSE]["value"].item()
            assert found == pytest.approx(expected, rel=1e-12)
