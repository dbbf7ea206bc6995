"""A person for tests: acts in a few readable words and reads what is on the screen.

    ana = sandbox.person("ana")
    ana.types("#triage", "/mlbug broken model")
    ana.modal().fill("Title", "Model leaks its prompt").choose("Which threat?", "Data poisoning").submit()

Everything waits for what it looks for, a few seconds at most, and says what was on the screen when it gives up.
May be used from any thread but the sandbox's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.sandbox.errors import PersonError
from bot.sandbox.modals import stack_of
from bot.sandbox.screens import HomeScreen, Modal, Said
from bot.sandbox.words import message_text, text_object

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.sandbox.hands import Hands
    from bot.sandbox.screens import Seen
    from bot.sandbox.server import Sandbox
    from bot.sandbox.team import Channel, Message, View


class Person:
    """Somebody's hands and eyes. `patience` is how many seconds they look for something before they give up."""

    def __init__(self, sandbox: Sandbox, hands: Hands) -> None:
        self.sandbox = sandbox
        self.hands = hands
        self.patience = 5.0

    @property
    def id(self) -> str:
        """Give the user id."""
        return self.hands.user.id

    @property
    def handle(self) -> str:
        """Give what is typed after the @."""
        return self.hands.user.handle

    def wait_for(self, look: Callable[[], Seen | None], complaint: Callable[[], str]) -> Seen:
        """Look after every change until there is something to see; raise PersonError with the complaint if not."""
        found = self.sandbox.run(self.sandbox.hub.until(look, self.patience), self.patience + 30)
        if found is None:
            raise PersonError(self.sandbox.look(complaint))
        return found

    # -- channels

    def _channel(self, where: str) -> Channel:
        team = self.hands.team
        name = where.lstrip("#@")
        if not where.startswith("#") and name == team.app.name:
            return self.sandbox.look(lambda: team.direct_message(self.id, self.sandbox.hub.now()))
        channel = team.channel_by_name(name)
        if channel is None:
            known = ", ".join(f"#{each.name}" for each in team.channels.values() if each.kind != "im")
            raise PersonError(f"There is no {where}; there are {known} and the direct message {team.app.name}.")
        return channel

    def types(self, where: str, text: str, *, thread: Said | None = None) -> None:
        """Type a line into a channel ("#triage"), the direct message with the app ("mlbug") or a thread, and send it."""
        channel = self._channel(where)
        top = None if thread is None else thread.message.thread_ts or thread.message.ts
        self.sandbox.run(self.hands.type(channel, text, top))

    def reads(self, where: str, containing: str = "", *, at_least: int = 0) -> list[Said]:
        """Read a channel, oldest first; waits where words or a number of messages are asked for."""
        channel = self._channel(where)

        def look() -> list[Message] | None:
            found = [each for each in channel.top_level() if containing in message_text(self.hands.team, each)]
            return found if len(found) >= max(at_least, 1 if containing else 0) else None

        return [Said(self, each) for each in self.wait_for(look, lambda: self._complain(channel, containing))]

    def reads_dm(self, app: str, containing: str = "", *, at_least: int = 0) -> list[Said]:
        """Read the direct message with the app."""
        return self.reads(app.lstrip("@"), containing, at_least=at_least)

    def sees(self, where: str, words: str) -> Said:
        """Give the newest message in a channel with these words, waiting for it."""
        return self.reads(where, words)[-1]

    def sees_ephemeral(self, where: str, containing: str = "") -> Said:
        """Give the newest message that only this person sees in a channel, waiting for it."""
        channel = self._channel(where)

        def look() -> Message | None:
            mine = [each for each in self._ephemerals(channel) if containing in message_text(self.hands.team, each)]
            return mine[-1] if mine else None

        return Said(self, self.wait_for(look, lambda: self._complain(channel, containing)))

    def ephemerals(self, where: str) -> list[Said]:
        """Give all messages that only this person sees in a channel now, oldest first, without waiting."""
        channel = self._channel(where)
        return [Said(self, each) for each in self.sandbox.look(lambda: self._ephemerals(channel))]

    def _ephemerals(self, channel: Channel) -> list[Message]:
        mine = self.hands.team.ephemerals
        return [each for each in mine if each.only_for == self.id and each.channel == channel.id]

    def _complain(self, channel: Channel, words: str) -> str:
        team = self.hands.team
        seen = [message_text(team, each) for each in [*channel.messages.values(), *self._ephemerals(channel)]]
        listed = "\n---\n".join(seen) or "(nothing)"
        return f"{self.handle} does not see {words or 'it'!r} in #{channel.name or team.app.name}. There is:\n{listed}"

    def reloads(self) -> None:
        """Reload the client: messages that only this person saw are gone, and so are open modals."""

        def forget() -> None:
            team = self.hands.team
            team.ephemerals = [each for each in team.ephemerals if each.only_for != self.id]
            for view in stack_of(team, self.id):
                view.is_open = False
            team.stacks[self.id] = []
            self.sandbox.hub.changed()

        self.sandbox.look(forget)

    @property
    def notices(self) -> list[str]:
        """Give what the client said of failed presses, oldest first."""
        return self.sandbox.look(lambda: list(self.hands.team.notices.get(self.id, [])))

    # -- modals, Home, shortcuts

    def modal(self, titled: str = "", *, containing: str = "") -> Modal:
        """Give the modal on top, waiting for it, for one with this title, or for one with these words in it."""

        def look() -> View | None:
            stack = stack_of(self.hands.team, self.id)
            if not stack or stack[-1].is_waiting:
                return None
            screen = Modal(self, stack[-1])
            good = not titled or text_object(self.hands.team, stack[-1].body["title"]) == titled
            return stack[-1] if good and containing in screen.words_now() else None

        return Modal(self, self.wait_for(look, lambda: self._complain_modal(titled or containing)))

    def _complain_modal(self, wanted: str) -> str:
        stack = stack_of(self.hands.team, self.id)
        if stack:
            return f"{self.handle} does not see a modal with {wanted!r}. It says:\n{Modal(self, stack[-1]).words_now()}"
        mine = [each for each in self.hands.team.ephemerals if each.only_for == self.id]
        said = "\n".join(message_text(self.hands.team, each) for each in mine[-3:])
        problems = "\n".join(self.sandbox.problems[-5:])
        return f"{self.handle} sees no modal.\nOnly for {self.handle}: {said or '(nothing)'}\n{problems}".strip()

    def has_modal(self) -> bool:
        """Tell whether a modal is open now, without waiting."""
        return bool(self.sandbox.look(lambda: stack_of(self.hands.team, self.id)))

    def sees_no_modal(self) -> None:
        """Wait until no modal is open."""
        self.wait_for(
            lambda: None if stack_of(self.hands.team, self.id) else True, lambda: self._complain_modal("nothing")
        )

    def home(self, containing: str = "") -> HomeScreen:
        """Open the app's Home tab and give it, waiting for the app to publish it (with these words)."""
        self.sandbox.look(lambda: self.hands.look_at_app("home"))

        def look() -> View | None:
            view = self.hands.team.homes.get(self.id)
            good = view is not None and containing in HomeScreen(self, view).words_now()
            return view if good else None

        def complaint() -> str:
            view = self.hands.team.homes.get(self.id)
            shown = HomeScreen(self, view).words_now() if view else "(nothing was published)"
            return f"{self.handle} does not see {containing!r} on the Home tab. It says:\n{shown}"

        return HomeScreen(self, self.wait_for(look, complaint))

    def opens_messages(self) -> None:
        """Open the direct message with the app, which tells the app so."""
        self.sandbox.look(lambda: self.hands.look_at_app("messages"))

    def shortcut(self, name: str, message: Said | None = None) -> None:
        """Start a shortcut by its name: on a message, or a global one."""
        kind = "global" if message is None else "message"
        offered = [each for each in self.hands.team.app.shortcuts if each.kind == kind]
        found = next((each for each in offered if each.name == name), None)
        if found is None:
            names = ", ".join(each.name for each in offered) or "none"
            raise PersonError(f"There is no {kind} shortcut {name!r}; there are: {names}.")
        if message is None:
            self.sandbox.run(self.hands.global_shortcut(found.callback_id))
        else:
            self.sandbox.run(self.hands.message_shortcut(found.callback_id, message.message))
