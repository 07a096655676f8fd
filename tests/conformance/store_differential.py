"""The same random requests to a real etcd and to kemu's store, every answer compared.

Both get the same HTTP bodies of the v3 JSON gateway. An operation is plain data, and names revisions relative to the
current or the compacted one, so that any part of a sequence is a sequence: the first difference is shrunk by leaving
operations out. Run it alone for longer runs::

    python -m tests.conformance.store_differential --ops 1000000 --seed 1

Left out on purpose, because etcd 3.4 does not define or survive it: keeping the value of a key that the same
transaction deleted (3.4 panics); a watch that starts exactly at a compacted tombstone (3.4 forgot it, 3.6 has it);
sorting more than twelve pairs with ties (Go's sort is not stable); numbers that no enum has; `null` in a list.
"""

from __future__ import annotations

import argparse
import base64
import json
import random
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from kemu.server.etcd_service import EtcdService, KeepAliveSession, WatchSession
from kemu.store import CLUSTER_ID, MEMBER_ID, Store, prefix_end

from .etcd_process import HttpClient, WatchClient, running_etcd

Operation = tuple[str, Any]

KEYS = (
    [b"a", b"a/1", b"a/2", b"a/3", b"a/4", b"a/5", b"a/6", b"a0", b"b", b"b/1", b"b/2", b"c"]
    + [b"\x00", b"\x00\x01", b"z\xff", b"\xff", b"\xff\xff", "é".encode()]
)  # fmt: skip
VALUES = [b"", b"x", b"y", b"\x00\xff", b"a longer value, so that sorting has something to do"]
LEASES = [7, 8, 9, -3]
BROKEN = [
    "{",
    "[]",
    '"x"',
    "nul",
    '{"key":1}',
    '{"key":"!"}',
    '{"key":"Zg"}',
    '{"key":"Zg==","limit":1.5}',
    '{"key":"Zg==","limit":"x"}',
    '{"key":"Zg==","sort_order":"UP"}',
    '{"key":"Zg==","keys_only":"yes"}',
    '{"key" 1}',
    '{"key":"Zg==",}',
    '{"limit":{}}',
    '{"key":"\\q"}',
    '{"key":tru}',
    '{"success":[{"request_put":{"key":"Zg=="}},{}]}',
    '{"compare":[{}]}',
    '{"compare":{}}',
    '{"ID":"12x"}',
    '{"revision":[]}',
    '{"value":"=="}',
    "",
]
SYNC_EVERY = 400


