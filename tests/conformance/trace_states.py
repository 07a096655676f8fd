"""What a step of a timeline says of an object: the part of it that tells its story, without times and identities."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from .trace_names import Json, controller_of

State = dict[str, Any]

DEPLOYMENT_COUNTERS = (
    "observedGeneration",
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
    "terminatingReplicas",
    "collisionCount",
)
REPLICA_SET_COUNTERS = (
    "observedGeneration",
    "replicas",
    "fullyLabeledReplicas",
    "readyReplicas",
    "availableReplicas",
    "terminatingReplicas",
)
BUDGET_COUNTERS = (
    "observedGeneration",
    "currentHealthy",
    "desiredHealthy",
    "disruptionsAllowed",
    "expectedPods",
)
CONTAINER_LISTS = (
    ("init", "initContainerStatuses"),
    ("containers", "containerStatuses"),
    ("ephemeral", "ephemeralContainerStatuses"),
)
ANNOTATIONS_OF_DEPLOYMENTS = "deployment.kubernetes.io/"


def dumps(value: Any) -> str:
    """JSON by which values are compared."""
    return json.dumps(value, sort_keys=True)


def state_of(obj: Json) -> State:
    """The state of an object of any kind."""
    of_kind = STATES.get(obj["kind"])
    return _of_any_kind(obj) | (of_kind(obj) if of_kind is not None else {})


def _present(**fields: Any) -> State:
    return {name: value for name, value in fields.items() if value}


def _picked(source: Json, *names: str) -> State:
    return {name: source[name] for name in names if name in source}


def _spec(obj: Json) -> Json:
    return obj.get("spec") or {}


def _status(obj: Json) -> Json:
    return obj.get("status") or {}


def _labels(obj: Json) -> Any:
    return obj["metadata"].get("labels")


def _annotations(obj: Json) -> Json:
    return obj["metadata"].get("annotations") or {}


def _conditions(obj: Json) -> list[list[Any]]:
    rows = []
    for condition in _status(obj).get("conditions") or ():
        row = [condition["type"], condition["status"], condition.get("reason", ""), condition.get("message", "")]
        if "observedGeneration" in condition:
            row.append(condition["observedGeneration"])
        rows.append(row)
    return rows


def _counters(obj: Json) -> State:
    return {name: value for name, value in _status(obj).items() if name != "conditions"}


def _of_any_kind(obj: Json) -> State:
    metadata, owner = obj["metadata"], controller_of(obj)
    state = _present(
        generation=metadata.get("generation"),
        deleting=bool(metadata.get("deletionTimestamp")),
        finalizers=metadata.get("finalizers"),
        owner=owner and f"{owner['kind']}/{owner['name']}",
    )
    grace = metadata.get("deletionGracePeriodSeconds")
    if state.get("deleting") and grace is not None:
        state["deletionGracePeriodSeconds"] = grace
    return state


def _container_state(state: Json | None) -> State:
    for kind, detail in (state or {}).items():
        if detail is None:
            continue
        if kind == "waiting":
            return _present(waiting=detail.get("reason"), message=detail.get("message"))
        if kind == "running":
            return {"running": True}
        if kind == "terminated":
            ended = {"terminated": detail.get("reason", ""), "exitCode": detail.get("exitCode")}
            return ended | _present(message=detail.get("message"), signal=detail.get("signal"))
    return {}


def _container(status: Json) -> State:
    row: State = {"name": status["name"], "state": _container_state(status.get("state"))}
    row |= {name: status.get(name) for name in ("ready", "started", "restartCount")}
    if status.get("lastState"):
        row["last"] = _container_state(status["lastState"])
    resources = _present(actual=status.get("resources"), allocated=status.get("allocatedResources"))
    return row | _present(resources=resources)


def _pod(obj: Json) -> State:
    spec, status = _spec(obj), _status(obj)
    state = _present(
        scheduled=bool(spec.get("nodeName")),
        nominatedNodeName=bool(status.get("nominatedNodeName")),
        schedulingGates=[gate["name"] for gate in spec.get("schedulingGates") or ()],
        labels=_labels(obj),
        **_picked(status, "phase", "reason", "message", "observedGeneration", "qosClass", "resize"),
    )
    for short, field in CONTAINER_LISTS:
        if status.get(field):
            state[short] = [_container(each) for each in status[field]]
    return state | {"conditions": _conditions(obj)}


def _deployment(obj: Json) -> State:
    spec = _spec(obj)
    revision = _annotations(obj).get(ANNOTATIONS_OF_DEPLOYMENTS + "revision")
    return {
        "specReplicas": spec.get("replicas"),
        "status": _picked(_status(obj), *DEPLOYMENT_COUNTERS),
        "conditions": _conditions(obj),
        **_present(paused=spec.get("paused"), revision=revision),
    }


def _replica_set(obj: Json) -> State:
    notes = {
        name.rpartition("/")[2]: value
        for name, value in _annotations(obj).items()
        if name.startswith(ANNOTATIONS_OF_DEPLOYMENTS)
    }
    return {
        "specReplicas": _spec(obj).get("replicas"),
        "annotations": notes,
        "status": _picked(_status(obj), *REPLICA_SET_COUNTERS),
        "conditions": _conditions(obj),
    }


def _stateful_set(obj: Json) -> State:
    return {"specReplicas": _spec(obj).get("replicas"), **_daemon_set(obj)}


def _daemon_set(obj: Json) -> State:
    return {"status": _counters(obj), "conditions": _conditions(obj)}


def _job(obj: Json) -> State:
    counters = _counters(obj)
    counters |= {name: bool(counters[name]) for name in ("startTime", "completionTime") if name in counters}
    return {
        **_picked(_spec(obj), "parallelism", "completions", "suspend"),
        "status": counters,
        "conditions": _conditions(obj),
    }


def _cron_job(obj: Json) -> State:
    status = _status(obj)
    told: State = {name: bool(status.get(name)) for name in ("lastScheduleTime", "lastSuccessfulTime")}
    told["active"] = [job["name"] for job in status.get("active") or ()]
    return {**_picked(_spec(obj), "suspend", "schedule"), "status": told}


def _endpoint_slice(obj: Json) -> State:
    endpoints = [
        _present(
            addresses=each.get("addresses"),
            target=(each.get("targetRef") or {}).get("name"),
            hostname=each.get("hostname"),
            conditions=each.get("conditions"),
        )
        for each in obj.get("endpoints") or ()
    ]
    return {
        "addressType": obj.get("addressType"),
        "ports": obj.get("ports"),
        "endpoints": sorted(endpoints, key=json.dumps),
        "labels": _labels(obj),
    }


def _endpoints(obj: Json) -> State:
    def addresses(subset: Json, field: str) -> list[str]:
        return sorted(each["ip"] for each in subset.get(field) or ())

    subsets = [
        {
            "ready": addresses(subset, "addresses"),
            "notReady": addresses(subset, "notReadyAddresses"),
            "ports": subset.get("ports"),
        }
        for subset in obj.get("subsets") or ()
    ]
    return {"subsets": subsets, "labels": _labels(obj)}


def _disruption_budget(obj: Json) -> State:
    status = _status(obj)
    told = _picked(status, *BUDGET_COUNTERS) | {"disruptedPods": sorted(status.get("disruptedPods") or ())}
    return {"status": told, "conditions": _conditions(obj)}


def _volume_claim(obj: Json) -> State:
    owners = [f"{each['kind']}/{each['name']}" for each in obj["metadata"].get("ownerReferences") or ()]
    told = _present(
        volumeName=_spec(obj).get("volumeName"), **_picked(_status(obj), "phase", "capacity", "accessModes")
    )
    return {**told, "annotations": _annotations(obj), "owners": owners}


def _volume(obj: Json) -> State:
    claim = _spec(obj).get("claimRef") or {}
    told = _present(
        claim=claim.get("name"),
        claimUid=claim.get("uid"),
        **_picked(_status(obj), "phase", "reason", "message"),
    )
    return {**told, "annotations": _annotations(obj)}


def _quota(obj: Json) -> State:
    return {name: _status(obj).get(name) for name in ("hard", "used")}


def _namespace(obj: Json) -> State:
    return {
        "phase": _status(obj).get("phase"),
        "specFinalizers": _spec(obj).get("finalizers"),
        "conditions": _conditions(obj),
    }


def _taint(taint: Json) -> str:
    since = "@" if taint.get("timeAdded") else ""
    return f"{taint['key']}={taint.get('value', '')}:{taint['effect']}{since}"


def _node(obj: Json) -> State:
    spec = _spec(obj)
    labels = {name: value for name, value in (_labels(obj) or {}).items() if "kubernetes.io" not in name}
    return {
        "taints": sorted(_taint(taint) for taint in spec.get("taints") or ()),
        "conditions": sorted(_conditions(obj)),
        "labels": labels,
        **_present(unschedulable=spec.get("unschedulable")),
    }


def _autoscaler(obj: Json) -> State:
    told = _picked(_status(obj), "observedGeneration", "currentReplicas", "desiredReplicas")
    return {"status": told, "conditions": _conditions(obj)}


def _revision(obj: Json) -> State:
    return {"revision": obj.get("revision"), "labels": _labels(obj)}


def _config_map(obj: Json) -> State:
    return {"keys": sorted(obj.get("data") or ())}


def _service(obj: Json) -> State:
    fields = _picked(_spec(obj), "type", "clusterIP", "selector", "ports", "externalName", "publishNotReadyAddresses")
    if fields.get("ports"):
        fields["ports"] = [
            {**port, "nodePort": f"<nodeport:{number}>"} if port.get("nodePort") else port
            for number, port in enumerate(fields["ports"])
        ]
    return {"spec": fields}


STATES: Mapping[str, Callable[[Json], State]] = {
    "ConfigMap": _config_map,
    "ControllerRevision": _revision,
    "CronJob": _cron_job,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "Endpoints": _endpoints,
    "EndpointSlice": _endpoint_slice,
    "HorizontalPodAutoscaler": _autoscaler,
    "Job": _job,
    "Namespace": _namespace,
    "Node": _node,
    "PersistentVolume": _volume,
    "PersistentVolumeClaim": _volume_claim,
    "Pod": _pod,
    "PodDisruptionBudget": _disruption_budget,
    "ReplicaSet": _replica_set,
    "ReplicationController": _replica_set,
    "ResourceQuota": _quota,
    "Service": _service,
    "StatefulSet": _stateful_set,
}
"""What is told of a kind; of others only what is told of all."""
