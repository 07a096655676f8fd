"""Finding a resource by what a user calls it: a class, `pod`, `po/web-0`, `deployments.apps`, apiVersion and kind."""

from __future__ import annotations

from typing import Any

from . import errors
from .apiserver.resources import Resource, Resources
from .objects import scheme


def locate(resources: Resources, what: Any) -> tuple[Resource, str]:
    """The resource, and the name if `what` carries one (`pod/web-0`).

    Raises UsageError, with kubectl's words, for a kind that is not served.
    """
    if not isinstance(what, str):
        return resources.of(what), getattr(getattr(what, "metadata", None), "name", "") or ""
    text, _, name = what.partition("/")
    if name and text.startswith("v") and text[1:2].isdigit():
        text, name = what, ""
    try:
        kind = scheme.find(text)
    except LookupError:
        for resource in resources.all():
            own = resource.kind
            if text.lower() in (own.plural, own.singular, own.kind.lower(), *own.short_names, resource.key):
                return resource, name
        raise errors.UsageError(f'the server doesn\'t have a resource type "{text}"') from None
    found = resources.find(kind.group, kind.version, kind.plural)
    if found is None:
        raise errors.UsageError(f'the server doesn\'t have a resource type "{text}"')
    return found, name


def find_resource(resources: Resources, api_version: str, kind: str) -> Resource:
    """The resource of a manifest. Raises ManifestError, with kubectl's words, if nothing of that kind is served."""
    group, _, version = api_version.rpartition("/")
    for resource in resources.all():
        own = resource.kind
        if (own.group, own.version, own.kind) == (group, version, kind):
            return resource
    raise errors.ManifestError(
        f'no matches for kind "{kind}" in version "{api_version}"\nensure CRDs are installed first'
    )
