"""`kubernetes`, the official client: its connections lead to a cluster, and its configuration is the cluster's."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from http.client import HTTPResponse, responses
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from ..apiserver.rest import Response
from .exchange import Exchange, host_of, pieces
from .patches import Patches
from .websockets import install_stream

NO_FILE = os.path.join(os.devnull, "discovery")
"""A path at which nothing is ever found, and nothing can be written."""

CHUNKED = ("Transfer-Encoding", "chunked")


class Wire(io.RawIOBase):
    """An answer that goes on, as it comes over a connection: its head, and each piece as a chunk."""

    def __init__(self, answer: Response) -> None:
        lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, '')}"]
        lines += [f"{name}: {value}" for name, value in (*answer.headers, CHUNKED)]
        self._left = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        self._pieces: Iterator[bytes] = pieces(answer)
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        """What has come; if there is nothing, virtual time passes until there is."""
        if not self._left and not self._ended:
            piece = next(self._pieces, b"")
            self._left = b"%x\r\n%b\r\n" % (len(piece), piece)
            self._ended = not piece
        count = min(len(buffer), len(self._left))
        buffer[:count], self._left = self._left[:count], self._left[count:]
        return count

    def makefile(self, mode: str) -> io.BufferedReader:
        """This, as of a socket."""
        return io.BufferedReader(self)


def as_urllib3(answer: Response, url: str, *, preload_content: bool) -> Any:
    """An answer as urllib3 gives it."""
    urllib3 = import_module("urllib3")
    headers = urllib3.HTTPHeaderDict(answer.headers)
    body: Any = io.BytesIO(b"" if answer.lazy else answer.body)
    if answer.lazy:
        body = HTTPResponse(Wire(answer))  # type: ignore[arg-type]
        body.begin()
        headers.add(*CHUNKED)
    return urllib3.HTTPResponse(
        body=body,
        headers=headers,
        status=answer.status,
        reason=responses.get(answer.status, ""),
        preload_content=preload_content,
        request_url=url,
    )


class Pool:
    """What stands where the client has a `urllib3.PoolManager`."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **more: Any) -> Any:
        """The answer, as urllib3 would give it."""
        fields = more.get("fields")
        if fields and method in ("GET", "HEAD"):
            url += ("&" if "?" in url else "?") + import_module("urllib.parse").urlencode(fields)
        answer = self._exchange.ask(method, url, dict(headers or {}).items(), body)
        return as_urllib3(answer, url, preload_content=more.get("preload_content", True))

    def clear(self) -> None:
        """There are no connections."""


def lead_inside(config: Any, exchange: Exchange, patches: Patches) -> None:
    """Let code that believes that it runs in a pod be led to the first cluster. `config` is the `incluster_config` of
    the official client or of its asynchronous sister."""

    def in_cluster(self: Any, client_configuration: Any = None) -> None:
        wanted = client_configuration
        if wanted is None:
            wanted = type.__call__(config.Configuration)
        wanted.host = f"http://{host_of(next(iter(exchange.clusters)))}"
        if client_configuration is None:
            config.Configuration.set_default(wanted)

    patches.set(config.InClusterConfigLoader, "load_and_set", in_cluster)


def keep_no_discovery(library: str, patches: Patches) -> None:
    """Let the dynamic client of a library ask each cluster which kinds there are. It keeps that in a file by the
    address of the server, which is the same for all clusters that anybody has ever been led to."""
    if find_spec(f"{library}.dynamic") is None:
        return
    discoverer = import_module(f"{library}.dynamic.discovery").Discoverer
    made = discoverer.__init__

    def without_file(self: Any, client: Any, cache_file: str | None = None) -> None:
        made(self, client, cache_file or NO_FILE)

    patches.set(discoverer, "__init__", without_file)


def install(exchange: Exchange, patches: Patches) -> None:
    """Lead the client to the clusters. Whoever holds a client from before is led there, too."""
    rest = import_module("kubernetes.client.rest")
    config = import_module("kubernetes.config.kube_config")
    inside = import_module("kubernetes.config.incluster_config")
    pool = Pool(exchange)
    patches.set(rest.RESTClientObject, "pool_manager", property(lambda self: pool, lambda self, value: None))
    loader = config._get_kube_config_loader

    def loaded(filename: Any = None, config_dict: Any = None, persist_config: bool = False, **more: Any) -> Any:
        return loader(config_dict=config_dict or exchange.kubeconfig(), **more)

    patches.set(config, "_get_kube_config_loader", loaded)

    lead_inside(inside, exchange, patches)
    keep_no_discovery("kubernetes", patches)
    install_stream(exchange, patches)
