"""Care of a report: its buttons, the dialogs behind them, and the answers that reporters give."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from bot.answer import Answer, Body, Handler
from bot.context import Context
from bot.gateway import SlackFault
from bot.listeners.dialog import TOO_LATE
from bot.render import answers, card, care, screens
from bot.render.blocks import Block, block_of
from bot.render.card import ANSWER, SHOW
from bot.roster import Unmet
from triage.access import Viewer
from triage.asking import find_question
from triage.errors import FieldErrors, MlbugError, NotFound, Refused
from triage.lifecycle import Deed, allowed, choices
from triage.reports import Report, parse_report_name, report_name
from triage.severity import Severity

Fields = Mapping[str, str]
Submit = Callable[[Viewer, int, Fields, int], None]
SNOOZE_DAYS = 7
RISK_DAYS = 90  # what the dialog offers for an accepted risk
NOT_A_MEMBER = "Guests, apps and closed accounts can’t be chosen here. Choose a member of this workspace."
NOBODY_TO_ASK = (
    "The reporter of {name} is no member here, so nobody can be asked. Override the severity where you know better."
)
SNOOZED = "No reminders of {name} for a week. Its deadline stays."
DONE = "Done. {name} and its card show it in a moment."


class CareButtons:
    """The listeners of clicks and submissions around a filed report."""

    def __init__(self, context: Context) -> None:
        self._x = context
        self.by_action: dict[str, Handler] = {
            care.action(Deed.ACCEPT): self._now(context.care.accept, "{name} is accepted."),
            care.action(Deed.RESTRICT): self._now(context.care.restrict, "{name} is restricted."),
            care.action(Deed.SNOOZE): self._now(
                lambda v, n, seen: context.care.snooze(v, n, SNOOZE_DAYS, seen), SNOOZED, on_card=False
            ),
            care.action(Deed.ASK): self.ask,
            care.CLOSE: lambda body: self._open(body, care.CLOSING, self._close_dialog),
            care.action(Deed.OVERRIDE): lambda body: self._open(
                body, (Deed.OVERRIDE,), lambda _v, r: care.override_dialog(r, r.scored.parsed())
            ),
            care.action(Deed.ASSIGN): lambda body: self._open(
                body, (Deed.ASSIGN,), lambda _v, r: care.assign_dialog(r)
            ),
            care.action(Deed.LINK): lambda body: self._open(body, (Deed.LINK,), lambda _v, r: care.duplicate_dialog(r)),
            care.MORE: self.more,
            SHOW: self.show,
        }
        self.by_dialog: dict[str, Submit] = {
            care.CLOSE: self._close,
            care.action(Deed.OVERRIDE): self._override,
            care.action(Deed.ASSIGN): self._assign,
            care.action(Deed.LINK): self._link,
            care.action(Deed.NAME): self._name,
            care.action(Deed.UNNAME): self._unname,
            care.action(Deed.REOPEN): self._with_reason(context.care.reopen),
            care.action(Deed.UNLINK): self._with_reason(context.care.unlink),
            care.action(Deed.UNRESTRICT): self._with_reason(context.care.unrestrict),
            care.action(Deed.WITHDRAW): self._withdraw,
        }
        for deed in (Deed.REOPEN, Deed.UNLINK, Deed.UNRESTRICT, Deed.WITHDRAW):
            self.by_action[care.action(deed)] = self._opens(deed, care.reason_dialog)
        for deed in (Deed.NAME, Deed.UNNAME):
            self.by_action[care.action(deed)] = self._opens(deed, care.reader_dialog)

    # -- clicks --------------------------------------------------------------------------------------------------------

    def more(self, body: Body) -> Answer:
        """What was chosen behind the three dots: `restrict:42`."""
        deed, _, number = str(body["actions"][0]["selected_option"]["value"]).partition(":")
        action = dict(body["actions"][0]) | {"action_id": care.PREFIX + deed, "value": number}
        return self.by_action[care.PREFIX + deed]({**body, "actions": [action]})

    def ask(self, body: Body) -> Answer:
        """Put the next question worth asking to the reporter, and tell the asker which."""
        viewer, number, seen = self._clicked(body)
        reporter = self._x.care.look(viewer, number).reporter
        if not self._x.roster.may_be_here(viewer.workspace, reporter):
            raise Refused(NOBODY_TO_ASK.format(name=report_name(number)))
        report, asked = self._x.asking.ask(viewer, number, seen)
        self._x.nudge()
        return Answer(then=(lambda: self._x.whisper(body, f"Asked about {report.name}: “{asked.ask}”"),))

    def answered(self, body: Body) -> Answer:
        """The reporter's answer: `42:data_poisoning.reach:no`."""
        number, key, option_id = str(body["actions"][0]["value"]).split(":", 2)
        viewer = self._x.viewer(body)
        report = self._x.asking.answer(viewer, int(number), key, option_id)
        self._x.nudge()
        asked = find_question(self._x.desk.bar_of(viewer.workspace), key)
        return Answer(then=(lambda: self._settle_question(body, card.answered(report, asked, option_id)),))

    def show(self, body: Body) -> Answer:
        """One report, to the clicker alone, with what they may do."""
        viewer, number, _ = self._clicked(body)
        return Answer(then=(lambda: self._show(body, viewer, number, again=False),))

    def _now(self, do: Callable[[Viewer, int, int], Report], done: str, *, on_card: bool = True) -> Handler:
        """A deed that needs nothing but the click. `done` says it where nothing else shows it; `on_card`: the card does."""

        def handle(body: Body) -> Answer:
            viewer, number, seen = self._clicked(body)
            report = do(viewer, number, seen)
            self._x.nudge()
            shown_alone = (body.get("container") or {}).get("is_ephemeral") or _in_modal(body)
            if shown_alone:  # only the clicker has it, and nothing else edits it
                return Answer(then=(lambda: self._show(body, viewer, number, again=True),))
            if on_card and self._is_card(viewer, body):
                return Answer()
            return Answer(then=(lambda: self._x.whisper(body, done.format(name=report.name)),))

        return handle

    def _is_card(self, viewer: Viewer, body: Body) -> bool:
        """Whether the click was on a message in the triage channel, which shows what becomes of it."""
        container = body.get("container") or {}
        channel = self._x.settings.of(viewer.workspace).triage_channel
        return not container.get("is_ephemeral") and container.get("channel_id") == channel != ""

    def _opens(self, deed: Deed, dialog: Callable[[Deed, Report], Block]) -> Handler:
        return lambda body: self._open(body, (deed,), lambda _viewer, report: dialog(deed, report))

    def _open(self, body: Body, deeds: tuple[Deed, ...], dialog: Callable[[Viewer, Report], Block]) -> Answer:
        """Open a dialog, unless none of `deeds` is possible; whether it still is will be looked at on submit."""
        viewer, number, _ = self._clicked(body)

        def job() -> None:
            try:
                report = self._x.care.look(viewer, number)
                if not set(deeds) & set(choices(viewer, report)):
                    allowed(deeds[0], viewer, report)  # raises, with the reason
                view = dialog(viewer, report)
                view = view if self._is_card(viewer, body) else care.with_word(view)
            except MlbugError as told:
                view = screens.notice_only(told.message)
                if not body.get("view"):
                    self._x.whisper(body, told.message)
                    return
            self._open_view(viewer, body, view)

        return Answer(then=(job,))

    def _open_view(self, viewer: Viewer, body: Body, view: Block) -> None:
        try:
            self._x.open_dialog(viewer, body, view)
        except SlackFault:
            self._x.whisper(body, TOO_LATE.replace("Type /mlbug again", "Press the button again"))

    def _close_dialog(self, viewer: Viewer, report: Report) -> Block:
        today = self._x.clock().date()
        return care.close_dialog(report, choices(viewer, report), today + timedelta(days=RISK_DAYS))

    # -- submissions ---------------------------------------------------------------------------------------------------

    def submitted(self, body: Body) -> Answer:
        """A dialog of care. What is wrong stands under its field; somebody unknown who was chosen is looked up first."""
        view = body["view"]
        viewer = self._x.viewer(body)
        try:
            self._submit(viewer, view)
        except FieldErrors as wrong:
            return _errors(view, wrong)
        except Unmet as unmet:
            return self._after_meeting(viewer, view, unmet)
        self._x.nudge()
        metadata = str(view["private_metadata"])
        if not care.wants_word(metadata):
            return Answer()
        done = DONE.format(name=report_name(care.read_metadata(metadata)[0]))
        return Answer({"response_action": "update", "view": screens.notice_only(done) | {"clear_on_close": True}})

    def earlier(self, body: Body) -> Answer:
        """Reports for the duplicate's type-ahead, among those that the person may see."""
        number, _ = care.read_metadata(str((body.get("view") or {}).get("private_metadata", "0")))
        rows = self._x.browsing.find(self._x.viewer(body), str(body.get("value") or ""))
        return Answer({"options": care.earlier_options(rows, number)})

    def _submit(self, viewer: Viewer, view: Mapping[str, Any]) -> None:
        number, seen = care.read_metadata(str(view["private_metadata"]))
        do = self.by_dialog.get(str(view["callback_id"]))
        if do is None:
            raise NotFound("This dialog belongs to an older version of mlbug. Close it, and press the button again.")
        do(viewer, number, _fields(view), seen)

    def _override(self, viewer: Viewer, number: int, fields: Fields, seen: int) -> None:
        self._x.care.override(viewer, number, Severity[fields["severity"]], fields.get("reason", ""), seen)

    def _assign(self, viewer: Viewer, number: int, fields: Fields, seen: int) -> None:
        self._must_be_member(viewer, fields.get("owner", ""), "owner")
        self._x.care.assign(viewer, number, fields.get("owner", ""), seen)

    def _link(self, viewer: Viewer, number: int, fields: Fields, seen: int) -> None:
        earlier = parse_report_name(fields.get(care.EARLIER, ""))
        if earlier is None:
            raise FieldErrors({care.EARLIER: "Choose the earlier report from the list."})
        self._x.care.link(viewer, number, earlier, seen)

    def _name(self, viewer: Viewer, number: int, fields: Fields, seen: int) -> None:
        self._must_be_member(viewer, fields.get("person", ""), "person")
        self._x.care.name(viewer, number, fields.get("person", ""), seen)

    def _unname(self, viewer: Viewer, number: int, fields: Fields, seen: int) -> None:
        self._x.care.unname(viewer, number, fields.get("person", ""), seen)

    def _with_reason(self, do: Callable[[Viewer, int, str, int], Report]) -> Submit:
        def submit(viewer: Viewer, number: int, fields: Fields, seen: int) -> None:
            do(viewer, number, fields.get("reason", ""), seen)

        return submit

    def _withdraw(self, viewer: Viewer, number: int, fields: Fields, seen: int) -> None:
        self._x.care.close(viewer, number, Deed.WITHDRAW, fields.get("reason", ""), seen)

    def _close(self, viewer: Viewer, number: int, fields: Fields, seen: int) -> None:
        deed = Deed[fields["how"]]
        reason = fields.get("reason", "")
        if deed is Deed.ACCEPT_RISK:
            until = date.fromisoformat(fields["until"]) if fields.get("until") else None
            self._x.care.accept_risk(viewer, number, reason, until, seen)
        else:
            self._x.care.close(viewer, number, deed, reason, seen)

    def _must_be_member(self, viewer: Viewer, person: str, field: str) -> None:
        if person and not self._x.roster.member(viewer.workspace, person):
            raise FieldErrors({field: NOT_A_MEMBER})

    def _after_meeting(self, viewer: Viewer, view: Mapping[str, Any], unmet: Unmet) -> Answer:
        """Slack is asked about the chosen person beside the request, then the dialog is taken."""

        def job() -> None:
            number, _ = care.read_metadata(str(view["private_metadata"]))
            try:
                self._x.roster.meet(unmet.workspace, unmet.user)
                self._submit(viewer, view)
                self._x.nudge()
                sentence = DONE.format(name=report_name(number))
            except MlbugError as told:
                sentence = told.message
            self._x.settle(viewer.workspace, name, screens.notice_only(sentence) | {"clear_on_close": True})

        name = self._x.new_id()
        return Answer({"response_action": "update", "view": screens.busy(name)}, (job,))

    # -- helpers -------------------------------------------------------------------------------------------------------

    def _clicked(self, body: Body) -> tuple[Viewer, int, int]:
        """Who clicked, on which report, and the version that they saw (0: unknown)."""
        action = body["actions"][0]
        kind, _, version = str(action.get("block_id", "")).partition(".")
        seen = int(version) if kind == "card" and version.isdecimal() else 0
        return self._x.viewer(body), int(action["value"]), seen

    def _show(self, body: Body, viewer: Viewer, number: int, *, again: bool) -> None:
        """Show a report where the click was: under the message, or in a dialog. `again`: in the place of what is shown."""
        try:
            told = self._x.desk.why(viewer, number)
            message = answers.show(told, self._x.desk.history(viewer, number), viewer, self._x.here(viewer))
        except MlbugError as refused:
            message = answers.sentence(refused.message)
        if url := body.get("response_url"):
            self._x.gateway.respond(str(url), message | {"replace_original": again})
            return
        view = screens.shown(f"ML-{number}", message["blocks"])
        if again and _in_modal(body):
            self._x.gateway.update_view(viewer.workspace, body["view"]["id"], view)
        else:
            self._open_view(viewer, body, view)

    def _settle_question(self, body: Body, message: Block) -> None:
        """The question's message says what was answered; its buttons go."""
        if url := body.get("response_url"):
            self._x.gateway.respond(str(url), message | {"replace_original": True})


def _in_modal(body: Body) -> bool:
    return bool((body.get("view") or {}).get("type") == "modal")


def _fields(view: Mapping[str, Any]) -> dict[str, str]:
    """What stands in a dialog's fields, by name."""
    found = {}
    for block in ((view.get("state") or {}).get("values") or {}).values():
        for name, held in block.items():
            chosen = (held.get("selected_option") or {}).get("value")
            value = held.get("value") or chosen or held.get("selected_user") or held.get("selected_date")
            found[name] = str(value or "")
    return found


def _errors(view: Mapping[str, Any], wrong: FieldErrors) -> Answer:
    form = str(view["private_metadata"])
    shown = {
        str(block["element"]["action_id"]): str(block["block_id"])
        for block in view["blocks"]
        if block["type"] == "input"
    }
    first = next(iter(shown.values()))
    errors = {shown.get(name, first): sentence for name, sentence in wrong.fields.items()}
    return Answer({"response_action": "errors", "errors": errors or {block_of("reason", form): wrong.message}})


__all__ = ["ANSWER", "CareButtons"]
