"""A study, declared: the grid, what is drawn, fitted and recorded in each cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gfe_mc.data.columns import Columns
from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import DGP
from gfe_mc.errors import require, require_whole
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.protocol import Inference
from gfe_mc.metrics.misclassification import Misclassification
from gfe_mc.metrics.outcome import Metric
from gfe_mc.metrics.statistic import Function, Statistic, as_statistic
from gfe_mc.parameters import Parameters, Spec
from gfe_mc.study import factors as of_factors
from gfe_mc.study import record as of_record

if TYPE_CHECKING:
    import xarray as xr

    from gfe_mc.report.declaration import Report
    from gfe_mc.study.plan import Plan
    from gfe_mc.study.target import Target

Estimators = Callable[..., Mapping[str, Estimator]] | Mapping[str, Estimator]
InferenceMethods = (
    Callable[..., Mapping[str, Mapping[str, Inference]]] | Mapping[str, Mapping[str, Inference]]
)


@dataclass(frozen=True)
class Experiment:
    """Monte Carlo experiment: a grid of DGPs, estimators, inference methods and metrics.

    Parameters
    ----------
    name, title, source : str
        What it is called, what it is about, and where it is published.
    factors : mapping of str to sequence of object
        Values of each factor; the cells are all their combinations, the last factor varying
        fastest. Values may be of any kind that is known by its content.
    dgp : callable
        `dgp(panel, **factors)` returns the DGP of a cell; `panel` is None if none was given.
    estimators : callable, or mapping of str to Estimator
        `estimators(**factors)` returns the estimators of a cell by name; or these themselves,
        where they are the same in every cell.
    parameters : tuple of str, or mapping of str to int, Derived or pair
        Names of the slopes in order, or what each parameter is by name: the number of a slope, a
        function of the slopes (`Derived`), or a pair of functions: what it is in the truth, and
        what it is in the fit. Where cells have different numbers of slopes, those of a cell with
        fewer are the first ones.
    derived : mapping of str to Derived or pair, optional
        Further parameters by name, functions of the slopes or pairs.
    replications : int, default 1000
        Number of replications, unless asked otherwise.
    first : mapping of str to int, optional
        Estimators, by name, that run on the first so many replications only.
    inference : callable, or mapping of str to mapping of str to Inference, optional
        `inference(**factors)` returns, by name of the estimator, inference methods by name; or
        these themselves.
    record : tuple of Metric, default (Misclassification(),)
        Metrics: what is recorded beside the estimates. The share of misclassified units if left
        out. Standard errors are recorded wherever there are inference methods.
    statistics : mapping of str to Statistic or callable, optional
        Further summaries of each parameter over replications, by name: functions of estimates
        and true values, or `Statistic`.
    seed : int, default 0
        Root seed, unless asked otherwise.
    columns : Columns, optional
        How a panel file is read; None if the study uses no panel.
    dataset : str, optional
        Name of the public data set that has the panel, if there is one.
    report : Report, optional
        What is made of the study: the printed table that it is set beside, and more.
    cost : str, default ""
        What a full run costs, in words.
    within : callable, optional
        `within(**factors)` says whether a combination of the factors is a cell: a fraction of the
        grid, where all of it would cost too much or has no design. All are if left out.

    Raises
    ------
    InputError
        Anything of these that could not be run or reported.

    Examples
    --------
    >>> import tempfile
    >>> from gfe_mc import Experiment, GroupedEffects, PooledOLS, Threads, TwoWay
    >>> experiment = Experiment(
    ...     name="sizes",
    ...     title="Least squares where units are in groups",
    ...     source="none",
    ...     factors={"N": (20, 40)},
    ...     dgp=lambda panel, N: GroupedEffects(N, 5, 2, separation=3.0),
    ...     estimators={"pooled": PooledOLS(), "two-way": TwoWay()},
    ...     parameters=("theta1",),
    ... )
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     study = experiment.run(folder=folder, replications=2, backend=Threads(1))
    >>> dict(study.estimate.sizes)
    {'cell': 2, 'estimator': 2, 'replication': 2, 'parameter': 1}
    >>> (study.status == 0).all().item()  # no replication failed
    True
    """

    name: str
    title: str
    source: str
    factors: Mapping[str, Sequence[Any]]
    dgp: Callable[..., DGP]
    estimators: Estimators
    parameters: tuple[str, ...] | Mapping[str, Spec]
    derived: Mapping[str, Spec] = field(default_factory=dict)
    replications: int = 1000
    first: Mapping[str, int] = field(default_factory=dict)
    inference: InferenceMethods | None = None
    record: tuple[Metric, ...] = (Misclassification(),)
    statistics: Mapping[str, Statistic | Function] = field(default_factory=dict)
    seed: int = 0
    columns: Columns | None = None
    dataset: str | None = None
    report: Report | None = None
    cost: str = ""
    within: Callable[..., bool] | None = None

    def __post_init__(self) -> None:
        require(
            isinstance(self.name, str) and self.name.isidentifier() and len(self.name) <= 100,
            "An experiment's name must be an identifier of at most 100 letters: it names files",
            repr(self.name)[:200],
            "Use letters, digits and underscores",
        )
        require_whole("replications", self.replications, 1)
        require_whole("seed", self.seed, 0)
        for what, value in (("title", self.title), ("source", self.source), ("cost", self.cost)):
            require(isinstance(value, str), f"`{what}` must be text", repr(value), "Give text")
        of_factors.checked(self.factors)
        require(
            callable(self.dgp),
            "`dgp` must be a function of the panel and the factors",
            repr(self.dgp),
            "Give dgp(panel, **factors) -> DGP",
        )
        for what, given in (("estimators", self.estimators), ("inference", self.inference)):
            require(
                callable(given) or isinstance(given, Mapping) or (given is None and what[0] == "i"),
                f"`{what}` must be a function of the factors, or a mapping by name",
                repr(given),
                f"Give {what}(**factors) -> mapping by name of the estimator",
            )
        require(
            self.within is None or callable(self.within),
            "`within` must be a function of the factors",
            repr(self.within),
            "Give within(**factors) -> bool, or leave it out",
        )
        require(
            isinstance(self.first, Mapping),
            "`first` must say how many replications, by name of the estimator",
            repr(self.first),
            'Give {"name": 100}',
        )
        for name, number in self.first.items():
            require_whole(f"first[{name!r}]", number, 1)
        self.reported()
        self.metrics()
        self.summaries()
        require(
            self.report is None or callable(getattr(self.report, "describe", None)),
            "`report` must be a Report",
            repr(self.report),
            "Give Report(...)",
        )

    def reported(self) -> Parameters:
        """Return the parameters that are reported."""
        return Parameters.of(self.parameters, self.derived)

    def metrics(self) -> dict[str, Metric]:
        """Return the metrics by the names under which they are stored."""
        return of_record.named(self.record, inferred=self.inference is not None)

    def summaries(self) -> dict[str, Statistic]:
        """Return the further summaries of parameters by name."""
        return of_record.statistics(
            {name: as_statistic(one) for name, one in self.statistics.items()}
        )

    def plan(
        self,
        panel: Panel | None = None,
        *,
        replications: int | None = None,
        seed: int | None = None,
        start: int = 0,
        target: Target | str | None = None,
    ) -> Plan:
        """Make every cell of the grid, and check each by drawing its first sample.

        Parameters
        ----------
        panel : Panel, optional
            The panel that the DGPs are calibrated to, if the study uses one.
        replications, seed : int, optional
            Instead of the declared ones.
        start : int, default 0
            The first replication that is run: another machine runs those before.
        target : Target or str, optional
            Instead of a number: replications are added until the Monte Carlo errors of some
            figures are small enough, as in "misclassification<=0.002, coverage<=0.01".

        Raises
        ------
        InputError
            Anything that could not be run, naming the cell.
        """
        from gfe_mc.study.planning import make_plan

        return make_plan(self, panel, replications, seed, start, target)

    def run(
        self,
        panel: Panel | None = None,
        *,
        folder: str | Path | None = None,
        backend: Any = None,
        replications: int | None = None,
        seed: int | None = None,
        target: Target | str | None = None,
    ) -> xr.Dataset:
        """Run what is missing of the study, and return its dataset.

        Parameters
        ----------
        panel : Panel, optional
            The panel that the DGPs are calibrated to, if the study uses one.
        folder : str or Path, optional
            Where results are kept; results/NAME if left out.
        backend : Backend or Client, optional
            Where the workers are: `Threads(n)`, `Processes(n)`, `Scheduler(address)`, or a Dask
            `Client`; a thread for each core if left out.
        replications, seed : int, optional
            Instead of the declared ones.
        target : Target or str, optional
            Instead of a number of replications; see `plan`.

        Raises
        ------
        InputError
            Anything that cannot be run.
        """
        # Dask is loaded where something runs.
        from gfe_mc.study.run import PanelSource, default_folder, run_study

        source = PanelSource(panel)
        plan = self.plan(panel, replications=replications, seed=seed, target=target)
        where = Path(folder) if folder is not None else default_folder(self, source)
        return run_study(plan, where, backend=backend, source=source)
