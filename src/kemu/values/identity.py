"""How kinds, resources and objects are named: group and version, kind or resource, namespace and name."""

from __future__ import annotations

from typing import NamedTuple


class GroupVersion(NamedTuple):
    """A group of the API and one of its versions; the core group is empty."""

    group: str
    version: str

    @classmethod
    def parse(cls, api_version: str) -> GroupVersion:
        """Read `apps/v1` or `v1`. Raises ValueError with the API server's text."""
        if api_version in ("", "/"):
            return cls("", "")
        group, slash, version = api_version.partition("/")
        if "/" in version:
            raise ValueError(f"unexpected GroupVersion string: {api_version}")
        return cls(group, version) if slash else cls("", group)

    def __str__(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version


class GroupVersionKind(NamedTuple):
    """A kind of object, as manifests name it."""

    group: str
    version: str
    kind: str

    @classmethod
    def parse(cls, api_version: str, kind: str) -> GroupVersionKind:
        """From what a manifest says. Raises ValueError with the API server's text."""
        return cls(*GroupVersion.parse(api_version), kind)

    @property
    def api_version(self) -> str:
        """`group/version`, or the version alone in the core group."""
        return str(GroupVersion(self.group, self.version))

    def __str__(self) -> str:
        return f"{self.group}/{self.version}, Kind={self.kind}"


class GroupResource(NamedTuple):
    """A resource in any version, as error texts name it: `deployments.apps`."""

    group: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> GroupResource:
        """Read `pods` or `deployments.apps`."""
        resource, _, group = text.partition(".")
        return cls(group, resource)

    def __str__(self) -> str:
        return f"{self.resource}.{self.group}" if self.group else self.resource


class GroupVersionResource(NamedTuple):
    """A resource, as URLs name it."""

    group: str
    version: str
    resource: str

    @classmethod
    def parse(cls, text: str) -> GroupVersionResource | None:
        """Read `deployments.v1.apps`; None when the text does not have three parts."""
        parts = text.split(".", 2)
        return cls(parts[2], parts[1], parts[0]) if len(parts) == 3 else None

    def __str__(self) -> str:
        return f"{self.group}/{self.version}, Resource={self.resource}"


class ObjectName(NamedTuple):
    """An object among those of its kind: `namespace/name`, or the name alone where there are no namespaces."""

    namespace: str
    name: str

    @classmethod
    def parse(cls, text: str) -> ObjectName:
        """Read `namespace/name` or `name`. Raises ValueError when there are more parts."""
        namespace, slash, name = text.rpartition("/")
        if "/" in namespace:
            raise ValueError(f'unexpected key format: "{text}"')
        return cls(namespace if slash else "", name)

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name
