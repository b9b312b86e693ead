"""Which estimator of group effects over time, at which N, T and G: `compare` on a large grid.

All N and T, and for each number of groups all separations, with one of the two kinds of errors: a
half fraction of the grid, in which the kind of errors alternates with the number of groups and the
separation. So every pair of two of the three factors is there equally often; what errors do is told
apart from the other two factors' main effects, not from their interaction.

It runs by `--target "misclassification[gfe]<=0.01" --min-replications 100 --max-replications 100`:
100 replications of every cell, and the report says where the Monte Carlo error of the
misclassification of `gfe` is above a point.
Estimators that take long run on the first replications only.
"""

from dataclasses import replace

# The module beside this one.
from compare import experiment as compare  # type: ignore[import-not-found]

N, T = (50, 100, 200, 500), (5, 7, 10, 20, 40)
GROUPS, SEPARATIONS, ERRORS = (2, 3, 5, 10), (0.5, 1.0, 2.0), ("normal", "serial")


def within(G: int, separation: float, errors: str, **_: object) -> bool:
    """Whether it is of the fraction."""
    return (GROUPS.index(G) + SEPARATIONS.index(separation) + ERRORS.index(errors)) % 2 == 0


experiment = replace(
    compare,
    name="compare_grouped_effects",
    title="Which estimator of group effects over time, at which N, T and G",
    factors={
        "G": GROUPS,
        "separation": SEPARATIONS,
        "errors": ERRORS,
        "N": N,
        "T": T,
    },
    within=within,
    replications=500,
    first={
        **dict.fromkeys(("post_nuclear", "weighted", "fcr", "mixture", "post_spectral"), 20),
        "interactive": 40,
        "tpwd": 40,
    },
    cost="1 hour on 2 cores",
)
