"""What the printed figures of Lin and Ng's Tables 1 and 3 could be of, where ours differ.

Designs `i T=50` to `iv N=50` have the printed CK-means figures that ours do not meet; CK-means is
run with one to fifty starts, with the printed minimum size and without one. In `i wide` the
slopes of Table 1, part i, are .615 rather than .6 apart. Designs `down` and `up` have the sizes of
the text, rounded down, and those rounded up; `most groups` has four or five groups at most, T = 20.
The others are the dynamic design of
Table 3 with one transition more, with shares of 73 and 27 % rather than two thirds and one third,
and with an initial error of variance one.
"""

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import DGP, Sample
from gfe_mc.dgp.slope_groups import DynamicSlopes, StaticSlopes, assigned_groups
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes.ck_means import CKMeans
from gfe_mc.estimators.slopes.given_groups import KnownGroups
from gfe_mc.estimators.slopes.products import MinimumSize
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.number_of_groups import NumberOfGroups
from gfe_mc.metrics.unit_slopes import UnitSlopes
from gfe_mc.selection.chosen_slopes import ChosenByBIC
from gfe_mc.study.experiment import Experiment

LOW, WIDE = ((0.3,), (0.9,)), ((0.3,), (0.915,))
TWO = ((0.1, 0.3), (2 / 3, 0.6))
THREE = ((0.3, -0.3), (0.5, 0.0), (0.7, 0.3))
RHO = ((0.3, 0.0), (0.8, 0.03))
CLOSE_TWO, CLOSE_THREE = ((0.3, 0.4), (0.4, 0.5)), ((0.4,), (0.5,), (0.6,))


def static(n_units: int, n_periods: int, beta: tuple[tuple[float, ...], ...]) -> StaticSlopes:
    """Return a design of Table 1."""
    return StaticSlopes(n_periods, beta, assigned_groups(n_units, len(beta), "up"))


def shares(n_units: int, first: float) -> tuple[int, ...]:
    """Return groups of which the first has a share."""
    return tuple((np.arange(n_units) >= first * n_units).astype(int).tolist())


@dataclass(frozen=True)
class SmallStart:
    """The dynamic design, with an initial error of variance one."""

    design: DynamicSlopes

    @property
    def groups(self) -> tuple[int, ...]:
        """Group of each unit."""
        return self.design.groups

    def draw(self, rng: np.random.Generator) -> Sample:
        """Draw a sample, and take from every level what the larger initial error would leave."""
        sample = self.design.draw(rng)
        rho = np.array([row[0] for row in self.design.beta])[list(self.design.groups)]
        excess = sample.panel.x[:, 0, 0] * (1 - np.sqrt(1 - rho**2))
        x, y = sample.panel.x.copy(), sample.panel.y.copy()
        for t in range(y.shape[1]):
            x[:, t, 0] -= excess * rho**t
            y[:, t] -= excess * rho ** (t + 1)
        return Sample(Panel.from_arrays(y, x, regressors=sample.panel.regressors), sample.truth)


SEARCHES: dict[str, DGP] = {
    **{f"i T={T}": static(500, T, LOW) for T in (50, 100, 200)},
    "iv N=50": static(50, 50, THREE),
}
SPLITS: dict[str, DGP] = {
    f"i wide T={T} N={N}": static(N, T, WIDE) for T in (20, 50) for N in (100, 500)
}
DYNAMIC: dict[str, DynamicSlopes | SmallStart] = {
    **{
        f"one more T={T}": DynamicSlopes(T + 1, RHO, assigned_groups(500, 2, "up"))
        for T in (20, 50)
    },
    **{f"27 % T={T}": DynamicSlopes(T, RHO, shares(500, 0.73)) for T in (20, 50)},
    **{
        f"small start T={T}": SmallStart(DynamicSlopes(T + 1, RHO, assigned_groups(500, 2, "up")))
        for T in (20, 50)
    },
}
SIZES: dict[str, DGP] = {
    f"{name} {rounding} N={N}": StaticSlopes(T, beta, assigned_groups(N, len(beta), rounding))
    for name, beta, T in (("iii'", CLOSE_TWO, 100), ("ii'", CLOSE_THREE, 500))
    for N in (50, 100)
    for rounding in ("down", "up")
}
MOST: dict[str, DGP] = {
    f"most groups {name} N={N}": StaticSlopes(20, beta, assigned_groups(N, 2, "up"))
    for name, beta in (("i", LOW), ("iii", TWO))
    for N in (200, 500)
}
DESIGNS: dict[str, DGP] = {**SEARCHES, **SPLITS, **DYNAMIC, **SIZES, **MOST}


def dgp(panel: Panel | None, design: str) -> DGP:  # noqa: ARG001
    """Return a design."""
    return DESIGNS[design]


def estimators(design: str) -> dict[str, Estimator]:
    """Return what is tried there."""
    if design in SEARCHES:
        return {
            f"ck_means_{starts}{name}": ChosenByBIC(CKMeans(4, starts, minimum), "pooled")
            for starts in (1, 3, 10, 50)
            for name, minimum in (("", MinimumSize()), ("_any_size", MinimumSize(1, 0.0)))
        }
    if design in SPLITS:
        return {"pseudo_known_g": Pseudo(2)}
    if design in MOST:
        return {f"pseudo_{most}": ChosenByBIC(Pseudo(most), "pooled") for most in (4, 5)}
    if design in SIZES:
        return {"pseudo": ChosenByBIC(Pseudo(4), "pooled")}
    return {"known_groups": KnownGroups(DYNAMIC[design].groups), "pseudo_known_g": Pseudo(2)}


experiment = Experiment(
    name="ln_variants",
    title="Designs and searches that could be behind printed figures",
    source="Lin and Ng (2011), Tables 1 and 3",
    factors={"design": tuple(DESIGNS)},
    dgp=dgp,
    estimators=estimators,
    parameters=("beta1", "beta2"),
    replications=300,
    cost="1 minute on 2 cores",
    record=(
        Misclassification(),
        UnitSlopes(),
        NumberOfGroups(),
    ),
)
