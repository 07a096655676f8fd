"""The defaults of Kubernetes 1.36, class by class.

A name stands for the class of that name in whatever API group has it; where two groups share a name, the key is
`module.Class`. A value that is a function is called with the object; `None` from it means that there is no default.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

from ...objects import evolve
from ...values.frozen import FrozenMap
from ...values.quantity import Quantity

FILE_MODE = 0o644


def _pull_policy(container: Any) -> str:
    return _pull_policy_of(container.image or "")


def _pull_policy_of(image: str) -> str:
    """Always for `:latest` or no tag, IfNotPresent for anything that names a version."""
    if "@" in image:
        return "IfNotPresent"
    tag = image.rsplit("/", 1)[-1].partition(":")[2]
    return "Always" if tag in ("", "latest") else "IfNotPresent"


def _service_affinity(spec: Any) -> Any:
    if spec.session_affinity == "ClientIP":
        return {"clientIP": {"timeoutSeconds": 10800}}
    return None


def _rolling_deployment(strategy: Any) -> Any:
    if strategy.type != "RollingUpdate":
        return None
    return {"maxUnavailable": "25%", "maxSurge": "25%"}


def _internal_traffic(spec: Any) -> str | None:
    return "Cluster" if spec.type in ("NodePort", "LoadBalancer", "ClusterIP") else None


def _external_traffic(spec: Any) -> str | None:
    external = spec.type in ("NodePort", "LoadBalancer") or (spec.type == "ClusterIP" and spec.external_ips)
    return "Cluster" if external else None


def _cpu_metric(spec: Any) -> Any:
    """Without metrics an autoscaler goes by cpu, at 80 % of what is requested."""
    return (
        {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}}},
    )


def _device_count(request: Any) -> int | None:
    return 1 if request.allocation_mode in (None, "ExactCount") else None


WEBHOOK: Mapping[str, Any] = {
    "failure_policy": "Fail",
    "match_policy": "Equivalent",
    "namespace_selector": {},
    "object_selector": {},
    "timeout_seconds": 10,
}

DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    # Pods
    "PodSpec": {
        "restart_policy": "Always",
        "termination_grace_period_seconds": 30,
        "dns_policy": "ClusterFirst",
        "security_context": {},
        "scheduler_name": "default-scheduler",
    },
    "Container": {
        "termination_message_path": "/dev/termination-log",
        "termination_message_policy": "File",
        "image_pull_policy": _pull_policy,
    },
    "EphemeralContainer": {
        "termination_message_path": "/dev/termination-log",
        "termination_message_policy": "File",
        "image_pull_policy": _pull_policy,
    },
    "Probe": {"timeout_seconds": 1, "period_seconds": 10, "success_threshold": 1, "failure_threshold": 3},
    "HTTPGetAction": {"path": "/", "scheme": "HTTP"},
    "ObjectFieldSelector": {"api_version": "v1"},
    "SecretVolumeSource": {"default_mode": FILE_MODE},
    "ConfigMapVolumeSource": {"default_mode": FILE_MODE},
    "DownwardAPIVolumeSource": {"default_mode": FILE_MODE},
    "ProjectedVolumeSource": {"default_mode": FILE_MODE},
    "ServiceAccountTokenProjection": {"expiration_seconds": 3600},
    "HostPathVolumeSource": {"type": ""},
    "PersistentVolumeClaimSpec": {"volume_mode": "Filesystem"},
    "PersistentVolumeClaimStatus": {"phase": "Pending"},
    "PersistentVolumeSpec": {"persistent_volume_reclaim_policy": "Retain", "volume_mode": "Filesystem"},
    # Services and the rest of core
    "ImageVolumeSource": {"pull_policy": lambda image: _pull_policy_of(image.reference or "")},
    "ServiceSpec": {
        "session_affinity": "None",
        "session_affinity_config": _service_affinity,
        "type": "ClusterIP",
        "internal_traffic_policy": _internal_traffic,
        "external_traffic_policy": _external_traffic,
        "allocate_load_balancer_node_ports": lambda spec: True if spec.type == "LoadBalancer" else None,
    },
    "LoadBalancerIngress": {"ip_mode": lambda ingress: "VIP" if ingress.ip else None},
    "core.EndpointPort": {"protocol": "TCP"},
    "discovery.EndpointPort": {"name": "", "protocol": "TCP"},
    "Secret": {"type": "Opaque"},
    "NamespaceStatus": {"phase": "Active"},
    # Workloads
    "DeploymentSpec": {
        "replicas": 1,
        "revision_history_limit": 10,
        "progress_deadline_seconds": 600,
    },
    "DeploymentStrategy": {"type": "RollingUpdate", "rolling_update": _rolling_deployment},
    "RollingUpdateDeployment": {"max_unavailable": "25%", "max_surge": "25%"},
    "ReplicaSetSpec": {"replicas": 1},
    "StatefulSetSpec": {
        "replicas": 1,
        "revision_history_limit": 10,
        "pod_management_policy": "OrderedReady",
        "persistent_volume_claim_retention_policy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
    },
    "StatefulSetUpdateStrategy": {
        "type": "RollingUpdate",
        "rolling_update": lambda strategy: {"partition": 0} if strategy.type == "RollingUpdate" else None,
    },
    "RollingUpdateStatefulSetStrategy": {"partition": 0},
    "DaemonSetSpec": {"revision_history_limit": 10},
    "DaemonSetUpdateStrategy": {
        "type": "RollingUpdate",
        "rolling_update": lambda strategy: (
            {"maxUnavailable": 1, "maxSurge": 0} if strategy.type == "RollingUpdate" else None
        ),
    },
    "RollingUpdateDaemonSet": {"max_unavailable": 1, "max_surge": 0},
    "CronJobSpec": {
        "concurrency_policy": "Allow",
        "suspend": False,
        "successful_jobs_history_limit": 3,
        "failed_jobs_history_limit": 1,
    },
    # Autoscaling
    "autoscaling_v2.HorizontalPodAutoscalerSpec": {"min_replicas": 1, "metrics": _cpu_metric},
    "autoscaling_v1.HorizontalPodAutoscalerSpec": {"min_replicas": 1, "target_cpu_utilization_percentage": 80},
    "HPAScalingRules": {"select_policy": "Max"},
    # Admission registration
    "MatchResources": {"match_policy": "Equivalent", "namespace_selector": {}, "object_selector": {}},
    "NamedRuleWithOperations": {"scope": "*"},
    "RuleWithOperations": {"scope": "*"},
    "ValidatingAdmissionPolicySpec": {"failure_policy": "Fail"},
    "MutatingAdmissionPolicySpec": {"failure_policy": "Fail"},
    "ValidatingWebhook": WEBHOOK,
    "MutatingWebhook": {**WEBHOOK, "reinvocation_policy": "Never"},
    "admissionregistration.ServiceReference": {"port": 443},
    "apiregistration.ServiceReference": {"port": 443},
    # Dynamic resources
    "ExactDeviceRequest": {"allocation_mode": "ExactCount", "count": _device_count},
    "DeviceSubRequest": {"allocation_mode": "ExactCount", "count": _device_count},
    # Flow control
    "FlowSchemaSpec": {"matching_precedence": 1000},
    "LimitedPriorityLevelConfiguration": {"nominal_concurrency_shares": 30, "lendable_percent": 0},
    "ExemptPriorityLevelConfiguration": {"nominal_concurrency_shares": 0, "lendable_percent": 0},
    "QueuingConfiguration": {"queues": 64, "hand_size": 8, "queue_length_limit": 50},
    # Policy, networking, storage
    "IngressClassParametersReference": {"scope": "Cluster"},
    "NetworkPolicyPort": {"protocol": "TCP"},
    "StorageClass": {"reclaim_policy": "Delete", "volume_binding_mode": "Immediate"},
    "CSIDriverSpec": {
        "attach_required": True,
        "pod_info_on_mount": False,
        "fs_group_policy": "ReadWriteOnceWithFSType",
        "volume_lifecycle_modes": ("Persistent",),
        "storage_capacity": False,
        "requires_republish": False,
        "se_linux_mount": False,
    },
    "RoleRef": {"api_group": "rbac.authorization.k8s.io"},
    "PriorityClass": {"preemption_policy": "PreemptLowerPriority"},
}


# Rules that look at more than one attribute


def _ports_of_host(spec: Any) -> Any:
    """With the host's network a container port is the host port."""
    if not spec.host_network:
        return spec

    def opened(container: Any) -> Any:
        ports = tuple(
            port if port.host_port or not port.container_port else evolve(port, host_port=port.container_port)
            for port in container.ports
        )
        return container if ports == container.ports else evolve(container, ports=ports)

    changes = {}
    for name in ("containers", "init_containers"):
        old = getattr(spec, name)
        new = tuple(opened(container) for container in old)
        if any(a is not b for a, b in zip(new, old, strict=True)):
            changes[name] = new
    return evolve(spec, **changes) if changes else spec


