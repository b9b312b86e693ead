"""How many workers or jobs a cluster has: a number, or between two as there is work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gfe_mc.errors import InputError, require, require_whole

TARGET_DURATION = "100ms"
"""How long Dask may take for all that it has, in its own rule of size: so little that it asks for a
worker for each task under way. The run submits a few for each worker that there is, so a cluster
grows as long as there is work for it, and shrinks at the end. By Dask's default of five seconds it
would see no more than a second or two of work for each, and let workers go."""
_BOUNDS = ("minimum", "maximum")


@dataclass(frozen=True)
class Size:
    """Between a minimum and a maximum, as there is work; fixed where they are the same.

    Attributes
    ----------
    minimum, maximum : int
        At least one: a run gives no work before there is a worker, so none would ever come.
    """

    minimum: int
    maximum: int

    def __post_init__(self) -> None:
        require_whole("minimum", self.minimum, 1)
        require_whole("maximum", self.maximum, 1)
        require(
            self.minimum <= self.maximum,
            "The size of a cluster must have a minimum below its maximum",
            f"minimum {self.minimum} and maximum {self.maximum}",
            "Exchange them",
        )

    @property
    def fixed(self) -> bool:
        """Whether it is one number."""
        return self.minimum == self.maximum

    @classmethod
    def of(cls, what: str, number: object, adapt: object) -> Size:
        """Make one of options: a number of jobs or workers, or a table `adapt`.

        Raises
        ------
        InputError
            Both are given or neither, or one is not what it should be.
        """
        ways = f"{what} = 4, or adapt = {{ minimum = 1, maximum = 40 }}"
        if (number is None) == (adapt is None):
            came = "neither a number nor `adapt`" if number is None else f"`{what}` and `adapt`"
            raise InputError("A cluster must have one size", came, f"Give {ways}")
        if number is not None:
            fixed = require_whole(what, number, 1)
            return cls(fixed, fixed)
        if not isinstance(adapt, Mapping) or "maximum" not in adapt or set(adapt) - set(_BOUNDS):
            raise InputError(
                "`adapt` must be a table with `maximum`, and `minimum` if it is not 1",
                repr(adapt),
                f"Give {ways}",
            )
        bounds: Mapping[str, Any] = adapt
        return cls(bounds.get("minimum", 1), bounds["maximum"])
