"""Warnings: what is accepted, but hardly meant.

What a real server adds as `Warning` headers to the answer of a create or an update, and what every request to a
deprecated resource gets. The words stand in the policies.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .resources import Resource


def of_resource(resource: Resource) -> Iterator[str]:
    """What every request to this resource is warned of."""
    if resource.policy.deprecated:
        yield resource.policy.deprecated


def of_write(resource: Resource, new: Any, old: Any | None) -> Iterator[str]:
    """What is odd about an object that is created, or updated from `old`, in the order of the real server."""
    for warn in resource.policy.warns:
        yield from warn(new, old)
