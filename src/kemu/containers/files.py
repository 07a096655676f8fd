"""Files: what is in them, who may do what with them, and where a container has them.

Between two moments a container's files are frozen maps: contents by path, and `Stat`s of what is not as usual. A folder
is a path that ends in a slash; most folders are there because something is in them. While processes work, `Files` is
the same as a dict that refuses what the container's user may not do.

    usual         mode   owner
    a file        0644   root
    a folder      0755   root, but for /tmp and /dev/shm, which are everybody's
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import overload

import attrs

from ..values.frozen import FrozenMap
from .tape import Tape

ALWAYS = (
    "/",
    *(f"/{name}/" for name in ("bin", "dev", "etc", "home", "lib", "proc", "root", "sys", "tmp", "usr", "var")),
)
"""Folders that are there although nothing is known to be in them."""

PIECE = 4096
"""Characters from which on a text that grows is kept in pieces."""


FULL = "No space left on device"

DISK = 1 << 26
"""So many characters the files of a container have together at most."""

MOST_FILES = 5_000
"""So many files and folders a container has at most."""

MUCH = 1 << 16
"""Characters from which on it is asked whether a write has room."""


NO_PIECES: Tape[str] = Tape()


@attrs.frozen
class Grown:
    """A long text that was written bit by bit: adding to it does not copy it."""

    pieces: Tape[str] = NO_PIECES
    size: int = 0
    end: str = ""
    """The last piece, which may still get longer."""

    def plus(self, text: str) -> Grown:
        """The text with some more behind it. O(added)."""
        if len(self.end) < PIECE:
            return Grown(self.pieces, self.size + len(text), self.end + text)
        return Grown(self.pieces.plus(self.end), self.size + len(text), text)

    def since(self, place: int) -> str:
        """The text from a place on. O(result)."""
        missing, number, found = self.size - len(self.end) - place, len(self.pieces), [self.end]
        while missing > 0:
            number -= 1
            found.append(self.pieces[number])
            missing -= len(found[-1])
        found.reverse()
        return "".join(found)[-missing if missing < 0 else 0 :]

    def __str__(self) -> str:
        return "".join([*self.pieces, self.end])


@attrs.frozen
class Issued:
    """A service account's token, which is written when somebody reads it.

    It is bound to a pod, lasts `seconds`, and was first issued at a moment (virtual seconds since the start); a new one
    is there when most of its time is over.
    """

    namespace: str
    account: str
    pod: str
    pod_uid: str
    node: str
    audience: str
    seconds: int
    since: float

    def moment(self, now: float) -> float:
        """When the token was issued that is there now."""
        lasts = self.seconds * 0.8
        return self.since + (now - self.since) // lasts * lasts


def to_bytes(text: str) -> bytes:
    """What a text is outside of a container: bytes that are no UTF-8 come out as they went in (`to_text`)."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace")


def to_text(data: bytes) -> str:
    """Bytes as they are kept in files and pipes."""
    return data.decode("utf-8", "surrogateescape")


Content = str | Grown | Issued
Writer = Callable[[Issued], str]
"""Who writes a token that somebody reads."""


@attrs.frozen
class Stat:
    """The mode of a file or folder, and whose it is."""

    mode: int
    uid: int = 0
    gid: int = 0


@attrs.frozen
class Tree:
    """A folder with all that is in it, by paths in it: what is in a volume. `stats` has the folder itself as ``."""

    files: FrozenMap[str, Content] = FrozenMap()
    stats: FrozenMap[str, Stat] = FrozenMap()

    def size(self) -> int:
        """How many characters are in it. O(files)."""
        return sum(0 if isinstance(each, Issued) else size_of(each) for each in self.files.values())

    def below(self, folder: str) -> Tree:
        """One of its folders as a tree. O(files)."""
        prefix = folder.strip("/") + "/"
        if prefix == "/":
            return self
        files = {path[len(prefix) :]: text for path, text in self.files.items() if path.startswith(prefix)}
        stats = {path[len(prefix) :]: stat for path, stat in self.stats.items() if path.startswith(prefix)}
        files.pop("", None)
        return Tree(FrozenMap(files), FrozenMap(stats))

    def with_below(self, folder: str, inner: Tree) -> Tree:
        """The tree with another one in place of one of its folders, which is made if it was not there. O(files)."""
        prefix = folder.strip("/") + "/"
        if prefix == "/":
            return inner
        files = {path: text for path, text in self.files.items() if not path.startswith(prefix)}
        stats = {path: stat for path, stat in self.stats.items() if not path.startswith(prefix)}
        files.update({prefix: "", **{prefix + path: text for path, text in inner.files.items()}})
        stats.update({prefix + path: stat for path, stat in inner.stats.items()})
        return Tree(FrozenMap(files), FrozenMap(stats))


