"""A tree to a program for an automaton, and two ways to run it.

The program is a list of instructions: take a character, stand at an edge, go two ways (the first is preferred), or
match. `search` follows all ways at once and remembers which sets of places lead where, so that a character usually
costs one look-up. `spans` keeps the ways in the order of preference, and where each came through the groups, to know
where the preferred match and its groups begin and end.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator

import attrs

from .syntax import Chars, Choice, Edge, Group, Ranges, Repeat, Sequence, Tree

MAX_STATES = 2_000
"""How many sets of places are remembered before all are forgotten."""


@attrs.frozen
class Take:
    """Take one of these characters."""

    ranges: Ranges
    lows: tuple[int, ...] = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "lows", tuple([low for low, _ in self.ranges]))

    def takes(self, code: int) -> bool:
        """Whether a character is among them."""
        place = bisect_right(self.lows, code) - 1
        return place >= 0 and code <= self.ranges[place][1]


@attrs.frozen
class Stand:
    """Go on only at an edge."""

    edge: str


@attrs.frozen
class Fork:
    """Go on at both places, preferably at the first."""

    first: int
    second: int


@attrs.frozen
class Jump:
    """Go on elsewhere."""

    to: int


@attrs.frozen
class Save:
    """Remember the place: the beginning of group n as 2n, its end as 2n + 1."""

    slot: int


@attrs.frozen
class Match:
    """The end."""


Instruction = Take | Stand | Fork | Jump | Save | Match


def program(tree: Tree) -> tuple[Instruction, ...]:
    """The instructions of a tree."""
    found: list[Instruction] = []
    _write(tree, found)
    return (*found, Match())


def _write(tree: Tree, found: list[Instruction]) -> None:
    match tree:
        case Chars():
            found.append(Take(tree.ranges))
        case Edge():
            found.append(Stand(tree.kind))
        case Sequence():
            for each in tree.parts:
                _write(each, found)
        case Choice():
            _write_choice(tree, found)
        case Repeat():
            _write_repeat(tree, found)
        case Group():
            found.append(Save(2 * tree.number))
            _write(tree.part, found)
            found.append(Save(2 * tree.number + 1))


def _write_choice(tree: Choice, found: list[Instruction]) -> None:
    jumps = []
    for each in tree.parts[:-1]:
        fork = len(found)
        found.append(Match())
        _write(each, found)
        jumps.append(len(found))
        found.append(Match())
        found[fork] = Fork(fork + 1, len(found))
    _write(tree.parts[-1], found)
    for place in jumps:
        found[place] = Jump(len(found))


def _write_repeat(tree: Repeat, found: list[Instruction]) -> None:
    for _ in range(tree.least):
        _write(tree.part, found)
    if tree.most is None:
        fork = len(found)
        found.append(Match())
        _write(tree.part, found)
        found.append(Jump(fork))
        found[fork] = _fork(fork + 1, len(found), tree.greedy)
        return
    forks = []
    for _ in range(tree.most - tree.least):
        forks.append(len(found))
        found.append(Match())
        _write(tree.part, found)
    for fork in forks:
        found[fork] = _fork(fork + 1, len(found), tree.greedy)


def _fork(inside: int, after: int, greedy: bool) -> Fork:
    return Fork(inside, after) if greedy else Fork(after, inside)


def _is_word(code: int) -> bool:
    return 48 <= code <= 57 or 65 <= code <= 90 or code == 95 or 97 <= code <= 122


Place = tuple[int, ...]
Span = tuple[int, int]
"""Where something begins and ends; twice -1 if it is not there."""
Context = tuple[bool, bool, bool]
"""What is before a place, as far as edges care: nothing at all, the end of a line, a letter of a word."""


class Regex:
    """A regular expression that is ready to be used."""

    __slots__ = ("_code", "_edges", "_extents", "_slots", "_states")

    def __init__(self, code: tuple[Instruction, ...]) -> None:
        self._code = code
        self._edges = any(isinstance(each, Stand) for each in code)
        self._extents: dict[tuple[Place, str | None], tuple[bool, Place]] = {}
        self._slots = 2 + max([each.slot for each in code if isinstance(each, Save)], default=0) // 2 * 2
        self._states: dict[tuple[Place, Context, str], Place | None] = {}

    def search(self, text: str) -> bool:
        """Whether there is a match anywhere in a text. Takes time in proportion to its length."""
        states = self._states
        places: Place = ()
        before: Context = (True, True, False)
        for letter in text:
            key = (places, before, letter)
            try:
                found = states[key]
            except KeyError:
                if len(states) > MAX_STATES:
                    states.clear()
                found = states[key] = self._step(places, before, ord(letter))
            if found is None:
                return True
            places = found
            if self._edges:
                code = ord(letter)
                before = (False, code == 10, _is_word(code))
            elif before[0]:
                before = (False, False, False)
        return self._matches(self._follow((*places, 0), before, None))

    def extent(self, text: str, *, shortest: bool) -> int | None:
        """Where the shortest or the longest match from the beginning of a text on ends; None if there is none.

        Of an expression without edges. Takes time in proportion to the length of the text.
        """
        steps = self._extents
        places: Place = (0,)
        found: int | None = None
        for at, letter in enumerate((*text, None)):
            key = (places, letter)
            step = steps.get(key)
            if step is None:
                if len(steps) > MAX_STATES:
                    steps.clear()
                reached = self._follow(places, (False, False, False), None)
                after = [] if letter is None else [each + 1 for each in reached if self._taken(each, ord(letter))]
                step = steps[key] = (self._matches(reached), tuple(sorted(set(after))))
            ends, places = step
            if ends:
                found = at
            if (ends and shortest) or not places:
                break
        return found

    def _step(self, places: Place, before: Context, code: int) -> Place | None:
        """Where a character leads from all places at once; None if a match ended before it."""
        reached = self._follow((*places, 0), before, code)
        if self._matches(reached):
            return None
        after = [place + 1 for place in reached if self._taken(place, code)]
        return tuple(sorted(set(after)))

    def _taken(self, place: int, code: int) -> bool:
        instruction = self._code[place]
        return isinstance(instruction, Take) and instruction.takes(code)

    def _matches(self, places: list[int]) -> bool:
        return len(self._code) - 1 in places

    def _follow(self, places: Place, before: Context, after: int | None) -> list[int]:
        """The characters and the end that can be reached without a character, the preferred ones first."""
        found: list[int] = []
        seen: set[int] = set()
        waiting = list(reversed(places))
        while waiting:
            place = waiting.pop()
            if place in seen:
                continue
            seen.add(place)
            match self._code[place]:
                case Jump(to=to):
                    waiting.append(to)
                case Fork(first=first, second=second):
                    waiting += [second, first]
                case Save():
                    waiting.append(place + 1)
                case Stand(edge=edge):
                    if _stands(edge, before, after):
                        waiting.append(place + 1)
                case _:
                    found.append(place)
        return found

    def find(self, text: str, start: int = 0) -> Span | None:
        """Where the first match begins and ends, as Perl would find it; None if there is none."""
        found = self.spans(text, start)
        return None if found is None else found[0]

    def spans(self, text: str, start: int = 0) -> tuple[Span, ...] | None:
        """The same, and behind it where each of its groups begins and ends."""
        ways: list[tuple[int, Place]] = []
        best: Place | None = None
        nowhere = (-1,) * self._slots
        for place in range(start, len(text) + 1):
            code = ord(text[place]) if place < len(text) else None
            before = _context(text, place)
            following: list[tuple[int, Place]] = []
            seen: set[int] = set()
            if best is None:
                ways.append((0, (place, *nowhere[1:])))
            for way in ways:
                ended = self._ways(way, seen, following, place, before, code)
                if ended is not None:
                    best = ended
                    break
            ways = following
            if not ways and best is not None:
                break
        return None if best is None else tuple(zip(best[::2], best[1::2], strict=True))

    def _ways(
        self,
        way: tuple[int, Place],
        seen: set[int],
        following: list[tuple[int, Place]],
        place: int,
        before: Context,
        code: int | None,
    ) -> Place | None:
        """Add where one way leads with the next character; gives what was saved if it ends here."""
        waiting = [way]
        while waiting:
            at, saved = waiting.pop()
            if at in seen:
                continue
            seen.add(at)
            instruction = self._code[at]
            match instruction:
                case Take():
                    if code is not None and instruction.takes(code):
                        following.append((at + 1, saved))
                case Jump(to=to):
                    waiting.append((to, saved))
                case Fork(first=first, second=second):
                    waiting += [(second, saved), (first, saved)]
                case Save(slot=slot):
                    waiting.append((at + 1, (*saved[:slot], place, *saved[slot + 1 :])))
                case Stand(edge=edge):
                    if _stands(edge, before, code):
                        waiting.append((at + 1, saved))
                case Match():
                    return (saved[0], place, *saved[2:])
        return None

    def find_all(self, text: str, most: int = -1) -> Iterator[str]:
        """The texts of all matches that do not overlap, at most so many of them."""
        for (begin, end), *_ in self.all_spans(text, most):
            yield text[begin:end]

    def all_spans(self, text: str, most: int = -1) -> Iterator[tuple[Span, ...]]:
        """The spans of all matches that do not overlap, at most so many of them."""
        place, last = 0, -1
        while most != 0 and place <= len(text):
            found = self.spans(text, place)
            if found is None:
                return
            begin, end = found[0]
            if begin != end or begin != last:
                yield found
                most -= 1
            last = end
            place = end if end > begin else end + 1

    def replaced(self, text: str, new: Callable[[tuple[Span, ...]], str], most: int = -1) -> str:
        """The text with all matches, or the first ones, replaced by what is said of their spans."""
        result, place = "", 0
        for spans in self.all_spans(text, most):
            result += text[place : spans[0][0]] + new(spans)
            place = spans[0][1]
        return result + text[place:]


def _context(text: str, place: int) -> Context:
    if place == 0:
        return (True, True, False)
    code = ord(text[place - 1])
    return (False, code == 10, _is_word(code))


def _stands(edge: str, before: Context, after: int | None) -> bool:
    first, line, word = before
    match edge:
        case "begin":
            return first
        case "end":
            return after is None
        case "line_begin":
            return line
        case "line_end":
            return after is None or after == 10
    return (word != (after is not None and _is_word(after))) == (edge == "word")
