"""Make volumes for claims, and delete them: a storage driver with the sidecar that speaks for it.

Imitates  external-provisioner beside a CSI driver, in a process of its own
Wakes on  PersistentVolumeClaim whose provisioner it is; PersistentVolume that it has made
Writes    PersistentVolume create, delete and finalizer
Differs   D-085: every node reaches its volumes; what it makes and deletes takes the same time;
          a driver whose name has a slash is written with a dot

It is no controller of Kubernetes: a user declares it (`cluster.storage.provisioner`), once for each driver.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import attrs

from .. import errors
from ..clock import exact
from ..kit import DONE, Api, Cache, Result, Spec, Wiring
from ..kit.volumes import PROVISIONED_BY, PROVISIONER, SELECTED_NODE, claim_class
from ..kit.wiring import key_of
from ..objects import core, evolve, meta, storage
from ..objects.references import reference_to

FINALIZER = "external-provisioner.volume.kubernetes.io/finalizer"
RETRY = (1.0, 300.0)
"""Seconds until what has failed is tried again, at first and at most."""


@attrs.frozen
class UnderWay:
    """Since when the driver is at work on a claim or a volume; None if it is not."""

    since: float | None = None


def _claim_key(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    yield f"claim:{key_of(new if new is not None else old)}"


def _volume_key(cache: Cache, old: Any, new: Any) -> Iterator[str]:
    yield f"volume:{(new if new is not None else old).metadata.name}"


@attrs.frozen
class Provisioner:
    """A driver: its name, how many seconds it takes for a volume, and with which text it fails (empty: it does not)."""

    name: str
    seconds: float = 0.0
    problem: str = ""

    @property
    def process(self) -> str:
        """The name of the process that it runs in."""
        return f"csi-provisioner/{self.name}"

    @property
    def driver(self) -> str:
        """The name of the driver that its volumes have."""
        return self.name.replace("/", ".")

    def spec(self) -> Spec:
        """What the process runs."""
        wiring = Wiring(
            self.process,
            watches=((core.PersistentVolumeClaim, _claim_key), (core.PersistentVolume, _volume_key)),
            reads=(storage.StorageClass,),
            memory=UnderWay,
            retry=RETRY,
            bucket=None,
        )
        return Spec(wiring, self, f"{self.name}_{self.process}")

    def __call__(self, api: Api, cache: Cache, memory: UnderWay, key: str) -> Result:
        """Look at one claim or one volume."""
        what, _, name = key.partition(":")
        if what == "claim":
            claim: Any = cache.get(core.PersistentVolumeClaim, name)
            if claim is not None:
                return self._provision(api, cache, memory, claim)
        else:
            volume: Any = cache.get(core.PersistentVolume, name)
            if volume is not None and volume.metadata.annotations.get(PROVISIONED_BY) == self.name:
                return self._delete(api, memory, volume)
        api.forget()
        return DONE

    def _works(self, api: Api, memory: UnderWay) -> float:
        """How many seconds the driver is still at work on what is being looked at; it begins if it has not."""
        if memory.since is None:
            api.remember(UnderWay(api.now))
            return self.seconds
        return exact(memory.since + self.seconds - api.now)

    def _failed(self, api: Api, obj: Any, reason: str, text: str) -> errors.InternalError:
        api.event(obj, "Warning", reason, text)
        api.forget()
        return errors.InternalError(text)

    # Claims

    def _provision(self, api: Api, cache: Cache, memory: UnderWay, claim: Any) -> Result:
        """Make a volume for a claim that asks for one of this driver. Raises InternalError if that fails."""
        storage_class: Any = cache.get(storage.StorageClass, claim_class(claim))
        volume = None if storage_class is None else self._volume(claim, storage_class)
        if volume is None or cache.get(core.PersistentVolume, volume.metadata.name or "") is not None:
            api.forget()
            return DONE
        metadata = claim.metadata
        if memory.since is None:
            text = f'External provisioner is provisioning volume for claim "{metadata.namespace}/{metadata.name}"'
            api.event(claim, "Normal", "Provisioning", text)
        left = self._works(api, memory)
        if left > 0:
            return Result(after=left)
        if self.problem:
            text = f'failed to provision volume with StorageClass "{storage_class.metadata.name}": {self.problem}'
            raise self._failed(api, claim, "ProvisioningFailed", text)
        api.create(volume)
        api.forget()
        text = f"Successfully provisioned volume {volume.metadata.name}"
        api.event(claim, "Normal", "ProvisioningSucceeded", text)
        return DONE

    def _volume(self, claim: Any, storage_class: Any) -> core.PersistentVolume | None:
        """The volume that a claim asks this driver for; None if it asks for none, or not yet."""
        metadata, spec = claim.metadata, claim.spec
        asked = metadata.annotations.get(PROVISIONER) == self.name == storage_class.provisioner
        late = storage_class.volume_binding_mode == "WaitForFirstConsumer"
        if not asked or spec.volume_name or metadata.deletion_timestamp is not None:
            return None
        if late and SELECTED_NODE not in metadata.annotations:
            return None
        name, policy = f"pvc-{metadata.uid}", storage_class.reclaim_policy
        return core.PersistentVolume(
            metadata=meta.ObjectMeta(
                name=name,
                annotations={PROVISIONED_BY: self.name},
                finalizers=(FINALIZER,) if policy == "Delete" else (),
            ),
            spec={
                "capacity": {"storage": spec.resources.requests["storage"]},
                "accessModes": spec.access_modes,
                "claimRef": reference_to(claim),
                "csi": {"driver": self.driver, "volumeHandle": name},
                "mountOptions": storage_class.mount_options,
                "persistentVolumeReclaimPolicy": policy,
                "storageClassName": storage_class.metadata.name,
                "volumeMode": spec.volume_mode,
            },
        )

    # Volumes

    def _delete(self, api: Api, memory: UnderWay, volume: Any) -> Result:
        """Delete a volume that is released, and let it go. Raises InternalError if that fails."""
        metadata, policy = volume.metadata, volume.spec.persistent_volume_reclaim_policy
        if volume.status.phase not in ("Released", "Failed") or policy != "Delete":
            api.forget()
            return DONE
        if metadata.deletion_timestamp is not None:
            if FINALIZER in metadata.finalizers:
                kept = tuple([each for each in metadata.finalizers if each != FINALIZER])
                api.update(evolve(volume, {"metadata.finalizers": kept}))
            return DONE
        left = self._works(api, memory)
        if left > 0:
            return Result(after=left)
        if self.problem:
            raise self._failed(api, volume, "VolumeFailedDelete", self.problem)
        api.delete(core.PersistentVolume, metadata.name, uid=metadata.uid)
        api.forget()
        return DONE
