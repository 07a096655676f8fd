"""What admission has to say: quotas, limits, levels of security, policies and webhooks, with whom they are shared."""

import base64
import json
import pickle
import warnings

import pytest

import kemu
from kemu import errors

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web"},
    "spec": {"containers": [{"name": "c", "image": "nginx"}]},
}
MAPS = {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE", "UPDATE"], "resources": ["configmaps"]}
REGISTRATION = "admissionregistration.k8s.io/v1"


def pod(name="web", container=None, labels=None, **spec):
    """A pod of one container."""
    own = {"name": "c", "image": "nginx", **(container or {})}
    return {**POD, "metadata": {"name": name, "labels": labels or {}}, "spec": {"containers": [own], **spec}}


def config_map(name="m", labels=None, **data):
    """A ConfigMap."""
    metadata = {"name": name, "labels": labels or {}}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def named(kind, name, spec, api_version="v1"):
    """Any object with a spec."""
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}, "spec": spec}


@pytest.fixture
def world():
    cluster = kemu.Cluster(nodes=1)
    cluster.settle()
    return cluster


@pytest.mark.parametrize(
    ("metadata", "shown"), [({"name": "a"}, "a"), ({"generateName": "web-"}, "web-"), ({}, "Unknown")]
)
@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"serviceAccountName": "x"}, 'error looking up service account default/x: serviceaccount "x" not found'),
        ({"priorityClassName": "x"}, "no PriorityClass with name x was found"),
    ],
)
def test_who_has_no_name_yet_is_called_by_what_it_is_drawn_after(world, metadata, shown, spec, why):
    """Those plugins that change an object see it before its name is drawn."""
    with pytest.raises(errors.Forbidden) as refusal:
        world.create({**pod(**spec), "metadata": metadata})
    assert refusal.value.message == f'pods "{shown}" is forbidden: {why}'


class TestQuotas:
    """A ResourceQuota counts, and refuses what is too much."""

    @pytest.fixture
    def world(self, world):
        world.create(named("ResourceQuota", "few", {"hard": {"pods": "2", "requests.cpu": "1"}}))
        world.settle()
        return world

    def test_what_is_used_is_counted_by_the_write_itself(self, world):
        world.create(pod("a", {"resources": {"requests": {"cpu": "300m"}}}))
        used = world.get("resourcequota/few").status.used
        assert {name: str(value) for name, value in used.items()} == {"pods": "1", "requests.cpu": "300m"}

    def test_too_much_is_forbidden(self, world):
        world.create(pod("a", {"resources": {"requests": {"cpu": "900m"}}}))
        with pytest.raises(errors.Forbidden) as caught:
            world.create(pod("b", {"resources": {"requests": {"cpu": "200m"}}}))
        assert caught.value.message == (
            'pods "b" is forbidden: exceeded quota: few, requested: requests.cpu=200m, used: requests.cpu=900m, '
            "limited: requests.cpu=1"
        )

    def test_who_says_nothing_of_what_is_counted_is_refused(self, world):
        with pytest.raises(errors.Forbidden, match=r"failed quota: few: must specify requests\.cpu for: c"):
            world.create(pod())

    def test_what_is_gone_is_counted_no_more(self, world):
        world.create(pod("a", {"resources": {"requests": {"cpu": "1"}}}))
        world.delete("pod/a", grace_seconds=0)
        world.settle()
        assert str(world.get("resourcequota/few").status.used["requests.cpu"]) == "0"

    def test_a_status_that_somebody_else_wrote_is_mended_in_five_minutes(self, world):
        world.patch("resourcequota/few", {"status": {"hard": {"pods": "7"}}}, subresource="status")
        world.advance("4m")
        assert str(world.get("resourcequota/few").status.hard["pods"]) == "7"
        world.advance("1m")
        assert str(world.get("resourcequota/few").status.hard["pods"]) == "2"

    def test_a_fork_counts_for_itself(self, world):
        fork = world.fork()
        fork.create(pod("a", {"resources": {"requests": {"cpu": "1"}}}))
        world.create(pod("b", {"resources": {"requests": {"cpu": "1"}}}))
        assert str(world.get("resourcequota/few").status.used["pods"]) == "1"


