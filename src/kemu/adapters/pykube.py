"""`pykube-ng`: the adapter of its requests session leads to a cluster."""

from __future__ import annotations

from http.client import responses
from importlib import import_module
from typing import Any

from .exchange import Exchange
from .official import Body
from .patches import Patches


def install(exchange: Exchange, patches: Patches) -> None:
    """Lead the client to the clusters."""
    http = import_module("pykube.http")
    urllib3 = import_module("urllib3")

    def send(self: Any, request: Any, stream: bool = False, **more: Any) -> Any:
        answer = exchange.ask(request.method, request.url, request.headers.items(), request.body)
        raw = urllib3.HTTPResponse(
            body=Body(answer),
            headers=urllib3.HTTPHeaderDict(answer.headers),
            status=answer.status,
            reason=responses.get(answer.status, ""),
            preload_content=False,
            request_url=request.url,
        )
        return self.build_response(request, raw)

    patches.set(http.KubernetesHTTPAdapter, "send", send)
