"""Does to a cluster what a recorded script did to a real one, and watches it.

A script acts in the namespace `trace`. Nodes have one CPU and an ordinary kubelet; containers are scripted by their
arguments, as kemu's own runtime reads them. Placement is left to the scheduler.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import attrs

import kemu
from kemu.objects import scheme

from .trace_form import Change
from .trace_names import Json

SPACE = "trace"
WATCHED = (
    "Pod",
    "Service",
    "Endpoints",
    "ConfigMap",
    "ServiceAccount",
    "Event",
    "PersistentVolumeClaim",
    "PersistentVolume",
    "ResourceQuota",
    "ReplicationController",
    "Namespace",
    "Node",
    "Deployment",
    "ReplicaSet",
    "StatefulSet",
    "DaemonSet",
    "ControllerRevision",
    "Job",
    "CronJob",
    "EndpointSlice",
    "PodDisruptionBudget",
    "HorizontalPodAutoscaler",
)
MADE_FOR_A_NAMESPACE = (("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt"))
PATCH_TYPES = {
    "merge": "application/merge-patch+json",
    "strategic": "application/strategic-merge-patch+json",
    "json": "application/json-patch+json",
    "apply": "application/apply-patch+yaml",
}
TAINT = re.compile(r"(?P<key>[^=:]+)(?:=(?P<value>[^:]*))?:(?P<effect>\w+)")
PATIENCE = 120
"""For how many seconds the cluster may get ready."""


class NotReplayable(Exception):
    """What the script asks for cannot be done."""


@attrs.frozen
class Observed:
    """What came of a script: the answer to each action, and everything that a watch client saw."""

    responses: Sequence[Json]
    changes: Sequence[Change]


def path_of(kind: str, namespace: str, name: str = "", subresource: str = "") -> str:
    """The path of an object, or of the collection of a kind; a kind that is not namespaced has no namespace."""
    found = scheme.find(kind)
    root = f"/apis/{found.group}/{found.version}" if found.group else f"/api/{found.version}"
    space = f"namespaces/{namespace}" if found.namespaced else ""
    return "/".join(part for part in (root, space, found.plural, name, subresource) if part)


def has_condition(obj: Json, kind: str) -> bool:
    """Whether a condition of an object is true."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return any(each["type"] == kind and each["status"] == "True" for each in conditions)


