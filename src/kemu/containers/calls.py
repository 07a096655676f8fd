"""What somebody asks of something on the network."""

from __future__ import annotations

import re
from math import inf

import attrs

URL = re.compile(r"(?:(https?)://)?(?:[^/@]*@)?(\[[0-9A-Fa-f:]+\]|[^/:\[\]]+)(?::(\d+))?([/?].*)?")


def target_of(url: str) -> tuple[str, int, str] | None:
    """The host, port and path that a URL of HTTP means; None for what is none."""
    found = URL.fullmatch(url)
    if found is None:
        return None
    port = int(found[3]) if found[3] else 443 if found[1] == "https" else 80
    return found[2].strip("[]"), port, found[4] or "/"


@attrs.frozen
class Call:
    """What somebody asks for: an HTTP request, or what is `sent` as it is, over TCP or in a datagram; neither of them
    for a connection alone."""

    path: str = ""
    source: str = ""
    """The address of who asks."""
    method: str = "GET"
    sent: str = ""
    """What is sent, or the body of a request."""
    protocol: str = "TCP"
    token: str = ""
    """Who asks, for servers that want to know."""
    patience: float = inf
    """For how many seconds an answer is waited for."""


LATE = "context deadline exceeded"
"""Why there is no answer where it would come too late."""
