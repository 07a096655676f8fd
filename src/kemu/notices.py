"""What a user is told of things that were accepted: Python warnings, as there is nothing to refuse.

`errors.ServerWarning` is what a real server says in `Warning` headers, and kubectl prints; `errors.NotSimulated` is
what is stored and has no effect here. Both can be silenced or made errors by `warnings.filterwarnings`, and pytest
lists them. They point at the line of the user's that made the call.
"""

from __future__ import annotations

import sys
import warnings

import attrs

from . import errors


@attrs.define
class Notices:
    """What is to be told of some writes."""

    server: list[str] = attrs.field(factory=list)
    unsimulated: list[str] = attrs.field(factory=list)

    def give(self) -> None:
        """Tell it, each thing once."""
        level = None
        told = ((errors.ServerWarning, self.server), (errors.NotSimulated, self.unsimulated))
        for category, texts in told:
            for text in dict.fromkeys(texts):
                if level is None:
                    level = _level_of_the_user()
                warnings.warn(text, category, stacklevel=level)


def _level_of_the_user() -> int:
    """How many calls away from `give` the user's own code is."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "kemu":
        level, frame = level + 1, frame.f_back
    return level
