"""An operator written with lightkube: gives every namespace with a `team` label a quota and a role for the team.

`python tenant_operator.py` runs it against a real cluster; `tests/clients/test_examples.py` against a simulated one.
"""

from lightkube import ApiError, Client
from lightkube.models.core_v1 import ResourceQuotaSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.models.rbac_v1 import RoleRef, Subject
from lightkube.resources.core_v1 import Namespace, ResourceQuota
from lightkube.resources.rbac_authorization_v1 import RoleBinding
from lightkube.types import PatchType

MANAGER = "tenant-operator"


def wanted(namespace):
    """What a namespace is to have."""
    name, labels = namespace.metadata.name, namespace.metadata.labels or {}
    team, pods = labels["team"], labels.get("pods", "10")
    yield ResourceQuota(
        apiVersion="v1",
        kind="ResourceQuota",
        metadata=ObjectMeta(name="team", namespace=name),
        spec=ResourceQuotaSpec(hard={"pods": pods}),
    )
    yield RoleBinding(
        apiVersion="rbac.authorization.k8s.io/v1",
        kind="RoleBinding",
        metadata=ObjectMeta(name="team", namespace=name),
        roleRef=RoleRef(apiGroup="rbac.authorization.k8s.io", kind="ClusterRole", name="edit"),
        subjects=[Subject(apiGroup="rbac.authorization.k8s.io", kind="Group", name=team)],
    )


def reconcile(client, namespace):
    if namespace.metadata.deletionTimestamp or "team" not in (namespace.metadata.labels or {}):
        return
    for each in wanted(namespace):
        client.apply(each, field_manager=MANAGER, force=True)
    if (namespace.metadata.annotations or {}).get("tenant") != "ready":
        body = {"metadata": {"annotations": {"tenant": "ready"}}}
        client.patch(Namespace, namespace.metadata.name, body, patch_type=PatchType.MERGE)


def main():
    client = Client(field_manager=MANAGER)
    for event, namespace in client.watch(Namespace, labels={"team": ("a", "b")}):
        if event == "DELETED":
            continue
        try:
            reconcile(client, namespace)
        except ApiError as problem:
            if problem.status.code not in (404, 409):
                raise


if __name__ == "__main__":
    main()
