"""What is typed after `/mlbug`."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands import COMMANDS, Typed, Verb, parse


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("", Typed(Verb.REPORT)),
        ("   ", Typed(Verb.REPORT)),
        ("show ML-42", Typed(Verb.SHOW, 42, "ML-42")),
        ("SHOW ml42", Typed(Verb.SHOW, 42, "ml42")),
        ("why 7", Typed(Verb.WHY, 7, "7")),
        ("show", Typed(Verb.SHOW)),
        ("help", Typed(Verb.HELP)),
        ("bar model stealing", Typed(Verb.BAR, text="model stealing")),
        ("show stopper in the spam model", Typed(Verb.REPORT, text="show stopper in the spam model")),
        ("why does the model leak", Typed(Verb.REPORT, text="why does the model leak")),
        ("help the model is broken", Typed(Verb.REPORT, text="help the model is broken")),
        (
            "bar code scanner can be fooled by a sticker",
            Typed(Verb.REPORT, text="bar code scanner can be fooled by a sticker"),
        ),
        ("the payload is too large", Typed(Verb.REPORT, text="the payload is too large")),
    ],
)
def test_a_command_is_understood_and_everything_else_is_a_title(text: str, typed: Typed) -> None:
    assert parse(text) == typed


@given(st.text(max_size=200))
def test_whatever_is_typed_is_understood(text: str) -> None:
    typed = parse(text)

    assert typed.verb in Verb
    if typed.verb is Verb.REPORT:
        assert typed.text == text.strip()


def _example(usage: str) -> str:
    """The usage as somebody types it: the first of each choice, words for what stands in angle brackets."""
    return re.sub(r"<[^>]+>", "the model leaks", re.sub(r"\[([^|\]]+)[^\]]*\]", r"\1", usage))


def test_each_row_of_the_help_is_parsed_as_what_it_says() -> None:
    for command in COMMANDS:
        example = _example(command.usage)

        assert parse(example).verb is command.verb
