"""Folders that are merged: read, and of one design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from gfe_mc.errors import InputError, require
from gfe_mc.study.design import differences
from gfe_mc.study.folder import DATASET, Finished, read_finished, read_provenance
from gfe_mc.study.layout import Layout


@dataclass(frozen=True, eq=False)
class Source:
    """Folder of results that is read, and not touched.

    Attributes
    ----------
    folder : Path
        The folder.
    provenance : dict of str to object
        What it says of its study.
    finished : Finished
        What is finished in it.
    """

    folder: Path
    provenance: dict[str, Any]
    finished: Finished

    @property
    def study(self) -> dict[str, Any]:
        """The description of its study."""
        study: dict[str, Any] = self.provenance["study"]
        return study

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read a folder.

        Raises
        ------
        InputError
            It holds no study, or a file that cannot be read.
        """
        return cls(folder, read_provenance(folder), read_finished(folder))


def require_same_design(one: Source, other: Source) -> None:
    """Refuse folders of different designs, naming in what they differ."""
    differing = differences(one.study, other.study)
    require(
        not differing,
        "Folders that are merged must hold the same design",
        f"{one.folder} and {other.folder}, which differ in {differing}",
        "Merge results of one declaration, of one seed and of one version of the computation",
    )


def template_of(sources: Sequence[Source]) -> Source:
    """Return the folder whose dataset says how that of all is laid out: it has most variables.

    Blocks do not say in which order metrics and what they record come.

    Raises
    ------
    InputError
        None has a dataset.
    """
    having = [one for one in sources if one.finished.dataset is not None]
    if not having:
        name = sources[0].study["experiment"]
        raise InputError(
            "One of the folders that are merged must have its dataset",
            f"no {DATASET} in any of them: their runs were stopped",
            f"Run one of them to its end: gfe-mc run {name} --output {sources[0].folder}",
        )
    return max(having, key=lambda one: len(one.finished.dataset or ()))


def layout_of(template: Source, study: dict[str, Any]) -> Layout:
    """Return the layout of a folder's dataset, with the replications of a description.

    Raises
    ------
    InputError
        The dataset is of a design that was changed since.
    """
    planned = {(one["cell"], one["name"]): one["replications"] for one in study["methods"]}
    dataset = template.finished.dataset
    try:
        assert dataset is not None
        return Layout.read(dataset, planned)
    except (KeyError, IndexError):
        raise _not_at_its_end(template) from None


def require_of_design(source: Source, layout: Layout) -> None:
    """Refuse a folder with results that are no part of its design, or that the layout has not."""
    parts = {
        (one.estimator, part, key) for _, one in layout.every() for part, key in one.parts.items()
    }
    for entry in source.finished.entries:
        if (entry.estimator, entry.part, entry.key) not in parts:
            raise _not_at_its_end(source)
        lacking = set(entry.variables) - set(layout.variables(entry.part))
        if lacking:
            raise _not_at_its_end(source)


def _not_at_its_end(source: Source) -> InputError:
    name = source.study["experiment"]
    return InputError(
        "Folders that are merged must hold what they say",
        f"{source.folder}, with results of a design that was changed since",
        f"Run it to its end: gfe-mc run {name} --output {source.folder}",
    )
