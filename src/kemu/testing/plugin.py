"""The pytest plugin: a fresh cluster for every test.

    def test_rollout(cluster):
        cluster.apply("deploy.yaml")
        cluster.wait("deployment/web", "condition=Available")

`@pytest.mark.kemu(nodes=5, seed=7)` gives the cluster other arguments (those of `kemu.Cluster`); `--kemu-seed N` runs
all tests with another seed. A test that fails shows the seed, the virtual time and the last things that happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from kemu import Cluster

LAST_EVENTS = 15
_CLUSTER = "_kemu_cluster"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("kemu").addoption(
        "--kemu-seed", type=int, default=None, help="seed of every cluster that the `cluster` fixture makes"
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "kemu(**arguments): arguments of kemu.Cluster for the `cluster` fixture")


@pytest.fixture
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A Kubernetes cluster of three nodes, ready for use, that nobody else has touched."""
    from kemu import Cluster

    arguments: dict[str, Any] = {"nodes": 3, "seed": 0}
    for marker in reversed(tuple(request.node.iter_markers("kemu"))):  # the one nearest to the test comes last
        if marker.args:
            raise pytest.UsageError(f"pytest.mark.kemu takes arguments by name, such as nodes=5, not {marker.args}")
        arguments.update(marker.kwargs)
    seed = request.config.getoption("--kemu-seed")
    if seed is not None:
        arguments["seed"] = seed
    made = Cluster(**arguments)
    setattr(request.node, _CLUSTER, made)
    yield made


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    report = yield
    made = getattr(item, _CLUSTER, None)
    if report.when in ("setup", "call") and report.failed and made is not None:
        report.sections.append(("kemu", _state(made)))
    return report


def _state(made: Cluster) -> str:
    """Where a cluster stood when its test failed."""
    lines = [f"seed {made.seed}, virtual time {made.now:g}s, revision {made.store.revision}"]
    lines.append(f"run again with: pytest --kemu-seed {made.seed}")
    if made.list("pods", namespace=None):
        lines += made.table("pods", namespace=None).rstrip().splitlines()
    for event in made.events(namespace=None)[-LAST_EVENTS:]:
        about = event.involved_object
        kind = (about.kind or "").lower()
        lines.append(f"{event.type} {event.reason} {kind}/{about.name}: {event.message}")
    return "\n".join(lines)
