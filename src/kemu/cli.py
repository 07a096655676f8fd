"""The `kemu` command.

    kemu run PATH       run manifests, and the scenario beside them, in virtual time and tell what happens
    kemu serve          serve a cluster to kubectl and other clients
    kemu etcd           serve the store over etcd's JSON gateway
    kemu replay FILE    make a run again that broke in an exploration, and look at it step by step
    kemu version        say which version this is

Whatever a user gets wrong ends in one line on standard error and a non-zero exit code, never in a traceback.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__, errors
from .server import command as serving
from .values.durations import format_duration, parse_duration

if TYPE_CHECKING:
    from .cluster import Cluster
    from .narration import Narrator
    from .scenario import Scenario

FORMS = (".svg", ".html", ".txt")
SHOWN = ("deployments", "statefulsets", "daemonsets", "jobs", "cronjobs", "pods", "services")
"""The tables at the end; only those with rows, but for the pods."""

IDLE_SECONDS = 60.0
"""How long `kemu run` goes on after the last step when nothing says how long."""


MOST_NODES = 100_000
"""More than anybody has, and than there is room for."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; returns the exit code: 0, 1 for what went wrong, 2 for a command line that is no good."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _main(words)
    except errors.KemuError as problem:
        return _complain(f"error: {problem}", 1)
    except KeyboardInterrupt:
        return _complain("interrupted", 130)
    except BrokenPipeError:
        _say_no_more()  # whoever reads has seen enough
        return 0
    except OSError as problem:
        return _complain(f"error: {problem.strerror or problem}", 1)


def _main(words: list[str]) -> int:
    if words[:1] == ["etcd"]:
        from .server import etcd_gateway

        return etcd_gateway.main(words[1:])
    args = _parser().parse_args(words)
    if sys.stdout is None:
        raise errors.UsageError("standard output is closed")
    code = int(args.command(args))
    sys.stdout.flush()
    return code


def _complain(text: str, code: int) -> int:
    """Say what went wrong, in a line of its own after what was printed; gives the exit code back."""
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except OSError:
        _say_no_more()
    if sys.stderr is not None:
        print(text, file=sys.stderr)
    return code


def _say_no_more() -> None:
    """Let what was printed and cannot be written be lost, also when Python exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kemu", description="A Kubernetes cluster inside one Python process.")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    run = commands.add_parser("run", help="run manifests in virtual time and tell what happens")
    run.add_argument("path", type=Path, help="a manifest, or a folder of them, with at most one scenario")
    run.add_argument("-R", "--recursive", action="store_true", help="read the folders in a folder, too")
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
    replay = commands.add_parser("replay", help="make a run again that broke in an exploration")
    replay.add_argument("path", type=Path, help="a file that was written by the `save` of what broke")
    replay.add_argument("--list", action="store_true", help="only tell what was written, and what broke")
    replay.set_defaults(command=_replay)
    version = commands.add_parser("version", help="say which version this is")
    version.set_defaults(command=_version)
    serving.add_to(commands)
    commands.add_parser("etcd", help="serve the store over etcd's JSON gateway (see kemu etcd --help)")
    return parser


def _version(args: argparse.Namespace) -> int:
    print(f"kemu {__version__} (Kubernetes 1.36)")
    return 0


def _replay(args: argparse.Namespace) -> int:
    from .testing.explore.files import again, load, story
    from .testing.explore.terminal import show
    from .testing.explore.viewer import View

    tape = again(*load(args.path))
    looks = sys.stdin.isatty() and sys.stdout.isatty()
    if args.list or not looks:
        for line in story(tape):
            print(line)
    if not args.list and (looks or not sys.stdin.isatty()):
        show(View(tape), sys.stdin, sys.stdout)
    return 0


def _run(args: argparse.Namespace) -> int:
    from .cluster import Cluster
    from .narration import Narrator
    from .scenario import load_scenario

    scenario = load_scenario(args.path, recursive=args.recursive)
    nodes = scenario.nodes if args.nodes is None else args.nodes
    seed = scenario.seed if args.seed is None else args.seed
    if nodes > MOST_NODES:
        raise errors.UsageError(f"{nodes} nodes are too many: at most {MOST_NODES}")
    cluster = Cluster(nodes=nodes, seed=seed)
    until, waits = _end(scenario, args), _waits(cluster, args)
    lines: list[str] = []
    narrator = Narrator(cluster, lines.append if args.quiet else print, scenario.namespace)
    if not args.quiet:
        print(f"cluster of {nodes} nodes, seed {seed}")
    namespaces = [each for each in scenario.manifests if each["kind"] == "Namespace"]
    rest = [each for each in scenario.manifests if each["kind"] != "Namespace"]
    for documents in filter(None, (namespaces, rest)):
        with _telling(cluster, narrator):
            cluster.apply(documents, namespace=scenario.namespace)
        if documents is namespaces:
            cluster.settle()  # a pod is refused until its namespace has a service account
        narrator.catch_up()
    for step in scenario.steps:
        if until is not None and step.at > until:
            break
        _go_on(cluster, narrator, step.at)
        try:
            with _telling(cluster, narrator):
                narrator.tell(cluster.now, step.run(cluster, scenario.namespace))
        except errors.KemuError as problem:
            raise errors.UsageError(f"the step at {step.at:g} s ({step.action}): {problem}") from None
        narrator.catch_up()
    _go_on(cluster, narrator, cluster.now + IDLE_SECONDS if until is None else until)
    try:
        for target, condition in waits:
            cluster.wait(target, condition, timeout=args.wait_timeout, namespace=scenario.namespace)
    finally:
        narrator.catch_up()
        _summary(cluster, scenario.namespace)
        if args.timeline is not None:
            _write_timeline(cluster, args.timeline)
    return 0


@contextmanager
def _telling(cluster: Cluster, narrator: Narrator) -> Iterator[None]:
    """Make what the user is warned of a part of the story."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", errors.KemuWarning)
        yield
    for each in caught:
        word = "not simulated" if each.category is errors.NotSimulated else "warning"
        narrator.tell(cluster.now, f"{word}: {each.message}")


