"""What kubeadm leaves: the components as static pods, DNS and kube-proxy, its ConfigMaps, and who may read them.

A control plane of this kind is told of, it does not work: what a cluster does is done by kemu's own components, whether
or not there are pods that bear their names.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from string import Template
from typing import TYPE_CHECKING, Any

from ..kit import Client
from ..objects import codec, core, meta, rbac
from ..values.ranges import Ranges
from ..wellknown import CONTROL_PLANE, ROOT_CERTIFICATE
from .controller_roles import CONTROLLER_ROLES
from .roles import GROUP

if TYPE_CHECKING:
    from ..reconcilers.kubelet import NodeHandle

VERSION = "v1.36.2"
REGISTRY = "registry.k8s.io"
ETCD_IMAGE, DNS_IMAGE = f"{REGISTRY}/etcd:3.6.8-0", f"{REGISTRY}/coredns/coredns:v1.14.2"

PKI, ETCD_PKI, ETC = "/etc/kubernetes/pki", "/etc/kubernetes/pki/etcd", "/etc/kubernetes"
CERTIFICATES = tuple(
    [f"{folder}/ca-certificates" for folder in ("/etc", "/usr/local/share", "/usr/share")] + ["/etc/ssl/certs"]
)
API_PORT = 6443

BOOTSTRAPPERS = "Group system:bootstrappers:kubeadm:default-node-token"
NODES = "Group system:nodes"

UNUSED = ("route-controller", "selinux-warning-controller", "service-ca-cert-publisher", "service-controller")
"""The controllers that have roles, and do not run by themselves in a cluster of one's own."""

READS = (
    ("kubeadm:kubelet-config", "kube-system", "configmaps", "kubelet-config", (NODES, BOOTSTRAPPERS)),
    ("kubeadm:nodes-kubeadm-config", "kube-system", "configmaps", "kubeadm-config", (BOOTSTRAPPERS, NODES)),
    ("kubeadm:bootstrap-signer-clusterinfo", "kube-public", "configmaps", "cluster-info", ("User system:anonymous",)),
    ("kube-proxy", "kube-system", "configmaps", "kube-proxy", (BOOTSTRAPPERS,)),
)
"""Roles for one object each: their name and namespace, what may be read, and by whom."""

GRANTS = (
    ("kubeadm:cluster-admins", "cluster-admin", "Group kubeadm:cluster-admins"),
    ("kubeadm:get-nodes", "kubeadm:get-nodes", BOOTSTRAPPERS),
    ("kubeadm:kubelet-bootstrap", "system:node-bootstrapper", BOOTSTRAPPERS),
    (
        "kubeadm:node-autoapprove-bootstrap",
        "system:certificates.k8s.io:certificatesigningrequests:nodeclient",
        BOOTSTRAPPERS,
    ),
    (
        "kubeadm:node-autoapprove-certificate-rotation",
        "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient",
        NODES,
    ),
    ("kubeadm:node-proxier", "system:node-proxier", "ServiceAccount kube-proxy"),
    ("system:coredns", "system:coredns", "ServiceAccount coredns"),
)
"""Who has which cluster role, by the name of the binding."""


def create(admin: Client, ranges: Ranges, machines: Sequence[NodeHandle]) -> None:
    """Make these machines a control plane."""
    address = machines[0].address
    for machine in machines:
        for pod in static_pods(machine.name, machine.address, ranges):
            machine.static_pods.add(pod)
    for obj in (*_accounts(), *objects(ranges, address)):
        admin.create(obj)


def _accounts() -> Iterator[core.ServiceAccount]:
    """The accounts by which the controllers write."""
    known = [line.split()[0] for line in CONTROLLER_ROLES.splitlines() if line and not line.startswith(" ")]
    for name in (*[each for each in known if each not in UNUSED], "bootstrap-signer", "token-cleaner"):
        yield core.ServiceAccount(metadata=meta.ObjectMeta(name=name, namespace="kube-system"))


def objects(ranges: Ranges, address: str) -> Iterator[Any]:
    """What kubeadm itself writes, in its order; `address` is where the first API server listens."""
    values = {
        "address": address,
        "control_plane": CONTROL_PLANE,
        "dns": ranges.dns,
        "dns_image": DNS_IMAGE,
        "pods": str(ranges.pods),
        "registry": REGISTRY,
        "services": str(ranges.services),
        "version": VERSION,
    }
    yield from _config(values)
    yield from _access()
    for document in (DNS, PROXY):
        yield from codec.load(Template(document).substitute(values))


