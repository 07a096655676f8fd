"""A pod of a StatefulSet: its ordinal, what it says of itself, and how a new one is made. Everything is pure."""

from __future__ import annotations

import re
from typing import Any

from ...kit.pod_control import pod_from
from ...kit.revisions import LABEL
from ...objects import core, evolve
from ...values.frozen import FrozenMap
from .claims import claim_name

POD_NAME = "statefulset.kubernetes.io/pod-name"
POD_INDEX = "apps.kubernetes.io/pod-index"
_NAME = re.compile(r"(.*)-([0-9]+)", re.ASCII)
_INT32_MAX = 2**31 - 1


def parent_and_ordinal(pod: Any) -> tuple[str, int]:
    """The StatefulSet that a pod's name tells of, and its number there; -1 if it has none."""
    match = _NAME.fullmatch(pod.metadata.name or "")
    if match is None:
        return "", -1
    ordinal = int(match[2])
    return match[1], ordinal if ordinal <= _INT32_MAX else -1


def ordinal_of(pod: Any) -> int:
    """The number of a pod in its StatefulSet; -1 if it has none."""
    return parent_and_ordinal(pod)[1]


def is_member(stateful_set: Any, pod: Any) -> bool:
    """Whether a pod's name is one that a StatefulSet gives."""
    return parent_and_ordinal(pod)[0] == stateful_set.metadata.name


def ordinals(stateful_set: Any) -> range:
    """The numbers that a StatefulSet is to have pods for."""
    spec = stateful_set.spec
    start = spec.ordinals.start or 0 if spec.ordinals is not None else 0
    return range(start, start + (spec.replicas or 0))


def revision_of(pod: Any) -> str:
    """The name of the revision that a pod was made from."""
    return pod.metadata.labels.get(LABEL) or ""


def is_new(pod: Any) -> bool:
    """Whether a pod is one that is still to be created."""
    return not pod.status.phase


def new_pod(stateful_set: Any, template: Any, revision: str, ordinal: int) -> core.Pod:
    """The pod of an ordinal, made from the template of a revision."""
    made: Any = pod_from(evolve(stateful_set, {"spec.template": template}))
    name = f"{stateful_set.metadata.name}-{ordinal}"
    named = evolve(made, {"metadata.name": name, "metadata.labels[controller-revision-hash]": revision})
    pod = with_storage(stateful_set, with_identity(named))
    return evolve(pod, spec=evolve(pod.spec, hostname=name, subdomain=stateful_set.spec.service_name or None))


def has_identity(pod: Any) -> bool:
    """Whether a pod is labelled with its name."""
    return bool(pod.metadata.labels.get(POD_NAME) == pod.metadata.name)


def with_identity(pod: Any) -> Any:
    """The pod with the labels that tell its name and its ordinal."""
    name, ordinal = pod.metadata.name, ordinal_of(pod)
    labels = FrozenMap({**pod.metadata.labels, POD_NAME: name, POD_INDEX: str(ordinal)})
    return evolve(pod, {"metadata.labels": labels})


def has_storage(stateful_set: Any, pod: Any) -> bool:
    """Whether a pod's volumes are the claims that its StatefulSet has for it."""
    volumes = {volume.name: volume.persistent_volume_claim for volume in pod.spec.volumes}
    for template in stateful_set.spec.volume_claim_templates:
        source = volumes.get(template.metadata.name)
        if source is None or source.claim_name != claim_name(stateful_set, template, ordinal_of(pod)):
            return False
    return True


def with_storage(stateful_set: Any, pod: Any) -> Any:
    """The pod with the claims of its StatefulSet as volumes, before those that it has under other names."""
    templates = stateful_set.spec.volume_claim_templates
    if not templates:
        return pod
    ordinal = ordinal_of(pod)
    own = [
        core.Volume(
            name=template.metadata.name,
            persistent_volume_claim={"claimName": claim_name(stateful_set, template, ordinal)},
        )
        for template in templates
    ]
    names = {volume.name for volume in own}
    others = [volume for volume in pod.spec.volumes if volume.name not in names]
    return evolve(pod, {"spec.volumes": (*own, *others)})
