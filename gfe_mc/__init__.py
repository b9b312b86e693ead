"""Monte Carlo studies of estimators for panels whose units fall into unknown groups."""

from importlib import import_module
from typing import TYPE_CHECKING

from gfe_mc.version import __version__

if TYPE_CHECKING:
    from gfe_mc.data.panel import Panel
    from gfe_mc.dgp.calibrated import CalibratedDGP
    from gfe_mc.dgp.calibration import Calibration, calibrate
    from gfe_mc.dgp.observed import ObservedPanel
    from gfe_mc.dgp.sample import Sample, Truth
    from gfe_mc.dgp.slope_groups import DynamicSlopes, StaticSlopes, assigned_groups
    from gfe_mc.dgp.stacked import Stacked
    from gfe_mc.errors import InputError
    from gfe_mc.estimators.fuzzy.fcr import FCR
    from gfe_mc.estimators.fuzzy.search import Annealing, DirectMinimization, PaperProgram
    from gfe_mc.estimators.profiles.gfe import GFE
    from gfe_mc.estimators.profiles.search import VNS, Genetic, MultiStart
    from gfe_mc.estimators.profiles.two_way import TwoWay
    from gfe_mc.estimators.slopes.ck_means import CKMeans, UnitMoves
    from gfe_mc.estimators.slopes.given_groups import KnownGroups, Pooled, UnitByUnit
    from gfe_mc.estimators.slopes.products import MinimumSize
    from gfe_mc.estimators.slopes.pseudo import Pseudo
    from gfe_mc.fit import Fit, Status
    from gfe_mc.inference.bootstrap import Bootstrap
    from gfe_mc.inference.covariance import Covariance, InferenceStatus
    from gfe_mc.inference.fixed_t import FixedT
    from gfe_mc.inference.fuzzy import FuzzySandwich
    from gfe_mc.inference.large_t import LargeT
    from gfe_mc.inference.slopes import SlopeErrors
    from gfe_mc.selection.chosen_slopes import ChosenByBIC, ChosenByTest
    from gfe_mc.selection.criterion import BIC, SteepBIC, choose
    from gfe_mc.selection.dispersion import dispersion
    from gfe_mc.selection.path import ChosenGFE, fit_path
    from gfe_mc.study.experiment import Experiment
    from gfe_mc.summary import Summary, fit_panel, summarize_fit

_HOME = {
    "Stacked": "gfe_mc.dgp.stacked",
    "FuzzySandwich": "gfe_mc.inference.fuzzy",
    "PaperProgram": "gfe_mc.estimators.fuzzy.search",
    "DirectMinimization": "gfe_mc.estimators.fuzzy.search",
    "Annealing": "gfe_mc.estimators.fuzzy.search",
    "FCR": "gfe_mc.estimators.fuzzy.fcr",
    "BIC": "gfe_mc.selection.criterion",
    "GFE": "gfe_mc.estimators.profiles.gfe",
    "VNS": "gfe_mc.estimators.profiles.search",
    "Bootstrap": "gfe_mc.inference.bootstrap",
    "CKMeans": "gfe_mc.estimators.slopes.ck_means",
    "CalibratedDGP": "gfe_mc.dgp.calibrated",
    "Calibration": "gfe_mc.dgp.calibration",
    "ChosenByBIC": "gfe_mc.selection.chosen_slopes",
    "ChosenByTest": "gfe_mc.selection.chosen_slopes",
    "ChosenGFE": "gfe_mc.selection.path",
    "Covariance": "gfe_mc.inference.covariance",
    "DynamicSlopes": "gfe_mc.dgp.slope_groups",
    "Experiment": "gfe_mc.study.experiment",
    "Fit": "gfe_mc.fit",
    "FixedT": "gfe_mc.inference.fixed_t",
    "Genetic": "gfe_mc.estimators.profiles.search",
    "InferenceStatus": "gfe_mc.inference.covariance",
    "InputError": "gfe_mc.errors",
    "KnownGroups": "gfe_mc.estimators.slopes.given_groups",
    "LargeT": "gfe_mc.inference.large_t",
    "MinimumSize": "gfe_mc.estimators.slopes.products",
    "MultiStart": "gfe_mc.estimators.profiles.search",
    "ObservedPanel": "gfe_mc.dgp.observed",
    "Panel": "gfe_mc.data.panel",
    "Pooled": "gfe_mc.estimators.slopes.given_groups",
    "Pseudo": "gfe_mc.estimators.slopes.pseudo",
    "Sample": "gfe_mc.dgp.sample",
    "SlopeErrors": "gfe_mc.inference.slopes",
    "StaticSlopes": "gfe_mc.dgp.slope_groups",
    "Status": "gfe_mc.fit",
    "SteepBIC": "gfe_mc.selection.criterion",
    "Summary": "gfe_mc.summary",
    "Truth": "gfe_mc.dgp.sample",
    "TwoWay": "gfe_mc.estimators.profiles.two_way",
    "UnitByUnit": "gfe_mc.estimators.slopes.given_groups",
    "UnitMoves": "gfe_mc.estimators.slopes.ck_means",
    "assigned_groups": "gfe_mc.dgp.slope_groups",
    "calibrate": "gfe_mc.dgp.calibration",
    "choose": "gfe_mc.selection.criterion",
    "dispersion": "gfe_mc.selection.dispersion",
    "fit_panel": "gfe_mc.summary",
    "fit_path": "gfe_mc.selection.path",
    "summarize_fit": "gfe_mc.summary",
}
"""Where each public name lives; imported when first used, so that reports load no compiler."""

__all__ = [
    "BIC",
    "FCR",
    "GFE",
    "VNS",
    "Annealing",
    "Bootstrap",
    "CKMeans",
    "CalibratedDGP",
    "Calibration",
    "ChosenByBIC",
    "ChosenByTest",
    "ChosenGFE",
    "Covariance",
    "DirectMinimization",
    "DynamicSlopes",
    "Experiment",
    "Fit",
    "FixedT",
    "FuzzySandwich",
    "Genetic",
    "InferenceStatus",
    "InputError",
    "KnownGroups",
    "LargeT",
    "MinimumSize",
    "MultiStart",
    "ObservedPanel",
    "Panel",
    "PaperProgram",
    "Pooled",
    "Pseudo",
    "Sample",
    "SlopeErrors",
    "Stacked",
    "StaticSlopes",
    "Status",
    "SteepBIC",
    "Summary",
    "Truth",
    "TwoWay",
    "UnitByUnit",
    "UnitMoves",
    "__version__",
    "assigned_groups",
    "calibrate",
    "choose",
    "dispersion",
    "fit_panel",
    "fit_path",
    "summarize_fit",
]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
