"""The settings dialog: three pages, each saved by itself."""

from collections.abc import Callable

from bot.render.blocks import Block, actions, button, context, entry, modal, option, plain, section, select
from bot.render.text import clip
from triage.setting import URGENCIES
from triage.workspace import WorkspaceSettings

PEOPLE = "settings:people"
RULES = "settings:rules"
DIGEST = "settings:digest"
TABS = {PEOPLE: "People and Channel", RULES: "Deadlines and Webhook", DIGEST: "Digest and Time Zone"}
GROUPS, ADMIN_GROUPS = "groups", "admin_groups"  # selects that ask for user groups
GROUPS_SHOWN = 100  # https://docs.slack.dev/reference/block-kit/block-elements/multi-select-menu-element
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
QUIET = {"line": "One line", "silence": "Nothing"}

Label = Callable[[str], str]


def settings_page(page: str, settings: WorkspaceSettings, form: str, label: Label, problem: str = "") -> Block:
    """One page. `label` gives a user group's name; `problem` is said on top, where what was entered could not be reached."""
    notice = [section(f"*Not saved.* {problem}", block_id="problem")] if problem else []
    pages = {PEOPLE: lambda: _people(settings, form, label), RULES: lambda: _rules(settings, form)}
    blocks = pages.get(page, lambda: _digest(settings, form))()
    others = [button(name, tab) for tab, name in TABS.items() if tab != page]
    small = context("Each change is kept, with who made it and when.")
    return modal(
        "mlbug settings",
        [*notice, actions("pages", *others), *blocks, small],
        callback_id=page,
        metadata=form,
        submit="Save",
        close="Cancel",
    )


def group_options(labels: dict[str, str], typed: str) -> list[Block]:
    """User groups for the type-ahead: those with the typed words in their names."""
    wanted = typed.casefold().strip().lstrip("@")
    found = sorted((name, group) for group, name in labels.items() if wanted in name.casefold() or wanted == group)
    return [option(name, group) for name, group in found[:GROUPS_SHOWN]]


def deadlines_text(deadlines: dict[str, int]) -> str:
    """`P0 5, P1 14`."""
    return ", ".join(f"{urgency} {deadlines[urgency]}" for urgency in URGENCIES if urgency in deadlines)


def _people(settings: WorkspaceSettings, form: str, label: Label) -> list[Block]:
    return [
        _channel(
            "triage_channel", form, "Triage channel", settings.triage_channel, "Each new report gets its card there."
        ),
        _users("triagers", form, "Triagers", settings.triagers, "They do everything on reports, restricted ones too."),
        _groups(GROUPS, form, "User groups of triagers", settings.triagers, "Whoever is in one is a triager.", label),
        _users(
            "admins",
            form,
            "Admins",
            settings.admins,
            "They change these settings. Nobody chosen: this workspace’s admins.",
        ),
        _groups(ADMIN_GROUPS, form, "User groups of admins", settings.admins, "Whoever is in one is an admin.", label),
    ]


def _rules(settings: WorkspaceSettings, form: str) -> list[Block]:
    return [
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


def _groups(name: str, form: str, label: str, ids: frozenset[str], hint: str, label_of: Label) -> Block:
    pick: Block = {
        "type": "multi_external_select",
        "placeholder": plain("Choose user groups", 150),
        "min_query_length": 0,
    }
    if chosen := sorted(each for each in ids if each.startswith("S")):
        pick["initial_options"] = [option(clip(label_of(group), 75), group) for group in chosen[:GROUPS_SHOWN]]
    return entry(name, form, label, pick, hint=hint, optional=True)


def _text(value: str, limit: int) -> Block:
    element: Block = {"type": "plain_text_input", "max_length": limit}
    return element | {"initial_value": value} if value else element
