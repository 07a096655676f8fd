"""`lightkube` and `kr8s`: the transport of their httpx clients leads to a cluster.

There are two packages with the same face, `httpx` and `httpx2`; the module that a library uses is handed in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Any

from ..apiserver.rest import Response
from .event_loop import Here
from .exchange import Exchange, pieces
from .patches import Patches
from .reading import Reader
from .websockets import SessionStream

if TYPE_CHECKING:
    from ..cluster import Cluster


def transport(httpx: Any, exchange: Exchange) -> Any:
    """A transport for the clients of an httpx, with and without asyncio."""

    class Pieces(httpx.SyncByteStream, httpx.AsyncByteStream):
        """The body of an answer."""

        def __init__(self, answer: Response, cluster: Cluster) -> None:
            self._answer = answer
            self._cluster = cluster

        def __iter__(self) -> Iterator[bytes]:
            yield from pieces(self._answer)

        async def __aiter__(self) -> AsyncIterator[bytes]:
            reader = Reader(self._answer.stream(), self._cluster, self._answer.about)
            while data := b"".join(await reader.read()):
                yield data

    class Transport(httpx.BaseTransport, httpx.AsyncBaseTransport):
        """Answers requests in process."""

        def handle_request(self, request: Any) -> Any:
            body = request.read()
            return self._answer(request, body)

        async def handle_async_request(self, request: Any) -> Any:
            body = await request.aread()
            return self._answer(request, body)

        def _answer(self, request: Any, body: bytes) -> Any:
            url = str(request.url)
            answer = exchange.ask(request.method, url, request.headers.items(), body)
            cluster = exchange.cluster_at(url)
            more = {} if answer.session is None else {"network_stream": SessionStream(answer.session, cluster)}
            return httpx.Response(
                answer.status, headers=answer.headers, stream=Pieces(answer, cluster), extensions=more
            )

    return Transport()


def install_lightkube(exchange: Exchange, patches: Patches) -> None:
    """Lead `lightkube.Client()` and `AsyncClient()` to the clusters."""
    adapter = import_module("lightkube.config.client_adapter")
    own = transport(adapter.httpx, exchange)
    if not hasattr(adapter, "ConnectionParams"):  # as until release 0.17
        generic = import_module("lightkube.core.generic_client")
        for kind in (generic.GenericClient, generic.GenericAsyncClient):
            patches.set(kind, "AdapterClient", staticmethod(_made_with(own, kind.AdapterClient)))
        return
    before = adapter.ConnectionParams.httpx_params

    def params(self: Any, config: Any) -> dict[str, Any]:
        return {**before(self, config), "transport": own}

    patches.set(adapter.ConnectionParams, "httpx_params", params)


def _made_with(own: Any, make: Any) -> Any:
    def made(*given: Any, **named: Any) -> Any:
        return make(*given, **{**named, "transport": own})

    return made


def install_kr8s(exchange: Exchange, patches: Patches) -> None:
    """Lead `kr8s.api()` to the clusters, also what it keeps for the next who asks."""
    api = import_module("kr8s._api")
    own = transport(api.httpx, exchange)

    async def create_session(self: Any) -> None:
        headers = {"User-Agent": self.__version__, "content-type": "application/json"}
        self._session = api.httpx.AsyncClient(
            base_url=self.auth.server, headers=headers, transport=own, timeout=self._timeout, follow_redirects=True
        )

    own_thread = Here()

    class Portal:
        """What stands where kr8s has a thread with an event loop for those who use no asyncio: the thread that asks."""

        def call(self, function: Callable[..., Coroutine[Any, Any, Any]], *args: Any, **named: Any) -> Any:
            """What a coroutine returns."""
            return own_thread.run(function(*args, **named))

    patches.at_the_end(own_thread.close)
    patches.set(import_module("kr8s._async_utils"), "Portal", Portal)
    patches.set(api.Api, "_create_session", create_session)
    patches.set(api.Api, "_instances", {})
