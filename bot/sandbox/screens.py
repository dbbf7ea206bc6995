"""What a person of the driver has before them: a modal, the Home tab, a message; named by the words on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from bot.sandbox.errors import PersonError
from bot.sandbox.hands import all_blocks
from bot.sandbox.inputs import STATEFUL, TEXTUAL, elements, options_of
from bot.sandbox.team import Message, View
from bot.sandbox.words import blocks_text, message_text, plain, text_object

if TYPE_CHECKING:
    from bot.sandbox.driver import Person

Json = dict[str, Any]
Seen = TypeVar("Seen")


class Screen:
    """Something with blocks on it. What is read is always what is there now, not what was there at first."""

    def __init__(self, person: Person, place: View | Message) -> None:
        self._person = person
        self._place = place
        self._team = person.hands.team
        self._offered: dict[str, list[Json]] = {}

    def blocks_now(self) -> list[Json]:
        """Give the blocks; for use on the sandbox's thread."""
        return self._place.body["blocks"] if isinstance(self._place, View) else all_blocks(self._place)

    def words_now(self) -> str:
        """Give all words; for use on the sandbox's thread."""
        return blocks_text(self._team, self.blocks_now())

    @property
    def blocks(self) -> list[Json]:
        """Give the blocks as they are now."""
        return self._person.sandbox.look(self.blocks_now)

    @property
    def buttons(self) -> list[str]:
        """Give the labels of everything that can be pressed, in order."""
        return [label for label, *_ in self._pressable()]

    @property
    def labels(self) -> list[str]:
        """Give the labels of everything that can be filled in or chosen, in order."""
        return [label for label, *_ in self._fillable()]

    def until(self, words: str) -> Self:
        """Wait until these words are on it."""
        self._person.wait_for(lambda: True if words in self.words_now() else None, lambda: self._complain(words))
        return self

    def _complain(self, wanted: str) -> str:
        return f"{self._person.handle} does not see {wanted!r}. It says:\n{self.words_now()}"

    # -- finding

    def _pressable(self) -> list[tuple[str, Json, Json, Any]]:
        found: list[tuple[str, Json, Json, Any]] = []
        for block, element in elements(self.blocks):
            kind = element["type"]
            if kind in ("button", "icon_button", "workflow_button"):
                found.append((text_object(self._team, element["text"]), block, element, None))
            elif kind == "overflow":
                options = element["options"]
                found += [(text_object(self._team, each["text"]), block, element, each) for each in options]
            elif kind == "feedback_buttons":
                both = (element["positive_button"], element["negative_button"])
                found += [(text_object(self._team, each["text"]), block, element, each) for each in both]
        return found

    def _fillable(self) -> list[tuple[str, Json, Json]]:
        found = []
        for block, element in elements(self.blocks):
            if element["type"] not in STATEFUL:
                continue
            label = block.get("label") or block.get("text") or element.get("placeholder") or element["action_id"]
            found.append((text_object(self._team, label), block, element))
        return found

    def _find(self, label: str) -> tuple[Json, Json]:
        fields = self._fillable()
        exact = [each for each in fields if each[0] == label]
        near = exact or [each for each in fields if label.casefold() in each[0].casefold()]
        if len(near) != 1:
            names = "; ".join(each[0] for each in fields) or "no fields"
            raise PersonError(f"{len(near)} fields are called {label!r}. On the screen: {names}.")
        return near[0][1], near[0][2]

    # -- doing

    def fill(self, label: str, text: str) -> Self:
        """Type into a field. A field that dispatches tells the app, as if Enter were pressed."""
        block, element = self._find(label)
        if element["type"] not in TEXTUAL:
            raise PersonError(f"{label!r} is a {element['type']}: use choose().")
        self._put(block, element, text or None)
        return self

    def choose(self, label: str, *choices: str) -> Self:
        """Choose by the words on the screen; several for checkboxes, none to clear, YYYY-MM-DD for a date."""
        block, element = self._find(label)
        self._put(block, element, self._value(block, element, label, list(choices)))
        return self

    def search(self, label: str, typed: str) -> list[str]:
        """Type into a select that asks the app, and give the options it offers."""
        block, element = self._find(label)
        hands = self._person.hands
        ids = (block["block_id"], element["action_id"])
        found = self._person.sandbox.run(hands.suggest(self._place, *ids, typed))
        options = [each for group in found for each in (group.get("options") or [group])]
        self._offered[element["action_id"]] = options
        return [text_object(self._team, each["text"]) for each in options]

    def _put(self, block: Json, element: Json, value: Any) -> None:
        hands = self._person.hands
        self._person.sandbox.run(hands.choose(self._place, block["block_id"], element["action_id"], value))

    def _value(self, block: Json, element: Json, label: str, choices: list[str]) -> Any:
        kind = element["type"]
        many = kind == "checkboxes" or kind.startswith("multi_")
        if kind in ("datepicker", "timepicker", "datetimepicker"):
            found: list[Any] = list(choices)
        elif "users_select" in kind or "conversations_select" in kind or "channels_select" in kind:
            found = [self._id_of(each) for each in choices]
        else:
            if "external" in kind and choices and not self._names_offered(element, choices):
                self.search(label, choices[0])
            offered = self._offered.get(element["action_id"], []) if "external" in kind else options_of(element)
            found = [self._option(offered, block, each) for each in choices]
        if many:
            return found
        return found[0] if found else None

    def _names_offered(self, element: Json, choices: list[str]) -> bool:
        offered = {text_object(self._team, each["text"]) for each in self._offered.get(element["action_id"], [])}
        return offered.issuperset(choices)

    def _option(self, offered: list[Json], block: Json, choice: str) -> Json:
        named = [(text_object(self._team, each["text"]), each) for each in offered]
        exact = [each for name, each in named if name == choice]
        near = exact or [each for name, each in named if choice.casefold() in name.casefold()]
        if len(near) != 1:
            names = "; ".join(name for name, _ in named) or "no options"
            label = text_object(self._team, block.get("label") or block.get("text"))
            raise PersonError(f"{len(near)} options of {label!r} are called {choice!r}. On the screen: {names}.")
        return {name: near[0][name] for name in ("text", "value", "description") if name in near[0]}

    def _id_of(self, name: str) -> str:
        team = self._team
        user = next((each for each in team.users.values() if name.lstrip("@") in (each.handle, each.name)), None)
        channel = team.channel_by_name(name.lstrip("#"))
        if user is None and channel is None:
            raise PersonError(f"There is nobody and no channel called {name!r}.")
        return channel.id if channel and not (user and not name.startswith("#")) else user.id if user else name

    def press(self, label: str, *, confirm: bool = True) -> Self:
        """Press a button, an entry of a menu or a thumb by its words; `confirm` answers the question, if one comes."""
        pressable = self._pressable()
        exact = [each for each in pressable if each[0] == label]
        if len(exact) != 1:
            names = "; ".join(each[0] for each in pressable) or "no buttons"
            raise PersonError(f"{len(exact)} buttons are called {label!r}. On the screen: {names}.")
        _, block, element, chosen = exact[0]
        if "confirm" in element and not confirm:
            return self
        hands = self._person.hands
        self._person.sandbox.run(hands.press(self._place, block["block_id"], element["action_id"], chosen))
        return self

    def confirm_of(self, label: str) -> str:
        """Give the words of the question that a button asks before it does anything, or an empty string."""
        for name, _, element, _ in self._pressable():
            if name == label and "confirm" in element:
                parts = (element["confirm"][each] for each in ("title", "text", "confirm", "deny"))
                return "\n".join(text_object(self._team, each) for each in parts)
        return ""

    def value(self, label: str) -> Any:
        """Give what a field holds: text, an option's words, a list of them, an id or a date."""
        block, element = self._find(label)
        name = STATEFUL[element["type"]][0]
        held = self._person.sandbox.look(
            lambda: self._place.values.get(block["block_id"], {}).get(element["action_id"], {}).get(name)
        )
        return self._readable(held)

    def _readable(self, held: Any) -> Any:
        if isinstance(held, list):
            return [self._readable(each) for each in held]
        return text_object(self._team, held["text"]) if isinstance(held, dict) and "text" in held else held