def _config(values: dict[str, str]) -> Iterator[core.ConfigMap]:
    """The settings that kubeadm and its nodes read again."""
    told = Template(CLUSTER_INFO).substitute(values, certificate=b64encode(ROOT_CERTIFICATE.encode()).decode())
    for namespace, name, data in (
        ("kube-system", "kubeadm-config", {"ClusterConfiguration": Template(CLUSTER_CONFIG).substitute(values)}),
        ("kube-system", "kubelet-config", {"kubelet": Template(KUBELET_CONFIG).substitute(values)}),
        ("kube-public", "cluster-info", {"kubeconfig": told}),
    ):
        yield core.ConfigMap(metadata=meta.ObjectMeta(name=name, namespace=namespace), data=data)


def _access() -> Iterator[Any]:
    for name, namespace, resource, what, who in READS:
        metadata = meta.ObjectMeta(name=name, namespace=namespace)
        rule = rbac.PolicyRule(verbs=("get",), api_groups=("",), resources=(resource,), resource_names=(what,))
        yield rbac.Role(metadata=metadata, rules=(rule,))
        reference = rbac.RoleRef(api_group=GROUP, kind="Role", name=name)
        yield rbac.RoleBinding(metadata=metadata, role_ref=reference, subjects=tuple(map(_subject, who)))
    sees_nodes = rbac.PolicyRule(verbs=("get",), api_groups=("",), resources=("nodes",))
    yield rbac.ClusterRole(metadata=meta.ObjectMeta(name="kubeadm:get-nodes"), rules=(sees_nodes,))
    for name, role, subject in GRANTS:
        reference = rbac.RoleRef(api_group=GROUP, kind="ClusterRole", name=role)
        yield rbac.ClusterRoleBinding(
            metadata=meta.ObjectMeta(name=name), role_ref=reference, subjects=(_subject(subject),)
        )


def _subject(text: str) -> rbac.Subject:
    kind, _, name = text.partition(" ")
    if kind == "ServiceAccount":
        return rbac.Subject(kind=kind, name=name, namespace="kube-system")
    return rbac.Subject(kind=kind, api_group=GROUP, name=name)


# The components


def static_pods(name: str, address: str, ranges: Ranges) -> tuple[core.Pod, ...]:
    """The manifests on a machine of the control plane: its store, its API server, its controllers, its scheduler."""
    etcd = _pod(
        "etcd",
        ETCD_IMAGE,
        (f"--name={name}", f"--advertise-client-urls=https://{address}:2379", "--data-dir=/var/lib/etcd"),
        "100m",
        (("/var/lib/etcd", "DirectoryOrCreate", False), (ETCD_PKI, "DirectoryOrCreate", False)),
        {"port": 2381, "live": "/livez", "ready": "/readyz"},
        {"kubeadm.kubernetes.io/etcd.advertise-client-urls": f"https://{address}:2379"},
        memory="100Mi",
    )
    apiserver = _pod(
        "kube-apiserver",
        f"{REGISTRY}/kube-apiserver:{VERSION}",
        (
            f"--advertise-address={address}",
            "--allow-privileged=true",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--enable-bootstrap-token-auth=true",
            "--etcd-servers=https://127.0.0.1:2379",
            f"--secure-port={API_PORT}",
            f"--service-cluster-ip-range={ranges.services}",
        ),
        "250m",
        ((PKI, "DirectoryOrCreate", True), *[(path, "DirectoryOrCreate", True) for path in CERTIFICATES]),
        {"port": API_PORT, "live": "/livez", "ready": "/readyz", "scheme": "HTTPS", "host": address},
        {"kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint": f"{address}:{API_PORT}"},
    )
    manager = _pod(
        "kube-controller-manager",
        f"{REGISTRY}/kube-controller-manager:{VERSION}",
        (
            "--allocate-node-cidrs=true",
            "--bind-address=127.0.0.1",
            f"--cluster-cidr={ranges.pods}",
            "--controllers=*,bootstrapsigner,tokencleaner",
            f"--kubeconfig={ETC}/controller-manager.conf",
            "--leader-elect=true",
            f"--service-cluster-ip-range={ranges.services}",
            "--use-service-account-credentials=true",
        ),
        "200m",
        (
            (PKI, "DirectoryOrCreate", True),
            (f"{ETC}/controller-manager.conf", "FileOrCreate", True),
            *[(path, "DirectoryOrCreate", True) for path in CERTIFICATES],
        ),
        {"port": 10257, "live": "/healthz", "scheme": "HTTPS"},
    )
    scheduler = _pod(
        "kube-scheduler",
        f"{REGISTRY}/kube-scheduler:{VERSION}",
        (
            f"--authentication-kubeconfig={ETC}/scheduler.conf",
            f"--authorization-kubeconfig={ETC}/scheduler.conf",
            "--bind-address=127.0.0.1",
            f"--kubeconfig={ETC}/scheduler.conf",
            "--leader-elect=true",
        ),
        "100m",
        ((f"{ETC}/scheduler.conf", "FileOrCreate", True),),
        {"port": 10259, "live": "/livez", "ready": "/readyz", "scheme": "HTTPS"},
    )
    return (etcd, apiserver, manager, scheduler)


