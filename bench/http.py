"""What a request costs over HTTP, beside the same request in process and beside a real API server::

    python bench/http.py [--sizes 0,1000,5000] [--watches 1000]

The server runs in a process of its own (`kemu serve --clock real --nodes 0`), the client talks to it on loopback over
one connection that is kept alive. A row has requests in a second and the milliseconds of the median and of the slowest
hundredth, at each size of the cluster (so many pods there already), then the median in process. `real` is what a
kube-apiserver 1.36 takes on a machine of two cores. The last rows are a fan-out: how long after a write the last of so
many watches has told of it, and what the server needs until it answers its first request.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.pop(0)  # this folder, whose http.py is not the one of Python
sys.path.insert(0, str(Path(__file__).parents[1] / "src"))

import argparse
import asyncio
import http.client
import itertools
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import kemu

PODS = "/api/v1/namespaces/default/pods"
LISTED = 500
REAL = {"get": 1.7, "create": 2.9, f"list of {LISTED}": 27.0}
"""Milliseconds of a real API server, at the median."""

Ask = Callable[[str, str, bytes | None], None]


def pod(name: str) -> bytes:
    """A pod such as people write."""
    container = {"name": "web", "image": "nginx:1.27", "ports": [{"containerPort": 80}], "env": [{"name": "A"}]}
    metadata = {"name": name, "labels": {"app": "web"}}
    return json.dumps(
        {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": [container]}}
    ).encode()


@contextmanager
def served() -> Iterator[tuple[int, float]]:
    """A server in another process: its port, and the seconds until its first answer."""
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        options = {"--port": "0", "--nodes": "0", "--clock": "real", "--kubeconfig": str(config)}
        command = [sys.executable, "-m", "kemu", "serve", *itertools.chain.from_iterable(options.items())]
        began = time.perf_counter()
        process = subprocess.Popen(command, cwd=sys.path[0], stdout=subprocess.DEVNULL)
        try:
            while not config.exists() or not config.read_text():
                if process.poll() is not None:
                    raise SystemExit("kemu serve has ended")
                time.sleep(0.002)
            port = int(json.loads(config.read_text())["clusters"][0]["cluster"]["server"].rpartition(":")[2])
            asked = over_http(port)
            asked("GET", "/version", None)
            yield port, time.perf_counter() - began
        finally:
            process.terminate()
            process.wait()


def over_http(port: int) -> Ask:
    """Asks on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)

    def ask(method: str, path: str, body: bytes | None) -> None:
        connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = connection.getresponse()
        told = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {told.decode()}")

    return ask


def in_process() -> Ask:
    """Asks a cluster in this process."""
    cluster = kemu.Cluster(nodes=0)

    def ask(method: str, path: str, body: bytes | None) -> None:
        answer = cluster.request(method, path, {"Content-Type": "application/json"} if body else {}, body)
        assert answer.status < 300 and answer.body

    return ask


def rows(ask: Ask, size: int) -> Iterator[tuple[str, list[float]]]:
    """Every operation, with the milliseconds that each request took."""
    for number in range(max(size, LISTED)):
        ask("POST", PODS, pod(f"there-{number}"))
    names = (f"new-{number}" for number in itertools.count())
    yield "get", timed(lambda: ask("GET", f"{PODS}/there-0", None), 2000)
    yield "create", timed(lambda: ask("POST", PODS, pod(next(names))), 500)
    yield f"list of {LISTED}", timed(lambda: ask("GET", f"{PODS}?limit={LISTED}", None), 50)


def timed(act: Callable[[], None], times: int) -> list[float]:
    """The milliseconds of each of so many calls, in order of size."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        found.append((time.perf_counter() - began) * 1000)
    return sorted(found)


async def fan_out(port: int, watches: int, writes: int = 5) -> list[float]:
    """Milliseconds from a write until all watches have told of it."""
    ask = over_http(port)
    readers = []
    for _ in range(watches):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /api/v1/namespaces/default/configmaps?watch=true HTTP/1.1\r\nHost: kemu\r\n\r\n")
        await reader.readuntil(b"\r\n\r\n")
        readers.append((reader, writer))
    found = []
    for number in range(writes):
        name = f"told-{number}".encode()
        began = time.perf_counter()
        document: dict[str, Any] = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name.decode()}}
        ask("POST", "/api/v1/namespaces/default/configmaps", json.dumps(document).encode())
        await asyncio.gather(*[reader.readuntil(b'"name":"' + name) for reader, _ in readers])
        found.append((time.perf_counter() - began) * 1000)
    for _, writer in readers:
        writer.close()
    return sorted(found)


def told(name: str, per_size: list[list[float]], beside: float) -> str:
    """One row."""
    cells = "".join(
        f"{1000 * len(each) / sum(each):>9,.0f}/s {statistics.median(each):7.2f} {each[len(each) * 99 // 100]:7.2f}"
        for each in per_size
    )
    real = REAL.get(name)
    ratio = f"{real / statistics.median(per_size[0]):9.1f}x" if real else ""
    return f"{name:12}{cells}   {beside:7.3f}{ratio}"


def main() -> None:
    """Print a line for every operation."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", default="0,1000,5000", help="how many pods there are already")
    parser.add_argument("--watches", type=int, default=1000)
    arguments = parser.parse_args()
    found: dict[str, list[list[float]]] = {}
    sizes = [int(size) for size in arguments.sizes.split(",")]
    for size in sizes:
        with served() as (port, _):
            for name, times in rows(over_http(port), size):
                found.setdefault(name, []).append(times)
    beside = {name: statistics.median(times) for name, times in rows(in_process(), sizes[0])}
    print(f"{'':12}" + "".join(f"{f'{size:,} pods':>11} {'p50 ms':>8} {'p99 ms':>6}" for size in sizes), end="")
    print("   in process   real")
    for name, per_size in found.items():
        print(told(name, per_size, beside[name]))
    with served() as (port, seconds):
        times = asyncio.run(fan_out(port, arguments.watches))
        print(f"a write until {arguments.watches:,} watches have told of it: {statistics.median(times):.1f} ms")
        print(f"from the start of the process to its first answer: {seconds:.2f} s")


if __name__ == "__main__":
    main()
