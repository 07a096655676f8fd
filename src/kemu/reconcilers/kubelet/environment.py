"""What a container is given: its environment and the files that are mounted into it."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ...kit import Cache
from ...objects import core
from ...values.frozen import FrozenMap


class Misconfigured(Exception):
    """The container cannot be created yet; the text is the message of CreateContainerConfigError."""


class NotMounted(Exception):
    """A volume cannot be set up yet; the text is the message of the FailedMount event."""


def _find(view: Cache, kind: Any, name: str | None, namespace: str) -> Any | None:
    """A ConfigMap or Secret as the node has seen it, or None."""
    return view.get(kind, f"{namespace}/{name or ''}")


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Text with `$(NAME)` replaced; `$$` is a dollar sign, and what is not defined stays as it is."""
    result, at = "", 0
    while at < len(text):
        if text.startswith("$$", at):
            result += "$"
            at += 2
            continue
        end = text.find(")", at) if text.startswith("$(", at) else -1
        name = text[at + 2 : end] if end > 0 else ""
        if end > 0 and name in variables:
            result += variables[name]
            at = end + 1
        else:
            result += text[at]
            at += 1
    return result


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


def variables(view: Cache, pod: Any, container: Any, ip: str, host_ip: str, links: FrozenMap[str, str]) -> Environment:
    """The environment of a container: services, then envFrom, then env. Raises Misconfigured."""
    namespace = pod.metadata.namespace
    found = Environment(links)
    found.own["PATH"] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    found.own["HOSTNAME"] = pod.spec.hostname or pod.metadata.name
    for source in container.env_from:
        found.own.update(_env_from(view, namespace, source))
    for variable in container.env:
        if variable.value_from is None:
            found.own[variable.name] = expand(variable.value or "", found)
            continue
        value = _referenced(view, pod, container, variable.value_from, ip, host_ip)
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
        return {(source.prefix or "") + key: _text(found, key) for key in found.data}
    return {}


def _text(holder: Any, key: str) -> str:
    value = holder.data[key]
    if isinstance(holder, core.Secret):
        return base64.b64decode(value).decode(errors="replace")
    return str(value)


def _referenced(view: Cache, pod: Any, container: Any, source: Any, ip: str, host_ip: str) -> str | None:
    namespace = pod.metadata.namespace
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
        return _text(found, reference.key)
    if source.field_ref is not None:
        return field_value(pod, source.field_ref.field_path, ip, host_ip)
    if source.resource_field_ref is not None:
        return _resource_value(container, source.resource_field_ref)
    return None


def field_value(pod: Any, path: str, ip: str, host_ip: str) -> str:
    """What the downward API gives for a field of the pod."""
    name, bracket, key = path.partition("['")
    if bracket:
        values = pod.metadata.labels if name == "metadata.labels" else pod.metadata.annotations
        return str(values.get(key.removesuffix("']"), ""))
    table = {
        "metadata.name": pod.metadata.name,
        "metadata.namespace": pod.metadata.namespace,
        "metadata.uid": pod.metadata.uid,
        "spec.nodeName": pod.spec.node_name,
        "spec.serviceAccountName": pod.spec.service_account_name,
        "status.hostIP": host_ip,
        "status.hostIPs": host_ip,
        "status.podIP": ip,
        "status.podIPs": ip,
    }
    return str(table.get(path) or "")


def _resource_value(container: Any, reference: Any) -> str:
    where, _, name = reference.resource.partition(".")
    amounts = container.resources.limits if where == "limits" else container.resources.requests
    amount = amounts.get(name)
    if amount is None:
        return "0"
    divisor = reference.divisor
    if name == "cpu":
        unit = divisor.milli_value() if divisor is not None and divisor.milli_value() else 1000
        return str(-(-amount.milli_value() // unit))
    unit = divisor.value() if divisor is not None and divisor.value() else 1
    return str(-(-amount.value() // unit))


def shared_folders(pod: Any, container: Any) -> dict[str, str]:
    """The folders of a container that are empty at first and shared with the pod's others, with their volumes."""
    shared = [volume.name for volume in pod.spec.volumes if volume.empty_dir is not None]
    return {mount.mount_path: mount.name for mount in container.volume_mounts if mount.name in shared}


def files(view: Cache, pod: Any, container: Any) -> dict[str, str]:
    """The files that the container's mounts put before it, after `check_volumes`. Raises Misconfigured."""
    namespace = pod.metadata.namespace
    found: dict[str, str] = {}
    sources = {volume.name: volume for volume in pod.spec.volumes}
    for mount in container.volume_mounts:
        volume = sources.get(mount.name)
        if volume is None:
            continue
        holder: Any = None
        if volume.config_map is not None:
            holder = _find(view, core.ConfigMap, volume.config_map.name, namespace)
            items = volume.config_map.items
        elif volume.secret is not None:
            holder = _find(view, core.Secret, volume.secret.secret_name, namespace)
            items = volume.secret.items
        if holder is None:
            continue
        chosen = [(item.key, item.path) for item in items] or [(key, key) for key in holder.data]
        folder = mount.mount_path.rstrip("/")
        for key, path in chosen:
            if key in holder.data:
                target = folder if mount.sub_path == path else f"{folder}/{path}"
                found[target] = _text(holder, key)
    return found


def check_volumes(view: Cache, pod: Any) -> None:
    """Raise NotMounted for the first volume whose source is missing and not optional."""
    namespace = pod.metadata.namespace
    for volume in pod.spec.volumes:
        sources: list[tuple[Any, Any, str | None]] = []
        if volume.config_map is not None:
            sources.append((core.ConfigMap, volume.config_map, volume.config_map.name))
        if volume.secret is not None:
            sources.append((core.Secret, volume.secret, volume.secret.secret_name))
        if volume.projected is not None and not volume.name.startswith("kube-api-access-"):
            for part in volume.projected.sources:
                if part.config_map is not None:
                    sources.append((core.ConfigMap, part.config_map, part.config_map.name))
                if part.secret is not None:
                    sources.append((core.Secret, part.secret, part.secret.name))
        for cls, source, name in sources:
            what = cls.kind.lower()
            failed = f'MountVolume.SetUp failed for volume "{volume.name}" : '
            found = _find(view, cls, name, namespace)
            if found is None:
                if not source.optional:
                    raise NotMounted(f'{failed}{what} "{name}" not found')
                continue
            for item in source.items:
                if item.key not in found.data and not source.optional:
                    text = f"references non-existent {what} key: {item.key}"
                    if cls is core.ConfigMap:
                        text = f"configmap references non-existent config key: {item.key}"
                    raise NotMounted(failed + text)
