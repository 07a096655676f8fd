"""What a type checker is told of the API types: `python -m kemu.objects.stubs` writes it.

A declaration is read when its class is first used (see `model.py`), which no type checker does. So every module of
declarations has a stub beside it: the same lines, and with each class its constructor, which takes what `convert.py`
converts: a dict for a struct, a list for a tuple, text for a quantity. The stubs are written from the declarations and
the shapes, and a test holds the two together; nobody edits them.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from textwrap import fill
from typing import Any

from . import DECLARING, MODULES, OTHERS, scheme
from .model import Struct, TopLevel
from .schema import Field, Type

HEAD = (
    '"""Written by `python -m kemu.objects.stubs`."""',
    "",
    "from collections.abc import Mapping, Sequence",
    "from datetime import datetime",
    "from typing import Any, ClassVar, Literal",
    "",
    "from kemu.objects import meta",
    "from kemu.values.quantity import Quantity",
)
WIDTH = 120
_GLUE = "\0"
"""Stands for a space at which no line is broken."""

_BREAKS = ((" import ", ")", ", "), ("(self, *, ", ") -> None: ...", "= ..., "), ("[", "]", ", "))
"""Where long lines are opened, how they end, and between what they are broken."""

_GIVEN = {
    "quantity": "{} | str | int | float",
    "time": "{} | datetime | str | int",
    "microtime": "{} | datetime | str | int | float",
    "struct": "{} | Mapping[str, Any]",
    "json": "Any",
}
"""What a constructor takes for a value, where that is more than what the field holds."""


def stubs() -> dict[Path, str]:
    """The text of every stub, by the file that it stands in."""
    folder = Path(__file__).parent
    found = {folder / "__init__.pyi": _package()}
    for source in sorted([*folder.glob("*.py"), *folder.glob("core/*.py")]):
        if source.stem in DECLARING or (source.parent.name == "core" and source.stem != "__init__"):
            found[source.with_suffix(".pyi")] = _module(source, source.relative_to(folder).with_suffix("").parts)
    return found


def _package() -> str:
    """The stub of the package: the kinds by name, and its modules."""
    names = {**scheme.homes(), **OTHERS}
    lines = [*HEAD, f"from . import {', '.join(f'{module} as {module}' for module in sorted(MODULES))}"]
    lines += [f"from .{module} import {name} as {name}" for name, module in sorted(names.items())]
    lines += ["", "GROUPS: Mapping[str, str]", "OTHERS: Mapping[str, str]"]
    lines += ["DECLARING: tuple[str, ...]", "MODULES: tuple[str, ...]"]
    return "\n".join(map(_filled, lines)) + "\n"


def _module(source: Path, parts: tuple[str, ...]) -> str:
    module = import_module(".".join((__package__, *parts)))
    tree = ast.parse(source.read_text(encoding="utf-8"))
    lines = list(HEAD)
    for node in _statements(tree):
        if isinstance(node, ast.ClassDef):
            lines += ["", *_class(node, getattr(module, node.name))]
        elif isinstance(node, ast.ImportFrom | ast.Assign):
            lines.append(ast.unparse(node))
    return "\n".join(map(_filled, lines)) + "\n"


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """What stands in a module, also what is only for type checkers."""
    for node in tree.body:
        if isinstance(node, ast.If):
            yield from node.body
        elif not (isinstance(node, ast.ImportFrom) and node.module in ("__future__", "typing")):
            yield node


def _class(node: ast.ClassDef, cls: type[Struct]) -> Iterator[str]:
    yield f"class {node.name}({', '.join(map(ast.unparse, node.bases))}):"
    lines = [each for each in node.body if isinstance(each, ast.AnnAssign)]
    for each in lines:
        yield f"    {ast.unparse(each.target)}: {ast.unparse(each.annotation)}"
    if not cls._abstract:
        parameters = list(_parameters(cls))
        yield f"    def __init__({', '.join(['self', *(['*'] if parameters else []), *parameters])}) -> None: ..."
    elif not lines:
        yield "    ..."


def _parameters(cls: Any) -> Iterator[str]:
    """The parameters of a constructor, each with what it takes."""
    for field in cls._fields:
        if field.stored:
            yield f"{field.name}: {_taken(cls._declared[field.name][0], field)} = ..."
    if issubclass(cls, TopLevel):
        yield f'kind: Literal["{cls.kind}"] | None = ...'
        yield f'api_version: Literal["{cls.api_version}"] | None = ...'


def _taken(annotation: str, field: Field) -> str:
    taken = _value(annotation.removesuffix(" | None"), field.type)
    return taken if taken == "Any" else f"{taken} | None"


def _value(annotation: str, held: Type) -> str:
    if held.kind == "list" and held.item is not None:
        item = _value(_inside(annotation, "tuple[", ", ...]", held.item), held.item)
        return f"list[{item}] | tuple[{item}, ...]" if held.item.kind == "string" else f"Sequence[{item}]"
    if held.kind == "map" and held.item is not None:
        return f"Mapping[str, {_value(_inside(annotation, 'Map[', ']', held.item), held.item)}]"
    return _GIVEN.get(held.kind, "{}").format(annotation)


def _inside(annotation: str, start: str, end: str, item: Type) -> str:
    """What the annotation of a list or a map says of its items; some have names (`ResourceList`) that hide it."""
    if annotation.startswith(start):
        return annotation.removeprefix(start).removesuffix(end)
    return {"quantity": "Quantity", "string": "str"}[item.kind]


def _filled(line: str) -> str:
    """A line, or as many as it needs, broken between the names of an import or the parameters of a function."""
    if len(line) <= WIDTH:
        return line
    mark, end, between = next(each for each in _BREAKS if each[0] in line)
    head, _, rest = line.partition(mark)
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    words = rest.removesuffix(end).replace(" ", _GLUE).replace(between.replace(" ", _GLUE), between)
    body = fill(words, WIDTH, initial_indent=indent, subsequent_indent=indent, break_long_words=False)
    opened = f"{mark}(" if mark == " import " else mark.rstrip()
    return f"{head}{opened}\n{body.replace(_GLUE, ' ')}\n{indent[4:]}{end}"


if __name__ == "__main__":
    for path, text in stubs().items():
        path.write_text(text, encoding="utf-8")
