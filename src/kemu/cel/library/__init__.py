"""The functions of the language, of its extensions and of Kubernetes, as tables."""

from __future__ import annotations

from collections.abc import Mapping

from ..declarations import Overload, by_name
from .collections import COLLECTIONS
from .conversions import CONVERSIONS
from .kubernetes import KUBERNETES
from .operators import OPERATORS
from .strings import STRINGS

FUNCTIONS: Mapping[str, tuple[Overload, ...]] = by_name([*OPERATORS, *CONVERSIONS, *STRINGS, *COLLECTIONS, *KUBERNETES])
"""Every function of Kubernetes' environments, by name."""
