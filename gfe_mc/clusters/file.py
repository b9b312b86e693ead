"""A cluster as a file describes it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gfe_mc.clusters.protocol import Backend
from gfe_mc.clusters.systems import SYSTEMS
from gfe_mc.errors import InputError

_PATHS = {
    "scheduler": ("scheduler_file", "tls_ca_file", "tls_cert", "tls_key"),
    "kubernetes": ("custom_cluster_spec",),
    **dict.fromkeys(SYSTEMS, ("log_directory",)),
}
"""Options that are paths on this machine: from the folder of the file, if they are relative."""


def read_cluster(
    path: Path, kinds: Mapping[str, Callable[..., Backend]], logs: Path | None = None
) -> Backend:
    """Return the cluster that a TOML file describes: its `kind`, and the options of that kind.

    Parameters
    ----------
    path : Path
        The file.
    kinds : mapping of str to callable
        What makes a cluster of each kind of its options.
    logs : Path, optional
        Where jobs of a queue put their logs, if the file does not say it.

    Raises
    ------
    InputError
        The file cannot be read, or describes no cluster; the errors of each kind.
    """
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
        raise InputError(
            "A cluster's file must be TOML", f"{path}: {reason}", 'Give such as kind = "slurm"'
        ) from None
    kind = table.pop("kind", None)
    if not isinstance(kind, str) or kind not in kinds:
        raise InputError(
            "A cluster's file must say its `kind`",
            f"{path} with {'none' if kind is None else repr(kind)}",
            f"Give kind = one of {', '.join(kinds)}",
        )
    for name in _PATHS.get(kind, ()):
        if isinstance(table.get(name), str) and table[name]:
            table[name] = str(path.parent / Path(table[name]).expanduser())
    if kind in SYSTEMS and logs is not None:
        table.setdefault("log_directory", str(logs))
    try:
        return kinds[kind](**table)
    except InputError as error:
        raise InputError(error.wrong, f"{error.came}, in {path}", error.remedy) from None
