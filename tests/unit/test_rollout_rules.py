"""What a Deployment works out for its ReplicaSets: shares, whether one has all, and when it is looked at again."""

from __future__ import annotations

import attrs
import pytest

from kemu.objects import apps, codec, core, evolve
from kemu.reconcilers.deployment import rollback
from kemu.reconcilers.deployment.controller import _shrink_old
from kemu.reconcilers.deployment.rollout import DESIRED, MAX_REPLICAS, annotations_for, is_saturated, proportions
from kemu.reconcilers.deployment.status import calculated, next_look
from kemu.values.frozen import FrozenMap

NOW = 3600


def deployment(wanted, *, deadline=600, updated="1970-01-01T01:00:00Z", reason="ReplicaSetUpdated", **status):
    progressing = {"type": "Progressing", "status": "True", "reason": reason, "lastUpdateTime": updated}
    return codec.decode(
        apps.Deployment,
        {
            "metadata": {"name": "web"},
            "spec": {
                "replicas": wanted,
                "progressDeadlineSeconds": deadline,
                "selector": {"matchLabels": {"app": "web"}},
                "template": {},
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}},
            },
            "status": {"conditions": [progressing], **status},
        },
    )


def replica_set(name, replicas, *, available=0, desired=None, most=None, **notes):
    annotations = dict(notes)
    if desired is not None:
        annotations[DESIRED] = desired
    if most is not None:
        annotations[MAX_REPLICAS] = most
    return apps.ReplicaSet(
        metadata={"name": name, "uid": name, "annotations": FrozenMap(annotations)},
        spec={"replicas": replicas, "template": core.PodTemplateSpec()},
        status={"availableReplicas": available},
    )


@pytest.mark.parametrize(
    ("sizes", "before", "allowed", "shares"),
    [
        ((11, 2), "13", 18, (15, 3)),
        ((5, 5), "10", 15, (8, 7)),
        ((5, 3), "8", 4, (2, 2)),
        ((5, 5, 5), "10", 5, (0, 3, 3)),  # 2.5 is 3 for each of them, and what is too much is the first one's
        ((4, 2), "nonsense", 9, (6, 3)),  # of six that the Deployment says there are
        ((4, 2), "6", 6, (4, 2)),
        ((4, 2), "6", 0, (0, 0)),
    ],
)
def test_replica_sets_are_scaled_in_proportion(sizes, before, allowed, shares):
    """Each by what was allowed before and is now; half a replica counts, and the rest is the largest one's."""
    sets = [replica_set(f"rs-{number}", size, most=before) for number, size in enumerate(sizes)]
    found = proportions(sets, allowed, deployment(allowed, replicas=6))
    assert tuple(size for _, size in sorted(found, key=lambda each: each[0].metadata.name)) == shares


@pytest.mark.parametrize(
    ("desired", "replicas", "available", "saturated"),
    [("3", 3, 3, True), ("2", 3, 3, False), (None, 3, 3, False), ("3", 2, 3, False), ("3", 3, 2, False)],
)
def test_a_replica_set_that_has_all(desired, replicas, available, saturated):
    """It has the size, it was scaled for the size that is wanted now, and all of it is available."""
    assert is_saturated(deployment(3), replica_set("new", replicas, available=available, desired=desired)) is saturated


@pytest.mark.parametrize(
    ("statuses", "terminating"),
    [
        ([], 0),
        ([{"observedGeneration": 2, "terminatingReplicas": 2}, {"observedGeneration": 1, "terminatingReplicas": 1}], 3),
        ([{"observedGeneration": 2, "terminatingReplicas": 2}, {}], 2),  # nobody has looked at a new set yet
        ([{"observedGeneration": 2, "terminatingReplicas": 2}, {"observedGeneration": 1}], None),
    ],
)
def test_pods_that_terminate_are_counted_where_that_is_known(statuses, terminating):
    sets = [attrs.evolve(replica_set("a", 1), status=apps.ReplicaSetStatus(**each)) for each in statuses]
    assert calculated(deployment(2), sets, None, None).terminating_replicas == terminating


@pytest.mark.parametrize(
    ("updated", "deadline", "left"),
    [
        ("1970-01-01T01:00:00Z", 10, 11.0),
        ("1970-01-01T00:59:51Z", 10, 2.0),
        ("1970-01-01T00:59:50Z", 10, 0.005),
        ("1970-01-01T00:59:00Z", 10, 0.005),
    ],
)
def test_when_a_deployment_is_looked_at_again(updated, deadline, left):
    """A second after the deadline; with less than a second left, as soon as it is over."""
    found = deployment(3, deadline=deadline, updated=updated)
    assert next_look(found, found.status, NOW) == left


