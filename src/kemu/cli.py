"""The `kemu` command.

    kemu run PATH       run manifests, and the scenario beside them, in virtual time and tell what happens
    kemu etcd           serve the store over etcd's JSON gateway
    kemu version        say which version this is

Whatever a user gets wrong ends in one line on standard error and a non-zero exit code, never in a traceback.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__, errors
from .values.durations import format_duration, parse_duration

if TYPE_CHECKING:
    from .cluster import Cluster
    from .narration import Narrator
    from .scenario import Scenario

IDLE_SECONDS = 60.0
"""How long `kemu run` goes on after the last step when nothing says how long."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code: 0, 1 for what went wrong, 2 for a command line that is no good."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words[:1] == ["etcd"]:
        from .server import etcd_gateway

        return etcd_gateway.main(words[1:])
    args = _parser().parse_args(words)
    try:
        return int(args.command(args))
    except errors.KemuError as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kemu", description="A Kubernetes cluster inside one Python process.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    run = commands.add_parser("run", help="run manifests in virtual time and tell what happens")
    run.add_argument("path", type=Path, help="a manifest, or a folder of manifests with at most one scenario")
    run.add_argument("--nodes", type=int, help="how many nodes the cluster has (default 3)")
    run.add_argument("--seed", type=int, help="the seed of every choice that is left to chance (default 0)")
    run.add_argument("--for", dest="duration", metavar="DURATION", help="virtual time to run, such as 90s or 1h30m")
    run.add_argument(
        "--wait",
        action="append",
        default=[],
        metavar="WHAT:CONDITION",
        help="at the end wait for this, such as deployment/web:condition=Available; exit 1 if it is not met",
    )
    run.add_argument("--wait-timeout", default="10m", metavar="DURATION", help="how long to wait (default 10m)")
    run.add_argument("--timeline", type=Path, metavar="FILE", help="also write the timeline as .svg, .html or .txt")
    run.add_argument("--quiet", action="store_true", help="only the tables at the end")
    run.set_defaults(command=_run)
    version = commands.add_parser("version", help="say which version this is")
    version.set_defaults(command=_version)
    commands.add_parser("etcd", help="serve the store over etcd's JSON gateway (see kemu etcd --help)")
    return parser


def _version(args: argparse.Namespace) -> int:
    print(f"kemu {__version__} (Kubernetes 1.36)")
    return 0


def _run(args: argparse.Namespace) -> int:
    from .cluster import Cluster
    from .narration import Narrator
    from .scenario import load_scenario

    scenario = load_scenario(args.path)
    nodes = scenario.nodes if args.nodes is None else args.nodes
    seed = scenario.seed if args.seed is None else args.seed
    cluster = Cluster(nodes=nodes, seed=seed)
    lines: list[str] = []
    narrator = Narrator(cluster, lines.append if args.quiet else print, scenario.namespace)
    if not args.quiet:
        print(f"cluster of {nodes} nodes, seed {seed}")
    if scenario.manifests:
        cluster.apply(list(scenario.manifests), namespace=scenario.namespace)
        narrator.catch_up()
    for step in scenario.steps:
        _go_on(cluster, narrator, step.at)
        narrator.tell(cluster.now, step.run(cluster, scenario.namespace))
        narrator.catch_up()
    _go_on(cluster, narrator, _end(cluster, scenario, args))
    for what in args.wait:
        target, _, condition = what.partition(":")
        cluster.wait(target, condition, timeout=args.wait_timeout, namespace=scenario.namespace)
        narrator.catch_up()
    _summary(cluster, scenario.namespace)
    if args.timeline is not None:
        _write_timeline(cluster, args.timeline)
    return 0


def _end(cluster: Cluster, scenario: Scenario, args: argparse.Namespace) -> float:
    """When the run is over, in seconds since the start."""
    if args.duration is not None:
        try:
            return parse_duration(args.duration)
        except ValueError as problem:
            raise errors.UsageError(f"--for: {problem}") from None
    return cluster.now + IDLE_SECONDS if scenario.duration is None else scenario.duration


def _go_on(cluster: Cluster, narrator: Narrator, until: float) -> None:
    """Let time pass up to a moment, telling what happens on the way."""

    def told() -> bool:
        narrator.catch_up()
        return False

    if until >= cluster.now:
        cluster.wait_until(told, until)


def _summary(cluster: Cluster, namespace: str) -> None:
    print(
        f"\nafter {format_duration(round(cluster.now, 3))} of virtual time, {cluster.store.revision} revisions, "
        f"digest {cluster.digest()[:16]}\n"
    )
    for kind in ("deployments", "pods", "services"):
        if kind == "pods" or cluster.list(kind, namespace=namespace):
            print(cluster.table(kind, namespace=namespace, wide=kind == "pods"))
    print(cluster.table("events", namespace=namespace))
    print(cluster.timeline(namespace=namespace), end="")


def _write_timeline(cluster: Cluster, path: Path) -> None:
    timeline = cluster.timeline()
    form = {".svg": timeline.to_svg, ".html": timeline.to_html, ".txt": timeline.__str__}.get(path.suffix)
    if form is None:
        raise errors.UsageError(f"--timeline {path}: use a name that ends in .svg, .html or .txt")
    try:
        path.write_text(form(), encoding="utf-8")
    except OSError as problem:
        raise errors.UsageError(f"--timeline {path}: {problem.strerror}") from None
    print(f"\nwrote {path}")
