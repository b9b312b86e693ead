"""One page for all exhibits of the papers: what became of every printed figure, with links.

It is made of the small files beside the tables of each study, `compared.csv`, `columns.csv` and
`explained.toml`, which `gfe-mc report NAME --write` and the user write.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from tabulate import tabulate

from gfe_mc.errors import require
from gfe_mc.published.exhibits import Exhibit, exhibits, papers
from gfe_mc.report.compared import read_compared
from gfe_mc.report.declaration import Report
from gfe_mc.report.digits import ABSENT, alone
from gfe_mc.report.explained import Explanation, explained_by, read_explanations
from gfe_mc.report.folders import studies
from gfe_mc.report.render import markdown_safe, numeric
from gfe_mc.report.tally import Tally
from gfe_mc.study.folder import read_provenance
from gfe_mc.visible import visible

OVERVIEW = "README.md"
FINDINGS = "FINDINGS.md"
APART = "-synthetic"
"""Ends the names of folders of studies that ran without the panel: they rerun no print."""


@dataclass(frozen=True, eq=False)
class Beside:
    """A study as it stands in the overview.

    Attributes
    ----------
    folder : Path
        Where it is.
    title, source : str
        Its own.
    compared, columns : pandas.DataFrame
        Its figures beside the print and the tests of its columns; empty where there is no print.
    explanations : tuple of Explanation
        What is explained of its differences.
    explanation : pandas.Series
        Number of the explanation of each figure, -1 where none.
    """

    folder: Path
    title: str
    source: str
    compared: pd.DataFrame
    columns: pd.DataFrame
    explanations: tuple[Explanation, ...]
    explanation: pd.Series

    @classmethod
    def read(cls, folder: Path) -> Beside:
        """Read a study.

        Raises
        ------
        InputError
            Its files are not there, or an explanation explains nothing.
        """
        said = read_provenance(folder)["study"]
        compared = columns = pd.DataFrame({"table": [], "method": []}, dtype=str)
        if Report.read(said["report"]).published is not None:
            compared, columns = read_compared(folder)
        made = read_explanations(folder)
        found = explained_by(compared, made, folder)
        return cls(folder, said["title"], said["source"], compared, columns, made, found)

    @property
    def table(self) -> str:
        """Name of its printed table; empty where there is none."""
        return str(self.compared["table"].iloc[0]) if len(self.compared) else ""

    def methods(self) -> dict[str, pd.DataFrame]:
        """Return the figures of each method, in their order."""
        names = dict.fromkeys(self.compared["method"])
        return {name: self.compared[self.compared["method"] == name] for name in names}

    def tally(self, method: str | None = None) -> Tally:
        """Count the figures of a method; of all if None."""
        own = self.compared if method is None else self.methods()[method]
        return Tally.of(own, self.explanation) if self.table else Tally()

    def link(self, name: str, text: str | None = None) -> str:
        """Link a file of its folder."""
        shown = markdown_safe(visible(self.folder.name if text is None else text))
        return f"[{shown}]({posixpath.normpath(posixpath.join(self.folder.name, name))})"

    def linked(self) -> str:
        """Link its findings, or its table where there are none."""
        return self.link(FINDINGS if (self.folder / FINDINGS).is_file() else "table.md")


def overview(results: Path) -> str:
    """Make the page, in Markdown, to be put into the folder of results.

    Parameters
    ----------
    results : Path
        Folder with the folders of studies.

    Raises
    ------
    InputError
        There are no studies, files of one are not there, or an explanation explains nothing.
    """
    folders = [folder for folder in studies(results) if not folder.name.endswith(APART)]
    require(
        len(folders) > 0,
        "There must be results",
        f"no folder of a study in {results}",
        "Run a study first, or name the folder that holds the folders of studies",
    )
    read = [Beside.read(folder) for folder in folders]
    parts = [_HEAD, _summary(read, results)]
    for paper, named in papers().items():
        parts += [f"## {named}", *_paper(paper, read, results)]
    return "\n\n".join([*parts, *_further(read)]) + "\n"


_HEAD = """# Every exhibit of the three papers

Made by `gfe-mc overview` from what the stores of the studies below give; not written by hand.

