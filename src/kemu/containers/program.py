"""What a shell script is compiled to: words made of parts, and a flat tuple of instructions.

    until nslookup db; do sleep 2; done

    0  Run(nslookup db)
    1  JumpIfZero(4)
    2  Run(sleep 2)
    3  Jump(0)

Everything is a frozen value, so that a process is a position in a program plus a few values.
"""

from __future__ import annotations

import attrs

DEEPEST = 40
"""How deeply parts of scripts and expressions are nested in each other at most."""


class ShellError(Exception):
    """A script that is not understood; the text is what a shell would say."""


# Words


@attrs.frozen
class Literal:
    """Text that stands for itself. Quoted text is never split into several words."""

    text: str
    quoted: bool = False


@attrs.frozen
class Variable:
    """`$name` or `${name<operator>word}`."""

    name: str
    operator: str = ""
    word: Word = ()
    quoted: bool = False


@attrs.frozen
class Substitution:
    """`$(program)`: what the program prints."""

    program: Program
    quoted: bool = False


@attrs.frozen
class Arithmetic:
    """`$((expression))`; variables in it are named with or without `$`."""

    expression: Word
    quoted: bool = False


Part = Literal | Variable | Substitution | Arithmetic
Word = tuple[Part, ...]


# Instructions


@attrs.frozen
class Redirect:
    """`>file`, `>>file`, `<file`, `2>file`, `2>&1` or a here-document (`<<`); `stream` is 0, 1 or 2."""

    stream: int
    mode: str
    target: Word


@attrs.frozen
class Run:
    """One simple command. `tested` says that somebody looks at its status, so that `set -e` does not end the shell."""

    words: tuple[Word, ...]
    assignments: tuple[tuple[str, Word], ...] = ()
    redirects: tuple[Redirect, ...] = ()
    tested: bool = False
    conditional: bool = False
    """Whether it is `[[ ... ]]`, whose words are not split."""


@attrs.frozen
class Spawn:
    """Processes of their own: a subshell, the stages of a pipeline, or a job in the background.

    Each starts at one of `starts` and runs up to its `Done`; the shell itself goes on at `end`.
    """

    starts: tuple[int, ...]
    end: int
    background: bool = False
    tested: bool = False


@attrs.frozen
class Done:
    """The end of a process that `Spawn` started."""


@attrs.frozen
class Redirected:
    """From here on input and output are others, up to `Restore`."""

    redirects: tuple[Redirect, ...]


@attrs.frozen
class Restore:
    """The end of `Redirected`."""


@attrs.frozen
class Jump:
    target: int


@attrs.frozen
class JumpIfZero:
    """Jump if the last command succeeded."""

    target: int


@attrs.frozen
class JumpIfNonZero:
    """Jump if the last command failed."""

    target: int


@attrs.frozen
class Negate:
    """`!`: success becomes failure and the other way round."""


@attrs.frozen
class SetStatus:
    """Make the status of the last command a fixed one."""

    status: int


@attrs.frozen
class ForBegin:
    """Expand the words that a `for` goes over."""

    words: tuple[Word, ...]


@attrs.frozen
class ForNext:
    """Take the next word into the variable, or leave the loop."""

    variable: str
    end: int


@attrs.frozen
class CaseBegin:
    """Expand the word that a `case` looks at."""

    word: Word


@attrs.frozen
class CaseTest:
    """Go on if one of the patterns matches, and to `target` otherwise."""

    patterns: tuple[Word, ...]
    target: int


@attrs.frozen
class Unwind:
    """Drop what `for`, `case` (`kept`) and redirections (`redirects`) keep, when they are over or left early."""

    kept: int
    redirects: int = 0


@attrs.frozen
class Define:
    """A function: its body starts behind this instruction and ends at `end`."""

    name: str
    end: int


@attrs.frozen
class Return:
    """The end of a function's body."""


Instruction = (
    Run
    | Spawn
    | Done
    | Redirected
    | Restore
    | Jump
    | JumpIfZero
    | JumpIfNonZero
    | Negate
    | SetStatus
    | ForBegin
    | ForNext
    | CaseBegin
    | CaseTest
    | Unwind
    | Define
    | Return
)


@attrs.frozen
class Program:
    """A compiled script."""

    code: tuple[Instruction, ...]


def command_of(*words: str) -> Program:
    """The program that runs one command, word by word as given."""
    return Program((Run(tuple((Literal(word, True),) for word in words)),))
