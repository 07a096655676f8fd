"""The columns of tables: what `kubectl get` shows of each kind, as a real API server defines them.

One line per resource; one word per column. A space in a name is written `_`; `:integer`, `:boolean` and `:date` name
a type other than `string`, `:name` the format of the column that holds the object's name (`Name` has it anyway); a
`+` marks a column of the wide output. What stands in the cells is computed by whoever prints them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .scheme import Kind


class Column(NamedTuple):
    """One column. `type` and `format` are OpenAPI's; `priority` 0 is always shown, more only in wide output."""

    name: str
    type: str
    format: str
    priority: int
    path: str = ""
    """Where a cell's value is, as JSONPath; only of custom kinds."""
    description: str = ""


_COLUMNS = {
    "componentstatuses": "Name Status Message Error",
    "configmaps": "Name Data Age",
    "endpoints": "Name Endpoints Age",
    "events": "Last_Seen Type Reason Object Subobject+ Source+ Message First_Seen+ Count+ Name+",
    "limitranges": "Name Created_At:date",
    "namespaces": "Name Status Age",
    "nodes": "Name Status Roles Age Version Internal-IP+ External-IP+ OS-Image+ Kernel-Version+ Container-Runtime+",
    "persistentvolumeclaims": (
        "Name Status Volume Capacity Access_Modes StorageClass VolumeAttributesClass Age VolumeMode+"
    ),
    "persistentvolumes": (
        "Name Capacity Access_Modes Reclaim_Policy Status Claim StorageClass VolumeAttributesClass Reason Age "
        "VolumeMode+"
    ),
    "pods": "Name Ready Status Restarts Age IP+ Node+ Nominated_Node+ Readiness_Gates+",
    "podtemplates": "Name Containers Images Pod_Labels",
    "replicationcontrollers": "Name Desired:integer Current:integer Ready:integer Age Containers+ Images+ Selector+",
    "resourcequotas": "Name Request Limit Age",
    "secrets": "Name Type Data Age",
    "serviceaccounts": "Name Age",
    "services": "Name Type Cluster-IP External-IP Port(s) Age Selector+",
    "apiservices.apiregistration.k8s.io": "Name Service Available Age",
    "scales.autoscaling": "Name Desired:integer Available:integer Age",
    "controllerrevisions.apps": "Name Controller Revision Age",
    "daemonsets.apps": (
        "Name Desired:integer Current:integer Ready:integer Up-to-date:integer Available:integer "
        "Node_Selector Age Containers+ Images+ Selector+"
    ),
    "deployments.apps": "Name Ready Up-to-date Available Age Containers+ Images+ Selector+",
    "replicasets.apps": "Name Desired:integer Current:integer Ready:integer Age Containers+ Images+ Selector+",
    "statefulsets.apps": "Name Ready Age Containers+ Images+",
    "events.events.k8s.io": "Last_Seen Type Reason Object Subobject+ Source+ Message First_Seen+ Count+ Name+",
    "horizontalpodautoscalers.autoscaling/v2": "Name Reference Targets MinPods MaxPods Replicas Age",
    "horizontalpodautoscalers.autoscaling/v1": "Name Reference Targets MinPods MaxPods Replicas Age",
    "cronjobs.batch": (
        "Name Schedule Timezone Suspend:boolean Active:integer Last_Schedule Age Containers+ Images+ Selector+"
    ),
    "jobs.batch": "Name Status Completions Duration Age Containers+ Images+ Selector+",
    "certificatesigningrequests.certificates.k8s.io": "Name Age SignerName Requestor RequestedDuration Condition",
    "ingressclasses.networking.k8s.io": "Name Controller Parameters Age",
    "ingresses.networking.k8s.io": "Name Class Hosts Address Ports Age",
    "ipaddresses.networking.k8s.io": "Name ParentRef",
    "networkpolicies.networking.k8s.io": "Name Pod-Selector Age",
    "servicecidrs.networking.k8s.io": "Name CIDRs Age",
    "poddisruptionbudgets.policy": "Name Min_Available Max_Unavailable Allowed_Disruptions:integer Age",
    "clusterrolebindings.rbac.authorization.k8s.io": "Name Role Age Users+ Groups+ ServiceAccounts+",
    "clusterroles.rbac.authorization.k8s.io": "Name Created_At:date",
    "rolebindings.rbac.authorization.k8s.io": "Name Role Age Users+ Groups+ ServiceAccounts+",
    "roles.rbac.authorization.k8s.io": "Name Created_At:date",
    "csidrivers.storage.k8s.io": (
        "Name AttachRequired:boolean PodInfoOnMount:boolean StorageCapacity:boolean TokenRequests "
        "RequiresRepublish:boolean Modes Age"
    ),
    "csinodes.storage.k8s.io": "Name Drivers:integer Age",
    "csistoragecapacities.storage.k8s.io": "Name Created_At:date",
    "storageclasses.storage.k8s.io": "Name Provisioner ReclaimPolicy VolumeBindingMode AllowVolumeExpansion Age",
    "volumeattachments.storage.k8s.io": "Name Attacher:name PV Node Attached:boolean Age",
    "volumeattributesclasses.storage.k8s.io": "Name DriverName Age",
    "mutatingadmissionpolicies.admissionregistration.k8s.io": "Name Mutations:integer ParamKind Age",
    "mutatingadmissionpolicybindings.admissionregistration.k8s.io": "Name PolicyName ParamRef Age",
    "mutatingwebhookconfigurations.admissionregistration.k8s.io": "Name Webhooks:integer Age",
    "validatingadmissionpolicies.admissionregistration.k8s.io": "Name Validations:integer ParamKind Age",
    "validatingadmissionpolicybindings.admissionregistration.k8s.io": "Name PolicyName ParamRef Age",
    "validatingwebhookconfigurations.admissionregistration.k8s.io": "Name Webhooks:integer Age",
    "customresourcedefinitions.apiextensions.k8s.io": "Name Created_At:date",
    "priorityclasses.scheduling.k8s.io": "Name Value:integer Global-Default:boolean Age PreemptionPolicy",
    "leases.coordination.k8s.io": "Name Holder Age",
    "runtimeclasses.node.k8s.io": "Name Handler Age",
    "endpointslices.discovery.k8s.io": "Name AddressType Ports Endpoints Age",
    "deviceclasses.resource.k8s.io": "Name Age",
    "resourceclaims.resource.k8s.io": "Name State Age",
    "resourceclaimtemplates.resource.k8s.io": "Name Age",
    "resourceslices.resource.k8s.io": "Name Node Driver Pool Age",
    "flowschemas.flowcontrol.apiserver.k8s.io": (
        "Name PriorityLevel MatchingPrecedence DistinguisherMethod Age MissingPL"
    ),
    "prioritylevelconfigurations.flowcontrol.apiserver.k8s.io": (
        "Name Type NominalConcurrencyShares Queues HandSize QueueLengthLimit Age"
    ),
}


def columns_of(kind: Kind) -> tuple[Column, ...]:
    """The columns of a kind: those of its own, or the name and the time of creation. O(1) after the first call."""
    key = kind.group_resource
    found = _READ.get(kind)
    if found is None:
        text = _COLUMNS.get(f"{key}/{kind.version}") or _COLUMNS.get(key) or "Name Created_At:date"
        found = _READ[kind] = tuple(_column(word) for word in text.split())
    return found


_READ: dict[Kind, tuple[Column, ...]] = {}


def _column(word: str) -> Column:
    name, _, kind = word.removesuffix("+").partition(":")
    form = "name" if kind == "name" or name == "Name" else ""
    return Column(name.replace("_", " "), "string" if form else kind or "string", form, int(word.endswith("+")))
