"""How the server is: the checks behind /healthz, /livez and /readyz, under the names that they have upstream.

Here nothing that is simulated is ever half started, so that all of them are well; `shutdown` and the like are there
for who asks for them by name, or leaves them out.
"""

from __future__ import annotations

from collections.abc import Sequence

HOOKS = tuple(
    f"poststarthook/{name}"
    for name in (
        "start-apiserver-admission-initializer",
        "generic-apiserver-start-informers",
        "priority-and-fairness-config-consumer",
        "priority-and-fairness-filter",
        "storage-object-count-tracker-hook",
        "start-apiextensions-informers",
        "start-apiextensions-controllers",
        "crd-informer-synced",
        "start-system-namespaces-controller",
        "start-cluster-authentication-info-controller",
        "start-kube-apiserver-identity-lease-controller",
        "start-kube-apiserver-identity-lease-garbage-collector",
        "start-legacy-token-tracking-controller",
        "start-service-ip-repair-controllers",
        "start-kubernetes-service-cidr-controller",
        "peer-endpoint-reconciler-controller",
        "rbac/bootstrap-roles",
        "scheduling/bootstrap-system-priority-classes",
        "priority-and-fairness-config-producer",
        "bootstrap-controller",
        "storage-readiness",
        "start-kube-aggregator-informers",
        "apiservice-status-local-available-controller",
        "apiservice-status-remote-available-controller",
        "apiservice-registration-controller",
        "apiservice-discovery-controller",
        "kube-apiserver-autoregistration",
        "apiservice-openapi-controller",
        "apiservice-openapiv3-controller",
        "apiservice-wait-for-first-sync",
    )
)
_ALIVE = ("ping", "log", "loopback-serving-certificate", "etcd", *HOOKS, "autoregister-completion")
CHECKS = {
    "healthz": _ALIVE,
    "livez": _ALIVE,
    "readyz": ("ping", "log", "informer-sync", *HOOKS, "autoregister-completion", "shutdown"),
}


def paths() -> list[str]:
    """Where there is something to ask."""
    return [path for name, checks in CHECKS.items() for path in (f"/{name}", *(f"/{name}/{each}" for each in checks))]


def answer(path: str, verbose: bool, left_out: Sequence[str] = ()) -> str | None:
    """What a path of these says; None for one that is not there. `left_out` are checks that are not to be made."""
    name, _, check = path.strip("/").partition("/")
    checks = CHECKS.get(name)
    if checks is None or (check and check not in checks):
        return None
    if not verbose:
        return "ok"
    lines = [f"[+]{each} {'excluded: ' if each in left_out else ''}ok" for each in ((check,) if check else checks)]
    return "\n".join([*lines, f"{name} check passed", ""])