NOTHING = Tree()


def size_of(content: Content) -> int:
    """How many characters a file has. A token has some."""
    return content.size if isinstance(content, Grown) else 1 if isinstance(content, Issued) else len(content)


@attrs.frozen
class User:
    """As whom a process runs."""

    uid: int = 0
    gid: int = 0
    groups: tuple[int, ...] = ()
    """Further groups."""


ROOT = User()


@attrs.frozen
class Rights:
    """Who runs in a container, and which of its folders may be written to at all: the longest path counts."""

    user: User = ROOT
    places: tuple[tuple[str, bool], ...] = ()
    """Folders, or files, and whether they are read-only, the longest first."""

    def is_read_only(self, path: str) -> bool:
        """Whether nobody may write there. O(places)."""
        return next((fixed for place, fixed in self.places if path.startswith(place)), False)


AS_ROOT = Rights()
SHARED = Stat(0o1777)
USUAL = {"/tmp/": SHARED, "/var/tmp/": SHARED, "/dev/shm/": SHARED, "/root/": Stat(0o700)}
FILE, FOLDER = Stat(0o644), Stat(0o755)
READ, WRITE, EXECUTE = 4, 2, 1
UMASK = 0o022


class Denied(Exception):
    """A process may not do that with a file; the text is what the kernel says."""

    def __init__(self, path: str, why: str) -> None:
        super().__init__(why)
        self.path = path


