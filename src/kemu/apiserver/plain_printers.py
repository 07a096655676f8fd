"""How kubectl shows the other kinds: one small function a cell.

`PLAIN` maps a resource to its cells in the order of its columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..values.durations import human_duration
from ..values.selectors import selector_of
from .printers import NONE, age, containers_of, joined, labels_text

Cell = Callable[[Any, float], Any]
UNSET = "<unset>"
MODES = {
    "ReadWriteOnce": "RWO",
    "ReadOnlyMany": "ROX",
    "ReadWriteMany": "RWX",
    "ReadWriteOncePod": "RWOP",
}


def cell(read: Callable[[Any], Any]) -> Cell:
    """A cell that does not depend on the time."""
    return lambda obj, now: read(obj)


NAME = cell(lambda obj: obj.metadata.name)


def AGE(obj: Any, now: float) -> str:
    """How old the object is."""
    return age(obj.metadata.creation_timestamp, now)


CREATED = cell(lambda obj: str(obj.metadata.creation_timestamp))


def _modes(modes: Any) -> str:
    return ",".join(MODES.get(mode, mode) for mode in modes)


def _volume_status(obj: Any) -> str:
    return "Terminating" if obj.metadata.deletion_timestamp is not None else obj.status.phase or ""


def _claim(obj: Any) -> str:
    reference = obj.spec.claim_ref
    return f"{reference.namespace}/{reference.name}" if reference is not None else ""


def _storage(amounts: Any) -> str:
    return str(amounts["storage"]) if "storage" in amounts else ""


def _template_cells(read: Callable[[Any], Any]) -> tuple[Cell, Cell]:
    return (cell(lambda obj: containers_of(read(obj))[0]), cell(lambda obj: containers_of(read(obj))[1]))


def _selector(obj: Any) -> str:
    selector = obj.spec.selector
    return NONE if selector is None else str(selector_of(selector)) or NONE


def _controller(obj: Any) -> str:
    for reference in obj.metadata.owner_references:
        if reference.controller:
            group = reference.api_version.partition("/")[0] if "/" in reference.api_version else ""
            kind = reference.kind.lower()
            return f"{kind}.{group}/{reference.name}" if group else f"{kind}/{reference.name}"
    return NONE


def _job_status(obj: Any) -> str:
    true = [condition.type for condition in obj.status.conditions if condition.status == "True"]
    ended = next((word for word in ("Complete", "Failed") if word in true), "")
    if ended:
        return ended
    if obj.metadata.deletion_timestamp is not None:
        return "Terminating"
    return next((word for word in ("Suspended", "FailureTarget", "SuccessCriteriaMet") if word in true), "Running")


def _completions(obj: Any) -> str:
    done = obj.status.succeeded or 0
    if obj.spec.completions is not None:
        return f"{done}/{obj.spec.completions}"
    parallel = obj.spec.parallelism or 0
    return f"{done}/1 of {parallel}" if parallel > 1 else f"{done}/1"


def _duration(obj: Any, now: float) -> str:
    started, ended = obj.status.start_time, obj.status.completion_time
    if started is None:
        return ""
    return human_duration(max(0.0, (int(ended) if ended is not None else int(now)) - int(started)))


def _last_schedule(obj: Any, now: float) -> str:
    return NONE if obj.status.last_schedule_time is None else age(obj.status.last_schedule_time, now)


def _amount(value: Any) -> str:
    return "N/A" if value is None else str(value)


def _subjects(kind: str) -> Cell:
    def text(obj: Any) -> str:
        found = [subject for subject in obj.subjects if subject.kind == kind]
        if kind == "ServiceAccount":
            return ", ".join(f"{subject.namespace}/{subject.name}" for subject in found)
        return ", ".join(subject.name for subject in found)

    return cell(text)


def _quota(prefix: str) -> Cell:
    def text(obj: Any) -> str:
        shown = []
        for name in sorted(obj.status.hard or obj.spec.hard):
            if name.startswith("limits.") is (prefix == "limits."):
                used = obj.status.used.get(name, "0")
                shown.append(f"{name}: {used}/{(obj.status.hard or obj.spec.hard)[name]}")
        return ", ".join(shown)

    return cell(text)


def _parameters(obj: Any) -> str:
    found = obj.spec.parameters
    if found is None:
        return NONE
    kind = f"{found.kind}.{found.api_group}" if found.api_group else found.kind
    return f"{kind}/{found.name}"


def _hosts(obj: Any) -> str:
    hosts = [rule.host for rule in obj.spec.rules if rule.host]
    if not hosts:
        return "*"
    return ",".join(hosts[:3]) + (f" + {len(hosts) - 3} more..." if len(hosts) > 3 else "")


def _ingress_address(obj: Any) -> str:
    return ",".join(each.ip or each.hostname or "" for each in obj.status.load_balancer.ingress)


def _parent(obj: Any) -> str:
    reference = obj.spec.parent_ref
    if reference is None:
        return ""
    where = f"{reference.namespace}/" if reference.namespace else ""
    group = f".{reference.group}" if reference.group else ""
    return f"{reference.resource}{group}/{where}{reference.name}"


def _param_kind(obj: Any) -> str:
    found = obj.spec.param_kind
    return f"{found.api_version}/{found.kind}" if found is not None else UNSET


def _param_ref(obj: Any) -> str:
    found = obj.spec.param_ref
    if found is None:
        return UNSET
    if found.name:
        return f"{found.namespace}/{found.name}" if found.namespace else str(found.name)
    return str(selector_of(found.selector)) if found.selector is not None else UNSET


def _available(obj: Any) -> str:
    for condition in obj.status.conditions:
        if condition.type == "Available":
            return "True" if condition.status == "True" else f"{condition.status} ({condition.reason})"
    return "Unknown"


def _service_of(obj: Any) -> str:
    service = obj.spec.service
    return "Local" if service is None else f"{service.namespace}/{service.name}"


def _signing_condition(obj: Any) -> str:
    true = [condition.type for condition in obj.status.conditions]
    word = "Denied" if "Denied" in true else "Approved" if "Approved" in true else "Pending"
    word = ",".join([word, *(["Failed"] if "Failed" in true else [])])
    return f"{word},Issued" if obj.status.certificate else word


def _requested(obj: Any) -> str:
    seconds = obj.spec.expiration_seconds
    return NONE if seconds is None else human_duration(seconds)


def _claim_state(obj: Any) -> str:
    words = []
    if obj.metadata.deletion_timestamp is not None:
        words.append("deleted")
    if obj.status.allocation is None:
        if obj.metadata.deletion_timestamp is None:
            words.append("pending")
    else:
        words.append("allocated")
        if obj.status.reserved_for:
            words.append("reserved")
    return ",".join(words)


def _targets(obj: Any) -> str:
    metrics = getattr(obj.spec, "metrics", ())
    if not metrics:
        target = getattr(obj.spec, "target_cpu_utilization_percentage", None)
        return NONE if target is None else f"cpu: <unknown>/{target}%"
    shown = []
    for metric in metrics[:2]:
        if metric.type == "Resource" and metric.resource is not None:
            target = metric.resource.target
            wanted = (
                f"{target.average_utilization}%" if target.average_utilization is not None else target.average_value
            )
            shown.append(f"{metric.resource.name}: <unknown>/{wanted}")
        else:
            shown.append("<unknown>")
    rest = len(metrics) - len(shown)
    return ", ".join(shown) + (f" + {rest} more..." if rest else "")


def _scaled(obj: Any) -> str:
    return f"{obj.spec.scale_target_ref.kind}/{obj.spec.scale_target_ref.name}"


def _queuing(attribute: str) -> Cell:
    def text(obj: Any) -> Any:
        limited = obj.spec.limited
        queuing = limited.limit_response.queuing if limited is not None else None
        return NONE if queuing is None else getattr(queuing, attribute)

    return cell(text)


def _shares(obj: Any) -> Any:
    return NONE if obj.spec.limited is None else obj.spec.limited.nominal_concurrency_shares


def _missing_level(obj: Any) -> str:
    return next((str(c.status) for c in obj.status.conditions if c.type == "Dangling"), "?")


HPA: tuple[Cell, ...] = (
    NAME,
    cell(_scaled),
    cell(_targets),
    cell(lambda obj: UNSET if obj.spec.min_replicas is None else str(obj.spec.min_replicas)),
    cell(lambda obj: obj.spec.max_replicas),
    cell(lambda obj: obj.status.current_replicas or 0),
    AGE,
)
POLICY_BINDING: tuple[Cell, ...] = (NAME, cell(lambda obj: obj.spec.policy_name or ""), cell(_param_ref), AGE)
WEBHOOKS: tuple[Cell, ...] = (NAME, cell(lambda obj: len(obj.webhooks)), AGE)
BINDING: tuple[Cell, ...] = (
    NAME,
    cell(lambda obj: f"{obj.role_ref.kind}/{obj.role_ref.name}"),
    AGE,
    _subjects("User"),
    _subjects("Group"),
    _subjects("ServiceAccount"),
)

PLAIN: Mapping[str, tuple[Cell, ...]] = {
    "limitranges": (NAME, CREATED),
    "persistentvolumeclaims": (
        NAME,
        cell(_volume_status),
        cell(lambda obj: obj.spec.volume_name or ""),
        cell(lambda obj: _storage(obj.status.capacity) if obj.spec.volume_name else ""),
        cell(lambda obj: _modes(obj.status.access_modes) if obj.spec.volume_name else ""),
        cell(lambda obj: obj.spec.storage_class_name or ""),
        cell(lambda obj: obj.spec.volume_attributes_class_name or UNSET),
        AGE,
        cell(lambda obj: obj.spec.volume_mode or UNSET),
    ),
    "persistentvolumes": (
        NAME,
        cell(lambda obj: _storage(obj.spec.capacity)),
        cell(lambda obj: _modes(obj.spec.access_modes)),
        cell(lambda obj: obj.spec.persistent_volume_reclaim_policy or ""),
        cell(_volume_status),
        cell(_claim),
        cell(lambda obj: obj.spec.storage_class_name or ""),
        cell(lambda obj: obj.spec.volume_attributes_class_name or UNSET),
        cell(lambda obj: obj.status.reason or ""),
        AGE,
        cell(lambda obj: obj.spec.volume_mode or UNSET),
    ),
    "podtemplates": (
        NAME,
        *_template_cells(lambda obj: obj.template),
        cell(lambda obj: labels_text(obj.template.metadata.labels)),
    ),
    "replicationcontrollers": (
        NAME,
        cell(lambda obj: obj.spec.replicas or 0),
        cell(lambda obj: obj.status.replicas or 0),
        cell(lambda obj: obj.status.ready_replicas or 0),
        AGE,
        *_template_cells(lambda obj: obj.spec.template),
        cell(lambda obj: labels_text(obj.spec.selector)),
    ),
    "resourcequotas": (NAME, _quota(""), _quota("limits."), AGE),
    "serviceaccounts": (NAME, AGE),
    "mutatingadmissionpolicies.admissionregistration.k8s.io": (
        NAME,
        cell(lambda obj: len(obj.spec.mutations)),
        cell(_param_kind),
        AGE,
    ),
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io": POLICY_BINDING,
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": WEBHOOKS,
    "validatingadmissionpolicies.admissionregistration.k8s.io": (
        NAME,
        cell(lambda obj: len(obj.spec.validations)),
        cell(_param_kind),
        AGE,
    ),
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": POLICY_BINDING,
    "validatingwebhookconfigurations.admissionregistration.k8s.io": WEBHOOKS,
    "customresourcedefinitions.apiextensions.k8s.io": (NAME, CREATED),
    "apiservices.apiregistration.k8s.io": (NAME, cell(_service_of), cell(_available), AGE),
    "controllerrevisions.apps": (NAME, cell(_controller), cell(lambda obj: obj.revision), AGE),
    "daemonsets.apps": (
        NAME,
        cell(lambda obj: obj.status.desired_number_scheduled),
        cell(lambda obj: obj.status.current_number_scheduled),
        cell(lambda obj: obj.status.number_ready),
        cell(lambda obj: obj.status.updated_number_scheduled or 0),
        cell(lambda obj: obj.status.number_available or 0),
        cell(lambda obj: labels_text(obj.spec.template.spec.node_selector)),
        AGE,
        *_template_cells(lambda obj: obj.spec.template),
        cell(_selector),
    ),
    "statefulsets.apps": (
        NAME,
        cell(lambda obj: f"{obj.status.ready_replicas or 0}/{obj.spec.replicas or 0}"),
        AGE,
        *_template_cells(lambda obj: obj.spec.template),
    ),
    "horizontalpodautoscalers.autoscaling": HPA,
    "cronjobs.batch": (
        NAME,
        cell(lambda obj: obj.spec.schedule),
        cell(lambda obj: obj.spec.time_zone or NONE),
        cell(lambda obj: "True" if obj.spec.suspend else "False"),
        cell(lambda obj: len(obj.status.active)),
        _last_schedule,
        AGE,
        *_template_cells(lambda obj: obj.spec.job_template.spec.template),
        cell(lambda obj: NONE if obj.spec.job_template.spec.selector is None else _selector(obj.spec.job_template)),
    ),
    "jobs.batch": (
        NAME,
        cell(_job_status),
        cell(_completions),
        _duration,
        AGE,
        *_template_cells(lambda obj: obj.spec.template),
        cell(_selector),
    ),
    "certificatesigningrequests.certificates.k8s.io": (
        NAME,
        AGE,
        cell(lambda obj: obj.spec.signer_name),
        cell(lambda obj: obj.spec.username or ""),
        cell(_requested),
        cell(_signing_condition),
    ),
    "flowschemas.flowcontrol.apiserver.k8s.io": (
        NAME,
        cell(lambda obj: obj.spec.priority_level_configuration.name),
        cell(lambda obj: obj.spec.matching_precedence),
        cell(lambda obj: obj.spec.distinguisher_method.type if obj.spec.distinguisher_method is not None else NONE),
        AGE,
        cell(_missing_level),
    ),
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": (
        NAME,
        cell(lambda obj: obj.spec.type),
        cell(_shares),
        _queuing("queues"),
        _queuing("hand_size"),
        _queuing("queue_length_limit"),
        AGE,
    ),
    "ingressclasses.networking.k8s.io": (NAME, cell(lambda obj: obj.spec.controller or ""), cell(_parameters), AGE),
    "ingresses.networking.k8s.io": (
        NAME,
        cell(lambda obj: obj.spec.ingress_class_name or NONE),
        cell(_hosts),
        cell(_ingress_address),
        cell(lambda obj: "80, 443" if obj.spec.tls else "80"),
        AGE,
    ),
    "ipaddresses.networking.k8s.io": (NAME, cell(_parent)),
    "networkpolicies.networking.k8s.io": (
        NAME,
        cell(lambda obj: str(selector_of(obj.spec.pod_selector)) or NONE),
        AGE,
    ),
    "servicecidrs.networking.k8s.io": (NAME, cell(lambda obj: joined(obj.spec.cidrs)), AGE),
    "runtimeclasses.node.k8s.io": (NAME, cell(lambda obj: obj.handler), AGE),
    "poddisruptionbudgets.policy": (
        NAME,
        cell(lambda obj: _amount(obj.spec.min_available)),
        cell(lambda obj: _amount(obj.spec.max_unavailable)),
        cell(lambda obj: obj.status.disruptions_allowed),
        AGE,
    ),
    "clusterrolebindings.rbac.authorization.k8s.io": BINDING,
    "rolebindings.rbac.authorization.k8s.io": BINDING,
    "clusterroles.rbac.authorization.k8s.io": (NAME, CREATED),
    "roles.rbac.authorization.k8s.io": (NAME, CREATED),
    "resourceclaims.resource.k8s.io": (NAME, cell(_claim_state), AGE),
    "resourceslices.resource.k8s.io": (
        NAME,
        cell(lambda obj: obj.spec.node_name or UNSET),
        cell(lambda obj: obj.spec.driver),
        cell(lambda obj: obj.spec.pool.name),
        AGE,
    ),
    "priorityclasses.scheduling.k8s.io": (
        NAME,
        cell(lambda obj: obj.value),
        cell(lambda obj: bool(obj.global_default)),
        AGE,
        cell(lambda obj: obj.preemption_policy or ""),
    ),
    "csidrivers.storage.k8s.io": (
        NAME,
        cell(lambda obj: obj.spec.attach_required is not False),
        cell(lambda obj: bool(obj.spec.pod_info_on_mount)),
        cell(lambda obj: bool(obj.spec.storage_capacity)),
        cell(lambda obj: ",".join(each.audience for each in obj.spec.token_requests) or UNSET),
        cell(lambda obj: bool(obj.spec.requires_republish)),
        cell(lambda obj: ",".join(obj.spec.volume_lifecycle_modes)),
        AGE,
    ),
    "csinodes.storage.k8s.io": (NAME, cell(lambda obj: len(obj.spec.drivers)), AGE),
    "csistoragecapacities.storage.k8s.io": (NAME, CREATED),
    "storageclasses.storage.k8s.io": (
        NAME,
        cell(lambda obj: obj.provisioner),
        cell(lambda obj: obj.reclaim_policy or "Delete"),
        cell(lambda obj: obj.volume_binding_mode or UNSET),
        cell(lambda obj: bool(obj.allow_volume_expansion)),
        AGE,
    ),
    "volumeattachments.storage.k8s.io": (
        NAME,
        cell(lambda obj: obj.spec.attacher),
        cell(lambda obj: obj.spec.source.persistent_volume_name or ""),
        cell(lambda obj: obj.spec.node_name),
        cell(lambda obj: bool(obj.status.attached)),
        AGE,
    ),
    "volumeattributesclasses.storage.k8s.io": (NAME, cell(lambda obj: obj.driver_name), AGE),
}
