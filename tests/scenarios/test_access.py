"""Who may do what: roles, reviews, tokens, and the hands of other users."""

import pickle

import pytest

import kemu
from kemu import errors

RBAC = "rbac.authorization.k8s.io"
REVIEWS = "/apis/authorization.k8s.io/v1"


def role(name, *rules, kind="Role", **more):
    """A role with rules, each as (group, resources, verbs)."""
    found = [{"apiGroups": [group], "resources": list(what), "verbs": list(verbs)} for group, what, verbs in rules]
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": {"name": name}, "rules": found, **more}


def binding(name, role_name, *subjects, kind="RoleBinding", role_kind="Role"):
    """A binding of a role to subjects, each as (kind, name)."""
    found = [
        {"kind": what, "name": who, **({"namespace": "default"} if what == "ServiceAccount" else {"apiGroup": RBAC})}
        for what, who in subjects
    ]
    reference = {"apiGroup": RBAC, "kind": role_kind, "name": role_name}
    metadata = {"name": name}
    return {"apiVersion": f"{RBAC}/v1", "kind": kind, "metadata": metadata, "roleRef": reference, "subjects": found}


def config_map(name):
    """A ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}}


@pytest.fixture
def world():
    cluster = kemu.Cluster(nodes=1)
    cluster.settle()
    return cluster


class TestRoles:
    """What roles grant, and to whom."""

    def test_nobody_may_do_anything(self, world):
        with pytest.raises(errors.Forbidden) as caught:
            world.as_user("alice").list("pods")
        assert caught.value.message == (
            'pods is forbidden: User "alice" cannot list resource "pods" in API group "" in the namespace "default"'
        )

    def test_a_group_may_do_what_is_bound_to_it(self, world):
        world.create(binding("devs", "view", ("Group", "dev"), role_kind="ClusterRole"))
        alice = world.as_user("alice", groups=["dev"])
        assert alice.list("pods") == ()
        assert alice.may("list", "pods") and not alice.may("delete", "pods")
        assert not alice.may("list", "pods", namespace="kube-system") and not alice.may("list", "nodes")
        with pytest.raises(errors.Forbidden, match='cannot create resource "configmaps"'):
            alice.create(config_map("hers"))

    def test_the_history_says_who_it_was(self, world):
        world.create(binding("edits", "edit", ("User", "alice"), role_kind="ClusterRole"))
        world.as_user("alice").apply(config_map("hers"))
        assert world.history("configmaps")[-1].actor == "alice"

    def test_rest_is_asked_as_the_user(self, world):
        alice = world.as_user("alice", groups=["dev"])
        assert alice.request("GET", "/api/v1/namespaces/default/pods").status == 403
        assert world.request("GET", "/api/v1/namespaces/default/pods").status == 200

    def test_several_documents_are_all_or_nothing_for_a_user_as_well(self, world):
        world.create(role("maps", ("", ["configmaps"], ["create", "patch", "get"])))
        world.create(binding("maps", "maps", ("User", "alice")))
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
        with pytest.raises(errors.Forbidden, match="secrets"):
            world.as_user("alice").apply([config_map("a"), secret])
        assert not [found for found in world.list("configmaps") if found.metadata.name == "a"]

    def test_single_names(self, world):
        rules = {"rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"], "resourceNames": ["a"]}]}
        world.create(role("one", **rules))
        world.create(binding("one", "one", ("User", "alice")))
        world.create([config_map("a"), config_map("b")])
        alice = world.as_user("alice")
        alice.get("configmap/a")
        with pytest.raises(errors.Forbidden):
            alice.get("configmap/b")

    def test_no_one_grants_what_they_have_not(self, world):
        grants = (RBAC, ["roles", "rolebindings"], ["create"])
        world.create(role("grants", grants, ("", ["pods"], ["get"])))
        world.create(binding("grants", "grants", ("User", "alice")))
        alice = world.as_user("alice")
        alice.create(role("gives", ("", ["pods"], ["get"])))
        with pytest.raises(
            errors.Forbidden, match="is attempting to grant RBAC permissions not currently held"
        ) as caught:
            alice.create(role("takes", ("", ["secrets"], ["get"])))
        assert '{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}' in caught.value.message
        with pytest.raises(errors.Forbidden, match="not currently held"):
            alice.create(binding("takes", "admin", ("User", "alice"), role_kind="ClusterRole"))
        with pytest.raises(errors.ApiError, match='unsupported role reference kind: "Odd"'):
            alice.create(binding("odd", "admin", ("User", "alice"), role_kind="Odd"))
        world.create(binding("nothing", "none", ("User", "alice")))
        with pytest.raises(errors.Forbidden, match=r'roles\.rbac\.authorization\.k8s\.io "none" not found'):
            alice.create(role("takes", ("", ["secrets"], ["get"])))

    def test_a_role_of_roles_follows_them(self, world):
        labels = {"matchLabels": {"part": "yes"}}
        world.create(role("whole", kind="ClusterRole", aggregationRule={"clusterRoleSelectors": [labels]}))
        part = role("part", ("", ["pods"], ["get"]), kind="ClusterRole")
        world.create({**part, "metadata": {"name": "part", "labels": {"part": "yes"}}})
        world.settle()
        assert [rule.resources for rule in world.get("clusterrole/whole").rules] == [("pods",)]
        world.delete("clusterrole/part")
        world.settle()
        assert world.get("clusterrole/whole").rules == ()

    def test_a_controller_of_an_account_may_do_what_its_roles_grant(self, world):
        world.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot"}})
        account = world.as_user("system:serviceaccount:default:bot")
        assert not account.may("list", "configmaps")
        world.create(binding("bot", "view", ("ServiceAccount", "bot"), role_kind="ClusterRole"))
        assert account.may("list", "configmaps")

    def test_a_fork_grants_for_itself(self, world):
        fork = world.fork()
        fork.create(binding("edits", "edit", ("User", "alice"), role_kind="ClusterRole"))
        assert fork.as_user("alice").may("create", "pods") and not world.as_user("alice").may("create", "pods")


class TestReviews:
    """The server tells what one may do."""

    def review(self, world, kind, spec, headers=None):
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec}
        answer = world.request("POST", f"{REVIEWS}/{kind.lower()}s", headers, body)
        assert answer.status == 201
        return answer.json()["status"]

    def test_of_another(self, world):
        world.create(binding("views", "view", ("User", "alice"), role_kind="ClusterRole"))
        attributes = {"namespace": "default", "verb": "get", "resource": "pods"}
        asked = {"user": "alice", "resourceAttributes": attributes}
        found = self.review(world, "SubjectAccessReview", asked)
        assert found["allowed"] and found["reason"].startswith('RBAC: allowed by RoleBinding "views/default"')
        assert not self.review(world, "SubjectAccessReview", {**asked, "user": "bob"})["allowed"]

    def test_of_oneself(self, world):
        attributes = {"verb": "create", "resource": "selfsubjectaccessreviews", "group": "authorization.k8s.io"}
        alice = {"Impersonate-User": "alice"}
        assert self.review(world, "SelfSubjectAccessReview", {"resourceAttributes": attributes}, alice)["allowed"]

    def test_selectors_of_labels_are_judged(self, world):
        """Their operators may be those of newer servers."""
        odd = {"requirements": [{"key": "a b", "operator": "Odd"}]}
        body = {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods", "labelSelector": odd}}}
        answer = world.request("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", body=body)
        causes = [cause["field"] for cause in answer.json()["details"]["causes"]]
        assert causes == ["spec.resourceAttributes.labelSelector.requirements[0].key"]

    def test_all_that_one_may(self, world):
        world.create(role("maps", ("", ["configmaps"], ["get"])))
        world.create(binding("maps", "maps", ("User", "alice")))
        found = self.review(world, "SelfSubjectRulesReview", {"namespace": "default"}, {"Impersonate-User": "alice"})
        assert {"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"]} in found["resourceRules"]


class TestImpersonation:
    """Asking as somebody else, in each of the ways that are open (D-410)."""

    MAPS = "/api/v1/namespaces/default/configmaps"
    SELF = "/apis/authentication.k8s.io/v1/selfsubjectreviews"

    @pytest.fixture
    def world(self):
        return kemu.Cluster(nodes=0, tokens={"t": ("alice", ["dev"])})

    def ask(self, world, name, path=MAPS, token="t", **more):
        """The answer to alice who asks as somebody: (status, message or user)."""
        headers = {"Authorization": f"Bearer {token}", "Impersonate-User": name}
        headers |= {f"Impersonate-{key}": value for key, value in more.items()}
        method, body = ("POST", {}) if path == self.SELF else ("GET", None)
        said = world.request(method, path, headers=headers, body=body)
        document = said.json()
        return said.status, document.get("message") or (document.get("status") or {}).get("userInfo")

    def allow(self, world, *rules, to=("User", "alice")):
        """Grant rules in the whole cluster, each as (group, resources, verbs)."""
        name = f"r{len(world.list('clusterroles'))}"
        world.create(role(name, *rules, kind="ClusterRole"))
        world.create(binding(name, name, to, kind="ClusterRoleBinding", role_kind="ClusterRole"))

    def test_a_constrained_verb_goes_before_the_oldest(self, world):
        """Both what is done and who is meant have to be allowed, and only system:masters never is."""
        review, verb = ("authentication.k8s.io", ["selfsubjectreviews"]), "impersonate-on:user-info:create"
        assert 'cannot impersonate resource "users" in API group ""' in self.ask(world, "bob", self.SELF)[1]
        self.allow(world, (*review, [verb]), ("authentication.k8s.io", ["users", "groups"], ["impersonate:user-info"]))
        assert self.ask(world, "bob", self.SELF, Group=["x"])[1] == {
            "username": "bob",
            "groups": ["x", "system:authenticated"],
        }
        assert self.ask(world, "bob")[1] == (
            'configmaps is forbidden: User "alice" cannot impersonate-on:user-info:list resource "configmaps" in API '
            'group "" in the namespace "default"'
        )
        assert self.ask(world, "bob", self.SELF, Group=["system:masters"])[1] == (
            'groups.authentication.k8s.io "system:masters" is forbidden: User "alice" cannot impersonate:user-info '
            'resource "groups" in API group "authentication.k8s.io" at the cluster scope: impersonating the '
            "system:masters group is not allowed"
        )
        assert 'resource "uids"' in self.ask(world, "bob", self.SELF, Uid="u")[1]
        for twin in (world.fork(), pickle.loads(pickle.dumps(world))):  # the way that was open is part of the state
            assert self.ask(twin, "bob")[1] == self.ask(world, "bob")[1]
        wrong = "impersonating an invalid key in extra is not allowed: extra.key: Invalid value"
        assert wrong in self.ask(world, "bob", self.SELF, **{"Extra-a": "b"})[1]

    def test_service_accounts_and_nodes_have_their_groups(self, world):
        """Nobody says which, and each kind has a verb of its own."""
        review = ("authentication.k8s.io", ["selfsubjectreviews"])
        self.allow(world, (*review, ["impersonate-on:serviceaccount:create", "impersonate-on:arbitrary-node:create"]))
        self.allow(world, ("authentication.k8s.io", ["serviceaccounts"], ["impersonate:serviceaccount"]))
        self.allow(world, ("authentication.k8s.io", ["nodes"], ["impersonate:arbitrary-node"]))
        account, node = "system:serviceaccount:default:default", "system:node:n1"
        groups = ["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"]
        assert self.ask(world, account, self.SELF)[1]["groups"] == groups
        assert self.ask(world, node, self.SELF)[1]["groups"] == ["system:nodes", "system:authenticated"]
        assert self.ask(world, node, self.SELF, Group=["x"])[0] == 403

    def test_a_pod_may_ask_as_its_own_node(self, world):
        """By the node that its token names, and all such nodes have to be allowed."""
        world.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n1"}})
        spec = {"nodeName": "n1", "containers": [{"name": "c", "image": "i"}]}
        pod = world.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
        bound = {"kind": "Pod", "apiVersion": "v1", "name": "p", "uid": pod.metadata.uid}
        path = "/api/v1/namespaces/default/serviceaccounts/default/token"
        said = world.request("POST", path, body={"spec": {"boundObjectRef": bound}})
        token = said.json()["status"]["token"]
        to = ("ServiceAccount", "default")
        on = ("authentication.k8s.io", ["selfsubjectreviews"], ["impersonate-on:associated-node:create"])
        self.allow(world, on, ("authentication.k8s.io", ["nodes"], ["impersonate:associated-node"]), to=to)
        found = self.ask(world, "system:node:n1", self.SELF, token)[1]
        assert (found["username"], found["groups"][0]) == ("system:node:n1", "system:nodes")
        assert self.ask(world, "system:node:n2", self.SELF, token)[0] == 403


class TestTokens:
    """Tokens of service accounts."""

    def token(self, world, seconds=600):
        world.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "bot"}})
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest"}
        path = "/api/v1/namespaces/default/serviceaccounts/bot/token"
        answer = world.request("POST", path, body={**body, "spec": {"expirationSeconds": seconds}})
        return answer.json()["status"]["token"]

    def who(self, world, token):
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"}
        path = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
        answer = world.request("POST", path, {"Authorization": f"Bearer {token}"}, body)
        return answer.json()["status"]["userInfo"]["username"] if answer.status == 201 else answer.status

    def test_a_token_is_its_account_until_it_runs_out(self, world):
        token = self.token(world)
        name = "system:serviceaccount:default:bot"
        assert self.who(world, token) == name
        assert self.who(world.fork(), token) == name and self.who(pickle.loads(pickle.dumps(world)), token) == name
        world.advance("11m")
        assert self.who(world, token) == 401

    def test_or_until_its_account_is_gone(self, world):
        token = self.token(world)
        world.delete("serviceaccount/bot")
        assert self.who(world, token) == 401

    @pytest.mark.parametrize(
        ("body", "status", "text"),
        [
            ({"metadata": {"namespace": "other"}}, 400, "the namespace of the provided object does not match"),
            ({"metadata": {"name": "other"}}, 422, "must match the service account name if specified"),
            ({"spec": {"boundObjectRef": {"kind": "Pod", "name": "p"}}}, 404, 'pods "p" not found'),
            (
                {"spec": {"boundObjectRef": {"kind": "Foo", "apiVersion": "v1", "name": "s"}}},
                400,
                "cannot bind token to object of type /v1, Kind=Foo",
            ),
        ],
        ids=["elsewhere", "another", "version", "kind"],
    )
    def test_a_token_that_is_not_given(self, world, body, status, text):
        path = "/api/v1/namespaces/default/serviceaccounts/default/token"
        answer = world.request("POST", path, body=body)
        assert answer.status == status and text in answer.json()["message"]

    def test_a_changed_token_is_none(self, world):
        token = self.token(world)
        head, _, tail = token.rpartition(".")
        assert self.who(world, f"{head}.{tail[::-1]}") == 401

    def test_the_same_seed_signs_the_same(self):
        first, second, other = (kemu.Cluster(seed=seed) for seed in (1, 1, 2))
        token = self.token(first)
        assert token == self.token(second) and token != self.token(other)
        assert self.who(other, token) == 401


class TestComponents:
    """kemu's own components are users like others, with the default roles."""

    def deployment(self, name):
        """A Deployment of one pod."""
        template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}
        spec = {"selector": {"matchLabels": {"app": name}}, "template": template}
        return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}

    def test_a_controller_may_do_nothing_without_its_role(self, world):
        world.apply(self.deployment("before"))
        world.advance(3)
        world.delete("clusterrolebinding", "system:controller:deployment-controller")
        world.apply(self.deployment("after"))
        world.advance(3)
        owners = [each.metadata.owner_references[0].name for each in world.list("replicasets")]
        assert owners == ["before"] and world.get("deployment", "after").status.observed_generation is None

    def test_it_may_again_once_it_is_bound(self, world):
        bound = world.get("clusterrolebinding", "system:controller:replicaset-controller")
        world.delete(bound)
        world.apply(self.deployment("web"))
        world.advance(3)
        assert world.list("pods") == ()
        world.apply({**kemu.to_dict(bound), "metadata": {"name": bound.metadata.name}})
        world.wait("deployment/web", "condition=Available", timeout="20m")
        assert len(world.list("pods")) == 1

    def test_the_scheduler_needs_its_role_too(self, world):
        world.delete("clusterrolebinding", "system:kube-scheduler")
        world.apply(self.deployment("web"))
        world.advance(3)
        assert [pod.spec.node_name for pod in world.list("pods")] == [None]

    def test_an_answer_is_not_remembered_for_longer_than_the_roles(self, world):
        world.apply(role("reader", ("", ["configmaps"], ["create", "list"]), kind="ClusterRole"))
        world.apply(binding("alice", "reader", ("User", "alice"), kind="ClusterRoleBinding", role_kind="ClusterRole"))
        alice = world.as_user("alice")
        alice.create(config_map("one"))
        fork = world.fork()
        world.delete("clusterrolebinding", "alice")
        with pytest.raises(errors.Forbidden):
            alice.create(config_map("two"))
        fork.as_user("alice").create(config_map("two"))
        world.apply(binding("alice", "reader", ("User", "alice"), kind="ClusterRoleBinding", role_kind="ClusterRole"))
        alice.create(config_map("two"))


