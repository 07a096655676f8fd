"""The one source of chance: every uid, name suffix, jitter, tie break and shuffle is drawn here.

A draw is a hash of the seed and of what it is for: `uid("pods", "default/web")`, `below(3, "tie", "default/web", 2)`.
Nothing is counted, so asking leaves no trace, independent draws commute, and a fork shares the source with its parent.
Who needs several draws for one purpose says which one it is about: the n-th child of an owner, the second attempt,
the moment. The same seed and the same purpose give the same value in any process, whatever the hash seed of the
interpreter.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
Purpose = str | int | float

SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789"
"""The letters of generated names, as in Kubernetes: no vowels, so that no words appear; nothing that looks alike."""

_PAIRS = tuple(first + second for second in SUFFIX_ALPHABET for first in SUFFIX_ALPHABET)
"""Two letters at a time."""


class Entropy:
    """Deterministic chance by purpose. Immutable: it is its own fork."""

    __slots__ = ("_start", "seed")

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._start = blake2b(str(seed).encode(), digest_size=16)

    def __reduce__(self) -> tuple[type[Entropy], tuple[int]]:
        return (Entropy, (self.seed,))

    def _digest(self, purpose: tuple[Purpose, ...]) -> bytes:
        state = self._start.copy()
        state.update("\0".join(map(str, purpose)).encode("utf-8", "surrogatepass"))
        return state.digest()

    def bits(self, *purpose: Purpose) -> int:
        """128 random bits. A purpose is a few words and numbers; the order of them counts."""
        return int.from_bytes(self._digest(purpose), "big")

    def below(self, limit: int, *purpose: Purpose) -> int:
        """A whole number in [0, limit). Raises ValueError if `limit` is not positive."""
        if limit <= 0:
            raise ValueError(f"limit must be positive, got {limit}")
        return self.bits(*purpose) % limit

    def fraction(self, *purpose: Purpose) -> float:
        """A float in [0, 1)."""
        return (self.bits(*purpose) >> 75) / (1 << 53)

    def choice(self, options: Sequence[T], *purpose: Purpose) -> T:
        """One of `options`, which must not be empty."""
        return options[self.below(len(options), *purpose)]

    def uid(self, *purpose: Purpose) -> str:
        """A random UUID (version 4) in its usual text form."""
        digest = self._digest(("uid", *purpose))
        text = digest.hex()
        variant = "89ab"[digest[8] & 3]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"

    def suffix(self, *purpose: Purpose) -> str:
        """The five characters that end a generated name."""
        value = int.from_bytes(self._digest(purpose)[:6], "big")
        value, first = divmod(value, len(_PAIRS))
        value, second = divmod(value, len(_PAIRS))
        return _PAIRS[first] + _PAIRS[second] + SUFFIX_ALPHABET[value % len(SUFFIX_ALPHABET)]
