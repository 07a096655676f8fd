"""Whom a container asks for names, and what it takes a name for that is not whole: what its `resolv.conf` says."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import attrs

from ..values.names import KNOWN

CLUSTER = "cluster.local"
"""The domain of the cluster."""


@attrs.frozen
class Resolver:
    """The servers that are asked, the domains that are tried, and how many dots a name has that is tried as it is."""

    servers: tuple[str, ...]
    search: tuple[str, ...] = ()
    dots: int = 1

    def completed(self, name: str) -> tuple[str, ...]:
        """What a name could stand for, in the order in which it is asked for, without the dot at the end."""
        if name.endswith(".") or not name:
            return (name.rstrip("."),)
        longer = tuple([f"{name}.{domain}" for domain in self.search])
        return (*longer, name) if name.count(".") < self.dots else (name, *longer)

    @property
    def text(self) -> str:
        """The file that says so."""
        return text_of(self.servers, self.search, [f"ndots:{self.dots}"] if self.dots != 1 else [])


def text_of(servers: Sequence[str], search: Sequence[str], options: Sequence[str]) -> str:
    """A `resolv.conf`."""
    lines = [f"search {' '.join(search)}"] if search else []
    lines += [f"nameserver {each}" for each in servers]
    lines += [f"options {' '.join(options)}"] if options else []
    return "".join(f"{line}\n" for line in lines)


@lru_cache(KNOWN)
def resolver_of(text: str) -> Resolver:
    """What a file says. Of lines that say the same the last one counts, but for servers."""
    lines = [line.split() for line in text.splitlines()]
    servers = tuple([line[1] for line in lines if line[:1] == ["nameserver"] and len(line) > 1])
    search = next((tuple(line[1:]) for line in reversed(lines) if line[:1] == ["search"]), ())
    options = [word for line in lines if line[:1] == ["options"] for word in line[1:]]
    dots = [word.partition(":")[2] for word in options if word.startswith("ndots:")]
    return Resolver(servers, search, int(dots[-1]) if dots and dots[-1].isdecimal() else 1)


@lru_cache(KNOWN)
def usual(namespace: str, dns: str) -> Resolver:
    """What pods have that do not say otherwise (`dnsPolicy: ClusterFirst`)."""
    return Resolver((dns,), (f"{namespace}.svc.{CLUSTER}", f"svc.{CLUSTER}", CLUSTER), 5)
