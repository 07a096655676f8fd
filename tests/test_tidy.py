"""The architecture as tests: what may import what, and who may know the time or take a chance."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src" / "kemu"
LAYERS = (
    ("errors", "clock", "entropy", "wellknown"),
    ("loop", "values", "streams", "cel"),
    ("objects", "mvcc", "store"),
    ("apiserver",),
    ("containers", "runtime_fake", "behaviors", "kit"),
    ("network", "network_policy", "name_records"),
    ("bootstrap", "reconcilers"),
    ("checks", "names", "manifests", "history", "unsimulated", "notices", "validating"),
    ("driver", "turns"),
    ("assembly", "record", "proxies", "faults", "fingerprints", "handles", "waiting"),
    ("cluster", "claims", "verbs", "looking", "talking", "kept", "timeline", "describe", "server"),
    ("narration", "scenario", "testing", "adapters"),
    ("cli", "__main__"),
)
"""From the bottom up: a module imports from its own row and from those above it in this list."""

RANK = {name: rank for rank, row in enumerate(LAYERS) for name in row}
FORBIDDEN = {"time", "random", "uuid", "secrets", "threading", "asyncio", "multiprocessing", "socket", "selectors"}
MAY_BE_REAL = ("server", "cli.py", "__main__.py")
"""What talks to the real world; everything else is simulated and knows neither its clock nor its chance."""

MAY_USE = {
    "values/late.py": {"threading"},
    "turns.py": {"threading", "time"},
    "adapters/crew.py": {"threading"},
    "adapters/event_loop.py": {"asyncio", "selectors", "threading"},
    "adapters/forwarding.py": {"socket"},
    "adapters/kopf_operator.py": {"asyncio"},
    "adapters/reading.py": {"asyncio"},
    "adapters/virtual_time.py": {"asyncio", "threading", "time"},
    "adapters/over_aiohttp.py": {"asyncio"},
}
"""What the driver has of the real world: threads that wait for each other, and the clock on the wall; and what stands
in the place of these for code under test."""

FILES = sorted(SOURCE.rglob("*.py"))


def _home(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def _imports(path: Path) -> list[tuple[int, str, bool]]:
    """(level, module, whether only for the type checker) of every import of a file, also inside of functions."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)
        for inner in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            names = [node.module] if node.module else [alias.name for alias in node.names]
            found += [(node.level, name, id(node) in for_types) for name in names]
        elif isinstance(node, ast.Import):
            found += [(0, alias.name, id(node) in for_types) for alias in node.names]
    return found


def _target(path: Path, level: int, module: str) -> str | None:
    """The top-level part of kemu that an import names, or None if it is somebody else's."""
    if level == 0:
        parts = module.split(".")
        return parts[1] if parts[0] == "kemu" and len(parts) > 1 else None
    package = path.relative_to(SOURCE).parts[:-1]
    depth = len(package) - (level - 1)
    full = (*package[:depth], *module.split("."))
    return full[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_imports_point_down(path):
    """A module imports only from its own layer and the layers below it."""
    home = _home(path)
    if home == "__init__":
        return
    assert home in RANK, f"{home} has no layer: add it to LAYERS and to docs/architecture.md"
    for level, module, for_types in _imports(path):
        target = _target(path, level, module)
        if target is None or target == home or for_types or target.startswith("__"):
            continue
        assert RANK.get(target, -1) <= RANK[home], f"{path.relative_to(SOURCE)} imports {target}, which is above it"


def test_the_picture_of_the_layers_is_true():
    """The first picture of docs/architecture.md has the rows of LAYERS, from the top down."""
    page = (SOURCE.parent.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    picture = page.split("```")[1].strip().splitlines()
    rows = [set(line[:66].split()) for line in picture]
    assert rows == [set(row) for row in reversed(LAYERS)]


RECONCILERS = sorted(
    {path.relative_to(SOURCE / "reconcilers").parts[0] for path in (SOURCE / "reconcilers").rglob("*.py")}
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_controllers_know_nothing_of_each_other(path):
    """A file or folder in `reconcilers/` imports from no sibling: what two of them need has its home in the kit."""
    parts = path.relative_to(SOURCE).parts
    if parts[0] != "reconcilers" or parts[1:] == ("__init__.py",):
        return
    own = parts[1].removesuffix(".py")
    siblings = {name.removesuffix(".py") for name in RECONCILERS} - {own, "__init__"}
    package = ("kemu", *parts[:-1])
    for level, module, _ in _imports(path):
        full = (*package[: len(package) - (level - 1)], *module.split(".")) if level else tuple(module.split("."))
        if full[:2] == ("kemu", "reconcilers") and len(full) > 2:
            assert full[2] not in siblings, f"{'/'.join(parts)} imports {full[2]}"


SCHEDULER = SOURCE / "reconcilers" / "scheduler"
PLUGINS = sorted((SCHEDULER / "plugins").glob("*.py"))


def _plugin_classes(path: Path) -> list[str]:
    """The names of the scheduler's plugins that a file makes."""
    classes = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.ClassDef)]
    return [each.name for each in classes if any(isinstance(b, ast.Name) and b.id == "Plugin" for b in each.bases)]


def test_a_file_of_the_scheduler_has_one_plugin():
    """Every built-in plugin is a file of its own."""
    found = {path.stem: _plugin_classes(path) for path in PLUGINS if _plugin_classes(path)}
    assert len(found) == 20
    assert all(len(names) == 1 for names in found.values()), found


@pytest.mark.parametrize("path", sorted(SCHEDULER.glob("*.py")), ids=lambda path: path.name)
def test_the_scheduler_knows_no_plugin(path):
    """Only the configuration names plugins, and only the wiring takes the list of them: all else asks what they say."""
    imported = {module for level, module, _ in _imports(path) if level == 1 and module.split(".")[0] == "plugins"}
    assert imported <= ({"plugins"} if path.name == "wiring.py" else set())
    if path.name == "config.py":
        return
    names = {name for each in PLUGINS for name in _plugin_classes(each)}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        named = node.id if isinstance(node, ast.Name) else node.value if isinstance(node, ast.Constant) else None
        assert named not in names, f"{path.name}:{node.lineno} names {named}"


BEHIND_THE_DOOR = {"find", "page", "put", "delete", "store", "desk", "_create", "_update", "_patch"}
"""What of an `ApiServer` nobody but the server's own modules may touch; everybody else has `do`."""


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nobody_reaches_behind_the_door(path):
    """Outside of `apiserver/` nothing reads or writes but through `ApiServer.do`, and nothing touches the store."""
    parts = path.relative_to(SOURCE).parts
    if parts[0] in ("apiserver", "mvcc", "server", "objects") or parts[-1] in ("store.py", "watches.py"):
        return
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Attribute):
            continue
        held = node.value
        name = held.attr if isinstance(held, ast.Attribute) else held.id if isinstance(held, ast.Name) else ""
        where = f"{'/'.join(parts)}:{node.lineno}"
        if name in ("api", "_api", "server", "_server") and not _is_client(held):
            assert node.attr not in BEHIND_THE_DOOR, f"{where}: .{node.attr} of the API server"
        if name in ("store", "_store") and parts[-1] not in ("cluster.py", "assembly.py", "record.py"):
            assert node.attr == "revision", f"{where}: .{node.attr} of the store"