NODE = 'forbidden: User "system:node:node-0" cannot '
IN_DEFAULT = 'in API group "" in the namespace "default"'


class TestNodes:
    """What a user may do who is a node: the Node authorizer."""

    @pytest.fixture
    def node(self, world):
        for name in ("wanted", "other"):
            world.create({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}})
        container = {"name": "c", "image": "nginx", "envFrom": [{"secretRef": {"name": "wanted"}}]}
        world.create(
            {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container]}}
        )
        world.advance(3)
        return world.as_user("system:node:node-0", groups=["system:nodes"])

    @pytest.mark.parametrize(
        ("kind", "name", "why"),
        [
            ("secrets", "wanted", ""),
            ("secrets", "other", "no relationship found between node 'node-0' and this object"),
            ("secrets", "", "No Object name found"),
            ("configmaps", "kube-root-ca.crt", ""),
            ("serviceaccounts", "default", ""),
            ("pods", "p", ""),
            ("pods", "", "can only list/watch pods with spec.nodeName field selector"),
            ("services", "", ""),
        ],
    )
    def test_it_reads_what_its_pods_refer_to(self, node, kind, name, why):
        def look():
            return node.get(kind, name) if name else node.list(kind)

        if not why:
            assert look() is not None
            return
        with pytest.raises(errors.Forbidden) as caught:
            look()
        verb = "get" if name else "list"
        assert caught.value.message.endswith(f'{NODE}{verb} resource "{kind}" {IN_DEFAULT}: {why}')

    @pytest.mark.parametrize(
        ("verb", "group", "resource", "subresource", "namespace", "name", "why"),
        [
            ("get", "", "nodes", "", "", "node-0", None),
            ("get", "", "nodes", "", "", "node-1", "node 'node-0' cannot read 'node-1', only its own Node object"),
            ("list", "", "nodes", "", "", "", "node 'node-0' cannot read all nodes, only its own Node object"),
            ("patch", "", "nodes", "status", "", "node-0", None),
            ("delete", "", "nodes", "", "", "node-0", ""),
            ("patch", "", "pods", "status", "default", "p", None),
            ("create", "", "pods", "eviction", "default", "p", None),
            ("create", "", "pods", "exec", "default", "p", ""),
            ("update", "", "secrets", "", "default", "wanted", "can only read resources of this type"),
            ("create", "", "serviceaccounts", "token", "default", "default", None),
            (
                "delete",
                "",
                "serviceaccounts",
                "",
                "default",
                "default",
                "can only create tokens for individual service accounts",
            ),
            ("update", "coordination.k8s.io", "leases", "", "kube-node-lease", "node-0", None),
            (
                "update",
                "coordination.k8s.io",
                "leases",
                "",
                "kube-node-lease",
                "node-1",
                "can only access node lease with the same name as the requesting node",
            ),
            (
                "get",
                "coordination.k8s.io",
                "leases",
                "",
                "default",
                "node-0",
                'can only access leases in the "kube-node-lease" system namespace',
            ),
            (
                "list",
                "coordination.k8s.io",
                "leases",
                "",
                "kube-node-lease",
                "",
                "can only get, create, update, patch, or delete a node lease",
            ),
            (
                "get",
                "storage.k8s.io",
                "csinodes",
                "",
                "",
                "node-1",
                "can only access CSINode with the same name as the requesting node",
            ),
            (
                "list",
                "resource.k8s.io",
                "resourceslices",
                "",
                "",
                "",
                "can only list/watch/deletecollection resourceslices with nodeName field selector",
            ),
            ("list", "", "persistentvolumes", "", "", "", "can only get individual resources of this type"),
            ("get", "apps", "deployments", "", "default", "web", ""),
            ("create", "events.k8s.io", "events", "", "default", "", None),
        ],
    )
    def test_it_does_what_a_kubelet_has_to_do(
        self, world, node, verb, group, resource, subresource, namespace, name, why
    ):
        wanted = {"verb": verb, "group": group, "resource": resource, "subresource": subresource}
        spec = {
            "user": "system:node:node-0",
            "groups": ["system:nodes"],
            "resourceAttributes": {**wanted, "namespace": namespace, "name": name},
        }
        answer = world.request("POST", f"{REVIEWS}/subjectaccessreviews", body={"spec": spec}).json()
        status = answer["status"]
        assert (status["allowed"], status.get("reason", "")) == (why is None, why or "")

    def test_a_selector_may_name_the_node(self, world, node):
        selector = {"requirements": [{"key": "spec.nodeName", "operator": "In", "values": ["node-0"]}]}
        attributes = {"verb": "list", "resource": "pods", "fieldSelector": selector}
        spec = {"user": "system:node:node-0", "groups": ["system:nodes"], "resourceAttributes": attributes}
        answer = world.request("POST", f"{REVIEWS}/subjectaccessreviews", body={"spec": spec}).json()
        assert answer["status"]["allowed"]

    def test_its_rules_cannot_be_listed_and_one_without_a_name_is_nobody(self, world, node):
        world.create(
            binding("nodes", "view", ("Group", "system:nodes"), role_kind="ClusterRole", kind="ClusterRoleBinding")
        )
        headers = {"Impersonate-User": "system:node:node-0", "Impersonate-Group": "system:nodes"}
        path = f"{REVIEWS}/selfsubjectrulesreviews"
        status = world.request("POST", path, headers, body={"spec": {"namespace": "default"}}).json()["status"]
        assert status["incomplete"] and status["resourceRules"]
        assert status["evaluationError"] == "node authorizer does not support user rule resolution"
        spec = {
            "user": "system:node:",
            "groups": ["system:nodes"],
            "resourceAttributes": {"verb": "delete", "resource": "nodes"},
        }
        answer = world.request("POST", f"{REVIEWS}/subjectaccessreviews", body={"spec": spec}).json()
        assert answer["status"]["reason"] == 'unknown node for user "system:node:"'