def _service_account_names(spec: Any) -> Any:
    """`serviceAccount` is an old name for `serviceAccountName`; both are kept equal."""
    name = spec.service_account_name or spec.service_account
    if name and (spec.service_account_name != name or spec.service_account != name):
        return evolve(spec, service_account_name=name, service_account=name)
    return spec


def _empty_volumes(spec: Any) -> Any:
    """A volume without a source is an emptyDir."""
    if all(_has_source(volume) for volume in spec.volumes):
        return spec
    return evolve(
        spec,
        volumes=tuple(volume if _has_source(volume) else evolve(volume, empty_dir={}) for volume in spec.volumes),
    )


def _has_source(volume: Any) -> bool:
    return any(
        getattr(volume, name) is not None for name in type(volume).__slots__ if name not in ("name", "__weakref__")
    )


def _requests_from_limits(resources: Any) -> Any:
    missing = {name: amount for name, amount in resources.limits.items() if name not in resources.requests}
    if not missing:
        return resources
    return evolve(resources, requests=FrozenMap({**resources.requests, **missing}))


def _pod_requests(pod: Any) -> Any:
    """In a Pod (not in a template), what has a limit and no request requests its limit."""
    changes: dict[str, Any] = {}
    for name in ("containers", "init_containers"):
        old = getattr(pod.spec, name)
        new = tuple([_container_requests(container) for container in old])
        if any(a is not b for a, b in zip(new, old, strict=True)):
            changes[name] = new
    return evolve(pod, spec=evolve(pod.spec, **changes)) if changes else pod


