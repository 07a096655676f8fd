"""Leases (`coordination.k8s.io/v1`)."""

from __future__ import annotations

from .declare import MicroTime, pointer, required
from .model import Object, ObjectList, Struct

API_VERSION = "coordination.k8s.io/v1"
PACKAGE = "io.k8s.api.coordination.v1"

CoordinatedLeaseStrategy = str


class Lease(Object):
    """Who holds something, and until when: leadership, or a node's heartbeat."""

    spec: LeaseSpec


class LeaseSpec(Struct):
    """The holder of a lease, when it was taken and renewed, and how long it lasts."""

    holder_identity: str | None = pointer
    lease_duration_seconds: int | None = pointer
    acquire_time: MicroTime | None
    renew_time: MicroTime | None
    lease_transitions: int | None = pointer
    strategy: CoordinatedLeaseStrategy | None = pointer
    preferred_holder: str | None = pointer


class LeaseList(ObjectList):
    """A page of leases."""

    items: tuple[Lease, ...] = required
