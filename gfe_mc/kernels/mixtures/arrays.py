"""What the kernels of mixtures read, and what they keep.

Notation. Z_i (D, D) holds the cross-products of unit i's own columns (functions of time, the first
`own`), its regressors and its outcome, n_i is how many independent observations it has,
w_i (L,) its characteristics, a constant first. Component g has coefficients on the columns,
variance sigma_g^2 and probability pi_ig proportional to exp(w_i'gamma_g), gamma_1 = 0; d_ig is the
sum of squared residuals of unit i in it, and r_ig the probability of it given the data.
"""

from typing import NamedTuple

import numpy as np

from gfe_mc.kernels.slopes.products import Slopes, empty_slopes, total_floor


class MixtureData(NamedTuple):
    """A panel and the characteristics of its units, never written."""

    products: np.ndarray
    """(N, D, D) Z_i."""
    own: int
    """Number of columns whose coefficients differ by component."""
    cells: np.ndarray
    """(N,) n_i."""
    w: np.ndarray
    """(N, L) characteristics of units; a constant alone where probabilities are common."""


class Mixture(NamedTuple):
    """Parameters of all components, and what follows from them; the kernels keep them in step."""

    shares: np.ndarray
    """(N, G) r_ig."""
    weights: np.ndarray
    """(N, G) r_ig over variances, up to scale."""
    distances: np.ndarray
    """(N, G) d_ig."""
    log_prior: np.ndarray
    """(N, G) log pi_ig."""
    mass: np.ndarray
    """(G,) sums of r_ig over units."""
    variances: np.ndarray
    """(G,) sigma_g^2."""
    gamma: np.ndarray
    """(G, L) coefficients of characteristics, zero in the first row."""
    trial: np.ndarray
    """(G, L) room for others."""
    slopes: Slopes
    """Coefficients of components (G, D - 1) and sums of cross-products."""


def empty_mixture(data: MixtureData, n_groups: int) -> Mixture:
    """Room for one set of parameters."""
    n_units, n_series, _ = data.products.shape
    slopes = empty_slopes(n_units, n_groups, n_series - 1, data.own)
    total_floor(data.products, data.own, slopes.floor)
    by_unit = (n_units, n_groups)
    by_characteristic = (n_groups, data.w.shape[1])
    return Mixture(
        shares=np.zeros(by_unit),
        weights=np.zeros(by_unit),
        distances=np.zeros(by_unit),
        log_prior=np.zeros(by_unit),
        mass=np.zeros(n_groups),
        variances=np.ones(n_groups),
        gamma=np.zeros(by_characteristic),
        trial=np.zeros(by_characteristic),
        slopes=slopes,
    )
