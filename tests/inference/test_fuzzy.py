"""Standard errors of fuzzy clustering regression."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gfe_mc import FCR, GFE, Annealing, Fit, InferenceStatus, LargeT, Panel, Status
from gfe_mc.inference.fuzzy import FuzzySandwich, scores_and_hessian
from tests.helpers import refused
from tests.inference.panels import RNG, fitted, grouped
from tests.reference import fuzzy_numpy as ref

NAMES = ("x1", "x2")
OWN: list[tuple[int, ...]] = [(), (1,), (0, 1)]
FEW = Annealing(starts=40)
NOT_BETWEEN = "no unit is between groups: the errors are those of groups that are known"


def soft(panel: Panel, m: float = 1.5, own: tuple[int, ...] = (), n_groups: int = 3) -> Fit:
    """A fit by weighted least squares."""
    specific = tuple(NAMES[k] for k in own)
    return FCR(n_groups, m, FEW, specific).fit(panel, np.random.default_rng(0))


def at(
    panel: Panel, alpha: np.ndarray, beta: np.ndarray, m: float, own: tuple[int, ...] = ()
) -> Fit:
    """What a fit with these coefficients would say."""
    objective, memberships = ref.log_form(ref.distances(panel.y, panel.x, alpha, beta), m)
    groups = memberships.argmax(axis=1)
    return Fit(
        theta=beta[groups].mean(axis=0) if own else beta[0],
        alpha=alpha,
        groups=groups,
        objective=objective,
        beta=beta if own else None,
        memberships=memberships,
        fuzziness=m,
    )


def anywhere(
    panel: Panel, own: tuple[int, ...], seed: int, n_groups: int = 3
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Random parameters, and the effects and slopes that they are."""
    _, n_periods, n_slopes = panel.shape
    size = n_groups * (n_periods + len(own)) + n_slopes - len(own)
    parameters = 1.5 * np.random.default_rng([4, seed]).standard_normal(size)
    return parameters, *ref.split(parameters, n_groups, n_periods, own, n_slopes)


def errors(panel: Panel, fit: Fit, unit_effects: bool = False) -> np.ndarray:
    found = FuzzySandwich(unit_effects).covariance(panel, fit, RNG)
    assert found.status == InferenceStatus.SUCCESS
    return found.standard_errors


def test_one_group_by_hand() -> None:
    # Residuals -1 and 1: scores are +-2, the Hessian 2 + 2, and the variance 8 / 16.
    panel = Panel.from_arrays([[1.0], [3.0]])
    fit = FCR(1, 1.5).fit(panel, np.random.default_rng(0))
    found = FuzzySandwich().covariance(panel, fit, RNG)
    assert found.theta.shape == (0, 0)
    assert found.joint == pytest.approx(np.array([[0.5]]), rel=1e-12)


