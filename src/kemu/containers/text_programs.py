"""Programs that read text and print text: cat, grep, sed, awk, cut, sort and their kin, for their simple uses.

What they do not simulate they refuse with a ShellError that names it.
"""

from __future__ import annotations

import base64
import binascii
import re
from getopt import GetoptError, gnu_getopt
from typing import TYPE_CHECKING

from .files import to_bytes, to_text
from .machine import Wait
from .patterns import regex
from .program import ShellError, command_of

if TYPE_CHECKING:
    from .processes import Task

MANY = 100_000


def reads_input(arguments: list[str], files_after: int, values: str) -> bool:
    """Whether a program is given no file, so that it reads its input."""
    words, left = [], list(arguments)
    while left:
        argument = left.pop(0)
        if argument.startswith("-") and len(argument) > 1:
            if argument[-1] in values and not argument.startswith("--"):
                left.pop(0) if left else None
                files_after -= argument[-1] in "e" and "e" in values
            elif argument[1] == "e" and "e" in values:
                files_after -= 1
        else:
            words.append(argument)
    files = words[max(files_after, 0) :]
    return not files or "-" in files


def options_of(
    name: str, arguments: list[str], short: str, long: tuple[str, ...] = ()
) -> tuple[dict[str, str], list[str]]:
    """The options and other words of a command line. Raises ShellError for an option that is not simulated."""
    try:
        found, words = gnu_getopt(arguments, short, list(long))
    except GetoptError as problem:
        raise ShellError(f"not simulated: {name}: {problem.msg}") from None
    return {option.lstrip("-"): value for option, value in found}, words


def texts_of(task: Task, name: str, files: list[str], given: str) -> tuple[list[str], int]:
    """What is in the files, or what was read if there are none; and the status."""
    texts, status = named_texts(task, name, files, given)
    return [content for _, content in texts], status


def named_texts(task: Task, name: str, files: list[str], given: str) -> tuple[list[tuple[str, str]], int]:
    """The same, with the name of each file that can be read."""
    if not files:
        return [("", given)], 0
    texts: list[tuple[str, str]] = []
    status = 0
    for file in files:
        content = given if file == "-" else "" if file == "/dev/null" else task.files.get(task.path(file))
        if content is None:
            why = "Is a directory" if task.is_folder(file) else "No such file or directory"
            task.complain(f"{name}: can't open '{file}': {why}" if name == "cat" else f"{name}: {file}: {why}")
            status = 1
        else:
            task.charge(len(content))
            texts.append((file, content))
    return texts, status


def _title(files: list[str], file: str, first: bool) -> str:
    """What stands above what is shown of one of several files."""
    return f"{'' if first else chr(10)}==> {file} <==\n" if len(files) > 1 else ""


def _print(task: Task, lines: list[str]) -> None:
    if lines:
        task.write("".join(line + "\n" for line in lines))


def _count(name: str, value: str) -> int:
    if not value.lstrip("+-").isdigit():
        raise ShellError(f"{name}: invalid number '{value}'")
    return int(value)


def cat(task: Task, arguments: list[str], given: str) -> int:
    """One file after the other, be it as an error that there is none."""
    options, files = options_of("cat", arguments, "nu")
    failed = 0
    for file in files or ["-"]:
        texts, status = texts_of(task, "cat", [file], given)
        failed |= status
        for content in texts:
            if "n" in options:
                content = "".join(f"{number:6}\t{line}\n" for number, line in enumerate(content.splitlines(), 1))
            if content:
                task.write(content)
    return failed


def tee(task: Task, arguments: list[str], given: str) -> int:
    options, files = options_of("tee", arguments, "ai")
    for name in map(task.path, files):
        if name in ("/dev/stderr", "/dev/stdout", "/proc/1/fd/1", "/proc/1/fd/2"):
            task.complain(given.removesuffix("\n"))
        elif name != "/dev/null":
            if "a" not in options and not task.rounds:
                task.files[name] = ""
            task.files.append(name, given)
    if given:
        task.write(given)
    return 0


def grep(task: Task, arguments: list[str], given: str) -> int:
    return _grep(task, arguments, given, False)


