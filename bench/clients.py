"""What a Python client's transport adds to a request in process::

    python bench/clients.py [--sizes 10,100,1000]

Microseconds, the median of many, in clusters of several sizes (so many ConfigMaps): a request that is handed to
`cluster.request`, the same by the object that stands where a library has its connections, and the difference, which
should be below 150. The library's own work (its models, its validation) is not in it: what is measured is called by
the library. The last row of each is a session of aiohttp with all that it does for a request, for comparison.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

sys.path.pop(0)  # this folder, whose http.py is not the one of Python
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import kemu
from kemu.adapters.exchange import Exchange
from kemu.adapters.official import Pool
from kemu.adapters.over_aiohttp import Connection, led
from kemu.adapters.over_httpx import transport

AIM = 150.0
"""Microseconds that an adapter may add."""

RUNS = 300
SESSION = "session"
HOST = "http://kemu.kemu.invalid"
ONE = "/api/v1/namespaces/default/configmaps/c0"
ALL = "/api/v1/namespaces/default/configmaps?limit=500"
HEADERS = {"Accept": "application/json", "User-Agent": "bench", "Content-Type": "application/json"}


def median(function: Callable[[], object]) -> float:
    """Microseconds of the middle one of many calls."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        function()
        times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e6


def by_requests(pool: Pool, path: str) -> Callable[[], object]:
    """As the official client asks."""
    return lambda: pool.request("GET", HOST + path, headers=HEADERS).data


def by_httpx(exchange: Exchange, path: str) -> Callable[[], object]:
    """As lightkube and kr8s ask."""
    httpx = import_module("httpx")
    there, request = transport(httpx, exchange), httpx.Request("GET", HOST + path, headers=HEADERS)
    return lambda: there.handle_request(request).read()


class Heard:
    """What aiohttp has at its end of a connection, but that it only waits for the answer."""

    def __init__(self) -> None:
        self.done = asyncio.get_running_loop().create_future()

    def data_received(self, data: bytes) -> None:
        """Take the answer."""
        self.done.set_result(data)


def by_connection(exchange: Exchange, path: str) -> float:
    """As a session of aiohttp asks, which kubernetes_asyncio and kopf use: microseconds."""
    lines = (
        f"GET {path} HTTP/1.1",
        "Host: kemu.kemu.invalid",
        *(f"{name}: {value}" for name, value in HEADERS.items()),
    )
    asked = "\r\n".join((*lines, "", "")).encode()

    async def main() -> float:
        times = []
        for _ in range(RUNS):
            began = time.perf_counter()
            heard = Heard()
            Connection(exchange, heard).write(asked)
            await heard.done
            times.append(time.perf_counter() - began)
        return statistics.median(times) * 1e6

    return asyncio.run(main())


def by_session(exchange: Exchange, path: str) -> float:
    """A whole session of aiohttp: microseconds."""
    aiohttp = led(exchange)

    async def main() -> float:
        times = []
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector()) as session:
            for _ in range(RUNS):
                began = time.perf_counter()
                await (await session.request("GET", HOST + path, headers=HEADERS)).read()
                times.append(time.perf_counter() - began)
        return statistics.median(times) * 1e6

    return asyncio.run(main())


def rows(size: int) -> Iterator[tuple[str, str, float, float]]:
    """(what, by what, microseconds in process, microseconds by the adapter)."""
    cluster = kemu.Cluster()
    for number in range(size):
        cluster.create(
            {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": f"c{number}"}, "data": {"k": "v"}}
        )
    exchange = Exchange({"kemu": cluster})
    headers: dict[str, Any] = dict(HEADERS)
    for what, path in (("get", ONE), ("list", ALL)):
        plain = median(lambda path=path: cluster.request("GET", path, headers).body)  # type: ignore[misc]
        yield what, "urllib3", plain, median(by_requests(Pool(exchange), path))
        yield what, "httpx", plain, median(by_httpx(exchange, path))
        yield what, "aiohttp", plain, by_connection(exchange, path)
        yield what, SESSION, plain, by_session(exchange, path)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="10,100,1000")
    sizes = [int(each) for each in parser.parse_args().sizes.split(",")]
    print(f"{'size':>6} {'what':5} {'by':8} {'request':>9} {'adapter':>9} {'adds':>7} {'ratio':>6}")
    for size in sizes:
        for what, by, plain, adapted in rows(size):
            added = adapted - plain
            word = "" if added <= AIM or by == SESSION else f"  more than {AIM:g}"
            print(f"{size:6} {what:5} {by:8} {plain:9.1f} {adapted:9.1f} {added:7.1f} {adapted / plain:6.2f}{word}")


if __name__ == "__main__":
    main()
