"""What an admission plugin is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from ..resources import Resource

if TYPE_CHECKING:
    from ..server import ApiServer, Context


class Plugin:
    """One admission plugin. `resources` empty means all; `operations` are CREATE, UPDATE and DELETE."""

    name: ClassVar[str]
    resources: ClassVar[frozenset[str]] = frozenset()
    operations: ClassVar[frozenset[str]] = frozenset({"CREATE"})
    subresources: ClassVar[frozenset[str]] = frozenset({""})

    def admits(self, resource: Resource, operation: str, subresource: str = "") -> bool:
        """Whether this plugin looks at such a request."""
        return (
            operation in self.operations
            and (not self.resources or resource.key in self.resources)
            and subresource in self.subresources
        )

    def admit(self, server: ApiServer, resource: Resource, obj: Any, old: Any | None, context: Context) -> Any:
        """The object as this plugin changes it, or the same; raises an ApiError to refuse the request."""
        return obj

    def validate(self, server: ApiServer, resource: Resource, obj: Any, old: Any | None, context: Context) -> None:
        """Raise an ApiError if the finished object must be refused."""
