"""The API server as a node finds it that the network does not reach."""

from __future__ import annotations

from typing import Any

from ... import errors
from ...apiserver.request import Answer, Request
from ...apiserver.server import ApiServer


class Severed:
    """Stands for the server before the client of such a node: nothing gets through."""

    __slots__ = ("_node", "_server")

    def __init__(self, server: ApiServer, node: str) -> None:
        self._server = server
        self._node = node

    def do(self, request: Request) -> Answer:
        """Raises ServiceUnavailable."""
        raise errors.ServiceUnavailable(f"node {self._node} does not reach the API server: connection timed out")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)
