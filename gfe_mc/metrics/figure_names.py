"""Names of the figures that a study will have, as far as they are known before it is run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from gfe_mc.metrics import recorded, standard_errors
from gfe_mc.metrics.summary import of_parameter
from gfe_mc.metrics.variable import Variable

PERCENT = "_percent"
"""Ends the names of shares that are in percent."""
_OF_SEARCH = ("best_share_percent", "objective")
"""Times are left out: they are no property of an estimator that could be settled."""


class FigureNames(NamedTuple):
    """Names of figures.

    Attributes
    ----------
    known : tuple of str
        Those that are known.
    others : bool
        Whether there may be others: of a user's own metric that says itself how it is summarised.
    """

    known: tuple[str, ...]
    others: bool

    def has(self, name: str) -> bool:
        """Whether there is or may be such a figure; shares may be named without "_percent"."""
        return self.others or name in self.known or f"{name}{PERCENT}" in self.known


def figure_names(
    record: Mapping[str, Mapping[str, Variable]],
    metrics: Mapping[str, Any],
    further: Iterable[str] = (),
    *,
    inferred: bool = False,
) -> FigureNames:
    """Return the names of the figures of a study, as `summarize` will name them.

    Parameters
    ----------
    record : mapping of str to mapping of str to Variable
        What each metric records, by its name.
    metrics : mapping of str to object
        The metrics.
    further : iterable of str, optional
        Names of further summaries of each parameter.
    inferred : bool, default False
        Whether there are inference methods.
    """
    none = np.empty(0)
    known = [*of_parameter(none, none), *further]
    if inferred:
        known += [name for name, _ in standard_errors.of_method(none, none, none)]
    known += _OF_SEARCH
    others = False
    for name, variables in record.items():
        kind = recorded.summarised_by(name, list(variables), metrics)
        # The package's own have titles of all their figures, if they have any.
        others |= hasattr(kind, "figures") and name not in recorded.PROVIDED
        if hasattr(kind, "titles"):
            known += kind.titles
        elif not hasattr(kind, "figures"):
            known += [one for key, said in variables.items() for one in _of_scalar(key, said)]
    return FigureNames(tuple(dict.fromkeys(known)), others)


def _of_scalar(name: str, variable: Variable) -> list[str]:
    """Names of the figures of a variable that nothing else summarises."""
    if variable.dims or variable.dtype == "O":
        return []
    return [name] if variable.dtype == "bool" else [name, f"{name}_sd"]
