"""What a user can do with the containers of a pod: read their logs, run commands in them, talk to their processes, and
to what they serve on the cluster's network."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING, Any

import attrs

from . import errors
from .apiserver.request import ConnectOptions, LogOptions, Request
from .containers.calls import Call, target_of
from .containers.files import to_text
from .containers.resolving import Resolver, resolver_of
from .names import one_of
from .network import Reply
from .objects import core
from .reconcilers.kubelet import names
from .reconcilers.kubelet.answering import Ends
from .reconcilers.kubelet.names import NODE_SERVER
from .streams import Mapped, Stream
from .turns import by_turns
from .values.durations import Duration, seconds_of

if TYPE_CHECKING:
    from .assembly import Assembly
    from .containers.sessions import Session


@attrs.frozen
class HttpReply:
    """What a request over the cluster's network came to: `cluster.http(...)`."""

    status: int
    """The status that was answered; 0 if nobody has answered."""
    body: str
    problem: str
    """Why nobody has answered, as programs say it: no such name, `Connection refused`, `Connection timed out`."""
    pod: str
    """The name of the pod that has answered; empty if none has."""
    namespace: str
    node: str
    """The node on which it is."""
    address: str
    """The address and port at which it was asked, behind whatever Service."""

    @property
    def ok(self) -> bool:
        """Whether something was answered that is no error."""
        return 200 <= self.status < 400


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

    def http(
        self,
        method: str,
        url: str,
        *,
        from_pod: Any = "",
        from_node: str = "",
        namespace: str = "default",
        body: str = "",
    ) -> HttpReply:
        """Send a request over the cluster's network, and see which pod has answered. It takes no virtual time.

        A pod asks with its address and its `resolv.conf`, by what the kube-proxy of its node knows; a node with its own
        address; otherwise somebody asks who is outside of all nodes, and finds names as pods of `namespace` do. Each
        request of one moment may come to another endpoint. Nobody answering is no error: see `HttpReply.problem`.
        Raises NotFound for a pod that there is not, UsageError for one without an address, and for what is no URL.
        """
        found = target_of(url)
        if found is None or not method.isalpha():
            raise errors.UsageError(f"http('GET', 'http://web.default/path'), got http({method!r}, {url!r})")
        host, port, path = found
        source, resolver = self._standing(from_pod, from_node, namespace)
        network = self.parts.network
        call = Call(path, source, method.upper(), body)
        addresses = network.resolve(host, namespace, source, resolver)[1]
        network.state.asked += 1
        if addresses:
            reply = network.reply(addresses[0], port, call, namespace, -network.state.asked)
        else:
            reply = Reply(problem=f"bad address '{host}'")
        at = Ends(self.parts.kubelets).listener(reply.address, reply.port, call) if reply.status else None
        pod = at.pod.metadata if at is not None else None
        return HttpReply(
            status=reply.status,
            body=reply.body,
            problem=reply.problem,
            pod=pod.name if pod is not None else "",
            namespace=pod.namespace if pod is not None else "",
            node=at.node if at is not None else "",
            address=f"{reply.address}:{reply.port}" if reply.port else "",
        )

    def resolve(
        self, name: str, *, from_pod: Any = "", from_node: str = "", namespace: str = "default", type: str = "A"
    ) -> tuple[str, ...]:
        """The addresses of a name, as somebody in the cluster is told; none if there is no such name.

        A pod asks whom its `resolv.conf` says. With another `type` (AAAA, SRV, CNAME, PTR) it is what the records of a
        whole name say. Raises NotFound for a pod that there is not, UsageError for one without an address.
        """
        source, resolver = self._standing(from_pod, from_node, namespace)
        network = self.parts.network
        if type == "A":
            return tuple([each for each in network.resolve(name, namespace, source, resolver)[1] if ":" not in each])
        if resolver is not None and network.dns not in resolver.servers:
            return ()
        return tuple([record.data for record in network.records(name, type, source)])

    def _standing(self, pod: Any, node: str, namespace: str) -> tuple[str, Resolver | None]:
        """The address of who asks, and whom that one asks for names, if not the usual one."""
        if node and not pod:
            place = self.parts.admin.get(core.Node, node)
            address = next((each.address for each in place.status.addresses if each.type == "InternalIP"), "")
            return address, Resolver((NODE_SERVER,))
        if not pod:
            return "", None
        target = one_of(self.parts.api.resources, core.Pod, pod, namespace)
        found = self.parts.admin.get(core.Pod, target.name, target.namespace)
        if not found.status.pod_ip:
            raise errors.UsageError(f"pod {target.name} has no address yet: wait until it runs")
        return found.status.pod_ip, resolver_of(names.resolver(found, self.parts.network.dns))

    def _of_pod(self, verb: str, pod: Any, namespace: str, what: str, options: Any) -> Any:
        """What the kubelet behind a subresource of a pod answers."""
        target = one_of(self.parts.api.resources, core.Pod, pod, namespace)
        place = (target.resource, target.namespace, target.name)
        return self.parts.api.do(Request(verb, *place, subresource=what, options=options)).obj
