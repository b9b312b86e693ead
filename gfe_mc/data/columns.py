"""Which columns of a file make a panel."""

from dataclasses import dataclass
from pathlib import Path

from gfe_mc.data.panel import Panel


@dataclass(frozen=True)
class Columns:
    """Names of the columns; as in `Panel.from_file`.

    Attributes
    ----------
    outcome, regressors, unit, time
        Names of columns.
    drop_missing
        Whether rows in which one of them is missing are dropped.
    """

    outcome: str
    regressors: tuple[str, ...]
    unit: str
    time: str
    drop_missing: bool = False

    def read(self, path: str | Path) -> Panel:
        """Read a panel file; errors are those of `Panel.from_file`."""
        return Panel.from_file(
            str(path),
            outcome=self.outcome,
            regressors=self.regressors,
            unit=self.unit,
            time=self.time,
            drop_missing=self.drop_missing,
        )
