"""The hand that a user holds: one way to say what is meant, readable answers, and mistakes that say what to do."""

import warnings
from pathlib import Path

import pytest

import kemu
from kemu import errors, unsimulated
from kemu.kit import Wiring
from kemu.objects import ConfigMap, Deployment, Pod, core, evolve, scheme
from kemu.reconcilers.scheduler import Plugin
from tests.scenarios.manifests import DEPLOYMENT, script_pod

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "web"}},
    "spec": {"containers": [{"name": "c", "image": "nginx"}]},
}


@pytest.fixture
def world(cluster):
    """A cluster with the pods default/web and other/web, both running."""
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "other"}})
    cluster.apply(POD)
    cluster.apply(POD, namespace="other")
    cluster.advance("2s")
    return cluster


@pytest.mark.parametrize(
    "look",
    [
        lambda c: c.get("pod/web"),
        lambda c: c.get("pod", "web"),
        lambda c: c.get("po/web"),
        lambda c: c.get(Pod, "web"),
        lambda c: c.get(c.get("pod/web")),
        lambda c: c.wait("pod/web", "condition=Ready"),
        lambda c: c.wait("pod", "web", "condition=Ready"),
        lambda c: c.wait(Pod, "web", "condition=Ready"),
        lambda c: c.wait(c.get("pod/web"), "condition=Ready"),
        lambda c: c.wait("pods", "condition=Ready")[0],
        lambda c: c.wait(Pod, "jsonpath={.status.phase}=Running")[0],
        lambda c: c.apply(POD),
        lambda c: c.patch("pod/web", {"metadata": {"labels": {"app": "web"}}}),
        lambda c: c.patch(Pod, "web", "metadata: {labels: {app: web}}"),
        lambda c: c.replace(c.get("pod/web")),
        lambda c: c.list("pods")[0],
        lambda c: c.list(Pod, label_selector={"app": "web"}, field_selector={"metadata.name": "web"})[0],
        lambda c: c.list(Pod, label_selector={"matchLabels": {"app": "web"}})[0],
        lambda c: c.at(c.store.revision).get(Pod, "web"),
        lambda c: c.at(c.store.revision).list("pods", label_selector={"app": "web"})[0],
    ],
)
def test_one_pod_is_found_however_it_is_called(world, look):
    """A name, kind/name, a class or the object itself, wherever a kind is meant; everything is about `default`."""
    assert look(world) is world.get("pod", "web", namespace="default")


def test_an_object_names_its_own_namespace(world):
    """Whatever takes an object looks where that object is."""
    pod = world.get("pod/web", namespace="other")
    assert world.get(pod) is pod
    assert "Scheduled" in [event.reason for event in world.events(pod, namespace="other")]
    assert world.describe(pod).startswith("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\n  namespace: other\n")
    assert world.exec(pod, ["hostname"]).output == "web\n"
    world.delete(pod, grace_seconds=0)
    assert world.wait(pod, "delete") is None
    assert [found.metadata.namespace for found in world.list("pods", namespace=None)] == ["default"]


def test_a_namespace_that_is_not_given_is_default_and_none_is_all(world):
    """Lists, tables and events."""
    assert len(world.list("pods")) == 1 and len(world.list("pods", namespace=None)) == 2
    assert world.table("pods").count("web") == 1 and world.table("pods", namespace=None).count("web") == 2
    assert {event.metadata.namespace for event in world.events()} == {"default"}
    assert {event.metadata.namespace for event in world.events(namespace=None)} == {"default", "other"}


def test_workloads_and_nodes_are_called_like_all_else(world):
    """scale, cordon, drain and node take a name, kind/name or a class."""
    world.apply(DEPLOYMENT)
    assert world.scale(Deployment, "web", 1).spec.replicas == 1
    assert world.scale("deployment/web", 2).spec.replicas == 2
    node = world.get("node/node-0")
    assert world.cordon(node).spec.unschedulable and world.cordon("node/node-0", undo=True)
    assert world.node("node/node-0").name == world.node(node).name == "node-0"


