"""Namespaces, config maps, secrets, service accounts and component statuses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import Base64, Map, Time, always, field, keyed, pointer, required
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
    """An identity for the processes in pods."""

    secrets: tuple[ObjectReference, ...] = keyed("name", merge="name")
    image_pull_secrets: tuple[LocalObjectReference, ...]
    automount_service_account_token: bool | None = pointer


class Namespace(Object):
    """A scope for names, to which access and quota apply."""

    spec: NamespaceSpec
    status: NamespaceStatus


class NamespaceSpec(Struct):
    """What still has to be cleaned up before a namespace can go away."""

    finalizers: tuple[FinalizerName, ...]


class NamespaceStatus(Struct):
    """The phase that a namespace is in."""

    phase: NamespacePhase | None
    conditions: tuple[NamespaceCondition, ...] = keyed("type", merge="type")


class NamespaceCondition(Struct):
    """One observation about a namespace that goes away."""

    type: NamespaceConditionType
    status: ConditionStatus
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class Secret(Object):
    """Data that should not be shown around."""

    immutable: bool | None = pointer
    data: Map[Base64]
    string_data: Map[str]
    type: SecretType | None = field(immutable=True)


class ConfigMap(Object):
    """Configuration as keys and values."""

    immutable: bool | None = pointer
    data: Map[str]
    binary_data: Map[Base64]


class ComponentStatus(Object):
    """The health of a component of the control plane; an old way to ask for it."""

    conditions: tuple[ComponentCondition, ...] = keyed("type", merge="type")


class ComponentCondition(Struct):
    """One observation about a component of the control plane."""

    type: ComponentConditionType
    status: ConditionStatus
    message: str | None
    error: str | None


class ServiceAccountList(ObjectList):
    """A page of service accounts."""

    items: tuple[ServiceAccount, ...] = required


class NamespaceList(ObjectList):
    """A page of namespaces."""

    items: tuple[Namespace, ...] = required


class SecretList(ObjectList):
    """A page of secrets."""

    items: tuple[Secret, ...] = required


class ConfigMapList(ObjectList):
    """A page of config maps."""

    items: tuple[ConfigMap, ...] = required


class ComponentStatusList(ObjectList):
    """A page of component statuses."""

    items: tuple[ComponentStatus, ...] = required
