"""Published figures of Lin and Ng's growth regressions, and their housing study on other data."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gfe_mc import Panel
from gfe_mc.estimators.slopes.ck_means import CKMeans, UnitMoves
from gfe_mc.estimators.slopes.products import MinimumSize
from gfe_mc.fit import Fit, Status
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.papers.growth import COLUMNS, growth_panel
from gfe_mc.published.loader import published
from gfe_mc.report.study import SUMMARY
from gfe_mc.study.block import Block
from gfe_mc.study.catalogue import find
from gfe_mc.study.method import FIT, Part
from gfe_mc.study.plan import Plan
from gfe_mc.study.replicate import Work, run_block, run_blocks
from tests.committed import RESULTS
from tests.helpers import refused

MODELS = ("A", "B")
ANY = MinimumSize(1, 0.0)


@pytest.fixture(scope="module")
def panel(data_folder: Path) -> Panel:
    """Income per head of 69 countries."""
    return COLUMNS.read(data_folder / "growth_pwt62.csv")


@pytest.fixture(scope="module")
def blocks(panel: Panel) -> dict[tuple[str, str], Block]:
    """One replication of `pooled` and `pseudo`, by model and estimator."""
    plan = find("ln_table4").plan(panel, replications=1)
    made = {}
    for cell in plan.cells:
        for name in ("pooled", "pseudo"):
            made[str(cell.factors["model"]), name] = run_block(cell.methods[name], [0])
    return made


def first_of(block: Block, part: Part) -> dict[str, np.ndarray]:
    """Values of a part in the first replication."""
    return {name: np.asarray(array[0]) for name, array in block.values[part].items()}


def ours(block: Block) -> dict[tuple[int, str], float]:
    """Figures of the groups by rank and statistic, t values by the printed standard errors."""
    figures = {}
    arrays = first_of(block, Part("metric", "GroupSlopes"))
    errors = first_of(block, Part("metric", "GroupErrors", "homoskedastic"))["group_errors"]
    for g, slopes in enumerate(arrays["group_slopes"]):
        for k, name in enumerate(("rho", "phi")):
            figures[g + 1, name] = float(slopes[k])
            figures[g + 1, f"{name}_t"] = float(slopes[k] / errors[g, k])
        figures[g + 1, "n_units"] = float(arrays["group_sizes"][g])
        figures[g + 1, "tg_test"] = float(arrays["group_dispersion"][g])
    return figures


def printed(model: str, method: str) -> pd.DataFrame:
    """Rows of the printed table."""
    table = published("ln_table4")
    return table[(table["model"] == model) & (table["method"] == method)]


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(("method", "number"), [("pooled", 4), ("pseudo", 24)])
def test_every_printed_digit(
    blocks: dict[tuple[str, str], Block], model: str, method: str, number: int
) -> None:
    figures, table = ours(blocks[model, method]), printed(model, method)
    assert len(table) == number
    for rank, statistic, value, decimals in table[
        ["rank", "statistic", "value", "decimals"]
    ].itertuples(index=False):
        assert round(figures[rank, statistic], decimals) == value, (rank, statistic)


@pytest.mark.parametrize(
    ("estimator", "method", "number"),
    [("pooled", "pooled", 8), ("pseudo", "pseudo", 48), ("ck_means_printed", "ck_means", 48)],
)
def test_every_printed_digit_of_committed_results(estimator: str, method: str, number: int) -> None:
    summary = pd.read_csv(RESULTS / "ln_table4" / SUMMARY, dtype={"parameter": str})
    own = summary[(summary["estimator"] == estimator)].rename(columns={"value": "ours"})
    own = own[own["inference"] == "none"]
    table = published("ln_table4")
    table = table[table["method"] == method].assign(parameter=lambda t: t["rank"].astype(str))
    both = table.merge(own, on=["model", "parameter", "statistic"], validate="one_to_one")
    assert len(both) == number
    for ours, value, decimals in both[["ours", "value", "decimals"]].itertuples(index=False):
        assert round(ours, decimals) == value, (ours, value)


def sizes_and_rho(fit: Fit) -> list[tuple[int, float]]:
    """Units and rho of groups, in ascending order of rho."""
    assert fit.beta is not None
    assert fit.groups is not None
    pairs = zip(np.bincount(fit.groups).tolist(), fit.beta[:, 0].round(4).tolist(), strict=True)
    return sorted(pairs, key=lambda pair: pair[1])


def test_ck_means_meets_the_printed_groups_and_lower_minima(panel: Panel) -> None:
    own, rng = growth_panel(panel, "A"), np.random.default_rng(0)
    table = printed("A", "ck_means").pivot_table(index="rank", columns="statistic", values="value")
    target = list(zip(table["n_units"].astype(int), table["rho"], strict=True))
    fits = [CKMeans(4, starts=1, minimum=ANY).fit(own, rng) for _ in range(600)]
    met = [fit.objective for fit in fits if sizes_and_rho(fit) == target]
    # About 60; four standard errors are 30.
    assert 30 < len(met) < 90
    np.testing.assert_allclose(met, 4.84248, atol=5e-6)
    least = min(fit.objective for fit in fits)
    assert least == pytest.approx(4.83445, abs=5e-6)
    better = UnitMoves(4, starts=100, minimum=ANY).fit(own, rng).objective
    assert better == pytest.approx(4.83445, abs=5e-6)


def test_without_a_panel_they_are_refused() -> None:
    for name in ("ln_table4", "ln_table5"):
        with refused("no panel"):
            find(name).plan()


# The housing study.


@pytest.fixture(scope="module")
def housing(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """Three replications on 16 simulated states over 50 quarters."""
    rng = np.random.default_rng(5)
    quarters = [f"{1969 + q // 4}Q{q % 4 + 1}" for q in range(50)]
    rate = 5 + 0.3 * rng.standard_normal(50).cumsum()
    rows = []
    for i in range(16):
        level = 3.0
        for t, quarter in enumerate(quarters):
            pull = 0.1 if i % 2 else 0.6
            level += pull * (3 - level) - 0.02 * rate[t] + 0.1 * rng.standard_normal()
            rows.append((f"state {i:02}", quarter, level, rate[t]))
    path = tmp_path_factory.mktemp("housing") / "permits.csv"
    frame = pd.DataFrame(rows, columns=["state", "quarter", "permits", "rate"])
    frame.sample(frac=1.0, random_state=0).to_csv(path, index=False)
    experiment = find("ln_table5")
    assert experiment.columns is not None
    return experiment.plan(experiment.columns.read(path), replications=3)


def test_the_housing_study_runs(housing: Plan) -> None:
    n_groups = {"pooled": 1, "pseudo": 2, "ck_means": 2}
    assert [cell.factors["model"] for cell in housing.cells] == ["A", "B", "C", "D"]
    for cell in housing.cells:
        assert (cell.factors["N"], cell.factors["T"]) == (16, 46)
        works = [Work.whole(keyed) for keyed in cell.methods.values()]
        for name, block in zip(cell.methods, run_blocks(works, range(3)), strict=True):
            fitted = block.values[FIT]
            assert (fitted["status"] == Status.SUCCESS).all(), (cell.factors, name)
            for part, inferred in block.values.items():
                if part.kind == "inference":
                    assert (inferred["inference_status"] == InferenceStatus.SUCCESS).all()
            assert np.isfinite(fitted["estimate"]).all()
            numbers = block.values[Part("metric", "NumberOfGroups")]["n_groups"]
            assert (numbers == n_groups[name]).all()
            arrays = block.values[Part("metric", "GroupSlopes")]
            assert (arrays["group_sizes"].sum(axis=1) == 16).all()
            assert (arrays["group_sizes"] >= 5).all()
            # Long-run slopes are by group, the short-run ones are each state's own.
            assert np.isfinite(arrays["group_slopes"][:, :, :2]).all()
            assert np.isnan(arrays["group_slopes"][:, :, 2:]).all()


@pytest.mark.parametrize(("model", "common"), [("B", (False, False)), ("C", (True, False))])
def test_common_slopes_of_the_housing_study(
    housing: Plan, model: str, common: tuple[bool, bool]
) -> None:
    cell = housing.cells["ABCD".index(model)]
    block = run_block(cell.methods["pseudo"], [0])
    slopes = first_of(block, Part("metric", "GroupSlopes"))["group_slopes"]
    assert tuple(slopes[0, :2] == slopes[1, :2]) == common
