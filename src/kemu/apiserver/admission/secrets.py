"""What secrets a pod may use: of a service account that is strict about it, only those that the account names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

ENFORCED = "kubernetes.io/enforce-mountable-secrets"


def mirrored(pod: Any) -> str:
    """Why a pod cannot be the mirror of a static one, which has no account; nothing if it can."""
    if pod.spec.service_account_name:
        return "a mirror pod may not reference service accounts"
    if next(_used(pod), None) is not None:
        return "a mirror pod may not reference secrets"
    projected = [volume.projected for volume in pod.spec.volumes if volume.projected is not None]
    if any(source.service_account_token is not None for each in projected for source in each.sources):
        return "a mirror pod may not use ServiceAccountToken volume projections"
    return ""


def unmountable(account: Any, pod: Any) -> str:
    """Why a pod may not run as an account because of a secret; nothing if it may."""
    if account.metadata.annotations.get(ENFORCED, "").lower() not in ("true", "1", "t"):
        return ""
    named = [secret.name for secret in account.secrets]
    end = f"is not allowed because service account {account.metadata.name} does not reference that"
    for what, secret in _used(pod):
        if secret not in named:
            return f'{what} secret.secretName="{secret}" {end} secret'
    pulled = [secret.name for secret in account.image_pull_secrets]
    for index, secret in enumerate(pod.spec.image_pull_secrets):
        if secret.name not in pulled:
            return f'imagePullSecrets[{index}].name="{secret.name}" {end} imagePullSecret'
    return ""


def _used(pod: Any) -> Iterator[tuple[str, str]]:
    """Where a pod uses which secret: volumes, then init containers, then containers."""
    for volume in pod.spec.volumes:
        if volume.secret is not None:
            yield "volume with", volume.secret.secret_name or ""
    for word, containers in (("init container", pod.spec.init_containers), ("container", pod.spec.containers)):
        for container in containers:
            for variable in container.env:
                source = variable.value_from
                if source is not None and source.secret_key_ref is not None:
                    yield (
                        f"{word} {container.name} with envVar {variable.name} referencing",
                        source.secret_key_ref.name or "",
                    )
            for source in container.env_from:
                if source.secret_ref is not None:
                    yield f"{word} {container.name} with envFrom referencing", source.secret_ref.name or ""
