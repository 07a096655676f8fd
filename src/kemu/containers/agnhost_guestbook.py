"""The `guestbook` of the conformance suite's image: a front end, a primary that keeps entries, replicas that have them.

An entry is a file of the primary's container. A replica asks the primary when it is asked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from shlex import quote
from typing import Any
from urllib.parse import quote as escaped
from urllib.parse import unquote, urlencode

import attrs

FOLDER = "/tmp/guestbook"
PRIMARY, REPLICA = "agnhost-primary", "agnhost-replica"
"""The Services that the front end sends to."""


@attrs.frozen
class Book:
    """What a guestbook can do: ask somebody by host, port and path, run a command in its container; and its options."""

    fetch: Callable[[str, int, str], tuple[int, str] | str]
    shell: Callable[[str], tuple[int, str]]
    flags: Mapping[str, str]

    def answer(self, path: str, query: Mapping[str, str]) -> tuple[int, str] | None:
        """The status and body for a request; None for a path that it does not know."""
        handler = {"/get": self._get, "/set": self._set, "/register": self._register, "/guestbook": self._front}
        return handler[path](query) if path in handler else None

    def _get(self, query: Mapping[str, str]) -> tuple[int, str]:
        key, primary = query.get("key", ""), self.flags.get("replicaof", "")
        if primary:
            return self._passed(primary, "get", {"key": key})
        return 200, _json({"data": self._entry(escaped(key, safe="")) if key else self._entries()})

    def _set(self, query: Mapping[str, str]) -> tuple[int, str]:
        key, value = query.get("key", ""), query.get("value", "")
        if not key:
            return 400, "cannot set with empty key.\n"
        self.shell(f"mkdir -p {FOLDER}; printf %s {quote(value)} > {FOLDER}/{quote(escaped(key, safe=''))}")
        return 200, _json({"message": "Updated"})

    def _register(self, query: Mapping[str, str]) -> tuple[int, str]:
        return 200, _json({"data": self._entries()})

    def _front(self, query: Mapping[str, str]) -> tuple[int, str]:
        command, key = query.get("cmd", "").lower(), query.get("key", "")
        if command not in ("get", "set"):
            return 400, f"unsupported cmd: '{command}'\n"
        if command == "set" and not key:
            return 400, "cannot set with empty key.\n"
        host = PRIMARY if command == "set" else REPLICA
        return self._passed(host, command, {"key": key, "value": query.get("value", "")})

    def _passed(self, host: str, command: str, query: Mapping[str, str]) -> tuple[int, str]:
        port = int(self.flags.get("backend-port", "6379"))
        found = self.fetch(host, port, f"/{command}?{urlencode(query)}")
        return (417, f"encountered error: {found}\n") if isinstance(found, str) else (200, found[1])

    def _entry(self, name: str) -> str:
        code, text = self.shell(f"cat {FOLDER}/{quote(name)}")
        return "" if code else text

    def _entries(self) -> dict[str, Any]:
        code, names = self.shell(f"ls {FOLDER}")
        return {} if code else {unquote(name): self._entry(name) for name in names.split()}


def _json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, separators=(",", ":"), sort_keys=True)
