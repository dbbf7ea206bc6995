"""Every screen, card and answer fits Slack's limits, whatever was typed, and every ack fits a Socket Mode answer."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.render import answers, screens
from bot.render.card import card, told_reporter
from bot.render.screens import Shown, render
from bot.render.verdict import verdict_view, why_view
from bot.sandbox.blockkit import check_ack, check_message, check_view, errors
from triage import bars
from triage.access import Viewer
from triage.desk import Explained, Telling
from triage.interview import Screen
from triage.reports import DESCRIPTION_MAX, SYSTEM_MAX, TITLE_MAX, UNSURE, Draft, Entries, Report, Scored, State, Step
from triage.scoring import score
from triage.suggest import suggest

BAR = bars.builtin()
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
THREATS = [threat.id for threat in BAR.threats]
SOCKET_MODE_MAX = 20_000  # bytes; a longer answer is dropped without a word

NASTY = st.sampled_from(
    [
        "<!channel>",
        "<@U0AAAAAAA>",
        "&amp;",
        "*bold*",
        "🧪👩‍🔬",
        "مرحبا",
        "\u202eabc",
        "`x`",
        "a",
        "é",
        " ",
        "\n",
        "W" * 70,
    ]
)


def text(limit: int) -> st.SearchStrategy[str]:
    return st.lists(NASTY, min_size=1, max_size=limit).map(
        lambda parts: ("".join(parts) * limit)[:limit].strip() or "x"
    )


@st.composite
def full_entries(draw: st.DrawFn) -> Entries:
    """Entries as large as they can be, with any answers."""
    threat = draw(st.sampled_from([*THREATS, UNSURE]))
    chosen = draw(st.sampled_from(THREATS)) if threat == UNSURE else ""
    second = draw(st.sampled_from(["", *(t for t in THREATS if t not in {threat, chosen})]))
    rows = [BAR.threat(t) for t in (chosen or threat, second) if t]
    return Entries(
        title=draw(text(TITLE_MAX)),
        description=draw(text(DESCRIPTION_MAX)),
        system=draw(text(SYSTEM_MAX)),
        restricted=draw(st.booleans()),
        threat=threat,
        second=second,
        chosen=chosen,
        gates={g.id: draw(st.sampled_from([*(o.id for o in g.options), "unknown"])) for g in BAR.gates},
        failure_mode=draw(st.sampled_from(["", *(m.id for m in BAR.failure_modes)])),
        variants={t.id: draw(st.sampled_from([v.id for v in t.variants])) for t in rows},
        answers={
            t.id: {q.id: draw(st.sampled_from([*(o.id for o in q.options), "unknown"])) for q in t.questions}
            for t in rows
        },
        urgency={q.id: draw(st.sampled_from([o.id for o in q.options])) for q in BAR.urgency.questions},
        asked=tuple(t.id for t in rows),
    )


def explained(entries: Entries) -> Explained:
    case = entries.case()
    verdict = score(BAR, case)
    scored = Scored(case.canonical(), verdict.canonical(), BAR.hash, NOW, "U0BEN")
    report = Report(
        workspace="T0TEAM",
        number=999_999_999,
        draft="d" * 32,
        title=entries.title,
        description=entries.description,
        system=entries.system,
        reporter="U0BEN",
        created_at=NOW,
        state=State.OUT_OF_SCOPE if verdict.severity is None else State.NEW,
        restricted=entries.restricted,
        scored=scored,
        severity=verdict.severity,
        severity_low=verdict.severity_low,
        urgency=verdict.urgency,
        threat=verdict.threat,
        rule=verdict.rule,
        outcome=verdict.outcome,
        route=verdict.route,
    )
    return Explained(report, verdict, case, BAR, replayed=True)


def telling(told: Explained) -> Telling:
    return Telling(told.report, told.verdict, BAR, None)


def fits(view: dict[str, object]) -> None:
    assert errors(check_view(view)) == []
    assert errors(check_ack({"response_action": "update", "view": view})) == []
    assert len(json.dumps({"response_action": "update", "view": view}).encode()) < SOCKET_MODE_MAX


SLOW_START = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)


@given(full_entries(), st.sampled_from(THREATS))
@SLOW_START
def test_every_screen_fits(entries: Entries, threat: str) -> None:
    draft = Draft("d" * 32, "T0TEAM", "U0BEN", Step.WHAT, entries, NOW)
    shown = Shown(BAR, draft.id, entries, suggest(BAR, entries.description), unfinished=draft, notice="A notice.")
    for screen in (Screen(Step.GATES), Screen(Step.FAILURE), Screen(Step.QUESTIONS, threat)):
        fits(render(screen, shown))
    # The first screen is opened by a call, never in an ack: a full description alone may pass the limit of an answer.
    assert errors(check_view(screens.what(shown))) == []


@given(full_entries())
@SLOW_START
def test_every_verdict_fits_and_shows_what_was_typed_as_text(entries: Entries) -> None:
    told = explained(entries)
    for view in (verdict_view(told, "d" * 32), why_view(told)):
        fits(view)
    for message in (
        answers.why(told),
        answers.show(told, [], Viewer("T0TEAM", "U0BEN")),
        card(telling(told)),
        told_reporter(telling(told)),
    ):
        assert errors(check_message(message)) == []
        assert "<!channel>" not in message["text"]
        assert "<@U0AAAAAAA>" not in message["text"]
    assert len(json.dumps(answers.show(told, [], Viewer("T0TEAM", "U0BEN"))).encode()) < SOCKET_MODE_MAX
    assert len(json.dumps(answers.why(told)).encode()) < SOCKET_MODE_MAX


@pytest.mark.parametrize("threat", THREATS)
def test_the_bar_and_each_threat_fit_an_answer(threat: str) -> None:
    for message in (answers.the_bar(BAR), answers.one_threat(BAR.threat(threat)), answers.help_text()):
        assert errors(check_message(message)) == []
        assert len(json.dumps(message).encode()) < SOCKET_MODE_MAX


@pytest.mark.parametrize("threat", THREATS)
def test_no_screen_asks_more_than_six_things(threat: str) -> None:
    shown = Shown(BAR, "d" * 32, Entries(threat=UNSURE))
    for screen in (Screen(Step.WHAT), Screen(Step.GATES), Screen(Step.FAILURE), Screen(Step.QUESTIONS, threat)):
        inputs = [block for block in render(screen, shown)["blocks"] if block["type"] == "input"]

        assert len(inputs) <= 6


def test_a_description_of_emoji_alone_still_fits_an_answer() -> None:
    told = explained(
        Entries(title="🧪" * TITLE_MAX, description="👩‍🔬" * 1000, system="🧪" * SYSTEM_MAX, threat=THREATS[0])
    )

    for message in (answers.show(told, [], Viewer("T0TEAM", "U0BEN")), answers.why(told)):
        assert len(json.dumps(message).encode()) < SOCKET_MODE_MAX


def test_a_restricted_card_holds_no_word_of_the_report() -> None:
    told = explained(
        Entries(title="Secret", description="Hidden", system="Vault", restricted=True, threat="model_stealing")
    )

    sent = json.dumps(card(telling(told)))

    assert not any(word in sent for word in ("Secret", "Hidden", "Vault", "Critical", "U0BEN", "stealing"))
