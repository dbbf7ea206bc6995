"""The buttons of a report and the dialogs behind them.

Names on the wire: a button's action id is `care:<deed>`, its value the report's number, its block's id `card.<version>`;
a dialog's callback id is `care:<deed>`, its private metadata `<number>.<version>`, and `.word` behind it: see `with_word`.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from bot.render import words
from bot.render.blocks import (
    Block,
    actions,
    button,
    context,
    entry,
    modal,
    option,
    plain,
    radios,
    rich,
    section,
)
from bot.render.text import one_line
from triage.care import REASON_MAX
from triage.lifecycle import Deed
from triage.listing import Listed
from triage.reports import Report
from triage.severity import SEVERITIES
from triage.verdict import Verdict

PREFIX = "care:"
WHY = "why"
MORE = "care:more"
CLOSE = "care:close"
EARLIER = "earlier"
CLOSING = (Deed.FIX, Deed.ACCEPT_RISK, Deed.DECLINE, Deed.WITHDRAW)

_WORD = "word"
_LABELS = {
    Deed.ACCEPT: "Accept",
    Deed.OVERRIDE: "Override…",
    Deed.ASSIGN: "Assign…",
    Deed.LINK: "Duplicate of…",
    Deed.ASK: "Ask the Reporter",
    Deed.UNLINK: "Not a Duplicate…",
    Deed.REOPEN: "Reopen…",
    Deed.WITHDRAW: "Withdraw…",
}
_MORE = {
    Deed.RESTRICT: "Restrict",
    Deed.UNRESTRICT: "Lift the restriction…",
    Deed.NAME: "Name a reader…",
    Deed.UNNAME: "Take a reader off…",
    Deed.SNOOZE: "No reminders for a week",
}
_CLOSINGS = {
    Deed.FIX: ("Fixed", "The bug is gone, or can’t be reached any more"),
    Deed.ACCEPT_RISK: ("Risk accepted until…", "It stays for now; it comes back on the day you choose"),
    Deed.DECLINE: ("Declined", "Not a bug, or nobody will act on it"),
    Deed.WITHDRAW: ("Withdrawn", "Filed by mistake"),
}


def action(deed: Deed) -> str:
    """`care:override`."""
    return PREFIX + deed.name.lower()


def deed_of(wire: str) -> Deed | None:
    """The deed that an action id or a callback id names."""
    name = wire.removeprefix(PREFIX).upper()
    return Deed[name] if wire.startswith(PREFIX) and name in Deed.__members__ else None


def buttons(report: Report, deeds: Iterable[Deed], *, can_ask: bool) -> list[Block]:
    """The rows of buttons for what can be done now: the most likely first, the rare ones behind the three dots."""
    able = set(deeds)
    if not can_ask or report.asked:
        able.discard(Deed.ASK)
    if report.restricted:
        able.discard(Deed.RESTRICT)
    else:
        able -= {Deed.UNRESTRICT, Deed.NAME, Deed.UNNAME}
    if not report.named:
        able.discard(Deed.UNNAME)
    if report.due_at is None:
        able.discard(Deed.SNOOZE)
    number = str(report.number)
    closing = [deed for deed in CLOSING if deed in able]
    row = [
        button(
            label, action(deed), number, style="primary" if deed is Deed.ACCEPT else "", label=_spoken(label, report)
        )
        for deed, label in _LABELS.items()
        if deed in able and (deed is not Deed.WITHDRAW or closing == [Deed.WITHDRAW])
    ]
    if closing not in ([], [Deed.WITHDRAW]):
        row.append(button("Close…", CLOSE, number, label=_spoken("Close", report)))
    row.append(button("Why", WHY, number, label=f"Why {report.name} is rated so"))
    rare = [option(label, f"{deed.name.lower()}:{number}") for deed, label in _MORE.items() if deed in able]
    if rare:
        row.append({"type": "overflow", "action_id": MORE, "options": rare})
    return [actions(f"card.{report.version}", *row)]


def metadata(report: Report) -> str:
    """`42.7`: the report and the version that a dialog was opened on."""
    return f"{report.number}.{report.version}"


def read_metadata(text: str) -> tuple[int, int]:
    """The number and version in a dialog's private metadata."""
    number, version, *_ = [*text.split("."), "0"]
    return int(number), int(version)


def with_word(view: Block) -> Block:
    """A dialog that has to say that it is done, because it was opened where nothing else will show it."""
    return view | {"private_metadata": f"{view['private_metadata']}.{_WORD}"}


def wants_word(text: str) -> bool:
    """Whether a dialog's private metadata says so."""
    return text.endswith(f".{_WORD}")


def override_dialog(report: Report, verdict: Verdict) -> Block:
    """Another severity than the bar's, and why."""
    form = metadata(report)
    says = words.severity_words(report.severity, report.severity_low)
    rule = f", by rule {verdict.rule}" if verdict.rule else ""
    choices = [
        option(str(s), s.name, "What the bar says" if s == report.severity else "") for s in reversed(SEVERITIES)
    ]
    now = report.effective.name if report.effective else ""
    blocks = [
        *_about(report),
        section(f"*The bar says {says}*{rule}. {verdict.reason}"),
        entry("severity", form, "Severity that counts", radios(choices, now)),
        _reason(form, "Why is the bar wrong here?", "Kept with the report, beside what the bar says."),
    ]
    return _dialog(Deed.OVERRIDE, f"Override {report.name}", form, blocks, "Override")


