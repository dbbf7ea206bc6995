"""What the use cases need from the world, named by the need. `db` implements these; the tests' fakes do too.

All writes happen inside one `Work` and are kept only by `commit()`; leaving it otherwise rolls back.
Every read of reports takes the viewer and filters in the query.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from triage.access import Person, Viewer
from triage.bar import BugBar
from triage.history import Hit
from triage.intake import Incoming
from triage.likeness import Nearness
from triage.listing import Cursor, Filter, Listed
from triage.reports import Draft, Event, Report, Scored
from triage.transfer import Exported
from triage.workspace import WorkspaceSettings

Clock = Callable[[], datetime]  # aware, UTC


@dataclass(frozen=True, slots=True)
class Errand:
    """Something to be told in Slack, written in the transaction of the change that causes it.

    It carries ids, never text: what is posted is rendered from the record when it is sent.
    `key` exists at most once in a workspace. `follows` is the key of the message in whose thread it belongs.
    """

    key: str
    kind: str
    workspace: str
    report: int
    to: str = ""  # a user id for direct messages; empty: the workspace's triage channel
    follows: str = ""
    event: int = 0  # the event's seq that it tells of
    data: dict[str, str] = field(default_factory=dict)


class Drafts(Protocol):
    """Unfinished reports, each seen by its writer alone."""

    def get(self, viewer: Viewer, draft_id: str, *, lock: bool = False) -> Draft | None:
        """The viewer's own draft. `lock`: nobody else writes it before this work ends."""

    def latest(self, viewer: Viewer) -> Draft | None:
        """The viewer's unfinished draft that was saved last."""

    def put(self, draft: Draft) -> None:
        """Insert, or replace where id, workspace and user are the same."""

    def delete(self, viewer: Viewer, draft_id: str) -> bool:
        """Delete an unfinished draft of the viewer's; whether there was one."""


class Reports(Protocol):
    """Filed reports."""

    def add(self, report: Report) -> Report:
        """File it, with its verdict, under the workspace's next number (the given number is ignored); return it as filed.

        Raises `AlreadyFiled` where its draft was; the work is over then.
        """

    def get(self, viewer: Viewer, number: int, *, lock: bool = False) -> Report | None:
        """The report, if there is one that the viewer may see."""

    def save(self, report: Report) -> bool:
        """Write back a report that was read at `report.version - 1`; False where somebody else was quicker."""

    def add_verdict(self, workspace: str, number: int, scored: Scored) -> int:
        """Keep a verdict for good, its answers one row each; its seq within the report. The newest one again is kept once."""

    def verdicts(self, viewer: Viewer, number: int) -> Sequence[Scored]:
        """All verdicts of a report that the viewer may see, oldest first."""

    def add_event(self, workspace: str, number: int, event: Event) -> int:
        """Append to the report's history; its seq."""

    def events(self, viewer: Viewer, number: int) -> Sequence[Event]:
        """The history of a report that the viewer may see, oldest first."""

    def systems(self, viewer: Viewer, prefix: str, limit: int) -> Sequence[str]:
        """Systems of reports that the viewer may see, that contain `prefix` (case folded), most used first."""


class Lists(Protocol):
    """Reports by the page, without their texts."""

    def page(self, viewer: Viewer, wanted: Filter, now: datetime, limit: int, after: Cursor | None) -> Sequence[Listed]:
        """At most `limit` reports that the viewer may see, in the filter's order, behind `after`."""

    def count(self, viewer: Viewer, wanted: Filter, now: datetime, most: int) -> int:
        """How many there are that the viewer may see; counting stops at `most`."""

    def woken(self, now: datetime, limit: int) -> Sequence[tuple[str, int]]:
        """(workspace, number) of reports that the clock has to look at, longest due first. For the assistant alone."""


class SavedSettings(Protocol):
    """What workspaces have set, each version kept."""

    def get(self, workspace: str) -> WorkspaceSettings | None:
        """What was saved last, if anything was."""

    def put(self, workspace: str, settings_now: WorkspaceSettings, at: datetime, by: str) -> None:
        """Append a version; it holds from the commit on."""


class People(Protocol):
    """What Slack said of people's accounts."""

    def get(self, workspace: str, user: str) -> Person | None:
        """What is known of somebody, if anything is."""

    def put(self, person: Person) -> None:
        """Insert or replace."""

    def admins(self, workspace: str) -> Sequence[str]:
        """The ids of those among them who are the workspace's own admins, and neither guests nor gone."""


class History(Protocol):
    """The reports as answers. Each filed report is in it, as it is, from the commit on that files or changes it."""

    def similar(
        self, viewer: Viewer, text: str, limit: int, *, threat: str = "", system: str = "", besides: int = 0
    ) -> Sequence[Hit]:
        """At most `limit` reports that the viewer may see, likeliest first; none for a text without words.

        A title goes on the first line of `text`, the description below it. Reports on the same system or threat come nearer;
        the report numbered `besides` is left out.
        """


class Meaning(Protocol):
    """A model of what texts mean, which the search may do without. It keeps nothing of a text."""

    def compare(self, question: str, texts: Sequence[str]) -> Nearness | None:
        """How near each text is to the question, in their order; None where it can't be told now."""


class Opinions(Protocol):
    """What people thought of answers."""

    def put(self, viewer: Viewer, about: str, *, helped: bool) -> None:
        """The viewer's opinion of the answer `about` (a message's channel and ts); the last one counts."""

    def count(self, workspace: str) -> tuple[int, int]:
        """How many found that an answer helped, and how many that it did not."""