class TestLimits:
    """A LimitRange fills in and refuses."""

    def test_defaults_and_bounds(self, world):
        limit = {
            "type": "Container",
            "default": {"cpu": "500m"},
            "defaultRequest": {"cpu": "100m"},
            "max": {"cpu": "1"},
        }
        world.create(named("LimitRange", "small", {"limits": [limit]}))
        resources = world.create(pod()).spec.containers[0].resources
        assert (str(resources.requests["cpu"]), str(resources.limits["cpu"])) == ("100m", "500m")
        with pytest.raises(errors.Forbidden, match="maximum cpu usage per Container is 1, but limit is 2"):
            world.create(pod("big", {"resources": {"limits": {"cpu": "2"}}}))


class TestPodSecurity:
    """The level that a namespace enforces."""

    def test_a_namespace_enforces_a_level(self, world):
        world.patch("namespace/default", {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "baseline"}}})
        world.create(pod())
        with pytest.raises(errors.Forbidden) as caught:
            world.create(pod("root", {"securityContext": {"privileged": True}}))
        assert caught.value.message == (
            'pods "root" is forbidden: violates PodSecurity "baseline:latest": privileged (container "c" must not set '
            "securityContext.privileged=true)"
        )

    def test_and_warns_of_another_also_for_the_template_of_a_workload(self, world):
        world.patch("namespace/default", {"metadata": {"labels": {"pod-security.kubernetes.io/warn": "restricted"}}})
        template = {"metadata": {"labels": {"app": "web"}}, "spec": POD["spec"]}
        web = named("Deployment", "web", {"selector": {"matchLabels": {"app": "web"}}, "template": template}, "apps/v1")
        with pytest.warns(UserWarning, match='would violate PodSecurity "restricted:latest": allowPrivilegeEscalation'):
            world.create(web)


class TestNodes:
    """A kubelet of one's own changes only what is its node's."""

    def test_a_node_touches_no_other_node(self, world):
        world.add_node("other")
        grant(world, "User", "system:node:node-0", "system:node")
        kubelet = world.as_user("system:node:node-0")
        with pytest.raises(errors.Forbidden, match='node "node-0" is not allowed to modify node "other"'):
            kubelet.patch("node/other", {"metadata": {"labels": {"a": "b"}}})
        kubelet.patch("node/node-0", {"metadata": {"labels": {"a": "b"}}})


def grant(world, kind, name, role):
    """Bind a cluster role to a subject."""
    world.create(
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"generateName": "given-"},
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name}],
        }
    )


def policy(world, *, expression, binding=None, **spec):
    """A ValidatingAdmissionPolicy about ConfigMaps, with its binding."""
    rules = {"resourceRules": [MAPS]}
    judged = [{"expression": expression, **spec.pop("judged", {})}]
    world.create(
        named(
            "ValidatingAdmissionPolicy", "p", {"matchConstraints": rules, "validations": judged, **spec}, REGISTRATION
        )
    )
    bound = {"policyName": "p", "validationActions": ["Deny"], **(binding or {})}
    world.create(named("ValidatingAdmissionPolicyBinding", "b", bound, REGISTRATION))


