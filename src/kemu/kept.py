"""Clusters in files: what one remembers, written down to go on from later; and the objects of another one, put back.

A file of a cluster is a line that says so and which version of kemu has written it, and behind it the compressed pickle
of the cluster. Reading a pickle runs what its writer wants to have run: such a file is as trustworthy as who wrote it.
"""

from __future__ import annotations

import os
import pickle
import warnings
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from . import __version__, errors
from .apiserver.request import Request
from .assembly import Assembly
from .manifests import Manifest, read_manifests
from .names import find_resource
from .objects import codec, core, evolve, meta
from .objects.pods import is_finished
from .turns import Turns, by_turns

MARK = b"kemu cluster "
"""How the first line of a file of a cluster begins; the version follows."""

BROKEN = (
    zlib.error,
    pickle.UnpicklingError,
    EOFError,
    AttributeError,
    ImportError,
    IndexError,
    KeyError,
    TypeError,
    ValueError,
)
"""What comes of reading a pickle that is cut off, damaged, or speaks of functions that are not there."""


@by_turns()
class Keeping:
    """The part of the hand that is about files."""

    parts: Assembly
    _turns: Turns

    if TYPE_CHECKING:

        def fork(self) -> Self: ...

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the cluster to a file, from which `Cluster.load` goes on exactly as this one would.

        The file is written whole or not at all, and only its owner can read it: secrets are in it. Raises UsageError
        where it cannot be written, or where a function that the cluster was given has no name.
        """
        content = MARK + __version__.encode() + b"\n" + zlib.compress(pickle.dumps(self, 5), 1)
        written(Path(path), content)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """The cluster in a file that `save` has written, in this version of kemu. Read only files that you trust: what
        they say is run. Raises UsageError for another file, and one of another version."""
        place = Path(path)
        try:
            content = place.read_bytes()
        except OSError as problem:
            raise errors.UsageError(f"{place} cannot be read: {problem.strerror or problem}") from None
        head, _, body = content.partition(b"\n")
        if not head.startswith(MARK):
            raise errors.UsageError(f"{place} is no file of a cluster: save({str(place)!r}) writes one")
        version = head.removeprefix(MARK).decode(errors="replace")
        if version != __version__:
            raise errors.UsageError(f"{place} was written by kemu {version[:40]}, and this is kemu {__version__}")
        try:
            found = pickle.loads(zlib.decompress(body))
        except BROKEN as problem:
            raise errors.UsageError(f"{place} is damaged, or needs what is not there: {problem}") from None
        if not isinstance(found, cls):
            raise errors.UsageError(f"there is no cluster in {place}")
        return found

    def restore(self, manifest: Manifest) -> list[Any]:
        """Store the objects of another cluster as they are: a dump (`kubectl get -o yaml`), or what `apply` reads.

        Status, uids, times, owners, finalizers and managedFields stay; only the resourceVersion is this cluster's.
        Nothing is admitted, completed or validated. An object takes the place of one with its name; a namespace that is
        not there is made. Nodes get kubelets, which take their pods over as they run. All or nothing: raises
        ManifestError for what cannot be read, or is of a kind that is not kept here.
        """
        documents = sorted(read_manifests(manifest)[0], key=_turn)
        rehearsal = self.fork()
        for request in rehearsal._restoring(documents):
            rehearsal.parts.api.do(request)
        stored = []
        for request in self._restoring(documents):
            stored.append(self.parts.api.do(request).obj)
            if isinstance(stored[-1], core.Node) or _runs(stored[-1]):
                self.parts.kubelets.adopt(stored[-1])
        _warn_of_orphans(self.parts, stored)
        return stored

    def _restoring(self, documents: Sequence[dict[str, Any]]) -> Iterator[Request]:
        """The requests that store documents as they are, in this order; each can rely on the ones before."""
        resources, admin = self.parts.api.resources, self.parts.admin
        for document in documents:
            resource = find_resource(resources, document["apiVersion"], document["kind"])
            shown = f"{document['kind']} {(document.get('metadata') or {}).get('name') or 'without a name'}"
            if not resource.policy.stored or resource.policy.closed:
                raise errors.ManifestError(f"{shown}: {resource.kind.plural} are not kept in a cluster")
            try:
                obj = resource.kind.decode(document)
            except codec.DecodeError as problem:
                raise errors.ManifestError(f"{shown}: {problem}") from None
            metadata = obj.metadata
            if not metadata.name:
                raise errors.ManifestError(f"{shown}: what is restored has a name")
            namespace = (metadata.namespace or "default") if resource.namespaced else None
            if namespace != metadata.namespace:
                obj = evolve(obj, {"metadata.namespace": namespace})
            if namespace and admin.find(core.Namespace, namespace) is None:
                admin.create(core.Namespace(metadata=meta.ObjectMeta(name=namespace)))
            yield Request("restore", resource, namespace, metadata.name, obj=obj)


FIRST = ("Namespace", "CustomResourceDefinition", "Node")
"""The kinds on which others rely, in the order in which they are restored; pods come last."""


def _turn(document: dict[str, Any]) -> int:
    kind = document["kind"]
    return FIRST.index(kind) if kind in FIRST else len(FIRST) + (kind == "Pod")


def _runs(obj: Any) -> bool:
    """Whether an object is a pod that a node had begun with, and may still run."""
    return isinstance(obj, core.Pod) and bool(obj.spec.node_name and obj.status.start_time) and not is_finished(obj)


def _warn_of_orphans(parts: Assembly, stored: Sequence[Any]) -> None:
    """Say of which restored objects no owner is there: the garbage collector deletes them."""
    known = {pair.value.metadata.uid for pair in parts.api.stored()}
    owned = ((obj.metadata, [ref.uid for ref in obj.metadata.owner_references]) for obj in stored)
    lost = [metadata.name for metadata, owners in owned if owners and not known.intersection(owners)]
    if lost:
        shown = ", ".join(lost[:3]) + (f" and {len(lost) - 3} more" if len(lost) > 3 else "")
        text = f"the owners of {shown} are not there, so that the garbage collector will delete them"
        warnings.warn(text, errors.KemuWarning, stacklevel=4)


def is_cluster(path: Path) -> bool:
    """Whether a file is one of a cluster, and not one of manifests. Raises UsageError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return file.read(len(MARK)) == MARK
    except OSError as problem:
        raise errors.UsageError(f"{path} cannot be read: {problem.strerror or problem}") from None


def written(path: Path, content: bytes) -> None:
    """Write a file for its owner alone, whole or not at all. Raises UsageError where that cannot be done."""
    part = path.with_name(f".{path.name}.part")
    try:
        try:
            part.touch(mode=0o600)
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as problem:
        raise errors.UsageError(f"{path} cannot be written: {problem.strerror or problem}") from None
