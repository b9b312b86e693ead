"""A Dask scheduler that is there already, by its address or the file that it writes."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from distributed import Client, Security

from gfe_mc.clusters.protocol import Say
from gfe_mc.clusters.table import Type, require_options
from gfe_mc.errors import InputError, require

PATIENCE = 30.0
"""Seconds to wait for a scheduler to answer."""
_CERTIFICATES = (
    ", and name its certificates in the cluster's file, or in Dask's configuration "
    "(distributed.comm.tls)"
)
_TLS = ("tls_ca_file", "tls_cert", "tls_key")
_OPTIONS: Mapping[str, Type] = {
    "address": Type.TEXT,
    "scheduler_file": Type.TEXT,
    "patience": Type.NUMBER,
    **dict.fromkeys(_TLS, Type.TEXT),
}


@dataclass(frozen=True)
class Certificates:
    """By which this process and a scheduler know each other: files in PEM form.

    Attributes
    ----------
    authority, certificate, key : Path
        Of who vouches for both, of this process, and what is secret of it.
    """

    authority: Path
    certificate: Path
    key: Path

    def __post_init__(self) -> None:
        for path in (self.authority, self.certificate, self.key):
            require(path.is_file(), "Certificates must be files", path, "Check the path")

    def security(self) -> Security:
        """Return them as Dask takes them."""
        return Security(
            require_encryption=True,
            tls_ca_file=str(self.authority),
            tls_client_cert=str(self.certificate),
            tls_client_key=str(self.key),
        )


@dataclass(frozen=True)
class Scheduler:
    """Workers of a Dask scheduler that is there already.

    Parameters
    ----------
    address : str
        As in "tcp://host:8786".
    patience : float, optional
        Seconds to wait for it, and for its first worker. If None, `PATIENCE` for the scheduler, and
        for a worker as long as it takes: a queue may give the first one after hours, and the run
        says what it waits for.
    file : Path, optional
        Where it writes its address (`dask scheduler --scheduler-file`), if that is not known.
    certificates : Certificates, optional
        Of TLS; those of Dask's configuration if None.

    Examples
    --------
    >>> from gfe_mc import Scheduler
    >>> Scheduler("tcp://host:8786", patience=60.0).patience  # nothing is reached before a run
    60.0
    >>> Scheduler.of(scheduler_file="scheduler.json").file.name
    'scheduler.json'
    """

    address: str | None
    patience: float | None = None
    file: Path | None = None
    certificates: Certificates | None = None
    kind: ClassVar[str] = "scheduler"

    def __post_init__(self) -> None:
        require(
            self.patience is None or self.patience > 0,
            "`patience` must be a positive number of seconds",
            self.patience,
            "Give a longer one, or leave it out",
        )
        require(
            (self.address is None) != (self.file is None),
            "A scheduler must be known by its address or by its file",
            "both" if self.file is not None else "neither",
            'Give such as address = "tls://host:8786", or scheduler_file = "scheduler.json"',
        )

    @classmethod
    def of(cls, **options: Any) -> Self:
        """Make it of the options of a cluster's file.

        Raises
        ------
        InputError
            An unknown option, one that is not what it should be, or a part of the certificates.
        """
        require_options(options, _OPTIONS, "a cluster of the kind `scheduler`")
        given = [Path(options[name]) for name in _TLS if name in options]
        require(
            len(given) in (0, len(_TLS)),
            "Certificates must be three files",
            " and ".join(name for name in _TLS if name in options),
            f"Give all of {', '.join(_TLS)}, or none",
        )
        return cls(
            options.get("address"),
            options.get("patience"),
            Path(options["scheduler_file"]) if "scheduler_file" in options else None,
            Certificates(*given) if given else None,
        )

    @contextmanager
    def open(self, say: Say) -> Iterator[Client]:  # noqa: ARG002
        """Connect to it.

        Raises
        ------
        InputError
            It cannot be reached, or has no worker after the patience that was given.
        """
        with self._reach() as client:
            if self.patience is not None:
                self._wait_for_worker(client, self.patience)
            yield client

    def _reach(self) -> Client:
        timeout = PATIENCE if self.patience is None else self.patience
        address = self.address or self._read_address(timeout)
        security = None if self.certificates is None else self.certificates.security()
        client, reason = None, ""
        try:
            client = Client(address, timeout=timeout, set_as_default=False, security=security)
        except (OSError, ValueError, TypeError) as error:
            reason = type(error).__name__
        if client is None:
            # What is left of a client that failed closes itself when it is collected: now, and not
            # in the middle of another client's start, which would wait for it for ever.
            gc.collect()
            raise InputError(
                "The scheduler must be reachable",
                f"no answer from {address} ({reason})",
                "Check the address, and that `dask scheduler` is running there"
                + _CERTIFICATES * address.startswith("tls:"),
            )
        return client

    def _read_address(self, timeout: float) -> str:
        """Read the address from the scheduler's file, which may come a little later than we do."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return str(json.loads(Path(str(self.file)).read_text())["address"])
            except (OSError, ValueError, TypeError, KeyError) as error:
                if time.monotonic() >= deadline:
                    raise InputError(
                        "The scheduler must write its address",
                        f"{self.file}: {type(error).__name__}: {error}",
                        "Start it so: dask scheduler --scheduler-file PATH",
                    ) from None
            time.sleep(min(0.2, timeout))

    def _wait_for_worker(self, client: Client, patience: float) -> None:
        try:
            client.wait_for_workers(1, timeout=patience)
        except TimeoutError:
            address = client.scheduler_info()["address"]
            raise InputError(
                "The scheduler must have workers",
                f"none at {address} after {patience:g} s",
                f"Start some (dask worker {address}), or leave the patience out to wait",
            ) from None