class TestPolicies:
    """Policies written in CEL, with their bindings and parameters."""

    def test_a_policy_denies(self, world):
        policy(world, expression="size(object.data) < 2")
        world.create(config_map("one", a="1"))
        with pytest.raises(errors.Invalid) as caught:
            world.create(config_map("two", a="1", b="2"))
        assert caught.value.message == (
            "configmaps \"two\" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: "
            "failed expression: size(object.data) < 2"
        )

    def test_a_policy_without_a_binding_says_nothing(self, world):
        policy(
            world, expression="false", binding={"matchResources": {"namespaceSelector": {"matchLabels": {"no": "no"}}}}
        )
        world.create(config_map())

    def test_a_binding_gives_parameters(self, world):
        world.create(config_map("most", most="2"))
        policy(
            world,
            expression="size(object.data) <= int(params.data.most)",
            judged={"messageExpression": "'at most ' + params.data.most", "reason": "Forbidden"},
            binding={"paramRef": {"name": "most", "namespace": "default", "parameterNotFoundAction": "Deny"}},
            paramKind={"apiVersion": "v1", "kind": "ConfigMap"},
        )
        with pytest.raises(errors.Forbidden, match="denied request: at most 2"):
            world.create(config_map("many", a="1", b="2", c="3"))

    def test_a_binding_may_only_warn(self, world):
        policy(world, expression="has(object.data.a)", binding={"validationActions": ["Warn"]})
        with pytest.warns(UserWarning, match="Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b'"):
            world.create(config_map("without", b="1"))

    def test_a_policy_knows_who_asks_and_what_that_one_may(self, world):
        secrets = "authorizer.group('').resource('secrets').namespace('default').check('get').allowed()"
        policy(world, expression=f"request.userInfo.username == 'kubernetes-admin' || {secrets}")
        grant(world, "User", "alice", "edit")
        world.as_user("alice").create(config_map("hers"))
        world.create(
            {
                "apiVersion": "rbac.authorization.k8s.io/v1",
                "kind": "ClusterRole",
                "metadata": {"name": "maps"},
                "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}],
            }
        )
        grant(world, "User", "bob", "maps")
        with pytest.raises(errors.Invalid, match="'p' with binding 'b' denied request"):
            world.as_user("bob").create(config_map("his"))

    def test_a_policy_with_parameters_of_no_kind_denies_everything(self, world):
        """By no binding of it."""
        policy(world, expression="true", paramKind={"apiVersion": "v1", "kind": "Bogus"})
        with pytest.raises(errors.Invalid) as caught:
            world.create(config_map())
        assert caught.value.message.endswith(
            "ValidatingAdmissionPolicy 'p' denied request: failed to configure policy: "
            "failed to find resource referenced by paramKind: '/v1, Kind=Bogus'"
        )

    @pytest.mark.parametrize(
        ("patch", "found"),
        [
            ("[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a.b/c'), value: 'x'}]", "x"),
            ("[JSONPatch{op: 'remove', path: '/data/a/b'}]", 'doc is missing path: "/data/a/b": missing value'),
            ("[JSONPatch{op: 'remove', path: '/data/b'}]", "Unable to remove nonexistent key: b: missing value"),
        ],
    )
    def test_a_patch_of_a_policy(self, world, patch, found):
        """What cannot be done is told in the words of the library that real servers patch with."""
        mutation = {"patchType": "JSONPatch", "jsonPatch": {"expression": patch}}
        spec = {"matchConstraints": {"resourceRules": [MAPS]}, "mutations": [mutation], "reinvocationPolicy": "Never"}
        world.create(named("MutatingAdmissionPolicy", "m", spec, REGISTRATION))
        world.create(named("MutatingAdmissionPolicyBinding", "m", {"policyName": "m"}, REGISTRATION))
        if found == "x":
            assert world.create(config_map(labels={"a": "1"})).metadata.labels["a.b/c"] == "x"
            return
        with pytest.raises(errors.ApiError) as caught:
            world.create(config_map(a="1"))
        assert found in caught.value.message

    def test_a_mutating_policy_changes_what_comes(self, world):
        mutation = {
            "patchType": "ApplyConfiguration",
            "applyConfiguration": {
                "expression": "Object{metadata: Object.metadata{labels: {'made-by': request.userInfo.username}}}"
            },
        }
        spec = {"matchConstraints": {"resourceRules": [MAPS]}, "mutations": [mutation], "reinvocationPolicy": "Never"}
        world.create(named("MutatingAdmissionPolicy", "m", spec, REGISTRATION))
        world.create(named("MutatingAdmissionPolicyBinding", "m", {"policyName": "m"}, REGISTRATION))
        assert world.create(config_map()).metadata.labels == {"made-by": "kubernetes-admin"}


def hook(world, where="hooks/default/check", kind="Validating", answer=None, takes=0, name="check.example.com", **more):
    """A webhook about ConfigMaps, and who answers it."""
    service, namespace, *path = where.split("/")
    client = {"service": {"name": service, "namespace": namespace, "path": "/" + "/".join(path)}}
    if "://" in where:
        client = {"url": where}
    said = {
        "name": name,
        "clientConfig": {**client, "caBundle": ""},
        "rules": [MAPS],
        "sideEffects": "None",
        "admissionReviewVersions": ["v1"],
        **more,
    }
    kind = f"{kind}WebhookConfiguration"
    world.create({"apiVersion": REGISTRATION, "kind": kind, "metadata": {"name": name}, "webhooks": [said]})
    if answer is not None:
        world.admission.webhook(where, answer, takes=takes)


def never(review):
    """A webhook that denies everything."""
    return "no"


def count(review):
    """A webhook that counts how often it saw an object."""
    seen = int(review["request"]["object"].get("data", {}).get("seen", "0"))
    return [{"op": "add", "path": "/data/seen", "value": str(seen + 1)}]


