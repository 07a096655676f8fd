"""API services: parts of the API that other servers answer (`apiregistration.k8s.io/v1`)."""

from __future__ import annotations

from .declare import Base64, Time, always, field, keyed, pointer
from .model import Object, ObjectList, Struct

API_VERSION = "apiregistration.k8s.io/v1"
PACKAGE = "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1"

APIServiceConditionType = str
ConditionStatus = str


class APIServiceList(ObjectList):
    """A page of API services."""

    items: tuple[APIService, ...] = field(required=True)


class ServiceReference(Struct):
    """TODO"""

    namespace: str | None
    name: str | None
    port: int | None = pointer


class APIServiceSpec(Struct):
    """TODO"""

    service: ServiceReference | None
    group: str | None
    version: str | None
    insecure_skip_tls_verify: bool | None = field(json="insecureSkipTLSVerify")
    ca_bundle: Base64 | None = field(list_type="atomic")
    group_priority_minimum: int
    version_priority: int


class APIServiceCondition(Struct):
    """TODO"""

    type: APIServiceConditionType
    status: ConditionStatus
    last_transition_time: Time | None = field(always=True, required=False)
    reason: str | None
    message: str | None


class APIServiceStatus(Struct):
    """TODO"""

    conditions: tuple[APIServiceCondition, ...] = keyed("type", merge="type")


class APIService(Object):
    """TODO"""

    spec: APIServiceSpec
    status: APIServiceStatus
