"""What a container is given: its environment, and as whom it runs."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ...containers.files import ROOT, User
from ...kit import Cache
from ...objects import core
from ...values.frozen import FrozenMap
from .downward import field_value, resource_value
from .volumes import Setting, text_of


class Misconfigured(Exception):
    """The container cannot be created yet; the text is the message of CreateContainerConfigError."""


def _find(view: Cache, kind: Any, name: str | None, namespace: str) -> Any | None:
    """A ConfigMap or Secret as the node has seen it, or None."""
    return view.get(kind, f"{namespace}/{name or ''}")


_REFERENCE = re.compile(r"\$\$|\$\(([^)]*)\)")


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Text with `$(NAME)` replaced; `$$` is a dollar sign, and what is not defined stays as it is."""
    if "$" not in text:
        return text

    def value(found: re.Match[str]) -> str:
        name = found[1]
        return "$" if name is None else variables[name] if name in variables else found[0]

    return _REFERENCE.sub(value, text)


class Environment(Mapping[str, str]):
    """The variables of a container: its `own`, and of the `links` that it shares with others what those leave."""

    __slots__ = ("links", "own")

    def __init__(self, links: FrozenMap[str, str]) -> None:
        self.own: dict[str, str] = {}
        self.links = links

    def __getitem__(self, name: str) -> str:
        return self.own[name] if name in self.own else self.links[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self.links, **self.own})

    def __len__(self) -> int:
        return len({**self.links, **self.own})


File = Callable[[str, str], str | None]
"""Asked for the text of a file by the name of its volume and its path; None if there is none."""


def variables(setting: Setting, pod: Any, container: Any, links: FrozenMap[str, str], read: File) -> Environment:
    """The environment of a container: services, then envFrom, then env. Raises Misconfigured."""
    namespace, view = pod.metadata.namespace, setting.view
    found = Environment(links)
    found.own["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    found.own["HOSTNAME"] = pod.spec.hostname or pod.metadata.name
    for source in container.env_from:
        found.own.update(_env_from(view, namespace, source))
    for variable in container.env:
        if variable.value_from is None:
            found.own[variable.name] = expand(variable.value or "", found)
            continue
        value = _referenced(setting, pod, container, variable.value_from, read)
        if value is not None:
            found.own[variable.name] = value
    return found


def service_links(services: Iterable[Any]) -> FrozenMap[str, str]:
    """The variables by which containers find Services."""
    links: dict[str, str] = {}
    for service in services:
        address = service.spec.cluster_ip
        if not address or address == "None" or not service.spec.ports:
            continue
        prefix = (service.metadata.name or "").upper().replace("-", "_")
        first = service.spec.ports[0]
        links[f"{prefix}_SERVICE_HOST"] = address
        links[f"{prefix}_SERVICE_PORT"] = str(first.port)
        for port in service.spec.ports:
            if port.name:
                links[f"{prefix}_SERVICE_PORT_{port.name.upper().replace('-', '_')}"] = str(port.port)
        links[f"{prefix}_PORT"] = f"{(first.protocol or 'TCP').lower()}://{address}:{first.port}"
        for port in service.spec.ports:
            protocol = port.protocol or "TCP"
            name = f"{prefix}_PORT_{port.port}_{protocol}"
            links[name] = f"{protocol.lower()}://{address}:{port.port}"
            links[f"{name}_PROTO"] = protocol.lower()
            links[f"{name}_PORT"] = str(port.port)
            links[f"{name}_ADDR"] = address
    return FrozenMap(links)


def _env_from(view: Cache, namespace: str, source: Any) -> dict[str, str]:
    for cls, reference, what in (
        (core.ConfigMap, source.config_map_ref, "configmap"),
        (core.Secret, source.secret_ref, "secret"),
    ):
        if reference is None:
            continue
        found = _find(view, cls, reference.name, namespace)
        if found is None:
            if reference.optional:
                return {}
            raise Misconfigured(f'{what} "{reference.name}" not found')
        return {(source.prefix or "") + key: text_of(found, key) for key in found.data}
    return {}


def _referenced(setting: Setting, pod: Any, container: Any, source: Any, read: File) -> str | None:
    namespace, view = pod.metadata.namespace, setting.view
    for cls, reference, what in (
        (core.ConfigMap, source.config_map_key_ref, "configmap"),
        (core.Secret, source.secret_key_ref, "secret"),
    ):
        if reference is None:
            continue
        found = _find(view, cls, reference.name, namespace)
        if found is None:
            if reference.optional:
                return None
            raise Misconfigured(f'{what} "{reference.name}" not found')
        if reference.key not in found.data:
            if reference.optional:
                return None
            kind = "ConfigMap" if cls is core.ConfigMap else "Secret"
            raise Misconfigured(f"couldn't find key {reference.key} in {kind} {namespace}/{reference.name}")
        return text_of(found, reference.key)
    if source.field_ref is not None:
        return field_value(pod, source.field_ref.field_path, setting.ip, setting.host_ip)
    if source.resource_field_ref is not None:
        return resource_value(pod, container, source.resource_field_ref, setting.allocatable)
    if source.file_key_ref is not None:
        return _in_file(source.file_key_ref, read)
    return None


def _in_file(reference: Any, read: File) -> str | None:
    """A variable out of a file on a volume. Raises Misconfigured."""
    text = read(reference.volume_name, reference.path)
    value = None if text is None else value_in(text, reference.key)
    if value is None:
        raise Misconfigured("couldn't parse env file")
    if value or reference.optional:
        return value or None
    where = f"{reference.volume_name}/{reference.path}"
    raise Misconfigured(f'environment variable key "{reference.key}" not found in file "{where}"')


ASSIGNMENT = re.compile(r"[ \t]*([^\s=#][^\s=]*)=(?:'([^']*)'[ \t]*(?:#[^\n]*)?|[ \t]+[^\n]*)(?:\n|$)")
IGNORED = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\n|$)")


