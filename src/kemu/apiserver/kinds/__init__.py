"""The policies of all built-in kinds: one module an API group, one row a kind.

A module is imported when one of its kinds is first asked for. A kind without a row has the policy of every kind.
"""

from __future__ import annotations

from importlib import import_module

from ...objects import GROUPS
from ...objects.scheme import Kind
from ..policy import Policy

CORE = {
    "endpoints": "services",
    "events": "events",
    "persistentvolumeclaims": "volumes",
    "persistentvolumes": "volumes",
    "pods": "pods.policies",
    "podtemplates": "pods.policies",
    "replicationcontrollers": "replication",
    "services": "services",
}
"""The modules of kinds of the core group; what is not here is in `core`."""

MODULES = {"autoscaling": "autoscaling", "events.k8s.io": "events"}
"""The modules of groups that are not named as the module of their types."""

VIEWS = {
    ("events.k8s.io", "v1", "events"): "events",
    ("autoscaling", "v1", "horizontalpodautoscalers"): "horizontalpodautoscalers.autoscaling",
}
"""Served resources that only show objects of another form, and the key of the kind that is stored."""

_FOUND: dict[str, Policy] = {}


def policy_of(kind: Kind) -> Policy:
    """The policy of a kind, in whichever version it is served. O(1) but for the first time.

    A kind of a group that is not built in has the policy of every kind, unless its resource brings one.
    """
    key = VIEWS.get((kind.group, kind.version, kind.plural), kind.group_resource)
    found = _FOUND.get(key)
    if found is None:
        home = MODULES.get(kind.group) or (GROUPS.get(kind.group) if kind.group else CORE.get(kind.plural, "core"))
        if home is not None:
            for policy in import_module(f"{__package__}.{home}").POLICIES:
                _FOUND[policy.key] = policy
        found = _FOUND.setdefault(key, Policy(key))
    return found
