"""Small controllers, each with one bug of a kind that real ones have had, and a twin without it.

A species is a file here, with a docstring that says what the bug is, two reconcile functions (`bug` and `right`), their
wiring, and a scenario. What is reconciled is a Widget, a custom kind whose `spec` may hold anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

import kemu
from kemu.apiserver.resources import row
from kemu.kit import Wiring
from kemu.objects import core, custom_kind, evolve, meta

FREE = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
WIDGET = custom_kind(
    "example.com",
    "v1",
    "widgets",
    "Widget",
    subresources=("status",),
    schema={"type": "object", "properties": {"spec": FREE, "status": FREE}},
)
WIDGETS = "widgets.example.com"


def widget(name: str = "a", **spec: Any) -> dict[str, Any]:
    return {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": name}, "spec": spec}


def config(source: Any, name: str, *, owned: bool = True, **data: str) -> core.ConfigMap:
    """A ConfigMap in the namespace of a widget, which owns it."""
    metadata = source.metadata
    owner = meta.OwnerReference(
        api_version="example.com/v1", kind="Widget", name=metadata.name, uid=metadata.uid, controller=True
    )
    return core.ConfigMap(
        metadata=meta.ObjectMeta(name=name, namespace=metadata.namespace, owner_references=(owner,) if owned else ()),
        data=data,
    )


def pod(source: Any, name: str = "", **metadata: Any) -> core.Pod:
    """A pod in the namespace of a widget, which owns it; without a name with one that is made from the widget's."""
    made = config(source, name).metadata
    named = {"name": name} if name else {"name": None, "generate_name": f"{source.metadata.name}-"}
    return core.Pod(metadata=evolve(made, **named, **metadata), spec={"containers": [{"name": "c", "image": "nginx"}]})


def alive(cache: Any, key: str) -> Any:
    """A widget that is there, and is not about to go; None otherwise."""
    found = cache.get(WIDGETS, key)
    return None if found is None or found.metadata.deletion_timestamp is not None else found


def status(found: Any) -> dict[str, Any]:
    """What a widget's status says."""
    return dict(found.status or {})


ALONE = Wiring("widgets", reconciles=WIDGETS, expects=False)
OWNER = Wiring("widgets", reconciles=WIDGETS, owns=(core.ConfigMap,), expects=False)
READER = Wiring("widgets", reconciles=WIDGETS, owns=(core.ConfigMap,), reads=(core.Secret,), expects=False)


@attrs.frozen
class Species:
    """One bug: two reconcile functions, their wiring, and what users do."""

    name: str
    wiring: Wiring
    bug: Callable[..., Any]
    right: Callable[..., Any]
    scenario: Any
    rivals: tuple[tuple[Wiring, Callable[..., Any]], ...] = ()
    """Who else reconciles the same, in both."""
    nodes: int = 1
    right_wiring: Wiring | None = None
    """That of the twin, where the bug is in the wiring."""

    def cluster(self, reconcile: Callable[..., Any], wiring: Wiring) -> kemu.Cluster:
        cluster = kemu.Cluster(nodes=self.nodes)
        cluster.api.resources.add(row(WIDGET))
        for each, function in ((wiring, reconcile), *self.rivals):
            cluster.process("op").add(each, function)
        return cluster

    def with_bug(self) -> kemu.Cluster:
        return self.cluster(self.bug, self.wiring)

    def without(self) -> kemu.Cluster:
        return self.cluster(self.right, self.right_wiring or self.wiring)
