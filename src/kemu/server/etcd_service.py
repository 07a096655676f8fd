"""The store behind etcd's v3 JSON gateway, without sockets: a path and a body in, a status and a text out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..errors import EtcdError, RequestTooLarge
from ..objects.writer import compact
from ..store import MEMBER_ID, Header, Store, WatchResponse, WatchStream
from . import etcd_messages as messages
from .go_json import JsonError, Reader

MAX_REQUEST_BYTES = 1536 * 1024
"""etcd's `--max-request-bytes`: a larger write is refused."""

HTTP_STATUS = {1: 408, 2: 500, 3: 400, 4: 504, 5: 404, 6: 409, 8: 429, 9: 412, 10: 409, 11: 400, 12: 501, 14: 503}
"""What the gateway of etcd 3.4 makes of a gRPC code; what is not here becomes 500."""

Fields = dict[str, Any]


def error_text(message: str, code: int) -> tuple[int, str]:
    """Status and body of a refusal."""
    escaped = compact({"error": message, "message": message, "code": code})
    for character, escape in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
        escaped = escaped.replace(character, escape)
    return HTTP_STATUS.get(code, 500), escaped


class EtcdService:
    """Answers the gateway's requests on one store."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.alarm_members: dict[str, int] = {}
        self._unary: dict[str, tuple[str, Callable[[Fields], Fields]]] = {
            "/v3/kv/range": ("range", self._range),
            "/v3/kv/put": ("put", self._put),
            "/v3/kv/deleterange": ("delete_range", self._delete_range),
            "/v3/kv/txn": ("txn", self._txn),
            "/v3/kv/compaction": ("compact", self._compact),
            "/v3/lease/grant": ("lease_grant", self._grant),
            "/v3/lease/revoke": ("lease_id", self._revoke),
            "/v3/kv/lease/revoke": ("lease_id", self._revoke),
            "/v3/lease/timetolive": ("lease_time_to_live", self._time_to_live),
            "/v3/kv/lease/timetolive": ("lease_time_to_live", self._time_to_live),
            "/v3/lease/leases": ("empty", self._leases),
            "/v3/kv/lease/leases": ("empty", self._leases),
            "/v3/maintenance/status": ("empty", self._status),
            "/v3/maintenance/hash": ("empty", self._hash),
            "/v3/maintenance/alarm": ("alarm", self._alarm),
            "/v3/maintenance/defragment": ("empty", lambda _: {}),
            "/v3/cluster/member/list": ("empty", self._members),
        }

    def knows(self, path: str) -> bool:
        """Whether a path has one request and one answer."""
        return path in self._unary

    def call(self, path: str, body: bytes) -> tuple[int, str]:
        """Answer one request: the HTTP status and the JSON text."""
        message, handle = self._unary[path]
        reader = Reader(body.decode("utf-8", "replace"))
        try:
            fields = messages.decode(message, reader.value() if reader.more() else None)
            return 200, compact(handle(fields))
        except JsonError as error:
            return error_text(str(error), 3)
        except EtcdError as error:
            return error_text(str(error), error.code)

    # -- keys ------------------------------------------------------------------------------------------------------

    def _range(self, fields: Fields) -> Fields:
        return messages.ranged(self.store.range(**{"key": b"", **fields}))

    def _put(self, fields: Fields) -> Fields:
        if len(fields.get("key", b"")) + len(fields.get("value", b"")) > MAX_REQUEST_BYTES:
            raise RequestTooLarge
        return messages.put(self.store.put(**{"key": b"", **fields}))

    def _delete_range(self, fields: Fields) -> Fields:
        return messages.deleted(self.store.delete_range(**{"key": b"", **fields}))

    def _txn(self, fields: Fields) -> Fields:
        return messages.txn(self.store.txn(*messages.txn_request(fields)))

    def _compact(self, fields: Fields) -> Fields:
        return {"header": messages.header(self.store.compact(fields.get("revision", 0)).header)}

    # -- leases ----------------------------------------------------------------------------------------------------

    def _grant(self, fields: Fields) -> Fields:
        answer = self.store.lease_grant(fields.get("TTL", 0), fields.get("ID", 0))
        return {"header": messages.header(answer.header), "ID": str(answer.id), "TTL": str(answer.ttl)}

    def _revoke(self, fields: Fields) -> Fields:
        return {"header": messages.header(self.store.lease_revoke(fields.get("ID", 0)).header)}

    def _time_to_live(self, fields: Fields) -> Fields:
        answer = self.store.lease_time_to_live(fields.get("ID", 0), fields.get("keys", False))
        told: Fields = {"header": messages.header(answer.header)}
        told |= _numbers(ID=answer.id, TTL=answer.ttl, grantedTTL=answer.granted_ttl)
        if answer.keys:
            told["keys"] = [messages.b64encode(key).decode() for key in answer.keys]
        return told

    def _leases(self, _: Fields) -> Fields:
        answer = self.store.lease_leases()
        told: Fields = {"header": messages.header(answer.header)}
        if answer.leases:
            told["leases"] = [{"ID": str(lease_id)} for lease_id in answer.leases]
        return told

    def keep_alive(self, fields: Fields) -> Fields:
        """One keep-alive of a stream of them."""
        answer = self.store.lease_keep_alive(fields.get("ID", 0))
        return {"header": messages.header(answer.header)} | _numbers(ID=answer.id, TTL=answer.ttl)

    # -- maintenance -----------------------------------------------------------------------------------------------

    def _status(self, _: Fields) -> Fields:
        answer = self.store.status()
        told: Fields = {"header": messages.header(answer.header), "version": answer.version}
        told |= _numbers(dbSize=answer.db_size, leader=MEMBER_ID, raftIndex=answer.raft_index)
        told |= _numbers(raftTerm=messages.RAFT_TERM, raftAppliedIndex=answer.raft_index)
        if answer.errors:
            told["errors"] = list(answer.errors)
        return told | _numbers(dbSizeInUse=answer.db_size)

    def _hash(self, _: Fields) -> Fields:
        answer = self.store.hash()
        return {"header": messages.header(answer.header), "hash": answer.hash}

    def _alarm(self, fields: Fields) -> Fields:
        """Alarms are listed, raised by hand for any member, or switched off; each answer tells those concerned."""
        action, alarm = fields.get("action", "GET"), fields.get("alarm", "NONE")
        for name in self.store.alarms():
            self.alarm_members.setdefault(name, MEMBER_ID)
        if action == "GET":
            shown = {each: self.alarm_members[each] for each in self.store.alarms()}
        elif alarm != "NOSPACE":
            shown = {}
        elif action == "ACTIVATE":
            shown = {alarm: self.alarm_members.setdefault(alarm, fields.get("memberID", 0))}
            self.store.arm()
        else:
            shown = {}
            if self.alarm_members.get(alarm) == fields.get("memberID", 0):
                shown = {alarm: self.alarm_members.pop(alarm)}
                self.store.disarm()
        rows = [_numbers(memberID=member) | {"alarm": name} for name, member in shown.items()]
        return {"alarms": rows} if rows else {}

    def _members(self, _: Fields) -> Fields:
        told = messages.header(Header(0))
        return {"header": told, "members": [{"ID": str(MEMBER_ID), "name": "kemu"}]}


def _numbers(**numbers: int) -> Fields:
    """Int64 fields as JSON: strings, without zeros."""
    return {name: str(number) for name, number in numbers.items() if number}


class Session:
    """The messages of one streaming request, fed as they come; `feed` returns what to send back at once."""

    def __init__(self, message: str) -> None:
        self._message = message
        self._text = ""

    def feed(self, text: str, complete: bool) -> list[str]:
        """Take more of the request's body. Raises JsonError for what cannot become a message."""
        self._text += text
        lines: list[str] = []
        while True:
            reader = Reader(self._text)
            if not reader.more():
                return lines
            try:
                value = reader.value()
            except JsonError as error:
                if str(error) == reader.end and not complete:
                    return lines
                raise
            if not complete and isinstance(value, str) and reader.at == len(self._text):
                return lines  # a number may go on
            self._text = self._text[reader.at :]
            lines += self.take(messages.decode(self._message, value))

    def take(self, fields: Fields) -> list[str]:
        """One whole message."""
        raise NotImplementedError

    def close(self) -> None:
        """The client is gone."""


class KeepAliveSession(Session):
    """Keep-alives: one answer each."""

    def __init__(self, service: EtcdService) -> None:
        super().__init__("lease_id")
        self._service = service

    def take(self, fields: Fields) -> list[str]:
        return [compact({"result": self._service.keep_alive(fields)}) + "\n"]


class WatchSession(Session):
    """Any number of watches; their messages come out of `lines`."""

    def __init__(self, service: EtcdService) -> None:
        super().__init__("watch")
        self.stream: WatchStream = service.store.watch_stream()

    def take(self, fields: Fields) -> list[str]:
        if "create_request" in fields:
            self.stream.watch(**{"key": b"", **fields["create_request"]})
        elif "cancel_request" in fields:
            self.stream.cancel(fields["cancel_request"].get("watch_id", 0))
        elif "progress_request" in fields:
            self.stream.request_progress()
        return self.lines()

    def lines(self) -> list[str]:
        """What waits to be sent."""
        return [_line(message) for message in self.stream.receive()]

    def close(self) -> None:
        self.stream.close()


def _line(message: WatchResponse) -> str:
    return compact({"result": messages.watched(message)}) + "\n"
