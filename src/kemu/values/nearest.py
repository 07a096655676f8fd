"""What somebody may have meant who wrote a name that does not exist."""

from __future__ import annotations

from collections.abc import Iterable

SHOWN = 12
"""So many names are listed where none is near."""


def near(name: str, names: Iterable[str]) -> str:
    """The end of a message about a name that is not among some others: `; did you mean 'phase'?`, or nothing."""
    from difflib import get_close_matches

    found = get_close_matches(name, sorted(set(names)), n=1)
    return f"; did you mean {found[0]!r}?" if found else ""


def meant(name: str, names: Iterable[str]) -> str:
    """The same, or what there is if nothing is near."""
    known = sorted(set(names))
    found = near(name, known)
    if found or not known:
        return found
    return f"; there are: {', '.join(known[:SHOWN])}" + (", ..." if len(known) > SHOWN else "")
