"""Finite mixtures of normals whose components are groups with profiles over time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gfe_mc.data.panel import Panel
from gfe_mc.errors import (
    is_number,
    keep_names,
    keep_whole,
    require,
    require_flags,
    require_generator,
    require_one_of,
)
from gfe_mc.estimators.mixtures.reading import Reading, read
from gfe_mc.estimators.mixtures.starts import Climbed, climb
from gfe_mc.estimators.profiles.design import blank, patterns_of
from gfe_mc.estimators.profiles.linear import unit_effects_of
from gfe_mc.estimators.profiles.numbering import order_of_appearance
from gfe_mc.fit import MixtureFit, Model, Status
from gfe_mc.kernels.linear import exceeds, multiply
from gfe_mc.kernels.mixtures.ascend import COLLAPSED, EXACT, LIMIT
from gfe_mc.kernels.mixtures.membership import membership_information

MEMBERSHIPS = ("common", "logit")
VARIANCES = ("common", "group")
SEPARATED = 1e-6
"""Least information on a coefficient of the logit, a unit: below it, it is as good as none."""


@dataclass(frozen=True)
class Mixture:
    """Finite mixture of normals: y_it = x_it'theta + alpha_gt + v_it with probability pi_ig.

    Errors are independent normal, with variance sigma^2. Maximises

        sum_i ln sum_g pi_ig (2 pi sigma^2)^{-T/2} exp(-sum_t (y_it - x_it'theta - alpha_gt)^2 /
        (2 sigma^2))

    over theta, alpha, sigma^2 and the probabilities, by expectation and maximisation. With a pi_ig
    of its own for every unit this would be GFE; here probabilities are common, or a multinomial
    logit in characteristics, so that the mixture needs units to be drawn from groups as it says.

    Parameters
    ----------
    groups : int
        Number of components G.
    membership : str, default "common"
        "common": pi_g. "logit": pi_ig proportional to exp(w_i'gamma_g), w_i a constant and the
        characteristics of the unit, gamma_1 = 0.
    characteristics : tuple of str, default ()
        Regressors whose values in a unit's first observed period are its characteristics. They
        are named rather than given as numbers, so that an estimator is the same for every sample
        and every choice of units.
    membership_only : tuple of str, default ()
        Those of the characteristics that are in the logit alone: their slopes are zero.
    variance : str, default "common"
        "common": sigma^2; "group": sigma_g^2 of each component. The likelihood is then unbounded
        where a component keeps one unit, and ascents that go there are left out.
    unit_effects : bool, default False
        Whether each unit has a fixed effect. The likelihood is that of deviations from unit
        means: of T - 1 orthonormal contrasts of each unit's outcomes.
    starts : int, default 50
        Most ascents: from GFE's groups, from random ones, and from the best end with some units
        elsewhere.
    hits : int, default 0
        The search ends once this many ascents met the best likelihood; 0 for never.
    tolerance : float, default 1e-10
        An ascent ends when an iteration gains less than this for each observation.
    limit : int, default 5000
        Most iterations of an ascent.

    Notes
    -----
    With a lagged outcome among the regressors the likelihood is given initial outcomes, and
    common probabilities claim that these do not go with groups: name it in `characteristics`.
    Beside unit effects, a lagged outcome has Nickell's bias.

    References
    ----------
    Bonhomme and Manresa (2012), supplement S2.1; McLachlan and Peel (2000). The iteration is that
    of Dempster, Laird and Rubin (1977), with variances by group that of Meng and Rubin (1993).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import Mixture, Panel
    >>> y = np.array([[0.0, 0.1], [0.1, 0.0], [5.0, 7.0], [5.1, 6.9], [2.5, 3.5]])
    >>> fit = Mixture(groups=2).fit(Panel.from_arrays(y), np.random.default_rng(0))
    >>> fit.memberships.round(1)
    array([[1., 0.],
           [1., 0.],
           [0., 1.],
           [0., 1.],
           [1., 0.]])
    """

    groups: int
    membership: str = "common"
    characteristics: tuple[str, ...] = ()
    membership_only: tuple[str, ...] = ()
    variance: str = "common"
    unit_effects: bool = False
    starts: int = 50
    hits: int = 0
    tolerance: float = 1e-10
    limit: int = 5000

    def __post_init__(self) -> None:
        keep_whole(self, groups=1, starts=1, hits=0, limit=1)
        require_one_of("membership", self.membership, MEMBERSHIPS)
        require_one_of("variance", self.variance, VARIANCES)
        require_flags(self, "unit_effects")
        keep_names(self, "characteristics", "membership_only")
        named = self.characteristics
        require(
            (self.membership == "logit") == bool(named) and len(set(named)) == len(named),
            "A logit has characteristics of units, and nothing else has",
            f"membership={self.membership!r} with characteristics {named}",
            'Give membership="logit" and different names, or "common" and none',
        )
        require(
            set(self.membership_only) <= set(named),
            "`membership_only` must be some of the characteristics",
            ", ".join(self.membership_only),
            f"Give some of {', '.join(named) or 'none'}",
        )
        require(
            is_number(self.tolerance) and 0 <= self.tolerance < 1,
            "`tolerance` must be a small number",
            repr(self.tolerance),
            "Give such as 1e-10",
        )

    def fit(self, panel: Panel, rng: np.random.Generator) -> MixtureFit:
        """Estimate slopes, profiles, variances and probabilities by maximum likelihood.

        Parameters
        ----------
        panel : Panel
            The panel, which may have gaps.
        rng : numpy.random.Generator
            Source of the starts.

        Returns
        -------
        MixtureFit
            With `memberships` (N, G); `groups` are those of the largest, numbered by first
            appearance, those that are no unit's last. The status is COLLAPSED where every ascent
            lost a component, EXACT_FIT where no residuals are left, COLLINEAR where a slope is not
            identified. It is MEMBERSHIP_SEPARATED where the logit has no finite maximum: `gamma`
            is then where the ascent ended, the rest as good as in the limit.

        Raises
        ------
        InputError
            Fewer units than groups, a unit or period without observations, a regressor that does
            not vary within periods, or characteristics that the panel has not got, that are
            constant or collinear.
        """
        require_generator(rng)
        n_units = panel.shape[0]
        require(
            self.groups <= n_units,
            "There must be no more groups than units",
            f"{self.groups} groups for {n_units} units",
            f"Give `groups` from 1 to {n_units}",
        )
        reading = read(
            panel,
            unit_effects=self.unit_effects,
            characteristics=self.characteristics,
            membership_only=self.membership_only,
        )
        climbed = climb(
            reading.data,
            self.groups,
            by_group=self.variance == "group",
            starts=self.starts,
            hits=self.hits,
            tolerance=self.tolerance,
            limit=self.limit,
            rng=rng,
        )
        return self._report(panel, reading, climbed)

    def _report(self, panel: Panel, reading: Reading, climbed: Climbed) -> MixtureFit:
        """Turn what was found into a fit."""
        now, made, n_groups = climbed.now, reading.made, self.groups
        nearest = now.shares.argmax(axis=1)
        order = order_of_appearance(nearest, n_groups)
        groups = np.argsort(order)[nearest]
        theta = np.zeros(panel.shape[2])
        theta[reading.used] = now.slopes.beta[0, made.own :]
        status = _status(reading, climbed)
        alpha = _profiles(panel, reading, climbed)[order]
        if status == Status.COLLINEAR:
            theta[:] = np.nan
        gamma = multiply(now.gamma, np.ascontiguousarray(reading.scale.T))[order]
        unit_slopes = np.tile(theta, (panel.shape[0], 1))
        n_variances = n_groups if self.variance == "group" else 1
        return MixtureFit(
            theta=theta,
            alpha=alpha,
            groups=groups,
            objective=-climbed.log_likelihood,
            status=status,
            n_best=climbed.n_best,
            n_tries=climbed.n_tries,
            memberships=now.shares[:, order],
            mu=unit_effects_of(panel, unit_slopes, alpha[groups]) if self.unit_effects else None,
            model=Model(
                unit_effects=self.unit_effects,
                profiles=True,
                soft=True,
                mixture=self.membership,
            ),
            estimator=self,
            probabilities=np.exp(now.log_prior)[:, order],
            sigma2=now.variances[order],
            gamma=gamma - gamma[0],
            log_likelihood=climbed.log_likelihood,
            n_parameters=len(reading.used)
            + n_groups * made.own
            + n_variances
            + (n_groups - 1) * now.gamma.shape[1],
            variance=self.variance,
            characteristics=self.characteristics,
            membership_only=self.membership_only,
        )


def _profiles(panel: Panel, reading: Reading, climbed: Climbed) -> np.ndarray:
    """Profiles (G, T) of the components, in the order in which they were found."""
    made, slopes = reading.made, climbed.now.slopes
    patterns = patterns_of(made.lost, slopes.beta[:, : made.own], slopes.beta[:, made.own :])
    alpha = multiply(patterns, np.ascontiguousarray(made.psi.T))
    pivots = np.diagonal(slopes.factors, axis1=1, axis2=2)[:, : made.own]
    seen = np.array([panel.observed[share > 0].any(axis=0) for share in climbed.now.shares.T])
    blank(alpha, pivots, seen, made.absorbed)
    return alpha


def _status(reading: Reading, climbed: Climbed) -> Status:
    """How it ended."""
    now, ended = climbed.now, climbed.ended
    if ended == EXACT:
        return Status.EXACT_FIT
    if ended == COLLAPSED:
        return Status.COLLAPSED
    if (np.diag(now.slopes.factor)[:-1] == 0.0).any():
        return Status.COLLINEAR
    n_units, size = reading.data.w.shape
    n_free = (now.gamma.shape[0] - 1) * size
    if size > 1 and n_free:
        information = np.zeros((n_free, n_free))
        membership_information(reading.data.w, now.log_prior, information)
        if not exceeds(information, SEPARATED * n_units):
            return Status.MEMBERSHIP_SEPARATED
    return Status.ITERATION_LIMIT if ended == LIMIT else Status.SUCCESS