def extended_grep(task: Task, arguments: list[str], given: str) -> int:
    return _grep(task, arguments, given, True)


def _grep(task: Task, arguments: list[str], given: str, extended: bool) -> int:
    options, words = options_of("grep", arguments, "EFivqcnolhxwse:", ("line-buffered", "quiet", "color="))
    if "e" not in options and not words:
        task.complain("usage: grep PATTERN [FILE]...")
        return 2
    pattern = options["e"] if "e" in options else words.pop(0)
    found = regex(
        pattern,
        extended=extended or "E" in options,
        fixed="F" in options,
        ignore_case="i" in options,
        only="line" if "x" in options else "word" if "w" in options else "",
    )
    texts, status = named_texts(task, "grep", words, given)
    lines: list[str] = []
    names = []
    counts = []
    task.charge(sum(len(content) for _, content in texts), 4)
    for name, content in texts:
        matched = [
            (number, line)
            for number, line in enumerate(content.splitlines(), 1)
            if found.search(line) != ("v" in options)
        ]
        prefix = f"{name}:" if len(words) > 1 and "h" not in options else ""
        counts.append(f"{prefix}{len(matched)}")
        if matched and name:
            names.append(name)
        for number, line in matched:
            shown = list(found.find_all(line)) if "o" in options and found.search(line) else [line]
            lines.extend(prefix + (f"{number}:" if "n" in options else "") + each for each in shown)
    task.carried = int(bool(task.carried or lines))
    if "c" in options:
        lines = counts
    if "l" in options:
        lines = names
    if "q" not in options and "quiet" not in options:
        _print(task, lines)
    return 2 if status and "s" not in options else int(not task.carried)


def head(task: Task, arguments: list[str], given: str) -> int:
    """The first lines; when it has them, it reads no further."""
    arguments = [f"-n{each[1:]}" if re.fullmatch(r"-\d+", each) else each for each in arguments]
    options, files = options_of("head", arguments, "n:c:q")
    texts, status = named_texts(task, "head", files, given)
    if len(files) > 1:
        return _heads(task, options, files, texts) or status
    content = "".join(each for _, each in texts)
    if "c" in options:
        limit = _count("head", options["c"]) - task.carried
        piece = content[:limit]
        task.carried += len(piece)
        task.write(piece)
        return status - (1 if len(piece) >= limit else 0)
    limit = _count("head", options.get("n", "10"))
    lines = content.splitlines(keepends=True)
    shown = lines[:limit] if limit < 0 else lines[: limit - task.carried]
    task.carried += len(shown)
    if shown:
        task.write("".join(shown))
    return -1 if not status and task.carried >= limit >= 0 else status


def _heads(task: Task, options: dict[str, str], files: list[str], texts: list[tuple[str, str]]) -> int:
    """The beginnings of several files."""
    for place, (name, content) in enumerate(texts):
        unit = list(content) if "c" in options else content.splitlines(keepends=True)
        shown = unit[: _count("head", options.get("c", options.get("n", "10")))]
        task.write(("" if "q" in options else _title(files, name, not place)) + "".join(shown))
    return 0


def tail(task: Task, arguments: list[str], given: str) -> int:
    """The last lines; with -f or -F what is added later, too."""
    arguments = [f"-n{each[1:]}" if re.fullmatch(r"-\d+", each) else each for each in arguments]
    options, files = options_of("tail", arguments, "n:c:fFqs:", ("follow=", "retry"))
    title = "q" not in options
    follows = "f" in options or "F" in options or "follow" in options
    if follows and files in (["/dev/null"], ["/dev/stdout"], ["/proc/1/fd/1"]):
        task.sleep(float("inf"))
        return 0
    if follows and len(files) != 1:
        raise ShellError(f"not simulated: tail {' '.join(arguments)}")
    if follows and task.path(files[0]) not in task.files and ("F" in options or "retry" in options):
        if not task.rounds:
            task.complain(f"tail: can't open '{files[0]}': No such file or directory")
        return task.again(Wait("file", path=task.path(files[0])))
    if follows and task.rounds:
        task.write(task.files.since(task.path(files[0]), task.carried))
        texts, status = list[tuple[str, str]](), 0
    else:
        texts, status = named_texts(task, "tail", files, given)
    for place, (name, content) in enumerate(texts):
        unit = list(content) if "c" in options else content.splitlines(keepends=True)
        value = options.get("c", options.get("n", "10"))
        count = _count("tail", value)
        shown = unit[count - 1 if count else 0 :] if value.startswith("+") else unit[-abs(count) :] if count else []
        task.write((_title(files, name, not place) if title else "") + "".join(shown))
    if follows and not status:
        path = task.path(files[0])
        task.carried = task.files.size(path)
        return task.again(Wait("file", number=task.carried, path=path))
    return status


