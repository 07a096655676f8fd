"""One exchange: a request of a client library in, the answer of a cluster out. All that the transports share.

Clusters are known by the host in the URL. No other host is ever reached: a client that was made for a real cluster is
told so.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs

from ..apiserver.rest import Response
from ..errors import UsageError

if TYPE_CHECKING:
    from ..cluster import Cluster

DOMAIN = "kemu.invalid"
"""No name in it can exist outside (RFC 6761)."""


def host_of(context: str) -> str:
    """The name of the host by which the cluster of a context is known."""
    return f"{context.encode('idna').decode()}.{DOMAIN}" if context else DOMAIN


@attrs.frozen
class Exchange:
    """The clusters that clients may talk to, by the name of the context."""

    clusters: Mapping[str, Cluster]

    def ask(self, method: str, url: str, headers: Iterable[tuple[Any, Any]], body: Any) -> Response:
        """The answer to a request. Raises UsageError for a URL that leads to no cluster of these."""
        parts = urlsplit(url)
        named: dict[str, list[Any]] = {}
        for name, value in headers:
            key = (name.decode("latin-1") if isinstance(name, bytes) else str(name)).lower()
            named.setdefault(key, []).append(value if isinstance(value, str | bytes) else str(value))
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return self._of(parts.hostname or "", url).request(method, target, named, body)

    def cluster_at(self, url: str) -> Cluster:
        """The cluster to which a URL leads. Raises UsageError if it is none of these."""
        return self._of(urlsplit(url).hostname or "", url)

    def _of(self, host: str, url: str) -> Cluster:
        for context, cluster in self.clusters.items():
            if host == host_of(context):
                return cluster
        raise UsageError(
            f"{url} is not in the simulated cluster: inside of mock_kubernetes no other is reached; "
            "let the client read its configuration as it would (load_kube_config() and the like)"
        )

    def kubeconfig(self) -> dict[str, Any]:
        """A kubeconfig with a context for every cluster; the first one is the current."""
        names = list(self.clusters)
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": name, "cluster": {"server": f"http://{host_of(name)}"}} for name in names],
            "users": [{"name": "kemu", "user": {}}],
            "contexts": [
                {"name": name, "context": {"cluster": name, "user": "kemu", "namespace": "default"}} for name in names
            ],
            "current-context": names[0],
            "preferences": {},
        }

    def kubeconfig_text(self) -> str:
        """The same as a file has it."""
        return json.dumps(self.kubeconfig(), indent=2) + "\n"


def pieces(answer: Response) -> Iterator[bytes]:
    """The body of an answer, piece by piece. Going over that of a watch lets virtual time pass."""
    return iter(answer.stream()) if answer.lazy else iter((answer.body,))