def value_in(text: str, key: str) -> str | None:
    """The value of a variable in a file of lines `NAME='value'`; empty if it has none.

    None if the file is malformed.
    """
    at = 0
    while at < len(text):
        ignored = IGNORED.match(text, at)
        found = None if ignored else ASSIGNMENT.match(text, at)
        if found is not None and found[1] == key:
            return found[2] or ""
        if ignored is None and found is None:
            return None
        at = (ignored or found).end()  # type: ignore[union-attr]
    return ""


def user_of(pod: Any, container: Any) -> User:
    """As whom the processes of a container run. Raises Misconfigured where that is not allowed.

    Nothing is known of images: where a pod names no user, it is root.
    """
    whole, own = pod.spec.security_context, container.security_context
    if whole is None and own is None:
        return ROOT
    uid = int(_said(own, whole, "run_as_user") or 0)
    gid = int(_said(own, whole, "run_as_group") or 0)
    if not uid and _said(own, whole, "run_as_non_root"):
        named = _said(own, whole, "run_as_user") is not None
        why = "container's runAsUser breaks non-root policy" if named else NO_USER
        what = f'pod: "{pod.metadata.name}_{pod.metadata.namespace}({pod.metadata.uid})", container: {container.name}'
        raise Misconfigured(f"{why} ({what})")
    groups = []
    if whole is not None:
        groups = [int(each) for each in whole.supplemental_groups]
        if whole.fs_group is not None and int(whole.fs_group) not in groups:
            groups.insert(0, int(whole.fs_group))
    return User(uid, gid, tuple(groups)) if uid or gid or groups else ROOT


NO_USER = "container has runAsNonRoot and image will run as root"


def _said(own: Any, whole: Any, name: str) -> Any:
    """What a container says of its security, or its pod."""
    value = getattr(own, name) if own is not None else None
    return value if value is not None or whole is None else getattr(whole, name)
