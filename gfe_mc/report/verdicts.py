"""What the difference between our figure and a printed one says."""

import math
from enum import StrEnum

import pandas as pd
from scipy.stats import norm

FAMILY_LEVEL = 0.05
"""Probability of at least one "differs" among the figures of a table if none does."""


class Verdict(StrEnum):
    """What a z says, or why there is none."""

    AGREES = "agrees"
    WITHIN_CHANCE = "within chance"
    DIFFERS = "differs"
    NOT_COMPUTED = "not computed"
    NOT_RUN = "not run"


def critical_value(compared: int = 1) -> float:
    """Compute the two-sided point of |z| at family level 5% for so many figures (Bonferroni)."""
    return float(norm.isf(FAMILY_LEVEL / (2 * compared))) if compared else math.nan


def judge(z: float, compared: int) -> str:
    """Return the verdict on one z among so many that are compared."""
    if abs(z) <= critical_value():
        return Verdict.AGREES.value
    if abs(z) < critical_value(compared):
        return Verdict.WITHIN_CHANCE.value
    return Verdict.DIFFERS.value


def overall(comparison: pd.DataFrame) -> str:
    """Return the verdict on a whole comparison, in one sentence.

    Parameters
    ----------
    comparison : pandas.DataFrame
        Of `gfe_mc.report.compare.compare`.
    """
    cases = {verdict: int((comparison["verdict"] == verdict.value).sum()) for verdict in Verdict}
    compared = sum(cases[v] for v in (Verdict.AGREES, Verdict.WITHIN_CHANCE, Verdict.DIFFERS))
    absent = f"not computed {cases[Verdict.NOT_COMPUTED]}, not run {cases[Verdict.NOT_RUN]}"
    if compared == 0:
        return f"No printed figure could be compared: {absent}."
    return (
        f"Of {compared} printed figures compared, agree {cases[Verdict.AGREES]}, "
        f"within chance {cases[Verdict.WITHIN_CHANCE]}, differ {cases[Verdict.DIFFERS]} "
        f"(|z| of {critical_value(compared):.2f} or more: Bonferroni, {FAMILY_LEVEL:.0%} for all "
        f"figures together); {absent}."
    )


def z_score(
    ours: float,
    error: float,
    used: int,
    published: float,
    decimals: int,
    replications: int,
    whole: float | None = None,
) -> float:
    """Compute the z score of one figure; NaN where ours or its error is missing.

    Parameters
    ----------
    ours, error : float
        Our figure, and its Monte Carlo standard error.
    used : int
        The replications behind it.
    published : float
        The printed figure.
    decimals, replications : int
        Its printed decimals, and the replications behind it.
    whole : float, optional
        What all replications together are where the figure is a share of them: 1 or 100. Its
        error and theirs are then of the share that both have if they are of the same design, a
        replication more on either side, so that a share of 0 has an error as well.
    """
    theirs = error * math.sqrt(used / replications) if used else math.nan
    if whole is not None and used:
        both = (ours * used + published * replications) / whole
        share = (both + 1) / (used + replications + 2)
        spread = whole * math.sqrt(share * (1 - share))
        error, theirs = spread / math.sqrt(used), spread / math.sqrt(replications)
    rounding = (10.0**-decimals) ** 2 / 12
    return (ours - published) / math.sqrt(error**2 + theirs**2 + rounding)