def test_what_is_printed_is_yaml_and_what_is_shown_is_short(world):
    """`print` of an object can be applied again; `repr` says what it is and how it is."""
    pod = world.get("pod/web")
    assert repr(pod) == f"<Pod default/web Running, revision {pod.metadata.resource_version}>"
    assert repr(world.get("node/node-0")).startswith("<Node node-0, revision ")
    assert kemu.load(str(pod)) == [evolve(pod, {"metadata.managed_fields": ()})]
    assert str(pod.spec.containers[0].resources) == "{}\n" and "managedFields" not in str(pod)
    assert repr(world) == f"<kemu.Cluster at 2s: 3 nodes, 2 pods (2 running), revision {world.store.revision}, seed 0>"
    assert repr(world.history("pods")[0]).startswith("<ADDED pods default/web by user, revision ")
    bound = next(change for change in world.history("pods") if change.subresource == "binding")
    assert repr(bound).startswith("<MODIFIED pods/binding default/web by kube-scheduler, revision ")
    assert {change.name for change in world.history("pod/web", namespace="other")} == {"other/web"}


class Yes(Plugin):
    """A filter that thinks True is an answer."""

    name = "Yes"

    def filter(self, state, pod, node):
        return True


class Half(Plugin):
    """A score that is no whole number."""

    name = "Half"

    def score(self, state, pod, node):
        return 0.5


def schedule_with(plugin):
    def run(cluster):
        cluster.scheduler.register(plugin)
        cluster.apply(script_pod("another"))
        cluster.settle()

    return run


def look_at_what_is_not_wired(cluster):
    cluster.add_controller(Wiring("x", reconciles=Pod), lambda api, cache, key: cache.list(core.Secret) and None)
    cluster.settle()


