"""Groups in a panel of one's own: from a data frame to a table and a figure.

The frame is made here, so that the file runs anywhere: 60 firms over 10 years, of which a third
grows, a third shrinks, and a third stays. Some rows are missing.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from gfe_mc import Panel, fit_panel

rng = np.random.default_rng(1)
firms, years = 60, np.arange(2010, 2020)
trend = np.repeat([-0.3, 0.0, 0.3], firms // 3)[:, None] * (years - 2010)
training = rng.normal(size=(firms, len(years))) + 0.5 * trend
output = 0.4 * training + trend + rng.normal(scale=0.7, size=training.shape)
frame = pd.DataFrame(
    {
        "firm": np.repeat([f"firm {n + 1}" for n in range(firms)], len(years)),
        "year": np.tile(years, firms),
        "output": output.ravel(),
        "training": training.ravel(),
    }
)
frame = frame.drop(index=frame.sample(20, random_state=1).index)

panel = Panel.from_frame(frame, outcome="output", regressors=["training"], unit="firm", time="year")
summary = fit_panel(panel, groups=3, bootstrap=20, unit="firm")

print(summary.model)
print(summary.coefficients()[["parameter", "estimate", "se_large_t"]].round(3))
print(summary.groups()["group"].value_counts().sort_index().to_string())
summary.save_figure(Path("profiles"))  # profiles.svg and profiles.png
