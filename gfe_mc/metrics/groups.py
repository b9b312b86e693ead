"""Slopes of groups over replications, and how many groups there were."""

from collections.abc import Iterator, Sequence

import numpy as np
import xarray as xr

from gfe_mc.metrics import counts, moments
from gfe_mc.metrics.moments import Figure

CHOSEN = "chosen_percent"
"""Share of the replications with a number of groups, which is the parameter."""
SIZE = "n_units"
"""Units of a group, whose number is the parameter."""


def figures(one: xr.Dataset, slopes: Sequence[str]) -> Iterator[tuple[str, str, Figure]]:
    """Figures of one cell and estimator: parameter, statistic and figure.

    `slope_rmse_x100` belongs to no parameter; `chosen_percent` to each number of groups that
    there was. Of each group, numbered from 1 in ascending order of the first slope: `n_units`,
    its slopes under their names, each followed by its t value by the first inference method, and
    `tg_test`; means over replications.
    """
    if "slope_mse" in one:
        errors = 100 * np.sqrt(counts.array(one, "slope_mse"))
        if np.isfinite(errors).any():
            yield "none", "slope_rmse_x100", moments.rmse(errors)
    if "n_groups" in one:
        numbers = counts.array(one, "n_groups")
        for number in np.unique(numbers[numbers > 0]):
            yield str(number), CHOSEN, _percent(int((numbers == number).sum()), len(numbers))
    if "group_sizes" in one:
        yield from _of_groups(one, slopes)


def _of_groups(one: xr.Dataset, slopes: Sequence[str]) -> Iterator[tuple[str, str, Figure]]:
    sizes, betas = counts.array(one, "group_sizes"), counts.array(one, "group_slopes")
    tests = counts.array(one, "group_dispersion")
    errors = _errors(one)
    for g in range(sizes.shape[1]):
        there = sizes[:, g] > 0
        if not there.any():
            continue
        group = str(g + 1)
        yield group, SIZE, moments.mean(sizes[there, g].astype(np.float64))
        for k in range(betas.shape[2]):
            values = betas[there, g, k]
            if not np.isfinite(values).any():
                continue
            yield group, slopes[k], moments.mean(values)
            if errors is not None:
                with np.errstate(divide="ignore", invalid="ignore"):
                    yield group, f"{slopes[k]}_t", moments.mean(values / errors[there, g, k])
        yield group, "tg_test", moments.mean(tests[there, g])


def _errors(one: xr.Dataset) -> np.ndarray | None:
    """Standard errors by the first inference method that the estimator has, (n, G, K)."""
    if "group_errors" not in one:
        return None
    errors = counts.array(one, "group_errors")
    run = [m for m in range(errors.shape[1]) if np.isfinite(errors[:, m]).any()]
    return np.asarray(errors[:, run[0]]) if run else None


def _percent(count: int, of: int) -> Figure:
    share, (low, high) = moments.share(count, of), moments.wilson(count, of)
    return Figure(100 * share.value, 100 * share.error, of, 100 * low, 100 * high)
