"""What a fit of one panel says in numbers: coefficients, quality and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from gfe_mc.data.panel import Panel
from gfe_mc.fit import Fit
from gfe_mc.fitted.coefficients import (
    LEVEL,
    bound_names,
    coefficient_frame,
    covariance_frame,
    tidy_frame,
)
from gfe_mc.fitted.prediction import cells, predicted
from gfe_mc.fitted.quality import quality
from gfe_mc.inference.covariance import Covariance
from gfe_mc.parameters import Derived
from gfe_mc.selection.criterion import Choice


@dataclass(frozen=True, eq=False)
class Estimates:
    """The numbers of a `Summary`, whose attributes it has.

    Where a method takes `errors`, it is the name of an inference method in `covariances`; the
    first that succeeded if it is left out.
    """

    panel: Panel
    fit: Fit
    covariances: Mapping[str, Covariance]
    derived: Mapping[str, Derived]
    choice: Choice | None = None
    notes: tuple[str, ...] = field(default=())
    unit: str = "unit"
    time: str = "period"

    @property
    def model(self) -> str:
        """What was fitted, in words."""
        return self.fit.description

    def coefficients(self) -> pd.DataFrame:
        """Return a row a parameter, with its inference by each method.

        Columns are `parameter`, `estimate`, and for each method M `se_M`, `t_M`, `p_M`, `low_M`
        and `high_M`: standard error, t value, two-sided p value and 95% bounds, by the normal
        distribution. Where slopes differ between groups, a column `group` says whose slope it is:
        "mean" over units, "all" (common to them), or the number of the group from 1.

        Examples
        --------
        >>> import numpy as np
        >>> from gfe_mc import GroupedEffects, fit_panel
        >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
        >>> summary = fit_panel(panel, groups=2, bootstrap=0)
        >>> list(summary.coefficients())[:6]
        ['parameter', 'estimate', 'se_large_t', 't_large_t', 'p_large_t', 'low_large_t']
        """
        return coefficient_frame(self)

    def tidy(self, level: float = LEVEL, errors: str | None = None) -> pd.DataFrame:
        """Return the coefficients by one inference method, a row each, as pyfixest names them.

        Columns are `Estimate`, `Std. Error`, `t value`, `Pr(>|t|)` and the bounds, `2.5%` and
        `97.5%` at the level of 0.95; all by the normal distribution. Slopes of groups are named
        such as x1[2], after their mean over units, x1.

        Parameters
        ----------
        level : float, default 0.95
            Of the intervals.
        errors : str, optional
            Inference method.

        Raises
        ------
        InputError
            There is no such method, or the level is no probability.

        Examples
        --------
        >>> import numpy as np
        >>> from gfe_mc import GroupedEffects, fit_panel
        >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
        >>> fit_panel(panel, groups=2, bootstrap=0).tidy().columns.tolist()
        ['Estimate', 'Std. Error', 't value', 'Pr(>|t|)', '2.5%', '97.5%']
        """
        return tidy_frame(self, level, errors)

    @property
    def params(self) -> pd.Series:
        """Estimates by coefficient, as in linearmodels."""
        return self.tidy()["Estimate"].rename("parameter")

    @property
    def std_errors(self) -> pd.Series:
        """Standard errors by coefficient."""
        return self.tidy()["Std. Error"].rename("std_error")

    @property
    def tstats(self) -> pd.Series:
        """Values of t by coefficient."""
        return self.tidy()["t value"].rename("tstat")

    @property
    def pvalues(self) -> pd.Series:
        """Two-sided p values by coefficient."""
        return self.tidy()["Pr(>|t|)"].rename("pvalue")

    def confint(self, level: float = LEVEL, errors: str | None = None) -> pd.DataFrame:
        """Return the intervals of the coefficients, a row each; as `tidy`.

        Examples
        --------
        >>> import numpy as np
        >>> from gfe_mc import GroupedEffects, fit_panel
        >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
        >>> fit_panel(panel, groups=2, bootstrap=0).confint(level=0.9).columns.tolist()
        ['5%', '95%']
        """
        return self.tidy(level, errors)[list(bound_names(level))]

    def vcov(self, errors: str | None = None, joint: bool = False) -> pd.DataFrame:
        """Return the covariance matrix of the slopes, (K, K), with their names.

        Parameters
        ----------
        errors : str, optional
            Inference method.
        joint : bool, default False
            Whether profiles, or slopes of groups, come after the slopes.

        Raises
        ------
        InputError
            There is no such method, or it has no joint covariance.

        Examples
        --------
        >>> import numpy as np
        >>> from gfe_mc import GroupedEffects, fit_panel
        >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
        >>> summary = fit_panel(panel, groups=2, bootstrap=0)
        >>> summary.vcov("fixed_t").shape, summary.vcov(joint=True).shape
        ((1, 1), (11, 11))
        """
        return covariance_frame(self, errors, joint)

    def glance(self) -> pd.DataFrame:
        """Return one row that says how the fit did.

        Columns are `outcome`, `N`, `T`, `G`, `K`, `observations`, `degrees of freedom` (left by
        slopes, profiles and unit effects), `objective`, `R2`, `R2 within` (the share of what the
        effects alone leave that slopes explain), `sigma` (standard deviation of the errors, by the
        degrees of freedom) and `status`; of a mixture, also `log-likelihood`, `BIC` and `ICL`.
        What is not defined is NaN: R2 under a loss, R2 within with soft groups, factors, functions
        of time or prior information.

        Examples
        --------
        >>> import numpy as np
        >>> from gfe_mc import GroupedEffects, fit_panel
        >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
        >>> glance = fit_panel(panel, groups=2, bootstrap=0).glance()
        >>> glance[["N", "T", "G", "observations", "degrees of freedom"]].values.tolist()
        [[12, 5, 2, 60, 49]]
        """
        return quality(self)

    def predict(
        self,
        frame: pd.DataFrame | None = None,
        *,
        type: str = "response",  # noqa: A002
        hard: bool = False,
    ) -> pd.Series:
        """Predict outcomes: of the cells that were fitted, or of rows of a frame.

        x_it'beta_i and all effects: profiles, levels, factors, unit effects. Units in soft groups
        have the mean of what groups predict, by their memberships.

        Parameters
        ----------
        frame : pandas.DataFrame, optional
            Rows with units and periods of the panel, in columns or levels of the index of their
            own names, and the regressors, or the columns of the formula; the panel's own cells if
            left out.
        type : str, default "response"
            Under a loss, "response" is the mean of the outcome (a probability, an expected count)
            and "link" the index; else they are the same.
        hard : bool, default False
            Whether units of soft groups are taken as of their largest membership alone.

        Returns
        -------
        pandas.Series
            By unit and period, or by the frame's own index; NaN where a regressor is missing, or
            nothing of the unit's group was observed in the period.

        Raises
        ------
        InputError
            A unit, a period or a category that the panel has not, a column that is not there, or
            a loss of one's own without `mean(index)`.

        Examples
        --------
        >>> import numpy as np
        >>> import pandas as pd
        >>> from gfe_mc import GroupedEffects, fit_panel
        >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
        >>> summary = fit_panel(panel, groups=2, bootstrap=0)
        >>> more = pd.DataFrame({"unit": [3, 3], "period": [4, 4], "x1": [0.0, 1.0]})
        >>> step = summary.predict(more).diff()[1]
        >>> bool(np.isclose(step, summary.params["x1"]))
        True
        """
        return predicted(self, frame, type, hard)

    @property
    def fitted_values(self) -> pd.Series:
        """What is predicted of the cells that were fitted, by unit and period.

        Examples
        --------
        >>> import numpy as np
        >>> from gfe_mc import GroupedEffects, fit_panel
        >>> panel = GroupedEffects(12, 5, 2, 4.0).draw(np.random.default_rng(0)).panel
        >>> summary = fit_panel(panel, groups=2, bootstrap=0)
        >>> bool(np.allclose(summary.fitted_values + summary.residuals, panel.y.ravel()))
        True
        """
        return self.predict()

    @property
    def residuals(self) -> pd.Series:
        """Outcomes less fitted values, by unit and period.

        Of soft groups they are of the mean by memberships; `fit.residuals(panel)` has those of the
        largest one, and, under a loss, generalised residuals.
        """
        fitted = self.predict().to_numpy()
        return cells(self, self.panel.y[self.panel.observed] - fitted, "residual")

    @property
    def nobs(self) -> int:
        """Number of unit-periods that are observed."""
        return int(np.count_nonzero(self.panel.observed))