MISTAKES = [
    (
        lambda c: c.apply(""),
        errors.ManifestError,
        "an empty text is no manifest: give a path, YAML, a dict or an object",
    ),
    (lambda c: c.apply(" \n"), errors.ManifestError, "an empty text is no manifest"),
    (lambda c: c.apply("# nothing\n"), errors.ManifestError, "no objects in the manifest"),
    (lambda c: c.replace([POD, POD]), errors.ManifestError, "replace takes one object, these are 2"),
    (lambda c: c.get("pod"), errors.UsageError, r'which pod\? Give its name, as in "pod/NAME"'),
    (lambda c: c.delete(Pod), errors.UsageError, r"which pod\?"),
    (lambda c: c.scale("deployment", 3), errors.UsageError, r"which deployment\?"),
    (lambda c: c.get("pod/web", "other"), errors.UsageError, "two names for one pod: 'web' and 'other'"),
    (lambda c: c.get("pod", 5), errors.UsageError, "a name is text, not 5"),
    (lambda c: c.get("deploymnt/web"), errors.UsageError, "resource type \"deploymnt\"; did you mean 'deployment'?"),
    (lambda c: c.get("/web"), errors.UsageError, "'/web' names no kind"),
    (lambda c: c.get("pod/web", namespace=None), errors.UsageError, "one pod is in one namespace"),
    (lambda c: c.list("pod/web"), errors.UsageError, r'for \'web\' alone use get\("pod/web"\)'),
    (lambda c: c.list(Pod, label_selector={"a": 1}), errors.UsageError, "a label selector is text"),
    (lambda c: c.list(Pod, label_selector={"a": "b c"}), errors.BadRequest, "must be an empty string or consist of"),
    (lambda c: c.list(Pod, field_selector=["a"]), errors.UsageError, "a field selector is text"),
    (lambda c: c.patch("pod/web", {"spec": {"foo": 1}}), errors.ApiError, 'unknown field "spec.foo"'),
    (lambda c: c.patch("pod/web", "a: ["), errors.ManifestError, "not valid YAML"),
    (lambda c: c.patch("pod/web", "a: 1\n---\nb: 1\n"), errors.ManifestError, "one document is wanted, there are 2"),
    (lambda c: c.scale("deployment/web", "5"), errors.UsageError, "replicas are a whole number, not '5'"),
    (lambda c: c.wait("pod/web", ""), errors.UsageError, r"wait for what\? use condition=NAME"),
    (lambda c: c.wait("pod/web", "Ready"), errors.UsageError, "cannot wait for 'Ready': use condition="),
    (
        lambda c: c.wait("pod/web", "jsonpath={.status.phas}=Running"),
        errors.UsageError,
        ".status of a Pod has no field 'phas'; did you mean 'phase'?",
    ),
    (lambda c: c.wait("pod/web", "jsonpath={.spec.nodeName.x}"), errors.UsageError, "'x' leads nowhere"),
    (lambda c: c.wait("pod/web", "jsonpath={.spec[}"), errors.UsageError, "unrecognized path"),
    (lambda c: c.wait("configmap/kube-root-ca.crt", "condition=Ready"), errors.UsageError, "no field 'status'"),
    (lambda c: c.wait(Pod, "condition=Ready", label_selector="a=b"), errors.NotFound, "there are no pods with a=b"),
    (lambda c: c.run_until(True), errors.UsageError, "a condition is a function of the cluster"),
    (lambda c: c.exec("web", "ls"), errors.UsageError, "a command is a list of words"),
    (lambda c: c.exec("web", ["ls", 3]), errors.UsageError, "a command is a list of words"),
    (lambda c: c.logs("deployment/web"), errors.UsageError, "this is about a pod, and deployment/web is none"),
    (lambda c: c.node("pod/web"), errors.UsageError, "this is about a node, and pod/web is none"),
    (lambda c: c.at("now"), errors.UsageError, "revision now never was"),
    (lambda c: kemu.Cluster(seed="x"), errors.UsageError, "a seed is a whole number, not 'x'"),
    (lambda c: Pod(metdata={}), errors.UsageError, "Pod has no field 'metdata'; did you mean 'metadata'?"),
    (lambda c: core.Container(command="ls"), errors.UsageError, "Container.command: expected a list, got str"),
    (lambda c: core.ResourceRequirements(limits={"cpu": "?"}), errors.UsageError, "limits: quantities must match"),
    (lambda c: evolve(c.get("pod/web"), spek={}), errors.UsageError, "Pod has no field 'spek'; did you mean 'spec'?"),
    (schedule_with(Yes), errors.UsageError, r"filter of the scheduler plugin 'Yes' returned True: return None for"),
    (schedule_with(Half), errors.UsageError, "the scheduler plugin 'Half' scored node-0 with 0.5"),
    (look_at_what_is_not_wired, errors.UsageError, "no informer for secrets: .* add Secret to owns, watches or reads"),
]


@pytest.mark.parametrize(("mistake", "error", "words"), MISTAKES)
def test_a_mistake_says_what_to_do(world, mistake, error, words):
    """Every one is a KemuError, and leads to what would have been right."""
    with pytest.raises(error, match=words):
        mistake(world)


def test_an_empty_path_is_not_the_folder_one_is_in(world, tmp_path, monkeypatch):
    """`apply("")` applies nothing, wherever it is called."""
    (tmp_path / "a.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(errors.ManifestError):
        world.apply("")
    assert world.apply(Path(".")).metadata.name == "a"


NO_ADDRESS = "not simulated: Ingress: there is no ingress controller, so it never has an address"
INGRESS = """{apiVersion: networking.k8s.io/v1, kind: Ingress, metadata: {name: q},
              spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}}"""


def texts(caught, category):
    return [str(each.message) for each in caught if each.category is category]


def test_who_applies_is_told_of_what_is_not_simulated(cluster):
    """As Python warnings that point at the caller; what a real server warns of is a ServerWarning."""
    pod = script_pod("p")
    pod["spec"]["containers"][0]["securityContext"] = {"privileged": True}
    pod["spec"]["volumes"] = [{"name": "v", "nfs": {"server": "s", "path": "/"}}, {"name": "e", "emptyDir": {}}]
    with pytest.warns(errors.NotSimulated) as caught:
        cluster.apply([pod, *kemu.load(INGRESS)])
    assert texts(caught, errors.NotSimulated) == [
        "Pod spec.containers[].securityContext.privileged: a container reaches nothing of its node but what is mounted",
        "Pod spec.volumes[].nfs: the volume is an empty folder",
        "Ingress: there is no ingress controller, so it never has an address",
    ]
    assert {each.filename for each in caught} == {__file__}
    pod = script_pod("twice")
    pod["spec"]["containers"][0]["env"] = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]
    with pytest.warns(errors.ServerWarning, match="hides previous definition"):
        cluster.create(pod)


