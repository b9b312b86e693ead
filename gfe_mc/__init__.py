"""Monte Carlo studies of estimators for panels whose units fall into unknown groups."""

from importlib import import_module
from typing import TYPE_CHECKING

from gfe_mc.version import __version__

if TYPE_CHECKING:
    from gfe_mc.calibration import Calibration, calibrate
    from gfe_mc.dgp.calibrated import CalibratedDGP
    from gfe_mc.dgp.sample import Sample, Truth
    from gfe_mc.errors import InputError
    from gfe_mc.estimators.gfe import GFE
    from gfe_mc.estimators.search import VNS, Genetic, MultiStart
    from gfe_mc.experiment import Experiment
    from gfe_mc.fit import Fit, Status
    from gfe_mc.panel import Panel

_HOME = {
    "GFE": "gfe_mc.estimators.gfe",
    "VNS": "gfe_mc.estimators.search",
    "CalibratedDGP": "gfe_mc.dgp.calibrated",
    "Calibration": "gfe_mc.calibration",
    "Experiment": "gfe_mc.experiment",
    "Fit": "gfe_mc.fit",
    "Genetic": "gfe_mc.estimators.search",
    "InputError": "gfe_mc.errors",
    "MultiStart": "gfe_mc.estimators.search",
    "Panel": "gfe_mc.panel",
    "Sample": "gfe_mc.dgp.sample",
    "Status": "gfe_mc.fit",
    "Truth": "gfe_mc.dgp.sample",
    "calibrate": "gfe_mc.calibration",
}
"""Where each public name lives; imported when first used, so that reports load no compiler."""

__all__ = [
    "GFE",
    "VNS",
    "CalibratedDGP",
    "Calibration",
    "Experiment",
    "Fit",
    "Genetic",
    "InputError",
    "MultiStart",
    "Panel",
    "Sample",
    "Status",
    "Truth",
    "__version__",
    "calibrate",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
