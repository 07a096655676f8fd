"""`tar`: packing and unpacking files through standard input and output, as `kubectl cp` does it.

Files hold text here: bytes that are none become replacement characters.
"""

from __future__ import annotations

import io
import tarfile
from typing import IO, TYPE_CHECKING

from .files import to_bytes, to_text
from .program import ShellError

if TYPE_CHECKING:
    from .processes import Task

KNOWN = frozenset("cxtfvmphoP")
MODE = 0o644
FOLDER_MODE = 0o755


def tar(task: Task, arguments: list[str], given: str) -> int:
    """Make an archive (`c`), unpack one (`x`) or list it (`t`). Raises ShellError for what is not simulated."""
    letters, names, archive, folder = _read(arguments)
    if "c" in letters:
        return _pack(task, names, archive, folder)
    if archive == "-":
        data = given
    elif (found := task.files.get(task.path(archive))) is not None:
        data = found
    else:
        task.complain(f"tar: can't open '{archive}': No such file or directory")
        return 1
    try:
        with tarfile.open(fileobj=io.BytesIO(to_bytes(data)), mode="r:") as opened:
            members = [(each, opened.extractfile(each)) for each in opened.getmembers()]
            return _unpack(task, letters, members, names, folder)
    except (tarfile.TarError, EOFError):
        task.complain("tar: invalid tar magic" if data else "tar: short read")
        return 1


def _read(arguments: list[str]) -> tuple[str, list[str], str, str]:
    """The letters of the options, the names, where the archive is, and in which folder names begin."""
    letters, names, archive, folder = "", [], "-", ""
    left = list(arguments)
    if left and not left[0].startswith("-"):
        left[0] = f"-{left[0]}"
    while left:
        word = left.pop(0)
        if word in ("-C", "--directory"):
            folder = left.pop(0) if left else ""
        elif word == "--":
            names += left
            break
        elif word.startswith("-") and len(word) > 1:
            if word.startswith("--") or set(word[1:]) - KNOWN:
                raise ShellError(f"not simulated: tar {word}")
            letters += word[1:]
            if "f" in word:
                archive = left.pop(0) if left else "-"
        else:
            names.append(word)
    if len(set(letters) & set("cxt")) != 1:
        raise ShellError("tar: use one of c, x and t")
    return letters, names, archive, folder


def _pack(task: Task, names: list[str], archive: str, folder: str) -> int:
    target, status = io.BytesIO(), 0
    with tarfile.open(fileobj=target, mode="w:", format=tarfile.GNU_FORMAT) as packed:
        for name in names:
            path = task.path(f"{folder.rstrip('/')}/{name}" if folder and not name.startswith("/") else name)
            below = path.rstrip("/") + "/"
            found = [each for each in sorted(task.files) if each == path or each.startswith(below)]
            if not found and not task.is_folder(path):
                task.complain(f"tar: {name}: No such file or directory")
                status = 1
            for each in found:
                _add(packed, (name.rstrip("/") + each[len(path.rstrip("/")) :]).lstrip("/"), task.files[each])
    text = to_text(target.getvalue())
    if archive == "-":
        task.write(text)
    else:
        task.files[task.path(archive)] = text
    return status


def _add(packed: tarfile.TarFile, name: str, text: str) -> None:
    entry = tarfile.TarInfo(name.rstrip("/"))
    if name.endswith("/"):
        entry.type, entry.mode = tarfile.DIRTYPE, FOLDER_MODE
        packed.addfile(entry)
        return
    data = to_bytes(text)
    entry.size, entry.mode = len(data), MODE
    packed.addfile(entry, io.BytesIO(data))


Members = list[tuple[tarfile.TarInfo, IO[bytes] | None]]


def _unpack(task: Task, letters: str, members: Members, names: list[str], folder: str) -> int:
    for entry, content in members:
        if names and entry.name not in names and not any(entry.name.startswith(f"{each}/") for each in names):
            continue
        if "t" in letters or "v" in letters:
            task.write(entry.name + ("/" if entry.isdir() else "") + "\n")
        if "t" in letters:
            continue
        path = task.path(f"{folder.rstrip('/') or '.'}/{entry.name}" if folder else entry.name)
        if entry.isdir():
            task.files.setdefault(path.rstrip("/") + "/", "")
        elif content is not None:
            task.files[path] = to_text(content.read())
    return 0


def reads_archive(arguments: list[str]) -> bool:
    """Whether the archive is what is put in."""
    try:
        letters, _, archive, _ = _read(arguments)
    except ShellError:
        return False
    return archive == "-" and "c" not in letters