def _is_client(held: ast.expr) -> bool:
    """Whether `api` is the typed client of a reconciler, which is what its parameter is called there."""
    return isinstance(held, ast.Name) and held.id == "api"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_the_simulated_world_knows_no_real_clock_chance_or_thread(path):
    """Time comes from clock.py, chance from entropy.py, order from loop.py, and from nowhere else."""
    relative = path.relative_to(SOURCE)
    if str(relative).startswith(MAY_BE_REAL):
        return
    used = {module.split(".")[0] for level, module, _ in _imports(path) if level == 0}
    forbidden = used & FORBIDDEN - MAY_USE.get(str(relative), set())
    assert not forbidden, f"{relative} imports {sorted(forbidden)}"
    text = path.read_text(encoding="utf-8")
    for call in ("datetime.now(", "datetime.utcnow(", "date.today(", "os.urandom("):
        assert call not in text, f"{relative} calls {call})"


SET_METHODS = {"union", "intersection", "difference", "symmetric_difference"}
IN_ORDER = {"list", "tuple", "iter", "enumerate", "next", "zip", "map", "filter", "join", "extend", "fromkeys"}
"""What takes the members of a set in whatever order they come."""

ANY_ORDER = {"sorted", "set", "frozenset", "any", "all", "min", "max", "len"}
"""What gives the same whatever the order: inside of these a generator may go over a set."""

TREES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}


def _declares_a_set(annotation: ast.expr | None, aliases: frozenset[str] = frozenset()) -> bool:
    name = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return isinstance(name, ast.Name) and name.id in {"set", "frozenset", "AbstractSet", *aliases}


ALIASES = frozenset(
    target.id
    for tree in TREES.values()
    for node in tree.body
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript) and _declares_a_set(node.value)
    for target in node.targets
    if isinstance(target, ast.Name)
)
"""Names of types that are sets, such as `Fields = frozenset[Path]`."""

RETURN_SETS = {
    node.name
    for tree in TREES.values()
    for node in ast.walk(tree)
    if isinstance(node, ast.FunctionDef) and _declares_a_set(node.returns, ALIASES)
}


