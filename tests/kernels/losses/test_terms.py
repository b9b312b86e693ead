"""Losses and their derivatives, against SciPy's functions and differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, log_ndtr, xlogy

from gfe_mc import Logit, Poisson, Probit
from gfe_mc.estimators.losses.loss import Loss

INDEX = np.concatenate([np.linspace(-30.0, 30.0, 1201), [-2.5, 2.5, 0.0]])
LOSSES = [(Logit(), (0.0, 1.0)), (Probit(), (0.0, 1.0)), (Poisson(), (0.0, 1.0, 7.0))]


def test_logit() -> None:
    for y, sign in ((1.0, 1.0), (0.0, -1.0)):
        value, first, second = Logit().terms(np.full(len(INDEX), y), INDEX)
        np.testing.assert_allclose(value, np.logaddexp(0.0, -sign * INDEX), rtol=1e-14)
        np.testing.assert_allclose(first, -sign * expit(-sign * INDEX), rtol=1e-14)
        np.testing.assert_allclose(second, expit(INDEX) * expit(-INDEX), rtol=1e-14)


def test_probit() -> None:
    for y, sign in ((1.0, 1.0), (0.0, -1.0)):
        s = sign * INDEX
        value, first, second = Probit().terms(np.full(len(INDEX), y), INDEX)
        np.testing.assert_allclose(value, -log_ndtr(s), rtol=1e-12, atol=1e-300)
        ratio = np.exp(-0.5 * s**2 - 0.5 * np.log(2 * np.pi) - log_ndtr(s))
        np.testing.assert_allclose(first, -sign * ratio, rtol=1e-11)
        near = np.abs(s) < 20  # Beyond it the formula of the reference cancels.
        np.testing.assert_allclose(second[near], (ratio * (ratio + s))[near], rtol=1e-9)
        assert ((second >= 0) & (second <= 1)).all()


def test_the_far_tail_of_probit() -> None:
    value, first, second = Probit().terms(np.ones(2), np.array([-1e3, -1e6]))
    np.testing.assert_allclose(value, -log_ndtr([-1e3, -1e6]), rtol=1e-14)
    np.testing.assert_allclose(first, [-1e3 - 1e-3, -1e6], rtol=1e-9)
    np.testing.assert_allclose(second, 1.0, rtol=2e-6)


def test_poisson() -> None:
    for y in (0.0, 1.0, 7.0):
        value, first, second = Poisson().terms(np.full(len(INDEX), y), INDEX)
        mean = np.exp(INDEX)
        expected = mean - y + xlogy(y, y) - y * INDEX
        np.testing.assert_allclose(value, expected, rtol=1e-13, atol=1e-13)
        np.testing.assert_allclose(first, mean - y, rtol=1e-13)
        np.testing.assert_allclose(second, mean, rtol=1e-14)


@pytest.mark.parametrize(("loss", "outcomes"), LOSSES)
def test_derivatives_are_those_of_the_values(loss: Loss, outcomes: tuple[float, ...]) -> None:
    index, step = np.linspace(-6.0, 4.0, 101), 1e-6
    for y in (np.full(len(index), one) for one in outcomes):
        _, first, second = loss.terms(y, index)
        up, down = loss.terms(y, index + step), loss.terms(y, index - step)
        np.testing.assert_allclose((up[0] - down[0]) / (2 * step), first, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose((up[1] - down[1]) / (2 * step), second, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize(("loss", "outcomes"), LOSSES)
def test_the_limit_at_an_extreme_is_zero(loss: Loss, outcomes: tuple[float, ...]) -> None:
    """Of the outcomes that have one, and the loss is never below zero."""
    for y in (np.full(len(INDEX), one) for one in outcomes):
        assert (loss.terms(y, INDEX)[0] >= 0).all()
    for terms in (loss.terms(np.zeros(1), np.array([-np.inf])),):
        np.testing.assert_array_equal(terms, 0.0)
    if not isinstance(loss, Poisson):
        np.testing.assert_array_equal(loss.terms(np.ones(1), np.array([np.inf])), 0.0)
