"""Short descriptions of types and fields, for OpenAPI documents and `kubectl explain`.

A type is described by its docstring. A field is described by what is written here for it, by what is written here
for fields of its name in any type, by the docstring of the type that it holds, or by its name; in this order.
"""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from .schema import Field, Type, shape_of

_ANYWHERE = """
annotations         Notes for tools and people; objects cannot be selected by them.
apiGroup            The API group of the object that is meant.
apiVersion          APIVersion defines the group and version of the API by which this document is written.
conditions          What has been observed lately, one entry per type.
containerName       The container that is meant.
controller          Who takes care of this kind of object.
data                The content, by key.
defaultMode         The permissions of the files, unless a file has its own.
driver              The driver that provides it.
endpoint            Where the server is reached.
expression          An expression in CEL.
fieldPath           The path of the field that is meant.
fsType              The file system on it.
group               The API group.
hostname            The name of the host.
items               The objects of this page.
key                 The key that is meant.
kind                The kind of the object.
labels              Labels, by which objects can be selected.
lastHeartbeatTime   When it was last reported.
lastProbeTime       When it was last examined.
lastTransitionTime  When the status last changed.
lastUpdateTime      When it was last updated.
matchExpressions    Expressions on labels; all of them must hold.
matchLabels         Labels with the values that they must have.
message             What people should know about it.
metadata            Standard object's metadata: name, identity, labels and more.
mode                The permissions of the file.
mountOptions        Options for mounting it.
name                The name of what is meant.
namespace           The namespace of what is meant.
namespaceSelector   Selects by the labels of namespaces.
nodeAffinity        The nodes from which it can be used.
nodeName            The node that is meant.
nodeSelector        Labels that the node must have.
observedGeneration  The generation of the spec that this was derived from.
operator            How the key relates to the values.
optional            Whether it may be missing.
path                The path.
phase               The phase that it is in.
podSelector         Selects pods by their labels.
port                The port, by number or name.
ports               The ports.
priority            The importance; more is more important.
protocol            The network protocol.
provisioner         Who makes volumes of this class.
readOnly            Whether writing is forbidden.
reason              Why, in one word for programs.
replicas            How many there should be, or are.
resourceName        The name of the object that is meant.
resourceVersion     The revision at which this was written; changes with every write.
resources           The resources that are meant, wanted or used.
rules               The rules.
secretRef           The secret with the credentials.
selector            Selects the objects that belong to this one.
serviceAccountName  The service account that acts.
spec                What is wanted.
status              What is known.
stringData          Content that is added to `data` when it is written, as plain text.
subjects            Who is meant.
template            What new objects look like.
timeoutSeconds      How many seconds to wait.
topologyKey         The node label whose values tell the parts of the cluster apart.
type                Which of several types it is.
uid                 The identity of the object, never used again.
user                The user that acts.
value               The value.
values              The values.
verbs               What may be done.
version             The version.
volumeName          The volume that is meant.
weight              How much it counts, against the others.
"""