def _pod(
    name: str,
    image: str,
    flags: tuple[str, ...],
    cpu: str,
    folders: tuple[tuple[str, str, bool], ...],
    asked: dict[str, Any],
    annotations: dict[str, str] | None = None,
    *,
    memory: str = "",
) -> core.Pod:
    """One component; `folders` are paths of the machine that it sees, their sort, and whether it only reads them."""
    volumes = [(path.strip("/").replace("/", "-").replace(".", "-"), path, *more) for path, *more in folders]
    port = {"containerPort": asked["port"], "name": "probe-port", "protocol": "TCP"}

    def probe(path: str, period: int, failures: int, first: int = 0) -> dict[str, Any]:
        scheme, host = asked.get("scheme", "HTTP"), asked.get("host", "127.0.0.1")
        action = {"host": host, "path": path, "port": "probe-port", "scheme": scheme}
        numbers = {"initialDelaySeconds": first, "periodSeconds": period, "timeoutSeconds": 15}
        return {"httpGet": action, "failureThreshold": failures, **numbers}

    container = {
        "name": name,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": [name, *flags],
        "ports": [port],
        "resources": {"requests": {"cpu": cpu, **({"memory": memory} if memory else {})}},
        "volumeMounts": [{"name": each, "mountPath": path, "readOnly": fixed} for each, path, _, fixed in volumes],
        "livenessProbe": probe(asked["live"], 10, 8, 10),
        "startupProbe": probe(asked["live"], 10, 24, 10),
        **({"readinessProbe": probe(asked["ready"], 1, 3)} if "ready" in asked else {}),
    }
    spec = {
        "containers": [container],
        "hostNetwork": True,
        "priority": 2_000_001_000,
        "priorityClassName": "system-node-critical",
        "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "volumes": [{"name": each, "hostPath": {"path": path, "type": sort}} for each, path, sort, _ in volumes],
    }
    labels = {"component": name, "tier": "control-plane"}
    metadata = meta.ObjectMeta(name=name, namespace="kube-system", labels=labels, annotations=annotations or {})
    return core.Pod(metadata=metadata, spec=spec)


# The manifests

CLUSTER_CONFIG = """\
apiVersion: kubeadm.k8s.io/v1beta4
clusterName: kubernetes
imageRepository: $registry
kind: ClusterConfiguration
kubernetesVersion: $version
networking:
  dnsDomain: cluster.local
  podSubnet: $pods
  serviceSubnet: $services
"""

KUBELET_CONFIG = """\
apiVersion: kubelet.config.k8s.io/v1beta1
clusterDNS:
- $dns
clusterDomain: cluster.local
kind: KubeletConfiguration
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
"""

CLUSTER_INFO = """\
apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: $certificate
    server: https://$address:6443
  name: ""
kind: Config
"""

DNS = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: coredns, namespace: kube-system}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "system:coredns"}
rules:
- {apiGroups: [""], resources: [endpoints, services, pods, namespaces], verbs: [list, watch]}
- {apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [list, watch]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: coredns, namespace: kube-system}
data:
  Corefile: |
    .:53 {
        errors
        health
        ready
        kubernetes cluster.local in-addr.arpa ip6.arpa
        forward . /etc/resolv.conf
        cache 30
    }
---
apiVersion: v1
kind: Service
metadata:
  name: kube-dns
  namespace: kube-system
  labels: {k8s-app: kube-dns, kubernetes.io/cluster-service: "true", kubernetes.io/name: CoreDNS}
  annotations: {prometheus.io/port: "9153", prometheus.io/scrape: "true"}
