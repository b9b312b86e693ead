"""The simulations of Lin and Ng: designs, estimators and how they are compared with the print."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import DGP
from gfe_mc.dgp.slope_groups import DynamicSlopes, StaticSlopes, assigned_groups
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes.ck_means import CKMeans, UnitMoves
from gfe_mc.estimators.slopes.given_groups import KnownGroups
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.number_of_groups import NumberOfGroups
from gfe_mc.metrics.unit_slopes import UnitSlopes
from gfe_mc.published.table import PublishedTable
from gfe_mc.report.declaration import Report
from gfe_mc.selection.chosen_slopes import ChosenByBIC
from gfe_mc.study.experiment import Experiment

Slopes = tuple[tuple[float, ...], ...]

UNITS = (50, 100, 200, 500)
PERIODS = (20, 50, 100, 200, 500)
MOST = 4
"""Largest number of groups: not in the text, but that of the printed figures."""


STATIC: dict[str, Slopes] = {
    "i": ((0.3,), (0.9,)),
    "iii": ((0.1, 0.3), (2 / 3, 0.6)),
    "ii": ((0.3,), (0.5,), (0.8,)),
    "iv": ((0.3, -0.3), (0.5, 0.0), (0.7, 0.3)),
    "i'": ((0.55,), (0.65,)),
    "iii'": ((0.3, 0.4), (0.4, 0.5)),
    "ii'": ((0.4,), (0.5,), (0.6,)),
    "iv'": ((0.4, 0.2), (0.5, 0.3), (0.6, 0.4)),
}
"""Slopes of the parts of Tables 1 and 2, groups closer to one another in those with a prime."""

ROUNDING = "up"
"""Of group sizes: the text rounds down, but figures in print are of sizes rounded up."""


@dataclass(frozen=True)
class SlopeDesigns:
    """Configurations of one of the tables, by their names in it."""

    slopes: Mapping[str, Slopes]
    dynamic: bool = False

    def dgp(self, panel: Panel | None, config: str, T: int, N: int) -> DGP:  # noqa: ARG002
        """Return the DGP of a cell."""
        beta = self.slopes[config]
        groups = assigned_groups(N, len(beta), ROUNDING)
        if self.dynamic:
            return DynamicSlopes(T, tuple((rho, phi) for rho, phi in beta), groups)
        return StaticSlopes(T, beta, groups)

    def estimators(self, config: str, T: int, N: int) -> dict[str, Estimator]:  # noqa: ARG002
        """Return the estimators of a cell.

        Those whose number of groups is unknown choose it by equation (7), and as `_pooled` by the
        same criterion with the error variance of all observations.
        """
        n_groups = len(self.slopes[config])
        return {
            "pseudo": ChosenByBIC(Pseudo(MOST)),
            "pseudo_pooled": ChosenByBIC(Pseudo(MOST), variance="pooled"),
            "ck_means": ChosenByBIC(CKMeans(MOST)),
            "ck_means_pooled": ChosenByBIC(CKMeans(MOST), variance="pooled"),
            "pseudo_known_g": Pseudo(n_groups),
            "known_groups": KnownGroups(assigned_groups(N, n_groups, ROUNDING)),
            "ck_means_known_g": CKMeans(n_groups),
            "unit_moves_known_g": UnitMoves(n_groups),
        }


FIRST = {"ck_means_known_g": 100, "unit_moves_known_g": 100}
"""Estimators that are not in print run on the first samples only."""

PRINTED = {
    "pseudo_pooled": "pseudo",
    "ck_means_pooled": "ck_means",
}
"""Printed names of estimators that have another."""


def slope_experiment(
    name: str,
    title: str,
    source: str,
    designs: SlopeDesigns,
    cost: str,
    parameters: tuple[str, ...] = ("beta1", "beta2"),
) -> Experiment:
    """Declare the study of one of the tables."""
    dgp: Callable[..., DGP] = designs.dgp
    return Experiment(
        name=name,
        title=title,
        source=source,
        factors={"config": tuple(designs.slopes), "T": PERIODS, "N": UNITS},
        dgp=dgp,
        estimators=designs.estimators,
        parameters=parameters,
        replications=1000,
        first=FIRST,
        cost=cost,
        record=(
            Misclassification(),
            UnitSlopes(),
            NumberOfGroups(),
        ),
        report=Report(
            misses=(("ck_means_known_g", "unit_moves_known_g"),),
            published=PublishedTable(
                name,
                keys={"config": "config", "T": "T", "N": "N"},
                statistics={"rmse_x100": "slope_rmse_x100"},
                ignored=("G", "K", "betas"),
                estimator="estimator",
                estimators=PRINTED,
            ),
        ),
    )
