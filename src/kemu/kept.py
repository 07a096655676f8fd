"""Clusters in files: what one remembers, written down to go on from later; and the objects of another one, put back.

A file of a cluster is a line that says so and which version of kemu has written it, and behind it the compressed pickle
of the cluster. Reading a pickle runs what its writer wants to have run: such a file is as trustworthy as who wrote it.
"""

from __future__ import annotations

import os
import pickle
import zlib
from pathlib import Path
from typing import Self

from . import __version__, errors
from .turns import Turns, by_turns

MARK = b"kemu cluster "
"""How the first line of a file of a cluster begins; the version follows."""

BROKEN = (
    zlib.error,
    pickle.UnpicklingError,
    EOFError,
    AttributeError,
    ImportError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)
"""What comes of reading a pickle that is cut off, damaged, or speaks of functions that are not there."""


@by_turns()
class Keeping:
    """The part of the hand that is about files."""

    _turns: Turns

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the cluster to a file, from which `Cluster.load` goes on exactly as this one would.

        The file is written whole or not at all, and only its owner can read it: secrets are in it. Raises UsageError
        where it cannot be written, or where a function that the cluster was given has no name.
        """
        content = MARK + __version__.encode() + b"\n" + zlib.compress(pickle.dumps(self, 5), 1)
        written(Path(path), content)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The cluster in a file that `save` has written, in this version of kemu. Read only files that you trust: what
        they say is run. Raises UsageError for another file, and one of another version."""
        place = Path(path)
        try:
            content = place.read_bytes()
        except OSError as problem:
            raise errors.UsageError(f"{place} cannot be read: {problem.strerror or problem}") from None
        head, _, body = content.partition(b"\n")
        if not head.startswith(MARK):
            raise errors.UsageError(f"{place} is no file of a cluster: save({str(place)!r}) writes one")
        version = head.removeprefix(MARK).decode(errors="replace")
        if version != __version__:
            raise errors.UsageError(f"{place} was written by kemu {version[:40]}, and this is kemu {__version__}")
        try:
            found = pickle.loads(zlib.decompress(body))
        except BROKEN as problem:
            raise errors.UsageError(f"{place} is damaged, or needs what is not there: {problem}") from None
        if not isinstance(found, cls):
            raise errors.UsageError(f"there is no cluster in {place}")
        return found


def is_cluster(path: Path) -> bool:
    """Whether a file is one of a cluster, and not one of manifests. Raises UsageError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(MARK)) == MARK
    except OSError as problem:
        raise errors.UsageError(f"{path} cannot be read: {problem.strerror or problem}") from None


def written(path: Path, content: bytes) -> None:
    """Write a file for its owner alone, whole or not at all. Raises UsageError where that cannot be done."""
    part = path.with_name(f".{path.name}.part")
    try:
        try:
            part.touch(mode=0o600)
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as problem:
        raise errors.UsageError(f"{path} cannot be written: {problem.strerror or problem}") from None
