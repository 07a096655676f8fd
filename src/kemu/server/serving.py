"""Serving a cluster: where it listens, who may come, and the file that tells clients of it."""

from __future__ import annotations

import asyncio
import errno
import json
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Self

import attrs

from ..apiserver.tokens import users
from ..errors import UsageError
from . import LOOPBACK, certificates
from .extra import needed
from .front import Front, Log, runner
from .pulse import Pulse
from .tempo import tempo_of

if TYPE_CHECKING:
    from ..cluster import Cluster


@attrs.frozen
class Address:
    """Where a server listens."""

    host: str
    port: int
    secure: bool = False

    @property
    def url(self) -> str:
        """As a client names it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.secure else 'http'}://{host}:{self.port}"


def kubeconfig(address: Address, user: Mapping[str, Any], trust: Mapping[str, Any]) -> str:
    """A kubeconfig (JSON, which is YAML) with one context, `kemu`, for a client of a server."""
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "kemu", "cluster": {"server": address.url, **trust}}],
        "users": [{"name": "kemu", "user": dict(user)}],
        "contexts": [{"name": "kemu", "context": {"cluster": "kemu", "user": "kemu", "namespace": "default"}}],
        "current-context": "kemu",
        "preferences": {},
    }
    return json.dumps(document, indent=2) + "\n"


@attrs.frozen
class Wish:
    """How a cluster is to be served. `port` 0 is any free one; `tokens` are bearer tokens beside the cluster's own."""

    host: str = LOOPBACK
    port: int = 0
    clock: Any = "auto"
    tls: bool = False
    tokens: Mapping[str, Any] = attrs.field(factory=dict)
    kubeconfig: Path | None = None
    log: Log | None = None

    def check(self) -> None:
        """Raise UsageError for what cannot be served, or should not be."""
        if isinstance(self.port, bool) or not isinstance(self.port, int) or not 0 <= self.port < 65536:
            raise UsageError(f"a port is a number from 0 (any that is free) to 65535, not {self.port!r}")
        tempo_of(self.clock)
        if not self.tls and not _is_loopback(self.host):
            raise UsageError(
                f"{self.host} can be reached from other machines, and without TLS whoever comes is the administrator: "
                "serve on 127.0.0.1, or with tls (--tls), so that clients have to say who they are"
            )
        if self.kubeconfig is not None and not self.kubeconfig.parent.is_dir():
            raise UsageError(f"kubeconfig {self.kubeconfig}: there is no folder {self.kubeconfig.parent}")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


async def serve(cluster: Cluster, wish: Wish, begun: Any, stop: asyncio.Event) -> None:
    """Serve a cluster until `stop` is set; `begun` is called with the address and the kubeconfig once clients may come.

    Raises UsageError where it cannot listen, and what a strict cluster raises out of its controllers.
    """
    web = needed("aiohttp.web", "a server")
    pulse = Pulse(cluster, tempo_of(wish.clock))
    papers = certificates.issue(wish.host) if wish.tls else None
    front = Front.of(cluster, pulse, not wish.tls, wish.log)
    api, before = cluster.parts.api, cluster.parts.api.tokens
    api.tokens = {**before, **users(wish.tokens)}
    run = runner(front)
    await run.setup()
    life = pulse.begin()
    try:
        site = web.TCPSite(run, wish.host, wish.port, ssl_context=papers and papers.context(), backlog=1024)
        try:
            await site.start()
        except OSError as problem:
            raise UsageError(_no_port(wish, problem)) from None
        port = site._server.sockets[0].getsockname()[1]
        address = Address(wish.host, port, wish.tls)
        begun(address, kubeconfig(address, *(papers.for_client() if papers else ({}, {}))))
        stopped = asyncio.create_task(stop.wait())
        await asyncio.wait((stopped, life), return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        if life.done():
            life.result()
    finally:
        life.cancel()
        pulse.end()
        api.tokens = before
        await run.cleanup()


def _no_port(wish: Wish, problem: OSError) -> str:
    if problem.errno == errno.EADDRINUSE:
        return f"port {wish.port} of {wish.host} is in use: name another one, or 0 for any that is free"
    return f"cannot listen on {wish.host}, port {wish.port}: {problem.strerror or problem}"


class Server:
    """A cluster that is being served from a thread of its own, until `close`; also a context manager.

    `url` is where, `kubeconfig` the path of a file for clients (`KUBECONFIG`). The cluster stays in the hands of who
    has it: calls and requests take turns.
    """

    def __init__(self, cluster: Cluster, wish: Wish) -> None:
        wish.check()
        needed("aiohttp.web", "a server")
        self._folder: TemporaryDirectory[str] | None = None
        if wish.kubeconfig is None:
            self._folder = TemporaryDirectory(prefix="kemu-")
            wish = attrs.evolve(wish, kubeconfig=Path(self._folder.name, "kubeconfig"))
        self.kubeconfig = str(wish.kubeconfig)
        began: Future[Address] = Future()
        self._thread = threading.Thread(target=self._run, args=(cluster, wish, began), daemon=True, name="kemu-server")
        self._problem: BaseException | None = None
        self._thread.start()
        try:
            self.url = began.result().url
        except BaseException:
            self._thread.join()
            self._clean()
            raise

    def _run(self, cluster: Cluster, wish: Wish, began: Future[Address]) -> None:
        async def main() -> None:
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()

            def begun(address: Address, config: str) -> None:
                Path(self.kubeconfig).write_text(config, encoding="utf-8")
                began.set_result(address)

            await serve(cluster, wish, begun, self._stop)

        try:
            asyncio.run(main())
        except BaseException as problem:
            if began.done():
                self._problem = problem
            else:
                began.set_exception(problem)

    def close(self) -> None:
        """Let no more clients come, and end what goes on. Raises what has ended the server before, if anything has."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()
        self._clean()
        problem, self._problem = self._problem, None
        if problem is not None:
            raise problem

    def _clean(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<kemu server at {self.url}>"
