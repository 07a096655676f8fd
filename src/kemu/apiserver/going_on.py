"""What of a stored object goes on by itself, without being written: it is shown as of now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs


@attrs.frozen
class GoingOn:
    """How the objects of a kind go on. `shown` gives a stored one as it is at this moment; `after` when it next shows
    something new after a moment, in seconds since the start of the cluster, or None if it does not."""

    shown: Callable[[Any], Any]
    after: Callable[[Any, float], float | None]
