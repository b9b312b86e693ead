"""Workers that a Dask Gateway starts: where the site has one, and the user its package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

import dask
from distributed import Client

from gfe_mc.clusters.installed import require_installed
from gfe_mc.clusters.protocol import Say
from gfe_mc.clusters.size import TARGET_DURATION, Size
from gfe_mc.clusters.table import Type, require_options
from gfe_mc.errors import InputError

_OPTIONS: Mapping[str, Type] = {
    "workers": Type.WHOLE,
    "adapt": Type.TABLE,
    "address": Type.TEXT,
    "proxy_address": Type.TEXT,
    "public_address": Type.TEXT,
    "auth": Type.TEXT,
    "options": Type.TABLE,
}


class Gateway:
    """Workers of a Dask Gateway, in a cluster that is made for this run.

    Who may reach it, and with which certificates, is the gateway's affair.

    Parameters
    ----------
    workers : int
        How many workers.
    adapt : mapping
        Instead of `workers`: {"minimum": 1, "maximum": 40}, as there is work.
    address, proxy_address, public_address, auth : str, optional
        As in `dask_gateway.GatewayCluster`; from Dask's configuration where they are left out.
    options : mapping, optional
        What the site offers of its clusters: an image, memory, environment. Workers must have this
        package.

    Raises
    ------
    InputError
        An unknown option, or one that is not what it should be.

    Examples
    --------
    >>> from gfe_mc import Gateway
    >>> backend = Gateway(workers=10, address="https://hub.example.org/gateway")
    >>> backend.size.minimum, backend.gateway["address"]  # nothing is asked for before a run
    (10, 'https://hub.example.org/gateway')
    """

    kind = "gateway"

    def __init__(self, **options: Any) -> None:
        require_options(options, _OPTIONS, "a cluster of the kind `gateway`")
        self.size = Size.of("workers", options.get("workers"), options.get("adapt"))
        self.cluster_options: dict[str, Any] = dict(options.get("options", {}))
        self.gateway = {
            name: value
            for name, value in options.items()
            if name not in ("workers", "adapt", "options")
        }

    @contextmanager
    def open(self, say: Say) -> Iterator[Client]:
        """Ask for a cluster, and shut it down in the end.

        Raises
        ------
        InputError
            dask-gateway is not installed, or the gateway does not give a cluster.
        """
        module = require_installed("dask_gateway", "gateway", self.kind)
        with ExitStack() as stack:
            try:
                cluster = module.GatewayCluster(
                    **self.gateway, **self.cluster_options, shutdown_on_close=True
                )
                stack.enter_context(cluster)
                client = stack.enter_context(cluster.get_client(set_as_default=False))
                say(f"Cluster of the gateway: {cluster.name}.")
                self._resize(cluster, client)
            except Exception as error:  # of aiohttp, among others
                raise InputError(
                    "The gateway must give a cluster",
                    f"{type(error).__name__}: {error}",
                    "Check its address, how you are known to it, and what it offers",
                ) from error
            yield client

    def _resize(self, cluster: Any, client: Client) -> None:
        if self.size.fixed:
            cluster.scale(self.size.minimum)
            return
        grow_with_tasks(client)
        cluster.adapt(minimum=self.size.minimum, maximum=self.size.maximum)


def grow_with_tasks(client: Client) -> None:
    """Tell a scheduler elsewhere, whose own rule of size is asked, to count tasks.

    It needs nothing but Dask for it. What its owner has configured stands.
    """
    duration = {"distributed": {"adaptive": {"target-duration": TARGET_DURATION}}}
    client.run_on_scheduler(dask.config.update_defaults, duration)
