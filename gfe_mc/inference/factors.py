"""Standard errors of slopes beside interactive effects, for many units and periods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require, require_generator, require_one_of
from gfe_mc.estimators.factors.starts import COLLINEAR
from gfe_mc.fit import Fit, residuals_of
from gfe_mc.inference.covariance import Covariance, InferenceStatus
from gfe_mc.inference.objective import require_objective
from gfe_mc.inference.within import has_slopes, require_fit_of, suggestion
from gfe_mc.kernels.factors.project import off_effects
from gfe_mc.kernels.linear import exceeds, gram, inverse, multiply

ERRORS = ("clustered", "white", "homoskedastic")
SMALL_SAMPLE = ("none", "freedom")
UNCORRECTED = "biases of order 1 / N and 1 / T are not corrected"


@dataclass(frozen=True)
class FactorErrors:
    """Large-T covariance of slopes beside interactive effects.

    Least squares of the outcome on the regressors less all that factors and loadings could take of
    them: Z_i = M_F X_i - (1/N) sum_k a_ik M_F X_k, a_ik = lambda_i'(Lambda'Lambda/N)^(-1)lambda_k.
    With gaps, the residuals of the regressors on small changes of factors and loadings.

    Parameters
    ----------
    errors : str, default "clustered"
        "clustered": any dependence over the periods of a unit. "white": independent over units and
        periods, of any variance. "homoskedastic": of one variance, sum of squared residuals over
        degrees of freedom, NT - r(N + T - r) - K.
    small_sample : str, default "none"
        Of "clustered" and "white": "none", or "freedom": variances times NT over the degrees of
        freedom.

    Notes
    -----
    The biases of order 1 / N and 1 / T, which cross-section and serial dependence, unequal
    variances or lagged outcomes bring about, are not corrected.

    References
    ----------
    Bai (2009), Panel data models with interactive fixed effects, Econometrica 77, section 5:
    "white" is his estimator of D_Z without correlation, "homoskedastic" that of one variance.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import FactorErrors, GroupedEffects, InteractiveFixedEffects
    >>> panel = GroupedEffects(30, 10, 2, separation=3.0).draw(np.random.default_rng(0)).panel
    >>> fit = InteractiveFixedEffects(factors=2).fit(panel, np.random.default_rng(0))
    >>> for errors in ("clustered", "homoskedastic"):
    ...     one = FactorErrors(errors).covariance(panel, fit, np.random.default_rng(0))
    ...     print(errors, one.standard_errors.round(2))
    clustered [0.09]
    homoskedastic [0.08]
    """

    errors: str = "clustered"
    small_sample: str = "none"

    def __post_init__(self) -> None:
        require_one_of("errors", self.errors, ERRORS)
        require_one_of("small_sample", self.small_sample, SMALL_SAMPLE)
        require(
            self.errors != "homoskedastic" or self.small_sample == "none",
            "Homoskedastic errors have their degrees of freedom already",
            f'small_sample="{self.small_sample}"',
            "Leave it out",
        )

    def covariance(self, panel: Panel, fit: Fit, rng: np.random.Generator) -> Covariance:
        """Compute the covariance of theta; nothing is drawn.

        Parameters
        ----------
        panel : Panel
            The panel that was fitted, which may have gaps.
        fit : Fit
            The fit of it.
        rng : numpy.random.Generator
            Required of every inference method; nothing is drawn from it.

        Raises
        ------
        InputError
            The fit is of another panel, or has no interactive effects.
        """
        require_generator(rng)
        n_units, n_periods, n_slopes = panel.shape
        if not has_slopes(fit):
            return Covariance.failed(n_slopes, InferenceStatus.FIT_FAILED)
        require(
            fit.factors is not None and fit.loadings is not None and not fit.model.criterion,
            "FactorErrors is for common slopes and interactive effects",
            f"a fit of {fit.description}",
            suggestion(fit),
        )
        assert fit.factors is not None
        assert fit.loadings is not None
        require_fit_of(panel, fit)
        require_objective(panel, fit)
        if n_units <= n_slopes and self.errors == "clustered":
            return Covariance.failed(n_slopes, InferenceStatus.TOO_FEW_UNITS)
        r, cells = fit.factors.shape[1], int(np.count_nonzero(panel.observed))
        freedom = cells - r * (n_units + n_periods - r) - n_slopes
        if freedom <= 0 and (self.small_sample == "freedom" or self.errors == "homoskedastic"):
            return Covariance.failed(n_slopes, InferenceStatus.NO_FREEDOM)
        residuals = residuals_of(panel, fit)
        with np.errstate(over="ignore", invalid="ignore"):  # The status says it.
            off = off_effects(panel.x, panel.observed, fit.factors, fit.loadings)
            bread = gram(off.reshape(panel.y.size, n_slopes))
            scale = np.sqrt(np.diag(gram(panel.x.reshape(panel.y.size, n_slopes))))
            if not np.isfinite(bread).all():
                return Covariance.failed(n_slopes, InferenceStatus.NOT_FINITE)
            if not (scale > 0).all() or not exceeds(bread / np.outer(scale, scale), COLLINEAR):
                return Covariance.failed(n_slopes, InferenceStatus.SINGULAR)
            inverted = inverse(bread)
            variance = self._variance(off, residuals, inverted, freedom)
        variance *= cells / freedom if self.small_sample == "freedom" else 1.0
        if not np.isfinite(variance).all():
            return Covariance.failed(n_slopes, InferenceStatus.NOT_FINITE)
        notes = (UNCORRECTED,) if fit.factors.shape[1] else ()
        return Covariance(variance, notes=notes)

    def _variance(
        self,
        off: np.ndarray,
        residuals: np.ndarray,
        inverted: np.ndarray,
        freedom: int,
    ) -> np.ndarray:
        """The sandwich (K, K), of regressors off the effects (N, T, K) and residuals (N, T)."""
        if self.errors == "homoskedastic":
            squares = gram(residuals.reshape(-1, 1))[0, 0]
            return np.asarray(inverted * (squares / freedom))
        scores = off * residuals[:, :, None]
        if self.errors == "clustered":
            added = scores[:, 0].copy()
            for t in range(1, scores.shape[1]):
                added += scores[:, t]
        else:
            added = scores.reshape(residuals.size, len(inverted))
        return np.asarray(multiply(multiply(inverted, gram(added)), inverted))
