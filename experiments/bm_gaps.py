"""Panels with gaps: bias, coverage and misclassification.

Samples are calibrated to the fit with four groups of the unbalanced panel of income and democracy,
118 countries, with the gaps that it has. `whole_units` is the estimator that takes no gaps, on the
same samples: it is fitted to the countries without any, and classifies the others by what is
observed of them. `complete` are samples of the same design without the countries that have gaps.
`gfe_long` is `gfe` by a search five times as long, on the first hundred samples; both others are a
fourth as patient as by default.
"""

from dataclasses import dataclass, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.fit import Fit
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.family import (
    SHORT,
    both_errors,
    calibrated_to,
    family_experiment,
    large_t,
    with_longer,
)
from gfe_mc.papers.five_year import FromSeventy

GROUPS = 4


@dataclass(frozen=True)
class WholeUnits:
    """An estimator of panels without gaps, on the units that have none.

    Attributes
    ----------
    estimator : GFE
        The estimator.
    """

    estimator: GFE

    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        """Fit the whole units, and put every unit to the profile that is nearest to it."""
        whole = panel.observed.all(axis=1)
        fit = self.estimator.fit(Panel.from_arrays(panel.y[whole], panel.x[whole]), rng)
        if fit.alpha is None:
            return fit
        net = panel.y - np.einsum("itk,k->it", panel.x, fit.theta)
        squares = np.where(panel.observed, (net - fit.alpha[:, None]) ** 2, 0.0).sum(axis=2)
        return Fit(
            fit.theta,
            alpha=fit.alpha,
            groups=squares.argmin(axis=0),
            objective=fit.objective,
            status=fit.status,
        )


def dgp(panel: Panel | None, units: str) -> CalibratedDGP:
    """Calibrate to all units, and keep those without gaps if asked to."""
    fixed = calibrated_to(panel, GFE(GROUPS))
    if units == "complete" and fixed.observed is not None:
        whole = fixed.observed.all(axis=1)
        own = {
            name: getattr(fixed, name)[whole] for name in ("groups", "residuals", "x", "initial")
        }
        fixed = replace(fixed, observed=None, **own)
    return CalibratedDGP(fixed)


def estimators(units: str) -> dict[str, Estimator]:
    """Return GFE, which takes panels with gaps, and where there are some the one that does not."""
    own = GFE(GROUPS, SHORT)
    plain: dict[str, Estimator] = {"gfe": own}
    if units == "all":
        plain["whole_units"] = WholeUnits(own)
    return with_longer(plain, "gfe")


def inference(units: str) -> dict[str, dict[str, Inference]]:
    """Return its standard errors."""
    return {"gfe": both_errors() if units == "complete" else large_t()}


experiment = family_experiment(
    name="bm_gaps",
    title="Grouped fixed effects on panels with gaps",
    source="section 6.4 and equation (S18)",
    own="gfe",
    factors={"units": ("all", "complete")},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    cost="2 minutes on 2 cores",
    columns=FromSeventy(),
    dataset=None,
)