class Exchange(Protocol):
    """Reports in bulk, from and to the outside."""

    def take(self, workspace: str, batch: Iterable[Incoming]) -> int:
        """File what is not filed yet, in order; how many that were. The bar that rated them is kept before."""

    def page(
        self, viewer: Viewer, after: int, limit: int, since: datetime | None = None, until: datetime | None = None
    ) -> Sequence[Exported]:
        """At most `limit` reports numbered above `after` that the viewer may see, filed from `since` to before `until`."""


class Bars(Protocol):
    """The bars that verdicts were given by, kept so that each can be given again."""

    def keep(self, bar: BugBar) -> None:
        """Keep the bar's canonical text under its hash; nothing where it is kept already."""

    def text(self, bar_hash: str) -> str | None:
        """The canonical text of a kept bar."""


class Errands(Protocol):
    """The queue of things to be told."""

    def put(self, errand: Errand) -> None:
        """Add it, unless its key exists in the workspace."""


class Held(Protocol):
    """What waits for a channel that can't be reached. A workspace's admins are told of each such channel once."""

    def is_told(self, workspace: str, channel: str) -> bool:
        """Whether they were told that nothing goes to that channel (empty: that none is set)."""

    def tell(self, workspace: str, channel: str, at: datetime) -> bool:
        """Remember that they are told now; False where they were."""

    def mended(self, workspace: str, channel: str) -> None:
        """Forget it: something went to that channel (empty: one is set)."""

    def count(self) -> int:
        """How much waits for a channel, in all workspaces. For the operator."""

    def hasten(self, workspace: str | None = None) -> int:
        """Let what waits for a channel, and the cards that were given up for one, be tried at once; how many."""

    def move(self, workspace: str, key: str, channel: str) -> bool:
        """Let the message that was sent to `channel` under `key` be posted anew, with what follows it; whether it was there."""


class Lookers(Protocol):
    """Who may be looking at their Home tab, and which tabs have to be shown anew."""

    def opened(self, workspace: str, user: str, at: datetime, forget: datetime) -> None:
        """Somebody opened theirs. Those who did so before `forget` and not since are let go."""

    def since(self, workspace: str, at: datetime, limit: int) -> Sequence[str]:
        """Who opened theirs since then, the latest first."""

    def refresh(self, workspace: str, users: Sequence[str], due: datetime) -> None:
        """Let their tabs be shown anew at `due`: one errand a person, however often it is asked for before that."""


class Work(Protocol):
    """One transaction."""

    @property
    def drafts(self) -> Drafts:
        """Unfinished reports."""

    @property
    def reports(self) -> Reports:
        """Filed reports."""

    @property
    def history(self) -> History:
        """The reports as answers."""

    @property
    def opinions(self) -> Opinions:
        """What people thought of answers."""

    @property
    def exchange(self) -> Exchange:
        """Reports in bulk."""

    @property
    def bars(self) -> Bars:
        """The bars that verdicts were given by."""

    @property
    def lists(self) -> Lists:
        """Reports by the page."""

    @property
    def settings(self) -> SavedSettings:
        """What workspaces have set."""

    @property
    def people(self) -> People:
        """What Slack said of people's accounts."""

    @property
    def errands(self) -> Errands:
        """What is to be told."""

    @property
    def held(self) -> Held:
        """What waits for a channel."""

    @property
    def lookers(self) -> Lookers:
        """Who may be looking at their Home tab."""

    def commit(self) -> None:
        """Keep what was written."""


class WorkPlace(Protocol):
    """Where work is begun."""

    def write(self) -> AbstractContextManager[Work]:
        """A transaction that may write; rolls back unless committed. Raises `Unavailable` where the store is out of reach."""

    def read(self) -> AbstractContextManager[Work]:
        """A transaction that only reads, and waits for no writer."""


@dataclass(frozen=True, slots=True)
class Sending:
    """An errand that one worker holds for the length of a lease.

    `tries` counts this try too; `doubtful` says that an earlier try may have reached Slack and must be looked up before
    it is repeated. `channel` is where an earlier try posted, `thread_ts` the ts of the message that it follows (None
    where it follows none), `thread_channel` that message's channel, `request` the id of the request that caused it (empty:
    none did).
    """

    id: int
    errand: Errand
    tries: int
    doubtful: bool
    born: datetime
    channel: str | None = None
    thread_ts: str | None = None
    thread_channel: str | None = None
    request: str = ""


@dataclass(frozen=True, slots=True)
class QueueState:
    """How the queue is: numbers of errands by state, and the age of the oldest that is due, in seconds."""

    due: int
    sent: int
    dead: int
    doubtful: int
    oldest_s: float


class Queue(Protocol):
    """The worker's side of the errands. Each call is a transaction of its own; closing is fenced by the try's number."""

    def claim(self, now: datetime, lease_s: float) -> Sending | None:
        """The next due errand, held until `now + lease_s`; none that follows an unsent one, none for a paused channel."""

    def sent(self, sending: Sending, now: datetime, channel: str, ts: str) -> bool:
        """Close it as sent; False where another try holds it now."""

    def again(self, sending: Sending, due: datetime, *, reached: bool, error: str, channel: str = "") -> bool:
        """Try it again at `due`. `reached`: this try may have reached Slack, `channel` where."""

    def dead(self, sending: Sending, now: datetime, error: str, *, reached: bool = True) -> bool:
        """Give it up for good, visibly. `reached`: this try may have reached Slack, so `revive` makes it doubtful."""

    def pause(self, workspace: str, channel: str, until: datetime) -> None:
        """Let nothing else go to that channel before `until` (Retry-After)."""

    def posted(self, workspace: str, key: str) -> tuple[str, str] | None:
        """(channel, ts) of the message that an errand became, if it was sent."""

    def state(self, now: datetime) -> QueueState:
        """Numbers for health and metrics."""

    def revive(self, workspace: str | None = None) -> int:
        """Make dead errands due again; how many."""
