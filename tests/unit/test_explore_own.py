"""kemu's own controllers go through the campaign that controllers of others go through, and nothing breaks.

`SCENARIOS` has something to do for each of them.
"""

from __future__ import annotations

import pytest

import kemu
from kemu.reconcilers import CONTROLLERS
from kemu.testing.explore.offers import KINDS

CONTAINERS = [{"name": "c", "image": "nginx"}]


def made(kind, name="a", api="v1", **more):
    """A manifest."""
    metadata = {"name": name, **more.pop("metadata", {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **more}


def pods(app="a", **more):
    """A template of pods with a label, and the selector for it."""
    labels = {"app": app}
    spec = {"containers": CONTAINERS, **more}
    return {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}}


def patching(kind, name="a", **document):
    """A user's patch, as a step."""

    def patch(cluster):
        cluster.patch(kind, name, document, type="merge")

    return patch


def deleting(what):
    """A user deletes something, as a step."""
    return lambda cluster: cluster.delete(what)


def job(command="exit 0", **spec):
    template = {"spec": {"restartPolicy": "Never", "containers": [{**CONTAINERS[0], "command": ["sh", "-c", command]}]}}
    return {"template": template, **spec}


CLAIM = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
VOLUME = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/data"}}
WEB = made("Deployment", api="apps/v1", spec={"replicas": 2, **pods()})
SERVICE = made("Service", spec={"selector": {"app": "a"}, "ports": [{"port": 80}]})
BY_HAND = {
    "addressType": "IPv4", "metadata": {"labels": {"kubernetes.io/service-name": "a"}},
    "endpoints": [{"addresses": ["192.0.2.1"]}], "ports": [{"port": 80}],
}  # fmt: skip
TOKEN = {"token-id": "abcdef", "token-secret": "0123456789abcdef", "usage-bootstrap-signing": "true",
         "expiration": "2000-01-01T00:05:00Z"}  # fmt: skip
POLICY = {
    "matchConstraints": {"resourceRules": [
        {"apiGroups": [""], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["configmaps"]}]},
    "validations": [{"expression": "object.metadata.name != 'bad'"}],
}  # fmt: skip

REQUEST = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlHUE1FTUNBUUF3RURFT01Bd0dBMVVFQXd3RllXeHBZMlV3"
    "S2pBRkJnTXJaWEFESVFBRG9RZS84ODRRdmgxdwozUmpuUzhDWlorVFdNSnVsRFY4ZDNJWmtFbFV4dUtBQU1BVUdBeXRsY0FO"
    "QkFGczdjUlZleWsxRnA5Q3E5NExvCnFOSlVYUFNudWR1WTJybDROY0tjVVRFQmNKVXNQNy84SDVQNTdRdWYvN0x1TnRkbkIw"
    "bHFaM3R1MkFKaTdnS1UKM3dZPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K"
)
JOINS = (
    "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlHdk1HTUNBUUF3TURFVk1CTUdBMVVFQ2d3TWMzbHpkR1Z0"
    "T201dlpHVnpNUmN3RlFZRFZRUUREQTV6ZVhOMApaVzA2Ym05a1pUcHVNVEFxTUFVR0F5dGxjQU1oQUFPaEI3L3p6aEMrSFhE"
    "ZEdPZEx3SmxuNU5Zd202VU5YeDNjCmhtUVNWVEc0b0FBd0JRWURLMlZ3QTBFQUZQTHdNVFhCb01HZ0xOZXJGOGlkcjBzdUMx"
    "TDl0NVlkZWFxQTUrWWQKSW5SMEd3RTk2azVzM244bjFzbStsZ1hpTWhJNG4zcm44Snh1TmlDTWxIZjJEZz09Ci0tLS0tRU5E"
    "IENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo="
)
"""Requests for certificates, as openssl makes them: of alice, and of node n1."""


def shelf(*devices):
    """A class of devices, and those that node-0 has."""
    spec = {"driver": "gpu.example.com", "nodeName": "node-0", "devices": [{"name": name} for name in devices],
            "pool": {"name": "node-0", "generation": 1, "resourceSliceCount": 1}}  # fmt: skip
    api = "resource.k8s.io/v1"
    return made("ResourceSlice", api=api, spec=spec), made("DeviceClass", "gpu", api=api, spec={})


def approve(cluster):
    """Approve a request, as `kubectl certificate approve` does."""
    place = "/apis/certificates.k8s.io/v1/certificatesigningrequests/a"
    body = cluster.request("GET", place).json()
    body["status"] = {"conditions": [{"type": "Approved", "status": "True", "reason": "Mine"}]}
    assert cluster.request("PUT", f"{place}/approval", body=body).status == 200


