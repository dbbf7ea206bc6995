"""Every screen, card and answer fits Slack's limits, whatever was typed, and every ack fits a Socket Mode answer."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.render import answers, screens, words
from bot.render.card import card, told_reporter
from bot.render.screens import Shown, render
from bot.render.verdict import verdict_view, why_view
from bot.render.words import Here
from bot.sandbox.blockkit import check_ack, check_message, check_view, errors
from triage import bars, deadlines
from triage.access import Role, Viewer
from triage.desk import Explained, Telling
from triage.interview import Screen
from triage.reports import (
    DESCRIPTION_MAX,
    SYSTEM_MAX,
    TITLE_MAX,
    UNSURE,
    Draft,
    Entries,
    Event,
    EventKind,
    Report,
    Scored,
    State,
    Step,
)
from triage.scoring import score
from triage.severity import Severity
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


BEN = Viewer("T0TEAM", "U0BEN")
HERE = Here(NOW, "Europe/Berlin")


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
    for view in (verdict_view(told, "d" * 32, HERE), why_view(told, BEN, HERE)):
        fits(view)
    for message in (
        answers.why(told, BEN, HERE),
        answers.show(told, [], BEN, HERE),
        card(telling(told), HERE),
        told_reporter(telling(told)),
    ):
        assert errors(check_message(message)) == []
        assert "<!channel>" not in message["text"]
        assert "<@U0AAAAAAA>" not in message["text"]
    assert len(json.dumps(answers.show(told, [], BEN, HERE)).encode()) < SOCKET_MODE_MAX
    assert len(json.dumps(answers.why(told, BEN, HERE)).encode()) < SOCKET_MODE_MAX


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

    history = [
        Event(EventKind.OVERRIDDEN, NOW, "U0ANA", "Critical", "Low", "👩‍🔬" * 300, {"computed": "Critical"}, seq)
        for seq in range(1, 9)
    ]
    for message in (answers.show(told, history, BEN, HERE), answers.why(told, BEN, HERE)):
        assert errors(check_message(message)) == []
        assert len(json.dumps(message).encode()) < SOCKET_MODE_MAX


def test_why_says_what_its_reader_may_do_and_who_may_do_the_rest() -> None:
    told = explained(Entries(title="A feed", threat="data_poisoning"))
    anybody, ana = Viewer("T0TEAM", "U0MEI"), Viewer("T0TEAM", "U0ANA", Role.TRIAGER)

    said = {
        viewer: answers.why(told, viewer, HERE)["blocks"][-1]["elements"][0]["text"] for viewer in (anybody, BEN, ana)
    }

    assert said[anybody].startswith(
        "You can read it. Only its reporter can change the answers. Only triagers can accept it, "
    )
    assert "Only triagers and its reporter can call it a duplicate, restrict it or withdraw it." in said[anybody]
    assert said[BEN].startswith(
        "You can change the answers, call it a duplicate, restrict it or withdraw it. Only triagers can"
    )
    assert said[ana].startswith("You can accept it, ")
    assert said[ana].endswith("Only its reporter can change the answers.")


def test_the_days_of_the_workspace_and_the_urgency_that_counts_are_told() -> None:
    told = explained(Entries(title="A feed", threat="data_poisoning"))
    sooner = replace(told.report, urgency="P0")
    calmer = replace(told.report, urgency="P3", override=Severity.LOW)

    assert "fix within 7 days" in words.due_line(sooner, BAR, HERE)
    assert "fix within 5 days" in words.due_line(sooner, BAR, replace(HERE, days={"P0": 5}))
    assert "P3" in words.headline(calmer)
    assert "contain" not in words.due_line(calmer, BAR, replace(HERE, days={"P3": 60}))
    assert "fix within 60 days" in words.due_line(calmer, BAR, replace(HERE, days={"P3": 60}))


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "UTC", "America/New_York"])
def test_the_day_until_which_a_risk_is_accepted_is_the_one_that_was_chosen(zone: str) -> None:
    end = deadlines.end_of(date(2027, 3, 1), zone)

    assert words.last_day(end, zone) == "2027-03-01"


def test_a_deadline_that_has_gone_by_is_told_as_one() -> None:
    told = explained(Entries(title="A feed", threat="data_poisoning"))
    late = replace(told.report, state=State.ACCEPTED, due_at=NOW - timedelta(days=1))

    unanswered = replace(told.report, urgency="P0", created_at=NOW - timedelta(days=3))
    assert words.due_line(unanswered, BAR, HERE).startswith("*Late*: a first answer was due <!date^")
    assert words.due_line(replace(unanswered, created_at=NOW), BAR, HERE).startswith("First answer due ")
    assert words.due_line(late, BAR, HERE).startswith("*Overdue*: the fix was due <!date^")
    assert words.due_line(replace(late, due_at=NOW), BAR, HERE).startswith("Fix due ")


def test_an_override_stands_beside_what_the_bar_says_with_its_reason_as_it_was_typed() -> None:
    told = explained(Entries(title="A feed", threat="data_poisoning"))
    event = Event(EventKind.OVERRIDDEN, NOW, "U0ANA", "Critical", "Low", "A *test* <!channel>", {}, 2)
    over = replace(telling(told), report=replace(told.report, override=Severity.LOW), overridden=event)

    blocks = card(over, HERE)["blocks"]

    by = next(b for b in blocks if b["type"] == "rich_text" and "by override" in json.dumps(b))
    assert [e.get("text", e.get("user_id")) for e in by["elements"][0]["elements"]] == [
        "Low by override",
        " of ",
        "U0ANA",
        ": A *test* <!channel>",
    ]
    assert any(b["type"] == "section" and b["text"]["text"].startswith("*The bar says ") for b in blocks)


def test_a_restricted_card_holds_no_word_of_the_report() -> None:
    told = explained(
        Entries(title="Secret", description="Hidden", system="Vault", restricted=True, threat="model_stealing")
    )

    sent = json.dumps(card(telling(told), HERE))

    assert not any(word in sent for word in ("Secret", "Hidden", "Vault", "Critical", "U0BEN", "stealing"))
