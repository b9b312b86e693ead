"""Groups by k-means on moments, against all partitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gfe_mc import Bootstrap, OracleGFE, Panel, ProfileFit, TwoStepGFE
from gfe_mc.estimators.profiles.numbering import by_first_appearance
from tests.contract.properties import profiles
from tests.helpers import refused


def fit(estimator: Any, panel: Panel) -> ProfileFit:
    found: ProfileFit = estimator.fit(panel, np.random.default_rng(0))
    return found


def partitions(n: int, n_groups: int) -> list[np.ndarray]:
    """All labels of n units in exactly so many groups, numbered by first appearance."""
    grown = [[0]]
    for _ in range(n - 1):
        grown = [[*one, g] for one in grown for g in range(min(max(one) + 2, n_groups))]
    return [np.array(one) for one in grown if max(one) == n_groups - 1]


def spread(moments: np.ndarray, labels: np.ndarray) -> float:
    """Squared distances of moments from the means of their groups."""
    parts = (moments[labels == g] for g in range(labels.max() + 1))
    return float(sum(((part - part.mean(axis=0)) ** 2).sum() for part in parts))


def random_panel(seed: int, gaps: float = 0.0) -> Panel:
    rng = np.random.default_rng(seed)
    level = rng.standard_normal((7, 1))
    x = level + rng.standard_normal((7, 6))
    y = x + 2.0 * level + rng.standard_normal((7, 6))
    observed = rng.random((7, 6)) >= gaps
    observed[:, :2] = True
    return Panel.from_arrays(y, x[:, :, None], observed=observed)


def moments(panel: Panel) -> np.ndarray:
    """Means of outcome and regressor over what is observed, unit by unit."""
    units = zip(panel.y, panel.x[:, :, 0], panel.observed, strict=True)
    return np.array([(y[seen].mean(), x[seen].mean()) for y, x, seen in units])


@pytest.mark.parametrize("gaps", [0.0, 0.4])
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("n_groups", [2, 3])
def test_groups_are_the_best_partition_of_the_means(seed: int, n_groups: int, gaps: float) -> None:
    panel = random_panel(seed, gaps)
    best = min(partitions(7, n_groups), key=lambda labels: spread(moments(panel), labels))
    found = fit(TwoStepGFE(n_groups), panel)
    np.testing.assert_array_equal(found.groups, best)
    np.testing.assert_array_equal(found.theta, fit(OracleGFE(tuple(best.tolist())), panel).theta)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("share", [0.3, 1.0, 5.0])
@pytest.mark.parametrize("gaps", [0.0, 0.4])
def test_the_number_is_the_smallest_that_errors_account_for(
    seed: int, share: float, gaps: float
) -> None:
    panel = random_panel(seed, gaps)
    series, own = np.stack([panel.y, panel.x[:, :, 0]], axis=2), moments(panel)
    parts = [((series[i] - own[i])[seen] ** 2) for i, seen in enumerate(panel.observed)]
    errors = sum(part.sum() / len(part) ** 2 for part in parts) / 7
    least = [
        min(spread(moments(panel), labels) for labels in partitions(7, g)) / 7 for g in range(1, 8)
    ]
    number = next(g for g, value in enumerate(least, 1) if value <= share * errors)
    assert fit(TwoStepGFE(share=share), panel).groups.max() + 1 == number


def test_standardized_groups_do_not_depend_on_units_of_measurement() -> None:
    panel = random_panel(1)
    scaled = Panel.from_arrays(panel.y, 1e4 * panel.x)
    one, other = (fit(TwoStepGFE(3, standardize=True), seen).groups for seen in (panel, scaled))
    np.testing.assert_array_equal(one, other)
    by_x = min(partitions(7, 3), key=lambda labels: spread(scaled.x.mean(axis=1), labels))
    np.testing.assert_array_equal(fit(TwoStepGFE(3), scaled).groups, by_x)


@pytest.mark.parametrize("estimator", [TwoStepGFE(3), TwoStepGFE(share=4.0, standardize=True)])
def test_groups_of_panels_with_gaps_are_found(estimator: TwoStepGFE) -> None:
    rng = np.random.default_rng(4)
    truth = np.arange(24) % 3
    y = 10.0 * truth[:, None] + rng.standard_normal((24, 8))
    observed = rng.random((24, 8)) >= 0.4
    observed[:, :2] = True
    panel, order = Panel.from_arrays(y, observed=observed), rng.permutation(24)
    found = fit(estimator, panel)
    np.testing.assert_array_equal(found.groups, truth)
    np.testing.assert_array_equal(found.alpha, fit(OracleGFE(tuple(truth.tolist())), panel).alpha)
    mixed = fit(estimator, Panel.from_arrays(y[order], observed=observed[order]))
    np.testing.assert_array_equal(mixed.groups, by_first_appearance(truth[order], 3)[0])
    assert mixed.objective == pytest.approx(found.objective)


def test_units_and_periods_of_which_too_little_is_known_are_named() -> None:
    y, observed = profiles().y, np.ones(profiles().y.shape, bool)
    names = [f"u{i}" for i in range(len(y))]
    observed[6, 1:] = False
    panel = Panel.from_arrays(y, observed=observed, units=names)
    assert fit(TwoStepGFE(2), panel).groups.max() == 1
    with refused("over the periods of a unit", "one period of unit u6"):
        fit(TwoStepGFE(), panel)
    observed[6] = False
    with refused("Every unit must be observed", "the first u6"):
        fit(TwoStepGFE(2), Panel.from_arrays(y, observed=observed, units=names))
    observed[6], observed[:, 3] = True, False
    with refused("Every period must be observed", "the first 3"):
        fit(TwoStepGFE(2), Panel.from_arrays(y, observed=observed))


def test_profiles_of_one_mean_are_not_told_apart() -> None:
    """What the moments do not show the first step cannot see."""
    rng = np.random.default_rng(0)
    groups = np.arange(12) % 2
    alpha = np.array([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]])
    panel = Panel.from_arrays(10 * alpha[groups] + rng.standard_normal((12, 3)))
    found = fit(TwoStepGFE(2), panel)
    assert (found.groups != by_first_appearance(groups, 2)[0]).any()


def test_the_bootstrap_holds_the_number() -> None:
    found = fit(TwoStepGFE(), profiles())
    assert found.estimator.held(2) == TwoStepGFE(2)  # type: ignore[attr-defined]
    errors = Bootstrap(draws=4).covariance(profiles(), found, np.random.default_rng(0))
    assert errors.theta[0, 0] > 0


def test_bad_input() -> None:
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"groups": 0}, "`groups` must be"),
        ({"share": 0.0}, "`share` must be"),
        ({"share": np.nan}, "`share` must be"),
        ({"standardize": "no"}, "`standardize` must be"),
        ({"search": None}, "`search` must be"),
    )
    for options, said in cases:
        with refused(said):
            TwoStepGFE(**options)
    with refused("no more groups than units"):
        fit(TwoStepGFE(15), profiles())
    with refused("one period"):
        fit(TwoStepGFE(), Panel.from_arrays(profiles().y[:, :1]))
