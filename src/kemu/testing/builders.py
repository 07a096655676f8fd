"""Short ways to write the objects that tests need most.

    pod = make_pod("web", image="nginx", cpu="100m", labels={"app": "web"})
    node = make_node("n1", cpu="4", memory="8Gi")
    deployment = make_deployment("web", replicas=3, image="nginx")

Every builder takes `namespace`, `labels` and `annotations`, and further keywords that go into the spec as they are.
Nothing is defaulted that the API server would default; the objects are what a user would have written.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..objects import apps, batch, core, evolve, meta, policy
from ..objects.references import owner_reference

Strings = Mapping[str, str]

PAUSE = "registry.k8s.io/pause:3.10"
"""The image of a container when a test does not care."""


def make_metadata(
    name: str,
    namespace: str | None = "default",
    *,
    labels: Strings | None = None,
    annotations: Strings | None = None,
    owner: Any = None,
    **more: Any,
) -> meta.ObjectMeta:
    """Metadata of an object. `owner` is an object that this one is controlled by."""
    owners = more.pop("owner_references", ()) if owner is None else (owner_reference(owner),)
    return meta.ObjectMeta(
        name=name, namespace=namespace, labels=labels, annotations=annotations, owner_references=owners, **more
    )


def make_container(
    name: str = "main",
    image: str = PAUSE,
    *,
    cpu: Any = None,
    memory: Any = None,
    requests: Mapping[str, Any] | None = None,
    limits: Mapping[str, Any] | None = None,
    ports: Sequence[Any] = (),
    env: Mapping[str, str] | Sequence[Any] = (),
    **more: Any,
) -> core.Container:
    """A container. `cpu` and `memory` are requests; a port is a number or a ContainerPort; `env` may be a dict."""
    wanted = {"cpu": cpu, "memory": memory, **(requests or {})}
    resources = {"requests": {key: value for key, value in wanted.items() if value is not None}, "limits": limits or {}}
    if isinstance(env, Mapping):
        env = [{"name": key, "value": value} for key, value in env.items()]
    return core.Container(
        name=name,
        image=image,
        resources=more.pop("resources", resources),
        ports=[{"container_port": port} if isinstance(port, int) else port for port in ports],
        env=env,
        **more,
    )


def make_pod_spec(
    *, containers: Sequence[Any] | None = None, spec: Mapping[str, Any] | None = None, **container: Any
) -> core.PodSpec:
    """A pod spec with the containers given, or with one that the other keywords describe (see `make_container`)."""
    return core.PodSpec(containers=containers or [make_container(**container)], **(spec or {}))


_POD_FIELDS = frozenset(core.PodSpec._names)


def _pod_spec(fields: dict[str, Any]) -> core.PodSpec:
    """Split keywords into those of the pod and those of its one container."""
    spec = {name: fields.pop(name) for name in list(fields) if name in _POD_FIELDS and name != "containers"}
    if "resources" in spec:
        fields["resources"] = spec.pop("resources")
    return make_pod_spec(spec=spec, **fields)


def make_pod(
    name: str = "pod",
    namespace: str = "default",
    *,
    labels: Strings | None = None,
    annotations: Strings | None = None,
    owner: Any = None,
    phase: str | None = None,
    ready: bool | None = None,
    **fields: Any,
) -> core.Pod:
    """A pod. Keywords are fields of its spec (`node_name`, `tolerations`) or of its one container (`image`, `cpu`).

    `phase` and `ready` give it a status.
    """
    status: dict[str, Any] = {"phase": phase}
    if ready is not None:
        status["conditions"] = [{"type": "Ready", "status": "True" if ready else "False"}]
    return core.Pod(
        metadata=make_metadata(name, namespace, labels=labels, annotations=annotations, owner=owner),
        spec=_pod_spec(fields),
        status=status,
    )


def make_template(labels: Strings, annotations: Strings | None = None, **fields: Any) -> core.PodTemplateSpec:
    """A pod template. Keywords as in `make_pod`."""
    return core.PodTemplateSpec(
        metadata=meta.ObjectMeta(labels=labels, annotations=annotations), spec=_pod_spec(fields)
    )


def make_node(
    name: str = "node",
    *,
    cpu: Any = "4",
    memory: Any = "16Gi",
    pods: Any = 110,
    labels: Strings | None = None,
    annotations: Strings | None = None,
    taints: Sequence[Any] = (),
    ready: bool = True,
    resources: Mapping[str, Any] | None = None,
    **spec: Any,
) -> core.Node:
    """A node that offers `cpu`, `memory`, `pods` and further `resources`, and says whether it is ready."""
    offered = {"cpu": cpu, "memory": memory, "pods": pods, **(resources or {})}
    return core.Node(
        metadata=make_metadata(name, None, labels=labels, annotations=annotations),
        spec=core.NodeSpec(taints=taints, **spec),
        status=core.NodeStatus(
            capacity=offered,
            allocatable=offered,
            conditions=[{"type": "Ready", "status": "True" if ready else "False"}],
        ),
    )


def make_namespace(name: str, *, labels: Strings | None = None, annotations: Strings | None = None) -> core.Namespace:
    """A namespace."""
    return core.Namespace(metadata=make_metadata(name, None, labels=labels, annotations=annotations))


def make_deployment(
    name: str = "web",
    namespace: str = "default",
    *,
    replicas: int = 1,
    labels: Strings | None = None,
    annotations: Strings | None = None,
    spec: Mapping[str, Any] | None = None,
    **pod: Any,
) -> apps.Deployment:
    """A deployment whose pods bear `labels` (`app: <name>` if none are given). Other keywords as in `make_pod`."""
    labels = labels or {"app": name}
    return apps.Deployment(
        metadata=make_metadata(name, namespace, labels=labels, annotations=annotations),
        spec=apps.DeploymentSpec(
            replicas=replicas, selector={"match_labels": labels}, template=make_template(labels, **pod), **(spec or {})
        ),
    )


def make_replica_set(
    name: str = "web",
    namespace: str = "default",
    *,
    replicas: int = 1,
    labels: Strings | None = None,
    owner: Any = None,
    spec: Mapping[str, Any] | None = None,
    **pod: Any,
) -> apps.ReplicaSet:
    """A replica set; keywords as in `make_deployment`."""
    labels = labels or {"app": name}
    return apps.ReplicaSet(
        metadata=make_metadata(name, namespace, labels=labels, owner=owner),
        spec=apps.ReplicaSetSpec(
            replicas=replicas, selector={"match_labels": labels}, template=make_template(labels, **pod), **(spec or {})
        ),
    )


def make_stateful_set(
    name: str = "db",
    namespace: str = "default",
    *,
    replicas: int = 1,
    service_name: str | None = None,
    labels: Strings | None = None,
    claims: Sequence[Any] = (),
    spec: Mapping[str, Any] | None = None,
    **pod: Any,
) -> apps.StatefulSet:
    """A stateful set with the claim templates in `claims`; other keywords as in `make_deployment`."""
    labels = labels or {"app": name}
    return apps.StatefulSet(
        metadata=make_metadata(name, namespace, labels=labels),
        spec=apps.StatefulSetSpec(
            replicas=replicas,
            service_name=service_name or name,
            selector={"match_labels": labels},
            template=make_template(labels, **pod),
            volume_claim_templates=claims,
            **(spec or {}),
        ),
    )


def make_daemon_set(
    name: str = "agent",
    namespace: str = "default",
    *,
    labels: Strings | None = None,
    spec: Mapping[str, Any] | None = None,
    **pod: Any,
) -> apps.DaemonSet:
    """A daemon set; keywords as in `make_deployment`."""
    labels = labels or {"app": name}
    return apps.DaemonSet(
        metadata=make_metadata(name, namespace, labels=labels),
        spec=apps.DaemonSetSpec(
            selector={"match_labels": labels}, template=make_template(labels, **pod), **(spec or {})
        ),
    )


def make_job(
    name: str = "job",
    namespace: str = "default",
    *,
    labels: Strings | None = None,
    restart_policy: str = "Never",
    spec: Mapping[str, Any] | None = None,
    **pod: Any,
) -> batch.Job:
    """A job. `spec` holds fields of the job (`completions`, `parallelism`); other keywords as in `make_pod`."""
    template = make_template(labels or {}, restart_policy=restart_policy, **pod)
    return batch.Job(
        metadata=make_metadata(name, namespace, labels=labels),
        spec=batch.JobSpec(template=template, **(spec or {})),
    )


def make_cron_job(
    name: str = "cron",
    namespace: str = "default",
    *,
    schedule: str = "* * * * *",
    labels: Strings | None = None,
    spec: Mapping[str, Any] | None = None,
    **pod: Any,
) -> batch.CronJob:
    """A cron job. `spec` holds fields of the cron job; other keywords as in `make_job`."""
    job = make_job(name, namespace, labels=labels, **pod)
    return batch.CronJob(
        metadata=make_metadata(name, namespace, labels=labels),
        spec=batch.CronJobSpec(schedule=schedule, job_template={"spec": job.spec}, **(spec or {})),
    )


def make_service(
    name: str = "web",
    namespace: str = "default",
    *,
    selector: Strings | None = None,
    port: int = 80,
    target_port: int | str | None = None,
    ports: Sequence[Any] = (),
    labels: Strings | None = None,
    **spec: Any,
) -> core.Service:
    """A service for pods with `selector` (`app: <name>` if none is given), on one port or on `ports`."""
    one = {"port": port, "target_port": port if target_port is None else target_port}
    return core.Service(
        metadata=make_metadata(name, namespace, labels=labels),
        spec=core.ServiceSpec(selector=selector or {"app": name}, ports=ports or [one], **spec),
    )


def make_config_map(name: str = "config", namespace: str = "default", **data: str) -> core.ConfigMap:
    """A config map; the other keywords are its data."""
    return core.ConfigMap(metadata=make_metadata(name, namespace), data=data)


def make_claim(
    name: str = "data",
    namespace: str | None = "default",
    *,
    storage: Any = "1Gi",
    storage_class: str | None = None,
    access_modes: list[str] | tuple[str, ...] = ("ReadWriteOnce",),
    **spec: Any,
) -> core.PersistentVolumeClaim:
    """A persistent volume claim; with `namespace=None` it can be a template of a stateful set."""
    return core.PersistentVolumeClaim(
        metadata=make_metadata(name, namespace),
        spec=core.PersistentVolumeClaimSpec(
            access_modes=access_modes,
            resources={"requests": {"storage": storage}},
            storage_class_name=storage_class,
            **spec,
        ),
    )


def make_budget(
    name: str = "budget",
    namespace: str = "default",
    *,
    selector: Strings | None = None,
    min_available: int | str | None = None,
    max_unavailable: int | str | None = None,
) -> policy.PodDisruptionBudget:
    """A pod disruption budget for pods with `selector` (`app: <name>` if none is given)."""
    return policy.PodDisruptionBudget(
        metadata=make_metadata(name, namespace),
        spec=policy.PodDisruptionBudgetSpec(
            selector={"match_labels": selector or {"app": name}},
            min_available=min_available,
            max_unavailable=max_unavailable,
        ),
    )


def running(pod: core.Pod, node: str = "node", ip: str = "10.0.0.1") -> core.Pod:
    """The same pod, as if a kubelet had started it on `node` and found it ready."""
    statuses = [
        core.ContainerStatus(name=each.name, image=each.image or "", ready=True, started=True, state={"running": {}})
        for each in pod.spec.containers
    ]
    conditions = [
        {"type": kind, "status": "True"} for kind in ("PodScheduled", "Initialized", "ContainersReady", "Ready")
    ]
    status = core.PodStatus(
        phase="Running", pod_ip=ip, pod_ips=[{"ip": ip}], conditions=conditions, container_statuses=statuses
    )
    return evolve(pod, {"spec.node_name": node}, status=status)
