"""An operator written with kopf: takes backups of databases, on a schedule, and reports how old the last one is.

`kopf run backup_operator.py` runs it against a real cluster; `tests/clients/test_kopf.py` against a simulated one.
"""

import datetime
import logging

import kopf

SIZES = {"small": 1, "large": 10}


@kopf.on.startup()
def configure(settings: kopf.OperatorSettings, **_):
    settings.posting.level = logging.WARNING
    settings.persistence.finalizer = "backups.example.com/cleanup"


@kopf.index("configmaps", labels={"role": "store"})
def stores(name, body, **_):
    return {body["data"]["region"]: name}


@kopf.on.create("example.com", "v1", "databases")
@kopf.on.resume("example.com", "v1", "databases")
def create(spec, name, namespace, stores: kopf.Index, retry, **_):
    """A volume for the backups, once there is a store in the region."""
    region = spec["region"]
    if region not in stores:
        raise kopf.TemporaryError(f"no store in {region} yet", delay=30)
    claim = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": f"{name}-backups"},
        "data": {"size": f"{SIZES[spec['size']]}Gi", "tries": str(retry + 1)},
    }
    kopf.adopt(claim)
    import kubernetes

    api = kubernetes.client.CoreV1Api()
    api.create_namespaced_config_map(namespace, claim)
    return {"region": region}


@kopf.on.field("example.com", "v1", "databases", field="spec.size")
async def resize(old, new, name, namespace, **_):
    if old is None:
        return
    import kubernetes

    body = {"data": {"size": f"{SIZES[new]}Gi"}}
    kubernetes.client.CoreV1Api().patch_namespaced_config_map(f"{name}-backups", namespace, body)


@kopf.timer("example.com", "v1", "databases", interval=3600, initial_delay=600)
async def back_up(patch, status, **_):
    patch.status["backups"] = status.get("backups", 0) + 1
    patch.status["last"] = datetime.datetime.now(datetime.UTC).isoformat()


@kopf.daemon("example.com", "v1", "databases", cancellation_timeout=5)
def watch_over(stopped, patch, status, logger, **_):
    """A synchronous daemon: looks every ten minutes."""
    rounds = 0
    while not stopped:
        rounds += 1
        if rounds == 7:
            patch.status["watched"] = "for an hour"
            raise kopf.TemporaryError("reported", delay=60)
        stopped.wait(600)


@kopf.on.delete("example.com", "v1", "databases")
def delete(spec, retry, **_):
    """The last backup takes two tries, a quarter of an hour apart."""
    if retry < 1:
        raise kopf.TemporaryError("one more backup", delay=900)


@kopf.on.validate("example.com", "v1", "databases", id="sizes")
def validate(spec, **_):
    if spec["size"] not in SIZES:
        raise kopf.AdmissionError(f"there is no size {spec['size']}", code=422)


@kopf.on.mutate("example.com", "v1", "databases", id="regions")
def mutate(spec, patch, **_):
    if "region" not in spec:
        patch.spec["region"] = "eu"


@kopf.on.startup()
def admission(settings: kopf.OperatorSettings, **_):
    settings.admission.server = kopf.WebhookServer(port=9443)
    settings.admission.managed = "backups.example.com"
