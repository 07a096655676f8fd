"""Finding a resource by what a user calls it: a class, `pod`, `po/web-0`, `deployments.apps`, apiVersion and kind."""

from __future__ import annotations

from typing import Any

from . import errors
from .apiserver.resources import Resource, Resources


def locate(resources: Resources, what: Any) -> tuple[Resource, str]:
    """The resource, and the name if `what` carries one (`pod/web-0`).

    Raises UsageError, with kubectl's words, for a kind that is not served.
    """
    if not isinstance(what, str):
        return resources.of(what), getattr(getattr(what, "metadata", None), "name", "") or ""
    text, _, name = what.partition("/")
    if "/" in name or (name and text.startswith("v") and text[1:2].isdigit()):
        text, name = what, ""
    return resources.of(text), name


def find_resource(resources: Resources, api_version: str, kind: str) -> Resource:
    """The resource of a manifest. Raises ManifestError, with kubectl's words, if nothing of that kind is served."""
    found = resources.by_kind(api_version, kind)
    if found is None:
        raise errors.ManifestError(
            f'no matches for kind "{kind}" in version "{api_version}"\nensure CRDs are installed first'
        )
    return found
