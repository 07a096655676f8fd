"""Runtime classes: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...objects import core
from ..cells import AGE, NAME, cell, row
from ..failures import FieldError, duplicate_inside
from ..policy import Policy
from ..rows import below, struct
from ..rules import dns_label, labels, required
from ..updates import immutable
from .amounts import container_resource, requirements
from .oddities import DEPRECATED_LABELS
from .pods.placement import tolerates


def _tolerations(tolerations: Sequence[Any]) -> Iterator[FieldError]:
    """Each toleration once."""
    for index, toleration in enumerate(tolerations):
        yield from below(f"[{index}]", tolerates(toleration))
    seen: set[Any] = set()
    for index, toleration in enumerate(tolerations):
        key = (toleration.key, toleration.operator, toleration.value, toleration.effect)
        if key in seen:
            yield duplicate_inside(f"[{index}]", toleration)
        seen.add(key)


def _warns(runtime_class: Any, old: Any | None) -> Iterator[str]:
    scheduling = runtime_class.scheduling
    for key in scheduling.node_selector if scheduling is not None else ():
        if key in DEPRECATED_LABELS:
            yield f"scheduling.nodeSelector: {DEPRECATED_LABELS[key]}"


RUNTIME_CLASS = Policy(
    "runtimeclasses.node.k8s.io",
    warns=(_warns,),
    create_on_update=True,
    version_required=True,
    rules={
        "handler": (required, dns_label),
        "overhead": lambda overhead: requirements(
            core.ResourceRequirements(limits=overhead.pod_fixed), container_resource
        ),
        "scheduling": struct({"nodeSelector": labels, "tolerations": _tolerations}, declared=False),
    },
    declared=False,
    update=immutable("handler"),
    cells=row(NAME, cell(lambda obj: obj.handler), AGE),
)

POLICIES = (RUNTIME_CLASS,)
