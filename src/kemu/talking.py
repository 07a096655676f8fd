"""What a user can do with the containers of a pod: read their logs, run commands in them, talk to their processes."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

from . import errors
from .apiserver.request import ConnectOptions, LogOptions, Request
from .containers.files import to_text
from .names import one_of
from .objects import core
from .streams import Mapped, Stream
from .turns import by_turns
from .values.durations import Duration, seconds_of

if TYPE_CHECKING:
    from .assembly import Assembly
    from .containers.sessions import Session


@by_turns()
class Talking:
    """The part of the hand that is about containers."""

    parts: Assembly

    def logs(
        self,
        pod: Any,
        *,
        namespace: str = "default",
        container: str = "",
        previous: bool = False,
        follow: bool = False,
        tail: int | None = None,
        since: Duration | None = None,
        timestamps: bool = False,
    ) -> Any:
        """What a container has written, as `kubectl logs` prints it: a text, or with `follow` a stream of lines.

        `tail` are so many lines at the end, `since` those of so much time. Raises NotFound, BadRequest.
        """
        seconds = None if since is None else max(1, ceil(seconds_of(since)))
        options = LogOptions(container, follow, previous, seconds, None, timestamps, tail)
        source = self._of_pod("get", pod, namespace, "log", options)
        if follow:
            return Stream(Mapped(source, lambda line: to_text(line).removesuffix("\n")), self.parts.driver)
        return to_text(b"".join(source.poll().items))

    def exec(
        self,
        pod: Any,
        command: Sequence[str],
        *,
        namespace: str = "default",
        container: str = "",
        stream: bool = False,
        stdin: bool = False,
    ) -> Any:
        """Run a command in a container: a result with `.exit_code` and `.output`; takes no virtual time.

        With `stream` or `stdin` it is a `Session`, which takes as long as the command: frames to go over or to poll,
        `.send(text)`, `.close_input()`, and the `.exit_code` at the end. Raises NotFound, BadRequest, InternalError.
        """
        if isinstance(command, str) or not command or not all(isinstance(word, str) for word in command):
            raise errors.UsageError(f"a command is a list of words: exec(pod, ['ls', '/tmp']), got {command!r}")
        if stream or stdin:
            options = ConnectOptions(container, tuple(command), stdin)
            return self._of_pod("create", pod, namespace, "exec", options)()
        target = one_of(self.parts.api.resources, core.Pod, pod, namespace)
        found = self.parts.admin.get(core.Pod, target.name, target.namespace)
        return self.parts.kubelets.exec(found, container, tuple(command))

    def attach(self, pod: Any, *, namespace: str = "default", container: str = "", stdin: bool = False) -> Session:
        """Talk to the process of a container itself: a `Session` with what it writes from now on, which ends with it.

        Raises NotFound, BadRequest, InternalError.
        """
        begin = self._of_pod("create", pod, namespace, "attach", ConnectOptions(container, (), stdin))
        session: Session = begin()
        return session

    def _of_pod(self, verb: str, pod: Any, namespace: str, what: str, options: Any) -> Any:
        """What the kubelet behind a subresource of a pod answers."""
        target = one_of(self.parts.api.resources, core.Pod, pod, namespace)
        place = (target.resource, target.namespace, target.name)
        return self.parts.api.do(Request(verb, *place, subresource=what, options=options)).obj
