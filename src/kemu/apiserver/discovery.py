"""What the server says about itself: versions, health, groups, resources and OpenAPI."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from ..objects.custom_kinds import CustomKind
from ..objects.scheme import Kind, Subresource
from . import health
from .resources import Resource, Resources, version_rank
from .signing import KEYS

VERSION = {
    "major": "1",
    "minor": "36",
    "emulationMajor": "1",
    "emulationMinor": "36",
    "minCompatibilityMajor": "1",
    "minCompatibilityMinor": "35",
    "gitVersion": "v1.36.2",
    "gitCommit": "0" * 40,
    "gitTreeState": "clean",
    "buildDate": "2000-01-01T00:00:00Z",
    "goVersion": "go1.26.0",
    "compiler": "gc",
    "platform": "linux/amd64",
}
GROUP_ORDER = (
    "apiregistration.k8s.io",
    "apps",
    "events.k8s.io",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "networking.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "storage.k8s.io",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "scheduling.k8s.io",
    "coordination.k8s.io",
    "node.k8s.io",
    "discovery.k8s.io",
    "resource.k8s.io",
    "flowcontrol.apiserver.k8s.io",
)
"""The order in which a real server lists its own groups, which is that of their priority; others follow."""

PUBLIC = ("/healthz", "/livez", "/readyz", "/version", "/api", "/apis", "/openapi", "/.well-known", "/openid")
OWN_PATHS = (
    "/.well-known/openid-configuration",
    "/api",
    "/api/v1",
    "/apis",
    "/apis/",
    "/flagz",
    "/metrics",
    "/metrics/slis",
    "/openapi/v2",
    "/openapi/v3",
    "/openapi/v3/",
    "/openid/v1/jwks",
    "/statusz",
    "/version",
)
ISSUER = "https://kubernetes.default.svc"
"""Who issues the tokens of service accounts."""


def document(resources: Resources, path: str) -> Any:
    """The document at a path that is no resource: JSON, a text, or None if there is nothing."""
    path = path.rstrip("/") or "/"
    path = "/" if path == "/index.html" else path
    if path == "/version":
        return VERSION
    if (well := health.answer(path, False)) is not None:
        return well
    if path == "/.well-known/openid-configuration":
        return {
            "issuer": ISSUER,
            "jwks_uri": "https://127.0.0.1:6443/openid/v1/jwks",
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
        }
    if path == "/openid/v1/jwks":
        return KEYS
    parts = path.split("/")[1:]
    if path == "/api":
        return {
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "127.0.0.1:6443"}],
        }
    if path == "/apis":
        return {
            "kind": "APIGroupList",
            "apiVersion": "v1",
            "groups": [_group(name, all_) for name, all_ in _groups(resources)],
        }
    if parts[0] == "apis" and len(parts) == 2:
        found = _versions(resources, parts[1])
        return {"kind": "APIGroup", "apiVersion": "v1", **_group(parts[1], found)} if found else None
    if parts[0] == "api" and len(parts) == 2:
        return _resource_list(resources, "", parts[1])
    if parts[0] == "apis" and len(parts) == 3:
        return _resource_list(resources, parts[1], parts[2])
    if parts[0] == "openapi":
        return openapi_document(*served(resources), path)
    if not any(parts):
        groups = [(name, versions) for name, versions in _groups(resources) if not _is_extension(resources, name)]
        below = [f"/apis/{name}{end}" for name, all_ in groups for end in ("", *(f"/{each}" for each in all_))]
        return {"paths": sorted({*OWN_PATHS, *health.paths(), *below})}
    return None


Served = tuple[tuple[Kind, ...], frozenset[Kind]]
"""The kinds that are served, and those whose objects are given back by who deletes them."""


def served(resources: Resources) -> Served:
    """What OpenAPI documents have to know of the resources."""
    found = resources.all()
    returned = frozenset([resource.kind for resource in found if resource.policy.returns_deleted])
    return tuple([resource.kind for resource in found]), returned


def openapi_document(kinds: tuple[Kind, ...], returned: frozenset[Kind], path: str) -> Any:
    """The OpenAPI document at a path, derived from the types, or None if there is nothing."""
    from ..objects import openapi

    path = path.rstrip("/")
    if path == "/openapi/v2":
        return openapi.v2(kinds, returned)
    if path == "/openapi/v3":
        return openapi.v3_index(kinds, returned)
    try:
        return openapi.v3(path.removeprefix("/openapi/v3/"), kinds, returned)
    except KeyError:
        return None


def _groups(resources: Resources) -> list[tuple[str, list[str]]]:
    """Named groups and their versions, newest first, the groups in the order of a real server."""
    groups = {group: _versions(resources, group) for group in resources.groups() if group}
    ordered = dict.fromkeys(name for name in (*GROUP_ORDER, *sorted(groups)) if name in groups)
    return [(name, groups[name]) for name in ordered]


def _versions(resources: Resources, group: str) -> list[str]:
    found = dict.fromkeys(resource.kind.version for resource in resources.of_group(group))
    return sorted(found, key=version_rank)


def _group(name: str, versions: list[str]) -> dict[str, Any]:
    rows = [{"groupVersion": f"{name}/{version}", "version": version} for version in versions]
    return {"name": name, "versions": rows, "preferredVersion": rows[0]}


def _resource_list(resources: Resources, group: str, version: str) -> Any:
    rows: list[dict[str, Any]] = []
    for resource in resources.of_version(group, version):
        kind = resource.kind
        row: dict[str, Any] = {
            "name": kind.plural,
            "singularName": kind.singular,
            "namespaced": kind.namespaced,
            "kind": kind.kind,
            "verbs": list(kind.verbs),
        }
        if kind.short_names:
            row["shortNames"] = list(kind.short_names)
        if kind.categories:
            row["categories"] = list(kind.categories)
        if "watch" in kind.verbs:
            row["storageVersionHash"] = _storage_hash(resources, resource)
        rows.append(row)
        rows.extend(_subresource(kind, below) for below in kind.subresources.values())
    if not rows:
        return None
    found: dict[str, Any] = {"kind": "APIResourceList"}
    if group:
        found["apiVersion"] = "v1"
    name = f"{group}/{version}" if group else version
    if not any(resource.kind.extension for resource in resources.of_version(group, version)):
        rows.sort(key=lambda each: str(each["name"]))
    return {**found, "groupVersion": name, "resources": rows}


def _storage_hash(resources: Resources, resource: Resource) -> str:
    """Tells clients whether two resources are views of the same objects."""
    stored = (resources.at(resource.prefix) or resource).kind
    digest = hashlib.sha256(f"{stored.group}/{stored.version}/{stored.kind}".encode()).digest()
    return base64.b64encode(digest[:8]).decode()


def _subresource(kind: Kind, below: Subresource) -> dict[str, Any]:
    row: dict[str, Any] = {"name": f"{kind.plural}/{below.name}", "singularName": "", "namespaced": kind.namespaced}
    if below.api_version not in (kind.api_version, "v1"):
        group, _, version = below.api_version.rpartition("/")
        row |= {"group": group, "version": version}
    return {**row, "kind": below.kind, "verbs": list(below.verbs)}


def _is_extension(resources: Resources, group: str) -> bool:
    """Whether a group is served by an extension server, which has a root of its own."""
    return all(resource.kind.extension for resource in resources.of_group(group))


# All at once


def aggregated(resources: Resources, root: str) -> dict[str, Any]:
    """All that is served below `/api` or `/apis` in one document."""
    groups = [("", ["v1"])] if root == "api" else _groups(resources)
    return {
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": [_aggregated_group(resources, name, versions) for name, versions in groups],
    }


def _aggregated_group(resources: Resources, name: str, versions: list[str]) -> dict[str, Any]:
    rows = []
    for version in versions:
        found = sorted(resources.of_version(name, version), key=lambda each: each.kind.plural)
        shown = [_aggregated_resource(resource.kind) for resource in found]
        rows.append({"version": version, "resources": shown, "freshness": "Current"})
    return {"metadata": {"name": name} if name else {}, "versions": rows}


def _aggregated_resource(kind: Kind) -> dict[str, Any]:
    row: dict[str, Any] = {
        "resource": kind.plural,
        "responseKind": _response_kind(kind, kind.api_version, kind.kind),
        "scope": "Namespaced" if kind.namespaced else "Cluster",
        "singularResource": kind.singular,
        "verbs": sorted(kind.verbs),
    }
    if kind.short_names:
        row["shortNames"] = list(kind.short_names)
    if kind.categories:
        row["categories"] = list(kind.categories)
    below = [
        {
            "subresource": each.name,
            "responseKind": _response_kind(kind, each.api_version, each.kind),
            "verbs": sorted(each.verbs),
        }
        for each in sorted(kind.subresources.values(), key=lambda each: each.name)
    ]
    return {**row, "subresources": below} if below else row


def _response_kind(kind: Kind, api_version: str, name: str) -> dict[str, str]:
    """What an answer is. Of a built-in kind of the same group and version, only its name is said."""
    own = not isinstance(kind, CustomKind) and api_version in (kind.api_version, "v1")
    group, _, version = ("", "", "") if own else api_version.rpartition("/")
    return {"group": group, "version": version, "kind": name}
