"""Lin and Ng (2011), Table 3: slopes by groups in dynamic panels."""

from gfe_mc.papers.slope_designs import SlopeDesigns, slope_experiment

experiment = slope_experiment(
    name="ln_table3",
    title="Slopes by groups in dynamic panels",
    source="Lin and Ng (2011), Table 3",
    designs=SlopeDesigns({"dynamic": ((0.3, 0.0), (0.8, 0.03))}, dynamic=True),
    parameters=("rho", "phi"),
    cost="3 minutes on 2 cores",
)
