"""How alike the slopes of two units are beside their errors, and the graph that this makes."""

import numpy as np

from gfe_mc.kernels._jit import kernel
from gfe_mc.kernels.factors.eigen import eigen
from gfe_mc.kernels.linear import inverse
from gfe_mc.kernels.powers import exponential


@kernel
def dissimilarities(
    products: np.ndarray, estimates: np.ndarray, freedom: int, found: np.ndarray
) -> None:
    """Fill `found` (N, N) with the largest element of |(V_i + V_j)^(-1/2) (b_i - b_j)|.

    Parameters
    ----------
    products : (N, K + 1, K + 1)
        Cross-products of each unit, the outcome last.
    estimates : (N, K)
        Slopes b_i of each unit alone.
    freedom
        Degrees of freedom of s_i^2 in V_i = s_i^2 M_i^-1.
    found : (N, N)
        Receives the dissimilarities. Where V_i + V_j is singular, as after exact fits, it is zero
        if slopes are the same, and else infinite.
    """
    n_units, n_slopes = estimates.shape
    variances = np.empty((n_units, n_slopes, n_slopes))
    for i in range(n_units):
        variances[i] = inverse(products[i, :n_slopes, :n_slopes])
        ssr = products[i, n_slopes, n_slopes]
        for k in range(n_slopes):
            ssr -= products[i, n_slopes, k] * estimates[i, k]
        variances[i] *= max(ssr, 0.0) / freedom
    total, vectors = np.empty((n_slopes, n_slopes)), np.empty((n_slopes, n_slopes))
    values, turned = np.empty(n_slopes), np.empty(n_slopes)
    for i in range(n_units):
        found[i, i] = 0.0
        for j in range(i):
            total[:] = variances[i]
            total += variances[j]
            eigen(total, values, vectors)
            away = 0.0
            for k in range(n_slopes):
                away = max(away, abs(estimates[i, k] - estimates[j, k]))
            largest = 0.0
            if not values[n_slopes - 1] > 0.0:
                largest = np.inf if away > 0.0 else 0.0
            else:
                for m in range(n_slopes):
                    turned[m] = 0.0
                    for k in range(n_slopes):
                        turned[m] += vectors[k, m] * (estimates[i, k] - estimates[j, k])
                    turned[m] /= np.sqrt(values[m])
                for k in range(n_slopes):
                    element = 0.0
                    for m in range(n_slopes):
                        element += vectors[k, m] * turned[m]
                    largest = max(largest, abs(element))
            found[i, j] = largest
            found[j, i] = largest


@kernel
def spectrum(distances: np.ndarray, values: np.ndarray, vectors: np.ndarray) -> None:
    """Fill the eigenvalues (N,) and eigenvectors (N, N) of D^(-1/2) A D^(-1/2), from the largest.

    A = exp(-distances), and D is diagonal with the sums of its rows. One less the eigenvalues are
    those of the normalised Laplacian, with the same vectors.
    """
    n_units = distances.shape[0]
    graph, degrees = np.empty((n_units, n_units)), np.zeros(n_units)
    for i in range(n_units):
        for j in range(n_units):
            graph[i, j] = exponential(-distances[i, j])
            degrees[i] += graph[i, j]
    for i in range(n_units):
        for j in range(n_units):
            graph[i, j] /= np.sqrt(degrees[i]) * np.sqrt(degrees[j])
    eigen(graph, values, vectors)
