"""The webhook that converts objects of a kind between its versions, where it is a server in the cluster."""

from __future__ import annotations

from typing import Any

import attrs

from ... import errors
from ..calling import CallFailed, posted
from ..request import Desk

REVIEW = "apiextensions.k8s.io/v1"
SECONDS = 30.0
"""How long a conversion may take."""


@attrs.frozen(eq=False)
class Remote:
    """Calls the webhook at a client configuration. A row that is pickled does not keep who calls: see `wire`."""

    desk: Desk | None
    client: Any

    def __call__(self, document: dict[str, Any], api_version: str) -> dict[str, Any]:
        """An object as JSON in another version. Raises InternalError."""
        group, _, version = api_version.rpartition("/")
        kind = f"{group}/{version}, Kind={document['kind']}"
        try:
            converted: dict[str, Any] = self._answered(document, api_version)
        except CallFailed as problem:
            raise errors.InternalError(f"conversion webhook for {kind} failed: {problem}") from None
        return converted

    def _answered(self, document: dict[str, Any], api_version: str) -> Any:
        if self.desk is None:
            raise CallFailed("nobody is there to call it")
        metadata = document["metadata"]
        about = f"{document['kind']}/{metadata.get('uid', '')}/{metadata.get('resourceVersion', '')}"
        uid = self.desk.entropy.uid("conversion", api_version, about)
        request = {"uid": uid, "desiredAPIVersion": api_version, "objects": [document]}
        review = {"kind": "ConversionReview", "apiVersion": REVIEW, "request": request}
        answer = posted(self.client, SECONDS, review, self.desk)
        response = answer.get("response") if isinstance(answer, dict) else None
        if not isinstance(response, dict) or response.get("uid") != uid:
            raise CallFailed("no response for this request was provided")
        result = response.get("result") or {}
        if result.get("status") != "Success":
            raise CallFailed(str(result.get("message", "")))
        objects: list[Any] = response.get("convertedObjects") or []
        if len(objects) != 1:
            raise CallFailed(f"expected 1 converted objects, got {len(objects)}")
        return objects[0]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Remote) and other.client == self.client

    def __hash__(self) -> int:
        return hash(self.client)

    def __reduce__(self) -> Any:
        return (Remote, (None, self.client))
