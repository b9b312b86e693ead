"""Lin and Ng (2011), Table 2: slopes by groups in static panels, groups closer to one another."""

from gfe_mc.papers.slope_designs import STATIC, SlopeDesigns, slope_experiment

experiment = slope_experiment(
    name="ln_table2",
    title="Slopes by groups in static panels, groups closer to one another",
    source="Lin and Ng (2011), Table 2",
    designs=SlopeDesigns({name: STATIC[name] for name in ("i'", "iii'", "ii'", "iv'")}),
    cost="9 minutes on 2 cores",
)
