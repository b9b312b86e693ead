"""Which columns of a file make a panel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gfe_mc.errors import require

if TYPE_CHECKING:
    from gfe_mc.data.panel import Panel


@dataclass(frozen=True)
class Columns:
    """Names of the columns of a panel file; as in `Panel.from_file`.

    Attributes
    ----------
    outcome : str
        Column with the outcome.
    regressors : tuple of str
        Columns with the regressors.
    unit, time : str
        Columns with units and periods.
    drop_missing : bool, default False
        Whether rows in which one of them is missing are dropped.
    """

    outcome: str
    regressors: tuple[str, ...]
    unit: str
    time: str
    drop_missing: bool = False

    def read(self, path: str | Path) -> Panel:
        """Read a panel file; errors are those of `Panel.from_file`."""
        # Panels are made of columns: at the top of the file, each would need the other first.
        from gfe_mc.data.panel import Panel

        return Panel.from_file(
            str(path),
            outcome=self.outcome,
            regressors=self.regressors,
            unit=self.unit,
            time=self.time,
            drop_missing=self.drop_missing,
        )

    def all(self) -> list[str]:
        """Return unit, time, outcome and regressors."""
        return [self.unit, self.time, self.outcome, *self.regressors]

    def require_names(self, there: Iterable[Any]) -> None:
        """Raise `InputError` unless units and periods are there."""
        there = list(there)
        missing = [name for name in (self.unit, self.time) if name not in there]
        require(
            not missing,
            f"The data must have the columns {self.unit} and {self.time}",
            f"no {', '.join(map(str, missing))} among {', '.join(map(str, there))}",
            "Name the columns as they are in the data",
        )

    def require_in(self, there: Iterable[Any]) -> None:
        """Raise `InputError` unless each column is there, once, and no two are the same."""
        there, columns = list(there), self.all()
        missing = [name for name in columns if name not in there]
        require(
            not missing,
            f"The data must have the columns {', '.join(map(str, columns))}",
            f"no {', '.join(map(str, missing))} among {', '.join(map(str, there))}",
            "Name the columns as they are in the data",
        )
        require(
            len(set(columns)) == len(columns),
            "Unit, time, outcome and regressors must be different columns",
            ", ".join(map(str, columns)),
            "Name each column once",
        )
        repeated = sorted({str(name) for name in columns if there.count(name) > 1})
        require(
            not repeated,
            "Each column must be there once",
            f"several columns named {', '.join(repeated)}",
            "Rename or drop the others",
        )
