"""The page for browsers: what happened and what there is, as long as somebody looks. It only reads.

It is one file that asks for the same address again, as a stream of server-sent events: each is the whole picture, sent
when something was written, and at most twice a second.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import suppress
from functools import lru_cache
from importlib.resources import files
from math import inf
from typing import TYPE_CHECKING, Any

import attrs

from ..values.times import Time
from .extra import needed
from .pulse import Pulse

if TYPE_CHECKING:
    from aiohttp import web

    from ..cluster import Cluster

HTML, STREAM = "text/html", "text/event-stream"
SHOWN = (
    "nodes",
    "deployments",
    "statefulsets",
    "daemonsets",
    "jobs",
    "cronjobs",
    "pods",
    "services",
    "persistentvolumeclaims",
)
"""The tables of the page; only those with rows."""

LINES = 200
"""Lines of a table that are shown: the first ones, and of the events the last ones."""

APART = 0.5
"""Real seconds between two pictures."""

OWN = "'unsafe-inline'"
POLICY = f"default-src 'none'; style-src {OWN}; script-src {OWN}; connect-src 'self'; img-src data:"
"""What a browser may load for the page: nothing from anywhere else."""


@lru_cache(maxsize=1)
def _html() -> str:
    return files(__package__).joinpath("page.html").read_text(encoding="utf-8")


@attrs.frozen
class Page:
    """The page of one cluster."""

    cluster: Cluster
    pulse: Pulse

    @staticmethod
    def wanted(request: web.BaseRequest) -> bool:
        """Whether a browser asks for the page, and not a client for the paths that there are."""
        accept = request.headers.get("Accept", "")
        return request.method == "GET" and request.raw_path == "/" and (HTML in accept or STREAM in accept)

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        """The page, or what is new on it."""
        http = needed("aiohttp.web", "a server")
        if STREAM not in request.headers.get("Accept", ""):
            headers = {"Content-Security-Policy": POLICY, "Vary": "Accept"}
            page: web.StreamResponse = http.Response(text=_html(), content_type=HTML, headers=headers)
            return page
        response: web.StreamResponse = http.StreamResponse(
            headers={"Content-Type": STREAM, "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        with suppress(ConnectionResetError):
            await self._tell(response)
        return response

    async def _tell(self, response: web.StreamResponse) -> None:
        told = -1
        while True:
            revision = self.cluster.store.revision
            if revision != told:
                await response.write(f"data: {json.dumps(self.seen())}\n\n".encode())
                told = revision
            await asyncio.sleep(APART)
            if self.cluster.store.revision == told:
                await self.pulse.wait(b"", inf)

    def seen(self) -> dict[str, Any]:
        """The whole picture, as of now."""
        cluster = self.cluster
        with cluster.turn():
            kinds = [kind for kind in SHOWN if cluster.list(kind, namespace=None)]
            tables = [cluster.table(kind, namespace=None).splitlines() for kind in kinds]
            events = cluster.table("events", namespace=None).splitlines()
            return {
                "time": f"{Time.at(cluster.clock.unix)}, revision {cluster.store.revision}",
                "timeline": cluster.timeline().to_svg(),
                "objects": ["\n".join(lines[:LINES]) for lines in tables],
                "events": "\n".join([*events[:1], *events[1:][-LINES:]]),
            }
