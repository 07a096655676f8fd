"""sed and awk, for the few things that container scripts use them for; anything else is refused with a ShellError."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import attrs

from ..values.regexes import Regex
from .patterns import outside_quotes, regex, separated, substituted
from .program import ShellError
from .text_programs import options_of, texts_of

if TYPE_CHECKING:
    from .processes import Task


@attrs.frozen
class Edit:
    """One command of a sed script, and the lines that it is for."""

    action: str
    first: str = ""
    last: str = ""
    pattern: Regex | None = None
    new: str = ""
    flags: str = ""
    inverted: bool = False


_ADDRESS = r"(\d+|\$|/(?:[^/\\]|\\.)*/)?"
_EDIT = re.compile(rf"\s*{_ADDRESS}(?:,{_ADDRESS})?\s*(!?)\s*([spdq=])")


def _edits(script: str, extended: bool) -> list[Edit]:
    """The commands of a sed script. Raises ShellError for what is not simulated."""
    edits, at = [], 0
    while at < len(script):
        if script[at] in "; \n\t":
            at += 1
            continue
        found = _EDIT.match(script, at)
        if not found:
            raise ShellError(f"not simulated: sed {script!r}")
        at = found.end()
        edit = Edit(found[4], found[1] or "", found[2] or "", inverted=bool(found[3]))
        if edit.action == "s":
            parts, at = _substitution(script, at)
            if not re.fullmatch(r"[gpI0-9]*", parts[2]):
                raise ShellError(f"not simulated: sed {script!r}")
            pattern = regex(parts[0], extended=extended, ignore_case="I" in parts[2])
            edit = attrs.evolve(edit, pattern=pattern, new=parts[1], flags=parts[2])
        edits.append(edit)
    return edits


def _substitution(script: str, at: int) -> tuple[list[str], int]:
    """Pattern, replacement and flags of `s`, and where it ends."""
    separator, at = script[at : at + 1], at + 1
    parts = [""]
    while at < len(script):
        if script[at] == "\\" and at + 1 < len(script):
            parts[-1] += separator if script[at + 1] == separator else script[at : at + 2]
            at += 2
        elif len(parts) == 3 and script[at] in ";\n} ":
            break
        elif script[at] == separator and len(parts) < 3:
            parts.append("")
            at += 1
        else:
            parts[-1] += script[at]
            at += 1
    if len(parts) < 3:
        raise ShellError("sed: unterminated 's' command")
    return parts, at


def sed(task: Task, arguments: list[str], given: str) -> int:
    options, words = options_of("sed", arguments, "nEre:i", ("in-place",))
    scripts = [arguments[place + 1] for place, each in enumerate(arguments[:-1]) if each == "-e"]
    if not scripts:
        if not words:
            task.complain("usage: sed SCRIPT [FILE]...")
            return 1
        scripts = [words.pop(0)]
    edits = [edit for script in scripts for edit in _edits(script, "E" in options or "r" in options)]
    if "i" in options or "in-place" in options:
        for name in words:
            content, status = texts_of(task, "sed", [name], given)
            if status:
                return status
            task.files[task.path(name)] = _edited(content[0], edits, "n" in options)
        return 0
    texts, status = texts_of(task, "sed", words, given)
    task.charge(sum(map(len, texts)) * len(edits), 4)
    result = _edited("".join(texts), edits, "n" in options)
    if result:
        task.write(result)
    return status


def _edited(content: str, edits: list[Edit], quiet: bool) -> str:
    lines = content.splitlines()
    result: list[str] = []
    inside: dict[int, bool] = {}
    for number, line in enumerate(lines, 1):
        stop = deleted = False
        for place, edit in enumerate(edits):
            if _addressed(edit, place, inside, number, len(lines), line) == edit.inverted:
                continue
            if edit.action == "d":
                deleted = True
                break
            if edit.action == "q":
                stop = True
            elif edit.action in "p=":
                result.append(line if edit.action == "p" else str(number))
            else:
                line, count = _replaced(edit, line)
                if count and "p" in edit.flags:
                    result.append(line)
        if not deleted and not quiet:
            result.append(line)
        if stop:
            break
    return "".join(line + "\n" for line in result)


def _addressed(edit: Edit, place: int, inside: dict[int, bool], number: int, count: int, line: str) -> bool:
    def at(address: str) -> bool:
        if address.isdigit():
            return int(address) == number
        return number == count if address == "$" else regex(address[1:-1]).search(line)

    if not edit.first:
        return True
    if not edit.last:
        return at(edit.first)
    if inside.get(place):
        inside[place] = not (at(edit.last) or (edit.last.isdigit() and int(edit.last) <= number))
        return True
    if at(edit.first):
        inside[place] = not (edit.last.isdigit() and int(edit.last) <= number)
        return True
    return False


def _replaced(edit: Edit, line: str) -> tuple[str, int]:
    def new(group: Callable[[int], str]) -> str:
        def one(piece: re.Match[str]) -> str:
            text = piece[0]
            if text == "&":
                return group(0)
            if text[1].isdigit():
                return group(int(text[1]))
            return {"n": "\n", "t": "\t"}.get(text[1], text[1])

        return re.sub(r"\\.|&", one, edit.new)

    if edit.pattern is not None and not edit.pattern.search(line):
        return line, 0
    return substituted(edit.pattern or regex(""), line, new, -1 if "g" in edit.flags else 1)


# awk

_RULE = re.compile(r"\s*(?P<condition>BEGIN|END|/(?:[^/\\]|\\.)*/|[^{/]*?)\s*(?:\{(?P<action>[^{}]*)\}|$)")
_COMPARISON = re.compile(r"(.+?)\s*(==|!=|>=|<=|>|<|~)\s*(.+)")
_ATOM = re.compile(r'\s*("(?:[^"\\]|\\.)*"|\$NF|\$\d+|NF|NR|[A-Za-z_]\w*|\d+(?:\.\d+)?)\s*')


def awk(task: Task, arguments: list[str], given: str) -> int:
    """awk for picking lines and fields: conditions on fields, and `print` of fields, strings and numbers."""
    variables: dict[str, str] = {}
    left = list(arguments)
    separator: str | None = None
    while left and left[0].startswith("-"):
        option = left.pop(0)
        value = option[2:] or (left.pop(0) if left else "")
        if option[1] == "F":
            separator = value.replace("\\t", "\t")
        elif option[1] == "v":
            name, _, text = value.partition("=")
            variables[name] = text
        else:
            raise ShellError(f"not simulated: awk {option}")
    script = left.pop(0).strip() if left else ""
    rules, at = [], 0
    while at < len(script):
        found = _RULE.match(script, at)
        if not found or found.end() == at:
            raise ShellError(f"not simulated: awk {script!r}")
        rules.append((found["condition"].strip(), "print" if found["action"] is None else found["action"].strip()))
        at = found.end()
    texts, status = texts_of(task, "awk", left, given)
    task.charge(sum(map(len, texts)), 4)
    lines = "".join(texts).splitlines()
    record = _Record(variables, separator, script)
    for condition, action in rules:  # refuse what is not simulated before anything is printed
        record.act(action)
        if condition not in ("BEGIN", "END"):
            record.holds(condition)
    for condition, action in rules:
        if condition == "BEGIN":
            task.write(record.act(action))
    for number, line in enumerate(lines, 1):
        record.take(number, line)
        for condition, action in rules:
            if condition not in ("BEGIN", "END") and record.holds(condition):
                task.write(record.act(action))
    for condition, action in rules:
        if condition == "END":
            task.write(record.act(action))
    return status


class _Record:
    """The line that awk is looking at."""

    def __init__(self, variables: dict[str, str], separator: str | None, script: str) -> None:
        self.variables = variables
        self.separator = separator
        self.script = script
        self.take(0, "")

    def take(self, number: int, line: str) -> None:
        self.number = number
        self.line = line
        separator = self.separator
        if separator is None or separator == " ":
            self.fields = line.split()
        else:
            self.fields = line.split(separator) if len(separator) == 1 else separated(line, separator)

    def atom(self, text: str) -> str:
        text = text.strip()
        if text.startswith('"'):
            return text[1:-1].replace("\\n", "\n").replace("\\t", "\t").replace('\\"', '"')
        if text == "$0":
            return self.line
        if text == "$NF":
            return self.fields[-1] if self.fields else ""
        if re.fullmatch(r"\$\d+", text):
            return self.fields[int(text[1:]) - 1] if int(text[1:]) <= len(self.fields) else ""
        if text in ("NF", "NR"):
            return str(len(self.fields) if text == "NF" else self.number)
        if re.fullmatch(r"\d+(\.\d+)?", text):
            return text
        if text in self.variables:
            return self.variables[text]
        raise ShellError(f"not simulated: awk {self.script!r}")

    def holds(self, condition: str) -> bool:
        if not condition:
            return True
        if condition.startswith("/"):
            return regex(condition[1:-1], extended=True).search(self.line)
        found = _COMPARISON.fullmatch(condition)
        if not found:
            value = self.atom(condition)
            return bool(value) and value != "0"
        left = self.atom(found[1])
        if found[2] == "~":
            return regex(found[3].strip()[1:-1], extended=True).search(left)
        return _COMPARES[found[2]](*_comparable(left, self.atom(found[3])))

    def act(self, action: str) -> str:
        printed = ""
        for statement in filter(None, (each.strip() for each in outside_quotes(action, ";\n"))):
            if not re.match(r"print\b", statement):
                raise ShellError(f"not simulated: awk {self.script!r}")
            shown, rest = [], statement[5:].strip() or "$0"
            for piece in outside_quotes(rest, ","):
                text, at = "", 0
                while at < len(piece):
                    found = _ATOM.match(piece, at)
                    if not found:
                        raise ShellError(f"not simulated: awk {self.script!r}")
                    text += self.atom(found[1])
                    at = found.end()
                shown.append(text)
            printed += " ".join(shown) + "\n"
        return printed


def _comparable(left: str, right: str) -> tuple[float | str, float | str]:
    try:
        return float(left), float(right)
    except ValueError:
        return left, right


_COMPARES: Mapping[str, Callable[..., bool]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