def assign_dialog(report: Report) -> Block:
    """A new owner, or none."""
    form = metadata(report)
    pick: Block = {"type": "users_select", "placeholder": plain("Choose a person", 150)}
    if report.owner:
        pick["initial_user"] = report.owner
    hint = "Gets a message now, and reminders before the deadline. Leave it empty to take the owner away."
    blocks = [*_about(report), entry("owner", form, "Who fixes it", pick, hint=hint, optional=True)]
    return _dialog(Deed.ASSIGN, f"Assign {report.name}", form, blocks, "Assign")


def duplicate_dialog(report: Report) -> Block:
    """Which earlier report it repeats."""
    form = metadata(report)
    pick: Block = {
        "type": "external_select",
        "placeholder": plain("Type a number or words of its title", 150),
        "min_query_length": 0,
    }
    hint = "This one is closed as its duplicate; both cards show the link."
    blocks = [*_about(report), entry(EARLIER, form, "The earlier report", pick, hint=hint)]
    return _dialog(Deed.LINK, f"Duplicate: {report.name}", form, blocks, "Link")


def earlier_options(rows: Sequence[Listed], but: int) -> list[Block]:
    """Reports for the type-ahead of the duplicate's dialog."""
    return [
        option(
            one_line(f"{row.name} {row.title}", 75),
            str(row.number),
            f"{row.severity or 'Outside the bar'}, {row.state}",
        )
        for row in rows
        if row.number != but
    ]


def close_dialog(report: Report, deeds: Iterable[Deed], first_day: date) -> Block:
    """How it ends."""
    form = metadata(report)
    able = set(deeds)
    choices = [option(label, deed.name, told) for deed, (label, told) in _CLOSINGS.items() if deed in able]
    day: Block = {
        "type": "datepicker",
        "placeholder": plain("Choose a day", 150),
        "initial_date": first_day.isoformat(),
    }
    blocks = [
        *_about(report),
        entry("how", form, "How does it end?", radios(choices, choices[0]["value"])),
        _reason(form, "Reason", "Everything but “Fixed” needs one.", optional=True),
    ]
    if Deed.ACCEPT_RISK in able:
        blocks.append(
            entry(
                "until",
                form,
                "Risk accepted until",
                day,
                hint="Counts only with “Risk accepted until…”.",
                optional=True,
            )
        )
    return modal(
        f"Close {report.name}", blocks, callback_id=CLOSE, metadata=form, submit="Close Report", close="Cancel"
    )


def reason_dialog(deed: Deed, report: Report) -> Block:
    """A deed that needs a reason and nothing else."""
    form = metadata(report)
    label, hint, submit = {
        Deed.REOPEN: ("What is new?", "Its deadline stays the one it had.", "Reopen"),
        Deed.UNLINK: ("Why is it no duplicate?", "It goes back to where it was.", "Undo the Link"),
        Deed.UNRESTRICT: ("Why may everybody read it now?", "Its title and reason appear on its card.", "Lift"),
        Deed.WITHDRAW: ("Why do you take it back?", "It stays in the history as withdrawn.", "Withdraw"),
    }[deed]
    title = {Deed.UNRESTRICT: "Lift restriction", Deed.UNLINK: "Undo the link"}.get(deed, f"{submit} {report.name}")
    return _dialog(deed, title, form, [*_about(report), _reason(form, label, hint)], submit)


def reader_dialog(deed: Deed, report: Report) -> Block:
    """One person more, or less, who may read a restricted report."""
    form = metadata(report)
    pick: Block = {"type": "users_select", "placeholder": plain("Choose a person", 150)}
    if deed is Deed.NAME:
        title, label, submit = "Name a reader", "Who may read it, too?", "Let Them Read"
        hint = "They can read all of it, and get a message that they can."
    else:
        title, label, submit, hint = "Take a reader off", "Who may not read it any more?", "Take Off", ""
    blocks = [*_about(report), *_readers(report), entry("person", form, label, pick, hint=hint)]
    return _dialog(deed, title, form, blocks, submit)


def _about(report: Report) -> list[Block]:
    return [rich([{"type": "text", "text": f"{report.name} ", "style": {"bold": True}}, report.title])]


def _readers(report: Report) -> list[Block]:
    if not report.named:
        return []
    return [
        context("Besides triagers and the reporter: " + ", ".join(f"<@{user}>" for user in sorted(report.named)[:30]))
    ]


def _reason(form: str, label: str, hint: str, *, optional: bool = False) -> Block:
    element: Block = {"type": "plain_text_input", "multiline": True, "max_length": REASON_MAX}
    return entry("reason", form, label, element, hint=hint, optional=optional)


def _dialog(deed: Deed, title: str, form: str, blocks: Sequence[Block], submit: str) -> Block:
    return modal(title, blocks, callback_id=action(deed), metadata=form, submit=submit, close="Cancel")


def _spoken(label: str, report: Report) -> str:
    return f"{label.rstrip('…')}: {report.name}"
