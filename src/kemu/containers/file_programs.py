"""Programs that make, list and change files: `ls`, `stat`, `chmod`, `mkdir` and the like, as busybox has them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING

from .files import ALWAYS, EXECUTE, READ, WRITE, Denied, Stat
from .program import ShellError

if TYPE_CHECKING:
    from .processes import Task

NAMES = {0: "root", 65534: "nobody"}
"""What users and groups are called that have names in every image."""

FOLDER_SIZE = 4096


def name_of(number: int) -> str:
    """A user or group as programs show it."""
    return NAMES.get(number, str(number))


def _split(arguments: list[str]) -> tuple[str, list[str]]:
    """The letters of the options, and the other words."""
    letters = "".join(word[1:] for word in arguments if word.startswith("-") and not word.startswith("--"))
    return letters, [word for word in arguments if not word.startswith("-") or word == "-"]


def located(task: Task, name: str) -> str | None:
    """The path of what has a name, a folder's with a slash at its end; None if it is not there."""
    path = task.path(name)
    if path in task.files and path != "/":
        return path
    return path.rstrip("/") + "/" if task.is_folder(name) else None


# Listing


def list_files(task: Task, arguments: list[str], given: str) -> int:
    """ls, with -l, -n, -a, -A, -d and -1."""
    letters, names = _split(arguments)
    if unknown := letters.strip("lnaAd1hLF"):
        raise ShellError(f"not simulated: ls -{unknown[0]}")
    status, names = 0, names or ["."]
    for name in names:
        path = located(task, name)
        if path is None:
            task.complain(f"ls: {name}: No such file or directory")
            status = 1
        elif not path.endswith("/") or "d" in letters:
            _show(task, letters, name, path)
        else:
            task.files.demand(path, READ)
            if len(names) > 1:
                task.write(f"{name}:\n")
            _list_folder(task, letters, path)
    return status


def _list_folder(task: Task, letters: str, folder: str) -> None:
    inside = entries(task, folder)
    if "l" in letters or "n" in letters:
        task.write(f"total {4 * len(inside)}\n")
    if "a" in letters:
        _show(task, letters, ".", folder)
        _show(task, letters, "..", folder[: folder.rstrip("/").rfind("/") + 1] or "/")
    for entry in inside:
        if not entry.startswith(".") or "a" in letters or "A" in letters:
            path = folder + entry
            _show(task, letters, entry, path if path in task.files else f"{path}/")


def entries(task: Task, folder: str) -> list[str]:
    """The names of what is in a folder, in order."""
    there = chain(task.files, ALWAYS)
    return sorted({each[len(folder) :].split("/")[0] for each in there if each.startswith(folder)} - {""})


def _show(task: Task, letters: str, name: str, path: str) -> None:
    if "l" not in letters and "n" not in letters:
        task.write(f"{name}\n")
        return
    stat = task.files.stat(path)
    who = (str(stat.uid), str(stat.gid)) if "n" in letters else (name_of(stat.uid), name_of(stat.gid))
    links = 2 if path.endswith("/") else 1
    day = datetime.fromtimestamp(int(task.host.unix), UTC).strftime("%b %e %H:%M")
    owner = f"{who[0]:<8.8} {who[1]:<8.8}"
    task.write(f"{shown_mode(path, stat)} {links:4} {owner} {_size(task, path):9} {day} {name}\n")


def _size(task: Task, path: str) -> int:
    return FOLDER_SIZE if path.endswith("/") else task.files.size(path)


def shown_mode(path: str, stat: Stat) -> str:
    """A mode as `ls -l` shows it: `-rw-r--r--`."""
    text = "d" if path.endswith("/") else "-"
    for place, special, letter in ((6, 0o4000, "s"), (3, 0o2000, "s"), (0, 0o1000, "t")):
        bits = stat.mode >> place
        last = "x" if bits & EXECUTE else "-"
        if stat.mode & special:
            last = letter if bits & EXECUTE else letter.upper()
        text += ("r" if bits & READ else "-") + ("w" if bits & WRITE else "-") + last
    return text


