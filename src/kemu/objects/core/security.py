"""What a process in a pod is allowed to do."""

from __future__ import annotations

from typing import Literal

from ..declare import Int64, pointer
from ..model import Struct

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"

AppArmorProfileType = Literal["Localhost", "RuntimeDefault", "Unconfined"]
Capability = str
PodFSGroupChangePolicy = Literal["Always", "OnRootMismatch"]
PodSELinuxChangePolicy = str
ProcMountType = Literal["Default", "Unmasked"]
SeccompProfileType = Literal["Localhost", "RuntimeDefault", "Unconfined"]
SupplementalGroupsPolicy = Literal["Merge", "Strict"]


class PodSecurityContext(Struct):
    """What the processes of a pod are allowed to do, and as whom they run."""

    se_linux_options: SELinuxOptions | None
    windows_options: WindowsSecurityContextOptions | None
    run_as_user: Int64 | None = pointer
    run_as_group: Int64 | None = pointer
    run_as_non_root: bool | None = pointer
    supplemental_groups: tuple[Int64, ...]
    supplemental_groups_policy: SupplementalGroupsPolicy | None = pointer
    fs_group: Int64 | None = pointer
    sysctls: tuple[Sysctl, ...]
    fs_group_change_policy: PodFSGroupChangePolicy | None = pointer
    seccomp_profile: SeccompProfile | None
    app_armor_profile: AppArmorProfile | None
    se_linux_change_policy: PodSELinuxChangePolicy | None = pointer


class SELinuxOptions(Struct):
    """The SELinux context of a process."""

    user: str | None
    role: str | None
    type: str | None
    level: str | None


class WindowsSecurityContextOptions(Struct):
    """As whom a process runs on Windows."""

    gmsa_credential_spec_name: str | None = pointer
    gmsa_credential_spec: str | None = pointer
    run_as_user_name: str | None = pointer
    host_process: bool | None = pointer


class Sysctl(Struct):
    """A parameter of the kernel."""

    name: str
    value: str


class SeccompProfile(
    Struct, unions=({"discriminator": "type", "fields-to-discriminateBy": {"localhostProfile": "LocalhostProfile"}},)
):
    """The filter for system calls."""

    type: SeccompProfileType
    localhost_profile: str | None = pointer


class AppArmorProfile(
    Struct, unions=({"discriminator": "type", "fields-to-discriminateBy": {"localhostProfile": "LocalhostProfile"}},)
):
    """The AppArmor profile."""

    type: AppArmorProfileType
    localhost_profile: str | None = pointer


class SecurityContext(Struct):
    """What the processes of a container are allowed to do, and as whom they run."""

    capabilities: Capabilities | None
    privileged: bool | None = pointer
    se_linux_options: SELinuxOptions | None
    windows_options: WindowsSecurityContextOptions | None
    run_as_user: Int64 | None = pointer
    run_as_group: Int64 | None = pointer
    run_as_non_root: bool | None = pointer
    read_only_root_filesystem: bool | None = pointer
    allow_privilege_escalation: bool | None = pointer
    proc_mount: ProcMountType | None = pointer
    seccomp_profile: SeccompProfile | None
    app_armor_profile: AppArmorProfile | None


class Capabilities(Struct):
    """Capabilities of the kernel that a container gets or gives up."""

    add: tuple[Capability, ...]
    drop: tuple[Capability, ...]
