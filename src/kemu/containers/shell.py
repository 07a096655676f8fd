"""The shell subset: from text to a flat program.

What is understood: `;` `&&` `||` `!` `|` `&` newline, `if` `while` `until` `for` `case`, `{ }` and `( )`, functions,
quotes, `$name` `${name:-word}` `$1` `$@` `$?` `$(...)` `` `...` `` `$((...))`, assignments, redirections of the three
standard streams (of compound commands, too), here-documents, `[[ ]]`. Anything else raises `ShellError`, which names
what was not understood.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

import attrs

from .program import (
    DEEPEST,
    CaseBegin,
    CaseTest,
    Define,
    Done,
    ForBegin,
    ForNext,
    Instruction,
    Jump,
    JumpIfNonZero,
    JumpIfZero,
    Literal,
    Negate,
    Program,
    Redirect,
    Redirected,
    Restore,
    Return,
    Run,
    SetStatus,
    ShellError,
    Spawn,
    Unwind,
    Variable,
    Word,
)
from .reader import NAME, Reader, Token

__all__ = ["Program", "ShellError", "parse"]

_ASSIGNMENT = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)(\+?)=")
_RESERVED = frozenset(
    ["if", "then", "elif", "else", "fi", "while", "until", "for", "in", "do", "done", "case", "esac", "{", "}", "!"]
)


@attrs.define
class _Loop:
    """A loop that is being compiled, and how much was kept when it began."""

    start: int
    kept: int
    breaks: list[int] = attrs.field(factory=list)


class _Compiler:
    """Recursive descent over the tokens, emitting instructions."""

    def __init__(self, tokens: list[Token], depth: int) -> None:
        self.tokens = tokens
        self.depth = depth
        self.at = 0
        self.code: list[Instruction] = []
        self.loops: list[_Loop] = []
        self.kept = 0

    # Reading tokens

    def peek(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def is_operator(self, *operators: str) -> bool:
        token = self.peek()
        return token is not None and token.operator in operators and not token.word

    def is_keyword(self, *words: str) -> bool:
        token = self.peek()
        return token is not None and not token.operator and token.plain in words

    def expect(self, word: str) -> None:
        if not (self.is_keyword(word) or self.is_operator(word)):
            raise ShellError(f"syntax error: unexpected {self.shown()!r} (expecting {word!r})")
        self.at += 1

    def shown(self) -> str:
        """The token that comes next, for a message."""
        token = self.peek()
        return "end of file" if token is None else token.plain or token.operator or "word"

    def skip(self) -> None:
        while self.is_operator("\n", ";"):
            self.at += 1

    def lines(self) -> None:
        while self.is_operator("\n"):
            self.at += 1

    # Lists

    def commands(self, *until: str) -> None:
        """Commands up to one of the closing words, which is left in place."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise ShellError("nested too deeply")
        self.lines()
        while self.peek() is not None and not self.is_keyword(*until) and not self.is_operator(")", ";;"):
            start = len(self.code)
            self.and_or()
            if self.is_operator("&"):
                self.at += 1
                self.spawn([start], background=True)
            elif not self.is_operator("\n", ";"):
                break
            self.skip()
        self.depth -= 1

    def body(self, *until: str) -> None:
        """Commands, at least one."""
        start = self.at
        self.commands(*until)
        if self.at == start:
            raise ShellError(f"syntax error: unexpected {self.shown()!r}")

    def and_or(self) -> None:
        start = len(self.code)
        self.pipeline()
        while self.is_operator("&&", "||"):
            both = self.tokens[self.at].operator == "&&"
            self.at += 1
            self.lines()
            self.mark_tested(start)
            place = self.hole()
            start = len(self.code)
            self.pipeline()
            self.code[place] = (JumpIfNonZero if both else JumpIfZero)(len(self.code))

    def mark_tested(self, start: int) -> None:
        """Somebody looks at the status of what was compiled since `start`."""
        for place in range(start, len(self.code)):
            instruction = self.code[place]
            if isinstance(instruction, Run | Spawn):
                self.code[place] = attrs.evolve(instruction, tested=True)

    def pipeline(self) -> None:
        negated = False
        while self.is_keyword("!"):
            negated = not negated
            self.at += 1
        starts = [len(self.code)]
        self.command()
        while self.is_operator("|"):
            self.at += 1
            self.lines()
            starts.append(len(self.code))
            self.command()
        if len(starts) > 1:
            self.spawn(starts)
        if negated:
            self.mark_tested(starts[0])
            self.code.append(Negate())

    def spawn(self, starts: list[int], *, background: bool = False) -> None:
        """Make processes of what was compiled since each of the starts."""
        first = starts[0]
        pieces = [self.code[start:end] for start, end in zip(starts, [*starts[1:], len(self.code)], strict=True)]
        del self.code[first:]
        self.code.append(Done())
        places = []
        for start, piece in zip(starts, pieces, strict=True):
            places.append(len(self.code))
            shift = len(self.code) - start
            # A jump to a loop outside ends this process only.
            self.code.extend(Done() if _leaves(each, first) else _moved(each, shift) for each in piece)
            self.code.append(Done())
        self.code[first] = Spawn(tuple(places), len(self.code), background)
        for loop in self.loops:
            loop.breaks = [place for place in loop.breaks if place < first]

    def hole(self) -> int:
        """A place for a jump whose target is not known yet."""
        self.code.append(Jump(-1))
        return len(self.code) - 1

    # Commands

    def command(self) -> None:
        start = len(self.code)
        if not self.compound():
            self.simple()
            return
        redirects = self.redirections()
        if not redirects:
            return
        piece = self.code[start:]
        for place, (one, following) in enumerate(pairwise(piece)):
            if isinstance(one, Unwind) and _leaves(following, start):
                piece[place] = attrs.evolve(one, redirects=one.redirects + 1)
        self.code[start:] = [Redirected(redirects)]
        self.code.extend(each if _leaves(each, start) else _moved(each, 1) for each in piece)
        self.code.append(Restore())
        for loop in self.loops:
            loop.breaks = [place + (place >= start) for place in loop.breaks]

    def redirections(self) -> tuple[Redirect, ...]:
        found = []
        while (token := self.peek()) is not None and token.operator and token.word:
            found.append(Redirect(int(token.operator[0]), token.operator[1:], token.word))
            self.at += 1
        return tuple(found)

    def compound(self) -> bool:
        """A compound command, if there is one."""
        if self.is_operator("("):
            start = len(self.code)
            self.at += 1
            outer, self.loops = self.loops, []
            self.body()
            self.loops = outer
            self.expect(")")
            self.spawn([start])
        elif self.is_keyword("if"):
            self.conditional()
        elif self.is_keyword("while", "until"):
            self.loop()
        elif self.is_keyword("for"):
            self.iteration()
        elif self.is_keyword("case"):
            self.choice()
        elif self.is_keyword("{"):
            self.at += 1
            self.body("}")
            self.expect("}")
        elif self.is_keyword("select", "coproc", "time"):
            raise ShellError(f"not simulated: {self.shown()}")
        elif self.is_keyword("function") or self._is_definition():
            self.definition()
        else:
            return False
        return True

    def conditional(self) -> None:
        self.at += 1
        ends: list[int] = []
        while True:
            start = len(self.code)
            self.body("then")
            self.expect("then")
            self.mark_tested(start)
            otherwise = self.hole()
            self.body("elif", "else", "fi")
            ends.append(self.hole())
            self.code[otherwise] = JumpIfNonZero(len(self.code))
            if not self.is_keyword("elif"):
                break
            self.at += 1
        if self.is_keyword("else"):
            self.at += 1
            self.body("fi")
        else:
            self.code.append(SetStatus(0))
        self.expect("fi")
        for place in ends:
            self.code[place] = Jump(len(self.code))

    def loop(self) -> None:
        until = self.tokens[self.at].plain == "until"
        self.at += 1
        start = len(self.code)
        self.loops.append(_Loop(start, self.kept))
        self.body("do")
        self.expect("do")
        self.mark_tested(start)
        leave = self.hole()
        self.body("done")
        self.expect("done")
        self.code.append(Jump(start))
        self.code[leave] = (JumpIfZero if until else JumpIfNonZero)(len(self.code))
        self.code.append(SetStatus(0))
        self._leave_loop()

    def _leave_loop(self) -> None:
        for place in self.loops.pop().breaks:
            self.code[place] = Jump(len(self.code))

    def iteration(self) -> None:
        self.at += 1
        token = self.peek()
        if token is None or token.plain is None or not NAME.fullmatch(token.plain):
            raise ShellError("syntax error: bad for loop variable")
        variable = token.plain
        self.at += 1
        self.skip()
        words: list[Word] = []
        if self.is_keyword("in"):
            self.at += 1
            while (token := self.peek()) is not None and not token.operator:
                words.append(token.word)
                self.at += 1
        else:
            words.append((Variable("@", quoted=True),))
        self.skip()
        self.expect("do")
        self.code.append(ForBegin(tuple(words)))
        self.kept += 1
        start = self.hole()
        self.loops.append(_Loop(start, self.kept))
        self.body("done")
        self.expect("done")
        self.code.append(Jump(start))
        self.code[start] = ForNext(variable, len(self.code))
        self._leave_loop()
        self.code.append(Unwind(1))
        self.kept -= 1

    def choice(self) -> None:
        self.at += 1
        token = self.peek()
        if token is None or token.operator:
            raise ShellError(f"syntax error: unexpected {self.shown()!r}")
        self.code.append(CaseBegin(token.word))
        self.kept += 1
        self.at += 1
        self.lines()
        self.expect("in")
        self.lines()
        ends = []
        while not self.is_keyword("esac"):
            if self.is_operator("("):
                self.at += 1
            patterns: list[Word] = []
            while (token := self.peek()) is not None and not token.operator:
                patterns.append(token.word)
                self.at += 1
                if self.is_operator("|"):
                    self.at += 1
            self.expect(")")
            place = self.hole()
            self.code.append(SetStatus(0))
            self.commands("esac")
            ends.append(self.hole())
            self.code[place] = CaseTest(tuple(patterns), len(self.code))
            if not self.is_keyword("esac"):
                self.expect(";;")
            self.lines()
        self.at += 1
        self.code.append(SetStatus(0))
        for place in ends:
            self.code[place] = Jump(len(self.code))
        self.code.append(Unwind(1))
        self.kept -= 1

    def _is_definition(self) -> bool:
        ahead = self.tokens[self.at : self.at + 3]
        return (
            len(ahead) == 3
            and ahead[0].plain is not None
            and re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", ahead[0].plain) is not None
            and ahead[1].operator == "("
            and ahead[2].operator == ")"
        )

    def definition(self) -> None:
        if self.is_keyword("function"):
            self.at += 1
        name = self.shown()
        self.at += 1
        if self.is_operator("("):
            self.at += 1
            self.expect(")")
        self.lines()
        place = self.hole()
        outer = self.loops, self.kept
        self.loops, self.kept = [], 0
        self.command()
        self.loops, self.kept = outer
        self.code.append(Return())
        self.code[place] = Define(name, len(self.code))

    def simple(self) -> None:
        if self.is_keyword("[["):
            self.test()
            return
        words: list[Word] = []
        assignments: list[tuple[str, Word]] = []
        redirects: list[Redirect] = []
        while (token := self.peek()) is not None and (token.word or not token.operator):
            if token.operator:
                redirects.extend(self.redirections())
            else:
                self._word_or_assignment(token.word, words, assignments)
                self.at += 1
        if not words and not assignments and not redirects:
            raise ShellError(f"syntax error: unexpected {self.shown()!r}")
        head = words[0][0] if words and len(words[0]) == 1 else None
        first = head.text if isinstance(head, Literal) and not head.quoted else ""
        if first in _RESERVED:
            raise ShellError(f"syntax error: unexpected {first!r}")
        if first in ("break", "continue") and self.loops:
            self._jump_out(first, words[1:])
        else:
            self.code.append(Run(tuple(words), tuple(assignments), tuple(redirects)))

    def test(self) -> None:
        """`[[ ... ]]`, in which operators are words."""
        words: list[Word] = []
        while not self.is_keyword("]]"):
            token = self.peek()
            if token is None or token.operator == "\n":
                raise ShellError("syntax error: missing ']]'")
            if token.operator:
                words.append((Literal(token.operator.lstrip("01")),))
            if token.word:
                words.append(token.word)
            self.at += 1
        words.append((Literal("]]"),))
        self.at += 1
        self.code.append(Run(tuple(words), redirects=self.redirections(), conditional=True))

    def _word_or_assignment(self, word: Word, words: list[Word], assignments: list[tuple[str, Word]]) -> None:
        head = word[0]
        found = _ASSIGNMENT.match(head.text) if isinstance(head, Literal) and not head.quoted and not words else None
        if not found or not isinstance(head, Literal):
            words.append(word)
            return
        rest = head.text[found.end() :]
        before: Word = (Variable(found[1], quoted=True),) if found[2] else ()
        assignments.append((found[1], before + ((Literal(rest),) if rest else ()) + word[1:]))

    def _jump_out(self, word: str, levels: list[Word]) -> None:
        text = "".join(part.text for part in levels[0] if isinstance(part, Literal)) if levels else "1"
        count = min(int(text), len(self.loops)) if text.isdigit() and text != "0" else 1
        loop = self.loops[-count]
        self.code.append(Unwind(self.kept - loop.kept))
        if word == "break":
            loop.breaks.append(self.hole())
        else:
            self.code.append(Jump(loop.start))


