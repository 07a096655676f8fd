"""Regular expressions as Go has them: RE2's syntax and complaints, and time in proportion to the text.

Python's own can take forever (`(a+)+$`), reads other things as syntax, and complains in other words.
"""

from __future__ import annotations

from functools import lru_cache

from .automaton import Regex, program
from .syntax import RegexError, parse

__all__ = ["Regex", "RegexError", "compiled"]


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> Regex:
    """A regular expression, ready to be used. Raises RegexError with Go's text."""
    return Regex(program(parse(pattern)))
