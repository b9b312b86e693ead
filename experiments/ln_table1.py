"""Lin and Ng (2011), Table 1: slopes by groups in static panels.

In print, the number of groups is unknown in the first two parts ("pseudo", "ck_means"). It is
chosen from up to four by the modified BIC, by the equation and, as `_pooled`, with the error
variance of all observations in the place of the mean over groups.
"""

from gfe_mc.papers.slope_designs import SlopeDesigns, slope_experiment

experiment = slope_experiment(
    name="ln_table1",
    title="Slopes by groups in static panels",
    source="Lin and Ng (2011), Table 1",
    designs=SlopeDesigns(
        {
            "i": ((0.3,), (0.9,)),
            "iii": ((0.1, 0.3), (2 / 3, 0.6)),
            "ii": ((0.3,), (0.5,), (0.8,)),
            "iv": ((0.3, -0.3), (0.5, 0.0), (0.7, 0.3)),
        }
    ),
    cost="9 minutes on 2 cores",
)
