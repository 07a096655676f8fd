"""`kemu serve`: a cluster for kubectl and any other client, until it is interrupted."""

from __future__ import annotations

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import errors
from . import LOOPBACK, serving
from .extra import needed

if TYPE_CHECKING:
    from .serving import Address, Wish

ON_THE_ROAD = 60.0
"""Seconds for which a cluster has been there when its clients may come: what happens at a start is over."""

CAPACITY = ("cpu", "memory", "pods")

MOST_MACHINES = 9
"""Of a control plane: more members than an etcd has."""

OF_A_NEW_ONE = ("nodes", "control_plane", "node_capacity", "seed", "controllers", "no_scheduler", "start")
"""The options that only a new cluster has: one that is loaded is as it was."""


def add_to(commands: Any) -> None:
    """Make it a command of the command line."""
    parser = commands.add_parser("serve", help="serve a cluster for kubectl and any other client")
    parser.add_argument("--host", default=LOOPBACK, help="where to listen (default 127.0.0.1)")
    parser.add_argument("--port", type=int, default=8080, help="the port; 0 is any free one (default 8080)")
    parser.add_argument("--nodes", type=int, help="how many nodes the cluster has (default 3)")
    parser.add_argument(
        "--control-plane",
        type=int,
        metavar="N",
        help="how many machines of a control plane it has beside them, as kubeadm leaves them (default 0)",
    )
    parser.add_argument(
        "--node-capacity", default="", metavar="AMOUNTS", help="what a node has, such as cpu=1,memory=3840Mi,pods=110"
    )
    parser.add_argument("--seed", type=int, help="the seed of every choice that is left to chance (default 0)")
    parser.add_argument(
        "--controllers", metavar="NAMES", help="which controllers run, as kube-controller-manager has it (default *)"
    )
    parser.add_argument("--no-scheduler", action="store_true", default=None, help="leave pods without a node")
    parser.add_argument(
        "--load", type=Path, metavar="FILE", help="a file that --save has written, or a dump of another cluster"
    )
    parser.add_argument("--save", type=Path, metavar="FILE", help="where to write the cluster at the end")
    parser.add_argument("--kubeconfig", type=Path, metavar="FILE", help="where to write the file that clients need")
    parser.add_argument(
        "--clock",
        default="auto",
        metavar="PACE",
        help="real, so many times faster (8x), or auto (default): leaps ahead",
    )
    parser.add_argument("--start", default="", metavar="TIME", help="the cluster's time at the start (default: now)")
    parser.add_argument("--tls", action="store_true", help="serve https, to clients with a certificate or a token")
    parser.add_argument(
        "--token",
        action="append",
        default=[],
        metavar="TOKEN=USER[,GROUP...]",
        help="a bearer token, and whose it is",
    )
    parser.add_argument("-v", "--verbose", action="store_true", help="print a line for every request")
    parser.set_defaults(command=run)


def run(args: argparse.Namespace) -> int:
    """Serve until interrupted. Raises UsageError for what cannot be done."""
    with _loading():
        wish = _wish(args)
        wish.check()
        if args.save is not None and not args.save.absolute().parent.is_dir():
            raise errors.UsageError(f"--save {args.save}: there is no folder {args.save.absolute().parent}")
        cluster = _cluster(args)
        needed("aiohttp.web", "a server")
    asyncio.run(_until_interrupted(cluster, wish))
    if args.save is not None:
        cluster.save(args.save)
    return 0


def _wish(args: argparse.Namespace) -> Wish:
    return serving.Wish(
        args.host,
        args.port,
        args.clock,
        args.tls,
        dict(_token(each) for each in args.token),
        args.kubeconfig,
        (lambda line: print(line, file=sys.stderr, flush=True)) if args.verbose else None,
    )


@contextmanager
def _loading() -> Iterator[None]:
    """What is made meanwhile is there to stay: nobody looks for garbage in it, now or later."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


async def _until_interrupted(cluster: Any, wish: Wish) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)

    def begun(address: Address, config: str) -> None:
        print(f"serving {len(cluster.list('nodes'))} nodes at {address.url}", flush=True)
        if wish.kubeconfig is not None:
            _write(wish.kubeconfig, config)
            print(f"export KUBECONFIG={wish.kubeconfig}", flush=True)
        elif not wish.tls:
            print(f"kubectl --server {address.url} get nodes", flush=True)

    await serving.serve(cluster, wish, begun, stop)


def _write(path: Path, text: str) -> None:
    try:
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise errors.UsageError(f"--kubeconfig {path}: {problem.strerror}") from None


def _cluster(args: argparse.Namespace) -> Any:
    """The cluster that is to be served: a new one, one from a file, or a new one with the objects in a file."""
    if args.load is None:
        return _new(args, 3)
    if args.load.is_dir() or not _is_cluster(args.load):
        cluster = _new(args, 0)
        cluster.restore(args.load)
        return cluster
    return _loaded(args)


def _is_cluster(path: Path) -> bool:
    from ..kept import is_cluster

    return is_cluster(path)


def _loaded(args: argparse.Namespace) -> Any:
    from ..cluster import Cluster

    said = [f"--{name.replace('_', '-')}" for name in OF_A_NEW_ONE if getattr(args, name) not in (None, "")]
    if said:
        raise errors.UsageError(f"{', '.join(said)}: the cluster in {args.load} is as it was saved")
    return Cluster.load(args.load)


def _new(args: argparse.Namespace, usual: int) -> Any:
    """A new cluster, with the `usual` number of nodes if no other one is asked for."""
    from ..cluster import Cluster

    nodes = usual if args.nodes is None else args.nodes
    if not 0 <= nodes <= 5000:
        raise errors.UsageError(f"{nodes} nodes are not served: from 0 to 5000 are")
    machines = args.control_plane or 0
    if not 0 <= machines <= MOST_MACHINES:
        raise errors.UsageError(f"--control-plane {machines}: a control plane has 0 to {MOST_MACHINES} machines")
    capacity = _capacity(args.node_capacity)
    begin = args.start or datetime.now(UTC) - timedelta(seconds=ON_THE_ROAD)
    cluster = Cluster(
        nodes=0,
        control_plane=machines,
        seed=args.seed or 0,
        controllers="*" if args.controllers is None else args.controllers,
        scheduler=not args.no_scheduler,
        strict=False,
        compaction="5m",
        start=begin,
    )
    cluster.metrics.nominal()
    for _ in range(nodes):
        cluster.add_node(**capacity)
    if not args.start:
        cluster.advance(ON_THE_ROAD)
    return cluster


def _capacity(text: str) -> dict[str, Any]:
    """The amounts of `--node-capacity`. Raises UsageError."""
    found: dict[str, Any] = {}
    for part in filter(None, text.split(",")):
        name, equals, amount = part.partition("=")
        if name not in CAPACITY or not equals:
            raise errors.UsageError(f"--node-capacity {part}: use NAME=AMOUNT, of {', '.join(CAPACITY)}")
        if name == "pods" and not amount.isdecimal():
            raise errors.UsageError(f"--node-capacity {part}: that is no number of pods")
        found[name] = int(amount) if name == "pods" else amount
    return found


def _token(text: str) -> tuple[str, tuple[str, list[str]]]:
    token, equals, who = text.partition("=")
    user, *groups = who.split(",")
    if not token or not equals or not user:
        raise errors.UsageError(f"--token {text}: use TOKEN=USER[,GROUP...]")
    return token, (user, groups)