def word_count(task: Task, arguments: list[str], given: str) -> int:
    options, files = options_of("wc", arguments, "lwcm")
    texts, status = named_texts(task, "wc", files, given)
    letters = [letter for letter in "lwcm" if letter in options] or list("lwc")
    total = dict.fromkeys(letters, 0)
    for name, content in texts:
        counts = {
            "l": content.count("\n"),
            "w": len(content.split()),
            "c": len(to_bytes(content)),
            "m": len(content),
        }
        total = {letter: total[letter] + counts[letter] for letter in letters}
        task.write(" ".join([*[str(counts[letter]) for letter in letters], *filter(None, [name])]) + "\n")
    if len(files) > 1:
        task.write(" ".join([*map(str, total.values()), "total"]) + "\n")
    return status


def sequence(task: Task, arguments: list[str], given: str) -> int:
    options, words = options_of("seq", arguments, "ws:") if arguments[:1] not in (["-1"],) else ({}, arguments)
    numbers = [_count("seq", word) for word in words]
    if not 1 <= len(numbers) <= 3:
        task.complain("usage: seq [FIRST [STEP]] LAST")
        return 1
    first, step, last = (1, 1, numbers[0]) if len(numbers) == 1 else (numbers[0], 1, numbers[-1])
    if len(numbers) == 3:
        step = numbers[1]
    if not step:
        raise ShellError("seq: invalid step 0")
    if abs(last - first) // abs(step) > MANY:
        raise ShellError(f"not simulated: seq of more than {MANY} numbers")
    values = [str(number) for number in range(first, last + (1 if step > 0 else -1), step)]
    if "w" in options:
        values = [value.zfill(max(map(len, values))) for value in values]
    if values:
        task.write(options.get("s", "\n").join(values) + "\n")
    return 0


def cut(task: Task, arguments: list[str], given: str) -> int:
    options, files = options_of("cut", arguments, "d:f:c:s")
    texts, status = texts_of(task, "cut", files, given)
    ranges = options.get("f", options.get("c", ""))
    chosen: list[tuple[int, int]] = []
    for piece in ranges.split(","):
        first, dash, last = piece.partition("-")
        if not piece.replace("-", "").isdigit():
            raise ShellError(f"cut: invalid range '{ranges}'")
        chosen.append((int(first or 1), int(last) if last else 1_000_000 if dash else int(first)))
    lines = []
    for line in "".join(texts).splitlines():
        separator = options.get("d", "\t") if "f" in options else ""
        if separator and separator not in line:
            lines += [] if "s" in options else [line]
            continue
        fields = line.split(separator) if separator else list(line)
        kept = [each for place, each in enumerate(fields, 1) if any(low <= place <= high for low, high in chosen)]
        lines.append(separator.join(kept))
    _print(task, lines)
    return status


def _characters(text: str) -> str:
    for name, characters in (
        ("[:upper:]", "A-Z"),
        ("[:lower:]", "a-z"),
        ("[:digit:]", "0-9"),
        ("[:alnum:]", "A-Za-z0-9"),
        ("[:alpha:]", "A-Za-z"),
        ("[:space:]", " \\t\\n"),
    ):
        text = text.replace(name, characters)
    text = text.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r").replace("\\0", "\0")

    def spread(found: re.Match[str]) -> str:
        return "".join(chr(code) for code in range(ord(found[1]), ord(found[2]) + 1))

    return re.sub(r"([A-Za-z0-9])-([A-Za-z0-9])", spread, text)


