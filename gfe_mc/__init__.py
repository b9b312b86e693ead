"""Monte Carlo studies of estimators for panels whose units fall into unknown groups."""

import ast
from importlib import import_module
from pathlib import Path as _Path
from typing import TYPE_CHECKING

from gfe_mc.version import __version__ as __version__

# The public names, a line each. They are imported when they are first used, so that reports load
# no compiler: where each lives is read from these lines.
if TYPE_CHECKING:
    from gfe_mc.clusters.gateway import Gateway as Gateway
    from gfe_mc.clusters.jobqueue import JobQueue as JobQueue
    from gfe_mc.clusters.kubernetes import Kubernetes as Kubernetes
    from gfe_mc.clusters.local import Processes as Processes
    from gfe_mc.clusters.local import Threads as Threads
    from gfe_mc.clusters.scheduler import Scheduler as Scheduler
    from gfe_mc.data.panel import Panel as Panel
    from gfe_mc.dgp.calibrated import CalibratedDGP as CalibratedDGP
    from gfe_mc.dgp.calibration import Calibration as Calibration
    from gfe_mc.dgp.calibration import calibrate as calibrate
    from gfe_mc.dgp.grouped_effects import GroupedEffects as GroupedEffects
    from gfe_mc.dgp.grouped_outcomes import GroupedOutcomes as GroupedOutcomes
    from gfe_mc.dgp.observed import ObservedPanel as ObservedPanel
    from gfe_mc.dgp.sample import Sample as Sample
    from gfe_mc.dgp.sample import Truth as Truth
    from gfe_mc.dgp.separated_slopes import SeparatedSlopes as SeparatedSlopes
    from gfe_mc.dgp.slope_groups import DynamicSlopes as DynamicSlopes
    from gfe_mc.dgp.slope_groups import StaticSlopes as StaticSlopes
    from gfe_mc.dgp.slope_groups import assigned_groups as assigned_groups
    from gfe_mc.dgp.stacked import Stacked as Stacked
    from gfe_mc.errors import InputError as InputError
    from gfe_mc.estimators.factors.interactive import (
        InteractiveFixedEffects as InteractiveFixedEffects,
    )
    from gfe_mc.estimators.factors.nuclear import NuclearNorm as NuclearNorm
    from gfe_mc.estimators.factors.post_nuclear import PostNuclearNorm as PostNuclearNorm
    from gfe_mc.estimators.factors.search import BaiIteration as BaiIteration
    from gfe_mc.estimators.factors.search import ProfileNewton as ProfileNewton
    from gfe_mc.estimators.factors.two_way_groups import TwoWayGroups as TwoWayGroups
    from gfe_mc.estimators.fuzzy.fcr import FCR as FCR
    from gfe_mc.estimators.fuzzy.genetic import FuzzyGenetic as FuzzyGenetic
    from gfe_mc.estimators.fuzzy.search import Annealing as Annealing
    from gfe_mc.estimators.fuzzy.search import DirectMinimization as DirectMinimization
    from gfe_mc.estimators.fuzzy.search import PaperProgram as PaperProgram
    from gfe_mc.estimators.losses.given_groups import GivenGroupsM as GivenGroupsM
    from gfe_mc.estimators.losses.grouped_m import GroupedM as GroupedM
    from gfe_mc.estimators.losses.loss import Logit as Logit
    from gfe_mc.estimators.losses.loss import Poisson as Poisson
    from gfe_mc.estimators.losses.loss import Probit as Probit
    from gfe_mc.estimators.losses.search import SeededStarts as SeededStarts
    from gfe_mc.estimators.mixtures.mixture import Mixture as Mixture
    from gfe_mc.estimators.profiles.basis import Functions as Functions
    from gfe_mc.estimators.profiles.basis import Polynomial as Polynomial
    from gfe_mc.estimators.profiles.basis import Splines as Splines
    from gfe_mc.estimators.profiles.gfe import GFE as GFE
    from gfe_mc.estimators.profiles.jackknife import HalfPanelJackknife as HalfPanelJackknife
    from gfe_mc.estimators.profiles.oracle import OracleGFE as OracleGFE
    from gfe_mc.estimators.profiles.oracle import RandomGroups as RandomGroups
    from gfe_mc.estimators.profiles.pairwise import TPWD as TPWD
    from gfe_mc.estimators.profiles.pooled_ols import PooledOLS as PooledOLS
    from gfe_mc.estimators.profiles.post_spectral import PostSpectral as PostSpectral
    from gfe_mc.estimators.profiles.prior import Prior as Prior
    from gfe_mc.estimators.profiles.search import VNS as VNS
    from gfe_mc.estimators.profiles.search import Genetic as Genetic
    from gfe_mc.estimators.profiles.search import MultiStart as MultiStart
    from gfe_mc.estimators.profiles.three_step import ThreeSteps as ThreeSteps
    from gfe_mc.estimators.profiles.two_layers import TwoLayerGFE as TwoLayerGFE
    from gfe_mc.estimators.profiles.two_step import TwoStepGFE as TwoStepGFE
    from gfe_mc.estimators.profiles.two_way import TwoWay as TwoWay
    from gfe_mc.estimators.profiles.weighted import WeightedGFE as WeightedGFE
    from gfe_mc.estimators.slopes.c_lasso import CLasso as CLasso
    from gfe_mc.estimators.slopes.ck_means import CKMeans as CKMeans
    from gfe_mc.estimators.slopes.ck_means import UnitMoves as UnitMoves
    from gfe_mc.estimators.slopes.given_groups import KnownGroups as KnownGroups
    from gfe_mc.estimators.slopes.given_groups import Pooled as Pooled
    from gfe_mc.estimators.slopes.given_groups import UnitByUnit as UnitByUnit
    from gfe_mc.estimators.slopes.grouped_slopes import GroupedSlopes as GroupedSlopes
    from gfe_mc.estimators.slopes.pagfl import PAGFL as PAGFL
    from gfe_mc.estimators.slopes.products import MinimumSize as MinimumSize
    from gfe_mc.estimators.slopes.pseudo import Pseudo as Pseudo
    from gfe_mc.estimators.slopes.spectral import SpectralSlopes as SpectralSlopes
    from gfe_mc.estimators.slopes.standardized import StandardizedPseudo as StandardizedPseudo
    from gfe_mc.fit import FactorFit as FactorFit
    from gfe_mc.fit import Fit as Fit
    from gfe_mc.fit import FuzzyFit as FuzzyFit
    from gfe_mc.fit import LossFit as LossFit
    from gfe_mc.fit import MixtureFit as MixtureFit
    from gfe_mc.fit import Model as Model
    from gfe_mc.fit import ProfileFit as ProfileFit
    from gfe_mc.fit import SlopeFit as SlopeFit
    from gfe_mc.fit import Status as Status
    from gfe_mc.fit import TwoLayerFit as TwoLayerFit
    from gfe_mc.fitted.comparison import FitComparison as FitComparison
    from gfe_mc.fitted.comparison import compare_fits as compare_fits
    from gfe_mc.fitted.file import load_fit as load_fit
    from gfe_mc.fitted.file import save_fit as save_fit
    from gfe_mc.fitted.summary import Summary as Summary
    from gfe_mc.inference.bootstrap import Bootstrap as Bootstrap
    from gfe_mc.inference.covariance import Covariance as Covariance
    from gfe_mc.inference.covariance import InferenceStatus as InferenceStatus
    from gfe_mc.inference.factors import FactorErrors as FactorErrors
    from gfe_mc.inference.fixed_t import FixedT as FixedT
    from gfe_mc.inference.fuzzy import FuzzySandwich as FuzzySandwich
    from gfe_mc.inference.large_t import LargeT as LargeT
    from gfe_mc.inference.losses import LossErrors as LossErrors
    from gfe_mc.inference.membership import membership_sets as membership_sets
    from gfe_mc.inference.mixture import MixtureErrors as MixtureErrors
    from gfe_mc.inference.slopes import SlopeErrors as SlopeErrors
    from gfe_mc.metrics.adjusted_rand import AdjustedRand as AdjustedRand
    from gfe_mc.metrics.correct_number import CorrectNumber as CorrectNumber
    from gfe_mc.metrics.criterion import Criterion as Criterion
    from gfe_mc.metrics.group_errors import GroupErrors as GroupErrors
    from gfe_mc.metrics.group_slopes import GroupSlopes as GroupSlopes
    from gfe_mc.metrics.misclassification import Misclassification as Misclassification
    from gfe_mc.metrics.number_of_groups import NumberOfGroups as NumberOfGroups
    from gfe_mc.metrics.outcome import Outcome as Outcome
    from gfe_mc.metrics.paired import paired as paired
    from gfe_mc.metrics.profile_errors import ProfileErrors as ProfileErrors
    from gfe_mc.metrics.profiles import Profiles as Profiles
    from gfe_mc.metrics.ranking import ranked as ranked
    from gfe_mc.metrics.rates import frontier as frontier
    from gfe_mc.metrics.rates import rates as rates
    from gfe_mc.metrics.relabellings import RandomRelabellings as RandomRelabellings
    from gfe_mc.metrics.softness import Softness as Softness
    from gfe_mc.metrics.standard_errors import StandardErrors as StandardErrors
    from gfe_mc.metrics.statistic import Statistic as Statistic
    from gfe_mc.metrics.summary import summarize_study as summarize_study
    from gfe_mc.metrics.unit_slopes import UnitSlopes as UnitSlopes
    from gfe_mc.metrics.variable import Variable as Variable
    from gfe_mc.one_panel import fit_panel as fit_panel
    from gfe_mc.parameters import LongRun as LongRun
    from gfe_mc.published.table import PublishedTable as PublishedTable
    from gfe_mc.report.declaration import Report as Report
    from gfe_mc.report.folders import read_study as read_study
    from gfe_mc.report.tables.by_size import SizeTable as SizeTable
    from gfe_mc.selection.by_criterion import ChosenByCriterion as ChosenByCriterion
    from gfe_mc.selection.by_eigenvalues import ChosenByEigengap as ChosenByEigengap
    from gfe_mc.selection.by_eigenvalues import ChosenByEigenvalues as ChosenByEigenvalues
    from gfe_mc.selection.by_eigenvalues import eigenvalue_ratios as eigenvalue_ratios
    from gfe_mc.selection.by_gap import ChosenByGap as ChosenByGap
    from gfe_mc.selection.by_validation import ChosenByValidation as ChosenByValidation
    from gfe_mc.selection.chosen_slopes import ChosenByBIC as ChosenByBIC
    from gfe_mc.selection.chosen_slopes import ChosenByTest as ChosenByTest
    from gfe_mc.selection.criterion import BIC as BIC
    from gfe_mc.selection.criterion import SteepBIC as SteepBIC
    from gfe_mc.selection.criterion import choose as choose
    from gfe_mc.selection.dispersion import dispersion as dispersion
    from gfe_mc.selection.homogeneity import slope_homogeneity as slope_homogeneity
    from gfe_mc.selection.mixture import mixture_bic as mixture_bic
    from gfe_mc.selection.mixture import mixture_icl as mixture_icl
    from gfe_mc.selection.path import ChosenGFE as ChosenGFE
    from gfe_mc.selection.path import fit_path as fit_path
    from gfe_mc.selection.penalties import BaiNg as BaiNg
    from gfe_mc.selection.penalties import Mehrabani as Mehrabani
    from gfe_mc.selection.penalties import SuShiPhillips as SuShiPhillips
    from gfe_mc.selection.two_groups import TwoGroupsTest as TwoGroupsTest
    from gfe_mc.study.catalogue import find as find
    from gfe_mc.study.experiment import Experiment as Experiment
    from gfe_mc.study.run import run_study as run_study
    from gfe_mc.study.target import Target as Target
    from gfe_mc.summary import summarize as summarize


def _homes() -> dict[str, tuple[str, str]]:
    """Module of each public name, and its name there."""
    tree = ast.parse(_Path(__file__).read_text(encoding="utf-8"))
    return {
        alias.asname or alias.name: (str(node.module), alias.name)
        for block in tree.body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


_HOME = _homes()
__all__ = ["__version__", *sorted(_HOME)]


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, own = _HOME[name]
    return getattr(import_module(module), own)


def __dir__() -> list[str]:
    return sorted(__all__)
