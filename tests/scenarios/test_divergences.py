"""What kemu does otherwise than a real cluster, on purpose: see docs/divergences.md. Who mends one changes its row."""

from tests.scenarios.manifests import DEPLOYMENT, script_pod


def test_time_starts_in_the_year_2000(cluster):
    """D-001: a timestamp that leaks into a real system is recognised at once."""
    assert str(cluster.get("namespace/default").metadata.creation_timestamp) == "2000-01-01T00:00:00Z"


def test_certificates_and_tokens_are_placeholders(cluster):
    """D-003: nothing inside of the cluster speaks TLS."""
    certificate = cluster.get("configmap/kube-root-ca.crt").data["ca.crt"]
    assert certificate.splitlines() == ["-----BEGIN CERTIFICATE-----", "kemu", "-----END CERTIFICATE-----"]


def test_a_bound_pod_runs_after_the_time_that_volumes_take(cluster):
    """D-004: images pull and containers start in no time."""
    cluster.apply(script_pod("p", "--run=1h"))
    cluster.settle()
    assert cluster.get("pod/p").spec.node_name and cluster.get("pod/p").status.phase == "Pending"
    cluster.advance(0.29)
    assert cluster.get("pod/p").status.phase == "Pending"
    cluster.advance(0.02)
    assert cluster.get("pod/p").status.phase == "Running"


def test_the_renewals_of_a_lease_are_seen_by_who_looks(cluster):
    """D-006: the history shows when they begin and end."""
    lease = {"name": "node-0", "namespace": "kube-node-lease"}
    cluster.advance("10m")
    assert str(cluster.get("lease", **lease).spec.renew_time) == "2000-01-01T00:10:00.000000Z"
    assert len(cluster.history("leases")) == len(cluster.list("nodes"))
    cluster.node("node-0").stop_kubelet()
    cluster.advance("10m")
    assert str(cluster.get("lease", **lease).spec.renew_time) == "2000-01-01T00:10:00.000000Z"
    assert len(cluster.history("leases")) == len(cluster.list("nodes")) + 1


def test_nobody_counts_the_processors_of_zones(cluster):
    """D-007: the annotation gives no hints."""
    mode = {"service.kubernetes.io/topology-mode": "Auto"}
    cluster.apply({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "annotations": mode},
                   "spec": {"selector": {"app": "web"}, "ports": [{"port": 80}]}})  # fmt: skip
    cluster.apply(DEPLOYMENT)
    cluster.wait("deployment/web", "condition=Available")
    (found,) = cluster.list("endpointslices", label_selector="kubernetes.io/service-name=web")
    assert len(found.endpoints) == 3 and not any(each.hints for each in found.endpoints)


def test_pods_of_one_template_share_the_name_of_their_token_volume(cluster):
    """D-008: they share the whole specification."""
    cluster.apply(DEPLOYMENT)
    cluster.settle()
    names = {pod.spec.volumes[0].name for pod in cluster.list("pods")}
    assert len(names) == 1 and names.pop().startswith("kube-api-access-")


def test_writing_an_amount_in_other_words_is_no_change(cluster):
    """D-015: the text that was given first is kept."""
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    claim = cluster.apply(
        {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "c"}, "spec": spec}
    )
    cluster.patch("pvc", "c", {"spec": {"resources": {"requests": {"storage": "1073741824"}}}})
    after = cluster.get("pvc/c")
    assert after.metadata.resource_version == claim.metadata.resource_version
    assert str(after.spec.resources.requests["storage"]) == "1Gi"


def test_a_patch_leaves_the_order_of_data_alone(cluster):
    """D-382: so that a revision whose data is not spoken of can be patched, however it was written."""
    revision = {"apiVersion": "apps/v1", "kind": "ControllerRevision", "metadata": {"name": "r"}, "revision": 1}
    cluster.create({**revision, "data": {"b": 1, "a": 2}})
    for number, form in enumerate(("merge", "strategic"), start=2):
        assert cluster.patch("controllerrevision", "r", {"revision": number}, type=form).revision == number
    assert list(cluster.get("controllerrevision/r").data) == ["b", "a"]


def test_who_sends_an_empty_list_again_owns_nothing(cluster):
    """D-411: it is like any other value that is as it was."""
    api = "rbac.authorization.k8s.io"
    role = {"apiVersion": f"{api}/v1", "kind": "Role", "metadata": {"name": "r"}, "rules": []}
    cluster.create(role)
    path = f"/apis/{api}/v1/namespaces/default/roles/r?fieldManager=other"
    assert cluster.request("PUT", path, body=role).status == 200
    assert "other" not in [each.manager for each in cluster.get("role/r").metadata.managed_fields]
