"""The checks of the Pod Security Standards: each takes the annotations and the specification of a pod.

A check is a function that returns None, or a few words for what is wrong and what exactly it is. `CHECKS` is the table
of them: from which minor version of Kubernetes on which function counts, and which other checks it stands in for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple

from ...objects.schema import shape_of

Forbidden = tuple[str, str] | None
"""A reason and its detail."""

Check = Callable[[Mapping[str, str], Any], Forbidden]

BASELINE, RESTRICTED = "baseline", "restricted"
LATEST = 35
"""The minor version of the newest check."""

APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
SECCOMP_POD = "seccomp.security.alpha.kubernetes.io/pod"
SECCOMP_CONTAINER = "container.seccomp.security.alpha.kubernetes.io/"
PROFILES = ("RuntimeDefault", "Localhost")
CAPABILITIES = frozenset(
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    }
)
SELINUX_TYPES = frozenset({"", "container_t", "container_init_t", "container_kvm_t"})
SYSCTLS = frozenset(
    {
        "kernel.shm_rmid_forced",
        "net.ipv4.ip_local_port_range",
        "net.ipv4.tcp_syncookies",
        "net.ipv4.ping_group_range",
        "net.ipv4.ip_unprivileged_port_start",
    }
)
SYSCTLS_27 = SYSCTLS | {"net.ipv4.ip_local_reserved_ports"}
SYSCTLS_29 = SYSCTLS_27 | {f"net.ipv4.tcp_{name}" for name in ("keepalive_time", "fin_timeout", "keepalive_intvl")}
SYSCTLS_29 |= {"net.ipv4.tcp_keepalive_probes"}
SYSCTLS_32 = SYSCTLS_29 | {"net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"}
ALLOWED_VOLUMES = (
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
)


# Words


def quoted(items: Iterable[str]) -> str:
    """`"a", "b"`."""
    return ", ".join(f'"{each}"' for each in items)


def counted(word: str, items: list[str], plural: str = "") -> str:
    """`container "a"` or `containers "a", "b"`."""
    return f"{word if len(items) == 1 else plural or word + 's'} {quoted(items)}"


def _setters(pod: bool, containers: list[str]) -> str:
    """Who sets something that is forbidden: the pod, containers, or both."""
    return " and ".join((["pod"] if pod else []) + ([counted("container", containers)] if containers else []))


def _sorted(items: Iterable[str]) -> list[str]:
    return sorted(dict.fromkeys(items))


def _containers(spec: Any) -> Iterator[Any]:
    yield from spec.init_containers
    yield from spec.containers
    yield from spec.ephemeral_containers


def _inner(holder: Any, *path: str) -> Any:
    """What stands at a path below the security context of a pod or container, or None."""
    found = holder.security_context
    for name in path:
        if found is None:
            return None
        found = getattr(found, name)
    return found


# Baseline


def app_armor(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """Profiles are the runtime's default or the node's own."""
    kind = ("app_armor_profile", "type")
    values, pod = [], _inner(spec, *kind)
    bad_pod = pod is not None and pod not in PROFILES
    bad = [each for each in _containers(spec) if (_inner(each, *kind) or "Localhost") not in PROFILES]
    values = _sorted([pod] * bad_pod + [_inner(each, *kind) for each in bad])
    noted = _sorted(
        f'{key}="{value}"'
        for key, value in annotations.items()
        if key.startswith(APPARMOR) and value not in ("", "runtime/default") and not value.startswith("localhost/")
    )
    setters = [text for text in (_setters(bad_pod, [each.name for each in bad]),) if text]
    if noted:
        values += noted
        setters.append("annotation" if len(noted) == 1 else "annotations")
    if not setters:
        return None
    reason = "forbidden AppArmor profile" if len(values) == 1 else "forbidden AppArmor profiles"
    return reason, f"{' and '.join(setters)} must not set AppArmor profile type to {quoted(values)}"


def capabilities(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """No capabilities but the usual ones are added."""
    names, added = [], []
    for container in _containers(spec):
        more = [each for each in _inner(container, "capabilities", "add") or () if each not in CAPABILITIES]
        if more:
            names.append(container.name)
            added += more
    if not names:
        return None
    text = (
        f"{counted('container', names)} must not include {quoted(_sorted(added))} in securityContext.capabilities.add"
    )
    return "non-default capabilities", text


def host_namespaces(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """The namespaces of the node are not shared."""
    flags = (("hostNetwork", spec.host_network), ("hostPID", spec.host_pid), ("hostIPC", spec.host_ipc))
    found = [f"{name}=true" for name, value in flags if value]
    return ("host namespaces", ", ".join(found)) if found else None


def host_path_volumes(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """No directories of the node are mounted."""
    names = [volume.name for volume in spec.volumes if volume.host_path is not None]
    return ("hostPath volumes", counted("volume", names)) if names else None


def host_ports(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """No ports of the node are used."""
    names, ports = [], []
    for container in _containers(spec):
        used = [str(port.host_port) for port in container.ports if port.host_port]
        if used:
            names.append(container.name)
            ports += used
    if not names:
        return None
    found = _sorted(ports)
    uses, what = "uses" if len(names) == 1 else "use", "hostPort" if len(found) == 1 else "hostPorts"
    return "hostPort", f"{counted('container', names)} {uses} {what} {', '.join(found)}"


def hosts_of_probes(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """Probes and hooks name no host."""
    names, hosts = [], []
    for container in _containers(spec):
        life = container.lifecycle
        handlers = [container.liveness_probe, container.readiness_probe, container.startup_probe]
        handlers += [life.post_start, life.pre_stop] if life is not None else []
        calls = [call for each in handlers if each is not None for call in (each.http_get, each.tcp_socket)]
        used = [call.host for call in calls if call is not None and call.host]
        if used:
            names.append(container.name)
            hosts += used
    if not names:
        return None
    found, who = _sorted(hosts), _sorted(names)
    what = "probe or lifecycle host" if len(found) == 1 else "probe or lifecycle hosts"
    uses = "uses" if len(who) == 1 else "use"
    return "probe or lifecycle host", f"{counted('container', who)} {uses} {what} {quoted(found)}"


def privileged(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """No container is privileged."""
    names = [each.name for each in _containers(spec) if _inner(each, "privileged")]
    return (
        ("privileged", f"{counted('container', names)} must not set securityContext.privileged=true") if names else None
    )


def proc_mount(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """`/proc` is masked as usual."""
    bad = [each for each in _containers(spec) if (_inner(each, "proc_mount") or "Default") != "Default"]
    if not bad:
        return None
    kinds = quoted(_sorted(_inner(each, "proc_mount") for each in bad))
    names = [each.name for each in bad]
    return "procMount", f"{counted('container', names)} must not set securityContext.procMount to {kinds}"


def se_linux(annotations: Mapping[str, str], spec: Any, types: frozenset[str] = SELINUX_TYPES) -> Forbidden:
    """SELinux types are those of containers; user and role are not set."""
    bad_types: list[str] = []
    parts: dict[str, bool] = {}

    def bad(holder: Any) -> bool:
        options = _inner(holder, "se_linux_options")
        if options is None:
            return False
        wrong = (options.type or "") not in types
        bad_types.extend([options.type] * wrong)
        parts["user"] = parts.get("user", False) or bool(options.user)
        parts["role"] = parts.get("role", False) or bool(options.role)
        return bool(wrong or options.user or options.role)

    setters = _setters(bad(spec), [each.name for each in _containers(spec) if bad(each)])
    if not setters:
        return None
    what = [counted("type", _sorted(bad_types))] if bad_types else []
    what += [f"{name} may not be set" for name in ("user", "role") if parts.get(name)]
    return "seLinuxOptions", f"{setters} set forbidden securityContext.seLinuxOptions: {'; '.join(what)}"


def seccomp_annotations(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """Seccomp profiles, where annotations name them, are the runtime's default or the node's own."""
    keys = [SECCOMP_POD, *(f"{SECCOMP_CONTAINER}{each.name}" for each in _containers(spec))]
    values = [(key, annotations[key]) for key in keys if key in annotations]
    found = _sorted(
        f'{key}="{value}"'
        for key, value in values
        if value not in ("runtime/default", "docker/default") and not value.startswith("localhost/")
    )
    if not found:
        return None
    return "seccompProfile", f"forbidden {'annotation' if len(found) == 1 else 'annotations'} {', '.join(found)}"


def seccomp(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """Seccomp profiles are the runtime's default or the node's own."""
    kind = ("seccomp_profile", "type")
    pod = _inner(spec, *kind)
    bad_pod = pod is not None and pod not in PROFILES
    bad = [each for each in _containers(spec) if (_inner(each, *kind) or "Localhost") not in PROFILES]
    setters = _setters(bad_pod, [each.name for each in bad])
    if not setters:
        return None
    values = quoted(_sorted([pod] * bad_pod + [_inner(each, *kind) for each in bad]))
    return "seccompProfile", f"{setters} must not set securityContext.seccompProfile.type to {values}"


def sysctls(annotations: Mapping[str, str], spec: Any, allowed: frozenset[str] = SYSCTLS) -> Forbidden:
    """Only safe kernel parameters are set."""
    found = [each.name for each in _inner(spec, "sysctls") or () if each.name not in allowed]
    return ("forbidden sysctls", ", ".join(found)) if found else None


def host_process(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """On Windows, no container is a process of the node."""
    flag = ("windows_options", "host_process")
    setters = _setters(bool(_inner(spec, *flag)), [each.name for each in _containers(spec) if _inner(each, *flag)])
    return (
        ("hostProcess", f"{setters} must not set securityContext.windowsOptions.hostProcess=true") if setters else None
    )


# Restricted


def escalation(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """Containers say that they do not gain privileges."""
    flag = "allow_privilege_escalation"
    names = [each.name for each in _containers(spec) if _inner(each, flag) is not False]
    text = f"{counted('container', names)} must set securityContext.allowPrivilegeEscalation=false"
    return ("allowPrivilegeEscalation != false", text) if names else None


def dropped_capabilities(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """Containers drop all capabilities, and add at most the one to use low ports."""
    keeping, adding, added = [], [], []
    for container in _containers(spec):
        if "ALL" not in (_inner(container, "capabilities", "drop") or ()):
            keeping.append(container.name)
        more = [each for each in _inner(container, "capabilities", "add") or () if each != "NET_BIND_SERVICE"]
        if more:
            adding.append(container.name)
            added += more
    found = []
    if keeping:
        found.append(f'{counted("container", keeping)} must set securityContext.capabilities.drop=["ALL"]')
    if adding:
        text = f"must not include {quoted(_sorted(added))} in securityContext.capabilities.add"
        found.append(f"{counted('container', adding)} {text}")
    return ("unrestricted capabilities", "; ".join(found)) if found else None


def volume_types(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """Volumes are of the kinds that belong to a pod or a claim."""
    bad = [(volume.name, _source(volume)) for volume in spec.volumes]
    bad = [(name, source) for name, source in bad if source not in ALLOWED_VOLUMES]
    if not bad:
        return None
    names, kinds = [name for name, _ in bad], _sorted(source for _, source in bad)
    uses = "uses" if len(names) == 1 else "use"
    text = f"{counted('volume', names)} {uses} {counted('restricted volume type', kinds)}"
    return "restricted volume types", text


def _source(volume: Any) -> str:
    """The field of a volume that says what it is."""
    for field in shape_of(type(volume)).fields:
        if field.name != "name" and getattr(volume, field.name) is not None:
            return str(field.json)
    return "unknown"


def non_root(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """Pod or containers say that they do not run as root."""
    pod = _inner(spec, "run_as_non_root")
    said = [(each.name, _inner(each, "run_as_non_root")) for each in _containers(spec)]
    setters = _setters(pod is False, [name for name, value in said if value is False])
    if setters:
        return "runAsNonRoot != true", f"{setters} must not set securityContext.runAsNonRoot=false"
    silent = [name for name, value in said if value is None] if not pod else []
    text = f"pod or {counted('container', silent)} must set securityContext.runAsNonRoot=true"
    return ("runAsNonRoot != true", text) if silent else None


def user_zero(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """Nobody is user 0."""
    names = [each.name for each in _containers(spec) if _inner(each, "run_as_user") == 0]
    setters = _setters(_inner(spec, "run_as_user") == 0, names)
    return ("runAsUser=0", f"{setters} must not set runAsUser=0") if setters else None


def seccomp_set(annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """Seccomp profiles are set, and are the runtime's default or the node's own."""
    wrong = seccomp(annotations, spec)
    if wrong is not None or _inner(spec, "seccomp_profile") is not None:
        return wrong
    silent = [each.name for each in _containers(spec) if _inner(each, "seccomp_profile") is None]
    text = "must set securityContext.seccompProfile.type to"
    detail = f'pod or {counted("container", silent)} {text} "RuntimeDefault" or "Localhost"'
    return ("seccompProfile", detail) if silent else None


# The table


def _on_linux(check: Check, annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """A check that says nothing of pods for Windows."""
    return None if spec.os is not None and spec.os.name == "windows" else check(annotations, spec)


def _on_host_users(check: Check, annotations: Mapping[str, str], spec: Any) -> Forbidden:
    """A check that says nothing of pods with users of their own."""
    return None if spec.host_users is False else check(annotations, spec)


class Row(NamedTuple):
    """One check: the level that it belongs to, its functions from which version on, and whom it stands in for."""

    id: str
    level: str
    versions: tuple[tuple[int, Check], ...]
    instead_of: str = ""


_BASELINE = (
    Row("appArmorProfile", BASELINE, ((0, app_armor),)),
    Row("capabilities_baseline", BASELINE, ((0, capabilities),)),
    Row("hostNamespaces", BASELINE, ((0, host_namespaces),)),
    Row("hostPathVolumes", BASELINE, ((0, host_path_volumes),)),
    Row("hostPorts", BASELINE, ((0, host_ports),)),
    Row("hostProbesAndHostLifecycle", BASELINE, ((34, hosts_of_probes),)),
    Row("privileged", BASELINE, ((0, privileged),)),
    Row("procMount", BASELINE, ((0, proc_mount), (35, partial(_on_host_users, proc_mount)))),
    Row(
        "seLinuxOptions",
        BASELINE,
        ((0, se_linux), (31, partial(se_linux, types=SELINUX_TYPES | {"container_engine_t"}))),
    ),
    Row("seccompProfile_baseline", BASELINE, ((0, seccomp_annotations), (19, seccomp))),
    Row(
        "sysctls",
        BASELINE,
        (
            (0, sysctls),
            (27, partial(sysctls, allowed=SYSCTLS_27)),
            (29, partial(sysctls, allowed=SYSCTLS_29)),
            (32, partial(sysctls, allowed=SYSCTLS_32)),
        ),
    ),
    Row("windowsHostProcess", BASELINE, ((0, host_process),)),
)
_RESTRICTED = (
    Row("allowPrivilegeEscalation", RESTRICTED, ((8, escalation), (25, partial(_on_linux, escalation)))),
    Row(
        "capabilities_restricted",
        RESTRICTED,
        ((22, dropped_capabilities), (25, partial(_on_linux, dropped_capabilities))),
        "capabilities_baseline",
    ),
    Row("procMount_restricted", RESTRICTED, ((35, proc_mount),), "procMount"),
    Row("restrictedVolumes", RESTRICTED, ((0, volume_types),), "hostPathVolumes"),
    Row("runAsNonRoot", RESTRICTED, ((0, non_root), (35, partial(_on_host_users, non_root)))),
    Row("runAsUser", RESTRICTED, ((23, user_zero), (35, partial(_on_host_users, user_zero)))),
    Row(
        "seccompProfile_restricted",
        RESTRICTED,
        ((19, seccomp_set), (25, partial(_on_linux, seccomp_set))),
        "seccompProfile_baseline",
    ),
)
CHECKS = (*_BASELINE, *_RESTRICTED)
"""All checks, in the order in which what they forbid is told."""


def checks_of(level: str, minor: int) -> tuple[Check, ...]:
    """The checks of a level as they are in a version."""
    rows = [row for row in CHECKS if level == RESTRICTED or row.level == BASELINE]
    counting = {row.id: [check for since, check in row.versions if since <= minor] for row in rows}
    replaced = {row.instead_of for row in rows if counting[row.id]}
    return tuple(found[-1] for id, found in counting.items() if found and id not in replaced)
