"""Admission: what the server adds to a request, or refuses, because of other objects.

A plugin names the resources and operations that it cares about; `ADMISSION` is their order, which is the order in
which kube-apiserver runs its own. Which of them look at a request is found once for every sort of request.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

import attrs

from ... import errors
from ...values.nearest import meant
from ..request import Desk, Request
from .base import Dynamic, Plugin, Round, switch
from .certificates import CertificateApproval, CertificateSigning, CertificateSubjectRestriction
from .classes import DefaultIngressClass, PriorityClasses
from .dynamic import (
    MutatingAdmissionPolicies,
    MutatingAdmissionWebhooks,
    ValidatingAdmissionPolicies,
    ValidatingAdmissionWebhooks,
)
from .escalation import BindingEscalation, RoleEscalation
from .limits import LimitRanger
from .namespaces import NamespaceLifecycle
from .node_restriction import NodeRestriction
from .nodes import TaintNodesByCondition
from .optional import (
    AlwaysPullImages,
    DenyServiceExternalIPs,
    ExtendedResourceToleration,
    LimitPodHardAntiAffinityTopology,
    OwnerReferencesPermissionEnforcement,
)
from .pod_security import PodSecurity, PodSecurityLabels
from .pods import (
    AmendedSpec,
    DefaultTolerationSeconds,
    PodTopologyLabels,
    Priority,
    RuntimeClassOverhead,
    ServiceAccounts,
    SpecPlugin,
)
from .quota import ResourceQuota
from .resizes import PodResize
from .storage import DefaultStorageClass, PersistentVolumeClaimResize, StorageObjectInUseProtection

ADMISSION: tuple[Plugin, ...] = (
    NamespaceLifecycle(),
    LimitPodHardAntiAffinityTopology(),
    LimitRanger(),
    ServiceAccounts(),
    NodeRestriction(),
    TaintNodesByCondition(),
    AlwaysPullImages(),
    PodSecurity(),
    PodSecurityLabels(),
    Priority(),
    PriorityClasses(),
    DefaultTolerationSeconds(),
    ExtendedResourceToleration(),
    DefaultStorageClass(),
    StorageObjectInUseProtection(),
    OwnerReferencesPermissionEnforcement(),
    PersistentVolumeClaimResize(),
    RuntimeClassOverhead(),
    CertificateApproval(),
    CertificateSigning(),
    CertificateSubjectRestriction(),
    DefaultIngressClass(),
    DenyServiceExternalIPs(),
    PodTopologyLabels(),
    PodResize(),
    MutatingAdmissionPolicies(),
    MutatingAdmissionWebhooks(),
    ValidatingAdmissionPolicies(),
    ValidatingAdmissionWebhooks(),
    RoleEscalation(),
    BindingEscalation(),
    ResourceQuota(),
)


GUARDS = tuple(dict.fromkeys(key for plugin in ADMISSION for key in sorted(plugin.guards)))
"""The kinds whose objects have a say in what else is admitted, and the switches of the plugins that are off."""

NAMES = tuple(plugin.name for plugin in ADMISSION)
"""The names of the plugins that there are, in their order."""


def running(guarded: frozenset[str]) -> tuple[str, ...]:
    """The names of the plugins that are on, where these have a say."""
    off = [
        plugin for plugin in ADMISSION if switch(plugin.name) in plugin.guards and switch(plugin.name) not in guarded
    ]
    return tuple([each.name for each in ADMISSION if each not in off and switch(each.name, False) not in guarded])


def named(name: str) -> str:
    """The name of a plugin. Raises UsageError if there is none of that name."""
    if name not in NAMES:
        raise errors.UsageError(f"there is no admission plugin {name!r}{meant(name, NAMES)}")
    return name


@attrs.frozen
class Chosen:
    """The plugins that look at one sort of request: those that may change the object, and those that only judge it."""

    mutating: tuple[Plugin, ...]
    validating: tuple[Plugin, ...]
    dynamic: bool
    """Whether users have added something that may change the object, so that others may have to look again."""
    places: bool
    """Whether all of them look at nothing of a new object but where it is."""


_CHOSEN: dict[tuple[str, str, bool, str, frozenset[str]], Chosen] = {}


def plugins_for(request: Request, desk: Desk) -> Chosen:
    """The plugins for a request, in their order. O(1)."""
    key, subresource, guarded = request.resource.key, request.subresource, desk.guarded
    sort = (key, request.verb, request.old is None, subresource, guarded)
    found = _CHOSEN.get(sort)
    if found is None:
        plugins = [each for each in ADMISSION if each.admits(key, request.operation, subresource, guarded)]
        found = _CHOSEN[sort] = Chosen(
            _grouped([plugin for plugin in plugins if type(plugin).admit is not Plugin.admit]),
            tuple(plugin for plugin in plugins if type(plugin).validate is not Plugin.validate),
            any(isinstance(plugin, Dynamic) for plugin in plugins),
            all(plugin.places for plugin in plugins),
        )
    return found


def changed(request: Request, desk: Desk) -> Request:
    """The request with its object as all mutating plugins change it, twice if what users have added changed it."""
    chosen = plugins_for(request, desk)
    if not chosen.dynamic:
        for plugin in chosen.mutating:
            request = request.with_obj(plugin.admit(request, desk))
        return request
    turn = Round()
    request, more = _one_round(request, desk, turn, chosen)
    if more:
        turn.again = True
        request, _ = _one_round(request, desk, turn, chosen)
    return request


def told(request: Request, desk: Desk) -> None:
    """Ask those who change objects about a deletion, which they may only refuse."""
    for plugin in plugins_for(request, desk).mutating:
        if isinstance(plugin, Dynamic):
            plugin.admit(request, desk)


def _one_round(request: Request, desk: Desk, turn: Round, chosen: Chosen) -> tuple[Request, bool]:
    """What one round of the mutating plugins makes of a request, and whether a dynamic one has changed it."""
    more = False
    for plugin in chosen.mutating:
        if not isinstance(plugin, Dynamic):
            request = request.with_obj(plugin.admit(request, desk))
            continue
        obj = plugin.changed(request, desk, turn)
        more = more or obj != request.obj
        request = request.with_obj(obj)
    return request, more


def _grouped(plugins: Sequence[Plugin]) -> tuple[Plugin, ...]:
    """The plugins in their order, those that change the specification of a Pod one after the other as one."""
    found: list[Plugin] = []
    for amends, some in groupby(plugins, lambda plugin: isinstance(plugin, SpecPlugin)):
        group = tuple(some)
        found += [AmendedSpec(group)] if amends else group  # type: ignore[arg-type]
    return tuple(found)


__all__ = [
    "ADMISSION",
    "GUARDS",
    "NAMES",
    "Chosen",
    "Plugin",
    "changed",
    "named",
    "plugins_for",
    "running",
    "switch",
    "told",
]
