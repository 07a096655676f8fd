"""`mock_kubernetes`: inside of it, Python clients talk to a cluster in this process, with the code that uses them as it
is.

    with kemu.mock_kubernetes(cluster):
        kubernetes.config.load_kube_config()
        pods = kubernetes.client.CoreV1Api().list_namespaced_pod("default")

It knows `kubernetes`, `kubernetes_asyncio`, `pykube-ng`, `lightkube`, `kr8s` and `kopf`, those of them that are
installed. Their configuration is one of the cluster's own (`KUBECONFIG` names it, too): a real one is never read, and
no real cluster reached.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import ContextDecorator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from ..errors import UsageError
from .exchange import Exchange, host_of
from .patches import Patches

if TYPE_CHECKING:
    from ..cluster import Cluster

Install = Callable[[Exchange, Patches], None]


def _installers() -> Mapping[str, Install]:
    from . import official, over_aiohttp, over_httpx, pykube

    return {
        "kubernetes": official.install,
        "kubernetes_asyncio": over_aiohttp.install_kubernetes_asyncio,
        "kopf": over_aiohttp.install_kopf,
        "pykube": pykube.install,
        "lightkube": over_httpx.install_lightkube,
        "kr8s": over_httpx.install_kr8s,
    }


class mock_kubernetes(ContextDecorator):
    """Lead the Python clients to a cluster, as a context manager or a decorator.

    `contexts` are more clusters, by the name of the context in which a client finds them; the first one is in the
    context `kemu`. Raises UsageError inside of itself: there is one configuration at a time.
    """

    _current: mock_kubernetes | None = None

    def __init__(self, cluster: Cluster, contexts: Mapping[str, Cluster] | None = None) -> None:
        self._exchange = Exchange({"kemu": cluster, **(contexts or {})})
        self._patches = Patches()
        self._folder: TemporaryDirectory[str] | None = None

    @classmethod
    def server_of(cls, cluster: Cluster) -> str | None:
        """The URL by which clients reach a cluster at the moment; None if they are led to no cluster at all.

        Raises UsageError if they are led to others.
        """
        if cls._current is None:
            return None
        for context, known in cls._current._exchange.clusters.items():
            if known is cluster:
                return f"http://{host_of(context)}"
        raise UsageError("mock_kubernetes is in use without this cluster: give it all clusters at once, as contexts")

    def __enter__(self) -> Cluster:
        if mock_kubernetes._current is not None:
            raise UsageError("mock_kubernetes is in use already: give it all clusters at once, as contexts")
        mock_kubernetes._current = self
        self._folder = TemporaryDirectory(prefix="kemu-")
        path = Path(self._folder.name, "kubeconfig")
        path.write_text(self._exchange.kubeconfig_text(), encoding="utf-8")
        try:
            self._patches.environ("KUBECONFIG", str(path))
            for library, install in _installers().items():
                if find_spec(library) is not None:
                    install(self._exchange, self._patches)
        except BaseException:
            self._leave()
            raise
        return self._exchange.clusters["kemu"]

    def __exit__(self, *problem: Any) -> None:
        self._leave()

    def _leave(self) -> None:
        self._patches.undo()
        mock_kubernetes._current = None
        if self._folder is not None:
            self._folder.cleanup()
