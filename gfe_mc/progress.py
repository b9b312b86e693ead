"""How far a run has come, on the console: a bar for people, lines for logs."""

from __future__ import annotations

import time
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Protocol, Self

from rich import progress as bars
from rich.console import Console

from gfe_mc.visible import visible

if TYPE_CHECKING:
    from gfe_mc.study.runner import Progress

_SECONDS = 30.0
"""A log gets a line after so many seconds,"""
_SHARE = 0.05
"""or after such a share of the replications,"""
_AT_LEAST = 1.0
"""but no two lines within so many seconds."""


class Display(AbstractContextManager["Display", None], Protocol):
    """What shows a run."""

    def begin(self, dashboard: str) -> None:
        """Show the address of the dashboard."""

    def update(self, progress: Progress) -> None:
        """Show how far the run has come."""

    def say(self, words: str) -> None:
        """Show a line of words at once."""


def display(console: Console) -> Display:
    """Return a bar where the console is a terminal, and lines where it is not."""
    return Bar(console) if console.is_terminal else Lines(console)


class Bar:
    """A progress bar, with the time that is left and what failed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bar = bars.Progress(
            bars.TextColumn("{task.description}", markup=False),
            bars.BarColumn(),
            bars.MofNCompleteColumn(),
            bars.TextColumn("failed {task.fields[failed]}"),
            bars.TimeElapsedColumn(),
            bars.TextColumn("left"),
            bars.TimeRemainingColumn(),
            console=console,
        )
        self._task: Any = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def begin(self, dashboard: str) -> None:
        """Show the address of the dashboard."""
        self.say(f"Dashboard: {dashboard}")

    def update(self, progress: Progress) -> None:
        """Move the bar."""
        if self._task is None:
            self._task = self._bar.add_task("replications", failed=0)
        self._bar.update(
            self._task, total=progress.planned, completed=progress.done, failed=progress.failed
        )

    def say(self, words: str) -> None:
        """Print a line above the bar."""
        self._console.print(visible(words, keep="\n"), markup=False, emoji=False)


class Lines:
    """A line now and then, for a log."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = self._last = time.monotonic()
        self._shown = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def begin(self, dashboard: str) -> None:
        """Print the address of the dashboard."""
        self.say(f"Dashboard: {dashboard}")
        self._started = self._last = time.monotonic()

    def update(self, progress: Progress) -> None:
        """Print a line if it is time for one, or if all is done."""
        now = time.monotonic()
        more = progress.done - self._shown
        due = now - self._last >= _SECONDS or (
            more >= _SHARE * progress.planned and now - self._last >= _AT_LEAST
        )
        if due or (more and progress.done == progress.planned):
            self._last, self._shown = now, progress.done
            self.say(self._line(progress, now - self._started))

    def say(self, words: str) -> None:
        """Print a line."""
        self._console.print(visible(words, keep="\n"), markup=False, emoji=False)

    @staticmethod
    def _line(progress: Progress, seconds: float) -> str:
        done, planned = progress.done, progress.planned
        line = (
            f"{done} of {planned} replications ({100 * done / max(planned, 1):.0f} %), "
            f"failed {progress.failed}, after {_clock(seconds)}"
        )
        if 0 < done < planned:
            line += f", left about {_clock(seconds * (planned - done) / done)}"
        return line


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
