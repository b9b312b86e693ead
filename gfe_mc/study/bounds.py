"""What a run may take: how many failures, how much time, and how much for one replication."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

from gfe_mc.errors import require


class OutOfTimeError(RuntimeError):
    """The run had no more time; finished blocks are in the store."""


class TooManyFailuresError(RuntimeError):
    """More failures than the run was to bear; finished blocks are in the store."""


@dataclass(frozen=True)
class Bounds:
    """Bounds of a run; there is none where one is None.

    Attributes
    ----------
    failures : int, optional
        The run ends once something raised in more replications than this.
    seconds : float, optional
        The run ends in order before so many seconds have passed: what is under way then is waited
        for as long as it may take until then, and nothing more is started.
    replication_seconds : float, optional
        Time limit for a replication of a method, and for drawing a sample. Workers with a nanny are
        ended where code does not heed it.

    Raises
    ------
    InputError
        Seconds that are no positive number.
    """

    failures: int | None = None
    seconds: float | None = None
    replication_seconds: float | None = None

    def __post_init__(self) -> None:
        limits = {"most_seconds": self.seconds, "replication_seconds": self.replication_seconds}
        for name, limit in limits.items():
            require(
                limit is None or 0 < limit < float("inf"),
                f"`{name}` must be a positive number of seconds",
                limit,
                "Give such as 3600, or leave it out",
            )

    def after(self, failures: int, seconds: float) -> Self:
        """Return what is left of them after so many failures and seconds.

        Raises
        ------
        OutOfTimeError
            No time is left.
        """
        if self.seconds is not None and seconds >= self.seconds:
            raise OutOfTimeError(f"something is left after {self.seconds:g} s")
        return replace(
            self,
            failures=None if self.failures is None else self.failures - failures,
            seconds=None if self.seconds is None else self.seconds - seconds,
        )
