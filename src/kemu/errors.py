"""Every exception that kemu raises on purpose.

::

    KemuError
     +-- UsageError                  the Python API was used wrongly; the text says what to do instead
     |    +-- WrongType, WrongValue  a field that does not exist, or what it cannot hold (also TypeError, ValueError)
     +-- NotReached                  a condition was not reached in time; says who still has work, when, and why
     +-- NeverEnds                   a wait for what cannot come any more; says why nothing will happen
     +-- ProcessCrash                raised by a fault: the process that meets it ends there and starts anew
     +-- MissingExtra                an optional dependency is missing; names the extra to install
     +-- ManifestError               a file or text that holds no readable manifest
     +-- EtcdError                   what etcd answers to a bad request (kemu.store); carries the gRPC code
     |    +-- EmptyKey, ValueProvided, LeaseProvided, KeyNotFound, TooManyOps, DuplicateKey, InvalidSortOption,
     |    |   RequestTooLarge                        3 INVALID_ARGUMENT
     |    +-- LeaseNotFound                          5 NOT_FOUND
     |    +-- NoSpace                                8 RESOURCE_EXHAUSTED
     |    +-- LeaseExists                            9 FAILED_PRECONDITION
     |    +-- Compacted, FutureRevision, LeaseTtlTooLarge  11 OUT_OF_RANGE
     |    +-- NoLeader, RequestTimedOut, LeaderFailed, LeaderChanged, Stopped  14 UNAVAILABLE
     |    +-- Corrupt                                15 DATA_LOSS
     +-- SnapshotError               bytes that are no snapshot of a store, or a damaged one
     +-- ApiError                    what an API server answers to a bad request; carries the Status
          +-- BadRequest             400
          +-- Unauthorized           401
          +-- Forbidden              403
          +-- NotFound               404
          +-- MethodNotAllowed       405
          +-- NotAcceptable          406
          +-- AlreadyExists          409
          +-- Conflict               409
          +-- Expired                410 (also reason Gone)
          +-- RequestEntityTooLarge  413
          +-- UnsupportedMediaType   415
          +-- Invalid                422
          +-- TooManyRequests        429
          +-- InternalError          500
          +-- ServiceUnavailable     503
          +-- Timeout                504

    KemuWarning (a UserWarning)      what was accepted, but should be known
     +-- ServerWarning               what a real API server says in `Warning` headers
     +-- NotSimulated                what is stored and has no effect in kemu

An `ApiError` is named by the reason of the Status it carries.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar


class KemuError(Exception):
    """The root of everything kemu raises on purpose."""


class UsageError(KemuError):
    """The Python API was used in a way that cannot work; the message says what to do instead."""


class WrongType(UsageError, TypeError):
    """A field that an API type does not have, or that holds something else than what it was given."""


class WrongValue(UsageError, ValueError):
    """Text that a field cannot read: a quantity, a time."""


class NotReached(KemuError):
    """`run_until` or `wait` ran out of virtual time, or nothing is left that could still happen."""


class NeverEnds(KemuError):
    """A wait that cannot end: nothing is due any more, or only what the waiter itself comes back for.

    It is no NotReached, so that a loop that tries again after each of those does not go on for ever.
    """


class ProcessCrash(KemuError):
    """A fault that ends the process whose request meets it, at that very request; it starts anew after its back-off.

    Nobody but tests raises it, from a wrapper that was laid around the API server's door.
    """


class MissingExtra(KemuError):
    """A feature needs a package that `pip install kemu` does not bring; the message names the extra."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(f"{feature} needs an optional dependency: pip install 'kemu[{extra}]'")


class ManifestError(KemuError):
    """A file, folder or text from which no manifest could be read."""


class KemuWarning(UserWarning):
    """The root of what is told of things that were accepted."""


class ServerWarning(KemuWarning):
    """What a real API server says in `Warning` headers: it is deprecated, or hardly meant."""


class NotSimulated(KemuWarning):
    """It is stored, and has no effect in kemu."""


class EtcdError(KemuError):
    """What etcd answers to a request it refuses: a gRPC code and etcd's own text."""

    code: ClassVar[int] = 2
    text: ClassVar[str] = "etcdserver: unknown"

    def __init__(self, text: str | None = None) -> None:
        super().__init__(self.text if text is None else text)


class EmptyKey(EtcdError):
    code, text = 3, "etcdserver: key is not provided"


class KeyNotFound(EtcdError):
    code, text = 3, "etcdserver: key not found"