class Generator:
    """Draws operations. Every choice comes from one seeded source."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def operations(self, count: int) -> list[Operation]:
        """A sequence of `count` operations."""
        kinds = {
            "put": 26,
            "range": 24,
            "delete": 9,
            "txn": 16,
            "compact": 0.25,
            "grant": 3,
            "revoke": 2,
            "lease": 4,
            "broken": 3,
            "watch": 2,
            "close": 1.5,
            "alarm": 0.05,
        }
        names = self.random.choices(list(kinds), list(kinds.values()), k=count)
        found: list[Operation] = []
        for name in names:
            found += self.alarm() if name == "alarm" else [getattr(self, name)()]
        return found[:count]

    def maybe(self, chance: float) -> bool:
        return self.random.random() < chance

    def key(self) -> str:
        if self.maybe(0.005):
            return ""
        return _b64(self.random.choice(KEYS))

    def interval(self) -> dict[str, str]:
        shape = self.random.random()
        key = self.random.choice(KEYS)
        if shape < 0.4:
            return {"key": self.key()}
        if shape < 0.65:
            return {"key": _b64(key), "range_end": _b64(prefix_end(key))}
        if shape < 0.75:
            return {"key": _b64(key), "range_end": "AA=="}
        if shape < 0.8:
            return {"key": "AA==", "range_end": "AA=="}
        return {"key": _b64(key), "range_end": _b64(self.random.choice(KEYS))}

    def integer(self, number: int) -> Any:
        return str(number) if self.maybe(0.7) else number

    def revision(self) -> Any:
        kind = self.random.random()
        if kind < 0.75:
            return {"now": -int(self.random.expovariate(1 / 30))}
        if kind < 0.85:
            return {"compacted": self.random.randint(-2, 3)}
        if kind < 0.95:
            return {"now": self.random.randint(0, 2)}
        return self.random.choice([0, 1, -1, -5, 1 << 40])

    def put(self, plain: bool = False) -> Operation:
        body: dict[str, Any] = {"key": self.key()}
        if self.maybe(0.95):
            body["value"] = _b64(self.random.choice(VALUES))
        if self.maybe(0.2):
            body["lease"] = self.integer(self.random.choice([*LEASES, 0, 99]))
        if self.maybe(0.3):
            body["prev_kv"] = True
        if not plain and self.maybe(0.08):
            body["ignore_value"] = True
            if self.maybe(0.8):
                body.pop("value", None)
        if not plain and self.maybe(0.08):
            body["ignore_lease"] = True
            if self.maybe(0.8):
                body.pop("lease", None)
        return "/v3/kv/put", body

    def range(self) -> Operation:
        body: dict[str, Any] = self.interval()
        if self.maybe(0.3):
            body["limit"] = self.integer(self.random.choice([0, 1, 2, 3, 5, 100, -1]))
        if self.maybe(0.35):
            body["revision"] = self.revision()
        if self.maybe(0.3):
            body["sort_order"] = self.random.choice(["NONE", "ASCEND", "DESCEND", 0, 1, 2])
        if self.maybe(0.3):
            body["sort_target"] = self.random.choice(["KEY", "VERSION", "CREATE", "MOD", "VALUE"])
            if body["sort_target"] != "KEY":
                body |= {"key": _b64(b"a"), "range_end": _b64(b"b/2")}  # at most eleven keys: no unstable ties
        for name in ("serializable", "keys_only", "count_only"):
            if self.maybe(0.1):
                body[name] = self.maybe(0.8)
        for name in ("min_mod_revision", "max_mod_revision", "min_create_revision", "max_create_revision"):
            if self.maybe(0.06):
                body[name] = self.revision()
        return "/v3/kv/range", body

    def delete(self) -> Operation:
        body: dict[str, Any] = self.interval() if self.maybe(0.4) else {"key": self.key()}
        if self.maybe(0.4):
            body["prev_kv"] = True
        return "/v3/kv/deleterange", body

    def txn(self, depth: int = 0, plain: bool | None = None) -> Operation:
        plain = self.maybe(0.7) if plain is None else plain
        body: dict[str, Any] = {}
        compares = [self.compare() for _ in range(self.random.choice([0, 1, 1, 2]))]
        if compares:
            body["compare"] = compares
        for branch in ("success", "failure"):
            if self.maybe(0.8):
                body[branch] = [self.inner(depth, plain) for _ in range(self.random.choice([0, 1, 2, 2, 3, 4]))]
        if depth == 0 and self.maybe(0.004):
            body["success"] = [{"request_range": {"key": "YQ=="}}] * self.random.choice([127, 128, 129])
        return "/v3/kv/txn", body

    def inner(self, depth: int, plain: bool) -> dict[str, Any]:
        kind = self.random.random()
        if kind < 0.45:
            return {"request_put": self.put(plain)[1]}
        if kind < 0.65:
            return {"request_range": self.range()[1]}
        if kind < 0.85 or depth > 2:
            body = self.delete()[1]
            if not plain and body.get("range_end") == "AA==":
                body["range_end"] = "AAE="
            return {"request_delete_range": body}
        return {"request_txn": self.txn(depth + 1, plain)[1]}

    def compare(self) -> dict[str, Any]:
        body: dict[str, Any] = self.interval()
        target = self.random.choice(["VERSION", "CREATE", "MOD", "VALUE", "LEASE"])
        body["target"] = target
        if self.maybe(0.9):
            body["result"] = self.random.choice(["EQUAL", "GREATER", "LESS", "NOT_EQUAL"])
        if target == "VALUE":
            body["value"] = _b64(self.random.choice(VALUES))
        elif target == "VERSION":
            body["version"] = self.integer(self.random.choice([0, 1, 2, 3]))
        elif target == "LEASE":
            body["lease"] = self.integer(self.random.choice([0, *LEASES]))
        else:
            body["create_revision" if target == "CREATE" else "mod_revision"] = (
                self.revision() if self.maybe(0.7) else 0
            )
        return body

    def compact(self) -> Operation:
        return "/v3/kv/compaction", {"revision": self.revision(), "physical": True}

    def grant(self) -> Operation:
        ttl = self.random.choice([100, 1000, 9_000_000_000, 9_000_000_001])
        return "/v3/lease/grant", {"ID": self.integer(self.random.choice(LEASES)), "TTL": self.integer(ttl)}

    def revoke(self) -> Operation:
        return "/v3/lease/revoke", {"ID": self.integer(self.random.choice(LEASES))}

    def lease(self) -> Operation:
        path = self.random.choice(["/v3/lease/timetolive", "/v3/lease/leases", "/v3/lease/keepalive"])
        body: dict[str, Any] = {}
        if path != "/v3/lease/leases":
            body["ID"] = self.integer(self.random.choice([*LEASES, 99]))
        if path == "/v3/lease/timetolive" and self.maybe(0.7):
            body["keys"] = True
        return path, body

    def broken(self) -> Operation:
        paths = ["/v3/kv/range", "/v3/kv/put", "/v3/kv/deleterange", "/v3/kv/txn", "/v3/kv/compaction"]
        paths += ["/v3/lease/revoke", "/v3/lease/timetolive"]
        return self.random.choice(paths), self.random.choice(BROKEN)

    def watch(self) -> Operation:
        """A stream with one to three watches, maybe one of them cancelled at once."""
        messages: list[dict[str, Any]] = [self.create() for _ in range(self.random.choice([1, 1, 2, 3]))]
        if self.maybe(0.15):
            now = {"key": _b64(self.random.choice(KEYS)), "watch_id": "60"}
            messages += [{"create_request": now}, {"cancel_request": {"watch_id": "60"}}]
        return "watch", messages

    def create(self) -> dict[str, Any]:
        body: dict[str, Any] = self.interval()
        if self.maybe(0.02):
            body = {}
        if self.maybe(0.6):
            body["start_revision"] = self.revision()
        if self.maybe(0.4):
            body["prev_kv"] = True
        if self.maybe(0.3):
            body["filters"] = self.random.choice([["NOPUT"], ["NODELETE"], ["NOPUT", "NODELETE"], []])
        if self.maybe(0.2):
            body["watch_id"] = self.integer(self.random.choice([1, 2, 50, 51]))
        if self.maybe(0.1):
            body["fragment"] = True
        return {"create_request": body}

    def alarm(self) -> list[Operation]:
        """The space alarm, raised by hand, while all kinds of requests go on."""
        path = "/v3/maintenance/alarm"
        body = {"alarm": "NOSPACE", "memberID": self.random.choice(["0", "5"])}
        during = [self.put(), self.delete(), self.txn(), self.grant(), self.txn(), self.range(), self.lease()]
        self.random.shuffle(during)
        raised, lowered = {"action": "ACTIVATE", **body}, {"action": "DEACTIVATE", **body}
        return [(path, raised), (path, {}), *during, (path, lowered), (path, {"action": "GET"})]

    def close(self) -> Operation:
        return "close", self.random.randrange(1 << 16)


class Difference(AssertionError):
    """The first answer in which the two are not alike."""

    def __init__(self, index: int, request: str, real: str, kemu: str) -> None:
        super().__init__(f"operation {index}: {request}\n  etcd: {real}\n  kemu: {kemu}")
        self.index = index


class OpenWatch:
    """One watch stream on both sides, and what came since they were last compared, as text by watch id."""

    def __init__(self, text: str, real: WatchClient, kemu: WatchSession) -> None:
        self.text = text
        self.real = real
        self.kemu = kemu
        self.ours: dict[int, list[str]] = {}
        self.theirs: dict[int, list[str]] = {}

    @staticmethod
    def count(events_of: dict[int, list[str]]) -> int:
        return sum(map(len, events_of.values()))

    @staticmethod
    def note(events_of: dict[int, list[str]], message: dict[str, Any]) -> None:
        """File the events of a message under its watch, and a cancellation as one more line."""
        events = message.get("events", ())
        lines = events_of.setdefault(int(message.get("watch_id", 0)), [])
        lines += [json.dumps(event) for event in events]
        if message.get("canceled"):
            lines.append(json.dumps(_without_header(message)))

    def take(self) -> None:
        """Read what the real one sent."""
        for message in self.real.receive():
            self.note(self.theirs, message)


def _result(line: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line)["result"]
    return found


def _controls(message: dict[str, Any]) -> bool:
    """Whether a message answers a create or cancel request."""
    return message.get("created", False) or (message.get("canceled", False) and "compact_revision" not in message)


class Comparison:
    """One etcd and one store, both empty at first, and what they answered."""

    def __init__(self, port: int, store: Store) -> None:
        self.port = port
        self.real = HttpClient(port)
        self.store = store
        self.service = EtcdService(self.store)
        _, answer = self.real.post("/v3/kv/range", b'{"key":"YQ=="}')
        ids = json.loads(answer)["header"]
        self._theirs = f'"cluster_id":"{ids["cluster_id"]}","member_id":"{ids["member_id"]}"'.encode()
        self._ours = f'"cluster_id":"{CLUSTER_ID}","member_id":"{MEMBER_ID}"'.encode()
        self.watches: list[OpenWatch] = []
        self.behind = False
        self.step = 0

    def close(self) -> None:
        self.real.close()
        for watch in self.watches:
            watch.real.close()

    def run(self, operations: Sequence[Operation]) -> None:
        """Do all of them. Raises Difference at the first one."""
        for index, (path, body) in enumerate(operations):
            self.step = index
            if path == "watch":
                self._watch(body)
            elif path == "close":
                self._close(body)
            else:
                if path == "/v3/kv/compaction" and isinstance(body, dict):
                    self._let_watches_catch_up()
                self._post(path, body)
            if index % SYNC_EVERY == SYNC_EVERY - 1:
                self.synchronise()
                self.store.check()
        self.synchronise()
        self._compare_hashes()

    def _post(self, path: str, body: Any) -> None:
        text = body if isinstance(body, str) else json.dumps(self._resolve(body))
        data = text.encode()
        status, answer = self.real.post(path, data)
        if path == "/v3/lease/keepalive":
            kemu = (200, "".join(self._keep_alive(text)).encode())
        else:
            our_status, our_answer = self.service.call(path, data)
            kemu = (our_status, our_answer.encode())
        real = (status, answer.replace(self._theirs, self._ours, 1))
        if "/lease/" in path:
            real, kemu = _lease_normal(real), _lease_normal(kemu)
        if real != kemu:
            raise Difference(self.step, f"{path} {text}", f"{real[0]} {_text(real[1])}", f"{kemu[0]} {_text(kemu[1])}")

    def _keep_alive(self, text: str) -> list[str]:
        return KeepAliveSession(self.service).feed(text, complete=True)

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, dict):
            if "now" in value:
                return str(self.store.revision + value["now"])
            if "compacted" in value:
                return str(self.store.compacted + value["compacted"])
            return {name: self._resolve(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self._resolve(each) for each in value]
        return value

    def _watch(self, messages: list[dict[str, Any]]) -> None:
        """Open a stream, wait until all its watches are there, and compare the answers that control it."""
        if len(self.watches) >= 25:
            return
        messages = self._resolve(messages)
        for message in messages:
            create = message.get("create_request", {})
            start = int(create.get("start_revision", 0))
            if start == self.store.compacted or start < 0:
                create.pop("start_revision", None)
        text = "".join(map(json.dumps, messages))
        real, kemu = WatchClient(self.port, text), WatchSession(self.service)
        theirs = [_without_header(real.wait_for(_controls)) for _ in messages]
        ours = []
        rest = []
        for message in map(_result, kemu.feed(text, complete=True)):
            if _controls(message):
                ours.append(_without_header(message))
            else:
                rest.append(message)
        if theirs != ours:
            raise Difference(self.step, text, json.dumps(theirs), json.dumps(ours))
        watch = OpenWatch(text, real, kemu)
        self.watches.append(watch)
        self.behind |= '"start_revision"' in text
        for message in rest:
            watch.note(watch.ours, message)

    def _let_watches_catch_up(self) -> None:
        """Wait until etcd's watches from the past have seen the present: what they get after a compaction is a race.

        etcd looks at all of them together ten times a second, so one more of them that must get something tells.
        """
        self.synchronise()
        if self.behind and self.store.revision > 1:
            probe = WatchClient(self.port, '{"create_request":{"key":"AA==","range_end":"AA==","start_revision":"1"}}')
            probe.wait_for(lambda message: "events" in message or "compact_revision" in message)
            probe.close()
        self.behind = False

    def _close(self, number: int) -> None:
        if self.watches:
            self.synchronise()
            watch = self.watches.pop(number % len(self.watches))
            watch.real.close()
            watch.kemu.close()

    def synchronise(self) -> None:
        """Wait until the real watches have caught up, and compare what every watch got."""
        for watch in self.watches:
            for line in watch.kemu.lines():
                watch.note(watch.ours, _result(line))
        behind = [watch for watch in self.watches if watch.count(watch.theirs) < watch.count(watch.ours)]
        deadline = time.monotonic() + 10
        while behind and time.monotonic() < deadline:
            ready, _, _ = select.select([watch.real for watch in behind], [], [], 1.0)
            for watch in behind:
                if watch.real in ready:
                    watch.take()
            behind = [watch for watch in behind if watch.count(watch.theirs) < watch.count(watch.ours)]
        for watch in self.watches:
            watch.take()
            if watch.ours != watch.theirs:
                for watch_id in sorted({*watch.ours, *watch.theirs}):
                    here, there = watch.ours.get(watch_id, []), watch.theirs.get(watch_id, [])
                    if here != there:
                        same = 0
                        while same < min(len(here), len(there)) and here[same] == there[same]:
                            same += 1
                        told = f"watch {watch_id} of {watch.text}, event {same}"
                        raise Difference(self.step, told, str(there[same:][:2]), str(here[same:][:2]))
            watch.ours, watch.theirs = {}, {}

    def _compare_hashes(self) -> None:
        etcdctl = shutil.which("etcdctl")
        if etcdctl is None:
            return
        command = [etcdctl, "--endpoints", f"http://127.0.0.1:{self.port}", "endpoint", "hashkv", "-w", "json"]
        done = subprocess.run(command, capture_output=True, env={"ETCDCTL_API": "3"}, check=True, timeout=30)
        real = json.loads(done.stdout)[0]["HashKV"]["hash"]
        kemu = self.store.hash_kv().hash
        if real != kemu:
            raise Difference(self.step, "endpoint hashkv", str(real), str(kemu))


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _text(answer: bytes) -> str:
    return answer.decode("utf-8", "replace")


def _without_header(message: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name != "header"}


_TTL = re.compile(rb'"TTL":"(\d+)"')


def _lease_normal(answer: tuple[int, bytes]) -> tuple[int, Any]:
    """A lease answer without the seconds that went by, and with lists in order."""
    status, text = answer
    text = _TTL.sub(lambda match: b'"TTL":"%d"' % -(-int(match[1]) // 50), text)
    found = json.loads(text) if text.startswith(b"{") else text
    if isinstance(found, dict):
        for name in ("leases", "keys"):
            if name in found:
                found[name] = sorted(found[name], key=str)
        found = json.dumps(found).encode()
    return status, found


def difference_in(operations: Sequence[Operation], kind: type[Store] = Store) -> Difference | None:
    """The first difference that a sequence leads to, from two empty stores."""
    with running_etcd() as port:
        comparison = Comparison(port, kind())
        try:
            comparison.run(operations)
        except Difference as difference:
            return difference
        finally:
            comparison.close()
    return None


def shrink(
    operations: Sequence[Operation], seconds: float = 120.0, kind: type[Store] = Store
) -> tuple[list[Operation], Difference]:
    """Fewer operations that still lead to a difference (delta debugging); each attempt has an etcd of its own."""
    current = list(operations)
    found = difference_in(current, kind)
    assert found is not None, "the difference did not show again"
    current = current[: found.index + 1]
    deadline = time.monotonic() + seconds
    size = len(current) // 2
    while size and time.monotonic() < deadline:
        at = 0
        while at < len(current) and time.monotonic() < deadline:
            shorter = current[:at] + current[at + size :]
            again = difference_in(shorter, kind) if shorter else None
            if again is None:
                at += size
            else:
                current, found = shorter[: again.index + 1], again
        size //= 2
    return current, found


SEGMENT = 10_000
"""Operations after which a comparison begins anew with an empty etcd."""


def segments(total: int, size: int = SEGMENT) -> list[int]:
    """The lengths of the segments of so many operations."""
    return [min(size, total - done) for done in range(0, total, size)]


def compare_segment(seed: int, number: int, count: int) -> None:
    """Compare the operations of one segment of a seed. Raises Difference with a shrunk sequence."""
    operations = Generator(seed * 1_000_003 + number).operations(count)
    difference = difference_in(operations)
    if difference is not None:
        fewer, difference = shrink(operations[: difference.index + 1])
        rows = "\n".join(f"  {path} {json.dumps(body)}" for path, body in fewer)
        raise Difference(difference.index, f"after\n{rows}\n{difference}", "", "")


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ops", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--segment", type=int, default=SEGMENT)
    arguments = parser.parse_args(argv)
    began, done = time.monotonic(), 0
    for number, count in enumerate(segments(arguments.ops, arguments.segment)):
        try:
            compare_segment(arguments.seed, number, count)
        except Difference as difference:
            print(difference)
            return 1
        done += count
        print(f"{done} operations without a difference", flush=True)
    print(f"{done} operations alike in {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
