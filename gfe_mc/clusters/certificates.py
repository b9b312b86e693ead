"""Certificates of one cluster, in files that its machines share and nobody else can read."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil
from distributed import Security

from gfe_mc.errors import InputError

_ROLES = ("scheduler", "worker", "client")


@contextmanager
def certificates(folder: str | None = None) -> Iterator[Security]:
    """Make certificates, and remove them in the end.

    Parameters
    ----------
    folder : str, optional
        Which all machines of the cluster see; the home folder if None.

    Raises
    ------
    InputError
        Nothing can be written there.
    """
    place = Path(folder).expanduser() if folder is not None else Path.home()
    prefix = f".gfe-mc-{socket.gethostname()}-"
    _remove_abandoned(place, prefix)
    try:
        temporary = TemporaryDirectory(
            prefix=f"{prefix}{os.getpid()}-", dir=place, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise InputError(
            "The folder that all machines share must be writable",
            f"{place}: {error.strerror}",
            "Give another one as `shared_temp_directory`",
        ) from None
    made = Security.temporary()
    # One pair serves all: who may work for the cluster may give it work as well.
    texts = {
        "authority": made.tls_ca_file,
        "pair": made.tls_client_cert,
        "key": made.tls_client_key,
    }
    with temporary as home:
        paths = {name: str(Path(home) / f"{name}.pem") for name in texts}
        for name, text in texts.items():
            handle = os.open(paths[name], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(str(text))
        pairs = {f"tls_{role}_cert": paths["pair"] for role in _ROLES}
        keys = {f"tls_{role}_key": paths["key"] for role in _ROLES}
        yield Security(require_encryption=True, tls_ca_file=paths["authority"], **pairs, **keys)


def _remove_abandoned(place: Path, prefix: str) -> None:
    """Remove what runs of this machine have left that were killed."""
    for path in place.glob(f"{prefix}*-*"):
        number = path.name.removeprefix(prefix).partition("-")[0]
        if number.isdigit() and not psutil.pid_exists(int(number)):
            shutil.rmtree(path, ignore_errors=True)
