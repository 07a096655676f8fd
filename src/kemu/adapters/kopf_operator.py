"""`kopf_operator`: an operator written with kopf, unmodified, beside a cluster and on its clock.

    with kemu.kopf_operator(cluster, "operator.py") as operator:
        cluster.apply("widget.yaml")
        cluster.wait("widgets/a", "jsonpath={.status.phase}=Ready")
        cluster.advance("1h")

The operator is a guest of the cluster: whenever somebody lets time pass, it runs as soon as there is something for it,
and its timers, daemons and retries come at their very moments. Synchronous handlers run in threads, one at a time (see
`crew.py`). Admission handlers answer in process, whatever server or tunnel the operator configures.
"""

from __future__ import annotations

import asyncio
import contextvars
import importlib
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from inspect import ismodule
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from ..errors import MissingExtra, UsageError
from .event_loop import ClusterLoop, Here
from .mocking import mock_kubernetes
from .patches import Patches
from .virtual_time import virtual_time

if TYPE_CHECKING:
    from ..cluster import Cluster

ADMISSION = "https://kopf.kemu.invalid"
"""The URL of the admission handlers, as far as the cluster knows it."""

LOGIN = "authentication"
"""The activity of kopf in which an operator finds its credentials."""

LONGEST_END = 600.0
"""Virtual seconds that an operator may take to end."""

_current: contextvars.ContextVar[kopf_operator | None] = contextvars.ContextVar("operator", default=None)


