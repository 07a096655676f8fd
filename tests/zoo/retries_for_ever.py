"""For each pod that has failed there is another one, without an end: a mistake in the image fills the cluster."""

from kemu.kit import Wiring
from kemu.objects import core, evolve
from tests.zoo import WIDGETS, Species, alive, pod, status, widget

MOST = 3

RUNNER = Wiring("widgets", reconciles=WIDGETS, owns=(core.Pod,), expects=False)


def _run(api, cache, key, enough):
    found = alive(cache, key)
    if found is None:
        return
    tries = cache.owned(core.Pod, by=found)
    if not all(each.status is not None and each.status.phase == "Failed" for each in tries):
        return
    if enough(len(tries)):
        if status(found) != {"phase": "GivenUp"}:
            api.update_status(evolve(found, status={"phase": "GivenUp"}))
        return
    made = pod(found, f"{found.metadata.name}-{len(tries)}")
    fails = {
        "restartPolicy": "Never",
        "containers": [{"name": "c", "image": "nginx", "command": ["sh", "-c", "exit 1"]}],
    }
    api.create(core.Pod(metadata=made.metadata, spec=fails))


def bug(api, cache, key):
    _run(api, cache, key, lambda tries: False)


def right(api, cache, key):
    _run(api, cache, key, lambda tries: tries >= MOST)


SPECIES = Species("retries_for_ever", RUNNER, bug, right, [widget()])
