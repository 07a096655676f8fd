"""What processes may do, and on which system: security contexts, profiles, users, operating systems."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from ....objects import core
from ....values import names
from ...failures import FieldError, forbidden_field, invalid_inside, invalid_value, not_supported, too_long
from ...failures import required as missing
from ...rows import NONE, Rows, below, choice, each
from ...rules import demand, one_of, relative_path, user_id

PROFILE_MAX = 4095
"""Bytes in the path of a profile."""

CREDENTIAL_MAX_KIB = 64
DOMAIN_MAX = 256
USER_MAX = 104
SYSCTL = "[a-z0-9]([-_a-z0-9]*[a-z0-9])?"
SYSCTL_PATTERN = rf"^({SYSCTL}[\./])*{SYSCTL}$"
SYSCTL_MAX = 253
NET_SYSCTLS = ("net.",)
IPC_SYSCTLS = ("kernel.shm", "kernel.msg", "kernel.sem", "fs.mqueue.")

_sysctl = re.compile(SYSCTL_PATTERN, re.ASCII)
_control = re.compile(r"[\x00-\x1f\x7f]")
_net_bios = re.compile(r'[^\\/:\*\?"<>|\.][^\\/:\*\?"<>|]{0,14}')
_domain = re.compile(
    r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*"
)
_no_user = re.compile(r'["/\\:;|=,\+\*\?<>@\[\]]')


# Profiles


def _seccomp(profile: Any) -> Iterator[FieldError]:
    if profile.type == "Localhost":
        if profile.localhost_profile is None:
            yield missing("localhostProfile", "must be set when seccomp type is Localhost")
        else:
            yield from below("localhostProfile", relative_path(profile.localhost_profile))
    elif profile.localhost_profile is not None:
        yield invalid_inside("localhostProfile", profile, "can only be set when seccomp type is Localhost")


def _app_armor(profile: Any) -> Iterator[FieldError]:
    path, where = profile.localhost_profile, "localhostProfile"
    if profile.type == "Localhost":
        if path is None or not path:
            yield missing(where, "must be set when AppArmor type is Localhost")
        elif path != path.strip():
            yield invalid_value(where, path, "must not be padded with whitespace")
        if path is not None and len(path.encode()) > PROFILE_MAX:
            yield too_long(where, PROFILE_MAX)
    elif profile.type in ("RuntimeDefault", "Unconfined"):
        if path is not None:
            yield invalid_value(where, path, "can only be set when AppArmor type is Localhost")
    elif not profile.type:
        yield missing("type", "type is required when appArmorProfile is set")
    else:
        yield not_supported("type", profile.type, ("Localhost", "RuntimeDefault", "Unconfined"))


def _windows(options: Any) -> Iterator[FieldError]:
    name, spec, user = options.gmsa_credential_spec_name, options.gmsa_credential_spec, options.run_as_user_name
    if name is not None:
        yield from (invalid_value("gmsaCredentialSpecName", name, text) for text in names.is_dns1123_subdomain(name))
    if spec == "":
        yield invalid_value("gmsaCredentialSpec", spec, "gmsaCredentialSpec cannot be an empty string")
    elif spec is not None and len(spec.encode()) > CREDENTIAL_MAX_KIB * 1024:
        text = f"gmsaCredentialSpec size must be under {CREDENTIAL_MAX_KIB} KiB"
        yield invalid_value("gmsaCredentialSpec", spec, text)
    if user is not None:
        yield from (invalid_value("runAsUserName", user, f"runAsUserName{text}") for text in _windows_user(user))


def _windows_user(whole: str) -> Iterator[str]:
    """What is wrong with the name of a user, behind that of its domain."""
    domain, backslash, user = whole.rpartition("\\")
    if not whole:
        yield " cannot be an empty string"
    elif _control.search(whole):
        yield " cannot contain control characters"
    elif "\\" in domain:
        yield " cannot contain more than one backslash"
    else:
        if len(domain.encode()) >= DOMAIN_MAX:
            yield f"'s Domain length must be under {DOMAIN_MAX} characters"
        if backslash and not (_net_bios.fullmatch(domain) or _domain.fullmatch(domain)):
            yield "'s Domain doesn't match the NetBios nor the DNS format"
        if not user:
            yield "'s User cannot be empty"
        elif len(user.encode()) > USER_MAX:
            yield f"'s User length must not be longer than {USER_MAX} characters"
        if user and not user.strip(". "):
            yield "'s User cannot contain only periods or spaces"
        if _no_user.search(user):
            yield "'s User cannot contain the following characters: \"/\\:;|=,+*?<>@[]"


SECCOMP = ({"type": (demand("type is required when seccompProfile is set"), choice)}, _seccomp)


# Of a container


def _escalates(context: Any) -> Iterator[FieldError]:
    """Who may not gain privileges has not got them already."""
    if context.allow_privilege_escalation is not False:
        return
    text = "cannot set `allowPrivilegeEscalation` to false and "
    if context.privileged:
        yield invalid_inside("", context, f"{text}`privileged` to true")
    for capability in context.capabilities.add if context.capabilities is not None else ():
        if capability == "CAP_SYS_ADMIN":
            yield invalid_inside("", context, f"{text}`capabilities.Add` CAP_SYS_ADMIN")


IDS = Rows(core.SecurityContext, {"runAsUser": user_id, "runAsGroup": user_id, "procMount": choice}, declared=False)
PROFILES = Rows(
    core.SecurityContext,
    (
        {"seccompProfile": Rows(core.SeccompProfile, SECCOMP, declared=False)},
        _escalates,
        {"windowsOptions": _windows, "appArmorProfile": _app_armor},
    ),
    declared=False,
)


def container_security(context: Any, host_users: bool) -> Iterator[FieldError]:
    """A container's security context, in a pod that has the users of its host or its own."""
    yield from IDS(context)
    if host_users and context.proc_mount == "Unmasked":
        yield invalid_value("procMount", context.proc_mount, "`hostUsers` must be false to use `Unmasked`")
    yield from PROFILES(context)


