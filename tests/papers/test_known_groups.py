"""The closed form of the error of known groups, against its simulation and the print."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest

from gfe_mc import KnownGroups
from gfe_mc.dgp.slope_groups import StaticSlopes, assigned_groups
from tests.helpers import script


@pytest.fixture(scope="module")
def exact() -> ModuleType:
    return script("known_groups_exact")


def test_by_hand(exact: ModuleType) -> None:
    # Sizes 34 and 16, T = 50: 34/50 / (3 (34 49 - 2)) + 16/50 / (3 (16 49 - 2)).
    assert exact.exact(50, 50, 2, 1) == pytest.approx(1.6511, abs=5e-5)


@pytest.mark.parametrize("beta", [((0.3,), (0.9,)), ((0.1, 0.3), (0.7, 0.6), (0.0, 1.0))])
def test_by_simulation(exact: ModuleType, beta: tuple[tuple[float, ...], ...]) -> None:
    groups = assigned_groups(30, len(beta), "up")
    rng, errors = np.random.default_rng(0), []
    for _ in range(1000):
        sample = StaticSlopes(6, beta, groups).draw(rng)
        fit = KnownGroups(groups).fit(sample.panel, rng)
        assert fit.unit_slopes is not None
        errors.append(((fit.unit_slopes - np.array(beta)[list(groups)]) ** 2).mean())
    expected = (exact.exact(30, 6, len(beta), len(beta[0])) / 100) ** 2
    assert np.mean(errors) == pytest.approx(expected, abs=4 * np.std(errors) / np.sqrt(1000))
