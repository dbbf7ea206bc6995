"""What `mlbug doctor` looks at on Slack's side: tokens, scopes, socket, channels, user groups, people."""

from collections.abc import Iterator
from datetime import datetime

from bot.doctor import Finding, Verdict, clock_finding
from bot.gateway import Gateway, Introduction, RateLimited, RefusedBySlack, SlackFault
from bot.manifest import OPTIONAL_SCOPES, SCOPES
from triage.workspace import WorkspaceSettings

_COPY_AGAIN = "Copy it again from OAuth & Permissions; install the app to the workspace if it is not installed."
_AWAY_TODO = "Check this machine’s network and proxy, and SLACK_API_URL."
_REINSTALL = "Paste manifest.json into the app’s manifest again, save, and install the app to the workspace again."


def token_findings(
    gateway: Gateway, workspace: str, now: datetime, variable: str = "SLACK_BOT_TOKEN"
) -> Iterator[Finding | Introduction]:
    """Who the token belongs to, its scopes, the clock; the introduction itself is yielded once, where there is one."""
    try:
        met = gateway.introduction(workspace)
    except RefusedBySlack as refused:
        yield Finding("token", variable, Verdict.PROBLEM, f"Slack refuses it ({refused.error}).", _COPY_AGAIN)
        return
    except SlackFault as away:
        yield _away("Slack", away)
        return
    yield Finding("token", variable, Verdict.OK, f"It belongs to {met.told.get('team', 'a workspace')}.")
    yield met
    yield from scope_findings(met.scopes)
    if told := clock_finding(met.slack_time, now):
        yield told


def scope_findings(granted: frozenset[str]) -> Iterator[Finding]:
    """What was granted against what the manifest asks for."""
    if not granted:
        yield Finding("scopes", "all", Verdict.SKIPPED, "This server does not tell which scopes were granted.")
        return
    missing = [scope for scope in SCOPES if scope not in granted]
    for scope in missing:
        yield Finding(
            "scopes", scope, Verdict.PROBLEM, f"It is not granted. It is needed for: {SCOPES[scope]}.", _REINSTALL
        )
    for scope, why in OPTIONAL_SCOPES.items():
        if scope not in granted:
            yield Finding(
                "scopes", scope, Verdict.WARNING, f"It is not granted, so this is missing: {why}.", _REINSTALL
            )
    more = sorted(granted - set(SCOPES) - set(OPTIONAL_SCOPES))
    if more:
        yield Finding(
            "scopes",
            ", ".join(more),
            Verdict.WARNING,
            "More is granted than mlbug uses.",
            "Take it out of the app’s manifest and install again.",
        )
    if not missing:
        yield Finding("scopes", "required", Verdict.OK, f"All {len(SCOPES)} are granted.")


def socket_findings(app: Gateway) -> Iterator[Finding]:
    """Whether the app-level token opens a Socket Mode connection; `app` calls Slack with that token."""
    try:
        app.open_socket()
    except RefusedBySlack as refused:
        scope = refused.error in {"missing_scope", "no_permission"}
        yield Finding(
            "socket",
            "SLACK_APP_TOKEN",
            Verdict.PROBLEM,
            f"Slack gives no connection ({refused.error}).",
            "Give the app-level token the scope connections:write."
            if scope
            else "Make a new app-level token under Basic Information, and see that Socket Mode is switched on.",
        )
    except RateLimited:
        yield Finding("socket", "SLACK_APP_TOKEN", Verdict.OK, "Slack knows it, and asks to wait a moment.")
    except SlackFault as away:
        yield _away("Slack’s Socket Mode", away)
    else:
        yield Finding("socket", "SLACK_APP_TOKEN", Verdict.OK, "Slack gives a connection.")


def workspace_findings(gateway: Gateway, workspace: str, settings: WorkspaceSettings) -> Iterator[Finding]:
    """The channels and people that hold for a workspace."""
    if settings.triage_channel:
        yield from _channel(gateway, workspace, settings.triage_channel, "triage channel")
    else:
        yield Finding(
            "channel",
            "triage channel",
            Verdict.PROBLEM,
            "It is not set, so no cards are posted.",
            "Set MLBUG_TRIAGE_CHANNEL to the channel’s id, or choose one in /mlbug settings.",
        )
    if settings.digest_channel:
        if settings.digest_channel != settings.triage_channel:
            yield from _channel(gateway, workspace, settings.digest_channel, "digest channel")
    else:
        yield Finding(
            "channel",
            "digest channel",
            Verdict.WARNING,
            "It is not set, so no weekly digest is posted.",
            "Set MLBUG_DIGEST_CHANNEL to the channel’s id, or choose one in /mlbug settings.",
        )
    at = settings.digest_at
    yield Finding("time zone", at.zone, Verdict.OK, f"The digest goes out at {at.hour:02}:{at.minute:02} there.")
    if not settings.triagers:
        yield Finding(
            "people",
            "triagers",
            Verdict.PROBLEM,
            "Nobody is named, so nobody can accept or close a report.",
            "Set MLBUG_TRIAGERS to user ids or a user group’s id, or name them in /mlbug settings.",
        )
    for each in sorted(settings.triagers | settings.admins):
        yield from (_group if each.startswith("S") else _user)(gateway, workspace, each)


