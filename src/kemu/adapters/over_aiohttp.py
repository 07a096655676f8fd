"""`kubernetes_asyncio` and `kopf`: the connections of their aiohttp sessions lead to a cluster.

The session is aiohttp's own. What it writes to a connection is read here as a request, and the answer written back, so
that its time-outs, streams and errors are those of a real one.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterable
from http.client import responses
from importlib import import_module
from typing import Any

from ..apiserver.rest import Response
from ..errors import KemuError
from .exchange import Exchange
from .frames import accepted
from .official import keep_no_discovery, lead_inside
from .patches import Patches
from .reading import Reader
from .websockets import SessionStream

LAST_CHUNK = b"0\r\n\r\n"
MOST = 64 * 1024
"""Bytes of a websocket that are written in one go."""
ENVIRONMENT = ("trust_env", "proxy")
"""Arguments of a session by which a request would go elsewhere."""


class Request:
    """A request as it comes: its head, and as much of its body as is said there."""

    def __init__(self) -> None:
        self._came = b""
        self.method = self.target = ""
        self.headers: list[tuple[str, str]] = []
        self.body: bytes | None = None
        """All of it, once it is there."""

    def feed(self, data: bytes) -> bool:
        """Take what has come; whether that is all."""
        self._came += data
        if not self.method:
            head, separator, rest = self._came.partition(b"\r\n\r\n")
            if not separator:
                return False
            first, *lines = head.decode("latin-1").split("\r\n")
            self.method, self.target, _ = first.split(" ", 2)
            self.headers = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
            self._came = rest
        if "chunked" in self.header("transfer-encoding"):
            if self._came.endswith(LAST_CHUNK):
                self.body = b"".join(_chunks(self._came))
        elif len(self._came) >= int(self.header("content-length") or 0):
            self.body = self._came
        return self.body is not None

    def header(self, wanted: str) -> str:
        """A header, or nothing."""
        return next((value for name, value in self.headers if name.lower() == wanted), "")

    @property
    def url(self) -> str:
        """Where it wants to go."""
        return self.target if "://" in self.target else f"http://{self.header('host')}{self.target}"


def _chunks(data: bytes) -> Iterable[bytes]:
    while data:
        size, _, rest = data.partition(b"\r\n")
        count = int(size.partition(b";")[0], 16)
        yield rest[:count]
        data = rest[count + 2 :]


class Connection(asyncio.Transport):
    """What stands where aiohttp has a socket: one request, and its answer."""

    def __init__(self, exchange: Exchange, protocol: Any) -> None:
        super().__init__()
        self._exchange = exchange
        self._protocol = protocol
        self._loop = asyncio.get_running_loop()
        self._request = Request()
        self._serving: asyncio.Task[None] | None = None
        self._socket: SessionStream | None = None
        self._closed = False

    def write(self, data: Any) -> None:
        """Take a part of a request, which is answered once it is whole, or of what is said on a websocket."""
        if self._socket is not None:
            self._socket.take(bytes(data))
        elif self._request.body is None and self._request.feed(bytes(data)):
            self._loop.call_soon(self._answer)

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        """The same for several parts."""
        self.write(b"".join(list_of_data))

    def _answer(self) -> None:
        """Answer, if the client is still there."""
        request = self._request
        if self._closed:
            return
        try:
            answer = self._exchange.ask(request.method, request.url, request.headers, request.body)
        except KemuError as problem:
            self._protocol.set_exception(problem)
            return
        if answer.session is not None:
            self._serve(self._talk(answer))
        elif answer.lazy:
            self._serve(self._go_on(answer))
        else:
            body = b"" if request.method == "HEAD" else answer.body
            self._tell(answer, ("Content-Length", str(len(answer.body))), body)

    def _serve(self, answering: Coroutine[Any, Any, None]) -> None:
        self._serving = self._loop.create_task(answering)
        self._serving.add_done_callback(self._served)

    async def _talk(self, answer: Response) -> None:
        """Change to a websocket, and write what is said on it until all was said, or the client has gone."""
        self._socket = SessionStream(answer.session, self._exchange.cluster_at(self._request.url))
        self._tell(answer, ("Sec-WebSocket-Accept", accepted(self._request.header("sec-websocket-key"))))
        while not self._socket.over:
            self._protocol.data_received(await self._socket.read(MOST))

    async def _go_on(self, answer: Response) -> None:
        """Write what comes, when it comes, until it ends or the client has gone."""
        self._tell(answer, ("Transfer-Encoding", "chunked"))
        reader = Reader(answer.stream(), self._exchange.cluster_at(self._request.url), answer.about)
        while data := b"".join(await reader.read()):
            self._protocol.data_received(b"%x\r\n%b\r\n" % (len(data), data))
        self._protocol.data_received(LAST_CHUNK)

    def _served(self, serving: asyncio.Task[None]) -> None:
        """Let who waits for the answer have the exception that came instead of it."""
        problem = None if serving.cancelled() else serving.exception()
        if problem is not None:
            self._protocol.set_exception(problem)
            payload = getattr(self._protocol, "_payload", None)
            if payload is not None:
                payload.set_exception(problem)

    def _tell(self, answer: Response, length: tuple[str, str], body: bytes = b"") -> None:
        lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, '')}"]
        kept = [pair for pair in answer.headers if pair[0].lower() not in ("content-length", "transfer-encoding")]
        lines += [f"{name}: {value}" for name, value in (*kept, length)]
        self._protocol.data_received("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)

    def close(self) -> None:
        """Answer no more."""
        if self._socket is not None:
            self._socket.end()
        if self._serving is not None:
            self._serving.cancel()
        if not self._closed:
            self._closed = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close

    def is_closing(self) -> bool:
        """Whether it was closed."""
        return self._closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """There is no socket of which there was more to say."""
        return default

    def pause_reading(self) -> None:
        """What has come is kept in memory."""

    def resume_reading(self) -> None:
        """Nothing was held back."""

    def is_reading(self) -> bool:
        """It always takes what comes."""
        return not self._closed


def led(exchange: Exchange) -> Any:
    """A module like aiohttp, whose TCP connectors lead to the clusters."""
    aiohttp = import_module("aiohttp")
    handler = import_module("aiohttp.client_proto").ResponseHandler

    class Connector(aiohttp.BaseConnector):  # type: ignore[name-defined]
        """Makes connections that lead to a cluster, each for one request."""

        allowed_protocol_schema_set = frozenset({"http", "https", "ws", "wss", ""})

        def __init__(self, **more: Any) -> None:
            super().__init__(force_close=True, limit=0)

        async def _create_connection(self, req: Any, traces: Any, timeout: Any) -> Any:
            protocol = handler(loop=self._loop)
            protocol.connection_made(Connection(exchange, protocol))
            return protocol

    class Led:
        """The module, but for its connectors."""

        TCPConnector = Connector

        @staticmethod
        def ClientSession(**more: Any) -> Any:
            """A session that asks no environment for proxies."""
            return aiohttp.ClientSession(**{name: value for name, value in more.items() if name not in ENVIRONMENT})

        def __getattr__(self, name: str) -> Any:
            return getattr(aiohttp, name)

    return Led()


def install_kubernetes_asyncio(exchange: Exchange, patches: Patches) -> None:
    """Lead the client to the clusters, and let its configuration be theirs."""
    patches.set(import_module("kubernetes_asyncio.client.rest"), "aiohttp", led(exchange))
    config = import_module("kubernetes_asyncio.config.kube_config")
    inside = import_module("kubernetes_asyncio.config.incluster_config")
    loader = config.KubeConfigLoader

    def loaded(filename: Any = None, persist_config: bool = False, **more: Any) -> Any:
        return loader(config_dict=exchange.kubeconfig(), config_base_path=None, **more)

    patches.set(config, "_get_kube_config_loader_for_yaml_file", loaded)
    for module in (config, import_module("kubernetes_asyncio.config")):
        patches.set(module, "KUBE_CONFIG_DEFAULT_LOCATION", os.environ["KUBECONFIG"])

    lead_inside(inside, exchange, patches)
    keep_no_discovery("kubernetes_asyncio", patches)


def install_kopf(exchange: Exchange, patches: Patches) -> None:
    """Lead the sessions that kopf makes of whatever credentials it has found."""
    patches.set(import_module("kopf._cogs.clients.auth"), "aiohttp", led(exchange))
