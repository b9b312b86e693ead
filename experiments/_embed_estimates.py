"""Estimate what the package ships from the panel at a path, the only argument."""

import json
import sys
from pathlib import Path

import numpy as np

from gfe_mc import GFE, Genetic
from gfe_mc.dgp import embedded
from gfe_mc.papers.income_democracy import COLUMNS, LAG

GROUPS = (3, 5, 10)


def main(path: str) -> None:
    """Write `gfe_mc/embedded/income_democracy.json` from the panel at `path`."""
    panel = COLUMNS.read(path)
    shipped = {
        "source": "income and democracy, 90 countries, 1970-2000 "
        "(Acemoglu, Johnson, Robinson and Yared 2008)",
        "regressors": panel.regressors,
        "lag": LAG,
        "groups": {
            groups: embedded.moments(
                panel,
                GFE(groups=groups, search=Genetic(patience=2000)).fit(
                    panel, np.random.default_rng(0)
                ),
                LAG,
                "lag_income",
            )
            for groups in GROUPS
        },
    }
    target = Path(embedded.__file__).with_name("income_democracy.json")
    target.write_text(json.dumps(shipped) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
