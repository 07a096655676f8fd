"""The rows of pods and pod templates."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from ....objects import core, evolve, replaced
from ....objects.pods import is_finished
from ...cells import NAME, cell, containers, labels_text, row
from ...policy import Policy
from .annotations import with_profiles
from .cells import pod_cells, pod_row
from .changes import ephemeral_changes, part_written, pod_changes, resize_changes, status_changes
from .defaults import POD as POD_DEFAULTS
from .label_keys import with_label_keys
from .own import CREATED, OF_POD, own_annotations
from .qos import class_of
from .rules import POD_SPEC, STATUS, TEMPLATE
from .status_rules import part_kept
from .warns import pod_warns, profile_warns, status_warns, template_at

if TYPE_CHECKING:
    from ...request import Desk

DEFAULT_GRACE = 30
"""Seconds a Pod gets to stop when neither the request nor the Pod says."""


@cache
def _pending(qos_class: Any) -> core.PodStatus:
    """The status of a new Pod: all of one class of service share it."""
    return core.PodStatus(phase="Pending", qos_class=qos_class)


def _create(pod: Any, desk: Desk) -> Any:
    """A new Pod is pending, has its class of service for good, and its label keys have become selectors."""
    status = _pending(class_of(pod.spec))
    if pod.spec.scheduling_gates:
        gated = core.PodCondition(
            type="PodScheduled",
            status="False",
            reason="SchedulingGated",
            message="Scheduling is blocked due to non-empty scheduling gates",
            last_transition_time=desk.stamp(),
        )
        status = evolve(status, conditions=(gated,))
    return replaced(pod, status=status, spec=with_label_keys(with_profiles(pod), pod.metadata.labels))


def _update(new: Any, old: Any, subresource: str, desk: Desk) -> Any:
    """Only some parts change through some subresources; a status that leaves out what is for good keeps it."""
    new = part_written(new, old, subresource)
    return part_kept(new, old) if subresource == "status" else new


def _grace(pod: Any, asked: int | None) -> int:
    """The seconds a Pod gets to stop: none if it never ran or has ended."""
    if not pod.spec.node_name or is_finished(pod):
        return 0
    own = pod.spec.termination_grace_period_seconds
    grace = asked if asked is not None else DEFAULT_GRACE if own is None else own
    return 1 if grace < 0 else grace


POD = Policy(
    "pods",
    generation=True,
    status_on_create=True,
    returns_deleted=True,
    grace=_grace,
    defaults=POD_DEFAULTS,
    prepare_create=_create,
    prepare_update=_update,
    rules=({"spec": POD_SPEC}, *OF_POD),
    create_rules=CREATED,
    metadata_rules=(own_annotations,),
    update=(pod_changes,),
    through={"ephemeralcontainers": (ephemeral_changes,), "resize": (resize_changes,)},
    status_rules=STATUS,
    status_update=(status_changes,),
    warns=(pod_warns,),
    warns_sent=profile_warns,
    status_warns=(status_warns,),
    selectable={
        "spec.nodeName": None,
        "spec.restartPolicy": None,
        "spec.schedulerName": None,
        "spec.serviceAccountName": None,
        "spec.hostNetwork": lambda pod: bool(pod.spec.host_network),
        "status.phase": None,
        "status.podIP": None,
        "status.podIPs": lambda pod: ",".join(ip.ip for ip in pod.status.pod_ips),
        "status.nominatedNodeName": None,
    },
    cells=pod_cells,
    row_conditions=pod_row,
)

POD_TEMPLATE = Policy(
    "podtemplates",
    generation=True,
    returns_deleted=True,
    rules={"template": TEMPLATE},
    warns=(template_at("template", lambda obj: obj.template),),
    cells=row(
        NAME,
        *containers(lambda obj: obj.template),
        cell(lambda obj: labels_text(obj.template.metadata.labels)),
    ),
)

POLICIES = (POD, POD_TEMPLATE)
