"""Groups have no names of their own: they are numbered by first appearance."""

import numpy as np


def by_first_appearance(groups: np.ndarray, n_groups: int) -> tuple[np.ndarray, np.ndarray]:
    """Number groups by first appearance: labels (N,), and the old number of each new one."""
    _, first = np.unique(groups, return_index=True)
    order = groups[np.sort(first)]
    new = np.empty(n_groups, np.int64)
    new[order] = np.arange(n_groups)
    return new[groups], order


def order_of_appearance(groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Old numbers of groups in the order of first appearance, then those that are no unit's."""
    _, first = np.unique(groups, return_index=True)
    present = groups[np.sort(first)]
    absent = np.setdiff1d(np.arange(n_groups), present)
    return np.concatenate([present, absent])
