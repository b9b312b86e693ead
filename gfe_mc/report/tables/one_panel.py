"""Tables of a fit of one panel: coefficients, groups and levels, the path over their number."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gfe_mc.fit import Fit, LossFit, MixtureFit
from gfe_mc.report.digits import ABSENT, alone, fixed
from gfe_mc.report.render import Table
from gfe_mc.selection.mixture import mixture_bic, mixture_icl

if TYPE_CHECKING:
    from gfe_mc.fitted.summary import Summary
    from gfe_mc.inference.covariance import Covariance
    from gfe_mc.selection.criterion import Choice

WIDTH = 72
"""Most characters of a line of units in the table of groups."""
NAMED = 5
"""Most cells of groups and periods that are named."""


def coefficient_table(summary: Summary) -> Table:
    """Make the table of coefficients, a row a parameter and inference method."""
    n_units, n_periods, _ = summary.panel.shape
    fit, rows = summary.fit, []
    frame = summary.coefficients()
    whose = "group" in frame
    if fit.units_alone:
        frame = frame[frame["group"].isin(["mean", "all"])]
    for record in frame.to_dict("records"):
        start = [str(record["parameter"])] + ([str(record["group"])] if whose else [])
        estimate = fixed(record["estimate"], 4)
        rows += [
            (*(start if first else [""] * len(start)), estimate, *_inference(record, method))
            for first, method in _first(summary.covariances)
        ]
    count = "" if fit.n_groups is None else f", {_number_of(fit.n_groups, 'group')}"
    if not summary.panel.balanced:
        count += f", {int(summary.panel.observed.sum())} observations"
    notes = [
        f"Model: {summary.model}.",
        f"{summary.panel.outcome}: {n_units} units, {n_periods} periods{count}. "
        f"{_ended(fit)}; the best objective was met {fit.n_best} times in {fit.n_tries}.",
        f"The fit: {fit.status.message}.",
        *_quality_notes(summary),
        *_mixture_notes(fit),
        *_infinite_notes(summary),
        *_blank_notes(summary),
        *(["Slopes of every unit are in the formats csv and json."] if fit.units_alone else []),
        *summary.notes,
    ]
    for method, covariance in summary.covariances.items():
        notes += [f"{method}: {note}." for note in covariance.notes]
    header = ("parameter", *(("group",) if whose else ()), "estimate")
    by = ("errors", "se", "t", "p", "95% from", "to") if summary.covariances else ("errors",)
    return Table("Coefficients and standard errors", (*header, *by), tuple(rows), tuple(notes))


def group_table(summary: Summary) -> Table:
    """Make the table of groups, each in as many rows as its units need lines."""
    frame, rows = summary.groups(), []
    shares = summary.fit.memberships
    column = frame.columns[1]
    for group in range(1, (summary.fit.n_groups or 0) + 1):
        units = [str(unit) for unit in frame.loc[frame[column] == group, summary.unit]]
        size = [str(len(units))]
        if shares is not None:
            size.append(f"{shares[:, group - 1].sum():.2f}")
        lines = _lines(units)
        rows.append((str(group), *size, lines[0]))
        rows += [("", *[""] * len(size), line) for line in lines[1:]]
    sizes = ("size",) if shares is None else ("size", "sum of shares")
    soft = () if shares is None else ("Units are in the group of their largest share.",)
    return Table("Groups", ("group", *sizes, "units"), tuple(rows), soft)


def level_table(summary: Summary) -> Table:
    """Make the table of levels within groups, each in as many rows as its units need lines."""
    frame, rows = summary.groups(), []
    column, of_levels = frame.columns[1], frame.columns[2]
    for group, level, size, eta in summary.levels().itertuples(index=False):
        there = (frame[column] == group) & (frame[of_levels] == level)
        lines = _lines([str(unit) for unit in frame.loc[there, summary.unit]])
        rows.append((str(group), str(level), str(size), fixed(eta, 4), lines[0]))
        rows += [("", "", "", "", line) for line in lines[1:]]
    note = "Levels shift the profile of their group, and add up to zero over its units."
    return Table(
        "Levels within groups", ("group", "level", "size", "eta", "units"), tuple(rows), (note,)
    )


def path_table(summary: Summary, choice: Choice) -> Table:
    """Make the table of criteria at each number of groups."""
    assert summary.fit.path is not None
    rows = [
        (
            f"{groups}{'*' if groups == choice.n_groups else ''}",
            f"{objective:.6f}",
            f"{value:.5f}",
        )
        for groups, (objective, value) in enumerate(
            zip(summary.fit.path, choice.values, strict=True), start=1
        )
    ]
    notes = [f"* chosen. sigma^2 = {choice.variance:.6f}, from the largest number of groups."]
    if choice.n_groups == len(choice.values):
        notes.append("The largest number is chosen: a larger one may be better.")
    header = ("G", "objective", "criterion")
    return Table("Number of groups", header, tuple(rows), tuple(notes))


def membership_table(summary: Summary, fit: MixtureFit) -> Table:
    """Make the table of a mixture's logit: a row a group, coefficient and inference method."""
    names, rows = ("constant", *fit.characteristics), []
    for g in range(1, len(fit.gamma)):
        for j, name in enumerate(names):
            for first, method in _first(summary.covariances):
                errors = None if method is None else summary.covariances[method].membership
                error = float("nan") if errors is None else float(errors[g, j])
                head = (str(g + 1), name, fixed(fit.gamma[g, j], 4)) if first else ("", "", "")
                rows.append((*head, ABSENT if method is None else method, alone(error, 3)))
    header = ("group", "characteristic", "coefficient", "errors", "se")
    notes = ("Log odds of each group against the first; values are of a unit's first period.",)
    return Table("Membership", header, tuple(rows), notes)


