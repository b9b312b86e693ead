"""Standard errors of slopes by groups, for given groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import LARGEST, require, require_generator, require_one_of
from gfe_mc.estimators.slopes.products import UnitProducts, unit_cross_products
from gfe_mc.fit import Fit, positions
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.objective import require_objective
from gfe_mc.inference.within import require_fit_of, suggestion
from gfe_mc.kernels.linear import covariance_of, exceeds, gram, inverse, multiply

ERRORS = ("homoskedastic", "clustered")


@dataclass(frozen=True)
class SlopeErrors:
    """Covariance of least squares with unit effects and slopes by groups, groups as given.

    The joint covariance is of (theta, beta_1, ..., beta_G), theta being the mean over units.
    Slopes of units' own have no variance in it; their mean's is that of the mean-group estimator,
    and of what the error of the other slopes adds to it.

    Parameters
    ----------
    errors : str, default "homoskedastic"
        "homoskedastic": each group has an error variance of its own, SSR_g over its degrees of
        freedom. "clustered": sums over the periods of each unit, without a factor.
    lost : int, optional
        Degrees of freedom that a group loses beside those of its N_g unit effects; one for each
        of its slopes if None.

    References
    ----------
    Lin and Ng (2011), Table 4, whose t values are of "homoskedastic" errors.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import KnownGroups, SlopeErrors, StaticSlopes
    >>> design = StaticSlopes(50, beta=((0.3,), (0.9,)), groups=(0,) * 20 + (1,) * 20)
    >>> panel = design.draw(np.random.default_rng(0)).panel
    >>> fit = KnownGroups(design.groups).fit(panel, np.random.default_rng(0))
    >>> errors = SlopeErrors().covariance(panel, fit, np.random.default_rng(0))
    >>> errors.group_slopes.round(2)  # about 1 / sqrt(3 N_g T)
    array([[0.02],
           [0.02]])
    """

    errors: str = "homoskedastic"
    lost: int | None = None

    def __post_init__(self) -> None:
        require_one_of("errors", self.errors, ERRORS)
        if isinstance(self.lost, np.integer):
            object.__setattr__(self, "lost", int(self.lost))
        whole = isinstance(self.lost, int) and not isinstance(self.lost, bool)
        require(
            self.lost is None
            or (whole and 0 <= self.lost <= LARGEST and self.errors == "homoskedastic"),
            "`lost` must be a whole number from 0, and of homoskedastic errors",
            f"{self.lost} with {self.errors} errors",
            "Leave it out",
        )

    def covariance(
        self,
        panel: Panel,
        fit: Fit,
        rng: np.random.Generator,
    ) -> Covariance:
        """Compute the covariance of (theta, beta); nothing is drawn.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        fit : Fit
            The fit of it.
        rng : numpy.random.Generator
            Required of every inference method; nothing is drawn from it.

        Raises
        ------
        InputError
            The fit is of another panel, or not of slopes by groups with unit effects.
        """
        require_generator(rng)
        n_slopes = panel.shape[2]
        slopes = fit.theta if fit.unit_slopes is None else fit.unit_slopes
        if not fit.status.usable or not np.isfinite(slopes).all():
            return Covariance.failed(n_slopes, InferenceStatus.FIT_FAILED)
        given = fit.beta is not None and fit.groups is not None and fit.unit_slopes is not None
        require(
            given and fit.model.unit_effects and not fit.model.profiles,
            "SlopeErrors is for slopes of groups or units, with unit effects",
            f"a fit of {fit.description}",
            suggestion(fit),
        )
        assert fit.beta is not None
        assert fit.groups is not None
        require_fit_of(panel, fit)
        data, common = _read(panel, fit)
        require_objective(fit.seen(panel), fit)
        if len(data.individual) and panel.shape[0] < 2:
            return Covariance.failed(n_slopes, InferenceStatus.TOO_FEW_UNITS)
        with np.errstate(over="ignore", invalid="ignore"):  # The status says it.
            found = self._of_beta(data, fit, common) if len(data.columns) else np.zeros((0, 0))
        if isinstance(found, InferenceStatus):
            return Covariance.failed(n_slopes, found)
        if not np.isfinite(found).all():
            return Covariance.failed(n_slopes, InferenceStatus.NOT_FINITE)
        notes: tuple[str, ...] = ()
        counts = np.bincount(fit.groups, minlength=len(fit.beta))
        if self.errors == "clustered" and (counts == 1).any():
            # Residuals of one unit are orthogonal to its regressors: its score says nothing.
            alone = np.repeat(counts == 1, len(data.columns)) & ~np.tile(
                common[: len(data.columns)], len(counts)
            )
            found[alone, :] = np.nan
            found[:, alone] = np.nan
            notes = ("no clustered errors for the slopes of a group of one unit",)
        joint = _with_mean(found, data, fit)
        shape = len(fit.beta), n_slopes
        with np.errstate(invalid="ignore"):  # Rounding can leave less than nothing of a variance.
            errors = np.sqrt(np.diag(joint)[n_slopes:]).reshape(shape)
        return Covariance.of_joint(joint, n_slopes, notes, group_slopes=errors)

    def _of_beta(
        self, data: UnitProducts, fit: Fit, common: np.ndarray
    ) -> np.ndarray | InferenceStatus:
        """Covariance of the slopes that are not units' own, (G k, G k), by group."""
        assert fit.groups is not None
        assert fit.beta is not None
        n_groups, k = len(fit.beta), len(data.columns)
        counts = np.bincount(fit.groups, minlength=n_groups)
        # Which free parameter each slope of each group is: common ones are one parameter.
        free = np.arange(n_groups * k).reshape(n_groups, k)
        free[:, common] = free[0, common]
        _, position = np.unique(free, return_inverse=True)
        position = position.reshape(n_groups, k)
        size = int(position.max()) + 1
        xx, xy = data.products[:, :k, :k], data.products[:, :k, k]
        slopes = fit.beta[:, data.columns][fit.groups]
        bread, meat = np.zeros((size, size)), np.zeros((size, size))
        scores, ssr = xy.copy(), data.products[:, k, k].copy()
        for j in range(k):
            scores -= xx[:, :, j] * slopes[:, j, None]
        for j in range(k):
            ssr -= (xy[:, j] + scores[:, j]) * slopes[:, j]
        ssr = np.maximum(ssr, 0.0)  # Rounding can leave less of an exact fit.
        for g in range(n_groups):
            members = fit.groups == g
            at = np.ix_(position[g], position[g])
            total = xx[members].sum(axis=0)
            bread[at] += total
            if self.errors == "homoskedastic":
                lost = (k + len(data.individual) * counts[g]) if self.lost is None else self.lost
                freedom = int(data.observations[members].sum()) - counts[g] - lost
                if freedom <= 0:
                    return InferenceStatus.NO_FREEDOM
                meat[at] += ssr[members].sum() / freedom * total
        if self.errors == "clustered":
            stacked = np.zeros((len(scores), size))
            np.put_along_axis(stacked, position[fit.groups], scores, axis=1)
            meat = gram(stacked)
        scale = np.sqrt(np.diag(bread))
        sound = bool((scale > 0).all())
        relative = bread / np.outer(scale, scale) if sound else bread
        if sound and not np.isfinite(relative).all():
            return InferenceStatus.NOT_FINITE
        if not sound or not exceeds(relative, 1e-10):
            return InferenceStatus.SINGULAR
        inverted = inverse(relative) / np.outer(scale, scale)
        variance = multiply(multiply(inverted, meat), inverted)
        return np.asarray(variance[np.ix_(position.ravel(), position.ravel())])


