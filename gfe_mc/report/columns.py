"""All figures of an estimator beside a print, or those of a cell, tested together."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import chi2

from gfe_mc.report.verdicts import COMPARED


class Joint(NamedTuple):
    """Test that print and ours have the same expectation in all figures.

    Attributes
    ----------
    mean_square : float
        Mean of z^2 over the figures, 1 on average if they have.
    figures : int
        How many figures there are.
    freedom : float
        Degrees of freedom: as many figures, were they independent.
    p : float
        Probability of a mean as large or larger.
    left_out : int
        Compared figures of which it is not known how they correlate with others.
    """

    mean_square: float
    figures: int
    freedom: float
    p: float
    left_out: int


def joint(comparison: pd.DataFrame) -> Joint | None:
    """Test the compared figures of a comparison, or of rows of it, together.

    Sum z^2 has the distribution of sum_i lambda_i chi^2_1, lambda_i the eigenvalues of the
    correlations of the z's. It is taken for that of a multiple of chi^2 with the same mean and
    variance (Satterthwaite): m^2 / sum_ij r_ij^2 degrees of freedom, m figures. Figures of the same
    samples correlate as their influences over replications do, in print as with us, up to the
    part of each variance that is not rounding; those of different designs do not. r_ij^2 are less
    what they would be on average without correlation.

    Parameters
    ----------
    comparison : pandas.DataFrame
        Of `gfe_mc.report.compare.compare`. Rows count that agree, are within chance or differ.

    Returns
    -------
    Joint or None
        None where no figure counts.

    References
    ----------
    Satterthwaite (1946), Biometrics Bulletin 2, 110-114.
    """
    compared = comparison[comparison["verdict"].isin([verdict.value for verdict in COMPARED])]
    known = compared[[influence is not None for influence in compared["influence"]]]
    m = len(known)
    if m == 0:
        return None
    square = math.fsum(score**2 for score in known["score"])
    groups = known.groupby("common_samples", sort=False)
    together = math.fsum(_squared_correlations(group) for _, group in groups)
    freedom = m**2 / together
    p = float(chi2.sf(square * freedom / m, freedom))
    return Joint(square / m, m, freedom, p, len(compared) - m)


def by_cell(comparison: pd.DataFrame) -> dict[int, Joint]:
    """Test the figures of each cell together, where several are compared; by its number."""
    found: dict[int, Joint] = {}
    for cell, rows in comparison.dropna(subset=["cell"]).groupby("cell"):
        tested = joint(rows)
        if tested is not None and tested.figures > 1:
            number: Any = cell
            found[int(number)] = tested
    return found


def _squared_correlations(figures: pd.DataFrame) -> float:
    """Sum of the squared correlations between the z's of one design, their own included."""
    influences = np.stack(list(figures["influence"]))
    lengths = np.sqrt((influences**2).sum(axis=1, keepdims=True))
    # A share of 0 or 1 has no influences, and correlates with nothing that is known.
    directions = np.divide(influences, lengths, where=lengths > 0, out=np.zeros_like(influences))
    squares = np.minimum((directions @ directions.T) ** 2, 1.0)
    n = int(figures["used"].min())
    squares -= (1.0 - squares) / (n - 1)
    weights = (figures["sampling"] / figures["spread"]).to_numpy(np.float64) ** 2
    squares *= np.outer(weights, weights)
    np.fill_diagonal(squares, 1.0)
    # Not below what they are without any correlation.
    return max(float(squares.sum()), float(len(figures)))