class Files(dict[str, Content]):
    """Files by path while processes work with them: reading gives texts, and writing asks whether it is allowed.

    Raises Denied where it is not.
    """

    __slots__ = ("changed", "issue", "rights", "stats", "umask")

    def __init__(
        self, contents: Mapping[str, Content], stats: Mapping[str, Stat], rights: Rights, issue: Writer
    ) -> None:
        super().__init__(contents)
        self.stats = dict(stats)
        self.rights = rights
        self.issue = issue
        self.umask = UMASK
        self.changed = False

    # Reading

    def __getitem__(self, path: str) -> str:
        content = super().__getitem__(path)
        if self.rights.user.uid:
            self.demand(path, READ)
        return content if isinstance(content, str) else self._text(content)

    @overload  # type: ignore[override]
    def get(self, path: str) -> str | None: ...
    @overload
    def get(self, path: str, default: str) -> str: ...
    def get(self, path: str, default: str | None = None) -> str | None:
        """The text of a file, or the default if there is none."""
        if path not in self:
            return default
        return self[path]

    def _text(self, content: Content) -> str:
        return self.issue(content) if isinstance(content, Issued) else str(content)

    def size(self, path: str) -> int:
        """How many characters a file has; 0 if there is none. O(1)."""
        content = super().get(path, "")
        return len(self.issue(content)) if isinstance(content, Issued) else size_of(content)

    def since(self, path: str, place: int) -> str:
        """What is in a file behind a place. O(result)."""
        content = super().get(path, "")
        return content.since(place) if isinstance(content, Grown) else self._text(content)[place:]

    def stat(self, path: str) -> Stat:
        """The mode and owner of what is at a path; a folder's ends in a slash."""
        found = self.stats.get(path) or USUAL.get(path)
        return found or (FOLDER if path.endswith("/") else FILE)

    # Writing

    def __setitem__(self, path: str, text: Content) -> None:
        if path in self:
            self.demand(path, WRITE)
        else:
            self._make(path, 0o777 if path.endswith("/") else 0o666)
        if size_of(text) > MUCH:
            self._fill(path, size_of(text))
        self.changed = True
        super().__setitem__(path, text)

    def _fill(self, path: str, size: int) -> None:
        """Raise Denied if the disk has no room for a file of a size."""
        others = [size_of(each) for place, each in self.items() if place != path]
        if size + sum(others) > DISK:
            raise Denied(path, FULL)

    def setdefault(self, path: str, default: str = "") -> str:  # type: ignore[override]
        """The text of a file, which is made with the default if it was not there."""
        if path not in self:
            self[path] = default
        return self[path]

    def __delitem__(self, path: str) -> None:
        self.demand(folder_of(path), WRITE, path)
        self.changed = True
        self.stats.pop(path, None)
        super().__delitem__(path)

    def append(self, path: str, text: str) -> None:
        """Write behind what is in a file. O(added)."""
        content = super().get(path, "")
        if isinstance(content, Issued):
            content = self.issue(content)
        if isinstance(content, str) and len(content) >= PIECE:
            content = Grown(Tape(), len(content), content)
        self[path] = content.plus(text) if isinstance(content, Grown) else content + text

    def create(self, path: str, text: str, mode: int) -> None:
        """Write a file, with a mode of its own if it was not there."""
        is_new = path not in self
        self[path] = text
        if is_new:
            self.chmod(path, mode & ~self.umask)

    def chmod(self, path: str, mode: int) -> None:
        """Give a file or folder another mode."""
        stat = self.stat(path)
        self._own(path, stat)
        self._note(path, attrs.evolve(stat, mode=mode))

    def chown(self, path: str, uid: int | None, gid: int | None) -> None:
        """Give a file or folder to another user or group."""
        stat = self.stat(path)
        self._own(path, stat)
        if self.rights.user.uid and uid not in (None, stat.uid):
            raise Denied(path, "Operation not permitted")
        self._note(path, Stat(stat.mode, stat.uid if uid is None else uid, stat.gid if gid is None else gid))

    def _own(self, path: str, stat: Stat) -> None:
        if self.rights.is_read_only(path):
            raise Denied(path, "Read-only file system")
        if self.rights.user.uid not in (0, stat.uid):
            raise Denied(path, "Operation not permitted")

    def _make(self, path: str, mode: int) -> None:
        """What is made belongs to its user, and to the group of its folder if that says so."""
        folder = folder_of(path)
        self.demand(folder, WRITE, path)
        if len(self) >= MOST_FILES:
            raise Denied(path, FULL)
        user, parent = self.rights.user, self.stat(folder)
        inherits = bool(parent.mode & 0o2000)
        if inherits and path.endswith("/"):
            mode |= 0o2000
        self._note(path, Stat(mode & ~self.umask, user.uid, parent.gid if inherits else user.gid))

    def _note(self, path: str, stat: Stat) -> None:
        self.changed = True
        self.stats.pop(path, None)
        if stat != self.stat(path):
            self.stats[path] = stat

    def demand(self, path: str, right: int, named: str = "") -> None:
        """Raise Denied, with a name if it is about something else, if the user may not do so with what is at a path."""
        if right == WRITE and self.rights.is_read_only(path):
            raise Denied(named or path, "Read-only file system")
        if not self.may(path, right):
            raise Denied(named or path, "Permission denied")

    def may(self, path: str, right: int) -> bool:
        """Whether the mode of a file or folder lets the user do that."""
        user = self.rights.user
        if not user.uid:
            return True
        stat = self.stat(path)
        if stat.uid == user.uid:
            return bool(stat.mode >> 6 & right)
        ours = stat.gid == user.gid or stat.gid in user.groups
        return bool((stat.mode >> 3 if ours else stat.mode) & right)


def folder_of(path: str) -> str:
    """The folder in which something is."""
    return path.rstrip("/").rpartition("/")[0] + "/"
