"""How much an expression can cost at most, given how large its values can get.

What upstream estimates before it takes a rule: a rule that could be too expensive is refused. Costs and sizes are whole
numbers that end at 2^64 - 1. The numbers are upstream's; what costs nothing special costs 1.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import ceil

import attrs

from .ast import Call, Entries, Fold, Items, Literal, Name, Node, Select, Struct
from .checker import Checked
from .declarations import Overload
from .schema import Declared
from .types import Type

MOST = (1 << 64) - 1
LIST, MAP, STRUCT = 10, 30, 40
TEXT = Fraction(1, 10)
"""What a character costs that is looked at."""

REGEX = Fraction(1, 4)
"""What a character of a regular expression costs, for each character that it is compared with."""

CHECK = 350_000
"""What asking an authoriser costs."""

FORMAT_REGEX = 128


def capped(value: int | Fraction) -> int:
    """A number rounded up, at most the largest there is."""
    return min(ceil(value), MOST)


@attrs.frozen
class Size:
    """How large a value is at least and at most."""

    least: int = 0
    most: int = MOST

    def joined(self, other: Size) -> Size:
        """What covers both."""
        return Size(min(self.least, other.least), max(self.most, other.most))

    def plus(self, other: Size) -> Size:
        """The size of both together."""
        return Size(capped(self.least + other.least), capped(self.most + other.most))

    def times(self, other: Size) -> Size:
        """The size of so many of the other."""
        return Size(capped(self.least * other.least), capped(self.most * other.most))

    def cost(self, factor: int | Fraction) -> int:
        """What it costs at most if each part costs so much."""
        return capped(self.most * factor)


UNKNOWN = Size()
Path = tuple[str, ...]


@attrs.frozen
class Entry:
    """The sizes of keys and of values in a collection."""

    key: Size
    value: Size


@attrs.frozen(eq=False)
class Local:
    """A variable of a loop: where its values stand in the schema, and what is known of their sizes."""

    path: Path
    size: Size | None
    entry: Entry | None


@attrs.frozen(eq=False)
class Known:
    """An operand as the estimate of a call sees it."""

    node: Node | None
    path: Path
    type: Type
    size: Size | None


def estimate(checked: Checked, root: Declared | None) -> int:
    """What an evaluation costs at most. `root` is what is declared of the variables, which all have one type."""
    return _Estimate(checked, root).cost(checked.root)


class _Estimate:
    def __init__(self, checked: Checked, root: Declared | None) -> None:
        self.checked = checked
        self.root = root
        self.paths: dict[Node, Path] = {}
        self.sizes: dict[Node, Size] = {}
        self.entries: dict[Node, Entry] = {}
        self.locals: dict[str, list[Local]] = {}

    def cost(self, node: Node) -> int:
        return _COSTS[type(node)](self, node)

    def sum(self, nodes: tuple[Node, ...]) -> int:
        return capped(sum([self.cost(each) for each in nodes]))

    # Sizes

    def declared(self, path: Path) -> Size | None:
        """How large the values at a path of the schema can get."""
        held = self.root
        for name in path[1:]:
            if held is None:
                return None
            if name in ("@items", "@values"):
                held = held.item
            elif name == "@keys":
                held = held.key
            else:
                held = held.fields.get(name)
        return None if held is None or not path else Size(0, held.most)

    def size(self, node: Node) -> Size | None:
        found = self.sizes.get(node) or _literal_size(node)
        if found is not None:
            return found
        declared = self.declared(self.path(node))
        if declared is not None:
            self.sizes[node] = declared
            return declared
        if _scalar(self.checked.types[node]):
            return Size(1, 1)
        local = self.local(node)
        return None if local is None else local.size

    def size_or_unknown(self, node: Node) -> Size:
        return self.size(node) or UNKNOWN

    def entry(self, node: Node) -> Entry | None:
        found = self.entries.get(node)
        local = self.local(node)
        return found or (None if local is None else local.entry)

    def local(self, node: Node) -> Local | None:
        several = self.locals.get(node.name) if isinstance(node, Name) else None
        return several[-1] if several else None

    def path(self, node: Node) -> Path:
        local = self.local(node)
        return self.paths.get(node, ()) if local is None else local.path

    def known(self, node: Node) -> Known:
        path = self.path(node)
        return Known(node, () if path[:1] == ("@result",) else path, self.checked.types[node], self.size(node))

    # One function for each kind of node

    def literal(self, node: Literal) -> int:
        return 0

    def name(self, node: Name) -> int:
        local = self.local(node)
        self.paths[node] = (node.name,) if local is None else local.path
        return 1

    def select(self, node: Select) -> int:
        operand = self.cost(node.operand)
        if node.test:
            return operand
        self.paths[node] = (*self.path(node.operand), node.field)
        reads = self.checked.types[node.operand].kind in ("map", "object", "parameter")
        return capped(operand + reads)

    def items(self, node: Items) -> int:
        cost = self.sum(node.items)
        held = _joined([self.size_or_unknown(each) for each in node.items])
        self.entries[node] = Entry(Size(1, 1), held)
        return capped(cost + LIST)

    def map(self, node: Entries) -> int:
        cost = capped(sum([self.cost(part) for each in node.entries for part in (each.key, each.value)]))
        keys = _joined([self.size_or_unknown(each.key) for each in node.entries])
        values = _joined([self.size_or_unknown(each.value) for each in node.entries])
        self.entries[node] = Entry(keys, values)
        return capped(cost + MAP)

    def struct(self, node: Struct) -> int:
        return capped(self.sum(tuple([each.value for each in node.fields])) + STRUCT)

    def fold(self, node: Fold) -> int:
        if isinstance(node.range, Items) and not node.range.items and node.accumulator != "@result":
            return self.binding(node)
        cost = self.cost(node.range) + self.cost(node.start)
        self.push(node.accumulator, Local(self.path(node.start), self.size(node.start), self.entry(node.start)))
        names = self.loop_variables(node)
        for name, local in names:
            self.push(name, local)
        step = capped(self.cost(node.condition) + self.cost(node.step))
        for name, _ in names:
            self.locals[name].pop()
        cost += self.cost(node.result)
        self.locals[node.accumulator].pop()
        count = self.size_or_unknown(node.range)
        if isinstance(node.start, Literal):
            size = self.size(node.start)
            if size is not None:
                self.sizes[node] = size
        else:
            self.sizes[node] = count
            entry = self.entry(node.step)
            if entry is not None:
                self.entries[node] = entry
        return capped(cost + count.cost(step))

    def binding(self, node: Fold) -> int:
        cost = self.cost(node.range) + self.cost(node.start)
        self.push(node.accumulator, Local(self.path(node.start), self.size(node.start), self.entry(node.start)))
        cost += self.cost(node.result)
        self.locals[node.accumulator].pop()
        self.copy(node, node.result)
        return capped(cost)

    def push(self, name: str, local: Local) -> None:
        self.locals.setdefault(name, []).append(local)

    def copy(self, to: Node, of: Node) -> None:
        size, entry = self.size(of), self.entry(of)
        if size is not None:
            self.sizes[to] = size
        if entry is not None:
            self.entries[to] = entry

    def loop_variables(self, node: Fold) -> list[tuple[str, Local]]:
        """What is known of the variables of a loop."""
        over, entry = self.path(node.range), self.entry(node.range)
        key, value = (None, None) if entry is None else (entry.key, entry.value)
        is_list = self.checked.types[node.range].kind == "list"
        keys = Local((*over, "@indices" if is_list else "@keys"), key, None)
        values = Local((*over, "@items" if is_list else "@values"), value, None)
        if node.second:
            return [(node.variable, keys), (node.second, values)]
        return [(node.variable, values if is_list else keys)]

    def call(self, node: Call) -> int:
        if node.function == "dyn":
            cost = self.cost(node.arguments[0])
            self.copy(node, node.arguments[0])
            return capped(cost + 1)
        costs = [self.cost(each) for each in node.arguments]
        if node.function == "_?._":
            return capped(costs[0] + 1)
        candidates = self.checked.overloads.get(node, ())
        method = node.target is not None and any(each.method for each in candidates)
        before = self.cost(node.target) if node.target is not None and method else 0
        if not candidates:
            return 0
        target = self.known(node.target) if node.target is not None and method else None
        arguments = [self.known(each) for each in node.arguments]
        most, result = 0, None
        for each in candidates:
            cost, size = self.called(node, each, target, arguments, costs)
            most = max(most, cost)
            if size is not None:
                result = size if result is None else result.joined(size)
            if node.function == "_[_]" and each.kinds[0] in ("list", "map"):
                entry = self.entry(node.arguments[0])
                result = None if entry is None else entry.value
                inside = "@items" if each.kinds[0] == "list" else "@values"
                self.paths[node] = (*self.path(node.arguments[0]), inside)
            result = result or self.size(node)
        if result is not None:
            self.sizes[node] = result
        return capped(before + most)

    def called(
        self, node: Call, overload: Overload, target: Known | None, arguments: list[Known], costs: list[int]
    ) -> tuple[int, Size | None]:
        """What one overload costs, and how large its result is, if that is more than its type says."""
        if node.function == "_?_:_":
            return self.conditional(node, costs)
        if node.function == "_+_" and overload.kinds[0] in ("string", "bytes", "list"):
            return self.added(node, overload.kinds[0], costs)
        own = _library(self, node.function, overload, target, arguments)
        cost, size = (_standard(node.function, overload, target, arguments), None) if own is None else own
        return capped(cost + sum(costs)), size

    def conditional(self, node: Call, costs: list[int]) -> tuple[int, Size | None]:
        _, yes, no = node.arguments
        size = self.size_or_unknown(yes).joined(self.size_or_unknown(no))
        self.join_entries(node, yes, no)
        return capped(costs[0] + max(costs[1], costs[2])), size

    def added(self, node: Call, kind: str, costs: list[int]) -> tuple[int, Size | None]:
        one, other = node.arguments
        size = self.size_or_unknown(one).plus(self.size_or_unknown(other))
        self.join_entries(node, one, other)
        return capped((1 if kind == "list" else size.cost(TEXT)) + sum(costs)), size

    def join_entries(self, node: Node, one: Node, other: Node) -> None:
        first, second = self.entry(one), self.entry(other)
        if first is not None and second is not None:
            self.entries[node] = Entry(first.key.joined(second.key), first.value.joined(second.value))


def _literal_size(node: Node) -> Size | None:
    match node:
        case Literal(value=str() | bytes() as value):
            return Size(len(value), len(value))
        case Literal():
            return Size(1, 1)
        case Items(items=items):
            return Size(len(items), len(items))
        case Entries(entries=entries):
            return Size(len(entries), len(entries))
    return None


def _joined(sizes: list[Size]) -> Size:
    if not sizes:
        return Size(0, 0)
    return Size(min([each.least for each in sizes]), max([each.most for each in sizes]))


_FIXED = ("bool", "double", "duration", "int", "timestamp", "uint")


def _scalar(held: Type) -> bool:
    return held.kind in _FIXED or (held.is_optional and _scalar(held.parameters[0]))


def _standard(function: str, overload: Overload, target: Known | None, arguments: list[Known]) -> int:
    """What a function of the language itself costs, beside its arguments."""
    sizes = [each.size or UNKNOWN for each in arguments]
    text = (target.size or UNKNOWN) if target is not None else sizes[0] if sizes else UNKNOWN
    kind = overload.kinds[0] if overload.kinds else ""
    match function:
        case "format":
            return text.cost(TEXT)
        case "bytes" | "string" if kind in ("string", "bytes") and kind != function:
            return text.cost(TEXT)
        case "startsWith" | "endsWith":
            return sizes[0].cost(TEXT)
        case "@in" if overload.kinds[1] == "list":
            return sizes[1].most
        case "matches" if target is not None:
            return capped(text.plus(Size(1, 1)).cost(TEXT) * sizes[0].cost(REGEX))
        case "contains":
            return capped(text.cost(TEXT) * sizes[0].cost(TEXT))
        case "_&&_" | "_||_":
            return 0
        case "_<_" | "_>_" | "_<=_" | "_>=_" if kind in ("string", "bytes"):
            return min(sizes[0].cost(TEXT), sizes[1].cost(TEXT))
        case "_==_" | "_!=_":
            return min(sizes[0].cost(TEXT), sizes[1].cost(TEXT))
    return 1


Estimator = Callable[["_Estimate", Overload, Known, list[Known]], tuple[int, Size | None]]


def _library(
    estimate: _Estimate, function: str, overload: Overload, target: Known | None, arguments: list[Known]
) -> tuple[int, Size | None] | None:
    """What a function of Kubernetes or of an extension costs, and the size of its result; None if it is neither."""
    if function == "_==_":
        return _equality(arguments)
    if function in _ONE:
        return 1, None
    found = _LIBRARY.get(function)
    first = target if target is not None else arguments[0] if arguments else None
    return None if found is None or first is None else found(estimate, overload, first, arguments)


def _equality(arguments: list[Known]) -> tuple[int, Size | None] | None:
    one, other = arguments[0].type, arguments[1].type
    if one != other or one.kind != "opaque":
        return None
    if one.name == "kubernetes.NamedFormat":
        return capped(64 * TEXT), None
    if one.name == "kubernetes.URL":
        size = arguments[1].size
        return capped((1 if size is None else size.most) * TEXT), None
    return (1, None) if one.name in _SMALL else None


_SMALL = ("net.IP", "net.CIDR", "kubernetes.Quantity", "kubernetes.Semver")


def _of(known: Known) -> Size:
    return known.size or UNKNOWN


def _traversed(
    estimate: _Estimate, overload: Overload, target: Known, arguments: list[Known]
) -> tuple[int, Size | None]:
    """Each item of a list is compared; those of text by their characters."""
    if not target.type.parameters:
        return _of(target).cost(TEXT), None
    item = target.type.parameters[0]
    each = 1
    if item.kind in ("string", "bytes"):
        declared = estimate.declared((*target.path, "@items")) if target.path else None
        each += (declared or UNKNOWN).cost(TEXT)
    return _of(target).cost(each), None


def _text(factor: Fraction, result: bool) -> Estimator:
    def cost(estimate: _Estimate, overload: Overload, target: Known, arguments: list[Known]) -> tuple[int, Size | None]:
        size = _of(target)
        return size.cost(factor), size if result else None

    return cost


def _replace(estimate: _Estimate, overload: Overload, target: Known, arguments: list[Known]) -> tuple[int, Size | None]:
    size, old, new = _of(target), _of(arguments[0]), _of(arguments[1])
    if old.least == 0:
        most, kept = capped(size.most + 1), size.most
    elif new.most <= old.least:
        most, kept = 0, size.most
    else:
        most, kept = ceil(Fraction(size.most, old.least)), 0
    if old.most == 0:
        least, left = size.least + 1, size.least
    elif old.most <= new.least:
        least, left = 0, size.least
    else:
        least, left = ceil(Fraction(size.least, old.most)), 0
    result = Size(least, most).times(new).plus(Size(left, kept))
    return size.cost(2 * TEXT), result


def _split(estimate: _Estimate, overload: Overload, target: Known, arguments: list[Known]) -> tuple[int, Size | None]:
    size = _of(target)
    most = size.most
    limit = arguments[1].node if len(arguments) > 1 else None
    if isinstance(limit, Literal) and isinstance(limit.value, int):
        most = limit.value % (1 << 64)
    return size.cost(2 * TEXT), Size(0, most)


def _join(estimate: _Estimate, overload: Overload, target: Known, arguments: list[Known]) -> tuple[int, Size | None]:
    items = _of(target)
    declared = estimate.declared((*target.path, "@items")) if target.path else None
    size = items.times(declared or UNKNOWN)
    if arguments:
        size = size.plus(_of(arguments[0]).times(Size(max(0, items.least - 1), max(0, items.most - 1))))
    return size.cost(TEXT), size


def _find(estimate: _Estimate, overload: Overload, target: Known, arguments: list[Known]) -> tuple[int, Size | None]:
    text = _of(target)
    return capped(text.plus(Size(1, 1)).cost(TEXT) * _of(arguments[0]).cost(REGEX)), Size(0, text.most)


def _ip(estimate: _Estimate, overload: Overload, target: Known, arguments: list[Known]) -> tuple[int, Size | None]:
    return (1 if overload.method else _of(target).cost(TEXT)), None


def _contains(masked: bool) -> Estimator:
    def cost(estimate: _Estimate, overload: Overload, target: Known, arguments: list[Known]) -> tuple[int, Size | None]:
        total = Size(8, 32).cost(TEXT) + (Size(4, 16).cost(TEXT) + 1 if masked else 0)
        if overload.kinds[1] == "string":
            total += _of(arguments[0]).cost(TEXT)
        return capped(total), None

    return cost


def _validate(
    estimate: _Estimate, overload: Overload, target: Known, arguments: list[Known]
) -> tuple[int, Size | None]:
    return capped(_of(arguments[0]).cost(TEXT) * FORMAT_REGEX * REGEX), None


def _selector(
    estimate: _Estimate, overload: Overload, target: Known, arguments: list[Known]
) -> tuple[int, Size | None]:
    size = _of(arguments[0])
    return capped(LIST + size.cost(TEXT) + ceil(size.cost(Fraction(1, 2))) * (LIST + STRUCT)), None


def _check(estimate: _Estimate, overload: Overload, target: Known, arguments: list[Known]) -> tuple[int, Size | None]:
    return CHECK, None


_ONE = frozenset(
    (
        *("serviceAccount", "path", "group", "resource", "subresource", "namespace", "name", "allowed", "reason"),
        *("error", "errored", "masked", "prefixLength", "family", "isUnspecified", "isLoopback"),
        *("isLinkLocalMulticast", "isLinkLocalUnicast", "isGlobalUnicast", "format.named", "sign", "asInteger"),
        *("isInteger", "asApproximateFloat", "isGreaterThan", "isLessThan", "compareTo", "add", "sub", "major"),
        *("minor", "patch", "getScheme", "getHostname", "getHost", "getPort", "getEscapedPath", "getQuery"),
    )
)
_LIBRARY: Mapping[str, Estimator] = {
    "check": _check,
    **dict.fromkeys(("fieldSelector", "labelSelector"), _selector),
    **dict.fromkeys(("isSorted", "sum", "max", "min", "indexOf", "lastIndexOf"), _traversed),
    **dict.fromkeys(("url", "lowerAscii", "upperAscii", "substring", "trim"), _text(TEXT, result=True)),
    **dict.fromkeys(("cidr", "isIP", "isCIDR", "quantity", "isQuantity", "semver"), _text(TEXT, result=False)),
    "isSemver": _text(TEXT, result=False),
    "ip.isCanonical": _text(2 * TEXT, result=False),
    "replace": _replace,
    "split": _split,
    "join": _join,
    "find": _find,
    "findAll": _find,
    "ip": _ip,
    "containsIP": _contains(masked=False),
    "containsCIDR": _contains(masked=True),
    "validate": _validate,
}
_COSTS: Mapping[type, Callable[..., int]] = {
    Literal: _Estimate.literal,
    Name: _Estimate.name,
    Select: _Estimate.select,
    Call: _Estimate.call,
    Items: _Estimate.items,
    Entries: _Estimate.map,
    Struct: _Estimate.struct,
    Fold: _Estimate.fold,
}
