"""The audit log: what is noted of requests, by which policy, and what admission adds to it."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

import kemu
from kemu import errors

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "p"},
    "spec": {"containers": [{"name": "c", "image": "i"}]},
}
MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m"}, "data": {"a": "<b>"}}
REGISTRATION = "admissionregistration.k8s.io/v1"
SECURITY, POLICY = "pod-security.kubernetes.io/", "validation.policy.admission.k8s.io/validation_failure"
MAPS = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}


@pytest.fixture
def cluster() -> kemu.Cluster:
    return kemu.Cluster(nodes=0)


def test_a_request_is_noted_when_it_comes_and_when_it_is_answered(cluster: kemu.Cluster) -> None:
    """As kube-apiserver writes it: one JSON object a line."""
    cluster.create(MAP)
    cluster.audit.start()
    cluster.get("configmap/m")
    with pytest.raises(errors.NotFound):
        cluster.get("configmap/other")
    cluster.audit.stop()
    cluster.get("configmap/m")
    lines = [json.loads(line) for line in str(cluster.audit).splitlines()]
    assert [each["stage"] for each in lines] == ["RequestReceived", "ResponseComplete"] * 2
    first, found, _, missing = lines
    assert first["auditID"] == found["auditID"] != missing["auditID"]
    assert "responseStatus" not in first and "annotations" not in first
    assert found == {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": first["auditID"],
        "stage": "ResponseComplete",
        "requestURI": "/api/v1/namespaces/default/configmaps/m",
        "verb": "get",
        "user": {"username": "kubernetes-admin", "groups": ["system:masters", "system:authenticated"]},
        "userAgent": "user",
        "objectRef": {"resource": "configmaps", "namespace": "default", "name": "m", "apiVersion": "v1"},
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": "2000-01-01T00:00:00.000000Z",
        "stageTimestamp": "2000-01-01T00:00:00.000000Z",
        "annotations": {"authorization.k8s.io/decision": "allow", "authorization.k8s.io/reason": ""},
    }
    assert missing["responseStatus"] == {
        "metadata": {},
        "status": "Failure",
        "message": 'configmaps "other" not found',
        "reason": "NotFound",
        "details": {"name": "other", "kind": "configmaps"},
        "code": 404,
    }


MAPS_PATH = "/api/v1/namespaces/default/configmaps"


def test_who_comes_over_http_is_noted_as_they_came(cluster: kemu.Cluster) -> None:
    """By the path with its query, in their own words, and as whom they ask."""
    cluster.audit.start("RequestResponse")
    headers = {"User-Agent": "test/1", "Impersonate-User": "alice", "Impersonate-Extra-scopes": "view"}
    assert cluster.request("GET", f"{MAPS_PATH}?limit=5", headers=headers).status == 403
    first, refused = cluster.audit.events(verb="list", stage="")
    assert (first.impersonated, first.annotations) == (None, {})
    document = refused.to_dict()
    assert document["requestURI"] == f"{MAPS_PATH}?limit=5" and document["userAgent"] == "test/1"
    assert document["user"]["username"] == "kubernetes-admin"
    assert document["impersonatedUser"] == {
        "username": "alice", "groups": ["system:authenticated"], "extra": {"scopes": ["view"]}
    }  # fmt: skip
    assert "authenticationMetadata" not in document
    assert document["annotations"]["authorization.k8s.io/decision"] == "forbid"
    assert document["responseObject"]["kind"] == "Status" and document["responseObject"]["code"] == 403
    cluster.request("GET", "/version?x=1")
    (plain,) = cluster.audit.events(verb="get")
    assert (plain.uri, plain.code, plain.resource) == ("/version?x=1", 200, "")


def test_the_verb_that_lets_somebody_be_another_is_noted(cluster: kemu.Cluster) -> None:
    """Where it is a constrained one."""
    cluster.audit.start("Metadata")
    cluster.request("GET", "/version", headers={"Impersonate-User": "alice"})
    (plain,) = cluster.audit.events(verb="get")
    assert plain.to_dict()["authenticationMetadata"] == {"impersonationConstraint": "impersonate:user-info"}


def test_lists_and_options_of_deletions_are_noted(cluster: kemu.Cluster) -> None:
    """As they travel; options in a query are no object."""
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "m", "labels": {"a": "b"}}})
    cluster.audit.start("RequestResponse")
    cluster.request("GET", f"{MAPS_PATH}?labelSelector=a%3Db")
    (listed,) = [each.to_dict() for each in cluster.audit.events(verb="list")]
    answered = listed["responseObject"]
    assert (answered["kind"], [each["metadata"]["name"] for each in answered["items"]]) == ("ConfigMapList", ["m"])
    assert "kind" not in answered["items"][0] and int(answered["metadata"]["resourceVersion"])
    cluster.request("DELETE", f"{MAPS_PATH}/m?dryRun=All")
    cluster.request("DELETE", f"{MAPS_PATH}/m", body={"dryRun": ["All"]})
    query, body = [each.to_dict() for each in cluster.audit.events(verb="delete")]
    assert "requestObject" not in query
    options = {"kind": "DeleteOptions", "apiVersion": "meta.k8s.io/__internal", "dryRun": ["All"]}
    assert body["requestObject"] == options


def test_who_does_not_come_over_http_is_noted_alike(cluster: kemu.Cluster) -> None:
    """With the query that a client would have sent, the list that was answered and the options of deletions."""
    cluster.create({**MAP, "metadata": {"name": "m", "labels": {"a": "b"}}})
    cluster.audit.start("RequestResponse")
    cluster.list("configmaps", label_selector="a=b")
    (listed,) = [each.to_dict() for each in cluster.audit.events(verb="list")]
    assert listed["requestURI"] == f"{MAPS_PATH}?labelSelector=a%3Db"
    answered = listed["responseObject"]
    assert (answered["kind"], [each["metadata"]["name"] for each in answered["items"]]) == ("ConfigMapList", ["m"])
    cluster.apply(MAP, manager="me", force=True)
    cluster.patch("configmap", "m", {"data": {"c": "d"}}, type="merge")
    applied, merged = [each.uri for each in cluster.audit.events(verb="patch")]
    assert applied == f"{MAPS_PATH}/m?fieldManager=me&force=true" and merged == f"{MAPS_PATH}/m?fieldManager=kemu"
    cluster.delete("configmap/m")
    (gone,) = [each.to_dict() for each in cluster.audit.events(verb="delete")]
    assert gone["requestURI"] == f"{MAPS_PATH}/m"
    assert gone["requestObject"]["kind"] == "DeleteOptions" and gone["responseObject"]["status"] == "Success"
    assert gone["responseObject"]["details"]["uid"] == answered["items"][0]["metadata"]["uid"]


def test_the_end_of_what_goes_on_is_noted(cluster: kemu.Cluster) -> None:
    """When the time of a watch is over, and when its reader wants no more; what is refused has begun, too."""
    cluster.audit.start()

    def stages() -> list[tuple[str, int, str]]:
        return [
            (each.stage.removeprefix("Response"), each.code, str(each.noted)[17:19])
            for each in cluster.audit.events(stage="")
            if each.resource and each.stage != "RequestReceived"
        ]

    whole = cluster.request("GET", f"{MAPS_PATH}?watch=true&timeoutSeconds=7")
    assert stages() == [("Started", 200, "00")]
    assert whole.body.count(b"ADDED") == 1
    assert stages() == [("Started", 200, "00"), ("Complete", 200, "07")]
    begun = cluster.request("GET", f"{MAPS_PATH}?watch=true").stream()
    next(begun)
    begun.close()
    assert stages()[2:] == [("Started", 200, "07"), ("Complete", 200, "07")]
    cluster.request("GET", "/api/v1/namespaces/default/pods/none/log")
    assert stages()[4:] == [("Started", 404, "07"), ("Complete", 404, "07")]


def test_what_cannot_be_read_is_noted(cluster: kemu.Cluster) -> None:
    """Of a request that gets no further there is what its path says."""
    cluster.audit.start("RequestResponse")
    cluster.request("POST", MAPS_PATH, body={"apiVersion": "v1", "kind": "Secret"})
    cluster.request("POST", "/apis/nothing.example.com/v1/things", body={})
    wrong, missing = [each.to_dict() for each in cluster.audit.events(verb="create")]
    assert wrong["responseStatus"]["code"] == 400 and "requestObject" not in wrong
    assert wrong["responseStatus"]["message"].startswith('Secret in version "v1" cannot be handled as a ConfigMap')
    assert wrong["objectRef"] == {"resource": "configmaps", "namespace": "default", "apiVersion": "v1"}
    assert missing["responseStatus"]["code"] == 404 and missing["objectRef"]["apiGroup"] == "nothing.example.com"


def test_who_is_not_known_is_noted(cluster: kemu.Cluster) -> None:
    """Once, when they are answered; rules about users are not about them."""
    about = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy"}
    rules = [{"level": "None", "users": ["kubernetes-admin"]}, {"level": "Metadata"}]
    cluster.audit.start({**about, "rules": rules})
    cluster.request("GET", MAPS_PATH, headers={"Authorization": "Bearer nothing"})
    (event,) = cluster.audit.events(stage="")
    document = event.to_dict()
    assert (document["stage"], document["user"], document["verb"]) == ("ResponseStarted", {}, "list")
    assert document["responseStatus"] == {
        "metadata": {}, "status": "Failure", "message": "Unauthorized", "reason": "Unauthorized", "code": 401
    }  # fmt: skip


def test_what_is_sent_names_the_object(cluster: kemu.Cluster) -> None:
    """With what it says of its version; a patch is noted as it is, and objects with who owns their fields."""
    cluster.audit.start("RequestResponse")
    made = cluster.request("POST", MAPS_PATH, body=MAP).json()
    cluster.request("PUT", f"{MAPS_PATH}/m", body=made)
    merge = {"Content-Type": "application/merge-patch+json"}
    cluster.request("PATCH", f"{MAPS_PATH}/m", headers=merge, body={"data": {"x": "y"}})
    begun, created, _, updated, _, patched = [each.to_dict() for each in cluster.audit.events(stage="")]
    assert "name" not in begun["objectRef"] and created["objectRef"]["name"] == "m"
    assert updated["objectRef"]["resourceVersion"] == made["metadata"]["resourceVersion"]
    assert updated["objectRef"]["uid"] == made["metadata"]["uid"]
    assert patched["requestObject"] == {"data": {"x": "y"}}
    assert patched["responseObject"]["metadata"]["managedFields"]


def test_everybody_is_noted_with_why_they_may(cluster: kemu.Cluster) -> None:
    """Controllers by their own names, and whoever is refused."""
    cluster.audit.start()
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "n"}})
    cluster.settle()
    (made,) = cluster.audit.events(verb="create", resource="serviceaccounts")
    assert (made.user.name, made.code) == ("system:serviceaccount:kube-system:service-account-controller", 201)
    assert made.annotations["authorization.k8s.io/reason"].startswith("RBAC: allowed by ClusterRoleBinding")
    with pytest.raises(errors.Forbidden):
        cluster.as_user("alice").list("pods")
    (refused,) = cluster.audit.events(user="alice")
    assert (refused.annotations["authorization.k8s.io/decision"], refused.code) == ("forbid", 403)


def test_a_policy_says_what_is_noted(cluster: kemu.Cluster) -> None:
    """The first rule that fits; with which objects, and at which stages."""
    cluster.audit.start(
        {
            "apiVersion": "audit.k8s.io/v1",
            "kind": "Policy",
            "omitStages": ["RequestReceived"],
            "rules": [
                {"level": "None", "users": ["kubernetes-admin"], "verbs": ["get"]},
                {"level": "RequestResponse", "resources": [{"group": "", "resources": ["configmaps"]}]},
                {
                    "level": "Request",
                    "resources": [{"group": "", "resources": ["pods/*", "pods"], "resourceNames": ["p"]}],
                },
                {"level": "Metadata", "nonResourceURLs": ["/version*"]},
            ],
        }
    )
    cluster.create(MAP)
    cluster.create(POD)
    cluster.create({**POD, "metadata": {"name": "q"}})
    cluster.get("configmap/m")
    cluster.patch("pod", "p", {"status": {"message": "x"}}, type="merge", subresource="status")
    events = cluster.audit.events(stage="")
    shown = [(each.verb, each.resource, each.subresource, each.level, each.stage) for each in events]
    assert shown == [
        ("create", "configmaps", "", "RequestResponse", "ResponseComplete"),
        ("patch", "pods", "status", "Request", "ResponseComplete"),
    ]
    document = events[0].to_dict()
    assert document["requestObject"]["data"] == document["responseObject"]["data"] == {"a": "<b>"}
    assert "uid" in document["responseObject"]["metadata"]
    assert '"a":"\\u003cb\\u003e"' in str(events[0])


@pytest.mark.parametrize(
    "policy",
    ["All", {}, {"apiVersion": "audit.k8s.io/v1", "kind": "Policy"}]
    + [
        {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "rules": [rule]}
        for rule in ({"level": "Some"}, {"level": "None", "verbs": "get"}, {"level": "None", "omitStages": ["End"]})
    ],
)
def test_what_is_no_policy_is_refused(cluster: kemu.Cluster, policy: Any) -> None:
    """And what was noted by goes on to be."""
    cluster.audit.start()
    with pytest.raises(errors.UsageError, match="audit"):
        cluster.audit.start(policy)
    cluster.list("pods")
    assert cluster.audit.events(verb="list")


def test_what_a_namespace_wants_noted_of_pods(cluster: kemu.Cluster) -> None:
    """The level that is enforced, and what violates the one that is audited; nobody is refused or warned for that."""
    labels = {f"{SECURITY}audit": "restricted", f"{SECURITY}enforce": "baseline"}
    cluster.patch("namespace", "default", {"metadata": {"labels": labels}}, type="merge")
    cluster.audit.start()
    cluster.create(POD)
    (event,) = cluster.audit.events(verb="create", resource="pods")
    assert event.annotations[f"{SECURITY}enforce-policy"] == "baseline:latest"
    said = event.annotations[f"{SECURITY}audit-violations"]
    assert said.startswith('would violate PodSecurity "restricted:latest": allowPrivilegeEscalation != false')


def test_what_policies_want_noted(cluster: kemu.Cluster) -> None:
    """Their audit annotations, and with the action Audit that a validation is not true."""
    spec = {
        "matchConstraints": {"resourceRules": [MAPS]},
        "validations": [{"expression": "true"}, {"expression": "size(object.data) > 1", "message": "too few"}],
        "auditAnnotations": [
            {"key": "size", "valueExpression": "'has ' + string(size(object.data))"},
            {"key": "nothing", "valueExpression": "null"},
        ],
    }
    binding = {"policyName": "few", "validationActions": ["Warn", "Audit"]}
    for kind, name, what in (("Policy", "few", spec), ("PolicyBinding", "b", binding)):
        metadata = {"name": name}
        cluster.apply(
            {"apiVersion": REGISTRATION, "kind": f"ValidatingAdmission{kind}", "metadata": metadata, "spec": what}
        )
    cluster.audit.start()
    cluster.create(MAP)
    (event,) = cluster.audit.events(verb="create", resource="configmaps")
    assert event.annotations["few/size"] == "has 1" and "few/nothing" not in event.annotations
    assert event.annotations[POLICY] == (
        '[{"message":"too few","policy":"few","binding":"b","expressionIndex":1,"validationActions":["Warn","Audit"]}]'
    )


@pytest.mark.parametrize("level", ["Metadata", "Request"])
def test_what_webhooks_want_noted(cluster: kemu.Cluster, level: str) -> None:
    """Their own annotations, whether they have changed the object, and that one did not answer; with objects, how."""

    def hook(name: str, url: str) -> dict[str, Any]:
        return {"name": name, "clientConfig": {"url": url}, "rules": [MAPS], "failurePolicy": "Ignore",
                "sideEffects": "None", "admissionReviewVersions": ["v1"]}  # fmt: skip

    def answer(review: dict[str, Any]) -> dict[str, Any]:
        patch = [{"op": "add", "path": "/data/b", "value": "c"}]
        return {"uid": review["request"]["uid"], "allowed": True, "patch": patch, "auditAnnotations": {"seen": "yes"}}

    cluster.admission.webhook("https://here.example.com/", answer)
    webhooks = [
        hook("here.example.com", "https://here.example.com/"),
        hook("away.example.com", "https://away.example.com/"),
    ]
    configuration = {"apiVersion": REGISTRATION, "kind": "MutatingWebhookConfiguration", "metadata": {"name": "w"}}
    cluster.apply({**configuration, "webhooks": webhooks})
    cluster.audit.start(level)
    cluster.create(MAP)
    (event,) = cluster.audit.events(verb="create", resource="configmaps")
    prefix = "mutation.webhook.admission.k8s.io/round_0_index_"
    said = '{"configuration":"w","webhook":"%s","mutated":%s}'
    how = '"patch":[{"op":"add","path":"/data/b","value":"c"}],"patchType":"JSONPatch"'
    patches = {"patch.webhook.admission.k8s.io/round_0_index_0": said.partition(',"mutated')[0] % "here.example.com"}
    patches = {key: f"{text},{how}}}" for key, text in patches.items() if level == "Request"}
    assert {key: text for key, text in event.annotations.items() if "authorization" not in key} == {
        "here.example.com/seen": "yes",
        f"{prefix}0": said % ("here.example.com", "true"),
        f"failed-open.{prefix}1": "away.example.com",
        f"{prefix}1": said % ("away.example.com", "false"),
        **patches,
    }


def test_the_log_forks_and_pickles(cluster: kemu.Cluster) -> None:
    """Each side goes on noting for itself, and ids are the same in each."""
    cluster.audit.start()
    cluster.create(MAP)
    fork, twin = cluster.fork(), pickle.loads(pickle.dumps(cluster))
    for each in (cluster, fork, twin):
        each.get("configmap/m")
    fork.list("pods")
    assert str(cluster.audit) == str(twin.audit)
    assert str(fork.audit).startswith(str(cluster.audit)) and len(fork.audit.events()) == 3