def _leaves(instruction: Instruction, start: int) -> bool:
    """Whether an instruction is the `break` or `continue` of a loop outside of what was compiled since `start`."""
    return isinstance(instruction, Jump) and instruction.target < start


def _moved(instruction: Instruction, shift: int) -> Instruction:
    """An instruction whose code has moved by some places."""
    if isinstance(instruction, Jump | JumpIfZero | JumpIfNonZero | CaseTest):
        return attrs.evolve(instruction, target=instruction.target + shift)
    if isinstance(instruction, ForNext | Define):
        return attrs.evolve(instruction, end=instruction.end + shift)
    if isinstance(instruction, Spawn):
        starts = tuple(start + shift for start in instruction.starts)
        return attrs.evolve(instruction, starts=starts, end=instruction.end + shift)
    return instruction


@lru_cache(maxsize=1024)
def parse(text: str, depth: int = 0) -> Program:
    """Compile a script, which stands in so many others. Raises ShellError for what is not understood."""
    if depth > DEEPEST:
        raise ShellError("nested too deeply")
    compiler = _Compiler(Reader(text, lambda inner: parse(inner, depth + 1)).read(), depth)
    compiler.commands()
    if compiler.peek() is not None:
        raise ShellError(f"syntax error: unexpected {compiler.shown()!r}")
    return Program(tuple(compiler.code))
