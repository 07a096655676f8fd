"""The one source of chance: every uid, name suffix, jitter, tie break and shuffle is drawn here.

A draw is a hash of (seed, stream, how many were drawn from this stream before). The state is therefore a dict of
counters: it forks with a copy, pickles, and one consumer's draws never disturb another's. The same seed and the same
calls give the same values in any process, whatever the hash seed of the interpreter.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""The letters of generated names, as in Kubernetes: no vowels, so that no words appear; nothing that looks alike."""


class Entropy:
    """Deterministic chance in named streams."""

    __slots__ = ("_counters", "seed")

    def __init__(self, seed: int, counters: dict[str, int] | None = None) -> None:
        self.seed = seed
        self._counters = {} if counters is None else counters

    def fork(self) -> Entropy:
        """An independent source that goes on exactly as this one would."""
        return Entropy(self.seed, dict(self._counters))

    def bits(self, stream: str) -> int:
        """128 random bits from `stream`."""
        count = self._counters.get(stream, 0)
        self._counters[stream] = count + 1
        return int.from_bytes(blake2b(f"{self.seed}/{stream}/{count}".encode(), digest_size=16).digest(), "big")

    def below(self, stream: str, limit: int) -> int:
        """A whole number in [0, limit). Raises ValueError if `limit` is not positive."""
        if limit <= 0:
            raise ValueError(f"limit must be positive, got {limit}")
        return self.bits(stream) % limit

    def fraction(self, stream: str) -> float:
        """A float in [0, 1)."""
        return (self.bits(stream) >> 75) / (1 << 53)

    def choice(self, stream: str, options: Sequence[T]) -> T:
        """One of `options`, which must not be empty."""
        return options[self.below(stream, len(options))]

    def shuffled(self, stream: str, items: Sequence[T]) -> list[T]:
        """The items in a random order (Fisher-Yates)."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(stream, last + 1)
            order[last], order[other] = order[other], order[last]
        return order

    def uid(self) -> str:
        """A random UUID (version 4) in its usual text form."""
        value = self.bits("uid")
        value = (value & ~(0xF << 76)) | (0x4 << 76)
        value = (value & ~(0x3 << 62)) | (0x2 << 62)
        text = f"{value:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def suffix(self, stream: str = "name", length: int = 5) -> str:
        """A suffix for a generated name, by default of five characters."""
        value = self.bits(stream)
        letters = []
        for _ in range(length):
            value, index = divmod(value, len(SUFFIX_ALPHABET))
            letters.append(SUFFIX_ALPHABET[index])
        return "".join(letters)
