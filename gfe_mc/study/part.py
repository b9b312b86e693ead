"""A part of a study, or the same study on another grid, without a file of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gfe_mc.errors import InputError, require
from gfe_mc.study.experiment import Estimators, Experiment, InferenceMethods


def part_of(
    experiment: Experiment,
    grid: Mapping[str, Sequence[Any]] | None = None,
    estimators: Sequence[str] = (),
) -> Experiment:
    """Return an experiment with other values of some factors, and with some of its estimators.

    Replications that both have are the same: a stream has the content of a cell for its address.

    Parameters
    ----------
    experiment : Experiment
        The experiment.
    grid : mapping of str to sequence, optional
        Values of factors, by name; the design says which there may be. All combinations of a grid
        that is given are cells, also where the experiment has but some.
    estimators : sequence of str, default ()
        Names of the estimators that are kept; all if left out.

    Raises
    ------
    InputError
        A factor that the experiment does not have.
    """
    given = dict(grid or {})
    unknown = [name for name in given if name not in experiment.factors]
    require(
        not unknown,
        f"The grid must be of factors of {experiment.name}",
        ", ".join(unknown),
        f"Give some of {', '.join(experiment.factors)}",
    )
    factors = {name: given.get(name, values) for name, values in experiment.factors.items()}
    within = None if given else experiment.within
    if not estimators:
        return replace(experiment, factors=factors, within=within)
    kept = frozenset(estimators)
    inference = experiment.inference
    return replace(
        experiment,
        factors=factors,
        within=within,
        estimators=Some(experiment.estimators, kept, complete=True),
        inference=None if inference is None else Some(inference, kept),
        first={name: n for name, n in experiment.first.items() if name in kept},
        report=None if experiment.report is None else experiment.report.of_some(kept),
    )


@dataclass(frozen=True)
class Some:
    """Some of what is declared by name of the estimator, as a function of the factors.

    Parameters
    ----------
    given : mapping by name, or callable that returns one
        What is declared.
    names : frozenset of str
        What is kept.
    complete : bool, default False
        Whether each name must be there.
    """

    given: Estimators | InferenceMethods
    names: frozenset[str]
    complete: bool = False

    def __call__(self, **factors: Any) -> dict[str, Any]:
        """Return what is kept in a cell."""
        every: Mapping[str, Any] = self.given(**factors) if callable(self.given) else self.given
        unknown = sorted(self.names - set(every))
        if unknown and self.complete:
            raise InputError(
                "Estimators must be those of the study",
                ", ".join(unknown),
                f"Give some of {', '.join(every)}",
            )
        return {name: one for name, one in every.items() if name in self.names}


def parsed(texts: Sequence[str], experiment: Experiment) -> dict[str, tuple[Any, ...]]:
    """Read values of factors, such as "N=50,100", as those of the experiment are written.

    Parameters
    ----------
    texts : sequence of str
        One a factor.
    experiment : Experiment
        The experiment: numbers are read as numbers where its own values are, and what is written as
        one of its own values is that one.

    Raises
    ------
    InputError
        A text without a name or values, a factor twice, or a value that cannot be read.
    """
    grid: dict[str, tuple[Any, ...]] = {}
    for text in texts:
        name, equals, values = text.partition("=")
        name = name.strip()
        require(
            bool(equals and name and values.strip()) and name not in grid,
            "A grid must be given as NAME=VALUE,VALUE, each factor once",
            repr(text),
            "Give such as --grid N=50,100 --grid T=5,10",
        )
        own = experiment.factors.get(name, ())
        grid[name] = tuple(_value(name, one.strip(), own) for one in values.split(","))
    return grid


def _value(name: str, text: str, own: Sequence[Any]) -> Any:
    """One value: one of the experiment's own, or a number of their kind, or text."""
    for value in own:
        if str(value) == text:
            return value
    kinds = {type(value) for value in own}
    if kinds <= {int, float} and kinds:
        try:
            return int(text) if kinds == {int} else float(text)
        except ValueError:
            pass
    elif kinds <= {str}:
        return text
    raise InputError(
        f"A value of factor {name} must be one that can be read",
        repr(text),
        f"Give such as {', '.join(map(str, own[:3]))}",
    )
