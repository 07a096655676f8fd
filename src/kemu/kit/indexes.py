"""Indexes: what a controller looks up is declared, and kept by its cache.

An index gives every object of a kind its values; `cache.indexed(kind, index, value)` are the objects under one of them,
whatever else there is. Which object is found by what:

    BY_OWNER        the uid of the controlling owner; of one without, `nobody(namespace)`
    BY_NODE         the node that a pod is on
    BY_LABEL        each of its labels, for `selected`: the objects that a selector matches
    BY_SELECTOR     one pair that its selector asks for, for `selecting`: those whose selector matches an object
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import attrs

from ..objects.references import controller_of
from ..values.memo import Memo
from ..values.selectors import Selector, selector_of, selector_of_map

if TYPE_CHECKING:
    from .cache import Cache

ANY = ""
"""The value of a selector that asks for no pair of its own: it may match whatever there is in the namespace."""


@attrs.frozen(eq=False)
class Index:
    """A name, and the values of an object. `of` reads what the values depend on: if that is the same, so are they.

    Of one kind there is one index of a name.
    """

    name: str
    values: Callable[[Any], Iterable[str]]
    of: Callable[[Any], Any]


def nobody(namespace: str | None) -> str:
    """The value of `BY_OWNER` under which the objects of a namespace are that no controller owns."""
    return f"/{namespace or ''}"


def _owner(obj: Any) -> tuple[str, ...]:
    owner = controller_of(obj)
    return (nobody(obj.metadata.namespace),) if owner is None else (owner.uid,)


def _namespace(obj: Any) -> tuple[str, ...]:
    return (obj.metadata.namespace or "",)


def _node(pod: Any) -> tuple[str, ...]:
    return (pod.spec.node_name,) if pod.spec.node_name else ()


def _pair(namespace: str | None, key: str, value: str) -> str:
    return f"{namespace or ''}/{key}={value}"


def _labels(obj: Any) -> tuple[str, ...]:
    metadata = obj.metadata
    return tuple([_pair(metadata.namespace, key, value) for key, value in metadata.labels.items()])


def _all(namespace: str | None) -> str:
    return f"{namespace or ''}/{ANY}"


def selector_in(obj: Any) -> Selector | None:
    """What an object's `spec.selector` matches; None if it has none, which matches nothing."""
    selector = obj.spec.selector
    return None if not selector else _read(selector)


_read = Memo(lambda selector: selector_of_map(selector) if isinstance(selector, Mapping) else selector_of(selector))


def _asked(obj: Any) -> tuple[str, ...]:
    """The first pair that a selector asks for: what has no such label it does not match."""
    selector = selector_in(obj)
    if selector is None:
        return ()
    namespace = obj.metadata.namespace
    return (_asks(selector, namespace),)


def _asks(selector: Selector, namespace: str | None) -> str:
    pairs = selector.pairs()
    return _pair(namespace, *pairs[0]) if pairs else _all(namespace)


def _never(obj: Any) -> None:
    """What depends on nothing that can change."""


BY_OWNER = Index("owner", _owner, attrgetter("metadata.owner_references"))
BY_NAMESPACE = Index("namespace", _namespace, _never)
BY_NODE = Index("node", _node, attrgetter("spec.node_name"))
BY_LABEL = Index("label", _labels, attrgetter("metadata.labels"))
BY_SELECTOR = Index("selector", _asked, attrgetter("spec.selector"))

ALWAYS = (BY_NAMESPACE, BY_OWNER)
"""The indexes of every kind."""


def selected(cache: Cache, kind: Any, selector: Selector | None, namespace: str | None) -> list[Any]:
    """The objects of a kind in a namespace that a selector matches; needs `BY_LABEL`.

    O(the objects that have the rarest of the labels that it asks for); O(namespace) if it asks for none.
    """
    if selector is None:
        return []
    pairs = [_pair(namespace, *pair) for pair in selector.pairs()]
    if pairs:
        rarest = min(pairs, key=lambda pair: cache.count(kind, BY_LABEL, pair))
        candidates = cache.indexed(kind, BY_LABEL, rarest)
    else:
        candidates = cache.list(kind, namespace)
    return [obj for obj in candidates if selector.matches(obj.metadata.labels)]


def selecting(cache: Cache, kind: Any, obj: Any) -> list[Any]:
    """The objects of a kind in an object's namespace whose selector matches its labels; needs `BY_SELECTOR`.

    O(labels, and the objects whose selector asks for one of them first).
    """
    if cache.is_empty(kind):
        return []
    labels, namespace = obj.metadata.labels, obj.metadata.namespace
    pairs = [_pair(namespace, key, value) for key, value in labels.items()]
    found = []
    for each in cache.indexed_under(kind, BY_SELECTOR, (*pairs, _all(namespace))):
        selector = selector_in(each)
        if selector is not None and selector.matches(labels):
            found.append(each)
    return found
