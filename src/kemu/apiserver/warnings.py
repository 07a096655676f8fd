"""Warnings: what is accepted, but hardly meant.

What a real server adds as `Warning` headers to the answer of a create or an update, and what every request to a
deprecated resource gets. The words stand in the policies.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from .resources import Resource

MAX_LETTERS, MAX_CUT = 4096, 256
"""Letters of all warnings of an answer, and of each once there are more."""


def of_resource(resource: Resource) -> Iterator[str]:
    """What every request to this resource is warned of."""
    if resource.policy.deprecated:
        yield resource.policy.deprecated


def of_write(resource: Resource, new: Any, old: Any | None, subresource: str = "") -> Iterator[str]:
    """What is odd about an object that is created, or updated from `old`, in the order of the real server.

    It ends when there is more than an answer has room for: an object can have more odd pairs than anybody can wait for.
    """
    seen: set[str] = set()
    room = MAX_LETTERS
    for warn in resource.policy.status_warns if subresource else resource.policy.warns:
        for text in warn(new, old):
            if text not in seen:
                seen.add(text)
                yield text
                room -= min(len(text), MAX_CUT)
                if room < 0:
                    return


def told(texts: Iterable[str]) -> list[str]:
    """The warnings that are sent, each once: when they get long they are cut, and then left out."""
    texts = list(dict.fromkeys(texts))
    if sum(map(len, texts)) <= MAX_LETTERS:
        return texts
    found: list[str] = []
    room = MAX_LETTERS
    for text in texts:
        room -= min(len(text), MAX_CUT)
        if room < 0:
            break
        found.append(text[:MAX_CUT])
    return found
