"""What somebody asks of something on the network."""

from __future__ import annotations

from math import inf

import attrs


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
