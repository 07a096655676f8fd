"""An event says the same whether it is worked out when it is written or when somebody looks."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

import kemu
from kemu import Cluster, errors
from kemu.kit import Client, EventRecorder
from kemu.objects import core
from kemu.objects.model import _get
from tests.scenarios.manifests import DEPLOYMENT

WORK = (
    DEPLOYMENT
    + """---
apiVersion: v1
kind: Pod
metadata: {name: crashes}
spec: {containers: [{name: c, image: busybox, command: [sh, -c, exit 3]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: waits}
spec: {nodeSelector: {no: where}, containers: [{name: c, image: nginx}]}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox, command: ["true"]}]}}}
"""
)


def _worked(*, read: bool) -> Cluster:
    """A cluster with events of many components; with `read` nothing in it is ever unread."""
    cluster = Cluster(nodes=3, seed=4)
    if read:
        cluster.wrap(lambda request, inner: inner(request))
    cluster.apply(WORK)
    cluster.advance("90s")
    cluster.node("node-1").crash()
    cluster.advance("2m")
    return cluster


def _is_unread(event: Any) -> bool:
    """Whether nobody has looked at an event yet. Does not look."""
    try:
        _get(event, "_unread")
    except AttributeError:
        return False
    return True


def _stored(cluster: Cluster) -> list[Any]:
    return [pair.value for pair in cluster.api.store.items(b"/registry/events/")]


def test_what_nobody_has_read_says_the_same() -> None:
    read, unread = _worked(read=True), _worked(read=False)
    assert sum(map(_is_unread, _stored(read))) == 3  # about the nodes, from before the wrapper
    waiting = sum(map(_is_unread, _stored(unread)))
    assert waiting > 15
    shown = [kemu.to_dict(each) for each in unread.list("events", namespace=None)]
    assert not any(map(_is_unread, _stored(unread)))
    assert shown == [kemu.to_dict(each) for each in read.list("events", namespace=None)]
    assert read.digest() == unread.digest()


def test_it_says_so_in_forks_in_the_past_and_after_it_was_put_away() -> None:
    cluster = _worked(read=False)
    fork, copy = cluster.fork(), pickle.loads(pickle.dumps(cluster.fork()))
    cluster.advance("30m")
    wanted = [kemu.to_dict(each) for each in _worked(read=True).list("events", namespace=None)]
    for twin in (fork, copy):
        assert [kemu.to_dict(each) for each in twin.list("events", namespace=None)] == wanted
    then = [
        kemu.to_dict(change.object) for change in cluster.history("events", namespace=None) if change.type == "ADDED"
    ]
    assert [each for each in then if each in wanted]


def test_watches_and_selectors_read_it() -> None:
    cluster = Cluster(nodes=1)
    path = "/api/v1/namespaces/default/events?watch=true&timeoutSeconds=5&resourceVersion="
    answer = cluster.request("GET", path + cluster.get("namespace/default").metadata.resource_version)
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": _SPEC})
    events = [json.loads(line)["object"] for line in answer.stream()]
    seen = [each["reason"] for each in events if each["involvedObject"]["name"] == "p"]
    assert seen == ["Scheduled", "Pulling", "Pulled", "Created", "Started"]
    about = cluster.list("events", field_selector="involvedObject.name=p,reason=Started")
    assert [each.message for each in about] == ["Container started"]


_SPEC = {"containers": [{"name": "c", "image": "nginx"}]}


def _recorder(cluster: Cluster) -> EventRecorder:
    return EventRecorder(Client(cluster.api, "tester"), "tester")


def _about(namespace: str = "default", name: str = "p") -> Any:
    return core.Pod(metadata={"name": name, "namespace": namespace, "uid": f"of-{name}"})


@pytest.mark.parametrize(
    ("namespace", "name", "reason", "message"),
    [
        ("missing", "p", "Fine", "in no namespace"),
        ("default", "a/b", "Fine", "of a name that is none"),
        ("leaving", "p", "Fine", "in a namespace that goes"),
    ],
)
def test_what_is_refused_is_lost_and_not_stored(namespace: str, name: str, reason: str, message: str) -> None:
    cluster = Cluster(nodes=0)
    cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "leaving"}})
    cluster.create(
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "metadata": {"name": "c", "namespace": "leaving", "finalizers": ["x/y"]},
        }
    )
    cluster.delete("namespace/leaving")
    cluster.advance("10s")
    before = cluster.api.revision
    _recorder(cluster).event(_about(namespace, name), "Normal", reason, message)
    assert cluster.api.revision == before
    assert _stored(cluster) == []


def test_what_could_be_refused_is_looked_at_when_it_is_written() -> None:
    """Texts that are too long for the newer form, or empty, are lost as they always were; long ones are taken."""
    cluster = Cluster(nodes=0)
    recorder = _recorder(cluster)
    recorder.event(_about(), "Normal", "Long", "x" * 1025, action="Doing")
    recorder.event(_about(), "Normal", "r" * 129, "short", action="Doing")
    recorder.event(_about(), "Normal", "", "no reason", action="Doing")
    assert _stored(cluster) == []
    recorder.event(_about(), "Normal", "Long", "x" * 1025)
    assert not _is_unread(_stored(cluster)[0])
    recorder.event(_about(), "Normal", "Short", "é" * 256)
    recorder.event(_about(), "Normal", "Short", "of the newer form", action="Doing")
    assert sum(map(_is_unread, _stored(cluster))) == 2
    assert sorted(each.message for each in cluster.list("events")) == sorted(
        ["x" * 1025, "é" * 256, "of the newer form"]
    )


def test_a_policy_has_its_say() -> None:
    cluster = Cluster(nodes=0)
    api = "admissionregistration.k8s.io/v1"
    rules = {
        "resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "resources": ["events"], "operations": ["*"]}]
    }
    judged = [{"expression": "object.reason != 'Second'"}]
    spec = {"matchConstraints": rules, "validations": judged}
    about, bound = {"name": "p"}, {"policyName": "p", "validationActions": ["Deny"]}
    cluster.create({"apiVersion": api, "kind": "ValidatingAdmissionPolicy", "metadata": about, "spec": spec})
    cluster.create({"apiVersion": api, "kind": "ValidatingAdmissionPolicyBinding", "metadata": about, "spec": bound})
    recorder = _recorder(cluster)
    recorder.event(_about(name="a"), "Normal", "First", "is taken")
    recorder.event(_about(name="b"), "Normal", "Second", "is not")
    assert not any(map(_is_unread, _stored(cluster)))
    assert [each.reason for each in cluster.list("events")] == ["First"]


def test_what_there_is_not_is_said_of_an_unread_one_too() -> None:
    cluster = Cluster(nodes=0)
    _recorder(cluster).event(_about(), "Normal", "Fine", "all is well")
    event = _stored(cluster)[0]
    with pytest.raises(AttributeError, match="'Event' object has no attribute 'nothing'"):
        event.nothing  # noqa: B018
    assert _is_unread(event)
    with pytest.raises(errors.NotFound):
        cluster.get("event/other")
    assert event.message == "all is well"
    assert event.metadata.managed_fields[0].manager == "tester"
    assert repr(event).startswith("<Event default/p.")
