"""Hypothesis strategies: objects that the server accepts, ones with a single named mistake, clusters, faults and users.

    @given(deployments())
    def test_it(deployment): ...

    @kemu.given_cluster(objects("ingresses"))
    def test_that(cluster, ingress): ...

An object begins with the least that its kind needs (`BASES`), and gets further fields drawn from the shape of the kind,
each of which is kept if the server takes it: so whatever is drawn is accepted, and shrinks to the least.
`ClusterMachine` is a state machine of users, faults and time. Everything is a plain manifest, as one would write it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from .. import errors

try:
    from hypothesis import given
    from hypothesis import strategies as st
    from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
except ImportError as problem:
    raise errors.MissingExtra("kemu.testing.strategies", "test") from problem

from .. import checks
from ..cluster import Cluster
from ..objects.schema import Field, Shape
from ..wellknown import ZONE
from .mistakes import MISTAKES, possible

Document = dict[str, Any]

CONTAINERS = [{"name": "c", "image": "nginx"}]
TEMPLATE = {"metadata": {"labels": {"app": "a"}}, "spec": {"containers": CONTAINERS}}
SELECTOR = {"matchLabels": {"app": "a"}}
JOB = {"spec": {"template": {"spec": {"restartPolicy": "Never", "containers": CONTAINERS}}}}
ROLE = {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}}
ASKS = b64encode(b"-----BEGIN CERTIFICATE REQUEST-----\nMA==\n-----END CERTIFICATE REQUEST-----\n").decode()
TARGET = {"apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}

RULE = {"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"]}
LABELLED = {"patchType": "JSONPatch", "jsonPatch": {"expression": "[JSONPatch{op: 'remove', path: '/data'}]"}}

BASES: dict[str, Document] = {
    "pods": {"spec": {"containers": CONTAINERS}},
    "resourceslices.resource.k8s.io": {
        "spec": {
            "driver": "a.example.com",
            "pool": {"name": "a", "generation": 1, "resourceSliceCount": 1},
            "allNodes": True,
        }
    },
    "deployments.apps": {"spec": {"selector": SELECTOR, "template": TEMPLATE}},
    "replicasets.apps": {"spec": {"selector": SELECTOR, "template": TEMPLATE}},
    "statefulsets.apps": {"spec": {"selector": SELECTOR, "template": TEMPLATE, "serviceName": "a"}},
    "daemonsets.apps": {"spec": {"selector": SELECTOR, "template": TEMPLATE}},
    "replicationcontrollers": {"spec": {"template": TEMPLATE}},
    "podtemplates": {"template": TEMPLATE},
    "jobs.batch": JOB,
    "cronjobs.batch": {"spec": {"schedule": "@daily", "jobTemplate": JOB}},
    "persistentvolumeclaims": {
        "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    },
    "services": {"spec": {"ports": [{"port": 80}]}},
    "ingresses.networking.k8s.io": {"spec": {"defaultBackend": {"service": {"name": "a", "port": {"number": 80}}}}},
    "ingressclasses.networking.k8s.io": {"spec": {"controller": "example.com/ingress"}},
    "horizontalpodautoscalers.autoscaling": {"spec": {"maxReplicas": 3, "scaleTargetRef": TARGET}},
    "persistentvolumes": {
        "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data"}}
    },
    "controllerrevisions.apps": {"data": {"a": 1}, "revision": 1},
    "endpointslices.discovery.k8s.io": {"addressType": "IPv4", "endpoints": []},
    "ipaddresses.networking.k8s.io": {
        "spec": {"parentRef": {"resource": "services", "namespace": "default", "name": "a"}}
    },
    "servicecidrs.networking.k8s.io": {"spec": {"cidrs": ["10.200.0.0/24"]}},
    "runtimeclasses.node.k8s.io": {"handler": "runsc"},
    "flowschemas.flowcontrol.apiserver.k8s.io": {"spec": {"priorityLevelConfiguration": {"name": "catch-all"}}},
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": {
        "spec": {"type": "Limited", "limited": {"limitResponse": {"type": "Reject"}}}
    },
    "clusterrolebindings.rbac.authorization.k8s.io": ROLE,
    "rolebindings.rbac.authorization.k8s.io": ROLE,
    "csistoragecapacities.storage.k8s.io": {"storageClassName": "fast"},
    "storageclasses.storage.k8s.io": {"provisioner": "example.com/disks"},
    "volumeattachments.storage.k8s.io": {
        "spec": {"attacher": "example.com", "nodeName": "n", "source": {"persistentVolumeName": "pv"}}
    },
    "validatingadmissionpolicies.admissionregistration.k8s.io": {
        "spec": {"matchConstraints": {"resourceRules": [RULE]}, "validations": [{"expression": "true"}]}
    },
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": {
        "spec": {"policyName": "none", "validationActions": ["Deny"]}
    },
    "mutatingadmissionpolicies.admissionregistration.k8s.io": {
        "spec": {
            "matchConstraints": {"resourceRules": [RULE]},
            "mutations": [LABELLED],
            "reinvocationPolicy": "Never",
        }
    },
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io": {"spec": {"policyName": "none"}},
    "certificatesigningrequests.certificates.k8s.io": {
        "spec": {"request": ASKS, "signerName": "example.com/signer", "usages": ["client auth"]}
    },
    "events.events.k8s.io": {
        "eventTime": "2000-01-01T00:00:00.000000Z",
        "reportingController": "example.com/controller",
        "reportingInstance": "a",
        "action": "Acts",
        "reason": "Because",
        "type": "Normal",
        "regarding": {"namespace": "default"},
    },
    "volumeattributesclasses.storage.k8s.io": {"driverName": "example.com", "parameters": {"a": "b"}},
}
"""What a kind needs beside a name; the others need nothing."""

PATIENCE = 10
"""How often a user of a machine tries what faults refuse."""

NAMES = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
LEAST_NAMES = {"ipaddresses.networking.k8s.io": "10.200.0.7"}
OF_KINDS = {"ipaddresses.networking.k8s.io": st.sampled_from(["10.200.0.7", "10.200.0.8", "2001:db8::7"])}
"""The names of kinds that want special ones."""
WORDS = st.sampled_from(["a", "b", "web", "db", "1", "true"])
LABELS = st.dictionaries(st.sampled_from(["app", "tier", "example.com/part"]), WORDS, max_size=2)


# Objects


@cache
def _judge() -> Cluster:
    """The server that is asked what it accepts. Nothing is ever written to it."""
    return Cluster(nodes=0, scheduler=False)


def accepted(document: Mapping[str, Any]) -> bool:
    """Whether the server would take an object as it is written in a manifest: without a field that it does not know."""
    where = f"{_path(document)}?dryRun=All&fieldValidation=Strict"
    return _judge().request("POST", where, body=dict(document)).status < 300


def _path(document: Mapping[str, Any]) -> str:
    version, kind = document["apiVersion"], document["kind"]
    resource = _judge().api.resources.by_kind(version, kind)
    assert resource is not None, f"there is no kind {kind} in {version}"
    root = f"/apis/{version}" if "/" in version else f"/api/{version}"
    where = "/namespaces/default" if resource.namespaced else ""
    return f"{root}{where}/{resource.kind.plural}"


def least(kind: str, **metadata: Any) -> Document:
    """The least that the server accepts as an object of a kind; keywords are its metadata."""
    resource = _judge().api.resources.of(kind)
    if not metadata:
        metadata = {"name": LEAST_NAMES.get(resource.key, "a")}
    about = {"apiVersion": resource.kind.api_version, "kind": resource.kind.kind, "metadata": metadata}
    return {**about, **deepcopy(BASES.get(resource.kind.group_resource, {}))}


@st.composite
def objects(draw: st.DrawFn, kind: str, **metadata: Any) -> Document:
    """Manifests of a kind, named as in `kubectl get`, that the server accepts. Keywords fix parts of their metadata."""
    resource = _judge().api.resources.of(kind)
    named = {"name": draw(OF_KINDS.get(resource.key, NAMES)), "labels": draw(LABELS), **metadata}
    document = least(kind, **{key: value for key, value in named.items() if value not in ({}, None)})
    for path, field in draw(
        st.lists(st.sampled_from(_fields(resource.key)), max_size=3, unique_by=lambda pair: pair[0])
    ):
        further = deepcopy(document)
        place = further
        for name in path:
            place = place.setdefault(name, {})
        place[field.json] = draw(_value(field))
        if accepted(further):
            document = further
    return document


@cache
def _fields(key: str) -> list[tuple[tuple[str, ...], Field]]:
    """The scalar fields of a kind's specification, with where they stand; a field of its own if there is none."""
    resource = _judge().api.resources.of(key)
    found: list[tuple[tuple[str, ...], Field]] = []

    def walk(shape: Shape, path: tuple[str, ...]) -> None:
        for field in shape.fields:
            held = field.type
            if held.kind in ("string", "integer", "boolean", "quantity", "int_or_string"):
                found.append((path, field))
            elif held.kind == "struct" and len(path) < 3:
                walk(held.shape, (*path, field.json))

    for field in resource.shape.fields:
        if field.json not in ("metadata", "status", "kind", "apiVersion"):
            held = field.type
            if held.kind == "struct":
                walk(held.shape, (field.json,))
            elif held.kind in ("boolean", "string", "integer"):
                found.append(((), field))
    annotation: list[tuple[tuple[str, ...], Field]] = [
        (("metadata",), field) for field in _metadata(resource.shape) if field.json == "generateName"
    ]
    return found or annotation