def _channel(gateway: Gateway, workspace: str, channel: str, role: str) -> Iterator[Finding]:
    subject = f"{role} {channel}"
    try:
        told = gateway.channel(workspace, channel)
    except RefusedBySlack as refused:
        if refused.error == "missing_scope":
            yield Finding(
                "channel", subject, Verdict.SKIPPED, "mlbug may not ask Slack about channels.", _may("channels:read")
            )
            return
        yield Finding(
            "channel",
            subject,
            Verdict.PROBLEM,
            f"Slack knows no such channel, or mlbug is not in it ({refused.error}).",
            "Copy the id again (channel details, at the bottom); for a private channel type /invite @mlbug there.",
        )
        return
    except SlackFault as away:
        yield _away("Slack", away)
        return
    name = f"{role} #{told.get('name', channel)}"
    if told.get("is_archived"):
        yield Finding("channel", name, Verdict.PROBLEM, "It is archived.", "Unarchive it, or choose another channel.")
    elif not told.get("is_member"):
        yield Finding("channel", name, Verdict.PROBLEM, "mlbug is not in it.", "Type /invite @mlbug in that channel.")
    elif told.get("is_ext_shared") or told.get("is_pending_ext_shared"):
        yield Finding(
            "channel",
            name,
            Verdict.WARNING,
            "It is shared with another organisation, which reads every card posted there.",
            "Choose a channel that is not shared.",
        )
    else:
        yield Finding("channel", name, Verdict.OK, "mlbug is in it.")


def _group(gateway: Gateway, workspace: str, group: str) -> Iterator[Finding]:
    subject = f"user group {group}"
    try:
        members = gateway.group_members(workspace, group)
    except RefusedBySlack as refused:
        scope = refused.error == "missing_scope"
        yield Finding(
            "people",
            subject,
            Verdict.PROBLEM,
            "mlbug may not ask who is in it." if scope else f"Slack knows no such user group ({refused.error}).",
            _may("usergroups:read") if scope else "Copy the group’s id again (S…), or name people by their user ids.",
        )
    except SlackFault as away:
        yield _away("Slack", away)
    else:
        if members:
            yield Finding("people", subject, Verdict.OK, f"{len(members)} people are in it.")
        else:
            yield Finding("people", subject, Verdict.PROBLEM, "Nobody is in it.", "Add people to the group in Slack.")


def _user(gateway: Gateway, workspace: str, user: str) -> Iterator[Finding]:
    subject = f"user {user}"
    try:
        told = gateway.user(workspace, user)
    except RefusedBySlack as refused:
        if refused.error == "missing_scope":
            yield Finding("people", subject, Verdict.SKIPPED, "mlbug may not ask who that is.", _may("users:read"))
            return
        yield Finding(
            "people",
            subject,
            Verdict.PROBLEM,
            f"Slack knows nobody by this id here ({refused.error}).",
            "Copy the member’s id again (profile, Copy member ID).",
        )
        return
    except SlackFault as away:
        yield _away("Slack", away)
        return
    if told.get("deleted"):
        yield Finding(
            "people", subject, Verdict.PROBLEM, "The account is closed.", "Take the id out, or name somebody else."
        )
    elif told.get("is_restricted") or told.get("is_ultra_restricted") or told.get("is_bot"):
        yield Finding(
            "people",
            subject,
            Verdict.PROBLEM,
            "A guest or a bot can’t use mlbug.",
            "Name a full member of the workspace.",
        )
    else:
        yield Finding("people", subject, Verdict.OK, "A member of the workspace.")


def _may(scope: str) -> str:
    return f"Grant {scope}: {_REINSTALL[0].lower()}{_REINSTALL[1:]}"


def _away(what: str, fault: SlackFault) -> Finding:
    return Finding("slack", what, Verdict.AWAY, f"It can’t be reached ({fault.error}).", _AWAY_TODO)
