"""A target: how small the Monte Carlo errors of named figures are to be, and where it is asked."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from gfe_mc.errors import InputError, is_number, require, require_whole

LEAST = 100
"""Replications before an error is believed, unless told otherwise."""
_SHARE = 4
"""From one size to the next, a quarter more: a size is that much too large at most."""
_FORM = 'Give such as "misclassification<=0.002, coverage[theta1]<=0.01"'
_GOAL = re.compile(r"\s*([^\W\d]\w*)\s*(?:\[([^\[\]]*)\])?\s*<=\s*([^\s,<=\[\]]+)\s*")


@dataclass(frozen=True)
class Goal:
    """Bound on the Monte Carlo standard error of a figure.

    Parameters
    ----------
    figure : str
        Name of a statistic of the summary. A share in percent may be named without its "_percent",
        and is then a share of one.
    bound : float
        The error is to be at most this.
    where : tuple of str, optional
        Of which figures of that name: names of a parameter, an estimator or an inference method,
        and factors, as "G=3". All of them if left out.

    Raises
    ------
    InputError
        A bound that is no positive number, or names that are no text.
    """

    figure: str
    bound: float
    where: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require(
            isinstance(self.figure, str) and self.figure.isidentifier(),
            "A target must name a figure",
            repr(self.figure),
            _FORM,
        )
        require(
            is_number(self.bound) and self.bound > 0,
            f"The bound on the error of {self.figure} must be a positive number",
            repr(self.bound),
            "Give such as 0.01",
        )
        require(
            isinstance(self.where, tuple) and all(isinstance(one, str) for one in self.where),
            "Which figures a target is about must be said by names",
            repr(self.where),
            'Give ("theta1", "G=3"), say',
        )

    @property
    def name(self) -> str:
        """The figure as it is written, with what is said of it."""
        return f"{self.figure}[{', '.join(self.where)}]" if self.where else self.figure

    def __str__(self) -> str:
        return f"{self.name}<={self.bound:g}"


@dataclass(frozen=True)
class Target:
    """Target of a study: replications are added until it is reached in every cell.

    It is asked at complete prefixes: replications 0 to n - 1 of all methods of a cell, n from
    `sizes`. A cell in which it is reached stops there, and the others go on. So what comes out
    does not depend on how it was run. Estimators that run on the first replications only
    (`Experiment.first`) decide nothing, nor does a method that has no such figure.

    A standard error that happens to be small ends a cell too early: the minimum is there for that.
    A figure that was the same in all replications, and is no share, has an error of zero.

    Parameters
    ----------
    goals : tuple of Goal
        All are to be reached.
    minimum : int, optional
        Replications of each cell, at least; 100 if left out, or the maximum if that is smaller.
    maximum : int, optional
        Replications of each cell, at most; those of the experiment if left out.

    Raises
    ------
    InputError
        No goals, or numbers that cannot be.

    Examples
    --------
    >>> from gfe_mc import Target
    >>> target = Target.of("misclassification<=0.002, bias[theta1]<=0.003", maximum=300)
    >>> [goal.name for goal in target.goals]
    ['misclassification', 'bias[theta1]']
    >>> target.within(1000).sizes()  # numbers of replications at which it is asked
    [100, 125, 157, 197, 247, 300]
    """

    goals: tuple[Goal, ...]
    minimum: int | None = None
    maximum: int | None = None

    def __post_init__(self) -> None:
        require(
            isinstance(self.goals, tuple)
            and len(self.goals) > 0
            and all(isinstance(one, Goal) for one in self.goals),
            "A target must have goals",
            repr(self.goals),
            _FORM,
        )
        names = [one.name for one in self.goals]
        require(
            len(set(names)) == len(names), "Each goal must be given once", ", ".join(names), _FORM
        )
        for name in ("minimum", "maximum"):
            if getattr(self, name) is not None:
                require_whole(f"{name} of replications", getattr(self, name), 2)
        require(
            None in (self.minimum, self.maximum) or self.minimum <= self.maximum,  # type: ignore[operator]
            "The least number of replications must not be above the largest",
            f"{self.minimum} and {self.maximum}",
            "Raise --max-replications, or lower --min-replications",
        )

    @classmethod
    def of(cls, text: str, minimum: int | None = None, maximum: int | None = None) -> Target:
        """Read a target: figures, each with a bound on its error.

        Raises
        ------
        InputError
            The text is no target.

        Examples
        --------
        >>> [str(goal) for goal in Target.of("bias <= 0.01,coverage[theta1, G=3]<=1e-2").goals]
        ['bias<=0.01', 'coverage[theta1, G=3]<=0.01']
        """
        require(isinstance(text, str), "A target must be text", repr(text), _FORM)
        goals, at = [], 0
        while True:
            found = _GOAL.match(text, at)
            end = None if found is None else found.end()
            if found is None or text[end : found.end() + 1] not in ("", ","):
                raise InputError(
                    "A target must be figures, each with a bound on its error",
                    repr(text[at:] or text)[:200],
                    _FORM,
                )
            goals.append(_goal(*found.groups()))
            if end == len(text):
                return cls(tuple(goals), minimum, maximum)
            at = found.end() + 1

    def within(self, replications: int) -> Target:
        """Return the target with its minimum and maximum, where they were left out.

        Parameters
        ----------
        replications : int
            Of the experiment.
        """
        maximum = replications if self.maximum is None else self.maximum
        minimum = min(LEAST, maximum) if self.minimum is None else self.minimum
        return Target(self.goals, minimum, maximum)

    def sizes(self) -> list[int]:
        """Return the numbers of replications at which the target is asked, in ascending order.

        Raises
        ------
        InputError
            Minimum or maximum is left out.
        """
        if self.minimum is None or self.maximum is None:
            raise InputError("A target must have its numbers", "none", "Take those of `within`")
        found = [self.minimum]
        while found[-1] < self.maximum:
            found.append(min(found[-1] + math.ceil(found[-1] / _SHARE), self.maximum))
        return found

    def size_for(self, needed: float) -> int:
        """Return the number of replications at which a target that needs so many is reached."""
        sizes = self.sizes()
        return next((size for size in sizes if size >= needed), sizes[-1])

    def describe(self) -> dict[str, Any]:
        """Return the rule, as JSON can hold it."""
        return {
            "goals": {one.name: one.bound for one in self.goals},
            "minimum": self.minimum,
            "maximum": self.maximum,
        }


def as_target(value: Target | str) -> Target:
    """Return a target; text is read."""
    return value if isinstance(value, Target) else Target.of(value)


def _goal(figure: str, where: str | None, bound: str) -> Goal:
    try:
        number = float(bound)
    except ValueError:
        number = math.nan
    require(
        math.isfinite(number),
        f"The bound on the error of {figure} must be a positive number",
        bound,
        "Give such as 0.01",
    )
    words = () if where is None else tuple(word.strip() for word in where.split(","))
    require(all(words), "Which figures a target is about must be said by names", repr(where), _FORM)
    return Goal(figure, number, words)
