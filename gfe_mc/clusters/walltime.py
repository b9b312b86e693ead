"""The time limit of a job: as it is written, and how long a worker may go on within it."""

from __future__ import annotations

import re

from gfe_mc.errors import InputError

_WRITTEN = re.compile(r"(?:(\d+)-)?(\d+):([0-5]\d):([0-5]\d)")
_MARGIN = 60
"""Seconds before the limit by which a worker has ended, at least."""


def read_walltime(text: str) -> int:
    """Return the seconds of a time limit that is written as [days-]hours:minutes:seconds.

    Raises
    ------
    InputError
        It is written otherwise, or no time at all.
    """
    found = _WRITTEN.fullmatch(text)
    days, hours, minutes, seconds = (
        (int(part or 0) for part in found.groups()) if found else [0] * 4
    )
    total = ((24 * days + hours) * 60 + minutes) * 60 + seconds
    if total == 0:
        raise InputError(
            "`walltime` must be a time as hours:minutes:seconds, with days- before it if need be",
            repr(text),
            'Give such as "04:00:00" or "2-00:00:00"',
        )
    return total


def write_walltime(seconds: int, kind: str) -> str:
    """Return a time limit as the system of a kind takes it: LSF knows no seconds."""
    minutes, rest = divmod(seconds, 60)
    if kind == "lsf":
        hours, minutes = divmod(minutes + (rest > 0), 60)
        return f"{hours:02d}:{minutes:02d}"
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{rest:02d}"


def lifetime(seconds: int) -> list[str]:
    """Return options of a Dask worker by which it ends in order before its job's limit.

    Workers that started together do not end together: each ends up to a twentieth sooner or later.
    """
    stagger = min(seconds // 20, 300)
    margin = min(max(_MARGIN, seconds // 20), seconds // 2)
    return [
        "--lifetime",
        f"{max(seconds - margin - stagger, 1)}s",
        "--lifetime-stagger",
        f"{stagger}s",
    ]
