"""Containers: image, environment, ports, probes, hooks, resources, and their status."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from ..declare import Int64, IntOrString, Quantity, Time, always, field, keyed, pointer, required, unique
from ..model import Struct

if TYPE_CHECKING:
    from .persistent import ResourceList
    from .security import SecurityContext
    from .volume import VolumeDevice, VolumeMount, VolumeMountStatus

API_VERSION = "v1"
PACKAGE = "io.k8s.api.core.v1"

ContainerRestartPolicy = str
ContainerRestartRuleAction = str
ContainerRestartRuleOnExitCodesOperator = str
Protocol = Literal["SCTP", "TCP", "UDP"]
PullPolicy = Literal["Always", "IfNotPresent", "Never"]
ResourceHealthStatus = str
ResourceID = str
ResourceName = str
ResourceResizeRestartPolicy = str
# fmt: off
Signal = Literal[
    "SIGABRT", "SIGALRM", "SIGBUS", "SIGCHLD", "SIGCLD", "SIGCONT", "SIGFPE", "SIGHUP", "SIGILL", "SIGINT", "SIGIO",
    "SIGIOT", "SIGKILL", "SIGPIPE", "SIGPOLL", "SIGPROF", "SIGPWR", "SIGQUIT", "SIGRTMAX", "SIGRTMAX-1",
    "SIGRTMAX-10", "SIGRTMAX-11", "SIGRTMAX-12", "SIGRTMAX-13", "SIGRTMAX-14", "SIGRTMAX-2", "SIGRTMAX-3",
    "SIGRTMAX-4", "SIGRTMAX-5", "SIGRTMAX-6", "SIGRTMAX-7", "SIGRTMAX-8", "SIGRTMAX-9", "SIGRTMIN", "SIGRTMIN+1",
    "SIGRTMIN+10", "SIGRTMIN+11", "SIGRTMIN+12", "SIGRTMIN+13", "SIGRTMIN+14", "SIGRTMIN+15", "SIGRTMIN+2",
    "SIGRTMIN+3", "SIGRTMIN+4", "SIGRTMIN+5", "SIGRTMIN+6", "SIGRTMIN+7", "SIGRTMIN+8", "SIGRTMIN+9", "SIGSEGV",
    "SIGSTKFLT", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGUSR1",
    "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ"
]
# fmt: on
TerminationMessagePolicy = Literal["File", "FallbackToLogsOnError"]
URIScheme = Literal["HTTP", "HTTPS"]


class _Container(Struct, abstract=True):
    """What the containers of a pod have in common, whenever they were put into it."""

    name: str
    image: str | None
    command: tuple[str, ...]
    args: tuple[str, ...]
    working_dir: str | None
    ports: tuple[ContainerPort, ...] = keyed("containerPort", "protocol", merge="containerPort")
    env_from: tuple[EnvFromSource, ...]
    env: tuple[EnvVar, ...] = keyed("name", merge="name")
    resources: ResourceRequirements
    resize_policy: tuple[ContainerResizePolicy, ...]
    restart_policy: ContainerRestartPolicy | None = pointer
    restart_policy_rules: tuple[ContainerRestartRule, ...]
    volume_mounts: tuple[VolumeMount, ...] = keyed("mountPath", merge="mountPath")
    volume_devices: tuple[VolumeDevice, ...] = keyed("devicePath", merge="devicePath")
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
    """One process tree of a pod: an image, how to start it, and what it may use."""


class ContainerPort(Struct):
    """A port on which a container listens."""

    name: str | None
    host_port: int | None
    container_port: int
    protocol: Protocol | None = field(default="TCP")
    host_ip: str | None = field(json="hostIP")


class EnvFromSource(Struct):
    """Environment variables from all keys of a config map or secret."""

    prefix: str | None
    config_map_ref: ConfigMapEnvSource | None
    secret_ref: SecretEnvSource | None


class ConfigMapEnvSource(Struct):
    """The config map whose keys become environment variables."""

    name: str | None = field(default="")
    optional: bool | None = pointer


class SecretEnvSource(Struct):
    """The secret whose keys become environment variables."""

    name: str | None = field(default="")
    optional: bool | None = pointer


class EnvVar(Struct):
    """An environment variable."""

    name: str
    value: str | None
    value_from: EnvVarSource | None


class EnvVarSource(Struct):
    """Where the value of an environment variable comes from."""

    field_ref: ObjectFieldSelector | None
    resource_field_ref: ResourceFieldSelector | None
    config_map_key_ref: ConfigMapKeySelector | None
    secret_key_ref: SecretKeySelector | None
    file_key_ref: FileKeySelector | None


class ObjectFieldSelector(Struct, map_type="atomic"):
    """A field of the pod itself."""

    api_version: str | None
    field_path: str


class ResourceFieldSelector(Struct, map_type="atomic"):
    """A resource of a container, in units of a divisor."""

    container_name: str | None
    resource: str
    divisor: Quantity = field(required=False)


class ConfigMapKeySelector(Struct, map_type="atomic"):
    """A key of a config map."""

    name: str | None = field(default="")
    key: str
    optional: bool | None = pointer


class SecretKeySelector(Struct, map_type="atomic"):
    """A key of a secret."""

    name: str | None = field(default="")
    key: str
    optional: bool | None = pointer


class FileKeySelector(Struct, map_type="atomic"):
    """A variable in a file on a volume."""

    volume_name: str
    path: str
    key: str
    optional: bool | None = field(pointer=True, default=False)


class ResourceRequirements(Struct):
    """What a container asks for and what it may use at most."""

    limits: ResourceList
    requests: ResourceList
    claims: tuple[ResourceClaim, ...] = keyed("name")


class ResourceClaim(Struct):
    """A claim of the pod that a container uses."""

    name: str
    request: str | None


class ContainerResizePolicy(Struct):
    """Whether a change of a resource restarts the container."""

    resource_name: ResourceName
    restart_policy: ResourceResizeRestartPolicy


class ContainerRestartRule(Struct):
    """What to do when a container ends in a certain way."""

    action: ContainerRestartRuleAction | None = required
    exit_codes: ContainerRestartRuleOnExitCodes | None


class ContainerRestartRuleOnExitCodes(Struct):
    """Exit codes that a restart rule is about."""

    operator: ContainerRestartRuleOnExitCodesOperator | None = required
    values: tuple[int, ...] = unique


class Probe(Struct):
    """How and how often the health of a container is examined."""

    _exec: ExecAction | None
    http_get: HTTPGetAction | None
    tcp_socket: TCPSocketAction | None
    grpc: GRPCAction | None
    initial_delay_seconds: int | None
    timeout_seconds: int | None
    period_seconds: int | None
    success_threshold: int | None
    failure_threshold: int | None
    termination_grace_period_seconds: Int64 | None = pointer


class ExecAction(Struct):
    """A command to run in the container."""

    command: tuple[str, ...]


class HTTPGetAction(Struct):
    """An HTTP request."""

    path: str | None
    port: IntOrString
    host: str | None
    scheme: URIScheme | None
    http_headers: tuple[HTTPHeader, ...]


class HTTPHeader(Struct):
    """A header of an HTTP request."""

    name: str
    value: str


class TCPSocketAction(Struct):
    """A TCP connection."""

    port: IntOrString
    host: str | None


class GRPCAction(Struct):
    """A call of the gRPC health service."""

    port: int
    service: str | None = field(pointer=True, always=True, default="", required=False)


class Lifecycle(Struct):
    """What to do when a container has started, and before it stops."""

    post_start: LifecycleHandler | None
    pre_stop: LifecycleHandler | None
    stop_signal: Signal | None = pointer


class LifecycleHandler(Struct):
    """What to do when a container has started or is about to stop."""

    _exec: ExecAction | None
    http_get: HTTPGetAction | None
    tcp_socket: TCPSocketAction | None
    sleep: SleepAction | None


class SleepAction(Struct):
    """A time to wait."""

    seconds: Int64


class ContainerStatus(Struct):
    """What is known about a container."""

    name: str
    state: ContainerState
    last_state: ContainerState
    ready: bool
    restart_count: int
    image: str
    image_id: str = field(json="imageID")
    container_id: str | None = field(json="containerID")
    started: bool | None = pointer
    allocated_resources: ResourceList
    resources: ResourceRequirements | None
    volume_mounts: tuple[VolumeMountStatus, ...] = keyed("mountPath", merge="mountPath")
    user: ContainerUser | None
    allocated_resources_status: tuple[ResourceStatus, ...] = keyed("name", merge="name")
    stop_signal: Signal | None = pointer


class ContainerState(Struct):
    """Whether a container waits, runs, or has ended."""

    waiting: ContainerStateWaiting | None
    running: ContainerStateRunning | None
    terminated: ContainerStateTerminated | None


class ContainerStateWaiting(Struct):
    """Why a container does not run yet."""

    reason: str | None
    message: str | None


class ContainerStateRunning(Struct):
    """Since when a container runs."""

    started_at: Time | None = always


class ContainerStateTerminated(Struct):
    """How a container ended."""

    exit_code: int
    signal: int | None
    reason: str | None
    message: str | None
    started_at: Time | None = always
    finished_at: Time | None = always
    container_id: str | None = field(json="containerID")


class ContainerUser(Struct):
    """As whom the first process of a container runs."""

    linux: LinuxContainerUser | None


class LinuxContainerUser(Struct):
    """The user and group numbers of the first process of a container."""

    uid: Int64
    gid: Int64
    supplemental_groups: tuple[Int64, ...]


class ResourceStatus(Struct):
    """The health of the devices that a container got."""

    name: ResourceName
    resources: tuple[ResourceHealth, ...] = keyed("resourceID")


class ResourceHealth(Struct):
    """The health of one device."""

    resource_id: ResourceID = field(json="resourceID")
    health: ResourceHealthStatus | None
    message: str | None = pointer


class ContainerExtendedResourceRequest(Struct):
    """Which request of a claim stands for an extended resource of a container."""

    container_name: str
    resource_name: str
    request_name: str


class EphemeralContainer(_Container):
    """A container that is put into a running pod to look around."""

    target_container_name: str | None
