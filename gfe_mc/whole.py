"""Files that are there whole or not at all, and that say whether they are as they were written.

A sealed file ends with the SHA-256 of all that is before: neither NetCDF nor the archives of NumPy
mind what follows their end.
"""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from gfe_mc.errors import InputError

PARTIAL = ".partial"
"""Ending of a file that is not whole yet."""
_MARK = b"\ngfe_mc sha256 "
_SEAL = len(_MARK) + 64 + 1
_PIECE = 1 << 20


class DamagedError(Exception):
    """A file is not as it was written."""


@contextmanager
def taking_place(path: Path) -> Iterator[Path]:
    """Give the path of a new file that takes the place of `path` at the end, or goes if it fails.

    Its name cannot be foreseen, and it is made here: no link that is laid in its way is followed.

    Raises
    ------
    OSError
        It cannot be written: the disk is full, say.
    """
    partial = path.with_name(f"{path.name[:150]}.{secrets.token_hex(8)}{PARTIAL}")
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        yield partial
        _sync(partial)
        os.replace(partial, path)
        # That the file has this name now is known to the folder only.
        _sync(path.parent)
    except BaseException:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    Raises
    ------
    OSError
        It cannot be written.
    """
    with taking_place(path) as partial:
        partial.write_bytes(content)


@contextmanager
def of_results(path: Path) -> Iterator[None]:
    """Say in words that a file of results cannot be written, and what becomes of the others.

    Raises
    ------
    InputError
        In place of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise InputError(
            "Files of results must be writable",
            f"{path}: {error.strerror or error}",
            "Make room or access, or choose another --output; what is finished is kept, and the "
            "same run goes on from there",
        ) from error


def seal(path: Path) -> None:
    """Write below a file what it is known by."""
    with path.open("r+b") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0, os.SEEK_END)
        file.write(_MARK + digest.encode() + b"\n")


def check_seal(path: Path) -> bool:
    """Return whether a file is sealed; what is from before there were seals is not.

    Raises
    ------
    DamagedError
        It is not as it was written.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(size - _SEAL, 0))
        last = file.read()
        if not (last.startswith(_MARK) and last.endswith(b"\n")):
            return False
        file.seek(0)
        digest = hashlib.sha256()
        left = size - _SEAL
        while left > 0 and (piece := file.read(min(_PIECE, left))):
            digest.update(piece)
            left -= len(piece)
    if digest.hexdigest().encode() != last[len(_MARK) : -1]:
        raise DamagedError("its content is not what was written")
    return True


def _sync(path: Path) -> None:
    """Wait until a file or folder is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        # Some file systems do not know it of folders.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
    finally:
        os.close(handle)


def write_result(path: Path, content: bytes) -> None:
    """Write a file of results, whole or not at all.

    Raises
    ------
    InputError
        It cannot be written.
    """
    with of_results(path):
        write_whole(path, content)