class World:
    """A cluster that stands as the recorded one did at the start of a case."""

    def __init__(self, case: Json) -> None:
        self._case = case
        self._static_pods: dict[tuple[str, str], str] = {}
        self._actions: Mapping[str, Callable[[Json], Json]] = {
            "create": self._create,
            "patch": self._patch,
            "scale": self._scale,
            "delete": self._delete,
            "deletecollection": self._delete_collection,
            "evict": self._evict,
            "pause-node": self._pause_node,
            "resume-node": self._resume_node,
            "kill-node": self._kill_node,
            "start-node": self._start_node,
            "static-pod": self._static_pod,
        }
        self._cluster = kemu.Cluster(nodes=0, seed=0, ties="heap")
        self._cluster.images.missing("*missing*")  # the rule of the recorded runtime
        known = {node["metadata"]["name"]: node for node in case.get("initialNodes") or ()}
        for number in range(case["nodes"]):
            self._add_node_like(f"node-{number}", known.get(f"node-{number}"))
        self._cluster.settle()
        if not case.get("createsNamespace"):
            namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": SPACE}}
            self._call("POST", path_of("Namespace", SPACE), namespace)
        self._await_readiness()
        if any((action.get("object") or {}).get("kind") == "CronJob" for action in case["script"]):
            self._cluster.advance((case["startSecondOfMinute"] - self._cluster.clock.unix) % 60)
        self._start = self._cluster.now

    def run(self, until: float) -> Observed:
        """Do what the script says, each action when it was done then, and watch up to a time."""
        responses = []
        for action, recorded in zip(self._case["script"], self._case["responses"], strict=True):
            self._reach(max(action["at"], recorded.get("t", 0)))
            responses.append(self._actions[action["do"]](action))
        self._reach(until)
        return Observed(responses, self._changes())

    def _reach(self, time: float) -> None:
        ahead = self._start + time - self._cluster.now
        if ahead > 1e-6:
            self._cluster.advance(ahead)

    def _add_node(self, name: str, pods: int = 110, **more: Any) -> None:
        self._cluster.add_node(name, cpu="1", memory="3840Mi", pods=pods, **more)

    def _add_node_like(self, name: str, recorded: Any) -> None:
        """A node with the labels and the room for pods that the recorded one had."""
        if recorded is None:
            self._add_node(name)
        else:
            self._add_node(name, int(recorded["status"]["capacity"]["pods"]), labels=recorded["metadata"]["labels"])

    def _await_readiness(self) -> None:
        """Let time pass until the nodes are ready, and the namespace has what every namespace gets."""
        made = () if self._case.get("createsNamespace") else MADE_FOR_A_NAMESPACE
        wanted = [path_of(kind, SPACE, name) for kind, name in made]
        missing: list[str] = []
        for _ in range(PATIENCE):
            self._cluster.advance(1)
            nodes = self._call("GET", path_of("Node", SPACE))[1]["items"]
            missing = [path for path in wanted if self._call("GET", path)[0] != 200]
            for node in nodes:
                if not has_condition(node, "Ready") or node["spec"].get("taints"):
                    missing.append(node["metadata"]["name"])
            if not missing and len(nodes) == self._case["nodes"]:
                self._cluster.advance(3)
                return
        raise NotReplayable(f"after {PATIENCE} s there is still not ready: {', '.join(missing)}")

    def _changes(self) -> list[Change]:
        kinds = [kind for kind in WATCHED if kind != "Node" or "initialNodes" in self._case]
        rows = [(change, kind) for kind in kinds for change in self._cluster.history(kind)]
        seen = []
        for change, kind in sorted(rows, key=lambda row: row[0].revision):
            obj = {**kemu.to_dict(change.object), "kind": kind}
            if self._is_watched(obj):
                seen.append(Change(change.time - self._start, change.type, obj))
        return seen

    def _is_watched(self, obj: Json) -> bool:
        """Whether an object is of this case: in its namespaces, or a node that the case is about."""
        kind, metadata = obj["kind"], obj["metadata"]
        if kind == "Node":
            return True
        if kind == "Event" and obj["involvedObject"]["kind"] == "Node":
            return "initialNodes" in self._case
        space = metadata["namespace"] if scheme.find(kind).namespaced else metadata["name"]
        return space == SPACE or space.startswith(f"{SPACE}-")

    # Requests

    def _call(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Any:
        data = None if body is None else json.dumps(body).encode()
        response = self._cluster.request(method, path, headers={"Content-Type": content_type}, body=data)
        return response.status, json.loads(bytes(response.body) or b"null")

    def _send(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Json:
        """What a recording keeps of an answer."""
        code, answer = self._call(method, path, body, content_type)
        told = {"code": code}
        if isinstance(answer, dict) and answer.get("kind") == "Status":
            told |= {name: answer[name] for name in ("reason", "message") if answer.get(name)}
        return told

    def _space(self, action: Json) -> str:
        return action.get("namespace", SPACE)

    def _target(self, action: Json, kind: str) -> str:
        """The name of what an action is about: it is given, or that of the n-th object that fits."""
        if "name" in action:
            return action["name"]
        items = self._call("GET", self._collection(action, kind))[1]["items"]
        if action.get("where") == "ready":
            items = [item for item in items if has_condition(item, "Ready")]
        elif action.get("where") == "not-deleting":
            items = [item for item in items if not item["metadata"].get("deletionTimestamp")]
        fitting = sorted((item["metadata"]["creationTimestamp"], item["metadata"]["name"]) for item in items)
        wanted = action.get("pick", 0)
        if wanted >= len(fitting):
            raise NotReplayable(f"action at {action['at']} s: only {len(fitting)} match {action.get('select')!r}")
        return fitting[wanted][1]

    def _collection(self, action: Json, kind: str) -> str:
        query = urlencode({"labelSelector": action.get("select", "")})
        return f"{path_of(kind, self._space(action))}?{query}"

    def _object(self, action: Json, kind: str, subresource: str = "") -> str:
        return path_of(kind, self._space(action), self._target(action, kind), subresource)

    # Actions

    def _create(self, action: Json) -> Json:
        obj = action["object"]
        namespace = obj["metadata"].get("namespace", self._space(action))
        return self._send("POST", path_of(obj["kind"], namespace), obj)

    def _patch(self, action: Json) -> Json:
        path = self._object(action, action["kind"], action.get("subresource", ""))
        return self._send("PATCH", path, action["patch"], PATCH_TYPES[action.get("type", "strategic")])

    def _scale(self, action: Json) -> Json:
        path = self._object(action, action["kind"], "scale")
        return self._send("PATCH", path, {"spec": {"replicas": action["replicas"]}}, PATCH_TYPES["merge"])

    def _delete(self, action: Json) -> Json:
        return self._send("DELETE", self._object(action, action["kind"]), action.get("options"))

    def _delete_collection(self, action: Json) -> Json:
        return self._send("DELETE", self._collection(action, action["kind"]), action.get("options"))

    def _evict(self, action: Json) -> Json:
        name, namespace = self._target(action, "Pod"), self._space(action)
        eviction = {
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": name, "namespace": namespace},
            **action.get("body", {}),
        }
        return self._send("POST", path_of("Pod", namespace, name, "eviction"), eviction)

    def _pause_node(self, action: Json) -> Json:
        self._cluster.node(action["node"]).stop_kubelet()
        return {}

    def _resume_node(self, action: Json) -> Json:
        self._cluster.node(action["node"]).start_kubelet()
        return {}

    def _kill_node(self, action: Json) -> Json:
        self._cluster.node(action["node"]).crash()
        return {}

    def _start_node(self, action: Json) -> Json:
        """A node starts again as it was, or, with flags, as a new one."""
        flags = dict(flag.lstrip("-").split("=", 1) for flag in action.get("flags", ()))
        if not flags:
            self._cluster.node(action["node"]).boot()
            return {}
        labels = [label.split("=", 1) for label in _listed(flags.get("node-labels", ""))]
        taints = [_taint(text) for text in _listed(flags.get("register-with-taints", ""))]
        self._add_node(action["node"], int(flags.get("max-pods", 110)), labels=dict(labels), taints=taints)
        return {}

    def _static_pod(self, action: Json) -> Json:
        """A manifest is put into the folder of a kubelet, or taken out of it."""
        pods = getattr(self._cluster.node(action["node"]), "static_pods", None)
        if pods is None:
            raise NotReplayable("kubelets know no static pods yet")
        place = (action["node"], action["file"])
        if action.get("object"):
            self._static_pods[place] = action["object"]["metadata"]["name"]
            pods.add(action["object"])
        else:
            pods.remove(self._static_pods.pop(place))
        return {}


def _listed(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def _taint(text: str) -> dict[str, str]:
    found = TAINT.fullmatch(text)
    assert found is not None, f"no taint: {text}"
    return found.groupdict(default="")
