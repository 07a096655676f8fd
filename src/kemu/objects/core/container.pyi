"""Written by `python -m kemu.objects.stubs`."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from kemu.objects import meta
from kemu.values.quantity import Quantity
from ..declare import Int64, IntOrString, Quantity, Time, always, field, keyed, pointer, required, unique
from ..model import Struct
from .persistent import ResourceList
from .security import SecurityContext
from .volume import VolumeDevice, VolumeMount, VolumeMountStatus
API_VERSION = 'v1'
PACKAGE = 'io.k8s.api.core.v1'
ContainerRestartPolicy = str
ContainerRestartRuleAction = str
ContainerRestartRuleOnExitCodesOperator = str
Protocol = Literal['SCTP', 'TCP', 'UDP']
PullPolicy = Literal['Always', 'IfNotPresent', 'Never']
ResourceHealthStatus = str
ResourceID = str
ResourceName = str
ResourceResizeRestartPolicy = str
Signal = Literal[
    'SIGABRT', 'SIGALRM', 'SIGBUS', 'SIGCHLD', 'SIGCLD', 'SIGCONT', 'SIGFPE', 'SIGHUP', 'SIGILL', 'SIGINT', 'SIGIO',
    'SIGIOT', 'SIGKILL', 'SIGPIPE', 'SIGPOLL', 'SIGPROF', 'SIGPWR', 'SIGQUIT', 'SIGRTMAX', 'SIGRTMAX-1', 'SIGRTMAX-10',
    'SIGRTMAX-11', 'SIGRTMAX-12', 'SIGRTMAX-13', 'SIGRTMAX-14', 'SIGRTMAX-2', 'SIGRTMAX-3', 'SIGRTMAX-4', 'SIGRTMAX-5',
    'SIGRTMAX-6', 'SIGRTMAX-7', 'SIGRTMAX-8', 'SIGRTMAX-9', 'SIGRTMIN', 'SIGRTMIN+1', 'SIGRTMIN+10', 'SIGRTMIN+11',
    'SIGRTMIN+12', 'SIGRTMIN+13', 'SIGRTMIN+14', 'SIGRTMIN+15', 'SIGRTMIN+2', 'SIGRTMIN+3', 'SIGRTMIN+4', 'SIGRTMIN+5',
    'SIGRTMIN+6', 'SIGRTMIN+7', 'SIGRTMIN+8', 'SIGRTMIN+9', 'SIGSEGV', 'SIGSTKFLT', 'SIGSTOP', 'SIGSYS', 'SIGTERM',
    'SIGTRAP', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU', 'SIGURG', 'SIGUSR1', 'SIGUSR2', 'SIGVTALRM', 'SIGWINCH', 'SIGXCPU',
    'SIGXFSZ'
]
TerminationMessagePolicy = Literal['File', 'FallbackToLogsOnError']
URIScheme = Literal['HTTP', 'HTTPS']

class _Container(Struct):
    name: str
    image: str | None
    command: tuple[str, ...]
    args: tuple[str, ...]
    working_dir: str | None
    ports: tuple[ContainerPort, ...]
    env_from: tuple[EnvFromSource, ...]
    env: tuple[EnvVar, ...]
    resources: ResourceRequirements
    resize_policy: tuple[ContainerResizePolicy, ...]
    restart_policy: ContainerRestartPolicy | None
    restart_policy_rules: tuple[ContainerRestartRule, ...]
    volume_mounts: tuple[VolumeMount, ...]
    volume_devices: tuple[VolumeDevice, ...]
    liveness_probe: Probe | None
    readiness_probe: Probe | None
    startup_probe: Probe | None
    lifecycle: Lifecycle | None
    termination_message_path: str | None
    termination_message_policy: TerminationMessagePolicy | None
    image_pull_policy: PullPolicy | None
    security_context: SecurityContext | None
    stdin: bool | None
    stdin_once: bool | None
    tty: bool | None

class Container(_Container):
    def __init__(self, *,
        name: str | None = ..., image: str | None = ..., command: list[str] | tuple[str, ...] | None = ...,
        args: list[str] | tuple[str, ...] | None = ..., working_dir: str | None = ...,
        ports: Sequence[ContainerPort | Mapping[str, Any]] | None = ...,
        env_from: Sequence[EnvFromSource | Mapping[str, Any]] | None = ...,
        env: Sequence[EnvVar | Mapping[str, Any]] | None = ...,
        resources: ResourceRequirements | Mapping[str, Any] | None = ...,
        resize_policy: Sequence[ContainerResizePolicy | Mapping[str, Any]] | None = ...,
        restart_policy: ContainerRestartPolicy | None = ...,
        restart_policy_rules: Sequence[ContainerRestartRule | Mapping[str, Any]] | None = ...,
        volume_mounts: Sequence[VolumeMount | Mapping[str, Any]] | None = ...,
        volume_devices: Sequence[VolumeDevice | Mapping[str, Any]] | None = ...,
        liveness_probe: Probe | Mapping[str, Any] | None = ..., readiness_probe: Probe | Mapping[str, Any] | None = ...,
        startup_probe: Probe | Mapping[str, Any] | None = ..., lifecycle: Lifecycle | Mapping[str, Any] | None = ...,
        termination_message_path: str | None = ..., termination_message_policy: TerminationMessagePolicy | None = ...,
        image_pull_policy: PullPolicy | None = ..., security_context: SecurityContext | Mapping[str, Any] | None = ...,
        stdin: bool | None = ..., stdin_once: bool | None = ..., tty: bool | None = ...
    ) -> None: ...

class ContainerPort(Struct):
    name: str | None
    host_port: int | None
    container_port: int
    protocol: Protocol | None
    host_ip: str | None
    def __init__(self, *,
        name: str | None = ..., host_port: int | None = ..., container_port: int | None = ...,
        protocol: Protocol | None = ..., host_ip: str | None = ...
    ) -> None: ...

class EnvFromSource(Struct):
    prefix: str | None
    config_map_ref: ConfigMapEnvSource | None
    secret_ref: SecretEnvSource | None
    def __init__(self, *,
        prefix: str | None = ..., config_map_ref: ConfigMapEnvSource | Mapping[str, Any] | None = ...,
        secret_ref: SecretEnvSource | Mapping[str, Any] | None = ...
    ) -> None: ...

class ConfigMapEnvSource(Struct):
    name: str | None
    optional: bool | None
    def __init__(self, *, name: str | None = ..., optional: bool | None = ...) -> None: ...

class SecretEnvSource(Struct):
    name: str | None
    optional: bool | None
    def __init__(self, *, name: str | None = ..., optional: bool | None = ...) -> None: ...

class EnvVar(Struct):
    name: str
    value: str | None
    value_from: EnvVarSource | None
    def __init__(self, *,
        name: str | None = ..., value: str | None = ..., value_from: EnvVarSource | Mapping[str, Any] | None = ...
    ) -> None: ...

class EnvVarSource(Struct):
    field_ref: ObjectFieldSelector | None
    resource_field_ref: ResourceFieldSelector | None
    config_map_key_ref: ConfigMapKeySelector | None
    secret_key_ref: SecretKeySelector | None
    file_key_ref: FileKeySelector | None
    def __init__(self, *,
        field_ref: ObjectFieldSelector | Mapping[str, Any] | None = ...,
        resource_field_ref: ResourceFieldSelector | Mapping[str, Any] | None = ...,
        config_map_key_ref: ConfigMapKeySelector | Mapping[str, Any] | None = ...,
        secret_key_ref: SecretKeySelector | Mapping[str, Any] | None = ...,
        file_key_ref: FileKeySelector | Mapping[str, Any] | None = ...
    ) -> None: ...

class ObjectFieldSelector(Struct):
    api_version: str | None
    field_path: str
    def __init__(self, *, api_version: str | None = ..., field_path: str | None = ...) -> None: ...

class ResourceFieldSelector(Struct):
    container_name: str | None
    resource: str
    divisor: Quantity
    def __init__(self, *,
        container_name: str | None = ..., resource: str | None = ..., divisor: Quantity | str | int | float | None = ...
    ) -> None: ...

class ConfigMapKeySelector(Struct):
    name: str | None
    key: str
    optional: bool | None
    def __init__(self, *, name: str | None = ..., key: str | None = ..., optional: bool | None = ...) -> None: ...

class SecretKeySelector(Struct):
    name: str | None
    key: str
    optional: bool | None
    def __init__(self, *, name: str | None = ..., key: str | None = ..., optional: bool | None = ...) -> None: ...

class FileKeySelector(Struct):
    volume_name: str
    path: str
    key: str
    optional: bool | None
    def __init__(self, *,
        volume_name: str | None = ..., path: str | None = ..., key: str | None = ..., optional: bool | None = ...
    ) -> None: ...

class ResourceRequirements(Struct):
    limits: ResourceList
    requests: ResourceList
    claims: tuple[ResourceClaim, ...]
    def __init__(self, *,
        limits: Mapping[str, Quantity | str | int | float] | None = ...,
        requests: Mapping[str, Quantity | str | int | float] | None = ...,
        claims: Sequence[ResourceClaim | Mapping[str, Any]] | None = ...
    ) -> None: ...

class ResourceClaim(Struct):
    name: str
    request: str | None
    def __init__(self, *, name: str | None = ..., request: str | None = ...) -> None: ...

class ContainerResizePolicy(Struct):
    resource_name: ResourceName
    restart_policy: ResourceResizeRestartPolicy
    def __init__(self, *,
        resource_name: ResourceName | None = ..., restart_policy: ResourceResizeRestartPolicy | None = ...
    ) -> None: ...

class ContainerRestartRule(Struct):
    action: ContainerRestartRuleAction | None
    exit_codes: ContainerRestartRuleOnExitCodes | None
    def __init__(self, *,
        action: ContainerRestartRuleAction | None = ...,
        exit_codes: ContainerRestartRuleOnExitCodes | Mapping[str, Any] | None = ...
    ) -> None: ...

class ContainerRestartRuleOnExitCodes(Struct):
    operator: ContainerRestartRuleOnExitCodesOperator | None
    values: tuple[int, ...]
    def __init__(self, *,
        operator: ContainerRestartRuleOnExitCodesOperator | None = ..., values: Sequence[int] | None = ...
    ) -> None: ...

class Probe(Struct):
    _exec: ExecAction | None
    http_get: HTTPGetAction | None
    tcp_socket: TCPSocketAction | None
    grpc: GRPCAction | None
    initial_delay_seconds: int | None
    timeout_seconds: int | None
    period_seconds: int | None
    success_threshold: int | None
    failure_threshold: int | None
    termination_grace_period_seconds: Int64 | None
    def __init__(self, *,
        _exec: ExecAction | Mapping[str, Any] | None = ..., http_get: HTTPGetAction | Mapping[str, Any] | None = ...,
        tcp_socket: TCPSocketAction | Mapping[str, Any] | None = ..., grpc: GRPCAction | Mapping[str, Any] | None = ...,
        initial_delay_seconds: int | None = ..., timeout_seconds: int | None = ..., period_seconds: int | None = ...,
        success_threshold: int | None = ..., failure_threshold: int | None = ...,
        termination_grace_period_seconds: Int64 | None = ...
    ) -> None: ...

class ExecAction(Struct):
    command: tuple[str, ...]
    def __init__(self, *, command: list[str] | tuple[str, ...] | None = ...) -> None: ...

class HTTPGetAction(Struct):
    path: str | None
    port: IntOrString
    host: str | None
    scheme: URIScheme | None
    http_headers: tuple[HTTPHeader, ...]
    def __init__(self, *,
        path: str | None = ..., port: IntOrString | None = ..., host: str | None = ..., scheme: URIScheme | None = ...,
        http_headers: Sequence[HTTPHeader | Mapping[str, Any]] | None = ...
    ) -> None: ...

class HTTPHeader(Struct):
    name: str
    value: str
    def __init__(self, *, name: str | None = ..., value: str | None = ...) -> None: ...

class TCPSocketAction(Struct):
    port: IntOrString
    host: str | None
    def __init__(self, *, port: IntOrString | None = ..., host: str | None = ...) -> None: ...

class GRPCAction(Struct):
    port: int
    service: str | None
    def __init__(self, *, port: int | None = ..., service: str | None = ...) -> None: ...

class Lifecycle(Struct):
    post_start: LifecycleHandler | None
    pre_stop: LifecycleHandler | None
    stop_signal: Signal | None
    def __init__(self, *,
        post_start: LifecycleHandler | Mapping[str, Any] | None = ...,
        pre_stop: LifecycleHandler | Mapping[str, Any] | None = ..., stop_signal: Signal | None = ...
    ) -> None: ...

class LifecycleHandler(Struct):
    _exec: ExecAction | None
    http_get: HTTPGetAction | None
    tcp_socket: TCPSocketAction | None
    sleep: SleepAction | None
    def __init__(self, *,
        _exec: ExecAction | Mapping[str, Any] | None = ..., http_get: HTTPGetAction | Mapping[str, Any] | None = ...,
        tcp_socket: TCPSocketAction | Mapping[str, Any] | None = ...,
        sleep: SleepAction | Mapping[str, Any] | None = ...
    ) -> None: ...

class SleepAction(Struct):
    seconds: Int64
    def __init__(self, *, seconds: Int64 | None = ...) -> None: ...

class ContainerStatus(Struct):
    name: str
    state: ContainerState
    last_state: ContainerState
    ready: bool
    restart_count: int
    image: str
    image_id: str
    container_id: str | None
    started: bool | None
    allocated_resources: ResourceList
    resources: ResourceRequirements | None
    volume_mounts: tuple[VolumeMountStatus, ...]
    user: ContainerUser | None
    allocated_resources_status: tuple[ResourceStatus, ...]
    stop_signal: Signal | None
    def __init__(self, *,
        name: str | None = ..., state: ContainerState | Mapping[str, Any] | None = ...,
        last_state: ContainerState | Mapping[str, Any] | None = ..., ready: bool | None = ...,
        restart_count: int | None = ..., image: str | None = ..., image_id: str | None = ..., container_id: str | None =
        ..., started: bool | None = ..., allocated_resources: Mapping[str, Quantity | str | int | float] | None = ...,
        resources: ResourceRequirements | Mapping[str, Any] | None = ...,
        volume_mounts: Sequence[VolumeMountStatus | Mapping[str, Any]] | None = ...,
        user: ContainerUser | Mapping[str, Any] | None = ...,
        allocated_resources_status: Sequence[ResourceStatus | Mapping[str, Any]] | None = ...,
        stop_signal: Signal | None = ...
    ) -> None: ...

class ContainerState(Struct):
    waiting: ContainerStateWaiting | None
    running: ContainerStateRunning | None
    terminated: ContainerStateTerminated | None
    def __init__(self, *,
        waiting: ContainerStateWaiting | Mapping[str, Any] | None = ...,
        running: ContainerStateRunning | Mapping[str, Any] | None = ...,
        terminated: ContainerStateTerminated | Mapping[str, Any] | None = ...
    ) -> None: ...

class ContainerStateWaiting(Struct):
    reason: str | None
    message: str | None
    def __init__(self, *, reason: str | None = ..., message: str | None = ...) -> None: ...

class ContainerStateRunning(Struct):
    started_at: Time | None
    def __init__(self, *, started_at: Time | datetime | str | int | None = ...) -> None: ...

class ContainerStateTerminated(Struct):
    exit_code: int
    signal: int | None
    reason: str | None
    message: str | None
    started_at: Time | None
    finished_at: Time | None
    container_id: str | None
    def __init__(self, *,
        exit_code: int | None = ..., signal: int | None = ..., reason: str | None = ..., message: str | None = ...,
        started_at: Time | datetime | str | int | None = ..., finished_at: Time | datetime | str | int | None = ...,
        container_id: str | None = ...
    ) -> None: ...

class ContainerUser(Struct):
    linux: LinuxContainerUser | None
    def __init__(self, *, linux: LinuxContainerUser | Mapping[str, Any] | None = ...) -> None: ...

class LinuxContainerUser(Struct):
    uid: Int64
    gid: Int64
    supplemental_groups: tuple[Int64, ...]
    def __init__(self, *,
        uid: Int64 | None = ..., gid: Int64 | None = ..., supplemental_groups: Sequence[Int64] | None = ...
    ) -> None: ...

class ResourceStatus(Struct):
    name: ResourceName
    resources: tuple[ResourceHealth, ...]
    def __init__(self, *,
        name: ResourceName | None = ..., resources: Sequence[ResourceHealth | Mapping[str, Any]] | None = ...
    ) -> None: ...

class ResourceHealth(Struct):
    resource_id: ResourceID
    health: ResourceHealthStatus | None
    message: str | None
    def __init__(self, *,
        resource_id: ResourceID | None = ..., health: ResourceHealthStatus | None = ..., message: str | None = ...
    ) -> None: ...

class ContainerExtendedResourceRequest(Struct):
    container_name: str
    resource_name: str
    request_name: str
    def __init__(self, *,
        container_name: str | None = ..., resource_name: str | None = ..., request_name: str | None = ...
    ) -> None: ...

class EphemeralContainer(_Container):
    target_container_name: str | None
    def __init__(self, *,
        name: str | None = ..., image: str | None = ..., command: list[str] | tuple[str, ...] | None = ...,
        args: list[str] | tuple[str, ...] | None = ..., working_dir: str | None = ...,
        ports: Sequence[ContainerPort | Mapping[str, Any]] | None = ...,
        env_from: Sequence[EnvFromSource | Mapping[str, Any]] | None = ...,
        env: Sequence[EnvVar | Mapping[str, Any]] | None = ...,
        resources: ResourceRequirements | Mapping[str, Any] | None = ...,
        resize_policy: Sequence[ContainerResizePolicy | Mapping[str, Any]] | None = ...,
        restart_policy: ContainerRestartPolicy | None = ...,
        restart_policy_rules: Sequence[ContainerRestartRule | Mapping[str, Any]] | None = ...,
        volume_mounts: Sequence[VolumeMount | Mapping[str, Any]] | None = ...,
        volume_devices: Sequence[VolumeDevice | Mapping[str, Any]] | None = ...,
        liveness_probe: Probe | Mapping[str, Any] | None = ..., readiness_probe: Probe | Mapping[str, Any] | None = ...,
        startup_probe: Probe | Mapping[str, Any] | None = ..., lifecycle: Lifecycle | Mapping[str, Any] | None = ...,
        termination_message_path: str | None = ..., termination_message_policy: TerminationMessagePolicy | None = ...,
        image_pull_policy: PullPolicy | None = ..., security_context: SecurityContext | Mapping[str, Any] | None = ...,
        stdin: bool | None = ..., stdin_once: bool | None = ..., tty: bool | None = ...,
        target_container_name: str | None = ...
    ) -> None: ...