class kopf_operator:
    """Run an operator beside a cluster for the length of a `with` block.

    `sources` are files (`"operator.py"`, a Path), names of modules (`"package.module"`), modules, or a registry with
    handlers; without any, the handlers are those that were declared by kopf's decorators so far. `namespaces` are where
    it looks; by default everywhere. `standalone` is without peering. `settings` are kopf's (its own defaults, if none),
    and `more` are further arguments of `kopf.operator`.

    With `strict`, an exception of a handler that is none of kopf's own (TemporaryError, PermanentError) is raised where
    the test lets time pass. Without, kopf deals with it as configured, and it is in `exceptions`.

    Raises MissingExtra without kopf (`kemu[kopf]`), UsageError for what is no operator.
    """

    def __init__(
        self,
        cluster: Cluster,
        *sources: Any,
        namespaces: Sequence[str] = (),
        standalone: bool = True,
        settings: Any = None,
        strict: bool = True,
        **more: Any,
    ) -> None:
        self.cluster = cluster
        self.exceptions: list[Exception] = []
        """What handlers have raised that is none of kopf's own exceptions."""
        self._sources = sources
        self.settings = settings
        self._strict = strict
        self._more = {"namespaces": namespaces, "clusterwide": not namespaces, "standalone": standalone, **more}
        self._raised: Exception | None = None
        self._visitors = cluster.parts.driver.visitors
        self._patches = Patches()
        self._stack = ExitStack()
        self._here = Here()

    def __enter__(self) -> Self:
        try:
            self._kopf = importlib.import_module("kopf")
        except ImportError:
            raise MissingExtra("kopf_operator", "kopf") from None
        try:
            self._begin()
            self.cluster.settle()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, kind: object, problem: object, trace: object) -> None:
        self._end()
        if problem is None:
            self._raise()
            self._check_end()

    def _begin(self) -> None:
        self._stack.enter_context(virtual_time(self.cluster))
        if mock_kubernetes.server_of(self.cluster) is None:
            self._stack.enter_context(mock_kubernetes(self.cluster))
        self._stack.callback(self._patches.undo)
        self._stack.callback(self._here.close)
        registry = self._registry()
        if self.settings is None:
            self.settings = self._kopf.OperatorSettings()
            self._stack.callback(self.settings.execution.executor.shutdown)
        self._patch()
        self._loop = ClusterLoop(self.cluster.parts.driver)
        self._stack.callback(self._loop.close)
        self._stop = asyncio.Event()
        context = contextvars.copy_context()
        context.run(_current.set, self)
        options = {"registry": registry, "settings": self.settings, "stop_flag": self._stop, **self._identity(registry)}
        self._task = context.run(self._loop.create_task, self._kopf.operator(**{**options, **self._more}))
        self._visitors.guests.append(self)
        self._stack.callback(self._visitors.guests.remove, self)

    def _identity(self, registry: Any) -> dict[str, Any]:
        """Who the operator is: the same in every run; and known to the cluster, if it has no handlers for a login."""
        credentials = importlib.import_module("kopf._cogs.structs.credentials")
        peering = importlib.import_module("kopf._core.engines.peering")
        found: dict[str, Any] = {"identity": peering.Identity("kemu")}
        if not any(handler.activity == LOGIN for handler in registry._activities.get_all_handlers()):
            server = mock_kubernetes.server_of(self.cluster)
            known = credentials.ConnectionInfo(server=server, default_namespace="default")
            found["vault"] = credentials.Vault({"kemu": known})
        return found

    def _end(self) -> None:
        """Let the operator end as on a signal, and put everything back."""
        with self._stack:
            if self in self._visitors.guests and not self._task.done():
                self._strict = False
                self._loop.call_soon(self._stop.set)
                driver = self.cluster.parts.driver
                driver.wait_until(self._task.done, driver.now + LONGEST_END)

    # As a guest

    def due(self) -> float:
        """When the operator wants to run."""
        return self._loop.due()

    def run(self) -> None:
        """Let it run. Raises what its handlers have raised, and what has ended it."""
        self._loop.run()
        self._raise()
        if self._task.done() and not self._stop.is_set():
            self._stop.set()
            self._check_end()
            raise UsageError("the operator has ended by itself")

    def _check_end(self) -> None:
        """Raise what has ended the operator, with what its handlers have raised."""
        problem = None if self._task.cancelled() else self._task.exception()
        if problem is not None:
            for name, outcome in getattr(problem, "outcomes", {}).items():
                problem.add_note(f"{name}: {outcome.exception!r}")
            raise problem

    def _raise(self) -> None:
        raised, self._raised = self._raised, None
        if raised is not None:
            raise raised

    def note(self, problem: Exception) -> None:
        """Note what a handler has raised."""
        self.exceptions.append(problem)
        if self._strict and self._raised is None:
            self._raised = problem

    # Loading

    def _registry(self) -> Any:
        """The registry of the handlers that the sources declare."""
        registries = importlib.import_module("kopf._core.intents.registries")
        given = [each for each in self._sources if isinstance(each, registries.OperatorRegistry)]
        if given:
            if len(self._sources) > 1:
                raise UsageError("a registry has all handlers of an operator: give it alone")
            return given[0]
        before = registries.get_default_registry()
        if not self._sources:
            return before
        made = registries.SmartOperatorRegistry()
        registries.set_default_registry(made)
        path = list(sys.path)
        try:
            for source in self._sources:
                _load(source)
        finally:
            registries.set_default_registry(before)
            sys.path[:] = path
        return made

    # What stands in the place of parts of kopf

    def _patch(self) -> None:
        invocation = importlib.import_module("kopf._core.actions.invocation")
        admission = importlib.import_module("kopf._core.engines.admission")
        invoke, own = invocation.invoke, (self._kopf.TemporaryError, self._kopf.PermanentError)

        async def noted(*args: Any, **more: Any) -> Any:
            try:
                return await invoke(*args, **more)
            except Exception as problem:
                if _current.get() is self and not isinstance(problem, own):
                    self.note(problem)
                raise

        serve = admission.admission_webhook_server

        async def served(**more: Any) -> None:
            await (self._serve_admission(**more) if _current.get() is self else serve(**more))

        self._patches.set(invocation, "invoke", noted)
        self._patches.set(admission, "admission_webhook_server", served)

    async def _serve_admission(self, registry: Any, insights: Any, webhookfn: Any, container: Any, **more: Any) -> None:
        """Answer for the admission handlers, at URLs that only the cluster knows."""
        await insights.ready_resources.wait()
        context = contextvars.copy_context()
        inject = importlib.import_module("kopf._core.engines.admission")._inject_handler_id
        for handler in registry._webhooks.get_all_handlers():
            where = inject({"url": ADMISSION}, handler.id)["url"]
            self.cluster.admission.webhook(where, self._answerer(webhookfn, handler.id, context))
            self._stack.callback(self.cluster.admission.remove, where)
        await container.set({"url": ADMISSION})
        await asyncio.Event().wait()

    def _answerer(self, webhookfn: Any, handler: str, context: contextvars.Context) -> Callable[[Any], Any]:
        """A function that lets a handler answer, while whoever sends the request waits."""

        def answer(review: Any) -> Any:
            return context.copy().run(self._here.run, webhookfn(review, webhook=handler))

        return answer


def _load(source: Any) -> None:
    """Run the code that declares handlers, so that they are in the default registry. Raises UsageError."""
    loaders = importlib.import_module("kopf._cogs.helpers.loaders")
    if ismodule(source):
        importlib.reload(source)
    elif isinstance(source, Path) or (isinstance(source, str) and source.endswith(".py")):
        if not Path(source).is_file():
            raise UsageError(f"there is no file {source}")
        loaders.preload(paths=[str(source)], modules=[])
    elif isinstance(source, str):
        before = sys.modules.pop(source, None)
        try:
            importlib.import_module(source)
        except ModuleNotFoundError as problem:
            raise UsageError(f"there is no module {problem.name} (a file ends with .py)") from None
        finally:
            if before is not None:
                sys.modules[source] = before
    else:
        raise UsageError(f"an operator is a file, a module, or a registry, not {source!r}")
