"""What a person does in their Slack client: type, choose, press, submit, close. The page and the driver both act here.

https://docs.slack.dev/interactivity/handling-user-interaction
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox import events, modals, payloads, posting
from bot.sandbox.blockkit import check_ack, check_options, errors
from bot.sandbox.errors import ApiError, PersonError
from bot.sandbox.inputs import STATEFUL, TEXTUAL, elements, refusals
from bot.sandbox.team import Message, View
from bot.sandbox.written import for_command, for_message, rich_text

if TYPE_CHECKING:
    from bot.sandbox.hub import Hub
    from bot.sandbox.link import Answer, Kind
    from bot.sandbox.team import Channel, Team, User

Json = dict[str, Any]
Place = View | Message
TROUBLE = "We had some trouble connecting. Try again?"
PRESS_FAILED = "{app} did not answer in time. Try again in a moment."
COMMAND_LATE = 'Slackbot: {command} failed with the error "operation_timeout"'
COMMAND_FAILED = 'Slackbot: {command} failed with the error "dispatch_failed"'
NO_COMMAND = "Slackbot: {command} is not a valid command."
NOT_IN_THREADS = "Slackbot: {command} is not supported in threads. Sorry!"


class Hands:
    """One person's hands in one workspace."""

    def __init__(self, hub: Hub, team: Team, user: User) -> None:
        self.hub = hub
        self.team = team
        self.user = user

    async def _send(self, kind: Kind, name: str, payload: Json) -> Answer:
        return await self.hub.deliveries.send(kind, name, payload)

    def _loud(self, name: str, problems: list[str]) -> None:
        exchange = self.hub.inspector.begin("to_app", name, None)
        self.hub.inspector.end(exchange, "refused", None, problems)

    # -- words

    async def type(self, channel: Channel, text: str, thread_ts: str | None = None) -> None:
        """Type a line and press Enter: a slash command, or a message."""
        if text.startswith("/"):
            await self._command(channel, text, thread_ts)
        elif text.strip():
            self._say(channel, text.strip(), thread_ts)

    def _say(self, channel: Channel, text: str, thread_ts: str | None) -> None:
        if self.user.id not in channel.members:
            raise PersonError(f"{self.user.handle} is not in #{channel.name}.")
        sent = for_message(self.team, text)
        blocks = [{"type": "rich_text", "block_id": self.hub.ids.short(), "elements": rich_text(self.team, text)}]
        said = Message(channel.id, self.hub.ids.ts(), self.user.id, sent, blocks, thread_ts=thread_ts)
        posting.put(self.hub, channel, said)
        events.message_in_dm(self.hub, self.team, channel, said)
        if channel.kind == "im":
            return
        if self.team.bot.id in channel.members:
            events.message_in_channel(self.hub, self.team, channel, said)
        if f"<@{self.team.bot.id}>" in sent:
            if self.team.bot.id in channel.members:
                events.mention(self.hub, self.team, channel, said)
            else:
                words = (
                    f"Slackbot: @{self.team.app.name} is not in this channel. Invite it: /invite @{self.team.app.name}"
                )
                posting.slack_says(self.hub, self.team, channel, self.user.id, words)

    async def _command(self, channel: Channel, text: str, thread_ts: str | None) -> None:
        name, _, rest = text.partition(" ")
        known = next((each for each in self.team.app.commands if each.command == name), None)
        known = known if self.team.is_installed else None
        if name == "/invite":
            self._invite(channel, rest)
        elif known is None:
            self._slack_says(channel, NO_COMMAND.format(command=name), thread_ts)
        elif thread_ts is not None:
            self._slack_says(channel, NOT_IN_THREADS.format(command=name), thread_ts)
        else:
            trigger = self.hub.passes.trigger(self.user.id, channel=channel.id)
            sent = for_command(self.team, rest.strip(), should_escape=known.should_escape)
            body = payloads.slash_command(
                self.team, self.user, channel, name, sent, self._response_url(channel.id), trigger
            )
            answer = await self._send("slash_commands", f"command {name}", body)
            self._command_answered(channel, text, name, answer)

    def _invite(self, channel: Channel, rest: str) -> None:
        if rest.strip().lstrip("@") == self.team.app.name and self.team.bot.id not in channel.members:
            channel.members.append(self.team.bot.id)
        self._slack_says(channel, f"Slackbot: @{self.team.app.name} is in this channel now.", None)

    def _command_answered(self, channel: Channel, text: str, name: str, answer: Answer) -> None:
        if answer.outcome == "late":
            self._slack_says(channel, COMMAND_LATE.format(command=name), None)
        elif not answer.is_good:
            self._slack_says(channel, COMMAND_FAILED.format(command=name), None)
        elif answer.body:
            body = {"text": answer.body} if isinstance(answer.body, str) else answer.body
            try:
                posting.check(self.team, body)
            except ApiError as error:
                self._loud(f"answer to {name}", [f"{error.code}: {'; '.join(error.messages)}"])
                self._slack_says(channel, COMMAND_FAILED.format(command=name), None)
                return
            if body.get("response_type") == "in_channel":
                said = Message(channel.id, self.hub.ids.ts(), self.user.id, for_message(self.team, text))
                posting.put(self.hub, channel, said)
                posting.say(self.hub, self.team, channel, body)
            else:
                posting.whisper(self.hub, self.team, channel, self.user.id, body)

    def _slack_says(self, channel: Channel, words: str, thread_ts: str | None) -> None:
        posting.slack_says(self.hub, self.team, channel, self.user.id, words, thread_ts)

    def _response_url(self, channel: str, ts: str | None = None, *, is_ephemeral: bool = False) -> str:
        key = self.hub.passes.response_url(self.team.id, self.user.id, channel, ts, is_ephemeral=is_ephemeral)
        return f"{self.hub.base_url}/response/{key}"

    # -- inputs and buttons

    def hold(self, place: Place, block_id: str, action_id: str, value: Any) -> bool:
        """Put a value into an input; tell whether the app wants to hear of it at once (dispatch_action)."""
        block, element = find_element(place, block_id, action_id)
        kind = element["type"]
        place.values.setdefault(block_id, {})[action_id] = {"type": kind, STATEFUL[kind][0]: value}
        if isinstance(place, View):
            place.errors.pop(block_id, None)
        self.hub.changed()
        return block["type"] != "input" or bool(block.get("dispatch_action"))

    async def choose(self, place: Place, block_id: str, action_id: str, value: Any) -> None:
        """Choose something in a select, a picker, radio buttons or checkboxes."""
        if self.hold(place, block_id, action_id, value):
            await self.press(place, block_id, action_id)

    async def press(self, place: Place, block_id: str, action_id: str, chosen: Any = None) -> None:
        """Press a button, or send what an input that dispatches holds; `chosen` is the option of a menu."""
        block, element = find_element(place, block_id, action_id)
        action = self._action(place, block, element, chosen)
        if isinstance(place, View):
            where, url, origin, at = payloads.in_view(self.team, place), None, place.id, None
        else:
            channel = self.team.channels[place.channel]
            where, origin, at = payloads.in_message(self.team, channel, place), None, channel.id
            url = self._response_url(channel.id, place.ts, is_ephemeral=place.only_for is not None)
        trigger = self.hub.passes.trigger(self.user.id, origin, at)
        body = payloads.block_actions(self.team, self.user, action, where, trigger, url)
        answer = await self._send("interactive", f"block_actions {action_id}", body)
        if not answer.is_good:
            self._press_failed(place)

    def _press_failed(self, place: Place) -> None:
        if isinstance(place, View) and place.is_modal:
            place.trouble = TROUBLE
        else:
            words = PRESS_FAILED.format(app=self.team.app.name)
            self.team.notices.setdefault(self.user.id, []).append(words)
        self.hub.changed()

    def _action(self, place: Place, block: Json, element: Json, chosen: Any) -> Json:
        kind = element["type"]
        action: Json = {"type": kind, "block_id": block["block_id"], "action_id": element["action_id"]}
        if kind in STATEFUL:
            name = STATEFUL[kind][0]
            held = place.values.get(block["block_id"], {}).get(element["action_id"], {})
            action[name] = held.get(name)
        elif kind == "overflow":
            action["selected_option"] = chosen
        elif kind == "feedback_buttons":
            action |= {"text": chosen["text"], "value": chosen["value"]}
        else:
            action |= {name: element[name] for name in ("text", "value", "style", "url") if name in element}
        for name in ("placeholder", "initial_option", "initial_options", "initial_date", "initial_user"):
            if name in element and kind not in TEXTUAL:
                action[name] = element[name]
        return action | {"action_ts": self.hub.ids.ts()}

    async def suggest(self, place: Place, block_id: str, action_id: str, typed: str) -> list[Json]:
        """Type into an external select and give the options, or groups of options, that the app offers."""
        if isinstance(place, View):
            where = payloads.in_view(self.team, place)
        else:
            where = payloads.in_message(self.team, self.team.channels[place.channel], place)
        body = payloads.block_suggestion(self.team, self.user, block_id, action_id, typed, where)
        answer = await self._send("interactive", f"block_suggestion {action_id}", body)
        if not answer.is_good or not answer.body:
            return []
        problems = errors(check_options(answer.body, self.hub.link.name))
        if problems:
            self._loud(f"options for {action_id}", [str(each) for each in problems])
            return []
        found: list[Json] = answer.body.get("options") or answer.body.get("option_groups") or []
        return found

    # -- modals

    async def submit(self, view: View) -> None:
        """Press the submit button: the client refuses what is incomplete, the app hears of the rest."""
        if not view.is_open:
            raise PersonError("This modal is closed already.")
        view.trouble = ""
        view.errors = refusals(view.body["blocks"], view.values)
        if view.errors:
            self.hub.changed()
            return
        view.is_waiting = True
        self.hub.changed()
        trigger = self.hub.passes.trigger(self.user.id, view.id)
        body = payloads.view_submission(self.team, self.user, view, trigger, self._response_urls(view))
        name = f"view_submission {view.body.get('callback_id', '')}"
        answer = await self._send("interactive", name, body)
        view.is_waiting = False
        problems = [str(each) for each in errors(check_ack(answer.body, view.body, self.hub.link.name))]
        if answer.is_good and not problems:
            problems = self._apply(view, answer.body or {})
        if problems:
            self._loud(f"answer to {name}", problems)
        if problems or not answer.is_good:
            view.trouble = TROUBLE
        self.hub.changed()

    def _response_urls(self, view: View) -> list[Json]:
        found = []
        for block, element in elements(view.body["blocks"]):
            if not element.get("response_url_enabled"):
                continue
            held = view.values[block["block_id"]][element["action_id"]]
            channel = held.get("selected_conversation") or held.get("selected_channel")
            if channel:
                url = self._response_url(channel)
                ids = {"block_id": block["block_id"], "action_id": element["action_id"]}
                found.append({**ids, "channel_id": channel, "response_url": url})
        return found

    def _apply(self, view: View, body: Json) -> list[str]:
        action = body.get("response_action")
        try:
            if action == "errors":
                view.errors = dict(body["errors"])
            elif action == "update":
                modals.replace(self.hub, self.team, view, modals.check(self.team, body["view"], "modal"))
            elif action == "push":
                modals.push_on_stack(self.hub, self.team, self.user.id, modals.check(self.team, body["view"], "modal"))
            elif action == "clear":
                modals.clear(self.hub, self.team, self.user.id)
            else:
                modals.pop(self.hub, self.team, view)
        except ApiError as error:
            return [error.code, *error.messages]
        return []

    async def close(self, view: View) -> None:
        """Press the close button: the modal below is seen again, unless the view says that all close."""
        if view.body.get("clear_on_close"):
            await self.close_all()
            return
        modals.pop(self.hub, self.team, view)
        if view.body.get("notify_on_close"):
            body = payloads.view_closed(self.team, self.user, view, is_cleared=False)
            await self._send("interactive", f"view_closed {view.body.get('callback_id', '')}", body)

    async def close_all(self) -> None:
        """Press the cross, or Esc: all modals close."""
        for view in modals.clear(self.hub, self.team, self.user.id):
            if view.body.get("notify_on_close"):
                body = payloads.view_closed(self.team, self.user, view, is_cleared=True)
                await self._send("interactive", f"view_closed {view.body.get('callback_id', '')}", body)

    # -- shortcuts and tabs

    async def global_shortcut(self, callback_id: str) -> None:
        """Start a global shortcut."""
        trigger = self.hub.passes.trigger(self.user.id)
        body = payloads.global_shortcut(self.team, self.user, callback_id, trigger, self.hub.ids.ts())
        self._shortcut_answered(await self._send("interactive", f"shortcut {callback_id}", body))

    async def message_shortcut(self, callback_id: str, said: Message) -> None:
        """Start a shortcut on a message."""
        channel = self.team.channels[said.channel]
        trigger = self.hub.passes.trigger(self.user.id, channel=channel.id)
        url = self._response_url(channel.id)
        body = payloads.message_shortcut(
            self.team, self.user, callback_id, trigger, self.hub.ids.ts(), channel, said, url
        )
        self._shortcut_answered(await self._send("interactive", f"message_action {callback_id}", body))

    def _shortcut_answered(self, answer: Answer) -> None:
        if not answer.is_good:
            words = PRESS_FAILED.format(app=self.team.app.name)
            self.team.notices.setdefault(self.user.id, []).append(words)
            self.hub.changed()

    def look_at_app(self, tab: str) -> None:
        """Open the app's Home tab (`home`) or its messages (`messages`)."""
        events.home_opened(self.hub, self.team, self.user.id, tab)


def find_element(place: Place, block_id: str, action_id: str) -> tuple[Json, Json]:
    """Find an element and its block by their ids; raise PersonError where it is not on the screen any more."""
    blocks = place.body["blocks"] if isinstance(place, View) else all_blocks(place)
    for block, element in elements(blocks):
        if block["block_id"] == block_id and element.get("action_id") == action_id:
            return block, element
    raise PersonError("That is not on the screen any more.")


def all_blocks(said: Message) -> list[Json]:
    """Give the blocks of a message, those of its attachments too."""
    return [*said.blocks, *(block for each in said.attachments for block in each.get("blocks", []))]
