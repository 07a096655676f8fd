"""What is asked of a Pod and of no template: what needs its name, and what is said of it once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ....values import names
from ...failures import FieldError, forbidden_field, invalid_value
from ...rows import NONE, below
from .annotations import APP_ARMOR, MIRROR, annotations_match, annotations_of, read_by_server
from .container_rules import untrimmed


def _claims_of_volumes(pod: Any) -> Iterator[FieldError]:
    """The claim that is made for a volume is named after both, and nobody else uses it."""
    made = {f"{pod.metadata.name}-{volume.name}" for volume in pod.spec.volumes if volume.ephemeral is not None}
    for index, volume in enumerate(pod.spec.volumes) if made else ():
        if volume.ephemeral is not None:
            claim = f"{pod.metadata.name}-{volume.name}"
            for text in names.is_dns1123_subdomain(claim):
                yield invalid_value(f"spec.volumes[{index}].name", volume.name, f'PVC name "{claim}": {text}')
        used = volume.persistent_volume_claim
        if used is not None and used.claim_name in made:
            where = f"spec.volumes[{index}].persistentVolumeClaim.claimName"
            text = "must not reference a PVC that gets created for an ephemeral volume"
            yield invalid_value(where, used.claim_name, text)


def _tokens(pod: Any) -> Iterable[FieldError]:
    """Whoever is nobody has no token."""
    return NONE if pod.spec.service_account_name else _refused_tokens(pod)


def _refused_tokens(pod: Any) -> Iterator[FieldError]:
    for index, volume in enumerate(pod.spec.volumes):
        for number, source in enumerate(volume.projected.sources if volume.projected is not None else ()):
            if source.service_account_token is not None:
                where = f"spec.volumes[{index}].projected.sources[{number}].serviceAccountToken"
                yield forbidden_field(where, "must not be specified when serviceAccountName is not set")


def _images(pod: Any) -> Iterable[FieldError]:
    for container in (*pod.spec.containers, *pod.spec.init_containers):
        if container.image and container.image != container.image.strip():
            return _untrimmed(pod)
    return NONE


def _untrimmed(pod: Any) -> Iterator[FieldError]:
    for name, containers in (("containers", pod.spec.containers), ("initContainers", pod.spec.init_containers)):
        for index, container in enumerate(containers):
            yield from below(f"spec.{name}[{index}]", untrimmed(container))


def _no_ephemeral(pod: Any) -> Iterable[FieldError]:
    """Ephemeral containers come later, to a Pod that is there."""
    if not pod.spec.ephemeral_containers:
        return NONE
    return (forbidden_field("spec.ephemeralContainers", "cannot be set on create"),)


def _not_bound(pod: Any) -> Iterable[FieldError]:
    if not pod.spec.node_name or not pod.spec.scheduling_gates:
        return NONE
    return (forbidden_field("spec.nodeName", "cannot be set until all schedulingGates have been cleared"),)


def _profiles(pod: Any) -> Iterable[FieldError]:
    if not read_by_server(pod.metadata.annotations):
        return NONE
    return below("spec", annotations_match(pod.metadata.annotations, pod.spec))


def _has_made_claims(pod: Any) -> Iterable[FieldError]:
    for volume in pod.spec.volumes:
        if volume.ephemeral is not None:
            return _claims_of_volumes(pod)
    return NONE


OF_POD = (_has_made_claims, _tokens, _images)
"""Of every Pod."""

CREATED = (_no_ephemeral, _not_bound, _profiles)
"""Of a new one."""


def own_annotations(pod: Any, old: Any | None) -> Iterable[FieldError]:
    """What the annotations of a Pod mean to the server, and which of them stay as they are."""
    now = pod.metadata.annotations
    if read_by_server(now) or (old is not None and read_by_server(old.metadata.annotations)):
        return _own_annotations(pod, old)
    return NONE


def _own_annotations(pod: Any, old: Any | None) -> Iterator[FieldError]:
    now = pod.metadata.annotations
    if old is not None:
        where, had = "metadata.annotations", old.metadata.annotations
        for key in sorted(had):
            if now.get(key) != had[key]:
                if key.startswith(APP_ARMOR):
                    yield forbidden_field(f"{where}[{key}]", "may not remove or update AppArmor annotations")
                if key == MIRROR:
                    yield forbidden_field(f"{where}[{key}]", "may not remove or update mirror pod annotation")
        for key in sorted(now):
            if key not in had:
                if key.startswith(APP_ARMOR):
                    yield forbidden_field(f"{where}[{key}]", "may not add AppArmor annotations")
                if key == MIRROR:
                    yield forbidden_field(f"{where}[{key}]", "may not add mirror pod annotation")
    yield from below("metadata.annotations", annotations_of(now, pod.spec))
