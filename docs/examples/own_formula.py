"""A formula, and what can be done with the fit: tables, groups in one's own frame, a file."""

from pathlib import Path

import numpy as np
import pandas as pd

from gfe_mc import compare_fits, fit_panel, load_fit

rng = np.random.default_rng(2)
firms, years = 45, 8
frame = pd.DataFrame(
    {
        "firm": np.repeat([f"firm {n + 1}" for n in range(firms)], years),
        "year": np.tile(np.arange(2010, 2010 + years), firms),
        "size": rng.gamma(3.0, size=firms * years),
    }
)
level = np.repeat([0.0, 2.0, 4.0], firms * years // 3)
frame["output"] = 0.8 * np.log(frame["size"]) + level + rng.normal(scale=0.6, size=len(frame))

fits = {
    f"{groups} groups": fit_panel(
        frame, formula="output ~ log(size)", unit="firm", time="year", groups=groups, bootstrap=0
    )
    for groups in (2, 3)
}
print(compare_fits(fits))

best = fits["3 groups"]
print(best.tidy().round(2).to_string())
merged = best.merge_groups(frame)  # the frame, with the group of each firm
print(merged.groupby("group", observed=True)["output"].mean().round(1).to_string())
print("least clear:", *best.margins().nsmallest(3, "margin")["firm"])

best.save_fit("fit.npz")
again = load_fit("fit.npz")
print("as it was:", str(again) == str(best))
best.save_figure(Path("margins"), kind="margins")  # margins.svg and margins.png
