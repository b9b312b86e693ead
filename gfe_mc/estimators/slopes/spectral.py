"""Groups by slopes, from the spectrum of how alike units' own slopes are beside their errors."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import sqrt

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import keep_names, keep_whole, require_generator
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import MultiStart, Search
from gfe_mc.estimators.protocol import require_search
from gfe_mc.estimators.slopes.products import (
    MinimumSize,
    UnitProducts,
    fit_groups,
    own_estimates,
    require_group_specific,
    require_room,
    unit_cross_products,
)
from gfe_mc.fit import SlopeFit
from gfe_mc.kernels.powers import logarithm
from gfe_mc.kernels.slopes.spectral import dissimilarities, spectrum

ANY_SIZE = MinimumSize(1, 0.0)


@dataclass(frozen=True)
class SpectralSlopes:
    """Spectral clustering of standardised slopes: y_it = mu_i + x_it'beta_{g_i} + v_it.

    Units i and j are as far apart as the largest element of |(V_i + V_j)^(-1/2) (b_i - b_j)|, b_i
    being least squares in unit i alone and V_i its estimated covariance matrix. Of the graph
    whose edges are exp(-distance), the eigenvectors of the G smallest eigenvalues of the
    normalised Laplacian give each unit G coordinates, scaled to length one; K-means of these are
    the groups, and least squares their slopes.

    Parameters
    ----------
    groups : int
        Number of groups G; the largest one for `path`.
    search : Search, default MultiStart(20)
        How K-means are looked for: the searches of `GFE`, which is K-means without regressors.
    individual : tuple of str, default ()
        As in `CKMeans`. All other slopes are group-specific.

    Notes
    -----
    Time and memory grow with N^2, and eigenvectors, found by Jacobi's rotations so that all
    machines give the same bits, take time of N^3.

    References
    ----------
    Yu, Gu and Volgushev (2022), "Spectral clustering with variance information for group structure
    estimation in panel data": the distance, the graph (in which units are their own neighbours,
    exp(0)), the Laplacian, lengths of one, and 20 starts are as in the program that they publish,
    which is for quantile regression. Here V_i = s_i^2 (X_i'X_i)^-1, with T - 1 - K as the divisor
    of s_i^2, which is of homoskedastic errors without serial correlation: that is our choice, as
    are least squares with the groups found.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Panel, SpectralSlopes
    >>> x = np.array([[0.0, 1.0, 2.0], [1.0, 0.0, 3.0], [0.0, 2.0, 1.0], [4.0, 1.0, 0.0]])
    >>> left = np.array([0.1, -0.2, 0.1])
    >>> y = np.array([1.0, 1.0, 3.0, 3.0])[:, None] * x + left
    >>> fit = SpectralSlopes(2).fit(Panel.from_arrays(y, x[:, :, None]), np.random.default_rng(0))
    >>> fit.groups
    array([0, 0, 1, 1])
    """

    groups: int
    search: Search = field(default_factory=lambda: MultiStart(20))
    individual: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        keep_whole(self, groups=1)
        keep_names(self, "individual")
        require_search(self.search, profiles=True)

    @property
    def common(self) -> tuple[str, ...]:
        """Regressors with common slopes: none."""
        return ()

    def fit(self, panel: Panel, rng: np.random.Generator) -> SlopeFit:
        """Estimate groups and their slopes.

        `n_best`, `n_tries` and the status are those of the search for K-means.

        Parameters
        ----------
        panel : Panel
            A balanced panel.
        rng : numpy.random.Generator
            Source of all randomness of the search.

        Returns
        -------
        SlopeFit
            With `beta` (G, K), and `groups` (N,) numbered by first appearance.

        Raises
        ------
        InputError
            As `Pseudo.fit`, or the panel has gaps or fewer units than groups, or no slope is
            group-specific.
        """
        require_generator(rng)
        data = self._read(panel)
        require_room(panel.shape[0], self.groups, ANY_SIZE)
        _, vectors = self._spectrum(panel, data, 1.0)
        return self._clustered(panel, data, vectors, self.groups, rng)

    def path(self, panel: Panel, rng: np.random.Generator) -> list[SlopeFit]:
        """Estimate 1, ..., `groups` groups, as many as there are units.

        Parameters
        ----------
        panel : Panel
            A balanced panel.
        rng : numpy.random.Generator
            Source of all randomness of the search.

        Returns
        -------
        list of SlopeFit
            A fit for each number of groups from 1.

        Raises
        ------
        InputError
            As `fit`, but for the number of units.
        """
        require_generator(rng)
        data = self._read(panel)
        _, vectors = self._spectrum(panel, data, 1.0)
        numbers = range(1, min(self.groups, panel.shape[0]) + 1)
        return [self._clustered(panel, data, vectors, n, rng) for n in numbers]

    def eigenvalues(self, panel: Panel) -> np.ndarray:
        """Compute the eigenvalues (N,) that tell how many groups there are, from the largest.

        They are of D^(-1/2) A D^(-1/2) with A of distances times 2 / sqrt(ln(T) ln(N)).

        Parameters
        ----------
        panel : Panel
            A balanced panel.

        Raises
        ------
        InputError
            As `fit`.

        References
        ----------
        Yu, Gu and Volgushev (2022), equation (2), and their program for the scale.
        """
        n_units, n_periods, _ = panel.shape
        both = logarithm(n_periods) * logarithm(n_units)
        values, _ = self._spectrum(panel, self._read(panel), 2.0 / sqrt(both) if both else 1.0)
        return values

    def _read(self, panel: Panel) -> UnitProducts:
        panel.require_balanced("SpectralSlopes")
        data = unit_cross_products(panel, "SpectralSlopes", (), self.individual)
        require_group_specific(panel, data, "SpectralSlopes")
        return data

    def _spectrum(
        self, panel: Panel, data: UnitProducts, scale: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues (N,) and eigenvectors (N, N) of the graph of distances times `scale`."""
        estimates = own_estimates(panel, data, "SpectralSlopes")
        n_units, n_slopes = estimates.shape
        freedom = data.n_periods - 1 - n_slopes - len(data.individual)
        distances = np.empty((n_units, n_units))
        dissimilarities(data.products, estimates, freedom, distances)
        values, vectors = np.empty(n_units), np.empty((n_units, n_units))
        spectrum(scale * distances, values, vectors)
        return values, vectors

    def _clustered(
        self,
        panel: Panel,
        data: UnitProducts,
        vectors: np.ndarray,
        n_groups: int,
        rng: np.random.Generator,
    ) -> SlopeFit:
        if n_groups == 1:
            return fit_groups(panel, data, np.zeros(len(vectors), np.int64), 1, self)
        rows = np.ascontiguousarray(vectors[:, :n_groups])
        squares = np.zeros(len(rows))
        for column in rows.T:
            squares += column * column
        # A unit whose coordinates are all zero is at the origin.
        rows /= np.sqrt(np.where(squares > 0, squares, 1.0))[:, None]
        found = GFE(n_groups, self.search).fit(Panel.from_arrays(rows), rng)
        fit = fit_groups(panel, data, found.groups, n_groups, self)
        status = fit.status if not fit.status.usable else found.status
        return replace(fit, status=status, n_best=found.n_best, n_tries=found.n_tries)
