"""Lin and Ng (2011), Table 2: slopes by groups in static panels, groups closer to one another."""

from gfe_mc.papers.slope_designs import SlopeDesigns, slope_experiment

experiment = slope_experiment(
    name="ln_table2",
    title="Slopes by groups in static panels, groups closer to one another",
    source="Lin and Ng (2011), Table 2",
    designs=SlopeDesigns(
        {
            "i'": ((0.55,), (0.65,)),
            "iii'": ((0.3, 0.4), (0.4, 0.5)),
            "ii'": ((0.4,), (0.5,), (0.6,)),
            "iv'": ((0.4, 0.2), (0.5, 0.3), (0.6, 0.4)),
        }
    ),
    cost="9 minutes on 2 cores",
)