@pytest.mark.parametrize("m", [2.0, 1.5, 1.1])
@pytest.mark.parametrize("own", OWN)
def test_hessian_and_scores_by_the_chain_rule(own: tuple[int, ...], m: float) -> None:
    panel = grouped(1)
    _, alpha, beta = anywhere(panel, own, 1)
    scores, hessian = scores_and_hessian(panel, at(panel, alpha, beta, m, own))
    expected_scores, expected = ref.scores_and_hessian(panel, alpha, beta, own, m)
    size = np.abs(expected).max()
    np.testing.assert_allclose(scores, expected_scores, rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(hessian, expected, rtol=1e-8, atol=1e-9 * size)


@pytest.mark.parametrize("m", [2.0, 1.2])
@pytest.mark.parametrize("own", OWN)
def test_hessian_and_scores_by_finite_differences(own: tuple[int, ...], m: float) -> None:
    panel = grouped(2)
    parameters, _, _ = anywhere(panel, own, 2)

    def objective(where: np.ndarray) -> float:
        alpha, beta = ref.split(where, 3, 4, own, 2)
        return ref.objective(ref.distances(panel.y, panel.x, alpha, beta), m)

    def derivatives(where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return scores_and_hessian(panel, at(panel, *ref.split(where, 3, 4, own, 2), m, own))

    scores, hessian = derivatives(parameters)
    steps = 1e-5 * np.eye(len(parameters))
    slope = [objective(parameters + s) - objective(parameters - s) for s in steps]
    curve = [derivatives(parameters + s)[0] - derivatives(parameters - s)[0] for s in steps]
    size = np.abs(hessian).max()
    np.testing.assert_allclose(scores.sum(axis=0), np.array(slope) / 2e-5, rtol=1e-5, atol=1e-4)
    expected = np.array(curve).sum(axis=1) / 2e-5
    np.testing.assert_allclose(hessian, expected, rtol=1e-5, atol=1e-6 * size)


@pytest.mark.parametrize("m", [1.5, 1.2])
@pytest.mark.parametrize("own", OWN)
def test_covariance_is_the_sandwich(own: tuple[int, ...], m: float) -> None:
    panel = grouped(3)
    fit = soft(panel, m, own)
    assert fit.alpha is not None
    assert fit.groups is not None
    beta = np.tile(fit.theta, (3, 1)) if fit.beta is None else fit.beta
    scores, hessian = ref.scores_and_hessian(panel, fit.alpha, beta, own, m)
    bread = np.linalg.inv(hessian)
    sandwich = bread @ (scores.T @ scores) @ bread
    # Slopes theta are means over units of their groups' slopes.
    counts, first_common = np.bincount(fit.groups, minlength=3), 12 + 3 * len(own)
    read = np.zeros((2, len(sandwich)))
    common = [k for k in range(2) if k not in own]
    for j, k in enumerate(own):
        for g in range(3):
            read[k, 12 + g * len(own) + j] = counts[g] / 24
    for j, k in enumerate(common):
        read[k, first_common + j] = 1.0
    read = np.vstack([read, np.eye(len(sandwich))[:12]])
    found = FuzzySandwich().covariance(panel, fit, RNG)
    expected = read @ sandwich @ read.T
    assert found.joint is not None
    np.testing.assert_allclose(found.joint, expected, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.theta, expected[:2, :2], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(found.profile_errors(3, 4).ravel() ** 2, np.diag(expected)[2:])
    assert found.status == InferenceStatus.SUCCESS


@pytest.mark.parametrize("own", [(), (0, 1)])
def test_one_group_is_clustered_least_squares(own: tuple[int, ...]) -> None:
    panel = grouped(4)
    found = FuzzySandwich().covariance(panel, soft(panel, 1.5, own, 1), RNG)
    expected = LargeT().covariance(panel, fitted(panel, 1), RNG)
    assert found.joint is not None
    assert expected.joint is not None
    np.testing.assert_allclose(found.joint, expected.joint, rtol=1e-7, atol=1e-12)


def test_near_one_errors_are_those_of_known_groups(democracy: Panel) -> None:
    fit = FCR(3).fit(democracy, np.random.default_rng(0))
    found = FuzzySandwich().covariance(democracy, fit, RNG)
    hard = GFE(3).fit(democracy, np.random.default_rng(0))
    expected = LargeT().covariance(democracy, hard, RNG)
    np.testing.assert_allclose(found.standard_errors, [0.05078, 0.01114], atol=5e-6)
    np.testing.assert_allclose(found.standard_errors, expected.standard_errors, rtol=1e-4)
    np.testing.assert_allclose(found.profile_errors(3, 7), expected.profile_errors(3, 7), rtol=1e-3)
    assert found.notes == (NOT_BETWEEN,)


@pytest.mark.parametrize(
    ("m", "expected"), [(1.05, (0.0540, 0.0117)), (1.1, (0.0671, 0.0138)), (1.2, (0.0829, 0.0168))]
)
def test_errors_at_the_gfe_coefficients_grow_with_m(
    democracy: Panel, m: float, expected: tuple[float, float]
) -> None:
    # Computed elsewhere: m - 1 is then the bandwidth of a kernel at the boundaries of groups.
    hard = GFE(3).fit(democracy, np.random.default_rng(0))
    assert hard.alpha is not None
    fit = at(democracy, hard.alpha, np.tile(hard.theta, (3, 1)), m)
    found = FuzzySandwich().covariance(democracy, fit, RNG)
    np.testing.assert_allclose(found.standard_errors, expected, atol=6e-5)
    assert found.notes == ()


def test_near_one_slopes_of_groups_have_errors_of_their_own_regressions() -> None:
    rng = np.random.default_rng(5)
    groups, x = np.arange(40) % 2, rng.standard_normal((40, 4, 2))
    slopes = np.array([[1.0, -1.0], [-1.0, 2.0]])
    y = 8.0 * groups[:, None] + (x * slopes[groups][:, None]).sum(axis=2)
    panel = Panel.from_arrays(y + 0.5 * rng.standard_normal((40, 4)), x)
    fit = soft(panel, 1.001, (0, 1), 2)
    np.testing.assert_array_equal(fit.groups, groups)
    found = FuzzySandwich().covariance(panel, fit, RNG)
    alone = [Panel.from_arrays(panel.y[groups == g], x[groups == g]) for g in (0, 1)]
    parts = [LargeT().covariance(part, fitted(part, 1), RNG) for part in alone]
    # Groups are halves, and independent of each other.
    np.testing.assert_allclose(found.theta, (parts[0].theta + parts[1].theta) / 4, rtol=1e-5)
    expected = np.concatenate([part.profile_errors(1, 4) for part in parts])
    np.testing.assert_allclose(found.profile_errors(2, 4), expected, rtol=1e-5)


@pytest.mark.parametrize("scale", [1e6, 1e-6])
def test_errors_scale_with_outcomes(scale: float) -> None:
    panel = grouped(6)
    scaled = Panel.from_arrays(panel.y * scale, panel.x)
    expected = errors(panel, soft(panel)) * scale
    np.testing.assert_allclose(errors(scaled, soft(scaled)), expected, rtol=1e-4)


def test_order_of_units_and_labels_do_not_matter() -> None:
    panel, order = grouped(6), np.random.default_rng(1).permutation(24)
    fit = soft(panel, own=(1,))
    assert fit.alpha is not None
    assert fit.beta is not None
    assert fit.groups is not None
    assert fit.memberships is not None
    new = np.array([2, 0, 1])
    relabelled = replace(
        fit,
        alpha=fit.alpha[new],
        beta=fit.beta[new],
        memberships=fit.memberships[order][:, new],
        groups=np.argsort(new)[fit.groups[order]],
    )
    moved = Panel.from_arrays(panel.y[order], panel.x[order])
    found = FuzzySandwich().covariance(moved, relabelled, RNG)
    expected = FuzzySandwich().covariance(panel, fit, RNG)
    np.testing.assert_allclose(found.theta, expected.theta, rtol=1e-9)
    profiles = expected.profile_errors(3, 4)[new]
    np.testing.assert_allclose(found.profile_errors(3, 4), profiles, rtol=1e-9)


def test_unit_effects_are_taken_out_of_the_panel() -> None:
    plain = grouped(7)
    panel = Panel.from_arrays(plain.y + np.arange(24.0)[:, None], plain.x)
    fit = FCR(3, 1.3, FEW, unit_effects=True).fit(panel, np.random.default_rng(0))
    expected = errors(panel.within_units(), soft(panel.within_units(), 1.3))
    np.testing.assert_allclose(errors(panel, fit, unit_effects=True), expected, rtol=1e-5)
    # The fit knows of its unit effects: they need not be said again.
    np.testing.assert_array_equal(errors(panel, fit), errors(panel, fit, unit_effects=True))


def between(m: float) -> tuple[Panel, Fit]:
    """Groups at 0 and 1, and a unit halfway."""
    rng = np.random.default_rng(8)
    level = np.array([0.0] * 5 + [1.0] * 5 + [0.5])
    x = rng.standard_normal((11, 3, 1))
    errors = 0.05 * rng.standard_normal((11, 3))
    errors[-1] -= errors[-1].mean()
    y = level[:, None] + 0.5 * x[:, :, 0] + errors
    panel = Panel.from_arrays(y, x)
    return panel, at(panel, np.outer([0.0, 1.0], np.ones(3)), np.full((2, 1), 0.5), m)


def test_a_unit_between_groups_has_no_hessian_near_one() -> None:
    panel, fit = between(1.001)
    assert fit.memberships is not None
    np.testing.assert_allclose(fit.memberships[-1], [0.5, 0.5], atol=1e-9)
    found = FuzzySandwich().covariance(panel, fit, RNG)
    assert found.status == InferenceStatus.NOT_POSITIVE_DEFINITE
    assert np.isnan(found.theta).all()
    assert found.notes == (InferenceStatus.NOT_POSITIVE_DEFINITE.message,)
    assert np.linalg.eigvalsh(scores_and_hessian(panel, fit)[1])[0] < -1.0


def test_the_same_unit_does_no_harm_at_larger_m() -> None:
    panel, fit = between(3.0)
    assert FuzzySandwich().covariance(panel, fit, RNG).status == InferenceStatus.SUCCESS


def test_a_group_that_is_no_units_has_no_errors() -> None:
    whole, _ = between(1.001)
    panel = Panel.from_arrays(whole.y[:10], whole.x[:10])
    near = at(panel, np.outer([0.0, 1.0], np.ones(3)), np.full((2, 1), 0.5), 1.001)
    assert FuzzySandwich().covariance(panel, near, RNG).status == InferenceStatus.SUCCESS
    far = at(panel, np.outer([0.0, 1.0, 1e3], np.ones(3)), np.full((3, 1), 0.5), 1.001)
    found = FuzzySandwich().covariance(panel, far, RNG)
    assert found.status == InferenceStatus.NOT_POSITIVE_DEFINITE


@pytest.mark.parametrize(
    "status", [Status.EXACT_FIT, Status.COLLINEAR, Status.NOT_FINITE, Status.ESTIMATOR_FAILED]
)
def test_fits_that_failed_have_no_errors(status: Status) -> None:
    panel = grouped(9)
    found = FuzzySandwich().covariance(panel, replace(soft(panel), status=status), RNG)
    assert found.status == InferenceStatus.FIT_FAILED
    assert np.isnan(found.theta).all()


def test_what_is_no_fuzzy_fit_has_no_errors() -> None:
    panel = grouped(9)
    fit = soft(panel)
    with refused("FuzzySandwich is for soft groups; got a fit of groups with profiles"):
        FuzzySandwich().covariance(panel, fitted(panel), RNG)
    for missing in ("memberships", "alpha", "fuzziness"):
        with refused(f"no {missing}"):
            replace(fit, **{missing: None})  # type: ignore[arg-type]
    found = FuzzySandwich().covariance(panel, replace(fit, theta=np.array([np.nan, 1.0])), RNG)
    assert found.status == InferenceStatus.FIT_FAILED
    limited = replace(fit, status=Status.ITERATION_LIMIT)
    assert FuzzySandwich().covariance(panel, limited, RNG).status == InferenceStatus.SUCCESS


def test_an_exact_fit_has_no_errors() -> None:
    x = np.random.default_rng(0).standard_normal((8, 3, 1))
    groups = np.arange(8) % 2
    panel = Panel.from_arrays(np.outer(groups, [3.0, 5.0, 1.0]) + x[:, :, 0], x)
    found = FuzzySandwich().covariance(panel, soft(panel, n_groups=2), RNG)
    assert found.status == InferenceStatus.FIT_FAILED


def test_a_unit_at_the_effects_of_its_group_is_in_it_alone() -> None:
    panel, _ = between(1.5)
    alpha = np.vstack([panel.y[0] - 0.5 * panel.x[0, :, 0], np.ones(3)])
    fit = at(panel, alpha, np.full((2, 1), 0.5), 1.5)
    found = FuzzySandwich().covariance(panel, fit, RNG)
    assert found.status == InferenceStatus.SUCCESS
    near = at(panel, alpha + 1e-9, np.full((2, 1), 0.5), 1.5)
    close = FuzzySandwich().covariance(panel, near, RNG)
    np.testing.assert_allclose(found.theta, close.theta, rtol=1e-4)


@pytest.mark.parametrize(
    "other",
    [grouped(9, 25), grouped(9, 24, 5), grouped(9, 24, 4, 3)],
    ids=["units", "periods", "slopes"],
)
def test_refuses_a_fit_of_another_panel(other: Panel) -> None:
    with refused("The fit must be one of this panel"):
        FuzzySandwich().covariance(other, soft(grouped(9)), RNG)


def test_refuses_gaps() -> None:
    panel, observed = grouped(9), np.ones((24, 4), bool)
    observed[0, 0] = False
    gaps = Panel.from_arrays(panel.y, panel.x, observed=observed)
    with refused("FuzzySandwich needs a balanced panel"):
        FuzzySandwich().covariance(gaps, soft(panel), RNG)


def simulated(rng: np.random.Generator) -> Panel:
    """Two groups that overlap; the regressor goes with the groups."""
    groups = rng.integers(2, size=400)
    x = rng.standard_normal((400, 2, 1)) + 0.7 * groups[:, None, None]
    y = 2.0 * groups[:, None] + 0.5 * x[:, :, 0] + 0.7 * rng.standard_normal((400, 2))
    return Panel.from_arrays(y, x)


@pytest.mark.slow
def test_mean_error_is_the_standard_deviation_of_estimates() -> None:
    estimates, reported, ignored = [], [], []
    estimator = FCR(2, 1.5, Annealing(starts=10, hits=2))
    for seed in range(800):
        rng = np.random.default_rng([5, seed])
        panel = simulated(rng)
        fit = estimator.fit(panel, rng)
        estimates.append(fit.theta[0])
        reported.append(errors(panel, fit)[0])
        ignored.append(LargeT().covariance(panel, fit, RNG).standard_errors[0])
    deviation = np.std(estimates, ddof=1)
    # The standard error of a standard deviation of R draws is sd / sqrt(2 R) if they are normal.
    assert abs(np.mean(reported) - deviation) < 4 * deviation / np.sqrt(1600)
    # Errors that take the largest membership for the truth are off by more.
    assert abs(np.mean(ignored) - deviation) > 4 * deviation / np.sqrt(1600)
