"""What Secrets hold, as text: it is kept in base64."""

from __future__ import annotations

import base64
import binascii
from typing import Any


def text_of(secret: Any, key: str) -> str:
    """A value of a Secret as text; empty if there is none, or if it is no text."""
    try:
        return base64.b64decode(secret.data.get(key, "")).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def held(text: str) -> str:
    """A text as a Secret holds it."""
    return base64.b64encode(text.encode()).decode()
