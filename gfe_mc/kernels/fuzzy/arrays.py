"""What the kernels of soft memberships read, and what they keep.

Notation. e_ig (T,) are the residuals of unit i at the coefficients of group g, d_ig = e_ig'e_ig,
and mu_ig the membership of unit i in group g. Series are stacked as z_it = (regressors with
group-specific slopes, those with common ones, y); D of them, of which the first `own` differ.
"""

from typing import NamedTuple

import numpy as np


class FuzzyData(NamedTuple):
    """A panel in the two orders in which it is read, neither of them ever written."""

    series: np.ndarray
    """(D, T, N) units last: distances of all units are taken side by side."""
    rows: np.ndarray
    """(N, D T + D (D + 1) / 2) each unit's series, then the lower triangle of its cross-products:
    what weighted least squares adds up, in one row."""
    own: int
    """Number of group-specific slopes."""


class Fuzzy(NamedTuple):
    """Coefficients of all groups, and what follows from them; the kernels keep them in step."""

    alpha: np.ndarray
    """(G, T) group effects."""
    beta: np.ndarray
    """(G, K) slopes; common ones are the same in every row."""
    distances: np.ndarray
    """(G, N) d_ig."""
    weights: np.ndarray
    """(N, G) mu_ig^m."""
    alone: np.ndarray
    """(N,) the group that a unit belongs to entirely, or -1: then `weights` has the rest."""
    least: np.ndarray
    """(N,) the least of its distances."""
    close: np.ndarray
    """(N,) how many of them are near enough to the least to count."""
    left: np.ndarray
    """(T + 1, N) outcomes less what common slopes explain, and room for one period of a group."""
    mass: np.ndarray
    """(G,) sums of weights."""
    moments: np.ndarray
    """(G, D T + D (D + 1) / 2) weighted sums of `rows`."""
    sums: np.ndarray
    """(G, D, D) weighted cross-products about the weighted means of each period."""
    factors: np.ndarray
    """(G, D, D)"""
    rest: np.ndarray
    """(D - own, D - own)"""
    factor: np.ndarray
    """(D - own, D - own)"""
    floor: np.ndarray
    """(D - own,) the variation below which a common regressor counts as collinear."""


def fuzzy_data(z: np.ndarray, own: int) -> FuzzyData:
    """Arrange series z (N, D, T), the first `own` of which have group-specific slopes."""
    n_units, n_series, _ = z.shape
    products = np.zeros((n_units, n_series, n_series))
    # Period by period, so that the order of the sum is the same everywhere.
    for period in range(z.shape[2]):
        products += z[:, :, None, period] * z[:, None, :, period]
    d, e = np.tril_indices(n_series)
    rows = np.concatenate([z.reshape(n_units, -1), products[:, d, e]], axis=1)
    return FuzzyData(np.ascontiguousarray(z.transpose(1, 2, 0)), rows, own)


def empty_fuzzy(n_units: int, n_series: int, n_periods: int, n_groups: int, own: int) -> Fuzzy:
    """Room for one set of coefficients."""
    n_rest, n_pairs = n_series - own, n_series * (n_series + 1) // 2
    return Fuzzy(
        alpha=np.zeros((n_groups, n_periods)),
        beta=np.zeros((n_groups, n_series - 1)),
        distances=np.zeros((n_groups, n_units)),
        weights=np.zeros((n_units, n_groups)),
        alone=np.full(n_units, -1, np.int64),
        least=np.zeros(n_units),
        close=np.zeros(n_units),
        left=np.zeros((n_periods + 1, n_units)),
        mass=np.zeros(n_groups),
        moments=np.zeros((n_groups, n_series * n_periods + n_pairs)),
        sums=np.zeros((n_groups, n_series, n_series)),
        factors=np.zeros((n_groups, n_series, n_series)),
        rest=np.zeros((n_rest, n_rest)),
        factor=np.zeros((n_rest, n_rest)),
        floor=np.zeros(n_rest),
    )