class HomeScreen(Screen):
    """The app's Home tab."""

    @property
    def text(self) -> str:
        """Give all words on it."""
        return self._person.sandbox.look(self.words_now)


class Modal(Screen):
    """A modal. It stays the same one through updates; what is pushed on top of it is another."""

    def __init__(self, person: Person, view: View) -> None:
        super().__init__(person, view)
        self.view = view

    def words_now(self) -> str:
        """Give all words, those on its edge and its complaints too; for use on the sandbox's thread."""
        body = self.view.body
        parts = [
            text_object(self._team, body["title"]),
            self.view.trouble,
            super().words_now(),
            *self.view.errors.values(),
            text_object(self._team, body.get("close")),
            text_object(self._team, body.get("submit")),
        ]
        return "\n".join(each for each in parts if each)

    @property
    def text(self) -> str:
        """Give all words on it."""
        return self._person.sandbox.look(self.words_now)

    @property
    def title(self) -> str:
        """Give the title."""
        return self._person.sandbox.look(lambda: text_object(self._team, self.view.body["title"]))

    @property
    def is_open(self) -> bool:
        """Tell whether it is still open."""
        return self._person.sandbox.look(lambda: self.view.is_open)

    @property
    def trouble(self) -> str:
        """Give what Slack says across the modal when the app did not answer as it should."""
        return self._person.sandbox.look(lambda: self.view.trouble)

    @property
    def errors(self) -> dict[str, str]:
        """Give what is said under the fields, by label."""

        def look() -> dict[str, str]:
            labels = {
                block["block_id"]: text_object(self._team, block.get("label")) for block in self.view.body["blocks"]
            }
            return {labels.get(block_id, block_id): words for block_id, words in self.view.errors.items()}

        return self._person.sandbox.look(look)

    def submit(self) -> Self:
        """Press the submit button and wait for what comes of it."""
        self._person.sandbox.run(self._person.hands.submit(self.view))
        return self

    def close(self) -> None:
        """Press the close button."""
        self._person.sandbox.run(self._person.hands.close(self.view))

    def close_all(self) -> None:
        """Press the cross: the whole stack closes."""
        self._person.sandbox.run(self._person.hands.close_all())