# Of a pod


def _sysctls(sysctls: Any) -> Iterator[FieldError]:
    seen: dict[str, None] = {}
    for index, sysctl in enumerate(sysctls):
        where, name = f"[{index}].name", sysctl.name
        if not name:
            yield missing(where)
        elif len(name) > SYSCTL_MAX or _sysctl.fullmatch(name) is None:
            yield invalid_value(
                where, name, f"must have at most {SYSCTL_MAX} characters and match regex {SYSCTL_PATTERN}"
            )
        elif name in seen:
            yield FieldError(where, "FieldValueDuplicate", f'Duplicate value: "{name}"')
        seen[name] = None


POD_SECURITY = Rows(
    core.PodSecurityContext,
    {
        "fsGroup": user_id,
        "runAsUser": user_id,
        "runAsGroup": user_id,
        "supplementalGroups": each(user_id),
        "sysctls": _sysctls,
        "fsGroupChangePolicy": choice,
        "seccompProfile": Rows(core.SeccompProfile, SECCOMP, declared=False),
        "windowsOptions": _windows,
        "appArmorProfile": _app_armor,
        "supplementalGroupsPolicy": choice,
        "seLinuxChangePolicy": one_of("Recursive"),
    },
    declared=False,
)


def pod_security(spec: Any) -> Iterator[FieldError]:
    """A pod's security context, with what of the host's the pod shares."""
    context = spec.security_context
    if spec.share_process_namespace and spec.host_pid:
        text = "ShareProcessNamespace and HostPID cannot both be enabled"
        yield invalid_value("securityContext.shareProcessNamespace", True, text)
    if context is None:
        return
    for index, sysctl in enumerate(context.sysctls):
        where, name = f"securityContext.sysctls[{index}].name", sysctl.name.replace("/", ".")
        if spec.host_network and name.startswith(NET_SYSCTLS):
            yield invalid_value(where, sysctl.name, "may not be specified when 'hostNetwork' is true")
        elif spec.host_ipc and name.startswith(IPC_SYSCTLS):
            yield invalid_value(where, sysctl.name, "may not be specified when 'hostIPC' is true")


def host_users(spec: Any) -> bool:
    """Whether the users of a pod are those of its host."""
    return spec.host_users is not False


def own_users(spec: Any) -> Iterator[FieldError]:
    """A pod with users of its own shares nothing else of the host, and has no raw devices."""
    if host_users(spec):
        return
    for name, value in (("hostNetwork", spec.host_network), ("HostPID", spec.host_pid), ("HostIPC", spec.host_ipc)):
        if value:
            yield forbidden_field(name, "when `hostUsers` is false")
    for where, container in containers_of(spec):
        if container.volume_devices:
            yield forbidden_field(f"{where}.volumeDevices", "when `hostUsers` is false")


def containers_of(spec: Any) -> Iterator[tuple[str, Any]]:
    """All containers of a pod by their paths, in the order in which the server visits them."""
    for name, containers in (
        ("initContainers", spec.init_containers),
        ("containers", spec.containers),
        ("ephemeralContainers", spec.ephemeral_containers),
    ):
        for index, container in enumerate(containers):
            yield f"{name}[{index}]", container


# Operating systems

