"""Typed text stays text, and stays within limits."""

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.render.blocks import user
from bot.render.text import as_typed, clip, literal, mention, one_line

LIVE = re.compile(r"<(?:[!@#]|https?:|mailto:)")
ANY = st.text(max_size=400)
RISKY = st.text(alphabet="<>&!@#*_~`|ab :;lgtamp\u200d\ufe0f\u0301", max_size=80)


@given(ANY, st.integers(1, 300))
def test_clip_is_never_longer_than_its_limit(text: str, limit: int) -> None:
    assert len(clip(text, limit)) <= limit


@given(ANY, st.integers(1, 300))
def test_clip_leaves_what_fits_as_it_is(text: str, limit: int) -> None:
    if len(text) <= limit:
        assert clip(text, limit) == text


def test_clip_does_not_part_a_letter_from_its_accent() -> None:
    assert clip("ae\u0301xyz", 3) == "a…" or clip("ae\u0301xyz", 3) == "ae…"


@given(RISKY, st.integers(1, 120))
def test_literal_fits_and_nothing_in_it_is_alive(text: str, limit: int) -> None:
    sent = literal(text, limit)

    assert len(sent) <= limit
    assert not LIVE.search(sent)
    assert "<" not in sent
    assert not re.search(r"&(?!(?:amp|lt|gt);)", sent)  # no entity is cut in half


@given(st.text(max_size=200))
def test_what_slack_shows_of_a_literal_is_what_was_typed(text: str) -> None:
    shown = as_typed(literal(text, 10_000)).replace("\u200b", "")

    assert shown == text.replace("\u200b", "")


@given(st.text(max_size=200), st.integers(1, 80))
def test_one_line_has_one_line(text: str, limit: int) -> None:
    assert len(one_line(text, limit).splitlines()) <= 1
    assert len(one_line(text, limit)) <= limit


def test_somebody_that_slack_does_not_know_is_named_and_not_mentioned() -> None:
    assert mention("U0BEN") == "<@U0BEN>"
    assert user("U0BEN") == {"type": "user", "user_id": "U0BEN"}
    for stranger in ("import", "ben@example.com", "<!channel>", ""):
        assert "<" not in mention(stranger)
        assert user(stranger)["type"] == "text"
        assert user(stranger)["text"]