def translate(task: Task, arguments: list[str], given: str) -> int:
    options, words = options_of("tr", arguments, "dscC")
    sets = [_characters(word) for word in words]
    if not sets:
        task.complain("usage: tr [-ds] SET1 [SET2]")
        return 1
    result = given
    complement = "c" in options or "C" in options
    if "d" in options:
        result = "".join(char for char in result if (char in sets[0]) == complement)
    elif len(sets) > 1:
        target = sets[1] + sets[1][-1:] * max(0, len(sets[0]) - len(sets[1]))
        table = dict(zip(sets[0], target, strict=False))
        result = "".join(
            sets[1][-1:] if complement and char not in sets[0] else char if complement else table.get(char, char)
            for char in result
        )
    if "s" in options:
        squeezed = sets[-1]
        result = re.sub(rf"([{re.escape(squeezed)}])\1+", r"\1", result) if squeezed else result
    if result:
        task.write(result)
    return 0


def sort(task: Task, arguments: list[str], given: str) -> int:
    options, files = options_of("sort", arguments, "nruk:t:")
    texts, status = texts_of(task, "sort", files, given)
    field = re.fullmatch(r"(\d+)(n?)(?:,\d+(n?))?", options.get("k", "1"))
    if not field:
        raise ShellError(f"not simulated: sort -k {options['k']}")
    is_number = "n" in options or bool(field[2] or field[3])

    def value(line: str) -> tuple[float, str]:
        text = line
        if "k" in options:
            fields = line.split(options.get("t"))
            text = fields[int(field[1]) - 1] if int(field[1]) <= len(fields) else ""
        found = re.match(r"\s*(-?\d+(?:\.\d+)?)", text) if is_number else None
        return (float(found[1]) if found else 0.0, "" if is_number else text)

    lines = sorted(sorted("".join(texts).splitlines()), key=value, reverse="r" in options)
    if "u" in options:
        lines = list(dict.fromkeys(lines))
    _print(task, lines)
    return status


def unique(task: Task, arguments: list[str], given: str) -> int:
    options, files = options_of("uniq", arguments, "cdu")
    texts, status = texts_of(task, "uniq", files, given)
    groups: list[tuple[str, int]] = []
    for line in "".join(texts).splitlines():
        if groups and groups[-1][0] == line:
            groups[-1] = (line, groups[-1][1] + 1)
        else:
            groups.append((line, 1))
    for line, count in groups:
        if ("d" not in options or count > 1) and ("u" not in options or count == 1):
            task.write((f"{count:7} {line}" if "c" in options else line) + "\n")
    return status


def reverse(task: Task, arguments: list[str], given: str) -> int:
    texts, status = texts_of(task, "rev", arguments, given)
    _print(task, [line[::-1] for line in "".join(texts).splitlines()])
    return status


def base64_coded(task: Task, arguments: list[str], given: str) -> int:
    options, files = options_of("base64", arguments, "dDw:", ("decode", "wrap="))
    texts, status = texts_of(task, "base64", files, given)
    content = "".join(texts)
    if any(each in options for each in ("d", "D", "decode")):
        try:
            task.write(to_text(base64.b64decode(content)))
        except binascii.Error:
            task.complain("base64: invalid input")
            return 1
        return status
    coded = base64.b64encode(to_bytes(content)).decode()
    width = _count("base64", options.get("w", options.get("wrap", "76")))
    pieces = [coded[at : at + width] for at in range(0, len(coded), width)] if width else [coded]
    task.write("\n".join(pieces) + ("\n" if width else ""))
    return status


def xargs(task: Task, arguments: list[str], given: str) -> int:
    """The command with everything that was read as further arguments; with -I once for every line."""
    left = list(arguments)
    if left[:1] == ["-r"]:
        left.pop(0)
        if not given.split():
            return 0
    if left and left[0].startswith("-"):
        raise ShellError(f"not simulated: xargs {left[0]}")
    task.enter_frame(command_of(*(left or ["echo"]), *given.split()), 0, task.arguments)
    return 0
