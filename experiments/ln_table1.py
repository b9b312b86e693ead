"""Lin and Ng (2011), Table 1: slopes by groups in static panels.

In print, the number of groups is unknown in the first two parts ("pseudo", "ck_means"). It is
chosen from up to four by the modified BIC, by the equation and, as `_pooled`, with the error
variance of all observations in the place of the mean over groups.
"""

from gfe_mc.papers.slope_designs import STATIC, SlopeDesigns, slope_experiment

experiment = slope_experiment(
    name="ln_table1",
    title="Slopes by groups in static panels",
    source="Lin and Ng (2011), Table 1",
    designs=SlopeDesigns({name: STATIC[name] for name in ("i", "iii", "ii", "iv")}),
    cost="9 minutes on 2 cores",
)
