"""From a fit of one panel to its summary: which standard errors suit it, and what to say of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import require, require_whole
from gfe_mc.estimators.losses.separation import separating_regressors
from gfe_mc.estimators.profiles.gfe import GFE
from gfe_mc.fit import Fit, LossFit, Status
from gfe_mc.fitted.summary import Summary
from gfe_mc.inference.bootstrap import Bootstrap
from gfe_mc.inference.factors import FactorErrors
from gfe_mc.inference.fixed_t import FixedT
from gfe_mc.inference.fuzzy import FuzzySandwich
from gfe_mc.inference.large_t import LargeT
from gfe_mc.inference.losses import LossErrors
from gfe_mc.inference.mixture import MixtureErrors
from gfe_mc.inference.protocol import Inference
from gfe_mc.inference.slopes import SlopeErrors
from gfe_mc.parameters import Derived, LongRun
from gfe_mc.seeds import Streams
from gfe_mc.selection.criterion import Choice

LAG_TOLERANCE = 1e-5
"""A regressor this near to the outcome of the period before, in units of its range, is that."""
SMALL_SAMPLE = "NT-GT-K"
DRAWS = 100


def summarize(
    panel: Panel,
    fit: Fit,
    *,
    inference: Mapping[str, Inference] | None = None,
    derived: Mapping[str, Derived] | None = None,
    choice: Choice | None = None,
    seed: int = 0,
    unit: str | None = None,
    time: str | None = None,
) -> Summary:
    """Compute the standard errors of a fit, and summarize it.

    Parameters
    ----------
    panel : Panel
        The panel that was fitted, as the estimator was given it.
    fit : Fit
        A fit of it, by any estimator.
    inference : mapping of str to Inference, optional
        Inference methods by name; those of `standard_inference` for the fit's model if left out.
    derived : mapping of str to Derived, optional
        Further parameters by name; if left out, the long-run effect of every other regressor
        where one regressor is the outcome of the period before, and slopes are common and those
        of the outcome itself, not of an index.
    choice : Choice, optional
        Of `gfe_mc.selection.criterion.choose` along the path of the fit, if it has one.
    seed : int, default 0
        Root of the bootstrap's random streams.
    unit, time : str, optional
        Names of the columns with units and periods; if left out, those that the panel was made of,
        or "unit" and "period".

    Raises
    ------
    InputError
        The fit is of another panel, or of a model that a method does not cover; or a seed that
        is no whole number from 0.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GFE, GroupedEffects, LargeT, LongRun, summarize
    >>> design = GroupedEffects(30, 6, 2, separation=5.0, rho=0.5)
    >>> panel = design.draw(np.random.default_rng(0)).panel
    >>> fit = GFE(groups=2).fit(panel, np.random.default_rng(0))
    >>> summary = summarize(
    ...     panel, fit, inference={"large_t": LargeT()}, derived={"long run": LongRun(1, lag=0)}
    ... )
    >>> summary.coefficients()[["parameter", "estimate"]].round(1)
      parameter  estimate
    0        x1       0.5
    1        x2       1.0
    2  long run       2.2
    """
    require_whole("seed", seed, 0)
    require(
        len(fit.theta) == panel.shape[2]
        and (fit.groups is None or len(fit.groups) == panel.shape[0]),
        "The fit must be one of this panel",
        f"{len(fit.theta)} slopes, and groups of "
        f"{'no' if fit.groups is None else len(fit.groups)} units, for a panel of {panel.shape}",
        "Give the panel that was fitted",
    )
    notes = []
    if inference is None:
        inference = standard_inference(fit, balanced=panel.balanced)
    if inference.get("large_t") == LargeT(small_sample=SMALL_SAMPLE):
        lost = SMALL_SAMPLE + ("-(N-1)" if fit.model.unit_effects else "")
        notes.append(f"large_t: clustered by unit, variances times NT / ({lost}).")
    if not inference:
        notes.append(
            "No standard errors: the fit does not say which estimator made it, to bootstrap it."
        )
    if isinstance(fit, LossFit) and fit.status == Status.SLOPES_SEPARATED:
        notes += _separation(separating_regressors(panel, fit))
    by_group = fit.model.group_slopes or fit.model.unit_slopes
    lag = recognised_lag(panel)
    if lag is not None and fit.model.unit_effects:
        notes.append(_short_panel(panel, fit, panel.regressors[lag]))
    if derived is None:
        derived = {} if lag is None or by_group or fit.model.loss else long_run_effects(panel, lag)
        if derived and lag is not None:
            notes.append(
                f"{panel.regressors[lag]} is {panel.outcome} of the period before: long-run "
                "effects are slopes over one less its own."
            )
    streams = Streams.of(np.random.default_rng(seed))
    covariances = {
        name: method.covariance(panel, fit, streams(number))
        for number, (name, method) in enumerate(inference.items())
    }
    notes += [f"{note.rstrip('.')}." for note in panel.notes]
    if covariances:
        notes.append("t values, p values and intervals are by the normal distribution.")
    names = panel.columns
    unit = unit or (names.unit if names else "unit")
    time = time or (names.time if names else "period")
    return Summary(panel, fit, covariances, derived, choice, tuple(notes), unit, time)


def standard_inference(
    fit: Fit,
    *,
    bandwidth: str | float = "rule",
    bootstrap: int | None = None,
    balanced: bool = True,
) -> dict[str, Inference]:
    """Return the inference methods that suit a fit's model, by name.

    Groups with profiles: the three standard errors of Bonhomme and Manresa (2012), Table B2, but
    for the fixed-T one where there is more than that: slopes by group, patterns over time, levels,
    prior information, the jackknife or gaps. Slopes by groups without profiles: least squares with
    an error variance for each group, and clustered by unit. Soft groups and mixtures: the sandwich,
    but the bootstrap for soft groups of panels with gaps. Interactive effects: clustered by unit,
    and heteroskedastic, for many units and periods. Losses: clustered by unit. Anything else, and
    what is of another criterion: the bootstrap, where the fit says which estimator made it.

    Parameters
    ----------
    fit : Fit
        The fit.
    bandwidth : str or float, default "rule"
        Bandwidth of the fixed-T variance, as in `FixedT`.
    bootstrap : int, optional
        Number of draws of the bootstrap; none if 0. If left out, 100 for common slopes with
        profiles and where there is no other method, none else.
    balanced : bool, default True
        Whether the panel has no gaps.

    Returns
    -------
    dict of str to Inference
        Methods by name, in the order of the tables.
    """
    model = fit.model
    methods: dict[str, Inference] = {}
    draws = 0
    if model.loss:
        methods["clustered"] = LossErrors()
    elif model.criterion or (model.soft and not (balanced or model.mixture)):
        draws = DRAWS
    elif model.soft:
        methods["sandwich"] = MixtureErrors() if model.mixture else FuzzySandwich()
    elif model.profiles and not model.unit_slopes:
        methods["large_t"] = LargeT(small_sample=SMALL_SAMPLE)
        more = model.group_slopes or model.time_basis is not None or model.levels or model.prior
        more = more or model.jackknife
        if balanced and not more:
            methods["fixed_t"] = FixedT(bandwidth=bandwidth)
        draws = DRAWS
    elif fit.beta is not None and fit.unit_slopes is not None and not model.profiles:
        methods["homoskedastic"] = SlopeErrors()
        methods["clustered"] = SlopeErrors(errors="clustered")
    elif fit.factors is not None:
        methods["clustered"] = FactorErrors(small_sample="freedom")
        methods["white"] = FactorErrors("white", small_sample="freedom")
    else:
        draws = DRAWS
    draws = draws if bootstrap is None else bootstrap
    if draws and fit.estimator is not None:
        methods["bootstrap"] = Bootstrap(draws=draws)
    return methods


def recognised_lag(panel: Panel) -> int | None:
    """Return the position of the regressor that is the lagged outcome; None if none is."""
    if panel.shape[1] < 2:
        return None
    tolerance = LAG_TOLERANCE * float(np.ptp(panel.y))
    both = panel.observed[:, 1:] & panel.observed[:, :-1]
    if not both.any():
        return None
    for k in range(panel.shape[2]):
        if np.abs(panel.x[:, 1:, k] - panel.y[:, :-1])[both].max() <= tolerance:
            return k
    return None


def long_run_effects(panel: Panel, lag: int) -> dict[str, Derived]:
    """Return the long-run effect of every regressor but the lagged outcome, by name."""
    return {
        f"long-run {name}": LongRun(regressor=k, lag=lag)
        for k, name in enumerate(panel.regressors)
        if k != lag
    }


def _separation(found: list[tuple[str, ...]]) -> list[str]:
    """Say which regressors tell outcomes apart, those that only do together by "with"."""
    if not found:
        return []
    sets = ", and ".join(" with ".join(names) for names in found)
    tell = "tells" if len(found) == 1 and len(found[0]) == 1 else "tell"
    return [
        f"Slopes run off to infinity: within these groups and beside their profiles, {sets} {tell} "
        "the outcomes apart."
    ]


def _short_panel(panel: Panel, fit: Fit, lag: str) -> str:
    """Say what unit effects do to slopes beside a lagged outcome, or what was done about it."""
    start = f"{lag} is {panel.outcome} of the period before: beside unit effects"
    if fit.model.jackknife:
        return (
            f"{start} slopes have a bias of order 1/T (Nickell 1981), which the half-panel "
            "jackknife takes away; groups are those of the estimates that it corrects, and the "
            "variance for large T is the same."
        )
    mean = panel.observed.sum() / panel.shape[0]
    return f"{start} its slope is too low by an order of 1/T, here 1/{mean:.3g} (Nickell 1981)" + (
        "; --jackknife, HalfPanelJackknife, corrects it." if type(fit.estimator) is GFE else "."
    )
