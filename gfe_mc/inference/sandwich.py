"""Covariance of parameters that maximise or minimise a sum over units: from scores and Hessian."""

from __future__ import annotations

import numpy as np

from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.kernels.linear import exceeds, factorize, gram, solve_factorized

KINDS = ("sandwich", "information")
SOUND = 1e-12
"""Least eigenvalue of the information, scaled to a diagonal of ones, that can be inverted."""


def from_scores(
    scores: np.ndarray, information: np.ndarray, kind: str
) -> np.ndarray | InferenceStatus:
    """Compute H^{-1} (sum_i s_i s_i') H^{-1}, or H^{-1}; or say why there is none.

    Parameters
    ----------
    scores : (N, P) array
        s_i.
    information : (P, P) array
        H: the Hessian of what is minimised, at the minimum.
    kind : str
        "sandwich", or "information" for H^{-1} alone.
    """
    if not (np.isfinite(information).all() and np.isfinite(scores).all()):
        return InferenceStatus.NOT_FINITE
    scale = np.sqrt(np.maximum(np.diag(information), 0.0))
    if not (scale > 0).all():
        return InferenceStatus.NOT_POSITIVE_DEFINITE
    scaled = information / scale / scale[:, None]
    factor = np.empty_like(scaled)
    if not exceeds(scaled, SOUND) or not factorize(scaled, 0.0, factor):
        return InferenceStatus.NOT_POSITIVE_DEFINITE
    if kind == "information":
        inverse = np.eye(len(scale))
        solve_factorized(factor, inverse)
        inverse = (inverse + inverse.T) / 2.0
        return np.asarray(inverse / scale / scale[:, None])
    spread = np.ascontiguousarray((scores / scale).T)
    solve_factorized(factor, spread)
    return np.asarray(gram(np.ascontiguousarray((spread / scale[:, None]).T)))