def _ended(fit: Fit) -> str:
    """What was minimised, and how low it came."""
    if fit.model.mixture:
        return f"Log-likelihood {-fit.objective:.6f}"
    if fit.model.loss:
        return f"Sum of losses ({fit.model.loss}) {fit.objective:.6f}"
    other = fit.model.soft or fit.model.prior or fit.model.criterion
    what = "Objective" if other else "Sum of squared residuals"
    return f"{what} {fit.objective:.6f}"


def _quality_notes(summary: Summary) -> list[str]:
    """Shares explained, and the standard deviation of errors, where they are defined."""
    row = summary.glance().iloc[0]
    if not math.isfinite(row["R2"]):
        return []
    within = row["R2 within"]
    beside = f", {within:.4f} of what effects leave" if math.isfinite(within) else ""
    return [
        f"R2 {row['R2']:.4f}{beside}; standard deviation of errors {alone(row['sigma'])}, "
        f"{row['degrees of freedom']} degrees of freedom."
    ]


def _mixture_notes(fit: Fit) -> list[str]:
    """What a mixture has beside slopes and profiles."""
    if not isinstance(fit, MixtureFit):
        return []
    shares = ", ".join(f"{share:.3f}" for share in fit.probabilities.mean(axis=0))
    variances = fit.sigma2[:1] if fit.variance == "common" else fit.sigma2
    spread = ", ".join(f"{variance:.6g}" for variance in variances)
    mean = "Mean probabilities" if fit.model.mixture == "logit" else "Probabilities"
    notes = [f"{mean} of groups: {shares}. Error variance: {spread}."]
    if fit.status.usable:
        notes.append(f"BIC {mixture_bic(fit):.4f}, ICL {mixture_icl(fit):.4f}: the least is best.")
    return notes


def _infinite_notes(summary: Summary) -> list[str]:
    """Which profile values are infinite, the first few named."""
    fit = summary.fit
    if not isinstance(fit, LossFit) or not fit.separated.any():
        return []
    periods = summary.panel.period_labels
    named = [
        f"{'-' if fit.alpha[g, t] < 0 else '+'} group {g + 1} in {periods[t]}"
        for g, t in np.argwhere(fit.separated)
    ]
    return [f"Infinite profile values: {_first_of(named)}."]


def _blank_notes(summary: Summary) -> list[str]:
    """Which groups are not observed in which periods, the first few named."""
    panel, fit = summary.panel, summary.fit
    if fit.groups is None or panel.observed.all():
        return []
    named = [
        f"group {g + 1} in {panel.period_labels[t]}"
        for g in range(fit.n_groups or 0)
        for t in np.flatnonzero(~panel.observed[fit.groups == g].any(axis=0))
    ]
    return [f"No unit of the group is observed: {_first_of(named)}."] if named else []


def _first_of(named: Sequence[str]) -> str:
    """The first few of what is named, and how many there are beside."""
    more = f"; and {len(named) - NAMED} more" if len(named) > NAMED else ""
    return "; ".join(named[:NAMED]) + more


def _first(covariances: Mapping[str, Covariance]) -> list[tuple[bool, str | None]]:
    """The methods in turn, and which of them is the first; one row without errors if none."""
    return [(n == 0, method) for n, method in enumerate(covariances)] or [(True, None)]


def _inference(record: Mapping[Any, Any], method: str | None) -> tuple[str, ...]:
    """What a row says of a parameter by a method."""
    if method is None:
        return (ABSENT,)
    error = record[f"se_{method}"]
    decimals = 4 if not (math.isfinite(error) and error > 0) else _decimals(error)
    return (
        method,
        alone(error, 3),
        fixed(record[f"t_{method}"], 2),
        fixed(record[f"p_{method}"], 3),
        fixed(record[f"low_{method}"], decimals),
        fixed(record[f"high_{method}"], decimals),
    )


def _decimals(error: float) -> int:
    """Decimals that show an interval's bounds to three digits of the standard error."""
    return max(0, 2 - math.floor(math.log10(error)))


def _lines(names: list[str]) -> list[str]:
    """Names in lines of at most `WIDTH` characters, no name broken."""
    lines = [""]
    for number, name in enumerate(names):
        piece = name + (";" if number < len(names) - 1 else "")
        longer = f"{lines[-1]} {piece}".strip()
        if lines[-1] and len(longer) > WIDTH:
            lines.append(piece)
        else:
            lines[-1] = longer
    return lines


def _number_of(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
