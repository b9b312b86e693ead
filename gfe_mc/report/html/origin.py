"""Where results come from: versions, panel, machine, time."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gfe_mc.report.digits import ABSENT
from gfe_mc.report.render import Table
from gfe_mc.report.tables.check import duration
from gfe_mc.study.folder import DATASET

FEW = 3
"""Runs that stand side by side."""
_SAID = (
    *("started", "gfe_mc", "commit", "computation", "backend", "at once", "replications"),
    *("failed", "seconds inside", "seconds passed", "Python", "libraries", "machine"),
)


def facts(provenance: Mapping[str, Any], folder: Path) -> list[tuple[str, str]]:
    """Return what is known of results as a whole in a line each: its name, and that.

    Parameters
    ----------
    provenance : mapping of str to object
        Of the dataset.
    folder : Path
        The folder of the study.
    """
    panel, runs = provenance["panel"], provenance["runs"]
    found = []
    if panel is not None:
        found.append(("Panel", panel["label"]))
        if "sha256" in panel:
            found.append(("SHA-256 of the panel", str(panel["sha256"])))
    dataset = folder / DATASET
    if dataset.is_file():
        with dataset.open("rb") as file:
            found.append((f"SHA-256 of {DATASET}", hashlib.file_digest(file, "sha256").hexdigest()))
    inside = sum(run["seconds_inside_replications"] for run in runs)
    wall = sum(run.get("wall_seconds", 0.0) for run in runs)
    found.append(("Computing", f"{duration(inside)} inside replications, {duration(wall)} passed"))
    return found


def runs_table(provenance: Mapping[str, Any]) -> Table:
    """Make a table of the runs that computed something: a column each if there are few, or a row.

    Parameters
    ----------
    provenance : mapping of str to object
        Of the dataset.
    """
    runs = [_row(run) for run in provenance["runs"]]
    if len(runs) > FEW:
        return Table("Runs", _SAID, tuple(runs))
    header = ("run", *[str(n) for n in range(1, len(runs) + 1)])
    return Table("Runs", header, tuple(zip(_SAID, *runs, strict=True)))


def _row(run: Mapping[str, Any]) -> tuple[str, ...]:
    libraries = ", ".join(f"{name} {version}" for name, version in _of(run, "libraries").items())
    commit, dash, changed = str(run.get("commit") or ABSENT).partition("-")
    return (
        _text(run, "started").removesuffix("+00:00"),
        _text(run, "gfe_mc"),
        commit[:12] + dash + changed,
        *(_text(run, name) for name in ("computation", "backend", "slots")),
        *(_text(run, name) for name in ("replications", "failed")),
        *(_text(run, name) for name in ("seconds_inside_replications", "wall_seconds")),
        _text(run, "python"),
        libraries or ABSENT,
        _machine(_of(run, "machine")),
    )


def _machine(said: Mapping[str, Any]) -> str:
    """Processor, number of cores, system and library of linear algebra."""
    parts = [said.get("processor"), said.get("system"), said.get("architecture")]
    if said.get("cores"):
        parts.append(f"{said['cores']} cores")
    blas = said.get("blas") or []
    parts += sorted({f"{one.get('name')} {one.get('version')}" for one in blas})
    return ", ".join(str(part) for part in parts if part) or ABSENT


def _of(run: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """What a run says in several parts; older ones do not say everything."""
    value = run.get(name)
    return value if isinstance(value, Mapping) else {}


def _text(run: Mapping[str, Any], name: str) -> str:
    value = run.get(name)
    return ABSENT if value is None else str(value)
