"""Every error that a person may be told, as one tree.

::

    MlbugError                 somebody is told `message`; `code` names it for programs
    ├── NotFound               no such thing, or none that this viewer may see: the two are never told apart
    ├── Forbidden              the viewer may know of the thing but not do this
    ├── Refused                the request makes no sense in the present state
    │   ├── StaleState         the thing changed since the viewer last saw it
    │   │   └── AlreadyFiled   the draft became a report meanwhile
    │   └── DraftGone          the draft was deleted meanwhile
    ├── FieldErrors            input to mend; carries one sentence a field
    └── Unavailable            a store is out of reach; nothing was changed, trying again is safe

Who may read it: `message` is written for the person whose request caused it, and names nothing that this person may not see.
What is not in this tree is unexpected: it is shown as a reference id only, and logged under that id.
The bar's and the engine's input errors (`BarError`, `CaseError`) live beside the bar and the engine.
"""

from collections.abc import Mapping


class MlbugError(Exception):
    """Base of the tree: `code` is stable, `message` is a sentence for a person."""

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotFound(MlbugError):
    """There is no such thing, or none that the viewer may see."""

    code = "not_found"


class Forbidden(MlbugError):
    """The viewer may not do this."""

    code = "forbidden"


class Refused(MlbugError):
    """The request does not fit the present state."""

    code = "refused"


class StaleState(Refused):
    """Somebody else was quicker; `message` says what the state is now."""

    code = "stale_state"


class AlreadyFiled(StaleState):
    """The draft became a report meanwhile; begin again, and the draft says which."""

    code = "already_filed"


class DraftGone(Refused):
    """The draft that the request belongs to was deleted."""

    code = "draft_gone"


class FieldErrors(MlbugError):
    """Input to mend: `fields` maps a field's name to one sentence that says what to do."""

    code = "invalid_input"

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(" ".join(fields.values()))
        self.fields = dict(fields)


class Unavailable(MlbugError):
    """A store or service is out of reach; nothing was changed."""

    code = "unavailable"
