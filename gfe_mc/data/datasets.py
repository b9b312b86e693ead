"""Public data sets of panels: what they are and where."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gfe_mc.data.columns import Columns
from gfe_mc.errors import InputError, require

_DIGITS = 7
"""Significant digits of the tidy file: those of single precision, in which such data are kept."""


@dataclass(frozen=True)
class Dataset:
    """Public data set: a balanced panel of N units over T periods in a file without header.

    The file is comma-separated and has N T rows, the periods of the first unit first, and the
    columns outcome, regressors. The names of units and periods are not in the file; they are
    given here, in its order.

    Attributes
    ----------
    name : str
        What `fetch` and `fetched` call it.
    url : str
        Where the file is, http or https.
    sha256 : str
        Hash of the file, 64 hexadecimal digits.
    title, citation : str
        What it is, and whom to cite.
    columns : Columns
        The columns of the tidy CSV.
    units : tuple of str
        Names of the units, of length N.
    periods : tuple of int
        Names of the periods, of length T.
    """

    name: str
    url: str
    sha256: str
    title: str
    citation: str
    columns: Columns
    units: tuple[str, ...]
    periods: tuple[int, ...]

    def tidy(self, raw: bytes) -> str:
        """Turn the content of the file into a CSV with a header, units and periods.

        Parameters
        ----------
        raw : bytes
            Content of the file.

        Returns
        -------
        str
            The columns unit, time, outcome, regressors; values in the units of the file, to seven
            significant digits.

        Raises
        ------
        InputError
            Another number of rows or columns, or text where numbers must be.
        """
        rows = list(csv.reader(io.StringIO(raw.decode("utf-8", errors="replace"))))
        columns = self.columns
        names = (columns.outcome, *columns.regressors)
        places = [(unit, period) for unit in self.units for period in self.periods]
        widths = sorted({len(row) for row in rows})
        require(
            len(rows) == len(places) and widths == [len(names)],
            f"The file of `{self.name}` must have {len(places)} rows of {len(names)} columns",
            f"{len(rows)} rows of {' or '.join(map(str, widths)) or 'no'} columns",
            "Correct the units, the periods or the columns of the data set",
        )
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow([columns.unit, columns.time, *names])
        try:
            for place, row in zip(places, rows, strict=True):
                writer.writerow(
                    [*place, *(f"{float(np.float32(cell)):.{_DIGITS}g}" for cell in row)]
                )
        except ValueError as error:
            raise InputError(
                f"The file of `{self.name}` must hold numbers", str(error), "Give another file"
            ) from None
        return text.getvalue()


_COUNTRIES = """
Argentina; Australia; Austria; Burundi; Belgium; Benin; Burkina Faso; Bolivia; Brazil;
Central African Republic; Canada; Switzerland; Chile; China; Cote d'Ivoire; Cameroon;
Congo, Rep.; Colombia; Costa Rica; Cyprus; Denmark; Dominican Republic; Algeria; Ecuador;
Egypt, Arab Rep.; Spain; Finland; France; Gabon; United Kingdom; Ghana; Guinea; Greece;
Guatemala; Honduras; Indonesia; India; Ireland; Iran; Iceland; Israel; Italy; Jamaica; Jordan;
Japan; Kenya; Korea, Rep.; Sri Lanka; Luxembourg; Morocco; Madagascar; Mexico; Mali; Mauritania;
Malawi; Malaysia; Niger; Nigeria; Nicaragua; Netherlands; Norway; Nepal; New Zealand; Panama;
Peru; Philippines; Portugal; Paraguay; Romania; Rwanda; Singapore; Sierra Leone; El Salvador;
Sweden; Syrian Arab Republic; Chad; Togo; Thailand; Trinidad and Tobago; Tunisia; Turkey;
Taiwan; Tanzania; Uganda; Uruguay; United States; Venezuela, RB; South Africa; Congo, Dem. Rep.;
Zambia
"""

INCOME_DEMOCRACY = Dataset(
    name="income_democracy",
    url=(
        "https://raw.githubusercontent.com/martinmugnier/TPWD-Estimators/"
        "3a65845b6040c8b51faec9b3e71733c34964ea5f/acemoglu_balancedsample.csv"
    ),
    sha256="a8632b43bb1318e87010c3f1073142d5d87042c1f1971f11b404d2581988aca4",
    title="Income and democracy, balanced panel of 90 countries, 1970 to 2000 every five years",
    citation=(
        "D. Acemoglu, S. Johnson, J. A. Robinson and P. Yared (2008), "
        '"Income and Democracy", American Economic Review 98(3), 808-842'
    ),
    columns=Columns(
        outcome="democracy",
        regressors=("lag_democracy", "lag_income"),
        unit="country",
        time="year",
    ),
    units=tuple(_COUNTRIES.replace("\n", " ").strip().split("; ")),
    periods=(1970, 1975, 1980, 1985, 1990, 1995, 2000),
)
"""Democracy is the Freedom House index of political rights, 0 (least) to 1 (most democratic);
income is the log of real GDP per capita in 1996 prices (Penn World Table 6.1). Lags are values
five years earlier. The file has the countries in the order of their codes."""

DATASETS: Mapping[str, Dataset] = MappingProxyType({d.name: d for d in (INCOME_DEMOCRACY,)})
"""The known data sets by name."""
