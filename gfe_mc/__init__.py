"""Monte Carlo studies of estimators for panels whose units fall into unknown groups."""

from gfe_mc.errors import InputError
from gfe_mc.estimators.gfe import GFE
from gfe_mc.estimators.search import VNS, Genetic, MultiStart
from gfe_mc.fit import Fit, Status
from gfe_mc.panel import Panel
from gfe_mc.version import __version__

__all__ = [
    "GFE",
    "VNS",
    "Fit",
    "Genetic",
    "InputError",
    "MultiStart",
    "Panel",
    "Status",
    "__version__",
]
