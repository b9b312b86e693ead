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
# # A study from nothing
#
# A Monte Carlo study needs a design, estimators and a grid. Here all three are our own, in about
# forty lines. The question: half of the units have a break in the middle of the panel, and nobody
# knows which. How large must the break be before one can find out, and what does the slope suffer
# until then?

# %%
# %matplotlib inline
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from gfe_mc import GFE, Experiment, Fit, Panel, Sample, Truth, summarize_study
from gfe_mc.report.figures.bias import bias
from gfe_mc.report.figures.misclassification import misclassification

REPLICATIONS = int(os.environ.get("GFE_MC_GALLERY", "200"))

# %% [markdown]
# ## A design
#
# A design is a frozen dataclass of parameters with one method, `draw`: it takes a random generator
# and returns a panel with the truth that it came from. There is no class to inherit from. The
# regressor is higher where the break is, so that an estimator that overlooks the break is biased.


# %%
@dataclass(frozen=True)
class Break:
    """Two groups: one has no time effects, the other a jump after half of the periods."""

    jump: float
    n_units: int = 40
    n_periods: int = 8

    def draw(self, rng: np.random.Generator) -> Sample:
        groups = np.arange(self.n_units) % 2
        alpha = np.zeros((2, self.n_periods))
        alpha[1, self.n_periods // 2 :] = self.jump
        size = self.n_units, self.n_periods
        x = rng.standard_normal(size) + 0.5 * alpha[groups]
        y = x + alpha[groups] + rng.standard_normal(size)
        return Sample(Panel.from_arrays(y, x[:, :, None]), Truth(np.ones(1), alpha, groups))


# %% [markdown]
# ## An estimator
#
# An estimator is as free: options, and `fit(panel, rng)`. Ours takes first differences, which
# removes a level of each unit, but not a break.


# %%
@dataclass(frozen=True)
class FirstDifferences:
    def fit(self, panel: Panel, rng: np.random.Generator) -> Fit:
        y = np.diff(panel.y, axis=1).ravel()
        x = np.diff(panel.x, axis=1).reshape(-1, panel.shape[2])
        theta = np.linalg.lstsq(x, y, rcond=None)[0]
        return Fit(theta=theta, objective=float(((y - x @ theta) ** 2).sum()), estimator=self)


# %% [markdown]
# ## The study
#
# The grid is one factor with four values. `dgp` turns a point of the grid into a design; its first
# argument is a panel to calibrate to, which this study has no use for. `theta1` is the first
# slope.

# %%
experiment = Experiment(
    name="breaks",
    title="Slopes where half of the units have a break that nobody knows",
    source="of our own",
    factors={"jump": (0.5, 1.0, 2.0, 4.0)},
    dgp=lambda panel, jump: Break(jump),
    estimators={"differences": FirstDifferences(), "gfe": GFE(groups=2)},
    parameters=("theta1",),
    replications=REPLICATIONS,
)
place = TemporaryDirectory()
study = experiment.run(folder=Path(place.name) / "breaks")
study

# %% [markdown]
# What comes back is a labelled dataset with every estimate. Both estimators saw the same samples.
# A replication that fails would be a row with its status and message, never a gap.
#
# ## The table, with its Monte Carlo errors
#
# A figure of a simulation is itself an estimate. Every one has the error that stems from the
# number of replications: more of them make it smaller, and change nothing else.

# %%
figures = summarize_study(study)
wanted = figures["statistic"].isin(["bias", "sd", "misclassification_percent"])
table = figures[wanted].assign(
    figure=lambda f: f["value"].map("{:.3f}".format) + " (" + f["error"].map("{:.3f})".format)
)
table[table["used"] > 0].pivot(
    index=["statistic", "jump"], columns="estimator", values="figure"
).fillna("")

# %% [markdown]
# First differences never notice the break, and are the further off the larger it is. Grouped fixed
# effects are worst at a break of the size of the errors, whose standard deviation is one: large
# enough to matter, too small to tell which unit has it. With a larger one nearly every unit is
# found, and the bias is gone.

# %%
bias(study)

# %%
misclassification(study)

# %% [markdown]
# Running it again computes nothing: the folder knows what each number was made of. With more
# replications only the new ones are run, and after a change of `FirstDifferences` that estimator
# alone.

# %%
more = experiment.run(folder=Path(place.name) / "breaks", replications=REPLICATIONS + 20)
print(more.sizes["replication"], "replications, the first", REPLICATIONS, "as they were")
place.cleanup()
