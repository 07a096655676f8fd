"""It updates what cannot be updated, the template of a Job, and is refused for ever."""

import attrs

from kemu.objects import batch, evolve
from tests.zoo import OWNER, Species, alive, config, widget


def _job(found):
    container = {"name": "c", "image": found.spec["image"]}
    template = {"spec": {"restartPolicy": "Never", "containers": [container]}}
    return batch.Job(metadata=config(found, found.metadata.name).metadata, spec={"template": template})


def _image(job):
    return job.spec.template.spec.containers[0].image


def _run(api, cache, key, changed):
    found, job = alive(cache, key), cache.get(batch.Job, key)
    if found is None:
        return
    if job is None:
        api.create(_job(found))
    elif _image(job) != found.spec["image"] and job.metadata.deletion_timestamp is None:
        changed(api, job, _job(found))


def bug(api, cache, key):
    _run(
        api,
        cache,
        key,
        lambda api, old, new: api.update(
            evolve(
                old,
                {"spec.template": evolve(old.spec.template, {"spec.containers": new.spec.template.spec.containers})},
            )
        ),
    )


def right(api, cache, key):
    """It is deleted, and made anew."""
    _run(
        api,
        cache,
        key,
        lambda api, old, new: api.delete(
            old, old.metadata.name, old.metadata.namespace, uid=old.metadata.uid, propagation="Background"
        ),
    )


SPECIES = Species(
    "immutable_field",
    attrs.evolve(OWNER, owns=(batch.Job,)),
    bug,
    right,
    [widget(image="app:1"), "1m", widget(image="app:2"), "1m"],
)
