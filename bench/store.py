"""How fast the store is, beside a real etcd and beside plain sorted maps::

    python bench/store.py [--sizes 1000,100000,1000000] [--no-etcd]

Every row is one operation of one client, in microseconds: the median of many, or the best of several rounds for what
takes long. etcd is asked over gRPC if `grpcio` is installed, else over its JSON gateway on one persistent connection;
it runs on loopback with its data in memory. "map" is what a `SortedDict` of the same keys needs for the nearest thing
that it can do at all. Growth is the largest size against the smallest.
"""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sortedcontainers import SortedDict

sys.path[:1] = [  # instead of this folder, whose http.py is not the one of Python
    str(Path(__file__).parents[1] / "src"),
    str(Path(__file__).parents[1]),
]

from tests.conformance.etcd_process import HttpClient, etcd_binary, running_etcd  # noqa: E402

from kemu.store import Compare, PutRequest, RangeRequest, Store, prefix_end  # noqa: E402

VALUE = b"v" * 100
Times = dict[str, float]


def key_of(number: int) -> bytes:
    """Keys as an API server has them: kind, namespace of a thousand objects, name."""
    return b"/registry/pods/ns-%05d/pod-%07d" % (number // 1000, number)


def timed(work: Callable[[Any], object], items: Iterable[Any]) -> float:
    """Seconds per item: the median of twenty parts, so that a busy machine does not count."""
    items = list(items)
    gc.collect()
    part = max(1, len(items) // 20)
    found = []
    for at in range(0, len(items) - part + 1, part):
        piece = items[at : at + part]
        began = time.perf_counter()
        for item in piece:
            work(item)
        found.append((time.perf_counter() - began) / part)
    return statistics.median(found)


def best(work: Callable[[], object], rounds: int = 5) -> float:
    """Seconds of the fastest round."""
    found = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        found = min(found, time.perf_counter() - began)
    return found


def scattered(size: int, count: int) -> list[bytes]:
    """Fresh key objects (no cached hashes), in an order without locality."""
    source = random.Random(1)
    return [key_of(source.randrange(size)) for _ in range(count)]


def bench_maps(size: int) -> Times:
    """What plain maps need for the nearest operations."""
    order = list(range(size))
    random.Random(0).shuffle(order)
    plain: dict[bytes, bytes] = {}
    ordered: Any = SortedDict()
    times = {"dict get": 0.0}
    times["put, new key"] = timed(lambda key: ordered.__setitem__(key, VALUE), map(key_of, order))
    times["put, old key"] = timed(lambda key: ordered.__setitem__(key, VALUE), scattered(size, 20_000))
    plain.update(ordered)
    times["dict get"] = timed(plain.__getitem__, scattered(size, 100_000))
    times["get"] = timed(ordered.__getitem__, scattered(size, 100_000))
    for width in (10, 1000, 100_000):
        if width <= size:
            keys = (key_of(0), key_of(width))

            def read(keys: tuple[bytes, bytes] = keys) -> list[bytes]:
                return [ordered[key] for key in ordered.irange(*keys, inclusive=(True, False))]

            times[f"prefix range of {width:,}"] = best(read)
    return times


def prefixes(size: int) -> dict[int, tuple[bytes, bytes]]:
    """Prefixes that hold 10, 1,000 and 100,000 keys."""
    found = {10: b"/registry/pods/ns-00000/pod-000000", 1000: b"/registry/pods/ns-00000/"}
    found[100_000] = b"/registry/pods/ns-000"
    return {width: (prefix, prefix_end(prefix)) for width, prefix in found.items() if width <= size}


def bench_kemu(size: int) -> tuple[Times, float]:
    """The store's operations, and its bytes per key beyond key and value objects' payload."""
    order = list(range(size))
    random.Random(0).shuffle(order)
    memory = _memory_per_key(min(size, 200_000))
    store = Store()
    times: Times = {}
    times["put, new key"] = timed(lambda key: store.put(key, VALUE), map(key_of, order))
    times["put, old key"] = timed(lambda key: store.put(key, VALUE), scattered(size, 20_000))
    store.items(b"")
    times["get"] = timed(store.get, scattered(size, 100_000))
    times["range of one key"] = timed(store.range, scattered(size, 20_000))
    for width, (prefix, end) in prefixes(size).items():
        times[f"prefix range of {width:,}"] = best(lambda p=prefix, e=end: store.range(p, e))

    def compare_and_put(key: bytes) -> None:
        pair = store.get(key)
        assert pair is not None
        store.txn((Compare(key, "MOD", "EQUAL", pair.mod_revision),), (PutRequest(key, VALUE),), (RangeRequest(key),))

    times["txn with compare"] = timed(compare_and_put, scattered(size, 5000))

    def compare_and_put_short(key: bytes) -> None:
        pair = store.get(key)
        assert pair is not None
        store.put_if(key, VALUE, pair.mod_revision)

    times["get and put_if"] = timed(compare_and_put_short, scattered(size, 20_000))
    for watchers in (1, 100, 10_000):
        times[f"put, 1 of {watchers:,} watches concerned"] = _watched(store, size, watchers)
    old = store.revision - 10_000
    prefix, end = prefixes(size)[1000]
    times["range of 1,000, 10,000 revisions ago"] = best(lambda: store.range(prefix, end, revision=old))
    times["events of 1 prefix since 10,000 revisions"] = best(lambda: store.events(prefix, old))
    times["fork"] = best(store.fork)
    times["first put after a fork"] = _after_fork(store, size)
    times["chain of 100 forks: get"] = _chain(store, size)
    began = time.perf_counter()
    store.compact(store.revision)
    times["compaction, per revision"] = (time.perf_counter() - began) / store.revision
    return times, memory


def _memory_per_key(size: int) -> float:
    keys = [key_of(number) for number in range(size)]
    random.Random(0).shuffle(keys)
    gc.collect()
    tracemalloc.start()
    store = Store()
    for key in keys:
        store.put(key, VALUE)
    gc.collect()
    used = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return used / size + sum(map(sys.getsizeof, keys[:100])) / 100


def _watched(store: Store, size: int, watchers: int) -> float:
    stream = store.watch_stream()
    for number in range(watchers):
        prefix = b"/registry/leases/ns-%05d/" % number
        stream.watch(prefix, prefix_end(prefix))
    key = b"/registry/leases/ns-%05d/x" % (watchers // 2)

    def put_and_receive(_: int) -> None:
        store.put(key, VALUE)
        assert stream.receive()

    stream.receive()
    found = timed(put_and_receive, range(5000))
    stream.close()
    return found


def _after_fork(store: Store, size: int) -> float:
    total = 0.0
    for key in scattered(size, 200):
        fork = store.fork()
        began = time.perf_counter()
        fork.put(key, VALUE)
        total += time.perf_counter() - began
    return total / 200


def _chain(store: Store, size: int) -> float:
    for key in scattered(size, 100):
        store = store.fork()
        store.put(key, VALUE)
    return timed(store.get, scattered(size, 50_000))


# -- etcd ----------------------------------------------------------------------------------------------------------


def _varint(number: int) -> bytes:
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _int(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value) if value else b""


class GrpcEtcd:
    """etcd over gRPC with messages built by hand: nothing is decoded but what is needed."""

    name = "gRPC"

    def __init__(self, port: int) -> None:
        import grpc

        self.channel = grpc.insecure_channel(
            f"127.0.0.1:{port}", options=[("grpc.max_receive_message_length", 1 << 30)]
        )
        self.call_put = self.channel.unary_unary("/etcdserverpb.KV/Put")
        self.call_range = self.channel.unary_unary("/etcdserverpb.KV/Range")
        self.call_txn = self.channel.unary_unary("/etcdserverpb.KV/Txn")
        self.call_compact = self.channel.unary_unary("/etcdserverpb.KV/Compact")
        self.call_watch = self.channel.stream_stream("/etcdserverpb.Watch/Watch")

    def put(self, key: bytes) -> None:
        self.call_put(_bytes(1, key) + _bytes(2, VALUE))

    def put_many(self, keys: list[bytes]) -> None:
        pending = [self.call_put.future(_bytes(1, key) + _bytes(2, VALUE)) for key in keys]
        for each in pending:
            each.result()

    def read(self, key: bytes, end: bytes = b"", revision: int = 0) -> int:
        return len(self.call_range(_bytes(1, key) + (_bytes(2, end) if end else b"") + _int(4, revision)))

    def txn(self, key: bytes) -> None:
        compare = _int(1, 1) + _int(2, 2) + _bytes(3, key) + _int(6, 1)  # mod revision greater than 1
        put = _bytes(2, _bytes(1, key) + _bytes(2, VALUE))
        self.call_txn(_bytes(1, compare) + _bytes(2, put) + _bytes(3, _bytes(1, _bytes(1, key))))

    def revision(self) -> int:
        answer = self.call_range(_bytes(1, b"none"))
        at = answer.index(b"\x18", 2 + 20) + 1 if b"\x18" in answer[22:] else len(answer)
        number = shift = 0
        while True:
            number |= (answer[at] & 0x7F) << shift
            if answer[at] < 0x80:
                return number
            shift += 7
            at += 1

    def compact(self, revision: int) -> None:
        self.call_compact(_int(1, revision) + _int(2, 1))

    def watched(self, watchers: int) -> float:
        import queue

        requests: queue.Queue[bytes | None] = queue.Queue()
        for number in range(watchers):
            prefix = b"/registry/leases/ns-%05d/" % number
            requests.put(_bytes(1, _bytes(1, prefix) + _bytes(2, prefix_end(prefix))))
        messages = self.call_watch(iter(requests.get, None))
        for _ in range(watchers):
            next(messages)
        key = b"/registry/leases/ns-%05d/x" % (watchers // 2)

        def put_and_receive(_: int) -> None:
            self.put(key)
            next(messages)

        found = timed(put_and_receive, range(500))
        messages.cancel()
        requests.put(None)
        return found


class HttpEtcd:
    """etcd over its JSON gateway, for where there is no grpcio."""

    name = "JSON gateway"

    def __init__(self, port: int) -> None:
        from base64 import b64encode

        self.client = HttpClient(port)
        self.b64 = b64encode

    def put(self, key: bytes) -> None:
        self.client.post("/v3/kv/put", b'{"key":"%s","value":"%s"}' % (self.b64(key), self.b64(VALUE)))

    def put_many(self, keys: list[bytes]) -> None:
        for key in keys:
            self.put(key)

    def read(self, key: bytes, end: bytes = b"", revision: int = 0) -> int:
        body = b'{"key":"%s","range_end":"%s","revision":"%d"}' % (self.b64(key), self.b64(end), revision)
        return len(self.client.post("/v3/kv/range", body)[1])

    def txn(self, key: bytes) -> None:
        encoded, value = self.b64(key), self.b64(VALUE)
        self.client.post(
            "/v3/kv/txn",
            b'{"compare":[{"key":"%s","target":"MOD","result":"GREATER","mod_revision":"1"}],"success":[{"request_put":'
            b'{"key":"%s","value":"%s"}}]}' % (encoded, encoded, value),
        )

    def revision(self) -> int:
        import json

        return int(json.loads(self.client.post("/v3/kv/range", b'{"key":"bm9uZQ=="}')[1])["header"]["revision"])

    def compact(self, revision: int) -> None:
        self.client.post("/v3/kv/compaction", b'{"revision":"%d","physical":true}' % revision)

    def watched(self, watchers: int) -> float:
        return float("nan")


def bench_etcd(size: int) -> tuple[Times, str]:
    """The same of a real etcd, loaded with `size` keys."""
    with running_etcd() as port:
        try:
            etcd: GrpcEtcd | HttpEtcd = GrpcEtcd(port)
        except ImportError:
            etcd = HttpEtcd(port)
        order = list(range(size))
        random.Random(0).shuffle(order)
        times: Times = {}
        new = [key_of(number) for number in order[:1000]]
        times["put, new key"] = timed(etcd.put, new)
        for at in range(1000, size, 2000):
            etcd.put_many([key_of(number) for number in order[at : at + 2000]])
        times["put, old key"] = timed(etcd.put, scattered(size, 1000))
        times["get"] = times["range of one key"] = timed(etcd.read, scattered(size, 2000))
        for width, (prefix, end) in prefixes(size).items():
            times[f"prefix range of {width:,}"] = best(lambda p=prefix, e=end: etcd.read(p, e), 5)
        times["txn with compare"] = times["get and put_if"] = timed(etcd.txn, scattered(size, 1000))
        for watchers in (1, 100, 10_000):
            times[f"put, 1 of {watchers:,} watches concerned"] = etcd.watched(watchers)
        now = etcd.revision()
        prefix, end = prefixes(size)[1000]
        name = "range of 1,000, 10,000 revisions ago"
        times[name] = best(lambda: etcd.read(prefix, end, max(2, now - 10_000)), 5)
        began = time.perf_counter()
        etcd.compact(now)
        times["compaction, per revision"] = (time.perf_counter() - began) / now
        return times, etcd.name


def _cell(seconds: float | None) -> str:
    return f"{seconds * 1e6:>12,.2f}" if seconds is not None and seconds == seconds else f"{'-':>12}"


def _ratio(one: float | None, two: float | None) -> str:
    return f"{one / two:>9,.1f}" if one and two and one == one else f"{'-':>9}"


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="1000,100000,1000000")
    parser.add_argument("--no-etcd", action="store_true")
    parser.add_argument("--etcd-size", type=int, default=100_000, help="how many keys etcd is loaded with")
    arguments = parser.parse_args(argv)
    sizes = [int(size) for size in arguments.sizes.split(",")]
    etcd, transport = {}, "not asked"
    if etcd_binary() is not None and not arguments.no_etcd:
        etcd, transport = bench_etcd(arguments.etcd_size)
    kemu, maps, memory = {}, {}, {}
    for size in sizes:
        maps[size] = bench_maps(size)
        kemu[size], memory[size] = bench_kemu(size)
    print(f"microseconds per operation; etcd over {transport}, {arguments.etcd_size:,} keys")
    heads = [f"{size:,}" for size in sizes]
    print(f"{'kemu, keys:':<42}" + "".join(f"{head:>12}" for head in heads) + f"{'growth':>9}", end="")
    print(f"{'etcd':>12}{'x faster':>9}" + "".join(f"{'map ' + head:>14}" for head in heads) + f"{'x map':>9}")
    for row in kemu[sizes[-1]]:
        values = [kemu[size].get(row) for size in sizes]
        middle = kemu.get(arguments.etcd_size, kemu[sizes[-1]]).get(row)
        map_values = [maps[size].get(row) for size in sizes]
        print(f"{row:<42}" + "".join(map(_cell, values)) + _ratio(values[-1], values[0]), end="")
        print(_cell(etcd.get(row)) + _ratio(etcd.get(row), middle), end="")
        print("".join(f"  {_cell(value)}" for value in map_values) + _ratio(values[-1], map_values[-1]))
    print(f"{'bytes per key beyond the value':<42}" + "".join(f"{memory[size]:>12,.0f}" for size in sizes))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
