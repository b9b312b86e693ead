"""Panels calibrated to a grouped fixed-effects fit."""

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibration import Calibration
from gfe_mc.dgp.sample import Sample, Truth
from gfe_mc.errors import require, require_one_of

ERRORS = ("normal", "resampled", "wild")


@dataclass(frozen=True)
class CalibratedDGP:
    """Calibrated grouped fixed effects DGP: y_it = x_it'theta + alpha_{g_i t} + v_it.

    All but the errors v is fixed: slopes, profiles and groups are those of the calibration,
    strictly exogenous regressors are fixed at its data, and a lagged outcome is built up from the
    initial outcome. Unit effects, slopes by group and gaps are those of the calibration, if it has
    them; after a gap the lagged outcome is that of its data.

    Parameters
    ----------
    calibration : Calibration
        The parameters.
    errors : str, default "normal"
        "normal": independent normal, with the calibration's error variance.
        "resampled": each unit receives the residuals of a unit drawn with replacement.
        "wild": each unit receives its own residuals times one standard normal draw.
        Residuals are first scaled so that their mean square is the calibration's error
        variance; with the divisor NT that leaves them as they are.
    rescale : bool, default False
        Scale each draw to have exactly the error variance, as the sample variance over its NT
        errors with divisor NT - 1, about their mean.

    References
    ----------
    Bonhomme and Manresa (2012), section 5.3 (normal) and supplement S3 (resampled).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, CalibratedDGP, GroupedEffects, calibrate
    >>> panel = GroupedEffects(20, 6, 2, separation=5.0).draw(np.random.default_rng(0)).panel
    >>> fit = GFE(groups=2).fit(panel, np.random.default_rng(0))
    >>> design = CalibratedDGP(calibrate(panel, fit), errors="resampled")
    >>> sample = design.draw(np.random.default_rng(1))
    >>> sample.panel.shape, np.array_equal(sample.truth.theta, fit.theta)
    ((20, 6, 1), True)
    >>> np.array_equal(sample.panel.x, panel.x)  # regressors are those of the data
    True
    """

    calibration: Calibration
    errors: str = "normal"
    rescale: bool = False

    def __post_init__(self) -> None:
        require_one_of("errors", self.errors, ERRORS)
        spread = self.calibration.error_variance > 0 and bool(self.calibration.residuals.any())
        require(
            spread or (self.errors == "normal" and not self.rescale),
            "Errors that are resampled or rescaled must vary",
            "a calibration to an exact fit",
            "Use normal errors without rescaling, or fewer groups",
        )
        require(
            self.calibration.observed is None or (self.errors != "resampled" and not self.rescale),
            "Errors of units with different gaps are not exchanged, nor draws with gaps rescaled",
            f"errors={self.errors!r} and rescale={self.rescale}",
            'Use errors="normal" or "wild", without rescaling',
        )

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw a panel and the parameters that it came from.

        Parameters
        ----------
        rng : numpy.random.Generator
            Source of all randomness.
        """
        fixed = self.calibration
        errors = self._draw_errors(rng)
        x = fixed.x.copy()
        y = np.empty(errors.shape)
        before, seen = fixed.initial, fixed.observed
        slopes = fixed.theta if fixed.beta is None else fixed.beta[fixed.groups].T
        for t in range(fixed.alpha.shape[1]):
            if fixed.lag is not None:
                if seen is not None and t > 0:
                    before = np.where(seen[:, t - 1], before, fixed.x[:, t, fixed.lag])
                x[:, t, fixed.lag] = before
            y[:, t] = fixed.alpha[fixed.groups, t] + errors[:, t]
            if fixed.mu is not None:
                y[:, t] += fixed.mu
            for k, slope in enumerate(slopes):
                y[:, t] += slope * x[:, t, k]
            if seen is not None:
                y[:, t] = np.where(seen[:, t], y[:, t], 0.0)
            before = y[:, t]
        panel = Panel.from_arrays(y, x, observed=seen, regressors=fixed.regressors)
        return Sample(panel, Truth(fixed.theta, fixed.alpha, fixed.groups, fixed.beta))

    def _draw_errors(self, rng: np.random.Generator) -> np.ndarray:
        """Errors (N, T)."""
        residuals, variance = self.calibration.residuals, self.calibration.error_variance
        n_units = len(residuals)
        if self.errors == "normal":
            errors = np.sqrt(variance) * rng.standard_normal(size=residuals.shape)
        else:
            seen = self.calibration.observed
            square = np.mean(residuals**2 if seen is None else residuals[seen] ** 2)
            scaled = residuals * np.sqrt(variance / square)
            if self.errors == "resampled":
                errors = scaled[rng.integers(n_units, size=n_units)]
            else:
                errors = scaled * rng.standard_normal(n_units)[:, None]
        if self.rescale:
            errors = errors * np.sqrt(variance) / errors.std(ddof=1)
        return np.asarray(errors)
