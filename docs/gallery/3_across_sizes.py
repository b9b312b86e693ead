# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Across sizes
#
# Which estimator should one take with 30 units and 4 periods, and which with 120 and 16? A
# comparison over N, T and the number of groups G answers that on samples that all estimators
# share. The design is `GroupedEffects`: groups have paths over time, a regressor goes with them,
# and how far groups are apart is measured in standard deviations of the errors, so that a problem
# is as hard with ten groups as with two.

# %%
# %matplotlib inline
import os
from pathlib import Path
from tempfile import TemporaryDirectory

from gfe_mc import (
    GFE,
    TPWD,
    Experiment,
    Genetic,
    GroupedEffects,
    OracleGFE,
    PooledOLS,
    Report,
    TwoStepGFE,
    TwoWay,
    frontier,
    ranked,
    rates,
)
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.report.figures.best_map import best_map
from gfe_mc.report.figures.grid import Grid
from gfe_mc.report.figures.price import price

REPLICATIONS = int(os.environ.get("GFE_MC_GALLERY", "100"))

# %% [markdown]
# ## What is compared, and by what
#
# The oracle knows the groups: it shows how much of an error is due to their being unknown. Pooled
# and two-way least squares do not look for any. `TPWD` compares pairs of units with third ones,
# `TwoStepGFE` sorts units by their means. Both functions are called with all factors, by name.


# %%
def design(panel: object, N: int, T: int, G: int) -> GroupedEffects:
    return GroupedEffects(N, T, G, separation=1.5)


def estimators(N: int, T: int, G: int) -> dict[str, object]:
    groups = tuple(design(None, N, T, G).groups.tolist())
    return {
        "oracle": OracleGFE(groups),
        "pooled": PooledOLS(),
        "two_way": TwoWay(),
        "gfe": GFE(G, Genetic(hits=5)),
        "tpwd": TPWD(groups=G),
        "two_step": TwoStepGFE(G, search=Genetic(hits=5)),
    }


rmse = Criterion("rmse", "theta1")
experiment = Experiment(
    name="across_sizes",
    title="Estimators of group effects over N, T and G",
    source="of our own",
    factors={"N": (30, 60, 120), "T": (4, 8, 16), "G": (2, 4)},
    dgp=design,
    estimators=estimators,
    parameters=("theta1",),
    replications=REPLICATIONS,
    report=Report(criteria=(rmse,), rates=("N", "T"), infeasible=("oracle",)),
)

# %%
with TemporaryDirectory() as place:
    study = experiment.run(folder=Path(place) / "across_sizes")
comparison = Grid.of(study)

# %% [markdown]
# ## The best in each cell
#
# Estimators are ranked by paired differences: they saw the same samples, so that a difference is
# known far better than either figure. One is `beaten` if another is better by a test that takes
# all pairs of the cell into account (Holm). The oracle has no rank: it is no rival.

# %%
ranking = ranked(comparison.summary, rmse, infeasible=["oracle"])
ranking[(ranking["N"] == 60) & (ranking["G"] == 4)][
    ["T", "estimator", "value", "error", "rank", "worse", "worse_error", "p", "beaten"]
].round(4)

# %% [markdown]
# The map has the number of the best estimator in each cell. A hatched tile has also the numbers of
# those that are not told apart from it: more replications would tell.

# %%
best_map(comparison, rmse)[0]()

# %% [markdown]
# Where periods are many enough to tell paths apart, grouped fixed effects are best. With four
# periods and four groups a unit's path is mostly noise, and sorting units by their means does as
# well.

# %% [markdown]
# ## Rates
#
# How fast errors fall with N and with T: the slopes of log RMSE, with their Monte Carlo errors. An
# estimator whose error is a bias that does not vanish has rates near zero; root N T is a half for
# both. `misfit` is far above one where a rate is not the same in all cells.

# %%
rates(comparison.summary, rmse).drop(columns="left_out").round(3)

# %% [markdown]
# ## What accuracy costs
#
# An estimator is on the frontier of a cell if no other is as good and as cheap. Cheap ones that
# are there are worth a look; expensive ones that are not there are not.

# %%
costs = frontier(comparison.summary, rmse, infeasible=["oracle"])
costs.groupby("estimator", sort=False).agg(
    cells_on_the_frontier=("efficient", "sum"), median_seconds=("seconds", "median")
).round(5)

# %%
price(comparison, rmse)[0]()

# %% [markdown]
# The same study, with more rivals, other designs and standard errors, is one command:
#
#     gfe-mc run compare --grid N=50,100,200 --grid T=5,10,20 --estimators oracle,gfe,tpwd,two_step
#
# and a comparison that is declared with `figures=("best_map", "price")` draws these figures into
# its folder.
