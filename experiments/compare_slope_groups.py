"""Which estimator of slopes by groups, at which N, T and G, and what each costs.

Samples are of a design that scales: two regressors, groups of a size whose slopes lie on a line,
`separation` apart in standard deviations of the error in a period. `errors` are normal, or serial:
with an autocorrelation of one half, as the regressors have. `known_groups` is the ceiling,
`pooled` and `unit_by_unit` are the floor. The number of groups is known to all but `pagfl`. No
group may have less than a twentieth of the units, where an estimator has a minimum; the default of
ten units would tell the five groups of 50 units their sizes.

`c_lasso` has the penalty of the authors' simulations, `c_lasso_eighth` the smallest that they try.
`pagfl` tries ten penalties, to a looser tolerance than by default.

Estimators that cost more run on the first samples only: `genetic` on 50, `c_lasso` and `spectral`
on 20, `c_lasso_eighth` and `pagfl` on 15. Ranks are of figures of the samples that each has, with
errors that know which are shared. What grows with N^2 or N^3, `pagfl` and `spectral`, runs with 200
units where there are three groups, a third of what would take most of the time: what the number of
groups does to them is seen with fewer units.

The grid is of normal errors. Serial ones are another value of the factor, which `--grid
errors=serial` runs: three groups and up to 100 units there for what costs more.
"""

from gfe_mc.data.panel import Panel
from gfe_mc.dgp.separated_slopes import SeparatedSlopes
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.estimators.slopes.c_lasso import CLasso
from gfe_mc.estimators.slopes.ck_means import CKMeans, UnitMoves
from gfe_mc.estimators.slopes.given_groups import KnownGroups, Pooled, UnitByUnit
from gfe_mc.estimators.slopes.grouped_slopes import GroupedSlopes
from gfe_mc.estimators.slopes.pagfl import PAGFL
from gfe_mc.estimators.slopes.products import MinimumSize
from gfe_mc.estimators.slopes.pseudo import Pseudo
from gfe_mc.estimators.slopes.spectral import SpectralSlopes
from gfe_mc.metrics.correct_number import CorrectNumber
from gfe_mc.metrics.criterion import Criterion
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.unit_slopes import RMSE, UnitSlopes
from gfe_mc.report.declaration import Report
from gfe_mc.report.tables.by_size import SizeTable
from gfe_mc.study.experiment import Experiment

SERIAL = {"normal": 0.0, "serial": 0.5}
SMALLEST = MinimumSize(1, 0.05)
COSTLY = ("genetic", "c_lasso", "c_lasso_eighth")
COSTLIEST = ("spectral", "pagfl")


def dgp(
    panel: Panel | None,  # noqa: ARG001
    errors: str,
    separation: float,
    G: int,
    T: int,
    N: int,
) -> SeparatedSlopes:
    """Return the design of a cell."""
    return SeparatedSlopes(N, T, G, separation, error_persistence=SERIAL[errors])


def estimators(errors: str, separation: float, G: int, T: int, N: int) -> dict[str, Estimator]:
    """Return the estimators of a cell."""
    groups = dgp(None, errors, separation, G, T, N).groups
    every: dict[str, Estimator] = {
        "known_groups": KnownGroups(tuple(groups.tolist())),
        "pooled": Pooled(),
        "unit_by_unit": UnitByUnit(),
        "ck_means": CKMeans(G, minimum=SMALLEST),
        "unit_moves": UnitMoves(G, minimum=SMALLEST),
        "genetic": GroupedSlopes(G, minimum=SMALLEST),
        "pseudo": Pseudo(G, minimum=SMALLEST),
        "c_lasso": CLasso(G),
        "c_lasso_eighth": CLasso(G, constant=0.125),
        "spectral": SpectralSlopes(G),
        "pagfl": PAGFL(grid=10, minimum=SMALLEST, tolerance=1e-4),
    }
    left_out: tuple[str, ...] = ()
    if errors == "serial" and (G != 3 or N > 100):
        left_out = (*COSTLY, *COSTLIEST)
    elif G != 3 and N > 100:
        left_out = COSTLIEST
    return {name: one for name, one in every.items() if name not in left_out}


experiment = Experiment(
    name="compare_slope_groups",
    title="Estimators of slopes by groups compared",
    source="a design of our own",
    factors={
        "errors": ("normal",),
        "separation": (0.25, 0.5, 1.0),
        "G": (2, 3, 5),
        "T": (10, 20, 40),
        "N": (50, 100, 200),
    },
    dgp=dgp,
    estimators=estimators,
    parameters={"theta1": 0},
    replications=100,
    first={"genetic": 50, "c_lasso": 20, "c_lasso_eighth": 15, "spectral": 20, "pagfl": 15},
    cost="10 minutes on one core",
    record=(Misclassification(), UnitSlopes(), CorrectNumber()),
    report=Report(
        misses=(("ck_means", "genetic"), ("unit_moves", "genetic"), ("c_lasso", "genetic")),
        criteria=(Criterion(RMSE), Criterion("misclassification_percent")),
        rates=("N", "T"),
        infeasible=("known_groups",),
        figures=("best_map", "by_size", "nested_loop", "price"),
        layout=SizeTable((Criterion(RMSE), Criterion("misclassification_percent"))),
    ),
)
