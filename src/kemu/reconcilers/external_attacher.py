"""Attach volumes to nodes, and detach them: a storage driver with the other sidecar that speaks for it.

Imitates  external-attacher beside a CSI driver, in the process of its provisioner
Wakes on  VolumeAttachment that is the driver's
Writes    VolumeAttachment status and finalizer
Differs   D-350: attaching and detaching take the same time, and nothing limits how many volumes a node has

It is no controller of Kubernetes: a user declares it (`cluster.storage.provisioner(..., attaches="2s")`).
"""

from __future__ import annotations

from typing import Any

import attrs

from ..clock import exact
from ..kit import DONE, Api, Cache, Result, Spec, Wiring
from ..objects import evolve, storage


@attrs.frozen
class Attaching:
    """Since when the driver is at work on an attachment; None if it is not."""

    since: float | None = None


@attrs.frozen
class Attacher:
    """A driver that attaches: its name, and how many seconds that takes."""

    driver: str
    seconds: float = 0.0

    @property
    def finalizer(self) -> str:
        """What keeps an attachment until its volume is detached."""
        return f"external-attacher/{self.driver.replace('.', '-')}"

    def spec(self) -> Spec:
        """What the process of the driver runs as well."""
        name = f"csi-attacher/{self.driver}"
        wiring = Wiring(name, reconciles=storage.VolumeAttachment, memory=Attaching)
        return Spec(wiring, self, name)

    def __call__(self, api: Api, cache: Cache, memory: Attaching, key: str) -> Result:
        """Attach, or detach, one volume."""
        found: Any = cache.get(storage.VolumeAttachment, key)
        if found is None or found.spec.attacher != self.driver:
            api.forget()
            return DONE
        metadata = found.metadata
        leaving = metadata.deletion_timestamp is not None
        if self.finalizer not in metadata.finalizers and not leaving:
            found = api.update(evolve(found, {"metadata.finalizers": (*metadata.finalizers, self.finalizer)}))
        done = self.finalizer not in metadata.finalizers if leaving else found.status.attached
        if done:
            api.forget()
            return DONE
        if memory.since is None:
            memory = Attaching(api.now)
            api.remember(memory)
        left = exact((memory.since or 0.0) + self.seconds - api.now)
        if left > 0:
            return Result(after=left)
        if leaving:
            kept = tuple([each for each in found.metadata.finalizers if each != self.finalizer])
            api.update(evolve(found, {"metadata.finalizers": kept}))
        else:
            api.update_status(evolve(found, {"status.attached": True}))
        api.forget()
        return DONE
