"""What the studies of the family share, the unbalanced panel, and their designs."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from gfe_mc import GFE, VNS, CalibratedDGP, Genetic, MultiStart, Panel, Polynomial, TwoLayerGFE
from gfe_mc.dgp.calibration import calibrate
from gfe_mc.papers.family import calibrated_to, longer, with_longer
from gfe_mc.papers.five_year import FromSeventy
from gfe_mc.study.catalogue import find, folder
from tests.helpers import refused

HEADER = "country,year,democracy,income,sample_base"


def declared(name: str) -> ModuleType:
    """The file of a study."""
    return sys.modules[find(name).dgp.__module__]


def test_longer_is_five_times_in_patience_and_hits() -> None:
    assert longer(GFE(4)) == GFE(4, Genetic(patience=5 * 420, hits=250))
    assert longer(TwoLayerGFE(2, (3, 1))).search == Genetic(patience=5 * 420, hits=250)
    short = GFE(2, Genetic(population=8, patience=10, hits=2), unit_effects=True)
    both = with_longer({"own": short, "other": GFE(1)}, "own")
    assert list(both) == ["own", "other", "own_long"]
    assert both["own_long"].search == Genetic(population=8, patience=50, hits=10)
    assert both["own_long"].unit_effects


def test_a_search_that_is_not_genetic_has_no_longer_one() -> None:
    with refused("A search of the family is Genetic"):
        longer(GFE(2, VNS()))


def test_designs_need_the_panel() -> None:
    with refused("The design is calibrated to the panel of income and democracy; got no panel"):
        calibrated_to(None, GFE(2))


def test_the_five_year_panel_by_hand(tmp_path: Path) -> None:
    """Lags of five years; the base sample from 1970 on; four complete rows or more."""
    rows = [HEADER]
    for year in range(1965, 1995, 5):
        democracy = (year - 1965) / 100
        rows.append(f"A,{year},{democracy},{year / 1000},1")
        # Not in the sample in 1980: the levels of that year still are lags.
        rows.append(f"B,{year},{democracy},{year / 1000},{int(year != 1980)}")
        # Income is missing in 1970: no lag in 1975, and three rows are left.
        income = "" if year == 1970 else year / 1000
        rows.append(f"C,{year},{democracy},{income},{int(year != 1990)}")
    path = tmp_path / "panel.csv"
    path.write_text("\n".join(rows) + "\n")
    panel = FromSeventy().read(path)
    assert panel.units == ("A", "B")
    assert panel.periods == (1970, 1975, 1980, 1985, 1990)
    assert panel.regressors == ("lag_democracy", "lag_income")
    assert panel.observed.tolist() == [[True] * 5, [True, True, False, True, True]]
    np.testing.assert_allclose(panel.y[0], [0.05, 0.1, 0.15, 0.2, 0.25])
    np.testing.assert_allclose(panel.x[0, :, 0], [0.0, 0.05, 0.1, 0.15, 0.2])
    np.testing.assert_allclose(panel.x[1, 3], [0.15, 1.98])


def test_the_unbalanced_panel_contains_the_balanced_one(
    democracy: Panel, data_folder: Path
) -> None:
    """118 countries, section 6.4; those without gaps are the 90 of the balanced panel."""
    panel = FromSeventy().read(data_folder / "income_democracy_5year.csv")
    assert panel.shape == (118, 7, 2)
    assert int(panel.observed.sum()) == 776
    whole = np.flatnonzero(panel.observed.all(axis=1))
    assert [panel.units[i] for i in whole] == sorted(map(str, democracy.units))
    order = np.argsort(np.array(democracy.units, str), kind="stable")
    np.testing.assert_allclose(panel.y[whole], democracy.y[order], atol=1e-6)
    np.testing.assert_allclose(panel.x[whole], democracy.x[order], atol=1e-6)


def small(rng: np.random.Generator) -> Panel:
    """A panel of two groups with gaps and a lagged outcome."""
    x, groups = rng.standard_normal((24, 6, 2)), np.arange(24) % 2
    y = x[:, :, 1] + 3.0 * groups[:, None] * np.arange(6) + rng.standard_normal((24, 6))
    x[:, 1:, 0] = y[:, :-1]
    observed = np.ones((24, 6), bool)
    observed[[1, 4, 9], [0, 2, 5]] = False
    return Panel.from_arrays(y, x, observed=observed, regressors=["lag_democracy", "x2"])


def test_complete_units_keep_the_design_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    bm_gaps = declared("bm_gaps")
    monkeypatch.setattr(bm_gaps, "GROUPS", 2)
    panel = small(np.random.default_rng(0))
    every, complete = (bm_gaps.dgp(panel, units).calibration for units in ("all", "complete"))
    assert every.observed is not None
    assert complete.observed is None
    whole = panel.observed.all(axis=1)
    assert len(complete.groups) == whole.sum() == 21
    np.testing.assert_array_equal(complete.x, every.x[whole])
    np.testing.assert_array_equal(complete.groups, every.groups[whole])
    assert complete.error_variance == every.error_variance
    assert CalibratedDGP(complete).draw(np.random.default_rng(0)).panel.balanced


@pytest.mark.parametrize("G", [3, 5])
def test_signals_are_right_as_often_as_they_are_trusted(G: int) -> None:
    bm_prior = declared("bm_prior")
    groups = bm_prior.groups_of_panel(G)
    seen, dealt = bm_prior.signals(G)
    error = np.sqrt(0.8 * 0.2 / 90)
    assert abs((seen == groups).mean() - bm_prior.RIGHT) < 2 * error
    assert (dealt == groups).mean() < 0.5
    assert sorted(seen) == sorted(dealt)
    probabilities = bm_prior.probabilities(seen, G)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    np.testing.assert_array_equal(probabilities.argmax(axis=1), seen)


def test_a_panel_with_other_groups_has_no_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    bm_prior = declared("bm_prior")
    others = (bm_prior.groups_of_panel(3) + 1) % 3
    monkeypatch.setattr(bm_prior, "groups_of_panel", lambda G: others)  # noqa: ARG005
    with refused("The panel must have the groups that come with the package; got 90 units in "):
        bm_prior.dgp(None, 3)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"unit_effects": True},
        {"time_basis": Polynomial(1)},
        {"group_slopes": ("x2",)},
        {"group_slopes": True},
    ],
)
def test_known_groups_are_those_of_a_dogmatic_prior(options: dict[str, object]) -> None:
    """Dummy variables beside the estimator's own kernels."""
    panel, rng = small(np.random.default_rng(1)), np.random.default_rng(0)
    estimator = GFE(2, MultiStart(1), **options)  # type: ignore[arg-type]
    fixed = calibrate(panel, estimator.fit(panel, rng), divisor="NT")
    known = np.eye(2)[fixed.groups]
    told = GFE(2, MultiStart(1), prior=known, **options)  # type: ignore[arg-type]
    sample = CalibratedDGP(fixed).draw(rng).panel
    KnownGroups = runpy.run_path(str(folder() / "_family_known_groups.py"))["KnownGroups"]
    ours = KnownGroups(fixed, estimator, sample).slopes(sample)
    np.testing.assert_allclose(ours, told.fit(sample, rng).theta, rtol=1e-8)