def _waits(cluster: Cluster, args: argparse.Namespace) -> list[tuple[str, str]]:
    """What to wait for at the end, checked before anything runs."""
    from .names import locate
    from .waiting import condition_of

    waits = []
    for what in args.wait:
        target, colon, condition = what.partition(":")
        if not colon:
            raise errors.UsageError(f"--wait {what}: use WHAT:CONDITION, such as deployment/web:condition=Available")
        condition_of(condition, locate(cluster.api.resources, target)[0])
        waits.append((target, condition))
    _duration("--wait-timeout", args.wait_timeout)
    if args.timeline is not None:
        if args.timeline.suffix not in FORMS:
            raise errors.UsageError(f"--timeline {args.timeline}: use a name that ends in .svg, .html or .txt")
        if not args.timeline.parent.is_dir():
            raise errors.UsageError(f"--timeline {args.timeline}: there is no folder {args.timeline.parent}")
    return waits


def _end(scenario: Scenario, args: argparse.Namespace) -> float | None:
    """When the run is over, in seconds since the start; None if nothing says so."""
    return scenario.duration if args.duration is None else _duration("--for", args.duration)


def _duration(option: str, text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as problem:
        raise errors.UsageError(f"{option}: {problem}") from None
    if not 0 <= seconds < inf:
        raise errors.UsageError(f"{option}: {text} is no length of time")
    return seconds


def _go_on(cluster: Cluster, narrator: Narrator, until: float) -> None:
    """Let time pass up to a moment, telling what happens on the way."""

    def told() -> bool:
        narrator.catch_up()
        return False

    if until >= cluster.now:
        cluster.wait_until(told, until)


def _summary(cluster: Cluster, namespace: str) -> None:
    from .apiserver.tables import rendered
    from .names import locate

    print(
        f"\nafter {format_duration(round(cluster.now, 3))} of virtual time, {cluster.store.revision} revisions, "
        f"digest {cluster.digest()[:16]}\n"
    )
    pods = cluster.list("pods", namespace=None)
    elsewhere = any(pod.metadata.namespace != namespace for pod in pods)
    where = None if elsewhere else namespace
    for kind in SHOWN:
        if kind == "pods" or cluster.list(kind, namespace=where):
            print(cluster.table(kind, namespace=where, wide=kind == "pods"))
    resource, _ = locate(cluster.api.resources, "events")
    events = [event for event in cluster.events(namespace=None) if where in (None, event.metadata.namespace)]
    print(rendered(resource, events, cluster.clock.unix, namespaces=where is None))
    print(cluster.timeline(namespace=where), end="")


def _write_timeline(cluster: Cluster, path: Path) -> None:
    timeline = cluster.timeline()
    text = {".svg": timeline.to_svg, ".html": timeline.to_html, ".txt": timeline.__str__}[path.suffix]()
    part = path.with_name(f".{path.name}.part")
    try:
        try:
            part.write_text(text, encoding="utf-8")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as problem:
        raise errors.UsageError(f"--timeline {path}: {problem.strerror}") from None
    print(f"\nwrote {path}")