@pytest.mark.parametrize(
    "kind", ["jobs.batch", "cronjobs.batch", "horizontalpodautoscalers.autoscaling", "persistentvolumeclaims"]
)
def test_kinds_whose_controller_runs_are_simulated(cluster, kind):
    """However its controller is woken; and they are not where it does not run."""
    resource = cluster.api.resources.of(kind)
    assert list(unsimulated.of(resource, resource.type(), cluster.parts.processes.values())) == []
    bare = kemu.Cluster(nodes=0, controllers="deployment-controller")
    [text] = unsimulated.of(resource, resource.type(), bare.parts.processes.values())
    assert "no controller runs for it" in text


@pytest.mark.parametrize("form", ["strategic", "merge", "json"])
def test_who_patches_is_told_of_what_the_patch_adds(cluster, form):
    """And not of what was said before."""
    cluster.apply(DEPLOYMENT)
    change = {"spec": {"template": {"spec": {"hostPID": True}}}}
    if form == "json":
        change = [{"op": "add", "path": "/spec/template/spec/hostPID", "value": True}]
    with pytest.warns(errors.NotSimulated) as caught:
        cluster.patch("deployment/web", change, type=form)
    assert texts(caught, errors.NotSimulated) == [
        "Deployment spec.template.spec.hostPID: containers see no processes but their own"
    ]
    assert {each.filename for each in caught} == {__file__}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cluster.patch("deployment/web", {"spec": {"replicas": 2}})


def test_who_uses_what_is_simulated_is_told_nothing(cluster):
    """An ordinary Deployment, and a change of it, are no reason for a warning."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cluster.apply(DEPLOYMENT)
        cluster.patch("deployment/web", {"spec": {"replicas": 2}})
        cluster.create(ConfigMap(metadata={"name": "c"}))


@pytest.mark.filterwarnings("ignore::kemu.errors.NotSimulated")
def test_a_wait_and_an_explanation_name_what_is_not_simulated(cluster):
    """Who wonders why nothing happens finds it where they look."""
    cluster.apply(INGRESS)
    assert NO_ADDRESS in str(cluster.explain("ingress/q"))
    with pytest.raises(errors.NotReached, match=NO_ADDRESS):
        cluster.run_until(lambda c: False, timeout="1s")
    with pytest.raises(errors.NotReached, match=NO_ADDRESS):
        cluster.wait("ingress/q", "jsonpath={.status.loadBalancer.ingress[0].ip}=1", timeout="1s")


def test_a_kind_is_simulated_once_somebody_reconciles_it():
    """A user's own controller for a kind whose own does not run is enough."""
    cluster = kemu.Cluster(controllers="*,-resource-claim-controller")
    resource = cluster.api.resources.of("resourceclaims.resource.k8s.io")
    [text] = unsimulated.of(resource, resource.type(), cluster.parts.processes.values())
    assert text.startswith("ResourceClaim: no controller runs for it, so that it is not released")
    cluster.add_controller(Wiring("claims", reconciles=resource.type), lambda api, cache, key: None)
    assert list(unsimulated.of(resource, resource.type(), cluster.parts.processes.values())) == []


def test_the_tables_of_what_is_not_simulated_are_about_what_there_is(cluster):
    """Every kind is served, every path leads to a field of its type, and an empty object has none of them."""
    known = {kind.group_resource for kind in scheme.KINDS}
    assert {*unsimulated.KINDS, *unsimulated.CONTROLLED, *unsimulated.FIELDS} <= known
    for key in unsimulated.FIELDS:
        resource = cluster.api.resources.of(key)
        told = list(unsimulated.of(resource, resource.type(), ()))
        assert all("no controller runs for it" in text for text in told)
