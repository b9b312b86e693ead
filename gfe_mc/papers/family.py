"""Designs of the family of grouped fixed effects: each calibrated to its own fit of the panel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibration import Calibration, calibrate
from gfe_mc.errors import InputError
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.estimators.profiles.search import Genetic
from gfe_mc.estimators.profiles.two_layers import TwoLayerGFE
from gfe_mc.inference.fixed_t import FixedT
from gfe_mc.inference.large_t import LargeT
from gfe_mc.inference.protocol import Inference
from gfe_mc.papers.income_democracy import LAG, democracy_experiment
from gfe_mc.report.declaration import Report
from gfe_mc.study.experiment import Experiment

Member = GFE | TwoLayerGFE

SHORT = Genetic(patience=100, hits=20)
"""A search a fourth as patient as by default, where a thousand of those would take too long."""
_TIMES = 5
_LONG = "_long"
_FIRST = 100
"""Samples that are searched for longer, unless a study says otherwise."""


def longer(estimator: Member) -> Any:
    """Return an estimator that searches five times as long: in patience, and in hits.

    For panels that are small enough to be searched whole: of others `Genetic` bounds both.

    Parameters
    ----------
    estimator : GFE or TwoLayerGFE
        One that searches by `Genetic`.

    Raises
    ------
    InputError
        It searches otherwise.
    """
    search = estimator.search
    if not isinstance(search, Genetic):
        raise InputError(
            "A search of the family is Genetic", type(search).__name__, "Give Genetic()"
        )
    if isinstance(estimator, TwoLayerGFE):
        n_groups = int(np.sum(estimator.secondary))  # Patience counts groups of both layers.
    else:
        n_groups = estimator.groups
    patience, hits = search.patience_for(n_groups), search.hits
    return replace(
        estimator, search=replace(search, patience=_TIMES * patience, hits=_TIMES * hits)
    )


def with_longer(estimators: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return estimators by name, with one of them also by a search five times as long."""
    return {**estimators, name + _LONG: longer(estimators[name])}


def calibrated_to(panel: Panel | None, estimator: Member) -> Calibration:
    """Calibrate to the fit of the panel by an estimator of the family, searched for long.

    Parameters
    ----------
    panel : Panel or None
        The panel.
    estimator : GFE or TwoLayerGFE
        The member; its search is made longer.

    Raises
    ------
    InputError
        There is no panel.
    """
    return _calibrated(required(panel), longer(estimator))


def required(panel: Panel | None) -> Panel:
    """Return the panel, which designs calibrated to a fit of it cannot do without.

    Parameters
    ----------
    panel : Panel or None
        The panel.

    Raises
    ------
    InputError
        There is none.
    """
    if panel is None:
        raise InputError(
            "The design is calibrated to the panel of income and democracy",
            "no panel",
            "Give --panel",
        )
    return panel


@lru_cache(maxsize=16)
def _calibrated(panel: Panel, estimator: Any) -> Calibration:
    fit = estimator.fit(panel, np.random.default_rng(0))
    return calibrate(panel, fit, lag=LAG, source="income and democracy panel")


def large_t() -> dict[str, Inference]:
    """Large-T standard errors, those of every member of the family."""
    return {"large_t": LargeT(small_sample="NT-GT-K")}


def both_errors() -> dict[str, Inference]:
    """Large-T and fixed-T standard errors, of members with common slopes and free profiles."""
    return {**large_t(), "fixed_t": FixedT()}


def family_experiment(name: str, title: str, source: str, own: str, **declared: Any) -> Experiment:
    """Declare the study of a member of the family.

    The first hundred samples are also searched five times as long, unless declared otherwise.

    Parameters
    ----------
    name, title, source : str
        As in `democracy_experiment`.
    own : str
        Name of the estimator that has what the design has: it is also searched for longer.
    declared
        The other fields of `Experiment`.
    """
    report = Report(misses=((own, own + _LONG), (own + _LONG, own)))
    shared: dict[str, Any] = {"report": report, "first": {own + _LONG: _FIRST}}
    return democracy_experiment(name=name, title=title, source=source, **(shared | declared))