def _metadata(shape: Shape) -> tuple[Field, ...]:
    return tuple(shape.by_json["metadata"].type.shape.fields)


def _value(field: Field) -> st.SearchStrategy[Any]:
    """Values of a scalar field, likely ones first."""
    kind = field.type.kind
    if kind == "boolean":
        return st.booleans()
    if kind == "integer":
        return st.sampled_from([0, 1, 2, 3, 10, 30, 600])
    if kind == "quantity":
        return st.sampled_from(["1", "100m", "1Gi"])
    return st.sampled_from(field.type.choices or field.enum or ("a", "web", "1", "example.com/a"))


def pods(**metadata: Any) -> st.SearchStrategy[Document]:
    """Pods."""
    return objects("pods", **metadata)


def deployments(**metadata: Any) -> st.SearchStrategy[Document]:
    """Deployments."""
    return objects("deployments", **metadata)


# Mistakes


@st.composite
def mistaken(draw: st.DrawFn, kind: str) -> tuple[str, Document]:
    """Manifests of a kind with one mistake, which has a name (`mistakes.py`); the server refuses them."""
    document = deepcopy(draw(objects(kind)))
    mistake = draw(st.sampled_from(possible(_judge().api.resources.of(kind).key)))
    MISTAKES[mistake].make(document)
    return mistake, document


