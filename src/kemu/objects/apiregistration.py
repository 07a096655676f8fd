"""API services: parts of the API that other servers answer (`apiregistration.k8s.io/v1`)."""

from __future__ import annotations

from .declare import Base64, Time, always, field, keyed, pointer, required
from .model import Object, ObjectList, Struct

API_VERSION = "apiregistration.k8s.io/v1"
PACKAGE = "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1"

APIServiceConditionType = str
ConditionStatus = str


class APIService(Object):
    """A group and version of the API that a server answers, this one or another."""

    spec: APIServiceSpec
    status: APIServiceStatus


class APIServiceSpec(Struct):
    """Which group and version another server answers, and how to reach and trust it."""

    service: ServiceReference | None
    group: str | None
    version: str | None
    insecure_skip_tls_verify: bool | None = field(json="insecureSkipTLSVerify")
    ca_bundle: Base64 | None = field(list_type="atomic")
    group_priority_minimum: int
    version_priority: int


class ServiceReference(Struct):
    """The service that answers for an API group."""

    namespace: str | None
    name: str | None
    port: int | None = pointer


class APIServiceStatus(Struct):
    """What is known about an API service."""

    conditions: tuple[APIServiceCondition, ...] = keyed("type", merge="type")


class APIServiceCondition(Struct):
    """One observation about an API service, such as whether it is available."""

    type: APIServiceConditionType
    status: ConditionStatus
    last_transition_time: Time | None = always
    reason: str | None
    message: str | None


class APIServiceList(ObjectList):
    """A page of API services."""

    items: tuple[APIService, ...] = required