class ValueProvided(EtcdError):
    code, text = 3, "etcdserver: value is provided"


class LeaseProvided(EtcdError):
    code, text = 3, "etcdserver: lease is provided"


class TooManyOps(EtcdError):
    code, text = 3, "etcdserver: too many operations in txn request"


class DuplicateKey(EtcdError):
    code, text = 3, "etcdserver: duplicate key given in txn request"


class InvalidSortOption(EtcdError):
    code, text = 3, "etcdserver: invalid sort option"


class RequestTooLarge(EtcdError):
    code, text = 3, "etcdserver: request is too large"


class LeaseNotFound(EtcdError):
    code, text = 5, "etcdserver: requested lease not found"


class NoSpace(EtcdError):
    code, text = 8, "etcdserver: mvcc: database space exceeded"


class LeaseExists(EtcdError):
    code, text = 9, "etcdserver: lease already exists"


class Compacted(EtcdError):
    code, text = 11, "etcdserver: mvcc: required revision has been compacted"


class FutureRevision(EtcdError):
    code, text = 11, "etcdserver: mvcc: required revision is a future revision"


class LeaseTtlTooLarge(EtcdError):
    code, text = 11, "etcdserver: too large lease TTL"


class NoLeader(EtcdError):
    code, text = 14, "etcdserver: no leader"


class RequestTimedOut(EtcdError):
    code, text = 14, "etcdserver: request timed out"


class LeaderFailed(EtcdError):
    code, text = 14, "etcdserver: request timed out, possibly due to previous leader failure"


class LeaderChanged(EtcdError):
    code, text = 14, "etcdserver: leader changed"


class Stopped(EtcdError):
    code, text = 14, "etcdserver: server stopped"


class Corrupt(EtcdError):
    code, text = 15, "etcdserver: corrupt cluster"


class SnapshotError(KemuError):
    """Bytes that are not a snapshot of a store, or a snapshot that was damaged or is of an unknown version."""


class ApiError(KemuError):
    """What an API server answers to a request it refuses.

    `status` is the JSON of the `Status` object that a client of the real server would get: `code`, `reason`,
    `message` and `details` are read from it.
    """

    code: ClassVar[int] = 500
    reason: ClassVar[str] = "InternalError"

    def __init__(
        self,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        code: int | None = None,
        reason: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status: dict[str, Any] = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
        }
        reason = self.reason if reason is None else reason
        if reason:
            self.status["reason"] = reason
        if details is not None:
            self.status["details"] = dict(details)
        self.status["code"] = self.code if code is None else code

    def __reduce__(self) -> tuple[Any, ...]:
        return (_restore, (type(self), self.status))

    @property
    def causes(self) -> Sequence[Mapping[str, Any]]:
        """The single complaints of an `Invalid` or `Conflict`, each with `reason`, `message` and `field`."""
        found: Sequence[Mapping[str, Any]] = self.status.get("details", {}).get("causes", ())
        return found

    def caused_by(self, reason: str) -> bool:
        """Whether one of the causes has this reason."""
        return any(cause.get("reason") == reason for cause in self.causes)


def _restore(cls: type[ApiError], status: dict[str, Any]) -> ApiError:
    error = cls(status["message"])
    error.status = status
    return error


class BadRequest(ApiError):
    code, reason = 400, "BadRequest"


class Unauthorized(ApiError):
    code, reason = 401, "Unauthorized"


class Forbidden(ApiError):
    code, reason = 403, "Forbidden"


class NotFound(ApiError):
    code, reason = 404, "NotFound"


class MethodNotAllowed(ApiError):
    code, reason = 405, "MethodNotAllowed"


class NotAcceptable(ApiError):
    code, reason = 406, "NotAcceptable"


class AlreadyExists(ApiError):
    code, reason = 409, "AlreadyExists"


class Conflict(ApiError):
    code, reason = 409, "Conflict"


class Expired(ApiError):
    code, reason = 410, "Expired"


class RequestEntityTooLarge(ApiError):
    code, reason = 413, "RequestEntityTooLarge"


class UnsupportedMediaType(ApiError):
    code, reason = 415, "UnsupportedMediaType"


class Invalid(ApiError):
    code, reason = 422, "Invalid"


class TooManyRequests(ApiError):
    code, reason = 429, "TooManyRequests"


class InternalError(ApiError):
    code, reason = 500, "InternalError"


class ServiceUnavailable(ApiError):
    code, reason = 503, "ServiceUnavailable"


class Timeout(ApiError):
    code, reason = 504, "Timeout"