class Sets:
    """What is known to be a set at a place in a file: by how it was made, or by what it is declared as."""

    def __init__(self, names: frozenset[str], attributes: frozenset[str]) -> None:
        self.names = names
        self.attributes = attributes

    def __contains__(self, node: ast.expr) -> bool:
        if isinstance(node, ast.Set | ast.SetComp):
            return True
        if isinstance(node, ast.Name):
            return node.id in self.names
        if isinstance(node, ast.Attribute):
            return node.attr in self.attributes
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr | ast.BitAnd | ast.Sub | ast.BitXor):
            return node.left in self or node.right in self
        if isinstance(node, ast.IfExp):
            return node.body in self or node.orelse in self
        if not isinstance(node, ast.Call):
            return False
        called = _called(node)
        if isinstance(node.func, ast.Attribute) and (called in SET_METHODS or called == "copy"):
            return node.func.value in self or (called == "union" and called not in self.attributes)
        return called in {"set", "frozenset"} | RETURN_SETS

    def inside(self, scope: ast.AST, own: list[ast.AST]) -> "Sets":
        """What is a set in a function or module, given what is one outside of it."""
        arguments = [arg for node in [getattr(scope, "args", None)] if node for arg in (*node.args, *node.kwonlyargs)]
        hidden = {arg.arg for arg in arguments} | set(_bound(own))
        declared = {arg.arg for arg in arguments if _declares_a_set(arg.annotation, ALIASES)}
        found = Sets(frozenset(self.names - hidden | declared), self.attributes)
        while True:
            more = {name for name, value, said in _assigned(own) if said or value in found}
            if more <= found.names:
                return found
            found = Sets(found.names | more, self.attributes)


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _assigned(own: list[ast.AST]) -> list[tuple[str, ast.expr, bool]]:
    """(name, value, whether it is declared a set) of every assignment to a name."""
    found = []
    for node in own:
        targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
        value = getattr(node, "value", None)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr) and value is not None:
            said = isinstance(node, ast.AnnAssign) and _declares_a_set(node.annotation, ALIASES)
            found += [(target.id, value, said) for target in targets if isinstance(target, ast.Name)]
    return found


def _bound(own: list[ast.AST]) -> list[str]:
    return [node.id for node in own if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)]


def _scopes(tree: ast.AST, outer: Sets) -> list[tuple[Sets, list[ast.AST]]]:
    """Every function of a file, and the file itself: what is a set there, and the nodes that are not deeper."""
    own, deeper, waiting = [], [], list(ast.iter_child_nodes(tree))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            deeper.append(node)
        else:
            own.append(node)
            waiting += ast.iter_child_nodes(node)
    sets = outer.inside(tree, own)
    return [(sets, own), *[scope for function in deeper for scope in _scopes(function, sets)]]


def _iterations(own: list[ast.AST]) -> list[ast.expr]:
    """What is gone over in an order that could be seen."""
    free = {id(arg) for node in own if isinstance(node, ast.Call) and _called(node) in ANY_ORDER for arg in node.args}
    found = []
    for node in own:
        if isinstance(node, ast.For):
            found.append(node.iter)
        elif isinstance(node, ast.GeneratorExp | ast.ListComp | ast.DictComp) and id(node) not in free:
            found += [part.iter for part in node.generators]
        elif isinstance(node, ast.Starred) and id(node) not in free:
            found.append(node.value)
        elif isinstance(node, ast.Call) and _called(node) in IN_ORDER:
            found += node.args[:1] if _called(node) == "next" else node.args
    return found


def _sets_gone_over(tree: ast.AST) -> list[int]:
    """The lines in which the order of a set could be seen."""
    attributes = {
        node.target.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Attribute)
        if _declares_a_set(node.annotation, ALIASES)
    }
    attributes |= {
        node.target.id
        for body in ast.walk(tree)
        if isinstance(body, ast.ClassDef)
        for node in body.body
        if isinstance(node, ast.AnnAssign) and _declares_a_set(node.annotation, ALIASES)
    }
    everywhere = Sets(frozenset(), frozenset(attributes))
    return [
        iterated.lineno for sets, own in _scopes(tree, everywhere) for iterated in _iterations(own) if iterated in sets
    ]


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_goes_over_a_set_in_its_own_order(path):
    """The order of a set depends on the process: whoever goes over one sorts it, or does not care for the order."""
    assert _sets_gone_over(TREES[path]) == []


@pytest.mark.parametrize(
    ("program", "lines"),
    [
        ("for x in {1, 2}: pass", [1]),
        ("names = set(given)\nfor x in names: pass", [2]),
        ("def f(names: frozenset[str]): return list(names)", [1]),
        ("def f(a):\n    both = set(a) & other\n    return [x for x in both]", [3]),
        ("names = {1}\ndef f(): return ','.join(names)", [2]),
        ("names = {1}\ndef f(names): return ','.join(names)", []),
        ("class A:\n    def __init__(self): self.x: set[int] = set()\n    def f(self): return [*self.x]", [3]),
        ("first = next(iter({1}), 0)", [1]),
        ("names = {1}\nfor x in sorted(names): any(y for y in names)", []),
        ("names = {1: 2}\nfor x in names: pass", []),
    ],
)
def test_sets_are_found_where_they_are(program, lines):
    """The test above knows a set by how it was made, and by what it is declared as."""
    assert _sets_gone_over(ast.parse(program)) == lines


def test_importing_kemu_loads_no_api_types():
    """`import kemu` stays light: the API types and the cluster are loaded when they are first used."""
    import subprocess
    import sys

    code = "import sys, kemu; print([name for name in sys.modules if name.startswith('kemu.')])"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "kemu.objects.core" not in loaded and "kemu.cluster" not in loaded
