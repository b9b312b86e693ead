"""A study, declared: the grid, what is drawn and fitted in each cell, and what it reproduces."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from inspect import signature
from itertools import product
from typing import Any

from gfe_mc.canonical import canonical
from gfe_mc.data.columns import Columns
from gfe_mc.data.panel import Panel
from gfe_mc.dgp.sample import DGP, Sample
from gfe_mc.errors import InputError, require, require_whole
from gfe_mc.estimators.protocol import Estimator
from gfe_mc.inference.protocol import Inference
from gfe_mc.parameters import Derived
from gfe_mc.published.loader import published
from gfe_mc.published.table import PublishedTable
from gfe_mc.selection.criterion import PENALTIES
from gfe_mc.study.replicate import Addressed, Arm


@dataclass(frozen=True)
class Experiment:
    """A grid of DGPs and estimators, with a name, a source and the table that it reproduces.

    Parameters
    ----------
    name, title, source
        What it is called, what it is about, and where it is published.
    factors
        Values of each factor; the cells are all their combinations, the last factor varying
        fastest.
    dgp
        `dgp(panel, **factors)` returns the DGP of a cell; `panel` is None if none was given.
    estimators
        `estimators(**factors)` returns the estimators of a cell by name.
    parameters
        Names of the slopes. Where cells have different numbers of slopes, those of a cell with
        fewer are the first ones; there are no derived parameters then.
    derived
        Further parameters by name.
    replications
        How many, unless asked otherwise.
    first
        Estimators, by name, that run on the first so many replications only.
    permutations
        Random relabellings for the misclassification by permutations; none if 0.
    inference
        `inference(**factors)` returns, by name of the estimator, inference methods by name.
    profiles
        Whether the group profiles are recorded.
    group_slopes
        Whether the slopes of each group are recorded, with sizes and tests of equal slopes.
    seed
        Root seed, unless asked otherwise.
    published
        The printed table, if there is one.
    columns
        How a panel file is read; None if the study uses no panel.
    dataset
        Name of the public data set that has the panel, if there is one.
    misses
        Pairs of estimators: how often did the first miss a better grouping that the second found?
    compared
        Estimators, by name, whose figures are set beside the print; all that are not in `first`
        if left out.
    penalties
        Names of `gfe_mc.selection.criterion.PENALTIES`: what each criterion chooses is reported,
        along the paths of `ChosenGFE` or across cells that differ in the factor G.
    figures
        Names of the figures of a report, of `gfe_mc.report.figures.catalogue`.
    cost
        What a full run costs, in words.
    """

    name: str
    title: str
    source: str
    factors: Mapping[str, Sequence[Any]]
    dgp: Callable[..., DGP]
    estimators: Callable[..., Mapping[str, Estimator]]
    parameters: tuple[str, ...]
    derived: Mapping[str, Derived] = field(default_factory=dict)
    replications: int = 1000
    first: Mapping[str, int] = field(default_factory=dict)
    permutations: int = 0
    inference: Callable[..., Mapping[str, Mapping[str, Inference]]] | None = None
    profiles: bool = False
    group_slopes: bool = False
    seed: int = 0
    published: PublishedTable | None = None
    columns: Columns | None = None
    dataset: str | None = None
    misses: tuple[tuple[str, str], ...] = ()
    compared: tuple[str, ...] = ()
    penalties: tuple[str, ...] = ()
    figures: tuple[str, ...] = ()
    cost: str = ""

    def __post_init__(self) -> None:
        require(
            self.name.isidentifier(),
            "An experiment's name must be an identifier: it names files",
            repr(self.name),
            "Use letters, digits and underscores",
        )
        require_whole("replications", self.replications, 1)
        require_whole("permutations", self.permutations, 0)
        require_whole("seed", self.seed, 0)
        require(bool(self.factors), "The grid must have factors", "none", "Name at least one")
        for factor, values in self.factors.items():
            require(
                isinstance(values, Sequence) and not isinstance(values, str),
                f"Factor `{factor}` must have a list of values",
                repr(values),
                f"Give [{values!r}]",
            )
            require(
                len(values) > 0,
                f"Factor `{factor}` must have values",
                "none",
                "Give at least one",
            )
            distinct = {repr(canonical(value)) for value in values}
            require(
                len(distinct) == len(values),
                f"The values of factor `{factor}` must differ, or cells are duplicated",
                str(list(values)),
                "Give each once",
            )
        for name, number in self.first.items():
            require_whole(f"first[{name!r}]", number, 1)
        for pair in self.misses:
            require(
                len(pair) == 2 and pair[0] != pair[1],
                "`misses` must hold pairs of different estimators",
                repr(pair),
                "Give (the one that may have missed, the one that may have found)",
            )
        for name in self.penalties:
            require(
                name in PENALTIES,
                "`penalties` must be known",
                repr(name),
                f"Give some of {', '.join(PENALTIES)}",
            )
        if self.published is not None:
            published(self.published.table)
        names = [*self.parameters, *self.derived]
        require(
            len(set(names)) == len(names) and bool(names),
            "Parameters must have different names",
            ", ".join(names) or "none",
            "Name each slope and each derived parameter once",
        )

    def plan(
        self,
        panel: Panel | None = None,
        *,
        replications: int | None = None,
        seed: int | None = None,
    ) -> Plan:
        """Make every cell of the grid, and check each by drawing its first sample.

        Parameters
        ----------
        panel
            The panel that the DGPs are calibrated to, if the study uses one.
        replications, seed
            Instead of the declared ones.

        Raises
        ------
        InputError
            Anything that could not be run, naming the cell.
        """
        replications = self.replications if replications is None else replications
        seed = self.seed if seed is None else seed
        require_whole("replications", replications, 1)
        require_whole("seed", seed, 0)
        cells, n_slopes = [], 0
        for number, values in enumerate(product(*self.factors.values())):
            factors = dict(zip(self.factors, values, strict=True))
            cell, first = _make_cell(self, panel, number, factors, replications, seed)
            cells.append(cell)
            n_slopes = max(n_slopes, first.truth.theta.size)
        _require_names_of_slopes(self, n_slopes, "in any cell")
        _require_known_names(self, cells)
        return Plan(self, tuple(cells), replications, seed)


@dataclass(frozen=True)
class Cell:
    """One DGP at one point of the grid, and the arms that run there.

    Attributes
    ----------
    number
        Position in the grid.
    factors
        Values of the factors, and the N and T of its panels.
    arms
        By name of the estimator.
    replications
        By name of the estimator, how many are planned.
    """

    number: int
    factors: Mapping[str, Any]
    arms: Mapping[str, Addressed]
    replications: Mapping[str, int]


@dataclass(frozen=True)
class Plan:
    """An experiment with everything decided: ready to run."""

    experiment: Experiment
    cells: tuple[Cell, ...]
    replications: int
    seed: int

    @property
    def arms(self) -> dict[str, Addressed]:
        """All arms by key, in the order of the grid."""
        return {arm.key: arm for cell in self.cells for arm in cell.arms.values()}

    @property
    def planned(self) -> dict[str, int]:
        """Replications planned for each arm, by key."""
        return {
            arm.key: cell.replications[name]
            for cell in self.cells
            for name, arm in cell.arms.items()
        }

    def describe(self) -> dict[str, Any]:
        """Return the canonical form: everything that the numbers depend on, and their names."""
        published = self.experiment.published
        described = {
            "experiment": self.experiment.name,
            "title": self.experiment.title,
            "source": self.experiment.source,
            "parameters": [*self.experiment.parameters, *self.experiment.derived],
            "replications": self.replications,
            "seed": self.seed,
            "published": None if published is None else asdict(published),
            "misses": [list(pair) for pair in self.experiment.misses],
            "first": dict(self.experiment.first),
            "arms": {
                arm.key: {
                    "cell": cell.number,
                    "factors": {key: canonical(value) for key, value in cell.factors.items()},
                    "name": name,
                    "replications": cell.replications[name],
                    "estimator": canonical(arm.arm.estimator),
                    **arm.arm.identity,
                }
                for cell in self.cells
                for name, arm in cell.arms.items()
            },
        }
        return described | self._further()

    def _further(self) -> dict[str, Any]:
        """What only some studies have."""
        declared = self.experiment
        further: dict[str, Any] = {}
        if declared.compared:
            further["compared"] = list(declared.compared)
        if declared.penalties:
            further["choice"] = {
                "penalties": list(declared.penalties),
                "slopes": len(declared.parameters),
            }
        if declared.figures:
            further["figures"] = list(declared.figures)
        return further


def _make_cell(
    experiment: Experiment,
    panel: Panel | None,
    number: int,
    factors: dict[str, Any],
    replications: int,
    seed: int,
) -> tuple[Cell, Sample]:
    """Make a cell, and its first sample."""
    where = ", ".join(f"{name}={value}" for name, value in factors.items())
    _require_factors(experiment.dgp, "dgp", (panel,), factors)
    _require_factors(experiment.estimators, "estimators", (), factors)
    if experiment.inference is not None:
        _require_factors(experiment.inference, "inference", (), factors)
    try:
        dgp = experiment.dgp(panel, **factors)
        estimators = experiment.estimators(**factors)
        if not estimators:
            raise ValueError("no estimators")
        inference = _inference(experiment, factors, estimators)
        arms = {
            name: Addressed.of(
                Arm(
                    seed,
                    dgp,
                    estimator,
                    experiment.derived,
                    experiment.permutations,
                    inference.get(name, {}),
                    experiment.profiles,
                    experiment.group_slopes,
                ),
                len(experiment.parameters) + len(experiment.derived),
            )
            for name, estimator in estimators.items()
        }
        first = _draw_first(arms)
    except Exception as error:
        wrong = f"Cell {number} of {experiment.name} ({where}) must be one that can be drawn"
        raise InputError(wrong, f"{type(error).__name__}: {error}", "Correct its design") from error
    _require_fitting(experiment, estimators, first, where)
    n_units, n_periods, _ = first.panel.shape
    for name, value in (("N", n_units), ("T", n_periods)):
        require(
            factors.get(name, value) == value,
            f"The factor {name} must be the one of the panels that are drawn",
            f"{factors.get(name)} for panels of {value} at {where}",
            "Let the DGP use it, or give the factor another name",
        )
    planned = {
        name: min(replications, experiment.first.get(name, replications)) for name in estimators
    }
    return Cell(number, {**factors, "N": n_units, "T": n_periods}, arms, planned), first


def _inference(
    experiment: Experiment, factors: Mapping[str, Any], estimators: Mapping[str, Estimator]
) -> Mapping[str, Mapping[str, Inference]]:
    """Return the inference methods of a cell, by name of the estimator."""
    if experiment.inference is None:
        return {}
    inference = experiment.inference(**factors)
    unknown = sorted(set(inference) - set(estimators))
    if unknown:
        raise ValueError(f"inference for {', '.join(unknown)}, which are no estimators")
    for methods in inference.values():
        for name, method in methods.items():
            if not callable(getattr(method, "covariance", None)):
                raise TypeError(f"inference method {name} has no method `covariance`")
    for name, derived in experiment.derived.items():
        if not callable(getattr(derived, "gradient", None)):
            raise TypeError(f"derived parameter {name} has no method `gradient`")
    return inference


def _draw_first(arms: Mapping[str, Addressed]) -> Sample:
    """Draw the first sample of a cell, and compute its parameters."""
    arm = next(iter(arms.values()))
    sample = arm.sample(0)
    arm.parameters(sample.truth.theta)
    return sample


def _require_factors(
    function: Callable[..., Any], name: str, before: tuple[Any, ...], factors: Mapping[str, Any]
) -> None:
    try:
        signature(function).bind(*before, **factors)
    except TypeError as error:
        raise InputError(
            f"`{name}` must take the factors {', '.join(factors)}",
            f"a call with {error}",
            "Make factors and parameters agree",
        ) from None


def _require_fitting(
    experiment: Experiment, estimators: Mapping[str, Estimator], sample: Sample, where: str
) -> None:
    """Refuse estimators and names that do not go with the samples."""
    n_units, n_slopes = sample.panel.shape[0], sample.truth.theta.size
    fewer = n_slopes < len(experiment.parameters) and not experiment.derived
    if not fewer:
        _require_names_of_slopes(experiment, n_slopes, f"at {where}")
    for name, estimator in estimators.items():
        require(
            callable(getattr(estimator, "fit", None)),
            f"Estimator `{name}` must have a method `fit`",
            f"{estimator!r} at {where}",
            "Give it one: fit(panel, rng) -> Fit",
        )
        groups = getattr(estimator, "groups", None)
        require(
            not isinstance(groups, int) or groups <= n_units,
            f"Estimator `{name}` must have no more groups than units",
            f"{groups} groups for {n_units} units at {where}",
            "Use fewer groups or more units",
        )


def _require_names_of_slopes(experiment: Experiment, n_slopes: int, where: str) -> None:
    require(
        n_slopes == len(experiment.parameters),
        "There must be one name for each slope",
        f"{len(experiment.parameters)} names for {n_slopes} slopes {where}",
        "Name the slopes of the DGP in order",
    )


def _require_known_names(experiment: Experiment, cells: Sequence[Cell]) -> None:
    known = {name for cell in cells for name in cell.arms}
    used = {
        *experiment.first,
        *experiment.compared,
        *(name for pair in experiment.misses for name in pair),
    }
    unknown = used - known
    require(
        not unknown,
        "`first`, `compared` and `misses` must name estimators of the study",
        ", ".join(sorted(unknown)),
        f"Give some of {', '.join(sorted(known))}",
    )
    keys = [arm.key for cell in cells for arm in cell.arms.values()]
    require(
        len(set(keys)) == len(keys),
        "Each cell and estimator must be different from every other",
        "two with the same DGP and options",
        "Drop one of them",
    )
