"""The objective and the criterion at each number of groups."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from gfe_mc.report.figures.style import line, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from gfe_mc.selection.criterion import Choice


def draw_criterion(path: np.ndarray, choice: Choice) -> Figure:
    """Draw what is minimised against the number of groups: the objective, and the criterion.

    Parameters
    ----------
    path : (G_max,) array
        Objective at each number of groups from 1.
    choice : Choice
        Values of the criterion, and the number that it chooses.
    """
    numbers = np.arange(1, len(path) + 1)
    with styled():
        figure = new_figure(6.6, 2.8)
        left, right = figure.subplots(1, 2, sharex=True)
        for axes, values, name in (
            (left, path, "objective"),
            (right, choice.values, "criterion"),
        ):
            axes.plot(numbers, values, **line(0))
            axes.axvline(choice.n_groups, color="0.6", linestyle=":", zorder=0)
            axes.set_title(name)
            axes.set_xlabel("number of groups")
            axes.set_xticks(numbers[:: max(1, len(numbers) // 8)])
        best = choice.values[choice.n_groups - 1]
        right.plot(
            [choice.n_groups],
            [best],
            marker="o",
            markersize=10,
            markerfacecolor="none",
            markeredgecolor="0.0",
            linestyle="none",
        )
        at = choice.n_groups / max(len(path), 1)
        right.annotate(
            f"G = {choice.n_groups}",
            (choice.n_groups, best),
            xytext=(-10 if at > 0.8 else 10, 12),
            textcoords="offset points",
            ha="right" if at > 0.8 else "left",
        )
        figure.suptitle("Number of groups", fontsize=10)
    return figure
