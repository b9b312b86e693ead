"""Prior probabilities of groups, right, misleading and dogmatic: bias, coverage, misclassification.

Samples are those of Table 3. For each unit there is a signal of its group, drawn once: the true
group with probability .8, else another one. `prior` has these probabilities, and so is as sure of
signals as they deserve, if their weight is right: by default it is twice the residual variance of
one group. `weighted` has twice the error variance in its place. `misleading` is as sure as `prior`
of the same signals, dealt to other units. `known` is told the groups, `none` ignores all signals.
`prior_long` is `prior` by a search five times as long, on the first hundred samples. Searches with
a prior are a fourth as patient as by default.
"""

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.errors import require
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.prior import Prior
from gfe_mc.estimators.profiles.search import MultiStart
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.family import SHORT, both_errors, family_experiment, large_t, with_longer
from gfe_mc.papers.income_democracy import income_democracy

RIGHT = 0.8
"""Probability that a signal is right."""
_SEED = 0


def dgp(panel: Panel | None, G: int) -> CalibratedDGP:
    """Calibrate to G groups, those that the signals are of."""
    fixed = income_democracy(panel, G)
    require(
        bool(np.array_equal(fixed.groups, groups_of_panel(G))),
        "The panel must have the groups that come with the package",
        f"{int((fixed.groups != groups_of_panel(G)).sum())} units in others",
        "Give the panel of income and democracy",
    )
    return CalibratedDGP(fixed)


def groups_of_panel(G: int) -> np.ndarray:
    """Return the group of each country, (N,), as it comes with the package."""
    return income_democracy(None, G).groups


def signals(G: int) -> tuple[np.ndarray, np.ndarray]:
    """Return signals (N,) of units, and the same dealt to other units."""
    rng, groups = np.random.default_rng(_SEED), groups_of_panel(G)
    others = (groups + rng.integers(1, G, len(groups))) % G
    seen = np.where(rng.uniform(size=len(groups)) < RIGHT, groups, others)
    return seen, rng.permutation(seen)


def probabilities(seen: np.ndarray, G: int, right: float = RIGHT) -> np.ndarray:
    """Return probabilities (N, G) given signals that are right so often."""
    return np.where(seen[:, None] == np.arange(G), right, (1 - right) / (G - 1))


def estimators(G: int) -> dict[str, Estimator]:
    """Return GFE by what it is told."""
    own, dealt = (probabilities(seen, G) for seen in signals(G))
    told = probabilities(groups_of_panel(G), G, right=1.0)
    weight = 2.0 * income_democracy(None, G).error_variance
    plain = {
        "none": GFE(G),
        "prior": GFE(G, SHORT, prior=own),
        "weighted": GFE(G, SHORT, prior=Prior(own, weight)),
        "misleading": GFE(G, SHORT, prior=dealt),
        "known": GFE(G, MultiStart(1), prior=told),
    }
    return with_longer(plain, "prior")


def inference(**_: object) -> dict[str, dict[str, Inference]]:
    """Return the standard errors of each."""
    told = ("prior", "weighted", "misleading", "known")
    return {"none": both_errors()} | {name: large_t() for name in told}


experiment = family_experiment(
    name="bm_prior",
    title="Grouped fixed effects with prior probabilities of groups",
    source="Table 3 and supplement S2.2",
    own="prior",
    factors={"G": (3, 5)},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
    cost="2 minutes on 2 cores",
)
