"""Which regressors tell outcomes apart: by hand, and as a summary says it."""

from __future__ import annotations

import numpy as np
import pytest

from gfe_mc import GivenGroupsM, GroupedM, Logit, LossFit, Panel, Poisson, Probit, Status, summarize
from gfe_mc.estimators.losses.loss import Loss
from gfe_mc.estimators.losses.separation import separating_regressors

NAMES = ["age", "score", "size", "other"]
RNG = np.random.default_rng(0)


def regressors(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((24, 5, 4))


def fitted(
    y: np.ndarray, x: np.ndarray, loss: Loss, profiles: str = "time"
) -> tuple[Panel, LossFit]:
    panel = Panel.from_arrays(y, x, regressors=NAMES)
    return panel, GivenGroupsM(loss, (0, 1) * 12, profiles).fit(panel, RNG)


@pytest.mark.parametrize("loss", [Logit(), Probit()])
@pytest.mark.parametrize("profiles", ["time", "constant"])
@pytest.mark.parametrize(
    ("index", "found"),
    [
        ((0.0, 1.0, 0.0, 0.0), [("score",)]),
        ((1.0, 0.0, -1.0, 0.0), [("age", "size")]),
        ((0.0, 0.0, 0.0, 0.0), []),
    ],
)
def test_by_hand(
    loss: Loss, profiles: str, index: tuple[float, ...], found: list[tuple[str, ...]]
) -> None:
    x = regressors()
    y = x @ np.array(index) > np.array([-0.5, 0.5] * 12)[:, None]  # Groups have thresholds.
    if not found:
        y = np.random.default_rng(1).random((24, 5)) > 0.5
    panel, fit = fitted(y.astype(float), x, loss, profiles)
    assert (fit.status == Status.SLOPES_SEPARATED) == bool(found)
    assert separating_regressors(panel, fit) == found


def test_two_that_do_so_each_by_itself() -> None:
    x = regressors()
    x[:, :, 3] = np.sign(x[:, :, 0]) * (0.1 + np.abs(x[:, :, 3]))
    panel, fit = fitted((x[:, :, 0] > 0).astype(float), x, Logit())
    assert sorted(separating_regressors(panel, fit)) == [("age",), ("other",)]


def test_counts_that_are_zero_wherever_a_dummy_is_one_and_gaps() -> None:
    x = regressors()
    x[:, :, 2] = 0.0
    x[::5, ::2, 2] = 1.0
    y = np.random.default_rng(1).poisson(3.0, (24, 5)) * (1.0 - x[:, :, 2])
    observed = np.random.default_rng(2).random((24, 5)) > 0.1
    panel = Panel.from_arrays(y, x, regressors=NAMES, observed=observed)
    fit = GivenGroupsM(Poisson(), (0, 1) * 12).fit(panel, RNG)
    assert fit.status == Status.SLOPES_SEPARATED
    assert separating_regressors(panel, fit) == [("size",)]


def test_a_summary_names_them() -> None:
    x = regressors()
    y = (x[:, :, 1] > 0).astype(float)
    panel = Panel.from_arrays(y, x[:, :, :2], regressors=NAMES[:2])
    said = "within these groups and beside their profiles, score tells the outcomes apart."
    fit = GroupedM(Logit(), 2).fit(panel, RNG)
    assert fit.status == Status.SLOPES_SEPARATED
    assert said in " ".join(summarize(panel, fit).notes)
    assert said in str(summarize(panel, fit))
    y = np.random.default_rng(1).integers(0, 2, (24, 5))
    panel = Panel.from_arrays(y, x[:, :, :2])
    assert "apart" not in str(summarize(panel, GroupedM(Logit(), 2).fit(panel, RNG)))


@pytest.mark.parametrize("loss", [Logit(), Probit()])
@pytest.mark.parametrize("profiles", ["time", "constant"])
def test_outcomes_that_one_group_tells_apart_are_no_success(loss: Loss, profiles: str) -> None:
    """The model with one group has no curvature left then: slopes are judged without it."""
    x = regressors()
    panel = Panel.from_arrays((x[:, :, 1] > 0).astype(float), x, regressors=NAMES)
    for n_groups in (1, 2):
        fit = GroupedM(loss, n_groups, profiles).fit(panel, np.random.default_rng(0))
        assert fit.status == Status.SLOPES_SEPARATED
        assert np.isnan(fit.theta).all()
