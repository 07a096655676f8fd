"""`pykube-ng`: the adapter of its requests session leads to a cluster."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from .exchange import Exchange
from .official import as_urllib3
from .patches import Patches


def install(exchange: Exchange, patches: Patches) -> None:
    """Lead the client to the clusters."""
    http = import_module("pykube.http")

    def send(self: Any, request: Any, stream: bool = False, **more: Any) -> Any:
        answer = exchange.ask(request.method, request.url, request.headers.items(), request.body)
        return self.build_response(request, as_urllib3(answer, request.url, preload_content=False))

    patches.set(http.KubernetesHTTPAdapter, "send", send)
