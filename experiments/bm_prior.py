"""Prior probabilities of groups, right, misleading and dogmatic: bias, coverage, misclassification.

Samples are those of Table 3. For each unit there is a signal of its group, drawn once: the true
group with probability .8, else another one. `prior` has these probabilities, and so is as sure of
signals as they deserve; `prior_long` is it by a search five times as long. `misleading` is as sure
of the same signals, dealt to other units. `known` is told the groups. `none` ignores all signals.
"""

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibrated import CalibratedDGP
from gfe_mc.errors import require
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.family import both_errors, family_experiment, large_t, with_longer
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
    plain = {
        "none": GFE(G),
        "prior": GFE(G, prior=own),
        "misleading": GFE(G, prior=dealt),
        "known": GFE(G, prior=probabilities(groups_of_panel(G), G, right=1.0)),
    }
    return with_longer(plain, "prior")


def inference(**_: object) -> dict[str, dict[str, Inference]]:
    """Return the standard errors of each."""
    large = large_t()
    return {"none": both_errors(), "prior": large, "misleading": large, "known": large}


experiment = family_experiment(
    name="bm_prior",
    title="Grouped fixed effects with prior probabilities of groups",
    source="design of Table 3 and supplement S2.2",
    own="prior",
    factors={"G": (3, 10)},
    dgp=dgp,
    estimators=estimators,
    inference=inference,
)
