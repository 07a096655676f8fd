"""PEM: which blocks there are in a text. What is in them is not looked at."""

from __future__ import annotations

import re

_BLOCK = re.compile(rb"-----BEGIN ([^\n]*?)-----\s(.*?)-----END \1-----", re.DOTALL)


def blocks(text: bytes) -> list[bytes]:
    """The types of the blocks in a text, in their order."""
    return [found[1] for found in _BLOCK.finditer(text)]
