"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from ..declare import Int64, pointer
from ..model import Struct
API_VERSION = 'v1'
PACKAGE = 'io.k8s.api.core.v1'
AppArmorProfileType = Literal['Localhost', 'RuntimeDefault', 'Unconfined']
Capability = str
PodFSGroupChangePolicy = Literal['Always', 'OnRootMismatch']
PodSELinuxChangePolicy = str
ProcMountType = Literal['Default', 'Unmasked']
SeccompProfileType = Literal['Localhost', 'RuntimeDefault', 'Unconfined']
SupplementalGroupsPolicy = Literal['Merge', 'Strict']

class PodSecurityContext(Struct):
    se_linux_options: SELinuxOptions | None
    windows_options: WindowsSecurityContextOptions | None
    run_as_user: Int64 | None
    run_as_group: Int64 | None
    run_as_non_root: bool | None
    supplemental_groups: tuple[Int64, ...]
    supplemental_groups_policy: SupplementalGroupsPolicy | None
    fs_group: Int64 | None
    sysctls: tuple[Sysctl, ...]
    fs_group_change_policy: PodFSGroupChangePolicy | None
    seccomp_profile: SeccompProfile | None
    app_armor_profile: AppArmorProfile | None
    se_linux_change_policy: PodSELinuxChangePolicy | None
    def __init__(self, *,
        se_linux_options: SELinuxOptions | Mapping[str, Any] | None = ...,
        windows_options: WindowsSecurityContextOptions | Mapping[str, Any] | None = ..., run_as_user: Int64 | None =
        ..., run_as_group: Int64 | None = ..., run_as_non_root: bool | None = ...,
        supplemental_groups: Sequence[Int64] | None = ..., supplemental_groups_policy: SupplementalGroupsPolicy | None =
        ..., fs_group: Int64 | None = ..., sysctls: Sequence[Sysctl | Mapping[str, Any]] | None = ...,
        fs_group_change_policy: PodFSGroupChangePolicy | None = ...,
        seccomp_profile: SeccompProfile | Mapping[str, Any] | None = ...,
        app_armor_profile: AppArmorProfile | Mapping[str, Any] | None = ...,
        se_linux_change_policy: PodSELinuxChangePolicy | None = ...
    ) -> None: ...

class SELinuxOptions(Struct):
    user: str | None
    role: str | None
    type: str | None
    level: str | None
    def __init__(self, *,
        user: str | None = ..., role: str | None = ..., type: str | None = ..., level: str | None = ...
    ) -> None: ...

class WindowsSecurityContextOptions(Struct):
    gmsa_credential_spec_name: str | None
    gmsa_credential_spec: str | None
    run_as_user_name: str | None
    host_process: bool | None
    def __init__(self, *,
        gmsa_credential_spec_name: str | None = ..., gmsa_credential_spec: str | None = ...,
        run_as_user_name: str | None = ..., host_process: bool | None = ...
    ) -> None: ...

class Sysctl(Struct):
    name: str
    value: str
    def __init__(self, *, name: str | None = ..., value: str | None = ...) -> None: ...

class SeccompProfile(Struct):
    type: SeccompProfileType
    localhost_profile: str | None
    def __init__(self, *, type: SeccompProfileType | None = ..., localhost_profile: str | None = ...) -> None: ...

class AppArmorProfile(Struct):
    type: AppArmorProfileType
    localhost_profile: str | None
    def __init__(self, *, type: AppArmorProfileType | None = ..., localhost_profile: str | None = ...) -> None: ...

class SecurityContext(Struct):
    capabilities: Capabilities | None
    privileged: bool | None
    se_linux_options: SELinuxOptions | None
    windows_options: WindowsSecurityContextOptions | None
    run_as_user: Int64 | None
    run_as_group: Int64 | None
    run_as_non_root: bool | None
    read_only_root_filesystem: bool | None
    allow_privilege_escalation: bool | None
    proc_mount: ProcMountType | None
    seccomp_profile: SeccompProfile | None
    app_armor_profile: AppArmorProfile | None
    def __init__(self, *,
        capabilities: Capabilities | Mapping[str, Any] | None = ..., privileged: bool | None = ...,
        se_linux_options: SELinuxOptions | Mapping[str, Any] | None = ...,
        windows_options: WindowsSecurityContextOptions | Mapping[str, Any] | None = ..., run_as_user: Int64 | None =
        ..., run_as_group: Int64 | None = ..., run_as_non_root: bool | None = ...,
        read_only_root_filesystem: bool | None = ..., allow_privilege_escalation: bool | None = ...,
        proc_mount: ProcMountType | None = ..., seccomp_profile: SeccompProfile | Mapping[str, Any] | None = ...,
        app_armor_profile: AppArmorProfile | Mapping[str, Any] | None = ...
    ) -> None: ...

class Capabilities(Struct):
    add: tuple[Capability, ...]
    drop: tuple[Capability, ...]
    def __init__(self, *,
        add: list[Capability] | tuple[Capability, ...] | None = ...,
        drop: list[Capability] | tuple[Capability, ...] | None = ...
    ) -> None: ...