spec:
  clusterIP: $dns
  selector: {k8s-app: kube-dns}
  ports:
  - {name: dns, port: 53, protocol: UDP, targetPort: 53}
  - {name: dns-tcp, port: 53, protocol: TCP, targetPort: 53}
  - {name: metrics, port: 9153, protocol: TCP, targetPort: 9153}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: coredns, namespace: kube-system, labels: {k8s-app: kube-dns}}
spec:
  replicas: 2
  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 1}}
  selector: {matchLabels: {k8s-app: kube-dns}}
  template:
    metadata: {labels: {k8s-app: kube-dns}}
    spec:
      priorityClassName: system-cluster-critical
      serviceAccountName: coredns
      dnsPolicy: Default
      nodeSelector: {kubernetes.io/os: linux}
      affinity:
        podAntiAffinity:
          preferredDuringSchedulingIgnoredDuringExecution:
          - weight: 100
            podAffinityTerm:
              labelSelector: {matchExpressions: [{key: k8s-app, operator: In, values: [kube-dns]}]}
              topologyKey: kubernetes.io/hostname
      tolerations:
      - {key: CriticalAddonsOnly, operator: Exists}
      - {key: $control_plane, effect: NoSchedule}
      containers:
      - name: coredns
        image: $dns_image
        imagePullPolicy: IfNotPresent
        args: [-conf, /etc/coredns/Corefile]
        resources: {limits: {memory: 170Mi}, requests: {cpu: 100m, memory: 70Mi}}
        volumeMounts: [{name: config-volume, mountPath: /etc/coredns, readOnly: true}]
        ports:
        - {containerPort: 53, name: dns, protocol: UDP}
        - {containerPort: 53, name: dns-tcp, protocol: TCP}
        - {containerPort: 9153, name: metrics, protocol: TCP}
        - {containerPort: 8080, name: liveness-probe, protocol: TCP}
        - {containerPort: 8181, name: readiness-probe, protocol: TCP}
        livenessProbe:
          httpGet: {path: /health, port: liveness-probe, scheme: HTTP}
          initialDelaySeconds: 60
          timeoutSeconds: 5
          failureThreshold: 5
        readinessProbe: {httpGet: {path: /ready, port: readiness-probe, scheme: HTTP}}
        securityContext:
          allowPrivilegeEscalation: false
          capabilities: {add: [NET_BIND_SERVICE], drop: [ALL]}
          readOnlyRootFilesystem: true
      volumes: [{name: config-volume, configMap: {name: coredns, items: [{key: Corefile, path: Corefile}]}}]
"""

PROXY = """\
apiVersion: v1
kind: ServiceAccount
metadata: {name: kube-proxy, namespace: kube-system}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-proxy, namespace: kube-system, labels: {app: kube-proxy}}
data:
  kubeconfig.conf: |
    apiVersion: v1
    kind: Config
    clusters: [{name: default, cluster: {server: "https://$address:6443"}}]
  config.conf: |
    apiVersion: kubeproxy.config.k8s.io/v1alpha1
    kind: KubeProxyConfiguration
    clusterCIDR: $pods
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: kube-proxy, namespace: kube-system, labels: {k8s-app: kube-proxy}}
spec:
  selector: {matchLabels: {k8s-app: kube-proxy}}
  updateStrategy: {type: RollingUpdate}
  template:
    metadata: {labels: {k8s-app: kube-proxy}}
    spec:
      priorityClassName: system-node-critical
      serviceAccountName: kube-proxy
      hostNetwork: true
      nodeSelector: {kubernetes.io/os: linux}
      tolerations: [{operator: Exists}]
      containers:
      - name: kube-proxy
        image: $registry/kube-proxy:$version
        imagePullPolicy: IfNotPresent
        command:
        - /usr/local/bin/kube-proxy
        - --config=/var/lib/kube-proxy/config.conf
        - --hostname-override=$$(NODE_NAME)
        env: [{name: NODE_NAME, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}]
        securityContext: {privileged: true}
        volumeMounts:
        - {name: kube-proxy, mountPath: /var/lib/kube-proxy}
        - {name: xtables-lock, mountPath: /run/xtables.lock}
        - {name: lib-modules, mountPath: /lib/modules, readOnly: true}
      volumes:
      - {name: kube-proxy, configMap: {name: kube-proxy}}
      - {name: xtables-lock, hostPath: {path: /run/xtables.lock, type: FileOrCreate}}
      - {name: lib-modules, hostPath: {path: /lib/modules}}
"""
