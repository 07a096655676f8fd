"""The priority levels and flow schemas with which an API server shares out its time, as tables.

Nothing is shared out here, since no request waits for another; they are there for who looks at them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..apiserver.flows import dangling
from ..objects import flowcontrol, meta
from ..values.times import Time

ANNOTATIONS = {"apf.kubernetes.io/autoupdate-spec": "true"}
QUEUE_LENGTH = 50

LEVELS = (
    ("leader-election", 10, 0, 16, 4),
    ("node-high", 40, 25, 64, 6),
    ("system", 30, 33, 64, 6),
    ("workload-high", 40, 50, 128, 6),
    ("workload-low", 100, 90, 128, 6),
    ("global-default", 20, 50, 128, 6),
    ("catch-all", 5, 0, 0, 0),
)
"""The limited levels: their shares, the percentage that they lend, and their queues and how many of these a flow has;
without queues what is too much is refused."""

EVERYBODY = ("Group system:unauthenticated", "Group system:authenticated")
LEASES = (("coordination.k8s.io", "leases", "get create update", False),)
NODES = (("", "nodes nodes/status", "*", True), ("coordination.k8s.io", "leases", "*", False))
ALL = (("*", "*", "*", True),)
MANAGER, SCHEDULER = "User system:kube-controller-manager", "User system:kube-scheduler"
SYSTEM_ACCOUNTS = "ServiceAccount kube-system/*"

SCHEMAS = (
    ("exempt", 1, "exempt", "", ("Group system:masters",), ALL, ("*", "*")),
    ("probes", 2, "exempt", "", EVERYBODY, (), ("/healthz /readyz /livez", "get")),
    ("system-leader-election", 100, "leader-election", "ByUser", (MANAGER, SCHEDULER, SYSTEM_ACCOUNTS), LEASES, ()),
    ("system-node-high", 400, "node-high", "ByUser", ("Group system:nodes",), NODES, ()),
    ("system-nodes", 500, "system", "ByUser", ("Group system:nodes",), ALL, ("*", "*")),
    ("kube-controller-manager", 800, "workload-high", "ByNamespace", (MANAGER,), ALL, ("*", "*")),
    ("kube-scheduler", 800, "workload-high", "ByNamespace", (SCHEDULER,), ALL, ("*", "*")),
    ("kube-system-service-accounts", 900, "workload-high", "ByNamespace", (SYSTEM_ACCOUNTS,), ALL, ("*", "*")),
    ("service-accounts", 9000, "workload-low", "ByUser", ("Group system:serviceaccounts",), ALL, ("*", "*")),
    ("global-default", 9900, "global-default", "ByUser", EVERYBODY, ALL, ("*", "*")),
    ("catch-all", 10000, "catch-all", "ByUser", EVERYBODY, ALL, ("*", "*")),
)
"""The schemas: their precedence and level, what tells flows apart, whose requests they are, for which resources (group,
names, verbs, whether those without a namespace count), and for which paths with which verbs."""


def objects(now: Time) -> Iterator[Any]:
    """The levels, and the schemas with what is known of them."""
    exempt = {"type": "Exempt", "exempt": {"nominalConcurrencyShares": 0, "lendablePercent": 0}}
    yield flowcontrol.PriorityLevelConfiguration(metadata=_metadata("exempt"), spec=exempt)
    for name, shares, lent, queues, hand in LEVELS:
        queuing = {"queues": queues, "handSize": hand, "queueLengthLimit": QUEUE_LENGTH}
        response = {"type": "Queue", "queuing": queuing} if queues else {"type": "Reject"}
        limits = {"nominalConcurrencyShares": shares, "lendablePercent": lent, "limitResponse": response}
        spec = {"type": "Limited", "limited": limits}
        yield flowcontrol.PriorityLevelConfiguration(metadata=_metadata(name), spec=spec)
    for row in SCHEMAS:
        yield _schema(now, *row)


def _schema(
    now: Time,
    name: str,
    precedence: int,
    level: str,
    told_apart: str,
    subjects: tuple[str, ...],
    resources: tuple[tuple[str, str, str, bool], ...],
    paths: tuple[str, ...],
) -> Any:
    rule: dict[str, Any] = {"subjects": [_subject(each) for each in subjects]}
    if resources:
        rule["resourceRules"] = [
            {
                "apiGroups": [group],
                "resources": names.split(),
                "verbs": verbs.split(),
                "namespaces": ["*"],
                "clusterScope": cluster or None,
            }
            for group, names, verbs, cluster in resources
        ]
    if paths:
        rule["nonResourceRules"] = [{"nonResourceURLs": paths[0].split(), "verbs": paths[1].split()}]
    spec = {
        "priorityLevelConfiguration": {"name": level},
        "matchingPrecedence": precedence,
        "distinguisherMethod": {"type": told_apart} if told_apart else None,
        "rules": [rule],
    }
    status = {"conditions": [dangling(level, True, now)]}
    return flowcontrol.FlowSchema(metadata=_metadata(name), spec=spec, status=status)


def _metadata(name: str) -> meta.ObjectMeta:
    return meta.ObjectMeta(name=name, annotations=ANNOTATIONS)


def _subject(text: str) -> dict[str, Any]:
    kind, _, name = text.partition(" ")
    if kind == "ServiceAccount":
        namespace, _, name = name.partition("/")
        return {"kind": kind, "serviceAccount": {"namespace": namespace, "name": name}}
    return {"kind": kind, kind.lower(): {"name": name}}
