"""The image that a container needs: there already, pulled, refused, or held back by the back-off of an earlier pull."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ...clock import exact
from ...runtime_fake import RuntimeRefused
from ...values import image_references as references
from ...values.durations import format_duration
from ...values.evolving import evolved
from .worker import PULL_FIRST, PULL_MAX, Slot, Worker

if TYPE_CHECKING:
    from .fleet import Kubelets


def pull(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot) -> tuple[Slot, bool]:
    """Make sure that the node has the image; whether it has."""
    image, policy, node = container.image, container.image_pull_policy, worker.node
    wrong = references.problem(image)
    if wrong:
        text = f'Failed to apply default image tag "{image}": couldn\'t parse image name "{image}": {wrong}'
        kubelets.event(worker, "Warning", "InspectFailed", text, container.name)
        kubelets.event(worker, "Warning", "Failed", "Error: InvalidImageName", container.name)
        return evolved(slot, waiting="InvalidImageName", message=text), False
    present = kubelets.runtime.has_image(node, image)
    if present and policy != "Always":
        text = f'Container image "{image}" already present on machine and can be accessed by the pod'
        kubelets.event(worker, "Normal", "Pulled", text, container.name)
        return slot, True
    if policy == "Never":
        text = f'Container image "{image}" is not present with pull policy of Never'
        kubelets.event(worker, "Warning", "ErrImageNeverPull", text, container.name)
        kubelets.event(worker, "Warning", "Failed", "Error: ErrImageNeverPull", container.name)
        return evolved(slot, waiting="ErrImageNeverPull", message=text), False
    if kubelets.now < slot.pull_after:
        text = f'Back-off pulling image "{image}"'
        kubelets.event(worker, "Normal", "BackOff", text, container.name)
        kubelets.event(worker, "Warning", "Failed", "Error: ImagePullBackOff", container.name)
        detail = slot.message if slot.waiting == "ImagePullBackOff" else f"{text}: ErrImagePull: {slot.message}"
        return evolved(slot, waiting="ImagePullBackOff", message=detail), False
    if slot.pulled_at is None:
        slot, started = _begin_pull(kubelets, worker, container, slot)
        if not started:
            return slot, False
    assert slot.pulled_at is not None
    if kubelets.now < slot.pulled_at:
        return slot, False
    kubelets.runtime.add_image(node, image)
    lasts, waits = format_duration(slot.pull_lasts), format_duration(slot.pull_lasts + slot.pull_waits)
    text = f'Successfully pulled image "{image}" in {lasts} ({waits} including waiting). Image size: 0 bytes.'
    kubelets.event(worker, "Normal", "Pulled", text, container.name)
    return evolved(slot, waiting="", message="", pull_backoff=0.0, pulled_at=None), True


def _begin_pull(kubelets: Kubelets, worker: Worker, container: Any, slot: Slot) -> tuple[Slot, bool]:
    """Have the node fetch an image, after those that it fetches already: a kubelet pulls one at a time."""
    image, node = container.image, kubelets.state.nodes[worker.node]
    kubelets.event(worker, "Normal", "Pulling", f'Pulling image "{image}"', container.name)
    try:
        lasts = kubelets.runtime.seconds_of_pull(image, node.platform)
    except RuntimeRefused as refusal:
        why = f"{refusal}"
        kubelets.event(worker, "Warning", "Failed", f'Failed to pull image "{image}": {why}', container.name)
        kubelets.event(worker, "Warning", "Failed", "Error: ErrImagePull", container.name)
        backoff = min(slot.pull_backoff * 2, PULL_MAX) if slot.pull_backoff else PULL_FIRST
        after = exact(kubelets.now + backoff)
        slot = evolved(slot, waiting="ErrImagePull", message=why, pull_backoff=backoff, pull_after=after)
        return slot, False
    begins = max(kubelets.now, node.pulls_until) if lasts else kubelets.now
    ends = exact(begins + lasts)
    if lasts:
        kubelets.state.nodes[worker.node] = evolved(node, pulls_until=ends)
    waits = exact(begins - kubelets.now)
    return evolved(slot, waiting="", message="", pulled_at=ends, pull_lasts=lasts, pull_waits=waits), True
