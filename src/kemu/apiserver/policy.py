"""What the server knows of one kind: its policy.

A kind's policy is one frozen row, and all that stands anywhere of that kind. The rows live in `kinds/`, one module an
API group; `kinds.policy_of` finds them when they are first asked for. The row of a custom kind is made from its
definition. What reads a row is short and the same for every kind:

======================  =============================================================================================
`resources.py`          where objects are kept
`strategies.py`         what of a write is kept, generations, deletion, preparation
`defaults.py`           `defaults`, and the shared types' of `kinds/pods/defaults.py`
`validation.py`         `name_check`, `rules`, `across`, `update`, `status_rules`, read by `rules.py`
`warnings.py`           `deprecated`, `warns`
`fields.py`             `selectable`
`tables.py`             `cells`
`conversion.py`         `views`
======================  =============================================================================================

Paths are JSON paths from the top of the object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import attrs

from ..objects import Struct, evolve
from ..values import names
from .failures import FieldError
from .rows import Check, Parts, Rows, Spec
from .updates import Compare, Immutable, Only, comparisons

if TYPE_CHECKING:
    from .request import Desk, User

Table = Mapping[str, Any]
"""Defaults by path: a constant, a function of the object that holds the field, or a `Whole`."""


@attrs.frozen(eq=False)
class Whole:
    """Functions that complete an object, in their order."""

    functions: tuple[Callable[[Any], Any], ...]


def whole(*functions: Callable[[Any], Any]) -> Whole:
    """Complete the object at a path by functions that give it back, changed or not."""
    return Whole(functions)


def cleared(*attributes: str) -> Callable[[Any], Any]:
    """What drops fields that belong to features that are off."""

    def clear(value: Any) -> Any:
        given = [name for name in attributes if getattr(value, name) is not None]
        return evolve(value, dict.fromkeys(given)) if given else value

    return clear


NameCheck = Callable[[str], tuple[str, ...]]
Cells = Callable[[Any, float], Sequence[Any]]
"""The cells of an object's row, given the time in seconds since 1970."""

Read = Callable[[Any], Any]
Warn = Callable[[Any, Any], Iterator[str]]
"""What is odd about an object, given also the object before (None of a new one)."""


Judge = Callable[[Any, Any], Iterator[FieldError]]
"""All that is wrong with an object, metadata included, given also the object before (None of a new one)."""


def always(obj: Any) -> bool:
    """Of every object."""
    return True


@attrs.frozen
class Scale:
    """Where the scale subresource finds its parts.

    The selector is a label selector, a map of labels, or a text; a custom kind may have none.
    """

    spec: str
    status: str
    selector: str


@attrs.frozen(eq=False)
class View:
    """Another version or group in which a kind is served: see `conversion.py`.

    All of a policy but this speaks of objects as they are kept. `shown` makes what the view's clients see, `kept` what
    is stored; both give and take metadata, and are total.
    """

    shown: Callable[[Any], Any]
    kept: Callable[[Any], Any]
    judge: Judge | None = None
    """All that is asked of what is written in this form, where that is not what is asked of the stored one."""
    defaults: Table = attrs.field(factory=dict)
    selectable: Mapping[str, Read | None] = attrs.field(factory=dict)


