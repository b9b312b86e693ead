"""Several runs of a study, one after the other, that are one to whoever looks."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from gfe_mc.clusters.standing import Standing
from gfe_mc.study.bounds import Bounds, OutOfTimeError
from gfe_mc.study.remaining import Remaining
from gfe_mc.study.runner import Progress
from gfe_mc.study.store import Store

_SUMS = ("replications", "failed", "seconds_inside_replications", "wall_seconds")


class RunRemaining(Protocol):
    """Runs what is missing, writes it to the store, and adds to the record of the study's runs."""

    def __call__(
        self,
        store: Store,
        remaining: Remaining,
        backend: Standing,
        bounds: Bounds,
        *,
        begin: Callable[[str], object],
        report: Callable[[Progress], object],
    ) -> None:
        """Run it."""
        ...


@dataclass
class Stages:
    """Stages of a run on workers that stay: one progress, one limit, and one record of them all.

    Parameters
    ----------
    workers : Standing
        Where the workers are.
    run_remaining : callable
        Runs a stage.
    bounds : Bounds
        Of all stages together.
    begin, report, say : callable
        As in `run_study`.

    Attributes
    ----------
    out_of_time : OutOfTimeError or None
        What was raised where there was no more time.
    """

    workers: Standing
    run_remaining: RunRemaining
    bounds: Bounds
    begin: Callable[[str], object]
    report: Callable[[Progress], object]
    say: Callable[[str], object]
    out_of_time: OutOfTimeError | None = None
    _before: Progress = field(default_factory=lambda: Progress(0))
    _now: Progress = field(default_factory=lambda: Progress(0))
    _recorded: int = 0
    _started: float = field(default_factory=time.perf_counter)

    def run(self, store: Store, remaining: Remaining) -> bool:
        """Run one stage, whatever is missing of it; return whether there was time for all of it."""
        self._before = self._now
        begin = self.begin if self.workers.connect(self.say) else id
        try:
            left = self.bounds.after(self._before.faults, time.perf_counter() - self._started)
            try:
                self.run_remaining(
                    store, remaining, self.workers, left, begin=begin, report=self._follow
                )
            finally:
                self._join(store)
        except OutOfTimeError as error:
            self.out_of_time = error
            return False
        return True

    def _follow(self, now: Progress) -> None:
        """Tell how far all stages have come."""
        before = self._before
        self._now = replace(
            now,
            planned=before.planned + now.planned,
            done=before.done + now.done,
            failed=before.failed + now.failed,
            inside=before.inside + now.inside,
            faults=before.faults + now.faults,
            slots=max(before.slots, now.slots),
        )
        self.report(self._now)

    def _join(self, store: Store) -> None:
        """Make one record of that of this stage and that of those before."""
        provenance = store.read_provenance()
        runs: list[dict[str, Any]] = provenance["runs"]
        if self._recorded:
            *earlier, one, now = runs
            runs = [*earlier, _joined(one, now)]
            store.write_provenance(provenance | {"runs": runs})
        self._recorded = len(runs)


def _joined(one: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    sums = {
        name: round(one.get(name, 0) + now.get(name, 0), 2)
        for name in _SUMS
        if name in one or name in now
    }
    return one | sums | {"slots": max(one["slots"], now["slots"])}