def _read(panel: Panel, fit: Fit) -> tuple[UnitProducts, np.ndarray]:
    """Cross-products in the order of the fit, and which of its slopes are common: (k,)."""
    assert fit.beta is not None
    alone = positions(panel, fit.model.unit_slopes)
    individual = tuple(str(panel.regressors[j]) for j in alone)
    # With one group its slopes are the common ones: there is nothing to hold together.
    same = np.full(panel.shape[2], len(fit.beta) > 1)
    same[positions(panel, fit.model.group_slopes)] = False
    data = unit_cross_products(panel, "SlopeErrors", individual=individual)
    return data, same[data.columns]


def _with_mean(variance: np.ndarray, data: UnitProducts, fit: Fit) -> np.ndarray:
    """Covariance of theta and beta, from that of the slopes of groups."""
    assert fit.beta is not None
    assert fit.groups is not None
    assert fit.unit_slopes is not None
    n_groups, n_slopes = fit.beta.shape
    shares = np.bincount(fit.groups, minlength=n_groups) / len(fit.groups)
    place = (n_slopes * (1 + np.arange(n_groups)[:, None]) + data.columns).ravel()
    joint = np.full((n_slopes * (1 + n_groups),) * 2, np.nan)
    joint[np.ix_(place, place)] = variance
    mean = np.kron(shares[None, :], np.eye(len(data.columns)))
    across = multiply(mean, variance)
    joint[np.ix_(data.columns, place)] = across
    joint[np.ix_(place, data.columns)] = across.T
    joint[np.ix_(data.columns, data.columns)] = multiply(across, _transposed(mean))
    if len(data.individual):
        alone, own = data.individual, fit.unit_slopes[:, data.individual]
        spread = covariance_of(np.ascontiguousarray(own))
        # A unit's own slopes are of y less what the others explain, by their estimates.
        share = data.on_others[:, :, :-1] / len(own)
        added = np.concatenate(
            [share[fit.groups == g].sum(axis=0) for g in range(n_groups)], axis=1
        )
        moved = multiply(added, variance)
        joint[np.ix_(alone, alone)] = spread / len(own) + multiply(moved, _transposed(added))
        for columns, covariance in (
            (place, moved),
            (data.columns, multiply(added, _transposed(across))),
        ):
            joint[np.ix_(alone, columns)] = -covariance
            joint[np.ix_(columns, alone)] = -covariance.T
    return joint


def _transposed(matrix: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(matrix.T)
