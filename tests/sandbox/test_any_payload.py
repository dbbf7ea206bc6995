"""Whatever is sent, the checker answers with problems and never breaks; and what it takes can be shown."""

from __future__ import annotations

import copy

import pytest
from block_builders import bars, card, container, context, data_table, field, groups, modal, pie, plain, rows, section
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.blockkit import check_ack, check_blocks, check_message, check_options, check_view, errors
from bot.sandbox.clock import MovableClock
from bot.sandbox.definition import AppDefinition, Keys, small_workspace
from bot.sandbox.ids import Ids
from bot.sandbox.inputs import complete, elements, refusals, start_values
from bot.sandbox.methods import METHODS
from bot.sandbox.server import Sandbox
from bot.sandbox.socket_mode import SocketLink
from bot.sandbox.team import build_team
from bot.sandbox.web_api import WebApi
from bot.sandbox.words import blocks_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=True) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
RICH = {
    "type": "rich_text",
    "elements": [
        {"type": "rich_text_section", "elements": [{"type": "user", "user_id": "U1"}, {"type": "text", "text": "x"}]},
        {
            "type": "rich_text_list",
            "style": "bullet",
            "elements": [{"type": "rich_text_section", "elements": [{"type": "link", "url": "https://e.example"}]}],
        },
    ],
}
GOOD = [
    section(accessory={"action_id": "a", **groups(2)}),
    context(plain(3), {"type": "mrkdwn", "text": "*x* <@U1> <https://e.example|y>"}),
    card(actions=[{"type": "button", "action_id": "b", "text": plain(1)}]),
    container(child_blocks=[section(), {"type": "table", "rows": rows(1)}]),
    data_table([*rows(1, 2), [{"type": "raw_number", "value": 1}, RICH]]),
    pie(2),
    bars(2, 3),
    RICH,
    {"type": "header", "text": plain(3)},
]
MODAL_BLOCKS = [
    field({"type": "plain_text_input", "max_length": 10}),
    field({"type": "number_input", "is_decimal_allowed": True}),
    field({"type": "checkboxes", "options": [{"text": plain(1), "value": "v"}]}, optional=True),
    field({"type": "external_select"}),
    section(),
]


def places(value, path=()):
    """Every place in a payload."""
    yield path
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))


@st.composite
def spoilt(draw, whole):
    """A good payload in which one place holds something else, or nothing."""
    made = copy.deepcopy(whole)
    path = draw(st.sampled_from([each for each in places(whole) if each]))
    target = made
    for step in path[:-1]:
        target = target[step]
    if draw(st.booleans()):
        target[path[-1]] = draw(JSON)
    else:
        del target[path[-1]]
    return made


def show(blocks):
    """Do with blocks what the sandbox does once they are taken."""
    ids = Ids(1, MovableClock())
    keys = Keys("A", "a", "s", "v", "c", "d")
    team = build_team(small_workspace(), AppDefinition(), keys, ids, "http://127.0.0.1/", 0)
    stored = complete(blocks, ids)
    refusals(stored, start_values(stored))
    list(elements(stored))
    return blocks_text(team, stored)


@given(JSON)
def test_anything_at_all_gets_an_answer(payload):
    for check in (check_view, check_message, check_blocks, check_ack, check_options):
        assert isinstance(check(payload), list)


@pytest.mark.parametrize("surface", ["message", "home"])
@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_spoilt_blocks_are_refused_or_can_be_shown(surface, data):
    blocks = data.draw(spoilt(GOOD))
    if not errors(check_blocks(blocks, surface)):
        assert isinstance(show(blocks), str)


@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_spoilt_modals_are_refused_or_can_be_shown(data):
    view = data.draw(spoilt(modal(copy.deepcopy(MODAL_BLOCKS), submit=plain(2))))
    if not errors(check_view(view)):
        assert isinstance(show(view["blocks"]), str)


def test_the_good_ones_are_good():
    assert errors(check_blocks(GOOD)) == []
    assert errors(check_view(modal(MODAL_BLOCKS, submit=plain(2)))) == []


def test_the_same_seed_gives_the_same_ids():
    clock = MovableClock()
    assert [Ids(7, clock).new("U") for _ in range(2)] == [Ids(7, clock).new("U")] * 2
    assert Ids(7, clock).new("U") != Ids(8, clock).new("U")
    ids = Ids(7, clock)
    stamps = [ids.ts() for _ in range(200)]
    assert stamps == sorted(set(stamps))


def test_the_clock_only_moves_on():
    clock = MovableClock()
    before = clock.now()
    clock.move_on(60)
    assert 60 <= clock.now() - before < 62
    with pytest.raises(ValueError, match="forward only"):
        clock.move_on(-1)


def test_an_app_is_read_out_of_its_manifest():
    manifest = {
        "display_information": {"name": "Bugs"},
        "features": {
            "bot_user": {"display_name": "bugs"},
            "slash_commands": [{"command": "/bug", "description": "Report", "should_escape": True}],
            "shortcuts": [{"name": "Report", "callback_id": "r", "type": "global", "description": "d"}],
            "app_home": {"home_tab_enabled": True},
        },
        "oauth_config": {"scopes": {"bot": ["commands"], "bot_optional": ["files:write"]}},
        "settings": {"event_subscriptions": {"bot_events": ["app_mention"]}},
    }
    app = AppDefinition.from_manifest(manifest)
    assert (app.name, app.commands[0].command, app.shortcuts[0].callback_id) == ("bugs", "/bug", "r")
    assert (app.scopes, app.events, app.has_home) == (("commands", "files:write"), ("app_mention",), True)


@pytest.fixture(scope="module")
def door():
    """The Web API's answer to a call, without the network."""
    with Sandbox() as sandbox:
        api = WebApi(sandbox.hub, SocketLink(sandbox.hub.ids, "A", 3.0))
        general = sandbox.team.channel_by_name("general").id
        token = {"bot": sandbox.bot_token, "app": sandbox.app_token, "nobody": ""}

        def call(name, args):
            bearer = token[METHODS[name].bearer]
            return sandbox.look(lambda: api._answer(name, dict(args), bearer, None)[0])

        call.real = {"channel": general, "user": sandbox.person("ana").id, "user_id": sandbox.person("ana").id}
        yield call


@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_any_call_of_any_method_is_answered(door, data):
    name = data.draw(st.sampled_from(sorted(METHODS)))
    arguments = METHODS[name].arguments
    args = data.draw(st.dictionaries(st.sampled_from(sorted(arguments) or ["x"]), JSON, max_size=6))
    real = {key: value for key, value in door.real.items() if key in arguments}
    answer = door(name, args | (real if data.draw(st.booleans()) else {}))
    assert answer["ok"] or answer["error"]
