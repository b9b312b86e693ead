"""Criteria for the number of components of a mixture."""

from __future__ import annotations

import numpy as np

from gfe_mc.errors import InputError, require
from gfe_mc.fit import Fit, MixtureFit


def mixture_bic(fit: Fit) -> float:
    """Compute BIC = -2 ln L + P ln N of a mixture; the least is best.

    Units are what is drawn independently: N of them, whatever the number of periods.

    Parameters
    ----------
    fit : MixtureFit
        A fit by `Mixture`, with P free parameters.

    Raises
    ------
    InputError
        The fit is no mixture, or has no likelihood.

    References
    ----------
    Schwarz (1978); Keribin (2000) for mixtures.

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, Mixture, mixture_bic
    >>> panel = GroupedEffects(30, 6, 2, separation=4.0).draw(np.random.default_rng(0)).panel
    >>> fits = [Mixture(groups=g, starts=5).fit(panel, np.random.default_rng(0)) for g in (1, 2, 3)]
    >>> int(np.argmin([mixture_bic(fit) for fit in fits])) + 1  # the number of groups
    2
    """
    mixture = _checked(fit)
    penalty = mixture.n_parameters * np.log(len(mixture.memberships))
    return float(-2.0 * mixture.log_likelihood + penalty)


def mixture_icl(fit: Fit) -> float:
    """Compute ICL = BIC - 2 sum_ig r_ig ln r_ig of a mixture; the least is best.

    Memberships r_ig that are not clear cost: it asks for components that can be told apart,
    where BIC asks for those that the density needs.

    Parameters
    ----------
    fit : MixtureFit
        A fit by `Mixture`.

    Raises
    ------
    InputError
        The fit is no mixture, or has no likelihood.

    References
    ----------
    Biernacki, Celeux and Govaert (2000).

    Examples
    --------
    >>> import numpy as np
    >>> from gfe_mc import GroupedEffects, Mixture, mixture_bic, mixture_icl
    >>> panel = GroupedEffects(30, 6, 2, separation=1.0).draw(np.random.default_rng(0)).panel
    >>> fit = Mixture(groups=2, starts=5).fit(panel, np.random.default_rng(0))
    >>> mixture_icl(fit) > mixture_bic(fit)  # memberships are not clear
    True
    """
    shares = _checked(fit).memberships
    positive = shares[shares > 0]
    return mixture_bic(fit) - 2.0 * float((positive * np.log(positive)).sum())


def _checked(fit: Fit) -> MixtureFit:
    if not isinstance(fit, MixtureFit):
        raise InputError(
            "Criteria of mixtures need a mixture",
            f"a fit of {fit.description}",
            "Give one of Mixture, or use choose() on a path of GFE",
        )
    require(
        fit.status.usable and bool(np.isfinite(fit.log_likelihood)),
        "Criteria of mixtures need a likelihood",
        fit.status.message,
        "Choose among the numbers of components that could be fitted",
    )
    return fit
