"""Tokens that Secrets hold: what is noted of their use, and what becomes of those that nobody uses."""

from __future__ import annotations

import base64

import pytest

import kemu
from kemu import errors

TRACKING = "kube-apiserver-legacy-service-account-token-tracking"
USED, INVALID = "kubernetes.io/legacy-token-last-used", "kubernetes.io/legacy-token-invalid-since"
DAY = 24 * 3600


def made(cluster: kemu.Cluster, name: str, *, old_way: bool = True) -> str:
    """A Secret with a token, which an account names if it was made in the old way; the token."""
    annotations = {"kubernetes.io/service-account.name": "builder"}
    metadata = {"name": name, "annotations": annotations}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "type": "kubernetes.io/service-account-token"}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "builder"}}
    cluster.apply([account, secret])
    cluster.settle()
    if old_way:
        cluster.patch("serviceaccount", "builder", {"secrets": [{"name": name}]}, type="merge")
    return base64.b64decode(cluster.get(f"secret/{name}").data["token"]).decode()


def used(cluster: kemu.Cluster, token: str) -> tuple[int, str]:
    """What somebody gets who shows a token: the status, and the warning."""
    answer = cluster.request("GET", "/api", {"Authorization": f"Bearer {token}"})
    return answer.status, dict(answer.headers).get("Warning", "")


@pytest.fixture
def cluster() -> kemu.Cluster:
    return kemu.Cluster(nodes=0)


def test_uses_are_noted_by_the_day(cluster: kemu.Cluster) -> None:
    """The first use of a day is written on the Secret; a token that was made in the old way comes with a warning."""
    old, new = made(cluster, "old"), made(cluster, "new", old_way=False)
    assert cluster.get("configmap", TRACKING, namespace="kube-system").data == {"since": "2000-01-01"}
    assert used(cluster, old)[0] == 200
    assert "instead of auto-generated secret-based tokens." in used(cluster, old)[1]
    assert used(cluster, new) == (200, "")
    noted = cluster.store.revision
    assert cluster.get("secret/old").metadata.labels == {USED: "2000-01-01"}
    used(cluster, old)
    assert cluster.store.revision == noted
    cluster.advance(1 * DAY)
    used(cluster, old)
    assert cluster.get("secret/old").metadata.labels == {USED: "2000-01-02"}


def test_what_nobody_uses_is_marked_after_a_year_and_gone_after_two(cluster: kemu.Cluster) -> None:
    """As long as it is only marked, taking the mark away makes it good again."""
    token = made(cluster, "old")
    made(cluster, "new", old_way=False)
    used(cluster, token)
    cluster.advance(365 * DAY)
    assert cluster.get("secret/old").metadata.labels == {USED: "2000-01-01"}
    cluster.advance(2 * DAY)
    assert cluster.get("secret/old").metadata.labels == {USED: "2000-01-01", INVALID: "2001-01-01"}
    assert used(cluster, token)[0] == 401
    review = {
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenReview",
        "spec": {"token": token},
    }
    said = cluster.create(review).status.error
    assert said.startswith("[invalid bearer token, the token in secret default/old for service account default/builder")
    cluster.patch("secret", "old", {"metadata": {"labels": {INVALID: None, USED: None}}}, type="merge")
    assert used(cluster, token)[0] == 200
    cluster.advance(740 * DAY)
    with pytest.raises(errors.NotFound):
        cluster.get("secret/old")
    assert cluster.get("secret/new").metadata.labels == {}


def test_what_a_pod_mounts_stays(cluster: kemu.Cluster) -> None:
    """Also when nobody has shown it to the API server."""
    made(cluster, "old")
    volumes = [{"name": "token", "secret": {"secretName": "old"}}]
    spec = {"containers": [{"name": "c", "image": "nginx"}], "volumes": volumes, "schedulingGates": [{"name": "a/b"}]}
    cluster.create({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": spec})
    cluster.advance(400 * DAY)
    assert INVALID not in cluster.get("secret/old").metadata.labels
    cluster.delete("pod/p")
    cluster.advance(1 * DAY)
    assert INVALID in cluster.get("secret/old").metadata.labels


@pytest.mark.parametrize("change", ["token", "uid", "account"])
def test_a_token_is_good_only_as_long_as_all_agrees(cluster: kemu.Cluster, change: str) -> None:
    """The Secret holds it, and the account is the one for which it was made."""
    token = made(cluster, "old")
    if change == "token":
        cluster.patch("secret", "old", {"data": {"token": "YQ=="}}, type="merge")
    else:
        cluster.delete("serviceaccount/builder")
        if change == "uid":
            cluster.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "builder"}})
    assert used(cluster, token)[0] == 401


def test_the_use_of_old_tokens_is_noted(cluster: kemu.Cluster) -> None:
    """Whose it is and which Secret holds it, from the beginning, also where it is not taken any more."""
    old, new = made(cluster, "old"), made(cluster, "new", old_way=False)
    cluster.audit.start()
    used(cluster, old)
    used(cluster, new)
    cluster.patch("secret", "old", {"metadata": {"labels": {INVALID: "2000-01-01"}}}, type="merge")
    used(cluster, old)
    key, whose = "authentication.k8s.io/legacy-token", "system:serviceaccount:default:builder"
    of = [each for each in cluster.audit.events(stage="") if each.uri == "/api"]
    noted = [{name: text for name, text in each.annotations.items() if name.startswith(key)} for each in of]
    by_itself, by_hand = {key: whose, f"{key}-autogenerated-secret": "old"}, {key: whose, f"{key}-manual-secret": "new"}
    assert noted == [by_itself, by_itself, by_hand, by_hand, {key: whose, f"{key}-invalidated": "old/default"}]


def test_a_token_that_should_have_been_replaced_is_noted() -> None:
    """With how long ago that was."""
    cluster = kemu.Cluster(nodes=1)
    containers = [{"name": "c", "image": "nginx"}]
    cluster.apply({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": containers}})
    cluster.wait("pod/p", "condition=Ready")
    token = cluster.exec("p", ["cat", "/var/run/secrets/kubernetes.io/serviceaccount/token"]).output
    cluster.node("node-0").crash()
    cluster.advance("1h10m")
    cluster.audit.start()
    assert used(cluster, token)[0] == 200
    stale = cluster.audit.events(verb="get")[-1].annotations["authentication.k8s.io/stale-token"]
    assert stale.startswith("subject: system:serviceaccount:default:default, seconds after warning threshold: 5")