@pytest.mark.parametrize("reason", ["NewReplicaSetAvailable", "ProgressDeadlineExceeded"])
def test_what_has_ended_is_not_waited_for(reason):
    found = deployment(3, reason=reason)
    assert next_look(found, found.status, NOW) is None


def test_the_list_of_former_revisions_is_bounded():
    """Its first ones go when it would be longer than 2000 characters."""
    former = ",".join(["1234"] * 400)
    notes = {"deployment.kubernetes.io/revision": "77", "deployment.kubernetes.io/revision-history": former}
    found = annotations_for(deployment(1), replica_set("new", 1, **notes), "78")
    history = found["deployment.kubernetes.io/revision-history"]
    assert len(history) <= 2000 and history.endswith("1234,77")


def test_a_set_whose_status_is_behind_is_not_scaled_down_further():
    """It counts more available pods than it is to have: what else may go is not known until it says so."""
    old, new = replica_set("old", 2, available=3), replica_set("new", 2, available=2)
    sets = [old, new]
    assert _shrink_old(None, deployment(4), sets, new) is sets


def of_revision(name, image, revision, **notes):
    """A ReplicaSet of a revision, as it came from a template with that image."""
    template = {"metadata": {"labels": {"pod-template-hash": name}}, "spec": {"containers": [{"name": image}]}}
    made = codec.decode(apps.ReplicaSet, {"spec": {"template": template}, "metadata": {"name": name, "uid": name}})
    annotations = FrozenMap({**notes, "deployment.kubernetes.io/revision": revision})
    return evolve(made, {"metadata.annotations": annotations})


@pytest.mark.parametrize(
    ("asked", "image", "event"),
    [
        ("1", "one", ("Normal", "DeploymentRollback", 'Rolled back deployment "web" to revision 1')),
        ("0", "two", ("Normal", "DeploymentRollback", 'Rolled back deployment "web" to revision 3')),
        ("7", "new", ("Warning", "DeploymentRollbackRevisionNotFound", "Unable to find the revision to rollback to.")),
        (
            "4",
            "new",
            (
                "Warning",
                "DeploymentRollbackTemplateUnchanged",
                'The rollback revision contains the same template as current deployment "web"',
            ),
        ),
    ],
)
def test_a_deployment_goes_back_to_the_revision_that_an_annotation_names(asked, image, event):
    """With the annotations of its ReplicaSet; 0 is the revision before."""
    sets = [
        of_revision("a", "one", "1", why="first"),
        of_revision("b", "two", "3", why="second"),
        of_revision("c", "else", "soon"),
        of_revision("d", "new", "4", why="third"),
    ]
    template = {"spec": {"containers": [{"name": "new"}]}}
    now = codec.decode(apps.Deployment, {"metadata": {"name": "web"}, "spec": {"template": template}})
    notes = {rollback.ROLLBACK_TO: asked, "why": "third", "deployment.kubernetes.io/revision": "4", "more": "x"}
    now = evolve(now, {"metadata.annotations": FrozenMap(notes)})
    assert rollback.asked(now) == int(asked)
    back = rollback.decide(now, sets, int(asked))
    assert back.event == event
    assert [each.name for each in back.deployment.spec.template.spec.containers] == [image]
    assert not back.deployment.spec.template.metadata.labels
    shown = {key: value for key, value in back.deployment.metadata.annotations.items() if "/" not in key}
    assert shown == {"one": {"why": "first"}, "two": {"why": "second"}}.get(image, {"why": "third", "more": "x"})


@pytest.mark.parametrize("asked", ["", "soon", "1_0", "9223372036854775808", "\N{SUPERSCRIPT TWO}"])
def test_nobody_goes_back_to_what_is_no_number(asked):
    """It says nothing (D-461)."""
    notes = FrozenMap({rollback.ROLLBACK_TO: asked})
    assert rollback.asked(evolve(deployment(1), {"metadata.annotations": notes})) is None


def test_there_is_no_revision_before_the_first():
    back = rollback.decide(deployment(1), [of_revision("a", "one", "1")], 0)
    assert back.event == ("Warning", "DeploymentRollbackRevisionNotFound", "Unable to find last revision.")