# What only a schema describes


def from_schema(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Values that an openAPIV3Schema allows: of its types, words, bounds and required fields."""
    if "enum" in schema:
        return st.sampled_from(list(schema["enum"]))
    if schema.get("x-kubernetes-int-or-string"):
        return st.integers(0, 100) | WORDS
    kind = schema.get("type")
    if kind == "object":
        fields = {name: from_schema(held) for name, held in schema.get("properties", {}).items()}
        needed = {name: fields.pop(name) for name in schema.get("required", ()) if name in fields}
        if "additionalProperties" in schema and isinstance(schema["additionalProperties"], Mapping):
            return st.dictionaries(NAMES, from_schema(schema["additionalProperties"]), max_size=2)
        return st.fixed_dictionaries(needed, optional=fields)
    if kind == "array":
        unique = schema.get("uniqueItems") or schema.get("x-kubernetes-list-type") == "set"
        bounds = (schema.get("minItems", 0), schema.get("maxItems", schema.get("minItems", 0) + 2))
        return st.lists(from_schema(schema["items"]), min_size=bounds[0], max_size=bounds[1], unique=bool(unique))
    if kind in ("integer", "number"):
        low, high = schema.get("minimum", -5), schema.get("maximum", schema.get("minimum", 0) + 100)
        return st.integers(int(low), int(high))
    if kind == "boolean":
        return st.booleans()
    if "pattern" in schema:
        return st.from_regex(schema["pattern"], fullmatch=False)
    least = schema.get("minLength", 0)
    return st.text("abcxyz", min_size=least, max_size=schema.get("maxLength", least + 5))


@st.composite
def from_crd(draw: st.DrawFn, crd: Mapping[str, Any], version: str = "") -> Document:
    """Objects of a custom kind, from its CustomResourceDefinition as a manifest; of its stored version by default."""
    spec = crd["spec"]
    served = next(each for each in spec["versions"] if (each["name"] == version if version else each.get("storage")))
    body = draw(from_schema(served["schema"]["openAPIV3Schema"]))
    kept = {key: value for key, value in body.items() if key not in ("metadata", "status", "kind", "apiVersion")}
    about = {"apiVersion": f"{spec['group']}/{served['name']}", "kind": spec["names"]["kind"]}
    return {**about, "metadata": {"name": draw(NAMES)}, **kept}


# Clusters, faults and users


def clusters(nodes: int = 3) -> st.SearchStrategy[Cluster]:
    """Clusters of up to so many nodes."""
    return st.builds(Cluster, nodes=st.integers(1, nodes), seed=st.integers(0, 20), shuffle=st.booleans())


def given_cluster(*more: st.SearchStrategy[Any], nodes: int = 3) -> Callable[[Callable[..., Any]], Any]:
    """Give a test a cluster, and values of further strategies, as Hypothesis' `given` does."""
    return given(clusters(nodes), *more)


@st.composite
def topologies(draw: st.DrawFn, nodes: int = 4) -> list[Document]:
    """Up to so many nodes as keywords of `add_node`: of several sizes, in zones, some tainted."""
    sizes = st.sampled_from([("1", "1Gi"), ("4", "8Gi"), ("64", "256Gi")])
    found = []
    for number in range(draw(st.integers(1, nodes))):
        cpu, memory = draw(sizes)
        labels = {ZONE: draw(st.sampled_from(["a", "b"])), **draw(LABELS)}
        taints = draw(st.sampled_from([[], [{"key": "a", "value": "b", "effect": "NoSchedule"}]]))
        found.append({"name": f"n-{number}", "cpu": cpu, "memory": memory, "labels": labels, "taints": taints})
    return found


def built(topology: list[Document], **more: Any) -> Cluster:
    """A cluster of the nodes of a topology; keywords are those of `Cluster`."""
    cluster = Cluster(nodes=0, **more)
    for node in topology:
        cluster.add_node(**node)
    return cluster


@st.composite
def actions(draw: st.DrawFn, most: int = 6) -> list[tuple[str, Any]]:
    """What users do one after the other, as pairs for `act`: they apply, scale and delete Deployments, and wait."""
    name = st.sampled_from(["a", "b"])
    apply = st.tuples(st.just("apply"), name.flatmap(lambda each: deployments(name=each)))
    scale = st.tuples(st.just("scale"), st.tuples(name, st.integers(0, 4)))
    delete = st.tuples(st.just("delete"), name)
    wait = st.tuples(st.just("wait"), st.sampled_from([0, 1, 10, 60, 600]))
    return draw(st.lists(st.one_of(apply, scale, delete, wait), min_size=1, max_size=most))


def act(cluster: Cluster, action: tuple[str, Any]) -> bool:
    """Do one of `actions`; whether the server took it. What is not there cannot be scaled or deleted."""
    what, about = action
    try:
        if what == "apply":
            cluster.apply(about, force=True)
        elif what == "scale":
            cluster.scale(f"deployment/{about[0]}", about[1])
        elif what == "delete":
            cluster.delete(f"deployment/{about}")
        else:
            cluster.advance(about)
    except errors.ApiError:
        return False
    return True


def fault_plans(most: int = 4) -> st.SearchStrategy[list[tuple[float, str]]]:
    """What goes wrong and when, as pairs of the seconds since the last one and a name of `FAULTS`."""
    return st.lists(st.tuples(st.sampled_from([0.0, 1.0, 10.0, 60.0]), st.sampled_from(sorted(FAULTS))), max_size=most)


def suffer(cluster: Cluster, plan: list[tuple[float, str]]) -> None:
    """Let a fault plan come true, one after the other."""
    for seconds, name in plan:
        cluster.advance(seconds)
        FAULTS[name](cluster)


FAULTS: dict[str, Callable[[Cluster], Any]] = {
    "a conflict": lambda cluster: cluster.faults.conflict("update"),
    "an error": lambda cluster: cluster.faults.error("write"),
    "a lost answer": lambda cluster: cluster.faults.timeout("write", after=True),
    "a crash": lambda cluster: cluster.faults.crash("kube-controller-manager"),
    "pods late": lambda cluster: cluster.faults.stale("kube-controller-manager", "pods", for_="10s"),
    "a node crash": lambda cluster: cluster.faults.node_crash(_first_node(cluster), for_="1m"),
    "a partition": lambda cluster: cluster.faults.partition(_first_node(cluster), for_="1m"),
    "a kubelet restart": lambda cluster: cluster.faults.kubelet_restart(_first_node(cluster)),
    "pods unobserved": lambda cluster: cluster.faults.unobserved("kube-controller-manager", "pods", for_="10s"),
    "a relist": lambda cluster: cluster.faults.expire("kube-controller-manager", "pods"),
    "a busy server": lambda cluster: cluster.faults.too_many("write"),
    "a denial": lambda cluster: cluster.faults.webhook("create", by="kube-controller-manager"),
    "a clock ahead": lambda cluster: cluster.faults.skew("kube-controller-manager", "2m", for_="5m"),
}
"""What can go wrong in a cluster, by name."""


def _first_node(cluster: Cluster) -> str:
    return str(cluster.list("nodes")[0].metadata.name)


class ClusterMachine(RuleBasedStateMachine):
    """A cluster, its users, faults and time. Subclasses add rules and invariants, and override `make` and `calm`."""

    def __init__(self) -> None:
        super().__init__()
        self.cluster = self.make()
        self.made: dict[str, Document] = {}

    def make(self) -> Cluster:
        """The cluster to begin with."""
        return Cluster(nodes=2)

    def calm(self) -> None:
        """What must hold once nothing goes wrong any more and everybody had half an hour. Raises AssertionError."""
        checks.quiet(self.cluster, self.cluster.now - 600)
        checks.owners_exist(self.cluster)

    @rule(name=st.sampled_from(["a", "b"]), replicas=st.integers(0, 3))
    def deploy(self, name: str, replicas: int) -> None:
        """A user wants so many replicas."""
        labels = {"app": name}
        template = {"metadata": {"labels": labels}, "spec": {"containers": CONTAINERS}}
        spec = {"replicas": replicas, "selector": {"matchLabels": labels}, "template": template}
        self.made[name] = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}
        self._again(lambda: self.cluster.apply(self.made[name], force=True))

    @precondition(lambda self: bool(self.made))
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        """A user has had enough of it."""
        name = data.draw(st.sampled_from(sorted(self.made)))
        self._again(lambda: self.cluster.delete(f"deployment/{name}"))
        del self.made[name]

    @rule(seconds=st.sampled_from([0, 1, 10, 60]))
    def advance(self, seconds: int) -> None:
        """Time passes."""
        self.cluster.advance(seconds)

    @rule(fault=st.sampled_from(sorted(FAULTS)))
    def fault(self, fault: str) -> None:
        """Something goes wrong."""
        FAULTS[fault](self.cluster)

    @invariant()
    def no_lies(self) -> None:
        """What holds after every step."""
        checks.observed_generation(self.cluster)
        checks.no_double_binding(self.cluster)

    def teardown(self) -> None:
        """Everything that goes wrong has an end; then the world is as the users want it."""
        self.cluster.faults.lift()
        self.cluster.advance("30m")
        self.calm()
        for name, wanted in self.made.items():
            status = self.cluster.get(f"deployment/{name}").status
            assert (status.ready_replicas or 0) == wanted["spec"]["replicas"], f"{name}: {status}"

    def _again(self, act: Callable[[], Any]) -> None:
        """Do something as a patient user does, who tries again what was refused by a fault."""
        refused = 0
        while True:
            try:
                act()
            except errors.NotFound:
                if not refused:
                    raise
            except (errors.Conflict, errors.InternalError, errors.Timeout, errors.TooManyRequests):
                refused += 1
                if refused < PATIENCE:
                    continue
                raise
            return
