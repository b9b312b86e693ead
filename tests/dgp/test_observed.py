"""The panel itself as a design."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gfe_mc import GFE, Experiment, MultiStart, Panel
from gfe_mc.canonical import fingerprint
from gfe_mc.clusters.connect import Threads
from gfe_mc.dgp.observed import ObservedPanel
from gfe_mc.metrics.summary import summarize_study
from gfe_mc.study.run import run_study


@pytest.fixture
def panel() -> Panel:
    """Ten units over four periods, two regressors."""
    rng = np.random.default_rng(6)
    return Panel.from_arrays(rng.standard_normal((10, 4)), rng.standard_normal((10, 4, 2)))


def test_every_draw_is_the_panel(panel: Panel) -> None:
    dgp, rng = ObservedPanel(panel), np.random.default_rng(0)
    before = rng.bit_generator.state
    for sample in (dgp.draw(rng), dgp.draw(np.random.default_rng(1))):
        assert sample.panel is panel
    assert rng.bit_generator.state == before, "nothing is drawn"


def test_the_truth_is_not_known(panel: Panel) -> None:
    truth = ObservedPanel(panel).draw(np.random.default_rng(0)).truth
    assert truth.theta.shape == (2,)
    assert np.isnan(truth.theta).all()
    assert truth.alpha is None
    assert truth.groups is None


def test_an_unbalanced_panel_is_taken_as_it_is(panel: Panel) -> None:
    observed = np.ones((10, 4), bool)
    observed[2, 1] = False
    gappy = Panel.from_arrays(panel.y, panel.x, observed=observed)
    assert not ObservedPanel(gappy).draw(np.random.default_rng(0)).panel.balanced


def test_its_data_are_its_identity(panel: Panel) -> None:
    same = Panel.from_arrays(panel.y.copy(), panel.x.copy())
    y = panel.y.copy()
    y[3, 2] = np.nextafter(y[3, 2], np.inf)
    other = Panel.from_arrays(y, panel.x)
    assert fingerprint(ObservedPanel(panel)) == fingerprint(ObservedPanel(same))
    assert fingerprint(ObservedPanel(panel)) != fingerprint(ObservedPanel(other))


def test_a_study_of_it_varies_by_the_search_alone(panel: Panel, tmp_path: Path) -> None:
    """A poor search differs from replication to replication; what needs the truth is missing."""
    study = run_study(
        Experiment(
            name="observed",
            title="One panel",
            source="none",
            factors={"G": (4,)},
            dgp=lambda panel, G: ObservedPanel(panel),  # noqa: ARG005
            estimators=lambda G: {
                "poor": GFE(G, search=MultiStart(starts=1)),
                "good": GFE(G, search=MultiStart(starts=500)),
            },
            parameters=("theta1", "theta2"),
            replications=8,
        ).plan(panel),
        tmp_path,
        backend=Threads(1),
    )
    objectives = study["objective"].to_numpy()[0]
    assert np.ptp(objectives[0]) > 0.1
    assert np.ptp(objectives[1]) == pytest.approx(0.0, abs=1e-9)
    assert (study["status"] == 0).all()
    summary = summarize_study(study)
    used = summary.groupby("statistic")["used"].max()
    assert used["true"] == used["bias"] == used["misclassification_percent"] == 0
    assert used["mean"] == used["sd"] == used["objective"] == 8
    assert (summary["failed"] == 0).all()
