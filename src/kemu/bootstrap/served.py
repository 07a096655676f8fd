"""What an API server writes when it starts: the groups that it serves, how others may trust it, who is served how soon.

Every cluster has these, whoever has set it up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..apiserver.aggregator import AUTOMANAGED, LOCAL
from ..objects import apiregistration, core, meta
from ..values.times import Time
from ..wellknown import ROOT_CERTIFICATE
from . import flow_control

SERVED = """
=18000,v1:1
apps=17800,v1:15
events.k8s.io=17750,v1:15
authentication.k8s.io=17700,v1:15
authorization.k8s.io=17600,v1:15
autoscaling=17500,v1:15,v2:30
batch=17400,v1:15
certificates.k8s.io=17300,v1:15
networking.k8s.io=17200,v1:15
policy=17100,v1:15
rbac.authorization.k8s.io=17000,v1:15
storage.k8s.io=16800,v1:15
admissionregistration.k8s.io=16700,v1:15
apiextensions.k8s.io=16700,v1:15
scheduling.k8s.io=16600,v1:15
coordination.k8s.io=16500,v1:15
node.k8s.io=16300,v1:15
discovery.k8s.io=16200,v1:15
resource.k8s.io=16200,v1:21
flowcontrol.apiserver.k8s.io=16100,v1:21
"""
"""The groups with their priority, and their versions with theirs."""

TRUST = {
    "client-ca-file": ROOT_CERTIFICATE,
    "requestheader-allowed-names": '["front-proxy-client"]',
    "requestheader-client-ca-file": ROOT_CERTIFICATE,
    "requestheader-extra-headers-prefix": '["X-Remote-Extra-"]',
    "requestheader-group-headers": '["X-Remote-Group"]',
    "requestheader-username-headers": '["X-Remote-User"]',
}
"""By what an extension of the API server knows that it is the API server who asks."""


def objects(now: Time) -> Iterator[Any]:
    """What an API server writes when it starts: the groups that it serves, and how others may trust it."""
    status, reason, message = LOCAL
    available = {"type": "Available", "status": status, "reason": reason, "message": message, "lastTransitionTime": now}
    for line in SERVED.split():
        group, _, numbers = line.partition("=")
        first, *versions = numbers.split(",")
        for version, priority in (each.split(":") for each in versions):
            yield apiregistration.APIService(
                metadata=meta.ObjectMeta(name=f"{version}.{group}", labels={AUTOMANAGED: "onstart"}),
                spec={
                    "group": group,
                    "version": version,
                    "groupPriorityMinimum": int(first),
                    "versionPriority": int(priority),
                },
                status={"conditions": [available]},
            )
    for name, data in (
        ("extension-apiserver-authentication", TRUST),
        ("kube-apiserver-legacy-service-account-token-tracking", {"since": str(now)[: len("2000-01-01")]}),
    ):
        yield core.ConfigMap(metadata=meta.ObjectMeta(name=name, namespace="kube-system"), data=data)
    yield from flow_control.objects(now)
