"""Which events the plugins of the profiles wait for. Wiring: it follows from the profiles alone, and forks share it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .algorithm import EXTENDER
from .events import EVERYTHING, WILDCARD, ClusterEvent, Registration, completed, registered
from .framework import Framework


class _Named:
    """Stands in the registrations for something that is not a plugin."""

    def __init__(self, name: str) -> None:
        self.name = name


_EXTENDERS = _Named(EXTENDER)

Asked = Sequence[tuple[Any, str | None]]
"""(plugin, hint) of everything that was registered for an event."""


class Interests:
    """The registrations of all plugins, and the order of the queue. What was asked once is found at once."""

    def __init__(self, profiles: Mapping[str, Framework], extenders: Sequence[Any]) -> None:
        self.order: Callable[[Any], Any] = next(iter(profiles.values())).plugins["order"][0].order
        self._registrations: dict[str, list[tuple[Any, Registration]]] = {}
        for name, profile in profiles.items():
            rows: list[tuple[Any, Registration]] = []
            for plugin in profile.all_plugins():
                rows.extend((plugin, registration) for registration in completed(plugin.events()))
            if extenders:
                rows.extend((_EXTENDERS, registration) for registration in EVERYTHING)
            self._registrations[name] = rows
        self._of_interest: dict[ClusterEvent, bool] = {}
        self._asked: dict[tuple[str, tuple[str, ...], ClusterEvent], Asked] = {}

    def asked(self, profile: str, plugins: tuple[str, ...], event: ClusterEvent) -> Asked:
        """What these plugins registered for an event."""
        key = (profile, plugins, event)
        found = self._asked.get(key)
        if found is None:
            found = self._asked[key] = [
                (plugin, registration.hint)
                for plugin, registration in self._registrations[profile]
                if plugin.name in plugins and registered(registration, event)
            ]
        return found

    def interesting(self, event: ClusterEvent) -> bool:
        """Whether any plugin waits for an event."""
        known = self._of_interest.get(event)
        if known is None:
            known = event == WILDCARD or any(
                registered(registration, event) for rows in self._registrations.values() for _, registration in rows
            )
            self._of_interest[event] = known
        return known
