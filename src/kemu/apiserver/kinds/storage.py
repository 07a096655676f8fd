"""Storage classes, drivers, attachments: what the server knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...values import names
from ..cells import AGE, CREATED, NAME, UNSET, cell, row
from ..failures import invalid_value
from ..policy import Policy
from ..rows import choice
from ..rules import NEGATIVE, demand, label_selector, named, one_of, required
from ..updates import Immutable, immutable
from .oddities import DEPRECATED_LABELS
from .storage_rules import (
    ATTACHMENT_RULES,
    DRIVER_RULES,
    PAIR,
    attachment_status,
    attachment_stays,
    driver_changes,
    drivers,
    drivers_stay,
    parameters,
    provisioner,
    topologies,
)


def _never(*paths: str) -> tuple[Immutable, ...]:
    """Fields of which an update is forbidden by name."""
    return tuple(
        [each for path in paths for each in immutable(path, text=f"updates to {path} are forbidden.", forbidden=True)]
    )


def _tokens(driver: Any, old: Any | None) -> Iterator[str]:
    """Tokens in the attributes of a volume end up in logs."""
    spec = driver.spec
    changed = old is None or old.spec.token_requests != spec.token_requests
    if changed and spec.token_requests and spec.service_account_token_in_secrets is None:
        yield (
            "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, "
            "set to true to prevent possible logging of tokens in volume attributes"
        )


def _modes(obj: Any) -> str:
    return ",".join(obj.spec.volume_lifecycle_modes)


DRIVER = Policy(
    "csidrivers.storage.k8s.io",
    generation=True,
    first_generation=None,
    version_required=True,
    dropped=("spec.prevent_pod_scheduling_if_missing",),
    rules=DRIVER_RULES,
    declared=False,
    update=(driver_changes,),
    warns=(_tokens,),
    returns_deleted=True,
    defaults={
        "spec.attachRequired": True,
        "spec.podInfoOnMount": False,
        "spec.fsGroupPolicy": "ReadWriteOnceWithFSType",
        "spec.volumeLifecycleModes": ("Persistent",),
        "spec.storageCapacity": False,
        "spec.requiresRepublish": False,
        "spec.seLinuxMount": False,
    },
    cells=row(
        NAME,
        cell(lambda obj: obj.spec.attach_required is not False),
        cell(lambda obj: bool(obj.spec.pod_info_on_mount)),
        cell(lambda obj: bool(obj.spec.storage_capacity)),
        cell(lambda obj: ",".join(each.audience for each in obj.spec.token_requests) or UNSET),
        cell(lambda obj: bool(obj.spec.requires_republish)),
        cell(_modes),
        AGE,
    ),
)

NODE = Policy(
    "csinodes.storage.k8s.io",
    version_required=True,
    rules={"spec.drivers": drivers},
    declared=False,
    update=(drivers_stay,),
    returns_deleted=True,
    cells=row(NAME, cell(lambda obj: len(obj.spec.drivers)), AGE),
)

CAPACITY = Policy(
    "csistoragecapacities.storage.k8s.io",
    version_required=True,
    rules={
        "nodeTopology": label_selector,
        "storageClassName": named("class", names.is_dns1123_subdomain, empty=True),
        "capacity": lambda amount: (invalid_value("", str(amount), NEGATIVE),) if amount.sign() < 0 else (),
    },
    cells=row(NAME, CREATED),
)


def _class_warns(storage_class: Any, old: Any | None) -> Iterator[str]:
    for index, term in enumerate(storage_class.allowed_topologies):
        for number, expression in enumerate(term.match_label_expressions):
            if expression.key in DEPRECATED_LABELS:
                where = f"allowedTopologies[{index}].matchLabelExpressions[{number}].key"
                yield f"{where}: {DEPRECATED_LABELS[expression.key]}"


STORAGE_CLASS = Policy(
    "storageclasses.storage.k8s.io",
    warns=(_class_warns,),
    returns_deleted=True,
    defaults={"reclaimPolicy": "Delete", "volumeBindingMode": "Immediate"},
    rules=(
        {
            "provisioner": (required, provisioner),
            "parameters": parameters,
            "reclaimPolicy": one_of("Delete", "Retain"),
            "volumeBindingMode": (required, choice),
            "allowedTopologies": topologies,
        },
    ),
    declared=False,
    update=immutable("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
    cells=row(
        NAME,
        cell(lambda obj: obj.provisioner),
        cell(lambda obj: obj.reclaim_policy or "Delete"),
        cell(lambda obj: obj.volume_binding_mode or UNSET),
        cell(lambda obj: bool(obj.allow_volume_expansion)),
        AGE,
    ),
)

ATTACHMENT = Policy(
    "volumeattachments.storage.k8s.io",
    version_required=True,
    status_writes_metadata=False,
    rules=ATTACHMENT_RULES,
    declared=False,
    status_update=(attachment_status,),
    update=(attachment_stays,),
    returns_deleted=True,
    cells=row(
        NAME,
        cell(lambda obj: obj.spec.attacher),
        cell(lambda obj: obj.spec.source.persistent_volume_name or ""),
        cell(lambda obj: obj.spec.node_name),
        cell(lambda obj: bool(obj.status.attached)),
        AGE,
    ),
)

ATTRIBUTES = Policy(
    "volumeattributesclasses.storage.k8s.io",
    returns_deleted=True,
    rules={"driverName": (required, provisioner), "parameters": (demand(PAIR), parameters)},
    declared=False,
    metadata_checks=4,
    update=_never("driverName", "parameters"),
    judged_last=True,
    cells=row(NAME, cell(lambda obj: obj.driver_name), AGE),
)

POLICIES = (DRIVER, NODE, CAPACITY, STORAGE_CLASS, ATTACHMENT, ATTRIBUTES)