@attrs.frozen(eq=False)
class Policy:
    """All that the server knows of one kind. What is not said is the rule for every kind."""

    key: str
    """`pods`, `statefulsets.apps`."""

    # Names and places
    name_check: NameCheck = names.is_dns1123_subdomain
    stored: bool = True
    """False for questions and commands that are answered at once and leave nothing behind."""
    views: Mapping[str, View] = attrs.field(factory=dict)
    """The other forms in which it is served, by `apiVersion`."""

    metadata_checks: int = 3
    """How often an update complains of the same label: some kinds look at metadata more often than others."""

    # What of a write is kept
    generation: bool = False
    """Whether `metadata.generation` counts the changes of the desired state."""
    first_generation: int | None = 1
    """The generation on create of a kind that counts them."""
    unlisted: tuple[str, ...] = ()
    """Annotations that a table's rows and an object's metadata alone do not show."""
    annotations_count: bool = False
    """Whether a change of annotations is one of the desired state."""
    labels_count: bool = False
    """The same of labels."""
    status_on_create: bool = False
    """Whether a status sent on create is kept (or replaced by what `prepare_create` says)."""
    status_on_update: bool = False
    """Whether an update of the object itself writes the status."""
    status_writes_labels: bool = True
    """Whether the status subresource writes labels."""
    status_writes_metadata: bool = True
    """Whether it writes anything of the metadata: annotations, finalizers, owners."""
    create_on_update: bool = False
    """Whether a PUT to a name that does not exist creates the object."""
    version_required: bool = False
    """Whether a PUT must name the resourceVersion that it replaces."""

    dropped: tuple[str, ...] = ()
    """Fields, by the path of their attributes, of features that are off: they are taken, and not kept."""
    spec_stays: bool = False
    """Whether nobody writes the specification after create, and so nobody owns it."""

    closed: str = ""
    """Why nothing new is taken, if so."""

    # Deletion
    ttl: float | None = None
    """The seconds after its last write at which an object goes by itself; None if it stays."""
    returns_deleted: bool = False
    """Whether a DELETE that removes the object answers with the object instead of a Status."""
    grace: Callable[[Any, int | None], int] | None = None
    """The seconds that an object gets to stop, given what the request asks for; None if a kind stops at once."""
    held: Callable[[Any], bool] | None = None
    """What besides metadata keeps an object that is to go. Such a kind never goes at once."""
    orphans: bool = False
    """Whether dependents stay if a deletion does not say what becomes of them, as in the kind's first version."""
    warns_delete: str = ""
    """What a deletion is told that does not say what becomes of dependents."""
    guards: Callable[[Any], bool] | None = None
    """Of a kind that has a say in what else is admitted: whether an object has, as far as can be seen by itself."""
    grants: bool = False
    """Whether it says who may do what."""

    scale: Scale | None = None

    # The write sequence
    defaults: Table = attrs.field(factory=dict)
    prepare_create: Callable[[Any, Desk], Any] | None = None
    requested: Callable[[Any, User], Any] | None = None
    """What a new object says of who asks for it."""
    finish_create: Callable[[Any], Any] | None = None
    """What completes a new object once it was found acceptable."""
    prepare_update: Callable[[Any, Any, str, Desk], Any] | None = None
    """Called with the new object, the old one, and the subresource that is written."""
    prepare_delete: Callable[[Any, Desk], Any] | None = None
    """What deletion leaves in an object that waits for its end."""
    rules: Parts = attrs.field(factory=dict)
    """A table of rules, or a tuple of tables and functions of the object that yield errors, in their order."""
    judge: Judge | None = None
    """What is asked in place of all rules of metadata, of the tables below and of what may change."""
    declared: bool = True
    """Whether fields that have no row are asked for what their types declare: words to choose from, and to stay."""
    once: tuple[str, ...] = ()
    """Of the rows those that are only asked of a new object: what stands there never changes."""
    across: Sequence[Check] = ()
    """What crosses fields: more such functions, asked last."""
    metadata_rules: Sequence[Compare] = ()
    """What labels and annotations mean to the kind: functions of the object and the one before (None of a new one)."""
    create_rules: Sequence[Check] = ()
    """Functions of a new object, where an update may keep what a create may not bring."""
    permitted: Callable[[Any, Any | None, str, Desk], Iterable[FieldError]] | None = None
    """What other objects say against a new or changed one, given the subresource that is written; asked first."""
    update: Sequence[Compare | Immutable | Only] = ()
    """What may change. Fields that the type declares immutable need no word."""
    judged_last: bool = False
    """Whether an update is told of what may not change before it is told of what is wrong."""
    through: Mapping[str, Sequence[Compare]] = attrs.field(factory=dict)
    """What may change through other subresources than status and scale; the rules hold for them, too."""
    status_rules: Mapping[str, Spec] = attrs.field(factory=dict)
    status_update: Sequence[Compare] = ()
    """What may change in the status, and what it must fit: functions of the new object and the old one."""

    # What clients are told
    deprecated: str = ""
    """What every request to the kind is warned of."""
    warns: Sequence[Warn] = ()
    warns_sent: Warn | None = None
    """What is odd about a new object as it was sent, before the kind completes it."""
    status_warns: Sequence[Warn] = ()
    """What is odd about a status that is written."""
    selectable: Mapping[str, Read | None] = attrs.field(factory=dict)
    """The fields that may be selected on; with a reader where the value is not simply what stands there."""
    unselectable: str = "field label not supported: {field}"
    """What a selector by another field is told."""
    cells: Cells | None = None
    row_conditions: Callable[[Any], Sequence[Mapping[str, Any]]] | None = None
    """What a table says of a whole row, such as that it has come to its end."""

    _bound: dict[Any, Bound] = attrs.field(factory=dict, init=False, repr=False)

    def bound(self, cls: Any) -> Bound:
        """The rules of this policy for objects of a class, compiled when they are first asked for."""
        found = self._bound.get(cls)
        if found is None:
            found = self._bound[cls] = Bound.of(self, cls)
        return found


@attrs.frozen(eq=False)
class Bound:
    """The rules of a policy, bound to a type."""

    rows: Rows
    changed: Rows
    """What is asked of a changed object."""
    comparisons: tuple[Compare, ...]
    status: Rows

    @classmethod
    def of(cls, policy: Policy, of: Any) -> Bound:
        """Compile the tables. Raises LookupError for a path that the type does not have."""
        typed = issubclass(of, Struct)
        rows = changed = Rows(of, policy.rules, policy.across, declared=typed and policy.declared)
        if policy.once and isinstance(policy.rules, Mapping):
            left: Parts = {path: () if path in policy.once else spec for path, spec in policy.rules.items()}
            changed = Rows(of, left, policy.across, declared=typed and policy.declared)
        return cls(
            rows=rows,
            changed=changed,
            comparisons=comparisons(of, policy.update, declared=typed and policy.declared),
            status=Rows(of, policy.status_rules, declared=False),
        )
