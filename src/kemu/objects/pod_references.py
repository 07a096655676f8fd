"""The objects of its namespace that a pod refers to: Secrets, ConfigMaps, claims, its account."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def references(pod: Any) -> frozenset[tuple[str, str]]:
    """The objects of its namespace that a pod refers to, as (resource, name)."""
    spec = pod.spec
    found = [("serviceaccounts", spec.service_account_name), *_of_volumes(pod)]
    found += [("secrets", each.name) for each in spec.image_pull_secrets]
    for container in (*spec.init_containers, *spec.containers, *spec.ephemeral_containers):
        found += _of_container(container)
    for claim in spec.resource_claims:
        found.append(("resourceclaims", claim.resource_claim_name))
    found += [("resourceclaims", status.resource_claim_name) for status in pod.status.resource_claim_statuses]
    return frozenset([(resource_name, name) for resource_name, name in found if name])


def _of_container(container: Any) -> Iterator[tuple[str, str | None]]:
    for source in container.env_from:
        for named, reference in (("secrets", source.secret_ref), ("configmaps", source.config_map_ref)):
            if reference is not None:
                yield named, reference.name
    for variable in container.env:
        source = variable.value_from
        if source is not None and source.secret_key_ref is not None:
            yield "secrets", source.secret_key_ref.name
        if source is not None and source.config_map_key_ref is not None:
            yield "configmaps", source.config_map_key_ref.name


def _of_volumes(pod: Any) -> Iterator[tuple[str, str | None]]:
    for volume in pod.spec.volumes:
        if volume.secret is not None:
            yield "secrets", volume.secret.secret_name
        if volume.config_map is not None:
            yield "configmaps", volume.config_map.name
        if volume.persistent_volume_claim is not None:
            yield "persistentvolumeclaims", volume.persistent_volume_claim.claim_name
        if volume.ephemeral is not None:
            yield "persistentvolumeclaims", f"{pod.metadata.name}-{volume.name}"
        if volume.azure_file is not None:
            yield "secrets", volume.azure_file.secret_name
        if volume.csi is not None and volume.csi.node_publish_secret_ref is not None:
            yield "secrets", volume.csi.node_publish_secret_ref.name
        for remote in (volume.cephfs, volume.rbd, volume.flex_volume, volume.scale_io, volume.iscsi, volume.storageos):
            if remote is not None and remote.secret_ref is not None:
                yield "secrets", remote.secret_ref.name
        for source in volume.projected.sources if volume.projected is not None else ():
            for named, part in (("secrets", source.secret), ("configmaps", source.config_map)):
                if part is not None:
                    yield named, part.name
