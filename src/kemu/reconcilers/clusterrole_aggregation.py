"""Give cluster roles with an aggregation rule the rules of those that they are made of.

Imitates  the ClusterRole aggregation controller of Kubernetes 1.36
Wakes on  ClusterRole: every change of one concerns all that are made of others
Writes    ClusterRole: its rules
Differs   nothing known
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from ..apiserver.aggregation import aggregated
from ..kit import DONE, Api, Cache, Result, Wiring
from ..kit.indexes import Index
from ..kit.wiring import key_of
from ..objects import evolve, rbac

COMPONENT = "clusterrole-aggregation-controller"


def _made_of_others(role: Any) -> tuple[str, ...]:
    return () if role.aggregation_rule is None else ("yes",)


MADE_OF_OTHERS = Index("made of others", _made_of_others, attrgetter("aggregation_rule"))


def _all_made_of_others(cache: Cache, old: Any, new: Any) -> tuple[str, ...]:
    return tuple(map(key_of, cache.indexed(rbac.ClusterRole, MADE_OF_OTHERS, "yes")))


WIRING = Wiring(
    "clusterrole-aggregation-controller",
    reconciles=rbac.ClusterRole,
    changed=_all_made_of_others,
    indexes=((rbac.ClusterRole, MADE_OF_OTHERS),),
)


def reconcile(api: Api, cache: Cache, key: str) -> Result:
    """Write the rules of one role if they have changed."""
    role: Any = cache.get(rbac.ClusterRole, key)
    if role is None or role.aggregation_rule is None:
        return DONE
    rules = aggregated(role, cache.list(rbac.ClusterRole))
    if rules != role.rules:
        api.update(evolve(role, rules=rules))
    return DONE
