"""Delete pods from nodes with NoExecute taints that they do not put up with, or not for longer than they say.

Imitates  the taint eviction controller of Kubernetes 1.36
Wakes on  Pod on a node with such taints; Node whose NoExecute taints change
Writes    Pod condition DisruptionTarget, Pod deletion, events
Differs   nothing known
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from ..clock import exact
from ..kit import DONE, Api, Cache, Result, Wiring, key_of
from ..kit.indexes import BY_NODE
from ..kit.pod_control import disrupted, end
from ..kit.wiring import split
from ..objects import core, meta
from ..objects.pods import is_finished
from ..objects.tolerations import covers

COMPONENT = "taint-eviction-controller"
REASON = "TaintManagerEviction"
MESSAGE = "Taint manager: deleting due to NoExecute taint"


@attrs.frozen
class Memory:
    """Of a pod: when it is to be deleted, in seconds since the start."""

    uid: str = ""
    due: float | None = None
    """None where no deletion is planned."""
    marked: bool = False
    """Whether it was deleted as planned: then there is no plan any more that could be called off."""
    swift: bool = False
    """Whether it went with the very call that deleted it. That is noticed before the plan is known to be carried out,
    and calls it off."""


def _taints(node: Any) -> tuple[Any, ...]:
    """The taints of a node that evict pods."""
    return () if node is None else tuple([taint for taint in node.spec.taints if taint.effect == "NoExecute"])


def _of_node(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    """The pods of a node whose taints are others by now."""
    if new is not None and _taints(old) != _taints(new):
        yield from map(key_of, cache.indexed(core.Pod, BY_NODE, new.metadata.name))


def _of_pod(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    """A pod that is new on a tainted node, puts up with other taints, or is gone."""
    pod = old if new is None else new
    if not pod.spec.node_name or (old is not None and new is not None and old.spec is new.spec):
        return ()
    node: Any = cache.get(core.Node, pod.spec.node_name)
    return (key_of(pod),) if _taints(node) or (node is None and new is None) else ()


WIRING = Wiring(
    "taint-eviction-controller",
    account="node-controller",
    watches=((core.Pod, _of_pod), (core.Node, _of_node)),
    indexes=((core.Pod, BY_NODE),),
    memory=Memory,
)


def reconcile(api: Api, cache: Cache, memory: Memory, key: str) -> Result:
    """Delete a pod whose time on its node is over, or look again when it will be."""
    pod: Any = cache.get(core.Pod, key)
    if pod is None:
        namespace, name = split(key)
        _cancel(api, core.Pod(metadata=meta.ObjectMeta(name=name, namespace=namespace)), memory)
        return DONE
    if memory.uid != pod.metadata.uid:
        memory = Memory(uid=pod.metadata.uid)
    stays = patience(_taints(cache.get(core.Node, pod.spec.node_name or "")), pod.spec.tolerations)
    now = api.now
    if stays is None:
        _cancel(api, pod, memory)
        return DONE
    if not stays:
        if not memory.marked:
            _cancel(api, pod, memory)
            _evict(api, pod)
            api.remember(Memory(uid=pod.metadata.uid, marked=True))
        return DONE
    due = memory.due if memory.due is not None else exact(now + stays)  # other taints later do not move it
    if due > now:
        api.remember(attrs.evolve(memory, due=due))
        return Result(after=due - now)
    if not memory.marked:
        _evict(api, pod)
        swift = is_finished(pod) and not pod.metadata.finalizers
        api.remember(attrs.evolve(memory, due=due, marked=True, swift=swift))
    return DONE


def patience(taints: tuple[Any, ...], tolerations: tuple[Any, ...]) -> float | None:
    """Pure: how many seconds a pod may stay on a node with these taints: 0 for not at all, None for ever.

    Of the tolerations that cover one of the taints the least patient counts.
    """
    used = []
    for taint in taints:
        covering = [each for each in tolerations if covers(each, taint)]
        if not covering:
            return 0.0
        used.append(covering[0])
    limits = [max(float(each.toleration_seconds), 0.0) for each in used if each.toleration_seconds is not None]
    return min(limits) if limits else None


def _cancel(api: Api, pod: Any, memory: Memory) -> None:
    api.forget()
    if memory.due is not None and (memory.swift or not memory.marked):
        _said(api, pod, "Cancelling deletion of Pod")


def _said(api: Api, pod: Any, text: str) -> None:
    api.event(pod, "Normal", REASON, f"{text} {key_of(pod)}")


def _evict(api: Api, pod: Any) -> None:
    """Mark a pod as disrupted, and delete it."""
    _said(api, pod, "Marking for deletion Pod")
    end(api, pod, disrupted(api, pod, "DeletionByTaintManager", MESSAGE))
