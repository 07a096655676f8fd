"""What the containers of a pod are called, and where they look names up. Everything is pure."""

from __future__ import annotations

from typing import Any

DOMAIN = "cluster.local"
NDOTS = "ndots:5"
LONGEST = 63
"""Characters that a host name may have."""

HEADER = "# Kubernetes-managed hosts file.\n"
OF_THE_NODE = "# Kubernetes-managed hosts file (host network).\n"
LOCAL = (
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::\tip6-localnet\n"
    "fe00::\tip6-mcastprefix\n"
    "fe00::1\tip6-allnodes\n"
    "fe00::2\tip6-allrouters\n"
)


def hostname(pod: Any) -> str:
    """The host name of a pod: its own or its name, as far as it may be long; the node's in the network of a node."""
    if pod.spec.host_network:
        return str(pod.spec.node_name)
    return str(pod.spec.hostname or pod.metadata.name)[:LONGEST].rstrip("-.")


def hosts(pod: Any, ip: str) -> str:
    """What is in `/etc/hosts`."""
    spec = pod.spec
    name = hostname(pod)
    if spec.host_network:
        text = OF_THE_NODE + LOCAL
    else:
        full = f"{name}.{spec.subdomain}.{pod.metadata.namespace}.svc.{DOMAIN}\t" if spec.subdomain else ""
        text = f"{HEADER}{LOCAL}{ip}\t{full}{name}\n"
    if spec.host_aliases:
        lines = [f"{alias.ip}\t{chr(9).join(alias.hostnames)}\n" for alias in spec.host_aliases]
        text += "\n# Entries added by HostAliases.\n" + "".join(lines)
    return text


def resolver(pod: Any, dns: str) -> str:
    """What is in `/etc/resolv.conf`, which follows from the policy of the pod."""
    spec = pod.spec
    policy = spec.dns_policy or "ClusterFirst"
    if policy == "ClusterFirst" and spec.host_network:
        policy = "Default"
    servers, search, options = list[str](), list[str](), list[str]()
    if policy in ("ClusterFirst", "ClusterFirstWithHostNet"):
        servers, options = [dns], [NDOTS]
        search = [f"{pod.metadata.namespace}.svc.{DOMAIN}", f"svc.{DOMAIN}", DOMAIN]
    elif policy == "Default":
        servers = [NODE_SERVER]
    own = spec.dns_config
    if own is not None:
        servers += [each for each in own.nameservers if each not in servers]
        search += [each for each in own.searches if each not in search]
        said = {each.name: f"{each.name}:{each.value}" if each.value is not None else each.name for each in own.options}
        options = [each for each in options if each.partition(":")[0] not in said] + list(said.values())
    lines = [f"search {' '.join(search)}"] if search else []
    lines += [f"nameserver {each}" for each in servers]
    lines += [f"options {' '.join(options)}"] if options else []
    return "".join(f"{line}\n" for line in lines)


NODE_SERVER = "172.18.0.1"
"""Whom nodes ask for names."""
