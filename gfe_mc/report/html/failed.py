"""What did not end well, each with the command that runs one such replication again."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import NamedTuple

import xarray as xr

from gfe_mc.metrics.failures import METRIC, failures
from gfe_mc.metrics.summary import factors

MOST = 200
"""Ways to fail that a page shows; the others are in the table."""


@dataclass(frozen=True)
class Command:
    """How a study is asked for on the command line.

    Attributes
    ----------
    study : str
        Its name, or its file.
    seed : int, optional
        Its root seed, where the declaration has another.
    output : str, optional
        The folder of its results, where it is not the one that is found by name.
    """

    study: str
    seed: int | None = None
    output: str | None = None

    def replay(self, cell: int, replication: int, estimator: str) -> str:
        """Return the command that replays a replication, as a shell takes it."""
        # A name that begins with a dash is no option.
        dashed = estimator.startswith("-")
        named = [f"--estimator={estimator}"] if dashed else ["--estimator", estimator]
        parts = ["gfe-mc", "replay", self.study, "--cell", str(cell)]
        parts += ["--replication", str(replication), *named]
        parts += [] if self.seed is None else ["--seed", str(self.seed)]
        parts += [] if self.output is None else ["--output", self.output]
        return shlex.join(parts)


class Failure(NamedTuple):
    """One way in which replications did not end well."""

    where: str
    """Cell and its factors."""
    who: str
    """The estimator, and its inference method or the metric if it is that which failed."""
    status: str
    message: str
    number: int
    """Replications that ended so."""
    command: str
    """Replays the first of them."""


def failed(study: xr.Dataset, command: Command) -> list[Failure]:
    """Return the ways in which replications of a study did not end well.

    Parameters
    ----------
    study : xarray.Dataset
        Its dataset, with messages.
    command : Command
        How the study is asked for.
    """
    frame = failures(study)
    names = factors(frame)
    found = []
    for record in frame.to_dict("records"):
        cell, estimator = int(record["cell"]), str(record["estimator"])
        label = ", ".join(f"{name} = {record[name]}" for name in names)
        found.append(
            Failure(
                f"cell {cell}{f' ({label})' if label else ''}",
                _who(estimator, str(record["inference"])),
                str(record["status"]),
                str(record["message"]),
                int(record["count"]),
                command.replay(cell, int(record["first"]), estimator),
            )
        )
    return found


def _who(estimator: str, part: str) -> str:
    if part == "none":
        return estimator
    kind = "" if part.startswith(METRIC) else "inference "
    return f"{estimator}, {kind}{part}"
