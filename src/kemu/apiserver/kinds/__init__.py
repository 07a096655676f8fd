"""The policies of all built-in kinds: one module an API group, one row a kind.

A module is imported when one of its kinds is first asked for. A kind without a row has the policy of every kind.
"""

from __future__ import annotations

from importlib import import_module

from ...objects import GROUPS
from ...objects.scheme import Kind
from ..policy import Policy

CORE = ("pods", "services", "volumes", "core", "events")
"""The modules of the core group; the other groups have one each, named as the module of their types."""

MODULES = {"": CORE, "autoscaling": ("autoscaling",), "events.k8s.io": ("events",)}

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
        for name in MODULES.get(kind.group) or filter(None, [GROUPS.get(kind.group)]):
            for policy in import_module(f"{__package__}.{name}").POLICIES:
                _FOUND[policy.key] = policy
        found = _FOUND.setdefault(key, Policy(key))
    return found