class Said(Screen):
    """A message in a channel, or one that only this person sees."""

    def __init__(self, person: Person, message: Message) -> None:
        super().__init__(person, message)
        self.message = message

    def words_now(self) -> str:
        """Give all words as they read in the channel; for use on the sandbox's thread."""
        return message_text(self._team, self.message)

    @property
    def words(self) -> str:
        """Give all words as they read in the channel."""
        return self._person.sandbox.look(self.words_now)

    @property
    def text(self) -> str:
        """Give the text that notifications and screen readers read."""
        return self._person.sandbox.look(lambda: plain(self._team, self.message.text))

    @property
    def ts(self) -> str:
        """Give the timestamp."""
        return self.message.ts

    @property
    def is_edited(self) -> bool:
        """Tell whether it was changed after it was posted."""
        return self.message.edited_ts is not None

    @property
    def metadata(self) -> Json | None:
        """Give the metadata that the app posted with it."""
        return self.message.metadata

    @property
    def thread(self) -> list[Said]:
        """Give the replies in its thread, oldest first."""
        channel = self._team.channels[self.message.channel]
        found = self._person.sandbox.look(lambda: channel.replies(self.message.ts))
        return [Said(self._person, each) for each in found]

    def sees_reply(self, words: str) -> Said:
        """Give the newest reply in its thread with these words, waiting for it."""
        channel = self._team.channels[self.message.channel]

        def look() -> Message | None:
            replies = [each for each in channel.replies(self.message.ts) if words in message_text(self._team, each)]
            return replies[-1] if replies else None

        def complaint() -> str:
            shown = "\n---\n".join(message_text(self._team, each) for each in channel.replies(self.message.ts))
            return f"{self._person.handle} sees no reply with {words!r}. The thread says:\n{shown or '(nothing)'}"

        return Said(self._person, self._person.wait_for(look, complaint))
