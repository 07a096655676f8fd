"""The pytest plugin: a fresh cluster for every test.

    def test_rollout(cluster):
        cluster.apply("deploy.yaml")
        cluster.assert_that("deployment/web").becomes("Available", within="2m")

`@pytest.mark.kemu(nodes=5, seed=7)` gives the cluster other arguments (those of `kemu.Cluster`), the ini options
`kemu_nodes`, `kemu_seed` and `kemu_control_plane` give a project's own defaults, and `--kemu-seed N` runs all tests
with another seed. A test that fails shows the seed, the virtual time, what is not settled and why, the last things
that happened and the timeline; its traceback ends where the test called kemu (`--full-trace` shows all of it).
`--kemu-timeline=html` (or svg, or txt) writes the timeline of each such test to a file.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kemu import Cluster

LAST_EVENTS = 15
EXPLAINED = 3
"""Of so many pods that are not ready it is told why."""

MOST_LANES = 30
"""So many lines of the timeline are shown."""

DEFAULTS = {"nodes": 3, "seed": 0, "control_plane": 0}
"""The arguments of a cluster that an ini file may set, and what they are without."""

MADE = pytest.StashKey[list[Any]]()
"""The clusters that the fixtures of a test have made."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kemu")
    group.addoption("--kemu-seed", type=int, default=None, help="seed of every cluster that kemu's fixtures make")
    group.addoption(
        "--kemu-timeline", choices=("html", "svg", "txt"), help="write the timeline of each test that fails to a file"
    )
    group.addoption("--kemu-timeline-dir", default="kemu-timelines", help="the folder for that (kemu-timelines)")
    for name, default in DEFAULTS.items():
        parser.addini(
            f"kemu_{name}", f"{name} of the clusters that kemu's fixtures make ({default})", default=str(default)
        )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "kemu(**arguments): arguments of kemu.Cluster for the `cluster` fixture")


def _arguments(request: pytest.FixtureRequest) -> dict[str, Any]:
    """What a cluster for a test is made with: the ini file's, then the markers' from the outermost, then the seed."""
    found: dict[str, Any] = {}
    for name in DEFAULTS:
        text = request.config.getini(f"kemu_{name}")
        if not re.fullmatch(r"-?\d+", text):
            raise pytest.UsageError(f"kemu_{name} is a whole number, not {text!r}")
        found[name] = int(text)
    for marker in reversed(tuple(request.node.iter_markers("kemu"))):  # the one nearest to the test comes last
        if marker.args:
            raise pytest.UsageError(f"pytest.mark.kemu takes arguments by name, such as nodes=5, not {marker.args}")
        found.update(marker.kwargs)
    seed = request.config.getoption("--kemu-seed")
    return found if seed is None else {**found, "seed": seed}


@pytest.fixture
def kemu_cluster_factory(request: pytest.FixtureRequest) -> Callable[..., Cluster]:
    """Makes clusters as the `cluster` fixture does, with further arguments of `kemu.Cluster`."""

    def make(**more: Any) -> Cluster:
        from kemu import Cluster

        made = Cluster(**{**_arguments(request), **more})
        request.node.stash.setdefault(MADE, []).append(made)
        return made

    return make


@pytest.fixture
def cluster(kemu_cluster_factory: Callable[..., Cluster]) -> Iterator[Cluster]:
    """A Kubernetes cluster of three nodes, ready for use, that nobody else has touched."""
    yield kemu_cluster_factory()


@pytest.fixture
def kemu_cluster(cluster: Cluster) -> Cluster:
    """The same as `cluster`, for who has a fixture of that name already."""
    return cluster


@pytest.fixture
def mock_kubernetes(cluster: Cluster) -> Iterator[Cluster]:
    """The cluster of this test, to which Python clients of Kubernetes are led: see `kemu.mock_kubernetes`."""
    from kemu.adapters.mocking import mock_kubernetes

    with mock_kubernetes(cluster):
        yield cluster


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    made = item.stash.get(MADE, [])
    if made and call.excinfo is not None and not item.config.getoption("fulltrace", False):
        _hide_frames()
    report = yield
    if report.when in ("setup", "call") and report.failed:
        for number, each in enumerate(made):
            path = _write_timeline(item, each, number)
            told = _state(each) + (f"\ntimeline: {path}" if path else "")
            report.sections.append(("kemu" if not number else f"kemu, cluster {number + 1}", told))
    return report


def _hide_frames() -> None:
    """Leave what is inside of kemu out of tracebacks: pytest asks the module of each frame."""
    for name, module in tuple(sys.modules.items()):
        if name.startswith("kemu."):
            vars(module)["__tracebackhide__"] = True


def _state(made: Cluster) -> str:
    """Where a cluster stood when its test failed."""
    from kemu.waiting import pending

    lines = [f"seed {made.seed}, virtual time {made.now:g}s, revision {made.store.revision}"]
    lines.append(f"run again with: pytest --kemu-seed {made.seed}")
    lines.append(pending(made.parts))
    pods = made.list("pods", namespace=None)
    if pods:
        lines += made.table("pods", namespace=None).rstrip().splitlines()
    for pod in [pod for pod in pods if not _is_well(pod)][:EXPLAINED]:
        known = made.explain(pod)
        lines += [f"{known.subject} is {known.state}", *(f"  {reason}" for reason in known.reasons)]
    for event in made.events(namespace=None)[-LAST_EVENTS:]:
        about = event.involved_object
        kind = (about.kind or "").lower()
        lines.append(f"{event.type} {event.reason} {kind}/{about.name}: {event.message}")
    drawn = str(made.timeline()).splitlines() if pods else []
    return "\n".join([*lines, *drawn[:MOST_LANES], *(["..."] if len(drawn) > MOST_LANES else [])])


def _is_well(pod: Any) -> bool:
    """Whether a pod is ready, or has done what it was made for."""
    conditions = (pod.status.conditions if pod.status else None) or ()
    return pod.status.phase == "Succeeded" or any(each.type == "Ready" and each.status == "True" for each in conditions)


def _write_timeline(item: pytest.Item, made: Cluster, number: int) -> Path | None:
    """Write the timeline of a cluster to a file, if that is wished for; where it is."""
    form = item.config.getoption("--kemu-timeline")
    if not form:
        return None
    folder = Path(item.config.getoption("--kemu-timeline-dir"))
    folder.mkdir(parents=True, exist_ok=True)
    timeline = made.timeline()
    text = {"html": timeline.to_html, "svg": timeline.to_svg, "txt": timeline.__str__}[form]()
    name = re.sub(r"[^\w.-]+", "-", item.nodeid) + (f"-{number + 1}" if number else "")
    path = folder / f"{name}.{form}"
    path.write_text(text, encoding="utf-8")
    return path
