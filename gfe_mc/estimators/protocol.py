"""What the framework asks of an estimator, and estimators of a search."""

from typing import Protocol

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require
from gfe_mc.fit import Fit


class Estimator(Protocol):
    """Estimator of a panel: any object with this method.

    It is to be a frozen dataclass of options, so that it has an identity.
    """

    def fit(self, panel: Panel, rng: np.random.Generator, /) -> Fit:
        """Estimate the model on a panel; all randomness comes from `rng`."""
        ...


def require_search(search: object, *, profiles: bool) -> None:
    """Raise `InputError` unless a search can be run, and is one for the kind of problem.

    Parameters
    ----------
    search : object
        The search.
    profiles : bool
        Whether it is to search for groups with profiles; else for soft ones.
    """
    known = (
        ("Genetic", "VNS", "MultiStart")
        if profiles
        else ("FuzzyGenetic", "Annealing", "DirectMinimization", "PaperProgram")
    )
    runs = callable(getattr(search, "run", None)) and not isinstance(search, type)
    # Searches for groups with profiles spread starting slopes; those for soft groups do not.
    require(
        runs and hasattr(search, "theta_spread") == profiles,
        "`search` must be a search",
        repr(search),
        f"Give {', '.join(f'{name}()' for name in known[:-1])} or {known[-1]}()",
    )
