"""`perl -e`: one-line programs that print, wait and end, as examples of Jobs have them.

A program is a row of statements (`print`, `say`, `sleep`, `exit`, `die`), each with a list of texts and numbers, or
with digits of pi from `bignum`. What is beyond that is not simulated, and said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..clock import exact
from .machine import Wait
from .program import ShellError

if TYPE_CHECKING:
    from .processes import Task

MOST_DIGITS = 10_000
DIED = 255
_TOKEN = re.compile(
    r"""\s*(?:(?P<plain>'(?:[^'\\]|\\.)*')|(?P<text>"(?:[^"\\]|\\.)*")|(?P<number>\d+(?:\.\d+)?)|(?P<name>\w+)|(?P<sign>\S))""",
    re.DOTALL,
)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "e": "\x1b"}


def perl(task: Task, arguments: list[str], given: str) -> int:
    """Run the program of a command line, from where it has waited."""
    program, line_end, words = _options(arguments)
    for number, (verb, values) in enumerate(_statements(program, words)):
        if number < task.carried:
            continue
        task.carried = number + 1
        text = "".join(values)
        if verb in ("print", "say"):
            task.write(text + ("\n" if verb == "say" or line_end else ""))
        elif verb == "sleep":
            return task.again(Wait("sleep", until=exact(task.host.now + _whole(text))))
        elif verb == "exit":
            return _whole(text or "0") % 256
        else:
            task.complain((text or "Died").removesuffix("\n") + ("" if text.endswith("\n") else " at -e line 1."))
            return DIED
    return 0


def _options(arguments: list[str]) -> tuple[str, bool, set[str]]:
    """The program of a command line, whether it ends what it prints with a line, and the functions that it knows."""
    lines, line_end, known, left = list[str](), False, {"print", "sleep", "exit", "die"}, list(arguments)
    while left:
        word = left.pop(0)
        match = re.fullmatch(r"-([wWl]*)([eE]?)", word)
        if word in ("-Mbignum=bpi", "-Mbignum"):
            known |= {"bpi"} if "=" in word else set()
        elif word in ("-Mstrict", "-Mwarnings"):
            pass
        elif match is None or not word[1:] or (match[2] and not left):
            raise ShellError(f"not simulated: perl {word}")
        else:
            line_end = line_end or "l" in match[1]
            lines += [left.pop(0)] if match[2] else []
            known |= {"say"} if match[2] == "E" else set()
    if not lines:
        raise ShellError("not simulated: perl without -e")
    return "\n".join(lines), line_end, known


def _statements(program: str, known: set[str]) -> Iterator[tuple[str, list[str]]]:
    """What a program does, one after the other. Raises ShellError for what is beyond these few words."""
    tokens = [(str(found.lastgroup), found[str(found.lastgroup)]) for found in _TOKEN.finditer(program)]
    while tokens:
        kind, verb = tokens.pop(0)
        if (kind, verb) == ("sign", ";"):
            continue
        if kind != "name" or verb not in known or verb == "bpi":
            raise ShellError(f"not simulated: perl {verb}")
        closed = tokens[:1] == [("sign", "(")]
        if closed:
            tokens.pop(0)
        values: list[str] = []
        while tokens and tokens[0] not in (("sign", ";"), ("sign", ")")):
            values.append(_value(tokens, known))
            if tokens[:1] in ([("sign", ",")], [("sign", ".")]):
                tokens.pop(0)
        if closed and (not tokens or tokens.pop(0) != ("sign", ")")):
            raise ShellError("syntax error at -e line 1")
        if tokens and tokens[0] != ("sign", ";"):
            raise ShellError(f"not simulated: perl {tokens[0][1]}")
        yield verb, values


def _value(tokens: list[tuple[str, str]], known: set[str]) -> str:
    kind, text = tokens.pop(0)
    if kind == "plain":
        return re.sub(r"\\([\\'])", r"\1", text[1:-1])
    if kind == "text":
        if re.search(r"(?<!\\)[$@]\w", text):
            raise ShellError(f"not simulated: perl {text}")
        return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text[1:-1], flags=re.DOTALL)
    if kind == "number":
        return text
    if text == "bpi" and text in known and [each for each, _ in tokens[:3]] == ["sign", "number", "sign"]:
        digits = _whole(tokens[1][1])
        del tokens[:3]
        return pi(digits)
    raise ShellError(f"not simulated: perl {text}")


def _whole(text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise ShellError(f"not simulated: perl with {text!r} for a number")
    return int(text)


def pi(digits: int) -> str:
    """So many digits of pi, the first included, rounded. O(digits squared)."""
    if not 1 <= digits <= MOST_DIGITS:
        raise ShellError(f"not simulated: {digits} digits")
    one = 10 ** (digits + 9)
    found = 4 * (4 * _arc_cotangent(5, one) - _arc_cotangent(239, one))
    text = str((found + 5 * 10**9) // 10**10)
    return text if digits == 1 else f"{text[0]}.{text[1:]}"


def _arc_cotangent(of: int, one: int) -> int:
    power = total = one // of
    step, sign = 3, -1
    while power:
        power //= of * of
        total += sign * (power // step)
        step, sign = step + 2, -sign
    return total
