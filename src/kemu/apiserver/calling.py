"""How the server calls who answers in its place: webhooks behind a Service of the cluster, or at a URL.

A call goes through the simulated network, which a cluster wires to `ApiServer.dial`. It takes no virtual time; what an
answer would take is compared with how long the caller waits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from ..objects import core, discovery
from ..values.durations import format_duration
from ..wellknown import SERVICE_NAME

Dial = Callable[[str, int, str, str, float], "tuple[int, str] | str"]
"""Gets host, port, path, body and how many seconds to wait; gives status and body, or why there is no answer."""

UNTRUSTED = "tls: failed to verify certificate: x509: certificate signed by unknown authority"


class CallFailed(Exception):
    """Somebody could not be asked, or the answer makes no sense; the text says why."""


class Caller(Protocol):
    """Who calls: what it may look up, and its line to the network."""

    @property
    def dial(self) -> Dial:
        """The line to the network."""

    def find(self, kind: Any, namespace: str | None, name: str) -> Any | None:
        """One stored object of a class, or None."""

    def list(self, kind: Any, namespace: str | None = None) -> Any:
        """The stored objects of a class."""


def nowhere(host: str, port: int, path: str, body: str, seconds: float) -> tuple[int, str] | str:
    """The line of a server that is wired to no network."""
    return f"can't connect to remote host ({host}): Connection refused"


def url_of(client: Any, seconds: float) -> str:
    """Where a client configuration leads, with how long the call may take."""
    timeout = f"timeout={format_duration(seconds)}"
    if client.service is None:
        return f"{client.url}?{timeout}"
    service = client.service
    host = f"{service.name}.{service.namespace}.svc"
    return f"https://{host}:{service.port or 443}{service.path or '/'}?{timeout}"


def posted(client: Any, seconds: float, review: Mapping[str, Any], caller: Caller) -> Any:
    """The JSON with which somebody answers a review. Raises CallFailed.

    The certificate of a Service is one that no public authority has signed: without a bundle it is not trusted.
    """
    url = url_of(client, seconds)
    where = urlsplit(url)
    port = where.port or (80 if where.scheme == "http" else 443)
    if client.service is not None:
        why = _missing(client.service, caller)
        if why:
            raise CallFailed(f'Post "{url}": {why}')
    answer = caller.dial(where.hostname or "", port, f"{where.path}?{where.query}", json.dumps(review), seconds)
    if isinstance(answer, str):
        raise CallFailed(f'Post "{url}": {_told(answer, where.hostname or "", port)}')
    if client.service is not None and not client.ca_bundle:
        raise CallFailed(f'Post "{url}": {UNTRUSTED}')
    status, body = answer
    if status != 200:
        raise CallFailed(f"an error on the server ({json.dumps(body)}) has prevented the request from succeeding")
    try:
        return json.loads(body)
    except ValueError as problem:
        raise CallFailed(f"couldn't get version/kind; json parse error: {problem}") from None


def documented(service: Any, path: str, seconds: float, caller: Caller) -> Any:
    """The JSON document at a path of a server behind a Service. Raises CallFailed."""
    why = _missing(service, caller)
    if why:
        raise CallFailed(why)
    host, port = f"{service.name}.{service.namespace}.svc", service.port or 443
    answer = caller.dial(host, port, path, "", seconds)
    if isinstance(answer, str):
        raise CallFailed(_told(answer, host, port))
    status, body = answer
    if status != 200:
        raise CallFailed(f"bad status from {path}: {status}")
    try:
        return json.loads(body)
    except ValueError as problem:
        raise CallFailed(f"{problem}") from None


def _told(why: str, host: str, port: int) -> str:
    """Why there is no answer, as a client written in Go says it."""
    if why.startswith("bad address"):
        return f"dial tcp: lookup {host}: no such host"
    if "Connection refused" in why:
        return f"dial tcp {why.partition('(')[2].partition(')')[0]}:{port}: connect: connection refused"
    return "context deadline exceeded"


def _missing(service: Any, caller: Caller) -> str:
    """Why nobody can answer at a Service, as far as the objects say; empty if somebody may."""
    known: Any = caller.find(core.Service, service.namespace, service.name)
    if known is None:
        return f'service "{service.name}" not found'
    slices = [
        each
        for each in caller.list(discovery.EndpointSlice, service.namespace)
        if each.metadata.labels.get(SERVICE_NAME) == service.name
    ]
    if not any(point.conditions.ready is not False for each in slices for point in each.endpoints):
        return f'no endpoints available for service "{service.name}"'
    return ""
