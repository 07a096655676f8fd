"""Which requests the rules of a webhook or an admission policy are about."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from ...objects import core
from ...values.selectors import EVERYTHING, selector_of
from .. import failures
from ..conversion import from_storage, to_storage
from ..request import Desk, Request
from ..resources import Resource

GROUP = "admissionregistration.k8s.io"


@attrs.frozen(eq=False)
class Sight:
    """What rules see of a request: the objects as a version of the kind shows them."""

    request: Request
    row: Resource
    obj: Any
    old: Any
    name: str
    namespace: str
    """Of a namespace its own name."""

    @property
    def kind(self) -> Any:
        """The kind of what travels: of a scale subresource the Scale."""
        below = self.row.kind.subresources.get(self.request.subresource) if self.request.subresource else None
        return below or self.row.kind

    @property
    def scoped(self) -> bool:
        """Whether the request is about something in a namespace."""
        return bool(self.namespace) and self.row.key != "namespaces"

    def through(self, row: Resource) -> Sight:
        """The same as another version of the resource shows it."""
        if row is self.row or self.request.subresource == "scale":
            return attrs.evolve(self, row=row)
        shown = [
            None if each is None else from_storage(row, to_storage(self.row, each)) for each in (self.obj, self.old)
        ]
        return attrs.evolve(self, row=row, obj=shown[0], old=shown[1])


def sight_of(request: Request) -> Sight:
    """What rules see of a request, in the version in which it was made."""
    resource, obj, old = request.resource, request.obj, request.old
    if request.operation == "DELETE":
        obj, old = None, request.shown if request.shown is not None else old
    view = resource.view
    if view is not None and not request.subresource:
        obj = view.shown(obj) if obj is not None and type(obj) is not resource.type else obj
        old = view.shown(old) if old is not None and type(old) is not resource.type else old
    metadata = (obj if obj is not None else old).metadata
    name = request.name or metadata.name or ""
    namespace = name if resource.key == "namespaces" else (request.namespace or metadata.namespace or "")
    return Sight(request, resource, obj, old, name, namespace)


def exempt(request: Request) -> bool:
    """Whether no rule is about a request: what guards the API must not keep anybody from mending it."""
    return request.resource.kind.group == GROUP


def matches(rule: Any, sight: Sight) -> bool:
    """Whether a rule names the operation, the resource and the scope of a request."""
    kind, sub = sight.row.kind, sight.request.subresource
    if "*" not in rule.operations and sight.request.operation not in rule.operations:
        return False
    if "*" not in rule.api_groups and kind.group not in rule.api_groups:
        return False
    if "*" not in rule.api_versions and kind.version not in rule.api_versions:
        return False
    if rule.scope in ("Namespaced", "Cluster") and sight.scoped != (rule.scope == "Namespaced"):
        return False
    return any(_names(each, kind.plural, sub) for each in rule.resources)


def _names(text: str, plural: str, subresource: str) -> bool:
    resource, _, sub = text.partition("/")
    return resource in ("*", plural) and sub in ("*", subresource)


def seen_by(rules: Iterable[Any], policy: str | None, sight: Sight, desk: Desk) -> Sight | None:
    """A request as the first rule that is about it sees it: in its own version, or one that is equivalent."""
    rules = tuple(rules)
    for rule in rules:
        if matches(rule, sight) and _named(rule, sight.name):
            return sight
    if policy != "Equivalent":
        return None
    others = [row for row in desk.versions_of(sight.row) if row is not sight.row]
    for rule in rules:
        for row in others:
            if matches(rule, attrs.evolve(sight, row=row)) and _named(rule, sight.name):
                return sight.through(row)
    return None


def _named(rule: Any, name: str) -> bool:
    names = getattr(rule, "resource_names", ())
    return not names or name in names


def selects_namespace(selector: Any, sight: Sight, desk: Desk) -> bool:
    """Whether a selector chooses the namespace of a request; what is in none is always chosen. Raises NotFound."""
    if not sight.namespace and sight.row.key != "namespaces":
        return True
    if selector is None or selector_of(selector) == EVERYTHING:
        return True
    if sight.row.key == "namespaces" and sight.obj is not None and not sight.request.subresource:
        return bool(selector_of(selector).matches(sight.obj.metadata.labels))
    namespace: Any = desk.find(core.Namespace, None, sight.namespace)
    if namespace is None:
        raise failures.not_found(desk.resource_of(core.Namespace).kind, sight.namespace)
    return bool(selector_of(selector).matches(namespace.metadata.labels))


def selects_object(selector: Any, sight: Sight) -> bool:
    """Whether a selector chooses the object of a request, as it was or as it will be."""
    if selector is None or selector_of(selector) == EVERYTHING:
        return True
    labels = [each.metadata.labels for each in (sight.obj, sight.old) if each is not None]
    return any(map(selector_of(selector).matches, labels))


def meets(criteria: Any, sight: Sight, desk: Desk) -> Sight | None:
    """A request as the resources of a policy or binding see it; None if they do not."""
    if criteria is None:
        return sight
    if not selects_namespace(criteria.namespace_selector, sight, desk):
        return None
    if not selects_object(criteria.object_selector, sight):
        return None
    if seen_by(criteria.exclude_resource_rules, criteria.match_policy, sight, desk) is not None:
        return None
    if not criteria.resource_rules:
        return sight
    return seen_by(criteria.resource_rules, criteria.match_policy, sight, desk)
