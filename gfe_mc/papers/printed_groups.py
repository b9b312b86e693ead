"""Groups of countries whose sizes and slopes are printed, and a search until they are met."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import InputError, keep_whole, require, require_generator
from gfe_mc.estimators.slopes.ck_means import CKMeans
from gfe_mc.estimators.slopes.products import MinimumSize
from gfe_mc.fit import SlopeFit
from gfe_mc.published.loader import published

ANY = MinimumSize(1, 0.0)
DECIMALS = 4


@dataclass(frozen=True)
class CKMeansUntilMet:
    """Conditional K-means, started at random until groups have the sizes and slopes of a print.

    Parameters
    ----------
    sizes : tuple of int
        Units of each group, in ascending order of the first slope.
    slopes : tuple of float
        First slope of each group, ascending, to four decimals.
    most : int, default 1000000
        Starts before it gives up.

    Raises
    ------
    InputError
        Not one size for each slope, or slopes that are not ascending.

    References
    ----------
    Lin and Ng (2011), Algorithm 3 and Table 4.
    """

    sizes: tuple[int, ...]
    slopes: tuple[float, ...]
    most: int = 1_000_000

    def __post_init__(self) -> None:
        keep_whole(self, most=1)
        require(
            len(self.sizes) == len(self.slopes) > 0
            and all(a < b for a, b in zip(self.slopes, self.slopes[1:], strict=False)),
            "There must be a size for each group, and a first slope, ascending",
            f"sizes {self.sizes}, slopes {self.slopes}",
            "Give groups in the order of their slopes",
        )

    @classmethod
    def of_print(cls, model: str, most: int = 1_000_000) -> CKMeansUntilMet:
        """Return the search for the CK-means groups of a model, "A" or "B", of Table 4."""
        table = published("ln_table4")
        own = table[(table["model"] == model) & (table["method"] == "ck_means")]
        by_rank = own.pivot_table(index="rank", columns="statistic", values="value")
        return cls(
            tuple(int(units) for units in by_rank["n_units"]),
            tuple(float(rho) for rho in by_rank["rho"]),
            most,
        )

    def fit(self, panel: Panel, rng: np.random.Generator) -> SlopeFit:
        """Start until the groups are met; `n_tries` counts the starts.

        Parameters
        ----------
        panel : Panel
            A balanced panel.
        rng : numpy.random.Generator
            Source of all randomness.

        Raises
        ------
        InputError
            As `CKMeans.fit`, or no start meets the groups.
        """
        require_generator(rng)
        single = CKMeans(len(self.sizes), starts=1, minimum=ANY)
        for start in range(1, self.most + 1):
            fit = single.fit(panel, rng)
            if self.met(fit):
                return replace(fit, estimator=self, n_tries=start)
        raise InputError(
            "A start must end at the groups that are asked for",
            f"none of {self.most} ends at sizes {self.sizes} and slopes {self.slopes}",
            "Allow more starts, or ask for other groups",
        )

    def met(self, fit: SlopeFit) -> bool:
        """Say whether groups have these sizes and first slopes."""
        if fit.beta is None or fit.groups is None:
            return False
        order = np.argsort(fit.beta[:, 0])
        sizes = np.bincount(fit.groups, minlength=len(fit.beta))[order].tolist()
        slopes = fit.beta[order, 0].round(DECIMALS).tolist()
        return tuple(sizes) == self.sizes and tuple(slopes) == self.slopes
