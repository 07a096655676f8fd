"""Replication controllers."""

from __future__ import annotations

from typing import Any

from ...objects import evolve
from ..cells import AGE, NAME, REPLICAS, TEMPLATE, cell, labels_text, row
from ..policy import Policy, Scale, whole
from ..rules import at_least, required
from .apps import REPLICA_COUNTS, counts, counts_within
from .pods.rules import selects_template, template
from .pods.warns import template_at, unusual_name


def _selector_from_template(obj: Any) -> Any:
    """A ReplicationController selects, and is labelled, by its template's labels if it does not say."""
    spec = obj.spec
    template = spec.template
    if template is None or not template.metadata.labels:
        return obj
    if not spec.selector:
        obj = evolve(obj, {"spec.selector": template.metadata.labels})
    if not obj.metadata.labels:
        obj = evolve(obj, {"metadata.labels": template.metadata.labels})
    return obj


REPLICATION_CONTROLLER = Policy(
    "replicationcontrollers",
    generation=True,
    status_rules=counts("replicas", *REPLICA_COUNTS, "observedGeneration"),
    status_update=(counts_within("replicas", REPLICA_COUNTS),),
    orphans=True,
    scale=Scale("spec.replicas", "status.replicas", "spec.selector"),
    defaults={"": whole(_selector_from_template)},
    rules={
        "spec.minReadySeconds": at_least(0),
        "spec.selector": required,
        "spec.replicas": (required, at_least(0)),
        "": selects_template,
        "spec.template": (required, *template("Always", owner="ReplicationController")),
    },
    warns=(unusual_name, template_at("spec.template", lambda obj: obj.spec.template)),
    selectable={"status.replicas": lambda obj: obj.status.replicas or 0},
    cells=row(
        NAME,
        *REPLICAS,
        AGE,
        *TEMPLATE,
        cell(lambda obj: labels_text(obj.spec.selector)),
    ),
)

POLICIES = (REPLICATION_CONTROLLER,)
