"""What losses refuse, and losses of one's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from gfe_mc import GivenGroupsM, GroupedM, Logit, LossErrors, Panel, Poisson, Probit
from gfe_mc.estimators.losses.loss import Loss, require_outcomes
from tests.estimators.losses.panels import drawn
from tests.helpers import refused
from tests.inference.panels import grouped

RNG = np.random.default_rng(0)


@dataclass(frozen=True)
class Squares:
    """Half the squared distance of the outcome and the index."""

    def terms(self, y: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        return (y - index) ** 2 / 2, index - y, np.ones(y.shape)


@dataclass(frozen=True)
class Wrong:
    """Squares with one of the arrays replaced."""

    what: str

    def terms(self, y: np.ndarray, index: np.ndarray) -> tuple[np.ndarray, ...]:
        value, first, second = Squares().terms(y, index)
        return {
            "first": (value, 2 * first, second),
            "second": (value, first, 2 * second),
            "concave": (-value, -first, -second),
            "shape": (value, first, second[:1]),
            "number": (value, first),
            "infinite": (value + np.inf, first, second),
            "negative": (value - 10.0, first, second),
        }[self.what]


def panel_of(y: float) -> Panel:
    values = np.array([[0.0, 1.0], [1.0, 1.0], [0.0, 1.0]])
    values[1, 0] = y
    return Panel.from_arrays(values, units=["a", "b", "c"], periods=[2001, 2002], outcome="works")


@pytest.mark.parametrize("loss", [Logit(), Probit()])
@pytest.mark.parametrize("y", [2.0, 0.5, -1.0])
def test_outcomes_that_are_not_binary_are_refused(loss: Loss, y: float) -> None:
    with refused("must be 0 or 1", f"`works` of {y:g} for unit b in period 2001", "Give 0 and 1"):
        GroupedM(loss, 2).fit(panel_of(y), RNG)


@pytest.mark.parametrize("y", [-1.0, 1.5])
def test_outcomes_that_are_no_counts_are_refused(y: float) -> None:
    with refused("must be counts", f"`works` of {y:g} for unit b in period 2001", "0, 1, 2"):
        GroupedM(Poisson(), 2).fit(panel_of(y), RNG)


def test_outcomes_that_are_all_the_same_are_refused() -> None:
    for loss in (Logit(), Probit()):
        for value in (0.0, 1.0):
            with refused("needs outcomes of both kinds", f"`y` of {value:.0f} in every unit"):
                GroupedM(loss, 2).fit(Panel.from_arrays(np.full((3, 2), value)), RNG)
    with refused("must not all be zero"):
        GroupedM(Poisson(), 2).fit(Panel.from_arrays(np.zeros((3, 2))), RNG)


def test_what_is_not_observed_is_not_looked_at() -> None:
    gaps = np.array([[True, True], [False, True], [True, True]])
    panel = Panel.from_arrays(panel_of(7.0).y, observed=gaps)
    require_outcomes(Logit(), panel)


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("first", "The first derivative of the loss Wrong"),
        ("second", "The second derivative of the loss Wrong"),
        ("concave", "must be convex"),
        ("shape", "must return three arrays"),
        ("number", "must return three arrays"),
        ("infinite", "must be finite"),
        ("negative", "must not be negative"),
    ],
)
def test_a_loss_that_is_not_what_it_says_is_refused(what: str, said: str) -> None:
    with refused(said):
        GivenGroupsM(Wrong(what), (0, 1, 0)).fit(panel_of(0.0), RNG)  # type: ignore[arg-type]


def test_what_has_no_terms_is_no_loss() -> None:
    for one in (Logit, None, "logit"):
        with refused("`loss` must be a loss", "Logit()"):
            GroupedM(one, 2)  # type: ignore[arg-type]


def test_a_loss_of_ones_own() -> None:
    """Squares: GFE's estimates and errors."""
    from gfe_mc import GFE, LargeT

    panel = grouped(1)
    rng = np.random.default_rng(0)
    gfe, own = GFE(3).fit(panel, rng), GroupedM(Squares(), 3).fit(panel, rng)
    np.testing.assert_array_equal(own.groups, gfe.groups)
    assert own.objective == pytest.approx(gfe.objective / 2, rel=1e-12)
    np.testing.assert_allclose(own.theta, gfe.theta, rtol=1e-8)
    np.testing.assert_allclose(own.alpha, gfe.alpha, rtol=1e-9)
    np.testing.assert_allclose(own.residuals(panel), gfe.residuals(panel), atol=1e-9)
    assert own.description == "groups with profiles over time, Squares outcomes"
    ours = LossErrors().covariance(panel, own, rng)
    theirs = LargeT().covariance(panel, gfe, rng)
    np.testing.assert_allclose(ours.theta, theirs.theta, rtol=1e-8)


def test_the_package_s_own_losses_refuse_a_panel_of_others() -> None:
    with refused("must be 0 or 1"):
        GroupedM(Probit(), 2).fit(drawn("poisson"), RNG)
