"""Namespaces, config maps, secrets, service accounts and component statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import Base64, Map, Time, always, field, keyed, pointer
from ..model import Object, ObjectList, Struct

if TYPE_CHECKING:
    from .persistent import ConditionStatus
    from .reference import LocalObjectReference, ObjectReference

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"

ComponentConditionType = str
FinalizerName = str
NamespaceConditionType = str
NamespacePhase = Literal["Active", "Terminating"]
SecretType = str


class ServiceAccount(Object):
    """TODO"""

    secrets: tuple[ObjectReference, ...] = keyed("name", merge="name")
    image_pull_secrets: tuple[LocalObjectReference, ...]
    automount_service_account_token: bool | None = pointer


class ServiceAccountList(ObjectList):
    """A page of service accounts."""

    items: tuple[ServiceAccount, ...] = field(required=True)


class NamespaceSpec(Struct):
    """TODO"""

    finalizers: tuple[FinalizerName, ...]


class NamespaceStatus(Struct):
    """TODO"""

    phase: NamespacePhase | None
    conditions: tuple[NamespaceCondition, ...] = keyed("type", merge="type")


class NamespaceCondition(Struct):
    """TODO"""

    type: NamespaceConditionType
    status: ConditionStatus
    last_transition_time: Time | None = field(always=True, required=False)
    reason: str | None
    message: str | None


class Namespace(Object):
    """TODO"""

    spec: NamespaceSpec
    status: NamespaceStatus


class NamespaceList(ObjectList):
    """A page of namespaces."""

    items: tuple[Namespace, ...] = field(required=True)


class Secret(Object):
    """TODO"""

    immutable: bool | None = pointer
    data: Map[Base64]
    string_data: Map[str]
    type: SecretType | None


class SecretList(ObjectList):
    """A page of secrets."""

    items: tuple[Secret, ...] = field(required=True)


class ConfigMap(Object):
    """TODO"""

    immutable: bool | None = pointer
    data: Map[str]
    binary_data: Map[Base64]


class ConfigMapList(ObjectList):
    """A page of config maps."""

    items: tuple[ConfigMap, ...] = field(required=True)


class ComponentCondition(Struct):
    """TODO"""

    type: ComponentConditionType
    status: ConditionStatus
    message: str | None
    error: str | None


class ComponentStatus(Object):
    """TODO"""

    conditions: tuple[ComponentCondition, ...] = keyed("type", merge="type")


class ComponentStatusList(ObjectList):
    """A page of component statuses."""

    items: tuple[ComponentStatus, ...] = field(required=True)
