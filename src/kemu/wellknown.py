"""Names and numbers that every part of Kubernetes agrees on: labels and taints of nodes, ranges of addresses."""

from __future__ import annotations

# Components

APISERVER = "kube-apiserver"
"""Who writes what the API server does of its own accord."""

# Labels

HOSTNAME = "kubernetes.io/hostname"
ZONE = "topology.kubernetes.io/zone"
REGION = "topology.kubernetes.io/region"
BETA_ZONE = "failure-domain.beta.kubernetes.io/zone"
BETA_REGION = "failure-domain.beta.kubernetes.io/region"
"""Where a node is; by the older names also where a volume is."""

ROLE = "node-role.kubernetes.io/"
"""What the labels begin with that name the roles of a node."""

CONTROL_PLANE = ROLE + "control-plane"
"""A label, and the key of a taint."""

SERVICE_NAME = "kubernetes.io/service-name"
"""The Service that an EndpointSlice belongs to."""

TEMPLATE_HASH = "pod-template-hash"
"""What a Deployment tells its ReplicaSets and their pods apart by."""

MIRROR = "kubernetes.io/config.mirror"
"""The annotation of the pods that show static ones."""

# Users

NODES, NODE_USER = "system:nodes", "system:node:"
"""The group of the users who are nodes, and what their names begin with."""

# Namespaces

NODE_LEASES = "kube-node-lease"
"""Where the kubelets renew their Leases."""

# Taints

NOT_READY = "node.kubernetes.io/not-ready"
UNREACHABLE = "node.kubernetes.io/unreachable"
MEMORY_PRESSURE = "node.kubernetes.io/memory-pressure"
DISK_PRESSURE = "node.kubernetes.io/disk-pressure"
PID_PRESSURE = "node.kubernetes.io/pid-pressure"
NETWORK_UNAVAILABLE = "node.kubernetes.io/network-unavailable"
UNSCHEDULABLE = "node.kubernetes.io/unschedulable"

OUT_OF_SERVICE = "node.kubernetes.io/out-of-service"

# Addresses

SERVICE_RANGE = "10.96.0.0/12"
"""The cluster IPs of Services (`--service-cluster-ip-range`), as kubeadm sets it."""

POD_RANGE = "10.244.0.0/16"
"""The addresses of pods (`--cluster-cidr`), of which every node has a part."""

ROOT_CERTIFICATE = "-----BEGIN CERTIFICATE-----\nkemu\n-----END CERTIFICATE-----\n"
"""The certificate of the cluster's own authority: a placeholder, since nothing in the cluster speaks TLS."""

ACCOUNT_NAME, ACCOUNT_UID = "kubernetes.io/service-account.name", "kubernetes.io/service-account.uid"
"""The annotations of a Secret that say whose token it is to hold."""

PVC_PROTECTION = "kubernetes.io/pvc-protection"
"""The finalizer of a claim, as long as a pod may use it."""
