"""Finding what a user means: a kind by a class, an object, `pod`, `po/web-0`, `deployments.apps` or a manifest, and the
objects of one by selectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import attrs

from . import errors
from .apiserver.request import ListOptions
from .apiserver.resources import Resource, Resources
from .objects import meta
from .values.selectors import (
    FieldRequirement,
    FieldSelector,
    Selector,
    parse_field_selector,
    parse_label_selector,
    selector_of,
)

Labels = str | Mapping[str, Any] | meta.LabelSelector
Fields = str | Mapping[str, str]


@attrs.frozen
class Target:
    """One object that a user means, and where it is; `namespace` is None for a kind without namespaces."""

    resource: Resource
    name: str
    namespace: str | None

    def __str__(self) -> str:
        return f"{self.resource.kind.singular}/{self.name}"


def locate(resources: Resources, what: Any) -> tuple[Resource, str]:
    """The resource, and the name if `what` carries one (`pod/web-0`, an object).

    Raises UsageError, with kubectl's words, for a kind that is not served.
    """
    if not isinstance(what, str):
        metadata = None if isinstance(what, type) else getattr(what, "metadata", None)
        return resources.of(what), getattr(metadata, "name", "") or ""
    text, _, name = what.partition("/")
    if "/" in name or (name and text.startswith("v") and text[1:2].isdigit()):
        text, name = what, ""
    if not text:
        raise errors.UsageError(f'{what!r} names no kind: use "pod", "pod/web-0" or the class Pod')
    return resources.of(text), name


def one(resources: Resources, what: Any, name: str, namespace: str | None) -> Target:
    """The one object that is meant: `("pod/web-0", "")`, `("pod", "web-0")`, `(Pod, "web-0")`, or an object itself,
    whose own namespace counts. Raises UsageError if there is no name, or there are two, or no single namespace.
    """
    resource, found = locate(resources, what)
    singular = resource.kind.singular
    if not isinstance(name, str):
        raise errors.UsageError(f"a name is text, not {name!r}")
    if name and found and name != found:
        raise errors.UsageError(f"two names for one {singular}: {found!r} and {name!r}")
    if not (name or found):
        raise errors.UsageError(f'which {singular}? Give its name, as in "{singular}/NAME" or ("{singular}", "NAME")')
    return Target(resource, name or found, _place(resource, what, namespace))


def one_of(resources: Resources, kind: Any, what: Any, namespace: str | None) -> Target:
    """The object of a kind that is known beforehand: `web-0`, `pod/web-0`, or the object. Raises UsageError."""
    wanted = resources.of(kind)
    if isinstance(what, str) and "/" not in what:
        return one(resources, kind, what, namespace)
    resource, name = locate(resources, what)
    if resource is not wanted:
        raise errors.UsageError(f"this is about a {wanted.kind.singular}, and {resource.kind.singular}/{name} is none")
    return one(resources, what, "", namespace)


def many(resources: Resources, what: Any, namespace: str | None) -> tuple[Resource, str | None]:
    """The objects of a kind that are meant, in one namespace or in all. Raises UsageError if one is named."""
    resource, name = locate(resources, what)
    if name:
        one_alone = f'get("{resource.kind.singular}/{name}")'
        raise errors.UsageError(f"a list is of all {resource.kind.plural}: for {name!r} alone use {one_alone}")
    return resource, namespace if resource.namespaced else None


def some(resources: Resources, what: Any, name: str, namespace: str | None) -> tuple[Resource, str, str | None]:
    """One object, or all of a kind where none is named, for what takes either. Raises UsageError."""
    resource, found = locate(resources, what)
    if name or found:
        target = one(resources, what, name, namespace)
        return resource, target.name, target.namespace
    return resource, "", namespace if resource.namespaced else None


def _place(resource: Resource, what: Any, namespace: str | None) -> str | None:
    if not resource.namespaced:
        return None
    own = None if isinstance(what, str | type) else getattr(getattr(what, "metadata", None), "namespace", None)
    found: str | None = own or namespace
    if not found:
        raise errors.UsageError(f"one {resource.kind.singular} is in one namespace: namespace=None is all of them")
    return found


def find_resource(resources: Resources, api_version: str, kind: str) -> Resource:
    """The resource of a manifest. Raises ManifestError, with kubectl's words, if nothing of that kind is served."""
    found = resources.by_kind(api_version, kind)
    if found is None:
        raise errors.ManifestError(
            f'no matches for kind "{kind}" in version "{api_version}"\nensure CRDs are installed first'
        )
    return found


def selected(labels: Labels = "", fields: Fields = "") -> ListOptions:
    """What to list. Selectors are kubectl's text, or a dict of what must be equal; labels also a LabelSelector.

    Raises BadRequest for a text that is none, UsageError for anything else.
    """
    try:
        return ListOptions(labels=_labels(labels), fields=_fields(fields))
    except ValueError as problem:
        raise errors.BadRequest(str(problem)) from None


def _labels(given: Labels) -> Selector | None:
    if isinstance(given, str):
        return parse_label_selector(given) if given else None
    if isinstance(given, Mapping) and given.keys() & {"matchLabels", "matchExpressions"}:
        given = meta.LabelSelector(**given)
    if not isinstance(given, meta.LabelSelector):
        given = meta.LabelSelector(match_labels=dict(_pairs("label", given)))
    return selector_of(given)


def _fields(given: Fields) -> FieldSelector | None:
    if isinstance(given, str):
        return parse_field_selector(given) if given else None
    return FieldSelector(tuple([FieldRequirement(name, "=", value) for name, value in _pairs("field", given)]))


def _pairs(what: str, given: Any) -> list[tuple[str, str]]:
    if not isinstance(given, Mapping) or not all(isinstance(word, str) for pair in given.items() for word in pair):
        raise errors.UsageError(f'a {what} selector is text ("a=b") or a dict of texts ({{"a": "b"}}), not {given!r}')
    return sorted(given.items())