def status_of(task: Task, arguments: list[str], given: str) -> int:
    """stat -c FORMAT, and stat alone."""
    form, names, left = "", list[str](), list(arguments)
    while left:
        word = left.pop(0)
        if word in ("-c", "--format") or word.startswith("--format="):
            form = word.partition("=")[2] if "=" in word else left.pop(0) if left else ""
        elif word not in ("-L", "-t"):
            names.append(word)
    status = 0
    for name in names:
        path = located(task, name)
        if path is None:
            task.complain(f"stat: can't stat '{name}': No such file or directory")
            status = 1
        else:
            task.write(_described(task, form or DESCRIPTION, name, path) + "\n")
    return status


DESCRIPTION = "  File: %n\n  Size: %s\t%F\nAccess: (0%a/%A)  Uid: (%u/%U)   Gid: (%g/%G)"


def _described(task: Task, form: str, name: str, path: str) -> str:
    stat = task.files.stat(path)
    kind = "directory" if path.endswith("/") else "regular file" if _size(task, path) else "regular empty file"
    values: Mapping[str, str] = {
        "a": f"{stat.mode:o}", "A": shown_mode(path, stat), "u": str(stat.uid), "g": str(stat.gid),
        "U": name_of(stat.uid), "G": name_of(stat.gid), "s": str(_size(task, path)), "n": name, "N": name, "F": kind,
        "%": "%",
    }  # fmt: skip

    def one(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise ShellError(f"not simulated: stat {found[0]}")
        return values[found[1]]

    return re.sub("%(.)", one, form)


# Changing


def _below(task: Task, path: str) -> Iterator[str]:
    """A file or folder, and all that is in it."""
    yield path
    if path.endswith("/"):
        yield from [each for each in task.files if each.startswith(path) and each != path]


CLAUSE = re.compile(r"([ugoa]*)([-+=])([rwxXst]*)")
SHIFTS = {"u": (6,), "g": (3,), "o": (0,), "a": (6, 3, 0), "": (6, 3, 0)}
BITS = {"r": READ, "w": WRITE, "x": EXECUTE}


def changed_mode(mode: int, change: str, *, is_folder: bool) -> int:
    """A mode after `chmod`'s words: `0644`, `u+x,go-w`. Raises ShellError."""
    if re.fullmatch("[0-7]{1,4}", change):
        return int(change, 8)
    for clause in change.split(","):
        found = CLAUSE.fullmatch(clause)
        if found is None:
            raise ShellError(f"chmod: invalid mode '{change}'")
        runs = is_folder or bool(mode & 0o111)
        bits = sum(BITS.get("x" if each == "X" and runs else each, 0) for each in found[3])
        places = dict.fromkeys(shift for who in found[1] or "a" for shift in SHIFTS[who])
        mask = sum(bits << shift for shift in places)
        if "s" in found[3]:
            mask |= sum({6: 0o4000, 3: 0o2000}.get(shift, 0) for shift in places)
        if "t" in found[3]:
            mask |= 0o1000
        if found[2] == "=":
            mode &= ~sum(7 << shift for shift in places)
        mode = mode & ~mask if found[2] == "-" else mode | mask
    return mode


def change_mode(task: Task, arguments: list[str], given: str) -> int:
    """chmod MODE FILE..., with -R."""
    recursive = "-R" in arguments
    words = [word for word in arguments if word not in ("-R", "-v", "-c", "-f")]

    def change(path: str) -> None:
        mode = changed_mode(task.files.stat(path).mode, words[0], is_folder=path.endswith("/"))
        task.files.chmod(path, mode)

    return _each(task, "chmod", words[1:], recursive, change)


def change_owner(task: Task, arguments: list[str], given: str) -> int:
    """chown USER[:GROUP] FILE..., with -R."""
    return _chown(task, "chown", arguments)


def change_group(task: Task, arguments: list[str], given: str) -> int:
    """chgrp GROUP FILE..., with -R."""
    letters, words = _split(arguments)
    return _chown(task, "chgrp", [*(["-R"] if "R" in letters else []), f":{words[0]}" if words else "", *words[1:]])


def _chown(task: Task, program: str, arguments: list[str]) -> int:
    letters, words = _split(arguments)
    user, _, group = (words[0] if words else "").replace(".", ":").partition(":")

    def number(name: str) -> int | None:
        known = {known: each for each, known in NAMES.items()}
        if name and not name.isdigit() and name not in known:
            raise ShellError(f"{program}: unknown user/group {name}")
        return None if not name else known[name] if name in known else int(name)

    uid, gid = number(user), number(group)
    return _each(task, program, words[1:], "R" in letters, lambda path: task.files.chown(path, uid, gid))


def _each(task: Task, program: str, names: list[str], recursive: bool, change: Callable[[str], None]) -> int:
    status = 0
    for name in names:
        path = located(task, name)
        if path is None:
            task.complain(f"{program}: {name}: No such file or directory")
            status = 1
            continue
        for each in list(_below(task, path)) if recursive else [path]:
            try:
                change(each)
            except Denied as refusal:
                task.complain(f"{program}: {name}: {refusal}")
                status = 1
                break
    return status


def touch(task: Task, arguments: list[str], given: str) -> int:
    """touch FILE...: make what is not there."""
    for name in _split(arguments)[1]:
        path = located(task, name)
        if path is None:
            task.files[task.path(name)] = ""
        else:
            task.files.demand(path, WRITE)
    return 0


def remove(task: Task, arguments: list[str], given: str) -> int:
    """rm, with -r and -f."""
    letters, names = _split(arguments)
    forced, recursive = "f" in letters, "r" in letters.lower()
    status = 0
    for name in names:
        path = task.path(name)
        below = path.rstrip("/") + "/"
        inside = [each for each in task.files if each == path or (recursive and each.startswith(below))]
        try:
            for each in inside:
                del task.files[each]
        except Denied as refusal:
            task.complain(f"rm: can't remove '{name}': {refusal}")
            status = 1
        if not inside and not forced:
            why = f"can't remove '{name}': No such file or directory"
            task.complain(f"rm: '{name}' is a directory" if task.is_folder(name) else f"rm: {why}")
            status = 1
    return status


def remove_folder(task: Task, arguments: list[str], given: str) -> int:
    """rmdir FOLDER..."""
    status = 0
    for name in _split(arguments)[1]:
        path = located(task, name)
        if path is None or not path.endswith("/") or entries(task, path):
            why = "Directory not empty" if path and path.endswith("/") else "Not a directory"
            why = why if path else "No such file or directory"
            task.complain(f"rmdir: '{name}': {why}")
            status = 1
        elif path in task.files:
            del task.files[path]
    return status


def make_folder(task: Task, arguments: list[str], given: str) -> int:
    """mkdir, with -p and -m."""
    left, names, parents, mode = list(arguments), list[str](), False, ""
    while left:
        word = left.pop(0)
        if word.startswith("-") and word.endswith("m"):
            mode = left.pop(0) if left else ""
        elif not word.startswith("-"):
            names.append(word)
        parents = parents or (word.startswith("-") and "p" in word)
    status = 0
    for name in names:
        there = located(task, name)
        if there is not None and not (parents and there.endswith("/")):
            task.complain(f"mkdir: can't create directory '{name}': File exists")
            status = 1
            continue
        path = task.path(name).rstrip("/") + "/"
        try:
            task.files.setdefault(path)
            if mode:
                task.files.chmod(path, changed_mode(0o777, mode, is_folder=True))
        except Denied as refusal:
            task.complain(f"mkdir: can't create directory '{name}': {refusal}")
            status = 1
    return status


def copy(task: Task, arguments: list[str], given: str) -> int:
    """cp, also of folders."""
    return _copied(task, arguments, "cp")


def move(task: Task, arguments: list[str], given: str) -> int:
    """mv."""
    return _copied(task, arguments, "mv")


def _copied(task: Task, arguments: list[str], program: str) -> int:
    names = _split(arguments)[1]
    if len(names) < 2:
        task.complain(f"{program}: missing file operand")
        return 1
    target = task.path(names[-1])
    into = names[-1].endswith("/") or task.is_folder(names[-1]) or len(names) > 2
    status = 0
    for name in names[:-1]:
        path = task.path(name)
        goal = target.rstrip("/") + "/" + path.rsplit("/", 1)[-1] if into else target
        found = [each for each in task.files if each == path or each.startswith(path.rstrip("/") + "/")]
        task.charge(len(task.files) + 10 * len(found), 1)
        for each in found:
            task.files[goal + each[len(path) :]] = task.files[each]
            if program == "mv":
                del task.files[each]
        if not found:
            verb = "stat" if program == "cp" else "rename"
            task.complain(f"{program}: can't {verb} '{name}': No such file or directory")
            status = 1
    return status


LARGEST = 1 << 24
"""Bytes that `dd` writes at most: more is more than a container of this size has memory for."""


def convert(task: Task, arguments: list[str], given: str) -> int:
    """dd, from a file or a device: if=, of=, bs= and count=."""
    said = dict(word.split("=", 1) for word in arguments if "=" in word)
    size = _bytes(said.get("bs", "512"))
    source, target = said.get("if", ""), said.get("of", "")
    if source in ("/dev/zero", "/dev/urandom", "/dev/random"):
        wanted = size * int(said.get("count", "1"))
        if wanted > LARGEST:
            raise ShellError(f"not simulated: dd of more than {LARGEST} bytes")
        text = "\0" * wanted
    else:
        text = given if not source else task.files[task.path(source)] if located(task, source) else ""
        text = text[: size * int(said["count"])] if "count" in said else text
    if target and target != "/dev/null":
        task.files[task.path(target)] = text
    elif not target:
        task.write(text)
    whole, part = divmod(len(text), size)
    task.complain(f"{whole}+{int(bool(part))} records in\n{whole}+{int(bool(part))} records out")
    return 0


UNITS = {"": 1, "c": 1, "k": 1024, "K": 1024, "M": 1024**2, "G": 1024**3}


def _bytes(text: str) -> int:
    found = re.fullmatch(r"(\d+)([ckKMG]?)B?", text)
    if not found:
        raise ShellError(f"dd: invalid number '{text}'")
    return int(found[1]) * UNITS[found[2]]


def usage(task: Task, arguments: list[str], given: str) -> int:
    """du: the kilobytes of folders and files."""
    letters, names = _split(arguments)
    for name in names or ["."]:
        path = located(task, name)
        if path is None:
            task.complain(f"du: {name}: No such file or directory")
            return 1
        total = sum(4 if each.endswith("/") else -(-task.files.size(each) // 4096) * 4 for each in _below(task, path))
        task.write(f"{max(total, 4)}{'K' if 'h' in letters else ''}\t{name}\n")
    return 0


KINDS = {"/": "overlay", "/dev": "tmpfs", "/proc": "proc", "/sys": "sysfs", "/sys/fs/cgroup": "cgroup2"}
"""What is mounted in every container; all else is a volume."""


def mounts(task: Task, arguments: list[str], given: str) -> int:
    """mount, with -t: what is mounted where."""
    wanted = ""
    if arguments[:1] == ["-t"] and len(arguments) == 2:
        wanted = arguments[1]
    elif arguments:
        raise ShellError(f"not simulated: mount {' '.join(arguments)}")
    volumes = {place.rstrip("/") or "/": fixed for place, fixed in sorted(task.files.rights.places)}
    for place, fixed in {"/": False, "/sys/fs/cgroup": True, **volumes}.items():
        kind = KINDS.get(place, "ext4")
        if wanted in ("", kind):
            task.write(f"{kind} on {place} type {kind} ({'ro' if fixed else 'rw'},relatime)\n")
    return 0


# Who somebody is


def identity(task: Task, arguments: list[str], given: str) -> int:
    """id, with -u, -g, -G and -n."""
    letters, _ = _split(arguments)
    user = task.files.rights.user
    groups = list(dict.fromkeys((user.gid, *user.groups)))
    shown = name_of if "n" in letters else str
    if unknown := letters.strip("ugGn"):
        raise ShellError(f"not simulated: id -{unknown[0]}")
    if "u" in letters or "g" in letters:
        text = shown(user.uid if "u" in letters else user.gid)
    elif "G" in letters:
        text = " ".join(shown(each) for each in groups)
    else:
        text = f"uid={_both(user.uid)} gid={_both(user.gid)} groups={','.join(_both(each) for each in groups)}"
    task.write(f"{text}\n")
    return 0


def _both(number: int) -> str:
    return f"{number}({NAMES[number]})" if number in NAMES else str(number)


def who_am_i(task: Task, arguments: list[str], given: str) -> int:
    """whoami; a user without a name is unknown."""
    uid = task.files.rights.user.uid
    if uid not in NAMES:
        task.complain(f"whoami: unknown uid {uid}")
        return 1
    task.write(f"{NAMES[uid]}\n")
    return 0


def mask(task: Task, arguments: list[str]) -> int:
    """umask: the bits that new files do not have."""
    if not arguments:
        task.write(f"{task.umask:04o}\n")
    else:
        if not re.fullmatch("[0-7]{1,4}", arguments[0]):
            raise ShellError(f"umask: illegal mode: {arguments[0]}")
        task.umask = task.files.umask = int(arguments[0], 8)
    return 0
