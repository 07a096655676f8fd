"""What the server says about itself: versions, health, groups, resources and OpenAPI."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from ..objects.scheme import Kind, Subresource
from .resources import Resource, Resources, version_rank

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

HEALTH = ("/healthz", "/livez", "/readyz")
PUBLIC = (*HEALTH, "/version", "/api", "/apis", "/openapi")


def document(resources: Resources, path: str) -> Any:
    """The document at a path that is no resource: JSON, a text, or None if there is nothing."""
    path = path.rstrip("/") or "/"
    if path == "/version":
        return VERSION
    if path in HEALTH:
        return "ok"
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
        return _openapi(resources, path)
    if not any(parts):
        return {"paths": sorted({*PUBLIC, *(f"/apis/{name}" for name, _ in _groups(resources))})}
    return None


def _openapi(resources: Resources, path: str) -> Any:
    """The OpenAPI documents, which are derived from the types and loaded only when somebody asks."""
    from ..objects import openapi

    kinds = tuple([resource.kind for resource in resources.all()])
    if path == "/openapi/v2":
        return openapi.v2(kinds)
    if path == "/openapi/v3":
        return openapi.v3_index(kinds)
    name = path.removeprefix("/openapi/v3/").removeprefix("apis/").removeprefix("api/")
    try:
        return openapi.v3(name, kinds)
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
