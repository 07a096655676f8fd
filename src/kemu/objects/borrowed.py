"""Descriptions of types and fields in the words of Kubernetes, where the package `lightkube-models` is installed.

The package is a list of dataclasses that was generated from the OpenAPI document of a release, and their docstrings
carry its texts, wrapped. They are read from its files, one module at a time and when they are first asked for; nothing
of it is imported. What is not there, kemu describes by itself (`descriptions.py`).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import metadata
from keyword import iskeyword
from pathlib import Path

PACKAGE = "lightkube-models"
RELEASE = "1.36"
"""The release of Kubernetes whose words these have to be: those of another one would speak of other fields."""

WIDTH = 78
"""How long a line of a docstring is at most, if it has more than one word."""

_TYPES, _FIELDS = " " * 6, " " * 8
_HEADING = f"\n\n{_TYPES}**parameters**\n\n"
_FIELD = re.compile(rf"^{_TYPES}\* \*\*(\S+)\*\* ``.*?`` - ", re.MULTILINE)
_WIDE = re.compile(r"\.  \S")
_GROUP = re.compile(r"^.*\.(?:apis?|pkg)\.")

Words = Mapping[str, str]
"""The descriptions of a type: of each field by its name, and of the type itself by no name."""


def words(name: str) -> Words | None:
    """What is said of a type with this name in OpenAPI documents; None if nothing is, or nobody is there to say it."""
    *path, short = _GROUP.sub("", name).split(".")
    return _module("_".join(path)).get(short)


def word(said: Words, field: str) -> str | None:
    """What is said of a field; its name is spelled as Python has it, and it may be that nothing is said."""
    spelled = f"{field}_" if iskeyword(field) else field.replace("$", "d_").replace("-", "_")
    return said.get(spelled) or None


@lru_cache(maxsize=1)
def folder() -> Path | None:
    """Where the modules of the package are, if it is installed and of the right release."""
    try:
        found = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError:
        return None
    if not found.version.startswith(f"{RELEASE}."):
        return None
    return Path(str(found.locate_file("lightkube/models")))


@lru_cache(maxsize=64)
def _module(name: str) -> Mapping[str, Words]:
    """The descriptions in one module, by the name of the type."""
    home = folder()
    path = home / f"{name}.py" if home is not None else None
    if path is None or not path.is_file():
        return {}
    classes = [each for each in ast.parse(path.read_text()).body if isinstance(each, ast.ClassDef)]
    return {each.name: dict(_said(ast.get_docstring(each, clean=False) or "")) for each in classes}


def _said(docstring: str) -> Iterator[tuple[str, str]]:
    """The descriptions in a docstring, by the names of the fields."""
    head, _, rest = docstring.partition(_HEADING)
    yield "", _unwrapped(head, _TYPES)
    _, *pieces = _FIELD.split(rest)
    for name, text in zip(pieces[::2], pieces[1::2], strict=True):
        yield name, _parted(_unwrapped(text.rstrip(), _FIELDS))


def _unwrapped(text: str, indent: str) -> str:
    """A text as it was before it was wrapped: a line goes on in the next where that one's first word had no room.

    Where it would have had room after one space but not after two, there were two, which end a sentence.
    """
    found, last = "", ""
    wide = _WIDE.search(text) is not None
    for number, raw in enumerate(text.split("\n")):
        line = (raw.removeprefix(indent) if number else raw).rstrip()
        between = "\n" if number else ""
        if last and line and not line[0].isspace():
            room = WIDTH - len(last) - len(line.split(None, 1)[0])
            if room <= 1:
                between = " " if room < 1 else "  " if wide and last.endswith(".") else "\n"
        found += between + line
        last = line
    return found


def _parted(text: str) -> str:
    """A description with its paragraphs, of which the package keeps the ends but not the empty lines.

    A single end of a line stands only before or after a line that is indented: all others came from empty lines.
    """
    first, *lines = text.split("\n")
    found, last = first, first
    for line in lines:
        alone = line[:1].isspace() or last[:1].isspace()
        found += ("\n" if alone else "\n\n") + line
        last = line
    return found
