"""Workers that are pods of Kubernetes, by Dask's operator there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from distributed import Client

from gfe_mc.clusters import settings
from gfe_mc.clusters.installed import require_installed
from gfe_mc.clusters.protocol import Say
from gfe_mc.clusters.size import TARGET_DURATION, Size
from gfe_mc.clusters.table import Type, require_options
from gfe_mc.errors import InputError, require

_OWN = ("workers", "adapt", "env")
_OPTIONS: Mapping[str, Type] = {
    "workers": Type.WHOLE,
    "adapt": Type.TABLE,
    "env": Type.TABLE,
    "name": Type.TEXT,
    "namespace": Type.TEXT,
    "image": Type.TEXT,
    "resources": Type.TABLE,
    "worker_command": Type.TEXTS,
    "port_forward_cluster_ip": Type.FLAG,
    "idle_timeout": Type.WHOLE,
    "resource_timeout": Type.WHOLE,
    "scheduler_service_type": Type.TEXT,
    "custom_cluster_spec": Type.TEXT,
    "scheduler_forward_port": Type.WHOLE,
}


class Kubernetes:
    """Workers that are pods, in a cluster that Dask's operator makes for this run.

    Who may reach it is the affair of the namespace's network policy.

    Parameters
    ----------
    workers : int
        How many pods.
    adapt : mapping
        Instead of `workers`: {"minimum": 1, "maximum": 40}, as there is work.
    image : str
        Of the pods; it must have this package.
    env : mapping, optional
        More variables of the environment of pods.
    **options
        More options of `dask_kubernetes.operator.KubeCluster`: `namespace`, `resources` and so on.

    Raises
    ------
    InputError
        An unknown option, or one that is not what it should be.

    Examples
    --------
    >>> from gfe_mc import Kubernetes
    >>> backend = Kubernetes(workers=10, image="registry.example.org/me/gfe-mc:0.1", namespace="me")
    >>> backend.size.minimum, backend.options["namespace"]  # no pod starts before a run
    (10, 'me')
    """

    kind = "kubernetes"

    def __init__(self, **options: Any) -> None:
        require_options(options, _OPTIONS, "a cluster of the kind `kubernetes`")
        self.size = Size.of("workers", options.get("workers"), options.get("adapt"))
        require(
            "image" in options or "custom_cluster_spec" in options,
            "Pods must have an image with this package",
            "neither `image` nor `custom_cluster_spec`",
            'Give such as image = "registry.example.org/me/gfe-mc:0.1"',
        )
        self.environment = {
            **settings.environment(),
            "DASK_DISTRIBUTED__ADAPTIVE__TARGET_DURATION": TARGET_DURATION,
            **{name: str(value) for name, value in options.get("env", {}).items()},
        }
        self.options = {name: value for name, value in options.items() if name not in _OWN}

    @contextmanager
    def open(self, say: Say) -> Iterator[Client]:
        """Make a cluster, and delete it in the end.

        Raises
        ------
        InputError
            dask-kubernetes is not installed, or no cluster comes of it.
        """
        module = require_installed("dask_kubernetes.operator", "kubernetes", self.kind)
        with ExitStack() as stack:
            try:
                cluster = module.KubeCluster(
                    **self.options,
                    env=self.environment,
                    n_workers=self.size.minimum,
                    shutdown_on_close=True,
                    quiet=True,
                )
                stack.enter_context(cluster)
                client = stack.enter_context(Client(cluster, set_as_default=False))
                say(f"Cluster of the operator: {cluster.name}.")
                if not self.size.fixed:
                    cluster.adapt(minimum=self.size.minimum, maximum=self.size.maximum)
            except Exception as error:  # of httpx and kr8s, among others
                raise InputError(
                    "Kubernetes must give a cluster",
                    f"{type(error).__name__}: {error}",
                    "Check that Dask's operator is installed there, and your access (kubectl)",
                ) from error
            yield client
