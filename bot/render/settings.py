"""The settings dialog: two pages, each saved by itself."""

from bot.render.blocks import Block, actions, button, context, entry, modal, option, plain, section, select
from triage.setting import URGENCIES
from triage.workspace import WorkspaceSettings

PEOPLE = "settings:people"
DIGEST = "settings:digest"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
QUIET = {"line": "One line", "silence": "Nothing"}


def settings_page(page: str, settings: WorkspaceSettings, form: str, problem: str = "") -> Block:
    """One page; `problem` is said on top, where something that was entered could not be reached."""
    notice = [section(f"*Not saved.* {problem}", block_id="problem")] if problem else []
    blocks = _digest(settings, form) if page == DIGEST else _people(settings, form)
    other = button("People and Channels", PEOPLE) if page == DIGEST else button("Digest and Time Zone", DIGEST)
    small = context("Each change is kept, with who made it and when.")
    return modal(
        "mlbug settings",
        [*notice, actions("pages", other), *blocks, small],
        callback_id=page,
        metadata=form,
        submit="Save",
        close="Cancel",
    )


def deadlines_text(deadlines: dict[str, int]) -> str:
    """`P0 5, P1 14`."""
    return ", ".join(f"{urgency} {deadlines[urgency]}" for urgency in URGENCIES if urgency in deadlines)


def _people(settings: WorkspaceSettings, form: str) -> list[Block]:
    groups = sorted(s for s in settings.triagers if s.startswith("S"))
    return [
        _channel(
            "triage_channel", form, "Triage channel", settings.triage_channel, "Each new report gets its card there."
        ),
        _users("triagers", form, "Triagers", settings.triagers, "They do everything on reports, restricted ones too."),
        entry(
            "groups",
            form,
            "User groups of triagers",
            _text(" ".join(groups), 500),
            hint="Ids like S0123ABCD: open the group in Slack, choose “Copy group ID” under the three dots.",
            optional=True,
        ),
        _users(
            "admins",
            form,
            "Admins",
            settings.admins,
            "They change these settings. Nobody chosen: this workspace’s admins.",
        ),
        entry(
            "deadlines",
            form,
            "Days to a fix, by urgency",
            _text(deadlines_text(settings.deadlines), 100),
            hint="Where they differ from the bar’s, like “P0 5, P1 14”. What is accepted already keeps its deadline.",
            optional=True,
        ),
        entry(
            "webhook",
            form,
            "Webhook",
            _text(settings.webhook, 1000),
            hint="An https address that gets each event, signed. Of restricted reports it learns the number only.",
            optional=True,
        ),
    ]


def _digest(settings: WorkspaceSettings, form: str) -> list[Block]:
    at = settings.digest_at
    days = [option(day, str(number)) for number, day in enumerate(DAYS)]
    quiet = [option(label, value) for value, label in QUIET.items()]
    return [
        _channel("digest_channel", form, "Digest channel", settings.digest_channel, "The weekly digest goes there."),
        entry("weekday", form, "Day", select(days, str(at.weekday), placeholder="Choose a day")),
        entry("time", form, "Time", {"type": "timepicker", "initial_time": f"{at.hour:02d}:{at.minute:02d}"}),
        entry(
            "zone",
            form,
            "Time zone",
            _text(at.zone, 64),
            hint="An IANA name, like Europe/Berlin. Deadlines and reminders go by it, too.",
        ),
        entry("quiet_week", form, "In a week without news", select(quiet, settings.quiet_week, placeholder="Choose")),
    ]


def _channel(name: str, form: str, label: str, chosen: str, hint: str) -> Block:
    pick: Block = {
        "type": "conversations_select",
        "placeholder": plain("Choose a channel", 150),
        "filter": {"include": ["public", "private"]},
    }
    if chosen:
        pick["initial_conversation"] = chosen
    return entry(name, form, label, pick, hint=hint, optional=True)


def _users(name: str, form: str, label: str, ids: frozenset[str], hint: str) -> Block:
    pick: Block = {"type": "multi_users_select", "placeholder": plain("Choose people", 150)}
    if people := sorted(user for user in ids if not user.startswith("S")):
        pick["initial_users"] = people
    return entry(name, form, label, pick, hint=hint, optional=True)


def _text(value: str, limit: int) -> Block:
    element: Block = {"type": "plain_text_input", "max_length": limit}
    return element | {"initial_value": value} if value else element
