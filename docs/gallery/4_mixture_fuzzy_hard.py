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
# # Mixture, fuzzy, hard
#
# Three answers to the same question, which unit belongs to which group, on the same panel. Grouped
# fixed effects (GFE) say it outright. Fuzzy clustering regression (FCR) gives each unit a share in
# every group. A finite mixture gives probabilities, from a likelihood with normal errors.

# %%
# %matplotlib inline
import os
from pathlib import Path

import numpy as np
import pandas as pd

from gfe_mc import FCR, GFE, Mixture, Panel, summarize

DATA = Path(os.environ.get("GFE_MC_DATA", "data"))

# %% [markdown]
# The panel is that of income and democracy, 90 countries from 1970 to 2000; its file is what
# `gfe-mc data fetch` writes too. Set `DATA` to its folder.

# %%
panel = Panel.from_file(
    str(DATA / "income_democracy_balanced.csv"),
    outcome="democracy",
    regressors=["lag_democracy", "lag_income"],
    unit="country",
    time="year",
)
fits = {
    "GFE": GFE(3).fit(panel, np.random.default_rng(0)),
    "FCR": FCR(3, m=1.5).fit(panel, np.random.default_rng(0)),
    "mixture": Mixture(3, "logit", ("lag_democracy", "lag_income")).fit(
        panel, np.random.default_rng(0)
    ),
}
for name, fit in fits.items():
    print(f"{name}: {fit.description}. {fit.status.message}")

# %% [markdown]
# The mixture has a logit of membership in initial democracy and income: groups are not drawn
# independently of where countries begin, and a mixture with common probabilities would take for
# granted that they are.
#
# ## Slopes
#
# Each fit has the standard errors that suit its model. Those of GFE take the groups as known; the
# others count that they are not.

# %%
summaries = {name: summarize(panel, fit, unit="country") for name, fit in fits.items()}
pieces = []
for name, summary in summaries.items():
    slopes = summary.coefficients().set_index("parameter")
    first = next(column for column in slopes if column.startswith("se_"))
    own = slopes[["estimate", first]].set_axis(["estimate", first.removeprefix("se_")], axis=1)
    pieces.append(pd.concat({name: own}, axis=1))
pd.concat(pieces, axis=1).round(3)

# %% [markdown]
# ## Profiles
#
# The numbers of the groups are each estimator's own; levels tell which is which.

# %%
summaries["GFE"].figure()

# %%
summaries["FCR"].figure()

# %%
summaries["mixture"].figure()

# %% [markdown]
# ## How sure are they?
#
# The largest share or probability of each country says how clearly it belongs somewhere. GFE knows
# no doubt; that is an assumption of its standard errors, not a finding.

# %%
largest = pd.DataFrame(
    {
        "FCR": fits["FCR"].memberships.max(axis=1),
        "mixture": fits["mixture"].memberships.max(axis=1),
    },
    index=panel.units,
)
largest.describe().round(2)

# %%
largest.sort_values("mixture").head(10).round(2)

# %% [markdown]
# ## Do they agree?
#
# Countries by their group in GFE and by their likeliest group in the mixture.

# %%
groups = {name: pd.Series(fit.groups + 1, name=name) for name, fit in fits.items()}
pd.crosstab(groups["GFE"], groups["mixture"])

# %%
pd.crosstab(groups["GFE"], groups["FCR"])

# %% [markdown]
# Which is better is a question for a simulation, where the truth is known: `gfe-mc run
# mixture_fuzzy_hard` sets them side by side on samples like this panel, with errors of half, the
# same and twice their size.
