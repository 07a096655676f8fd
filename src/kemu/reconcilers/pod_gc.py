"""Remove pods that nobody else would: of nodes that are gone or out of service, and those that ended long ago.

Imitates  the pod garbage collector of Kubernetes 1.36
Wakes on  Node that goes or is put out of service; Pod bound to no node there is, on its way out, or finished
Writes    Pod phase and condition DisruptionTarget, Pod deletion
Differs   D-087: its looks are counted from the start of the cluster

It looks every twenty seconds, as upstream; a look at which there would be nothing to do is left out. Its keys:

    gone/NODE       the pods of a node that does not exist, after a quarantine of forty seconds
    service/NODE    the pods on their way out of a node that is not ready and out of service
    unbound/POD     a pod on its way out that was never bound
    finished/       the oldest finished pods, where there are more than 12,500
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from ..clock import exact, on_grid
from ..kit import DONE, Api, Cache, Result, Wiring, key_of
from ..kit.indexes import BY_NODE, Index
from ..kit.pod_control import disrupted, end
from ..objects import core, evolve
from ..objects.conditions import is_true
from ..objects.pods import is_finished
from ..wellknown import OUT_OF_SERVICE

COMPONENT = "pod-garbage-collector"

LOOK_SECONDS = 20.0
QUARANTINE_SECONDS = 40.0
"""How long a node must have been gone before its pods are removed."""

THRESHOLD = 12_500
"""Finished pods that are kept (`--terminated-pod-gc-threshold`)."""


@attrs.frozen
class Memory:
    """Of a node that is gone: when its pods may be removed, in seconds since the start."""

    due: float | None = None


def _finished(pod: Any) -> tuple[str, ...]:
    return ("finished",) if is_finished(pod) else ()


FINISHED = Index("finished", _finished, lambda pod: pod.status.phase)


def _of_pod(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    if new is None:
        return
    node = new.spec.node_name
    if is_finished(new) and (old is None or not is_finished(old)):
        yield "finished/"
    if node and (old is None or old.spec.node_name != node) and cache.get(core.Node, node) is None:
        yield f"gone/{node}"
    if new.metadata.deletion_timestamp is not None:
        yield f"service/{node}" if node else f"unbound/{key_of(new)}"


def _of_node(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    name = (old if new is None else new).metadata.name
    if new is None:
        yield f"gone/{name}"
    elif _is_out_of_service(new):
        yield f"service/{name}"


def _is_out_of_service(node: Any) -> bool:
    tainted = any(taint.key == OUT_OF_SERVICE for taint in node.spec.taints)
    return tainted and not is_true(node.status.conditions, "Ready")


WIRING = Wiring(
    "pod-garbage-collector-controller",
    account="pod-garbage-collector",
    watches=((core.Pod, _of_pod), (core.Node, _of_node)),
    indexes=((core.Pod, BY_NODE), (core.Pod, FINISHED)),
    memory=Memory,
)


def reconcile(api: Api, cache: Cache, memory: Memory, key: str) -> Result:
    """Remove what a key stands for, at the next look."""
    what, _, name = key.partition("/")
    look = on_grid(api.now, LOOK_SECONDS)
    if look > api.now:
        return Result(after=look - api.now)
    if what == "gone":
        return _gone(api, cache, memory, name)
    if what == "service":
        _out_of_service(api, cache, name)
    elif what == "unbound":
        pod: Any = cache.get(core.Pod, name)
        if pod is not None and not pod.spec.node_name and pod.metadata.deletion_timestamp is not None:
            _remove(api, pod, "")
    else:
        _too_many(api, cache)
    return DONE


def _gone(api: Api, cache: Cache, memory: Memory, node: str) -> Result:
    pods = cache.indexed(core.Pod, BY_NODE, node)
    if not pods or cache.get(core.Node, node) is not None:
        api.forget()
        return DONE
    if memory.due is None:
        memory = Memory(due=exact(api.now + QUARANTINE_SECONDS))
        api.remember(memory)
    assert memory.due is not None
    if memory.due > api.now:
        return Result(after=memory.due - api.now)
    if api.find(core.Node, node) is None:
        for pod in pods:
            _remove(api, pod, "PodGC: node no longer exists")
    api.forget()
    return DONE


def _out_of_service(api: Api, cache: Cache, name: str) -> None:
    node: Any = cache.get(core.Node, name)
    if node is None or not _is_out_of_service(node):
        return
    for pod in cache.indexed(core.Pod, BY_NODE, name):
        if pod.metadata.deletion_timestamp is not None and not is_finished(pod):
            _remove(api, pod, "")


def _too_many(api: Api, cache: Cache) -> None:
    surplus = cache.count(core.Pod, FINISHED, "finished") - THRESHOLD
    if surplus <= 0:
        return
    pods: Any = cache.indexed(core.Pod, FINISHED, "finished")
    oldest = sorted(pods, key=lambda pod: (int(pod.metadata.creation_timestamp), pod.metadata.name))
    for pod in oldest[:surplus]:
        _remove(api, pod, "")


def _remove(api: Api, pod: Any, why: str) -> None:
    """Have a pod say that it failed, if it has not ended, and for which disruption; then remove it at once."""
    marked = pod
    if not is_finished(pod):
        marked = disrupted(api, pod, "DeletionByPodGC", why) if why else pod
        marked = evolve(marked, {"status.phase": "Failed", "status.observed_generation": pod.metadata.generation})
    end(api, pod, marked, grace_seconds=0)