_BY_TYPE = {
    "ObjectMeta": """
name                        The name; unique among the objects of a kind in a namespace, and final.
generateName                A prefix from which the server makes a unique name when none is given.
namespace                   The namespace the object lives in, if its kind lives in namespaces.
selfLink                    No longer used.
generation                  Counts the changes of the spec.
creationTimestamp           CreationTimestamp is a timestamp of the moment when the object was created.
deletionTimestamp           When the object is to be gone; set once its deletion was asked for.
deletionGracePeriodSeconds  How many seconds the object had to go away by itself.
ownerReferences             Objects that this one belongs to, and goes away with.
finalizers                  Who still has to do something before the object can go away.
managedFields               Which writer owns which fields.
""",
    "ListMeta": """
continue            Where the next page begins.
remainingItemCount  How many objects are not on this page.
selfLink            No longer used.
resourceVersion     The revision at which the list was read.
""",
    "OwnerReference": """
controller          Whether the owner is the one that controls the object.
blockOwnerDeletion  Whether the owner cannot go away in the foreground before this object.
""",
    "PodSpec": """
volumes                        Places for files that the containers can mount.
initContainers                 Containers that run one after the other before the others start.
containers                     The containers of the pod; there is at least one.
ephemeralContainers            Containers that were put into the running pod to look around.
restartPolicy                  Whether containers are started again when they end: Always, OnFailure or Never.
terminationGracePeriodSeconds  How many seconds the containers have to stop by themselves.
activeDeadlineSeconds          After how many seconds the pod is failed, whatever it does.
dnsPolicy                      Where the pod's DNS configuration comes from.
nodeSelector                   Labels that a node must have to run the pod.
serviceAccount                 The older name of serviceAccountName.
automountServiceAccountToken   Whether the containers get a token of the service account.
nodeName                       The node that runs the pod; set by the scheduler.
hostNetwork                    Whether the pod uses the network of its node.
hostPID                        Whether the pod sees the processes of its node.
hostIPC                        Whether the pod shares the memory and queues of its node.
shareProcessNamespace          Whether the containers see each other's processes.
imagePullSecrets               Secrets with credentials for the registries of the images.
hostname                       The host name of the pod, unless it is the pod's name.
subdomain                      The part of the host name that follows the pod's own.
schedulerName                  The scheduler that finds the node.
tolerations                    Taints that the pod puts up with.
hostAliases                    Further entries of the hosts file.
priorityClassName              The priority class that gives the pod its importance.
readinessGates                 Conditions that must be true, besides the usual ones, for the pod to be ready.
runtimeClassName               The runtime class that runs the pod.
enableServiceLinks             Whether the containers get environment variables about services.
preemptionPolicy               Whether less important pods may be removed for this one.
overhead                       What the pod costs beyond its containers.
topologySpreadConstraints      How evenly the pod's kind is spread over the cluster.
setHostnameAsFQDN              Whether the host name is the whole domain name.
hostUsers                      Whether the pod uses the user numbers of its node.
schedulingGates                What has to happen before the pod is scheduled.
resourceClaims                 Claims on devices that the containers can use.
hostnameOverride               The host name, whatever else is said about it.
""",
    "PodStatus": """
phase                       Pending, Running, Succeeded, Failed or Unknown.
nominatedNodeName           The node that is being cleared for the pod.
hostIP                      The address of the node.
hostIPs                     The addresses of the node.
podIP                       The address of the pod.
podIPs                      The addresses of the pod.
startTime                   When the kubelet took the pod on.
initContainerStatuses       What is known about the init containers.
containerStatuses           What is known about the containers.
ephemeralContainerStatuses  What is known about the ephemeral containers.
qosClass                    How well the pod is protected when the node runs out: Guaranteed, Burstable, BestEffort.
resize                      How a change of resources gets on.
""",
    "Container": """
name                      The name, unique in the pod.
image                     The image.
command                   The command, instead of the image's own.
args                      Arguments of the command.
workingDir                The folder in which the command runs.
ports                     Ports on which the container listens.
envFrom                   Config maps and secrets whose keys become environment variables.
env                       Environment variables.
resizePolicy              Whether a change of resources restarts the container.
restartPolicy             Whether this container is started again, unless the pod's policy says so.
restartPolicyRules        What to do when the container ends in certain ways.
volumeMounts              Where the container sees the pod's volumes.
volumeDevices             Where the container sees the pod's block devices.
livenessProbe             How to see that the container has to be restarted.
readinessProbe            How to see that the container can take traffic.
startupProbe              How to see that the container has started; other probes wait for it.
terminationMessagePath    The file with a last message.
terminationMessagePolicy  Where the last message comes from: the file, or the log when the file is empty.
imagePullPolicy           When the image is pulled: Always, Never or IfNotPresent.
stdin                     Whether the container has a standard input.
stdinOnce                 Whether the standard input ends with the first who is attached to it.
tty                       Whether the container has a terminal.
""",
    "ContainerStatus": """
ready         Whether the container takes traffic.
restartCount  How often the container was started again.
image         The image that runs.
imageID       The identity of the image that runs.
containerID   The identity of the container.
started       Whether the container has started, as its startup probe sees it.
lastState     How the container ended the last time.
state         Whether the container waits, runs, or has ended.
""",
    "Probe": """
initialDelaySeconds            How many seconds to wait after the start.
periodSeconds                  How many seconds lie between two examinations.
successThreshold               How many successes in a row it takes.
failureThreshold               How many failures in a row it takes.
terminationGracePeriodSeconds  How many seconds the container has to stop when this probe fails it.
""",
    "ResourceRequirements": """
limits    What may be used at most.
requests  What is reserved.
claims    Claims of the pod that the container uses.
""",
    "DeploymentSpec": """
replicas                 How many pods there should be.
minReadySeconds          How many seconds a new pod must be ready to count as available.
strategy                 How old pods are replaced by new ones.
revisionHistoryLimit     How many old replica sets are kept.
paused                   Whether nothing new is rolled out.
progressDeadlineSeconds  After how many seconds without progress the deployment counts as stuck.
""",
    "DeploymentStatus": """
replicas             How many pods there are.
updatedReplicas      How many pods have the newest template.
readyReplicas        How many pods are ready.
availableReplicas    How many pods have been ready for long enough.
unavailableReplicas  How many pods are still missing.
terminatingReplicas  How many pods are going away.
collisionCount       How often a name of a replica set was already taken.
""",
    "ServiceSpec": """
selector                       Labels of the pods behind the service.
clusterIP                      The address of the service; None for a service without one.
clusterIPs                     The addresses of the service, one per family.
type                           ClusterIP, NodePort, LoadBalancer or ExternalName.
externalIPs                    Further addresses that lead to the service.
sessionAffinity                Whether a client stays with its backend: None or ClientIP.
loadBalancerIP                 The wanted address of the load balancer; no longer recommended.
loadBalancerSourceRanges       The networks whose clients the load balancer serves.
externalName                   The name that the service stands for.
externalTrafficPolicy          Whether traffic from outside stays on the node that it reached.
internalTrafficPolicy          Whether traffic from inside stays on its node.
healthCheckNodePort            The port on which nodes say whether they have backends.
publishNotReadyAddresses       Whether pods that are not ready are backends too.
ipFamilies                     The families of the addresses.
ipFamilyPolicy                 Whether the service has addresses of one family or of two.
allocateLoadBalancerNodePorts  Whether a load balancer gets ports on the nodes.
loadBalancerClass              Who provides the load balancer.
trafficDistribution            Which backends are preferred.
""",
    "ServicePort": """
name         The name of the port, unique in the service.
appProtocol  The protocol of the application.
port         The port of the service.
targetPort   The port of the pods, by number or name.
nodePort     The port of the nodes.
""",
    "NodeSpec": """
podCIDR        The range from which pods of the node get their addresses.
podCIDRs       The ranges from which pods of the node get their addresses.
providerID     The identity of the machine where it comes from.
unschedulable  Whether new pods stay away.
taints         Reasons for pods to stay away.
externalID     No longer used.
""",
    "NodeStatus": """
capacity         What the node has.
allocatable      What pods can get of it.
addresses        Under which addresses and names the node is reached.
images           The images that are present.
volumesInUse     The volumes that are mounted.
volumesAttached  The volumes that are attached.
""",
    "JobSpec": """
parallelism              How many pods may run at once.
completions              How many pods must succeed.
activeDeadlineSeconds    After how many seconds the job is failed, whatever it does.
backoffLimit             How many failures the job survives.
backoffLimitPerIndex     How many failures an index survives.
maxFailedIndexes         How many indexes may fail.
manualSelector           Whether the selector was chosen by hand.
ttlSecondsAfterFinished  After how many seconds the finished job is removed.
completionMode           Whether every completion has an index of its own.
suspend                  Whether nothing runs for now.
podReplacementPolicy     When a pod that goes away is replaced.
managedBy                Who takes care of the job.
""",
    "CronJobSpec": """
schedule                    When to start jobs, in the notation of cron.
timeZone                    The time zone of the schedule.
startingDeadlineSeconds     How many seconds late a job may still start.
concurrencyPolicy           What happens when the last job still runs: Allow, Forbid or Replace.
suspend                     Whether nothing is started for now.
successfulJobsHistoryLimit  How many jobs are kept that have succeeded.
failedJobsHistoryLimit      How many jobs are kept that have failed.
""",
    "PersistentVolumeClaimSpec": """
accessModes       How the volume will be used.
volumeName        The volume that the claim is bound to.
storageClassName  The class of storage that is wanted.
volumeMode        Whether files or a block device are wanted.
dataSource        What the volume is made from.
dataSourceRef     What the volume is made from.
""",
    "Toleration": """
key                The key of the taint; none means all of them.
operator           Whether the value must be equal, or the key need only exist.
value              The value of the taint.
effect             The effect of the taint; none means all of them.
tolerationSeconds  For how many seconds a NoExecute taint is put up with.
""",
    "Taint": """
key        The key.
effect     What happens to pods that do not put up with it: NoSchedule, PreferNoSchedule or NoExecute.
timeAdded  When it was added.
""",
    "EnvVar": """
name       The name of the variable.
value      The value; $(NAME) stands for the value of another variable.
valueFrom  Where the value comes from instead.
""",
}


@cache
def describe_type(cls: type) -> str:
    """One or two sentences about a type."""
    return inspect.getdoc(cls) or ""


@cache
def _read(text: str) -> dict[str, str]:
    return dict(line.split(None, 1) for line in text.strip().splitlines())


@cache
def describe_fields(cls: type) -> dict[str, str]:
    """One sentence about every field of a type, by JSON name."""
    own = _read(_BY_TYPE.get(cls.__name__, ""))
    return {field.json: own.get(field.json) or _derived(field) for field in shape_of(cls).fields}


def _derived(field: Field) -> str:
    anywhere = _read(_ANYWHERE).get(field.json)
    held = _struct_in(field.type)
    said = anywhere or (describe_type(held) if held is not None else _from_name(field))
    if field.enum:
        said += f" One of {', '.join(field.enum)}."
    return said


def _struct_in(held: Type) -> Any:
    while held.item is not None:
        held = held.item
    return held.cls


def _from_name(field: Field) -> str:
    words = field.name.strip("_").replace("_", " ")
    if field.kind == "boolean":
        return f"Whether {words}." if " " in words else f"Whether it is {words}."
    if field.name.endswith("_seconds"):
        return f"The {words.removesuffix(' seconds')}, in seconds."
    return f"The {words}."
