"""How a scheduler is put together: configuration, profiles, plugins, extenders, and what follows from these alone.

Wiring does not change; a plugin or an extender more makes other wiring. So forks share it, and a cluster that adds a
plugin of its own does so for itself alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import UsageError
from . import config
from .batching import Batching
from .config import Configuration
from .extenders import Extender
from .framework import Framework
from .plugins import REGISTRY
from .queue import QueueRules


class Wiring:
    """See the module. `steady` says that ties are not drawn (`ties.py`)."""

    def __init__(
        self,
        configuration: Configuration,
        profiles: Mapping[str, Framework],
        extenders: Sequence[Extender],
        *,
        steady: bool,
        added: tuple[tuple[Any, tuple[str, ...]], ...] = (),
    ) -> None:
        self.configuration = configuration
        self.added = added
        """The plugins that are not the configuration's, with the profiles that they are for."""
        self.profiles = profiles
        self.extenders = tuple(extenders)
        self.steady = steady
        self.rules = QueueRules(
            profiles,
            extenders,
            initial_backoff=configuration.initial_backoff,
            max_backoff=configuration.max_backoff,
        )
        self.batching = {name: Batching(framework, extenders) for name, framework in profiles.items()}

    @classmethod
    def of(
        cls, source: Mapping[str, Any] | str | Path | None, extenders: Sequence[Extender], *, steady: bool
    ) -> Wiring:
        """The wiring of a KubeSchedulerConfiguration. Raises UsageError for one that kube-scheduler would refuse."""
        configuration = Configuration(source)
        profiles = {profile.name: config.build(profile, REGISTRY) for profile in configuration.profiles}
        return cls(configuration, profiles, extenders, steady=steady)

    def with_plugin(self, plugin: Any, names: Iterable[str]) -> Wiring:
        """The same with a plugin more in some profiles; see `Scheduler.register`."""
        profiles, names = dict(self.profiles), tuple(names)
        for name in names:
            if name not in profiles:
                raise UsageError(f"there is no scheduler profile {name!r}; there are {', '.join(profiles)}")
            profiles[name] = profiles[name].extended(plugin)
        added = (*self.added, (plugin, names))
        return Wiring(self.configuration, profiles, self.extenders, steady=self.steady, added=added)

    def with_extender(self, extender: Extender) -> Wiring:
        """The same with an extender more."""
        extenders = (*self.extenders, extender)
        return Wiring(self.configuration, self.profiles, extenders, steady=self.steady, added=self.added)

    def percentage(self, framework: Framework) -> int:
        """The `percentageOfNodesToScore` of a profile."""
        return self.configuration.percentage if framework.percentage is None else framework.percentage
