"""The figures of a fit of one panel, by name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from gfe_mc.errors import InputError, require, require_one_of
from gfe_mc.fitted.coefficients import LEVEL
from gfe_mc.fitted.parts import labels_of
from gfe_mc.inference.covariance import InferenceStatus
from gfe_mc.report.figures.criterion_path import draw_criterion
from gfe_mc.report.figures.group_margins import draw_margins
from gfe_mc.report.figures.group_means import draw_group_means
from gfe_mc.report.figures.heat_map import draw_heat_map
from gfe_mc.report.figures.profiles import draw_profiles

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gfe_mc.fitted.summary import Summary


def draw(summary: Summary, kind: str, errors: str | None) -> Figure:
    """Draw a figure of a fit: `Summary.figure`."""
    require_kind(kind)
    require(
        errors is None or kind == "profiles",
        "Bands are around profiles",
        f"errors={errors!r} with kind={kind!r}",
        'Leave `errors` out, or give kind="profiles"',
    )
    return _profiles(summary, errors) if kind == "profiles" else KINDS[kind](summary)


def require_kind(kind: object) -> None:
    """Raise `InputError` unless there is such a kind of figure."""
    require_one_of("kind", kind, KINDS)


def _profiles(summary: Summary, errors: str | None = None) -> Figure:
    profiles = summary.profiles()
    done = [
        method
        for method, covariance in summary.covariances.items()
        if covariance.status == InferenceStatus.SUCCESS and covariance.joint is not None
    ]
    require(
        errors is None or errors in done,
        "The bands must be by a method with a covariance of the profiles",
        repr(errors),
        f"There are {', '.join(done) or 'none'}",
    )
    method = errors or (done[-1] if done else None)
    return draw_profiles(profiles, method, summary.panel.outcome, LEVEL)


def _criterion(summary: Summary) -> Figure:
    if summary.choice is None or summary.fit.path is None:
        raise InputError(
            "The criterion is drawn where the number of groups was chosen by it",
            "a fit of one number of groups",
            "Give fit_panel `maximum` in place of `groups`, --groups-max on the command line",
        )
    return draw_criterion(summary.fit.path, summary.choice)


def _means(summary: Summary) -> Figure:
    panel = summary.panel
    return draw_group_means(
        _outcomes(summary), labels_of(summary.fit), panel.period_labels, panel.outcome
    )


def _margins(summary: Summary) -> Figure:
    margins = summary.margins()["margin"].to_numpy()
    soft = summary.fit.memberships is not None
    return draw_margins(_units(summary), labels_of(summary.fit), margins, soft)


def _heat_map(summary: Summary) -> Figure:
    panel, groups = summary.panel, labels_of(summary.fit)
    return draw_heat_map(
        _outcomes(summary), groups, _units(summary), panel.period_labels, panel.outcome
    )


def _outcomes(summary: Summary) -> np.ndarray:
    return np.where(summary.panel.observed, summary.panel.y, np.nan)


def _units(summary: Summary) -> list[str]:
    return [str(unit) for unit in summary.panel.units]


KINDS: dict[str, Callable[[Summary], Figure]] = {
    "profiles": _profiles,
    "criterion": _criterion,
    "means": _means,
    "margins": _margins,
    "heat_map": _heat_map,
}
"""Kinds of figures by name."""
