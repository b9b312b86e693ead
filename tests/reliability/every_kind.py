"""A small study of inference of every kind, for processors to agree on."""

from gfe_mc import (
    GFE,
    AdjustedRand,
    Bootstrap,
    CalibratedDGP,
    CKMeans,
    Experiment,
    FixedT,
    LargeT,
    LongRun,
    MultiStart,
    Profiles,
    SlopeErrors,
)
from gfe_mc.dgp.embedded import synthetic_calibration

_SEARCH = MultiStart(starts=5)

experiment = Experiment(
    name="every_kind",
    title="Inference of every kind",
    source="no paper",
    factors={"G": (3, 5), "errors": ("normal", "resampled", "wild")},
    dgp=lambda panel, G, errors: CalibratedDGP(  # noqa: ARG005
        synthetic_calibration(G, "NT"), errors=errors, rescale=errors != "wild"
    ),
    estimators=lambda G, errors: {  # noqa: ARG005
        "gfe": GFE(G, _SEARCH),
        "within": GFE(G, _SEARCH, unit_effects=True),
        "slopes": CKMeans(groups=2),
    },
    parameters=("theta1", "theta2"),
    derived={"cumulative": LongRun(regressor=1, lag=0)},
    inference=lambda G, errors: {  # noqa: ARG005
        "gfe": {
            "clustered": LargeT(small_sample="NT-GT-K"),
            "white": LargeT(errors="white", profiles="given_theta"),
            "newey_west": LargeT(errors="newey_west", lags=2),
            "fixed_t": FixedT(),
            "silverman": FixedT(bandwidth="silverman"),
            "bootstrap": Bootstrap(draws=5, search=_SEARCH),
        },
        "within": {"clustered": LargeT(small_sample="cluster"), "fixed_t": FixedT()},
        "slopes": {"clustered": SlopeErrors(errors="clustered"), "plain": SlopeErrors()},
    },
    record=(AdjustedRand(), Profiles()),
)