A printed figure counts once for each method that stands beside it. It *agrees* (p of 5 % or more),
is *within chance* (p above the level that allows for all figures of its table), or *differs*. What
is the same in all replications is *as printed*, or so by being *rounded twice*, or differs. What
differs is *explained* where an experiment shows by what (listed below each table), else it is
*open*; a printed figure that is open for every method with a verdict on it was *never met*. *Too
few* are fewer than ten samples. Mean z^2 is 1 on average where print and ours have the
same expectation, and p is that of one as large, for all figures of a method together; `table.md` of
each study says how."""


def _summary(read: Sequence[Beside], results: Path) -> str:
    """Count exhibits and figures of each paper, and of all."""
    rows, totals = [], []
    every = [0, 0, 0, 0]
    for paper, named in papers().items():
        own = [exhibit for exhibit in exhibits() if exhibit.paper == paper]
        beside = [exhibit for exhibit in own if _beside(exhibit, read)]
        otherwise = [e for e in own if e not in beside and (_reruns(e, read) or _files(e, results))]
        missing = len(own) - len(beside) - len(otherwise)
        number = [len(own), len(beside), len(otherwise), missing]
        every = [one + more for one, more in zip(every, number, strict=True)]
        total = Tally.total(s.tally() for exhibit in beside for s in _beside(exhibit, read))
        totals.append(total)
        rows.append([markdown_safe(named), *map(str, number), *_whole(total)])
    rows.append(["all", *map(str, every), *_whole(Tally.total(totals))])
    counted = ("exhibits", "beside print", "rerun otherwise", "not rerun", "printed", "never met")
    return _table(("paper", *counted, *Tally.header()), rows)


def _whole(total: Tally) -> tuple[str, ...]:
    """Numbers of a paper: of what is printed, and of what stands beside it."""
    return (str(total.printed), str(total.never_met), *total.entries())


def _paper(paper: str, read: Sequence[Beside], results: Path) -> Iterable[str]:
    """Make the tables of a paper: beside print, explained, without printed figures."""
    own = [exhibit for exhibit in exhibits() if exhibit.paper == paper]
    rows = [
        [markdown_safe(exhibit.name), study.linked(), *_row(study, method)]
        for exhibit in own
        for study in _beside(exhibit, read)
        for method in study.methods()
    ]
    if rows:
        header = ("exhibit", "study", "method", "cells", *Tally.header(), "mean z^2", "p")
        yield _table(header, rows)
    explained = [
        f"- {markdown_safe(exhibit.name)}, {line}"
        for exhibit in own
        for study in _beside(exhibit, read)
        for line in _explained(study)
    ]
    if explained:
        yield "Explained:\n\n" + "\n".join(explained)
    others = [
        [
            markdown_safe(exhibit.name),
            markdown_safe(exhibit.about),
            _otherwise(exhibit, read, results),
        ]
        for exhibit in own
        if not _beside(exhibit, read)
    ]
    if others:
        yield _table(("exhibit", "what it shows", "rerun by"), others)


def _row(study: Beside, method: str) -> list[str]:
    """Numbers of a method beside a print."""
    own = study.methods()[method]
    cells = own.loc[own["cell"] != "", "cell"].nunique()
    whole = study.columns[study.columns["method"] == method]
    test = [ABSENT, ABSENT]
    if len(whole):
        tested = whole.iloc[0]
        p = float(tested["p"])
        test = [
            f"{alone(float(tested['mean_square']), 3)} of {tested['figures']}",
            "below 0.001" if p < 0.001 else alone(p, 2),
        ]
    return [markdown_safe(method), str(cells), *study.tally(method).entries(), *test]


def _explained(study: Beside) -> Iterable[str]:
    """Say what is explained of a study, and what shows it."""
    for n, entry in enumerate(study.explanations):
        own = study.compared[study.explanation == n]
        methods = ", ".join(markdown_safe(name) for name in dict.fromkeys(own["method"]))
        shown = ", ".join(study.link(name, Path(name).name) for name in entry.shown)
        said = markdown_safe(visible(entry.because))
        yield f"{methods}: {len(own)} {'figure' if len(own) == 1 else 'figures'}. {said} ({shown})"


def _otherwise(exhibit: Exhibit, read: Sequence[Beside], results: Path) -> str:
    """Say what reruns an exhibit that has no figures to stand beside, or why nothing does."""
    links = [study.linked() for study in _reruns(exhibit, read)]
    links += [f"[{markdown_safe(Path(file).name)}]({file})" for file in _files(exhibit, results)]
    if links:
        return ", ".join(links)
    names = ", ".join((*exhibit.studies, *exhibit.files))
    missing = exhibit.missing or (f"no results of {names}" if names else "no results")
    return f"not rerun: {markdown_safe(missing)}"


def _further(read: Sequence[Beside]) -> Iterable[str]:
    """List the studies that no exhibit names: variants, and those behind findings."""
    named = {study.folder for exhibit in exhibits() for study in _beside(exhibit, read)}
    named |= {study.folder for exhibit in exhibits() for study in _reruns(exhibit, read)}
    others = [study for study in read if study.folder not in named]
    if others:
        lines = [
            f"- {study.linked()}: {markdown_safe(visible(study.title))} "
            f"({markdown_safe(visible(study.source))})"
            for study in others
        ]
        yield "## Further studies\n\n" + "\n".join(lines)


def _beside(exhibit: Exhibit, read: Sequence[Beside]) -> list[Beside]:
    """Studies whose figures stand beside those of an exhibit."""
    return [study for study in read if exhibit.table and study.table == exhibit.table]


def _reruns(exhibit: Exhibit, read: Sequence[Beside]) -> list[Beside]:
    """Studies that rerun an exhibit without printed figures."""
    return [study for study in read if study.folder.name in exhibit.studies]


def _files(exhibit: Exhibit, results: Path) -> list[str]:
    """Files that show an exhibit, of those that are there."""
    return [file for file in exhibit.files if (results / file).is_file()]


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table whose entries are Markdown already; numbers to the right."""
    align = ["right" if numeric([row[k] for row in rows]) else "left" for k in range(len(header))]
    return tabulate(rows, header, tablefmt="pipe", disable_numparse=True, colalign=align)