OF_LINUX = (
    ("securityContext.appArmorProfile", lambda spec: spec.security_context.app_armor_profile),
    ("securityContext.seLinuxOptions", lambda spec: spec.security_context.se_linux_options),
    ("hostUsers", lambda spec: spec.host_users),
    ("hostPID", lambda spec: spec.host_pid or None),
    ("hostIPC", lambda spec: spec.host_ipc or None),
    ("securityContext.seccompProfile", lambda spec: spec.security_context.seccomp_profile),
    ("securityContext.fsGroup", lambda spec: spec.security_context.fs_group),
    ("securityContext.fsGroupChangePolicy", lambda spec: spec.security_context.fs_group_change_policy),
    ("securityContext.sysctls", lambda spec: spec.security_context.sysctls or None),
    ("shareProcessNamespace", lambda spec: spec.share_process_namespace),
    ("securityContext.runAsUser", lambda spec: spec.security_context.run_as_user),
    ("securityContext.runAsGroup", lambda spec: spec.security_context.run_as_group),
    ("securityContext.supplementalGroups", lambda spec: spec.security_context.supplemental_groups or None),
    ("securityContext.supplementalGroupsPolicy", lambda spec: spec.security_context.supplemental_groups_policy),
    ("securityContext.seLinuxChangePolicy", lambda spec: spec.security_context.se_linux_change_policy),
)
"""What only a pod on Linux has, in the order in which the server complains of it."""

OF_LINUX_CONTAINERS = {
    "appArmorProfile": "app_armor_profile",
    "seLinuxOptions": "se_linux_options",
    "seccompProfile": "seccomp_profile",
    "capabilities": "capabilities",
    "readOnlyRootFilesystem": "read_only_root_filesystem",
    "privileged": "privileged",
    "allowPrivilegeEscalation": "allow_privilege_escalation",
    "procMount": "proc_mount",
    "runAsUser": "run_as_user",
    "runAsGroup": "run_as_group",
}


def system(spec: Any) -> Iterator[FieldError]:
    """A pod that says its operating system has nothing of the other."""
    if spec.os is None:
        return
    if not spec.os.name:
        yield missing("os.name")
    elif spec.os.name not in ("linux", "windows"):
        yield not_supported("os", spec.os.name, ("linux", "windows"))
    elif spec.os.name == "linux":
        yield from _not_windows(spec)
    else:
        yield from _not_linux(spec)


def _not_windows(spec: Any) -> Iterator[FieldError]:
    contexts = [("", spec), *((f"{where}.", container) for where, container in containers_of(spec))]
    for where, holder in contexts:
        if holder.security_context is not None and holder.security_context.windows_options is not None:
            where = f"{where}securityContext.windowsOptions"
            yield forbidden_field(where, "windows options cannot be set for a linux pod")


def _not_linux(spec: Any) -> Iterator[FieldError]:
    text = "cannot be set for a windows pod"
    if spec.security_context is not None:
        yield from (forbidden_field(path, text) for path, read in OF_LINUX if read(spec) is not None)
    for where, container in containers_of(spec):
        context = container.security_context
        for name, attribute in OF_LINUX_CONTAINERS.items() if context is not None else ():
            if getattr(context, attribute) is not None:
                yield forbidden_field(f"{where}.securityContext.{name}", text)


def host_processes(spec: Any) -> Iterable[FieldError]:
    """On Windows either all containers run as processes of the host, and in its network, or none."""
    for holder in (spec, *spec.init_containers, *spec.containers, *spec.ephemeral_containers):
        if holder.security_context is not None and holder.security_context.windows_options is not None:
            return _of_host(spec)
    return NONE


def _of_host(spec: Any) -> Iterator[FieldError]:
    of_pod = _host_process(spec)
    containers = list(containers_of(spec))
    counted = 0
    for where, container in containers:
        own = _host_process(container)
        if of_pod is not None and own is not None and own != of_pod:
            shown = "true" if of_pod else "false"
            text = f"pod hostProcess value must be identical if both are specified, was {shown}"
            yield invalid_value(f"{where}.securityContext.windowsOptions.hostProcess", own, text)
        counted += bool(of_pod if own is None else own)
    if counted:
        if counted != len(containers):
            text = "If pod contains any hostProcess containers then all containers must be HostProcess containers"
            yield invalid_value("", "", text)
        if not spec.host_network:
            yield invalid_value(
                "hostNetwork", False, "hostNetwork must be true if pod contains any hostProcess containers"
            )


def _host_process(holder: Any) -> bool | None:
    context = holder.security_context
    options = context.windows_options if context is not None else None
    found: bool | None = options.host_process if options is not None else None
    return found