# Nothing that leaves a history: who was late has not seen all that there was.
SCENARIOS = {
    "deployment-controller replicaset-controller garbage-collector-controller": [
        WEB, "20s", patching("deployment", spec={"replicas": 3})],
    "replicationcontroller-controller": [
        made("ReplicationController", spec={"replicas": 2, **pods(), "selector": {"app": "a"}}), "10s",
        patching("replicationcontroller", spec={"replicas": 1})],
    "statefulset-controller": [
        made("StatefulSet", api="apps/v1", spec={"replicas": 2, "serviceName": "a", **pods()}), "20s",
        patching("statefulset", spec={"replicas": 1})],
    "daemonset-controller": [
        made("DaemonSet", api="apps/v1", spec=pods()), "20s",
        patching("daemonset", spec={"minReadySeconds": 5})],
    "job-controller": [made("Job", api="batch/v1", spec=job("sleep 3", completions=2)), "10s"],
    "ttl-after-finished-controller": [
        made("Job", api="batch/v1", spec=job("sleep 3", ttlSecondsAfterFinished=30)), "10s"],
    "cronjob-controller": [
        made("CronJob", api="batch/v1", spec={"schedule": "5 0 1 1 *", "jobTemplate": {"spec": job("sleep 3")}}),
        "12m"],
    "endpoints-controller endpointslice-controller": [
        WEB, SERVICE, "20s", patching("deployment", spec={"replicas": 1})],
    "endpointslice-mirroring-controller": [
        made("Service", spec={"ports": [{"port": 80}]}),
        made("Endpoints", subsets=[{"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}]), "10s",
        patching("endpoints", subsets=[{"addresses": [{"ip": "192.0.2.2"}], "ports": [{"port": 80}]}])],
    "disruption-controller": [
        WEB, made("PodDisruptionBudget", api="policy/v1",
                  spec={"minAvailable": 1, "selector": {"matchLabels": {"app": "a"}}}),
        "20s", patching("pdb", spec={"minAvailable": 2})],
    "horizontal-pod-autoscaler-controller": [
        WEB, made("HorizontalPodAutoscaler", api="autoscaling/v2", spec={"maxReplicas": 3, "scaleTargetRef": {
            "apiVersion": "apps/v1", "kind": "Deployment", "name": "a"}}), "1m"],
    "persistentvolume-binder-controller persistentvolume-protection-controller": [
        made("PersistentVolume", spec={**VOLUME, "storageClassName": ""}),
        made("PersistentVolumeClaim", spec={**CLAIM, "storageClassName": ""}), "10s"],
    "persistentvolumeclaim-protection-controller": [
        made("PersistentVolumeClaim", spec=CLAIM),
        made("Pod", spec={"containers": CONTAINERS, "volumes": [
            {"name": "v", "persistentVolumeClaim": {"claimName": "a"}}]}), "5s", deleting("pvc/a")],
    "ephemeral-volume-controller": [
        made("Pod", spec={"containers": CONTAINERS, "volumes": [
            {"name": "v", "ephemeral": {"volumeClaimTemplate": {"spec": CLAIM}}}]}), "10s"],
    "persistentvolume-attach-detach-controller persistentvolume-expander-controller": [
        lambda cluster: cluster.storage.provisioner("d.example.com", default_class="fast", attaches="1s"),
        patching("storageclass", "fast", allowVolumeExpansion=True),
        made("PersistentVolumeClaim", spec=CLAIM),
        made("Pod", spec={"containers": CONTAINERS, "volumes": [
            {"name": "v", "persistentVolumeClaim": {"claimName": "a"}}]}), "20s",
        patching("pvc", spec={"resources": {"requests": {"storage": "2Gi"}}}), "5s", deleting("pod/a"), "20s"],
    "namespace-controller serviceaccount-controller root-ca-certificate-publisher-controller": [
        made("Namespace", "n"), "5s", made("ConfigMap", metadata={"namespace": "n"}), "5s", deleting("namespace/n")],
    "serviceaccount-token-controller": [
        made("ServiceAccount"), made("Secret", type="kubernetes.io/service-account-token", metadata={
            "annotations": {"kubernetes.io/service-account.name": "a"}}), "5s"],
    "resourcequota-controller": [
        made("ResourceQuota", spec={"hard": {"configmaps": "5"}}), "5s", made("ConfigMap", "b"), "5s",
        deleting("configmap/b")],
    "clusterrole-aggregation-controller": [
        made("ClusterRole", "all", api="rbac.authorization.k8s.io/v1", rules=[], aggregationRule={
            "clusterRoleSelectors": [{"matchLabels": {"to": "all"}}]}),
        made("ClusterRole", "one", api="rbac.authorization.k8s.io/v1", metadata={"labels": {"to": "all"}},
             rules=[{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]), "5s"],
    "token-cleaner-controller bootstrap-signer-controller": [
        made("Secret", "bootstrap-token-abcdef", type="bootstrap.kubernetes.io/token", stringData=TOKEN,
             metadata={"namespace": "kube-system"}), "10m"],
    "validatingadmissionpolicy-status-controller": [
        made("ValidatingAdmissionPolicy", api="admissionregistration.k8s.io/v1", spec=POLICY), "5s"],
    "taint-eviction-controller": [
        WEB, "20s", lambda cluster: cluster.patch("node", "node-0", {"spec": {"taints": [
            {"key": "k", "effect": "NoExecute"}]}}, type="merge"), "10s",
        lambda cluster: cluster.patch("node", "node-0", {"spec": {"taints": None}}, type="merge")],
    "pod-garbage-collector-controller": [WEB, "20s", lambda cluster: cluster.delete("node/node-1"), "5m"],
    "resourceclaim-controller": [
        made("ResourceClaimTemplate", api="resource.k8s.io/v1", spec={"spec": {"devices": {"requests": [
            {"name": "r", "exactly": {"deviceClassName": "none"}}]}}}),
        made("Pod", spec={"containers": CONTAINERS, "resourceClaims": [
            {"name": "r", "resourceClaimTemplateName": "a"}]}), "10s"],
    "device-taint-eviction-controller": [
        *shelf("one"), made("ResourceClaim", api="resource.k8s.io/v1", spec={"devices": {"requests": [
            {"name": "r", "exactly": {"deviceClassName": "gpu"}}]}}),
        made("Pod", spec={"containers": CONTAINERS, "resourceClaims": [{"name": "r", "resourceClaimName": "a"}]}),
        "10s", patching("resourceslice", spec={"devices": [
            {"name": "one", "taints": [{"key": "k", "effect": "NoExecute"}]}]}), "10s"],
    "node-lifecycle-controller": [
        WEB, "20s", lambda cluster: cluster.node("node-1").crash(), "7m",
        lambda cluster: cluster.node("node-1").boot()],
    "node-ipam-controller ttl-controller": [lambda cluster: cluster.add_node("node-9"), "5s"],
    "volumeattributesclass-protection-controller": [
        made("VolumeAttributesClass", api="storage.k8s.io/v1", driverName="d.example.com", parameters={"iops": "9"}),
        made("PersistentVolumeClaim", spec={**CLAIM, "volumeAttributesClassName": "a"}), "5s",
        deleting("volumeattributesclass/a"), "5s", deleting("pvc/a")],
    "service-cidr-controller": [
        made("ServiceCIDR", api="networking.k8s.io/v1", spec={"cidrs": ["10.97.0.0/24"]}), "5s",
        deleting("servicecidr/a")],
    "certificatesigningrequest-signing-controller certificatesigningrequest-cleaner-controller": [
        made("CertificateSigningRequest", api="certificates.k8s.io/v1", spec={
            "request": REQUEST, "signerName": "kubernetes.io/kube-apiserver-client", "usages": ["client auth"]}),
        "5s", approve, "3h"],
    "certificatesigningrequest-approving-controller": [
        made("CertificateSigningRequest", api="certificates.k8s.io/v1", spec={
            "request": JOINS, "usages": ["client auth"], "signerName": "kubernetes.io/kube-apiserver-client-kubelet"}),
        "10m"],
    "legacy-serviceaccount-token-cleaner-controller": [
        made("ServiceAccount", secrets=[{"name": "a"}]),
        made("Secret", type="kubernetes.io/service-account-token", metadata={
            "annotations": {"kubernetes.io/service-account.name": "a"}}), "17600h"],
}  # fmt: skip
"""Steps of users, by the controllers that have something to do in them."""

BUT = {
    "endpointslice-mirroring-controller": ("overtaken",),
    "persistentvolume-binder-controller persistentvolume-protection-controller": ("recreated",),
    "serviceaccount-token-controller": ("conflict", "recreated"),
    "service-cidr-controller": ("recreated",),
    "certificatesigningrequest-signing-controller certificatesigningrequest-cleaner-controller": ("early",),
}
"""What is left out, by scenario, since it is so upstream as well: the annotations of a mirrored slice are those of its
Endpoints and no others; a volume that is kept is for no other claim of the name; who meets a conflict may rely on the
change of somebody else that must have come before it; a Secret that has a token already is left as it is; what a user
makes anew after its deletion stays; and who approves nothing yet has approved nothing."""


def two_nodes() -> kemu.Cluster:
    return kemu.Cluster(nodes=2)


def test_every_controller_has_a_scenario():
    """So that all of them go through the campaign."""
    named = [name for names in SCENARIOS for name in names.split()]
    assert sorted(named) == sorted(spec.wiring.name for spec in CONTROLLERS)


@pytest.mark.slow
@pytest.mark.parametrize("names", SCENARIOS)
def test_kemu_s_own_controllers_are_clean(names):
    faults = [kind for kind in KINDS if kind not in BUT.get(names, ())]
    kemu.explore(two_nodes, SCENARIOS[names], faults=faults, runs=40, budget="1h").check()