class TestWebhooks:
    """Webhooks that functions answer."""

    def test_a_webhook_denies(self, world):
        hook(world, answer=lambda review: "not today")
        with pytest.raises(errors.ApiError) as caught:
            world.create(config_map())
        assert caught.value.message == 'admission webhook "check.example.com" denied the request: not today'
        assert caught.value.status["code"] == 400 and "reason" not in caught.value.status
        assert not [found for found in world.list("configmaps") if found.metadata.name == "m"]

    def test_it_sees_what_a_real_one_sees(self, world):
        seen = []
        hook(world, answer=lambda review: seen.append(review["request"]))
        world.create(config_map(a="1"))
        world.patch("configmap/m", {"data": {"a": "2"}})
        first, second = seen
        assert (first["operation"], first["oldObject"], first["object"]["data"]) == ("CREATE", None, {"a": "1"})
        assert (second["operation"], second["oldObject"]["data"], second["object"]["data"]) == (
            "UPDATE",
            {"a": "1"},
            {"a": "2"},
        )
        assert first["resource"] == {"group": "", "version": "v1", "resource": "configmaps"}
        assert first["kind"] == {"group": "", "version": "v1", "kind": "ConfigMap"}
        assert first["userInfo"]["username"] == "kubernetes-admin"
        assert first["uid"] != second["uid"]

    def test_a_status_of_its_own_is_passed_on(self, world):
        status = {"code": 409, "reason": "Conflict", "message": "taken"}
        hook(
            world,
            answer=lambda review: {"response": {"uid": review["request"]["uid"], "allowed": False, "status": status}},
        )
        with pytest.raises(errors.Conflict, match="denied the request: taken"):
            world.create(config_map())

    def test_a_patch_as_it_travels(self, world):
        def answer(review):
            patch = base64.b64encode(json.dumps([{"op": "add", "path": "/data/b", "value": "2"}]).encode()).decode()
            uid = review["request"]["uid"]
            return {**review, "response": {"uid": uid, "allowed": True, "patchType": "JSONPatch", "patch": patch}}

        hook(world, kind="Mutating", answer=answer)
        assert world.create(config_map(a="1")).data == {"a": "1", "b": "2"}

    def test_it_warns(self, world):
        hook(world, answer=lambda review: {"allowed": True, "warnings": ["hm"]})
        with pytest.warns(UserWarning, match="hm"):
            world.create(config_map())

    def test_nobody_answers(self, world):
        hook(world)
        with pytest.raises(errors.InternalError) as caught:
            world.create(config_map())
        assert caught.value.message.endswith(
            'failed calling webhook "check.example.com": failed to call webhook: '
            'Post "https://hooks.default.svc:443/check?timeout=10s": service "hooks" not found'
        )

    def test_nobody_answers_and_nobody_cares(self, world):
        hook(world, failurePolicy="Ignore")
        world.create(config_map())

    def test_one_that_takes_too_long_fails(self, world):
        hook(world, answer=never, takes="5s", timeoutSeconds=3)
        with pytest.raises(errors.InternalError, match="context deadline exceeded"):
            world.create(config_map())
        world.admission.webhook("hooks/default/check", never, takes="2s")
        with pytest.raises(errors.ApiError, match="denied the request: no"):
            world.create(config_map())

    def test_one_at_a_url(self, world):
        hook(world, where="https://hooks.example.com/check", answer=never)
        with pytest.raises(errors.ApiError, match="denied the request: no"):
            world.create(config_map())
        world.admission.remove("https://hooks.example.com/check")
        with pytest.raises(errors.InternalError, match="no such host"):
            world.create(config_map())

    def test_a_dry_run_asks_only_what_is_harmless(self, world):
        hook(world, answer=never, sideEffects="NoneOnDryRun")
        path, body = "/api/v1/namespaces/default/configmaps?dryRun=All", config_map()
        assert "denied the request: no" in world.request("POST", path, body=body).json()["message"]

    def test_whom_it_is_asked_about(self, world):
        hook(
            world,
            answer=never,
            objectSelector={"matchLabels": {"checked": "yes"}},
            namespaceSelector={"matchExpressions": [{"key": "free", "operator": "DoesNotExist"}]},
            matchConditions=[{"name": "big", "expression": "size(object.data) > 1"}],
        )
        world.create(config_map("unlabelled", a="1", b="2"))
        world.create(config_map("small", {"checked": "yes"}, a="1"))
        with pytest.raises(errors.ApiError, match="denied"):
            world.create(config_map("big", {"checked": "yes"}, a="1", b="2"))
        world.patch("namespace/default", {"metadata": {"labels": {"free": "yes"}}})
        world.create(config_map("big", {"checked": "yes"}, a="1", b="2"))

    def test_one_is_asked_again_if_another_changed_something_after_it(self, world):
        hook(world, "hooks/default/a", "Mutating", count, name="a.example.com", reinvocationPolicy="IfNeeded")
        hook(world, "hooks/default/b", "Mutating", count, name="b.example.com", reinvocationPolicy="Never")
        assert world.create(config_map(a="1")).data["seen"] == "3"

    def test_each_call_has_an_id_of_its_own(self, world):
        """Also the second one of the same webhook within a write."""
        seen = []

        def told(review):
            seen.append(review["request"]["uid"])
            return count(review)

        hook(world, "hooks/default/a", "Mutating", told, name="a.example.com", reinvocationPolicy="IfNeeded")
        hook(world, "hooks/default/b", "Mutating", count, name="b.example.com", reinvocationPolicy="Never")
        world.create(config_map(a="1"))
        assert len(seen) == len(set(seen)) == 2

    def test_forks_and_saved_clusters_have_it_too(self, world):
        hook(world, answer=never)
        for other in (world.fork(), pickle.loads(pickle.dumps(world))):
            with pytest.raises(errors.ApiError, match="denied the request: no"):
                other.create(config_map())
        fork = world.fork()
        fork.admission.remove("hooks/default/check")
        with pytest.raises(errors.InternalError, match='service "hooks" not found'):
            fork.create(config_map())
        with pytest.raises(errors.ApiError, match="denied the request: no"):
            world.create(config_map())

    def test_one_that_changes_objects_is_asked_about_deletions(self, world):
        world.create(config_map())
        patch = [{"op": "add", "path": "/data/a", "value": "1"}]
        rule = {**MAPS, "operations": ["DELETE"]}
        answers = iter(["no", patch, True])
        hook(world, kind="Mutating", answer=lambda review: next(answers), rules=[rule])
        with pytest.raises(errors.ApiError, match="denied the request: no"):
            world.delete("configmap/m")
        with pytest.raises(errors.InternalError, match="not supported for this operation"):
            world.delete("configmap/m")
        world.delete("configmap/m")

    def test_a_pod_that_is_looked_at_again_has_one_token(self, world):
        rule = {**MAPS, "resources": ["pods"]}
        proxy = [{"op": "add", "path": "/spec/containers/-", "value": {"name": "proxy", "image": "nginx"}}]
        hook(world, kind="Mutating", answer=lambda review: proxy, rules=[rule])
        made = world.create(pod())
        assert [len(container.volume_mounts) for container in made.spec.containers] == [1, 1]
        assert len(made.spec.volumes) == 1

    def test_controllers_are_asked_like_everybody(self, world):
        rule = {**MAPS, "resources": ["pods"]}
        label = [{"op": "add", "path": "/metadata/labels/seen", "value": "yes"}]
        hook(world, kind="Mutating", answer=lambda review: label, rules=[rule])
        template = {"metadata": {"labels": {"app": "web"}}, "spec": POD["spec"]}
        spec = {"selector": {"matchLabels": {"app": "web"}}, "template": template, "replicas": 2}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            world.create(named("Deployment", "web", spec, "apps/v1"))
        world.advance("30s")
        assert [found.metadata.labels["seen"] for found in world.list("pods")] == ["yes", "yes"]

    def test_a_place_that_is_none(self, world):
        with pytest.raises(errors.UsageError, match="service/namespace/path"):
            world.admission.webhook("hooks", never)


def test_a_quota_is_counted_again_every_five_minutes(cluster):
    """What was made and is gone before the controller has seen it is missed by its informers."""
    cluster.apply({"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"},
                   "spec": {"hard": {"configmaps": "9"}}})  # fmt: skip
    cluster.settle()
    cluster.faults.unobserved("kube-controller-manager", "configmaps", "30s")
    cluster.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "brief"}})
    cluster.delete("configmap/brief")
    cluster.advance("1m")
    assert str(cluster.get("resourcequota/few").status.used["configmaps"]) == "2"
    cluster.advance("5m")
    assert str(cluster.get("resourcequota/few").status.used["configmaps"]) == "1"
    revision = cluster.store.revision
    cluster.advance("1h")
    assert not cluster.history("resourcequotas", since=revision + 1)
