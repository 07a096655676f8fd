"""ResourceQuota: what a request would use up is there, and is charged when it is stored."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...objects import core, evolve
from ...values.frozen import FrozenMap
from ...values.quantity import Quantity
from .. import failures, quotas
from ..quotas import Amounts, Measure
from ..request import Desk, Request
from .base import Plugin


class ResourceQuota(Plugin):
    """A request that uses up more than a quota has left is refused."""

    name = "ResourceQuota"
    operations = frozenset({"CREATE", "UPDATE"})
    subresources = frozenset({"", "resize", "status"})
    guards = frozenset({"resourcequotas"})

    def validate(self, request: Request, desk: Desk) -> None:
        for _ in charges(request, desk):
            pass


def charges(request: Request, desk: Desk) -> Iterator[tuple[Any, Any]]:
    """Each quota that a request uses up some of, before and after. Raises Forbidden if one has not enough left."""
    resource, new, old = request.resource, request.obj, request.old
    if not resource.namespaced or resource.key in quotas.IGNORED:
        return
    namespace = request.namespace or new.metadata.namespace
    found = desk.holders(core.ResourceQuota, _namespace).under((namespace,))
    measure = quotas.measure_of(resource.key)
    if not found or not measure.admits(request.operation, request.subresource, new, old):
        return
    used = measure.used(new, desk.unix)
    concerned = [
        quota
        for quota in sorted(found, key=_name)
        if quotas.concerns(quota, measure, quota.status.hard, new) and _known(request, measure, quota)
    ]
    for quota in concerned:
        wanted: Amounts = {name: amount for name, amount in used.items() if name in quota.status.hard}
        if old is not None and quotas.concerns(quota, measure, quota.status.hard, old):
            before = measure.used(old, desk.unix)
            wanted = {name: amount - before.get(name, quotas.ZERO) for name, amount in wanted.items()}
            wanted = {name: amount for name, amount in wanted.items() if amount.sign() > 0}
        wanted = {name: amount for name, amount in wanted.items() if amount}
        if wanted:
            yield quota, _charged(request, quota, wanted)


def _namespace(quota: Any) -> tuple[tuple[str, ...], ...]:
    return ((quota.metadata.namespace,),)


def _name(quota: Any) -> str:
    return str(quota.metadata.name)


def _known(request: Request, measure: Measure, quota: Any) -> bool:
    """True; raises Forbidden if the object does not say what it must, or the quota has not been counted yet."""
    names = measure.about(quota.status.hard)
    unsaid = measure.unsaid(names, request.obj)
    if unsaid:
        raise _refused(request, f"failed quota: {quota.metadata.name}: must specify {unsaid}")
    if any(name not in quota.status.used for name in names):
        text = f"status unknown for quota: {quota.metadata.name}, resources: {','.join(sorted(names))}"
        raise _refused(request, text)
    return True


def _charged(request: Request, quota: Any, wanted: Amounts) -> Any:
    """The quota with what is wanted charged to it."""
    hard, used = quota.status.hard, quota.status.used
    after = {name: used[name] + amount for name, amount in wanted.items()}
    exceeded = sorted(name for name, amount in after.items() if amount > hard[name])
    if exceeded and request.subresource != "status":
        parts = (("requested", wanted), ("used", used), ("limited", hard))
        text = ", ".join(f"{what}: {_shown(amounts, exceeded)}" for what, amounts in parts)
        raise _refused(request, f"exceeded quota: {quota.metadata.name}, {text}")
    return evolve(quota, {"status.used": FrozenMap({**used, **after})})


def _shown(amounts: Mapping[str, Quantity], names: Iterable[str]) -> str:
    return ",".join(f"{name}={amounts[name]}" for name in names)


def _refused(request: Request, why: str) -> Exception:
    return failures.forbidden(request.resource.kind, request.obj.metadata.name or "", why)
