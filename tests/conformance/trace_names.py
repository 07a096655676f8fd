"""Placeholders for what a cluster chooses freely, numbered in the order in which a watch client meets it.

`web-7d9f-x2k4p` is `web-<hash:1>-<gen:2>`, a uid is `<uid:Pod/web-0>`, an address `<ip:web-0>`. Placeholders nest: an
address names its pod, the name of which holds a hash. Two clusters that did the same have the same placeholders.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

Json = Mapping[str, Any]

HASH_LABELS = ("pod-template-hash", "controller-revision-hash", "controller.kubernetes.io/hash")
STATIC_POD_ANNOTATIONS = ("kubernetes.io/config.hash", "kubernetes.io/config.mirror")
GENERATED_KINDS = ("Pod", "EndpointSlice")
"""Kinds of which a controller makes several under one `generateName`."""

PULL_DURATIONS = re.compile(r"in \S+ \(\S+ including waiting\)")
TOKEN_VOLUME = re.compile(r"kube-api-access-[a-z0-9]{5}\b")
SCHEDULED_JOB = re.compile(r"-(\d{8})$")


def controller_of(obj: Json) -> Json | None:
    """The owner reference of the controller."""
    references = obj["metadata"].get("ownerReferences") or ()
    return next((each for each in references if each.get("controller")), None)


def whole_words(words: Iterable[str]) -> re.Pattern[str]:
    """Finds any of these words where nothing goes on before or behind them; the longest wins."""
    choices = [re.escape(word) for word in sorted(words, key=len, reverse=True)]
    if not choices:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(choices)})(?![A-Za-z0-9])")


class Names:
    """The placeholders of one history; everything has to be learned before the first text is replaced."""

    def __init__(self, objects: Iterable[Json]) -> None:
        self._counters: Counter[tuple[str, ...]] = Counter()
        self._words: dict[str, str] = {}
        self._generated: dict[str, tuple[str, int]] = {}
        self._addresses: dict[str, tuple[str, int, int]] = {}
        self._uids: dict[str, tuple[str, str, int]] = {}
        for obj in objects:
            self._learn(obj)
        self._table = self._placeholders()
        self._pattern = whole_words(self._table)
        self._known: dict[str, str] = {}

    def text(self, text: str) -> str:
        """A text with its free words replaced."""
        if text not in self._known:
            replaced = self._pattern.sub(lambda found: self._table[found[0]], text)
            replaced = PULL_DURATIONS.sub("in <dur> (<dur> including waiting)", replaced)
            self._known[text] = TOKEN_VOLUME.sub("kube-api-access-<id>", replaced)
        return self._known[text]

    def value(self, value: Any) -> Any:
        """A JSON value with the free words of all its texts replaced, also of keys."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(each) for each in value]
        if isinstance(value, dict):
            return {self.text(key): self.value(each) for key, each in value.items()}
        return value

    def _next(self, *what: str) -> int:
        self._counters[what] += 1
        return self._counters[what]

    def _learn(self, obj: Json) -> None:
        metadata = obj["metadata"]
        for label in HASH_LABELS:
            word = (metadata.get("labels") or {}).get(label, "").rpartition("-")[2]
            if word and word not in self._words:
                self._words[word] = f"<hash:{self._next('hash')}>"
        if metadata.get("uid") and metadata["uid"] not in self._uids:
            self._learn_name(obj)
        for reference in metadata.get("ownerReferences") or ():
            if reference["kind"] == "Node":
                self._words.setdefault(reference["uid"], f"<uid:Node/{reference['name']}>")
        for annotation in STATIC_POD_ANNOTATIONS:
            word = (metadata.get("annotations") or {}).get(annotation)
            if word:
                self._words.setdefault(word, "<static-uid>")
        self._learn_addresses(obj)

    def _learn_name(self, obj: Json) -> None:
        kind, metadata = obj["kind"], obj["metadata"]
        name, base = metadata["name"], metadata.get("generateName")
        owner = (controller_of(obj) or {}).get("kind")
        minute = SCHEDULED_JOB.search(name) if (kind, owner) == ("Job", "CronJob") else None
        if minute is not None:
            if minute[1] not in self._words:
                self._words[minute[1]] = f"<minute:{self._next('minute')}>"
        elif base and name.startswith(base) and kind in GENERATED_KINDS and owner != "StatefulSet":
            self._generated[name] = (base, self._next("generated", kind))
        self._uids[metadata["uid"]] = (kind, name, self._next("named", kind, name))

    def _learn_addresses(self, obj: Json) -> None:
        kind, metadata, status = obj["kind"], obj["metadata"], obj.get("status") or {}
        if kind == "Pod":
            host = status.get("hostIP")
            if host:
                self._words.setdefault(host, "<hostip>")
            for address in [each["ip"] for each in status.get("podIPs") or ()]:
                if address != host and address not in self._addresses:
                    uid = metadata["uid"]
                    self._addresses[address] = (metadata["name"], self._uids[uid][2], self._next("address", uid))
        elif kind == "Service":
            address = (obj.get("spec") or {}).get("clusterIP")
            if address and address != "None":
                self._words.setdefault(address, f"<clusterip:{metadata['name']}>")
        elif kind == "Node":
            for entry in status.get("addresses") or ():
                if entry["type"] == "InternalIP":
                    self._words.setdefault(entry["address"], "<hostip>")

    def _placeholders(self) -> dict[str, str]:
        """Word to placeholder, made from the inside out."""
        words = self._words
        inner = whole_words(words)
        table = dict(words)

        def shown(name: str) -> str:
            return table.get(name) or inner.sub(lambda found: words[found[0]], name)

        for name, (base, number) in self._generated.items():
            table[name] = f"{inner.sub(lambda found: words[found[0]], base)}<gen:{number}>"
        for address, (name, pod, number) in self._addresses.items():
            table[address] = f"<ip:{shown(name)}{_unless_first('/', pod)}{_unless_first('#', number)}>"
        for uid, (kind, name, number) in self._uids.items():
            table[uid] = f"<uid:{kind}/{shown(name)}{_unless_first('#', number)}>"
        return table


def _unless_first(mark: str, number: int) -> str:
    return "" if number == 1 else f"{mark}{number}"
