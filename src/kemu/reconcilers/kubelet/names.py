"""What the containers of a pod are called, and where they look names up. Everything is pure."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from ...containers.resolving import CLUSTER as DOMAIN
from ...containers.resolving import text_of, usual
from ...values.names import KNOWN

LONGEST = 63
"""Characters that a host name may have."""

LONGEST_IN_FULL = 64
"""Characters that it may have with its domain."""

HEADER = "# Kubernetes-managed hosts file.\n"
OF_THE_NODE = "# Kubernetes-managed hosts file (host network).\n"
LOCAL = (
    "127.0.0.1\tlocalhost\n"
    "::1\tlocalhost ip6-localhost ip6-loopback\n"
    "fe00::0\tip6-localnet\n"
    "fe00::0\tip6-mcastprefix\n"
    "fe00::1\tip6-allnodes\n"
    "fe00::2\tip6-allrouters\n"
)


class TooLong(ValueError):
    """A host name with its domain is longer than a kernel takes it."""


def hostname(pod: Any) -> str:
    """The host name of a pod without its domain: what it asks for or its name, as far as it may be long; the node's in
    the network of a node."""
    spec = pod.spec
    if spec.host_network:
        return str(spec.node_name)
    return str(spec.hostname_override or spec.hostname or pod.metadata.name)[:LONGEST].rstrip("-.")


def domain(pod: Any) -> str:
    """The domain of a pod, if it has one."""
    spec = pod.spec
    if not spec.subdomain or spec.hostname_override or spec.host_network:
        return ""
    return f"{spec.subdomain}.{pod.metadata.namespace}.svc.{DOMAIN}"


def kernel_hostname(pod: Any) -> str:
    """What the kernel says is the host name of a pod. Raises TooLong."""
    short = hostname(pod)
    if not pod.spec.set_hostname_as_fqdn or not (rest := domain(pod)):
        return short
    full = f"{short}.{rest}"
    if len(full) > LONGEST_IN_FULL:
        raise TooLong(
            f"failed to construct FQDN from pod hostname and cluster domain, FQDN {full} is too long "
            f"({LONGEST_IN_FULL} characters is the max, {len(full)} characters requested)"
        )
    return full


def hosts(pod: Any, ip: str) -> str:
    """What is in `/etc/hosts`."""
    spec = pod.spec
    name = hostname(pod)
    if spec.host_network:
        text = OF_THE_NODE + LOCAL
    else:
        rest = domain(pod) if spec.subdomain else ""
        full = f"{name}.{rest}\t" if rest else ""
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
    if spec.dns_config is None:
        return _usual(policy, pod.metadata.namespace, dns)
    servers, search, options = _by_policy(policy, pod.metadata.namespace, dns)
    own = spec.dns_config
    servers += [each for each in own.nameservers if each not in servers]
    search += [each for each in own.searches if each not in search]
    said = {each.name: f"{each.name}:{each.value}" if each.value is not None else each.name for each in own.options}
    options = [each for each in options if each.partition(":")[0] not in said] + list(said.values())
    return text_of(servers, search, options)


@lru_cache(KNOWN)
def _usual(policy: str, namespace: str, dns: str) -> str:
    return text_of(*_by_policy(policy, namespace, dns))


def _by_policy(policy: str, namespace: str, dns: str) -> tuple[list[str], list[str], list[str]]:
    """The servers, domains and options that a policy means."""
    if policy in ("ClusterFirst", "ClusterFirstWithHostNet"):
        found = usual(namespace, dns)
        return [*found.servers], [*found.search], [f"ndots:{found.dots}"]
    return [NODE_SERVER] if policy == "Default" else [], [], []


NODE_SERVER = "172.18.0.1"
"""Whom nodes ask for names."""