def _pod_host_ports(pod: Any) -> Any:
    spec = _ports_of_host(pod.spec)
    return pod if spec is pod.spec else evolve(pod, spec=spec)


def _positive_grace(spec: Any) -> Any:
    """A negative grace period means one second."""
    seconds = spec.termination_grace_period_seconds
    return spec if seconds is None or seconds >= 0 else evolve(spec, termination_grace_period_seconds=1)


def _string_data(secret: Any) -> Any:
    """`stringData` is another way to write `data`, and is never read back."""
    if not secret.string_data:
        return secret
    written = {key: base64.b64encode(text.encode()).decode() for key, text in secret.string_data.items()}
    return evolve(secret, data=FrozenMap({**secret.data, **written}), string_data=FrozenMap())


def _named_secrets(account: Any) -> Any:
    """Of the secrets that a service account mentions only the names are kept."""
    secrets = tuple(
        evolve(each, kind=None, namespace=None, uid=None, api_version=None, resource_version=None, field_path=None)
        for each in account.secrets
    )
    return account if secrets == account.secrets else evolve(account, secrets=secrets)


def _whole_milli(resources: Any) -> Any:
    """Amounts have at most a precision of a thousandth; anything finer is rounded up."""
    changes = {}
    for name in ("requests", "limits"):
        amounts = getattr(resources, name)
        rounded = {key: _rounded(amount) for key, amount in amounts.items()}
        if any(rounded[key] is not amount for key, amount in amounts.items()):
            changes[name] = FrozenMap(rounded)
    return evolve(resources, **changes) if changes else resources


def _rounded(amount: Quantity) -> Quantity:
    milli = amount.milli_value()
    exact = Quantity(f"{milli}m")
    return amount if exact == amount else exact


def _service_links(pod: Any) -> Any:
    """A Pod (not a template) is told of the Services by environment variables."""
    if pod.spec.enable_service_links is not None:
        return pod
    return evolve(pod, spec=evolve(pod.spec, enable_service_links=True))


def _container_requests(container: Any) -> Any:
    resources = _requests_from_limits(container.resources)
    return container if resources is container.resources else evolve(container, resources=resources)


def _selector_from_template(obj: Any) -> Any:
    """A ReplicationController selects, and is labelled, by its template's labels if it does not say."""
    spec = obj.spec
    template = spec.template
    if template is None or not template.metadata.labels:
        return obj
    if not spec.selector:
        obj = evolve(obj, spec=evolve(spec, selector=template.metadata.labels))
    if not obj.metadata.labels:
        obj = evolve(obj, metadata=evolve(obj.metadata, labels=template.metadata.labels))
    return obj


