"""A panel as the kernels of two layers take it, and how its groups are numbered."""

from typing import NamedTuple

import numpy as np

from gfe_mc.estimators.profiles.numbering import by_first_appearance
from gfe_mc.kernels.profiles.arrays import Data
from gfe_mc.kernels.profiles.two_layers import Layered, Layers, LayerScratch


class LayeredProblem(NamedTuple):
    """What a search for groups in two layers works on."""

    data: Layered
    """The panel, as the kernels read it."""
    slopes: np.ndarray
    """(2, K) means and standard deviations of the starting slopes."""
    now: Layers
    """Where the best grouping is to be left."""
    scratch: LayerScratch
    """Room to work in."""
    given: bool
    """Whether `now` holds parameters to start from."""


def layered(data: Data, secondary: tuple[int, ...]) -> Layered:
    """Return the view for primary groups with so many secondary groups each."""
    means = data.z.mean(axis=2)
    return Layered(
        z=np.ascontiguousarray(data.z - means[:, :, None]),
        means=np.ascontiguousarray(np.sqrt(data.z.shape[2]) * means),
        weights=data.weights,
        total=data.total,
        floor=data.floor,
        primary=np.repeat(np.arange(len(secondary)), secondary),
        first=np.concatenate([[0], np.cumsum(secondary)]).astype(np.int64),
    )


def numbered(groups: np.ndarray, primary: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Number groups (N,) anew: by first appearance, among primary groups of as many secondary ones.

    Each of the secondary groups, which are numbered through, must have a unit; those of a primary
    group are numbered by first appearance as well.
    """
    new, order = by_first_appearance(groups, len(primary))
    sizes = np.diff(first)
    # Primary groups in the order in which they appear, and their places.
    appear = list(dict.fromkeys(primary[order].tolist()))
    places = {int(size): np.flatnonzero(sizes == size).tolist() for size in np.unique(sizes)}
    renamed = np.empty(len(order), np.int64)
    for g in appear:
        start = first[places[int(sizes[g])].pop(0)]
        own = np.flatnonzero(primary[order] == g)
        renamed[own] = start + np.arange(len(own))
    found: np.ndarray = renamed[new]
    return found


def by_level(groups: np.ndarray, levels: np.ndarray, primary: np.ndarray) -> np.ndarray:
    """Number the secondary groups of each primary one anew, from the highest level (F,) down."""
    order = np.lexsort((-levels, primary))
    new = np.empty(len(order), np.int64)
    new[order] = np.arange(len(order))
    found: np.ndarray = new[groups]
    return found
