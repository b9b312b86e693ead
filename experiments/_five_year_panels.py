"""Panels of the application that no public file has: made of the five-year panel.

    python experiments/_five_year_panels.py FIVE_YEAR FOLDER

Writes `income_democracy_unbalanced.csv`: the base sample, 945 observations of 150 countries, with
lags of five years, and which of its rows are the balanced panel. `bm_table_b1` runs on it.
"""

from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from gfe_mc.papers.five_year import with_lags
from gfe_mc.papers.income_democracy import BALANCED, UNBALANCED

LAGGED = ("democracy", "income")


def main(
    five_year: Annotated[Path, typer.Argument(help="Five-year panel (CSV).")],
    folder: Annotated[Path, typer.Argument(help="Where the panels are written.")],
) -> None:
    """Read, and write."""
    frame = with_lags(pd.read_csv(five_year), LAGGED)
    names = UNBALANCED.all()
    frame[BALANCED] = frame[BALANCED].fillna(0)
    own = frame.loc[frame["sample_base"] == 1, names].dropna()
    path = folder / "income_democracy_unbalanced.csv"
    own.to_csv(path, index=False)
    print(f"{path}: {len(own)} observations, {own['country'].nunique()} countries")


if __name__ == "__main__":
    typer.run(main)