def _target_port(port: Any) -> Any:
    """A Service's port leads to the same number unless it says otherwise."""
    return port if port.target_port not in (None, 0, "") else evolve(port, target_port=port.port)


def _job(job: Any) -> Any:
    """The defaults of a Job's own specification; a CronJob's template waits until it is stamped."""
    spec = job.spec
    replacement = "Failed" if spec.pod_failure_policy is not None else "TerminatingOrFailed"
    wanted = {
        "completion_mode": "NonIndexed",
        "suspend": False,
        "pod_replacement_policy": replacement,
        "manual_selector": False,
    }
    missing = {name: value for name, value in wanted.items() if getattr(spec, name) is None}
    spec = _job_counts(evolve(spec, **missing) if missing else spec)
    return job if spec is job.spec else evolve(job, spec=spec)


def _job_counts(spec: Any) -> Any:
    changes: dict[str, Any] = {}
    if spec.completions is None and spec.parallelism is None:
        changes = {"completions": 1, "parallelism": 1}
    elif spec.parallelism is None:
        changes = {"parallelism": 1}
    if spec.backoff_limit is None:
        changes["backoff_limit"] = 6 if spec.backoff_limit_per_index is None else 2**31 - 1
    return evolve(spec, **changes) if changes else spec


def _policy_types(spec: Any) -> Any:
    if spec.policy_types:
        return spec
    return evolve(spec, policy_types=("Ingress", "Egress") if spec.egress else ("Ingress",))


def _binding_subjects(obj: Any) -> Any:
    def named(subject: Any) -> Any:
        if subject.api_group or subject.kind not in ("User", "Group"):
            return subject
        return evolve(subject, api_group="rbac.authorization.k8s.io")

    subjects = tuple(named(subject) for subject in obj.subjects)
    return obj if subjects == obj.subjects else evolve(obj, subjects=subjects)


def _node_allocatable(status: Any) -> Any:
    if status.allocatable or not status.capacity:
        return status
    return evolve(status, allocatable=status.capacity)


def _limit_range_item(item: Any) -> Any:
    """For containers, a maximum is a default limit, and a default limit a default request."""
    if item.type != "Container":
        return item
    limit = dict(item.max) | dict(item.default)
    request = limit | dict(item.min) if not item.default_request else {}
    request = {name: limit.get(name, amount) for name, amount in request.items()}
    request.update({name: amount for name, amount in item.min.items() if name not in limit})
    request.update(item.default_request)
    for name, amount in limit.items():
        request.setdefault(name, amount)
    new = evolve(item, default=FrozenMap(limit), default_request=FrozenMap(request))
    return item if new == item else new


def _no_affinity(spec: Any) -> Any:
    """Without session affinity there is nothing to configure about it."""
    if spec.session_affinity in ("ClientIP", None) or spec.session_affinity_config is None:
        return spec
    return evolve(spec, session_affinity_config=None)


def _namespace(namespace: Any) -> Any:
    """A namespace with the label that always carries its name."""
    metadata = namespace.metadata
    if metadata.labels.get("kubernetes.io/metadata.name") == metadata.name:
        return namespace
    labels = FrozenMap({**metadata.labels, "kubernetes.io/metadata.name": metadata.name})
    return evolve(namespace, metadata=evolve(metadata, labels=labels))


RULES: Mapping[str, tuple[Callable[[Any], Any], ...]] = {
    "Namespace": (_namespace,),
    "PodSpec": (_service_account_names, _positive_grace, _empty_volumes),
    "Pod": (_pod_requests, _pod_host_ports, _service_links),
    "Secret": (_string_data,),
    "ResourceRequirements": (_whole_milli,),
    "ServiceAccount": (_named_secrets,),
    "ReplicationController": (_selector_from_template,),
    "Job": (_job,),
    "ServiceSpec": (_no_affinity,),
    "ServicePort": (_target_port,),
    "NetworkPolicySpec": (_policy_types,),
    "RoleBinding": (_binding_subjects,),
    "ClusterRoleBinding": (_binding_subjects,),
    "NodeStatus": (_node_allocatable,),
    "LimitRangeItem": (_limit_range_item,),
}
