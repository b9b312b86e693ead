"""The studies of the family with groups known: what of a bias is not that of unknown groups.

    python experiments/_family_known_groups.py PANEL FIVE_YEAR_PANEL

On the stored samples, least squares with the true groups, by dummy variables: the profiles, on
their functions of time, and unit effects, or levels, that the design has. Written beside the
results of each study.
"""

from typing import Annotated, Any

import numpy as np
import typer

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.calibration import Calibration
from gfe_mc.metrics import counts, moments
from gfe_mc.report.digits import figure_with_error
from gfe_mc.report.folders import RESULTS, read_study
from gfe_mc.report.render import Table, render
from gfe_mc.study.catalogue import find
from gfe_mc.study.folder import DATASET
from gfe_mc.study.plan import Cell

STUDIES = {
    "bm_unit_effects": "unit_effects",
    "bm_patterns": "patterns",
    "bm_two_layers": "two_layers",
    "bm_gaps": "gfe",
    "bm_group_slopes": "own",
}
"""Studies, and in each the estimator of the model that the design has."""


class KnownGroups:
    """Least squares with the true groups of a design."""

    def __init__(self, fixed: Calibration, estimator: Any, panel: Panel) -> None:
        n_units, n_periods, n_slopes = panel.shape
        self.groups = fixed.groups
        self.seen = panel.observed.ravel()
        basis = getattr(estimator, "time_basis", None)
        psi = np.eye(n_periods) if basis is None else basis.matrix(panel.periods)
        member = np.eye(fixed.n_groups)[fixed.groups]
        dummies = [np.kron(member, psi)[self.seen]]
        if fixed.mu is not None:
            units = np.eye(n_units)
            if hasattr(estimator, "secondary"):
                _, level = np.unique(np.c_[fixed.groups, fixed.mu], axis=0, return_inverse=True)
                units = np.eye(int(level.max()) + 1)[level.ravel()]
            dummies.append(np.kron(units, np.ones((n_periods, 1)))[self.seen])
        left, size, _ = np.linalg.svd(np.hstack(dummies), full_matrices=False)
        self.effects = left[:, size > 1e-10 * size[0]]
        named = getattr(estimator, "group_slopes", ())
        own = panel.regressors if named is True else named
        self.by_group = [name in own for name in panel.regressors]
        self.member = np.repeat(member, n_periods, axis=0)[self.seen]
        self.n_slopes = n_slopes

    def slopes(self, panel: Panel) -> np.ndarray:
        """Slopes (K,) of a sample; those that differ by group are means over units."""
        columns, average = [], []
        shares = np.bincount(self.groups) / len(self.groups)
        for k in range(self.n_slopes):
            x = panel.x[:, :, k].ravel()[self.seen]
            own = x[:, None] * self.member if self.by_group[k] else x[:, None]
            columns.append(own)
            weights = np.zeros((own.shape[1], self.n_slopes))
            weights[:, k] = shares if self.by_group[k] else 1.0
            average.append(weights)
        x, y = np.hstack(columns), panel.y.ravel()[self.seen]
        x, y = (one - self.effects @ (self.effects.T @ one) for one in (x, y))
        found: np.ndarray = np.linalg.lstsq(x, y, rcond=None)[0] @ np.vstack(average)
        return found


def of_cell(cell: Cell, name: str, estimates: np.ndarray, truth: np.ndarray) -> list[list[str]]:
    """A row of each parameter, from the stored estimates (R, P) of a cell."""
    keyed = cell.methods[name]
    dgp: Any = keyed.method.dgp
    known = KnownGroups(dgp.calibration, keyed.method.estimator, keyed.sample(0).panel)
    parameters = keyed.method.parameters
    slopes = [known.slopes(keyed.sample(r).panel) for r in range(len(estimates))]
    infeasible = np.array([parameters.of_slopes(theta) for theta in slopes])
    rows = []
    for k, parameter in enumerate(parameters.names):
        ours, theirs = estimates[:, k], infeasible[:, k]
        figures = (
            *(moments.mean(theirs - truth[k]), moments.sd(theirs)),
            *(moments.mean(ours - truth[k]), moments.sd(ours), moments.mean(ours - theirs)),
        )
        rows.append([parameter, f"{truth[k]:.4f}", *(figure_with_error(one) for one in figures)])
    return rows


def main(
    panel: Annotated[str, typer.Argument(help="Balanced panel of income and democracy.")],
    five_year: Annotated[str, typer.Argument(help="Five-year panel of all countries.")],
) -> None:
    """Estimate, print, and write."""
    for study, name in STUDIES.items():
        if not (RESULTS / study / DATASET).exists():
            continue
        experiment = find(study)
        assert experiment.columns is not None
        read = experiment.columns.read(five_year if study == "bm_gaps" else panel)
        stored, plan = counts.loaded(read_study(RESULTS / study)), experiment.plan(read)
        position = counts.position(stored, name)
        rows = []
        for i, cell in enumerate(plan.cells):
            used = counts.used(stored)[i, position]
            assert used.all()
            own = counts.array(stored, "estimate")[i, position]
            truth = counts.array(stored, "truth")[i, 0]
            label = [str(value) for value in cell.factors.values()]
            rows += [tuple(label + row) for row in of_cell(cell, name, own, truth)]
        made = Table(
            "Groups known and estimated, on the same samples",
            (
                *(*plan.cells[0].factors, "parameter", "true", "known: bias", "known: sd"),
                *("estimated: bias", "estimated: sd", "estimated less known"),
            ),
            tuple(rows),
            (f"Estimated: by `{name}`. In brackets: Monte Carlo standard errors.",),
        )
        text = render(made, "markdown")
        print(study, text, sep="\n", flush=True)
        (RESULTS / study / "known_groups.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
